/* core/net/options_value.c - values of socket options that are numbers: counts, switches, words. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/net/options_internal.h"

void option_value_put(struct option_value *v, const void *bytes, size_t len)
{
    memcpy(v->bytes, bytes, len);
    v->len = v->have = len;
}

bool option_value_take(const struct option_value *v, void *ret, size_t size)
{
    if (v->have < size)
        return false;
    memcpy(ret, v->bytes, size);
    return true;
}

bool option_number(const char *text, int64_t *ret, const char **ret_end)
{
    const char *digits = text + (*text == '-' || *text == '+');
    bool hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    char *end;
    long long value;

    /* strtoll() would also take white space, and a 0 in front as octal. */
    if (digits[0] < '0' || digits[0] > '9')
        return false;
    errno = 0;
    value = strtoll(text, &end, hex ? 16 : 10);
    if (errno)
        return false;
    *ret = value;
    *ret_end = end;
    return true;
}

const struct option_word *option_word_of(const struct option_word *words, int64_t value)
{
    for (; words && words->text; words++)
        if (words->value == value)
            return words;
    return NULL;
}

static bool same(const char *name, const char *text, size_t len)
{
    return name && strlen(name) == len && strncasecmp(name, text, len) == 0;
}

const struct option_word *option_word_find(const struct option_word *words, const char *text,
                                           size_t len)
{
    for (; words && words->text; words++)
        if (same(words->text, text, len) || same(words->constant, text, len))
            return words;
    return NULL;
}

/* A number may carry its unit: "65536 bytes". */
static bool ends_number(const struct socket_option *o, const char *rest)
{
    while (*rest == ' ')
        rest++;
    return !*rest || (*o->unit && strcasecmp(rest, o->unit) == 0);
}

/* A word of the option or a number in its range and from low to high. */
static int parse_number(const struct socket_option *o, const char *text, int64_t low,
                        int64_t high, int64_t *ret)
{
    const struct option_word *word = option_word_find(o->words, text, strlen(text));
    const char *end;
    int64_t value;

    if (word) {
        *ret = word->value;
        return 0;
    }
    if (!option_number(text, &value, &end) || !ends_number(o, end) || value < low ||
        value > high)
        return -EINVAL;
    if ((o->min || o->max) && (value < o->min || value > o->max) &&
        !option_word_of(o->words, value))
        return -EINVAL;
    *ret = value;
    return 0;
}

static void put_int(struct option_value *v, int64_t value)
{
    int32_t number = (int32_t)(uint32_t)value;

    option_value_put(v, &number, sizeof(number));
}

static int int_parse(const struct socket_option *o, const char *text, struct option_value *ret)
{
    int64_t value;

    if (parse_number(o, text, INT32_MIN, INT32_MAX, &value) < 0)
        return -EINVAL;
    put_int(ret, value);
    return 0;
}

static bool add_number(const struct socket_option *o, int64_t value, struct line_out *l)
{
    const struct option_word *word = option_word_of(o->words, value);

    if (word)
        line_add(l, "%s", word->text);
    else
        line_add(l, "%" PRId64, value);
    return true;
}

static bool int_format(const struct socket_option *o, const struct option_value *v,
                       struct line_out *l)
{
    int32_t value;

    return option_value_take(v, &value, sizeof(value)) && add_number(o, value, l);
}

static bool int_trace(const struct socket_option *o, const struct option_value *v,
                      struct line_out *l)
{
    int32_t value;

    (void)o;
    if (!option_value_take(v, &value, sizeof(value)))
        return false;
    line_add(l, "[%" PRId32 "]", value);
    return true;
}

static int uint_parse(const struct socket_option *o, const char *text, struct option_value *ret)
{
    int64_t value;

    if (parse_number(o, text, 0, UINT32_MAX, &value) < 0)
        return -EINVAL;
    put_int(ret, value);
    return 0;
}

static bool uint_format(const struct socket_option *o, const struct option_value *v,
                        struct line_out *l)
{
    uint32_t value;

    return option_value_take(v, &value, sizeof(value)) && add_number(o, value, l);
}

static bool uint_trace(const struct socket_option *o, const struct option_value *v,
                       struct line_out *l)
{
    uint32_t value;

    (void)o;
    if (!option_value_take(v, &value, sizeof(value)))
        return false;
    line_add(l, "[%" PRIu32 "]", value);
    return true;
}

static int uint64_parse(const struct socket_option *o, const char *text,
                        struct option_value *ret)
{
    const struct option_word *word = option_word_find(o->words, text, strlen(text));
    uint64_t value;
    char *end;

    if (word) {
        value = (uint64_t)word->value;
    } else {
        if (*text < '0' || *text > '9')
            return -EINVAL;
        errno = 0;
        value = strtoull(text, &end, 10);
        if (errno || !ends_number(o, end))
            return -EINVAL;
    }
    option_value_put(ret, &value, sizeof(value));
    return 0;
}

static bool uint64_format(const struct socket_option *o, const struct option_value *v,
                          struct line_out *l)
{
    const struct option_word *word;
    uint64_t value;

    if (!option_value_take(v, &value, sizeof(value)))
        return uint_format(o, v, l); /* SO_MAX_PACING_RATE before Linux 4.20 */
    word = option_word_of(o->words, (int64_t)value);
    if (word)
        line_add(l, "%s", word->text);
    else
        line_add(l, "%" PRIu64, value);
    return true;
}

static bool uint64_trace(const struct socket_option *o, const struct option_value *v,
                         struct line_out *l)
{
    uint64_t value;

