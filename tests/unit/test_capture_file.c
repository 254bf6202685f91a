/* Capture files, written and read again. */
#include "probes/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/wire/capture_bytes.h"
#include "probes/capture_read.h"

#define SECOND CLOCK_SECOND_NS
#define PATH_BYTES 128
#define KEPT 16

static char folder[PATH_BYTES];

/* A name in the folder of the test; a few at a time. */
static const char *in_folder(const char *name)
{
    static char paths[4][PATH_BYTES * 2];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

/* ---- files as bytes --------------------------------------------------------------------- */

static struct capture_bytes slurp(const char *path)
{
    struct capture_bytes b = {0};
    FILE *file = fopen(path, "rb");
    struct stat st;

    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &st), 0);
    capture_bytes_add(&b, (size_t)st.st_size + 1);
    b.used = fread(b.bytes, 1, (size_t)st.st_size, file);
    assert_int_equal(b.used, st.st_size);
    fclose(file);
    return b;
}

static void save(const char *path, const void *bytes, size_t len)
{
    FILE *file;

    unlink(path); /* some file systems wait for the disk where a file is written over */
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void assert_same_files(const char *a, const char *b)
{
    struct capture_bytes first = slurp(a), second = slurp(b);

    assert_int_equal(first.used, second.used);
    assert_memory_equal(first.bytes, second.bytes, first.used);
    free(first.bytes);
    free(second.bytes);
}

enum { MAGIC_US, MAGIC_NS, MAGIC_MODIFIED, N_MAGICS };
static const uint32_t magics[] = {0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34};

/* A pcap file with packets of 20, 21, ... bytes, of which snaplen promises 10. */
static struct capture_bytes pcap_of(int magic, bool big_endian, unsigned n)
{
    struct capture_bytes b = {.big_endian = big_endian};

    capture_bytes_32(&b, magics[magic]);
    capture_bytes_16(&b, 2);
    capture_bytes_16(&b, 4);
    capture_bytes_32(&b, 0);
    capture_bytes_32(&b, 0);
    capture_bytes_32(&b, 10);
    capture_bytes_32(&b, 1);
    for (unsigned i = 0; i < n; i++) {
        /* After 2038, which libpcap takes for before 1970. */
        capture_bytes_32(&b, i == 1 ? 0xf0000000 : 1700000000);
        capture_bytes_32(&b, 999999 - i);
        capture_bytes_32(&b, 20 + i);
        capture_bytes_32(&b, 1500 + i);
        if (magic == MAGIC_MODIFIED)
            capture_bytes_copy(&b, "modified", 8);
        memset(capture_bytes_add(&b, 20 + i), 'a' + (int)i, 20 + i);
    }
    return b;
}

/* ---- reading ---------------------------------------------------------------------------- */

struct seen {
    struct capture_shape shape;
    unsigned shapes, blocks, packets, limit;
    struct packet records[KEPT];
    uint64_t numbers[KEPT];
    char interfaces[KEPT][32], comments[KEPT][32];
    bool timeless[KEPT];
    struct capture_file *to; /* everything goes on into it; NULL: nowhere */
    struct err err;
};

static void see_shape(void *ctx, const struct capture_shape *shape)
{
    struct seen *seen = ctx;

    assert_int_equal(seen->blocks + seen->packets, 0);
    seen->shape = *shape;
    seen->shapes++;
}

static void see_block(void *ctx, const struct capture_block *block)
{
    struct seen *seen = ctx;

    seen->blocks++;
    if (seen->to)
        assert_int_equal(capture_file_block(seen->to, block, NULL), 0);
}

static bool see_packet(void *ctx, const struct packet_facts *p)
{
    struct seen *seen = ctx;
    unsigned i = seen->packets++;

    if (i < KEPT) {
        seen->records[i] = *p->packet;
        seen->numbers[i] = p->number;
        seen->timeless[i] = p->timeless;
        snprintf(seen->interfaces[i], 32, "%s", p->interface ? p->interface : "");
        snprintf(seen->comments[i], 32, "%s", p->comment ? p->comment : "");
    }
    assert_int_equal(p->captured, p->packet->captured);
    if (seen->to)
        assert_int_equal(capture_file_put(seen->to, p, NULL), 0);
    return seen->packets != seen->limit;
}

static const struct capture_reader reader = {
    .shape = see_shape, .block = see_block, .packet = see_packet};

static int look(const char *path, const char *filter, struct seen *seen)
{
    *seen = (struct seen){0};
    return capture_read(path, filter, &reader, seen, &seen->err);
}

/* ---- writing ---------------------------------------------------------------------------- */

static struct capture_file *open_file(const char *path, enum capture_format format,
                                      const struct capture_shape *like)
{
    const struct capture_file_settings settings = {
        .path = path, .format = format, .like = like, .filter = "ip"};
    struct capture_file *f = NULL;

    assert_int_equal(capture_file_open(&settings, &f, NULL), 0);
    return f;
}

/* Writes a file anew into another of the same format. */
static void write_anew(const char *from, const char *path)
{
    struct seen seen;
    struct capture_shape shape;

    assert_int_equal(look(from, NULL, &seen), 0);
    assert_int_equal(seen.shapes, 1);
    shape = seen.shape;
    seen = (struct seen){.to = open_file(path, shape.format, &shape)};
    assert_int_equal(capture_read(from, NULL, &reader, &seen, NULL), 0);
    assert_int_equal(capture_file_close(seen.to, NULL), 0);
}

static int put(struct capture_file *f, uint64_t wall_ns, uint16_t link_type,
               const char *interface, const char *comment, struct err *err)
{
    static const uint8_t bytes[60] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0x45};
    const struct packet packet = {
        .wall_ns = wall_ns, .length = 70, .captured = sizeof(bytes), .link_type = link_type};
    const struct packet_facts facts = {.packet = &packet,
                                       .bytes = bytes,
                                       .captured = sizeof(bytes),
                                       .interface = interface,
                                       .comment = comment};

    return capture_file_put(f, &facts, err);
}

