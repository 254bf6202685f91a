#include "core/model/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/hex.h"
#include "core/base/line_end.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/message/compose.h"
#include "core/net/options.h"
#include "core/services/service.h"

#define DEFAULT_SERVE "tcp://127.0.0.1:65432"
#define WORDS_MAX (COMMAND_LINE_BYTES / 2) /* a line holds no more */

#define AT(field) offsetof(struct command, field)

/* What both a session's and a server's socket can be told. */
#define SOCKET_OPTIONS(settings)                                                               \
    {"--option",                                                                               \
     "NAME=VALUE",                                                                             \
     TAKES_LIST,                                                                               \
     AT(settings.options),                                                                     \
     0,                                                                                        \
     0,                                                                                        \
     NULL,                                                                                     \
     check_assignment,                                                                         \
     "a socket option, set before bind and connect; may be repeated"},                         \
        {"--broadcast",                                                                        \
         NULL,                                                                                 \
         TAKES_NOTHING,                                                                        \
         AT(settings.broadcast),                                                               \
         0,                                                                                    \
         0,                                                                                    \
         NULL,                                                                                 \
         NULL,                                                                                 \
         "udp: may send to a broadcast address (SO_BROADCAST)"},                               \
        {"--join",                                                                             \
         "GROUP[%INTERFACE]",                                                                  \
         TAKES_LIST,                                                                           \
         AT(settings.groups),                                                                  \
         0,                                                                                    \
         0,                                                                                    \
         NULL,                                                                                 \
         NULL,                                                                                 \
         "udp: receive what is sent to a multicast group; may be repeated"},                   \
        {"--multicast-ttl",                                                                    \
         "N",                                                                                  \
         TAKES_TEXT,                                                                           \
         AT(settings.multicast_ttl),                                                           \
         0,                                                                                    \
         3,                                                                                    \
         NULL,                                                                                 \
         NULL,                                                                                 \
         "how many hops multicasts may go, default 1"},                                        \
        {"--multicast-loop",                                                                   \
         "on|off",                                                                             \
         TAKES_TEXT,                                                                           \
         AT(settings.multicast_loop),                                                          \
         0,                                                                                    \
         3,                                                                                    \
         NULL,                                                                                 \
         NULL,                                                                                 \
         "whether this host receives its own multicasts, default on"},                         \
    {                                                                                          \
        "--multicast-interface", "INTERFACE", TAKES_TEXT, AT(settings.multicast_interface), 0, \
            COMMAND_INTERFACE_BYTES, NULL, NULL, "which way multicasts leave"                  \
    }

static int check_assignment(const char *value, struct err *err)
{
    const struct socket_option *o;
    const char *text;
    int r = option_parse_assignment(value, &o, &text, err);

    return r < 0 ? r : option_check(o, text, err);
}

static const char *const tls_versions[] = {[TLS_1_2] = "1.2", [TLS_1_3] = "1.3", NULL};
static const char *const tls_ceilings[] = {
    [TLS_UP_TO_1_3] = "1.3", [TLS_UP_TO_1_2] = "1.2", NULL};

const char *const transcript_formats[] = {"text", "json", "hex", NULL};

/* By enum line_end. */
static const char *const line_ends[] = {"keep", "crlf", "lf", "cr", NULL};

static const struct verb_option connect_options[] = {
    {MESSAGE_TEXT, "TEXT", TAKES_MESSAGE, AT(connect.messages), 0, 0, NULL, NULL,
     "send text with the escapes \\r \\n \\t \\0 \\xNN; may be repeated, in order"},
    {MESSAGE_HEX, "HEX", TAKES_MESSAGE, AT(connect.messages), 0, 0, NULL, NULL,
     "send bytes in any common way to write hex: 48 65, 0x48,0x65, 48:65"},
    {MESSAGE_FILE, "PATH", TAKES_MESSAGE, AT(connect.messages), 0, 0, NULL, NULL,
     "send a file, a FIFO or a device"},
    {MESSAGE_REPLAY, "PATH", TAKES_MESSAGE, AT(connect.messages), 0, 0, NULL, NULL,
     "send what a JSON transcript says was sent, at its times"},
    {"--speed", "X", TAKES_FACTOR, AT(connect.speed), 0, 0, NULL, NULL,
     "of --replay: 2 is twice as fast, 0 without pauses; default 1"},
    {"--check", NULL, TAKES_NOTHING, AT(connect.check), 0, 0, NULL, NULL,
     "what the transcript says was received must come back"},
    {"--repeat", "N", TAKES_NUMBER, AT(connect.repeat), 0, UINT32_MAX, NULL, NULL,
     "send all of these N times, 0 without end; default 1"},
    {"--interval", "SECONDS", TAKES_SECONDS, AT(connect.interval_ns), 0, 0, NULL, NULL,
     "between two rounds of --repeat"},
    {"--line-end", "END", TAKES_NAME, AT(connect.line_end), 0, 0, line_ends, NULL,
     "of --send and of what is typed: keep (default), crlf, lf or cr"},
    {"--crlf", NULL, TAKES_NOTHING, AT(connect.crlf), 0, 0, NULL, NULL, "as --line-end crlf"},
    {"--expect", "TEXT", TAKES_ESCAPED, AT(connect.expect), 0, COMMAND_TEXT_BYTES - 1, NULL,
     NULL, "all that must come back, with escapes; it fails where that differs"},
    {"--linger", "SECONDS", TAKES_SECONDS, AT(connect.linger_ns), 0, 0, NULL, NULL,
     "once all is sent, close when nothing came for so long; datagrams default 1"},
    {"--tag", "NAME", TAKES_TAG, AT(connect.tag), 0, COMMAND_TAG_BYTES, NULL, NULL,
     "mark what is opened, for close tag:NAME"},
    {"--connections", "N", TAKES_NUMBER, AT(connect.connections), 1, COMMAND_CONNECTIONS, NULL,
     NULL, "send over N at once and check that the same comes back, or --expect"},
    {"--timeout", "SECONDS", TAKES_SECONDS, AT(connect.timeout_ns), 0, 0, NULL, NULL,
     "how long connecting may take, default 30"},
    {"--idle-timeout", "SECONDS", TAKES_SECONDS, AT(connect.idle_timeout_ns), 0, 0, NULL, NULL,
     "close when nothing came or went for so long"},
    {"--retries", "N", TAKES_NUMBER, AT(connect.retries), 0, 1000000, NULL, NULL,
     "begin anew so often when it fails, default 0"},
    {"--retry-delay", "SECONDS", TAKES_SECONDS, AT(connect.retry_delay_ns), 0, 0, NULL, NULL,
     "between two tries, default 1"},
    {"--source", "ADDRESS[:PORT]", TAKES_ADDRESS, AT(connect.source), 0, 0, NULL, NULL,
     "the near end: bind(2) before connecting"},
    {"--proxy", "URL", TAKES_TEXT, AT(connect.proxy), 0, COMMAND_PROXY_BYTES, NULL, NULL,
     "socks5://[USER:PASSWORD@]HOST:PORT or http://...; else all_proxy, https_proxy for TLS"},
    {"--no-proxy", NULL, TAKES_NOTHING, AT(connect.no_proxy), 0, 0, NULL, NULL,
     "directly, whatever the environment says"},
    {"--blocking", NULL, TAKES_NOTHING, AT(connect.blocking), 0, 0, NULL, NULL,
     "recv(2) and send(2) wait, in threads of their own"},
    {"--unconnected", NULL, TAKES_NOTHING, AT(connect.unconnected), 0, 0, NULL, NULL,
     "udp: no connect(2), datagrams of any sender are taken"},
    {"--receive-bytes", "N", TAKES_NUMBER, AT(connect.receive_bytes), 1, COMMAND_RECEIVE_BYTES,
     NULL, NULL, "the buffer of one recv(2), default 65,536"},
    SOCKET_OPTIONS(connect.socket),
    {"--insecure", NULL, TAKES_NOTHING, AT(connect.tls.insecure), 0, 0, NULL, NULL,
     "tls: go on whatever the certificate is worth"},
    {"--ca", "FILE", TAKES_TEXT, AT(connect.tls.ca), 0, COMMAND_FILE_BYTES, NULL, NULL,
     "tls: trust these certificates, too (PEM)"},
    {"--sni", "NAME", TAKES_TEXT, AT(connect.tls.sni), 0, ENDPOINT_HOST_BYTES - 1, NULL, NULL,
     "tls: ask for NAME and expect its certificate, default the host"},
    {"--no-sni", NULL, TAKES_NOTHING, AT(connect.tls.no_sni), 0, 0, NULL, NULL,
     "tls: do not say who is asked for"},
    {"--alpn", "LIST", TAKES_TEXT, AT(connect.tls.alpn), 0, COMMAND_ALPN_BYTES, NULL, NULL,
     "tls: application protocols, such as h2,http/1.1"},
    {"--cert", "FILE", TAKES_TEXT, AT(connect.tls.cert), 0, COMMAND_FILE_BYTES, NULL, NULL,
     "tls: a certificate of our own (PEM)"},
    {"--key", "FILE", TAKES_TEXT, AT(connect.tls.key), 0, COMMAND_FILE_BYTES, NULL, NULL,
     "tls: its key (PEM), default in the same file"},
    {"--tls-min", "VERSION", TAKES_NAME, AT(connect.tls.min), 0, 0, tls_versions, NULL,
     "tls: the lowest version, 1.2 or 1.3, default 1.2"},
    {"--tls-max", "VERSION", TAKES_NAME, AT(connect.tls.max), 0, 0, tls_ceilings, NULL,
     "tls: the highest version, 1.2 or 1.3, default 1.3"},
    {0}};

