/* What was said over a connection that works: requests (RFC 9112) and framed messages
 * (core/message/message.h). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/why/rules_words.h"

/* A connection that was there, in plain text or by a handshake that was done. */
static const struct attempt *spoken(const struct evidence *e)
{
    const struct attempt *a = evidence_decisive(e);

    if (!a || e->subject != WHY_CONNECT || e->endpoint.scheme == ENDPOINT_UDP ||
        e->endpoint.scheme >= ENDPOINT_UNIX || a->error || a->undecided)
        return NULL;
    return a;
}

/* Nothing came in answer to all that was to be sent. */
static bool is_unanswered(const struct attempt *a)
{
    return a->sent_bytes && !a->unsent_bytes && a->listened && !a->received_bytes;
}

static bool has_ended(const struct attempt *a)
{
    return a->peer_closed || a->recv_error || a->send_error;
}

/* It waits, and what we sent is not in its queue any more. */
static bool peer_has_read(const struct evidence *e, bool *ret_seen)
{
    const struct sighting *peer = evidence_peer(e);

    *ret_seen = peer && peer->row.inode;
    return peer && peer->row.inode && !peer->row.rqueue;
}

/* --- HTTP --------------------------------------------------------------------------------- */

/* "HTTP/1.1 400 Bad Request"; 0: it is no status line. */
static unsigned http_status(const struct attempt *a)
{
    const uint8_t *p = a->peek;
    unsigned status = 0;

    if (a->peek_len < 12 || memcmp(p, "HTTP/1.", 7) != 0 || p[8] != ' ')
        return 0;
    for (size_t i = 9; i < 12; i++) {
        if (p[i] < '0' || p[i] > '9')
            return 0;
        status = status * 10 + (unsigned)(p[i] - '0');
    }
    return status;
}

/* A server that could not read the version answers as HTTP/0.9 did, with nothing but a page. */
static bool is_page_of_400(const struct attempt *a)
{
    static const char *const words[] = {"400 Bad Request", "Error code: 400",
                                        "Error code: 505"};

    if (!a->peek_len || a->peek[0] != '<')
        return false;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (memmem(a->peek, a->peek_len, words[i], strlen(words[i])))
            return true;
    return false;
}

/* Those by which a server says that the request itself is malformed, not what it asks for
 * (RFC 9110, 15.5; RFC 6585, 5). */
static bool blames_request(unsigned status)
{
    return status == 400 || status == 411 || status == 414 || status == 431 || status == 505;
}

static enum confidence http_bad_request(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = spoken(e);
    const uint8_t *end;
    char to[ADDR_TEXT_BYTES], line[80];

    if (!a || !a->sent_bytes || (!blames_request(http_status(a)) && !is_page_of_400(a)))
        return CONFIDENCE_NONE;
    end = memchr(a->peek, '\n', a->peek_len);
    text_clean(a->peek, end ? (size_t)(end - a->peek) - (end[-1] == '\r') : a->peek_len, line,
               sizeof(line));
    addr_format(&a->to, to);
    if (is_page_of_400(a))
        say_summary(ret, "%s answers with a page that says the request is bad (400).", to);
    else if (a->request.state == REQUEST_WRONG)
        say_summary(ret, "%s refuses the request: \"%s\"; %s.", to, line, a->request.why);
    else if (a->request.state == REQUEST_NONE)
        say_summary(ret, "%s speaks HTTP, and what was sent is no HTTP request: \"%s\".", to,
                    line);
    else
        say_summary(ret, "%s refuses the request: \"%s\".", to, line);
    say_fix(ret, "A request is \"GET / HTTP/1.1\\r\\nHost: NAME\\r\\n\\r\\n\" (RFC 9112, 3).");
    say_fix(ret, "The body of the answer, and the server's log, say more.");
    return is_page_of_400(a) ? CONFIDENCE_LIKELY : CONFIDENCE_CERTAIN;
}

/* As far as it came it begins as a response does. */
static bool begins_as_http(const struct attempt *a)
{
    static const char begin[] = "HTTP/1.";
    size_t len = a->peek_len < strlen(begin) ? a->peek_len : strlen(begin);

    return len && memcmp(a->peek, begin, len) == 0;
}

/* RFC 9113, 3.4: what a server says first is a frame of settings, of the connection as a whole. */
static bool is_http2(const struct attempt *a)
{
    const uint8_t *p = a->peek;

    return a->peek_len >= 9 && !p[0] && !p[1] && p[2] % 6 == 0 && p[3] == 4 && p[4] <= 1 &&
           !p[5] && !p[6] && !p[7] && !p[8];
}

