/* core/base/alone.h - a copy of a process that has nothing of it but what it needs. */
#ifndef SOCKEYE_BASE_ALONE_H
#define SOCKEYE_BASE_ALONE_H

/* Close every descriptor but these two, which may be the same.  Nothing but system calls: also in a copy
 * of a process with threads. */
void alone_keep(int a, int b);

#endif
