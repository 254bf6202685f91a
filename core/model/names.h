/* core/model/names.h - what a name stands for, and who says so.
 *
 * One lookup of the system (getaddrinfo(3), AF_UNSPEC) gives the addresses that connect tries and
 * their order.  Beside it every source is asked by itself: the lines of the hosts file, each DNS
 * server.  What they say are findings; names_judge() joins the two.  The probe fills a report
 * (probes/names.h), the faces and the explanations read it.  Plain data, owned by its holder.
 *
 * Text from files is kept as it came: whoever shows it passes it through text_clean(). */
#ifndef SOCKEYE_MODEL_NAMES_H
#define SOCKEYE_MODEL_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/addr.h"
#include "core/base/err.h"
#include "core/net/endpoint.h"
#include "core/wire/dns.h"

#define NAMES_ADDRESSES 64 /* of the system's lookup */
#define NAMES_REVERSED 16  /* addresses whose names are looked up */
#define NAMES_REVERSE 8    /* names of one address */
#define NAMES_SOURCES 8    /* of one address */
#define NAMES_FINDINGS 128
#define NAMES_ANSWERS 384 /* of all findings */
#define NAMES_SERVERS 3   /* resolv.conf(5), MAXNS: the C library uses no more */
#define NAMES_SUFFIXES 6
#define NAMES_SERVICES 8
#define NAMES_WARNINGS 8
#define NAMES_TEXT_BYTES 256
#define NAMES_PATH_BYTES 128
#define NAMES_WORD_BYTES 40

#define NAMES_TIMEOUT_NS (3 * UINT64_C(1000000000))

/* What to look up and where.  NULL paths and port 0: those of the system; the system's own lookup
 * always reads those.  Borrowed until the report is there. */
struct names_wish {
    char name[NAMES_TEXT_BYTES]; /* a host name or a numeric address, perhaps with a zone */
    bool has_port;
    uint16_t port;
    uint64_t timeout_ns; /* for everything together */
    const char *hosts_path, *resolv_path, *nsswitch_path, *services_path;
    uint16_t dns_port;
};

/* "NAME", "NAME:PORT", "NAME PORT", "[V6]:PORT", "V6", with or without tcp:// or udp://.  The wish
 * gets the default timeout.  Returns 0 or -EINVAL. */
int names_wish_parse(size_t n, char *const words[], struct names_wish *ret, struct err *err);

enum name_source {
    NAME_FILE,   /* a line of the hosts file */
    NAME_DNS,    /* one question to one server */
    NAME_MODULE, /* another module of nsswitch.conf: not looked into */
};

enum name_outcome {
    NAME_ANSWERED,
    NAME_SILENT,  /* nothing came in time */
    NAME_FAILED,  /* `error` says how: nobody listens, no way there */
    NAME_GARBLED, /* an answer came that cannot be read */
    NAME_NOT_ASKED,
};

struct name_answer {
    uint16_t type;             /* enum dns_type */
    uint32_t ttl_s;            /* of DNS */
    struct addr addr;          /* A, AAAA and lines of a file */
    char name[DNS_NAME_BYTES]; /* CNAME, PTR; of a line the first name */
};

struct name_finding {
    enum name_source source;
    enum name_outcome outcome;
    bool reverse; /* names of `about` were sought, not addresses of the name */
    struct addr about;
    unsigned line; /* of the hosts file */
    struct addr server;
    char query[DNS_NAME_BYTES];
    char suffix[NAMES_TEXT_BYTES]; /* of the search list, part of query; may be empty */
    uint16_t type;
    uint8_t rcode;     /* of an answer */
    bool tcp;          /* the answer was too long for a datagram */
    int error;         /* negative errno */
    uint64_t begin_ns; /* of DNS, since the report began: when it was asked first */
    bool has_elapsed;
    uint64_t elapsed_ns;           /* from the first datagram to the answer */
    char module[NAMES_WORD_BYTES]; /* NAME_MODULE */
    size_t first_answer, n_answers, answers_left_out;
};

enum reverse_state {
    REVERSE_NOT_ASKED,
    REVERSE_NAMED,
    REVERSE_NONE,
    REVERSE_SILENT,
    REVERSE_ERROR
};

struct name_reverse {
    char name[DNS_NAME_BYTES];
    bool system; /* getnameinfo(3) gives this one */
    bool has_source;
    size_t source; /* finding */
};

struct name_address {
    struct addr addr;
    /* The address of ours that the kernel would send from; AF_UNSPEC: there is no way to it. */
    struct addr source;
    bool source_looked;
    size_t n_sources, sources_left_out;
    size_t sources[NAMES_SOURCES];    /* findings */
    enum reverse_state reverse_state; /* of the system's lookup */
    int reverse_error;                /* EAI code */
    size_t n_reverse, reverse_left_out;
    struct name_reverse reverse[NAMES_REVERSE];
};

