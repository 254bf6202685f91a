#include "core/model/model.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/errors.h"
#include "core/why/inquiry.h"

void model_init(struct model *m, const struct ring *journal, const struct ring *transcript,
                const struct ring *packets)
{
    char host[64] = "";

    *m = (struct model){.journal = journal,
                        .transcript = transcript,
                        .packets = packets,
                        .packet_follows = true,
                        .start_ns = clock_shown_ns(),
                        .start_wall_ns = clock_shown_wall_ns()};
    m->packet_index = packet_index_new(PACKET_STORE_PACKETS);
    m->packet_join = packet_join_new();
    m->sessions = mem_new(MODEL_SESSIONS, sizeof(*m->sessions));
    m->servers = mem_new(MODEL_SERVERS, sizeof(*m->servers));
    gethostname(host, sizeof(host) - 1);
    text_clean(host, strlen(host), m->host, sizeof(m->host));
    packet_list_pick(&m->packet_list, NULL);
}

void model_done(struct model *m)
{
    free(m->options);
    rates_done(&m->session_rates);
    rates_done(&m->server_rates);
    free(m->sessions);
    free(m->servers);
    snapshot_free(m->snapshot);
    gone_done(&m->gone);
    host_done(&m->figures);
    free(m->capture);
    series_done(&m->series);
    filter_free(m->filter_tree);
    model_second_lens(m, false);
    packet_list_done(&m->packet_list);
    packet_index_free(m->packet_index);
    packet_join_free(m->packet_join);
    packet_filter_free(m->packet_filter_tree);
    free(m->filter_view);
    inquiry_free(m->why.answer);
}

void model_take_why(struct model *m, struct inquiry *answer)
{
    inquiry_free(m->why.answer);
    m->why.answer = answer;
    m->why.answers++;
}

void model_notice(struct model *m, bool bad, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(m->notice, sizeof(m->notice), format, args);
    va_end(args);
    m->notice_bad = bad;
    m->notice_ns = clock_shown_ns();
}

/* ---- sessions and servers ------------------------------------------------------------- */

static bool ended(const struct session_status *s)
{
    return s->state == SESSION_CLOSED || s->state == SESSION_FAILED;
}

