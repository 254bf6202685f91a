#include "ui/console/state_diagram.h"

#include <stdio.h>
#include <string.h>

#include "core/base/line.h"
#include "core/base/text.h"
#include "core/model/state_texts.h"
#include "ui/console/figures.h"

/* Its places are what the table below says. */
/* clang-format off */
static const char *const edges[] = {
    "",
    "       listen() ┌──────────────────┴───────────────────────┐ connect(): SYN",
    "                ↓                                          ↓",
    "",
    "   SYN: SYN,ACK │←───────────── SYN: SYN,ACK ──────────────┤ SYN,ACK: ACK",
    "                ↓                                          ↓",
    "                            ───── ACK ─────→",
    "                 close(): FIN ┌────────────────────────────┤ FIN: ACK",
    "                              ↓                            ↓",
    "",
    "            ┌─────── ACK ─────┼─── FIN: ACK ──┐            │ close(): FIN",
    "            ↓              FIN,ACK            ↓            ↓",
    "                              │",
    "            └───── FIN: ACK ──┼────── ACK ────┘            │ ACK",
    "                              ↓                            ↓",
    "                                         ── 60 s ─→",
};
/* clang-format on */

#define DIAGRAM_ROWS ((int)(sizeof(edges) / sizeof(edges[0])))
enum { DIAGRAM_COLUMNS = 78, BOX_COLUMNS = 30, LABEL_COLUMNS = 9 };

/* The middle of each state's text. */
static const struct {
    uint8_t state;
    int row, middle;
} places[] = {
    {STATE_CLOSE, 0, 35},      {STATE_LISTEN, 3, 16},      {STATE_SYN_SENT, 3, 59},
    {STATE_SYN_RECV, 6, 16},   {STATE_ESTABLISHED, 6, 59}, {STATE_FIN_WAIT1, 9, 30},
    {STATE_CLOSE_WAIT, 9, 59}, {STATE_FIN_WAIT2, 12, 12},  {STATE_CLOSING, 12, 46},
    {STATE_LAST_ACK, 12, 61},  {STATE_TIME_WAIT, 15, 30},  {STATE_CLOSE, 15, 61},
};

/* The kernel knows two states more than the RFC. */
static uint8_t as_drawn(uint8_t state)
{
    return state == STATE_NEW_SYN_RECV     ? STATE_SYN_RECV
           : state == STATE_BOUND_INACTIVE ? STATE_CLOSE
                                           : state;
}

static bool has_states(const struct row *row)
{
    return row->kind == KIND_TCP || row->kind == KIND_MPTCP;
}

static uint64_t spent_ns(const struct state_path *p, uint8_t drawn)
{
    uint64_t sum = 0;

    for (int state = STATE_ESTABLISHED; state < STATE_COUNT; state++)
        if (as_drawn((uint8_t)state) == drawn)
            sum += state_path_spent_ns(p, (enum socket_state)state);
    return sum;
}

static bool visited(const struct state_path *p, uint8_t drawn)
{
    for (int state = STATE_ESTABLISHED; state < STATE_COUNT; state++)
        if (as_drawn((uint8_t)state) == drawn &&
            state_path_visited(p, (enum socket_state)state))
            return true;
    return false;
}

/* The first state may have begun before anybody looked. */
static const char *write_time(uint64_t ns, bool at_least, char buf[TEXT_DURATION_BYTES + 1])
{
    char time[TEXT_DURATION_BYTES];

    snprintf(buf, TEXT_DURATION_BYTES + 1, "%s%s", at_least ? ">" : "",
             text_duration(ns, time));
    return buf;
}

/* --- the diagram ------------------------------------------------------------------------ */

static void draw_state(struct area a, size_t i, int top, uint8_t current,
                       const struct state_path *p)
{
    uint8_t state = places[i].state;
    const char *name = state_name((enum socket_state)state);
    bool is_current = state == current && !p->gone, was = visited(p, state);
    char time[TEXT_DURATION_BYTES + 1], text[64];
    enum style style = is_current ? STYLE_SELECTED : was ? STYLE_MARKED : STYLE_DIM;

    if (is_current)
        snprintf(text, sizeof(text), "[%s %s]", name,
                 write_time(spent_ns(p, state), p->states[state].began_unseen, time));
    else if (was)
        snprintf(text, sizeof(text), "%s %s", name,
                 write_time(spent_ns(p, state), p->states[state].began_unseen, time));
    else
        snprintf(text, sizeof(text), "%s", name);
    area_text_cut(a, places[i].row - top, places[i].middle - text_columns(text) / 2,
                  BOX_COLUMNS, style, text);
}

