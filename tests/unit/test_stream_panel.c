/* The stream of a conversation on the screen: text, dump and messages, from packets and back. */
#include "tests/unit/screen.h"

#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/messages.h"
#include "ui/console/stream_panel.h"

enum { CLIENT = 51826, SERVER = 65432, PSH = TCP_FLAG_PSH | TCP_FLAG_ACK };

static struct screen s;

static int open_screen(void **state)
{
    (void)state;
    screen_open(&s, &stream_panel, 12, 80);
    return 0;
}

static int close_screen(void **state)
{
    (void)state;
    screen_close(&s);
    return 0;
}

/* Like put_segment(), with any bytes and without checksums. */
static void put_bytes_segment(uint64_t at_ns, uint16_t from, uint16_t to, uint32_t seq,
                              const void *payload, size_t len)
{
    uint8_t b[512] = {[12] = 0x08, [14] = 0x45, [20] = 0x40, [22] = 64,   [23] = 6,  [26] = 127,
                      [29] = 1,    [30] = 127,  [33] = 1,    [46] = 0x50, [47] = PSH};
    struct packet p = {.wall_ns = SCREEN_NOON_NS + at_ns,
                       .length = (uint32_t)(54 + len),
                       .captured = (uint32_t)(54 + len),
                       .link_type = 1};

    b[17] = (uint8_t)(40 + len);
    b[34] = (uint8_t)(from >> 8), b[35] = (uint8_t)from;
    b[36] = (uint8_t)(to >> 8), b[37] = (uint8_t)to;
    b[40] = (uint8_t)(seq >> 8), b[41] = (uint8_t)seq;
    memcpy(b + 54, payload, len);
    ring_put(s.packets, &p, b, 54 + len);
}

/* f on a packet. */
static void follow(uint64_t packet)
{
    model_update_packets(&s.m);
    model_show_packet(&s.m, packet);
    s.m.packet_follows = false;
    model_follow_stream(&s.m);
    screen_tick(&s);
}

static void ask_and_answer(void)
{
    put_segment(&s, 0, CLIENT, SERVER, TCP_FLAG_SYN, 100, "");
    put_segment(&s, 21000, SERVER, CLIENT, TCP_FLAG_SYN | TCP_FLAG_ACK, 900, "");
    put_segment(&s, 123000, CLIENT, SERVER, PSH, 101, "GET / HTTP/1.0\r\n\r\n");
    put_segment(&s, 130000, 4444, 5555, PSH, 1, "of others");
    put_segment(&s, 391000, SERVER, CLIENT, PSH, 901, "HTTP/1.0 200 OK\r\n");
    put_segment(&s, 400000, SERVER, CLIENT, PSH, 918, "\r\nbody\x1b\n");
}

static void bytes_stand_in_order_with_their_direction(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        "── stream of 127.0.0.1:51826 and 127.0.0.1:65432 as text ───────────────────────",
        "→ from 127.0.0.1:51826  packet 3  0.000123",
        "│ GET / HTTP/1.0",
        "│",
        "← from 127.0.0.1:65432  packet 5  0.000391",
        "  HTTP/1.0 200 OK",
        "",
        "  body\\x1b",
        "",
        "",
        "",
        "packet 3, 18 bytes from byte 0 on",
        NULL};
    /* clang-format on */

    (void)state;
    ask_and_answer();
    follow(2);
    screen_expect(&s, screen);
    assert_int_equal(screen_style(&s, 2, 3), STYLE_SELECTED);
    assert_int_equal(screen_style(&s, 3, 2), STYLE_NORMAL);
    assert_int_equal(screen_style(&s, 5, 3), STYLE_RECEIVED);
}

static void the_stream_grows_and_its_newest_line_is_followed(void **state)
{
    (void)state;
    ask_and_answer();
    follow(2);
    screen_act(&s, ACTION_LAST);
    assert_int_equal(s.m.packet, 5);
    for (uint32_t i = 0; i < 20; i++)
        put_segment(&s, 500000, SERVER, CLIENT, PSH, 926 + 2 * i, "x\n");
    put_segment(&s, 600000, SERVER, CLIENT, PSH, 966, "newest");
    screen_tick(&s);
    assert_true(screen_holds(&s, "newest"));
    assert_false(screen_holds(&s, "GET"));
    assert_int_equal(s.m.packet, 26);
    assert_true(s.m.packet_follows);
    screen_act(&s, ACTION_UP);
    put_segment(&s, 700000, SERVER, CLIENT, PSH, 972, "and another");
    screen_tick(&s);
    assert_false(screen_holds(&s, "and another"));
    screen_act(&s, ACTION_FIRST);
    assert_true(screen_holds(&s, "GET"));
    assert_int_equal(s.m.packet, 2);
}

