#include "core/model/state_path.h"

#include <string.h>

static uint64_t since(uint64_t at_ns, uint64_t from_ns)
{
    return at_ns > from_ns ? at_ns - from_ns : 0;
}

static void enter(struct state_path *p, uint8_t state, uint64_t at_ns, bool exact)
{
    if (p->n) {
        const struct state_step *last = &p->steps[p->n - 1];

        p->states[last->state].spent_ns += since(at_ns, last->from_ns);
    }
    if (p->n == STATE_PATH_STEPS) {
        memmove(p->steps, p->steps + 1, (STATE_PATH_STEPS - 1) * sizeof(p->steps[0]));
        p->n--;
        p->forgotten++;
    }
    p->steps[p->n++] = (struct state_step){.from_ns = at_ns, .state = state, .exact = exact};
    p->states[state].visited = true;
    p->seen_ns = at_ns;
    p->gone = false;
}

void state_path_look(struct state_path *p, uint8_t state, uint64_t at_ns)
{
    if (!state || state >= STATE_COUNT || (p->n && at_ns < p->seen_ns))
        return;
    if (!p->n) {
        enter(p, state, at_ns, false);
        p->states[state].began_unseen = true;
    } else if (p->steps[p->n - 1].state != state) {
        enter(p, state, at_ns, false);
    }
    p->seen_ns = at_ns;
    p->gone = false;
}

void state_path_change(struct state_path *p, uint8_t old_state, uint8_t new_state,
                       uint64_t at_ns)
{
    struct state_step *last = p->n ? &p->steps[p->n - 1] : NULL;

    if (!new_state || new_state >= STATE_COUNT || (last && at_ns < last->from_ns))
        return;
    /* It was only looked at before, and may have been in the old state for long. */
    if (!last && old_state && old_state < STATE_COUNT) {
        enter(p, old_state, at_ns, false);
        p->states[old_state].began_unseen = true;
    } else if (last && old_state && old_state < STATE_COUNT && last->state != old_state) {
        enter(p, old_state, at_ns, false);
    }
    if (!p->n || p->steps[p->n - 1].state != new_state)
        enter(p, new_state, at_ns, true);
}

void state_path_end(struct state_path *p, uint64_t at_ns)
{
    if (!p->n || p->gone)
        return;
    p->gone = true;
    p->seen_ns = at_ns > p->seen_ns ? at_ns : p->seen_ns;
}

bool state_path_visited(const struct state_path *p, enum socket_state state)
{
    return p->states[state].visited;
}

uint64_t state_path_spent_ns(const struct state_path *p, enum socket_state state)
{
    uint64_t spent = p->states[state].spent_ns;

    if (p->n && p->steps[p->n - 1].state == state)
        spent += since(p->seen_ns, p->steps[p->n - 1].from_ns);
    return spent;
}

uint64_t state_path_step_ns(const struct state_path *p, size_t i)
{
    uint64_t end_ns = i + 1 < p->n ? p->steps[i + 1].from_ns : p->seen_ns;

    return since(end_ns, p->steps[i].from_ns);
}
