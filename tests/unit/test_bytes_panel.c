#include "tests/unit/screen.h"

enum { CLIENT = 51826, SERVER = 65432, PAYLOAD_AT = 54 };

static void hello(struct screen *s, int rows, int columns)
{
    screen_open(s, &bytes_panel, rows, columns);
    put_segment(s, 0, CLIENT, SERVER, TCP_FLAG_PSH | TCP_FLAG_ACK, 101, "Hello, world");
    screen_tick(s);
}

/* Without the keys there is no inspector. */
static void hello_elsewhere(struct screen *s, int rows, int columns)
{
    hello(s, rows, columns);
    s->keys = false;
    screen_resize(s, rows, columns, false);
}

static void small_pane_begins_with_the_payload(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        "── bytes of packet 0 ─────────────────────────",
        " 0036  48 65 6c 6c 6f 2c 20 77  Hello, w",
        " 003e  6f 72 6c 64              orld",
        NULL};
    /* clang-format on */
    struct screen s;

    (void)state;
    hello(&s, 3, 46);
    screen_expect(&s, screen);
    screen_act(&s, ACTION_UP);
    assert_true(screen_holds(&s, " 0030  02 00 fe 28 00 00        ...(.."));
    screen_close(&s);
}

static void wide_pane_shows_fields_and_bytes(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        "── bytes of packet 0 ───────────────────────────────────────────────────────────────────────────────────────────────────",
        " Ethernet II: 00:00:00:00:00:00 -> 00:00:00:…│ 0000  00 00 00 00 00 00 00 00  00 00 00 00 08 00 45 00  ..............E.",
        "   Destination: 00:00:00:00:00:00            │ 0010  00 34 00 00 40 00 40 06  3c c2 7f 00 00 01 7f 00  .4..@.@.<.......",
        "   Source: 00:00:00:00:00:00                 │ 0020  00 01 ca 72 ff 98 00 00  00 65 00 00 00 00 50 18  ...r.....e....P.",
        "   Type: 0x0800 (IPv4)                       │ 0030  02 00 fe 28 00 00                                 ...(..",
        NULL};
    /* clang-format on */
    struct screen s;

    (void)state;
    hello_elsewhere(&s, 5, 120);
    screen_act(&s, ACTION_FIRST);
    screen_expect(&s, screen);
    screen_close(&s);
}

static void middle_pane_shows_both_side_by_side(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        "── bytes of packet 0 ────────────────────────────────────────────────────────────────────",
        " Ethernet II: 00:00:00:00:00:00 -> 00:00:00:00…│ 0000  00 00 00 00 00 00 00 00  ........",
        "   Destination: 00:00:00:00:00:00              │ 0008  00 00 00 00 08 00 45 00  ......E.",
        "   Source: 00:00:00:00:00:00                   │ 0010  00 34 00 00 40 00 40 06  .4..@.@.",
        "   Type: 0x0800 (IPv4)                         │ 0018  3c c2 7f 00 00 01 7f 00  <.......",
        " Internet Protocol Version 4: 127.0.0.1 -> 127…│ 0020  00 01 ca 72 ff 98 00 00  ...r....",
        "   Version: 4                                  │ 0028  00 65 00 00 00 00 50 18  .e....P.",
        "   Header Length: 20 bytes                     │ 0030  02 00 fe 28 00 00        ...(..",
        "   Differentiated Services Field: 0x00 (DSCP 0…│ 0036  48 65 6c 6c 6f 2c 20 77  Hello, w",
        "   Total Length: 52                            │ 003e  6f 72 6c 64              orld",
        "   Identification: 0x0000 (0)                  │",
        NULL};
    /* clang-format on */
    struct screen s;

    (void)state;
    hello_elsewhere(&s, 11, 89);
    screen_expect(&s, screen);
    screen_resize(&s, 11, 82, false);
    assert_true(screen_holds(&s, "│ 0036  48 65 6c 6c 6f 2c 20 77  Hello, w"));
    screen_resize(&s, 11, 81, false);
    assert_false(screen_holds(&s, "│"));
    screen_close(&s);
}

