#include "probes/capture_tap.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "probes/capture_filter.h"
#include "probes/grant.h"

/* The clock is read for one packet of so many. */
#define DELAY_EVERY 64
#define DELAY_HALF_NS (CLOCK_SECOND_NS / 2)

/* pcap-linktype(7): DLT_ values are what this system's libpcap uses, LINKTYPE_ what files
 * hold.  They differ only for the few that were numbered differently by the BSDs. */
static const struct {
    int dlt;
    uint16_t link_type;
} numberings[] = {
    {DLT_RAW, 101 /* LINKTYPE_RAW */},
    {DLT_ATM_RFC1483, 100 /* LINKTYPE_ATM_RFC1483 */},
    {DLT_C_HDLC, 104 /* LINKTYPE_C_HDLC */},
};
#define N_NUMBERINGS (sizeof(numberings) / sizeof(numberings[0]))

uint16_t tap_link_type(pcap_t *handle)
{
    int dlt = pcap_datalink(handle);

    for (size_t i = 0; i < N_NUMBERINGS; i++)
        if (numberings[i].dlt == dlt)
            return numberings[i].link_type;
    return (uint16_t)dlt;
}

int tap_dlt(uint16_t link_type)
{
    for (size_t i = 0; i < N_NUMBERINGS; i++)
        if (numberings[i].link_type == link_type)
            return numberings[i].dlt;
    return link_type;
}

uint64_t tap_wall_ns(pcap_t *handle, const struct pcap_pkthdr *header)
{
    uint64_t fraction = (uint64_t)header->ts.tv_usec;

    if (pcap_get_tstamp_precision(handle) != PCAP_TSTAMP_PRECISION_NANO)
        fraction *= 1000;
    return (uint64_t)header->ts.tv_sec * CLOCK_SECOND_NS + fraction;
}

/* The flags of an interface, found by its number: its name may be another's by now.
 * Returns 0 or negative errno. */
static int flags_of(unsigned index, unsigned *ret)
{
    struct ifreq request = {0};
    int fd, rc = 0;

    if (!if_indextoname(index, request.ifr_name))
        return -ENODEV;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
        rc = -errno;
    else
        *ret = (unsigned short)request.ifr_flags;
    close(fd);
    return rc;
}

/* Loopback of our network namespace; 0: there is none. */
static unsigned find_loopback(void)
{
    struct if_nameindex *all = if_nameindex();
    unsigned found = 0, flags;

    for (size_t i = 0; all && all[i].if_index && !found; i++)
        if (flags_of(all[i].if_index, &flags) == 0 && (flags & IFF_LOOPBACK))
            found = all[i].if_index;
    if (all)
        if_freenameindex(all);
    return found;
}

static void fail(struct tap *t, struct capture_interface *status, int code, const char *text)
{
    char clean[ERR_TEXT_BYTES];

    text_clean(text, strlen(text), clean, sizeof(clean));
    err_set(&status->err, code, "capture", status->name, "%s", clean);
    status->state = CAPTURE_FAILED;
    tap_close(t);
}

void tap_close(struct tap *t)
{
    if (t->handle)
        pcap_close(t->handle);
    t->handle = NULL;
    gate_done(&t->gate);
}

/* Of packets without a link-layer header of their own the second version of libpcap's tells
 * the interface. */
static void choose_link(struct tap *t)
{
    unsigned loopback = find_loopback();

    if (pcap_datalink(t->handle) == DLT_LINUX_SLL)
        (void)pcap_set_datalink(t->handle, DLT_LINUX_SLL2);
    t->link =
        (struct gate_link){.cooked = pcap_datalink(t->handle) == DLT_LINUX_SLL2,
                           .any = t->index == 0,
                           .loopback = t->index == 0 || t->index == loopback ? loopback : 0};
}

static int set_first_filter(struct tap *t, const char *filter, struct err *err)
{
    struct bpf_program program;
    int rc = capture_filter_compile(t->handle, filter, &program, err);

    if (rc < 0)
        return rc;
    rc = gate_open(&t->gate, t->handle, &t->link, &program, filter, err);
    pcap_freecode(&program);
    return rc;
}

/* libpcap reads these files for a promiscuous handle, and takes 0 for what it cannot read. */
static bool knows_interface_drops(const struct capture_interface *status)
{
    char path[128];

    snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/rx_missed_errors", status->name);
    return status->promiscuous && access(path, R_OK) == 0;
}

void tap_open(struct tap *t, struct capture_interface *status,
              const struct capture_settings *settings)
{
    int rc;

    t->index = if_nametoindex(status->name);
    t->drops_seen = t->interface_drops_seen = 0;
    status->err = (struct err){0};
    rc = grant_capture(status->name, settings, &t->handle, &status->promiscuous, &status->err);
    if (rc == 0) {
        choose_link(t);
        t->has_interface_drops = knows_interface_drops(status);
        rc = set_first_filter(t, settings->filter, &status->err);
        if (rc < 0)
            tap_close(t);
    }
    if (rc == 0) {
        status->link_type = tap_link_type(t->handle);
        status->state = CAPTURE_RUNNING;
    } else {
        status->state = rc == -ENETDOWN ? CAPTURE_DOWN : CAPTURE_FAILED;
    }
}

