#include "ui/cli/message_exchange.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/model/event.h"
#include "ui/cli/session_pipe.h"

struct waiting {
    struct exchange *x;
    struct session_pipe pipe;
    struct session_status status; /* the newest; id 0: none yet */
    uint64_t deadline_ns;
    size_t sent;
    bool peer_ended; /* nothing more comes from the pipe */
    bool ended;      /* the session is over */
};

/* The answer comes back as 1, a fault as negative errno. */
static int receive(struct waiting *w, struct err *err)
{
    static uint8_t bytes[ATTACH_UNIT_BYTES];
    ssize_t n = session_pipe_receive(&w->pipe, bytes);
    struct message_fault fault;
    size_t used;
    int r;

    if (n == -EINTR || n == -EAGAIN)
        return 0;
    if (n < 0 && n != -ECONNRESET)
        return err_set(err, (int)n, "recvmsg", "", "%s", "");
    if (n <= 0) {
        w->peer_ended = true;
        /* Then the session can end, and tells how. */
        shutdown(w->pipe.fd, SHUT_WR);
        return 0;
    }
    r = decoder_feed(&w->x->decoder, bytes, (size_t)n, &used, &w->x->response, &fault);
    if (r < 0)
        *err = fault.err;
    return r;
}

/* A session that has ended tells why itself. */
static int send_rest(struct waiting *w, struct err *err)
{
    ssize_t n =
        session_pipe_send(&w->pipe, w->x->request + w->sent, w->x->request_len - w->sent);

    if (n > 0)
        w->sent += (size_t)n;
    else if (n == -EPIPE || n == -ECONNRESET)
        w->sent = w->x->request_len;
    else if (n != -EAGAIN && n != -EINTR)
        return err_set(err, (int)n, "sendmsg", "", "%s", "");
    return 0;
}

static void read_events(struct waiting *w)
{
    struct event ev;

    while (queue_pop(engine_events(w->pipe.engine), &ev))
        if (ev.kind == EVENT_SESSION && ev.session.id == w->pipe.session_id)
            w->status = ev.session;
    w->x->local = w->status.local;
    w->x->peer = w->status.peer;
    w->ended = w->status.id &&
               (w->status.state == SESSION_CLOSED || w->status.state == SESSION_FAILED);
}

static int timed_out(struct waiting *w, const struct command *connect, struct err *err)
{
    char endpoint[ENDPOINT_TEXT_BYTES], took[TEXT_DURATION_BYTES];
    char progress[DECODER_PROGRESS_BYTES];

    return err_set(err, -ETIMEDOUT, "receive", endpoint_format(&connect->endpoint, endpoint),
                   "no answer within %s, only %s",
                   text_duration(connect->connect.timeout_ns, took),
                   decoder_progress(&w->x->decoder, progress));
}

/* The session is over, and so are its bytes. */
static int no_answer(struct waiting *w, const struct command *connect, struct err *err)
{
    char endpoint[ENDPOINT_TEXT_BYTES], progress[DECODER_PROGRESS_BYTES];
    struct message_fault fault;
    int r;

    if (w->status.state == SESSION_FAILED) {
        *err = w->status.err;
        if (w->x->decoder.message->len)
            err_hint(err, "only %s had come", decoder_progress(&w->x->decoder, progress));
        return err->code;
    }
    r = decoder_finish(&w->x->decoder, &fault);
    if (r == 0)
        return err_set(err, -EPROTO, "receive", endpoint_format(&connect->endpoint, endpoint),
                       "the peer closed without an answer");
    *err = fault.err;
    return r;
}

static int left_ms(const struct waiting *w)
{
    uint64_t now = clock_now_ns();

    /* Up, so that the last millisecond is not spun away. */
    return now >= w->deadline_ns ? 0 : (int)((w->deadline_ns - now) / CLOCK_MS_NS) + 1;
}

static int run(struct waiting *w, const struct command *connect, struct err *err)
{
    char endpoint[ENDPOINT_TEXT_BYTES];

    for (;;) {
        bool unsent = w->sent < w->x->request_len && !w->peer_ended;
        struct pollfd fds[] = {
            {.fd = w->x->signals, .events = POLLIN},
            {.fd = queue_fd(engine_events(w->pipe.engine)), .events = POLLIN},
            {.fd = w->peer_ended ? -1 : w->pipe.fd,
             .events = (short)(POLLIN | (unsent ? POLLOUT : 0))},
        };
        int n = poll(fds, 3, left_ms(w)), r = 0;

        if (n < 0)
            continue;
        if (fds[0].revents)
            return err_set(err, -EINTR, "receive",
                           endpoint_format(&connect->endpoint, endpoint),
                           "a signal came before the answer");
        if (fds[1].revents)
            read_events(w);
        if (fds[2].revents & (POLLIN | POLLHUP | POLLERR))
            r = receive(w, err);
        if (r)
            return r < 0 ? r : 0;
        if (unsent && (fds[2].revents & POLLOUT))
            r = send_rest(w, err);
        if (r < 0)
            return r;
        if (w->ended && w->peer_ended)
            return no_answer(w, connect, err);
        if (n == 0 && left_ms(w) == 0)
            return timed_out(w, connect, err);
    }
}

int exchange_run(struct exchange *x, struct command *connect, struct err *err)
{
    struct waiting w = {.x = x};
    uint64_t start_ns = clock_now_ns();
    int r;

    decoder_init(&x->decoder, NULL);
    w.deadline_ns = start_ns + connect->connect.timeout_ns;
    r = session_pipe_open(&w.pipe, connect, err);
    if (r < 0)
        return r;
    r = run(&w, connect, err);
    x->elapsed_ns = clock_now_ns() - start_ns;
    read_events(&w);
    session_pipe_close(&w.pipe);
    return r;
}
