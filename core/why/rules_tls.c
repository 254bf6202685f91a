/* TLS: who speaks it, and what the handshake came to (RFC 8446).
 *
 * A TLS server answers a whole ClientHello at once, with a record; whose first bytes are none does
 * not speak TLS, and whoever answers plain text with an alert record does. */
#include <errno.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/why/rules_words.h"

/* AlertDescription: RFC 8446, 6; RFC 5246, 7.2. */
enum {
    ALERT_HANDSHAKE_FAILURE = 40,
    ALERT_BAD_CERTIFICATE = 42,
    ALERT_UNKNOWN_CA = 48,
    ALERT_PROTOCOL_VERSION = 70,
    ALERT_CERTIFICATE_REQUIRED = 116,
};

#define RECORD_ALERT 21
#define RECORD_HEAD_BYTES 5
#define RECORD_ALERT_BYTES (RECORD_HEAD_BYTES + 2)

/* A connection that was there, by which something was said. */
static const struct attempt *spoken(const struct evidence *e)
{
    const struct attempt *a = evidence_decisive(e);

    if (!a || e->subject != WHY_CONNECT || e->endpoint.scheme == ENDPOINT_UDP || a->undecided)
        return NULL;
    return !a->error || a->tls.tried ? a : NULL;
}

static const struct attempt *shaken(const struct evidence *e)
{
    const struct attempt *a = spoken(e);

    return a && a->tls.tried ? a : NULL;
}

/* --- we speak TLS, the peer does not ---------------------------------------------------------- */

static enum confidence strange_answer(const struct attempt *a, struct saying *ret)
{
    char to[ADDR_TEXT_BYTES], first[64];
    size_t n = a->peek_len < 32 ? a->peek_len : 32;
    bool greets = memchr("2*+", a->peek_len ? a->peek[0] : 0, 3) != NULL;

    addr_format(&a->to, to);
    text_clean(a->peek, n, first, sizeof(first));
    if (a->tls.look == TLS_LOOK_ECHO)
        say_summary(ret, "%s does not speak TLS: it sends back what it gets.", to);
    else
        say_summary(ret, "%s does not speak TLS: its answer begins with '%s'.", to, first);
    say_fix(ret, "Ask without TLS: tcp://%s%s", to,
            n > 5 && memcmp(a->peek, "HTTP/", 5) == 0 ? ", or http:// instead of https://"
                                                      : "");
    if (greets)
        say_fix(ret, "A server that greets first may begin TLS later, by STARTTLS.");
    return CONFIDENCE_CERTAIN;
}

/* Its kernel has our ClientHello. */
static bool was_taken(const struct evidence *e, const struct attempt *a)
{
    const struct sighting *ours = evidence_ours(e);

    return a->wire.largest_acked_bytes > 0 || (ours && ours->row.wqueue == 0);
}

static enum confidence silent_peer(const struct evidence *e, const struct attempt *a,
                                   struct saying *ret)
{
    const struct sighting *peer = evidence_peer(e);
    char to[ADDR_TEXT_BYTES], holder[SIGHTING_HOLDER_BYTES];

    addr_format(&a->to, to);
    if (!was_taken(e, a))
        return CONFIDENCE_NONE;
    if (peer && peer->row.rqueue) {
        say_ruled_out(ret, "the peer has not read what we sent");
        return CONFIDENCE_NONE;
    }
    say_fix(ret, "Ask without TLS: tcp://%s", to);
    if (!peer || !peer->row.inode) {
        say_summary(ret,
                    "%s took our ClientHello and says nothing: a TLS server would answer at "
                    "once, one that waits for plain text would not.",
                    to);
        return CONFIDENCE_POSSIBLE;
    }
    say_summary(ret,
                "%s at %s has read our ClientHello and goes on waiting: it does not speak TLS.",
                sighting_holder(peer, holder), to);
    return CONFIDENCE_LIKELY;
}

static enum confidence tls_to_plain(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = shaken(e);
    char to[ADDR_TEXT_BYTES];

    if (!a || a->tls.done)
        return CONFIDENCE_NONE;
    if (a->tls.look == TLS_LOOK_STRANGER || a->tls.look == TLS_LOOK_ECHO)
        return strange_answer(a, ret);
    if (a->tls.received_bytes)
        return CONFIDENCE_NONE;
    if (a->tls.silent)
        return silent_peer(e, a, ret);
    if (!a->tls.closed)
        return CONFIDENCE_NONE;
    /* Who closes before it has read anything would do so whatever we speak. */
    if (a->wire.rst_in) {
        say_ruled_out(ret, "the peer closed before it had read what we sent");
        return CONFIDENCE_NONE;
    }
    say_summary(ret,
                "%s read our ClientHello and closed without a word: it does not speak TLS, or "
                "wants nothing of us.",
                addr_format(&a->to, to));
    say_fix(ret, "Ask without TLS: tcp://%s", to);
    return a->wire.seen ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
}

