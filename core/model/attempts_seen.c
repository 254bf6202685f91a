#include "core/model/attempts_seen.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "core/model/journal.h"

/* The first record at or after a time: calls stand nearly in the order of their begin.  Those that
 * are overwritten meanwhile are treated as too old. */
static uint64_t first_at(const struct ring *journal, uint64_t at_ns)
{
    uint64_t low = ring_tail(journal), high = ring_head(journal);
    struct call call;

    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if (ring_get(journal, middle, &call, NULL, 0, NULL) && call.start_ns >= at_ns)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static struct attempt_seen *running(struct attempt_seen *list, size_t n, int32_t fd)
{
    for (size_t i = n; i > 0; i--)
        if (list[i - 1].fd == fd && list[i - 1].end == ATTEMPT_RUNS)
            return &list[i - 1];
    return NULL;
}

static void end(struct attempt_seen *a, const struct call *call, enum attempt_end how, int error)
{
    a->end = how;
    a->error = error;
    a->end_ns = call->start_ns + call->duration_ns;
}

static void begin(struct attempt_seen *a, const struct call *call)
{
    *a = (struct attempt_seen){.to = call->addr, .fd = call->fd, .begin_ns = call->start_ns};
    if (call->result == 0)
        end(a, call, ATTEMPT_CONNECTED, 0);
    else if (call->error != EINPROGRESS)
        end(a, call, ATTEMPT_FAILED, call->error);
}

static void look_at(struct attempt_seen *a, const struct call *call)
{
    int32_t error = 0;

    if (call->name == CALL_CLOSE) {
        end(a, call, ATTEMPT_CLOSED, 0);
    } else if (call->name == CALL_GETSOCKOPT && call->a == SOL_SOCKET && call->b == SO_ERROR &&
               call->data_len >= sizeof(error)) {
        memcpy(&error, call->data, sizeof(error));
        end(a, call, error ? ATTEMPT_FAILED : ATTEMPT_CONNECTED, error);
    }
}

size_t attempts_seen(const struct ring *journal, uint64_t session_id, uint64_t began_ns,
                     uint64_t until_ns, struct attempt_seen ret[ATTEMPTS_SEEN], bool *ret_lost)
{
    uint64_t tail = ring_tail(journal), head = ring_head(journal);
    struct call call;
    size_t n = 0;

    /* What is older than the oldest record is lost, unless nothing ever was. */
    *ret_lost = tail > 0 && ring_get(journal, tail, &call, NULL, 0, NULL) &&
                call.start_ns > began_ns;
    for (uint64_t i = first_at(journal, began_ns); i < head; i++) {
        struct attempt_seen *a;

        if (!ring_get(journal, i, &call, NULL, 0, NULL))
            continue;
        if (call.start_ns > until_ns)
            break;
        if (call.session_id != session_id)
            continue;
        if (call.name == CALL_CONNECT && n < ATTEMPTS_SEEN)
            begin(&ret[n++], &call);
        else if ((a = running(ret, n, call.fd)))
            look_at(a, &call);
    }
    return n;
}
