#include "ui/cli/message_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/message/content.h"
#include "core/message/header.h"
#include "core/wire/cursor.h"
#include "core/wire/hexdump.h"
#include "ui/cli/cli.h"

static int print_json(int signals, const struct message *m, bool pretty)
{
    char *text;
    size_t len;
    int r = content_json(m, &message_limits, pretty ? JSON_PRETTY : JSON_COMPACT,
                         isatty(STDOUT_FILENO), &text, &len, NULL);

    if (r < 0)
        return r;
    text[len] = '\n'; /* where its NUL stood */
    r = cli_put(signals, text, len + 1);
    free(text);
    return r;
}

static int print_hex(int signals, const uint8_t *bytes, size_t len)
{
    const struct hexdump dump = {.len = len, .width = 16};
    char line[HEXDUMP_LINE_BYTES];
    int r = 0;

    for (size_t row = 0; row < hexdump_rows(&dump) && r == 0; row++) {
        hexdump_line(&dump, bytes, row, line);
        r = cli_put_line(signals, line);
    }
    return r;
}

int message_print_content(int signals, const struct message *m, bool pretty)
{
    const uint8_t *content = m->bytes + m->content.at;

    if (message_is_json(m))
        return print_json(signals, m, pretty);
    if (isatty(STDOUT_FILENO))
        return print_hex(signals, content, m->content.len);
    return cli_put(signals, (const char *)content, m->content.len);
}

/* {"at":0,"bytes":2,"hex":"0068"} */
static cJSON *part_json(const uint8_t *bytes, struct message_part part)
{
    static const char digits[] = "0123456789abcdef";
    char *hex = mem_new(2 * part.len + 1, 1);
    cJSON *o = cJSON_CreateObject();

    for (size_t i = 0; i < part.len; i++) {
        hex[2 * i] = digits[bytes[part.at + i] >> 4];
        hex[2 * i + 1] = digits[bytes[part.at + i] & 15];
    }
    cJSON_AddNumberToObject(o, "at", (double)part.at);
    cJSON_AddNumberToObject(o, "bytes", (double)part.len);
    cJSON_AddStringToObject(o, "hex", hex);
    free(hex);
    return o;
}

static void add_text(cJSON *o, const uint8_t *bytes, struct message_part part)
{
    char *text = mem_new(4 * part.len + 1, 1);

    text_clean(bytes + part.at, part.len, text, 4 * part.len + 1);
    cJSON_AddStringToObject(o, "text", text);
    free(text);
}

/* The header's own JSON, where it is JSON; numbers keep their digits. */
static void add_header_json(cJSON *o, const uint8_t *bytes, struct message_part header)
{
    struct json_writer w = {0};
    struct json_reader reader;

    json_reader_init(&reader, (const char *)bytes + header.at, header.len, JSON_NESTING_LIMIT);
    if (json_rewrite(&w, &reader, JSON_COMPACT, true) == 0) {
        json_write(&w, "", 1);
        cJSON_AddRawToObject(o, "json", w.bytes);
    }
    free(w.bytes);
}

/* m is NULL for a request whose header does not tell the truth. */
static cJSON *message_json(const uint8_t *bytes, size_t len, const struct message *m)
{
    struct cursor c = cursor_over(bytes, len);
    struct message_part header = {MESSAGE_LENGTH_BYTES, cursor_be16(&c)};
    struct message_part content = {header.at + header.len, len - header.at - header.len};
    cJSON *o = cJSON_CreateObject(), *part;
    struct message_fault fault;
    char *text, why[ERR_TEXT_BYTES * 4];
    size_t text_len;

    part = part_json(bytes, (struct message_part){0, MESSAGE_LENGTH_BYTES});
    cJSON_AddNumberToObject(part, "value", (double)header.len);
    cJSON_AddItemToObject(o, "length", part);
    part = part_json(bytes, header);
    add_header_json(part, bytes, header);
    cJSON_AddItemToObject(o, "header", part);
    part = part_json(bytes, content);
    if (!m || !message_is_json(m)) {
        add_text(part, bytes, content);
    } else if (content_json(m, &message_limits, JSON_COMPACT, true, &text, &text_len, &fault) ==
               0) {
        cJSON_AddRawToObject(part, "json", text);
        free(text);
    } else {
        add_text(part, bytes, content);
        err_format(&fault.err, why, sizeof(why));
        cJSON_AddStringToObject(part, "error", why);
    }
    cJSON_AddItemToObject(o, "content", part);
    return o;
}

static cJSON *request_json(const struct exchange *x)
{
    struct message *m = NULL;
    struct decoder d;
    size_t used;
    cJSON *o;

    decoder_init(&d, NULL);
    /* Written wrong on purpose, it need not decode. */
    if (decoder_feed(&d, x->request, x->request_len, &used, &m, NULL) == 1 &&
        used < x->request_len) {
        message_free(m);
        m = NULL;
    }
    o = message_json(x->request, x->request_len, m);
    message_free(m);
    decoder_done(&d);
    return o;
}

static void add_error(cJSON *o, const struct exchange *x, const struct err *failure)
{
    const struct message *came = x->decoder.message;
    char line[ERR_TEXT_BYTES * 4];
    cJSON *error;

    if (!failure->code) {
        cJSON_AddNullToObject(o, "error");
        return;
    }
    err_format(failure, line, sizeof(line));
    error = cJSON_AddObjectToObject(o, "error");
    cJSON_AddStringToObject(error, "name",
                            failure->symbol[0] ? failure->symbol : err_name(failure->code));
    cJSON_AddStringToObject(error, "text", line);
    if (came && came->len) {
        cJSON *part = part_json(came->bytes, (struct message_part){0, came->len});

        add_text(part, came->bytes, (struct message_part){0, came->len});
        cJSON_AddItemToObject(error, "received", part);
    }
}

static void add_address(cJSON *o, const char *name, const struct addr *a)
{
    char text[ADDR_TEXT_BYTES];

    if (a->family)
        cJSON_AddStringToObject(o, name, addr_format(a, text));
    else
        cJSON_AddNullToObject(o, name);
}

int message_print_document(const struct exchange *x, const struct endpoint *endpoint,
                           const struct err *failure)
{
    char text[ENDPOINT_TEXT_BYTES];
    cJSON *o = cJSON_CreateObject();

    cJSON_AddStringToObject(o, "endpoint", endpoint_format(endpoint, text));
    add_address(o, "local", &x->local);
    add_address(o, "peer", &x->peer);
    cJSON_AddNumberToObject(o, "elapsed_ms", (double)x->elapsed_ns / (double)CLOCK_MS_NS);
    cJSON_AddItemToObject(o, "request", request_json(x));
    cJSON_AddItemToObject(o, "response",
                          x->response
                              ? message_json(x->response->bytes, x->response->len, x->response)
                              : cJSON_CreateNull());
    add_error(o, x, failure);
    return cli_put_json(x->signals, o);
}
