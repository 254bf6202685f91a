#include "core/services/answering.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"

/* The beginning of a character. */
#define WAITING_BYTES 3

struct waiting {
    uint8_t bytes[WAITING_BYTES];
    size_t len;
};

/* True when more bytes could make a character of them. */
static bool begins_character(const uint8_t *bytes, size_t len)
{
    uint32_t code;

    /* The lowest or the highest continuation suits every lead byte (RFC 3629, 4). */
    for (size_t total = len + 1; total <= 4; total++) {
        uint8_t low[4], high[4];

        memset(low, 0x80, sizeof(low));
        memset(high, 0xbf, sizeof(high));
        memcpy(low, bytes, len);
        memcpy(high, bytes, len);
        if (text_utf8_decode(low, total, &code) == total ||
            text_utf8_decode(high, total, &code) == total)
            return true;
    }
    return false;
}

/* How many bytes at the end are the beginning of a character. */
static size_t incomplete(const uint8_t *bytes, size_t len)
{
    for (size_t n = len < WAITING_BYTES ? len : WAITING_BYTES; n > 0; n--)
        if (begins_character(bytes + len - n, n))
            return n;
    return 0;
}

static void answer(struct session *s, const uint8_t *bytes, size_t len)
{
    ssize_t n =
        answering_answer(s->instance, bytes, len, s->net->answer, sizeof(s->net->answer));

    if (n >= 0)
        session_send(s, s->net->answer, (size_t)n);
}

void answering_opened(struct session *s)
{
    if (!s->io->boundaries)
        s->receive_bytes = ANSWERING_CHUNK_BYTES;
}

void answering_readable(struct session *s)
{
    uint8_t chunk[WAITING_BYTES + ANSWERING_CHUNK_BYTES];
    const uint8_t *bytes;
    struct waiting *w = s->data;
    ssize_t n = session_receive(s, &bytes);
    size_t len = 0, rest;

    if (n < 0)
        return;
    if (s->io->boundaries) {
        answer(s, bytes, (size_t)n);
        return;
    }
    if (w) {
        len = w->len;
        memcpy(chunk, w->bytes, len);
    }
    memcpy(chunk + len, bytes, (size_t)n);
    len += (size_t)n;
    rest = incomplete(chunk, len);
    if (rest && !w)
        s->data = w = mem_new(1, sizeof(*w));
    if (w) {
        w->len = rest;
        memcpy(w->bytes, chunk + len - rest, rest);
    }
    if (len > rest)
        answer(s, chunk, len - rest);
}

void answering_peer_closed(struct session *s)
{
    struct waiting *w = s->data;

    if (w && w->len)
        answer(s, w->bytes, w->len);
    if (!session_ended(s))
        session_close_drained(s);
}

void answering_closing(struct session *s)
{
    free(s->data);
    s->data = NULL;
}

void answering_once(struct session *s)
{
    answer(s, NULL, 0);
    farewell(s);
}

ssize_t answering_answer(void *instance, const uint8_t *bytes, size_t len, uint8_t *out,
                         size_t size)
{
    const struct answering *a = instance;

    return a->answer(instance, bytes, len, out, size);
}

void answer_put(struct answer_text *t, const void *bytes, size_t len)
{
    size_t n = len < t->size - t->len ? len : t->size - t->len;

    if (n)
        memcpy(t->out + t->len, bytes, n);
    t->len += n;
}

size_t answering_matched(const uint8_t *bytes, size_t len)
{
    while (len && (bytes[len - 1] == '\r' || bytes[len - 1] == '\n'))
        len--;
    return len;
}

bool answering_only_ends(const uint8_t *bytes, size_t len)
{
    return len && !answering_matched(bytes, len);
}

void answer_end(struct answer_text *t, const uint8_t *question, size_t len,
                const char *line_end)
{
    size_t matched = answering_matched(question, len);

    if (matched < len)
        answer_put(t, question + matched, len - matched);
    else
        answer_put(t, line_end, strlen(line_end));
}
