/* core/model/filter_value.h - what the values in a filter stand for; for the parser only.
 *
 * Each returns false, with its results untouched, for a text that is no such value. */
#ifndef SOCKEYE_MODEL_FILTER_VALUE_H
#define SOCKEYE_MODEL_FILTER_VALUE_H

#include "core/model/filter_tree.h"

/* Decimal or 0x hexadecimal, at most max. */
bool value_integer(const char *text, uint64_t max, uint64_t *ret);

/* "64K", "1.5M", "2Ki", "50ms": an amount to compare with a column of that unit.  A value of
 * the column times *ret_scale is in the units of *ret. */
bool value_amount(const char *text, enum column_unit unit, uint64_t *ret, uint64_t *ret_scale);
/* What such an amount looks like, for a hint. */
const char *value_amount_words(enum column_unit unit);

/* "80", "1000-2000", "http", "*"; changes text. */
bool value_ports(char *text, uint32_t *ret_low, uint32_t *ret_high);

/* "10.0.0.0/8", "::1", "[fd00::]/8", "[fd00::/8]", a name of /etc/hosts, "*", "" (both:
 * AF_UNSPEC); family says which it must be, AF_UNSPEC: either.  Changes text. */
bool value_prefix(char *text, int family, struct addr *ret, unsigned *ret_bits);

/* Where the port of "ADDR:PORT" begins, without the colon, which is cut away; NULL: it has none.
 * Many colons without brackets are an IPv6 address. */
char *value_cut_port(char *text);

bool value_user(const char *text, uint64_t *ret_uid);
/* Its id, or its path: of the file system, or below where cgroup v2 is mounted. */
bool value_cgroup(const char *text, uint64_t *ret_id);
/* "0x1", "0x1/0xff" */
bool value_mark(char *text, uint64_t *ret, uint64_t *ret_mask);
/* KIND_BITs of "tcp", "unix", "u_str"; 0: there is none. */
uint32_t value_kinds(const char *text);
/* Bits of the states of "established", "connected"; 0: there is none. */
uint32_t value_states(const char *text);
/* The ports that the kernel gives to who asks for none. */
void value_ephemeral(uint32_t *ret_low, uint32_t *ret_high);

#endif
