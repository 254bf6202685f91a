#include "core/services/http_value.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/hex.h"

/* ---- paths ---------------------------------------------------------------------------- */

/* One byte, which may be escaped; -1: not one that a name can have. */
static int next_byte(const uint8_t *path, size_t len, size_t *at)
{
    int high, low;

    if (path[*at] != '%')
        return path[*at] ? path[(*at)++] : -1;
    if (len - *at < 3)
        return -1;
    high = hex_digit((char)path[*at + 1]);
    low = hex_digit((char)path[*at + 2]);
    *at += 3;
    if (high < 0 || low < 0 || (high == 0 && low == 0) || (high << 4 | low) == '/')
        return -1;
    return high << 4 | low;
}

/* Drop the last segment of out, which is not empty; returns the new length. */
static size_t pop(const char *out, size_t used)
{
    while (used > 0 && out[used - 1] != '/')
        used--;
    return used > 0 ? used - 1 : 0;
}

int http_path(const uint8_t *path, size_t len, char *out, bool *ret_folder)
{
    size_t used = 0; /* whole segments, no slash behind them */
    bool folder = true;

    for (size_t at = 0; at < len;) {
        char *segment = out + used + (used > 0);
        size_t n = 0;

        while (at < len && path[at] == '/')
            at++;
        folder = at == len;
        while (at < len && path[at] != '/') {
            int c = next_byte(path, len, &at);

            if (c < 0)
                return -EINVAL;
            segment[n++] = (char)c;
        }
        if (n == 2 && segment[0] == '.' && segment[1] == '.') {
            if (used == 0)
                return -EINVAL;
            used = pop(out, used);
            folder = true;
        } else if (n == 1 && segment[0] == '.') {
            folder = true;
        } else if (n) {
            if (used)
                out[used] = '/';
            used = (size_t)(segment - out) + n;
        }
    }
    out[used] = '\0';
    *ret_folder = folder;
    return 0;
}

/* ---- dates ---------------------------------------------------------------------------- */

static const char days[] = "SunMonTueWedThuFriSat";
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

const char *http_date_write(time_t t, char buf[HTTP_DATE_BYTES])
{
    struct tm tm;

    /* Beyond the year 9999 there is no such date. */
    if (!gmtime_r(&t, &tm) || tm.tm_year < -1900 || tm.tm_year > 9999 - 1900) {
        t = 0;
        gmtime_r(&t, &tm);
    }
    snprintf(buf, HTTP_DATE_BYTES, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT",
             days + 3 * tm.tm_wday, (unsigned)tm.tm_mday % 100, months + 3 * tm.tm_mon,
             (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)tm.tm_hour % 100,
             (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
    return buf;
}

/* n digits, or -1. */
static int number(const uint8_t *text, size_t n)
{
    int value = 0;

    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

bool http_date_read(const uint8_t *text, size_t len, time_t *ret)
{
    static const char form[] = "???, ?? ??? ???? ??:??:?? GMT";
    struct tm tm = {0};

    if (len != sizeof(form) - 1)
        return false;
    for (size_t i = 0; i < len; i++)
        if (form[i] != '?' && text[i] != (uint8_t)form[i])
            return false;
    tm.tm_mday = number(text + 5, 2);
    tm.tm_mon = 0;
    while (tm.tm_mon < 12 && memcmp(text + 8, months + 3 * tm.tm_mon, 3) != 0)
        tm.tm_mon++;
    tm.tm_year = number(text + 12, 4) - 1900;
    tm.tm_hour = number(text + 17, 2);
    tm.tm_min = number(text + 20, 2);
    tm.tm_sec = number(text + 23, 2);
    if (tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_mon == 12 || tm.tm_year < -1900 ||
        tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 || tm.tm_min > 59 || tm.tm_sec < 0 ||
        tm.tm_sec > 60)
        return false;
    *ret = timegm(&tm);
    return true;
}

/* ---- ranges --------------------------------------------------------------------------- */

/* Digits up to `end`, at least one; a number too large is the largest. */
static bool take_number(const uint8_t **p, const uint8_t *end, uint64_t *ret)
{
    const uint8_t *begin = *p;
    uint64_t n = 0;

    for (; *p < end && **p >= '0' && **p <= '9'; (*p)++) {
        uint64_t digit = (uint64_t)(**p - '0');

        n = n > (UINT64_MAX - digit) / 10 ? UINT64_MAX : n * 10 + digit;
    }
    *ret = n;
    return *p > begin;
}

enum http_range http_range_read(const uint8_t *text, size_t len, uint64_t size,
                                uint64_t *ret_first, uint64_t *ret_len)
{
    const uint8_t *p = text + 6, *end = text + len;
    uint64_t first, last;
    bool has_first, has_last;

    if (len < 8 || strncasecmp((const char *)text, "bytes=", 6) != 0)
        return HTTP_RANGE_NONE;
    has_first = take_number(&p, end, &first);
    if (p == end || *p++ != '-')
        return HTTP_RANGE_NONE;
    has_last = take_number(&p, end, &last);
    if (p != end || (!has_first && !has_last) || (has_first && has_last && last < first))
        return HTTP_RANGE_NONE;
    if (!has_first) {
        if (last == 0 || size == 0)
            return HTTP_RANGE_BEYOND;
        first = last < size ? size - last : 0;
        last = size - 1;
    } else if (!has_last || last >= size) {
        last = size - 1;
    }
    if (first >= size)
        return HTTP_RANGE_BEYOND;
    *ret_first = first;
    *ret_len = last - first + 1;
    return HTTP_RANGE_PART;
}
