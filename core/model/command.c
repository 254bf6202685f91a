#include "core/model/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"

#define DEFAULT_SERVE "tcp://127.0.0.1:65432"
#define WORDS_MAX 64

const struct verb_info verbs[VERB_COUNT] = {
    [VERB_CONNECT] = {"connect", "ENDPOINT [--timeout SECONDS]",
                      "open a session: tcp://HOST:PORT, HOST:PORT or HOST PORT", TO_ENGINE,
                      ARG_ENDPOINT, ARG_NONE},
    [VERB_SERVE] = {"serve", "SERVICE [ENDPOINT] [--backlog N]",
                    "start a server, by default on " DEFAULT_SERVE, TO_ENGINE, ARG_SERVICE,
                    ARG_ENDPOINT},
    [VERB_SEND] = {"send", "[SESSION] TEXT",
                   "send text with the escapes \\r \\n \\t \\0 \\xNN; no line end is added",
                   TO_ENGINE, ARG_SESSION, ARG_TEXT},
    [VERB_FLOOD] = {"flood", "[SESSION] [BYTES|off]",
                    "send a pattern as fast as the socket takes it, without end by default",
                    TO_ENGINE, ARG_SESSION, ARG_TEXT},
    [VERB_HALF_CLOSE] = {"half-close", "[SESSION]",
                         "send FIN behind everything queued and go on reading", TO_ENGINE,
                         ARG_SESSION, ARG_NONE},
    [VERB_CLOSE] = {"close", "[SESSION]", "close a session", TO_ENGINE, ARG_SESSION, ARG_NONE},
    [VERB_STOP] = {"stop", "[SERVER]", "stop a server and close the sessions it accepted",
                   TO_ENGINE, ARG_SERVER, ARG_NONE},
    [VERB_CAPTURE] = {"capture", "INTERFACE", "capture on one more interface", TO_CAPTURE,
                      ARG_INTERFACE, ARG_NONE},
    [VERB_FILTER] = {"filter", "[EXPRESSION]",
                     "show only the rows that match; without an expression all of them",
                     TO_CONSOLE, ARG_EXPRESSION, ARG_NONE},
    [VERB_GOTO] = {"goto", "PANEL", "show a panel: sockets, sessions, packets or journal",
                   TO_CONSOLE, ARG_PANEL, ARG_NONE},
    [VERB_HELP] = {"help", "", "what every key and command does", TO_CONSOLE, ARG_NONE,
                   ARG_NONE},
    [VERB_QUIT] = {"quit", "", "leave the console; sessions and servers are closed", TO_CONSOLE,
                   ARG_NONE, ARG_NONE},
};

struct command command_default(enum verb verb)
{
    struct command c = {.verb = verb,
                        .attach_fd = -1,
                        .timeout_ns = COMMAND_TIMEOUT_NS,
                        .backlog = COMMAND_BACKLOG};

    if (verb == VERB_SERVE)
        endpoint_parse(DEFAULT_SERVE, &c.endpoint, NULL);
    return c;
}

static int bad(struct err *err, enum verb verb, const char *input, const char *reason)
{
    char usage[128];

    err_set(err, -EINVAL, verbs[verb].name, input, "%s", reason);
    snprintf(usage, sizeof(usage), "%s %s", verbs[verb].name, verbs[verb].usage);
    err_hint(err, "usage: %s", usage);
    return -EINVAL;
}

static int parse_number(const char *word, uint64_t max, uint64_t *ret)
{
    char *end;
    unsigned long long n;

    if (word[0] < '0' || word[0] > '9')
        return -EINVAL;
    errno = 0;
    n = strtoull(word, &end, 10);
    if (errno || *end || n > max)
        return -EINVAL;
    *ret = n;
    return 0;
}

/* Seconds with a decimal part, to ns. */
static int parse_seconds(const char *word, uint64_t *ret)
{
    char *end;
    double s = strtod(word, &end);

    if (end == word || *end || !(s > 0) || s > 1e6)
        return -EINVAL;
    *ret = (uint64_t)(s * 1e9);
    return 0;
}

/* Take "--name VALUE" or "--name=VALUE" out of the words.  Returns 1 with the value, 0 when it
 * is not there, -EINVAL when its value is missing. */
