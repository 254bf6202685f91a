/* core/net/load.c - the thread of a load: when requests begin, when it ends, and what it tells. */
#include "core/net/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <utlist.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/net/load_internal.h"

#define TICK_NS CLOCK_SECOND_NS
/* Timeouts and rests are looked for this often: a part of the timeout, within bounds. */
#define SWEEPS_PER_TIMEOUT 16
#define SWEEP_MIN_NS CLOCK_MS_NS
#define SWEEP_MAX_NS (50 * CLOCK_MS_NS)
/* That are being opened at once: a server's backlog has an end, and what does not fit into it is
 * tried again by the kernel a second later. */
#define CONNECTING_MAX 128

static const struct protocol *const protocols[LOAD_AS_KINDS] = {
    [LOAD_ECHO] = &echo_protocol,       [LOAD_SEND] = &send_protocol,
    [LOAD_RECEIVE] = &receive_protocol, [LOAD_HTTP] = &http_protocol,
    [LOAD_MESSAGE] = &message_protocol, [LOAD_CONNECT] = &connect_protocol};

/* ---- counting ------------------------------------------------------------------------- */

bool load_goes_on(const struct load *l)
{
    return !l->stopping && (!l->settings.requests || l->counts.begun < l->settings.requests ||
                            l->settings.as == LOAD_RECEIVE);
}

/* The time of the next request has come. */
static bool is_due(struct load *l, uint64_t now_ns)
{
    if (!l->settings.rate)
        return true;
    if (!l->paced) {
        l->paced = true;
        l->pace = (struct pace){.start_ns = now_ns, .rate = l->settings.rate};
    }
    return pace_time_ns(&l->pace, l->counts.begun) <= now_ns;
}

bool load_take(struct load *l, uint64_t now_ns, uint64_t *ret_intended_ns)
{
    if (l->settings.as == LOAD_RECEIVE || !load_goes_on(l) || !is_due(l, now_ns))
        return false;
    *ret_intended_ns = l->settings.rate ? pace_time_ns(&l->pace, l->counts.begun) : now_ns;
    l->counts.begun++;
    l->outstanding++;
    return true;
}

void load_answered(struct load *l, const struct slot *s, uint64_t now_ns)
{
    l->outstanding--;
    l->counts.done++;
    l->answered_ns = now_ns;
    if (l->timed)
        histogram_add(&l->latency, now_ns > s->intended_ns ? now_ns - s->intended_ns : 0);
}

void load_unanswered(struct load *l, uint64_t n)
{
    l->outstanding -= n;
    l->counts.failed += n;
}

void load_enough(struct load *l)
{
    l->stopping = l->enough = true;
}

void load_count_error(struct load *l, enum load_stage stage, enum load_fault fault, int code,
                      uint64_t n, const char *first)
{
    struct load_error *e = l->errors, *end = e + l->n_errors;

    while (e < end && (e->stage != stage || e->fault != fault || e->code != code))
        e++;
    if (e == end) {
        if (l->n_errors == LOAD_ERROR_KINDS) {
            l->other_errors += n;
            return;
        }
        l->n_errors++;
        *e = (struct load_error){.stage = stage, .fault = fault, .code = code};
        snprintf(e->first, sizeof(e->first), "%s", first);
    }
    e->count += n;
}

/* ---- reports -------------------------------------------------------------------------- */

static void sum_up(const struct histogram *h, struct load_latency *ret)
{
    *ret = (struct load_latency){.count = h->count};
    if (!h->count)
        return;
    ret->min_ns = h->min;
    ret->mean_ns = h->sum / h->count;
    ret->max_ns = h->max;
    histogram_quantile(h, 500, &ret->p50_ns);
    histogram_quantile(h, 900, &ret->p90_ns);
    histogram_quantile(h, 990, &ret->p99_ns);
    histogram_quantile(h, 999, &ret->p999_ns);
}

