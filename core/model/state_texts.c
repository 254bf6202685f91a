#include "core/model/state_texts.h"

#include <errno.h>

#include "core/model/reference.h"
#include "core/model/reference_text.h"

#define STATE_NAME_BYTES 16
#define STATE_TEXT_BYTES 400

struct states {
    struct reference all;
    struct state_text texts[STATE_COUNT];
};

static struct states *loaded;

static const char *read_state(struct reference *to, const cJSON *o, const char **ret_key,
                              const char **ret_name)
{
    struct state_text t = {0}, *place;
    const struct {
        const char *key;
        size_t size;
        const char **to;
    } texts[] = {
        {"state", STATE_NAME_BYTES, ret_name},     {"means", STATE_TEXT_BYTES, &t.means},
        {"ends", STATE_TEXT_BYTES, &t.ends},       {"normal", STATE_TEXT_BYTES, &t.normal},
        {"trouble", STATE_TEXT_BYTES, &t.trouble},
    };
    enum socket_state state;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(o, *ret_key = texts[i].key);
        const char *wrong = reference_text(item, texts[i].size, texts[i].to);

        if (wrong)
            return wrong;
    }
    *ret_key = "state";
    state = state_parse(*ret_name);
    if (!state)
        return "is none that there is";
    place = &((struct states *)(void *)to)->texts[state];
    if (place->means)
        return "is that of another entry";
    *place = t;
    return NULL;
}

int state_texts_load_from(const char *path, struct err *err)
{
    static const struct reference_kind kind = {"states.json",         "state",     "states",
                                               sizeof(struct states), STATE_COUNT, read_state};
    struct reference *fresh = NULL; /* there may be a state that it lacks */
    int r = reference_load(&kind, path, &fresh, err);

    if (r < 0)
        return r;
    /* One that is there twice is refused: so all are there. */
    if (fresh->n < STATE_COUNT - STATE_ESTABLISHED) {
        r = json_text_wrong(&fresh->text, fresh->text.root, err, "it has but %zu of %d states",
                            fresh->n, STATE_COUNT - STATE_ESTABLISHED);
        reference_free(fresh);
        return r;
    }
    if (loaded)
        reference_free(&loaded->all);
    loaded = (struct states *)(void *)fresh;
    return 0;
}

int state_texts_load(struct err *err)
{
    return state_texts_load_from(NULL, err);
}

const struct state_text *state_text(enum socket_state state)
{
    return loaded && state < STATE_COUNT && loaded->texts[state].means ? &loaded->texts[state]
                                                                       : NULL;
}
