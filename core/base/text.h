/* core/base/text.h - bytes and numbers made fit for a person.
 *
 * text_clean() is the one sanitizer: whatever came from outside (payload, process
 * names, interface names, errors quoting input) passes it before it can reach a
 * terminal, a log or JSON. */
#ifndef SOCKEYE_BASE_TEXT_H
#define SOCKEYE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decode one UTF-8 sequence of at most len bytes (RFC 3629: no overlong forms, no
 * surrogates).  Returns its length in bytes, 0 when the bytes are not UTF-8 or cut;
 * *ret_code then is untouched. */
size_t text_utf8_decode(const void *bytes, size_t len, uint32_t *ret_code);

/* Encode a code point; returns 1 to 4, or 0 for what UTF-8 cannot say. */
size_t text_utf8_encode(uint32_t code, char ret_bytes[4]);

/* True for what may reach a terminal as it is: no C0/C1 control, no DEL, no
 * bidirectional control, no line separator, nothing invisible, no code without a character. */
bool text_printable(uint32_t code);

/* So many marks may be piled up on one character (core/base/mark.h). */
#define TEXT_MARKS_MAX 8

/* The length of the character that begins the bytes when it may be shown as it is, else 0.  *marks,
 * 0 at first, counts the marks that stand in a row up to here. */
size_t text_shown_as_it_is(const void *bytes, size_t len, unsigned *marks);

/* text_clean() would leave all of it as it is. */
bool text_is_printable(const char *text);

/* Copy len bytes as printable UTF-8, always NUL-terminated, cut at a character when
 * it does not fit.  What is not printable, and a mark beyond TEXT_MARKS_MAX, becomes \n \r \t
 * \xNN or \u{NNNN}; a backslash stays as it is.  TEXT_CLEAN_BYTES(len) are always enough.
 * Returns the bytes written without the NUL. */
#define TEXT_CLEAN_BYTES(len) (4 * (len) + 1)
size_t text_clean(const void *bytes, size_t len, char *out, size_t size);

/* The digits of a number; no NUL behind them.  Returns how many, at most TEXT_U64_BYTES. */
#define TEXT_U64_BYTES 20
size_t text_u64(uint64_t n, char *out);

/* A number with separators: 4,163,072.  Returns buf. */
#define TEXT_NUMBER_BYTES 32
const char *text_number(uint64_t n, char buf[TEXT_NUMBER_BYTES]);

/* A duration in its natural unit: 21 us, 1.4 s, 3 min 20 s.  Returns buf. */
#define TEXT_DURATION_BYTES 32
const char *text_duration(uint64_t ns, char buf[TEXT_DURATION_BYTES]);

/* Seconds with a decimal point, "2.5", up to 10^6, whatever the locale.  Returns 0 or -EINVAL. */
int text_seconds(const char *text, uint64_t *ret_ns);

/* Resolve the escapes \r \n \t \0 \\ \xNN in place; returns the new length, or
 * (size_t)-1 with *ret_at the offset of an escape that is none. */
size_t text_unescape(char *text, size_t *ret_at);

/* The inverse: printable text from which text_unescape() makes the same bytes again.  Unlike
 * text_clean() it loses nothing, so a backslash is doubled.  out has TEXT_ESCAPED_BYTES(len).
 * Returns the bytes written without the NUL. */
#define TEXT_ESCAPED_BYTES(len) (4 * (len) + 1)
size_t text_escape(const void *bytes, size_t len, char *out);

#endif
