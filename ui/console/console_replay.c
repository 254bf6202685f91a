/* A recording instead of this host: what was heard is heard again, in the order and at the pace in
 * which it was, keys too.  Nothing outside is asked or changed.
 *
 * Who looks on can hold it, go on by a key press, make it faster and slower.  Any other key takes
 * over: from then on the recorded keys do nothing, and what was heard goes on. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/errors.h"
#include "core/model/kernel_event.h"
#include "core/model/record_shapes.h"
#include "ui/console/console_state.h"

#define FRAME_NS (33 * CLOCK_MS_NS)
/* Of a turn, keys in between. */
#define AT_ONCE_NS (8 * CLOCK_MS_NS)
#define SLOWEST (REPLAY_SPEED / 8)
#define FASTEST (REPLAY_SPEED * 64)
/* A number that no ring comes to: what is beyond is no number of a record. */
#define NUMBER_MAX (UINT64_C(1) << 48)
#define CONTROL_C 3

struct replay {
    struct recording *file;
    struct ring *journal, *transcript;
    struct record_rows rows;
    struct timer timer;
    struct record next; /* read, and not due yet */
    bool has_next, ended;
    bool held, taken_over;
    bool stepping;             /* until the next key has been acted out */
    uint64_t speed;            /* in 1 / REPLAY_SPEED; 0: without pauses */
    uint64_t at_ns, looked_ns; /* in its time, and when that was, in ours */
    uint64_t posted;
    int rows_wanted, columns_wanted; /* 0: not said yet */
    bool told_size;
    uint8_t *data;
};

/* --- where it is -------------------------------------------------------------------------- */

bool console_replay_follows(const struct console *c)
{
    return c->replay && !c->replay->taken_over;
}

void console_replay_size(const struct console *c, int *rows, int *columns)
{
    const struct replay *r = c->replay;

    if (!console_replay_follows(c) || !r->rows_wanted || r->rows_wanted > *rows ||
        r->columns_wanted > *columns)
        return;
    *rows = r->rows_wanted;
    *columns = r->columns_wanted;
}

void console_replay_where(const struct console *c, char *buf, size_t size)
{
    const struct replay *r = c->replay;
    uint64_t at, whole, s = (r->at_ns - recording_head(r->file)->start_ns) / CLOCK_SECOND_NS;
    const char *state = r->ended ? ", ended" : r->held ? ", held" : "";
    char speed[24] = "";

    recording_place(r->file, &at, &whole);
    if (r->speed && r->speed != REPLAY_SPEED && !r->ended)
        snprintf(speed, sizeof(speed), " x%g", (double)r->speed / REPLAY_SPEED);
    snprintf(buf, size, "replay%s %llu:%02llu, %llu %%%s", speed, (unsigned long long)(s / 60),
             (unsigned long long)(s % 60),
             (unsigned long long)(whole ? (at < whole ? at : whole) * 100 / whole : 100),
             state);
}

const char *console_replay_keys(const struct console *c)
{
    if (!console_replay_follows(c) || c->replay->ended)
        return "";
    return c->replay->held ? " [{right} steps]" : " [{pause} holds]";
}

bool console_hands_off(struct console *c)
{
    if (c->replay && !c->acted_out)
        model_notice(&c->model, false,
                     "this is a replay: nothing is done, asked or sent; %s leaves it",
                     key_for(ACTION_QUIT));
    return c->replay != NULL;
}

uint64_t console_replay_post(struct console *c)
{
    return ++c->replay->posted;
}

static void show_time(struct replay *r, uint64_t at_ns)
{
    const struct recording_head *head = recording_head(r->file);

    r->at_ns = at_ns;
    clock_show(at_ns, head->start_wall_ns + (at_ns - head->start_ns));
}

/* --- what was heard ----------------------------------------------------------------------- */

