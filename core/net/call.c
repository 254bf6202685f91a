#include "core/net/call.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/privileged.h"
#include "core/model/journal.h"

/* When the next call begins; 0: read the clock. */
static _Thread_local uint64_t follows_ns;

void call_follow(uint64_t at_ns)
{
    follows_ns = at_ns;
}

static struct call begin(enum call_name name, const struct caller *c, int fd)
{
    return (struct call){.name = (uint8_t)name,
                         .session_id = c->id,
                         .fd = fd,
                         .start_ns = follows_ns ? follows_ns : clock_now_ns()};
}

/* Record the outcome; returns it in our form.  data: what the record holds the beginning of. */
static ssize_t end_with(const struct caller *c, struct call *call, ssize_t result,
                        const void *data, size_t len)
{
    int error = result < 0 ? errno : 0;
    uint64_t now_ns = clock_now_ns();

    if (follows_ns)
        follows_ns = now_ns;
    call->duration_ns = now_ns - call->start_ns;
    call->result = result;
    call->error = error;
    ring_put(c->journal, call, data, len > CALL_DATA_BYTES ? len : 0);
    return result < 0 ? -error : result;
}

static ssize_t end(const struct caller *c, struct call *call, ssize_t result)
{
    return end_with(c, call, result, NULL, 0);
}

/* Inlined by -O3 gcc warns of the longer copy out of an int, which its length rules out. */
__attribute__((noinline)) static void keep_data(struct call *call, const void *data, size_t len)
{
    if (len >= CALL_DATA_BYTES) {
        call->data_len = CALL_DATA_BYTES;
        memcpy(call->data, data, CALL_DATA_BYTES); /* of a fixed length it is two moves */
    } else {
        call->data_len = (uint8_t)len;
        memcpy(call->data, data, len);
    }
}

int call_socket(const struct caller *c, int domain, int type, int protocol)
{
    struct call call = begin(CALL_SOCKET, c, -1);

    call.a = domain;
    call.b = type;
    call.c = protocol;
    return (int)end(c, &call, socket(domain, type, protocol));
}

static const char *path_of(const struct sockname *n)
{
    return (const char *)&n->sa + offsetof(struct sockaddr_un, sun_path);
}

/* The address; of AF_UNIX the beginning of its path, an abstract one's NUL as '@'. */
static void keep_name(struct call *call, const struct sockname *n)
{
    const char *path = path_of(n);
    size_t len = n->len > offsetof(struct sockaddr_un, sun_path)
                     ? n->len - offsetof(struct sockaddr_un, sun_path)
                     : 0;

    call->addr = addr_from_sockname(n);
    call->d = (int32_t)n->len;
    if (call->addr.family != AF_UNIX || len == 0)
        return;
    /* A path name ends at its NUL, an abstract name with the address (unix(7)). */
    call->path_len = (uint8_t)(path[0] ? strnlen(path, len) : len);
    call->data_len = call->path_len < CALL_DATA_BYTES ? call->path_len : CALL_DATA_BYTES;
    memcpy(call->data, path, call->data_len);
    if (!path[0])
        call->data[0] = '@';
}

int call_bind(const struct caller *c, int fd, const struct sockname *n)
{
    struct call call = begin(CALL_BIND, c, fd);

    keep_name(&call, n);
    return (int)end_with(c, &call, privileged_bind(fd, &n->sa, n->len), path_of(n),
                         call.path_len);
}

int call_listen(const struct caller *c, int fd, int backlog)
{
    struct call call = begin(CALL_LISTEN, c, fd);

    call.a = backlog;
    return (int)end(c, &call, listen(fd, backlog));
}

int call_connect(const struct caller *c, int fd, const struct sockname *n)
{
    struct call call = begin(CALL_CONNECT, c, fd);

    keep_name(&call, n);
    return (int)end_with(c, &call, connect(fd, (const struct sockaddr *)&n->sa, n->len),
                         path_of(n), call.path_len);
}

int call_accept4(const struct caller *c, int fd, int flags, struct sockname *ret_peer)
{
    struct call call = begin(CALL_ACCEPT4, c, fd);
    struct sockname n = {.len = sizeof(n.sa)};
    int r = accept4(fd, (struct sockaddr *)&n.sa, &n.len, flags);
    int error = errno;

    call.a = flags;
    if (r >= 0) {
        keep_name(&call, &n);
        *ret_peer = n;
    }
    errno = error;
    return (int)end(c, &call, r);
}

/* As send(2) and recv(2) of the C library do, but not as points where a thread can be cancelled,
 * which none of ours is: looking out for that costs more than the record. */
