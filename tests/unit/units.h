/* tests/unit/units.h - the face's end of an attachment: core/net/attach.h. */
#ifndef TESTS_UNIT_UNITS_H
#define TESTS_UNIT_UNITS_H

#include <sys/socket.h>

#include "core/net/attach.h"

/* As send(2): the bytes that were taken, all or none. */
static inline ssize_t unit_send(int fd, const void *bytes, size_t len, int flags)
{
    struct unit_head head = {.direction = DIRECTION_SENT};
    struct iovec parts[] = {{&head, sizeof(head)}, {(void *)(uintptr_t)bytes, len}};
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t n = sendmsg(fd, &m, flags | MSG_NOSIGNAL);

    return n < 0 ? n : n - (ssize_t)sizeof(head);
}

/* As recv(2), of the next unit; size at least ATTACH_UNIT_BYTES takes any. */
static inline ssize_t unit_recv(int fd, void *bytes, size_t size, int flags)
{
    struct unit_head head;
    struct iovec parts[] = {{&head, sizeof(head)}, {bytes, size}};
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t n = recvmsg(fd, &m, flags);

    return n <= 0 ? n : n - (ssize_t)sizeof(head);
}

#endif
