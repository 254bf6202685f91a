/* Keys of actions, bound while the console runs: the next key that is pressed, or `:setting
 * keys.ACTION KEY...`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/line.h"
#include "core/base/mem.h"
#include "core/model/errors.h"
#include "ui/console/console_state.h"

#define BOUND_BYTES (CONFIG_KEYS * (CONFIG_KEY_BYTES + 1))

static void refuse(struct console *c, const struct err *err)
{
    char text[MODEL_NOTICE_BYTES];

    error_format(err, text, sizeof(text));
    model_notice(&c->model, true, "%s", text);
}

static void tell(struct console *c, enum action action)
{
    const char *keys = action_keys(action);

    if (keys[0])
        model_notice(&c->model, false, "%s is bound to %s; %s in the settings writes that down",
                     actions[action].name, keys, key_for(ACTION_SAVE));
    else
        model_notice(&c->model, false, "%s has no key; %s in the settings writes that down",
                     actions[action].name, key_for(ACTION_SAVE));
}

/* Tried on a copy: a key that cannot be bound leaves everything as it was.  keys NULL: the usual. */
static void bind_to(struct console *c, enum action action, const char *keys)
{
    struct config *config = c->setup->config, *copy = mem_new(1, sizeof(*copy));
    struct err err = {0};
    int r;

    *copy = *config;
    copy->file[0] = '\0'; /* what is wrong is wrong here */
    if (keys && strcmp(keys, actions[action].keys) == 0)
        keys = NULL;
    r = config_bind(copy, actions[action].name, keys, &err);
    if (r == 0)
        r = keymap_bind(copy, &err);
    if (r == 0) {
        config_bind(config, actions[action].name, keys, NULL);
        tell(c, action);
    } else {
        refuse(c, &err);
    }
    free(copy);
    console_urgent(c);
}

/* keys.ACTION [KEY...|none|usual] */
void console_bind(struct console *c, const char *name, const char *keys)
{
    enum action action = action_by_name(name);

    if (action == ACTION_NONE)
        model_notice(&c->model, true, "setting keys: there is no action '%s'", name);
    else if (!keys[0])
        tell(c, action);
    else
        bind_to(c, action,
                strcmp(keys, "usual") == 0  ? NULL
                : strcmp(keys, "none") == 0 ? ""
                                            : keys);
}

/* --- the next key ------------------------------------------------------------------------- */

void console_begin_bind(struct console *c, enum action action)
{
    c->binding = action;
    console_begin(c, MODE_BIND, "");
}

/* The last one, which the footer and sentences name, gives way; the others stay. */
static void replace_last(struct console *c, enum action action, const char *word)
{
    const char *keys = action_keys(action), *last = strrchr(keys, ' ');
    char words[BOUND_BYTES];
    struct line_out l = line_in(words, sizeof(words));

    if (last)
        line_add(&l, "%.*s ", (int)(last - keys), keys);
    line_add(&l, "%s", word);
    bind_to(c, action, words);
}

void console_bind_key(struct console *c, uint32_t key)
{
    enum action has = action_of_key(key);
    char word[CONFIG_KEY_BYTES];

    c->mode = MODE_KEYS;
    console_urgent(c);
    if (key == KEYS_ESCAPE || key == ('c' & 0x1f))
        return;
    if (!key_word(key, word, sizeof(word)))
        model_notice(&c->model, true, "this key cannot be bound");
    else if (has != ACTION_NONE)
        model_notice(&c->model, true, "%s is a key of %s already%s", word, actions[has].name,
                     has == c->binding ? "" : ": give that one another key first");
    else
        replace_last(c, c->binding, word);
}
