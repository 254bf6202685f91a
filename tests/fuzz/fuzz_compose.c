/* Words of a message, a line each: the first byte says what they are.  Refused in clean words, or
 * the bytes that are made are taken apart again: where the header was left as it is, to just one
 * message of which nothing is left over. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/message/compose.h"
#include "core/message/decoder.h"
#include "tests/fuzz/refused.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WORDS_MAX 16

static void must(bool condition)
{
    if (!condition)
        abort();
}

static void check_bytes(const uint8_t *bytes, size_t len, bool is_whole)
{
    struct message *m = NULL;
    struct message_fault fault = {0};
    struct decoder d;
    size_t used = 0;
    int r;

    decoder_init(&d, NULL);
    r = decoder_feed(&d, bytes, len, &used, &m, &fault);
    must(!is_whole || (r == 1 && used == len));
    message_free(m);
    decoder_done(&d);
}

static void compose(const struct composition *c)
{
    struct err err = {0};
    uint8_t *bytes = NULL;
    size_t len = 0;

    if (compose_check(c, &err) < 0 || compose_message(c, &bytes, &len, &err) < 0) {
        must(!bytes);
        must(err.reason[0]);
        check_refusal(&err, "");
        return;
    }
    check_bytes(bytes, len, !c->n_fields && len <= MESSAGE_CONTENT_MAX);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *words[WORDS_MAX], *fields[WORDS_MAX];
    struct composition c = {.words = words, .fields = fields};
    uint8_t how = size ? data[0] : 0;
    char *text, *at;

    if (!size)
        return 0;
    at = text = mem_copy(data + 1, size - 1);
    c.binary = how & 1;
    if (how & 2)
        c.encoding = strsep(&at, "\n");
    if (how & 4 && at)
        c.raw_json = strsep(&at, "\n");
    if (how & 8 && at) {
        c.content = at;
        c.content_len = strlen(at);
        at = NULL;
    }
    while (at && c.n_words + c.n_fields < WORDS_MAX) {
        const char *word = strsep(&at, "\n");

        if (word[0] == '-')
            fields[c.n_fields++] = word + 1;
        else
            words[c.n_words++] = word;
    }
    compose(&c);
    free(text);
    return 0;
}
