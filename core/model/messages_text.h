/* core/model/messages_text.h - what was found of a message, in a line.  For core/model/messages.h.
 */
#ifndef SOCKEYE_MODEL_MESSAGES_TEXT_H
#define SOCKEYE_MODEL_MESSAGES_TEXT_H

#include "core/model/messages.h"

/* Fills summary and n_lines; the decoder is that of what is coming, else it may be NULL. */
void found_summarize(struct found *f, const struct decoder *decoder);

#endif
