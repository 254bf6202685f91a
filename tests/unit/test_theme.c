/* Themes: every one that comes with the program can be read by everybody, on every terminal. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/share.h"
#include "ui/console/theme.h"

/* What a terminal has on its own, as xterm's. */
#define OWN_FG 0xe5e5e5
#define OWN_BG 0x000000

static const char *const shipped[] = {"dark", "light", "high-contrast", "colour-blind", "mono"};
#define N_SHIPPED (sizeof(shipped) / sizeof(shipped[0]))

static void no_themes_of_a_person(void)
{
    setenv("XDG_CONFIG_HOME", "/no/such/folder", 1);
}

static struct theme load(const char *name)
{
    struct theme t = {0};
    struct err err = {0};

    if (theme_load(name, &t, &err) < 0)
        fail_msg("%s: %s %s", name, err.input, err.reason);
    return t;
}

/* --- what is read ----------------------------------------------------------------------- */

static void every_style_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < STYLE_COUNT; i++) {
        assert_non_null(style_name((enum style)i));
        assert_true(strlen(style_name((enum style)i)) > 0);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(style_name((enum style)i), style_name((enum style)j));
    }
}

static int parse(const char *text, struct theme *ret, struct err *err)
{
    struct json_text t = {0};
    int r = json_text_parse(mem_copy(text, strlen(text)), strlen(text), "t.json", &t, err);

    if (r == 0)
        r = theme_parse(&t, ret, err);
    json_text_done(&t);
    return r;
}

static void colours_are_read_in_every_form(void **state)
{
    struct theme t;
    (void)state;

    assert_int_equal(
        parse("{\"styles\": {\"bad\": {\"fg\": [\"#ff5F00\", \"bright-red\"], \"bg\": 17,"
              "\"attributes\": [\"bold\", \"underline\"]},"
              "\"normal\": {\"fg\": \"white\", \"bg\": \"default\"}}}",
              &t, NULL),
        0);
    assert_int_equal(t.styles[STYLE_BAD].fg, THEME_RGB | 0xff5f00);
    assert_int_equal(t.styles[STYLE_BAD].fg16, 9);
    assert_int_equal(t.styles[STYLE_BAD].bg, 17);
    assert_int_equal(t.styles[STYLE_BAD].attributes, LOOK_BOLD | LOOK_UNDERLINE);
    assert_int_equal(t.styles[STYLE_NORMAL].bg, THEME_DEFAULT);
    assert_int_equal(t.styles[STYLE_GOOD].fg, 7); /* as normal */
}

static void expect_refused(const char *text, const char *sentence)
{
    struct err err = {0};
    struct theme t;
    char line[4 * ERR_TEXT_BYTES];

    assert_int_equal(parse(text, &t, &err), -EINVAL);
    err_format(&err, line, sizeof(line));
    assert_string_equal(line, sentence);
}

static void what_is_wrong_is_told_with_its_line(void **state)
{
    static const char colour[] = "a colour is default, a name such as bright-red, 0 to 255, "
                                 "#rrggbb, or an array of two";
    char line[200];
    (void)state;

    snprintf(line, sizeof(line), "t.json:2: styles.bad.fg: %s", colour);
    expect_refused("{\"styles\": {\"bad\": {\n\"fg\": \"rde\"}}}", line);
    expect_refused("{\"styles\": {\"bad\": {\n\"fg\": 256}}}", line);
    expect_refused("{\"styles\": {\"bad\": {\n\"fg\": \"#12345\"}}}", line);
    expect_refused("{\"styles\": {\"bad\": {\n\"fg\": \"#12345g\"}}}", line);
    expect_refused("{\"styles\": {\"bad\": {\n\"fg\": [\"red\"]}}}", line);
    expect_refused("{\"styles\": {\"bda\": {}}}",
                   "t.json:1: styles.bda: there is no such style; did you mean bad?");
    expect_refused("{\"styles\": {\"bad\": {\"blink\": 1}}}",
                   "t.json:1: styles.bad.blink: a style has fg, bg and attributes");
    expect_refused("{\"styles\": {\"bad\": {\"attributes\": [\"blink\"]}}}",
                   "t.json:1: styles.bad.attributes: an attribute is bold, dim, underline, "
                   "reverse or italic");
    expect_refused("{\"description\": \"x\"}", "t.json:1: a theme needs styles");
    expect_refused("{\"style\": {}}",
                   "t.json:1: style: a theme has a description, which is a text, and styles");
    expect_refused("[]", "t.json:1: a theme is an object with description and styles");
}

