#include "core/why/checkup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/line.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/why/checkup_internal.h"

#define NAP_NS (10 * CLOCK_MS_NS)

static bool is_stopped(const struct checkup_wish *wish)
{
    return wish->stop && atomic_load(wish->stop);
}

static void sleep_until(const struct checkup_wish *wish, uint64_t until_ns)
{
    for (uint64_t now; !is_stopped(wish) && (now = clock_now_ns()) < until_ns;) {
        uint64_t left = until_ns - now;
        struct timespec nap = {.tv_nsec = (long)(left < NAP_NS ? left : NAP_NS)};

        nanosleep(&nap, NULL);
    }
}

/* A process at its limit takes and makes no more connections, whatever its sockets look like. */
static void judge_process(struct checkup *c, const struct process_facts *p)
{
    struct ailment *a;
    char summary[VERDICT_TEXT_BYTES], fix[VERDICT_TEXT_BYTES];

    if (!p->has_fds || !p->fd_limit || p->fds < p->fd_limit)
        return;
    snprintf(summary, sizeof(summary),
             "%s (%d) has %u of %u descriptors open: accept() and socket() fail.", p->comm,
             p->pid, p->fds, p->fd_limit);
    snprintf(fix, sizeof(fix), "prlimit --pid %d --nofile=%u:%u", p->pid, 4 * p->fd_limit,
             4 * p->fd_limit);
    c->list = mem_resize(c->list, c->n + 1, sizeof(*c->list));
    memmove(c->list + 1, c->list, c->n++ * sizeof(*c->list));
    c->room = c->n;
    a = c->list;
    *a = (struct ailment){.cause = "too-many-open-files",
                          .confidence = CONFIDENCE_CERTAIN,
                          .summary = mem_copy(summary, strlen(summary)),
                          .n_fixes = 1,
                          .fixes = {mem_copy(fix, strlen(fix))}};
    snprintf(a->owner, sizeof(a->owner), "%s (%d)", p->comm, p->pid);
}

static void say_process(struct checkup *c, const struct process_facts *p, uint64_t at_ns)
{
    char state[32] = "", fds[64] = "";

    if (p->has_state)
        snprintf(state, sizeof(state), ", state %c", p->state);
    if (p->has_fds)
        snprintf(fds, sizeof(fds), ", %u of %u descriptors open", p->fds, p->fd_limit);
    evidence_say(c->e, "/proc", at_ns, "%s (%d)%s%s%s%s", p->comm, p->pid, state, fds,
                 p->waits_in[0] ? ", waits in " : "", p->waits_in);
    if (!p->has_fds)
        evidence_unseen(c->e, "descriptors", NULL, "those of %d may not be seen", p->pid);
}

static int look_at_process(int32_t pid, const struct probes *probes, struct process_facts *ret,
                           struct err *err)
{
    int r = probes->process_look(pid, ret);

    if (r == -EACCES) {
        err_set(err, r, "look at process", "", "/proc hides process %d from us", pid);
        err_hint(err, "run it as the process's user or as root");
        return r;
    }
    return r < 0 ? err_set(err, r, "look at process", "", "there is no process %d", pid) : 0;
}

int checkup_run(const struct checkup_wish *wish, const struct probes *probes,
                struct checkup **ret, struct err *err)
{
    struct checkup *c = mem_new(1, sizeof(*c));
    struct search s = {.wish = wish, .probes = probes, .result = c};
    struct process_facts process = {0};
    uint64_t wait_ns = wish->wait_ns ? wish->wait_ns : CHECKUP_WAIT_NS;
    int r = 0;

    s.last = &s.first;
    c->e = evidence_new();
    c->e->subject = WHY_SOCKET;
    if (wish->pid)
        r = look_at_process(wish->pid, probes, &process, err);
    if (wish->pid && !r)
        say_process(c, &process, clock_now_ns());
    if (!r)
        r = search_look(&s, err);
    if (!r) {
        sleep_until(wish, s.looked_ns[0] + wait_ns);
        s.second = true;
        r = search_look(&s, err);
    }
    if (!r) {
        search_judge(&s);
        judge_process(c, &process);
    }
    search_done(&s);
    c->e->ended_ns = clock_now_ns();
    if (r < 0)
        checkup_free(c);
    else
        *ret = c;
    return r;
}

void checkup_free(struct checkup *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n; i++) {
        free(c->list[i].summary);
        for (size_t k = 0; k < c->list[i].n_fixes; k++)
            free(c->list[i].fixes[k]);
    }
    free(c->list);
    evidence_free(c->e);
    free(c);
}

/* --- of a process, as one verdict ----------------------------------------------------------- */

static void add_other(struct verdict *v, const struct ailment *a)
{
    struct alternative *to;

    if (v->n_alternatives == VERDICT_ALTERNATIVES)
        return;
    to = &v->alternatives[v->n_alternatives++];
    *to = (struct alternative){.cause = a->cause, .confidence = a->confidence};
    snprintf(to->summary, sizeof(to->summary), "%s: %s", a->socket, a->summary);
}

void checkup_verdict(const struct checkup *c, struct verdict *ret)
{
    const struct ailment *worst = c->list;
    char n[TEXT_NUMBER_BYTES];
    struct line_out l;

    *ret = (struct verdict){.cause = "healthy", .confidence = CONFIDENCE_LIKELY};
    if (!c->n && evidence_is_unseen(c->e, "descriptors")) {
        ret->cause = "unknown";
        ret->confidence = CONFIDENCE_POSSIBLE;
        snprintf(ret->summary, sizeof(ret->summary), "Its sockets may not be seen.");
        return;
    }
    if (!c->n) {
        snprintf(ret->summary, sizeof(ret->summary), "Nothing holds up any of its %s sockets.",
                 text_number(c->n_checked, n));
        return;
    }
    ret->cause = worst->cause;
    ret->confidence = worst->confidence;
    l = line_in(ret->summary, sizeof(ret->summary));
    line_add(&l, "%s%s%s", worst->socket, worst->socket[0] ? ": " : "", worst->summary);
    ret->n_fixes = worst->n_fixes;
    for (size_t i = 0; i < worst->n_fixes && i < VERDICT_FIXES; i++)
        snprintf(ret->fixes[i], sizeof(ret->fixes[i]), "%s", worst->fixes[i]);
    for (size_t i = 1; i < c->n; i++)
        add_other(ret, &c->list[i]);
}
