/* core/net/options_struct.c - values of socket options that are small structures or bytes: times, ports,
 * names, filters.  Structures: socket(7), <linux/net_tstamp.h>, <linux/filter.h>. */
#include <errno.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <linux/net_tstamp.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "core/base/text.h"
#include "core/net/options_internal.h"

#define SECOND_US 1000000

static int linger_parse(const struct socket_option *o, const char *text,
                        struct option_value *ret)
{
    struct linger linger = {0};
    const char *end;
    int64_t seconds;

    (void)o;
    if (strcasecmp(text, "off") != 0) {
        if (!option_number(text, &seconds, &end) || seconds < 0 || seconds > INT32_MAX)
            return -EINVAL;
        end += strspn(end, " ");
        if (*end && strcmp(end, "s") != 0)
            return -EINVAL;
        linger = (struct linger){.l_onoff = 1, .l_linger = (int)seconds};
    }
    option_value_put(ret, &linger, sizeof(linger));
    return 0;
}

static bool linger_format(const struct socket_option *o, const struct option_value *v,
                          struct line_out *l)
{
    struct linger linger;

    (void)o;
    if (!option_value_take(v, &linger, sizeof(linger)))
        return false;
    if (linger.l_onoff)
        line_add(l, "%d s", linger.l_linger);
    else
        line_add(l, "off");
    return true;
}

static bool linger_trace(const struct socket_option *o, const struct option_value *v,
                         struct line_out *l)
{
    struct linger linger;

    (void)o;
    if (!option_value_take(v, &linger, sizeof(linger)))
        return false;
    line_add(l, "{l_onoff=%d, l_linger=%d}", linger.l_onoff, linger.l_linger);
    return true;
}

/* "1.5 s", "200 ms", "3" (seconds) in microseconds. */
static bool parse_duration(const char *text, int64_t *ret_us)
{
    int64_t whole, part = 0, unit = SECOND_US, scale = 1;
    const char *c;

    if (*text == '-' || !option_number(text, &whole, &c) || whole > INT32_MAX)
        return false;
    if (*c == '.')
        for (c++; *c >= '0' && *c <= '9'; c++) {
            if (scale == SECOND_US)
                return false; /* finer than the kernel takes */
            part = part * 10 + *c - '0';
            scale *= 10;
        }
    c += strspn(c, " ");
    if (strcmp(c, "ms") == 0)
        unit = 1000;
    else if (strcmp(c, "us") == 0)
        unit = 1;
    else if (*c && strcmp(c, "s") != 0)
        return false;
    if (part * unit % scale)
        return false;
    *ret_us = whole * unit + part * unit / scale;
    return true;
}

static int timeval_parse(const struct socket_option *o, const char *text,
                         struct option_value *ret)
{
    struct timeval time = {0};
    int64_t us = 0;

    (void)o;
    if (strcasecmp(text, "off") != 0 && !parse_duration(text, &us))
        return -EINVAL;
    time.tv_sec = us / SECOND_US;
    time.tv_usec = us % SECOND_US;
    option_value_put(ret, &time, sizeof(time));
    return 0;
}

static bool timeval_format(const struct socket_option *o, const struct option_value *v,
                           struct line_out *l)
{
    struct timeval time;

    (void)o;
    if (!option_value_take(v, &time, sizeof(time)))
        return false;
    if (!time.tv_sec && !time.tv_usec)
        line_add(l, "off");
    else if (!time.tv_usec)
        line_add(l, "%jd s", (intmax_t)time.tv_sec);
    else if (!time.tv_sec && time.tv_usec % 1000 == 0)
        line_add(l, "%jd ms", (intmax_t)time.tv_usec / 1000);
    else if (!time.tv_sec)
        line_add(l, "%jd us", (intmax_t)time.tv_usec);
    else
        line_add(l, "%jd.%06jd s", (intmax_t)time.tv_sec, (intmax_t)time.tv_usec);
    return true;
}

static bool timeval_trace(const struct socket_option *o, const struct option_value *v,
                          struct line_out *l)
{
    struct timeval time;

    (void)o;
    if (!option_value_take(v, &time, sizeof(time)))
        return false;
    line_add(l, "{tv_sec=%jd, tv_usec=%jd}", (intmax_t)time.tv_sec, (intmax_t)time.tv_usec);
    return true;
}

/* ip(7): the lower 16 bits are the lowest port, the upper ones the highest; 0: no bound there. */
static int port_range_parse(const struct socket_option *o, const char *text,
                            struct option_value *ret)
{
    int64_t low = 0, high = 0;
    const char *end;
    uint32_t range;

