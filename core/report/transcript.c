#include "core/report/transcript.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/hex.h"
#include "core/base/mem.h"
#include "core/base/regular.h"
#include "core/base/text.h"
#include "core/message/json_print.h"
#include "core/wire/hexdump.h"

/* By enum direction; the signs are those of a person looking at the session from our side. */
static const char *const directions[] = {"sent", "received", "note"};
static const char signs[] = {'>', '<', '-'};

struct transcript_file {
    int fd;
    bool growing; /* it has its name meanwhile, so that others can take it away */
    FILE *out;    /* a passage, in `bytes` until it is whole */
    char *bytes;
    size_t len;
    off_t end; /* of the last passage that is whole */
    bool failed;
    enum transcript_format format;
    char path[ERR_TEXT_BYTES]; /* as far as messages show it */
    bool begun;
    uint64_t begun_ns;
    char text[4 * TRANSCRIPT_PASSAGE_BYTES + 1];
    char hex[2 * TRANSCRIPT_PASSAGE_BYTES + 1];
};

/* ---- writing -------------------------------------------------------------------------- */

static struct transcript_file *begin(int fd, const char *path, enum transcript_format format)
{
    struct transcript_file *f = mem_new(1, sizeof(*f));

    f->fd = fd;
    f->format = format;
    snprintf(f->path, sizeof(f->path), "%s", path);
    f->out = mem_stream(&f->bytes, &f->len);
    return f;
}

static void release(struct transcript_file *f)
{
    fclose(f->out);
    free(f->bytes);
    free(f);
}

int transcript_create(const char *path, enum transcript_format format,
                      struct transcript_file **ret, struct err *err)
{
    int fd = regular_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, err);
    struct transcript_file *f;

    if (fd < 0)
        return fd;
    f = begin(fd, path, format);
    f->growing = true;
    *ret = f;
    return 0;
}

static void write_time(FILE *out, uint64_t monotonic_ns)
{
    uint64_t wall = clock_to_wall_ns(monotonic_ns);
    time_t seconds = (time_t)(wall / CLOCK_SECOND_NS);
    struct tm tm;

    localtime_r(&seconds, &tm);
    fprintf(out, "%02d:%02d:%02d.%06llu", tm.tm_hour, tm.tm_min, tm.tm_sec,
            (unsigned long long)(wall % CLOCK_SECOND_NS / 1000));
}

/* "12:00:00.123456 > 12 bytes" */
static void write_heading(struct transcript_file *f, const struct passage *p, size_t kept)
{
    char a[TEXT_NUMBER_BYTES], b[TEXT_NUMBER_BYTES];

    write_time(f->out, p->at_ns);
    fprintf(f->out, " %c %s bytes", signs[p->direction], text_number(p->length, a));
    if (kept < p->length)
        fprintf(f->out, ", the first %s", text_number(kept, b));
    fputc('\n', f->out);
}

/* Its lines, each behind two blanks. */
static void write_lines(struct transcript_file *f, const char *bytes, size_t len)
{
    while (len) {
        const char *end = memchr(bytes, '\n', len);
        size_t n = end ? (size_t)(end - bytes) : len;

        text_clean(bytes, n, f->text, sizeof(f->text));
        fprintf(f->out, "  %s\n", f->text);
        n += end != NULL;
        bytes += n;
        len -= n;
    }
}

static void write_text(struct transcript_file *f, const struct passage *p, const char *bytes,
                       size_t kept)
{
    if (p->direction != DIRECTION_NOTE) {
        write_heading(f, p, kept);
        write_lines(f, bytes, kept);
        return;
    }
    write_time(f->out, p->at_ns);
    text_clean(bytes, kept, f->text, sizeof(f->text));
    fprintf(f->out, " - %s\n", f->text);
}

/* To text2pcap(1) what is for people is a comment; it takes direction and time from a line of their
 * own, with -D -t %H:%M:%S.%f. */
