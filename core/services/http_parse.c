#include "core/services/http_parse.h"

#include <string.h>
#include <strings.h>

/* ---- characters ----------------------------------------------------------------------- */

/* What a byte may be part of. */
enum kind {
    DIGIT = 1,
    TOKEN = 2,   /* RFC 9110, 5.6.2 */
    HOST = 4,    /* RFC 3986, 3.2.2: unreserved, sub-delims, and % of an escape */
    VALUE = 8,   /* RFC 9110, 5.5: of a field */
    TARGET = 16, /* no control, no space; what is beyond ASCII comes from people who type a URL
                    as it reads */
};

static const uint8_t kinds[256] = {
    ['\t'] = VALUE,
    [' '] = VALUE,
    ['0' ... '9'] = DIGIT | TOKEN | HOST | VALUE | TARGET,
    ['A' ... 'Z'] = TOKEN | HOST | VALUE | TARGET,
    ['a' ... 'z'] = TOKEN | HOST | VALUE | TARGET,
    ['!'] = TOKEN | HOST | VALUE | TARGET,
    ['$'] = TOKEN | HOST | VALUE | TARGET,
    ['%'] = TOKEN | HOST | VALUE | TARGET,
    ['&'] = TOKEN | HOST | VALUE | TARGET,
    ['\''] = TOKEN | HOST | VALUE | TARGET,
    ['*'] = TOKEN | HOST | VALUE | TARGET,
    ['+'] = TOKEN | HOST | VALUE | TARGET,
    ['-'] = TOKEN | HOST | VALUE | TARGET,
    ['.'] = TOKEN | HOST | VALUE | TARGET,
    ['_'] = TOKEN | HOST | VALUE | TARGET,
    ['~'] = TOKEN | HOST | VALUE | TARGET,
    ['#'] = TOKEN | VALUE | TARGET,
    ['^'] = TOKEN | VALUE | TARGET,
    ['`'] = TOKEN | VALUE | TARGET,
    ['|'] = TOKEN | VALUE | TARGET,
    ['('] = HOST | VALUE | TARGET,
    [')'] = HOST | VALUE | TARGET,
    [','] = HOST | VALUE | TARGET,
    [';'] = HOST | VALUE | TARGET,
    ['='] = HOST | VALUE | TARGET,
    ['"'] = VALUE | TARGET,
    ['/'] = VALUE | TARGET,
    [':'] = VALUE | TARGET,
    ['<'] = VALUE | TARGET,
    ['>'] = VALUE | TARGET,
    ['?'] = VALUE | TARGET,
    ['@'] = VALUE | TARGET,
    ['['] = VALUE | TARGET,
    ['\\'] = VALUE | TARGET,
    [']'] = VALUE | TARGET,
    ['{'] = VALUE | TARGET,
    ['}'] = VALUE | TARGET,
    [0x80 ... 0xff] = VALUE | TARGET,
};

/* All of them are of one kind. */
static bool all(const uint8_t *bytes, size_t len, enum kind kind)
{
    for (size_t i = 0; i < len; i++)
        if (!(kinds[bytes[i]] & kind))
            return false;
    return true;
}

bool http_is_value(uint8_t c)
{
    return kinds[c] & VALUE;
}

static enum http_reading wrong(struct http_head *h, int status, const char *why)
{
    h->status = (uint16_t)status;
    h->why = why;
    return HTTP_WRONG;
}

static bool same(const uint8_t *bytes, size_t len, const char *word)
{
    return len == strlen(word) && strncasecmp((const char *)bytes, word, len) == 0;
}

/* ---- the target ----------------------------------------------------------------------- */

/* uri-host [":" port] */
static bool is_host(const uint8_t *bytes, size_t len)
{
    const uint8_t *end = bytes + len, *p = bytes;

    if (len && *p == '[') {
        const uint8_t *close = memchr(p, ']', len);

        for (p++; p < end && ((kinds[*p] & HOST) || *p == ':'); p++)
            continue;
        if (!close || p != close || close == bytes + 1)
            return false;
        p = close + 1;
    } else {
        while (p < end && (kinds[*p] & HOST))
            p++;
        if (p == bytes)
            return false;
    }
    return p == end || (*p == ':' && all(p + 1, (size_t)(end - p - 1), DIGIT));
}

