/* What the console hears goes into a recording where it is heard: core/model/recording.h.  Rings are
 * read by their numbers, a bounded part at a time, so that no key press waits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/kernel_event.h"
#include "core/model/record_shapes.h"
#include "ui/cli/say.h"
#include "ui/console/console_state.h"

/* Of all rings together, each time. */
#define BYTES_AT_ONCE (4U << 20)
/* A display that stands still draws nothing; its rings go on. */
#define RINGS_NS (100 * CLOCK_MS_NS)

bool console_records(const struct console *c)
{
    return c->recorder != NULL;
}

static void put(struct console *c, enum record_kind kind, struct record_bytes *fields)
{
    recorder_put(c->recorder, kind, clock_now_ns(), fields);
}

/* --- what comes once ---------------------------------------------------------------------- */

void console_record_key(struct console *c, uint32_t key)
{
    struct record_bytes fields = {0};

    if (!c->recorder)
        return;
    record_put_u32(&fields, key);
    record_put_u8(&fields, c->burst);
    put(c, RECORD_KEY, &fields);
}

void console_record_mouse(struct console *c, const struct mouse *mouse)
{
    struct record_bytes fields = {0};

    if (!c->recorder)
        return;
    record_put_u32(&fields, mouse->kind);
    record_put_u32(&fields, (uint32_t)mouse->button);
    record_put_u32(&fields, (uint32_t)mouse->row);
    record_put_u32(&fields, (uint32_t)mouse->column);
    put(c, RECORD_MOUSE, &fields);
}

void console_record_post(struct console *c, uint64_t id)
{
    struct record_bytes fields = {0};

    if (!c->recorder)
        return;
    record_put_u64(&fields, id);
    put(c, RECORD_POST, &fields);
}

void console_record_options(struct console *c, const struct option_values *values)
{
    struct record_bytes fields = {0};

    if (!c->recorder)
        return;
    record_put_options(&fields, values);
    put(c, RECORD_OPTIONS, &fields);
}

void console_record_workspace(struct console *c, const char *name, const struct workspace *w)
{
    struct record_bytes fields = {0};
    struct json_writer json = {0};

    if (!c->recorder)
        return;
    workspace_write(w, &json);
    record_put_text(&fields, name);
    record_put_long(&fields, json.bytes, json.len);
    free(json.bytes);
    put(c, RECORD_WORKSPACE, &fields);
}

void console_record_looks(struct console *c)
{
    struct record_bytes fields = {0};
    struct json_writer layout = {0}, config = {0};
    struct workspace *w;

    if (!c->recorder)
        return;
    w = mem_new(1, sizeof(*w));
    console_write_layout(c, w);
    workspace_write(w, &layout);
    config_write(c->setup->config, &config);
    record_put_long(&fields, layout.bytes, layout.len);
    record_put_long(&fields, config.bytes, config.len);
    put(c, RECORD_LOOKS, &fields);
    free(layout.bytes);
    free(config.bytes);
    workspace_done(w);
    free(w);
}

void console_record_size(struct console *c, int rows, int columns)
{
    struct record_bytes fields = {0};

    if (!c->recorder)
        return;
    record_put_u32(&fields, (uint32_t)rows);
    record_put_u32(&fields, (uint32_t)columns);
    put(c, RECORD_SIZE, &fields);
}

void console_record_event(struct console *c, const struct event *event)
{
    struct record_bytes fields = {0};

    if (!c->recorder)
        return;
    record_put_event(&fields, event);
    put(c, RECORD_EVENT, &fields);
}

void console_record_snapshot(struct console *c, struct snapshot *snapshot)
{
    if (c->recorder)
        recorder_put_snapshot(c->recorder, clock_now_ns(), snapshot);
}

void console_record_meter(struct console *c, const struct capture_status *status)
{
    struct record_bytes fields = {0};

    if (!c->recorder)
        return;
    record_put_meter(&fields, status);
    put(c, RECORD_METER, &fields);
}

/* With what the alarm knows of the question. */
void console_record_answer(struct console *c, const struct inquiry *q)
{
    struct record_bytes fields = {0};

    if (!c->recorder)
        return;
    record_put_u64(&fields, c->alarm.asked_cookie);
    record_put_answer(&fields, q);
    put(c, RECORD_ANSWER, &fields);
}

void console_record_lookups(struct console *c)
{
    const struct lookups *all = c->model.lookups;
    const struct lookup *l;

    if (!c->recorder)
        return;
    for (size_t i = 0; (l = lookups_at(all, i)); i++) {
        struct record_bytes fields = {0};

        if (l->changed <= c->recorded_lookups)
            continue;
        record_put_lookup(&fields, l);
        put(c, RECORD_LOOKUP, &fields);
    }
    c->recorded_lookups = lookups_changes(all);
}

