/* What ${references} stand for, and texts filled with it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/model/column.h"
#include "core/scenario/run_internal.h"
#include "core/scenario/template.h"

/* --- sessions and servers ------------------------------------------------------------------- */

const struct opened *run_opened(const struct scenario_run *r, const char *name)
{
    struct reference ref;

    reference_parse(name, &ref);
    for (size_t i = 0; i < r->n_opened; i++)
        if (r->opened[i].name && strcmp(r->opened[i].name, ref.head) == 0)
            return &r->opened[i];
    return NULL;
}

static const struct session_status *none(char *why, const char *name, const char *reason)
{
    if (why)
        snprintf(why, RUN_SEEN_BYTES, "%s %s", name, reason);
    return NULL;
}

static bool same_addr(const struct addr *a, const struct addr *b)
{
    return a->family != AF_UNSPEC && a->port && memcmp(a, b, sizeof(*a)) == 0;
}

/* The session of ours at the other end. */
static const struct session_status *other_end(const struct model *m,
                                              const struct session_status *s)
{
    for (size_t i = m->n_sessions; i > 0; i--) {
        const struct session_status *o = &m->sessions[i - 1];

        if (o->id != s->id && same_addr(&o->local, &s->peer) && same_addr(&o->peer, &s->local))
            return o;
    }
    return NULL;
}

const struct session_status *run_session(const struct scenario_run *r, const char *name,
                                         char *why)
{
    const struct opened *o = run_opened(r, name);
    const struct session_status *s = o && !o->server ? model_session(r->m, o->id) : NULL;
    struct reference ref;

    reference_parse(name, &ref);
    if (!s)
        return none(why, ref.head, "is not there");
    if (!ref.other)
        return s;
    s = other_end(r->m, s);
    return s ? s : none(why, name, "is not there: nobody here has the other end");
}

const struct server_status *run_server(const struct scenario_run *r, const char *name,
                                       char *why)
{
    const struct opened *o = run_opened(r, name);
    const struct server_status *s = o && o->server ? model_server(r->m, o->id) : NULL;

    if (!s)
        none(why, name, "is not there");
    return s;
}

uint64_t scenario_run_thing(const struct scenario_run *r, const char *name, bool *ret_server)
{
    const struct opened *o = run_opened(r, name);
    const struct session_status *s;

    *ret_server = o && o->server;
    if (!o || o->server)
        return o ? o->id : 0;
    s = run_session(r, name, NULL);
    return s ? s->id : 0;
}

/* --- filters for them ----------------------------------------------------------------------- */

static bool is_inet(const struct addr *a)
{
    return a->family == AF_INET || a->family == AF_INET6;
}

enum filter_for { FOR_ROW, FOR_PEER_ROW, FOR_PACKETS };

static bool put_session_filter(const struct session_status *s, enum filter_for what,
                               struct figure_value *ret)
{
    char local[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES];

    if (!is_inet(&s->local) || !is_inet(&s->peer)) {
        if (!s->cookie || what != FOR_ROW)
            return false;
        snprintf(ret->text, sizeof(ret->text), "cookie = %llu", (unsigned long long)s->cookie);
    } else if (what == FOR_PACKETS) {
        snprintf(ret->text, sizeof(ret->text),
                 "( host %s and host %s and port %u and port %u )",
                 addr_format_ip(&s->local, local), addr_format_ip(&s->peer, peer),
                 (unsigned)s->local.port, (unsigned)s->peer.port);
    } else {
        addr_format(&s->local, local);
        addr_format(&s->peer, peer);
        snprintf(ret->text, sizeof(ret->text), "( src %s and dst %s )",
                 what == FOR_ROW ? local : peer, what == FOR_ROW ? peer : local);
    }
    ret->known = true;
    return true;
}

static bool put_server_filter(const struct server_status *s, struct figure_value *ret)
{
    const char *state = s->endpoint.scheme == ENDPOINT_UDP ? "unconnected" : "listening";
    char text[ADDR_TEXT_BYTES];
    struct addr at;

    if (!endpoint_numeric(&s->endpoint, &at) || !s->endpoint.host[0])
        snprintf(ret->text, sizeof(ret->text), "( sport = :%u and state %s )",
                 (unsigned)s->endpoint.port, state);
    else
        snprintf(ret->text, sizeof(ret->text), "( src %s and state %s )",
                 addr_format(&at, text), state);
    if (!s->endpoint.port)
        snprintf(ret->text, sizeof(ret->text), "cookie = %llu", (unsigned long long)s->cookie);
    ret->known = s->endpoint.port || s->cookie;
    return ret->known;
}

