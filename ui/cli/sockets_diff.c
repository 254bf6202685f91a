#include "ui/cli/sockets_diff.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/share.h"
#include "core/report/saved.h"
#include "ui/cli/say.h"

#define PATH_BYTES 4096

static void begin(struct saved *saved, const struct wish *wish)
{
    char *boot = NULL;
    size_t len;

    /* Without it the table is one of an unknown boot. */
    if (share_read_path("/proc/sys/kernel/random/boot_id", sizeof(saved->boot) - 1, &boot, &len,
                        NULL) == 0)
        snprintf(saved->boot, sizeof(saved->boot), "%.*s", (int)strcspn(boot, "\n"), boot);
    free(boot);
    saved->wall_ns = clock_wall_ns();
    snprintf(saved->choice, sizeof(saved->choice), "kinds %x states %x families %x netns %s",
             wish->kinds, wish->states, wish->families, wish->netns);
}

/* What only one of two choices has is no change of the host's. */
static void say_other_choice(const struct saved *then, const struct saved *now)
{
    if (then->choice[0] && strcmp(then->choice, now->choice) != 0)
        say_line("sockeye sockets: the table was kept with other letters: what they leave "
                 "out counts as new or gone");
}

/* ---- saving ---------------------------------------------------------------------------- */

static int save(const struct subcommand *self, const struct saved *saved, const char *path)
{
    struct json_writer out = {0};
    struct err err = {0};
    int code;

    saved_write(saved, &out);
    code = file_replace(path, out.bytes, out.len, 0644);
    free(out.bytes);
    if (code == 0)
        return EXIT_DONE;
    err_set(&err, code, "save", path, "%s",
            code == -EEXIST ? "something other than a file is there" : "");
    return cli_fail(self, cli_status_of(code), &err);
}

/* ---- reading --------------------------------------------------------------------------- */

static int read_stream(int fd, struct json_writer *in)
{
    char piece[1 << 16];
    ssize_t n;

    while ((n = read(fd, piece, sizeof(piece))) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (in->len + (size_t)n > SAVED_BYTES_MAX)
            return -EFBIG;
        json_write(in, piece, (size_t)n);
    }
    return 0;
}

static int read_saved(const char *path, struct saved *ret, struct err *err)
{
    struct json_writer in = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC), code;

    if (fd < 0)
        return err_set(err, -errno, "read", path, "%s", "");
    code = read_stream(fd, &in);
    close(fd);
    if (code < 0) {
        err_set(err, code, "read", path, "%s", "");
    } else {
        code = saved_parse(in.bytes ? in.bytes : "", in.len, ret, err);
        if (code < 0 && err)
            snprintf(err->input, sizeof(err->input), "%s", path);
    }
    free(in.bytes);
    return code;
}

/* ---- what is different ----------------------------------------------------------------- */

struct printing {
    const struct saved *then, *now;
    bool json;
    size_t n;
    struct json_writer out;
};

static const char *word(enum difference what, bool json)
{
    static const char *const words[] = {"NEW", "GONE", "STATE", "QUEUES"};
    static const char *const names[] = {"new", "gone", "state", "queues"};

    return json ? names[what] : words[what];
}

static void put_pair(struct json_writer *out, const char *name, const char *then,
                     const char *now)
{
    json_write_text(out, name);
    if (then)
        json_write_text(out, then);
    if (then && now && strcmp(then, now) != 0)
        json_write_text(out, " > ");
    if (now && (!then || strcmp(then, now) != 0))
        json_write_text(out, now);
}

static const char *state_of(const struct saved *s, const struct saved_row *row)
{
    return row ? texts_at(&s->texts, row->state) : NULL;
}

static const char *number(const struct saved_row *row, uint64_t n, char buf[24])
{
    snprintf(buf, 24, "%" PRIu64, n);
    if (n == QUEUE_UNKNOWN)
        return row ? "?" : NULL;
    return row ? buf : NULL;
}

