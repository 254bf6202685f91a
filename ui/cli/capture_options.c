/* The options of `sockeye capture`.  Its letters are tcpdump's: they may be joined, count when
 * they are repeated, and take their value in the same word or in the next (-nnr FILE, -s0). */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/report/stream.h"
#include "ui/cli/capture.h"

#define MILLION 1000000

struct letters {
    unsigned n, x, X, A, e, t, v, q, number, ignored;
    const char *read, *write, *count, *snaplen, *size, *files, *display;
    const char *interfaces[CAPTURE_INTERFACES + 1];
    size_t n_interfaces;
    bool stream;
    const char *conversation;
};

/* A letter that counts, or one that takes a value. */
struct letter {
    char letter;
    unsigned *count;
    const char **value;
};

#define LETTERS 22

static void name_letters(struct letters *l, struct letter ret[LETTERS])
{
    const struct letter all[LETTERS] = {
        {'n', &l->n, NULL},       {'x', &l->x, NULL},     {'X', &l->X, NULL},
        {'A', &l->A, NULL},       {'e', &l->e, NULL},     {'t', &l->t, NULL},
        {'v', &l->v, NULL},       {'q', &l->q, NULL},     {'#', &l->number, NULL},
        {'p', &l->ignored, NULL}, /* not promiscuous, as always */
        {'S', &l->ignored, NULL}, /* sequence numbers are those of the header, as always */
        {'l', &l->ignored, NULL}, /* lines are written as they come */
        {'U', &l->ignored, NULL}, /* and so are packets */
        {'r', NULL, &l->read},    {'w', NULL, &l->write}, {'c', NULL, &l->count},
        {'s', NULL, &l->snaplen}, {'C', NULL, &l->size},  {'W', NULL, &l->files},
        {'Y', NULL, &l->display}, {'i', NULL, NULL},      {0, NULL, NULL},
    };

    memcpy(ret, all, sizeof(all));
}

static const struct letter *find_letter(const struct letter *all, char c)
{
    for (; all->letter; all++)
        if (all->letter == c)
            return all;
    return NULL;
}

/* "-nnr" and "FILE", "-s0": returns how many words it took, 0 when one of the letters is none of
 * ours, -1 when the value is missing. */
static int take_letters(struct letters *l, const struct letter *all, int left, char **words)
{
    for (const char *c = words[0] + 1; *c; c++)
        if (!find_letter(all, *c))
            return 0;
        else if (!find_letter(all, *c)->count)
            break;
    for (const char *c = words[0] + 1; *c; c++) {
        const struct letter *letter = find_letter(all, *c);
        const char *value;

        assert(letter); /* up to the one that takes a value they were looked at */
        if (letter->count) {
            ++*letter->count;
            continue;
        }
        if (!c[1] && left < 2)
            return -1;
        value = c[1] ? c + 1 : words[1];
        if (letter->value)
            *letter->value = value;
        else if (l->n_interfaces <= CAPTURE_INTERFACES)
            l->interfaces[l->n_interfaces++] = value;
        return c[1] ? 1 : 2;
    }
    return 1;
}

/* Whether a word is an option that takes the next word, which may look like letters. */
static bool takes_next(const struct cli_option *options, const char *word)
{
    for (; options->name; options++)
        if (strcmp(options->name, word) == 0)
            return options->value != NULL;
    return false;
}

static bool is_number(const char *word)
{
    return *word && strspn(word, "0123456789") == strlen(word);
}

/* "--stream", "--stream 3", "--stream=3": as take_letters(). */
static int take_stream(struct letters *l, int left, char **words)
{
    static const char name[] = "--stream";
    size_t len = sizeof(name) - 1;

    if (strncmp(words[0], name, len) != 0 || (words[0][len] && words[0][len] != '='))
        return 0;
    l->stream = true;
    if (words[0][len]) {
        l->conversation = words[0] + len + 1;
        return 1;
    }
    if (left < 2 || !is_number(words[1]))
        return 1;
    l->conversation = words[1];
    return 2;
}

/* Take the letters out of argv; the rest is for cli_options().  Returns the new argc, or -1 with
 * *ret_status set. */
static int read_letters(const struct subcommand *self, struct letters *l,
                        const struct cli_option *options, int argc, char **argv,
                        int *ret_status)
{
    struct letter all[LETTERS];
    bool words_only = false;
    int kept = 1;

    name_letters(l, all);
    for (int i = 1; i < argc;) {
        const char *word = argv[i];
        int taken = 0;

        words_only = words_only || strcmp(word, "--") == 0;
        if (!words_only && word[0] == '-' && word[1])
            taken = word[1] == '-' ? take_stream(l, argc - i, argv + i)
                                   : take_letters(l, all, argc - i, argv + i);
        if (taken < 0) {
            *ret_status = cli_usage_error(self, word, "needs a value");
            return -1;
        }
        if (taken == 0) {
            argv[kept++] = argv[i++];
            if (!words_only && takes_next(options, word) && i < argc)
                argv[kept++] = argv[i++];
        }
        i += taken;
    }
    return kept;
}

