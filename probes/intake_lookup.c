/* The one socket that is looked at closely. */
#include <errno.h>
#include <string.h>

#include "core/base/clock.h"
#include "probes/intake_internal.h"
#include "probes/netns.h"
#include "probes/proc_net.h"
#include "probes/sock_diag.h"

static const struct netns *namespace_of(const struct snapshot *s, uint64_t inode)
{
    for (size_t i = 0; i < s->n_netns; i++)
        if (s->netns[i].inode == inode)
            return &s->netns[i];
    return NULL;
}

/* Into s->selected. */
static void keep_selected(struct intake *in, const struct diag_socket *found, uint16_t netns)
{
    struct snapshot *s = in->s;
    struct row *row = &s->selected.row;

    s->selected = (struct socket_portrait){
        .row = found->row, .at_ns = clock_now_ns(), .detail = found->detail};
    row->netns = netns;
    if (row->interface)
        row->name = intake_interface(in, row->interface);
    if (found->name_len)
        row->name = texts_add(&s->names, found->name, found->name_len);
    s->has_selected = true;
}

/* A socket of a kind that sock_diag cannot tell. */
struct proc_search {
    const struct row *key;
    struct diag_socket *found;
    bool done;
};

static void search_proc_row(void *ctx, struct row *row, const char *name)
{
    struct proc_search *s = ctx;
    size_t len = name ? strlen(name) : 0;

    if (s->done || row->inode != s->key->inode || !addr_equal(&row->local, &s->key->local) ||
        !addr_equal(&row->peer, &s->key->peer))
        return;
    s->done = true;
    s->found->row = *row;
    s->found->name_len = len < sizeof(s->found->name) ? len : 0;
    memcpy(s->found->name, name ? name : "", s->found->name_len);
}

static int search_proc(struct intake *in, const struct row *key, struct err *err)
{
    struct proc_search s = {.key = key, .found = &in->scratch};
    int rc;

    if (!in->has_process)
        return -EPROTONOSUPPORT; /* err says it already */
    rc = proc_net_list(in->pid, (enum socket_kind)key->kind, 0, 0, search_proc_row, &s, err);
    if (rc == -ENOENT)
        return -EPROTONOSUPPORT;
    return rc < 0 ? rc : s.done ? 0 : -ENOENT;
}

static int search(struct intake *in, const struct netns *ns, const struct row *key,
                  struct err *err)
{
    int fd = -1, rc = ns->inode ? netns_open(ns, &fd, err) : 0;

    if (rc == 0)
        rc = intake_enter(in, ns, fd, err);
    if (rc == 0)
        rc = sock_diag_lookup(in->diag, key, DETAIL_EVERYTHING, &in->scratch, err);
    if (rc == -EPROTONOSUPPORT)
        rc = search_proc(in, key, err);
    return rc;
}

int intake_lookup(struct intake *in, const struct row *key, uint64_t inode, struct snapshot *s,
                  struct err *err)
{
    static const struct netns own = {0};
    const struct netns *ns = inode ? namespace_of(s, inode) : &own;
    int rc;

    if (!ns)
        return err_set(err, -ESRCH, "netns", "", "the socket's namespace is not in sight");
    in->s = s;
    in->n_interfaces = 0;
    memset(&in->scratch.detail, 0, sizeof(in->scratch.detail));
    rc = search(in, ns, key, err);
    if (rc == 0)
        keep_selected(in, &in->scratch, inode ? (uint16_t)(ns - s->netns) : 0);
    intake_leave(in);
    return rc;
}
