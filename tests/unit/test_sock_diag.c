/* The parsers of NETLINK_SOCK_DIAG on messages made by hand.  Every message lies in an
 * allocation of exactly its size, so that AddressSanitizer sees a read behind it. */
#include "probes/sock_diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/netlink_diag.h>
#include <linux/packet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <linux/unix_diag.h>
#include <linux/vm_sockets_diag.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

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

static int parse(const struct draft *d, size_t len, uint32_t kinds, uint32_t parts,
                 struct diag_socket *ret)
{
    const struct diag_want want = {
        .kinds = kinds, .family = AF_INET6, .states = UINT32_MAX, .parts = parts};
    struct nlmsghdr *message = message_of(d, len);
    int rc = sock_diag_family(kinds)->parse(message, &want, ret);

    free(message);
    return rc;
}

static int parse_row(const struct draft *d, size_t len, struct row *ret)
{
    struct diag_socket socket = {.name_len = 0};
    int rc = parse(d, len, KIND_BIT(KIND_TCP), 0, &socket);

    *ret = socket.row;
    return rc;
}

static int parse_detail(const struct draft *d, size_t len, struct diag_socket *ret)
{
    return parse(d, len, KIND_BIT(KIND_TCP), DETAIL_EVERYTHING, ret);
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
    struct diag_socket s;
    struct tcp_info info;

    (void)state;
    assert_int_equal(parse_detail(&d, d.len, &s), 0);
    assert_int_equal(s.row.inode, 4242);
    assert_int_equal(s.detail.known, DETAIL_MEMINFO | DETAIL_INFO | DETAIL_CONGESTION);
    assert_int_equal(s.detail.rmem_alloc, 1);
    assert_int_equal(s.detail.rcvbuf, 2);
    assert_int_equal(s.detail.wmem_alloc, 3);
    assert_int_equal(s.detail.sndbuf, 4);
    assert_int_equal(s.detail.fwd_alloc, 5);
    assert_int_equal(s.detail.wmem_queued, 6);
    assert_int_equal(s.detail.optmem, 7);
    assert_int_equal(s.detail.backlog, 8);
    assert_int_equal(s.detail.drops, 9);
    assert_string_equal(s.detail.congestion, "cubic");
    assert_int_equal(s.detail.info_bytes, sizeof(info));
    memcpy(&info, s.detail.info, sizeof(info));
    assert_int_equal(info.tcpi_rtt, 25);
}

static void extensions_that_did_not_come_are_unknown(void **state)
{
    struct draft d = established();
    struct diag_socket s;

    (void)state;
    assert_int_equal(parse_detail(&d, d.len, &s), 0);
    assert_false(s.detail.known & DETAIL_MEMINFO);
    assert_int_equal(s.detail.info_bytes, 0);
    assert_int_equal(s.detail.known, 0);
}

static void short_tcp_info_tells_its_length(void **state)
{
    struct draft d = established();
    struct diag_socket s;
    uint8_t old[104];

    (void)state;
    memset(old, 0xff, sizeof(old));
    attach_whole(&d, INET_DIAG_INFO, old, sizeof(old));
    assert_int_equal(parse_detail(&d, d.len, &s), 0);
    assert_int_equal(s.detail.info_bytes, sizeof(old));
    assert_memory_equal(s.detail.info, old, sizeof(old));
}

static void longer_tcp_info_is_cut_to_what_we_keep(void **state)
{
    struct draft d = established();
    struct diag_socket s;
    uint8_t newer[600];

    (void)state;
    memset(newer, 0xab, sizeof(newer));
    attach_whole(&d, INET_DIAG_INFO, newer, sizeof(newer));
    assert_int_equal(parse_detail(&d, d.len, &s), 0);
    assert_int_equal(s.detail.info_bytes, sizeof(s.detail.info));
    assert_int_equal(s.detail.info[sizeof(s.detail.info) - 1], 0xab);
}

