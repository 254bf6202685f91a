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
#include "tests/unit/owned.h"

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
                        .kind = KIND_TCP};
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
}

static void kinds_have_the_words_of_ss(void **state)
{
    (void)state;
    assert_string_equal(kind_name(KIND_TCP), "tcp");
    assert_string_equal(kind_name(KIND_UNIX_SEQPACKET), "u_seq");
    assert_string_equal(kind_name(KIND_COUNT), "?");
    assert_string_equal(kind_protocol(KIND_PACKET_RAW), "packet");
    assert_string_equal(kind_type(KIND_PACKET_RAW), "raw");
    assert_int_equal(kind_ip_protocol(KIND_UDPLITE), IPPROTO_UDPLITE);
    assert_int_equal(kind_ip_protocol(KIND_NETLINK), 0);
    for (int kind = 0; kind < KIND_COUNT; kind++)
        assert_string_not_equal(kind_name((enum socket_kind)kind), "?");
}

static void addresses_look_as_in_ss(void **state)
{
    char text[ROW_END_BYTES];
    struct row v4 = row_of("0.0.0.0", 80, "0.0.0.0", 0);
    struct row v6 = row_of("::", 80, "::", 0);
    struct row pair = row_of("::1", 80, "fd77::1", 4000);
    struct row mapped = row_of("::ffff:127.0.0.1", 80, "::ffff:10.0.0.1", 1);
    struct row unknown = {.kind = KIND_TCP};

    (void)state;
    assert_string_equal(row_local(NULL, &v4, text), "0.0.0.0:80");
    assert_string_equal(row_peer(NULL, &v4, text), "0.0.0.0:*");
    assert_string_equal(row_local(NULL, &v6, text), "*:80");
    assert_string_equal(row_peer(NULL, &v6, text), "*:*");
    v6.v6only = true;
    assert_string_equal(row_local(NULL, &v6, text), "[::]:80");
    assert_string_equal(row_peer(NULL, &v6, text), "[::]:*");
    assert_string_equal(row_local(NULL, &pair, text), "[::1]:80");
    assert_string_equal(row_peer(NULL, &pair, text), "[fd77::1]:4000");
    assert_string_equal(row_local(NULL, &mapped, text), "[::ffff:127.0.0.1]:80");
    assert_string_equal(row_local(NULL, &unknown, text), "?");
}

/* A snapshot with these names, and its n rows. */
static struct snapshot *snapshot_of(const struct row *rows, size_t n)
{
    struct snapshot *s = mem_new(1, sizeof(*s));

    s->rows = mem_new(n, sizeof(*s->rows));
    memcpy(s->rows, rows, n * sizeof(*rows));
    s->n_rows = n;
    return s;
}

static uint32_t name(struct snapshot *s, const char *text)
{
    return texts_add(&s->names, text, strlen(text));
}

static void bound_sockets_tell_their_interface(void **state)
{
    struct row rows[] = {row_of("127.0.0.1", 80, "0.0.0.0", 0), row_of("::", 80, "::", 0),
                         row_of("fe80::1", 80, "fe80::2", 9)};
    struct snapshot *s = snapshot_of(rows, 3);
    char text[ROW_END_BYTES];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        s->rows[i].interface = 7;
        s->rows[i].name = name(s, "lo");
    }
    s->rows[2].local.scope = s->rows[2].peer.scope = 7;
    assert_string_equal(row_local(s, &s->rows[0], text), "127.0.0.1%lo:80");
    assert_string_equal(row_peer(s, &s->rows[0], text), "0.0.0.0:*");
    assert_string_equal(row_local(s, &s->rows[1], text), "*%lo:80");
    assert_string_equal(row_local(s, &s->rows[2], text), "[fe80::1]%lo:80");
    assert_string_equal(row_peer(s, &s->rows[2], text), "[fe80::2]:9");
    assert_string_equal(row_local(NULL, &s->rows[0], text), "127.0.0.1%if7:80");
    snapshot_free(s);
}

static void unix_names_stand_before_inodes(void **state)
{
    struct row row = {.kind = KIND_UNIX_STREAM,
                      .local = {.family = AF_UNIX, .number = {4242}},
                      .peer = {.family = AF_UNIX, .number = {UINT32_MAX}}};
    struct snapshot *s = snapshot_of(&row, 1);
    char text[ROW_END_BYTES], longest[433];

    (void)state;
    assert_string_equal(row_local(s, s->rows, text), "* 4242");
    assert_string_equal(row_peer(s, s->rows, text), "* 4294967295");
    s->rows->name = name(s, "@ab");
    assert_string_equal(row_local(s, s->rows, text), "@ab 4242");
    assert_string_equal(row_local(NULL, s->rows, text), "* 4242");
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    s->rows->name = name(s, longest);
    s->rows->local.number[0] = UINT32_MAX;
    assert_int_equal(strlen(row_local(s, s->rows, text)), ROW_END_BYTES - 1);
    assert_string_equal(strchr(text, ' '), " 4294967295");
    snapshot_free(s);
}

