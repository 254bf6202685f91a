/* The table of columns: what each says of rows that are known, half known and not known. */
#include "core/model/column.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/model/tcp_info.h"
#include "tests/unit/owned.h"

static struct addr address(const char *ip, uint16_t port)
{
    uint8_t bytes[16];
    int family = strchr(ip, ':') ? AF_INET6 : AF_INET;

    assert_int_equal(inet_pton(family, ip, bytes), 1);
    return addr_make(family, bytes, port);
}

static struct row a_row(void)
{
    return (struct row){.kind = KIND_TCP,
                        .state = STATE_ESTABLISHED,
                        .inode = 77,
                        .uid = 0,
                        .local = address("10.0.0.1", 443),
                        .peer = address("10.0.0.2", 40000)};
}

/* The column's text of a row with these details; NULL: none were asked for. */
static const char *text_of(const char *column, struct row row, const struct socket_detail *d)
{
    static struct value value;
    struct snapshot s = {0};

    if (d)
        snapshot_attach(&s, &row, d);
    assert_non_null(column_find(column));
    column_text(column_find(column), &s, &row, &value);
    free(s.details);
    return value.text;
}

/* Why it is unknown ("?...") or none ("-..."). */
static const char *why_of(const char *column, struct row row, const struct socket_detail *d)
{
    static char text[200];
    struct value value;
    struct snapshot s = {0};

    if (d)
        snapshot_attach(&s, &row, d);
    column_value(column_find(column), &s, &row, &value);
    free(s.details);
    assert_true(value.kind == VALUE_UNKNOWN || value.kind == VALUE_NONE);
    snprintf(text, sizeof(text), "%c %s", value.kind == VALUE_UNKNOWN ? '?' : '-',
             value.why ? value.why : "");
    return text;
}