/* By enum server_model. */
static const char *const models[] = {"loop", "threads", "iterative", NULL};

static const struct verb_option serve_options[] = {
    {"--backlog", "N", TAKES_NUMBER, AT(serve.backlog), 0, INT32_MAX, NULL, NULL,
     "limit of the accept queue (listen(2)), default 4096"},
    {"--model", "MODEL", TAKES_NAME, AT(serve.model), 0, 0, models, NULL,
     "loop (default), threads (one a connection) or iterative (one client at a time)"},
    {"--workers", "N", TAKES_NUMBER, AT(serve.workers), 1, 256, NULL, NULL,
     "threads that accept on sockets of their own (SO_REUSEPORT)"},
    {"--max-connections", "N", TAKES_NUMBER, AT(serve.max_connections), 1, UINT32_MAX, NULL,
     NULL, "open at once; others wait in the accept queue"},
    {"--allow", "PREFIX", TAKES_LIST, AT(serve.allow), 0, 0, NULL, NULL,
     "who may connect, such as 10.0.0.0/8; may be repeated"},
    {"--deny", "PREFIX", TAKES_LIST, AT(serve.deny), 0, 0, NULL, NULL,
     "who may not; stronger than --allow"},
    {"--idle-timeout", "SECONDS", TAKES_SECONDS, AT(serve.idle_timeout_ns), 0, 0, NULL, NULL,
     "close a session when nothing came or went for so long"},
    SOCKET_OPTIONS(serve.socket),
    {"--cert", "FILE", TAKES_TEXT, AT(serve.tls.cert), 0, COMMAND_FILE_BYTES, NULL, NULL,
     "tls: the certificate and its chain (PEM), default one made at start"},
    {"--key", "FILE", TAKES_TEXT, AT(serve.tls.key), 0, COMMAND_FILE_BYTES, NULL, NULL,
     "tls: its key (PEM), default in the same file"},
    {"--client-ca", "FILE", TAKES_TEXT, AT(serve.tls.ca), 0, COMMAND_FILE_BYTES, NULL, NULL,
     "tls: demand a certificate that one of these has signed (PEM)"},
    {"--alpn", "LIST", TAKES_TEXT, AT(serve.tls.alpn), 0, COMMAND_ALPN_BYTES, NULL, NULL,
     "tls: application protocols, the liked best first, such as h2,http/1.1"},
    {"--tls-min", "VERSION", TAKES_NAME, AT(serve.tls.min), 0, 0, tls_versions, NULL,
     "tls: the lowest version, 1.2 or 1.3, default 1.2"},
    {"--tls-max", "VERSION", TAKES_NAME, AT(serve.tls.max), 0, 0, tls_ceilings, NULL,
     "tls: the highest version, 1.2 or 1.3, default 1.3"},
    {"--handshake-timeout", "SECONDS", TAKES_SECONDS, AT(serve.tls.handshake_timeout_ns), 0, 0,
     NULL, NULL, "tls: how long a client may take for the handshake, default 10"},
    {0}};

static const struct verb_option message_options[] = {
    {"--header", "NAME[=VALUE]", TAKES_LIST, AT(message.fields), 0, 0, NULL,
     compose_check_field,
     "a header field by hand, also a wrong one; without a value it is left out"},
    {"--raw-json", "TEXT", TAKES_TEXT, AT(message.raw_json), 0, COMMAND_TEXT_BYTES - 1, NULL,
     NULL, "the content as it stands, right or wrong"},
    {"--encoding", "NAME", TAKES_TEXT, AT(message.encoding), 0, COMMAND_ENCODING_BYTES, NULL,
     NULL, "of the text, utf-8 unless given: latin-1, utf-16, ..."},
    {"--binary", NULL, TAKES_NOTHING, AT(message.binary), 0, 0, NULL, NULL,
     "the content is the values alone, as bytes"},
    {0}};

