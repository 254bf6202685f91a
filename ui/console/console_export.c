/* What is known of the selected row, taken out of the console: into files, into the clipboard. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/regular.h"
#include "core/base/text.h"
#include "core/model/errors.h"
#include "core/report/chart_csv.h"
#include "core/report/chart_svg.h"
#include "core/report/row_copy.h"
#include "ui/console/console_state.h"

/* The row, or what was last seen of it. */
static struct row_copy row_of(const struct model *m)
{
    const struct socket_portrait *p = model_focus_portrait(m);
    const struct row *row = model_focus_now(m);

    return (struct row_copy){.snapshot = m->snapshot,
                             .row = row ? row : &m->focus.row,
                             .detail = p && !p->gone ? &p->detail : NULL};
}

static bool has_row(struct console *c)
{
    if (c->model.focus.kind == FOCUS_ROW)
        return true;
    model_notice(&c->model, true, "no socket of the table is selected");
    return false;
}

/* --- files ------------------------------------------------------------------------------ */

static void put_chart(FILE *out, const void *ctx)
{
    const struct model *m = ctx;
    char local[ROW_END_BYTES], peer[ROW_END_BYTES], title[2 * ROW_END_BYTES + 32];
    struct chart_times times[] = {{.title = "states"}, {.title = "opening the session"}};
    const struct session_status *session =
        m->focus.session_id ? model_session(m, m->focus.session_id) : NULL;

    snprintf(title, sizeof(title), "%s %s > %s", kind_name((enum socket_kind)m->focus.row.kind),
             row_local(m->snapshot, &m->focus.row, local),
             row_peer(m->snapshot, &m->focus.row, peer));
    spans_of_states(&times[0].spans, &m->path);
    if (session)
        spans_of_session(&times[1].spans, session, m->snapshot ? m->snapshot->at_ns : 0);
    chart_svg(out, &m->series, times, sizeof(times) / sizeof(times[0]), title);
}

static void put_series(FILE *out, const void *ctx)
{
    chart_csv(out, &((const struct model *)ctx)->series);
}

static void put_row(FILE *out, const void *ctx)
{
    const struct row_copy copy = row_of(ctx);

    row_copy_json(out, &copy);
}

void console_save(struct console *c, const struct command *command)
{
    static void (*const puts[])(FILE * out, const void *ctx) = {
        [SAVE_CHART] = put_chart, [SAVE_SERIES] = put_series, [SAVE_ROW] = put_row};
    char path[80], samples[TEXT_NUMBER_BYTES], lost[TEXT_NUMBER_BYTES],
        text[MODEL_NOTICE_BYTES];
    const struct series *s = &c->model.series;
    struct err err = {0};

    if (!has_row(c))
        return;
    if (command->format != SAVE_ROW && !s->n) {
        model_notice(&c->model, true, "save: nothing was measured of this row yet");
        return;
    }
    if (regular_write(command->text, puts[command->format], &c->model, &err) < 0) {
        error_format(&err, text, sizeof(text));
        model_notice(&c->model, true, "%s", text);
        return;
    }
    text_clean(command->text, strlen(command->text), path, sizeof(path));
    if (command->format == SAVE_ROW)
        model_notice(&c->model, false, "%s: all that is known of the row", path);
    else if (s->forgotten)
        model_notice(&c->model, true, "%s: the newest %s looks; %s before them are not kept",
                     path, text_number(s->n, samples), text_number(s->forgotten, lost));
    else
        model_notice(&c->model, false, "%s: all %s looks since the row was selected", path,
                     text_number(s->n, samples));
}

/* --- the clipboard ---------------------------------------------------------------------- */

/* The verdict with all it rests on. */
static void copy_why(struct console *c, enum copy_form form)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = form == COPY_SS ? NULL : mem_stream(&text, &len);
    bool written = out && console_why_write(c->model.why.answer, form == COPY_JSON, out);

    if (out)
        mem_stream_end(out, &text);
    if (!written)
        model_notice(&c->model, true, "copy: %s",
                     form == COPY_SS ? "a verdict is copied as text or json"
                                     : "there is no verdict yet");
    else if (!term_copy(c->term, text, len))
        model_notice(&c->model, true, "copy: the text is too long for a clipboard");
    else
        model_notice(
            &c->model, false,
            "given to the terminal's clipboard, if it takes any (OSC 52): the verdict, "
            "%zu bytes",
            len);
    free(text);
}

void console_copy_text(struct console *c, const char *text)
{
    if (term_copy(c->term, text, strlen(text)))
        model_notice(&c->model, false, "given to the terminal's clipboard: %s", text);
    else
        model_notice(&c->model, true, "copy: the text is too long for a clipboard");
}

void console_copy(struct console *c, enum copy_form form)
{
    static void (*const puts[])(FILE * out, const struct row_copy *copy) = {
        [COPY_TEXT] = row_copy_text, [COPY_JSON] = row_copy_json, [COPY_SS] = row_copy_ss};
    struct row_copy copy = row_of(&c->model);
    char *text = NULL;
    size_t len = 0;
    FILE *out;

    if (c->acted_out)
        return; /* the clipboard is whose who looks on */
    if (form == COPY_PROGRAM) {
        console_copy_program(c);
        return;
    }
    if (c->screen == SCREEN_JOURNAL && form == COPY_TEXT) {
        console_copy_call(c);
        return;
    }
    if (c->screen == SCREEN_WHY) {
        copy_why(c, form);
        return;
    }
    if (!has_row(c))
        return;
    out = mem_stream(&text, &len);
    puts[form](out, &copy);
    mem_stream_end(out, &text);
    if (!term_copy(c->term, text, len))
        model_notice(&c->model, true, "copy: the text is too long for a clipboard");
    else if (form == COPY_SS)
        model_notice(&c->model, false, "given to the terminal's clipboard: %.*s", (int)len - 1,
                     text);
    else
        model_notice(&c->model, false,
                     "given to the terminal's clipboard, if it takes any (OSC 52): %zu bytes",
                     len);
    free(text);
}
