#include "core/message/answer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/share.h"
#include "core/message/content.h"
#include "core/message/encoder.h"

#define FILE_NAME "message.json"
#define FIRST_BYTES 10 /* of a binary request */

int answer_dictionary(cJSON **ret, struct err *err)
{
    const cJSON *entry;
    cJSON *dictionary;
    char *text;
    size_t len;
    int r = share_read(FILE_NAME, &text, &len, err);

    if (r < 0)
        return r;
    dictionary = cJSON_ParseWithLength(text, len);
    free(text);
    if (!cJSON_IsObject(dictionary)) {
        cJSON_Delete(dictionary);
        return err_set(err, -EINVAL, "read", FILE_NAME, "it is no JSON object");
    }
    cJSON_ArrayForEach(entry, dictionary)
    {
        if (cJSON_IsString(entry))
            continue;
        r = err_set(err, -EINVAL, "read", FILE_NAME, "the answer to '%s' is no string",
                    entry->string);
        cJSON_Delete(dictionary);
        return r;
    }
    *ret = dictionary;
    return 0;
}

/* One part of the request's content as a person writes it: strings without quotes, anything else
 * as its JSON.  len 0 and text NULL: it is not there. */
struct word {
    char *text;
    size_t len;
};

static void take_word(struct word *w, const char *text, const struct json_token *value)
{
    free(w->text);
    w->text = mem_new(value->len + 1, 1);
    if (value->kind == JSON_STRING) {
        w->len = json_unescape(text, value, w->text);
    } else {
        w->len = value->len;
        memcpy(w->text, text + value->at, value->len);
    }
    w->text[w->len] = '\0';
}

static const char *look_up(const cJSON *dictionary, const struct word *value)
{
    /* No key of a file has a NUL in it. */
    if (memchr(value->text, '\0', value->len))
        return NULL;
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(dictionary, value->text));
}

/* The sentence, not yet JSON. */
static void write_result(struct json_writer *w, const struct word *action,
                         const struct word *value, const cJSON *dictionary)
{
    const char *found;

    if (!action->text) {
        json_write_text(w, "Error: the request has no action.");
    } else if (strcmp(action->text, "search") != 0 || action->len != strlen("search")) {
        json_write_text(w, "Error: invalid action '");
        json_write(w, action->text, action->len);
        json_write_text(w, "'.");
    } else if (!value->text) {
        json_write_text(w, "Error: the request has no value.");
    } else if ((found = look_up(dictionary, value)) != NULL) {
        json_write_text(w, found);
    } else {
        json_write_text(w, "No match for '");
        json_write(w, value->text, value->len);
        json_write_text(w, "'.");
    }
}

/* Returns -EBADMSG when the text is no object. */
static int read_request(const char *text, size_t len, unsigned nesting_max, struct word *action,
                        struct word *value)
{
    struct json_reader reader;
    struct json_member member;
    int r;

    json_reader_init(&reader, text, len, nesting_max);
    while ((r = json_next_member(&reader, &member)) > 0) {
        if (json_string_is(text, &member.key, "action"))
            take_word(action, text, &member.value);
        else if (json_string_is(text, &member.key, "value"))
            take_word(value, text, &member.value);
    }
    return r;
}

static void write_json_result(struct json_writer *w, const struct message *request,
                              const cJSON *dictionary, const struct message_limits *limits)
{
    struct word action = {0}, value = {0};
    struct message_fault fault = {0};
    char *text;
    size_t len;

    if (content_text(request, limits, &text, &len, &fault) < 0) {
        json_write_text(w, "Error: ");
        json_write_text(w, fault.err.reason);
        json_write_text(w, ".");
        return;
    }
    if (read_request(text, len, limits->nesting_max, &action, &value) < 0)
        json_write_text(w, "Error: the content is no JSON object.");
    else
        write_result(w, &action, &value, dictionary);
    free(text);
    free(action.text);
    free(value.text);
}

static void encode(const struct message_draft *draft, uint8_t **ret_bytes, size_t *ret_len)
{
    /* Without edits the header is short and ours: nothing can be wrong with it. */
    if (message_encode(draft, ret_bytes, ret_len, NULL) < 0)
        abort();
}

static void answer_binary(const struct message *request, uint8_t **ret_bytes, size_t *ret_len)
{
    static const char words[] = "First 10 bytes of request: ";
    char content[sizeof(words) + FIRST_BYTES];
    size_t n = request->content.len < FIRST_BYTES ? request->content.len : FIRST_BYTES;

    memcpy(content, words, sizeof(words) - 1);
    memcpy(content + sizeof(words) - 1, request->bytes + request->content.at, n);
    encode(&(struct message_draft){.content = content,
                                   .content_len = sizeof(words) - 1 + n,
                                   .content_type = MESSAGE_TYPE_SERVER,
                                   .content_encoding = "binary"},
           ret_bytes, ret_len);
}

void answer_make(const struct message *request, const cJSON *dictionary,
                 const struct message_limits *limits, uint8_t **ret_bytes, size_t *ret_len)
{
    struct json_writer result = {0}, content = {0};

    if (!message_is_json(request)) {
        answer_binary(request, ret_bytes, ret_len);
        return;
    }
    write_json_result(&result, request, dictionary, limits);
    json_write_text(&content, "{\"result\": ");
    json_write_string(&content, result.bytes, result.len, false);
    json_write_text(&content, "}");
    encode(&(struct message_draft){.content = content.bytes,
                                   .content_len = content.len,
                                   .content_type = MESSAGE_TYPE_JSON,
                                   .content_encoding = "utf-8"},
           ret_bytes, ret_len);
    free(result.bytes);
    free(content.bytes);
}

bool answer_keeps_connection(const struct message *request)
{
    const char *text = (const char *)request->bytes;
    struct message_part part;
    struct json_token token;

    if (!message_find(request, "connection", &part) || text[part.at] != '"')
        return false;
    token = (struct json_token){.kind = JSON_STRING, .at = part.at, .len = part.len};
    return json_string_is(text, &token, "keep-alive");
}
