#include "core/message/message.h"

#include <endian.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/message/json.h"

const struct message_limits message_limits = {
    .header_max = MESSAGE_HEADER_MAX,
    .content_max = MESSAGE_CONTENT_MAX,
    .nesting_max = MESSAGE_NESTING_MAX,
};

const char *const message_field_names[MESSAGE_FIELDS] = {
    [MESSAGE_BYTEORDER] = "byteorder",
    [MESSAGE_CONTENT_TYPE] = "content-type",
    [MESSAGE_CONTENT_ENCODING] = "content-encoding",
    [MESSAGE_CONTENT_LENGTH] = "content-length",
};

void message_free(struct message *m)
{
    if (!m)
        return;
    free(m->bytes);
    free(m->byteorder);
    free(m->content_type);
    free(m->content_encoding);
    free(m);
}

bool message_is_json(const struct message *m)
{
    return strcmp(m->content_type, MESSAGE_TYPE_JSON) == 0;
}

bool message_find(const struct message *m, const char *name, struct message_part *ret_value)
{
    const char *text = (const char *)m->bytes + m->header.at;
    struct json_reader reader;
    struct json_member member;
    bool found = false;

    json_reader_init(&reader, text, m->header.len, JSON_NESTING_LIMIT);
    while (json_next_member(&reader, &member) > 0)
        if (json_string_is(text, &member.key, name)) {
            *ret_value =
                (struct message_part){m->header.at + member.value.at, member.value.len};
            found = true;
        }
    return found;
}

const char *message_byteorder(void)
{
    return __BYTE_ORDER == __LITTLE_ENDIAN ? "little" : "big";
}

int message_fault(struct message_fault *fault, int code, const char *operation, size_t at,
                  const char *reason, ...)
{
    char text[2 * ERR_TEXT_BYTES];
    va_list args;

    if (!fault)
        return code;
    va_start(args, reason);
    vsnprintf(text, sizeof(text), reason, args);
    va_end(args);
    err_set(&fault->err, code, operation, "", "byte %zu: %s", at, text);
    fault->at = at;
    return code;
}
