#include "core/services/http_session.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/net/call.h"
#include "core/services/http_parse.h"

/* A peer that takes nothing of its answer, or gives nothing of its body, for so long is given up. */
#define STALL_NS (60 * CLOCK_SECOND_NS)
/* A slow one may empty the kernel's buffer for minutes before there is room in it again: how often
 * that is looked at. */
#define LOOK_NS (10 * CLOCK_SECOND_NS)
/* How long what still comes is dropped behind the last answer. */
#define LINGER_NS (5 * CLOCK_SECOND_NS)
/* Parts of a file sent in one turn, so that a fast reader leaves time for others. */
#define PARTS_PER_TURN 4
/* Kept bytes grow by so many. */
#define KEPT_STEP 512
#define OUT_BYTES NET_SCRATCH_BYTES

enum phase {
    PHASE_HEAD,
    PHASE_BODY,
    PHASE_FILE,
};

/* Of a session that is in the middle of something. */
struct exchange {
    enum phase phase;
    bool last; /* the answer that is on its way is */
    struct http_head head;
    struct http_body body;
    struct http_file file;
    uint64_t begun_ns; /* when the first bytes of this head came; 0: none did */
    int unsent_bytes;  /* in the kernel's buffer, when it was looked at */
    uint64_t taken_ns; /* when the peer was last seen to take some of them; 0: never */
    uint8_t *asked;    /* the head, until the body has come */
    uint8_t *bytes;    /* received and not looked at, or the beginning of a head */
    size_t len, room;
};

/* One look at what came: received bytes in, answers out. */
struct turn {
    struct session *s;
    const struct http *http;
    const uint8_t *bytes;
    size_t at, len;
    char *out;
    size_t out_len;
    unsigned parts; /* of a file */
    bool closing;   /* behind what is in out */
};

/* ---- state ---------------------------------------------------------------------------- */

static struct exchange *exchange_of(struct session *s)
{
    struct exchange *x = s->data;

    if (!x) {
        x = mem_new(1, sizeof(*x));
        x->file.fd = -1;
        s->data = x;
    }
    return x;
}

void http_session_closing(struct session *s)
{
    struct exchange *x = s->data;

    if (!x)
        return;
    s->data = NULL;
    http_file_drop(&x->file);
    free(x->asked);
    free(x->bytes);
    free(x);
}

/* The next request may begin. */
static void await_head(struct exchange *x)
{
    free(x->asked);
    x->asked = NULL;
    x->phase = PHASE_HEAD;
    x->head = (struct http_head){0};
    x->begun_ns = 0;
}

/* There is room for len bytes in all. */
static void make_room(struct exchange *x, size_t len)
{
    if (len <= x->room)
        return;
    x->room = (len + KEPT_STEP - 1) / KEPT_STEP * KEPT_STEP;
    x->bytes = mem_resize(x->bytes, x->room, 1);
}

/* FIN has been sent, or will be behind what is queued. */
static bool lingers(const struct session *s)
{
    return !session_can_send(s);
}

/* The socket takes more of the file; it was only the other sessions' turn. */
static bool may_go_on(const struct session *s)
{
    const struct exchange *x = s->data;

    return x && x->phase == PHASE_FILE && !session_owes(s);
}

/* ---- time ----------------------------------------------------------------------------- */

static uint64_t after(uint64_t from_ns, uint64_t limit_ns)
{
    return limit_ns ? from_ns + limit_ns : UINT64_MAX;
}

static uint64_t last_taken(const struct session *s)
{
    const struct exchange *x = s->data;

    return x && x->taken_ns > s->active_ns ? x->taken_ns : s->active_ns;
}

/* Does the peer take what the kernel has for it? */
static void look_at_buffer(struct session *s)
{
    struct exchange *x = exchange_of(s);
    int unsent = 0;

    if (ioctl(s->watch.fd, SIOCOUTQ, &unsent) < 0)
        return;
    if (unsent < x->unsent_bytes)
        x->taken_ns = loop_now(s->net->loop);
    x->unsent_bytes = unsent;
}

/* When its patience ends, as things stand. */
static uint64_t deadline(const struct session *s)
{
    const struct http *http = s->instance;
    const struct exchange *x = s->data;

    if (may_go_on(s))
        return loop_now(s->net->loop);
    if (session_owes(s))
        return last_taken(s) + STALL_NS;
    if (x && x->phase == PHASE_BODY)
        return s->active_ns + STALL_NS;
    if (lingers(s))
        return s->changed_ns + LINGER_NS;
    if (x)
        return after(x->begun_ns, http->header_ns);
    return after(s->active_ns, s->received_bytes ? http->keep_alive_ns : http->header_ns);
}

