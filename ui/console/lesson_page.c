#include "ui/console/lesson_page.h"

#include <stdio.h>
#include <string.h>

#include "core/base/line.h"
#include "ui/console/figures.h"

#define TEXT_BYTES (2 * SCENARIO_TEXT_BYTES)
/* From so many columns on a table has three of them, and room for what they are about. */
#define TABLE_COLUMNS 60

/* What is written next, and where: above the area and below it nothing is drawn. */
struct page_out {
    const struct lesson *l;
    struct area a;
    int row, top;
    size_t choice;
    struct lesson_shape shape;
};

/* --- lines ---------------------------------------------------------------------------------- */

/* A paragraph, behind a word or a sign where there is one. */
static void put(struct page_out *o, enum style style, const char *sign, int indent,
                const char *text)
{
    struct area part = area_part(o->a, 0, indent, o->a.rows, o->a.columns - indent - 1);
    int rows = figure_paragraph_rows(o->a.columns - indent - 1, text);

    if (o->row < o->a.rows && o->row + rows > 0) {
        figure_paragraph(part, o->row, style, text);
        if (sign)
            area_text(o->a, o->row, 1, style, sign);
    }
    o->row += rows;
}

/* With its references replaced. */
static void put_text(struct page_out *o, enum style style, int indent, const char *text)
{
    char said[TEXT_BYTES];

    scenario_run_text(lesson_run(o->l), text, said, sizeof(said));
    put(o, style, NULL, indent, said);
}

static void put_texts(struct page_out *o, const struct scenario_texts *t)
{
    for (size_t i = 0; i < t->n; i++)
        put_text(o, STYLE_NORMAL, 1, t->list[i]);
}

static void put_choice(struct page_out *o, size_t i, const char *text)
{
    bool chosen = i == o->choice;
    int row = o->row;

    put(o, chosen ? STYLE_KEY : STYLE_NORMAL, chosen ? ">" : NULL, 3, text);
    if (!chosen)
        return;
    o->shape.choice = row + o->top;
    o->shape.choice_rows = o->row - row;
}

/* --- a step --------------------------------------------------------------------------------- */

static const struct step_result *result_of(const struct page_out *o)
{
    return scenario_run_result(lesson_run(o->l), o->l->step);
}

/* As they would be typed; once they were, as they were. */
static void put_commands(struct page_out *o)
{
    const struct scenario_texts *t = &lesson_step(o->l)->commands;
    const struct step_result *r = result_of(o);
    char line[TEXT_BYTES];

    for (size_t i = 0; i < t->n; i++) {
        if (i < r->n_lines)
            snprintf(line, sizeof(line), "%s", r->lines[i]);
        else
            scenario_run_text(lesson_run(o->l), t->list[i], line, sizeof(line));
        put(o, STYLE_SENT, ":", 2, line);
    }
}

static void put_question(struct page_out *o, const struct scenario_question *q)
{
    char text[TEXT_BYTES];

    put_text(o, STYLE_TITLE, 1, q->ask);
    for (size_t i = 0; i < q->n_choices; i++) {
        scenario_run_text(lesson_run(o->l), q->choices[i].text, text, sizeof(text));
        put_choice(o, i, text);
    }
}

static void put_check(struct page_out *o, const struct check_result *c)
{
    static const char *const words[] = {
        [CHECK_UNSEEN] = "?", [CHECK_NO] = "no", [CHECK_HOLDS] = "ok", [CHECK_LEFT_OUT] = "-"};
    static const enum style styles[] = {[CHECK_UNSEEN] = STYLE_DIM,
                                        [CHECK_NO] = STYLE_BUSY,
                                        [CHECK_HOLDS] = STYLE_GOOD,
                                        [CHECK_LEFT_OUT] = STYLE_DIM};
    char text[TEXT_BYTES], expected[RUN_SEEN_BYTES];

    if (c->state == CHECK_HOLDS && c->list != CHECK_NEVER) {
        char subject[SCENARIO_TEXT_BYTES];

        scenario_run_text(lesson_run(o->l), c->expectation->subject, subject, sizeof(subject));
        snprintf(text, sizeof(text), "%s %s: %s", expectation_keys[c->expectation->kind],
                 subject, c->seen);
    } else {
        scenario_run_expected(lesson_run(o->l), c->expectation, expected, sizeof(expected));
        snprintf(text, sizeof(text), "%s%s%s%s", c->list == CHECK_NEVER ? "never " : "",
                 expected, c->seen[0] ? "; seen: " : "", c->seen);
    }
    put(o, styles[c->state], words[c->state], 4, text);
}

