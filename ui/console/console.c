/* The loop of the ui thread: keys, signals, and what the other threads have to tell.
 *
 * Whatever arrives only marks the frame as due; after the turn one frame shows all of it.  A
 * key is answered at once, everything else at most FRAME_NS apart, nothing while the terminal
 * still takes the frame before. */
#include "ui/console/console.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/model/errors.h"
#include "core/model/kernel_event.h"
#include "core/model/state_texts.h"
#include "ui/cli/say.h"
#include "ui/console/console_state.h"

#define FRAME_NS (33 * CLOCK_MS_NS)
/* A terminal sends the rest of a key's sequence within this time, also where a network lies between;
 * so long an Esc of its own has to wait. */
#define ESCAPE_NS (50 * CLOCK_MS_NS)
/* A paste has ended, whatever the terminal says, when nothing more came for so long. */
#define PASTE_NS (2 * CLOCK_SECOND_NS)
#define BURST_NS (250 * CLOCK_MS_NS)
/* Until the engine is looked at again, which is behind with the lines that were pasted. */
#define ROOM_NS (2 * CLOCK_MS_NS)
#define EVENTS_PER_TURN 256
#define READS_PER_TURN 16
#define KERNEL_EVENTS_KEPT 4096
#define MINUTE_NS (60 * CLOCK_SECOND_NS)

static const struct panel_ops *const panels[PANE_COUNT] = {
    [PANE_SOCKETS] = &sockets_panel,   [PANE_SESSIONS] = &sessions_panel,
    [PANE_SESSION] = &session_panel,   [PANE_DETAIL] = &detail_panel,
    [PANE_PACKETS] = &packets_panel,   [PANE_BYTES] = &bytes_panel,
    [PANE_LADDER] = &ladder_panel,     [PANE_JOURNAL] = &journal_panel,
    [PANE_STREAM] = &stream_panel,     [PANE_HELP] = &help_panel,
    [PANE_SETTINGS] = &settings_panel, [PANE_COMPARE] = &compare_panel,
    [PANE_OPTIONS] = &options_panel,   [PANE_COMPOSE] = &compose_panel,
    [PANE_WHY] = &why_panel,           [PANE_HOST] = &host_panel,
    [PANE_NAMES] = &names_panel,       [PANE_LESSONS] = &lessons_panel,
    [PANE_PACKETS_2] = &packets_panel,
};

const struct panel_ops *console_panel(enum pane_id id)
{
    return panels[id];
}

void console_dirty(struct console *c)
{
    c->dirty = true;
}

void console_urgent(struct console *c)
{
    c->dirty = c->urgent = true;
}

void console_stop(struct console *c, int exit_code)
{
    if (c->acted_out)
        return;
    if (!c->stopped)
        c->exit_code = exit_code;
    c->stopped = true;
    loop_stop(c->loop);
}

/* --- frames ----------------------------------------------------------------------------- */

/* Hear a bell once a frame: it rings at the pace of the writer, not of the eye. */
static void mute(struct console *c, struct watch *w)
{
    loop_change(c->loop, w, 0);
    if (!c->model.paused) {
        c->news = true;
        console_dirty(c);
    } else if (w == &c->capture_news) {
        loop_timer_set(c->loop, &c->behind, clock_now_ns() + FRAME_NS);
    }
}

static void unmute(struct console *c, struct watch *w, struct bell *bell)
{
    if (w->events)
        return;
    bell_arm(bell);
    loop_change(c->loop, w, EPOLLIN);
}

/* Packets are looked at some at a time, keys in between; of a paused display, too, so that none
 * is overwritten unseen. */
static void behind_due(struct timer *t)
{
    struct console *c = t->owner;
    bool more;

    if (c->model.paused) {
        more = model_index_packets(&c->model);
        if (!more)
            unmute(c, &c->capture_news, &c->packet_news);
    } else {
        c->news |= model_update_packets(&c->model);
        more = model_packets_behind(&c->model);
        console_dirty(c);
    }
    if (more)
        loop_timer_set(c->loop, t, loop_now(c->loop));
}

void console_spread_news(struct console *c)
{
    for (int round = 0; round < 2 && c->news && !c->model.paused; round++) {
        c->news = false;
        model_update_packets(&c->model);
        console_tell_all(c, PANEL_TICK);
    }
    if (!c->model.paused && model_packets_behind(&c->model))
        loop_timer_set(c->loop, &c->behind, loop_now(c->loop));
}

