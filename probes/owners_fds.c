/* This is where a look at a hundred thousand sockets spends its time: one readlinkat(2) for
 * each descriptor, little else. */
#include "probes/owners_fds.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"

#define NUMBER_BYTES 12

void numbers_start(struct numbers *n, int directory)
{
    n->directory = directory;
    n->at = n->end = 0;
}

/* Returns -1 for what is no number. */
static int32_t number_of(const char *text)
{
    int64_t n = 0;

    if (!*text)
        return -1;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        n = n * 10 + (*text - '0');
        if (n > INT32_MAX)
            return -1;
    }
    return (int32_t)n;
}

int numbers_next(struct numbers *n, int32_t *ret)
{
    for (;;) {
        uint16_t len;
        int32_t number;
        ssize_t got;

        if (n->at == n->end) {
            got = getdents64(n->directory, n->bytes, sizeof(n->bytes));
            if (got <= 0)
                return got < 0 ? -errno : 0;
            n->at = 0;
            n->end = (size_t)got;
        }
        memcpy(&len, n->bytes + n->at + offsetof(struct dirent64, d_reclen), sizeof(len));
        number = number_of(n->bytes + n->at + offsetof(struct dirent64, d_name));
        n->at += len;
        if (number >= 0) {
            *ret = number;
            return 1;
        }
    }
}

uint32_t socket_link_inode(const char *link, size_t len)
{
    static const char prefix[] = "socket:[";
    const size_t start = sizeof(prefix) - 1;
    uint64_t inode = 0;

    /* Ten digits are the most that a number of 32 bits has. */
    if (len < start + 2 || len > start + 11 || memcmp(link, prefix, start) != 0 ||
        link[len - 1] != ']')
        return 0;
    for (size_t i = start; i < len - 1; i++) {
        if (link[i] < '0' || link[i] > '9')
            return 0;
        inode = inode * 10 + (uint64_t)(link[i] - '0');
    }
    return inode <= UINT32_MAX ? (uint32_t)inode : 0;
}

static const char *number_text(int32_t number, char buf[NUMBER_BYTES])
{
    uint32_t n = (uint32_t)number;
    char *at = buf + NUMBER_BYTES - 1;

    *at = '\0';
    do
        *--at = (char)('0' + n % 10);
    while ((n /= 10));
    return at;
}

int socket_fd_inode(int directory, int32_t fd, uint32_t *ret_inode)
{
    char name[NUMBER_BYTES], link[32];
    ssize_t n = readlinkat(directory, number_text(fd, name), link, sizeof(link));

    if (n < 0)
        return -errno;
    *ret_inode = socket_link_inode(link, (size_t)n);
    return 0;
}

void socket_fds_add(struct socket_fds *fds, struct socket_fd one)
{
    if (fds->n == fds->room) {
        fds->room = fds->room ? 2 * fds->room : 16;
        fds->at = mem_resize(fds->at, fds->room, sizeof(*fds->at));
    }
    fds->at[fds->n++] = one;
}

/* Descriptors vanish while we look; anything else keeps the truth from us. */
static int read_one(int directory, int32_t fd, struct socket_fds *ret)
{
    uint32_t inode = 0;
    int rc = socket_fd_inode(directory, fd, &inode);

    if (rc == 0 && inode)
        socket_fds_add(ret, (struct socket_fd){.inode = inode, .fd = fd});
    return rc;
}

/* Numbers are given lowest first, so most tables have no gaps: asking for one number after the
 * other saves the kernel a listing.  *ret_next is the first that was not asked for. */
static int read_counting(int directory, size_t expected, struct socket_fds *ret,
                         int32_t *ret_next, bool *ret_all)
{
    size_t met = 0, gaps = 0;
    int32_t fd = 0;
    int rc = 0;

    for (; met < expected && gaps <= expected / 8 + 16 && rc == 0; fd++) {
        rc = read_one(directory, fd, ret);
        if (rc == -ENOENT) {
            gaps++;
            rc = 0;
        } else {
            met++;
        }
    }
    *ret_next = fd;
    *ret_all = met >= expected;
    return rc;
}

static int read_listing(int directory, int32_t first, struct socket_fds *ret)
{
    struct numbers numbers;
    int32_t fd = 0;
    int rc;

    numbers_start(&numbers, directory);
    while ((rc = numbers_next(&numbers, &fd)) > 0) {
        if (fd < first)
            continue;
        rc = read_one(directory, fd, ret);
        if (rc < 0 && rc != -ENOENT)
            break;
    }
    return rc;
}

int socket_fds_read(int directory, size_t expected, struct socket_fds *ret)
{
    int32_t next = 0;
    bool all = false;
    int rc = 0;

    ret->n = 0;
    if (expected)
        rc = read_counting(directory, expected, ret, &next, &all);
    if (rc == 0 && !all)
        rc = read_listing(directory, next, ret);
    if (rc < 0)
        ret->n = 0;
    return rc;
}

/* A search on its way. */
struct seeking {
    int directory;
    uint32_t inode;
    int32_t closest; /* the descriptor whose inode was nearest to the wanted one */
    uint32_t distance;
    struct socket_fd *ret;
};

/* Looks at one descriptor; returns its inode, 0 for what is no socket. */
static uint32_t try(struct seeking *s, int32_t fd)
{
    uint32_t inode = 0, distance;

    if (fd < 0 || socket_fd_inode(s->directory, fd, &inode) < 0 || !inode)
        return 0;
    distance = inode < s->inode ? s->inode - inode : inode - s->inode;
    if (distance < s->distance) {
        s->distance = distance;
        s->closest = fd;
    }
    if (!distance)
        *s->ret = (struct socket_fd){.inode = inode, .fd = fd};
    return inode;
}

/* Some sockets stand between other files: the next one below will do. */
static uint32_t try_below(struct seeking *s, int32_t *fd, int32_t low)
{
    uint32_t inode = 0;

    for (int tries = 0; tries < 8 && *fd >= low; tries++) {
        inode = try(s, *fd);
        if (inode)
            break;
        (*fd)--;
    }
    return inode;
}

static void halve(struct seeking *s, int32_t low, int32_t high)
{
    while (low <= high && s->distance) {
        int32_t middle = low + (high - low) / 2, at = middle;
        uint32_t inode = try_below(s, &at, low);

        /* Nothing there: more often behind the end than in a gap. */
        if (!inode || inode > s->inode)
            high = (inode ? at : middle) - 1;
        else
            low = middle + 1;
    }
}

bool socket_fds_seek(int directory, size_t expected, uint32_t inode, int32_t window,
                     struct socket_fd *ret)
{
    struct seeking s = {.directory = directory,
                        .inode = inode,
                        .closest = -1,
                        .distance = UINT32_MAX,
                        .ret = ret};
    int32_t closest;

    halve(&s, 0, expected < INT32_MAX / 2 ? (int32_t)(expected + expected / 8) : INT32_MAX / 2);
    closest = s.closest;
    for (int32_t i = 1; closest >= 0 && i <= window && s.distance; i++) {
        try(&s, closest + i);
        if (s.distance)
            try(&s, closest - i);
    }
    return s.distance == 0;
}
