/* ui/console/console_state.h - what the console's own files share; nobody else includes it.
 *
 *   console.c          the loop: what wakes it, when it draws
 *   console_keys.c     keys -> actions -> panels -> requests
 *   console_prompt.c   the modes in which text is typed
 *   console_consent.c  what is asked before a typed line is carried out
 *   console_command.c  command lines, and what becomes of them
 *   console_demo.c     the demonstration
 *   console_observe.c  what the probes are asked for, and what they bring
 *   console_act.c      what is done to the socket of the selected row, and the menu of it
 *   console_packets.c  what is done with packets wherever they are shown
 *   console_save.c     packets, the stream and the ladder into files
 *   console_export.c   what is saved and copied of it
 *   console_program.c  the session as a program
 *   console_why.c      what is asked why, and the answer
 *   console_alarm.c    the same without being asked
 *   console_record.c   all that was heard, into a file
 *   console_replay.c   out of it again
 *   console_names.c    names that are asked about
 *   console_fix.c      what can be done here about an answer
 *   console_explain.c  what is under the cursor, explained
 *   console_layout.c   which panes are where
 *   console_mouse.c    what the mouse does
 *   console_log.c      what is written down for a bug report
 *   console_palette.c  the command palette
 *   console_workspace.c what is open into a file, and from one
 *   console_remember.c the layout, from run to run
 *   console_reader.c   the frame in lines
 *   console_lessons.c  a lesson that is being taken
 *   console_settings.c settings, and what follows from a change of one
 *   console_bind.c     keys, bound while the console runs
 *   console_undo.c     changes of the view, taken back
 *   console_draw.c     the frame */
#ifndef SOCKEYE_CONSOLE_CONSOLE_STATE_H
#define SOCKEYE_CONSOLE_CONSOLE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/base/bell.h"
#include "core/model/command.h"
#include "core/model/lookups.h"
#include "core/model/model.h"
#include "core/model/recording.h"
#include "core/model/workspace.h"
#include "core/net/loop.h"
#include "core/scenario/lesson.h"
#include "core/why/inquiry_of.h"
#include "ui/console/complete.h"
#include "ui/console/console.h"
#include "ui/console/layout.h"
#include "ui/console/line_edit.h"
#include "ui/console/log_file.h"
#include "ui/console/panel.h"
#include "ui/console/stalls.h"
#include "ui/console/term_curses.h"

/* Who gets the keys. */
enum mode {
    MODE_KEYS,           /* the pane, then the console */
    MODE_TYPE,           /* the input line of the session */
    MODE_COMMAND,        /* : */
    MODE_FILTER,         /* & */
    MODE_PACKET_FILTER,  /* & where packets are shown */
    MODE_CAPTURE_FILTER, /* b */
    MODE_SEARCH,         /* / */
    MODE_ASK,            /* y or n */
    MODE_MARK,           /* a letter */
    MODE_PALETTE,        /* what to find in it */
    MODE_MENU,           /* what can be done to the selected row */
    MODE_EXPLAIN,        /* what is under the cursor, over the lower part of the screen */
    MODE_FORM,           /* into a pane that asked for it */
    MODE_BIND,           /* the key that an action is to have */
};

/* What a person was asked about, as it was then: the focus may move before the answer. */
struct pending_act {
    enum { ACT_NONE, ACT_DESTROY, ACT_SIGNAL } kind;
    struct row row;
    bool has_where; /* else our own namespace */
    struct netns where;
    struct process process;
    int signal;
};

#define MENU_ITEMS 24

struct menu {
    size_t n, cursor;
    struct {
        char text[128], command[320];
        bool asks; /* whether it is meant, before the command is carried out */
    } items[MENU_ITEMS];
};

/* What a click reaches in the newest frame, beside the panes. */
enum spot_kind { SPOT_ACTION, SPOT_KEY, SPOT_ITEM };

#define SPOTS_MAX 96 /* no more in one frame; what is beyond them cannot be clicked */

