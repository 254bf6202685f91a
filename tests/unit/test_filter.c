#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/model/filter_tree.h"
#include "tests/unit/owned.h"

static struct addr address(const char *ip, uint16_t port)
{
    uint8_t bytes[16];
    int family = strchr(ip, ':') ? AF_INET6 : AF_INET;

    assert_int_equal(inet_pton(family, ip, bytes), 1);
    return addr_make(family, bytes, port);
}

/* 127.0.0.1:65432 to 127.0.0.1:51826, established, 128,512 bytes to read. */
static struct row the_row(void)
{
    return (struct row){
        .local = address("127.0.0.1", 65432),
        .peer = address("127.0.0.1", 51826),
        .rqueue = 128512,
        .uid = 1000,
        .inode = 77,
        .kind = KIND_TCP,
        .state = STATE_ESTABLISHED,
    };
}

/* A snapshot in which inode 77 is held by one process; release with done(). */
static struct snapshot held_by(int32_t pid, const char *comm)
{
    struct snapshot s = {0};

    an_owner(&s.owned, 77, OWNER_KNOWN);
    a_holder(&s.owned, pid, 5, comm);
    return s;
}

static void done(struct snapshot *s)
{
    texts_done(&s->names);
    ownership_done(&s->owned);
    free(s->details);
}

static bool matches_in(const char *text, const struct snapshot *s, const struct row *row)
{
    struct filter *f = NULL;
    struct err err = {0};
    bool result;

    if (filter_parse(text, &f, &err) != 0)
        fail_msg("\"%s\": %s", text, err.reason);
    result = filter_match(f, s, row);
    filter_free(f);
    return result;
}

static bool matches_row(const char *text, const struct row *row)
{
    return matches_in(text, NULL, row);
}

static bool matches(const char *text)
{
    struct snapshot s = held_by(812, "nginx");
    struct row row = the_row();
    bool result = matches_in(text, &s, &row);

    done(&s);
    return result;
}

static void expect_all(const char *const *texts, size_t n, bool result)
{
    for (size_t i = 0; i < n; i++)
        if (matches(texts[i]) != result)
            fail_msg("\"%s\" should%s match", texts[i], result ? "" : " not");
}

#define EXPECT(result, ...)                                                                    \
    do {                                                                                       \
        static const char *const texts[] = {__VA_ARGS__};                                      \
        expect_all(texts, sizeof(texts) / sizeof(texts[0]), result);                           \
    } while (0)

static void expect_error(const char *text, const char *reason)
{
    struct filter *f = (struct filter *)&f;
    struct err err = {0};

    assert_int_equal(filter_parse(text, &f, &err), -EINVAL);
    assert_string_equal(err.reason, reason);
    assert_string_equal(err.input, text);
    assert_int_equal(err.code, -EINVAL);
    assert_ptr_equal(f, &f); /* untouched */
    assert_int_equal(filter_parse(text, &f, NULL), -EINVAL);
}

static void nothing_matches_everything(void **state)
{
    struct row row = the_row();
    struct filter *f = (struct filter *)&f;

    (void)state;
    assert_int_equal(filter_parse("", &f, NULL), 0);
    assert_null(f);
    assert_int_equal(filter_parse(" \t ", &f, NULL), 0);
    assert_null(f);
    assert_true(filter_match(NULL, NULL, &row));
    assert_false(filter_needs_owner(NULL));
    assert_int_equal(filter_states(NULL), (1U << STATE_COUNT) - 2);
    filter_free(NULL);
}

static void ports_are_compared_on_their_side(void **state)
{
    (void)state;
    EXPECT(true, "sport = :65432", "sport = 65432", "sport == 65432", "sport eq 65432",
           "sport 65432", "sport=65432", "dport = :51826", "sport != 80", "sport ne 80",
           "sport > 65431", "sport gt 65431", "sport >= 65432", "sport ge 65432",
           "sport <= 65432", "sport le 65432", "sport leq 65432", "sport geq 1", "sport neq 1",
           "dport < 51827", "dport lt 51827", "sport :65000-65500", "sport != 1-1000",
           "sport = *");
    EXPECT(false, "sport = :51826", "dport = 65432", "sport != 65432", "sport > 65432",
           "sport < 65432", "sport >= 65433", "sport <= 65431", "sport :1-65431",
           "sport = http");
}

static void port_is_either_side(void **state)
{
    (void)state;
    EXPECT(true, "port 65432", "port 51826", "port :51826", "port = 51826", "port != 80",
           "port 51000-52000", "port > 60000");
    EXPECT(false, "port 80", "port != 65432", "port != 51826", "port > 65432");
}

static void service_names_are_ports(void **state)
{
    struct row row = the_row();

    (void)state;
    row.peer.port = 80;
    assert_true(matches_row("dport = http", &row));
    assert_true(matches_row("dport = :http", &row));
    assert_false(matches_row("dport = https", &row));
}