static void a_chunk_leads_to_its_packet(void **state)
{
    (void)state;
    ask_and_answer();
    follow(2);
    screen_act(&s, ACTION_NEXT_OF_CONVERSATION);
    assert_int_equal(s.m.packet, 4);
    assert_false(s.m.packet_follows);
    screen_act(&s, ACTION_NEXT_OF_CONVERSATION);
    assert_int_equal(s.m.packet, 5);
    screen_act(&s, ACTION_NEXT_OF_CONVERSATION);
    assert_int_equal(s.m.packet, 5);
    screen_act(&s, ACTION_PREVIOUS_OF_CONVERSATION);
    assert_int_equal(s.m.packet, 4);
    screen_event(&s, &(struct panel_event){.kind = PANEL_ACTION, .action = ACTION_DETAILS});
    assert_true(s.requests.set_packet && s.requests.hold_packet);
    assert_int_equal(s.requests.packet, 4);
    assert_string_equal(s.requests.command, "goto packets");
}

static void a_packet_leads_to_its_chunk(void **state)
{
    (void)state;
    ask_and_answer();
    put_segment(&s, 900000, CLIENT, SERVER, TCP_FLAG_ACK, 119, "");
    follow(2);
    model_show_packet(&s.m, 5);
    s.m.packet_follows = false;
    screen_tick(&s);
    assert_true(screen_holds(&s, "packet 6, 8 bytes from byte 17 on"));
    /* One of another conversation leads nowhere, one without bytes to those before it. */
    model_show_packet(&s.m, 3);
    screen_tick(&s);
    assert_true(screen_holds(&s, "packet 6, 8 bytes"));
    model_show_packet(&s.m, 2);
    screen_tick(&s);
    assert_true(screen_holds(&s, "packet 3, 18 bytes"));
    model_show_packet(&s.m, 6);
    s.m.packet_follows = false;
    screen_tick(&s);
    assert_true(screen_holds(&s, "packet 6, 8 bytes"));
}

static void x_shows_a_dump_with_offsets_of_the_direction(void **state)
{
    (void)state;
    ask_and_answer();
    follow(5);
    screen_act(&s, ACTION_HEX);
    assert_true(screen_holds(&s, "as hex"));
    assert_true(screen_holds(&s,
                             "  00000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 30 0d 0a  "
                             "GET / HTTP/1.0.."));
    assert_true(screen_holds(&s, "00000011  0d 0a 62 6f 64 79 1b 0a"));
    screen_act(&s, ACTION_HEX);
    assert_true(screen_holds(&s, "as text"));
}

static void a_narrow_pane_has_narrow_rows(void **state)
{
    (void)state;
    ask_and_answer();
    screen_resize(&s, 10, 40, false);
    follow(2);
    screen_act(&s, ACTION_HEX);
    assert_true(screen_holds(&s, "00000000  47 45 54 20 2f 20 48 54"));
    assert_true(screen_holds(&s, "00000008  54 50 2f 31 2e 30 0d 0a"));
    for (int rows = 1; rows < 6; rows++)
        for (int columns = 1; columns < 30; columns += 7) {
            screen_resize(&s, rows, columns, true);
            screen_draw(&s);
            screen_act(&s, ACTION_LAST);
            screen_act(&s, ACTION_PAGE_UP);
            screen_draw(&s);
        }
}

static void gaps_and_disputes_stand_at_their_place(void **state)
{
    (void)state;
    put_segment(&s, 0, CLIENT, SERVER, TCP_FLAG_SYN, 100, "");
    put_segment(&s, 1000, CLIENT, SERVER, PSH, 101, "begin\n");
    put_segment(&s, 2000, CLIENT, SERVER, PSH, 107, "first\n");
    put_segment(&s, 3000, CLIENT, SERVER, PSH, 107, "other\n");
    put_segment(&s, 4000, CLIENT, SERVER, PSH, 123, "end\n");
    follow(1);
    assert_true(screen_holds(&s, "4 bytes wait for a segment before them"));
    assert_false(screen_holds(&s, "end"));
    screen_act(&s, ACTION_NEXT_OF_CONVERSATION);
    assert_true(screen_holds(&s, "another segment had other bytes here"));
    assert_true(screen_holds(&s, "first"));
    assert_false(screen_holds(&s, "  other"));
}

