#include "core/message/content.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/message/encoding.h"

#define NAME_BYTES 48 /* so much of an encoding's name is quoted */

static int unknown_encoding(const char *operation, const char *name, size_t at,
                            struct message_fault *fault)
{
    char clean[NAME_BYTES];

    text_clean(name, strlen(name), clean, sizeof(clean));
    message_fault(fault, -EINVAL, operation, at, "no encoding is called '%s'", clean);
    if (fault)
        err_hint(&fault->err, "iconv -l lists them");
    return -EINVAL;
}

static int decode(const struct message *m, char **ret_text, size_t *ret_len,
                  struct message_fault *fault)
{
    static const char operation[] = "decode content";
    const uint8_t *bytes = m->bytes + m->content.at;
    char clean[NAME_BYTES];
    size_t at = 0;
    int r =
        encoding_to_utf8(m->content_encoding, bytes, m->content.len, ret_text, ret_len, &at);

    if (r == 0)
        return 0;
    if (r == -EINVAL)
        return unknown_encoding(operation, m->content_encoding,
                                m->values[MESSAGE_CONTENT_ENCODING].at, fault);
    text_clean(m->content_encoding, strlen(m->content_encoding), clean, sizeof(clean));
    if (r == -EILSEQ && at < m->content.len)
        return message_fault(fault, r, operation, m->content.at + at,
                             "0x%02x is no %s, or is cut", (unsigned)bytes[at], clean);
    return message_fault(fault, r, operation, m->content.at + at, "%s cannot be decoded",
                         clean);
}

int content_text(const struct message *m, const struct message_limits *limits, char **ret_text,
                 size_t *ret_len, struct message_fault *fault)
{
    struct json_token token;
    struct json_reader reader;
    size_t len, at;
    char *text;
    int r = decode(m, &text, &len, fault);

    if (r < 0)
        return r;
    json_reader_init(&reader, text, len, limits->nesting_max);
    do
        r = json_next(&reader, &token);
    while (r == 0 && token.kind != JSON_END);
    if (r < 0) {
        at = encoding_byte_of(m->content_encoding, m->bytes + m->content.at, m->content.len,
                              reader.wrong_at);
        free(text);
        return message_fault(fault, r, "decode content", m->content.at + at,
                             "%s in the content", reader.reason);
    }
    *ret_text = text;
    *ret_len = len;
    return 0;
}

int content_json(const struct message *m, const struct message_limits *limits,
                 enum json_style style, bool printable, char **ret_text, size_t *ret_len,
                 struct message_fault *fault)
{
    struct json_writer w = {0};
    struct json_reader reader;
    size_t len = 0;
    char *text = NULL;
    int r = content_text(m, limits, &text, &len, fault);

    if (r < 0)
        return r;
    json_reader_init(&reader, text, len, limits->nesting_max);
    r = json_rewrite(&w, &reader, style, printable);
    free(text);
    *ret_len = w.len;
    json_write(&w, "", 1);
    *ret_text = w.bytes;
    return r;
}

int content_encode(const char *encoding, const char *text, size_t len, char **ret_bytes,
                   size_t *ret_len, struct message_fault *fault)
{
    static const char operation[] = "encode content";
    char clean[NAME_BYTES];
    size_t at = 0;
    int r = encoding_from_utf8(encoding, text, len, ret_bytes, ret_len, &at);

    if (r == 0)
        return 0;
    if (r == -EINVAL)
        return unknown_encoding(operation, encoding, 0, fault);
    text_clean(encoding, strlen(encoding), clean, sizeof(clean));
    if (r != -EILSEQ)
        return message_fault(fault, r, operation, at, "%s cannot be encoded", clean);
    return message_fault(fault, r, operation, at,
                         "the text is no UTF-8 there, or %s has no such character", clean);
}
