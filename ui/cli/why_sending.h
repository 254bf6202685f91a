/* ui/cli/why_sending.h - what `sockeye why` is to send: --send, --send-size. */
#ifndef SOCKEYE_CLI_WHY_SENDING_H
#define SOCKEYE_CLI_WHY_SENDING_H

#include "core/why/gather.h"

/* TEXT with its escapes resolved, as connect takes it, or a number of bytes; NULL: not given.
 * *ret_owned is what the wish borrows: to be freed behind its last use, also after an error.
 * Returns 0 or -EINVAL with err. */
int why_sending(const char *text, const char *size, struct why_wish *wish, char **ret_owned,
                struct err *err);

#endif