/* ---- what they mean --------------------------------------------------------------------- */

/* A whole number from low on; false, and said, when it is none. */
static bool read_count(const struct subcommand *self, const char *text, uint64_t low,
                       uint64_t high, const char *what, uint64_t *ret, int *ret_status)
{
    uint64_t n;
    char *end;

    if (!text)
        return true;
    errno = 0;
    n = strtoull(text, &end, 10);
    if (!is_number(text) || errno || n < low || n > high) {
        *ret_status = cli_usage_error(self, text, what);
        return false;
    }
    *ret = n;
    return true;
}

/* "10": millions of bytes; "64k", "1M", "1G": thousands, millions, thousands of millions. */
static bool read_size(const struct subcommand *self, const char *text, uint64_t *ret,
                      int *ret_status)
{
    static const char units[] = "kmg";
    uint64_t unit = MILLION, n;
    const char *found;
    char *end;

    if (!text)
        return true;
    errno = 0;
    n = isdigit((unsigned char)*text) ? strtoull(text, &end, 10) : 0;
    found = n && *end ? strchr(units, tolower((unsigned char)*end)) : NULL;
    if (found)
        unit = found == units ? 1000 : found == units + 1 ? MILLION : 1000 * MILLION;
    if (!n || errno || (found ? end[1] : *end) || n > UINT64_MAX / unit) {
        *ret_status = cli_usage_error(
            self, text, "is no size of a file: millions of bytes, or 64k, 10M, 1G");
        return false;
    }
    *ret = n * unit;
    return true;
}

static bool read_interfaces(const struct subcommand *self, const struct letters *l,
                            struct capture_options *ret, int *ret_status)
{
    if (l->n_interfaces > CAPTURE_INTERFACES) {
        *ret_status = cli_usage_error(self, l->interfaces[CAPTURE_INTERFACES],
                                      "is one interface too many: eight fit");
        return false;
    }
    if (l->n_interfaces && l->read) {
        *ret_status = cli_usage_error(self, l->interfaces[0],
                                      "is an interface, but -r reads a file instead");
        return false;
    }
    memcpy(ret->interfaces, l->interfaces, sizeof(ret->interfaces));
    ret->n_interfaces = l->n_interfaces;
    return true;
}

static bool read_numbers(const struct subcommand *self, const struct letters *l,
                         struct capture_options *ret, int *ret_status)
{
    uint64_t snaplen = 0, files = 0, stream = 0;

    ret->count = UINT64_MAX;
    if (!read_count(self, l->count, 1, UINT64_MAX - 1, "is no number of packets", &ret->count,
                    ret_status) ||
        !read_count(self, l->snaplen, 0, INT32_MAX, "is no number of bytes", &snaplen,
                    ret_status) ||
        !read_count(self, l->files, 1, 1000000, "is no number of files", &files, ret_status) ||
        !read_count(self, l->conversation, 0, UINT32_MAX - 1, "is no number of a conversation",
                    &stream, ret_status) ||
        !read_size(self, l->size, &ret->rotate_bytes, ret_status))
        return false;
    if (l->files && !l->size) {
        *ret_status = cli_usage_error(self, l->files, "files are kept of which size? -C says");
        return false;
    }
    if (l->size && !l->write) {
        *ret_status = cli_usage_error(self, l->size, "is a size, but of no file: -w names it");
        return false;
    }
    ret->snaplen = (uint32_t)snaplen;
    ret->rotate_files = (unsigned)files;
    ret->stream = l->stream;
    ret->has_stream = l->conversation != NULL;
    ret->stream_number = (uint32_t)stream;
    return true;
}

/* The filter is what is left, as tcpdump takes it. */
static bool read_filter(const struct subcommand *self, int words, char **argv,
                        struct capture_options *ret, int *ret_status)
{
    size_t used = 0;

    ret->filter[0] = '\0';
    for (int i = 1; i <= words && used < sizeof(ret->filter); i++)
        used += (size_t)snprintf(ret->filter + used, sizeof(ret->filter) - used, "%s%s",
                                 i > 1 ? " " : "", argv[i]);
    if (used < sizeof(ret->filter))
        return true;
    *ret_status = cli_usage_error(self, argv[1], "begins a filter that is too long");
    return false;
}

static bool read_display(const struct subcommand *self, const char *text,
                         struct capture_options *ret, int *ret_status)
{
    struct err err = {0};

    if (!text || packet_filter_parse(text, &ret->display, &err) == 0)
        return true;
    *ret_status = cli_fail(self, EXIT_USAGE, &err);
    return false;
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), n = strlen(end);

    return len >= n && strcasecmp(text + len - n, end) == 0;
}

