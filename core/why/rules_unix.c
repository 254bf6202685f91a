/* AF_UNIX sockets: unix(7). */
#include <errno.h>
#include <string.h>

#include "core/why/rules_words.h"

static const struct attempt *unix_attempt(const struct evidence *e)
{
    return e->endpoint.scheme >= ENDPOINT_UNIX ? evidence_decisive(e) : NULL;
}

static const char *path(const struct evidence *e)
{
    return e->endpoint.path;
}

static const struct sighting *bound_there(const struct evidence *e)
{
    return e->n_sightings ? &e->sightings[0] : NULL;
}

static enum confidence missing(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = unix_attempt(e);
    bool abstract = path(e)[0] == '@';

    if (!a || (abstract ? a->error != -ECONNREFUSED || bound_there(e)
                        : a->error != -ENOENT && a->error != -ENOTDIR && a->error != -ELOOP))
        return CONFIDENCE_NONE;
    if (abstract)
        say_summary(ret, "No socket of this network namespace is bound to the name %s.",
                    path(e));
    else if (a->error != -ENOENT)
        say_summary(ret, "The path %s leads nowhere: %s.", path(e),
                    a->error == -ELOOP ? "its links go round in a circle"
                                       : "a part of it is no folder");
    else if (e->path.folder_missing)
        say_summary(ret, "The folder of %s does not exist.", path(e));
    else
        say_summary(ret, "There is no %s: no server has bound it.", path(e));
    say_fix(ret, "Start the server, or look where it puts its socket: sockeye sockets -x -l");
    return CONFIDENCE_CERTAIN;
}

static enum confidence permission(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = unix_attempt(e);

    if (!a || (a->error != -EACCES && a->error != -EPERM))
        return CONFIDENCE_NONE;
    say_summary(ret, "%s may not be used by user %u: its mode is %04o, its owner %u.", path(e),
                e->path.our_uid, e->path.mode & 07777, e->path.uid);
    say_fix(ret,
            "connect() needs write permission on the socket, and search on every folder above "
            "it: namei -l %s",
            path(e));
    return CONFIDENCE_CERTAIN;
}

static enum confidence wrong_type(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = unix_attempt(e);
    const struct sighting *s = bound_there(e);

    if (!a)
        return CONFIDENCE_NONE;
    if (a->error == -EPROTOTYPE) {
        say_summary(ret, "%s is bound to a socket of type %s; you asked for another.", path(e),
                    s ? kind_type((enum socket_kind)s->row.kind) : "another");
        say_fix(ret, "unix: is a stream, unix-dgram: and unix-seqpacket: are the others.");
        return CONFIDENCE_CERTAIN;
    }
    if (e->path.seen && !e->path.is_socket && a->error == -ECONNREFUSED) {
        say_summary(ret, "%s is no socket.", path(e));
        say_fix(ret, "ls -l %s", path(e));
        return CONFIDENCE_CERTAIN;
    }
    return CONFIDENCE_NONE;
}

static enum confidence stale(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = unix_attempt(e);

    if (!a || !e->path.seen || !e->path.is_socket || bound_there(e) ||
        (a->error != -ECONNREFUSED && a->error != -EADDRINUSE))
        return CONFIDENCE_NONE;
    say_summary(ret, "%s is left over: no socket is bound to it any more.", path(e));
    say_fix(ret, "rm %s, and start the server anew.", path(e));
    return e->rows_seen ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

static enum confidence not_listening(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = unix_attempt(e);
    const struct sighting *s = bound_there(e);
    char holder[SIGHTING_HOLDER_BYTES];

    if (!a || !s || a->error != -ECONNREFUSED)
        return CONFIDENCE_NONE;
    say_summary(ret, "%s has bound %s and does not listen.", sighting_holder(s, holder),
                path(e));
    say_fix(ret, "It must call listen().");
    return CONFIDENCE_CERTAIN;
}

static enum confidence queue_full(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = unix_attempt(e);
    const struct sighting *s = bound_there(e);
    char holder[SIGHTING_HOLDER_BYTES];

    if (!a || a->error != -EAGAIN)
        return CONFIDENCE_NONE;
    if (s)
        say_summary(ret,
                    "The queue of %s is full: %s does not take what waits in it (%u of %u).",
                    path(e), sighting_holder(s, holder), s->row.rqueue, s->row.wqueue);
    else
        say_summary(ret, "The queue of %s is full: nobody takes what waits in it.", path(e));
    say_fix(ret, "Let the server accept() or read faster; listen() with a larger backlog helps "
                 "against bursts.");
    return CONFIDENCE_CERTAIN;
}

static enum confidence in_use(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = unix_attempt(e);
    const struct sighting *s = bound_there(e);
    char holder[SIGHTING_HOLDER_BYTES];

    if (!a || !s || a->error != -EADDRINUSE)
        return CONFIDENCE_NONE;
    say_summary(ret, "%s has bound %s.", sighting_holder(s, holder), path(e));
    say_fix(ret, "Stop it, or take another path.");
    return CONFIDENCE_CERTAIN;
}

const struct rule rules_unix[] = {
    {"unix-missing", missing},        {"unix-permission", permission},
    {"unix-wrong-type", wrong_type},  {"unix-stale", stale},
    {"no-listener", not_listening},   {"unix-queue-full", queue_full},
    {"port-in-use-listener", in_use}, {NULL, NULL},
};
