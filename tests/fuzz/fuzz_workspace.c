/* Any bytes as a workspace: refused in clean words that name the file, or taken, and then what is
 * written of it is read again as the same. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/workspace.h"
#include "tests/fuzz/refused.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int parse(struct workspace *w, const void *bytes, size_t len, struct err *err)
{
    struct json_text text = {0};
    int r = json_text_parse(mem_copy(bytes, len), len, "file", &text, err);

    if (r == 0)
        r = workspace_parse(&text, w, err);
    json_text_done(&text);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct workspace w, again;
    struct json_writer first = {0}, second = {0};
    struct err err = {0};

    if (size > 65536)
        return 0;
    if (parse(&w, data, size, &err) < 0) {
        check_refusal(&err, "file");
        return 0;
    }
    workspace_write(&w, &first);
    if (parse(&again, first.bytes, first.len, &err) < 0)
        abort();
    workspace_write(&again, &second);
    if (first.len != second.len || memcmp(first.bytes, second.bytes, first.len) != 0)
        abort();
    free(first.bytes);
    free(second.bytes);
    workspace_done(&w);
    workspace_done(&again);
    return 0;
}