/* Two interfaces with packets, one without; counters. */
static void make_pcapng(const char *path)
{
    static const struct capture_status status = {
        .n_interfaces = 3,
        .interfaces = {
            {.name = "lo",
             .state = CAPTURE_RUNNING,
             .link_type = 1,
             .packets = 2,
             .dropped = 7},
            {.name = "quiet0", .state = CAPTURE_DOWN, .link_type = 113},
            {.name = "never0", .state = CAPTURE_FAILED, .link_type = 1},
        }};
    struct capture_file *f = open_file(path, CAPTURE_PCAPNG, NULL);

    assert_int_equal(put(f, 1700000000 * SECOND + 1, 1, "lo", "first", NULL), 0);
    assert_int_equal(put(f, 1700000000 * SECOND + 2, 113, "any", NULL, NULL), 0);
    assert_int_equal(put(f, 1700000000 * SECOND + 3, 1, "lo", "third\nwith two lines", NULL),
                     0);
    capture_file_meter(f, &status);
    assert_int_equal(capture_file_close(f, NULL), 0);
}

/* ---- tests ------------------------------------------------------------------------------ */

static void pcap_of_every_kind_is_written_as_it_was_read(void **state)
{
    const char *from = in_folder("from.pcap"), *to = in_folder("to.pcap");

    (void)state;
    for (int kind = 0; kind < 2 * N_MAGICS; kind++)
        for (unsigned n = 0; n <= 3; n += 3) {
            struct capture_bytes b = pcap_of(kind / 2, kind % 2, n);

            save(from, b.bytes, b.used);
            write_anew(from, to);
            assert_same_files(from, to);
            free(b.bytes);
        }
}

