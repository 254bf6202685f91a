/* Packets in two panes: each has a choice and a filter of its own, whatever is done goes to the one
 * with the keys. */
#include "tests/unit/consoles.h"

#define PACKETS 6

/* Segments from ports 1001, 1002, ... */
static void put_packets(struct fixture *f)
{
    uint8_t bytes[54] = {[12] = 0x08, [14] = 0x45, [17] = 40,  [22] = 64, [23] = 6,
                         [26] = 127,  [29] = 1,    [30] = 127, [33] = 1,  [34] = 1001 >> 8,
                         [37] = 7,    [46] = 0x50, [47] = 16};
    struct packet p = {.length = 54, .captured = 54, .link_type = 1};

    for (unsigned i = 1; i <= PACKETS; i++) {
        bytes[35] = (uint8_t)(1000 + i);
        ring_put(f->c.packets, &p, bytes, sizeof(bytes));
    }
    while (model_update_packets(&f->c.model))
        ;
    console_tell_all(&f->c, PANEL_TICK);
}

static void begin(struct fixture *f)
{
    resize(f, 40, 160);
    console_go(&f->c, SCREEN_PACKETS);
    put_packets(f);
    console_line(&f->c, "split packets");
    while (model_update_packets(&f->c.model))
        ;
    assert_non_null(layout_find(&f->c.layout, PANE_PACKETS));
    assert_non_null(layout_find(&f->c.layout, PANE_PACKETS_2));
}

static void press_until(struct fixture *f, uint32_t key, enum pane_id id)
{
    for (int i = 0; i < 4 && console_keys_pane(&f->c) != id; i++)
        console_key(&f->c, key);
    assert_int_equal(console_keys_pane(&f->c), id);
}

/* The row of the frame in which a pane shows a text; fails where there is none. */
static void expect_in(struct fixture *f, enum pane_id id, const char *text)
{
    const struct rectangle *at = layout_find(&f->c.layout, id);
    char line[512];

    console_draw(&f->c);
    assert_non_null(at);
    for (int row = at->row; row < at->row + at->rows; row++) {
        struct line_out l = line_in(line, sizeof(line));

        for (int i = 0; i < at->columns; i++)
            line_add(&l, "%s", surface_cell(f->c.surface, row, at->column + i)->text);
        if (strstr(line, text))
            return;
    }
    fail_msg("'%s' is not in %s", text, layout_pane_name(id));
}

static void each_pane_has_its_own_choice_and_filter(void **state)
{
    struct fixture *f = *state;

    begin(f);
    type(f, "g");
    assert_int_equal(f->c.model.packet, 0);
    press_until(f, KEYS_TAB, PANE_PACKETS_2);
    assert_int_equal(f->c.model.packet, PACKETS - 1); /* it follows still */
    type(f, "&port 1003");
    console_key(&f->c, KEYS_ENTER);
    while (model_update_packets(&f->c.model))
        ;
    console_tell_all(&f->c, PANEL_TICK);
    assert_int_equal(f->c.model.packet_list.count, 1);
    expect_in(f, PANE_PACKETS_2, "port 1003");
    expect_in(f, PANE_PACKETS_2, "127.0.0.1:1003");
    expect_in(f, PANE_PACKETS, "127.0.0.1:1001");
    press_until(f, KEYS_TAB, PANE_PACKETS);
    assert_int_equal(f->c.model.packet_list.count, PACKETS);
    assert_int_equal(f->c.model.packet, 0);
    assert_string_equal(f->c.model.packet_filter, "");
    /* The bytes stay those of the pane that had the keys last. */
    press_until(f, KEYS_TAB, PANE_BYTES);
    assert_int_equal(f->c.model.packet, 0);
}

static void undo_gives_each_its_filter_back(void **state)
{
    struct fixture *f = *state;

    begin(f);
    type(f, "&port 1001");
    console_key(&f->c, KEYS_ENTER);
    press_until(f, KEYS_TAB, PANE_PACKETS_2);
    type(f, "&port 1002");
    console_key(&f->c, KEYS_ENTER);
    assert_string_equal(model_lens_filter(&f->c.model, 0), "port 1001");
    press_until(f, KEYS_TAB, PANE_PACKETS);
    type(f, "u");
    assert_string_equal(model_lens_filter(&f->c.model, 0), "port 1001");
    assert_string_equal(model_lens_filter(&f->c.model, 1), "");
    type(f, "u");
    assert_string_equal(model_lens_filter(&f->c.model, 0), "");
    console_key(&f->c, 'r' - 'a' + 1);
    console_key(&f->c, 'r' - 'a' + 1);
    assert_string_equal(model_lens_filter(&f->c.model, 0), "port 1001");
    assert_string_equal(model_lens_filter(&f->c.model, 1), "port 1002");
}

static void without_the_second_pane_the_first_is_at_hand(void **state)
{
    struct fixture *f = *state;

    begin(f);
    type(f, "g");
    press_until(f, KEYS_TAB, PANE_PACKETS_2);
    type(f, "gj");
    assert_int_equal(f->c.model.packet, 1);
    console_line(&f->c, "unsplit");
    assert_false(f->c.model.has_second);
    assert_int_equal(f->c.model.packet, 0);
    assert_int_equal(console_keys_pane(&f->c), PANE_PACKETS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_pane_has_its_own_choice_and_filter, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(undo_gives_each_its_filter_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_the_second_pane_the_first_is_at_hand, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests_name("two_lenses", tests, NULL, NULL);
}