/* What lies beside a smaller frame is wiped first. */
void console_resize(struct console *c, int rows, int columns)
{
    int all_rows, all_columns;
    struct surface *blank;

    if (rows == surface_rows(c->surface) && columns == surface_columns(c->surface))
        return;
    term_size(c->term, &all_rows, &all_columns);
    if (rows < all_rows || columns < all_columns) {
        blank = surface_new(all_rows, all_columns, term_ascii(c->term));
        term_draw(c->term, blank);
        surface_free(blank);
    }
    surface_free(c->surface);
    c->surface = surface_new(rows, columns, term_ascii(c->term));
    console_record_size(c, rows, columns);
    console_lay_out(c);
}

static void make_frame(struct console *c)
{
    int rows, columns;

    if (!c->replay)
        unmute(c, &c->engine_news, engine_news(c->setup->engine));
    unmute(c, &c->capture_news, &c->packet_news);
    console_record_rings(c);
    if (c->news && !c->model.paused)
        console_record_tick(c);
    /* A replay that is followed says itself when they heard of it. */
    if (!console_replay_follows(c))
        console_spread_news(c);
    console_lesson_look(c);
    console_wish(c);
    term_size(c->term, &rows, &columns);
    console_replay_size(c, &rows, &columns);
    console_resize(c, rows, columns);
    console_draw(c);
    console_log_frame(c);
    if (console_reads(c))
        console_read_out(c);
    c->dirty = !console_reads(c) && !term_draw(c->term, c->surface);
    c->urgent = false;
    c->drawn_ns = clock_now_ns();
}

static void after_turn(void *owner)
{
    struct console *c = owner;
    uint64_t due = c->drawn_ns + FRAME_NS;

    if (c->dirty && !c->stopped && !term_pending(c->term)) {
        if (c->urgent || loop_now(c->loop) >= due)
            make_frame(c);
        else if (!c->frame.slot)
            loop_timer_set(c->loop, &c->frame, due);
    }
    /* Keys wait while nobody could take them, or while they are the shell's. */
    loop_change(c->loop, &c->tty,
                (c->room.slot || term_given_back(c->term) ? 0 : EPOLLIN) |
                    (term_pending(c->term) ? EPOLLOUT : 0));
}

/* Waking up is all it is for: after_turn() does the rest. */
static void frame_due(struct timer *t)
{
    (void)t;
}

static void clock_due(struct timer *t)
{
    struct console *c = t->owner;
    uint64_t into_minute = clock_wall_ns() % MINUTE_NS;

    loop_timer_set(c->loop, t, clock_now_ns() + MINUTE_NS - into_minute + CLOCK_MS_NS);
    console_dirty(c);
}

static void redraw_due(struct timer *t)
{
    console_dirty(t->owner);
}

/* --- the terminal ----------------------------------------------------------------------- */

static bool takes(const struct console *c)
{
    return c->replay || engine_takes(c->setup->engine);
}

/* A key may be a command: keys wait while the engine takes none, so that no line is lost. */
static void give_keys(struct console *c, bool late)
{
    uint32_t key;

    loop_timer_cancel(c->loop, &c->room);
    while (!c->stopped && takes(c) && term_key(c->term, late, &key)) {
        if (console_replay_key(c, key))
            continue;
        if (key == KEYS_MOUSE) {
            console_record_mouse(c, term_mouse_report(c->term));
            console_mouse(c, term_mouse_report(c->term));
            continue;
        }
        console_record_key(c, key);
        console_key(c, key);
    }
    if (!takes(c))
        loop_timer_set(c->loop, &c->room, clock_now_ns() + ROOM_NS);
    else if (term_key_begun(c->term) && !late)
        loop_timer_set(c->loop, &c->escape, clock_now_ns() + ESCAPE_NS);
    else
        loop_timer_cancel(c->loop, &c->escape);
}

static void escape_due(struct timer *t)
{
    give_keys(t->owner, true);
}

static void save_due(struct timer *t)
{
    console_save_some(t->owner);
}

static void go_on_due(struct timer *t)
{
    console_go_on(t->owner);
}

static void room_due(struct timer *t)
{
    give_keys(t->owner, false);
}

static void paste_due(struct timer *t)
{
    struct console *c = t->owner;

    c->pasting = c->burst = false;
}

