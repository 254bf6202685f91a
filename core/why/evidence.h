/* core/why/evidence.h - what was observed around one attempt or one socket.
 *
 * Typed facts for the rules (core/why/rules.h), and a line for each of them for the person: every
 * typed fact that is put here is also said with evidence_say(), with its source and its time.
 * What could not be looked at is said with evidence_unseen(), and stays unknown: false in a
 * `has_` or `seen` bit, never 0.
 *
 * Plain data, one owner: evidence_new(), evidence_free().  The gatherer (core/why/gather.h) fills
 * it, the rules only read it. */
#ifndef SOCKEYE_WHY_EVIDENCE_H
#define SOCKEYE_WHY_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/addr.h"
#include "core/base/err.h"
#include "core/model/kernel_event.h"
#include "core/model/names.h"
#include "core/model/snapshot.h"
#include "core/model/surroundings.h"
#include "core/net/endpoint.h"
#include "core/net/tls_try.h"
#include "core/why/frame_look.h"
#include "core/why/request_look.h"

#define EVIDENCE_LINES 200
#define EVIDENCE_UNSEEN 16
#define EVIDENCE_ATTEMPTS 16
#define EVIDENCE_SIGHTINGS 256
#define EVIDENCE_EVENTS 256
#define EVIDENCE_ICMP 8
/* A head and the text behind it: servers say there what they did not like. */
#define EVIDENCE_PEEK_BYTES 2048
#define EVIDENCE_HEAD_BYTES 1024

/* What was asked about. */
enum why_subject {
    WHY_CONNECT, /* an endpoint that we try to reach */
    WHY_BIND,    /* an address that we try to bind */
    WHY_SOCKET,  /* a socket that is there */
    WHY_FILE,    /* a recording */
};

/* An ICMP message about our packets (its quoted packet is of our flow). */
struct icmp_sighting {
    struct addr from;
    uint8_t family, type, code; /* family: AF_INET or AF_INET6 */
    uint32_t mtu;               /* of "fragmentation needed", "packet too big"; 0: not told */
    uint64_t at_ns;
};

/* The first bytes that one side said. */
struct said_bytes {
    bool seen; /* from the very first on */
    bool cut;  /* there were more than are here */
    uint16_t len;
    uint8_t bytes[EVIDENCE_HEAD_BYTES];
};

/* The packets of one flow, seen from our end. */
struct wire_facts {
    bool seen;          /* a capture ran from before the first call */
    bool incomplete;    /* packets were dropped, or the capture began in the middle */
    char interface[16]; /* "" : several */
    uint32_t packets_out, packets_in;
    uint32_t syn_out, syn_ack_in, syn_in, syn_ack_out;
    uint32_t rst_in, rst_out, fin_in, fin_out;
    bool rst_acceptable; /* the first RST's sequence number is what the socket would take */
    /* RFC 9293, 3.5.2: a reset that answers a segment of no connection has no ACK flag and that
     * segment's acknowledgement as sequence number; one that a live socket sends has the flag. */
    bool rst_in_has_ack;
    bool data_out_after_fin_in; /* before the first RST came */
    bool has_rst_in_ttl, has_reply_ttl;
    uint8_t rst_in_ttl; /* of the first RST that came */
    uint8_t reply_ttl;  /* of the first other packet of the peer */
    uint64_t rst_in_ns, rst_out_ns, fin_in_ns, fin_out_ns, last_in_ns, last_out_ns;
    uint64_t payload_out_bytes, payload_in_bytes;
    struct addr
        stranger; /* another than the peer, that sent our address a datagram, or answered our
                   * SYN; AF_UNSPEC */
    uint32_t retransmissions_out, retransmissions_in, duplicate_acks_in;
    uint32_t zero_window_in, zero_window_out; /* announced by the peer, by us */
    uint64_t window_closed_ns; /* how long the peer's stood at 0 until it announced another */
    uint32_t probes_out, probes_in; /* of a zero window */
    uint32_t keep_alives_out, keep_alives_in, keep_alive_acks_in;
    bool window_in_closed; /* the newest that the peer announced is 0, whatever its scale */
    bool has_window_in, has_window_out;
    uint32_t window_in_bytes,
        window_out_bytes; /* the newest that the peer, that we, announced */
    uint32_t least_window_in_bytes, largest_window_in_bytes;
    uint32_t largest_out_bytes;   /* payload of the longest segment that we sent */
    uint32_t largest_acked_bytes; /* of the longest that was acknowledged, or its sender told */
    uint32_t largest_again_bytes; /* of the longest that we sent again */
    bool passed_small; /* a segment was acknowledged while a longer one before it was not */
    /* A small segment waited for the acknowledgement of the one before it, which took as long as
     * only a delayed one takes (RFC 1122, 4.2.3.2 and 4.2.3.4); ours, and the peer's. */
    uint32_t nagle_waits_out, nagle_waits_in;
    uint64_t nagle_wait_ns; /* the longest of them */
    uint32_t rtts;          /* round trips that were measured; 0: none */
    uint64_t least_rtt_ns;
    size_t n_icmp;
    struct icmp_sighting icmp[EVIDENCE_ICMP];
    struct said_bytes said_out, said_in;
};