static void put_checks(struct page_out *o)
{
    const struct step_result *r = result_of(o);

    for (size_t i = 0; i < r->n_checks; i++)
        put_check(o, &r->checks[i]);
}

/* By what was seen, not by what somebody wrote down before. */
static void put_answer(struct page_out *o)
{
    const struct scenario_question *q = lesson_step(o->l)->question;
    const struct step_result *r = result_of(o);
    char right[TEXT_BYTES], text[TEXT_BYTES + 32];

    if (!q || r->right < 0)
        return;
    scenario_run_text(lesson_run(o->l), q->choices[r->right].text, right, sizeof(right));
    snprintf(text, sizeof(text), "%s %s",
             r->chosen == r->right ? "Right:" : "Seen, though:", right);
    put(o, r->chosen == r->right ? STYLE_GOOD : STYLE_BUSY, NULL, 1, text);
    if (q->because)
        put_text(o, STYLE_NORMAL, 1, q->because);
}

static void put_read(struct page_out *o)
{
    const struct scenario_step *step = lesson_step(o->l);

    put_texts(o, &step->prose);
    put_commands(o);
    if (lesson_question(o->l))
        put_question(o, lesson_question(o->l));
}

static void put_seen(struct page_out *o)
{
    const struct step_result *r = result_of(o);

    if (r->outcome == STEP_FAILED)
        put(o, STYLE_BAD, NULL, 1, r->reason);
    else
        put_answer(o);
    put_commands(o);
    if (r->outcome != STEP_FAILED)
        put_texts(o, &lesson_step(o->l)->after);
    put_checks(o);
}

/* --- the end -------------------------------------------------------------------------------- */

static void put_row(struct page_out *o, enum style style, const char *const cells[4])
{
    int width = o->a.columns - 1, name = width * 2 / 5, rest = (width - name) / 3;
    char text[TEXT_BYTES];

    if (o->a.columns < TABLE_COLUMNS) {
        snprintf(text, sizeof(text), "%.300s: %.300s, %.300s%s%.60s", cells[0], cells[1],
                 cells[2], cells[3][0] ? ", " : "", cells[3]);
        put(o, style, NULL, 1, text);
        return;
    }
    if (o->row >= 0 && o->row < o->a.rows) {
        area_text_cut(o->a, o->row, 1, name - 2, style, cells[0]);
        for (int i = 0; i < 3; i++)
            area_text_right(o->a, o->row, name + i * rest, rest - 1, style, cells[i + 1]);
    }
    o->row++;
}

/* "x 41.2", or what is added where the first is nothing. */
static void write_change(const struct measured *m[2], char buf[32])
{
    double first = m[0]->value.number, second = m[1]->value.number;
    bool number = m[0]->kind == FIGURE_NUMBER || m[0]->kind == FIGURE_MS;

    buf[0] = '\0';
    if (!number || !m[0]->value.known || !m[1]->value.known)
        return;
    if (first > 0)
        snprintf(buf, 32, "x %.3g", second / first);
    else
        snprintf(buf, 32, "%+.6g", second - first);
}

static void put_compared(struct page_out *o, const struct scenario_pair *p)
{
    const struct measured *m[2];
    char change[32];

    for (size_t i = 0; i < 2; i++)
        m[i] = scenario_run_measured(o->l->runs[i], p->name);
    if (!m[0] || !m[1])
        return;
    write_change(m, change);
    put_row(o, STYLE_NORMAL,
            (const char *const[]){p->value, m[0]->value.known ? m[0]->value.text : "?",
                                  m[1]->value.known ? m[1]->value.text : "?", change});
}

