/* ui/console/figures.h - what several panels write alike: titles, times and sentences. */
#ifndef SOCKEYE_CONSOLE_FIGURES_H
#define SOCKEYE_CONSOLE_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/message/describe.h"
#include "core/model/model.h"
#include "ui/console/surface.h"

/* Room for both forms of a time. */
#define FIGURE_TIME_BYTES 32

/* Columns of a time of day, and of a time since something up to 9,999 s. */
enum { FIGURE_WALL_COLUMNS = 15, FIGURE_SINCE_COLUMNS = 11 };

/* Seconds to the microsecond: "1.204017"; "-0.000300" when at comes before start.  Returns
 * buf. */
const char *figure_since(uint64_t start_ns, uint64_t at_ns, char buf[FIGURE_TIME_BYTES]);

/* The local time of day of nanoseconds since the epoch: "23:59:07.204017".  Returns buf. */
const char *figure_wall(uint64_t wall_ns, char buf[FIGURE_TIME_BYTES]);

/* The wall time of a monotonic time stamp, by the model's own start: the same in a replay. */
uint64_t figure_wall_ns(const struct model *m, uint64_t at_ns);

/* What failed, as a constant's name: "ECONNREFUSED", "EAI_NONAME".  A constant, part of err, or
 * good until the thread asks again. */
const char *figure_error(const struct err *err);

/* The title of a pane that has no column titles, bright while it has the keys.  A pane of less
 * than three rows goes without.  Returns what is left for the pane's content. */
struct area figure_title(struct area pane, const char *title, bool keys);
/* Rows that the title takes in a pane of so many. */
int figure_title_rows(int rows);

/* How a state of TCP looks: what runs, what waits for others, what is on its way, what is over. */
enum style figure_state_style(uint8_t state);

/* A part of a framed message: its name, the bytes that it is, what they say. */
void figure_message_line(struct area a, int row, const struct describe_line *line);

/* A sentence from row on, broken at blanks; what does not fit ends in an ellipsis.  Returns
 * the row behind it. */
int figure_paragraph(struct area a, int row, enum style style, const char *text);

/* What a pane without content says from a row on: what to do next.  Keys are named by what they do:
 * action_text(). */
void figure_advice(struct area a, int row, const char *text);
/* Rows that it takes where there are enough of them. */
int figure_paragraph_rows(int columns, const char *text);

#endif
