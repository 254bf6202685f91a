#include "core/report/program.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/mem.h"
#include "core/net/options.h"
#include "core/report/journal_code.h"

/* A program that is being made. */
struct making {
    const struct ring *journal;
    struct program *p;
    uint64_t session, server; /* ids; 0: none */
    size_t room;
    int fds[PROGRAM_SOCKETS];         /* by number of the socket; -1: closed */
    struct addr peers[PROGRAM_PEERS]; /* by number of the sender */
    uint8_t bytes[CALL_KEPT_BYTES];   /* to read into */
};

bool program_asks_error(const struct call *call)
{
    return call->name == CALL_GETSOCKOPT && call->a == SOL_SOCKET && call->b == SO_ERROR;
}

static bool has_option(const struct call *call)
{
    return call->name == CALL_SETSOCKOPT || call->name == CALL_GETSOCKOPT;
}

bool program_new_option(const struct program *p, size_t step)
{
    const struct call *call = &p->steps[step].call;

    if (!has_option(call))
        return false;
    for (size_t i = 0; i < step; i++)
        if (has_option(&p->steps[i].call) && p->steps[i].call.a == call->a &&
            p->steps[i].call.b == call->b)
            return false;
    return true;
}

uint64_t program_step_length(const struct program_step *step)
{
    return step->call.result > 0     ? (uint64_t)step->call.result
           : call_sends(&step->call) ? step->call.length
                                     : 0;
}

/* --- one call --------------------------------------------------------------------------- */

static bool waits(const struct call *call)
{
    bool may = call_sends(call) || call_receives(call) || call->name == CALL_ACCEPT4;

    return may && (call->error == EAGAIN || call->error == EINTR);
}

/* What is only looked at comes again. */
static bool peeks(const struct call *call)
{
    return call_receives(call) && call->a & MSG_PEEK;
}

/* A filter's value is a pointer; another's may be longer than what was kept. */
static bool unwritable(const struct call *call, size_t len)
{
    const struct socket_option *o = option_by_number(call->a, call->b);

    return call->name == CALL_SETSOCKOPT &&
           ((o && o->type == OPTION_FILTER) || len < call->length);
}

static int socket_of(const struct making *k, int fd)
{
    for (size_t i = k->p->n_sockets; i-- > 0;)
        if (k->fds[i] == fd && fd >= 0)
            return (int)i;
    return -1;
}

static int new_socket(struct making *k, int64_t fd)
{
    size_t i = k->p->n_sockets;

    if (i == PROGRAM_SOCKETS)
        return -1;
    k->fds[i] = (int)fd;
    k->p->open[i] = true;
    k->p->n_sockets++;
    return (int)i;
}

/* Of AF_UNIX the journal does not tell whose datagram it is: whoever is answered sent the last. */
static int peer_of(struct making *k, const struct call *call)
{
    bool sent_to = call->name == CALL_SENDTO || call->name == CALL_SENDMSG;
    bool came_from =
        (call->name == CALL_RECVFROM || call->name == CALL_RECVMSG) && call->result >= 0;
    size_t n = k->p->n_peers;

    if (!sent_to && !came_from)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (call->addr.family == AF_UNIX || addr_equal(&k->peers[i], &call->addr))
            return (int)i;
    if (sent_to || n == PROGRAM_PEERS)
        return -1;
    k->peers[n] = call->addr;
    k->p->n_peers++;
    return (int)n;
}

static struct program_step *add_step(struct making *k, const struct call *call, size_t len)
{
    struct program *p = k->p;
    struct program_step *step;

    if (p->n == k->room) {
        k->room = k->room ? 2 * k->room : 64;
        p->steps = mem_resize(p->steps, k->room, sizeof(*p->steps));
    }
    step = &p->steps[p->n++];
    *step = (struct program_step){.call = *call, .len = len, .made = -1, .peer = -1};
    step->bytes = mem_copy(k->bytes, len);
    return step;
}

/* What was asked for beyond what the kernel took comes with the next call. */
static size_t kept(const struct program_step *step)
{
    uint64_t length = program_step_length(step);
    bool moves = call_sends(&step->call) || call_receives(&step->call);

    return moves && step->len > length ? (size_t)length : step->len;
}

/* 0; -ENOENT for a call on a socket that nobody has seen made, -E2BIG. */
static int add_call(struct making *k, const struct call *call, size_t len)
{
    bool makes = call->name == CALL_SOCKET;
    int socket = !makes        ? socket_of(k, call->fd)
                 : call->error ? -1
                               : new_socket(k, call->result);
    struct program_step *step;

    if (socket < 0 && !call->error)
        return makes ? -E2BIG : -ENOENT;
    if (socket < 0 && !makes)
        return -ENOENT;
    if (waits(call)) {
        k->p->waits++;
        return 0;
    }
    if (peeks(call))
        return 0;
    if (unwritable(call, len)) {
        k->p->left_out++;
        return 0;
    }
    step = add_step(k, call, len);
    step->socket = socket;
    step->peer = peer_of(k, call);
    step->len = kept(step);
    if (call_sends(call))
        k->p->unkept_bytes += program_step_length(step) - step->len;
    if (call->name == CALL_ACCEPT4 && !call->error)
        step->made = new_socket(k, call->result);
    if (call->name == CALL_ACCEPT4 && !call->error && step->made < 0)
        return -E2BIG;
    if (call->name == CALL_CLOSE) {
        k->fds[socket] = -1;
        k->p->open[socket] = false;
    }
    return 0;
}

