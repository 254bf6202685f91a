/* Capture filters out of words, a byte each: libpcap would look up a name that it does not know.
 * A filter is compiled, and then the kernel's form of it has the length that was promised; or it is
 * refused in clean words, with a place in it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "probes/capture_filter.h"
#include "probes/capture_gate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WORDS_MAX 24
#define WORD_BYTES 24

static const char *const words[] = {
    "tcp",
    "udp",
    "icmp",
    "icmp6",
    "ip",
    "ip6",
    "arp",
    "port",
    "portrange",
    "host",
    "net",
    "src",
    "dst",
    "and",
    "or",
    "not",
    "(",
    ")",
    "[",
    "]",
    ":",
    "=",
    "==",
    "!=",
    "<",
    ">=",
    "&",
    "|",
    "<<",
    "+",
    "-",
    "*",
    "/",
    "%",
    "0",
    "1",
    "80",
    "65535",
    "65536",
    "4294967295",
    "99999999999",
    "1-2",
    "10.0.0.1",
    "10.0.0.0/8",
    "fe80::1",
    "::/0",
    "00:11:22:33:44:55",
    "ether",
    "proto",
    "vlan",
    "mpls",
    "pppoes",
    "len",
    "less",
    "greater",
    "tcp-syn",
    "tcpflags",
    "13",
    "\\tcp",
    "gateway",
    "inbound",
    "broadcast",
    "multicast",
    "sctp",
    "'",
    "\"",
    "\x1b[2J",
    "\xc3\xa4",
    "!",
    "!!",
    "protochain",
    "0x",
    "0xff",
    "lo",
};

static void must(bool condition)
{
    if (!condition)
        abort();
}

static void translate(const struct bpf_program *program, bool cooked)
{
    const struct gate_link link = {.cooked = cooked, .any = cooked, .loopback = 1};
    struct sock_filter *to = mem_new(GATE_PREFIX + program->bf_len, sizeof(*to));

    must(gate_translate(program, &link, to) <= GATE_PREFIX + program->bf_len);
    free(to);
}

static void try(const char *filter, int link_type)
{
    pcap_t *handle = pcap_open_dead(link_type, 262144);
    struct bpf_program program = {0};
    struct err err = {0};
    uint8_t packet[64] = {0x45};
    struct pcap_pkthdr header = {.caplen = sizeof(packet), .len = sizeof(packet)};

    must(handle != NULL);
    if (capture_filter_compile(handle, filter, &program, &err) == 0) {
        (void)pcap_offline_filter(&program, &header, packet);
        translate(&program, link_type == DLT_LINUX_SLL2);
        pcap_freecode(&program);
    } else {
        must(err.code == -EINVAL && err.reason[0] && text_is_printable(err.reason));
        must(err.place <= strlen(filter) + 1);
    }
    pcap_close(handle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char filter[WORDS_MAX * WORD_BYTES] = "";

    for (size_t i = 1; i < size && i <= WORDS_MAX; i++) {
        strcat(filter, words[data[i] % (sizeof(words) / sizeof(words[0]))]);
        /* The highest bit joins a word to the next. */
        if (!(data[i] & 0x80))
            strcat(filter, " ");
    }
    if (size)
        try(filter, data[0] & 1 ? DLT_LINUX_SLL2 : DLT_EN10MB);
    return 0;
}
