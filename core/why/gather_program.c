#include "core/why/gather_program.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/why/gather_internal.h"

#define NEXT_MS 100
/* Counters are compared with those of so long ago at most, so that what the rest of the host does
 * counts for little. */
#define COUNTERS_NS (5 * CLOCK_SECOND_NS)
/* The kernel's time stamps and ours of one moment. */
#define SLACK_NS (5 * CLOCK_MS_NS)

struct watcher {
    const struct program_wish *wish;
    const struct probes *probes;
    struct program_report *report;
    struct why_wish nothing;
    struct gathering whole; /* has the watch */
    struct counters *older, *newer;
    uint64_t counters_ns;
    struct firewall_facts *rules; /* those of the beginning, whatever they match */
    bool ended;
    int error;
    struct err *err;
};

void program_report_free(struct program_report *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n; i++)
        evidence_free(r->list[i].e);
    evidence_free(r->e);
    free(r);
}

bool program_found_cause(const struct program_finding *f)
{
    return !f->aside && strcmp(f->verdict.cause, "healthy") != 0;
}

/* Whether a is more telling than b. */
static bool is_worse(const struct program_finding *a, const struct program_finding *b)
{
    bool a_known = strcmp(a->verdict.cause, "unknown") != 0;
    bool b_known = strcmp(b->verdict.cause, "unknown") != 0;

    if (a_known != b_known)
        return a_known;
    return a->verdict.confidence > b->verdict.confidence;
}

const struct program_finding *program_worst(const struct program_report *r)
{
    const struct program_finding *worst = NULL;

    for (size_t i = 0; i < r->n; i++)
        if (program_found_cause(&r->list[i]) && (!worst || is_worse(&r->list[i], worst)))
            worst = &r->list[i];
    return worst;
}

/* --- before the program begins ---------------------------------------------------------------- */

/* Documentation addresses (RFC 5737, RFC 3849) lead where everything without a route of its own
 * does.  Nothing is sent there. */
static size_t far_addresses(struct addr ret[2])
{
    static const uint8_t four[4] = {192, 0, 2, 1};
    static const uint8_t six[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};

    ret[0] = addr_make(AF_INET, four, 9);
    ret[1] = addr_make(AF_INET6, six, 9);
    return 2;
}

static void look_at_counters(struct watcher *w)
{
    struct counters *spare = w->older;
    uint64_t now = clock_now_ns();

    if (w->counters_ns && now - w->counters_ns < COUNTERS_NS)
        return;
    w->older = w->newer;
    w->newer = spare;
    memset(w->newer, 0, sizeof(*w->newer));
    w->probes->counters_read(w->newer, NULL);
    if (!w->counters_ns)
        *w->older = *w->newer;
    w->counters_ns = now;
}

static void prepare(struct watcher *w)
{
    struct addr far[2];
    struct firewall_question any = {0};

    w->older = mem_new(1, sizeof(*w->older));
    w->newer = mem_new(1, sizeof(*w->newer));
    w->rules = mem_new(1, sizeof(*w->rules));
    w->report->e = evidence_new();
    text_clean(w->wish->name, strlen(w->wish->name), w->report->e->target,
               sizeof(w->report->e->target));
    w->whole = (struct gathering){.wish = &w->nothing, .probes = w->probes, .e = w->report->e};
    gather_watch_open(&w->whole, far, far_addresses(far));
    look_at_counters(w);
    w->probes->firewall_look(&any, w->rules, NULL);
    gather_watch_ready(&w->whole);
}

/* --- one call ---------------------------------------------------------------------------------- */

static bool is_inet(const struct addr *a)
{
    return a->family == AF_INET || a->family == AF_INET6;
}

/* What a rule's counter showed when the program began. */
static void compare_rules(const struct watcher *w, struct firewall_facts *now)
{
    for (size_t i = 0; i < now->n_rules; i++) {
        struct firewall_rule *rule = &now->rules[i];
        const struct firewall_rule *before = NULL;

        for (size_t k = 0; !before && k < w->rules->n_rules; k++)
            if (strcmp(w->rules->rules[k].where, rule->where) == 0 &&
                strcmp(w->rules->rules[k].text, rule->text) == 0)
                before = &w->rules->rules[k];
        rule->packets_after = rule->packets_before;
        if (before && before->has_counter)
            rule->packets_before = before->packets_before;
        else
            rule->has_counter = false;
    }
}

