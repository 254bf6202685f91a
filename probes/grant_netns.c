/* The part of the grant that enters network namespaces: setns(2), network_namespaces(7).
 *
 * A thread of its own goes there: the caller's stays where it is, whatever fails. */
#include <errno.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>

#include "core/base/thread.h"
#include "probes/grant.h"
#include "probes/grant_words.h"

struct visit {
    int netns_fd;
    int error; /* of setns(2), negative errno */
    grant_errand *work;
    void *ctx;
};

static void *run(void *arg)
{
    struct visit *v = arg;

    if (setns(v->netns_fd, CLONE_NEWNET) < 0)
        v->error = -errno;
    else
        v->work(v->ctx);
    return NULL;
}

int grant_inside(int netns_fd, grant_errand *work, void *ctx, struct err *err)
{
    struct visit v = {.netns_fd = netns_fd, .work = work, .ctx = ctx};
    char command[ERR_TEXT_BYTES];
    pthread_t thread;
    int rc;

    if (netns_fd < 0) {
        work(ctx);
        return 0;
    }
    rc = thread_start(&thread, "netns", run, &v);
    if (rc == 0)
        rc = -pthread_join(thread, NULL);
    if (rc < 0)
        return err_set(err, rc, "setns", "namespace", "cannot start a thread");
    if (v.error != -EPERM)
        return v.error ? err_set(err, v.error, "setns", "namespace", "it is gone") : 0;
    err_set(err, v.error, "setns", "", "entering a network namespace needs CAP_SYS_ADMIN");
    grant_setcap("cap_sys_admin,cap_net_admin,cap_sys_ptrace", command, sizeof(command));
    err_hint(err, "%s", command);
    return v.error;
}

static void open_diag(void *ctx)
{
    int *fd = ctx;

    *fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (*fd < 0)
        *fd = -errno;
}

int grant_diag_socket(int netns_fd, int *ret_fd, struct err *err)
{
    int fd = -1, rc = grant_inside(netns_fd, open_diag, &fd, err);

    if (rc < 0)
        return rc;
    if (fd < 0)
        return err_set(err, fd, "sock_diag", netns_fd < 0 ? "socket" : "namespace",
                       "cannot open a netlink socket to the kernel's socket tables");
    *ret_fd = fd;
    return 0;
}