/* --- which calls ------------------------------------------------------------------------ */

static bool read_call(struct making *k, uint64_t number, struct call *ret, size_t *ret_len)
{
    return journal_read(k->journal, number, ret, k->bytes, sizeof(k->bytes), ret_len);
}

/* What a server does before anybody comes. */
static bool of_setup(const struct call *call)
{
    return call->name != CALL_ACCEPT4 && !call_sends(call) && !call_receives(call);
}

typedef bool (*is_wanted)(const struct call *call, const struct call *like);

/* The newest call before `end` that is wanted; UINT64_MAX: none is there any more. */
static uint64_t newest_before(struct making *k, uint64_t end, is_wanted wanted,
                              const struct call *like)
{
    uint64_t tail = ring_tail(k->journal);
    struct call call;
    size_t len;

    while (end-- > tail)
        if (read_call(k, end, &call, &len) && wanted(&call, like))
            return end;
    return UINT64_MAX;
}

static uint64_t first_of(struct making *k, uint64_t id)
{
    uint64_t end = ring_head(k->journal);
    struct call call;
    size_t len;

    for (uint64_t i = ring_tail(k->journal); i < end; i++)
        if (read_call(k, i, &call, &len) && call.session_id == id)
            return i;
    return end;
}

static bool makes_socket(const struct call *call, const struct call *like)
{
    return call->session_id == like->session_id && call->name == CALL_SOCKET &&
           (like->fd < 0 || call->result == like->fd) && call->result >= 0;
}

/* By its descriptor, or by its peer where it has done nothing yet. */
static bool accepts(const struct call *call, const struct call *like)
{
    return call->session_id == like->session_id && call->name == CALL_ACCEPT4 &&
           call->result >= 0 &&
           (like->fd >= 0 ? call->result == like->fd : addr_equal(&call->addr, &like->addr));
}

/* Calls of one id from `at` on, before `end`; only those on a socket that is known already, or
 * only what a server does before anybody comes. */
static int add_calls(struct making *k, uint64_t id, uint64_t at, uint64_t end, bool setup)
{
    struct call call;
    size_t len;
    int r = 0;

    for (; at < end && r == 0; at++) {
        if (!read_call(k, at, &call, &len) || call.session_id != id)
            continue;
        if (setup && (!of_setup(&call) || (k->p->n && socket_of(k, call.fd) < 0)))
            continue;
        if (k->p->n >= PROGRAM_STEPS) {
            k->p->cut = true;
            break;
        }
        r = add_call(k, &call, len);
    }
    return r;
}

/* What the listener did, then who came, then what was said. */
static int add_accepted(struct making *k, const struct session_status *s)
{
    uint64_t head = ring_head(k->journal), first = first_of(k, s->id), accepted, made;
    struct call like = {.session_id = s->server_id, .fd = -1, .addr = s->peer}, call;
    size_t len;
    int r;

    if (first < head && read_call(k, first, &call, &len))
        like.fd = call.fd;
    accepted = newest_before(k, first, accepts, &like);
    if (accepted == UINT64_MAX || !read_call(k, accepted, &call, &len))
        return -ENOENT;
    like.fd = call.fd;
    made = newest_before(k, accepted, makes_socket, &like);
    if (made == UINT64_MAX)
        return -ENOENT;
    r = add_calls(k, s->server_id, made, accepted, true);
    if (r == 0 && read_call(k, accepted, &call, &len))
        r = add_call(k, &call, len);
    return r < 0 ? r : add_calls(k, s->id, first, head, false);
}

static int add_server(struct making *k, const struct server_status *s)
{
    struct call like = {.session_id = s->id, .fd = -1};
    uint64_t head = ring_head(k->journal);
    uint64_t made = newest_before(k, head, makes_socket, &like);

    return made == UINT64_MAX ? -ENOENT : add_calls(k, s->id, made, head, !k->p->boundaries);
}

/* When it came to its point: what is sent is on its way from the beginning of the call on, what
 * comes is there at the end of it.  Of calls that wait in threads of their own the journal has
 * the one first that returned first. */
static uint64_t moment(const struct program_step *step)
{
    const struct call *call = &step->call;
    bool comes = call_receives(call) || call->name == CALL_ACCEPT4;

    return call->start_ns + (comes ? call->duration_ns : 0);
}

