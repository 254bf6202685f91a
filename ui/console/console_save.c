/* Packets, the stream and the ladder into files.
 *
 * Packets are written some at a time, keys in between; a file that cannot be written on is a
 * message, and nothing else stops. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/line.h"
#include "core/base/mem.h"
#include "core/base/regular.h"
#include "core/base/text.h"
#include "core/model/errors.h"
#include "core/model/packet_text.h"
#include "core/report/ladder.h"
#include "ui/console/console_state.h"
#include "ui/console/ladder_feed.h"
#include "ui/console/stream_panel.h"

/* Written before keys have their turn; about two milliseconds. */
#define SAVE_STEP 512

struct saving {
    enum save_what what;
    enum save_packets which;
    char path[COMMAND_TEXT_BYTES + 2];
    struct packet_view *view;
    /* Packets. */
    struct capture_file *file;
    uint64_t next, end;    /* numbers */
    unsigned lens;         /* SAVE_SHOWN: what it shows */
    uint32_t conversation; /* SAVE_FLOW */
    uint64_t written, lost;
    /* The ladder. */
    struct ladder_feed feed;
    enum ladder_form form;
};

static void tell_error(struct console *c, const struct err *err)
{
    char text[MODEL_NOTICE_BYTES];

    error_format(err, text, sizeof(text));
    model_notice(&c->model, true, "%s", text);
}

static void clean_path(const char *path, char *buf, size_t size)
{
    text_clean(path, strlen(path), buf, size);
}

static void saving_free(struct saving *s)
{
    if (s->what == SAVE_LADDER)
        ladder_feed_done(&s->feed);
    free(s->view);
    free(s);
}

/* --- packets ---------------------------------------------------------------------------- */

/* "from session 2, tcp://..., sockeye (812); to perhaps tcp://..., nc (90); zero-window" */
static void write_comment(const struct packet_facts *p, char *buf, size_t size)
{
    static const char *const words[] = {"from ", "to "};
    struct line_out l = line_in(buf, size);
    char text[400];

    for (int i = 0; i < 2; i++)
        if (p->owners[i])
            line_add(&l, "%s%s%s", l.used ? "; " : "", words[i],
                     packet_owner_text(p->owners[i], text, sizeof(text)));
    if (p->note->findings)
        line_add(&l, "%s%s", l.used ? "; " : "",
                 packet_findings(p->note->findings, text, sizeof(text)));
}

/* In the order in which they came, also those that the store has lost. */
static bool next_tagged(struct saving *s, const struct packet_marks *marks, uint64_t *ret)
{
    *ret = UINT64_MAX;
    for (size_t i = 0; i < marks->n_tags; i++)
        if (marks->tags[i] >= s->next && marks->tags[i] < *ret)
            *ret = marks->tags[i];
    s->next = *ret == UINT64_MAX ? s->end : *ret + 1;
    return *ret != UINT64_MAX;
}

/* The next packet that is wanted; false: there is no more. */
static bool next_number(struct saving *s, const struct model *m, uint64_t *ret)
{
    size_t at;

    if (s->next >= s->end)
        return false;
    if (s->which == SAVE_TAGGED)
        return next_tagged(s, &m->marks, ret);
    *ret = s->next++;
    if (s->which != SAVE_SHOWN)
        return true;
    at = packet_list_find(&m->packet_list, *ret);
    if (at == m->packet_list.count || m->packet_list.refs[at].number >= s->end)
        return false;
    *ret = m->packet_list.refs[at].number;
    s->next = *ret + 1;
    return true;
}

static int put_packet(struct console *c, struct saving *s, uint64_t number, struct err *err)
{
    const struct packet_note *note = packet_index_note(c->model.packet_index, number);
    struct packet_facts facts;
    char comment[1024];
    int r;

    if (s->which == SAVE_FLOW && note && note->conversation != s->conversation)
        return 0;
    if (!model_packet_facts(&c->model, number, DECODE_FLOW | FACTS_OWNERS, s->view, &facts)) {
        s->lost += s->which != SAVE_FLOW;
        return 0;
    }
    write_comment(&facts, comment, sizeof(comment));
    facts.comment = comment[0] ? comment : NULL;
    r = c->setup->probes->capture_file_put(s->file, &facts, err);
    s->written += r == 0;
    return r;
}

/* True while there is more; r: what it ended with. */
static bool put_some(struct console *c, struct saving *s, int *r, struct err *err)
{
    uint64_t number;

    for (int i = 0; i < SAVE_STEP; i++) {
        if (!next_number(s, &c->model, &number))
            return false;
        *r = put_packet(c, s, number, err);
        if (*r < 0)
            return false;
    }
    return true;
}

static void end_packets(struct console *c, struct saving *s, int r, struct err *err)
{
    char path[80], written[TEXT_NUMBER_BYTES], lost[TEXT_NUMBER_BYTES];
    struct err at_close = {0};
    int closed;

    if (r == 0 && c->model.capture)
        c->setup->probes->capture_file_meter(s->file, c->model.capture);
    closed = c->setup->probes->capture_file_close(s->file, &at_close);
    clean_path(s->path, path, sizeof(path));
    text_number(s->written, written);
    if (r < 0 || closed < 0)
        tell_error(c, r < 0 ? err : &at_close);
    else if (s->lost)
        model_notice(&c->model, true, "%s: %s packets; %s more were no longer in the store",
                     path, written, text_number(s->lost, lost));
    else
        model_notice(&c->model, false, "%s: %s packet%s", path, written,
                     s->written == 1 ? "" : "s");
}

