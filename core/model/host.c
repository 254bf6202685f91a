#include "core/model/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/host_internal.h"

void host_reading_count(struct host_reading *r)
{
    uint64_t low = 0, high = 0;

    /* Both or none: then ports are not counted. */
    if (!host_number(r, "sysctl.ip_local_port_range.0", &low) ||
        !host_number(r, "sysctl.ip_local_port_range.1", &high))
        low = high = 0;
    r->tally = mem_new(1, sizeof(*r->tally));
    host_tally_begin(r->tally, (uint16_t)low, (uint16_t)high);
}

void host_reading_free(struct host_reading *r)
{
    if (!r)
        return;
    if (r->tally)
        host_tally_end(r->tally);
    free(r->tally);
    free(r);
}

void host_done(struct host *h)
{
    free(h->looks);
    free(h->tally);
    *h = (struct host){0};
}

/* --- the looks ---------------------------------------------------------------------------- */

static const struct host_look *look_back(const struct host *h, size_t back)
{
    return back < h->n ? &h->looks[(h->first + h->n - 1 - back) % HOST_LOOKS] : NULL;
}

const struct host_look *host_newest(const struct host *h)
{
    return look_back(h, 0);
}

const struct host_look *host_recent(const struct host *h, uint64_t at_ns)
{
    const struct host_look *found = NULL, *look;

    for (size_t back = 0; (look = look_back(h, back)); back++) {
        if (look->at_ns + HOST_RECENT_NS < at_ns)
            break;
        found = look;
    }
    return found;
}

bool host_past(const struct host *h, enum host_figure_id id, size_t back, uint64_t *ret)
{
    const struct host_look *look = look_back(h, back);

    if (!look || !(look->known >> id & 1))
        return false;
    *ret = look->values[id];
    return true;
}

static void keep(struct host *h, const struct host_look *look)
{
    if (!h->looks)
        h->looks = mem_new(HOST_LOOKS, sizeof(*h->looks));
    if (h->n == HOST_LOOKS)
        h->first = (h->first + 1) % HOST_LOOKS;
    else
        h->n++;
    h->looks[(h->first + h->n - 1) % HOST_LOOKS] = *look;
}

void host_take(struct host *h, const struct host_reading *r)
{
    struct host_look now = {.at_ns = r->at_ns};
    const struct host_look *before = host_newest(h);

    if (before && r->at_ns <= before->at_ns)
        return;
    host_judge(h, r, &now);
    keep(h, &now);
    free(h->tally);
    h->tally = r->tally ? mem_copy(r->tally, sizeof(*r->tally)) : NULL;
    h->tally_err = r->tally_err;
}

/* --- words -------------------------------------------------------------------------------- */

/* Thousandths, or parts of a percent, with as many digits as tell something. */
static void put_decimal(char *buf, size_t size, uint64_t thousandths, const char *unit)
{
    char whole[TEXT_NUMBER_BYTES];

    text_number(thousandths / 1000, whole);
    if (thousandths >= 100000 || thousandths % 1000 == 0)
        snprintf(buf, size, "%s %s", whole, unit);
    else if (thousandths >= 10000)
        snprintf(buf, size, "%s.%u %s", whole, (unsigned)(thousandths % 1000 / 100), unit);
    else
        snprintf(buf, size, "%s.%02u %s", whole, (unsigned)(thousandths % 1000 / 10), unit);
}

const char *host_value(enum host_unit unit, uint64_t value, char buf[HOST_VALUE_BYTES])
{
    char number[TEXT_NUMBER_BYTES];

    switch (unit) {
    case HOST_BYTES:
        snprintf(buf, HOST_VALUE_BYTES, "%s B", text_number(value, number));
        break;
    case HOST_PER_SECOND:
        put_decimal(buf, HOST_VALUE_BYTES, value, "/s");
        break;
    case HOST_SHARE:
        put_decimal(buf, HOST_VALUE_BYTES, value / 10, "%");
        break;
    default:
        snprintf(buf, HOST_VALUE_BYTES, "%s", text_number(value, number));
        break;
    }
    return buf;
}

const char *host_state_word(enum host_state state)
{
    static const char *const words[] = {
        [HOST_UNKNOWN] = "?",   [HOST_PLAIN] = "",  [HOST_USUAL] = "usual",
        [HOST_WATCH] = "watch", [HOST_BAD] = "bad",
    };

    return words[state];
}

const char *host_filter(const struct host *h, enum host_figure_id id,
                        char buf[HOST_FILTER_BYTES])
{
    const struct host_tally *t = h->tally;
    char local[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES];

    snprintf(buf, HOST_FILTER_BYTES, "%s", host_figure_info(id)->filter);
    if (id == HOST_PORTS_WORST && t && t->worst.n)
        snprintf(buf, HOST_FILTER_BYTES, "src %s and dst %s and sport >= :%u and sport <= :%u",
                 addr_format_ip(&t->worst.local, local), addr_format(&t->worst.peer, peer),
                 t->port_low, t->port_high);
    else if (id == HOST_PORTS && t && t->port_high)
        snprintf(buf, HOST_FILTER_BYTES, "proto tcp and sport >= :%u and sport <= :%u",
                 t->port_low, t->port_high);
    return buf;
}
