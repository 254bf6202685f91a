#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/base/mem.h"
#include "core/model/changes.h"
#include "probes/gone_rows.h"

static struct row row_of(uint64_t cookie, uint16_t port)
{
    const uint8_t loopback[4] = {127, 0, 0, 1};

    return (struct row){.cookie = cookie,
                        .local = addr_make(AF_INET, loopback, port),
                        .peer = addr_make(AF_INET, loopback, 80),
                        .kind = KIND_TCP,
                        .state = STATE_ESTABLISHED,
                        .name = 7,
                        .detail = 9};
}

static struct snapshot *snapshot_of(uint64_t at_ns, size_t n)
{
    struct snapshot *s = mem_new(1, sizeof(*s));

    s->at_ns = at_ns;
    s->rows = mem_new(n, sizeof(*s->rows));
    s->n_rows = s->n_total = n;
    for (size_t i = 0; i < n; i++)
        s->rows[i] = row_of(i + 1, (uint16_t)(1000 + 10 * i));
    return s;
}

static void tell(struct snapshot *s, enum row_change kind, uint64_t cookie, uint16_t port)
{
    s->changes = mem_resize(s->changes, s->n_changes + 1, sizeof(*s->changes));
    s->changes[s->n_changes++] =
        (struct change){.kind = (uint8_t)kind, .row = row_of(cookie, port)};
}

static void it_stands_where_it_stood(void **state)
{
    struct gone_rows gone = {0};
    struct wish wish = {.sort = column_find("local")};
    struct snapshot *s = snapshot_of(CHANGE_MARK_NS, 3);

    (void)state;
    tell(s, CHANGE_GONE, 90, 1015);
    tell(s, CHANGE_STATE, 3, 1020);
    gone_rows_put(&gone, s, &wish);
    assert_int_equal(s->n_rows, 4);
    assert_int_equal(s->n_gone, 1);
    assert_int_equal(s->n_total, 3);
    assert_int_equal(s->rows[2].cookie, 90);
    assert_int_equal(s->rows[2].change, CHANGE_GONE);
    assert_int_equal(s->rows[2].name, 0);
    assert_int_equal(s->rows[2].detail, 0);
    assert_int_equal(s->rows[3].change, CHANGE_NONE);
    snapshot_free(s);
}

static void it_leaves_after_a_moment(void **state)
{
    static const struct {
        uint64_t later_ns;
        size_t n_gone;
    } looks[] = {{0, 1}, {CHANGE_MARK_NS - 1, 1}, {CHANGE_MARK_NS, 0}};
    struct gone_rows gone = {0};
    struct wish wish = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
        struct snapshot *s = snapshot_of(5 * CHANGE_MARK_NS + looks[i].later_ns, 2);

        if (i == 0)
            tell(s, CHANGE_GONE, 90, 1015);
        gone_rows_put(&gone, s, &wish);
        assert_int_equal(s->n_gone, looks[i].n_gone);
        assert_int_equal(s->n_rows, 2 + looks[i].n_gone);
        snapshot_free(s);
    }
}

static void what_never_stood_there_does_not_come(void **state)
{
    struct gone_rows gone = {0};
    struct wish wish = {0};
    struct snapshot *s = snapshot_of(CHANGE_MARK_NS, 2);

    (void)state;
    tell(s, CHANGE_GONE, 90, 1015);
    s->changes[0].no_look = true;
    gone_rows_put(&gone, s, &wish);
    assert_int_equal(s->n_gone, 0);
    assert_int_equal(s->n_rows, 2);
    snapshot_free(s);
}

static void there_are_never_too_many(void **state)
{
    static struct gone_rows gone;
    struct wish wish = {0};
    struct snapshot *s = snapshot_of(CHANGE_MARK_NS, 2);

    (void)state;
    for (size_t i = 0; i < GONE_ROWS + 10; i++)
        tell(s, CHANGE_GONE, 1000 + i, 2000);
    gone_rows_put(&gone, s, &wish);
    assert_int_equal(s->n_gone, GONE_ROWS);
    snapshot_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_stands_where_it_stood),
        cmocka_unit_test(it_leaves_after_a_moment),
        cmocka_unit_test(what_never_stood_there_does_not_come),
        cmocka_unit_test(there_are_never_too_many),
    };

    return cmocka_run_group_tests_name("gone_rows", tests, NULL, NULL);
}