/* Offsets of six digits take two columns from the rest. */
static void large_packet_keeps_its_characters(void **state)
{
    static const int columns[] = {82, 73, 74, 75, 40, 41, 42, 43, 114, 115, 116, 160};
    struct packet packet = {.link_type = 1, .captured = 70000, .length = 70000};
    uint8_t *bytes = mem_new(1, packet.captured);
    struct ring *small;
    struct screen s;

    (void)state;
    memset(bytes, '~', packet.captured);
    screen_open(&s, &bytes_panel, 6, 80);
    small = s.packets;
    s.packets = ring_new(8, sizeof(struct packet), 1 << 18);
    s.m.packets = s.packets;
    ring_put(s.packets, &packet, bytes, packet.captured);
    screen_tick(&s);
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        size_t pairs = 0, characters = 0;
        const char *hex;
        char buf[1024];

        screen_resize(&s, 6, columns[i], false);
        screen_draw(&s);
        screen_row(&s, 3, buf);
        hex = strstr(buf, "│") ? strstr(buf, "│") : buf;
        for (const char *at = hex; (at = strstr(at, "7e ")); at += 3)
            pairs++;
        for (const char *at = hex; (at = strchr(at, '~')); at++)
            characters++;
        assert_true(pairs >= 4);
        assert_int_equal(pairs, characters);
    }
    screen_close(&s);
    ring_free(small);
    free(bytes);
}

static void tall_pane_stacks_them(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        "── bytes of packet 0 ───────────────────────────────────────────────────────────",
        " Ethernet II: 00:00:00:00:00:00 -> 00:00:00:00:00:00",
        "   Destination: 00:00:00:00:00:00",
        "   Source: 00:00:00:00:00:00",
        "   Type: 0x0800 (IPv4)",
        " Internet Protocol Version 4: 127.0.0.1 -> 127.0.0.1",
        "   Version: 4",
        "   Header Length: 20 bytes",
        "────────────────────────────────────────────────────────────────────────────────",
        " 0000  00 00 00 00 00 00 00 00  00 00 00 00 08 00 45 00  ..............E.",
        " 0010  00 34 00 00 40 00 40 06  3c c2 7f 00 00 01 7f 00  .4..@.@.<.......",
        " 0020  00 01 ca 72 ff 98 00 00  00 65 00 00 00 00 50 18  ...r.....e....P.",
        " 0030  02 00 fe 28 00 00                                 ...(..",
        " 0036  48 65 6c 6c 6f 2c 20 77  6f 72 6c 64              Hello, world",
        NULL};
    /* clang-format on */
    struct screen s;

    (void)state;
    hello_elsewhere(&s, 16, 80);
    screen_expect(&s, screen);
    screen_close(&s);
}

static void inspector_reads_the_bytes_of_the_cursor(void **state)
{
    /* clang-format off */
    static const char *const below[] = {
        "── byte 64  u8 108  UTF-8 l U+006C             i8 108   IPv4 -               ───",
        " BE  u16 27748  i16 27748   u32 -           i32 -",
        " LE  u16 25708  i16 25708   u32 -           i32 -",
        " BE  u64 -                     i64 -                     float -",
        " LE  u64 -                     i64 -                     float -",
        " BE  double -",
        " LE  double -"};
    /* clang-format on */
    char buf[1024];
    struct screen s;

    (void)state;
    hello(&s, 21, 80); /* zoomed on 24 rows */
    assert_true(screen_holds(&s, "Ethernet II"));
    assert_true(screen_holds(&s, " 0036  48 65 6c 6c"));
    assert_true(screen_holds(
        &s, "── byte 54  u8 72   UTF-8 H U+0048             i8 72    IPv4 72.101.108.108"));
    assert_true(screen_holds(&s, " BE  u16 18533  i16 18533   u32 1214606444  i32 1214606444"));
    assert_true(screen_holds(&s, " LE  u16 25928  i16 25928   u32 1819043144  i32 1819043144"));
    assert_true(screen_holds(&s, " BE  u64 5216694956356018295 "));
    assert_true(screen_holds(&s, " LE  double "));
    for (int i = 0; i < 10; i++)
        screen_act(&s, ACTION_RIGHT);
    screen_draw(&s);
    for (int i = 0; i < 7; i++)
        assert_string_equal(screen_row(&s, 14 + i, buf), below[i]);
    screen_close(&s);
}

static void inspector_of_a_small_pane_has_one_row(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        "── bytes of packet 0 ───────────────────────────────────────────────────────────",
        " 0036  48 65 6c 6c 6f 2c 20 77  6f 72 6c 64              Hello, world",
        "",
        " u8 72   H U+0048     u16 BE 18533 LE 25928  u32 BE 1214606444 LE 1819043144   …",
        NULL};
    /* clang-format on */
    struct screen s;

    (void)state;
    hello(&s, 4, 80);
    screen_expect(&s, screen);
    s.keys = false;
    screen_resize(&s, 4, 80, false);
    assert_false(screen_holds(&s, "u8 72"));
    screen_close(&s);
}

