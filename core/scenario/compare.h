/* core/scenario/compare.h - whether a value is as it is expected to be.
 *
 *   open   = open   != 0   < 5   <= 5   > 5   >= 2   ~ hello
 *
 * Without an operator it is =; ~ means that the text contains it.  Names of states and the like
 * are the same in any case, with - or _ ("TIME_WAIT", "time-wait").  Pure. */
#ifndef SOCKEYE_SCENARIO_COMPARE_H
#define SOCKEYE_SCENARIO_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/scenario/figure.h"

/* Whether it can be compared with a value of that kind: NULL, or what is wrong with it. */
const char *compare_check(const char *comparison, enum figure_kind kind);

/* A value that is not known is never as expected. */
bool compare_value(const char *comparison, enum figure_kind kind,
                   const struct figure_value *value);
bool compare_number(const char *comparison, double number);
/* Bytes, which may hold anything: = all of them, ~ somewhere among them. */
bool compare_bytes(const char *comparison, const void *bytes, size_t len);

#endif
