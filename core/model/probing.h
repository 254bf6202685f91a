/* core/model/probing.h - what the faces may ask of the outside world.
 *
 * The faces (console, subcommands) never include probes/; main hands them this table.  Each
 * probe runs in a thread of its own and answers through a mailbox or a ring. */
#ifndef SOCKEYE_MODEL_PROBING_H
#define SOCKEYE_MODEL_PROBING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/bell.h"
#include "core/base/mailbox.h"
#include "core/base/ring.h"
#include "core/model/column.h"
#include "core/model/filter.h"
#include "core/model/host.h"
#include "core/model/names.h"
#include "core/model/ping.h"
#include "core/model/privileges.h"
#include "core/model/program_call.h"
#include "core/model/snapshot.h"
#include "core/model/surroundings.h"
#include "core/model/views.h"
#include "core/wire/packet.h"
#include "core/wire/packet_facts.h"

#define WISH_OURS 256
#define WISH_INODES 512

enum { WISH_IPV4 = 1, WISH_IPV6 = 2 };

/* What a view wants to see.  Allocated with mem_new(); handed over whole. */
struct wish {
    struct filter *filter;     /* owned; NULL: all rows */
    const struct column *sort; /* NULL: ours first, then by state and address */
    bool descending;
    enum socket_view view; /* how the rows are grouped: snapshot.view */
    uint32_t kinds;        /* KIND_BITs to dump; 0: all */
    uint32_t states;       /* 1 << enum socket_state to dump; 0: all */
    uint32_t families; /* WISH_IPV4, WISH_IPV6: of the kinds that have one of both; 0: both */
    uint32_t parts;    /* enum detail_part wanted of every row */
    char netns[64];    /* "": our own; "all", a name of ip-netns(8), or a pid */
    uint64_t choice;   /* while it is the same the filter is too; 0: not known */
    bool drops;        /* KERNEL_DROP is wanted too: there may be many */
    bool host;         /* the host's figures are wanted, once a second: snapshot.host */
    bool tally;        /* and in them all sockets counted, whatever the filter */
    uint64_t interval_ns; /* between two looks; 0: by what a look costs */
    bool once;            /* one snapshot, then wait for the next wish */
    bool every_owner;     /* of all rows, not only of `inodes` */
    size_t n_ours;        /* cookies of our own sockets */
    uint64_t ours[WISH_OURS];
    size_t n_inodes; /* rows on the screen whose owners are wanted */
    uint32_t inodes[WISH_INODES];
    bool has_selected; /* the row whose detail is wanted: addresses and cookie */
    struct row selected;
    uint64_t selected_netns; /* inode of its namespace; 0: our own */
};

void wish_free(struct wish *w);

#define CAPTURE_INTERFACES 8
#define CAPTURE_FILTER_BYTES 1024

enum capture_state {
    CAPTURE_OPENING,
    CAPTURE_RUNNING,
    CAPTURE_DOWN,   /* the interface is down; capture goes on when it comes back */
    CAPTURE_FAILED, /* err says why, its hint what grants it */
};

struct capture_interface {
    char name[16];
    enum capture_state state;
    uint16_t link_type;
    bool promiscuous;
    uint64_t packets; /* that reached the store; never counted twice on loopback */
    uint64_t cut;     /* of them, those that snaplen made shorter */
    uint64_t dropped; /* by the kernel for want of room; loopback's doubles removed */
    bool has_interface_dropped;
    uint64_t interface_dropped; /* by the interface or its driver */
    uint64_t delay_ns; /* the longest way from the wire to the store in the last second */
    struct err err;
};

/* The capture's meter.  Allocated with mem_new(); release with free(). */
struct capture_status {
    char filter[CAPTURE_FILTER_BYTES]; /* in force; "": everything */
    size_t n_interfaces;
    struct capture_interface interfaces[CAPTURE_INTERFACES];
};

struct capture_settings {
    int snaplen; /* bytes of a packet; 0: all of it */
    bool promiscuous;
    const char *filter; /* pcap-filter; NULL or "": everything.  Copied. */
    /* Where the reader of the store is: the number of the packet that it takes next.  With it
     * the capture waits for the reader instead of overwriting what that has not seen, and the
     * kernel's ring takes what comes meanwhile (what is lost there is counted); the store is then
     * one of packet_queue_new().  NULL: it never waits.  Outlives the capture. */
    const _Atomic uint64_t *reader;
};

