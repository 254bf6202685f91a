/* ui/cli/unpack.c - `sockeye unpack`: bytes to values, by a format of Python's struct. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/hex.h"
#include "core/base/mem.h"
#include "core/report/pack.h"
#include "core/wire/pack.h"
#include "core/wire/pack_text.h"
#include "ui/cli/cli.h"

/* Hex of the longest format, each digit pair with a 0x and a comma and a blank beside it. */
#define INPUT_MAX_BYTES (6 * (size_t)PACK_BYTES_MAX)

/* The bytes that are to be unpacked; owned. */
struct input {
    uint8_t *bytes;
    size_t len;
};

/* All of stdin; 0 or negative errno. */
static int read_stdin(struct input *ret, struct err *err)
{
    size_t room = 4096, used = 0;
    uint8_t *bytes = mem_new(room, 1);
    ssize_t n;

    while ((n = read(STDIN_FILENO, bytes + used, room - used)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || used + (size_t)n > INPUT_MAX_BYTES) {
            int code = n < 0 ? -errno : -EFBIG;

            free(bytes);
            return n < 0 ? err_set(err, code, "read", "stdin", "%s", "")
                         : err_set(err, code, "read", "stdin", "more than %zu bytes",
                                   INPUT_MAX_BYTES);
        }
        used += (size_t)n;
        if (used == room)
            bytes = mem_resize(bytes, room *= 2, 1);
    }
    *ret = (struct input){bytes, used};
    return 0;
}

/* Hex text becomes the bytes it stands for. */
static int decode_hex(const char *text, size_t len, struct input *ret, struct err *err)
{
    uint8_t *bytes = mem_new(len + 1, 1);
    int r = hex_read(text, len, bytes, len, &ret->len, err);

    if (r < 0)
        free(bytes);
    else
        ret->bytes = bytes;
    return r;
}

/* The words of the command line are one hex text. */
static int read_words(char **words, int n, struct input *ret, struct err *err)
{
    size_t len = 0, used = 0;
    char *text;
    int r;

    for (int i = 0; i < n; i++)
        len += strlen(words[i]) + 1;
    text = mem_new(len + 1, 1);
    for (int i = 0; i < n; i++) {
        used += (size_t)snprintf(text + used, len + 1 - used, "%s%s", i ? " " : "", words[i]);
    }
    r = decode_hex(text, used, ret, err);
    free(text);
    return r;
}

static int read_input(char **words, int n, bool hex, struct input *ret, struct err *err)
{
    struct input raw = {0};
    int r;

    if (n)
        return read_words(words, n, ret, err);
    r = read_stdin(hex ? &raw : ret, err);
    if (r < 0 || !hex)
        return r;
    r = decode_hex((const char *)raw.bytes, raw.len, ret, err);
    free(raw.bytes);
    return r;
}

/* One value a line. */
static int put_lines(const struct pack_format *f, const uint8_t *bytes)
{
    struct pack_walk walk = {0};
    struct pack_slot slot;
    char *text = NULL, *one = mem_new(PACK_TEXT_BYTES(f->n_bytes), 1);
    size_t len = 0;
    FILE *lines = mem_stream(&text, &len);
    int r;

    while (pack_next(f, &walk, &slot)) {
        struct pack_value v = pack_get(&slot, bytes);

        fprintf(lines, "%s\n", pack_text_write(&v, one));
    }
    free(one);
    mem_stream_end(lines, &text);
    r = cli_put(-1, text, len);
    free(text);
    return r;
}

static int unpack(const struct subcommand *self, const char *text, const struct pack_format *f,
                  const struct input *in, bool json)
{
    struct err err = {0};

    if (in->len != f->n_bytes) {
        err_set(&err, -EINVAL, "unpack", text, "requires a buffer of %zu bytes, %zu are given",
                f->n_bytes, in->len);
        return cli_fail(self, EXIT_FAILED, &err);
    }
    return cli_put_status(self, json ? cli_put_json(-1, pack_json(text, f, in->bytes))
                                     : put_lines(f, in->bytes));
}

static int unpack_run(const struct subcommand *self, const struct probes *probes, int argc,
                      char **argv)
{
    bool json = false, hex = false;
    const struct cli_option options[] = {
        {"--json", &json, NULL}, {"--hex", &hex, NULL}, {NULL, NULL, NULL}};
    struct input in = {0};
    struct pack_format f;
    struct err err = {0};
    int status = 0, n, r;

    (void)probes;
    n = cli_options(self, options, argc, argv, &status);
    if (n < 0)
        return status;
    if (n == 0)
        return cli_usage_error(self, "FORMAT", "is missing");
    if (pack_format_parse(argv[1], &f, &err) < 0)
        return cli_fail(self, EXIT_USAGE, &err);
    r = read_input(argv + 2, n - 1, hex, &in, &err);
    status = r < 0 ? cli_fail(self, r == -EINVAL ? EXIT_USAGE : EXIT_FAILED, &err)
                   : unpack(self, argv[1], &f, &in, json);
    free(in.bytes);
    pack_format_done(&f);
    return status;
}

const struct subcommand unpack_subcommand = {
    .name = "unpack",
    .arguments = "[--hex] [--json] FORMAT [HEX...]",
    .summary = "Bytes to values, by a format of Python's struct.",
    .help =
        "Prints one value a line, as pack takes them.\n\n"
        "  --hex         stdin is hex, too\n"
        "  --json        one document: format, size, bytes, and each value with its offset\n"
        "\nFORMAT is that of sockeye pack.  HEX is sloppy: 48656c, 48 65 6c, 0x48,0x65,\n"
        "\\x48\\x65 and 48:65 are all the same.  Without it the bytes come from stdin.\n"
        "Ends with 1 when their number is not what the format needs.\n"
        "\nsockeye unpack '!HH4s' 0001 002a 610d0a00\n",
    .run = unpack_run,
};
