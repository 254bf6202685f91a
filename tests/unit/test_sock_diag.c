/* The parsers of NETLINK_SOCK_DIAG on messages made by hand.  Every message lies in an
 * allocation of exactly its size, so that AddressSanitizer sees a read behind it. */
#include "probes/sock_diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/mem.h"

struct draft {
    uint8_t bytes[1024];
    size_t len;
};

static struct draft draft_of(const struct inet_diag_msg *m)
{
    struct draft d = {.len = NLMSG_HDRLEN + sizeof(*m)};

    memcpy(d.bytes + NLMSG_HDRLEN, m, sizeof(*m));
    return d;
}

static struct draft established(void)
{
    struct inet_diag_msg m = {.idiag_family = AF_INET,
                              .idiag_state = STATE_ESTABLISHED,
                              .idiag_timer = TIMER_PERSIST,
                              .idiag_retrans = 3,
                              .id = {.idiag_sport = htons(65432),
                                     .idiag_dport = htons(51826),
                                     .idiag_src = {htonl(0x7f000001)},
                                     .idiag_dst = {htonl(0x7f000002)},
                                     .idiag_cookie = {0x11111111, 0x2}},
                              .idiag_expires = 1400,
                              .idiag_rqueue = 128512,
                              .idiag_wqueue = 4163072,
                              .idiag_uid = 1000,
                              .idiag_inode = 4242};

    return draft_of(&m);
}

static struct draft listening_v6(const char *ip)
{
    struct inet_diag_msg m = {.idiag_family = AF_INET6,
                              .idiag_state = STATE_LISTEN,
                              .id = {.idiag_sport = htons(80), .idiag_if = 7},
                              .idiag_rqueue = 2,
                              .idiag_wqueue = 128};

    assert_int_equal(inet_pton(AF_INET6, ip, m.id.idiag_src), 1);
    return draft_of(&m);
}

/* nla_len as told, whatever really is there. */
static void attach(struct draft *d, uint16_t type, uint16_t told, const void *data, size_t len)
{
    struct nlattr header = {.nla_len = told, .nla_type = type};

    assert_true(d->len + sizeof(header) + len + 4 <= sizeof(d->bytes));
    memcpy(d->bytes + d->len, &header, sizeof(header));
    if (len)
        memcpy(d->bytes + d->len + sizeof(header), data, len);
    d->len += (sizeof(header) + len + 3) & ~(size_t)3;
}

static void attach_whole(struct draft *d, uint16_t type, const void *data, size_t len)
{
    attach(d, type, (uint16_t)(sizeof(struct nlattr) + len), data, len);
}

static struct nlmsghdr *message_of(const struct draft *d, size_t len)
{
    struct nlmsghdr header = {.nlmsg_len = (uint32_t)len, .nlmsg_type = SOCK_DIAG_BY_FAMILY};
    uint8_t *bytes = malloc(len);

    assert_non_null(bytes);
    assert_true(len >= sizeof(header));
    memcpy(bytes, d->bytes, len);
    memcpy(bytes, &header, sizeof(header));
    return (struct nlmsghdr *)(void *)bytes;
}

static int parse_row(const struct draft *d, size_t len, struct row *ret)
{
    struct nlmsghdr *message = message_of(d, len);
    int rc = sock_diag_parse_row(message, ret);

    free(message);
    return rc;
}

static int parse_detail(const struct draft *d, size_t len, struct socket_detail *ret)
{
    struct nlmsghdr *message = message_of(d, len);
    int rc = sock_diag_parse_portrait(message, ret);

    free(message);
    return rc;
}

static void row_has_every_field(void **state)
{
    struct draft d = established();
    char text[ADDR_TEXT_BYTES];
    struct row row;

    (void)state;
    assert_int_equal(parse_row(&d, d.len, &row), 0);
    assert_int_equal(row.cookie, 0x211111111);
    assert_string_equal(addr_format(&row.local, text), "127.0.0.1:65432");
    assert_string_equal(addr_format(&row.peer, text), "127.0.0.2:51826");
    assert_int_equal(row.rqueue, 128512);
    assert_int_equal(row.wqueue, 4163072);
    assert_int_equal(row.uid, 1000);
    assert_int_equal(row.inode, 4242);
    assert_int_equal(row.state, STATE_ESTABLISHED);
    assert_int_equal(row.timer, TIMER_PERSIST);
    assert_int_equal(row.timer_ms, 1400);
    assert_int_equal(row.retransmits, 3);
    assert_false(row.v6only);
}