static int take_option(size_t *n, char *words[], const char *name, const char **ret_value)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < *n; i++) {
        size_t used = 0;

        if (strncmp(words[i], name, len) != 0)
            continue;
        if (words[i][len] == '=') {
            *ret_value = words[i] + len + 1;
            used = 1;
        } else if (words[i][len] == '\0') {
            if (i + 1 >= *n)
                return -EINVAL;
            *ret_value = words[i + 1];
            used = 2;
        }
        if (!used)
            continue;
        memmove(words + i, words + i + used, (*n - i - used) * sizeof(*words));
        *n -= used;
        return 1;
    }
    return 0;
}

static int no_options_left(size_t n, char *const words[], enum verb verb, struct err *err)
{
    for (size_t i = 0; i < n; i++)
        if (words[i][0] == '-' && words[i][1])
            return bad(err, verb, words[i], "there is no such option");
    return 0;
}

static int parse_connect(size_t n, char *words[], struct command *c, struct err *err)
{
    const char *value = NULL;
    int r = take_option(&n, words, "--timeout", &value);

    if (r < 0 || (r && parse_seconds(value, &c->timeout_ns) < 0))
        return bad(err, VERB_CONNECT, value ? value : "--timeout",
                   "--timeout takes seconds above 0, such as 2.5");
    r = no_options_left(n, words, VERB_CONNECT, err);
    return r < 0 ? r : endpoint_parse_words(n, words, &c->endpoint, err);
}

static int parse_serve(size_t n, char *words[], struct command *c, struct err *err)
{
    const char *value = NULL;
    uint64_t backlog = COMMAND_BACKLOG;
    int r = take_option(&n, words, "--backlog", &value);

    if (r < 0 || (r && parse_number(value, INT32_MAX, &backlog) < 0))
        return bad(err, VERB_SERVE, value ? value : "--backlog", "--backlog takes a number");
    c->backlog = (int)backlog;
    r = no_options_left(n, words, VERB_SERVE, err);
    if (r < 0)
        return r;
    if (n == 0)
        return bad(err, VERB_SERVE, "", "the service is missing");
    if (!words[0][0] || strlen(words[0]) >= sizeof(c->service) ||
        words[0][strspn(words[0], "abcdefghijklmnopqrstuvwxyz0123456789-")])
        return bad(err, VERB_SERVE, words[0], "there is no such service");
    strcpy(c->service, words[0]);
    return n == 1 ? 0 : endpoint_parse_words(n - 1, words + 1, &c->endpoint, err);
}

/* An id in front of the other words is the target. */
static void take_target(size_t *n, char ***words, struct command *c)
{
    if (*n && parse_number((*words)[0], UINT64_MAX, &c->target_id) == 0) {
        (*words)++;
        (*n)--;
    }
}

static int set_text(struct command *c, const char *text, struct err *err)
{
    if (strlen(text) >= sizeof(c->text))
        return bad(err, c->verb, "", "the text is longer than 1023 bytes");
    strcpy(c->text, text);
    c->text_len = strlen(text);
    return 0;
}

/* send's text: four characters may stand for one byte, so the bound is on what they mean. */
static int set_escaped(struct command *c, const char *text, struct err *err)
{
    char raw[COMMAND_LINE_BYTES];
    size_t at = 0, len;

    if (strlen(text) >= sizeof(raw))
        return bad(err, c->verb, "", "the text is too long");
    strcpy(raw, text);
    len = text_unescape(raw, &at);
    if (len == (size_t)-1)
        return bad(err, c->verb, text + at,
                   "a backslash here begins none of \\r \\n \\t \\0 \\\\ \\xNN");
    if (len == 0)
        return bad(err, c->verb, "", "there is nothing to send");
    if (len > sizeof(c->text))
        return bad(err, c->verb, "", "the text is longer than 1024 bytes");
    memcpy(c->text, raw, len);
    c->text_len = len;
    return 0;
}

/* Words joined by single blanks. */
static int join(struct command *c, size_t n, char *const words[], struct err *err)
{
    char joined[COMMAND_LINE_BYTES] = "";
    size_t used = 0;

    for (size_t i = 0; i < n && used < sizeof(joined); i++)
        used += (size_t)snprintf(joined + used, sizeof(joined) - used, "%s%s", i ? " " : "",
                                 words[i]);
    if (used >= sizeof(joined))
        return bad(err, c->verb, "", "the text is too long");
    return c->verb == VERB_SEND ? set_escaped(c, joined, err) : set_text(c, joined, err);
}

static int parse_target_only(size_t n, char **words, struct command *c, struct err *err)
{
    take_target(&n, &words, c);
    return n ? bad(err, c->verb, words[0], "this is no number of one") : 0;
}

