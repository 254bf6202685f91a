#include "core/net/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/hex.h"
#include "core/base/line_end.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/report/transcript.h"

enum part_kind { PART_BYTES, PART_FILE, PART_REPLAY, PART_PATTERN };

struct part {
    enum part_kind kind;
    char *bytes;  /* or the file's path */
    uint64_t len; /* of the bytes or the pattern */
    int fd;       /* of a file: opened by feed_add_file(), not yet read; -1: to be opened */
    enum direction direction; /* of a replay */
    uint64_t speed;
};

/* A transcript that is being read. */
struct replay {
    struct transcript_reader *reader;
    bool begun;           /* its first passage is known */
    uint64_t begun_ns;    /* when we came to it */
    uint64_t first_ns;    /* the time of its first passage */
    const uint8_t *bytes; /* of the passage whose turn it is; NULL: none */
    size_t at, len;
};

struct feed {
    struct part *parts;
    size_t n;
    size_t part;   /* which is its turn */
    uint64_t done; /* bytes of it that are out */
    int fd;        /* the file that is being read; -1: none */
    bool waits;    /* it can be waited for: no regular file */
    bool looked;   /* it was waited for */
    struct replay replay;
    uint64_t rounds;   /* left after this one; UINT64_MAX: without end */
    uint64_t interval; /* ns between two rounds */
    uint64_t due_ns;   /* not before; 0: now */
    bool gave;         /* this round has given something */
};

struct feed *feed_new(void)
{
    struct feed *f = mem_new(1, sizeof(*f));

    f->fd = -1;
    return f;
}

void feed_free(struct feed *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->n; i++) {
        if (f->parts[i].fd >= 0)
            close(f->parts[i].fd);
        free(f->parts[i].bytes);
    }
    if (f->fd >= 0)
        close(f->fd);
    transcript_reader_free(f->replay.reader);
    free(f->parts);
    free(f);
}

static struct part *add_part(struct feed *f, enum part_kind kind)
{
    f->parts = mem_resize(f->parts, f->n + 1, sizeof(*f->parts));
    f->parts[f->n] = (struct part){.kind = kind, .fd = -1};
    return &f->parts[f->n++];
}

void feed_add_bytes(struct feed *f, const void *bytes, size_t len)
{
    struct part *p = add_part(f, PART_BYTES);

    p->bytes = mem_copy(bytes, len);
    p->len = len;
}

/* Neither a FIFO nobody writes to nor a terminal may hold the thread. */
static int open_file(const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;

    if (fd < 0)
        return err_set(err, -errno, "open", path, "%s", "");
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        close(fd);
        return err_set(err, -EISDIR, "open", path, "%s", "");
    }
    return fd;
}

int feed_add_file(struct feed *f, const char *path, struct err *err)
{
    int fd = open_file(path, err);
    struct part *p;

    if (fd < 0)
        return fd;
    p = add_part(f, PART_FILE);
    p->bytes = mem_copy(path, strlen(path));
    p->fd = fd;
    return 0;
}

int feed_add_replay(struct feed *f, const char *path, enum direction direction, uint64_t speed,
                    struct err *err)
{
    struct transcript_reader *reader;
    int r = transcript_open(path, &reader, err);
    struct part *p;

    if (r < 0)
        return r;
    transcript_reader_free(reader);
    p = add_part(f, PART_REPLAY);
    p->bytes = mem_copy(path, strlen(path));
    p->direction = direction;
    p->speed = speed;
    return 0;
}

void feed_add_pattern(struct feed *f, uint64_t n)
{
    add_part(f, PART_PATTERN)->len = n;
}

void feed_repeat(struct feed *f, uint64_t rounds, uint64_t interval_ns)
{
    f->rounds = rounds ? rounds - 1 : UINT64_MAX;
    f->interval = interval_ns;
}

bool feed_endless(const struct feed *f)
{
    bool endless = f->rounds == UINT64_MAX;

    for (size_t i = 0; i < f->n; i++)
        endless |= f->parts[i].kind == PART_PATTERN && f->parts[i].len == UINT64_MAX;
    return endless;
}

/* ---- from a command ------------------------------------------------------------------- */

