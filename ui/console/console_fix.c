/* What can be done here about a verdict, as items of the menu.  Each asks before it does it. */
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ui/console/console_state.h"

__attribute__((format(printf, 3, 4))) static void offer(struct menu *m, const char *command,
                                                        const char *format, ...)
{
    va_list args;

    if (m->n == MENU_ITEMS || strlen(command) >= sizeof(m->items[0].command))
        return;
    va_start(args, format);
    vsnprintf(m->items[m->n].text, sizeof(m->items[m->n].text), format, args);
    va_end(args);
    snprintf(m->items[m->n].command, sizeof(m->items[m->n].command), "%s", command);
    m->items[m->n].asks = true;
    m->n++;
}

static bool is_cause(const struct inquiry *q, const char *cause)
{
    return strcmp(q->v.cause, cause) == 0;
}

/* Where somebody on this host takes what was refused elsewhere. */
static bool other_listener(const struct inquiry *q, struct endpoint *ret)
{
    static const uint8_t here4[] = {127, 0, 0, 1};
    static const uint8_t here6[16] = {[15] = 1};

    for (size_t i = 0; i < q->e->n_sightings; i++) {
        const struct sighting *s = &q->e->sightings[i];
        struct addr at = s->row.local;

        if (s->role != ROLE_LISTENER || !s->own_netns || at.port != q->wish.endpoint.port)
            continue;
        if (addr_is_any(&at))
            at = addr_make(at.family, at.family == AF_INET6 ? here6 : here4, at.port);
        *ret = endpoint_from_addr(q->wish.endpoint.scheme, &at);
        return true;
    }
    return false;
}

static void offer_connect(struct menu *m, const struct inquiry *q)
{
    char endpoint[ENDPOINT_TEXT_BYTES], line[sizeof(m->items[0].command) + 32];
    struct endpoint to;

    if ((is_cause(q, "listener-other-address") || is_cause(q, "listener-other-family")) &&
        other_listener(q, &to)) {
        snprintf(line, sizeof(line), "connect %s", endpoint_format(&to, endpoint));
        offer(m, line, "connect to %.80s instead", endpoint);
    }
    snprintf(line, sizeof(line), "connect %s", endpoint_format(&q->wish.endpoint, endpoint));
    offer(m, line, "connect to %.80s again", endpoint);
}

static void offer_serve(struct menu *m, const struct inquiry *q, const struct posted *p)
{
    char endpoint[ENDPOINT_TEXT_BYTES], line[sizeof(m->items[0].command) + 64];

    if (!p->service[0] || p->endpoint.port != q->wish.endpoint.port)
        return;
    endpoint_format(&p->endpoint, endpoint);
    if (is_cause(q, "port-in-use-time-wait") || is_cause(q, "port-in-use-closing")) {
        snprintf(line, sizeof(line), "serve %s %s --option SO_REUSEADDR=on", p->service,
                 endpoint);
        offer(m, line, "serve %s on %.60s with SO_REUSEADDR", p->service, endpoint);
    }
    snprintf(line, sizeof(line), "serve %s %s", p->service, endpoint);
    offer(m, line, "serve %s on %.60s again", p->service, endpoint);
}

/* The answer that the menu is about: the one on the screen, or of the selected session. */
static const struct inquiry *answer_of(const struct console *c)
{
    const struct inquiry *q = c->model.why.answer;
    uint64_t id = c->model.focus.session_id;

    if (!q || !q->e)
        return NULL;
    return c->screen == SCREEN_WHY || (id && q->session_id == id) ? q : NULL;
}

void console_offer_fixes(struct console *c, struct menu *m)
{
    const struct inquiry *q = answer_of(c);
    const struct session_status *s = model_session(&c->model, c->model.focus.session_id);
    char endpoint[ENDPOINT_TEXT_BYTES], line[sizeof(m->items[0].command) + 32];

    if (q && q->wish.subject == WHY_CONNECT) {
        offer_connect(m, q);
    } else if (q && q->wish.subject == WHY_BIND) {
        offer_serve(m, q, &c->last_serve);
    } else if (!q && c->screen != SCREEN_WHY && s && s->state == SESSION_FAILED) {
        snprintf(line, sizeof(line), "connect %s", endpoint_format(&s->endpoint, endpoint));
        offer(m, line, "connect to %.80s again", endpoint);
    }
}
