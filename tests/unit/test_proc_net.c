/* The lines of /proc/net as recorded, damaged, and as this machine tells them now. */
#include "probes/proc_net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/mem.h"
#include "core/model/probing.h"

/* Each line lies in an allocation of its size, so that AddressSanitizer sees a read behind it. */
static int parse_ip(const char *text, enum socket_kind kind, int family, struct row *ret)
{
    size_t len = strlen(text);
    char *exact = malloc(len ? len : 1);
    uint32_t bucket;
    int rc;

    assert_non_null(exact);
    memcpy(exact, text, len);
    rc = proc_net_parse_ip(exact, len, kind, family, ret, &bucket);
    free(exact);
    return rc;
}

static void expect_ends(const struct row *row, const char *local, const char *peer)
{
    char buf[ADDR_TEXT_BYTES];

    assert_string_equal(addr_format(&row->local, buf), local);
    assert_string_equal(addr_format(&row->peer, buf), peer);
}

static const char ESTABLISHED[] =
    "  12: 0100007F:FF98 0200007F:CA72 01 003F8600:0001F600 04:00000096 00000003  1000       "
    "2 18808457 2 00000000aa 20 4 30 10 -1";

static void a_connection(void **state)
{
    struct row row;

    (void)state;
    assert_int_equal(parse_ip(ESTABLISHED, KIND_TCP, AF_INET, &row), 0);
    expect_ends(&row, "127.0.0.1:65432", "127.0.0.2:51826");
    assert_int_equal(row.kind, KIND_TCP);
    assert_int_equal(row.state, STATE_ESTABLISHED);
    assert_int_equal(row.wqueue, 4163072);
    assert_int_equal(row.rqueue, 128512);
    assert_int_equal(row.timer, TIMER_PERSIST);
    assert_int_equal(row.timer_ms, 0x96 * 1000 / sysconf(_SC_CLK_TCK));
    assert_int_equal(row.retransmits, 2); /* of the persist timer: its probes */
    assert_int_equal(row.uid, 1000);
    assert_int_equal(row.inode, 18808457);
    assert_int_equal(row.cookie, 0);
}

static void a_listener_of_ipv6(void **state)
{
    struct row row;

    (void)state;
    assert_int_equal(parse_ip("   0: 00000000000000000000000001000000:1F90 "
                              "00000000000000000000000000000000:0000 0A 00000000:00000005 "
                              "00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0",
                              KIND_TCP, AF_INET6, &row),
                     0);
    expect_ends(&row, "[::1]:8080", "[::]:*");
    assert_int_equal(row.state, STATE_LISTEN);
    assert_true(row.v6only);
    assert_int_equal(row.rqueue, 5);
    assert_int_equal(row.wqueue, QUEUE_UNKNOWN);
    assert_int_equal(row.timer, TIMER_OFF);
    assert_int_equal(row.timer_ms, 0);
}

static void time_wait_and_retransmission(void **state)
{
    struct row row;

    (void)state;
    assert_int_equal(parse_ip("   3: 0100007F:1F90 0100007F:CA72 06 00000000:00000000 "
                              "03:00001750 00000000     0        0 0 3 0000000000000000",
                              KIND_TCP, AF_INET, &row),
                     0);
    assert_int_equal(row.state, STATE_TIME_WAIT);
    assert_int_equal(row.timer, TIMER_TIMEWAIT);
    assert_int_equal(row.inode, 0);
    assert_int_equal(parse_ip("   3: 0100007F:1F90 0100007F:CA72 02 00000001:00000000 "
                              "01:00000014 00000005     7        0 9 3 0000000000000000",
                              KIND_TCP, AF_INET, &row),
                     0);
    assert_int_equal(row.timer, TIMER_ON);
    assert_int_equal(row.retransmits, 5);
}

