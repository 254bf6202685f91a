/* What stdout shows of one packet. */
#include "ui/cli/capture.h"

/* -x, -xx: without and with the link layer's header, which -e shows anyway. */
static void print_dump(struct capture_run *r, const struct packet_facts *facts)
{
    const struct capture_options *o = r->o;

    if (o->rows)
        packet_dump(facts, PACKET_DUMP_ROWS, true, &r->out);
    if (o->ascii)
        packet_dump(facts, PACKET_DUMP_ASCII, o->ascii > 1, &r->out);
    else if (o->both)
        packet_dump(facts, PACKET_DUMP_BOTH, o->both > 1, &r->out);
    else if (o->hex)
        packet_dump(facts, PACKET_DUMP_HEX, o->hex > 1, &r->out);
}

void capture_print(struct capture_run *r, const struct packet_facts *facts,
                   const struct packet_facts *decoded)
{
    /* Length and bytes are those of the packet, whatever it completes. */
    struct packet_facts shown = *facts;

    const struct capture_options *o = r->o;

    shown.dissection = decoded->dissection;
    shown.note = decoded->note;
    if (o->json) {
        packet_json(&shown,
                    (o->fields ? PACKET_JSON_FIELDS : 0U) |
                        (o->hex || o->both ? PACKET_JSON_BYTES : 0U),
                    &r->out);
        return;
    }
    packet_line(&r->lines, &shown, &r->out);
    if (o->fields)
        packet_fields(&shown, &r->out);
    print_dump(r, facts);
}
