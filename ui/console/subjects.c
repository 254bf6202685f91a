#include "ui/console/subjects.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/errors.h"
#include "core/model/packets.h"
#include "core/model/spans.h"
#include "core/wire/finding.h"
#include "ui/console/figures.h"

static bool is_icmp(const char *layer)
{
    return strncmp(layer, "Internet Control Message Protocol",
                   sizeof("Internet Control Message Protocol") - 1) == 0;
}

void subjects_of_fields(struct subjects *s, const struct dissection *d, int field)
{
    const char *layer = "";

    for (size_t i = 0; i < d->n_fields; i++) {
        const struct field *f = &d->fields[i];
        struct subject *one;

        if (f->depth == 0)
            layer = f->name;
        if ((int)i == field)
            s->cursor = s->n;
        one = subjects_add(s, TOPIC_FIELD, f->depth ? layer : NULL, f->name, field_value(d, f));
        one->icmp.known = d->has_icmp && f->depth == 1 && is_icmp(layer);
        one->icmp.v6 = one->icmp.known && layer[strlen(layer) - 1] == '6';
        one->icmp.type = d->icmp_type;
        one->icmp.code = d->icmp_code;
    }
}

/* The most telling field of a packet: what its segment is for, or its highest layer. */
static int main_field(const struct dissection *d)
{
    int last = 0;

    for (size_t i = 0; i < d->n_fields; i++) {
        const struct field *f = &d->fields[i];

        if (f->depth == 0 && strcmp(f->name, "Data") != 0 && strcmp(f->name, "Padding") != 0)
            last = (int)i;
        if (d->has_tcp && strcmp(f->name, "Flags") == 0)
            last = (int)i;
    }
    return last;
}

void subjects_of_packet(struct subjects *s, const struct model *m, uint64_t number)
{
    struct packet_view *v = mem_new(1, sizeof(*v));
    const struct packet_note *note = packet_index_note(m->packet_index, number);
    size_t before = s->n;

    if (packet_view_read(v, m->packets, number, DECODE_FIELDS)) {
        for (int f = 0; note && f < FINDING_COUNT; f++)
            if (note->findings & FINDING_BIT(f))
                subjects_add(s, TOPIC_FINDING, NULL, finding_infos[f].id,
                             finding_infos[f].words);
        subjects_of_fields(s, &v->dissection, main_field(&v->dissection));
        if (note && note->findings)
            s->cursor = before;
    }
    free(v);
}

void subjects_of_error(struct subjects *s, const struct err *err)
{
    char text[SUBJECT_VALUE_BYTES];

    if (!err->code)
        return;
    err_format(err, text, sizeof(text));
    subjects_add(s, TOPIC_ERROR, NULL, figure_error(err), text);
}

void subjects_of_session(struct subjects *s, const struct model *m,
                         const struct session_status *status)
{
    uint64_t now_ns = m->snapshot ? m->snapshot->at_ns : 0;
    struct spans spans;

    if (!status)
        return;
    s->cursor = s->n + (status->err.code != 0);
    subjects_add(s, TOPIC_SESSION, NULL, "State", session_state_name(status->state));
    subjects_of_error(s, &status->err);
    spans_of_session(&spans, status, now_ns);
    for (size_t i = 0; i < spans.n; i++) {
        char text[SPAN_TEXT_BYTES];

        subjects_add(s, TOPIC_PHASE, NULL, spans.list[i].label,
                     span_text(&spans.list[i], text));
    }
}
