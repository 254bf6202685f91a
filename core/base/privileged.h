/* core/base/privileged.h - the two calls on a socket of ours that may need a privilege: bind(2) to a
 * port below 1024, setsockopt(2) with options like SO_MARK.
 *
 * They are the system's until main() puts others in their place, which may ask somebody who has the
 * privilege: before there is a second thread.  -1 and errno, as they are. */
#ifndef SOCKEYE_BASE_PRIVILEGED_H
#define SOCKEYE_BASE_PRIVILEGED_H

struct privileged_calls {
    int (*bind)(int fd, const void *name, unsigned len);
    int (*setsockopt)(int fd, int level, int option, const void *value, unsigned len);
};

void privileged_by(const struct privileged_calls *calls); /* borrowed for good */

int privileged_bind(int fd, const void *name, unsigned len);
int privileged_setsockopt(int fd, int level, int option, const void *value, unsigned len);

#endif
