/* ui/cli/capture.c - `sockeye capture`: packets, decoded, with a hex dump, until a signal or a
 * count; or from a file. */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/report/packets.h"
#include "core/wire/hexdump.h"
#include "ui/cli/cli.h"

#define HEX_WIDTH 16
#define FLUSH_BYTES (32U << 10)
/* Longer than a block of the kernel's capture ring waits for more packets. */
#define LAST_BLOCK_NS (60 * CLOCK_MS_NS)

struct printer {
    const struct subcommand *self;
    bool json, no_hex;
    uint64_t limit; /* packets to take; UINT64_MAX: no end */
    uint64_t taken;
    bool broken;   /* stdout or the file takes no more */
    int put_error; /* of stdout; 0: none */
    char *text;    /* output that is not written yet */
    size_t used, room;
    int signals; /* a signalfd, or -1 */
    const struct probes *probes;
    const char *write_path;    /* -w: packets go there, nothing is printed; NULL: printed */
    struct capture_file *file; /* NULL until the link type is known */
    struct err err;            /* of writing; code 0: none */
    struct capture_shape like; /* of the file that is read */
    bool reading;
    struct dissection dissection;
};

static void flush(struct printer *p)
{
    int r = cli_put(p->signals, p->text, p->used);

    p->used = 0;
    if (r < 0) {
        p->put_error = r;
        p->broken = true;
    }
}

/* A line of output.  Lines are written together: one write(2) each would cost more than the
 * decoding. */
static void add_line(struct printer *p, const char *line)
{
    size_t len = strlen(line);

    if (p->used + len + 1 > p->room) {
        p->room = 2 * (p->used + len + 1);
        p->text = mem_resize(p->text, p->room, 1);
    }
    memcpy(p->text + p->used, line, len);
    p->used += len;
    p->text[p->used++] = '\n';
}

static void add_hex(struct printer *p, const uint8_t *bytes, size_t captured)
{
    struct hexdump h = {.len = captured, .width = HEX_WIDTH, .brk = p->dissection.payload_at};
    char line[HEXDUMP_LINE_BYTES + 8] = "    ";

    for (size_t row = 0; row < hexdump_rows(&h); row++) {
        hexdump_line(&h, bytes, row, line + 4);
        add_line(p, line);
    }
}

static void add_json(struct printer *p, const struct packet_facts *report)
{
    cJSON *object = packet_json(report);
    char *text = cJSON_PrintUnformatted(object);

    if (text)
        add_line(p, text);
    cJSON_free(text);
    cJSON_Delete(object);
}

static void print_packet(struct printer *p, const struct packet_facts *report)
{
    char line[PACKET_LINE_BYTES];

    decode(report->bytes, report->captured, report->packet->length, report->packet->link_type,
           p->json ? DECODE_INFO | DECODE_FIELDS : DECODE_INFO, &p->dissection);
    if (p->json) {
        add_json(p, report);
    } else {
        packet_line(report, line);
        add_line(p, line);
        if (!p->no_hex)
            add_hex(p, report->bytes, report->captured);
    }
    if (p->used > FLUSH_BYTES)
        flush(p);
}

static enum capture_format capture_format_of(const char *path)
{
    const char *ending = path ? strrchr(path, '.') : NULL;

    return ending && (strcmp(ending, ".pcapng") == 0 || strcmp(ending, ".ntar") == 0)
               ? CAPTURE_PCAPNG
               : CAPTURE_PCAP;
}

static void open_file(struct printer *p)
{
    struct capture_file_settings settings = {.path = p->write_path,
                                             .format = capture_format_of(p->write_path),
                                             .like = p->reading ? &p->like : NULL};

    if (p->write_path && !p->file && !p->broken)
        p->broken = p->probes->capture_file_open(&settings, &p->file, &p->err) < 0;
}

/* True while more may come. */
static bool take_packet(struct printer *p, const struct packet_facts *facts)
{
    if (!p->write_path) {
        struct packet_facts decoded = *facts;

        decoded.dissection = &p->dissection;
        print_packet(p, &decoded);
    } else {
        open_file(p);
        if (p->file)
            p->broken = p->probes->capture_file_put(p->file, facts, &p->err) < 0;
    }
    return ++p->taken < p->limit && !p->broken;
}