/* One call of ours that may fail, on one address. */
struct attempt {
    const char *call;     /* "connect", "bind", "send", "recv", "socket", "handshake" */
    int error;            /* negative errno; 0: it did what it should */
    bool undecided;       /* it still waited when we stopped */
    struct addr to, from; /* from: as the kernel chose it; AF_UNSPEC: none */
    struct addr
        outside; /* from, as a translation here lets others see it; AF_UNSPEC: as it is */
    uint64_t cookie;
    uint64_t began_ns, elapsed_ns;
    struct err err; /* in words; code 0: none.  Of a handshake OpenSSL's reason */
    struct wire_facts wire;
    struct route_facts route;
    struct way_facts way; /* over other namespaces of this host */
    bool in_call;         /* the call itself failed: this host said so, nobody on the way */
    bool v6only;          /* BIND: IPV6_V6ONLY of the socket */
    bool has_portrait;    /* of our socket, when the attempt was decided or given up */
    struct socket_portrait portrait;
    /* What came of it once it was connected: */
    bool peer_closed; /* read gave 0 */
    int recv_error;   /* negative errno of a later read; 0 */
    int send_error;
    uint64_t sent_bytes, received_bytes, unsent_bytes;
    uint64_t first_byte_ns; /* after it was connected; 0: nothing came */
    size_t peek_len;
    uint8_t peek[EVIDENCE_PEEK_BYTES]; /* the first bytes that came */
    int tls_verify;       /* X509_V_ERR_ of a certificate that was refused; 0: none */
    char tls_version[16]; /* that was agreed on; "" */
    struct tls_try_facts tls;
    /* What the bytes are that we sent, and those that came (decrypted, where it is TLS). */
    struct request_facts request;
    struct frame_facts frame_sent, frame_came;
    /* The peer closed in the middle of an HTTP response, with so many bytes of its body; the length
     * that its head gave, 0: none. */
    bool answer_cut;
    uint64_t answer_body_bytes, answer_length;
    bool sent_tls; /* a record of TLS, by ourselves */
    /* Of who hung up: its program could be looked into, and has this loaded; "": nothing. */
    bool library_seen;
    char tls_library[64];
    bool listened;     /* for an answer, as long as was asked, or until it was decided */
    uint64_t quiet_ns; /* how long nothing had come when it ended */
};

/* A socket of the host that has to do with the matter. */
enum sighting_role {
    ROLE_OURS,     /* the one in question */
    ROLE_PEER,     /* the other end of it */
    ROLE_LISTENER, /* takes, or would take, connections to the port: LISTEN, or unconnected UDP */
    ROLE_SAME_PORT, /* anything else on the port in question */
};

struct sighting {
    uint8_t role; /* enum sighting_role */
    bool weighty; /* never left out for another */
    bool own_netns;
    char netns[64];       /* name where it is not ours */
    uint64_t netns_inode; /* of it; 0: not known */
    char device[16];      /* that it is bound to; "": none */
    struct row row;
    char path[ROW_END_BYTES];    /* AF_UNIX: its name */
    struct socket_detail detail; /* known: what of it there is */
    bool later;                  /* there are a second look's figures: */
    struct row row_later;        /* state 0: it was gone by then */
    struct socket_detail detail_later;
    uint64_t between_ns; /* of the two looks */
    enum owner_knowledge owner;
    bool owner_past;
    size_t n_holders;
    size_t n_stopped;             /* of the holders that could be looked at */
    struct process_facts process; /* of the first holder; pid 0: none is known */
    char process_state_later;     /* of the second look; 0: not known */
};

/* How many sockets of this namespace have the port in question, by state. */
struct port_counts {
    uint32_t local[STATE_COUNT], remote[STATE_COUNT]; /* as their own, as their peer's */
};

/* How the local ports are taken that connect(2) and bind(2) choose from. */
struct port_use {
    bool seen;
    uint16_t low, high;
    uint32_t taken;     /* ports of the range that a socket of this namespace has */
    uint32_t to_peer;   /* of them, in connections to the address in question */
    uint32_t time_wait; /* of them, only held by TIME_WAIT */
};

