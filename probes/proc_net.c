/* Reading the files; the lines are proc_net_parse.c's. */
#include "probes/proc_net.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/probing.h"

#define LINE_BYTES 512
/* An AF_UNIX name holds 108 bytes, each at most \xNN. */
#define NAME_BYTES (4 * 108 + 1)

struct listing {
    enum socket_kind kind;
    int family; /* of the lines */
    uint32_t states;
    void (*row)(void *ctx, struct row *row, const char *name);
    void *ctx;
    int malformed;
};

static bool wanted(const struct listing *l, const struct row *row)
{
    return row->kind == l->kind && (l->states >> row->state & 1);
}

/* Takes one line of a file. */
typedef void line_taker(void *ctx, const char *line, size_t len);

/* Each line but the first, which is the titles. */
static int each_line(int32_t pid, const char *name, line_taker *take, void *ctx)
{
    char path[64], line[LINE_BYTES];
    bool title = true;
    FILE *f;
    int rc;

    if (pid)
        snprintf(path, sizeof(path), "/proc/%d/net/%s", pid, name);
    else
        snprintf(path, sizeof(path), "/proc/thread-self/net/%s", name);
    f = fopen(path, "re");
    if (!f)
        return -errno;
    errno = 0;
    while (fgets(line, sizeof(line), f)) {
        if (!title)
            take(ctx, line, strcspn(line, "\n"));
        title = false;
    }
    rc = ferror(f) ? -(errno ? errno : EIO) : 0;
    fclose(f);
    return rc;
}

/* ---- the families ---- */

static void take_ip(void *ctx, const char *line, size_t len)
{
    struct listing *l = ctx;
    struct row row;
    uint32_t bucket;

    if (proc_net_parse_ip(line, len, l->kind, l->family, &row, &bucket) < 0)
        l->malformed++;
    else if (wanted(l, &row))
        l->row(l->ctx, &row, NULL);
}

static void take_unix(void *ctx, const char *line, size_t len)
{
    struct listing *l = ctx;
    char clean[NAME_BYTES];
    const char *name;
    size_t name_len;
    struct row row;

    if (proc_net_parse_unix(line, len, &row, &name, &name_len) < 0) {
        l->malformed++;
        return;
    }
    /* Without an inode: a connection not accepted yet, which has no socket of its own. */
    if (!row.inode || !wanted(l, &row))
        return;
    text_clean(name, name_len, clean, sizeof(clean));
    l->row(l->ctx, &row, clean);
}

static void take_other(void *ctx, const char *line, size_t len)
{
    struct listing *l = ctx;
    struct row row;
    int rc = l->kind == KIND_NETLINK ? proc_net_parse_netlink(line, len, &row)
                                     : proc_net_parse_packet(line, len, &row);

    if (rc < 0)
        l->malformed++;
    else if (wanted(l, &row))
        l->row(l->ctx, &row, NULL);
}

/* ---- icmp ---- */

/* The kernel looks at the family of only the first socket of each bucket, so that each of both
 * files lists some sockets of the other's too, with the wrong address. */
struct sights {
    struct listing *listing;
    struct sight {
        struct row row;
        bool first; /* of its bucket */
    } * list;
    size_t n, room;
    uint32_t bucket;
};

static void take_sight(void *ctx, const char *line, size_t len)
{
    struct sights *s = ctx;
    struct listing *l = s->listing;
    struct row row;
    uint32_t bucket;

    if (proc_net_parse_ip(line, len, l->kind, l->family, &row, &bucket) < 0) {
        l->malformed++;
        return;
    }
    if (s->n == s->room) {
        s->room = s->room ? 2 * s->room : 64;
        s->list = mem_resize(s->list, s->room, sizeof(*s->list));
    }
    s->list[s->n] = (struct sight){.row = row, .first = !s->n || bucket != s->bucket};
    s->n++;
    s->bucket = bucket;
}

