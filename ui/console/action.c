#include "ui/console/action.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/line.h"
#include "core/base/nearest.h"
#include "core/base/text.h"
#include "core/model/config.h"

const struct action_info actions[ACTION_COUNT] = {
#define X(id, name, keys, footer, help) [ACTION_##id] = {name, keys, footer, help},
    ACTIONS(X)
#undef X
};

static const struct {
    const char *name;
    uint32_t key;
} named[] = {
    {"Enter", KEYS_ENTER},
    {"Tab", KEYS_TAB},
    {"S-Tab", KEYS_SHIFT_TAB},
    {"Space", ' '},
    {"Up", KEYS_UP},
    {"Down", KEYS_DOWN},
    {"Left", KEYS_LEFT},
    {"Right", KEYS_RIGHT},
    {"PgUp", KEYS_PGUP},
    {"PgDn", KEYS_PGDN},
    {"Home", KEYS_HOME},
    {"End", KEYS_END},
    {"Backspace", KEYS_BACKSPACE},
    {"Delete", KEYS_DELETE},
    {"Esc", KEYS_ESCAPE},
};

/* F1 to F12; 0 when it is none. */
static uint32_t function_key(const char *word, size_t len)
{
    uint32_t n = 0;

    if (word[0] != 'F' || len < 2 || len > 3 || word[1] == '0')
        return 0;
    for (size_t i = 1; i < len; i++) {
        if (word[i] < '0' || word[i] > '9')
            return 0;
        n = n * 10 + (uint32_t)(word[i] - '0');
    }
    return n <= 12 ? KEYS_F1 + n - 1 : 0;
}

/* ASCII: control characters are 64 below the capital letters and @[\]^_.  Some of them are what
 * other keys send. */
static uint32_t control_key(char c)
{
    uint32_t code = c >= 'a' && c <= 'z'  ? (uint32_t)(c - 'a' + 1)
                    : c > '@' && c <= '_' ? (uint32_t)(c - '@')
                                          : 0;

    switch (code) {
    case '\b':
        return KEYS_BACKSPACE;
    case '\t':
        return KEYS_TAB;
    case '\n':
    case '\r':
        return KEYS_ENTER;
    case 0x1b:
        return KEYS_ESCAPE;
    default:
        return code;
    }
}

uint32_t key_parse(const char *word, size_t len)
{
    uint32_t code;

    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        if (strlen(named[i].name) == len && !memcmp(named[i].name, word, len))
            return named[i].key;
    if (len == 3 && word[0] == 'C' && word[1] == '-')
        return control_key(word[2]);
    if (len && text_utf8_decode(word, len, &code) == len && text_printable(code))
        return code;
    return len ? function_key(word, len) : 0;
}

bool key_word(uint32_t key, char *buf, size_t size)
{
    struct line_out l = line_in(buf, size);
    char utf8[5] = "";

    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        if (named[i].key == key) {
            line_add(&l, "%s", named[i].name);
            return true;
        }
    if (key >= KEYS_F1 && key < KEYS_F1 + 12)
        line_add(&l, "F%u", key - KEYS_F1 + 1);
    else if (key >= 1 && key <= 26)
        line_add(&l, "C-%c", (char)('a' + key - 1));
    else if (key > 26 && key < ' ')
        line_add(&l, "C-%c", (char)('@' + key));
    else if (key < KEY_SPECIAL && text_printable(key) && text_utf8_encode(key, utf8))
        line_add(&l, "%s", utf8);
    return l.used > 0;
}

/* --- the keymap ------------------------------------------------------------------------- */

#define KEYS_BYTES (CONFIG_KEYS * CONFIG_KEY_BYTES)

struct bound {
    size_t n, line; /* line: of the file that says so; 0: as usual */
    uint32_t keys[CONFIG_KEYS];
    char words[KEYS_BYTES];
};

static struct bound keymap[ACTION_COUNT];
static bool is_bound;

static void add_key(struct bound *b, uint32_t key, const char *word, size_t len)
{
    size_t used = strlen(b->words);

    b->keys[b->n++] = key;
    snprintf(b->words + used, sizeof(b->words) - used, "%s%.*s", used ? " " : "", (int)len,
             word);
}

static void bind_usual(struct bound to[ACTION_COUNT])
{
    memset(to, 0, ACTION_COUNT * sizeof(*to));
    for (int a = ACTION_NONE + 1; a < ACTION_COUNT; a++)
        for (const char *word = actions[a].keys; *word;) {
            size_t len = strcspn(word, " ");

            add_key(&to[a], key_parse(word, len), word, len);
            word += len;
            word += *word == ' ';
        }
}

static const struct bound *bound_to(enum action action)
{
    if (!is_bound)
        bind_usual(keymap);
    is_bound = true;
    return &keymap[action];
}

static int wrong(const struct config *c, size_t line, const char *action, struct err *err,
                 const char *word, const char *reason)
{
    char field[CONFIG_ACTION_BYTES + 8];

    snprintf(field, sizeof(field), "keys.%s", action);
    return config_wrong(c->file, line, field, err, "%s %s", word, reason);
}

/* Why a key cannot be bound; NULL: it can. */
static const char *no_key(uint32_t key)
{
    static const struct {
        uint32_t key;
        const char *reason;
    } taken[] = {
        {0, "is no key: a character, C-x, F1 to F12, Enter, Tab, Space, Up, PgUp, ..."},
        {'c' - 'a' + 1, "always stops what is going on"},
        {'s' - 'a' + 1, "is the terminal's: it stops the output"},
        {'q' - 'a' + 1, "is the terminal's: it lets the output go on"}};

    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        if (taken[i].key == key)
            return taken[i].reason;
    return NULL;
}

