#include "ui/console/action.h"

#include <string.h>

#include "core/base/text.h"

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

uint32_t key_parse(const char *word, size_t len)
{
    uint32_t code;

    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        if (strlen(named[i].name) == len && !memcmp(named[i].name, word, len))
            return named[i].key;
    if (len == 3 && word[0] == 'C' && word[1] == '-') {
        char c = word[2];

        /* ASCII: control characters are 64 below the capital letters and @[\]^_ */
        if (c >= 'a' && c <= 'z')
            return (uint32_t)(c - 'a' + 1);
        return c > '@' && c <= '_' ? (uint32_t)(c - '@') : 0;
    }
    if (len && text_utf8_decode(word, len, &code) == len && text_printable(code))
        return code;
    return len ? function_key(word, len) : 0;
}

enum action action_of_key(uint32_t key)
{
    for (int a = ACTION_NONE + 1; a < ACTION_COUNT; a++) {
        const char *word = actions[a].keys;

        while (*word) {
            size_t len = strcspn(word, " ");

            if (key_parse(word, len) == key)
                return (enum action)a;
            word += len;
            word += *word == ' ';
        }
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
