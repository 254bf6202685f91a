/* ui/cli/run_face.c - the face of scenarios that nobody watches: it does what the runs ask for, and
 * hands them what came of it.
 *
 * All runs share one engine, one model and one set of probes; each knows its own by their
 * numbers. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/bell.h"
#include "core/base/clock.h"
#include "core/base/mailbox.h"
#include "core/base/mem.h"
#include "core/model/kernel_event.h"
#include "core/model/packet_index.h"
#include "core/net/engine.h"
#include "core/scenario/surroundings.h"
#include "ui/cli/run.h"

#define KERNEL_EVENTS_KEPT 4096
/* While a row is waited for the kernel's list is asked for so often. */
#define WISH_NS (30 * CLOCK_MS_NS)
/* News of the journal and of packets are heard so often. */
#define NEWS_NS (5 * CLOCK_MS_NS)

/* A job, and what its run asked why: each has an inquirer of its own, for a newer question is the
 * end of an older one. */
struct runner {
    struct run_job *job;
    struct inquirer *inquirer;
    uint64_t number; /* of the question */
};

struct run_face {
    const struct run_options *options;
    struct engine *engine;
    struct model model;
    struct observer *observer; /* NULL: no run looks at rows */
    struct capture *capture;   /* NULL: none looks at packets */
    struct ring *packets, *kernel_events;
    struct bell packet_news;
    int signals;
    size_t n;
    struct runner *runners;
    uint64_t wished_ns, heard_ns;
    struct run_wish wished;
    bool stopping, given_up, said_blind;
    size_t n_interfaces;
    char interfaces[CAPTURE_INTERFACES][16];
};

/* --- one run -------------------------------------------------------------------------------- */

static struct scenario_run *present(const struct runner *r)
{
    return r->job->again ? r->job->again : r->job->run;
}

static struct scenario_run *new_run(struct run_face *f, const struct scenario *s,
                                    const struct scenario_run *before)
{
    struct run_settings settings = {.set = &f->options->set,
                                    .before = before,
                                    .no_capture = !f->capture,
                                    .patience = f->options->patience,
                                    .now_ns = clock_now_ns(),
                                    .wall_ns = clock_wall_ns()};

    return scenario_run_new(s, &f->model, &settings);
}

static void put_why(struct run_face *f, struct runner *r, const struct run_request *request)
{
    struct recorded recorded = {.packets = f->capture ? f->packets : NULL,
                                .events = f->kernel_events,
                                .events_all = recorded_all(f->model.snapshot)};
    struct err err = {0};
    struct inquiry *q = scenario_inquiry(request, &f->model, &recorded, &err);
    int rc = -EOPNOTSUPP;

    r->number = request->number;
    if (q) {
        q->wish.no_capture = f->options->no_capture;
        rc = inquirer_ask(r->inquirer, q);
        if (rc < 0)
            err_set(&err, rc, "why", "", "%s", "");
    }
    if (rc < 0)
        scenario_run_why(present(r), r->number, NULL, &err, clock_now_ns());
}

static void carry_out(struct run_face *f, struct runner *r, const struct run_request *request)
{
    if (request->kind == REQUEST_WHY)
        put_why(f, r, request);
    else
        scenario_run_posted(present(r), engine_post(f->engine, request->command),
                            clock_now_ns());
}

/* The second run begins when everything of the first is gone. */
static void end_run(struct run_face *f, struct runner *r)
{
    struct run_job *job = r->job;
    bool again = job->scenario->again && !job->again && !f->options->no_again && !f->stopping &&
                 scenario_run_outcome(job->run) == RUN_HELD;

    inquirer_give_up(r->inquirer);
    r->number = 0;
    if (again)
        job->again = new_run(f, job->scenario, job->run);
    else
        job->over = true;
}

/* As far as it gets by itself. */
static void drive(struct run_face *f, struct runner *r)
{
    struct run_request request;

    while (!r->job->over) {
        struct scenario_run *run = present(r);
        enum run_phase phase = scenario_run_phase(run);

        if (phase == RUN_READY)
            scenario_run_go(run, clock_now_ns());
        else if (phase == RUN_ASKING)
            scenario_run_answer(run, -1, clock_now_ns());
        else if (phase == RUN_OVER)
            end_run(f, r);
        else if (scenario_run_request(run, &request))
            carry_out(f, r, &request);
        else
            break;
    }
}

/* --- what comes ----------------------------------------------------------------------------- */

/* Packets of sessions that do not go over loopback come from elsewhere. */
static void capture_for(struct run_face *f, const struct session_status *s)
{
    char name[16];
    size_t i = 0;

    if (!f->capture || s->peer.family == AF_UNSPEC || addr_is_loopback(&s->peer) ||
        f->n_interfaces == CAPTURE_INTERFACES ||
        !f->options->probes->interface_to(&(struct route_question){.to = s->peer}, name))
        return;
    while (i < f->n_interfaces && strcmp(f->interfaces[i], name) != 0)
        i++;
    if (i == f->n_interfaces && f->options->probes->capture_add(f->capture, name))
        strcpy(f->interfaces[f->n_interfaces++], name);
}

