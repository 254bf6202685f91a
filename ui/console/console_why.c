/* Asking why: what is selected becomes a question, which a thread looks into; the answer comes
 * back to the screen of verdicts.  What happens without being asked is in console_alarm.c. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/message/json_print.h"
#include "core/model/errors.h"
#include "core/report/why.h"
#include "ui/console/console_state.h"

/* The time that a question takes is shown in tenths of a second. */
#define TENTH_NS (100 * CLOCK_MS_NS)

/* --- the question ------------------------------------------------------------------------- */

bool console_why_post(struct console *c, struct inquiry *q)
{
    struct err err = {0};
    int r;

    if (c->acted_out ? false : console_hands_off(c) || !c->inquirer) {
        inquiry_free(q);
        return false;
    }
    q->wish.no_capture = c->setup->no_capture;
    inquiry_name(q);
    c->model.why.asking[0] = '\0';
    if (!q->by_itself)
        snprintf(c->model.why.asking, sizeof(c->model.why.asking), "%s", q->target);
    c->model.why.asking_ns = 0;
    c->asked_ns = clock_shown_ns();
    if (c->replay) { /* the recording has the answer */
        inquiry_free(q);
        return true;
    }
    r = inquirer_ask(c->inquirer, q);
    if (r == 0)
        return true;
    c->model.why.asking[0] = '\0';
    err_set(&err, r, "thread", "why", "%s", "");
    model_notice(&c->model, true, "nothing can be asked: %s", err_name(r));
    return false;
}

static void ask(struct console *c, struct inquiry *q)
{
    if (!console_why_post(c, q))
        return;
    loop_timer_set(c->loop, &c->asking, clock_now_ns() + TENTH_NS);
    console_go(c, SCREEN_WHY);
}

static void ask_endpoint(struct console *c, enum why_subject subject, const struct endpoint *to,
                         uint64_t session_id)
{
    struct inquiry *q = inquiry_new();

    q->wish.subject = subject;
    q->wish.endpoint = *to;
    q->session_id = session_id;
    ask(c, q);
}

static void ask_socket(struct console *c, uint8_t protocol, const struct addr *local,
                       const struct addr *peer, uint64_t session_id)
{
    struct inquiry *q = inquiry_new();

    inquiry_of_socket(q, protocol, local, peer);
    q->session_id = session_id;
    ask(c, q);
}

/* --- of a session ------------------------------------------------------------------------- */

struct recorded console_why_recorded(const struct console *c)
{
    return (struct recorded){.packets = c->setup->no_capture ? NULL : c->packets,
                             .events = c->kernel_events,
                             .events_all = recorded_all(c->model.snapshot)};
}

static void ask_session(struct console *c, const struct session_status *s)
{
    struct recorded recorded = console_why_recorded(c);
    struct inquiry *q = inquiry_new();

    if (inquiry_of_session(s, &recorded, q)) {
        ask(c, q);
        return;
    }
    inquiry_free(q);
    if (s->proxy[0])
        model_notice(&c->model, true,
                     "session %llu goes through %s: :why ENDPOINT asks about "
                     "the one or the other",
                     (unsigned long long)s->id, s->proxy);
    else
        model_notice(&c->model, true,
                     "what ails an open unix socket cannot be asked; :why %s tries to reach it",
                     "ENDPOINT");
}

/* --- of a row ----------------------------------------------------------------------------- */

static void ask_row(struct console *c, const struct row *row)
{
    enum socket_kind kind = (enum socket_kind)row->kind;

    if (kind == KIND_TCP || kind == KIND_MPTCP)
        ask_socket(c, IPPROTO_TCP, &row->local, &row->peer, 0);
    else if (kind == KIND_UDP || kind == KIND_UDPLITE)
        ask_socket(c, IPPROTO_UDP, &row->local, &row->peer, 0);
    else
        model_notice(&c->model, true, "what ails a socket of the kind %s cannot be asked",
                     kind_name(kind));
}