struct spot {
    struct rectangle at;
    enum spot_kind kind;
    uint32_t what; /* enum action, a key, the menu's item */
};

/* What the mouse is about. */
struct pointer {
    bool holds; /* a border: */
    bool moved; /* since then */
    struct border border;
    bool clicked; /* the newest click was on something: */
    enum pane_id pane;
    int row, column; /* the newest press, on the screen */
    uint64_t clicked_ns;
};

/* What a person chose to look at: what undo brings back. */
struct view_state {
    enum screen_id screen;
    bool zoom, descending;
    enum socket_view view;
    struct arrangement as[SCREEN_COUNT];
    char filter[256], packet_filters[2][256]; /* of each lens */
    const struct column *sort;
    enum sums_order sums;
    bool sums_descending;
    size_t n_columns;
    const struct column *columns[MODEL_COLUMNS];
};

#define VIEWS_KEPT 64 /* the oldest go first */

/* states[at] is what is shown; behind it stands what was undone. */
struct view_history {
    size_t n, at;
    bool dropped; /* there were older ones */
    struct view_state states[VIEWS_KEPT];
};

struct reader; /* ui/console/reader.h */

#define PALETTE_ITEMS 512

/* Every action, command and setting, narrowed by what is typed. */
struct palette {
    struct line_edit line;
    size_t n, cursor;
    uint16_t items[PALETTE_ITEMS]; /* the best first */
};

#define POSTED_MAX 32

struct explain_box; /* ui/console/explain_box.h */
struct replay;      /* what is being replayed: console_replay.c */
struct saving;      /* what is being written: console_save.c */

/* Commands whose reply moves the focus. */
struct posted {
    uint64_t id; /* 0: free */
    enum verb verb;
    char *line;        /* of connect and serve: as it could be typed; owned by console.posted */
    bool of_workspace; /* that is being loaded */
    /* Of serve: */
    char service[24];
    struct endpoint endpoint;
    bool no_reuseaddr;
};

#define OPENED_KEPT WORKSPACE_LINES /* those beyond are counted */

/* What opened a server or a session of ours. */
struct opened {
    uint64_t id;
    bool server;
    char *line; /* owned */
};

struct loading; /* a workspace that is being loaded: console_workspace.c */

#define ALARMS_WAITING 8 /* the oldest go first, which is told */

/* Why, without being asked. */
struct alarm {
    size_t n;
    struct inquiry *waiting[ALARMS_WAITING]; /* owned */
    uint64_t dropped;
    struct inquiry *kept;  /* owned: what the line says in full, not shown yet; NULL: it was */
    uint64_t asked_ns;     /* the newest; 0: none yet */
    uint64_t asked_cookie; /* of a stall; 0: it was none */
    char target[INQUIRY_TARGET_BYTES]; /* that was asked last; "": anything may be */
    uint64_t session_id;               /* that it was about; 0: none */
    uint64_t cookie;                   /* of the stall that the line is about; 0: none */
};

/* What the demonstration waits for. */
enum demo_step {
    DEMO_OFF,
    DEMO_ECHO_SERVER,
    DEMO_ECHO_SESSION,
    DEMO_HELLO,
    DEMO_SILENT_SERVER,
    DEMO_SILENT_SESSION,
};

struct console {
    const struct console_setup *setup;
    struct loop *loop;
    struct term *term;
    struct surface *surface;
    struct model model;
    bool stopped;
    int exit_code;

    uint64_t key_ns;       /* the newest key */
    struct reader *reader; /* NULL: nothing has been told in lines */
    struct log_file *log;  /* NULL: none is written */
    struct {
        int rows, columns;
        enum screen_id screen;
        uint64_t notice_ns;
    } logged; /* of the newest frame */

