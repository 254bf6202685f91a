#include "core/message/decoder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/message/header.h"
#include "core/wire/cursor.h"

#define OPERATION "decode message"

static void begin(struct decoder *d, uint64_t stream_at)
{
    d->message = mem_new(1, sizeof(*d->message));
    d->message->stream_at = stream_at;
    d->message->length.len = MESSAGE_LENGTH_BYTES;
    d->room = 0;
    d->stage = DECODER_LENGTH;
    d->wanted = MESSAGE_LENGTH_BYTES;
}

void decoder_init(struct decoder *d, const struct message_limits *limits)
{
    *d = (struct decoder){.limits = limits ? *limits : message_limits};
    begin(d, 0);
}

void decoder_done(struct decoder *d)
{
    message_free(d->message);
    d->message = NULL;
}

/* Never ahead of the bytes by more than they are, and never past what is wanted. */
static void append(struct decoder *d, const uint8_t *bytes, size_t len)
{
    struct message *m = d->message;

    if (m->len + len > d->room) {
        size_t twice = 2 * (m->len + len);

        d->room = twice < DECODER_FIRST_BYTES ? DECODER_FIRST_BYTES : twice;
        if (d->room > d->wanted)
            d->room = d->wanted;
        m->bytes = mem_resize(m->bytes, d->room, 1);
    }
    memcpy(m->bytes + m->len, bytes, len);
    m->len += len;
}

static void await(struct decoder *d, enum decoder_stage stage, size_t wanted)
{
    d->stage = stage;
    d->wanted = wanted;
}

static int check_length(struct decoder *d)
{
    struct message *m = d->message;
    struct cursor c = cursor_over(m->bytes, m->len);
    size_t len = cursor_be16(&c), swapped = header_swapped(len);
    char max[TEXT_NUMBER_BYTES];

    m->header = (struct message_part){MESSAGE_LENGTH_BYTES, len};
    if (len >= 2 && len <= d->limits.header_max) {
        await(d, DECODER_FIRST_BYTE, MESSAGE_LENGTH_BYTES + 1);
        return 0;
    }
    if (len < 2)
        message_fault(&d->fault, -EBADMSG, OPERATION, 0,
                      "the header's length is %zu, a JSON object has at least 2 bytes", len);
    else
        message_fault(&d->fault, -EMSGSIZE, OPERATION, 0,
                      "the header's length is %zu, the limit is %s", len,
                      text_number(d->limits.header_max, max));
    if (swapped >= 2 && swapped <= d->limits.header_max)
        err_hint(&d->fault.err, "it looks byte-swapped: little-endian it is %zu", swapped);
    return d->fault.err.code;
}

static bool is_capital(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}

/* Who speaks another protocol to us is told so: RFC 8446, 5.1, and the methods of RFC 9110, 9. */
static void hint_at_protocol(struct decoder *d)
{
    const uint8_t *b = d->message->bytes;

    if (b[0] == 0x16 && b[1] == 3)
        err_hint(&d->fault.err, "it looks like TLS: a handshake");
    else if (is_capital(b[0]) && is_capital(b[1]) && is_capital(b[2]))
        err_hint(&d->fault.err, "it looks like HTTP, or another protocol of lines");
}

static int check_first_byte(struct decoder *d)
{
    const struct message_part *header = &d->message->header;
    uint8_t c = d->message->bytes[header->at];
    size_t swapped = header_swapped(header->len);
    char text[8];

    if (!c || !strchr("{ \t\r\n", c)) {
        text_clean(&c, 1, text, sizeof(text));
        message_fault(&d->fault, c < 0x80 ? -EBADMSG : -EILSEQ, OPERATION, header->at,
                      "'%s' begins no JSON header", text);
        hint_at_protocol(d);
        return d->fault.err.code;
    }
    if (swapped < header->len)
        await(d, DECODER_SWAPPED, header->at + swapped);
    else
        await(d, DECODER_HEADER, header->at + header->len);
    return 0;
}

