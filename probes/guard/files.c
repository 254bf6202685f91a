#include "probes/guard/files.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/share.h"
#include "core/base/xdg.h"

/* The system's: names, certificates, terminals, time zones, libraries; the kernel's tables; how names
 * are looked up by systemd-resolved(8) and its like. */
static const char *const readable[] = {
    "/etc",
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/bin",
    "/proc",
    "/sys",
    "/run/netns",
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/run/nscd",
    "/run/NetworkManager",
    "/var/lib/ca-certificates",
    "/nix/store",
    "/gnu/store",
    "/dev/urandom",
    "/dev/random",
    "/dev/zero",
};

static const char *const writable[] = {"/dev/null", "/dev/full", "/dev/tty", "/dev/pts"};

/* What libraries read where somebody says so. */
static const char *const variables[] = {"TERMINFO", "TERMINFO_DIRS", "SSL_CERT_FILE",
                                        "SSL_CERT_DIR", "OPENSSL_CONF"};

/* Where a word on the command line may name a file, nothing beside it is written. */
static const char *const protected[] = {"/etc",  "/usr",  "/lib",  "/lib64",
                                        "/bin",  "/sbin", "/boot", "/dev",
                                        "/proc", "/sys",  "/run",  "/root/.ssh"};

#define N(list) (sizeof(list) / sizeof((list)[0]))

static bool is_protected(const char *folder)
{
    for (size_t i = 0; i < N(protected); i++) {
        size_t len = strlen(protected[i]);

        if (strncmp(folder, protected[i], len) == 0 && (!folder[len] || folder[len] == '/'))
            return true;
    }
    return strcmp(folder, "/") == 0;
}

/* A file that is made, or replaced by one made beside it, is its folder's business. */
static void allow_folder_of(struct landlock *l, const char *path)
{
    char copy[PATH_MAX], real[PATH_MAX], *slash;

    if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
        return;
    slash = strrchr(copy, '/');
    if (slash)
        slash[slash == copy] = '\0';
    if (realpath(slash ? copy : ".", real) && !is_protected(real))
        landlock_allow(l, real, true);
}

static void allow_named(struct landlock *l, const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
        allow_folder_of(l, path);
    if (strcmp(path, "/") != 0)
        landlock_allow(l, path, true);
}

/* "/tmp/a", "--cert=/tmp/a", "unix:/tmp/a", "@/tmp/a", "../a": where a path could begin. */
static void allow_word(struct landlock *l, const char *word)
{
    static const char before[] = "=:@,";
    const char *at = word;

    while (at) {
        if (at[0] == '/' || at[0] == '~' || strncmp(at, "../", 3) == 0 || access(at, F_OK) == 0)
            allow_named(l, at);
        at = strpbrk(at, before);
        if (at)
            at++;
    }
}

static void allow_variables(struct landlock *l)
{
    const char *home = getenv("HOME"), *temporary = getenv("TMPDIR");
    char path[PATH_MAX];

    landlock_allow(l, temporary && temporary[0] == '/' ? temporary : "/tmp", true);
    for (size_t i = 0; i < N(variables); i++)
        if (getenv(variables[i]))
            landlock_allow(l, getenv(variables[i]), false);
    if (home && snprintf(path, sizeof(path), "%s/.terminfo", home) < (int)sizeof(path))
        landlock_allow(l, path, false);
}

static void allow_own(struct landlock *l, bool keeps)
{
    static const enum xdg_folder folders[] = {XDG_CONFIG, XDG_STATE};
    char path[PATH_MAX];

    for (size_t i = 0; i < N(folders); i++)
        if (xdg_path(folders[i], "", path) && (!keeps || xdg_make_folders(path) == 0))
            landlock_allow(l, path, true);
    if (share_path("VERSION", path) || share_path("errors.json", path)) {
        *strrchr(path, '/') = '\0';
        landlock_allow(l, path, false);
    }
}

void files_allow(struct landlock *l, char *const words[], bool keeps)
{
    char here[PATH_MAX];

    for (size_t i = 0; i < N(readable); i++)
        landlock_allow(l, readable[i], false);
    for (size_t i = 0; i < N(writable); i++)
        landlock_allow(l, writable[i], true);
    allow_variables(l);
    allow_own(l, keeps);
    if (getcwd(here, sizeof(here)) && strcmp(here, "/") != 0)
        landlock_allow(l, here, true);
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        landlock_allow_fd(l, fd);
    for (size_t i = 0; words && words[i]; i++)
        allow_word(l, words[i]);
}
