/* What the privileged helper takes, and what the program takes of it. */
#include "probes/guard/protocol.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/model/kernel_event.h"

static struct guard_request q;

static int check(size_t n_fds)
{
    return guard_request_check(&q, GUARD_REQUEST_HEAD + q.n_bytes, n_fds);
}

static void begin(enum guard_op op)
{
    memset(&q, 0, sizeof(q));
    q.magic = GUARD_MAGIC;
    q.op = (uint16_t)op;
}

static void put(const void *bytes, size_t len)
{
    memcpy(q.bytes, bytes, len);
    q.n_bytes = (uint32_t)len;
}

static void shape_is_checked(void **state)
{
    (void)state;
    begin(GUARD_NETNS_LIST);
    assert_int_equal(check(0), 0);
    for (size_t len = 0; len < GUARD_REQUEST_HEAD; len++)
        assert_int_equal(guard_request_check(&q, len, 0), -EBADMSG);
    assert_int_equal(guard_request_check(&q, GUARD_REQUEST_HEAD + 1, 0), -EBADMSG);
    q.n_bytes = UINT32_MAX; /* the sum of head and bytes would wrap */
    assert_int_equal(guard_request_check(&q, GUARD_REQUEST_HEAD - 1, 0), -EBADMSG);
    assert_int_equal(guard_request_check(&q, GUARD_REQUEST_HEAD, 0), -EBADMSG);
    q.n_bytes = 0;
    q.magic++;
    assert_int_equal(check(0), -EBADMSG);
    begin(GUARD_OPS);
    assert_int_equal(check(0), -ENOSYS);
    q.op = UINT16_MAX;
    assert_int_equal(check(0), -ENOSYS);
}

static void a_process_is_a_number_above_zero(void **state)
{
    (void)state;
    begin(GUARD_FD_DIRECTORY);
    assert_int_equal(check(0), -EINVAL);
    q.pid = -1;
    assert_int_equal(check(0), -EINVAL);
    q.pid = 42;
    assert_int_equal(check(0), 0);
    assert_int_equal(check(1), -EINVAL);
    q.n_bytes = 1;
    assert_int_equal(check(0), -EINVAL);
}

static void kinds_are_those_of_the_list(void **state)
{
    static const struct {
        enum guard_op op;
        uint16_t kinds;
    } ops[] = {
        {GUARD_SOCKET, GUARD_SOCKETS},          {GUARD_NET_FILE, GUARD_NET_FILES},
        {GUARD_NETLINK, GUARD_NETLINKS},        {GUARD_RULES, GUARD_RULE_PROGRAMS},
        {GUARD_TRACE_TURN, KERNEL_EVENT_KINDS}, {GUARD_TRACE_FORMAT, KERNEL_EVENT_KINDS}};

    (void)state;
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        begin(ops[i].op);
        q.kind = (uint16_t)(ops[i].kinds - 1);
        assert_int_equal(check(0), 0);
        q.kind = ops[i].kinds;
        assert_int_equal(check(0), -EINVAL);
        q.kind = UINT16_MAX;
        assert_int_equal(check(0), -EINVAL);
    }
}

static void a_file_of_proc_has_one_process(void **state)
{
    (void)state;
    begin(GUARD_PROC_FILE);
    q.kind = GUARD_PROC_MAPS;
    assert_int_equal(check(0), -EINVAL);
    assert_int_equal(check(1), 0);
    q.pid = 1;
    assert_int_equal(check(0), 0);
    assert_int_equal(check(1), -EINVAL);
    q.kind = GUARD_PROC_FILES;
    assert_int_equal(check(0), -EINVAL);
}

static void only_privileged_ports_are_bound(void **state)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(80)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(443)};

    (void)state;
    begin(GUARD_BIND);
    put(&four, sizeof(four));
    assert_int_equal(check(1), 0);
    assert_int_equal(check(0), -EINVAL);
    four.sin_port = 0;
    put(&four, sizeof(four));
    assert_int_equal(check(1), -EINVAL);
    four.sin_port = htons(1024);
    put(&four, sizeof(four));
    assert_int_equal(check(1), -EINVAL);
    put(&six, sizeof(six));
    assert_int_equal(check(1), 0);
    put(&six, sizeof(six) - 1);
    assert_int_equal(check(1), -EINVAL);
    six.sin6_family = AF_UNIX;
    put(&six, sizeof(six));
    assert_int_equal(check(1), -EINVAL);
}

