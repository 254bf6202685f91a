/* core/model/model.h - the state that panels read.
 *
 * Owned by the ui thread.  Events, snapshots and the capture's meter come in through
 * model_apply() and model_take_*(); journal, transcript and packets are rings that their own
 * threads write and that are read by number. */
#ifndef SOCKEYE_MODEL_MODEL_H
#define SOCKEYE_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/ring.h"
#include "core/model/event.h"
#include "core/model/filter.h"
#include "core/model/gone.h"
#include "core/model/host.h"
#include "core/model/journal.h"
#include "core/model/packet_index.h"
#include "core/model/packet_marks.h"
#include "core/model/packets.h"
#include "core/model/probing.h"
#include "core/model/rates.h"
#include "core/model/series.h"
#include "core/model/snapshot.h"
#include "core/model/state_path.h"
#include "core/model/transcript.h"
#include "core/net/option_values.h"
#include "core/wire/packet_facts.h"
#include "core/wire/packet_filter.h"
#include "core/wire/packet_search.h"

#define MODEL_SESSIONS 4096 /* statuses kept; the oldest ended ones go first */
#define MODEL_SERVERS SERVERS_MAX /* those that listen, and the newest of the others */
#define MODEL_GHOSTS 4 /* sessions of ours without a kernel row that the table lists */
#define MODEL_NOTICE_BYTES 480
#define WHY_LINE_BYTES 512
#define MODEL_COLUMNS 32 /* of the table, at most */

/* What the other panes follow. */
enum focus_kind { FOCUS_NONE, FOCUS_ROW, FOCUS_SESSION };

struct focus {
    enum focus_kind kind;
    struct row row;      /* FOCUS_ROW: addresses and cookie as last seen */
    uint64_t session_id; /* our session behind it; 0: not ours */
};

struct config;  /* core/model/config.h */
struct inquiry; /* core/why/inquiry.h */
struct lookups; /* core/model/lookups.h */

/* What is asked why, and what came of it. */
struct model_why {
    struct inquiry *answer;      /* owned: the newest that is to be looked at; NULL: none */
    uint64_t answers;            /* how many there have been */
    char asking[WHY_LINE_BYTES]; /* what is being looked into, as it is said; "": nothing */
    uint64_t asking_ns;          /* for how long it has been */
    char
        line[WHY_LINE_BYTES]; /* what was found by itself: "CAUSE, certain: ..."; "": nothing */
};

struct lessons;

/* What is shown of the packets of the focus: which ones, and the one that is chosen. */
struct packet_lens {
    struct packet_list list;
    bool has_packet, follows;
    uint64_t packet;
    char filter[256];
    struct packet_filter *tree; /* owned */
    unsigned filter_what;
    size_t filter_owners;
    uint64_t filter_changes;
};

