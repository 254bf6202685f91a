/* core/base/alone.h - a copy of a process that has nothing of it but what it needs.
 *
 * Nothing but system calls: also in a copy of a process with threads. */
#ifndef SOCKEYE_BASE_ALONE_H
#define SOCKEYE_BASE_ALONE_H

/* Close the descriptors from first to last; none when last is less. */
void alone_close(unsigned first, unsigned last);
/* Close every descriptor but these two, which may be the same. */
void alone_keep(int a, int b);

#endif
