/* Panes are stacked in columns.  A column has a width; each of its panes a height that it
 * cannot do without and a share of what is left. */
#include "ui/console/layout.h"

#include <string.h>

struct need {
    enum pane_id id;
    int rows;  /* at least; with its title or header */
    int share; /* of the rows that are left */
    int order; /* the highest is folded first */
};

/* Panes one below the other. */
struct stack {
    size_t n;
    struct need needs[PANE_COUNT];
};

/* How the panes of a screen stand by themselves. */
enum form {
    FORM_STACK, /* always one below the other */
    FORM_HOME, /* from LAYOUT_WIDE_COLUMNS on the wire beside the session, the list above both */
    FORM_WIRE  /* from WIRE_COLUMNS on side by side: the hex dump needs its width */
};

#define NEEDS_MAX 5
/* From 24 rows on the packets pane has room for a handshake, a line and its echo: title, header
 * and seven packets. */
#define COMFORTABLE_ROWS 21
#define EXCHANGE_ROWS 9
/* On less rows the details would leave no pane more than its least. */
#define DETAIL_ROWS 32
#define WIRE_COLUMNS 180
/* A lesson: its title, a paragraph and a question. */
#define LESSON_ROWS 11
/* Below, there is more to see in one pane than in two. */
#define LIST_ROWS 16
/* Where `beside` begins to mean it. */
#define BESIDE_COLUMNS 80
/* What a person can leave of a pane. */
#define ROWS_LEAST 3
#define COLUMNS_LEAST 20

static const struct {
    const char *name;
    enum form form;
    size_t n;
    struct need needs[NEEDS_MAX];
} screens[SCREEN_COUNT] = {
    [SCREEN_HOME] = {"sockets",
                     FORM_HOME,
                     5,
                     {{PANE_SOCKETS, 4, 3, 0},
                      {PANE_SESSION, 4, 2, 1},
                      {PANE_DETAIL, 5, 1, 4},
                      {PANE_PACKETS, 4, 2, 2},
                      {PANE_BYTES, 3, 3, 3}}},
    [SCREEN_SESSIONS] = {"sessions",
                         FORM_STACK,
                         2,
                         {{PANE_SESSIONS, 4, 2, 1}, {PANE_SESSION, 4, 3, 0}}},
    [SCREEN_PACKETS] = {"packets",
                        FORM_WIRE,
                        2,
                        {{PANE_PACKETS, 4, 4, 0}, {PANE_BYTES, 3, 5, 1}}},
    /* A picture has to be seen whole; what it leads to comes when there is room. */
    [SCREEN_LADDER] = {"ladder",
                       FORM_WIRE,
                       2,
                       {{PANE_LADDER, 18, 3, 0}, {PANE_BYTES, 8, 1, 1}}},
    [SCREEN_JOURNAL] = {"journal", FORM_STACK, 1, {{PANE_JOURNAL, 4, 3, 0}}},
    [SCREEN_WHY] = {"why", FORM_STACK, 1, {{PANE_WHY, 4, 3, 0}}},
    [SCREEN_LESSONS] = {"lessons", FORM_STACK, 1, {{PANE_LESSONS, 4, 3, 0}}},
    [SCREEN_HOST] = {"host", FORM_STACK, 1, {{PANE_HOST, 4, 3, 0}}},
    [SCREEN_NAMES] = {"names", FORM_STACK, 1, {{PANE_NAMES, 4, 3, 0}}},
    [SCREEN_STREAM] = {"stream",
                       FORM_WIRE,
                       2,
                       {{PANE_STREAM, 18, 3, 0}, {PANE_BYTES, 8, 1, 1}}},
    [SCREEN_COMPARE] = {"compare", FORM_STACK, 1, {{PANE_COMPARE, 4, 3, 0}}},
    [SCREEN_OPTIONS] = {"options", FORM_STACK, 1, {{PANE_OPTIONS, 4, 3, 0}}},
    /* All fields and some bytes, then what came of it. */
    [SCREEN_COMPOSE] = {"compose",
                        FORM_STACK,
                        2,
                        {{PANE_COMPOSE, 16, 1, 0}, {PANE_SESSION, 6, 1, 1}}},
    [SCREEN_SETTINGS] = {"settings", FORM_STACK, 1, {{PANE_SETTINGS, 4, 3, 0}}},
    [SCREEN_HELP] = {"help", FORM_STACK, 1, {{PANE_HELP, 4, 3, 0}}},
};

