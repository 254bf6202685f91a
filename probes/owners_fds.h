/* probes/owners_fds.h - the sockets among the descriptors of one process: proc_pid_fd(5).
 *
 * All work on a directory that was opened by grant_fd_directory(): it stays with its process,
 * so that nothing here can meet another one that got the same pid. */
#ifndef SOCKEYE_PROBES_OWNERS_FDS_H
#define SOCKEYE_PROBES_OWNERS_FDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define NUMBERS_BYTES 32768

/* The numbers that a directory of /proc has for names, rising. */
struct numbers {
    int directory;
    size_t at, end;
    char bytes[NUMBERS_BYTES];
};

void numbers_start(struct numbers *n, int directory);
/* Returns 1 and a number, 0 at the end, negative errno. */
int numbers_next(struct numbers *n, int32_t *ret);

struct socket_fd {
    uint32_t inode;
    int32_t fd;
};

struct socket_fds {
    struct socket_fd *at;
    size_t n, room;
};

void socket_fds_add(struct socket_fds *fds, struct socket_fd one);

/* The inode of a descriptor: 0 and *ret_inode, which is 0 for what is no socket; or negative
 * errno. */
int socket_fd_inode(int directory, int32_t fd, uint32_t *ret_inode);

/* Read all of them, in place of what ret held; its memory is used again.  `expected` says how
 * many descriptors there are, 0 for unknown.  Returns 0 or negative errno, then ret is empty. */
int socket_fds_read(int directory, size_t expected, struct socket_fds *ret);

/* Find one without reading all, as inodes mostly rise with descriptors: by halving, then among
 * the neighbours of where it came closest, `window` to each side.  Not found says nothing. */
bool socket_fds_seek(int directory, size_t expected, uint32_t inode, int32_t window,
                     struct socket_fd *ret);

/* "socket:[4242]" to 4242, 0 for all other links.  Pure, for tests. */
uint32_t socket_link_inode(const char *link, size_t len);

#endif
