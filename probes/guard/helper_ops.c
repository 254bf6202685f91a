/* Each operation calls the function of grant.h that asked for it: in the helper there is no helper to
 * be asked, so that it acts. */
#include "probes/guard/helper_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "probes/act/act.h"
#include "probes/grant.h"
#include "probes/guard/plumbing.h"
#include "probes/guard/wire.h"
#include "probes/tracing_parse.h"

void task_put(struct task *t, const void *bytes, size_t len)
{
    struct guard_answer *a = t->answer;

    if (a->n_bytes + len > GUARD_ANSWER_BYTES) {
        a->more = 1;
        if (!t->failed)
            t->failed =
                wire_send(t->helper->connection, a, GUARD_ANSWER_HEAD + a->n_bytes, NULL, 0, 0);
        a->more = 0;
        a->n_bytes = 0;
    }
    memcpy(a->bytes + a->n_bytes, bytes, len);
    a->n_bytes += (uint32_t)len;
}

static int give(struct task *t, int fd)
{
    t->fds[t->n_fds++] = fd;
    return 0;
}

/* ---- processes ------------------------------------------------------------------------------- */

/* A directory that came over may be any: links are read in one of /proc only. */
static int check_proc(int fd)
{
    struct statfs fs;

    if (fstatfs(fd, &fs) < 0)
        return -errno;
    return fs.f_type == PROC_SUPER_MAGIC ? 0 : -EPERM;
}

static int do_fd_directory(struct task *t)
{
    int fd, rc = grant_fd_directory(t->request->pid, &fd);

    return rc < 0 ? rc : give(t, fd);
}

static int do_fd_sockets(struct task *t)
{
    struct socket_fds fds = {0};
    int rc = check_proc(t->fd);

    if (rc == 0 && lseek(t->fd, 0, SEEK_SET) < 0) /* wherever the program has read to */
        rc = -errno;
    if (rc == 0)
        rc = grant_fds_read(t->fd, t->request->amount, &fds);
    for (size_t i = 0; i < fds.n && rc == 0; i++) {
        struct guard_socket_fd one = {.inode = fds.at[i].inode, .fd = fds.at[i].fd};

        task_put(t, &one, sizeof(one));
    }
    free(fds.at);
    return rc;
}

static int do_fd_inodes(struct task *t)
{
    size_t n = t->request->n_bytes / sizeof(int32_t);
    int rc = check_proc(t->fd);

    for (size_t i = 0; i < n && rc == 0; i++) {
        struct guard_inode one;
        int32_t fd;

        memcpy(&fd, t->request->bytes + i * sizeof(fd), sizeof(fd));
        if (fd < 0)
            return -EINVAL;
        rc = grant_fd_inodes(t->fd, &fd, 1, &one);
        task_put(t, &one, sizeof(one));
    }
    return rc;
}

static int do_fd_seek(struct task *t)
{
    struct guard_socket_fd one;
    struct guard_seek seek;
    struct socket_fd found;
    int rc = check_proc(t->fd);

    memcpy(&seek, t->request->bytes, sizeof(seek));
    if (rc < 0)
        return rc;
    if (!grant_fds_seek(t->fd, t->request->amount, seek.inode, seek.window, &found))
        return -ENOENT;
    one = (struct guard_socket_fd){.inode = found.inode, .fd = found.fd};
    task_put(t, &one, sizeof(one));
    return 0;
}

static int do_proc_file(struct task *t)
{
    enum guard_proc_file file = (enum guard_proc_file)t->request->kind;
    uint32_t uid = 0;
    int fd = -1, rc;

    rc = t->fd >= 0 ? check_proc(t->fd) : 0;
    if (rc == 0)
        rc = t->fd >= 0 ? grant_file_beside(t->fd, file, &fd, &uid)
                        : grant_proc_file(t->request->pid, file, &fd);
    t->answer->value = (int32_t)uid;
    return rc < 0 ? rc : give(t, fd);
}

static void put_netns(void *ctx, const struct guard_netns *one)
{
    task_put(ctx, one, sizeof(*one));
}

static int do_netns_list(struct task *t)
{
    return grant_netns_list(put_netns, t);
}

static int do_netns_open(struct task *t)
{
    int fd, rc = grant_netns_of(t->request->pid, &fd);

    return rc < 0 ? rc : give(t, fd);
}

static int do_signal(struct task *t)
{
    const struct guard_request *q = t->request;

    /* What ends us is the end of the connection. */
    if (q->pid == getpid())
        return -EPERM;
    return act_signal(q->pid, q->amount, q->value, NULL);
}

/* ---- network namespaces ---------------------------------------------------------------------- */

/* What is made in a namespace: one call of grant.h. */
struct there {
    uint16_t kind;
    int code, fds[GUARD_FDS];
};

static void make_socket(void *ctx)
{
    struct there *x = ctx;

    x->code = grant_socket((enum guard_socket)x->kind, &x->fds[0]);
}

static void open_net_file(void *ctx)
{
    struct there *x = ctx;

    x->code = grant_net_file(guard_net_file_names[x->kind], &x->fds[0]);
}

static void run_rules(void *ctx)
{
    struct there *x = ctx;

    x->code = grant_rules((enum guard_rules)x->kind, &x->fds[0], &x->fds[1]);
}

static int do_there(struct task *t, grant_errand *work, size_t n_fds)
{
    struct there x = {.kind = t->request->kind};
    int rc = grant_inside(t->fd, work, &x, NULL);

    if (rc == 0)
        rc = x.code;
    for (size_t i = 0; i < n_fds && rc == 0; i++)
        give(t, x.fds[i]);
    return rc;
}

static int do_socket(struct task *t)
{
    return do_there(t, make_socket, 1);
}

static int do_net_file(struct task *t)
{
    return do_there(t, open_net_file, 1);
}