/* The pane that was asked for beside the others: it goes after those that only serve the list. */
static const struct need split_need = {PANE_COUNT, 5, 2, 2};

/* --- names ------------------------------------------------------------------------------ */

static const char *const pane_names[PANE_COUNT] = {
    [PANE_SOCKETS] = "sockets",     [PANE_SESSIONS] = "sessions", [PANE_SESSION] = "session",
    [PANE_DETAIL] = "detail",       [PANE_PACKETS] = "packets",   [PANE_BYTES] = "bytes",
    [PANE_LADDER] = "ladder",       [PANE_JOURNAL] = "journal",   [PANE_STREAM] = "stream",
    [PANE_COMPARE] = "compare",     [PANE_WHY] = "why",           [PANE_HOST] = "host",
    [PANE_OPTIONS] = "options",     [PANE_COMPOSE] = "compose",   [PANE_SETTINGS] = "settings",
    [PANE_NAMES] = "names",         [PANE_LESSONS] = "lessons",   [PANE_HELP] = "help",
    [PANE_PACKETS_2] = "packets-2",
};

static const struct {
    const char *name, *help;
} presets[LAYOUT_COUNT] = {
#define X(id, name, help) [LAYOUT_##id] = {name, help},
    LAYOUT_PRESETS(X)
#undef X
};

const char *layout_preset_name(enum layout_preset preset)
{
    return presets[preset].name;
}

const char *layout_preset_help(enum layout_preset preset)
{
    return presets[preset].help;
}

const char *layout_pane_name(enum pane_id id)
{
    return pane_names[id];
}

const char *layout_screen_name(enum screen_id screen)
{
    return screens[screen].name;
}

bool layout_preset_parse(const char *name, enum layout_preset *ret)
{
    for (int i = 0; i < LAYOUT_COUNT; i++)
        if (!strcmp(presets[i].name, name)) {
            *ret = (enum layout_preset)i;
            return true;
        }
    return false;
}

bool layout_pane_parse(const char *name, enum pane_id *ret)
{
    for (int i = 0; i < PANE_COUNT; i++)
        if (!strcmp(pane_names[i], name)) {
            *ret = (enum pane_id)i;
            return true;
        }
    return false;
}

bool layout_screen_parse(const char *name, enum screen_id *ret)
{
    for (int i = 0; i < SCREEN_COUNT; i++)
        if (!strcmp(screens[i].name, name)) {
            *ret = (enum screen_id)i;
            return true;
        }
    return false;
}

/* --- which panes ------------------------------------------------------------------------ */

static bool is_own(enum screen_id screen, enum pane_id id)
{
    for (size_t i = 0; i < screens[screen].n; i++)
        if (screens[screen].needs[i].id == id)
            return true;
    return false;
}

static bool has_split(enum screen_id screen, const struct arrangement *as)
{
    return as->split && !is_own(screen, as->beside);
}

size_t layout_panes(enum screen_id screen, const struct arrangement *as,
                    enum pane_id ret[PANE_COUNT])
{
    size_t n = 0;

    for (; n < screens[screen].n; n++)
        ret[n] = screens[screen].needs[n].id;
    if (as && has_split(screen, as))
        ret[n++] = as->beside;
    return n;
}

/* A preset leaves these beside the list, the first pane. */
static bool has_preset(enum layout_preset preset, enum pane_id id)
{
    switch (preset) {
    case LAYOUT_LIST:
        return false;
    case LAYOUT_WIRE:
        return id == PANE_PACKETS || id == PANE_BYTES;
    case LAYOUT_TALK:
        return id == PANE_SESSION;
    default:
        return true;
    }
}

/* What the screen shows of its own, if there is room. */
static struct stack own_panes(const struct layout_wish *w, int rows)
{
    struct stack s = {0};

