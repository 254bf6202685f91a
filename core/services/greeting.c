/* core/services/greeting.c - hello, thanks, greet-then-read: a text for every connection, then its
 * end; greet-then-read waits for the first bytes before it ends. */
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/services/answering.h"

struct greeting {
    struct answering answering;
    char *text;
    size_t len;
    const char *line_end;
};

#define GREETING_OPTIONS(preset)                                                               \
    {                                                                                          \
        {"text", "TEXT", preset, "what it sends, with escapes such as \\n"}, SERVICE_LINE_END, \
        {                                                                                      \
            NULL, NULL, NULL, NULL                                                             \
        }                                                                                      \
    }

static const struct service_option hello_options[] = GREETING_OPTIONS("Hello Client!");
static const struct service_option thanks_options[] =
    GREETING_OPTIONS("Thank you for connecting");
static const struct service_option greet_options[] =
    GREETING_OPTIONS("Hello, client! Welcome to the server.");

static ssize_t greeting_answer(void *instance, const uint8_t *bytes, size_t len, uint8_t *out,
                               size_t size)
{
    const struct greeting *g = instance;
    struct answer_text t = {.out = out, .size = size};

    (void)bytes;
    (void)len;
    answer_put(&t, g->text, g->len);
    answer_end(&t, NULL, 0, g->line_end);
    return (ssize_t)t.len;
}

static void greeting_stop(void *instance)
{
    struct greeting *g = instance;

    free(g->text);
    free(g);
}

static int greeting_start(const struct service_setup *setup, void **ret_instance,
                          struct err *err)
{
    struct greeting *g = mem_new(1, sizeof(*g));
    int r = service_line_end(setup, "line-end", &g->line_end, err);

    g->answering.answer = greeting_answer;
    if (r == 0)
        r = service_bytes(setup, "text", &g->text, &g->len, err);
    if (r < 0)
        greeting_stop(g);
    else
        *ret_instance = g;
    return r;
}

static void greet(struct session *s)
{
    ssize_t n = greeting_answer(s->instance, NULL, 0, s->net->answer, sizeof(s->net->answer));

    session_send(s, s->net->answer, (size_t)n);
}

/* The first bytes end it; what comes later is dropped. */
static void greet_readable(struct session *s)
{
    const uint8_t *bytes;

    if (session_receive(s, &bytes) >= 0 && session_can_send(s))
        farewell(s);
}

const struct service hello_service = {
    .name = "hello",
    .summary = "sends a greeting and closes",
    .options = hello_options,
    .start = greeting_start,
    .stop = greeting_stop,
    .behaviour = ANSWERING_ONCE,
    .answer = answering_answer,
};

const struct service thanks_service = {
    .name = "thanks",
    .summary = "sends its thanks and closes",
    .options = thanks_options,
    .start = greeting_start,
    .stop = greeting_stop,
    .behaviour = ANSWERING_ONCE,
    .answer = answering_answer,
};

const struct service greet_then_read_service = {
    .name = "greet-then-read",
    .summary = "sends a greeting, waits for the first bytes and closes",
    .options = greet_options,
    .start = greeting_start,
    .stop = greeting_stop,
    .behaviour = {.opened = greet, .readable = greet_readable, .due = farewell_due},
};
