#include "ui/console/names_lines.h"

#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/line.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/attempts_seen.h"
#include "core/model/names_order.h"
#include "ui/console/action.h"
#include "ui/console/figures.h"

/* Calls that belong to an attempt end a moment after the session has noted it. */
#define NOTED_NS (10 * CLOCK_MS_NS)

static struct names_line *next(struct names_lines *to, enum names_line_kind is,
                               const struct names_about *about)
{
    struct names_line *line;

    if (to->n == to->room) {
        to->room = to->room ? 2 * to->room : 64;
        to->list = mem_resize(to->list, to->room, sizeof(*to->list));
    }
    line = &to->list[to->n++];
    *line = (struct names_line){.about = *about, .style = STYLE_NORMAL};
    line->is = is;
    return line;
}

__attribute__((format(printf, 3, 4))) static void put(char *to, size_t size, const char *format,
                                                      ...)
{
    char raw[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(raw, sizeof(raw), format, args);
    va_end(args);
    text_clean(raw, strlen(raw), to, size);
}

#define PUT(to, ...) put(to, sizeof(to), __VA_ARGS__)

/* --- a lookup that was asked for ---------------------------------------------------------- */

static void head_of_lookup(struct names_lines *to, const struct lookup *l)
{
    struct names_about about = {ABOUT_LOOKUP, l->id};
    struct names_line *line = next(to, NAMES_HEADING, &about);
    const struct name_report *r = l->report;
    char duration[TEXT_DURATION_BYTES], seconds[NAMES_SECONDS_BYTES];

    line->at_ns = l->asked_ns;
    PUT(line->label, "%s", l->target);
    line->failed = l->state == LOOKUP_FAILED || (r && (!r->answered || r->eai));
    line->style = line->failed ? STYLE_BAD : STYLE_NORMAL;
    if (l->state == LOOKUP_RUNNING) {
        line->style = STYLE_BUSY;
        PUT(line->text, "being asked; %s gives it up", key_for(ACTION_LEAVE));
    } else if (l->state == LOOKUP_GIVEN_UP) {
        line->style = STYLE_DIM;
        PUT(line->text, "given up");
    } else if (l->state == LOOKUP_FAILED || !r) {
        PUT(line->text, "%s", l->err.reason);
    } else if (!r->answered) {
        PUT(line->text, "the system gave no answer within %s",
            names_seconds(r->timeout_ns, seconds));
    } else if (r->eai) {
        PUT(line->text, "%s after %s", names_eai_symbol(r->eai),
            text_duration(r->lookup_ns, duration));
    } else {
        PUT(line->text, "%zu address%s after %s", r->n_addresses,
            r->n_addresses == 1 ? "" : "es", text_duration(r->lookup_ns, duration));
    }
}

static struct names_line *bar(struct names_lines *to, const struct names_about *about,
                              uint64_t begin_ns, uint64_t end_ns, uint64_t whole_ns)
{
    struct names_line *line = next(to, NAMES_BAR, about);

    line->begin_ns = begin_ns;
    line->end_ns = end_ns;
    line->whole_ns = whole_ns;
    line->style = STYLE_GAUGE;
    return line;
}

/* "93.184.216.34, 93.184.216.35, ..." */
static void put_answers(struct line_out *l, const struct name_report *r,
                        const struct name_finding *f)
{
    char ip[ADDR_TEXT_BYTES];

    for (size_t i = 0; i < f->n_answers; i++) {
        const struct name_answer *a = &r->answers[f->first_answer + i];

        line_add(l, "%s%s", i ? ", " : "",
                 a->addr.family == AF_UNSPEC ? a->name : addr_format_ip(&a->addr, ip));
    }
}

static void bar_of_question(struct names_lines *to, const struct names_about *about,
                            const struct name_report *r, const struct name_finding *f)
{
    uint64_t end_ns = f->has_elapsed ? f->begin_ns + f->elapsed_ns : r->whole_ns;
    struct names_line *line = bar(to, about, f->begin_ns, end_ns, r->whole_ns);
    char server[ADDR_TEXT_BYTES], type[DNS_TYPE_BYTES], words[NAMES_WORDS_BYTES];
    char duration[TEXT_DURATION_BYTES], text[512];
    struct line_out l = line_in(text, sizeof(text));
    bool answered = f->outcome == NAME_ANSWERED && f->n_answers;

    PUT(line->label, "DNS %s %s%s", addr_format_ip(&f->server, server),
        dns_type_name(f->type, type), f->tcp ? ", TCP" : "");
    if (f->outcome == NAME_NOT_ASKED)
        line->end_ns = line->begin_ns;
    /* What could not even be sent took no time that is worth telling. */
    if (f->has_elapsed && f->elapsed_ns)
        line_add(&l, "%s: ", text_duration(f->elapsed_ns, duration));
    if (answered)
        put_answers(&l, r, f);
    else
        line_add(&l, "%s", names_outcome_words(r, f, words));
    /* What was asked, where it is not the name itself. */
    if (f->suffix[0] || f->reverse)
        line_add(&l, " (%s)", f->query);
    line->style = answered ? STYLE_GAUGE : f->outcome == NAME_ANSWERED ? STYLE_DIM : STYLE_BAD;
    PUT(line->text, "%s", text);
}

static void bar_of_files(struct names_lines *to, const struct names_about *about,
                         const struct name_report *r)
{
    struct names_line *line =
        bar(to, about, r->hosts_begin_ns, r->hosts_begin_ns + r->hosts_elapsed_ns, r->whole_ns);
    char text[512], ip[ADDR_TEXT_BYTES], duration[TEXT_DURATION_BYTES];
    struct line_out l = line_in(text, sizeof(text));
    bool any = false;

    PUT(line->label, "%s", r->hosts_path);
    line_add(&l, "%s: ", text_duration(r->hosts_elapsed_ns, duration));
    for (size_t i = 0; i < r->n_findings; i++) {
        const struct name_finding *f = &r->findings[i];

        if (f->source != NAME_FILE)
            continue;
        line_add(&l, "%sline %u %s", any ? ", " : "", f->line, addr_format_ip(&f->about, ip));
        any = true;
    }
    if (r->hosts_error)
        line_add(&l, "cannot be read: %s", strerrordesc_np(-r->hosts_error));
    else if (!any)
        line_add(&l, "does not name it");
    line->style = any ? STYLE_GAUGE : STYLE_DIM;
    PUT(line->text, "%s", text);
}

static void bars_of_sources(struct names_lines *to, const struct names_about *about,
                            const struct name_report *r)
{
    struct names_line *line;
    char duration[TEXT_DURATION_BYTES], text[3 * ERR_TEXT_BYTES];

    line = bar(to, about, 0, r->answered ? r->lookup_ns : r->whole_ns, r->whole_ns);
    PUT(line->label, "getaddrinfo()");
    err_format(&r->err, text, sizeof(text));
    line->style = !r->answered || r->eai ? STYLE_BAD : STYLE_GAUGE;
    PUT(line->text, "%s%s", r->answered ? text_duration(r->lookup_ns, duration) : "",
        r->err.code ? "" : ": what connect is given");
    if (r->err.code)
        PUT(line->text, "%s", text);
    bar_of_files(to, about, r);
    for (size_t i = 0; i < r->n_findings; i++) {
        const struct name_finding *f = &r->findings[i];

        if (f->source == NAME_DNS) {
            bar_of_question(to, about, r, f);
        } else if (f->source == NAME_MODULE) {
            line = next(to, NAMES_TEXT, about);
            line->style = STYLE_DIM;
            PUT(line->label, "%s", f->module);
            PUT(line->text, "a module of nsswitch.conf, not looked into");
        }
    }
}

/* What it is called, in the order of the sources; the system's answer is the first. */
static void put_names(struct line_out *l, const struct name_address *a)
{
    for (size_t i = 0; i < a->n_reverse; i++)
        line_add(l, "%s%s", i ? ", " : "", a->reverse[i].name);
    if (a->reverse_left_out)
        line_add(l, " and %zu more", a->reverse_left_out);
    if (a->n_reverse)
        line_add(l, "; ");
}

static void line_of_address(struct names_lines *to, const struct names_about *about,
                            const struct name_report *r, size_t i)
{
    const struct name_address *a = &r->addresses[i];
    struct names_line *line = next(to, NAMES_ADDRESS, about);
    char ip[ADDR_TEXT_BYTES], why[NAMES_ORDER_BYTES], from[ADDR_TEXT_BYTES];
    struct addr to_port = a->addr;
    struct line_out l = line_in(line->text, sizeof(line->text));

    PUT(line->label, "%zu  %s", i + 1, addr_format_ip(&a->addr, ip));
    put_names(&l, a);
    if (a->source.family != AF_UNSPEC)
        line_add(&l, "from %s", addr_format_ip(&a->source, from));
    else if (a->source_looked)
        line_add(&l, "no way to it");
    if (names_order(r, i, why))
        line_add(&l, "; %s", why);
    if (r->has_port)
        snprintf(line->connect, sizeof(line->connect), "tcp://%s", addr_format(&to_port, ip));
    else
        snprintf(line->connect, sizeof(line->connect),
                 a->addr.family == AF_INET6 ? "tcp://[%s]:" : "tcp://%s:", ip);
}

static void text_line(struct names_lines *to, const struct names_about *about, enum style style,
                      const char *text)
{
    struct names_line *line = next(to, NAMES_TEXT, about);

    line->style = style;
    PUT(line->text, "%s", text);
}

static void open_lookup(struct names_lines *to, const struct lookup *l)
{
    struct names_about about = {ABOUT_LOOKUP, l->id};
    const struct name_report *r = l->report;

    if (!r)
        return;
    bars_of_sources(to, &about, r);
    for (size_t i = 0; i < r->n_addresses; i++)
        line_of_address(to, &about, r, i);
    for (size_t i = 0; i < r->n_warnings; i++)
        text_line(to, &about, STYLE_BUSY, r->warnings[i].text);
}

/* --- a session of ours -------------------------------------------------------------------- */

/* Until when something was done to open it; 0: it still is. */
static uint64_t opened_at(const struct session_status *s)
{
    return s->phases.connected          ? s->phases.connected
           : s->state == SESSION_FAILED ? s->changed_ns
           : s->state >= SESSION_OPEN   ? s->changed_ns
                                        : 0;
}

/* The name may be the proxy's: whose it is stands in the session. */
static bool looked_up(const struct session_status *s)
{
    struct addr addr;

    return !s->server_id && s->phases.begun && s->endpoint.scheme < ENDPOINT_UNIX &&
           !endpoint_numeric(&s->endpoint, &addr);
}

static void head_of_session(struct names_lines *to, const struct session_status *s)
{
    struct names_about about = {ABOUT_SESSION, s->id};
    struct names_line *line = next(to, NAMES_HEADING, &about);
    char endpoint[ENDPOINT_TEXT_BYTES], peer[ADDR_TEXT_BYTES], duration[TEXT_DURATION_BYTES];
    const char *where = endpoint_format(&s->endpoint, endpoint);
    uint64_t done_ns = opened_at(s);

    line->at_ns = s->phases.begun;
    if (s->endpoint.scheme == ENDPOINT_TCP)
        where += strlen("tcp://");
    PUT(line->label, "%s", where);
    line->failed = s->state == SESSION_FAILED;
    line->style = line->failed ? STYLE_BAD : done_ns ? STYLE_NORMAL : STYLE_BUSY;
    if (line->failed)
        PUT(line->text, "session %llu: %s", (unsigned long long)s->id, figure_error(&s->err));
    else if (s->phases.connected)
        PUT(line->text, "session %llu: %s after %s", (unsigned long long)s->id,
            addr_format(&s->peer, peer),
            text_duration(s->phases.connected - s->phases.begun, duration));
    else
        PUT(line->text, "session %llu: %s", (unsigned long long)s->id,
            session_state_name(s->state));
}

static void bar_of_attempt(struct names_lines *to, const struct names_about *about,
                           const struct session_status *s, const struct attempt_seen *a,
                           uint64_t whole_ns)
{
    uint64_t begin_ns = a->begin_ns - s->phases.begun;
    uint64_t end_ns = a->end_ns ? a->end_ns - s->phases.begun : whole_ns;
    struct names_line *line = bar(to, about, begin_ns, end_ns, whole_ns);
    char peer[ADDR_TEXT_BYTES], at[TEXT_DURATION_BYTES], took[TEXT_DURATION_BYTES];

    PUT(line->label, "connect %s", addr_format(&a->to, peer));
    text_duration(begin_ns, at);
    text_duration(end_ns - begin_ns, took);
    line->style = a->end == ATTEMPT_CONNECTED ? STYLE_GOOD
                  : a->end == ATTEMPT_FAILED  ? STYLE_BAD
                                              : STYLE_DIM;
    if (a->end == ATTEMPT_CONNECTED)
        PUT(line->text, "won: took %s, from %s on", took, at);
    else if (a->end == ATTEMPT_FAILED)
        PUT(line->text, "%s: took %s, from %s on", err_name(a->error), took, at);
    else if (a->end == ATTEMPT_CLOSED)
        PUT(line->text, "closed unanswered: took %s, from %s on", took, at);
    else
        PUT(line->text, "waits, from %s on", at);
}

static void bar_of_name(struct names_lines *to, const struct names_about *about,
                        const struct session_status *s, uint64_t whole_ns)
{
    uint64_t took_ns = s->phases.resolved ? s->phases.resolved - s->phases.begun : whole_ns;
    struct names_line *line = bar(to, about, 0, took_ns, whole_ns);
    char duration[TEXT_DURATION_BYTES];

    PUT(line->label, "%s", s->proxy[0] ? "name of the proxy" : "name");
    line->style = s->phases.resolved ? STYLE_GAUGE : STYLE_BAD;
    PUT(line->text, s->phases.resolved ? "%s" : "no address within %s",
        text_duration(took_ns, duration));
}

static void open_session(struct names_lines *to, const struct model *m,
                         const struct session_status *s)
{
    struct names_about about = {ABOUT_SESSION, s->id};
    uint64_t until_ns = opened_at(s), whole_ns;
    struct attempt_seen attempts[ATTEMPTS_SEEN];
    char endpoint[ENDPOINT_TEXT_BYTES], text[ENDPOINT_TEXT_BYTES + 96];
    bool lost = false;
    size_t n = 0;

    if (!until_ns)
        until_ns = clock_now_ns();
    whole_ns = until_ns - s->phases.begun;
    if (m->journal)
        n = attempts_seen(m->journal, s->id, s->phases.begun, until_ns + NOTED_NS, attempts,
                          &lost);
    bar_of_name(to, &about, s, whole_ns);
    for (size_t i = 0; i < n; i++)
        bar_of_attempt(to, &about, s, &attempts[i], whole_ns);
    if (lost)
        text_line(to, &about, STYLE_DIM, "the journal no longer holds the calls of that time");
    snprintf(text, sizeof(text), ":resolve %s asks each source by itself",
             endpoint_format(&s->endpoint, endpoint));
    text_line(to, &about, STYLE_DIM, text);
}

/* --- all of it ---------------------------------------------------------------------------- */

static bool is_open(const struct names_about *open, int is, uint64_t id)
{
    return (int)open->is == is && open->id == id;
}

static void add_lookup(struct names_lines *to, const struct lookup *l,
                       const struct names_about *open)
{
    head_of_lookup(to, l);
    if (is_open(open, ABOUT_LOOKUP, l->id))
        open_lookup(to, l);
}

static void add_session(struct names_lines *to, const struct model *m,
                        const struct session_status *s, const struct names_about *open)
{
    head_of_session(to, s);
    if (is_open(open, ABOUT_SESSION, s->id))
        open_session(to, m, s);
}

/* The next older session that looked a name up, below index *at. */
static const struct session_status *older_session(const struct model *m, size_t *at)
{
    while (*at > 0)
        if (looked_up(&m->sessions[--*at]))
            return &m->sessions[*at];
    return NULL;
}

void names_lines_make(struct names_lines *to, const struct model *m,
                      const struct names_about *open)
{
    size_t at = m->n_sessions, i = 0, sessions = 0;
    const struct session_status *s = older_session(m, &at);
    const struct lookup *l = m->lookups ? lookups_at(m->lookups, i) : NULL;
    struct names_about none = {ABOUT_NOTHING, 0};
    char text[80];

    to->n = 0;
    while (s || l) {
        if (l && (!s || l->asked_ns >= s->phases.begun)) {
            add_lookup(to, l, open);
            l = lookups_at(m->lookups, ++i);
        } else {
            add_session(to, m, s, open);
            s = ++sessions < NAMES_SESSIONS ? older_session(m, &at) : NULL;
        }
    }
    if (m->lookups && lookups_forgotten(m->lookups)) {
        snprintf(text, sizeof(text), "%llu older lookups are no longer kept",
                 (unsigned long long)lookups_forgotten(m->lookups));
        text_line(to, &none, STYLE_DIM, text);
    }
}

struct names_about names_newest(const struct model *m)
{
    size_t at = m->n_sessions;
    const struct session_status *s = older_session(m, &at);
    const struct lookup *l = m->lookups ? lookups_at(m->lookups, 0) : NULL;

    if (l && (!s || l->asked_ns >= s->phases.begun))
        return (struct names_about){ABOUT_LOOKUP, l->id};
    if (s)
        return (struct names_about){ABOUT_SESSION, s->id};
    return (struct names_about){ABOUT_NOTHING, 0};
}
