#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/wire/packet_search.h"

#define NOWHERE SIZE_MAX

static struct packet_pattern *pattern(const char *text, bool any_case)
{
    struct packet_pattern *p = NULL;
    struct err err = {0};

    if (packet_pattern_parse(text, any_case, &p, &err) != 0)
        fail_msg("\"%s\": %s", text, err.reason);
    return p;
}

struct found {
    size_t at, len;
};

static struct found find(const char *text, bool any_case, const char *bytes, size_t n,
                         size_t from)
{
    struct packet_pattern *p = pattern(text, any_case);
    struct found f = {.at = NOWHERE};

    (void)packet_pattern_find(p, (const uint8_t *)bytes, n, from, &f.at, &f.len);
    packet_pattern_free(p);
    return f;
}

static struct found find_last(const char *text, const char *bytes, size_t n, size_t before)
{
    struct packet_pattern *p = pattern(text, false);
    struct found f = {.at = NOWHERE};

    (void)packet_pattern_find_last(p, (const uint8_t *)bytes, n, before, &f.at, &f.len);
    packet_pattern_free(p);
    return f;
}

static void text_and_hex_are_bytes(void **state)
{
    static const char bytes[] = "\0GET \r\n\xff\0end";
    size_t n = sizeof(bytes) - 1;

    (void)state;
    assert_int_equal(find("GET", false, bytes, n, 0).at, 1);
    assert_int_equal(find("GET", false, bytes, n, 2).at, NOWHERE);
    assert_int_equal(find("get", false, bytes, n, 0).at, NOWHERE);
    assert_int_equal(find("gEt", true, bytes, n, 0).at, 1);
    assert_int_equal(find("\\r\\n\\xff", false, bytes, n, 0).at, 5);
    assert_int_equal(find("0x0d 0a", false, bytes, n, 0).at, 5);
    assert_int_equal(find("0xff00", false, bytes, n, 0).at, 7);
    assert_int_equal(find("end", false, bytes, n, 0).at, 9);
    assert_int_equal(find("end!", false, bytes, n, 0).at, NOWHERE);
    assert_int_equal(find("end", false, bytes, n, 100).at, NOWHERE);
}

static void a_regex_is_over_bytes(void **state)
{
    static const char bytes[] = "a\0b\xff"
                                "c\nHost: x1\r\n";
    struct found f;
    size_t n = sizeof(bytes) - 1;

    (void)state;
    f = find("/[hH]ost: [a-z][0-9]+/", false, bytes, n, 0);
    assert_int_equal(f.at, 6);
    assert_int_equal(f.len, 8);
    assert_int_equal(find("/^host/", true, bytes, n, 0).at, 6);
    assert_int_equal(find("/b.c$/", false, bytes, n, 0).at, 2);
    assert_int_equal(find("/^b/", false, bytes, n, 2).at, NOWHERE);
    assert_int_equal(find("/x1/", false, bytes, n, 13).at, NOWHERE);
    assert_int_equal(find("/[]{9999}x][0-9]{1,3}\\{/", false, "y]12{", 5, 0).at, 1);
    assert_int_equal(find("/([0-9]{1,3}[.]){3}[0-9]{1,3}/", false, "is 10.0.0.1", 11, 0).at, 3);
    assert_int_equal(find("/unfinished", false, "a/unfinished", 12, 0).at, 1);
}

static void the_last_match_before_a_place_is_found(void **state)
{
    static const char bytes[] = "ab ab ab";

    (void)state;
    assert_int_equal(find_last("ab", bytes, 8, SIZE_MAX).at, 6);
    assert_int_equal(find_last("ab", bytes, 8, 6).at, 3);
    assert_int_equal(find_last("ab", bytes, 8, 3).at, 0);
    assert_int_equal(find_last("ab", bytes, 8, 0).at, NOWHERE);
    assert_int_equal(find_last("ab", bytes, 1, 8).at, NOWHERE);
    assert_int_equal(find_last("/a./", bytes, 8, SIZE_MAX).at, 6);
    assert_int_equal(find_last("/a./", bytes, 8, 6).at, 3);
    assert_int_equal(find_last("/a./", bytes, 8, 6).len, 2);
    assert_int_equal(find_last("/^a/", bytes, 8, 8).at, 0);
    assert_int_equal(find_last("/z/", bytes, 8, 8).at, NOWHERE);
    assert_int_equal(find_last("/a/", bytes, 8, 0).at, NOWHERE);
}

static void expect_error(const char *text, size_t place, const char *reason)
{
    struct packet_pattern *p = (struct packet_pattern *)&p;
    struct err err = {0};

    assert_int_equal(packet_pattern_parse(text, false, &p, &err), -EINVAL);
    assert_string_equal(err.reason, reason);
    assert_int_equal(err.place, place);
    assert_ptr_equal(p, &p);
}