static void tty_ready(struct watch *w, uint32_t events)
{
    struct console *c = w->owner;
    int n = 0;

    if (events & EPOLLOUT && term_flush(c->term) < 0)
        n = -EIO;
    for (int i = 0; i < READS_PER_TURN && n >= 0 && !c->room.slot; i++) {
        n = term_read(c->term);
        if (n <= 0)
            break;
        c->burst |= term_read_pasted(c->term);
        give_keys(c, false);
        if (c->pasting || c->burst)
            loop_timer_set(c->loop, &c->paste,
                           clock_now_ns() + (c->pasting ? PASTE_NS : BURST_NS));
    }
    if (n < 0 || (n == 0 && events & (EPOLLHUP | EPOLLERR)))
        console_stop(c, 128 + SIGHUP);
}

/* Stop like any other program, also for a shell that does job control by SIGTSTP only.  False
 * when the kernel does not stop us: nobody could continue an orphaned process group. */
static bool stop_by(int signal)
{
    sigset_t stop, go_on, before;
    struct sigaction action = {.sa_handler = SIG_DFL}, old;
    const struct timespec now = {0};

    sigemptyset(&stop);
    sigaddset(&stop, signal);
    sigemptyset(&go_on);
    sigaddset(&go_on, SIGCONT);
    sigaction(signal, &action, &old);
    raise(signal);
    pthread_sigmask(SIG_UNBLOCK, &stop, &before); /* stopped here, until SIGCONT */
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    sigaction(signal, &old, NULL);
    return sigtimedwait(&go_on, NULL, &now) == SIGCONT;
}

/* The signal that waits to end us; 0: none. */
static int end_is_asked(void)
{
    static const int ends[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT};
    sigset_t pending;

    sigpending(&pending);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (sigismember(&pending, ends[i]))
            return ends[i];
    return 0;
}

/* Stopped until the shell gives us the terminal.  In the background taking it would stop us
 * in the middle, where no signal to end is heard.  False: it is not ours, but go on. */
static bool wait_for_foreground(void)
{
    while (!term_in_foreground())
        if (end_is_asked() || !stop_by(SIGTTIN))
            return false;
    return true;
}

static void come_back(struct console *c)
{
    if (!wait_for_foreground())
        return;
    if (term_resume(c->term) < 0)
        console_stop(c, 128 + SIGHUP);
    console_urgent(c);
}

void console_suspend(struct console *c)
{
    term_suspend(c->term);
    stop_by(SIGTSTP);
    come_back(c);
}

