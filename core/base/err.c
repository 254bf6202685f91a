#include "core/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/confine.h"
#include "core/base/text.h"

/* Whatever the arguments carry, only printable characters arrive. */
__attribute__((format(printf, 2, 0))) static void clean_format(char out[ERR_TEXT_BYTES],
                                                               const char *format, va_list args)
{
    char raw[2 * ERR_TEXT_BYTES]; /* longer, so that the cut falls between characters */

    vsnprintf(raw, sizeof(raw), format, args);
    text_clean(raw, strlen(raw), out, ERR_TEXT_BYTES);
}

int err_set(struct err *err, int code, const char *operation, const char *input,
            const char *reason, ...)
{
    const char *hint = code == -EACCES && input ? confine_hint(input) : NULL;
    struct err filled = {.code = code};
    va_list args;

    if (!err)
        return code;
    text_clean(operation, strlen(operation), filled.operation, sizeof(filled.operation));
    text_clean(input ? input : "", input ? strlen(input) : 0, filled.input,
               sizeof(filled.input));
    va_start(args, reason);
    clean_format(filled.reason, reason, args);
    va_end(args);
    /* A file that the sandbox keeps away is one wherever it was wanted. */
    if (hint)
        err_hint(&filled, "%s", hint);
    *err = filled; /* only now: the arguments may point into it */
    return code;
}

void err_hint(struct err *err, const char *hint, ...)
{
    va_list args;

    if (!err)
        return;
    va_start(args, hint);
    clean_format(err->hint, hint, args);
    va_end(args);
}

const char *err_name(int code)
{
    static _Thread_local char unknown[24];
    const char *name = strerrorname_np(abs(code));

    if (name)
        return name;
    snprintf(unknown, sizeof(unknown), "errno %d", abs(code));
    return unknown;
}

void err_format(const struct err *err, char *buf, size_t size)
{
    const char *description = strerrordesc_np(abs(err->code));
    char errno_text[80] = "";

    /* EINVAL says nothing that the reason does not say better. */
    if (err->symbol[0])
        snprintf(errno_text, sizeof(errno_text), "%s", err->symbol);
    else if (err->code && (err->code != -EINVAL || !err->reason[0]))
        snprintf(errno_text, sizeof(errno_text), "%s (%s)",
                 description ? description : "unknown error", err_name(err->code));
    snprintf(buf, size, "%s%s%s%s%s%s%s%s%s", err->operation,
             err->operation[0] && err->input[0] ? " " : "", err->input,
             err->operation[0] || err->input[0] ? ": " : "", err->reason,
             err->reason[0] && errno_text[0] ? ": " : "", errno_text, err->hint[0] ? "; " : "",
             err->hint);
}
