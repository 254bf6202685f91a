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

static void every_call_reads_like_strace(void **state)
{
    struct call c = made(CALL_SOCKET, -1, 5, 0);

    (void)state;
    c.a = AF_INET;
    c.b = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    assert_line(&c, "socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, IPPROTO_IP) = 5 "
                    "<0.000021>");
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
    c.a = SOL_SOCKET;
    c.b = SO_ERROR;
    c.d = 4;
    assert_line(&c, "getsockopt(5, SOL_SOCKET, SO_ERROR, [0], [4]) = 0 <0.000021>");
    c.c = ECONNREFUSED;
    assert_line(&c, "getsockopt(5, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0 <0.000021>");
    c = made(CALL_SETSOCKOPT, 5, 0, 0);
    c.a = SOL_TCP;
    c.b = TCP_NODELAY;
    c.c = 1;
    c.d = 4;
    assert_line(&c, "setsockopt(5, SOL_TCP, TCP_NODELAY, [1], 4) = 0 <0.000021>");
}

static void an_unknown_constant_stays_a_number(void **state)
{
    struct call c = made(CALL_SETSOCKOPT, 5, -1, ENOPROTOOPT);

    (void)state;
    c.a = 77;
    c.b = 88;
    c.d = 4;
    assert_line(&c, "setsockopt(5, 0x4d, 0x58, [0], 4) = -1 ENOPROTOOPT (Protocol not "
                    "available) <0.000021>");
    c = made(CALL_SEND, 5, 0, 0);
    c.a = MSG_NOSIGNAL | 0x10000000;
    assert_line(&c, "send(5, \"\", 0, MSG_NOSIGNAL|0x10000000) = 0 <0.000021>");
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

static void a_small_buffer_is_never_overrun(void **state)
{
    struct call c = made(CALL_CONNECT, 5, -1, ECONNREFUSED);

    (void)state;
    for (size_t size = 1; size < 160; size++) {
        char line[200];

        memset(line, 'Z', sizeof(line));
        assert_true(call_format(&c, line, size) < size);
        assert_int_equal(strlen(line), call_format(&c, line, size));
        assert_int_equal(line[size], 'Z');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_reads_like_strace),
        cmocka_unit_test(an_unknown_constant_stays_a_number),
        cmocka_unit_test(data_is_quoted_and_cut),
        cmocka_unit_test(a_small_buffer_is_never_overrun),
    };

    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