static void pcap_says_times_and_lengths(void **state)
{
    const char *path = in_folder("a.pcap");
    struct seen seen;

    (void)state;
    for (int kind = 0; kind < 2 * N_MAGICS; kind++) {
        struct capture_bytes b = pcap_of(kind / 2, kind % 2, 3);
        uint64_t unit = kind / 2 == MAGIC_NS ? 1 : 1000;

        save(path, b.bytes, b.used);
        assert_int_equal(look(path, NULL, &seen), 0);
        assert_int_equal(seen.packets, 3);
        assert_int_equal(seen.shape.format, CAPTURE_PCAP);
        assert_int_equal(seen.shape.microseconds, unit == 1000);
        assert_int_equal(seen.shape.big_endian, kind % 2);
        assert_int_equal(seen.shape.snaplen, 10);
        assert_int_equal(seen.records[0].wall_ns, 1700000000 * SECOND + 999999 * unit);
        assert_int_equal(seen.records[1].wall_ns, 0xf0000000 * SECOND + 999998 * unit);
        assert_int_equal(seen.records[2].captured, 22);
        assert_int_equal(seen.records[2].length, 1502);
        free(b.bytes);
    }
}

/* Fractions that no clock gives: 0xffffffff of either unit. */
static void pcap_has_no_negative_times(void **state)
{
    const char *path = in_folder("a.pcap");
    struct seen seen;

    (void)state;
    for (int magic = MAGIC_US; magic <= MAGIC_NS; magic++) {
        struct capture_bytes b = pcap_of(magic, true, 1);

        memset(b.bytes + 24, 0, 4);
        memset(b.bytes + 28, 0xff, 4);
        save(path, b.bytes, b.used);
        assert_int_equal(look(path, NULL, &seen), 0);
        assert_int_equal(seen.records[0].wall_ns,
                         UINT64_C(0xffffffff) * (magic == MAGIC_US ? 1000 : 1));
        free(b.bytes);
    }
}

/* Cuts a file at every byte: the packets that are whole come, and one error says where it goes
 * wrong, unless a record ends there. */
static void cut_everywhere(const char *whole, const size_t *ends, unsigned n_ends, size_t least)
{
    struct capture_bytes b = slurp(whole);
    const char *path = in_folder("cut");
    struct seen seen;

    for (size_t cut = 0; cut <= b.used; cut++) {
        unsigned packets = 0;
        bool clean = cut == least || cut == b.used;
        char at[32];
        int r;

        for (unsigned i = 0; i < n_ends; i++) {
            packets += ends[i] <= cut;
            clean |= ends[i] == cut;
        }
        save(path, b.bytes, cut);
        r = look(path, NULL, &seen);
        assert_int_equal(seen.packets, packets);
        if (clean) {
            assert_int_equal(r, 0);
            continue;
        }
        assert_int_equal(r, -EBADMSG);
        assert_string_equal(seen.err.input, path);
        snprintf(at, sizeof(at), "at byte %zu ", packets ? ends[packets - 1] : least);
        if (packets && cut < ends[n_ends - 1])
            assert_non_null(strstr(seen.err.reason, at));
        if (cut > least)
            assert_non_null(strstr(seen.err.reason, "is cut short"));
    }
    free(b.bytes);
}

static void a_cut_pcap_gives_what_it_has_and_says_where_it_ends(void **state)
{
    const size_t ends[] = {24 + 36, 24 + 36 + 37, 24 + 36 + 37 + 38};
    const size_t modified[] = {24 + 44, 24 + 44 + 45, 24 + 44 + 45 + 46};
    const char *path = in_folder("whole");
    struct capture_bytes b = pcap_of(MAGIC_NS, true, 3);

    (void)state;
    save(path, b.bytes, b.used);
    cut_everywhere(path, ends, 3, 24);
    free(b.bytes);
    b = pcap_of(MAGIC_MODIFIED, false, 3);
    save(in_folder("whole"), b.bytes, b.used);
    cut_everywhere(in_folder("whole"), modified, 3, 24);
    free(b.bytes);
}

static void a_damaged_length_is_said(void **state)
{
    const char *path = in_folder("a.pcap");
    struct capture_bytes b = pcap_of(MAGIC_US, true, 2);
    struct seen seen;

    (void)state;
    b.bytes[24 + 36 + 8] = 0x7f;
    save(path, b.bytes, b.used);
    assert_int_equal(look(path, NULL, &seen), -EBADMSG);
    assert_int_equal(seen.packets, 1);
    assert_non_null(strstr(seen.err.reason, "the packet at byte 60 is damaged"));
    free(b.bytes);
}

