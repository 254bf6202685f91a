/* core/wire/icmp_names.h - ICMP and ICMPv6 types and codes in words, as IANA assigns them. */
#ifndef SOCKEYE_WIRE_ICMP_NAMES_H
#define SOCKEYE_WIRE_ICMP_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/* A code of a type in words, or with ICMP_ANY_CODE the type itself; NULL: not assigned. */
#define ICMP_ANY_CODE 0xffff
const char *icmp_name(bool v6, uint8_t type, uint16_t code);

/* "destination unreachable: port unreachable"; what is not assigned in numbers: "type 99 code 3".
 * Returns buf. */
#define ICMP_TEXT_BYTES 96
const char *icmp_describe(bool v6, uint8_t type, uint8_t code, char buf[ICMP_TEXT_BYTES]);

#endif
