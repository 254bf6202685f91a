/* The configuration file read and written. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/nearest.h"
#include "core/base/text.h"
#include "core/model/config.h"

#define KEYS_MEMBER "keys"
#define SCHEMA_MEMBER "$schema"

/* --- reading ---------------------------------------------------------------------------- */

/* Line and field have to fit behind a long path. */
#define FILE_SHOWN 70
#define FIELD_SHOWN 60

int config_wrong(const char *file, size_t line, const char *field, struct err *err,
                 const char *reason, ...)
{
    char input[ERR_TEXT_BYTES], said[ERR_TEXT_BYTES];
    const char *cut = "";
    va_list args;

    if (strlen(file) > FILE_SHOWN) {
        cut = "...";
        file += strlen(file) - FILE_SHOWN;
        while ((*file & 0xc0) == 0x80)
            file++;
    }
    if (line)
        snprintf(input, sizeof(input), "%s%s:%zu%s%.*s", cut, file, line, field[0] ? ": " : "",
                 FIELD_SHOWN, field);
    else /* of no file */
        snprintf(input, sizeof(input), "%.*s", FIELD_SHOWN, field);
    va_start(args, reason);
    vsnprintf(said, sizeof(said), reason, args);
    va_end(args);
    return err_set(err, -EINVAL, "", input, "%s", said);
}

const char *config_string(const cJSON *item, size_t size)
{
    const char *text = cJSON_GetStringValue(item);

    return text && text[0] && strlen(text) < size && text_is_printable(text) ? text : NULL;
}

/* What a value is called where another kind was wanted. */
static const char *kind_word(const cJSON *item)
{
    return cJSON_IsObject(item)   ? "an object"
           : cJSON_IsArray(item)  ? "an array"
           : cJSON_IsString(item) ? "a string"
           : cJSON_IsNumber(item) ? "a number"
           : cJSON_IsNull(item)   ? "null"
                                  : "true or false";
}

struct reading {
    struct config *c;
    const struct json_text *text;
    struct err *err;
};

static size_t line_of(const struct reading *r, const cJSON *item)
{
    return json_text_line(r->text, item);
}

static int wrong_kind(const struct reading *r, const cJSON *item, const char *field,
                      const char *wanted)
{
    return config_wrong(r->text->path, line_of(r, item), field, r->err, "%s is due, this is %s",
                        wanted, kind_word(item));
}

/* The value as the text that config_set() takes. */
static int value_text(const struct reading *r, const cJSON *item, enum setting setting,
                      char buf[CONFIG_TEXT_BYTES])
{
    const struct setting_info *s = &setting_infos[setting];
    const char *text = cJSON_GetStringValue(item);

    if (s->kind == SETTING_SWITCH && !cJSON_IsBool(item))
        return wrong_kind(r, item, s->name, "true or false");
    if (s->kind == SETTING_NUMBER && !cJSON_IsNumber(item))
        return wrong_kind(r, item, s->name, "a number");
    if ((s->kind == SETTING_TEXT || s->kind == SETTING_CHOICE) && !text)
        return wrong_kind(r, item, s->name, "a string");
    if (text && strlen(text) >= CONFIG_TEXT_BYTES)
        return config_wrong(r->text->path, line_of(r, item), s->name, r->err, "it is too long");
    if (cJSON_IsNumber(item)) /* 12.5 and 1e30 stay what they are, to be refused */
        snprintf(buf, CONFIG_TEXT_BYTES, "%.15g", item->valuedouble);
    else
        snprintf(buf, CONFIG_TEXT_BYTES, "%s", text ? text : cJSON_IsTrue(item) ? "on" : "off");
    return 0;
}

static int read_setting(const struct reading *r, const cJSON *item, enum setting setting)
{
    struct setting_value *v = &r->c->values[setting];
    char text[CONFIG_TEXT_BYTES];
    struct err why = {0};
    int code;

    if (v->from == FROM_FILE)
        return config_wrong(r->text->path, line_of(r, item), item->string, r->err,
                            "it stands in line %zu already", v->line);
    code = value_text(r, item, setting, text);
    if (code < 0)
        return code;
    if (config_set(r->c, setting, text, FROM_FILE, &why) < 0)
        return config_wrong(r->text->path, line_of(r, item), item->string, r->err, "%s",
                            why.reason);
    v->line = line_of(r, item);
    return 0;
}

static int read_binding_keys(const struct reading *r, const cJSON *array, const char *field,
                             struct config_binding *b)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, array)
    {
        const char *key = config_string(item, CONFIG_KEY_BYTES);

        if (!cJSON_IsString(item))
            return wrong_kind(r, item, field, "a string");
        if (!key)
            return config_wrong(r->text->path, line_of(r, item), field, r->err,
                                "this is no name of a key");
        if (b->n == CONFIG_KEYS)
            return config_wrong(r->text->path, line_of(r, item), field, r->err,
                                "an action has at most %d keys", CONFIG_KEYS);
        strcpy(b->keys[b->n++], key);
    }
    return 0;
}

