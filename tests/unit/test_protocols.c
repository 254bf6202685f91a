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

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

#define TITLES "protocol  size sockets  memory press maxhdr  slab module     cl co di ac\n"

static void only_a_count_of_none_is_none(void **state)
{
    const char *text = TITLES "MPTCPv6   2064      0     221   no       0   yes  kernel\n"
                              "MPTCP     1936      3     221   no       0   yes  kernel\n"
                              "PING      1024     -1      -1   NI       0   yes  kernel\n"
                              "RAW\n"
                              "UDP cut";

    (void)state;
    assert_true(protocols_unused(text, "MPTCPv6"));
    assert_false(protocols_unused(text, "MPTCP"));
    assert_false(protocols_unused(text, "PING"));
    assert_false(protocols_unused(text, "RAW"));
    assert_false(protocols_unused(text, "UDP"));
    assert_false(protocols_unused(text, "SCTP"));
    assert_false(protocols_unused("", "MPTCP"));
    assert_false(protocols_unused("\n\n", "MPTCP"));
}

static void one_that_listens_is_counted(void **state)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);

    (void)state;
    if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0 || listen(fd, 1) < 0) {
        print_message("skipped: no MPTCP here\n");
        skip();
    }
    assert_false(protocols_no_mptcp());
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_count_of_none_is_none),
        cmocka_unit_test(one_that_listens_is_counted),
    };

    return cmocka_run_group_tests_name("protocols", tests, NULL, NULL);
}