static void short_meminfo_is_unknown_not_zero(void **state)
{
    struct draft d = established();
    const uint32_t memory[SK_MEMINFO_VARS - 1] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct diag_socket s;

    (void)state;
    attach_whole(&d, INET_DIAG_SKMEMINFO, memory, sizeof(memory));
    assert_int_equal(parse_detail(&d, d.len, &s), 0);
    assert_false(s.detail.known & DETAIL_MEMINFO);
}

static void name_of_the_algorithm_is_cleaned_and_cut(void **state)
{
    struct draft d = established();
    struct diag_socket s;

    (void)state;
    attach_whole(&d, INET_DIAG_CONG, "\033[2Jabcdefghijklmnopqrstuvw", 26);
    assert_int_equal(parse_detail(&d, d.len, &s), 0);
    assert_string_equal(s.detail.congestion, "\\x1b[2Jabcdefgh");
}

/* A cut between two attributes cannot be told from a message without the second; every other
 * cut must be refused. */
static void every_cut_is_refused_or_whole(void **state)
{
    struct draft d = with_details();
    size_t whole = 0;

    (void)state;
    for (size_t len = NLMSG_HDRLEN; len < d.len; len++) {
        struct diag_socket s;
        int rc = parse_detail(&d, len, &s);

        if (rc == 0)
            whole++;
        else
            assert_int_equal(rc, -EBADMSG);
    }
    /* No attribute; one; two; and the last one with no or one byte of its two of padding. */
    assert_int_equal(whole, 5);
}

static void lengths_that_lie_are_refused(void **state)
{
    static const uint16_t lies[] = {0, 1, 3, 9, 12, 0x7fff, 0xffff};

    (void)state;
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        struct draft d = established(), v6 = listening_v6("::");
        struct diag_socket s;
        struct row row;

        attach(&d, INET_DIAG_INFO, lies[i], "abcd", 4);
        attach(&v6, INET_DIAG_INFO, lies[i], "abcd", 4);
        assert_int_equal(parse_row(&v6, v6.len, &row), -EBADMSG);
        /* They are not looked at where nothing in them is wanted. */
        assert_int_equal(parse_row(&d, d.len, &row), 0);
        assert_int_equal(parse_detail(&d, d.len, &s), -EBADMSG);
    }
}

/* Attributes inside an attribute are its own business, whatever they tell. */
static void lies_inside_a_nest_do_not_matter(void **state)
{
    struct draft d = established();
    const uint16_t lie[2] = {0xffff, INET_DIAG_CONG};
    struct diag_socket s;

    (void)state;
    attach_whole(&d, INET_DIAG_ULP_INFO | NLA_F_NESTED, lie, sizeof(lie));
    attach_whole(&d, INET_DIAG_CONG, "reno", 5);
    assert_int_equal(parse_detail(&d, d.len, &s), 0);
    assert_string_equal(s.detail.congestion, "reno");
}