    /* The probes. */
    struct ring *packets;
    struct ring *kernel_events; /* struct kernel_event */
    struct bell packet_news;
    struct observer *observer; /* NULL until started */
    struct capture *capture;   /* NULL: not capturing */
    size_t n_interfaces;       /* that the capture was asked for */
    char interfaces[CAPTURE_INTERFACES][16];
    bool told[CAPTURE_INTERFACES];     /* why one of them failed was said */
    bool told_events;                  /* why there are none of the kernel's events */
    uint64_t wished, wished_rows;      /* digests of the last wish */
    uint64_t wished_ns;                /* when it went out */
    struct snapshot *held;             /* came while the display is paused */
    struct capture_status *held_meter; /* likewise */

    /* What wakes the loop. */
    struct watch tty, signals, events, engine_news, options, snapshots, capture_news, meter;
    struct timer escape, frame, clock, notice, wish, paste, room, go_on, behind, save, asking,
        alarm_due;
    struct watch answers, names, helper;

    /* The screen. */
    enum screen_id screen, before_help, before_wire;
    enum pane_id keys[SCREEN_COUNT]; /* the pane that has the keys, by screen */
    bool zoom;
    unsigned lens;                       /* on the packets: of the pane of them that had the keys last */
    struct arrangement as[SCREEN_COUNT]; /* what the person made of each */
    struct layout layout;
    size_t n_spots;
    struct spot spots[SPOTS_MAX];
    struct pointer pointer;
    struct view_history views;
    struct arrangement recalled[SCREEN_COUNT]; /* from the run before */
    bool forgets_layout;                       /* there is no place to remember it */
    void *panels[PANE_COUNT];
    enum pane_id goes_on;    /* whose PANEL_GO_ON comes next */
    bool dirty;              /* a frame is due */
    bool urgent;             /* for a key: now */
    bool news;               /* panels have to hear that the model moved on */
    uint64_t drawn_ns;       /* the newest frame */
    uint64_t notice_gone_ns; /* notices up to this time have been seen */

    /* Typing. */
    enum mode mode;
    bool pasting; /* between the brackets of a paste */
    bool burst;   /* in a paste without brackets */
    struct line_edit typing, command, filter, packet_filter, capture_filter, search;
    uint64_t typing_session;
    uint64_t cut_short_ns; /* typing ended by itself, or its last key since; 0: it did not */
    struct completion completion; /* shown while n > 0 */
    char question[400],
        answer_command[LINE_EDIT_BYTES + 1]; /* "": the question is whether to quit */
    struct pending_act act;                  /* or this */
    struct menu menu;
    struct palette palette;
    struct saving *saving;       /* NULL: nothing is being written */
    enum action marking;         /* MODE_MARK: what the letter is for */
    enum action binding;         /* MODE_BIND: what the key is for */
    struct explain_box *explain; /* NULL until somebody asked what something is */
    bool hinted;     /* the last line says what the screen shows, until the next key */
    bool hint_tried; /* the texts of it were read, or are not here */

    /* Why. */
    struct inquirer *inquirer; /* NULL until started */
    uint64_t asked_ns;         /* when the newest question began */
    struct stalls stalls;
    struct alarm alarm;
    struct posted last_serve; /* "" service: none yet */

    struct {
        struct lessons all;
        bool forgets;              /* what was done before is not to be written */
        unsigned turns;            /* of the page that was shown */
        struct inquirer *inquirer; /* NULL until a lesson asks why */
        struct watch answers;
        uint64_t number; /* of its question */
        struct timer due;
    } lessons;

    /* Commands under way. */
    size_t next_posted;
    struct posted posted[POSTED_MAX];
    size_t n_opened, n_not_kept;
    struct opened opened[OPENED_KEPT];
    struct loading *loading; /* NULL: no workspace is */
    uint64_t new_server;     /* to be followed once its status has come; 0: none */
    enum demo_step demo;
    bool demo_started;
    uint64_t demo_command; /* whose reply it waits for; 0: it has come */
    uint64_t demo_id;      /* the server or session that the reply named */
    uint64_t demo_session; /* that said hello */

    /* Recorded, and replayed. */
    struct recorder *recorder; /* NULL: nothing is recorded */
    struct timer record;
    uint64_t recorded_notice_ns; /* the newest that was */
    uint64_t recorded[4];        /* of each ring: the next number */
    uint64_t recorded_lookups;   /* lookups_changes() then */
    bool told_recorder;          /* that it lacks something */
    struct replay *replay;       /* NULL: this host is shown */
    bool acted_out;              /* what happens is what the recording says, nobody's wish */
};

