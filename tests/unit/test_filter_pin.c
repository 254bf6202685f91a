#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/model/filter.h"

static bool pins(const char *text, struct filter_pin *ret)
{
    struct filter *f = NULL;
    bool pinned;

    assert_int_equal(filter_parse(text, &f, NULL), 0);
    pinned = filter_pins(f, ret);
    filter_free(f);
    return pinned;
}

static void both_ends_pin_one_connection(void **state)
{
    static const char *const texts[] = {
        "src 127.0.0.1:4242 and dst 127.0.0.2:80",
        "dst 127.0.0.2:80 src 127.0.0.1:4242",
        "src 127.0.0.1 and sport = :4242 and ( dst 127.0.0.2/32 and dport = 80 )",
        "state established and src 127.0.0.1:4242 and dst 127.0.0.2:80 and recvq > 0",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct filter_pin pin;
        char text[ADDR_TEXT_BYTES];

        assert_true(pins(texts[i], &pin));
        assert_string_equal(addr_format(&pin.local, text), "127.0.0.1:4242");
        assert_string_equal(addr_format(&pin.peer, text), "127.0.0.2:80");
    }
}

static void ipv6_is_pinned_alike(void **state)
{
    struct filter_pin pin;
    char text[ADDR_TEXT_BYTES];

    (void)state;
    assert_true(pins("src [fd77::1]:4242 and dst [fd77::2]:80", &pin));
    assert_string_equal(addr_format(&pin.local, text), "[fd77::1]:4242");
    assert_string_equal(addr_format(&pin.peer, text), "[fd77::2]:80");
}

static void less_is_no_pin(void **state)
{
    static const char *const texts[] = {
        "",
        "src 127.0.0.1:4242",
        "src 127.0.0.1:4242 and dst 127.0.0.2",
        "src 127.0.0.1:4242 and dport = :80",
        "src 127.0.0.1:4242 or dst 127.0.0.2:80",
        "src 127.0.0.1:4242 and not dst 127.0.0.2:80",
        "src 127.0.0.1:4242 and dst != 127.0.0.2:80",
        "src 127.0.0.0/8 and sport = 4242 and dst 127.0.0.2:80",
        "src 127.0.0.1 and sport > 4242 and dst 127.0.0.2:80",
        "src 127.0.0.1:4242 and dst [fd77::2]:80",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct filter_pin pin;

        if (pins(texts[i], &pin))
            fail_msg("'%s' pins", texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_pin_one_connection),
        cmocka_unit_test(ipv6_is_pinned_alike),
        cmocka_unit_test(less_is_no_pin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
