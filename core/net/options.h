/* core/net/options.h - every option of a TCP, UDP or Unix socket that Linux has: what it is called,
 * what it means, how its value is written and read.
 *
 * One table serves the command line, the console, the journal and the reference.  A value is text
 * for people ("65536", "on", "5 s", "239.1.1.1%lo"); what option_get() writes, option_set() takes
 * back.  Numbers come from the kernel's headers, meanings from the man pages named in the table.
 *
 * Set and get are for the engine's thread (they write the journal); the rest is pure but for
 * interface names, which are looked up in the network namespace of the calling thread. */
#ifndef SOCKEYE_NET_OPTIONS_H
#define SOCKEYE_NET_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/line.h"
#include "core/net/call.h"

enum option_type {
    OPTION_INT,
    OPTION_UINT, /* 32 bits without a sign */
    OPTION_UINT64,
    OPTION_BOOL,          /* on, off */
    OPTION_ENUM,          /* one of its words */
    OPTION_FLAGS,         /* its words, joined by commas */
    OPTION_ERROR,         /* an errno: ECONNREFUSED, none */
    OPTION_LINGER,        /* off, 5 s */
    OPTION_TIMEVAL,       /* 1.5 s, 200 ms, off */
    OPTION_PORT_RANGE,    /* 40000-50000, off */
    OPTION_TXTIME,        /* a clock and flags: monotonic,deadline */
    OPTION_STRING,        /* such as the name of an interface */
    OPTION_INTERFACE,     /* int: an interface's index, written as its name; none */
    OPTION_INTERFACE_NET, /* the same in network order */
    OPTION_MULTICAST_IF,  /* interface or one of its IPv4 addresses */
    OPTION_MEMBERSHIP,    /* ip_mreqn: 239.1.1.1, 239.1.1.1%lo, 239.1.1.1%127.0.0.1 */
    OPTION_SOURCE,        /* ip_mreq_source: 192.0.2.1@232.1.1.1%127.0.0.1 */
    OPTION_IPV6_ZONE,     /* ipv6_mreq, in6_pktinfo: ff02::1%lo */
    OPTION_GROUP,         /* group_req: a group of either family, %interface */
    OPTION_GROUP_SOURCE,  /* group_source_req: SOURCE@GROUP%interface */
    OPTION_SOURCE_FILTER, /* ip_msfilter, group_filter: include,GROUP%interface,SOURCE,... */
    OPTION_MD5_KEY,       /* tcp_md5sig: KEY@192.0.2.1 or KEY@192.0.2.0/24 */
    OPTION_FILTER,        /* sock_fprog: count,code jt jf k,... as tcpdump -ddd tells it */
    OPTION_SOCKADDR,      /* 127.0.0.1:80 */
    OPTION_MTU_INFO,      /* ip6_mtuinfo */
    OPTION_UCRED,         /* pid 1, uid 0, gid 0 */
    OPTION_GROUPS,        /* gids */
    OPTION_PIDFD,         /* the process a pidfd stands for; the pidfd is closed again */
    OPTION_TCP_INFO,      /* the main fields in words */
    OPTION_MEMINFO,       /* the fields of SO_MEMINFO in words */
    OPTION_OPAQUE,        /* bytes in hex */
    OPTION_TYPES          /* how many there are */
};

enum option_flag {
    OPTION_READ = 1 << 0,
    OPTION_WRITE = 1 << 1,
    OPTION_PRIVILEGED =
        1 << 2, /* setting it needs CAP_NET_ADMIN or CAP_NET_RAW, for any value */
    OPTION_BOTH_LEVELS = 1 << 3, /* SOL_IP and SOL_IPV6 alike: by the family of its value */
    /* What it is for; the kernel may take it elsewhere, to no effect. */
    OPTION_ON_TCP = 1 << 4,
    OPTION_ON_UDP = 1 << 5,
    OPTION_ON_UNIX = 1 << 6,
    OPTION_ON_RAW = 1 << 7, /* and on none of the others */
    OPTION_ON_IPV4 = 1 << 8,
    OPTION_ON_IPV6 = 1 << 9
};