static void a_raw_socket_has_its_protocol_for_a_port(void **state)
{
    struct row row;

    (void)state;
    assert_int_equal(
        parse_ip(" 116: 0100007F:0001 0100007F:0000 01 00000000:00000000 00:00000000 "
                 "00000000     0        0 18940289 2 0000000054b404fd 0",
                 KIND_RAW, AF_INET, &row),
        0);
    expect_ends(&row, "127.0.0.1:1", "127.0.0.1:*");
    assert_int_equal(row.kind, KIND_RAW);
    assert_int_equal(row.inode, 18940289);
}

/* Every cut of a line, and every byte of it replaced. */
static void damaged_lines_are_refused_or_read(void **state)
{
    char text[sizeof(ESTABLISHED)];
    struct row row;

    (void)state;
    for (size_t len = 0; len < sizeof(ESTABLISHED) - 40; len++) {
        memcpy(text, ESTABLISHED, len);
        text[len] = '\0';
        if (len < strlen("  12: 0100007F:FF98 0200007F:CA72 01 003F8600:0001F600 04:00000096 "
                         "00000003  1000       2 1"))
            assert_int_equal(parse_ip(text, KIND_TCP, AF_INET, &row), -EBADMSG);
        else
            parse_ip(text, KIND_TCP, AF_INET, &row);
    }
    for (size_t i = 6; i < 90; i++) {
        memcpy(text, ESTABLISHED, sizeof(text));
        text[i] = 'x';
        if (ESTABLISHED[i] != ' ')
            assert_int_equal(parse_ip(text, KIND_TCP, AF_INET, &row), -EBADMSG);
    }
}

static void impossible_values_are_refused(void **state)
{
    struct row row;

    (void)state;
    assert_int_equal(
        parse_ip("0: 0100007F:0001 0100007F:0000 00 0:0 00:0 0 0 0 1", KIND_RAW, AF_INET, &row),
        -EBADMSG);
    assert_int_equal(
        parse_ip("0: 0100007F:0001 0100007F:0000 FF 0:0 00:0 0 0 0 1", KIND_RAW, AF_INET, &row),
        -EBADMSG);
    assert_int_equal(
        parse_ip("0: 0100007F:0001 0100007F:0000 07 0:0 09:0 0 0 0 1", KIND_RAW, AF_INET, &row),
        -EBADMSG);
    assert_int_equal(parse_ip("0: 0100007F:0001 0100007F:0000 07 0:0 00:0 0 4294967296 0 1",
                              KIND_RAW, AF_INET, &row),
                     -EBADMSG);
    assert_int_equal(parse_ip("", KIND_RAW, AF_INET, &row), -EBADMSG);
    assert_int_equal(parse_ip(ESTABLISHED, KIND_TCP, AF_INET6, &row), -EBADMSG);
}

static void expect_unix(const char *line, enum socket_kind kind, enum socket_state is,
                        const char *name)
{
    const char *found;
    size_t len;
    struct row row;

    assert_int_equal(proc_net_parse_unix(line, strlen(line), &row, &found, &len), 0);
    assert_int_equal(row.kind, kind);
    assert_int_equal(row.state, is);
    assert_int_equal(len, strlen(name));
    assert_memory_equal(found, name, len);
    assert_int_equal(row.local.number[0], row.inode);
    assert_int_equal(row.local.family, AF_UNIX);
    assert_int_equal(row.rqueue, QUEUE_UNKNOWN);
}

static void unix_sockets(void **state)
{
    struct row row;
    const char *name;
    size_t len;

    (void)state;
    expect_unix("000000007fdb66d0: 00000003 00000000 00000000 0001 03 18940294",
                KIND_UNIX_STREAM, STATE_ESTABLISHED, "");
    expect_unix("00000000e675c08a: 00000002 00000000 00010000 0001 01 18940293 @a b(x)",
                KIND_UNIX_STREAM, STATE_LISTEN, "@a b(x)");
    expect_unix("00000000e675c08a: 00000002 00000000 00000000 0002 01     3  blank",
                KIND_UNIX_DGRAM, STATE_CLOSE, " blank");
    expect_unix("00000000e675c08a: 00000002 00000000 00000000 0005 01 17 /run/x",
                KIND_UNIX_SEQPACKET, STATE_CLOSE, "/run/x");
    assert_int_equal(proc_net_parse_unix("0: 2 0 0 0003 01 17", 19, &row, &name, &len),
                     -EBADMSG);
    assert_int_equal(proc_net_parse_unix("0: 2 0 0 0001 01", 16, &row, &name, &len), -EBADMSG);
    assert_int_equal(proc_net_parse_unix("rest of a name", 14, &row, &name, &len), -EBADMSG);
}

