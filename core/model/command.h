/* core/model/command.h - what a person, a script or a scenario asks for.
 *
 * One textual grammar for the console's `:` prompt, the subcommands and scenarios; one
 * table of verbs, which also feeds completion and help. */
#ifndef SOCKEYE_MODEL_COMMAND_H
#define SOCKEYE_MODEL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/words.h"
#include "core/net/endpoint.h"

enum verb {
    VERB_CONNECT,         /* connect ENDPOINT [--timeout S] */
    VERB_SERVE,           /* serve SERVICE [ENDPOINT] [--backlog N] */
    VERB_SEND,            /* send [SESSION] TEXT: with escapes, no line end added */
    VERB_SEND_HEX,        /* send-hex [SESSION] HEX: one word, however it is written */
    VERB_SEND_FILE,       /* send-file [SESSION] PATH */
    VERB_REPEAT,          /* repeat [SESSION] N SECONDS TEXT, repeat [SESSION] off */
    VERB_MESSAGE,         /* message [SESSION] [KEY=VALUE ...]: one framed message */
    VERB_FLOOD,           /* flood [SESSION] [BYTES|off]: as fast as the socket takes them */
    VERB_SET,             /* set [SESSION] NAME=VALUE: a socket option */
    VERB_GET,             /* get [SESSION] NAME|all: all go to where options are shown */
    VERB_BLOCKING,        /* blocking [SESSION] on|off */
    VERB_HALF_CLOSE,      /* half-close [SESSION]: shutdown(SHUT_WR) */
    VERB_CLOSE,           /* close [SESSION...|all|tag:NAME] */
    VERB_TAG,             /* tag SESSION [NAME]: without a name none */
    VERB_SAVE_TRANSCRIPT, /* save-transcript [SESSION] PATH [text|json|hex] */
    VERB_STOP,            /* stop [SERVER] */
    VERB_CAPTURE,         /* capture IF */
    VERB_FILTER,          /* filter [EXPRESSION]: rows of the socket table */
    VERB_PACKETS_FILTER,  /* packets-filter [EXPRESSION]: packets that are listed */
    VERB_CAPTURE_FILTER,  /* capture-filter [EXPRESSION]: packets that are captured */
    VERB_GOTO,            /* goto PANEL: sockets, sessions, ..., stream, socket */
    VERB_VIEW,            /* view NAME: of the socket table */
    VERB_COLUMNS,         /* columns [LIST]: of the list of sockets */
    VERB_LAYOUT,          /* layout NAME: of the screen's panes */
    VERB_SPLIT,           /* split PANE: beside those of the screen */
    VERB_UNSPLIT,         /* unsplit */
    VERB_MOUSE,           /* mouse on|off */
    VERB_WORKSPACE,       /* workspace save|load PATH */
    VERB_SAVE,            /* save chart|series|row PATH: what was measured of the selected row;
                     save program|packets|stream|ladder PATH [FORM] */
    VERB_COPY,            /* copy [text|json|ss|program]: the selected row, to the clipboard */
    VERB_DESTROY,         /* destroy: close the socket of the selected row, whoever holds it */
    VERB_SIGNAL,          /* signal [PID] NAME: to a process that holds it */
    VERB_THEME,           /* theme [NAME] */
    VERB_SETTING,         /* setting [NAME [VALUE]|write] */
    VERB_WHY,             /* why [ENDPOINT|bind:ENDPOINT] */
    VERB_EXPLAIN,         /* explain [NAME]: what it is; without one what is under the cursor */
    VERB_LESSON,          /* lesson [NAME|next [CHOICE]|look|leave] */
    VERB_RESOLVE,         /* resolve NAME[:PORT] */
    VERB_PRIVILEGES,      /* privileges */
    VERB_HELP,            /* help */
    VERB_QUIT,
    VERB_COUNT
};

/* Who carries a verb out. */
enum verb_target { TO_ENGINE, TO_CAPTURE, TO_CONSOLE };

/* What an option takes, and into which type of struct command it goes. */
enum option_kind {
    TAKES_NOTHING, /* nothing; bool */
    TAKES_SECONDS, /* "2.5"; uint64_t ns, above 0 */
    TAKES_NUMBER,  /* uint64_t from min to max */
    TAKES_NAME,    /* one of names; int: which */
    TAKES_TEXT,    /* char[max + 1] */
    TAKES_LIST,    /* may be given several times; struct words */
    TAKES_MESSAGE, /* likewise, in order among others of its kind: the option's name, the value */
    TAKES_TAG,     /* letters, digits, _ . -; char[max + 1] */
    TAKES_FACTOR,  /* "2.5" or 0; uint64_t in 1 / COMMAND_SPEED */
    TAKES_ESCAPED, /* text with the escapes of send; char[max + 1] */
    TAKES_ADDRESS  /* ADDRESS[:PORT] or :PORT, numeric; struct source */
};

