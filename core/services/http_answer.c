#include "core/services/http_answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/services/http_file.h"
#include "core/services/http_list.h"
#include "core/services/http_value.h"

static const char plain_text[] = "text/plain; charset=utf-8";
static const char index_name[] = "/index.html";

/* ---- time ----------------------------------------------------------------------------- */

/* What is said of a second. */
struct moment {
    time_t second;
    size_t welcome_len;
    char date[HTTP_DATE_BYTES];
    char welcome[64];
};

/* Each thread writes it once a second. */
static const struct moment *now(void)
{
    static _Thread_local struct moment m;
    time_t second = (time_t)(clock_wall_ns() / CLOCK_SECOND_NS);
    char text[32];
    struct tm tm;

    if (m.second == second)
        return &m;
    m.second = second;
    http_date_write(second, m.date);
    localtime_r(&second, &tm);
    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
    m.welcome_len =
        (size_t)snprintf(m.welcome, sizeof(m.welcome), "Welcome to sockeye. It is %s.\n", text);
    return &m;
}

/* ---- heads ---------------------------------------------------------------------------- */

struct text {
    char *out;
    size_t len;
};

static void put_bytes(struct text *t, const void *bytes, size_t len)
{
    if (len)
        memcpy(t->out + t->len, bytes, len);
    t->len += len;
}

static inline void put(struct text *t, const char *s)
{
    put_bytes(t, s, strlen(s));
}

static void put_number(struct text *t, uint64_t n)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    put_bytes(t, digits + at, sizeof(digits) - at);
}

static const char *status_text(int status)
{
    switch (status) {
    case 200:
        return "200 OK";
    case 206:
        return "206 Partial Content";
    case 301:
        return "301 Moved Permanently";
    case 304:
        return "304 Not Modified";
    case 403:
        return "403 Forbidden";
    case 404:
        return "404 Not Found";
    case 405:
        return "405 Method Not Allowed";
    case 408:
        return "408 Request Timeout";
    case 413:
        return "413 Content Too Large";
    case 414:
        return "414 URI Too Long";
    case 416:
        return "416 Range Not Satisfiable";
    case 417:
        return "417 Expectation Failed";
    case 431:
        return "431 Request Header Fields Too Large";
    case 500:
        return "500 Internal Server Error";
    case 501:
        return "501 Not Implemented";
    case 503:
        return "503 Service Unavailable";
    case 505:
        return "505 HTTP Version Not Supported";
    default:
        return "400 Bad Request";
    }
}

/* A head as far as every answer has it; what is special goes between it and end_head(). */
static void begin_head(struct text *t, const struct http_head *h, int status)
{
    put(t, "HTTP/1.1 ");
    put(t, status_text(status));
    put(t, "\r\nServer: sockeye/" SOCKEYE_VERSION "\r\nDate: ");
    put_bytes(t, now()->date, HTTP_DATE_BYTES - 1);
    if (!h->keep_alive)
        put(t, "\r\nConnection: close\r\n");
    else if (h->minor == 0)
        put(t, "\r\nConnection: keep-alive\r\n");
    else
        put(t, "\r\n");
}

static void put_field(struct text *t, const char *name, const char *value)
{
    put(t, name);
    put(t, ": ");
    put(t, value);
    put(t, "\r\n");
}

static void end_head(struct text *t, const char *type, uint64_t length)
{
    put(t, "Content-Type: ");
    put(t, type);
    put(t, "\r\nContent-Length: ");
    put_number(t, length);
    put(t, "\r\n\r\n");
}

static void put_page(struct text *t, const struct http_head *h, const char *page, size_t len)
{
    end_head(t, plain_text, len);
    if (h->method != HTTP_HEAD)
        put_bytes(t, page, len);
}

/* The page of a status: "405 Method Not Allowed: ...\n". */
static void put_reason(struct text *t, const struct http_head *h, int status, const char *why)
{
    char page[256];
    int len = snprintf(page, sizeof(page), "%s: %s\n", status_text(status), why);

    put_page(t, h, page, (size_t)len);
}

static void answer_status(struct text *t, const struct http_head *h, int status,
                          const char *why)
{
    begin_head(t, h, status);
    if (status == 405)
        put_field(t, "Allow", "GET, HEAD");
    put_reason(t, h, status, why);
}

size_t http_refuse(const struct http_head *h, int status, const char *why, char *out)
{
    struct http_head last = *h;
    struct text t = {.out = out};

    last.keep_alive = false;
    answer_status(&t, &last, status, why);
    return t.len;
}