static void packet_sockets(void **state)
{
    static const char line[] =
        "0000000044fd6d6d 3      2    0806   7     1 1280   1000   18940288";
    struct row row;

    (void)state;
    assert_int_equal(proc_net_parse_packet(line, strlen(line), &row), 0);
    assert_int_equal(row.kind, KIND_PACKET_DGRAM);
    assert_int_equal(row.local.number[0], 0x806);
    assert_int_equal(row.local.number[1], 7);
    assert_int_equal(row.interface, 7);
    assert_int_equal(row.rqueue, 1280);
    assert_int_equal(row.uid, 1000);
    assert_int_equal(row.inode, 18940288);
    assert_int_equal(proc_net_parse_packet(line, 40, &row), -EBADMSG);
}

static void netlink_sockets(void **state)
{
    static const char line[] = "00000000ceefc384 4   4525       000f0001 832      17       0   "
                               "  2        3        1504";
    struct row row;

    (void)state;
    assert_int_equal(proc_net_parse_netlink(line, strlen(line), &row), 0);
    assert_int_equal(row.local.number[0], 4);
    assert_int_equal(row.local.number[1], 4525);
    assert_int_equal(row.rqueue, 832);
    assert_int_equal(row.wqueue, 17);
    assert_int_equal(row.inode, 1504);
    assert_int_equal(row.uid, UID_UNKNOWN);
    assert_int_equal(proc_net_parse_netlink(line, strlen(line) - 8, &row), -EBADMSG);
}

/* ---- this machine ---- */

struct search {
    uint32_t inode;
    size_t found, rows;
    struct row row;
    char name[128];
};

static void look(void *ctx, struct row *row, const char *name)
{
    struct search *s = ctx;

    s->rows++;
    if (row->inode != s->inode)
        return;
    s->found++;
    s->row = *row;
    snprintf(s->name, sizeof(s->name), "%s", name ? name : "-");
}

static uint32_t inode_of(int fd)
{
    struct stat st;

    assert_int_equal(fstat(fd, &st), 0);
    return (uint32_t)st.st_ino;
}

static struct search find(int fd, enum socket_kind kind, uint32_t families, uint32_t states)
{
    struct search s = {.inode = inode_of(fd)};
    struct err err = {0};

    if (proc_net_list(0, kind, families, states, look, &s, &err) < 0)
        fail_msg("%s", err.reason);
    return s;
}

static int bound(int family, int type)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(family, type | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    if (family == AF_INET)
        assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
    return fd;
}

static void own_sockets_are_listed(void **state)
{
    int tcp = bound(AF_INET, SOCK_STREAM), udp = bound(AF_INET, SOCK_DGRAM);
    struct search s;

    (void)state;
    assert_int_equal(listen(tcp, 3), 0);
    s = find(tcp, KIND_TCP, 0, 0);
    assert_int_equal(s.found, 1);
    assert_int_equal(s.row.state, STATE_LISTEN);
    assert_int_equal(s.row.uid, getuid());
    assert_true(addr_is_loopback(&s.row.local) && s.row.local.port);
    assert_int_equal(find(tcp, KIND_TCP, WISH_IPV6, 0).found, 0);
    assert_int_equal(find(tcp, KIND_TCP, 0, 1U << STATE_CLOSE).found, 0);
    assert_int_equal(find(tcp, KIND_UDP, 0, 0).found, 0);
    s = find(udp, KIND_UDP, WISH_IPV4, 1U << STATE_CLOSE);
    assert_int_equal(s.found, 1);
    close(tcp);
    close(udp);
}

