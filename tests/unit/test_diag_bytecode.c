/* The bytecode for the kernel, run by an interpreter of its rules beside filter_match() on random
 * filters and rows, and shown to the kernel of this machine. */
#include "probes/diag_bytecode.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/mem.h"

#define ROUNDS 4000
#define ROWS 60

/* What the kernel knows of a socket. */
struct entry {
    struct row row;
    bool knows; /* the row has its mark and its cgroup */
    uint32_t mark;
    uint64_t cgroup;
    bool chosen; /* its port was asked for */
};

static uint32_t seed = 1;

static uint32_t pick(uint32_t n)
{
    seed = seed * 1103515245 + 12345;
    return (seed >> 12) % n;
}

/* ---- the kernel's rules ---- */

static struct inet_diag_bc_op op_at(const uint8_t *code, size_t at)
{
    struct inet_diag_bc_op op;

    memcpy(&op, code + at, sizeof(op));
    return op;
}

static size_t least_length(const uint8_t *code, size_t at, size_t len)
{
    struct inet_diag_hostcond host;

    switch (op_at(code, at).code) {
    case INET_DIAG_BC_JMP:
    case INET_DIAG_BC_AUTO:
        return 4;
    case INET_DIAG_BC_S_GE:
    case INET_DIAG_BC_S_LE:
    case INET_DIAG_BC_S_EQ:
    case INET_DIAG_BC_D_GE:
    case INET_DIAG_BC_D_LE:
    case INET_DIAG_BC_D_EQ:
    case INET_DIAG_BC_DEV_COND:
        return 8;
    case INET_DIAG_BC_MARK_COND:
    case INET_DIAG_BC_CGROUP_COND:
        return 12;
    case INET_DIAG_BC_S_COND:
    case INET_DIAG_BC_D_COND:
        assert_true(len - at >= 12);
        memcpy(&host, code + at + 4, sizeof(host));
        assert_true(host.family == AF_INET || host.family == AF_INET6);
        assert_true(host.prefix_len <= (host.family == AF_INET ? 32 : 128));
        return host.family == AF_INET ? 16 : 28;
    default:
        fail_msg("code %u", op_at(code, at).code);
        return 0;
    }
}

/* Every code whole, every jump forward, to a code, to the end or 4 bytes behind it. */
static void audit(const uint8_t *code, size_t len)
{
    bool *starts = mem_new(len + 8, sizeof(*starts));
    size_t at;

    for (at = 0; at < len; at += op_at(code, at).yes) {
        starts[at] = true;
        assert_true(len - at >= 4);
        assert_true(op_at(code, at).yes >= least_length(code, at, len));
        assert_true(op_at(code, at).yes % 4 == 0 && op_at(code, at).yes <= len - at);
    }
    assert_int_equal(at, len);
    starts[len] = starts[len + 4] = true;
    for (at = 0; at < len; at += op_at(code, at).yes) {
        struct inet_diag_bc_op op = op_at(code, at);

        assert_true(op.no >= least_length(code, at, len) && at + op.no <= len + 4);
        assert_true(starts[at + op.no]);
    }
    free(starts);
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    for (unsigned i = 0; i < bits; i++)
        if ((a[i / 8] ^ b[i / 8]) >> (7 - i % 8) & 1)
            return false;
    return true;
}

static bool host_holds(const uint8_t *argument, const struct addr *end)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    struct inet_diag_hostcond host;
    const uint8_t *ip = argument + sizeof(host);

    memcpy(&host, argument, sizeof(host));
    if (host.port != -1 && host.port != end->port)
        return false;
    if (host.family == end->family)
        return same_bits(ip, end->ip, host.prefix_len);
    return host.family == AF_INET && end->family == AF_INET6 &&
           memcmp(end->ip, mapped, 12) == 0 && same_bits(ip, end->ip + 12, host.prefix_len);
}