static void bytes_that_only_wait_are_said_to(void **state)
{
    (void)state;
    put_segment(&s, 0, CLIENT, SERVER, TCP_FLAG_SYN, 100, "");
    put_segment(&s, 1000, CLIENT, SERVER, PSH, 200, "late");
    follow(1);
    assert_true(screen_holds(&s, "4 bytes came, but wait for a segment before them"));
}

static void empty_states_say_what_to_do(void **state)
{
    struct row row = a_row(13, STATE_ESTABLISHED, CLIENT, SERVER);
    struct focus focus = model_focus_of_row(&s.m, &row);

    (void)state;
    screen_tick(&s);
    assert_true(screen_holds(&s, "f on a socket, a packet or a step of the ladder"));
    model_focus(&s.m, &focus);
    model_follow_stream(&s.m);
    screen_tick(&s);
    assert_true(screen_holds(&s, "nothing is being captured; :capture IF begins"));
    screen_act(&s, ACTION_DOWN);
    screen_act(&s, ACTION_VIEW);
    screen_search(&s, "x");
    put_segment(&s, 0, CLIENT, SERVER, TCP_FLAG_SYN, 100, "");
    screen_tick(&s);
    assert_true(screen_holds(&s, "no bytes in this conversation yet"));
    put_segment(&s, 0, CLIENT, SERVER, PSH, 101, "at last");
    screen_tick(&s);
    assert_true(screen_holds(&s, "at last"));
}

static void another_stream_takes_the_place_of_this_one(void **state)
{
    (void)state;
    ask_and_answer();
    follow(2);
    follow(3);
    assert_true(screen_holds(&s, "of others"));
    assert_false(screen_holds(&s, "GET"));
}

static void a_search_goes_from_match_to_match(void **state)
{
    (void)state;
    ask_and_answer();
    put_segment(&s, 500000, CLIENT, SERVER, PSH, 119, "needle in a nee");
    put_segment(&s, 500000, CLIENT, SERVER, PSH, 134, "dle");
    follow(2);
    screen_search(&s, "http/1"); /* in the cursor's line */
    assert_int_equal(s.m.packet, 2);
    screen_act(&s, ACTION_SEARCH_NEXT);
    assert_int_equal(s.m.packet, 4);
    screen_act(&s, ACTION_SEARCH_NEXT);
    assert_int_equal(s.m.packet, 2);
    assert_string_equal(s.requests.notice, "searched past the last");
    screen_act(&s, ACTION_SEARCH_PREVIOUS);
    assert_int_equal(s.m.packet, 4);
    assert_string_equal(s.requests.notice, "searched past the first");
    screen_search(&s, "0x0d0a0d0a"); /* over the end of a chunk */
    assert_int_equal(s.m.packet, 4);
    screen_act(&s, ACTION_SEARCH_NEXT);
    assert_int_equal(s.m.packet, 2);
    screen_search(&s, "/nee.?d/");
    assert_int_equal(s.m.packet, 6);
    screen_search(&s, "nothing of that");
    assert_string_equal(s.requests.notice, "no match in this stream");
    assert_int_equal(s.m.packet, 6);
    screen_search(&s, "/(/");
    assert_true(s.requests.notice[0]);
}

static void matches_over_the_end_of_a_chunk_are_found_both_ways(void **state)
{
    (void)state;
    put_segment(&s, 0, CLIENT, SERVER, TCP_FLAG_SYN, 100, "");
    put_segment(&s, 1, CLIENT, SERVER, PSH, 101, "one nee");
    put_segment(&s, 2, CLIENT, SERVER, PSH, 108, "dle\ntwo nee");
    put_segment(&s, 3, CLIENT, SERVER, PSH, 119, "dle");
    put_segment(&s, 4, SERVER, CLIENT, PSH, 901, "nee");
    put_segment(&s, 5, CLIENT, SERVER, PSH, 122, "dle");
    follow(5);
    screen_search(&s, "needle");
    assert_int_equal(s.m.packet, 1);
    screen_act(&s, ACTION_SEARCH_NEXT);
    assert_int_equal(s.m.packet, 2);
    screen_act(&s, ACTION_SEARCH_NEXT);
    assert_int_equal(s.m.packet, 1);
    screen_act(&s, ACTION_SEARCH_PREVIOUS);
    assert_int_equal(s.m.packet, 2);
}