/* What GET and HEAD may name: a path, or a URI with one (RFC 9112, 3.2). */
static enum http_reading take_target(struct http_head *h, const uint8_t *bytes, uint32_t at,
                                     uint32_t len)
{
    const uint8_t *target = bytes + at, *query;
    uint32_t path = 0;

    if (target[0] != '/') {
        uint32_t host;

        if (len > 7 && strncasecmp((const char *)target, "http://", 7) == 0)
            path = 7;
        else if (len > 8 && strncasecmp((const char *)target, "https://", 8) == 0)
            path = 8;
        else
            return wrong(h, 400, "the target is neither a path nor a URI");
        host = path;
        while (path < len && target[path] != '/' && target[path] != '?')
            path++;
        if (!is_host(target + host, path - host))
            return wrong(h, 400, "the host of the target is none");
    }
    if (memchr(target, '#', len))
        return wrong(h, 400, "a target has no fragment");
    query = memchr(target + path, '?', len - path);
    h->path =
        (struct http_span){at + path, query ? (uint32_t)(query - target) - path : len - path};
    if (query)
        h->query = (struct http_span){at + (uint32_t)(query - target) + 1,
                                      len - (uint32_t)(query - target) - 1};
    return HTTP_MORE;
}

/* ---- the request line ----------------------------------------------------------------- */

static enum http_method method_of(const uint8_t *word, size_t len)
{
    static const char *const others[] = {"POST",    "PUT",   "DELETE", "CONNECT",
                                         "OPTIONS", "TRACE", "PATCH"};

    if (len == 3 && memcmp(word, "GET", 3) == 0)
        return HTTP_GET;
    if (len == 4 && memcmp(word, "HEAD", 4) == 0)
        return HTTP_HEAD;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (len == strlen(others[i]) && memcmp(word, others[i], len) == 0)
            return HTTP_OTHER;
    return HTTP_UNKNOWN;
}

static enum http_reading take_version(struct http_head *h, const uint8_t *version, size_t len)
{
    if (len != 8 || memcmp(version, "HTTP/", 5) != 0 || !(kinds[version[5]] & DIGIT) ||
        version[6] != '.' || !(kinds[version[7]] & DIGIT))
        return wrong(h, 400, "the request line does not end in HTTP/1.1");
    if (version[5] != '1')
        return wrong(h, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    h->minor = version[7] != '0';
    return HTTP_MORE;
}

static enum http_reading take_request_line(struct http_head *h, const uint8_t *bytes,
                                           uint32_t at, uint32_t len)
{
    const uint8_t *line = bytes + at, *end = line + len;
    const uint8_t *target = memchr(line, ' ', len), *version;
    size_t method_len = target ? (size_t)(target - line) : len;
    enum http_reading r;

    if (!method_len || !all(line, method_len, TOKEN))
        return wrong(h, 400, "the method is no token");
    target = target ? target + 1 : end;
    version = memchr(target, ' ', (size_t)(end - target));
    if (!version || version == target)
        return wrong(h, 400, "the request line is not METHOD TARGET VERSION");
    if (!all(target, (size_t)(version - target), TARGET))
        return wrong(h, 400, "the target has a control character");
    h->method = method_of(line, method_len);
    r = take_version(h, version + 1, (size_t)(end - version - 1));
    if (r == HTTP_MORE && (h->method == HTTP_GET || h->method == HTTP_HEAD))
        r = take_target(h, bytes, (uint32_t)(target - bytes), (uint32_t)(version - target));
    h->has_line = true;
    return r;
}

/* RFC 9112, 3: 501 for a method longer than any, 414 for such a target. */
static enum http_reading line_too_long(struct http_head *h, const uint8_t *line)
{
    const uint8_t *end = memchr(line, ' ', HTTP_LINE_BYTES);