size_t http_continue(char *out)
{
    struct text t = {.out = out};

    put(&t, "HTTP/1.1 100 Continue\r\n\r\n");
    return t.len;
}

/* ---- files ---------------------------------------------------------------------------- */

void http_file_drop(struct http_file *f)
{
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
}

ssize_t http_file_next(struct http_file *f, char *out, size_t size)
{
    size_t wanted = f->left < size ? (size_t)f->left : size;
    ssize_t n = wanted ? pread(f->fd, out, wanted, (off_t)f->at) : 0;

    if (n < 0)
        return -errno;
    f->at += (uint64_t)n;
    f->left -= (uint64_t)n;
    if (f->left == 0)
        http_file_drop(f);
    return n;
}

/* One request for a file, from its path to its bytes. */
struct request {
    const struct http_site *site;
    const struct http_head *h;
    const uint8_t *bytes;
    struct text *t;
    size_t size; /* of t->out */
    bool folder; /* the path names a directory */
    struct http_file *file;
    char path[HTTP_LINE_BYTES + sizeof(index_name)];
};

static bool unchanged(const struct request *r, time_t modified)
{
    const struct http_head *h = r->h;
    time_t since;

    /* We give no entity tags: whoever asks by one has it from elsewhere (RFC 9110, 13.1.3). */
    return h->n_modified_since == 1 && !h->n_none_match &&
           http_date_read(r->bytes + h->modified_since.at, h->modified_since.len, &since) &&
           modified <= since;
}

/* Which part of it is wanted. */
static enum http_range wanted_range(const struct request *r, uint64_t size, const char *date,
                                    struct http_file *f)
{
    const struct http_head *h = r->h;
    bool same = !h->n_if_range || (h->if_range.len == strlen(date) &&
                                   memcmp(r->bytes + h->if_range.at, date, strlen(date)) == 0);

    if (h->method != HTTP_GET || h->ranges != 1 || !same)
        return HTTP_RANGE_NONE;
    return http_range_read(r->bytes + h->range.at, h->range.len, size, &f->at, &f->left);
}

static void put_range(struct text *t, const struct http_file *f, uint64_t size, bool beyond)
{
    put(t, "Content-Range: bytes ");
    if (beyond) {
        put(t, "*");
    } else {
        put_number(t, f->at);
        put(t, "-");
        put_number(t, f->at + f->left - 1);
    }
    put(t, "/");
    put_number(t, size);
    put(t, "\r\n");
}

/* A regular file, which becomes the caller's. */
static void answer_file(struct request *r, int fd, const struct stat *st)
{
    uint64_t size = (uint64_t)st->st_size;
    struct http_file f = {.fd = fd, .left = size};
    char date[HTTP_DATE_BYTES];
    enum http_range range;
    bool same = unchanged(r, st->st_mtime);

    http_date_write(st->st_mtime, date);
    range = same ? HTTP_RANGE_NONE : wanted_range(r, size, date, &f);
    begin_head(r->t, r->h,
               same                         ? 304
               : range == HTTP_RANGE_PART   ? 206
               : range == HTTP_RANGE_BEYOND ? 416
                                            : 200);
    put_field(r->t, "Last-Modified", date);
    put_field(r->t, "Accept-Ranges", "bytes");
    if (range != HTTP_RANGE_NONE)
        put_range(r->t, &f, size, range == HTTP_RANGE_BEYOND);
    if (same)
        put(r->t, "\r\n");
    else if (range == HTTP_RANGE_BEYOND)
        put_reason(r->t, r->h, 416, "the file is shorter");
    else
        end_head(r->t, http_file_type(r->path), f.left);
    if (same || range == HTTP_RANGE_BEYOND || r->h->method == HTTP_HEAD || f.left == 0) {
        http_file_drop(&f);
    } else {
        ssize_t n = http_file_next(&f, r->t->out + r->t->len, r->size - r->t->len);

        r->t->len += n > 0 ? (size_t)n : 0;
    }
    *r->file = f;
}

static void answer_failed_open(const struct request *r, int code)
{
    switch (-code) {
    case EACCES:
    case EPERM:
        answer_status(r->t, r->h, 403, "it may not be read");
        break;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
        answer_status(r->t, r->h, 503, "the server cannot open it now");
        break;
    case EIO:
        answer_status(r->t, r->h, 500, "it cannot be read");
        break;
    default: /* not there, or out of the directory: the peer need not know which */
        answer_status(r->t, r->h, 404, "there is nothing of that name");
    }
}

