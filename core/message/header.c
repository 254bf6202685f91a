#include "core/message/header.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/message/json.h"

#define OPERATION "decode message"
/* So much of a foreign value is quoted. */
#define QUOTE_BYTES 48
/* JSON numbers are exact up to here wherever they are doubles (RFC 8259, 6). */
#define EXACT_MAX (UINT64_C(1) << 53)

/* One header while it is read. */
struct reading {
    struct message *m;
    const struct message_limits *limits;
    struct message_fault *fault;
    const char *text;
    enum json_kind kinds[MESSAGE_FIELDS];
    bool seen[MESSAGE_FIELDS];
};

/* The offset is one in the header's text. */
#define bad(h, code, offset, ...)                                                              \
    message_fault((h)->fault, code, OPERATION, (h)->m->header.at + (offset), __VA_ARGS__)

static const char *quote(const char *text, size_t len, char buf[QUOTE_BYTES])
{
    text_clean(text, len, buf, QUOTE_BYTES);
    return buf;
}

static int check_bytes(const struct reading *h)
{
    size_t len = h->m->header.len, good = json_utf8_span(h->text, len);
    const char *nul = memchr(h->text, '\0', good);

    if (nul)
        return bad(h, -EBADMSG, (size_t)(nul - h->text), "a NUL byte in the header");
    if (good < len)
        return bad(h, -EILSEQ, good, "bad UTF-8 in the header: 0x%02x",
                   (unsigned)(uint8_t)h->text[good]);
    return 0;
}

static int note_member(struct reading *h, const struct json_member *member)
{
    for (size_t i = 0; i < MESSAGE_FIELDS; i++) {
        if (!json_string_is(h->text, &member->key, message_field_names[i]))
            continue;
        if (h->seen[i])
            return bad(h, -EBADMSG, member->key.at, "the header has %s twice",
                       message_field_names[i]);
        h->seen[i] = true;
        h->kinds[i] = member->value.kind;
        h->m->values[i] =
            (struct message_part){h->m->header.at + member->value.at, member->value.len};
    }
    return 0;
}

/* A length read the wrong way round is often too short for the header that follows. */
static void hint_swapped(const struct reading *h)
{
    size_t len = h->m->header.len;

    if (h->fault && header_swapped(len) > len)
        err_hint(&h->fault->err,
                 "the length looks byte-swapped: %zu big-endian is %zu little-endian", len,
                 header_swapped(len));
}

static int read_members(struct reading *h)
{
    struct json_reader reader;
    struct json_member member;
    int r;

    json_reader_init(&reader, h->text, h->m->header.len, h->limits->nesting_max);
    while ((r = json_next_member(&reader, &member)) > 0) {
        r = note_member(h, &member);
        if (r < 0)
            return r;
    }
    if (r < 0) {
        bad(h, r, reader.wrong_at, "%s in the header", reader.reason);
        if (reader.wrong_at == reader.len)
            hint_swapped(h);
    }
    return r;
}

static int check_presence(const struct reading *h)
{
    for (size_t i = 0; i < MESSAGE_FIELDS; i++)
        if (!h->seen[i])
            return bad(h, -EBADMSG, 0, "the header has no %s", message_field_names[i]);
    return 0;
}

static int read_string(const struct reading *h, enum message_field field, char **ret)
{
    struct message_part part = h->m->values[field];
    struct json_token token = {.at = part.at - h->m->header.at, .len = part.len};
    char quoted[QUOTE_BYTES], *value;
    size_t len;

    if (h->kinds[field] != JSON_STRING)
        return bad(h, -EBADMSG, token.at, "%s is %s, not a string", message_field_names[field],
                   quote(h->text + token.at, token.len, quoted));
    value = mem_new(token.len, 1);
    len = json_unescape(h->text, &token, value);
    if (memchr(value, '\0', len)) {
        free(value);
        return bad(h, -EBADMSG, token.at, "%s holds a NUL", message_field_names[field]);
    }
    *ret = value;
    return 0;
}

static int read_strings(const struct reading *h)
{
    struct message *m = h->m;
    char quoted[QUOTE_BYTES];
    int r = read_string(h, MESSAGE_BYTEORDER, &m->byteorder);

    if (r == 0 && strcmp(m->byteorder, "little") != 0 && strcmp(m->byteorder, "big") != 0)
        r = bad(h, -EBADMSG, m->values[MESSAGE_BYTEORDER].at - m->header.at,
                "byteorder is '%s', neither little nor big",
                quote(m->byteorder, strlen(m->byteorder), quoted));
    if (r == 0)
        r = read_string(h, MESSAGE_CONTENT_TYPE, &m->content_type);
    if (r == 0)
        r = read_string(h, MESSAGE_CONTENT_ENCODING, &m->content_encoding);
    return r;
}

static int read_length(const struct reading *h)
{
    struct message_part part = h->m->values[MESSAGE_CONTENT_LENGTH];
    size_t at = part.at - h->m->header.at;
    /* Never the last of the header: strspn() ends at a byte that is no digit. */
    const char *text = h->text + at, *wrong = NULL;
    char quoted[QUOTE_BYTES], max[TEXT_NUMBER_BYTES];
    uint64_t n = 0;

    quote(text, part.len, quoted);
    if (h->kinds[MESSAGE_CONTENT_LENGTH] != JSON_NUMBER)
        wrong = "not a number";
    else if (text[0] == '-')
        wrong = "negative";
    else if (strspn(text, "0123456789") < part.len)
        wrong = "not a whole number written as one";
    if (wrong)
        return bad(h, -EBADMSG, at, "content-length is %s, %s", quoted, wrong);
    for (size_t i = 0; i < part.len && n <= EXACT_MAX; i++)
        n = n * 10 + (uint64_t)(text[i] - '0');
    if (n > EXACT_MAX)
        return bad(h, -EMSGSIZE, at,
                   "content-length is %s, more than any number here is exact to", quoted);
    if (n > h->limits->content_max)
        return bad(h, -EMSGSIZE, at, "content-length is %s, the limit is %s", quoted,
                   text_number(h->limits->content_max, max));
    h->m->content_length = n;
    return 0;
}

int header_read(struct message *m, const struct message_limits *limits,
                struct message_fault *fault)
{
    struct reading h = {.m = m,
                        .limits = limits,
                        .fault = fault,
                        .text = (const char *)m->bytes + m->header.at};
    int r = check_bytes(&h);

    if (r == 0)
        r = read_members(&h);
    if (r == 0)
        r = check_presence(&h);
    if (r == 0)
        r = read_strings(&h);
    return r == 0 ? read_length(&h) : r;
}

bool header_is_whole(const uint8_t *bytes, size_t len, unsigned nesting_max)
{
    const char *text = (const char *)bytes;
    struct json_reader reader;
    struct json_member member;
    unsigned seen = 0;
    int r;

    if (len < 2 || text[0] != '{' || text[len - 1] != '}')
        return false;
    json_reader_init(&reader, text, len, nesting_max);
    while ((r = json_next_member(&reader, &member)) > 0)
        for (unsigned i = 0; i < MESSAGE_FIELDS; i++)
            if (json_string_is(text, &member.key, message_field_names[i]))
                seen |= 1U << i;
    return r == 0 && seen == (1U << MESSAGE_FIELDS) - 1;
}