#define PLACE(name, member)                                                                    \
    assert_int_equal(tcp_info_field(TCP_INFO_##name)->place,                                   \
                     offsetof(struct tcp_info, tcpi_##member));                                \
    assert_int_equal(tcp_info_field(TCP_INFO_##name)->bytes,                                   \
                     sizeof(((struct tcp_info *)NULL)->tcpi_##member))

static void fields_lie_where_the_kernel_puts_them(void **state)
{
    (void)state;
    PLACE(ca_state, ca_state);
    PLACE(timeouts, retransmits);
    PLACE(probes, probes);
    PLACE(backoff, backoff);
    assert_int_equal(TCP_INFO_OPTIONS_AT, offsetof(struct tcp_info, tcpi_options));
    PLACE(rto, rto);
    PLACE(ato, ato);
    PLACE(snd_mss, snd_mss);
    PLACE(rcv_mss, rcv_mss);
    PLACE(unacked, unacked);
    PLACE(sacked, sacked);
    PLACE(lost, lost);
    PLACE(retrans, retrans);
    PLACE(fackets, fackets);
    PLACE(last_data_sent, last_data_sent);
    PLACE(last_ack_sent, last_ack_sent);
    PLACE(last_data_recv, last_data_recv);
    PLACE(last_ack_recv, last_ack_recv);
    PLACE(pmtu, pmtu);
    PLACE(rcv_ssthresh, rcv_ssthresh);
    PLACE(rtt, rtt);
    PLACE(rttvar, rttvar);
    PLACE(snd_ssthresh, snd_ssthresh);
    PLACE(snd_cwnd, snd_cwnd);
    PLACE(advmss, advmss);
    PLACE(reordering, reordering);
    PLACE(rcv_rtt, rcv_rtt);
    PLACE(rcv_space, rcv_space);
    PLACE(total_retrans, total_retrans);
    PLACE(pacing_rate, pacing_rate);
    PLACE(max_pacing_rate, max_pacing_rate);
    PLACE(bytes_acked, bytes_acked);
    PLACE(bytes_received, bytes_received);
    PLACE(segs_out, segs_out);
    PLACE(segs_in, segs_in);
    PLACE(notsent_bytes, notsent_bytes);
    PLACE(min_rtt, min_rtt);
    PLACE(data_segs_in, data_segs_in);
    PLACE(data_segs_out, data_segs_out);
    PLACE(delivery_rate, delivery_rate);
    PLACE(busy_time, busy_time);
    PLACE(rwnd_limited, rwnd_limited);
    PLACE(sndbuf_limited, sndbuf_limited);
    PLACE(delivered, delivered);
    PLACE(delivered_ce, delivered_ce);
    PLACE(bytes_sent, bytes_sent);
    PLACE(bytes_retrans, bytes_retrans);
    PLACE(dsack_dups, dsack_dups);
    PLACE(reord_seen, reord_seen);
    PLACE(rcv_ooopack, rcv_ooopack);
    PLACE(snd_wnd, snd_wnd);
}

/* Scripts, filters and --sort take names; help shows meanings. */
static void names_are_words_and_meanings_are_sentences(void **state)
{
    (void)state;
    assert_true(column_count() > 100);
    for (size_t i = 0; i < column_count(); i++) {
        const struct column *c = column_at(i);

        assert_ptr_equal(column_find(c->name), c); /* no two of a name, no alias in its way */
        assert_true(strlen(c->name) <= 20);
        for (const char *p = c->name; *p; p++)
            assert_true(islower((unsigned char)*p) || isdigit((unsigned char)*p) || *p == '_');
        assert_true(strlen(c->title) > 1);
        assert_true(strlen(c->meaning) > 10 && c->meaning[strlen(c->meaning) - 1] == '.');
    }
    assert_null(column_at(column_count()));
    assert_null(column_find("nonsense"));
    assert_null(column_find(""));
}

static void other_tools_words_find_columns(void **state)
{
    (void)state;
    assert_string_equal(column_find("cwnd")->name, "snd_cwnd");
    assert_string_equal(column_find("ssthresh")->name, "snd_ssthresh");
    assert_string_equal(column_find("mss")->name, "snd_mss");
    assert_string_equal(column_find("port")->name, "local_port");
}

/* Every column of every kind in every state, with full, short and no details. */
static void every_column_says_something_printable_of_any_row(void **state)
{
    struct socket_detail full = {.known = DETAIL_EVERYTHING, .info_bytes = 280}, cut = full;
    struct value *value = malloc(sizeof(*value));

    (void)state;
    memset(full.info, 0xa5, sizeof(full.info));
    cut.info_bytes = 70; /* in the middle of rtt */
    for (int kind = 0; kind < KIND_COUNT; kind++)
        for (int st = 0; st < STATE_COUNT; st++)
            for (int with = 0; with < 3; with++) {
                struct snapshot s = {0};
                struct row row = a_row();

                row.kind = (uint8_t)kind;
                row.state = (uint8_t)st;
                row.timer = (uint8_t)(st % 7);
                row.interface = (uint32_t)st;
                if (with)
                    snapshot_attach(&s, &row, with == 1 ? &full : &cut);
                for (size_t i = 0; i < column_count(); i++) {
                    size_t len;

                    memset(value, 0xff, sizeof(*value));
                    len = column_text(column_at(i), &s, &row, value);
                    assert_true(len > 0 && len < sizeof(value->text));
                    assert_int_equal(strlen(value->text), len);
                }
                free(s.details);
            }
    free(value);
}

static void a_short_tcp_info_leaves_later_fields_unknown(void **state)
{
    struct socket_detail d = {.known = DETAIL_INFO, .info_bytes = 72};
    uint32_t rtt = 12345;

    (void)state;
    memcpy(d.info + 68, &rtt, sizeof(rtt));
    assert_string_equal(text_of("rtt", a_row(), &d), "12345");
    assert_string_equal(why_of("rttvar", a_row(), &d), "? this kernel does not tell");
    assert_string_equal(why_of("snd_wnd", a_row(), &d), "? this kernel does not tell");
    d.info_bytes = 71;
    assert_string_equal(why_of("rtt", a_row(), &d), "? this kernel does not tell");
    d.info_bytes = 5;
    assert_string_equal(why_of("options", a_row(), &d), "? this kernel does not tell");
}

static struct socket_detail tcp_detail(const struct tcp_info *info)
{
    struct socket_detail d = {.known = DETAIL_INFO, .info_bytes = sizeof(*info)};

    memcpy(d.info, info, sizeof(*info));
    return d;
}

static void figures_of_tcp_carry_their_sense(void **state)
{
    struct tcp_info info = {.tcpi_options = TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK |
                                            TCPI_OPT_WSCALE | TCPI_OPT_ECN,
                            .tcpi_snd_wscale = 7,
                            .tcpi_rcv_wscale = 9,
                            .tcpi_delivery_rate_app_limited = 1,
                            .tcpi_ca_state = 3,
                            .tcpi_snd_ssthresh = 0x7fffffff,
                            .tcpi_rtt = 2000,
                            .tcpi_snd_cwnd = 10,
                            .tcpi_snd_mss = 1448,
                            .tcpi_max_pacing_rate = UINT64_MAX,
                            .tcpi_busy_time = 1000,
                            .tcpi_rwnd_limited = 930,
                            .tcpi_sndbuf_limited = 20,
                            .tcpi_last_data_sent = 4000,
                            .tcpi_last_data_recv = 5000};
    struct socket_detail d = tcp_detail(&info);
    struct row row = a_row();

    (void)state;
    assert_string_equal(text_of("options", row, &d), "ts sack wscale ecn");
    assert_string_equal(text_of("snd_wscale", row, &d), "7");
    assert_string_equal(text_of("rcv_wscale", row, &d), "9");
    assert_string_equal(text_of("app_limited", row, &d), "yes");
    assert_string_equal(text_of("ca_state", row, &d), "recovery");
    assert_string_equal(why_of("snd_ssthresh", row, &d), "- not set");
    assert_string_equal(why_of("min_rtt", row, &d), "- not measured yet");
    assert_string_equal(why_of("max_pacing_rate", row, &d), "- no limit");
    assert_string_equal(why_of("delivery_rate", row, &d), "- not measured yet");
    assert_string_equal(why_of("last_ack_sent", row, &d), "? the kernel does not remember it");
    assert_string_equal(text_of("send", row, &d), "7240000");
    assert_string_equal(text_of("limited", row, &d), "rwnd 93 %, sndbuf 2 %");
    assert_string_equal(text_of("rwnd_share", row, &d), "93");
    assert_string_equal(text_of("idle", row, &d), "4000");
    assert_string_equal(text_of("age", row, &d), "4000");
    info.tcpi_data_segs_out = 1;
    info.tcpi_rwnd_limited = info.tcpi_sndbuf_limited = 0;
    info.tcpi_options = 0;
    d = tcp_detail(&info);
    assert_string_equal(text_of("age", row, &d), "?");
    assert_string_equal(why_of("limited", row, &d), "- it is not limited");
    assert_string_equal(why_of("options", row, &d), "- none was agreed on");
    assert_string_equal(why_of("snd_wscale", row, &d), "- window scaling was not agreed on");
    row.state = STATE_SYN_SENT;
    assert_string_equal(why_of("last_data_recv", row, &d), "- it is not connected yet");
    assert_string_equal(why_of("idle", row, &d), "- it is not connected yet");
    row.state = STATE_LISTEN;
    assert_string_equal(why_of("rtt", row, &d), "- a listener has none");
    assert_string_equal(text_of("snd_cwnd", row, &d), "10");
    row.kind = KIND_UDP;
    assert_string_equal(why_of("rtt", row, &d), "- of TCP only");
}

static void unknown_says_why(void **state)
{
    struct socket_detail d = {.known = DETAIL_MEMINFO};
    struct row row = a_row();

    (void)state;
    assert_string_equal(why_of("rcvbuf", row, NULL), "? not asked for");
    assert_string_equal(text_of("rcvbuf", row, &d), "0");
    assert_string_equal(why_of("mark", row, &d), "? needs CAP_NET_ADMIN");
    assert_string_equal(why_of("congestion", row, &d), "? the kernel did not say");
    assert_string_equal(why_of("ulp", row, &d), "- none is attached");
    assert_string_equal(why_of("groups", row, &d), "- of netlink and packets only");
    assert_string_equal(why_of("owners", row, NULL), "? ");
    row.inode = 0;
    assert_string_equal(why_of("owners", row, NULL), "- not accepted yet");
    assert_string_equal(why_of("uid", row, NULL), "? no process holds it");
    row.state = STATE_TIME_WAIT;
    assert_string_equal(why_of("pid", row, NULL), "- TIME_WAIT has no process");
    assert_string_equal(why_of("rtt", row, NULL), "- TIME_WAIT keeps no such thing");
    row.rqueue = QUEUE_UNKNOWN;
    assert_string_equal(why_of("recvq", row, NULL),
                        "? the kernel does not tell it of this kind");
    assert_string_equal(why_of("accept_used", row, NULL), "- it does not listen");
    row.state = STATE_LISTEN;
    row.rqueue = 3;
    row.wqueue = 128;
    assert_string_equal(text_of("accept_used", row, NULL), "3");
    assert_string_equal(text_of("accept_limit", row, NULL), "128");
}

static void all_holders_are_named_as_far_as_they_fit(void **state)
{
    struct snapshot s = {0};
    struct row row = a_row();
    struct value value;

    (void)state;
    an_owner(&s.owned, 77, OWNER_KNOWN);
    a_holder(&s.owned, 812, 3, "python3");
    s.owned.holders = mem_resize(s.owned.holders, 2, sizeof(*s.owned.holders));
    s.owned.holders[s.owned.n_holders++] = (struct holder){.process = 0, .fd = 4};
    s.owned.owners[0].n++;
    a_holder(&s.owned, 90, 6, "");
    column_text(column_find("owners"), &s, &row, &value);
    assert_string_equal(value.text, "python3 (812) fd 3 fd 4, ? (90) fd 6");
    column_text(column_find("holders"), &s, &row, &value);
    assert_string_equal(value.text, "2");
    column_text(column_find("command"), &s, &row, &value);
    assert_string_equal(value.text, "? (not known of this process)");
    for (int i = 0; i < 100; i++)
        a_holder(&s.owned, 1000 + i, 1, "a-worker");
    column_text(column_find("owners"), &s, &row, &value);
    assert_non_null(strstr(value.text, " fd 1 and "));
    assert_string_equal(value.text + strlen(value.text) - 5, " more");
    ownership_done(&s.owned);
}

/* ---- order ---- */

#define N_ROWS 5000

/* xorshift: the same rows in every run. */
static uint32_t next(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static struct snapshot many_rows(void)
{
    static const char *const ips[] = {"10.0.0.1", "9.255.0.3", "::1", "fe80::1",
                                      "::ffff:10.0.0.2"};
    struct snapshot s = {.rows = calloc(N_ROWS, sizeof(struct row)), .n_rows = N_ROWS};
    uint32_t seed = 4242;

    for (uint32_t i = 0; i < N_ROWS; i++) {
        struct row *row = &s.rows[i];
        char name[40];

        *row = a_row();
        row->cookie = i + 1;
        row->inode = next(&seed) % 100;
        row->rqueue = next(&seed) % 10;
        row->state = (uint8_t)(1 + next(&seed) % 11);
        row->timer = next(&seed) % 3 ? TIMER_ON : TIMER_OFF;
        row->timer_ms = next(&seed) % 100000;
        row->local = address(ips[next(&seed) % 5], (uint16_t)(next(&seed) % 3000));
        row->peer = address(ips[next(&seed) % 5], (uint16_t)next(&seed));
        if (next(&seed) % 4)
            continue;
        row->kind = KIND_UNIX_STREAM;
        row->local = row->peer = (struct addr){.family = AF_UNIX, .number = {i}};
        snprintf(name, sizeof(name), "/run/name/%c%u", 'a' + (int)(next(&seed) % 20), i % 7);
        row->name = texts_add(&s.names, name, strlen(name));
    }
    return s;
}

static void free_rows(struct snapshot *s)
{
    free(s->rows);
    texts_done(&s->names);
}

/* That b may follow a, both as columns give them. */
static bool in_order(const struct value *a, const struct value *b, bool descending)
{
    bool says_a = a->kind != VALUE_UNKNOWN && a->kind != VALUE_NONE;
    bool says_b = b->kind != VALUE_UNKNOWN && b->kind != VALUE_NONE;

    if (says_a != says_b)
        return says_a;
    if (!says_a)
        return a->kind == b->kind || a->kind == VALUE_NONE;
    if (a->kind == VALUE_TEXT)
        return descending ? strcmp(a->text, b->text) >= 0 : strcmp(a->text, b->text) <= 0;
    return descending ? a->number >= b->number : a->number <= b->number;
}

static void expect_order(const char *sort, const char *seen)
{
    const struct column *c = column_find(seen);

    for (int descending = 0; descending < 2; descending++) {
        struct snapshot s = many_rows();
        struct value a, b;

        rows_order(&s, 0, s.n_rows, column_find(sort), descending);
        for (size_t i = 1; i < s.n_rows; i++) {
            column_value(c, &s, &s.rows[i - 1], &a);
            column_value(c, &s, &s.rows[i], &b);
            assert_true(in_order(&a, &b, descending));
        }
        free_rows(&s);
    }
}

static void rows_sort_by_any_column(void **state)
{
    (void)state;
    expect_order("recvq", "recvq");
    expect_order("inode", "inode");
    expect_order("netid", "netid");
    expect_order("peer_port", "peer_port");
    expect_order("local_address", "local_address");
    expect_order("timer", "timer_ms");
    expect_order("rtt", "rtt");
}

/* Longer than what a number holds, and told apart only at their end. */
static void texts_are_compared_whole(void **state)
{
    static const char *const names[] = {"/run/name/b", "/run/nam", "/run/name/a", "/run/name",
                                        "/"};
    static const char *const sorted[] = {"/ 1", "/run/nam 1", "/run/name 1", "/run/name/a 1",
                                         "/run/name/b 1"};
    struct row rows[5];
    struct snapshot s = {.rows = rows, .n_rows = 5};
    char text[ROW_END_BYTES];

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        rows[i] = (struct row){.kind = KIND_UNIX_STREAM, .state = STATE_LISTEN, .cookie = i};
        rows[i].local = rows[i].peer = (struct addr){.family = AF_UNIX, .number = {1}};
        rows[i].name = texts_add(&s.names, names[i], strlen(names[i]));
    }
    rows_order(&s, 0, 5, column_find("local"), false);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(row_local(&s, &rows[i], text), sorted[i]);
    rows_order(&s, 0, 5, column_find("local"), true);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(row_local(&s, &rows[i], text), sorted[4 - i]);
    texts_done(&s.names);
}

static void addresses_sort_by_number(void **state)
{
    static const char *const sorted[] = {"9.255.0.3",       "10.0.0.1", "10.0.0.2",
                                         "::ffff:10.0.0.9", "::1",      "2001:db8:0:1::1",
                                         "2001:db8:0:1::2"};
    struct row rows[7];
    struct snapshot s = {.rows = rows, .n_rows = 7};

    (void)state;
    for (size_t i = 0; i < 7; i++) {
        rows[i] = a_row();
        rows[i].local = address(sorted[(i * 3 + 2) % 7], 80);
    }
    rows_order(&s, 0, 7, column_find("local"), false);
    for (size_t i = 0; i < 7; i++) {
        struct addr expected = address(sorted[i], 80);

        assert_true(addr_equal(&rows[i].local, &expected));
    }
    rows[3].local = address("9.255.0.3", 22);
    rows_order(&s, 0, 7, column_find("local"), false);
    assert_int_equal(rows[0].local.port, 22);
}

/* Whatever came first, the same rows give the same order. */
static void the_order_does_not_depend_on_the_order_before(void **state)
{
    struct snapshot a = many_rows(), b = many_rows();

    (void)state;
    for (size_t i = 0; i < N_ROWS / 2; i++) {
        struct row row = b.rows[i];

        b.rows[i] = b.rows[N_ROWS - 1 - i];
        b.rows[N_ROWS - 1 - i] = row;
    }
    rows_order(&a, 0, N_ROWS, NULL, false);
    rows_order(&b, 0, N_ROWS, NULL, false);
    assert_int_equal(a.rows[0].state, STATE_LISTEN);
    for (size_t i = 0; i < N_ROWS; i++)
        assert_int_equal(a.rows[i].cookie, b.rows[i].cookie);
    free_rows(&a);
    free_rows(&b);
}

/* Half of a connection must not stand behind everything that never has one. */
static void what_is_not_connected_comes_last(void **state)
{
    struct row rows[4];
    struct snapshot s = {.rows = rows, .n_rows = 4};

    (void)state;
    for (size_t i = 0; i < 4; i++)
        rows[i] = a_row();
    rows[0].state = STATE_CLOSE;
    rows[1].state = STATE_CLOSE_WAIT;
    rows[2].state = STATE_ESTABLISHED;
    rows[3].state = STATE_LISTEN;
    rows_order(&s, 0, 4, NULL, false);
    assert_int_equal(rows[0].state, STATE_LISTEN);
    assert_int_equal(rows[1].state, STATE_ESTABLISHED);
    assert_int_equal(rows[2].state, STATE_CLOSE_WAIT);
    assert_int_equal(rows[3].state, STATE_CLOSE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_lie_where_the_kernel_puts_them),
        cmocka_unit_test(names_are_words_and_meanings_are_sentences),
        cmocka_unit_test(other_tools_words_find_columns),
        cmocka_unit_test(every_column_says_something_printable_of_any_row),
        cmocka_unit_test(a_short_tcp_info_leaves_later_fields_unknown),
        cmocka_unit_test(figures_of_tcp_carry_their_sense),
        cmocka_unit_test(unknown_says_why),
        cmocka_unit_test(all_holders_are_named_as_far_as_they_fit),
        cmocka_unit_test(rows_sort_by_any_column),
        cmocka_unit_test(what_is_not_connected_comes_last),
        cmocka_unit_test(texts_are_compared_whole),
        cmocka_unit_test(addresses_sort_by_number),
        cmocka_unit_test(the_order_does_not_depend_on_the_order_before),
    };

    return cmocka_run_group_tests_name("column", tests, NULL, NULL);
}
