/* What became of rows from one made-up snapshot to the next. */
#include "core/model/changes.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/model/gone.h"
#include "core/model/kernel_event.h"
#include "tests/unit/owned.h"

struct fixture {
    struct changes *changes;
    struct snapshot *s; /* being made */
    uint64_t at_ns;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof(*f));

    f->changes = changes_new();
    f->at_ns = CLOCK_SECOND_NS;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    snapshot_free(f->s);
    changes_free(f->changes);
    free(f);
    return 0;
}

/* The next snapshot, 2 s after the one before: no mark of it is left. */
static void begin(struct fixture *f)
{
    snapshot_free(f->s);
    f->s = mem_new(1, sizeof(*f->s));
    f->s->at_ns = f->at_ns += 2 * CLOCK_SECOND_NS;
    f->s->rows = mem_new(1024, sizeof(*f->s->rows));
}

static struct row *row(struct fixture *f, uint64_t cookie, uint16_t port, int state)
{
    const struct addr any = addr_make(AF_INET, "\x7f\0\0\1", port);
    struct row *r = &f->s->rows[f->s->n_rows++];

    *r = (struct row){.cookie = cookie,
                      .local = any,
                      .peer = addr_make(AF_INET, "\x7f\0\0\2", 80),
                      .inode = port,
                      .kind = KIND_TCP,
                      .state = (uint8_t)state};
    return r;
}

static const struct snapshot *look(struct fixture *f)
{
    changes_look(f->changes, f->s);
    return f->s;
}

static const struct change *only_change(const struct snapshot *s)
{
    assert_int_equal(s->n_changes, 1);
    return &s->changes[0];
}

static void the_first_look_has_no_changes(void **state)
{
    struct fixture *f = *state;

    begin(f);
    row(f, 1, 1000, STATE_ESTABLISHED);
    assert_int_equal(look(f)->n_changes, 0);
    assert_int_equal(f->s->rows[0].change, CHANGE_NONE);
}

static void what_opens_changes_and_goes_is_told_and_marked(void **state)
{
    struct fixture *f = *state;
    const struct change *c;

    begin(f);
    look(f);
    begin(f);
    row(f, 7, 1000, STATE_SYN_SENT);
    c = only_change(look(f));
    assert_int_equal(c->kind, CHANGE_NEW);
    assert_int_equal(c->row.state, STATE_SYN_SENT);
    assert_string_equal(c->local, "127.0.0.1:1000");
    assert_string_equal(c->peer, "127.0.0.2:80");
    assert_int_equal(f->s->rows[0].change, CHANGE_NEW);

    begin(f);
    row(f, 7, 1000, STATE_ESTABLISHED)->rqueue = 42;
    c = only_change(look(f));
    assert_int_equal(c->kind, CHANGE_STATE);
    assert_int_equal(c->old_state, STATE_SYN_SENT);
    assert_int_equal(c->row.state, STATE_ESTABLISHED);
    assert_int_equal(f->s->rows[0].change, CHANGE_STATE);

    begin(f);
    c = only_change(look(f));
    assert_int_equal(c->kind, CHANGE_GONE);
    assert_int_equal(c->old_state, STATE_ESTABLISHED);
    assert_true(c->has_unread);
    assert_int_equal(c->unread_bytes, 42);
    assert_int_equal(c->at_ns, f->s->at_ns);
    assert_false(c->by_event);

    begin(f);
    assert_int_equal(look(f)->n_changes, 0);
}

static void a_mark_lasts_a_second_however_many_looks_there_are(void **state)
{
    struct fixture *f = *state;

    begin(f);
    look(f);
    begin(f);
    row(f, 7, 1000, STATE_ESTABLISHED);
    look(f);
    for (int i = 0; i < 2; i++) {
        begin(f);
        f->s->at_ns = f->at_ns -= 2 * CLOCK_SECOND_NS - CHANGE_MARK_NS / 2;
        row(f, 7, 1000, STATE_ESTABLISHED);
        assert_int_equal(look(f)->n_changes, 0);
        assert_int_equal(f->s->rows[0].change, i ? CHANGE_NONE : CHANGE_NEW);
    }
}

static void rows_may_come_in_any_order(void **state)
{
    struct fixture *f = *state;

    begin(f);
    for (uint16_t i = 1; i <= 900; i++)
        row(f, i, i, STATE_ESTABLISHED);
    look(f);
    begin(f);
    for (uint16_t i = 900; i >= 1; i--)
        row(f, i, i, STATE_ESTABLISHED);
    assert_int_equal(look(f)->n_changes, 0);
}