static void no_byte_is_not_inspected(void **state)
{
    struct packet packet = {.link_type = 1, .length = 60};
    struct screen s;

    (void)state;
    screen_open(&s, &bytes_panel, 21, 80);
    ring_put(s.packets, &packet, NULL, 0);
    screen_tick(&s);
    assert_true(screen_holds(&s, "no bytes were captured"));
    assert_false(screen_holds(&s, "u8"));
    screen_close(&s);
}

static void field_marks_its_bytes(void **state)
{
    struct screen s;
    int marked = 0;

    (void)state;
    hello(&s, 30, 120);
    screen_act(&s, ACTION_DETAILS);
    screen_search(&s, "Sequence Number");
    screen_draw(&s);
    for (int row = 0; row < 30; row++)
        for (int column = 60; column < 120; column++)
            marked += screen_style(&s, row, column) == STYLE_MARKED;
    /* Four bytes, each with two digits and a character. */
    assert_int_equal(marked, 4 * 3);
    screen_close(&s);
}

static void byte_marks_its_deepest_field(void **state)
{
    char buf[1024];
    int marked = -1;
    struct screen s;

    (void)state;
    hello(&s, 40, 120);
    screen_act(&s, ACTION_FIRST);
    for (int i = 0; i < 36; i++)
        screen_act(&s, ACTION_RIGHT);
    screen_draw(&s);
    for (int row = 0; row < 40; row++)
        if (screen_style(&s, row, 30) == STYLE_MARKED)
            marked = row;
    assert_true(marked >= 0);
    assert_non_null(strstr(screen_row(&s, marked, buf), "Destination Port: 65432"));
    screen_close(&s);
}

static void enter_changes_the_half_in_a_small_pane(void **state)
{
    struct screen s;

    (void)state;
    hello(&s, 4, 60);
    assert_false(screen_holds(&s, "Ethernet"));
    screen_act(&s, ACTION_DETAILS);
    assert_true(screen_holds(&s, "Ethernet"));
    assert_false(screen_holds(&s, "48 65 6c"));
    screen_act(&s, ACTION_DETAILS);
    assert_true(screen_holds(&s, "48 65 6c"));
    screen_close(&s);
}

static void bad_checksum_is_marked_in_both_halves(void **state)
{
    uint8_t bytes[512];
    struct packet packet;
    struct screen s;
    size_t len;
    int fields = 0, hex = 0;

    (void)state;
    hello(&s, 30, 120);
    assert_true(ring_get(s.packets, 0, &packet, bytes, sizeof(bytes), &len));
    bytes[24] ^= 0xff;
    ring_put(s.packets, &packet, bytes, len);
    screen_tick(&s);
    screen_act(&s, ACTION_FIRST);
    screen_draw(&s);
    for (int row = 0; row < 30; row++) {
        fields += screen_style(&s, row, 8) == STYLE_BAD;
        for (int column = 60; column < 120; column++)
            hex += screen_style(&s, row, column) == STYLE_BAD;
    }
    assert_int_equal(fields, 1);
    assert_int_equal(hex, 2 * 3);
    screen_close(&s);
}

static void cut_packet_says_how_much_is_there(void **state)
{
    uint8_t bytes[512];
    struct packet packet;
    struct screen s;
    size_t len;

    (void)state;
    hello(&s, 6, 80);
    assert_true(ring_get(s.packets, 0, &packet, bytes, sizeof(bytes), &len));
    packet.captured = 40;
    ring_put(s.packets, &packet, bytes, 40);
    s.m.packet_follows = false;
    model_show_packet(&s.m, 1);
    screen_tick(&s);
    assert_true(screen_holds(&s, "40 of 66 bytes were captured; cut in "));
    assert_int_equal(screen_style(&s, 1, 1), STYLE_BAD);
    screen_close(&s);
}

static void moving_holds_the_packet(void **state)
{
    struct screen s;

    (void)state;
    hello(&s, 4, 60);
    screen_act(&s, ACTION_RIGHT);
    put_segment(&s, 1000, CLIENT, SERVER, TCP_FLAG_ACK, 113, "another");
    screen_tick(&s);
    assert_int_equal(s.m.packet, 0);
    assert_true(screen_holds(&s, "Hello, w"));
    screen_close(&s);
}

static void new_packet_replaces_one_nobody_looks_into(void **state)
{
    struct screen s;

    (void)state;
    hello(&s, 4, 60);
    put_segment(&s, 1000, CLIENT, SERVER, TCP_FLAG_ACK, 113, "another");
    screen_tick(&s);
    assert_true(screen_holds(&s, "another"));
    screen_close(&s);
}

