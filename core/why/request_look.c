#include "core/why/request_look.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/services/http_parse.h"

/* RFC 9110, 9.3, and RFC 5789. */
static const char *const methods[] = {"GET ",     "HEAD ",    "POST ",  "PUT ",  "DELETE ",
                                      "CONNECT ", "OPTIONS ", "TRACE ", "PATCH "};

/* It begins as a request, or its first line ends as one. */
static bool is_meant(const char *text, size_t len)
{
    const char *end = memchr(text, '\n', len);

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (len > strlen(methods[i]) && memcmp(text, methods[i], strlen(methods[i])) == 0)
            return true;
    return end && memmem(text, (size_t)(end - text), " HTTP/", 6);
}

__attribute__((format(printf, 3, 4))) static void say(struct request_facts *ret, uint8_t state,
                                                      const char *format, ...)
{
    va_list args;

    ret->state = state;
    va_start(args, format);
    vsnprintf(ret->why, sizeof(ret->why), format, args);
    va_end(args);
}

static void look_at_chunks(const struct http_head *h, const uint8_t *bytes, size_t len,
                           struct request_facts *ret)
{
    struct http_body body;
    enum http_reading r = http_body_begin(&body, h);
    size_t used;

    if (r == HTTP_MORE)
        r = http_body_read(&body, bytes, len, &used);
    if (r == HTTP_MORE)
        say(ret, REQUEST_OPEN, "its last chunk, of length 0, is missing");
    else if (r == HTTP_WRONG)
        say(ret, REQUEST_WRONG, "%s", body.why);
    else
        ret->state = REQUEST_WHOLE;
}

void request_look(const void *bytes, size_t len, struct request_facts *ret)
{
    struct http_head h = {0};
    enum http_reading r;
    size_t came;

    *ret = (struct request_facts){0};
    if (!is_meant(bytes, len))
        return;
    r = http_head_read(&h, bytes, len);
    if (r == HTTP_MORE) {
        say(ret, REQUEST_OPEN, "the empty line that ends its head is missing");
        return;
    }
    if (r == HTTP_WRONG) {
        say(ret, REQUEST_WRONG, "%s", h.why ? h.why : "");
        return;
    }
    came = len - h.at;
    if (h.chunked)
        look_at_chunks(&h, (const uint8_t *)bytes + h.at, came, ret);
    else if (h.has_length && h.length > came)
        say(ret, REQUEST_OPEN, "%zu of the %llu bytes of its body are there", came,
            (unsigned long long)h.length);
    else
        ret->state = REQUEST_WHOLE;
}
