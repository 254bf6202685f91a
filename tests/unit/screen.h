/* tests/unit/screen.h - a panel over a real model, drawn into text.
 *
 * Carries out what a panel asks for as the console does, so that a test reads: keys in, lines
 * of the screen out.  Time stands still: the model began at second 100, midday. */
#ifndef SOCKEYE_TESTS_SCREEN_H
#define SOCKEYE_TESTS_SCREEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <locale.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/model/model.h"
#include "ui/console/panel.h"

#define SCREEN_START_NS (100 * CLOCK_SECOND_NS)
#define SCREEN_NOON_NS                                                                         \
    (UINT64_C(1700000000) / 86400 * 86400 * CLOCK_SECOND_NS + 43200 * CLOCK_SECOND_NS)

struct screen {
    struct model m;
    struct ring *journal, *transcript, *packets;
    const struct panel_ops *ops;
    void *panel;
    struct surface *surface;
    struct requests requests; /* of the last event */
    bool keys;
};

static inline enum panel_reply screen_event(struct screen *s, const struct panel_event *event)
{
    enum panel_reply reply;

    s->requests = (struct requests){0};
    reply = s->ops->update(s->panel, event, &s->m, &s->requests);
    while (s->requests.go_on) {
        s->requests.go_on = false;
        s->ops->update(s->panel, &(struct panel_event){.kind = PANEL_GO_ON}, &s->m,
                       &s->requests);
    }
    if (s->requests.set_focus)
        model_focus(&s->m, &s->requests.focus);
    if (s->requests.set_packet)
        model_show_packet(&s->m, s->requests.packet);
    if (s->requests.set_packet && s->requests.hold_packet)
        s->m.packet_follows = false;
    if (s->requests.set_view)
        s->m.view = s->requests.view;
    if (s->requests.set_found) {
        s->m.has_found = true;
        s->m.found = s->requests.found;
    }
    if (s->requests.set_sort) {
        s->m.sort = s->requests.sort;
        s->m.descending = s->requests.descending;
    }
    if (s->requests.set_sums) {
        s->m.sums = s->requests.sums;
        s->m.sums_descending = s->requests.sums_descending;
    }
    return reply;
}

/* The model has moved on. */
static inline void screen_tick(struct screen *s)
{
    struct requests kept = s->requests;

    model_update_packets(&s->m);
    screen_event(s, &(struct panel_event){.kind = PANEL_TICK});
    s->requests = kept;
}

static inline void screen_act(struct screen *s, enum action action)
{
    screen_event(s, &(struct panel_event){.kind = PANEL_ACTION, .action = action});
    screen_tick(s);
}

static inline void screen_search(struct screen *s, const char *text)
{
    screen_event(s, &(struct panel_event){.kind = PANEL_SEARCH, .text = text});
    screen_tick(s);
}

static inline void screen_resize(struct screen *s, int rows, int columns, bool ascii)
{
    surface_free(s->surface);
    s->surface = surface_new(rows, columns, ascii);
    screen_event(s,
                 &(struct panel_event){
                     .kind = PANEL_RESIZE, .rows = rows, .columns = columns, .keys = s->keys});
    screen_tick(s);
}

static inline void screen_open(struct screen *s, const struct panel_ops *ops, int rows,
                               int columns)
{
    setenv("TZ", "UTC", 1);
    tzset();
    setlocale(LC_ALL, "C.UTF-8");
    *s = (struct screen){.ops = ops, .keys = true};
    s->journal = ring_new(64, sizeof(struct call), 0);
    s->transcript = ring_new(64, sizeof(struct passage), 1 << 16);
    s->packets = ring_new(64, sizeof(struct packet), 1 << 16);
    model_init(&s->m, s->journal, s->transcript, s->packets);
    s->m.start_ns = SCREEN_START_NS;
    s->m.start_wall_ns = SCREEN_NOON_NS;
    s->panel = ops->open();
    screen_resize(s, rows, columns, false);
}

static inline void screen_close(struct screen *s)
{
    s->ops->close(s->panel);
    surface_free(s->surface);
    model_done(&s->m);
    ring_free(s->journal);
    ring_free(s->transcript);
    ring_free(s->packets);
}

static inline void screen_draw(struct screen *s)
{
    surface_clear(s->surface);
    s->ops->draw(s->panel, &s->m, area_whole(s->surface), s->keys);
}

/* A row as drawn, without the blanks at its end. */
static inline const char *screen_row(struct screen *s, int row, char buf[1024])
{
    size_t len;

    snprintf(buf, 1024, "%s", surface_row(s->surface, row));
    for (len = strlen(buf); len && buf[len - 1] == ' '; len--)
        buf[len - 1] = '\0';
    return buf;
}

/* Draws and compares every row; rows that are not given must be empty. */
static inline void screen_expect(struct screen *s, const char *const rows[])
{
    bool same = true, more = true;
    char buf[1024];

    screen_draw(s);
    for (int i = 0; i < surface_rows(s->surface); i++) {
        more = more && rows[i];
        if (strcmp(screen_row(s, i, buf), more ? rows[i] : "") != 0)
            same = false;
    }
    if (same)
        return;
    for (int i = 0; i < surface_rows(s->surface); i++)
        print_message("    \"%s\",\n", screen_row(s, i, buf));
    fail_msg("the screen is not as expected; above is what was drawn");
}

static inline enum style screen_style(struct screen *s, int row, int column)
{
    return surface_cell(s->surface, row, column)->style;
}