    if (!all(line, end ? (size_t)(end - line) : HTTP_LINE_BYTES, TOKEN) || end == line)
        return wrong(h, 400, "the method is no token");
    return end ? wrong(h, 414, "the request line is too long")
               : wrong(h, 501, "the method is too long");
}

/* ---- header fields -------------------------------------------------------------------- */

static void count(uint8_t *n)
{
    *n = (uint8_t)(*n < 2 ? *n + 1 : 2);
}

/* Call with each element of a list, trimmed; empty ones are none (RFC 9110, 5.6.1). */
static void each_element(struct http_head *h, const uint8_t *value, size_t len,
                         void (*take)(struct http_head *h, const uint8_t *word, size_t len))
{
    for (size_t at = 0; at <= len;) {
        const uint8_t *comma = memchr(value + at, ',', len - at);
        size_t end = comma ? (size_t)(comma - value) : len, next = end + 1;

        while (at < end && (value[at] == ' ' || value[at] == '\t'))
            at++;
        while (end > at && (value[end - 1] == ' ' || value[end - 1] == '\t'))
            end--;
        if (end > at)
            take(h, value + at, end - at);
        at = next;
    }
}

static void take_connection(struct http_head *h, const uint8_t *word, size_t len)
{
    h->says_close |= same(word, len, "close");
    h->says_keep_alive |= same(word, len, "keep-alive");
}

/* Of several codings the last one counts: it must be chunked. */
static void take_coding(struct http_head *h, const uint8_t *word, size_t len)
{
    bool is_chunked = same(word, len, "chunked");

    h->twice_chunked |= is_chunked && h->chunked;
    h->other_coding |= !is_chunked;
    h->chunked = is_chunked;
}

static void take_expectation(struct http_head *h, const uint8_t *word, size_t len)
{
    if (same(word, len, "100-continue"))
        h->expects_continue = true;
    else
        h->expects_other = true;
}

static enum http_reading take_length(struct http_head *h, const uint8_t *value, size_t len)
{
    if (h->has_length)
        return wrong(h, 400, "Content-Length stands there twice");
    if (!len || !all(value, len, DIGIT))
        return wrong(h, 400, "Content-Length is no number");
    h->has_length = true;
    for (size_t i = 0; i < len; i++) {
        uint8_t digit = (uint8_t)(value[i] - '0');

        if (h->length > (UINT64_MAX - digit) / 10) {
            h->length = UINT64_MAX;
            return HTTP_MORE;
        }
        h->length = h->length * 10 + digit;
    }
    return HTTP_MORE;
}

enum field {
    FIELD_HOST,
    FIELD_RANGE,
    FIELD_EXPECT,
    FIELD_IF_RANGE,
    FIELD_CONNECTION,
    FIELD_NONE_MATCH,
    FIELD_LENGTH,
    FIELD_CODING,
    FIELD_MODIFIED,
    FIELD_IGNORED,
};

static enum field field_of(const uint8_t *name, size_t len)
{
    static const char *const names[FIELD_IGNORED] = {
        [FIELD_HOST] = "Host",
        [FIELD_RANGE] = "Range",
        [FIELD_EXPECT] = "Expect",
        [FIELD_IF_RANGE] = "If-Range",
        [FIELD_CONNECTION] = "Connection",
        [FIELD_NONE_MATCH] = "If-None-Match",
        [FIELD_LENGTH] = "Content-Length",
        [FIELD_CODING] = "Transfer-Encoding",
        [FIELD_MODIFIED] = "If-Modified-Since",
    };

    for (size_t i = 0; i < FIELD_IGNORED; i++)
        if (same(name, len, names[i]))
            return (enum field)i;
    return FIELD_IGNORED;
}

static enum http_reading take_field(struct http_head *h, enum field field, const uint8_t *bytes,
                                    struct http_span value)
{
    const uint8_t *text = bytes + value.at;

