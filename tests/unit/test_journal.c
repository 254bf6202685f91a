#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "core/model/journal.h"

static void assert_line(const struct call *call, const char *expected)
{
    char line[CALL_TEXT_BYTES];
    size_t n = call_format(call, line, sizeof(line));

    assert_string_equal(line, expected);
    assert_int_equal(n, strlen(expected));
}

static struct call made(enum call_name name, int fd, int64_t result, int error)
{
    return (struct call){.name = (uint8_t)name,
                         .fd = fd,
                         .result = result,
                         .error = error,
                         .duration_ns = 21000,
                         .d = name == CALL_CONNECT ? 16 : 0,
                         .addr = addr_make(AF_INET, "\x7f\0\0\1", 80)};
}

static void put_value(struct call *c, int level, int option, const void *value, size_t len)
{
    c->a = level;
    c->b = option;
    c->length = len;
    c->data_len = (uint8_t)(len < CALL_DATA_BYTES ? len : CALL_DATA_BYTES);
    memcpy(c->data, value, c->data_len);
}

static void put_int(struct call *c, int level, int option, int value)
{
    put_value(c, level, option, &value, sizeof(value));
}

static void every_call_reads_like_strace(void **state)
{
    struct call c = made(CALL_SOCKET, -1, 5, 0);

    (void)state;
    c.a = AF_INET;
    c.b = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    assert_line(&c, "socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, IPPROTO_IP) = 5 "
                    "<0.000021>");
    c = made(CALL_RECVMSG, 5, 2, 0);
    c.a = MSG_TRUNC;
    c.b = 32;
    c.d = 16;
    c.length = 65536;
    c.data_len = 2;
    memcpy(c.data, "hi", 2);
    assert_line(&c, "recvmsg(5, {msg_name={sa_family=AF_INET, sin_port=htons(80), "
                    "sin_addr=\"127.0.0.1\"}, msg_namelen=16, "
                    "msg_iov=[{iov_base=\"hi\", iov_len=65536}], msg_iovlen=1, "
                    "msg_controllen=32}, MSG_TRUNC) = 2 <0.000021>");
    c = made(CALL_SENDMSG, 5, -1, EPERM);
    c.d = 16;
    c.length = 40;
    c.data_len = 1;
    c.data[0] = 'x';
    assert_line(&c, "sendmsg(5, {msg_name={sa_family=AF_INET, sin_port=htons(80), "
                    "sin_addr=\"127.0.0.1\"}, msg_namelen=16, "
                    "msg_iov=[{iov_base=\"x\"..., iov_len=40}], msg_iovlen=1, "
                    "msg_controllen=0}, 0) = -1 EPERM (Operation not permitted) <0.000021>");
    c = made(CALL_CONNECT, 5, -1, ECONNREFUSED);
    assert_line(&c, "connect(5, {sa_family=AF_INET, sin_port=htons(80), "
                    "sin_addr=\"127.0.0.1\"}, 16) = -1 ECONNREFUSED (Connection refused) "
                    "<0.000021>");
    c = made(CALL_LISTEN, 5, 0, 0);
    c.a = 128;
    assert_line(&c, "listen(5, 128) = 0 <0.000021>");
    c = made(CALL_ACCEPT4, 5, 6, 0);
    c.a = SOCK_NONBLOCK;
    assert_line(&c, "accept4(5, {sa_family=AF_INET, sin_port=htons(80), "
                    "sin_addr=\"127.0.0.1\"}, SOCK_NONBLOCK) = 6 <0.000021>");
    c = made(CALL_SHUTDOWN, 5, 0, 0);
    c.a = SHUT_WR;
    assert_line(&c, "shutdown(5, SHUT_WR) = 0 <0.000021>");
    c = made(CALL_CLOSE, 5, 0, 0);
    assert_line(&c, "close(5) = 0 <0.000021>");
    c = made(CALL_GETSOCKOPT, 5, 0, 0);
    put_int(&c, SOL_SOCKET, SO_ERROR, 0);
    assert_line(&c, "getsockopt(5, SOL_SOCKET, SO_ERROR, [0], [4]) = 0 <0.000021>");
    put_int(&c, SOL_SOCKET, SO_ERROR, ECONNREFUSED);
    assert_line(&c, "getsockopt(5, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0 <0.000021>");
    c = made(CALL_SETSOCKOPT, 5, 0, 0);
    put_int(&c, SOL_TCP, TCP_NODELAY, 1);
    assert_line(&c, "setsockopt(5, SOL_TCP, TCP_NODELAY, [1], 4) = 0 <0.000021>");
}

static void an_unknown_constant_stays_a_number(void **state)
{
    struct call c = made(CALL_SETSOCKOPT, 5, -1, ENOPROTOOPT);

    (void)state;
    put_int(&c, 77, 88, 0);
    assert_line(&c, "setsockopt(5, 0x4d, 0x58, [0], 4) = -1 ENOPROTOOPT (Protocol not "
                    "available) <0.000021>");
    c = made(CALL_SEND, 5, 0, 0);
    c.a = MSG_NOSIGNAL | 0x10000000;
    assert_line(&c, "send(5, \"\", 0, MSG_NOSIGNAL|0x10000000) = 0 <0.000021>");
}