static void addresses_take_prefixes_and_ports(void **state)
{
    (void)state;
    EXPECT(true, "dst 127.0.0.1", "dst = 127.0.0.1", "dst 127.0.0.0/8", "dst 0.0.0.0/0",
           "src 127.0.0.1:65432", "src 127.0.0.0/8:65432", "src :65432", "src *:65432", "src *",
           "dst != 10.0.0.1", "dst 127.0.0.1:51000-52000", "dst 127.0.0.1/32", "src localhost",
           "dst inet:127.0.0.1", "dst :51826");
    EXPECT(false, "dst 127.0.0.2", "dst 10.0.0.0/8", "src 127.0.0.1:51826", "dst ::1",
           "dst ::/0", "dst ::ffff:127.0.0.1", "dst 127.0.0.2/31:9", "dst != 127.0.0.1",
           "dst 127.0.0.3/32");
}

static void ipv6_addresses_take_brackets(void **state)
{
    struct row row = the_row();

    (void)state;
    row.local = address("fd77::1", 80);
    row.peer = address("::1", 443);
    assert_true(matches_row("src fd77::1", &row));
    assert_true(matches_row("src [fd77::1]:80", &row));
    assert_true(matches_row("src [fd77::]/16:80", &row));
    assert_true(matches_row("src [fd77::/16]:80", &row));
    assert_true(matches_row("src fd77::/16", &row));
    assert_true(matches_row("dst [::1]", &row));
    assert_false(matches_row("src [fd77::1]:81", &row));
    assert_false(matches_row("src fd78::/16", &row));
    assert_false(matches_row("src 0.0.0.0/0", &row));
}

static void a_mapped_address_is_of_both_families(void **state)
{
    struct row row = the_row();

    (void)state;
    row.peer = address("::ffff:10.1.2.3", 443);
    assert_true(matches_row("dst 10.0.0.0/8", &row));
    assert_true(matches_row("dst ::ffff:10.1.2.3", &row));
    assert_true(matches_row("dst [::ffff:10.0.0.0]/104", &row));
    assert_true(matches_row("dst ::/0", &row));
    assert_true(matches_row("dst 0.0.0.0/0", &row));
    assert_false(matches_row("dst 11.0.0.0/8", &row));
}

static void states_have_the_names_of_ss(void **state)
{
    (void)state;
    EXPECT(true, "state established", "state estab", "STATE Established", "state connected",
           "state synchronized", "state big", "state all", "exclude listen",
           "state time-wait state estab");
    EXPECT(false, "state time-wait", "state listen", "state bucket", "exclude established",
           "exclude connected", "state listen state time-wait",
           "state time-wait and state estab");
}

static void state_groups_are_those_of_ss(void **state)
{
    struct row row = the_row();

    (void)state;
    row.state = STATE_SYN_SENT;
    assert_true(matches_row("state connected", &row));
    assert_false(matches_row("state synchronized", &row));
    row.state = STATE_LISTEN;
    assert_false(matches_row("state connected", &row));
    assert_true(matches_row("state big", &row));
    row.state = STATE_TIME_WAIT;
    assert_true(matches_row("state bucket", &row));
    assert_true(matches_row("state synchronized", &row));
    assert_false(matches_row("state big", &row));
    row.state = STATE_NEW_SYN_RECV;
    assert_true(matches_row("state syn-recv", &row));
}

static void queues_pid_comm_and_user(void **state)
{
    (void)state;
    EXPECT(true, "recvq > 1000", "recvq >= 128512", "sendq = 0", "sendq 0", "pid 812",
           "pid = 812", "pid != 1", "comm nginx", "comm = nginx", "comm != httpd", "user 1000",
           "user != root");
    EXPECT(false, "recvq > 128512", "sendq > 0", "pid 81", "comm ngin", "comm NGINX",
           "user root", "user 0", "user != 1000");
}

static void an_unknown_owner_is_neither_the_same_nor_another(void **state)
{
    static const char *const none[] = {"pid 812",       "pid != 812",   "comm nginx", "pid > 0",
                                       "comm != nginx", "command != x", "nginx",      "pid 0"};
    struct snapshot hidden = {0};
    struct row row = the_row();

    (void)state;
    an_owner(&hidden.owned, 77, OWNER_NOT_PERMITTED);
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_false(matches_row(none[i], &row));
        assert_false(matches_in(none[i], &hidden, &row));
    }
    assert_true(matches_in("not pid 812", &hidden, &row));
    done(&hidden);
}

static void a_socket_that_nobody_holds_is_not_anybodys(void **state)
{
    struct snapshot s = {0};
    struct row row = the_row();

    (void)state;
    an_owner(&s.owned, 77, OWNER_NONE);
    assert_true(matches_in("pid != 812", &s, &row));
    assert_true(matches_in("comm != nginx", &s, &row));
    assert_false(matches_in("pid = 812", &s, &row));
    assert_false(matches_in("pid > 0", &s, &row));
    done(&s);
}

static void any_of_the_holders_counts(void **state)
{
    struct snapshot s = held_by(812, "nginx");
    struct row row = the_row();

    (void)state;
    a_holder(&s.owned, 900, 6, "worker");
    assert_true(matches_in("pid 812", &s, &row));
    assert_true(matches_in("pid 900", &s, &row));
    assert_true(matches_in("comm worker", &s, &row));
    assert_true(matches_in("comm work*", &s, &row));
    assert_true(matches_in("pid > 850", &s, &row));
    assert_false(matches_in("pid != 812", &s, &row));
    assert_false(matches_in("comm != worker", &s, &row));
    assert_true(matches_in("comm != httpd", &s, &row));
    done(&s);
}