enum capture_format { CAPTURE_PCAPNG, CAPTURE_PCAP };

#define CAPTURE_PCAP_HEAD_BYTES 24

/* What a capture file is like beside its packets, so that it can be written as it was read. */
struct capture_shape {
    enum capture_format format;
    bool microseconds; /* times end there; else nanoseconds */
    bool big_endian;
    uint32_t snaplen;   /* as the file says */
    uint16_t link_type; /* of a pcap file, or of a pcapng file's first interface */
    /* The first bytes of a pcap file as they are; all 0: not known, made from the above. */
    uint8_t head[CAPTURE_PCAP_HEAD_BYTES];
    uint64_t device, inode; /* of the file, which must not be written into; 0, 0: not regular */
};

/* What a pcapng file holds beside packets: sections, interfaces, statistics, names, and what
 * nobody here knows.  A whole block as the file has it. */
struct capture_block {
    const uint8_t *bytes; /* borrowed, for the call */
    size_t len;
    bool big_endian;
};

struct capture_file_settings {
    const char *path; /* "-": stdout */
    enum capture_format format;
    /* NULL: nanoseconds, our byte order, PACKET_BYTES_MAX.  Of the other format only snaplen and
     * link type are taken.  Copied. */
    const struct capture_shape *like;
    const char
        *filter; /* what all packets passed, for pcapng; NULL or "": none, or not known */
    uint64_t
        rotate_bytes; /* go on in a next file once one is larger, as tcpdump -C; 0: never */
    unsigned rotate_files; /* keep so many, as tcpdump -W; 0: all of them */
    bool at_the_end;       /* a regular file appears when it is closed, not while it grows */
};

/* Who takes what a file holds. */
struct capture_reader {
    void (*shape)(void *ctx, const struct capture_shape *shape); /* NULL: not wanted */
    void (*block)(void *ctx, const struct capture_block *block); /* NULL: not wanted */
    bool (*packet)(void *ctx, const struct packet_facts *p);     /* false: no more */
    int stop_fd; /* once it is readable no more is waited for: -EINTR; 0: there is none */
};

struct observer;
struct kernel_events;
struct kernel_events_status;
struct capture;
struct capture_file;
struct ping;
struct program_trace;

struct probes {
    /* Starts the observer thread; it dumps at once when the first wish comes, then again
     * every 250 ms to 1 s, so that it never takes more than about 1 % of a core.  The
     * kernel's events become struct kernel_event in `events`, news rings for each batch; both
     * belong to the caller and outlive the observer.  NULL: nobody wants events (news may be
     * NULL alone).  With events a snapshot also follows what the kernel says, between looks. */
    struct observer *(*observer_start)(struct ring *events, struct bell *news);
    /* New wish, owned by the observer from here on; a snapshot follows at once. */
    void (*observer_wish)(struct observer *o, struct wish *w);
    /* Letters are struct snapshot; the taker owns them. */
    struct mailbox *(*observer_snapshots)(struct observer *o);
    void (*observer_stop)(struct observer *o); /* joins; NULL is a no-op */

    /* Lists sockets part by part, in the kernel's order, so that ten million need no more
     * memory than a few thousand; owners as the wish says.  `part` may keep nothing of a
     * snapshot; false from it ends the list.  sort, ours and selected are not looked at.
     * What is missing stands in the parts (err, interrupted, malformed, unavailable). */
    int (*sockets_list)(const struct wish *w,
                        bool (*part)(void *ctx, const struct snapshot *part), void *ctx,
                        struct err *err);

    /* Starts the capture thread.  packets and news belong to the caller and outlive it;
     * news rings when packets came or the meter changed. */
    struct capture *(*capture_start)(const struct capture_settings *settings,
                                     struct ring *packets, struct bell *news);
    /* Begin to capture on an interface; what becomes of it is in the status.  False when
     * CAPTURE_INTERFACES are in use. */
    bool (*capture_add)(struct capture *c, const char *interface);
    /* Change the filter of all interfaces.  It is compiled before anything is touched:
     * -EINVAL with the place in err, and the old one stays.  Packets that both let through are
     * not lost meanwhile.  It holds when the status says so.  -EAGAIN: too many at once.
     * Names in it are looked up, which may take a while.  NULL
     * or "": everything.  The thread that calls capture_add. */
    int (*capture_filter)(struct capture *c, const char *filter, struct err *err);
    /* Letters are struct capture_status. */
    struct mailbox *(*capture_meter)(struct capture *c);
    /* No packet comes any more.  What is in the store can be read, and the last letter, which is
     * there then, tells of all; the rest is for capture_stop. */
    void (*capture_end)(struct capture *c);
    void (*capture_stop)(struct capture *c); /* joins; NULL is a no-op */