static bool holds(const uint8_t *code, const struct entry *e)
{
    const uint8_t *argument = code + 4;
    uint16_t port = op_at(argument, 0).no, source = e->row.local.port,
             target = e->row.peer.port;
    uint32_t number, mask;
    uint64_t id;

    switch (op_at(code, 0).code) {
    case INET_DIAG_BC_S_GE:
        return source >= port;
    case INET_DIAG_BC_S_LE:
        return source <= port;
    case INET_DIAG_BC_S_EQ:
        return source == port;
    case INET_DIAG_BC_D_GE:
        return target >= port;
    case INET_DIAG_BC_D_LE:
        return target <= port;
    case INET_DIAG_BC_D_EQ:
        return target == port;
    case INET_DIAG_BC_AUTO:
        return !e->chosen;
    case INET_DIAG_BC_S_COND:
        return host_holds(argument, &e->row.local);
    case INET_DIAG_BC_D_COND:
        return host_holds(argument, &e->row.peer);
    case INET_DIAG_BC_DEV_COND:
        memcpy(&number, argument, 4);
        return number == e->row.interface;
    case INET_DIAG_BC_MARK_COND:
        memcpy(&number, argument, 4);
        memcpy(&mask, argument + 4, 4);
        return (e->mark & mask) == number;
    case INET_DIAG_BC_CGROUP_COND:
        memcpy(&id, argument, 8);
        return e->cgroup == id;
    default: /* JMP */
        return false;
    }
}

static bool kernel_takes(const uint8_t *code, size_t len, const struct entry *e)
{
    uint8_t room[DIAG_BYTECODE_BYTES + 8];
    size_t at = 0;

    if (!len)
        return true;
    memcpy(room, code, len);
    memset(room + len, 0, 8); /* the last code may be a short one */
    while (at < len)
        at += holds(room + at, e) ? op_at(code, at).yes : op_at(code, at).no;
    return at == len;
}

/* ---- random rows and filters ---- */

static struct addr random_end(int family)
{
    static const char *const four[] = {"127.0.0.1", "10.0.0.1", "10.0.0.2", "0.0.0.0"};
    static const char *const six[] = {"::1", "::", "fd00::1", "::ffff:127.0.0.1",
                                      "::ffff:10.0.0.2"};
    static const uint16_t ports[] = {0, 1, 79, 80, 81, 443, 40000, 65535};
    uint8_t ip[16] = {0};

    inet_pton(family, family == AF_INET ? four[pick(4)] : six[pick(5)], ip);
    return addr_make(family, ip, ports[pick(8)]);
}

static struct entry random_entry(void)
{
    int family = pick(2) ? AF_INET : AF_INET6;
    struct entry e = {.row = {.kind = pick(2) ? KIND_TCP : KIND_UDP,
                              .local = random_end(family),
                              .peer = random_end(family),
                              .interface = pick(3),
                              .rqueue = pick(3),
                              .state = (uint8_t)(1 + pick(STATE_COUNT - 1))},
                      .knows = pick(3),
                      .mark = pick(4),
                      .cgroup = pick(3)};

    return e;
}

static const char *random_term(bool exact)
{
    static const char *const exact_terms[] = {"sport = 80",
                                              "sport != 80",
                                              "dport < 80",
                                              "dport > 80",
                                              "sport <= 80",
                                              "dport >= 80",
                                              "sport 79-443",
                                              "dport != 1-80",
                                              "port 80",
                                              "port != 80",
                                              "port > 443",
                                              "sport < 0",
                                              "dport > 65535",
                                              "sport >= 0",
                                              "sport = *",
                                              "dport <= 65535",
                                              "src 127.0.0.1",
                                              "src 10.0.0.0/31",
                                              "dst 127.0.0.0/8",
                                              "dst 0.0.0.0/0",
                                              "src ::1",
                                              "dst [::]/0",
                                              "src [fd00::/8]:80",
                                              "dst [::ffff:10.0.0.0]/104",
                                              "src *:80",
                                              "dst :79-81",
                                              "src *",
                                              "src != 127.0.0.1",
                                              "dst != [::]/0",
                                              "dst 10.0.0.2:80",
                                              "src != *:1-80",
                                              "inet",
                                              "inet6",
                                              "unix",
                                              "src unix:/run/*",
                                              "src != unix:/run/*",
                                              "dev = 1",
                                              "dev != 2",
                                              "dev lo",
                                              "dev != lo",
                                              "sport = inet6:80",
                                              "sport != inet:80",
                                              "dport = vsock:80",
                                              "proto unix"};
    /* What the kernel cannot tell, or can only when the row does too. */
    static const char *const others[] = {"state established",
                                         "exclude listen",
                                         "recvq > 1",
                                         "proto tcp",
                                         "pid 5",
                                         "/127/",
                                         "fwmark = 1",
                                         "fwmark != 1",
                                         "fwmark = 1/1",
                                         "fwmark = 0/2",
                                         "cgroup = 1",
                                         "cgroup != 2",
                                         "autobound",
                                         "timer_ms > 5",
                                         "limited",
                                         "proto udplite",
                                         "proto tcp or proto udp or inet"};
    const uint32_t n_exact = sizeof(exact_terms) / sizeof(exact_terms[0]),
                   n = n_exact + sizeof(others) / sizeof(others[0]);
    uint32_t at = pick(exact ? n_exact : n);

    return at < n_exact ? exact_terms[at] : others[at - n_exact];
}