/* Nearly all of them are in order, and those of one moment stay. */
static void put_in_order(struct program *p)
{
    for (size_t i = 1; i < p->n; i++) {
        struct program_step step = p->steps[i];
        size_t at = i;

        for (; at > 0 && moment(&p->steps[at - 1]) > moment(&step); at--)
            p->steps[at] = p->steps[at - 1];
        p->steps[at] = step;
    }
}

/* What bind(2) made is a file. */
static size_t file_of(const struct program *p)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct program_step *step = &p->steps[i];

        if (step->call.name == CALL_BIND && !step->call.error && call_names_path(&step->call) &&
            step->bytes[0] == '/')
            return i;
    }
    return p->n;
}

/* --- all of it -------------------------------------------------------------------------- */

static int tell(const struct making *k, int r, struct err *err)
{
    char name[32];

    snprintf(name, sizeof(name), "%s %llu", k->session ? "session" : "server",
             (unsigned long long)(k->session ? k->session : k->server));
    if (r == -ENODATA)
        return err_set(err, r, "program", name, "it has made no call");
    if (r == -ENOENT)
        return err_set(err, r, "program", name,
                       "its first calls are not in the journal any more");
    if (r == -E2BIG)
        return err_set(err, r, "program", name, "it had more than %d sockets", PROGRAM_SOCKETS);
    return r;
}

static bool keeps_boundaries(enum endpoint_scheme scheme)
{
    return scheme == ENDPOINT_UDP || scheme == ENDPOINT_UNIX_DGRAM ||
           scheme == ENDPOINT_UNIX_SEQPACKET;
}

int program_make(const struct ring *journal, const struct session_status *session,
                 const struct server_status *server, struct program *ret, struct err *err)
{
    const struct endpoint *e =
        session && (!session->server_id || !server) ? &session->endpoint : &server->endpoint;
    char endpoint[ENDPOINT_TEXT_BYTES];
    struct making *k = mem_new(1, sizeof(*k));
    struct program p = {.boundaries = keeps_boundaries(e->scheme)};
    int r;

    *k = (struct making){.journal = journal,
                         .p = &p,
                         .session = session ? session->id : 0,
                         .server = server ? server->id : 0};
    snprintf(p.title, sizeof(p.title), "%s %llu, %s", session ? "session" : "server",
             (unsigned long long)(session ? session->id : server->id),
             endpoint_format(e, endpoint));
    if (e->scheme == ENDPOINT_TLS)
        r = err_set(err, -EOPNOTSUPP, "program", p.title,
                    "what TLS says is never the same twice");
    else if (session && session->server_id)
        r = tell(k, add_accepted(k, session), err);
    else if (session)
        r = tell(k, add_calls(k, session->id, ring_tail(journal), ring_head(journal), false),
                 err);
    else
        r = tell(k, add_server(k, server), err);
    if (r == 0 && !p.n)
        r = tell(k, ring_tail(journal) ? -ENOENT : -ENODATA, err);
    free(k);
    if (r < 0) {
        program_done(&p);
        return r;
    }
    put_in_order(&p);
    p.file = file_of(&p);
    p.start_ns = p.steps[0].call.start_ns;
    *ret = p;
    return 0;
}

void program_done(struct program *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->steps[i].bytes);
    free(p->steps);
    *p = (struct program){.n = 0};
}

void program_put_remarks(FILE *out, const struct program *p, const char *mark)
{
    fprintf(out,
            "%s Ends with 0 where each gives what it gave then, with 1 where one does not.\n",
            mark);
    if (p->waits)
        fprintf(out, "%s Left out: %llu calls that only said \"not yet\"; poll() waits here.\n",
                mark, (unsigned long long)p->waits);
    if (p->left_out)
        fprintf(out, "%s Left out: %llu options whose values cannot be written down.\n", mark,
                (unsigned long long)p->left_out);
    if (p->unkept_bytes)
        fprintf(
            out,
            "%s Not the same: %llu bytes that were sent were not kept; zeros stand for them.\n",
            mark, (unsigned long long)p->unkept_bytes);
    if (p->cut)
        fprintf(out, "%s Only the first %zu calls.\n", mark, p->n);
}

void program_add_comment(struct line_out *l, const struct program *p,
                         const struct program_step *step)
{
    uint64_t after_us = (step->call.start_ns - p->start_ns) / 1000;
    char text[CALL_TEXT_BYTES];

    line_add(l, "%llu.%06llu ", (unsigned long long)(after_us / 1000000),
             (unsigned long long)(after_us % 1000000));
    call_format(&step->call, text, sizeof(text));
    code_add_comment(l, text);
}

void program_write(FILE *out, const struct program *p, enum program_language language)
{
    if (language == PROGRAM_C)
        program_c(out, p);
    else
        program_python(out, p);
}
