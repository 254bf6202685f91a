/* ui/cli/connect_output.c - what `sockeye connect` writes: received bytes, and beside them, on stderr
 * or as JSON, what became of the session. */
#include "ui/cli/connect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/hex.h"
#include "core/base/line.h"
#include "core/base/text.h"
#include "core/model/journal.h"
#include "ui/cli/say.h"

/* ---- bytes ---------------------------------------------------------------------------- */

static int print_unit_json(struct pump *p, const struct unit_head *head, const char *bytes,
                           size_t len)
{
    static char text[4 * ATTACH_UNIT_BYTES + 1], hex[2 * ATTACH_UNIT_BYTES + 1];
    char from[ADDR_TEXT_BYTES];
    cJSON *o = cJSON_CreateObject();

    text_clean(bytes, len, text, sizeof(text));
    cJSON_AddStringToObject(o, "event", "received");
    cJSON_AddNumberToObject(o, "bytes", (double)len);
    cJSON_AddStringToObject(o, "text", text);
    cJSON_AddStringToObject(o, "hex", hex_write(bytes, len, hex));
    if (p->datagrams)
        cJSON_AddStringToObject(o, "from", addr_format(&head->from, from));
    if (head->length > len) {
        cJSON_AddBoolToObject(o, "truncated", true);
        cJSON_AddNumberToObject(o, "length", (double)head->length);
    }
    return cli_put_json(p->signals, o);
}

/* How many bytes come before a line feed or a tab. */
static size_t bytes_of_line(const char *bytes, size_t len)
{
    size_t n = 0;

    while (n < len && bytes[n] != '\n' && bytes[n] != '\t')
        n++;
    return n;
}

/* A terminal gets its line ends and tabs, and nothing else that is not printable. */
static int write_sanitized(int signals, const char *bytes, size_t len)
{
    static char clean[4 * (ATTACH_UNIT_BYTES + CONNECT_HELD_BYTES) + 1];

    while (len) {
        size_t plain = bytes_of_line(bytes, len);
        int r = cli_put(signals, clean, text_clean(bytes, plain, clean, sizeof(clean)));

        if (r == 0 && plain < len)
            r = cli_put(signals, bytes + plain++, 1);
        if (r < 0)
            return r;
        bytes += plain;
        len -= plain;
    }
    return 0;
}

/* How many bytes at the end are the beginning of a UTF-8 character (RFC 3629, 3). */
static size_t unfinished_tail(const char *bytes, size_t len)
{
    for (size_t back = 1; back <= 3 && back <= len; back++) {
        uint8_t b = (uint8_t)bytes[len - back];

        if ((b & 0xc0) != 0x80)
            return back < (b >= 0xf0 ? 4U : b >= 0xe0 ? 3U : b >= 0xc0 ? 2U : 1U) ? back : 0;
    }
    return 0;
}

/* A character that two reads part is held back until its rest has come. */
static int write_held(struct pump *p, char *bytes, size_t len)
{
    size_t tail;
    int r;

    bytes -= p->n_held;
    memcpy(bytes, p->held, p->n_held);
    len += p->n_held;
    tail = unfinished_tail(bytes, len);
    r = write_sanitized(p->signals, bytes, len - tail);
    memcpy(p->held, bytes + len - tail, tail);
    p->n_held = tail;
    return r;
}

/* What the bytes cannot say. */
static void say_unit(const struct pump *p, const struct unit_head *head, size_t len)
{
    char from[ADDR_TEXT_BYTES], a[TEXT_NUMBER_BYTES], b[TEXT_NUMBER_BYTES];

    if (p->unconnected)
        say_line("from %s: a datagram of %s bytes", addr_format(&head->from, from),
                 text_number(head->length, a));
    if (head->length > len)
        say_line("truncated: the datagram had %s bytes, recv(2) was given %s",
                 text_number(head->length, a), text_number(len, b));
}

int connect_write_unit(struct pump *p, const struct unit_head *head, char *bytes, size_t len)
{
    if (p->json)
        return print_unit_json(p, head, bytes, len);
    say_unit(p, head, len);
    return p->sanitize ? write_held(p, bytes, len) : cli_put(p->signals, bytes, len);
}