/* --- references ----------------------------------------------------------------------------- */

static bool not_known(struct figure_value *ret, const char *reference, const char *why)
{
    ret->known = false;
    snprintf(ret->text, sizeof(ret->text), "${%.95s} is not known%s%.180s", reference,
             why[0] ? ": " : " yet", why);
    return false;
}

static void put_column(const struct value *v, struct figure_value *ret)
{
    if (v->kind != VALUE_NUMBER) {
        figure_put_text(ret, v->kind == VALUE_FLAG ? (v->number ? "true" : "false") : v->text);
        return;
    }
    figure_put_number(ret, (double)v->number);
    /* A cookie has more digits than a double. */
    snprintf(ret->text, sizeof(ret->text), "%llu", (unsigned long long)v->number);
}

static bool column_reference(const struct scenario_run *r, const char *reference,
                             const struct reference *ref, enum figure_kind *ret_kind,
                             struct figure_value *ret)
{
    const struct column *c = column_find(ref->tail + 4);
    const struct row *row = run_row(r, reference);
    struct value v;

    if (!c || !row)
        return not_known(ret, reference, "it has no row");
    column_value(c, r->m->snapshot, row, &v);
    if (v.kind == VALUE_UNKNOWN || v.kind == VALUE_NONE)
        return not_known(ret, reference, v.why ? v.why : "");
    *ret_kind = v.kind == VALUE_NUMBER ? FIGURE_NUMBER : FIGURE_TEXT;
    put_column(&v, ret);
    return true;
}

static bool bytes_reference(const struct scenario_run *r, const struct session_status *s,
                            const char *name, struct figure_value *ret)
{
    size_t len;
    char *bytes;

    run_said(r, s, name, &bytes, &len);
    ret->known = true;
    text_clean(bytes, len, ret->text, sizeof(ret->text));
    free(bytes);
    return true;
}

/* What is a filter, and for what; false: it is a figure. */
static bool is_filter(const char *tail, enum filter_for *ret)
{
    static const char *const names[] = {
        [FOR_ROW] = "row", [FOR_PEER_ROW] = "peer_row", [FOR_PACKETS] = "flow"};

    for (int i = FOR_ROW; i <= FOR_PACKETS; i++)
        if (strcmp(tail, names[i]) == 0) {
            *ret = (enum filter_for)i;
            return true;
        }
    return false;
}

static bool session_reference(const struct scenario_run *r, const char *reference,
                              const struct reference *ref, enum figure_kind *ret_kind,
                              struct figure_value *ret)
{
    char why[RUN_SEEN_BYTES];
    const struct session_status *s = run_session(r, reference, why);
    const struct figure *f = session_figure_find(*ref->tail ? ref->tail : "id");
    enum filter_for what;

    if (!s)
        return not_known(ret, reference, why);
    if (is_filter(ref->tail, &what))
        return put_session_filter(s, what, ret) || not_known(ret, reference, "");
    if (!f)
        return not_known(ret, reference, "there is no such figure");
    *ret_kind = f->kind;
    if (f->kind == FIGURE_BYTES)
        return bytes_reference(r, s, f->name, ret);
    run_session_figure(r, f, s, ret);
    return ret->known || not_known(ret, reference, "");
}

static bool server_reference(const struct scenario_run *r, const char *reference,
                             const struct reference *ref, enum figure_kind *ret_kind,
                             struct figure_value *ret)
{
    char why[RUN_SEEN_BYTES];
    const struct server_status *s = run_server(r, reference, why);
    const struct figure *f = server_figure_find(*ref->tail ? ref->tail : "id");

    if (!s)
        return not_known(ret, reference, why);
    if (strcmp(ref->tail, "row") == 0)
        return put_server_filter(s, ret) || not_known(ret, reference, "");
    if (!f)
        return not_known(ret, reference, "there is no such figure");
    *ret_kind = f->kind;
    server_figure_get(f, s, ret);
    return ret->known || not_known(ret, reference, "");
}

/* What was measured in this run, or with before. in the one before. */
static bool measured_reference(const struct scenario_run *r, const char *reference,
                               const struct reference *ref, enum figure_kind *ret_kind,
                               struct figure_value *ret)
{
    bool of_before = strcmp(ref->head, REFERENCE_BEFORE) == 0;
    const struct scenario_run *run = of_before ? r->before : r;
    const struct measured *m =
        run ? scenario_run_measured(run, of_before ? ref->tail : ref->head) : NULL;

