/* Input: a byte that says which file of /proc/PID, then its text.  Names that come out are
 * printable and whole. */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "probes/opens.h"
#include "probes/owners_fds.h"
#include "probes/process.h"
#include "probes/process_maps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
    if (!condition)
        abort();
}

static void check_maps(char *text)
{
    static const char *const words[] = {"libssl", "libgnutls", NULL};

    for (char *line; (line = strsep(&text, "\n"));) {
        char name[PROCESS_LIBRARY_BYTES];

        memset(name, 0x5a, sizeof(name));
        if (!process_maps_line(line, words, name))
            continue;
        must(memchr(name, '\0', sizeof(name)) && text_is_printable(name));
        must(strncmp(name, "lib", 3) == 0 && !strchr(name, '/'));
    }
}

static void check_status(const char *text)
{
    struct process_facts p = {0};

    process_status_parse(text, &p);
    must(!p.has_state || isalpha((unsigned char)p.state));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = size ? mem_copy(data + 1, size - 1) : NULL;
    uint32_t n;

    if (!text)
        return 0;
    switch (data[0] % 5) {
    case 0:
        check_maps(text);
        break;
    case 1:
        check_status(text);
        break;
    case 2:
        (void)process_limits_parse(text, &n);
        break;
    case 3:
        (void)opens_parse(text, &n);
        break;
    default:
        (void)socket_link_inode((const char *)data + 1, size - 1);
        break;
    }
    free(text);
    return 0;
}
