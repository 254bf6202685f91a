/* core/model/command_verbs.c - the verbs, what they take, and what is so unless said otherwise. */
#include "core/model/command_internal.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "core/message/compose.h"
#include "core/net/options.h"
#include "core/net/proxy.h"

#define DEFAULT_SERVE "tcp://127.0.0.1:65432"

#define AT(field) offsetof(struct command, field)

/* What both a session's and a server's socket can be told. */
/* clang-format off */
#define SOCKET_OPTIONS(settings)                                                               \
    {"--option", "NAME=VALUE", TAKES_LIST, AT(settings.options), 0, 0, NULL,                   \
     command_check_assignment, "a socket option, set before bind and connect; may be repeated"}, \
    {"--broadcast", NULL, TAKES_NOTHING, AT(settings.broadcast), 0, 0, NULL, NULL,             \
     "udp: may send to a broadcast address (SO_BROADCAST)"},                                   \
    {"--join", "GROUP[%INTERFACE]", TAKES_LIST, AT(settings.groups), 0, 0, NULL, check_group,  \
     "udp: receive what is sent to a multicast group; may be repeated"},                       \
    {"--multicast-ttl", "N", TAKES_TEXT, AT(settings.multicast_ttl), 0, 3, NULL,               \
     check_multicast_ttl, "how many hops multicasts may go, default 1"},                                            \
    {"--multicast-loop", "on|off", TAKES_TEXT, AT(settings.multicast_loop), 0, 3, NULL,        \
     check_multicast_loop, "whether this host receives its own multicasts, default on"},                             \
    {"--multicast-interface", "INTERFACE", TAKES_TEXT, AT(settings.multicast_interface), 0,    \
     COMMAND_INTERFACE_BYTES, NULL, NULL, "which way multicasts leave"}
/* clang-format on */

/* Whether there is such an interface is said where it is needed. */
static int check_value(const char *option, const char *value, struct err *err)
{
    struct err why = {0};
    int r = option_check(option_find(option), value, &why);

    if (r != -EINVAL)
        return 0;
    if (err)
        *err = why;
    return r;
}

static int check_group(const char *value, struct err *err)
{
    return check_value(strchr(value, ':') ? "IPV6_JOIN_GROUP" : "IP_ADD_MEMBERSHIP", value,
                       err);
}

static int check_multicast_ttl(const char *value, struct err *err)
{
    return check_value("IP_MULTICAST_TTL", value, err);
}

static int check_multicast_loop(const char *value, struct err *err)
{
    return check_value("IP_MULTICAST_LOOP", value, err);
}

static int check_proxy(const char *value, struct err *err)
{
    struct proxy ignored;

    return proxy_parse(value, &ignored, err);
}