static void add_text(struct feed *f, const char *text, enum line_end to)
{
    char *raw = mem_copy(text, strlen(text)), *out;
    struct line_end_state state = {.to = to};
    size_t at, len = text_unescape(raw, &at), n;

    /* The grammar has seen to it that the escapes are some. */
    len = len == (size_t)-1 ? 0 : len;
    out = mem_new(LINE_END_BYTES(len), 1);
    n = line_end_translate(&state, raw, len, out);
    n += line_end_finish(&state, out + n);
    feed_add_bytes(f, out, n);
    free(out);
    free(raw);
}

static int add_hex(struct feed *f, const char *text, struct err *err)
{
    size_t room = strlen(text), len;
    uint8_t *out = mem_new(room + 1, 1);
    int r = hex_read(text, room, out, room, &len, err);

    if (r == 0)
        feed_add_bytes(f, out, len);
    free(out);
    return r;
}

int feed_of_settings(const struct connect_settings *settings, struct feed **ret,
                     struct err *err)
{
    const struct words *w = &settings->messages;
    struct feed *f = feed_new();
    int r = 0;

    /* Each message is two words: how it is meant, and what was given. */
    for (const char *kind = words_next(w, NULL); kind && r == 0;) {
        const char *value = words_next(w, kind);

        if (strcmp(kind, MESSAGE_TEXT) == 0)
            add_text(f, value, (enum line_end)settings->line_end);
        else if (strcmp(kind, MESSAGE_HEX) == 0)
            r = add_hex(f, value, err);
        else if (strcmp(kind, MESSAGE_REPLAY) == 0)
            r = feed_add_replay(f, value, DIRECTION_SENT, settings->speed, err);
        else
            r = feed_add_file(f, value, err);
        kind = words_next(w, value);
    }
    feed_repeat(f, settings->repeat, settings->interval_ns);
    if (r < 0 || f->n == 0) {
        feed_free(f);
        f = NULL;
    }
    if (r == 0)
        *ret = f;
    return r;
}

int feed_of_received(const struct connect_settings *settings, struct feed **ret,
                     struct err *err)
{
    const struct words *w = &settings->messages;
    struct feed *f = feed_new();
    int r = 0;

    for (const char *kind = words_next(w, NULL); kind && r == 0;) {
        const char *value = words_next(w, kind);

        if (strcmp(kind, MESSAGE_REPLAY) == 0)
            r = feed_add_replay(f, value, DIRECTION_RECEIVED, 0, err);
        kind = words_next(w, value);
    }
    feed_repeat(f, settings->repeat, 0);
    if (r == 0)
        *ret = f;
    else
        feed_free(f);
    return r;
}

/* ---- making bytes --------------------------------------------------------------------- */

static void fill_pattern(uint8_t *out, size_t len, uint64_t from)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(' ' + (from + i) % 95);
}

static size_t least(uint64_t a, size_t b)
{
    return a < b ? (size_t)a : b;
}

/* The next part's turn, maybe of the next round.  A round that gave nothing is the last: without a
 * pause it would go on for ever. */
static void end_part(struct feed *f, uint64_t now_ns)
{
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
    f->done = 0;
    transcript_reader_free(f->replay.reader);
    f->replay = (struct replay){0};
    if (++f->part < f->n || f->rounds == 0 || !f->gave)
        return;
    f->part = 0;
    f->gave = false;
    f->rounds -= f->rounds != UINT64_MAX;
    f->due_ns = now_ns == UINT64_MAX ? 0 : now_ns + f->interval;
}

static int begin_file(struct feed *f, struct part *p, struct err *err)
{
    struct stat st;

    f->fd = p->fd >= 0 ? p->fd : open_file(p->bytes, err);
    p->fd = -1;
    if (f->fd < 0) {
        int r = f->fd;

        f->fd = -1;
        return r;
    }
    f->waits = fstat(f->fd, &st) == 0 && !S_ISREG(st.st_mode);
    f->looked = false;
    return 0;
}

/* Returns the bytes read, 0 at its end. */
static ssize_t next_of_file(struct feed *f, struct part *p, uint8_t *out, size_t size,
                            struct feed_wait *ret_wait, struct err *err)
{
    int r = f->fd < 0 ? begin_file(f, p, err) : 0;
    ssize_t n;

