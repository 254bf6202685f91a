/* ui/cli/capture.h - what the files of `sockeye capture` share; nobody else includes it.
 *
 * Packets come from capture_file.c or capture_live.c, one by one to capture_take(); from there
 * they go to a file, to stdout, and to what is told of all of them at the end. */
#ifndef SOCKEYE_CLI_CAPTURE_H
#define SOCKEYE_CLI_CAPTURE_H

#include <signal.h>

#include "core/base/clock.h"
#include "core/report/packets.h"
#include "core/wire/fragments.h"
#include "core/wire/packet_filter.h"
#include "ui/cli/cli.h"

/* After a signal what is on its way already is waited for no longer than this. */
#define CAPTURE_END_NS CLOCK_SECOND_NS

struct capture_options {
    const char *interfaces[CAPTURE_INTERFACES];
    size_t n_interfaces;
    const char *read_path, *write_path; /* NULL: none */
    char filter[4096];                  /* pcap-filter; "": everything */
    struct packet_filter *display;      /* NULL: everything */
    uint64_t count;                     /* UINT64_MAX: no end */
    uint32_t snaplen;                   /* 0: whole packets */
    bool promiscuous;
    enum capture_format format;
    uint64_t rotate_bytes;
    unsigned rotate_files;
    bool print; /* packets go to stdout */
    bool json, fields, rows, link, quick, numbers;
    unsigned hex, both, ascii; /* how often -x, -X, -A were given */
    enum packet_time time;
    bool findings, ladder, stream, has_stream;
    uint32_t stream_number;
    const char *form; /* of the ladder or the stream; NULL: the usual one */
};

/* False: end with *ret_status. */
bool capture_options_read(const struct subcommand *self, int argc, char **argv,
                          struct capture_options *ret, int *ret_status);

struct capture_whole;

struct capture_run {
    const struct subcommand *self;
    const struct probes *probes;
    const struct capture_options *o;
    unsigned decode; /* DECODE_ bits that are needed; with needs_decode */
    bool needs_decode, needs_notes;
    uint64_t taken;        /* packets that passed all filters */
    uint64_t incomplete;   /* datagrams whose other parts did not come */
    bool begun;            /* there is something that packets come from */
    bool ended;            /* nothing more is taken */
    int put_error;         /* of stdout; 0: none */
    int signals;           /* a signalfd, or -1 */
    uint64_t signal_ns;    /* when one came that ends it; 0: none did */
    struct packet_out out; /* for stdout, not written yet */
    struct packet_lines lines;
    struct conversations *conversations; /* NULL: not needed */
    struct capture_whole *whole;         /* NULL: not needed */
    struct capture_file *file;           /* NULL: none, or no more */
    struct err file_err;                 /* why there is no more; code 0: there is */
    struct fragments *fragments;         /* likewise */
    bool flush_each; /* packets come from where nobody knows when the next does */
    struct dissection dissection, datagram;
};

void capture_begin(struct capture_run *r);
/* The next packet; true while more may come. */
bool capture_take(struct capture_run *r, const struct packet_facts *facts);
/* Whether a signal came that ends it.  What is there is still taken and written, as long as that
 * does not last. */
bool capture_signalled(struct capture_run *r);
/* Write what waits for stdout. */
void capture_flush(struct capture_run *r);
/* What stdout shows of one packet.  decoded: the same, or the datagram that it completes. */
void capture_print(struct capture_run *r, const struct packet_facts *facts,
                   const struct packet_facts *decoded);
/* Open the file of -w, if there is one; like: what the packets come from, or will be. */
void capture_open_file(struct capture_run *r, const struct capture_shape *like);
/* The file takes no more: say so. */
void capture_file_failed(struct capture_run *r);

/* The sources; both return an exit status, and have said what went wrong. */
int capture_read_file(struct capture_run *r);
int capture_live(struct capture_run *r);

/* What is told at the end: findings, streams, the ladder.  NULL: nothing was asked for. */
struct capture_whole *capture_whole_new(const struct capture_options *o);
void capture_whole_add(struct capture_whole *w, const struct packet_facts *facts);
/* False: the conversation that was asked for is not there. */
bool capture_whole_tell(struct capture_whole *w, struct capture_run *r);
void capture_whole_free(struct capture_whole *w); /* NULL is a no-op */

#endif
