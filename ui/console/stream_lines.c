#include "ui/console/stream_lines.h"

#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "ui/console/surface.h"

/* A dump row of 16 with an offset of eight digits. */
#define COLUMNS_OF_16 76

int stream_place_compare(const struct stream_place *a, const struct stream_place *b)
{
    if (a->chunk != b->chunk)
        return a->chunk < b->chunk ? -1 : 1;
    if (a->body != b->body)
        return a->body ? 1 : -1;
    return a->at == b->at ? 0 : a->at < b->at ? -1 : 1;
}

static const struct stream_chunk *shown(const struct stream_lines *l, uint64_t number)
{
    return number < l->end ? stream_chunk(l->stream, number) : NULL;
}

static bool has_heading(const struct stream_lines *l, uint64_t number)
{
    const struct stream_chunk *c = stream_chunk(l->stream, number), *before;

    before = number ? stream_chunk(l->stream, number - 1) : NULL;
    return !before || (c && (c->direction != before->direction || c->datagram));
}

/* --- the lines of a chunk --------------------------------------------------------------- */

static size_t dump_width(const struct stream_lines *l)
{
    return l->columns >= COLUMNS_OF_16 ? 16 : 8;
}

/* A character as it is, or the escape that stands for it. */
struct piece {
    size_t bytes, used; /* of what came, of the text that shows it */
    int columns;
    char text[16]; /* only when it is wanted, or was needed to count the columns */
};

/* Large chunks are walked through, so that what is usual is counted without writing it. */
static void piece_at(const uint8_t *bytes, size_t len, bool wanted, struct piece *ret)
{
    uint8_t b = bytes[0];
    uint32_t code;

    ret->bytes = b < 0x80 ? 1 : text_utf8_decode(bytes, len, &code);
    if (b >= 0x20 && b < 0x7f) {
        ret->used = 1;
        ret->text[0] = (char)b;
    } else if (ret->bytes > 1) {
        ret->used = text_clean(bytes, ret->bytes, ret->text, sizeof(ret->text));
        ret->columns = text_columns(ret->text);
        return;
    } else {
        ret->bytes = 1;
        ret->used = b == '\n' || b == '\r' || b == '\t' ? 2 : 4; /* \n, \x00 */
        if (wanted)
            text_clean(bytes, 1, ret->text, sizeof(ret->text));
    }
    ret->columns = (int)ret->used;
}

/* Bytes of the line end that begins here; 0: none does. */
static size_t line_end(const uint8_t *bytes, size_t len)
{
    if (len && bytes[0] == '\n')
        return 1;
    return len > 1 && bytes[0] == '\r' && bytes[1] == '\n' ? 2 : 0;
}

/* The bytes of the line that begins at `at`: up to the width, with the line end if there is one.
 * buf may be NULL. */
static size_t text_line(const struct stream_lines *l, const uint8_t *bytes, size_t len,
                        size_t at, char *buf)
{
    size_t start = at, used = 0, end;
    int taken = 0;

    while (at < len && !line_end(bytes + at, len - at)) {
        struct piece piece;

        piece_at(bytes + at, len - at, buf != NULL, &piece);
        if (at > start &&
            (taken + piece.columns > l->columns || used + piece.used >= STREAM_LINE_BYTES))
            break;
        if (buf)
            memcpy(buf + used, piece.text, piece.used);
        used += piece.used;
        taken += piece.columns;
        at += piece.bytes;
    }
    if (buf)
        buf[used] = '\0';
    end = line_end(bytes + at, len - at);
    return at + end - start;
}

/* How many bytes the line at `at` shows; 0 only of a chunk that has none. */
static size_t line_len(const struct stream_lines *l, uint64_t number, uint64_t at)
{
    const struct stream_chunk *c = shown(l, number);
    size_t left;

    if (!c || c->kind == CHUNK_GAP || at >= c->len)
        return 0;
    left = (size_t)(c->len - at);
    if (l->hex)
        return left < dump_width(l) ? left : dump_width(l);
    return text_line(l, stream_bytes(l->stream, number), (size_t)c->len, (size_t)at, NULL);
}

/* The line that has a byte. */
static uint64_t line_of(const struct stream_lines *l, uint64_t number, uint64_t byte)
{
    uint64_t at = 0, n;

    if (l->hex)
        return byte / dump_width(l) * dump_width(l);
    while ((n = line_len(l, number, at)) && at + n <= byte)
        at += n;
    return at;
}

/* --- rows ------------------------------------------------------------------------------- */

static struct stream_place last_line(const struct stream_lines *l, uint64_t number)
{
    const struct stream_chunk *c = shown(l, number);
    uint64_t last = c && c->kind == CHUNK_BYTES && c->len ? c->len - 1 : 0;

    return (struct stream_place){number, true, line_of(l, number, last)};
}