static void write_hex(struct transcript_file *f, const struct passage *p, const uint8_t *bytes,
                      size_t kept)
{
    struct hexdump h = {.len = kept, .width = 16};
    char line[HEXDUMP_LINE_BYTES];

    fputs("# ", f->out);
    if (p->direction == DIRECTION_NOTE) {
        write_text(f, p, (const char *)bytes, kept);
        return;
    }
    write_heading(f, p, kept);
    fputs(p->direction == DIRECTION_SENT ? "O " : "I ", f->out);
    write_time(f->out, p->at_ns);
    fputc('\n', f->out);
    for (size_t row = 0; row < hexdump_rows(&h); row++) {
        hexdump_line(&h, bytes, row, line);
        fprintf(f->out, "%s\n", line);
    }
}

static int write_json(struct transcript_file *f, const struct passage *p, const void *bytes,
                      size_t kept)
{
    uint64_t wall = clock_to_wall_ns(p->at_ns);
    time_t seconds = (time_t)(wall / CLOCK_SECOND_NS);
    cJSON *o = cJSON_CreateObject();
    char date[40], *line;
    struct tm tm;
    size_t used;

    gmtime_r(&seconds, &tm);
    used = strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(date + used, sizeof(date) - used, ".%06lluZ",
             (unsigned long long)(wall % CLOCK_SECOND_NS / 1000));
    text_clean(bytes, kept, f->text, sizeof(f->text));
    cJSON_AddStringToObject(o, "time", date);
    cJSON_AddNumberToObject(o, "at_s", (double)(p->at_ns - f->begun_ns) / 1e9);
    cJSON_AddStringToObject(o, "direction", directions[p->direction]);
    cJSON_AddNumberToObject(o, "length", (double)p->length);
    if (p->direction != DIRECTION_NOTE)
        cJSON_AddStringToObject(o, "hex", hex_write(bytes, kept, f->hex));
    cJSON_AddStringToObject(o, "text", f->text);
    line = json_print(o, false);
    cJSON_Delete(o);
    if (!line)
        return -ENOMEM;
    fprintf(f->out, "%s\n", line);
    free(line);
    return 0;
}

/* What is in `out`, or nothing of it: a line that is cut would not be read again. */
static int write_out(struct transcript_file *f)
{
    int r = fflush(f->out) != 0 || ferror(f->out) ? -ENOMEM : 0;

    if (r == 0)
        r = file_write(f->fd, f->bytes, f->len);
    if (r == 0)
        f->end += (off_t)f->len;
    else if (ftruncate(f->fd, f->end) == 0)
        (void)lseek(f->fd, f->end, SEEK_SET);
    return r;
}

/* It is said once why. */
static int fail(struct transcript_file *f, int r, struct err *err)
{
    f->failed = true;
    return err_set(err, r, "write", f->path, "%s", "");
}

int transcript_put(struct transcript_file *f, const struct passage *p, const void *bytes,
                   size_t kept, struct err *err)
{
    int r = f->growing ? regular_kept(f->fd, f->path, err) : 0;

    if (r < 0) {
        f->failed = true;
        return r;
    }
    if (kept > TRANSCRIPT_PASSAGE_BYTES)
        kept = TRANSCRIPT_PASSAGE_BYTES;
    if (!f->begun || p->at_ns < f->begun_ns)
        f->begun_ns = p->at_ns;
    f->begun = true;
    rewind(f->out);
    if (f->format == TRANSCRIPT_TEXT)
        write_text(f, p, bytes, kept);
    else if (f->format == TRANSCRIPT_HEX)
        write_hex(f, p, bytes, kept);
    else
        r = write_json(f, p, bytes, kept);
    if (r == 0)
        r = write_out(f);
    return r < 0 ? fail(f, r, err) : 0;
}

int transcript_close(struct transcript_file *f, struct err *err)
{
    int r = 0;

    if (!f)
        return 0;
    if (!f->failed)
        r = regular_kept(f->fd, f->path, err);
    if (close(f->fd) < 0 && r == 0 && !f->failed)
        r = err_set(err, -errno, "write", f->path, "%s", "");
    release(f);
    return r;
}

