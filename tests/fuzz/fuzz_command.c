/* Whatever line comes, the grammar answers with a command whose text means the same command, or
 * with an error. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Both make the same message, or none. */
static void compare_messages(const struct command *a, const struct command *b)
{
    uint8_t *first, *second;
    size_t first_len, second_len;
    int r = command_message(a, &first, &first_len, NULL);

    if (command_message(b, &second, &second_len, NULL) != r)
        abort();
    if (r < 0)
        return;
    if (first_len != second_len || memcmp(first, second, first_len) != 0)
        abort();
    free(first);
    free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = mem_copy(data, size);
    char text[COMMAND_LINE_BYTES], again[COMMAND_LINE_BYTES];
    struct command a, b;
    struct err err = {0};

    if (command_parse(line, &a, &err) == 0) {
        command_format(&a, text, sizeof(text));
        if (command_parse(text, &b, &err) < 0 || a.verb != b.verb ||
            a.target_id != b.target_id || a.text_len != b.text_len ||
            memcmp(a.text, b.text, a.text_len) != 0)
            abort();
        if (a.verb == VERB_MESSAGE)
            compare_messages(&a, &b);
        command_format(&b, again, sizeof(again));
        if (strcmp(text, again) != 0)
            abort();
    } else if (!err.operation[0]) {
        abort();
    }
    free(line);
    return 0;
}
