/* The frame told in lines, in the place of a screen. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "ui/console/console_state.h"
#include "ui/console/reader.h"

#define RECENT_NS (1500 * CLOCK_MS_NS)

bool console_reads(const struct console *c)
{
    return config_on(c->setup->config, SETTING_SCREEN_READER);
}

void console_read_out(struct console *c)
{
    enum pane_id ids[PANE_COUNT], keys = console_keys_pane(c);
    const struct rectangle *at = layout_find(&c->layout, keys);
    struct json_writer out = {0};
    struct reader_frame f = {.surface = c->surface,
                             .notice = c->model.notice,
                             .bad = c->model.notice_bad,
                             .why = c->model.why.line,
                             .typing = c->mode != MODE_KEYS,
                             .key = c->urgent,
                             .recent = clock_now_ns() < c->key_ns + RECENT_NS};
    char place[80];

    layout_panes(c->screen, NULL, ids);
    snprintf(place, sizeof(place), "%s%s%s", layout_pane_name(ids[0]),
             keys != ids[0] ? ": " : "", keys != ids[0] ? layout_pane_name(keys) : "");
    f.place = place;
    f.top = at ? at->row : 0;
    f.rows = at ? at->rows : 0;
    if (!c->reader)
        c->reader = mem_new(1, sizeof(*c->reader));
    reader_frame(c->reader, &f, &out);
    term_print(c->term, out.bytes, out.len);
    free(out.bytes);
}
