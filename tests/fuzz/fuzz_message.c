/* Whatever bytes come, however they are cut: the messages, the faults and their bytes are the
 * same, memory stays below what has come, and each message can be shown and answered.
 *
 * The first byte of an input is how it is used: bit 0 puts the true length before a header that
 * ends in 0xff, so that mutations of the header get past its length; bit 1 sets low limits; the
 * rest, with the second byte, seeds the cuts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/message/answer.h"
#include "core/message/content.h"
#include "core/message/decoder.h"
#include "core/message/describe.h"

#define PREFIX_BYTES 2
#define BUFFERS_BYTES 4096 /* beside the bytes: the decoder, the message, its strings */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Of the sanitizers' runtime, where there is one. */
__attribute__((weak)) size_t __sanitizer_get_current_allocated_bytes(void);

/* What a stream came to; compared as bytes. */
struct outcome {
    size_t n_messages, at;
    uint64_t hash;
    int code;
    char reason[ERR_TEXT_BYTES], hint[ERR_TEXT_BYTES];
};

static const struct message_limits low = {
    .header_max = 300, .content_max = 100, .nesting_max = 3};
static cJSON *dictionary;

static uint64_t mix(uint64_t hash, const void *bytes, size_t len)
{
    const uint8_t *b = bytes;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ b[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static void must(bool condition)
{
    if (!condition)
        abort();
}

static void check_answer(const struct message *request, const struct message_limits *limits)
{
    struct message *answer = NULL;
    struct message_fault fault;
    struct decoder d;
    uint8_t *bytes;
    size_t len, used;

    answer_make(request, dictionary, limits, &bytes, &len);
    decoder_init(&d, NULL);
    must(decoder_feed(&d, bytes, len, &used, &answer, &fault) == 1 && used == len);
    must(message_is_json(answer) == message_is_json(request));
    if (message_is_json(answer)) {
        char *text;
        size_t text_len;

        must(content_text(answer, &message_limits, &text, &text_len, &fault) == 0);
        free(text);
    }
    message_free(answer);
    decoder_done(&d);
    free(bytes);
}

static void check_lines(const struct message *m, const struct message_limits *limits)
{
    static struct describe_line lines[DESCRIBE_LINES_MAX];
    size_t n = describe_message(m, limits, lines);

    must(n >= 3 && n <= DESCRIBE_LINES_MAX);
    for (size_t i = 0; i < n; i++)
        must(lines[i].part.at <= m->len && lines[i].part.len <= m->len - lines[i].part.at);
}

/* Written anew in any style, JSON stays the same JSON. */
static void check_content(const struct message *m, const struct message_limits *limits)
{
    struct json_writer again = {0};
    struct message_fault fault = {0};
    struct json_reader reader;
    char *text, *pretty;
    size_t len, pretty_len;

    if (!message_is_json(m))
        return;
    if (content_json(m, limits, JSON_COMPACT, true, &text, &len, &fault) < 0) {
        must(fault.err.code < 0 && fault.at <= m->len);
        return;
    }
    must(content_json(m, limits, JSON_PRETTY, false, &pretty, &pretty_len, &fault) == 0);
    json_reader_init(&reader, pretty, pretty_len, limits->nesting_max);
    must(json_rewrite(&again, &reader, JSON_COMPACT, true) == 0);
    must(again.len == len && memcmp(again.bytes, text, len) == 0);
    free(again.bytes);
    free(pretty);
    free(text);
}

static void look_at(struct message *m, const struct message_limits *limits, bool closely,
                    struct outcome *o)
{
    o->n_messages++;
    o->hash = mix(o->hash, m->bytes, m->len);
    o->hash = mix(o->hash, &m->stream_at, sizeof(m->stream_at));
    must(m->len == m->content.at + m->content.len && m->content.len == m->content_length);
    must(m->content_length <= limits->content_max && m->header.len <= limits->header_max);
    if (closely) {
        check_lines(m, limits);
        check_content(m, limits);
        check_answer(m, limits);
    }
    message_free(m);
}

static size_t allocated(void)
{
    return __sanitizer_get_current_allocated_bytes ? __sanitizer_get_current_allocated_bytes()
                                                   : 0;
}

/* Feed a piece; returns false after a fault. */
static bool feed(struct decoder *d, const uint8_t *bytes, size_t len, bool closely,
                 struct outcome *o)
{
    struct message_fault fault = {0};
    int r = 1;

    while (r == 1) {
        struct message *m = NULL;
        size_t used, before = allocated();

        r = decoder_feed(d, bytes, len, &used, &m, &fault);
        must(used <= len && (r != 0 || used == len));
        must(allocated() <= before + 2 * used + BUFFERS_BYTES + (m ? 3 * m->header.len : 0));
        must(d->room <= DECODER_FIRST_BYTES || d->room <= 2 * d->message->len);
        bytes += used;
        len -= used;
        if (r == 1)
            look_at(m, &d->limits, closely, o);
    }
    if (r < 0) {
        o->code = fault.err.code;
        o->at = fault.at;
        memcpy(o->reason, fault.err.reason, sizeof(o->reason));
        memcpy(o->hint, fault.err.hint, sizeof(o->hint));
    }
    return r == 0;
}

/* seed 0: in one piece. */
static void decode(const uint8_t *bytes, size_t len, const struct message_limits *limits,
                   uint32_t seed, struct outcome *o)
{
    struct message_fault fault = {0};
    struct decoder d;
    bool good = true;

    memset(o, 0, sizeof(*o));
    decoder_init(&d, limits);
    for (size_t at = 0; at < len && good;) {
        size_t n = len - at;

        if (seed) {
            size_t piece;

            seed = seed * 1664525 + 1013904223;
            piece = 1 + (seed >> 24) % (seed >> 16 & 1 ? 7 : 61);
            n = piece < n ? piece : n;
        }
        good = feed(&d, bytes + at, n, !seed, o);
        at += n;
    }
    if (good && decoder_finish(&d, &fault) < 0) {
        o->code = fault.err.code;
        o->at = fault.at;
        memcpy(o->reason, fault.err.reason, sizeof(o->reason));
    }
    decoder_done(&d);
}

/* The input's stream, the length of the header set right where the input wants it. */
static uint8_t *stream_of(const uint8_t *data, size_t size, size_t *ret_len)
{
    uint8_t *stream = mem_new(size + PREFIX_BYTES, 1);
    const uint8_t *end = memchr(data + PREFIX_BYTES, 0xff, size - PREFIX_BYTES);
    size_t header = end ? (size_t)(end - data) - PREFIX_BYTES : 0;

    *ret_len = size - PREFIX_BYTES;
    memcpy(stream, data + PREFIX_BYTES, *ret_len);
    if (!(data[0] & 1) || !end || header > MESSAGE_HEADER_MAX)
        return stream;
    stream[0] = (uint8_t)(header >> 8);
    stream[1] = (uint8_t)(header & 0xff);
    memcpy(stream + 2, data + PREFIX_BYTES, header);
    memcpy(stream + 2 + header, end + 1, size - PREFIX_BYTES - header - 1);
    *ret_len = size - PREFIX_BYTES + 1;
    return stream;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole, cut;
    uint8_t *stream;
    size_t len;

    if (!dictionary)
        dictionary =
            cJSON_Parse("{\"morpheus\": \"Follow the white rabbit. \xf0\x9f\x90\xb0\"}");
    if (size < PREFIX_BYTES)
        return 0;
    stream = stream_of(data, size, &len);
    decode(stream, len, data[0] & 2 ? &low : &message_limits, 0, &whole);
    decode(stream, len, data[0] & 2 ? &low : &message_limits,
           1 + ((uint32_t)data[0] << 8 | data[1]), &cut);
    must(memcmp(&whole, &cut, sizeof(whole)) == 0);
    free(stream);
    return 0;
}
