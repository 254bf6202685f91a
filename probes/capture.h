/* probes/capture.h - packets from interfaces and files into the packet store.  The contract is
 * struct probes in core/model/probing.h. */
#ifndef SOCKEYE_PROBES_CAPTURE_H
#define SOCKEYE_PROBES_CAPTURE_H

#include "core/model/probing.h"

struct capture *capture_start(const struct capture_settings *settings, struct ring *packets,
                              struct bell *news);
/* One thread calls these two. */
bool capture_add(struct capture *c, const char *interface);
int capture_filter(struct capture *c, const char *filter, struct err *err);
struct mailbox *capture_meter(struct capture *c);
void capture_end(struct capture *c);
void capture_stop(struct capture *c);

int capture_read(const char *path, const char *filter, const struct capture_reader *to,
                 void *ctx, struct err *err);

int capture_file_open(const struct capture_file_settings *settings, struct capture_file **ret,
                      struct err *err);
int capture_file_put(struct capture_file *f, const struct packet_facts *p, struct err *err);
int capture_file_block(struct capture_file *f, const struct capture_block *block,
                       struct err *err);
int capture_file_flush(struct capture_file *f, struct err *err);
void capture_file_meter(struct capture_file *f, const struct capture_status *status);
int capture_file_close(struct capture_file *f, struct err *err);

#endif