/* What a number is called; a list ends with text NULL. */
struct option_word {
    const char *text;     /* "probe": for people */
    const char *constant; /* "IP_PMTUDISC_PROBE": in the journal; accepted, too */
    int64_t value;
};

struct socket_option {
    const char *name;  /* "SO_RCVBUF" */
    const char *alias; /* another name of the same number, or NULL */
    int level, option;
    enum option_type type;
    unsigned flags;   /* enum option_flag */
    const char *unit; /* "bytes"; "" */
    int64_t min, max; /* of a number, where both are 0: whatever its type holds */
    const struct option_word
        *words;          /* of OPTION_ENUM, OPTION_FLAGS, special numbers, or NULL */
    const char *change;  /* why the kernel may make it another value, or NULL */
    const char *summary; /* one sentence */
    const char *man;     /* "socket(7)"; the header or RFC where no page has it */
};

/* The options in the order of the table; NULL behind the last. */
const struct socket_option *option_at(size_t i);

/* By name or alias, in any case, also without what stands before the first "_" where that leaves one
 * option only: "SO_RCVBUF", "rcvbuf", "nodelay".  NULL when there is none or several. */
const struct socket_option *option_find(const char *name);

/* The same; where it returns NULL err tells whether there is none or which there are. */
const struct socket_option *option_choose(const char *name, struct err *err);

/* The first with this number; NULL for one that the table does not have. */
const struct socket_option *option_by_number(int level, int option);

/* "SOL_TCP"; NULL for a level without options in the table. */
const char *option_level_name(int level);

/* "integer", "on/off", "interface": what sort of value it takes. */
const char *option_type_name(enum option_type type);

/* What its value may be, for help and errors: "a number from 1 to 255".  Returns buf. */
#define OPTION_EXPECTS_BYTES 512
const char *option_expects(const struct socket_option *o, char buf[OPTION_EXPECTS_BYTES]);

/* True when it means something on a socket of this domain (AF_*) and type (SOCK_*). */
bool option_applies(const struct socket_option *o, int domain, int type);

/* Take "SO_RCVBUF=65536" apart; "TCP_NODELAY" alone is "1" where it is an on/off option.
 * *ret_value points into text or to a constant.  The value is not checked.  0 or -EINVAL. */
int option_parse_assignment(const char *text, const struct socket_option **ret,
                            const char **ret_value, struct err *err);

/* Would option_set() accept this text?  0, -EINVAL, or -ENODEV for an interface that is not there. */
int option_check(const struct socket_option *o, const char *value, struct err *err);

/* setsockopt(2) with this text.  0 or negative errno: that of option_check() or of the call. */
int option_set(const struct caller *c, int fd, const struct socket_option *o, const char *value,
               struct err *err);

/* Room for every value as text; longer ones are cut. */
#define OPTION_TEXT_BYTES 512

/* getsockopt(2) into text.  0, -EOPNOTSUPP for an option that can only be set, or the call's errno. */
int option_get(const struct caller *c, int fd, const struct socket_option *o, char *buf,
               size_t size, struct err *err);

/* Set it, read it back and say what became of it: "SO_RCVBUF: asked 65536, the kernel made it 131072
 * bytes (it doubles the value, ...: socket(7))", or "TCP_NODELAY = on".  As option_set(). */
int option_set_and_read(const struct caller *c, int fd, const struct socket_option *o,
                        const char *value, char *buf, size_t size, struct err *err);

/* For the journal: add the value in strace's form, "[1]", "{l_onoff=1, l_linger=5}", "\"lo\"".  The
 * value was len bytes long, of which have are at hand. */
void option_trace(struct line_out *l, const struct socket_option *o, const uint8_t *bytes,
                  size_t have, size_t len);

#endif
