#include "core/net/actions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mailbox.h"
#include "core/net/blocking.h"
#include "core/net/feed.h"
#include "core/net/framing.h"
#include "core/net/option_values.h"
#include "core/net/session_internal.h"
#include "core/net/worker.h"

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

/* No call failed here, so no errno is told of: the reason says it all. */
void act_on_nothing(struct net *net, const struct command *command, enum verb opens)
{
    const char *what = opens == VERB_SERVE ? "server" : "session";
    struct err err;
    char id[32] = "";

    if (command->target_id)
        snprintf(id, sizeof(id), "%llu", (unsigned long long)command->target_id);
    err_set(&err, -EINVAL, verbs[command->verb].name, id,
            command->target_id ? "there is no such %s" : "no %s of ours is open", what);
    if (!command->target_id)
        err_hint(&err, opens == VERB_SERVE ? "serve SERVICE opens one"
                                           : "connect ENDPOINT opens one");
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

/* Whether all of them were taken. */
static bool send_bytes(struct net *net, const struct command *command, struct session *s,
                       const void *bytes, size_t len)
{
    size_t taken = session_send(s, bytes, len);
    struct err err;

    if (taken == len) {
        net_reply(net, command, s->id, NULL, "");
        return true;
    }
    err_set(&err, -EAGAIN, verbs[command->verb].name, "",
            "%zu of %zu bytes taken: the send queue of session %llu "
            "is full",
            taken, len, (unsigned long long)s->id);
    net_reply(net, command, s->id, &err, "");
    return false;
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
        if (send_bytes(net, command, s, bytes, len) && !session_ended(s))
            framing_sent(s);
    } else {
        err_set(&err, -EAGAIN, "message", "",
                "nothing of its %zu bytes was sent: the send queue of session %llu has room "
                "for %zu",
                len, (unsigned long long)s->id, session_room(s));
        net_reply(net, command, s->id, &err, "");
    }
    free(bytes);
}

static bool asks_for_all(const struct command *command)
{
    return command->verb == VERB_GET && strcmp(command->text, COMMAND_ALL_OPTIONS) == 0;
}

/* Whoever looks at options looks again and again: no reply says more than that it was done. */
static void tell_values(struct net *net, const struct command *command,
                        struct option_values *values)
{
    uint64_t id = values->id;

    free(mailbox_put(net->hub->options, values));
    net_reply(net, command, id, NULL, "");
}

void act_on_no_socket(struct net *net, const struct command *command, uint64_t id,
                      const struct err *err)
{
    if (asks_for_all(command))
        tell_values(net, command, option_values_none(id, err));
    else
        net_reply(net, command, id, err, "");
}

void act_on_option(struct net *net, const struct command *command, const struct caller *c,
                   int fd)
{
    char text[OPTION_TEXT_BYTES + 64] = "", value[OPTION_TEXT_BYTES];
    const struct socket_option *o;
    const char *wanted;
    struct err err = {0};
    int r;

    if (asks_for_all(command)) {
        tell_values(net, command, option_values_read(c->id, fd));
        return;
    }
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
    act_on_no_socket(net, command, s->id, &err);
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
static int feed_of(const struct command *command, struct feed **ret, struct err *err)
{
    struct feed *f = feed_new();
    int r = 0;

    if (command->verb == VERB_FLOOD)
        feed_add_pattern(f, command->count ? command->count : UINT64_MAX);
    else if (command->verb == VERB_SEND_FILE)
        r = feed_add_file(f, command->text, err);
    else
        feed_add_bytes(f, command->text, command->text_len);
    if (command->verb == VERB_REPEAT)
        feed_repeat(f, command->count, command->interval_ns);
    if (r < 0)
        feed_free(f);
    else
        *ret = f;
    return r;
}

static int begin_feed(const struct command *command, struct session *s, struct err *err)
{
    struct feed *f;
    int r = feed_of(command, &f, err);

    if (r < 0 || session_feed(s, f))
        return r;
    feed_free(f);
    err_set(err, -EBUSY, verbs[command->verb].name, "",
            "session %llu still sends something by itself", (unsigned long long)s->id);
    err_hint(err, "flood off or repeat off stops it");
    return -EBUSY;
}

static void do_feed(struct net *net, const struct command *command, struct session *s)
{
    struct err err = {0};
    int r = 0;

    if (!command->off)
        r = begin_feed(command, s, &err);
    else if (!session_stop_feed(s))
        r = err_set(&err, -EINVAL, verbs[command->verb].name, "off",
                    "session %llu sends nothing by itself", (unsigned long long)s->id);
    net_reply(net, command, s->id, r < 0 ? &err : NULL, "");
}

static void do_tag(struct net *net, const struct command *command, struct session *s)
{
    snprintf(s->tag, sizeof(s->tag), "%.23s", command->text);
    if (net->worker)
        worker_tag_session(net->worker, s->id, s->tag);
    session_touch(s, true);
    net_reply(net, command, s->id, NULL, "");
}

bool act_means(const struct command *command, uint64_t id, const char *tag, bool accepted)
{
    if (command->all)
        return command->text[0] ? strcmp(tag, command->text) == 0 : !accepted;
    for (size_t i = 0; i < command->n_targets; i++)
        if (command->targets[i] == id)
            return true;
    return false;
}

void act_close_quietly(struct net *net, uint64_t id)
{
    struct session *s = find_session(net, id);

    if (s)
        session_close(s);
}

void act_close_several(struct net *net, const struct command *command)
{
    struct session *s, *next;
    size_t closed = 0, busy = 0;
    char text[64];
    struct err err;

    HASH_ITER(hh, net->sessions, s, next)
    {
        if (session_ended(s) || !act_means(command, s->id, s->tag, s->server_id != 0))
            continue;
        session_close(s);
        closed++;
    }
    closed += worker_close_several(net->hub, command, &busy);
    if (busy) {
        err_set(&err, -EAGAIN, "close", command->text,
                "%zu closed, but the threads of %zu are too busy to be told", closed, busy);
        net_reply(net, command, 0, &err, "");
        return;
    }
    if (!closed) {
        err_set(&err, -EINVAL, "close", command->text,
                command->text[0] ? "no open session has this tag"
                : command->all   ? "no session that we opened is open"
                                 : "none of these sessions is open");
        net_reply(net, command, 0, &err, "");
        return;
    }
    snprintf(text, sizeof(text), "%zu session%s closed", closed, closed == 1 ? "" : "s");
    net_reply(net, command, 0, NULL, text);
}

bool act_on_session(struct net *net, const struct command *command)
{
    struct session *s = find_session(net, command->target_id);

    if (!s)
        return false;
    if (command->verb == VERB_SEND || command->verb == VERB_SEND_HEX) {
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
    if (command->verb == VERB_TAG) {
        do_tag(net, command, s);
        return true;
    }
    if (command->verb != VERB_CLOSE && !check_can_send(net, command, s))
        return true;
    if (command->verb == VERB_FLOOD || command->verb == VERB_SEND_FILE ||
        command->verb == VERB_REPEAT) {
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
