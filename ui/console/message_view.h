/* ui/console/message_view.h - what a session sent and received, as framed messages.
 *
 *  -    1.204017 →        146  text/json  search morpheus
 *        length           0..1        the header has 103 bytes
 *        header           2..104      {"byteorder": "little", "content-type": ...
 *          byteorder      3..23       "little"
 *        content          105..145    {"action":"search","value":"morpheus"}
 *  +    1.204391 ←        143  text/json  Follow the white rabbit.
 *  ── content, bytes 105..145 of 146 ─────────────────────────────────────────────
 *  0000  00 67 7b 22 62 79 74 65  ...
 *
 * A view of the session pane, which owns it and gives it its rows.  Right unfolds a message into
 * its parts and then walks through the bytes, left goes back; the bytes of the part under the
 * cursor are marked.  Enter begins the command that sends the message anew. */
#ifndef SOCKEYE_CONSOLE_MESSAGE_VIEW_H
#define SOCKEYE_CONSOLE_MESSAGE_VIEW_H

#include "ui/console/panel.h"

struct message_view;

struct message_view *message_view_new(void);
void message_view_free(struct message_view *v); /* NULL is a no-op */

/* The model has moved on, or the size has changed. */
void message_view_refresh(struct message_view *v, const struct model *m,
                          const struct session_status *s, int rows, int columns);
/* An action or a search; s may be NULL. */
enum panel_reply message_view_update(struct message_view *v, const struct panel_event *event,
                                     const struct model *m, const struct session_status *s,
                                     struct requests *requests);
/* wall: with the time of day. */
void message_view_draw(const struct message_view *v, const struct model *m,
                       const struct session_status *s, struct area a, bool wall, bool keys);

/* It does not show the newest. */
bool message_view_scrolled(const struct message_view *v);

#endif
