/* The table of columns, put together from its themes. */
#include "core/model/column.h"

#include <stdio.h>

#include "core/model/column_put.h"

static const struct column *(*const themes[])(size_t *) = {columns_of_row, columns_of_owner,
                                                           columns_of_tcp, columns_of_detail};

#define N_THEMES (sizeof(themes) / sizeof(themes[0]))

/* Other tools' words. */
static const struct {
    const char *alias, *name;
} aliases[] = {
    {"cwnd", "snd_cwnd"},   {"ssthresh", "snd_ssthresh"},
    {"mss", "snd_mss"},     {"phase", "ca_state"},
    {"port", "local_port"}, {"cong", "congestion"},
    {"sk", "cookie"},       {"ino", "inode"},
    {"process", "comm"},
};

size_t column_count(void)
{
    size_t all = 0, n;

    for (size_t i = 0; i < N_THEMES; i++) {
        themes[i](&n);
        all += n;
    }
    return all;
}

const struct column *column_at(size_t i)
{
    for (size_t theme = 0; theme < N_THEMES; theme++) {
        size_t n;
        const struct column *list = themes[theme](&n);

        if (i < n)
            return &list[i];
        i -= n;
    }
    return NULL;
}

static const struct column *find(const char *name)
{
    const struct column *c;

    for (size_t i = 0; (c = column_at(i)); i++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

const struct column *column_find(const char *name)
{
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
        if (strcmp(aliases[i].alias, name) == 0)
            return find(aliases[i].name);
    return find(name);
}

const char *unit_name(enum column_unit unit)
{
    static const char *const names[] = {
        [UNIT_NONE] = "",           [UNIT_COUNT] = "count",
        [UNIT_BYTES] = "bytes",     [UNIT_SEGMENTS] = "segments",
        [UNIT_US] = "us",           [UNIT_MS] = "ms",
        [UNIT_BYTES_S] = "bytes/s", [UNIT_PERCENT] = "percent",
    };

    return names[unit];
}

#define KINDS_CONNECTING                                                                       \
    (KIND_BIT(KIND_TCP) | KIND_BIT(KIND_MPTCP) | KIND_BIT(KIND_SCTP) | KIND_BIT(KIND_DCCP))

/* Of which kinds there is a part at all. */
static const struct {
    uint32_t parts, kinds;
    const char *why_not;
} belongs[] = {
    {DETAIL_CONGESTION | DETAIL_ALGORITHM | DETAIL_ULP | DETAIL_MD5, KINDS_CONNECTING,
     "of TCP and its like only"},
    {DETAIL_TOS | DETAIL_TCLASS | DETAIL_CLASS_ID | DETAIL_MARK | DETAIL_CGROUP |
         DETAIL_OPTIONS,
     KINDS_INET, "of the Internet only"},
    {DETAIL_SHUTDOWN, KINDS_INET | KINDS_UNIX | KINDS_VSOCK, "not of this kind"},
    {DETAIL_VFS | DETAIL_PEERS, KINDS_UNIX, "of Unix sockets only"},
    {DETAIL_GROUPS, KINDS_PACKET | KIND_BIT(KIND_NETLINK), "of netlink and packets only"},
    {DETAIL_PACKET, KINDS_PACKET, "of packet sockets only"},
};

static const char *why_none(const struct row *row, uint32_t part)
{
    for (size_t i = 0; i < sizeof(belongs) / sizeof(belongs[0]); i++)
        if (belongs[i].parts & part && !(belongs[i].kinds & KIND_BIT(row->kind)))
            return belongs[i].why_not;
    if (row->state == STATE_TIME_WAIT)
        return "TIME_WAIT keeps no such thing";
    if (row->state == STATE_NEW_SYN_RECV)
        return "a handshake under way has no such thing";
    if (part == DETAIL_TCLASS && row->local.family == AF_INET)
        return "of IPv6 only";
    return NULL;
}

/* What the kernel leaves out when there is nothing to say. */
static const char *why_left_out(const struct row *row, uint32_t part)
{
    switch (part) {
    case DETAIL_ULP:
        return "none is attached";
    case DETAIL_ALGORITHM:
        return "its congestion control says nothing of itself";
    case DETAIL_VFS:
        return "it has no path";
    case DETAIL_PEERS:
        return row->state == STATE_LISTEN ? NULL : "it does not listen";
    default:
        return NULL;
    }
}

const struct socket_detail *detail_with(const struct snapshot *s, const struct row *row,
                                        uint32_t part, struct value *v)
{
    const struct socket_detail *d = row_detail(s, row);
    const char *none = d && d->known & part ? NULL : why_none(row, part);

    if (d && d->known & part)
        return d;
    if (d && !none)
        none = why_left_out(row, part);
    if (none)
        put_none(v, none);
    else if (d && part & (DETAIL_MARK | DETAIL_MD5))
        put_unknown(v, "needs CAP_NET_ADMIN");
    else
        put_unknown(v, d ? "the kernel did not say" : "not asked for");
    return NULL;
}

/* Probes clean what they read; a recording or a file may hold anything. */
static void make_printable(struct value *v)
{
    char raw[VALUE_TEXT_BYTES];

    if (text_is_printable(v->text))
        return;
    v->len = strlen(v->text);
    memcpy(raw, v->text, v->len);
    v->len = text_clean(raw, v->len, v->text, sizeof(v->text));
}

void column_value(const struct column *c, const struct snapshot *s, const struct row *row,
                  struct value *ret)
{
    ret->kind = VALUE_UNKNOWN;
    ret->why = NULL;
    c->get(s, row, ret);
    if (ret->kind == VALUE_TEXT)
        make_printable(ret);
}

size_t column_text(const struct column *c, const struct snapshot *s, const struct row *row,
                   struct value *scratch)
{
    column_value(c, s, row, scratch);
    switch (scratch->kind) {
    case VALUE_UNKNOWN:
        scratch->text[0] = '?';
        scratch->len = 1;
        if (c->owners && scratch->why)
            scratch->len =
                (size_t)snprintf(scratch->text, sizeof(scratch->text), "? (%s)", scratch->why);
        break;
    case VALUE_NONE:
        scratch->text[0] = '-';
        scratch->len = 1;
        break;
    case VALUE_NUMBER:
        scratch->len = text_u64(scratch->number, scratch->text);
        break;
    case VALUE_FLAG:
        put_text(scratch, scratch->number ? "yes" : "no");
        break;
    case VALUE_TEXT:
        break;
    }
    scratch->text[scratch->len] = '\0';
    return scratch->len;
}