/* The kind of a pane. */
const struct panel_ops *console_panel(enum pane_id id);

/* console.c */
void console_dirty(struct console *c);  /* draw when the pace allows */
void console_urgent(struct console *c); /* draw at the end of this turn */
void console_stop(struct console *c, int exit_code);
void console_suspend(struct console *c);

/* The frame is made for the size of the terminal, or of the recording. */
void console_resize(struct console *c, int rows, int columns);
/* The panels hear of the news; what they ask for may be news to the others. */
void console_spread_news(struct console *c);

/* console_keys.c */
void console_key(struct console *c, uint32_t key);
void console_action(struct console *c, enum action action);
/* Tell a panel, carry out what it asks for. */
enum panel_reply console_tell(struct console *c, enum pane_id id,
                              const struct panel_event *event);
void console_go_on(struct console *c);
void console_tell_all(struct console *c, enum panel_event_kind kind);
void console_go(struct console *c, enum screen_id screen);
/* The actions that go to the screens that have tabs, by enum screen_id. */
extern const enum action console_tabs[SCREEN_TABS];
/* False when the action is none of them. */
bool console_go_tab(struct console *c, enum action action);
/* Give the keys to a pane of the screen. */
void console_give_pane(struct console *c, enum pane_id id);
enum pane_id console_keys_pane(const struct console *c);
bool console_shows(const struct console *c, enum pane_id id);

/* console_layout.c */
/* The screen, its size or the pane with the keys changed. */
void console_lay_out(struct console *c);
/* Each of the two panes of packets is told and drawn through a lens of its own, everything else
 * through that of the one that had the keys last: console_lens_of() says which a pane needs. */
unsigned console_lens_of(const struct console *c, enum pane_id id);
/* Whether a second lens is needed, and which is at hand, by the panes that there are. */
void console_settle_lens(struct console *c);
/* The pane with the keys shows packets, or one of them. */
bool console_keys_are_packets(const struct console *c);
struct layout_wish console_layout_wish(const struct console *c);
void console_set_layout(struct console *c, const char *name);
void console_next_layout(struct console *c);
/* ACTION_LARGER and its like: the pane that has the keys. */
void console_resize_pane(struct console *c, enum action action);
void console_split(struct console *c, const char *pane);
void console_unsplit(struct console *c);

/* console_mouse.c */
void console_mouse(struct console *c, const struct mouse *m);
void console_take_mouse(struct console *c, bool on);

/* console_log.c */
/* 0, also where none is wished, or negative errno with err. */
int console_log_open(struct console *c, struct err *err);
void console_log_close(struct console *c);
void console_log_command(struct console *c, const struct command *command);
void console_log_event(struct console *c, const struct event *event);
void console_log_frame(struct console *c);

/* console_palette.c */
void console_palette(struct console *c);
void console_palette_key(struct console *c, uint32_t key);
void console_palette_click(struct console *c, size_t place);
void console_palette_draw(struct console *c, struct area whole);
/* console_workspace.c */
void console_workspace(struct console *c, const struct command *command);
/* What was in one, handed over where it is taken. */
bool console_take_workspace(struct console *c, const char *name, struct workspace *w);
void console_load_workspace(struct console *c, const char *path);
void console_workspace_stop(struct console *c);
/* A command opened this server or session; its line is taken over. */
void console_keep_opened(struct console *c, struct posted *p, uint64_t id);
/* reply NULL: there is no more room to wait for it. */
void console_workspace_reply(struct console *c, const struct posted *p,
                             const struct reply *reply);
void console_write_layout(const struct console *c, struct workspace *w);
/* path: for err.  0, or -EINVAL with err. */
int console_read_layout(const struct workspace *w, const char *path,
                        struct arrangement as[SCREEN_COUNT], struct err *err);

