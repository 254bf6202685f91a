/* ui/console/facts.h - what the kernel says about one socket, as labelled values.
 *
 * Values are exact and carry their unit; what the kernel did not say is "?".  TCP_INFO is
 * struct tcp_info of <linux/tcp.h>, of which an older kernel fills less; what its fields mean
 * is read from tcp_get_info() in net/ipv4/tcp.c. */
#ifndef SOCKEYE_CONSOLE_FACTS_H
#define SOCKEYE_CONSOLE_FACTS_H

#include <stddef.h>
#include <stdint.h>

#include "core/model/event.h"
#include "core/model/snapshot.h"
#include "ui/console/surface.h"

#define FACTS_MAX 64

struct model;

struct fact {
    const char *label; /* a constant */
    enum style style;  /* of the value */
    char value[112];
};

struct facts {
    size_t n;
    struct fact list[FACTS_MAX];
};

/* State, timer, owner, identity of a row. */
void facts_of_row(struct facts *f, const struct model *m, const struct row *row);
/* What TLS agreed on with the peer of a session of ours, and how long that took; NULL: not ours. */
void facts_of_session(struct facts *f, const struct session_status *s);
/* Memory, congestion control and TCP_INFO; d NULL: not looked up yet. */
void facts_of_portrait(struct facts *f, const struct socket_portrait *p);

/* TCP_INFO alone: one fact a field. */
void facts_of_tcp_info(struct facts *f, const struct socket_detail *d);

void facts_add(struct facts *f, const char *label, enum style style, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void facts_add_bytes(struct facts *f, const char *label, enum style style, uint64_t bytes);

#endif