static ssize_t send_now(int fd, const void *data, size_t len, int flags)
{
    return syscall(SYS_sendto, fd, data, len, flags, NULL, 0);
}

static ssize_t recv_now(int fd, void *data, size_t size, int flags)
{
    return syscall(SYS_recvfrom, fd, data, size, flags, NULL, NULL);
}

ssize_t call_send(const struct caller *c, int fd, const void *data, size_t len, int flags)
{
    struct call call = begin(CALL_SEND, c, fd);

    call.a = flags;
    call.length = len;
    keep_data(&call, data, len);
    return end_with(c, &call, send_now(fd, data, len, flags), data, len);
}

/* With MSG_TRUNC r is the whole datagram's length. */
static size_t received(ssize_t r, size_t size)
{
    return (size_t)r < size ? (size_t)r : size;
}

ssize_t call_recv(const struct caller *c, int fd, void *data, size_t size, int flags)
{
    struct call call = begin(CALL_RECV, c, fd);
    ssize_t r = recv_now(fd, data, size, flags);
    size_t got = r > 0 ? received(r, size) : 0;

    call.a = flags;
    call.length = size;
    keep_data(&call, data, got);
    return end_with(c, &call, r, data, got);
}

ssize_t call_sendto(const struct caller *c, int fd, const void *data, size_t len, int flags,
                    const struct sockname *to)
{
    struct call call = begin(CALL_SENDTO, c, fd);

    keep_name(&call, to);
    call.a = flags;
    call.length = len;
    keep_data(&call, data, len);
    return end_with(c, &call,
                    sendto(fd, data, len, flags, (const struct sockaddr *)&to->sa, to->len),
                    data, len);
}

ssize_t call_recvfrom(const struct caller *c, int fd, void *data, size_t size, int flags,
                      struct sockname *ret_from)
{
    struct call call = begin(CALL_RECVFROM, c, fd);
    struct sockname n = {.len = sizeof(n.sa)};
    ssize_t r = recvfrom(fd, data, size, flags, (struct sockaddr *)&n.sa, &n.len);
    int error = errno;

    call.a = flags;
    call.length = size;
    if (r >= 0) {
        keep_name(&call, &n);
        keep_data(&call, data, received(r, size));
        *ret_from = n;
    }
    errno = error;
    return end_with(c, &call, r, data, r > 0 ? received(r, size) : 0);
}

/* Room for what tells an address of ours, of both families. */
union our_address {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(struct in_pktinfo)) + CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

/* The address to answer from: of a multicast one of the interface, if that is told. */
static struct addr our_address(struct msghdr *m)
{
    struct addr ours = {.family = AF_UNSPEC};

    for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
        struct in_pktinfo v4;
        struct in6_pktinfo v6;

        if (h->cmsg_level == SOL_IP && h->cmsg_type == IP_PKTINFO) {
            memcpy(&v4, CMSG_DATA(h), sizeof(v4));
            return addr_make(AF_INET, &v4.ipi_spec_dst, 0);
        }
        if (h->cmsg_level != SOL_IPV6 || h->cmsg_type != IPV6_PKTINFO)
            continue;
        memcpy(&v6, CMSG_DATA(h), sizeof(v6));
        /* IPv4 on a socket of IPv6 tells that of IPv4, too. */
        if (IN6_IS_ADDR_MULTICAST(&v6.ipi6_addr) || IN6_IS_ADDR_V4MAPPED(&v6.ipi6_addr))
            continue;
        ours = addr_make(AF_INET6, &v6.ipi6_addr, 0);
        ours.scope = IN6_IS_ADDR_LINKLOCAL(&v6.ipi6_addr) ? v6.ipi6_ifindex : 0;
    }
    return ours;
}

static void put_our_address(struct msghdr *m, union our_address *room, const struct addr *ours)
{
    struct in_pktinfo v4 = {0};
    struct in6_pktinfo v6 = {.ipi6_ifindex = ours->scope};
    bool is_v4 = ours->family == AF_INET;
    size_t len = is_v4 ? sizeof(v4) : sizeof(v6);
    struct cmsghdr *h;

    if (ours->family == AF_UNSPEC)
        return;
    memcpy(&v4.ipi_spec_dst, ours->ip, sizeof(v4.ipi_spec_dst));
    memcpy(&v6.ipi6_addr, ours->ip, sizeof(v6.ipi6_addr));
    m->msg_control = room;
    m->msg_controllen = CMSG_SPACE(len);
    h = CMSG_FIRSTHDR(m);
    h->cmsg_level = is_v4 ? SOL_IP : SOL_IPV6;
    h->cmsg_type = is_v4 ? IP_PKTINFO : IPV6_PKTINFO;
    h->cmsg_len = CMSG_LEN(len);
    memcpy(CMSG_DATA(h), is_v4 ? (const void *)&v4 : (const void *)&v6, len);
}

