#include "core/message/json_print.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/message/json_write.h"

/* Up to what may not stay as it is.  Controls are escaped already: what is one here is a line end
 * of ours. */
static size_t harmless_bytes(const char *text, size_t len)
{
    unsigned marks = 0;
    size_t at = 0;

    while (at < len) {
        size_t n = 1;

        if ((unsigned char)text[at] < 0x7f)
            marks = 0;
        else if (!(n = text_shown_as_it_is(text + at, len - at, &marks)))
            break;
        at += n;
    }
    return at;
}

char *json_print(const cJSON *item, bool pretty)
{
    char *text = pretty ? cJSON_Print(item) : cJSON_PrintUnformatted(item);
    size_t len = text ? strlen(text) : 0, at = text ? harmless_bytes(text, len) : 0;
    struct json_writer w = {0};

    if (at == len)
        return text;
    json_write(&w, text, at);
    while (at < len) {
        uint32_t code = 0xfffd;
        size_t n = text_utf8_decode(text + at, len - at, &code);

        json_write_escape(&w, code);
        at += n ? n : 1;
        n = harmless_bytes(text + at, len - at);
        json_write(&w, text + at, n);
        at += n;
    }
    json_write(&w, "", 1);
    cJSON_free(text);
    return w.bytes;
}