static int parse_flood(size_t n, char **words, struct command *c, struct err *err)
{
    uint64_t first = 0;

    c->off = n && strcmp(words[n - 1], "off") == 0;
    if (c->off)
        return parse_target_only(n - 1, words, c, err);
    /* One number is the count; with two the first is the session. */
    if (n > 2 || (n && parse_number(words[0], UINT64_MAX, &first) < 0) ||
        (n == 2 && parse_number(words[1], UINT64_MAX, &c->count) < 0))
        return bad(err, VERB_FLOOD, n ? words[n - 1] : "", "it takes numbers only");
    if (n == 2)
        c->target_id = first;
    else
        c->count = first;
    return 0;
}

static int parse_panel(size_t n, char *const words[], struct command *c, struct err *err)
{
    static const char *const panels[] = {"sockets", "sessions", "packets", "journal"};

    for (size_t i = 0; n == 1 && i < sizeof(panels) / sizeof(panels[0]); i++)
        if (strcmp(words[0], panels[i]) == 0)
            return set_text(c, words[0], err);
    return bad(err, VERB_GOTO, n ? words[0] : "", "there is no such panel");
}

static int parse_arguments(size_t n, char **words, struct command *c, struct err *err)
{
    switch (c->verb) {
    case VERB_CONNECT:
        return parse_connect(n, words, c, err);
    case VERB_SERVE:
        return parse_serve(n, words, c, err);
    case VERB_SEND:
        /* "send 3" says "3"; a session's number needs a text behind it. */
        if (n > 1)
            take_target(&n, &words, c);
        return join(c, n, words, err);
    case VERB_FLOOD:
        return parse_flood(n, words, c, err);
    case VERB_HALF_CLOSE:
    case VERB_CLOSE:
    case VERB_STOP:
        return parse_target_only(n, words, c, err);
    case VERB_CAPTURE:
        if (n != 1 || !words[0][0] || strlen(words[0]) > 15)
            return bad(err, c->verb, n ? words[n - 1] : "", "it takes one interface name");
        return set_text(c, words[0], err);
    case VERB_GOTO:
        return parse_panel(n, words, c, err);
    case VERB_FILTER:
        return join(c, n, words, err);
    default:
        return n ? bad(err, c->verb, words[0], "nothing more was expected") : 0;
    }
}

static int find_verb(const char *word, enum verb *ret, struct err *err)
{
    for (int i = 0; i < VERB_COUNT; i++)
        if (strcmp(word, verbs[i].name) == 0) {
            *ret = (enum verb)i;
            return 0;
        }
    err_set(err, -EINVAL, "command", word, "there is no such command");
    err_hint(err, "help lists them all");
    return -EINVAL;
}

int command_parse_words(size_t n, char *const words[], struct command *ret, struct err *err)
{
    char *copy[WORDS_MAX];
    struct command c;
    enum verb verb;
    int r;

    if (n == 0)
        return err_set(err, -EINVAL, "command", "", "it is empty");
    r = find_verb(words[0], &verb, err);
    if (r < 0)
        return r;
    if (n - 1 > WORDS_MAX)
        return bad(err, verb, "", "there are too many words");
    if (n > 1)
        memcpy(copy, words + 1, (n - 1) * sizeof(*copy));
    c = command_default(verb);
    r = parse_arguments(n - 1, copy, &c, err);
    if (r == 0)
        *ret = c;
    return r;
}

/* Cut a line into words in place: blanks part them, quotes keep them together. */
static int split(char *line, size_t max, char *words[], size_t *ret_n, struct err *err)
{
    size_t n = 0;

    for (char *in = line;;) {
        char *out;

        in += strspn(in, " \t");
        if (!*in)
            break;
        if (n == max)
            return err_set(err, -EINVAL, "command", line, "there are too many words");
        words[n++] = out = in;
        while (*in && *in != ' ' && *in != '\t') {
            char quote = *in == '"' || *in == '\'' ? *in++ : '\0';

            if (!quote) {
                *out++ = *in++;
                continue;
            }
            while (*in && *in != quote)
                *out++ = *in++;
            if (!*in++)
                return err_set(err, -EINVAL, "command", line, "the quote is not closed");
        }
        if (*in)
            in++;
        *out = '\0';
    }
    *ret_n = n;
    return 0;
}