static void random_filter(char *text, size_t size, bool exact, unsigned depth)
{
    char left[2048], right[2048];

    if (!depth || !pick(4)) {
        snprintf(text, size, "%s( %s )", pick(3) ? "" : "not ", random_term(exact));
        return;
    }
    random_filter(left, sizeof(left), exact, depth - 1);
    random_filter(right, sizeof(right), exact, depth - 1);
    snprintf(text, size, "%s( %s %s %s )", pick(3) ? "" : "not ", left, pick(2) ? "or" : "and",
             right);
}

static size_t compile_text(const char *text, bool privileged, struct filter **ret,
                           uint8_t *code)
{
    const struct diag_bytecode_reach reach = {.privileged = privileged,
                                              .device = if_nametoindex};
    struct err err = {0};
    size_t len;

    if (filter_parse(text, ret, &err) < 0)
        fail_msg("\"%s\": %s", text, err.reason);
    len = diag_bytecode(*ret, &reach, code, DIAG_BYTECODE_BYTES);
    if (len)
        audit(code, len);
    return len;
}

static bool row_matches(const struct filter *f, const struct entry *e)
{
    struct snapshot s = {0};
    struct row row = e->row;
    struct socket_detail detail = {
        .known = DETAIL_MARK | DETAIL_CGROUP, .mark = e->mark, .cgroup_id = e->cgroup};
    bool matches;

    if (e->knows)
        snapshot_attach(&s, &row, &detail);
    matches = filter_match(f, &s, &row);
    free(s.details);
    return matches;
}

static void compare_all(bool exact, bool privileged)
{
    static uint8_t code[DIAG_BYTECODE_BYTES];
    size_t sent = 0, refused = 0;

    for (int i = 0; i < ROUNDS; i++) {
        char text[8192];
        struct filter *f = NULL;
        size_t len;

        random_filter(text, sizeof(text), exact, 1 + pick(4));
        len = compile_text(text, privileged, &f, code);
        sent += len > 0;
        for (int k = 0; k < ROWS; k++) {
            struct entry e = random_entry();
            bool ours = row_matches(f, &e), theirs = kernel_takes(code, len, &e);

            refused += !theirs;
            if (ours && !theirs)
                fail_msg("\"%s\" loses a row", text);
            if (exact && !ours && theirs)
                fail_msg("\"%s\" takes a row too many", text);
        }
        filter_free(f);
    }
    assert_true(sent > ROUNDS / 4);
    assert_true(refused > ROUNDS * ROWS / 20);
}

static void what_can_be_told_is_told_exactly(void **state)
{
    (void)state;
    compare_all(true, false);
}

static void nothing_that_matches_is_lost(void **state)
{
    (void)state;
    compare_all(false, true);
    compare_all(false, false);
}

/* ---- single programs ---- */

static size_t length_of(const char *text, bool privileged)
{
    static uint8_t code[DIAG_BYTECODE_BYTES];
    struct filter *f = NULL;
    size_t len = compile_text(text, privileged, &f, code);

    filter_free(f);
    return len;
}

static void what_tells_nothing_is_not_sent(void **state)
{
    static const char *const texts[] = {
        "state estab", "recvq > 5", "sport 80 or pid 5", "not ( sport 80 and pid 5 )",
        "src *",       "proto tcp", "not autobound",     "fwmark 1",
        "not cgroup 5"};

    (void)state;
    assert_int_equal(diag_bytecode(NULL, NULL, NULL, 0), 0);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (length_of(texts[i], false))
            fail_msg("\"%s\" is sent", texts[i]);
    assert_int_equal(length_of("sport 80 and pid 5", false), 8);
    assert_int_equal(length_of("fwmark 1", true), 12);
    assert_int_equal(length_of("unix", false), 4); /* refuses everything */
}

static void what_does_not_fit_is_not_sent(void **state)
{
    uint8_t small[12] __attribute__((aligned(4)));
    const struct diag_bytecode_reach reach = {0};
    struct filter *f = NULL;

    (void)state;
    assert_int_equal(filter_parse("sport 80 or dport 80", &f, NULL), 0);
    assert_int_equal(diag_bytecode(f, &reach, small, sizeof(small)), 0);
    filter_free(f);
    assert_int_equal(filter_parse("sport 80", &f, NULL), 0);
    assert_int_equal(diag_bytecode(f, &reach, small, sizeof(small)), 8);
    filter_free(f);
    /* A name means nothing in another namespace. */
    assert_int_equal(filter_parse("dev lo", &f, NULL), 0);
    assert_int_equal(diag_bytecode(f, &reach, small, sizeof(small)), 0);
    filter_free(f);
}

