#include "core/why/gather.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/why/gather_internal.h"

#define NAP_NS (10 * CLOCK_MS_NS)

void gather_sleep_until(struct gathering *g, uint64_t until_ns)
{
    for (uint64_t now; !gather_stopped(g) && (now = clock_now_ns()) < until_ns;) {
        uint64_t left = until_ns - now;
        struct timespec nap = {.tv_nsec = (long)(left < NAP_NS ? left : NAP_NS)};

        nanosleep(&nap, NULL);
        gather_watch_step(g);
    }
}

void gather_keep(struct gathering *g, int fd)
{
    if (g->n_kept < EVIDENCE_ATTEMPTS)
        g->kept[g->n_kept++] = fd;
    else
        close(fd);
}

void gather_release(struct gathering *g)
{
    while (g->n_kept)
        close(g->kept[--g->n_kept]);
}

static bool is_unix(const struct endpoint *e)
{
    return e->scheme >= ENDPOINT_UNIX;
}

int why_gather(const struct why_wish *wish, const struct probes *probes, struct evidence **ret,
               struct err *err)
{
    struct gathering g = {.wish = wish, .probes = probes, .e = evidence_new()};

    (void)err;
    g.e->subject = wish->subject;
    g.e->endpoint = wish->endpoint;
    g.e->no_reuseaddr = wish->no_reuseaddr;
    probes->limits_read(&g.e->surroundings.limits);
    if (wish->subject == WHY_SOCKET)
        gather_socket(&g);
    else if (is_unix(&wish->endpoint))
        gather_unix(&g);
    else if (wish->subject == WHY_BIND)
        gather_bind(&g);
    else
        gather_connect(&g);
    gather_watch_done(&g);
    gather_release(&g);
    evidence_sort(g.e);
    g.e->ended_ns = clock_now_ns();
    *ret = g.e;
    return 0;
}