static bool read_format(const struct subcommand *self, const char *format,
                        struct capture_options *ret, int *ret_status)
{
    ret->format = ret->write_path && ends_with(ret->write_path, ".pcapng") ? CAPTURE_PCAPNG
                                                                           : CAPTURE_PCAP;
    if (!format)
        return true;
    if (strcmp(format, "pcap") == 0)
        ret->format = CAPTURE_PCAP;
    else if (strcmp(format, "pcapng") == 0)
        ret->format = CAPTURE_PCAPNG;
    else
        *ret_status = cli_usage_error(self, format, "is no format: pcap or pcapng");
    return *ret_status == EXIT_DONE;
}

/* Which of the forms of streams and ladders it is; both have text and json. */
static bool read_form(const struct subcommand *self, struct capture_options *ret,
                      int *ret_status)
{
    enum stream_form form;
    bool fits;

    if (!ret->form && ret->json)
        ret->form = "json";
    if (!ret->form && (ret->hex || ret->both))
        ret->form = ret->stream ? "hex" : NULL;
    if (!ret->form)
        return true;
    fits = ret->stream   ? stream_form_by_name(ret->form, &form)
           : ret->ladder ? strcmp(ret->form, "text") == 0 || strcmp(ret->form, "json") == 0 ||
                               strcmp(ret->form, "html") == 0
                         : ret->json;
    if (fits)
        return true;
    *ret_status = cli_usage_error(self, ret->form,
                                  ret->stream ? "is no form of a stream: text, hex, raw, json, "
                                                "messages"
                                  : ret->ladder ? "is no form of a ladder: text, json, html"
                                                : "is a form, but of nothing: --stream or "
                                                  "--ladder?");
    return false;
}

static enum packet_time time_of(unsigned letters)
{
    static const enum packet_time times[] = {PACKET_TIME_OF_DAY, PACKET_TIME_NONE,
                                             PACKET_TIME_EPOCH,  PACKET_TIME_DELTA,
                                             PACKET_TIME_DATE,   PACKET_TIME_FIRST};

    return times[letters < 6 ? letters : 5];
}

/* Without any letter that says how packets are shown, each is followed by its bytes. */
static bool any_shape(const struct letters *l)
{
    return l->n || l->x || l->X || l->A || l->e || l->t || l->v || l->q || l->number;
}

static void set_shape(const struct letters *l, bool no_hex, bool print,
                      struct capture_options *ret)
{
    bool whole = ret->findings || ret->ladder || ret->stream;

    ret->read_path = l->read;
    ret->write_path = l->write;
    ret->print = print || (!l->write && !whole);
    ret->hex = l->x;
    ret->both = l->X;
    ret->ascii = l->A;
    ret->link = l->e;
    ret->quick = l->q;
    ret->numbers = l->number;
    ret->fields = ret->fields || l->v;
    ret->time = time_of(l->t);
    ret->rows = !no_hex && !any_shape(l);
}

static bool check_stdout(const struct subcommand *self, const struct capture_options *o,
                         int *ret_status)
{
    if (!o->write_path || strcmp(o->write_path, "-") != 0 ||
        !(o->print || o->findings || o->ladder || o->stream))
        return true;
    *ret_status = cli_usage_error(self, "-w -", "leaves no stdout for anything else");
    return false;
}

bool capture_options_read(const struct subcommand *self, int argc, char **argv,
                          struct capture_options *ret, int *ret_status)
{
    bool no_hex = false, print = false;
    const char *format = NULL, *display = NULL;
    struct letters l = {0};
    const struct cli_option options[] = {{"--json", &ret->json, NULL},
                                         {"--no-hex", &no_hex, NULL},
                                         {"--promiscuous", &ret->promiscuous, NULL},
                                         {"--print", &print, NULL},
                                         {"--fields", &ret->fields, NULL},
                                         {"--findings", &ret->findings, NULL},
                                         {"--ladder", &ret->ladder, NULL},
                                         {"--display", NULL, &display},
                                         {"--format", NULL, &format},
                                         {"--as", NULL, &ret->form},
                                         {NULL, NULL, NULL}};
    int n = read_letters(self, &l, options, argc, argv, ret_status);

    n = n < 0 ? n : cli_options(self, options, n, argv, ret_status);
    if (n < 0 || !read_interfaces(self, &l, ret, ret_status) ||
        !read_numbers(self, &l, ret, ret_status))
        return false;
    set_shape(&l, no_hex, print, ret);
    return read_form(self, ret, ret_status) && check_stdout(self, ret, ret_status) &&
           read_format(self, format, ret, ret_status) &&
           read_filter(self, n, argv, ret, ret_status) &&
           read_display(self, display ? display : l.display, ret, ret_status);
}
