/* core/base/will.h - what is still done when this process was killed.
 *
 * SIGKILL leaves no time for anything.  So a copy of the process, made when there is first something
 * to be done, waits for its end and then gives the terminal back and removes the files of sockets.
 * The copy has the rights of the process and no thread, no descriptor but its own, and takes part in
 * no job control; it ends with the process, whichever way that ends.  Where no process may be made,
 * nothing is done after SIGKILL.  Any thread. */
#ifndef SOCKEYE_BASE_WILL_H
#define SOCKEYE_BASE_WILL_H

#include <stdbool.h>
#include <sys/types.h>

#define WILL_SOCKETS 256 /* at the same time: there are no more servers */

/* Have give_back() called with the terminal that fd stands for, unless it was given back then.  It may
 * call nothing that a signal handler may not.  Once, before there are sockets. */
void will_terminal(int fd, void (*give_back)(void));
/* Make the copy, unless it is there. */
void will_begin(void);
/* Also from a signal handler. */
void will_terminal_taken(bool now);

/* Before bind(2) where nothing has that name; then what it has made; then that it is gone. */
void will_socket_begins(const char *path);
void will_socket(const char *path, dev_t device, ino_t number);
void will_socket_gone(const char *path);

#endif
