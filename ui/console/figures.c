#include "ui/console/figures.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "ui/console/action.h"

const char *figure_since(uint64_t start_ns, uint64_t at_ns, char buf[FIGURE_TIME_BYTES])
{
    uint64_t us = (at_ns >= start_ns ? at_ns - start_ns : start_ns - at_ns) / 1000;

    snprintf(buf, FIGURE_TIME_BYTES, "%s%llu.%06llu", at_ns < start_ns && us ? "-" : "",
             (unsigned long long)(us / 1000000), (unsigned long long)(us % 1000000));
    return buf;
}

const char *figure_wall(uint64_t wall_ns, char buf[FIGURE_TIME_BYTES])
{
    time_t seconds = (time_t)(wall_ns / CLOCK_SECOND_NS);
    struct tm tm;

    if (!localtime_r(&seconds, &tm))
        return strcpy(buf, "?");
    snprintf(buf, FIGURE_TIME_BYTES, "%02d:%02d:%02d.%06u", tm.tm_hour, tm.tm_min, tm.tm_sec,
             (unsigned)(wall_ns % CLOCK_SECOND_NS / 1000));
    return buf;
}

uint64_t figure_wall_ns(const struct model *m, uint64_t at_ns)
{
    return m->start_wall_ns + at_ns - m->start_ns;
}

const char *figure_error(const struct err *err)
{
    return err->symbol[0] ? err->symbol : err_name(err->code);
}

int figure_title_rows(int rows)
{
    return rows >= 3;
}

struct area figure_title(struct area pane, const char *title, bool keys)
{
    int rows = figure_title_rows(pane.rows);

    if (rows)
        area_title(pane, 0, keys ? STYLE_TITLE : STYLE_DIM, title);
    return area_part(pane, rows, 0, pane.rows - rows, pane.columns);
}

/* How many bytes of text go on one line: up to the last blank that lets them fit. */
static size_t line_bytes(const char *text, int columns)
{
    size_t fits = 0;

    for (size_t at = 0;; at++) {
        char line[512];

        if (text[at] != ' ' && text[at] != '\0')
            continue;
        snprintf(line, sizeof(line), "%.*s", (int)at, text);
        if (at >= sizeof(line) || text_columns(line) > columns)
            break;
        fits = at;
        if (text[at] == '\0')
            break;
    }
    /* A word longer than the line goes on it alone and is cut there. */
    return fits ? fits : strcspn(text, " ");
}

int figure_paragraph(struct area a, int row, enum style style, const char *text)
{
    while (row < a.rows && a.columns > 0) {
        size_t n = line_bytes(text, a.columns);
        char line[512];

        if (!text[n] || row == a.rows - 1) {
            area_text_cut(a, row, 0, a.columns, style, text);
            return row + 1;
        }
        snprintf(line, sizeof(line), "%.*s", (int)n, text);
        area_text_cut(a, row++, 0, a.columns, style, line);
        text += n;
        text += *text == ' ';
    }
    return row;
}

void figure_advice(struct area a, int row, const char *text)
{
    char advice[320];

    figure_paragraph(area_part(a, row, 1, a.rows - row, a.columns - 1), 0, STYLE_DIM,
                     action_text(text, advice, sizeof(advice)));
}

int figure_paragraph_rows(int columns, const char *text)
{
    int rows = 1;

    for (size_t n; columns > 0 && text[n = line_bytes(text, columns)]; rows++) {
        text += n;
        text += *text == ' ';
    }
    return rows;
}

enum style figure_state_style(uint8_t state)
{
    switch (state) {
    case STATE_ESTABLISHED:
        return STYLE_GOOD;
    case STATE_LISTEN:
        return STYLE_LISTEN;
    case STATE_TIME_WAIT:
    case STATE_CLOSE:
    case STATE_BOUND_INACTIVE:
        return STYLE_DIM;
    default:
        return STYLE_BUSY;
    }
}

/* Columns of a message's parts, and the width below which their bytes' places are left out. */
enum { PART_COLUMN = 4, RANGE_COLUMN = 24, TEXT_COLUMN = 37, MESSAGE_NARROW_COLUMNS = 60 };

void figure_message_line(struct area a, int row, const struct describe_line *line)
{
    int at = PART_COLUMN + 2 * line->is_field;
    enum style style = line->is_wrong ? STYLE_BAD : STYLE_NORMAL;
    char range[48];

    if (a.columns < MESSAGE_NARROW_COLUMNS) {
        at = area_text_cut(a, row, at - 2, a.columns - at + 2, STYLE_DIM, line->name) + 1;
        area_text_cut(a, row, at, a.columns - at, style, line->text);
        return;
    }
    area_text_cut(a, row, at, RANGE_COLUMN - at - 1, STYLE_DIM, line->name);
    if (line->part.len) {
        snprintf(range, sizeof(range), "%zu..%zu", line->part.at,
                 line->part.at + line->part.len - 1);
        area_text_cut(a, row, RANGE_COLUMN, TEXT_COLUMN - RANGE_COLUMN - 1, STYLE_DIM, range);
    }
    area_text_cut(a, row, TEXT_COLUMN, a.columns - TEXT_COLUMN, style, line->text);
}