/* How servers of other protocols greet, or refuse what they do not understand: RFC 4253 4.2, RFC 5321
 * 4.2, RFC 959 4.2, RFC 1939 4, RFC 9051 7.1, RFC 6143 7.1.1, and the protocols' own documents. */
static const struct {
    const char *begin, *protocol;
} greetings[] = {
    {"SSH-", "SSH"},         {"220 ", "SMTP or FTP"},    {"220-", "SMTP or FTP"},
    {"421 ", "SMTP or FTP"}, {"500 ", "SMTP or FTP"},    {"554 ", "SMTP"},
    {"+OK", "POP3"},         {"* OK", "IMAP"},           {"RFB 00", "VNC"},
    {"-ERR ", "Redis"},      {"-DENIED ", "Redis"},      {"-NOAUTH ", "Redis"},
    {"AMQP", "AMQP"},        {"ERROR\r\n", "memcached"}, {"@RSYNCD:", "rsync"},
};

/* What answers the request is plainly of another protocol; NULL: not plainly. */
static const char *other_protocol(const struct attempt *a)
{
    if (a->request.state != REQUEST_WHOLE)
        return NULL;
    if (is_http2(a))
        return "HTTP/2";
    for (size_t i = 0; i < sizeof(greetings) / sizeof(greetings[0]); i++) {
        size_t len = strlen(greetings[i].begin);

        if (a->peek_len >= len && memcmp(a->peek, greetings[i].begin, len) == 0)
            return greetings[i].protocol;
    }
    return NULL;
}

/* A request was understood by who sent it, and answered by who speaks something else. */
static enum confidence no_http_there(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = spoken(e);
    char to[ADDR_TEXT_BYTES], line[80];
    const char *protocol = a ? other_protocol(a) : NULL;
    const uint8_t *end;

    if (!protocol)
        return CONFIDENCE_NONE;
    addr_format(&a->to, to);
    if (is_http2(a)) {
        say_summary(ret, "%s speaks HTTP/2 from the first byte, and the request is HTTP/1.",
                    to);
        say_fix(ret, "Ask with prior knowledge of it: curl --http2-prior-knowledge.");
        return CONFIDENCE_CERTAIN;
    }
    end = memchr(a->peek, '\n', a->peek_len);
    text_clean(a->peek,
               end ? (size_t)(end - a->peek) - (end > a->peek && end[-1] == '\r') : a->peek_len,
               line, sizeof(line));
    say_summary(ret, "%s speaks %s, not HTTP: its answer to the request begins with \"%s\".",
                to, protocol, line);
    say_fix(ret, "Look whether this is the right port.");
    return CONFIDENCE_LIKELY;
}

static enum confidence answer_cut(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = spoken(e);
    char to[ADDR_TEXT_BYTES], came[TEXT_NUMBER_BYTES], of[TEXT_NUMBER_BYTES];

    if (!a || !a->answer_cut || !begins_as_http(a))
        return CONFIDENCE_NONE;
    addr_format(&a->to, to);
    text_number(a->answer_body_bytes, came);
    if (a->answer_length)
        say_summary(ret,
                    "The HTTP response of %s is cut: %s of the %s bytes of its body came, then "
                    "the peer closed.",
                    to, came, text_number(a->answer_length, of));
    else
        say_summary(ret, "The HTTP response of %s is cut: the peer closed before its end.", to);
    say_fix(ret,
            "Look into the log of the server, and of a proxy before it: it closed while it "
            "still had to send, or counted wrongly.");
    return CONFIDENCE_CERTAIN;
}

