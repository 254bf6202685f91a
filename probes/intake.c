/* From a wish to dumps: which kinds, of which namespaces, by which way. */
#include "probes/intake.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "probes/diag_bytecode.h"
#include "probes/intake_internal.h"
#include "probes/netns.h"
#include "probes/proc_net.h"
#include "probes/protocols.h"
#include "probes/sock_diag.h"

/* Asking for a kind that the kernel lacks makes it look for a module: not with every look. */
#define MISSING_NS (30 * CLOCK_SECOND_NS)

struct intake *intake_new(void)
{
    return mem_new(1, sizeof(struct intake));
}

void intake_free(struct intake *in)
{
    if (!in)
        return;
    diag_close(in->own);
    free(in);
}

int intake_enter(struct intake *in, const struct netns *ns, int netns_fd, struct err *err)
{
    int rc = 0;

    if (netns_fd >= 0) {
        rc = diag_open(netns_fd, &in->foreign, err);
        close(netns_fd);
        in->diag = in->foreign;
    } else {
        if (!in->own)
            rc = diag_open(-1, &in->own, err);
        in->diag = in->own;
    }
    in->pid = netns_fd >= 0 ? ns->pid : 0;
    in->has_process = netns_fd < 0 || ns->pid;
    return rc;
}

void intake_leave(struct intake *in)
{
    diag_close(in->foreign);
    in->foreign = NULL;
    in->diag = NULL;
    in->n_interfaces = 0;
}

static int take_socket(void *ctx, const struct diag_socket *socket)
{
    struct intake *in = ctx;
    bool attach = in->want.parts && socket->detail.known;

    return intake_take(in, &socket->row, socket->name, socket->name_len,
                       attach ? &socket->detail : NULL);
}

/* What was counted, to take it back. */
struct mark {
    size_t n_rows, n_total, details_bytes, n_parts;
    size_t n_states[STATE_COUNT], n_kinds[KIND_COUNT];
};

static struct mark mark_of(const struct intake *in)
{
    const struct snapshot *s = in->s;
    struct mark m = {.n_rows = s->n_rows,
                     .n_total = s->n_total,
                     .details_bytes = s->details_bytes,
                     .n_parts = in->n_parts};

    memcpy(m.n_states, s->n_states, sizeof(m.n_states));
    memcpy(m.n_kinds, s->n_kinds, sizeof(m.n_kinds));
    return m;
}

static void back_to(const struct mark *m, struct snapshot *s)
{
    s->n_rows = m->n_rows;
    s->n_total = m->n_total;
    s->details_bytes = m->details_bytes;
    memcpy(s->n_states, m->n_states, sizeof(m->n_states));
    memcpy(s->n_kinds, m->n_kinds, sizeof(m->n_kinds));
}

/* A dump that was interrupted is repeated once, unless a part of it was handed over: rows may be
 * missing or doubled in it.  When the second one is no better it stays, marked. */
static int dump(struct intake *in, const struct diag_want *want)
{
    const struct mark before = mark_of(in);
    struct diag_outcome outcome = {0};
    int rc = 0;

    for (int attempt = 0; attempt < 2; attempt++) {
        outcome = (struct diag_outcome){0};
        rc = sock_diag_dump(in->diag, want, take_socket, in, &outcome);
        if (rc == 0 ? !outcome.interrupted : rc != -ENOBUFS)
            break;
        if (attempt || in->n_parts != before.n_parts)
            break;
        back_to(&before, in->s);
    }
    in->s->interrupted |= outcome.interrupted;
    in->s->malformed += outcome.malformed;
    return rc;
}

static void note(struct snapshot *s, int code, enum socket_kind kind, const char *family)
{
    char what[32];

    if (s->err.code)
        return;
    snprintf(what, sizeof(what), "%s%s", kind_protocol(kind), family);
    err_set(&s->err, code, "sock_diag", what, "%s", diag_why(code));
}

static void take_proc_row(void *ctx, struct row *row, const char *name)
{
    struct intake *in = ctx;

    if (in->proc_code < 0)
        return;
    in->proc_code = intake_take(in, row, name, name ? strlen(name) : 0, NULL);
}