/* Number, record and bytes of a ring; false: it cannot be believed. */
static bool into_ring(struct replay *r, struct cursor *f, struct ring *ring,
                      const struct record_shape *shape, size_t data_max)
{
    union {
        struct call call;
        struct passage passage;
        struct packet packet;
        struct kernel_event event;
    } record;
    uint64_t number = record_get_u64(f);
    const uint8_t *data;
    size_t len;

    memset(&record, 0, sizeof(record));
    record_get_shape(f, shape, &record);
    len = cursor_be32(f);
    data = len <= data_max ? cursor_take(f, len) : NULL;
    if (shape == &record_passage && len > record.passage.length)
        return false;
    if (shape == &record_packet && len > record.packet.captured)
        return false;
    if (f->short_read || !data || number < ring_head(ring) || number > NUMBER_MAX)
        return false;
    if (len)
        memcpy(r->data, data, len);
    if (number > ring_head(ring))
        ring_skip(ring, number);
    ring_put(ring, &record, r->data, len);
    return true;
}

static bool take_size(struct console *c, struct cursor *f)
{
    struct replay *r = c->replay;
    uint32_t rows = cursor_be32(f), columns = cursor_be32(f);
    int wanted_rows, wanted_columns;

    if (f->short_read || !rows || !columns || rows > INT16_MAX || columns > INT16_MAX)
        return false;
    r->rows_wanted = (int)rows;
    r->columns_wanted = (int)columns;
    if (r->taken_over)
        return true;
    term_size(c->term, &wanted_rows, &wanted_columns);
    if (!r->told_size && ((int)rows > wanted_rows || (int)columns > wanted_columns)) {
        r->told_size = true;
        model_notice(&c->model, false, "it was recorded at %ux%u, and fits this terminal anew",
                     columns, rows);
    }
    console_replay_size(c, &wanted_rows, &wanted_columns);
    console_resize(c, wanted_rows, wanted_columns);
    return true;
}

static bool take_key(struct console *c, struct cursor *f)
{
    uint32_t key = cursor_be32(f);
    uint8_t burst = cursor_u8(f);

    if (f->short_read)
        return false;
    c->replay->stepping = false;
    if (c->replay->taken_over)
        return true;
    c->burst = burst;
    console_key(c, key);
    return true;
}

static bool take_event(struct console *c, struct cursor *f)
{
    struct event event = {0};

    record_get_event(f, &event);
    if (!f->short_read)
        console_event(c, &event);
    c->news = true;
    return !f->short_read;
}

static bool take_meter(struct console *c, struct cursor *f)
{
    struct capture_status *status = record_get_meter(f);

    if (!f->short_read)
        console_take_meter(c, status);
    else
        free(status);
    return !f->short_read;
}

static bool take_answer(struct console *c, struct cursor *f)
{
    uint64_t cookie = record_get_u64(f);
    struct inquiry *q = record_get_answer(f);

    if (f->short_read) {
        inquiry_free(q);
        return false;
    }
    if (q->by_itself) {
        c->alarm.asked_cookie = cookie;
        c->alarm.session_id = q->session_id;
        snprintf(c->alarm.target, sizeof(c->alarm.target), "%s", q->target);
    }
    console_answer(c, q);
    return true;
}

static bool take_lookup(struct console *c, struct cursor *f)
{
    struct lookup lookup;

    record_get_lookup(f, &lookup);
    if (!f->short_read)
        console_take_lookup(c, &lookup);
    return !f->short_read;
}

static bool take_notice(struct console *c, struct cursor *f)
{
    uint8_t bad = cursor_u8(f);
    size_t len = 0;
    const char *text = record_get_text(f, &len);

    if (!text)
        return false;
    model_notice(&c->model, bad != 0, "%.*s", (int)len, text);
    return true;
}

