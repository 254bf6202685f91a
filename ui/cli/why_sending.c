#include "ui/cli/why_sending.h"

#include <errno.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"

/* More than that is not sent in the time there is. */
#define SEND_SIZE_MAX (UINT64_C(1) << 30)

static int parse_size(const char *text, uint64_t *ret)
{
    uint64_t n = 0;

    if (!*text)
        return -EINVAL;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -EINVAL;
        n = n * 10 + (uint64_t)(*text - '0');
        if (n > SEND_SIZE_MAX)
            return -ERANGE;
    }
    *ret = n;
    return n ? 0 : -EINVAL;
}

int why_sending(const char *text, const char *size, struct why_wish *wish, char **ret_owned,
                struct err *err)
{
    size_t at;

    if (text && size)
        return err_set(err, -EINVAL, "why", "--send-size", "--send gives the bytes already");
    if (size && parse_size(size, &wish->send_size) < 0)
        return err_set(err, -EINVAL, "--send-size", size, "is no number from 1 to %llu",
                       (unsigned long long)SEND_SIZE_MAX);
    if (!text)
        return 0;
    *ret_owned = mem_copy(text, strlen(text));
    wish->send = *ret_owned;
    wish->send_len = text_unescape(*ret_owned, &at);
    if (wish->send_len == (size_t)-1)
        return err_set(err, -EINVAL, "--send", text,
                       "byte %zu begins no escape: \\n \\r \\t "
                       "\\0 \\\\ \\xNN",
                       at + 1);
    return 0;
}