static void time_wait_has_no_inode(void **state)
{
    struct inet_diag_msg m = {.idiag_family = AF_INET,
                              .idiag_state = STATE_TIME_WAIT,
                              .idiag_timer = TIMER_TIMEWAIT,
                              .idiag_expires = 59000};
    struct draft d = draft_of(&m);
    struct row row;

    (void)state;
    assert_int_equal(parse_row(&d, d.len, &row), 0);
    assert_int_equal(row.inode, 0);
    assert_int_equal(row.timer, TIMER_TIMEWAIT);
    assert_int_equal(row.timer_ms, 59000);
}

static void timer_that_is_off_has_no_time(void **state)
{
    struct inet_diag_msg m = {
        .idiag_family = AF_INET, .idiag_state = STATE_ESTABLISHED, .idiag_expires = 77};
    struct draft d = draft_of(&m);
    struct row row;

    (void)state;
    assert_int_equal(parse_row(&d, d.len, &row), 0);
    assert_int_equal(row.timer_ms, 0);
}

static void only_link_local_addresses_have_a_scope(void **state)
{
    struct draft local = listening_v6("fe80::1"), global = listening_v6("2001:db8::1");
    struct row row;

    (void)state;
    assert_int_equal(parse_row(&local, local.len, &row), 0);
    assert_int_equal(row.local.scope, 7);
    assert_int_equal(row.peer.scope, 0);
    assert_int_equal(parse_row(&global, global.len, &row), 0);
    assert_int_equal(row.local.scope, 0);
}

static void v6only_comes_from_its_attribute(void **state)
{
    struct draft d = listening_v6("::");
    struct row row;
    uint8_t one = 1;

    (void)state;
    assert_int_equal(parse_row(&d, d.len, &row), 0);
    assert_false(row.v6only);
    attach_whole(&d, INET_DIAG_SKV6ONLY, &one, 1);
    assert_int_equal(parse_row(&d, d.len, &row), 0);
    assert_true(row.v6only);
}

static void attribute_flags_are_not_its_type(void **state)
{
    struct draft d = listening_v6("::");
    struct row row;
    uint8_t one = 1;

    (void)state;
    attach_whole(&d, INET_DIAG_SKV6ONLY | NLA_F_NESTED | NLA_F_NET_BYTEORDER, &one, 1);
    assert_int_equal(parse_row(&d, d.len, &row), 0);
    assert_true(row.v6only);
}

static void last_attribute_may_lack_its_padding(void **state)
{
    struct draft d = listening_v6("::");
    struct row row;
    uint8_t one = 1;

    (void)state;
    attach_whole(&d, INET_DIAG_SKV6ONLY, &one, 1);
    assert_int_equal(parse_row(&d, d.len - 3, &row), 0);
    assert_true(row.v6only);
}

static struct draft with_details(void)
{
    struct draft d = established();
    const uint32_t memory[SK_MEMINFO_VARS] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct tcp_info info = {.tcpi_state = 1, .tcpi_rtt = 25, .tcpi_snd_cwnd = 10};

    attach_whole(&d, INET_DIAG_SKMEMINFO, memory, sizeof(memory));
    attach_whole(&d, INET_DIAG_INFO, &info, sizeof(info));
    attach_whole(&d, INET_DIAG_CONG, "cubic", 6);
    return d;
}

static void detail_has_every_extension(void **state)
{
    struct draft d = with_details();
    struct socket_detail detail;
    struct tcp_info info;

    (void)state;
    assert_int_equal(parse_detail(&d, d.len, &detail), 0);
    assert_int_equal(detail.row.inode, 4242);
    assert_false(detail.gone);
    assert_true(detail.has_meminfo);
    assert_int_equal(detail.rmem_alloc, 1);
    assert_int_equal(detail.rcvbuf, 2);
    assert_int_equal(detail.wmem_alloc, 3);
    assert_int_equal(detail.sndbuf, 4);
    assert_int_equal(detail.fwd_alloc, 5);
    assert_int_equal(detail.wmem_queued, 6);
    assert_int_equal(detail.optmem, 7);
    assert_int_equal(detail.backlog, 8);
    assert_int_equal(detail.drops, 9);
    assert_string_equal(detail.congestion, "cubic");
    assert_int_equal(detail.info_bytes, sizeof(info));
    memcpy(&info, detail.info, sizeof(info));
    assert_int_equal(info.tcpi_rtt, 25);
}

