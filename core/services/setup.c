/* core/services/setup.c - the options that one server was started with. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/services/service.h"

const struct service_option *service_option_find(const struct service *service,
                                                 const char *name)
{
    for (const struct service_option *o = service->options; o && o->name; o++)
        if (strcmp(o->name, name) == 0)
            return o;
    return NULL;
}

const char *service_text(const struct service_setup *setup, const char *option)
{
    const struct service_option *o = service_option_find(setup->service, option);
    size_t i;

    assert(o);
    i = (size_t)(o - setup->service->options);
    return setup->values[i] ? setup->values[i] : o->preset;
}

bool service_flag(const struct service_setup *setup, const char *option)
{
    return service_text(setup, option) != NULL;
}

static int bad(const struct service_setup *setup, const char *option, struct err *err,
               const char *expected)
{
    const char *value = service_text(setup, option);

    return err_set(err, -EINVAL, setup->service->name, value ? value : "", "--%s takes %s",
                   option, expected);
}

int service_number(const struct service_setup *setup, const char *option, uint64_t min,
                   uint64_t max, uint64_t *ret, struct err *err)
{
    const char *value = service_text(setup, option);
    char expected[80], low[TEXT_NUMBER_BYTES], high[TEXT_NUMBER_BYTES];
    char *end = NULL;
    unsigned long long n;

    errno = 0;
    n = value && value[0] >= '0' && value[0] <= '9' ? strtoull(value, &end, 10) : 0;
    if (end && !*end && !errno && n >= min && n <= max) {
        *ret = n;
        return 0;
    }
    snprintf(expected, sizeof(expected), "a number from %s to %s", text_number(min, low),
             text_number(max, high));
    return bad(setup, option, err, expected);
}

int service_seconds(const struct service_setup *setup, const char *option, uint64_t *ret_ns,
                    struct err *err)
{
    const char *value = service_text(setup, option);

    if (!value || text_seconds(value, ret_ns) < 0)
        return bad(setup, option, err, "seconds, such as 0.5");
    return 0;
}

int service_line_end(const struct service_setup *setup, const char *option, const char **ret,
                     struct err *err)
{
    static const char *const names[] = {"none", "lf", "crlf"}, *const ends[] = {"", "\n",
                                                                                "\r\n"};
    const char *value = service_text(setup, option);

    for (size_t i = 0; i < 3; i++) {
        if (strcmp(value, names[i]) == 0) {
            *ret = ends[i];
            return 0;
        }
    }
    return bad(setup, option, err, "none, lf or crlf");
}

int service_bytes(const struct service_setup *setup, const char *option, char **ret_bytes,
                  size_t *ret_len, struct err *err)
{
    const char *value = service_text(setup, option);
    char *bytes = mem_copy(value ? value : "", strlen(value ? value : ""));
    size_t at = 0, len = text_unescape(bytes, &at);

    if (len == (size_t)-1) {
        free(bytes);
        return bad(setup, option, err, "the escapes \\r \\n \\t \\0 \\\\ \\xNN only");
    }
    *ret_bytes = bytes;
    *ret_len = len;
    return 0;
}
