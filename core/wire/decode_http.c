/* HTTP/1 (RFC 9112): request or status line and the headers; the body is bytes.
 *
 * Recognised by what it begins with, whatever the port. */
#include "core/wire/decode_app.h"

static const char LAYER[] = "Hypertext Transfer Protocol";

enum { HEADERS_MAX = 100 };

/* A line of the head, without its end. */
struct line {
    size_t at, len;
    bool whole; /* its end was there */
};

static const struct method {
    uint8_t len;
    char name[10];
} METHODS[] = {
    {4, "GET "},     {5, "POST "},    {5, "HEAD "},   {4, "PUT "},   {7, "DELETE "},
    {8, "OPTIONS "}, {8, "CONNECT "}, {6, "TRACE "},  {6, "PATCH "}, {9, "PROPFIND "},
    {6, "MKCOL "},   {5, "LOCK "},    {7, "REPORT "},
};

static bool begins(const struct app_data *a, const char *text, size_t len)
{
    return a->len >= len && memcmp(a->bytes + a->at, text, len) == 0;
}

static size_t method_len(const struct app_data *a)
{
    for (size_t i = 0; i < sizeof(METHODS) / sizeof(METHODS[0]); i++)
        if (begins(a, METHODS[i].name, METHODS[i].len))
            return METHODS[i].len;
    return 0;
}

static struct line next_line(struct cursor *c)
{
    struct line l = {.at = c->at};
    const uint8_t *from = c->bytes + c->at, *end = memchr(from, '\n', cursor_left(c));

    l.whole = end != NULL;
    l.len = end ? (size_t)(end - from) : cursor_left(c);
    c->at += l.len + (end ? 1 : 0);
    if (end && l.len && from[l.len - 1] == '\r')
        l.len--;
    return l;
}

static bool has_version(const uint8_t *bytes, size_t len)
{
    return len == 8 && memcmp(bytes, "HTTP/1.", 7) == 0 && bytes[7] >= '0' && bytes[7] <= '9';
}

/* A request line that ends in its version; one without end must name a path. */
static bool is_request(const struct app_data *a, size_t method)
{
    struct cursor c = app_cursor(a);
    struct line l = next_line(&c);

    if (!l.whole)
        return l.len > method && (c.bytes[l.at + method] == '/' || a->cut);
    return l.len > method + 9 && c.bytes[l.at + l.len - 9] == ' ' &&
           has_version(c.bytes + l.at + l.len - 8, 8);
}

static bool is_response(const struct app_data *a)
{
    const uint8_t *b = a->bytes + a->at;

    return a->len >= 12 && has_version(b, 8) && b[8] == ' ' && b[9] >= '1' && b[9] <= '9' &&
           b[10] >= '0' && b[10] <= '9' && b[11] >= '0' && b[11] <= '9';
}

static bool recognise(const struct app_data *a)
{
    uint8_t first = a->bytes[a->at];
    size_t method;

    if (first < 'C' || first > 'T') /* the letters that all of them begin with */
        return false;
    if (first == 'H' && is_response(a))
        return true;
    method = method_len(a);
    return method && is_request(a, method);
}

static void request_fields(struct decoder *k, const struct line *l, size_t method)
{
    size_t at = l->at, version = l->len > 9 ? l->len - 8 : 0;
    bool has = version > method && has_version(k->c.bytes + at + version, 8);
    const uint8_t *from = k->c.bytes + at + method;
    const uint8_t *space =
        has ? NULL : memchr(from, ' ', l->len - method); /* the version is cut */
    size_t target = has     ? version - 1 - method
                    : space ? (size_t)(space - from)
                            : l->len - method;

    decode_field_text(k, 1, "Request Method", at, method - 1);
    decode_field_text(k, 1, "Request URI", at + method, target);
    if (has)
        decode_field_text(k, 1, "Request Version", at + version, 8);
}

static void response_fields(struct decoder *k, const struct line *l)
{
    decode_field_text(k, 1, "Response Version", l->at, 8);
    decode_field_text(k, 1, "Status Code", l->at + 9, 3);
    if (l->len > 13)
        decode_field_text(k, 1, "Response Phrase", l->at + 13, l->len - 13);
}

/* Up to the empty line.  False when that is not there. */
static bool decode_headers(struct decoder *k, struct cursor *c)
{
    for (unsigned n = 0; n < HEADERS_MAX && cursor_left(c); n++) {
        struct line l = next_line(c);

        if (!l.len && l.whole)
            return true;
        decode_field_text(k, 1, l.whole ? "Header" : "Header (begun)", l.at, l.len);
    }
    return false;
}

static void decode_http(struct decoder *k, const struct app_data *a)
{
    struct cursor c = app_cursor(a);
    struct line first = next_line(&c);
    size_t method = method_len(a), body;
    bool ended;

    decode_say_clean(k, c.bytes + first.at, first.len, 100);
    if (!(k->what & DECODE_FIELDS))
        return;
    FIELD(k, 0, LAYER, a->at, a->len, "%s", method ? "request" : "response");
    if (method)
        request_fields(k, &first, method);
    else
        response_fields(k, &first);
    ended = decode_headers(k, &c);
    body = c.at;
    if (!ended)
        app_ended(k, a, LAYER, body);
    else if (cursor_left(&c))
        FIELD(k, 1, "File Data", body, cursor_left(&c), "%zu bytes", cursor_left(&c));
}

const struct app app_http = {"HTTP", recognise, decode_http};
