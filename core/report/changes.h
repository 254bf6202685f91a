/* core/report/changes.h - what became of a socket, as a line of text and as JSON.
 *
 * Whatever comes out is printable.  What is not known is null in JSON, '?' in text. */
#ifndef SOCKEYE_REPORT_CHANGES_H
#define SOCKEYE_REPORT_CHANGES_H

#include "core/message/json_write.h"
#include "core/model/changes.h"

/* A line each, with its line feed:
 * "12:03:04.567890  STATE  tcp    ESTABLISHED > CLOSE_WAIT      127.0.0.1:80 127.0.0.1:4242
 *  nginx (812)", of those that are gone with "unread 100" */
void change_put_text(struct json_writer *out, const struct change *change);
void change_put_json(struct json_writer *out, const struct change *change);

#endif
