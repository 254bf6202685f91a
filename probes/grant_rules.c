/* The part of the grant that has the rules of a firewall listed: nft(8), iptables-save(8).
 *
 * Two processes stand behind it: the program, and one that waits for it, tells how it ended, and ends
 * it when nobody reads any more. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/alone.h"
#include "probes/grant.h"
#include "probes/guard/call.h"

#define PATH_BYTES 128
#define STATUS_FD 3
#define FAILED 127

/* Where a distribution puts them; PATH of an ordinary user often has no sbin. */
static const char *const folders[] = {"/usr/sbin/", "/sbin/", "/usr/bin/", "/usr/local/sbin/"};

static const struct {
    const char *name, *arguments[3];
} programs[GUARD_RULE_PROGRAMS] = {
    [GUARD_NFT] = {"nft", {"-j", "list", "ruleset"}},
    [GUARD_IPTABLES] = {"iptables-legacy-save", {"-c"}},
    [GUARD_IP6TABLES] = {"ip6tables-legacy-save", {"-c"}},
};

static bool find_program(const char *name, char path[PATH_BYTES])
{
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        snprintf(path, PATH_BYTES, "%s%s", folders[i], name);
        if (access(path, X_OK) == 0)
            return true;
    }
    return false;
}

/* What follows runs behind fork(2) of a program with threads: system calls only. */

static _Noreturn void become(const char *path, const char *const arguments[3])
{
    char locale[] = "LC_ALL=C", folder[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    char *environment[] = {locale, folder, NULL};
    char *argv[5] = {(char *)(uintptr_t)path};
    int null = open("/dev/null", O_RDWR);
    sigset_t none;

    for (size_t i = 0; i < 3; i++)
        argv[1 + i] = (char *)(uintptr_t)arguments[i];
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    close(STATUS_FD);
    if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0)
        execve(path, argv, environment);
    _exit(FAILED);
}

/* Wait for it, but not when nobody reads what it writes. */
static int wait_for(pid_t child)
{
    int pidfd = (int)syscall(SYS_pidfd_open, child, 0), status = 0;
    struct pollfd fds[] = {{.fd = STATUS_FD}, {.fd = pidfd, .events = POLLIN}};

    while (pidfd >= 0 && !fds[1].revents && !fds[0].revents)
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            break;
    if (fds[0].revents)
        kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
}

static _Noreturn void watch_over(int program, const char *path, int output, int status)
{
    uint8_t code;
    pid_t child;

    /* Both pipes above what they are going to be: neither overwrites the other. */
    output = fcntl(output, F_DUPFD, STATUS_FD + 1);
    status = fcntl(status, F_DUPFD, STATUS_FD + 1);
    if (output < 0 || status < 0 || dup2(output, STDOUT_FILENO) < 0 ||
        dup2(status, STATUS_FD) < 0)
        _exit(FAILED);
    alone_close(STATUS_FD + 1, ~0U);
    signal(SIGCHLD, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    child = fork();
    if (child == 0)
        become(path, programs[program].arguments);
    close(STDOUT_FILENO);
    code = (uint8_t)(child < 0 ? FAILED : wait_for(child));
    _exit(write(STATUS_FD, &code, 1) == 1 ? 0 : FAILED);
}

static void close_pair(const int fds[2])
{
    close(fds[0]);
    close(fds[1]);
}

/* The one that watches is nobody's child, so that nobody need wait for it. */
static int start(enum guard_rules program, const char *path, int output, int status)
{
    pid_t between = fork();

    if (between < 0)
        return -errno;
    if (between == 0) {
        pid_t watcher = fork();

        if (watcher == 0)
            watch_over((int)program, path, output, status);
        _exit(watcher < 0 ? FAILED : 0);
    }
    while (waitpid(between, NULL, 0) < 0 && errno == EINTR)
        continue;
    return 0;
}

static int ask(enum guard_rules program, int *ret_fd, int *ret_status)
{
    struct guard_call c =
        guard_call_of(GUARD_RULES, (uint16_t)program, grant_meant(), GUARD_FDS);
    int rc = guard_ask(&c);

    if (rc == 0) {
        *ret_fd = c.fds[0];
        *ret_status = c.fds[1];
    }
    return rc;
}

int grant_rules(enum guard_rules program, int *ret_fd, int *ret_status)
{
    int output[2], status[2], rc;
    char path[PATH_BYTES];

    if (guard_on())
        return ask(program, ret_fd, ret_status);
    if (!find_program(programs[program].name, path))
        return -ENOENT;
    if (pipe2(output, O_CLOEXEC) < 0)
        return -errno;
    if (pipe2(status, O_CLOEXEC) < 0) {
        rc = -errno;
        close_pair(output);
        return rc;
    }
    rc = start(program, path, output[1], status[1]);
    if (rc < 0) {
        close_pair(output);
        close_pair(status);
        return rc;
    }
    close(output[1]);
    close(status[1]);
    *ret_fd = output[0];
    *ret_status = status[0];
    return 0;
}
