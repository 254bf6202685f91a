/* core/model/secret.h - passwords in what a person typed: they are not for files.
 *
 * Known are those of an address, "http://user:password@host", and the key of TCP_MD5SIG. */
#ifndef SOCKEYE_MODEL_SECRET_H
#define SOCKEYE_MODEL_SECRET_H

#include <stdbool.h>
#include <stddef.h>

bool secret_in(const char *text);

/* The text with "***" in the place of each; cut where it does not fit.  Returns buf. */
const char *secret_hide(const char *text, char *buf, size_t size);

#endif
