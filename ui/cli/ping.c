/* ui/cli/ping.c - `sockeye ping`: echo requests to a host, what comes back, and the path MTU. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/net/resolve.h"
#include "core/report/ping.h"
#include "core/wire/echo.h"
#include "ui/cli/cli.h"

#define DEFAULT_COUNT 4
#define DEFAULT_PAYLOAD_BYTES 56
#define DEFAULT_TIME "1"
#define COUNT_MAX UINT32_MAX
/* A name server that says nothing for so long will not. */
#define LOOKUP_NS (10 * CLOCK_SECOND_NS)

struct pinging {
    const struct subcommand *self;
    const struct probes *probes;
    int signals; /* a signalfd */
    bool json;
    struct ping_settings settings;
    struct ping_report report;
    struct ping_stats stats;
    bool has_path_mtu; /* the search came to its end */
    struct path_mtu_result path_mtu;
    int put_error; /* of stdout; 0: none */
    int failed;    /* what ended it early; 0: nothing */
};

/* ---- the name ------------------------------------------------------------------------- */

struct lookup {
    struct loop *loop;
    struct question *question; /* NULL once it has been answered */
    int family;                /* AF_UNSPEC: either */
    struct err err;
    struct addr found; /* AF_UNSPEC: none */
    struct watch signals;
    struct timer deadline;
    bool interrupted;
    const char *host;
};

static void looked_up(void *owner, const struct answer *answer)
{
    struct lookup *l = owner;

    l->question = NULL;
    l->err = answer->err;
    for (size_t i = 0; answer->code == 0 && i < answer->n; i++) {
        if (l->family != AF_UNSPEC && answer->addresses[i].family != l->family)
            continue;
        l->found = answer->addresses[i];
        break;
    }
    if (answer->code == 0 && l->found.family == AF_UNSPEC)
        err_set(&l->err, -EAFNOSUPPORT, "resolve", l->host, "it has no %s address",
                l->family == AF_INET ? "IPv4" : "IPv6");
    loop_stop(l->loop);
}

static void interrupted(struct watch *w, uint32_t events)
{
    struct lookup *l = w->owner;

    (void)events;
    l->interrupted = true;
    loop_stop(l->loop);
}

static void too_late(struct timer *t)
{
    struct lookup *l = t->owner;

    err_set(&l->err, -ETIMEDOUT, "resolve", l->host, "no name server answered");
    loop_stop(l->loop);
}

/* HOST, 10.0.0.1, fe80::1%eth0 or [::1]. */
static bool split_host(const char *text, struct endpoint *ret)
{
    const char *zone;
    size_t len = strlen(text), host_len;

    if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    zone = memchr(text, '%', len);
    host_len = zone ? (size_t)(zone - text) : len;
    if (!host_len || host_len >= sizeof(ret->host) ||
        (zone && len - host_len - 1 >= sizeof(ret->zone)))
        return false;
    *ret = (struct endpoint){.scheme = ENDPOINT_UDP};
    memcpy(ret->host, text, host_len);
    if (zone)
        memcpy(ret->zone, zone + 1, len - host_len - 1);
    return true;
}

/* Ask for the address of p->report.host; 0, or negative errno with err; -EINTR without. */
static int look_up(struct pinging *p, const struct endpoint *e, int family, struct err *err)
{
    struct lookup l = {.family = family, .host = p->report.host};
    int r = loop_new(&l.loop);

    if (r < 0)
        return err_set(err, r, "resolve", l.host, "%s", "");
    l.signals =
        (struct watch){.fd = p->signals, .events = EPOLLIN, .ready = interrupted, .owner = &l};
    l.deadline = (struct timer){.fire = too_late, .owner = &l};
    r = loop_add(l.loop, &l.signals);
    if (r == 0)
        r = resolve(l.loop, e, looked_up, &l, &l.question);
    if (r == 0) {
        loop_timer_set(l.loop, &l.deadline, clock_now_ns() + LOOKUP_NS);
        r = loop_run(l.loop);
    }
    if (r < 0)
        err_set(&l.err, r, "resolve", l.host, "%s", "");
    resolve_drop(l.question);
    loop_timer_cancel(l.loop, &l.deadline);
    loop_remove(l.loop, &l.signals);
    loop_free(l.loop);
    if (l.interrupted)
        return -EINTR;
    if (l.err.code) {
        *err = l.err;
        return l.err.code;
    }
    p->settings.to = l.found;
    return 0;
}

