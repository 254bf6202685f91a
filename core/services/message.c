/* core/services/message.c - framed requests and their answers: core/message/.
 *
 * It closes after its answer, as the protocol's other servers do, unless it is told to keep
 * connections or the request's header asks for it.  A request that is broken ends the session with
 * the byte that is wrong. */
#include <errno.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/base/share.h"
#include "core/message/answer.h"
#include "core/message/decoder.h"
#include "core/services/service.h"

/* A dictionary of one's own; far more than the answers of a demonstration. */
#define DICTIONARY_BYTES (16U << 20)

struct messages {
    cJSON *dictionary;
    bool keep;
};

/* One session's: made with its first bytes. */
struct talk {
    struct decoder decoder;
    uint8_t *answer; /* what is still to be queued of it */
    size_t at, len;
    uint8_t *rest; /* requests that came with the one being answered */
    size_t rest_len;
    bool last; /* close behind this answer */
};

/* Queue as much of the answer as there is room for; true when all of it is.  It may end the session,
 * and the talk with it. */
static bool send_answer(struct session *s, struct talk *t)
{
    size_t n = session_send(s, t->answer + t->at, t->len - t->at);

    if (session_ended(s))
        return false;
    t->at += n;
    if (t->at < t->len)
        return false;
    free(t->answer);
    t->answer = NULL;
    session_count_message(s);
    return true;
}

static void answer(struct session *s, struct talk *t, struct message *request)
{
    const struct messages *own = s->instance;

    session_count_message(s);
    answer_make(request, own->dictionary, &t->decoder.limits, &t->answer, &t->len);
    t->at = 0;
    t->last = !own->keep && !answer_keeps_connection(request);
    message_free(request);
}

/* Requests one after the other; behind one whose answer does not fit the rest waits. */
static void take(struct session *s, struct talk *t, const uint8_t *bytes, size_t len)
{
    while (len) {
        struct message_fault fault;
        struct message *request;
        size_t used;
        int r = decoder_feed(&t->decoder, bytes, len, &used, &request, &fault);

        bytes += used;
        len -= used;
        if (r < 0) {
            session_fail_with(s, &fault.err);
            return;
        }
        if (r == 0)
            return;
        answer(s, t, request);
        if (!send_answer(s, t)) {
            if (session_ended(s))
                return;
            t->rest = len && !t->last ? mem_copy(bytes, len) : NULL;
            t->rest_len = t->rest ? len : 0;
            return;
        }
        if (t->last) {
            session_close_drained(s);
            return;
        }
    }
}

static void message_readable(struct session *s)
{
    const uint8_t *bytes;
    ssize_t n = session_receive(s, &bytes);

    if (n <= 0)
        return;
    if (!s->data) {
        s->data = mem_new(1, sizeof(struct talk));
        decoder_init(&((struct talk *)s->data)->decoder, NULL);
    }
    take(s, s->data, bytes, (size_t)n);
}

static void message_drained(struct session *s)
{
    struct talk *t = s->data;
    uint8_t *rest;

    if (!t || !t->answer || !send_answer(s, t))
        return;
    if (t->last) {
        session_close_drained(s);
        return;
    }
    rest = t->rest;
    t->rest = NULL;
    if (rest)
        take(s, t, rest, t->rest_len);
    free(rest);
}

static void message_peer_closed(struct session *s)
{
    struct talk *t = s->data;
    struct message_fault fault;

    if (t && decoder_finish(&t->decoder, &fault) < 0)
        session_fail_with(s, &fault.err);
    else if (t && t->answer)
        t->last = true;
    else
        session_close_drained(s);
}

static void message_closing(struct session *s)
{
    struct talk *t = s->data;

    if (!t)
        return;
    decoder_done(&t->decoder);
    free(t->answer);
    free(t->rest);
    free(t);
    s->data = NULL;
}

static int read_dictionary(const char *path, cJSON **ret, struct err *err)
{
    char *text;
    size_t len;
    int r = share_read_path(path, DICTIONARY_BYTES, &text, &len, err);

    if (r < 0)
        return r;
    *ret = cJSON_ParseWithLength(text, len);
    free(text);
    if (cJSON_IsObject(*ret))
        return 0;
    cJSON_Delete(*ret);
    return err_set(err, -EINVAL, "message", path, "this is no JSON object");
}

static int message_start(const struct service_setup *setup, void **ret_instance,
                         struct err *err)
{
    const char *path = service_text(setup, "file");
    struct messages *own = mem_new(1, sizeof(*own));
    int r = path ? read_dictionary(path, &own->dictionary, err)
                 : answer_dictionary(&own->dictionary, err);

    if (r < 0) {
        free(own);
        return r;
    }
    own->keep = service_flag(setup, "keep");
    *ret_instance = own;
    return 0;
}

static void message_stop(void *instance)
{
    struct messages *own = instance;

    cJSON_Delete(own->dictionary);
    free(own);
}

static const struct service_option options[] = {
    {"file", "PATH", NULL, "a JSON object of values and results instead of its own"},
    {"keep", NULL, NULL, "keep the connection after an answer"},
    {0}};

const struct service message_service = {
    .name = "message",
    .summary = "answers framed requests: a JSON header, then text/json or binary content",
    .options = options,
    .start = message_start,
    .stop = message_stop,
    .behaviour = {.readable = message_readable,
                  .drained = message_drained,
                  .peer_closed = message_peer_closed,
                  .closing = message_closing,
                  .lockstep = true},
};