static void extensions_that_did_not_come_are_unknown(void **state)
{
    struct draft d = established();
    struct socket_detail detail;

    (void)state;
    assert_int_equal(parse_detail(&d, d.len, &detail), 0);
    assert_false(detail.has_meminfo);
    assert_int_equal(detail.info_bytes, 0);
    assert_string_equal(detail.congestion, "");
}

static void short_tcp_info_tells_its_length(void **state)
{
    struct draft d = established();
    struct socket_detail detail;
    uint8_t old[104];

    (void)state;
    memset(old, 0xff, sizeof(old));
    attach_whole(&d, INET_DIAG_INFO, old, sizeof(old));
    assert_int_equal(parse_detail(&d, d.len, &detail), 0);
    assert_int_equal(detail.info_bytes, sizeof(old));
    assert_memory_equal(detail.info, old, sizeof(old));
    for (size_t i = sizeof(old); i < sizeof(detail.info); i++)
        assert_int_equal(detail.info[i], 0);
}

static void longer_tcp_info_is_cut_to_what_we_keep(void **state)
{
    struct draft d = established();
    struct socket_detail detail;
    uint8_t newer[600];

    (void)state;
    memset(newer, 0xab, sizeof(newer));
    attach_whole(&d, INET_DIAG_INFO, newer, sizeof(newer));
    assert_int_equal(parse_detail(&d, d.len, &detail), 0);
    assert_int_equal(detail.info_bytes, sizeof(detail.info));
    assert_int_equal(detail.info[sizeof(detail.info) - 1], 0xab);
}

static void short_meminfo_is_unknown_not_zero(void **state)
{
    struct draft d = established();
    const uint32_t memory[SK_MEMINFO_VARS - 1] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct socket_detail detail;

    (void)state;
    attach_whole(&d, INET_DIAG_SKMEMINFO, memory, sizeof(memory));
    assert_int_equal(parse_detail(&d, d.len, &detail), 0);
    assert_false(detail.has_meminfo);
}

static void name_of_the_algorithm_is_cleaned_and_cut(void **state)
{
    struct draft d = established();
    struct socket_detail detail;

    (void)state;
    attach_whole(&d, INET_DIAG_CONG, "\033[2Jabcdefghijklmnopqrstuvw", 26);
    assert_int_equal(parse_detail(&d, d.len, &detail), 0);
    assert_string_equal(detail.congestion, "\\x1b[2Jabcdefgh");
}

/* A cut between two attributes cannot be told from a message without the second; every other
 * cut must be refused. */
static void every_cut_is_refused_or_whole(void **state)
{
    struct draft d = with_details();
    struct socket_detail untouched, detail;
    size_t whole = 0;

    (void)state;
    memset(&untouched, 0x5a, sizeof(untouched));
    for (size_t len = NLMSG_HDRLEN; len < d.len; len++) {
        int rc;

        memset(&detail, 0x5a, sizeof(detail));
        rc = parse_detail(&d, len, &detail);
        if (rc == 0) {
            whole++;
            continue;
        }
        assert_int_equal(rc, -EBADMSG);
        assert_memory_equal(&detail, &untouched, sizeof(detail));
    }
    /* No attribute; one; two; and the last one with no or one byte of its two of padding. */
    assert_int_equal(whole, 5);
}

static void lengths_that_lie_are_refused(void **state)
{
    static const uint16_t lies[] = {0, 1, 3, 9, 12, 0x7fff, 0xffff};

    (void)state;
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        struct draft d = established();
        struct socket_detail detail;
        struct row row;

        attach(&d, INET_DIAG_INFO, lies[i], "abcd", 4);
        assert_int_equal(parse_row(&d, d.len, &row), -EBADMSG);
        assert_int_equal(parse_detail(&d, d.len, &detail), -EBADMSG);
    }
}

/* Attributes inside an attribute are its own business, whatever they tell. */
static void lies_inside_a_nest_do_not_matter(void **state)
{
    struct draft d = established();
    const uint16_t lie[2] = {0xffff, INET_DIAG_CONG};
    struct socket_detail detail;

    (void)state;
    attach_whole(&d, INET_DIAG_ULP_INFO | NLA_F_NESTED, lie, sizeof(lie));
    attach_whole(&d, INET_DIAG_CONG, "reno", 5);
    assert_int_equal(parse_detail(&d, d.len, &detail), 0);
    assert_string_equal(detail.congestion, "reno");
}

