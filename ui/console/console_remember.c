/* Which panes were where, from one run to the next: layout.json of the person's state folder, a
 * workspace with nothing but a layout.
 *
 * A file that cannot be read, or that a newer version wrote, is kept beside as layout.json.bad. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/xdg.h"
#include "core/model/errors.h"
#include "ui/console/console_state.h"

#define FILE_NAME "layout.json"
#define BAD ".bad"

bool console_put_aside(const char *path, const struct err *err)
{
    char bad[PATH_MAX + sizeof(BAD)];

    snprintf(bad, sizeof(bad), "%s" BAD, path);
    return err->code == -EINVAL && rename(path, bad) == 0;
}

/* Out of the way of the next one; where that is not possible it is left.  A folder that is closed
 * to us is another's, as after su(1). */
static void put_aside(struct console *c, const char *path, const struct err *err)
{
    bool closed = err->code == -EACCES, moved = console_put_aside(path, err);
    char text[MODEL_NOTICE_BYTES - 120];

    error_format(err, text, sizeof(text));
    model_notice(&c->model, !closed, "panes stand as usual: %s; %s", text,
                 moved ? "that file is " FILE_NAME BAD " now" : "that file stays as it is");
    c->forgets_layout = !moved;
}

void console_recall_layout(struct console *c)
{
    struct workspace *w = mem_new(1, sizeof(*w));
    struct arrangement as[SCREEN_COUNT];
    char path[PATH_MAX];
    struct err err = {0};
    int r;

    if (!xdg_path(XDG_STATE, FILE_NAME, path)) {
        c->forgets_layout = true;
        free(w);
        return;
    }
    r = workspace_read(path, w, &err);
    if (r == 0)
        r = console_read_layout(w, path, as, &err);
    if (r == 0)
        memcpy(c->as, as, sizeof(c->as));
    else if (r != -ENOENT && r != -ENOTDIR)
        put_aside(c, path, &err);
    memcpy(c->recalled, c->as, sizeof(c->as));
    workspace_done(w);
    free(w);
}

int console_remember_layout(const struct console *c, struct err *err)
{
    struct workspace *w;
    char path[PATH_MAX];
    int r;

    if (c->forgets_layout || !memcmp(c->recalled, c->as, sizeof(c->as)) ||
        !xdg_path(XDG_STATE, FILE_NAME, path))
        return 0;
    w = mem_new(1, sizeof(*w));
    console_write_layout(c, w);
    r = xdg_make_folders(path);
    r = r < 0 ? err_set(err, r, "write", path, "%s", "") : workspace_save(w, path, err);
    workspace_done(w);
    free(w);
    return r;
}
