/* Whatever /proc/PID/cgroup holds: a name that is clean, short and not empty, or none. */
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "probes/owners_about.h"
#include "probes/owners_fds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[CONTAINER_BYTES] = "untouched", again[CONTAINER_BYTES];

    if (container_parse((const char *)data, size, name)) {
        if (!name[0] || !memchr(name, '\0', sizeof(name)))
            abort();
        text_clean(name, strlen(name), again, sizeof(again));
        if (strcmp(name, again) != 0)
            abort();
    } else if (strcmp(name, "untouched") != 0) {
        abort();
    }
    (void)socket_link_inode((const char *)data, size);
    return 0;
}