static void look_at_surroundings(struct watcher *w, struct gathering *g,
                                 const struct attempt *a, uint8_t protocol)
{
    struct surroundings *s = &g->e->surroundings;
    struct firewall_question question = {
        .protocol = protocol, .remote = a->to, .remote_is_here = a->route.kind == ROUTE_LOCAL};
    struct err err = {0};

    memcpy(question.interface, a->route.interface, sizeof(question.interface));
    gather_surroundings_before(g, &question);
    compare_rules(w, &s->firewall);
    /* The host's counters tell of everybody's connections: while nothing else of this program is
     * watched they would lay the resets of others at this one's door. */
    memset(&s->before, 0, sizeof(s->before));
    if (strcmp(a->call, program_call_name(DOES_CONNECT)) != 0)
        return;
    s->before = *w->older;
    if (w->probes->counters_read(&s->after, &err) < 0)
        evidence_unseen(g->e, "counters", err.hint, "%s", err.reason);
}

static void look_at_limits(const struct watcher *w, struct evidence *e,
                           const struct program_call *c)
{
    struct process_facts facts = {0};

    w->probes->limits_read(&e->surroundings.limits);
    e->surroundings.limits.own_fds = e->surroundings.limits.own_fd_limit = 0;
    if (w->probes->process_look(c->pid, &facts) < 0 || !facts.has_fds)
        return;
    e->surroundings.limits.own_fds = facts.fds;
    e->surroundings.limits.own_fd_limit = facts.fd_limit;
    if (c->error == -EMFILE)
        evidence_say(e, "/proc", clock_now_ns(), "%s (%d) has %u of %u descriptors open",
                     c->comm, c->pid, facts.fds, facts.fd_limit);
}

/* A socket whose bind failed is no reason for it. */
static void leave_out_own(struct evidence *e, uint64_t inode)
{
    size_t kept = 0;

    for (size_t i = 0; i < e->n_sightings; i++)
        if (!inode || e->sightings[i].row.inode != inode)
            e->sightings[kept++] = e->sightings[i];
    e->n_sightings = kept;
}

/* Its address and port; and that it never had any, so that the way to the peer was not even begun. */
static void find_own_end(struct gathering *g, const struct program_call *c)
{
    struct attempt *a = &g->e->attempts[0];
    uint64_t until_ns = c->connect_ended_ns ? c->connect_ended_ns : clock_now_ns();
    struct addr began = {0};

    if (gather_watch_local(g, &a->to,
                           c->connect_began_ns > SLACK_NS ? c->connect_began_ns - SLACK_NS : 0,
                           until_ns + SLACK_NS, &began)) {
        if (!a->from.port && began.port)
            a->from = began;
    } else if (c->call == DOES_CONNECT && c->error && gather_watch_tells(g)) {
        a->in_call = true;
    }
}

static void look_at_inet(struct watcher *w, struct gathering *g, const struct program_call *c)
{
    struct attempt *a = &g->e->attempts[0];
    uint8_t protocol =
        g->e->endpoint.scheme == ENDPOINT_UDP ? (uint8_t)IPPROTO_UDP : (uint8_t)IPPROTO_TCP;
    bool connected = g->e->subject == WHY_CONNECT;
    struct row own;

    if (connected)
        find_own_end(g, c);
    w->probes->route_look(&(struct route_question){.protocol = protocol,
                                                   .to = a->to,
                                                   .from = a->from,
                                                   .mark = c->mark,
                                                   .device = c->device},
                          &a->route);
    own = (struct row){.local = a->from, .peer = a->to};
    look_at_surroundings(w, g, a, protocol);
    gather_rows(g, protocol, a->to.port, connected && a->from.port ? &own : NULL);
    if (!connected) {
        leave_out_own(g->e, c->inode);
        return;
    }
    gather_watch_begin(g, protocol, a->to.port, &a->to, 1);
    gather_watch_end(g);
}

static struct program_finding *new_finding(struct watcher *w, const struct program_call *c)
{
    struct program_finding *f;

    if (w->report->n == PROGRAM_FINDINGS_MAX) {
        w->report->left_out++;
        return NULL;
    }
    f = &w->report->list[w->report->n++];
    *f = (struct program_finding){.call = *c,
                                  .count = 1,
                                  .stalled =
                                      c->news == PROGRAM_STALLED || c->news == PROGRAM_GAVE_UP};
    return f;
}

static void judged(struct watcher *w, struct program_finding *f)
{
    const struct evidence *whole = w->report->e;

    for (size_t i = 0; i < whole->n_unseen; i++)
        evidence_unseen(f->e, whole->unseen[i].source, whole->unseen[i].grant, "%s",
                        whole->unseen[i].because);
    evidence_sort(f->e);
    f->e->ended_ns = clock_now_ns();
    why_judge(f->e, &f->verdict);
    if (w->wish->told && !f->aside)
        w->wish->told(w->wish->ctx, f);
}

