#include "probes/names.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/share.h"
#include "probes/names_dns.h"
#include "probes/names_files.h"
#include "probes/names_lookup.h"

/* Any will do. */
#define DISCARD_PORT 9
/* A and AAAA of each server, and each server for the names of each address. */
#define EXCHANGES (NAMES_SERVERS * (2 + NAMES_REVERSED))
#define POLLED (EXCHANGES + NAMES_REVERSED + 2)

/* A server is asked for one candidate after the other until one has an address. */
struct chain {
    struct addr server;
    size_t candidate;
    struct names_exchange pair[2]; /* A, AAAA */
    bool found, gave_up;
};

struct asking {
    struct name_report *r;
    uint64_t deadline_ns;
    char *hosts; /* the hosts file */
    size_t hosts_len;
    struct names_lookup *forward, *own; /* NULL once taken */
    struct names_lookup *backward[NAMES_REVERSED];
    size_t n_chains;
    struct chain chains[NAMES_SERVERS];
    struct names_exchange pointers[NAMES_SERVERS * NAMES_REVERSED];
    size_t n_pointers;
};

/* ---- files ------------------------------------------------------------------------------- */

static void keep_path(char to[NAMES_PATH_BYTES], const char *wished, const char *usual)
{
    snprintf(to, NAMES_PATH_BYTES, "%s", wished ? wished : usual);
}

/* A file that cannot be read says nothing, like an empty one. */
static char *read_file(const char *path, size_t *ret_len, int *ret_error)
{
    char *text = NULL;

    *ret_len = 0;
    *ret_error = share_read_path(path, NAMES_FILE_BYTES, &text, ret_len, NULL);
    return text ? text : mem_new(1, 1);
}

static void read_files(struct asking *a, const struct names_wish *w)
{
    struct name_report *r = a->r;
    size_t len;
    int error;
    char *text;

    r->hosts_begin_ns = clock_now_ns() - r->began_ns;
    a->hosts = read_file(r->hosts_path, &a->hosts_len, &r->hosts_error);
    names_read_hosts(a->hosts, a->hosts_len, r);

    text = read_file(r->resolv_path, &len, &error);
    r->resolver.readable = error == 0;
    names_read_resolv(text, len, w->dns_port ? w->dns_port : DNS_PORT, r->hostname,
                      getenv("LOCALDOMAIN"), getenv("RES_OPTIONS"), &r->resolver);
    free(text);

    text = read_file(r->nsswitch_path, &len, &error);
    names_read_switch(text, len, r);
    free(text);

    text = read_file(r->services_path, &len, &r->services_error);
    names_read_services(text, len, r);
    free(text);
    r->hosts_elapsed_ns = clock_now_ns() - r->began_ns - r->hosts_begin_ns;
}

/* ---- servers: the name ------------------------------------------------------------------- */

static struct name_finding *question(struct name_report *r, const struct addr *server,
                                     const char *query, uint16_t type)
{
    struct name_finding *f = names_finding(r, NAME_DNS);

    if (!f)
        return NULL;
    f->server = *server;
    f->type = type;
    f->outcome = NAME_NOT_ASKED;
    snprintf(f->query, sizeof(f->query), "%s", query);
    return f;
}

static bool chain_waits(const struct chain *c)
{
    return c->pair[0].active || c->pair[1].active;
}

/* What this answer means for the chain. */
static void note_end(struct chain *c, const struct name_finding *f, const struct name_report *r)
{
    if (f->outcome != NAME_ANSWERED)
        c->gave_up = true;
    for (size_t i = 0; i < f->n_answers; i++)
        c->found |= r->answers[f->first_answer + i].type == f->type;
}