static void the_values_of_options_read_like_strace(void **state)
{
    struct call c = made(CALL_SETSOCKOPT, 5, 0, 0);
    struct linger linger = {.l_onoff = 1, .l_linger = 5};
    struct timeval timeout = {.tv_sec = 1, .tv_usec = 500000};
    struct ucred cred = {.pid = 12, .uid = 1000, .gid = 100};
    struct ip_mreqn group = {.imr_ifindex = 1};
    struct ipv6_mreq group6 = {.ipv6mr_interface = 1};
    struct group_req either = {.gr_interface = 1};
    char long_text[100];

    (void)state;
    put_value(&c, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    assert_line(&c, "setsockopt(5, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=5}, 8) = 0 "
                    "<0.000021>");
    put_value(&c, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    assert_line(&c,
                "setsockopt(5, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=1, tv_usec=500000}, 16) = 0 "
                "<0.000021>");
    put_value(&c, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2);
    assert_line(&c, "setsockopt(5, SOL_SOCKET, SO_BINDTODEVICE, \"lo\", 2) = 0 <0.000021>");
    put_int(&c, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
    assert_line(&c, "setsockopt(5, SOL_IP, IP_MTU_DISCOVER, [IP_PMTUDISC_DO], 4) = 0 "
                    "<0.000021>");
    memcpy(&group.imr_multiaddr, "\xef\1\1\1", 4);
    put_value(&c, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group));
    assert_line(&c, "setsockopt(5, SOL_IP, IP_ADD_MEMBERSHIP, "
                    "{imr_multiaddr=inet_addr(\"239.1.1.1\"), "
                    "imr_address=inet_addr(\"0.0.0.0\"), imr_ifindex=1}, 12) = 0 <0.000021>");
    group6.ipv6mr_multiaddr.s6_addr[0] = 0xff;
    put_value(&c, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group6, sizeof(group6));
    assert_line(&c, "setsockopt(5, SOL_IPV6, IPV6_JOIN_GROUP, "
                    "{ipv6mr_multiaddr=inet_pton(AF_INET6, \"ff00::\"), ipv6mr_interface=1}, "
                    "20) = 0 <0.000021>");
    ((struct sockaddr_in6 *)&either.gr_group)->sin6_family = AF_INET6;
    ((struct sockaddr_in6 *)&either.gr_group)->sin6_addr = group6.ipv6mr_multiaddr;
    put_value(&c, IPPROTO_IPV6, MCAST_JOIN_GROUP, &either, sizeof(either));
    assert_line(&c, "setsockopt(5, SOL_IPV6, MCAST_JOIN_GROUP, {gr_interface=1, "
                    "gr_group=\"ff00::\"}, 136) = 0 <0.000021>");
    c = made(CALL_GETSOCKOPT, 5, 0, 0);
    put_value(&c, SOL_SOCKET, SO_PEERCRED, &cred, sizeof(cred));
    assert_line(&c, "getsockopt(5, SOL_SOCKET, SO_PEERCRED, {pid=12, uid=1000, gid=100}, [12]) "
                    "= 0 <0.000021>");
    memset(long_text, 'a', sizeof(long_text));
    put_value(&c, IPPROTO_TCP, TCP_SAVED_SYN, long_text, sizeof(long_text));
    assert_line(&c, "getsockopt(5, SOL_TCP, TCP_SAVED_SYN, "
                    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"..., [100]) = 0 <0.000021>");
    c = made(CALL_GETSOCKOPT, 5, -1, EBADF);
    put_value(&c, SOL_SOCKET, SO_LINGER, "", 0);
    c.length = 8;
    assert_line(&c, "getsockopt(5, SOL_SOCKET, SO_LINGER, ..., [8]) = -1 EBADF (Bad file "
                    "descriptor) <0.000021>");
}

static void data_is_quoted_and_cut(void **state)
{
    struct call c = made(CALL_SEND, 5, 100, 0);

    (void)state;
    memcpy(c.data, "a\"\\\n\r\t\x1b[31m\0\x9b", 13);
    c.data_len = 13;
    c.length = 100;
    assert_line(&c, "send(5, \"a\\\"\\\\\\n\\r\\t\\x1b[31m\\x00\\x9b\"..., 100, 0) = 100 "
                    "<0.000021>");
    c = made(CALL_RECV, 5, 3, 0);
    memcpy(c.data, "abc", 3);
    c.data_len = 3;
    c.length = 65536;
    assert_line(&c, "recv(5, \"abc\", 65536, 0) = 3 <0.000021>");
    c = made(CALL_RECV, 5, -1, EAGAIN);
    c.length = 10;
    assert_line(&c, "recv(5, ..., 10, 0) = -1 EAGAIN (Resource temporarily unavailable) "
                    "<0.000021>");
}

static void assert_fits_any_buffer(const struct call *c)
{
    for (size_t size = 1; size < 160; size++) {
        char line[200];

        memset(line, 'Z', sizeof(line));
        assert_true(call_format(c, line, size) < size);
        assert_int_equal(strlen(line), call_format(c, line, size));
        assert_int_equal(line[size], 'Z');
    }
}

static void a_small_buffer_is_never_overrun(void **state)
{
    struct call c = made(CALL_CONNECT, 5, -1, ECONNREFUSED);
    uint8_t value[CALL_DATA_BYTES] = {0};

    (void)state;
    assert_fits_any_buffer(&c);
    c = made(CALL_SETSOCKOPT, 5, 0, 0);
    put_value(&c, IPPROTO_IP, IP_ADD_MEMBERSHIP, value, sizeof(struct ip_mreqn));
    assert_fits_any_buffer(&c);
    put_value(&c, SOL_SOCKET, SO_LINGER, value, 3); /* too short for its form */
    assert_fits_any_buffer(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_reads_like_strace),
        cmocka_unit_test(an_unknown_constant_stays_a_number),
        cmocka_unit_test(the_values_of_options_read_like_strace),
        cmocka_unit_test(data_is_quoted_and_cut),
        cmocka_unit_test(a_small_buffer_is_never_overrun),
    };

    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
