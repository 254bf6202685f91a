/* ui/console/compose_form.h - the fields that a framed message is put together from.
 *
 * What is typed becomes a message command, and that the very bytes that would be sent; what is
 * wrong is told with the field that it stands in.  Pure. */
#ifndef SOCKEYE_CONSOLE_COMPOSE_FORM_H
#define SOCKEYE_CONSOLE_COMPOSE_FORM_H

#include "core/message/describe.h"
#include "core/model/command.h"
#include "ui/console/line_edit.h"

enum compose_field {
    COMPOSE_KIND, /* how the content is written; no text */
    COMPOSE_CONTENT,
    COMPOSE_ENCODING,
    COMPOSE_BYTEORDER, /* from here on fields of the header, by enum message_field */
    COMPOSE_CONTENT_TYPE,
    COMPOSE_CONTENT_ENCODING,
    COMPOSE_CONTENT_LENGTH,
    COMPOSE_MORE, /* further ones: NAME=VALUE NAME=VALUE */
    COMPOSE_FIELDS
};

enum compose_kind {
    COMPOSE_VALUES, /* KEY=VALUE, KEY:=JSON: members of a JSON object */
    COMPOSE_JSON,   /* as it stands */
    COMPOSE_BINARY, /* the values alone, as bytes */
    COMPOSE_KINDS
};

/* An empty field of the header is as it should be, one of "-" is left out. */
#define COMPOSE_LEFT_OUT "-"

struct compose_form {
    enum compose_kind kind;
    struct line_edit lines[COMPOSE_FIELDS];
};

struct composed {
    struct command command;
    struct err err;           /* code not 0: there are no bytes */
    enum compose_field wrong; /* where */
    uint8_t *bytes;           /* owned */
    size_t len;
    size_t used;                /* of them the message takes: the others begin the next one */
    struct message *message;    /* owned: the bytes as a peer reads them; NULL: it cannot */
    struct message_fault fault; /* why not; code 0: it waits for more */
    size_t n_lines;
    struct describe_line lines[DESCRIBE_LINES_MAX]; /* of the message */
};

void compose_form_init(struct compose_form *f);
void compose_form_done(struct compose_form *f);

/* "content-type"; as it is called on the screen. */
const char *compose_field_name(enum compose_field field);
const char *compose_kind_name(enum compose_kind kind);

/* c is all zero, or was made before. */
void compose_make(const struct compose_form *f, uint64_t session_id, struct composed *c);
void composed_done(struct composed *c);

/* What a field of the header is in the message that was made, as JSON; false: it is not there. */
bool composed_value(const struct composed *c, enum compose_field field, char *buf, size_t size);

#endif
