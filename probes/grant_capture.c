/* The part of the grant that opens capture handles: pcap(3PCAP). */
#include "probes/grant.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <string.h>

#include "core/base/text.h"
#include "core/wire/packet.h"
#include "probes/grant_words.h"

/* TPACKET_V3 hands over a block when it is full or this old; it is the worst delay of a packet as
 * long as there is a processor for us.  Immediate mode would fall back to TPACKET_V2, which drops
 * bursts on loopback.
 *
 * Two senders of 200-byte datagrams flat out, 300,000 to 500,000 a second on two processors, and a
 * reader that only counts: with 2, 8, 16 and 32 MiB none was dropped, with 20 and 50 ms alike, but
 * the latest came after 5 to 20 ms or after 50.  When the reader then stood still for 50 ms,
 * 2 MiB lost 7 to 10 %, 8 MiB 2 to 8 %, 16 MiB 0 to 3 %, 32 MiB none; libpcap alone has each
 * packet of loopback in its ring twice, so 16 MiB of ours (capture_gate.h) are its 32. */
#define BLOCK_MS 20
#define RING_BYTES (16 << 20)

static int errno_of(int status)
{
    switch (status) {
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        return -EPERM;
    case PCAP_ERROR_NO_SUCH_DEVICE:
        return -ENODEV;
    case PCAP_ERROR_IFACE_NOT_UP:
        return -ENETDOWN;
    default:
        return -EIO;
    }
}

static int explain(struct err *err, const char *interface, int status, const char *pcap_text)
{
    char text[ERR_TEXT_BYTES], command[ERR_TEXT_BYTES];
    int code = errno_of(status);

    text_clean(pcap_text, strlen(pcap_text), text, sizeof(text));
    switch (code) {
    case -EPERM:
        err_set(err, code, "capture", interface, "capturing needs CAP_NET_RAW");
        grant_setcap("cap_net_raw,cap_net_admin", command, sizeof(command));
        err_hint(err, "%s", command);
        break;
    case -ENODEV:
        err_set(err, code, "capture", interface, "there is no such interface");
        err_hint(err, "ip link lists them");
        break;
    case -ENETDOWN:
        err_set(err, code, "capture", interface, "the interface is down");
        break;
    default:
        err_set(err, code, "capture", interface, "%s",
                text[0] ? text : pcap_statustostr(status));
    }
    return code;
}

/* Setters fail only on a handle that is active already. */
static void configure(pcap_t *p, const struct capture_settings *settings)
{
    (void)pcap_set_snaplen(p,
                           settings->snaplen > 0 ? settings->snaplen : (int)PACKET_BYTES_MAX);
    (void)pcap_set_promisc(p, settings->promiscuous);
    (void)pcap_set_timeout(p, BLOCK_MS);
    (void)pcap_set_buffer_size(p, RING_BYTES);
    /* Where the device has no nanoseconds libpcap says so by pcap_get_tstamp_precision(). */
    (void)pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO);
}

int grant_capture(const char *interface, const struct capture_settings *settings, pcap_t **ret,
                  bool *ret_promiscuous, struct err *err)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    pcap_t *p = pcap_create(interface, text);
    bool promiscuous;
    int rc;

    if (!p)
        return explain(err, interface, PCAP_ERROR, text);
    configure(p, settings);
    rc = pcap_activate(p); /* above 0: a warning, the handle works */
    if (rc < 0) {
        rc = explain(err, interface, rc, pcap_geterr(p));
        goto out;
    }
    /* libpcap never asks it of all interfaces at once. */
    promiscuous = settings->promiscuous && rc != PCAP_WARNING_PROMISC_NOTSUP &&
                  strcmp(interface, "any") != 0;
    if (pcap_setnonblock(p, 1, text) < 0) {
        rc = explain(err, interface, PCAP_ERROR, text);
        goto out;
    }
    *ret = p;
    *ret_promiscuous = promiscuous;
    p = NULL;
    rc = 0;
out:
    if (p)
        pcap_close(p);
    return rc;
}
