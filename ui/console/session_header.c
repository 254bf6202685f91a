#include "ui/console/session_header.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "ui/console/action.h"

/* A narrower pane has no room for words. */
#define HEADER_WITH_WORDS 76

/* A narrow pane has an arrow instead of the word. */
static int draw_total(struct area a, int column, enum style style, const char *what,
                      enum glyph arrow, uint64_t n)
{
    char number[TEXT_NUMBER_BYTES];

    if (a.columns < HEADER_WITH_WORDS)
        column = area_glyph(a, 0, column + 2, style, arrow);
    else
        column = area_text(a, 0, column + 2, STYLE_DIM, what);
    return area_text(a, 0, column + 1, style, text_number(n, number));
}

static enum style session_style(const struct session_status *s)
{
    switch (s->state) {
    case SESSION_OPEN:
        return STYLE_GOOD;
    case SESSION_FAILED:
        return STYLE_BAD;
    case SESSION_CLOSED:
        return s->err.code ? STYLE_BAD : STYLE_DIM;
    default:
        return STYLE_BUSY;
    }
}

/* A blocking call that has not returned yet. */
static int draw_waiting(struct area a, int column, const char *call, uint64_t since_ns)
{
    char duration[TEXT_DURATION_BYTES];

    if (!since_ns)
        return column;
    return area_printf(a, 0, column + 2, STYLE_BUSY, "%s waits %s", call,
                       text_duration(clock_shown_ns() - since_ns, duration));
}

void session_header_draw(struct area a, const struct session_status *s, bool scrolled,
                         bool keys)
{
    char endpoint[ENDPOINT_TEXT_BYTES], number[TEXT_NUMBER_BYTES];
    const char *where = endpoint_format(&s->endpoint, endpoint);
    enum style style = keys ? STYLE_TITLE : STYLE_DIM;
    int column = area_line(a, 0, 0, 2, style, GLYPH_HLINE);

    column = area_printf(a, 0, column + 1, style, "session %llu", (unsigned long long)s->id);
    column = area_text(a, 0, column + 2, session_style(s), session_state_name(s->state));
    column = draw_waiting(a, column, "recv", s->recv_waits_since_ns);
    column = draw_waiting(a, column, "send", s->send_waits_since_ns);
    column = draw_total(a, column, STYLE_SENT, "sent", GLYPH_ARROW_RIGHT, s->sent_bytes);
    column =
        draw_total(a, column, STYLE_RECEIVED, "received", GLYPH_ARROW_LEFT, s->received_bytes);
    column = area_text(a, 0, column + 2, STYLE_DIM, "queued ");
    column = area_text(a, 0, column, s->queued_bytes ? STYLE_BUSY : STYLE_NORMAL,
                       text_number(s->queued_bytes, number));
    if (scrolled)
        column = area_printf(a, 0, column + 2, STYLE_KEY, "%s follows", key_for(ACTION_LAST));
    /* Most are TCP: only what is not says so. */
    if (s->endpoint.scheme == ENDPOINT_TCP)
        where += strlen("tcp://");
    if (column + 2 >= a.columns) {
        area_glyph(a, 0, a.columns - 1, STYLE_DIM, GLYPH_ELLIPSIS);
        return;
    }
    column = area_text_cut(a, 0, column + 2, a.columns - column - 2, STYLE_NORMAL, where);
    area_line(a, 0, column + 1, a.columns - column - 1, style, GLYPH_HLINE);
}