    (void)o;
    if (strcasecmp(text, "off") != 0) {
        if (!option_number(text, &low, &end) || *end != '-' ||
            !option_number(end + 1, &high, &end) || *end)
            return -EINVAL;
        if (low < 0 || low > UINT16_MAX || high < 0 || high > UINT16_MAX ||
            (low && high && high < low))
            return -EINVAL;
    }
    range = (uint32_t)high << 16 | (uint32_t)low;
    option_value_put(ret, &range, sizeof(range));
    return 0;
}

static bool port_range_format(const struct socket_option *o, const struct option_value *v,
                              struct line_out *l)
{
    uint32_t range;

    (void)o;
    if (!option_value_take(v, &range, sizeof(range)))
        return false;
    if (range)
        line_add(l, "%" PRIu32 "-%" PRIu32, range & UINT16_MAX, range >> 16);
    else
        line_add(l, "off");
    return true;
}

static bool port_range_trace(const struct socket_option *o, const struct option_value *v,
                             struct line_out *l)
{
    uint32_t range;

    (void)o;
    if (!option_value_take(v, &range, sizeof(range)))
        return false;
    line_add(l, "[%#" PRIx32 "]", range);
    return true;
}

static const struct option_word clocks[] = {{"realtime", "CLOCK_REALTIME", CLOCK_REALTIME},
                                            {"monotonic", "CLOCK_MONOTONIC", CLOCK_MONOTONIC},
                                            {"tai", "CLOCK_TAI", CLOCK_TAI},
                                            {NULL, NULL, 0}};
static const struct option_word txtime_flags[] = {
    {"deadline", "SOF_TXTIME_DEADLINE_MODE", SOF_TXTIME_DEADLINE_MODE},
    {"report-errors", "SOF_TXTIME_REPORT_ERRORS", SOF_TXTIME_REPORT_ERRORS},
    {NULL, NULL, 0}};

static int txtime_parse(const struct socket_option *o, const char *text,
                        struct option_value *ret)
{
    struct sock_txtime txtime = {0};
    size_t len = strcspn(text, ",");
    const struct option_word *word = option_word_find(clocks, text, len);

    (void)o;
    if (!word)
        return -EINVAL;
    txtime.clockid = (__kernel_clockid_t)word->value;
    for (text += len; *text; text += len) {
        len = strcspn(++text, ",");
        word = option_word_find(txtime_flags, text, len);
        if (!word)
            return -EINVAL;
        txtime.flags |= (uint32_t)word->value;
    }
    option_value_put(ret, &txtime, sizeof(txtime));
    return 0;
}

static bool txtime_format(const struct socket_option *o, const struct option_value *v,
                          struct line_out *l)
{
    struct sock_txtime txtime;
    const struct option_word *clock;

    (void)o;
    if (!option_value_take(v, &txtime, sizeof(txtime)))
        return false;
    clock = option_word_of(clocks, txtime.clockid);
    if (clock)
        line_add(l, "%s", clock->text);
    else
        line_add(l, "clock %d", (int)txtime.clockid);
    for (const struct option_word *w = txtime_flags; w->text; w++)
        if (txtime.flags & (uint32_t)w->value)
            line_add(l, ",%s", w->text);
    return true;
}

static bool txtime_trace(const struct socket_option *o, const struct option_value *v,
                         struct line_out *l)
{
    struct sock_txtime txtime;
    const struct option_word *clock;

    (void)o;
    if (!option_value_take(v, &txtime, sizeof(txtime)))
        return false;
    clock = option_word_of(clocks, txtime.clockid);
    line_add(l, "{clockid=%s, flags=%#" PRIx32 "}", clock ? clock->constant : "?",
             (uint32_t)txtime.flags);
    return true;
}

/* From o->min to o->max bytes; where none are allowed, "none" says so. */
static int string_parse(const struct socket_option *o, const char *text,
                        struct option_value *ret)
{
    int64_t len = (int64_t)strlen(text);

    if (o->min == 0 && strcasecmp(text, "none") == 0)
        len = 0;
    if (len < o->min || len > o->max)
        return -EINVAL;
    option_value_put(ret, text, (size_t)len);
    return 0;
}

static bool string_format(const struct socket_option *o, const struct option_value *v,
                          struct line_out *l)
{
    const char *bytes = (const char *)v->bytes;
    char clean[OPTION_TEXT_BYTES];
    size_t len = strnlen(bytes, v->have);

    (void)o;
    text_clean(bytes, len, clean, sizeof(clean));
    line_add(l, "%s", len ? clean : "none");
    return true;
}

static bool string_trace(const struct socket_option *o, const struct option_value *v,
                         struct line_out *l)
{
    size_t len = strnlen((const char *)v->bytes, v->have);

    (void)o;
    line_add_quoted(l, v->bytes, len);
    if (len == v->have && v->have < v->len)
        line_add(l, "...");
    return true;
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

