/* tests/torture/fail_calls.c - the calls that can be made to fail, and with what. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <ifaddrs.h>
#include <linux/magic.h>
#include <locale.h>
#include <net/if.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "tests/torture/fail.h"

#pragma GCC diagnostic ignored "-Wmissing-braces"

#define NEXT(type, name, params)                                                               \
    static type(*next) params;                                                                 \
    if (!next)                                                                                 \
    *(void **)&next = next_of(#name)

/* A function that fails with `bad`; `code` is the errno. */
#define FAIL(type, name, params, args, bad, ...)                                               \
    type name params                                                                           \
    {                                                                                          \
        static const struct call call = {#name, __VA_ARGS__};                                  \
        int code = strike(&call);                                                              \
                                                                                               \
        NEXT(type, name, params);                                                              \
        if (!code)                                                                             \
            return next args;                                                                  \
        errno = code;                                                                          \
        return bad;                                                                            \
    }

/* The same, of one that moves up to `n` bytes. */
#define MOVE(type, name, params, args, fd, n, ...)                                             \
    type name params                                                                           \
    {                                                                                          \
        static const struct call call = {#name, WANT_OTHER, {__VA_ARGS__}};                    \
        int code = strike_at(&call, fd, __builtin_return_address(0));                          \
                                                                                               \
        NEXT(type, name, params);                                                              \
        if (code == EINTR && is_file(fd))                                                      \
            code = 0;                                                                          \
        if (code < 0) {                                                                        \
            if (may_be_short(fd))                                                              \
                n = less(n, code);                                                             \
            code = 0;                                                                          \
        }                                                                                      \
        if (!code)                                                                             \
            return next args;                                                                  \
        errno = code;                                                                          \
        return -1;                                                                             \
    }

#define MEMORY WANT_MEMORY, ENOMEM
#define DESCRIPTOR WANT_DESCRIPTOR, EMFILE
#define OTHER WANT_OTHER

/* Nothing interrupts reading or writing one (signal(7)). */
static bool is_file(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

/* Of memfd_create(2): what is written there is not lost, and no device is between.  A file that
 * has no name yet (O_TMPFILE) has no link, either. */
static bool is_memory(int fd)
{
    static const char begins[] = "/memfd:";
    char path[32], target[sizeof(begins) - 1];

    NEXT(ssize_t, readlink, (const char *, char *, size_t));
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return next(path, target, sizeof(target)) == sizeof(target) &&
           memcmp(target, begins, sizeof(target)) == 0;
}

/* Streams of bytes may be cut anywhere; datagrams, counters and the kernel's own files not. */
static bool may_be_short(int fd)
{
    socklen_t len = sizeof(int);
    struct statfs fs;
    struct stat st;
    int type = 0;

    if (fstat(fd, &st) < 0)
        return false;
    if (S_ISSOCK(st.st_mode))
        return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_STREAM;
    if (S_ISREG(st.st_mode))
        return fstatfs(fd, &fs) == 0 && fs.f_type != PROC_SUPER_MAGIC &&
               fs.f_type != SYSFS_MAGIC && fs.f_type != TRACEFS_MAGIC;
    return S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode);
}

static size_t less(size_t n, int how)
{
    return how == MOVE_ONE && n > 1 ? 1 : (n + 15) / 16;
}

/* What happens to files does not happen to terminals, sockets and pipes, and the other way round. */
static int strike_at(const struct call *call, int fd, const void *caller)
{
    static atomic_int struck = -1;
    int code = is_memory(fd) ? 0 : strike_from(call, caller), sort = is_file(fd), none = -1;

    if (!code || atomic_compare_exchange_strong(&struck, &none, sort))
        return code;
    return atomic_load(&struck) == sort ? code : 0;
}

/* As a stream does whose descriptor failed. */
static int stream_failed(FILE *stream)
{
    stream->_flags |= 0x20; /* _IO_ERR_SEEN of libio.h */
    return EOF;
}

/* ---- memory */

FAIL(void *, malloc, (size_t n), (n), NULL, MEMORY)
FAIL(void *, calloc, (size_t n, size_t size), (n, size), NULL, MEMORY)
FAIL(void *, realloc, (void *p, size_t n), (p, n), NULL, MEMORY)
FAIL(void *, reallocarray, (void *p, size_t n, size_t size), (p, n, size), NULL, MEMORY)
FAIL(void *, aligned_alloc, (size_t a, size_t n), (a, n), NULL, MEMORY)
FAIL(int, posix_memalign, (void **p, size_t a, size_t n), (p, a, n), code, MEMORY)
FAIL(void *, mmap, (void *p, size_t n, int prot, int flags, int fd, off_t at),
     (p, n, prot, flags, fd, at), MAP_FAILED, MEMORY)
FAIL(void *, mmap64, (void *p, size_t n, int prot, int flags, int fd, off_t at),
     (p, n, prot, flags, fd, at), MAP_FAILED, MEMORY)

/* ---- files */

#define OPENS(name)                                                                            \
    int name(const char *path, int flags, ...)                                                 \
    {                                                                                          \
        static const struct call call = {#name, WANT_DESCRIPTOR, {EMFILE, EACCES, EIO}};       \
        int code = strike(&call);                                                              \
        va_list ap;                                                                            \
        mode_t mode;                                                                           \
                                                                                               \
        NEXT(int, name, (const char *, int, ...));                                             \
        va_start(ap, flags);                                                                   \
        mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(ap, mode_t) : 0;                       \
        va_end(ap);                                                                            \
        if (!code)                                                                             \
            return next(path, flags, mode);                                                    \
        errno = code;                                                                          \
        return -1;                                                                             \
    }
#define OPENS_AT(name)                                                                         \
    int name(int fd, const char *path, int flags, ...)                                         \
    {                                                                                          \
        static const struct call call = {#name, WANT_DESCRIPTOR, {EMFILE, EACCES, EIO}};       \
        int code = strike(&call);                                                              \
        va_list ap;                                                                            \
        mode_t mode;                                                                           \
                                                                                               \
        NEXT(int, name, (int, const char *, int, ...));                                        \
        va_start(ap, flags);                                                                   \
        mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(ap, mode_t) : 0;                       \
        va_end(ap);                                                                            \
        if (!code)                                                                             \
            return next(fd, path, flags, mode);                                                \
        errno = code;                                                                          \
        return -1;                                                                             \
    }
OPENS(open)
OPENS(open64)
OPENS_AT(openat)
OPENS_AT(openat64)

FAIL(int, __open_2, (const char *path, int flags), (path, flags), -1, DESCRIPTOR, EACCES)
FAIL(int, __openat_2, (int fd, const char *path, int flags), (fd, path, flags), -1, DESCRIPTOR,
     EACCES)
FAIL(FILE *, fopen, (const char *path, const char *mode), (path, mode), NULL, DESCRIPTOR,
     EACCES)
FAIL(FILE *, fopen64, (const char *path, const char *mode), (path, mode), NULL, DESCRIPTOR,
     EACCES)
FAIL(FILE *, fdopen, (int fd, const char *mode), (fd, mode), NULL, MEMORY)
FAIL(FILE *, fopencookie, (void *p, const char *mode, cookie_io_functions_t io), (p, mode, io),
     NULL, MEMORY)
FAIL(FILE *, open_memstream, (char **text, size_t *len), (text, len), NULL, MEMORY)
FAIL(DIR *, opendir, (const char *path), (path), NULL, DESCRIPTOR, EACCES)
FAIL(DIR *, fdopendir, (int fd), (fd), NULL, MEMORY)
FAIL(struct dirent *, readdir, (DIR * dir), (dir), NULL, OTHER, EIO)
FAIL(int, scandir,
     (const char *path, struct dirent ***list, int (*keep)(const struct dirent *),
      int (*order)(const struct dirent **, const struct dirent **)),
     (path, list, keep, order), -1, DESCRIPTOR, ENOMEM)
FAIL(ssize_t, getdents64, (int fd, void *p, size_t n), (fd, p, n), -1, OTHER, EIO)
FAIL(int, mkdir, (const char *path, mode_t mode), (path, mode), -1, OTHER, ENOSPC, EROFS)
FAIL(int, mkdirat, (int fd, const char *path, mode_t mode), (fd, path, mode), -1, OTHER, ENOSPC,
     EROFS)
FAIL(int, mkostemp, (char *path, int flags), (path, flags), -1, DESCRIPTOR, EROFS)
FAIL(int, mkstemp, (char *path), (path), -1, DESCRIPTOR, EROFS)
FAIL(int, memfd_create, (const char *name, unsigned flags), (name, flags), -1, DESCRIPTOR,
     ENOMEM)
FAIL(int, rename, (const char *from, const char *to), (from, to), -1, OTHER, EACCES, EROFS,
     ENOSPC)
FAIL(int, link, (const char *from, const char *to), (from, to), -1, OTHER, ENOSPC, EROFS)
FAIL(int, linkat, (int from, const char *path, int to, const char *name, int flags),
     (from, path, to, name, flags), -1, OTHER, EACCES, EROFS, ENOSPC)
FAIL(int, ftruncate, (int fd, off_t n), (fd, n), -1, OTHER, EIO)
FAIL(int, fchown, (int fd, uid_t uid, gid_t gid), (fd, uid, gid), -1, OTHER, EPERM, EIO)
FAIL(int, chdir, (const char *path), (path), -1, OTHER, EACCES)
FAIL(char *, getcwd, (char *p, size_t n), (p, n), NULL, OTHER, ENOENT)
FAIL(int, unlink, (const char *path), (path), -1, OTHER, EROFS)
FAIL(int, unlinkat, (int fd, const char *path, int flags), (fd, path, flags), -1, OTHER, EROFS)
FAIL(int, fsync, (int fd), (fd), -1, OTHER, ENOSPC, EIO, EDQUOT)
FAIL(int, fchmod, (int fd, mode_t mode), (fd, mode), -1, OTHER, EPERM)
FAIL(int, fstat, (int fd, struct stat *st), (fd, st), -1, OTHER, EIO)
FAIL(int, stat, (const char *path, struct stat *st), (path, st), -1, OTHER, EACCES)
FAIL(int, lstat, (const char *path, struct stat *st), (path, st), -1, OTHER, EACCES)
FAIL(int, fstatat, (int fd, const char *path, struct stat *st, int flags),
     (fd, path, st, flags), -1, OTHER, EACCES)
FAIL(int, statfs, (const char *path, struct statfs *st), (path, st), -1, OTHER, EIO)
FAIL(int, fstatfs, (int fd, struct statfs *st), (fd, st), -1, OTHER, EIO)
FAIL(int, access, (const char *path, int mode), (path, mode), -1, OTHER, EACCES)
FAIL(int, faccessat, (int fd, const char *path, int mode, int flags), (fd, path, mode, flags),
     -1, OTHER, EACCES)
FAIL(ssize_t, readlink, (const char *path, char *p, size_t n), (path, p, n), -1, OTHER, EACCES)
FAIL(ssize_t, readlinkat, (int fd, const char *path, char *p, size_t n), (fd, path, p, n), -1,
     OTHER, EACCES)
FAIL(char *, realpath, (const char *path, char *p), (path, p), NULL, OTHER, EACCES)
FAIL(int, flock, (int fd, int how), (fd, how), -1, OTHER, ENOLCK)

MOVE(ssize_t, read, (int fd, void *p, size_t n), (fd, p, n), fd, n, EIO)
MOVE(ssize_t, __read_chk, (int fd, void *p, size_t n, size_t room), (fd, p, n, room), fd, n,
     EIO)
MOVE(ssize_t, pread, (int fd, void *p, size_t n, off_t at), (fd, p, n, at), fd, n, EIO)
MOVE(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n), fd, n, ENOSPC, EIO, EDQUOT)
MOVE(ssize_t, pwrite, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at), fd, n,
     ENOSPC, EIO, EDQUOT)

/* What is closed is closed, whatever it says. */
int close(int fd)
{
    static const struct call call = {"close", WANT_OTHER, {EIO, ENOSPC}};
    int code = strike(&call), r;

    NEXT(int, close, (int));
    r = next(fd);
    if (!code)
        return r;
    errno = code;
    return -1;
}

int fclose(FILE *stream)
{
    static const struct call call = {"fclose", WANT_OTHER, {ENOSPC, EIO}};
    int code = strike(&call), r;

    NEXT(int, fclose, (FILE *));
    r = next(stream);
    if (!code)
        return r;
    errno = code;
    return EOF;
}

/* Standard error is where a failure is told. */
#define PUTS(type, name, params, args, stream, bad)                                            \
    type name params                                                                           \
    {                                                                                          \
        static const struct call call = {#name, WANT_OTHER, {ENOSPC, EIO}};                    \
        int code = stream == stderr ? 0 : strike(&call);                                       \
                                                                                               \
        NEXT(type, name, params);                                                              \
        if (!code)                                                                             \
            return next args;                                                                  \
        stream_failed(stream);                                                                 \
        errno = code;                                                                          \
        return bad;                                                                            \
    }

PUTS(size_t, fwrite, (const void *p, size_t size, size_t n, FILE *out), (p, size, n, out), out,
     0)
PUTS(int, fputs, (const char *text, FILE *out), (text, out), out, EOF)
PUTS(int, fputc, (int c, FILE *out), (c, out), out, EOF)
#undef putc
PUTS(int, putc, (int c, FILE *out), (c, out), out, EOF)
PUTS(int, puts, (const char *text), (text), stdout, EOF)
PUTS(int, fflush, (FILE * out), (out), (out ? out : stdout), EOF)

int __vfprintf_chk(FILE *out, int flag, const char *format, va_list ap);

int __fprintf_chk(FILE *out, int flag, const char *format, ...)
{
    static const struct call call = {"fprintf", WANT_OTHER, {ENOSPC, EIO}};
    int code = out == stderr ? 0 : strike(&call);
    va_list ap;
    int r;

    if (code) {
        errno = code;
        return stream_failed(out);
    }
    va_start(ap, format);
    r = __vfprintf_chk(out, flag, format, ap);
    va_end(ap);
    return r;
}

int __printf_chk(int flag, const char *format, ...)
{
    static const struct call call = {"printf", WANT_OTHER, {ENOSPC, EIO}};
    int code = strike(&call);
    va_list ap;
    int r;

    if (code) {
        errno = code;
        return stream_failed(stdout);
    }
    va_start(ap, format);
    r = __vfprintf_chk(stdout, flag, format, ap);
    va_end(ap);
    return r;
}

FAIL(char *, fgets, (char *p, int n, FILE *in), (p, n, in), (stream_failed(in), NULL), OTHER,
     EIO)
FAIL(size_t, fread, (void *p, size_t size, size_t n, FILE *in), (p, size, n, in),
     (stream_failed(in), 0), OTHER, EIO)

/* ---- sockets */

FAIL(int, socket, (int domain, int type, int protocol), (domain, type, protocol), -1,
     DESCRIPTOR, ENOBUFS, ENOMEM)
FAIL(int, socketpair, (int domain, int type, int protocol, int pair[2]),
     (domain, type, protocol, pair), -1, DESCRIPTOR, ENOBUFS)
FAIL(int, bind, (int fd, const struct sockaddr *a, socklen_t len), (fd, a, len), -1, OTHER,
     ENOMEM, EACCES)
FAIL(int, listen, (int fd, int n), (fd, n), -1, OTHER, EADDRINUSE)
FAIL(int, connect, (int fd, const struct sockaddr *a, socklen_t len), (fd, a, len), -1, OTHER,
     ENOBUFS, EADDRNOTAVAIL, EINTR)
FAIL(int, accept4, (int fd, struct sockaddr *a, socklen_t *len, int flags), (fd, a, len, flags),
     -1, DESCRIPTOR, ENOBUFS, ECONNABORTED)
FAIL(int, setsockopt, (int fd, int level, int name, const void *p, socklen_t len),
     (fd, level, name, p, len), -1, OTHER, ENOBUFS, ENOPROTOOPT)
FAIL(int, getsockopt, (int fd, int level, int name, void *p, socklen_t *len),
     (fd, level, name, p, len), -1, OTHER, ENOPROTOOPT, ENOBUFS)
FAIL(int, getpeername, (int fd, struct sockaddr *a, socklen_t *len), (fd, a, len), -1, OTHER,
     ENOTCONN)
FAIL(int, getsockname, (int fd, struct sockaddr *a, socklen_t *len), (fd, a, len), -1, OTHER,
     ENOBUFS)
MOVE(ssize_t, send, (int fd, const void *p, size_t n, int flags), (fd, p, n, flags), fd, n,
     ENOBUFS, ECONNRESET, ENOMEM)
MOVE(ssize_t, sendto,
     (int fd, const void *p, size_t n, int flags, const struct sockaddr *a, socklen_t len),
     (fd, p, n, flags, a, len), fd, n, ENOBUFS, ENOMEM)
MOVE(ssize_t, recv, (int fd, void *p, size_t n, int flags), (fd, p, n, flags), fd, n, ENOMEM,
     ECONNRESET, ETIMEDOUT)
MOVE(ssize_t, recvfrom,
     (int fd, void *p, size_t n, int flags, struct sockaddr *a, socklen_t *len),
     (fd, p, n, flags, a, len), fd, n, ENOMEM, ENOBUFS)

/* The first part of it alone. */
static struct msghdr cut(const struct msghdr *message, struct iovec *part)
{
    struct msghdr less = *message;

    *part = message->msg_iov[0];
    part->iov_len = 1;
    less.msg_iov = part;
    less.msg_iovlen = 1;
    return less;
}

#define MESSAGE(name, type, ...)                                                               \
    ssize_t name(int fd, type *message, int flags)                                             \
    {                                                                                          \
        static const struct call call = {#name, WANT_OTHER, {__VA_ARGS__}};                    \
        int code = strike(&call);                                                              \
        struct msghdr less;                                                                    \
        struct iovec part;                                                                     \
                                                                                               \
        NEXT(ssize_t, name, (int, type *, int));                                               \
        if (code < 0) {                                                                        \
            if (message->msg_iovlen && message->msg_iov[0].iov_len && may_be_short(fd)) {      \
                less = cut(message, &part);                                                    \
                return next(fd, &less, flags);                                                 \
            }                                                                                  \
            code = 0;                                                                          \
        }                                                                                      \
        if (!code)                                                                             \
            return next(fd, message, flags);                                                   \
        errno = code;                                                                          \
        return -1;                                                                             \
    }
MESSAGE(sendmsg, const struct msghdr, ENOMEM, ENOBUFS, ECONNRESET)
MESSAGE(recvmsg, struct msghdr, ENOMEM, ENOBUFS, ECONNRESET)

/* ---- waiting */

FAIL(int, epoll_create1, (int flags), (flags), -1, DESCRIPTOR, ENOMEM)
/* Changing and removing need nothing. */
int epoll_ctl(int fd, int what, int which, struct epoll_event *e)
{
    static const struct call call = {"epoll_ctl", WANT_OTHER, {ENOMEM, ENOSPC}};
    int code = what == EPOLL_CTL_ADD ? strike(&call) : 0;

    NEXT(int, epoll_ctl, (int, int, int, struct epoll_event *));
    if (!code)
        return next(fd, what, which, e);
    errno = code;
    return -1;
}

FAIL(int, epoll_wait, (int fd, struct epoll_event *e, int n, int ms), (fd, e, n, ms), -1, OTHER,
     EINTR)
FAIL(int, poll, (struct pollfd * p, nfds_t n, int ms), (p, n, ms), -1, OTHER, ENOMEM)
FAIL(int, __poll_chk, (struct pollfd * p, nfds_t n, int ms, size_t room), (p, n, ms, room), -1,
     OTHER, ENOMEM)
FAIL(int, eventfd, (unsigned n, int flags), (n, flags), -1, DESCRIPTOR, ENOMEM)
FAIL(int, timerfd_create, (int clock, int flags), (clock, flags), -1, DESCRIPTOR, ENOMEM)
FAIL(int, signalfd, (int fd, const sigset_t *set, int flags), (fd, set, flags), -1, DESCRIPTOR,
     ENOMEM)
FAIL(int, pipe2, (int pair[2], int flags), (pair, flags), -1, DESCRIPTOR, ENFILE)

/* A process that turns its words away is still heard: a sanitizer writes there, too. */
static bool turns_away(int from, int to)
{
    struct stat st;

    return to == STDERR_FILENO && getenv("TORTURE_OUT") && fstat(from, &st) == 0 &&
           S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

int dup2(int from, int to)
{
    static const struct call call = {"dup2", DESCRIPTOR, EBUSY};
    int code = strike(&call);

    NEXT(int, dup2, (int, int));
    if (!code)
        return turns_away(from, to) ? to : next(from, to);
    errno = code;
    return -1;
}

int ioctl(int fd, unsigned long what, ...)
{
    static const struct call call = {"ioctl", WANT_OTHER, {EIO, EPERM}};
    int code = strike(&call);
    va_list ap;
    void *p;

    NEXT(int, ioctl, (int, unsigned long, ...));
    va_start(ap, what);
    p = va_arg(ap, void *);
    va_end(ap);
    if (!code)
        return next(fd, what, p);
    errno = code;
    return -1;
}

int fcntl(int fd, int what, ...)
{
    static const struct call call = {"fcntl", DESCRIPTOR, ENOLCK};
    bool may = what == F_DUPFD || what == F_DUPFD_CLOEXEC || what == F_SETLK;
    int code = may ? strike(&call) : 0;
    va_list ap;
    void *p;

    NEXT(int, fcntl, (int, int, ...));
    va_start(ap, what);
    p = va_arg(ap, void *);
    va_end(ap);
    if (!code)
        return next(fd, what, p);
    errno = code;
    return -1;
}

/* ---- processes and threads */

/* What an older kernel does not have, or a container forbids. */
long syscall(long number, ...)
{
    static const struct call call = {"syscall", OTHER, {ENOSYS, EPERM}};
    int code = strike(&call);
    long a[6];
    va_list ap;

    NEXT(long, syscall, (long, ...));
    va_start(ap, number);
    for (size_t i = 0; i < 6; i++)
        a[i] = va_arg(ap, long);
    va_end(ap);
    if (!code)
        return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    errno = code;
    return -1;
}

FAIL(int, execvp, (const char *path, char *const *argv), (path, argv), -1, OTHER, EACCES,
     ENOMEM)
FAIL(int, mount,
     (const char *from, const char *to, const char *type, unsigned long flags,
      const void *more),
     (from, to, type, flags, more), -1, OTHER, EPERM)

FAIL(int, pthread_create,
     (pthread_t * t, const pthread_attr_t *how, void *(*run)(void *), void *p),
     (t, how, run, p), code, OTHER, EAGAIN)
FAIL(pid_t, fork, (void), (), -1, OTHER, EAGAIN, ENOMEM)
FAIL(int, posix_spawn,
     (pid_t * pid, const char *path, const posix_spawn_file_actions_t *todo,
      const posix_spawnattr_t *how, char *const *argv, char *const *env),
     (pid, path, todo, how, argv, env), code, OTHER, EAGAIN, ENOMEM)
FAIL(pid_t, waitpid, (pid_t pid, int *status, int flags), (pid, status, flags), -1, OTHER,
     ECHILD)
FAIL(int, kill, (pid_t pid, int number), (pid, number), -1, OTHER, EPERM)
FAIL(int, setns, (int fd, int what), (fd, what), -1, OTHER, EPERM)
FAIL(int, unshare, (int what), (what), -1, OTHER, EPERM, ENOSPC)
FAIL(int, setrlimit, (__rlimit_resource_t what, const struct rlimit *limit), (what, limit), -1,
     OTHER, EPERM)
FAIL(ssize_t, process_vm_readv,
     (pid_t pid, const struct iovec *to, unsigned long n, const struct iovec *from,
      unsigned long m, unsigned long flags),
     (pid, to, n, from, m, flags), -1, OTHER, EPERM, ESRCH)
FAIL(int, sigaltstack, (const stack_t *to, stack_t *from), (to, from), -1, OTHER, ENOMEM)
FAIL(int, tcgetattr, (int fd, struct termios *t), (fd, t), -1, OTHER, EIO)
FAIL(int, tcsetattr, (int fd, int when, const struct termios *t), (fd, when, t), -1, OTHER, EIO)

/* ---- names and places */

FAIL(int, getaddrinfo,
     (const char *name, const char *service, const struct addrinfo *hints,
      struct addrinfo **list),
     (name, service, hints, list), code == ENOMEM ? EAI_MEMORY : EAI_SYSTEM, OTHER, EMFILE,
     ENOMEM)
FAIL(int, getnameinfo,
     (const struct sockaddr *a, socklen_t len, char *name, socklen_t room, char *service,
      socklen_t service_room, int flags),
     (a, len, name, room, service, service_room, flags), EAI_MEMORY, OTHER, ENOMEM)
FAIL(int, getifaddrs, (struct ifaddrs * *list), (list), -1, DESCRIPTOR, ENOMEM)
FAIL(struct if_nameindex *, if_nameindex, (void), (), NULL, DESCRIPTOR, ENOMEM)
FAIL(unsigned, if_nametoindex, (const char *name), (name), 0, DESCRIPTOR)
FAIL(char *, if_indextoname, (unsigned i, char name[IF_NAMESIZE]), (i, name), NULL, DESCRIPTOR)
FAIL(int, getservbyname_r,
     (const char *name, const char *proto, struct servent *entry, char *p, size_t n,
      struct servent **ret),
     (name, proto, entry, p, n, ret), (*ret = NULL, code), DESCRIPTOR)
FAIL(int, getpwuid_r, (uid_t uid, struct passwd *entry, char *p, size_t n, struct passwd **ret),
     (uid, entry, p, n, ret), (*ret = NULL, code), DESCRIPTOR, EIO)
FAIL(int, getpwnam_r,
     (const char *name, struct passwd *entry, char *p, size_t n, struct passwd **ret),
     (name, entry, p, n, ret), (*ret = NULL, code), DESCRIPTOR, EIO)
FAIL(locale_t, newlocale, (int what, const char *name, locale_t base), (what, name, base), 0,
     MEMORY)
FAIL(int, gethostname, (char *p, size_t n), (p, n), -1, OTHER, ENAMETOOLONG)
FAIL(iconv_t, iconv_open, (const char *to, const char *from), (to, from), (iconv_t)-1,
     DESCRIPTOR, ENOMEM)
FAIL(ssize_t, getrandom, (void *p, size_t n, unsigned flags), (p, n, flags), -1, OTHER, ENOSYS)
