/* core/base/mark.h - characters that take no room of their own but are put on the one before them.
 *
 * Source: the Unicode character database 14, general categories Mn and Me, and the vowels and
 * finals of Hangul syllables. */
#ifndef SOCKEYE_BASE_MARK_H
#define SOCKEYE_BASE_MARK_H

#include <stdbool.h>
#include <stdint.h>

/* Whatever the locale says: text is the same everywhere. */
bool mark_joins(uint32_t code);

#endif