static void ask_candidate(struct asking *a, struct chain *c, const char *name,
                          const char *suffix, uint64_t now_ns)
{
    static const uint16_t types[] = {DNS_A, DNS_AAAA};

    for (size_t i = 0; i < 2; i++) {
        struct name_finding *f = question(a->r, &c->server, name, types[i]);

        if (!f) {
            c->gave_up = true;
            return;
        }
        f->begin_ns = now_ns - a->r->began_ns;
        snprintf(f->suffix, sizeof(f->suffix), "%s", suffix);
        if (!names_exchange_begin(&c->pair[i], f, now_ns))
            note_end(c, f, a->r);
    }
}

static void advance(struct asking *a, struct chain *c, uint64_t now_ns)
{
    char name[2 * NAMES_TEXT_BYTES];
    const char *suffix;

    while (!chain_waits(c) && !c->found && !c->gave_up &&
           names_candidate(&a->r->resolver, a->r->name, c->candidate++, name, &suffix))
        ask_candidate(a, c, name, suffix, now_ns);
}

static void begin_chains(struct asking *a, uint64_t now_ns)
{
    const struct name_resolver *resolver = &a->r->resolver;

    if (a->r->numeric)
        return;
    for (size_t i = 0; i < resolver->n_servers; i++) {
        struct chain *c = &a->chains[a->n_chains];

        /* Only the system knows the form of an IDN that goes over the wire. */
        if (a->r->idn) {
            question(a->r, &resolver->servers[i], a->r->name, DNS_A);
            continue;
        }
        c->server = resolver->servers[i];
        a->n_chains++;
        advance(a, c, now_ns);
    }
}

/* ---- the names of the addresses ---------------------------------------------------------- */

static void ask_pointer(struct asking *a, const struct addr *of, const struct addr *server,
                        uint64_t now_ns)
{
    char name[DNS_REVERSE_BYTES];
    struct name_finding *f = question(
        a->r, server, dns_reverse_name(of->ip, of->family == AF_INET ? 4 : 16, name), DNS_PTR);

    if (!f)
        return;
    f->reverse = true;
    f->about = *of;
    f->about.port = 0;
    f->begin_ns = now_ns - a->r->began_ns;
    names_exchange_begin(&a->pointers[a->n_pointers++], f, now_ns);
}

static void look_back(struct asking *a, size_t i, uint64_t now_ns)
{
    struct name_address *address = &a->r->addresses[i];
    const struct name_resolver *resolver = &a->r->resolver;

    names_read_hosts_of(a->hosts, a->hosts_len, &address->addr, a->r);
    if (names_lookup_address(&address->addr, &a->backward[i]) < 0) {
        address->reverse_state = REVERSE_ERROR;
        address->reverse_error = EAI_AGAIN;
    } else {
        address->reverse_state = REVERSE_SILENT;
    }
    for (size_t s = 0; s < resolver->n_servers; s++)
        ask_pointer(a, &address->addr, &resolver->servers[s], now_ns);
}

/* ---- where we would send from ------------------------------------------------------------ */

