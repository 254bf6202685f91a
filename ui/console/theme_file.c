/* Themes read from their files, and which there are. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/nearest.h"
#include "core/base/share.h"
#include "core/base/xdg.h"
#include "core/model/config.h"
#include "ui/console/theme.h"

#define THEME_FILE_BYTES (64U << 10)
#define FOLDER "themes"
#define ENDING ".json"
#define MONO "mono"

static const char *const colours[16] = {
    "black",        "red",           "green",       "yellow",         "blue",
    "magenta",      "cyan",          "white",       "bright-black",   "bright-red",
    "bright-green", "bright-yellow", "bright-blue", "bright-magenta", "bright-cyan",
    "bright-white"};

static const char *const attributes[] = {"bold", "dim", "underline", "reverse", "italic"};
#define N_ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))

/* --- one file --------------------------------------------------------------------------- */

struct reading {
    const struct json_text *text;
    struct err *err;
    char field[64]; /* "styles.bad.fg" */
};

static int wrong(struct reading *r, const cJSON *item, const char *reason)
{
    return config_wrong(r->text->path, json_text_line(r->text, item), r->field, r->err, "%s",
                        reason);
}

static int colour_of(const cJSON *item, int32_t *ret)
{
    const char *text = cJSON_GetStringValue(item);
    unsigned rgb;
    char behind;

    if (cJSON_IsNumber(item)) {
        *ret = item->valueint;
        return item->valuedouble == (double)*ret && *ret >= 0 && *ret < 256 ? 0 : -EINVAL;
    }
    if (!text)
        return -EINVAL;
    if (text[0] == '#' && strlen(text) == 7 &&
        strspn(text + 1, "0123456789abcdefABCDEF") == 6 &&
        sscanf(text + 1, "%6x%c", &rgb, &behind) == 1) {
        *ret = (int32_t)(THEME_RGB | rgb);
        return 0;
    }
    for (int i = 0; i < 16; i++)
        if (strcmp(colours[i], text) == 0) {
            *ret = i;
            return 0;
        }
    *ret = THEME_DEFAULT;
    return strcmp(text, "default") == 0 ? 0 : -EINVAL;
}

static int read_colour(struct reading *r, const cJSON *item, int32_t *ret, int32_t *ret_16)
{
    static const char reason[] = "a colour is default, a name such as bright-red, 0 to 255, "
                                 "#rrggbb, or an array of two";
    const cJSON *first = item, *second = item;

    if (cJSON_IsArray(item)) {
        if (cJSON_GetArraySize(item) != 2)
            return wrong(r, item, reason);
        first = item->child;
        second = first->next;
    }
    if (colour_of(first, ret) < 0)
        return wrong(r, first, reason);
    return colour_of(second, ret_16) < 0 ? wrong(r, second, reason) : 0;
}

static int read_attributes(struct reading *r, const cJSON *array, unsigned *ret)
{
    const cJSON *item;

    *ret = 0;
    if (!cJSON_IsArray(array))
        return wrong(r, array, "an array is due");
    cJSON_ArrayForEach(item, array)
    {
        const char *text = cJSON_GetStringValue(item);
        size_t i = 0;

        while (i < N_ATTRIBUTES && (!text || strcmp(attributes[i], text) != 0))
            i++;
        if (i == N_ATTRIBUTES)
            return wrong(r, item, "an attribute is bold, dim, underline, reverse or italic");
        *ret |= 1U << i;
    }
    return 0;
}

static int read_style(struct reading *r, const cJSON *object, struct theme_style *s)
{
    size_t used = strlen(r->field);
    const cJSON *item;
    int code = 0;

    if (!cJSON_IsObject(object))
        return wrong(r, object, "an object is due");
    cJSON_ArrayForEach(item, object)
    {
        snprintf(r->field + used, sizeof(r->field) - used, ".%s", item->string);
        if (strcmp(item->string, "fg") == 0)
            code = read_colour(r, item, &s->fg, &s->fg16);
        else if (strcmp(item->string, "bg") == 0)
            code = read_colour(r, item, &s->bg, &s->bg16);
        else if (strcmp(item->string, "attributes") == 0)
            code = read_attributes(r, item, &s->attributes);
        else
            code = wrong(r, item, "a style has fg, bg and attributes");
        if (code < 0)
            return code;
    }
    return 0;
}

static int no_style(struct reading *r, const cJSON *item)
{
    struct nearest n = {.word = item->string};
    int code = wrong(r, item, "there is no such style");

    for (int i = 0; i < STYLE_COUNT; i++)
        nearest_try(&n, style_name((enum style)i));
    if (n.found)
        err_hint(r->err, "did you mean %s?", n.found);
    return code;
}

