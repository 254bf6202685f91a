/* core/scenario/figure.h - what can be said of a session or a server, a name each.
 *
 * One table serves expectations ("sent": ">= 5"), measured values ("open_ms": "client.connect_ms")
 * and variables (${web.port}).  Pure. */
#ifndef SOCKEYE_SCENARIO_FIGURE_H
#define SOCKEYE_SCENARIO_FIGURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/event.h"

enum figure_kind {
    FIGURE_NUMBER,
    FIGURE_MS, /* a number, with a part below 1 */
    FIGURE_TEXT,
    FIGURE_FLAG,  /* true or false */
    FIGURE_BYTES, /* what was received or sent: from the transcript, not from here */
};

#define FIGURE_TEXT_BYTES 320

struct figure_value {
    bool known;
    double number;                /* of a flag 0 or 1 */
    char text[FIGURE_TEXT_BYTES]; /* printable; of numbers, too, as they are said */
};

struct figure {
    const char *name;
    enum figure_kind kind;
    const char *meaning; /* half a sentence */
};

/* By number; NULL behind the last. */
const struct figure *session_figure(size_t index);
const struct figure *server_figure(size_t index);
/* By name; NULL: there is none. */
const struct figure *session_figure_find(const char *name);
const struct figure *server_figure_find(const char *name);

/* wall_ns: now, for what a certificate has left. */
void session_figure_get(const struct figure *f, const struct session_status *s,
                        uint64_t wall_ns, struct figure_value *ret);
void server_figure_get(const struct figure *f, const struct server_status *s,
                       struct figure_value *ret);

/* Made by hand: known, with its text. */
void figure_put_number(struct figure_value *v, double number);
void figure_put_text(struct figure_value *v, const char *text);

#endif
