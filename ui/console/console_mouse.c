/* What the mouse does, by what the newest frame showed: a pane and its row, a border between panes,
 * a tab, a word of the footer, an item of a menu. */
#include "core/base/clock.h"
#include "ui/console/console_state.h"

/* Two clicks on one place within this time are Enter, as two toolkits have it: GTK and Qt. */
#define DOUBLE_NS (400 * CLOCK_MS_NS)
#define WHEEL_ROWS 3

enum { BUTTON_LEFT = 0, BUTTON_RIGHT = 2 };

static bool is_in(const struct rectangle *r, int row, int column)
{
    return row >= r->row && row < r->row + r->rows && column >= r->column &&
           column < r->column + r->columns;
}

static const struct pane *pane_at(const struct console *c, int row, int column)
{
    for (size_t i = 0; i < c->layout.n; i++)
        if (is_in(&c->layout.panes[i].at, row, column))
            return &c->layout.panes[i];
    return NULL;
}

static const struct border *border_at(const struct console *c, int row, int column)
{
    for (size_t i = 0; i < c->layout.n_borders; i++)
        if (is_in(&c->layout.borders[i].at, row, column))
            return &c->layout.borders[i];
    return NULL;
}

/* --- panes ------------------------------------------------------------------------------ */

/* What is clicked is what the frame showed: the pane gets the keys, which may change where its rows
 * are, only then.  True when there is something to look closer at. */
static bool click_pane(struct console *c, const struct pane *pane, int row, int column)
{
    enum pane_id id = pane->id;
    struct panel_event event = {.kind = PANEL_CLICK,
                                .rows = pane->at.rows,
                                .columns = pane->at.columns,
                                .row = row - pane->at.row,
                                .column = column - pane->at.column,
                                .keys = id == console_keys_pane(c)};
    bool on_something = console_tell(c, id, &event) == PANEL_HANDLED;

    console_tell_all(c, PANEL_TICK);
    if (!event.keys)
        console_give_pane(c, id);
    return on_something;
}

static void click(struct console *c, const struct mouse *m)
{
    const struct pane *pane = pane_at(c, m->row, m->column);
    struct pointer *p = &c->pointer;
    uint64_t now = clock_shown_ns();
    bool again;

    if (!pane)
        return;
    again = p->clicked && p->pane == pane->id && p->row == m->row &&
            now < p->clicked_ns + DOUBLE_NS;
    p->pane = pane->id;
    p->row = m->row;
    p->clicked_ns = now;
    p->clicked = click_pane(c, pane, m->row, m->column);
    if (m->button == BUTTON_RIGHT) {
        console_action(c, ACTION_ACT);
    } else if (again && p->clicked) {
        p->clicked = false; /* a third one begins anew */
        console_action(c, ACTION_DETAILS);
    }
}

/* What is drawn over the panes has the keys. */
static bool is_over_panes(const struct console *c)
{
    return c->mode == MODE_MENU || c->mode == MODE_EXPLAIN || c->mode == MODE_PALETTE;
}

static void turn_wheel(struct console *c, const struct mouse *m)
{
    const struct pane *pane = pane_at(c, m->row, m->column);
    bool up = m->kind == MOUSE_WHEEL_UP;

    if (is_over_panes(c)) {
        console_key(c, up ? KEYS_UP : KEYS_DOWN);
        return;
    }
    for (int i = 0; pane && i < WHEEL_ROWS; i++) {
        struct panel_event event = {.kind = PANEL_ACTION,
                                    .action = up ? ACTION_SCROLL_UP : ACTION_SCROLL_DOWN};

        if (console_tell(c, pane->id, &event) == PANEL_HANDLED)
            continue;
        event.action = up ? ACTION_UP : ACTION_DOWN;
        console_tell(c, pane->id, &event);
    }
}

/* --- borders ---------------------------------------------------------------------------- */

/* Where the border is by now that is held. */
static const struct border *held(const struct console *c)
{
    for (size_t i = 0; i < c->layout.n_borders; i++) {
        const struct border *b = &c->layout.borders[i];

        if (b->pane == c->pointer.border.pane && b->upright == c->pointer.border.upright)
            return b;
    }
    return NULL;
}

static void drag(struct console *c, const struct mouse *m)
{
    struct layout_wish wish = console_layout_wish(c);
    const struct border *b = c->pointer.holds ? held(c) : NULL;
    int by;

    if (!b)
        return;
    by = b->upright ? m->column - b->at.column : m->row - b->at.row;
    if (!by)
        return;
    c->pointer.moved = true;
    if (layout_drag(&wish, b, by, &c->as[c->screen]))
        console_lay_out(c);
}

/* A border that was not moved is the first row of a pane, which was clicked. */
static void let_go(struct console *c, const struct mouse *m)
{
    bool moved = c->pointer.moved;

    if (!c->pointer.holds)
        return;
    c->pointer.holds = c->pointer.moved = false;
    if (!moved)
        click(c, m);
}

static void press(struct console *c, const struct mouse *m)
{
    const struct border *b = m->button == BUTTON_LEFT ? border_at(c, m->row, m->column) : NULL;

    c->pointer.holds = b != NULL;
    c->pointer.moved = false;
    if (b)
        c->pointer.border = *b;
    else
        click(c, m);
}

/* --- everything else -------------------------------------------------------------------- */

static bool press_spot(struct console *c, const struct mouse *m)
{
    for (size_t i = c->n_spots; i > 0; i--) {
        const struct spot *s = &c->spots[i - 1];

        if (!is_in(&s->at, m->row, m->column))
            continue;
        if (s->kind == SPOT_ITEM && c->mode == MODE_PALETTE) {
            console_palette_click(c, s->what);
        } else if (s->kind == SPOT_ITEM) {
            c->menu.cursor = s->what;
            console_key(c, KEYS_ENTER);
        } else if (s->kind == SPOT_KEY) {
            console_key(c, s->what);
        } else {
            console_action(c, (enum action)s->what);
        }
        return true;
    }
    return false;
}

/* While something is typed a click does not throw it away: what goes into a session is kept, so
 * that one may leave it. */
static void press_anywhere(struct console *c, const struct mouse *m)
{
    if (press_spot(c, m))
        return;
    if (c->mode == MODE_TYPE || is_over_panes(c))
        console_key(c, KEYS_ESCAPE);
    if (c->mode == MODE_KEYS)
        press(c, m);
}

void console_mouse(struct console *c, const struct mouse *m)
{
    if (c->pasting || m->row >= surface_rows(c->surface) ||
        m->column >= surface_columns(c->surface))
        return;
    console_urgent(c);
    console_keep_view(c);
    switch (m->kind) {
    case MOUSE_PRESS:
        c->notice_gone_ns = c->model.notice_ns;
        c->hinted = false;
        if (m->button == BUTTON_LEFT || m->button == BUTTON_RIGHT)
            press_anywhere(c, m);
        break;
    case MOUSE_DRAG:
        drag(c, m);
        break;
    case MOUSE_RELEASE:
        let_go(c, m);
        break;
    case MOUSE_WHEEL_UP:
    case MOUSE_WHEEL_DOWN:
        turn_wheel(c, m);
        break;
    }
    /* A border that is being dragged comes to one place in the end. */
    if (!c->pointer.holds)
        console_keep_view(c);
}

void console_take_mouse(struct console *c, bool on)
{
    term_mouse(c->term, on);
    c->pointer = (struct pointer){0};
    model_notice(&c->model, false, "%s",
                 on ? "the mouse chooses here; with Shift most terminals select text"
                    : "the mouse is the terminal's, which selects text; :mouse on takes it");
}
