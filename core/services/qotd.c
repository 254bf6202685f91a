/* core/services/qotd.c - a quote for every connection or datagram (RFC 865).
 *
 * The quotes are texts of share/quotes.json or of a file alike, given out in turn from a random one
 * on.  RFC 865 wants them shorter than 512 characters. */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <cjson/cJSON.h>

#include "core/base/mem.h"
#include "core/base/share.h"
#include "core/services/answering.h"

#define QUOTES "quotes.json"
#define QUOTE_BYTES 512

struct qotd {
    struct answering answering;
    cJSON *quotes; /* an array of texts; only read once it is made */
    unsigned n_quotes;
    atomic_uint next;
    const char *line_end;
};

static const struct service_option options[] = {
    {"file", "PATH", NULL, "a JSON array of texts instead of its own quotes"},
    SERVICE_LINE_END,
    {NULL, NULL, NULL, NULL},
};

static ssize_t qotd_answer(void *instance, const uint8_t *bytes, size_t len, uint8_t *out,
                           size_t size)
{
    struct qotd *q = instance;
    struct answer_text t = {.out = out, .size = size};
    unsigned i = atomic_fetch_add(&q->next, 1) % q->n_quotes;
    const char *quote = cJSON_GetArrayItem(q->quotes, (int)i)->valuestring;

    (void)bytes;
    (void)len;
    answer_put(&t, quote, strlen(quote));
    answer_end(&t, NULL, 0, q->line_end);
    return (ssize_t)t.len;
}

static void qotd_stop(void *instance)
{
    struct qotd *q = instance;

    cJSON_Delete(q->quotes);
    free(q);
}

static int check_quotes(const cJSON *quotes, const char *path, struct err *err)
{
    const cJSON *quote;
    unsigned n = 0;

    if (!cJSON_IsArray(quotes) || cJSON_GetArraySize(quotes) == 0)
        return err_set(err, -EINVAL, "qotd", path, "it must be a JSON array of texts");
    cJSON_ArrayForEach(quote, quotes)
    {
        n++;
        if (!cJSON_IsString(quote))
            return err_set(err, -EINVAL, "qotd", path, "quote %u is no text", n);
        if (strlen(quote->valuestring) >= QUOTE_BYTES)
            return err_set(err, -EFBIG, "qotd", path,
                           "quote %u is too long: RFC 865 wants less than %d characters", n,
                           QUOTE_BYTES);
    }
    return 0;
}

static int read_quotes(struct qotd *q, const char *path, struct err *err)
{
    char *text = NULL;
    size_t len = 0;
    int r = path ? share_read_path(path, SHARE_FILE_BYTES, &text, &len, err)
                 : share_read(QUOTES, &text, &len, err);

    if (r < 0)
        return r;
    q->quotes = cJSON_ParseWithLengthOpts(text, len + 1, NULL, true);
    free(text);
    r = check_quotes(q->quotes, path ? path : QUOTES, err);
    if (r == 0)
        q->n_quotes = (unsigned)cJSON_GetArraySize(q->quotes);
    return r;
}

static int qotd_start(const struct service_setup *setup, void **ret_instance, struct err *err)
{
    struct qotd *q = mem_new(1, sizeof(*q));
    unsigned first = 0;
    int r = service_line_end(setup, "line-end", &q->line_end, err);

    q->answering.answer = qotd_answer;
    if (r == 0)
        r = read_quotes(q, service_text(setup, "file"), err);
    if (r < 0) {
        qotd_stop(q);
        return r;
    }
    /* Without randomness it is the first one. */
    if (getrandom(&first, sizeof(first), GRND_NONBLOCK) != sizeof(first))
        first = 0;
    atomic_init(&q->next, first);
    *ret_instance = q;
    return 0;
}

const struct service qotd_service = {
    .name = "qotd",
    .summary = "sends a quote and closes (RFC 865)",
    .options = options,
    .start = qotd_start,
    .stop = qotd_stop,
    .behaviour = ANSWERING_ONCE,
    .answer = answering_answer,
};