/* Whether any row holds the text; draws. */
static inline bool screen_holds(struct screen *s, const char *text)
{
    char buf[1024];

    screen_draw(s);
    for (int i = 0; i < surface_rows(s->surface); i++)
        if (strstr(screen_row(s, i, buf), text))
            return true;
    return false;
}

/* --- what goes into the model ----------------------------------------------------------- */

static inline struct addr an_addr(const char *ip, uint16_t port)
{
    struct in6_addr v6;
    struct in_addr v4;

    if (inet_pton(AF_INET, ip, &v4) == 1)
        return addr_make(AF_INET, &v4, port);
    assert_int_equal(inet_pton(AF_INET6, ip, &v6), 1);
    return addr_make(AF_INET6, &v6, port);
}

/* A TCP row between two loopback ports; peer 0: a listener's. */
static inline struct row a_row(uint64_t cookie, uint8_t state, uint16_t local, uint16_t peer)
{
    return (struct row){.cookie = cookie,
                        .local = an_addr("127.0.0.1", local),
                        .peer = an_addr(peer ? "127.0.0.1" : "0.0.0.0", peer),
                        .inode = (uint32_t)cookie + 1000,
                        .uid = 1000,
                        .state = state,
                        .kind = KIND_TCP};
}

static inline struct snapshot *a_snapshot(const struct row *rows, size_t n)
{
    struct snapshot *s = mem_new(1, sizeof(*s));

    s->at_ns = SCREEN_START_NS + 20 * CLOCK_SECOND_NS;
    s->n_rows = s->n_total = n;
    s->rows = mem_new(n ? n : 1, sizeof(*rows));
    if (n)
        memcpy(s->rows, rows, n * sizeof(*rows));
    return s;
}

static inline struct session_status a_session(uint64_t id, enum session_state state,
                                              uint64_t cookie)
{
    struct session_status s = {.id = id, .state = state, .cookie = cookie};

    assert_int_equal(endpoint_parse("tcp://127.0.0.1:65432", &s.endpoint, NULL), 0);
    s.peer = an_addr("127.0.0.1", 65432);
    s.local = an_addr("127.0.0.1", 51826);
    s.opened_ns = SCREEN_START_NS + 8 * CLOCK_SECOND_NS;
    s.changed_ns = s.opened_ns + CLOCK_MS_NS;
    return s;
}

static inline void apply_session_status(struct screen *s, const struct session_status *status)
{
    struct event event = {.kind = EVENT_SESSION, .session = *status};

    model_apply(&s->m, &event);
}

static inline void apply_server_status(struct screen *s, const struct server_status *status)
{
    struct event event = {.kind = EVENT_SERVER, .server = *status};

    model_apply(&s->m, &event);
}

static inline struct server_status a_server(uint64_t id, uint64_t cookie)
{
    struct server_status s = {.id = id, .listening = true, .cookie = cookie};

    snprintf(s.service, sizeof(s.service), "never-recv");
    assert_int_equal(endpoint_parse("tcp://127.0.0.1:65432", &s.endpoint, NULL), 0);
    return s;
}

/* A TCP segment over IPv4 on an Ethernet-framed loopback (LINKTYPE_ETHERNET), checksums left
 * to the hardware as loopback leaves them. */
static inline void put_answer(struct screen *s, uint64_t at_ns, uint16_t from, uint16_t to,
                              uint8_t flags, uint32_t seq, uint32_t ack, const char *payload)
{
    uint8_t b[512] = {[12] = 0x08, [14] = 0x45, [20] = 0x40, [22] = 64, [23] = 6,
                      [26] = 127,  [29] = 1,    [30] = 127,  [33] = 1,  [46] = 0x50};
    size_t len = strlen(payload), n = 54 + len;
    struct packet p = {.wall_ns = SCREEN_NOON_NS + at_ns,
                       .length = (uint32_t)n,
                       .captured = (uint32_t)n,
                       .link_type = 1};
    uint32_t sum = 0;

    b[17] = (uint8_t)(40 + len);
    b[34] = (uint8_t)(from >> 8), b[35] = (uint8_t)from;
    b[36] = (uint8_t)(to >> 8), b[37] = (uint8_t)to;
    b[38] = (uint8_t)(seq >> 24), b[39] = (uint8_t)(seq >> 16);
    b[40] = (uint8_t)(seq >> 8), b[41] = (uint8_t)seq;
    b[42] = (uint8_t)(ack >> 24), b[43] = (uint8_t)(ack >> 16);
    b[44] = (uint8_t)(ack >> 8), b[45] = (uint8_t)ack;
    b[47] = flags;
    b[48] = 0x02;
    memcpy(b + 54, payload, len);
    for (size_t i = 14; i < 34; i += 2)
        sum += (uint32_t)(b[i] << 8 | b[i + 1]);
    sum = ~((sum & 0xffff) + (sum >> 16)) & 0xffff;
    b[24] = (uint8_t)(sum >> 8), b[25] = (uint8_t)sum;
    sum = 2 * (0x7f00 + 1) + IPPROTO_TCP + 20 + (uint32_t)len; /* of the pseudo header */
    b[50] = (uint8_t)(sum >> 8), b[51] = (uint8_t)sum;
    ring_put(s->packets, &p, b, n);
}

/* The same that acknowledges nothing. */
static inline void put_segment(struct screen *s, uint64_t at_ns, uint16_t from, uint16_t to,
                               uint8_t flags, uint32_t seq, const char *payload)
{
    put_answer(s, at_ns, from, to, flags, seq, 0, payload);
}

#endif
