/* What the kernel's events add to what looks see, on events and snapshots that are made up; the
 * count of what nobody saw. */
#include "probes/touched.h"

#include <arpa/inet.h>
#include <netinet/in.h>
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
#include "probes/opens.h"
#include "probes/unseen.h"

struct fixture {
    struct touched *touched;
    struct changes *changes;
    struct snapshot *s;
    uint64_t at_ns;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof(*f));

    f->touched = touched_new();
    f->changes = changes_new();
    f->at_ns = 100 * CLOCK_SECOND_NS;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    touched_free(f->touched);
    changes_free(f->changes);
    snapshot_free(f->s);
    free(f);
    return 0;
}

static struct addr here(uint16_t port)
{
    return addr_make(AF_INET, "\x7f\0\0\1", port);
}

static struct addr there(void)
{
    return addr_make(AF_INET, "\x7f\0\0\2", 80);
}

static void says(struct fixture *f, uint16_t port, int old_state, int new_state)
{
    const struct kernel_event e = {.at_ns = f->at_ns++,
                                   .kind = KERNEL_SET_STATE,
                                   .protocol = IPPROTO_TCP,
                                   .local = here(port),
                                   .peer = there(),
                                   .old_state = (uint8_t)old_state,
                                   .new_state = (uint8_t)new_state};

    touched_event(f->touched, &e, NULL);
}

static void destroyed(struct fixture *f, uint64_t cookie, struct addr local, struct addr peer,
                      uint32_t unread_bytes)
{
    const struct kernel_event e = {.at_ns = f->at_ns++,
                                   .kind = KERNEL_DESTROYED,
                                   .protocol = IPPROTO_TCP,
                                   .cookie = cookie,
                                   .local = local,
                                   .peer = peer,
                                   .unread_bytes = unread_bytes};
    const struct row *known = NULL;

    if (changes_destroyed(f->changes, cookie, unread_bytes))
        known = changes_find(f->changes, cookie);
    touched_event(f->touched, &e, known);
}

static void begin(struct fixture *f)
{
    snapshot_free(f->s);
    f->s = mem_new(1, sizeof(*f->s));
    f->s->at_ns = f->at_ns++;
    f->s->rows = mem_new(8, sizeof(*f->s->rows));
}

static void row(struct fixture *f, uint64_t cookie, uint16_t port, int state)
{
    f->s->rows[f->s->n_rows++] = (struct row){
        .cookie = cookie, .local = here(port), .peer = there(), .state = (uint8_t)state};
}

/* "NEW 2; STATE 2>1; GONE 1>;" with ! for what was told by an event. */
static size_t end(struct fixture *f, const char *expected)
{
    static const char *const names[] = {"", "NEW", "STATE", "GONE"};
    char text[512] = "";
    size_t n;

    changes_look(f->changes, f->s);
    n = touched_tell(f->touched, f->s, f->changes);
    touched_clear(f->touched, f->s->at_ns - CLOCK_SECOND_NS);
    for (size_t i = 0; i < f->s->n_changes; i++) {
        const struct change *c = &f->s->changes[i];
        size_t len = strlen(text);

        snprintf(text + len, sizeof(text) - len, "%s%s %d>%d", i ? "; " : "", names[c->kind],
                 c->old_state, c->kind == CHANGE_GONE ? 0 : c->row.state);
        if (c->by_event)
            strcat(text, "!");
    }
    assert_string_equal(text, expected);
    return n;
}

static void what_a_look_sees_is_told_step_by_step(void **state)
{
    struct fixture *f = *state;

    begin(f);
    end(f, "");
    says(f, 1000, STATE_CLOSE, STATE_SYN_SENT);
    says(f, 1000, STATE_SYN_SENT, STATE_ESTABLISHED);
    begin(f);
    row(f, 1, 1000, STATE_ESTABLISHED);
    end(f, "NEW 0>2!; STATE 2>1!");
    says(f, 1000, STATE_ESTABLISHED, STATE_FIN_WAIT1);
    says(f, 1000, STATE_FIN_WAIT1, STATE_FIN_WAIT2);
    says(f, 1000, STATE_FIN_WAIT2, STATE_CLOSE);
    begin(f);
    row(f, 1, 1000, STATE_TIME_WAIT);
    end(f, "STATE 1>4!; STATE 4>5!; STATE 5>6!");
    begin(f);
    end(f, "GONE 6>0");
}

static void steps_that_a_look_told_are_not_told_again(void **state)
{
    struct fixture *f = *state;

    begin(f);
    row(f, 1, 1000, STATE_ESTABLISHED);
    end(f, "");
    says(f, 1000, STATE_ESTABLISHED, STATE_FIN_WAIT1);
    begin(f);
    row(f, 1, 1000, STATE_FIN_WAIT1);
    end(f, "STATE 1>4!");
    says(f, 1000, STATE_FIN_WAIT1, STATE_CLOSE);
    destroyed(f, 1, here(1000), there(), 0);
    begin(f);
    end(f, "GONE 4>0!");
}