static void put_text(struct printing *p, enum difference what, const struct saved_row *then,
                     const struct saved_row *now)
{
    const struct saved *s = now ? p->now : p->then;
    const struct saved_row *row = now ? now : then;
    struct json_writer *out = &p->out;
    char a[24], b[24], head[64];

    snprintf(head, sizeof(head), "%-6s  %-5s  ", word(what, false),
             texts_at(&s->texts, row->proto));
    json_write_text(out, head);
    put_pair(out, "", state_of(p->then, then), state_of(p->now, now));
    put_pair(out, "  recvq ", number(then, then ? then->recvq : 0, a),
             number(now, now ? now->recvq : 0, b));
    put_pair(out, "  sendq ", number(then, then ? then->sendq : 0, a),
             number(now, now ? now->sendq : 0, b));
    json_write_text(out, "  ");
    json_write_text(out, texts_at(&s->texts, row->local));
    json_write_text(out, "  ");
    json_write_text(out, texts_at(&s->texts, row->peer));
    json_write_text(out, "  ");
    json_write_text(out, row->owner ? texts_at(&s->texts, row->owner) : "?");
    json_write_text(out, "\n");
}

static void put_member(struct json_writer *out, const char *name, const char *text)
{
    json_write_text(out, name);
    if (text && *text)
        json_write_string(out, text, strlen(text), true);
    else
        json_write_text(out, "null");
}

static void put_queue(struct json_writer *out, const char *name, const struct saved_row *row,
                      uint64_t bytes)
{
    char text[24];

    json_write_text(out, name);
    json_write_text(out, bytes == QUEUE_UNKNOWN ? "null" : number(row, bytes, text));
}

static void put_side(struct json_writer *out, const char *name, const struct saved *s,
                     const struct saved_row *row)
{
    json_write_text(out, name);
    if (!row) {
        json_write_text(out, "null");
        return;
    }
    put_member(out, "{\"state\": ", state_of(s, row));
    put_queue(out, ", \"recvq\": ", row, row->recvq);
    put_queue(out, ", \"sendq\": ", row, row->sendq);
    json_write_text(out, "}");
}

static void put_json(struct printing *p, enum difference what, const struct saved_row *then,
                     const struct saved_row *now)
{
    const struct saved *s = now ? p->now : p->then;
    const struct saved_row *row = now ? now : then;
    struct json_writer *out = &p->out;

    json_write_text(out, p->n ? ",\n  " : "\n  ");
    put_member(out, "{\"change\": ", word(what, true));
    put_member(out, ", \"proto\": ", texts_at(&s->texts, row->proto));
    put_member(out, ", \"local\": ", texts_at(&s->texts, row->local));
    put_member(out, ", \"peer\": ", texts_at(&s->texts, row->peer));
    put_member(out, ", \"owner\": ", texts_at(&s->texts, row->owner));
    put_side(out, ", \"then\": ", p->then, then);
    put_side(out, ", \"now\": ", p->now, now);
    json_write_text(out, "}");
}

static void put(void *ctx, enum difference what, const struct saved_row *then,
                const struct saved_row *now)
{
    struct printing *p = ctx;

    if (p->json)
        put_json(p, what, then, now);
    else
        put_text(p, what, then, now);
    p->n++;
}

static int diff(const struct subcommand *self, const struct saved *then,
                const struct saved *now, bool json)
{
    struct printing p = {.then = then, .now = now, .json = json};
    int r;

    if (json)
        json_write_text(&p.out, "{\"schema\": 1, \"changes\": [");
    saved_compare(then, now, put, &p);
    if (json)
        json_write_text(&p.out, p.n ? "\n]}\n" : "]}\n");
    r = p.out.len ? cli_put(-1, p.out.bytes, p.out.len) : 0;
    free(p.out.bytes);
    return cli_put_status(self, r);
}

static bool add_part(void *ctx, const struct snapshot *part)
{
    saved_add(ctx, part);
    return true;
}

int sockets_keep(struct sockets_job *job, const struct sockets_choice *c)
{
    struct saved then = {0}, now = {0};
    struct err err = {0};
    int status = c->diff ? read_saved(c->diff, &then, &err) : 0;

    if (status < 0)
        return cli_fail(job->self, cli_status_of(status), &err);
    begin(&now, job->wish);
    job->wish->every_owner = true;
    sockets_visit(job, add_part, &now);
    status = sockets_report_missing(job);
    if (now.n_beyond && status == EXIT_DONE) {
        err_set(&err, -E2BIG, c->save ? "save" : "compare", "", "%u sockets are the most",
                SAVED_ROWS_MAX);
        err_hint(&err, "a filter makes them fewer");
        status = cli_fail(job->self, EXIT_FAILED, &err);
    }
    if (c->diff)
        say_other_choice(&then, &now);
    if (c->diff && status == EXIT_DONE)
        status = diff(job->self, &then, &now, c->json);
    if (c->save && status == EXIT_DONE)
        status = save(job->self, &now, c->save);
    saved_done(&then);
    saved_done(&now);
    return status;
}
