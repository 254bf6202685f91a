#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "core/net/endpoint.h"

static struct endpoint parsed(const char *text)
{
    struct endpoint e;
    struct err err = {0};
    char line[ERR_TEXT_BYTES * 4] = "";

    if (endpoint_parse(text, &e, &err) < 0) {
        err_format(&err, line, sizeof(line));
        fail_msg("%s: %s", text, line);
    }
    return e;
}

static void canonical_text_comes_back(void **state)
{
    static const struct {
        const char *text, *canonical;
    } cases[] = {
        {"127.0.0.1:65432", "tcp://127.0.0.1:65432"},
        {"tcp://127.0.0.1:1", "tcp://127.0.0.1:1"},
        {"localhost:http", "tcp://localhost:80"},
        {"udp://10.0.0.1:domain", "udp://10.0.0.1:53"},
        {"tls://example.org:443", "tls://example.org:443"},
        {"[::1]:8080", "tcp://[::1]:8080"},
        {"[fe80::1%eth0]:5", "tcp://[fe80::1%eth0]:5"},
        {":80", "tcp://*:80"},
        {"*:80", "tcp://*:80"},
        {"tcp://*:0", "tcp://*:0"},
        {"tcp:80", "tcp://tcp:80"},
        {"TLS://example.org:443", "tls://example.org:443"},
        {"UNIX:80", "tcp://UNIX:80"},
        {"unix:/run/a.sock", "unix:/run/a.sock"},
        {"unix:@name", "unix:@name"},
        {"unix-dgram:/a b", "unix-dgram:/a b"},
        {"unix-seqpacket:@x", "unix-seqpacket:@x"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[ENDPOINT_TEXT_BYTES], again[ENDPOINT_TEXT_BYTES];
        struct endpoint e = parsed(cases[i].text);

        assert_string_equal(endpoint_format(&e, text), cases[i].canonical);
        e = parsed(text);
        assert_string_equal(endpoint_format(&e, again), text);
    }
}

static void an_error_names_the_part(void **state)
{
    static const struct {
        const char *text, *reason;
    } cases[] = {
        {"", "empty"},
        {"127.0.0.1", "port is missing"},
        {"127.0.0.1:", "port is missing"},
        {"127.0.0.1:65536", "65536"},
        {"127.0.0.1:99999999999999999999", "not within"},
        {"127.0.0.1:-1", "neither a number"},
        {"127.0.0.1:no-such-service", "no-such-service"},
        {"::1:80", "brackets"},
        {"tcp:127.0.0.1:80", "'//' is missing: tcp://HOST:PORT"},
        {"[::1]", "port is missing"},
        {"[::1:80", "bracket"},
        {"[::g]:80", "no IPv6 address"},
        {"[127.0.0.1]:80", "no IPv6 address"},
        {"[fe80::1%]:80", "zone"},
        {"ftp://x:1", "ftp"},
        {"a b:1", "character"},
        {"a/b:1", "character"},
        {"unix:", "path is missing"},
        {"unix:@", "path is missing"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct endpoint e;
        struct err err = {0};

        memset(&e, 0x55, sizeof(e));
        assert_int_equal(endpoint_parse(cases[i].text, &e, &err), -EINVAL);
        if (!strstr(err.reason, cases[i].reason))
            fail_msg("'%s' gave '%s'", cases[i].text, err.reason);
        /* Outputs are untouched on failure. */
        assert_int_equal(((uint8_t *)&e)[0], 0x55);
    }
}

static void lengths_are_bounded(void **state)
{
    char text[1200];
    struct endpoint e;

    (void)state;
    memset(text, 'a', sizeof(text));
    strcpy(text + 255, ":80");
    assert_int_equal(endpoint_parse(text, &e, NULL), 0);
    memset(text, 'a', sizeof(text));
    strcpy(text + 256, ":80");
    assert_int_equal(endpoint_parse(text, &e, NULL), -EINVAL);
    memset(text, 'a', sizeof(text));
    strcpy(text + 1100, ":80");
    assert_int_equal(endpoint_parse(text, &e, NULL), -EINVAL);
    memset(text, 'a', sizeof(text));
    memcpy(text, "unix:/", 6);
    text[5 + 107] = '\0';
    assert_int_equal(endpoint_parse(text, &e, NULL), 0);
    text[5 + 107] = 'a';
    text[5 + 108] = '\0';
    assert_int_equal(endpoint_parse(text, &e, NULL), -EINVAL);
    text[5] = '@';
    assert_int_equal(endpoint_parse(text, &e, NULL), 0);
}

static void two_words_are_host_and_port(void **state)
{
    char *v4[] = {"127.0.0.1", "80"};
    char *v6[] = {"::1", "80"};
    char *both[] = {"tcp://a:1", "80"};
    char *three[] = {"a", "1", "2"};
    char text[ENDPOINT_TEXT_BYTES];
    struct endpoint e;

    (void)state;
    assert_int_equal(endpoint_parse_words(2, v4, &e, NULL), 0);
    assert_string_equal(endpoint_format(&e, text), "tcp://127.0.0.1:80");
    assert_int_equal(endpoint_parse_words(2, v6, &e, NULL), 0);
    assert_string_equal(endpoint_format(&e, text), "tcp://[::1]:80");
    assert_int_equal(endpoint_parse_words(2, both, &e, NULL), -EINVAL);
    assert_int_equal(endpoint_parse_words(3, three, &e, NULL), -EINVAL);
    assert_int_equal(endpoint_parse_words(0, three, &e, NULL), -EINVAL);
}

static void numeric_hosts_are_addresses(void **state)
{
    struct endpoint e = parsed("[::1]:7");
    struct addr a;
    char text[ADDR_TEXT_BYTES];

    (void)state;
    assert_true(endpoint_numeric(&e, &a));
    assert_string_equal(addr_format(&a, text), "[::1]:7");
    e = parsed(":7");
    assert_true(endpoint_numeric(&e, &a));
    assert_int_equal(a.family, AF_INET);
    assert_true(addr_is_any(&a));
    e = parsed("[fe80::1%lo]:7");
    assert_true(endpoint_numeric(&e, &a));
    assert_int_equal(a.scope, 1);
    e = parsed("localhost:7");
    assert_false(endpoint_numeric(&e, &a));
}

static void errors_never_carry_control_bytes(void **state)
{
    struct endpoint e;
    struct err err = {0};
    char line[ERR_TEXT_BYTES * 4];

    (void)state;
    assert_int_equal(endpoint_parse("\033]0;x\a:1", &e, &err), -EINVAL);
    err_format(&err, line, sizeof(line));
    assert_null(strchr(line, '\033'));
    assert_null(strchr(line, '\a'));
    assert_int_equal(endpoint_parse("a:\033[31m", &e, &err), -EINVAL);
    err_format(&err, line, sizeof(line));
    assert_null(strchr(line, '\033'));
    assert_int_equal(endpoint_parse("\033x://a:1", &e, &err), -EINVAL);
    err_format(&err, line, sizeof(line));
    assert_null(strchr(line, '\033'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_text_comes_back),
        cmocka_unit_test(an_error_names_the_part),
        cmocka_unit_test(lengths_are_bounded),
        cmocka_unit_test(two_words_are_host_and_port),
        cmocka_unit_test(numeric_hosts_are_addresses),
        cmocka_unit_test(errors_never_carry_control_bytes),
    };

    return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}