/* ---- what is said --------------------------------------------------------------------- */

static void put(struct pinging *p, int r)
{
    if (r < 0 && r != -EINTR)
        p->put_error = r;
}

static void say_begin(struct pinging *p, bool raw)
{
    char ip[ADDR_TEXT_BYTES], line[PING_LINE_BYTES];
    const char *by = raw ? "a raw socket" : "a datagram socket";

    if (p->json)
        return;
    addr_format_ip(&p->settings.to, ip);
    if (p->settings.path_mtu)
        snprintf(line, sizeof(line), "path MTU to %s, by %s", ip, by);
    else
        snprintf(line, sizeof(line), "pinging %s with %zu bytes of data, by %s", ip,
                 p->settings.payload_bytes, by);
    put(p, cli_put_line(p->signals, line));
}

static void say_event(struct pinging *p, const struct ping_event *e)
{
    char line[PING_LINE_BYTES];

    if (p->json) {
        cJSON *o = ping_event_json(e, &p->report);

        if (o)
            put(p, cli_put_json(p->signals, o));
    } else if (ping_line(e, &p->report, line)) {
        put(p, cli_put_line(p->signals, line));
    }
}

static void say_summary(struct pinging *p)
{
    char text[PING_SUMMARY_BYTES];

    if (p->json) {
        put(p, cli_put_json(p->signals, ping_summary_json(&p->stats, &p->report)));
        return;
    }
    if (!p->settings.path_mtu) {
        ping_summary(&p->stats, &p->report, text);
        put(p, cli_put_lines(p->signals, text));
    } else if (!p->has_path_mtu && !p->failed) {
        put(p, cli_put_line(p->signals, "path MTU unknown: interrupted"));
    }
}

/* ---- the run -------------------------------------------------------------------------- */

/* Take the signal that ended the run, so that the summary can be written; another one ends that. */
static void take_signal(const struct pinging *p)
{
    struct signalfd_siginfo info;

    while (read(p->signals, &info, sizeof(info)) < 0 && errno == EINTR)
        ;
}

static int patience_ms(uint64_t due_ns)
{
    uint64_t now_ns = clock_now_ns();

    if (due_ns == UINT64_MAX)
        return -1;
    return due_ns <= now_ns ? 0 : (int)((due_ns - now_ns) / CLOCK_MS_NS) + 1;
}

/* Until it has ended, a signal came, or stdout takes no more. */
static void follow(struct pinging *p, struct ping *ping)
{
    struct pollfd fds[] = {{.fd = p->probes->ping_fd(ping), .events = POLLIN},
                           {.fd = p->signals, .events = POLLIN}};
    struct ping_event e;

    for (;;) {
        if (poll(fds, 2, patience_ms(p->probes->ping_due_ns(ping))) < 0)
            continue;
        if (fds[1].revents) {
            take_signal(p);
            return;
        }
        while (p->probes->ping_next(ping, &e)) {
            ping_stats_add(&p->stats, &e);
            say_event(p, &e);
            if (e.kind == PING_MTU) {
                p->has_path_mtu = true;
                p->path_mtu = e.path_mtu;
            }
            if (e.kind == PING_ENDED)
                p->failed = e.error;
            if (e.kind == PING_ENDED || p->put_error)
                return;
        }
    }
}

static int say_failure(const struct pinging *p)
{
    char ip[ADDR_TEXT_BYTES];
    struct err err;

    addr_format_ip(&p->settings.to, ip);
    err_set(&err, p->failed, "read the replies of", ip, "%s", "");
    return cli_fail(p->self, EXIT_FAILED, &err);
}