/* What sock_diag cannot tell: /proc/net may.  False ends the intake. */
static bool go_without(struct intake *in, uint32_t kinds)
{
    struct snapshot *s = in->s;

    in->proc_code = 0;
    for (int kind = 0; kind < KIND_COUNT && in->proc_code == 0; kind++) {
        int rc = -EOPNOTSUPP;

        if (!(kinds & KIND_BIT(kind)))
            continue;
        if (in->has_process)
            rc = proc_net_list(in->pid, (enum socket_kind)kind, in->order->wish->families,
                               in->want.states, take_proc_row, in, NULL);
        if (rc >= 0) {
            s->from_procfs |= KIND_BIT(kind);
            s->malformed += (size_t)rc;
        } else {
            s->unavailable |= KIND_BIT(kind);
        }
    }
    if (in->proc_code == -EOVERFLOW)
        note(s, -EOVERFLOW, (enum socket_kind)__builtin_ctz(kinds), "");
    return in->proc_code == 0;
}

static bool is_wanted(const struct intake *in, const struct row *row)
{
    uint32_t families = in->order->wish->families;
    uint32_t family = row->local.family == AF_INET6 ? WISH_IPV6 : WISH_IPV4;

    return (in->want.states >> row->state & 1) && (!families || families & family);
}

/* The one connection that the filter names, if it names one and the kernel finds it: then there
 * is no need to walk its tables.  Sockets that are bound to a device it finds by a walk only. */
static bool take_pinned(struct intake *in, uint32_t kinds, bool *ret_go_on)
{
    struct row key = {.kind = KIND_TCP, .state = STATE_ESTABLISHED};
    struct diag_socket *found = &in->scratch;
    struct filter_pin pin;

    if (!in->order->narrow || kinds != KIND_BIT(KIND_TCP) ||
        !filter_pins(in->order->wish->filter, &pin))
        return false;
    key.local = pin.local;
    key.peer = pin.peer;
    if (sock_diag_find(in->diag, &key, in->want.parts, found) < 0)
        return false;
    if (is_wanted(in, &found->row))
        *ret_go_on = take_socket(in, found) == 0;
    return true;
}

struct family {
    int number;
    uint32_t wished; /* WISH_IPV4, WISH_IPV6 */
    const char *name;
};

/* How a table is asked for: the families whose lists are asked for one after the other. */
static size_t families_of(const struct sock_diag_table *table, uint32_t wished,
                          struct family ret[2])
{
    static const struct family families[] = {{AF_INET, WISH_IPV4, " IPv4"},
                                             {AF_INET6, WISH_IPV6, " IPv6"}};
    size_t n = 0;

    if (!table->internet) {
        ret[n++] = (struct family){AF_UNSPEC, 0, ""};
        return n;
    }
    for (size_t i = 0; i < 2; i++)
        if (!wished || wished & families[i].wished)
            ret[n++] = families[i];
    return n;
}

/* False ends the intake. */
static bool settle(struct intake *in, enum socket_kind kind, const struct family *family,
                   int rc)
{
    if (rc == -ECANCELED)
        return false;
    if (rc < 0 && !diag_is_unavailable(rc))
        note(in->s, rc, kind, family->name);
    return rc != -EOVERFLOW;
}

/* Both families in one walk of the kernel's table, which costs a fifth less than two: what only TCP
 * has.  False: it is to be asked for each. */
static bool take_both(struct intake *in, const struct diag_want *each, size_t n,
                      bool *ret_go_on)
{
    static const struct family both = {AF_UNSPEC, 0, ""};
    struct diag_want want = *each;
    int rc;

    if (want.kinds != KIND_BIT(KIND_TCP) || n < 2)
        return false;
    want.family = AF_UNSPEC;
    rc = dump(in, &want);
    if (diag_is_unavailable(rc))
        return false;
    *ret_go_on = settle(in, KIND_TCP, &both, rc);
    return true;
}

/* The lists of one table: false ends the intake. */
static bool take_table(struct intake *in, const struct sock_diag_table *table, uint32_t kinds)
{
    enum socket_kind kind = (enum socket_kind)__builtin_ctz(kinds);
    struct diag_want want = in->want;
    struct family families[2];
    size_t n = families_of(table, in->order->wish->families, families), unavailable = 0;
    bool go_on = true;

    want.kinds = kinds;
    if (take_both(in, &want, n, &go_on))
        return go_on;
    for (size_t i = 0; i < n && go_on; i++) {
        int rc;

        want.family = families[i].number;
        rc = dump(in, &want);
        unavailable += diag_is_unavailable(rc);
        go_on = settle(in, kind, &families[i], rc);
    }
    if (go_on && unavailable && unavailable == n)
        in->missing |= table->kinds;
    else if (go_on && unavailable)
        note(in->s, -EPROTONOSUPPORT, kind, " of one family");
    return go_on;
}