int connect_write_end(struct pump *p)
{
    size_t n = p->n_held;

    p->n_held = 0;
    return write_sanitized(p->signals, p->held, n);
}

/* ---- the session ---------------------------------------------------------------------- */

/* A proxy that nobody asked for in so many words must not go unseen. */
static void say_proxy(struct pump *p, const struct session_status *s)
{
    if (p->said_proxy || !s->proxy[0] || p->json)
        return;
    p->said_proxy = true;
    say_line("through the proxy %s%s%s", s->proxy,
             s->proxy_variable[0] ? ", as the environment says in " : "", s->proxy_variable);
}

/* Only with --insecure does a session come that far. */
static void say_untrusted(struct pump *p, const struct session_status *s)
{
    if (p->said_untrusted || s->tls.trust != TLS_NOT_TRUSTED || !s->tls.version[0] || p->json)
        return;
    p->said_untrusted = true;
    say_line("going on although the certificate is not trusted: %s", s->tls.why);
}

static void add_text(cJSON *o, const char *name, const char *text)
{
    if (text[0])
        cJSON_AddStringToObject(o, name, text);
}

static void add_tls(cJSON *session, const struct tls_facts *f)
{
    cJSON *o;
    char day[40];
    time_t not_after = (time_t)f->not_after;
    struct tm tm;

    if (!f->version[0] && f->trust == TLS_TRUST_NONE)
        return;
    o = cJSON_AddObjectToObject(session, "tls");
    add_text(o, "version", f->version);
    add_text(o, "cipher", f->cipher);
    add_text(o, "alpn", f->alpn);
    add_text(o, "subject", f->subject);
    add_text(o, "issuer", f->issuer);
    if (f->not_after && gmtime_r(&not_after, &tm) &&
        strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%SZ", &tm))
        cJSON_AddStringToObject(o, "not_after", day);
    if (f->trust != TLS_TRUST_NONE)
        cJSON_AddBoolToObject(o, "trusted", f->trust == TLS_TRUSTED);
    add_text(o, "why", f->why);
}

/* How long each step took, of those that were made. */
static void add_phases(cJSON *session, const struct phases *p)
{
    const struct {
        const char *name;
        uint64_t reached_ns;
    } steps[] = {{"resolve", p->resolved},
                 {"connect", p->connected},
                 {"proxy", p->proxied},
                 {"tls", p->secured},
                 {"first_byte", p->first_byte}};
    uint64_t last_ns = p->begun;
    cJSON *o = cJSON_AddObjectToObject(session, "phases_ms");

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (steps[i].reached_ns < last_ns)
            continue;
        cJSON_AddNumberToObject(o, steps[i].name,
                                (double)(steps[i].reached_ns - last_ns) / 1000000);
        last_ns = steps[i].reached_ns;
    }
}

static int print_state_json(struct pump *p, const struct session_status *s)
{
    char endpoint[ENDPOINT_TEXT_BYTES];
    char local[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES];
    cJSON *o = cJSON_CreateObject();

    cJSON_AddStringToObject(o, "event", "session");
    cJSON_AddStringToObject(o, "state", session_state_name(s->state));
    cJSON_AddStringToObject(o, "endpoint", endpoint_format(&s->endpoint, endpoint));
    cJSON_AddStringToObject(o, "local", addr_format(&s->local, local));
    cJSON_AddStringToObject(o, "peer", addr_format(&s->peer, peer));
    if (s->proxy[0])
        cJSON_AddStringToObject(o, "proxy", s->proxy);
    cJSON_AddNumberToObject(o, "sent_bytes", (double)s->sent_bytes);
    cJSON_AddNumberToObject(o, "received_bytes", (double)s->received_bytes);
    cli_add_credentials(o, &s->credentials);
    add_phases(o, &s->phases);
    add_tls(o, &s->tls);
    if (s->idle_ns)
        cJSON_AddNumberToObject(o, "idle_ms", (double)s->idle_ns / (double)CLOCK_MS_NS);
    if (s->err.code)
        cJSON_AddStringToObject(o, "error",
                                s->err.symbol[0] ? s->err.symbol : err_name(s->err.code));
    return cli_put_json(p->signals, o);
}

