#include "core/model/reference_text.h"

#include <stdbool.h>
#include <string.h>

static bool fits(const char *text, size_t size)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    return len > 0 && len < size;
}

const char *reference_text(const cJSON *item, size_t size, const char **ret)
{
    if (!cJSON_IsString(item))
        return "is missing or no string";
    if (!fits(item->valuestring, size))
        return "is empty, too long or not printable ASCII";
    *ret = item->valuestring;
    return NULL;
}

const char *reference_text_if_any(const cJSON *object, const char *key, size_t size,
                                  const char **ret)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

    return item ? reference_text(item, size, ret) : NULL;
}
