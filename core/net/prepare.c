#include "core/net/prepare.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "core/net/options.h"

/* One socket that is being prepared. */
struct preparation {
    const struct caller *caller;
    int fd;
    const struct listener *listener;
    struct err *err;
};

static int assign(const struct preparation *p, const char *assignment)
{
    char heard[OPTION_TEXT_BYTES];
    const struct socket_option *o;
    const char *value;
    int r = option_parse_assignment(assignment, &o, &value, p->err);

    if (r < 0)
        return r;
    if (!p->listener || !(o->flags & OPTION_READ))
        return option_set(p->caller, p->fd, o, value, p->err);
    r = option_set_and_read(p->caller, p->fd, o, value, heard, sizeof(heard), p->err);
    if (r == 0 && p->listener)
        p->listener->hear(p->listener->owner, heard);
    return r;
}

static int assign_all(const struct preparation *p, const struct words *assignments)
{
    int r = 0;

    for (const char *w = NULL; r == 0 && (w = words_next(assignments, w)) != NULL;)
        r = assign(p, w);
    return r;
}

/* "" is what was not asked for. */
static int assign_text(const struct preparation *p, const char *name, const char *value)
{
    char assignment[128];

    if (!value[0])
        return 0;
    snprintf(assignment, sizeof(assignment), "%s=%s", name, value);
    return assign(p, assignment);
}

static int join(const struct preparation *p, const char *group)
{
    char assignment[128];

    if (strlen(group) > 64)
        return err_set(p->err, -EINVAL, "join", group, "this is no group");
    snprintf(assignment, sizeof(assignment), "%s=%s",
             strchr(group, ':') ? "IPV6_ADD_MEMBERSHIP" : "IP_ADD_MEMBERSHIP", group);
    return assign(p, assignment);
}

int prepare_socket(const struct caller *c, int fd, int family, const struct socket_settings *s,
                   const struct listener *listener, struct err *err)
{
    struct preparation p = {c, fd, listener, err};
    bool v6 = family == AF_INET6;
    int r = s->broadcast ? assign(&p, "SO_BROADCAST=on") : 0;

    if (r == 0 && s->groups.used)
        r = assign(&p, "SO_REUSEADDR=on");

    if (r == 0)
        r = assign_text(&p, v6 ? "IPV6_MULTICAST_HOPS" : "IP_MULTICAST_TTL", s->multicast_ttl);
    if (r == 0)
        r = assign_text(&p, v6 ? "IPV6_MULTICAST_LOOP" : "IP_MULTICAST_LOOP",
                        s->multicast_loop);
    if (r == 0)
        r = assign_text(&p, v6 ? "IPV6_MULTICAST_IF" : "IP_MULTICAST_IF",
                        s->multicast_interface);
    for (const char *group = NULL; r == 0 && (group = words_next(&s->groups, group)) != NULL;)
        r = join(&p, group);
    return r < 0 ? r : assign_all(&p, &s->options);
}