static void signal_ready(struct watch *w, uint32_t events)
{
    struct console *c = w->owner;
    struct signalfd_siginfo info;

    (void)events;
    while (read(w->fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        switch (info.ssi_signo) {
        case SIGWINCH:
            /* It may have had other sizes meanwhile, and cut what was shown. */
            if (!term_resize(c->term))
                term_redraw(c->term);
            console_urgent(c);
            break;
        case SIGCONT: /* whoever stopped us may have changed the terminal, or have it still */
            if (!term_in_foreground())
                term_suspend(c->term);
            come_back(c);
            break;
        case SIGTSTP:
            console_suspend(c);
            break;
        case SIGALRM: /* of an alarm(2) that was set before we became this program */
            break;
        default:
            console_stop(c, 128 + (int)info.ssi_signo);
            break;
        }
    }
}

/* --- the other threads ------------------------------------------------------------------ */

static void events_ready(struct watch *w, uint32_t ready)
{
    struct console *c = w->owner;
    uint64_t notice_ns = c->model.notice_ns;
    struct event event;

    (void)ready;
    for (int i = 0; i < EVENTS_PER_TURN; i++) {
        if (!queue_pop(engine_events(c->setup->engine), &event))
            break;
        console_event(c, &event);
    }
    c->news = true;
    /* What was said to the person shows on a paused display, too. */
    if (!c->model.paused || c->model.notice_ns != notice_ns)
        console_dirty(c);
}

static void bell_ready(struct watch *w, uint32_t events)
{
    (void)events;
    mute(w->owner, w);
}

static void snapshots_ready(struct watch *w, uint32_t events)
{
    (void)events;
    console_snapshot(w->owner);
}

void console_take_options(struct console *c, struct option_values *values)
{
    console_record_options(c, values);
    model_take_options(&c->model, values);
    c->news = true;
    console_dirty(c);
}

static void options_ready(struct watch *w, uint32_t events)
{
    struct console *c = w->owner;
    struct option_values *values = mailbox_take(engine_options(c->setup->engine));

    (void)events;
    if (values)
        console_take_options(c, values);
}

static void meter_ready(struct watch *w, uint32_t events)
{
    (void)events;
    console_meter(w->owner);
}

/* It stays readable: once is enough. */
static void helper_ready(struct watch *w, uint32_t events)
{
    struct console *c = w->owner;

    (void)events;
    loop_remove(c->loop, w);
    console_helper_ended(c);
}

/* --- begin and end ---------------------------------------------------------------------- */

static int watch_fd(struct console *c, struct watch *w, int fd,
                    void (*ready)(struct watch *w, uint32_t events))
{
    *w = (struct watch){.fd = fd, .events = EPOLLIN, .ready = ready, .owner = c};
    return fd < 0 ? -EBADF : loop_add(c->loop, w);
}

static void take_signals(sigset_t *ret_before, int *ret_fd)
{
    static const int taken[] = {SIGWINCH, SIGCONT, SIGTSTP, SIGALRM,
                                SIGINT,   SIGTERM, SIGHUP,  SIGQUIT};
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        sigaddset(&set, taken[i]);
    /* Before any thread is started: they all inherit it. */
    pthread_sigmask(SIG_BLOCK, &set, ret_before);
    *ret_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int watch_inputs(struct console *c, int signal_fd)
{
    struct engine *e = c->setup->engine;
    int r = loop_new(&c->loop);

    if (r == 0)
        r = watch_fd(c, &c->tty, term_fd(c->term), tty_ready);
    if (r == 0)
        r = watch_fd(c, &c->signals, signal_fd, signal_ready);
    if (r == 0 && e)
        r = watch_fd(c, &c->events, queue_fd(engine_events(e)), events_ready);
    if (r == 0 && e)
        r = watch_fd(c, &c->engine_news, engine_news(e)->fd, bell_ready);
    if (r == 0 && e)
        r = watch_fd(c, &c->options, mailbox_fd(engine_options(e)), options_ready);
    if (r == 0)
        r = watch_fd(c, &c->capture_news, c->packet_news.fd, bell_ready);
    return r;
}

/* The probes answer when they can; the first frame does not wait for them. */
static void start_probes(struct console *c)
{
    if (c->replay) {
        console_replay_start(c);
        return;
    }
    console_why_start(c);
    console_names_start(c);
    console_observe_start(c);
    console_begin_privileges(c);
    if (c->setup->probes->helper_fd)
        watch_fd(c, &c->helper, c->setup->probes->helper_fd(), helper_ready);
    if (c->observer)
        watch_fd(c, &c->snapshots,
                 mailbox_fd(c->setup->probes->observer_snapshots(c->observer)),
                 snapshots_ready);
    if (c->capture)
        watch_fd(c, &c->meter, mailbox_fd(c->setup->probes->capture_meter(c->capture)),
                 meter_ready);
}

static void set_timer(struct timer *t, struct console *c, void (*fire)(struct timer *t))
{
    *t = (struct timer){.fire = fire, .owner = c};
}

static struct console *console_new(const struct console_setup *setup, struct replay *replay)
{
    struct console *c = mem_new(1, sizeof(*c));

    c->setup = setup;
    c->replay = replay;
    c->packets = packet_store_new();
    c->kernel_events = ring_new(KERNEL_EVENTS_KEPT, sizeof(struct kernel_event), 0);
    bell_init(&c->packet_news);
    model_init(&c->model,
               replay ? console_replay_journal(replay) : engine_journal(setup->engine),
               replay ? console_replay_transcript(replay) : engine_transcript(setup->engine),
               c->packets);
    if (replay)
        strcpy(c->model.host, console_replay_head(replay)->host);
    c->model.config = setup->config;
    for (int i = 0; i < PANE_COUNT; i++)
        c->panels[i] = panels[i]->open();
    for (int i = 0; i < SCREEN_COUNT; i++) {
        enum pane_id ids[PANE_COUNT];

        layout_panes((enum screen_id)i, NULL, ids);
        c->keys[i] = ids[0];
    }
    line_edit_init(&c->typing);
    line_edit_init(&c->command);
    line_edit_init(&c->filter);
    line_edit_init(&c->packet_filter);
    line_edit_init(&c->capture_filter);
    line_edit_init(&c->search);
    line_edit_init(&c->palette.line);
    c->surface = surface_new(0, 0, false);
    set_timer(&c->escape, c, escape_due);
    set_timer(&c->frame, c, frame_due);
    set_timer(&c->clock, c, clock_due);
    set_timer(&c->notice, c, redraw_due);
    set_timer(&c->wish, c, redraw_due);
    set_timer(&c->paste, c, paste_due);
    set_timer(&c->room, c, room_due);
    set_timer(&c->go_on, c, go_on_due);
    set_timer(&c->behind, c, behind_due);
    set_timer(&c->save, c, save_due);
    c->snapshots.fd = c->meter.fd = -1;
    return c;
}

static void console_free(struct console *c)
{
    console_log_close(c);
    console_save_stop(c);
    console_workspace_stop(c);
    console_alarm_stop(c);
    lessons_done(&c->lessons.all);
    free(c->explain);
    for (int i = 0; i < PANE_COUNT; i++)
        panels[i]->close(c->panels[i]);
    line_edit_done(&c->typing);
    line_edit_done(&c->command);
    line_edit_done(&c->filter);
    line_edit_done(&c->packet_filter);
    line_edit_done(&c->capture_filter);
    line_edit_done(&c->search);
    line_edit_done(&c->palette.line);
    snapshot_free(c->held);
    free(c->held_meter);
    free(c->reader);
    surface_free(c->surface);
    model_done(&c->model);
    bell_done(&c->packet_news);
    ring_free(c->packets);
    ring_free(c->kernel_events);
    loop_free(c->loop);
    free(c);
}

/* Without them errors and states are named, but not explained. */
static void load_texts(struct console *c)
{
    char text[MODEL_NOTICE_BYTES];
    struct err err = {0};
    const char *what = error_reference_load(&err) < 0 ? "errors"
                       : state_texts_load(&err) < 0   ? "states"
                                                      : NULL;

    if (!what)
        return;
    err_format(&err, text, sizeof(text));
    model_notice(&c->model, true, "%s are not explained: %s", what, text);
}

/* The screen is the shell's again. */
static void remember(const struct console *c)
{
    char line[4 * ERR_TEXT_BYTES];
    struct err err = {0};

    if (console_remember_layout(c, &err) == 0)
        return;
    err_format(&err, line, sizeof(line));
    say_line("sockeye: the layout is not remembered: %s", line);
}

static int run(struct console *c, int signal_fd, struct err *err)
{
    struct term_dress dress;
    int r;

    if (!wait_for_foreground() && end_is_asked())
        return 128 + end_is_asked();
    r = console_log_open(c, err);
    if (r < 0)
        return r;
    dress = console_dress(c);
    r = term_open(&c->term, &dress, err);
    if (r < 0)
        return r;
    r = watch_inputs(c, signal_fd);
    if (r == 0) {
        loop_after_turn(c->loop, after_turn, c);
        load_texts(c);
        /* A recording has no lines from before, and brings its own layout. */
        if (!c->replay && !c->recorder)
            console_history_load(c);
        if (!c->replay)
            console_recall_layout(c);
        console_record_looks(c);
        if (c->setup->config->unread)
            model_notice(&c->model, true, "%s may not be read: settings are as by default",
                         c->setup->config->file);
        if (!config_on(c->setup->config, SETTING_MOUSE))
            term_mouse(c->term, false);
        console_apply_times(c);
        make_frame(c);
        clock_due(&c->clock);
        start_probes(c);
        if (c->setup->workspace && !c->replay)
            console_load_workspace(c, c->setup->workspace);
        console_urgent(c);
        r = loop_run(c->loop);
    }
    term_close(c->term);
    if (!c->replay && !c->recorder)
        console_history_save(c);
    if (!c->replay)
        remember(c);
    if (r < 0)
        err_set(err, r, "console loop", "", "%s", "");
    console_lessons_stop(c);
    console_why_stop(c);
    console_names_stop(c);
    if (!c->replay)
        console_observe_stop(c);
    return r < 0 ? r : c->exit_code;
}

static int run_recorded(struct console *c, int signal_fd, struct err *err)
{
    int r = console_record_start(c, err);

    if (r == 0)
        r = run(c, signal_fd, err);
    console_record_stop(c);
    return r;
}

int console_run(const struct console_setup *setup, struct err *err)
{
    struct console_setup own = *setup;
    struct replay *replay = NULL;
    struct console *c;
    sigset_t before;
    int fd, r;

    if (own.replay) {
        r = console_replay_open(&own, &replay, err);
        if (r < 0)
            return r;
    }
    take_signals(&before, &fd);
    c = console_new(&own, replay);
    r = run_recorded(c, fd, err);
    console_free(c);
    console_replay_close(replay);
    if (fd >= 0)
        close(fd);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return r;
}