static enum confidence request_incomplete(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = spoken(e);
    char to[ADDR_TEXT_BYTES];
    bool seen;

    if (!a || a->request.state != REQUEST_OPEN)
        return CONFIDENCE_NONE;
    addr_format(&a->to, to);
    say_fix(ret, "End the head with an empty line (\\r\\n\\r\\n), and send as much as "
                 "Content-Length says.");
    if (http_status(a) == 408) {
        say_summary(ret, "%s did not get the whole request (408): %s.", to, a->request.why);
        return CONFIDENCE_CERTAIN;
    }
    if (!is_unanswered(a) || a->recv_error || a->send_error)
        return CONFIDENCE_NONE;
    if (!peer_has_read(e, &seen) && seen) {
        say_ruled_out(ret, "the peer has not read what was sent");
        return CONFIDENCE_NONE;
    }
    say_summary(ret, "%s %s for the rest of the request: %s.", to,
                a->peer_closed ? "closed, having waited" : "still waits", a->request.why);
    return seen && !a->peer_closed ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

/* --- framed messages ---------------------------------------------------------------------- */

enum whose { OURS, THEIRS };

static const struct frame_facts *frame_of(const struct attempt *a, enum whose whose)
{
    return whose == OURS ? &a->frame_sent : &a->frame_came;
}

/* What is wrong with ours is only a cause when nobody answers it; what the peer says is wrong
 * by itself. */
static bool matters(const struct evidence *e, const struct attempt *a, enum whose whose,
                    enum frame_state state)
{
    bool seen;

    if (frame_of(a, whose)->state != state)
        return false;
    if (whose == THEIRS)
        return true;
    return is_unanswered(a) && (has_ended(a) || peer_has_read(e, &seen) || !seen);
}

static const char *subject_of(const struct attempt *a, enum whose whose, char *buf, size_t size)
{
    char to[ADDR_TEXT_BYTES];

    if (whose == OURS)
        snprintf(buf, size, "The message that was sent");
    else
        snprintf(buf, size, "The answer of %s", addr_format(&a->to, to));
    return buf;
}

static enum confidence header_invalid(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = spoken(e);
    char subject[ADDR_TEXT_BYTES + 32];
    enum whose whose;

    if (!a)
        return CONFIDENCE_NONE;
    whose = matters(e, a, THEIRS, FRAME_BAD) ? THEIRS : OURS;
    if (!matters(e, a, whose, FRAME_BAD))
        return CONFIDENCE_NONE;
    say_summary(ret, "%s has a broken header: %s.",
                subject_of(a, whose, subject, sizeof(subject)), frame_of(a, whose)->why);
    say_fix(ret, "Two bytes of length, then a JSON object with byteorder, content-type, "
                 "content-encoding and content-length; sockeye message --help makes one.");
    /* It may be a message of another protocol, if nobody objects. */
    if (!frame_of(a, whose)->named)
        return whose == OURS && has_ended(a) ? CONFIDENCE_LIKELY : CONFIDENCE_NONE;
    return whose == THEIRS || has_ended(a) ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

static enum confidence byteorder(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = spoken(e);
    char subject[ADDR_TEXT_BYTES + 32];
    enum whose whose;

    if (!a)
        return CONFIDENCE_NONE;
    whose = matters(e, a, THEIRS, FRAME_SWAPPED) ? THEIRS : OURS;
    if (!matters(e, a, whose, FRAME_SWAPPED))
        return CONFIDENCE_NONE;
    say_summary(ret, "%s has its length in little-endian order: %s.",
                subject_of(a, whose, subject, sizeof(subject)), frame_of(a, whose)->why);
    say_fix(ret, "Write the two bytes big-endian: htons(), struct.pack('>H', n).");
    return CONFIDENCE_CERTAIN;
}

static enum confidence truncated(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = spoken(e);
    char subject[ADDR_TEXT_BYTES + 32], quiet[TEXT_DURATION_BYTES];
    enum whose whose;

    if (!a)
        return CONFIDENCE_NONE;
    whose = matters(e, a, THEIRS, FRAME_CUT) ? THEIRS : OURS;
    if (!matters(e, a, whose, FRAME_CUT))
        return CONFIDENCE_NONE;
    say_summary(ret, "%s is cut: %s%s%s.", subject_of(a, whose, subject, sizeof(subject)),
                frame_of(a, whose)->why,
                whose == OURS    ? "; the peer waits for the rest"
                : a->peer_closed ? ", then the peer closed"
                : a->recv_error  ? ", then the connection broke"
                                 : ", then nothing for ",
                whose == THEIRS && !has_ended(a) ? text_duration(a->quiet_ns, quiet) : "");
    say_fix(ret, whose == OURS ? "Send as much as the length and content-length say."
                               : "Let the server send all of it before it closes: send() may "
                                 "take less than it is given.");
    return whose == OURS || has_ended(a) ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

const struct rule rules_protocol[] = {
    {"frame-byteorder", byteorder},
    {"frame-header-invalid", header_invalid},
    {"frame-truncated", truncated},
    {"frame-truncated", answer_cut},
    {"http-bad-request", no_http_there},
    {"http-bad-request", http_bad_request},
    {"request-incomplete", request_incomplete},
    {NULL, NULL},
};
