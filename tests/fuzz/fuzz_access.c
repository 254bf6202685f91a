/* Whatever stands in the lists of prefixes: a list is refused in clean words, or it covers the
 * addresses that it names.  The first 16 bytes are an address. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/mem.h"
#include "core/net/access.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_words(const struct err *err)
{
    char line[ERR_TEXT_BYTES * 4];

    err_format(err, line, sizeof(line));
    for (const char *c = line; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct words list = {0}, none = {0};
    struct access allowing, denying;
    struct addr peers[2];
    struct err err = {0};
    char *text, *save = NULL;

    if (size < 16)
        return 0;
    text = mem_copy(data + 16, size - 16);
    for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save))
        if (!words_add(&list, word))
            break;
    if (access_parse(&list, &none, &allowing, &err) < 0) {
        check_words(&err);
    } else {
        if (access_parse(&none, &list, &denying, &err) < 0)
            abort();
        peers[0] = addr_make(AF_INET6, data, 1);
        peers[1] = addr_make(AF_INET, data, 1);
        /* With one list nobody is both allowed and denied, or neither. */
        for (size_t i = 0; list.used && i < 2; i++)
            if (access_permits(&allowing, &peers[i]) == access_permits(&denying, &peers[i]))
                abort();
    }
    free(text);
    return 0;
}