    switch (field) {
    case FIELD_HOST:
        count(&h->hosts);
        return h->hosts == 1 && (!value.len || is_host(text, value.len))
                   ? HTTP_MORE
                   : wrong(h, 400, "Host is no host, or stands there twice");
    case FIELD_LENGTH:
        return take_length(h, text, value.len);
    case FIELD_CODING:
        h->has_coding = true;
        each_element(h, text, value.len, take_coding);
        break;
    case FIELD_CONNECTION:
        each_element(h, text, value.len, take_connection);
        break;
    case FIELD_EXPECT:
        each_element(h, text, value.len, take_expectation);
        break;
    case FIELD_RANGE:
        count(&h->ranges);
        h->range = value;
        break;
    case FIELD_IF_RANGE:
        count(&h->n_if_range);
        h->if_range = value;
        break;
    case FIELD_MODIFIED:
        count(&h->n_modified_since);
        h->modified_since = value;
        break;
    case FIELD_NONE_MATCH:
        count(&h->n_none_match);
        break;
    case FIELD_IGNORED:
        break;
    }
    return HTTP_MORE;
}

static enum http_reading take_field_line(struct http_head *h, const uint8_t *bytes, uint32_t at,
                                         uint32_t len)
{
    const uint8_t *line = bytes + at, *colon;
    uint32_t begin, end = len;

    if (++h->n_fields > HTTP_FIELDS)
        return wrong(h, 431, "too many header fields");
    if (line[0] == ' ' || line[0] == '\t')
        return wrong(h, 400, "a header field goes on in the next line");
    colon = memchr(line, ':', len);
    if (!colon || colon == line || !all(line, (size_t)(colon - line), TOKEN))
        return wrong(h, 400, "the name of a header field is no token with a colon behind it");
    begin = (uint32_t)(colon - line) + 1;
    if (!all(line + begin, len - begin, VALUE))
        return wrong(h, 400, "a header field has a control character");
    while (begin < end && (line[begin] == ' ' || line[begin] == '\t'))
        begin++;
    while (end > begin && (line[end - 1] == ' ' || line[end - 1] == '\t'))
        end--;
    return take_field(h, field_of(line, (size_t)(colon - line)), bytes,
                      (struct http_span){at + begin, end - begin});
}

/* What only all fields together tell: RFC 9112, 3.2, 6.1, 6.3 and 9.3. */
static enum http_reading judge(struct http_head *h)
{
    if (h->minor > 0 && h->hosts == 0)
        return wrong(h, 400, "HTTP/1.1 needs a Host");
    if (h->has_coding && h->minor == 0)
        return wrong(h, 400, "HTTP/1.0 has no Transfer-Encoding");
    if (h->has_coding && h->has_length)
        return wrong(h, 400, "Content-Length and Transfer-Encoding exclude each other");
    if (h->has_coding && (!h->chunked || h->twice_chunked))
        return wrong(h, 400,
                     "the last Transfer-Encoding is not chunked, or chunked is there twice");
    if (h->has_coding && h->other_coding)
        return wrong(h, 501, "no Transfer-Encoding but chunked is known here");
    h->keep_alive = !h->says_close && (h->minor > 0 || h->says_keep_alive);
    h->expects_continue = h->expects_continue && h->minor > 0;
    h->expects_other = h->expects_other && h->minor > 0;
    return HTTP_WHOLE;
}

/* ---- lines ---------------------------------------------------------------------------- */

/* One line, without its end; a lone LF ends one, too (RFC 9112, 2.2). */
static enum http_reading take_line(struct http_head *h, const uint8_t *bytes, uint32_t at,
                                   uint32_t len)
{
    if (h->has_line)
        return len ? take_field_line(h, bytes, at, len) : judge(h);
    if (len) {
        enum http_reading r = take_request_line(h, bytes, at, len);

        h->fields_at = h->at;
        return r;
    }
    h->line_at = h->at;
    return h->at > HTTP_BLANK_BYTES ? wrong(h, 400, "empty lines instead of a request")
                                    : HTTP_MORE;
}

/* The line that the bytes up to `end` are part of is too long. */
static enum http_reading check_room(struct http_head *h, const uint8_t *bytes, size_t end)
{
    if (h->has_line)
        return end - h->fields_at > HTTP_FIELDS_BYTES
                   ? wrong(h, 431, "the header fields are too long")
                   : HTTP_MORE;
    return end - h->line_at > HTTP_LINE_BYTES ? line_too_long(h, bytes + h->line_at)
                                              : HTTP_MORE;
}

enum http_reading http_head_read(struct http_head *h, const uint8_t *bytes, size_t len)
{
    enum http_reading r = h->status ? HTTP_WRONG : HTTP_MORE;

    while (r == HTTP_MORE) {
        const uint8_t *end = memchr(bytes + h->searched, '\n', len - h->searched);
        uint32_t at = h->at, line_len;

        if (!end) {
            h->searched = (uint32_t)len;
            return check_room(h, bytes, len);
        }
        r = check_room(h, bytes, (size_t)(end - bytes) + 1);
        if (r != HTTP_MORE)
            return r;
        line_len = (uint32_t)(end - bytes) - at;
        if (line_len && bytes[at + line_len - 1] == '\r')
            line_len--;
        h->at = h->searched = (uint32_t)(end - bytes) + 1;
        r = take_line(h, bytes, at, line_len);
    }
    return r;
}