static void pcapng_says_all_that_was_written(void **state)
{
    const char *path = in_folder("a.pcapng");
    struct seen seen;

    (void)state;
    make_pcapng(path);
    assert_int_equal(look(path, NULL, &seen), 0);
    assert_int_equal(seen.shapes, 1);
    assert_int_equal(seen.shape.format, CAPTURE_PCAPNG);
    assert_int_equal(seen.shape.link_type, 1);
    assert_int_equal(seen.packets, 3);
    assert_int_equal(seen.blocks, 1 + 3 + 2); /* two statistics */
    assert_int_equal(seen.records[0].wall_ns, 1700000000 * SECOND + 1);
    assert_int_equal(seen.records[1].wall_ns, 1700000000 * SECOND + 2);
    assert_int_equal(seen.records[1].link_type, 113);
    assert_int_equal(seen.records[1].interface, 1);
    assert_string_equal(seen.interfaces[0], "lo");
    assert_string_equal(seen.interfaces[1], "any");
    assert_string_equal(seen.comments[0], "first");
    assert_string_equal(seen.comments[1], "");
    assert_string_equal(seen.comments[2], "third\nwith two lines");
}

static void our_pcapng_is_written_as_it_was_read(void **state)
{
    const char *from = in_folder("from.pcapng"), *to = in_folder("to.pcapng");

    (void)state;
    make_pcapng(from);
    write_anew(from, to);
    assert_same_files(from, to);
}

static void what_snaplen_is_of_a_pcapng_goes_into_a_pcap(void **state)
{
    const struct capture_shape shape = {
        .format = CAPTURE_PCAP, .snaplen = 96, .link_type = 113};
    const char *ng = in_folder("a.pcapng"), *pcap = in_folder("a.pcap");
    struct capture_file *f = open_file(ng, CAPTURE_PCAPNG, &shape);
    struct seen seen;

    (void)state;
    assert_int_equal(put(f, 5, 113, NULL, NULL, NULL), 0);
    assert_int_equal(capture_file_close(f, NULL), 0);
    assert_int_equal(look(ng, NULL, &seen), 0);
    f = open_file(pcap, CAPTURE_PCAP, &seen.shape);
    assert_int_equal(capture_file_close(f, NULL), 0);
    assert_int_equal(look(pcap, NULL, &seen), 0);
    assert_int_equal(seen.shape.snaplen, 96);
    assert_int_equal(seen.shape.link_type, 113);
    assert_false(seen.shape.microseconds);
}

static void a_cut_pcapng_gives_what_it_has(void **state)
{
    const char *path = in_folder("a.pcapng");
    struct capture_bytes b;
    struct seen seen;
    unsigned before = 0, clean = 0;

    (void)state;
    make_pcapng(path);
    b = slurp(path);
    for (size_t cut = 1; cut <= b.used; cut++) {
        int r;

        save(in_folder("cut"), b.bytes, cut);
        r = look(in_folder("cut"), NULL, &seen);
        assert_true(r == 0 || r == -EBADMSG);
        assert_true(seen.packets == before || seen.packets == before + 1);
        if (r < 0 && cut >= 12)
            assert_non_null(strstr(seen.err.reason, "is cut short: the file ends after"));
        if (seen.packets > before)
            assert_int_equal(r, 0); /* it ends with that packet */
        before = seen.packets;
        clean += r == 0;
    }
    assert_int_equal(before, 3);
    assert_int_equal(clean, 1 + 3 + 3 + 2); /* once a block */
    free(b.bytes);
}

static void a_file_without_packets_is_one(void **state)
{
    const char *pcap = in_folder("empty.pcap"), *ng = in_folder("empty.pcapng");
    struct seen seen;

    (void)state;
    assert_int_equal(capture_file_close(open_file(pcap, CAPTURE_PCAP, NULL), NULL), 0);
    assert_int_equal(look(pcap, NULL, &seen), 0);
    assert_int_equal(seen.shape.link_type, 1);
    assert_int_equal(seen.shape.snaplen, PACKET_BYTES_MAX);
    assert_int_equal(capture_file_close(open_file(ng, CAPTURE_PCAPNG, NULL), NULL), 0);
    assert_int_equal(look(ng, NULL, &seen), 0);
    assert_int_equal(seen.blocks, 1);
    assert_int_equal(look(ng, "no filter", &seen), -EINVAL);
}

