/* tests/unit/hosts.h - a host's figures, made up. */
#ifndef SOCKEYE_TESTS_HOSTS_H
#define SOCKEYE_TESTS_HOSTS_H

#include "tests/unit/screen.h"

#include "core/model/host.h"
#include "probes/counters.h"
#include "probes/host_look.h"

/* The k-th look, a second each: what rises has risen k times by ten. */
static inline struct host_reading *a_reading(unsigned k)
{
    struct host_reading *r = mem_new(1, sizeof(*r));
    char text[512];

    r->at_ns = SCREEN_START_NS + k * CLOCK_SECOND_NS;
    r->page_bytes = 4096;
    snprintf(text, sizeof(text),
             "Tcp: CurrEstab InSegs OutSegs RetransSegs OutRsts EstabResets AttemptFails\n"
             "Tcp: 7 %u %u %u 3 2 1\n"
             "Udp: InErrors RcvbufErrors\nUdp: 5 4\n"
             "TcpExt: ListenOverflows ListenDrops SyncookiesSent\nTcpExt: %u %u 0\n",
             1000 * k, 2000 * k, 10 * k, 10 * k, 10 * k);
    counters_parse_pairs(text, &r->counters);
    counters_parse_words("sockets: used 9\nTCP: inuse 7 orphan 1 tw 150 alloc 9 mem 100\n"
                         "UDP: inuse 2 mem 3\n",
                         "sockstat", &r->counters);
    host_parse_devices("Inter-|   Receive  |  Transmit\n"
                       " face |bytes    packets errs drop\n"
                       "    lo: 1 2 0 0 0 0 0 0 1 2 0 0 0 0 0 0\n"
                       "  eth0: 1 2 0 3 0 0 0 0 1 2 0 4 0 0 0 0\n",
                       r);
    counters_add(&r->counters, 200, "sysctl.tcp_max_tw_buckets.0");
    counters_add(&r->counters, 1000, "sysctl.tcp_mem.0");
    counters_add(&r->counters, 2000, "sysctl.tcp_mem.1");
    counters_add(&r->counters, 4000, "sysctl.tcp_mem.2");
    counters_add(&r->counters, 51000, "sysctl.ip_local_port_range.0");
    counters_add(&r->counters, 51999, "sysctl.ip_local_port_range.1");
    return r;
}

/* Two looks with two listeners, one of them full, and three connections to one peer. */
static inline void show_host(struct screen *s)
{
    struct row rows[5] = {a_row(1, STATE_LISTEN, 80, 0), a_row(2, STATE_LISTEN, 8080, 0),
                          a_row(3, STATE_ESTABLISHED, 51826, 65432),
                          a_row(4, STATE_ESTABLISHED, 51827, 65432),
                          a_row(5, STATE_TIME_WAIT, 51828, 65432)};

    rows[0].wqueue = 128;
    rows[1].rqueue = 6;
    rows[1].wqueue = 5;
    for (unsigned k = 1; k <= 2; k++) {
        struct snapshot *snapshot = a_snapshot(rows, 5);

        snapshot->host = a_reading(k);
        host_reading_count(snapshot->host);
        host_tally_add(snapshot->host->tally, snapshot);
        host_tally_end(snapshot->host->tally);
        model_take_snapshot(&s->m, snapshot);
    }
}

#endif
