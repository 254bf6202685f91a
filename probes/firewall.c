#include "probes/firewall.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"

#define OUTPUT_BYTES (8U << 20)
#define PATIENCE_NS (2 * CLOCK_SECOND_NS)

/* Where a distribution puts them; PATH of an ordinary user often has no sbin. */
static const char *const folders[] = {"/usr/sbin/", "/sbin/", "/usr/bin/", "/usr/local/sbin/"};

static bool find_program(const char *name, char path[128])
{
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        snprintf(path, 128, "%s%s", folders[i], name);
        if (access(path, X_OK) == 0)
            return true;
    }
    return false;
}

struct output {
    char *text; /* a NUL stands behind it */
    size_t len;
};

/* Read until its end, the bound or the time is over. */
static int drain(int fd, struct output *out)
{
    uint64_t until_ns = clock_now_ns() + PATIENCE_NS;
    size_t room = 16384;

    out->text = mem_new(room + 1, 1);
    out->len = 0;
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ssize_t n;

        if (clock_now_ns() > until_ns)
            return -ETIMEDOUT;
        if (poll(&p, 1, 50) <= 0)
            continue;
        n = read(fd, out->text + out->len, room - out->len);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n == 0)
            break;
        out->len += n > 0 ? (size_t)n : 0;
        if (out->len == room && room >= OUTPUT_BYTES)
            return -EFBIG;
        if (out->len == room) {
            room *= 2;
            out->text = mem_resize(out->text, room + 1, 1);
        }
    }
    out->text[out->len] = '\0';
    return 0;
}

static int spawn(char *const argv[], int fd, pid_t *ret)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    char locale[] = "LC_ALL=C", path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    char *environment[] = {locale, path, NULL};
    int r;

    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    /* Ours are blocked for a signalfd; the child's must not be. */
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    r = posix_spawn(ret, argv[0], &actions, &attributes, argv, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return -r;
}

/* What a program writes.  Returns 0, or negative errno: -EPERM when it ended with an error. */
static int run(char *const argv[], struct output *out)
{
    int fds[2], r, status = 0;
    pid_t pid;

    out->text = NULL;
    if (pipe2(fds, O_CLOEXEC) < 0)
        return -errno;
    r = spawn(argv, fds[1], &pid);
    close(fds[1]);
    if (r == 0) {
        r = drain(fds[0], out);
        if (r < 0)
            kill(pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            continue;
        if (r == 0 && (!WIFEXITED(status) || WEXITSTATUS(status)))
            r = -EPERM;
    }
    close(fds[0]);
    if (r < 0) {
        free(out->text);
        out->text = NULL;
    }
    return r;
}

/* Legacy tables exist only while somebody made rules: the names file is empty then. */
static bool has_legacy(const char *names)
{
    char c;
    int fd = open(names, O_RDONLY | O_CLOEXEC);
    bool any = fd >= 0 && read(fd, &c, 1) == 1;

    if (fd >= 0)
        close(fd);
    return any;
}

static int look_nft(const struct firewall_question *question, struct firewall_facts *f)
{
    char path[128], json[] = "-j", list[] = "list", ruleset[] = "ruleset";
    struct output out = {0};
    int r = firewall_count_tables();

    if (r <= 0)
        return r; /* without a table there is no rule, and no program is needed to say so */
    if (!find_program("nft", path))
        return -ENOPKG;
    r = run((char *[]){path, json, list, ruleset, NULL}, &out);
    if (r < 0)
        return r;
    r = firewall_parse_nft(out.text, out.len, question, f);
    free(out.text);
    return r;
}

static int look_legacy(const char *names, const char *program, bool v6,
                       const struct firewall_question *question, struct firewall_facts *f)
{
    char path[128], counters[] = "-c";
    struct output out = {0};
    int r;

    if (!has_legacy(names) || !find_program(program, path))
        return -ENOENT;
    r = run((char *[]){path, counters, NULL}, &out);
    if (r < 0)
        return r;
    r = firewall_parse_save(out.text, v6, question, f);
    free(out.text);
    return r;
}

int firewall_look(const struct firewall_question *question, struct firewall_facts *ret,
                  struct err *err)
{
    int nft, legacy4, legacy6;

    /* Nothing that could have decided has no count to read again. */
    if (ret->seen && !ret->n_rules)
        return 0;
    nft = look_nft(question, ret);
    legacy4 = look_legacy("/proc/thread-self/net/ip_tables_names", "iptables-legacy-save",
                          false, question, ret);
    legacy6 = look_legacy("/proc/thread-self/net/ip6_tables_names", "ip6tables-legacy-save",
                          true, question, ret);

    if (nft == 0 || legacy4 == 0 || legacy6 == 0) {
        ret->seen = true;
        return 0;
    }
    if (nft == -ENOPKG) {
        err_set(err, -EPERM, "firewall", "",
                "there are rules, and nft, which tells them, is not");
        err_hint(err, "install nftables");
        return -EPERM;
    }
    if (nft == -ENOENT && legacy4 == -ENOENT && legacy6 == -ENOENT)
        return err_set(err, -ENOENT, "firewall", "", "no nft and no iptables here");
    err_set(err, -EPERM, "firewall", "", "the rules may not be read");
    err_hint(err, "run it as root");
    return -EPERM;
}