/* The timer may come too early, which due() sees to, but not too late: so a session that only
 * goes from request to request never moves it. */
static void arm(struct session *s)
{
    uint64_t at = deadline(s), look = loop_now(s->net->loop) + LOOK_NS;
    uint64_t set = session_wakes_at(s);

    if (session_owes(s) && look < at)
        at = look;
    if (at != UINT64_MAX && (!set || at < set))
        session_wake_at(s, at);
}

/* ---- answering ------------------------------------------------------------------------ */

/* False when the session has ended. */
static bool flush(struct turn *t)
{
    if (t->out_len)
        session_send(t->s, t->out, t->out_len);
    t->out_len = 0;
    return !session_ended(t->s);
}

static bool make_answer_room(struct turn *t)
{
    return OUT_BYTES - t->out_len >= HTTP_ANSWER_BYTES || flush(t);
}

static void refuse(struct turn *t, const struct http_head *h, int status, const char *why)
{
    if (!make_answer_room(t))
        return;
    t->out_len += http_refuse(h, status, why, t->out + t->out_len);
    t->closing = true;
}

/* The steps return whether there may be another one. */

static bool answer(struct turn *t, const struct http_head *h, const uint8_t *asked)
{
    bool last = !h->keep_alive;
    struct exchange *x = t->s->data;
    struct http_file file;

    if (!make_answer_room(t))
        return false;
    t->out_len += http_answer(&t->http->site, h, asked, t->out + t->out_len,
                              OUT_BYTES - t->out_len, &file);
    if (x)
        await_head(x);
    t->closing = last && file.fd < 0;
    if (file.fd >= 0) {
        x = exchange_of(t->s);
        x->phase = PHASE_FILE;
        x->file = file;
        x->last = last;
    }
    return !t->closing;
}

static bool send_part(struct turn *t, struct exchange *x)
{
    ssize_t n;

    if (t->out_len)
        return flush(t);
    if (t->parts++ == PARTS_PER_TURN)
        return false;
    n = http_file_next(&x->file, t->out, OUT_BYTES);
    if (n <= 0) {
        /* It is shorter than was promised: only the end of the connection can tell. */
        session_close(t->s);
        return false;
    }
    t->out_len = (size_t)n;
    if (x->file.fd < 0) {
        x->phase = PHASE_HEAD;
        t->closing = x->last;
    }
    return flush(t) && !t->closing;
}

/* ---- reading -------------------------------------------------------------------------- */

static bool skip_body(struct turn *t, struct exchange *x)
{
    size_t used;
    enum http_reading r = http_body_read(&x->body, t->bytes + t->at, t->len - t->at, &used);

    t->at += used;
    if (r == HTTP_WHOLE)
        return answer(t, &x->head, x->asked);
    if (r == HTTP_WRONG)
        refuse(t, &x->head, x->body.status, x->body.why);
    return false;
}

/* A head announces a body, which is read to find the next request behind it. */
static bool begin_body(struct turn *t, const struct http_head *h, const struct http_body *body,
                       const uint8_t *asked)
{
    bool here = t->at < t->len;
    struct http_head asking = *h;
    struct exchange *x;

    /* Whether a body follows a refusal only the peer knows. */
    if (h->expects_continue && h->method != HTTP_GET && h->method != HTTP_HEAD) {
        asking.keep_alive = false;
        return answer(t, &asking, asked);
    }
    x = exchange_of(t->s);
    x->head = asking;
    x->body = *body;
    x->asked = mem_copy(asked, h->at);
    x->phase = PHASE_BODY;
    if (!h->expects_continue || here)
        return true;
    if (!make_answer_room(t))
        return false;
    t->out_len += http_continue(t->out + t->out_len);
    return true;
}

static bool read_head(struct turn *t, struct exchange *x)
{
    const uint8_t *asked = t->bytes + t->at;
    struct http_head fresh = {0}, *h = x ? &x->head : &fresh;
    struct http_body body;

    switch (http_head_read(h, asked, t->len - t->at)) {
    case HTTP_MORE:
        x = exchange_of(t->s);
        if (h == &fresh)
            x->head = fresh;
        if (!x->begun_ns)
            x->begun_ns = loop_now(t->s->net->loop);
        return false;
    case HTTP_WRONG:
        refuse(t, h, h->status, h->why);
        return false;
    case HTTP_WHOLE:
        break;
    }
    t->at += h->at;
    h->keep_alive = h->keep_alive && t->http->keep_alive_ns;
    switch (http_body_begin(&body, h)) {
    case HTTP_MORE:
        return begin_body(t, h, &body, asked);
    case HTTP_WRONG:
        refuse(t, h, body.status, body.why);
        return false;
    case HTTP_WHOLE:
        break;
    }
    return answer(t, h, asked);
}