static void empty_attributes_say_nothing(void **state)
{
    struct draft d = listening_v6("::");
    struct diag_socket s;

    (void)state;
    attach_whole(&d, INET_DIAG_SKV6ONLY, "", 0);
    attach_whole(&d, INET_DIAG_INFO, "", 0);
    attach_whole(&d, INET_DIAG_SKMEMINFO, "", 0);
    attach_whole(&d, INET_DIAG_CONG, "", 0);
    assert_int_equal(parse_detail(&d, d.len, &s), 0);
    assert_false(s.row.v6only);
    assert_false(s.detail.known & DETAIL_MEMINFO);
    assert_int_equal(s.detail.info_bytes, 0);
    assert_int_equal(s.detail.known, 0);
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
    while (diag_next_message(&at, ret_left))
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

static void every_part_has_its_attribute(void **state)
{
    struct draft d = established();
    const uint32_t mark = 7, class_id = 9;
    const uint64_t cgroup = UINT64_C(0x1122334455667788);
    const uint8_t tos = 0x10, tclass = 0x20, shutdown = 3, md5[200] = {0};
    const struct inet_diag_sockopt options = {.recverr = 1, .nodefrag = 1, .defer_connect = 1};
    struct diag_socket s;

    (void)state;
    attach_whole(&d, INET_DIAG_MARK, &mark, sizeof(mark));
    attach_whole(&d, INET_DIAG_CLASS_ID, &class_id, sizeof(class_id));
    attach_whole(&d, INET_DIAG_CGROUP_ID, &cgroup, sizeof(cgroup));
    attach_whole(&d, INET_DIAG_TOS, &tos, 1);
    attach_whole(&d, INET_DIAG_TCLASS, &tclass, 1);
    attach_whole(&d, INET_DIAG_SHUTDOWN, &shutdown, 1);
    attach_whole(&d, INET_DIAG_SOCKOPT, &options, sizeof(options));
    attach_whole(&d, INET_DIAG_MD5SIG, md5, sizeof(md5));
    assert_int_equal(parse_detail(&d, d.len, &s), 0);
    assert_int_equal(s.detail.known, DETAIL_MARK | DETAIL_CLASS_ID | DETAIL_CGROUP |
                                         DETAIL_TOS | DETAIL_TCLASS | DETAIL_SHUTDOWN |
                                         DETAIL_OPTIONS | DETAIL_MD5);
    assert_int_equal(s.detail.mark, 7);
    assert_int_equal(s.detail.class_id, 9);
    assert_int_equal(s.detail.cgroup_id, cgroup);
    assert_int_equal(s.detail.tos, 0x10);
    assert_int_equal(s.detail.tclass, 0x20);
    assert_int_equal(s.detail.shutdown, 3);
    assert_int_equal(s.detail.md5_keys, 2);
    assert_int_equal(s.detail.options, OPTION_RECVERR | OPTION_NODEFRAG | OPTION_DEFER_CONNECT);
}

static void short_parts_are_unknown(void **state)
{
    static const int types[] = {INET_DIAG_MARK,      INET_DIAG_CLASS_ID, INET_DIAG_CGROUP_ID,
                                INET_DIAG_TOS,       INET_DIAG_TCLASS,   INET_DIAG_SHUTDOWN,
                                INET_DIAG_VEGASINFO, INET_DIAG_BBRINFO,  INET_DIAG_DCTCPINFO,
                                INET_DIAG_SOCKOPT,   INET_DIAG_ULP_INFO};
    static const size_t lens[] = {3, 3, 7, 0, 0, 0, 15, 19, 15, 1, 7};

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct draft d = established();
        static const uint8_t zeros[32];
        struct diag_socket s;

        attach_whole(&d, (uint16_t)types[i], zeros, lens[i]);
        assert_int_equal(parse_detail(&d, d.len, &s), 0);
        assert_int_equal(s.detail.known, 0);
    }
}

static void algorithms_are_told_apart(void **state)
{
    const struct tcpvegas_info vegas = {1, 2, 3, 4};
    const struct tcp_dctcp_info dctcp = {1, 2, 3, 4, 5};
    const struct tcp_bbr_info bbr = {5, 1, 25, 739, 512};
    struct draft d = established(), e = d, f = d;
    struct diag_socket s;

    (void)state;
    attach_whole(&d, INET_DIAG_VEGASINFO, &vegas, sizeof(vegas));
    assert_int_equal(parse_detail(&d, d.len, &s), 0);
    assert_int_equal(s.detail.known, DETAIL_ALGORITHM);
    assert_int_equal(s.detail.algorithm.which, ALGORITHM_VEGAS);
    assert_int_equal(s.detail.algorithm.vegas.min_rtt_us, 4);
    attach_whole(&e, INET_DIAG_DCTCPINFO, &dctcp, sizeof(dctcp));
    assert_int_equal(parse_detail(&e, e.len, &s), 0);
    assert_int_equal(s.detail.algorithm.which, ALGORITHM_DCTCP);
    assert_int_equal(s.detail.algorithm.dctcp.ab_tot, 5);
    attach_whole(&f, INET_DIAG_BBRINFO, &bbr, sizeof(bbr));
    assert_int_equal(parse_detail(&f, f.len, &s), 0);
    assert_int_equal(s.detail.algorithm.which, ALGORITHM_BBR);
    assert_int_equal(s.detail.algorithm.bbr.bw_bytes_s, 0x100000005);
    assert_int_equal(s.detail.algorithm.bbr.cwnd_gain, 512);
}

