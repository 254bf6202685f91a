/* probes/netns.h - the network namespaces of the host, as far as they can be found.
 *
 * network_namespaces(7): those of /proc/PID/ns/net and the named ones of ip-netns(8) below
 * /run/netns.  One that only a thread, a socket or a bind mount elsewhere holds is not found. */
#ifndef SOCKEYE_PROBES_NETNS_H
#define SOCKEYE_PROBES_NETNS_H

#include "core/model/snapshot.h"

/* The namespaces that a wish names: "" our own, "all" (our own first), a name of ip-netns(8), or
 * a pid.  Fills n_netns and netns of s; their err and s->unseen_processes tell what could not be
 * found or looked into. */
void netns_find(const char *wish, struct snapshot *s);

/* A descriptor of the namespace, -1: it is our own.  The caller closes it.  Returns 0 or negative
 * errno with err; -ENOENT: it is gone. */
int netns_open(const struct netns *ns, int *ret_fd, struct err *err);

/* Put into s->err that the namespaces of s->unseen_processes may be missing. */
void netns_say_unseen(struct snapshot *s);

#endif
