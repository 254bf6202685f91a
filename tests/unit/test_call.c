/* tests/unit/test_call.c - socket calls and the times in their records. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/model/journal.h"
#include "core/net/call.h"

static struct call record(const struct ring *journal, uint64_t number)
{
    struct call call;

    assert_true(ring_get(journal, number, &call, NULL, 0, NULL));
    return call;
}

static void calls_are_made_and_recorded(void **state)
{
    struct caller c = {.journal = journal_new(), .id = 7};
    char bytes[8];
    struct call call;
    int fds[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    assert_int_equal(call_send(&c, fds[0], "Hello", 5, MSG_NOSIGNAL), 5);
    assert_int_equal(call_recv(&c, fds[1], bytes, sizeof(bytes), 0), 5);
    assert_memory_equal(bytes, "Hello", 5);
    assert_int_equal(call_recv(&c, fds[1], bytes, sizeof(bytes), 0), -EAGAIN);
    close(fds[1]);
    assert_int_equal(call_send(&c, fds[0], "Hello", 5, MSG_NOSIGNAL), -EPIPE);
    close(fds[0]);

    call = record(c.journal, 1);
    assert_int_equal(call.name, CALL_RECV);
    assert_int_equal(call.session_id, 7);
    assert_int_equal(call.result, 5);
    assert_int_equal(call.length, sizeof(bytes));
    assert_int_equal(call.data_len, 5);
    assert_memory_equal(call.data, "Hello", 5);
    assert_int_equal(record(c.journal, 2).error, EAGAIN);
    assert_int_equal(record(c.journal, 3).error, EPIPE);
    ring_free(c.journal);
}

static void calls_that_follow_begin_where_the_last_one_ended(void **state)
{
    struct caller c = {.journal = journal_new()};
    uint64_t begun_ns = clock_now_ns();
    struct call first, second, third;

    (void)state;
    call_follow(begun_ns);
    call_listen(&c, -1, 0);
    call_listen(&c, -1, 0);
    call_follow(0);
    while (clock_now_ns() <= begun_ns + CLOCK_MS_NS)
        ;
    call_listen(&c, -1, 0);

    first = record(c.journal, 0);
    second = record(c.journal, 1);
    third = record(c.journal, 2);
    assert_int_equal(first.start_ns, begun_ns);
    assert_int_equal(second.start_ns, first.start_ns + first.duration_ns);
    assert_true(third.start_ns > begun_ns + CLOCK_MS_NS);
    ring_free(c.journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_are_made_and_recorded),
        cmocka_unit_test(calls_that_follow_begin_where_the_last_one_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
