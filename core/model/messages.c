#include "core/model/messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/messages_text.h"

void messages_init(struct messages *m)
{
    *m = (struct messages){.found = mem_new(MESSAGES_KEPT, sizeof(*m->found)),
                           .passage_bytes = mem_new(TRANSCRIPT_KEPT_BYTES, 1)};
    for (int i = 0; i < DIRECTION_NOTE; i++)
        decoder_init(&m->streams[i].decoder, NULL);
}

static struct found *at(struct messages *m, uint64_t number)
{
    return &m->found[number % MESSAGES_KEPT];
}

static void drop_first(struct messages *m)
{
    struct found *f = at(m, m->first++);

    if (f->kind != FOUND_COMING && f->message) {
        m->bytes -= f->message->len;
        message_free(f->message);
    }
}

void messages_done(struct messages *m)
{
    while (m->first < m->next)
        drop_first(m);
    for (int i = 0; i < DIRECTION_NOTE; i++)
        decoder_done(&m->streams[i].decoder);
    free(m->found);
    free(m->passage_bytes);
}

const struct found *messages_at(const struct messages *m, uint64_t number)
{
    return number >= m->first && number < m->next ? &m->found[number % MESSAGES_KEPT] : NULL;
}

/* --- what is found ---------------------------------------------------------------------- */

static struct found *add(struct messages *m, struct message_stream *s, uint64_t at_ns)
{
    struct found *f;

    if (m->next - m->first == MESSAGES_KEPT)
        drop_first(m);
    s->current = m->next++;
    s->has_current = true;
    f = at(m, s->current);
    *f = (struct found){
        .at_ns = at_ns, .passage = m->next_passage, .direction = (uint8_t)(s - m->streams)};
    return f;
}

/* What is coming in a stream, or NULL when newer ones took its place. */
static struct found *current(struct messages *m, const struct message_stream *s)
{
    return s->has_current && s->current >= m->first ? at(m, s->current) : NULL;
}

/* It has come as far as it will: its bytes are ours.  NULL as above. */
static struct found *settle(struct messages *m, struct message_stream *s, enum found_kind kind,
                            struct message *message)
{
    struct found *f = current(m, s);

    if (!f) {
        message_free(message);
        return NULL;
    }
    f->kind = kind;
    f->message = message;
    m->bytes += message ? message->len : 0;
    while (m->bytes > MESSAGES_BYTES && m->first < s->current)
        drop_first(m);
    return f;
}

/* What has come of a message that will not be decoded to its end. */
static struct message *take_rest(struct message_stream *s)
{
    struct message *message = s->decoder.message;

    decoder_init(&s->decoder, NULL);
    return message;
}

/* --- the bytes of a stream -------------------------------------------------------------- */

/* The stream cannot be followed from here on. */
static void lose(struct messages *m, struct message_stream *s, uint64_t at_ns, uint64_t missing,
                 bool gone)
{
    struct message *message = NULL;
    struct found *f;

    if (s->ended)
        return;
    s->ended = true;
    if (s->decoder.message->len)
        message = take_rest(s);
    else
        add(m, s, at_ns);
    s->to_skip = 0;
    f = settle(m, s, FOUND_LOST, message);
    if (!f)
        return;
    f->gone = gone;
    f->missing_bytes = missing;
    found_summarize(f, NULL);
}

/* The rest of a content was not kept, but its length is known. */
static void cut(struct messages *m, struct message_stream *s)
{
    struct found *f;

    s->to_skip = s->decoder.wanted - s->decoder.message->len;
    f = settle(m, s, FOUND_CUT, take_rest(s));
    if (!f)
        return;
    f->missing_bytes = s->to_skip;
    found_summarize(f, NULL);
}

/* Behind the end of a stream: the first bytes are kept beside what ended it. */
static void come_behind(struct messages *m, struct message_stream *s, const uint8_t *bytes,
                        size_t kept, uint64_t length)
{
    struct found *f = current(m, s);
    size_t room = 0;

    if (!f)
        return;
    if (f->kind == FOUND_FAULTY && f->behind_bytes < MESSAGES_BEHIND_FAULT)
        room = MESSAGES_BEHIND_FAULT - (size_t)f->behind_bytes;
    /* Only as long as nothing is missing between them. */
    room = f->missing_bytes ? 0 : room < kept ? room : kept;
    if (room) {
        struct message *message = f->message;

        message->bytes = mem_resize(message->bytes, message->len + room, 1);
        memcpy(message->bytes + message->len, bytes, room);
        message->len += room;
        m->bytes += room;
    }
    f->behind_bytes += length;
    if (f->kind == FOUND_FAULTY)
        f->missing_bytes += length - room;
    /* Else nothing that is said of it is another: there may be very many such passages. */
    if (f->kind == FOUND_LOST || room)
        found_summarize(f, NULL);
}

