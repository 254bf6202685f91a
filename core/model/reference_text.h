/* core/model/reference_text.h - the texts of a data file of ours, checked as they are read.
 *
 * All are printable ASCII, so that a byte is a column on any terminal. */
#ifndef SOCKEYE_MODEL_REFERENCE_TEXT_H
#define SOCKEYE_MODEL_REFERENCE_TEXT_H

#include <stddef.h>

#include <cjson/cJSON.h>

/* A string of less than `size` bytes, not empty.  What is wrong, for a person: "is missing or no
 * string"; NULL when nothing is.  *ret belongs to the item. */
const char *reference_text(const cJSON *item, size_t size, const char **ret);

/* The same of a key of an object; *ret stays as it is where there is no such key. */
const char *reference_text_if_any(const cJSON *object, const char *key, size_t size,
                                  const char **ret);

#endif