struct model {
    const struct config *config; /* borrowed; NULL: nothing can be set */
    const struct ring *journal, *transcript, *packets; /* borrowed */
    size_t n_sessions, n_servers;
    struct session_status *sessions;          /* by id */
    struct server_status *servers;            /* by id */
    uint64_t forgotten_sessions;              /* dropped for want of room */
    uint64_t forgotten_servers;               /* stopped ones, likewise */
    struct snapshot *snapshot;                /* owned; NULL before the first */
    struct rates session_rates, server_rates; /* how fast their counts grow */
    struct gone gone;                         /* sockets that are no more */
    struct option_values *options;  /* owned: the newest that were read; NULL: none yet */
    struct host figures;            /* of the host, the last minutes */
    struct privileges privileges;   /* of this program; not known in a replay */
    struct capture_status *capture; /* owned; NULL before the first, or without capture */
    struct focus focus;
    size_t focus_row; /* index of its row in the snapshot; SIZE_MAX: it has none */
    struct packet_index *packet_index; /* owned: what is known of each packet */
    struct packet_join *packet_join;   /* owned: whose they are */
    uint64_t status_changes;           /* of sessions and servers */
    struct packet_list packet_list;    /* of the focus; of everything without one */
    bool has_packet;                   /* the byte pane shows one */
    bool packet_follows;               /* it moves to the newest with payload by itself */
    uint64_t packet;                   /* its number */
    struct packet_marks marks;
    char packet_filter[256];                  /* as typed; set by model_set_packet_filter() */
    struct packet_filter *packet_filter_tree; /* owned; NULL: every packet of the focus */
    unsigned filter_what;                     /* that it needs, as model_packet_facts() */
    size_t
        filter_owners; /* how many were known, and what sessions said, when it was last asked */
    uint64_t filter_changes;
    struct packet_view *filter_view; /* owned: to decode into for the filter */
    /* Packets can be looked at through two lenses; the members above are of the one at hand. */
    bool has_second;
    unsigned lens;            /* which of them that is: 0 or 1 */
    struct packet_lens other; /* while there is a second: what is kept of the one that is not */
    bool has_found;                  /* a search found something: */
    struct packet_place found;       /* the bytes, len 0: none of them in particular */
    bool has_stream;                 /* a conversation is followed */
    uint32_t stream;                 /* its number; CONVERSATION_NONE: the focus's next one */
    struct series series;            /* what was measured of the focus */
    struct state_path path;          /* the states that it was seen in */
    size_t n_rowless, n_ghosts;
    uint64_t rowless[MODEL_GHOSTS]; /* sessions without a kernel row: ids, newest first */
    uint64_t ghosts[MODEL_GHOSTS];  /* those of them that the filter lets through */
    struct model_why why;
    const struct lessons
        *lessons; /* core/scenario/lesson.h; borrowed; NULL: not looked at yet */
    struct lookups *lookups; /* borrowed: names that were asked about; NULL: none can be */
    bool paused;             /* the display stands still; everything behind it goes on */
    uint64_t paused_journal, paused_transcript; /* heads of the rings at that time */
    const struct column *sort;                  /* NULL: ours first */
    bool descending;
    enum sums_order sums; /* of the views of sums, which have orders of their own */
    bool sums_descending;
    enum socket_view view; /* wanted; the snapshot's may be another one still */
    size_t n_columns;      /* of the list, as chosen; 0: the usual ones */
    const struct column *columns[MODEL_COLUMNS]; /* NULL: the owner */
    char filter[256];                            /* as typed; set by model_set_filter() */
    struct filter *filter_tree;                  /* owned; NULL: everything matches */
    char notice[MODEL_NOTICE_BYTES];             /* the newest sentence for the person */
    bool notice_bad;
    uint64_t notice_ns;
    char host[65];
    uint64_t start_ns, start_wall_ns;
};

void model_init(struct model *m, const struct ring *journal, const struct ring *transcript,
                const struct ring *packets);
void model_done(struct model *m);

void model_apply(struct model *m, const struct event *event);
void model_take_snapshot(struct model *m, struct snapshot *snapshot);
void model_take_options(struct model *m, struct option_values *values);
void model_take_capture(struct model *m, struct capture_status *status);
/* Look at some of the packets that came since; true when the list or the shown packet changed.
 * Takes a few milliseconds at most: while it is behind there is more to do. */
bool model_update_packets(struct model *m);
bool model_packets_behind(const struct model *m);
/* The same for the index alone, while the display stands still; true when there is more. */
bool model_index_packets(struct model *m);

/* Follow another row or session; the packet list and the byte pane start over. */
void model_focus(struct model *m, const struct focus *focus);
struct focus model_focus_of_row(const struct model *m, const struct row *row);
struct focus model_focus_of_session(const struct model *m, uint64_t session_id);
void model_show_packet(struct model *m, uint64_t number);
/* Show the next packet of the list with a finding, or of the same conversation as the one that
 * is shown.  False: there is none. */
bool model_seek_finding(struct model *m, bool backward);
bool model_seek_conversation(struct model *m, bool backward);
/* Follow the conversation of the packet that is shown; without one, the next of the focus. */
void model_follow_stream(struct model *m);
/* Whose packet it is; false as of model_packet_facts(). */
bool model_packet_joined(const struct model *m, uint64_t number, struct joined_packet *ret);
/* Of model_packet_facts(), beside what decode() takes: whose packet it is. */
enum { FACTS_OWNERS = 1 << 8 };
/* All that is known of a packet.  It stands in v, which must outlive *ret; `what` as decode().
 * False when the store has lost it, or nobody has looked at it yet. */
bool model_packet_facts(const struct model *m, uint64_t number, unsigned what,
                        struct packet_view *v, struct packet_facts *ret);