const struct verb_info verbs[VERB_COUNT] = {
    [VERB_CONNECT] = {"connect", "ENDPOINT [--OPTION ...]",
                      "open a session: tcp://HOST:PORT, HOST:PORT or HOST PORT", TO_ENGINE,
                      ARG_ENDPOINT, ARG_NONE, connect_options},
    [VERB_SERVE] = {"serve", "SERVICE [ENDPOINT] [--OPTION ...]",
                    "start a server, by default on " DEFAULT_SERVE, TO_ENGINE, ARG_SERVICE,
                    ARG_ENDPOINT, serve_options},
    [VERB_SEND] = {"send", "[SESSION] TEXT",
                   "send text with the escapes \\r \\n \\t \\0 \\xNN; no line end is added",
                   TO_ENGINE, ARG_SESSION, ARG_TEXT, NULL},
    [VERB_SEND_HEX] = {"send-hex", "[SESSION] HEX",
                       "send bytes in any common way to write hex, as one word: 4865, 48:65 or "
                       "'48 65'",
                       TO_ENGINE, ARG_SESSION, ARG_TEXT, NULL},
    [VERB_SEND_FILE] = {"send-file", "[SESSION] PATH", "send a file, a FIFO or a device",
                        TO_ENGINE, ARG_SESSION, ARG_TEXT, NULL},
    [VERB_REPEAT] = {"repeat", "[SESSION] N SECONDS TEXT|off",
                     "send text N times, 0 without end, with a pause between two", TO_ENGINE,
                     ARG_SESSION, ARG_TEXT, NULL},
    [VERB_MESSAGE] = {"message", "[SESSION] [KEY=VALUE ...] [--OPTION ...]",
                      "send one framed message: length, JSON header, content; KEY:=JSON, too",
                      TO_ENGINE, ARG_SESSION, ARG_TEXT, message_options},
    [VERB_FLOOD] = {"flood", "[SESSION] [BYTES|off]",
                    "send a pattern as fast as the socket takes it, without end by default",
                    TO_ENGINE, ARG_SESSION, ARG_TEXT, NULL},
    [VERB_SET] = {"set", "[SESSION] NAME=VALUE",
                  "set a socket option and say what the kernel made of the value", TO_ENGINE,
                  ARG_SESSION, ARG_OPTION, NULL},
    [VERB_GET] = {"get", "[SESSION] NAME", "the value of a socket option", TO_ENGINE,
                  ARG_SESSION, ARG_OPTION, NULL},
    [VERB_BLOCKING] = {"blocking", "[SESSION] on|off",
                       "let the session's calls wait, which shows, or not", TO_ENGINE,
                       ARG_SESSION, ARG_TEXT, NULL},
    [VERB_HALF_CLOSE] = {"half-close", "[SESSION]",
                         "send FIN behind everything queued and go on reading", TO_ENGINE,
                         ARG_SESSION, ARG_NONE, NULL},
    [VERB_CLOSE] = {"close", "[SESSION ...|all|tag:NAME]",
                    "close a session, several, all that we opened, or those with a tag",
                    TO_ENGINE, ARG_SESSION, ARG_SESSION, NULL},
    [VERB_TAG] = {"tag", "SESSION [NAME]", "mark a session with a name, or take the mark away",
                  TO_ENGINE, ARG_SESSION, ARG_TEXT, NULL},
    [VERB_SAVE_TRANSCRIPT] = {"save-transcript", "[SESSION] PATH [text|json|hex]",
                              "write what a session sent and received into a file", TO_CONSOLE,
                              ARG_SESSION, ARG_TEXT, NULL},
    [VERB_STOP] = {"stop", "[SERVER]", "stop a server and close the sessions it accepted",
                   TO_ENGINE, ARG_SERVER, ARG_NONE, NULL},
    [VERB_CAPTURE] = {"capture", "INTERFACE", "capture on one more interface", TO_CAPTURE,
                      ARG_INTERFACE, ARG_NONE, NULL},
    [VERB_FILTER] = {"filter", "[EXPRESSION]",
                     "show only the rows that match; without an expression all of them",
                     TO_CONSOLE, ARG_EXPRESSION, ARG_NONE, NULL},
    [VERB_GOTO] = {"goto", "PANEL", "show a panel: sockets, sessions, packets or journal",
                   TO_CONSOLE, ARG_PANEL, ARG_NONE, NULL},
    [VERB_HELP] = {"help", "", "what every key and command does", TO_CONSOLE, ARG_NONE,
                   ARG_NONE, NULL},
    [VERB_QUIT] = {"quit", "", "leave the console; sessions and servers are closed", TO_CONSOLE,
                   ARG_NONE, ARG_NONE, NULL},
};

struct command command_default(enum verb verb)
{
    struct command c = {.verb = verb,
                        .attach_fd = -1,
                        .connect = {.timeout_ns = COMMAND_TIMEOUT_NS,
                                    .retry_delay_ns = COMMAND_RETRY_DELAY_NS,
                                    .receive_bytes = COMMAND_RECEIVE_BYTES,
                                    .repeat = 1,
                                    .speed = COMMAND_SPEED},
                        .serve = {.backlog = COMMAND_BACKLOG,
                                  .tls = {.handshake_timeout_ns = COMMAND_HANDSHAKE_NS}}};

    if (verb == VERB_SERVE)
        endpoint_parse(DEFAULT_SERVE, &c.endpoint, NULL);
    return c;
}

static int bad(struct err *err, enum verb verb, const char *input, const char *reason)
{
    char usage[128];

    err_set(err, -EINVAL, verbs[verb].name, input, "%s", reason);
    snprintf(usage, sizeof(usage), "%s %s", verbs[verb].name, verbs[verb].usage);
    err_hint(err, "usage: %s", usage);
    return -EINVAL;
}

static int parse_number(const char *word, uint64_t max, uint64_t *ret)
{
    char *end;
    unsigned long long n;

    if (word[0] < '0' || word[0] > '9')
        return -EINVAL;
    errno = 0;
    n = strtoull(word, &end, 10);
    if (errno || *end || n > max)
        return -EINVAL;
    *ret = n;
    return 0;
}

static bool parse_bare_ipv6(const char *value, struct endpoint *ret)
{
    char bracketed[ENDPOINT_TEXT_BYTES];

    snprintf(bracketed, sizeof(bracketed), "[%.200s]:0", value);
    return endpoint_parse(bracketed, ret, NULL) == 0;
}

