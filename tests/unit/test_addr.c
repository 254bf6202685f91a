/* Addresses as values: made, compared, and written as a person writes them. */
#include "core/base/addr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

static struct addr make(const char *ip, uint16_t port)
{
    int family = strchr(ip, ':') ? AF_INET6 : AF_INET;
    uint8_t bytes[16];

    assert_int_equal(inet_pton(family, ip, bytes), 1);
    return addr_make(family, bytes, port);
}

static void assert_text(struct addr a, const char *with_port, const char *without)
{
    char buf[ADDR_TEXT_BYTES];

    assert_string_equal(addr_format(&a, buf), with_port);
    assert_string_equal(addr_format_ip(&a, buf), without);
}

static void text_has_brackets_only_around_ipv6(void **state)
{
    (void)state;
    assert_text(make("127.0.0.1", 80), "127.0.0.1:80", "127.0.0.1");
    assert_text(make("::1", 65535), "[::1]:65535", "::1");
    assert_text(make("0.0.0.0", 0), "0.0.0.0:*", "0.0.0.0");
    assert_text(make("::", 0), "[::]:*", "::");
    assert_text((struct addr){.family = AF_UNSPEC}, "?", "?");
}

static void the_longest_address_fits(void **state)
{
    struct addr a = make("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", 65535);

    (void)state;
    a.scope = UINT32_MAX;
    assert_text(a, "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295");
}

static void a_sockaddr_makes_the_way_there_and_back(void **state)
{
    struct sockaddr_in6 in6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(443), .sin6_scope_id = 3};
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(53)};
    struct sockaddr_storage out;
    struct addr a, again;
    socklen_t len;

    (void)state;
    inet_pton(AF_INET6, "fe80::1", &in6.sin6_addr);
    a = addr_from_sockaddr((const struct sockaddr *)&in6);
    assert_text(a, "[fe80::1%3]:443", "fe80::1%3");
    assert_true(addr_to_sockaddr(&a, &out, &len));
    assert_int_equal(len, sizeof(in6));
    assert_memory_equal(&out, &in6, sizeof(in6));

    inet_pton(AF_INET, "192.0.2.7", &in.sin_addr);
    a = addr_from_sockaddr((const struct sockaddr *)&in);
    assert_true(addr_to_sockaddr(&a, &out, &len));
    assert_int_equal(len, sizeof(in));
    assert_memory_equal(&out, &in, sizeof(in));
    again = addr_from_sockaddr((const struct sockaddr *)&out);
    assert_memory_equal(&again, &a, sizeof(a));
}

static void other_families_have_no_ip(void **state)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "/run/x"};
    struct sockaddr_storage out;
    struct addr a = addr_from_sockaddr((const struct sockaddr *)&un);
    socklen_t len = 77;

    (void)state;
    assert_int_equal(a.family, AF_UNIX);
    assert_false(addr_to_sockaddr(&a, &out, &len));
    assert_int_equal(len, 77);
}

static void mapped_addresses_are_ipv4_on_the_wire(void **state)
{
    struct addr mapped = make("::ffff:10.0.0.9", 53), plain = make("10.0.0.9", 53);
    struct addr compatible = make("::10.0.0.9", 53), a;

    (void)state;
    assert_false(addr_equal(&mapped, &plain));
    a = addr_unmapped(&mapped);
    assert_true(addr_equal(&a, &plain));
    assert_memory_equal(&a, &plain, sizeof(a));
    a = addr_unmapped(&compatible);
    assert_int_equal(a.family, AF_INET6);
    a = addr_unmapped(&plain);
    assert_true(addr_equal(&a, &plain));
}

static void equality_looks_at_family_address_and_port(void **state)
{
    struct addr a = make("10.0.0.1", 1), other_port = make("10.0.0.1", 2);
    struct addr other_ip = make("10.0.0.2", 1), v6 = make("a00:1::", 1);

    (void)state;
    assert_true(addr_equal(&a, &a));
    assert_false(addr_equal(&a, &other_port));
    assert_true(addr_same_ip(&a, &other_port));
    assert_false(addr_equal(&a, &other_ip));
    assert_false(addr_same_ip(&a, &other_ip));
    assert_false(addr_same_ip(&a, &v6)); /* the same first four bytes */
}

static void any_and_loopback_are_recognized(void **state)
{
    static const struct {
        const char *ip;
        bool any, loopback;
    } cases[] = {
        {"0.0.0.0", true, false},    {"::", true, false},
        {"127.0.0.1", false, true},  {"127.255.255.254", false, true},
        {"::1", false, true},        {"::ffff:127.0.0.1", false, true},
        {"128.0.0.1", false, false}, {"::ffff:10.0.0.1", false, false},
        {"::2", false, false},       {"7f00:1::", false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct addr a = make(cases[i].ip, 1);

        assert_int_equal(addr_is_any(&a), cases[i].any);
        assert_int_equal(addr_is_loopback(&a), cases[i].loopback);
    }
}

/* Every length and place of a run of zeros, beside the C library. */
static void text_of_ipv6_is_that_of_the_c_library(void **state)
{
    uint8_t ip[16];
    char expected[INET6_ADDRSTRLEN], buf[ADDR_TEXT_BYTES];

    (void)state;
    for (unsigned zeros = 0; zeros < 256; zeros++)
        for (unsigned group = 1; group < 0x10000; group = group * 17 + 3) {
            struct addr a;

            for (unsigned i = 0; i < 8; i++) {
                unsigned value = zeros >> i & 1 ? 0 : i == 5 && group < 100 ? 0xffff : group;

                ip[2 * i] = (uint8_t)(value >> 8);
                ip[2 * i + 1] = (uint8_t)value;
            }
            a = addr_make(AF_INET6, ip, 0);
            assert_non_null(inet_ntop(AF_INET6, ip, expected, sizeof(expected)));
            assert_string_equal(addr_format_ip(&a, buf), expected);
        }
}

static void the_longest_text_fits(void **state)
{
    struct addr a = make("1111:2222:3333:4444:5555:6666:7777:8888", 65535);

    (void)state;
    a.scope = UINT32_MAX;
    assert_text(a, "[1111:2222:3333:4444:5555:6666:7777:8888%4294967295]:65535",
                "1111:2222:3333:4444:5555:6666:7777:8888%4294967295");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_has_brackets_only_around_ipv6),
        cmocka_unit_test(text_of_ipv6_is_that_of_the_c_library),
        cmocka_unit_test(the_longest_text_fits),
        cmocka_unit_test(the_longest_address_fits),
        cmocka_unit_test(a_sockaddr_makes_the_way_there_and_back),
        cmocka_unit_test(other_families_have_no_ip),
        cmocka_unit_test(mapped_addresses_are_ipv4_on_the_wire),
        cmocka_unit_test(equality_looks_at_family_address_and_port),
        cmocka_unit_test(any_and_loopback_are_recognized),
    };

    return cmocka_run_group_tests_name("addr", tests, NULL, NULL);
}