static bool succeeded(const struct pinging *p)
{
    if (p->settings.path_mtu)
        return p->has_path_mtu && p->path_mtu.limit != PATH_MTU_UNKNOWN;
    return p->stats.received > 0;
}

static int run(struct pinging *p)
{
    struct icmp_advice *advice = NULL;
    struct err err = {0};
    struct ping *ping;
    int r = p->probes->ping_open(&p->settings, &ping, &err);

    if (r < 0)
        return cli_fail(p->self, cli_status_of(r), &err);
    if (icmp_advice_load(&advice, &err) < 0)
        cli_fail(p->self, EXIT_DONE, &err); /* the names do without */
    p->report.advice = advice;
    p->report.settings = &p->settings;
    say_begin(p, p->probes->ping_raw(ping));
    follow(p, ping);
    if (!p->put_error)
        say_summary(p);
    p->probes->ping_close(ping);
    icmp_advice_free(advice);
    if (p->put_error)
        return cli_put_status(p->self, p->put_error);
    if (p->failed)
        return say_failure(p);
    return succeeded(p) ? EXIT_DONE : EXIT_FAILED;
}

/* ---- the command line ----------------------------------------------------------------- */

struct option_words {
    const char *count, *interval, *timeout, *size, *ttl, *source;
    bool ipv4, ipv6;
};

static bool take_number(const char *text, uint64_t max, uint64_t *ret)
{
    uint64_t n = 0;

    if (!text[0])
        return false;
    for (const char *c = text; *c; c++) {
        if (*c < '0' || *c > '9')
            return false;
        n = n * 10 + (uint64_t)(*c - '0');
        if (n > max)
            return false;
    }
    *ret = n;
    return true;
}

/* "0.25": seconds, with a point in every locale. */
static bool take_seconds(const char *text, uint64_t min_ns, uint64_t max_ns, uint64_t *ret_ns)
{
    uint64_t ns = 0, unit = CLOCK_SECOND_NS;
    bool point = false, digit = false;

    for (const char *c = text; *c; c++) {
        if (*c == '.' && !point) {
            point = true;
            continue;
        }
        if (*c < '0' || *c > '9')
            return false;
        digit = true;
        if (point)
            unit /= 10;
        ns = point ? ns + (uint64_t)(*c - '0') * unit
                   : ns * 10 + (uint64_t)(*c - '0') * CLOCK_SECOND_NS;
        if (ns > max_ns)
            return false;
    }
    if (!digit || ns < min_ns)
        return false;
    *ret_ns = ns;
    return true;
}

/* 0, or the status of a usage error, which is said. */
static int take_words(struct pinging *p, const struct option_words *w)
{
    struct ping_settings *s = &p->settings;
    uint64_t size = DEFAULT_PAYLOAD_BYTES, ttl = 0;
    struct endpoint source;

    s->count = DEFAULT_COUNT;
    if (w->count && !take_number(w->count, COUNT_MAX, &s->count))
        return cli_usage_error(p->self, w->count, "is no number of probes");
    if (!take_seconds(w->interval, PING_INTERVAL_MIN_NS, 3600 * CLOCK_SECOND_NS,
                      &s->interval_ns))
        return cli_usage_error(p->self, w->interval, "is no interval of 0.001 to 3600 seconds");
    if (!take_seconds(w->timeout, CLOCK_MS_NS, PING_TIMEOUT_MAX_NS, &s->timeout_ns))
        return cli_usage_error(p->self, w->timeout, "is no timeout of 0.001 to 30 seconds");
    if (w->size && !take_number(w->size, ECHO_PAYLOAD_MAX, &size))
        return cli_usage_error(p->self, w->size, "is no number of bytes up to 65507");
    if (w->ttl && (!take_number(w->ttl, UINT8_MAX, &ttl) || ttl == 0))
        return cli_usage_error(p->self, w->ttl, "is no number of hops from 1 to 255");
    if (w->source &&
        (!split_host(w->source, &source) || !endpoint_numeric(&source, &s->source)))
        return cli_usage_error(p->self, w->source, "is no address of this host");
    if (w->ipv4 && w->ipv6)
        return cli_usage_error(p->self, "-6", "contradicts -4");
    s->payload_bytes = (size_t)size;
    s->ttl = (uint8_t)ttl;
    return 0;
}

