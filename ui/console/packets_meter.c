#include "ui/console/packets_meter.h"

#include <stdio.h>

#include "core/base/clock.h"
#include "core/base/line.h"
#include "core/base/text.h"

struct sums {
    uint64_t packets, cut, dropped, interface_dropped, delay_ns;
    bool has_interface_dropped;
    char names[96]; /* "lo, eth0" */
};

static struct sums add_up(const struct capture_status *c)
{
    struct sums s = {0};
    struct line_out names = line_in(s.names, sizeof(s.names));

    for (size_t i = 0; i < c->n_interfaces; i++) {
        const struct capture_interface *one = &c->interfaces[i];

        s.packets += one->packets;
        s.cut += one->cut;
        s.dropped += one->dropped;
        s.interface_dropped += one->has_interface_dropped ? one->interface_dropped : 0;
        s.has_interface_dropped |= one->has_interface_dropped;
        s.delay_ns = one->delay_ns > s.delay_ns ? one->delay_ns : s.delay_ns;
        line_add(&names, "%s%s", i ? ", " : "", one->name);
    }
    return s;
}

/* "12 ms", "0.2 ms" */
static void write_delay(uint64_t ns, char *buf, size_t size)
{
    if (ns >= 10 * CLOCK_MS_NS)
        snprintf(buf, size, "%llu ms", (unsigned long long)(ns / CLOCK_MS_NS));
    else
        snprintf(buf, size, "%.1f ms", (double)ns / (double)CLOCK_MS_NS);
}

/* The same as text. */
struct figures {
    char seen[TEXT_NUMBER_BYTES], kept[TEXT_NUMBER_BYTES], cut[TEXT_NUMBER_BYTES],
        kernel[TEXT_NUMBER_BYTES], interface[TEXT_NUMBER_BYTES], us[TEXT_NUMBER_BYTES],
        delay[32];
};

/* From the longest form to the shortest. */
enum form { FORM_NAMED, FORM_WORDS, FORM_SHORT, FORM_BARE, FORMS };

static void write_form(enum form form, const struct sums *s, const struct figures *t,
                       struct line_out *l)
{
    const char *gap = form < FORM_SHORT ? " · " : ", ";

    if (form == FORM_NAMED)
        line_add(l, "%s: ", s->names);
    line_add(l, "%s seen%s%s kept%s%s cut%s", t->seen, gap, t->kept, gap, t->cut, gap);
    if (form == FORM_BARE)
        line_add(l, "%s/%s/%s dropped", t->kernel, t->interface, t->us);
    else
        line_add(l, "dropped%s kernel %s, %s %s, us %s", form == FORM_NAMED ? " by" : ":",
                 t->kernel, form == FORM_SHORT ? "if" : "interface", t->interface, t->us);
    line_add(l, "%s%s%s", gap, form == FORM_NAMED ? "delay " : "", t->delay);
}

enum style packets_meter(const struct model *m, int columns, char buf[METER_BYTES])
{
    uint64_t missed = packet_index_missed(m->packet_index);
    struct figures t = {.interface = "?"};
    struct sums s;

    buf[0] = '\0';
    if (!m->capture || !m->capture->n_interfaces)
        return STYLE_DIM;
    s = add_up(m->capture);
    /* The store is fuller than the newest status knows. */
    if (s.packets < ring_head(m->packets))
        s.packets = ring_head(m->packets);
    text_number(s.packets + s.dropped, t.seen);
    text_number(ring_head(m->packets) - ring_tail(m->packets), t.kept);
    text_number(s.cut, t.cut);
    text_number(s.dropped, t.kernel);
    text_number(missed, t.us);
    if (s.has_interface_dropped)
        text_number(s.interface_dropped, t.interface);
    write_delay(s.delay_ns, t.delay, sizeof(t.delay));
    for (enum form form = FORM_NAMED; form < FORMS; form++) {
        struct line_out l = line_in(buf, METER_BYTES);

        write_form(form, &s, &t, &l);
        if (text_columns(buf) <= columns)
            break;
    }
    return s.dropped || s.interface_dropped || missed ? STYLE_BAD : STYLE_DIM;
}

const char *packets_restrictions(const struct model *m, char *buf, size_t size)
{
    uint64_t next = m->packet_list.next, tail = ring_tail(m->packets);
    uint64_t head = ring_head(m->packets);
    struct line_out l = line_in(buf, size);

    if (m->packet_filter[0])
        line_add(&l, " [filter: %s]", m->packet_filter);
    if (m->capture && m->capture->filter[0])
        line_add(&l, " [capture: %s]", m->capture->filter);
    /* A frame's worth behind is as usual. */
    if (m->packet_filter[0] && head > next + 8192)
        line_add(&l, " [looking through the store: %llu %%]",
                 (unsigned long long)(next > tail ? (next - tail) * 100 / (head - tail) : 0));
    return buf;
}
