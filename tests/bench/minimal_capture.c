/* The least that a program on libpcap can do with packets: count them, and see how late they come.
 *
 *     minimal_capture INTERFACE [RING_BYTES [TIMEOUT_MS]]
 *
 * Says "listening", and at SIGINT what it has as JSON. */
#include <err.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static pcap_t *handle;
static uint64_t packets, worst_us;

static void stop(int signal)
{
    (void)signal;
    pcap_breakloop(handle);
}

static void count(u_char *ctx, const struct pcap_pkthdr *header, const u_char *bytes)
{
    struct timespec now;
    uint64_t late_us;

    (void)ctx;
    (void)bytes;
    if (packets++ % 64)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    late_us = (uint64_t)((now.tv_sec - header->ts.tv_sec) * 1000000 + now.tv_nsec / 1000 -
                         header->ts.tv_usec);
    if (late_us > worst_us)
        worst_us = late_us;
}

int main(int argc, char **argv)
{
    char text[PCAP_ERRBUF_SIZE];
    struct sigaction action = {.sa_handler = stop};
    struct pcap_stat stat = {0};

    handle = pcap_create(argc > 1 ? argv[1] : "lo", text);
    if (!handle)
        errx(1, "%s", text);
    pcap_set_snaplen(handle, 262144);
    pcap_set_timeout(handle, argc > 3 ? atoi(argv[3]) : 20);
    pcap_set_buffer_size(handle, argc > 2 ? atoi(argv[2]) : 16 << 20);
    if (pcap_activate(handle) < 0)
        errx(1, "%s", pcap_geterr(handle));
    sigaction(SIGINT, &action, NULL);
    fprintf(stderr, "listening on %s\n", argc > 1 ? argv[1] : "lo");
    while (pcap_dispatch(handle, -1, count, NULL) >= 0)
        ;
    pcap_stats(handle, &stat);
    fprintf(stderr,
            "%" PRIu64 " packets captured, %u dropped by the kernel, %" PRIu64 " us late\n",
            packets, stat.ps_drop, worst_us);
    pcap_close(handle);
    return 0;
}
