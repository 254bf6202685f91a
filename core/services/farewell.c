#include "core/services/farewell.h"

#include "core/base/clock.h"

#define FAREWELL_NS CLOCK_SECOND_NS

void farewell(struct session *s)
{
    session_half_close(s);
    if (!session_ended(s))
        session_wake_at(s, clock_now_ns() + FAREWELL_NS);
}

void farewell_due(struct session *s)
{
    /* The second begins when the peer has taken all of it. */
    if (s->half_close_wanted)
        session_wake_at(s, clock_now_ns() + FAREWELL_NS);
    else
        session_close(s);
}

void farewell_readable(struct session *s)
{
    const uint8_t *bytes;

    session_receive(s, &bytes);
}

ssize_t farewell_no_answer(void *instance, const uint8_t *bytes, size_t len, uint8_t *out,
                           size_t size)
{
    (void)instance;
    (void)bytes;
    (void)len;
    (void)out;
    (void)size;
    return -1;
}
