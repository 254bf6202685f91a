/* probes/capture_file.h - the parts of writing a capture file.  Internal to it. */
#ifndef SOCKEYE_PROBES_CAPTURE_FILE_H
#define SOCKEYE_PROBES_CAPTURE_FILE_H

#include "core/model/probing.h"
#include "core/wire/pcapng.h"
#include "probes/capture_out.h"

struct capture_file {
    struct capture_file_settings settings; /* its texts and shape are copies */
    struct capture_shape like;
    char *path;    /* of the file being written: in a rotation not the one that was asked for */
    unsigned turn; /* which file of the rotation */
    bool headed;   /* the file has its beginning */
    struct capture_out out;

    /* pcap */
    bool microseconds, modified;
    uint16_t link_type;

    /* pcapng */
    struct pcapng section;       /* the section that is being written, as a reader sees it */
    struct capture_bytes begins; /* it and its interfaces, for the next file of a rotation */
    struct capture_status *meter;
    uint64_t last_ns; /* the time of the last packet */
};

static inline const struct capture_shape *capture_file_like(const struct capture_file *f)
{
    return f->settings.like;
}

/* What a packet may be long, for the head of a file. */
uint32_t capture_file_snaplen(const struct capture_file *f);

/* Each appends to out.waiting and marks it.  Return 0 or negative errno with err. */
int capture_file_head_pcap(struct capture_file *f, uint16_t link_type, struct err *err);
int capture_file_put_pcap(struct capture_file *f, const struct packet_facts *p,
                          struct err *err);

int capture_file_head_pcapng(struct capture_file *f, struct err *err);
int capture_file_put_pcapng(struct capture_file *f, const struct packet_facts *p,
                            struct err *err);
int capture_file_put_block(struct capture_file *f, const uint8_t *bytes, size_t len,
                           struct err *err);
int capture_file_put_meter(struct capture_file *f, struct err *err);

#endif
