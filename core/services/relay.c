/* core/services/relay.c - a chat: each line goes to all other connections.
 *
 * Lines are passed on as they came, when their LF has come; a longer one than LINE_BYTES goes in
 * pieces, what has no LF goes at FIN.  Nobody waits for a slow reader: who has a full send queue
 * is put out. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "core/base/mem.h"
#include "core/services/service.h"

#define LINE_BYTES 4096

struct member {
    struct session *session;
    char name[ADDR_TEXT_BYTES + 32];
    size_t len; /* of a line that is not complete */
    uint8_t line[LINE_BYTES];
    struct member *prev, *next;
};

struct relay {
    bool announces;
    bool telling;                  /* the members are being gone through */
    struct member *members, *left; /* who is there; who has gone and was not told of yet */
};

static const struct service_option options[] = {
    {"announce", NULL, NULL, "say who joins and who leaves"},
    {NULL, NULL, NULL, NULL},
};

static int relay_start(const struct service_setup *setup, void **ret_instance, struct err *err)
{
    struct relay *r = mem_new(1, sizeof(*r));

    (void)err;
    r->announces = service_flag(setup, "announce");
    *ret_instance = r;
    return 0;
}

static void put_out(struct session *s)
{
    char addr[ADDR_TEXT_BYTES];
    struct err err;

    err_set(&err, -ENOBUFS, "relay", addr_format(&s->peer, addr),
            "it reads too slowly: its send queue is full");
    session_fail_with(s, &err);
}

/* Who is put out meanwhile, maybe the member at hand, goes over to those that have left. */
static void tell_others(struct relay *r, const struct member *from, const void *bytes,
                        size_t len)
{
    struct member *m, *next;

    r->telling = true;
    DL_FOREACH_SAFE(r->members, m, next)
    {
        if (m == from || !session_can_send(m->session))
            continue;
        if (session_room(m->session) < len)
            put_out(m->session);
        else
            session_send(m->session, bytes, len);
    }
    r->telling = false;
}

static void announce(struct relay *r, const struct member *m, const char *what)
{
    char text[sizeof(m->name) + 32];
    int n = snprintf(text, sizeof(text), "* %s %s\n", m->name, what);

    if (r->announces)
        tell_others(r, m, text, (size_t)n);
}

/* Telling who left may put out others, who are found then. */
static void forget_left(struct relay *r)
{
    while (r->left) {
        struct member *m = r->left;

        DL_DELETE(r->left, m);
        announce(r, m, "left");
        free(m); /* NOLINT(clang-analyzer-unix.Malloc): it has left the list */
    }
}

static void pass_on(struct session *s, const void *bytes, size_t len)
{
    struct relay *r = s->instance;

    if (!len)
        return;
    tell_others(r, s->data, bytes, len);
    forget_left(r);
}

static void relay_opened(struct session *s)
{
    struct relay *r = s->instance;
    struct member *m = mem_new(1, sizeof(*m));
    char addr[ADDR_TEXT_BYTES];

    m->session = s;
    snprintf(m->name, sizeof(m->name), "%s (session %llu)", addr_format(&s->peer, addr),
             (unsigned long long)s->id);
    s->data = m;
    DL_APPEND(r->members, m);
    announce(r, m, "joined");
    forget_left(r);
}

/* Add to the line that is not complete; returns how many bytes were taken.  Like pass_on() it may
 * end the session: telling others who left comes back to it. */
static size_t go_on(struct session *s, const uint8_t *bytes, size_t len)
{
    struct member *m = s->data;
    const uint8_t *end = memchr(bytes, '\n', len);
    size_t n = end ? (size_t)(end - bytes) + 1 : len, whole;

    n = n < LINE_BYTES - m->len ? n : LINE_BYTES - m->len;
    memcpy(m->line + m->len, bytes, n);
    m->len += n;
    whole = m->line[m->len - 1] == '\n' || m->len == LINE_BYTES ? m->len : 0;
    m->len -= whole;
    pass_on(s, m->line, whole);
    return n;
}

static void relay_readable(struct session *s)
{
    struct member *m = s->data;
    const uint8_t *bytes, *last;
    ssize_t got = session_receive(s, &bytes);
    size_t len = got > 0 ? (size_t)got : 0, n;

    while (len && !session_ended(s) && m->len) {
        n = go_on(s, bytes, len);
        bytes += n;
        len -= n;
    }
    last = len ? memrchr(bytes, '\n', len) : NULL;
    n = last ? (size_t)(last - bytes) + 1 : 0;
    if (!session_ended(s))
        pass_on(s, bytes, n);
    while (n < len && !session_ended(s))
        n += go_on(s, bytes + n, len - n);
}

static void relay_peer_closed(struct session *s)
{
    struct member *m = s->data;
    size_t rest = m->len;

    m->len = 0;
    pass_on(s, m->line, rest);
    if (!session_ended(s))
        session_close_drained(s);
}

static void relay_closing(struct session *s)
{
    struct relay *r = s->instance;
    struct member *m = s->data;

    if (!m)
        return;
    s->data = NULL;
    DL_DELETE(r->members, m);
    DL_APPEND(r->left, m);
    if (!r->telling)
        forget_left(r);
}

const struct service relay_service = {
    .name = "relay",
    .summary = "a chat: each line goes to all other connections",
    .options = options,
    .start = relay_start,
    .stop = free,
    .one_loop = true,
    .behaviour = {.opened = relay_opened,
                  .readable = relay_readable,
                  .peer_closed = relay_peer_closed,
                  .closing = relay_closing},
};