    for (size_t i = 0; i < screens[w->screen].n; i++) {
        const struct need *need = &screens[w->screen].needs[i];

        if (i && need->id != w->keys && !has_preset(w->as->preset, need->id))
            continue;
        if (need->id == PANE_DETAIL && need->id != w->keys && rows < DETAIL_ROWS)
            continue;
        s.needs[s.n] = *need;
        if (w->screen == SCREEN_HOME && need->id == PANE_PACKETS && rows >= COMFORTABLE_ROWS)
            s.needs[s.n].rows = EXCHANGE_ROWS;
        s.n++;
    }
    return s;
}

/* --- sizes ------------------------------------------------------------------------------ */

static int at_most(int a, int b)
{
    return a < b ? a : b;
}

/* The border behind one of them moves: what it gains comes from those behind it, the nearest first,
 * down to their least; what it loses goes to the next. */
static void move_border(int *sizes, const int *least, size_t n, size_t i, int by)
{
    int part;

    if (i + 1 >= n)
        return;
    if (by < 0) {
        part = at_most(-by, sizes[i] > least[i] ? sizes[i] - least[i] : 0);
        sizes[i] -= part;
        sizes[i + 1] += part;
    }
    for (size_t j = i + 1; j < n && by > 0; j++, by -= part) {
        part = at_most(by, sizes[j] > least[j] ? sizes[j] - least[j] : 0);
        sizes[j] -= part;
        sizes[i] += part;
    }
}

/* --- placing ---------------------------------------------------------------------------- */

struct plan {
    const struct layout_wish *w;
    struct layout l;
};

/* Add a pane; the transcript gives its last row to the input line. */
static void place(struct plan *p, enum pane_id id, struct rectangle at)
{
    struct layout *l = &p->l;

    if (at.rows <= 0 || at.columns <= 0)
        return;
    if (id == PANE_SESSION && at.rows > 1) {
        at.rows--;
        l->input = (struct rectangle){at.row + at.rows, at.column, 1, at.columns};
    }
    l->panes[l->n++] = (struct pane){id, at};
}

static void add_border(struct plan *p, struct rectangle at, bool upright, enum pane_id pane,
                       bool before)
{
    if (at.rows > 0 && at.columns > 0 && p->l.n_borders < PANE_COUNT)
        p->l.borders[p->l.n_borders++] = (struct border){at, upright, before, pane};
}

/* Drop panes until the others have the rows they need; the one with the keys goes last. */
static void fold(struct stack *s, int rows, enum pane_id keys)
{
    for (;;) {
        size_t drop = s->n;
        int sum = 0;

        for (size_t i = 0; i < s->n; i++) {
            sum += s->needs[i].rows;
            if (s->needs[i].id != keys &&
                (drop == s->n || s->needs[i].order > s->needs[drop].order))
                drop = i;
        }
        if (sum <= rows || s->n <= 1)
            return;
        s->n--;
        memmove(s->needs + drop, s->needs + drop + 1, (s->n - drop) * sizeof(*s->needs));
    }
}

/* What each needs, and its share of the rest; the last has what remains. */
static void share_rows(const struct stack *s, int rows, int *ret)
{
    int left = rows, shares = 0;

    for (size_t i = 0; i < s->n; i++) {
        left -= s->needs[i].rows;
        shares += s->needs[i].share;
    }
    for (size_t i = 0; i < s->n; i++) {
        int more = left > 0 && shares ? left * s->needs[i].share / shares : 0;

        ret[i] = i + 1 == s->n ? rows : at_most(s->needs[i].rows + more, rows);
        left -= more;
        shares -= s->needs[i].share;
        rows -= ret[i];
    }
}

/* One pane below the other over the whole height of `at`. */
static void place_stack(struct plan *p, struct rectangle at, struct stack s)
{
    int rows[PANE_COUNT], least[PANE_COUNT];

    fold(&s, at.rows, p->w->keys);
    share_rows(&s, at.rows, rows);
    for (size_t i = 0; i < s.n; i++)
        least[i] = ROWS_LEAST;
    for (size_t i = 0; i < s.n; i++)
        move_border(rows, least, s.n, i, p->w->as->more[s.needs[i].id].rows);
    for (size_t i = 0; i < s.n; i++) {
        at.rows = rows[i];
        place(p, s.needs[i].id, at);
        if (i)
            add_border(p, (struct rectangle){at.row, at.column, 1, at.columns}, false,
                       s.needs[i - 1].id, false);
        at.row += at.rows;
    }
}

