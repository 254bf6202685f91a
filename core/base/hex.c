#include "core/base/hex.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/text.h"

int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

const char *hex_write(const void *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *b = bytes;

    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[b[i] >> 4];
        out[2 * i + 1] = digits[b[i] & 15];
    }
    out[2 * len] = '\0';
    return out;
}

struct reader {
    const char *text;
    size_t len, at;
    uint8_t *out;
    size_t room, used;
    struct err *err;
};

static bool separator(char c)
{
    return c && strchr(" \t\r\n\v\f,:;-", c);
}

/* "0x" or "\x", in either case. */
static bool prefix_at(const struct reader *r, size_t at)
{
    return r->len - at >= 2 && (r->text[at] == '0' || r->text[at] == '\\') &&
           (r->text[at + 1] == 'x' || r->text[at + 1] == 'X');
}

/* Digits from the place on; those of a prefix that follows at once are not among them. */
static size_t digits_here(const struct reader *r)
{
    size_t n = 0;

    while (r->at + n < r->len && hex_digit(r->text[r->at + n]) >= 0 && !prefix_at(r, r->at + n))
        n++;
    return n;
}

static int wrong(const struct reader *r, int code, const char *reason)
{
    /* What stands there, at least one whole character of it. */
    size_t shown = r->len - r->at < 12 ? r->len - r->at : 12;
    char clean[64];

    text_clean(r->text + r->at, shown, clean, sizeof(clean));
    return err_set(r->err, code, "read hex", clean, "character %zu: %s", r->at + 1, reason);
}

/* True when the n digits end because of a prefix that begins with a digit itself. */
static bool digit_behind(const struct reader *r, size_t n)
{
    return r->at + n < r->len && hex_digit(r->text[r->at + n]) >= 0;
}

static int read_run(struct reader *r)
{
    bool prefixed = prefix_at(r, r->at);
    size_t n;

    r->at += prefixed ? 2 : 0;
    n = digits_here(r);
    if (n == 0)
        return wrong(r, -EINVAL,
                     prefixed ? "digits must follow 0x or \\x" : "this is no hex digit");
    /* A lone digit that a prefix follows at once, as in 80x48, could as well be half of 80. */
    if (n % 2 && (n > 1 || digit_behind(r, n)))
        return wrong(r, -EINVAL, "an odd number of digits; a byte has two");
    if ((n + 1) / 2 > r->room - r->used)
        return wrong(r, -EMSGSIZE, "more bytes than may be given");
    if (n == 1)
        r->out[r->used++] = (uint8_t)hex_digit(r->text[r->at]);
    for (size_t i = 0; i + 1 < n; i += 2)
        r->out[r->used++] =
            (uint8_t)(hex_digit(r->text[r->at + i]) << 4 | hex_digit(r->text[r->at + i + 1]));
    r->at += n;
    return 0;
}

int hex_read(const char *text, size_t len, uint8_t *out, size_t room, size_t *ret_len,
             struct err *err)
{
    struct reader r = {.text = text, .len = len, .out = out, .room = room, .err = err};

    for (;;) {
        int failed;

        while (r.at < r.len && separator(r.text[r.at]))
            r.at++;
        if (r.at == r.len)
            break;
        failed = read_run(&r);
        if (failed < 0)
            return failed;
    }
    *ret_len = r.used;
    return 0;
}
