/* core/message/encoding.h - text in any encoding that iconv(3) knows, to UTF-8 and back.
 *
 * Names are taken as Python spells them too: latin-1, utf_16_le.  Results are the caller's to
 * free(); a NUL stands behind each.  Pure functions. */
#ifndef SOCKEYE_MESSAGE_ENCODING_H
#define SOCKEYE_MESSAGE_ENCODING_H

#include <stddef.h>

/* A result never becomes longer than so many times its source; no encoding comes near it. */
#define ENCODING_GROWTH_MAX 8

/* Return 0; -EINVAL for a name that is not known; -EILSEQ with *ret_at, the first byte that
 * cannot be converted; -EFBIG for what grows beyond measure; what else iconv_open(3) fails with. */
int encoding_to_utf8(const char *name, const void *bytes, size_t len, char **ret,
                     size_t *ret_len, size_t *ret_at);
int encoding_from_utf8(const char *name, const char *text, size_t len, char **ret,
                       size_t *ret_len, size_t *ret_at);

/* The offset among the bytes of what stands at text_at in the UTF-8 made from them. */
size_t encoding_byte_of(const char *name, const void *bytes, size_t len, size_t text_at);

#endif
