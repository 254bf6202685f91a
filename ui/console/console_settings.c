/* Settings that are changed while the console runs, and what follows from each. */
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/model/config_file.h"
#include "core/model/errors.h"
#include "ui/console/console_state.h"

#define KEYS_PREFIX "keys."

static void refuse(struct console *c, const struct err *err)
{
    char text[MODEL_NOTICE_BYTES];

    error_format(err, text, sizeof(text));
    model_notice(&c->model, true, "%s", text);
}

struct term_dress console_dress(const struct console *c)
{
    const struct config *config = c->setup->config;

    return (struct term_dress){
        .theme = c->setup->theme,
        .colours = (enum colour_depth)config_choice(config, SETTING_COLOURS),
        .ascii = config_on(config, SETTING_ASCII),
        .plain = config_on(config, SETTING_SCREEN_READER),
    };
}

/* The surface is made for what the terminal can show. */
static void dress_anew(struct console *c)
{
    struct term_dress dress = console_dress(c);
    int rows = surface_rows(c->surface), columns = surface_columns(c->surface);

    term_dress(c->term, &dress);
    surface_free(c->surface);
    c->surface = surface_new(rows, columns, term_ascii(c->term));
    console_lay_out(c);
}

void console_apply_times(struct console *c)
{
    static const enum pane_id ids[] = {PANE_SESSION, PANE_PACKETS, PANE_LADDER,
                                       PANE_JOURNAL, PANE_STREAM,  PANE_PACKETS_2};
    struct panel_event event = {.kind = PANEL_TIMES};

    event.clock = config_choice(c->setup->config, SETTING_TIMES) == TIMES_CLOCK;
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        console_tell(c, ids[i], &event);
}

static void apply(struct console *c, enum setting setting)
{
    switch (setting) {
    case SETTING_THEME:
    case SETTING_COLOURS:
    case SETTING_ASCII:
        dress_anew(c);
        break;
    case SETTING_MOUSE:
        console_take_mouse(c, config_on(c->setup->config, SETTING_MOUSE));
        break;
    case SETTING_TIMES:
        console_apply_times(c);
        break;
    case SETTING_REFRESH: /* the next wish says so */
    case SETTING_HISTORY: /* the end does */
    case SETTING_CAPTURE:
    case SETTING_SCREEN_READER:
    case SETTING_LOG:
    case SETTING_COUNT:
        break;
    }
}

bool console_set(struct console *c, enum setting setting, const char *text)
{
    struct err err = {0};

    if (config_set(c->setup->config, setting, text, FROM_HERE, &err) < 0) {
        refuse(c, &err);
        return false;
    }
    apply(c, setting);
    if (setting_infos[setting].at_start)
        model_notice(&c->model, false,
                     "%s %s: from the next start on, once it is written: %s "
                     "in the settings",
                     setting_infos[setting].name, text, key_for(ACTION_SAVE));
    console_urgent(c);
    return true;
}

bool console_set_theme(struct console *c, const char *name)
{
    struct err err = {0};

    if (theme_load(name, c->setup->theme, &err) < 0) {
        refuse(c, &err);
        return false;
    }
    return console_set(c, SETTING_THEME, name);
}

static void tell_setting(struct console *c, enum setting setting)
{
    const char *text = config_text(c->setup->config, setting);
    char from[PATH_MAX + 32];

    model_notice(&c->model, false, "%s is %s (%s): %s", setting_infos[setting].name,
                 text[0] ? text : "empty",
                 config_from(c->setup->config, setting, from, sizeof(from)),
                 setting_infos[setting].help);
}

/* --- the file --------------------------------------------------------------------------- */

/* The file is the person's: it is written when they say so, and as a whole. */
static void ask_to_write(struct console *c)
{
    const struct config *config = c->setup->config;

    if (!config->file[0]) {
        model_notice(&c->model, true,
                     "there is no file to write to: HOME is not set, or "
                     "--no-config was given");
        return;
    }
    c->act.kind = ACT_NONE;
    snprintf(c->question, sizeof(c->question), "write the settings and keys to %.300s?",
             config->file);
    snprintf(c->answer_command, sizeof(c->answer_command), "setting write now");
    console_begin(c, MODE_ASK, "");
}

static void write_now(struct console *c)
{
    struct err err = {0};

    /* In a replay the keys are those of who recorded. */
    if (console_hands_off(c))
        return;
    if (config_save(c->setup->config, &err) < 0)
        refuse(c, &err);
    else
        model_notice(&c->model, false, "%s was written", c->setup->config->file);
}

/* setting NAME [VALUE], setting keys.ACTION [KEY...], setting write */
void console_setting(struct console *c, const char *words)
{
    size_t len = strcspn(words, " ");
    char name[64];
    enum setting setting;
    struct err err = {0};

    if (!*words) {
        console_go(c, SCREEN_SETTINGS);
        return;
    }
    if (strcmp(words, "write") == 0 || strcmp(words, "write now") == 0) {
        (strcmp(words, "write") == 0 ? ask_to_write : write_now)(c);
        return;
    }
    snprintf(name, sizeof(name), "%.*s", (int)(len < 63 ? len : 63), words);
    if (strncmp(name, KEYS_PREFIX, strlen(KEYS_PREFIX)) == 0) {
        words += len + strspn(words + len, " ");
        console_bind(c, name + strlen(KEYS_PREFIX), words);
        return;
    }
    setting = setting_by_name(name, &err);
    words += len + strspn(words + len, " ");
    if (setting == SETTING_COUNT)
        refuse(c, &err);
    else if (!*words)
        tell_setting(c, setting);
    else if (setting == SETTING_THEME)
        console_set_theme(c, words);
    else
        console_set(c, setting, words);
}

/* theme [NAME] */
void console_theme(struct console *c, const char *name)
{
    if (*name)
        console_set_theme(c, name);
    else
        model_notice(&c->model, false, "the theme is %s: %s", c->setup->theme->name,
                     c->setup->theme->description);
}