static bool step(struct turn *t)
{
    struct exchange *x = t->s->data;

    if (session_ended(t->s) || t->closing || session_owes(t->s))
        return false;
    if (x && x->phase == PHASE_FILE)
        return send_part(t, x);
    if (t->at == t->len)
        return false;
    return x && x->phase == PHASE_BODY ? skip_body(t, x) : read_head(t, x);
}

/* ---- a turn --------------------------------------------------------------------------- */

static struct turn begin_turn(struct session *s, const uint8_t *bytes, size_t len)
{
    return (struct turn){
        .s = s, .http = s->instance, .bytes = bytes, .len = len, .out = (char *)s->net->answer};
}

/* Keep what was not looked at to the end; without it, and between requests, nothing. */
static void keep_rest(struct turn *t)
{
    size_t rest = t->len - t->at;
    struct exchange *x = t->s->data;

    if (!rest && (!x || x->phase == PHASE_HEAD)) {
        http_session_closing(t->s);
        return;
    }
    x = exchange_of(t->s);
    if (rest && t->bytes != x->bytes) {
        make_room(x, rest);
        memcpy(x->bytes, t->bytes + t->at, rest);
    } else if (rest && t->at) {
        memmove(x->bytes, x->bytes + t->at, rest);
    }
    x->len = rest;
}

/* Behind the last answer: FIN, and no more requests. */
static void finish(struct session *s)
{
    http_session_closing(s);
    session_half_close(s);
}

static void end_turn(struct turn *t)
{
    struct session *s = t->s;

    if (session_ended(s) || !flush(t))
        return;
    if (t->closing)
        finish(s);
    else
        keep_rest(t);
    if (session_ended(s))
        return;
    /* More requests could pile up while a file is on its way. */
    if (s->reading_paused != may_go_on(s))
        session_pause_reading(s, may_go_on(s));
    arm(s);
}

static void look_at(struct session *s, const uint8_t *bytes, size_t len)
{
    struct turn t = begin_turn(s, bytes, len);

    while (step(&t))
        continue;
    end_turn(&t);
}

/* Refuse what is there of a request. */
static void refuse_rest(struct session *s, int status, const char *why)
{
    struct exchange *x = s->data;
    struct turn t = begin_turn(s, NULL, 0);

    refuse(&t, &x->head, status, why);
    end_turn(&t);
}

/* The peer sends no more: the end comes once everything is answered. */
static void end_with_peer(struct session *s)
{
    if (session_ended(s) || s->state != SESSION_REMOTE_CLOSED || lingers(s) ||
        session_owes(s) || may_go_on(s))
        return;
    if (s->data)
        refuse_rest(s, 400, "the request is cut off");
    else
        finish(s);
}

void http_session_go_on(struct session *s)
{
    struct exchange *x = s->data;

    if (lingers(s))
        arm(s);
    else
        look_at(s, x ? x->bytes : NULL, x ? x->len : 0);
    end_with_peer(s);
}

/* ---- the session's calls -------------------------------------------------------------- */

void http_session_opened(struct session *s)
{
    struct caller c = {.journal = s->net->journal, .id = s->id};

    /* Else the end of a file could wait for the ACK of what is in front of it. */
    if (s->local.family != AF_UNIX)
        call_setsockopt_int(&c, s->watch.fd, IPPROTO_TCP, TCP_NODELAY, 1);
    arm(s);
}

void http_session_readable(struct session *s)
{
    const uint8_t *bytes;
    ssize_t n = session_receive(s, &bytes);
    struct exchange *x = s->data;

    if (n <= 0 || lingers(s))
        return;
    if (!x || !x->len) {
        look_at(s, bytes, (size_t)n);
        return;
    }
    make_room(x, x->len + (size_t)n);
    memcpy(x->bytes + x->len, bytes, (size_t)n);
    x->len += (size_t)n;
    look_at(s, x->bytes, x->len);
}

void http_session_due(struct session *s)
{
    struct exchange *x = s->data;

    if (session_owes(s))
        look_at_buffer(s);
    if (may_go_on(s)) {
        http_session_go_on(s);
    } else if (deadline(s) > loop_now(s->net->loop)) {
        arm(s);
    } else if (x && !session_owes(s) && !lingers(s)) {
        refuse_rest(s, 408, "the request did not come to its end in time");
    } else {
        session_close(s);
    }
}
