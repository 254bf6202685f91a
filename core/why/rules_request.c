/* A request that is not whole: who got it waits for the rest, and who sent it for the answer. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/why/sighting_words.h"
#include "core/wire/cursor.h"

/* What one side said, and what is missing of it. */
struct request {
    const struct said_bytes *said;
    const char *what; /* "the empty line behind the head of an HTTP request"; NULL: nothing */
    uint64_t more_bytes; /* 0: not told */
};

static bool begins_with(const struct said_bytes *said, const char *text)
{
    return said->len >= strlen(text) && memcmp(said->bytes, text, strlen(text)) == 0;
}

static const uint8_t *find(const struct said_bytes *said, const char *text)
{
    return memmem(said->bytes, said->len, text, strlen(text));
}

/* --- HTTP/1: RFC 9112, 2.1 and 6 ------------------------------------------------------------- */

static bool is_http(const struct said_bytes *said)
{
    static const char *const methods[] = {"GET ",     "POST ",  "PUT ",   "HEAD ",   "DELETE ",
                                          "OPTIONS ", "PATCH ", "TRACE ", "CONNECT "};

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (begins_with(said, methods[i]))
            return true;
    return false;
}

/* The value of a field of the head, which ends at `end`; false: it is not there or no number. */
static bool length_field(const struct said_bytes *said, const uint8_t *end, uint64_t *ret)
{
    static const char name[] = "\ncontent-length:";
    const char *at = (const char *)said->bytes, *stop = (const char *)end;
    uint64_t n = 0;

    for (; at + sizeof(name) - 1 < stop; at++)
        if (strncasecmp(at, name, sizeof(name) - 1) == 0)
            break;
    if (at + sizeof(name) - 1 >= stop)
        return false;
    at += sizeof(name) - 1;
    while (at < stop && *at == ' ')
        at++;
    if (at == stop || *at < '0' || *at > '9')
        return false;
    for (; at < stop && *at >= '0' && *at <= '9' && n < UINT32_MAX; at++)
        n = 10 * n + (uint64_t)(*at - '0');
    *ret = n;
    return true;
}

static void look_at_http(struct request *r)
{
    const struct said_bytes *said = r->said;
    const uint8_t *end = find(said, "\r\n\r\n");
    uint64_t length, have;

    if (!end) {
        r->what = "the empty line that ends the head of an HTTP request";
        return;
    }
    end += 4;
    have = (uint64_t)(said->bytes + said->len - end);
    if (!length_field(said, end, &length) || have >= length)
        return;
    r->what = "the rest of an HTTP request's body";
    r->more_bytes = length - have;
}

/* --- a framed message (core/message/message.h), a TLS record (RFC 8446, 5.1) ------------------- */

static void look_at_frame(struct request *r)
{
    const struct said_bytes *said = r->said;
    struct cursor c = cursor_over(said->bytes, said->len);
    uint16_t header = cursor_be16(&c);

    if (c.short_read || header < 2 || (said->len > 2 && said->bytes[2] != '{'))
        return;
    if (said->len < 3 || said->len >= 2U + header)
        return;
    r->what = "the rest of a framed message's header";
    r->more_bytes = 2U + header - said->len;
}

static void look_at_record(struct request *r)
{
    const struct said_bytes *said = r->said;
    uint64_t whole;

    if (said->len < 5)
        return;
    whole = 5U + (uint64_t)(said->bytes[3] << 8 | said->bytes[4]);
    if (said->len >= whole)
        return;
    r->what = "the rest of a TLS record";
    r->more_bytes = whole - said->len;
}

static bool is_incomplete(const struct said_bytes *said, struct request *ret)
{
    *ret = (struct request){.said = said};
    if (!said->seen || said->cut || !said->len)
        return false;
    if (is_http(said))
        look_at_http(ret);
    else if (said->bytes[0] == 0x16 && said->len > 1 && said->bytes[1] == 3)
        look_at_record(ret);
    else
        look_at_frame(ret);
    return ret->what != NULL;
}

/* --- the rule ------------------------------------------------------------------------------------ */

static void say_request(const struct request *r, const char *who, struct saying *ret)
{
    char have[TEXT_NUMBER_BYTES], more[TEXT_NUMBER_BYTES];

    text_number(r->said->len, have);
    if (r->more_bytes)
        say_summary(ret, "%s sent %s bytes, and %s is missing (%s bytes).", who, have, r->what,
                    text_number(r->more_bytes, more));
    else
        say_summary(ret, "%s sent %s bytes, and %s is missing.", who, have, r->what);
}

/* What we sent waits there for its rest. */
static enum confidence request_incomplete(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = e->subject == WHY_CONNECT ? evidence_decisive(e) : NULL;
    const struct wire_facts *wire = evidence_wire(e);
    const struct sighting *s = evidence_ours(e), *peer = evidence_peer(e);
    struct request r;

    if ((a && (a->error || a->undecided || a->unsent_bytes || a->received_bytes ||
               a->peer_closed || a->recv_error)) ||
        (!a && wire->payload_in_bytes) ||
        !is_incomplete(a && a->said.len ? &a->said : &wire->said_out, &r))
        return CONFIDENCE_NONE;
    if (s && sighting_newest(s)->wqueue)
        return CONFIDENCE_NONE;
    say_request(&r, "This side", ret);
    say_fix(ret, "Send what is missing; an HTTP head ends with an empty line (\\r\\n\\r\\n).");
    /* Where it can be seen that the program there has taken all of it, it waits for more. */
    return peer && peer->row.inode && !row_unread(sighting_newest(peer)) ? CONFIDENCE_CERTAIN
                                                                         : CONFIDENCE_LIKELY;
}

/* What the peer sent waits here for its rest. */
static enum confidence their_request(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_asked(e);
    char peer[ADDR_TEXT_BYTES];
    struct request r;

    if (!s || e->wire.payload_out_bytes || row_unread(sighting_newest(s)) ||
        s->row.state != STATE_ESTABLISHED || !is_incomplete(&e->wire.said_in, &r))
        return CONFIDENCE_NONE;
    say_request(&r, addr_format(&s->row.peer, peer), ret);
    say_fix(ret,
            "Wait for the rest, with a limit: a server should give up after some seconds.");
    return CONFIDENCE_CERTAIN;
}

const struct rule rules_request[] = {
    {"request-incomplete", request_incomplete},
    {"request-incomplete", their_request},
    {NULL, NULL},
};