/* console_remember.c */
void console_recall_layout(struct console *c);
/* At the end.  0, or negative errno with err. */
int console_remember_layout(const struct console *c, struct err *err);
/* A file that a state folder had and that was malformed: NAME.bad from now on.  False: it stays. */
bool console_put_aside(const char *path, const struct err *err);

/* console_lessons.c */
/* The lessons that there are, from the first visit on. */
void console_lessons_visit(struct console *c);
void console_lessons_stop(struct console *c);
/* As :lesson takes them. */
void console_lesson(struct console *c, const char *words);
/* Its pane stands below or beside those of the screen. */
bool console_lesson_beside(const struct console *c);
void console_lesson_event(struct console *c, const struct event *event);
/* Before a frame: it goes on as far as it can. */
void console_lesson_look(struct console *c);
/* What a snapshot has to have for it, and when it wants the next one; UINT64_MAX: any time. */
void console_lesson_wish(const struct console *c, struct wish *w);
uint64_t console_lesson_wish_ns(const struct console *c);
/* Mark what it speaks of, in the frame that is being drawn. */
void console_lesson_point(const struct console *c);

/* console_reader.c */
/* Lines are told in the place of a screen. */
bool console_reads(const struct console *c);
void console_read_out(struct console *c);

/* console_settings.c */
struct term_dress console_dress(const struct console *c);
/* Tell the panels how times are to be written. */
void console_apply_times(struct console *c);
/* False when the value was refused, and said why. */
bool console_set(struct console *c, enum setting setting, const char *text);
bool console_set_theme(struct console *c, const char *name);
void console_setting(struct console *c, const char *words);
void console_theme(struct console *c, const char *name);

/* console_undo.c */
/* Keep the view as it is now, if it is another than the newest. */
void console_keep_view(struct console *c);
void console_undo(struct console *c, bool redo);

/* console_prompt.c */
void console_begin(struct console *c, enum mode mode, const char *text);
/* What the word of the command line at the cursor can become. */
void console_complete(struct console *c);
/* The line that is typed in this mode. */
struct line_edit *console_prompt_line(struct console *c);
/* What was typed in earlier lives, and for later ones.  At the end the terminal is given back. */
void console_history_load(struct console *c);
void console_history_save(struct console *c);
/* A command line whose words may be left out: what Enter alone does is said. */
void console_begin_verb(struct console *c, const char *text);
void console_begin_typing(struct console *c);
/* The session has ended that is being typed into, if it is that one. */
void console_cut_short(struct console *c, const struct session_status *s);
void console_ask_quit(struct console *c);
void console_ask_close(struct console *c);
void console_prompt_key(struct console *c, uint32_t key);

/* console_command.c */
/* Carry out a line, or a command; false when it was refused, and said why. */
bool console_line(struct console *c, const char *line);
bool console_command(struct console *c, const struct command *command);
/* Hand it to the engine and know what it was when the answer comes; 0: it takes no more. */
uint64_t console_post(struct console *c, const struct command *command);
void console_event(struct console *c, const struct event *event);
void console_set_filter(struct console *c, const char *text);
void console_set_view(struct console *c, enum socket_view view);
/* Follow a session of ours. */
void console_follow(struct console *c, uint64_t session_id);
/* Select the row of a server of ours, once it is known. */
void console_follow_server(struct console *c, uint64_t server_id);

/* The session of the selected row, else the newest that we opened; 0: none. */
uint64_t console_transcript_session(const struct console *c);

/* console_consent.c */
/* Carry out a line that a person typed, once it is agreed to what it takes away. */
void console_typed_line(struct console *c, const char *line);

/* console_act.c */
void console_menu(struct console *c);
void console_menu_key(struct console *c, uint32_t key);
/* Both ask first; a signal that only lets go on does not. */
void console_destroy(struct console *c);
void console_signal(struct console *c, const struct command *command);
/* What was asked about was agreed to. */
void console_act_now(struct console *c);

