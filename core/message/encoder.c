#include "core/message/encoder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/message/json_write.h"

#define OPERATION "encode message"

/* A number, a word or a quoted string, with nothing beside it. */
static bool is_scalar(const char *value)
{
    struct json_reader reader;
    struct json_token token, end;
    size_t len = strlen(value);

    json_reader_init(&reader, value, len, 0);
    return json_next(&reader, &token) == 0 && token.len == len && json_next(&reader, &end) == 0;
}

/* The last edit of a key, or NULL. */
static const struct header_edit *edit_of(const struct message_draft *draft, const char *key)
{
    for (size_t i = draft->n_edits; i-- > 0;)
        if (strcmp(draft->edits[i].key, key) == 0)
            return &draft->edits[i];
    return NULL;
}

static void write_key(struct json_writer *w, const char *key)
{
    json_write_text(w, w->len == 1 ? "" : ", ");
    json_write_string(w, key, strlen(key), false);
    json_write_text(w, ": ");
}

static void write_edit(struct json_writer *w, const struct header_edit *edit)
{
    if (!edit->value)
        return;
    write_key(w, edit->key);
    if (is_scalar(edit->value))
        json_write_text(w, edit->value);
    else
        json_write_string(w, edit->value, strlen(edit->value), false);
}

static void write_field(struct json_writer *w, const struct message_draft *draft,
                        enum message_field field)
{
    const char *text = field == MESSAGE_BYTEORDER      ? message_byteorder()
                       : field == MESSAGE_CONTENT_TYPE ? draft->content_type
                                                       : draft->content_encoding;
    const struct header_edit *edit = edit_of(draft, message_field_names[field]);
    char number[24];

    if (edit) {
        write_edit(w, edit);
        return;
    }
    write_key(w, message_field_names[field]);
    if (field == MESSAGE_CONTENT_LENGTH) {
        snprintf(number, sizeof(number), "%zu", draft->content_len);
        json_write_text(w, number);
    } else {
        json_write_string(w, text, strlen(text), false);
    }
}

static bool is_required(const char *key)
{
    for (size_t i = 0; i < MESSAGE_FIELDS; i++)
        if (strcmp(key, message_field_names[i]) == 0)
            return true;
    return false;
}

static void write_header(struct json_writer *w, const struct message_draft *draft)
{
    json_write_text(w, "{");
    for (int i = 0; i < MESSAGE_FIELDS; i++)
        write_field(w, draft, (enum message_field)i);
    for (size_t i = 0; i < draft->n_edits; i++) {
        const struct header_edit *edit = &draft->edits[i];

        if (!is_required(edit->key) && edit_of(draft, edit->key) == edit)
            write_edit(w, edit);
    }
    json_write_text(w, "}");
}

static int check_utf8(const char *text, struct err *err)
{
    size_t len = strlen(text), good = json_utf8_span(text, len);

    return good < len
               ? err_set(err, -EILSEQ, OPERATION, text, "byte %zu of it is no UTF-8", good)
               : 0;
}

static int check_draft(const struct message_draft *draft, struct err *err)
{
    int r = check_utf8(draft->content_type, err);

    if (r == 0)
        r = check_utf8(draft->content_encoding, err);
    for (size_t i = 0; i < draft->n_edits && r == 0; i++) {
        r = check_utf8(draft->edits[i].key, err);
        if (r == 0 && draft->edits[i].value)
            r = check_utf8(draft->edits[i].value, err);
    }
    return r;
}

int message_encode(const struct message_draft *draft, uint8_t **ret_bytes, size_t *ret_len,
                   struct err *err)
{
    struct json_writer header = {0};
    size_t body = MESSAGE_LENGTH_BYTES;
    uint8_t *bytes;
    int r = check_draft(draft, err);

    if (r < 0)
        return r;
    write_header(&header, draft);
    if (header.len > MESSAGE_HEADER_MAX) {
        r = err_set(err, -EMSGSIZE, OPERATION, "", "the header has %zu bytes, at most %d fit",
                    header.len, MESSAGE_HEADER_MAX);
        free(header.bytes);
        return r;
    }
    body += header.len;
    bytes = mem_new(body + draft->content_len, 1);
    bytes[0] = (uint8_t)(header.len >> 8);
    bytes[1] = (uint8_t)(header.len & 0xff);
    memcpy(bytes + MESSAGE_LENGTH_BYTES, header.bytes, header.len);
    if (draft->content_len)
        memcpy(bytes + body, draft->content, draft->content_len);
    free(header.bytes);
    *ret_bytes = bytes;
    *ret_len = body + draft->content_len;
    return 0;
}