/* As getaddrinfo(3) finds it: connecting a datagram socket sends nothing. */
static void look_at_source(struct name_address *address)
{
    struct addr to = address->addr;
    struct sockname name;
    socklen_t len;
    int fd;

    to.port = to.port ? to.port : DISCARD_PORT;
    fd = socket(to.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    address->source_looked = true;
    name = sockname_from_addr(&to);
    if (connect(fd, (struct sockaddr *)&name.sa, name.len) == 0) {
        len = sizeof(name.sa);
        if (getsockname(fd, (struct sockaddr *)&name.sa, &len) == 0)
            address->source = addr_from_sockaddr((struct sockaddr *)&name.sa);
        address->source.port = 0;
    }
    close(fd);
}

/* ---- what the system said ---------------------------------------------------------------- */

static void take_forward(struct asking *a, const struct names_found *found)
{
    struct name_report *r = a->r;

    r->answered = true;
    r->eai = found->eai;
    r->error = found->error;
    r->lookup_ns = found->elapsed_ns;
    r->addresses_left_out = found->left_out;
    r->n_addresses = found->n;
    for (size_t i = 0; i < found->n; i++) {
        r->addresses[i].addr = found->addresses[i];
        r->addresses[i].addr.port = r->port;
        look_at_source(&r->addresses[i]);
    }
    memcpy(r->canonical, found->name, sizeof(r->canonical));
    for (size_t i = 0; i < found->n && i < NAMES_REVERSED; i++)
        look_back(a, i, clock_now_ns());
}

static void take_backward(struct name_address *address, const struct names_found *found)
{
    struct name_reverse *n = &address->reverse[0];

    address->reverse_error = found->eai;
    address->reverse_state = found->eai == 0 ? REVERSE_NAMED
                             : found->eai == EAI_NONAME || found->eai == EAI_NODATA
                                 ? REVERSE_NONE
                                 : REVERSE_ERROR;
    if (found->eai)
        return;
    n->system = true;
    memcpy(n->name, found->name, sizeof(n->name));
    address->n_reverse = 1;
}

/* Leaves a lookup that has found; returns whether there is still something to wait for. */
static bool collect(struct asking *a)
{
    const struct names_found *found = a->forward ? names_lookup_found(a->forward) : NULL;
    bool waiting = false;

    if (found) {
        take_forward(a, found);
        names_lookup_leave(a->forward);
        a->forward = NULL;
    }
    found = a->own ? names_lookup_found(a->own) : NULL;
    if (found) {
        memcpy(a->r->fqdn, found->name, sizeof(a->r->fqdn));
        names_lookup_leave(a->own);
        a->own = NULL;
    }
    for (size_t i = 0; i < NAMES_REVERSED; i++) {
        found = a->backward[i] ? names_lookup_found(a->backward[i]) : NULL;
        if (found) {
            take_backward(&a->r->addresses[i], found);
            names_lookup_leave(a->backward[i]);
            a->backward[i] = NULL;
        }
        waiting |= a->backward[i] != NULL;
    }
    return waiting || a->forward || a->own;
}

/* ---- the wait ----------------------------------------------------------------------------- */

/* The exchanges under way, those of chains first; NULL behind the last. */
static struct names_exchange *exchange(struct asking *a, size_t i)
{
    if (i < 2 * a->n_chains)
        return &a->chains[i / 2].pair[i % 2];
    i -= 2 * a->n_chains;
    return i < a->n_pointers ? &a->pointers[i] : NULL;
}

static void ended(struct asking *a, size_t i, const struct name_finding *f, uint64_t now_ns)
{
    struct chain *c = i < 2 * a->n_chains ? &a->chains[i / 2] : NULL;

    if (!c)
        return;
    note_end(c, f, a->r);
    advance(a, c, now_ns);
}

static size_t watch(struct asking *a, struct pollfd fds[POLLED], size_t of[POLLED],
                    uint64_t *wake_ns)
{
    struct names_lookup *lookups[NAMES_REVERSED + 2] = {a->forward, a->own};
    struct names_exchange *x;
    size_t n = 0;

    for (size_t i = 0; (x = exchange(a, i)); i++) {
        if (!x->active)
            continue;
        of[n] = i;
        fds[n++] = (struct pollfd){.fd = x->fd, .events = names_exchange_events(x)};
        if (x->resend_ns < *wake_ns)
            *wake_ns = x->resend_ns;
    }
    memcpy(lookups + 2, a->backward, sizeof(a->backward));
    for (size_t i = 0; i < NAMES_REVERSED + 2; i++)
        if (lookups[i]) {
            of[n] = SIZE_MAX;
            fds[n++] = (struct pollfd){.fd = names_lookup_fd(lookups[i]), .events = POLLIN};
        }
    return n;
}

static void dispatch(struct asking *a, const struct pollfd *fds, const size_t *of, size_t n)
{
    uint64_t now_ns = clock_now_ns();

    for (size_t i = 0; i < n; i++) {
        struct names_exchange *x = of[i] == SIZE_MAX ? NULL : exchange(a, of[i]);
        const struct name_finding *f = x ? x->finding : NULL;

        if (!x)
            continue;
        if (fds[i].revents ? names_exchange_ready(x, a->r, now_ns)
                           : names_exchange_resend(x, now_ns))
            ended(a, of[i], f, now_ns);
    }
}

static void wait_for_all(struct asking *a)
{
    struct pollfd fds[POLLED];
    size_t of[POLLED];

    for (;;) {
        bool lookups = collect(a);
        uint64_t now_ns = clock_now_ns(), wake_ns = a->deadline_ns;
        size_t n = watch(a, fds, of, &wake_ns);

        if ((!lookups && n == 0) || now_ns >= a->deadline_ns)
            return;
        /* Rounded up: a wait that ends too early would be made again and again. */
        if (poll(fds, n, wake_ns > now_ns ? (int)((wake_ns - now_ns) / CLOCK_MS_NS) + 1 : 0) <
            0)
            continue; /* a signal */
        dispatch(a, fds, of, n);
    }
}

static void leave(struct asking *a)
{
    struct names_exchange *x;

    names_lookup_leave(a->forward);
    names_lookup_leave(a->own);
    for (size_t i = 0; i < NAMES_REVERSED; i++)
        names_lookup_leave(a->backward[i]);
    for (size_t i = 0; (x = exchange(a, i)); i++)
        names_exchange_end(x);
    free(a->hosts);
    free(a);
}

/* ---- all of it ---------------------------------------------------------------------------- */

static bool is_ascii(const char *name)
{
    for (; *name; name++)
        if (*name & 0x80)
            return false;
    return true;
}

/* What the system takes for an address: also "127.1" and "fe80::1%eth0".  Asks nobody. */
static bool is_numeric(const char *name)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM}, *list;

    if (getaddrinfo(name, NULL, &hints, &list) != 0)
        return false;
    freeaddrinfo(list);
    return true;
}

