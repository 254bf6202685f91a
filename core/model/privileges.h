/* core/model/privileges.h - with which rights this program runs, and its privileged helper, as the
 * kernel tells it: proc_pid_status(5), capabilities(7), seccomp(2), landlock(7). */
#ifndef SOCKEYE_MODEL_PRIVILEGES_H
#define SOCKEYE_MODEL_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

#define PRIVILEGES_TEXT_BYTES 400
#define PRIVILEGES_LACKS 4

/* Of one process; false: it could not be read. */
struct process_rights {
    bool known;
    int32_t pid;
    uint32_t uid;
    uint64_t capabilities; /* permitted: 1 << CAP_x */
    uint64_t bounding;
    bool no_new_privileges;
    bool seccomp;
};

enum helper_state {
    HELPER_NONE, /* there is no sandbox, or it could not be made */
    HELPER_RUNS,
    HELPER_SILENT, /* it does not answer */
    HELPER_ENDED,
};

struct privileges {
    bool sandbox;   /* it was wanted */
    bool as_caller; /* the rights of the caller of sudo(8) */
    int landlock;   /* version of the kernel's interface; 0: not in force */
    struct process_rights self, helper;
    enum helper_state state;
    size_t n_lacks; /* what the sandbox could not have, and why */
    struct err lacks[PRIVILEGES_LACKS];
};

/* The lines of /proc/PID/status; false: they are not those. */
bool process_rights_parse(const char *text, struct process_rights *ret);

/* "cap_net_raw, cap_kill", "no capability"; numbers for those without a name here. */
const char *capabilities_text(uint64_t set, char *buf, size_t size);

/* What there is to say of it, a line each: what it is about, in one or two words, and what is so. */
struct privileges_line {
    const char *title;
    char text[PRIVILEGES_TEXT_BYTES];
    bool bad;
};
#define PRIVILEGES_LINES (2 + PRIVILEGES_LACKS)
/* How many there are; 0: nothing is known. */
size_t privileges_lines(const struct privileges *p,
                        struct privileges_line ret[PRIVILEGES_LINES]);

/* One line of ours: "sandbox: uid 1000, no capability, seccomp, Landlock 7; helper 4242 holds
 * cap_net_raw". */
const char *privileges_text(const struct privileges *p, char buf[PRIVILEGES_TEXT_BYTES]);

#endif
