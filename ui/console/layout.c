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

#define NEEDS_MAX 5
/* From 24 rows on the packets pane has room for a handshake, a line and its echo: title, header
 * and seven packets. */
#define COMFORTABLE_ROWS 21
#define EXCHANGE_ROWS 9

size_t layout_panes(enum screen_id screen, enum pane_id ret[PANE_COUNT])
{
    static const struct {
        size_t n;
        enum pane_id ids[NEEDS_MAX];
    } screens[SCREEN_COUNT] = {
        [SCREEN_HOME] = {5,
                         {PANE_SOCKETS, PANE_SESSION, PANE_DETAIL, PANE_PACKETS, PANE_BYTES}},
        [SCREEN_SESSIONS] = {2, {PANE_SESSIONS, PANE_SESSION}},
        [SCREEN_PACKETS] = {2, {PANE_PACKETS, PANE_BYTES}},
        [SCREEN_LADDER] = {2, {PANE_LADDER, PANE_BYTES}},
        [SCREEN_JOURNAL] = {1, {PANE_JOURNAL}},
        [SCREEN_WHY] = {1, {PANE_WHY}},
        [SCREEN_HOST] = {1, {PANE_HOST}},
        [SCREEN_STREAM] = {2, {PANE_STREAM, PANE_BYTES}},
        [SCREEN_COMPARE] = {1, {PANE_COMPARE}},
        [SCREEN_HELP] = {1, {PANE_HELP}},
    };

    memcpy(ret, screens[screen].ids, screens[screen].n * sizeof(ret[0]));
    return screens[screen].n;
}

/* Add a pane; the transcript gives its last row to the input line. */
static void place(struct layout *l, enum pane_id id, struct rectangle at)
{
    if (at.rows <= 0 || at.columns <= 0)
        return;
    if (id == PANE_SESSION && at.rows > 1) {
        at.rows--;
        l->input = (struct rectangle){at.row + at.rows, at.column, 1, at.columns};
    }
    l->panes[l->n++] = (struct pane){id, at};
}

/* Drop panes until the others have the rows they need; the one with the keys goes last. */
static size_t fold(struct need *needs, size_t n, int rows, enum pane_id keys)
{
    for (;;) {
        size_t drop = n;
        int sum = 0;

        for (size_t i = 0; i < n; i++) {
            sum += needs[i].rows;
            if (needs[i].id != keys && (drop == n || needs[i].order > needs[drop].order))
                drop = i;
        }
        if (sum <= rows || n <= 1)
            return n;
        memmove(needs + drop, needs + drop + 1, (n - drop - 1) * sizeof(*needs));
        n--;
    }
}

/* One pane below the other over the whole height of `at`. */
static void stack(struct layout *l, struct rectangle at, const struct need *wanted, size_t n,
                  enum pane_id keys)
{
    struct need needs[NEEDS_MAX];
    int left = at.rows, shares = 0;

    memcpy(needs, wanted, n * sizeof(*needs));
    n = fold(needs, n, at.rows, keys);
    for (size_t i = 0; i < n; i++) {
        left -= needs[i].rows;
        shares += needs[i].share;
    }
    for (size_t i = 0; i < n; i++) {
        int more = left > 0 && shares ? left * needs[i].share / shares : 0;
        struct rectangle pane = {at.row, at.column, needs[i].rows + more, at.columns};

        if (pane.rows > at.rows || i + 1 == n)
            pane.rows = at.rows;
        left -= more;
        shares -= needs[i].share;
        at.row += pane.rows;
        at.rows -= pane.rows;
        place(l, needs[i].id, pane);
    }
}

/* Sockets over everything; below, the session and its details left, the wire right. */
static void lay_out_wide(struct layout *l, struct rectangle body, enum pane_id keys)
{
    static const struct need left[] = {{PANE_SESSION, 5, 3, 0}, {PANE_DETAIL, 6, 2, 1}};
    static const struct need right[] = {{PANE_PACKETS, 5, 1, 0}, {PANE_BYTES, 6, 1, 1}};
    struct rectangle top = body, half = body;

    top.rows = body.rows * 2 / 5;
    place(l, PANE_SOCKETS, top);
    half.row += top.rows;
    half.rows -= top.rows;
    /* The hex dump needs more than the transcript; a column stays free between them. */
    half.columns = body.columns * 9 / 20;
    stack(l, half, left, 2, keys);
    half.column += half.columns + 1;
    half.columns = body.columns - half.columns - 1;
    stack(l, half, right, 2, keys);
}

