/* What the tracer remembers of sockets, and how it reads the program's memory. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/text.h"
#include "probes/trace_internal.h"

#define SOCKET_LINK "socket:["

uint64_t trace_inode(pid_t pid, int fd)
{
    char path[64], link[64];
    ssize_t n;

    snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
    n = readlink(path, link, sizeof(link) - 1);
    if (n < (ssize_t)strlen(SOCKET_LINK) ||
        strncmp(link, SOCKET_LINK, strlen(SOCKET_LINK)) != 0)
        return 0;
    link[n] = '\0';
    return strtoull(link + strlen(SOCKET_LINK), NULL, 10);
}

static struct trace_socket *place_of(struct trace_socket *table, uint64_t inode)
{
    return &table[inode % TRACE_SOCKETS];
}

struct trace_socket *trace_socket_find(struct trace_socket *table, uint64_t inode)
{
    struct trace_socket *s = place_of(table, inode);

    return inode && s->inode == inode ? s : NULL;
}

struct trace_socket *trace_socket_make(struct trace_socket *table, uint64_t inode)
{
    struct trace_socket *s = place_of(table, inode);

    if (!inode)
        return NULL;
    if (s->inode != inode)
        *s = (struct trace_socket){.inode = inode};
    return s;
}

bool trace_read(pid_t tid, uint64_t at, void *to, size_t len)
{
    struct iovec here = {.iov_base = to, .iov_len = len};
    struct iovec there = {.iov_base = (void *)(uintptr_t)at, .iov_len = len};

    return at && process_vm_readv(tid, &here, 1, &there, 1, 0) == (ssize_t)len;
}

/* "@NAME" of an abstract name, "" of none (unix(7)). */
static void read_path(const struct sockaddr_un *name, size_t len,
                      char ret_path[PROGRAM_PATH_BYTES])
{
    size_t n = len - offsetof(struct sockaddr_un, sun_path);
    char text[sizeof(name->sun_path) + 1];

    if (n > sizeof(name->sun_path))
        n = sizeof(name->sun_path);
    memcpy(text, name->sun_path, n);
    if (!n)
        return;
    if (text[0])
        n = strnlen(text, n);
    else
        text[0] = '@';
    text_clean(text, n, ret_path, PROGRAM_PATH_BYTES);
}

bool trace_address(pid_t tid, uint64_t at, uint64_t len, struct addr *ret,
                   char ret_path[PROGRAM_PATH_BYTES])
{
    struct sockaddr_storage name = {0};

    if (len < sizeof(sa_family_t))
        return false;
    if (len > sizeof(name))
        len = sizeof(name);
    if (!trace_read(tid, at, &name, len))
        return false;
    *ret = addr_from_sockaddr((const struct sockaddr *)&name);
    if (name.ss_family == AF_UNIX && len >= offsetof(struct sockaddr_un, sun_path))
        read_path((const struct sockaddr_un *)&name, len, ret_path);
    return true;
}

static uint32_t option(int fd, int name)
{
    socklen_t len = sizeof(uint32_t);
    uint32_t value;

    return getsockopt(fd, SOL_SOCKET, name, &value, &len) == 0 ? value : 0;
}

/* A descriptor of ours for a socket of the program's: pidfd_getfd(2).  Negative: it is not to be had. */
static int borrow(pid_t pid, int fd)
{
    int process = (int)syscall(SYS_pidfd_open, pid, 0);
    int ours = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, fd, 0);

    if (process >= 0)
        close(process);
    return ours;
}

void trace_look_inside(struct program_call *call)
{
    struct sockname name = {.len = sizeof(name.sa)};
    int fd;

    if ((call->domain != AF_INET && call->domain != AF_INET6) || call->fd < 0)
        return;
    fd = borrow(call->pid, call->fd);
    if (fd < 0)
        return;
    call->mark = option(fd, SO_MARK);
    call->device = option(fd, SO_BINDTOIFINDEX);
    if (getsockname(fd, (struct sockaddr *)&name.sa, &name.len) == 0)
        call->own = addr_from_sockname(&name);
    close(fd);
}

bool trace_is_connecting(pid_t pid, int at)
{
    struct tcp_info info;
    socklen_t len = sizeof(info);
    int fd = borrow(pid, at);
    bool connecting = fd >= 0 && getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
                      info.tcpi_state == TCP_SYN_SENT;

    if (fd >= 0)
        close(fd);
    return connecting;
}