static struct row of_numbers(int family, uint32_t first, uint32_t second)
{
    return (struct row){
        .local = {.family = (uint8_t)family, .number = {first, second}},
    };
}

static void other_families_have_the_words_of_ss(void **state)
{
    struct row kernel = of_numbers(AF_NETLINK, 0, 0), user = of_numbers(AF_NETLINK, 4, 4242);
    struct row strange = of_numbers(AF_NETLINK, 77, 1), every = of_numbers(AF_PACKET, 3, 0);
    struct row ip = of_numbers(AF_PACKET, 0x0800, 2), other = of_numbers(AF_PACKET, 0x1234, 0);
    struct row vsock = of_numbers(AF_VSOCK, 3, 1024), any = of_numbers(AF_VSOCK, UINT32_MAX, 5);
    char text[ROW_END_BYTES];

    (void)state;
    assert_string_equal(row_local(NULL, &kernel, text), "rtnl:kernel");
    assert_string_equal(row_peer(NULL, &kernel, text), "*");
    assert_string_equal(row_local(NULL, &user, text), "tcpdiag:4242");
    user.peer = (struct addr){.family = AF_NETLINK, .number = {3, 0}};
    assert_string_equal(row_peer(NULL, &user, text), "3:0");
    assert_string_equal(row_local(NULL, &strange, text), "77:1");
    assert_string_equal(row_local(NULL, &every, text), "*:*");
    assert_string_equal(row_peer(NULL, &every, text), "*");
    ip.interface = 2;
    assert_string_equal(row_local(NULL, &ip, text), "ip:if2");
    assert_string_equal(row_local(NULL, &other, text), "[4660]:*");
    vsock.peer = any.local;
    assert_string_equal(row_local(NULL, &vsock, text), "3:1024");
    assert_string_equal(row_peer(NULL, &vsock, text), "*:5");
}

static void owners_are_found_by_inode(void **state)
{
    struct snapshot *s = mem_new(1, sizeof(*s));

    (void)state;
    assert_null(snapshot_owner(s, 5));
    assert_null(snapshot_owner(NULL, 5));
    for (uint32_t i = 0; i < 100; i++) {
        an_owner(&s->owned, 10 + i * 3, OWNER_KNOWN);
        a_holder(&s->owned, (int32_t)i, 5, "worker");
    }
    for (uint32_t i = 0; i < 100; i++)
        assert_int_equal(owner_process(&s->owned, snapshot_owner(s, 10 + i * 3), 0)->pid, i);
    assert_null(snapshot_owner(s, 9));
    assert_null(snapshot_owner(s, 11));
    assert_null(snapshot_owner(s, UINT32_MAX));
    s->rows = mem_new(3, sizeof(*s->rows));
    snapshot_free(s);
    snapshot_free(NULL);
}

static void details_are_as_long_as_they_are_known(void **state)
{
    struct socket_detail detail = {.known = DETAIL_INFO | DETAIL_TOS, .tos = 16};
    struct row none = {0}, rows[100] = {{0}};
    struct snapshot *s = snapshot_of(&none, 1);

    (void)state;
    assert_null(row_detail(s, &none));
    assert_null(row_detail(NULL, &rows[0]));
    for (uint32_t i = 0; i < 100; i++) {
        detail.info_bytes = i;
        memset(detail.info, (int)i, i);
        snapshot_attach(s, &rows[i], &detail);
    }
    assert_true(s->details_bytes < 100 * (sizeof(detail) - DETAIL_INFO_BYTES + 60));
    for (uint32_t i = 0; i < 100; i++) {
        const struct socket_detail *kept = row_detail(s, &rows[i]);

        assert_int_equal(kept->known, DETAIL_INFO | DETAIL_TOS);
        assert_int_equal(kept->tos, 16);
        assert_int_equal(kept->info_bytes, i);
        for (uint32_t at = 0; at < i; at++)
            assert_int_equal(kept->info[at], i);
    }
    snapshot_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_small),
        cmocka_unit_test(states_have_the_kernels_names),
        cmocka_unit_test(states_are_parsed_in_every_spelling),
        cmocka_unit_test(timers_have_the_words_of_ss),
        cmocka_unit_test(kinds_have_the_words_of_ss),
        cmocka_unit_test(addresses_look_as_in_ss),
        cmocka_unit_test(bound_sockets_tell_their_interface),
        cmocka_unit_test(unix_names_stand_before_inodes),
        cmocka_unit_test(other_families_have_the_words_of_ss),
        cmocka_unit_test(owners_are_found_by_inode),
        cmocka_unit_test(details_are_as_long_as_they_are_known),
    };

    return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
