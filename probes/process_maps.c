#include "probes/process_maps.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"
#include "probes/grant.h"

#define LINE_BYTES 4400 /* a path, and what stands in front of it */

static bool begins_with_one(const char *name, const char *const *words)
{
    for (; *words; words++)
        if (strncmp(name, *words, strlen(*words)) == 0)
            return true;
    return false;
}

bool process_maps_line(const char *line, const char *const *words,
                       char ret[PROCESS_LIBRARY_BYTES])
{
    const char *slash = strrchr(line, '/');
    size_t len = slash ? strcspn(slash + 1, "\n") : 0;

    if (!len || !begins_with_one(slash + 1, words))
        return false;
    text_clean(slash + 1, len, ret, PROCESS_LIBRARY_BYTES);
    return true;
}

int process_maps(int32_t pid, const char *const *words, char ret[PROCESS_LIBRARY_BYTES])
{
    char line[LINE_BYTES];
    bool found = false;
    FILE *f;
    int fd, rc = grant_proc_file(pid, GUARD_PROC_MAPS, &fd);

    if (rc < 0)
        return rc;
    f = fdopen(fd, "r");
    if (!f) {
        rc = -errno;
        close(fd);
        return rc;
    }
    for (unsigned n = 0; !found && n < PROCESS_MAPS_LINES && fgets(line, sizeof(line), f); n++)
        found = process_maps_line(line, words, ret);
    fclose(f);
    return found;
}
