/* core/model/surroundings.h - what of the host decides over a connection beside its sockets: routes,
 * interfaces, neighbours, firewall rules, counters, limits, processes.
 *
 * Filled by probes through the table in core/model/probing.h; plain data. */
#ifndef SOCKEYE_MODEL_SURROUNDINGS_H
#define SOCKEYE_MODEL_SURROUNDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/addr.h"

/* --- the way to an address: rtnetlink(7) -------------------------------------------------- */

enum route_kind {
    ROUTE_UNKNOWN,
    ROUTE_LOCAL,   /* an address of this host */
    ROUTE_UNICAST, /* over an interface, perhaps by a gateway */
    ROUTE_BROADCAST,
    ROUTE_MULTICAST,
    ROUTE_BLACKHOLE,
    ROUTE_UNREACHABLE, /* a route of that type */
    ROUTE_PROHIBIT,
    ROUTE_NONE, /* there is none: ENETUNREACH */
};

enum neighbour_state {
    NEIGHBOUR_UNKNOWN,    /* nobody asked for it, or none is needed */
    NEIGHBOUR_REACHABLE,  /* NUD_REACHABLE, STALE, DELAY, PROBE, PERMANENT, NOARP */
    NEIGHBOUR_INCOMPLETE, /* it is being asked and has not answered */
    NEIGHBOUR_FAILED,
};

/* Packets whose way is asked for: rules of routing and next hops that share the load tell them apart
 * by all of these. */
struct route_question {
    uint8_t protocol; /* IPPROTO_; 0: any */
    struct addr to;   /* with its port; 0: any */
    struct addr from; /* AF_UNSPEC: as the kernel chooses; port 0: any */
    uint32_t mark;    /* SO_MARK */
    uint32_t device;  /* SO_BINDTODEVICE, its index; 0: none */
};

#define ROUTE_INTERFACES 8

/* The queue in which an interface's packets wait: tc(8), its root. */
struct queue_facts {
    bool seen;
    char kind[16]; /* "tbf"; "noqueue" */
    uint32_t backlog_bytes;
    uint64_t dropped_pkts;
};

struct route_facts {
    bool seen;
    uint8_t kind; /* enum route_kind */
    uint8_t neighbour;
    bool has_gateway, has_mtu;
    bool up, carrier; /* of the interface: IFF_UP, IFF_LOWER_UP */
    bool loopback;    /* the interface is */
    bool shared;      /* several next hops share the load; which a packet takes is not told, and
                        * this is one that does not answer, where there is one */
    bool to_netns;    /* its other end is in another network namespace of this host */
    int error;        /* negative errno that the kernel gave for the lookup */
    uint32_t mtu;     /* of the route or its interface */
    uint32_t path_mtu; /* the kernel's cached one; 0: none */
    char interface[16];
    struct addr gateway, source; /* source: preferred; AF_UNSPEC: not told */
    struct queue_facts queue;    /* of the interface */
    bool has_mac;
    uint8_t mac[6]; /* of the neighbour, as far as it has answered */
};

/* --- the way over other namespaces of this host ------------------------------------------- */

#define WAY_HOPS 4

/* A network namespace of this host that the next packet of the way comes to. */
struct way_hop {
    char netns[64];            /* as it is said: a name of ip-netns(8), "pid 4242" */
    uint64_t inode;            /* of /proc/PID/ns/net */
    bool sure;                 /* the link address that the packets go to is there, too */
    struct route_facts onward; /* from there; ROUTE_LOCAL: the address is one of its own */
};

struct way_facts {
    bool seen;    /* the namespaces of this host were looked through */
    bool arrives; /* the last hop owns the address */
    bool sure;    /* each hop is, and none is missing */
    size_t n;     /* 0: the address is our own, or leads away from this host */
    struct way_hop hops[WAY_HOPS];
};

/* --- firewall ----------------------------------------------------------------------------- */

enum firewall_action { FIREWALL_DROP, FIREWALL_REJECT, FIREWALL_REDIRECT };
/* OTHER: none that our packets pass. */
enum firewall_hook {
    HOOK_OTHER,
    HOOK_INPUT,
    HOOK_OUTPUT,
    HOOK_FORWARD,
    HOOK_PREROUTING,
    HOOK_POSTROUTING,
    HOOK_INGRESS,
    HOOK_EGRESS
};
/* Whose rules they are. */
enum firewall_stand { FIREWALL_OURS, FIREWALL_ON_THE_WAY, FIREWALL_AT_TARGET };

#define FIREWALL_RULES 64

/* A rule, or a chain's policy, that could have decided over the packets in question: its match
 * does not contradict them. */
