#include "core/report/icmp_advice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json_text.h"
#include "core/base/mem.h"
#include "core/base/share.h"
#include "core/model/reference_text.h"

#define FILE_NAME "icmp.json"

/* More than all types and codes of both versions that have one. */
#define SENTENCES_MAX 128
#define SENTENCE_BYTES 200

struct sentence {
    bool v6;
    uint8_t type, code;
    char text[SENTENCE_BYTES];
};

struct icmp_advice {
    size_t n;
    struct sentence sentences[SENTENCES_MAX];
};

static bool number(const cJSON *item, const char *name, double max, double *ret)
{
    const cJSON *n = cJSON_GetObjectItemCaseSensitive(item, name);

    if (!cJSON_IsNumber(n) || n->valuedouble < 0 || n->valuedouble > max)
        return false;
    *ret = n->valuedouble;
    return true;
}

static bool take(struct icmp_advice *a, const cJSON *item)
{
    struct sentence *s = &a->sentences[a->n];
    double version, type, code;
    const char *text = NULL;

    if (a->n == SENTENCES_MAX ||
        reference_text(cJSON_GetObjectItemCaseSensitive(item, "means"), sizeof(s->text),
                       &text) ||
        !number(item, "version", 6, &version) || !number(item, "type", 255, &type) ||
        !number(item, "code", 255, &code))
        return false;
    s->v6 = version > 5;
    s->type = (uint8_t)type;
    s->code = (uint8_t)code;
    memcpy(s->text, text, strlen(text) + 1);
    a->n++;
    return true;
}

int icmp_advice_load_from(const char *path, struct icmp_advice **ret, struct err *err)
{
    struct icmp_advice *a;
    struct json_text text;
    const cJSON *list, *item;
    int r = path ? json_text_read(path, SHARE_FILE_BYTES, &text, err)
                 : json_text_share(FILE_NAME, &text, err);

    if (r < 0)
        return r;
    list = cJSON_GetObjectItemCaseSensitive(text.root, "messages");
    a = mem_new(1, sizeof(*a));
    if (!cJSON_IsArray(list))
        r = json_text_wrong(&text, text.root, err, "it has no list of messages");
    cJSON_ArrayForEach(item, list)
    {
        if (r == 0 && !take(a, item))
            r = json_text_wrong(&text, item, err, "it is no message, or one too many");
    }
    json_text_done(&text);
    if (r < 0)
        free(a);
    else
        *ret = a;
    return r;
}

int icmp_advice_load(struct icmp_advice **ret, struct err *err)
{
    return icmp_advice_load_from(NULL, ret, err);
}

void icmp_advice_free(struct icmp_advice *a)
{
    free(a);
}

const char *icmp_advice_of(const struct icmp_advice *a, bool v6, uint8_t type, uint8_t code)
{
    for (size_t i = 0; a && i < a->n; i++) {
        const struct sentence *s = &a->sentences[i];

        if (s->v6 == v6 && s->type == type && s->code == code)
            return s->text;
    }
    return NULL;
}