    /* Reads a pcap or pcapng file ("-": stdin) packet by packet, with interface and comment
     * where the file has them, until packet() gives false.  Numbers begin at 0 and count all
     * packets of the file, also those that the filter keeps back.  shape() comes first, then
     * blocks and packets as they stand in the file.  Returns 0 or negative errno; of a file
     * that is cut short or damaged all whole packets before have been handed over, and err says
     * at which byte. */
    int (*capture_read)(const char *path, const char *filter, const struct capture_reader *to,
                        void *ctx, struct err *err);

    /* Write packets into a file; an existing one is replaced, a symbolic link is not followed.
     * A pipe or character device does, too; what else is no regular file is refused.
     * pcapng takes any link types, interfaces by their names, and comments; pcap those of the
     * first packet's link type: -EINVAL for another, and nothing else changes.
     * Packets wait in a buffer for a write(2) worth it.  When one fails (-ENOSPC: the disk is
     * full) the file ends with its last whole packet, err says how many were lost, and put and
     * flush give the same error from then on; close (NULL is a no-op) only what came out by it.
     * Between open and close one thread at a time may call. */
    int (*capture_file_open)(const struct capture_file_settings *settings,
                             struct capture_file **ret, struct err *err);
    int (*capture_file_put)(struct capture_file *f, const struct packet_facts *p,
                            struct err *err);
    /* A block of the file that is being written anew; pcap ignores it.  When all are handed
     * over, sections and interfaces stand as they did, and a file of ours comes out byte for
     * byte. */
    int (*capture_file_block)(struct capture_file *f, const struct capture_block *block,
                              struct err *err);
    /* Whoever reads it meanwhile finds all packets so far. */
    int (*capture_file_flush)(struct capture_file *f, struct err *err);
    /* What pcapng says of each interface at the end: received, dropped.  Copied. */
    void (*capture_file_meter)(struct capture_file *f, const struct capture_status *status);
    int (*capture_file_close)(struct capture_file *f, struct err *err);

    /* A ping has no thread: its owner waits until ping_fd can be read (or has an error) or
     * ping_due_ns() has come, then calls ping_next() until it gives false.  It never waits.
     * -EPERM names in err's hint what grants it. */
    int (*ping_open)(const struct ping_settings *settings, struct ping **ret, struct err *err);
    int (*ping_fd)(const struct ping *p);
    uint64_t (*ping_due_ns)(const struct ping *p); /* clock_now_ns(); UINT64_MAX: no time */
    /* Whether it goes by a raw socket, for want of a datagram one. */
    bool (*ping_raw)(const struct ping *p);
    bool (*ping_next)(struct ping *p, struct ping_event *ret);
    void (*ping_close)(struct ping *p); /* NULL is a no-op */

    /* Move the program, while it has but one thread, into a network namespace, with its hosts
     * file and resolv.conf: a name of ip-netns(8) or a pid.  There is no way back. */
    int (*netns_enter)(const char *netns, struct err *err);
    /* Begin the sandbox, where one is wanted: for who must do something before it; main() does it
     * for all others.  While there is but one thread.  -EPERM and the like only of a strict one. */
    int (*confine)(struct err *err);
    /* Begin its helper alone: this program keeps its rights, but what is made for it goes when it
     * ends, however it does.  Likewise. */
    void (*help)(void);
    /* With which rights this program and its helper run. */
    void (*privileges_look)(struct privileges *ret);
    /* Becomes readable when the privileged helper ends; -1: there is none. */
    int (*helper_fd)(void);

    /* The command that grants this program what it lacks as an ordinary user; "" for root. */
    void (*grant_command)(char *buf, size_t size);

    /* The interface that such packets leave by; false when unknown. */
    bool (*interface_to)(const struct route_question *question, char ret_name[16]);
    /* Those that they may leave by, where several next hops share the load.  Returns how many. */
    size_t (*interfaces_to)(const struct route_question *question,
                            char ret_names[ROUTE_INTERFACES][16]);