/* An option of a verb: one table for parsing, help and completion. */
struct verb_option {
    const char *name;  /* "--timeout" */
    const char *takes; /* "SECONDS"; NULL of a flag */
    enum option_kind kind;
    size_t at;                                        /* offset in struct command */
    uint64_t min, max;                                /* of a number; of a text: max bytes */
    const char *const *names;                         /* of a name; ends with NULL */
    int (*check)(const char *value, struct err *err); /* of a list's word; NULL: any will do */
    const char *help;                                 /* half a sentence */
};

/* What an argument names, for completion. */
enum argument {
    ARG_NONE,
    ARG_ENDPOINT,
    ARG_SERVICE,
    ARG_SESSION,
    ARG_SERVER,
    ARG_INTERFACE,
    ARG_EXPRESSION,
    ARG_PANEL,
    ARG_VIEW,
    ARG_COLUMN,
    ARG_LAYOUT,
    ARG_PANE,
    ARG_SWITCH,
    ARG_WORKSPACE,
    ARG_SAVE,
    ARG_PACKETS_EXPRESSION,
    ARG_COPY,
    ARG_THEME,
    ARG_SETTING,
    ARG_SETTING_VALUE, /* of the setting before it */
    ARG_WHY,
    ARG_SIGNAL,
    ARG_EXPLAIN, /* a column, field, flag, state, call, errno, cause */
    ARG_LESSON,
    ARG_VERB,
    ARG_OPTION, /* of a socket */
    ARG_TEXT
};

struct verb_info {
    const char *name;
    const char *usage; /* "ENDPOINT [--timeout S]" */
    const char *help;  /* one sentence */
    enum verb_target target;
    enum argument first, second;
    const struct verb_option *options; /* ends with a NULL name; NULL: none */
};

/* By enum verb. */
extern const struct verb_info verbs[VERB_COUNT];

#define COMMAND_TEXT_BYTES 1024
#define COMMAND_LINE_BYTES (4 * COMMAND_TEXT_BYTES + 6 * WORDS_BYTES) /* of the textual form */
#define COMMAND_ALL_OPTIONS "all"                                     /* of get */
#define COMMAND_TIMEOUT_NS (30 * UINT64_C(1000000000)) /* connect, unless asked otherwise */
#define COMMAND_BACKLOG 4096
#define COMMAND_RETRY_DELAY_NS UINT64_C(1000000000)
#define COMMAND_PROXY_BYTES 511
#define COMMAND_INTERFACE_BYTES 15        /* IFNAMSIZ without its NUL */
#define COMMAND_RECEIVE_BYTES (64U << 10) /* the longest recv(2) of a session */
#define COMMAND_FILE_BYTES 511
#define COMMAND_ALPN_BYTES 127
#define COMMAND_HANDSHAKE_NS (10 * UINT64_C(1000000000))
#define COMMAND_TARGETS 32 /* of one close command */
#define COMMAND_TAG_BYTES 23
#define COMMAND_CONNECTIONS 100000 /* of one connect command */

/* How a message of connect is meant: the options that give them. */
#define MESSAGE_TEXT "--send"
#define MESSAGE_HEX "--hex"
#define MESSAGE_FILE "--file"
#define MESSAGE_REPLAY "--replay" /* what a transcript says was sent, at its times */

#define COMMAND_SPEED UINT64_C(1000000000) /* of a replay: as fast as it was */

/* An address of ours; port 0: any. */
struct source {
    struct endpoint endpoint; /* numeric */
    bool given;
};

/* What a socket is told before it is bound or connected; "" is left as the kernel has it. */
struct socket_settings {
    struct words options; /* NAME=VALUE: core/net/options.h */
    struct words groups;  /* to join: GROUP or GROUP%INTERFACE */
    char multicast_ttl[8], multicast_loop[8], multicast_interface[COMMAND_INTERFACE_BYTES + 1];
    bool broadcast;
};

enum tls_version { TLS_1_2, TLS_1_3 };
enum tls_ceiling { TLS_UP_TO_1_3, TLS_UP_TO_1_2 };