/* console_packets.c */
void console_begin_mark(struct console *c, enum action action);
void console_mark_key(struct console *c, uint32_t key);
void console_tag(struct console *c);
void console_time_reference(struct console *c);
/* The two packets that were tagged last. */
void console_compare(struct console *c);
/* To the next or previous finding, or packet of the same conversation. */
void console_seek(struct console *c, enum action action);
/* From the packet that is shown to its socket; from a socket to its packets. */
void console_to_socket(struct console *c);
void console_to_stream(struct console *c);
void console_socket(struct console *c);
void console_set_packet_filter(struct console *c, const char *text);
void console_set_capture_filter(struct console *c, const char *text);
/* Whether the screen is one of packets; & begins their filter there, else that of the table. */
bool console_shows_packets(const struct console *c);
void console_begin_filter(struct console *c);
void console_begin_capture_filter(struct console *c);

/* console_save.c */
void console_save_wire(struct console *c, const struct command *command);
void console_save_some(struct console *c); /* when its timer says so */
void console_save_stop(struct console *c); /* the file ends with what is in it */

/* console_export.c */
void console_save(struct console *c, const struct command *command);
void console_copy(struct console *c, enum copy_form form);
void console_copy_text(struct console *c, const char *text);

/* console_program.c */
void console_save_program(struct console *c, const struct command *command);
void console_copy_program(struct console *c);
void console_copy_call(struct console *c); /* that is selected in the journal, as it is shown */

/* console_bind.c */
void console_bind(struct console *c, const char *name, const char *keys);
void console_begin_bind(struct console *c, enum action action);
void console_bind_key(struct console *c, uint32_t key);

/* console_why.c */
void console_why_start(struct console *c);
void console_why_stop(struct console *c);
/* What the pane with the keys has selected; on the screen of verdicts the same once more. */
void console_why(struct console *c);
void console_why_focus(struct console *c);
void console_why_command(struct console *c, const struct command *command);
void console_answer(struct console *c, struct inquiry *q); /* handed over */
/* False when nothing is being asked. */
bool console_why_give_up(struct console *c);
/* What there is to answer of the past. */
struct recorded console_why_recorded(const struct console *c);
/* q is handed over; false when nothing can be asked. */
bool console_why_post(struct console *c, struct inquiry *q);
/* An answer to be looked at; it is handed over. */
void console_why_show(struct console *c, struct inquiry *q);
/* As text or JSON; false: there is nothing to write, or it could not be. */
bool console_why_write(const struct inquiry *q, bool json, FILE *out);

/* console_alarm.c */
void console_alarm_start(struct console *c);
void console_alarm_stop(struct console *c);
void console_alarm_session(struct console *c, const struct session_status *s);
void console_alarm_serve(struct console *c, const struct posted *p); /* it failed */
void console_alarm_look(struct console *c);                          /* a snapshot came */
void console_alarm_answer(struct console *c, struct inquiry *q);     /* handed over */
void console_alarm_go_on(struct console *c);
/* Somebody comes to the screen of verdicts: what was kept from there while it was read. */
void console_alarm_visit(struct console *c);

/* console_names.c */
void console_names_start(struct console *c);
void console_names_stop(struct console *c);
void console_resolve(struct console *c, const struct command *command);
/* The names of the selected row's or session's other end; of a listener, of where it listens. */
void console_look_up(struct console *c);
void console_take_lookup(struct console *c, const struct lookup *lookup); /* of a recording */
/* False when no name is being asked about. */
bool console_names_give_up(struct console *c);

/* console_fix.c */
void console_offer_fixes(struct console *c, struct menu *m);

/* console_demo.c */
void console_demo_start(struct console *c); /* when it was asked for; once */
void console_demo_event(struct console *c, const struct event *event);