void console_why_focus(struct console *c)
{
    const struct session_status *s = model_session(&c->model, c->model.focus.session_id);
    const struct row *row = model_focus_now(&c->model);

    if (s)
        ask_session(c, s);
    else if (c->model.focus.kind == FOCUS_ROW)
        ask_row(c, row ? row : &c->model.focus.row);
    else
        model_notice(&c->model, true, "nothing is selected that could fail or stall");
}

/* --- of a packet -------------------------------------------------------------------------- */

/* Its own end is asked: that of the focus, else the sender's, else the receiver's. */
static bool choose_end(const struct model *m, const struct joined_packet *joined, int *ret)
{
    for (int i = 0; i < 2; i++) {
        const struct joined_end *end = &joined->ends[i];
        bool focus = m->focus.session_id ? end->session_id == m->focus.session_id
                                         : m->focus.kind == FOCUS_ROW && end->has_row &&
                                               model_same_socket(&m->focus.row, &end->row);

        if (focus && end->kind != JOIN_NONE && end->kind != JOIN_LISTENER) {
            *ret = i;
            return true;
        }
    }
    for (int i = 0; i < 2; i++)
        if (joined->ends[i].kind != JOIN_NONE && joined->ends[i].kind != JOIN_LISTENER) {
            *ret = i;
            return true;
        }
    return false;
}

/* Nobody's any more: reaching its destination can be tried, if the person wants that. */
static void propose(struct console *c, const struct flow *flow)
{
    enum endpoint_scheme scheme = flow->protocol == IPPROTO_UDP ? ENDPOINT_UDP : ENDPOINT_TCP;
    struct endpoint to = endpoint_from_addr(scheme, &flow->destination);
    char endpoint[ENDPOINT_TEXT_BYTES], line[ENDPOINT_TEXT_BYTES + 8];

    snprintf(line, sizeof(line), "why %s", endpoint_format(&to, endpoint));
    model_notice(&c->model, false,
                 "no socket of this host has this packet's addresses; Enter "
                 "asks why by trying to connect");
    console_begin(c, MODE_COMMAND, line);
}

static void ask_flow(struct console *c, const struct flow *flow,
                     const struct joined_packet *joined)
{
    const struct session_status *s;
    int end;

    if (flow->protocol != IPPROTO_TCP && flow->protocol != IPPROTO_UDP) {
        model_notice(&c->model, true, "this packet is of no connection: it has no ports");
        return;
    }
    if (!choose_end(&c->model, joined, &end)) {
        propose(c, flow);
        return;
    }
    s = model_session(&c->model, joined->ends[end].session_id);
    if (s)
        ask_session(c, s);
    else
        ask_socket(c, flow->protocol, end ? &flow->destination : &flow->source,
                   end ? &flow->source : &flow->destination, 0);
}

static void ask_packet(struct console *c)
{
    struct packet_view *v = mem_new(1, sizeof(*v));
    struct packet_facts facts;

    if (!c->model.has_packet)
        model_notice(&c->model, true, "no packet is chosen");
    else if (!model_packet_facts(&c->model, c->model.packet, DECODE_FLOW | FACTS_OWNERS, v,
                                 &facts))
        model_notice(&c->model, true, "the store has lost this packet");
    else if (!v->dissection.has_flow)
        model_notice(&c->model, true, "this packet has no addresses of a socket");
    else
        ask_flow(c, &v->dissection.flow, &v->joined);
    free(v);
}

/* --- asked by a person -------------------------------------------------------------------- */

/* What the screen shows, once more. */
static void ask_again(struct console *c)
{
    const struct inquiry *before = c->model.why.answer;
    struct inquiry *q;

    if (!before) {
        model_notice(&c->model, true, "nothing was asked yet");
        return;
    }
    q = inquiry_new();
    q->wish = before->wish;
    q->session_id = before->session_id;
    ask(c, q);
}

