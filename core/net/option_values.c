#include "core/net/option_values.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/model/journal.h"

/* Reading it changes something, or needs a value to begin with. */
static bool is_touched(const struct socket_option *o)
{
    return o->type == OPTION_ERROR || o->type == OPTION_PIDFD ||
           (o->level == IPPROTO_TCP &&
            (o->option == TCP_SAVED_SYN || o->option == TCP_ZEROCOPY_RECEIVE));
}

static int ask_int(int fd, int option)
{
    int value = 0;
    socklen_t len = sizeof(value);

    getsockopt(fd, SOL_SOCKET, option, &value, &len);
    return value;
}

static void read_one(const struct caller *c, int fd, const struct socket_option *o,
                     struct option_value_now *ret)
{
    *ret = (struct option_value_now){.option = o};
    ret->unread = !(o->flags & OPTION_READ) || is_touched(o);
    if (!ret->unread)
        ret->error = option_get(c, fd, o, ret->text, sizeof(ret->text), NULL);
}

struct option_values *option_values_read(uint64_t id, int fd)
{
    struct option_values *v = mem_new(1, sizeof(*v));
    struct ring *unseen = ring_new(1, sizeof(struct call), 0);
    struct caller c = {.journal = unseen, .id = id};
    const struct socket_option *o;

    v->id = id;
    v->at_ns = clock_now_ns();
    v->domain = ask_int(fd, SO_DOMAIN);
    v->type = ask_int(fd, SO_TYPE);
    for (size_t i = 0; (o = option_at(i)) != NULL && v->n < OPTION_VALUES; i++)
        if (option_applies(o, v->domain, v->type))
            read_one(&c, fd, o, &v->list[v->n++]);
    ring_free(unseen);
    return v;
}

struct option_values *option_values_none(uint64_t id, const struct err *err)
{
    struct option_values *v = mem_new(1, sizeof(*v));

    v->id = id;
    v->at_ns = clock_now_ns();
    v->err = *err;
    return v;
}
