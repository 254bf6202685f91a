/* ui/cli/message.c - `sockeye message`: one framed request and its answer.
 *
 * The content is made from KEY=VALUE words, a JSON text, a file or plain bytes, the header around
 * it by the encoder; any field of it can be given by hand, also a wrong one.  The answer's content
 * goes to stdout; every word of ours to stderr. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/message/compose.h"
#include "core/message/content.h"
#include "ui/cli/cli.h"
#include "ui/cli/message_exchange.h"
#include "ui/cli/message_print.h"

#define READ_BYTES (64U << 10)

struct request {
    const struct subcommand *self;
    bool json, pretty;
    const char *file, *timeout;
    const char **fields; /* of the header */
    struct composition wanted;
    struct command connect;
};

/* Take every --header out of argv: cli_options() takes an option once. */
static int take_fields(struct request *q, int *argc, char **argv)
{
    static const char name[] = "--header";
    const size_t len = sizeof(name) - 1;
    int kept = 1, status = 0;
    size_t n = 0;

    q->wanted.fields = q->fields = mem_new((size_t)*argc, sizeof(*q->fields));
    for (int i = 1; i < *argc && status == 0; i++) {
        if (strcmp(argv[i], "--") == 0) {
            while (i < *argc)
                argv[kept++] = argv[i++];
        } else if (strncmp(argv[i], name, len) != 0 || (argv[i][len] && argv[i][len] != '=')) {
            argv[kept++] = argv[i];
        } else if (argv[i][len]) {
            q->fields[n++] = argv[i] + len + 1;
        } else if (++i < *argc) {
            q->fields[n++] = argv[i];
        } else {
            status = cli_usage_error(q->self, name, "needs a value");
        }
    }
    q->wanted.n_fields = n;
    *argc = kept;
    return status;
}

/* ENDPOINT or HOST PORT, then words with '='. */
static int take_words(struct request *q, int n, char **argv)
{
    char verb[] = "connect", timeout[64];
    char *words[4] = {verb, argv[1], NULL, NULL};
    size_t used = n ? 2 : 1;
    struct err err;
    int first = 2;

    if (n > 1 && !strchr(argv[2], '=')) {
        words[used++] = argv[2];
        first = 3;
    }
    if (q->timeout) {
        snprintf(timeout, sizeof(timeout), "--timeout=%s", q->timeout);
        words[used++] = timeout;
    }
    if (command_parse_words(used, words, &q->connect, &err) < 0)
        return cli_fail(q->self, EXIT_USAGE, &err);
    if (q->connect.endpoint.scheme == ENDPOINT_UDP ||
        q->connect.endpoint.scheme == ENDPOINT_UNIX_DGRAM)
        return cli_usage_error(q->self, argv[1],
                               "has datagrams: framed messages need a stream");
    q->wanted.words = (const char *const *)(argv + first);
    q->wanted.n_words = n + 1 > first ? (size_t)(n + 1 - first) : 0;
    return cli_check_proxy(q->self, &q->connect);
}

/* All of it, up to what a message may have. */
static int read_file(const char *path, struct json_writer *w, struct err *err)
{
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    char *bytes = mem_new(READ_BYTES, 1);
    int r = fd < 0 ? -errno : 0;

    while (r == 0) {
        ssize_t n = read(fd, bytes, READ_BYTES);

        if (n == 0)
            break;
        if (n > 0)
            json_write(w, bytes, (size_t)n);
        else if (errno != EINTR)
            r = -errno;
        if (w->len > MESSAGE_CONTENT_MAX)
            r = -EFBIG;
    }
    if (fd > STDIN_FILENO)
        close(fd);
    free(bytes);
    return r < 0 ? err_set(err, r, "read", path, "%s",
                           r == -EFBIG ? "it is longer than a message's content may be" : "")
                 : 0;
}

static int make_request(const struct request *q, uint8_t **ret_bytes, size_t *ret_len,
                        struct err *err)
{
    struct composition wanted = q->wanted;
    struct json_writer file = {0};
    int r = 0;

    if (q->file) {
        r = read_file(q->file, &file, err);
        wanted.content = file.bytes ? file.bytes : "";
        wanted.content_len = file.len;
    }
    if (r == 0)
        r = compose_message(&wanted, ret_bytes, ret_len, err);
    free(file.bytes);
    return r;
}

static int check_content(const struct message *m, struct err *err)
{
    struct message_fault fault;
    char *text = NULL;
    size_t len;
    int r = message_is_json(m) ? content_text(m, &message_limits, &text, &len, &fault) : 0;

    if (r < 0)
        *err = fault.err;
    free(text);
    return r;
}