/* Part `at` in two, between which a column stays free.  key: the pane whose columns say how, in the
 * left part or, with `before`, in the right one. */
static void part_columns(struct plan *p, struct rectangle at, int wanted, enum pane_id key,
                         bool before, struct rectangle ret[2])
{
    int sizes[2] = {wanted, at.columns - 1 - wanted};

    move_border(sizes, (int[]){COLUMNS_LEAST, COLUMNS_LEAST}, 2, 0,
                before ? -p->w->as->more[key].columns : p->w->as->more[key].columns);
    ret[0] = ret[1] = at;
    ret[0].columns = sizes[0];
    ret[1].columns = sizes[1];
    ret[1].column += sizes[0] + 1;
    add_border(p, (struct rectangle){at.row, at.column + sizes[0], at.rows, 1}, true, key,
               before);
}

static void place_columns(struct plan *p, struct rectangle at, int wanted, struct stack left,
                          struct stack right)
{
    struct rectangle halves[2];

    if (!left.n || !right.n) {
        place_stack(p, at, left.n ? left : right);
        return;
    }
    part_columns(p, at, wanted, left.needs[0].id, false, halves);
    place_stack(p, halves[0], left);
    place_stack(p, halves[1], right);
}

static struct stack only(const struct stack *s, size_t first, size_t end)
{
    struct stack part = {.n = end > first ? end - first : 0};

    if (part.n)
        memcpy(part.needs, s->needs + first, part.n * sizeof(*s->needs));
    return part;
}

/* --- forms ------------------------------------------------------------------------------ */

/* Sockets over everything; below, the session and its details left, the wire right. */
static void lay_out_wide(struct plan *p, struct rectangle body, const struct stack *own)
{
    static const struct need needs[] = {[PANE_SESSION] = {PANE_SESSION, 5, 3, 0},
                                        [PANE_DETAIL] = {PANE_DETAIL, 6, 2, 1},
                                        [PANE_PACKETS] = {PANE_PACKETS, 5, 1, 0},
                                        [PANE_BYTES] = {PANE_BYTES, 6, 1, 1}};
    struct stack left = {0}, right = {0};
    struct rectangle part = body;
    int rows[2] = {body.rows * 2 / 5, body.rows - body.rows * 2 / 5};

    for (size_t i = 1; i < own->n; i++) {
        enum pane_id id = own->needs[i].id;
        struct stack *s = id == PANE_SESSION || id == PANE_DETAIL ? &left : &right;

        s->needs[s->n++] = needs[id];
    }
    if (!left.n && !right.n) {
        place(p, PANE_SOCKETS, body);
        return;
    }
    move_border(rows, (int[]){ROWS_LEAST, 2 * ROWS_LEAST}, 2, 0,
                p->w->as->more[PANE_SOCKETS].rows);
    part.rows = rows[0];
    place(p, PANE_SOCKETS, part);
    part.row += part.rows;
    part.rows = rows[1];
    add_border(p, (struct rectangle){part.row, part.column, 1, part.columns}, false,
               PANE_SOCKETS, false);
    /* The hex dump needs more than the transcript. */
    place_columns(p, part, body.columns * 9 / 20, left, right);
}

/* The screen's own panes. */
static void lay_out_own(struct plan *p, struct rectangle body)
{
    enum layout_preset preset = p->w->as->preset;
    enum form form = preset == LAYOUT_STACKED ? FORM_STACK : screens[p->w->screen].form;
    bool wide = form == FORM_HOME && body.columns >= LAYOUT_WIDE_COLUMNS &&
                body.rows >= LAYOUT_WIDE_ROWS - 3;
    /* There all of them have a place. */
    struct stack own = own_panes(p->w, wide ? DETAIL_ROWS : body.rows);

    if (preset == LAYOUT_BESIDE && own.n > 1 && body.columns >= BESIDE_COLUMNS)
        place_columns(p, body, body.columns / 2, only(&own, 0, 1), only(&own, 1, own.n));
    else if (wide)
        lay_out_wide(p, body, &own);
    else if (form == FORM_WIRE && own.n > 1 && body.columns >= WIRE_COLUMNS)
        place_columns(p, body, body.columns / 2, only(&own, 0, 1), only(&own, 1, own.n));
    else
        place_stack(p, body, own);
}