int command_check_assignment(const char *value, struct err *err)
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
     "behind the half-close, close when nothing came for so long; datagrams default 1"},
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
    {"--proxy", "URL", TAKES_TEXT, AT(connect.proxy), 0, COMMAND_PROXY_BYTES, NULL, check_proxy,
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
    [VERB_GET] = {"get", "[SESSION] NAME|all",
                  "the value of a socket option; all: every one that fits, O in the console",
                  TO_ENGINE, ARG_SESSION, ARG_OPTION, NULL},
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
    [VERB_PACKETS_FILTER] = {"packets-filter", "[EXPRESSION]",
                             "list only the packets that match; without an expression all",
                             TO_CONSOLE, ARG_PACKETS_EXPRESSION, ARG_PACKETS_EXPRESSION, NULL},
    [VERB_CAPTURE_FILTER] = {"capture-filter", "[EXPRESSION]",
                             "capture only what pcap-filter(7) lets through; without one all",
                             TO_CONSOLE, ARG_NONE, ARG_NONE, NULL},
    [VERB_GOTO] = {"goto", "PANEL",
                   "show a panel: sockets, packets, why, lessons, ...; the stream or the "
                   "socket of a packet",
                   TO_CONSOLE, ARG_PANEL, ARG_NONE, NULL},
    [VERB_VIEW] = {"view", "list|tree|listeners|ends|states|processes|gone",
                   "show the sockets another way: by process, by listener, both ends, sums",
                   TO_CONSOLE, ARG_VIEW, ARG_NONE, NULL},
    [VERB_COLUMNS] =
        {"columns", "[NAME,...]",
         "show these columns of the list of sockets; without a name the usual ones", TO_CONSOLE,
         ARG_COLUMN, ARG_COLUMN, NULL},
    [VERB_LAYOUT] = {"layout", "usual|list|wire|talk|stacked|beside",
                     "arrange the panes of this screen; their sizes begin anew", TO_CONSOLE,
                     ARG_LAYOUT, ARG_NONE, NULL},
    [VERB_SPLIT] =
        {"split", "PANE",
         "show one more pane here, such as journal; packets again have a filter of their own",
         TO_CONSOLE, ARG_PANE, ARG_NONE, NULL},
    [VERB_UNSPLIT] = {"unsplit", "", "take the pane away that split added", TO_CONSOLE,
                      ARG_NONE, ARG_NONE, NULL},
    [VERB_MOUSE] = {"mouse", "on|off",
                    "take what the mouse does, or leave it to the terminal, which selects",
                    TO_CONSOLE, ARG_SWITCH, ARG_NONE, NULL},
    [VERB_WORKSPACE] = {"workspace", "save|load PATH",
                        "servers, sessions, filters and layout into a file, or from one",
                        TO_CONSOLE, ARG_WORKSPACE, ARG_TEXT, NULL},
    [VERB_SAVE] =
        {"save", "chart|series|row|program|packets|stream|ladder PATH [FORM]",
         "write charts, figures or facts of the row; the session as a program; packets, "
         "the stream, the ladder",
         TO_CONSOLE, ARG_SAVE, ARG_NONE, NULL},
    [VERB_COPY] =
        {"copy", "[text|json|ss|program]",
         "copy the selected row to the clipboard: as text, JSON or an ss command; the "
         "session as a program",
         TO_CONSOLE, ARG_COPY, ARG_NONE, NULL},
    [VERB_DESTROY] = {"destroy", "",
                      "close the selected row's socket, whoever holds it (asks; SOCK_DESTROY)",
                      TO_CONSOLE, ARG_NONE, ARG_NONE, NULL},
    [VERB_SIGNAL] = {"signal", "[PID] NAME",
                     "send a signal to a process that holds the selected row's socket (asks)",
                     TO_CONSOLE, ARG_SIGNAL, ARG_SIGNAL, NULL},
    [VERB_THEME] = {"theme", "[NAME]", "other colours: dark, light, high-contrast, ...",
                    TO_CONSOLE, ARG_THEME, ARG_NONE, NULL},
    [VERB_SETTING] = {"setting", "[NAME [VALUE]|write]",
                      "change a setting of the console, show them, write their file",
                      TO_CONSOLE, ARG_SETTING, ARG_SETTING_VALUE, NULL},
    [VERB_WHY] =
        {"why", "[ENDPOINT|bind:ENDPOINT]",
         "why it fails or stalls: an attempt of its own; without words what is selected",
         TO_CONSOLE, ARG_WHY, ARG_NONE, NULL},
    [VERB_EXPLAIN] = {"explain", "[NAME]",
                      "what a column, field, flag, state, call or errno is, and what is normal",
                      TO_CONSOLE, ARG_EXPLAIN, ARG_NONE, NULL},
    [VERB_LESSON] = {"lesson", "[NAME|next [CHOICE]|look|leave]",
                     "begin a lesson, go on, see where it points, leave it", TO_CONSOLE,
                     ARG_LESSON, ARG_NONE, NULL},
    [VERB_RESOLVE] = {"resolve", "NAME[:PORT]",
                      "who says what a name stands for, and in which order connect tries it",
                      TO_CONSOLE, ARG_ENDPOINT, ARG_NONE, NULL},
    [VERB_PRIVILEGES] = {"privileges", "",
                         "with which rights this program and its privileged helper run",
                         TO_CONSOLE, ARG_NONE, ARG_NONE, NULL},
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

size_t command_complete_verb(const char *prefix, enum verb *ret, size_t max)
{
    size_t n = 0;

    for (int i = 0; i < VERB_COUNT && n < max; i++)
        if (strncmp(verbs[i].name, prefix, strlen(prefix)) == 0)
            ret[n++] = (enum verb)i;
    return n;
}