/* The same addresses in another namespace: no look and no destroy group tells of it. */
static void what_is_not_ours_is_not_told(void **state)
{
    struct fixture *f = *state;

    begin(f);
    end(f, "");
    says(f, 1000, STATE_CLOSE, STATE_LISTEN);
    says(f, 1001, STATE_SYN_SENT, STATE_ESTABLISHED);
    begin(f);
    end(f, "");
}

static void what_no_look_saw_is_told_and_counted(void **state)
{
    struct fixture *f = *state;
    const struct change *gone;

    begin(f);
    end(f, "");
    says(f, 1000, STATE_SYN_SENT, STATE_ESTABLISHED);
    says(f, 1000, STATE_ESTABLISHED, STATE_CLOSE_WAIT);
    says(f, 1000, STATE_CLOSE_WAIT, STATE_CLOSE);
    destroyed(f, 7, here(1000), there(), 101);
    begin(f);
    assert_int_equal(end(f, "NEW 0>1!; STATE 1>8!; GONE 8>0!"), 1);
    gone = &f->s->changes[2];
    assert_true(gone->has_unread);
    assert_int_equal(gone->unread_bytes, 100); /* and a FIN */
    assert_string_equal(gone->local, "127.0.0.1:1000");
    begin(f);
    assert_int_equal(end(f, ""), 0);
}

/* One byte may be the FIN that no program reads. */
static void what_may_be_a_fin_is_not_called_unread(void **state)
{
    struct fixture *f = *state;

    begin(f);
    end(f, "");
    destroyed(f, 7, here(1000), there(), 1);
    destroyed(f, 8, here(1001), there(), 0);
    begin(f);
    end(f, "GONE 0>0!; GONE 0>0!");
    assert_false(f->s->changes[0].has_unread);
    assert_true(f->s->changes[1].has_unread);
}

/* What the kernel tells of a listener's queue are connections, not bytes. */
static void a_listener_has_no_unread_bytes(void **state)
{
    struct fixture *f = *state;

    begin(f);
    row(f, 1, 1000, STATE_LISTEN);
    end(f, "");
    destroyed(f, 1, here(1000), there(), 3);
    begin(f);
    end(f, "GONE 10>0!");
    assert_false(f->s->changes[0].has_unread);
}

static void an_end_that_is_told_late_belongs_to_its_steps(void **state)
{
    struct fixture *f = *state;

    begin(f);
    end(f, "");
    says(f, 1000, STATE_SYN_SENT, STATE_ESTABLISHED);
    says(f, 1000, STATE_ESTABLISHED, STATE_CLOSE);
    begin(f);
    end(f, "");
    destroyed(f, 7, here(1000), there(), 0);
    begin(f);
    end(f, "NEW 0>1!; GONE 1>0!");
}

static void an_end_without_addresses_belongs_to_the_last_that_closed(void **state)
{
    struct fixture *f = *state;
    struct addr nowhere = addr_make(AF_INET, "\0\0\0\0", 1000), no_port = there();

    no_port.port = 0;
    begin(f);
    end(f, "");
    says(f, 1000, STATE_SYN_SENT, STATE_ESTABLISHED);
    says(f, 1000, STATE_ESTABLISHED, STATE_CLOSE);
    destroyed(f, 7, nowhere, no_port, 0);
    begin(f);
    end(f, "NEW 0>1!; GONE 1>0!");
    assert_string_equal(f->s->changes[1].peer, "127.0.0.2:80");
}

/* A reset takes it out of the kernel's tables; its program closes it later. */
static void what_was_told_as_gone_is_not_told_again_when_it_is_destroyed(void **state)
{
    struct fixture *f = *state;

    begin(f);
    row(f, 9, 1000, STATE_ESTABLISHED);
    end(f, "");
    says(f, 1000, STATE_ESTABLISHED, STATE_CLOSE);
    begin(f);
    end(f, "GONE 1>0!");
    destroyed(f, 9, here(1000), there(), 0);
    begin(f);
    end(f, "");
}

/* Its row in TIME_WAIT has a cookie of its own when nobody had asked for the first. */
static void a_socket_whose_addresses_wait_is_not_gone(void **state)
{
    struct fixture *f = *state;

    begin(f);
    end(f, "");
    says(f, 1000, STATE_SYN_SENT, STATE_ESTABLISHED);
    says(f, 1000, STATE_ESTABLISHED, STATE_FIN_WAIT1);
    begin(f);
    row(f, 5, 1000, STATE_TIME_WAIT);
    end(f, "NEW 0>1!; STATE 1>4!; STATE 4>6");
    destroyed(f, 6, here(1000), there(), 0);
    begin(f);
    row(f, 5, 1000, STATE_TIME_WAIT);
    end(f, "");
}

