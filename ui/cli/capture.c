/* ui/cli/capture.c - `sockeye capture`: packets from interfaces or a file, to a file, to stdout,
 * or told of as a whole at the end. */
#include "ui/cli/capture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/clock.h"

#define FLUSH_BYTES (64U << 10)

bool capture_signalled(struct capture_run *r)
{
    struct signalfd_siginfo ignored;

    /* Taken: what is written afterwards looks for the next. */
    if (!r->signal_ns && r->signals >= 0 && read(r->signals, &ignored, sizeof(ignored)) > 0)
        r->signal_ns = clock_now_ns();
    return r->signal_ns != 0;
}

static uint64_t put_until_ns(const struct capture_run *r)
{
    return r->signal_ns ? r->signal_ns + CAPTURE_END_NS : 0;
}

void capture_flush(struct capture_run *r)
{
    size_t done = 0;
    int result = cli_put_until(r->signals, put_until_ns(r), r->out.text, r->out.used, &done);

    if (result == -EINTR && !r->signal_ns && capture_signalled(r))
        result = cli_put_until(r->signals, put_until_ns(r), r->out.text, r->out.used, &done);
    r->out.used = 0;
    if (result < 0) {
        /* Nobody reads it, and it was to end. */
        r->put_error = result == -ETIMEDOUT ? -EINTR : result;
        r->ended = true;
    }
}

/* ---- the file ----------------------------------------------------------------------------- */

void capture_file_failed(struct capture_run *r)
{
    struct err ignored = {0};

    (void)cli_fail(r->self, EXIT_FAILED, &r->file_err);
    r->probes->capture_file_close(r->file, &ignored);
    r->file = NULL;
    /* Whoever captures for more than the file goes on; a file that is read can be read again. */
    r->ended = r->ended || r->o->read_path != NULL;
}

/* What comes through a pipe may go on for days; a file is soon read. */
static bool reads_file(const struct capture_options *o)
{
    struct stat st;

    return o->read_path && stat(o->read_path, &st) == 0 && S_ISREG(st.st_mode);
}

void capture_open_file(struct capture_run *r, const struct capture_shape *like)
{
    const struct capture_options *o = r->o;
    const struct capture_file_settings settings = {.path = o->write_path,
                                                   .format = o->format,
                                                   .like = like,
                                                   .filter = o->filter,
                                                   .rotate_bytes = o->rotate_bytes,
                                                   .rotate_files = o->rotate_files,
                                                   .at_the_end = reads_file(o)};

    if (!o->write_path || r->file || r->file_err.code)
        return;
    if (r->probes->capture_file_open(&settings, &r->file, &r->file_err) < 0) {
        (void)cli_fail(r->self, EXIT_FAILED, &r->file_err);
        r->ended = true;
    }
}

static void write_packet(struct capture_run *r, const struct packet_facts *facts)
{
    if (r->file && r->probes->capture_file_put(r->file, facts, &r->file_err) < 0)
        capture_file_failed(r);
}

/* ---- one packet --------------------------------------------------------------------------- */

/* Only so much of it as -s says; files have been captured with more. */
static bool cut(const struct capture_run *r, const struct packet_facts *facts,
                struct packet *ret_packet)
{
    if (!r->o->snaplen || facts->captured <= r->o->snaplen)
        return false;
    *ret_packet = *facts->packet;
    ret_packet->captured = r->o->snaplen;
    return true;
}

/* The part that completes a datagram stands for all of it. */
static void decode_packet(struct capture_run *r, struct packet_facts *facts)
{
    struct datagram datagram;

    decode(facts->bytes, facts->captured, facts->packet->length, facts->packet->link_type,
           r->decode, &r->dissection);
    facts->dissection = &r->dissection;
    if (!r->dissection.has_fragment ||
        !fragments_add(r->fragments, facts->number, facts->packet->wall_ns, facts->bytes,
                       &r->dissection, &datagram))
        return;
    decode_datagram(&datagram, r->decode, &r->datagram);
    facts->dissection = &r->datagram;
    facts->bytes = datagram.bytes;
    facts->captured = datagram.captured;
}

/* False: the display filter hides it. */
static bool take_decoded(struct capture_run *r, const struct packet_facts *facts)
{
    struct packet_facts decoded = *facts, own = *facts;
    struct packet_note note;

    decode_packet(r, &decoded);
    own.dissection = &r->dissection;
    conversations_add(r->conversations, decoded.number, decoded.packet, decoded.dissection,
                      &note);
    decoded.note = &note;
    if (!packet_filter_match(r->o->display, &decoded))
        return false;
    if (r->whole)
        capture_whole_add(r->whole, &decoded);
    if (r->o->print)
        capture_print(r, &own, &decoded);
    return true;
}

bool capture_take(struct capture_run *r, const struct packet_facts *facts)
{
    struct packet_facts own = *facts;
    struct packet packet;

    if (cut(r, facts, &packet)) {
        own.packet = &packet;
        own.captured = packet.captured;
    }
    if (r->needs_decode && !take_decoded(r, &own))
        return true;
    write_packet(r, &own);
    if (r->out.used > FLUSH_BYTES || (r->flush_each && r->out.used))
        capture_flush(r);
    r->ended = r->ended || ++r->taken >= r->o->count;
    return !r->ended;
}

