#include "core/base/will.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/alone.h"

#define NAP_MS 100
#define NOBODY_TRIES 20 /* a descriptor of the process that ended may be closed after ours */
#define NOBODY_NAP_US 5000

enum word_kind { TERMINAL_TAKEN, TERMINAL_GIVEN_BACK, SOCKET_BEGINS, SOCKET_MADE, SOCKET_GONE };

struct word {
    enum word_kind kind;
    dev_t device; /* 0: not known */
    ino_t number;
    char path[sizeof(((struct sockaddr_un *)0)->sun_path) + 1]; /* "": a free place */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int terminal = -1; /* behind the lock, as restore */
static void (*restore)(void);
static atomic_bool taken;
static atomic_int to_heir = -1; /* -1: there is none yet, -2: there cannot be one */

/* ---- the copy: nothing here that a signal handler may not do ------------------------------ */

static struct word sockets[WILL_SOCKETS];

static void remember(const struct word *w)
{
    struct word *place = NULL;

    for (size_t i = 0; i < WILL_SOCKETS; i++) {
        if (strcmp(sockets[i].path, w->path) == 0) {
            place = &sockets[i];
            break;
        }
        if (!place && !sockets[i].path[0])
            place = &sockets[i];
    }
    if (!place)
        return;
    if (w->kind == SOCKET_GONE)
        place->path[0] = '\0';
    else
        *place = *w;
}

/* Whether nobody listens behind a name that may not have been made yet when the process ended. */
static bool is_nobodys(const char *path)
{
    static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
    struct sockaddr_un to = {.sun_family = AF_UNIX};

    memcpy(to.sun_path, path, strnlen(path, sizeof(to.sun_path)));
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        int fd = socket(AF_UNIX, types[i] | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        int r = connect(fd, (struct sockaddr *)&to, sizeof(to)), code = errno;

        close(fd);
        if (r < 0 && code == ECONNREFUSED)
            return true;
    }
    return false;
}

static void remove_socket(const struct word *w)
{
    struct stat st;

    for (int i = 0; i < NOBODY_TRIES; i++) {
        if (lstat(w->path, &st) < 0 || !S_ISSOCK(st.st_mode))
            return;
        if (w->number ? st.st_dev == w->device && st.st_ino == w->number
                      : is_nobodys(w->path)) {
            unlink(w->path);
            return;
        }
        if (w->number)
            return;
        usleep(NOBODY_NAP_US);
    }
}

/* Only the end of the process counts, not that its words cannot be read. */
static bool has_hung_up(int from)
{
    struct pollfd p = {.fd = from};

    return poll(&p, 1, NAP_MS) > 0;
}

static void wait_and_execute(int from)
{
    bool to_be_given_back = taken;
    struct word w;
    ssize_t n;

    while ((n = read(from, &w, sizeof(w))) != 0) {
        if (n < 0 && has_hung_up(from))
            break;
        if (n != sizeof(w))
            continue;
        if (w.kind == TERMINAL_TAKEN || w.kind == TERMINAL_GIVEN_BACK)
            to_be_given_back = w.kind == TERMINAL_TAKEN;
        else
            remember(&w);
    }
    if (terminal >= 0 && to_be_given_back)
        restore();
    for (size_t i = 0; i < WILL_SOCKETS; i++)
        if (sockets[i].path[0])
            remove_socket(&sockets[i]);
}

/* ---- the process ---------------------------------------------------------------------------- */

/* It belongs to no job. */
static void become_heir(int from)
{
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    setsid();
    prctl(PR_SET_NAME, "sockeye-will");
    alone_keep(from, terminal >= 0 ? terminal : from);
    wait_and_execute(from);
    _exit(0);
}

/* A word is less than PIPE_BUF, so it arrives whole: pipe(7).  The end to read from stays open here,
 * too: no SIGPIPE comes of a copy that is no more. */
static void begin(void)
{
    int ends[2];
    long child;

    if (pipe2(ends, O_CLOEXEC) < 0) {
        to_heir = -2;
        return;
    }
    /* Without a signal at its end it is none of the children that wait(2) knows: clone(2). */
    child = syscall(SYS_clone, 0UL, NULL, NULL, NULL, 0UL);
    if (child == 0)
        become_heir(ends[0]);
    if (child < 0) {
        close(ends[0]);
        close(ends[1]);
    } else {
        fcntl(ends[1], F_SETFL, O_NONBLOCK);
    }
    to_heir = child < 0 ? -2 : ends[1];
}

void will_begin(void)
{
    pthread_mutex_lock(&lock);
    if (to_heir == -1)
        begin();
    pthread_mutex_unlock(&lock);
}

/* One that is no more, or does not listen, can do nothing for us. */
static void say(const struct word *w)
{
    ssize_t ignored = to_heir < 0 ? 0 : write(to_heir, w, sizeof(*w));

    (void)ignored;
}

static void say_path(enum word_kind kind, const char *path, dev_t device, ino_t number)
{
    struct word w = {.kind = kind, .device = device, .number = number};

    if (!path[0] || strlen(path) >= sizeof(w.path))
        return;
    memcpy(w.path, path, strlen(path));
    will_begin();
    say(&w);
}

void will_terminal(int fd, void (*give_back)(void))
{
    pthread_mutex_lock(&lock);
    terminal = fd;
    restore = give_back;
    pthread_mutex_unlock(&lock);
}

void will_terminal_taken(bool now)
{
    struct word w = {.kind = now ? TERMINAL_TAKEN : TERMINAL_GIVEN_BACK};

    taken = now;
    say(&w);
}

void will_socket_begins(const char *path)
{
    struct stat st;

    if (lstat(path, &st) < 0 && errno == ENOENT)
        say_path(SOCKET_BEGINS, path, 0, 0);
}

void will_socket(const char *path, dev_t device, ino_t number)
{
    say_path(SOCKET_MADE, path, device, number);
}

void will_socket_gone(const char *path)
{
    say_path(SOCKET_GONE, path, 0, 0);
}