/* Half of the rows go, others take their places, again and again. */
static void places_of_gone_rows_are_used_again(void **state)
{
    struct fixture *f = *state;

    begin(f);
    for (uint64_t i = 0; i < 1000; i++)
        row(f, i + 1, (uint16_t)(i + 1), STATE_ESTABLISHED);
    look(f);
    for (uint64_t round = 1; round < 20; round++) {
        size_t n_new = 0, n_gone = 0;

        begin(f);
        for (uint64_t i = 0; i < 1000; i++)
            row(f, round * 500 + i + 1, (uint16_t)(i + 1), STATE_ESTABLISHED);
        look(f);
        assert_int_equal(f->s->n_changes, 1000);
        for (size_t i = 0; i < 1000; i++) {
            n_new += f->s->changes[i].kind == CHANGE_NEW;
            n_gone += f->s->changes[i].kind == CHANGE_GONE;
        }
        assert_int_equal(n_new, 500);
        assert_int_equal(n_gone, 500);
    }
}

static void without_a_cookie_addresses_name_a_connection(void **state)
{
    struct fixture *f = *state;
    const struct change *c;

    begin(f);
    row(f, 0, 1000, STATE_ESTABLISHED);
    row(f, 0, 1001, STATE_ESTABLISHED);
    look(f);
    begin(f);
    row(f, 0, 1001, STATE_ESTABLISHED);
    row(f, 0, 1000, STATE_TIME_WAIT)->inode = 0; /* the kernel knows no inode any more */
    c = only_change(look(f));
    assert_int_equal(c->kind, CHANGE_STATE);
    assert_int_equal(c->row.local.port, 1000);
}

static void without_a_cookie_an_inode_tells_listeners_of_one_address_apart(void **state)
{
    struct fixture *f = *state;

    begin(f);
    for (uint32_t i = 1; i <= 3; i++) {
        struct row *r = row(f, 0, 1000, STATE_LISTEN);

        r->inode = i;
        r->peer.port = 0;
    }
    look(f);
    begin(f);
    for (uint32_t i = 1; i <= 3; i += 2) {
        struct row *r = row(f, 0, 1000, STATE_LISTEN);

        r->inode = i;
        r->peer.port = 0;
    }
    look(f);
    assert_int_equal(only_change(f->s)->kind, CHANGE_GONE);
    assert_int_equal(f->s->changes[0].row.inode, 2);
    assert_false(f->s->changes[0].has_unread); /* a queue of connections */
}

static void the_same_cookie_in_two_namespaces_is_two_sockets(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 2; i++) {
        begin(f);
        f->s->n_netns = 2;
        f->s->netns = mem_new(2, sizeof(*f->s->netns));
        f->s->netns[0].inode = 100;
        f->s->netns[1].inode = 101;
        row(f, 5, 1000, STATE_ESTABLISHED);
        row(f, 5, 1000, i ? STATE_CLOSE_WAIT : STATE_ESTABLISHED)->netns = 1;
        look(f);
    }
    assert_int_equal(only_change(f->s)->row.netns, 1);
    assert_int_equal(f->s->rows[0].change, CHANGE_NONE);
    assert_int_equal(f->s->rows[1].change, CHANGE_STATE);
}

static void a_row_that_comes_twice_is_told_once(void **state)
{
    struct fixture *f = *state;

    begin(f);
    look(f);
    begin(f);
    row(f, 5, 1000, STATE_ESTABLISHED);
    row(f, 5, 1000, STATE_FIN_WAIT1);
    assert_int_equal(only_change(look(f))->kind, CHANGE_NEW);
    assert_int_equal(f->s->rows[1].change, CHANGE_NEW);
}

static void where_rows_may_be_missing_none_is_gone(void **state)
{
    struct fixture *f = *state;

    begin(f);
    row(f, 5, 1000, STATE_ESTABLISHED);
    look(f);
    begin(f);
    f->s->interrupted = true;
    assert_int_equal(look(f)->n_changes, 0);
    begin(f);
    f->s->err.code = -1;
    assert_int_equal(look(f)->n_changes, 0);
    begin(f);
    assert_int_equal(only_change(look(f))->kind, CHANGE_GONE);
}

static void another_choice_of_rows_is_no_change(void **state)
{
    struct fixture *f = *state;

    begin(f);
    row(f, 5, 1000, STATE_ESTABLISHED);
    look(f);
    changes_reset(f->changes);
    begin(f);
    row(f, 6, 1001, STATE_ESTABLISHED);
    assert_int_equal(look(f)->n_changes, 0);
}

