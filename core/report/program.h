/* core/report/program.h - a session as a program of its own that makes the same calls again.
 *
 * Out of the journal: each call in its order, with the same arguments, bytes and options, and what
 * it gave then, which the program compares with what it gives now.  Left out is what only depends
 * on the moment: calls that said "not yet" (poll() stands in their place), pauses, into how many
 * pieces a stream fell.  An accepted session comes with what its server did to listen.
 *
 * Pure ASCII; bytes, paths and names from outside stand only in strings, escaped, and in comments
 * that they cannot end.  Reads the ring, else pure. */
#ifndef SOCKEYE_REPORT_PROGRAM_H
#define SOCKEYE_REPORT_PROGRAM_H

#include <stdio.h>

#include "core/base/err.h"
#include "core/base/line.h"
#include "core/base/ring.h"
#include "core/model/event.h"
#include "core/model/journal.h"

#define PROGRAM_STEPS 8192 /* calls; of a session that made more the first ones */
#define PROGRAM_SOCKETS 256
#define PROGRAM_PEERS 256

struct program_step {
    struct call call;
    uint8_t *bytes; /* owned: the data as far as they were kept */
    size_t len;
    int socket; /* number of the one it is about, or that socket() made; -1: it made none */
    int made;   /* of the one that accept4() made; -1: none */
    int peer;   /* of datagrams: number of the sender, or of who is answered; -1: none */
};

enum program_language { PROGRAM_PYTHON, PROGRAM_C };

struct program {
    char title[ENDPOINT_TEXT_BYTES + 64]; /* "session 2, tcp://127.0.0.1:65432" */
    bool boundaries;                      /* its sockets keep messages apart */
    size_t n, n_sockets, n_peers;
    struct program_step *steps; /* owned */
    uint64_t start_ns;          /* of the first call */
    uint64_t waits;             /* calls that said "not yet" */
    uint64_t left_out;          /* that cannot be written down: a filter, a value not kept */
    uint64_t unkept_bytes;      /* of what was sent; zeros stand for them */
    bool cut;                   /* it made more than PROGRAM_STEPS */
    bool open[PROGRAM_SOCKETS]; /* was not closed: the program does it in the end */
    size_t file;                /* step that bound a path, which goes in the end; n: none */
};

/* Of a session, of one that a server accepted (then both), or of a server alone: a stream's until
 * it listens, all of one of datagrams.  Returns 0; -ENODATA where it has made no call, -ENOENT where
 * its first calls are no longer in the journal, -EOPNOTSUPP for TLS, -E2BIG for too many sockets,
 * with err. */
int program_make(const struct ring *journal, const struct session_status *session,
                 const struct server_status *server, struct program *ret, struct err *err);
void program_done(struct program *p);

void program_write(FILE *out, const struct program *p, enum program_language language);

/* Used by the writers of each language. */
void program_python(FILE *out, const struct program *p);
void program_c(FILE *out, const struct program *p);

/* Below its title: how it ends and what is not in it, each line behind a comment's mark. */
void program_put_remarks(FILE *out, const struct program *p, const char *mark);
/* In front of its statement: when it was and how strace would write it. */
void program_add_comment(struct line_out *l, const struct program *p,
                         const struct program_step *step);
/* Bytes to be sent or received; of a send what the kernel took. */
uint64_t program_step_length(const struct program_step *step);
/* The option of a step, the first time that the program names it; false: it names none, or did. */
bool program_new_option(const struct program *p, size_t step);
/* getsockopt(SO_ERROR): what became of a connect(). */
bool program_asks_error(const struct call *call);

#endif
