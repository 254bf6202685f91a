#include "core/model/state_texts.h"

#include <errno.h>

#include "core/base/json_text.h"

#define FILE_NAME "states.json"

static struct {
    struct json_text text; /* owns the texts */
    struct state_text texts[STATE_COUNT];
} loaded;

static const char *text_of(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

    for (const char *c = text; c && *c; c++)
        if (*c < 0x20 || *c > 0x7e)
            return NULL;
    return text && text[0] ? text : NULL;
}

/* The name of what is wrong; NULL: nothing. */
static const char *read_text(const cJSON *object, struct state_text texts[STATE_COUNT])
{
    const char *name = text_of(object, "state");
    enum socket_state state = name ? state_parse(name) : 0;
    struct state_text t = {text_of(object, "means"), text_of(object, "ends"),
                           text_of(object, "normal"), text_of(object, "trouble")};

    if (!state)
        return "a state of no such name";
    if (!t.means || !t.ends || !t.normal || !t.trouble)
        return name;
    texts[state] = t;
    return NULL;
}

static const char *read_all(const cJSON *document, struct state_text texts[STATE_COUNT])
{
    const char *wrong = cJSON_IsArray(document) ? NULL : "it is no array";
    const cJSON *item;

    cJSON_ArrayForEach(item, document)
    {
        if (!wrong)
            wrong = read_text(item, texts);
    }
    for (int state = STATE_ESTABLISHED; state < STATE_COUNT && !wrong; state++)
        if (!texts[state].means)
            wrong = state_name((enum socket_state)state);
    return wrong;
}

int state_texts_load(struct err *err)
{
    struct state_text texts[STATE_COUNT] = {0};
    struct json_text text;
    const char *wrong;
    int r = json_text_share(FILE_NAME, &text, err);

    if (r < 0)
        return r;
    wrong = read_all(text.root, texts);
    if (wrong) {
        json_text_done(&text);
        return err_set(err, -EBADMSG, "read", FILE_NAME, "%s is missing or wrong", wrong);
    }
    json_text_done(&loaded.text);
    loaded.text = text;
    for (int i = 0; i < STATE_COUNT; i++)
        loaded.texts[i] = texts[i];
    return 0;
}

const struct state_text *state_text(enum socket_state state)
{
    return state < STATE_COUNT && loaded.texts[state].means ? &loaded.texts[state] : NULL;
}