static void what_pcap_cannot_hold_is_refused_and_the_rest_goes_on(void **state)
{
    const char *path = in_folder("a.pcap");
    struct capture_file *f = open_file(path, CAPTURE_PCAP, NULL);
    struct seen seen;

    (void)state;
    assert_int_equal(put(f, 1, 113, NULL, NULL, NULL), 0);
    assert_int_equal(put(f, 2, 1, NULL, NULL, NULL), -EINVAL);
    assert_int_equal(put(f, UINT64_MAX, 113, NULL, NULL, NULL), -ERANGE);
    assert_int_equal(put(f, 3, 113, NULL, NULL, NULL), 0);
    assert_int_equal(capture_file_close(f, NULL), 0);
    assert_int_equal(look(path, NULL, &seen), 0);
    assert_int_equal(seen.packets, 2);
}

static void a_filter_is_asked_of_each_link_type_and_numbers_stay(void **state)
{
    const char *path = in_folder("a.pcapng");
    struct seen seen;

    (void)state;
    make_pcapng(path);
    assert_int_equal(look(path, "ip", &seen), 0);
    assert_int_equal(seen.packets, 2);
    assert_int_equal(seen.numbers[1], 2);
    assert_int_equal(look(path, "not ip", &seen), 0);
    assert_int_equal(seen.packets, 1);
    assert_int_equal(seen.numbers[0], 1);
    assert_int_equal(look(path, "tcp prot 80", &seen), -EINVAL);
    assert_int_equal(seen.shapes, 0);
    assert_string_equal(seen.err.input, "tcp prot 80");
}

static void a_reader_may_have_enough(void **state)
{
    const char *pcap = in_folder("a.pcap"), *ng = in_folder("a.pcapng");
    struct capture_bytes b = pcap_of(MAGIC_US, false, 3);

    (void)state;
    save(pcap, b.bytes, b.used - 1);
    make_pcapng(ng);
    for (int i = 0; i < 2; i++) {
        struct seen seen = {.limit = 2};

        assert_int_equal(capture_read(i ? pcap : ng, NULL, &reader, &seen, NULL), 0);
        assert_int_equal(seen.packets, 2);
    }
    free(b.bytes);
}

static void what_is_no_capture_is_refused(void **state)
{
    const char *path = in_folder("a");
    struct seen seen;

    (void)state;
    save(path, "\x1f\x8b\x08\0\0\0\0\0", 8);
    assert_int_equal(look(path, NULL, &seen), -EBADMSG);
    assert_string_equal(seen.err.reason, "it is packed with gzip");
    assert_string_equal(seen.err.hint, "gzip -dc FILE | sockeye capture -r -");
    save(path, "", 0);
    assert_int_equal(look(path, NULL, &seen), -EBADMSG);
    assert_string_equal(seen.err.reason, "it is empty");
    save(path, "#!/bin/sh\n", 10);
    assert_int_equal(look(path, NULL, &seen), -EBADMSG);
    assert_int_equal(look(folder, NULL, &seen), -EISDIR);
    assert_int_equal(look(in_folder("none"), NULL, &seen), -ENOENT);
    assert_int_equal(seen.shapes, 0);
}

static int try_open(const char *path, const struct capture_shape *like, uint64_t rotate_bytes)
{
    const struct capture_file_settings settings = {
        .path = path, .format = CAPTURE_PCAP, .like = like, .rotate_bytes = rotate_bytes};
    struct capture_file *f = NULL;
    struct err err = {0};
    int r = capture_file_open(&settings, &f, &err);

    assert_int_equal(err.code, r);
    return r < 0 ? r : capture_file_close(f, NULL);
}