/* resolv.conf(5), with the defaults where it says nothing. */
struct name_resolver {
    bool readable;
    bool default_server; /* no nameserver line: the one on this host */
    size_t n_servers, servers_left_out;
    struct addr servers[NAMES_SERVERS];
    size_t n_suffixes, suffixes_left_out;
    char suffixes[NAMES_SUFFIXES][NAMES_TEXT_BYTES];
    unsigned ndots, timeout_s, attempts;
};

/* nsswitch.conf(5), the line "hosts". */
struct name_switch {
    bool found; /* else the C library's own "files dns" */
    unsigned line;
    char text[NAMES_TEXT_BYTES];
    bool files, dns; /* the hosts file and DNS servers are asked; dns also through "resolve" */
    bool dns_first;
};

struct name_service {
    char name[NAMES_WORD_BYTES], protocol[8];
    unsigned line;
};

/* Their texts say what is the matter; the ids are for scripts. */
enum name_warning {
    WARNING_LOCALHOST,     /* localhost-not-loopback */
    WARNING_DISAGREE,      /* sources-disagree: hosts file and DNS */
    WARNING_SERVERS,       /* servers-disagree */
    WARNING_SUFFIX,        /* search-suffix-used */
    WARNING_SEVERAL_LINES, /* hosts-several-addresses */
    WARNING_IDN,           /* idn-encoded */
};

struct name_remark {
    enum name_warning id;
    char text[NAMES_TEXT_BYTES * 2];
};

struct name_report {
    char name[NAMES_TEXT_BYTES];
    bool has_port, numeric, idn;
    uint16_t port;
    uint64_t timeout_ns;
    uint64_t began_ns, whole_ns; /* monotonic; until all have answered, or nobody waited more */

    /* The system's lookup; failed: eai is not 0, and err says it in words. */
    bool answered; /* false: not within the timeout */
    int eai, error;
    uint64_t lookup_ns;
    struct err err;
    size_t n_addresses, addresses_left_out;
    struct name_address addresses[NAMES_ADDRESSES];
    char canonical[DNS_NAME_BYTES]; /* may be empty */

    char hosts_path[NAMES_PATH_BYTES], resolv_path[NAMES_PATH_BYTES];
    char nsswitch_path[NAMES_PATH_BYTES], services_path[NAMES_PATH_BYTES];
    int hosts_error, services_error; /* 0, or negative errno: the file could not be read */
    uint64_t hosts_begin_ns, hosts_elapsed_ns; /* since the report began; reading all files */
    struct name_resolver resolver;
    struct name_switch nsswitch;
    char hostname[NAMES_TEXT_BYTES]; /* gethostname(2) */
    char fqdn[DNS_NAME_BYTES];       /* its canonical name; empty: not known */
    size_t n_services, services_left_out;
    struct name_service services[NAMES_SERVICES];

    size_t n_findings, findings_left_out;
    struct name_finding findings[NAMES_FINDINGS];
    size_t n_answers;
    struct name_answer answers[NAMES_ANSWERS];
    size_t n_warnings, warnings_left_out;
    struct name_remark warnings[NAMES_WARNINGS];
};

/* A new finding, zeroed but for its source, or NULL and counted when there is no room. */
struct name_finding *names_finding(struct name_report *r, enum name_source source);
/* A new answer of the newest finding that has one, zeroed; NULL and counted when full.  The
 * answers of a finding are added one after another, before any of another finding. */
struct name_answer *names_answer(struct name_report *r, struct name_finding *f);

/* From findings and addresses: the sources of each address, its names, the error in words, the
 * warnings.  Once, when everything else is filled in. */
void names_judge(struct name_report *r);

const char *names_warning_id(enum name_warning id);
/* "EAI_AGAIN". */
const char *names_eai_symbol(int eai);
/* "NXDOMAIN: no such name", "no answer within 3 s", "Network is unreachable (ENETUNREACH)".
 * Returns buf. */
#define NAMES_WORDS_BYTES 160
const char *names_outcome_words(const struct name_report *r, const struct name_finding *f,
                                char buf[NAMES_WORDS_BYTES]);
/* "3 s", "0.5 s".  Returns buf. */
#define NAMES_SECONDS_BYTES 24
const char *names_seconds(uint64_t ns, char buf[NAMES_SECONDS_BYTES]);
/* How long the system may wait in the worst case: all servers silent. */
unsigned names_patience_s(const struct name_resolver *resolver);

#endif