static void the_last_owner_stays_known(void **state)
{
    struct fixture *f = *state;

    begin(f);
    row(f, 5, 1000, STATE_ESTABLISHED);
    row(f, 6, 1001, STATE_ESTABLISHED);
    an_owner(&f->s->owned, 1000, OWNER_KNOWN);
    a_holder(&f->s->owned, 812, 3, "nginx");
    a_holder(&f->s->owned, 813, 3, "nginx");
    an_owner(&f->s->owned, 1001, OWNER_NOT_PERMITTED);
    look(f);
    begin(f);
    row(f, 5, 1000, STATE_TIME_WAIT)->inode = 0;
    row(f, 6, 1001, STATE_ESTABLISHED);
    assert_string_equal(only_change(look(f))->owner, "nginx (812) and 1 more");
    begin(f);
    look(f);
    assert_int_equal(f->s->n_changes, 2);
    assert_string_equal(f->s->changes[0].owner, "nginx (812) and 1 more");
    assert_string_equal(f->s->changes[1].owner, "");
}

static void a_socket_handed_over_has_its_new_owner(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 3; i++) {
        begin(f);
        row(f, 5, 1000, STATE_ESTABLISHED);
        an_owner(&f->s->owned, 1000, OWNER_KNOWN);
        a_holder(&f->s->owned, i ? 900 : 800, 3, i == 2 ? "renamed" : "first");
        look(f);
    }
    begin(f);
    assert_string_equal(only_change(look(f))->owner, "renamed (900)");
}

static void the_name_of_a_unix_socket_outlives_its_snapshot(void **state)
{
    struct fixture *f = *state;
    struct row *r;

    begin(f);
    r = row(f, 5, 1000, STATE_LISTEN);
    r->kind = KIND_UNIX_STREAM;
    r->local = (struct addr){.family = AF_UNIX, .number = {4242}};
    r->peer = (struct addr){.family = AF_UNIX};
    r->name = texts_add(&f->s->names, "/run/x.sock", 11);
    look(f);
    begin(f);
    assert_string_equal(only_change(look(f))->local, "/run/x.sock 4242");
}

static void what_the_kernel_counted_at_the_end_is_exact(void **state)
{
    struct fixture *f = *state;

    begin(f);
    row(f, 5, 1000, STATE_ESTABLISHED)->rqueue = 10;
    row(f, 6, 1001, STATE_CLOSE_WAIT)->rqueue = 10;
    look(f);
    assert_true(changes_destroyed(f->changes, 5, 4900));
    assert_true(changes_destroyed(f->changes, 6, 101)); /* a FIN among them */
    assert_false(changes_destroyed(f->changes, 7, 1));
    assert_false(changes_destroyed(f->changes, 0, 1));
    assert_int_equal(changes_find(f->changes, 6)->local.port, 1001);
    begin(f);
    look(f);
    assert_int_equal(f->s->n_changes, 2);
    assert_int_equal(f->s->changes[0].unread_bytes, 4900);
    assert_int_equal(f->s->changes[1].unread_bytes, 100);
}

static void connections_are_counted_as_the_kernel_does(void **state)
{
    struct fixture *f = *state;

    begin(f);
    row(f, 1, 1000, STATE_ESTABLISHED); /* before the first look: not counted */
    look(f);
    assert_int_equal(changes_opens(f->changes), 0);
    begin(f);
    row(f, 1, 1000, STATE_FIN_WAIT1);
    row(f, 2, 1001, STATE_NEW_SYN_RECV);
    row(f, 3, 1002, STATE_SYN_SENT);
    row(f, 4, 1003, STATE_LISTEN)->peer.port = 0;
    row(f, 5, 1004, STATE_CLOSE)->kind = KIND_UDP;
    look(f);
    assert_int_equal(changes_opens(f->changes), 1);
    begin(f);
    row(f, 2, 1001, STATE_ESTABLISHED);
    row(f, 3, 1002, STATE_ESTABLISHED);
    look(f);
    assert_int_equal(changes_opens(f->changes), 2);
}

static void more_changes_than_fit_are_counted(void **state)
{
    struct fixture *f = *state;
    const size_t n = CHANGES_MAX + 100;
    struct snapshot *s = mem_new(1, sizeof(*s));

    begin(f);
    look(f);
    s->at_ns = f->at_ns;
    s->rows = mem_new(n, sizeof(*s->rows));
    s->n_rows = n;
    for (size_t i = 0; i < n; i++)
        s->rows[i] = (struct row){.cookie = i + 1, .state = STATE_ESTABLISHED};
    changes_look(f->changes, s);
    assert_int_equal(s->n_changes, CHANGES_MAX);
    assert_int_equal(s->changes_dropped, 100);
    assert_int_equal(s->rows[n - 1].change, CHANGE_NEW);
    snapshot_free(s);
}

static void what_nobody_took_is_told_with_the_next(void **state)
{
    struct fixture *f = *state;
    struct snapshot a = {.changes_dropped = 3}, b = {.changes_dropped = 4};
    struct change change = {.kind = CHANGE_NEW};

    (void)f;
    for (uint32_t i = 0; i < CHANGES_MAX - 1; i++) {
        change.row.inode = i;
        snapshot_change(&a, &change);
    }
    change.row.inode = 5000;
    snapshot_change(&b, &change);
    snapshot_change(&b, &change);
    snapshot_carry(&b, &a);
    assert_int_equal(b.n_changes, CHANGES_MAX);
    assert_int_equal(b.changes_dropped, 3 + 4 + 1);
    assert_int_equal(b.changes[0].row.inode, 0);
    assert_int_equal(b.changes[CHANGES_MAX - 1].row.inode, 5000);
    free(a.changes);
    free(b.changes);
}

