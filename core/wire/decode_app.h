/* core/wire/decode_app.h - applications above TCP and UDP; for the decoder's files only.
 *
 * An application is a row of the table in decode_app.c.  Whether bytes are its is decided from
 * the ports and the bytes themselves, and the same whatever is asked of decode(): better no name
 * than a false one. */
#ifndef SOCKEYE_WIRE_DECODE_APP_H
#define SOCKEYE_WIRE_DECODE_APP_H

#include <netinet/in.h>

#include "core/wire/decode_internal.h"

#define PORT_VXLAN 4789

/* The payload that an application may have written. */
struct app_data {
    const uint8_t *bytes; /* of the packet; the payload begins at `at` */
    size_t at, len;       /* bytes that were captured */
    bool cut;             /* not all of it was captured */
    bool stream;          /* TCP: what is missing may be in the next segment */
    uint16_t source, destination;
};

struct app {
    const char *protocol;
    bool (*recognise)(const struct app_data *a);
    /* Fields and, into the info line, words; only where one of them is wanted.  The cursor stands
     * at a->at and ends where the payload does. */
    void (*decode)(struct decoder *k, const struct app_data *a);
};

extern const struct app app_dns, app_dns_tcp, app_mdns, app_llmnr, app_http, app_tls,
    app_message, app_dhcp, app_ntp;

/* The payload from the cursor on.  True when it is an application's: the protocol's name, its
 * fields, and in the info line its words and " | ". */
bool decode_app(struct decoder *k);

static inline bool app_has_port(const struct app_data *a, uint16_t port)
{
    return a->source == port || a->destination == port;
}

bool app_has_port_of(const struct app_data *a, const uint16_t *ports, size_t n);

static inline struct cursor app_cursor(const struct app_data *a)
{
    return (struct cursor){.bytes = a->bytes, .len = a->at + a->len, .at = a->at};
}

/* A read came to the end of the payload: it was cut, it goes on in the next segment (a field from
 * `at` says so), or it contradicts itself. */
void app_ended(struct decoder *k, const struct app_data *a, const char *layer, size_t at);

/* Inside of UDP; false when it is none. */
bool decode_vxlan(struct decoder *k);

#endif
