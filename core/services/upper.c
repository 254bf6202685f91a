/* core/services/upper.c - sends back what it receives in capitals. */
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/services/answering.h"
#include "core/services/letters.h"

static ssize_t upper_answer(void *instance, const uint8_t *bytes, size_t len, uint8_t *out,
                            size_t size)
{
    (void)instance;
    return (ssize_t)letters_upper(bytes, len, out, size);
}

static int upper_start(const struct service_setup *setup, void **ret_instance, struct err *err)
{
    struct answering *a = mem_new(1, sizeof(*a));

    (void)setup;
    (void)err;
    a->answer = upper_answer;
    *ret_instance = a;
    return 0;
}

const struct service upper_service = {
    .name = "upper",
    .summary = "sends back what it receives in capitals",
    .start = upper_start,
    .stop = free,
    .behaviour = ANSWERING_CHUNKS,
    .answer = answering_answer,
};