static bool take_mouse(struct console *c, struct cursor *f)
{
    uint32_t kind = cursor_be32(f), button = cursor_be32(f);
    struct mouse mouse = {.kind = (enum mouse_kind)kind, .button = (int)(button & INT16_MAX)};

    mouse.row = (int)(cursor_be32(f) & INT16_MAX);
    mouse.column = (int)(cursor_be32(f) & INT16_MAX);
    if (f->short_read || kind > MOUSE_WHEEL_DOWN)
        return false;
    if (!c->replay->taken_over)
        console_mouse(c, &mouse);
    return true;
}

static bool take_options(struct console *c, struct cursor *f)
{
    struct option_values *values = record_get_options(f);

    if (f->short_read) {
        free(values);
        return false;
    }
    console_take_options(c, values);
    return true;
}

/* A file as it was written; its bytes are changed by parsing them. */
static int parse_file(struct cursor *f, struct json_text *ret)
{
    size_t len;
    const uint8_t *bytes = record_get_long(f, &len);

    return bytes ? json_text_parse(mem_copy(bytes, len), len, "recording", ret, NULL)
                 : -EBADMSG;
}

static bool take_workspace(struct console *c, struct cursor *f)
{
    struct workspace *w = mem_new(1, sizeof(*w));
    size_t len = 0;
    const char *name = record_get_text(f, &len);
    char clean[80];
    struct json_text json;
    bool taken = false;

    text_clean(name ? name : "", len, clean, sizeof(clean));
    if (parse_file(f, &json) == 0) {
        taken = workspace_parse(&json, w, NULL) == 0;
        json_text_done(&json);
    }
    if (taken && !console_take_workspace(c, clean, w))
        workspace_done(w);
    free(w);
    return taken;
}

static bool take_layout(struct console *c, const struct json_text *json)
{
    struct workspace *w = mem_new(1, sizeof(*w));
    struct arrangement as[SCREEN_COUNT];
    bool taken = workspace_parse(json, w, NULL) == 0;

    if (taken && console_read_layout(w, "recording", as, NULL) == 0)
        memcpy(c->as, as, sizeof(c->as));
    workspace_done(w);
    free(w);
    return taken;
}

/* Keys and the way times are written are those of the recording; how it is drawn is a matter of
 * this terminal. */
static bool take_config(struct console *c, const struct json_text *json)
{
    struct config *config = mem_new(1, sizeof(*config));
    bool taken;

    config_init(config);
    taken = config_parse(config, json, NULL) == 0 && keymap_bind(config, NULL) == 0;
    if (taken)
        config_set(c->setup->config, SETTING_TIMES, config_text(config, SETTING_TIMES),
                   FROM_OPTION, NULL);
    free(config);
    console_apply_times(c);
    return taken;
}

static bool take_looks(struct console *c, struct cursor *f)
{
    struct json_text json;
    bool taken = false;

    if (parse_file(f, &json) == 0) {
        taken = take_layout(c, &json);
        json_text_done(&json);
    }
    if (taken && parse_file(f, &json) == 0) {
        taken = take_config(c, &json);
        json_text_done(&json);
    }
    console_lay_out(c);
    return taken;
}

/* The panels hear of it when they did. */
static void tick(struct console *c)
{
    if (c->replay->taken_over)
        return;
    c->news = true;
    console_spread_news(c);
    while (!c->model.paused && model_packets_behind(&c->model)) {
        c->news |= model_update_packets(&c->model);
        console_spread_news(c);
    }
}

