#include "core/report/stream.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/regular.h"
#include "core/base/text.h"
#include "core/report/stream_out.h"

const char *const stream_form_names[STREAM_FORMS] = {
    [STREAM_TEXT] = "text", [STREAM_HEX] = "hex",           [STREAM_RAW] = "raw",
    [STREAM_JSON] = "json", [STREAM_MESSAGES] = "messages",
};

bool stream_form_by_name(const char *name, enum stream_form *ret)
{
    for (unsigned i = 0; i < STREAM_FORMS; i++)
        if (strcmp(name, stream_form_names[i]) == 0) {
            *ret = (enum stream_form)i;
            return true;
        }
    return false;
}

/* --- what the forms share --------------------------------------------------------------- */

static void flush(struct stream_out *o)
{
    if (!o->error && o->used)
        o->error = o->put(o->ctx, o->buffer, o->used);
    o->used = 0;
}

void stream_out(struct stream_out *o, const void *bytes, size_t len)
{
    if (len > sizeof(o->buffer) - o->used)
        flush(o);
    if (len > sizeof(o->buffer)) {
        if (!o->error)
            o->error = o->put(o->ctx, bytes, len);
        return;
    }
    if (len)
        memcpy(o->buffer + o->used, bytes, len);
    o->used += len;
}

void stream_out_text(struct stream_out *o, const char *text)
{
    stream_out(o, text, strlen(text));
}

void stream_out_format(struct stream_out *o, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    stream_out_text(o, text);
}

static bool wanted(const struct stream_out *o, const struct stream_chunk *c)
{
    return o->shape->only == STREAM_BOTH ||
           o->shape->only ==
               (c->direction == FROM_FIRST ? STREAM_ONLY_FIRST : STREAM_ONLY_SECOND);
}

const struct stream_chunk *stream_out_next(struct stream_out *o, uint64_t *number)
{
    const struct stream_chunk *c;

    if (o->error)
        return NULL;
    while ((c = stream_chunk(o->stream, *number)) && !wanted(o, c))
        ++*number;
    if (!c)
        return NULL;
    o->sum.chunks++;
    if (c->kind == CHUNK_GAP)
        o->sum.missing_bytes += c->len;
    else
        o->sum.bytes[c->direction] += c->len;
    return c;
}

void stream_out_heading(struct stream_out *o, const struct stream_chunk *first, uint64_t bytes,
                        uint64_t missing)
{
    bool before = first->wall_ns < o->start_ns;
    uint64_t ns = before ? o->start_ns - first->wall_ns : first->wall_ns - o->start_ns;
    char number[TEXT_NUMBER_BYTES], packet[TEXT_U64_BYTES + 1];

    packet[text_u64(packet_called(first->packet), packet)] = '\0';
    stream_out_format(o, "%s %s %s  %s byte%s", o->ends[FROM_FIRST],
                      first->direction == FROM_FIRST ? "→" : "←", o->ends[FROM_SECOND],
                      text_number(bytes, number), bytes == 1 ? "" : "s");
    if (missing)
        stream_out_format(o, ", %s missing", text_number(missing, number));
    stream_out_format(o, "  packet %s  %s%llu.%06llu", packet, before ? "-" : "",
                      (unsigned long long)(ns / CLOCK_SECOND_NS),
                      (unsigned long long)(ns % CLOCK_SECOND_NS / 1000));
}

static void stream_raw(struct stream_out *o)
{
    const struct stream_chunk *c;

    for (uint64_t n = stream_first(o->stream); (c = stream_out_next(o, &n)); n++)
        if (c->kind == CHUNK_BYTES)
            stream_out(o, stream_bytes(o->stream, n), (size_t)c->len);
}

/* --- the whole -------------------------------------------------------------------------- */

static void begin(struct stream_out *o)
{
    const struct stream_chunk *first = stream_chunk(o->stream, stream_first(o->stream));

    o->start_ns = o->shape->start_ns ? o->shape->start_ns : first ? first->wall_ns : 0;
    o->sum.lost_bytes = stream_lost_bytes(o->stream);
    for (int i = 0; i < 2; i++) {
        const char *end = o->shape->ends[i] ? o->shape->ends[i] : "?";

        text_clean(end, strlen(end), o->ends[i], sizeof(o->ends[i]));
    }
}

int stream_report(const struct stream *s, const struct stream_shape *shape, stream_put *put,
                  void *ctx, struct stream_sum *ret_sum)
{
    static void (*const forms[STREAM_FORMS])(struct stream_out *) = {
        [STREAM_TEXT] = stream_text,         [STREAM_HEX] = stream_hex,
        [STREAM_RAW] = stream_raw,           [STREAM_JSON] = stream_json,
        [STREAM_MESSAGES] = stream_messages,
    };
    struct stream_out *o = mem_new(1, sizeof(*o));
    int r;

    o->stream = s;
    o->shape = shape;
    o->put = put;
    o->ctx = ctx;
    begin(o);
    forms[shape->form](o);
    flush(o);
    r = o->error;
    if (ret_sum && r == 0)
        *ret_sum = o->sum;
    free(o);
    return r;
}

/* --- into a file ------------------------------------------------------------------------ */

static int put_into(void *ctx, const char *bytes, size_t len)
{
    return file_write(*(int *)ctx, bytes, len);
}

int stream_save(const struct stream *s, const struct stream_shape *shape, const char *path,
                struct stream_sum *ret_sum, struct err *err)
{
    struct stream_sum sum = {0};
    struct whole w;
    int r = regular_begin(&w, path, err);

    if (r < 0)
        return r;
    r = regular_end(&w, path, stream_report(s, shape, put_into, &w.fd, &sum), err);
    if (ret_sum && r == 0)
        *ret_sum = sum;
    return r;
}
