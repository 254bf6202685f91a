/* What the tracer tells, and how alike failures are folded. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "probes/trace_internal.h"
#include "probes/trace_program.h"

void tracer_send(struct tracer *t, const struct program_call *call)
{
    if (t->alone)
        return;
    while (send(t->channel, call, sizeof(*call), MSG_NOSIGNAL) < 0)
        if (errno != EINTR) {
            t->alone = true;
            return;
        }
}

static void read_comm(pid_t tid, char ret[PROGRAM_COMM_BYTES])
{
    char path[64], text[32];
    FILE *f;
    size_t n;

    snprintf(path, sizeof(path), "/proc/%d/comm", tid);
    f = fopen(path, "re");
    if (!f)
        return;
    n = fread(text, 1, sizeof(text), f);
    fclose(f);
    while (n && text[n - 1] == '\n')
        n--;
    text_clean(text, n, ret, PROGRAM_COMM_BYTES);
}

/* The process that a thread belongs to. */
pid_t tracer_process_of(pid_t tid)
{
    char path[64], line[128];
    pid_t pid = tid;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/status", tid);
    f = fopen(path, "re");
    if (!f)
        return pid;
    while (fgets(line, sizeof(line), f))
        if (strncmp(line, "Tgid:", 5) == 0) {
            pid = (pid_t)strtol(line + 5, NULL, 10);
            break;
        }
    fclose(f);
    return pid;
}

static bool in_other_netns(const struct tracer *t, pid_t tid)
{
    char path[64];
    struct stat st;

    snprintf(path, sizeof(path), "/proc/%d/ns/net", tid);
    return t->our_netns && stat(path, &st) == 0 && st.st_ino != t->our_netns;
}

void tracer_describe(const struct tracer *t, const struct trace_thread *thread,
                     const struct trace_socket *s, struct program_call *ret)
{
    ret->tid = thread->tid;
    ret->pid = tracer_process_of(thread->tid);
    ret->other_netns = in_other_netns(t, thread->tid);
    read_comm(thread->tid, ret->comm);
    if (!s)
        return;
    ret->inode = s->inode;
    ret->domain = s->domain;
    ret->type = s->type;
    ret->protocol = s->protocol;
    if (ret->local.family == AF_UNSPEC)
        ret->local = s->local;
    if (ret->peer.family == AF_UNSPEC)
        ret->peer = s->peer;
    ret->connect_began_ns = s->connect_began_ns;
    ret->connect_ended_ns = s->connect_ended_ns;
    if (!ret->path[0])
        memcpy(ret->path, s->path, sizeof(ret->path));
    trace_look_inside(ret);
}

/* The ports of those who come to a server are all different and say nothing. */
static struct addr place(const struct program_call *c)
{
    struct addr a = c->peer;

    if (!c->connect_began_ns && c->call != DOES_CONNECT && c->call != DOES_SEND)
        a.port = 0;
    return a;
}

static bool alike(const struct program_call *a, const struct program_call *b)
{
    struct addr x = place(a), y = place(b);

    return a->call == b->call && a->error == b->error && addr_equal(&x, &y) &&
           addr_equal(&a->local, &b->local) && strcmp(a->path, b->path) == 0;
}

void tracer_failed(struct tracer *t, struct trace_thread *thread, struct program_call *call)
{
    struct trace_distinct *d;

    for (size_t i = 0; i < t->n_distinct; i++)
        if (alike(&t->distinct[i].first, call)) {
            t->distinct[i].count++;
            return;
        }
    if (t->n_distinct == PROGRAM_DISTINCT_MAX) {
        t->left_out++;
        return;
    }
    call->news = PROGRAM_FAILED;
    call->id = ++t->next_id;
    call->held = true;
    d = &t->distinct[t->n_distinct++];
    *d = (struct trace_distinct){.first = *call, .count = 1};
    tracer_send(t, call);
    if (t->alone)
        return;
    thread->held = true;
    t->n_held++;
    thread->held_id = call->id;
    thread->held_until_ns = clock_now_ns() + PROGRAM_HOLD_NS;
}

void tracer_counts(struct tracer *t)
{
    for (size_t i = 0; i < t->n_distinct; i++)
        if (t->distinct[i].count > 1) {
            struct program_call count = {.news = PROGRAM_COUNT,
                                         .id = t->distinct[i].first.id,
                                         .count = t->distinct[i].count};

            tracer_send(t, &count);
        }
    if (t->left_out) {
        struct program_call rest = {.news = PROGRAM_LEFT_OUT, .count = t->left_out};

        tracer_send(t, &rest);
    }
}