static void only_what_is_meant_is_written_into(void **state)
{
    const char *real = in_folder("real"), *link = in_folder("link"), *fifo = in_folder("fifo");
    struct seen seen;
    struct capture_bytes b = pcap_of(MAGIC_US, false, 3);

    (void)state;
    save(real, b.bytes, b.used);
    assert_int_equal(symlink(real, link), 0);
    assert_int_equal(try_open(link, NULL, 0), -ELOOP);
    assert_int_equal(try_open(folder, NULL, 0), -EISDIR);
    assert_int_equal(look(real, NULL, &seen), 0);
    assert_int_equal(try_open(real, &seen.shape, 0), -EINVAL);
    assert_int_equal(look(real, NULL, &seen), 0);
    assert_int_equal(seen.packets, 3);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(try_open(fifo, NULL, 0), -ENXIO);
    assert_int_equal(try_open("/dev/null", NULL, 0), 0);
    assert_int_equal(try_open("/dev/null", NULL, 100), -EINVAL);
    assert_int_equal(try_open(in_folder("none/x"), NULL, 0), -ENOENT);
    assert_int_equal(try_open(real, NULL, 0), 0);
    assert_int_equal(look(real, NULL, &seen), 0);
    assert_int_equal(seen.packets, 0);
    free(b.bytes);
}

static void a_descriptor_is_written_to_behind_what_it_has(void **state)
{
    const char *path = in_folder("before");
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    char name[32];
    struct stat st;

    (void)state;
    assert_int_equal(write(fd, "before", 6), 6);
    snprintf(name, sizeof(name), "/dev/fd/%d", fd);
    assert_int_equal(try_open(name, NULL, 0), 0);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, 6 + 24);
    close(fd);
}

static void a_device_that_is_full_is_said_once_it_is_written_to(void **state)
{
    struct capture_file *f = open_file("/dev/full", CAPTURE_PCAP, NULL);
    struct err err = {0};

    (void)state;
    assert_int_equal(put(f, 1, 1, NULL, NULL, NULL), 0);
    assert_int_equal(put(f, 1, 1, NULL, NULL, NULL), 0);
    assert_int_equal(capture_file_flush(f, &err), -ENOSPC);
    assert_non_null(strstr(err.reason, "2 packets"));
    assert_int_equal(put(f, 1, 1, NULL, NULL, NULL), -ENOSPC);
    assert_int_equal(capture_file_close(f, NULL), 0);
    f = open_file("/dev/full", CAPTURE_PCAPNG, NULL);
    assert_int_equal(capture_file_close(f, &err), -ENOSPC);
}

/* As a full disk, but by a limit of the process. */
static void a_file_that_is_full_ends_with_a_whole_packet(void **state)
{
    struct rlimit before, limit;

    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    for (int format = 0; format < 2; format++)
        for (unsigned size = 0; size < 3000; size += 211) {
            const char *path = in_folder("full");
            struct capture_file *f;
            struct seen seen;
            struct err err = {0};
            unsigned n = 0;
            int r;

            limit = (struct rlimit){.rlim_cur = size, .rlim_max = before.rlim_max};
            assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
            f = open_file(path, format ? CAPTURE_PCAP : CAPTURE_PCAPNG, NULL);
            while (put(f, n, 1, "lo", NULL, &err) == 0)
                n++;
            r = put(f, n, 1, "lo", NULL, NULL);
            assert_int_equal(capture_file_close(f, NULL), 0);
            assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
            assert_int_equal(r, -EFBIG);
            assert_int_equal(err.code, -EFBIG);
            assert_true(n > 1000);
            r = look(path, NULL, &seen);
            assert_true(r == 0 || !seen.shapes);
            assert_true(seen.packets <= size / 76 && seen.packets + 4 >= size / 104);
        }
}

static void whoever_flushes_can_read_what_there_is(void **state)
{
    const struct capture_shape shape = {.format = CAPTURE_PCAP, .link_type = 1};
    const char *path = in_folder("a.pcap");
    struct capture_file *f = open_file(path, CAPTURE_PCAP, &shape);
    struct seen seen;

    (void)state;
    assert_int_equal(capture_file_flush(f, NULL), 0);
    assert_int_equal(look(path, NULL, &seen), 0);
    assert_int_equal(put(f, 1, 1, NULL, NULL, NULL), 0);
    assert_int_equal(capture_file_flush(f, NULL), 0);
    assert_int_equal(look(path, NULL, &seen), 0);
    assert_int_equal(seen.packets, 1);
    assert_int_equal(capture_file_close(f, NULL), 0);
    assert_int_equal(look(path, NULL, &seen), 0);
    assert_int_equal(seen.packets, 1);
}