    if (r < 0)
        return r;
    *ret_wait = (struct feed_wait){.fd = f->fd};
    /* A FIFO that nobody writes to yet reads as if it had ended. */
    if (f->waits && !f->looked) {
        f->looked = true;
        return -EAGAIN;
    }
    n = read(f->fd, out, size);
    if (n >= 0)
        return n;
    if (errno == EAGAIN || errno == EINTR)
        return -EAGAIN;
    return err_set(err, -errno, "read", p->bytes, "%s", "");
}

/* Find the next passage of the direction; its time goes to *ret_ns. */
static int next_passage(struct replay *replay, const struct part *part, uint64_t *ret_ns,
                        struct err *err)
{
    struct passage p;
    int r;

    do {
        r = transcript_next(replay->reader, &p, &replay->bytes, &replay->len, err);
        if (r < 0) {
            replay->bytes = NULL;
            return r;
        }
        if (!replay->begun)
            replay->first_ns = p.at_ns;
        replay->begun = true;
    } while (p.direction != part->direction);
    replay->at = 0;
    *ret_ns = p.at_ns - replay->first_ns;
    return 0;
}

/* Passed times speed, as whole ns; a pause as long as a program lives is as good as any longer. */
static uint64_t due_after(uint64_t ns, uint64_t speed)
{
    double scaled = speed ? (double)ns * (double)COMMAND_SPEED / (double)speed : 0;

    return scaled < 1e18 ? (uint64_t)scaled : UINT64_C(1000000000000000000);
}

/* Returns the bytes of the passage whose turn it is; -ENODATA at the end of the transcript. */
static ssize_t next_of_replay(struct feed *f, const struct part *p, uint64_t now_ns,
                              uint8_t *out, size_t size, struct feed_wait *ret_wait,
                              struct err *err)
{
    struct replay *replay = &f->replay;
    uint64_t after_ns = 0;
    size_t n;
    int r = 0;

    if (!replay->reader) {
        replay->begun_ns = now_ns;
        r = transcript_open(p->bytes, &replay->reader, err);
    }
    if (r == 0 && !replay->bytes) {
        r = next_passage(replay, p, &after_ns, err);
        if (r == 0 && now_ns != UINT64_MAX)
            f->due_ns = replay->begun_ns + due_after(after_ns, p->speed);
    }
    if (r < 0)
        return r;
    if (f->due_ns > now_ns) {
        *ret_wait = (struct feed_wait){.fd = -1, .at_ns = f->due_ns};
        return -EAGAIN;
    }
    n = least(replay->len - replay->at, size);
    if (n)
        memcpy(out, replay->bytes + replay->at, n);
    replay->at += n;
    if (replay->at == replay->len)
        replay->bytes = NULL;
    return (ssize_t)n;
}

ssize_t feed_next(struct feed *f, uint64_t now_ns, bool units, uint8_t *out, size_t size,
                  struct feed_wait *ret_wait, struct err *err)
{
    while (f->part < f->n) {
        struct part *p = &f->parts[f->part];
        uint64_t from = f->done;
        ssize_t n;

        if (f->due_ns > now_ns) {
            *ret_wait = (struct feed_wait){.fd = -1, .at_ns = f->due_ns};
            return -EAGAIN;
        }
        f->due_ns = 0;
        if (p->kind == PART_REPLAY) {
            n = next_of_replay(f, p, now_ns, out, size, ret_wait, err);
            f->gave |= n > 0 || (n == 0 && units);
            if (n == -ENODATA)
                end_part(f, now_ns);
            else if (n != 0 || units)
                return n;
            continue;
        }
        if (p->kind == PART_FILE) {
            n = next_of_file(f, p, out, units ? least(size, FEED_FILE_UNIT_BYTES) : size,
                             ret_wait, err);
            f->gave |= n > 0;
            if (n != 0)
                return n;
            end_part(f, now_ns);
            continue;
        }
        n = (ssize_t)least(p->len - from, units && p->kind == PART_PATTERN
                                              ? least(size, FEED_PATTERN_UNIT_BYTES)
                                              : size);
        if (p->kind == PART_PATTERN)
            fill_pattern(out, (size_t)n, from);
        else if (n)
            memcpy(out, p->bytes + from, (size_t)n);
        f->done += (uint64_t)n;
        f->gave |= n > 0 || units;
        if (f->done == p->len)
            end_part(f, now_ns);
        /* An empty message is something only where boundaries are kept. */
        if (n > 0 || units)
            return n;
    }
    return -ENODATA;
}