static void more_sockets_than_fit_are_left_out(void **state)
{
    struct fixture *f = *state;

    for (uint32_t i = 0; i < TOUCHED_MAX + 10; i++) {
        struct row r = {.local = here((uint16_t)i), .peer = there()};

        r.peer.ip[1] = (uint8_t)(i >> 16);
        assert_true(!touched_add(f->touched, &r) == (i >= TOUCHED_MAX));
    }
    touched_clear(f->touched, UINT64_MAX);
    assert_null(f->touched->sockets);
}

static void who_connects_is_sought_until_its_port_is_told(void **state)
{
    struct fixture *f = *state;

    says(f, 0, STATE_CLOSE, STATE_SYN_SENT);
    says(f, 0, STATE_CLOSE, STATE_SYN_SENT);
    assert_int_equal(f->touched->n_connecting, 2);
    says(f, 40000, STATE_SYN_SENT, STATE_ESTABLISHED);
    assert_int_equal(f->touched->n_connecting, 1);
    says(f, 0, STATE_SYN_SENT, STATE_CLOSE); /* no port was free */
    assert_int_equal(f->touched->n_connecting, 0);
    says(f, 40001, STATE_SYN_SENT, STATE_ESTABLISHED); /* it began before anything was told */
    assert_int_equal(f->touched->n_connecting, 0);
}

static void the_kernels_counters_are_found_by_their_names(void **state)
{
    static const char text[] = "Ip: Forwarding\nIp: 1\n"
                               "Tcp: RtoAlgorithm ActiveOpens PassiveOpens CurrEstab\n"
                               "Tcp: 1 20000 22 7\nUdp: InDatagrams\nUdp: 1\n";
    uint32_t opens = 0;

    (void)state;
    assert_true(opens_parse(text, &opens));
    assert_int_equal(opens, 20022);
    assert_false(opens_parse("Tcp: ActiveOpens PassiveOpens\n", &opens));
    assert_false(opens_parse("Tcp: ActiveOpens PassiveOpens\nTcp: 1\n", &opens));
    assert_false(opens_parse("Tcp: ActiveOpens PassiveOpens\nTcp: x y\n", &opens));
    assert_false(opens_parse("Tcp: PassiveOpens\nTcp: 1\n", &opens));
    assert_false(opens_parse("", &opens));
    assert_true(opens_read(&opens));
}

static void what_was_opened_long_ago_and_not_seen_is_unseen(void **state)
{
    struct fixture *f = *state;
    struct snapshot s = {0};
    struct unseen u = {.primed = true, .known = true};

    (void)f;
    u.opens = u.before_next = u.before = 10;
    u.seen = 7;
    unseen_tell(&u, f->changes, &s);
    assert_true(s.has_unseen);
    assert_int_equal(s.unseen, 3);
    u.seen = 10; /* found later: what was said stays said */
    unseen_tell(&u, f->changes, &s);
    assert_int_equal(s.unseen, 3);
    unseen_reset(&u, f->changes, false);
    unseen_tell(&u, f->changes, &s);
    assert_false(s.has_unseen);
    assert_int_equal(s.unseen, 3);
}

static void what_was_just_opened_is_not_yet_unseen(void **state)
{
    struct fixture *f = *state;
    struct snapshot s = {0};
    struct unseen u = {0};

    unseen_reset(&u, f->changes, true);
    unseen_look(&u, 1);
    unseen_tell(&u, f->changes, &s);
    u.at -= 5; /* as if the kernel had counted five more since */
    unseen_look(&u, 2);
    unseen_tell(&u, f->changes, &s);
    assert_int_equal(s.unseen, 0);
    unseen_look(&u, 3 + UNSEEN_NS);
    unseen_tell(&u, f->changes, &s);
    unseen_look(&u, 4 + 2 * UNSEEN_NS);
    unseen_tell(&u, f->changes, &s);
    assert_true(s.unseen >= 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_a_look_sees_is_told_step_by_step),
        TEST(steps_that_a_look_told_are_not_told_again),
        TEST(what_is_not_ours_is_not_told),
        TEST(what_no_look_saw_is_told_and_counted),
        TEST(what_may_be_a_fin_is_not_called_unread),
        TEST(a_listener_has_no_unread_bytes),
        TEST(an_end_that_is_told_late_belongs_to_its_steps),
        TEST(an_end_without_addresses_belongs_to_the_last_that_closed),
        TEST(what_was_told_as_gone_is_not_told_again_when_it_is_destroyed),
        TEST(a_socket_whose_addresses_wait_is_not_gone),
        TEST(more_sockets_than_fit_are_left_out),
        TEST(who_connects_is_sought_until_its_port_is_told),
        TEST(the_kernels_counters_are_found_by_their_names),
        TEST(what_was_opened_long_ago_and_not_seen_is_unseen),
        TEST(what_was_just_opened_is_not_yet_unseen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
