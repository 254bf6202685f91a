/* core/services/http_body.c - the body of a request, by length or in chunks (RFC 9112, 6 and 7.1):
 * found to its end, and dropped. */
#include "core/base/hex.h"
#include "core/services/http_parse.h"

/* Of a chunked body: what the next byte belongs to. */
enum step {
    STEP_SIZE,
    STEP_BLANK, /* behind the size, in front of an extension */
    STEP_EXTENSION,
    STEP_SIZE_LF,
    STEP_DATA,
    STEP_DATA_CR,
    STEP_DATA_LF,
    STEP_TRAILER, /* a line of the trailer begins, or the empty one */
    STEP_FIELD,
    STEP_FIELD_LF,
    STEP_END_LF,
};

static enum http_reading wrong(struct http_body *b, int status, const char *why)
{
    b->status = (uint16_t)status;
    b->why = why;
    return HTTP_WRONG;
}

static const char too_long[] = "the body is too long";

enum http_reading http_body_begin(struct http_body *b, const struct http_head *h)
{
    *b = (struct http_body){.chunked = h->has_coding, .left = h->has_coding ? 0 : h->length};
    if (b->left > HTTP_BODY_BYTES)
        return wrong(b, 413, too_long);
    return b->chunked || b->left ? HTTP_MORE : HTTP_WHOLE;
}

static enum http_reading take_size(struct http_body *b, uint8_t c)
{
    int digit = hex_digit((char)c);

    if (digit >= 0) {
        b->has_size = true;
        b->left = b->left * 16 + (uint64_t)digit;
        return b->taken + b->left > HTTP_BODY_BYTES ? wrong(b, 413, too_long) : HTTP_MORE;
    }
    if (!b->has_size)
        return wrong(b, 400, "a chunk has no size");
    if (c == '\r')
        b->step = STEP_SIZE_LF;
    else if (c == ';')
        b->step = STEP_EXTENSION;
    else if (c == ' ' || c == '\t')
        b->step = STEP_BLANK;
    else
        return wrong(b, 400, "the size of a chunk is no number");
    return HTTP_MORE;
}

/* Extensions and trailer fields say nothing to us; they may not go on for ever. */
static enum http_reading skip(struct http_body *b, uint8_t c, enum step at_cr)
{
    if (++b->n_trailer > HTTP_TRAILER_BYTES)
        return wrong(b, 431, "the chunks' extensions or the trailer are too long");
    if (c == '\r')
        b->step = (uint8_t)at_cr;
    else if (!http_is_value(c))
        return wrong(b, 400, "a chunk's extension or a trailer field has a control character");
    return HTTP_MORE;
}

static enum http_reading take_line_feed(struct http_body *b, uint8_t c)
{
    if (c != '\n')
        return wrong(b, 400, "a line of the chunked body does not end in CR LF");
    switch ((enum step)b->step) {
    case STEP_END_LF:
        return HTTP_WHOLE;
    case STEP_SIZE_LF:
        b->step = b->left ? STEP_DATA : STEP_TRAILER;
        b->taken += b->left;
        break;
    case STEP_DATA_LF:
        b->step = STEP_SIZE;
        b->has_size = false;
        break;
    default:
        b->step = STEP_TRAILER;
    }
    return HTTP_MORE;
}

static enum http_reading take(struct http_body *b, uint8_t c)
{
    switch ((enum step)b->step) {
    case STEP_SIZE:
        return take_size(b, c);
    case STEP_BLANK:
        if (c == ';')
            b->step = STEP_EXTENSION;
        else if (c != ' ' && c != '\t')
            return wrong(b, 400, "the size of a chunk is no number");
        return skip(b, c, STEP_SIZE_LF);
    case STEP_EXTENSION:
        return skip(b, c, STEP_SIZE_LF);
    case STEP_DATA_CR:
        b->step = STEP_DATA_LF;
        return c == '\r' ? HTTP_MORE : wrong(b, 400, "a chunk is longer than its size says");
    case STEP_TRAILER:
        if (c == ' ' || c == '\t')
            return wrong(b, 400, "a trailer field goes on in the next line");
        b->step = STEP_FIELD;
        return skip(b, c, STEP_END_LF);
    case STEP_FIELD:
        return skip(b, c, STEP_FIELD_LF);
    case STEP_SIZE_LF:
    case STEP_DATA_LF:
    case STEP_FIELD_LF:
    case STEP_END_LF:
    case STEP_DATA:
        break;
    }
    return take_line_feed(b, c);
}

enum http_reading http_body_read(struct http_body *b, const uint8_t *bytes, size_t len,
                                 size_t *ret_used)
{
    enum http_reading r = b->status ? HTTP_WRONG : HTTP_MORE;
    size_t at = 0;

    while (r == HTTP_MORE && at < len) {
        if (!b->chunked || b->step == STEP_DATA) {
            size_t n = len - at < b->left ? len - at : (size_t)b->left;

            at += n;
            b->left -= n;
            if (b->left == 0 && !b->chunked)
                r = HTTP_WHOLE;
            else if (b->left == 0)
                b->step = STEP_DATA_CR;
        } else {
            r = take(b, bytes[at++]);
        }
    }
    *ret_used = at;
    return r;
}