/* Close the file; the status of the whole. */
static int finish(struct printer *p, int status)
{
    struct err err = {0};
    int r;

    if (!p->broken)
        flush(p);
    free(p->text);
    r = p->file ? p->probes->capture_file_close(p->file, &err) : 0;

    if (p->err.code)
        return cli_fail(p->self, EXIT_FAILED, &p->err);
    if (p->put_error < 0)
        return cli_put_status(p->self, p->put_error);
    return r < 0 ? cli_fail(p->self, EXIT_FAILED, &err) : status;
}

/* ---- from a file ---------------------------------------------------------------------- */

static void file_shape(void *ctx, const struct capture_shape *shape)
{
    struct printer *p = ctx;

    p->like = *shape;
    p->reading = true;
    open_file(p);
}

static void file_block(void *ctx, const struct capture_block *block)
{
    struct printer *p = ctx;

    if (p->file && !p->broken)
        p->broken = p->probes->capture_file_block(p->file, block, &p->err) < 0;
}

static bool file_packet(void *ctx, const struct packet_facts *facts)
{
    return take_packet(ctx, facts);
}

static int read_file(struct printer *p, const struct probes *probes, const char *path,
                     const char *filter)
{
    const struct capture_reader to = {
        .shape = file_shape, .block = file_block, .packet = file_packet};
    struct err err = {0};
    int r = probes->capture_read(path, filter, &to, p, &err);

    return r < 0 ? cli_fail(p->self, cli_status_of(r), &err) : EXIT_DONE;
}

/* ---- live ----------------------------------------------------------------------------- */

struct live {
    struct printer *printer;
    struct ring *store;
    struct capture_status *status; /* the newest; NULL before the first */
    uint64_t next, lost;
    _Atomic uint64_t reader; /* next, for the capture: it waits for us */
    uint64_t worst_delay_ns;
    uint8_t *bytes;
};

static const char *interface_name(const struct live *l, uint16_t number)
{
    return l->status && number < l->status->n_interfaces ? l->status->interfaces[number].name
                                                         : NULL;
}

/* True while more may come. */
static bool take_new(struct live *l)
{
    uint64_t head =
        ring_head(l->store); /* what comes meanwhile waits: signals have their turn */
    struct packet packet;
    size_t captured;

    while (l->next < head) {
        uint64_t number = l->next++;

        atomic_store_explicit(&l->reader, number, memory_order_release);
        if (!ring_get(l->store, number, &packet, l->bytes, PACKET_BYTES_MAX, &captured)) {
            uint64_t tail = ring_tail(l->store);

            l->lost += tail - number;
            l->next = tail;
            continue;
        }
        if (captured > PACKET_BYTES_MAX)
            captured = PACKET_BYTES_MAX;
        if (!take_packet(l->printer, &(struct packet_facts){
                                         .number = number,
                                         .packet = &packet,
                                         .bytes = l->bytes,
                                         .captured = captured,
                                         .interface = interface_name(l, packet.interface)}))
            return false;
    }
    atomic_store_explicit(&l->reader, l->next, memory_order_release);
    return true;
}

/* 0, or the status to end with because an interface failed, which is said. */
static int failed(const struct live *l)
{
    for (size_t i = 0; l->status && i < l->status->n_interfaces; i++) {
        const struct capture_interface *interface = &l->status->interfaces[i];

        if (interface->state == CAPTURE_FAILED)
            return cli_fail(l->printer->self, cli_status_of(interface->err.code),
                            &interface->err);
    }
    return EXIT_DONE;
}

static void say_totals(const struct live *l)
{
    uint64_t dropped = 0;

    for (size_t i = 0; l->status && i < l->status->n_interfaces; i++)
        dropped += l->status->interfaces[i].dropped;
    fprintf(stderr,
            "%llu packets %s, %llu dropped by the kernel, %llu overwritten before "
            "they were read, at most %llu ms late\n",
            (unsigned long long)l->printer->taken,
            l->printer->write_path ? "written" : "printed", (unsigned long long)dropped,
            (unsigned long long)l->lost, (unsigned long long)(l->worst_delay_ns / CLOCK_MS_NS));
}

static void say_running(const struct live *l, bool *said)
{
    const struct capture_interface *interface = l->status ? &l->status->interfaces[0] : NULL;

    if (*said || !interface || interface->state != CAPTURE_RUNNING)
        return;
    *said = true;
    open_file(l->printer);
    fprintf(stderr, "capturing on %s\n", interface->name);
}

