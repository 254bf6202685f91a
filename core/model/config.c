#include "core/model/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/nearest.h"
#include "core/base/text.h"

static const char *const depths[] = {"auto", "true", "256", "16", "none", NULL};
static const char *const times[] = {"elapsed", "clock", NULL};

const struct setting_info setting_infos[SETTING_COUNT] = {
    [SETTING_THEME] = {"theme", SETTING_TEXT, NULL, 1, 63, "dark", false,
                       "the colours: dark, light, high-contrast, colour-blind, mono, or a file "
                       "in the folder themes beside the configuration"},
    [SETTING_COLOURS] = {"colours", SETTING_CHOICE, depths, 0, 0, "auto", false,
                         "how many colours to use: auto is what TERM and COLORTERM say"},
    [SETTING_ASCII] = {"ascii", SETTING_SWITCH, NULL, 0, 0, "off", false,
                       "draw in ASCII also where the locale has UTF-8"},
    [SETTING_MOUSE] = {"mouse", SETTING_SWITCH, NULL, 0, 0, "on", false,
                       "take clicks and the wheel; off leaves them to the terminal"},
    [SETTING_TIMES] = {"times", SETTING_CHOICE, times, 0, 0, "elapsed", false,
                       "how times are written at first: elapsed, or the time of day"},
    [SETTING_CAPTURE] = {"capture", SETTING_SWITCH, NULL, 0, 0, "on", true,
                         "capture packets from the start"},
    [SETTING_REFRESH] = {"refresh-ms", SETTING_NUMBER, NULL, 0, 60000, "0", false,
                         "milliseconds between two looks at the host's sockets; 0: by what "
                         "a look costs"},
    [SETTING_HISTORY] =
        {"history", SETTING_NUMBER, NULL, 0, 200, "200", false,
         "lines of each prompt that are kept from one start to the next; 0: none"},
    [SETTING_SCREEN_READER] = {"screen-reader", SETTING_SWITCH, NULL, 0, 0, "off", true,
                               "plain lines on change instead of a screen"},
    [SETTING_LOG] = {"log", SETTING_TEXT, NULL, 0, CONFIG_TEXT_BYTES - 1, "", true,
                     "a file that tells what happened, for a bug report; empty: none"},
};

void config_init(struct config *c)
{
    *c = (struct config){0};
    for (int i = 0; i < SETTING_COUNT; i++)
        snprintf(c->values[i].text, CONFIG_TEXT_BYTES, "%s", setting_infos[i].initial);
}

/* --- one setting ------------------------------------------------------------------------ */

enum setting setting_by_name(const char *name, struct err *err)
{
    struct nearest n = {.word = name};

    for (int i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(setting_infos[i].name, name) == 0)
            return (enum setting)i;
        nearest_try(&n, setting_infos[i].name);
    }
    err_set(err, -EINVAL, "setting", name, "there is no such setting");
    if (n.found)
        err_hint(err, "did you mean %s?", n.found);
    return SETTING_COUNT;
}

/* The place among the choices, -1: it is none of them. */
static int choice_of(const struct setting_info *s, const char *text)
{
    for (int i = 0; s->choices[i]; i++)
        if (strcmp(s->choices[i], text) == 0)
            return i;
    return -1;
}

static bool number_of(const struct setting_info *s, const char *text, uint64_t *ret)
{
    size_t len = strlen(text);

    *ret = 0;
    if (!len || len > 9 || strspn(text, "0123456789") != len)
        return false;
    *ret = strtoull(text, NULL, 10);
    return *ret >= s->min && *ret <= s->max;
}

static void write_choices(const struct setting_info *s, char *buf, size_t size)
{
    size_t used = 0;

    buf[0] = '\0';
    for (int i = 0; s->choices[i] && used < size; i++)
        used += (size_t)snprintf(buf + used, size - used, "%s%s",
                                 i == 0              ? ""
                                 : s->choices[i + 1] ? ", "
                                                     : " or ",
                                 s->choices[i]);
}

int setting_check(enum setting setting, const char *text, struct err *err)
{
    const struct setting_info *s = &setting_infos[setting];
    char choices[96];
    uint64_t number;

    switch (s->kind) {
    case SETTING_SWITCH:
        if (strcmp(text, "on") == 0 || strcmp(text, "off") == 0)
            return 0;
        return err_set(err, -EINVAL, "setting", s->name, "it is on or off, not '%.40s'", text);
    case SETTING_CHOICE:
        if (choice_of(s, text) >= 0)
            return 0;
        write_choices(s, choices, sizeof(choices));
        return err_set(err, -EINVAL, "setting", s->name, "it is %s, not '%.40s'", choices,
                       text);
    case SETTING_NUMBER:
        if (number_of(s, text, &number))
            return 0;
        return err_set(err, -EINVAL, "setting", s->name,
                       "it is a whole number from %llu to %llu, not '%.20s'",
                       (unsigned long long)s->min, (unsigned long long)s->max, text);
    case SETTING_TEXT:
        break;
    }
    if (strlen(text) < s->min)
        return err_set(err, -EINVAL, "setting", s->name, "it is empty");
    if (strlen(text) > s->max)
        return err_set(err, -EINVAL, "setting", s->name, "it is longer than %llu bytes",
                       (unsigned long long)s->max);
    return text_is_printable(text) ? 0
                                   : err_set(err, -EINVAL, "setting", s->name,
                                             "it has characters that cannot be shown");
}

