#include "core/net/exchange.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/net/expect.h"
#include "core/net/session_internal.h"

struct exchange {
    struct net *net;
    struct command command;
    uint64_t idle_ns; /* without a byte for so long a session fails */
    uint64_t begun_ns;
    uint64_t wanted, begun, ended, failed; /* sessions */
    uint64_t connecting;
    uint64_t sent_bytes, received_bytes;
    struct timer next; /* begin more: not from within another's end */
    struct err first;  /* the first failure */
    struct exchange *prev, *next_exchange;
};

/* A session's side of it. */
struct partner {
    struct exchange *exchange;
    struct expectation *expect;
    bool open;
    bool sent; /* everything */
};

/* ---- one session ---------------------------------------------------------------------- */

static void begin_more(struct exchange *x)
{
    if (x->begun < x->wanted && x->connecting < EXCHANGE_CONNECTING)
        loop_timer_set(x->net->loop, &x->next, loop_now(x->net->loop));
}

static void look_whether_done(struct session *s)
{
    struct partner *p = s->data;
    struct err err;
    int r;

    if (!p->sent)
        return;
    r = expect_end(p->expect, &err);
    if (r == 0)
        session_close(s);
    else if (r != -ENODATA)
        session_fail_with(s, &err);
}

static void partner_opened(struct session *s)
{
    struct partner *p = s->data;

    p->open = true;
    p->exchange->connecting--;
    begin_more(p->exchange);
    session_wake_at(s, loop_now(s->net->loop) + p->exchange->idle_ns);
}

static void partner_readable(struct session *s)
{
    struct partner *p = s->data;
    const uint8_t *bytes;
    ssize_t n = session_receive(s, &bytes);
    struct err err;

    if (n < 0)
        return;
    if (expect_take(p->expect, bytes, (size_t)n, &err) < 0)
        session_fail_with(s, &err);
    else
        look_whether_done(s);
}

static void partner_drained(struct session *s)
{
    struct partner *p = s->data;

    p->sent = !s->feeding;
    look_whether_done(s);
}

static void partner_peer_closed(struct session *s)
{
    struct partner *p = s->data;
    bool asked_for = p->exchange->command.connect.expect[0];
    struct err err;

    /* Whoever says what is expected may get it before all is sent. */
    if (!p->sent && !(asked_for && expect_end(p->expect, NULL) == 0))
        session_fail(s, "send", -EPIPE, "the peer closed before everything was sent");
    else if (expect_end(p->expect, &err) < 0)
        session_fail_with(s, &err);
    else
        session_close(s);
}

static void partner_due(struct session *s)
{
    const struct exchange *x = ((struct partner *)s->data)->exchange;
    char silence[TEXT_DURATION_BYTES], reason[ERR_TEXT_BYTES];

    if (s->active_ns + x->idle_ns > loop_now(s->net->loop)) {
        session_wake_at(s, s->active_ns + x->idle_ns);
        return;
    }
    snprintf(reason, sizeof(reason),
             "%llu of what was sent came back as %llu bytes, then nothing came or went for %s",
             (unsigned long long)s->sent_bytes, (unsigned long long)s->received_bytes,
             text_duration(x->idle_ns, silence));
    session_fail(s, "exchange", -ETIMEDOUT, reason);
}

/* ---- all of them ---------------------------------------------------------------------- */

static void sum_up(const struct exchange *x, char *buf, size_t size)
{
    char sent[TEXT_NUMBER_BYTES], received[TEXT_NUMBER_BYTES], n[TEXT_NUMBER_BYTES];
    uint64_t ns = clock_now_ns() - x->begun_ns;

    snprintf(buf, size,
             "%s connections: %llu ok, %llu failed; %s bytes sent, %s received, %llu.%03llu s",
             text_number(x->wanted, n), (unsigned long long)(x->ended - x->failed),
             (unsigned long long)(x->failed + x->wanted - x->ended),
             text_number(x->sent_bytes, sent), text_number(x->received_bytes, received),
             (unsigned long long)(ns / CLOCK_SECOND_NS),
             (unsigned long long)(ns % CLOCK_SECOND_NS / CLOCK_MS_NS));
}

static void finish(struct exchange *x)
{
    char sum[200];

    sum_up(x, sum, sizeof(sum));
    if (x->failed)
        err_hint(&x->first, "%s", sum);
    net_reply(x->net, &x->command, 0, x->failed ? &x->first : NULL, sum);
    DL_DELETE2(x->net->exchanges, x, prev, next_exchange);
    loop_timer_cancel(x->net->loop, &x->next);
    free(x);
}

