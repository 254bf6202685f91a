/* Blocks of pcapng, read and made. */
#include "core/wire/pcapng.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/wire/pcapng_write.h"

#define SECOND_NS UINT64_C(1000000000)

struct file {
    struct capture_bytes made; /* one block at a time */
    struct pcapng p;
    struct pcapng_packet packet;
};

static void done(struct file *f)
{
    free(f->made.bytes);
    pcapng_done(&f->p);
}

/* Of a block's body, its frame around it; type 0: none yet. */
static void frame(struct file *f, uint32_t type, const void *body, size_t len)
{
    uint32_t length = (uint32_t)len + 12;

    f->made.used = 0;
    capture_bytes_32(&f->made, type);
    capture_bytes_32(&f->made, length);
    capture_bytes_copy(&f->made, body, len);
    capture_bytes_32(&f->made, length);
}

/* Reads what was made as a file's reader does.  Returns as pcapng_take(). */
static int take(struct file *f)
{
    uint32_t type, length = 0;
    uint8_t *exact = malloc(f->made.used);
    int r;

    assert_non_null(exact);
    memcpy(exact, f->made.bytes, f->made.used);
    r = pcapng_begin(&f->p, exact, &type, &length);
    if (r == 0 && length != f->made.used)
        r = -EMSGSIZE;
    if (r == 0)
        r = pcapng_take(&f->p, exact, f->made.used, &f->packet);
    free(exact);
    f->made.used = 0;
    return r;
}

static struct file begun(bool big_endian)
{
    struct file f = {.made.big_endian = big_endian};

    pcapng_put_section(&f.made, "Linux", "a test");
    assert_int_equal(take(&f), 0);
    assert_true(f.p.in_section && f.p.big_endian == big_endian);
    return f;
}

static void add_interface(struct file *f, uint16_t link_type, const char *name,
                          uint8_t resolution, int64_t offset_s)
{
    struct pcapng_interface i = {
        .link_type = link_type, .snaplen = 100, .resolution = resolution, .offset_s = offset_s};

    strcpy(i.name, name);
    pcapng_put_interface(&f->made, &i, "tcp port 80");
    assert_int_equal(take(f), 0);
}

static void put_packet(struct file *f, const struct packet *packet, const char *comment,
                       const struct packet_extra *extra)
{
    static const uint8_t bytes[] = "hello";
    const struct packet_facts facts = {.packet = packet,
                                       .bytes = bytes,
                                       .captured = packet->captured,
                                       .comment = comment,
                                       .extra = extra};

    assert_int_equal(pcapng_put_packet(&f->made, &f->p.interfaces[packet->interface],
                                       packet->interface, &facts),
                     0);
}

static void an_interface_is_read_as_it_was_made(void **state)
{
    (void)state;
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        struct file f = begun(big_endian);

        add_interface(&f, 1, "eth0", 9, -2);
        add_interface(&f, 113, "", 6, 0);
        assert_int_equal(f.p.n_interfaces, 2);
        assert_int_equal(f.p.interfaces[0].link_type, 1);
        assert_int_equal(f.p.interfaces[0].snaplen, 100);
        assert_int_equal(f.p.interfaces[0].resolution, 9);
        assert_int_equal(f.p.interfaces[0].offset_s, -2);
        assert_string_equal(f.p.interfaces[0].name, "eth0");
        assert_int_equal(f.p.interfaces[1].link_type, 113);
        assert_int_equal(f.p.interfaces[1].resolution, 6);
        assert_string_equal(f.p.interfaces[1].name, "");
        done(&f);
    }
}