static int no_action(const struct config *c, const struct config_binding *b, struct err *err)
{
    struct nearest n = {.word = b->action};
    char field[CONFIG_ACTION_BYTES + 8];
    int r;

    snprintf(field, sizeof(field), "keys.%s", b->action);
    r = config_wrong(c->file, b->line, field, err, "there is no action '%s'", b->action);
    for (int a = ACTION_NONE + 1; a < ACTION_COUNT; a++)
        nearest_try(&n, actions[a].name);
    if (n.found)
        err_hint(err, "did you mean %s?", n.found);
    return r;
}

static int bind_one(const struct config *c, const struct config_binding *b,
                    struct bound to[ACTION_COUNT], struct err *err)
{
    enum action action = action_by_name(b->action);

    if (action == ACTION_NONE)
        return no_action(c, b, err);
    to[action] = (struct bound){.line = b->line};
    for (size_t i = 0; i < b->n; i++) {
        size_t len = strlen(b->keys[i]);
        uint32_t key = key_parse(b->keys[i], len);
        const char *reason = no_key(key);

        if (reason)
            return wrong(c, b->line, b->action, err, b->keys[i], reason);
        add_key(&to[action], key, b->keys[i], len);
    }
    return 0;
}

/* The other action that a key is bound to; ACTION_NONE: there is none. */
static enum action other_of(const struct bound to[ACTION_COUNT], enum action action,
                            uint32_t key)
{
    for (int a = ACTION_NONE + 1; a < ACTION_COUNT; a++)
        for (size_t i = 0; i < to[a].n && a != (int)action; i++)
            if (to[a].keys[i] == key)
                return (enum action)a;
    return ACTION_NONE;
}

static int check_conflicts(const struct config *c, const struct bound to[ACTION_COUNT],
                           struct err *err)
{
    for (size_t i = 0; i < c->n_bindings; i++) {
        const struct config_binding *b = &c->bindings[i];
        enum action action = action_by_name(b->action);

        for (size_t k = 0; k < to[action].n; k++) {
            enum action other = other_of(to, action, to[action].keys[k]);
            char text[80];

            if (other == ACTION_NONE)
                continue;
            snprintf(text, sizeof(text), "is a key of %s, too", actions[other].name);
            wrong(c, b->line, b->action, err, b->keys[k], text);
            err_hint(err, "give %s other keys, or [] for none", actions[other].name);
            return -EINVAL;
        }
    }
    return 0;
}

int keymap_bind(const struct config *c, struct err *err)
{
    struct bound to[ACTION_COUNT];
    int r;

    bind_usual(to);
    for (size_t i = 0; i < c->n_bindings; i++) {
        r = bind_one(c, &c->bindings[i], to, err);
        if (r < 0)
            return r;
    }
    r = check_conflicts(c, to, err);
    if (r < 0)
        return r;
    if (!to[ACTION_QUIT].n && !to[ACTION_QUIT_NOW].n && !to[ACTION_COMMAND].n)
        return wrong(c, to[ACTION_QUIT].line, "quit", err, "no key",
                     "is left that quits: quit, quit-now or command needs one");
    memcpy(keymap, to, sizeof(to));
    is_bound = true;
    return 0;
}

const char *action_keys(enum action action)
{
    return bound_to(action)->words;
}

const char *action_key(enum action action)
{
    const char *words = action_keys(action), *blank = strrchr(words, ' ');

    return blank ? blank + 1 : words;
}

const char *key_for(enum action action)
{
    static char otherwise[ACTION_COUNT][CONFIG_ACTION_BYTES + KEYS_BYTES];
    const char *key = action_key(action), *palette = action_key(ACTION_PALETTE);

    if (key[0])
        return key;
    snprintf(otherwise[action], sizeof(otherwise[0]), "%s%s%s", palette, palette[0] ? " " : "",
             actions[action].name);
    return otherwise[action];
}

/* The action in braces at the begin of a text, and how long that is; ACTION_NONE: there is none. */
static enum action in_braces(const char *text, size_t *ret_len)
{
    char name[CONFIG_ACTION_BYTES];
    size_t len = text[0] == '{' ? strcspn(text, "}") : 0;

    if (len < 2 || !text[len] || len > sizeof(name))
        return ACTION_NONE;
    snprintf(name, sizeof(name), "%.*s", (int)len - 1, text + 1);
    *ret_len = len + 1;
    return action_by_name(name);
}

const char *action_text(const char *text, char *buf, size_t size)
{
    struct line_out l = line_in(buf, size);

    while (*text) {
        size_t len;
        enum action action = in_braces(text, &len);

        if (action != ACTION_NONE) {
            line_add(&l, "%s", key_for(action));
            text += len;
            continue;
        }
        len = 1 + strcspn(text + 1, "{");
        line_add(&l, "%.*s", (int)len, text);
        text += len;
    }
    return buf;
}

void action_texts(struct explanation *e)
{
    char text[EXPLANATION_TEXT_BYTES];

    for (size_t i = 0; i < e->n; i++)
        if (e->lines[i].tone == TONE_TRY)
            snprintf(e->lines[i].text, sizeof(e->lines[i].text), "%s",
                     action_text(e->lines[i].text, text, sizeof(text)));
}

enum action action_of_key(uint32_t key)
{
    for (int a = ACTION_NONE + 1; a < ACTION_COUNT; a++) {
        const struct bound *b = bound_to((enum action)a);

        for (size_t i = 0; i < b->n; i++)
            if (b->keys[i] == key)
                return (enum action)a;
    }
    return ACTION_NONE;
}

enum action action_by_name(const char *name)
{
    for (int a = ACTION_NONE + 1; a < ACTION_COUNT; a++)
        if (!strcmp(actions[a].name, name))
            return (enum action)a;
    return ACTION_NONE;
}
