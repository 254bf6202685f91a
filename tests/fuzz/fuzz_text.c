/* Any bytes made fit for a person: what comes out may reach a terminal, ends in a NUL within its
 * room, is not changed by doing it again, and where nothing may be lost the bytes come back. */
#include <stdlib.h>
#include <string.h>

#include "core/base/line.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/message/json_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

/* Into a room of this size. */
static void check_clean(const uint8_t *data, size_t size, size_t room)
{
    char *out = mem_new(room, 1), *again = mem_new(room, 1);
    size_t n = text_clean(data, size, out, room);

    must(n < room && strlen(out) == n && text_is_printable(out));
    must(text_clean(out, n, again, room) == n && strcmp(out, again) == 0);
    free(out);
    free(again);
}

static void check_escape(const uint8_t *data, size_t size)
{
    char *out = mem_new(TEXT_ESCAPED_BYTES(size), 1);
    size_t n = text_escape(data, size, out), at;

    must(n < TEXT_ESCAPED_BYTES(size) && strlen(out) == n && text_is_printable(out));
    must(text_unescape(out, &at) == size && memcmp(out, data, size) == 0);
    free(out);
}

/* What a person wrote: resolved, or refused with a place in it. */
static void check_unescape(const uint8_t *data, size_t size)
{
    char *text = mem_copy(data, size);
    size_t len = strlen(text), at = 0, n = text_unescape(text, &at);
    uint64_t ns;

    must(n == (size_t)-1 ? at < len && data[at] == '\\' : n <= len);
    free(text);
    text = mem_copy(data, size);
    must(text_seconds(text, &ns) < 0 || ns <= UINT64_C(1000000) * 1000000000);
    free(text);
}

static void check_characters(const uint8_t *data, size_t size)
{
    for (size_t at = 0; at < size;) {
        uint32_t code = 0;
        char bytes[4];
        size_t n = text_utf8_decode(data + at, size - at, &code);

        must(n <= 4 && n <= size - at);
        must(!n || (text_utf8_encode(code, bytes) == n && memcmp(bytes, data + at, n) == 0));
        at += n ? n : 1;
    }
}

/* A string of JSON, read again; it is given UTF-8 only. */
static void check_json(const uint8_t *data, size_t size, bool printable)
{
    struct json_writer w = {0};
    struct json_reader r;
    struct json_token token;
    char *out;

    json_write_string(&w, (const char *)data, size, printable);
    out = mem_new(w.len, 1);
    json_reader_init(&r, w.bytes, w.len, 1);
    must(json_next(&r, &token) == 0 && token.kind == JSON_STRING && token.len == w.len);
    must(json_unescape(w.bytes, &token, out) == size && memcmp(out, data, size) == 0);
    if (printable) {
        json_write(&w, "", 1);
        must(text_is_printable(w.bytes));
    }
    free(out);
    free(w.bytes);
}

static void check_quoted(const uint8_t *data, size_t size, size_t room)
{
    char *out = mem_new(room, 1);
    struct line_out line = line_in(out, room);

    line_add_quoted(&line, data, size);
    must(line.used < room && strlen(out) == line.used && text_is_printable(out));
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t utf8 = json_utf8_span((const char *)data, size);

    must(utf8 <= size);
    check_clean(data, size, 1 + (size ? data[0] : 0));
    /* "\u{10ffff}" for four bytes, "\xff" for one. */
    check_clean(data, size, 4 * size + 1);
    check_escape(data, size);
    check_unescape(data, size);
    check_characters(data, size);
    check_json(data, utf8, false);
    check_json(data, utf8, true);
    check_quoted(data, size, 1 + (size ? data[0] : 0));
    check_quoted(data, size, 4 * size + 3);
    return 0;
}
