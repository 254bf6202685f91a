#include "core/wire/http_response.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

static int refuse(struct http_response *r, const char *wrong)
{
    r->wrong = wrong;
    return -EBADMSG;
}

static void begin(struct http_response *r)
{
    *r = (struct http_response){.body_hash = FNV_BASIS, .begun = true};
}

/* A whole number of a base, nothing behind it; false also when it does not fit. */
static bool take_number(const char *text, size_t len, unsigned base, uint64_t *ret)
{
    uint64_t n = 0;

    if (!len)
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned digit = text[i] >= '0' && text[i] <= '9'   ? (unsigned)(text[i] - '0')
                         : text[i] >= 'a' && text[i] <= 'f' ? (unsigned)(text[i] - 'a') + 10
                         : text[i] >= 'A' && text[i] <= 'F' ? (unsigned)(text[i] - 'A') + 10
                                                            : base;

        if (digit >= base || n > (UINT64_MAX - digit) / base)
            return false;
        n = n * base + digit;
    }
    *ret = n;
    return true;
}

/* "HTTP/1.1 200 OK" */
static int status_line(struct http_response *r, const char *line, size_t len)
{
    uint64_t minor, status;

    if (len < 12 || memcmp(line, "HTTP/1.", 7) != 0 || line[8] != ' ' ||
        !take_number(line + 7, 1, 10, &minor) || !take_number(line + 9, 3, 10, &status) ||
        status < 100 || (len > 12 && line[12] != ' '))
        return refuse(r, "its first line is no status line of HTTP/1");
    r->status = (uint16_t)status;
    r->closes = minor == 0;
    r->stage = RESPONSE_HEADERS;
    return 0;
}

/* The value of a header of that name, without spaces around it; NULL when it is another one. */
static const char *value_of(const char *line, size_t len, const char *name, size_t *ret_len)
{
    size_t n = strlen(name);
    const char *end = line + len;

    if (len <= n || line[n] != ':' || strncasecmp(line, name, n) != 0)
        return NULL;
    line += n + 1;
    while (line < end && (*line == ' ' || *line == '\t'))
        line++;
    while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *ret_len = (size_t)(end - line);
    return line;
}

/* Whether a list "a, b" has the word. */
static bool has_word(const char *list, size_t len, const char *word)
{
    size_t n = strlen(word);

    for (size_t i = 0; i + n <= len; i++)
        if (strncasecmp(list + i, word, n) == 0 &&
            (i == 0 || list[i - 1] == ',' || list[i - 1] == ' ') &&
            (i + n == len || list[i + n] == ',' || list[i + n] == ' '))
            return true;
    return false;
}

static int header(struct http_response *r, const char *line, size_t len)
{
    const char *value;
    size_t n;

    if ((value = value_of(line, len, "content-length", &n))) {
        uint64_t length;

        if (!take_number(value, n, 10, &length))
            return refuse(r, "its Content-Length is no number");
        if (r->has_length && length != r->length)
            return refuse(r, "it has two Content-Lengths");
        r->has_length = true;
        r->length = length;
    } else if ((value = value_of(line, len, "transfer-encoding", &n))) {
        if (!has_word(value, n, "chunked"))
            return refuse(r, "its Transfer-Encoding is not chunked");
        r->chunked = true;
    } else if ((value = value_of(line, len, "connection", &n))) {
        if (has_word(value, n, "close"))
            r->closes = true;
        else if (has_word(value, n, "keep-alive"))
            r->closes = false;
    }
    return 0;
}

/* The empty line behind the headers: 1 when there is no body. */
static int headers_end(struct http_response *r)
{
    if (r->status < 200) { /* the response itself follows (RFC 9110, 15.2) */
        r->begun = false;
        r->stage = RESPONSE_STATUS_LINE;
        return 0;
    }
    if (r->status == 204 || r->status == 304)
        return 1;
    if (r->chunked) {
        r->stage = RESPONSE_CHUNK_SIZE;
    } else if (r->has_length) {
        r->stage = RESPONSE_BODY;
        r->left = r->length;
        return r->left == 0;
    } else {
        r->stage = RESPONSE_BODY_TO_END;
        r->closes = true;
    }
    return 0;
}

static int chunk_size(struct http_response *r, const char *line, size_t len)
{
    const char *extension = memchr(line, ';', len);
    size_t n = extension ? (size_t)(extension - line) : len;

    while (n && (line[n - 1] == ' ' || line[n - 1] == '\t'))
        n--;
    if (!take_number(line, n, 16, &r->left))
        return refuse(r, "the size of a chunk is no number");
    r->stage = r->left ? RESPONSE_CHUNK : RESPONSE_TRAILERS;
    return 0;
}

