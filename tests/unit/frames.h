/* tests/unit/frames.h - packets made by hand, with checksums of their own arithmetic. */
#ifndef SOCKEYE_TESTS_FRAMES_H
#define SOCKEYE_TESTS_FRAMES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define FRAME_BYTES 4096

struct frame {
    size_t len;
    uint8_t bytes[FRAME_BYTES];
};

static inline void put8(struct frame *f, unsigned value)
{
    if (f->len < FRAME_BYTES)
        f->bytes[f->len++] = (uint8_t)value;
}

static inline void put16(struct frame *f, unsigned value)
{
    put8(f, value >> 8);
    put8(f, value);
}

static inline void put32(struct frame *f, uint32_t value)
{
    put16(f, value >> 16);
    put16(f, value & 0xffff);
}

static inline void put_bytes(struct frame *f, const void *bytes, size_t len)
{
    const uint8_t *from = bytes;

    for (size_t i = 0; i < len; i++)
        put8(f, from[i]);
}

static inline void set16(struct frame *f, size_t at, unsigned value)
{
    if (at + 2 > FRAME_BYTES)
        return;
    f->bytes[at] = (uint8_t)(value >> 8);
    f->bytes[at + 1] = (uint8_t)value;
}

/* One's complement sum the slow way: carries are added as they come. */
static inline unsigned sum16(unsigned sum, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        sum += i % 2 ? bytes[i] : (unsigned)bytes[i] << 8;
        if (sum > 0xffff)
            sum -= 0xffff;
    }
    return sum;
}

static inline unsigned sum_word(unsigned sum, unsigned word)
{
    const uint8_t bytes[2] = {(uint8_t)(word >> 8), (uint8_t)word};

    return sum16(sum, bytes, 2);
}

static inline void put_ethernet(struct frame *f, unsigned type)
{
    static const uint8_t macs[12] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};

    put_bytes(f, macs, sizeof(macs));
    put16(f, type);
}

/* 10.0.0.1 to 10.0.0.2; returns where the header is.  ip_done() fills in the rest. */
static inline size_t put_ipv4_options(struct frame *f, unsigned protocol, unsigned fragment,
                                      const void *options, size_t options_len)
{
    size_t at = f->len;

    put8(f, 0x40 | (5 + (unsigned)options_len / 4));
    put8(f, 0);
    put16(f, 0); /* total length */
    put16(f, 0x1234);
    put16(f, fragment);
    put8(f, 64);
    put8(f, protocol);
    put16(f, 0); /* checksum */
    put32(f, 0x0a000001);
    put32(f, 0x0a000002);
    put_bytes(f, options, options_len);
    return at;
}

static inline size_t put_ipv4(struct frame *f, unsigned protocol)
{
    return put_ipv4_options(f, protocol, 0x4000, NULL, 0);
}

static inline void ipv4_done(struct frame *f, size_t at)
{
    size_t header_len = (f->bytes[at] & 15U) * 4;

    set16(f, at + 2, (unsigned)(f->len - at));
    set16(f, at + 10, 0);
    set16(f, at + 10, ~sum16(0, f->bytes + at, header_len) & 0xffff);
}

/* fd77::1 to fd77::2 */
static inline size_t put_ipv6(struct frame *f, unsigned next)
{
    size_t at = f->len;
    uint8_t ip[16] = {0xfd, 0x77, [15] = 1};

    put32(f, 0x60012345);
    put16(f, 0); /* payload length */
    put8(f, next);
    put8(f, 64);
    put_bytes(f, ip, 16);
    ip[15] = 2;
    put_bytes(f, ip, 16);
    return at;
}

static inline void ipv6_done(struct frame *f, size_t at)
{
    set16(f, at + 4, (unsigned)(f->len - at - 40));
}

/* The pseudo header's sum of the IP header at ip for what is behind transport. */
static inline unsigned pseudo_sum(const struct frame *f, size_t ip, size_t transport,
                                  unsigned protocol)
{
    bool v4 = f->bytes[ip] >> 4 == 4;
    unsigned sum = sum16(0, f->bytes + ip + (v4 ? 12 : 8), v4 ? 8 : 32);

    return sum_word(sum_word(sum, protocol), (unsigned)(f->len - transport));
}

/* Fill the checksum at `checksum` of the message from transport to the end. */
static inline void transport_done(struct frame *f, size_t ip, size_t transport, size_t checksum,
                                  unsigned protocol)
{
    unsigned sum = protocol ? pseudo_sum(f, ip, transport, protocol) : 0;

    set16(f, checksum, 0);
    set16(f, checksum, ~sum16(sum, f->bytes + transport, f->len - transport) & 0xffff);
}

static inline size_t put_tcp(struct frame *f, unsigned flags, uint32_t seq, uint32_t ack,
                             const void *options, size_t options_len)
{
    size_t at = f->len;

    put16(f, 40000);
    put16(f, 65432);
    put32(f, seq);
    put32(f, ack);
    put16(f, (unsigned)(5 + options_len / 4) << 12 | flags);
    put16(f, 512);
    put16(f, 0); /* checksum */
    put16(f, 0);
    put_bytes(f, options, options_len);
    return at;
}

static inline size_t put_udp(struct frame *f, unsigned length)
{
    size_t at = f->len;

    put16(f, 40000);
    put16(f, 53);
    put16(f, length);
    put16(f, 0);
    return at;
}

static const uint8_t SYN_OPTIONS[20] = {2, 4, 0xff, 0xd7, 4, 2, 8, 10, 0, 0,
                                        0, 7, 0,    0,    0, 9, 1, 3,  3, 7};

/* A TCP segment over Ethernet and IPv4. */
static inline struct frame frame_tcp(unsigned flags, uint32_t seq, uint32_t ack,
                                     const char *payload)
{
    struct frame f = {0};
    size_t ip, tcp;
    bool syn = flags & 2;

    put_ethernet(&f, 0x0800);
    ip = put_ipv4(&f, 6);
    tcp = put_tcp(&f, flags, seq, ack, SYN_OPTIONS, syn ? sizeof(SYN_OPTIONS) : 0);
    put_bytes(&f, payload, strlen(payload));
    transport_done(&f, ip, tcp, tcp + 16, 6);
    ipv4_done(&f, ip);
    return f;
}

static inline struct frame frame_udp(const char *payload)
{
    struct frame f = {0};
    size_t ip, udp;

    put_ethernet(&f, 0x0800);
    ip = put_ipv4(&f, 17);
    udp = put_udp(&f, (unsigned)(8 + strlen(payload)));
    put_bytes(&f, payload, strlen(payload));
    transport_done(&f, ip, udp, udp + 6, 17);
    ipv4_done(&f, ip);
    return f;
}

#endif
