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
#include "probes/grant.h"

/* What one call moves at most, so that a flood on one interface keeps neither the others nor
 * the end of the capture waiting. */
#define DRAIN_PACKETS 4096
#define DRAIN_BYTES (4U << 20)

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
}

void tap_open(struct tap *t, struct capture_interface *status,
              const struct capture_settings *settings)
{
    unsigned flags = 0;
    int rc;

    t->index = if_nametoindex(status->name);
    t->loopback = t->index && flags_of(t->index, &flags) == 0 && (flags & IFF_LOOPBACK);
    t->drops_seen = 0;
    status->err = (struct err){0};
    rc = grant_capture(status->name, settings, &t->handle, &status->err);
    if (rc == 0) {
        status->link_type = tap_link_type(t->handle);
        status->state = CAPTURE_RUNNING;
    } else {
        status->state = rc == -ENETDOWN ? CAPTURE_DOWN : CAPTURE_FAILED;
    }
}

struct delivery {
    struct tap *tap;
    struct capture_interface *status;
    struct packet packet;
    size_t bytes;
};

/* The slot is libpcap's again when this returns: copy, and nothing that takes time. */
static void deliver(u_char *ctx, const struct pcap_pkthdr *header, const u_char *bytes)
{
    struct delivery *d = (struct delivery *)(void *)ctx;

    d->packet.wall_ns = tap_wall_ns(d->tap->handle, header);
    d->packet.length = header->len;
    d->packet.captured = header->caplen;
    ring_put(d->tap->packets, &d->packet, bytes, header->caplen);
    d->status->packets++;
    d->bytes += header->caplen;
    if (d->bytes >= DRAIN_BYTES)
        pcap_breakloop(d->tap->handle);
}

/* Where the interface is, after libpcap said that something is wrong.  reason: what it said,
 * NULL when it goes on by itself once the interface is back. */
static void find_state(struct tap *t, struct capture_interface *status, const char *reason)
{
    unsigned flags = IFF_UP;
    int rc = t->index ? flags_of(t->index, &flags) : 0;

    if (rc == -ENODEV) {
        fail(t, status, -ENODEV, "the interface was removed");
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

void tap_drain(struct tap *t, struct capture_interface *status)
{
    struct delivery d = {
        .tap = t,
        .status = status,
        .packet = {.link_type = status->link_type, .interface = t->number},
    };
    int n = pcap_dispatch(t->handle, DRAIN_PACKETS, deliver, (u_char *)&d);

    if (n == PCAP_ERROR_BREAK)
        n = 0;
    /* libpcap 1.10 wants to be called again soon when it saw the interface go down. */
    if (n < 0 || pcap_get_required_select_timeout(t->handle))
        find_state(t, status, n < 0 ? pcap_geterr(t->handle) : NULL);
}

void tap_look(struct tap *t, struct capture_interface *status,
              const struct capture_settings *settings)
{
    unsigned flags = 0;

    if (t->handle) {
        tap_drain(t, status);
        if (t->handle && status->state == CAPTURE_DOWN)
            find_state(t, status, NULL);
        return;
    }
    if (flags_of(t->index, &flags) == -ENODEV)
        fail(t, status, -ENODEV, "the interface was removed");
    else if (flags & IFF_UP)
        tap_open(t, status, settings);
}

void tap_count_drops(struct tap *t, struct capture_interface *status)
{
    struct pcap_stat stat;

    if (!t->handle || pcap_stats(t->handle, &stat) < 0)
        return;
    t->drops += (uint32_t)(stat.ps_drop - t->drops_seen);
    t->drops_seen = stat.ps_drop;
    /* Loopback shows each packet to the kernel twice, going out and coming in; libpcap keeps
     * one.  Rounded up: a single lost copy is worth a mark. */
    status->dropped = t->loopback ? (t->drops + 1) / 2 : t->drops;
}