/* Whether a lesson's pane stands on a screen that is about something else. */
static bool has_lesson(const struct layout_wish *w)
{
    return w->lesson && !is_own(w->screen, PANE_LESSONS);
}

/* And the one that was asked for beside them, below them where there is no such width. */
static void lay_out_body(struct plan *p, struct rectangle body)
{
    const struct layout_wish *w = p->w;
    struct rectangle parts[2];
    struct stack all;

    if (!has_split(w->screen, w->as) || (has_lesson(w) && w->as->beside == PANE_LESSONS)) {
        lay_out_own(p, body);
        return;
    }
    if (body.columns < LAYOUT_WIDE_COLUMNS || w->as->preset == LAYOUT_STACKED) {
        all = own_panes(w, body.rows);
        all.needs[all.n] = split_need;
        all.needs[all.n++].id = w->as->beside;
        place_stack(p, body, all);
        return;
    }
    part_columns(p, body, body.columns * 3 / 5, w->as->beside, true, parts);
    lay_out_own(p, parts[0]);
    place(p, w->as->beside, parts[1]);
}

/* Take its pane from the body: at the right of a wide screen, else at the bottom. */
static void place_lesson(struct plan *p, struct rectangle *body)
{
    struct rectangle parts[2];
    int rows[2] = {0, at_most(body->rows / 2, LESSON_ROWS)};

    if (body->columns >= LAYOUT_WIDE_COLUMNS) {
        part_columns(p, *body, body->columns * 3 / 5, PANE_LESSONS, true, parts);
        *body = parts[0];
        place(p, PANE_LESSONS, parts[1]);
        return;
    }
    rows[0] = body->rows - rows[1];
    move_border(rows, (int[]){ROWS_LEAST, ROWS_LEAST}, 2, 0,
                -p->w->as->more[PANE_LESSONS].rows);
    parts[1] = *body;
    body->rows = rows[0];
    parts[1].row += rows[0];
    parts[1].rows = rows[1];
    place(p, PANE_LESSONS, parts[1]);
    add_border(p, (struct rectangle){parts[1].row, parts[1].column, 1, parts[1].columns}, false,
               PANE_LESSONS, true);
}

/* The lesson is the last that Tab comes to. */
static void put_lesson_last(struct layout *l)
{
    struct pane lesson = l->panes[0];

    memmove(l->panes, l->panes + 1, (l->n - 1) * sizeof(l->panes[0]));
    l->panes[l->n - 1] = lesson;
}

/* Where it leaves few rows they are the list's, as usual; a person may have arranged them. */
static void lay_out_with_lesson(struct plan *p, struct rectangle body)
{
    const struct layout_wish *whole = p->w;
    struct arrangement list = *whole->as;
    struct layout_wish wish = *whole;

    place_lesson(p, &body);
    list.preset = LAYOUT_LIST;
    if (body.rows < LIST_ROWS && whole->as->preset == LAYOUT_USUAL)
        wish.as = &list;
    p->w = &wish;
    lay_out_body(p, body);
    p->w = whole;
    put_lesson_last(&p->l);
}

/* The pane that has the keys, or the first of the screen when it has none of that kind. */
static enum pane_id pane_with_keys(const struct layout_wish *w)
{
    enum pane_id ids[PANE_COUNT] = {PANE_SOCKETS};
    size_t n = layout_panes(w->screen, w->as, ids);

    for (size_t i = 0; i < n; i++)
        if (ids[i] == w->keys)
            return w->keys;
    return w->keys == PANE_LESSONS && has_lesson(w) ? w->keys : ids[0];
}

/* The lines above and below the panes; what is left for those. */
static struct rectangle place_bars(struct layout *l, int rows, int columns)
{
    struct rectangle body = {0, 0, rows, columns};

