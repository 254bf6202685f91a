/* The checkup of a host's sockets, on made-up lists: what is unwell in both looks is listed, worst first,
 * and nothing else. */
#include "core/why/checkup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/mem.h"

#define ROWS_MAX 40000

/* What both looks find. */
static struct look {
    size_t n;
    struct row rows[ROWS_MAX];
    struct socket_detail details[ROWS_MAX];
    bool has_detail[ROWS_MAX];
} looks[2];
static unsigned looked;
static int list_error;

/* --- the host ------------------------------------------------------------------------------- */

static int list(const struct wish *w, bool (*part)(void *ctx, const struct snapshot *part),
                void *ctx, struct err *err)
{
    struct look *look = &looks[looked++ % 2];
    struct snapshot *s = mem_new(1, sizeof(*s));

    (void)w;
    s->n_rows = s->n_total = look->n;
    s->rows = mem_copy(look->rows, look->n * sizeof(look->rows[0]));
    for (size_t i = 0; i < look->n; i++)
        if (look->has_detail[i])
            snapshot_attach(s, &s->rows[i], &look->details[i]);
    if (!list_error)
        part(ctx, s);
    snapshot_free(s);
    return list_error ? err_set(err, list_error, "list", "", "%s", "") : 0;
}

static int look_at_process(int32_t pid, struct process_facts *ret)
{
    if (pid != 812)
        return -ESRCH;
    *ret = (struct process_facts){
        .pid = 812, .has_fds = true, .fds = 100, .fd_limit = 100, .comm = "full"};
    return 0;
}

static void look_at_route(const struct route_question *question, struct route_facts *ret)
{
    (void)question;
    *ret = (struct route_facts){0};
}

static void read_limits(struct limit_facts *ret)
{
    *ret = (struct limit_facts){.has_port_range = true, .port_low = 1000, .port_high = 1999};
}

static const struct probes host = {
    .sockets_list = list,
    .process_look = look_at_process,
    .route_look = look_at_route,
    .limits_read = read_limits,
};

static int empty_host(void **state)
{
    (void)state;
    looks[0].n = looks[1].n = 0;
    memset(looks[0].has_detail, 0, sizeof(looks[0].has_detail));
    memset(looks[1].has_detail, 0, sizeof(looks[1].has_detail));
    looked = 0;
    list_error = 0;
    return 0;
}

static struct row make(enum socket_state state, uint32_t rqueue, uint32_t wqueue, uint16_t port)
{
    static uint64_t cookie;
    uint8_t ip[4] = {10, 0, 0, 1};
    struct row row = {.cookie = ++cookie,
                      .local = addr_make(AF_INET, ip, port),
                      .rqueue = rqueue,
                      .wqueue = wqueue,
                      .kind = KIND_TCP,
                      .inode = 7,
                      .state = (uint8_t)state};

    row.peer = addr_make(AF_INET, ip, state == STATE_LISTEN ? 0 : 80);
    return row;
}

static void add(unsigned look, struct row row)
{
    looks[look].rows[looks[look].n++] = row;
}

static void add_to_both(struct row row)
{
    add(0, row);
    add(1, row);
}

static struct checkup *run(int32_t pid)
{
    const struct checkup_wish wish = {.wait_ns = 1, .pid = pid};
    struct checkup *c;
    struct err err = {0};

    assert_int_equal(checkup_run(&wish, &host, &c, &err), 0);
    return c;
}

/* --- tests ------------------------------------------------------------------------------------ */

static void what_is_idle_is_not_listed(void **state)
{
    struct checkup *c;

    (void)state;
    add_to_both(make(STATE_ESTABLISHED, 0, 0, 1));
    add_to_both(make(STATE_LISTEN, 0, 128, 2));
    add_to_both(make(STATE_LISTEN, 128, 128, 3)); /* there may be one more */
    add_to_both(make(STATE_TIME_WAIT, 0, 0, 4));
    c = run(0);
    assert_int_equal(c->n, 0);
    assert_int_equal(c->n_checked, 4);
    checkup_free(c);
}