    /* What a name stands for and who says so.  Blocks for at most the wish's timeout; any
     * thread.  A name that does not exist is a report, not an error.  Returns 0 and the report,
     * which is the caller's to free(), or negative errno with err when nothing could be asked. */
    int (*names_report)(const struct names_wish *wish, struct name_report **ret,
                        struct err *err);

    /* The kernel's events without an observer: from open to close they gather in the kernel,
     * each read moves them into the ring.  One thread.  Never NULL; what is not to be had is in the
     * status, which is borrowed. */
    struct kernel_events *(*events_open)(struct ring *events, bool drops);
    const struct kernel_events_status *(*events_status)(const struct kernel_events *k);
    void (*events_read)(struct kernel_events *k);
    void (*events_close)(struct kernel_events *k); /* NULL is a no-op */

    /* What decides beside the sockets: core/model/surroundings.h.  Any thread.
     * The way of packets, its interface and its neighbour. */
    void (*route_look)(const struct route_question *question, struct route_facts *ret);
    /* The interface that has an address of ours: name, up, carrier.  When none has it, error is
     * -EADDRNOTAVAIL and interface one that is down, "": none is. */
    void (*home_look)(const struct addr *local, struct route_facts *ret);
    /* The way to it over other namespaces of this host, as far as they can be entered; -EPERM: none
     * can. */
    int (*way_look)(const struct addr *to, struct way_facts *ret, struct err *err);
    /* Do something in the namespace with this inode, as seen from there (route_look, firewall_look,
     * counters_read); 0: in ours.  It runs in another thread, which is over then. */
    int (*inside)(uint64_t netns, void (*work)(void *ctx), void *ctx, struct err *err);
    /* The rules that could decide over these packets, with their counters.  Called again with
     * what it filled, it adds packets_after.  -ENOENT: there is no firewall to ask; -EPERM. */
    int (*firewall_look)(const struct firewall_question *question, struct firewall_facts *ret,
                         struct err *err);
    int (*counters_read)(struct counters *ret, struct err *err);
    /* The host's figures without its rows; the caller's to free. */
    struct host_reading *(*host_look)(void);
    /* -ESRCH: there is no such process; -EACCES: it may not be looked at. */
    int (*process_look)(int32_t pid, struct process_facts *ret);
    /* The first file that it has mapped whose name begins with one of the words (NULL ends them);
     * 1, 0: none, or negative errno: it may not be looked into. */
    int (*process_maps)(int32_t pid, const char *const *words, char ret[64]);
    /* Who has joined a multicast group, on the interface by which it is reached and elsewhere. */
    void (*groups_look)(const struct addr *group, const char *interface,
                        struct group_facts *ret);
    void (*limits_read)(struct limit_facts *ret);
    /* Whether the flow is translated on this host; -ENOENT: nothing here keeps track. */
    int (*translation_look)(uint8_t protocol, const struct addr *local, const struct addr *peer,
                            struct translation_facts *ret, struct err *err);

    /* Run a program and be told which of its socket calls fail or stall.  start() makes a process
     * and wants to be called while there is but one thread and no signal was changed; go() begins
     * the program.  next() waits up to timeout_ms: 1, 0 none yet, -EPIPE it is over.  A thread that
     * is held goes on with release(), or by itself a little later.  signal() may be called by a
     * signal handler.  stop() (NULL is a no-op) leaves what still runs to itself. */
    int (*program_start)(char *const argv[], const struct program_settings *settings,
                         struct program_trace **ret, struct err *err);
    int (*program_go)(struct program_trace *t);
    int (*program_next)(struct program_trace *t, int timeout_ms, struct program_call *ret);
    void (*program_release)(struct program_trace *t, uint32_t id);
    void (*program_signal)(struct program_trace *t, int signal);
    void (*program_stop)(struct program_trace *t);

    /* Close a socket of anybody: who waits in a call on it gets ECONNABORTED, the peer of a TCP
     * connection a reset.  where: its namespace, NULL: our own.  Only the one with the row's
     * cookie is hit.  -ENOENT: it is gone; -EOPNOTSUPP: not that kind, or not this kernel; -EPERM. */
    int (*socket_destroy)(const struct row *row, const struct netns *where, struct err *err);
    /* Send a signal to the process that had this pid when start_ticks was read.  -ESRCH: gone. */
    int (*process_signal)(int32_t pid, uint64_t start_ticks, int signal, struct err *err);
};

#endif