/* r is what the exchange returned. */
static int show(const struct request *q, const struct exchange *x, int r, struct err *err)
{
    int status = EXIT_FAILED, put = 0;

    if (r == 0)
        r = check_content(x->response, err);
    if (r == -EINTR)
        return cli_fail(q->self, status, err); /* nothing is written any more */
    if (q->json)
        put = message_print_document(x, &q->connect.endpoint, err);
    else if (r == 0)
        put = message_print_content(x->signals, x->response, q->pretty);
    if (put < 0)
        return cli_put_status(q->self, put);
    if (r == 0)
        return EXIT_DONE;
    if (!x->response && cli_status_of(r) == EXIT_UNAVAILABLE)
        status = EXIT_UNAVAILABLE;
    return cli_fail(q->self, status, err);
}

/* A file that cannot be read has failed, words that make no content are wrong. */
static int refuse(const struct request *q, int r, const struct err *err)
{
    bool words = r == -EILSEQ || r == -EBADMSG || r == -E2BIG || r == -EINVAL || r == -EMSGSIZE;

    return cli_fail(q->self, words ? EXIT_USAGE : EXIT_FAILED, err);
}

static int send_request(struct request *q)
{
    struct exchange x = {0};
    struct err err = {0};
    uint8_t *bytes = NULL;
    int r = make_request(q, &bytes, &x.request_len, &err), status;

    if (r < 0)
        return refuse(q, r, &err);
    x.request = bytes;
    x.signals = cli_signals();
    r = exchange_run(&x, &q->connect, &err);
    status = show(q, &x, r, &err);
    message_free(x.response);
    decoder_done(&x.decoder);
    close(x.signals);
    free(bytes);
    return status;
}

/* What is wrong with the words is known before the file is read. */
static int check_request(const struct request *q)
{
    struct composition wanted = q->wanted;
    struct err err;

    wanted.content = q->file;
    return compose_check(&wanted, &err) < 0 ? cli_usage_error(q->self, err.input, err.reason)
                                            : 0;
}

static int message_run(const struct subcommand *self, const struct probes *probes, int argc,
                       char **argv)
{
    struct request q = {.self = self};
    const struct cli_option options[] = {
        {"--json", &q.json, NULL},       {"--binary", &q.wanted.binary, NULL},
        {"--pretty", &q.pretty, NULL},   {"--raw-json", NULL, &q.wanted.raw_json},
        {"--file", NULL, &q.file},       {"--encoding", NULL, &q.wanted.encoding},
        {"--timeout", NULL, &q.timeout}, {NULL, NULL, NULL}};
    int status = take_fields(&q, &argc, argv), n;

    (void)probes;
    if (status == 0) {
        n = cli_options(self, options, argc, argv, &status);
        if (n >= 0)
            status = take_words(&q, n, argv);
        if (n >= 0 && status == 0)
            status = check_request(&q);
        if (n >= 0 && status == 0)
            status = send_request(&q);
    }
    free(q.fields);
    return status;
}

const struct subcommand message_subcommand = {
    .name = "message",
    .arguments =
        "ENDPOINT [KEY=VALUE...] [--binary | --raw-json TEXT | --file PATH]\n"
        "                       [--encoding NAME] [--header KEY=VALUE]... [--timeout SECONDS]\n"
        "                       [--pretty | --json]",
    .summary = "One framed request and its answer.",
    .help = "  ENDPOINT            tcp://HOST:PORT, HOST:PORT or HOST PORT; IPv6 as [::1]:80\n"
            "  KEY=VALUE           a member of the JSON that is sent; the value is a string\n"
            "  KEY:=JSON           the same with any JSON as its value\n"
            "  --binary            the content is the values alone, one behind the other, as "
            "bytes\n"
            "  --raw-json TEXT     the content is TEXT as it stands, right or wrong\n"
            "  --file PATH         the content is that of a file, '-' for stdin, as it stands; "
            "JSON\n"
            "                      unless --binary says otherwise\n"
            "  --encoding NAME     of the text, utf-8 unless given: latin-1, utf-16, ...\n"
            "  --header KEY=VALUE  a field of the header by hand, also a wrong one; a number, "
            "true,\n"
            "                      false, null or a \"quoted\" string is taken as JSON, "
            "anything else\n"
            "                      as a string; --header KEY leaves the field out\n"
            "  --timeout SECONDS   how long connecting and waiting may take, default 30\n"
            "  --pretty            the answer's JSON on several lines\n"
            "  --json              one document: both messages with their parts, offsets and "
            "bytes\n"
            "\nPrints the content of the answer: JSON as one line of UTF-8, anything else "
            "unchanged, or\n"
            "as a hex dump to a terminal.  Ends with 1 when no proper answer comes, and tells "
            "which\n"
            "byte of it is wrong.\n",
    .run = message_run,
};