    return at ? (int)(at - digits) : -1;
}

static int opaque_parse(const struct socket_option *o, const char *text,
                        struct option_value *ret)
{
    size_t most = o->max ? (size_t)o->max : OPTION_VALUE_BYTES, len = 0;

    if (strcasecmp(text, "none") == 0)
        text = "";
    for (; text[0]; text += 2) {
        int high = hex_digit(text[0]);
        int low = high < 0 ? -1 : hex_digit(text[1]);

        if (low < 0 || len == most)
            return -EINVAL;
        ret->bytes[len++] = (uint8_t)(high << 4 | low);
    }
    if (len < (size_t)o->min)
        return -EINVAL;
    ret->len = ret->have = len;
    return 0;
}

/* struct sock_filter as `tcpdump -ddd` and iptables' bpf match tell it, with commas for its line
 * feeds: "1,6 0 0 262144" takes every packet. */
static int filter_parse(const struct socket_option *o, const char *text,
                        struct option_value *ret)
{
    static const int64_t most[] = {UINT16_MAX, UINT8_MAX, UINT8_MAX, UINT32_MAX};
    int64_t count, fields[4];
    const char *c;

    (void)o;
    if (!option_number(text, &count, &c) || count < 1 ||
        count > (int64_t)(OPTION_VALUE_BYTES / sizeof(struct sock_filter)))
        return -EINVAL;
    for (int64_t i = 0; i < count; i++) {
        struct sock_filter instruction;

        for (size_t k = 0; k < 4; k++) {
            if (*c++ != (k ? ' ' : ',') || !option_number(c, &fields[k], &c) || fields[k] < 0 ||
                fields[k] > most[k])
                return -EINVAL;
        }
        instruction = (struct sock_filter){(uint16_t)fields[0], (uint8_t)fields[1],
                                           (uint8_t)fields[2], (uint32_t)fields[3]};
        memcpy(ret->bytes + (size_t)i * sizeof(instruction), &instruction, sizeof(instruction));
    }
    ret->len = ret->have = (size_t)count * sizeof(struct sock_filter);
    return *c && strcmp(c, ",") != 0 ? -EINVAL : 0;
}

static bool filter_format(const struct socket_option *o, const struct option_value *v,
                          struct line_out *l)
{
    size_t count = v->len / sizeof(struct sock_filter);

    (void)o;
    if (!count) {
        line_add(l, "none");
        return true;
    }
    line_add(l, "%zu", count);
    for (size_t i = 0; i < count; i++) {
        struct sock_filter f;

        memcpy(&f, v->bytes + i * sizeof(f), sizeof(f));
        line_add(l, ",%u %u %u %" PRIu32, f.code, f.jt, f.jf, (uint32_t)f.k);
    }
    return true;
}

const struct option_codec option_linger_codec = {.name = "linger",
                                                 .expects = "off, or seconds such as 5 s",
                                                 .bytes = sizeof(struct linger),
                                                 .parse = linger_parse,
                                                 .format = linger_format,
                                                 .trace = linger_trace};
const struct option_codec option_timeval_codec = {
    .name = "duration",
    .expects = "a duration such as 1.5 s or 200 ms, or off",
    .bytes = sizeof(struct timeval),
    .parse = timeval_parse,
    .format = timeval_format,
    .trace = timeval_trace};
const struct option_codec option_port_range_codec = {.name = "port range",
                                                     .expects = "ports such as 40000-50000 (0: "
                                                                "no bound there), or off",
                                                     .bytes = sizeof(uint32_t),
                                                     .parse = port_range_parse,
                                                     .format = port_range_format,
                                                     .trace = port_range_trace};
const struct option_codec option_txtime_codec = {
    .name = "clock",
    .expects = "monotonic, tai or realtime, then ,deadline and ,report-errors as wanted",
    .bytes = sizeof(struct sock_txtime),
    .parse = txtime_parse,
    .format = txtime_format,
    .trace = txtime_trace};
const struct option_codec option_string_codec = {.name = "text",
                                                 .bytes = OPTION_VALUE_BYTES,
                                                 .parse = string_parse,
                                                 .format = string_format,
                                                 .trace = string_trace};
const struct option_codec option_filter_codec = {
    .name = "filter",
    .expects = "a classic BPF program as COUNT,CODE JT JF K,...: 1,6 0 0 262144",
    .bytes = OPTION_VALUE_BYTES,
    .item_bytes = sizeof(struct sock_filter),
    .parse = filter_parse,
    .format = filter_format};
const struct option_codec option_opaque_codec = {
    .name = "bytes", .bytes = OPTION_VALUE_BYTES, .parse = opaque_parse};
