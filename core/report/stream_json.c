/* Streams as JSON, an object a chunk. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/hex.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/message/json_write.h"
#include "core/report/stream_out.h"

static void add_u64(struct json_writer *w, const char *name, uint64_t n)
{
    char digits[TEXT_U64_BYTES];

    json_write_text(w, name);
    json_write(w, digits, text_u64(n, digits));
}

static void add_string(struct json_writer *w, const char *name, const char *text)
{
    json_write_text(w, name);
    json_write_string(w, text, strlen(text), true);
}

/* Digits as they are: a double would lose the last ones. */
static void add_time(struct json_writer *w, uint64_t wall_ns)
{
    char text[48];

    snprintf(text, sizeof(text), "%" PRIu64 ".%09" PRIu64, wall_ns / CLOCK_SECOND_NS,
             wall_ns % CLOCK_SECOND_NS);
    add_string(w, ", \"time\": ", text);
}

static void add_bytes(struct json_writer *w, const uint8_t *bytes, size_t len)
{
    size_t size = 4 * len + 1;
    char *text = mem_new(size, 1);

    json_write_text(w, ", \"hex\": \"");
    json_write_text(w, hex_write(bytes, len, text));
    json_write_text(w, "\", \"text\": ");
    json_write_string(w, text, text_clean(bytes, len, text, size), true);
    free(text);
}

static void write_chunk(struct json_writer *w, const struct stream_out *o, uint64_t number,
                        const struct stream_chunk *c)
{
    w->len = 0;
    add_u64(w, "{\"conversation\": ", stream_conversation(o->stream));
    add_u64(w, ", \"chunk\": ", number);
    add_u64(w, ", \"packet\": ", packet_called(c->packet));
    add_time(w, c->wall_ns);
    add_string(w, ", \"from\": ", o->ends[c->direction]);
    add_string(w, ", \"to\": ", o->ends[!c->direction]);
    add_u64(w, ", \"offset\": ", c->offset);
    add_u64(w, ", \"length\": ", c->len);
    json_write_text(w, c->kind == CHUNK_GAP ? ", \"kind\": \"gap\"" : ", \"kind\": \"bytes\"");
    if (c->cut)
        json_write_text(w, ", \"cut\": true");
    if (c->disputed)
        json_write_text(w, ", \"disputed\": true");
    if (c->kind == CHUNK_BYTES)
        add_bytes(w, stream_bytes(o->stream, number), (size_t)c->len);
    json_write_text(w, "}\n");
}

void stream_json(struct stream_out *o)
{
    struct json_writer w = {0};
    const struct stream_chunk *c;

    for (uint64_t n = stream_first(o->stream); (c = stream_out_next(o, &n)); n++) {
        write_chunk(&w, o, n, c);
        stream_out(o, w.bytes, w.len);
    }
    free(w.bytes);
}
