/* ui/cli/connect.h - between the files of `sockeye connect`: connect.c (one session, in and out),
 * connect_output.c (what is written of it), connect_many.c (an exchange over several). */
#ifndef SOCKEYE_CLI_CONNECT_H
#define SOCKEYE_CLI_CONNECT_H

#include "core/base/line_end.h"
#include "core/model/journal.h"
#include "core/net/attach.h"
#include "core/net/expect.h"
#include "core/report/transcript.h"
#include "ui/cli/cli.h"

struct pump {
    const struct subcommand *self;
    struct engine *engine;
    uint64_t session_id;
    int signals; /* a signalfd */
    int pair;    /* our end of the socketpair */
    bool json;
    bool verbose;   /* the calls that are made, and how long each step took */
    bool sanitize;  /* stdout is a terminal */
    bool datagrams; /* each unit is one */
    bool unconnected;
    bool stdin_ended;
    bool half_close; /* on the end of stdin */
    bool peer_ended;
    bool done;
    bool said_proxy, said_untrusted;
    int status;
    struct session_status last;         /* as last told */
    uint64_t calls_read;                /* of the journal */
    struct expectation *expect;         /* NULL: anything may come */
    struct transcript_file *transcript; /* NULL: none is written */
    const char *program;                /* where the session goes as a program; NULL: nowhere */
    struct line_end_state line_end;
    bool has_unsent; /* a unit read from stdin, not yet taken by the engine */
    size_t unsent_len;
    char unsent[ATTACH_UNIT_BYTES];
    size_t n_held; /* bytes of a character that is not whole yet */
    char held[4];
};

/* It is over. */
void connect_finish(struct pump *p, int status);

/* Write what came; bytes has room for a few more in front. */
#define CONNECT_HELD_BYTES 4
int connect_write_unit(struct pump *p, const struct unit_head *head, char *bytes, size_t len);
/* The end of what comes: a character that never became whole. */
int connect_write_end(struct pump *p);
/* The session's status has changed. */
void connect_say_state(struct pump *p, const struct session_status *s);
/* The calls made since the last time; 0 or negative errno. */
int connect_say_calls(struct pump *p);
/* When each step was reached. */
int connect_say_phases(struct pump *p);

/* What it did as a program, before the engine ends.  Returns the exit status. */
int connect_write_program(const struct pump *p);

/* Carry out a command with several connections.  Returns the exit status. */
int connect_many(const struct subcommand *self, struct command *command, bool json,
                 bool verbose);

#endif