static bool set_source(struct source *at, const char *value)
{
    char with_port[ENDPOINT_TEXT_BYTES];
    struct endpoint e;
    struct addr numeric;

    if (strlen(value) > sizeof(with_port) - 3)
        return false;
    snprintf(with_port, sizeof(with_port), "%s:0", value);
    /* "::1" has colons, but no port and no brackets either. */
    if (endpoint_parse(value, &e, NULL) < 0 && endpoint_parse(with_port, &e, NULL) < 0 &&
        !parse_bare_ipv6(value, &e))
        return false;
    if (e.path[0] || !endpoint_numeric(&e, &numeric))
        return false;
    at->endpoint = e;
    at->given = true;
    return true;
}

static bool escapes_are_fine(const char *text)
{
    char *raw = mem_copy(text, strlen(text));
    size_t at;
    bool fine = text_unescape(raw, &at) != (size_t)-1;

    free(raw);
    return fine;
}

static bool hex_is_fine(const char *text, struct err *err)
{
    size_t len = strlen(text), n;
    uint8_t *bytes = mem_new(len + 1, 1);
    bool fine = hex_read(text, len, bytes, len, &n, err) == 0;

    free(bytes);
    return fine;
}

static bool is_tag(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && len <= COMMAND_TAG_BYTES &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "_.-")] == '\0';
}

static bool add_message(struct words *messages, const char *kind, const char *value)
{
    struct words more = *messages;

    if ((strcmp(kind, MESSAGE_TEXT) == 0 && !escapes_are_fine(value)) ||
        (strcmp(kind, MESSAGE_HEX) == 0 && !hex_is_fine(value, NULL)) ||
        ((strcmp(kind, MESSAGE_FILE) == 0 || strcmp(kind, MESSAGE_REPLAY) == 0) && !value[0]))
        return false;
    if (!words_add(&more, kind) || !words_add(&more, value))
        return false;
    *messages = more;
    return true;
}

/* Put what a word says where the option wants it; false when it says nothing of that kind. */
static bool set_option(struct command *c, const struct verb_option *o, const char *value)
{
    void *at = (char *)c + o->at;
    uint64_t n = 0;

    switch (o->kind) {
    case TAKES_NOTHING:
        *(bool *)at = true;
        return true;
    case TAKES_SECONDS:
        return text_seconds(value, at) == 0 && *(uint64_t *)at > 0;
    case TAKES_FACTOR:
        return text_seconds(value, at) == 0;
    case TAKES_NUMBER:
        if (parse_number(value, o->max, &n) < 0 || n < o->min)
            return false;
        *(uint64_t *)at = n;
        return true;
    case TAKES_NAME:
        for (int i = 0; o->names[i]; i++)
            if (strcmp(o->names[i], value) == 0) {
                *(int *)at = i;
                return true;
            }
        return false;
    case TAKES_TEXT:
        if (!value[0] || strlen(value) > o->max)
            return false;
        strcpy(at, value);
        return true;
    case TAKES_LIST:
        return value[0] && words_add(at, value);
    case TAKES_MESSAGE:
        return add_message(at, o->name, value);
    case TAKES_TAG:
        if (!is_tag(value))
            return false;
        strcpy(at, value);
        return true;
    case TAKES_ESCAPED:
        if (!value[0] || strlen(value) > o->max || !escapes_are_fine(value))
            return false;
        strcpy(at, value);
        return true;
    case TAKES_ADDRESS:
        return set_source(at, value);
    }
    return false;
}

#define ESCAPES "a backslash begins none of \\r \\n \\t \\0 \\\\ \\xNN"

/* What is wrong with a text or message. */
static const char *wrong_text(const struct verb_option *o, const char *value, struct err *hex)
{
    bool text = o->kind == TAKES_ESCAPED || strcmp(o->name, MESSAGE_TEXT) == 0;

    if (text && !escapes_are_fine(value))
        return ESCAPES;
    if (!value[0] && strcmp(o->name, MESSAGE_HEX) != 0)
        return "it is empty";
    if (strcmp(o->name, MESSAGE_HEX) == 0 && !hex_is_fine(value, hex))
        return hex->reason;
    return o->kind == TAKES_ESCAPED
               ? "the text is longer than 1,023 bytes"
               : "the messages are longer than 4,095 bytes together; --file takes more";
}

static int wrong_value(const struct verb_option *o, enum verb verb, const char *value,
                       struct err *err)
{
    char reason[ERR_TEXT_BYTES], names[100] = "";
    struct err hex = {0};
    size_t used = 0;

    if (o->kind == TAKES_MESSAGE || o->kind == TAKES_ESCAPED) {
        snprintf(reason, sizeof(reason), "%s: %.120s", o->name, wrong_text(o, value, &hex));
        return bad(err, verb, value, reason);
    }

    for (size_t i = 0; o->kind == TAKES_NAME && o->names[i]; i++)
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "",
                                 o->names[i]);
    if (o->kind == TAKES_SECONDS)
        snprintf(reason, sizeof(reason), "%s takes seconds above 0, such as 2.5", o->name);
    else if (o->kind == TAKES_FACTOR)
        snprintf(reason, sizeof(reason), "%s takes a number such as 2 or 0.5", o->name);
    else if (o->kind == TAKES_NUMBER)
        snprintf(reason, sizeof(reason), "%s takes a number from %llu to %llu", o->name,
                 (unsigned long long)o->min, (unsigned long long)o->max);
    else if (o->kind == TAKES_NAME)
        snprintf(reason, sizeof(reason), "%s is one of %s", o->name, names);
    else if (o->kind == TAKES_TAG)
        snprintf(reason, sizeof(reason), "%s takes up to 23 letters, digits, _ . -", o->name);
    else if (o->kind == TAKES_ADDRESS)
        snprintf(reason, sizeof(reason), "%s takes a numeric address, with or without a port",
                 o->name);
    else
        snprintf(reason, sizeof(reason), "%s takes %s", o->name, o->takes);
    return bad(err, verb, value, reason);
}

static int take_value(struct command *c, const struct verb_option *o, const char *value,
                      struct err *err)
{
    int r = o->check ? o->check(value, err) : 0;

    if (r < 0)
        return r;
    return set_option(c, o, value) ? 0 : wrong_value(o, c->verb, value, err);
}

/* An option's value: behind the '=' of its word, else the next word, which is *ret_used then.
 * NULL: it is missing, or there is one where none may be. */
static const char *value_of(bool takes, size_t left, char *const words[], size_t *ret_used)
{
    const char *equals = strchr(words[0], '=');

    *ret_used = 1;
    if (!takes)
        return equals ? NULL : "";
    if (equals)
        return equals + 1;
    *ret_used = 2;
    return left > 1 ? words[1] : NULL;
}

static int add_service_option(struct command *c, const struct service_option *o,
                              const char *value, struct err *err)
{
    if (!words_add(&c->serve.service, o->name) || !words_add(&c->serve.service, value))
        return bad(err, c->verb, o->name, "the options of the service are too long");
    return 0;
}

