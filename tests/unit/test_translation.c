/* What ctnetlink answers about a flow. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "probes/translation.h"

static const uint8_t asked_ip[4] = {10, 0, 0, 2}, real_ip[4] = {172, 17, 0, 2};

static const uint8_t outside_ip[4] = {203, 0, 113, 9};

/* An entry whose replies come from there. */
static size_t an_entry(char *buffer, const uint8_t ip[4], uint16_t port)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
    struct nlattr *tuple, *part;

    message->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW;
    mnl_nlmsg_put_extra_header(message, sizeof(struct nfgenmsg));
    tuple = mnl_attr_nest_start(message, CTA_TUPLE_REPLY);
    part = mnl_attr_nest_start(message, CTA_TUPLE_IP);
    mnl_attr_put(message, CTA_IP_V4_SRC, 4, ip);
    mnl_attr_put(message, CTA_IP_V4_DST, 4, outside_ip);
    mnl_attr_nest_end(message, part);
    part = mnl_attr_nest_start(message, CTA_TUPLE_PROTO);
    mnl_attr_put_u16(message, CTA_PROTO_SRC_PORT, htons(port));
    mnl_attr_put_u16(message, CTA_PROTO_DST_PORT, htons(50000));
    mnl_attr_nest_end(message, part);
    mnl_attr_nest_end(message, tuple);
    return message->nlmsg_len;
}

static void replies_from_the_asked_address_are_not_translated(void **state)
{
    char buffer[512] __attribute__((aligned(8))) = {0};
    struct addr asked = addr_make(AF_INET, asked_ip, 80);
    struct translation_facts t = {0};
    size_t len = an_entry(buffer, asked_ip, 80);

    (void)state;
    assert_int_equal(translation_parse(buffer, len, &asked, &t), 0);
    assert_true(t.seen);
    assert_false(t.translated);
}

static void replies_from_elsewhere_tell_the_real_peer(void **state)
{
    char buffer[512] __attribute__((aligned(8))) = {0};
    struct addr asked = addr_make(AF_INET, asked_ip, 80);
    struct addr real = addr_make(AF_INET, real_ip, 8080);
    struct addr outside = addr_make(AF_INET, outside_ip, 50000);
    struct translation_facts t = {0};
    size_t len = an_entry(buffer, real_ip, 8080);

    (void)state;
    assert_int_equal(translation_parse(buffer, len, &asked, &t), 0);
    assert_true(t.translated);
    assert_true(addr_equal(&t.real_local, &outside));
    assert_true(addr_equal(&t.real_peer, &real));
}

static void what_is_cut_short_says_nothing(void **state)
{
    char buffer[512] __attribute__((aligned(8))) = {0};
    struct addr asked = addr_make(AF_INET, asked_ip, 80);
    size_t len = an_entry(buffer, real_ip, 8080);
    struct translation_facts t = {0};

    (void)state;
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(translation_parse(buffer, cut, &asked, &t), -EBADMSG);
    assert_false(t.seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_from_the_asked_address_are_not_translated),
        cmocka_unit_test(replies_from_elsewhere_tell_the_real_peer),
        cmocka_unit_test(what_is_cut_short_says_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
