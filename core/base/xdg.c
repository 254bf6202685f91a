#include "core/base/xdg.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct {
    const char *variable, *below_home;
} folders[] = {[XDG_CONFIG] = {"XDG_CONFIG_HOME", "/.config"},
               [XDG_STATE] = {"XDG_STATE_HOME", "/.local/state"}};

const char *xdg_path(enum xdg_folder folder, const char *name, char buf[PATH_MAX])
{
    const char *base = getenv(folders[folder].variable), *below = "";
    int n;

    if (!base || base[0] != '/') {
        base = getenv("HOME");
        below = folders[folder].below_home;
    }
    if (!base || base[0] != '/')
        return NULL;
    n = snprintf(buf, PATH_MAX, "%s%s/sockeye/%s", base, below, name);
    return n > 0 && n < PATH_MAX ? buf : NULL;
}

int xdg_make_folders(const char *path)
{
    char folder[PATH_MAX];

    if (snprintf(folder, sizeof(folder), "%s", path) >= (int)sizeof(folder))
        return -ENAMETOOLONG;
    for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, 0700) < 0 && errno != EEXIST)
            return -errno;
        *slash = '/';
    }
    return 0;
}