static void say_connected(const struct session_status *s)
{
    char local[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES];

    say_line("connected %s -> %s", addr_format(&s->local, local), addr_format(&s->peer, peer));
    if (s->credentials.known)
        say_line("the peer is process %d, uid %u, gid %u", s->credentials.pid,
                 s->credentials.uid, s->credentials.gid);
}

static void say_idle(const struct pump *p, const struct session_status *s)
{
    char duration[TEXT_DURATION_BYTES];

    if (s->idle_ns && !p->json)
        say_line("closed: nothing came or went for %s", text_duration(s->idle_ns, duration));
}

void connect_say_state(struct pump *p, const struct session_status *s)
{
    int r = 0;

    say_proxy(p, s);
    say_untrusted(p, s);
    if (p->json)
        r = print_state_json(p, s);
    if (r < 0)
        connect_finish(p, cli_put_status(p->self, r));
    if (s->state == SESSION_FAILED)
        connect_finish(p, cli_fail(p->self,
                                   cli_status_of(s->err.code) == EXIT_UNAVAILABLE
                                       ? EXIT_UNAVAILABLE
                                       : EXIT_FAILED,
                                   &s->err));
    else if (s->state == SESSION_CLOSED) {
        say_idle(p, s);
        p->done = true;
    } else if (s->state == SESSION_OPEN && !p->json && (p->verbose || isatty(STDERR_FILENO)))
        say_connected(s);
}

/* ---- with -v -------------------------------------------------------------------------- */

static int say_call(struct pump *p, const char *text)
{
    cJSON *o;

    if (!p->json) {
        say_line("%s", text);
        return 0;
    }
    o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "event", "call");
    cJSON_AddStringToObject(o, "text", text);
    return cli_put_json(p->signals, o);
}

int connect_say_calls(struct pump *p)
{
    const struct ring *journal = engine_journal(p->engine);
    char text[CALL_TEXT_BYTES];
    struct call call;
    uint64_t lost = 0;
    int r = 0;

    if (!p->verbose)
        return 0;
    for (uint64_t head = ring_head(journal); p->calls_read < head && r == 0; p->calls_read++) {
        if (!ring_get(journal, p->calls_read, &call, NULL, 0, NULL)) {
            lost++;
        } else if (call.session_id == p->session_id) {
            call_format(&call, text, sizeof(text));
            r = say_call(p, text);
        }
    }
    if (lost && r == 0) {
        snprintf(text, sizeof(text), "(%llu calls were too many to be shown)",
                 (unsigned long long)lost);
        r = say_call(p, text);
    }
    return r;
}

int connect_say_phases(struct pump *p)
{
    const struct phases *f = &p->last.phases;
    const struct {
        const char *name;
        uint64_t at_ns;
    } steps[] = {{"resolved", f->resolved},     {"connected", f->connected},
                 {"proxied", f->proxied},       {"secured", f->secured},
                 {"first_byte", f->first_byte}, {"ended", p->last.changed_ns}};
    cJSON *o = p->json ? cJSON_CreateObject() : NULL;
    char text[256];
    struct line_out line = line_in(text, sizeof(text));

    if (o)
        cJSON_AddStringToObject(o, "event", "phases");
    line_add(&line, "seconds:");
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        uint64_t ns = steps[i].at_ns > f->begun ? steps[i].at_ns - f->begun : 0;
        char name[24];

        if (!steps[i].at_ns)
            continue;
        snprintf(name, sizeof(name), "%s_s", steps[i].name);
        if (o)
            cJSON_AddNumberToObject(o, name, (double)ns / 1e9);
        else
            line_add(&line, " %s %llu.%06llu", steps[i].name,
                     (unsigned long long)(ns / CLOCK_SECOND_NS),
                     (unsigned long long)(ns % CLOCK_SECOND_NS / 1000));
    }
    if (!o)
        say_line("%s", text);
    return o ? cli_put_json(p->signals, o) : 0;
}
