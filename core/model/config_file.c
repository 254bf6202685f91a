#include "core/model/config_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/xdg.h"

#define FILE_NAME "config.json"
#define FILE_MODE 0600

static int load(struct config *c, struct err *err)
{
    struct json_text text = {0};
    int r = json_text_read(c->file, CONFIG_FILE_BYTES, &text, err);

    if (r == 0)
        r = config_parse(c, &text, err);
    json_text_done(&text);
    return r;
}

int config_load(struct config *c, const char *path, struct err *err)
{
    char usual[PATH_MAX];
    int r;

    if (!path) {
        path = xdg_path(XDG_CONFIG, FILE_NAME, usual);
        snprintf(c->file, sizeof(c->file), "%s", path ? path : "");
        if (!path)
            return 0;
        r = load(c, err);
        c->unread = r == -EACCES;
        return r == -ENOENT || r == -ENOTDIR || r == -EACCES ? 0 : r;
    }
    if (strlen(path) >= sizeof(c->file))
        return err_set(err, -ENAMETOOLONG, "read", path, "%s", "");
    snprintf(c->file, sizeof(c->file), "%s", path);
    return load(c, err);
}

/* What stands in the file now. */
static void settle(struct config *c)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        c->values[i].from =
            strcmp(c->values[i].text, setting_infos[i].initial) == 0 ? FROM_DEFAULT : FROM_FILE;
        c->values[i].line = 0;
    }
    for (size_t i = 0; i < c->n_bindings; i++) {
        c->bindings[i].here = false;
        c->bindings[i].line = 0;
    }
}

int config_save(struct config *c, struct err *err)
{
    struct json_writer w = {0};
    char *target;
    int r;

    if (!c->file[0])
        return err_set(err, -ENOENT, "write", FILE_NAME,
                       "there is no place for it: HOME is not set");
    r = xdg_make_folders(c->file);
    target = realpath(c->file, NULL);
    config_write(c, &w);
    if (r == 0)
        r = file_replace(target ? target : c->file, w.bytes, w.len, FILE_MODE);
    free(target);
    free(w.bytes);
    if (r < 0)
        return err_set(err, r, "write", c->file, "%s",
                       r == -EEXIST ? "something other than a file is there" : "");
    settle(c);
    return 0;
}
