#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/snapshot.h"

static struct addr address(const char *ip, uint16_t port)
{
    uint8_t bytes[16];
    int family = strchr(ip, ':') ? AF_INET6 : AF_INET;

    assert_int_equal(inet_pton(family, ip, bytes), 1);
    return addr_make(family, bytes, port);
}

static struct row row_of(const char *local, uint16_t local_port, const char *peer,
                         uint16_t peer_port)
{
    return (struct row){.local = address(local, local_port),
                        .peer = address(peer, peer_port),
                        .state = STATE_ESTABLISHED,
                        .protocol = IPPROTO_TCP};
}

static void a_row_is_small(void **state)
{
    (void)state;
    assert_true(sizeof(struct row) < 120);
}

static void states_have_the_kernels_names(void **state)
{
    (void)state;
    assert_string_equal(state_name(STATE_ESTABLISHED), "ESTABLISHED");
    assert_string_equal(state_name(STATE_TIME_WAIT), "TIME_WAIT");
    assert_string_equal(state_name(STATE_BOUND_INACTIVE), "BOUND_INACTIVE");
    assert_string_equal(state_name((enum socket_state)0), "UNKNOWN");
    assert_string_equal(state_name(STATE_COUNT), "UNKNOWN");
    for (int s = STATE_ESTABLISHED; s < STATE_COUNT; s++)
        assert_int_equal(state_parse(state_name((enum socket_state)s)), s);
}