static void answer_welcome(struct text *t, const struct http_site *site,
                           const struct http_head *h)
{
    const struct moment *m = now();

    begin_head(t, h, 200);
    if (site->text)
        put_page(t, h, site->text, site->text_len);
    else
        put_page(t, h, m->welcome, m->welcome_len);
}

/* Links in its page count from the directory only when its path ends in a slash. */
static void answer_moved(struct request *r)
{
    const struct http_head *h = r->h;
    const uint8_t *path = r->bytes + h->path.at;
    size_t skip = 0;

    /* "//host/" would be another server's. */
    while (skip + 1 < h->path.len && path[skip + 1] == '/')
        skip++;
    begin_head(r->t, h, 301);
    put(r->t, "Location: ");
    put_bytes(r->t, path + skip, h->path.len - skip);
    put(r->t, "/");
    if (h->query.len) {
        put(r->t, "?");
        put_bytes(r->t, r->bytes + h->query.at, h->query.len);
    }
    put(r->t, "\r\n");
    put_reason(r->t, h, 301, "it is a directory, behind whose name a slash belongs");
}

static void answer_listing(struct request *r, int fd)
{
    char page[HTTP_LIST_BYTES];
    ssize_t n = http_list(fd, page, sizeof(page));

    if (n < 0) {
        answer_failed_open(r, (int)n);
        return;
    }
    begin_head(r->t, r->h, 200);
    put_page(r->t, r->h, page, (size_t)n);
}

/* A directory, which is closed: its index.html, else what is in it. */
static void answer_directory(struct request *r, int fd)
{
    size_t len = strlen(r->path);
    struct stat st;
    int index;

    memcpy(r->path + len, index_name + (len == 0), sizeof(index_name) - (len == 0));
    index = http_file_open(r->site->directory, r->path, false, &st);
    if (index >= 0 && S_ISREG(st.st_mode))
        answer_file(r, index, &st);
    else if (index != -ENOENT && index < 0)
        answer_failed_open(r, index);
    else if (r->site->list)
        answer_listing(r, fd);
    else if (len == 0)
        answer_welcome(r->t, r->site, r->h);
    else
        answer_status(r->t, r->h, 403, "the directory has no index.html");
    if (index >= 0 && !S_ISREG(st.st_mode))
        close(index);
    close(fd);
}

static void answer_path(struct request *r)
{
    struct stat st;
    int fd = http_file_open(r->site->directory, r->path, false, &st);

    if (fd < 0) {
        answer_failed_open(r, fd);
    } else if (S_ISREG(st.st_mode) && !r->folder) {
        answer_file(r, fd, &st);
    } else if (S_ISDIR(st.st_mode) && r->folder) {
        answer_directory(r, fd);
    } else {
        close(fd);
        if (S_ISDIR(st.st_mode))
            answer_moved(r);
        else
            answer_failed_open(r, -ENOENT);
    }
}

/* ---- requests ------------------------------------------------------------------------- */

static bool is_root(const struct http_head *h, const uint8_t *bytes)
{
    return h->path.len == 0 || (h->path.len == 1 && bytes[h->path.at] == '/');
}

/* What GET and HEAD ask for. */
static void answer_page(struct request *r)
{
    const struct http_head *h = r->h;

    if (is_root(h, r->bytes) && r->site->directory < 0)
        answer_welcome(r->t, r->site, h);
    else if (http_path(r->bytes + h->path.at, h->path.len, r->path, &r->folder) < 0)
        answer_status(r->t, h, 400, "the path has a broken escape, or leaves the top");
    else if (r->site->directory >= 0)
        answer_path(r);
    else if (!r->path[0])
        answer_welcome(r->t, r->site, h);
    else
        answer_status(r->t, h, 404, "there is only / here");
}

size_t http_answer(const struct http_site *site, const struct http_head *h,
                   const uint8_t *bytes, char *out, size_t size, struct http_file *ret_file)
{
    struct text t = {.out = out};
    struct request r;

    ret_file->fd = -1;
    if (h->method == HTTP_UNKNOWN) {
        answer_status(&t, h, 501, "no such method is known here");
    } else if (h->method == HTTP_OTHER) {
        answer_status(&t, h, 405, "only GET and HEAD are served");
    } else if (h->expects_other) {
        answer_status(&t, h, 417, "only 100-continue can be expected");
    } else {
        /* Its path is filled only where it is used. */
        r.site = site;
        r.h = h;
        r.bytes = bytes;
        r.t = &t;
        r.size = size;
        r.folder = true;
        r.file = ret_file;
        answer_page(&r);
    }
    return t.len;
}
