/* tests/unit/dissect.h - one dissection, and what is expected of it. */
#ifndef SOCKEYE_TESTS_DISSECT_H
#define SOCKEYE_TESTS_DISSECT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>

#include "core/wire/decode.h"
#include "tests/unit/frames.h"

#define ALL (DECODE_INFO | DECODE_FIELDS)

static struct dissection d;

static inline void decode_frame(const struct frame *f, uint16_t link_type)
{
    decode(f->bytes, f->len, f->len, link_type, ALL, &d);
}

static inline const struct field *find(const char *name)
{
    for (size_t i = 0; i < d.n_fields; i++)
        if (strcmp(d.fields[i].name, name) == 0)
            return &d.fields[i];
    return NULL;
}

static inline const struct field *find_last(const char *name)
{
    for (size_t i = d.n_fields; i-- > 0;)
        if (strcmp(d.fields[i].name, name) == 0)
            return &d.fields[i];
    return NULL;
}

static inline void expect(const char *name, const char *value)
{
    const struct field *f = find(name);

    if (!f)
        fail_msg("no field \"%s\"", name);
    else
        assert_string_equal(field_value(&d, f), value);
}

static inline void expect_validity(const char *name, enum field_validity validity)
{
    const struct field *f = find_last(name);

    if (!f)
        fail_msg("no field \"%s\"", name);
    else
        assert_int_equal(f->validity, validity);
}

static inline void expect_flow(const char *source, const char *destination, int protocol)
{
    char text[ADDR_TEXT_BYTES];

    assert_true(d.has_flow);
    assert_string_equal(addr_format(&d.flow.source, text), source);
    assert_string_equal(addr_format(&d.flow.destination, text), destination);
    assert_int_equal(d.flow.protocol, protocol);
}

static inline void expect_whole(void)
{
    if (d.truncated_in || d.malformed_in)
        fail_msg("cut in %s, malformed in %s", d.truncated_in ? d.truncated_in : "-",
                 d.malformed_in ? d.malformed_in : "-");
}

static inline void expect_payload(size_t at, size_t len, size_t claimed)
{
    assert_int_equal(d.payload_at, at);
    assert_int_equal(d.payload_len, len);
    assert_int_equal(d.payload_claimed, claimed);
}

/* In a segment or a datagram between these ports. */
static inline struct frame frame_of(unsigned protocol, unsigned sport, unsigned dport,
                                    const void *bytes, size_t len)
{
    struct frame f = {0};
    size_t ip, at;

    put_ethernet(&f, 0x0800);
    ip = put_ipv4(&f, protocol);
    at = protocol == 6 ? put_tcp(&f, TCP_FLAG_PSH | TCP_FLAG_ACK, 1, 2, NULL, 0)
                       : put_udp(&f, (unsigned)(8 + len));
    set16(&f, at, sport);
    set16(&f, at + 2, dport);
    put_bytes(&f, bytes, len);
    transport_done(&f, ip, at, at + (protocol == 6 ? 16 : 6), protocol);
    ipv4_done(&f, ip);
    return f;
}

/* The same without fields and without words, which must not change what is known. */
static inline void expect_same_without_words(const struct frame *f, uint16_t link_type)
{
    static struct dissection plain;

    decode(f->bytes, f->len, f->len, link_type, DECODE_FLOW, &plain);
    assert_string_equal(plain.protocol, d.protocol);
    assert_memory_equal(&plain.flow, &d.flow, sizeof(d.flow));
    assert_int_equal(plain.payload_at, d.payload_at);
    assert_int_equal(plain.payload_claimed, d.payload_claimed);
}

#endif