static void layer_over_tcp_has_its_name(void **state)
{
    struct draft d = established(), nest = {.len = 0};
    struct diag_socket s;

    (void)state;
    attach_whole(&nest, INET_ULP_INFO_NAME, "tls", 4);
    attach_whole(&d, INET_DIAG_ULP_INFO | NLA_F_NESTED, nest.bytes, nest.len);
    assert_int_equal(parse_detail(&d, d.len, &s), 0);
    assert_int_equal(s.detail.known, DETAIL_ULP);
    assert_string_equal(s.detail.ulp, "tls");
}

static void users_and_devices_are_told(void **state)
{
    struct inet_diag_msg m = {.idiag_family = AF_INET, .idiag_state = STATE_SYN_RECV};
    struct draft d = draft_of(&m);
    struct row row;

    (void)state;
    assert_int_equal(parse_row(&d, d.len, &row), 0);
    assert_int_equal(row.uid, UID_UNKNOWN);
    m = (struct inet_diag_msg){.idiag_family = AF_INET,
                               .idiag_state = STATE_FIN_WAIT2,
                               .idiag_timer = TIMER_TIMEWAIT,
                               .id = {.idiag_if = 3}};
    d = draft_of(&m);
    assert_int_equal(parse_row(&d, d.len, &row), 0);
    assert_int_equal(row.uid, UID_UNKNOWN);
    assert_int_equal(row.interface, 3);
    m.idiag_timer = TIMER_OFF;
    d = draft_of(&m);
    assert_int_equal(parse_row(&d, d.len, &row), 0);
    assert_int_equal(row.uid, 0);
}

/* What the kernel calls SYN_RECV when it was asked for requests only is one. */
static void states_depend_on_the_question(void **state)
{
    struct inet_diag_msg m = {.idiag_family = AF_INET, .idiag_state = STATE_SYN_RECV};
    struct diag_want want = {.kinds = KIND_BIT(KIND_TCP),
                             .states = UINT32_C(1) << STATE_NEW_SYN_RECV};
    struct draft request = draft_of(&m), closed;
    struct nlmsghdr *message = message_of(&request, request.len);
    struct diag_socket s;

    (void)state;
    assert_int_equal(inet_diag_parse(message, &want, &s), 0);
    assert_int_equal(s.row.state, STATE_NEW_SYN_RECV);
    want.states |= UINT32_C(1) << STATE_SYN_RECV;
    assert_int_equal(inet_diag_parse(message, &want, &s), 0);
    assert_int_equal(s.row.state, STATE_SYN_RECV);
    free(message);
    m.idiag_state = STATE_CLOSE;
    closed = draft_of(&m);
    assert_int_equal(parse(&closed, closed.len, KIND_BIT(KIND_TCP), 0, &s), 0);
    assert_int_equal(s.row.state, STATE_BOUND_INACTIVE);
    assert_int_equal(parse(&closed, closed.len, KIND_BIT(KIND_UDP), 0, &s), 0);
    assert_int_equal(s.row.state, STATE_CLOSE);
}

static void associations_have_states_of_their_own(void **state)
{
    struct inet_diag_msg m = {.idiag_family = AF_INET, .idiag_state = 3, .idiag_timer = 4};
    struct draft endpoint, association, closed, strange;
    struct diag_socket s;

    (void)state;
    association = endpoint = draft_of(&m);
    attach_whole(&association, INET_DIAG_PEERS, &m, sizeof(m));
    assert_int_equal(parse(&endpoint, endpoint.len, KIND_BIT(KIND_SCTP), 0, &s), 0);
    assert_int_equal(s.row.state, STATE_SYN_RECV);
    assert_int_equal(parse(&association, association.len, KIND_BIT(KIND_SCTP), 0, &s), 0);
    assert_int_equal(s.row.state, STATE_ESTABLISHED);
    assert_int_equal(s.row.timer, TIMER_ON);
    m.idiag_state = 0;
    closed = draft_of(&m);
    attach_whole(&closed, INET_DIAG_PEERS, "", 0);
    assert_int_equal(parse(&closed, closed.len, KIND_BIT(KIND_SCTP), 0, &s), 0);
    assert_int_equal(s.row.state, STATE_CLOSE);
    m.idiag_state = 8;
    strange = draft_of(&m);
    attach_whole(&strange, INET_DIAG_PEERS, "", 0);
    assert_int_equal(parse(&strange, strange.len, KIND_BIT(KIND_SCTP), 0, &s), -EBADMSG);
}

