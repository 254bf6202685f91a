/* Whether a protocol has sockets, as /proc/net/protocols tells it. */
#include "probes/protocols.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/in.h>

#include <cmocka.h>

#include "core/model/snapshot.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

#define TITLES "protocol  size sockets  memory press maxhdr  slab module     cl co di ac\n"

static void only_a_count_of_none_is_none(void **state)
{
    const char *text = TITLES "MPTCPv6   2064      0     221   no       0   yes  kernel\n"
                              "MPTCP     1936      0     221   no       0   yes  kernel\n"
                              "UDPLITEv6 1472      0       0   NI       0   yes  kernel\n"
                              "UDP-Lite  1344      3       0   NI       0   yes  kernel\n"
                              "PINGv6    1344      0      -1   NI       0   yes  kernel\n"
                              "PING      1024     -1      -1   NI       0   yes  kernel\n"
                              "RAWv6     1344      0      -1   NI       0   yes  kernel\n"
                              "RAW cut";

    (void)state;
    assert_int_equal(protocols_empty_in(text, true), KIND_BIT(KIND_MPTCP));
    assert_int_equal(protocols_empty_in(text, false), 0);
    assert_int_equal(protocols_empty_in("", true), 0);
    assert_int_equal(protocols_empty_in("\n\n", true), 0);
}

static void a_socket_of_each_kind_is_counted(void **state)
{
    static const struct {
        int family, type, protocol;
        enum socket_kind kind;
    } sockets[] = {
        {AF_INET, SOCK_RAW, IPPROTO_TCP, KIND_RAW},
        {AF_INET6, SOCK_RAW, IPPROTO_TCP, KIND_RAW},
        {AF_INET, SOCK_DGRAM, IPPROTO_ICMP, KIND_ICMP},
        {AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE, KIND_UDPLITE},
        {AF_INET6, SOCK_DGRAM, IPPROTO_UDPLITE, KIND_UDPLITE},
        {AF_INET, SOCK_STREAM, IPPROTO_MPTCP, KIND_MPTCP},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++) {
        struct sockaddr_storage any = {.ss_family = (sa_family_t)sockets[i].family};
        int fd = socket(sockets[i].family, sockets[i].type | SOCK_CLOEXEC, sockets[i].protocol);
        socklen_t len = sockets[i].family == AF_INET ? sizeof(struct sockaddr_in)
                                                     : sizeof(struct sockaddr_in6);

        if (fd < 0 || bind(fd, (struct sockaddr *)&any, len) < 0 ||
            (sockets[i].type == SOCK_STREAM && listen(fd, 1) < 0))
            print_message("skipped: no %s here\n", kind_name(sockets[i].kind));
        else
            assert_false(protocols_empty() & KIND_BIT(sockets[i].kind));
        if (fd >= 0)
            close(fd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_count_of_none_is_none),
        cmocka_unit_test(a_socket_of_each_kind_is_counted),
    };

    return cmocka_run_group_tests_name("protocols", tests, NULL, NULL);
}
