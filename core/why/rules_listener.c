/* A listener in question that takes no more connections: its accept queue is full.
 *
 * sock_diag: of a listener Recv-Q is what waits to be accepted, Send-Q how many may; it is full when
 * there is one more (sk_acceptq_is_full of the kernel, unix_recvq_full for AF_UNIX). */
#include "core/base/text.h"
#include "core/why/rules_words.h"

static bool is_full(const struct row *row)
{
    return row->state == STATE_LISTEN && row->rqueue > row->wqueue;
}

/* Full in both looks: what a burst leaves is taken between them. */
static const struct sighting *full_listener(const struct evidence *e)
{
    const struct sighting *s = e->subject == WHY_SOCKET ? evidence_ours(e) : NULL;

    return s && is_full(&s->row) && s->later && is_full(&s->row_later) ? s : NULL;
}

static bool is_unix(const struct sighting *s)
{
    return KIND_BIT(s->row.kind) & KINDS_UNIX;
}

/* Who has no descriptor left does not accept either. */
static enum confidence how_sure(const struct sighting *s)
{
    return holder_knows_fds(s) ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

static enum confidence too_many_open_files(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = full_listener(e);
    char holder[SIGHTING_HOLDER_BYTES], waiting[WAITING_BYTES];

    if (!s || !holder_has_no_fds(s))
        return CONFIDENCE_NONE;
    say_summary(ret, "%s has %u of %u descriptors open: accept() fails, and %s.",
                sighting_holder(s, holder), s->process.fds, s->process.fd_limit,
                waiting_words(s->row_later.rqueue, waiting));
    say_fix(ret, "prlimit --pid %d --nofile=%u:%u", s->process.pid, 4 * s->process.fd_limit,
            4 * s->process.fd_limit);
    return CONFIDENCE_CERTAIN;
}

static void say_full(const struct sighting *s, struct saying *ret)
{
    char holder[SIGHTING_HOLDER_BYTES], waiting[WAITING_BYTES];
    bool stopped = s->process.has_state && (s->process.state == 'T' || s->process.state == 't');

    say_summary(ret, "%s%s does not accept: %s where %u may.", sighting_holder(s, holder),
                stopped ? ", which is stopped," : "",
                waiting_words(s->row_later.rqueue, waiting), s->row_later.wqueue);
    if (stopped)
        say_fix(ret, "kill -CONT %d", s->process.pid);
    say_fix(ret, "Let %s call accept() more often, or in a thread of its own.", holder);
}

static enum confidence accept_queue_full(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = full_listener(e);

    if (!s || is_unix(s) || holder_has_no_fds(s))
        return CONFIDENCE_NONE;
    say_full(s, ret);
    return how_sure(s);
}

static enum confidence unix_queue_full(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = full_listener(e);

    if (!s || !is_unix(s) || holder_has_no_fds(s))
        return CONFIDENCE_NONE;
    say_full(s, ret);
    return how_sure(s);
}

const struct rule rules_listener[] = {
    {"too-many-open-files", too_many_open_files},
    {"accept-queue-full", accept_queue_full},
    {"unix-queue-full", unix_queue_full},
    {NULL, NULL},
};
