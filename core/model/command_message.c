/* The message command: from its words to what core/message/compose.h takes. */
#include "core/message/compose.h"
#include "core/model/command.h"

/* The words of a list as compose_message() takes them; no list has more. */
#define LIST_WORDS_MAX (WORDS_BYTES / 2)
static size_t list_words(const struct words *list, const char *ret[LIST_WORDS_MAX])
{
    size_t n = 0;

    for (const char *w = NULL; (w = words_next(list, w)) != NULL && n < LIST_WORDS_MAX;)
        ret[n++] = w;
    return n;
}

/* What of a message command the composition is made of; the arrays are the caller's. */
static struct composition composition_of(const struct message_settings *m,
                                         const char *words[LIST_WORDS_MAX],
                                         const char *fields[LIST_WORDS_MAX])
{
    return (struct composition){
        .binary = m->binary,
        .raw_json = m->raw_json[0] ? m->raw_json : NULL,
        .encoding = m->encoding[0] ? m->encoding : NULL,
        .words = words,
        .n_words = list_words(&m->parts, words),
        .fields = fields,
        .n_fields = list_words(&m->fields, fields),
    };
}

int command_message_check(const struct command *c, struct err *err)
{
    const char *words[LIST_WORDS_MAX], *fields[LIST_WORDS_MAX];
    struct composition composition = composition_of(&c->message, words, fields);

    return compose_check(&composition, err);
}

int command_message(const struct command *c, uint8_t **ret_bytes, size_t *ret_len,
                    struct err *err)
{
    const char *words[LIST_WORDS_MAX], *fields[LIST_WORDS_MAX];
    struct composition composition = composition_of(&c->message, words, fields);

    return compose_message(&composition, ret_bytes, ret_len, err);
}