static uint64_t elapsed_ns(const struct load *l, bool ended)
{
    uint64_t end_ns = l->stopped_ns > l->answered_ns ? l->stopped_ns : l->answered_ns;

    if (!l->started_ns)
        return 0;
    if (!ended || !end_ns)
        end_ns = clock_now_ns();
    return end_ns - l->started_ns;
}

static void put_report(struct load *l, bool ended)
{
    struct load_report *r = mem_new(1, sizeof(*r));

    r->ended = ended;
    r->interrupted = l->interrupted;
    r->err = l->err;
    r->elapsed_ns = elapsed_ns(l, ended);
    r->open = l->open;
    r->counts = l->counts;
    r->unbegun = l->unbegun;
    sum_up(&l->latency, &r->latency);
    memcpy(r->errors, l->errors, sizeof(r->errors));
    r->n_errors = l->n_errors;
    r->other_errors = l->other_errors;
    free(mailbox_put(l->reports, r));
}

static void tick(struct timer *t)
{
    struct load *l = t->owner;

    put_report(l, false);
    loop_timer_set(l->loop, t, t->at_ns + TICK_NS);
}

/* ---- stopping ------------------------------------------------------------------------- */

static void stop(struct load *l)
{
    uint64_t now_ns = clock_now_ns(), due;

    if (l->stopping)
        return;
    l->stopping = true;
    l->stopped_ns = now_ns;
    if (l->paced) {
        due = pace_due(&l->pace, now_ns);
        if (l->settings.requests && due > l->settings.requests)
            due = l->settings.requests;
        l->unbegun = due > l->counts.begun ? due - l->counts.begun : 0;
    }
    /* Nobody waits for the end of what has none. */
    if (!l->timed)
        l->enough = true;
}

static void time_is_up(struct timer *t)
{
    stop(t->owner);
}

static void told_to_stop(struct watch *w, uint32_t events)
{
    struct load *l = w->owner;

    (void)events;
    l->interrupted = true;
    stop(l);
    loop_stop(l->loop);
}

static bool is_over(const struct load *l)
{
    return l->enough || (!load_goes_on(l) && !l->outstanding) ||
           l->given_up + l->ended_conns == l->settings.connections;
}

/* ---- the rate ------------------------------------------------------------------------- */

