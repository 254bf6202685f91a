/* tests/unit/consoles.h - a console without a terminal: events, commands and keys in, lines of the
 * screen out. */
#ifndef SOCKEYE_TESTS_CONSOLES_H
#define SOCKEYE_TESTS_CONSOLES_H

#include "tests/unit/screen.h"

#include "core/model/kernel_event.h"
#include "ui/console/console_state.h"

static char copied[32768]; /* what went to the clipboard */
static bool mouse_taken;   /* as the terminal was told last */

/* --- a terminal that is not there ------------------------------------------------------- */

int term_open(struct term **ret, const struct term_dress *dress, struct err *err)
{
    (void)dress;
    (void)ret;
    return err_set(err, -ENOTTY, "terminal", "", "%s", "");
}

/* As the terminal was dressed last. */
static struct term_dress dressed;

void term_dress(struct term *t, const struct term_dress *dress)
{
    (void)t;
    dressed = *dress;
}

enum theme_depth term_depth(const struct term *t)
{
    (void)t;
    return THEME_256;
}

void term_close(struct term *t)
{
    (void)t;
}

int term_fd(const struct term *t)
{
    (void)t;
    return -1;
}

void term_size(const struct term *t, int *ret_rows, int *ret_columns)
{
    (void)t;
    *ret_rows = 24;
    *ret_columns = 80;
}

bool term_resize(struct term *t)
{
    (void)t;
    return false;
}

bool term_ascii(const struct term *t)
{
    (void)t;
    return dressed.ascii;
}

bool term_draw(struct term *t, const struct surface *s)
{
    (void)t;
    (void)s;
    return true;
}

bool term_copy(struct term *t, const char *text, size_t len)
{
    (void)t;
    snprintf(copied, sizeof(copied), "%.*s", (int)len, text);
    return true;
}

/* What was told in lines. */
static char printed[65536];

void term_print(struct term *t, const char *text, size_t len)
{
    size_t used = strlen(printed);

    (void)t;
    snprintf(printed + used, sizeof(printed) - used, "%.*s", (int)len, text ? text : "");
}

void term_redraw(struct term *t)
{
    (void)t;
}

int term_flush(struct term *t)
{
    (void)t;
    return 0;
}

bool term_pending(const struct term *t)
{
    (void)t;
    return false;
}

int term_read(struct term *t)
{
    (void)t;
    return 0;
}

bool term_read_pasted(const struct term *t)
{
    (void)t;
    return false;
}

bool term_key(struct term *t, bool late, uint32_t *ret_key)
{
    (void)t;
    (void)late;
    (void)ret_key;
    return false;
}

const struct mouse *term_mouse_report(const struct term *t)
{
    (void)t;
    return NULL;
}

void term_mouse(struct term *t, bool on)
{
    (void)t;
    mouse_taken = on;
}

bool term_key_begun(const struct term *t)
{
    (void)t;
    return false;
}

void term_suspend(struct term *t)
{
    (void)t;
}

int term_resume(struct term *t)
{
    (void)t;
    return 0;
}

bool term_given_back(const struct term *t)
{
    (void)t;
    return false;
}

bool term_in_foreground(void)
{
    return true;
}

/* --- the console ------------------------------------------------------------------------ */

struct fixture {
    struct engine *engine;
    struct console_setup setup;
    struct probes probes;
    struct config config;
    struct theme theme;
    struct console c;
};

/* What the capture was asked for, one name behind the other. */
static char asked[256];

static inline bool capture_add(struct capture *capture, const char *interface)
{
    (void)capture;
    strcat(asked, interface);
    strcat(asked, " ");
    return true;
}

/* The filter that was asked for; "bad" is none. */
static char filtered[64];

static inline int capture_filter(struct capture *capture, const char *filter, struct err *err)
{
    (void)capture;
    if (strstr(filter, "bad")) {
        err_set(err, -EINVAL, "capture filter", filter, "%s", "bad");
        err->place = 5;
        return -EINVAL;
    }
    snprintf(filtered, sizeof(filtered), "%s", filter);
    return 0;
}

static inline struct mailbox *capture_meter(struct capture *capture)
{
    return (struct mailbox *)(void *)capture;
}

/* The newest wish; the observer is the fixture's flag that there is one. */
static struct wish *wished;

