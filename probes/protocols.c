#include "probes/protocols.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/base/file.h"

/* protocol  size sockets  memory press maxhdr ... */
bool protocols_unused(const char *text, const char *name)
{
    size_t len = strlen(name);
    unsigned size;
    int sockets;

    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, len) == 0 && line[len] == ' ')
            return sscanf(line + len, "%9u %9d", &size, &sockets) == 2 && sockets == 0;
    }
    return false;
}

static bool counts_all(void)
{
    unsigned major, minor;
    struct utsname u;

    return uname(&u) == 0 && sscanf(u.release, "%5u.%5u", &major, &minor) == 2 &&
           (major > 6 || (major == 6 && minor >= 6));
}

bool protocols_no_mptcp(void)
{
    char text[16384];
    ssize_t len;
    int fd;

    if (!counts_all())
        return false;
    fd = open("/proc/thread-self/net/protocols", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    len = file_read(fd, text, sizeof(text) - 1);
    close(fd);
    text[len > 0 ? len : 0] = '\0';
    return protocols_unused(text, "MPTCP") && protocols_unused(text, "MPTCPv6");
}