/* ---- all of it ---------------------------------------------------------------------------- */

static unsigned what_to_decode(const struct capture_options *o)
{
    bool inside = (o->hex == 1 || o->both == 1 || o->ascii == 1) && !o->link;
    unsigned what = DECODE_FLOW;

    if (o->ladder || (o->print && (o->json || !o->quick)))
        what |= DECODE_INFO;
    if (o->print && (o->fields || o->link || inside))
        what |= DECODE_FIELDS;
    return what;
}

void capture_begin(struct capture_run *r)
{
    const struct capture_options *o = r->o;
    bool whole = o->findings || o->ladder || o->stream;

    r->needs_decode = o->print || o->display || whole;
    r->decode = what_to_decode(o);
    r->lines = (struct packet_lines){.time = o->time,
                                     .number = o->numbers,
                                     .link = o->link,
                                     .quick = o->quick,
                                     .same_place = o->read_path != NULL};
    if (r->needs_decode) {
        r->conversations = conversations_new(CONVERSATIONS_USUAL);
        r->fragments = fragments_new(FRAGMENTS_DATAGRAMS_USUAL, FRAGMENTS_BYTES_USUAL);
    }
    r->whole = whole ? capture_whole_new(o) : NULL;
}

/* Say the rest and close the file; the status of the whole. */
static int finish(struct capture_run *r, int status)
{
    struct err err = {0};

    if (r->whole && r->put_error == 0 && r->begun && status != EXIT_USAGE &&
        !capture_whole_tell(r->whole, r))
        status = EXIT_FAILED;
    if (r->put_error == 0)
        capture_flush(r);
    if (r->file && r->probes->capture_file_close(r->file, &err) < 0)
        status = cli_fail(r->self, EXIT_FAILED, &err);
    if (r->file_err.code)
        status = EXIT_FAILED;
    if (r->put_error < 0 && cli_put_status(r->self, r->put_error) != EXIT_DONE)
        status = EXIT_FAILED;
    capture_whole_free(r->whole);
    conversations_free(r->conversations);
    fragments_free(r->fragments);
    packet_out_done(&r->out);
    if (r->signals >= 0)
        close(r->signals);
    return status;
}

static int capture_run(const struct subcommand *self, const struct probes *probes, int argc,
                       char **argv)
{
    static struct capture_options o;
    static struct capture_run r;
    int status = EXIT_DONE;

    if (!capture_options_read(self, argc, argv, &o, &status))
        return status;
    r = (struct capture_run){.self = self, .probes = probes, .o = &o, .signals = -1};
    capture_begin(&r);
    status = finish(&r, o.read_path ? capture_read_file(&r) : capture_live(&r));
    packet_filter_free(o.display);
    return status;
}

const struct subcommand capture_subcommand = {
    .name = "capture",
    .arguments = "[OPTIONS] [-i INTERFACE]... [-r FILE] [-w FILE] [FILTER]",
    .summary = "Packets, decoded, with a hex dump; letters mean what they mean in tcpdump.",
    .help =
        "  -i INTERFACE  where to capture, default lo; any, or several of them\n"
        "  -r FILE       read a pcap or pcapng file instead; -: stdin\n"
        "  -w FILE       write a pcap file, or pcapng if FILE ends so; -: stdout\n"
        "  -c COUNT      end after so many packets\n"
        "  -s BYTES      so much of each packet; 0, the default: all of it\n"
        "  -C SIZE       go on in a next file after so many millions of bytes\n"
        "  -W COUNT      keep so many files\n"
        "  -Y, --display FILTER  of these the packets that match: port 80 and flags syn\n"
        "  --format pcap|pcapng  of the file that is written\n"
        "  --promiscuous  also what is meant for others\n"
        "\n"
        "  -n            a line a packet; addresses and ports are numbers, as always\n"
        "  -t, -tt, -ttt, -tttt, -ttttt  no time, since 1970, since the line before,\n"
        "                with the date, since the first line\n"
        "  -e            and the link layer's header\n"
        "  -q            and less of the rest\n"
        "  -v, --fields  and every field\n"
        "  -#            and the packet's number\n"
        "  -x, -X, -A    and its bytes: in hex, with characters, as text; doubled with the\n"
        "                link layer's\n"
        "  --no-hex      no bytes: without any of these letters they follow each line\n"
        "  --json        one object a line\n"
        "  --print       show packets although they are written or told of as a whole\n"
        "\n"
        "  --findings    what went wrong in each conversation, worst first\n"
        "  --stream [N]  the bytes of the conversations, or of one, put back in order\n"
        "  --ladder      a column for each end, an arrow for each packet\n"
        "  --as FORM     of a stream: text, hex, raw, json, messages; of a ladder: text,\n"
        "                json, html\n"
        "\nFILTER is pcap-filter(7): tcp port 65432\n"
        "Capturing needs CAP_NET_RAW; what grants it is said when it is missing.\n",
    .run = capture_run,
};
