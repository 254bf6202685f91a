/* probes/guard/sandbox.h - this program gives away what it does not need, before it reads anything
 * that others wrote.
 *
 * In this order, while there is one thread: the privileged helper is made (helper.h); under sudo(8)
 * the program becomes its caller; every capability set becomes empty; no program that it starts can
 * gain one; Landlock lets it open the system's files, its own, the folder it was started in and what
 * its command line names, and nothing else; seccomp forbids the calls of calls.h.  All threads that
 * come later have it from there.  Without any privilege to give away the rest is the same. */
#ifndef SOCKEYE_PROBES_GUARD_SANDBOX_H
#define SOCKEYE_PROBES_GUARD_SANDBOX_H

#include "core/model/privileges.h"

enum sandbox_mode {
    SANDBOX_ON,     /* what this kernel does not have is told, and done without */
    SANDBOX_OFF,    /* rights stay as they are */
    SANDBOX_STRICT, /* all of it, or an error */
};

/* False: no such word; "on", "off", "strict". */
bool sandbox_mode_parse(const char *word, enum sandbox_mode *ret);

/* Whether this program was given somebody else's rights by its file's set-user-id or set-group-id
 * bit: then nobody looked at what it does with the caller's environment. */
bool sandbox_is_set_id(void);

/* words: the command line's, NULL ends them; keeps: as files_allow().  sandbox_enter() does what sandbox_prepare() was asked
 * for, once; 0 or negative errno with err, only of SANDBOX_STRICT. */
void sandbox_prepare(enum sandbox_mode mode, char *const words[], bool keeps);
int sandbox_enter(struct err *err);
/* Only the helper, where a sandbox is wanted: for who runs another program with all its rights. */
void sandbox_help(void);

/* The helper ends; waits until it has.  For the end of the program. */
void sandbox_leave(void);

/* The kernel's word for it, now.  Any thread. */
void sandbox_look(struct privileges *ret);

/* A descriptor that becomes readable when the helper ends; -1: there is none.  Borrowed. */
int sandbox_helper_fd(void);

#endif