/* One option at words[0]; its words are counted in *ret_used. */
static int take_option(struct command *c, const struct service *service, size_t left,
                       char *const words[], size_t *ret_used, struct err *err)
{
    size_t len = strcspn(words[0], "=");
    const struct verb_option *o = verbs[c->verb].options;
    const struct service_option *own = service ? service->options : NULL;
    const char *value;

    while (o && o->name && (strlen(o->name) != len || strncmp(o->name, words[0], len) != 0))
        o++;
    while (own && own->name &&
           (strlen(own->name) + 2 != len || strncmp(own->name, words[0] + 2, len - 2) != 0))
        own++;
    if ((!o || !o->name) && (!own || !own->name))
        return bad(err, c->verb, words[0], "there is no such option");
    value = value_of(o && o->name ? o->takes : own->value, left, words, ret_used);
    if (!value)
        return bad(err, c->verb, words[0],
                   *ret_used == 2 ? "it needs a value" : "it takes no value");
    return o && o->name ? take_value(c, o, value, err) : add_service_option(c, own, value, err);
}

/* The service a serve command names: its options are known only then. */
static const struct service *service_named(size_t n, char *const words[])
{
    const struct service *found = NULL;

    for (size_t i = 0; i < n && !found; i++)
        found = service_find(words[i]);
    return found;
}

/* Take every option out of the words; "--" ends them.  What is left are the arguments. */
static int take_options(struct command *c, size_t *n, char *words[], struct err *err)
{
    const struct service *service = c->verb == VERB_SERVE ? service_named(*n, words) : NULL;
    size_t kept = 0, used;

    for (size_t i = 0; i < *n; i += used) {
        int r;

        used = 1;
        if (strcmp(words[i], "--") == 0) {
            while (++i < *n)
                words[kept++] = words[i];
            break;
        }
        if (words[i][0] != '-' || !words[i][1]) {
            words[kept++] = words[i];
            continue;
        }
        r = take_option(c, service, *n - i, words + i, &used, err);
        if (r < 0)
            return r;
    }
    *n = kept;
    return 0;
}

static bool of_tls(const struct verb_option *o)
{
    size_t connect = AT(connect.tls), serve = AT(serve.tls), size = sizeof(struct tls_settings);

    return (o->at >= connect && o->at < connect + size) ||
           (o->at >= serve && o->at < serve + size);
}

/* Whoever asks for a certificate to be used must not get a session without TLS. */
static int check_tls(const struct command *c, const struct tls_settings *tls, struct err *err)
{
    char value[ENDPOINT_TEXT_BYTES];

    for (const struct verb_option *o = verbs[c->verb].options;
         c->endpoint.scheme != ENDPOINT_TLS && o->name; o++)
        if (of_tls(o) && command_option_text(c, o, NULL, value, sizeof(value)))
            return bad(err, c->verb, o->name, "it needs an endpoint tls://HOST:PORT");
    if (tls->key[0] && !tls->cert[0])
        return bad(err, c->verb, "--key", "it needs --cert FILE, too");
    if (tls->min == TLS_1_3 && tls->max == TLS_UP_TO_1_2)
        return bad(err, c->verb, "--tls-max", "it is below --tls-min");
    return 0;
}

static bool replays(const struct words *messages)
{
    for (const char *kind = words_next(messages, NULL); kind;
         kind = words_next(messages, words_next(messages, kind)))
        if (strcmp(kind, MESSAGE_REPLAY) == 0)
            return true;
    return false;
}

static int parse_connect(size_t n, char *words[], struct command *c, struct err *err)
{
    int r = take_options(c, &n, words, err);

    if (c->connect.crlf)
        c->connect.line_end = LINE_END_CRLF;
    c->connect.crlf = false;
    if (r == 0 && c->connect.check && !replays(&c->connect.messages))
        return bad(err, VERB_CONNECT, "--check", "there is no --replay to check");
    if (r == 0)
        r = endpoint_parse_words(n, words, &c->endpoint, err);
    return r < 0 ? r : check_tls(c, &c->connect.tls, err);
}

static int parse_serve(size_t n, char *words[], struct command *c, struct err *err)
{
    int r = take_options(c, &n, words, err);

    if (r < 0)
        return r;
    if (n == 0)
        return bad(err, VERB_SERVE, "", "the service is missing");
    if (!words[0][0] || strlen(words[0]) >= sizeof(c->service) ||
        words[0][strspn(words[0], "abcdefghijklmnopqrstuvwxyz0123456789-")])
        return bad(err, VERB_SERVE, words[0], "there is no such service");
    strcpy(c->service, words[0]);
    if (n > 1)
        r = endpoint_parse_words(n - 1, words + 1, &c->endpoint, err);
    return r < 0 ? r : check_tls(c, &c->serve.tls, err);
}

/* An id in front of the other words is the target. */
static void take_target(size_t *n, char ***words, struct command *c)
{
    if (*n && parse_number((*words)[0], UINT64_MAX, &c->target_id) == 0) {
        (*words)++;
        (*n)--;
    }
}

static int set_text(struct command *c, const char *text, struct err *err)
{
    if (strlen(text) >= sizeof(c->text))
        return bad(err, c->verb, "", "the text is longer than 1023 bytes");
    strcpy(c->text, text);
    c->text_len = strlen(text);
    return 0;
}

/* send's text: four characters may stand for one byte, so the bound is on what they mean. */
static int set_escaped(struct command *c, const char *text, struct err *err)
{
    char raw[COMMAND_LINE_BYTES];
    size_t at = 0, len;

    if (strlen(text) >= sizeof(raw))
        return bad(err, c->verb, "", "the text is too long");
    strcpy(raw, text);
    len = text_unescape(raw, &at);
    if (len == (size_t)-1)
        return bad(err, c->verb, text + at,
                   "a backslash here begins none of \\r \\n \\t \\0 \\\\ \\xNN");
    if (len == 0)
        return bad(err, c->verb, "", "there is nothing to send");
    if (len > sizeof(c->text))
        return bad(err, c->verb, "", "the text is longer than 1024 bytes");
    memcpy(c->text, raw, len);
    c->text_len = len;
    return 0;
}

static int parse_target_only(size_t n, char **words, struct command *c, struct err *err);

/* Words joined by single blanks. */
static int join(struct command *c, size_t n, char *const words[], struct err *err)
{
    char joined[COMMAND_LINE_BYTES] = "";
    size_t used = 0;

    for (size_t i = 0; i < n && used < sizeof(joined); i++)
        used += (size_t)snprintf(joined + used, sizeof(joined) - used, "%s%s", i ? " " : "",
                                 words[i]);
    if (used >= sizeof(joined))
        return bad(err, c->verb, "", "the text is too long");
    return c->verb == VERB_SEND || c->verb == VERB_REPEAT ? set_escaped(c, joined, err)
                                                          : set_text(c, joined, err);
}

