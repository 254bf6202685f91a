/* The framed messages in a stream. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/messages.h"
#include "core/report/stream_out.h"

/* No more messages than are kept come to their end in so many bytes: each has a header with four
 * fields. */
#define STEP_BYTES 4096

/* Each direction on its own, so that what is coming in one is not pushed out by the other. */
struct finder {
    struct messages messages;
    uint64_t written; /* number of the first that is not */
    bool begun;
};

static void write_found(struct stream_out *o, const struct found *f)
{
    struct describe_line lines[FOUND_LINES_MAX];
    size_t n = found_describe(f, lines);
    const struct stream_chunk *c = stream_chunk(o->stream, f->passage);
    char text[DESCRIBE_FORMAT_BYTES];

    /* It came from this stream, which is not added to meanwhile. */
    if (c)
        stream_out_heading(o, c, f->message ? f->message->len : 0, f->missing_bytes);
    stream_out_text(o, "  ");
    stream_out_text(o, f->summary);
    stream_out_text(o, "\n");
    for (size_t i = 0; i < n; i++) {
        stream_out_text(o, "  ");
        stream_out(o, text, describe_format(&lines[i], text));
        stream_out_text(o, "\n");
    }
    o->sum.messages += f->kind == FOUND_WHOLE || f->kind == FOUND_CUT;
}

/* Those that have come to their end; or all.  What ends a stream stands behind all the others. */
static void write_new(struct stream_out *o, struct finder *finder, bool all)
{
    const struct found *f;

    while ((f = messages_at(&finder->messages, finder->written)) &&
           (all || f->kind == FOUND_WHOLE || f->kind == FOUND_CUT)) {
        write_found(o, f);
        finder->written++;
    }
}

static void take_chunk(struct stream_out *o, struct finder *finder, uint64_t number,
                       const struct stream_chunk *c)
{
    const uint8_t *bytes = stream_bytes(o->stream, number);
    struct passage p = {.at_ns = c->wall_ns, .direction = c->direction};

    if (c->kind == CHUNK_GAP) {
        p.length = c->len;
        messages_take(&finder->messages, number, &p, (const uint8_t *)"", 0);
        write_new(o, finder, false);
        return;
    }
    for (uint64_t done = 0; done < c->len; done += p.length) {
        p.length = c->len - done < STEP_BYTES ? c->len - done : STEP_BYTES;
        messages_take(&finder->messages, number, &p, bytes + done, (size_t)p.length);
        write_new(o, finder, false);
    }
}

void stream_messages(struct stream_out *o)
{
    struct finder *finders = mem_new(2, sizeof(*finders));
    const struct stream_chunk *c;
    uint64_t n = stream_first(o->stream);

    for (int i = 0; i < 2; i++)
        messages_init(&finders[i].messages);
    for (; (c = stream_out_next(o, &n)); n++) {
        struct finder *finder = &finders[c->direction];

        if (!finder->begun && c->offset)
            messages_lose(&finder->messages, c->direction, c->wall_ns);
        finder->begun = true;
        take_chunk(o, finder, n, c);
    }
    for (int i = 0; i < 2; i++) {
        write_new(o, &finders[i], true);
        messages_done(&finders[i].messages);
    }
    free(finders);
}