static void command_lines_and_containers(void **state)
{
    struct snapshot s = held_by(812, "nginx");
    struct process *p = s.owned.processes;
    struct row row = the_row();
    static const char command[] = "nginx: master process -c /etc/nginx.conf",
                      id[] = "4f1d0c2b9a88aa";

    (void)state;
    assert_false(matches_in("container 4f1d0c2b", &s, &row));
    p->command = texts_add(&s.owned.texts, command, strlen(command));
    p->container = texts_add(&s.owned.texts, id, strlen(id));
    assert_true(matches_in("command nginx.conf", &s, &row));
    assert_true(matches_in("command \"master process\"", &s, &row));
    assert_true(matches_in("command /etc/nginx", &s, &row));
    assert_true(matches_in("command != apache", &s, &row));
    assert_false(matches_in("command apache", &s, &row));
    assert_true(matches_in("container 4f1d0c2b", &s, &row));
    assert_true(matches_in("container 4f*", &s, &row));
    assert_false(matches_in("container 4f1d", &s, &row));
    assert_false(matches_in("container != 4f1d0c2b9a88aa", &s, &row));
    assert_true(matches_in("/master process/", &s, &row));
    assert_true(matches_in("4f1d0c", &s, &row));
    done(&s);
}

static void a_long_process_name_matches_what_the_kernel_keeps(void **state)
{
    struct snapshot s = held_by(9, "systemd-resolve"), other = held_by(812, "nginx");
    struct row row = the_row();

    (void)state;
    assert_true(matches_in("comm systemd-resolved", &s, &row));
    assert_true(matches_in("comm systemd-resolve", &s, &row));
    assert_false(matches_in("comm systemd-resolut", &s, &row));
    assert_false(matches_in("comm nginx-with-a-longer-name", &other, &row));
    done(&s);
    done(&other);
}

static struct row unix_row(struct snapshot *s, const char *name)
{
    struct row row = {.kind = KIND_UNIX_STREAM, .state = STATE_LISTEN, .inode = 5};

    row.local.family = row.peer.family = AF_UNIX;
    row.local.number[0] = 5;
    row.name = texts_add(&s->names, name, strlen(name));
    return row;
}

static void unix_names_are_patterns(void **state)
{
    struct snapshot s = {0};
    struct row path = unix_row(&s, "/run/Docker.sock"), given = unix_row(&s, "@0a1b2"),
               bare = unix_row(&s, "");

    (void)state;
    assert_true(matches_in("src unix:/run/*", &s, &path));
    assert_true(matches_in("src unix:/RUN/docker.sock", &s, &path));
    assert_true(matches_in("src /run/docker.*", &s, &path));
    assert_true(matches_in("src = unix:*docker*", &s, &path));
    assert_true(matches_in("( src unix:/run/docker.sock )", &s, &path));
    assert_true(matches_in("src != unix:/tmp/*", &s, &path));
    assert_false(matches_in("src unix:/tmp/*", &s, &path));
    assert_false(matches_in("src unix:@*", &s, &path));
    assert_true(matches_in("src @0a1b2", &s, &given));
    assert_true(matches_in("src unix:", &s, &bare));
    assert_false(matches_in("src unix:", &s, &path));
    assert_true(matches_in("dst unix:*", &s, &path));
    assert_true(matches_in("autobound", &s, &given));
    assert_true(matches_in("autobound", &s, &bare));
    assert_false(matches_in("autobound", &s, &path));
    assert_true(matches_in("unix", &s, &path));
    assert_true(matches_in("proto unix", &s, &path));
    assert_true(matches_in("proto u_str and src *", &s, &path));
    assert_false(matches_in("inet or proto u_dgr", &s, &path));
    /* Its ports are neither this nor another. */
    assert_false(matches_in("sport 80", &s, &path));
    assert_false(matches_in("sport != 80", &s, &path));
    assert_false(matches_in("dst != 10.0.0.1", &s, &path));
    assert_true(matches_in("not sport 80", &s, &path));
    done(&s);
}

static void families_and_kinds(void **state)
{
    struct row row = the_row(), six = the_row(), netlink = {.kind = KIND_NETLINK};

    (void)state;
    six.local = address("::1", 80);
    six.peer = address("::1", 443);
    netlink.local.family = netlink.peer.family = AF_NETLINK;
    netlink.local.number[1] = 4242;
    assert_true(matches_row("inet", &row));
    assert_false(matches_row("inet6", &row));
    assert_true(matches_row("inet6 and proto tcp", &six));
    assert_true(matches_row("proto != udp", &row));
    assert_false(matches_row("proto != tcp", &row));
    assert_true(matches_row("src inet:127.0.0.1", &row));
    assert_true(matches_row("src inet:*", &row));
    assert_false(matches_row("src inet6:*", &row));
    six.peer = address("::ffff:10.0.0.1", 443);
    assert_true(matches_row("dst 10.0.0.1", &six));
    assert_false(matches_row("dst inet:10.0.0.1", &six));
    assert_true(matches_row("dst inet6:*:443", &six));
    assert_true(matches_row("src inet6:[::1]:80", &six));
    assert_true(matches_row("sport = inet6:80", &six));
    assert_false(matches_row("sport = inet:80", &six));
    assert_true(matches_row("netlink", &netlink));
    assert_true(matches_row("sport = netlink:4242", &netlink));
    assert_false(matches_row("sport = netlink:4243", &netlink));
    assert_false(matches_row("sport = 4242", &netlink));
    assert_true(matches_row("src netlink:", &netlink));
    assert_false(matches_row("src netlink:", &row));
}

