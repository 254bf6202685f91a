/* libpcap makes its packet socket itself.  That is the one call of its that needs a privilege, and the
 * dynamic linker lets a program have functions of its own in place of a library's: this socket()
 * asks the helper for packet sockets and hands everything else on (dlsym(3), RTLD_NEXT). */
#include <dlfcn.h>
#include <errno.h>
#include <sys/socket.h>

#include "probes/grant.h"
#include "probes/guard/call.h"

static int ask(int type)
{
    int fd, rc = grant_socket((type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) == SOCK_RAW
                                  ? GUARD_PACKET_RAW
                                  : GUARD_PACKET_DGRAM,
                              &fd);

    if (rc == 0)
        return fd;
    errno = -rc;
    return -1;
}

int socket(int domain, int type, int protocol)
{
    static int (*next)(int, int, int);

    if (domain == AF_PACKET && protocol == 0 && guard_on())
        return ask(type);
    if (!__atomic_load_n(&next, __ATOMIC_RELAXED)) {
        int (*found)(int, int, int) = (int (*)(int, int, int))dlsym(RTLD_NEXT, "socket");

        __atomic_store_n(&next, found, __ATOMIC_RELAXED);
    }
    return next(domain, type, protocol);
}