static void take_events(struct run_face *f)
{
    struct event event;

    while (queue_pop(engine_events(f->engine), &event)) {
        model_apply(&f->model, &event);
        if (event.kind == EVENT_SESSION)
            capture_for(f, &event.session);
        for (size_t i = 0; event.kind == EVENT_REPLY && i < f->n; i++)
            if (!f->runners[i].job->over)
                scenario_run_reply(present(&f->runners[i]), &event.reply, clock_now_ns());
    }
}

/* Steps that look at rows will fail: once it is said why. */
static void say_blind(struct run_face *f, const struct err *err)
{
    if (err->code && !f->said_blind)
        cli_fail(f->options->self, EXIT_FAILED, err);
    f->said_blind |= err->code != 0;
}

static void take_probes(struct run_face *f)
{
    const struct probes *probes = f->options->probes;
    struct snapshot *s =
        f->observer ? mailbox_take(probes->observer_snapshots(f->observer)) : NULL;
    struct capture_status *meter =
        f->capture ? mailbox_take(probes->capture_meter(f->capture)) : NULL;

    if (s) {
        say_blind(f, &s->err);
        model_take_snapshot(&f->model, s);
    }
    if (meter)
        model_take_capture(&f->model, meter);
    if (f->capture)
        while (model_index_packets(&f->model))
            ;
}

static void take_answer(struct runner *r)
{
    struct inquiry *q = inquirer_take(r->inquirer);

    if (q && !r->job->over)
        scenario_run_why(present(r), r->number, q->e ? &q->v : NULL, &q->err, clock_now_ns());
    inquiry_free(q);
}

/* --- what is wished for ----------------------------------------------------------------------- */

static void sum_wishes(const struct run_face *f, struct run_wish *ret)
{
    *ret = (struct run_wish){0};
    for (size_t i = 0; i < f->n; i++) {
        struct run_wish one;

        if (f->runners[i].job->over)
            continue;
        scenario_run_wish(present(&f->runners[i]), &one);
        ret->rows |= one.rows;
        ret->owners |= one.owners;
        ret->parts |= one.parts;
    }
}

/* Returns when it is to be called again; UINT64_MAX: with the next change. */
static uint64_t wish(struct run_face *f)
{
    uint64_t now_ns = clock_now_ns();
    struct run_wish w;
    struct wish *letter;
    bool other;

    if (!f->observer)
        return UINT64_MAX;
    sum_wishes(f, &w);
    other = w.parts != f->wished.parts || w.owners != f->wished.owners || !f->wished_ns;
    if (!w.rows && !other)
        return UINT64_MAX;
    if (!other && now_ns < f->wished_ns + WISH_NS)
        return f->wished_ns + WISH_NS;
    letter = mem_new(1, sizeof(*letter));
    letter->kinds = KINDS_INET | KINDS_UNIX;
    letter->parts = w.parts;
    letter->every_owner = w.owners;
    f->options->probes->observer_wish(f->observer, letter);
    f->wished = w;
    f->wished_ns = now_ns;
    return w.rows ? now_ns + WISH_NS : UINT64_MAX;
}

/* --- the loop ------------------------------------------------------------------------------- */

static bool all_over(const struct run_face *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (!f->runners[i].job->over)
            return false;
    return true;
}

static uint64_t next_due(const struct run_face *f)
{
    uint64_t due_ns = UINT64_MAX;

    for (size_t i = 0; i < f->n; i++) {
        uint64_t one =
            f->runners[i].job->over ? UINT64_MAX : scenario_run_due_ns(present(&f->runners[i]));

        due_ns = one < due_ns ? one : due_ns;
    }
    return due_ns;
}

static int wait_ms(uint64_t due_ns)
{
    uint64_t now_ns = clock_now_ns(), ms;

    if (due_ns == UINT64_MAX)
        return -1;
    ms = due_ns > now_ns ? (due_ns - now_ns) / CLOCK_MS_NS + 1 : 0;
    return ms < 60000 ? (int)ms : 60000;
}

/* Once it is asked to stop, everything is taken away first; twice: at once. */
static void signalled(struct run_face *f)
{
    char info[256];

    while (read(f->signals, info, sizeof(info)) > 0)
        ;
    f->given_up = f->stopping;
    f->stopping = true;
    for (size_t i = 0; i < f->n; i++)
        if (!f->runners[i].job->over)
            scenario_run_stop(present(&f->runners[i]), clock_now_ns());
}

enum { FD_SIGNALS, FD_EVENTS, FD_SNAPSHOTS, FD_METER, FD_NEWS, FD_PACKETS, FD_INQUIRERS };

