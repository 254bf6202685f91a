/* core/model/resend.h - a message that was found, as the command that sends it anew.
 *
 * Every field of its header and its content stand in the command's words, so that each can be
 * changed by hand.  Pure function. */
#ifndef SOCKEYE_MODEL_RESEND_H
#define SOCKEYE_MODEL_RESEND_H

#include "core/message/message.h"
#include "core/model/command.h"

/* What of it no words of a command can say. */
enum resend_left { RESEND_ALL, RESEND_BUT_FIELDS, RESEND_BUT_CONTENT };

/* A message command for the session.  The message has come as a whole; NULL: without anything. */
enum resend_left resend_command(const struct message *m, uint64_t session_id,
                                struct command *ret);

#endif