static void own_unix_sockets_have_their_names(void **state)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    int fd = bound(AF_UNIX, SOCK_STREAM);
    socklen_t len;
    struct search s;

    (void)state;
    snprintf(un.sun_path + 1, sizeof(un.sun_path) - 1, "sockeye test \033 %d", getpid());
    len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(un.sun_path + 1));
    assert_int_equal(bind(fd, (struct sockaddr *)&un, len), 0);
    assert_int_equal(listen(fd, 1), 0);
    s = find(fd, KIND_UNIX_STREAM, 0, 1U << STATE_LISTEN);
    assert_int_equal(s.found, 1);
    assert_memory_equal(s.name, "@sockeye test \\x1b ", 18);
    assert_int_equal(find(fd, KIND_UNIX_DGRAM, 0, 0).found, 0);
    close(fd);
}

/* The kernel writes names as they are: one with a line end makes a line that makes no sense. */
static void a_line_end_in_a_name_is_counted(void **state)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    int fd = bound(AF_UNIX, SOCK_STREAM);
    struct search s = {.inode = inode_of(fd)};
    socklen_t len;

    (void)state;
    snprintf(un.sun_path + 1, sizeof(un.sun_path) - 1, "sockeye %d\nnonsense", getpid());
    len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(un.sun_path + 1));
    assert_int_equal(bind(fd, (struct sockaddr *)&un, len), 0);
    assert_true(proc_net_list(0, KIND_UNIX_STREAM, 0, 0, look, &s, NULL) >= 1);
    assert_int_equal(s.found, 1);
    close(fd);
}

static void own_netlink_sockets_are_listed(void **state)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    struct sockaddr_nl nl = {.nl_family = AF_NETLINK};
    socklen_t len = sizeof(nl);
    struct search s;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&nl, sizeof(nl)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&nl, &len), 0);
    s = find(fd, KIND_NETLINK, 0, 0);
    assert_int_equal(s.found, 1);
    assert_int_equal(s.row.local.number[1], nl.nl_pid);
    close(fd);
}

static void what_no_file_tells_is_an_error(void **state)
{
    struct err err = {0};
    struct search s = {0};

    (void)state;
    assert_int_equal(proc_net_list(0, KIND_VSOCK_STREAM, 0, 0, look, &s, &err), -EOPNOTSUPP);
    assert_int_equal(err.code, -EOPNOTSUPP);
    assert_int_equal(proc_net_list(INT32_MAX, KIND_TCP, 0, 0, look, &s, &err), -ENOENT);
    assert_int_equal(s.rows, 0);
}

static void the_namespace_of_a_process(void **state)
{
    int fd = bound(AF_INET, SOCK_DGRAM);
    struct search s = {.inode = inode_of(fd)};

    (void)state;
    assert_true(proc_net_list(getpid(), KIND_UDP, 0, 0, look, &s, NULL) >= 0);
    assert_int_equal(s.found, 1);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection),
        cmocka_unit_test(a_listener_of_ipv6),
        cmocka_unit_test(time_wait_and_retransmission),
        cmocka_unit_test(a_raw_socket_has_its_protocol_for_a_port),
        cmocka_unit_test(damaged_lines_are_refused_or_read),
        cmocka_unit_test(impossible_values_are_refused),
        cmocka_unit_test(unix_sockets),
        cmocka_unit_test(packet_sockets),
        cmocka_unit_test(netlink_sockets),
        cmocka_unit_test(own_sockets_are_listed),
        cmocka_unit_test(own_unix_sockets_have_their_names),
        cmocka_unit_test(a_line_end_in_a_name_is_counted),
        cmocka_unit_test(own_netlink_sockets_are_listed),
        cmocka_unit_test(what_no_file_tells_is_an_error),
        cmocka_unit_test(the_namespace_of_a_process),
    };

    return cmocka_run_group_tests_name("proc_net", tests, NULL, NULL);
}
