/* What is told of all packets at the end: findings, streams, the ladder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/report/ladder.h"
#include "core/report/packets_findings.h"
#include "core/report/stream.h"
#include "core/wire/ladder.h"
#include "core/wire/stream.h"
#include "ui/cli/capture.h"
#include "ui/cli/say.h"

/* Without a number: so many streams are kept, and so much of each. */
#define STREAMS_MAX 32
#define STREAM_BYTES_EACH (1U << 20)

struct kept_stream {
    uint32_t conversation;
    struct stream *stream;
};

struct capture_whole {
    const struct capture_options *o;
    struct packet_findings *findings; /* NULL: not asked for */
    struct ladder *ladder;            /* likewise */
    struct kept_stream streams[STREAMS_MAX];
    size_t n_streams;
    uint32_t left_out; /* conversations that found no room here, and with bytes */
    uint32_t last_left_out;
};

struct capture_whole *capture_whole_new(const struct capture_options *o)
{
    struct capture_whole *w = mem_new(1, sizeof(*w));

    w->o = o;
    if (o->findings)
        w->findings = packet_findings_new(CONVERSATIONS_USUAL);
    if (o->ladder)
        w->ladder = ladder_new(LADDER_STEPS_USUAL);
    return w;
}

void capture_whole_free(struct capture_whole *w)
{
    if (!w)
        return;
    packet_findings_free(w->findings);
    ladder_free(w->ladder);
    for (size_t i = 0; i < w->n_streams; i++)
        stream_free(w->streams[i].stream);
    free(w);
}

/* ---- streams ------------------------------------------------------------------------------ */

static struct stream *stream_of(struct capture_whole *w, uint32_t conversation)
{
    for (size_t i = w->n_streams; i-- > 0;)
        if (w->streams[i].conversation == conversation)
            return w->streams[i].stream;
    if (w->o->has_stream && conversation != w->o->stream_number)
        return NULL;
    if (w->n_streams == STREAMS_MAX) {
        /* They begin one after the other. */
        if (w->left_out == 0 || conversation > w->last_left_out) {
            w->left_out++;
            w->last_left_out = conversation;
        }
        return NULL;
    }
    w->streams[w->n_streams] = (struct kept_stream){
        .conversation = conversation,
        .stream = stream_new(w->o->has_stream ? STREAM_BYTES_USUAL : STREAM_BYTES_EACH)};
    return w->streams[w->n_streams++].stream;
}

static void add_to_stream(struct capture_whole *w, const struct packet_facts *facts)
{
    struct stream *stream = facts->note->conversation == CONVERSATION_NONE
                                ? NULL
                                : stream_of(w, facts->note->conversation);

    if (stream)
        (void)stream_add(stream, facts);
}

void capture_whole_add(struct capture_whole *w, const struct packet_facts *facts)
{
    if (w->findings)
        packet_findings_add(w->findings, facts->number, facts->note);
    if (w->ladder)
        ladder_packet(w->ladder, facts);
    if (w->o->stream)
        add_to_stream(w, facts);
}

/* ---- telling ------------------------------------------------------------------------------ */

static int put_piece(void *ctx, const char *bytes, size_t len)
{
    struct capture_run *r = ctx;

    put_bytes_to(&r->out, bytes, len);
    capture_flush(r);
    return r->put_error;
}

static enum stream_form form_of(const struct capture_options *o)
{
    enum stream_form form = STREAM_TEXT;

    if (o->form && !stream_form_by_name(o->form, &form))
        form = STREAM_TEXT;
    return form;
}

static void tell_stream(const struct kept_stream *kept, struct capture_run *r)
{
    const struct conversation *c = conversations_get(r->conversations, kept->conversation);
    char ends[2][ADDR_TEXT_BYTES] = {"?", "?"};
    struct stream_shape shape = {.form = form_of(r->o), .ends = {ends[0], ends[1]}};

    for (size_t i = 0; c && i < 2; i++)
        addr_format(&c->ends[i], ends[i]);
    if (shape.form != STREAM_RAW && shape.form != STREAM_JSON) {
        if (c)
            packet_conversation_name(c, &r->out);
        put_char(&r->out, '\n');
    }
    stream_end(kept->stream);
    (void)stream_report(kept->stream, &shape, put_piece, r, NULL);
}

static bool tell_streams(struct capture_whole *w, struct capture_run *r)
{
    for (size_t i = 0; i < w->n_streams && r->put_error == 0; i++)
        tell_stream(&w->streams[i], r);
    if (w->left_out)
        say_line("sockeye capture: %u more conversations were left out: choose one with "
                 "--stream NUMBER",
                 (unsigned)w->left_out);
    if (w->n_streams == 0)
        say_line("sockeye capture: there is no %sconversation",
                 w->o->has_stream ? "such " : "");
    return w->n_streams > 0 || !w->o->has_stream;
}

static void tell_ladder(const struct capture_whole *w, struct capture_run *r)
{
    const char *form = w->o->form, *title = w->o->read_path;
    const struct ladder_shape shape = {
        .form = !form                       ? LADDER_AS_TEXT
                : strcmp(form, "html") == 0 ? LADDER_AS_HTML
                : strcmp(form, "json") == 0 ? LADDER_AS_JSON
                                            : LADDER_AS_TEXT,
        .wall = w->o->time == PACKET_TIME_DATE,
        .title = title ? title : "live capture",
    };

    (void)ladder_report(w->ladder, &shape, put_piece, r);
    if (ladder_left_out(w->ladder))
        say_line("sockeye capture: %llu steps between further ends were left out",
                 (unsigned long long)ladder_left_out(w->ladder));
}

bool capture_whole_tell(struct capture_whole *w, struct capture_run *r)
{
    if (w->findings && w->o->json)
        packet_findings_json(w->findings, r->conversations, &r->out);
    else if (w->findings)
        packet_findings_text(w->findings, r->conversations, &r->out);
    if (w->ladder)
        tell_ladder(w, r);
    return !w->o->stream || tell_streams(w, r);
}