static struct name_report *empty_report(const struct names_wish *w)
{
    struct name_report *r = mem_new(1, sizeof(*r));

    snprintf(r->name, sizeof(r->name), "%s", w->name);
    r->has_port = w->has_port;
    r->port = w->port;
    r->timeout_ns = w->timeout_ns;
    r->idn = !is_ascii(w->name);
    r->numeric = is_numeric(w->name);
    keep_path(r->hosts_path, w->hosts_path, "/etc/hosts");
    keep_path(r->resolv_path, w->resolv_path, "/etc/resolv.conf");
    keep_path(r->nsswitch_path, w->nsswitch_path, "/etc/nsswitch.conf");
    keep_path(r->services_path, w->services_path, "/etc/services");
    /* A name that does not fit is cut without a NUL (gethostname(2)). */
    if (gethostname(r->hostname, sizeof(r->hostname) - 1) < 0)
        r->hostname[0] = '\0';
    return r;
}

int names_report(const struct names_wish *wish, struct name_report **ret, struct err *err)
{
    struct asking *a = mem_new(1, sizeof(*a));
    int r;

    a->r = empty_report(wish);
    a->r->began_ns = clock_now_ns();
    a->deadline_ns = a->r->began_ns + wish->timeout_ns;
    r = names_lookup_name(wish->name, a->r->idn ? AI_IDN : 0, &a->forward);
    if (r < 0) {
        free(a->r);
        leave(a);
        return err_set(err, r, "resolve", wish->name, "%s",
                       r == -EAGAIN ? "too many lookups are still waiting for their servers"
                                    : "no thread could be started for it");
    }
    /* Without it the report only lacks the long form of our own name. */
    if (a->r->hostname[0] && names_lookup_name(a->r->hostname, 0, &a->own) < 0)
        a->own = NULL;
    read_files(a, wish);
    begin_chains(a, clock_now_ns());
    wait_for_all(a);
    a->r->whole_ns = clock_now_ns() - a->r->began_ns;
    names_judge(a->r);
    *ret = a->r;
    leave(a);
    return 0;
}
