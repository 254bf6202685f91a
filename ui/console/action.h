/* ui/console/action.h - everything a key can do, in one table.
 *
 * One meaning a key on every screen.  The table feeds the keymap, the footer, the help panel
 * and the script mode, so that none of them can drift from the others.  A person may give an action
 * other keys: what is bound is asked with action_keys(), not read from the table.
 *
 * X(id, name, keys, footer word or NULL, help).  Keys are parted by blanks: a character, C-x,
 * F1..F12, Enter, Tab, S-Tab, Space, Up, Down, Left, Right, PgUp, PgDn, Home, End, Backspace,
 * Delete, Esc.  The footer and sentences name the last one. */
#ifndef SOCKEYE_CONSOLE_ACTION_H
#define SOCKEYE_CONSOLE_ACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/report/explanation.h"

#define ACTIONS(X)                                                                             \
    X(HELP, "help", "? F1", "help", "what every key and command does")                         \
    X(OPEN, "open", "o", "open", "open a session: fills in :connect")                          \
    X(SERVE, "serve", "L", "serve", "start a server: fills in :serve")                         \
    X(TYPE, "type", "i", "type", "type into the session of the selected row")                  \
    X(SEARCH, "search", "F3 /", "search", "search in the pane that has the keys")              \
    X(SEARCH_NEXT, "search-next", "n", NULL, "next match")                                     \
    X(SEARCH_PREVIOUS, "search-previous", "N", NULL, "previous match")                         \
    X(FILTER, "filter", "F4 &", "filter", "show only rows, or packets, that match")            \
    X(ASK_WHY, "ask-why", "e", "why",                                                          \
      "why: the cause of what ails the row, session, packet, call")                            \
    X(EXPLAIN, "explain", "K", NULL,                                                           \
      "what is under the cursor: what it means, what is normal")                               \
    X(SORT_LEFT, "sort-left", "<", NULL, "sort by the column to the left")                     \
    X(SORT_RIGHT, "sort-right", "F6 >", NULL, "sort by the column to the right")               \
    X(SORT_INVERT, "sort-invert", "I", NULL, "invert the order")                               \
    X(PALETTE, "palette", "C-p", NULL,                                                         \
      "every action, command and setting: type to find, Enter does it")                        \
    X(SETTINGS, "settings", "F8 S", NULL, "settings: their values, meaning and where they come from") \
    X(COMMAND, "command", ":", "command", "the command line, with completion by Tab")          \
    X(PANEL_1, "sockets", "1", NULL, "sockets, with session, packets and bytes of the row")    \
    X(PANEL_2, "sessions", "2", NULL, "sessions and servers, with the whole transcript")       \
    X(PANEL_3, "packets", "3", NULL, "packets, with fields and bytes")                         \
    X(PANEL_4, "ladder", "4", NULL, "packets, calls and states as a picture over time")        \
    X(PANEL_5, "journal", "5", NULL, "the socket calls that were made, and their results")     \
    X(PANEL_6, "why", "6", NULL, "why something failed or stalls: cause, fixes, evidence")     \
    X(PANEL_7, "lessons", "7", NULL, "lessons: what sockets do, step by step, for real")       \
    X(PANEL_8, "host", "8", NULL, "the host: its figures, what is usual, listeners, states")   \
    X(PANEL_9, "names", "9", NULL, "names that were looked up: who was asked, what they said") \
    X(NEXT_PANE, "next-pane", "Tab", NULL, "give the keys to the next pane")                   \
    X(PREVIOUS_PANE, "previous-pane", "S-Tab", NULL, "give the keys to the previous pane")     \
    X(ZOOM, "zoom", "z", NULL, "the pane that has the keys fills the screen, and back")        \
    X(LAYOUT, "layout", "|", NULL, "next layout of this screen: list, wire, beside, ...")      \
    X(LARGER, "larger", "+", NULL, "one row more for the pane that has the keys")              \
    X(SMALLER, "smaller", "-", NULL, "one row less")                                           \
    X(WIDER, "wider", "}", NULL, "two columns more for it, where panes stand side by side")    \
    X(NARROWER, "narrower", "{", NULL, "two columns less")                                     \
    X(UNDO, "undo", "u", NULL,                                                                 \
      "undo the newest change of the view: filter, sort, layout, ...")                         \
    X(REDO, "redo", "C-r", NULL, "do again what was undone")                                   \
    X(UP, "up", "k Up", NULL, "one up")                                                        \
    X(DOWN, "down", "j Down", NULL, "one down")                                                \
    X(LEFT, "left", "h Left", NULL, "left; fold a group; the left end of a connection")        \
    X(RIGHT, "right", "l Right", NULL, "right; unfold a group; the right end")                 \
    X(PAGE_UP, "page-up", "C-u C-b PgUp", NULL, "half a screen up")                            \
    X(PAGE_DOWN, "page-down", "C-d C-f PgDn", NULL, "half a screen down")                      \
    X(FIRST, "first", "Home g", NULL, "to the first")                                          \
    X(LAST, "last", "End G", NULL, "to the last, and follow what comes")                       \
    X(SCROLL_UP, "scroll-up", "C-y", NULL, "scroll one line up")                               \
    X(SCROLL_DOWN, "scroll-down", "C-e", NULL, "scroll one line down")                         \
    X(DETAILS, "details", "Enter", NULL, "details of the selected row")                        \
    X(FOLLOW, "follow", "F7 f", "follow", "the bytes of the selected connection, in order")    \
    X(VIEW, "view", "F5 v", NULL,                                                              \
      "next view: of the sockets, a session, its details, the journal")                        \
    X(PICK_VIEW, "pick-view", "V", NULL, "pick a view of the sockets: fills in :view")         \
    X(SOCKET, "socket", "s", NULL,                                                             \
      "from a packet to its socket, from a socket to its packets")                             \
    X(NEXT_FINDING, "next-finding", "]", NULL, "next packet with a finding")                   \
    X(PREVIOUS_FINDING, "previous-finding", "[", NULL, "previous packet with a finding")       \
    X(NEXT_OF_CONVERSATION, "next-of-conversation", ".", NULL,                                 \
      "next packet of the same conversation")                                                  \
    X(PREVIOUS_OF_CONVERSATION, "previous-of-conversation", ",", NULL,                         \
      "previous packet of the same conversation")                                              \
    X(MARK, "mark", "m", NULL, "mark the chosen packet with the letter that follows")          \
    X(GO_MARK, "go-mark", "'", NULL, "to the packet that has the letter that follows")         \
    X(COMPARE, "compare", "=", NULL, "compare the two tagged packets field by field")          \
    X(HEX, "hex", "x", "hex", "text or hex")                                                   \
    X(TIME_FORMAT, "time-format", "t", NULL, "next way to write times")                        \
    X(TIME_REFERENCE, "time-reference", "T", NULL,                                             \
      "times since the chosen packet; again: as before")                                       \
    X(CAPTURE_FILTER, "capture-filter", "b", NULL,                                             \
      "capture only what a pcap-filter lets through")                                          \
    X(LOOK_UP, "look-up", "D", NULL, "names of the other end: who says what it is called")     \
    X(PAUSE, "pause", "p", NULL, "pause the display; everything behind it goes on")            \
    X(HALF_CLOSE, "half-close", "H", NULL, "send FIN on the selected session, keep reading")   \
    X(COMPOSE, "compose", "c", NULL, "put a framed message together and send it")              \
    X(OPTIONS, "options", "O", NULL,                                                           \
      "socket options of the selected session or server, to look at and to set")               \
    X(CLOSE, "close", "X", NULL, "close the selected session or server (asks)")                \
    X(TAG, "tag", "Space", NULL, "tag a session, to be closed with the others, or a packet")   \
    X(SAVE, "save", "F2 w", NULL,                                                              \
      "save the transcript, the packets, the session as a program")                            \
    X(ACT, "act", "F9 !", NULL,                                                                \
      "act on the socket of the selected row: close it, signal, copy")                         \
    X(COPY, "copy", "y", NULL, "copy the selected row to the clipboard; :copy has more forms") \
    X(LEAVE, "leave", "C-] Esc", NULL, "leave what is being typed, the filter, the details")   \
    X(QUIT, "quit", "F10 q", "quit", "leave this panel; on the first one quit (asks)")         \
    X(QUIT_NOW, "quit-now", "Q", NULL, "quit without a question")                              \
    X(REDRAW, "redraw", "C-l", NULL, "draw the screen anew")                                   \
    X(SUSPEND, "suspend", "C-z", NULL, "suspend to the shell")

