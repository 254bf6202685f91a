/* The command palette: every action, command and setting in one list that typing narrows.
 *
 *   ── 3 of 131: type to find, Enter does it, Esc leaves ──────────────────────────────
 *   > sort-invert           I              invert the order
 *     :destroy                             close the selected row's socket, whoever ...
 *     setting screen-reader off            plain lines on change instead of a screen
 *   sort in
 *
 * The tables that act, complete and explain are the list. */
#include <stdio.h>
#include <string.h>

#include "core/base/fuzzy.h"
#include "ui/console/console_state.h"

#define CONTROL(letter) ((letter)&0x1f)
#define NAME_COLUMNS 26
#define KEY_COLUMNS 14
/* The list keeps its height while it is narrowed. */
#define ROWS_MOST 16

struct item {
    enum { ITEM_ACTION, ITEM_COMMAND, ITEM_SETTING } kind;
    int index; /* enum action, verb, setting */
    char name[CONFIG_ACTION_BYTES];
    const char *keys; /* or the value */
    const char *help;
};

#define N_ACTIONS (ACTION_COUNT - 1)
#define N_ITEMS (N_ACTIONS + VERB_COUNT + SETTING_COUNT)
_Static_assert(N_ITEMS <= PALETTE_ITEMS, "room for every item");

static struct item item_at(const struct console *c, size_t at)
{
    struct item item = {.index = (int)at + 1};

    if (at < N_ACTIONS) {
        item.keys = action_keys((enum action)item.index);
        item.help = actions[item.index].help;
        snprintf(item.name, sizeof(item.name), "%s", actions[item.index].name);
    } else if (at < N_ACTIONS + VERB_COUNT) {
        item.kind = ITEM_COMMAND;
        item.index = (int)at - N_ACTIONS;
        item.keys = "";
        item.help = verbs[item.index].help;
        snprintf(item.name, sizeof(item.name), ":%s", verbs[item.index].name);
    } else {
        item.kind = ITEM_SETTING;
        item.index = (int)at - N_ACTIONS - VERB_COUNT;
        item.keys = config_text(c->setup->config, (enum setting)item.index);
        item.help = setting_infos[item.index].help;
        snprintf(item.name, sizeof(item.name), "setting %s", setting_infos[item.index].name);
    }
    return item;
}

/* The best first, equals in the order of their tables. */
static void narrow(struct console *c)
{
    struct palette *p = &c->palette;
    int scores[PALETTE_ITEMS] = {0};

    p->n = p->cursor = 0;
    for (size_t i = 0; i < N_ITEMS; i++) {
        struct item item = item_at(c, i);
        int score = fuzzy_score(p->line.text, item.name, item.help);
        size_t at = p->n;

        if (score < 0)
            continue;
        for (; at > 0 && scores[at - 1] < score; at--) {
            scores[at] = scores[at - 1];
            p->items[at] = p->items[at - 1];
        }
        scores[at] = score;
        p->items[at] = (uint16_t)i;
        p->n++;
    }
}

void console_palette(struct console *c)
{
    line_edit_set(&c->palette.line, "");
    narrow(c);
    console_begin(c, MODE_PALETTE, "");
}

/* --- keys ------------------------------------------------------------------------------- */

static void run(struct console *c, const struct item *item)
{
    char line[CONFIG_ACTION_BYTES + 8];

    c->mode = MODE_KEYS;
    if (item->kind == ITEM_ACTION) {
        console_action(c, (enum action)item->index);
    } else if (item->kind == ITEM_COMMAND && !verbs[item->index].usage[0]) {
        console_line(c, verbs[item->index].name);
    } else {
        snprintf(line, sizeof(line), "%s ", item->name + (item->kind == ITEM_COMMAND));
        console_begin(c, MODE_COMMAND, line);
        console_complete(c);
    }
}

static size_t page(const struct console *c)
{
    int rows = surface_rows(c->surface) / 2;

    return rows > 1 ? (size_t)rows : 1;
}

static void move(struct palette *p, size_t by, bool up)
{
    if (up)
        p->cursor = p->cursor > by ? p->cursor - by : 0;
    else
        p->cursor = p->cursor + by < p->n ? p->cursor + by : p->n ? p->n - 1 : 0;
}

void console_palette_click(struct console *c, size_t place)
{
    if (place >= c->palette.n)
        return;
    c->palette.cursor = place;
    console_palette_key(c, KEYS_ENTER);
}

void console_palette_key(struct console *c, uint32_t key)
{
    struct palette *p = &c->palette;
    struct item item;

    switch (key) {
    case KEYS_UP:
    case CONTROL('p'):
        move(p, 1, true);
        return;
    case KEYS_DOWN:
    case CONTROL('n'):
        move(p, 1, false);
        return;
    case KEYS_PGUP:
        move(p, page(c), true);
        return;
    case KEYS_PGDN:
        move(p, page(c), false);
        return;
    case KEYS_ENTER:
        if (!p->n)
            return;
        item = item_at(c, p->items[p->cursor]);
        run(c, &item);
        return;
    case KEYS_ESCAPE:
    case CONTROL(']'):
    case CONTROL('c'):
        c->mode = MODE_KEYS;
        return;
    default:
        if (line_edit_key(&p->line, key))
            narrow(c);
    }
}

/* --- drawing ---------------------------------------------------------------------------- */

static void draw_item(struct area a, int row, const struct item *item, bool here)
{
    const int keys = 3 + NAME_COLUMNS + 1, help = keys + KEY_COLUMNS + 1;

    if (here)
        area_glyph(a, row, 1, STYLE_SELECTED, GLYPH_CURSOR_ROW);
    area_text_cut(a, row, 3, NAME_COLUMNS, STYLE_INPUT, item->name);
    area_text_cut(a, row, keys, KEY_COLUMNS, STYLE_KEY, item->keys);
    area_text_cut(a, row, help, a.columns - help - 1, STYLE_NORMAL, item->help);
    if (here)
        area_restyle(a, row, 1, a.columns - 2, STYLE_SELECTED);
}

/* So that the cursor shows, in the middle of a longer list. */
static size_t first_row(const struct palette *p, size_t rows)
{
    size_t top = p->cursor > rows / 2 ? p->cursor - rows / 2 : 0;

    if (top + rows > p->n)
        top = p->n > rows ? p->n - rows : 0;
    return top;
}

void console_palette_draw(struct console *c, struct area whole)
{
    const struct palette *p = &c->palette;
    int rows = whole.rows - 2 < ROWS_MOST ? whole.rows - 2 : ROWS_MOST;
    size_t top = first_row(p, rows > 0 ? (size_t)rows : 0);
    char title[96];
    struct area a;

    if (rows < 1)
        return;
    a = area_part(whole, whole.rows - 2 - rows, 0, rows + 1, whole.columns);
    console_cover(c, a.row);
    area_fill(a, STYLE_NORMAL);
    snprintf(title, sizeof(title), "%zu of %d: type to find, Enter does it, Esc leaves", p->n,
             (int)N_ITEMS);
    area_title(a, 0, STYLE_TITLE, title);
    for (size_t i = 0; i < (size_t)rows && top + i < p->n; i++) {
        struct item item = item_at(c, p->items[top + i]);

        draw_item(a, (int)i + 1, &item, top + i == p->cursor);
        console_spot(c, a, (int)i + 1, 0, a.columns, SPOT_ITEM, (uint32_t)(top + i));
    }
    if (!p->n)
        area_text_cut(a, 1, 3, a.columns - 4, STYLE_DIM,
                      "nothing fits: fewer letters find more");
}
