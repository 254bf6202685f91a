/* A request that is not whole, seen on a connection that is watched from its beginning: who got it
 * waits for the rest, and who sent it for the answer. */
#include "core/why/request_look.h"
#include "core/why/sighting_words.h"

static bool is_open(const struct said_bytes *said, struct request_facts *ret)
{
    if (!said->seen || said->cut || !said->len)
        return false;
    request_look(said->bytes, said->len, ret);
    return ret->state == REQUEST_OPEN;
}

/* What we sent waits there for its rest. */
static enum confidence our_request(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_asked(e), *peer = evidence_peer(e);
    struct request_facts request;

    if (!s || e->wire.payload_in_bytes || sighting_newest(s)->wqueue ||
        s->row.state != STATE_ESTABLISHED || !is_open(&e->wire.said_out, &request))
        return CONFIDENCE_NONE;
    say_summary(ret,
                "The request that was sent is not whole: %s; the server waits for the rest.",
                request.why);
    say_fix(ret, "Send what is missing; an HTTP head ends with an empty line (\\r\\n\\r\\n).");
    /* Where it can be seen that the program there has taken all of it, it waits for more. */
    return peer && peer->row.inode && !row_unread(sighting_newest(peer)) ? CONFIDENCE_CERTAIN
                                                                         : CONFIDENCE_LIKELY;
}

/* What the peer sent waits here for its rest. */
static enum confidence their_request(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_asked(e);
    struct request_facts request;
    char peer[ADDR_TEXT_BYTES];

    if (!s || e->wire.payload_out_bytes || row_unread(sighting_newest(s)) ||
        s->row.state != STATE_ESTABLISHED || !is_open(&e->wire.said_in, &request))
        return CONFIDENCE_NONE;
    say_summary(ret, "The request of %s is not whole: %s.", addr_format(&s->row.peer, peer),
                request.why);
    say_fix(ret,
            "Wait for the rest, with a limit: a server should give up after some seconds.");
    return CONFIDENCE_CERTAIN;
}

const struct rule rules_request[] = {
    {"request-incomplete", our_request},
    {"request-incomplete", their_request},
    {NULL, NULL},
};
