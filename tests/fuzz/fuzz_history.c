/* Any bytes as the file of what was typed: only lines that can be shown are taken, and what is
 * written of them is read again as the same, without passwords. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/secret.h"
#include "ui/console/history.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *pass(const char *bytes, size_t len, size_t *ret_len)
{
    struct line_edit *edits = mem_new(HISTORY_PROMPTS, sizeof(*edits));
    struct history h;
    char *written = NULL;
    FILE *out = open_memstream(&written, ret_len);

    for (int i = 0; i < HISTORY_PROMPTS; i++)
        h.prompts[i] = &edits[i];
    history_read(&h, bytes, len);
    for (int i = 0; i < HISTORY_PROMPTS; i++)
        for (size_t n = 0; n < edits[i].n_history; n++)
            if (!text_is_printable(edits[i].history[n]))
                abort();
    history_write(&h, LINE_EDIT_HISTORY, out);
    fclose(out);
    for (int i = 0; i < HISTORY_PROMPTS; i++)
        line_edit_done(&edits[i]);
    free(edits);
    return written;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t first_len, second_len;
    char *first = pass((const char *)data, size, &first_len);
    char *second = pass(first, first_len, &second_len);
    char hidden[2 * LINE_EDIT_BYTES];

    for (char *line = first, *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        /* The first character says which prompt it was. */
        if (*line && strcmp(secret_hide(line + 1, hidden, sizeof(hidden)), line + 1) != 0)
            abort();
        *end = '\n';
    }
    /* Two equal lines with a secret between them become one. */
    if (second_len > first_len)
        abort();
    free(first);
    free(second);
    return 0;
}
