#include "core/report/pack.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/hex.h"
#include "core/base/mem.h"
#include "core/message/json_print.h"
#include "core/wire/pack_text.h"

static void write_code(const struct pack_slot *slot, char *buf, size_t size)
{
    if (slot->code == 's' || slot->code == 'p')
        snprintf(buf, size, "%zu%c", slot->bytes, slot->code);
    else
        snprintf(buf, size, "%c", slot->code);
}

static cJSON *value_json(const struct pack_slot *slot, const struct pack_value *v)
{
    cJSON *object = cJSON_CreateObject();
    char *text = mem_new(PACK_TEXT_BYTES(slot->bytes), 1), code[32];

    write_code(slot, code, sizeof(code));
    pack_text_write(v, text);
    cJSON_AddNumberToObject(object, "offset", (double)slot->offset);
    cJSON_AddStringToObject(object, "code", code);
    /* Raw: a number of cJSON is a double, which has no room for 64 bits. */
    if (v->kind == PACK_TEXT || (v->kind == PACK_REAL && !isfinite(v->real)))
        cJSON_AddStringToObject(object, "value", text);
    else
        cJSON_AddRawToObject(object, "value", text);
    if (v->kind == PACK_TEXT)
        cJSON_AddStringToObject(object, "hex", hex_write(v->text, v->len, text));
    free(text);
    return object;
}

/* The array as text: a million values as objects of cJSON would take half a gigabyte. */
static char *values_text(const struct pack_format *f, const uint8_t *bytes)
{
    struct pack_walk walk = {0};
    struct pack_slot slot;
    char *text = NULL;
    size_t len = 0;
    FILE *out = mem_stream(&text, &len);

    fputc('[', out);
    while (pack_next(f, &walk, &slot)) {
        struct pack_value v = pack_get(&slot, bytes);
        cJSON *object = value_json(&slot, &v);
        char *one = json_print(object, false);

        fprintf(out, "%s%s", slot.number > 1 ? "," : "", one ? one : "null");
        free(one);
        cJSON_Delete(object);
    }
    fputc(']', out);
    mem_stream_end(out, &text);
    return text;
}

cJSON *pack_json(const char *text, const struct pack_format *f, const uint8_t *bytes)
{
    cJSON *document = cJSON_CreateObject();
    char *hex = mem_new(2 * f->n_bytes + 1, 1), *values = values_text(f, bytes);

    cJSON_AddStringToObject(document, "format", text);
    cJSON_AddNumberToObject(document, "size", (double)f->n_bytes);
    cJSON_AddStringToObject(document, "bytes", hex_write(bytes, f->n_bytes, hex));
    cJSON_AddRawToObject(document, "values", values);
    free(hex);
    free(values);
    return document;
}