/* False: it cannot be believed. */
static bool take(struct console *c, const struct record *record)
{
    struct replay *r = c->replay;
    struct cursor f = record->fields;
    struct snapshot *snapshot;

    switch (record->kind) {
    case RECORD_KEY:
        return take_key(c, &f);
    case RECORD_SIZE:
        return take_size(c, &f);
    case RECORD_EVENT:
        return take_event(c, &f);
    case RECORD_CALL:
        c->news = true;
        return into_ring(r, &f, r->journal, &record_call, 0);
    case RECORD_PASSAGE:
        c->news = true;
        return into_ring(r, &f, r->transcript, &record_passage, TRANSCRIPT_KEPT_BYTES);
    case RECORD_PACKET:
        c->news = true;
        return into_ring(r, &f, c->packets, &record_packet, PACKET_BYTES_MAX);
    case RECORD_KERNEL:
        return into_ring(r, &f, c->kernel_events, &record_kernel_event, 0);
    case RECORD_SNAPSHOT:
        snapshot = record_get_snapshot(&f, &r->rows);
        if (snapshot)
            console_take_snapshot(c, snapshot);
        return snapshot != NULL;
    case RECORD_METER:
        return take_meter(c, &f);
    case RECORD_ANSWER:
        return take_answer(c, &f);
    case RECORD_LOOKUP:
        return take_lookup(c, &f);
    case RECORD_NOTICE:
        return take_notice(c, &f);
    case RECORD_MOUSE:
        return take_mouse(c, &f);
    case RECORD_POST:
        r->posted = record_get_u64(&f);
        return !f.short_read;
    case RECORD_OPTIONS:
        return take_options(c, &f);
    case RECORD_LOOKS:
        return take_looks(c, &f);
    case RECORD_WORKSPACE:
        return take_workspace(c, &f);
    case RECORD_TICK:
        tick(c);
        return true;
    default:
        return true;
    }
}

/* --- its pace ----------------------------------------------------------------------------- */

static void end(struct console *c, int code)
{
    struct replay *r = c->replay;

    r->ended = true;
    if (code == -ENODATA)
        model_notice(&c->model, true, "the recording was cut here: it did not come to its end");
    else if (code < 0)
        model_notice(&c->model, true, "the recording is damaged here (%s)", err_name(code));
    console_urgent(c);
}

/* The next record, unless one waits; false: there is none. */
static bool read_next(struct console *c)
{
    struct replay *r = c->replay;
    int code;

    if (r->has_next || r->ended)
        return r->has_next;
    code = recording_next(r->file, &r->next);
    r->has_next = code > 0;
    if (code <= 0)
        end(c, code);
    return r->has_next;
}

static void act_out(struct console *c)
{
    struct replay *r = c->replay;
    struct cursor f = r->next.fields;
    bool believed;

    r->has_next = false;
    show_time(r, r->next.at_ns);
    c->acted_out = true;
    believed = take(c, &r->next);
    c->acted_out = false;
    if (!believed)
        end(c, -EBADMSG);
    else if (r->next.kind == RECORD_END && record_get_u64(&f))
        model_notice(&c->model, true,
                     "the recording lacks something: not everything could be "
                     "written");
    console_dirty(c);
}

/* How far its time has come. */
static uint64_t now_in_it(const struct replay *r, uint64_t now_ns)
{
    uint64_t passed = now_ns - r->looked_ns;

    if (!r->speed)
        return UINT64_MAX;
    return r->at_ns + passed / REPLAY_SPEED * r->speed +
           passed % REPLAY_SPEED * r->speed / REPLAY_SPEED;
}

static void replay_due(struct timer *t)
{
    struct console *c = t->owner;
    struct replay *r = c->replay;
    uint64_t begun_ns = clock_now_ns(), to_ns = now_in_it(r, begun_ns);

    while (!c->stopped && (!r->held || r->stepping) && read_next(c) &&
           (r->stepping || r->next.at_ns <= to_ns)) {
        act_out(c);
        if (clock_now_ns() - begun_ns > AT_ONCE_NS)
            break;
    }
    r->looked_ns = begun_ns;
    /* Between two records time goes on, too, but never past the next one or the end. */
    if (r->has_next && !r->held && r->speed && to_ns > r->at_ns && to_ns < r->next.at_ns)
        show_time(r, to_ns);
    if (r->ended || (r->held && !r->stepping))
        return;
    console_dirty(c);
    loop_timer_set(c->loop, t,
                   r->has_next && (r->stepping || r->next.at_ns <= to_ns)
                       ? clock_now_ns()
                       : clock_now_ns() + FRAME_NS / 2);
}