    if (body.rows >= 2)
        l->footer = (struct rectangle){--body.rows, 0, 1, columns};
    if (body.rows >= 3) {
        l->status = (struct rectangle){body.row++, 0, 1, columns};
        body.rows--;
    }
    if (body.rows >= 4) {
        l->tabs = (struct rectangle){body.row++, 0, 1, columns};
        body.rows--;
    }
    return body;
}

struct layout layout_make(const struct layout_wish *wish)
{
    static const struct arrangement nothing = {0};
    struct layout_wish w = *wish;
    struct plan p = {.w = &w};
    bool small = w.columns < LAYOUT_SMALL_COLUMNS || w.rows < LAYOUT_SMALL_ROWS;
    bool why =
        w.why && w.screen == SCREEN_HOME && !w.zoom && !small && w.rows > LAYOUT_SMALL_ROWS;
    struct rectangle body;

    if (w.rows <= 0 || w.columns <= 0)
        return p.l;
    if (!w.as)
        w.as = &nothing;
    w.keys = pane_with_keys(&w);
    body = place_bars(&p.l, w.rows - why, w.columns);
    if (w.zoom || small)
        place(&p, w.keys, body);
    else
        (has_lesson(&w) ? lay_out_with_lesson : lay_out_body)(&p, body);
    if (why) {
        p.l.why = p.l.footer;
        p.l.footer.row++;
    }
    return p.l;
}

const struct rectangle *layout_find(const struct layout *l, enum pane_id id)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->panes[i].id == id)
            return &l->panes[i].at;
    return NULL;
}

/* --- other sizes ------------------------------------------------------------------------ */

static int size_of(const struct layout_wish *w, enum pane_id id, bool upright)
{
    struct layout l = layout_make(w);
    const struct rectangle *at = layout_find(&l, id);

    return !at ? 0 : upright ? at->columns : at->rows;
}

/* What has an effect is kept: more of it would only have to be taken back before anything moves. */
static bool grow(const struct layout_wish *w, enum pane_id id, bool upright, int by,
                 struct arrangement *as)
{
    struct layout_wish changed = *w;
    short *more = upright ? &as->more[id].columns : &as->more[id].rows, before = *more;
    int now, alone, got;

    changed.as = as;
    now = size_of(&changed, id, upright);
    *more = 0;
    alone = size_of(&changed, id, upright);
    *more = (short)(now - alone + by);
    got = size_of(&changed, id, upright);
    *more = got == now ? before : (short)(got - alone);
    return got != now;
}

bool layout_drag(const struct layout_wish *w, const struct border *b, int by,
                 struct arrangement *as)
{
    return grow(w, b->pane, b->upright, b->before ? -by : by, as);
}

/* The border at the end of a pane or its column, or the one before it; NULL: there is none. */
static const struct border *border_of(const struct layout *l, enum pane_id id, bool upright,
                                      bool end)
{
    const struct rectangle *at = layout_find(l, id);

    for (size_t i = 0; at && i < l->n_borders; i++) {
        const struct border *b = &l->borders[i];
        bool along =
            upright ? at->row >= b->at.row && at->row < b->at.row + b->at.rows
                    : at->column >= b->at.column && at->column < b->at.column + b->at.columns;

        if (b->upright != upright || !along)
            continue;
        if (upright && b->at.column == (end ? at->column + at->columns : at->column - 1))
            return b;
        if (!upright && b->at.row == (end && b->before ? at->row + at->rows : at->row) &&
            (!end || b->before))
            return b;
        if (!upright && end && !b->before && b->pane == id)
            return b;
    }
    return NULL;
}

static bool grow_either(const struct layout_wish *w, enum pane_id id, bool upright, int by,
                        struct arrangement *as)
{
    struct layout l = layout_make(w);
    const struct border *end = border_of(&l, id, upright, true);
    const struct border *begin = border_of(&l, id, upright, false);

    return (end && layout_drag(w, end, by, as)) || (begin && layout_drag(w, begin, -by, as));
}

bool layout_grow_rows(const struct layout_wish *w, enum pane_id id, int rows,
                      struct arrangement *as)
{
    return grow_either(w, id, false, rows, as);
}

bool layout_grow_columns(const struct layout_wish *w, enum pane_id id, int columns,
                         struct arrangement *as)
{
    return grow_either(w, id, true, columns, as);
}