/* All kinds of the namespace that in->diag speaks to (NULL: none could be opened). */
static bool take_tables(struct intake *in)
{
    uint32_t kinds = in->want.kinds;
    bool go_on = true;

    if (in->has_process && !in->pid && kinds & protocols_counted)
        kinds &= ~protocols_empty();
    for (size_t i = 0; i < SOCK_DIAG_TABLES && go_on; i++) {
        const struct sock_diag_table *table = &sock_diag_tables[i];

        if (!(table->kinds & kinds))
            continue;
        if (in->diag && take_pinned(in, table->kinds & kinds, &go_on))
            continue;
        if (in->diag && !(in->missing & table->kinds))
            go_on = take_table(in, table, table->kinds & kinds);
        if (!in->diag || in->missing & table->kinds)
            go_on = go_on && go_without(in, table->kinds & kinds);
    }
    if (go_on && kinds & KIND_BIT(KIND_ICMP))
        go_on = go_without(in, KIND_BIT(KIND_ICMP));
    return go_on;
}

/* What the filter cannot match need not come.  Where the kernel refuses the program (marks are
 * for the privileged) it sends all. */
static void compile_filter(struct intake *in, const struct netns *ns)
{
    const struct diag_bytecode_reach reach = {.privileged = true,
                                              .device = ns->name[0] ? NULL : if_nametoindex};

    if (!in->program)
        return;
    in->want.program = in->program;
    in->want.program_bytes =
        diag_bytecode(in->order->wish->filter, &reach, in->program, DIAG_BYTECODE_BYTES);
}

static bool take_namespace(struct intake *in, size_t index)
{
    struct snapshot *s = in->s;
    struct netns *ns = &s->netns[index];
    bool go_on = true;
    int fd = -1, rc = netns_open(ns, &fd, &ns->err);

    in->netns = (uint16_t)index;
    if (rc == 0) {
        rc = intake_enter(in, ns, fd, &ns->err);
        /* A kernel without sock_diag has no table at all; that is no fault of the namespace. */
        if (diag_is_unavailable(rc))
            ns->err = (struct err){0};
        compile_filter(in, ns);
        if (!ns->err.code)
            go_on = take_tables(in);
    }
    if (!s->err.code)
        s->err = ns->err;
    intake_leave(in);
    return go_on;
}

static struct diag_want want_of(const struct intake_order *order)
{
    const struct wish *wish = order->wish;
    struct diag_want want = {.kinds = wish->kinds ? wish->kinds : KINDS_ALL,
                             .states = wish->states ? wish->states : ~UINT32_C(0),
                             .parts = wish->parts};

    if (wish->filter)
        want.parts |= filter_parts(wish->filter);
    if (wish->sort)
        want.parts |= wish->sort->parts;
    return want;
}

bool intake_run(struct intake *in, const struct intake_order *order, struct snapshot *s)
{
    bool go_on = true;

    in->order = order;
    in->s = s;
    in->want = want_of(order);
    if (order->narrow && order->wish->filter) {
        in->want.kinds &= filter_kinds(order->wish->filter);
        in->want.states &= filter_states(order->wish->filter);
        in->program = mem_new(DIAG_BYTECODE_BYTES, 1);
    }
    in->room = order->part_rows ? order->part_rows : in->rows_before + 64;
    in->n_parts = 0;
    in->ended = false;
    in->n_interfaces = 0;
    if (clock_now_ns() - in->missing_ns > MISSING_NS) {
        in->missing = 0;
        in->missing_ns = clock_now_ns();
    }
    s->rows = mem_new(in->room, sizeof(*s->rows));
    netns_find(order->wish->netns, s);
    for (size_t i = 0; i < s->n_netns && go_on; i++)
        go_on = take_namespace(in, i);
    if (s->unseen_processes && !s->err.code)
        netns_say_unseen(s);
    in->rows_before = s->n_rows;
    free(in->program);
    in->program = NULL;
    return !in->ended;
}