static uint64_t max_of(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void age_delay(struct tap_delay *d, uint64_t now_ns)
{
    uint64_t age_ns = now_ns - d->begin_ns;

    if (age_ns < DELAY_HALF_NS)
        return;
    d->worst_ns[1] = age_ns < 2 * DELAY_HALF_NS ? d->worst_ns[0] : 0;
    d->worst_ns[0] = 0;
    d->begin_ns = now_ns;
}

struct delivery {
    struct tap *tap;
    struct capture_interface *status;
    struct packet packet;
    size_t packets, bytes;
    uint64_t worst_ns;
};

static void see_delay(struct delivery *d)
{
    uint64_t now_ns = clock_wall_ns();

    /* Somebody may have set the clock. */
    if (now_ns > d->packet.wall_ns)
        d->worst_ns = max_of(d->worst_ns, now_ns - d->packet.wall_ns);
}

/* The slot is libpcap's again when this returns: copy, and nothing that takes time. */
static void deliver(u_char *ctx, const struct pcap_pkthdr *header, const u_char *bytes)
{
    struct delivery *d = (struct delivery *)(void *)ctx;

    d->packet.wall_ns = tap_wall_ns(d->tap->handle, header);
    if (!gate_passes(&d->tap->gate, d->packet.wall_ns, header, bytes))
        return;
    d->packet.length = header->len;
    d->packet.captured = header->caplen;
    ring_put(d->tap->packets, &d->packet, bytes, header->caplen);
    d->status->packets++;
    d->status->cut += header->caplen < header->len;
    if (d->packets++ % DELAY_EVERY == 0)
        see_delay(d);
    d->bytes += (header->caplen + sizeof(uint64_t) - 1) & ~(sizeof(uint64_t) - 1);
    if (d->bytes >= TAP_DRAIN_BYTES)
        pcap_breakloop(d->tap->handle);
}

/* Removed, but one of its name may come again. */
static void lose(struct tap *t, struct capture_interface *status)
{
    tap_meter(t, status);
    tap_close(t);
    err_set(&status->err, -ENODEV, "capture", status->name, "the interface was removed");
    err_hint(&status->err, "it goes on when there is one of that name again");
    status->state = CAPTURE_DOWN;
}

/* Where the interface is, after libpcap said that something is wrong.  reason: what it said,
 * NULL when it goes on by itself once the interface is back. */
static void find_state(struct tap *t, struct capture_interface *status, const char *reason)
{
    unsigned flags = IFF_UP;
    int rc = t->index ? flags_of(t->index, &flags) : 0;

    if (rc == -ENODEV) {
        lose(t, status);
    } else if (rc == 0 && !(flags & IFF_UP)) {
        if (status->state != CAPTURE_DOWN)
            err_set(&status->err, -ENETDOWN, "capture", status->name,
                    "the interface went down");
        status->state = CAPTURE_DOWN;
    } else if (reason) {
        fail(t, status, -EIO, reason);
    } else {
        status->err = (struct err){0};
        status->state = CAPTURE_RUNNING;
    }
}

size_t tap_drain(struct tap *t, struct capture_interface *status)
{
    struct delivery d = {
        .tap = t,
        .status = status,
        .packet = {.link_type = status->link_type, .interface = t->number},
    };
    int n;

    gate_age(&t->gate);
    n = pcap_dispatch(t->handle, TAP_DRAIN_PACKETS, deliver, (u_char *)&d);

    age_delay(&t->delay, clock_now_ns());
    t->delay.worst_ns[0] = max_of(t->delay.worst_ns[0], d.worst_ns);
    if (n == PCAP_ERROR_BREAK)
        n = 0;
    /* libpcap 1.10 wants to be called again soon when it saw the interface go down. */
    if (n < 0 || pcap_get_required_select_timeout(t->handle))
        find_state(t, status, n < 0 ? pcap_geterr(t->handle) : NULL);
    return d.bytes;
}

/* The interface has gone; what has its name now may not be up yet. */
static void look_for_name(struct tap *t, struct capture_interface *status,
                          const struct capture_settings *settings)
{
    unsigned flags = 0, index = if_nametoindex(status->name);

    if (!index || flags_of(index, &flags) < 0 || !(flags & IFF_UP))
        return;
    tap_open(t, status, settings);
    if (status->state == CAPTURE_FAILED && status->err.code == -ENODEV)
        status->state = CAPTURE_DOWN;
}

size_t tap_look(struct tap *t, struct capture_interface *status,
                const struct capture_settings *settings)
{
    size_t bytes = 0;

    if (!t->handle) {
        look_for_name(t, status, settings);
        return 0;
    }
    bytes = tap_drain(t, status);
    if (t->handle && status->state == CAPTURE_DOWN)
        find_state(t, status, NULL);
    return bytes;
}

void tap_filter(struct tap *t, struct capture_interface *status,
                const struct bpf_program *program, const char *filter)
{
    if (gate_change(&t->gate, t->handle, &t->link, program, filter, &status->err) == 0)
        return;
    /* It would give what the filter that all others have keeps out. */
    status->state = CAPTURE_FAILED;
    tap_close(t);
}

static void count(uint32_t now, uint32_t *seen, uint64_t *total)
{
    uint32_t more = now - *seen;

    *seen = now;
    /* sysfs has been seen to step back (libpcap issue 994). */
    if (more <= INT32_MAX)
        *total += more;
}

void tap_meter(struct tap *t, struct capture_interface *status)
{
    struct pcap_stat stat;

    age_delay(&t->delay, clock_now_ns());
    status->delay_ns = max_of(t->delay.worst_ns[0], t->delay.worst_ns[1]);
    if (!t->handle || pcap_stats(t->handle, &stat) < 0)
        return;
    count(stat.ps_drop, &t->drops_seen, &status->dropped);
    status->has_interface_dropped |= t->has_interface_drops;
    if (t->has_interface_drops)
        count(stat.ps_ifdrop, &t->interface_drops_seen, &status->interface_dropped);
}
