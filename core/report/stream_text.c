/* Streams as text and as dumps. */
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/report/stream_out.h"
#include "core/wire/hexdump.h"

#define LINE_BYTES 1024 /* of a line of text, before it is written in parts */
#define DUMP_WIDTH 16

/* The text of a run of chunks: lines and characters may go on from one to the next. */
struct text_run {
    struct stream_out *out;
    bool in_line; /* the last line has not ended */
    size_t used;
    char line[LINE_BYTES];
};

/* Bytes at the end that begin a character and do not finish it. */
static size_t unfinished(const char *bytes, size_t len)
{
    uint32_t code;

    for (size_t n = 1; n <= 3 && n <= len; n++) {
        uint8_t lead = (uint8_t)bytes[len - n];
        size_t wants = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;

        if (lead < 0x80)
            return 0;
        if (lead >= 0xc0)
            return wants > n && !text_utf8_decode(bytes + len - n, n, &code) ? n : 0;
    }
    return 0;
}

/* Write what is there but for the last `keep` bytes. */
static void write_line(struct text_run *r, size_t keep)
{
    char clean[4 * LINE_BYTES + 1];
    size_t n = r->used - keep;

    stream_out(r->out, clean, text_clean(r->line, n, clean, sizeof(clean)));
    r->in_line |= n > 0;
    memmove(r->line, r->line + n, keep);
    r->used = keep;
}

static void end_line(struct text_run *r)
{
    write_line(r, 0);
    if (r->in_line)
        stream_out(r->out, "\n", 1);
    r->in_line = false;
}

static void add_text(struct text_run *r, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '\n') {
            r->used -= r->used && r->line[r->used - 1] == '\r';
            r->in_line = true;
            end_line(r);
            continue;
        }
        if (r->used == sizeof(r->line)) {
            bool cr = r->line[r->used - 1] == '\r';

            write_line(r, cr ? 1 : unfinished(r->line, r->used));
        }
        r->line[r->used++] = (char)bytes[i];
    }
}

/* What stands in place of a gap's bytes. */
static void write_gap(struct stream_out *o, const struct stream_chunk *gap)
{
    char number[TEXT_NUMBER_BYTES];

    stream_out_format(o, "[%s byte%s %s]\n", text_number(gap->len, number),
                      gap->len == 1 ? "" : "s",
                      gap->cut ? "cut off by the capture" : "not captured");
}

static void write_dispute(struct stream_out *o, const struct stream_chunk *c)
{
    char packet[TEXT_U64_BYTES + 1];

    packet[text_u64(packet_called(c->packet), packet)] = '\0';
    stream_out_format(o, "[another segment had other bytes than packet %s]\n", packet);
}

static void dump_chunk(struct stream_out *o, const struct stream_chunk *c, const uint8_t *bytes)
{
    struct hexdump h = {.len = (size_t)c->len, .width = DUMP_WIDTH};
    char line[HEXDUMP_LINE_BYTES];

    for (size_t row = 0; row < hexdump_rows(&h) && !o->error; row++) {
        hexdump_line(&h, bytes, row, line);
        stream_out_format(
            o, "%08llx%s\n",
            (unsigned long long)(c->offset + (uint64_t)hexdump_row_start(&h, row)),
            line + hexdump_offset_columns(&h));
    }
}

/* Chunks of one direction up to the next of the other, or one datagram. */
struct run {
    uint64_t end; /* number of the chunk behind it */
    uint64_t bytes, missing;
};

static struct run measure(const struct stream_out *o, uint64_t number)
{
    const struct stream_chunk *first = stream_chunk(o->stream, number), *c;
    struct run run = {.end = number};

    for (; (c = stream_chunk(o->stream, run.end)); run.end++) {
        if (c->direction != first->direction ? o->shape->only == STREAM_BOTH
                                             : c->datagram && c != first)
            break;
        if (c->direction != first->direction)
            continue;
        run.bytes += c->kind == CHUNK_BYTES ? c->len : 0;
        run.missing += c->kind == CHUNK_GAP ? c->len : 0;
    }
    return run;
}

static void write_lost(struct stream_out *o)
{
    char number[TEXT_NUMBER_BYTES];

    if (o->sum.lost_bytes)
        stream_out_format(o, "[the oldest %s bytes are gone: newer ones took the place]\n",
                          text_number(o->sum.lost_bytes, number));
}

static void write_chunk(struct text_run *r, uint64_t n, const struct stream_chunk *c, bool hex)
{
    struct stream_out *o = r->out;

    if (c->kind == CHUNK_GAP || hex || c->disputed)
        end_line(r);
    if (c->kind == CHUNK_GAP)
        write_gap(o, c);
    else if (hex)
        dump_chunk(o, c, stream_bytes(o->stream, n));
    else
        add_text(r, stream_bytes(o->stream, n), (size_t)c->len);
    if (c->disputed) {
        end_line(r);
        write_dispute(o, c);
    }
}

static void write_runs(struct stream_out *o, bool hex)
{
    struct text_run text = {.out = o};
    const struct stream_chunk *c;
    struct run run = {0};
    uint64_t n = stream_first(o->stream);

    write_lost(o);
    for (; (c = stream_out_next(o, &n)); n++) {
        if (!run.end || n >= run.end) {
            end_line(&text);
            run = measure(o, n);
            stream_out_heading(o, c, run.bytes, run.missing);
            stream_out(o, "\n", 1);
        }
        write_chunk(&text, n, c, hex);
    }
    end_line(&text);
}

void stream_text(struct stream_out *o)
{
    write_runs(o, false);
}

void stream_hex(struct stream_out *o)
{
    write_runs(o, true);
}