/* How TLS is to be spoken; files are PEM. */
struct tls_settings {
    bool insecure;                     /* client: go on whatever the certificate is worth */
    bool no_sni;                       /* client: do not say whom it wants to reach */
    char sni[ENDPOINT_HOST_BYTES];     /* client: who is asked for and expected; "": the host */
    char alpn[COMMAND_ALPN_BYTES + 1]; /* "h2,http/1.1", the liked best first; "": none */
    char ca[COMMAND_FILE_BYTES + 1];   /* more trust anchors; of a server: of its clients */
    char cert[COMMAND_FILE_BYTES + 1]; /* our certificate and its chain; "": none, or made */
    char key[COMMAND_FILE_BYTES + 1];  /* its key; "": in the same file */
    int min, max;                      /* enum tls_version, enum tls_ceiling */
    uint64_t handshake_timeout_ns;     /* server: for a client to finish the handshake */
};

/* How a session is to be opened. */
struct connect_settings {
    uint64_t timeout_ns;      /* until it is open */
    uint64_t idle_timeout_ns; /* without a byte either way, then it is closed; 0: never */
    uint64_t retries;         /* how often a failed attempt begins anew */
    uint64_t retry_delay_ns;
    struct source source;                /* the near end: bind(2) before connecting */
    char proxy[COMMAND_PROXY_BYTES + 1]; /* "socks5://HOST:PORT"; "": the environment's */
    bool no_proxy;                       /* directly, whatever the environment says */
    bool blocking;                       /* its calls wait: core/net/blocking.h */
    bool unconnected;       /* udp: no connect(2); every peer's datagrams are taken */
    uint64_t receive_bytes; /* the buffer of one recv(2) */
    struct socket_settings socket;
    struct tls_settings tls;
    uint64_t linger_ns;    /* without a byte once all is sent, then it is closed; 0: for ever */
    struct words messages; /* to be sent when it opens: MESSAGE_..., value, MESSAGE_..., ... */
    bool crlf;             /* as line_end */
    int line_end;          /* enum line_end: of the texts among them and of what is typed */
    uint64_t repeat;       /* all of them so often; 0: without end */
    uint64_t interval_ns;  /* between two rounds */
    uint64_t speed;        /* of a replay, in 1 / COMMAND_SPEED; 0: without pauses */
    bool check;            /* what the transcript says was received must come back */
    char tag[COMMAND_TAG_BYTES + 1]; /* of the sessions; "": none */
    char expect[COMMAND_TEXT_BYTES]; /* all that must come back, escaped; "": anything may */
    uint64_t connections;            /* an exchange over so many sessions; 0: one session */
};

/* What a message is made of: core/message/compose.h. */
#define COMMAND_ENCODING_BYTES 63
struct message_settings {
    struct words parts;  /* KEY=VALUE, KEY:=JSON */
    struct words fields; /* of the header: KEY=VALUE, or KEY */
    char raw_json[COMMAND_TEXT_BYTES];
    char encoding[COMMAND_ENCODING_BYTES + 1];
    bool binary;
};

enum server_model { MODEL_LOOP, MODEL_THREADS, MODEL_ITERATIVE };

/* How a server is to serve. */
struct serve_settings {
    uint64_t backlog;
    int model;                     /* enum server_model */
    uint64_t workers;              /* threads with a listening socket each; 0: none */
    uint64_t max_connections;      /* open at once, others wait to be accepted; 0: any number */
    struct words allow, deny;      /* prefixes that may connect, and that may not */
    uint64_t idle_timeout_ns;      /* of its sessions; 0: never */
    struct socket_settings socket; /* of the listener */
    struct words service;          /* of the service's own options: name, value, name, ... */
    struct tls_settings tls;
};

