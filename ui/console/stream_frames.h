/* ui/console/stream_frames.h - the framed messages in a stream, as the stream panel lists them.
 *
 *  - →        146  packet 12     text/json  search morpheus
 *      length           0..1        the header has 103 bytes
 *      header           2..104      {"byteorder": "little", "content-type": ...
 *  + ←        143  packet 14     text/json  Follow the white rabbit.
 *
 * Right unfolds a message into its parts.  Looks at chunks only while it is shown. */
#ifndef SOCKEYE_CONSOLE_STREAM_FRAMES_H
#define SOCKEYE_CONSOLE_STREAM_FRAMES_H

#include "core/wire/stream.h"
#include "ui/console/panel.h"

struct stream_frames;

struct stream_frames *stream_frames_new(void);
void stream_frames_free(struct stream_frames *f); /* NULL is a no-op */

/* Look at some of the chunks before end that came since.  True when there is more to do. */
bool stream_frames_feed(struct stream_frames *f, const struct stream *s, uint64_t end);
void stream_frames_rows(struct stream_frames *f, int rows);
/* An action or a search. */
enum panel_reply stream_frames_update(struct stream_frames *f, const struct panel_event *event,
                                      const struct model *m, struct requests *requests);
void stream_frames_draw(const struct stream_frames *f, const struct stream *s, struct area a,
                        bool keys);

/* The chunk that has the first byte of the message under the cursor; false: there is none. */
bool stream_frames_chunk(const struct stream_frames *f, uint64_t *ret_chunk);
/* To the message that is in this chunk, or the last before it. */
void stream_frames_go(struct stream_frames *f, uint64_t chunk);
/* It stands at the newest and stays there. */
bool stream_frames_follows(const struct stream_frames *f);

#endif