struct firewall_rule {
    uint8_t action;      /* enum firewall_action */
    uint8_t hook;        /* enum firewall_hook */
    bool matches_surely; /* everything it matches by was understood, and fits */
    bool has_counter;
    bool policy;                            /* of a chain */
    bool tcp_reset;                         /* REJECT answers with RST, else with ICMP */
    uint64_t packets_before, packets_after; /* its counter */
    struct addr redirect_to;                /* FIREWALL_REDIRECT; port 0: the same */
    char where[80];   /* "nft inet filter input, handle 5"; "iptables INPUT, rule 3" */
    char text[200];   /* as the tool would print it; cleaned */
    char remove[200]; /* the command that takes it away; "": none is known */
};

struct firewall_facts {
    bool seen;   /* the rules were read, before and after */
    bool active; /* there is at least one rule or policy that drops or rejects anything */
    size_t n_rules, rules_left_out;
    struct firewall_rule rules[FIREWALL_RULES];
};

/* Whose packets a rule must fit, seen from this host. */
struct firewall_question {
    uint8_t protocol;          /* IPPROTO_ */
    struct addr local, remote; /* with ports; port 0: any; AF_UNSPEC: any */
    uint8_t stand;             /* enum firewall_stand */
    bool remote_is_here;       /* both ends are on this host: OUTPUT and INPUT see both ways */
    bool established;          /* the connection is there: no packet of it is new */
    char interface[16];
};

/* --- counters: /proc/net/snmp, snmp6, netstat --------------------------------------------- */

#define COUNTERS_MAX 600
#define COUNTER_NAME_BYTES 40

struct counter {
    char name[COUNTER_NAME_BYTES]; /* "TcpExt.ListenOverflows", "Udp6InErrors" */
    uint64_t value;
};

struct counters {
    bool seen;
    size_t n;
    struct counter list[COUNTERS_MAX];
};

/* --- a process: /proc/PID ------------------------------------------------------------------ */

struct process_facts {
    int32_t pid; /* 0: none */
    uint64_t start_ticks;
    bool has_state, has_fds, has_uid;
    bool frozen; /* its control group is */
    char state;  /* proc_pid_stat(5): R S D T t Z X */
    uint32_t fds, fd_limit;
    uint32_t uid;
    char comm[64];     /* cleaned */
    char waits_in[64]; /* what its main thread waits in: a system call's name; "": not known */
};

/* By a signal, a debugger, or because its control group is frozen (a paused container). */
bool process_is_stopped(const struct process_facts *p);

/* --- limits ------------------------------------------------------------------------------- */

struct limit_facts {
    bool has_port_range, has_unprivileged_port, has_somaxconn, has_tw_reuse;
    bool ipv6_off; /* net.ipv6.conf.all.disable_ipv6 */
    uint16_t port_low, port_high;
    uint32_t ports_reserved; /* of them, net.ipv4.ip_local_reserved_ports */
    uint16_t unprivileged_port_start;
    uint32_t somaxconn;
    uint8_t tw_reuse;
    uint32_t own_fds, own_fd_limit; /* of this process; 0: not known */
};

/* --- NAT: conntrack -------------------------------------------------------------------------- */

struct translation_facts {
    bool seen;       /* the table could be asked */
    bool translated; /* our flow has an entry whose other side differs */
    struct addr real_peer;
    struct addr real_local; /* our end as the peer sees it; AF_UNSPEC: not told */
};

/* --- members of a multicast group: /proc/net/igmp, igmp6 ---------------------------------- */

struct group_facts {
    bool seen;                  /* those of this namespace could be read */
    bool others_seen;           /* and those of every other one */
    uint32_t members;           /* that joined it on the interface in question */
    uint32_t members_elsewhere; /* on others of this namespace */
    uint32_t other_members;     /* in other namespaces */
    char elsewhere[16];         /* one of those interfaces */
    char other_netns[64];       /* one of those namespaces */
};

/* --- all of it ---------------------------------------------------------------------------- */

/* What another namespace on the way shows. */
struct hop_surroundings {
    uint64_t inode;
    char netns[64];
    bool owns; /* the address in question */
    struct firewall_facts firewall;
    struct counters before, after;
};

struct surroundings {
    bool way_looked; /* other namespaces were looked through for the way */
    size_t n_hops;
    struct hop_surroundings hops[WAY_HOPS];
    struct firewall_facts firewall;
    struct counters before, after;
    struct limit_facts limits;
    struct translation_facts translation;
    struct group_facts group; /* of a datagram to one */
};

/* What a counter grew by; false when it is not there. */
bool counters_grew(const struct counters *before, const struct counters *after,
                   const char *name, uint64_t *ret_by);

#endif
