#include "probes/opens.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"

/* The value in the second "Tcp:" line that stands under a name of the first. */
static bool column(const char *titles, const char *values, const char *name, uint64_t *ret)
{
    size_t len = strlen(name);

    for (;;) {
        size_t title = strcspn(titles, " \n"), value = strcspn(values, " \n");

        if (title == len && memcmp(titles, name, len) == 0) {
            char *end;

            errno = 0;
            *ret = strtoull(values, &end, 10);
            return value && errno == 0 && end == values + value;
        }
        if (titles[title] != ' ' || values[value] != ' ')
            return false;
        titles += title + 1;
        values += value + 1;
    }
}

bool opens_parse(const char *text, uint32_t *ret)
{
    const char *titles = strstr(text, "Tcp: "), *values;
    uint64_t active, passive;

    values = titles ? strstr(titles + 1, "\nTcp: ") : NULL;
    if (!values || !column(titles, values + 1, "ActiveOpens", &active) ||
        !column(titles, values + 1, "PassiveOpens", &passive))
        return false;
    *ret = (uint32_t)(active + passive);
    return true;
}

bool opens_read(uint32_t *ret)
{
    char text[8192];
    ssize_t len;
    int fd = open("/proc/thread-self/net/snmp", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return false;
    len = file_read(fd, text, sizeof(text) - 1);
    close(fd);
    text[len > 0 ? len : 0] = '\0';
    return opens_parse(text, ret);
}
