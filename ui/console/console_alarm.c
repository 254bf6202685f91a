/* Why, without being asked: a session of ours that failed to open, a server that could not bind, a
 * session that stalls.  What is found is a line at the bottom of the first screen.
 *
 * Asked by a person comes first; two of these are ALARM_PAUSE_NS apart; what the line says already
 * is not asked again.  Nothing wakes up for it while nothing fails or stalls. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "ui/console/console_state.h"

#define ALARM_PAUSE_NS (2 * CLOCK_SECOND_NS)
/* The same again, where nothing was found. */
#define ALARM_AGAIN_NS (10 * CLOCK_SECOND_NS)

static void set_line(struct console *c, const char *text)
{
    bool had = c->model.why.line[0];

    snprintf(c->model.why.line, sizeof(c->model.why.line), "%s", text);
    if (had != (text[0] != '\0'))
        console_lay_out(c);
    console_dirty(c);
}

static void take_line_away(struct console *c)
{
    c->alarm.target[0] = '\0';
    c->alarm.cookie = 0;
    inquiry_free(c->alarm.kept);
    c->alarm.kept = NULL;
    if (c->model.why.line[0])
        set_line(c, "");
}

/* --- what is asked ------------------------------------------------------------------------ */

static void wait_in_line(struct console *c, struct inquiry *q)
{
    char number[TEXT_NUMBER_BYTES];

    if (c->alarm.n == ALARMS_WAITING) {
        inquiry_free(c->alarm.waiting[0]);
        memmove(c->alarm.waiting, c->alarm.waiting + 1,
                (ALARMS_WAITING - 1) * sizeof(c->alarm.waiting[0]));
        c->alarm.n--;
        c->alarm.dropped++;
        model_notice(&c->model, true, "%s failure%s not looked into: too many at once",
                     text_number(c->alarm.dropped, number),
                     c->alarm.dropped == 1 ? " was" : "s were");
    }
    q->by_itself = true;
    inquiry_name(q);
    c->alarm.waiting[c->alarm.n++] = q;
    console_alarm_go_on(c);
}

/* Of a stalled session: its socket; one that is not connected yet is asked by trying again. */
static struct inquiry *of_stall(const struct model *m, const struct stall *stall)
{
    const struct session_status *s = model_session(m, stall->session_id);
    struct inquiry *q = inquiry_new();

    q->session_id = stall->session_id;
    q->by_itself = true;
    if (stall->row.state == STATE_SYN_SENT && s && !s->server_id && !s->proxy[0]) {
        q->wish.subject = WHY_CONNECT;
        q->wish.endpoint = s->endpoint;
    } else {
        inquiry_of_socket(q, IPPROTO_TCP, &stall->row.local, &stall->row.peer);
    }
    inquiry_name(q);
    return q;
}

static struct inquiry *next(struct console *c, uint64_t now_ns)
{
    struct stall *stall;
    struct inquiry *q;

    if (c->alarm.n) {
        q = c->alarm.waiting[0];
        c->alarm.n--;
        memmove(c->alarm.waiting, c->alarm.waiting + 1,
                c->alarm.n * sizeof(c->alarm.waiting[0]));
        c->alarm.asked_cookie = 0;
        return q;
    }
    stall = stalls_due(&c->stalls, now_ns);
    if (!stall)
        return NULL;
    stall->told = true;
    c->alarm.asked_cookie = stall->row.cookie;
    return of_stall(&c->model, stall);
}

static bool is_known(const struct console *c, const struct inquiry *q, uint64_t now_ns)
{
    return strcmp(c->alarm.target, q->target) == 0 &&
           (c->model.why.line[0] || now_ns < c->alarm.asked_ns + ALARM_AGAIN_NS);
}