static void a_theme_of_ones_own_comes_first(void **state)
{
    char folder[] = "/tmp/sockeye-theme.XXXXXX", path[PATH_MAX];
    char(*names)[THEME_NAME_BYTES] = mem_new(THEME_NAMES_MAX, sizeof(*names));
    struct theme t;
    FILE *f;
    (void)state;

    assert_non_null(mkdtemp(folder));
    setenv("XDG_CONFIG_HOME", folder, 1);
    snprintf(path, sizeof(path), "%s/sockeye", folder), mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/sockeye/themes", folder), mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/sockeye/themes/dark.json", folder);
    f = fopen(path, "w");
    fputs("{\"description\": \"mine\", \"styles\": {}}", f);
    fclose(f);
    t = load("dark");
    assert_string_equal(t.description, "mine");
    assert_string_equal(t.name, "dark");
    assert_int_equal(theme_names(names), N_SHIPPED);
    assert_string_equal(names[0], "colour-blind");
    unlink(path);
    for (int i = 0; i < 3; i++) {
        *strrchr(path, '/') = '\0';
        rmdir(path);
    }
    free(names);
    no_themes_of_a_person();
}

static void a_name_is_never_a_path(void **state)
{
    static const char *const names[] = {"",  "../themes/dark", "/etc/passwd",
                                        ".", "dark.json",      "no-such"};
    struct err err;
    struct theme t;
    (void)state;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        err = (struct err){0};
        assert_int_equal(theme_load(names[i], &t, &err), -ENOENT);
        assert_string_equal(err.hint,
                            "there are colour-blind, dark, high-contrast, light, mono");
    }
}

/* --- contrast: WCAG 2.1, 1.4.3 and 1.4.6 ------------------------------------------------ */