static int save_session(const struct ring *ring, uint64_t session_id, struct transcript_file *f,
                        struct transcript_saved *saved, struct err *err)
{
    uint8_t bytes[TRANSCRIPT_KEPT_BYTES];
    int r = 0;

    for (uint64_t n = ring_tail(ring); n < ring_head(ring) && r == 0; n++) {
        struct passage p;
        size_t kept;

        if (!ring_get(ring, n, &p, bytes, sizeof(bytes), &kept) || p.session_id != session_id)
            continue;
        r = transcript_put(f, &p, bytes, kept, err);
        saved->passages++;
        saved->sent_bytes += p.direction == DIRECTION_SENT ? kept : 0;
        saved->received_bytes += p.direction == DIRECTION_RECEIVED ? kept : 0;
        saved->cut_passages += kept < p.length;
    }
    return r;
}

int transcript_save(const struct ring *ring, uint64_t session_id, const char *path,
                    enum transcript_format format, struct transcript_saved *ret,
                    struct err *err)
{
    struct transcript_saved saved = {0};
    struct transcript_file *f;
    struct whole w;
    int r = regular_begin(&w, path, err);

    if (r < 0)
        return r;
    f = begin(w.fd, path, format);
    r = save_session(ring, session_id, f, &saved, err);
    release(f);
    r = regular_end(&w, path, r, r < 0 ? NULL : err);
    if (r == 0)
        *ret = saved;
    return r;
}

/* ---- reading -------------------------------------------------------------------------- */

/* More than a year is no pause that anybody replays. */
#define AT_MAX_S 1e8

static int wrong(struct err *err, const char *reason)
{
    return err_set(err, -EINVAL, "read", "", "%s", reason);
}

static int take_hex(const cJSON *hex, uint8_t *out, size_t *ret_len, struct err *err)
{
    struct err why = {0};
    int r;

    if (!cJSON_IsString(hex))
        return wrong(err, "\"hex\" is missing");
    r = hex_read(hex->valuestring, strlen(hex->valuestring), out, TRANSCRIPT_PASSAGE_BYTES,
                 ret_len, &why);
    return r < 0 ? err_set(err, -EINVAL, "read", "", "hex: %.120s", why.reason) : 0;
}

static int take_fields(const cJSON *o, struct passage *ret, uint8_t *out, size_t *ret_len,
                       struct err *err)
{
    const cJSON *at = cJSON_GetObjectItemCaseSensitive(o, "at_s");
    const cJSON *direction = cJSON_GetObjectItemCaseSensitive(o, "direction");
    const cJSON *length = cJSON_GetObjectItemCaseSensitive(o, "length");
    struct passage p = {0};
    size_t len = 0;
    int r = 0;

    if (!cJSON_IsObject(o))
        return wrong(err, "this is no JSON object");
    if (!cJSON_IsNumber(at) || !(at->valuedouble >= 0 && at->valuedouble <= AT_MAX_S))
        return wrong(err, "\"at_s\" is no number of seconds");
    while (p.direction <= DIRECTION_NOTE &&
           (!cJSON_IsString(direction) ||
            strcmp(direction->valuestring, directions[p.direction]) != 0))
        p.direction++;
    if (p.direction > DIRECTION_NOTE)
        return wrong(err, "\"direction\" is none of sent, received and note");
    if (p.direction != DIRECTION_NOTE)
        r = take_hex(cJSON_GetObjectItemCaseSensitive(o, "hex"), out, &len, err);
    if (r < 0)
        return r;
    p.at_ns = (uint64_t)(at->valuedouble * 1e9 + 0.5);
    p.length = len;
    if (cJSON_IsNumber(length) && length->valuedouble > (double)len &&
        length->valuedouble < 9e15)
        p.length = (uint64_t)length->valuedouble;
    *ret = p;
    *ret_len = len;
    return 0;
}

