/* The editing keys are those of readline(3). */
#include "ui/console/line_edit.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "ui/console/action.h"

#define CONTROL(letter) ((letter) - 'a' + 1)

void line_edit_init(struct line_edit *e)
{
    *e = (struct line_edit){0};
}

void line_edit_done(struct line_edit *e)
{
    for (size_t i = 0; i < e->n_history; i++)
        free(e->history[i]);
    free(e->draft);
    *e = (struct line_edit){0};
}

/* --- characters ------------------------------------------------------------------------- */

static size_t code_length(const struct line_edit *e, size_t at)
{
    uint32_t code;
    size_t n = text_utf8_decode(e->text + at, e->len - at, &code);

    return n ? n : 1;
}

/* True when what starts here joins the character before it. */
static bool joins(const struct line_edit *e, size_t at)
{
    char mark[8] = "";

    memcpy(mark, e->text + at, code_length(e, at));
    return text_columns(mark) == 0;
}

static size_t next_character(const struct line_edit *e, size_t at)
{
    if (at >= e->len)
        return e->len;
    do
        at += code_length(e, at);
    while (at < e->len && joins(e, at));
    return at;
}

static size_t previous_character(const struct line_edit *e, size_t at)
{
    while (at > 0) {
        do
            at--;
        while (at > 0 && (e->text[at] & 0xc0) == 0x80);
        if (!joins(e, at))
            break;
    }
    return at;
}

static size_t previous_word(const struct line_edit *e, size_t at)
{
    while (at > 0 && e->text[at - 1] == ' ')
        at--;
    while (at > 0 && e->text[at - 1] != ' ')
        at--;
    return at;
}

static void remove_range(struct line_edit *e, size_t from, size_t to)
{
    memmove(e->text + from, e->text + to, e->len - to + 1);
    e->len -= to - from;
    e->cursor = from;
}

bool line_edit_insert(struct line_edit *e, const char *text, size_t len)
{
    size_t at = 0;

    while (at < len) {
        uint32_t code;
        size_t n = text_utf8_decode(text + at, len - at, &code);

        if (!n || !code || e->len + n > LINE_EDIT_BYTES)
            return false;
        memmove(e->text + e->cursor + n, e->text + e->cursor, e->len - e->cursor + 1);
        memcpy(e->text + e->cursor, text + at, n);
        e->len += n;
        e->cursor += n;
        at += n;
    }
    return true;
}

void line_edit_set(struct line_edit *e, const char *text)
{
    e->len = e->cursor = 0;
    e->text[0] = '\0';
    line_edit_insert(e, text, strlen(text));
}

/* --- history ---------------------------------------------------------------------------- */

static void forget_draft(struct line_edit *e)
{
    free(e->draft);
    e->draft = NULL;
    e->at = e->n_history;
}

/* False: it is the newest there already. */
static bool keep(struct line_edit *e, const char *text)
{
    if (e->n_history && !strcmp(e->history[e->n_history - 1], text))
        return false;
    if (e->n_history == LINE_EDIT_HISTORY) {
        free(e->history[0]);
        memmove(e->history, e->history + 1, (--e->n_history) * sizeof(e->history[0]));
    }
    e->history[e->n_history++] = mem_copy(text, strlen(text));
    return true;
}

void line_edit_accept(struct line_edit *e)
{
    if (e->len && keep(e, e->text) && e->n_new < e->n_history)
        e->n_new++;
    forget_draft(e);
    line_edit_set(e, "");
}

void line_edit_remember(struct line_edit *e, const char *text)
{
    if (*text)
        keep(e, text);
    forget_draft(e);
}

static void older(struct line_edit *e)
{
    if (e->at == 0)
        return;
    if (e->at == e->n_history) {
        free(e->draft);
        e->draft = mem_copy(e->text, e->len);
    }
    line_edit_set(e, e->history[--e->at]);
}

static void newer(struct line_edit *e)
{
    if (e->at == e->n_history)
        return;
    if (++e->at < e->n_history) {
        line_edit_set(e, e->history[e->at]);
        return;
    }
    line_edit_set(e, e->draft ? e->draft : "");
    forget_draft(e);
}

/* --- keys ------------------------------------------------------------------------------- */

static bool type_character(struct line_edit *e, uint32_t key)
{
    char bytes[4];
    size_t n;

    if (key >= KEY_SPECIAL || !text_printable(key))
        return false;
    n = text_utf8_encode(key, bytes);
    if (n)
        line_edit_insert(e, bytes, n);
    return n > 0;
}

bool line_edit_key(struct line_edit *e, uint32_t key)
{
    switch (key) {
    case KEYS_LEFT:
        e->cursor = previous_character(e, e->cursor);
        return true;
    case KEYS_RIGHT:
        e->cursor = next_character(e, e->cursor);
        return true;
    case KEYS_HOME:
    case CONTROL('a'):
        e->cursor = 0;
        return true;
    case KEYS_END:
    case CONTROL('e'):
        e->cursor = e->len;
        return true;
    case KEYS_BACKSPACE:
        remove_range(e, previous_character(e, e->cursor), e->cursor);
        return true;
    case KEYS_DELETE:
        remove_range(e, e->cursor, next_character(e, e->cursor));
        return true;
    case CONTROL('u'):
        remove_range(e, 0, e->cursor);
        return true;
    case CONTROL('k'):
        remove_range(e, e->cursor, e->len);
        return true;
    case CONTROL('w'):
        remove_range(e, previous_word(e, e->cursor), e->cursor);
        return true;
    case KEYS_UP:
        older(e);
        return true;
    case KEYS_DOWN:
        newer(e);
        return true;
    default:
        return type_character(e, key);
    }
}

/* --- drawing ---------------------------------------------------------------------------- */

void line_edit_draw(const struct line_edit *e, struct area a, int row, int column)
{
    struct area line = area_part(a, row, column, 1, a.columns - column);
    size_t next = next_character(e, e->cursor);
    char part[LINE_EDIT_BYTES + 1];
    int before, at, width = 1;

    memcpy(part, e->text, e->cursor);
    part[e->cursor] = '\0';
    before = text_columns(part);
    if (next > e->cursor) {
        memcpy(part, e->text + e->cursor, next - e->cursor);
        part[next - e->cursor] = '\0';
        width = text_columns(part);
    }
    at = before + width > line.columns ? line.columns - before - width : 0;
    for (int i = 0; i < line.columns; i++)
        area_text(line, 0, i, STYLE_INPUT, " ");
    area_text(line, 0, at, STYLE_INPUT, e->text);
    area_restyle(line, 0, at + before, width, STYLE_CURSOR);
}