static double linear(uint32_t byte)
{
    double v = byte / 255.0;

    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static double luminance(uint32_t rgb)
{
    return 0.2126 * linear(rgb >> 16) + 0.7152 * linear(rgb >> 8 & 255) +
           0.0722 * linear(rgb & 255);
}

static double contrast(uint32_t a, uint32_t b)
{
    double first = luminance(a) + 0.05, second = luminance(b) + 0.05;

    return first > second ? first / second : second / first;
}

/* As it is shown: numbers of the palette, or colours themselves. */
static uint32_t shown(int32_t colour, enum theme_depth depth, uint32_t own)
{
    if (colour == THEME_DEFAULT)
        return own;
    return depth == THEME_TRUE && colour >= 8 ? (uint32_t)colour : theme_rgb(colour);
}

static void expect_contrast(const char *name, double least)
{
    static const enum theme_depth depths[] = {THEME_TRUE, THEME_256};
    struct theme t = load(name);

    for (size_t d = 0; d < 2; d++)
        for (int i = 0; i < STYLE_COUNT; i++) {
            struct theme_look look = theme_look(&t, (enum style)i, depths[d]);
            double c =
                contrast(shown(look.fg, depths[d], OWN_FG), shown(look.bg, depths[d], OWN_BG));

            if (c < least)
                fail_msg("%s of %s has a contrast of %.2f, less than %.1f, at depth %d",
                         style_name((enum style)i), name, c, least, (int)depths[d]);
        }
}

static void every_text_can_be_read(void **state)
{
    (void)state;
    expect_contrast("dark", 4.5);
    expect_contrast("light", 4.5);
    expect_contrast("colour-blind", 4.5);
    expect_contrast("high-contrast", 7);
    assert_true(contrast(0xffffff, 0x000000) > 20.99); /* 21: the measure itself */
    assert_true(contrast(0x777777, 0xffffff) < 4.5);
}

static void text_and_background_are_never_the_same(void **state)
{
    (void)state;
    for (size_t n = 0; n < N_SHIPPED; n++) {
        struct theme t = load(shipped[n]);

        for (int depth = THEME_8; depth <= THEME_TRUE; depth++)
            for (int i = 0; i < STYLE_COUNT; i++) {
                struct theme_look look = theme_look(&t, (enum style)i, (enum theme_depth)depth);

                if (look.fg == look.bg && look.fg != THEME_DEFAULT)
                    fail_msg("%s of %s hides its text at depth %d", style_name((enum style)i),
                             shipped[n], depth);
                if (depth == THEME_8)
                    assert_true(look.fg < 8 && look.bg < 8);
                if (depth == THEME_16)
                    assert_true(look.fg < 16 && look.bg < 16);
                if (depth == THEME_256)
                    assert_true(look.fg < 256 && look.bg < 256);
            }
    }
}

/* --- colour vision ----------------------------------------------------------------------- */

/* How a colour looks without one kind of cones: Machado, Oliveira, Fernandes 2009, severity 1. */
static const double missing[3][3][3] = {
    {{0.152286, 1.052583, -0.204868},
     {0.114503, 0.786281, 0.099216},
     {-0.003882, -0.048116, 1.051998}},
    {{0.367322, 0.860646, -0.227968},
     {0.280085, 0.672501, 0.047413},
     {-0.011820, 0.042940, 0.968881}},
    {{1.255528, -0.076749, -0.178779},
     {-0.078411, 0.930809, 0.147602},
     {0.004733, 0.691367, 0.303900}},
};

static void seen_without(const double m[3][3], uint32_t rgb, double ret[3])
{
    double in[3] = {linear(rgb >> 16), linear(rgb >> 8 & 255), linear(rgb & 255)};

    for (int i = 0; i < 3; i++)
        ret[i] = m[i][0] * in[0] + m[i][1] * in[1] + m[i][2] * in[2];
}

/* CIE L*a*b*, D65. */
static void to_lab(const double linear_rgb[3], double ret[3])
{
    double r = linear_rgb[0], g = linear_rgb[1], b = linear_rgb[2];
    double xyz[3] = {(0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047,
                     0.2126 * r + 0.7152 * g + 0.0722 * b,
                     (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883};

    for (int i = 0; i < 3; i++)
        xyz[i] =
            xyz[i] > 0.008856 ? cbrt(xyz[i]) : 7.787 * (xyz[i] > 0 ? xyz[i] : 0) + 16.0 / 116;
    ret[0] = 116 * xyz[1] - 16;
    ret[1] = 500 * (xyz[0] - xyz[1]);
    ret[2] = 200 * (xyz[1] - xyz[2]);
}

static double difference(const double m[3][3], uint32_t a, uint32_t b)
{
    double seen[3], first[3], second[3];

    seen_without(m, a, seen);
    to_lab(seen, first);
    seen_without(m, b, seen);
    to_lab(seen, second);
    return sqrt(pow(first[0] - second[0], 2) + pow(first[1] - second[1], 2) +
                pow(first[2] - second[2], 2));
}

static double least_difference(const char *name, enum theme_depth depth)
{
    static const enum style told_apart[] = {STYLE_GOOD, STYLE_BUSY, STYLE_BAD};
    struct theme t = load(name);
    double least = 1000;

    for (int m = 0; m < 3; m++)
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < i; j++) {
                struct theme_look a = theme_look(&t, told_apart[i], depth);
                struct theme_look b = theme_look(&t, told_apart[j], depth);
                double d = difference(missing[m], shown(a.fg, depth, OWN_FG),
                                      shown(b.fg, depth, OWN_FG));

                least = d < least ? d : least;
            }
    return least;
}

static void good_busy_and_bad_differ_for_every_eye(void **state)
{
    (void)state;
    assert_true(least_difference("colour-blind", THEME_TRUE) > 20);
    assert_true(least_difference("colour-blind", THEME_256) > 20);
    /* What the theme is for: the usual one does not. */
    assert_true(least_difference("dark", THEME_256) < 20);
}

static void without_colours_what_matters_differs_in_attributes(void **state)
{
    struct theme t;
    unsigned normal, bad, selected;
    (void)state;

    theme_mono(&t);
    normal = theme_look(&t, STYLE_NORMAL, THEME_256).attributes;
    bad = theme_look(&t, STYLE_BAD, THEME_256).attributes;
    selected = theme_look(&t, STYLE_SELECTED, THEME_256).attributes;
    assert_true(normal != bad && bad != selected && selected != normal);
    assert_int_equal(theme_look(&t, STYLE_BAD, THEME_256).fg, THEME_DEFAULT);
    t = load("high-contrast");
    assert_int_equal(theme_look(&t, STYLE_BAD, THEME_MONO).bg, THEME_DEFAULT);
    assert_int_equal(theme_look(&t, STYLE_BAD, THEME_MONO).attributes, bad);
}

static void a_colour_finds_the_nearest_that_there_is(void **state)
{
    struct theme t;
    (void)state;

    theme_mono(&t);
    t.styles[STYLE_BAD].fg = t.styles[STYLE_BAD].fg16 = THEME_RGB | 0xff5f5f;
    t.styles[STYLE_BAD].bg = t.styles[STYLE_BAD].bg16 = THEME_RGB | 0x000003;
    assert_int_equal(theme_look(&t, STYLE_BAD, THEME_256).fg, 203);
    assert_int_equal(theme_look(&t, STYLE_BAD, THEME_256).bg, 16);
    assert_int_equal(theme_look(&t, STYLE_BAD, THEME_16).bg, 0);
    assert_int_equal(theme_look(&t, STYLE_BAD, THEME_TRUE).fg, 0xff5f5f);
    /* Not the palette's third colour. */
    assert_int_equal(theme_look(&t, STYLE_BAD, THEME_TRUE).bg, 0x010103);
    t.styles[STYLE_BAD].fg16 = t.styles[STYLE_BAD].bg16 = THEME_RGB | 0xeeeeee;
    assert_int_not_equal(theme_look(&t, STYLE_BAD, THEME_16).fg,
                         theme_look(&t, STYLE_BAD, THEME_16).bg);
}

static void the_manual_names_every_style(void **state)
{
    char *page;
    size_t len;
    (void)state;

    assert_int_equal(share_read("man/sockeye-config.5.in", &page, &len, NULL), 0);
    for (int i = 0; i < STYLE_COUNT; i++)
        if (!strstr(page, style_name((enum style)i)))
            fail_msg("%s is not in the page", style_name((enum style)i));
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_style_has_a_name_of_its_own),
        cmocka_unit_test(colours_are_read_in_every_form),
        cmocka_unit_test(what_is_wrong_is_told_with_its_line),
        cmocka_unit_test(a_theme_of_ones_own_comes_first),
        cmocka_unit_test(a_name_is_never_a_path),
        cmocka_unit_test(the_manual_names_every_style),
        cmocka_unit_test(every_text_can_be_read),
        cmocka_unit_test(text_and_background_are_never_the_same),
        cmocka_unit_test(good_busy_and_bad_differ_for_every_eye),
        cmocka_unit_test(without_colours_what_matters_differs_in_attributes),
        cmocka_unit_test(a_colour_finds_the_nearest_that_there_is),
    };

    no_themes_of_a_person();
    return cmocka_run_group_tests_name("theme", tests, NULL, NULL);
}
