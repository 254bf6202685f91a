#include "probes/guard/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/confine.h"
#include "core/base/share.h"
#include "probes/guard/call.h"
#include "probes/guard/calls.h"
#include "probes/guard/caps.h"
#include "probes/guard/files.h"
#include "probes/guard/helper.h"
#include "probes/guard/landlock.h"
#include "probes/guard/sandbox.h"

#define STATUS_BYTES 16384
#define LEAVE_MS 3000

/* The one sandbox of this program; written before there is a second thread. */
static struct {
    enum sandbox_mode mode;
    char *const *words;
    bool keeps;
    bool entered;
    bool as_caller;
    int landlock;
    int helper_fd; /* pidfd_open(2) */
    size_t n_lacks;
    struct err lacks[PRIVILEGES_LACKS];
} sandbox = {.mode = SANDBOX_OFF, .helper_fd = -1};

bool sandbox_mode_parse(const char *word, enum sandbox_mode *ret)
{
    static const char *const words[] = {
        [SANDBOX_ON] = "on", [SANDBOX_OFF] = "off", [SANDBOX_STRICT] = "strict"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(word, words[i]) == 0) {
            *ret = (enum sandbox_mode)i;
            return true;
        }
    }
    return false;
}

bool sandbox_is_set_id(void)
{
    return getuid() != geteuid() || getgid() != getegid();
}

void sandbox_prepare(enum sandbox_mode mode, char *const words[], bool keeps)
{
    sandbox.keeps = keeps;
    sandbox.mode = mode;
    sandbox.words = words;
}

static void lack(int code, const char *what, const char *reason)
{
    if (sandbox.n_lacks < PRIVILEGES_LACKS)
        err_set(&sandbox.lacks[sandbox.n_lacks++], code, "sandbox", what, "%s", reason);
}

/* ---- the caller of sudo ---------------------------------------------------------------------- */

/* A number of the environment, as sudo(8) leaves them; false: it is none. */
static bool id_of(const char *variable, uint32_t *ret)
{
    const char *text = getenv(variable);
    char *end;
    unsigned long n;

    if (!text || text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    n = strtoul(text, &end, 10);
    if (*end || errno || n >= UINT32_MAX)
        return false;
    *ret = (uint32_t)n;
    return true;
}

/* His home has his configuration, whatever sudo made of HOME. */
static void become_caller(void)
{
    uint32_t uid, gid;
    struct passwd *who;
    int r;

    if (getuid() != 0 || !id_of("SUDO_UID", &uid) || !uid || !id_of("SUDO_GID", &gid))
        return;
    who = getpwuid(uid);
    r = who ? initgroups(who->pw_name, gid) : setgroups(0, NULL);
    if (r < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0) {
        lack(-errno, "caller", "this program cannot become the caller of sudo");
        return;
    }
    if (who)
        setenv("HOME", who->pw_dir, 1);
    sandbox.as_caller = true;
}

/* ---- the rest -------------------------------------------------------------------------------- */

static void start_helper(void)
{
    int fds[GUARD_CHANNELS], pid, rc = helper_start(fds, &pid);

    if (rc < 0) {
        lack(rc, "helper", "there is no helper: what needs privileges is not to be had");
        return;
    }
    guard_connect(fds, pid);
    sandbox.helper_fd = (int)syscall(SYS_pidfd_open, pid, 0);
}

static void restrict_files(void)
{
    struct landlock *l;
    int rc = landlock_new(&l);

    if (rc == 0) {
        files_allow(l, sandbox.words, sandbox.keeps);
        rc = landlock_enforce(l);
    }
    if (rc < 0) {
        lack(rc, "Landlock", "this kernel does not keep us from other files");
        return;
    }
    sandbox.landlock = landlock_version();
    confine_begin(sandbox.as_caller);
}

static void restrict_calls(void)
{
    int rc = calls_forbid(CALLS_PROGRAM);

    if (rc < 0)
        lack(rc, "seccomp", "this kernel does not keep us from calls that we do not need");
}

int sandbox_enter(struct err *err)
{
    int rc;

    if (sandbox.mode == SANDBOX_OFF || sandbox.entered)
        return 0;
    sandbox.entered = true;
    start_helper();
    caps_bound(0); /* while that is permitted */
    become_caller();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        lack(-errno, "no_new_privs", "this kernel does not promise it");
    rc = caps_keep(0);
    if (rc < 0)
        lack(rc, "capabilities", "they cannot be given away");
    restrict_files();
    restrict_calls();
    if (sandbox.mode != SANDBOX_STRICT || !sandbox.n_lacks)
        return 0;
    if (err)
        *err = sandbox.lacks[0];
    err_hint(err, "--sandbox=on starts without it");
    return sandbox.lacks[0].code;
}

void sandbox_help(void)
{
    if (sandbox.mode != SANDBOX_OFF && !sandbox.entered)
        start_helper();
}

void sandbox_leave(void)
{
    struct pollfd p = {.fd = sandbox.helper_fd, .events = POLLIN};
    pid_t helper = guard_helper();

    if (!helper)
        return;
    guard_disconnect();
    /* One that was stopped ends when it is continued; we do not wait for that. */
    if (p.fd >= 0 && poll(&p, 1, LEAVE_MS) > 0)
        waitpid(helper, NULL, 0);
}

int sandbox_helper_fd(void)
{
    return sandbox.helper_fd;
}

/* ---- the kernel's word ----------------------------------------------------------------------- */

static void look_at(const char *path, struct process_rights *ret)
{
    char *text;
    size_t len;

    *ret = (struct process_rights){0};
    if (share_read_path(path, STATUS_BYTES, &text, &len, NULL) < 0)
        return;
    process_rights_parse(text, ret);
    free(text);
}

static enum helper_state state_of_helper(void)
{
    struct pollfd p = {.fd = sandbox.helper_fd, .events = POLLIN};
    int ended = guard_state();

    if (!guard_on())
        return HELPER_NONE;
    if ((p.fd >= 0 && poll(&p, 1, 0) > 0) || (ended < 0 && ended != -ETIMEDOUT))
        return HELPER_ENDED;
    return ended < 0 ? HELPER_SILENT : HELPER_RUNS;
}

void sandbox_look(struct privileges *ret)
{
    char path[40];

    *ret = (struct privileges){.sandbox = sandbox.entered,
                               .as_caller = sandbox.as_caller,
                               .landlock = sandbox.landlock,
                               .state = state_of_helper(),
                               .n_lacks = sandbox.n_lacks};
    memcpy(ret->lacks, sandbox.lacks, sizeof(ret->lacks));
    look_at("/proc/thread-self/status", &ret->self);
    if (ret->state == HELPER_RUNS || ret->state == HELPER_SILENT) {
        snprintf(path, sizeof(path), "/proc/%d/status", (int)guard_helper());
        look_at(path, &ret->helper);
        ret->helper.pid = guard_helper();
    }
}
