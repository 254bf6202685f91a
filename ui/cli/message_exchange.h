/* ui/cli/message_exchange.h - one framed request over a session, and the message that answers. */
#ifndef SOCKEYE_CLI_MESSAGE_EXCHANGE_H
#define SOCKEYE_CLI_MESSAGE_EXCHANGE_H

#include "core/base/addr.h"
#include "core/message/decoder.h"
#include "core/model/command.h"

struct exchange {
    const uint8_t *request; /* borrowed */
    size_t request_len;
    int signals; /* a signalfd that ends it */

    /* What became of it: */
    struct message *response; /* NULL: there is none; message_free() */
    struct decoder decoder;   /* holds what came of an answer that is not whole */
    struct addr local, peer;  /* AF_UNSPEC: never connected */
    uint64_t elapsed_ns;
};

/* Connects, sends the request and waits for one message, all within the command's timeout.
 * Returns 0 with the response; else negative errno with err, which tells what is wrong and how far
 * it came; -EINTR when a signal came.  The caller releases response and decoder. */
int exchange_run(struct exchange *x, struct command *connect, struct err *err);

#endif