enum action {
    ACTION_NONE,
#define X(id, name, keys, footer, help) ACTION_##id,
    ACTIONS(X)
#undef X
        ACTION_COUNT
};

struct action_info {
    const char *name;
    const char *keys;   /* the usual ones */
    const char *footer; /* the word in the footer; NULL: not there */
    const char *help;
};

/* By enum action; [ACTION_NONE] is empty. */
extern const struct action_info actions[ACTION_COUNT];

/* A key press: a Unicode character, or a special key above KEY_SPECIAL. */
enum {
    KEY_SPECIAL = 0x110000,
    KEYS_UP,
    KEYS_DOWN,
    KEYS_LEFT,
    KEYS_RIGHT,
    KEYS_PGUP,
    KEYS_PGDN,
    KEYS_HOME,
    KEYS_END,
    KEYS_BACKSPACE,
    KEYS_DELETE,
    KEYS_ENTER,
    KEYS_TAB,
    KEYS_SHIFT_TAB,
    KEYS_ESCAPE,
    KEYS_PASTE_BEGIN,
    KEYS_PASTE_END,
    KEYS_MOUSE,                /* no key: the decoder has what the mouse did */
    KEYS_F1 = KEY_SPECIAL + 64 /* F1..F12 follow */
};

struct config; /* core/model/config.h */

/* One keymap serves the process: bound at the start by the ui thread, which alone reads it. */

/* Bind the keys that a configuration names, every other action as usual.  Returns 0, or -EINVAL
 * with file, line and field in err and the keymap as it was: an action or key that is none, a key
 * of two actions, no key left that quits. */
int keymap_bind(const struct config *c, struct err *err);

/* The keys of an action, parted by blanks; "": it has none. */
const char *action_keys(enum action action);
/* The last of them, which the footer shows. */
const char *action_key(enum action action);
/* The same for a sentence: where there is none, how else the action is found ("C-p view").  Stays
 * until keys are bound anew. */
const char *key_for(enum action action);
/* A text that names keys by what they do, "{ask-why} asks why", with the keys that are bound, cut
 * to size.  Braces around anything but an action stay.  Returns buf. */
const char *action_text(const char *text, char *buf, size_t size);

/* The same within an explanation. */
void action_texts(struct explanation *e);

/* The action of a key; ACTION_NONE when it has none. */
enum action action_of_key(uint32_t key);
enum action action_by_name(const char *name);
/* The word of a key, as a configuration names it; false: it has none. */
bool key_word(uint32_t key, char *buf, size_t size);
/* One word of a keys string ("C-l", "F3", "/") as a key; 0 when it is none. */
uint32_t key_parse(const char *word, size_t len);

#endif
