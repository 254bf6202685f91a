#include "core/net/framing.h"

#include <stdint.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/message/decoder.h"
#include "core/net/session.h"

void framing_sent(struct session *s)
{
    if (s->behaviour != &transcript_behaviour && s->behaviour != &quiet_behaviour)
        return;
    if (!s->data) {
        s->data = mem_new(1, sizeof(struct decoder));
        decoder_init(s->data, NULL);
    }
    session_count_message(s);
}

void framing_received(struct session *s, const void *bytes, size_t len)
{
    const uint8_t *rest = bytes;

    while (s->data && len) {
        struct message *message;
        size_t used;

        if (decoder_feed(s->data, rest, len, &used, &message, NULL) != 1)
            return;
        message_free(message);
        session_count_message(s);
        rest += used;
        len -= used;
    }
}

void framing_done(struct session *s)
{
    if (s->data)
        decoder_done(s->data);
    free(s->data);
    s->data = NULL;
}
