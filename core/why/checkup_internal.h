/* core/why/checkup_internal.h - what the checkup's files share; nobody else includes it. */
#ifndef SOCKEYE_WHY_CHECKUP_INTERNAL_H
#define SOCKEYE_WHY_CHECKUP_INTERNAL_H

#include "core/base/hash.h"
#include "core/why/checkup.h"

/* Both ends of a socket, or of its peer when they are turned round. */
struct ends {
    struct addr local, peer;
    uint32_t kind;
    uint32_t padding; /* zero: hashed with the rest */
};

struct identity {
    uint64_t cookie;
    struct ends ends;
};

/* A socket that looked unwell in the first look. */
struct candidate {
    struct identity identity;
    struct sighting s;
    char name[CHECKUP_SOCKET_BYTES]; /* AF_UNIX: its name */
    UT_hash_handle hh;
    UT_hash_handle by_ends; /* the first of those that have the same ends */
    bool has_ends;
    struct candidate *next; /* in the order in which they were seen */
};

/* Connections in TIME_WAIT that share what a port is used up by: both addresses and the peer's
 * port. */
struct waiting {
    struct ends ends; /* local port 0 */
    struct row row;   /* one of them */
    size_t n;
    UT_hash_handle hh;
};

/* The processes that were looked at: one may hold thousands of candidates. */
struct known_process {
    int32_t pid;
    struct process_facts facts;
    UT_hash_handle hh;
};

struct search {
    const struct checkup_wish *wish;
    const struct probes *probes;
    struct checkup *result;
    bool second;           /* the second look */
    uint64_t looked_ns[2]; /* when each began */
    struct candidate *all, *ends, *first, **last;
    size_t n;
    size_t n_orphans;  /* closed here, no process holds them, of the second look */
    struct row orphan; /* one of them */
    struct waiting *waiting;
    struct known_process *processes;
};

/* checkup_find.c: both looks.  Negative errno with err when nothing could be listed. */
int search_look(struct search *s, struct err *err);
void search_done(struct search *s);

/* checkup_judge.c: the candidates become ailments. */
void search_judge(struct search *s);

#endif