/* Sockets, routes and rules are those of a namespace, and we are in another. */
static bool is_elsewhere(struct evidence *e, const struct program_call *c)
{
    if (!c->other_netns)
        return false;
    evidence_unseen(e, "network namespace",
                    "run sockeye why -- PROGRAM inside: ip netns exec NAME, nsenter -n",
                    "the program is in another one");
    return true;
}

/* Nothing tells of an answer that came in the last moment, or that it did not look at. */
static bool is_given_up(const struct attempt *a)
{
    return !a->wire.syn_ack_in && !a->wire.rst_in;
}

static void explain(struct watcher *w, const struct program_call *c)
{
    struct program_finding *f = new_finding(w, c);
    struct why_wish wish = {0};
    struct gathering g = {.wish = &wish,
                          .probes = w->probes,
                          .watching = w->whole.watching,
                          .shared = true,
                          .acted_ns = clock_now_ns()};

    if (!f)
        return;
    f->aside = program_call_aside(c);
    f->e = g.e = program_evidence(c);
    wish.subject = g.e->subject;
    wish.endpoint = g.e->endpoint;
    g.since_ns = c->connect_began_ns > SLACK_NS ? c->connect_began_ns - SLACK_NS : 0;
    look_at_limits(w, g.e, c);
    if (!f->aside && g.e->endpoint.scheme >= ENDPOINT_UNIX && g.e->endpoint.path[0])
        gather_unix_look(&g);
    else if (!f->aside && is_inet(&g.e->attempts[0].to) && !is_elsewhere(g.e, c))
        look_at_inet(w, &g, c);
    if (c->news == PROGRAM_GAVE_UP && !is_given_up(&g.e->attempts[0])) {
        evidence_free(f->e);
        w->report->n--;
        return;
    }
    judged(w, f);
}

/* What has ended has no name of its own any more. */
static void explain_end(struct watcher *w, const struct program_call *c)
{
    const char *name = strrchr(w->wish->name, '/');
    struct program_call call = *c;

    name = name ? name + 1 : w->wish->name;
    if (!call.comm[0])
        text_clean(name, strlen(name), call.comm, sizeof(call.comm));
    explain(w, &call);
}

/* --- stalls -------------------------------------------------------------------------------------- */

struct search {
    uint64_t inode;
    struct row row;
    bool found;
};

static bool take_part(void *ctx, const struct snapshot *s)
{
    struct search *search = ctx;

    for (size_t i = 0; i < s->n_rows && !search->found; i++)
        if (s->rows[i].inode == search->inode) {
            search->row = s->rows[i];
            search->found = true;
        }
    return !search->found;
}

static bool find_row(const struct watcher *w, const struct program_call *c, struct row *ret)
{
    struct search search = {.inode = c->inode};
    struct wish *wish = mem_new(1, sizeof(*wish));

    wish->kinds = KIND_BIT(KIND_TCP) | KIND_BIT(KIND_UDP);
    if (c->inode && !c->other_netns)
        w->probes->sockets_list(wish, take_part, &search, NULL);
    wish_free(wish);
    if (search.found)
        *ret = search.row;
    return search.found;
}

/* The evidence of a socket that waits; the call is said with it. */
static struct evidence *gather_stall(struct watcher *w, const struct program_call *c,
                                     const struct row *row)
{
    struct why_wish wish = {.subject = WHY_SOCKET,
                            .protocol = row->kind == KIND_UDP ? (uint8_t)IPPROTO_UDP
                                                              : (uint8_t)IPPROTO_TCP,
                            .local = row->local,
                            .peer = row->peer};
    struct gathering g = {.wish = &wish,
                          .probes = w->probes,
                          .e = program_evidence(c),
                          .watching = w->whole.watching,
                          .shared = true,
                          .since_ns = c->began_ns};

    /* It is the socket that is asked about, not an attempt. */
    g.e->subject = WHY_SOCKET;
    g.e->n_attempts = 0;
    gather_socket(&g);
    return g.e;
}

/* It ended while it was looked at: what its end left behind says nothing about the time before, but
 * the first look may. */
static void judge_first_look(struct evidence *e, struct verdict *ret)
{
    e->n_events = 0;
    e->wire = (struct wire_facts){0};
    for (size_t i = 0; i < e->n_sightings; i++)
        e->sightings[i].later = false;
    why_judge(e, ret);
    if (strcmp(ret->cause, "healthy") != 0)
        return;
    e->n_sightings = 0;
    why_judge(e, ret);
}

