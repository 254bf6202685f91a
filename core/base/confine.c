#include "core/base/confine.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"

static struct {
    char *paths[CONFINE_FOLDERS];
    size_t n;
    bool on, full, as_caller;
} confine;

void confine_allow(const char *path)
{
    confine.full |= confine.n == CONFINE_FOLDERS;
    if (!confine.full)
        confine.paths[confine.n++] = mem_copy(path, strlen(path));
}

void confine_begin(bool as_caller)
{
    confine.on = true;
    confine.as_caller = as_caller;
}

static bool is_below(const char *path, const char *folder)
{
    size_t len = strlen(folder);

    return strncmp(path, folder, len) == 0 && (!path[len] || path[len] == '/');
}

/* The file itself, or the folder that it would be made in; "" when there is neither. */
static void existing(const char *path, char buf[PATH_MAX])
{
    char copy[PATH_MAX], *slash;

    if (realpath(path, buf))
        return;
    buf[0] = '\0';
    if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
        return;
    slash = strrchr(copy, '/');
    if (slash)
        slash[slash == copy] = '\0';
    if (!realpath(slash ? copy : ".", buf))
        buf[0] = '\0';
}

const char *confine_hint(const char *text)
{
    const char *path = strchr(text, '/');
    char real[PATH_MAX];

    if (!confine.on || confine.full || !path || strstr(text, "://"))
        return NULL;
    existing(path, real);
    if (!real[0])
        return NULL;
    /* Landlock has no say in access(2): the file's own permissions do. */
    if (access(real, R_OK) < 0 && access(real, W_OK) < 0) {
        if (confine.as_caller)
            return "under sudo files are opened as you; --sandbox=off opens them as root";
        return geteuid() == 0 ? "here root may open its own files only; --sandbox=off: all"
                              : NULL;
    }
    for (size_t i = 0; i < confine.n; i++)
        if (is_below(real, confine.paths[i]))
            return NULL;
    return "the sandbox forbids it: start with --allow FOLDER, or --sandbox=off";
}
