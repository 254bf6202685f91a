#include "core/services/pair.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/mem.h"

/* Together they change no byte back that passed both ways. */
#define FLIPS_TO_NEAR 0xff
#define FLIPS_TO_FAR 0x55

const struct shaping shaping_none = {.cut_after_bytes = UINT64_MAX,
                                     .reset_after_bytes = UINT64_MAX};

static struct lane *lane_from(struct pair *p, const struct session *s)
{
    return s->dialling ? &p->to_near : &p->to_far;
}

static struct lane *lane_to(struct pair *p, const struct session *s)
{
    return lane_from(p, s) == &p->to_far ? &p->to_near : &p->to_far;
}

static void release(struct pair *p)
{
    if (--p->holds)
        return;
    lane_drop(&p->to_near);
    lane_drop(&p->to_far);
    free(p);
}

/* Who may send more reads on. */
static void update_reading(struct pair *p)
{
    if (p->near)
        session_pause_reading(p->near, !p->open || (p->far && lane_full(&p->to_far)));
    if (p->far && p->open)
        session_pause_reading(p->far, p->near && lane_full(&p->to_near));
}

void pair_readable(struct session *s)
{
    struct pair *p = s->data;
    const uint8_t *bytes;
    ssize_t n;

    p->holds++;
    n = session_receive(s, &bytes);
    if (n > 0)
        lane_take(lane_from(p, s), bytes, (size_t)n);
    update_reading(p);
    release(p);
}

static void go_on(struct session *s, void (*how)(struct lane *l))
{
    struct pair *p = s->data;

    p->holds++;
    how(lane_to(p, s));
    update_reading(p);
    release(p);
}

void pair_drained(struct session *s)
{
    go_on(s, lane_run);
}

void pair_due(struct session *s)
{
    go_on(s, lane_due);
}

void pair_peer_closed(struct session *s)
{
    struct pair *p = s->data;

    p->holds++;
    lane_finish(lane_from(p, s), LANE_FIN);
    release(p);
}

/* One end has gone: so will the other, in the same way, behind what it still has to get. */
static void end_other(struct pair *p, struct session *s)
{
    bool reset = s->state == SESSION_FAILED || lane_to(p, s)->end == LANE_RESET;

    lane_drop(lane_to(p, s));
    lane_finish(lane_from(p, s), reset ? LANE_RESET : LANE_CLOSE);
    update_reading(p);
}

void pair_closing(struct session *s)
{
    struct pair *p = s->data;

    if (!p)
        return;
    if (p->near == s)
        p->near = NULL;
    else if (p->far == s)
        p->far = NULL;
    else
        return; /* it failed while pair_dial() made it */
    if (p->open)
        end_other(p, s);
    else if (p->far) /* nobody is there any more to dial it for */
        session_close(p->far);
    else if (p->near && s->state == SESSION_FAILED)
        p->refused(p, s->err);
    else if (p->near)
        session_close(p->near);
    release(p);
}

static void far_opened(struct session *s)
{
    struct pair *p = s->data;

    p->open = true;
    update_reading(p);
}

static const struct behaviour far_behaviour = {.opened = far_opened, PAIR_NEAR};

struct pair *pair_new(struct session *s, const struct shaping *shaping,
                      void (*refused)(struct pair *p, const struct err *err))
{
    struct pair *p = mem_new(1, sizeof(*p));

    p->near = s;
    p->refused = refused;
    p->holds = 1;
    p->to_near = (struct lane){.shaping = shaping, .to = s, .flips = FLIPS_TO_NEAR};
    p->to_far = (struct lane){.shaping = shaping, .flips = FLIPS_TO_FAR};
    s->data = p;
    session_pause_reading(s, true);
    return p;
}

int pair_dial(struct pair *p, const struct endpoint *to, uint64_t timeout_ns, struct err *err)
{
    struct connect_settings settings = command_default(VERB_CONNECT).connect;
    struct session *far;

    settings.timeout_ns = timeout_ns;
    far = session_dial(p->near->net, to, &settings, &far_behaviour, p);
    /* It belongs to the server, and ends with it. */
    far->server_id = p->near->server_id;
    far->instance = p->near->instance;
    if (session_ended(far)) {
        if (far->err && err)
            *err = *far->err;
        return far->err ? far->err->code : -ECANCELED;
    }
    p->far = far;
    p->to_far.to = far;
    p->holds++;
    return 0;
}

int pair_endpoint(const char *service, const char *text, struct endpoint *ret, struct err *err)
{
    struct endpoint e;
    int r = endpoint_parse(text, &e, err);

    if (r < 0)
        return r;
    if (e.scheme != ENDPOINT_TCP && e.scheme != ENDPOINT_UNIX)
        return err_set(err, -EINVAL, service, text,
                       "--backend takes HOST:PORT, tcp://HOST:PORT or unix:/PATH");
    *ret = e;
    return 0;
}
