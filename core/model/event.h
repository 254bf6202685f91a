/* core/model/event.h - what became of the commands: the engine's half of the language.
 *
 * Events about sessions and servers carry the whole status, so the newest one is all that
 * matters: when the queue to a face is full the engine keeps the change and sends a newer
 * status later.  Single socket calls are not events here but records in the journal. */
#ifndef SOCKEYE_MODEL_EVENT_H
#define SOCKEYE_MODEL_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/addr.h"
#include "core/base/err.h"
#include "core/net/endpoint.h"

enum session_state {
    SESSION_RESOLVING,
    SESSION_CONNECTING,
    SESSION_NEGOTIATING, /* with a proxy or for TLS, on a connected socket */
    SESSION_OPEN,
    SESSION_LOCAL_CLOSED,  /* we sent FIN, the peer may still send */
    SESSION_REMOTE_CLOSED, /* the peer sent FIN, we may still send */
    SESSION_CLOSED,        /* by us or by both */
    SESSION_FAILED,        /* by an error: status.err */
};

/* When each step was reached, ns monotonic; 0: not yet, or there is no such step. */
struct phases {
    uint64_t begun, resolved, connected, proxied, secured, first_byte;
};

/* Who holds the other end of an AF_UNIX socket, as the kernel noted it (SO_PEERCRED). */
struct peer_credentials {
    bool known;
    int32_t pid;
    uint32_t uid, gid;
};

enum tls_trust {
    TLS_TRUST_NONE,  /* the peer showed no certificate, or not yet */
    TLS_TRUSTED,     /* its certificate was checked and is good */
    TLS_NOT_TRUSTED, /* it is not; `why` says what is wrong with it */
};

/* What TLS agreed on; texts are printable, and "" where there is nothing to tell. */
struct tls_facts {
    char version[8]; /* "TLSv1.3"; "": no TLS, or not agreed yet */
    char cipher[32]; /* "TLS_AES_256_GCM_SHA384" */
    char alpn[24];
    char subject[80], issuer[80]; /* of the peer's certificate: "CN=localhost" */
    int64_t not_after;            /* of it: seconds since 1970; 0: not known */
    enum tls_trust trust;
    char why[128]; /* half a sentence */
};

struct session_status {
    uint64_t id;
    uint64_t server_id; /* of the server that accepted it; 0: we connected */
    char tag[24];       /* as its person marked it; "": not */
    uint64_t ordinal;   /* among those that one command opened, from 1; 0: it is alone */
    enum session_state state;
    struct endpoint endpoint; /* what was asked for; accepted ones: the peer */
    struct addr local, peer;  /* AF_UNSPEC until known */
    uint64_t cookie;          /* SO_COOKIE; 0 until known */
    uint64_t opened_ns, changed_ns;
    struct phases phases;
    struct peer_credentials credentials;
    char proxy[ENDPOINT_TEXT_BYTES]; /* that it goes through, without credentials; "": none */
    char proxy_variable[16];         /* the environment variable that says so; may be "" */
    struct tls_facts tls;
    uint64_t sent_bytes, received_bytes;
    uint64_t sends, receives; /* calls that moved something; of datagrams each is a message */
    uint64_t queued_bytes; /* taken by us, not yet by the kernel */
    bool feeding;          /* it sends something by itself: a flood, a file, a repetition */
    uint64_t idle_ns; /* closed for that: nothing came or went for so long; 0: it was not */
    /* Of a blocking session, ns monotonic; 0: the call does not wait. */
    uint64_t recv_waits_since_ns, send_waits_since_ns;
    uint64_t messages; /* framed ones, whole: of the service, or once command message sent one */
    struct err err;    /* code 0: no error */
};

/* SHA-256 as "AB:CD:...", with its NUL. */
#define FINGERPRINT_BYTES (32 * 3)

/* Of ours, at once. */
#define SERVERS_MAX 256

struct server_status {
    uint64_t id;
    bool listening; /* false: stopped or failed */
    char service[24];
    struct endpoint endpoint; /* the address it really has, with its port */
    uint64_t cookie;
    uint32_t open_sessions;
    uint64_t accepted, accept_errors;
    uint64_t denied;          /* by its access lists */
    uint64_t untold_sessions; /* came and went while too many did to tell of each */
    uint64_t datagrams;       /* received */
    uint64_t lost_datagrams;  /* those that were cut, answers the kernel did not take */
    uint64_t sent_bytes, received_bytes;
    uint64_t messages; /* of its sessions */
    char fingerprint[FINGERPRINT_BYTES]; /* of its certificate; "": no TLS */
    bool made_certificate;               /* at start, signed by itself */
    struct err err;
};

/* The end of a command: every command gets exactly one reply. */
struct reply {
    uint64_t command_id;
    uint64_t id;    /* the session or server it made or concerned; 0: none */
    struct err err; /* code 0: done */
    char text[200]; /* what was done, for a person; may be empty */
};

enum event_kind { EVENT_SESSION, EVENT_SERVER, EVENT_REPLY };

struct event {
    enum event_kind kind;
    uint64_t at_ns; /* monotonic */
    union {
        struct session_status session;
        struct server_status server;
        struct reply reply;
    };
};

/* "connecting", "open", ... */
const char *session_state_name(enum session_state state);

/* One line: "session 2 open 127.0.0.1:51826 -> 127.0.0.1:65432".  Returns the length. */
size_t event_format(const struct event *event, char *buf, size_t size);

#endif
