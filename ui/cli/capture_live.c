/* `sockeye capture -i`: packets from interfaces, until a signal or a count. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "ui/cli/capture.h"
#include "ui/cli/say.h"

/* Longer than a block of the kernel's capture ring waits for more packets. */
#define LAST_BLOCK_NS (60 * CLOCK_MS_NS)

struct live {
    struct capture_run *run;
    struct ring *store;
    struct capture_status *status; /* the newest; NULL before the first */
    _Atomic uint64_t next;         /* of the store; the capture thread looks at it */
    uint64_t lost, delay_ns;
    unsigned running, failed, down; /* bits: of which interfaces it was said */
    int exit_status;                /* of those that failed */
    int wishes;                     /* a signalfd for SIGUSR1 */
    uint8_t *bytes;
    uint64_t signal_wall_ns; /* 0: no signal came yet */
    uint64_t late_ns;        /* when a packet from before the signal came last; or it itself */
};

static const char *interface_name(const struct live *l, uint16_t number)
{
    return l->status && number < l->status->n_interfaces ? l->status->interfaces[number].name
                                                         : NULL;
}

/* Take what came so far; what comes meanwhile waits, so that signals have their turn. */
static void take_new(struct live *l)
{
    uint64_t head = ring_head(l->store), number = atomic_load(&l->next);
    struct packet packet;
    size_t captured;

    while (number < head && !l->run->ended) {
        if (!ring_get(l->store, number, &packet, l->bytes, PACKET_BYTES_MAX, &captured)) {
            uint64_t tail = ring_tail(l->store);

            l->lost += tail - number;
            number = tail;
            continue;
        }
        if (captured > PACKET_BYTES_MAX)
            captured = PACKET_BYTES_MAX;
        if (packet.wall_ns < l->signal_wall_ns)
            l->late_ns = clock_now_ns();
        capture_take(l->run,
                     &(struct packet_facts){.number = number,
                                            .packet = &packet,
                                            .bytes = l->bytes,
                                            .captured = captured,
                                            .interface = interface_name(l, packet.interface)});
        atomic_store(&l->next, ++number);
    }
}

/* ---- the meter ---------------------------------------------------------------------------- */

static const char *dropped_by_interfaces(const struct live *l, char *buf, size_t size)
{
    uint64_t dropped = 0;
    bool known = false;

    for (size_t i = 0; l->status && i < l->status->n_interfaces; i++) {
        known = known || l->status->interfaces[i].has_interface_dropped;
        dropped += l->status->interfaces[i].interface_dropped;
    }
    snprintf(buf, size, "%llu", (unsigned long long)dropped);
    return known ? buf : "an unknown number";
}

/* One line, for programs too: without separators. */
static void say_totals(const struct live *l)
{
    const struct capture_options *o = l->run->o;
    uint64_t cut = 0, dropped = 0;
    char interface[32];

    for (size_t i = 0; l->status && i < l->status->n_interfaces; i++) {
        cut += l->status->interfaces[i].cut;
        dropped += l->status->interfaces[i].dropped;
    }
    say_line("%llu packets %s of %llu seen, %llu cut, %llu dropped by the kernel, %s by the "
             "interface, %llu overwritten before they were read, at most %llu ms late",
             (unsigned long long)l->run->taken,
             l->run->file ? "written"
             : o->print   ? "printed"
                          : "taken",
             (unsigned long long)ring_head(l->store), (unsigned long long)cut,
             (unsigned long long)dropped,
             dropped_by_interfaces(l, interface, sizeof(interface)),
             (unsigned long long)l->lost, (unsigned long long)(l->delay_ns / CLOCK_MS_NS));
}

static void say_running(struct live *l, const struct capture_interface *interface, unsigned bit)
{
    const struct capture_shape like = {.format = l->run->o->format,
                                       .snaplen = l->run->o->snaplen ? l->run->o->snaplen
                                                                     : PACKET_BYTES_MAX,
                                       .link_type = interface->link_type};

    l->running |= bit;
    l->down &= ~bit;
    l->run->begun = true;
    capture_open_file(l->run, &like);
    if (!l->run->ended)
        say_line("capturing on %s", interface->name);
}

/* An interface that fails at once is what was asked for wrongly; one that fails later leaves the
 * others.  The first failure's status stays. */
static void say_failed(struct live *l, const struct capture_interface *interface, unsigned bit)
{
    int status = cli_fail(l->run->self, cli_status_of(interface->err.code), &interface->err);

    l->failed |= bit;
    if (!(l->running & bit) || (l->failed & l->running) == l->running)
        l->run->ended = true;
    if (l->exit_status == EXIT_DONE)
        l->exit_status = status;
}

