/* Any bytes as a theme: refused in clean words that name the file, or taken, and then every
 * terminal is given colours that it has. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "tests/fuzz/refused.h"
#include "ui/console/theme.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_looks(const struct theme *t)
{
    static const int32_t limits[] = {[THEME_MONO] = 0,
                                     [THEME_8] = 8,
                                     [THEME_16] = 16,
                                     [THEME_256] = 256,
                                     [THEME_TRUE] = 0x1000000};

    if (!text_is_printable(t->description))
        abort();
    for (int depth = THEME_MONO; depth <= THEME_TRUE; depth++)
        for (int i = 0; i < STYLE_COUNT; i++) {
            struct theme_look look = theme_look(t, (enum style)i, (enum theme_depth)depth);

            if (look.fg < -1 || look.fg >= limits[depth] || look.bg < -1 ||
                look.bg >= limits[depth])
                abort();
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_text text = {0};
    struct err err = {0};
    struct theme t;
    int r = json_text_parse(mem_copy(data, size), size, "file", &text, &err);

    if (r == 0)
        r = theme_parse(&text, &t, &err);
    json_text_done(&text);
    if (r < 0)
        check_refusal(&err, "file");
    else
        check_looks(&t);
    return 0;
}