static int find_and_run(struct pinging *p, const struct endpoint *e,
                        const struct option_words *w)
{
    int family = w->ipv4 ? AF_INET : w->ipv6 ? AF_INET6 : p->settings.source.family;
    struct err err = {0};
    int r = look_up(p, e, family, &err);

    if (r == -EINTR)
        return EXIT_FAILED;
    return r < 0 ? cli_fail(p->self, EXIT_FAILED, &err) : run(p);
}

static int ping_run(const struct subcommand *self, const struct probes *probes, int argc,
                    char **argv)
{
    struct pinging p = {.self = self, .probes = probes};
    struct option_words w = {.interval = DEFAULT_TIME, .timeout = DEFAULT_TIME};
    const struct cli_option options[] = {{"-c", NULL, &w.count},
                                         {"--count", NULL, &w.count},
                                         {"-i", NULL, &w.interval},
                                         {"--interval", NULL, &w.interval},
                                         {"-W", NULL, &w.timeout},
                                         {"--timeout", NULL, &w.timeout},
                                         {"-s", NULL, &w.size},
                                         {"--size", NULL, &w.size},
                                         {"-t", NULL, &w.ttl},
                                         {"--ttl", NULL, &w.ttl},
                                         {"--source", NULL, &w.source},
                                         {"-4", &w.ipv4, NULL},
                                         {"--ipv4", &w.ipv4, NULL},
                                         {"-6", &w.ipv6, NULL},
                                         {"--ipv6", &w.ipv6, NULL},
                                         {"--df", &p.settings.dont_fragment, NULL},
                                         {"--mtu", &p.settings.path_mtu, NULL},
                                         {"--json", &p.json, NULL},
                                         {NULL, NULL, NULL}};
    struct endpoint e;
    int status = 0;
    int n = cli_options(self, options, argc, argv, &status);

    if (n < 0)
        return status;
    if (n != 1)
        return cli_usage_error(self, n ? argv[2] : "HOST",
                               n ? "is too much: name one host" : "is missing");
    status = take_words(&p, &w);
    if (status)
        return status;
    if (!split_host(argv[1], &e))
        return cli_usage_error(self, argv[1], "is no name of a host");
    p.report.host = argv[1];
    p.signals = cli_signals();
    if (p.signals < 0)
        return cli_fail_signals(self, p.signals);
    status = find_and_run(&p, &e, &w);
    close(p.signals);
    return status;
}

const struct subcommand ping_subcommand = {
    .name = "ping",
    .arguments = "[-c COUNT] [-i SECONDS] [-W SECONDS] [-s BYTES] [-t HOPS] [-46] [--source "
                 "ADDRESS] [--df] [--mtu] [--json] HOST",
    .summary = "Round-trip times, loss, ICMP errors in words; the path MTU.",
    .help = "  -c, --count COUNT       probes to send, default 4; 0: until a signal\n"
            "  -i, --interval SECONDS  between probes, default 1, at least 0.001\n"
            "  -W, --timeout SECONDS   to wait for each, default 1, at most 30\n"
            "  -s, --size BYTES        of data in a probe, default 56, at most 65507\n"
            "  -t, --ttl HOPS          routers that a probe may pass (hop limit)\n"
            "  -4, -6                  an address of this family only (--ipv4, --ipv6)\n"
            "  --source ADDRESS        of this host, to send from\n"
            "  --df                    never fragment\n"
            "  --mtu                   find the largest packet that the path carries whole\n"
            "  --json                  one object a line, the last one the summary\n"
            "\nExit status 0 with at least one reply (or the path MTU), 1 without; SIGINT "
            "prints the summary.\n"
            "Needs a group of net.ipv4.ping_group_range, or CAP_NET_RAW.\n",
    .run = ping_run,
};
