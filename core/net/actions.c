#include "core/net/actions.h"

#include <errno.h>
#include <stdio.h>

#include "core/net/blocking.h"
#include "core/net/feed.h"
#include "core/net/options.h"
#include "core/net/session.h"

/* The session a command means: the named one, else the newest of ours that can be used. */
static struct session *find_session(struct net *net, uint64_t id)
{
    struct session *found = NULL;

    if (id) {
        HASH_FIND(hh, net->sessions, &id, sizeof(id), found);
        return found;
    }
    for (struct session *s = net->sessions; s; s = s->hh.next)
        if (!s->server_id && !session_ended(s))
            found = s;
    return found;
}

void act_on_nothing(struct net *net, const struct command *command, const char *what)
{
    struct err err;
    char id[32] = "";

    if (command->target_id)
        snprintf(id, sizeof(id), "%llu", (unsigned long long)command->target_id);
    err_set(&err, -ENOENT, verbs[command->verb].name, id,
            command->target_id ? "there is no such %s" : "there is no %s to do it with", what);
    net_reply(net, command, 0, &err, "");
}

static void do_send(struct net *net, const struct command *command, struct session *s)
{
    struct err err;
    size_t taken;

    if (!session_can_send(s)) {
        err_set(&err, -ENOTCONN, "send", "", "session %llu is %s", (unsigned long long)s->id,
                session_state_name(s->state));
        net_reply(net, command, s->id, &err, "");
        return;
    }
    taken = session_send(s, command->text, command->text_len);
    if (taken == command->text_len) {
        net_reply(net, command, s->id, NULL, "");
        return;
    }
    err_set(&err, -EAGAIN, "send", "",
            "%zu of %zu bytes taken: the send queue of session %llu "
            "is full",
            taken, command->text_len, (unsigned long long)s->id);
    net_reply(net, command, s->id, &err, "");
}

void act_on_option(struct net *net, const struct command *command, const struct caller *c,
                   int fd)
{
    char text[OPTION_TEXT_BYTES + 64] = "", value[OPTION_TEXT_BYTES];
    const struct socket_option *o;
    const char *wanted;
    struct err err = {0};
    int r;

    if (command->verb == VERB_SET) {
        r = option_parse_assignment(command->text, &o, &wanted, &err);
        if (r == 0 && o->flags & OPTION_READ)
            r = option_set_and_read(c, fd, o, wanted, text, sizeof(text), &err);
        else if (r == 0)
            r = option_set(c, fd, o, wanted, &err);
    } else {
        o = option_choose(command->text, &err);
        r = o ? option_get(c, fd, o, value, sizeof(value), &err) : -EINVAL;
        if (r == 0)
            snprintf(text, sizeof(text), "%s = %s%s%s", o->name, value, o->unit[0] ? " " : "",
                     o->unit);
    }
    net_reply(net, command, c->id, r < 0 ? &err : NULL, text);
}

/* Its socket, while it has one. */
static void do_option(struct net *net, const struct command *command, struct session *s)
{
    struct caller c = {.journal = net->journal, .id = s->id};
    struct err err;

    if (s->watch.fd >= 0) {
        act_on_option(net, command, &c, s->watch.fd);
        return;
    }
    err_set(&err, -ENOTCONN, verbs[command->verb].name, "",
            "session %llu has no socket: it is %s", (unsigned long long)s->id,
            session_state_name(s->state));
    net_reply(net, command, s->id, &err, "");
}

static void do_blocking(struct net *net, const struct command *command, struct session *s)
{
    struct err err = {0};

    if (command->off)
        blocking_end(s);
    else
        blocking_begin(s, &err);
    net_reply(net, command, s->id, err.code ? &err : NULL, "");
}

/* What a command has a session send by itself. */
static struct feed *feed_of(const struct command *command)
{
    struct feed *f = feed_new();

    feed_add_pattern(f, command->count ? command->count : UINT64_MAX);
    return f;
}

static void do_feed(struct net *net, const struct command *command, struct session *s)
{
    struct feed *f = NULL;
    struct err err = {0};
    bool done = true;

    if (command->off) {
        done = session_stop_feed(s);
        if (!done)
            err_set(&err, -ENOENT, verbs[command->verb].name, "off",
                    "session %llu sends nothing by itself", (unsigned long long)s->id);
    } else {
        f = feed_of(command);
        done = session_feed(s, f);
        if (!done) {
            feed_free(f);
            err_set(&err, -EBUSY, verbs[command->verb].name, "",
                    "session %llu still sends something by itself", (unsigned long long)s->id);
            err_hint(&err, "%s off stops it", verbs[command->verb].name);
        }
    }
    net_reply(net, command, s->id, done ? NULL : &err, "");
}

bool act_on_session(struct net *net, const struct command *command)
{
    struct session *s = find_session(net, command->target_id);
    struct err err;

    if (!s)
        return false;
    if (command->verb == VERB_SEND) {
        do_send(net, command, s);
        return true;
    }
    if (command->verb == VERB_SET || command->verb == VERB_GET) {
        do_option(net, command, s);
        return true;
    }
    if (command->verb == VERB_BLOCKING) {
        do_blocking(net, command, s);
        return true;
    }
    if (command->verb != VERB_CLOSE && !session_can_send(s)) {
        err_set(&err, -ENOTCONN, verbs[command->verb].name, "", "session %llu is %s",
                (unsigned long long)s->id, session_state_name(s->state));
        net_reply(net, command, s->id, &err, "");
        return true;
    }
    if (command->verb == VERB_FLOOD) {
        do_feed(net, command, s);
        return true;
    }
    if (command->verb == VERB_HALF_CLOSE)
        session_half_close(s);
    else
        session_close(s);
    net_reply(net, command, s->id, NULL, "");
    return true;
}