static int parse_send_hex(size_t n, char **words, struct command *c, struct err *err)
{
    struct err why = {0};
    uint8_t bytes[COMMAND_TEXT_BYTES];
    char reason[ERR_TEXT_BYTES];
    size_t len;

    if (n > 1)
        take_target(&n, &words, c);
    if (n != 1)
        return bad(err, c->verb, n ? words[n - 1] : "",
                   n ? "hex with blanks needs quotes" : "there is nothing to send");
    if (hex_read(words[0], strlen(words[0]), bytes, sizeof(bytes), &len, &why) < 0) {
        snprintf(reason, sizeof(reason), "%.150s", why.reason);
        return bad(err, c->verb, words[0], reason);
    }
    if (len == 0)
        return bad(err, c->verb, words[0], "there is nothing to send");
    memcpy(c->text, bytes, len);
    c->text_len = len;
    return 0;
}

static int parse_send_file(size_t n, char **words, struct command *c, struct err *err)
{
    if (n > 1)
        take_target(&n, &words, c);
    return n == 1 && words[0][0]
               ? set_text(c, words[0], err)
               : bad(err, c->verb, n ? words[n - 1] : "", "it takes one path");
}

static int parse_repeat(size_t n, char **words, struct command *c, struct err *err)
{
    uint64_t first;

    c->off = n && strcmp(words[n - 1], "off") == 0 && n <= 2;
    if (c->off)
        return parse_target_only(n - 1, words, c, err);
    /* "3 5 7 apples" could mean either: a session in front is more likely. */
    if (n > 3 && parse_number(words[1], UINT64_MAX, &first) == 0 &&
        text_seconds(words[2], &first) == 0)
        take_target(&n, &words, c);
    if (n < 3 || parse_number(words[0], UINT32_MAX, &c->count) < 0)
        return bad(err, c->verb, n ? words[0] : "", "how often, with which pause, which text?");
    if (text_seconds(words[1], &c->interval_ns) < 0)
        return bad(err, c->verb, words[1], "this is no number of seconds");
    return join(c, n - 2, words + 2, err);
}

static int parse_close(size_t n, char **words, struct command *c, struct err *err)
{
    if (n == 1 && strncmp(words[0], "tag:", 4) == 0 && is_tag(words[0] + 4)) {
        c->all = true;
        return set_text(c, words[0] + 4, err);
    }
    c->all = n == 1 && strcmp(words[0], "all") == 0;
    if (c->all || n == 0)
        return 0;
    if (n > COMMAND_TARGETS)
        return bad(err, c->verb, words[COMMAND_TARGETS], "these are more than 32; tag them");
    for (size_t i = 0; i < n; i++)
        if (parse_number(words[i], UINT64_MAX, &c->targets[i]) < 0 || !c->targets[i])
            return bad(err, c->verb, words[i], "this is no number of one");
    c->n_targets = n;
    c->target_id = c->targets[0];
    return 0;
}

static int parse_tag(size_t n, char **words, struct command *c, struct err *err)
{
    if (n == 0 || n > 2 || parse_number(words[0], UINT64_MAX, &c->target_id) < 0 ||
        !c->target_id)
        return bad(err, c->verb, n ? words[0] : "", "which session?");
    if (n == 1)
        return 0;
    return is_tag(words[1])
               ? set_text(c, words[1], err)
               : bad(err, c->verb, words[1], "a tag has up to 23 letters, digits, _ . -");
}

static int parse_save_transcript(size_t n, char **words, struct command *c, struct err *err)
{
    if (n > 1)
        take_target(&n, &words, c);
    while (n == 2 && transcript_formats[c->format] &&
           strcmp(words[1], transcript_formats[c->format]) != 0)
        c->format++;
    if (n == 2 && !transcript_formats[c->format])
        return bad(err, c->verb, words[1], "the format is text, json or hex");
    if (n == 0 || n > 2 || !words[0][0])
        return bad(err, c->verb, n ? words[n - 1] : "", "it takes one path");
    return set_text(c, words[0], err);
}

static int parse_message(size_t n, char **words, struct command *c, struct err *err)
{
    int r = take_options(c, &n, words, err);

    if (r < 0)
        return r;
    take_target(&n, &words, c);
    for (size_t i = 0; i < n; i++)
        if (!words_add(&c->message.parts, words[i]))
            return bad(err, c->verb, words[i], "the words are longer than 1024 bytes");
    return command_message_check(c, err);
}

static int parse_target_only(size_t n, char **words, struct command *c, struct err *err)
{
    take_target(&n, &words, c);
    return n ? bad(err, c->verb, words[0], "this is no number of one") : 0;
}

static int parse_flood(size_t n, char **words, struct command *c, struct err *err)
{
    uint64_t first = 0;

    c->off = n && strcmp(words[n - 1], "off") == 0;
    if (c->off)
        return parse_target_only(n - 1, words, c, err);
    /* One number is the count; with two the first is the session. */
    if (n > 2 || (n && parse_number(words[0], UINT64_MAX, &first) < 0) ||
        (n == 2 && parse_number(words[1], UINT64_MAX, &c->count) < 0))
        return bad(err, VERB_FLOOD, n ? words[n - 1] : "", "it takes numbers only");
    if (n == 2)
        c->target_id = first;
    else
        c->count = first;
    return 0;
}

static int parse_switch(size_t n, char **words, struct command *c, struct err *err)
{
    const char *last = n ? words[n - 1] : "";

    c->off = strcmp(last, "off") == 0;
    if (!c->off && strcmp(last, "on") != 0)
        return bad(err, c->verb, last, "it ends with on or off");
    return parse_target_only(n - 1, words, c, err);
}

/* One word that names an option, or says what it shall be. */
static int parse_option(size_t n, char **words, struct command *c, struct err *err)
{
    int r;

    if (n > 1)
        take_target(&n, &words, c);
    if (n != 1)
        return bad(err, c->verb, n ? words[n - 1] : "", "it takes one socket option");
    if (c->verb == VERB_SET)
        r = check_assignment(words[0], err);
    else
        r = option_choose(words[0], err) ? 0 : -EINVAL;
    return r < 0 ? r : set_text(c, words[0], err);
}

static int parse_panel(size_t n, char *const words[], struct command *c, struct err *err)
{
    static const char *const panels[] = {"sockets", "sessions", "packets", "journal"};

    for (size_t i = 0; n == 1 && i < sizeof(panels) / sizeof(panels[0]); i++)
        if (strcmp(words[0], panels[i]) == 0)
            return set_text(c, words[0], err);
    return bad(err, VERB_GOTO, n ? words[0] : "", "there is no such panel");
}