bool stream_lines_first(const struct stream_lines *l, struct stream_place *ret)
{
    if (stream_first(l->stream) >= l->end)
        return false;
    *ret = (struct stream_place){stream_first(l->stream), false, 0};
    return true;
}

bool stream_lines_last(const struct stream_lines *l, struct stream_place *ret)
{
    if (stream_first(l->stream) >= l->end)
        return false;
    *ret = last_line(l, l->end - 1);
    return true;
}

struct stream_place stream_lines_of(const struct stream_lines *l, uint64_t chunk, uint64_t byte)
{
    return (struct stream_place){chunk, true, line_of(l, chunk, byte)};
}

bool stream_lines_mend(const struct stream_lines *l, struct stream_place *p)
{
    const struct stream_chunk *c = shown(l, p->chunk);

    if (p->chunk < stream_first(l->stream))
        return stream_lines_first(l, p);
    if (!c)
        return stream_lines_last(l, p);
    if (!p->body && !has_heading(l, p->chunk))
        *p = (struct stream_place){p->chunk, true, 0};
    return true;
}

bool stream_lines_next(const struct stream_lines *l, struct stream_place *p)
{
    const struct stream_chunk *c = shown(l, p->chunk);
    size_t n = p->body ? line_len(l, p->chunk, p->at) : 0;

    if (!c)
        return false;
    if (!p->body) {
        *p = (struct stream_place){p->chunk, true, 0};
        return true;
    }
    if (n && p->at + n < c->len) {
        p->at += n;
        return true;
    }
    if (!shown(l, p->chunk + 1))
        return false;
    *p = (struct stream_place){p->chunk + 1, !has_heading(l, p->chunk + 1), 0};
    return true;
}

bool stream_lines_back(const struct stream_lines *l, struct stream_place *p)
{
    if (p->body && p->at) {
        p->at = line_of(l, p->chunk, p->at - 1);
        return true;
    }
    if (p->body && has_heading(l, p->chunk)) {
        p->body = false;
        return true;
    }
    if (p->chunk <= stream_first(l->stream))
        return false;
    *p = last_line(l, p->chunk - 1);
    return true;
}

/* The newest of the line starts before a place in its chunk. */
struct starts {
    uint64_t n; /* in all */
    uint64_t at[STREAM_LINES_BACK];
};

static void find_starts(const struct stream_lines *l, const struct stream_place *p,
                        struct starts *ret)
{
    uint64_t n;

    ret->n = 0;
    for (uint64_t at = 0; at < p->at && (n = line_len(l, p->chunk, at)); at += n)
        ret->at[ret->n++ % STREAM_LINES_BACK] = at;
}

void stream_lines_back_by(const struct stream_lines *l, struct stream_place *p, size_t rows)
{
    struct starts starts;

    if (rows > STREAM_LINES_BACK)
        rows = STREAM_LINES_BACK;
    while (rows) {
        if (!p->body || !p->at) {
            if (!stream_lines_back(l, p))
                return;
            rows--;
            continue;
        }
        find_starts(l, p, &starts);
        if (starts.n >= rows) {
            p->at = starts.at[(starts.n - rows) % STREAM_LINES_BACK];
            return;
        }
        p->at = 0;
        rows -= (size_t)starts.n;
    }
}

static void dump_row(const struct stream_lines *l, const struct stream_place *p,
                     const struct stream_chunk *c, size_t n, char buf[STREAM_LINE_BYTES])
{
    struct hexdump h = {.len = n, .width = dump_width(l)};
    char row[HEXDUMP_LINE_BYTES];

    hexdump_line(&h, stream_bytes(l->stream, p->chunk) + p->at, 0, row);
    snprintf(buf, STREAM_LINE_BYTES, "%08llx%s", (unsigned long long)(c->offset + p->at),
             n ? row + hexdump_offset_columns(&h) : "");
}

void stream_lines_text(const struct stream_lines *l, const struct stream_place *p,
                       char buf[STREAM_LINE_BYTES], size_t *ret_len)
{
    const struct stream_chunk *c = shown(l, p->chunk);
    char number[TEXT_NUMBER_BYTES];

    buf[0] = '\0';
    *ret_len = 0;
    if (!c || !p->body)
        return;
    *ret_len = line_len(l, p->chunk, p->at);
    if (c->kind == CHUNK_GAP)
        snprintf(buf, STREAM_LINE_BYTES, "[%s byte%s %s]", text_number(c->len, number),
                 c->len == 1 ? "" : "s", c->cut ? "cut off by the capture" : "not captured");
    else if (l->hex)
        dump_row(l, p, c, *ret_len, buf);
    else
        text_line(l, stream_bytes(l->stream, p->chunk), (size_t)c->len, (size_t)p->at, buf);
}