static int read_styles(struct reading *r, const cJSON *object, struct theme *t)
{
    const cJSON *normal = cJSON_GetObjectItemCaseSensitive(object, style_name(STYLE_NORMAL));
    struct theme_style base = {THEME_DEFAULT, THEME_DEFAULT, THEME_DEFAULT, THEME_DEFAULT, 0};
    const cJSON *item;
    int code = 0;

    snprintf(r->field, sizeof(r->field), "styles");
    if (!cJSON_IsObject(object))
        return wrong(r, object, "an object is due");
    snprintf(r->field, sizeof(r->field), "styles.%s", style_name(STYLE_NORMAL));
    if (normal)
        code = read_style(r, normal, &base);
    for (int i = 0; i < STYLE_COUNT; i++)
        t->styles[i] = base;
    cJSON_ArrayForEach(item, object)
    {
        int i = 0;

        if (code < 0)
            break;
        while (i < STYLE_COUNT && strcmp(style_name((enum style)i), item->string) != 0)
            i++;
        snprintf(r->field, sizeof(r->field), "styles.%s", item->string);
        code = i == STYLE_COUNT ? no_style(r, item) : read_style(r, item, &t->styles[i]);
    }
    return code;
}

int theme_parse(const struct json_text *text, struct theme *ret, struct err *err)
{
    struct reading r = {.text = text, .err = err};
    struct theme t = {0};
    const cJSON *item;
    bool styled = false;
    int code = 0;

    if (!cJSON_IsObject(text->root))
        return wrong(&r, text->root, "a theme is an object with description and styles");
    cJSON_ArrayForEach(item, text->root)
    {
        snprintf(r.field, sizeof(r.field), "%s", item->string);
        if (strcmp(item->string, "styles") == 0 && !styled) {
            code = read_styles(&r, item, &t);
            styled = true;
        } else if (strcmp(item->string, "description") == 0 &&
                   config_string(item, sizeof(t.description))) {
            strcpy(t.description, cJSON_GetStringValue(item));
        } else {
            code = wrong(&r, item, "a theme has a description, which is a text, and styles");
        }
        if (code < 0)
            return code;
    }
    r.field[0] = '\0';
    if (!styled)
        return wrong(&r, text->root, "a theme needs styles");
    *ret = t;
    return 0;
}

/* --- which there are -------------------------------------------------------------------- */

/* Letters, digits, _ and -: a name is never a path. */
static bool is_name(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && len < THEME_NAME_BYTES &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
               len;
}

static void add_name(char ret[THEME_NAMES_MAX][THEME_NAME_BYTES], size_t *n, const char *name)
{
    size_t at = 0;

    while (at < *n && strcmp(ret[at], name) < 0)
        at++;
    if (*n == THEME_NAMES_MAX || (at < *n && strcmp(ret[at], name) == 0))
        return;
    memmove(ret[at + 1], ret[at], (*n - at) * sizeof(ret[0]));
    snprintf(ret[at], THEME_NAME_BYTES, "%s", name);
    (*n)++;
}

static void add_folder(char ret[THEME_NAMES_MAX][THEME_NAME_BYTES], size_t *n, const char *path)
{
    DIR *folder = path ? opendir(path) : NULL;
    const struct dirent *e;

    while (folder && (e = readdir(folder)) != NULL) {
        size_t len = strlen(e->d_name), ending = strlen(ENDING);
        char name[THEME_NAME_BYTES];

        if (len <= ending || len - ending >= sizeof(name) ||
            strcmp(e->d_name + len - ending, ENDING) != 0)
            continue;
        memcpy(name, e->d_name, len - ending);
        name[len - ending] = '\0';
        if (is_name(name))
            add_name(ret, n, name);
    }
    if (folder)
        closedir(folder);
}

size_t theme_names(char ret[THEME_NAMES_MAX][THEME_NAME_BYTES])
{
    char path[PATH_MAX];
    size_t n = 0;

    add_name(ret, &n, MONO);
    add_folder(ret, &n, share_path(FOLDER, path));
    add_folder(ret, &n, xdg_path(XDG_CONFIG, FOLDER, path));
    return n;
}

static int no_theme(const char *name, struct err *err)
{
    char(*all)[THEME_NAME_BYTES] = calloc(THEME_NAMES_MAX, sizeof(*all));
    size_t n = all ? theme_names(all) : 0, used = 0;
    char list[ERR_TEXT_BYTES] = "";

    for (size_t i = 0; i < n && used < sizeof(list); i++)
        used +=
            (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "", all[i]);
    free(all);
    err_set(err, -EINVAL, "theme", name, "there is no such theme");
    err_hint(err, "there are %s", list);
    return -ENOENT;
}

int theme_load(const char *name, struct theme *ret, struct err *err)
{
    char below[THEME_NAME_BYTES + 16], path[PATH_MAX];
    struct json_text text = {0};
    struct theme t;
    int r;

    if (strcmp(name, MONO) == 0) {
        theme_mono(ret);
        return 0;
    }
    if (!is_name(name))
        return no_theme(name, err);
    snprintf(below, sizeof(below), FOLDER "/%s" ENDING, name);
    r = xdg_path(XDG_CONFIG, below, path) ? json_text_read(path, THEME_FILE_BYTES, &text, err)
                                          : -ENOENT;
    if ((r == -ENOENT || r == -ENOTDIR || r == -EACCES) && share_path(below, path))
        r = json_text_read(path, THEME_FILE_BYTES, &text, err);
    if (r == -ENOENT || r == -ENOTDIR || r == -EACCES)
        return no_theme(name, err);
    if (r == 0)
        r = theme_parse(&text, &t, err);
    json_text_done(&text);
    if (r < 0)
        return r;
    snprintf(t.name, sizeof(t.name), "%s", name);
    *ret = t;
    return 0;
}