    if (!m)
        return not_known(ret, reference, "");
    *ret_kind = m->kind;
    *ret = m->value;
    return ret->known || not_known(ret, reference, "");
}

bool run_reference(const struct scenario_run *r, const char *reference,
                   enum figure_kind *ret_kind, struct figure_value *ret)
{
    const struct opened *o = run_opened(r, reference);
    struct reference ref;
    const char *value;

    reference_parse(reference, &ref);
    *ret_kind = FIGURE_TEXT;
    *ret = (struct figure_value){0};
    value = scenario_run_variable(r, ref.head);
    if (value) {
        ret->known = true;
        snprintf(ret->text, sizeof(ret->text), "%s", value);
        return true;
    }
    if (o && strncmp(ref.tail, "row.", 4) == 0)
        return column_reference(r, reference, &ref, ret_kind, ret);
    if (o)
        return o->server ? server_reference(r, reference, &ref, ret_kind, ret)
                         : session_reference(r, reference, &ref, ret_kind, ret);
    return measured_reference(r, reference, &ref, ret_kind, ret);
}

/* --- filling -------------------------------------------------------------------------------- */

struct filling {
    char *buf;
    size_t size, used;
    char quote; /* of a command line: inside which; 0: none */
};

static bool put(struct filling *f, const char *bytes, size_t len)
{
    if (len >= f->size - f->used)
        return false;
    memcpy(f->buf + f->used, bytes, len);
    f->used += len;
    f->buf[f->used] = '\0';
    return true;
}

/* Quotes of the line itself. */
static void follow_quotes(struct filling *f, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (f->quote && bytes[i] == f->quote)
            f->quote = '\0';
        else if (!f->quote && (bytes[i] == '"' || bytes[i] == '\''))
            f->quote = bytes[i];
    }
}

static bool fits_a_line(const char *value)
{
    for (; *value; value++)
        if (strchr("\"'\\", *value) || (unsigned char)*value < 0x20 || *value == 0x7f)
            return false;
    return true;
}

static int put_value(struct filling *f, enum fill_kind kind, const char *reference,
                     const char *value, char *why)
{
    bool line = kind == FILL_WORDS || kind == FILL_REST;
    bool quotes = kind == FILL_WORDS && !f->quote && strchr(value, ' ');

    if (line && !fits_a_line(value)) {
        snprintf(
            why, RUN_SEEN_BYTES,
            "${%s} holds quotes, backslashes or control characters, which no command takes",
            reference);
        return -EINVAL;
    }
    return (!quotes || put(f, "'", 1)) && put(f, value, strlen(value)) &&
                   (!quotes || put(f, "'", 1))
               ? 0
               : -E2BIG;
}

static int put_piece(const struct scenario_run *r, struct filling *f, enum fill_kind kind,
                     const struct template_piece *piece, char *why)
{
    struct figure_value v;
    enum figure_kind ignored;

    if (piece->literal) {
        follow_quotes(f, piece->literal, kind == FILL_WORDS ? piece->len : 0);
        return put(f, piece->literal, piece->len) ? 0 : -E2BIG;
    }
    if (run_reference(r, piece->reference, &ignored, &v))
        return put_value(f, kind, piece->reference, v.text, why);
    if (kind == FILL_SHOWN)
        return put(f, "?", 1) ? 0 : -E2BIG;
    snprintf(why, RUN_SEEN_BYTES, "%s", v.text);
    return -ENOENT;
}

int run_fill(const struct scenario_run *r, const char *text, enum fill_kind kind, char *buf,
             size_t size, char *why)
{
    struct filling f = {.buf = buf, .size = size};
    struct template_piece piece;
    int rc = 0;

    buf[0] = '\0';
    while (rc == 0 && template_next(&text, &piece))
        rc = put_piece(r, &f, kind, &piece, why);
    if (rc == -E2BIG && why)
        snprintf(why, RUN_SEEN_BYTES, "it is too long");
    return rc;
}

size_t scenario_run_text(const struct scenario_run *r, const char *text, char *buf, size_t size)
{
    char why[RUN_SEEN_BYTES];

    if (size)
        run_fill(r, text, FILL_SHOWN, buf, size, why);
    return size ? strlen(buf) : 0;
}