static void a_saved_file_appears_when_it_is_whole(void **state)
{
    const char *path = in_folder("saved.pcap");
    const struct capture_file_settings settings = {
        .path = path, .format = CAPTURE_PCAP, .at_the_end = true};
    struct capture_file *f = NULL;
    struct seen seen;

    (void)state;
    assert_int_equal(capture_file_open(&settings, &f, NULL), 0);
    assert_int_equal(put(f, 1, 1, NULL, NULL, NULL), 0);
    assert_int_equal(capture_file_flush(f, NULL), 0);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(capture_file_close(f, NULL), 0);
    assert_int_equal(look(path, NULL, &seen), 0);
    assert_int_equal(seen.packets, 1);
}

static void a_file_that_was_deleted_meanwhile_is_told(void **state)
{
    const char *path = in_folder("deleted.pcap"), *other = in_folder("moved.pcap");
    struct err err = {0};
    struct capture_file *f = open_file(path, CAPTURE_PCAP, NULL);
    struct seen seen;

    (void)state;
    assert_int_equal(put(f, 1, 1, NULL, NULL, NULL), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(capture_file_close(f, &err), -ENOENT);
    assert_string_equal(err.input, path);
    assert_non_null(strstr(err.reason, "deleted or replaced"));
    /* Another took its name. */
    f = open_file(path, CAPTURE_PCAP, NULL);
    assert_int_equal(put(f, 1, 1, NULL, NULL, NULL), 0);
    assert_int_equal(capture_file_close(open_file(other, CAPTURE_PCAP, NULL), NULL), 0);
    assert_int_equal(rename(other, path), 0);
    assert_int_equal(capture_file_close(f, NULL), -ENOENT);
    /* What was moved away is there. */
    f = open_file(path, CAPTURE_PCAP, NULL);
    assert_int_equal(put(f, 1, 1, NULL, NULL, NULL), 0);
    assert_int_equal(rename(path, other), 0);
    assert_int_equal(capture_file_close(f, NULL), 0);
    assert_int_equal(look(other, NULL, &seen), 0);
    assert_int_equal(seen.packets, 1);
}

static void a_file_that_was_cut_meanwhile_is_told(void **state)
{
    const char *path = in_folder("cut-meanwhile.pcap");
    struct err err = {0};
    struct capture_file *f = open_file(path, CAPTURE_PCAP, NULL);
    struct stat st;

    (void)state;
    assert_int_equal(put(f, 1, 1, NULL, NULL, NULL), 0);
    assert_int_equal(capture_file_flush(f, &err), 0);
    assert_int_equal(truncate(path, 24), 0);
    assert_int_equal(put(f, 2, 1, NULL, NULL, NULL), 0);
    assert_int_equal(capture_file_flush(f, &err), -ENODATA);
    assert_non_null(strstr(err.reason, "cut to 24 of "));
    assert_int_equal(capture_file_close(f, &err), 0); /* it is said but once */
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 24);
}

static void write_rotating(const char *path, enum capture_format format, unsigned files,
                           unsigned packets)
{
    const struct capture_file_settings settings = {
        .path = path, .format = format, .rotate_bytes = 300, .rotate_files = files};
    struct capture_file *f = NULL;

    assert_int_equal(capture_file_open(&settings, &f, NULL), 0);
    for (unsigned i = 0; i < packets; i++)
        assert_int_equal(put(f, i, 1, "lo", NULL, NULL), 0);
    assert_int_equal(capture_file_close(f, NULL), 0);
}

/* Four packets of 76 bytes behind a head of 24 are more than 300. */
static void files_follow_each_other_without_a_count(void **state)
{
    struct seen seen;

    (void)state;
    write_rotating(in_folder("turn"), CAPTURE_PCAP, 0, 9);
    assert_int_equal(look(in_folder("turn"), NULL, &seen), 0);
    assert_int_equal(seen.packets, 4);
    assert_int_equal(look(in_folder("turn1"), NULL, &seen), 0);
    assert_int_equal(seen.packets, 4);
    assert_int_equal(seen.records[0].wall_ns, 4);
    assert_int_equal(look(in_folder("turn2"), NULL, &seen), 0);
    assert_int_equal(seen.packets, 1);
    assert_int_equal(access(in_folder("turn3"), F_OK), -1);
}