static void empty_attributes_say_nothing(void **state)
{
    struct draft d = listening_v6("::");
    struct socket_detail detail;

    (void)state;
    attach_whole(&d, INET_DIAG_SKV6ONLY, "", 0);
    attach_whole(&d, INET_DIAG_INFO, "", 0);
    attach_whole(&d, INET_DIAG_SKMEMINFO, "", 0);
    attach_whole(&d, INET_DIAG_CONG, "", 0);
    assert_int_equal(parse_detail(&d, d.len, &detail), 0);
    assert_false(detail.row.v6only);
    assert_false(detail.has_meminfo);
    assert_int_equal(detail.info_bytes, 0);
    assert_string_equal(detail.congestion, "");
}

static void states_and_families_nobody_knows_are_refused(void **state)
{
    struct inet_diag_msg m = {.idiag_family = AF_UNIX, .idiag_state = STATE_LISTEN};
    struct draft d = draft_of(&m);
    struct row row;

    (void)state;
    assert_int_equal(parse_row(&d, d.len, &row), -EBADMSG);
    m.idiag_family = AF_INET;
    m.idiag_state = 0;
    d = draft_of(&m);
    assert_int_equal(parse_row(&d, d.len, &row), -EBADMSG);
    m.idiag_state = STATE_COUNT;
    d = draft_of(&m);
    assert_int_equal(parse_row(&d, d.len, &row), -EBADMSG);
}

/* Two messages, the second of a told length, in a datagram of `size` bytes. */
static size_t messages_in(uint32_t told, size_t size, size_t *ret_left)
{
    struct nlmsghdr first = {.nlmsg_len = sizeof(first) + 2}, second = {.nlmsg_len = told};
    uint8_t *bytes = mem_new(size, 1);
    const uint8_t *at = bytes;
    size_t n = 0;

    memcpy(bytes, &first, sizeof(first));
    if (size >= 20 + sizeof(second))
        memcpy(bytes + 20, &second, sizeof(second));
    *ret_left = size;
    while (sock_diag_next(&at, ret_left))
        n++;
    free(bytes);
    return n;
}

static void datagram_is_taken_apart(void **state)
{
    size_t left;

    (void)state;
    assert_int_equal(messages_in(16, 36, &left), 2);
    assert_int_equal(left, 0);
    /* The last message may lack its padding. */
    assert_int_equal(messages_in(17, 37, &left), 2);
    assert_int_equal(left, 0);
    assert_int_equal(messages_in(16, 20, &left), 1);
    assert_int_equal(left, 0);
}

static void message_lengths_that_lie_end_the_datagram(void **state)
{
    static const uint32_t lies[] = {0, 15, 17, 0x7fffffff, 0x80000000, 0xabababab, 0xffffffff};
    size_t left;

    (void)state;
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        assert_int_equal(messages_in(lies[i], 36, &left), 1);
        assert_int_equal(left, 16);
    }
    assert_int_equal(messages_in(16, 35, &left), 1);
    assert_int_equal(left, 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(row_has_every_field),
        cmocka_unit_test(time_wait_has_no_inode),
        cmocka_unit_test(timer_that_is_off_has_no_time),
        cmocka_unit_test(only_link_local_addresses_have_a_scope),
        cmocka_unit_test(v6only_comes_from_its_attribute),
        cmocka_unit_test(attribute_flags_are_not_its_type),
        cmocka_unit_test(last_attribute_may_lack_its_padding),
        cmocka_unit_test(detail_has_every_extension),
        cmocka_unit_test(extensions_that_did_not_come_are_unknown),
        cmocka_unit_test(short_tcp_info_tells_its_length),
        cmocka_unit_test(longer_tcp_info_is_cut_to_what_we_keep),
        cmocka_unit_test(short_meminfo_is_unknown_not_zero),
        cmocka_unit_test(name_of_the_algorithm_is_cleaned_and_cut),
        cmocka_unit_test(every_cut_is_refused_or_whole),
        cmocka_unit_test(lengths_that_lie_are_refused),
        cmocka_unit_test(lies_inside_a_nest_do_not_matter),
        cmocka_unit_test(empty_attributes_say_nothing),
        cmocka_unit_test(datagram_is_taken_apart),
        cmocka_unit_test(message_lengths_that_lie_end_the_datagram),
        cmocka_unit_test(states_and_families_nobody_knows_are_refused),
    };

    return cmocka_run_group_tests_name("sock_diag", tests, NULL, NULL);
}