static int do_rules(struct task *t)
{
    return do_there(t, run_rules, 2);
}

/* Its interfaces are asked by a socket that can do nothing else. */
static int do_netlink(struct task *t)
{
    enum guard_netlink kind = (enum guard_netlink)t->request->kind;
    struct relay *free_one = NULL;
    struct there device = {.kind = GUARD_DATAGRAM};
    struct grant_netlink kernel;
    uint32_t ends[2];
    int fd = -1, rc;

    for (size_t i = 0; i < HELPER_RELAYS && !free_one; i++)
        if (t->helper->relays[i].program < 0)
            free_one = &t->helper->relays[i];
    if (!free_one)
        return -EMFILE;
    rc = grant_netlink(t->fd, kind, &kernel, NULL);
    if (rc < 0)
        return rc;
    rc = grant_inside(t->fd, make_socket, &device, NULL);
    rc = rc < 0 ? rc : device.code;
    if (rc == 0) {
        rc = relay_open(free_one, &kernel, kind, &fd);
        if (rc < 0)
            close(device.fds[0]);
    }
    if (rc < 0) {
        grant_netlink_close(&kernel);
        return rc;
    }
    t->answer->value = (int32_t)kernel.port;
    ends[0] = plumbing_inode(fd);
    ends[1] = plumbing_inode(free_one->program);
    task_put(t, ends, sizeof(ends));
    give(t, fd);
    return give(t, device.fds[0]);
}

/* ---- the kernel's tracing -------------------------------------------------------------------- */

static struct trace_instance *trace_of(const struct task *t)
{
    struct trace_instance *i = &t->helper->traces[t->request->value];

    return i->root >= 0 ? i : NULL;
}

static int do_trace_open(struct task *t)
{
    struct err err = {0};
    int32_t i = 0;
    int fd, rc;

    while (i < HELPER_TRACES && t->helper->traces[i].root >= 0)
        i++;
    if (i == HELPER_TRACES)
        return -EMFILE;
    rc = trace_instance_open(&t->helper->traces[i], t->helper->program, &fd, &err);
    if (rc < 0) {
        task_put(t, &err, sizeof(err));
        return rc;
    }
    t->answer->value = i;
    return give(t, fd);
}

static int do_trace_turn(struct task *t)
{
    enum kernel_event_kind kind = (enum kernel_event_kind)t->request->kind;
    const struct trace_instance *i = trace_of(t);

    return i && tracing_event_path(kind) ? trace_instance_turn(i, kind, t->request->amount)
                                         : -EINVAL;
}

static int do_trace_format(struct task *t)
{
    enum kernel_event_kind kind = (enum kernel_event_kind)t->request->kind;
    const struct trace_instance *i = trace_of(t);
    int fd, rc;

    if (!i || !tracing_event_path(kind))
        return -EINVAL;
    rc = trace_instance_format(i, kind, &fd);
    return rc < 0 ? rc : give(t, fd);
}

static int do_trace_close(struct task *t)
{
    struct trace_instance *i = trace_of(t);

    if (!i)
        return -EINVAL;
    trace_instance_close(i);
    return 0;
}

/* ---- changes --------------------------------------------------------------------------------- */

static int check_internet(int fd)
{
    int domain;
    socklen_t len = sizeof(domain);

    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) < 0)
        return -errno;
    return domain == AF_INET || domain == AF_INET6 ? 0 : -EPERM;
}

static int do_bind(struct task *t)
{
    const struct guard_request *q = t->request;
    int rc = check_internet(t->fd);

    if (rc < 0)
        return rc;
    return bind(t->fd, (const struct sockaddr *)(const void *)q->bytes, q->n_bytes) < 0 ? -errno
                                                                                        : 0;
}

/* A filter program would be an address of the program's memory. */
static bool is_an_address(int level, int option)
{
    static const int programs[] = {SO_ATTACH_FILTER, SO_ATTACH_BPF, SO_ATTACH_REUSEPORT_CBPF,
                                   SO_ATTACH_REUSEPORT_EBPF};

    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
        if (level == SOL_SOCKET && option == programs[i])
            return true;
    return false;
}

static int do_setsockopt(struct task *t)
{
    const struct guard_request *q = t->request;
    struct stat st;

    if (fstat(t->fd, &st) < 0 || !S_ISSOCK(st.st_mode) || is_an_address(q->kind, q->value))
        return -EPERM;
    return setsockopt(t->fd, q->kind, q->value, q->bytes, q->n_bytes) < 0 ? -errno : 0;
}

int helper_do(struct task *t)
{
    static int (*const operations[GUARD_OPS])(struct task *) = {
        [GUARD_FD_DIRECTORY] = do_fd_directory,
        [GUARD_FD_SOCKETS] = do_fd_sockets,
        [GUARD_FD_INODES] = do_fd_inodes,
        [GUARD_FD_SEEK] = do_fd_seek,
        [GUARD_PROC_FILE] = do_proc_file,
        [GUARD_NET_FILE] = do_net_file,
        [GUARD_NETNS_LIST] = do_netns_list,
        [GUARD_NETNS_OPEN] = do_netns_open,
        [GUARD_SOCKET] = do_socket,
        [GUARD_NETLINK] = do_netlink,
        [GUARD_TRACE_OPEN] = do_trace_open,
        [GUARD_TRACE_TURN] = do_trace_turn,
        [GUARD_TRACE_FORMAT] = do_trace_format,
        [GUARD_TRACE_CLOSE] = do_trace_close,
        [GUARD_BIND] = do_bind,
        [GUARD_SETSOCKOPT] = do_setsockopt,
        [GUARD_RULES] = do_rules,
        [GUARD_SIGNAL] = do_signal,
    };

    return operations[t->request->op](t);
}
