/* core/services/truncate.c - announces more than it sends: the length of a text in two bytes, most
 * significant first, the first half of the text, FIN. */
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/services/answering.h"

struct cut_text {
    struct answering answering;
    char *text;
    size_t len; /* fits two bytes: options are shorter */
};

static const struct service_option options[] = {
    {"text", "TEXT", "This message is longer than what arrives of it.",
     "what it sends half of, with escapes"},
    {NULL, NULL, NULL, NULL},
};

static ssize_t truncate_answer(void *instance, const uint8_t *bytes, size_t len, uint8_t *out,
                               size_t size)
{
    const struct cut_text *c = instance;
    struct answer_text t = {.out = out, .size = size};
    uint8_t length[] = {(uint8_t)(c->len >> 8), (uint8_t)c->len};

    (void)bytes;
    (void)len;
    answer_put(&t, length, sizeof(length));
    answer_put(&t, c->text, c->len / 2);
    return (ssize_t)t.len;
}

static void truncate_stop(void *instance)
{
    struct cut_text *c = instance;

    free(c->text);
    free(c);
}

static int truncate_start(const struct service_setup *setup, void **ret_instance,
                          struct err *err)
{
    struct cut_text *c = mem_new(1, sizeof(*c));
    int r = service_bytes(setup, "text", &c->text, &c->len, err);

    c->answering.answer = truncate_answer;
    if (r < 0)
        truncate_stop(c);
    else
        *ret_instance = c;
    return r;
}

const struct service truncate_service = {
    .name = "truncate",
    .summary = "announces a message, sends half of it and closes",
    .options = options,
    .start = truncate_start,
    .stop = truncate_stop,
    .behaviour = ANSWERING_ONCE,
};
