/* What the probes are asked for, and what they bring. */
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/model/changes.h"
#include "core/model/errors.h"
#include "ui/console/console_state.h"
#include "ui/console/kernel_news.h"

/* Rows that scroll by ask for their owners no faster than this. */
#define ROWS_WISH_NS (300 * CLOCK_MS_NS)

/* --- the capture ------------------------------------------------------------------------ */

/* Index of an interface that the capture was asked for, or n_interfaces. */
static size_t interface_index(const struct console *c, const char *interface)
{
    size_t i = 0;

    while (i < c->n_interfaces && strcmp(c->interfaces[i], interface) != 0)
        i++;
    return i;
}

/* The newest that is known of an interface; a paused display holds it back. */
static enum capture_state interface_state(const struct console *c, const char *interface)
{
    const struct capture_status *status = c->held_meter ? c->held_meter : c->model.capture;

    for (size_t i = 0; status && i < status->n_interfaces; i++)
        if (!strcmp(status->interfaces[i].name, interface))
            return status->interfaces[i].state;
    return CAPTURE_OPENING;
}

static void add_interface(struct console *c, const char *interface)
{
    size_t i = interface_index(c, interface);

    if (i == CAPTURE_INTERFACES || strlen(interface) >= sizeof(c->interfaces[0]) ||
        !c->setup->probes->capture_add(c->capture, interface)) {
        model_notice(&c->model, true, "packets are captured on at most %d interfaces",
                     CAPTURE_INTERFACES);
        return;
    }
    if (i == c->n_interfaces)
        strcpy(c->interfaces[c->n_interfaces++], interface);
    c->told[i] = false;
}

void console_capture(struct console *c, const char *interface)
{
    bool known = interface_index(c, interface) < c->n_interfaces;
    enum capture_state state = interface_state(c, interface);

    if (console_hands_off(c))
        return;
    if (!c->capture) {
        model_notice(&c->model, true, "capturing was turned off by --no-capture");
    } else if (known && state != CAPTURE_FAILED) {
        model_notice(&c->model, false,
                     state == CAPTURE_OPENING ? "capture on %s is being opened already"
                     : state == CAPTURE_DOWN  ? "%s is down; capture goes on when it comes back"
                                              : "packets on %s are being captured already",
                     interface);
    } else {
        if (known)
            model_notice(&c->model, false, "trying again to capture on %s", interface);
        add_interface(c, interface);
    }
}

void console_capture_for(struct console *c, const struct session_status *s)
{
    char name[16];

    /* Loopback is always captured, and nearly every accepted session is there. */
    if (!c->capture || s->peer.family == AF_UNSPEC || addr_is_loopback(&s->peer) ||
        c->n_interfaces == CAPTURE_INTERFACES)
        return;
    if (c->setup->probes->interface_to(&(struct route_question){.to = s->peer}, name) &&
        interface_index(c, name) == c->n_interfaces)
        add_interface(c, name);
}

/* Say once of each interface, in full, why there are no packets. */
static void tell_failures(struct console *c)
{
    const struct capture_status *status = c->model.capture;

    for (size_t i = 0; i < status->n_interfaces; i++) {
        size_t at = interface_index(c, status->interfaces[i].name);
        char text[MODEL_NOTICE_BYTES];

        if (status->interfaces[i].state != CAPTURE_FAILED || at == c->n_interfaces ||
            c->told[at])
            continue;
        error_format(&status->interfaces[i].err, text, sizeof(text));
        model_notice(&c->model, true, "%s", text);
        c->told[at] = true;
        return;
    }
}

static void show_meter(struct console *c, struct capture_status *status)
{
    model_take_capture(&c->model, status);
    tell_failures(c);
    c->news = true;
    console_dirty(c);
}

void console_take_meter(struct console *c, struct capture_status *status)
{
    console_record_meter(c, status);
    /* Not before packets can be seen, or will not be. */
    if (status->n_interfaces && status->interfaces[0].state != CAPTURE_OPENING)
        console_demo_start(c);
    if (!c->model.paused) {
        show_meter(c, status);
        return;
    }
    free(c->held_meter);
    c->held_meter = status;
}

void console_meter(struct console *c)
{
    struct capture_status *status = mailbox_take(c->setup->probes->capture_meter(c->capture));

    if (status)
        console_take_meter(c, status);
}

/* --- start and stop --------------------------------------------------------------------- */

void console_observe_start(struct console *c)
{
    const struct probes *probes = c->setup->probes;
    struct capture_settings settings = {0};

    c->observer = probes->observer_start(c->kernel_events, NULL);
    console_wish(c);
    if (c->setup->no_capture) {
        console_demo_start(c);
        return;
    }
    c->capture = probes->capture_start(&settings, c->packets, &c->packet_news);
    if (c->capture)
        add_interface(c, "lo");
}