static inline void observer_wish(struct observer *o, struct wish *w)
{
    (void)o;
    wish_free(wished);
    wished = w;
}

static inline void resize(struct fixture *f, int rows, int columns)
{
    surface_free(f->c.surface);
    f->c.surface = surface_new(rows, columns, false);
    console_lay_out(&f->c);
}

static inline int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof(*f));
    struct console *c = &f->c;

    setlocale(LC_ALL, "C.UTF-8");
    asked[0] = '\0';
    dressed = (struct term_dress){0};
    printed[0] = '\0';
    assert_int_equal(engine_start(&f->engine, NULL), 0);
    f->probes = (struct probes){.capture_add = capture_add,
                                .capture_meter = capture_meter,
                                .capture_filter = capture_filter,
                                .observer_wish = observer_wish};
    config_init(&f->config);
    theme_mono(&f->theme);
    f->setup = (struct console_setup){
        .engine = f->engine, .probes = &f->probes, .config = &f->config, .theme = &f->theme};
    c->setup = &f->setup;
    assert_int_equal(loop_new(&c->loop), 0);
    c->packets = packet_store_new();
    /* The fake capture is its own meter. */
    c->capture = (struct capture *)(void *)mailbox_new();
    model_init(&c->model, engine_journal(f->engine), engine_transcript(f->engine), c->packets);
    c->model.host[0] = '\0';
    c->model.config = &f->config;
    for (int i = 0; i < PANE_COUNT; i++)
        c->panels[i] = console_panel((enum pane_id)i)->open();
    for (int i = 0; i < SCREEN_COUNT; i++) {
        enum pane_id ids[PANE_COUNT];

        layout_panes((enum screen_id)i, NULL, ids);
        c->keys[i] = ids[0];
    }
    line_edit_init(&c->typing);
    line_edit_init(&c->command);
    line_edit_init(&c->filter);
    line_edit_init(&c->search);
    resize(f, 24, 80);
    *state = f;
    return 0;
}

static inline int tear_down(void **state)
{
    struct fixture *f = *state;
    struct console *c = &f->c;

    for (int i = 0; i < PANE_COUNT; i++)
        console_panel((enum pane_id)i)->close(c->panels[i]);
    console_workspace_stop(c);
    console_lessons_stop(c);
    lessons_done(&c->lessons.all);
    free(c->explain);
    line_edit_done(&c->typing);
    line_edit_done(&c->command);
    line_edit_done(&c->filter);
    line_edit_done(&c->packet_filter);
    line_edit_done(&c->capture_filter);
    line_edit_done(&c->search);
    surface_free(c->surface);
    model_done(&c->model);
    mailbox_free((struct mailbox *)(void *)c->capture);
    ring_free(c->packets);
    loop_free(c->loop);
    engine_stop(f->engine);
    wish_free(wished);
    wished = NULL;
    free(f);
    return 0;
}

static inline void tell_session(struct fixture *f, uint64_t id,
                                enum session_state session_state, int error)
{
    struct event event = {.kind = EVENT_SESSION, .session = a_session(id, session_state, id)};

    if (error)
        err_set(&event.session.err, error, "send", "", "%s", "");
    console_event(&f->c, &event);
}

static inline void type(struct fixture *f, const char *text)
{
    for (; *text; text++)
        console_key(&f->c, (unsigned char)*text);
}

static inline bool row_holds(struct fixture *f, int row, const char *text)
{
    console_draw(&f->c);
    return strstr(surface_row(f->c.surface, row), text) != NULL;
}

struct interface {
    const char *name;
    enum capture_state state;
};

static inline void tell_capture(struct fixture *f, const struct interface *list, size_t n)
{
    struct capture_status *status = mem_new(1, sizeof(*status));

    status->n_interfaces = n;
    for (size_t i = 0; i < n; i++) {
        strcpy(status->interfaces[i].name, list[i].name);
        status->interfaces[i].state = list[i].state;
        if (list[i].state == CAPTURE_FAILED)
            err_set(&status->interfaces[i].err, -ENODEV, "capture", list[i].name, "%s", "");
    }
    free(mailbox_put(capture_meter(f->c.capture), status));
    console_meter(&f->c);
}

#endif