static void with_a_count_the_oldest_is_replaced(void **state)
{
    struct seen seen;

    (void)state;
    write_rotating(in_folder("ring"), CAPTURE_PCAP, 11, 4 * 11 + 1);
    assert_int_equal(look(in_folder("ring00"), NULL, &seen), 0);
    assert_int_equal(seen.packets, 1);
    assert_int_equal(seen.records[0].wall_ns, 44);
    assert_int_equal(look(in_folder("ring10"), NULL, &seen), 0);
    assert_int_equal(seen.packets, 4);
    assert_int_equal(access(in_folder("ring11"), F_OK), -1);
    write_rotating(in_folder("one"), CAPTURE_PCAP, 1, 5);
    assert_int_equal(look(in_folder("one"), NULL, &seen), 0);
    assert_int_equal(seen.packets, 1);
}

static void each_pcapng_of_a_rotation_is_whole(void **state)
{
    struct seen seen;
    unsigned packets = 0, files = 0;
    char name[16] = "ng";

    (void)state;
    write_rotating(in_folder("ng"), CAPTURE_PCAPNG, 0, 9);
    while (look(in_folder(name), NULL, &seen) == 0) {
        assert_int_equal(seen.records[0].wall_ns, packets);
        assert_string_equal(seen.interfaces[0], "lo");
        packets += seen.packets;
        snprintf(name, sizeof(name), "ng%u", ++files);
    }
    assert_int_equal(seen.err.code, -ENOENT);
    assert_int_equal(packets, 9);
    assert_true(files > 3);
}

static int make_folder(void **state)
{
    const char *above = getenv("TMPDIR");

    (void)state;
    snprintf(folder, sizeof(folder), "%.80s/capture.XXXXXX", above ? above : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[PATH_BYTES + 16];

    (void)state;
    snprintf(command, sizeof(command), "rm -r '%s'", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pcap_of_every_kind_is_written_as_it_was_read),
        cmocka_unit_test(pcap_says_times_and_lengths),
        cmocka_unit_test(pcap_has_no_negative_times),
        cmocka_unit_test(a_cut_pcap_gives_what_it_has_and_says_where_it_ends),
        cmocka_unit_test(a_damaged_length_is_said),
        cmocka_unit_test(pcapng_says_all_that_was_written),
        cmocka_unit_test(our_pcapng_is_written_as_it_was_read),
        cmocka_unit_test(what_snaplen_is_of_a_pcapng_goes_into_a_pcap),
        cmocka_unit_test(a_cut_pcapng_gives_what_it_has),
        cmocka_unit_test(a_file_without_packets_is_one),
        cmocka_unit_test(what_pcap_cannot_hold_is_refused_and_the_rest_goes_on),
        cmocka_unit_test(a_filter_is_asked_of_each_link_type_and_numbers_stay),
        cmocka_unit_test(a_reader_may_have_enough),
        cmocka_unit_test(what_is_no_capture_is_refused),
        cmocka_unit_test(only_what_is_meant_is_written_into),
        cmocka_unit_test(a_descriptor_is_written_to_behind_what_it_has),
        cmocka_unit_test(a_device_that_is_full_is_said_once_it_is_written_to),
        cmocka_unit_test(a_file_that_is_full_ends_with_a_whole_packet),
        cmocka_unit_test(whoever_flushes_can_read_what_there_is),
        cmocka_unit_test(files_follow_each_other_without_a_count),
        cmocka_unit_test(with_a_count_the_oldest_is_replaced),
        cmocka_unit_test(each_pcapng_of_a_rotation_is_whole),
        cmocka_unit_test(a_saved_file_appears_when_it_is_whole),
        cmocka_unit_test(a_file_that_was_deleted_meanwhile_is_told),
        cmocka_unit_test(a_file_that_was_cut_meanwhile_is_told),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