static void a_revised_snapshot_keeps_what_it_lends(void **state)
{
    struct fixture *f = *state;
    struct snapshot *first, *second;

    begin(f);
    row(f, 5, 1000, STATE_ESTABLISHED)->name = texts_add(&f->s->names, "name", 4);
    first = snapshot_revise(f->s);
    second = snapshot_revise(first);
    first->rows[0].state = STATE_CLOSE_WAIT;
    snapshot_free(f->s);
    f->s = NULL;
    snapshot_free(first);
    assert_int_equal(second->n_rows, 1);
    assert_int_equal(second->rows[0].state, STATE_ESTABLISHED);
    assert_string_equal(texts_at(&second->names, second->rows[0].name), "name");
    snapshot_free(snapshot_share(second));
    assert_int_equal(second->n_rows, 1);
    snapshot_free(second);
}

static void the_newest_of_the_gone_are_kept(void **state)
{
    struct gone gone = {0};

    (void)state;
    for (uint32_t i = 0; i < GONE_KEPT + 10; i++) {
        struct change changes[] = {{.kind = CHANGE_GONE}, {.kind = CHANGE_NEW}};
        struct snapshot s = {.n_changes = 2, .changes = changes};

        changes[0].row.inode = i;
        gone_take(&gone, &s, NULL);
    }
    assert_int_equal(gone.n, GONE_KEPT);
    assert_int_equal(gone.total, GONE_KEPT + 10);
    assert_int_equal(gone_at(&gone, 0)->row.inode, GONE_KEPT + 9);
    assert_int_equal(gone_at(&gone, GONE_KEPT - 1)->row.inode, 10);
    gone_done(&gone);
}

static void what_no_look_saw_is_filtered_too(void **state)
{
    struct change changes[] = {{.kind = CHANGE_GONE, .no_look = true},
                               {.kind = CHANGE_GONE, .no_look = true},
                               {.kind = CHANGE_GONE}};
    struct snapshot s = {.n_changes = 3, .changes = changes};
    struct filter *filter = NULL;
    struct gone gone = {0};

    (void)state;
    for (uint16_t i = 0; i < 3; i++) {
        changes[i].row.state = STATE_CLOSE_WAIT;
        changes[i].row.local = addr_make(AF_INET, "\x7f\0\0\1", (uint16_t)(1000 + i));
    }
    assert_int_equal(filter_parse("sport = :1001", &filter, NULL), 0);
    gone_take(&gone, &s, filter);
    assert_int_equal(gone.n, 2); /* the last one a look has let through */
    assert_int_equal(gone_at(&gone, 1)->row.local.port, 1001);
    filter_free(filter);
    gone_done(&gone);
}

static void every_kind_of_event_has_a_name(void **state)
{
    (void)state;
    for (int i = 0; i < KERNEL_EVENT_KINDS; i++)
        assert_string_not_equal(kernel_event_name((enum kernel_event_kind)i), "?");
    assert_string_equal(kernel_event_name(KERNEL_EVENT_KINDS), "?");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_look_has_no_changes),
        TEST(what_opens_changes_and_goes_is_told_and_marked),
        TEST(a_mark_lasts_a_second_however_many_looks_there_are),
        TEST(rows_may_come_in_any_order),
        TEST(places_of_gone_rows_are_used_again),
        TEST(without_a_cookie_addresses_name_a_connection),
        TEST(without_a_cookie_an_inode_tells_listeners_of_one_address_apart),
        TEST(the_same_cookie_in_two_namespaces_is_two_sockets),
        TEST(a_row_that_comes_twice_is_told_once),
        TEST(where_rows_may_be_missing_none_is_gone),
        TEST(another_choice_of_rows_is_no_change),
        TEST(the_last_owner_stays_known),
        TEST(a_socket_handed_over_has_its_new_owner),
        TEST(the_name_of_a_unix_socket_outlives_its_snapshot),
        TEST(what_the_kernel_counted_at_the_end_is_exact),
        TEST(connections_are_counted_as_the_kernel_does),
        TEST(more_changes_than_fit_are_counted),
        TEST(what_nobody_took_is_told_with_the_next),
        TEST(a_revised_snapshot_keeps_what_it_lends),
        TEST(the_newest_of_the_gone_are_kept),
        TEST(what_no_look_saw_is_filtered_too),
        TEST(every_kind_of_event_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