/* What the end of a netlink, packet or vsock row shows is what its pattern is compared with. */
static void other_families_match_what_the_row_shows(void **state)
{
    struct row row = {.kind = KIND_VSOCK_STREAM}, rtnl = {.kind = KIND_NETLINK},
               arp = {.kind = KIND_PACKET_DGRAM, .interface = 1};
    struct snapshot s = {0};

    (void)state;
    rtnl.local.family = AF_NETLINK;
    assert_true(matches_row("src netlink:rtnl", &rtnl));
    assert_true(matches_row("src netlink:RTNL:kernel", &rtnl));
    assert_true(matches_row("src netlink:kernel", &rtnl));
    assert_false(matches_row("src netlink:genl", &rtnl));
    assert_false(matches_row("src netlink:rtnl:55", &rtnl));
    arp.local.family = AF_PACKET;
    arp.local.number[0] = 0x806;
    arp.local.number[1] = 1;
    arp.name = texts_add(&s.names, "lo", 2);
    assert_true(matches_in("src link:arp", &s, &arp));
    assert_true(matches_in("src link:lo", &s, &arp));
    assert_true(matches_in("src link:arp:lo", &s, &arp));
    assert_true(matches_in("src link:*:lo", &s, &arp));
    assert_true(matches_in("dev lo", &s, &arp));
    assert_false(matches_in("src link:ip:lo", &s, &arp));
    assert_false(matches_in("src link:eth0", &s, &arp));
    row.local.family = row.peer.family = AF_VSOCK;
    row.local.number[0] = 2;
    row.local.number[1] = 1024;
    assert_true(matches_row("src vsock:2", &row));
    assert_true(matches_row("src vsock:2:1024", &row));
    assert_false(matches_row("src vsock:77:88", &row));
    assert_true(matches_row("src != vsock:77:88", &row));
    assert_true(matches_row("sport = vsock:1024", &row));
    done(&s);
}

static void devices_marks_and_control_groups(void **state)
{
    struct snapshot s = {0};
    struct row row = the_row();
    struct socket_detail detail = {
        .known = DETAIL_MARK | DETAIL_CGROUP, .mark = 0x1234, .cgroup_id = 4711};

    (void)state;
    row.interface = 1;
    assert_true(matches_row("dev = 1", &row));
    assert_true(matches_row("dev lo", &row));
    assert_false(matches_row("dev != lo", &row));
    assert_true(matches_row("dev != 2", &row));
    row.name = texts_add(&s.names, "veth7", 5); /* that is index 1 elsewhere */
    assert_true(matches_in("dev veth7", &s, &row));
    assert_true(matches_in("dev 1", &s, &row));
    assert_false(matches_in("dev lo", &s, &row));
    assert_true(matches_in("dev != lo", &s, &row));
    assert_false(matches_in("fwmark = 0/0", &s, &row)); /* nobody knows it */
    assert_false(matches_in("fwmark != 0x1", &s, &row));
    assert_false(matches_in("cgroup != 1", &s, &row));
    snapshot_attach(&s, &row, &detail);
    assert_true(matches_in("fwmark = 0x1234", &s, &row));
    assert_true(matches_in("fwmark = 0x34/0xff", &s, &row));
    assert_true(matches_in("fwmark != 0x35/0xff", &s, &row));
    assert_false(matches_in("fwmark = 0x34", &s, &row));
    assert_true(matches_in("cgroup = 4711", &s, &row));
    assert_true(matches_in("cgroup != 4712", &s, &row));
    assert_false(matches_in("cgroup 4712", &s, &row));
    assert_false(matches_in("cgroup = /", &s, &row));
    done(&s);
}

static void ids_are_numbers(void **state)
{
    struct row row = the_row();

    (void)state;
    row.cookie = 0xabc;
    assert_true(matches_row("inode 77", &row));
    assert_true(matches_row("inode != 0", &row));
    assert_true(matches_row("cookie 0xabc", &row));
    assert_true(matches_row("uid >= 1000", &row));
    assert_false(matches_row("cookie 1", &row));
    row.cookie = 0;
    assert_false(matches_row("cookie != 1", &row));
    row.uid = UID_UNKNOWN;
    assert_false(matches_row("user != root", &row));
    assert_false(matches_row("uid > 0", &row));
    row.rqueue = QUEUE_UNKNOWN;
    assert_false(matches_row("recvq > 0", &row));
    assert_false(matches_row("recvq != 0", &row));
}

