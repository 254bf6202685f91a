#include "ui/console/configure.h"

#include <errno.h>
#include <string.h>

#include "core/model/config_file.h"
#include "ui/console/action.h"

static const struct {
    const char *name;
    enum setting setting;
    const char *value; /* NULL: the next word */
} options[] = {
    {"--theme", SETTING_THEME, NULL},
    {"--ascii", SETTING_ASCII, "on"},
    {"--no-capture", SETTING_CAPTURE, "off"},
    {"--screen-reader", SETTING_SCREEN_READER, "on"},
    {"--log", SETTING_LOG, NULL},
};

static int take_value(const char *word, const char *next, const char **ret, struct err *err)
{
    if (!next)
        return err_set(err, -EINVAL, "", word, "a value is missing behind it");
    *ret = next;
    return 2;
}

int configure_option(struct configure_wish *wish, const char *word, const char *next,
                     struct err *err)
{
    if (strcmp(word, "--no-config") == 0) {
        wish->no_file = true;
        return 1;
    }
    if (strcmp(word, "--config") == 0)
        return take_value(word, next, &wish->file, err);
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (strcmp(options[i].name, word) != 0)
            continue;
        if (!options[i].value)
            return take_value(word, next, &wish->options[options[i].setting], err);
        wish->options[options[i].setting] = options[i].value;
        return 1;
    }
    return 0;
}

/* Without the data files there are no colours, which is no reason not to start. */
static int load_theme(const struct config *c, struct theme *ret, struct err *err)
{
    const struct setting_value *v = &c->values[SETTING_THEME];
    struct err why = {0};
    int r = theme_load(v->text, ret, &why);

    if (r == -ENOENT && v->from == FROM_DEFAULT) {
        theme_mono(ret);
        return 0;
    }
    if (r < 0 && v->from == FROM_FILE && v->line && r == -ENOENT) {
        config_wrong(c->file, v->line, "theme", err, "there is no theme '%s'", v->text);
        err_hint(err, "%s", why.hint);
    } else if (r < 0 && err) {
        *err = why;
    }
    return r;
}

int configure(const struct configure_wish *wish, struct config *c, struct theme *ret_theme,
              struct err *err)
{
    int r = 0;

    config_init(c);
    if (!wish->no_file)
        r = config_load(c, wish->file, err);
    for (int i = 0; i < SETTING_COUNT && r == 0; i++)
        if (wish->options[i])
            r = config_set(c, (enum setting)i, wish->options[i], FROM_OPTION, err);
    if (r == 0)
        r = load_theme(c, ret_theme, err);
    return r == 0 ? keymap_bind(c, err) : r;
}