static int parse_arguments(size_t n, char **words, struct command *c, struct err *err)
{
    switch (c->verb) {
    case VERB_CONNECT:
        return parse_connect(n, words, c, err);
    case VERB_SERVE:
        return parse_serve(n, words, c, err);
    case VERB_SEND:
        /* "send 3" says "3"; a session's number needs a text behind it. */
        if (n > 1)
            take_target(&n, &words, c);
        return join(c, n, words, err);
    case VERB_MESSAGE:
        return parse_message(n, words, c, err);
    case VERB_FLOOD:
        return parse_flood(n, words, c, err);
    case VERB_SEND_HEX:
        return parse_send_hex(n, words, c, err);
    case VERB_SEND_FILE:
        return parse_send_file(n, words, c, err);
    case VERB_REPEAT:
        return parse_repeat(n, words, c, err);
    case VERB_BLOCKING:
        return parse_switch(n, words, c, err);
    case VERB_SET:
    case VERB_GET:
        return parse_option(n, words, c, err);
    case VERB_CLOSE:
        return parse_close(n, words, c, err);
    case VERB_TAG:
        return parse_tag(n, words, c, err);
    case VERB_SAVE_TRANSCRIPT:
        return parse_save_transcript(n, words, c, err);
    case VERB_HALF_CLOSE:
    case VERB_STOP:
        return parse_target_only(n, words, c, err);
    case VERB_CAPTURE:
        if (n != 1 || !words[0][0] || strlen(words[0]) > 15)
            return bad(err, c->verb, n ? words[n - 1] : "", "it takes one interface name");
        return set_text(c, words[0], err);
    case VERB_GOTO:
        return parse_panel(n, words, c, err);
    case VERB_FILTER:
        return join(c, n, words, err);
    default:
        return n ? bad(err, c->verb, words[0], "nothing more was expected") : 0;
    }
}

static int find_verb(const char *word, enum verb *ret, struct err *err)
{
    for (int i = 0; i < VERB_COUNT; i++)
        if (strcmp(word, verbs[i].name) == 0) {
            *ret = (enum verb)i;
            return 0;
        }
    err_set(err, -EINVAL, "command", word, "there is no such command");
    err_hint(err, "help lists them all");
    return -EINVAL;
}

int command_parse_words(size_t n, char *const words[], struct command *ret, struct err *err)
{
    char *copy[WORDS_MAX];
    struct command c;
    enum verb verb;
    int r;

    if (n == 0)
        return err_set(err, -EINVAL, "command", "", "it is empty");
    r = find_verb(words[0], &verb, err);
    if (r < 0)
        return r;
    if (n - 1 > WORDS_MAX)
        return bad(err, verb, "", "there are too many words");
    if (n > 1)
        memcpy(copy, words + 1, (n - 1) * sizeof(*copy));
    c = command_default(verb);
    r = parse_arguments(n - 1, copy, &c, err);
    if (r == 0)
        *ret = c;
    return r;
}

/* Cut a line into words in place: blanks part them, quotes keep them together. */
static int split(char *line, size_t max, char *words[], size_t *ret_n, struct err *err)
{
    size_t n = 0;

    for (char *in = line;;) {
        char *out;

        in += strspn(in, " \t");
        if (!*in)
            break;
        if (n == max)
            return err_set(err, -EINVAL, "command", line, "there are too many words");
        words[n++] = out = in;
        while (*in && *in != ' ' && *in != '\t') {
            char quote = *in == '"' || *in == '\'' ? *in++ : '\0';

            if (!quote) {
                *out++ = *in++;
                continue;
            }
            while (*in && *in != quote)
                *out++ = *in++;
            if (!*in++)
                return err_set(err, -EINVAL, "command", line, "the quote is not closed");
        }
        if (*in)
            in++;
        *out = '\0';
    }
    *ret_n = n;
    return 0;
}

/* The rest of a line behind its verb, for the verbs that take it as it stands. */
static int parse_rest(const char *rest, struct command *c, struct err *err)
{
    size_t digits = strspn(rest, "0123456789");

    if (c->verb == VERB_SEND && digits && digits < 20 && rest[digits] == ' ') {
        char number[24];

        memcpy(number, rest, digits);
        number[digits] = '\0';
        parse_number(number, UINT64_MAX, &c->target_id);
        rest += digits + 1;
    }
    return c->verb == VERB_SEND ? set_escaped(c, rest, err) : set_text(c, rest, err);
}

int command_parse(const char *line, struct command *ret, struct err *err)
{
    char copy[COMMAND_LINE_BYTES];
    char *words[WORDS_MAX + 1];
    size_t n = 0, verb_len;
    enum verb verb;
    int r;

    line += strspn(line, " \t");
    if (strlen(line) >= sizeof(copy))
        return err_set(err, -EINVAL, "command", "", "the line is too long");
    verb_len = strcspn(line, " \t");
    memcpy(copy, line, verb_len);
    copy[verb_len] = '\0';
    if (verb_len == 0)
        return err_set(err, -EINVAL, "command", "", "it is empty");
    r = find_verb(copy, &verb, err);
    if (r < 0)
        return r;
    if (verb == VERB_SEND || verb == VERB_FILTER) {
        struct command c = command_default(verb);

        r = parse_rest(line + verb_len + (line[verb_len] != '\0'), &c, err);
        if (r == 0)
            *ret = c;
        return r;
    }
    strcpy(copy, line);
    r = split(copy, WORDS_MAX + 1, words, &n, err);
    return r < 0 ? r : command_parse_words(n, words, ret, err);
}

/* Bytes as send's escapes. */
static void format_text(const struct command *c, char *out, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < c->text_len && used + 5 < size; i++) {
        uint8_t b = (uint8_t)c->text[i];
        bool like_a_target = i == 0 && b >= '0' && b <= '9' && !c->target_id;

        if ((c->verb == VERB_SEND || c->verb == VERB_REPEAT) &&
            (b < 0x20 || b == 0x7f || b == '\\' || like_a_target))
            used += (size_t)snprintf(out + used, size - used, "\\x%02x", b);
        else
            out[used++] = (char)b;
    }
    out[used] = '\0';
}

/* A word so that split() gives it back: in quotes where it needs them, and each run of it in
 * those that it does not hold. */
static const char *quoted(const char *word, char *out, size_t size)
{
    size_t used = 0;

    if (word[0] && !strpbrk(word, " \t\"'"))
        return word;
    do {
        bool single = strcspn(word, "'") > strcspn(word, "\"");
        size_t len = strcspn(word, single ? "'" : "\"");
        char quote = single ? '\'' : '"';

        used +=
            (size_t)snprintf(out + used, size - used, "%c%.*s%c", quote, (int)len, word, quote);
        word += len;
    } while (*word && used < size);
    return out;
}

