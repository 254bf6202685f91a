#include "ui/console/reader.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

/* Lines and blocks are no words. */
static bool is_drawn(const char *text)
{
    uint32_t code;

    return text_utf8_decode(text, strlen(text), &code) && code >= 0x2500 && code <= 0x259f;
}

/* A row without what is drawn; columns are parted by two blanks. */
static void row_text(struct surface *s, int row, char buf[READER_LINE_BYTES])
{
    size_t used = 0, blanks = 2;

    for (int column = 0; column < surface_columns(s); column++) {
        const struct cell *cell = surface_cell(s, row, column);
        bool blank = cell->text[0] == ' ' || is_drawn(cell->text);
        size_t len = strlen(cell->text);

        if (blank && blanks >= 2)
            continue;
        blanks = blank ? blanks + 1 : 0;
        if (used + len + 1 >= READER_LINE_BYTES)
            break;
        memcpy(buf + used, blank ? " " : cell->text, blank ? 1 : len);
        used += blank ? 1 : len;
    }
    while (used && buf[used - 1] == ' ')
        used--;
    buf[used] = '\0';
}

static void say(struct json_writer *out, const char *before, const char *text)
{
    json_write_text(out, before);
    json_write_text(out, text);
    json_write_text(out, "\r\n");
}

/* True, and `kept` is the new one, when it is another; longer ones are compared as far as kept. */
static bool changes(char *kept, size_t size, const char *text)
{
    if (strncmp(kept, text, size - 1) == 0)
        return false;
    snprintf(kept, size, "%s", text);
    return true;
}

/* The same but for figures. */
static bool only_counts(const char *a, const char *b)
{
    for (;;) {
        while (*a && (isdigit((unsigned char)*a) || strchr(",. ", *a)))
            a++;
        while (*b && (isdigit((unsigned char)*b) || strchr(",. ", *b)))
            b++;
        if (!*a || *a != *b)
            return *a == *b;
        a++, b++;
    }
}

/* The lowest row that is selected: what lies over the panes comes last; -1: there is none. */
static int selected_row(const struct surface *s)
{
    for (int row = surface_rows(s) - 1; row >= 0; row--)
        for (int column = 0; column < surface_columns(s); column++)
            if (surface_cell(s, row, column)->style == STYLE_SELECTED)
                return row;
    return -1;
}

/* The rows of the pane that became others; all of them are kept. */
static void say_rows(struct reader *r, const struct reader_frame *f, bool aloud,
                     struct json_writer *out)
{
    char text[READER_LINE_BYTES];

    for (int row = 0; row < READER_ROWS; row++) {
        bool inside = row >= f->top && row < f->top + f->rows;

        text[0] = '\0';
        if (inside)
            row_text(f->surface, row, text);
        if (changes(r->rows[row], sizeof(r->rows[row]), text) && aloud && text[0])
            say(out, "", text);
    }
}

/* Titles: over the selected row, or the pane's rows. */
static void say_titles(const struct reader_frame *f, int below, struct json_writer *out)
{
    char text[READER_LINE_BYTES];

    for (int row = f->top; row < f->top + 2 && row < f->top + f->rows && row < below; row++) {
        row_text(f->surface, row, text);
        if (text[0])
            say(out, "", text);
    }
}

static void say_content(struct reader *r, const struct reader_frame *f, bool moved,
                        struct json_writer *out)
{
    int row = selected_row(f->surface);
    char text[READER_LINE_BYTES];

    if (row < 0) {
        say_rows(r, f, moved || f->key, out);
        r->selected[0] = '\0';
        return;
    }
    if (moved)
        say_titles(f, row, out);
    say_rows(r, f, false, out);
    row_text(f->surface, row, text);
    if (!moved && !f->key && (!f->recent || only_counts(r->selected, text)))
        return;
    if (changes(r->selected, sizeof(r->selected), text) || moved)
        say(out, "", text);
}

/* What is typed is echoed as a line of its own, the way a terminal does. */
static void say_prompt(struct reader *r, const struct reader_frame *f, struct json_writer *out)
{
    char text[READER_LINE_BYTES] = "";
    size_t before = strlen(r->prompt), len;

    if (f->typing)
        row_text(f->surface, surface_rows(f->surface) - 1, text);
    len = strlen(text);
    if (!f->typing) {
        if (r->typing)
            json_write_text(out, "\r\n");
    } else if (r->typing && len >= before && memcmp(text, r->prompt, before) == 0) {
        json_write_text(out, text + before);
    } else if (r->typing && memcmp(text, r->prompt, len) == 0) {
        for (int i = text_columns(r->prompt) - text_columns(text); i > 0; i--)
            json_write_text(out, "\b \b");
    } else {
        json_write_text(out, r->typing ? "\r\n" : "");
        json_write_text(out, text);
    }
    r->typing = f->typing;
    memcpy(r->prompt, text, len + 1);
}

/* Something is said while a line is typed: it gets a line of its own, and the prompt again. */
static void interrupt(struct reader *r, struct json_writer *out)
{
    if (!r->typing)
        return;
    json_write_text(out, "\r\n");
    r->typing = false;
    r->prompt[0] = '\0';
}

void reader_frame(struct reader *r, const struct reader_frame *f, struct json_writer *out)
{
    struct json_writer said = {0};
    bool moved = changes(r->place, sizeof(r->place), f->place);

    if (moved)
        say(&said, "== ", f->place);
    if (changes(r->notice, sizeof(r->notice), f->notice) && f->notice[0])
        say(&said, f->bad ? "trouble: " : "", f->notice);
    if (changes(r->why, sizeof(r->why), f->why) && f->why[0])
        say(&said, "why: ", f->why);
    say_content(r, f, moved, &said);
    if (said.len)
        interrupt(r, out);
    json_write(out, said.bytes, said.len);
    free(said.bytes);
    say_prompt(r, f, out);
}