/* A line without its end.  1 when the response ends with it. */
static int take_line(struct http_response *r, const char *line, size_t len)
{
    if (len && line[len - 1] == '\r')
        len--;
    switch (r->stage) {
    case RESPONSE_STATUS_LINE:
        return status_line(r, line, len);
    case RESPONSE_HEADERS:
        return len ? header(r, line, len) : headers_end(r);
    case RESPONSE_CHUNK_SIZE:
        return chunk_size(r, line, len);
    case RESPONSE_CHUNK_END:
        if (len)
            return refuse(r, "a chunk is longer than its size");
        r->stage = RESPONSE_CHUNK_SIZE;
        return 0;
    default:
        return len ? 0 : 1;
    }
}

/* What is kept of a line that is not whole yet. */
static void keep(struct http_response *r, const uint8_t *bytes, size_t len)
{
    size_t room = sizeof(r->line) - r->line_len, n = len < room ? len : room;

    memcpy(r->line + r->line_len, bytes, n);
    r->line_len = (uint16_t)(r->line_len + n);
    r->line_too_long = r->line_too_long || n < len;
}

/* Whether the line that was too long to keep would have to be read. */
static bool line_matters(const struct http_response *r)
{
    size_t n;

    if (r->stage == RESPONSE_TRAILERS)
        return false;
    return r->stage != RESPONSE_HEADERS ||
           value_of(r->line, r->line_len, "content-length", &n) ||
           value_of(r->line, r->line_len, "transfer-encoding", &n) ||
           value_of(r->line, r->line_len, "connection", &n);
}

/* A line, or what there is of it.  Returns like take_line(). */
static int feed_line(struct http_response *r, const uint8_t *bytes, size_t len,
                     size_t *ret_used)
{
    const uint8_t *end = memchr(bytes, '\n', len);
    size_t n = end ? (size_t)(end - bytes) : len, used = end ? n + 1 : len;
    bool whole_here = !r->line_len && n <= sizeof(r->line);
    int result;

    *ret_used = used;
    r->header_bytes += (uint32_t)used;
    if (r->header_bytes > RESPONSE_HEADER_MAX)
        return refuse(r, "its headers are too long");
    if (end && whole_here)
        return take_line(r, (const char *)bytes, n);
    keep(r, bytes, n);
    if (!end)
        return 0;
    if (r->line_too_long && line_matters(r))
        return refuse(r, "a line of it is too long");
    result = r->line_too_long ? 0 : take_line(r, r->line, r->line_len);
    r->line_len = 0;
    r->line_too_long = false;
    return result;
}

static void feed_body(struct http_response *r, const uint8_t *bytes, size_t len)
{
    uint64_t hash = r->body_hash;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * FNV_PRIME;
    r->body_hash = hash;
    r->body_bytes += len;
}

/* 1 when the response ends with these bytes. */
static int feed_piece(struct http_response *r, const uint8_t *bytes, size_t len,
                      size_t *ret_used)
{
    size_t n = len;

    if (r->stage != RESPONSE_BODY && r->stage != RESPONSE_BODY_TO_END &&
        r->stage != RESPONSE_CHUNK)
        return feed_line(r, bytes, len, ret_used);
    if (r->stage != RESPONSE_BODY_TO_END) {
        n = r->left < len ? (size_t)r->left : len;
        r->left -= n;
    }
    feed_body(r, bytes, n);
    *ret_used = n;
    if (r->stage == RESPONSE_CHUNK && !r->left) {
        r->stage = RESPONSE_CHUNK_END;
        r->header_bytes = 0;
    }
    return r->stage == RESPONSE_BODY && !r->left;
}

int http_response_feed(struct http_response *r, const uint8_t *bytes, size_t len,
                       size_t *ret_used)
{
    size_t at = 0;
    int result = 0;

    while (at < len && result == 0) {
        size_t used;

        if (!r->begun)
            begin(r);
        result = feed_piece(r, bytes + at, len - at, &used);
        at += used;
    }
    if (result == 1)
        r->begun = false;
    *ret_used = at;
    return result;
}

int http_response_finish(struct http_response *r)
{
    if (!r->begun)
        return 0;
    if (r->stage != RESPONSE_BODY_TO_END)
        return -EPROTO;
    r->begun = false;
    return 1;
}
