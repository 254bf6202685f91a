/* ui/console/log_file.h - what happened, line by line, for a bug report.
 *
 *   2026-11-21 18:40:03.120 +0.512 command connect tcp://127.0.0.1:80
 *
 * Wall time, seconds since the start, a word for what it is, a sentence.  What is written passes the
 * sanitizer; passwords and what sessions carry must not be given to it (core/model/secret.h).  It is
 * bounded: from LOG_FILE_BYTES on lines are only counted, and the last line says how many. */
#ifndef SOCKEYE_CONSOLE_LOG_FILE_H
#define SOCKEYE_CONSOLE_LOG_FILE_H

#include <stdint.h>

#include "core/base/err.h"

#define LOG_FILE_BYTES (8U << 20)

struct log_file;

/* Behind what a regular file has already, which for nobody else is made.  Returns 0, or negative
 * errno with err. */
int log_open(const char *path, struct log_file **ret, struct err *err);
/* NULL is a no-op for both. */
void log_close(struct log_file *l);
void log_line(struct log_file *l, const char *what, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Lines that did not fit or could not be written. */
uint64_t log_lost(const struct log_file *l);

#endif