static void take_meter(struct live *l, struct mailbox *meter)
{
    struct capture_status *status = mailbox_take(meter);

    if (!status)
        return;
    free(l->status);
    l->status = status;
    for (size_t i = 0; i < status->n_interfaces; i++)
        if (status->interfaces[i].delay_ns > l->worst_delay_ns)
            l->worst_delay_ns = status->interfaces[i].delay_ns;
}

/* Until a signal, the count or an error.  After a signal the packets that the kernel still holds
 * are waited for: it hands them over in blocks. */
static int follow(struct live *l, struct mailbox *meter, struct bell *news)
{
    struct pollfd fds[] = {{.fd = news->fd, .events = POLLIN},
                           {.fd = mailbox_fd(meter), .events = POLLIN},
                           {.fd = l->printer->signals, .events = POLLIN}};
    uint64_t end_ns = 0;
    bool said = false;

    for (;;) {
        bool ending = end_ns != 0, more;
        int status;

        if (poll(fds, ending ? 2 : 3, ending ? 1 : -1) < 0)
            continue;
        bell_arm(news);
        take_meter(l, meter);
        status = failed(l);
        if (status)
            return status;
        say_running(l, &said);
        more = take_new(l);
        flush(l->printer);
        if (!more || l->printer->broken || (ending && clock_now_ns() > end_ns))
            return EXIT_DONE;
        if (!ending && fds[2].revents)
            end_ns = clock_now_ns() + LAST_BLOCK_NS;
    }
}

static int capture_live(struct printer *p, const struct probes *probes, const char *interface,
                        const char *filter)
{
    struct live l = {
        .printer = p, .store = packet_queue_new(), .bytes = mem_new(PACKET_BYTES_MAX, 1)};
    struct capture_settings settings = {.filter = filter, .reader = &l.reader};
    struct bell news;
    struct capture *capture;
    int status;

    p->signals = cli_signals();
    bell_init(&news);
    capture = probes->capture_start(&settings, l.store, &news);
    probes->capture_add(capture, interface);
    status = follow(&l, probes->capture_meter(capture), &news);
    if (status == EXIT_DONE)
        say_totals(&l);
    probes->capture_stop(capture);
    bell_done(&news);
    ring_free(l.store);
    free(l.status);
    free(l.bytes);
    close(p->signals);
    return status;
}

static int capture_run(const struct subcommand *self, const struct probes *probes, int argc,
                       char **argv)
{
    static struct printer p;
    const char *interface = "lo", *path = NULL, *count = NULL;
    const struct cli_option options[] = {
        {"--json", &p.json, NULL}, {"--no-hex", &p.no_hex, NULL}, {"-i", NULL, &interface},
        {"-r", NULL, &path},       {"-w", NULL, &p.write_path},   {"-c", NULL, &count},
        {NULL, NULL, NULL}};
    char filter[4096];
    size_t used = 0;
    int status = 0;
    int n = cli_options(self, options, argc, argv, &status);

    p.self = self;
    p.probes = probes;
    p.signals = -1;
    p.limit = UINT64_MAX;
    if (n < 0)
        return status;
    if (count) {
        char *end;

        errno = 0;
        p.limit = strtoull(count, &end, 10);
        if (errno || *end || count[0] < '1' || count[0] > '9')
            return cli_usage_error(self, count, "is no number of packets");
    }
    filter[0] = '\0';
    for (int i = 1; i <= n && used < sizeof(filter); i++)
        used += (size_t)snprintf(filter + used, sizeof(filter) - used, "%s%s", i > 1 ? " " : "",
                                 argv[i]);
    if (used >= sizeof(filter))
        return cli_usage_error(self, argv[1], "begins a filter that is too long");
    return finish(&p, path ? read_file(&p, probes, path, filter)
                           : capture_live(&p, probes, interface, filter));
}

const struct subcommand capture_subcommand = {
    .name = "capture",
    .arguments = "[-i INTERFACE] [-r FILE] [-w FILE] [-c COUNT] [--no-hex] [--json] [FILTER]",
    .summary = "Packets, decoded, with a hex dump.",
    .help = "  -i INTERFACE  where to capture, default lo\n"
            "  -r FILE       read a pcap or pcapng file instead\n"
            "  -w FILE       write a pcap file (nanoseconds) instead of printing\n"
            "  -c COUNT      end after so many packets\n"
            "  --no-hex      one line a packet\n"
            "  --json        one object a line\n"
            "\nFILTER is pcap-filter(7): tcp port 65432\n"
            "Capturing needs CAP_NET_RAW; what grants it is said when it is missing.\n",
    .run = capture_run,
};
