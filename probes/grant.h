/* probes/grant.h - the one door through which everything that needs privilege goes.
 *
 * Where this program runs in its sandbox (probes/guard/sandbox.h), each of these asks the privileged
 * helper for what it may not do itself; the helper calls the same functions, on its side of the
 * door.  Without a sandbox they act at once.  Each returns 0 or negative errno; those with err say
 * in it what grants it.  Any thread. */
#ifndef SOCKEYE_PROBES_GRANT_H
#define SOCKEYE_PROBES_GRANT_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/base/err.h"
#include "core/model/kernel_event.h"
#include "core/model/probing.h"
#include "probes/guard/protocol.h"
#include "probes/owners_fds.h"

typedef struct pcap pcap_t;

/* How an activated capture handle is made: TPACKET_V3, 20 ms, 16 MiB ring, non-blocking; without
 * a filter, which its owner sets.  *ret_promiscuous: whether it is, as far as that was asked for. */
int grant_capture(const char *interface, const struct capture_settings *settings, pcap_t **ret,
                  bool *ret_promiscuous, struct err *err);

/* ---- processes: proc_pid_fd(5), proc_pid_ns(5) -------------------------------------------- */

/* The directory /proc/PID/fd, open for reading; the caller closes it. */
int grant_fd_directory(pid_t pid, int *ret_fd);

/* socket_fds_read(), socket_fds_seek() and socket_fd_inode() for n descriptors at once, of such a
 * directory: the kernel checks each of its links anew. */
int grant_fds_read(int directory, size_t expected, struct socket_fds *ret);
bool grant_fds_seek(int directory, size_t expected, uint32_t inode, int32_t window,
                    struct socket_fd *ret);
int grant_fd_inodes(int directory, const int32_t *fds, size_t n, struct guard_inode *ret);

/* A file of /proc/PID, open for reading; the caller closes it. */
int grant_proc_file(pid_t pid, enum guard_proc_file file, int *ret_fd);
/* The same beside the directory of its descriptors, so that it is the same process's; ret_uid
 * (nullable): whose the process is. */
int grant_file_beside(int directory, enum guard_proc_file file, int *ret_fd, uint32_t *ret_uid);

/* The network namespace of a process, open; the caller closes it. */
int grant_netns_of(pid_t pid, int *ret_fd);
/* Those of all processes by their inode, or why they may not be seen. */
int grant_netns_list(void (*take)(void *ctx, const struct guard_netns *one), void *ctx);

/* ---- network namespaces ------------------------------------------------------------------- */

/* Do something in the network namespace of netns_fd, -1: in our own.  While work runs, what is made
 * by the functions of this part belongs to that namespace; everything else may still be ours. */
typedef void grant_errand(void *ctx);
int grant_inside(int netns_fd, grant_errand *work, void *ctx, struct err *err);

/* The namespace that this thread is meant to be in, as a sandboxed program can be in none; -1: the
 * one it is in. */
int grant_meant(void);

/* A socket of one of these kinds, close-on-exec. */
int grant_socket(enum guard_socket kind, int *ret_fd);
/* A file of /proc/thread-self/net, one of guard_net_file_names; the caller closes it. */
int grant_net_file(const char *name, int *ret_fd);

/* A conversation with the kernel that it answers in full to CAP_NET_ADMIN only, and by the rights of
 * who reads: so the helper reads, and hands over datagram by datagram.  fd takes send(2) and recv(2)
 * as a connected netlink socket does; a datagram shorter than a netlink head is a negative errno. */
struct grant_netlink {
    int fd;
    uint32_t plumbing[2]; /* inodes of the relay's ends; 0: none */
    int device_fd;        /* for netdevice(7) in that namespace; may be fd itself */
    uint32_t port;        /* that answers are for */
};
int grant_netlink(int netns_fd, enum guard_netlink kind, struct grant_netlink *ret,
                  struct err *err);
/* The same without the helper, for answers that are the same for everybody.  -EOPNOTSUPP where it
 * would not be another one, or not in this namespace. */
int grant_netlink_direct(enum guard_netlink kind, struct grant_netlink *ret);
void grant_netlink_close(struct grant_netlink *n);
/* The length of a datagram; 0: it was another process's and means nothing; negative errno. */
ssize_t grant_netlink_receive(const struct grant_netlink *n, void *buffer, size_t size);

/* A non-blocking ICMP or ICMPv6 socket: for datagrams where net.ipv4.ping_group_range allows it
 * (icmp(7)), else a raw one, *ret_raw says which. */
int grant_echo_socket(int family, int *ret_fd, bool *ret_raw, struct err *err);

/* Run nft(8) or iptables-save(8): what it writes can be read from *ret_fd, then its exit status, one
 * byte, from *ret_status.  Closing both ends it.  -ENOENT: there is no such program. */
int grant_rules(enum guard_rules program, int *ret_fd, int *ret_status);

/* Move this program, while it has but one thread and no sandbox, into a namespace (a name of
 * ip-netns(8) or a pid), with the files there that decide over names.  There is no way back. */
int grant_enter_netns(const char *wish, struct err *err);

/* ---- the kernel's tracing ------------------------------------------------------------------ */

/* The directory of tracefs: where it is mounted, else by a mount of our own. */
int grant_tracing(int *ret_fd, struct err *err);

/* An instance of our own in it, with its trace_pipe, which the caller closes before it. */
struct grant_trace;
int grant_trace_open(struct grant_trace **ret, int *ret_pipe, struct err *err);
/* -ENOENT: this kernel has no such event. */
int grant_trace_turn(struct grant_trace *t, enum kernel_event_kind kind, bool on);
int grant_trace_format(struct grant_trace *t, enum kernel_event_kind kind, int *ret_fd);
void grant_trace_close(struct grant_trace *t); /* NULL is a no-op */

/* ---- changes -------------------------------------------------------------------------------- */

/* bind(2) and setsockopt(2); what needs a privilege is done by the helper on the same socket.
 * -1 and errno, as they are. */
int grant_bind(int fd, const void *name, unsigned len);
int grant_setsockopt(int fd, int level, int option, const void *value, unsigned len);

/* The command that grants capture and foreign owners to this program. */
void grant_command(char *buf, size_t size);

#endif