static void a_full_listener_comes_before_a_socket_that_is_not_closed(void **state)
{
    struct checkup *c;

    (void)state;
    add_to_both(make(STATE_CLOSE_WAIT, 0, 0, 1));
    add_to_both(make(STATE_LISTEN, 129, 128, 2));
    c = run(0);
    assert_int_equal(c->n, 2);
    assert_string_equal(c->list[0].cause, "accept-queue-full");
    assert_string_equal(c->list[0].socket, "tcp://10.0.0.1:2");
    assert_string_equal(c->list[1].cause, "close-wait-leak");
    assert_string_equal(c->list[1].socket, "tcp://10.0.0.1:1-10.0.0.1:80");
    checkup_free(c);
}

static void what_was_unwell_for_a_moment_is_not_listed(void **state)
{
    struct row listener = make(STATE_LISTEN, 129, 128, 1),
               closing = make(STATE_CLOSE_WAIT, 0, 0, 2);
    struct checkup *c;

    (void)state;
    add(0, listener);
    listener.rqueue = 0;
    add(1, listener);
    add(0, closing);                         /* it is gone by the second look */
    add(1, make(STATE_CLOSE_WAIT, 0, 0, 3)); /* it was not there in the first */
    c = run(0);
    assert_int_equal(c->n, 0);
    checkup_free(c);
}

static void a_socket_that_took_anothers_place_is_another(void **state)
{
    struct row row = make(STATE_CLOSE_WAIT, 0, 0, 1);
    struct checkup *c;

    (void)state;
    add(0, row);
    row.cookie += 1000;
    add(1, row);
    c = run(0);
    assert_int_equal(c->n, 0);
    checkup_free(c);
}

static void ports_that_time_wait_uses_up_are_one_line(void **state)
{
    struct checkup *c;

    (void)state;
    for (unsigned i = 0; i < 249; i++)
        add(1, make(STATE_TIME_WAIT, 0, 0, (uint16_t)(1000 + i)));
    c = run(0);
    assert_int_equal(c->n, 0);
    checkup_free(c);
    add(1, make(STATE_TIME_WAIT, 0, 0, 1999));
    looked = 0;
    c = run(0);
    assert_int_equal(c->n, 1);
    assert_string_equal(c->list[0].cause, "time-wait-many");
    checkup_free(c);
}

static void more_candidates_than_there_is_room_for_are_counted(void **state)
{
    struct checkup *c;

    (void)state;
    for (unsigned i = 0; i < CHECKUP_CANDIDATES + 5; i++)
        add_to_both(make(STATE_CLOSE_WAIT, 0, 0, (uint16_t)(i + 1)));
    c = run(0);
    assert_int_equal(c->n, CHECKUP_CANDIDATES);
    assert_int_equal(c->n_left_out, 5);
    checkup_free(c);
}

static void a_process_without_descriptors_is_the_worst_of_itself(void **state)
{
    struct checkup *c;
    struct verdict v;

    (void)state;
    add_to_both(make(STATE_CLOSE_WAIT, 0, 0, 1));
    add_to_both(make(STATE_ESTABLISHED, 0, 0, 2));
    c = run(812);
    checkup_verdict(c, &v);
    assert_string_equal(v.cause, "too-many-open-files");
    assert_string_equal(v.alternatives[0].cause, "close-wait-leak");
    assert_int_equal(c->e->n_lines, 3);
    checkup_free(c);
}

static void what_cannot_be_looked_at_is_an_error(void **state)
{
    struct checkup_wish wish = {.wait_ns = 1, .pid = 813};
    struct checkup *c = NULL;
    struct err err = {0};

    (void)state;
    assert_int_equal(checkup_run(&wish, &host, &c, &err), -ESRCH);
    wish.pid = 0;
    list_error = -EPERM;
    assert_int_equal(checkup_run(&wish, &host, &c, &err), -EPERM);
    assert_null(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_idle_is_not_listed, empty_host),
        cmocka_unit_test_setup(a_full_listener_comes_before_a_socket_that_is_not_closed,
                               empty_host),
        cmocka_unit_test_setup(what_was_unwell_for_a_moment_is_not_listed, empty_host),
        cmocka_unit_test_setup(a_socket_that_took_anothers_place_is_another, empty_host),
        cmocka_unit_test_setup(ports_that_time_wait_uses_up_are_one_line, empty_host),
        cmocka_unit_test_setup(more_candidates_than_there_is_room_for_are_counted, empty_host),
        cmocka_unit_test_setup(a_process_without_descriptors_is_the_worst_of_itself,
                               empty_host),
        cmocka_unit_test_setup(what_cannot_be_looked_at_is_an_error, empty_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
