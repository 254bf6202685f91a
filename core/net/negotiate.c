/* core/net/negotiate.c - what a connected socket must agree on before its session is open. */
#include <errno.h>
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/net/session_internal.h"

#define NEGOTIATIONS 2

struct negotiating {
    size_t n, at;
    struct {
        const struct negotiation *how;
        void *state;
    } steps[NEGOTIATIONS];
};

void session_drop_negotiations(struct session *s)
{
    struct negotiating *all = s->negotiating;

    s->negotiating = NULL;
    for (size_t i = 0; all && i < all->n; i++)
        if (all->steps[i].how->drop)
            all->steps[i].how->drop(all->steps[i].state);
    free(all);
}

const char *session_negotiation_name(const struct session *s)
{
    return s->negotiating->steps[s->negotiating->at].how->name;
}

void session_negotiate(struct session *s, const struct negotiation *how, void *state)
{
    if (!s->negotiating)
        s->negotiating = mem_new(1, sizeof(*s->negotiating));
    s->negotiating->steps[s->negotiating->n].how = how;
    s->negotiating->steps[s->negotiating->n++].state = state;
}

void session_go_on_negotiating(struct session *s)
{
    struct negotiating *all = s->negotiating;

    for (; all->at < all->n; all->at++) {
        uint32_t events = 0;
        struct err err = {0};
        int r = all->steps[all->at].how->step(s, all->steps[all->at].state, &events, &err);

        s->negotiating_for = events;
        if (r == -EAGAIN)
            session_update_interest(s);
        else if (r < 0)
            session_fail_with(s, &err);
        if (r < 0)
            return;
    }
    session_drop_negotiations(s);
    session_open(s);
}

void session_begin(struct session *s)
{
    if (s->extras)
        s->extras->phases.connected = clock_now_ns();
    if (!s->negotiating) {
        session_open(s);
        return;
    }
    session_set_state(s, SESSION_NEGOTIATING);
    session_go_on_negotiating(s);
}
