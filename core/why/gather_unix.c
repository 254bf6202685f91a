/* AF_UNIX: a path or an abstract name.  unix(7). */
#include <errno.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/why/gather_internal.h"

static int type_of(enum endpoint_scheme scheme)
{
    return scheme == ENDPOINT_UNIX_DGRAM       ? SOCK_DGRAM
           : scheme == ENDPOINT_UNIX_SEQPACKET ? SOCK_SEQPACKET
                                               : SOCK_STREAM;
}

static const char *path_of(const struct gathering *g)
{
    return g->wish->endpoint.path;
}

static bool is_abstract(const struct gathering *g)
{
    return path_of(g)[0] == '@';
}

/* --- the file ---------------------------------------------------------------------------- */

static void look_at_path(struct gathering *g)
{
    struct path_facts *p = &g->e->path;
    char folder[ENDPOINT_PATH_BYTES + 1];
    struct stat st;

    p->our_uid = geteuid();
    if (stat(path_of(g), &st) == 0) {
        p->seen = true;
        p->is_socket = S_ISSOCK(st.st_mode);
        p->mode = st.st_mode;
        p->uid = st.st_uid;
        evidence_say(g->e, "stat", clock_now_ns(), "%s is %s, mode %04o, owner %u", path_of(g),
                     p->is_socket ? "a socket" : "no socket", p->mode & 07777, p->uid);
        return;
    }
    evidence_say(g->e, "stat", clock_now_ns(), "%s: %s", path_of(g), strerrordesc_np(errno));
    snprintf(folder, sizeof(folder), "%s", path_of(g));
    p->folder_missing = stat(dirname(folder), &st) < 0 && errno == ENOENT;
}

/* --- the sockets bound to it ----------------------------------------------------------------- */

struct searching {
    struct gathering *g;
    uint64_t at_ns;
};

static bool take_part(void *ctx, const struct snapshot *s)
{
    struct searching *search = ctx;
    struct gathering *g = search->g;
    char holder[SIGHTING_HOLDER_BYTES];

    g->e->rows_seen = true;
    for (size_t i = 0; i < s->n_rows; i++) {
        const struct row *row = &s->rows[i];
        const char *name = texts_at(&s->names, row->name);
        struct sighting *to;

        /* What was accepted has the listener's name, too. */
        if (!row->name || strcmp(name, path_of(g)) != 0 || row->state == STATE_ESTABLISHED)
            continue;
        to = evidence_sighting(g->e);
        if (!to)
            return false;
        to->row = *row;
        to->own_netns = true;
        to->role = row->state == STATE_LISTEN ? ROLE_LISTENER : ROLE_SAME_PORT;
        snprintf(to->path, sizeof(to->path), "%s", name);
        gather_owner(g, s, to);
        evidence_say(g->e, "sock_diag", search->at_ns, "%s %s is bound to it, held by %s",
                     kind_name((enum socket_kind)row->kind),
                     state_name((enum socket_state)row->state), sighting_holder(to, holder));
    }
    return true;
}

static void look_at_sockets(struct gathering *g)
{
    struct searching search = {.g = g, .at_ns = clock_now_ns()};
    struct wish *w = mem_new(1, sizeof(*w));
    struct err err = {0};

    w->kinds = KINDS_UNIX;
    w->every_owner = true;
    if (g->probes->sockets_list(w, take_part, &search, &err) < 0)
        evidence_unseen(g->e, "sock_diag", err.hint, "%s", err.reason);
    wish_free(w);
}

/* --- the attempt --------------------------------------------------------------------------------- */

static int do_bind(struct gathering *g, int fd, const struct sockname *name)
{
    struct stat before, after;
    bool there = !is_abstract(g) && lstat(path_of(g), &before) == 0;

    if (bind(fd, (const struct sockaddr *)&name->sa, name->len) < 0)
        return -errno;
    /* What bind(2) made, and nothing else, is taken away again. */
    if (!there && !is_abstract(g) && lstat(path_of(g), &after) == 0 && S_ISSOCK(after.st_mode))
        unlink(path_of(g));
    return 0;
}

/* The other end's queue of datagrams has room: unix_dgram_poll() asks for it. */
static bool takes_more(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};

    return poll(&p, 1, 0) == 1;
}

static int try(struct gathering *g, struct attempt *a)
{
    struct sockname name = sockname_from_path(path_of(g));
    int fd =
        socket(AF_UNIX, type_of(g->wish->endpoint.scheme) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int r;

    if (fd < 0) {
        a->call = "socket";
        return -errno;
    }
    gather_keep(g, fd);
    if (g->wish->subject == WHY_BIND)
        return do_bind(g, fd, &name);
    if (connect(fd, (struct sockaddr *)&name.sa, name.len) < 0)
        return -errno;
    if (!g->wish->send)
        return takes_more(fd) ? 0 : -EAGAIN;
    /* A queue of datagrams that is full tells it to who sends. */
    a->call = "send";
    r = (int)send(fd, g->wish->send, g->wish->send_len, MSG_NOSIGNAL | MSG_DONTWAIT);
    a->sent_bytes = r < 0 ? 0 : (uint64_t)r;
    return r < 0 ? -errno : 0;
}

void gather_unix_look(struct gathering *g)
{
    if (!is_abstract(g))
        look_at_path(g);
    look_at_sockets(g);
}

void gather_unix(struct gathering *g)
{
    struct attempt *a = evidence_attempt(g->e);

    a->call = g->wish->subject == WHY_BIND ? "bind" : "connect";
    a->began_ns = clock_now_ns();
    a->error = try(g, a);
    a->elapsed_ns = clock_now_ns() - a->began_ns;
    evidence_failed(evidence_say(g->e, a->call, a->began_ns, "%s: %s", path_of(g),
                                 a->error ? strerrordesc_np(-a->error) : "done"),
                    a->error);
    gather_unix_look(g);
}
