/* The part of the grant that enters network namespaces: setns(2), network_namespaces(7). */
#include <errno.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>

#include "core/base/thread.h"
#include "probes/grant.h"
#include "probes/grant_words.h"

struct errand {
    int netns_fd; /* -1: stay */
    int fd;       /* what came of it: the socket, or negative errno */
};

static void *run(void *arg)
{
    struct errand *e = arg;

    if (e->netns_fd >= 0 && setns(e->netns_fd, CLONE_NEWNET) < 0) {
        e->fd = -errno;
        return NULL;
    }
    e->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (e->fd < 0)
        e->fd = -errno;
    return NULL;
}

/* A thread of its own goes there: the caller's stays where it is, whatever fails. */
static int visit(struct errand *e)
{
    pthread_t thread;
    int rc = thread_start(&thread, "netns", run, e);

    if (rc == 0)
        rc = -pthread_join(thread, NULL);
    return rc;
}

int grant_diag_socket(int netns_fd, int *ret_fd, struct err *err)
{
    struct errand e = {.netns_fd = netns_fd};
    char command[ERR_TEXT_BYTES];
    int rc = 0;

    if (netns_fd < 0)
        run(&e);
    else
        rc = visit(&e);
    if (rc == 0 && e.fd >= 0) {
        *ret_fd = e.fd;
        return 0;
    }
    if (rc == 0)
        rc = e.fd;
    if (netns_fd < 0 || rc != -EPERM)
        return err_set(err, rc, "sock_diag", netns_fd < 0 ? "socket" : "namespace",
                       "cannot open a netlink socket to the kernel's socket tables");
    err_set(err, rc, "setns", "", "entering a network namespace needs CAP_SYS_ADMIN");
    grant_setcap("cap_sys_admin,cap_net_admin,cap_sys_ptrace", command, sizeof(command));
    err_hint(err, "%s", command);
    return rc;
}