void console_observe_stop(struct console *c)
{
    c->setup->probes->capture_stop(c->capture);
    c->setup->probes->observer_stop(c->observer);
}

/* --- snapshots -------------------------------------------------------------------------- */

/* Say once why the kernel does not tell of sockets; not over what somebody has to see first. */
static void tell_events(struct console *c)
{
    bool waits = c->model.notice_bad && c->model.notice_ns > c->notice_gone_ns;
    char text[MODEL_NOTICE_BYTES];

    if (c->told_events || waits || !kernel_news_why_not(&c->model, text, sizeof(text)))
        return;
    model_notice(&c->model, false, "%s", text);
    c->told_events = true;
}

static void show_snapshot(struct console *c, struct snapshot *snapshot)
{
    model_take_snapshot(&c->model, snapshot);
    tell_events(c);
    console_alarm_look(c);
    c->news = true;
    console_dirty(c);
}

void console_take_snapshot(struct console *c, struct snapshot *snapshot)
{
    /* A recording has it as it was carried on. */
    if (c->model.paused && c->held && !c->replay)
        snapshot_carry(snapshot, c->held);
    console_record_snapshot(c, snapshot);
    if (!c->model.paused) {
        show_snapshot(c, snapshot);
        return;
    }
    snapshot_free(c->held);
    c->held = snapshot;
}

static void look_at_privileges(struct console *c)
{
    if (c->setup->probes->privileges_look && !c->replay)
        c->setup->probes->privileges_look(&c->model.privileges);
}

void console_snapshot(struct console *c)
{
    struct snapshot *snapshot = mailbox_take(c->setup->probes->observer_snapshots(c->observer));

    if (!snapshot)
        return;
    if (snapshot->host)
        look_at_privileges(c); /* they stand beside the host's figures */
    console_take_snapshot(c, snapshot);
}

void console_unpause(struct console *c)
{
    if (c->held)
        show_snapshot(c, c->held);
    if (c->held_meter)
        show_meter(c, c->held_meter);
    c->held = NULL;
    c->held_meter = NULL;
    c->news = true;
}

/* --- rights --------------------------------------------------------------------------- */

void console_say_privileges(struct console *c)
{
    char text[PRIVILEGES_TEXT_BYTES];

    look_at_privileges(c);
    model_notice(&c->model, false, "%s", privileges_text(&c->model.privileges, text));
}

void console_begin_privileges(struct console *c)
{
    const struct privileges *p = &c->model.privileges;
    char text[4 * ERR_TEXT_BYTES];

    look_at_privileges(c);
    if (!p->n_lacks)
        return;
    err_format(&p->lacks[0], text, sizeof(text));
    model_notice(&c->model, true, "%s%s", text, p->n_lacks > 1 ? "; Host shows more" : "");
}

void console_helper_ended(struct console *c)
{
    look_at_privileges(c);
    model_notice(
        &c->model, true,
        "the privileged helper has ended: what it opened goes on, more is not to be had; "
        "start sockeye again");
    c->news = true;
}

/* --- the wish --------------------------------------------------------------------------- */

static void add_ours(struct wish *w, const struct model *m)
{
    for (size_t i = 0; i < m->n_servers && w->n_ours < WISH_OURS; i++)
        if (m->servers[i].listening && m->servers[i].cookie)
            w->ours[w->n_ours++] = m->servers[i].cookie;
    /* The newest first: a load test has more than anybody looks at. */
    for (size_t i = m->n_sessions; i > 0 && w->n_ours < WISH_OURS; i--)
        if (m->sessions[i - 1].cookie && m->sessions[i - 1].state != SESSION_CLOSED &&
            m->sessions[i - 1].state != SESSION_FAILED)
            w->ours[w->n_ours++] = m->sessions[i - 1].cookie;
}

static void add_inode(struct wish *w, const struct snapshot *s, uint32_t row)
{
    if (row < s->n_rows && s->rows[row].inode && w->n_inodes < WISH_INODES)
        w->inodes[w->n_inodes++] = s->rows[row].inode;
}

/* The rows that a screen around the cursor can show, and those that the next page leads to. */
static void add_inodes(struct wish *w, const struct console *c)
{
    const struct model *m = &c->model;
    const struct snapshot *s = m->snapshot;
    const struct view *v = model_view(m);
    size_t n = v ? v->n_lines : s ? s->n_rows : 0, at = 0, end;
    size_t around = (size_t)surface_rows(c->surface) * 3 / 2;

    if (model_focus_row(m))
        at = v ? view_find_row(v, (uint32_t)m->focus_row, 0) : m->focus_row;
    if (at >= n)
        at = 0;
    end = n - at > around ? at + around : n;
    for (at = at > around ? at - around : 0; at < end; at++) {
        add_inode(w, s, v ? v->lines[at].row : (uint32_t)at);
        if (v)
            add_inode(w, s, v->lines[at].other);
    }
}

