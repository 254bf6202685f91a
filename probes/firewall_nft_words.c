#include "probes/firewall_nft_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "probes/firewall_nft_fit.h"

struct words {
    char text[200];
    size_t used;
};

static void add_word(struct words *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void add_word(struct words *w, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(w->text + w->used, sizeof(w->text) - w->used, format, args);
    va_end(args);
    if (n > 0)
        w->used += (size_t)n;
    if (w->used >= sizeof(w->text))
        w->used = sizeof(w->text) - 1;
}

static void value_words(const cJSON *value, struct words *w)
{
    const cJSON *item, *list = cJSON_GetObjectItemCaseSensitive(value, "set");
    const cJSON *range = cJSON_GetObjectItemCaseSensitive(value, "range");
    const cJSON *prefix = cJSON_GetObjectItemCaseSensitive(value, "prefix");
    bool first = true;

    if (cJSON_IsArray(value))
        list = value;
    if (cJSON_IsString(value)) {
        add_word(w, " %s", value->valuestring);
    } else if (cJSON_IsNumber(value)) {
        add_word(w, " %.0f", value->valuedouble);
    } else if (range) {
        add_word(w, " %d-%d", nft_port(cJSON_GetArrayItem(range, 0)),
                 nft_port(cJSON_GetArrayItem(range, 1)));
    } else if (prefix) {
        add_word(w, " %s/%d", nft_string(prefix, "addr"),
                 cJSON_GetObjectItemCaseSensitive(prefix, "len")
                     ? cJSON_GetObjectItemCaseSensitive(prefix, "len")->valueint
                     : 0);
    } else if (list) {
        add_word(w, " {");
        cJSON_ArrayForEach(item, list)
        {
            if (!first)
                add_word(w, ",");
            first = false;
            if (!cJSON_GetObjectItemCaseSensitive(item, "set") && !cJSON_IsArray(item))
                value_words(item, w);
        }
        add_word(w, " }");
    }
}

static void match_words(const cJSON *match, struct words *w)
{
    const cJSON *left = cJSON_GetObjectItemCaseSensitive(match, "left");
    const cJSON *payload = cJSON_GetObjectItemCaseSensitive(left, "payload");
    const cJSON *meta = cJSON_GetObjectItemCaseSensitive(left, "meta");
    const cJSON *ct = cJSON_GetObjectItemCaseSensitive(left, "ct");
    const char *op = nft_string(match, "op");

    if (payload)
        add_word(w, "%s %s", nft_string(payload, "protocol"), nft_string(payload, "field"));
    else if (meta)
        add_word(w, "%s", nft_string(meta, "key"));
    else if (ct)
        add_word(w, "ct %s", nft_string(ct, "key"));
    else
        add_word(w, "...");
    if (strcmp(op, "==") != 0 && strcmp(op, "in") != 0)
        add_word(w, " %s", op);
    value_words(cJSON_GetObjectItemCaseSensitive(match, "right"), w);
    add_word(w, " ");
}

void nft_rule_words(const cJSON *expr, char *text, size_t size)
{
    struct words w = {0};
    const cJSON *item;

    cJSON_ArrayForEach(item, expr)
    {
        const cJSON *s = item->child;

        if (!s || !s->string)
            continue;
        if (strcmp(s->string, "match") == 0)
            match_words(s, &w);
        else if (strcmp(s->string, "xt") == 0)
            add_word(&w, "%s ", nft_string(s, "name"));
        else if (strcmp(s->string, "counter") != 0)
            add_word(&w, "%s ", s->string);
    }
    if (w.used && w.text[w.used - 1] == ' ')
        w.text[w.used - 1] = '\0';
    text_clean(w.text, strlen(w.text), text, size);
}