/* Without this look one would wait for tens of kilobytes that never come.  A proper header that
 * has all its fields by then could only go on with blanks. */
static int check_swapped(struct decoder *d)
{
    const struct message_part *header = &d->message->header;
    size_t swapped = header_swapped(header->len);

    if (header_is_whole(d->message->bytes + header->at, swapped, d->limits.nesting_max)) {
        message_fault(
            &d->fault, -EBADMSG, OPERATION, 0,
            "the length looks byte-swapped: it says %zu, the header is whole after %zu",
            header->len, swapped);
        err_hint(&d->fault.err, "the sender must write it big-endian");
        return -EBADMSG;
    }
    await(d, DECODER_HEADER, header->at + header->len);
    return 0;
}

static int check_header(struct decoder *d)
{
    struct message *m = d->message;
    int r = header_read(m, &d->limits, &d->fault);

    if (r < 0)
        return r;
    m->content = (struct message_part){m->header.at + m->header.len, m->content_length};
    await(d, DECODER_CONTENT, m->content.at + m->content.len);
    return 0;
}

/* All bytes up to the check have come: 1 when the message is whole, 0 to go on, else a fault. */
static int check(struct decoder *d)
{
    switch (d->stage) {
    case DECODER_LENGTH:
        return check_length(d);
    case DECODER_FIRST_BYTE:
        return check_first_byte(d);
    case DECODER_SWAPPED:
        return check_swapped(d);
    case DECODER_HEADER:
        return check_header(d);
    case DECODER_CONTENT:
        return 1;
    case DECODER_BROKEN:
        break;
    }
    return d->fault.err.code;
}

static int fail(struct decoder *d, struct message_fault *fault)
{
    d->stage = DECODER_BROKEN;
    if (fault)
        *fault = d->fault;
    return d->fault.err.code;
}

int decoder_feed(struct decoder *d, const void *bytes, size_t len, size_t *ret_used,
                 struct message **ret, struct message_fault *fault)
{
    size_t used = 0;
    int r;

    if (d->stage == DECODER_BROKEN) {
        *ret_used = 0;
        return fail(d, fault);
    }
    do {
        size_t missing = d->wanted - d->message->len;
        size_t n = missing < len - used ? missing : len - used;

        if (n)
            append(d, (const uint8_t *)bytes + used, n);
        used += n;
        r = n == missing ? check(d) : 0;
        if (n < missing)
            break;
    } while (r == 0);
    *ret_used = used;
    if (r < 0)
        return fail(d, fault);
    if (r == 1) {
        *ret = d->message;
        begin(d, d->message->stream_at + d->message->len);
    }
    return r;
}

const char *decoder_progress(const struct decoder *d, char buf[DECODER_PROGRESS_BYTES])
{
    const struct message *m = d->message;
    size_t whole = MESSAGE_LENGTH_BYTES, from = 0;
    const char *part = "length";
    char have[TEXT_NUMBER_BYTES], of[TEXT_NUMBER_BYTES];

    if (m->content.at) {
        part = "content";
        from = m->content.at;
        whole = m->content.len;
    } else if (m->header.at) {
        part = "header";
        from = m->header.at;
        whole = m->header.len;
    }
    snprintf(buf, DECODER_PROGRESS_BYTES, "%s of %s bytes of the %s",
             text_number(m->len - from, have), text_number(whole, of), part);
    return buf;
}

int decoder_finish(struct decoder *d, struct message_fault *fault)
{
    char progress[DECODER_PROGRESS_BYTES];

    if (d->stage == DECODER_BROKEN)
        return fail(d, fault);
    if (d->message->len == 0)
        return 0;
    message_fault(&d->fault, -EPROTO, OPERATION, d->message->len, "the peer closed after %s",
                  decoder_progress(d, progress));
    return fail(d, fault);
}