static void search_finds_bytes(void **state)
{
    struct screen s;

    (void)state;
    hello(&s, 4, 46);
    screen_search(&s, "WORLD");
    screen_draw(&s);
    assert_int_equal(screen_style(&s, 1, 28), STYLE_SELECTED);
    screen_search(&s, "nowhere");
    assert_string_equal(s.requests.notice, "no packet of the list holds nowhere");
    screen_close(&s);
}

static void folded_layers_stay_folded_from_packet_to_packet(void **state)
{
    struct screen s;

    (void)state;
    hello(&s, 30, 100);
    screen_act(&s, ACTION_DETAILS);
    screen_act(&s, ACTION_FIRST);
    assert_true(screen_holds(&s, "Type: 0x0800"));
    screen_act(&s, ACTION_LEFT);
    assert_true(screen_holds(&s, "+Ethernet II"));
    assert_false(screen_holds(&s, "Type: 0x0800"));
    put_segment(&s, 1, CLIENT, SERVER, TCP_FLAG_ACK, 112, "more");
    s.m.packet_follows = true;
    screen_tick(&s);
    assert_int_equal(s.m.packet, 1);
    assert_false(screen_holds(&s, "Type: 0x0800"));
    screen_act(&s, ACTION_FIRST);
    screen_act(&s, ACTION_RIGHT);
    assert_true(screen_holds(&s, "Type: 0x0800"));
    /* From a field to the layer that it is in. */
    screen_act(&s, ACTION_DOWN);
    screen_act(&s, ACTION_LEFT);
    screen_act(&s, ACTION_LEFT);
    assert_false(screen_holds(&s, "Type: 0x0800"));
    screen_close(&s);
}

static void what_a_search_found_is_shown(void **state)
{
    struct screen s;

    (void)state;
    hello(&s, 10, 46);
    put_segment(&s, 1, CLIENT, SERVER, TCP_FLAG_ACK, 112, "needle in it");
    screen_tick(&s);
    s.m.packet_follows = false;
    s.m.packet = 0;
    screen_tick(&s);
    screen_search(&s, "needle");
    assert_int_equal(s.m.packet, 1);
    assert_int_equal(s.m.found.at, PAYLOAD_AT);
    assert_int_equal(s.m.found.len, 6);
    screen_close(&s);
}

static void a_packet_says_whose_it_is(void **state)
{
    struct session_status session = a_session(2, SESSION_OPEN, 13);
    struct screen s;

    (void)state;
    screen_open(&s, &bytes_panel, 30, 120);
    apply_session_status(&s, &session);
    put_segment(&s, 9 * CLOCK_SECOND_NS, CLIENT, SERVER, TCP_FLAG_ACK, 100, "Hello");
    screen_tick(&s);
    screen_tick(&s);
    assert_true(screen_holds(&s, " from session 2, tcp://127.0.0.1:51826-127.0.0.1:65432, "));
    assert_false(screen_holds(&s, " to   "));
    screen_close(&s);
}

static void lost_packet_says_so(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &bytes_panel, 4, 60);
    assert_true(screen_holds(&s, "no packet is chosen"));
    s.m.has_packet = true;
    s.m.packet = 77;
    s.m.packet_follows = false;
    screen_tick(&s);
    assert_true(screen_holds(&s, "packet 77 is no longer in the store"));
    screen_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_pane_begins_with_the_payload),
        cmocka_unit_test(wide_pane_shows_fields_and_bytes),
        cmocka_unit_test(middle_pane_shows_both_side_by_side),
        cmocka_unit_test(large_packet_keeps_its_characters),
        cmocka_unit_test(tall_pane_stacks_them),
        cmocka_unit_test(inspector_reads_the_bytes_of_the_cursor),
        cmocka_unit_test(inspector_of_a_small_pane_has_one_row),
        cmocka_unit_test(no_byte_is_not_inspected),
        cmocka_unit_test(field_marks_its_bytes),
        cmocka_unit_test(byte_marks_its_deepest_field),
        cmocka_unit_test(enter_changes_the_half_in_a_small_pane),
        cmocka_unit_test(bad_checksum_is_marked_in_both_halves),
        cmocka_unit_test(cut_packet_says_how_much_is_there),
        cmocka_unit_test(moving_holds_the_packet),
        cmocka_unit_test(new_packet_replaces_one_nobody_looks_into),
        cmocka_unit_test(search_finds_bytes),
        cmocka_unit_test(folded_layers_stay_folded_from_packet_to_packet),
        cmocka_unit_test(what_a_search_found_is_shown),
        cmocka_unit_test(a_packet_says_whose_it_is),
        cmocka_unit_test(lost_packet_says_so),
    };

    return cmocka_run_group_tests_name("bytes_panel", tests, NULL, NULL);
}