static void what_is_no_pattern_is_said(void **state)
{
    char longer[PATTERN_BYTES + 2];

    (void)state;
    expect_error("", 1, "character 1: there is nothing to look for");
    expect_error("0x", 1, "character 1: this is no hex, two digits a byte");
    expect_error("0x123", 1, "character 1: this is no hex, two digits a byte");
    expect_error("ab\\q", 3,
                 "character 3: no escape is written like this: \\r \\n \\t \\0 \\\\ \\xNN are");
    expect_error("/a\\1/", 3, "character 2: back references are not taken");
    expect_error("/((a{99}){99}){99}/", 10, "character 9: this repeats too often");
    expect_error("/a|)++++++++++++/", 14, "character 13: this repeats too often");
    expect_error("/((a{0}){9}){9}{99}/", 16, "character 15: this repeats too often");
    expect_error("/a{1025}/", 3, "character 2: this repeats too often");
    expect_error("/a++++++++++++/", 13, "character 12: this repeats too often");
    expect_error("/(a{20}$|b*)*{20}|b*).c/", 14, "character 13: this repeats an anchor");
    expect_error("/((\\ba|b*)*)+/", 13, "character 12: this repeats an anchor");
    expect_error("/a+++++*++++++++/", 13, "character 12: this repeats too often");
    expect_error("/((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+/", 33,
                 "character 32: this repeats too often");
    expect_error("/(((((((((((((((((((((((((((((((((a/", 34,
                 "character 33: this is nested too deep");
    expect_error("/a(/", 2, "character 1: Unmatched ( or \\(");
    memset(longer, 'x', sizeof(longer));
    longer[PATTERN_BYTES] = '\0';
    expect_error(longer, PATTERN_BYTES, "character 256: this is too long");
}

static void put(struct ring *store, const char *bytes)
{
    struct packet p = {.length = (uint32_t)strlen(bytes)};

    ring_put(store, &p, bytes, strlen(bytes));
}

static void the_store_is_searched_both_ways(void **state)
{
    static const struct {
        uint64_t packet;
        size_t at;
    } places[] = {{0, 0}, {0, 3}, {2, 1}};
    struct ring *store = ring_new(8, sizeof(struct packet), 4096);
    uint8_t *buffer = mem_new(1, PACKET_BYTES_MAX);
    struct packet_pattern *p = pattern("ab", false);
    struct packet_place place = packet_search_begin(store, false);

    (void)state;
    assert_int_equal(packet_search(store, p, false, 1 << 20, buffer, &place), SEARCH_NONE);
    put(store, "ab ab");
    put(store, "nothing");
    put(store, " ab");
    place = packet_search_begin(store, false);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(packet_search(store, p, false, 1 << 20, buffer, &place), SEARCH_FOUND);
        assert_int_equal(place.packet, places[i].packet);
        assert_int_equal(place.at, places[i].at);
        assert_int_equal(place.len, 2);
    }
    assert_int_equal(packet_search(store, p, false, 1 << 20, buffer, &place), SEARCH_NONE);
    assert_int_equal(place.packet, 2);
    place = packet_search_begin(store, true);
    for (size_t i = 3; i-- > 0;) {
        assert_int_equal(packet_search(store, p, true, 1 << 20, buffer, &place), SEARCH_FOUND);
        assert_int_equal(place.packet, places[i].packet);
        assert_int_equal(place.at, places[i].at);
    }
    assert_int_equal(packet_search(store, p, true, 1 << 20, buffer, &place), SEARCH_NONE);
    packet_pattern_free(p);
    free(buffer);
    ring_free(store);
}

static void a_search_stops_at_its_budget_and_goes_on(void **state)
{
    struct ring *store = ring_new(8, sizeof(struct packet), 4096);
    uint8_t *buffer = mem_new(1, PACKET_BYTES_MAX);
    struct packet_pattern *p = pattern("here", false);
    struct packet_place place;

    (void)state;
    for (int i = 0; i < 12; i++) /* the first four are lost */
        put(store, i == 7 ? "it is here" : i == 2 ? "here, but lost" : "no");
    for (int backwards = 0; backwards < 2; backwards++) {
        enum search_result r;
        int calls = 0;

        place = packet_search_begin(store, backwards);
        while ((r = packet_search(store, p, backwards, 1, buffer, &place)) == SEARCH_MORE)
            calls++;
        assert_int_equal(r, SEARCH_FOUND);
        assert_int_equal(place.packet, 7);
        assert_int_equal(place.at, 6);
        assert_true(calls == (backwards ? 4 : 3));
        while ((r = packet_search(store, p, backwards, 1, buffer, &place)) == SEARCH_MORE)
            calls++;
        assert_int_equal(r, SEARCH_NONE);
    }
    /* A place that was lost meanwhile: from the oldest on. */
    place = (struct packet_place){.packet = 0, .at = 500};
    assert_int_equal(packet_search(store, p, false, 1 << 20, buffer, &place), SEARCH_FOUND);
    assert_int_equal(place.packet, 7);
    place = (struct packet_place){.packet = 0, .at = 500};
    assert_int_equal(packet_search(store, p, true, 1 << 20, buffer, &place), SEARCH_NONE);
    packet_pattern_free(p);
    free(buffer);
    ring_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_hex_are_bytes),
        cmocka_unit_test(a_regex_is_over_bytes),
        cmocka_unit_test(the_last_match_before_a_place_is_found),
        cmocka_unit_test(what_is_no_pattern_is_said),
        cmocka_unit_test(the_store_is_searched_both_ways),
        cmocka_unit_test(a_search_stops_at_its_budget_and_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
