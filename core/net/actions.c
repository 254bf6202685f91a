#include "core/net/actions.h"

#include <errno.h>
#include <stdio.h>

#include "core/net/feed.h"
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
