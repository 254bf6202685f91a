/* Expectations about the kernel's list of sockets. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/column.h"
#include "core/scenario/run_internal.h"
#include "core/scenario/template.h"

#define ROWS_SHOWN 3

/* A look that began after the step's last reply, of the whole list. */
static bool is_fresh(const struct scenario_run *r, char *seen)
{
    const struct snapshot *s = r->m->snapshot;

    if (r->m->filter_tree) {
        seen_add(seen, "the list is filtered (%.60s): what it hides cannot be seen",
                 r->m->filter);
        return false;
    }
    if (s && s->at_ns >= r->settled_ns && r->stage >= STAGE_EXPECT)
        return true;
    seen_add(seen, "the kernel's list was not looked at since");
    return false;
}

static void say_row(const struct scenario_run *r, const struct row *row, char *seen)
{
    const struct snapshot *s = r->m->snapshot;
    char local[ROW_END_BYTES], peer[ROW_END_BYTES];

    seen_add(seen, "%s %s recvq %u sendq %u %s %s", kind_name((enum socket_kind)row->kind),
             state_name((enum socket_state)row->state), row->rqueue, row->wqueue,
             row_local(s, row, local), row_peer(s, row, peer));
}

/* --- the row of one of ours ----------------------------------------------------------------- */

/* The cookie tells it for certain; TIME_WAIT has its addresses, and the cookie, too. */
static const struct row *find_row(const struct snapshot *s, uint64_t cookie,
                                  const struct addr *local, const struct addr *peer)
{
    for (size_t i = 0; i < s->n_rows; i++) {
        const struct row *row = &s->rows[i];

        if (row->change == CHANGE_GONE || row->netns)
            continue;
        if (cookie && row->cookie
                ? row->cookie == cookie
                : local && local->port && memcmp(&row->local, local, sizeof(*local)) == 0 &&
                      memcmp(&row->peer, peer, sizeof(*peer)) == 0)
            return row;
    }
    return NULL;
}

const struct row *run_row(const struct scenario_run *r, const char *name)
{
    const struct opened *o = run_opened(r, name);
    const struct session_status *s = o && !o->server ? run_session(r, name, NULL) : NULL;
    const struct server_status *v = o && o->server ? run_server(r, name, NULL) : NULL;

    if (!r->m->snapshot || (!s && !v))
        return NULL;
    return s ? find_row(r->m->snapshot, s->cookie, &s->local, &s->peer)
             : find_row(r->m->snapshot, v->cookie, NULL, NULL);
}

static enum check_state test_column(struct scenario_run *r, const struct scenario_test *t,
                                    const struct row *row, char *seen)
{
    const struct column *c = column_find(t->field);
    enum figure_kind kind = FIGURE_TEXT;
    struct figure_value v = {0};
    struct value value;

    column_value(c, r->m->snapshot, row, &value);
    v.known = value.kind != VALUE_UNKNOWN;
    column_text(c, r->m->snapshot, row, &value);
    snprintf(v.text, sizeof(v.text), "%.319s",
             value.kind == VALUE_FLAG ? (value.number ? "true" : "false") : value.text);
    if (value.kind == VALUE_NUMBER) {
        kind = FIGURE_NUMBER;
        v.number = (double)value.number;
    }
    seen_add(seen, "%s %s", t->field, v.text);
    return run_test(r, t, kind, &v);
}

/* Of a row that is not there only the state can be told: none. */
static enum check_state test_nothing(struct scenario_run *r, const struct expectation *e,
                                     char *seen)
{
    struct figure_value none = {0};
    enum check_state state = CHECK_HOLDS;

    figure_put_text(&none, "none");
    seen_add(seen, "there is no row");
    for (size_t i = 0; i < e->n_tests; i++)
        if (strcmp(e->tests[i].field, "state") != 0 ||
            run_test(r, &e->tests[i], FIGURE_TEXT, &none) != CHECK_HOLDS)
            state = CHECK_NO;
    return state;
}

enum check_state eye_row(struct scenario_run *r, struct eye *eye)
{
    enum check_state state = CHECK_HOLDS;
    const struct row *row;
    bool server;