static const struct sight *find_sight(const struct sights *s, uint32_t inode)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->list[i].row.inode == inode)
            return &s->list[i];
    return NULL;
}

/* Of two sights of a socket the true one stands first in its bucket, or has an address. */
static bool is_true(const struct sight *one, const struct sight *other)
{
    if (!other || one->first)
        return true;
    if (other->first)
        return false;
    if (one->row.local.family == AF_INET6)
        return !addr_is_any(&one->row.local);
    return addr_is_any(&other->row.local);
}

static void tell_sights(const struct sights *own, const struct sights *others)
{
    struct listing *l = own->listing;

    for (size_t i = 0; i < own->n; i++) {
        struct row row = own->list[i].row;

        if (wanted(l, &row) && is_true(&own->list[i], find_sight(others, row.inode)))
            l->row(l->ctx, &row, NULL);
    }
}

static int list_icmp(struct listing *l, int32_t pid, uint32_t families)
{
    struct sights four = {.listing = l}, six = {.listing = l};
    int rc4, rc6;

    l->family = AF_INET;
    rc4 = each_line(pid, "icmp", take_sight, &four);
    l->family = AF_INET6;
    rc6 = each_line(pid, "icmp6", take_sight, &six);
    if (!rc4 && families & WISH_IPV4)
        tell_sights(&four, &six);
    if (!rc6 && families & WISH_IPV6)
        tell_sights(&six, &four);
    free(four.list);
    free(six.list);
    return rc4 == -ENOENT ? rc6 : rc6 == -ENOENT ? rc4 : rc4 ? rc4 : rc6;
}

/* ---- all kinds ---- */

/* The file of IPv4; IPv6's has a 6 behind it. */
static const char *ip_file(enum socket_kind kind)
{
    switch (kind) {
    case KIND_TCP:
        return "tcp";
    case KIND_UDP:
        return "udp";
    case KIND_UDPLITE:
        return "udplite";
    case KIND_RAW:
        return "raw";
    default:
        return NULL;
    }
}

static int list_ip(struct listing *l, int32_t pid, uint32_t families)
{
    int rc4 = -ENOENT, rc6 = -ENOENT;
    char name[16];

    if (families & WISH_IPV4) {
        l->family = AF_INET;
        rc4 = each_line(pid, ip_file(l->kind), take_ip, l);
    }
    if (families & WISH_IPV6 && (!rc4 || rc4 == -ENOENT)) {
        l->family = AF_INET6;
        snprintf(name, sizeof(name), "%s6", ip_file(l->kind));
        rc6 = each_line(pid, name, take_ip, l);
    }
    /* A kernel without IPv6 lacks only the second. */
    return rc4 == -ENOENT ? rc6 : rc6 == -ENOENT ? rc4 : rc4 ? rc4 : rc6;
}

static int list_kind(struct listing *l, int32_t pid, uint32_t families)
{
    uint32_t kind = KIND_BIT(l->kind);

    if (ip_file(l->kind))
        return list_ip(l, pid, families);
    if (l->kind == KIND_ICMP)
        return list_icmp(l, pid, families);
    if (kind & KINDS_UNIX)
        return each_line(pid, "unix", take_unix, l);
    if (kind & KINDS_PACKET)
        return each_line(pid, "packet", take_other, l);
    return l->kind == KIND_NETLINK ? each_line(pid, "netlink", take_other, l) : -EOPNOTSUPP;
}

int proc_net_list(int32_t pid, enum socket_kind kind, uint32_t families, uint32_t states,
                  void (*row)(void *ctx, struct row *row, const char *name), void *ctx,
                  struct err *err)
{
    struct listing l = {
        .kind = kind, .states = states ? states : UINT32_MAX, .row = row, .ctx = ctx};
    int rc = list_kind(&l, pid, families ? families : WISH_IPV4 | WISH_IPV6);

    if (rc < 0)
        return err_set(err, rc, "procfs", kind_name(kind), "/proc/net does not list them");
    return l.malformed;
}
