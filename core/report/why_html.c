#include "core/report/why_html.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/report/markup.h"
#include "core/report/packet_out.h"
#include "core/why/causes.h"

/* --- markup -------------------------------------------------------------------------------- */

static void put_foreign(struct packet_out *o, const char *text)
{
    char *clean = markup_text(text);

    put_string(o, clean);
    free(clean);
}

/* An element with one text. */
static void put_element(struct packet_out *o, const char *open, const char *text,
                        const char *close)
{
    put_string(o, open);
    put_foreign(o, text);
    put_string(o, close);
}

static void put_cell(struct packet_out *o, const char *text)
{
    put_element(o, "<td>", text, "</td>");
}

/* --- its parts ------------------------------------------------------------------------------- */

static void put_verdict(struct packet_out *o, const struct verdict *v)
{
    const struct cause *c = cause_by_id(v->cause);

    put_element(o, "<p><b>", v->cause, "</b>");
    if (c)
        put_element(o, " (", c->title, ")");
    put_element(o, ", ", confidence_name(v->confidence), ": ");
    put_element(o, "", v->summary, "</p>\n");
    if (c) {
        put_element(o, "<p>", c->explanation, "</p>\n");
        put_element(o, "<p>", c->apart, " ");
        put_element(o, "See ", c->see, ".</p>\n");
    }
    if (v->n_fixes)
        put_literal(o, "<h2>What to do</h2>\n<ul>\n");
    for (size_t i = 0; i < v->n_fixes; i++)
        put_element(o, "<li>", v->fixes[i], "</li>\n");
    if (v->n_fixes)
        put_literal(o, "</ul>\n");
}

static void put_evidence(struct packet_out *o, const struct evidence *e)
{
    char at[32];

    put_literal(o, "<h2>Evidence</h2>\n<table>\n<tr><th>ms</th><th>source</th><th>fact</th>"
                   "</tr>\n");
    for (size_t i = 0; i < e->n_lines; i++) {
        const struct evidence_line *line = &e->lines[i];

        snprintf(at, sizeof(at), "%.2f", (double)line->at_ns / CLOCK_MS_NS);
        put_element(o, "<tr><td class=\"r\">", at, "</td>");
        put_cell(o, line->source);
        put_cell(o, line->text);
        put_literal(o, "</tr>\n");
    }
    put_literal(o, "</table>\n");
}

static void put_others(struct packet_out *o, const struct evidence *e, const struct verdict *v)
{
    if (v->n_alternatives)
        put_literal(o, "<h2>Other causes</h2>\n<table>\n");
    for (size_t i = 0; i < v->n_alternatives; i++) {
        const struct alternative *a = &v->alternatives[i];

        put_literal(o, "<tr>");
        put_cell(o, a->cause);
        put_cell(o, a->confidence ? confidence_name(a->confidence) : "ruled out");
        put_cell(o, a->confidence ? a->summary : a->ruled_out_by);
        put_literal(o, "</tr>\n");
    }
    if (v->n_alternatives)
        put_literal(o, "</table>\n");
    if (e->n_unseen)
        put_literal(o, "<h2>Not seen</h2>\n<table>\n");
    for (size_t i = 0; i < e->n_unseen; i++) {
        put_literal(o, "<tr>");
        put_cell(o, e->unseen[i].source);
        put_cell(o, e->unseen[i].because);
        put_cell(o, e->unseen[i].grant ? e->unseen[i].grant : "");
        put_literal(o, "</tr>\n");
    }
    if (e->n_unseen)
        put_literal(o, "</table>\n");
}

static void put_rows(struct packet_out *o, const struct evidence *e)
{
    char local[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES], holder[SIGHTING_HOLDER_BYTES];
    char number[TEXT_NUMBER_BYTES];

    if (!e->n_sightings)
        return;
    put_literal(o, "<h2>Sockets</h2>\n<table>\n<tr><th>kind</th><th>state</th><th>Recv-Q</th>"
                   "<th>Send-Q</th><th>local</th><th>peer</th><th>owner</th>"
                   "<th>namespace</th></tr>\n");
    for (size_t i = 0; i < e->n_sightings; i++) {
        const struct sighting *s = &e->sightings[i];

        put_literal(o, "<tr>");
        put_cell(o, kind_name((enum socket_kind)s->row.kind));
        put_cell(o, state_name((enum socket_state)s->row.state));
        put_cell(o, text_number(s->row.rqueue, number));
        put_cell(o, text_number(s->row.wqueue, number));
        put_cell(o, s->path[0] ? s->path : addr_format(&s->row.local, local));
        put_cell(o, addr_format(&s->row.peer, peer));
        put_cell(o, sighting_holder(s, holder));
        put_cell(o, s->own_netns ? "" : s->netns);
        put_literal(o, "</tr>\n");
    }
    put_literal(o, "</table>\n");
}

