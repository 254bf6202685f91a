/* Input: a byte, then what it chooses.  Even: an assignment; a value that is taken has a text that means
 * the same value.  Odd: the number of an option and bytes that a kernel might have given for it; they
 * become text, and a line of the journal. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/journal.h"
#include "core/net/options_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

static void require_printable(const char *text)
{
    for (; *text; text++)
        require((unsigned char)*text >= ' ' && *text != 0x7f);
}

/* A text that was cut cannot mean the same; a key is not shown. */
static void check_value(const struct socket_option *o, const char *value)
{
    char text[OPTION_TEXT_BYTES], again[OPTION_TEXT_BYTES];
    struct option_value v;
    struct err err = {0};
    int r = option_value_parse(o, value, &v, &err);

    if (r < 0) {
        require(err.code == r && err.reason[0]);
        require_printable(err.reason);
        return;
    }
    require(v.len <= OPTION_VALUE_BYTES && v.have == v.len);
    option_value_format(o, &v, text, sizeof(text));
    if (o->type == OPTION_MD5_KEY || o->type == OPTION_STRING ||
        strlen(text) + 1 == sizeof(text))
        return;
    require(option_value_parse(o, text, &v, &err) == 0);
    option_value_format(o, &v, again, sizeof(again));
    require(strcmp(text, again) == 0);
}

static void check_assignment(const char *text)
{
    const struct socket_option *o;
    const char *value;
    struct err err = {0};

    if (option_parse_assignment(text, &o, &value, &err) == 0)
        check_value(o, value);
    else
        require(err.code < 0 && err.reason[0]);
}

/* A pidfd would name a descriptor of the fuzzer's own. */
static void check_bytes(size_t number, const uint8_t *data, size_t size)
{
    const struct socket_option *o = option_at(number);
    char text[OPTION_TEXT_BYTES], line[CALL_TEXT_BYTES];
    struct call call = {.name = CALL_GETSOCKOPT, .length = size};
    struct option_value v = {.level = 0};

    if (!o)
        return;
    option_value_put(&v, data, size < OPTION_VALUE_BYTES ? size : OPTION_VALUE_BYTES);
    if (o->type != OPTION_PIDFD) {
        option_value_format(o, &v, text, sizeof(text));
        require_printable(text);
    }
    call.a = o->level;
    call.b = o->option;
    call.data_len = (uint8_t)(size < CALL_DATA_BYTES ? size : CALL_DATA_BYTES);
    memcpy(call.data, data, call.data_len);
    require(call_format(&call, line, sizeof(line)) < sizeof(line));
    require_printable(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text;

    if (size < 2)
        return 0;
    if (data[0] & 1) {
        check_bytes(data[1], data + 2, size - 2);
        return 0;
    }
    text = mem_copy(data + 1, size - 1);
    check_assignment(text);
    free(text);
    return 0;
}