static void draw_diagram(struct area a, uint8_t current, const struct state_path *p, int top)
{
    bool closed_twice = false;

    for (int row = 0; row < DIAGRAM_ROWS; row++)
        area_text(a, row - top, 0, STYLE_DIM, edges[row]);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        /* CLOSE is drawn twice: where a way begins, and where it ends. */
        bool ends = places[i].state == STATE_CLOSE && p->n > 1;
        bool here = places[i].state != STATE_CLOSE || closed_twice == ends;
        static const struct state_path nothing;

        draw_state(a, i, top, here ? current : 0, here ? p : &nothing);
        closed_twice |= places[i].state == STATE_CLOSE;
    }
}

/* --- the sentences ---------------------------------------------------------------------- */

/* "SYN_SENT 0.2 ms → ESTABLISHED 12.4 s → gone" */
static void write_path(const struct state_path *p, char *buf, size_t size)
{
    struct line_out l = line_in(buf, size);
    char time[TEXT_DURATION_BYTES + 1];

    if (p->forgotten)
        line_add(&l, "%llu before → ", (unsigned long long)p->forgotten);
    for (size_t i = 0; i < p->n; i++)
        line_add(&l, "%s%s %s", i ? " → " : "",
                 state_name((enum socket_state)p->steps[i].state),
                 write_time(state_path_step_ns(p, i), i == 0 && !p->steps[i].exact, time));
    if (p->gone)
        line_add(&l, " → gone");
}

/* A dim word, and its sentence behind it.  Returns the row behind both. */
static int paragraph(struct area a, int row, const char *label, enum style style,
                     const char *text)
{
    struct area right =
        area_part(a, 0, 1 + LABEL_COLUMNS, a.rows, a.columns - 2 - LABEL_COLUMNS);

    area_text_cut(a, row, 1, LABEL_COLUMNS - 1, STYLE_DIM, label);
    figure_paragraph(right, row, style, text);
    return row + figure_paragraph_rows(right.columns, text);
}

static int draw_sentences(struct area a, int row, const struct row *socket,
                          const struct state_path *p)
{
    const struct state_text *text = state_text((enum socket_state)socket->state);
    char way[STATE_PATH_STEPS * 48];

    if (p->n) {
        write_path(p, way, sizeof(way));
        row = paragraph(a, row, "way", STYLE_NORMAL, way);
    }
    if (!text)
        return paragraph(a, row, "meaning", STYLE_DIM,
                         "? the texts of the states are not here");
    row = paragraph(a, row, "meaning", STYLE_NORMAL, text->means);
    row = paragraph(a, row, "ends by", STYLE_NORMAL, text->ends);
    row = paragraph(a, row, "normal", STYLE_GOOD, text->normal);
    return paragraph(a, row, "trouble", STYLE_BUSY, text->trouble);
}

int state_diagram_draw(struct area a, const struct row *row, const struct state_path *path,
                       int top)
{
    char text[160];
    int at = -top;

    if (!has_states(row)) {
        snprintf(text, sizeof(text), "%s sockets have no states of TCP; the kernel says %s",
                 kind_name((enum socket_kind)row->kind),
                 state_name((enum socket_state)row->state));
        return figure_paragraph(area_part(a, 0, 1, a.rows, a.columns - 1), 0, STYLE_DIM, text);
    }
    if (a.columns >= DIAGRAM_COLUMNS && a.rows >= DIAGRAM_ROWS) {
        draw_diagram(a, as_drawn(row->state), path, top);
        at += DIAGRAM_ROWS;
    }
    at = draw_sentences(a, at, row, path);
    if (at > a.rows)
        area_glyph(a, a.rows - 1, a.columns - 2, STYLE_KEY, GLYPH_ELLIPSIS);
    return at + top;
}