/* An answer, which is the model's from here on, in the place of the one before. */
void model_take_why(struct model *m, struct inquiry *answer);
void model_notice(struct model *m, bool bad, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Look at the counts of all sessions and servers; model_take_snapshot() does. */
void model_look_at_rates(struct model *m, uint64_t at_ns);
/* How fast a session's or server's counts grow; NULL: not looked at yet. */
const struct rate *model_rate(const struct model *m, uint64_t id);
/* NULL when there is none. */
const struct session_status *model_session(const struct model *m, uint64_t id);
const struct server_status *model_server(const struct model *m, uint64_t id);
const struct session_status *model_session_by_cookie(const struct model *m, uint64_t cookie);
const struct server_status *model_server_by_cookie(const struct model *m, uint64_t cookie);
/* The row of the focus in the newest snapshot; NULL: it has none (any more). */
const struct row *model_focus_row(const struct model *m);
/* What was looked up of the focus; NULL: nothing yet, or it is no row. */
const struct socket_portrait *model_focus_portrait(const struct model *m);
/* The newest that is known of the focus, also of a row that the filter hides; NULL: it is gone. */
const struct row *model_focus_now(const struct model *m);
/* model_take_snapshot() and model_focus() call these: one more look, and another focus. */
void model_watch_focus(struct model *m);
void model_forget_watched(struct model *m);
/* The newest session that we opened ourselves and that is not closed; NULL: none. */
const struct session_status *model_newest_session(const struct model *m);
/* Where typed text goes: the session of the focus, else the newest of ours; 0: nowhere. */
uint64_t model_typing_session(const struct model *m);

/* Show only the rows that match; "" shows all.  Returns 0, or -EINVAL with the place in err and
 * the filter as it was. */
int model_set_filter(struct model *m, const char *text, struct err *err);

/* There is a second lens from now on, with the focus's packets and no filter, or no more: then the
 * first is at hand. */
void model_second_lens(struct model *m, bool on);
/* Have lens 0 or 1 at hand.  The first is, while there is no second. */
void model_look_through(struct model *m, unsigned lens);
/* The packet filter of a lens, as typed. */
const char *model_lens_filter(const struct model *m, unsigned lens);

/* List only the packets that match; otherwise like model_set_filter(). */
int model_set_packet_filter(struct model *m, const char *text, struct err *err);

/* model_take_snapshot() calls this: whose packets they are is often known only later, so that a
 * filter that asks for it begins again. */
void model_refilter_packets(struct model *m);

/* Show these columns, names parted by commas or blanks; "" the usual ones.  Returns 0, or
 * -EINVAL with the name in err and the columns as they were. */
int model_set_columns(struct model *m, const char *names, struct err *err);

/* The lines of the wanted view; NULL for a line a row, and while they have not come. */
const struct view *model_view(const struct model *m);
/* False while the snapshot has been made for another view. */
bool model_view_is_here(const struct model *m);

/* The display stands still from now on, or goes on.  What panels show of the rings ends at
 * model_*_end(): their heads, or what those were when the display was paused. */
void model_pause(struct model *m, bool paused);
uint64_t model_journal_end(const struct model *m);
uint64_t model_transcript_end(const struct model *m);

/* The table: ghosts first, then the snapshot's rows.  model_row() gives a row for either; of a
 * ghost *ret_session is set and state is STATE_CLOSE.  False behind the end. */
size_t model_n_rows(const struct model *m);
bool model_row(const struct model *m, size_t index, struct row *ret_row,
               const struct session_status **ret_session);
/* Whether two rows, perhaps of different snapshots, are the same socket. */
bool model_same_socket(const struct row *a, const struct row *b);

/* Index in the table of the focus, or model_n_rows() when it is not listed. */
size_t model_focus_index(const struct model *m);

/* "sockeye session 2", "sockeye server 1 echo", "python3 (812)", "python3 (812) and 3 more",
 * "was curl (90)" of a socket that lost its process; ""
 * when nobody holds it or nobody looked, "not permitted" when we may not see.  Printable.
 * Returns buf. */
#define MODEL_OWNER_BYTES 128
const char *model_owner(const struct model *m, const struct row *row,
                        char buf[MODEL_OWNER_BYTES]);

#endif