static void gather_fds(const struct run_face *f, bool deaf, struct pollfd *fds)
{
    const struct probes *probes = f->options->probes;
    int snapshots = f->observer ? mailbox_fd(probes->observer_snapshots(f->observer)) : -1;
    int meter = f->capture ? mailbox_fd(probes->capture_meter(f->capture)) : -1;

    fds[FD_SIGNALS] = (struct pollfd){.fd = f->signals, .events = POLLIN};
    fds[FD_EVENTS] =
        (struct pollfd){.fd = queue_fd(engine_events(f->engine)), .events = POLLIN};
    fds[FD_SNAPSHOTS] = (struct pollfd){.fd = snapshots, .events = POLLIN};
    fds[FD_METER] = (struct pollfd){.fd = meter, .events = POLLIN};
    fds[FD_NEWS] =
        (struct pollfd){.fd = deaf ? -1 : engine_news(f->engine)->fd, .events = POLLIN};
    fds[FD_PACKETS] = (struct pollfd){.fd = deaf ? -1 : f->packet_news.fd, .events = POLLIN};
    for (size_t i = 0; i < f->n; i++)
        fds[FD_INQUIRERS + i] =
            (struct pollfd){.fd = inquirer_fd(f->runners[i].inquirer), .events = POLLIN};
}

/* Wait for something to happen, no longer than until due_ns. */
static void listen_to_all(struct run_face *f, uint64_t due_ns)
{
    bool deaf = clock_now_ns() < f->heard_ns + NEWS_NS;
    struct pollfd fds[FD_INQUIRERS + RUN_JOBS];

    gather_fds(f, deaf, fds);
    if (deaf && f->heard_ns + NEWS_NS < due_ns)
        due_ns = f->heard_ns + NEWS_NS;
    if (poll(fds, FD_INQUIRERS + f->n, wait_ms(due_ns)) <= 0)
        return;
    if (fds[FD_SIGNALS].revents)
        signalled(f);
    if (!fds[FD_NEWS].revents && !fds[FD_PACKETS].revents)
        return;
    f->heard_ns = clock_now_ns();
    bell_arm(engine_news(f->engine));
    bell_arm(&f->packet_news);
}

static void turn(struct run_face *f)
{
    take_events(f);
    take_probes(f);
    for (size_t i = 0; i < f->n; i++) {
        take_answer(&f->runners[i]);
        if (f->runners[i].job->over)
            continue;
        scenario_run_look(present(&f->runners[i]), clock_now_ns());
        drive(f, &f->runners[i]);
    }
}

void run_face_go(struct run_face *f, void (*done)(void *ctx), void *ctx)
{
    while (!f->given_up) {
        uint64_t wish_ns, due_ns;

        turn(f);
        done(ctx);
        if (all_over(f))
            return;
        wish_ns = wish(f);
        due_ns = next_due(f);
        listen_to_all(f, wish_ns < due_ns ? wish_ns : due_ns);
    }
}

/* --- begin and end -------------------------------------------------------------------------- */

static void start_probes(struct run_face *f, const struct run_job *jobs)
{
    const struct probes *probes = f->options->probes;
    struct capture_settings settings = {0};
    bool rows = false, packets = false;

    for (size_t i = 0; i < f->n; i++) {
        rows |= jobs[i].scenario->rows;
        packets |= jobs[i].scenario->packets;
    }
    f->packets = packet_store_new();
    f->kernel_events = ring_new(KERNEL_EVENTS_KEPT, sizeof(struct kernel_event), 0);
    bell_init(&f->packet_news);
    model_init(&f->model, engine_journal(f->engine), engine_transcript(f->engine), f->packets);
    if (rows)
        f->observer = probes->observer_start(f->kernel_events, NULL);
    if (packets && !f->options->no_capture)
        f->capture = probes->capture_start(&settings, f->packets, &f->packet_news);
    if (f->capture)
        probes->capture_add(f->capture, "lo");
}

int run_face_new(const struct run_options *options, size_t n, struct run_job *jobs,
                 struct run_face **ret)
{
    struct run_face *f = mem_new(1, sizeof(*f));
    struct err err = {0};
    int r;

    f->options = options;
    f->n = n;
    f->signals = cli_signals();
    r = engine_start(&f->engine, &err);
    if (r < 0) {
        close(f->signals);
        free(f);
        return cli_fail(options->self, EXIT_FAILED, &err);
    }
    engine_watch_traffic(f->engine);
    start_probes(f, jobs);
    f->runners = mem_new(n, sizeof(*f->runners));
    for (size_t i = 0; i < n; i++) {
        const char *lacks =
            scenario_missing(jobs[i].scenario, options->probes, options->no_capture);

        f->runners[i] =
            (struct runner){.job = &jobs[i], .inquirer = inquirer_new(options->probes)};
        jobs[i].run = new_run(f, jobs[i].scenario, NULL);
        if (lacks)
            scenario_run_refuse(jobs[i].run, lacks);
    }
    *ret = f;
    return EXIT_DONE;
}

void run_face_free(struct run_face *f)
{
    for (size_t i = 0; i < f->n; i++)
        inquirer_free(f->runners[i].inquirer);
    f->options->probes->capture_stop(f->capture);
    f->options->probes->observer_stop(f->observer);
    free(f->runners);
    model_done(&f->model);
    engine_stop(f->engine);
    bell_done(&f->packet_news);
    ring_free(f->kernel_events);
    ring_free(f->packets);
    close(f->signals);
    free(f);
}