struct command {
    uint64_t id; /* set by whoever posts it; comes back in the reply */
    enum verb verb;
    uint64_t target_id; /* session or server; 0: the newest that fits */
    struct endpoint endpoint;
    struct connect_settings connect;
    struct serve_settings serve;
    struct message_settings message;
    char service[24];
    uint64_t count; /* flood: bytes, 0 = until stopped; repeat: how often, 0 = without end */
    uint64_t interval_ns; /* repeat: between two */
    bool off;             /* flood, repeat: stop it; blocking, mouse: no more */
    bool all;         /* close: every session that we opened; with a text those of that tag */
    size_t n_targets; /* close: of several, the first of which is target_id, too */
    uint64_t targets[COMMAND_TARGETS];
    int form;       /* save: enum save_packets, of stream and ladder a place in their names */
    int format;     /* save-transcript: enum transcript_format; save: enum save_what; copy: enum
                       copy_form; workspace: enum workspace_what; signal: its number; why: enum why_what */
    bool next_port; /* serve: a taken port moves to the next free one */
    bool quiet;     /* connect: the bytes do not go to the transcript */
    int attach_fd; /* connect: carries the bytes instead of the transcript (core/net/attach.h); -1
                       none.  The engine owns it from the post on. */
    bool tell_sent; /* with attach_fd: what is sent comes back through it, too */
    size_t text_len;
    char text[COMMAND_TEXT_BYTES]; /* send, send-hex, repeat: bytes, may hold NUL; send-file,
                                      save-transcript: a path; close, tag: a tag; filter, goto, view,
                                      columns, layout, split, help, set, get, signal: a word; save: a path */
};

/* The forms of a saved transcript (core/report/transcript.h). */
enum transcript_format { TRANSCRIPT_TEXT, TRANSCRIPT_JSON, TRANSCRIPT_HEX };
/* By enum transcript_format; ends with NULL. */
extern const char *const transcript_formats[];

/* What save writes of the selected row: its charts as SVG, their figures as CSV, itself as JSON;
 * the selected session as a program that repeats it; and packets as a capture file, the stream
 * that is followed, the ladder. */
enum save_what {
    SAVE_CHART,
    SAVE_SERIES,
    SAVE_ROW,
    SAVE_PROGRAM,
    SAVE_PACKETS,
    SAVE_STREAM,
    SAVE_LADDER
};
/* Which packets: all in the store, those that are tagged, those that are listed, those of the
 * conversation of the one that is shown. */
enum save_packets { SAVE_ALL, SAVE_TAGGED, SAVE_SHOWN, SAVE_FLOW };
/* By enum save_what: the words that may stand behind the path, the first by default, ended with
 * NULL; NULL: none. */
extern const char *const *const save_forms[];
/* Which of them a path ends in, of a program, a stream or a ladder: 1 for "x.json"; else 0, the
 * usual one. */
int save_form_of(int what, const char *path);
/* How copy writes it: a line each fact, JSON, the ss command that lists it, the program that
 * repeats the session. */
enum copy_form { COPY_TEXT, COPY_JSON, COPY_SS, COPY_PROGRAM };
/* By enum save_what, enum copy_form; both end with NULL. */
extern const char *const save_names[], *const copy_names[];

/* What is done with the file of a workspace; by enum workspace_what, ends with NULL. */
enum workspace_what { WORKSPACE_SAVE, WORKSPACE_LOAD };
extern const char *const workspace_names[];

/* What why asks about: what is selected, reaching the endpoint, binding to it. */
enum why_what { WHY_THE_SELECTED, WHY_THE_CONNECT, WHY_THE_BIND };
#define COMMAND_BIND_PREFIX "bind:"

/* A command with every default in place. */
struct command command_default(enum verb verb);

/* Whether the words of a message command fit together: 0, or -EINVAL with the one that does not. */
int command_message_check(const struct command *command, struct err *err);

struct names_wish;
/* The name of a resolve command.  Returns 0, or -EINVAL with err. */
int command_names_wish(const struct command *command, struct names_wish *ret, struct err *err);

/* The bytes of a message command, the caller's to free().  Returns 0 or negative errno with err,
 * as compose_message(). */
int command_message(const struct command *command, uint8_t **ret_bytes, size_t *ret_len,
                    struct err *err);

/* Parse words (verb first).  Returns 0 or -EINVAL with the word that is wrong. */
int command_parse_words(size_t n, char *const words[], struct command *ret, struct err *err);

/* Parse one line: words parted by blanks, "double" or 'single' quotes keep them together;
 * send's TEXT, filter's EXPRESSION are the rest of the line as it stands. */
int command_parse(const char *line, struct command *ret, struct err *err);

/* The textual form; parsing it gives the same command.  Returns the length. */
size_t command_format(const struct command *command, char *buf, size_t size);

/* The value of an option in a command as text, as the option takes it; of a list the one behind
 * `after`, NULL the first.  NULL: it is as by default, or at its end; so
 * is a message always. */
const char *command_option_text(const struct command *command, const struct verb_option *option,
                                const char *after, char *buf, size_t size);

/* Verbs that start with prefix, in table order: returns how many, up to max in ret. */
size_t command_complete_verb(const char *prefix, enum verb *ret, size_t max);

#endif