static struct inet_diag_req_v2 question_of(const struct diag_want *want,
                                           struct diag_question *ret)
{
    struct inet_diag_req_v2 q;

    inet_diag_question(want, ret);
    assert_int_equal(ret->body_bytes, sizeof(q));
    memcpy(&q, ret->body, sizeof(q));
    return q;
}

static void parts_are_asked_for_by_their_bits(void **state)
{
    struct diag_want want = {.kinds = KIND_BIT(KIND_MPTCP), .family = AF_INET6, .states = 2};
    struct diag_question question;
    struct inet_diag_req_v2 q = question_of(&want, &question);

    (void)state;
    assert_int_equal(q.sdiag_family, AF_INET6);
    assert_int_equal(q.sdiag_protocol, 0);
    assert_int_equal(question.protocol, IPPROTO_MPTCP);
    assert_int_equal(q.idiag_ext, 0);
    assert_int_equal(q.idiag_states, 2);
    want.parts = DETAIL_CLASS_ID | DETAIL_ALGORITHM | DETAIL_ULP | DETAIL_MARK | DETAIL_CGROUP;
    want.kinds = KIND_BIT(KIND_UDP);
    want.states = UINT32_C(1) << STATE_SYN_RECV;
    q = question_of(&want, &question);
    assert_int_equal(q.sdiag_protocol, IPPROTO_UDP);
    assert_int_equal(question.protocol, 0);
    assert_int_equal(q.idiag_ext, 1 << (INET_DIAG_TCLASS - 1) | 1 << (INET_DIAG_VEGASINFO - 1) |
                                      1 << (INET_DIAG_INFO - 1));
    assert_int_equal(q.idiag_states, 1 << STATE_SYN_RECV | 1 << STATE_NEW_SYN_RECV);
    want.parts = DETAIL_EVERYTHING;
    assert_int_equal(question_of(&want, &question).idiag_ext, 0xfe);
}

static struct draft draft_from(const void *body, size_t len)
{
    struct draft d = {.len = NLMSG_HDRLEN + len};

    memcpy(d.bytes + NLMSG_HDRLEN, body, len);
    return d;
}

static struct draft unix_listener(void)
{
    const struct unix_diag_msg m = {.udiag_family = AF_UNIX,
                                    .udiag_type = SOCK_STREAM,
                                    .udiag_state = STATE_LISTEN,
                                    .udiag_ino = 4242,
                                    .udiag_cookie = {5, 1}};
    const struct unix_diag_rqlen queues = {2, 128};
    const struct unix_diag_vfs vfs = {77, 0x801};
    const uint32_t uid = 1000, waiting[2] = {8, 9};
    struct draft d = draft_from(&m, sizeof(m));

    attach_whole(&d, UNIX_DIAG_NAME, "\0ab\0c\033", 6);
    attach_whole(&d, UNIX_DIAG_RQLEN, &queues, sizeof(queues));
    attach_whole(&d, UNIX_DIAG_VFS, &vfs, sizeof(vfs));
    attach_whole(&d, UNIX_DIAG_ICONS, waiting, sizeof(waiting));
    attach_whole(&d, UNIX_DIAG_UID, &uid, sizeof(uid));
    attach_whole(&d, UNIX_DIAG_SHUTDOWN, "\2", 1);
    return d;
}

