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
    VERB_CONNECT,    /* connect ENDPOINT [--timeout S] */
    VERB_SERVE,      /* serve SERVICE [ENDPOINT] [--backlog N] */
    VERB_SEND,       /* send [SESSION] TEXT: with escapes, no line end added */
    VERB_MESSAGE,    /* message [SESSION] [KEY=VALUE ...]: one framed message */
    VERB_FLOOD,      /* flood [SESSION] [BYTES|off]: as fast as the socket takes them */
    VERB_SET,        /* set [SESSION] NAME=VALUE: a socket option */
    VERB_GET,        /* get [SESSION] NAME */
    VERB_BLOCKING,   /* blocking [SESSION] on|off */
    VERB_HALF_CLOSE, /* half-close [SESSION]: shutdown(SHUT_WR) */
    VERB_CLOSE,      /* close [SESSION] */
    VERB_STOP,       /* stop [SERVER] */
    VERB_CAPTURE,    /* capture IF */
    VERB_FILTER,     /* filter [EXPRESSION]: rows of the socket table */
    VERB_GOTO,       /* goto PANEL: sockets, sessions, packets, journal */
    VERB_HELP,       /* help */
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
#define COMMAND_LINE_BYTES (4 * COMMAND_TEXT_BYTES + 8192) /* of the textual form */
#define COMMAND_TIMEOUT_NS (30 * UINT64_C(1000000000))     /* connect, unless asked otherwise */
#define COMMAND_BACKLOG 4096
#define COMMAND_RETRY_DELAY_NS UINT64_C(1000000000)
#define COMMAND_PROXY_BYTES 511
#define COMMAND_INTERFACE_BYTES 15        /* IFNAMSIZ without its NUL */
#define COMMAND_RECEIVE_BYTES (64U << 10) /* the longest recv(2) of a session */

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
    uint64_t count; /* flood: bytes, 0 = until stopped */
    bool off;       /* flood: stop it; blocking: no more */
    bool next_port; /* serve: a taken port moves to the next free one */
    bool quiet;     /* connect: the bytes do not go to the transcript */
    int attach_fd;  /* connect: carries the bytes instead of the transcript; -1 none.
                       The engine owns it from the post on. */
    size_t text_len;
    char text
        [COMMAND_TEXT_BYTES]; /* send: bytes, may hold NUL; filter, goto, help, set, get: a word */
};

/* A command with every default in place. */
struct command command_default(enum verb verb);

/* Whether the words of a message command fit together: 0, or -EINVAL with the one that does not. */
int command_message_check(const struct command *command, struct err *err);

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
 * `after`, NULL the first.  NULL: it is as by default, or at its end. */
const char *command_option_text(const struct command *command, const struct verb_option *option,
                                const char *after, char *buf, size_t size);

/* Verbs that start with prefix, in table order: returns how many, up to max in ret. */
size_t command_complete_verb(const char *prefix, enum verb *ret, size_t max);

#endif
