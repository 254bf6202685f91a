/* Any bytes as a configuration: refused in clean words that name the file, or taken, and then what
 * is written of it is read again as the same. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/config.h"
#include "tests/fuzz/refused.h"
#include "ui/console/action.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int parse(struct config *c, const void *bytes, size_t len, struct err *err)
{
    struct json_text text = {0};
    int r = json_text_parse(mem_copy(bytes, len), len, "file", &text, err);

    config_init(c);
    strcpy(c->file, "file");
    if (r == 0)
        r = config_parse(c, &text, err);
    json_text_done(&text);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct config c, again;
    struct json_writer w = {0}, second = {0};
    struct err err = {0};

    if (size > CONFIG_FILE_BYTES)
        return 0;
    if (parse(&c, data, size, &err) < 0) {
        check_refusal(&err, "file");
        return 0;
    }
    config_write(&c, &w);
    if (parse(&again, w.bytes, w.len, &err) < 0)
        abort();
    config_write(&again, &second);
    if (w.len != second.len || memcmp(w.bytes, second.bytes, w.len) != 0)
        abort();
    free(w.bytes);
    free(second.bytes);
    if (keymap_bind(&c, &err) < 0)
        check_refusal(&err, "file");
    return 0;
}
