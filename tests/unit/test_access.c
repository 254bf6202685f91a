/* Who may connect: prefixes that are allowed and denied. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/net/access.h"

static struct words words_of(const char *list)
{
    struct words w = {0};
    char copy[600], *save = NULL;

    snprintf(copy, sizeof(copy), "%s", list);
    for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
        assert_true(words_add(&w, word));
    return w;
}

static struct access lists(const char *allow, const char *deny)
{
    struct words allowed = words_of(allow), denied = words_of(deny);
    struct access a;

    assert_int_equal(access_parse(&allowed, &denied, &a, NULL), 0);
    return a;
}

static struct addr of(const char *ip)
{
    uint8_t bytes[16];
    int family = strchr(ip, ':') ? AF_INET6 : AF_INET;

    assert_int_equal(inet_pton(family, ip, bytes), 1);
    return addr_make(family, bytes, 4711);
}

static bool permits(const char *allow, const char *deny, const char *ip)
{
    struct access a = lists(allow, deny);
    struct addr peer = of(ip);

    return access_permits(&a, &peer);
}

static void a_prefix_covers_what_shares_its_bits(void **state)
{
    static const struct {
        const char *prefix, *within, *beside;
    } cases[] = {
        {"10.0.0.0/8", "10.255.255.255", "11.0.0.0"},
        {"10.1.2.3/8", "10.9.9.9", "9.255.255.255"},
        {"192.168.4.0/22", "192.168.7.255", "192.168.8.0"},
        {"127.0.0.1", "127.0.0.1", "127.0.0.2"},
        {"127.0.0.1/32", "127.0.0.1", "127.0.0.0"},
        {"128.0.0.0/1", "255.0.0.1", "127.255.255.255"},
        {"0.0.0.0/0", "1.2.3.4", "::1"},
        {"fd00::/8", "fdff::1", "fe00::1"},
        {"2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::"},
        {"::1", "::1", "::2"},
        {"::1/127", "::", "::2"},
        {"::/0", "fe80::1", "1.2.3.4"},
        /* The mapped form of an IPv4 prefix means the same peers (RFC 4291, 2.5.5.2). */
        {"::ffff:10.0.0.0/104", "10.1.2.3", "11.0.0.1"},
        {"::ffff:10.0.0.1", "10.0.0.1", "10.0.0.2"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (!permits(cases[i].prefix, "", cases[i].within))
            fail_msg("%s lacks %s", cases[i].prefix, cases[i].within);
        if (permits(cases[i].prefix, "", cases[i].beside))
            fail_msg("%s has %s", cases[i].prefix, cases[i].beside);
        assert_false(permits("", cases[i].prefix, cases[i].within));
        assert_true(permits("", cases[i].prefix, cases[i].beside));
    }
}

static void what_is_denied_is_stronger(void **state)
{
    (void)state;
    assert_true(permits("", "", "10.0.0.1"));
    assert_true(permits("10.0.0.0/8 fd00::/8", "10.0.0.1", "10.0.0.2"));
    assert_false(permits("10.0.0.0/8 fd00::/8", "10.0.0.1", "10.0.0.1"));
    assert_true(permits("10.0.0.0/8 fd00::/8", "10.0.0.1", "fd00::1"));
    assert_false(permits("10.0.0.0/8 fd00::/8", "10.0.0.1", "192.168.0.1"));
    assert_false(permits("10.0.0.1", "10.0.0.0/8", "10.0.0.1"));
}

static void a_mapped_address_is_its_ipv4_address(void **state)
{
    (void)state;
    assert_false(permits("", "10.0.0.0/8", "::ffff:10.0.0.1"));
    assert_true(permits("10.0.0.0/8", "", "::ffff:10.0.0.1"));
    assert_false(permits("10.0.0.0/8", "", "::ffff:11.0.0.1"));
}

static void who_has_no_address_is_permitted(void **state)
{
    struct access a = lists("10.0.0.0/8", "0.0.0.0/0 ::/0");
    struct addr peer = {.family = AF_UNIX};

    (void)state;
    assert_true(access_permits(&a, &peer));
}

static void what_is_no_prefix_is_named(void **state)
{
    static const char *const bad[] = {
        "",
        "/",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0/8",
        "10.0.0.0/8x",
        "10.0.0.0/ 8",
        "10.0.0.0/+8",
        "::/129",
        "fe80::1%lo",
        "localhost",
        "10.0.0.0/99999999999999999999999999",
        "[::1]",
        "10.0.0.0/8/8",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct words allow = {0}, deny = {0};
        struct access a = {.n_allowed = 7};
        struct err err = {0};

        words_add(&deny, bad[i]);
        if (access_parse(&allow, &deny, &a, &err) != -EINVAL)
            fail_msg("'%s' was taken", bad[i]);
        assert_int_equal(a.n_allowed, 7);
        assert_int_equal(err.code, -EINVAL);
        assert_string_equal(err.input, bad[i]);
    }
}

static void a_list_has_its_bound(void **state)
{
    struct words many = {0}, none = {0};
    struct access a;
    struct err err = {0};

    (void)state;
    for (int i = 0; i < ACCESS_PREFIXES; i++)
        assert_true(words_add(&many, "10.0.0.0/8"));
    assert_int_equal(access_parse(&many, &many, &a, NULL), 0);
    assert_int_equal(a.n_denied, ACCESS_PREFIXES);
    assert_true(words_add(&many, "11.0.0.0/8"));
    assert_int_equal(access_parse(&many, &none, &a, &err), -EINVAL);
    assert_string_equal(err.input, "11.0.0.0/8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_prefix_covers_what_shares_its_bits),
        cmocka_unit_test(what_is_denied_is_stronger),
        cmocka_unit_test(a_mapped_address_is_its_ipv4_address),
        cmocka_unit_test(who_has_no_address_is_permitted),
        cmocka_unit_test(what_is_no_prefix_is_named),
        cmocka_unit_test(a_list_has_its_bound),
    };

    return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