ssize_t call_recvmsg(const struct caller *c, int fd, void *data, size_t size, int flags,
                     struct sockname *ret_from, struct addr *ret_ours)
{
    struct call call = begin(CALL_RECVMSG, c, fd);
    union our_address room;
    struct sockname n = {.len = 0};
    struct iovec part = {data, size};
    struct msghdr m = {.msg_name = &n.sa,
                       .msg_namelen = sizeof(n.sa),
                       .msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = &room,
                       .msg_controllen = sizeof(room)};
    ssize_t r = recvmsg(fd, &m, flags);
    int error = errno;

    call.a = flags;
    call.length = size;
    if (r >= 0) {
        n.len = m.msg_namelen;
        keep_name(&call, &n);
        keep_data(&call, data, received(r, size));
        call.b = (int32_t)m.msg_controllen;
        *ret_from = n;
        *ret_ours = our_address(&m);
    }
    errno = error;
    return end_with(c, &call, r, data, r > 0 ? received(r, size) : 0);
}

ssize_t call_sendmsg(const struct caller *c, int fd, const void *data, size_t len, int flags,
                     const struct sockname *to, const struct addr *ours)
{
    struct call call = begin(CALL_SENDMSG, c, fd);
    union our_address room = {0};
    struct sockname n = *to;
    struct iovec part = {.iov_len = len};
    struct msghdr m = {
        .msg_name = &n.sa, .msg_namelen = n.len, .msg_iov = &part, .msg_iovlen = 1};

    /* sendmsg(2) only reads them, which struct iovec cannot say. */
    memcpy(&part.iov_base, &data, sizeof(data));
    put_our_address(&m, &room, ours);
    keep_name(&call, to);
    call.a = flags;
    call.b = (int32_t)m.msg_controllen;
    call.length = len;
    keep_data(&call, data, len);
    return end_with(c, &call, sendmsg(fd, &m, flags), data, len);
}

int call_shutdown(const struct caller *c, int fd, int how)
{
    struct call call = begin(CALL_SHUTDOWN, c, fd);

    call.a = how;
    return (int)end(c, &call, shutdown(fd, how));
}

int call_fcntl_setfl(const struct caller *c, int fd, int flags)
{
    struct call call = begin(CALL_FCNTL, c, fd);

    call.a = flags;
    return (int)end(c, &call, fcntl(fd, F_SETFL, flags));
}

int call_close(const struct caller *c, int fd)
{
    struct call call = begin(CALL_CLOSE, c, fd);

    return (int)end(c, &call, close(fd));
}

int call_setsockopt(const struct caller *c, int fd, int level, int option, const void *value,
                    socklen_t len)
{
    struct call call = begin(CALL_SETSOCKOPT, c, fd);

    call.a = level;
    call.b = option;
    call.length = len;
    keep_data(&call, value, len);
    return (int)end_with(c, &call, privileged_setsockopt(fd, level, option, value, len), value,
                         len);
}

int call_getsockopt(const struct caller *c, int fd, int level, int option, void *value,
                    socklen_t *len)
{
    struct call call = begin(CALL_GETSOCKOPT, c, fd);
    socklen_t room = *len;
    int r = getsockopt(fd, level, option, value, len);

    call.a = level;
    call.b = option;
    call.length = *len;
    if (r == 0)
        keep_data(&call, value, *len < room ? *len : room);
    return (int)end(c, &call, r);
}

int call_setsockopt_int(const struct caller *c, int fd, int level, int option, int value)
{
    return call_setsockopt(c, fd, level, option, &value, sizeof(value));
}

int call_getsockopt_int(const struct caller *c, int fd, int level, int option, int *ret_value)
{
    int value = 0;
    socklen_t len = sizeof(value);
    int r = call_getsockopt(c, fd, level, option, &value, &len);

    if (r == 0)
        *ret_value = value;
    return r;
}

int call_getsockname(const struct caller *c, int fd, struct sockname *ret)
{
    struct call call = begin(CALL_GETSOCKNAME, c, fd);
    struct sockname n = {.len = sizeof(n.sa)};
    int r = getsockname(fd, (struct sockaddr *)&n.sa, &n.len);
    int error = errno;

    if (r == 0) {
        keep_name(&call, &n);
        *ret = n;
    }
    errno = error;
    return (int)end(c, &call, r);
}
