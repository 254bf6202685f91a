#include "ui/console/compose_form.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/message/compose.h"
#include "core/message/decoder.h"

void compose_form_init(struct compose_form *f)
{
    f->kind = COMPOSE_VALUES;
    for (int i = 0; i < COMPOSE_FIELDS; i++)
        line_edit_init(&f->lines[i]);
}

void compose_form_done(struct compose_form *f)
{
    for (int i = 0; i < COMPOSE_FIELDS; i++)
        line_edit_done(&f->lines[i]);
}

const char *compose_field_name(enum compose_field field)
{
    return field == COMPOSE_KIND       ? "content as"
           : field == COMPOSE_CONTENT  ? "content"
           : field == COMPOSE_ENCODING ? "encoding"
           : field == COMPOSE_MORE     ? "more fields"
                                       : message_field_names[field - COMPOSE_BYTEORDER];
}

const char *compose_kind_name(enum compose_kind kind)
{
    static const char *const names[COMPOSE_KINDS] = {"values", "json", "binary"};

    return names[kind];
}

/* --- what was typed as a command -------------------------------------------------------- */

static int wrong(struct composed *c, enum compose_field field, int r)
{
    c->wrong = field;
    return r;
}

/* The words as the command line parts them, with its quotes. */
static int take_words(const struct compose_form *f, struct composed *c)
{
    char line[LINE_EDIT_BYTES + 32];
    struct command parsed;
    int r;

    snprintf(line, sizeof(line), "message 1 %s", f->lines[COMPOSE_CONTENT].text);
    r = command_parse(line, &parsed, &c->err);
    if (r < 0) {
        c->err.place = 0;
        return wrong(c, COMPOSE_CONTENT, r);
    }
    c->command.message = parsed.message;
    return 0;
}

static int take_content(const struct compose_form *f, struct composed *c)
{
    const char *text = f->lines[COMPOSE_CONTENT].text,
               *encoding = f->lines[COMPOSE_ENCODING].text;
    struct message_settings *m = &c->command.message;
    size_t len = strlen(encoding);
    int r = 0;

    if (f->kind == COMPOSE_JSON)
        snprintf(m->raw_json, sizeof(m->raw_json), "%s", text);
    else
        r = take_words(f, c);
    if (r == 0 && f->kind == COMPOSE_BINARY)
        m->binary = true;
    if (len > COMMAND_ENCODING_BYTES)
        return wrong(c, COMPOSE_ENCODING,
                     err_set(&c->err, -EINVAL, "encoding", "", "no name is that long"));
    if (r == 0)
        memcpy(m->encoding, encoding, len + 1);
    return r;
}

static int add_field(struct composed *c, enum compose_field at, const char *field)
{
    if (compose_check_field(field, &c->err) < 0)
        return wrong(c, at, -EINVAL);
    if (!words_add(&c->command.message.fields, field))
        return wrong(c, at,
                     err_set(&c->err, -E2BIG, "header", "",
                             "there is more than a "
                             "command holds"));
    return 0;
}

static int take_header(const struct compose_form *f, struct composed *c)
{
    char field[LINE_EDIT_BYTES + 64];
    int r = 0;

    for (int i = COMPOSE_BYTEORDER; i < COMPOSE_MORE && r == 0; i++) {
        const char *text = f->lines[i].text, *name = compose_field_name((enum compose_field)i);

        if (strcmp(text, COMPOSE_LEFT_OUT) == 0)
            r = add_field(c, (enum compose_field)i, name);
        else if (text[0]) {
            snprintf(field, sizeof(field), "%s=%s", name, text);
            r = add_field(c, (enum compose_field)i, field);
        }
    }
    return r;
}

static int take_more(const struct compose_form *f, struct composed *c)
{
    char text[LINE_EDIT_BYTES + 1], *rest = NULL;
    int r = 0;

    snprintf(text, sizeof(text), "%s", f->lines[COMPOSE_MORE].text);
    for (char *word = strtok_r(text, " ", &rest); word && r == 0;
         word = strtok_r(NULL, " ", &rest))
        r = add_field(c, COMPOSE_MORE, word);
    return r;
}

/* --- the command as bytes --------------------------------------------------------------- */

/* Which field made the message impossible: an encoding that is none, else the content. */
static enum compose_field cause_of(const struct compose_form *f, const struct composed *c)
{
    if (f->lines[COMPOSE_ENCODING].len && c->err.code == -EINVAL)
        return COMPOSE_ENCODING;
    return c->err.code == -EMSGSIZE ? COMPOSE_MORE : COMPOSE_CONTENT;
}

/* As the peer does. */
static void read_back(struct composed *c)
{
    struct decoder d;

    decoder_init(&d, NULL);
    if (decoder_feed(&d, c->bytes, c->len, &c->used, &c->message, &c->fault) == 0)
        decoder_finish(&d, &c->fault);
    decoder_done(&d);
    if (c->message)
        c->n_lines = describe_message(c->message, &message_limits, c->lines);
}

void compose_make(const struct compose_form *f, uint64_t session_id, struct composed *c)
{
    int r;

    composed_done(c);
    c->command = command_default(VERB_MESSAGE);
    c->command.target_id = session_id;
    r = take_content(f, c);
    if (r == 0)
        r = take_header(f, c);
    if (r == 0)
        r = take_more(f, c);
    if (r < 0)
        return;
    r = command_message_check(&c->command, &c->err);
    if (r == 0)
        r = command_message(&c->command, &c->bytes, &c->len, &c->err);
    if (r < 0)
        c->wrong = cause_of(f, c);
    else
        read_back(c);
}

void composed_done(struct composed *c)
{
    free(c->bytes);
    message_free(c->message);
    memset(c, 0, sizeof(*c));
}

bool composed_value(const struct composed *c, enum compose_field field, char *buf, size_t size)
{
    struct message_part part;

    if (!c->message || !message_find(c->message, compose_field_name(field), &part))
        return false;
    text_clean(c->message->bytes + part.at, part.len, buf, size);
    return true;
}