/* Index of an id in the sorted sessions, or where it belongs. */
static size_t session_index(const struct model *m, uint64_t id)
{
    size_t low = 0, high = m->n_sessions;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (m->sessions[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct session_status *model_session(const struct model *m, uint64_t id)
{
    size_t i = session_index(m, id);

    return i < m->n_sessions && m->sessions[i].id == id ? &m->sessions[i] : NULL;
}

const struct server_status *model_server(const struct model *m, uint64_t id)
{
    for (size_t i = 0; i < m->n_servers; i++)
        if (m->servers[i].id == id)
            return &m->servers[i];
    return NULL;
}

const struct session_status *model_session_by_cookie(const struct model *m, uint64_t cookie)
{
    for (size_t i = m->n_sessions; cookie && i > 0; i--)
        if (m->sessions[i - 1].cookie == cookie)
            return &m->sessions[i - 1];
    return NULL;
}

const struct server_status *model_server_by_cookie(const struct model *m, uint64_t cookie)
{
    for (size_t i = 0; cookie && i < m->n_servers; i++)
        if (m->servers[i].cookie == cookie)
            return &m->servers[i];
    return NULL;
}

/* Make room: the oldest accepted session that has ended goes, else the oldest that ended. */
static bool forget_one(struct model *m)
{
    size_t victim = m->n_sessions;

    for (size_t i = 0; i < m->n_sessions && victim == m->n_sessions; i++)
        if (ended(&m->sessions[i]) && m->sessions[i].server_id)
            victim = i;
    for (size_t i = 0; i < m->n_sessions && victim == m->n_sessions; i++)
        if (ended(&m->sessions[i]))
            victim = i;
    m->forgotten_sessions++;
    if (victim == m->n_sessions)
        return false;
    memmove(m->sessions + victim, m->sessions + victim + 1,
            (m->n_sessions - victim - 1) * sizeof(*m->sessions));
    m->n_sessions--;
    return true;
}

/* As many rows are shown as gone at once. */
#define GONE_OWNERS 256

/* Of rows that no kernel has: nothing is held by this. */
#define GHOST_INODE UINT32_MAX

static struct row ghost_row(const struct session_status *s)
{
    return (struct row){.state = STATE_CLOSE,
                        .kind = KIND_TCP,
                        .uid = geteuid(),
                        .local = s->local,
                        .peer = s->peer,
                        .inode = GHOST_INODE,
                        .cookie = s->cookie};
}

/* The filter knows kernel rows: a ghost is matched as the one that it would have. */
static void filter_ghosts(struct model *m)
{
    struct process process = {.pid = owner_ourselves(), .uid = geteuid()};
    struct holder holder = {0};
    struct owner owner = {.inode = GHOST_INODE, .knowledge = OWNER_KNOWN, .n = 1};
    const struct snapshot us = {.owned = {.n_owners = 1,
                                          .n_holders = 1,
                                          .n_processes = 1,
                                          .owners = &owner,
                                          .holders = &holder,
                                          .processes = &process}};

    snprintf(process.comm, sizeof(process.comm), "%s", program_invocation_short_name);
    m->n_ghosts = 0;
    for (size_t i = 0; i < m->n_rowless; i++) {
        const struct session_status *s = model_session(m, m->rowless[i]);
        struct row row = s ? ghost_row(s) : (struct row){0};

        if (s && filter_match(m->filter_tree, &us, &row))
            m->ghosts[m->n_ghosts++] = s->id;
    }
}

int model_set_filter(struct model *m, const char *text, struct err *err)
{
    struct filter *tree = NULL;
    int r;

    if (strlen(text) >= sizeof(m->filter))
        return err_set(err, -EINVAL, "filter", "", "it has more than %zu bytes",
                       sizeof(m->filter) - 1);
    r = filter_parse(text, &tree, err);
    if (r < 0)
        return r;
    filter_free(m->filter_tree);
    m->filter_tree = tree;
    snprintf(m->filter, sizeof(m->filter), "%s", text);
    filter_ghosts(m);
    return 0;
}

static void drop_ghost(struct model *m, uint64_t id)
{
    for (size_t i = 0; i < m->n_rowless; i++)
        if (m->rowless[i] == id) {
            memmove(m->rowless + i, m->rowless + i + 1,
                    (m->n_rowless - i - 1) * sizeof(*m->rowless));
            m->n_rowless--;
            return;
        }
}

/* Sessions that we opened stay in the table without a kernel row: while they have none yet, and
 * after they failed, so that the failure can be looked at. */
static void haunt(struct model *m, const struct session_status *s)
{
    drop_ghost(m, s->id);
    if (s->server_id || s->state == SESSION_CLOSED ||
        (s->state != SESSION_FAILED && s->state > SESSION_CONNECTING))
        return;
    if (m->n_rowless == MODEL_GHOSTS)
        m->n_rowless--;
    memmove(m->rowless + 1, m->rowless, m->n_rowless * sizeof(*m->rowless));
    m->rowless[0] = s->id;
    m->n_rowless++;
}

static struct flow_pick pick_of(const struct model *m, const struct focus *focus)
{
    const struct session_status *s = model_session(m, focus->session_id);

    if (focus->kind == FOCUS_ROW)
        return flow_pick_of(&focus->row.local, &focus->row.peer,
                            kind_ip_protocol((enum socket_kind)focus->row.kind));
    if (s) {
        struct flow_pick pick = flow_pick_of(&s->local, &s->peer, IPPROTO_TCP);

        /* Without a local port the time has to tell the attempts apart. */
        pick.since_wall_ns = clock_to_wall_ns(s->opened_ns);
        return pick;
    }
    return (struct flow_pick){0};
}

/* Both lenses start over. */
static void pick_packets(struct model *m, const struct flow_pick *pick)
{
    packet_list_pick(&m->packet_list, pick);
    if (m->has_second)
        packet_list_pick(&m->other.list, pick);
}

/* A session's addresses become known after it was focused. */
static void refocus(struct model *m, const struct session_status *s)
{
    struct flow_pick pick;

    if (m->focus.session_id != s->id || m->focus.kind != FOCUS_SESSION)
        return;
    pick = pick_of(m, &m->focus);
    if (!m->packet_list.picking || !addr_equal(&pick.local, &m->packet_list.pick.local) ||
        !addr_equal(&pick.peer, &m->packet_list.pick.peer))
        pick_packets(m, &pick);
}

static void apply_session(struct model *m, const struct session_status *s)
{
    size_t i = session_index(m, s->id);
    bool known = i < m->n_sessions && m->sessions[i].id == s->id;

    if (!known && m->n_sessions == MODEL_SESSIONS) {
        if (!forget_one(m))
            return;
        i = session_index(m, s->id);
    }
    if (!known) {
        memmove(m->sessions + i + 1, m->sessions + i,
                (m->n_sessions - i) * sizeof(*m->sessions));
        m->n_sessions++;
    }
    if (s->err.code && !(known && m->sessions[i].err.code) && !s->server_id) {
        char text[MODEL_NOTICE_BYTES];

        error_format(&s->err, text, sizeof(text));
        model_notice(m, true, "session %llu: %s", (unsigned long long)s->id, text);
    }
    m->sessions[i] = *s;
    haunt(m, s);
    filter_ghosts(m);
    refocus(m, s);
}

/* Index of the server to forget: the oldest that has stopped, else the oldest. */
static size_t oldest_stopped(const struct model *m)
{
    for (size_t i = 0; i < m->n_servers; i++)
        if (!m->servers[i].listening)
            return i;
    return 0;
}

/* Whether each end was told or not: its threads cannot wait for room to tell. */
static void end_sessions_of(struct model *m, uint64_t server_id, uint64_t at_ns)
{
    for (size_t i = 0; i < m->n_sessions; i++) {
        struct session_status *s = &m->sessions[i];

        if (s->server_id != server_id || ended(s))
            continue;
        s->state = SESSION_CLOSED;
        s->changed_ns = at_ns;
    }
}

static void apply_server(struct model *m, const struct server_status *s, uint64_t at_ns)
{
    size_t i = 0;

    while (i < m->n_servers && m->servers[i].id != s->id)
        i++;
    if (i == MODEL_SERVERS) {
        size_t victim = oldest_stopped(m);

        memmove(m->servers + victim, m->servers + victim + 1,
                (MODEL_SERVERS - victim - 1) * sizeof(*m->servers));
        i = MODEL_SERVERS - 1;
        m->forgotten_servers++;
    } else if (i == m->n_servers) {
        m->n_servers++;
    }
    m->servers[i] = *s;
    if (!s->listening)
        end_sessions_of(m, s->id, at_ns);
}

static void apply_reply(struct model *m, const struct reply *r)
{
    char text[MODEL_NOTICE_BYTES];

    if (r->err.code) {
        error_format(&r->err, text, sizeof(text));
        model_notice(m, true, "%s", text);
    } else if (r->text[0]) {
        model_notice(m, false, "%s", r->text);
    }
}

void model_apply(struct model *m, const struct event *event)
{
    m->status_changes += event->kind != EVENT_REPLY;
    switch (event->kind) {
    case EVENT_SESSION:
        apply_session(m, &event->session);
        break;
    case EVENT_SERVER:
        apply_server(m, &event->server, event->at_ns);
        break;
    case EVENT_REPLY:
        apply_reply(m, &event->reply);
        break;
    }
}

/* ---- snapshots ------------------------------------------------------------------------ */

bool model_same_socket(const struct row *a, const struct row *b)
{
    if (a->cookie && b->cookie)
        return a->cookie == b->cookie;
    return a->kind == b->kind && addr_equal(&a->local, &b->local) &&
           addr_equal(&a->peer, &b->peer);
}

/* Looked for once a snapshot, and when the focus moves: a table may be long. */
static void find_focus_row(struct model *m)
{
    size_t n = m->snapshot && m->focus.kind == FOCUS_ROW ? m->snapshot->n_rows : 0, i = 0;

    while (i < n && (m->snapshot->rows[i].change == CHANGE_GONE ||
                     !model_same_socket(&m->snapshot->rows[i], &m->focus.row)))
        i++;
    m->focus_row = i < n ? i : SIZE_MAX;
}

const struct row *model_focus_row(const struct model *m)
{
    if (!m->snapshot || m->focus.kind != FOCUS_ROW || m->focus_row >= m->snapshot->n_rows)
        return NULL;
    return &m->snapshot->rows[m->focus_row];
}

static const struct row *row_of_cookie(const struct model *m, uint64_t cookie)
{
    for (size_t i = 0; m->snapshot && cookie && i < m->snapshot->n_rows; i++)
        if (m->snapshot->rows[i].cookie == cookie && m->snapshot->rows[i].change != CHANGE_GONE)
            return &m->snapshot->rows[i];
    return NULL;
}

/* The session that is followed has got its row: follow that. */
static void focus_moves_to_row(struct model *m)
{
    const struct session_status *s = model_session(m, m->focus.session_id);
    const struct row *row = s ? row_of_cookie(m, s->cookie) : NULL;

    if (m->focus.kind == FOCUS_SESSION && row && s->state != SESSION_FAILED) {
        m->focus.kind = FOCUS_ROW;
        m->focus.row = *row;
    }
}

/* Places in the snapshot before mean nothing beside this one. */
static void renew_focus_row(struct model *m)
{
    const struct row *row = model_focus_row(m);
    const struct socket_portrait *p = model_focus_portrait(m);

    if (row) {
        m->focus.row = *row;
        return;
    }
    m->focus.row.name = p && !p->gone ? p->row.name : 0;
    m->focus.row.detail = 0;
}

/* The kernel's timer tells a probe of a closed window from a keep-alive, which look alike. */
static void tell_persist(struct model *m)
{
    const struct row *row = model_focus_row(m);

    if (row && row->kind == KIND_TCP)
        packet_index_persist(m->packet_index, &row->local, &row->peer,
                             row->timer == TIMER_PERSIST);
}

void model_take_snapshot(struct model *m, struct snapshot *snapshot)
{
    gone_take(&m->gone, snapshot, m->filter_tree);
    snapshot_free(m->snapshot);
    m->snapshot = snapshot;
    if (snapshot->host)
        host_take(&m->figures, snapshot->host);
    focus_moves_to_row(m);
    find_focus_row(m);
    renew_focus_row(m);
    tell_persist(m);
    model_refilter_packets(m);
    model_watch_focus(m);
    model_look_at_rates(m, snapshot->at_ns);
}

void model_take_options(struct model *m, struct option_values *values)
{
    free(m->options);
    m->options = values;
}

void model_take_capture(struct model *m, struct capture_status *status)
{
    free(m->capture);
    m->capture = status;
}

/* ---- the focus ------------------------------------------------------------------------ */

struct focus model_focus_of_row(const struct model *m, const struct row *row)
{
    const struct session_status *s = model_session_by_cookie(m, row->cookie);

    return (struct focus){.kind = FOCUS_ROW, .row = *row, .session_id = s ? s->id : 0};
}

struct focus model_focus_of_session(const struct model *m, uint64_t session_id)
{
    const struct session_status *s = model_session(m, session_id);
    const struct row *row = s && !ended(s) ? row_of_cookie(m, s->cookie) : NULL;

    if (row)
        return model_focus_of_row(m, row);
    return (struct focus){.kind = FOCUS_SESSION, .session_id = session_id};
}

void model_focus(struct model *m, const struct focus *focus)
{
    struct flow_pick pick;
    bool same = focus->kind == m->focus.kind && focus->session_id == m->focus.session_id &&
                (focus->kind != FOCUS_ROW || model_same_socket(&focus->row, &m->focus.row));

    m->focus = *focus;
    find_focus_row(m);
    if (same)
        return;
    model_forget_watched(m);
    m->has_packet = m->other.has_packet = false;
    m->packet_follows = m->other.follows = true;
    pick = pick_of(m, focus);
    pick_packets(m, focus->kind == FOCUS_NONE ? NULL : &pick);
}

const struct session_status *model_newest_session(const struct model *m)
{
    for (size_t i = m->n_sessions; i > 0; i--)
        if (!m->sessions[i - 1].server_id && !ended(&m->sessions[i - 1]))
            return &m->sessions[i - 1];
    return NULL;
}

uint64_t model_typing_session(const struct model *m)
{
    const struct session_status *s = model_session(m, m->focus.session_id);

    if (!s || s->server_id || ended(s))
        s = model_newest_session(m);
    return s ? s->id : 0;
}

/* ---- pausing -------------------------------------------------------------------------- */

void model_pause(struct model *m, bool paused)
{
    m->paused = paused;
    m->paused_journal = ring_head(m->journal);
    m->paused_transcript = ring_head(m->transcript);
}

uint64_t model_journal_end(const struct model *m)
{
    return m->paused ? m->paused_journal : ring_head(m->journal);
}

uint64_t model_transcript_end(const struct model *m)
{
    return m->paused ? m->paused_transcript : ring_head(m->transcript);
}

/* ---- views and columns ------------------------------------------------------------------ */

bool model_view_is_here(const struct model *m)
{
    const struct view *v = m->snapshot ? m->snapshot->view : NULL;

    /* What needs no lines every snapshot has. */
    return !view_has_lines(m->view) || (v && v->which == m->view);
}

const struct view *model_view(const struct model *m)
{
    return view_has_lines(m->view) && model_view_is_here(m) ? m->snapshot->view : NULL;
}

int model_set_columns(struct model *m, const char *names, struct err *err)
{
    const struct column *columns[MODEL_COLUMNS] = {NULL};
    size_t n = 0;

    for (const char *at = names; *(at += strspn(at, ", \t"));) {
        size_t len = strcspn(at, ", \t");
        char name[64];

        snprintf(name, sizeof(name), "%.*s", (int)len, at);
        if (n == MODEL_COLUMNS)
            return err_set(err, -EINVAL, "columns", name, "these are more than %d",
                           MODEL_COLUMNS);
        columns[n] = column_find(name);
        if (!columns[n] && strcmp(name, "owner") != 0)
            return err_set(err, -EINVAL, "columns", name, "there is no such column");
        n++;
        at += len;
    }
    memcpy(m->columns, columns, n * sizeof(columns[0]));
    m->n_columns = n;
    return 0;
}

/* ---- the table ------------------------------------------------------------------------ */

size_t model_n_rows(const struct model *m)
{
    return m->n_ghosts + (m->snapshot ? m->snapshot->n_rows : 0);
}

bool model_row(const struct model *m, size_t index, struct row *ret_row,
               const struct session_status **ret_session)
{
    *ret_session = NULL;
    if (index < m->n_ghosts) {
        const struct session_status *s = model_session(m, m->ghosts[index]);

        if (!s)
            return false;
        *ret_row = ghost_row(s);
        *ret_session = s;
        return true;
    }
    index -= m->n_ghosts;
    if (!m->snapshot || index >= m->snapshot->n_rows)
        return false;
    *ret_row = m->snapshot->rows[index];
    return true;
}

size_t model_focus_index(const struct model *m)
{
    if (m->focus.kind == FOCUS_SESSION)
        for (size_t i = 0; i < m->n_ghosts; i++)
            if (m->ghosts[i] == m->focus.session_id)
                return i;
    if (m->focus.kind == FOCUS_ROW) {
        const struct row *row = model_focus_row(m);

        if (row)
            return m->n_ghosts + m->focus_row;
    }
    return model_n_rows(m);
}

static void process_owner(const struct ownership *owned, const struct owner *o,
                          char buf[MODEL_OWNER_BYTES])
{
    const struct process *p = owner_process(owned, o, 0);
    size_t n = owner_processes(owned, o);
    const char *was = o->past ? "was " : "";

    if (n > 1)
        snprintf(buf, MODEL_OWNER_BYTES, "%s%s (%d) and %zu more", was, process_name(p), p->pid,
                 n - 1);
    else
        snprintf(buf, MODEL_OWNER_BYTES, "%s%s (%d)", was, process_name(p), p->pid);
}

/* Of a row that is shown for a moment more: among the newest of the history. */
static void gone_owner(const struct model *m, const struct row *row,
                       char buf[MODEL_OWNER_BYTES])
{
    for (size_t i = 0; i < m->gone.n && i < GONE_OWNERS; i++) {
        const struct change *c = gone_at(&m->gone, i);

        if (!model_same_socket(&c->row, row))
            continue;
        if (c->owner[0])
            snprintf(buf, MODEL_OWNER_BYTES, "was %s", c->owner);
        return;
    }
}

const char *model_owner(const struct model *m, const struct row *row,
                        char buf[MODEL_OWNER_BYTES])
{
    const struct session_status *session = model_session_by_cookie(m, row->cookie);
    const struct server_status *server = session && session->server_id
                                             ? model_server(m, session->server_id)
                                             : model_server_by_cookie(m, row->cookie);
    const struct owner *o = snapshot_owner_of(m->snapshot, row);

    buf[0] = '\0';
    if (server)
        snprintf(buf, MODEL_OWNER_BYTES, "sockeye server %llu %s",
                 (unsigned long long)server->id, server->service);
    else if (session)
        snprintf(buf, MODEL_OWNER_BYTES, "sockeye session %llu",
                 (unsigned long long)session->id);
    else if (row_of_kernel(row))
        snprintf(buf, MODEL_OWNER_BYTES, "kernel");
    else if (row->change == CHANGE_GONE)
        gone_owner(m, row, buf);
    else if (o && o->knowledge == OWNER_KNOWN && o->n)
        process_owner(&m->snapshot->owned, o, buf);
    else if (o && o->knowledge == OWNER_NOT_PERMITTED)
        snprintf(buf, MODEL_OWNER_BYTES, "not permitted");
    return buf;
}