/* Where to begin and to end; false after saying why there is nothing. */
static bool set_range(struct console *c, struct saving *s)
{
    const struct model *m = &c->model;
    const struct packet_note *note =
        m->has_packet ? packet_index_note(m->packet_index, m->packet) : NULL;

    s->next = ring_tail(m->packets);
    s->end = packet_index_next(m->packet_index);
    if (s->which == SAVE_TAGGED) {
        s->next = 0;
        s->end = m->marks.n_tags ? s->end : 0;
    } else if (s->which == SAVE_FLOW) {
        if (!note || note->conversation == CONVERSATION_NONE) {
            model_notice(&c->model, true, "save: the chosen packet is of no conversation");
            return false;
        }
        s->conversation = note->conversation;
    }
    if (s->next < s->end)
        return true;
    if (s->which == SAVE_TAGGED)
        model_notice(&c->model, true, "save: no packet is tagged; %s tags one",
                     key_for(ACTION_TAG));
    else
        model_notice(&c->model, true, "save: no packet has been captured");
    return false;
}

static bool ends_in(const char *path, const char *end)
{
    size_t len = strlen(path), n = strlen(end);

    return len >= n && strcmp(path + len - n, end) == 0;
}

static bool begin_packets(struct console *c, struct saving *s)
{
    struct capture_file_settings settings = {
        .path = s->path,
        .format = ends_in(s->path, ".pcap") ? CAPTURE_PCAP : CAPTURE_PCAPNG,
        .at_the_end = true};
    struct err err = {0};

    if (!set_range(c, s))
        return false;
    if (c->setup->probes->capture_file_open(&settings, &s->file, &err) == 0)
        return true;
    tell_error(c, &err);
    return false;
}

/* --- the ladder ------------------------------------------------------------------------- */

static int put_text(void *ctx, const char *bytes, size_t len)
{
    return fwrite(bytes, 1, len, ctx) == len ? 0 : -EIO;
}

/* What cannot be written the file says itself when it is closed. */
static void put_ladder(FILE *out, const void *ctx)
{
    const struct saving *s = ctx;
    const struct ladder_shape shape = {.form = s->form, .title = "sockeye: ladder"};

    ladder_report(s->feed.ladder, &shape, put_text, out);
}

static void end_ladder(struct console *c, struct saving *s)
{
    uint64_t steps = ladder_count(s->feed.ladder) - ladder_first(s->feed.ladder);
    char path[80], number[TEXT_NUMBER_BYTES];
    struct err err = {0};

    if (regular_write(s->path, put_ladder, s, &err) < 0) {
        tell_error(c, &err);
        return;
    }
    clean_path(s->path, path, sizeof(path));
    model_notice(&c->model, false, "%s: %s steps", path, text_number(steps, number));
}

/* --- all of them ------------------------------------------------------------------------ */

static void begin(struct console *c, const struct command *command)
{
    struct saving *s = mem_new(1, sizeof(*s));

    s->what = (enum save_what)command->format;
    s->which = (enum save_packets)command->form;
    s->form = (enum ladder_form)command->form;
    s->view = mem_new(1, sizeof(*s->view));
    s->lens = c->lens;
    /* "-" is a file here: stdout is the terminal. */
    snprintf(s->path, sizeof(s->path), "%s%s", strcmp(command->text, "-") ? "" : "./",
             command->text);
    if (s->what == SAVE_LADDER)
        ladder_feed_init(&s->feed);
    else if (!begin_packets(c, s)) {
        saving_free(s);
        return;
    }
    c->saving = s;
    loop_timer_set(c->loop, &c->save, loop_now(c->loop));
}

static void save_stream(struct console *c, const struct command *command)
{
    char path[80], chunks[TEXT_NUMBER_BYTES], missing[TEXT_NUMBER_BYTES];
    struct stream_sum sum = {0};
    struct err err = {0};
    int r = stream_panel_save(c->panels[PANE_STREAM], command->text,
                              (enum stream_form)command->form, &sum, &err);

    if (r < 0) {
        tell_error(c, &err);
        return;
    }
    clean_path(command->text, path, sizeof(path));
    text_number(sum.bytes[0] + sum.bytes[1], chunks);
    if (sum.missing_bytes || sum.lost_bytes)
        model_notice(&c->model, true, "%s: %s bytes; %s were not captured or are not kept",
                     path, chunks, text_number(sum.missing_bytes + sum.lost_bytes, missing));
    else
        model_notice(&c->model, false, "%s: all %s bytes of both directions", path, chunks);
}

void console_save_wire(struct console *c, const struct command *command)
{
    char path[80];

    if (command->format == SAVE_STREAM) {
        save_stream(c, command);
    } else if (c->saving) {
        clean_path(c->saving->path, path, sizeof(path));
        model_notice(&c->model, true, "save: %s is still being written", path);
    } else {
        begin(c, command);
    }
}

void console_save_some(struct console *c)
{
    struct saving *s = c->saving;
    struct err err = {0};
    bool more;
    int r = 0;

    if (!s)
        return;
    model_look_through(&c->model, s->lens);
    if (s->what == SAVE_LADDER)
        more = ladder_feed_update(&s->feed, &c->model);
    else
        more = put_some(c, s, &r, &err);
    model_look_through(&c->model, c->lens);
    if (more) {
        loop_timer_set(c->loop, &c->save, loop_now(c->loop));
        return;
    }
    if (s->what == SAVE_LADDER)
        end_ladder(c, s);
    else
        end_packets(c, s, r, &err);
    saving_free(s);
    c->saving = NULL;
    console_dirty(c);
}

void console_save_stop(struct console *c)
{
    struct err err = {0};

    if (!c->saving)
        return;
    if (c->saving->what == SAVE_PACKETS)
        end_packets(c, c->saving, 0, &err);
    saving_free(c->saving);
    c->saving = NULL;
}
