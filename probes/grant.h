/* probes/grant.h - the one door through which everything that needs privilege goes.
 *
 * Called in-process now; a small privileged helper can stand behind the same functions
 * later.  Each returns 0 or negative errno and says in err what grants it. */
#ifndef SOCKEYE_PROBES_GRANT_H
#define SOCKEYE_PROBES_GRANT_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/base/err.h"
#include "core/model/probing.h"

typedef struct pcap pcap_t;

/* How an activated capture handle is made: TPACKET_V3, 20 ms, 16 MiB ring, non-blocking; without
 * a filter, which its owner sets.  *ret_promiscuous: whether it is, as far as that was asked for. */
int grant_capture(const char *interface, const struct capture_settings *settings, pcap_t **ret,
                  bool *ret_promiscuous, struct err *err);

/* The directory /proc/PID/fd, open for reading; the caller closes it. */
int grant_fd_directory(pid_t pid, int *ret_fd);

/* A non-blocking ICMP or ICMPv6 socket: for datagrams where net.ipv4.ping_group_range allows it
 * (icmp(7)), else a raw one, *ret_raw says which. */
int grant_echo_socket(int family, int *ret_fd, bool *ret_raw, struct err *err);

/* The directory of tracefs: where it is mounted, else by a mount of our own. */
int grant_tracing(int *ret_fd, struct err *err);

/* A socket(2) of NETLINK_SOCK_DIAG that belongs to the network namespace of netns_fd, -1: to our
 * own.  The calling thread stays where it is. */
int grant_diag_socket(int netns_fd, int *ret_fd, struct err *err);

/* Do something in the network namespace of netns_fd, -1: in our own.  It runs in a thread of its
 * own, which is over when this returns; files of the namespace are below /proc/thread-self/net. */
typedef void grant_errand(void *ctx);
int grant_inside(int netns_fd, grant_errand *work, void *ctx, struct err *err);

/* Move this program, while it has but one thread, into a namespace (a name of ip-netns(8) or a pid),
 * with the files there that decide over names.  There is no way back. */
int grant_enter_netns(const char *wish, struct err *err);

/* The command that grants capture and foreign owners to this program. */
void grant_command(char *buf, size_t size);

#endif