static bool is_default(const struct command *c, const struct verb_option *o, size_t bytes)
{
    struct command d = command_default(c->verb);

    return memcmp((const char *)c + o->at, (const char *)&d + o->at, bytes) == 0;
}

const char *command_option_text(const struct command *c, const struct verb_option *o,
                                const char *after, char *buf, size_t size)
{
    const void *at = (const char *)c + o->at;

    switch (o->kind) {
    case TAKES_NOTHING:
        return *(const bool *)at && !after ? "" : NULL;
    case TAKES_SECONDS:
    case TAKES_FACTOR:
        if (after || is_default(c, o, sizeof(uint64_t)))
            return NULL;
        snprintf(buf, size, "%llu.%09llu",
                 (unsigned long long)(*(const uint64_t *)at / 1000000000),
                 (unsigned long long)(*(const uint64_t *)at % 1000000000));
        return buf;
    case TAKES_NUMBER:
        if (after || is_default(c, o, sizeof(uint64_t)))
            return NULL;
        snprintf(buf, size, "%llu", (unsigned long long)*(const uint64_t *)at);
        return buf;
    case TAKES_NAME:
        return after || is_default(c, o, sizeof(int)) ? NULL : o->names[*(const int *)at];
    case TAKES_TEXT:
    case TAKES_TAG:
    case TAKES_ESCAPED:
        return after || !*(const char *)at ? NULL : at;
    case TAKES_LIST:
        return words_next(at, after);
    case TAKES_MESSAGE:
        return NULL; /* their order is among all of them */
    case TAKES_ADDRESS:
        if (after || !((const struct source *)at)->given || size < ENDPOINT_TEXT_BYTES)
            return NULL;
        return endpoint_format(at, buf);
    }
    return NULL;
}

/* A buffer that text is added to, as far as it goes. */
struct line {
    char *buf;
    size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *l, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(l->buf + l->used, l->size - l->used, format, args);
    va_end(args);
    if (n > 0)
        l->used = l->used + (size_t)n < l->size ? l->used + (size_t)n : l->size - 1;
}

static void add_word(struct line *l, const char *word)
{
    char quotes[6 * WORDS_BYTES];

    add(l, " %s", quoted(word, quotes, sizeof(quotes)));
}

static void add_options(struct line *l, const struct command *c)
{
    char value[ENDPOINT_TEXT_BYTES];

    for (const struct verb_option *o = verbs[c->verb].options; o && o->name; o++)
        for (const char *v = NULL;
             (v = command_option_text(c, o, v, value, sizeof(value))) != NULL;) {
            add(l, " %s", o->name);
            if (o->kind == TAKES_NOTHING)
                break;
            add_word(l, v);
            if (o->kind != TAKES_LIST)
                break;
        }
}

static void add_messages(struct line *l, const struct command *c)
{
    const struct words *w = &c->connect.messages;

    for (const char *kind = words_next(w, NULL); kind;) {
        const char *value = words_next(w, kind);

        add(l, " %s", kind);
        add_word(l, value);
        kind = words_next(w, value);
    }
}

/* Behind "--" where one of them looks like an option. */
static void add_parts(struct line *l, const struct command *c)
{
    const struct words *parts = &c->message.parts;
    bool dash = false;

    for (const char *w = NULL; (w = words_next(parts, w)) != NULL;)
        dash = dash || w[0] == '-';
    if (dash)
        add(l, " --");
    for (const char *w = NULL; (w = words_next(parts, w)) != NULL;)
        add_word(l, w);
}

static void add_service_options(struct line *l, const struct command *c)
{
    const struct service *service = service_find(c->service);
    const char *name = words_next(&c->serve.service, NULL);

    while (service && name) {
        const char *value = words_next(&c->serve.service, name);

        add(l, " --%s", name);
        if (service_option_find(service, name)->value)
            add_word(l, value);
        name = words_next(&c->serve.service, value);
    }
}

/* What stands behind the options, and is more than a text. */
static void add_arguments(struct line *l, const struct command *c, const char *text)
{
    char hex[2 * COMMAND_TEXT_BYTES + 1];

    switch (c->verb) {
    case VERB_BLOCKING:
        add(l, c->off ? " off" : " on");
        break;
    case VERB_FLOOD:
        if (c->off)
            add(l, " off");
        else
            add(l, " %llu", (unsigned long long)c->count);
        break;
    case VERB_REPEAT:
        if (c->off) {
            add(l, " off");
            break;
        }
        add(l, " %llu %llu.%09llu", (unsigned long long)c->count,
            (unsigned long long)(c->interval_ns / CLOCK_SECOND_NS),
            (unsigned long long)(c->interval_ns % CLOCK_SECOND_NS));
        add_word(l, text);
        break;
    case VERB_SEND_HEX:
        add(l, " %s", hex_write(c->text, c->text_len, hex));
        break;
    case VERB_CLOSE:
        if (c->all)
            add(l, text[0] ? " tag:%s" : " all", text);
        for (size_t i = 1; i < c->n_targets; i++)
            add(l, " %llu", (unsigned long long)c->targets[i]);
        break;
    case VERB_SEND_FILE:
    case VERB_CAPTURE:
    case VERB_SET:
    case VERB_GET:
        add_word(l, text);
        break;
    case VERB_SAVE_TRANSCRIPT:
        add_word(l, text);
        if (c->format)
            add(l, " %s", transcript_formats[c->format]);
        break;
    default:
        if (text[0])
            add(l, " %s", text);
        break;
    }
}

size_t command_format(const struct command *c, char *buf, size_t size)
{
    char plain[ENDPOINT_TEXT_BYTES], text[4 * COMMAND_TEXT_BYTES];
    struct line l = {.buf = buf, .size = size};

    add(&l, "%s", verbs[c->verb].name);
    if (c->target_id)
        add(&l, " %llu", (unsigned long long)c->target_id);
    format_text(c, text, sizeof(text));
    if (c->verb == VERB_SERVE)
        add(&l, " %s", c->service);
    if (c->verb == VERB_CONNECT || c->verb == VERB_SERVE)
        add_word(&l, endpoint_format(&c->endpoint, plain));
    add_options(&l, c);
    if (c->verb == VERB_CONNECT)
        add_messages(&l, c);
    add_parts(&l, c);
    if (c->verb == VERB_SERVE)
        add_service_options(&l, c);
    add_arguments(&l, c, text);
    return l.used;
}

size_t command_complete_verb(const char *prefix, enum verb *ret, size_t max)
{
    size_t n = 0;

    for (int i = 0; i < VERB_COUNT && n < max; i++)
        if (strncmp(verbs[i].name, prefix, strlen(prefix)) == 0)
            ret[n++] = (enum verb)i;
    return n;
}