static void states_are_parsed_in_every_spelling(void **state)
{
    static const struct {
        const char *name;
        enum socket_state state;
    } cases[] = {
        {"estab", STATE_ESTABLISHED},
        {"established", STATE_ESTABLISHED},
        {"ESTAB", STATE_ESTABLISHED},
        {"syn-sent", STATE_SYN_SENT},
        {"syn_recv", STATE_SYN_RECV},
        {"fin-wait-1", STATE_FIN_WAIT1},
        {"FIN_WAIT2", STATE_FIN_WAIT2},
        {"fin_wait_2", STATE_FIN_WAIT2},
        {"time-wait", STATE_TIME_WAIT},
        {"TIME_WAIT", STATE_TIME_WAIT},
        {"unconn", STATE_CLOSE},
        {"unconnected", STATE_CLOSE},
        {"closed", STATE_CLOSE},
        {"close", STATE_CLOSE},
        {"close-wait", STATE_CLOSE_WAIT},
        {"last-ack", STATE_LAST_ACK},
        {"listen", STATE_LISTEN},
        {"listening", STATE_LISTEN},
        {"closing", STATE_CLOSING},
        {"new-syn-recv", STATE_NEW_SYN_RECV},
        {"bound-inactive", STATE_BOUND_INACTIVE},
        {"", (enum socket_state)0},
        {"-", (enum socket_state)0},
        {"clos", (enum socket_state)0},
        {"established2", (enum socket_state)0},
        {"unknown", (enum socket_state)0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (state_parse(cases[i].name) != cases[i].state)
            fail_msg("\"%s\" gives %d", cases[i].name, state_parse(cases[i].name));
}

static void timers_have_the_words_of_ss(void **state)
{
    (void)state;
    assert_string_equal(timer_name(TIMER_OFF), "");
    assert_string_equal(timer_name(TIMER_ON), "on");
    assert_string_equal(timer_name(TIMER_KEEPALIVE), "keepalive");
    assert_string_equal(timer_name(TIMER_TIMEWAIT), "timewait");
    assert_string_equal(timer_name(TIMER_PERSIST), "persist");
    assert_string_equal(timer_name((enum socket_timer)9), "unknown");
    assert_string_equal(protocol_name(IPPROTO_TCP), "tcp");
    assert_string_equal(protocol_name(IPPROTO_UDP), "udp");
    assert_string_equal(protocol_name(250), "?");
}

static void addresses_look_as_in_ss(void **state)
{
    char text[ADDR_TEXT_BYTES];
    struct row v4 = row_of("0.0.0.0", 80, "0.0.0.0", 0);
    struct row v6 = row_of("::", 80, "::", 0);
    struct row pair = row_of("::1", 80, "fd77::1", 4000);
    struct row mapped = row_of("::ffff:127.0.0.1", 80, "::ffff:10.0.0.1", 1);
    struct row unknown = {.protocol = IPPROTO_TCP};

    (void)state;
    assert_string_equal(row_local(&v4, text), "0.0.0.0:80");
    assert_string_equal(row_peer(&v4, text), "0.0.0.0:*");
    assert_string_equal(row_local(&v6, text), "*:80");
    assert_string_equal(row_peer(&v6, text), "*:*");
    v6.v6only = true;
    assert_string_equal(row_local(&v6, text), "[::]:80");
    assert_string_equal(row_peer(&v6, text), "[::]:*");
    assert_string_equal(row_local(&pair, text), "[::1]:80");
    assert_string_equal(row_peer(&pair, text), "[fd77::1]:4000");
    assert_string_equal(row_local(&mapped, text), "[::ffff:127.0.0.1]:80");
    assert_string_equal(row_local(&unknown, text), "?");
}

static void owners_are_found_by_inode(void **state)
{
    struct snapshot *s = mem_new(1, sizeof(*s));

    (void)state;
    assert_null(snapshot_owner(s, 5));
    assert_null(snapshot_owner(NULL, 5));
    s->n_owners = 100;
    s->owners = mem_new(s->n_owners, sizeof(*s->owners));
    for (uint32_t i = 0; i < 100; i++)
        s->owners[i] = (struct owner){.inode = 10 + i * 3, .pid = (int32_t)i};
    for (uint32_t i = 0; i < 100; i++)
        assert_int_equal(snapshot_owner(s, 10 + i * 3)->pid, i);
    assert_null(snapshot_owner(s, 9));
    assert_null(snapshot_owner(s, 11));
    assert_null(snapshot_owner(s, UINT32_MAX));
    s->rows = mem_new(3, sizeof(*s->rows));
    snapshot_free(s);
    snapshot_free(NULL);
}

static void columns_order_rows(void **state)
{
    struct row a = row_of("10.0.0.1", 80, "10.0.0.9", 1);
    struct row b = row_of("10.0.0.2", 80, "10.0.0.3", 1);

    (void)state;
    a.rqueue = 5;
    b.wqueue = 7;
    assert_true(row_compare(&a, &b, COLUMN_LOCAL) < 0);
    assert_true(row_compare(&a, &b, COLUMN_PEER) > 0);
    assert_true(row_compare(&a, &b, COLUMN_RECVQ) > 0);
    assert_true(row_compare(&a, &b, COLUMN_SENDQ) < 0);
    assert_true(row_compare(&a, &b, COLUMN_OURS) < 0);
    b.state = STATE_LISTEN;
    assert_true(row_compare(&a, &b, COLUMN_STATE) > 0);
    assert_true(row_compare(&a, &b, COLUMN_OURS) > 0);
}

static void the_order_is_total(void **state)
{
    struct row rows[] = {
        row_of("10.0.0.1", 80, "10.0.0.9", 1), row_of("10.0.0.1", 80, "10.0.0.9", 2),
        row_of("10.0.0.1", 9, "10.0.0.9", 1),  row_of("::ffff:10.0.0.1", 80, "::", 0),
        row_of("fd77::1", 80, "fd77::2", 1),   row_of("255.0.0.1", 80, "10.0.0.9", 1),
        row_of("10.0.0.1", 80, "10.0.0.9", 1),
    };
    const size_t n = sizeof(rows) / sizeof(rows[0]);

    (void)state;
    rows[n - 1].cookie = UINT64_MAX;
    rows[2].rqueue = UINT32_MAX;
    for (int c = 0; c < COLUMN_COUNT; c++) {
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < n; j++) {
                int ij = row_compare(&rows[i], &rows[j], (enum row_column)c);
                int ji = row_compare(&rows[j], &rows[i], (enum row_column)c);

                assert_int_equal(ij == 0, i == j);
                assert_int_equal(ij<0, ji> 0);
            }
        }
    }
}

static void mapped_addresses_sort_with_ipv4(void **state)
{
    struct row mapped = row_of("::ffff:10.0.0.1", 80, "::ffff:10.0.0.9", 1);
    struct row v4 = row_of("10.0.0.2", 80, "10.0.0.9", 1);
    struct row v6 = row_of("::1", 80, "::1", 1);

    (void)state;
    assert_true(row_compare(&mapped, &v4, COLUMN_LOCAL) < 0);
    assert_true(row_compare(&v4, &v6, COLUMN_LOCAL) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_small),
        cmocka_unit_test(states_have_the_kernels_names),
        cmocka_unit_test(states_are_parsed_in_every_spelling),
        cmocka_unit_test(timers_have_the_words_of_ss),
        cmocka_unit_test(addresses_look_as_in_ss),
        cmocka_unit_test(owners_are_found_by_inode),
        cmocka_unit_test(columns_order_rows),
        cmocka_unit_test(the_order_is_total),
        cmocka_unit_test(mapped_addresses_sort_with_ipv4),
    };

    return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