/* The longest filters fit, and their jumps into their fields. */
static void the_longest_filter_fits(void **state)
{
    char text[8192] = "src [fd00::/8]:1-80";

    (void)state;
    for (int i = 0; i < 127; i++)
        strcat(text, i % 2 ? " or dst [fd00::/8]:2-90" : " and port != 5-9");
    assert_true(length_of(text, false) > 2000);
}

static void only_ports_nobody_chose_are_autobound(void **state)
{
    static uint8_t code[DIAG_BYTECODE_BYTES];
    struct entry e = random_entry();
    struct filter *f = NULL;
    size_t len = compile_text("autobound", false, &f, code);

    (void)state;
    e.row.local.port = 40000;
    assert_true(kernel_takes(code, len, &e));
    e.chosen = true;
    assert_false(kernel_takes(code, len, &e));
    filter_free(f);
}

/* ---- the kernel ---- */

/* What the kernel says to a dump with this bytecode: 0 or negative errno. */
static int ask_kernel(int nl, const uint8_t *code, size_t len)
{
    struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 request;
        struct nlattr attribute;
        uint8_t code[DIAG_BYTECODE_BYTES];
    } m = {.header = {.nlmsg_type = SOCK_DIAG_BY_FAMILY,
                      .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                      .nlmsg_seq = 1},
           .request = {.sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP},
           .attribute = {.nla_type = INET_DIAG_REQ_BYTECODE}};
    struct nlmsghdr answer[1024];
    ssize_t n;
    int code_of = 0;

    memcpy(m.code, code, len);
    m.attribute.nla_len = (uint16_t)(sizeof(m.attribute) + len);
    m.header.nlmsg_len = (uint32_t)(offsetof(__typeof__(m), code) + len);
    if (send(nl, &m, m.header.nlmsg_len, 0) < 0)
        return -errno;
    n = recv(nl, answer, sizeof(answer), 0);
    if (n < (ssize_t)(sizeof(answer[0]) + sizeof(int)))
        return n < 0 ? -errno : -EBADMSG;
    if (answer[0].nlmsg_type != NLMSG_ERROR && answer[0].nlmsg_type != NLMSG_DONE)
        return -EPROTO;
    memcpy(&code_of, &answer[1], sizeof(code_of));
    return code_of;
}

static int ask_about(int nl, const char *text, bool privileged)
{
    static uint8_t code[DIAG_BYTECODE_BYTES];
    struct filter *f = NULL;
    size_t len = compile_text(text, privileged, &f, code);

    filter_free(f);
    return len ? ask_kernel(nl, code, len) : 0;
}

static void the_kernel_takes_every_program(void **state)
{
    int nl = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    bool privileged;
    int r;

    (void)state;
    if (nl < 0)
        skip();
    r = ask_about(nl, "sport 80", false);
    if (r == -ENOENT || r == -EOPNOTSUPP) {
        close(nl);
        skip(); /* this kernel has no sock_diag */
    }
    assert_int_equal(r, 0);
    r = ask_about(nl, "fwmark 1", true);
    assert_true(r == 0 || r == -EPERM);
    privileged = r == 0;
    r = ask_about(nl, "cgroup 1", privileged);
    assert_true(r == 0 || r == -EINVAL); /* before Linux 5.9 */
    for (int i = 0; i < 1000; i++) {
        char text[8192];

        random_filter(text, sizeof(text), r != 0, 1 + pick(4));
        if (ask_about(nl, text, privileged) != 0)
            fail_msg("the kernel refuses \"%s\"", text);
    }
    close(nl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_can_be_told_is_told_exactly),
        cmocka_unit_test(nothing_that_matches_is_lost),
        cmocka_unit_test(what_tells_nothing_is_not_sent),
        cmocka_unit_test(what_does_not_fit_is_not_sent),
        cmocka_unit_test(the_longest_filter_fits),
        cmocka_unit_test(only_ports_nobody_chose_are_autobound),
        cmocka_unit_test(the_kernel_takes_every_program),
    };

    return cmocka_run_group_tests_name("diag_bytecode", tests, NULL, NULL);
}