int transcript_parse(const char *line, size_t len, struct passage *ret, uint8_t *out,
                     size_t *ret_len, struct err *err)
{
    const char *end = NULL;
    cJSON *o = cJSON_ParseWithLengthOpts(line, len, &end, false);
    int r;

    if (!o)
        return wrong(err, "this is no JSON");
    while (end < line + len && strchr(" \t\r", *end) && *end)
        end++;
    r = end < line + len ? wrong(err, "something stands behind the object")
                         : take_fields(o, ret, out, ret_len, err);
    cJSON_Delete(o);
    return r;
}

struct transcript_reader {
    FILE *in;
    char path[ERR_TEXT_BYTES];
    uint64_t line_number;
    uint64_t at_ns; /* of the passage before */
    char line[TRANSCRIPT_LINE_BYTES];
    uint8_t bytes[TRANSCRIPT_PASSAGE_BYTES];
};

int transcript_open(const char *path, struct transcript_reader **ret, struct err *err)
{
    int fd = regular_open(path, O_RDONLY, err);
    struct transcript_reader *r;
    FILE *in;

    if (fd < 0)
        return fd;
    in = fdopen(fd, "r");
    if (!in) {
        close(fd);
        return err_set(err, -ENOMEM, "read", path, "%s", "");
    }
    r = mem_new(1, sizeof(*r));
    r->in = in;
    snprintf(r->path, sizeof(r->path), "%s", path);
    *ret = r;
    return 0;
}

void transcript_reader_free(struct transcript_reader *r)
{
    if (!r)
        return;
    fclose(r->in);
    free(r);
}

/* "web.json, line 3". */
static int wrong_line(const struct transcript_reader *r, int code, const char *reason,
                      struct err *err)
{
    char place[ERR_TEXT_BYTES];

    snprintf(place, sizeof(place), "%.120s, line %llu", r->path,
             (unsigned long long)r->line_number);
    return err_set(err, code, "read", place, "%.150s", reason);
}

/* The next line that is not empty.  Returns its length, or negative errno. */
static ssize_t next_line(struct transcript_reader *r, struct err *err)
{
    for (;;) {
        size_t len = 0;
        int c;

        r->line_number++;
        errno = 0;
        while ((c = getc_unlocked(r->in)) != EOF && c != '\n') {
            if (len == sizeof(r->line))
                return wrong_line(r, -EFBIG, "the line is longer than any transcript's", err);
            r->line[len++] = (char)c;
        }
        if (c == EOF && ferror(r->in))
            return err_set(err, errno ? -errno : -EIO, "read", r->path, "%s", "");
        if (len)
            return (ssize_t)len;
        if (c == EOF)
            return -ENODATA;
    }
}

int transcript_next(struct transcript_reader *r, struct passage *ret, const uint8_t **ret_bytes,
                    size_t *ret_len, struct err *err)
{
    ssize_t len = next_line(r, err);
    struct err why = {0};
    struct passage p = {0};
    size_t n = 0;

    if (len < 0)
        return (int)len;
    if (transcript_parse(r->line, (size_t)len, &p, r->bytes, &n, &why) < 0)
        return wrong_line(r, -EINVAL, why.reason, err);
    if (p.direction != DIRECTION_NOTE && n < p.length)
        return wrong_line(r, -EINVAL, "only the beginning of this passage was kept", err);
    if (p.at_ns < r->at_ns)
        return wrong_line(r, -EINVAL, "\"at_s\" is before that of the line before", err);
    r->at_ns = p.at_ns;
    *ret = p;
    *ret_bytes = r->bytes;
    *ret_len = n;
    return 0;
}

int transcript_check(const char *path, struct err *err)
{
    struct transcript_reader *reader = NULL;
    struct passage p;
    const uint8_t *bytes;
    size_t len;
    int r = transcript_open(path, &reader, err);

    if (!reader)
        return r;
    do
        r = transcript_next(reader, &p, &bytes, &len, err);
    while (r == 0);
    transcript_reader_free(reader);
    return r == -ENODATA ? 0 : r;
}
