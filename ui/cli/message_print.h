/* ui/cli/message_print.h - what `sockeye message` writes to stdout. */
#ifndef SOCKEYE_CLI_MESSAGE_PRINT_H
#define SOCKEYE_CLI_MESSAGE_PRINT_H

#include <cjson/cJSON.h>

#include "ui/cli/message_exchange.h"

/* The content: JSON, which it must be if its type says so, as one line of UTF-8, indented when
 * pretty; anything else unchanged, as a hex dump when stdout is a terminal.  Returns as cli_put().
 */
int message_print_content(int signals, const struct message *m, bool pretty);

/* The exchange as one document: both messages with their three parts.  failure may have code 0.
 * Returns as cli_put_json(). */
int message_print_document(const struct exchange *x, const struct endpoint *endpoint,
                           const struct err *failure);

#endif