static void lay_out_home(struct layout *l, struct rectangle body, enum pane_id keys)
{
    static const struct need stacked[] = {
        {PANE_SOCKETS, 4, 3, 0}, {PANE_SESSION, 4, 2, 1}, {PANE_DETAIL, 5, 1, 4},
        {PANE_PACKETS, 4, 2, 2}, {PANE_BYTES, 3, 3, 3},
    };
    struct need folded[NEEDS_MAX];
    size_t n = 0;

    if (body.columns >= LAYOUT_WIDE_COLUMNS && body.rows >= LAYOUT_WIDE_ROWS - 3) {
        lay_out_wide(l, body, keys);
        return;
    }
    /* On 24 rows the details would leave no pane more than its least. */
    for (size_t i = 0; i < NEEDS_MAX; i++)
        if (stacked[i].id != PANE_DETAIL || keys == PANE_DETAIL || body.rows >= 32)
            folded[n++] = stacked[i];
    for (size_t i = 0; i < n && body.rows >= COMFORTABLE_ROWS; i++)
        if (folded[i].id == PANE_PACKETS)
            folded[i].rows = EXCHANGE_ROWS;
    stack(l, body, folded, n, keys);
}

/* A pane and below it, or beside it, the bytes of the packet that was chosen there. */
static void lay_out_wire(struct layout *l, struct rectangle body, struct need needs[2],
                         enum pane_id keys)
{
    struct rectangle left = body;

    if (body.columns < 2 * 90) {
        stack(l, body, needs, 2, keys);
        return;
    }
    left.columns = body.columns / 2;
    place(l, needs[0].id, left);
    body.column += left.columns + 1;
    body.columns -= left.columns + 1;
    place(l, needs[1].id, body);
}

static void lay_out_body(struct layout *l, enum screen_id screen, struct rectangle body,
                         enum pane_id keys)
{
    static const struct need sessions[] = {{PANE_SESSIONS, 4, 2, 1}, {PANE_SESSION, 4, 3, 0}};
    struct need packets[] = {{PANE_PACKETS, 4, 4, 0}, {PANE_BYTES, 3, 5, 1}};
    /* A picture has to be seen whole; what it leads to comes when there is room. */
    struct need ladder[] = {{PANE_LADDER, 18, 3, 0}, {PANE_BYTES, 8, 1, 1}};
    struct need stream[] = {{PANE_STREAM, 18, 3, 0}, {PANE_BYTES, 8, 1, 1}};

    switch (screen) {
    case SCREEN_HOME:
        lay_out_home(l, body, keys);
        break;
    case SCREEN_SESSIONS:
        stack(l, body, sessions, 2, keys);
        break;
    case SCREEN_PACKETS:
        lay_out_wire(l, body, packets, keys);
        break;
    case SCREEN_LADDER:
        lay_out_wire(l, body, ladder, keys);
        break;
    case SCREEN_STREAM:
        lay_out_wire(l, body, stream, keys);
        break;
    case SCREEN_COMPARE:
        place(l, PANE_COMPARE, body);
        break;
    case SCREEN_JOURNAL:
        place(l, PANE_JOURNAL, body);
        break;
    case SCREEN_WHY:
        place(l, PANE_WHY, body);
        break;
    case SCREEN_HOST:
        place(l, PANE_HOST, body);
        break;
    default:
        place(l, PANE_HELP, body);
        break;
    }
}

/* The pane that has the keys, or the first of the screen when it has none of that kind. */
static enum pane_id pane_with_keys(enum screen_id screen, enum pane_id keys)
{
    enum pane_id ids[PANE_COUNT];
    size_t n = layout_panes(screen, ids);

    for (size_t i = 0; i < n; i++)
        if (ids[i] == keys)
            return keys;
    return ids[0];
}

struct layout layout_make(enum screen_id screen, int rows, int columns, enum pane_id keys,
                          bool zoom)
{
    struct layout l = {0};
    struct rectangle body = {0, 0, rows, columns};

    if (rows <= 0 || columns <= 0)
        return l;
    keys = pane_with_keys(screen, keys);
    if (body.rows >= 2)
        l.footer = (struct rectangle){--body.rows, 0, 1, columns};
    if (body.rows >= 3) {
        l.status = (struct rectangle){body.row++, 0, 1, columns};
        body.rows--;
    }
    if (body.rows >= 4) {
        l.tabs = (struct rectangle){body.row++, 0, 1, columns};
        body.rows--;
    }
    if (zoom || columns < LAYOUT_SMALL_COLUMNS || rows < LAYOUT_SMALL_ROWS)
        place(&l, keys, body);
    else
        lay_out_body(&l, screen, body, keys);
    return l;
}

struct layout layout_make_why(enum screen_id screen, int rows, int columns, enum pane_id keys,
                              bool zoom)
{
    bool has = screen == SCREEN_HOME && !zoom && columns >= LAYOUT_SMALL_COLUMNS &&
               rows > LAYOUT_SMALL_ROWS;
    struct layout l = layout_make(screen, rows - has, columns, keys, zoom);

    if (!has)
        return l;
    l.why = l.footer;
    l.footer.row++;
    return l;
}