static void unix_socket_has_every_field(void **state)
{
    struct draft d = unix_listener();
    struct diag_socket s;

    (void)state;
    assert_int_equal(parse(&d, d.len, KINDS_UNIX, DETAIL_EVERYTHING, &s), 0);
    assert_int_equal(s.row.kind, KIND_UNIX_STREAM);
    assert_int_equal(s.row.state, STATE_LISTEN);
    assert_int_equal(s.row.inode, 4242);
    assert_int_equal(s.row.local.number[0], 4242);
    assert_int_equal(s.row.peer.number[0], 0);
    assert_int_equal(s.row.cookie, 0x100000005);
    assert_int_equal(s.row.rqueue, 2);
    assert_int_equal(s.row.wqueue, 128);
    assert_int_equal(s.row.uid, 1000);
    assert_string_equal(s.name, "@ab@c\\x1b");
    assert_int_equal(s.name_len, strlen(s.name));
    assert_int_equal(s.detail.known, DETAIL_VFS | DETAIL_PEERS | DETAIL_SHUTDOWN);
    assert_int_equal(s.detail.vfs_inode, 77);
    assert_int_equal(s.detail.vfs_device, 0x801);
    assert_int_equal(s.detail.waiting, 2);
    assert_int_equal(s.detail.shutdown, 2);
}

static void bare_unix_socket_is_mostly_unknown(void **state)
{
    const struct unix_diag_msg m = {
        .udiag_family = AF_UNIX, .udiag_type = SOCK_DGRAM, .udiag_state = STATE_CLOSE};
    struct draft d = draft_from(&m, sizeof(m));
    struct diag_socket s;

    (void)state;
    assert_int_equal(parse(&d, d.len, KINDS_UNIX, DETAIL_EVERYTHING, &s), 0);
    assert_int_equal(s.row.kind, KIND_UNIX_DGRAM);
    assert_int_equal(s.row.rqueue, QUEUE_UNKNOWN);
    assert_int_equal(s.row.wqueue, QUEUE_UNKNOWN);
    assert_int_equal(s.row.uid, UID_UNKNOWN);
    assert_int_equal(s.name_len, 0);
    assert_int_equal(s.detail.known, 0);
    attach_whole(&d, UNIX_DIAG_RQLEN, "1234567", 7);
    attach_whole(&d, UNIX_DIAG_UID, "123", 3);
    attach_whole(&d, UNIX_DIAG_VFS, "1234567", 7);
    attach_whole(&d, UNIX_DIAG_PEER, "123", 3);
    attach_whole(&d, UNIX_DIAG_NAME, "", 0);
    assert_int_equal(parse(&d, d.len, KINDS_UNIX, DETAIL_EVERYTHING, &s), 0);
    assert_int_equal(s.row.rqueue, QUEUE_UNKNOWN);
    assert_int_equal(s.row.uid, UID_UNKNOWN);
    assert_int_equal(s.row.peer.number[0], 0);
    assert_int_equal(s.detail.known, 0);
}

/* A path ends at its NUL; a name can be 108 bytes without one, and longer only by a lie. */
static void unix_names_are_bounded(void **state)
{
    const struct unix_diag_msg m = {
        .udiag_family = AF_UNIX, .udiag_type = SOCK_SEQPACKET, .udiag_state = STATE_CLOSE};
    struct draft path = draft_from(&m, sizeof(m)), longest = path;
    struct diag_socket s;
    char escapes[200];

    (void)state;
    attach_whole(&path, UNIX_DIAG_NAME, "/run/x\0junk", 11);
    assert_int_equal(parse(&path, path.len, KINDS_UNIX, 0, &s), 0);
    assert_int_equal(s.row.kind, KIND_UNIX_SEQPACKET);
    assert_string_equal(s.name, "/run/x");
    memset(escapes, 1, sizeof(escapes));
    attach_whole(&longest, UNIX_DIAG_NAME, escapes, sizeof(escapes));
    assert_int_equal(parse(&longest, longest.len, KINDS_UNIX, 0, &s), 0);
    assert_int_equal(s.name_len, 4 * 108);
}

