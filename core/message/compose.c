#include "core/message/compose.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/message/content.h"
#include "core/message/encoder.h"

#define OPERATION "message"

int compose_check_word(const char *word, struct err *err)
{
    if (strchr(word, '=') && word[0] != '=')
        return 0;
    return err_set(err, -EINVAL, OPERATION, word, "is no KEY=VALUE and no KEY:=JSON");
}

int compose_check_field(const char *field, struct err *err)
{
    if (field[0] && field[0] != '=')
        return 0;
    return err_set(err, -EINVAL, OPERATION, field, "has no name of a header field");
}

int compose_check(const struct composition *c, struct err *err)
{
    int r = 0;

    if (c->raw_json && (c->binary || c->content || c->n_words))
        return err_set(err, -EINVAL, OPERATION, "--raw-json", "is the whole content, alone");
    if (c->content && c->n_words)
        return err_set(err, -EINVAL, OPERATION, "--file",
                       "is the whole content, without KEY=VALUE");
    if (c->encoding && c->binary)
        return err_set(err, -EINVAL, OPERATION, "--encoding", "is for text, not with --binary");
    for (size_t i = 0; i < c->n_words && r == 0; i++)
        r = compose_check_word(c->words[i], err);
    for (size_t i = 0; i < c->n_fields && r == 0; i++)
        r = compose_check_field(c->fields[i], err);
    return r;
}

/* The content is told apart by what follows the key: "=" a string, ":=" JSON.  The word was
 * checked: it has an "=". */
static int write_word(struct json_writer *w, const char *word, struct err *err)
{
    size_t key = strcspn(word, "="), good = json_utf8_span(word, strlen(word));
    const char *value = word + key + 1;
    bool raw = key > 1 && word[key - 1] == ':';
    struct json_reader reader;
    struct json_writer checked = {0};
    int r = 0;

    if (word[good])
        return err_set(err, -EILSEQ, "content", word, "byte %zu of it is no UTF-8", good);
    json_write_string(w, word, key - raw, false);
    json_write_text(w, ": ");
    if (raw) {
        json_reader_init(&reader, value, strlen(value), JSON_NESTING_LIMIT);
        r = json_rewrite(&checked, &reader, JSON_COMPACT, false);
        free(checked.bytes);
        if (r < 0)
            err_set(err, r, "content", word, "byte %zu of the value: %s", reader.wrong_at,
                    reader.reason);
        json_write_text(w, value);
    } else {
        json_write_string(w, value, strlen(value), false);
    }
    return r;
}

static int words_as_json(const struct composition *c, struct json_writer *w, struct err *err)
{
    int r = 0;

    json_write_text(w, "{");
    for (size_t i = 0; i < c->n_words && r == 0; i++) {
        json_write_text(w, i ? ", " : "");
        r = write_word(w, c->words[i], err);
    }
    json_write_text(w, "}");
    return r;
}

static int encode(const char *encoding, struct json_writer *content, struct err *err)
{
    struct message_fault fault;
    char *encoded;
    size_t len;
    int r = content_encode(encoding, content->len ? content->bytes : "", content->len, &encoded,
                           &len, &fault);

    if (r < 0) {
        if (err)
            *err = fault.err;
        return r;
    }
    free(content->bytes);
    *content = (struct json_writer){.bytes = encoded, .len = len, .room = len};
    return 0;
}

/* The text of words goes into the encoding; what is given whole is sent as it is, but for a JSON
 * text with an encoding of its own. */
static int make_content(const struct composition *c, struct json_writer *content,
                        struct err *err)
{
    int r = 0;

    if (c->content) {
        json_write(content, c->content, c->content_len);
        return 0;
    }
    if (c->binary) {
        for (size_t i = 0; i < c->n_words; i++)
            json_write_text(content, strchr(c->words[i], '=') + 1);
        return 0;
    }
    if (c->raw_json)
        json_write_text(content, c->raw_json);
    else
        r = words_as_json(c, content, err);
    if (r < 0 || (c->raw_json && !c->encoding))
        return r;
    return encode(c->encoding ? c->encoding : "utf-8", content, err);
}

/* "content-length=5", or a key alone: without the field.  Both results are the caller's to
 * free(); the keys stand in *ret_keys. */
static struct header_edit *edits_of(const struct composition *c, char **ret_keys)
{
    struct header_edit *edits = mem_new(c->n_fields + 1, sizeof(*edits));
    size_t room = 1;
    char *at;

    for (size_t i = 0; i < c->n_fields; i++)
        room += strlen(c->fields[i]) + 1;
    at = *ret_keys = mem_new(room, 1);
    for (size_t i = 0; i < c->n_fields; i++) {
        const char *field = c->fields[i];
        size_t len = strcspn(field, "=");

        edits[i].key = memcpy(at, field, len);
        edits[i].value = field[len] ? field + len + 1 : NULL;
        at += len + 1;
    }
    return edits;
}

int compose_message(const struct composition *c, uint8_t **ret_bytes, size_t *ret_len,
                    struct err *err)
{
    const char *encoding = c->binary ? "binary" : c->encoding ? c->encoding : "utf-8";
    struct json_writer content = {0};
    int r = make_content(c, &content, err);

    if (r == 0) {
        char *keys;
        struct header_edit *edits = edits_of(c, &keys);
        struct message_draft draft = {
            .content = content.bytes,
            .content_len = content.len,
            .content_type = c->binary ? MESSAGE_TYPE_CLIENT : MESSAGE_TYPE_JSON,
            .content_encoding = encoding,
            .edits = edits,
            .n_edits = c->n_fields,
        };

        r = message_encode(&draft, ret_bytes, ret_len, err);
        free(edits);
        free(keys);
    }
    free(content.bytes);
    return r;
}
