/* ui/console/panel.h - one kind of pane.
 *
 * A panel holds view state only (cursor, top line); every fact comes from the model.  update()
 * turns an action into new view state and into requests; draw() cannot change anything.  Data
 * that arrived is an action too: PANEL_TICK, where the panel clamps its cursor. */
#ifndef SOCKEYE_CONSOLE_PANEL_H
#define SOCKEYE_CONSOLE_PANEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/model.h"
#include "core/report/explanation.h"
#include "ui/console/action.h"
#include "ui/console/line_edit.h"
#include "ui/console/surface.h"

enum panel_event_kind {
    PANEL_ACTION, /* event.action */
    PANEL_TICK,   /* the model has moved on */
    PANEL_RESIZE, /* event.rows, event.columns: the size of its area; event.keys */
    PANEL_CLICK,  /* event.row, event.column: where in its area, whose size comes, too */
    PANEL_SEARCH, /* event.text: what to search for, forward from the cursor */
    PANEL_GO_ON,  /* what requests.go_on asked for */
    PANEL_TIMES,  /* event.clock: how times are written from now on */
    PANEL_KEY,    /* event.key, while it is typed here: see requests.type_here */
    PANEL_CALL,   /* event.call: the journal's cursor goes there */
};

struct panel_event {
    enum panel_event_kind kind;
    enum action action;
    int rows, columns;
    int row, column;
    bool keys;  /* the pane has the keys */
    bool clock; /* the time of day, not what has elapsed */
    uint32_t key;
    uint64_t call; /* its number in the journal */
    const char *text;
};

/* What a panel asks for.  The console carries it out after update(). */
struct requests {
    bool set_focus; /* follow another row or session */
    struct focus focus;
    bool set_packet; /* show this packet in the byte pane */
    uint64_t packet;
    bool hold_packet; /* with set_packet: and do not follow the newest from here on */
    bool set_found;   /* with set_packet: what a search found in it */
    struct packet_place found;
    bool show_call; /* in the journal, behind the command */
    uint64_t call;
    bool set_sort;
    const struct column *sort; /* NULL: ours first */
    bool descending;
    bool set_sums;
    enum sums_order sums;
    bool sums_descending;
    bool set_view;
    enum socket_view view;
    bool ask_why;   /* of the focus, once it is set: why does it fail, or stall? */
    bool type_here; /* keys come as PANEL_KEY until Enter or Esc is ignored */
    bool go_on;     /* there is more to do: PANEL_GO_ON as soon as keys have had their turn */
    enum action bind; /* the next key is to be this one's; ACTION_NONE: it is not */
    char command[LINE_EDIT_BYTES + 1]; /* a command line to carry out; "": none */
    char then[64];                     /* another one after it; "": none */
    char copy[1024];                   /* text for the clipboard; "": none */
    char prompt[LINE_EDIT_BYTES + 1]; /* a command line to begin, cursor at its end; "": none */
    char notice[200];                 /* one line for the person; "": none */
};

/* Of a click: whether there is something to look closer at. */
enum panel_reply {
    PANEL_IGNORED, /* not mine: the console may use it */
    PANEL_HANDLED, /* draw again */
};

struct panel_ops {
    const char *name; /* "sockets" */
    void *(*open)(void);
    void (*close)(void *self);
    enum panel_reply (*update)(void *self, const struct panel_event *event,
                               const struct model *m, struct requests *requests);
    /* keys: this pane has the keys, so its cursor is drawn STYLE_SELECTED. */
    void (*draw)(const void *self, const struct model *m, struct area area, bool keys);
    /* What is under the cursor, to be explained; NULL: nothing but the pane itself. */
    void (*subjects)(const void *self, const struct model *m, struct subjects *ret);
};

extern const struct panel_ops sockets_panel;  /* the table of rows */
extern const struct panel_ops session_panel;  /* transcript of the focus */
extern const struct panel_ops sessions_panel; /* list of our sessions and servers */
extern const struct panel_ops detail_panel;   /* queues, timers, TCP_INFO of the focus */
extern const struct panel_ops packets_panel;  /* packets of the focus */
extern const struct panel_ops bytes_panel;    /* fields and hex of the chosen packet */
extern const struct panel_ops ladder_panel;   /* packets of the focus as a picture over time */
extern const struct panel_ops stream_panel;   /* bytes of the conversation that is followed */
extern const struct panel_ops compare_panel;  /* two packets field by field */
extern const struct panel_ops why_panel;      /* a verdict with its evidence */
extern const struct panel_ops compose_panel;  /* a framed message to be sent */
extern const struct panel_ops options_panel;  /* socket options of the focus */
extern const struct panel_ops journal_panel;  /* socket calls */
extern const struct panel_ops lessons_panel;  /* what sockets do, step by step */
extern const struct panel_ops host_panel;     /* the host's figures */
extern const struct panel_ops settings_panel; /* what can be set */
extern const struct panel_ops names_panel;    /* lookups over time */
extern const struct panel_ops help_panel;

#endif
