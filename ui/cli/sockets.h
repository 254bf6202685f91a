/* ui/cli/sockets.h - what the files of `sockeye sockets` share. */
#ifndef SOCKEYE_CLI_SOCKETS_H
#define SOCKEYE_CLI_SOCKETS_H

#include "core/report/rows.h"
#include "ui/cli/cli.h"

/* The options as they were given. */
struct sockets_choice {
    bool json, csv, no_header, numeric;
    bool all, listening, bound;
    bool tcp, udp, udplite, raw, icmp, local, packet, mptcp, sctp, dccp, vsock;
    bool ipv4, ipv6;
    bool timers, owners, memory, info, extended, summary, watch, kill, yes;
    const char *family, *query, *netns, *columns, *sort, *by, *save, *diff;
};

/* Takes a part of the list, of which nothing may be kept; false ends it. */
typedef bool sockets_part(void *ctx, const struct snapshot *part);

/* One look at the sockets, part by part. */
struct sockets_job {
    const struct subcommand *self;
    const struct probes *probes;
    struct wish *wish;  /* owned until sockets_visit() */
    uint32_t asked;     /* KIND_BITs that were asked for by name */
    sockets_part *part; /* of sockets_visit() */
    void *ctx;
    /* What was missing in the parts. */
    struct err err;
    bool interrupted;
    size_t malformed, unseen_owners, unseen_processes;
    uint32_t from_procfs, unavailable;
};

/* What the letters ask for, into the wish; a usage error was said and its status is returned, else
 * 0. */
int sockets_wish(const struct subcommand *self, const struct sockets_choice *c,
                 struct wish *wish, uint32_t *ret_asked);

/* The columns that the letters or --columns ask for.  The same. */
int sockets_columns(const struct subcommand *self, const struct sockets_choice *c,
                    uint32_t kinds, struct rows_shape *shape);
/* --columns help */
int sockets_columns_help(const struct subcommand *self, bool json);

/* Hand all rows to part: in the kernel's order, or sorted in one piece. */
void sockets_visit(struct sockets_job *job, sockets_part *part, void *ctx);
/* Say on stderr what was missing, a line each; returns the exit status. */
int sockets_report_missing(const struct sockets_job *job);

int sockets_summary(struct sockets_job *job, const struct sockets_choice *c);
/* --kill; asks unless --yes */
int sockets_kill(struct sockets_job *job, const struct sockets_choice *c);
/* --by COLUMN */
int sockets_by(struct sockets_job *job, const struct sockets_choice *c);

#endif
