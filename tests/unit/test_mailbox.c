/* The newest letter is there, the replaced ones come back, none is lost or given twice. */
#include "core/base/mailbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#define LETTERS 20000
#define PAIRS 20000
#define LONGEST_PAUSE 4000 /* turns of a loop; a thread takes about that long to wake */
#define PATIENCE_MS 20000

static bool readable(const struct mailbox *m, int timeout_ms)
{
    struct pollfd p = {.fd = mailbox_fd(m), .events = POLLIN};

    return poll(&p, 1, timeout_ms) == 1;
}

static void an_empty_one_gives_nothing(void **state)
{
    struct mailbox *m = mailbox_new();

    (void)state;
    assert_false(readable(m, 0));
    assert_null(mailbox_take(m));
    assert_null(mailbox_free(m));
    assert_null(mailbox_free(NULL));
}

static void a_letter_is_given_once(void **state)
{
    struct mailbox *m = mailbox_new();
    int letter;

    (void)state;
    assert_null(mailbox_put(m, &letter));
    assert_true(readable(m, 0));
    assert_ptr_equal(mailbox_take(m), &letter);
    assert_false(readable(m, 0));
    assert_null(mailbox_take(m));
    assert_null(mailbox_free(m));
}

static void a_newer_letter_replaces_and_returns_the_old(void **state)
{
    struct mailbox *m = mailbox_new();
    int first, second;

    (void)state;
    assert_null(mailbox_put(m, &first));
    assert_ptr_equal(mailbox_put(m, &second), &first);
    assert_ptr_equal(mailbox_take(m), &second);
    assert_null(mailbox_free(m));
}

static void what_lies_inside_at_the_end_is_handed_back(void **state)
{
    struct mailbox *m = mailbox_new();
    int letter;

    (void)state;
    mailbox_put(m, &letter);
    assert_ptr_equal(mailbox_free(m), &letter);
}

struct post {
    struct mailbox *box;
    int letters[LETTERS];
    int times[LETTERS]; /* how often each came out; each by one thread only */
};

static void *writer(void *arg)
{
    struct post *p = arg;

    for (int i = 0; i < LETTERS; i++) {
        int *replaced;

        p->letters[i] = i;
        replaced = mailbox_put(p->box, &p->letters[i]);
        if (replaced)
            p->times[*replaced]++;
    }
    return NULL;
}

static void every_letter_comes_out_once_in_order_and_the_last_arrives(void **state)
{
    static struct post p;
    pthread_t thread;
    int newest = -1;

    (void)state;
    p = (struct post){.box = mailbox_new()};
    assert_int_equal(pthread_create(&thread, NULL, writer, &p), 0);
    while (newest < LETTERS - 1) {
        int *letter;

        assert_true(readable(p.box, PATIENCE_MS));
        letter = mailbox_take(p.box);
        if (!letter)
            continue;
        assert_true(*letter > newest);
        newest = *letter;
        p.times[newest]++;
    }
    pthread_join(thread, NULL);
    for (int i = 0; i < LETTERS; i++)
        assert_int_equal(p.times[i], 1);
    assert_null(mailbox_free(p.box));
}

struct pairs {
    struct mailbox *box;
    int letters[2];
    atomic_int seen; /* the newest that the reader took */
};

/* Puts the second of two letters just when the reader may be taking the first, and waits
 * until it has come through: nobody would wake the reader again. */
static void *write_pairs(void *arg)
{
    struct pairs *p = arg;

    for (int i = 0; i < PAIRS; i++) {
        mailbox_put(p->box, &p->letters[0]);
        for (int pause = i % LONGEST_PAUSE; pause > 0; pause--)
            atomic_load(&p->seen);
        mailbox_put(p->box, &p->letters[1]);
        while (atomic_load(&p->seen) <= i)
            sched_yield();
    }
    return NULL;
}

static void a_letter_put_while_one_is_taken_still_wakes(void **state)
{
    struct pairs p = {.box = mailbox_new()};
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, write_pairs, &p), 0);
    for (int got = 0; got < PAIRS;) {
        assert_true(readable(p.box, PATIENCE_MS));
        if (mailbox_take(p.box) == &p.letters[1])
            atomic_store(&p.seen, ++got);
    }
    pthread_join(thread, NULL);
    assert_null(mailbox_free(p.box));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_one_gives_nothing),
        cmocka_unit_test(a_letter_is_given_once),
        cmocka_unit_test(a_newer_letter_replaces_and_returns_the_old),
        cmocka_unit_test(what_lies_inside_at_the_end_is_handed_back),
        cmocka_unit_test(a_letter_put_while_one_is_taken_still_wakes),
        cmocka_unit_test(every_letter_comes_out_once_in_order_and_the_last_arrives),
    };

    return cmocka_run_group_tests_name("mailbox", tests, NULL, NULL);
}
