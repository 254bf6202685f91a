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
#include "core/net/endpoint.h"

enum verb {
    VERB_CONNECT,    /* connect ENDPOINT [--timeout S] */
    VERB_SERVE,      /* serve SERVICE [ENDPOINT] [--backlog N] */
    VERB_SEND,       /* send [SESSION] TEXT: with escapes, no line end added */
    VERB_FLOOD,      /* flood [SESSION] [BYTES|off]: as fast as the socket takes them */
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
    ARG_TEXT
};

struct verb_info {
    const char *name;
    const char *usage; /* "ENDPOINT [--timeout S]" */
    const char *help;  /* one sentence */
    enum verb_target target;
    enum argument first, second;
};

/* By enum verb. */
extern const struct verb_info verbs[VERB_COUNT];

#define COMMAND_TEXT_BYTES 1024
#define COMMAND_LINE_BYTES (4 * COMMAND_TEXT_BYTES + 128) /* of the textual form */
#define COMMAND_TIMEOUT_NS (30 * UINT64_C(1000000000))    /* connect, unless asked otherwise */
#define COMMAND_BACKLOG 4096

struct command {
    uint64_t id; /* set by whoever posts it; comes back in the reply */
    enum verb verb;
    uint64_t target_id; /* session or server; 0: the newest that fits */
    struct endpoint endpoint;
    char service[24];
    uint64_t timeout_ns;
    uint64_t count; /* flood: bytes, 0 = until stopped */
    bool off;       /* flood: stop it */
    int backlog;
    bool next_port; /* serve: a taken port moves to the next free one */
    bool quiet;     /* connect: the bytes do not go to the transcript */
    int attach_fd;  /* connect: carries the bytes instead of the transcript; -1 none.
                       The engine owns it from the post on. */
    size_t text_len;
    char text[COMMAND_TEXT_BYTES]; /* send: bytes, may hold NUL; filter, goto, help: a word */
};

/* A command with every default in place. */
struct command command_default(enum verb verb);

/* Parse words (verb first).  Returns 0 or -EINVAL with the word that is wrong. */
int command_parse_words(size_t n, char *const words[], struct command *ret, struct err *err);

/* Parse one line: words parted by blanks, "double" or 'single' quotes keep them together;
 * send's TEXT, filter's EXPRESSION are the rest of the line as it stands. */
int command_parse(const char *line, struct command *ret, struct err *err);

/* The textual form; parsing it gives the same command.  Returns the length. */
size_t command_format(const struct command *command, char *buf, size_t size);

/* Verbs that start with prefix, in table order: returns how many, up to max in ret. */
size_t command_complete_verb(const char *prefix, enum verb *ret, size_t max);

#endif
