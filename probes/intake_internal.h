/* probes/intake_internal.h - what the files of the intake share, and nobody else. */
#ifndef SOCKEYE_PROBES_INTAKE_INTERNAL_H
#define SOCKEYE_PROBES_INTAKE_INTERNAL_H

#include "probes/intake.h"

#define INTAKE_INTERFACES 64

/* Names of interfaces that rows are bound to, as places in the snapshot. */
struct interface_place {
    uint32_t index, place;
};

struct intake {
    struct diag *own;     /* of our own namespace; NULL until it could be opened */
    struct diag *foreign; /* of the one that is being read; else NULL */
    uint32_t missing;     /* KIND_BITs that the kernel did not know at missing_ns */
    uint64_t missing_ns;
    size_t rows_before; /* how many to make room for */
    /* While it runs. */
    const struct intake_order *order;
    struct snapshot *s;
    struct diag_want want;
    struct diag *diag;
    uint16_t netns;
    int32_t pid;      /* a process of that namespace; 0: this one */
    bool has_process; /* there is one */
    int proc_code;    /* negative errno that ended a list of /proc/net */
    uint8_t *program; /* of want; NULL: none */
    size_t room, n_parts;
    bool ended; /* by part() */
    size_t n_interfaces;
    struct interface_place interfaces[INTAKE_INTERFACES];
    struct diag_socket scratch; /* of a lookup */
};

/* Begin the conversation with a namespace, whose descriptor is closed (-1: our own), and end it. */
int intake_enter(struct intake *in, const struct netns *ns, int netns_fd, struct err *err);
void intake_leave(struct intake *in);

/* The place of an interface's name in the snapshot's names. */
uint32_t intake_interface(struct intake *in, uint32_t index);

/* One row more.  name: of AF_UNIX; detail: NULL for none.  One that does not match leaves nothing
 * behind.  -EOVERFLOW, -ECANCELED: no more. */
int intake_take(struct intake *in, const struct row *told, const char *name, size_t name_len,
                const struct socket_detail *detail);

#endif