/* The file of an AF_UNIX path. */
struct path_facts {
    bool seen, is_socket;
    bool folder_missing;
    uint32_t mode, uid; /* st_mode, st_uid */
    uint32_t our_uid;   /* effective */
};

struct evidence_line {
    const char *source; /* a constant: "sock_diag", "capture", "connect", "/proc" */
    uint64_t at_ns;     /* since evidence.began_ns */
    char *text;         /* printable; owned */
    bool content;       /* it tells bytes that were sent or came */
    /* Where it leads: */
    uint64_t cookie; /* of a row; 0 */
    bool has_packet;
    uint64_t packet;
    struct addr from, to; /* of that packet; AF_UNSPEC: it is of no flow of ours */
    uint32_t seq;         /* TCP: as in its header */
    int error;            /* negative errno of the call, whose name is the source; 0 */
};

struct evidence_gap {
    const char *source;
    char *because, *grant; /* owned; grant NULL: nothing would help */
};

struct evidence {
    enum why_subject subject;
    char target[ENDPOINT_TEXT_BYTES + 64]; /* as it is said */
    struct endpoint endpoint;              /* of CONNECT and BIND */
    bool no_reuseaddr;                     /* BIND: without SO_REUSEADDR */
    uint64_t began_ns, ended_ns;           /* clock_now_ns() */
    uint64_t began_wall_ns;

    struct name_report *names; /* owned; NULL: it was no name, or nobody asked */
    int names_error;           /* negative errno: it could not even be asked */
    size_t n_attempts;
    struct attempt attempts[EVIDENCE_ATTEMPTS]; /* in the order they were made */

    /* SOCKET: its ends as they were asked for, peer AF_UNSPEC: any; its packets while it was
     * watched, and the way to its peer. */
    struct addr local, peer;
    struct wire_facts wire;
    struct route_facts route;
    uint64_t queue_dropped_pkts; /* by the queue of its interface, while it was watched */
    /* The interface that has its local address.  error -EADDRNOTAVAIL: none has it any more, and
     * interface is one that is down, "": none is. */
    struct route_facts home;
    size_t time_waits; /* connections in TIME_WAIT with its port, or to its peer */

    /* FILE: whose view it is, and when its last packet was, since began_ns as all times. */
    struct addr file_local, file_peer;
    uint64_t file_end_ns;

    bool rows_seen;        /* the host's sockets were listed */
    bool other_netns_seen; /* those of every other namespace too */
    size_t n_sightings, sightings_left_out;
    struct sighting sightings[EVIDENCE_SIGHTINGS];
    struct port_counts counts;
    struct port_use ports; /* when none was to be had */

    bool events_seen; /* the kernel's events were on all the time */
    size_t n_events, events_left_out;
    struct kernel_event events[EVIDENCE_EVENTS];

    struct surroundings surroundings;
    struct path_facts path;

    size_t n_lines, lines_left_out;
    struct evidence_line lines[EVIDENCE_LINES];
    size_t n_unseen;
    struct evidence_gap unseen[EVIDENCE_UNSEEN];
};

struct evidence *evidence_new(void);
void evidence_free(struct evidence *e); /* NULL is a no-op */

/* One line for the person; at_ns: clock_now_ns() of what it tells.  Foreign text in the arguments
 * is made printable.  Returns the line, NULL when there is no room (counted). */
struct evidence_line *evidence_say(struct evidence *e, const char *source, uint64_t at_ns,
                                   const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The line, NULL is a no-op, is of a call that failed so. */
void evidence_failed(struct evidence_line *line, int error);

/* What was said over the connection is told no more. */
void evidence_hide_content(struct evidence *e);

/* In the order of their time. */
void evidence_sort(struct evidence *e);

/* The same source is noted once.  grant: the command that would help; NULL: none would. */
void evidence_unseen(struct evidence *e, const char *source, const char *grant,
                     const char *because, ...) __attribute__((format(printf, 4, 5)));
bool evidence_is_unseen(const struct evidence *e, const char *source);

/* A new attempt or sighting, zeroed; NULL and counted when there is no room. */
struct attempt *evidence_attempt(struct evidence *e);
struct sighting *evidence_sighting(struct evidence *e);
/* One that must not be missing: when there is no room it takes the place of one that is not. */
struct sighting *evidence_weighty_sighting(struct evidence *e);

/* "python3 (812)", "a process that may not be seen", "no process". */
#define SIGHTING_HOLDER_BYTES 128
const char *sighting_holder(const struct sighting *s, char buf[SIGHTING_HOLDER_BYTES]);

#endif
