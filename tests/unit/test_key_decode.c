/* Bytes of terminals as keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "ui/console/action.h"
#include "ui/console/key_decode.h"

/* All keys of some bytes, given one by one or at once, must be these. */
static void expect(const char *bytes, size_t len, size_t n, const uint32_t *keys)
{
    for (int one_by_one = 0; one_by_one < 2; one_by_one++) {
        struct key_decoder d = {0};
        size_t found = 0;
        uint32_t key;

        for (size_t at = 0; at < len;) {
            size_t part = one_by_one ? 1 : len;

            key_decoder_give(&d, bytes + at, part);
            at += part;
            while (key_decoder_next(&d, at >= len, &key)) {
                assert_true(found < n);
                assert_int_equal(key, keys[found]);
                found++;
            }
        }
        assert_int_equal(found, n);
        assert_false(key_decoder_waits(&d));
    }
}

#define EXPECT(bytes, ...)                                                                     \
    expect(bytes, sizeof(bytes) - 1, sizeof((uint32_t[]){__VA_ARGS__}) / 4,                    \
           (uint32_t[]){__VA_ARGS__})

static void characters_are_their_code(void **state)
{
    (void)state;
    EXPECT("aZ ~", 'a', 'Z', ' ', '~');
    EXPECT("\xe6\x97\xa5\xc3\xa4\xf0\x9f\x98\x80", 0x65e5, 0xe4, 0x1f600);
}

static void control_bytes_are_keys(void **state)
{
    (void)state;
    EXPECT("\r\n\t\x7f\b\x0c\x1d", KEYS_ENTER, KEYS_ENTER, KEYS_TAB, KEYS_BACKSPACE,
           KEYS_BACKSPACE, 0x0c, 0x1d);
}

static void arrows_come_in_both_modes(void **state)
{
    (void)state;
    EXPECT("\033[A\033[B\033[C\033[D\033OA\033OD", KEYS_UP, KEYS_DOWN, KEYS_RIGHT, KEYS_LEFT,
           KEYS_UP, KEYS_LEFT);
}

static void editing_keys_of_several_terminals(void **state)
{
    (void)state;
    EXPECT("\033[H\033[1~\033[7~\033OH", KEYS_HOME, KEYS_HOME, KEYS_HOME, KEYS_HOME);
    EXPECT("\033[F\033[4~\033[8~\033OF", KEYS_END, KEYS_END, KEYS_END, KEYS_END);
    EXPECT("\033[3~\033[5~\033[6~\033[Z", KEYS_DELETE, KEYS_PGUP, KEYS_PGDN, KEYS_SHIFT_TAB);
}

static void function_keys_of_several_terminals(void **state)
{
    (void)state;
    EXPECT("\033OP\033[11~\033[[A", KEYS_F1, KEYS_F1, KEYS_F1);
    EXPECT("\033OS\033[15~\033[17~\033[21~\033[24~", KEYS_F1 + 3, KEYS_F1 + 4, KEYS_F1 + 5,
           KEYS_F1 + 9, KEYS_F1 + 11);
}

static void modifiers_are_left_out(void **state)
{
    (void)state;
    EXPECT("\033[1;5A\033[3;2~", KEYS_UP, KEYS_DELETE);
}

static void pastes_are_bracketed(void **state)
{
    (void)state;
    EXPECT("\033[200~hi\033[201~", KEYS_PASTE_BEGIN, 'h', 'i', KEYS_PASTE_END);
}

static void escape_is_told_apart_by_time(void **state)
{
    struct key_decoder d = {0};
    uint32_t key = 0;
    (void)state;

    key_decoder_give(&d, "\033", 1);
    assert_false(key_decoder_next(&d, false, &key));
    assert_true(key_decoder_waits(&d));
    assert_true(key_decoder_next(&d, true, &key));
    assert_int_equal(key, KEYS_ESCAPE);
    assert_false(key_decoder_waits(&d));
    EXPECT("\033q", KEYS_ESCAPE, 'q');
    EXPECT("\033\033", KEYS_ESCAPE, KEYS_ESCAPE);
}

static void unknown_sequences_are_swallowed(void **state)
{
    (void)state;
    EXPECT("\033[?1;2cx", 'x');
    EXPECT("\033[99~x", 'x');
    EXPECT("\033[I\033[Ox", 'x');
}

static void expect_mouse(const char *bytes, enum mouse_kind kind, int button, int row,
                         int column)
{
    struct key_decoder d = {0};
    uint32_t key = 0;

    key_decoder_give(&d, bytes, strlen(bytes));
    assert_true(key_decoder_next(&d, false, &key));
    assert_int_equal(key, KEYS_MOUSE);
    assert_int_equal(d.mouse.kind, kind);
    assert_int_equal(d.mouse.button, button);
    assert_int_equal(d.mouse.row, row);
    assert_int_equal(d.mouse.column, column);
    assert_false(key_decoder_waits(&d));
}