/* Returns how many bytes belong to what is coming. */
static size_t decode(struct messages *m, struct message_stream *s, uint64_t at_ns,
                     const uint8_t *bytes, size_t len)
{
    struct message_fault fault;
    struct message *message = NULL;
    struct found *f;
    size_t used;
    int r;

    if (!s->decoder.message->len) {
        f = add(m, s, at_ns);
        f->message = s->decoder.message;
    }
    r = decoder_feed(&s->decoder, bytes, len, &used, &message, &fault);
    if (r > 0)
        f = settle(m, s, FOUND_WHOLE, message);
    else if (r < 0)
        f = settle(m, s, FOUND_FAULTY, take_rest(s));
    else
        f = current(m, s);
    if (r < 0 && f)
        f->fault = fault;
    s->ended = r < 0;
    if (f)
        found_summarize(f, &s->decoder);
    return used;
}

/* The first `kept` of its bytes are here. */
static void take_passage(struct messages *m, const struct passage *p, const uint8_t *bytes,
                         size_t kept)
{
    struct message_stream *s = &m->streams[p->direction];
    uint64_t done = 0;

    while (done < p->length) {
        size_t left = done < kept ? kept - (size_t)done : 0;
        uint64_t n = p->length - done;

        if (s->ended) {
            come_behind(m, s, bytes + (kept - left), left, n);
        } else if (s->to_skip) {
            n = n < s->to_skip ? n : s->to_skip;
            s->to_skip -= n;
        } else if (left) {
            n = decode(m, s, p->at_ns, bytes + done, left);
        } else if (s->decoder.stage == DECODER_CONTENT) {
            cut(m, s);
            n = 0;
        } else {
            lose(m, s, p->at_ns, n, false);
        }
        done += n;
    }
}

void messages_take(struct messages *m, uint64_t number, const struct passage *p,
                   const uint8_t *bytes, size_t kept)
{
    m->next_passage = number;
    take_passage(m, p, bytes, kept);
}

void messages_lose(struct messages *m, unsigned direction, uint64_t at_ns)
{
    lose(m, &m->streams[direction], at_ns, 0, true);
}

/* --- the transcript --------------------------------------------------------------------- */

static void lose_both(struct messages *m, uint64_t at_ns)
{
    for (unsigned i = 0; i < DIRECTION_NOTE; i++)
        messages_lose(m, i, at_ns);
}

static void start_over(struct messages *m, const struct ring *transcript, uint64_t session_id,
                       uint64_t opened_ns)
{
    struct passage oldest;

    messages_done(m);
    messages_init(m);
    m->session_id = session_id;
    m->newest_ns = opened_ns;
    m->next_passage = ring_tail(transcript);
    /* What was overwritten is older than the oldest that is left. */
    if (m->next_passage > 0 &&
        (!ring_get(transcript, m->next_passage, &oldest, NULL, 0, NULL) ||
         oldest.at_ns > opened_ns))
        lose_both(m, opened_ns);
}

void messages_update(struct messages *m, const struct ring *transcript, uint64_t end,
                     uint64_t session_id, uint64_t opened_ns)
{
    struct passage *p = &m->passage;
    size_t len;

    if (m->session_id != session_id)
        start_over(m, transcript, session_id, opened_ns);
    for (; m->next_passage < end; m->next_passage++) {
        if (!ring_get(transcript, m->next_passage, p, m->passage_bytes, TRANSCRIPT_KEPT_BYTES,
                      &len)) {
            lose_both(m, m->newest_ns);
            continue;
        }
        if (p->session_id != session_id || p->direction >= DIRECTION_NOTE)
            continue;
        m->newest_ns = p->at_ns;
        len = len < TRANSCRIPT_KEPT_BYTES ? len : TRANSCRIPT_KEPT_BYTES;
        take_passage(m, p, m->passage_bytes, len < p->length ? len : (size_t)p->length);
    }
}
