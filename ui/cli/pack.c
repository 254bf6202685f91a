/* ui/cli/pack.c - `sockeye pack`: values to bytes, by a format of Python's struct. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/hex.h"
#include "core/base/mem.h"
#include "core/report/pack.h"
#include "core/wire/pack.h"
#include "core/wire/pack_text.h"
#include "ui/cli/cli.h"

/* Every value into bytes; 0 or negative errno. */
static int put_all(const struct pack_format *f, char **words, uint8_t *bytes, struct err *err)
{
    struct pack_walk walk = {0};
    struct pack_slot slot;
    struct pack_value value;
    int r = 0;

    while (r == 0 && pack_next(f, &walk, &slot)) {
        r = pack_text_read(&slot, words[slot.number - 1], &value, err);
        if (r == 0)
            r = pack_put(&slot, &value, bytes, err);
    }
    return r;
}

static int put_hex(const uint8_t *bytes, size_t len)
{
    char *hex = mem_new(2 * len + 1, 1);
    int r = cli_put_line(-1, hex_write(bytes, len, hex));

    free(hex);
    return r;
}

static int pack_run(const struct subcommand *self, const struct probes *probes, int argc,
                    char **argv)
{
    bool json = false, raw = false;
    const struct cli_option options[] = {
        {"--json", &json, NULL}, {"--raw", &raw, NULL}, {NULL, NULL, NULL}};
    struct pack_format f;
    struct err err = {0};
    uint8_t *bytes;
    int status = 0, r, n;

    (void)probes;
    n = cli_options(self, options, argc, argv, &status);
    if (n < 0)
        return status;
    if (n == 0)
        return cli_usage_error(self, "FORMAT", "is missing");
    if (json && raw)
        return cli_usage_error(self, "--raw", "does not go together with --json");
    if (pack_format_parse(argv[1], &f, &err) < 0)
        return cli_fail(self, EXIT_USAGE, &err);
    if (f.n_values != (size_t)n - 1) {
        err_set(&err, -EINVAL, "pack", argv[1], "takes %zu values, %d are given", f.n_values,
                n - 1);
        pack_format_done(&f);
        return cli_fail(self, EXIT_USAGE, &err);
    }
    bytes = mem_new(f.n_bytes + 1, 1);
    if (put_all(&f, argv + 2, bytes, &err) < 0) {
        status = cli_fail(self, EXIT_USAGE, &err);
    } else {
        r = json  ? cli_put_json(-1, pack_json(argv[1], &f, bytes))
            : raw ? cli_put(-1, (const char *)bytes, f.n_bytes)
                  : put_hex(bytes, f.n_bytes);
        status = cli_put_status(self, r);
    }
    free(bytes);
    pack_format_done(&f);
    return status;
}

const struct subcommand pack_subcommand = {
    .name = "pack",
    .arguments = "[--raw] [--json] [--] FORMAT [VALUE...]",
    .summary = "Values to bytes, by a format of Python's struct.",
    .help =
        "Prints the bytes as one line of hex digits.\n\n"
        "  --raw         the bytes themselves, and nothing else\n"
        "  --json        one document: format, size, bytes, and each value with its offset\n"
        "\nFORMAT is an order character and codes, each with a count in front if wanted:\n"
        "  @             order, sizes and alignment of this machine (also without any)\n"
        "  =  <  > or !  order of this machine, little endian, big endian; standard sizes\n"
        "  x             a zero byte, takes no value; blanks between codes mean nothing\n"
        "  b B h H i I l L q Q    integers of 1, 2, 4, 4, 8 bytes; capitals are unsigned\n"
        "  n N P         ssize_t, size_t, pointer; only with @\n"
        "  e f d         floats of 2, 4, 8 bytes; ? true or false\n"
        "  c s p         a byte, text of COUNT bytes, the same behind a length byte\n"
        "\nVALUE is 258, -1, 0x1f, 0b101 or 0o17; 1.5, inf or nan; true, false, 1 or 0; text "
        "with\n"
        "\\r \\n \\t \\0 \\\\ \\xNN, or 0x and hex digits (text that begins so is written "
        "\\x30x).\n"
        "Another word than a number that begins with - needs -- in front of FORMAT.\n"
        "\nsockeye pack '!HH4s' 1 0x2a 'a\\r\\n'\n",
    .run = pack_run,
};
