/* core/report/icmp_advice.h - what an ICMP error means, in a sentence for a person: the data of
 * share/icmp.json. */
#ifndef SOCKEYE_REPORT_ICMP_ADVICE_H
#define SOCKEYE_REPORT_ICMP_ADVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"

struct icmp_advice;

/* Read that file, or the one at path: 0, or negative errno with err.  Release with
 * icmp_advice_free(). */
int icmp_advice_load(struct icmp_advice **ret, struct err *err);
int icmp_advice_load_from(const char *path, struct icmp_advice **ret, struct err *err);
void icmp_advice_free(struct icmp_advice *a); /* NULL is a no-op */

/* The sentence about a type and code, or NULL; also for a NULL advice.  Owned by the advice. */
const char *icmp_advice_of(const struct icmp_advice *a, bool v6, uint8_t type, uint8_t code);

#endif