static void amounts_take_units(void **state)
{
    (void)state;
    EXPECT(true, "recvq > 128K", "recvq >= 128.512K", "recvq = 128512", "recvq < 126Ki",
           "recvq > 125Ki", "recvq < 1M", "recvq < 0.2m", "recvq != 0x10", "recvq < 1Gi");
    EXPECT(false, "recvq > 129K", "recvq > 1Mi", "recvq < 1K");
    expect_error("recvq > 1.5", "character 9: '1.5' is no number");
    expect_error("recvq > 1.0001K", "character 9: '1.0001K' is no number");
    expect_error("recvq > 99999999999T", "character 9: '99999999999T' is no number");
    expect_error("recvq > 5ms", "character 9: '5ms' is no number");
    expect_error("recvq > -1", "character 9: '-1' is no number");
    expect_error("recvq > .5K", "character 9: '.5K' is no number");
}

static void columns_are_compared_in_their_unit(void **state)
{
    struct row row = the_row();

    (void)state;
    assert_false(matches_row("timer_ms > 1", &row)); /* none is not 0 */
    assert_false(matches_row("timer_ms != 1", &row));
    assert_true(matches_row("not timer_ms > 1", &row));
    row.timer = TIMER_ON;
    row.timer_ms = 1500;
    assert_true(matches_row("timer_ms > 1", &row));
    assert_true(matches_row("timer_ms = 1500", &row));
    assert_true(matches_row("timer_ms = 1.5s", &row));
    assert_true(matches_row("timer_ms lt 1.6s", &row));
    assert_true(matches_row("timer_ms >= 1500000us", &row));
    assert_false(matches_row("timer_ms > 2s", &row));
    assert_false(matches_row("timer_ms >= 1min", &row));
    assert_true(matches_row("netid = tcp", &row));
    assert_true(matches_row("netid != udp", &row));
    assert_true(matches_row("local = 127.0.0.1:*", &row));
    expect_error("timer_ms > 5K", "character 12: '5K' is no number");
    expect_error("netid > tcp", "character 9: 'tcp' is no number");
}

/* What tcp_info says, and nothing where it does not. */
static void details_are_compared_when_they_are_known(void **state)
{
    static const char *const not_known[] = {"rtt > 0", "rtt <= 0", "rtt != 5", "app_limited",
                                            "rwnd_share >= 0"};
    struct snapshot s = {0};
    struct row row = the_row();
    struct socket_detail detail = {.known = DETAIL_INFO, .info_bytes = sizeof(struct tcp_info)};
    struct tcp_info info = {.tcpi_rtt = 51200,
                            .tcpi_snd_cwnd = 10,
                            .tcpi_delivery_rate = 1250000,
                            .tcpi_delivery_rate_app_limited = 1,
                            .tcpi_busy_time = 1000,
                            .tcpi_rwnd_limited = 510};

    (void)state;
    for (size_t i = 0; i < sizeof(not_known) / sizeof(not_known[0]); i++)
        assert_false(matches_in(not_known[i], &s, &row));
    assert_true(matches_in("not rtt > 50ms", &s, &row));
    memcpy(detail.info, &info, sizeof(info));
    snapshot_attach(&s, &row, &detail);
    assert_true(matches_in("rtt > 50ms", &s, &row));
    assert_true(matches_in("rtt = 51.2ms", &s, &row));
    assert_true(matches_in("rtt < 0.06s", &s, &row));
    assert_true(matches_in("rtt > 51199", &s, &row));
    assert_false(matches_in("rtt > 52ms", &s, &row));
    assert_true(matches_in("cwnd = 10", &s, &row));
    assert_true(matches_in("delivery_rate > 1M and delivery_rate < 1.3M", &s, &row));
    assert_true(matches_in("retrans = 0", &s, &row));
    assert_true(matches_in("rwnd_share > 50%", &s, &row));
    assert_false(matches_in("rwnd_share > 51%", &s, &row));
    assert_true(matches_in("app_limited", &s, &row));
    assert_false(matches_in("v6only", &s, &row));
    expect_error("rtt > 5Mi", "character 7: '5Mi' is no number");
    expect_error("rwnd_share > 5K", "character 14: '5K' is no number");
    done(&s);
}

static void what_holds_the_sender_back_is_limited(void **state)
{
    struct snapshot s = {0};
    struct row row = the_row(), busy = the_row();
    struct socket_detail detail = {.known = DETAIL_INFO, .info_bytes = sizeof(struct tcp_info)};
    struct tcp_info info = {.tcpi_busy_time = 1000, .tcpi_rwnd_limited = 400};

    (void)state;
    assert_false(matches_in("limited", &s, &row));
    memcpy(detail.info, &info, sizeof(info));
    snapshot_attach(&s, &row, &detail);
    assert_true(matches_in("limited", &s, &row));
    info.tcpi_rwnd_limited = 100;
    memcpy(detail.info, &info, sizeof(info));
    snapshot_attach(&s, &busy, &detail);
    assert_false(matches_in("limited", &s, &busy));
    detail.info_bytes = offsetof(struct tcp_info, tcpi_busy_time);
    snapshot_attach(&s, &row, &detail);
    assert_false(matches_in("limited", &s, &row)); /* an older kernel */
    row.timer = TIMER_PERSIST;
    assert_true(matches_in("limited", &s, &row));
    done(&s);
}

