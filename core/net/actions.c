#include "core/net/actions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/net/blocking.h"
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

/* False when it cannot send; then there has been a reply. */
static bool check_can_send(struct net *net, const struct command *command, struct session *s)
{
    struct err err;

    if (session_can_send(s))
        return true;
    err_set(&err, -ENOTCONN, verbs[command->verb].name, "", "session %llu is %s",
            (unsigned long long)s->id, session_state_name(s->state));
    net_reply(net, command, s->id, &err, "");
    return false;
}

static void send_bytes(struct net *net, const struct command *command, struct session *s,
                       const void *bytes, size_t len)
{
    size_t taken = session_send(s, bytes, len);
    struct err err;

    if (taken == len) {
        net_reply(net, command, s->id, NULL, "");
        return;
    }
    err_set(&err, -EAGAIN, verbs[command->verb].name, "",
            "%zu of %zu bytes taken: the send queue of session %llu "
            "is full",
            taken, len, (unsigned long long)s->id);
    net_reply(net, command, s->id, &err, "");
}

static void do_send(struct net *net, const struct command *command, struct session *s)
{
    if (check_can_send(net, command, s))
        send_bytes(net, command, s, command->text, command->text_len);
}

/* All of it or nothing: half a message would spoil what follows. */
static void do_message(struct net *net, const struct command *command, struct session *s)
{
    struct err err = {0};
    uint8_t *bytes;
    size_t len;

    if (!check_can_send(net, command, s))
        return;
    if (command_message(command, &bytes, &len, &err) < 0) {
        net_reply(net, command, s->id, &err, "");
        return;
    }
    if (len <= session_room(s)) {
        send_bytes(net, command, s, bytes, len);
    } else {
        err_set(&err, -EAGAIN, "message", "",
                "nothing of its %zu bytes was sent: the send queue of session %llu has room "
                "for %zu",
                len, (unsigned long long)s->id, session_room(s));
        net_reply(net, command, s->id, &err, "");
    }
    free(bytes);
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

bool act_on_session(struct net *net, const struct command *command)
{
    struct session *s = find_session(net, command->target_id);

    if (!s)
        return false;
    if (command->verb == VERB_SEND) {
        do_send(net, command, s);
        return true;
    }
    if (command->verb == VERB_MESSAGE) {
        do_message(net, command, s);
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
    if (command->verb != VERB_CLOSE && !check_can_send(net, command, s))
        return true;
    if (command->verb == VERB_FLOOD)
        session_flood(s, command->off ? 0 : command->count ? command->count : UINT64_MAX);
    else if (command->verb == VERB_HALF_CLOSE)
        session_half_close(s);
    else
        session_close(s);
    net_reply(net, command, s->id, NULL, "");
    return true;
}
