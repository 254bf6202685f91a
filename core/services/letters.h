/* core/services/letters.h - capitals of UTF-8 text, whatever the locale of the process.
 *
 * A letter becomes what towupper(3) makes of it in C.UTF-8, one for one: a sharp s stays as it is.
 * A C library without that locale knows the letters of ASCII. */
#ifndef SOCKEYE_SERVICES_LETTERS_H
#define SOCKEYE_SERVICES_LETTERS_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that are no UTF-8 stay.  Returns the bytes written, up to size, whole characters only; out
 * may need half as much again as len.  Any thread. */
size_t letters_upper(const uint8_t *bytes, size_t len, uint8_t *out, size_t size);

#endif