static void mouse_reports_say_where(void **state)
{
    (void)state;
    expect_mouse("\033[<0;1;2M", MOUSE_PRESS, 0, 1, 0);
    expect_mouse("\033[<0;1;2m", MOUSE_RELEASE, 0, 1, 0);
    expect_mouse("\033[<2;300;1M", MOUSE_PRESS, 2, 0, 299);
    expect_mouse("\033[<32;80;24M", MOUSE_DRAG, 0, 23, 79);
    expect_mouse("\033[<64;5;6M", MOUSE_WHEEL_UP, 0, 5, 4);
    expect_mouse("\033[<65;5;6M", MOUSE_WHEEL_DOWN, 0, 5, 4);
    /* With Shift, Meta and Control. */
    expect_mouse("\033[<28;3;4M", MOUSE_PRESS, 0, 3, 2);
    expect_mouse("\033[<93;3;4M", MOUSE_WHEEL_DOWN, 0, 3, 2);
    /* X10: a press, a release, a wheel. */
    expect_mouse("\033[M !\"", MOUSE_PRESS, 0, 1, 0);
    expect_mouse("\033[M#!\"", MOUSE_RELEASE, 0, 1, 0);
    expect_mouse("\033[Ma!\"", MOUSE_WHEEL_DOWN, 0, 1, 0);
    EXPECT("a\033[<0;1;1Mb\033[<0;1;1mc", 'a', KEYS_MOUSE, 'b', KEYS_MOUSE, 'c');
}

static void mouse_noise_is_swallowed(void **state)
{
    (void)state;
    EXPECT("\033[<0;0;2Mx", 'x');   /* no place */
    EXPECT("\033[<0;1Mx", 'x');     /* too little */
    EXPECT("\033[<0;1;2;3Mx", 'x'); /* too much */
    EXPECT("\033[<;;Mx", 'x');
    EXPECT("\033[<35;1;2Mx", 'x');  /* a move without a button */
    EXPECT("\033[<66;1;2Mx", 'x');  /* a wheel to the side */
    EXPECT("\033[<128;1;2Mx", 'x'); /* the eighth button */
    EXPECT("\033[<0;1;2?Mx", 'x');
    EXPECT("\033[<0;1;2Ax", KEYS_UP, 'x'); /* not of the mouse at all */
    EXPECT("\033[M\x1f!!x", 'x');
    EXPECT("\033[M   x", 'x');
    expect_mouse("\033[<0;99999999999;99999999999M", MOUSE_PRESS, 0, 99998, 99998);
}

static void a_mouse_that_moves_is_no_paste(void **state)
{
    unsigned char bytes[KEY_DECODE_BYTES + 32];
    size_t len = 0;
    (void)state;

    for (int i = 0; len < KEY_DECODE_BYTES; i++)
        len += (size_t)sprintf((char *)bytes + len, "\033[<32;%d;%dM", 10 + i, 3 * i);
    assert_false(key_decoder_pasted(bytes, KEY_DECODE_BYTES));
}

static void broken_bytes_are_dropped(void **state)
{
    (void)state;
    EXPECT("\xff\x80q", 'q');
    EXPECT("\xe6\x97q", 'q');
    EXPECT("\033[12\033[A", KEYS_UP);
    EXPECT("\xe6\x97\033[A", KEYS_UP);
}

static void sequence_without_end_does_not_stick(void **state)
{
    struct key_decoder d = {0};
    uint32_t key = 0;
    (void)state;

    key_decoder_give(&d, "\033[", 2);
    while (key_decoder_room(&d))
        key_decoder_give(&d, "1", 1);
    assert_false(key_decoder_next(&d, false, &key));
    assert_int_equal(key_decoder_room(&d), KEY_DECODE_BYTES);
}

static void much_at_once_is_a_paste(void **state)
{
    unsigned char bytes[KEY_DECODE_BYTES];
    (void)state;

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)"the quick brown fox\r"[i % 20];
    assert_true(key_decoder_pasted(bytes, sizeof(bytes)));
    assert_false(key_decoder_pasted(bytes, 40));
}

static void a_key_that_is_held_is_no_paste(void **state)
{
    unsigned char bytes[KEY_DECODE_BYTES];
    (void)state;

    memset(bytes, 'j', sizeof(bytes));
    assert_false(key_decoder_pasted(bytes, sizeof(bytes)));
    /* From the middle of a sequence on. */
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)"[6~\033"[i % 4];
    assert_false(key_decoder_pasted(bytes, sizeof(bytes)));
    bytes[100] = 'x';
    assert_true(key_decoder_pasted(bytes, sizeof(bytes)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_are_their_code),
        cmocka_unit_test(control_bytes_are_keys),
        cmocka_unit_test(arrows_come_in_both_modes),
        cmocka_unit_test(editing_keys_of_several_terminals),
        cmocka_unit_test(function_keys_of_several_terminals),
        cmocka_unit_test(modifiers_are_left_out),
        cmocka_unit_test(pastes_are_bracketed),
        cmocka_unit_test(escape_is_told_apart_by_time),
        cmocka_unit_test(unknown_sequences_are_swallowed),
        cmocka_unit_test(mouse_reports_say_where),
        cmocka_unit_test(mouse_noise_is_swallowed),
        cmocka_unit_test(a_mouse_that_moves_is_no_paste),
        cmocka_unit_test(broken_bytes_are_dropped),
        cmocka_unit_test(sequence_without_end_does_not_stick),
        cmocka_unit_test(much_at_once_is_a_paste),
        cmocka_unit_test(a_key_that_is_held_is_no_paste),
    };

    return cmocka_run_group_tests_name("key_decode", tests, NULL, NULL);
}
