/* core/report/tar.h - a file's header in an archive.  Source: POSIX.1-2017, pax, "ustar Interchange
 * Format". */
#ifndef SOCKEYE_REPORT_TAR_H
#define SOCKEYE_REPORT_TAR_H

#include <stdint.h>

#define TAR_BLOCK_BYTES 512
/* What follows the last file: two empty blocks. */
#define TAR_END_BYTES (2 * TAR_BLOCK_BYTES)
#define TAR_NAME_BYTES 100        /* at most, without a NUL */
#define TAR_SIZE_MAX 077777777777 /* eleven octal digits */

/* The block before a regular file's bytes, which are filled up with zeros to whole blocks.  Returns 0,
 * or -ENAMETOOLONG, -EFBIG. */
int tar_header(const char *name, uint64_t size_bytes, uint64_t changed_seconds,
               uint8_t ret[TAR_BLOCK_BYTES]);

#endif