static void look_at_interface(struct live *l, size_t i)
{
    const struct capture_interface *interface = &l->status->interfaces[i];
    unsigned bit = 1U << i;

    if (interface->delay_ns > l->delay_ns)
        l->delay_ns = interface->delay_ns;
    if (interface->state == CAPTURE_RUNNING && (!(l->running & bit) || l->down & bit))
        say_running(l, interface, bit);
    if (interface->state == CAPTURE_DOWN && !(l->down & bit)) {
        /* It is waited for; nothing has failed. */
        l->down |= bit;
        (void)cli_fail(l->run->self, EXIT_DONE, &interface->err);
    }
    if (interface->state == CAPTURE_FAILED && !(l->failed & bit))
        say_failed(l, interface, bit);
}

static void take_meter(struct live *l, struct mailbox *meter)
{
    struct capture_status *status = mailbox_take(meter);

    if (!status)
        return;
    free(l->status);
    l->status = status;
    for (size_t i = 0; i < status->n_interfaces; i++)
        look_at_interface(l, i);
    if (l->run->file)
        l->run->probes->capture_file_meter(l->run->file, status);
}

/* ---- the loop ----------------------------------------------------------------------------- */

/* Whoever reads the file meanwhile finds what came so far. */
static void flush_all(struct live *l)
{
    struct capture_run *r = l->run;

    capture_flush(r);
    if (r->file && r->probes->capture_file_flush(r->file, &r->file_err) < 0)
        capture_file_failed(r);
}

static void answer_wish(const struct live *l)
{
    struct signalfd_siginfo ignored;

    while (read(l->wishes, &ignored, sizeof(ignored)) > 0)
        ;
    say_totals(l);
}

/* After a signal the packets that the kernel still holds are waited for: it hands them over in
 * blocks, and those from before the signal may be many. */
static bool is_over(struct live *l)
{
    uint64_t now_ns = clock_now_ns();

    if (l->run->ended)
        return true;
    if (!capture_signalled(l->run))
        return false;
    if (!l->signal_wall_ns) {
        l->signal_wall_ns = clock_wall_ns();
        l->late_ns = now_ns;
    }
    return now_ns > l->late_ns + LAST_BLOCK_NS || now_ns > l->run->signal_ns + CAPTURE_END_NS;
}

/* Until a signal, the count or an error. */
static void follow(struct live *l, struct mailbox *meter, struct bell *news)
{
    struct pollfd fds[] = {{.fd = news->fd, .events = POLLIN},
                           {.fd = mailbox_fd(meter), .events = POLLIN},
                           {.fd = l->wishes, .events = POLLIN},
                           {.fd = l->run->signals, .events = POLLIN}};

    while (!is_over(l)) {
        if (poll(fds, 4, l->run->signal_ns ? 1 : -1) < 0)
            continue;
        bell_arm(news);
        take_meter(l, meter);
        take_new(l);
        flush_all(l);
        if (fds[2].revents)
            answer_wish(l);
    }
}

/* A signalfd of SIGUSR1, which is blocked from here on: "how is it going?", as of tcpdump. */
static int wishes_open(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void add_interfaces(const struct live *l, struct capture *capture)
{
    const struct capture_options *o = l->run->o;

    if (o->n_interfaces == 0)
        l->run->probes->capture_add(capture, "lo");
    for (size_t i = 0; i < o->n_interfaces; i++)
        l->run->probes->capture_add(capture, o->interfaces[i]);
}

int capture_live(struct capture_run *r)
{
    struct live l = {.run = r};
    const struct capture_settings settings = {.snaplen = (int)r->o->snaplen,
                                              .promiscuous = r->o->promiscuous,
                                              .filter = r->o->filter,
                                              .reader = &l.next};
    struct capture *capture;
    struct mailbox *meter;
    struct bell news;

    r->signals = cli_signals();
    if (r->signals < 0)
        return cli_fail_signals(r->self, r->signals);
    l.store = packet_store_new();
    l.bytes = mem_new(PACKET_BYTES_MAX, 1);
    l.wishes = wishes_open();
    bell_init(&news);
    capture = r->probes->capture_start(&settings, l.store, &news);
    meter = r->probes->capture_meter(capture);
    add_interfaces(&l, capture);
    follow(&l, meter, &news);
    /* What the store still holds counts, and the meter is from after the last packet. */
    r->probes->capture_end(capture);
    take_new(&l);
    take_meter(&l, meter);
    if (l.running && (l.exit_status == EXIT_DONE || r->taken))
        say_totals(&l);
    r->probes->capture_stop(capture);
    bell_done(&news);
    ring_free(l.store);
    free(l.status);
    free(l.bytes);
    close(l.wishes);
    return l.exit_status;
}