/* console_observe.c */
void console_observe_start(struct console *c);
void console_observe_stop(struct console *c);
void console_wish(struct console *c); /* tell the observer, if anything changed */
void console_snapshot(struct console *c);
void console_meter(struct console *c);
/* With which rights this program runs: what its sandbox lacks is said once, the rest when asked. */
void console_begin_privileges(struct console *c);
void console_say_privileges(struct console *c);
void console_helper_ended(struct console *c);
/* What they, and the engine, bring; handed over. */
void console_take_options(struct console *c, struct option_values *values);
void console_take_snapshot(struct console *c, struct snapshot *snapshot);
void console_take_meter(struct console *c, struct capture_status *status);
/* Asked for by a person: an interface that failed is tried again. */
void console_capture(struct console *c, const char *interface);
void console_capture_for(struct console *c, const struct session_status *s);
void console_unpause(struct console *c); /* show what was held back */

/* console_record.c: each where it is heard; nothing while nothing is recorded. */
int console_record_start(struct console *c, struct err *err);
void console_record_stop(struct console *c); /* says on stderr what is missing */
bool console_records(const struct console *c);
/* The layout and the settings as it begins. */
void console_record_looks(struct console *c);
void console_record_key(struct console *c, uint32_t key);
void console_record_mouse(struct console *c, const struct mouse *mouse);
void console_record_post(struct console *c, uint64_t id);
void console_record_options(struct console *c, const struct option_values *values);
void console_record_workspace(struct console *c, const char *name, const struct workspace *w);
void console_record_size(struct console *c, int rows, int columns);
void console_record_event(struct console *c, const struct event *event);
void console_record_snapshot(struct console *c, struct snapshot *snapshot);
void console_record_meter(struct console *c, const struct capture_status *status);
void console_record_answer(struct console *c, const struct inquiry *q);
void console_record_lookups(struct console *c); /* that are others than before */
/* What the rings have, and then that the panels hear of it. */
void console_record_rings(struct console *c);
void console_record_tick(struct console *c);

/* console_replay.c */
int console_replay_open(struct console_setup *setup, struct replay **ret, struct err *err);
void console_replay_close(struct replay *r); /* NULL is a no-op */
struct ring *console_replay_journal(struct replay *r);
struct ring *console_replay_transcript(struct replay *r);
const struct recording_head *console_replay_head(const struct replay *r);
void console_replay_start(struct console *c);
/* Whether what is on the screen is what was on it then: nobody has taken over. */
bool console_replay_follows(const struct console *c);
/* Where the frame is to have its size from, if the terminal is large enough. */
void console_replay_size(const struct console *c, int *rows, int *columns);
/* A key of who looks on; false: it is for the console. */
bool console_replay_key(struct console *c, uint32_t key);
/* As engine_post() would number it. */
uint64_t console_replay_post(struct console *c);
/* "replay 0:12, 34 %, paused" */
#define REPLAY_WHERE_BYTES 64
void console_replay_where(const struct console *c, char *buf, size_t size);
/* " [{pause} holds]", for action_text(): what who looks on can do now; "" when the keys are the
 * console's. */
const char *console_replay_keys(const struct console *c);
/* True in a replay, which changes nothing outside; says so to who wished it just now. */
bool console_hands_off(struct console *c);
/* console_explain.c */
void console_explain(struct console *c); /* what is under the cursor */
/* By a name, as :explain takes it; "": under the cursor. */
void console_explain_word(struct console *c, const char *word);
void console_explain_key(struct console *c, uint32_t key);
/* Returns the first row that it covers. */
int console_explain_draw(const struct console *c, struct area whole);
/* What the screen shows, in a sentence; "" when that is not known. */
const char *console_hint(struct console *c);

/* console_draw.c */
void console_draw(struct console *c);
/* While drawing: a click on these columns of an area does what `what` says. */
void console_spot(struct console *c, struct area a, int row, int column, int columns,
                  enum spot_kind kind, uint32_t what);
/* What is drawn from this row on lies over what could be clicked there. */
void console_cover(struct console *c, int row);
/* What is open of ours: sessions that have not ended and servers that listen. */
size_t console_n_sessions(const struct model *m);
size_t console_n_servers(const struct model *m);

/* A notice that is not bad leaves by itself. */
#define NOTICE_NS (6 * UINT64_C(1000000000))

#endif
