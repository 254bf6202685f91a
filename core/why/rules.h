/* core/why/rules.h - how a rule looks; core/why/rules.c has the table.
 *
 * A rule reads the evidence and says whether its cause holds, in a sentence with real names and
 * numbers.  It rests on the mechanism: the observation that only this cause can make is certain;
 * one that others can make too is likely or possible.  When something speaks against a cause that
 * a person would think of, the rule gives CONFIDENCE_NONE and says what rules it out. */
#ifndef SOCKEYE_WHY_RULES_H
#define SOCKEYE_WHY_RULES_H

#include "core/why/verdict.h"

/* What a rule says; all of it may stay empty. */
struct saying {
    char summary[VERDICT_TEXT_BYTES];
    char ruled_out_by[VERDICT_TEXT_BYTES];
    size_t n_fixes;
    char fixes[VERDICT_FIXES][VERDICT_TEXT_BYTES];
};

struct rule {
    const char *cause;
    enum confidence (*holds)(const struct evidence *e, struct saying *ret);
};

/* Groups in the order in which they are asked; rules_NAME.c has rules_NAME[], which ends with a
 * rule without a cause. */
#define RULE_GROUPS(X)                                                                         \
    X(file)                                                                                    \
    X(names)                                                                                   \
    X(unix)                                                                                    \
    X(udp)                                                                                     \
    X(tls)                                                                                     \
    X(protocol)                                                                                \
    X(listener)                                                                                \
    X(stall)                                                                                   \
    X(path)                                                                                    \
    X(limits)                                                                                  \
    X(loss)                                                                                    \
    X(nagle)                                                                                   \
    X(request)                                                                                 \
    X(closing)                                                                                 \
    X(local)                                                                                   \
    X(bind)                                                                                    \
    X(reset)                                                                                   \
    X(nat)                                                                                     \
    X(silence)                                                                                 \
    X(refused)                                                                                 \
    X(healthy)

#define DECLARE_RULES(name) extern const struct rule rules_##name[];
RULE_GROUPS(DECLARE_RULES)

/* For the rules' own use.  Foreign text is made printable. */
void say_summary(struct saying *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void say_fix(struct saying *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void say_ruled_out(struct saying *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The attempt that decides: the last one that failed or hangs, else the last; NULL: none. */
const struct attempt *evidence_decisive(const struct evidence *e);
/* The socket in question and its other end, NULL: not seen. */
const struct sighting *evidence_ours(const struct evidence *e);
const struct sighting *evidence_peer(const struct evidence *e);
/* The kernel said so of the flow between these ends (either order); NULL: it did not.  reason:
 * "" any. */
const struct kernel_event *evidence_event(const struct evidence *e, enum kernel_event_kind kind,
                                          const struct addr *one, const struct addr *other,
                                          const char *reason);

#endif