    if (!scenario_run_thing(r, eye->e->subject, &server)) {
        seen_add(eye->to->seen, "%s is not there", eye->e->subject);
        return CHECK_UNSEEN;
    }
    if (!is_fresh(r, eye->to->seen))
        return CHECK_UNSEEN;
    row = run_row(r, eye->e->subject);
    if (!row)
        return test_nothing(r, eye->e, eye->to->seen);
    for (size_t i = 0; i < eye->e->n_tests; i++) {
        enum check_state one = test_column(r, &eye->e->tests[i], row, eye->to->seen);

        if (one == CHECK_NO || state == CHECK_HOLDS)
            state = one;
    }
    return state;
}

/* --- rows that a filter lets through -------------------------------------------------------- */

static int parse(const struct scenario_run *r, struct eye *eye, const char *text,
                 struct err *err)
{
    (void)r;
    filter_free(eye->rows);
    eye->rows = NULL;
    return filter_parse(text, &eye->rows, err);
}

/* Where nothing matches, what there is of ours. */
static void say_ours(const struct scenario_run *r, char *seen)
{
    size_t shown = 0;

    for (size_t i = 0; i < r->n_opened && shown < ROWS_SHOWN; i++) {
        const struct row *row = r->opened[i].name ? run_row(r, r->opened[i].name) : NULL;

        if (!row)
            continue;
        if (!shown)
            seen_add(seen, "but");
        say_row(r, row, seen);
        shown++;
    }
}

enum check_state eye_rows(struct scenario_run *r, struct eye *eye)
{
    const struct snapshot *s = r->m->snapshot;
    enum check_state state = eye_prepare(r, eye, parse);
    char matching[RUN_SEEN_BYTES] = "";
    uint64_t count = 0;

    if (state != CHECK_HOLDS)
        return state;
    if (!is_fresh(r, eye->to->seen))
        return CHECK_UNSEEN;
    for (size_t i = 0; i < s->n_rows; i++) {
        if (s->rows[i].change == CHANGE_GONE || !filter_match(eye->rows, s, &s->rows[i]))
            continue;
        if (count++ < ROWS_SHOWN)
            say_row(r, &s->rows[i], matching);
    }
    seen_add(eye->to->seen, "%llu%s%s", (unsigned long long)count, count ? ": " : "", matching);
    if (!count)
        say_ours(r, eye->to->seen);
    return eye_count(r, eye->e, count);
}

/* --- what snapshots must have --------------------------------------------------------------- */

static void wish_columns(const struct expectation *e, struct run_wish *w)
{
    for (size_t i = 0; i < e->n_tests; i++) {
        const struct column *c = column_find(e->tests[i].field);

        w->parts |= c ? c->parts : 0;
        w->owners |= c && c->owners;
    }
}

static void wish_eye(const struct eye *eye, struct run_wish *w)
{
    bool rows = eye->e->kind == EXPECT_ROWS || eye->e->kind == EXPECT_ROW;

    if (eye->e->kind == EXPECT_ROW)
        wish_columns(eye->e, w);
    w->rows |= rows && eye->to->state != CHECK_HOLDS;
    if (eye->rows) {
        w->parts |= filter_parts(eye->rows);
        w->owners |= filter_needs_owner(eye->rows);
    }
}

/* Columns that a text names: ${client.row.rtt}. */
static void wish_reference(const char *reference, struct run_wish *w)
{
    const char *row = strstr(reference, ".row.");
    const struct column *c = row ? column_find(row + 5) : NULL;

    if (c)
        w->parts |= c->parts;
}

void scenario_run_wish(const struct scenario_run *r, struct run_wish *ret)
{
    const struct scenario_step *step = r->step < r->s->n_steps ? &r->s->steps[r->step] : NULL;

    *ret = (struct run_wish){0};
    for (size_t i = 0; i < r->n_eyes + r->n_choice_eyes; i++)
        wish_eye(&r->eyes[i], ret);
    ret->rows &= r->phase == RUN_DOING && r->stage >= STAGE_EXPECT;
    for (size_t i = 0; step && i < step->measure.n; i++)
        wish_reference(step->measure.list[i].value, ret);
}
