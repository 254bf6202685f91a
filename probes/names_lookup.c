#include "probes/names_lookup.h"

#include <errno.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/thread.h"

/* Shared by the asker and the thread; the last to leave frees it. */
struct names_lookup {
    atomic_int holders;
    atomic_bool ready;
    int fd;
    int flags;
    char name[NAMES_TEXT_BYTES]; /* empty: the name of the address is sought */
    struct addr addr;
    struct names_found found; /* the thread's until ready */
};

static atomic_int running;

static void ask_addresses(struct names_lookup *l)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_CANONNAME | l->flags};
    struct names_found *found = &l->found;
    struct addrinfo *list = NULL;

    found->eai = getaddrinfo(l->name, NULL, &hints, &list);
    if (found->eai) {
        found->error = found->eai == EAI_SYSTEM ? -errno : 0;
        return;
    }
    if (list->ai_canonname)
        snprintf(found->name, sizeof(found->name), "%s", list->ai_canonname);
    for (struct addrinfo *ai = list; ai; ai = ai->ai_next) {
        struct addr a = addr_from_sockaddr(ai->ai_addr);

        if (a.family == AF_UNSPEC)
            continue;
        if (found->n == NAMES_ADDRESSES)
            found->left_out++;
        else
            found->addresses[found->n++] = a;
    }
    freeaddrinfo(list);
}

static void ask_name(struct names_lookup *l)
{
    struct names_found *found = &l->found;
    struct sockaddr_storage sa;
    socklen_t len;
    char name[sizeof(found->name)] = "";

    if (!addr_to_sockaddr(&l->addr, &sa, &len)) {
        found->eai = EAI_FAMILY;
        return;
    }
    found->eai =
        getnameinfo((struct sockaddr *)&sa, len, name, sizeof(name), NULL, 0, NI_NAMEREQD);
    found->error = found->eai == EAI_SYSTEM ? -errno : 0;
    snprintf(found->name, sizeof(found->name), "%s", name);
}

void names_lookup_leave(struct names_lookup *l)
{
    if (!l || atomic_fetch_sub(&l->holders, 1) > 1)
        return;
    close(l->fd);
    free(l);
}

static void *look_up(void *arg)
{
    struct names_lookup *l = arg;
    uint64_t from_ns = clock_now_ns();

    if (l->name[0])
        ask_addresses(l);
    else
        ask_name(l);
    l->found.elapsed_ns = clock_now_ns() - from_ns;
    atomic_fetch_sub(&running, 1);
    atomic_store(&l->ready, true);
    eventfd_write(l->fd, 1);
    names_lookup_leave(l);
    return NULL;
}

static int start_thread(struct names_lookup *l)
{
    pthread_t thread;
    int r = -EAGAIN;

    if (atomic_fetch_add(&running, 1) < NAMES_THREADS)
        r = thread_start(&thread, "names", look_up, l);
    if (r < 0)
        atomic_fetch_sub(&running, 1);
    else
        pthread_detach(thread); /* a silent server may keep it long after we left */
    return r;
}

/* Takes the lookup over, whatever becomes of it. */
static int start(struct names_lookup *l, struct names_lookup **ret)
{
    int r;

    atomic_init(&l->holders, 2);
    l->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    r = l->fd < 0 ? -errno : start_thread(l);
    if (r < 0) {
        if (l->fd >= 0)
            close(l->fd);
        free(l);
        return r;
    }
    *ret = l;
    return 0;
}

int names_lookup_name(const char *name, int flags, struct names_lookup **ret)
{
    struct names_lookup *l = mem_new(1, sizeof(*l));

    snprintf(l->name, sizeof(l->name), "%s", name);
    l->flags = flags;
    return start(l, ret);
}

int names_lookup_address(const struct addr *a, struct names_lookup **ret)
{
    struct names_lookup *l = mem_new(1, sizeof(*l));

    l->addr = *a;
    return start(l, ret);
}

int names_lookup_fd(const struct names_lookup *l)
{
    return l->fd;
}

const struct names_found *names_lookup_found(const struct names_lookup *l)
{
    return atomic_load(&l->ready) ? &l->found : NULL;
}
