/* ui/console/packet_find.h - the next packet of the list that holds what is searched for.
 *
 *   text      in any case: in the packet's line, where the panel shows one, or in its bytes
 *   0x0d0a    these bytes
 *   /regex/   over the bytes
 *
 * A search goes through the whole list, past its end from the other one, some packets at a
 * time. */
#ifndef SOCKEYE_CONSOLE_PACKET_FIND_H
#define SOCKEYE_CONSOLE_PACKET_FIND_H

#include "core/model/model.h"
#include "core/wire/packet_search.h"
#include "ui/console/list_view.h"

struct packet_find {
    char text[LIST_SEARCH_BYTES];
    struct packet_pattern *pattern; /* NULL: nothing was searched for yet */
    bool plain;                     /* a text, not hex nor a regex */
    bool searching, backward;
    uint64_t at; /* the packet that was looked at last */
    size_t left; /* packets to look at until it has been round */
};

void packet_find_done(struct packet_find *f);

/* What to search for from now on; false: it cannot be, and the notice says why. */
bool packet_find_set(struct packet_find *f, const char *text, struct requests *requests);

/* What an event means for the search; any that is none of it ends one that is under way. */
enum packet_find_turn {
    PACKET_FIND_NOT,   /* the event is for others */
    PACKET_FIND_DONE,  /* there is no more to do; a notice says why */
    PACKET_FIND_BEGIN, /* packet_find_from() and then _some() */
    PACKET_FIND_GO_ON, /* packet_find_some() */
};
enum packet_find_turn packet_find_turn(struct packet_find *f, const struct panel_event *event,
                                       struct requests *requests, bool *ret_backward);

/* Search on behind, or before, a packet. */
void packet_find_from(struct packet_find *f, const struct model *m, uint64_t packet,
                      bool backward);

/* The line of a packet that stands in v; buf has LIST_ITEM_BYTES. */
typedef void (*packet_line)(const struct model *m, const struct packet_view *v, uint64_t number,
                            char *buf);

/* Look at some more packets, with line (NULL: at their bytes alone).  True when the search is at
 * its end: *ret_found says whether *ret is a match; of a match in the line len is 0.  False:
 * more is to be done, call again. */
bool packet_find_some(struct packet_find *f, const struct model *m, struct packet_view *v,
                      packet_line line, bool *ret_found, struct packet_place *ret);

#endif