static void pausing_freezes_what_is_shown(void **state)
{
    (void)state;
    ask_and_answer();
    follow(2);
    screen_act(&s, ACTION_LAST);
    model_pause(&s.m, true);
    put_segment(&s, 500000, CLIENT, SERVER, PSH, 119, "later");
    screen_tick(&s);
    assert_false(screen_holds(&s, "later"));
    model_pause(&s.m, false);
    screen_tick(&s);
    assert_true(screen_holds(&s, "later"));
}

static void v_shows_the_messages_in_it(void **state)
{
    (void)state;
    put_segment(&s, 0, CLIENT, SERVER, TCP_FLAG_SYN, 100, "");
    put_bytes_segment(1000, CLIENT, SERVER, 101, recorded[0].bytes, recorded[0].len);
    put_bytes_segment(2000, SERVER, CLIENT, 901, recorded[1].bytes, recorded[1].len);
    follow(1);
    /* Also when nothing comes any more, and so no tick. */
    screen_event(&s, &(struct panel_event){.kind = PANEL_ACTION, .action = ACTION_VIEW});
    assert_true(screen_holds(&s, "as messages"));
    assert_true(screen_holds(&s, "text/json  search morpheus"));
    assert_true(screen_holds(&s, "text/json  search ring"));
    screen_act(&s, ACTION_LAST);
    screen_act(&s, ACTION_FIRST);
    assert_int_equal(s.m.packet, 1);
    screen_act(&s, ACTION_RIGHT);
    assert_true(screen_holds(&s, "content-type"));
    screen_act(&s, ACTION_LEFT);
    assert_false(screen_holds(&s, "content-type"));
    screen_search(&s, "ring");
    assert_int_equal(s.m.packet, 2);
    screen_act(&s, ACTION_VIEW);
    assert_true(screen_holds(&s, "as text"));
    assert_true(screen_holds(&s, "packet 3, 142 bytes"));
}

static void what_is_shown_can_be_saved(void **state)
{
    char path[] = "/tmp/sockeye-stream-XXXXXX", text[64] = "";
    int fd = mkstemp(path);
    struct stream_sum sum;
    struct err err = {0};

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(stream_panel_save(s.panel, path, STREAM_RAW, &sum, &err), -ENODATA);
    ask_and_answer();
    follow(2);
    screen_event(&s, &(struct panel_event){.kind = PANEL_ACTION, .action = ACTION_SAVE});
    assert_string_equal(s.requests.prompt, "save stream ");
    assert_int_equal(stream_panel_save(s.panel, path, STREAM_RAW, &sum, &err), 0);
    assert_int_equal(sum.bytes[FROM_FIRST], 18);
    assert_int_equal(sum.bytes[FROM_SECOND], 25);
    close(fd);
    fd = open(path, O_RDONLY | O_CLOEXEC); /* another file has taken its place */
    assert_int_equal(read(fd, text, sizeof(text) - 1), 43);
    assert_string_equal(text, "GET / HTTP/1.0\r\n\r\nHTTP/1.0 200 OK\r\n\r\nbody\x1b\n");
    close(fd);
    unlink(path);
}

int main(void)
{
#define ON_SCREEN(test) cmocka_unit_test_setup_teardown(test, open_screen, close_screen)
    const struct CMUnitTest tests[] = {
        ON_SCREEN(bytes_stand_in_order_with_their_direction),
        ON_SCREEN(the_stream_grows_and_its_newest_line_is_followed),
        ON_SCREEN(a_chunk_leads_to_its_packet),
        ON_SCREEN(a_packet_leads_to_its_chunk),
        ON_SCREEN(x_shows_a_dump_with_offsets_of_the_direction),
        ON_SCREEN(a_narrow_pane_has_narrow_rows),
        ON_SCREEN(gaps_and_disputes_stand_at_their_place),
        ON_SCREEN(bytes_that_only_wait_are_said_to),
        ON_SCREEN(empty_states_say_what_to_do),
        ON_SCREEN(another_stream_takes_the_place_of_this_one),
        ON_SCREEN(a_search_goes_from_match_to_match),
        ON_SCREEN(matches_over_the_end_of_a_chunk_are_found_both_ways),
        ON_SCREEN(pausing_freezes_what_is_shown),
        ON_SCREEN(v_shows_the_messages_in_it),
        ON_SCREEN(what_is_shown_can_be_saved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