/* The rest of a line behind its verb, for the verbs that take it as it stands. */
static int parse_rest(const char *rest, struct command *c, struct err *err)
{
    size_t digits = strspn(rest, "0123456789");

    if (c->verb == VERB_SEND && digits && digits < 20 && rest[digits] == ' ') {
        char number[24];

        memcpy(number, rest, digits);
        number[digits] = '\0';
        parse_number(number, UINT64_MAX, &c->target_id);
        rest += digits + 1;
    }
    return c->verb == VERB_SEND ? set_escaped(c, rest, err) : set_text(c, rest, err);
}

int command_parse(const char *line, struct command *ret, struct err *err)
{
    char copy[COMMAND_LINE_BYTES];
    char *words[WORDS_MAX + 1];
    size_t n = 0, verb_len;
    enum verb verb;
    int r;

    line += strspn(line, " \t");
    if (strlen(line) >= sizeof(copy))
        return err_set(err, -EINVAL, "command", "", "the line is too long");
    verb_len = strcspn(line, " \t");
    memcpy(copy, line, verb_len);
    copy[verb_len] = '\0';
    if (verb_len == 0)
        return err_set(err, -EINVAL, "command", "", "it is empty");
    r = find_verb(copy, &verb, err);
    if (r < 0)
        return r;
    if (verb == VERB_SEND || verb == VERB_FILTER) {
        struct command c = command_default(verb);

        r = parse_rest(line + verb_len + (line[verb_len] != '\0'), &c, err);
        if (r == 0)
            *ret = c;
        return r;
    }
    strcpy(copy, line);
    r = split(copy, WORDS_MAX + 1, words, &n, err);
    return r < 0 ? r : command_parse_words(n, words, ret, err);
}

/* Bytes as send's escapes. */
static void format_text(const struct command *c, char *out, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < c->text_len && used + 5 < size; i++) {
        uint8_t b = (uint8_t)c->text[i];
        bool like_a_target = i == 0 && b >= '0' && b <= '9' && !c->target_id;

        if (c->verb == VERB_SEND && (b < 0x20 || b == 0x7f || b == '\\' || like_a_target))
            used += (size_t)snprintf(out + used, size - used, "\\x%02x", b);
        else
            out[used++] = (char)b;
    }
    out[used] = '\0';
}

/* A word so that split() gives it back: in quotes where it needs them. */
static const char *quoted(const char *word, char *out, size_t size)
{
    size_t used = 0;

    if (!strpbrk(word, " \t\"'"))
        return word;
    used += (size_t)snprintf(out, size, "\"");
    for (; *word && used + 6 < size; word++)
        used +=
            (size_t)snprintf(out + used, size - used, *word == '"' ? "\"'%c'\"" : "%c", *word);
    snprintf(out + used, size - used, "\"");
    return out;
}

size_t command_format(const struct command *c, char *buf, size_t size)
{
    char plain[ENDPOINT_TEXT_BYTES], target[24] = "";
    char text[4 * COMMAND_TEXT_BYTES], quotes[6 * ENDPOINT_TEXT_BYTES];
    const char *name = verbs[c->verb].name;
    int n;

    if (c->target_id)
        snprintf(target, sizeof(target), " %llu", (unsigned long long)c->target_id);
    format_text(c, text, sizeof(text));
    if (c->verb == VERB_CONNECT)
        n = snprintf(buf, size, "connect %s --timeout %.9g",
                     quoted(endpoint_format(&c->endpoint, plain), quotes, sizeof(quotes)),
                     (double)c->timeout_ns / 1e9);
    else if (c->verb == VERB_SERVE)
        n = snprintf(buf, size, "serve %s %s --backlog %d", c->service,
                     quoted(endpoint_format(&c->endpoint, plain), quotes, sizeof(quotes)),
                     c->backlog);
    else if (c->verb == VERB_FLOOD)
        n = c->off ? snprintf(buf, size, "flood%s off", target)
                   : snprintf(buf, size, "flood%s %llu", target, (unsigned long long)c->count);
    else
        n = snprintf(buf, size, "%s%s%s%s", name, target, text[0] ? " " : "",
                     c->verb == VERB_CAPTURE ? quoted(text, quotes, sizeof(quotes)) : text);
    return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

size_t command_complete_verb(const char *prefix, enum verb *ret, size_t max)
{
    size_t n = 0;

    for (int i = 0; i < VERB_COUNT && n < max; i++)
        if (strncmp(verbs[i].name, prefix, strlen(prefix)) == 0)
            ret[n++] = (enum verb)i;
    return n;
}
