#include "ui/console/explain_box.h"

#include <stdio.h>
#include <string.h>

#include "core/model/column.h"
#include "ui/console/figures.h"

/* What stays to be seen of the screen: status, tabs, column titles and some rows. */
enum { LEFT_ROWS = 6, LEAST_ROWS = 8, LABEL_COLUMNS = 9, NAME_COLUMNS = 28 };

/* Where the two parts are, in rows of the box. */
struct shape {
    int rows; /* all of it */
    int list; /* of the list, 0: there is none */
    int text; /* lines of the explanation that are visible */
};

/* --- the shape -------------------------------------------------------------------------- */

/* The words of a label that has no room stand before the text. */
static void line_text(const struct explanation *e, size_t i, char *buf, size_t size)
{
    const char *label = e->lines[i].label;

    snprintf(buf, size, "%s%s%s", strlen(label) < LABEL_COLUMNS ? "" : label,
             strlen(label) < LABEL_COLUMNS ? "" : ": ", e->lines[i].text);
}

static int text_columns_of(int columns)
{
    return columns - LABEL_COLUMNS - 2;
}

static int text_rows(const struct explanation *e, int columns)
{
    char text[EXPLANATION_TEXT_BYTES + TOPIC_NAME_BYTES];
    int rows = 0;

    for (size_t i = 0; i < e->n; i++) {
        line_text(e, i, text, sizeof(text));
        rows += figure_paragraph_rows(text_columns_of(columns), text);
    }
    return rows;
}

static struct shape shape_of(const struct explain_box *b, int rows, int columns)
{
    int most = rows - 1 - (rows > LEFT_ROWS + LEAST_ROWS ? LEFT_ROWS : 0);
    int wanted = text_rows(&b->now, columns), n = (int)b->subjects.n;
    struct shape s = {0};

    /* A title each; the list has a third at most. */
    if (n > 1 && most >= LEAST_ROWS)
        s.list = n < most / 3 ? n : most / 3;
    s.rows = 1 + wanted + (s.list ? s.list + 1 : 0);
    s.rows = s.rows < most ? s.rows : most;
    s.text = s.rows - 1 - (s.list ? s.list + 1 : 0);
    return s;
}

/* --- keys ------------------------------------------------------------------------------- */

static void explain(struct explain_box *b)
{
    b->top = 0;
    b->now.n = 0;
    if (b->subjects.cursor < b->subjects.n)
        explanation_of(&b->subjects.list[b->subjects.cursor], &b->now);
    action_texts(&b->now);
}

void explain_box_open(struct explain_box *b)
{
    explain(b);
}

static void clamp(struct explain_box *b)
{
    int last = text_rows(&b->now, b->columns) - shape_of(b, b->rows, b->columns).text;

    b->top = b->top < last ? b->top : last;
    b->top = b->top > 0 ? b->top : 0;
}

void explain_box_resize(struct explain_box *b, int rows, int columns)
{
    b->rows = rows;
    b->columns = columns;
    clamp(b);
}

/* To another subject, if there is one. */
static void choose(struct explain_box *b, size_t index)
{
    if (index >= b->subjects.n || index == b->subjects.cursor)
        return;
    b->subjects.cursor = index;
    explain(b);
}

bool explain_box_act(struct explain_box *b, enum action action)
{
    size_t at = b->subjects.cursor, n = b->subjects.n;
    int step = 0;

    switch (action) {
    case ACTION_UP:
    case ACTION_LEFT:
    case ACTION_SORT_LEFT:
        if (n > 1)
            choose(b, at > 0 ? at - 1 : 0);
        step = n > 1 ? 0 : -1;
        break;
    case ACTION_DOWN:
    case ACTION_RIGHT:
    case ACTION_SORT_RIGHT:
        if (n > 1)
            choose(b, at + 1);
        step = n > 1 ? 0 : 1;
        break;
    case ACTION_FIRST:
        choose(b, 0);
        break;
    case ACTION_LAST:
        choose(b, n ? n - 1 : 0);
        break;
    case ACTION_PAGE_UP:
    case ACTION_PAGE_DOWN:
        step = shape_of(b, b->rows, b->columns).text / 2 + 1;
        step = action == ACTION_PAGE_UP ? -step : step;
        break;
    default:
        return false;
    }
    b->top += step;
    clamp(b);
    return true;
}

/* --- drawing ---------------------------------------------------------------------------- */

/* What a subject is called where its value stands: a column by its title. */
static void draw_subject(struct area a, int row, const struct subject *s, bool here)
{
    const struct column *c = s->kind == TOPIC_COLUMN ? column_find(s->name) : NULL;
    enum style style = here ? STYLE_SELECTED : STYLE_NORMAL;

    if (here)
        area_glyph(a, row, 0, STYLE_SELECTED, GLYPH_CURSOR_ROW);
    area_text_cut(a, row, 1, NAME_COLUMNS, style, c ? c->title : s->name);
    area_text_cut(a, row, 2 + NAME_COLUMNS, a.columns - NAME_COLUMNS - 3, style, s->value);
}

static void draw_list(struct area a, const struct subjects *s)
{
    size_t rows = (size_t)a.rows, top = s->cursor > rows / 2 ? s->cursor - rows / 2 : 0;

    if (top + rows > s->n)
        top = s->n - rows;
    for (int i = 0; i < a.rows; i++)
        draw_subject(a, i, &s->list[top + (size_t)i], top + (size_t)i == s->cursor);
}

static enum style tone_style(enum tone tone)
{
    switch (tone) {
    case TONE_NORMAL:
        return STYLE_GOOD;
    case TONE_TROUBLE:
        return STYLE_BUSY;
    case TONE_TRY:
        return STYLE_KEY;
    case TONE_SOURCE:
        return STYLE_DIM;
    default:
        return STYLE_NORMAL;
    }
}

static void draw_text(struct area a, const struct explanation *e, int top)
{
    char text[EXPLANATION_TEXT_BYTES + TOPIC_NAME_BYTES];
    struct area right = area_part(a, 0, 1 + LABEL_COLUMNS, a.rows, text_columns_of(a.columns));
    int row = -top;

    for (size_t i = 0; i < e->n; i++) {
        line_text(e, i, text, sizeof(text));
        if (strlen(e->lines[i].label) < LABEL_COLUMNS)
            area_text_cut(a, row, 1, LABEL_COLUMNS - 1, STYLE_DIM, e->lines[i].label);
        figure_paragraph(right, row, tone_style(e->lines[i].tone), text);
        row += figure_paragraph_rows(right.columns, text);
    }
    if (row > a.rows)
        area_glyph(a, a.rows - 1, a.columns - 1, STYLE_KEY, GLYPH_ELLIPSIS);
}

int explain_box_draw(const struct explain_box *b, struct area whole)
{
    struct shape s = shape_of(b, whole.rows, whole.columns);
    struct area a = area_part(whole, whole.rows - 1 - s.rows, 0, s.rows, whole.columns);
    char title[96];
    int row = 0;

    if (s.rows < 1)
        return whole.rows - 1;
    area_fill(a, STYLE_NORMAL);
    if (s.list) {
        snprintf(title, sizeof(title), "what is this? %zu of %zu", b->subjects.cursor + 1,
                 b->subjects.n);
        area_title(a, row, STYLE_DIM, title);
        draw_list(area_part(a, 1, 0, s.list, a.columns), &b->subjects);
        row = 1 + s.list;
    }
    area_title(a, row, STYLE_TITLE, b->now.title);
    draw_text(area_part(a, row + 1, 0, s.text, a.columns), &b->now, b->top);
    return whole.rows - 1 - s.rows;
}
