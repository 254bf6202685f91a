/* probes/capture_read.h - the parts of reading a capture file. */
#ifndef SOCKEYE_PROBES_CAPTURE_READ_H
#define SOCKEYE_PROBES_CAPTURE_READ_H

#include "core/model/probing.h"
#include "probes/capture_match.h"
#include "probes/capture_source.h"

struct capture_reading {
    struct capture_source source;
    struct capture_match match;
    const struct capture_reader *to;
    void *ctx;
    struct capture_shape shape; /* device and inode are known from the start */
    uint64_t number;            /* of the next packet */
    bool enough;                /* the taker wants no more */
};

/* One format each; the first bytes are in the source.  Return 0 or negative errno with err. */
int capture_read_pcap(struct capture_reading *r, struct err *err);
int capture_read_pcapng(struct capture_reading *r, struct err *err);

void capture_reading_shape(struct capture_reading *r);

/* Hand a packet over, where the filter lets it through; its link type was added. */
void capture_reading_packet(struct capture_reading *r, struct packet_facts *facts);

/* The file goes wrong at a byte: -EBADMSG, or the errno of the read that failed. */
int capture_reading_bad(struct capture_reading *r, struct err *err, const char *what,
                        uint64_t offset, const char *why, ...)
    __attribute__((format(printf, 5, 6)));

/* What an open descriptor gives.  path is for errors alone. */
int capture_read_fd(int fd, const char *path, const char *filter,
                    const struct capture_reader *to, void *ctx, struct err *err);

#endif
