/* The palette is xterm's: 16 colours, a cube of 6 x 6 x 6, 24 greys (XTerm-col.ad, 256colres.h). */
#include "ui/console/theme.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[STYLE_COUNT] = {
    [STYLE_NORMAL] = "normal",     [STYLE_DIM] = "dim",           [STYLE_TITLE] = "title",
    [STYLE_HEADER] = "header",     [STYLE_BAR] = "bar",           [STYLE_KEY] = "key",
    [STYLE_SELECTED] = "selected", [STYLE_MARKED] = "marked",     [STYLE_GOOD] = "good",
    [STYLE_BUSY] = "busy",         [STYLE_BAD] = "bad",           [STYLE_LISTEN] = "listen",
    [STYLE_NEW] = "new",           [STYLE_CHANGED] = "changed",   [STYLE_GONE] = "gone",
    [STYLE_SENT] = "sent",         [STYLE_RECEIVED] = "received", [STYLE_GAUGE] = "gauge",
    [STYLE_INPUT] = "input",       [STYLE_CURSOR] = "cursor",
};

/* Without colours. */
static const unsigned mono[STYLE_COUNT] = {
    [STYLE_DIM] = LOOK_DIM,
    [STYLE_TITLE] = LOOK_BOLD,
    [STYLE_HEADER] = LOOK_BOLD,
    [STYLE_BAR] = LOOK_REVERSE,
    [STYLE_KEY] = LOOK_BOLD,
    [STYLE_SELECTED] = LOOK_REVERSE | LOOK_BOLD,
    [STYLE_MARKED] = LOOK_UNDERLINE,
    [STYLE_BUSY] = LOOK_BOLD,
    [STYLE_BAD] = LOOK_BOLD | LOOK_UNDERLINE,
    [STYLE_NEW] = LOOK_BOLD,
    [STYLE_CHANGED] = LOOK_BOLD,
    [STYLE_GONE] = LOOK_DIM,
    [STYLE_RECEIVED] = LOOK_BOLD,
    [STYLE_INPUT] = LOOK_BOLD,
    [STYLE_CURSOR] = LOOK_REVERSE,
};

const char *style_name(enum style style)
{
    return style < STYLE_COUNT ? names[style] : "";
}

void theme_mono(struct theme *ret)
{
    *ret = (struct theme){.name = "mono", .description = "no colours"};
    for (int i = 0; i < STYLE_COUNT; i++)
        ret->styles[i] = (struct theme_style){THEME_DEFAULT, THEME_DEFAULT, THEME_DEFAULT,
                                              THEME_DEFAULT, mono[i]};
}

/* --- the palette ------------------------------------------------------------------------ */

static const uint32_t palette[16] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
                                     0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00,
                                     0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};

static uint32_t grey(uint32_t level)
{
    return level << 16 | level << 8 | level;
}

uint32_t theme_rgb(int32_t colour)
{
    static const uint32_t levels[] = {0, 0x5f, 0x87, 0xaf, 0xd7, 0xff};
    uint32_t n = (uint32_t)colour;

    if (n & THEME_RGB)
        return n & 0xffffff;
    if (n < 16)
        return palette[n];
    if (n >= 232)
        return grey(8 + 10 * (n - 232));
    n -= 16;
    return levels[n / 36] << 16 | levels[n / 6 % 6] << 8 | levels[n % 6];
}

/* How far apart two colours are to the eye, roughly: green counts most, blue least. */
static uint32_t distance(uint32_t a, uint32_t b)
{
    int red = (int)(a >> 16) - (int)(b >> 16);
    int green = (int)(a >> 8 & 255) - (int)(b >> 8 & 255);
    int blue = (int)(a & 255) - (int)(b & 255);

    return (uint32_t)(3 * red * red + 6 * green * green + blue * blue);
}

static int32_t nearest(uint32_t rgb, int32_t from, int32_t to)
{
    int32_t best = from;

    for (int32_t i = from; i < to; i++)
        if (distance(theme_rgb(i), rgb) < distance(theme_rgb(best), rgb))
            best = i;
    return best;
}

/* --- what a terminal is given ------------------------------------------------------------ */

static int32_t in_16(int32_t colour)
{
    return colour >= 16 ? nearest(theme_rgb(colour), 0, 16) : colour;
}

static int32_t in_256(int32_t colour)
{
    /* The first 16 are what the person has made of them. */
    return colour & THEME_RGB && colour >= 0 ? nearest(theme_rgb(colour), 16, 256) : colour;
}

/* As a number the darkest eight would be taken for the palette's. */
static int32_t in_true(int32_t colour)
{
    uint32_t rgb;

    if (colour < 8)
        return colour;
    rgb = theme_rgb(colour);
    return (int32_t)(rgb < 8 ? rgb | 0x010100 : rgb);
}

static struct theme_look few_colours(const struct theme_style *s, bool bright)
{
    struct theme_look look = {in_16(s->fg16), in_16(s->bg16), s->attributes};

    if (!bright) {
        if (look.fg >= 8)
            look.attributes |= LOOK_BOLD; /* which shows as bright where there are eight */
        look.fg -= look.fg >= 8 ? 8 : 0;
        look.bg -= look.bg >= 8 ? 8 : 0;
    }
    /* Two colours that are one here would hide the text. */
    if (look.fg == look.bg && look.fg != THEME_DEFAULT)
        look.fg =
            distance(theme_rgb(look.bg), 0) < distance(theme_rgb(look.bg), 0xffffff) ? 7 : 0;
    return look;
}

struct theme_look theme_look(const struct theme *t, enum style style, enum theme_depth depth)
{
    const struct theme_style *s = &t->styles[style < STYLE_COUNT ? style : STYLE_NORMAL];

    switch (depth) {
    case THEME_TRUE:
        return (struct theme_look){in_true(s->fg), in_true(s->bg), s->attributes};
    case THEME_256:
        return (struct theme_look){in_256(s->fg), in_256(s->bg), s->attributes};
    case THEME_16:
    case THEME_8:
        return few_colours(s, depth == THEME_16);
    case THEME_MONO:
        break;
    }
    return (struct theme_look){THEME_DEFAULT, THEME_DEFAULT,
                               mono[style < STYLE_COUNT ? style : STYLE_NORMAL]};
}