/* What shows the same with other tools. */
static void put_commands(struct packet_out *o, const struct evidence *e, const char *recording)
{
    const struct sighting *ours = NULL;
    unsigned port = e->endpoint.port;
    bool udp = e->endpoint.scheme == ENDPOINT_UDP;
    char line[256];

    for (size_t i = 0; i < e->n_sightings && !ours; i++)
        ours = e->sightings[i].role == ROLE_OURS ? &e->sightings[i] : NULL;
    put_literal(o, "<h2>See it yourself</h2>\n<pre>");
    if (e->endpoint.scheme >= ENDPOINT_UNIX) {
        put_literal(o, "ss -xapn\n");
    } else {
        snprintf(line, sizeof(line), "ss -%sanpemoi '( sport = :%u or dport = :%u )'",
                 udp ? "u" : "t", port, port);
        put_element(o, "", line, "\n");
        snprintf(line, sizeof(line), "tcpdump -ni any '%s port %u or icmp or icmp6'",
                 udp ? "udp" : "tcp", port);
        put_element(o, "", line, "\n");
    }
    if (recording) {
        put_element(o, "tcpdump -nr ", recording, "\n");
        put_element(o, "sockeye why --file ", recording, "\n");
    }
    put_literal(o, "</pre>\n");
}

int why_html(const struct evidence *e, const struct verdict *v, const struct ladder *l,
             const char *recording, ladder_sink *sink, void *ctx)
{
    struct packet_out o = {0};
    struct ladder_shape shape = {.form = LADDER_AS_HTML, .gaps = true};
    char title[sizeof(e->target) + 16];
    int result;

    put_verdict(&o, v);
    put_evidence(&o, e);
    put_others(&o, e, v);
    put_rows(&o, e);
    put_commands(&o, e, recording);
    if (ladder_columns(l))
        put_literal(&o, "<h2>Packets and calls</h2>\n");
    put_char(&o, '\0');
    snprintf(title, sizeof(title), "why %s", e->target);
    shape.title = title;
    shape.before = o.text;
    result = ladder_report(l, &shape, sink, ctx);
    packet_out_done(&o);
    return result;
}

cJSON *why_rows_json(const struct evidence *e)
{
    static const char *const roles[] = {[ROLE_OURS] = "ours",
                                        [ROLE_PEER] = "peer",
                                        [ROLE_LISTENER] = "listener",
                                        [ROLE_SAME_PORT] = "same port"};
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < e->n_sightings; i++) {
        const struct sighting *s = &e->sightings[i];
        cJSON *item = cJSON_CreateObject();
        char text[SIGHTING_HOLDER_BYTES], clean[sizeof(s->netns) * 4];

        cJSON_AddStringToObject(item, "role", roles[s->role]);
        cJSON_AddStringToObject(item, "kind", kind_name((enum socket_kind)s->row.kind));
        cJSON_AddStringToObject(item, "state", state_name((enum socket_state)s->row.state));
        cJSON_AddStringToObject(item, "local",
                                s->path[0] ? s->path : addr_format(&s->row.local, text));
        cJSON_AddStringToObject(item, "peer", addr_format(&s->row.peer, text));
        cJSON_AddNumberToObject(item, "recv_q", s->row.rqueue);
        cJSON_AddNumberToObject(item, "send_q", s->row.wqueue);
        cJSON_AddStringToObject(item, "owner", sighting_holder(s, text));
        text_clean(s->netns, strlen(s->netns), clean, sizeof(clean));
        if (!s->own_netns)
            cJSON_AddStringToObject(item, "netns", clean);
        cJSON_AddItemToArray(list, item);
    }
    return list;
}
