/* Whatever passages a transcript holds, what is found in them is described within its bytes,
 * nothing is kept for ever, and a whole message is sent anew without a loss that is not told.
 *
 * The input is a list of passages: direction and how much is missing in one byte, length in the
 * next one, then bytes. */
#include <stdlib.h>
#include <string.h>

#include "core/model/messages.h"
#include "core/model/resend.h"

#define SESSION 1

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void put_passages(struct ring *ring, const uint8_t *data, size_t size)
{
    for (size_t at = 0; at + 2 <= size;) {
        struct passage p = {.session_id = SESSION, .direction = data[at] % 3};
        size_t missing = data[at] / 8, len = data[at + 1];

        at += 2;
        len = len < size - at ? len : size - at;
        p.length = len + missing * missing;
        ring_put(ring, &p, data + at, len);
        at += len;
    }
}

static void send_anew(const struct message *m)
{
    struct command c;
    uint8_t *bytes;
    size_t len;

    if (resend_command(m, SESSION, &c) != RESEND_ALL ||
        command_message(&c, &bytes, &len, NULL) < 0)
        return;
    /* A header may be written in other ways, the content has one. */
    must(len >= m->content.len &&
         (m->content.len == 0 ||
          memcmp(bytes + len - m->content.len, m->bytes + m->content.at, m->content.len) == 0));
    free(bytes);
}

static void check(const struct messages *m)
{
    for (uint64_t i = m->first; i < m->next; i++) {
        struct describe_line lines[FOUND_LINES_MAX];
        const struct found *f = messages_at(m, i);
        size_t n = found_describe(f, lines);

        must(n == f->n_lines && n <= FOUND_LINES_MAX);
        must(f->message || f->kind == FOUND_LOST);
        for (size_t k = 0; k < n; k++)
            must(!lines[k].part.len || lines[k].part.at + lines[k].part.len <= f->message->len);
        if (f->kind == FOUND_WHOLE)
            send_anew(f->message);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ring *ring = ring_new(64, sizeof(struct passage), 1 << 14);
    struct messages m;

    messages_init(&m);
    put_passages(ring, data, size / 2);
    messages_update(&m, ring, ring_head(ring), SESSION, 0);
    check(&m);
    put_passages(ring, data + size / 2, size - size / 2);
    messages_update(&m, ring, ring_head(ring), SESSION, 0);
    check(&m);
    messages_done(&m);
    ring_free(ring);
    return 0;
}