static void go_on(struct console *c)
{
    c->replay->looked_ns = clock_now_ns();
    loop_timer_set(c->loop, &c->replay->timer, c->replay->looked_ns);
    console_urgent(c);
}

/* --- who looks on ------------------------------------------------------------------------- */

static void change_speed(struct replay *r, bool faster)
{
    uint64_t speed = r->speed ? r->speed : FASTEST;

    speed = faster ? speed * 2 : speed / 2;
    r->speed = speed > FASTEST ? FASTEST : speed < SLOWEST ? SLOWEST : speed;
}

static void take_over(struct console *c)
{
    c->replay->taken_over = true;
    c->burst = c->pasting = false;
    c->news = true;
    model_notice(&c->model, false,
                 "your keys act from here on; what was recorded goes on behind them");
}

bool console_replay_key(struct console *c, uint32_t key)
{
    struct replay *r = c->replay;
    enum action action = action_of_key(key);

    if (!r)
        return false;
    /* Its time may stand still; what a key brings is newer than what it takes away. */
    show_time(r, r->at_ns + 1);
    if (!console_replay_follows(c))
        return false;
    if (action == ACTION_REDRAW || action == ACTION_SUSPEND) {
        console_action(c, action);
        return true;
    }
    if (action == ACTION_QUIT || action == ACTION_QUIT_NOW || key == CONTROL_C) {
        console_stop(c, 0);
    } else if (action == ACTION_PAUSE || action == ACTION_TAG) {
        r->held = !r->held;
    } else if (action == ACTION_RIGHT) {
        r->held = r->stepping = true;
    } else if (action == ACTION_SORT_LEFT || action == ACTION_SORT_RIGHT) {
        change_speed(r, action == ACTION_SORT_RIGHT);
    } else {
        take_over(c);
        return false;
    }
    go_on(c);
    return true;
}

/* --- begin and end ------------------------------------------------------------------------ */

int console_replay_open(struct console_setup *setup, struct replay **ret, struct err *err)
{
    struct recording *file;
    struct replay *r;
    int code = recording_open(setup->replay, &file, err);

    if (code < 0)
        return code;
    r = mem_new(1, sizeof(*r));
    r->file = file;
    r->speed = setup->speed;
    r->journal = journal_new();
    r->transcript = transcript_new();
    r->data = mem_new(PACKET_BYTES_MAX, 1);
    setup->no_capture = recording_head(file)->no_capture;
    setup->demo = recording_head(file)->demo;
    owner_replay(recording_head(file)->pid);
    /* The model begins when it did. */
    show_time(r, recording_head(file)->start_ns);
    *ret = r;
    return 0;
}

void console_replay_close(struct replay *r)
{
    if (!r)
        return;
    recording_close(r->file);
    record_rows_done(&r->rows);
    ring_free(r->journal);
    ring_free(r->transcript);
    free(r->data);
    free(r);
    clock_show(0, 0);
    owner_replay(0);
}

struct ring *console_replay_journal(struct replay *r)
{
    return r->journal;
}

struct ring *console_replay_transcript(struct replay *r)
{
    return r->transcript;
}

const struct recording_head *console_replay_head(const struct replay *r)
{
    return recording_head(r->file);
}

void console_replay_start(struct console *c)
{
    c->replay->timer = (struct timer){.fire = replay_due, .owner = c};
    console_why_start(c);
    console_names_start(c);
    model_notice(
        &c->model, false,
        "a replay: %s holds it, %s goes on by a key press, %s and %s slower and faster, "
        "%s leaves; any other key is yours",
        key_for(ACTION_PAUSE), key_for(ACTION_RIGHT), key_for(ACTION_SORT_LEFT),
        key_for(ACTION_SORT_RIGHT), key_for(ACTION_QUIT));
    if (c->setup->no_capture) {
        c->acted_out = true;
        console_demo_start(c);
        c->acted_out = false;
    }
    go_on(c);
}