/* --- rings -------------------------------------------------------------------------------- */

struct record_source {
    const struct ring *ring;
    enum record_kind kind;
    const struct record_shape *shape;
    size_t bytes; /* beside a record, at most */
};

/* A record of any of them. */
union any_record {
    struct call call;
    struct passage passage;
    struct packet packet;
    struct kernel_event event;
};

/* Those of one ring that came since; returns how many bytes they were. */
static size_t record_ring(struct console *c, const struct record_source *from, uint64_t *next,
                          uint8_t *data, size_t room)
{
    uint64_t head = ring_head(from->ring), tail = ring_tail(from->ring);
    size_t total = 0;

    if (*next < tail)
        *next = tail;
    for (; *next < head && total < room; ++*next) {
        struct record_bytes fields = {0};
        union any_record record;
        size_t len = 0;

        if (!ring_get(from->ring, *next, &record, data, from->bytes, &len))
            continue;
        len = len < from->bytes ? len : from->bytes;
        record_put_u64(&fields, *next);
        record_put_shape(&fields, from->shape, &record);
        record_put_u32(&fields, (uint32_t)len);
        record_put(&fields, data, len);
        total += fields.len;
        put(c, from->kind, &fields);
    }
    return total;
}

static void record_notice(struct console *c)
{
    const struct model *m = &c->model;
    struct record_bytes fields = {0};

    if (m->notice_ns == c->recorded_notice_ns || m->notice_ns <= c->notice_gone_ns)
        return;
    c->recorded_notice_ns = m->notice_ns;
    record_put_u8(&fields, m->notice_bad);
    record_put_text(&fields, m->notice);
    put(c, RECORD_NOTICE, &fields);
}

/* Said once; the sum comes in the end. */
static void tell_dropped(struct console *c)
{
    struct recorder_status status = recorder_status(c->recorder);

    if (c->told_recorder || (!status.dropped && !status.error))
        return;
    c->told_recorder = true;
    if (status.error)
        model_notice(&c->model, true, "the recording has ended, it could not be written: %s",
                     err_name(status.error));
    else
        model_notice(&c->model, true, "the recording lacks what comes from here on: %s",
                     status.bytes + RECORDING_RECORD_MAX > RECORDING_BYTES_MAX
                         ? "it is as large as it may become"
                         : "the disk is too slow");
}

void console_record_rings(struct console *c)
{
    const struct record_source sources[] = {
        {c->model.journal, RECORD_CALL, &record_call, 0},
        {c->model.transcript, RECORD_PASSAGE, &record_passage, TRANSCRIPT_KEPT_BYTES},
        {c->kernel_events, RECORD_KERNEL, &record_kernel_event, 0},
        {c->packets, RECORD_PACKET, &record_packet, PACKET_BYTES_MAX},
    };
    size_t left = BYTES_AT_ONCE;
    uint8_t *data;

    if (!c->recorder)
        return;
    data = mem_new(PACKET_BYTES_MAX, 1);
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]) && left; i++) {
        size_t used = record_ring(c, &sources[i], &c->recorded[i], data, left);

        left -= used < left ? used : left;
    }
    free(data);
    record_notice(c);
    tell_dropped(c);
    loop_timer_set(c->loop, &c->record, clock_now_ns() + RINGS_NS);
}

void console_record_tick(struct console *c)
{
    struct record_bytes none = {0};

    if (c->recorder)
        put(c, RECORD_TICK, &none);
}

static void record_due(struct timer *t)
{
    console_record_rings(t->owner);
}

/* --- begin and end ------------------------------------------------------------------------ */

int console_record_start(struct console *c, struct err *err)
{
    struct recording_head head = {.start_ns = c->model.start_ns,
                                  .start_wall_ns = c->model.start_wall_ns,
                                  .version = SOCKEYE_VERSION,
                                  .pid = getpid(),
                                  .no_capture = c->setup->no_capture,
                                  .demo = c->setup->demo};

    if (!c->setup->record)
        return 0;
    strcpy(head.host, c->model.host);
    c->record = (struct timer){.fire = record_due, .owner = c};
    return recorder_open(c->setup->record, &head, RECORDING_BYTES_MAX, &c->recorder, err);
}

void console_record_stop(struct console *c)
{
    struct recorder_status status;

    if (!c->recorder)
        return;
    status = recorder_close(c->recorder, clock_now_ns());
    c->recorder = NULL;
    if (status.error)
        say_line("sockeye: %s ends early, it could not be written: %s", c->setup->record,
                 err_name(status.error));
    else if (status.dropped)
        say_line("sockeye: %s lacks %llu records", c->setup->record,
                 (unsigned long long)status.dropped);
}