static void a_packet_is_read_as_it_was_made(void **state)
{
    const struct packet packet = {.wall_ns = 1700000000 * SECOND_NS + 123456789,
                                  .length = 60,
                                  .captured = 5,
                                  .interface = 1};

    (void)state;
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        struct file f = begun(big_endian);

        add_interface(&f, 1, "eth0", 6, 0);
        add_interface(&f, 1, "eth1", 9, 5);
        put_packet(&f, &packet, "why it is here", NULL);
        assert_int_equal(f.made.used % 4, 0);
        assert_int_equal(take(&f), 1);
        assert_int_equal(f.packet.interface, 1);
        assert_int_equal(f.packet.wall_ns, packet.wall_ns);
        assert_false(f.packet.timeless);
        assert_int_equal(f.packet.length, 60);
        assert_int_equal(f.packet.captured, 5);
        assert_string_equal(f.packet.comment, "why it is here");
        assert_int_equal(f.packet.extra.len, 0);
        put_packet(&f, &packet, NULL, NULL);
        assert_int_equal(take(&f), 1);
        assert_null(f.packet.comment);
        done(&f);
    }
}

/* Flags (2), then two comments around a hash (3). */
static void comments_become_one_and_other_options_stay(void **state)
{
    static const uint8_t options[] = {0, 0, 0, 0, 0,   0,   0,   0,   0,   0, 0, 0, 0, 0,
                                      0, 0, 0, 0, 0,   0,   0,   2,   0,   4, 0, 0, 0, 1,
                                      0, 1, 0, 3, 'o', 'n', 'e', 0,   0,   3, 0, 2, 9, 8,
                                      0, 0, 0, 1, 0,   3,   't', 'w', 'o', 0, 0, 0, 0, 0};
    static const uint8_t kept[] = {0, 2, 0, 4, 0, 0, 0, 1, 0, 3, 0, 2, 9, 8, 0, 0};
    struct file f = begun(true);
    struct packet packet = {0};
    struct packet_extra extra;
    size_t used;

    (void)state;
    add_interface(&f, 1, "", 6, 0);
    frame(&f, PCAPNG_PACKET, options, sizeof(options));
    assert_int_equal(take(&f), 1);
    assert_string_equal(f.packet.comment, "one\ntwo");
    assert_int_equal(f.packet.extra.len, sizeof(kept));
    assert_memory_equal(f.packet.extra.bytes, kept, sizeof(kept));
    extra = f.packet.extra;

    put_packet(&f, &packet, NULL, &extra);
    used = f.made.used;
    assert_int_equal(used, 32 + sizeof(kept) + 4);
    assert_memory_equal(f.made.bytes + 28, kept, sizeof(kept));
    f.made.used = 0;
    f.made.big_endian = false; /* where they would mean something else */
    put_packet(&f, &packet, NULL, &extra);
    assert_int_equal(f.made.used, 32);
    done(&f);
}

