/* The command prompt: the first byte is how wide it is, the rest are keys.  The line stays UTF-8
 * within its room, its cursor between characters, what completes it is printable, and it can be
 * drawn. */
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/message/json.h"
#include "ui/console/complete.h"
#include "ui/console/key_decode.h"
#include "ui/console/line_edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

static void check_line(const struct line_edit *e)
{
    must(e->len <= LINE_EDIT_BYTES && e->cursor <= e->len && e->text[e->len] == '\0');
    must(json_utf8_span(e->text, e->len) == e->len);
    must(json_utf8_span(e->text, e->cursor) == e->cursor);
    must(e->n_history <= LINE_EDIT_HISTORY && e->at <= e->n_history);
}

static void check_completion(struct line_edit *e, const struct model *m)
{
    static struct completion c;
    char common[COMPLETE_TEXT_BYTES];
    size_t len;

    complete_line(e->text, e->cursor, m, &c);
    must(c.start <= e->cursor && c.n <= COMPLETE_CANDIDATES);
    for (size_t i = 0; i < c.n; i++)
        must(text_is_printable(c.candidates[i].text) &&
             text_is_printable(c.candidates[i].note));
    len = complete_common(&c, common, sizeof(common));
    must(len < sizeof(common));
    if (len)
        line_edit_insert(e, common, len);
}

static void press(struct line_edit *e, const struct model *m, uint32_t key)
{
    if (key == '\t')
        check_completion(e, m);
    else if (key == '\r')
        line_edit_accept(e);
    else
        line_edit_key(e, key);
    check_line(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct model m;
    static bool begun;
    struct surface *s = surface_new(1, size ? data[0] % 100 + 1 : 1, false);
    struct key_decoder d = {0};
    struct line_edit e;
    uint32_t key;

    if (!begun)
        model_init(&m, NULL, NULL, NULL);
    begun = true;
    line_edit_init(&e);
    for (size_t at = 1; at < size; at++) {
        key_decoder_give(&d, data + at, 1);
        while (key_decoder_next(&d, at + 1 == size, &key))
            press(&e, &m, key);
    }
    line_edit_draw(&e, area_whole(s), 0, 0);
    line_edit_done(&e);
    surface_free(s);
    return 0;
}