static int read_binding(const struct reading *r, const cJSON *item)
{
    struct config *c = r->c;
    struct config_binding b = {.line = line_of(r, item)};
    char field[CONFIG_ACTION_BYTES + 8];
    int code;

    snprintf(field, sizeof(field), KEYS_MEMBER ".%s", item->string);
    snprintf(b.action, sizeof(b.action), "%s", item->string);
    if (strlen(item->string) >= sizeof(b.action) || !text_is_printable(item->string))
        return config_wrong(r->text->path, b.line, field, r->err,
                            "this is no name of an action");
    for (size_t i = 0; i < c->n_bindings; i++)
        if (strcmp(c->bindings[i].action, b.action) == 0)
            return config_wrong(r->text->path, b.line, field, r->err,
                                "it stands in line %zu already", c->bindings[i].line);
    if (!cJSON_IsArray(item))
        return wrong_kind(r, item, field, "an array of keys");
    if (c->n_bindings == CONFIG_BINDINGS)
        return config_wrong(r->text->path, b.line, field, r->err, "there are too many");
    code = read_binding_keys(r, item, field, &b);
    if (code == 0)
        c->bindings[c->n_bindings++] = b;
    return code;
}

static int read_keys(const struct reading *r, const cJSON *object)
{
    const cJSON *item;
    int code = 0;

    if (r->c->n_bindings)
        return config_wrong(r->text->path, line_of(r, object), KEYS_MEMBER, r->err,
                            "it stands there already");
    if (!cJSON_IsObject(object))
        return wrong_kind(r, object, KEYS_MEMBER, "an object");
    cJSON_ArrayForEach(item, object)
    {
        code = read_binding(r, item);
        if (code < 0)
            return code;
    }
    return code;
}

static int read_schema(const struct reading *r, const cJSON *item)
{
    const char *text = config_string(item, CONFIG_TEXT_BYTES);

    if (!text)
        return wrong_kind(r, item, SCHEMA_MEMBER, "the address of a schema");
    strcpy(r->c->schema, text);
    return 0;
}

static int unknown_member(const struct reading *r, const cJSON *item)
{
    struct nearest n = {.word = item->string};
    int code = config_wrong(r->text->path, line_of(r, item), item->string, r->err,
                            "there is no such setting");

    nearest_try(&n, KEYS_MEMBER);
    for (int i = 0; i < SETTING_COUNT; i++)
        nearest_try(&n, setting_infos[i].name);
    if (n.found)
        err_hint(r->err, "did you mean %s?", n.found);
    return code;
}

static int read_member(const struct reading *r, const cJSON *item)
{
    enum setting setting;

    if (strcmp(item->string, KEYS_MEMBER) == 0)
        return read_keys(r, item);
    if (strcmp(item->string, SCHEMA_MEMBER) == 0)
        return read_schema(r, item);
    setting = setting_by_name(item->string, NULL);
    return setting == SETTING_COUNT ? unknown_member(r, item) : read_setting(r, item, setting);
}

int config_parse(struct config *c, const struct json_text *text, struct err *err)
{
    struct reading r = {c, text, err};
    const cJSON *item;
    int code = 0;

    if (!cJSON_IsObject(text->root))
        return wrong_kind(&r, text->root, "", "an object");
    cJSON_ArrayForEach(item, text->root)
    {
        code = read_member(&r, item);
        if (code < 0)
            return code;
    }
    return code;
}

/* --- writing ---------------------------------------------------------------------------- */

static void begin_member(struct json_writer *w, const char *indent, const char *name, bool *any)
{
    json_write_text(w, *any ? ",\n" : "\n");
    *any = true;
    json_write_text(w, indent);
    json_write_string(w, name, strlen(name), true);
    json_write_text(w, ": ");
}

static void write_value(struct json_writer *w, const struct setting_info *s, const char *text)
{
    if (s->kind == SETTING_SWITCH)
        json_write_text(w, strcmp(text, "on") == 0 ? "true" : "false");
    else if (s->kind == SETTING_NUMBER)
        json_write_text(w, text);
    else
        json_write_string(w, text, strlen(text), true);
}

static void write_bindings(const struct config *c, struct json_writer *w)
{
    bool any = false;

    json_write_text(w, "{");
    for (size_t i = 0; i < c->n_bindings; i++) {
        const struct config_binding *b = &c->bindings[i];

        begin_member(w, "    ", b->action, &any);
        json_write_text(w, "[");
        for (size_t k = 0; k < b->n; k++) {
            json_write_text(w, k ? ", " : "");
            json_write_string(w, b->keys[k], strlen(b->keys[k]), true);
        }
        json_write_text(w, "]");
    }
    json_write_text(w, "\n  }");
}

void config_write(const struct config *c, struct json_writer *w)
{
    bool any = false;

    json_write_text(w, "{");
    if (c->schema[0]) {
        begin_member(w, "  ", SCHEMA_MEMBER, &any);
        json_write_string(w, c->schema, strlen(c->schema), true);
    }
    for (int i = 0; i < SETTING_COUNT; i++)
        if (strcmp(c->values[i].text, setting_infos[i].initial) != 0) {
            begin_member(w, "  ", setting_infos[i].name, &any);
            write_value(w, &setting_infos[i], c->values[i].text);
        }
    if (c->n_bindings) {
        begin_member(w, "  ", KEYS_MEMBER, &any);
        write_bindings(c, w);
    }
    json_write_text(w, "\n}\n");
}