int config_set(struct config *c, enum setting setting, const char *text, enum setting_from from,
               struct err *err)
{
    struct setting_value *v = &c->values[setting];
    int r = setting_check(setting, text, err);

    if (r < 0)
        return r;
    v->from = from;
    v->line = 0;
    memmove(v->text, text, strlen(text) + 1);
    return 0;
}

bool config_on(const struct config *c, enum setting setting)
{
    return strcmp(c->values[setting].text, "on") == 0;
}

int config_choice(const struct config *c, enum setting setting)
{
    return choice_of(&setting_infos[setting], c->values[setting].text);
}

uint64_t config_number(const struct config *c, enum setting setting)
{
    uint64_t number;

    number_of(&setting_infos[setting], c->values[setting].text, &number);
    return number;
}

const char *config_text(const struct config *c, enum setting setting)
{
    return c->values[setting].text;
}

/* 0 1 2 5 10 20 50 ...: the next of them above the number, or below. */
static uint64_t step_number(uint64_t number, bool back)
{
    static const unsigned steps[] = {1, 2, 5};
    uint64_t below = 0;

    for (uint64_t power = 1;; power *= 10)
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
            uint64_t at = steps[i] * power;

            if (at > number && !back)
                return at;
            if (at >= number && back)
                return below;
            below = at;
        }
}

bool setting_step(enum setting setting, const char *text, bool back,
                  char ret[CONFIG_TEXT_BYTES])
{
    const struct setting_info *s = &setting_infos[setting];
    uint64_t number;
    int n = 0, at;

    switch (s->kind) {
    case SETTING_SWITCH:
        snprintf(ret, CONFIG_TEXT_BYTES, "%s", strcmp(text, "on") == 0 ? "off" : "on");
        return true;
    case SETTING_CHOICE:
        for (n = 1; s->choices[n];)
            n++;
        at = choice_of(s, text);
        snprintf(ret, CONFIG_TEXT_BYTES, "%s", s->choices[(at + n + (back ? -1 : 1)) % n]);
        return true;
    case SETTING_NUMBER:
        number_of(s, text, &number);
        number = step_number(number, back);
        number = number < s->min ? s->min : number > s->max ? s->max : number;
        snprintf(ret, CONFIG_TEXT_BYTES, "%llu", (unsigned long long)number);
        return true;
    case SETTING_TEXT:
        break;
    }
    return false;
}

const char *config_from(const struct config *c, enum setting setting, char *buf, size_t size)
{
    const struct setting_value *v = &c->values[setting];

    switch (v->from) {
    case FROM_FILE:
        if (v->line)
            snprintf(buf, size, "%s:%zu", c->file, v->line);
        else
            snprintf(buf, size, "%s", c->file);
        break;
    case FROM_OPTION:
        snprintf(buf, size, "command line");
        break;
    case FROM_HERE:
        snprintf(buf, size, "changed here");
        break;
    case FROM_DEFAULT:
        snprintf(buf, size, "default");
        break;
    }
    return buf;
}

/* --- keys ------------------------------------------------------------------------------- */

static size_t binding_at(const struct config *c, const char *action)
{
    size_t i = 0;

    while (i < c->n_bindings && strcmp(c->bindings[i].action, action) != 0)
        i++;
    return i;
}

const struct config_binding *config_binding(const struct config *c, const char *action)
{
    size_t i = binding_at(c, action);

    return i < c->n_bindings ? &c->bindings[i] : NULL;
}

/* Words as keys; those that are no words of a key are told. */
static int take_keys(const char *keys, struct config_binding *b, struct err *err)
{
    for (const char *at = keys + strspn(keys, " "); *at; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");

        if (b->n == CONFIG_KEYS)
            return err_set(err, -EINVAL, "setting", b->action, "an action has at most %d keys",
                           CONFIG_KEYS);
        if (len >= CONFIG_KEY_BYTES)
            return err_set(err, -EINVAL, "setting", b->action, "'%.40s' is no name of a key",
                           at);
        memcpy(b->keys[b->n++], at, len);
        at += len;
    }
    return 0;
}

int config_bind(struct config *c, const char *action, const char *keys, struct err *err)
{
    struct config_binding b = {.here = true};
    size_t at = binding_at(c, action);
    int r;

    snprintf(b.action, sizeof(b.action), "%s", action);
    r = keys ? take_keys(keys, &b, err) : 0;
    if (r == 0 && keys && at == CONFIG_BINDINGS)
        r = err_set(err, -EINVAL, "setting", action, "there are too many bindings");
    if (r < 0)
        return r;
    if (keys) {
        c->bindings[at] = b;
        c->n_bindings += at == c->n_bindings;
    } else if (at < c->n_bindings) {
        c->n_bindings--;
        memmove(&c->bindings[at], &c->bindings[at + 1],
                (c->n_bindings - at) * sizeof(c->bindings[0]));
    }
    return 0;
}
