/* tests/fuzz/refused.h - how anything foreign is refused: with a reason, in words that may reach a
 * terminal, naming what is refused. */
#ifndef SOCKEYE_TESTS_FUZZ_REFUSED_H
#define SOCKEYE_TESTS_FUZZ_REFUSED_H

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/text.h"

static inline void check_refusal(const struct err *err, const char *named)
{
    char line[ERR_TEXT_BYTES * 4];

    err_format(err, line, sizeof(line));
    if (!err->code || !text_is_printable(line) || !strstr(line, named))
        abort();
}

#endif