static void packet_socket_has_every_field(void **state)
{
    const struct packet_diag_msg m = {.pdiag_family = AF_PACKET,
                                      .pdiag_type = SOCK_RAW,
                                      .pdiag_num = 0x88cc,
                                      .pdiag_ino = 5,
                                      .pdiag_cookie = {6}};
    const struct packet_diag_info info = {
        .pdi_index = 3, .pdi_version = 2, .pdi_flags = PDI_AUXDATA};
    const struct packet_diag_mclist groups[2] = {{.pdmc_index = 3}};
    const uint32_t uid = 1, memory[SK_MEMINFO_VARS] = {4096, 0, 70};
    struct draft d = draft_from(&m, sizeof(m));
    struct diag_socket s;

    (void)state;
    assert_int_equal(parse(&d, d.len, KINDS_PACKET, 0, &s), 0);
    assert_int_equal(s.row.rqueue, QUEUE_UNKNOWN);
    assert_int_equal(s.row.uid, UID_UNKNOWN);
    attach_whole(&d, PACKET_DIAG_INFO, &info, sizeof(info));
    attach_whole(&d, PACKET_DIAG_UID, &uid, sizeof(uid));
    attach_whole(&d, PACKET_DIAG_MEMINFO, memory, sizeof(memory));
    attach_whole(&d, PACKET_DIAG_MCLIST, groups, sizeof(groups));
    assert_int_equal(parse(&d, d.len, KINDS_PACKET, DETAIL_EVERYTHING, &s), 0);
    assert_int_equal(s.row.kind, KIND_PACKET_RAW);
    assert_int_equal(s.row.state, STATE_CLOSE);
    assert_int_equal(s.row.local.number[0], 0x88cc);
    assert_int_equal(s.row.local.number[1], 3);
    assert_int_equal(s.row.interface, 3);
    assert_int_equal(s.row.rqueue, 4096);
    assert_int_equal(s.row.wqueue, 70);
    assert_int_equal(s.row.uid, 1);
    assert_int_equal(s.detail.known, DETAIL_PACKET | DETAIL_GROUPS | DETAIL_MEMINFO);
    assert_int_equal(s.detail.packet_version, 2);
    assert_int_equal(s.detail.packet_flags, PDI_AUXDATA);
    assert_int_equal(s.detail.groups, 2);
}

static void netlink_socket_has_every_field(void **state)
{
    struct netlink_diag_msg m = {.ndiag_family = AF_NETLINK,
                                 .ndiag_protocol = NETLINK_ROUTE,
                                 .ndiag_portid = 4242,
                                 .ndiag_dst_group = 3,
                                 .ndiag_dst_portid = 9,
                                 .ndiag_ino = 5};
    const uint32_t memory[SK_MEMINFO_VARS] = {4096, 0, 512};
    const uint8_t groups[8] = {0x81, 0, 0, 1};
    struct draft d = draft_from(&m, sizeof(m));
    struct diag_socket s;

    (void)state;
    assert_int_equal(parse(&d, d.len, KIND_BIT(KIND_NETLINK), 0, &s), 0);
    assert_int_equal(s.row.peer.family, AF_UNSPEC);
    assert_int_equal(s.row.rqueue, QUEUE_UNKNOWN);
    assert_int_equal(s.row.uid, UID_UNKNOWN);
    assert_int_equal(s.detail.groups, 0);
    m.ndiag_state = 1;
    d = draft_from(&m, sizeof(m));
    attach_whole(&d, NETLINK_DIAG_MEMINFO, memory, sizeof(memory));
    attach_whole(&d, NETLINK_DIAG_GROUPS, groups, sizeof(groups));
    assert_int_equal(parse(&d, d.len, KIND_BIT(KIND_NETLINK), 0, &s), 0);
    assert_int_equal(s.row.local.number[0], NETLINK_ROUTE);
    assert_int_equal(s.row.local.number[1], 4242);
    assert_int_equal(s.row.peer.number[0], 3);
    assert_int_equal(s.row.peer.number[1], 9);
    assert_int_equal(s.row.rqueue, 4096);
    assert_int_equal(s.row.wqueue, 512);
    assert_int_equal(s.detail.groups, 3);
    assert_int_equal(s.detail.known, DETAIL_GROUPS | DETAIL_MEMINFO);
}