/* Who is stopped, or elsewhere, answers no handshake whatever it speaks. */
static enum confidence peer_not_reading(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = shaken(e);
    const struct sighting *peer = evidence_peer(e);
    char holder[SIGHTING_HOLDER_BYTES], to[ADDR_TEXT_BYTES];
    bool stopped;

    if (!a || !a->tls.silent || !peer || !peer->row.rqueue)
        return CONFIDENCE_NONE;
    stopped = peer->process.has_state && memchr("Tt", peer->process.state, 2);
    addr_format(&a->to, to);
    if (!peer->row.inode)
        say_summary(ret, "No program at %s has accepted the connection; %u bytes wait in it.",
                    to, peer->row.rqueue);
    else
        say_summary(ret,
                    "%s at %s has not read our ClientHello%s: %u bytes wait in its Recv-Q.",
                    sighting_holder(peer, holder), to, stopped ? ", it is stopped" : "",
                    peer->row.rqueue);
    if (stopped)
        say_fix(ret, "kill -CONT %d", peer->process.pid);
    else
        say_fix(ret, "Look what it does instead: /proc/PID/stack, gdb -p PID.");
    return CONFIDENCE_CERTAIN;
}

/* --- versions, certificates ------------------------------------------------------------------- */

static enum confidence tls_version(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = shaken(e);
    char to[ADDR_TEXT_BYTES];

    if (!a || a->tls.done)
        return CONFIDENCE_NONE;
    if ((!a->tls.has_alert_in || a->tls.alert_in != ALERT_PROTOCOL_VERSION) &&
        (!a->tls.has_alert_out || a->tls.alert_out != ALERT_PROTOCOL_VERSION ||
         a->tls.look != TLS_LOOK_RECORD))
        return CONFIDENCE_NONE;
    say_summary(ret, "%s and we have no TLS version in common: we offer 1.2 and 1.3, %s.",
                addr_format(&a->to, to),
                a->tls.has_alert_in ? "it refused with the alert 'protocol version'"
                                    : "it chose another one");
    say_fix(ret, "Let the server speak TLS 1.2 or 1.3; older ones are forbidden (RFC 8996).");
    return CONFIDENCE_CERTAIN;
}

static void say_certificate_fix(const struct attempt *a, struct saying *ret)
{
    switch (a->tls.fault) {
    case TLS_FAULT_EXPIRED:
        say_fix(ret, "Renew the certificate of the server; and look at this host's clock.");
        return;
    case TLS_FAULT_TOO_YOUNG:
        say_fix(ret, "Look at this host's clock: date; else wait until it is valid.");
        return;
    case TLS_FAULT_NAME:
        say_fix(ret, "Ask by a name that it is for; or sockeye connect --sni NAME.");
        say_fix(ret, "Or let the server have one that is for this name, too.");
        return;
    case TLS_FAULT_SELF_SIGNED:
    case TLS_FAULT_ISSUER:
        say_fix(ret, "Let the server send its whole chain; openssl s_client -showcerts shows "
                     "what it sends.");
        say_fix(ret, "Where it is meant so: trust its issuer, sockeye connect --ca FILE.");
        return;
    default:
        say_fix(ret, "openssl s_client -showcerts shows the chain that the server sends.");
        return;
    }
}

/* The peer wants to know who we are.  It asks once it has chosen version and cipher, so that neither
 * of them is what it does not like (RFC 5246, 7.4.6; RFC 8446, 4.4.2.4). */
static enum confidence wants_ours(const struct attempt *a, struct saying *ret)
{
    bool required = a->tls.alert_in == ALERT_CERTIFICATE_REQUIRED;
    bool asked =
        a->tls.wants_ours &&
        (a->tls.alert_in == ALERT_HANDSHAKE_FAILURE ||
         (a->tls.alert_in >= ALERT_BAD_CERTIFICATE && a->tls.alert_in <= ALERT_UNKNOWN_CA));
    char to[ADDR_TEXT_BYTES];

    if (!a->tls.has_alert_in || (!required && !asked))
        return CONFIDENCE_NONE;
    say_summary(ret, "%s wants a certificate of ours, and we showed none (alert '%s').",
                addr_format(&a->to, to), tls_alert_name(a->tls.alert_in));
    say_fix(ret, "sockeye connect --cert FILE --key FILE tls://%s", to);
    return CONFIDENCE_CERTAIN;
}

static enum confidence tls_certificate(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = shaken(e);
    char to[ADDR_TEXT_BYTES];

    if (!a)
        return CONFIDENCE_NONE;
    if (a->tls.done || !a->tls.fault)
        return wants_ours(a, ret);
    say_summary(ret, "The certificate of %s is refused: %s.", addr_format(&a->to, to),
                a->tls.why);
    say_certificate_fix(a, ret);
    return CONFIDENCE_CERTAIN;
}

