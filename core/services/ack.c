/* core/services/ack.c - answers whatever comes with one text. */
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/services/answering.h"

struct ack {
    struct answering answering;
    char *text;
    size_t len;
    const char *line_end;
};

static const struct service_option options[] = {
    {"text", "TEXT", "ACK", "what it answers, with escapes such as \\n"},
    SERVICE_LINE_END,
    {NULL, NULL, NULL, NULL},
};

static ssize_t ack_answer(void *instance, const uint8_t *bytes, size_t len, uint8_t *out,
                          size_t size)
{
    const struct ack *a = instance;
    struct answer_text t = {.out = out, .size = size};

    answer_put(&t, a->text, a->len);
    answer_end(&t, bytes, len, a->line_end);
    return (ssize_t)t.len;
}

static void ack_stop(void *instance)
{
    struct ack *a = instance;

    free(a->text);
    free(a);
}

static int ack_start(const struct service_setup *setup, void **ret_instance, struct err *err)
{
    struct ack *a = mem_new(1, sizeof(*a));
    int r = service_line_end(setup, "line-end", &a->line_end, err);

    a->answering.answer = ack_answer;
    if (r == 0)
        r = service_bytes(setup, "text", &a->text, &a->len, err);
    if (r < 0)
        ack_stop(a);
    else
        *ret_instance = a;
    return r;
}

const struct service ack_service = {
    .name = "ack",
    .summary = "answers ACK to whatever comes",
    .options = options,
    .start = ack_start,
    .stop = ack_stop,
    .behaviour = ANSWERING_CHUNKS,
    .answer = answering_answer,
};