static void an_empty_comment_is_one(void **state)
{
    static const uint8_t body[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                   0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    struct file f = begun(true);

    (void)state;
    add_interface(&f, 1, "", 6, 0);
    frame(&f, PCAPNG_PACKET, body, sizeof(body));
    assert_int_equal(take(&f), 1);
    assert_string_equal(f.packet.comment, "");
    done(&f);
}

static void times_are_told_in_any_unit(void **state)
{
    static const struct {
        uint8_t resolution;
        int64_t offset_s;
        uint64_t ticks, ns;
    } cases[] = {
        {0, 0, 1700000000, 1700000000 * SECOND_NS},
        {3, 0, 1500, 1500000000},
        {6, 0, 1700000000123456, UINT64_C(1700000000123456000)},
        {9, 0, 1234567891, 1234567891},
        {9, 10, 5, 10 * SECOND_NS + 5},
        {9, -1, SECOND_NS + 7, 7},
        {12, 0, 1234567000, 1234567},
        {0x80, 0, 3, 3 * SECOND_NS},
        {0x80 | 10, 0, 1536, 1500000000},
        {0x80 | 20, 0, 1, 953}, /* 953.67 */
        {0x80 | 32, 0, UINT64_C(5) << 31, 2500000000},
        {0x80 | 63, 0, UINT64_C(1) << 62, 500000000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct pcapng_interface interface = {.resolution = cases[i].resolution,
                                                   .offset_s = cases[i].offset_s};
        uint64_t ns = 0, ticks = 0;

        assert_true(pcapng_to_ns(&interface, cases[i].ticks, &ns));
        assert_int_equal(ns, cases[i].ns);
        assert_true(pcapng_from_ns(&interface, ns, &ticks));
        assert_int_equal(ticks, cases[i].ticks);
    }
}

static void a_time_beyond_what_can_be_told_is_none(void **state)
{
    const struct pcapng_interface seconds = {.resolution = 0},
                                  early = {.resolution = 9, .offset_s = -100},
                                  fine = {.resolution = 127}, late = {.offset_s = INT64_MAX};
    uint64_t n = 42;

    (void)state;
    assert_false(pcapng_to_ns(&seconds, UINT64_MAX, &n));
    assert_false(pcapng_to_ns(&early, 5, &n));
    assert_false(pcapng_to_ns(&late, 5, &n));
    assert_false(pcapng_from_ns(&fine, 1, &n));
    assert_false(pcapng_from_ns(&late, 1, &n));
    assert_int_equal(n, 42);
    assert_true(pcapng_to_ns(&fine, UINT64_MAX, &n));
    assert_int_equal(n, 0);
}

static void a_simple_packet_has_no_time_and_is_cut_at_snaplen(void **state)
{
    uint8_t body[4 + 100] = {0, 0, 0, 200};
    struct file f = begun(true);

    (void)state;
    frame(&f, PCAPNG_SIMPLE_PACKET, body, sizeof(body));
    assert_int_equal(take(&f), -EBADMSG); /* of no interface */
    add_interface(&f, 1, "", 6, 0);
    frame(&f, PCAPNG_SIMPLE_PACKET, body, sizeof(body));
    assert_int_equal(take(&f), 1);
    assert_int_equal(f.packet.captured, 100);
    assert_int_equal(f.packet.length, 200);
    assert_true(f.packet.timeless);
    done(&f);
}

static void an_old_packet_block_is_a_packet(void **state)
{
    static const uint8_t body[] = {0, 0, 0, 7, 0, 0, 0, 1, 0,   0,   0,   2,
                                   0, 0, 0, 3, 0, 0, 0, 9, 'a', 'b', 'c', 0};
    struct file f = begun(true);

    (void)state;
    add_interface(&f, 1, "", 9, 0);
    frame(&f, PCAPNG_OLD_PACKET, body, sizeof(body));
    assert_int_equal(take(&f), 1);
    assert_int_equal(f.packet.wall_ns, (UINT64_C(1) << 32) + 2);
    assert_int_equal(f.packet.captured, 3);
    assert_int_equal(f.packet.length, 9);
    done(&f);
}

static void what_nobody_knows_is_passed_over(void **state)
{
    static const uint32_t types[] = {PCAPNG_NAMES, PCAPNG_STATISTICS, PCAPNG_SECRETS, 0x0bad,
                                     0x40000bad,   0x80001234,        0xffffffff};
    struct file f = begun(false);

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        frame(&f, types[i], "\xff\xff\xff\xff\xff\xff\xff", 8);
        assert_int_equal(take(&f), 0);
    }
    assert_string_equal(pcapng_type_name(0x80001234), "block of an unknown type");
    assert_string_equal(pcapng_type_name(0x0bad), "custom block");
    done(&f);
}

static void a_new_section_begins_anew(void **state)
{
    struct file f = begun(false);

    (void)state;
    add_interface(&f, 1, "", 6, 0);
    f.made.big_endian = true;
    pcapng_put_section(&f.made, NULL, NULL);
    assert_int_equal(f.made.used, 32);
    assert_int_equal(take(&f), 0);
    assert_true(f.p.big_endian);
    assert_int_equal(f.p.n_interfaces, 0);
    done(&f);
}

static void expect_bad(struct file *f, const char *why)
{
    assert_int_equal(take(f), -EBADMSG);
    assert_string_equal(f->p.why, why);
}

static void wrong_lengths_are_said(void **state)
{
    struct file f = begun(true);

    (void)state;
    frame(&f, PCAPNG_NAMES, "1234", 4);
    f.made.bytes[f.made.used - 1] ^= 4;
    expect_bad(&f, "says another length at its end");
    frame(&f, PCAPNG_NAMES, "1234", 4);
    f.made.bytes[7] = 15;
    expect_bad(&f, "has an impossible length");
    frame(&f, PCAPNG_NAMES, "1234", 4);
    f.made.bytes[7] = 8;
    expect_bad(&f, "has an impossible length");
    frame(&f, PCAPNG_NAMES, "1234", 4);
    f.made.bytes[4] = 1;
    f.made.bytes[7] = 4;
    expect_bad(&f, "is longer than 16 MiB");
    frame(&f, PCAPNG_INTERFACE, "\0\1\0\0\0\0\0\0\0\2\0\5abcd", 16);
    expect_bad(&f, "has an option that goes beyond its end");
    frame(&f, PCAPNG_INTERFACE, "\0\1\0", 4);
    expect_bad(&f, "is too short");
    assert_int_equal(f.p.n_interfaces, 0);
    done(&f);
}

static void packets_that_cannot_be_are_said(void **state)
{
    uint8_t body[20] = {0};
    struct file f = begun(true);

    (void)state;
    frame(&f, PCAPNG_PACKET, body, sizeof(body));
    expect_bad(&f, "is of an interface that was not described");
    add_interface(&f, 1, "", 6, 0);
    frame(&f, PCAPNG_PACKET, body, 16);
    expect_bad(&f, "is too short");
    body[15] = 1;
    frame(&f, PCAPNG_PACKET, body, sizeof(body));
    expect_bad(&f, "is shorter than its packet");
    body[12] = 0xff;
    frame(&f, PCAPNG_PACKET, body, sizeof(body));
    expect_bad(&f, "holds more than the 256 KiB that a packet may have");
    done(&f);
}

static void sections_that_cannot_be_are_said(void **state)
{
    struct file f = {.made.big_endian = true};

    (void)state;
    frame(&f, PCAPNG_NAMES, "1234", 4);
    expect_bad(&f, "stands before any section header block");
    pcapng_put_section(&f.made, NULL, NULL);
    f.made.bytes[13] = 2;
    expect_bad(&f, "is of a version that is not known");
    frame(&f, PCAPNG_NAMES, "1234", 4);
    expect_bad(&f, "stands before any section header block");
    pcapng_put_section(&f.made, NULL, NULL);
    f.made.bytes[8] = 2;
    expect_bad(&f, "has no byte order that is known");
    done(&f);
}

static void interfaces_have_an_end(void **state)
{
    struct file f = begun(false);

    (void)state;
    for (int i = 0; i < PCAPNG_INTERFACES; i++)
        add_interface(&f, 1, "", 6, 0);
    frame(&f, PCAPNG_INTERFACE, "\1\0\0\0\0\0\0", 8);
    expect_bad(&f, "is one too many: 4096 interfaces are taken");
    done(&f);
}

static void a_long_name_is_cut(void **state)
{
    uint8_t body[8 + 4 + 300 + 4] = {0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 1, 44};
    struct file f = begun(true);

    (void)state;
    memset(body + 12, 'x', 300);
    frame(&f, PCAPNG_INTERFACE, body, sizeof(body));
    assert_int_equal(take(&f), 0);
    assert_int_equal(strlen(f.p.interfaces[0].name), PCAPNG_NAME_BYTES - 1);
    done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interface_is_read_as_it_was_made),
        cmocka_unit_test(a_packet_is_read_as_it_was_made),
        cmocka_unit_test(comments_become_one_and_other_options_stay),
        cmocka_unit_test(an_empty_comment_is_one),
        cmocka_unit_test(times_are_told_in_any_unit),
        cmocka_unit_test(a_time_beyond_what_can_be_told_is_none),
        cmocka_unit_test(a_simple_packet_has_no_time_and_is_cut_at_snaplen),
        cmocka_unit_test(an_old_packet_block_is_a_packet),
        cmocka_unit_test(what_nobody_knows_is_passed_over),
        cmocka_unit_test(a_new_section_begins_anew),
        cmocka_unit_test(wrong_lengths_are_said),
        cmocka_unit_test(packets_that_cannot_be_are_said),
        cmocka_unit_test(sections_that_cannot_be_are_said),
        cmocka_unit_test(interfaces_have_an_end),
        cmocka_unit_test(a_long_name_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
