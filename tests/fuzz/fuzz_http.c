/* Requests, one behind the other: the first byte says how the rest is cut.  What is read in parts
 * is what is read whole; places lie inside the bytes; a path never leaves its top. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/services/http_parse.h"
#include "core/services/http_value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Read one request of which `part` more bytes come each time.  Returns where it ends; 0 when it
 * does not, or is wrong: *ret_status then tells. */
static size_t read_request(const uint8_t *bytes, size_t len, size_t part, struct http_head *h,
                           int *ret_status)
{
    enum http_reading r = HTTP_MORE;
    struct http_body body;
    size_t here = 0, at, used;

    *h = (struct http_head){0};
    *ret_status = 0;
    while (r == HTTP_MORE && here < len) {
        here = len - here < part ? len : here + part;
        r = http_head_read(h, bytes, here);
    }
    if (r == HTTP_WRONG)
        *ret_status = h->status;
    if (r != HTTP_WHOLE)
        return 0;
    if (h->at > len || h->at > HTTP_HEAD_BYTES || !h->at)
        abort();
    at = h->at;
    for (r = http_body_begin(&body, h); r == HTTP_MORE && at < len; at += used) {
        size_t end = len - at < part ? len : at + part;

        r = http_body_read(&body, bytes + at, end - at, &used);
        if (used > end - at)
            abort();
    }
    if (r == HTTP_WRONG)
        *ret_status = body.status;
    return r == HTTP_WHOLE ? at : 0;
}

static void check_span(struct http_span s, const struct http_head *h)
{
    if (s.at > h->at || s.len > h->at - s.at)
        abort();
}

static void check_path(const uint8_t *path, size_t len)
{
    char *out = mem_new(len + 1, 1);
    bool folder;

    if (http_path(path, len, out, &folder) == 0) {
        if (strlen(out) > len || out[0] == '/' || strcmp(out, "..") == 0 ||
            strncmp(out, "../", 3) == 0 || strstr(out, "/../") || strstr(out, "//"))
            abort();
    }
    free(out);
}

static void check_values(const uint8_t *bytes, const struct http_head *h)
{
    uint64_t first, len, size = 1000;
    time_t t;

    check_span(h->path, h);
    check_span(h->query, h);
    check_span(h->range, h);
    check_span(h->modified_since, h);
    check_span(h->if_range, h);
    check_path(bytes + h->path.at, h->path.len);
    if (http_range_read(bytes + h->range.at, h->range.len, size, &first, &len) ==
            HTTP_RANGE_PART &&
        (first >= size || len == 0 || len > size - first))
        abort();
    http_date_read(bytes + h->modified_since.at, h->modified_since.len, &t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t part = size ? (size_t)data[0] + 1 : 1, at = 1;

    while (at < size) {
        struct http_head whole, parts;
        int status, other_status;
        size_t len = size - at;
        size_t n = read_request(data + at, len, len, &whole, &status);

        if (n != read_request(data + at, len, part, &parts, &other_status) ||
            status != other_status || (n && memcmp(&whole, &parts, sizeof(whole)) != 0))
            abort();
        if (!n)
            break;
        check_values(data + at, &whole);
        at += n;
    }
    if (size)
        check_path(data + 1, size - 1);
    return 0;
}
