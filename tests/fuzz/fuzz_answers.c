/* Whatever comes, each service's answer stays within its bounds; what reverse turns round twice is
 * the same again. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/services/service.h"

#define SERVICES 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void *instances[SERVICES];
static bool started[SERVICES];

static bool start(size_t i, const struct service *service)
{
    static struct service_setup setup;

    if (!started[i]) {
        setup = (struct service_setup){.service = service};
        if (service->start && service->start(&setup, &instances[i], NULL) < 0)
            return false;
        started[i] = true;
    }
    return true;
}

static void ask(size_t i, const struct service *service, const uint8_t *data, size_t len,
                size_t size)
{
    uint8_t *out = mem_new(size ? size : 1, 1), *again;
    ssize_t n = service->answer(instances[i], data, len, out, size);

    if (n > (ssize_t)size)
        abort();
    if (n == (ssize_t)len && strcmp(service->name, "reverse") == 0) {
        again = mem_new(len ? len : 1, 1);
        service->answer(instances[i], out, len, again, len);
        /* Stray bytes may come to make a character: only plain text is compared. */
        if (strspn((const char *)data, "abc ") == len && memcmp(again, data, len) != 0)
            abort();
        free(again);
    }
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct service *service;
    uint8_t *text = mem_copy(data, size);

    for (size_t i = 0; i < SERVICES && (service = service_at(i)) != NULL; i++) {
        if (!service->answer || !start(i, service))
            continue;
        ask(i, service, text, size, size * 2 + 1024);
        ask(i, service, text, size, size / 2);
    }
    free(text);
    return 0;
}