static void a_search_has_its_bounds(void **state)
{
    struct guard_seek seek = {.inode = 7, .window = 512};

    (void)state;
    begin(GUARD_FD_SEEK);
    put(&seek, sizeof(seek));
    assert_int_equal(check(1), 0);
    q.amount = UINT64_MAX;
    assert_int_equal(check(1), -EINVAL);
    q.amount = 0;
    seek.window = -1;
    put(&seek, sizeof(seek));
    assert_int_equal(check(1), -EINVAL);
    begin(GUARD_FD_INODES);
    assert_int_equal(check(1), -EINVAL);
    q.n_bytes = 6;
    assert_int_equal(check(1), -EINVAL);
    q.n_bytes = 8;
    assert_int_equal(check(1), 0);
}

static void signals_and_instances_have_numbers(void **state)
{
    (void)state;
    begin(GUARD_SIGNAL);
    q.pid = 42;
    assert_int_equal(check(0), -EINVAL);
    q.value = 15;
    assert_int_equal(check(0), 0);
    q.value = 65;
    assert_int_equal(check(0), -EINVAL);
    q.value = 15;
    q.pid = 1;
    assert_int_equal(check(0), -EINVAL);
    begin(GUARD_TRACE_CLOSE);
    assert_int_equal(check(0), 0);
    q.value = -1;
    assert_int_equal(check(0), -EINVAL);
    q.value = 16;
    assert_int_equal(check(0), -EINVAL);
    begin(GUARD_SETSOCKOPT);
    q.n_bytes = 4;
    assert_int_equal(check(1), -EINVAL);
    q.value = 36;
    assert_int_equal(check(1), 0);
    q.n_bytes = 1025;
    assert_int_equal(check(1), -EINVAL);
}

static void answers_are_checked_too(void **state)
{
    static struct guard_answer a;

    (void)state;
    a = (struct guard_answer){.magic = GUARD_MAGIC, .n_bytes = 8};
    assert_int_equal(guard_answer_check(&a, GUARD_ANSWER_HEAD + 8), 0);
    assert_int_equal(guard_answer_check(&a, GUARD_ANSWER_HEAD + 7), -EBADMSG);
    assert_int_equal(guard_answer_check(&a, 3), -EBADMSG);
    a.code = 1;
    assert_int_equal(guard_answer_check(&a, GUARD_ANSWER_HEAD + 8), -EBADMSG);
    a.code = -EPERM;
    assert_int_equal(guard_answer_check(&a, GUARD_ANSWER_HEAD + 8), 0);
    a.more = 2;
    assert_int_equal(guard_answer_check(&a, GUARD_ANSWER_HEAD + 8), -EBADMSG);
    a.more = 0;
    a.n_bytes = GUARD_ANSWER_BYTES + 1;
    assert_int_equal(guard_answer_check(&a, GUARD_ANSWER_HEAD + a.n_bytes), -EBADMSG);
}

static void the_kernel_is_asked_about_sockets_only(void **state)
{
    struct {
        struct nlmsghdr head;
        uint8_t body[56];
    } m = {.head = {.nlmsg_len = sizeof(m),
                    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}};

    (void)state;
    assert_int_equal(guard_netlink_check(GUARD_SOCK_DIAG, &m, sizeof(m)), 0);
    assert_int_equal(guard_netlink_check(GUARD_NETFILTER, &m, sizeof(m)), -EPERM);
    assert_int_equal(guard_netlink_check(GUARD_SOCK_DIAG, &m, 8), -EBADMSG);
    m.head.nlmsg_len--; /* something stands behind it */
    assert_int_equal(guard_netlink_check(GUARD_SOCK_DIAG, &m, sizeof(m)), -EBADMSG);
    m.head.nlmsg_len++;
    m.head.nlmsg_type = 10 << 8 | 12; /* NFT_MSG_DELTABLE and the like */
    assert_int_equal(guard_netlink_check(GUARD_NETFILTER, &m, sizeof(m)), -EPERM);
    m.head.nlmsg_type = 10 << 8 | 1; /* NFT_MSG_GETTABLE */
    assert_int_equal(guard_netlink_check(GUARD_NETFILTER, &m, sizeof(m)), 0);
    m.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE;
    assert_int_equal(guard_netlink_check(GUARD_NETFILTER, &m, sizeof(m)), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shape_is_checked),
        cmocka_unit_test(a_process_is_a_number_above_zero),
        cmocka_unit_test(kinds_are_those_of_the_list),
        cmocka_unit_test(a_file_of_proc_has_one_process),
        cmocka_unit_test(only_privileged_ports_are_bound),
        cmocka_unit_test(a_search_has_its_bounds),
        cmocka_unit_test(signals_and_instances_have_numbers),
        cmocka_unit_test(answers_are_checked_too),
        cmocka_unit_test(the_kernel_is_asked_about_sockets_only),
    };

    return cmocka_run_group_tests_name("guard protocol", tests, NULL, NULL);
}