/* Of the sockets that the byte pane names. */
static void add_packet_inodes(struct wish *w, const struct console *c)
{
    struct joined_packet joined;

    if (!console_shows(c, PANE_BYTES) || !c->model.has_packet ||
        !model_packet_joined(&c->model, c->model.packet, &joined))
        return;
    for (int i = 0; i < 2; i++)
        if (joined.ends[i].has_row && joined.ends[i].row.inode && w->n_inodes < WISH_INODES)
            w->inodes[w->n_inodes++] = joined.ends[i].row.inode;
}

/* With more rows than that the rtt of each costs more than it tells: the selected one has its own. */
#define RTT_ROWS 4096

/* What the wanted view and the columns of the list cannot do without. */
static void add_needs(struct wish *w, const struct console *c)
{
    const struct model *m = &c->model;

    w->view = m->view;
    w->every_owner = view_needs_owners(m->view) || (m->sort && m->sort->owners) ||
                     (m->packet_filter_tree && m->filter_what & FACTS_OWNERS) ||
                     (m->other.tree && m->other.filter_what & FACTS_OWNERS);
    w->parts = view_parts(m->view) | (m->sort ? m->sort->parts : 0);
    for (size_t i = 0; m->view == VIEW_LIST && i < m->n_columns; i++)
        w->parts |= m->columns[i] ? m->columns[i]->parts : 0;
    if (console_shows(c, PANE_SESSIONS) && m->snapshot && m->snapshot->n_rows <= RTT_ROWS)
        w->parts |= DETAIL_INFO;
}

/* FNV-1a: only to tell whether two wishes are the same. */
static uint64_t digest(uint64_t hash, const void *data, size_t len)
{
    const unsigned char *b = data;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ b[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t wish_digest(const struct wish *w, const struct model *m)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    hash = digest(hash, &w->sort, sizeof(w->sort));
    hash = digest(hash, &w->descending, sizeof(w->descending));
    hash = digest(hash, &w->view, sizeof(w->view));
    hash = digest(hash, &w->parts, sizeof(w->parts));
    hash = digest(hash, &w->every_owner, sizeof(w->every_owner));
    hash = digest(hash, &w->interval_ns, sizeof(w->interval_ns));
    hash = digest(hash, &w->tally, sizeof(w->tally));
    hash = digest(hash, m->filter, strlen(m->filter));
    hash = digest(hash, w->ours, w->n_ours * sizeof(w->ours[0]));
    hash = digest(hash, &w->has_selected, sizeof(w->has_selected));
    if (w->has_selected) {
        hash = digest(hash, &w->selected.cookie, sizeof(w->selected.cookie));
        hash = digest(hash, &w->selected.local, sizeof(w->selected.local));
        hash = digest(hash, &w->selected.peer, sizeof(w->selected.peer));
    }
    return hash;
}

static struct wish *make_wish(const struct console *c)
{
    struct wish *w = mem_new(1, sizeof(*w));
    const struct model *m = &c->model;

    w->sort = m->sort;
    w->descending = m->descending;
    w->interval_ns = CLOCK_MS_NS * config_number(c->setup->config, SETTING_REFRESH);
    w->host = true;
    w->tally = console_shows(c, PANE_HOST);
    w->has_selected = m->focus.kind == FOCUS_ROW;
    w->selected = m->focus.row;
    add_ours(w, m);
    add_needs(w, c);
    console_lesson_wish(c, w);
    add_packet_inodes(w, c);
    add_inodes(w, c);
    return w;
}

static void send_wish(struct console *c, struct wish *w)
{
    /* It was parsed before it became the model's.  To count all sockets all have to come. */
    if (filter_parse(c->model.filter, &w->filter, NULL) == 0 && w->filter && !w->tally)
        w->states = filter_states(w->filter);
    w->choice = digest(1, c->model.filter, strlen(c->model.filter)) | 1;
    c->wished_ns = clock_now_ns();
    c->setup->probes->observer_wish(c->observer, w);
}

void console_wish(struct console *c)
{
    uint64_t wished, rows, due = c->wished_ns + ROWS_WISH_NS;
    uint64_t lesson = console_lesson_wish_ns(c);
    struct wish *w;

    if (!c->observer)
        return;
    w = make_wish(c);
    wished = wish_digest(w, &c->model);
    rows = digest(0, w->inodes, w->n_inodes * sizeof(w->inodes[0]));
    if (wished == c->wished && clock_now_ns() < lesson &&
        (rows == c->wished_rows || clock_now_ns() < due)) {
        due = rows != c->wished_rows && due < lesson ? due : lesson;
        if (due != UINT64_MAX)
            loop_timer_set(c->loop, &c->wish, due);
        wish_free(w);
        return;
    }
    c->wished = wished;
    c->wished_rows = rows;
    send_wish(c, w);
}
