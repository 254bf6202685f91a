/* ui/console/theme.h - how what the styles mean looks: colours and attributes.
 *
 * A theme is a JSON file, share/themes/NAME.json or, looked at first, themes/NAME.json beside the
 * configuration:
 *
 *   {"description": "...", "styles": {"bad": {"fg": ["#ff5f5f", "red"], "attributes": ["bold"]}}}
 *
 * A colour is "default" (the terminal's own), one of the 16 names ("red", "bright-red"), a number
 * of the 256 or "#rrggbb"; of two in an array the second is for terminals of 16 colours and less.
 * What a style leaves out is as in "normal".  Without colours every theme looks the same: bold,
 * underlined and reversed; "mono" is that everywhere, and needs no file.
 *
 * Knows no terminal: theme_look() says what to show in numbers as terminfo counts colours. */
#ifndef SOCKEYE_CONSOLE_THEME_H
#define SOCKEYE_CONSOLE_THEME_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/json_text.h"
#include "ui/console/surface.h"

#define THEME_NAME_BYTES 64
#define THEME_NAMES_MAX 64 /* that are listed */

/* The colour of a theme: below 256 a number of the palette, else THEME_RGB | 0xrrggbb. */
#define THEME_DEFAULT (-1)
#define THEME_RGB 0x1000000

enum look_attribute {
    LOOK_BOLD = 1 << 0,
    LOOK_DIM = 1 << 1,
    LOOK_UNDERLINE = 1 << 2,
    LOOK_REVERSE = 1 << 3,
    LOOK_ITALIC = 1 << 4
};

struct theme_style {
    int32_t fg, bg;     /* with 256 colours and more */
    int32_t fg16, bg16; /* with fewer */
    unsigned attributes;
};

struct theme {
    char name[THEME_NAME_BYTES];
    char description[ERR_TEXT_BYTES];
    struct theme_style styles[STYLE_COUNT];
};

/* What a terminal can show. */
enum theme_depth { THEME_MONO, THEME_8, THEME_16, THEME_256, THEME_TRUE };

/* What is given to it: -1 its own colour, else by its depth a number of its palette or 0xrrggbb,
 * where numbers below 8 are the palette's. */
struct theme_look {
    int32_t fg, bg;
    unsigned attributes;
};

/* "bad" of STYLE_BAD. */
const char *style_name(enum style style);

/* The theme without colours. */
void theme_mono(struct theme *ret);

/* Returns 0, or -EINVAL with file, line and field in err. */
int theme_parse(const struct json_text *text, struct theme *ret, struct err *err);

/* The theme of a name.  Returns 0 or negative errno with err; then *ret is as it was. */
int theme_load(const char *name, struct theme *ret, struct err *err);

/* The names of all that there are, sorted; returns how many. */
size_t theme_names(char ret[THEME_NAMES_MAX][THEME_NAME_BYTES]);

struct theme_look theme_look(const struct theme *t, enum style style, enum theme_depth depth);

/* 0xrrggbb of a theme's colour, as xterm has its palette; not of THEME_DEFAULT. */
uint32_t theme_rgb(int32_t colour);

#endif
