/* core/services/reverse.c - sends back each chunk with its characters in reverse order.
 *
 * A character is a code point: combining marks come to stand in front of their letter.  A byte that
 * is no UTF-8 counts as a character of its own.  CR and LF at the end stay at the end. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/services/answering.h"

static ssize_t reverse_answer(void *instance, const uint8_t *bytes, size_t len, uint8_t *out,
                              size_t size)
{
    size_t matched = answering_matched(bytes, len);

    (void)instance;
    if (len > size)
        return -1;
    for (size_t at = 0; at < matched;) {
        uint32_t code;
        size_t n = text_utf8_decode(bytes + at, matched - at, &code);

        n = n ? n : 1;
        memcpy(out + matched - at - n, bytes + at, n);
        at += n;
    }
    if (len > matched)
        memcpy(out + matched, bytes + matched, len - matched);
    return (ssize_t)len;
}

static int reverse_start(const struct service_setup *setup, void **ret_instance,
                         struct err *err)
{
    struct answering *a = mem_new(1, sizeof(*a));

    (void)setup;
    (void)err;
    a->answer = reverse_answer;
    *ret_instance = a;
    return 0;
}

const struct service reverse_service = {
    .name = "reverse",
    .summary = "sends back what it receives, last character first",
    .start = reverse_start,
    .stop = free,
    .behaviour = ANSWERING_CHUNKS,
    .answer = answering_answer,
};
