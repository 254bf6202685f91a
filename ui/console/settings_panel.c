/* ui/console/settings_panel.c - every setting, what it is, where that comes from, what it means.
 *
 *   ── settings: Enter and the arrows change, w writes the file ──────────────────────
 *    Setting         Value              From
 *    theme           dark               default
 *   >colours         16                 /home/a/.config/sockeye/config.json:3
 *    ...
 *    keys.open       C-x F5             /home/a/.config/sockeye/config.json:7
 *    keys.serve      L                  default
 *    how many colours to use: auto is what TERM and COLORTERM say: auto, true, 256, 16 or none */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/config.h"
#include "ui/console/figures.h"
#include "ui/console/list_view.h"
#include "ui/console/panel.h"
#include "ui/console/theme.h"

#define VALUE_COLUMN 32 /* keys.previous-of-conversation */
#define FROM_COLUMN 49
#define HELP_ROWS 2

struct settings {
    struct list_view list;
};

static size_t n_items(const struct model *m)
{
    return m->config ? SETTING_COUNT + ACTION_COUNT - 1 : 0;
}

/* Behind the settings come the keys of every action. */
static enum action action_at(size_t index)
{
    return (enum action)(index - SETTING_COUNT + 1);
}

struct shown {
    char name[CONFIG_ACTION_BYTES + 8], value[CONFIG_TEXT_BYTES], from[PATH_MAX + 32];
    const char *help;
    bool changed; /* here, or it is not as usual */
};

static void set_keys(const struct config *c, enum action action, struct shown *s)
{
    const struct config_binding *b = config_binding(c, actions[action].name);
    const char *keys = action_keys(action);

    snprintf(s->name, sizeof(s->name), "keys.%s", actions[action].name);
    snprintf(s->value, sizeof(s->value), "%s", keys[0] ? keys : "none");
    if (b && b->line)
        snprintf(s->from, sizeof(s->from), "%s:%zu", c->file, b->line);
    else
        snprintf(s->from, sizeof(s->from), "%s",
                 !b        ? "default"
                 : b->here ? "changed here"
                           : c->file);
    s->help = actions[action].help;
    s->changed = b != NULL;
}

static struct shown shown_at(const struct model *m, size_t index)
{
    const struct config *c = m->config;
    struct shown s = {0};

    if (index < SETTING_COUNT) {
        enum setting setting = (enum setting)index;

        snprintf(s.name, sizeof(s.name), "%s", setting_infos[index].name);
        snprintf(s.value, sizeof(s.value), "%s", config_text(c, setting));
        config_from(c, setting, s.from, sizeof(s.from));
        s.help = setting_infos[index].help;
        s.changed = c->values[index].from != FROM_DEFAULT;
        return s;
    }
    set_keys(c, action_at(index), &s);
    return s;
}

static void item_text(const void *panel, const struct model *m, size_t index, char *buf)
{
    struct shown s = shown_at(m, index);

    (void)panel;
    snprintf(buf, LIST_ITEM_BYTES, "%s %.100s %.200s", s.name, s.value, s.help);
}

/* --- keys ------------------------------------------------------------------------------- */

/* The theme before or behind the one that is. */
static void step_theme(const struct model *m, bool back, char ret[CONFIG_TEXT_BYTES])
{
    char(*names)[THEME_NAME_BYTES] = mem_new(THEME_NAMES_MAX, sizeof(*names));
    size_t n = theme_names(names), at = 0;

    while (at < n && strcmp(names[at], config_text(m->config, SETTING_THEME)) != 0)
        at++;
    if (n) {
        at = (at + n + (back ? n - 1 : 1)) % n;
        snprintf(ret, CONFIG_TEXT_BYTES, "%s", names[at]);
    }
    free(names);
}

/* A value that is typed is begun in the prompt. */
static void type_value(enum setting setting, const char *text, struct requests *requests)
{
    snprintf(requests->prompt, sizeof(requests->prompt), "setting %s %s",
             setting_infos[setting].name, text);
}

