#include "ui/console/packet_find.h"

#include <stdio.h>
#include <string.h>

#include "core/model/errors.h"

/* Before keys have their turn: packets, and bytes of them; about two milliseconds. */
#define FIND_PACKETS 512
#define FIND_BYTES (1U << 20)

void packet_find_done(struct packet_find *f)
{
    packet_pattern_free(f->pattern);
    *f = (struct packet_find){0};
}

bool packet_find_set(struct packet_find *f, const char *text, struct requests *requests)
{
    struct packet_pattern *pattern;
    struct err err = {0};

    if (packet_pattern_parse(text, true, &pattern, &err) < 0) {
        error_format(&err, requests->notice, sizeof(requests->notice));
        return false;
    }
    packet_pattern_free(f->pattern);
    f->pattern = pattern;
    f->plain = strncmp(text, "0x", 2) != 0 && text[0] != '/';
    snprintf(f->text, sizeof(f->text), "%s", text);
    return true;
}

enum packet_find_turn packet_find_turn(struct packet_find *f, const struct panel_event *event,
                                       struct requests *requests, bool *ret_backward)
{
    bool backward = event->kind == PANEL_ACTION && event->action == ACTION_SEARCH_PREVIOUS;
    bool again = event->kind == PANEL_ACTION && event->action == ACTION_SEARCH_NEXT;

    if (event->kind == PANEL_GO_ON)
        return f->searching ? PACKET_FIND_GO_ON : PACKET_FIND_DONE;
    f->searching = false;
    if (event->kind != PANEL_SEARCH && !backward && !again)
        return PACKET_FIND_NOT;
    if (event->kind == PANEL_SEARCH && !packet_find_set(f, event->text, requests))
        return PACKET_FIND_DONE;
    if (!f->pattern) {
        snprintf(requests->notice, sizeof(requests->notice), "nothing to search for: %s begins",
                 key_for(ACTION_SEARCH));
        return PACKET_FIND_DONE;
    }
    *ret_backward = backward;
    return PACKET_FIND_BEGIN;
}

void packet_find_from(struct packet_find *f, const struct model *m, uint64_t packet,
                      bool backward)
{
    f->searching = true;
    f->backward = backward;
    f->at = packet;
    f->left = m->packet_list.count;
}

/* The packet after the one that was looked at last; the list may have changed meanwhile. */
static bool next_packet(struct packet_find *f, const struct packet_list *l)
{
    size_t at = packet_list_find(l, f->backward ? f->at : f->at + 1);

    if (!l->count || !f->left)
        return false;
    f->left--;
    if (f->backward)
        at = at > 0 ? at - 1 : l->count - 1;
    else
        at = at < l->count ? at : 0;
    f->at = l->refs[at].number;
    return true;
}

static bool matches(const struct packet_find *f, const struct model *m, struct packet_view *v,
                    packet_line line, struct packet_place *ret)
{
    char text[LIST_ITEM_BYTES] = "";
    size_t at = 0, len = 0;

    if (!packet_view_read(v, m->packets, f->at, line && f->plain ? DECODE_INFO : DECODE_FLOW))
        return false;
    *ret = (struct packet_place){.packet = f->at};
    if (packet_pattern_find(f->pattern, v->bytes, v->captured, 0, &at, &len)) {
        ret->at = at;
        ret->len = len;
        return true;
    }
    if (!line || !f->plain)
        return false;
    line(m, v, f->at, text);
    return strcasestr(text, f->text) != NULL;
}

bool packet_find_some(struct packet_find *f, const struct model *m, struct packet_view *v,
                      packet_line line, bool *ret_found, struct packet_place *ret)
{
    size_t bytes = 0;

    *ret_found = false;
    for (int i = 0; i < FIND_PACKETS && bytes < FIND_BYTES; i++) {
        if (!next_packet(f, &m->packet_list)) {
            f->searching = false;
            return true;
        }
        if (matches(f, m, v, line, ret)) {
            f->searching = false;
            *ret_found = true;
            return true;
        }
        bytes += v->captured;
    }
    return false;
}