/* Both runs side by side: what was measured, else what was changed. */
static void put_table(struct page_out *o)
{
    const struct scenario_again *again = o->l->scenario->again;
    const struct scenario_pairs *changed = &again->variables;

    put_row(o, STYLE_HEADER, (const char *const[]){"", "first", again->title, ""});
    for (size_t i = 0; i < again->compare.n; i++)
        put_compared(o, &again->compare.list[i]);
    for (size_t i = 0; i < changed->n; i++)
        put_row(o, STYLE_DIM,
                (const char *const[]){
                    changed->list[i].name,
                    scenario_run_variable(o->l->runs[0], changed->list[i].name),
                    scenario_run_variable(o->l->runs[1], changed->list[i].name), ""});
}

static void put_outcome(struct page_out *o)
{
    const struct scenario_run *r = lesson_run(o->l);
    const char *remark = scenario_run_remark(r);

    switch (scenario_run_outcome(r)) {
    case RUN_HELD:
        put(o, STYLE_GOOD, NULL, 1,
            "That was it: all of it was done for real, and everything was as expected. What it "
            "opened is closed.");
        break;
    case RUN_UNAVAILABLE:
        put(o, STYLE_BAD, NULL, 1, "This lesson cannot be taken here:");
        break;
    default:
        put(o, STYLE_BAD, NULL, 1,
            "It did not come to its end. What it opened is closed; it can be begun anew.");
        break;
    }
    if (remark[0])
        put(o, STYLE_BAD, NULL, 1, remark);
}

static void put_end(struct page_out *o)
{
    const struct scenario_again *again = o->l->scenario->again;
    char text[TEXT_BYTES];

    put_outcome(o);
    if (o->l->run == 1 && lesson_is_done(o->l))
        put_table(o);
    for (size_t i = 0; i < lesson_choices(o->l); i++) {
        switch (lesson_end(o->l, i)) {
        case LESSON_AGAIN:
            put_texts(o, &again->prose);
            snprintf(text, sizeof(text), "once more: %s", again->title);
            put_choice(o, i, text);
            break;
        case LESSON_ANEW:
            put_choice(o, i, "from the beginning");
            break;
        default:
            put_choice(o, i, "to the other lessons");
            break;
        }
    }
}

/* --- pages ---------------------------------------------------------------------------------- */

static void put_page(struct page_out *o)
{
    switch (o->l->page) {
    case LESSON_READ:
        put_read(o);
        break;
    case LESSON_DOING:
        put_commands(o);
        put_checks(o);
        break;
    case LESSON_ASKED:
        put_commands(o);
        put_question(o, lesson_question(o->l));
        break;
    case LESSON_SEEN:
        put_seen(o);
        break;
    case LESSON_ENDING:
        put(o, STYLE_DIM, NULL, 1, "What the lesson has opened is being closed.");
        break;
    case LESSON_END:
        put_end(o);
        break;
    }
}

void lesson_title(const struct lesson *l, char buf[LESSON_TITLE_BYTES])
{
    const struct scenario *s = l->scenario;
    bool at_end = l->page == LESSON_END || l->page == LESSON_ENDING;
    struct line_out out = line_in(buf, LESSON_TITLE_BYTES);

    line_add(&out, "lesson");
    if (!at_end)
        line_add(&out, " %zu/%zu: %s", l->step + 1, s->n_steps, lesson_step(l)->name);
    line_add(&out, "%s %s", at_end ? ":" : " ·", s->title);
    if (l->run == 1)
        line_add(&out, " · %s", s->again->title);
}

struct lesson_shape lesson_page_draw(const struct lesson *l, struct area a, int top,
                                     size_t choice)
{
    struct page_out o = {.l = l, .a = a, .row = -top, .top = top, .choice = choice};

    put_page(&o);
    o.shape.rows = o.row + top;
    return o.shape;
}

struct lesson_shape lesson_page_shape(const struct lesson *l, int columns, size_t choice)
{
    struct area nothing = {.columns = columns};

    return lesson_page_draw(l, nothing, 0, choice);
}
