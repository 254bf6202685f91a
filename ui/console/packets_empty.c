#include "ui/console/packets_empty.h"

#include <stdio.h>

#include "core/base/text.h"
#include "core/model/errors.h"
#include "ui/console/action.h"
#include "ui/console/figures.h"

/* What keeps an interface from capturing; "" when it runs. */
static void write_obstacle(const struct capture_interface *i, char *buf, size_t size)
{
    char why[512];

    buf[0] = '\0';
    if (i->state == CAPTURE_FAILED) {
        error_format(&i->err, why, sizeof(why));
        snprintf(buf, size, "no capture on %s: %s", i->name, why);
    } else if (i->state == CAPTURE_DOWN) {
        snprintf(buf, size, "%s is down; capture goes on when it comes back", i->name);
    } else if (i->state == CAPTURE_OPENING) {
        snprintf(buf, size, "capture on %s is being opened", i->name);
    }
}

/* Why the list is empty while something captures. */
static void write_absence(const struct packet_list *l, const char *running, char *buf,
                          size_t size)
{
    const char *what = l->picking ? " of this row" : "";
    char number[TEXT_NUMBER_BYTES];

    if (l->hidden)
        snprintf(buf, size, "the filter hides %s packet%s%s; %s changes it, %s takes it away",
                 text_number(l->hidden, number), l->hidden == 1 ? "" : "s", what,
                 key_for(ACTION_FILTER), key_for(ACTION_LEAVE));
    else if (l->dropped)
        snprintf(buf, size,
                 "%s packet%s%s came and %s overwritten since: other traffic filled the store",
                 text_number(l->dropped, number), l->dropped == 1 ? "" : "s", what,
                 l->dropped == 1 ? "was" : "were");
    else if (l->missed)
        snprintf(buf, size,
                 "no packet%s is in the store, which has lost %s older packet%s; capturing on "
                 "%s",
                 what, text_number(l->missed, number), l->missed == 1 ? "" : "s", running);
    else
        snprintf(
            buf, size,
            "no packet%s yet; capturing on %s: what is sent there shows here, %s says what is "
            "captured",
            what, running, key_for(ACTION_CAPTURE_FILTER));
}

void packets_empty(const struct model *m, struct area a)
{
    const struct capture_status *c = m->capture;
    char text[640], running[CAPTURE_INTERFACES * 20] = "";
    size_t used = 0;
    int row = 0;

    for (size_t i = 0; c && i < c->n_interfaces; i++) {
        write_obstacle(&c->interfaces[i], text, sizeof(text));
        if (text[0])
            row = figure_paragraph(
                a, row, c->interfaces[i].state == CAPTURE_FAILED ? STYLE_BAD : STYLE_BUSY,
                text);
        else
            used += (size_t)snprintf(running + used, sizeof(running) - used, "%s%s",
                                     used ? ", " : "", c->interfaces[i].name);
    }
    if (used || m->packet_list.dropped || m->packet_list.hidden)
        write_absence(&m->packet_list, running, text, sizeof(text));
    else if (!c || !c->n_interfaces)
        snprintf(text, sizeof(text),
                 "no packets: nothing is being captured; :capture IF begins");
    else
        return;
    figure_paragraph(a, row, STYLE_DIM, text);
}