/* A timerfd: the waiting of epoll(7) has whole milliseconds only. */
static void arm(struct load *l, uint64_t at_ns)
{
    struct itimerspec when = {.it_value = {.tv_sec = (time_t)(at_ns / CLOCK_SECOND_NS),
                                           .tv_nsec = (long)(at_ns % CLOCK_SECOND_NS)}};

    if (l->armed_ns == at_ns)
        return;
    l->armed_ns = at_ns;
    timerfd_settime(l->pace_watch.fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void next_is_due(struct watch *w, uint32_t events)
{
    struct load *l = w->owner;
    uint64_t times;
    ssize_t n = read(w->fd, &times, sizeof(times));

    (void)n; /* it was moved meanwhile: then there is nothing to read */
    (void)events;
    l->armed_ns = 0;
}

/* Give what is due to connections that wait for it, each in its turn. */
static void begin_due(struct load *l)
{
    uint64_t now_ns;

    if (!l->idle || !load_goes_on(l))
        return;
    now_ns = clock_now_ns();
    while (l->idle && load_goes_on(l) && is_due(l, now_ns))
        conn_fill(l->idle, now_ns);
    if (l->idle && load_goes_on(l))
        arm(l, pace_time_ns(&l->pace, l->counts.begun));
}

/* ---- connections ---------------------------------------------------------------------- */

static void open_conn(struct conn *c, uint64_t now_ns)
{
    if (c->load->per_request)
        conn_fill(c, now_ns);
    else
        conn_open(c, now_ns);
}

/* Those that are not open yet, as far as it is their time. */
static void open_more(struct load *l)
{
    uint64_t now_ns;

    if (l->opened_conns == l->settings.connections || !load_goes_on(l))
        return;
    now_ns = clock_now_ns();
    while (l->opened_conns < l->settings.connections && l->connecting < CONNECTING_MAX) {
        uint64_t at_ns = l->ramp.rate ? pace_time_ns(&l->ramp, l->opened_conns) : now_ns;

        if (at_ns > now_ns) {
            if (!l->opening.slot)
                loop_timer_set(l->loop, &l->opening, at_ns);
            return;
        }
        open_conn(&l->conns[l->opened_conns++], now_ns);
    }
}

static void opening_due(struct timer *t)
{
    (void)t; /* what is to be done is done after the turn */
}

static void sweep(struct timer *t)
{
    struct load *l = t->owner;
    uint64_t every_ns = l->settings.timeout_ns / SWEEPS_PER_TIMEOUT;

    for (uint32_t i = 0; i < l->opened_conns; i++)
        conn_sweep(&l->conns[i], loop_now(l->loop));
    every_ns = every_ns < SWEEP_MIN_NS ? SWEEP_MIN_NS : every_ns;
    every_ns = every_ns > SWEEP_MAX_NS ? SWEEP_MAX_NS : every_ns;
    loop_timer_set(l->loop, t, loop_now(l->loop) + every_ns);
}

static void after_turn(void *owner)
{
    struct load *l = owner;

    if (!l->started_ns)
        return;
    open_more(l);
    begin_due(l);
    if (is_over(l))
        loop_stop(l->loop);
}

static void begin(struct load *l)
{
    uint64_t now_ns = clock_now_ns();

    l->started_ns = now_ns;
    if (l->settings.ramp_ns) {
        uint64_t rate =
            l->settings.connections * PACE_PER_SECOND * CLOCK_SECOND_NS / l->settings.ramp_ns;

        l->ramp = (struct pace){.start_ns = now_ns,
                                .rate = rate == 0         ? 1
                                        : rate > PACE_MAX ? PACE_MAX
                                                          : rate};
    }
    if (l->settings.duration_ns)
        loop_timer_set(l->loop, &l->duration, now_ns + l->settings.duration_ns);
    loop_timer_set(l->loop, &l->tick, now_ns + TICK_NS);
    loop_timer_set(l->loop, &l->sweep, now_ns);
}

static void resolved(void *owner, const struct answer *answer)
{
    struct load *l = owner;

    l->question = NULL;
    if (answer->code < 0) {
        l->err = answer->err;
        loop_stop(l->loop);
        return;
    }
    for (size_t i = 0; i < answer->n; i++) {
        struct addr a = answer->addresses[i];

        a.port = l->settings.endpoint.port;
        l->addresses[l->n_addresses++] = sockname_from_addr(&a);
    }
    begin(l);
}

/* ---- the thread ----------------------------------------------------------------------- */

static int find_addresses(struct load *l)
{
    const struct endpoint *e = &l->settings.endpoint;

    if (e->path[0]) {
        l->addresses[l->n_addresses++] = sockname_from_path(e->path);
        begin(l);
        return 0;
    }
    return resolve(l->loop, e, resolved, l, &l->question);
}

static int set_up(struct load *l)
{
    int r;

    l->duration = (struct timer){.fire = time_is_up, .owner = l};
    l->tick = (struct timer){.fire = tick, .owner = l};
    l->sweep = (struct timer){.fire = sweep, .owner = l};
    l->opening = (struct timer){.fire = opening_due, .owner = l};
    r = loop_add(l->loop, &l->stop_watch);
    if (r == 0)
        r = loop_add(l->loop, &l->pace_watch);
    loop_after_turn(l->loop, after_turn, l);
    return r == 0 ? find_addresses(l) : r;
}

static void *run(void *arg)
{
    struct load *l = arg;
    int r = loop_new(&l->loop);

    if (r == 0)
        r = set_up(l);
    if (r == 0)
        r = loop_run(l->loop);
    if (r < 0)
        err_set(&l->err, r, "load", "", "%s", "");
    resolve_drop(l->question);
    for (uint32_t i = 0; i < l->opened_conns; i++)
        conn_close(&l->conns[i]);
    put_report(l, true);
    loop_free(l->loop);
    return NULL;
}

/* ---- the outside ---------------------------------------------------------------------- */

static void allocate(struct load *l)
{
    const struct load_settings *s = &l->settings;
    size_t n = s->connections, reader = l->protocol->reader_bytes;

    l->conns = mem_new(n, sizeof(*l->conns));
    l->slots = mem_new(n * s->pipeline, sizeof(*l->slots));
    if (reader)
        l->readers = mem_new(n, reader);
    if (l->work == &datagram_work)
        l->answered = mem_new(n * (LOAD_MEMORY_BITS / 32), sizeof(*l->answered));
    for (size_t i = 0; i < n; i++)
        l->conns[i] = (struct conn){.load = l,
                                    .watch.fd = -1,
                                    .slots = l->slots + i * s->pipeline,
                                    .reader = reader ? l->readers + i * reader : NULL,
                                    .head_end = l->unit_bytes};
}

static struct load *load_new(const struct load_settings *s)
{
    struct load *l = mem_new(1, sizeof(*l));

    l->settings = *s;
    l->transport = s->endpoint.scheme == ENDPOINT_TLS ? &tls_transport : &plain_transport;
    l->protocol = protocols[s->as];
    l->work = conn_has_boundaries(s->endpoint.scheme) && s->as != LOAD_CONNECT ? &datagram_work
                                                                               : &stream_work;
    l->per_request = s->as == LOAD_CONNECT || s->one_each;
    l->endless = s->as == LOAD_SEND;
    l->timed = s->as != LOAD_SEND && s->as != LOAD_RECEIVE;
    l->reports = mailbox_new();
    l->pace_watch =
        (struct watch){.fd = -1, .ready = next_is_due, .events = EPOLLIN, .owner = l};
    l->stop_watch = (struct watch){
        .fd = mem_eventfd(), .ready = told_to_stop, .events = EPOLLIN, .owner = l};
    return l;
}

static int start(struct load *l, struct err *err)
{
    int r = 0;

    if (l->protocol->prepare) {
        r = l->protocol->prepare(l, err);
        if (r < 0)
            return r;
    } else if (l->settings.as != LOAD_CONNECT) {
        l->unit_bytes = l->settings.size_bytes;
        out_fill_pattern(&l->out, l->unit_bytes);
    }
    r = l->transport->prepare ? l->transport->prepare(l, err) : 0;
    if (r < 0)
        return r;
    allocate(l);
    l->pace_watch.fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (l->pace_watch.fd < 0)
        return err_set(err, -errno, "timerfd_create", "", "%s", "");
    r = thread_start(&l->thread, "load", run, l);
    if (r < 0)
        return err_set(err, r, "start a thread", "load", "%s", "");
    l->has_thread = true;
    return 0;
}

int load_start(const struct load_settings *settings, struct load **ret, struct err *err)
{
    struct load *l;
    int r = load_check_settings(settings, err);

    if (r == 0)
        r = load_raise_descriptors(settings->connections, err);
    if (r < 0)
        return r;
    l = load_new(settings);
    r = start(l, err);
    if (r < 0) {
        load_free(l);
        return r;
    }
    *ret = l;
    return 0;
}

struct mailbox *load_reports(struct load *l)
{
    return l->reports;
}

void load_stop(struct load *l)
{
    uint64_t one = 1;
    ssize_t n = write(l->stop_watch.fd, &one, sizeof(one));

    (void)n; /* full: it has been told */
}

void load_free(struct load *l)
{
    if (!l)
        return;
    if (l->has_thread) {
        load_stop(l);
        pthread_join(l->thread, NULL);
    }
    if (l->protocol->done)
        l->protocol->done(l);
    if (l->transport->done)
        l->transport->done(l);
    close(l->stop_watch.fd);
    if (l->pace_watch.fd >= 0)
        close(l->pace_watch.fd);
    free(mailbox_free(l->reports));
    free(l->out.bytes);
    free(l->answered);
    free(l->readers);
    free(l->slots);
    free(l->conns);
    free(l);
}