static void partner_closing(struct session *s)
{
    struct partner *p = s->data;
    struct exchange *x = p->exchange;
    bool whole = (p->sent || x->command.connect.expect[0]) && expect_end(p->expect, NULL) == 0;

    x->connecting -= !p->open;
    x->ended++;
    x->sent_bytes += s->sent_bytes;
    x->received_bytes += s->received_bytes;
    /* Whoever closed it did so before its time. */
    if (!s->err && !whole) {
        s->err = mem_new(1, sizeof(*s->err));
        err_set(s->err, -ECANCELED, "exchange", "", "closed before everything came back");
    }
    if (s->err && x->failed++ == 0)
        x->first = *s->err;
    expect_free(p->expect);
    free(p);
    s->data = NULL;
    if (x->ended == x->wanted)
        finish(x);
    else
        begin_more(x);
}

static const struct behaviour exchange_behaviour = {.opened = partner_opened,
                                                    .readable = partner_readable,
                                                    .drained = partner_drained,
                                                    .peer_closed = partner_peer_closed,
                                                    .due = partner_due,
                                                    .closing = partner_closing,
                                                    .narrate = true};

/* What is sent and what is expected.  Returns 0 or negative errno. */
static int make_feeds(const struct connect_settings *settings, struct feed **ret_feed,
                      struct expectation **ret_expect, struct err *err)
{
    struct feed *out = NULL, *back = NULL;
    struct expectation *expect = NULL;
    int r = feed_of_settings(settings, &out, err);

    if (r == 0 && feed_endless(out))
        r = err_set(err, -EINVAL, "connect", "--repeat 0", "over --connections it never ends");
    if (r == 0)
        r = expect_of_settings(settings, &expect, err);
    if (r == 0 && !expect)
        r = feed_of_settings(settings, &back, err);
    if (r < 0) {
        feed_free(out);
        expect_free(expect);
        return r;
    }
    *ret_feed = out;
    *ret_expect = expect ? expect : expect_feed(back);
    return 0;
}

static void begin_one(struct exchange *x)
{
    struct partner *p = mem_new(1, sizeof(*p));
    struct feed *feed = NULL;
    struct session *s;
    uint64_t ordinal;
    struct err err;
    int r;

    p->exchange = x;
    r = make_feeds(&x->command.connect, &feed, &p->expect, &err);
    if (r < 0)
        p->expect = expect_text("");
    ordinal = ++x->begun;
    x->connecting++;
    /* When it fails at once, that may have been the exchange's end. */
    s = session_dial(x->net, &x->command.endpoint, &x->command.connect, &exchange_behaviour, p);
    s->ordinal = ordinal;
    if (r < 0 && !session_ended(s))
        session_fail_with(s, &err); /* what could be read before cannot be read any more */
    if (feed && !session_feed(s, feed))
        feed_free(feed);
}

static void begin_next(struct timer *t)
{
    struct exchange *x = t->owner;
    struct net *net = x->net;
    struct exchange *still;

    /* The end of the last session is the exchange's. */
    do {
        begin_one(x);
        DL_FOREACH2(net->exchanges, still, next_exchange)
        if (still == x)
            break;
    } while (still && x->begun < x->wanted && x->connecting < EXCHANGE_CONNECTING);
}

int exchange_begin(struct net *net, const struct command *command, struct err *err)
{
    struct exchange *x = mem_new(1, sizeof(*x));
    struct connect_settings *settings = &x->command.connect;
    struct expectation *expect = NULL;
    struct feed *feed = NULL;
    int r;

    x->net = net;
    x->command = *command;
    x->wanted = settings->connections;
    if (!settings->messages.used) {
        words_add(&settings->messages, MESSAGE_TEXT);
        words_add(&settings->messages, EXCHANGE_MESSAGE_1);
        words_add(&settings->messages, MESSAGE_TEXT);
        words_add(&settings->messages, EXCHANGE_MESSAGE_2);
    }
    /* Silence is a failure here, and what ends it is the last byte. */
    x->idle_ns = settings->idle_timeout_ns ? settings->idle_timeout_ns : COMMAND_TIMEOUT_NS;
    settings->idle_timeout_ns = settings->linger_ns = 0;
    if (!settings->tag[0])
        snprintf(settings->tag, sizeof(settings->tag), "%s", EXCHANGE_TAG);
    x->begun_ns = clock_now_ns();
    x->next = (struct timer){.fire = begin_next, .owner = x};
    r = make_feeds(settings, &feed, &expect, err);
    feed_free(feed);
    expect_free(expect);
    if (r < 0) {
        free(x);
        return r;
    }
    DL_APPEND2(net->exchanges, x, prev, next_exchange);
    begin_more(x);
    return 0;
}

void exchange_stop_all(struct net *net)
{
    struct exchange *x, *next;

    DL_FOREACH_SAFE2(net->exchanges, x, next, next_exchange)
    {
        loop_timer_cancel(net->loop, &x->next);
        x->wanted = x->begun;
        if (x->ended == x->wanted)
            finish(x);
    }
}
