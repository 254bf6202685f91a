#include "core/base/xdg.h"

#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *variable, *below_home;
} folders[] = {[XDG_CONFIG] = {"XDG_CONFIG_HOME", "/.config"},
               [XDG_STATE] = {"XDG_STATE_HOME", "/.local/state"}};

/* What root writes into the folder of another could not be read there, or be a trap. */
static bool is_anothers(const char *folder)
{
    struct stat st;

    return geteuid() == 0 && stat(folder, &st) == 0 && st.st_uid != 0;
}

const char *xdg_path(enum xdg_folder folder, const char *name, char buf[PATH_MAX])
{
    const char *base = getenv(folders[folder].variable), *below = "";
    int n;

    if (!base || base[0] != '/') {
        base = getenv("HOME");
        below = folders[folder].below_home;
    }
    if (folder == XDG_STATE && base && is_anothers(base)) {
        const struct passwd *root = getpwuid(0);

        base = root ? root->pw_dir : NULL;
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
