#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/model/journal.h"
#include "core/net/options.h"
#include "core/net/options_internal.h"

/* One socket of each kind that the program has, connected where that can be. */
struct kind {
    const char *name;
    int domain, type;
    int fd, peer; /* peer: kept so that the connection stays; -1: none */
};

static struct kind kinds[] = {
    {"tcp4", AF_INET, SOCK_STREAM, -1, -1}, {"tcp6", AF_INET6, SOCK_STREAM, -1, -1},
    {"udp4", AF_INET, SOCK_DGRAM, -1, -1},  {"udp6", AF_INET6, SOCK_DGRAM, -1, -1},
    {"unix", AF_UNIX, SOCK_STREAM, -1, -1},
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static struct ring *journal;

static struct caller caller(void)
{
    return (struct caller){.journal = journal, .id = 7};
}

static int bound(int domain, int type, struct sockaddr_storage *ret, socklen_t *ret_len)
{
    struct addr a = domain == AF_INET ? addr_make(AF_INET, "\x7f\0\0\1", 0)
                                      : addr_make(AF_INET6, &in6addr_loopback, 0);
    int fd = socket(domain, type, 0);

    if (fd < 0 || !addr_to_sockaddr(&a, ret, ret_len) ||
        bind(fd, (struct sockaddr *)ret, *ret_len) < 0 ||
        getsockname(fd, (struct sockaddr *)ret, ret_len) < 0) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

/* A machine without IPv6 leaves its kinds closed. */
static void open_kind(struct kind *k, bool connected)
{
    struct sockaddr_storage sa;
    socklen_t len;
    int listener, pair[2];

    k->fd = k->peer = -1;
    if (k->domain == AF_UNIX) {
        assert_int_equal(socketpair(AF_UNIX, k->type, 0, pair), 0);
        k->fd = pair[0];
        k->peer = pair[1];
        return;
    }
    listener = bound(k->domain, k->type, &sa, &len);
    if (listener < 0) {
        assert_int_equal(k->domain, AF_INET6);
        return;
    }
    k->fd = socket(k->domain, k->type, 0);
    assert_true(k->fd >= 0);
    if (!connected) {
        close(listener);
        return;
    }
    if (k->type == SOCK_STREAM)
        assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(connect(k->fd, (struct sockaddr *)&sa, len), 0);
    k->peer = k->type == SOCK_STREAM ? accept(listener, NULL, NULL) : dup(listener);
    assert_true(k->peer >= 0);
    close(listener);
}

static void close_kind(struct kind *k)
{
    if (k->fd >= 0)
        close(k->fd);
    if (k->peer >= 0)
        close(k->peer);
    k->fd = k->peer = -1;
}

/* What an option answers instead of a value, and why that is right. */
struct exception {
    const char *name;
    int error;
};

static bool excepted(const struct exception *list, const char *name, int error)
{
    for (; list->name; list++)
        if (strcmp(list->name, name) == 0 && (!list->error || list->error == error))
            return true;
    return false;
}

static void the_table_is_complete_and_names_each_option_once(void **state)
{
    const struct socket_option *o, *other;
    size_t n = 0;

    (void)state;
    for (; (o = option_at(n)); n++) {
        const struct option_codec *codec = option_codec(o->type);

        assert_true(o->summary[0] && o->summary[strlen(o->summary) - 1] == '.');
        assert_true(o->man[0] && o->unit);
        assert_non_null(option_level_name(o->level));
        assert_true(o->flags & (OPTION_READ | OPTION_WRITE));
        assert_true(o->flags &
                    (OPTION_ON_TCP | OPTION_ON_UDP | OPTION_ON_UNIX | OPTION_ON_RAW));
        assert_true(!(o->flags & OPTION_WRITE) || codec->parse);
        assert_true(codec->bytes && codec->bytes <= OPTION_VALUE_BYTES);
        assert_true(o->min <= o->max);
        if (o->type == OPTION_ENUM || (o->type == OPTION_FLAGS && (o->flags & OPTION_WRITE)))
            assert_non_null(o->words);
        assert_ptr_equal(option_find(o->name), o);
        assert_ptr_equal(option_by_number(o->level, o->option), o);
        for (size_t k = 0; k < n && (other = option_at(k)); k++) {
            assert_string_not_equal(o->name, other->name);
            assert_true(!other->alias || strcmp(o->name, other->alias) != 0);
        }
    }
    assert_true(n >= 100);
}

static void an_option_is_found_in_any_case_and_without_its_prefix(void **state)
{
    struct err err = {0};

    (void)state;
    assert_string_equal(option_find("so_rcvbuf")->name, "SO_RCVBUF");
    assert_string_equal(option_find("rcvbuf")->name, "SO_RCVBUF");
    assert_string_equal(option_find("NoDelay")->name, "TCP_NODELAY");
    assert_string_equal(option_find("IPV6_ADD_MEMBERSHIP")->name, "IPV6_JOIN_GROUP");
    assert_string_equal(option_find("TCP_CORK")->name, "TCP_CORK");
    assert_null(option_find("cork"));
    assert_null(option_find("SO_RCV"));
    assert_null(option_find(""));
    assert_null(option_choose("cork", &err));
    assert_non_null(strstr(err.reason, "TCP_CORK"));
    assert_non_null(strstr(err.reason, "UDP_CORK"));
    assert_string_equal(option_by_number(IPPROTO_IPV6, MCAST_JOIN_GROUP)->name,
                        "MCAST_JOIN_GROUP");
    assert_null(option_by_number(SOL_SOCKET, 4242));
}

static void an_assignment_names_an_option_and_a_value(void **state)
{
    const struct socket_option *o;
    const char *value;
    struct err err = {0};

    (void)state;
    assert_int_equal(option_parse_assignment("rcvbuf=65536", &o, &value, &err), 0);
    assert_string_equal(o->name, "SO_RCVBUF");
    assert_string_equal(value, "65536");
    assert_int_equal(option_parse_assignment("TCP_NODELAY", &o, &value, &err), 0);
    assert_string_equal(value, "1");
    assert_int_equal(option_parse_assignment("SO_BINDTODEVICE=", &o, &value, &err), 0);
    assert_string_equal(value, "");
    assert_int_equal(option_parse_assignment("SO_RCVBUF", &o, &value, &err), -EINVAL);
    assert_non_null(strstr(err.reason, "SO_RCVBUF=VALUE"));
    assert_int_equal(option_parse_assignment("SO_NOSUCH=1", &o, &value, &err), -EINVAL);
    assert_string_equal(err.input, "SO_NOSUCH=1");
    assert_int_equal(option_parse_assignment("=1", &o, &value, &err), -EINVAL);
}

/* Asked and canonical text; NULL: as asked.  Interfaces by number, so that none must be there. */
static const struct {
    const char *name, *text, *canonical;
} texts[] = {
    {"SO_LINGER", "off", NULL},
    {"SO_LINGER", "5", "5 s"},
    {"SO_LINGER", "0 s", NULL},
    {"SO_RCVTIMEO", "1.5 s", "1.500000 s"},
    {"SO_RCVTIMEO", "1.500000 s", NULL},
    {"SO_RCVTIMEO", "200 ms", NULL},
    {"SO_RCVTIMEO", "0.25", "250 ms"},
    {"SO_RCVTIMEO", "70us", "70 us"},
    {"SO_RCVTIMEO", "off", NULL},
    {"SO_SNDTIMEO", "3", "3 s"},
    {"SO_RCVBUF", "0x10000", "65536"},
    {"SO_RCVBUF", "65536 bytes", "65536"},
    {"SO_KEEPALIVE", "yes", "on"},
    {"SO_KEEPALIVE", "0", "off"},
    {"SO_MARK", "4294967295", NULL},
    {"SO_MAX_PACING_RATE", "unlimited", NULL},
    {"SO_MAX_PACING_RATE", "18446744073709551615", "unlimited"},
    {"SO_MAX_PACING_RATE", "9999999999", NULL},
    {"SO_TIMESTAMPING", "rx-software,software", NULL},
    {"SO_TIMESTAMPING", "SOF_TIMESTAMPING_SOFTWARE|0x80000000", "software,0x80000000"},
    {"SO_TIMESTAMPING", "none", NULL},
    {"SO_TXTIME", "monotonic,deadline,report-errors", NULL},
    {"SO_BINDTODEVICE", "lo", NULL},
    {"SO_BINDTODEVICE", "", "none"},
    {"SO_ATTACH_FILTER", "2,40 0 0 12,6 0 0 262144", NULL},
    {"SO_ATTACH_FILTER", "1,6 0 0 0,", "1,6 0 0 0"},
    {"IP_MTU_DISCOVER", "probe", NULL},
    {"IP_MTU_DISCOVER", "IP_PMTUDISC_DO", "do"},
    {"IP_MTU_DISCOVER", "0", "dont"},
    {"IP_TTL", "default", NULL},
    {"IP_TTL", "64 hops", "64"},
    {"IP_LOCAL_PORT_RANGE", "40000-50000", NULL},
    {"IP_LOCAL_PORT_RANGE", "off", NULL},
    {"IP_MULTICAST_IF", "127.0.0.1", NULL},
    {"IP_ADD_MEMBERSHIP", "239.1.1.1", NULL},
    {"IP_ADD_MEMBERSHIP", "239.1.1.1%127.0.0.1", NULL},
    {"IP_ADD_MEMBERSHIP", "239.1.1.1%4242424", NULL},
    {"IP_ADD_SOURCE_MEMBERSHIP", "192.0.2.1@232.1.1.1%127.0.0.1", NULL},
    {"IP_MSFILTER", "include,232.1.1.1,192.0.2.1,192.0.2.2", NULL},
    {"MCAST_MSFILTER", "exclude,ff35::1%4242424,2001:db8::1", NULL},
    {"MCAST_JOIN_GROUP", "239.1.1.1%4242424", NULL},
    {"MCAST_JOIN_GROUP", "ff02::1%4242424", NULL},
    {"MCAST_JOIN_SOURCE_GROUP", "2001:db8::1@ff35::1", NULL},
    {"IPV6_JOIN_GROUP", "ff02::1%4242424", NULL},
    {"IPV6_MULTICAST_IF", "none", NULL},
    {"IPV6_UNICAST_IF", "4242424", NULL},
    {"IPV6_ADDR_PREFERENCES", "public,home", NULL},
    {"TCP_CONGESTION", "cubic", NULL},
    {"TCP_REPAIR", "off-without-probe", NULL},
    {"TCP_REPAIR", "-1", "off-without-probe"},
    {"TCP_MD5SIG", "k@y@192.0.2.1", "(3 bytes)@192.0.2.1"},
    {"TCP_MD5SIG_EXT", "key@2001:db8::/32", "(3 bytes)@2001:db8::/32"},
    {"IP_OPTIONS", "0101AB00", "0101ab00"},
    {"IP_OPTIONS", "none", NULL},
};

static void every_sort_of_value_has_one_text_and_comes_back_from_it(void **state)
{
    char text[OPTION_TEXT_BYTES];
    struct option_value v;
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const struct socket_option *o = option_find(texts[i].name);
        const char *expected = texts[i].canonical ? texts[i].canonical : texts[i].text;

        assert_non_null(o);
        if (option_value_parse(o, texts[i].text, &v, &err) < 0)
            fail_msg("%s=%s: %s", texts[i].name, texts[i].text, err.reason);
        option_value_format(o, &v, text, sizeof(text));
        assert_string_equal(text, expected);
        if (o->type == OPTION_MD5_KEY)
            continue; /* a key is not shown */
        assert_int_equal(option_value_parse(o, text, &v, NULL), 0);
        option_value_format(o, &v, text, sizeof(text));
        assert_string_equal(text, expected);
    }
}

static const struct {
    const char *name, *value, *expected;
} wrongs[] = {
    {"SO_RCVBUF", "abc", "a number from 0 to 2147483647 (bytes)"},
    {"SO_RCVBUF", "", "a number"},
    {"SO_RCVBUF", "-1", "from 0"},
    {"SO_RCVBUF", "2147483648", "from 0"},
    {"SO_RCVBUF", "65536 hops", "bytes"},
    {"SO_RCVBUF", " 1", "a number"},
    {"SO_RCVBUF", "99999999999999999999", "a number"},
    {"IP_TTL", "0", "from 1 to 255 (hops), or default"},
    {"IP_TTL", "256", "from 1 to 255"},
    {"SO_MARK", "-1", "a number"},
    {"SO_MARK", "4294967296", "a number"},
    {"SO_MAX_PACING_RATE", "-1", "a number"},
    {"SO_MAX_PACING_RATE", "18446744073709551616", "a number"},
    {"TCP_NODELAY", "maybe", "on or off"},
    {"TCP_NODELAY", "2", "on or off"},
    {"IP_MTU_DISCOVER", "sometimes", "one of dont, want, do, probe, interface, omit"},
    {"IP_MTU_DISCOVER", "9", "one of"},
    {"SO_TIMESTAMPING", "rx-software,nonsense", "none of its values"},
    {"SO_LINGER", "on", "off, or seconds"},
    {"SO_LINGER", "-5", "off, or seconds"},
    {"SO_RCVTIMEO", "1.2.3 s", "a duration"},
    {"SO_RCVTIMEO", "-1 s", "a duration"},
    {"SO_RCVTIMEO", "0.0000001 s", "a duration"},
    {"SO_RCVTIMEO", "0.5 us", "a duration"},
    {"SO_BINDTODEVICE", "a-name-that-is-too-long", "0 to 15 bytes"},
    {"TCP_CONGESTION", "", "1 to 15 bytes"},
    {"SO_ATTACH_FILTER", "2,6 0 0 0", "CODE JT JF K"},
    {"SO_ATTACH_FILTER", "1,6 0 256 0", "CODE JT JF K"},
    {"SO_ATTACH_FILTER", "0", "CODE JT JF K"},
    {"SO_ATTACH_FILTER", "9999,6 0 0 0", "CODE JT JF K"},
    {"IP_LOCAL_PORT_RANGE", "50000-40000", "40000-50000"},
    {"IP_LOCAL_PORT_RANGE", "1-65536", "40000-50000"},
    {"SO_TXTIME", "monotonic,", "monotonic, tai"},
    {"IP_ADD_MEMBERSHIP", "239.1.1", "a group"},
    {"IP_ADD_MEMBERSHIP", "239.1.1.1%", "a group"},
    {"IP_ADD_MEMBERSHIP", "ff02::1", "a group"},
    {"IP_ADD_SOURCE_MEMBERSHIP", "232.1.1.1", "SOURCE@GROUP"},
    {"MCAST_JOIN_SOURCE_GROUP", "192.0.2.1@ff35::1", "SOURCE@GROUP"},
    {"IP_MSFILTER", "only,232.1.1.1,192.0.2.1", "include or exclude"},
    {"IP_MSFILTER", "include", "include or exclude"},
    {"IPV6_JOIN_GROUP", "239.1.1.1", "an IPv6 address"},
    {"TCP_MD5SIG", "key@192.0.2.0/24", "KEY@ADDRESS"},
    {"TCP_MD5SIG_EXT", "key@192.0.2.0/33", "KEY@ADDRESS"},
    {"IP_OPTIONS", "0", "hex"},
    {"IP_OPTIONS", "xy", "hex"},
    {"TCP_FASTOPEN_KEY", "00", "16 to 32"},
    {"SO_TYPE", "1", "it can only be read"},
};

static void a_wrong_value_is_refused_with_what_is_expected(void **state)
{
    char input[ERR_TEXT_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
        const struct socket_option *o = option_find(wrongs[i].name);
        struct err err = {0};

        assert_non_null(o);
        if (option_check(o, wrongs[i].value, &err) != -EINVAL)
            fail_msg("%s=%s was taken", wrongs[i].name, wrongs[i].value);
        snprintf(input, sizeof(input), "%s=%s", wrongs[i].name, wrongs[i].value);
        assert_string_equal(err.input, input);
        if (!strstr(err.reason, wrongs[i].expected))
            fail_msg("%s: '%s' does not say '%s'", input, err.reason, wrongs[i].expected);
    }
}

static void an_interface_that_is_not_there_is_named(void **state)
{
    struct err err = {0};

    (void)state;
    assert_int_equal(option_check(option_find("IPV6_MULTICAST_IF"), "nosuch0", &err), -ENODEV);
    assert_string_equal(err.input, "IPV6_MULTICAST_IF=nosuch0");
    assert_int_equal(option_check(option_find("IP_ADD_MEMBERSHIP"), "239.1.1.1%nosuch0", NULL),
                     -ENODEV);
}

/* These do not read on a connected socket of ours; an ENOPROTOOPT may also be an older kernel's. */
static const struct exception unreadable[] = {
    {"SO_PEERSEC", ENOPROTOOPT}, /* without a security module that labels sockets */
    {"SO_ORIGINAL_DST", 0},      /* nothing was redirected, or there is no conntrack */
    {"IP6T_SO_ORIGINAL_DST", 0},
    {"TCP_AO_GET_KEYS", 0}, /* without keys, or not built in */
    {"TCP_AO_INFO", 0},
    {"TCP_AO_REPAIR", 0}, /* in repair only, which needs a privilege */
    {"TCP_QUEUE_SEQ", EINVAL},
    {"TCP_REPAIR_QUEUE", EINVAL},
    {"TCP_REPAIR_WINDOW", EINVAL},
    {NULL, 0},
};

/* Younger than Linux 5.10, the oldest that we look at. */
static bool is_young(const char *name, int error)
{
    static const struct exception young[] = {
        {"SO_BUF_LOCK", ENOPROTOOPT},         {"SO_RESERVE_MEM", ENOPROTOOPT},
        {"SO_NETNS_COOKIE", ENOPROTOOPT},     {"SO_PREFER_BUSY_POLL", ENOPROTOOPT},
        {"SO_TXREHASH", ENOPROTOOPT},         {"SO_RCVMARK", ENOPROTOOPT},
        {"SO_PASSPIDFD", ENOPROTOOPT},        {"SO_PEERPIDFD", ENOPROTOOPT},
        {"SO_RCVPRIORITY", ENOPROTOOPT},      {"SO_PASSRIGHTS", ENOPROTOOPT},
        {"IP_LOCAL_PORT_RANGE", ENOPROTOOPT}, {"TCP_IS_MPTCP", ENOPROTOOPT},
        {"TCP_RTO_MAX_MS", ENOPROTOOPT},      {"TCP_RTO_MIN_US", ENOPROTOOPT},
        {"TCP_DELACK_MAX_US", ENOPROTOOPT},   {NULL, 0}};

    return excepted(young, name, error);
}

/* These read as something that cannot be set: nothing, or what a loopback alone has. */
static const struct exception one_way[] = {{"SO_ATTACH_FILTER", 0},
                                           {"TCP_ULP", 0},
                                           {"TCP_FASTOPEN_KEY", 0},
                                           {"IPV6_MTU", 0},
                                           {NULL, 0}};

static void every_readable_option_reads_where_it_applies(void **state)
{
    const struct socket_option *o;
    struct caller c = caller();
    size_t reads = 0;

    (void)state;
    for (size_t k = 0; k < N_KINDS; k++)
        open_kind(&kinds[k], true);
    for (size_t i = 0; (o = option_at(i)); i++)
        for (size_t k = 0; k < N_KINDS; k++) {
            char text[OPTION_TEXT_BYTES] = "";
            struct err err = {0};
            int r;

            if (!(o->flags & OPTION_READ) || kinds[k].fd < 0 ||
                !option_applies(o, kinds[k].domain, kinds[k].type))
                continue;
            r = option_get(&c, kinds[k].fd, o, text, sizeof(text), &err);
            if (r < 0 && !excepted(unreadable, o->name, -r) && !is_young(o->name, -r))
                fail_msg("%s on %s: %s", o->name, kinds[k].name, err_name(r));
            if (r < 0)
                assert_string_equal(err.input, o->name);
            else
                assert_true(text[0]);
            if (r == 0 && (o->flags & OPTION_WRITE) && !excepted(one_way, o->name, 0) &&
                option_check(o, text, NULL) < 0)
                fail_msg("%s does not take back '%s'", o->name, text);
            reads += r == 0;
        }
    for (size_t k = 0; k < N_KINDS; k++)
        close_kind(&kinds[k]);
    assert_true(reads >= 100);
}

/* A value that differs from the default of most. */
static const char *a_value(const struct socket_option *o, size_t turn, char buf[32])
{
    int64_t low = o->max ? o->min : 0;

    if (o->type == OPTION_BOOL)
        return turn == 0 ? "on" : turn == 1 ? "off" : NULL;
    if (o->type == OPTION_ENUM)
        return o->words[turn].text;
    snprintf(buf, 32, "%lld", (long long)(low + (turn ? 1 : 0)));
    return turn < 2 ? buf : NULL;
}

static const struct exception unsettable[] = {
    {"SO_LOCK_FILTER", EPERM},      /* off: what is locked stays so */
    {"SO_RESERVE_MEM", EOPNOTSUPP}, /* without a memory cgroup */
    {"IPV6_MTU", ENOTCONN},         /* it is set, but only a connected socket tells it */
    {"TCP_RTO_MIN_US", EINVAL},     /* less than two ticks of the kernel's clock */
    {"TCP_DELACK_MAX_US", EINVAL},
    {"UDP_ENCAP", ENOPROTOOPT}, /* the protocols the kernel was built without */
    {NULL, 0},
};

static void every_number_that_anybody_may_set_comes_back(void **state)
{
    const struct socket_option *o;
    struct caller c = caller();
    size_t sets = 0;

    (void)state;
    for (size_t i = 0; (o = option_at(i)); i++)
        for (size_t k = 0; k < N_KINDS; k++) {
            char number[32], text[OPTION_TEXT_BYTES];
            const char *value;

            if (o->type != OPTION_BOOL && o->type != OPTION_ENUM && o->type != OPTION_INT &&
                o->type != OPTION_UINT)
                continue;
            if ((o->flags & (OPTION_READ | OPTION_WRITE)) != (OPTION_READ | OPTION_WRITE) ||
                (o->flags & OPTION_PRIVILEGED) ||
                !option_applies(o, kinds[k].domain, kinds[k].type))
                continue;
            open_kind(&kinds[k], false);
            for (size_t turn = 0; kinds[k].fd >= 0 && (value = a_value(o, turn, number));
                 turn++) {
                struct err err = {0};
                int r = option_set(&c, kinds[k].fd, o, value, &err);

                if (r == 0)
                    r = option_get(&c, kinds[k].fd, o, text, sizeof(text), &err);
                if (r < 0 && !excepted(unsettable, o->name, -r) && !is_young(o->name, -r))
                    fail_msg("%s=%s on %s: %s", o->name, value, kinds[k].name, err_name(r));
                if (r == 0 && strcmp(value, text) != 0 && !o->change)
                    fail_msg("%s=%s on %s is %s", o->name, value, kinds[k].name, text);
                sets += r == 0;
            }
            close_kind(&kinds[k]);
        }
    assert_true(sets >= 100);
}

static void what_the_kernel_made_of_a_value_is_told(void **state)
{
    const struct socket_option *o = option_find("SO_RCVBUF");
    struct caller c = caller();
    struct kind *k = &kinds[0];
    char text[OPTION_TEXT_BYTES * 3];
    struct err err = {0};

    (void)state;
    open_kind(k, false);
    assert_int_equal(option_set_and_read(&c, k->fd, o, "65536", text, sizeof(text), &err), 0);
    assert_string_equal(text, "SO_RCVBUF: asked 65536, the kernel made it 131072 bytes (it "
                              "doubles the value, up to net.core.rmem_max: socket(7))");
    o = option_find("TCP_NODELAY");
    assert_int_equal(option_set_and_read(&c, k->fd, o, "1", text, sizeof(text), &err), 0);
    assert_string_equal(text, "TCP_NODELAY = on");
    o = option_find("TCP_KEEPIDLE");
    assert_int_equal(option_set_and_read(&c, k->fd, o, "30", text, sizeof(text), &err), 0);
    assert_string_equal(text, "TCP_KEEPIDLE = 30 s");
    o = option_find("SO_DETACH_REUSEPORT_BPF");
    assert_int_equal(option_set_and_read(&c, k->fd, o, "maybe", text, sizeof(text), &err),
                     -EINVAL);
    o = option_find("SO_CNX_ADVICE");
    assert_int_equal(option_set_and_read(&c, k->fd, o, "negative", text, sizeof(text), &err),
                     0);
    assert_string_equal(text, "SO_CNX_ADVICE: set to negative");
    close_kind(k);
}

static void what_cannot_be_set_or_read_says_why(void **state)
{
    struct caller c = caller();
    struct kind *k = &kinds[4];
    char text[OPTION_TEXT_BYTES] = "as it was";
    struct err err = {0};

    (void)state;
    open_kind(k, false);
    assert_int_equal(
        option_get(&c, k->fd, option_find("SO_RCVBUFFORCE"), text, sizeof(text), &err),
        -EOPNOTSUPP);
    assert_non_null(strstr(err.reason, "only be set"));
    assert_string_equal(text, "as it was");
    assert_int_equal(option_set(&c, k->fd, option_find("TCP_NODELAY"), "on", &err),
                     -EOPNOTSUPP);
    assert_string_equal(err.input, "TCP_NODELAY=on");
    assert_non_null(strstr(err.hint, "tcp(7)"));
    close_kind(k);
    assert_int_equal(option_set(&c, -1, option_find("TCP_NODELAY"), "on", &err), -EBADF);
}

static void groups_and_filters_reach_the_kernel(void **state)
{
    static const char filter[] = "2,40 0 0 12,6 0 0 262144";
    struct caller c = caller();
    char text[OPTION_TEXT_BYTES];
    struct err err = {0};

    (void)state;
    open_kind(&kinds[2], false);
    open_kind(&kinds[3], false);
    assert_int_equal(option_set(&c, kinds[2].fd, option_find("SO_ATTACH_FILTER"), filter, &err),
                     0);
    assert_int_equal(
        option_get(&c, kinds[2].fd, option_find("SO_ATTACH_FILTER"), text, sizeof(text), &err),
        0);
    assert_string_equal(text, filter);
    assert_int_equal(option_set(&c, kinds[2].fd, option_find("IP_ADD_MEMBERSHIP"),
                                "239.1.1.1%127.0.0.1", &err),
                     0);
    assert_int_equal(option_set(&c, kinds[2].fd, option_find("IP_DROP_MEMBERSHIP"),
                                "239.1.1.1%127.0.0.1", &err),
                     0);
    assert_int_equal(option_set(&c, kinds[2].fd, option_find("IP_DROP_MEMBERSHIP"),
                                "239.1.1.1%127.0.0.1", &err),
                     -EADDRNOTAVAIL);
    assert_int_equal(option_set(&c, kinds[2].fd, option_find("MCAST_JOIN_SOURCE_GROUP"),
                                "192.0.2.1@232.1.1.1%lo", &err),
                     0);
    assert_int_equal(option_set(&c, kinds[2].fd, option_find("MCAST_MSFILTER"),
                                "include,232.1.1.1%lo,192.0.2.1,192.0.2.2", &err),
                     0);
    if (kinds[3].fd >= 0)
        assert_int_equal(
            option_set(&c, kinds[3].fd, option_find("MCAST_JOIN_GROUP"), "ff02::4242%lo", &err),
            0);
    close_kind(&kinds[2]);
    close_kind(&kinds[3]);
}

static void assert_last_call(const char *expected)
{
    char line[CALL_TEXT_BYTES];
    struct call call;

    assert_true(ring_get(journal, ring_head(journal) - 1, &call, NULL, 0, NULL));
    call_format(&call, line, sizeof(line));
    *strstr(line, " <") = '\0';
    assert_string_equal(line, expected);
}

static void every_call_stands_in_the_journal(void **state)
{
    struct caller c = caller();
    struct kind *k = &kinds[0];
    char text[OPTION_TEXT_BYTES], expected[CALL_TEXT_BYTES];

    (void)state;
    open_kind(k, false);
    assert_int_equal(option_set(&c, k->fd, option_find("SO_LINGER"), "5 s", NULL), 0);
    snprintf(expected, sizeof(expected),
             "setsockopt(%d, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=5}, 8) = 0", k->fd);
    assert_last_call(expected);
    assert_int_equal(option_set(&c, k->fd, option_find("SO_KEEPALIVE"), "on", NULL), 0);
    snprintf(expected, sizeof(expected), "setsockopt(%d, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0",
             k->fd);
    assert_last_call(expected);
    assert_int_equal(
        option_get(&c, k->fd, option_find("IP_MTU_DISCOVER"), text, sizeof(text), NULL), 0);
    snprintf(expected, sizeof(expected),
             "getsockopt(%d, SOL_IP, IP_MTU_DISCOVER, [IP_PMTUDISC_WANT], [4]) = 0", k->fd);
    assert_last_call(expected);
    option_set(&c, k->fd, option_find("TCP_CONGESTION"), "nosuch", NULL);
    snprintf(expected, sizeof(expected),
             "setsockopt(%d, SOL_TCP, TCP_CONGESTION, \"nosuch\", 6) = -1 ENOENT (No such file "
             "or directory)",
             k->fd);
    assert_last_call(expected);
    close_kind(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_complete_and_names_each_option_once),
        cmocka_unit_test(an_option_is_found_in_any_case_and_without_its_prefix),
        cmocka_unit_test(an_assignment_names_an_option_and_a_value),
        cmocka_unit_test(every_sort_of_value_has_one_text_and_comes_back_from_it),
        cmocka_unit_test(a_wrong_value_is_refused_with_what_is_expected),
        cmocka_unit_test(an_interface_that_is_not_there_is_named),
        cmocka_unit_test(every_readable_option_reads_where_it_applies),
        cmocka_unit_test(every_number_that_anybody_may_set_comes_back),
        cmocka_unit_test(what_the_kernel_made_of_a_value_is_told),
        cmocka_unit_test(what_cannot_be_set_or_read_says_why),
        cmocka_unit_test(groups_and_filters_reach_the_kernel),
        cmocka_unit_test(every_call_stands_in_the_journal),
    };
    int failed;

    journal = journal_new();
    failed = cmocka_run_group_tests_name("options", tests, NULL, NULL);
    ring_free(journal);
    return failed;
}