static void namespaces_by_name_inode_or_pid(void **state)
{
    struct netns spaces[] = {{.inode = 4026531840},
                             {.inode = 4026532000, .name = "blue", .pid = 55}};
    struct snapshot s = {.netns = spaces, .n_netns = 2};
    struct row row = the_row();

    (void)state;
    assert_true(matches_in("netns own", &s, &row));
    row.netns = 1;
    assert_false(matches_in("netns own", &s, &row));
    assert_true(matches_in("netns blue", &s, &row));
    assert_true(matches_in("netns = 4026532000", &s, &row));
    assert_true(matches_in("netns 55", &s, &row));
    assert_true(matches_in("netns != red", &s, &row));
    assert_false(matches_in("netns != blue", &s, &row));
    assert_false(matches_in("netns != red", NULL, &row));
    row.netns = 2;
    assert_false(matches_in("netns != red", &s, &row));
}

static void autobound_ports_are_those_the_kernel_gives(void **state)
{
    struct row row = the_row();

    (void)state;
    row.local.port = 80;
    assert_false(matches_row("autobound", &row));
    row.local.port = 45000;
    assert_true(matches_row("autobound", &row));
    assert_false(matches_row("not autobound", &row));
}

static void and_or_not_and_parentheses(void **state)
{
    (void)state;
    EXPECT(true, "sport 65432 and dport 51826", "sport 65432 dport 51826",
           "sport 65432 & dport 51826", "sport 65432 && dport 51826", "sport 1 or dport 51826",
           "sport 1 | dport 51826", "sport 1 || dport 51826", "not sport 1", "! sport 1",
           "!sport 1", "( sport 1 or sport 65432 ) and state estab",
           "(sport 1 or sport 65432)state estab", "not ( sport 1 or dport 1 )",
           "sport 1 or sport 65432 and dport 51826", "not not sport 65432",
           "state time-wait or ( sport = :65432 or dst 10.0.0.0/8 )",
           "sport 65432 AND NOT dport 1");
    EXPECT(false, "sport 65432 and dport 1", "sport 65432 dport 1", "not sport 65432",
           "( sport 1 or sport 65432 ) and state listen", "not ( sport 1 or dport 51826 )",
           "sport 1 or sport 65432 and dport 1");
}

static void and_binds_tighter_than_or(void **state)
{
    (void)state;
    assert_true(matches("sport 65432 or sport 1 and dport 1"));
    assert_false(matches("( sport 65432 or sport 1 ) and dport 1"));
    assert_true(matches("sport 1 and dport 1 or sport 65432"));
}

static void other_words_match_the_text_of_the_row(void **state)
{
    (void)state;
    EXPECT(true, "65432", "127.0.0.1", "127.0.0.1:518", "tcp", "TCP", "established", "Nginx",
           "812", "/127.0.0.1:65432 127/", "ngin 65432", "estab", "not zebra", "/tcp/",
           "127.0.0.1:51826");
    EXPECT(false, "zebra", "10.0.0.1", "/a b/", "udp", "not 65432");
}

static void words_in_slashes_or_quotes_may_be_keywords(void **state)
{
    struct snapshot s = held_by(812, "my port (x)"), other = held_by(812, "nginx");
    struct row row = the_row();

    (void)state;
    assert_true(matches_in("/port/", &s, &row));
    assert_true(matches_in("\"port\"", &s, &row));
    assert_true(matches_in("comm \"my port (x)\"", &s, &row));
    assert_true(matches_in("/port (x)/ and sport 65432", &s, &row));
    assert_false(matches_in("/port/", &other, &row));
    done(&s);
    done(&other);
}