void console_why(struct console *c)
{
    if (c->screen == SCREEN_WHY)
        ask_again(c);
    else if (console_shows_packets(c) || console_keys_are_packets(c))
        ask_packet(c);
    else
        console_why_focus(c);
}

void console_why_command(struct console *c, const struct command *command)
{
    if (command->format == WHY_THE_SELECTED)
        console_why(c);
    else
        ask_endpoint(c, command->format == WHY_THE_BIND ? WHY_BIND : WHY_CONNECT,
                     &command->endpoint, 0);
}

bool console_why_give_up(struct console *c)
{
    if (!c->model.why.asking[0])
        return false;
    model_notice(&c->model, false, "given up: why %.200s", c->model.why.asking);
    c->model.why.asking[0] = '\0';
    if (c->inquirer)
        inquirer_give_up(c->inquirer);
    loop_timer_cancel(c->loop, &c->asking);
    console_tell_all(c, PANEL_TICK);
    return true;
}

static void asking_due(struct timer *t)
{
    struct console *c = t->owner;

    if (!c->model.why.asking[0])
        return;
    c->model.why.asking_ns = clock_shown_ns() - c->asked_ns;
    loop_timer_set(c->loop, t, clock_now_ns() + TENTH_NS);
    if (c->screen == SCREEN_WHY)
        console_dirty(c);
}

/* --- the answer --------------------------------------------------------------------------- */

void console_why_show(struct console *c, struct inquiry *q)
{
    model_take_why(&c->model, q);
    c->news = true;
    /* Also on a paused display: it was asked for. */
    if (c->screen == SCREEN_WHY)
        console_tell_all(c, PANEL_TICK);
    console_dirty(c);
}

static void answered(struct console *c, struct inquiry *q)
{
    c->model.why.asking[0] = '\0';
    loop_timer_cancel(c->loop, &c->asking);
    if (c->screen != SCREEN_WHY && q->e)
        model_notice(&c->model, false, "why %.200s: %s, %s; %s shows it", q->target, q->v.cause,
                     confidence_name(q->v.confidence), key_for(ACTION_PANEL_6));
    console_why_show(c, q);
}

void console_answer(struct console *c, struct inquiry *q)
{
    console_record_answer(c, q);
    if (q->by_itself)
        console_alarm_answer(c, q);
    else
        answered(c, q);
    console_alarm_go_on(c);
}

static void answers_ready(struct watch *w, uint32_t events)
{
    struct console *c = w->owner;
    struct inquiry *q = inquirer_take(c->inquirer);

    (void)events;
    if (q)
        console_answer(c, q);
}

void console_why_start(struct console *c)
{
    c->asking = (struct timer){.fire = asking_due, .owner = c};
    console_alarm_start(c);
    if (c->replay)
        return; /* its answers are in the recording */
    c->inquirer = inquirer_new(c->setup->probes);
    c->answers = (struct watch){
        .fd = inquirer_fd(c->inquirer), .events = EPOLLIN, .ready = answers_ready, .owner = c};
    loop_add(c->loop, &c->answers);
}

void console_why_stop(struct console *c)
{
    inquirer_free(c->inquirer);
    c->inquirer = NULL;
}

/* --- out of the console ------------------------------------------------------------------- */

static int put_line(void *ctx, const char *line)
{
    return fprintf(ctx, "%s\n", line) < 0;
}

bool console_why_write(const struct inquiry *q, bool json, FILE *out)
{
    bool written = false;
    cJSON *document;
    char *text;

    if (!q || !q->e)
        return false;
    if (!json)
        return why_text(q->e, &q->v, put_line, out) == 0;
    document = why_json(q->e, &q->v);
    text = json_print(document, true);
    cJSON_Delete(document);
    if (text)
        written = fprintf(out, "%s\n", text) >= 0;
    free(text);
    return written;
}