static void vsock_socket_has_every_field(void **state)
{
    struct vsock_diag_msg m = {.vdiag_family = AF_VSOCK,
                               .vdiag_type = SOCK_STREAM,
                               .vdiag_state = STATE_ESTABLISHED,
                               .vdiag_shutdown = 1,
                               .vdiag_src_cid = 3,
                               .vdiag_src_port = 1024,
                               .vdiag_dst_cid = 2,
                               .vdiag_dst_port = 80,
                               .vdiag_ino = 5};
    struct draft d = draft_from(&m, sizeof(m));
    struct diag_socket s;

    (void)state;
    assert_int_equal(parse(&d, d.len, KINDS_VSOCK, 0, &s), 0);
    assert_int_equal(s.row.kind, KIND_VSOCK_STREAM);
    assert_int_equal(s.row.local.number[0], 3);
    assert_int_equal(s.row.peer.number[1], 80);
    assert_int_equal(s.row.uid, UID_UNKNOWN);
    assert_int_equal(s.row.rqueue, QUEUE_UNKNOWN);
    assert_int_equal(s.detail.known, DETAIL_SHUTDOWN);
    assert_int_equal(s.detail.shutdown, 1);
    m.vdiag_type = SOCK_RDM;
    d = draft_from(&m, sizeof(m));
    assert_int_equal(parse(&d, d.len, KINDS_VSOCK, 0, &s), -EBADMSG);
}

/* Of every family: another's message, each cut, each lie. */
static void other_families_refuse_what_lies(void **state)
{
    static const uint32_t kinds[] = {KINDS_UNIX, KINDS_PACKET, KIND_BIT(KIND_NETLINK),
                                     KINDS_VSOCK};
    static const size_t bodies[] = {
        sizeof(struct unix_diag_msg), sizeof(struct packet_diag_msg),
        sizeof(struct netlink_diag_msg), sizeof(struct vsock_diag_msg)};
    static const uint8_t families[] = {AF_UNIX, AF_PACKET, AF_NETLINK, AF_VSOCK};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct draft d = {.len = NLMSG_HDRLEN + bodies[i]};
        struct diag_socket s;

        memset(d.bytes + NLMSG_HDRLEN, 1, bodies[i]);
        d.bytes[NLMSG_HDRLEN + 1] = SOCK_DGRAM;
        assert_int_equal(parse(&d, d.len, kinds[i], 0, &s), i == 0 ? 0 : -EBADMSG);
        d.bytes[NLMSG_HDRLEN] = AF_INET;
        assert_int_equal(parse(&d, d.len, kinds[i], 0, &s), -EBADMSG);
        d.bytes[NLMSG_HDRLEN] = families[i];
        assert_int_equal(parse(&d, d.len, kinds[i], 0, &s), 0);
        for (size_t len = NLMSG_HDRLEN; len < d.len; len++)
            assert_int_equal(parse(&d, len, kinds[i], 0, &s), -EBADMSG);
        if (kinds[i] == KINDS_VSOCK)
            continue;
        attach(&d, 1, 9, "abcd", 4);
        assert_int_equal(parse(&d, d.len, kinds[i], 0, &s), -EBADMSG);
    }
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
        cmocka_unit_test(states_and_families_nobody_knows_are_refused),
        cmocka_unit_test(datagram_is_taken_apart),
        cmocka_unit_test(message_lengths_that_lie_end_the_datagram),
        cmocka_unit_test(every_part_has_its_attribute),
        cmocka_unit_test(short_parts_are_unknown),
        cmocka_unit_test(algorithms_are_told_apart),
        cmocka_unit_test(layer_over_tcp_has_its_name),
        cmocka_unit_test(users_and_devices_are_told),
        cmocka_unit_test(states_depend_on_the_question),
        cmocka_unit_test(associations_have_states_of_their_own),
        cmocka_unit_test(parts_are_asked_for_by_their_bits),
        cmocka_unit_test(unix_socket_has_every_field),
        cmocka_unit_test(bare_unix_socket_is_mostly_unknown),
        cmocka_unit_test(unix_names_are_bounded),
        cmocka_unit_test(packet_socket_has_every_field),
        cmocka_unit_test(netlink_socket_has_every_field),
        cmocka_unit_test(vsock_socket_has_every_field),
        cmocka_unit_test(other_families_refuse_what_lies),
    };

    return cmocka_run_group_tests_name("sock_diag", tests, NULL, NULL);
}