static void explain_stall(struct watcher *w, const struct program_call *c)
{
    struct program_finding *f;
    struct row row;
    struct evidence *e;
    struct program_call call = *c;

    if (!find_row(w, c, &row) || row.state == STATE_LISTEN || !row.peer.port)
        return;
    if (c->call == DOES_CONNECT && row.state != STATE_SYN_SENT)
        return; /* it is connected, and nobody has asked yet */
    call.peer = row.peer;
    if (row.state == STATE_SYN_SENT) {
        call.local = row.local;
        explain(w, &call);
        return;
    }
    e = gather_stall(w, &call, &row);
    f = new_finding(w, &call);
    if (!f) {
        evidence_free(e);
        return;
    }
    f->e = e;
    if (find_row(w, c, &row))
        why_judge(e, &f->verdict);
    else
        judge_first_look(e, &f->verdict);
    /* A program may wait for as long as it likes. */
    f->aside = c->call == DOES_POLL && (strcmp(f->verdict.cause, "healthy") == 0 ||
                                        strcmp(f->verdict.cause, "unknown") == 0);
    judged(w, f);
}

/* --- the round ----------------------------------------------------------------------------------- */

static struct program_finding *find(struct watcher *w, uint32_t id)
{
    for (size_t i = 0; i < w->report->n; i++)
        if (w->report->list[i].call.id == id)
            return &w->report->list[i];
    return NULL;
}

/* One that failed just so without having been told as a stall before. */
static struct program_finding *find_alike(struct watcher *w, const struct program_call *c)
{
    for (size_t i = 0; i < w->report->n; i++) {
        const struct program_call *other = &w->report->list[i].call;

        if (c->error && other->call == c->call && other->error == c->error &&
            addr_equal(&other->peer, &c->peer) && strcmp(other->path, c->path) == 0)
            return &w->report->list[i];
    }
    return NULL;
}

static void went_on(struct watcher *w, const struct program_call *c)
{
    struct program_finding *f = find(w, c->id), *same = find_alike(w, c);

    /* Nothing was found while it waited; how it ended may tell more. */
    if (same && same != f)
        same->count++;
    else if (c->error && (!f || strcmp(f->verdict.cause, "unknown") == 0))
        explain(w, c);
    if (!f)
        return;
    f->went_on = true;
    f->call.elapsed_ns = c->elapsed_ns;
    f->call.error = c->error;
}

static void not_begun(struct watcher *w, const struct program_call *c)
{
    w->ended = true;
    if (c->news == PROGRAM_NOT_BEGUN) {
        w->error = err_set(w->err, c->error, "run", w->wish->name, "%s", "");
        return;
    }
    w->error = err_set(w->err, c->error, program_call_name(c->call), w->wish->name,
                       "the program may not be watched, and was not begun");
    err_hint(w->err, "another tracer, a container's seccomp profile or "
                     "kernel.yama.ptrace_scope forbids it");
}

static void take(struct watcher *w, const struct program_call *c)
{
    struct program_finding *f;

    switch ((enum program_news)c->news) {
    case PROGRAM_BEGAN:
        w->report->pid = c->pid;
        break;
    case PROGRAM_FAILED:
        explain(w, c);
        if (c->held)
            w->probes->program_release(w->wish->trace, c->id);
        break;
    case PROGRAM_STALLED:
        explain_stall(w, c);
        break;
    case PROGRAM_GAVE_UP:
        explain_end(w, c);
        break;
    case PROGRAM_WENT_ON:
        went_on(w, c);
        break;
    case PROGRAM_COUNT:
        f = find(w, c->id);
        if (f)
            f->count += c->count - 1; /* the first was counted */
        break;
    case PROGRAM_LEFT_OUT:
        w->report->left_out += c->count;
        break;
    case PROGRAM_NOT_BEGUN:
    case PROGRAM_UNSEEN:
        not_begun(w, c);
        break;
    case PROGRAM_ENDED:
        w->report->wait_status = c->wait_status;
        w->ended = true;
        break;
    }
}

static void watch(struct watcher *w)
{
    struct program_call call;
    int r = w->probes->program_go(w->wish->trace);

    while (r >= 0 && !w->ended) {
        r = w->probes->program_next(w->wish->trace, NEXT_MS, &call);
        if (r == 1)
            take(w, &call);
        gather_watch_pump(&w->whole);
        look_at_counters(w);
    }
    if (r < 0 && !w->ended)
        w->error = err_set(w->err, r, "watch", w->wish->name, "the tracer has ended");
}

int why_program(const struct program_wish *wish, const struct probes *probes,
                struct program_report **ret, struct err *err)
{
    struct watcher w = {.wish = wish, .probes = probes, .err = err};

    w.report = mem_new(1, sizeof(*w.report));
    prepare(&w);
    watch(&w);
    gather_watch_close(&w.whole);
    free(w.older);
    free(w.newer);
    free(w.rules);
    if (w.error < 0) {
        program_report_free(w.report);
        return w.error;
    }
    w.report->e->ended_ns = clock_now_ns();
    *ret = w.report;
    return 0;
}
