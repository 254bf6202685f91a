/* core/why/gather_internal.h - what the gatherer's files share; nobody else includes it. */
#ifndef SOCKEYE_WHY_GATHER_INTERNAL_H
#define SOCKEYE_WHY_GATHER_INTERNAL_H

#include "core/why/gather.h"

struct gathering {
    const struct why_wish *wish;
    const struct probes *probes;
    struct evidence *e;
    struct watching *watching; /* NULL: not yet */
    bool shared;               /* it is another gathering's, which goes on with it */
    uint64_t since_ns;   /* shared: what the kernel said before is no matter of this one */
    uint64_t next_event; /* of the watch's kernel events */
    uint64_t acted_ns;   /* when the last call of ours was over */
    uint64_t rows_ns;    /* when they were looked at */
    size_t n_kept;
    int kept[EVIDENCE_ATTEMPTS]; /* sockets of ours that stay open while rows are looked at */
};

static inline bool gather_stopped(const struct gathering *g)
{
    return g->wish->stop && atomic_load(g->wish->stop);
}

/* Sleep until a time, or until the wish is given up. */
void gather_sleep_until(struct gathering *g, uint64_t until_ns);

/* Keep a socket open until gather_release(). */
void gather_keep(struct gathering *g, int fd);
void gather_release(struct gathering *g);

/* --- gather_names.c: to addresses, those that connect would try, in its order ---------------- */
size_t gather_addresses(struct gathering *g, struct addr *ret, size_t max);

/* --- gather_connect.c, gather_bind.c, gather_unix.c: the attempts ---------------------------- */
/* One address that is tried. */
struct trying {
    struct gathering *g;
    struct attempt *a;
    int fd;
    bool datagram;
    bool to_group;       /* by sendto(2): members answer from addresses of their own */
    struct tls_try *tls; /* NULL: the socket's bytes are what is said */
};

/* Wait for the socket; what poll(2) said, 0 when the time is over. */
short trying_wait(const struct trying *t, short events, uint64_t until_ns);

void gather_connect(struct gathering *g);
/* gather_tls.c: what a client does first.  False: the handshake failed, with it the attempt. */
bool gather_tls(struct trying *t);
/* When the peer hung up on what was said in plain text: whether its program could speak TLS. */
void gather_tls_library(struct gathering *g, struct attempt *a);
/* gather_talk.c: over a connection that is there, say what was asked to be sent, and listen. */
void gather_talk(struct trying *t);
void gather_bind(struct gathering *g);
void gather_unix(struct gathering *g);
/* Its last part: the file, and the sockets bound to it. */
void gather_unix_look(struct gathering *g);

/* --- gather_socket.c: a socket that is there -------------------------------------------------- */
void gather_socket(struct gathering *g);

/* --- gather_past.c: a connection that is no more ------------------------------------------------ */
void gather_past(struct gathering *g);

/* --- gather_rows.c: sockets of this host ------------------------------------------------------ */
/* Everything on a port, in this and other namespaces; own: the socket in question (cookie, and
 * addresses), NULL: none. */
void gather_rows(struct gathering *g, uint8_t protocol, uint16_t port, const struct row *own);
/* Who holds it, and how that process is. */
void gather_owner(struct gathering *g, const struct snapshot *s, struct sighting *to);
/* Look at all of them again: row_later. */
void gather_rows_again(struct gathering *g, uint8_t protocol, uint16_t port);

/* --- gather_figures.c ------------------------------------------------------------------------- */
/* What the kernel counted of a connection between the two looks. */
void gather_say_figures(struct gathering *g, const struct sighting *s, uint64_t at_ns);
/* --- gather_ports.c: how the ports are taken that the kernel chooses from -------------------- */
void gather_ports(struct gathering *g, uint8_t protocol, const struct addr *peer);

/* --- gather_watch.c: packets and kernel events while it lasts --------------------------------- */
/* Begin to watch the ways to these addresses; gather_watch_ready() returns when the captures run, or
 * cannot. */
void gather_watch_begin(struct gathering *g, uint8_t protocol, uint16_t port,
                        const struct addr *addresses, size_t n);
void gather_watch_ready(struct gathering *g);
/* Take what the kernel told: to be called while it is waited, for the events of the whole host come
 * through one ring.  Nothing when nothing is watched. */
void gather_watch_step(struct gathering *g);
/* What has been seen of a flow so far. */
void gather_watch_wire(struct gathering *g, const struct addr *local, const struct addr *peer,
                       uint8_t protocol, struct wire_facts *ret);
/* Several gatherings over one watch, on every port: the others set `shared`.  pump() keeps it from
 * running over, and is to be called several times a second. */
void gather_watch_open(struct gathering *g, const struct addr *addresses, size_t n);
void gather_watch_pump(struct gathering *g);
void gather_watch_close(struct gathering *g);
/* The kernel tells its events, and told all of them. */
bool gather_watch_tells(const struct gathering *g);
/* Whether a connection to peer was begun in that time, as they tell; *ret: our end of it, untouched
 * while it has none. */
bool gather_watch_local(struct gathering *g, const struct addr *peer, uint64_t from_ns,
                        uint64_t to_ns, struct addr *ret);
/* No more: packets of the attempts' flows go into their wire facts, kernel events into the
 * evidence. */
void gather_watch_end(struct gathering *g);
void gather_say_event(struct gathering *g, const struct kernel_event *event);
/* What was opened is closed, and free; gather_watch_end() began with that. */
void gather_watch_done(struct gathering *g);

/* --- gather_groups.c: who would get a datagram to a multicast group ------------------------ */
bool gather_is_group(const struct addr *a);
void gather_groups(struct gathering *g, const struct attempt *a);

/* --- gather_surroundings.c --------------------------------------------------------------------- */
/* Here, and in the namespaces of this host that the way to question->remote leads over.  They are
 * asked side by side. */
void gather_surroundings_before(struct gathering *g, const struct firewall_question *question);
void gather_surroundings_after(struct gathering *g, const struct firewall_question *question);
/* The way of an attempt, once its neighbour has answered. */
void gather_way(struct gathering *g, struct attempt *a);

#endif