static void only_owners_and_text_need_owners(void **state)
{
    static const struct {
        const char *text;
        bool needs;
    } cases[] = {
        {"sport 80", false},     {"state estab or dst 1.2.3.4", false},
        {"user 0", false},       {"recvq > 1", false},
        {"pid 1", true},         {"not comm x", true},
        {"state estab x", true}, {"sport 1 or /x/", true},
        {"command x", true},     {"container x", true},
        {"timer_ms > 1", false}, {"netns x", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct filter *f = NULL;

        assert_int_equal(filter_parse(cases[i].text, &f, NULL), 0);
        assert_int_equal(filter_needs_owner(f), cases[i].needs);
        filter_free(f);
    }
}

static void errors_point_at_the_place(void **state)
{
    (void)state;
    expect_error("state foo", "character 7: 'foo' is no state");
    expect_error("state", "character 6: the end, where a state is expected");
    expect_error("sport = :99999", "character 9: ':99999' is no port");
    expect_error("sport = nosuchservice", "character 9: 'nosuchservice' is no port");
    expect_error("sport > 1-2", "character 9: '1-2' is a range: only = and != take one");
    expect_error("sport 5-2", "character 7: '5-2' is no port");
    expect_error("port", "character 5: the end, where a port is expected");
    expect_error("dst 10.0.0", "character 5: '10.0.0' is no address");
    expect_error("dst 10.0.0.1/33", "character 5: '10.0.0.1/33' is no address");
    expect_error("dst [::1", "character 5: '[::1' is no address");
    expect_error("dst []", "character 5: '[]' is no address");
    expect_error("dst [1.2.3.4]:80", "character 5: '[1.2.3.4]:80' is no address");
    expect_error("dst no-such-host", "character 5: 'no-such-host' is no address");
    expect_error("dst inet6:1.2.3.4", "character 5: 'inet6:1.2.3.4' is no address");
    expect_error("src > unix:/x", "character 5: '>' does not fit here: only = and != do");
    expect_error("sport = unix:/x", "character 9: 'unix:/x' is no port");
    expect_error("dev no-such-device-here",
                 "character 5: 'no-such-device-here' is not a name of a device");
    expect_error("fwmark 1/x", "character 8: '1/x' is not a mark like 0x1 or 0x1/0xff");
    expect_error("cgroup /no/such",
                 "character 8: '/no/such' is not a control group of this host");
    expect_error("proto foo", "character 7: 'foo' is not a kind of socket");
    expect_error("pid x", "character 5: 'x' is no number");
    expect_error("comm", "character 5: the end, where a process name is expected");
    expect_error("comm \"x", "character 6: '\"x' has no second \"");
    expect_error("dst 1.2.3.4:", "character 5: '1.2.3.4:' has no port behind the colon");
    expect_error("dst > 1.2.3.4", "character 5: '>' does not fit here: only = and != do");
    expect_error("recvq > x", "character 9: 'x' is no number");
    expect_error("user no-such-user-here",
                 "character 6: 'no-such-user-here' is not a user of this host");
    expect_error("( sport 1", "character 10: the end, where the ( at character 1 needs its )");
    expect_error("sport 1 )", "character 9: ')' is not expected here");
    expect_error("sport 1 or", "character 11: the end, where a term is expected");
    expect_error("and sport 1", "character 1: 'and' where a term is expected");
    expect_error("x = 3", "character 1: 'x' is nothing that can be compared");
    expect_error("x /abc", "character 3: '/abc' has no second /");
    expect_error("not", "character 4: the end, where a term is expected");
    expect_error("()", "character 2: ')' where a term is expected");
}

static void what_an_error_quotes_is_printable(void **state)
{
    struct filter *f = NULL;
    struct err err = {0};

    (void)state;
    assert_int_equal(filter_parse("state \033[31m", &f, &err), -EINVAL);
    assert_string_equal(err.reason, "character 7: '\\x1b[31m' is no state");
    assert_null(strchr(err.input, '\033'));
    assert_true(err.hint[0]);
}

static void nesting_and_length_are_bounded(void **state)
{
    char deep[200] = "", wide[4096] = "";
    struct filter *f = NULL;
    struct err err = {0};

    (void)state;
    memset(deep, '!', 100);
    strcpy(deep + 100, " x");
    assert_int_equal(filter_parse(deep, &f, &err), -EINVAL);
    assert_non_null(strstr(err.reason, "nested too deep"));
    memset(deep, '(', 100);
    assert_int_equal(filter_parse(deep, &f, &err), -EINVAL);
    assert_non_null(strstr(err.reason, "nested too deep"));
    for (size_t i = 0; i < 300; i++)
        strcat(wide, "x ");
    assert_int_equal(filter_parse(wide, &f, &err), -EINVAL);
    assert_non_null(strstr(err.reason, "one term too many"));
    assert_null(f);
}

static uint32_t states_of(const char *text)
{
    struct filter *f = NULL;
    uint32_t states;

    assert_int_equal(filter_parse(text, &f, NULL), 0);
    states = filter_states(f);
    filter_free(f);
    return states;
}

static void the_states_are_no_more_than_can_match(void **state)
{
    const uint32_t all = (1U << STATE_COUNT) - 2, estab = 1U << STATE_ESTABLISHED,
                   listen = 1U << STATE_LISTEN;

    (void)state;
    assert_int_equal(states_of("state estab"), estab);
    assert_int_equal(states_of("exclude estab"), all & ~estab);
    assert_int_equal(states_of("not state estab"), all & ~estab);
    assert_int_equal(states_of("state estab and sport 80"), estab);
    assert_int_equal(states_of("state estab or sport 80"), all);
    assert_int_equal(states_of("state estab or state listen"), estab | listen);
    assert_int_equal(states_of("state estab state listen"), estab | listen);
    assert_int_equal(states_of("not ( state estab and sport 80 )"), all);
    assert_int_equal(states_of("not ( state estab or sport 80 )"), all & ~estab);
    assert_int_equal(states_of("not sport 80"), all);
    assert_int_equal(states_of("state connected exclude estab") & estab, 0);
    assert_int_equal(states_of("estab"), all);
}

/* Whatever matches must be in a state that the mask has. */
static void the_state_mask_is_sound(void **state)
{
    static const char *const atoms[] = {"state estab", "exclude listen", "sport 65432",
                                        "port 80",     "state bucket",   "tcp"};
    const size_t n = sizeof(atoms) / sizeof(atoms[0]);

    (void)state;
    for (size_t i = 0; i < n * n * n * 16; i++) {
        size_t pick = i / 16;
        char text[200];
        uint32_t mask;
        struct row row = the_row();

        snprintf(text, sizeof(text), "%s( %s%s %s %s ) %s %s", i & 1 ? "not " : "",
                 i & 2 ? "! " : "", atoms[pick % n], i & 4 ? "or" : "and", atoms[pick / n % n],
                 i & 8 ? "or" : "and", atoms[pick / n / n]);
        mask = states_of(text);
        for (int s = STATE_ESTABLISHED; s < STATE_COUNT; s++) {
            row.state = (uint8_t)s;
            if (matches_row(text, &row) && !(mask >> s & 1))
                fail_msg("\"%s\" matches state %d, which its mask leaves out", text, s);
        }
    }
}

static uint32_t kinds_of(const char *text)
{
    struct filter *f = NULL;
    uint32_t kinds;

    assert_int_equal(filter_parse(text, &f, NULL), 0);
    kinds = filter_kinds(f);
    filter_free(f);
    return kinds;
}

static void the_kinds_are_no_more_than_can_match(void **state)
{
    (void)state;
    assert_int_equal(filter_kinds(NULL), KINDS_ALL);
    assert_int_equal(kinds_of("sport 80"), KINDS_INET);
    assert_int_equal(kinds_of("not sport 80"), KINDS_ALL);
    assert_int_equal(kinds_of("src *"), KINDS_ALL);
    assert_int_equal(kinds_of("src *:80"), KINDS_INET);
    assert_int_equal(kinds_of("src unix:*"), KINDS_UNIX);
    assert_int_equal(kinds_of("unix"), KINDS_UNIX);
    assert_int_equal(kinds_of("not unix"), KINDS_ALL & ~KINDS_UNIX);
    assert_int_equal(kinds_of("not inet"), KINDS_ALL);
    assert_int_equal(kinds_of("proto tcp or proto u_dgr"),
                     KIND_BIT(KIND_TCP) | KIND_BIT(KIND_UNIX_DGRAM));
    assert_int_equal(kinds_of("proto tcp and sport 80"), KIND_BIT(KIND_TCP));
    assert_int_equal(kinds_of("sport = vsock:1"), KINDS_VSOCK);
    assert_int_equal(kinds_of("tcp"), KINDS_ALL);
    assert_int_equal(kinds_of("unix and inet"), 0);
}

static void the_parts_are_those_compared(void **state)
{
    static const struct {
        const char *text;
        uint32_t parts;
    } cases[] = {
        {"sport 80 and timer_ms > 1", 0},
        {"fwmark 1", DETAIL_MARK},
        {"cgroup 1 or limited", DETAIL_CGROUP | DETAIL_INFO},
        {"rtt > 5 or drops > 0", DETAIL_INFO | DETAIL_MEMINFO},
        {"not app_limited", DETAIL_INFO},
    };

    (void)state;
    assert_int_equal(filter_parts(NULL), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct filter *f = NULL;

        assert_int_equal(filter_parse(cases[i].text, &f, NULL), 0);
        assert_int_equal(filter_parts(f), cases[i].parts);
        filter_free(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_matches_everything),
        cmocka_unit_test(ports_are_compared_on_their_side),
        cmocka_unit_test(port_is_either_side),
        cmocka_unit_test(service_names_are_ports),
        cmocka_unit_test(addresses_take_prefixes_and_ports),
        cmocka_unit_test(ipv6_addresses_take_brackets),
        cmocka_unit_test(a_mapped_address_is_of_both_families),
        cmocka_unit_test(states_have_the_names_of_ss),
        cmocka_unit_test(state_groups_are_those_of_ss),
        cmocka_unit_test(queues_pid_comm_and_user),
        cmocka_unit_test(an_unknown_owner_is_neither_the_same_nor_another),
        cmocka_unit_test(a_socket_that_nobody_holds_is_not_anybodys),
        cmocka_unit_test(any_of_the_holders_counts),
        cmocka_unit_test(command_lines_and_containers),
        cmocka_unit_test(a_long_process_name_matches_what_the_kernel_keeps),
        cmocka_unit_test(unix_names_are_patterns),
        cmocka_unit_test(families_and_kinds),
        cmocka_unit_test(other_families_match_what_the_row_shows),
        cmocka_unit_test(devices_marks_and_control_groups),
        cmocka_unit_test(ids_are_numbers),
        cmocka_unit_test(amounts_take_units),
        cmocka_unit_test(columns_are_compared_in_their_unit),
        cmocka_unit_test(details_are_compared_when_they_are_known),
        cmocka_unit_test(what_holds_the_sender_back_is_limited),
        cmocka_unit_test(namespaces_by_name_inode_or_pid),
        cmocka_unit_test(autobound_ports_are_those_the_kernel_gives),
        cmocka_unit_test(and_or_not_and_parentheses),
        cmocka_unit_test(and_binds_tighter_than_or),
        cmocka_unit_test(other_words_match_the_text_of_the_row),
        cmocka_unit_test(words_in_slashes_or_quotes_may_be_keywords),
        cmocka_unit_test(only_owners_and_text_need_owners),
        cmocka_unit_test(errors_point_at_the_place),
        cmocka_unit_test(what_an_error_quotes_is_printable),
        cmocka_unit_test(nesting_and_length_are_bounded),
        cmocka_unit_test(the_states_are_no_more_than_can_match),
        cmocka_unit_test(the_state_mask_is_sound),
        cmocka_unit_test(the_kinds_are_no_more_than_can_match),
        cmocka_unit_test(the_parts_are_those_compared),
    };

    return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