/* Any other alert: it says so, and there is nothing more to know here. */
static enum confidence handshake_failed(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = shaken(e);
    char to[ADDR_TEXT_BYTES];
    struct saying unsaid = {0};
    uint8_t alert;

    if (!a || a->tls.done || a->tls.look != TLS_LOOK_RECORD || a->tls.fault ||
        (!a->tls.has_alert_in && !a->tls.has_alert_out) || wants_ours(a, &unsaid))
        return CONFIDENCE_NONE;
    alert = a->tls.has_alert_in ? a->tls.alert_in : a->tls.alert_out;
    if (alert == ALERT_PROTOCOL_VERSION)
        return CONFIDENCE_NONE;
    say_summary(ret, "The TLS handshake with %s failed: %s.", addr_format(&a->to, to),
                a->tls.why);
    say_fix(ret,
            "openssl s_client -connect %s shows what each side offers; the server's log "
            "says what it did not like.",
            to);
    return CONFIDENCE_CERTAIN;
}

/* --- we speak plain text, the peer TLS -------------------------------------------------------- */

static bool is_alert(const struct attempt *a)
{
    const uint8_t *p = a->peek;

    return a->peek_len >= RECORD_ALERT_BYTES && p[0] == RECORD_ALERT && p[1] == 3 &&
           p[2] <= 4 && p[3] == 0 && p[4] == 2 && (p[5] == 1 || p[5] == 2);
}

/* What web servers say that see a plain request on a port of theirs for TLS. */
static const char *told_so(const struct attempt *a)
{
    static const char *const words[] = {
        "plain HTTP request was sent to HTTPS port",      /* nginx */
        "speaking plain HTTP to an SSL-enabled server",   /* Apache httpd */
        "Client sent an HTTP request to an HTTPS server", /* Go's net/http */
        "combination of host and port requires TLS",      /* Tomcat */
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (memmem(a->peek, a->peek_len, words[i], strlen(words[i])))
            return words[i];
    return NULL;
}

/* OpenSSL reads the head of a record, finds none, and gives up without an alert (SSL_R_HTTP_REQUEST,
 * SSL_R_WRONG_VERSION_NUMBER): of all that we sent five bytes have been read when the socket goes. */
static bool read_a_record_head(const struct evidence *e, const struct attempt *a)
{
    struct addr local = addr_unmapped(&a->from), peer = addr_unmapped(&a->to);
    const struct kernel_event *gone = evidence_event(e, KERNEL_DESTROYED, &peer, &local, "");

    return gone && a->tls_library[0] && a->sent_bytes > RECORD_HEAD_BYTES &&
           gone->unread_bytes == a->sent_bytes - RECORD_HEAD_BYTES;
}

static enum confidence plain_to_tls(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = spoken(e);
    char to[ADDR_TEXT_BYTES];

    if (!a || a->tls.tried || a->sent_tls || !a->sent_bytes)
        return CONFIDENCE_NONE;
    addr_format(&a->to, to);
    say_fix(ret, "Ask with TLS: tls://%s%s", to,
            a->request.state != REQUEST_NONE ? ", https:// instead of http://" : "");
    if (is_alert(a)) {
        say_summary(ret, "%s speaks TLS: it answers plain text with the alert '%s'.", to,
                    tls_alert_name(a->peek[6]));
        return CONFIDENCE_CERTAIN;
    }
    if (told_so(a)) {
        say_summary(ret, "%s speaks TLS, and says so: \"%s\".", to, told_so(a));
        return CONFIDENCE_CERTAIN;
    }
    if (a->received_bytes)
        return CONFIDENCE_NONE;
    if (read_a_record_head(e, a)) {
        say_summary(
            ret,
            "%s speaks TLS, with %s: it read the %d bytes of a TLS record's head, found "
            "none and closed.",
            to, a->tls_library, RECORD_HEAD_BYTES);
        return CONFIDENCE_CERTAIN;
    }
    if (a->request.state != REQUEST_WHOLE || (!a->peer_closed && !a->recv_error))
        return CONFIDENCE_NONE;
    say_summary(ret,
                "%s ended the connection without an answer to an HTTP request, as some TLS "
                "servers do.",
                to);
    return CONFIDENCE_POSSIBLE;
}

const struct rule rules_tls[] = {
    {"tls-certificate", tls_certificate},
    {"tls-version", tls_version},
    {"tls-to-plain", tls_to_plain},
    {"peer-not-reading", peer_not_reading},
    {"tls-handshake-failed", handshake_failed},
    {"plain-to-tls", plain_to_tls},
    {NULL, NULL},
};