void console_alarm_go_on(struct console *c)
{
    uint64_t now_ns = clock_shown_ns(), due_ns = c->alarm.asked_ns + ALARM_PAUSE_NS;
    struct inquiry *q;

    if (!c->inquirer || inquirer_busy(c->inquirer))
        return; /* its answer comes back here */
    if (!c->alarm.n && stalls_next_ns(&c->stalls) == UINT64_MAX)
        return;
    if (!c->alarm.n && stalls_next_ns(&c->stalls) > due_ns)
        due_ns = stalls_next_ns(&c->stalls);
    if (c->alarm.asked_ns && now_ns < due_ns) {
        loop_timer_set(c->loop, &c->alarm_due, due_ns);
        return;
    }
    q = next(c, now_ns);
    if (!q && stalls_next_ns(&c->stalls) != UINT64_MAX)
        loop_timer_set(c->loop, &c->alarm_due, stalls_next_ns(&c->stalls));
    if (q && is_known(c, q, now_ns)) {
        inquiry_free(q);
        console_alarm_go_on(c);
        return;
    }
    if (!q)
        return;
    c->alarm.asked_ns = now_ns;
    c->alarm.session_id = q->session_id;
    snprintf(c->alarm.target, sizeof(c->alarm.target), "%s", q->target);
    console_why_post(c, q);
}

static void alarm_due(struct timer *t)
{
    console_alarm_go_on(t->owner);
}

/* --- what happens ------------------------------------------------------------------------- */

/* In a replay the answers are in the recording. */
static bool asks(const struct console *c)
{
    return c->inquirer || c->replay;
}

/* What was said of another session to the same place is over. */
static bool works_now(const struct console *c, const struct session_status *s)
{
    const struct session_status *failed = model_session(&c->model, c->alarm.session_id);
    char was[ENDPOINT_TEXT_BYTES], is[ENDPOINT_TEXT_BYTES];

    return !c->alarm.cookie && failed && failed->id != s->id &&
           strcmp(endpoint_format(&failed->endpoint, was), endpoint_format(&s->endpoint, is)) ==
               0;
}

void console_alarm_session(struct console *c, const struct session_status *s)
{
    struct recorded recorded = console_why_recorded(c);
    struct inquiry *q;

    if (!asks(c) || s->server_id)
        return;
    if (s->state == SESSION_OPEN && works_now(c, s))
        take_line_away(c);
    if (s->state != SESSION_FAILED || c->replay)
        return;
    q = inquiry_new();
    if (inquiry_of_failed(s, q) || inquiry_of_broken(s, &recorded, q))
        wait_in_line(c, q);
    else
        inquiry_free(q);
}

void console_alarm_serve(struct console *c, const struct posted *p)
{
    struct inquiry *q;

    if (!c->inquirer)
        return;
    q = inquiry_new();
    q->wish.subject = WHY_BIND;
    q->wish.endpoint = p->endpoint;
    q->wish.no_reuseaddr = p->no_reuseaddr;
    wait_in_line(c, q);
}

void console_alarm_look(struct console *c)
{
    if (!asks(c))
        return;
    stalls_look(&c->stalls, &c->model, clock_shown_ns());
    if (c->alarm.cookie && !stalls_has(&c->stalls, c->alarm.cookie))
        take_line_away(c);
    console_alarm_go_on(c);
}

/* --- what is found ------------------------------------------------------------------------ */

void console_alarm_answer(struct console *c, struct inquiry *q)
{
    char text[WHY_LINE_BYTES];
    bool found =
        q->e && strcmp(q->v.cause, "healthy") != 0 && strcmp(q->v.cause, "unknown") != 0;

    /* It moves again. */
    if (!found || (c->alarm.asked_cookie && !stalls_has(&c->stalls, c->alarm.asked_cookie))) {
        inquiry_free(q);
        return;
    }
    snprintf(text, sizeof(text), "%s, %s: %s", q->v.cause, confidence_name(q->v.confidence),
             q->v.summary);
    c->alarm.cookie = c->alarm.asked_cookie;
    set_line(c, text);
    inquiry_free(c->alarm.kept);
    c->alarm.kept = q;
    if (c->screen != SCREEN_WHY || !c->model.why.answer)
        console_alarm_visit(c);
}

void console_alarm_visit(struct console *c)
{
    struct inquiry *q = c->alarm.kept;

    c->alarm.kept = NULL;
    if (q)
        console_why_show(c, q);
}

void console_alarm_start(struct console *c)
{
    c->alarm_due = (struct timer){.fire = alarm_due, .owner = c};
}

void console_alarm_stop(struct console *c)
{
    inquiry_free(c->alarm.kept);
    c->alarm.kept = NULL;
    while (c->alarm.n)
        inquiry_free(c->alarm.waiting[--c->alarm.n]);
}
