#include "ui/console/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/share.h"
#include "core/base/text.h"
#include "core/base/xdg.h"
#include "core/model/secret.h"

#define FILE_NAME "history"

static const char letters[HISTORY_PROMPTS] = {
    [HISTORY_COMMAND] = ':',        [HISTORY_FILTER] = '&', [HISTORY_PACKET_FILTER] = 'p',
    [HISTORY_CAPTURE_FILTER] = 'b', [HISTORY_SEARCH] = '/',
};

/* --- lines ------------------------------------------------------------------------------ */

static void read_line(const struct history *h, const char *line, size_t len)
{
    char text[LINE_EDIT_BYTES + 1];

    if (len < 2 || len > LINE_EDIT_BYTES + 1 || memchr(line, '\0', len))
        return;
    memcpy(text, line + 1, len - 1);
    text[len - 1] = '\0';
    for (int i = 0; i < HISTORY_PROMPTS; i++)
        if (letters[i] == line[0] && text_is_printable(text))
            line_edit_remember(h->prompts[i], text);
}

void history_read(const struct history *h, const char *bytes, size_t len)
{
    while (len) {
        const char *end = memchr(bytes, '\n', len);
        size_t line = end ? (size_t)(end - bytes) : len;

        read_line(h, bytes, line);
        line += end != NULL;
        bytes += line;
        len -= line;
    }
}

void history_write(const struct history *h, size_t most, FILE *out)
{
    for (int i = 0; i < HISTORY_PROMPTS; i++) {
        const struct line_edit *e = h->prompts[i];

        for (size_t n = e->n_history > most ? e->n_history - most : 0; n < e->n_history; n++)
            if (e->history[n][0] != ' ' && !secret_in(e->history[n]))
                fprintf(out, "%c%s\n", letters[i], e->history[n]);
    }
}

/* --- the file --------------------------------------------------------------------------- */

static int load(const struct history *h, const char *path, struct err *err)
{
    char *bytes;
    size_t len;
    int r = share_read_path(path, HISTORY_FILE_BYTES, &bytes, &len, err);

    if (r < 0)
        return r == -ENOENT || r == -ENOTDIR ? 0 : r;
    history_read(h, bytes, len);
    free(bytes);
    return 0;
}

int history_load(const struct history *h, struct err *err)
{
    char path[PATH_MAX];

    return xdg_path(XDG_STATE, FILE_NAME, path) ? load(h, path, err) : 0;
}

static bool anything_new(const struct history *h)
{
    for (int i = 0; i < HISTORY_PROMPTS; i++)
        if (h->prompts[i]->n_new)
            return true;
    return false;
}

/* The file as it is now, and behind that what was typed since. */
static int merge(const struct history *h, const char *path, size_t most, struct err *err)
{
    struct line_edit *edits = mem_new(HISTORY_PROMPTS, sizeof(*edits));
    struct history merged;
    char *bytes = NULL;
    size_t len = 0;
    FILE *out;
    int r;

    for (int i = 0; i < HISTORY_PROMPTS; i++)
        merged.prompts[i] = &edits[i];
    r = load(&merged, path, err);
    for (int i = 0; i < HISTORY_PROMPTS; i++)
        for (size_t n = h->prompts[i]->n_history - h->prompts[i]->n_new;
             n < h->prompts[i]->n_history; n++)
            line_edit_remember(&edits[i], h->prompts[i]->history[n]);
    out = r == 0 ? mem_stream(&bytes, &len) : NULL;
    if (out) {
        history_write(&merged, most, out);
        mem_stream_end(out, &bytes);
        r = file_replace(path, bytes, len, 0600);
        if (r < 0)
            err_set(err, r, "write", path, "%s", "");
    }
    free(bytes);
    for (int i = 0; i < HISTORY_PROMPTS; i++)
        line_edit_done(&edits[i]);
    free(edits);
    return r;
}

int history_save(const struct history *h, size_t most, struct err *err)
{
    char path[PATH_MAX], folder[PATH_MAX];
    int fd, r;

    if (!most || !anything_new(h) || !xdg_path(XDG_STATE, FILE_NAME, path))
        return 0;
    r = xdg_make_folders(path);
    if (r < 0)
        return err_set(err, r, "write", path, "%s", "");
    strcpy(folder, path);
    *strrchr(folder, '/') = '\0';
    /* One console after the other; where there are no locks a line may be lost, no more. */
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        flock(fd, LOCK_EX);
    r = merge(h, path, most, err);
    if (fd >= 0)
        close(fd);
    return r;
}
