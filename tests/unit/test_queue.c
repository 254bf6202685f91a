/* A bounded queue keeps order, refuses when full, and loses nothing between threads. */
#include "core/base/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <sched.h>

#define PUSHERS 3
#define MESSAGES 5000
#define PATIENCE_MS 20000

static bool readable(const struct queue *q, int timeout_ms)
{
    struct pollfd p = {.fd = queue_fd(q), .events = POLLIN};

    return poll(&p, 1, timeout_ms) == 1;
}

static void messages_come_out_in_order(void **state)
{
    struct queue *q = queue_new(4, sizeof(int));
    int out;

    (void)state;
    /* Round the end of the buffer more than once. */
    for (int i = 0; i < 30; i += 3) {
        for (int k = i; k < i + 3; k++)
            assert_true(queue_push(q, &k));
        for (int k = i; k < i + 3; k++) {
            assert_true(queue_pop(q, &out));
            assert_int_equal(out, k);
        }
    }
    queue_free(q);
}

static void a_full_queue_refuses_and_keeps_what_it_has(void **state)
{
    struct queue *q = queue_new(3, sizeof(int));
    int out;

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_true(queue_push(q, &i));
    assert_false(queue_push(q, &(int){99}));
    for (int i = 0; i < 3; i++) {
        assert_true(queue_pop(q, &out));
        assert_int_equal(out, i);
    }
    assert_false(queue_pop(q, &out));
    assert_true(queue_push(q, &(int){4}));
    queue_free(q);
}

static void an_empty_queue_leaves_the_output_alone(void **state)
{
    struct queue *q = queue_new(1, sizeof(int));
    int out = 77;

    (void)state;
    assert_false(queue_pop(q, &out));
    assert_int_equal(out, 77);
    queue_free(q);
    queue_free(NULL);
}

static void the_fd_is_readable_exactly_while_messages_wait(void **state)
{
    struct queue *q = queue_new(2, sizeof(int));
    int out;

    (void)state;
    assert_false(readable(q, 0));
    queue_push(q, &(int){1});
    queue_push(q, &(int){2});
    assert_true(readable(q, 0));
    queue_pop(q, &out);
    assert_true(readable(q, 0));
    queue_pop(q, &out);
    assert_false(readable(q, 0));
    queue_push(q, &(int){3});
    assert_true(readable(q, 0));
    queue_free(q);
}

struct message {
    int pusher, number, check;
};

struct pusher {
    struct queue *q;
    int id;
};

static void *push_all(void *arg)
{
    const struct pusher *p = arg;

    for (int i = 0; i < MESSAGES; i++) {
        struct message m = {p->id, i, p->id ^ i};

        while (!queue_push(p->q, &m))
            sched_yield();
    }
    return NULL;
}

static void several_threads_push_and_nothing_is_lost_or_torn(void **state)
{
    struct queue *q = queue_new(8, sizeof(struct message));
    struct pusher pushers[PUSHERS];
    pthread_t threads[PUSHERS];
    int next[PUSHERS] = {0};

    (void)state;
    for (int i = 0; i < PUSHERS; i++) {
        pushers[i] = (struct pusher){q, i};
        assert_int_equal(pthread_create(&threads[i], NULL, push_all, &pushers[i]), 0);
    }
    for (int got = 0; got < PUSHERS * MESSAGES;) {
        struct message m;

        assert_true(readable(q, PATIENCE_MS));
        while (queue_pop(q, &m)) {
            assert_in_range(m.pusher, 0, PUSHERS - 1);
            assert_int_equal(m.check, m.pusher ^ m.number);
            assert_int_equal(m.number, next[m.pusher]++);
            got++;
        }
    }
    for (int i = 0; i < PUSHERS; i++)
        pthread_join(threads[i], NULL);
    assert_false(readable(q, 0));
    queue_free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_out_in_order),
        cmocka_unit_test(a_full_queue_refuses_and_keeps_what_it_has),
        cmocka_unit_test(an_empty_queue_leaves_the_output_alone),
        cmocka_unit_test(the_fd_is_readable_exactly_while_messages_wait),
        cmocka_unit_test(several_threads_push_and_nothing_is_lost_or_torn),
    };

    return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