static enum panel_reply change(const struct settings *p, const struct model *m, bool back,
                               bool typed, struct requests *requests)
{
    enum setting setting = (enum setting)p->list.cursor;
    char text[CONFIG_TEXT_BYTES];

    if (p->list.cursor >= SETTING_COUNT) {
        enum action action = action_at(p->list.cursor);

        if (back)
            snprintf(requests->command, sizeof(requests->command), "setting keys.%s usual",
                     actions[action].name);
        else
            requests->bind = action;
        return PANEL_HANDLED;
    }
    if (setting == SETTING_THEME) {
        step_theme(m, back, text);
    } else if ((typed && setting_infos[setting].kind == SETTING_NUMBER) ||
               !setting_step(setting, config_text(m->config, setting), back, text)) {
        type_value(setting, config_text(m->config, setting), requests);
        return PANEL_HANDLED;
    }
    snprintf(requests->command, sizeof(requests->command), "setting %s %.200s",
             setting_infos[setting].name, text);
    return PANEL_HANDLED;
}

static enum panel_reply act(struct settings *p, enum action action, const struct model *m,
                            struct requests *requests)
{
    if (!p->list.count)
        return PANEL_IGNORED;
    switch (action) {
    case ACTION_DETAILS:
        return change(p, m, false, true, requests);
    case ACTION_RIGHT:
        return change(p, m, false, false, requests);
    case ACTION_LEFT:
        return change(p, m, true, false, requests);
    case ACTION_SAVE:
        snprintf(requests->command, sizeof(requests->command), "setting write");
        return PANEL_HANDLED;
    default:
        return list_view_move(&p->list, action) ? PANEL_HANDLED : PANEL_IGNORED;
    }
}

/* --- the panel -------------------------------------------------------------------------- */

static void *settings_open(void)
{
    return mem_new(1, sizeof(struct settings));
}

static enum panel_reply settings_update(void *self, const struct panel_event *event,
                                        const struct model *m, struct requests *requests)
{
    struct settings *p = self;

    list_view_count(&p->list, n_items(m));
    if (event->kind == PANEL_RESIZE)
        list_view_rows(&p->list, event->rows - figure_title_rows(event->rows) - 1 - HELP_ROWS);
    if (event->kind == PANEL_RESIZE || event->kind == PANEL_TICK)
        return PANEL_HANDLED;
    if (list_view_click(&p->list, event, figure_title_rows(event->rows) + 1) ||
        list_view_search(&p->list, event, item_text, p, m, requests))
        return PANEL_HANDLED;
    return event->kind == PANEL_ACTION ? act(p, event->action, m, requests) : PANEL_IGNORED;
}

static void draw_item(struct area a, int row, const struct shown *s)
{
    area_text_cut(a, row, 1, VALUE_COLUMN - 2, s->changed ? STYLE_INPUT : STYLE_NORMAL,
                  s->name);
    area_text_cut(a, row, VALUE_COLUMN, FROM_COLUMN - VALUE_COLUMN - 1,
                  s->changed ? STYLE_INPUT : STYLE_NORMAL, s->value[0] ? s->value : "-");
    area_text_cut(a, row, FROM_COLUMN, a.columns - FROM_COLUMN - 1, STYLE_DIM, s->from);
}

static void settings_draw(const void *self, const struct model *m, struct area a, bool keys)
{
    const struct settings *p = self;
    char title[96], help[320];
    struct shown s;
    int rows;

    snprintf(title, sizeof(title), "settings: Enter and the arrows change, %s writes the file",
             key_for(ACTION_SAVE));
    a = figure_title(a, title, keys);
    rows = a.rows - HELP_ROWS;
    area_text(a, 0, 1, STYLE_HEADER, "Setting");
    area_text(a, 0, VALUE_COLUMN, STYLE_HEADER, "Value");
    area_text(a, 0, FROM_COLUMN, STYLE_HEADER, "From");
    for (int row = 1; row < rows; row++) {
        size_t index = p->list.top + (size_t)row - 1;

        if (index >= n_items(m))
            break;
        s = shown_at(m, index);
        draw_item(a, row, &s);
        if (index == p->list.cursor)
            list_view_mark(a, row, keys);
    }
    if (rows < 2 || p->list.cursor >= n_items(m))
        return;
    s = shown_at(m, p->list.cursor);
    if (p->list.cursor < SETTING_COUNT)
        snprintf(help, sizeof(help), "%s", s.help);
    else
        snprintf(help, sizeof(help), "%s. %s, then the new key; %s: the usual ones again",
                 s.help, key_for(ACTION_DETAILS), key_for(ACTION_LEFT));
    figure_paragraph(area_part(a, rows, 1, HELP_ROWS, a.columns - 2), 0, STYLE_NORMAL, help);
}

const struct panel_ops settings_panel = {
    .name = "settings",
    .open = settings_open,
    .close = free,
    .update = settings_update,
    .draw = settings_draw,
};
