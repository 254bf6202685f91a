/* core/services/service.h - what a server does with its connections and datagrams.
 *
 * Each service is one file that defines one struct service; table.c lists them.  What a service
 * can be told stands in its options: they are words of the serve command, shown by its help and
 * completed by the console. */
#ifndef SOCKEYE_SERVICES_SERVICE_H
#define SOCKEYE_SERVICES_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/words.h"
#include "core/net/session.h"

/* Options of one service. */
#define SERVICE_OPTIONS 12

/* serve NAME --text TEXT, serve NAME --keep */
struct service_option {
    const char *name;   /* "text" */
    const char *value;  /* what it takes, "TEXT"; NULL: nothing, it is a flag */
    const char *preset; /* what it is unless given; NULL: nothing */
    const char *help;   /* half a sentence */
};

/* One server's answer to the options. */
struct service_setup {
    const struct service *service;
    struct net *net;                     /* of the server */
    uint64_t server_id;                  /* for the journal */
    const char *values[SERVICE_OPTIONS]; /* by option; "" for a flag that is set; NULL: none.
                                            Valid as long as the instance. */
};

struct service {
    const char *name;                     /* "echo" */
    const char *summary;                  /* half a sentence, for help and completion */
    const struct service_option *options; /* ends with a NULL name; NULL: none */

    /* Make what the sessions of one server share; they find it in session->instance.  It is read
     * by every thread that serves: what changes in it later is atomic, or one_loop is set. */
    int (*start)(const struct service_setup *setup, void **ret_instance, struct err *err);
    void (*stop)(void *instance); /* behind the last session */
    bool one_loop;                /* its sessions know each other: one thread serves them all */
    bool never_accepts;           /* connections stay in the kernel's backlog */

    struct behaviour behaviour; /* of a connection */

    /* Answer one datagram: writes up to size bytes and returns how many, or -1 for no answer.
     * NULL: it has no datagram form, unless it never reads. */
    ssize_t (*answer)(void *instance, const uint8_t *bytes, size_t len, uint8_t *out,
                      size_t size);
};

/* NULL when there is no such service. */
const struct service *service_find(const char *name);
/* By number, in the order of help; NULL behind the last. */
const struct service *service_at(size_t i);

/* NULL when it has no option of that name. */
const struct service_option *service_option_find(const struct service *service,
                                                 const char *name);

/* The value of an option: as given, else its preset; NULL: neither. */
const char *service_text(const struct service_setup *setup, const char *option);
bool service_flag(const struct service_setup *setup, const char *option);
/* A whole number from min to max; with a preset never missing.  Returns 0, or -EINVAL with err. */
int service_number(const struct service_setup *setup, const char *option, uint64_t min,
                   uint64_t max, uint64_t *ret, struct err *err);
/* Seconds with a decimal part, 0 to 10^6. */
int service_seconds(const struct service_setup *setup, const char *option, uint64_t *ret_ns,
                    struct err *err);
/* "none", "lf" or "crlf" as the bytes they stand for.  Returns 0, or -EINVAL with err. */
int service_line_end(const struct service_setup *setup, const char *option, const char **ret,
                     struct err *err);
/* The text with its escapes \r \n \t \0 \\ \xNN resolved, the caller's to free(). */
int service_bytes(const struct service_setup *setup, const char *option, char **ret_bytes,
                  size_t *ret_len, struct err *err);

/* One spelling of it for every service that says lines. */
#define SERVICE_LINE_END                                                                       \
    {                                                                                          \
        "line-end", "none|lf|crlf", "none", "what ends each text"                              \
    }

#endif