    if (!option_value_take(v, &value, sizeof(value)))
        return uint_trace(o, v, l);
    line_add(l, "[%" PRIu64 "]", value);
    return true;
}

static int bool_parse(const struct socket_option *o, const char *text, struct option_value *ret)
{
    static const struct option_word words[] = {{"on", "1", 1},
                                               {"off", "0", 0},
                                               {"yes", "true", 1},
                                               {"no", "false", 0},
                                               {NULL, NULL, 0}};
    const struct option_word *word = option_word_find(words, text, strlen(text));

    (void)o;
    if (!word)
        return -EINVAL;
    put_int(ret, word->value);
    return 0;
}

static bool bool_format(const struct socket_option *o, const struct option_value *v,
                        struct line_out *l)
{
    int32_t value;

    (void)o;
    if (!option_value_take(v, &value, sizeof(value)))
        return false;
    line_add(l, "%s", value ? "on" : "off");
    return true;
}

static int enum_parse(const struct socket_option *o, const char *text, struct option_value *ret)
{
    int64_t value;

    if (parse_number(o, text, INT32_MIN, INT32_MAX, &value) < 0 ||
        !option_word_of(o->words, value))
        return -EINVAL;
    put_int(ret, value);
    return 0;
}

static bool enum_trace(const struct socket_option *o, const struct option_value *v,
                       struct line_out *l)
{
    const struct option_word *word;
    int32_t value;

    if (!option_value_take(v, &value, sizeof(value)))
        return false;
    word = option_word_of(o->words, value);
    if (!word)
        return int_trace(o, v, l);
    line_add(l, "[%s]", word->constant);
    return true;
}

static int flags_parse(const struct socket_option *o, const char *text,
                       struct option_value *ret)
{
    int64_t flags = 0;
    const char *end;

    if (strcasecmp(text, "none") == 0) {
        put_int(ret, 0);
        return 0;
    }
    for (;;) {
        size_t len = strcspn(text, ",|");
        const struct option_word *word = option_word_find(o->words, text, len);
        int64_t value;

        if (word)
            value = word->value;
        else if (!option_number(text, &value, &end) || end != text + len || value < 0 ||
                 value > UINT32_MAX)
            return -EINVAL;
        flags |= value;
        if (!text[len])
            break;
        text += len + 1;
    }
    put_int(ret, flags);
    return 0;
}

/* Every flag by its name, what has none in hex; nothing for 0. */
static void add_flags(const struct socket_option *o, uint32_t flags, bool constants,
                      struct line_out *l)
{
    const char *between = "";

    for (const struct option_word *w = o->words; w && w->text; w++) {
        uint32_t flag = (uint32_t)w->value;

        if (!flag || (flags & flag) != flag)
            continue;
        line_add(l, "%s%s", between, constants ? w->constant : w->text);
        between = constants ? "|" : ",";
        flags &= ~flag;
    }
    if (flags)
        line_add(l, "%s%#" PRIx32, between, flags);
}

static bool flags_format(const struct socket_option *o, const struct option_value *v,
                         struct line_out *l)
{
    uint32_t flags;

    if (!option_value_take(v, &flags, sizeof(flags)))
        return false;
    if (flags)
        add_flags(o, flags, false, l);
    else
        line_add(l, "none");
    return true;
}

static bool flags_trace(const struct socket_option *o, const struct option_value *v,
                        struct line_out *l)
{
    uint32_t flags;

    if (!option_value_take(v, &flags, sizeof(flags)))
        return false;
    line_add(l, "[");
    if (flags)
        add_flags(o, flags, true, l);
    else
        line_add(l, "0");
    line_add(l, "]");
    return true;
}

static bool error_format(const struct socket_option *o, const struct option_value *v,
                         struct line_out *l)
{
    int32_t error;

    (void)o;
    if (!option_value_take(v, &error, sizeof(error)))
        return false;
    line_add(l, "%s", error ? err_name(error) : "none");
    return true;
}

static bool error_trace(const struct socket_option *o, const struct option_value *v,
                        struct line_out *l)
{
    int32_t error;

    if (!option_value_take(v, &error, sizeof(error)) || error <= 0)
        return int_trace(o, v, l);
    line_add(l, "[%s]", err_name(error)); /* it is what failed */
    return true;
}

const struct option_codec option_int_codec = {.name = "integer",
                                              .bytes = sizeof(int32_t),
                                              .parse = int_parse,
                                              .format = int_format,
                                              .trace = int_trace};
const struct option_codec option_uint_codec = {.name = "unsigned",
                                               .bytes = sizeof(uint32_t),
                                               .parse = uint_parse,
                                               .format = uint_format,
                                               .trace = uint_trace};
const struct option_codec option_uint64_codec = {.name = "unsigned 64",
                                                 .bytes = sizeof(uint64_t),
                                                 .parse = uint64_parse,
                                                 .format = uint64_format,
                                                 .trace = uint64_trace};
const struct option_codec option_bool_codec = {.name = "on/off",
                                               .expects = "on or off",
                                               .bytes = sizeof(int32_t),
                                               .parse = bool_parse,
                                               .format = bool_format,
                                               .trace = int_trace};
const struct option_codec option_enum_codec = {.name = "word",
                                               .bytes = sizeof(int32_t),
                                               .parse = enum_parse,
                                               .format = int_format,
                                               .trace = enum_trace};
const struct option_codec option_flags_codec = {.name = "flags",
                                                .bytes = sizeof(uint32_t),
                                                .parse = flags_parse,
                                                .format = flags_format,
                                                .trace = flags_trace};
const struct option_codec option_error_codec = {
    .name = "errno", .bytes = sizeof(int32_t), .format = error_format, .trace = error_trace};
