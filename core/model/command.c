#include "core/model/command_internal.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/hex.h"
#include "core/base/line_end.h"
#include "core/base/nearest.h"
#include "core/base/text.h"
#include "core/model/names.h"
#include "core/model/views.h"
#include "core/net/options.h"

#define WORDS_MAX (COMMAND_LINE_BYTES / 2) /* a line holds no more */
#define AT(field) offsetof(struct command, field)

static bool of_tls(const struct verb_option *o)
{
    size_t connect = AT(connect.tls), serve = AT(serve.tls), size = sizeof(struct tls_settings);

    return (o->at >= connect && o->at < connect + size) ||
           (o->at >= serve && o->at < serve + size);
}

/* Whoever asks for a certificate to be used must not get a session without TLS. */
static int check_tls(const struct command *c, const struct tls_settings *tls, struct err *err)
{
    char value[ENDPOINT_TEXT_BYTES];

    for (const struct verb_option *o = verbs[c->verb].options;
         c->endpoint.scheme != ENDPOINT_TLS && o->name; o++)
        if (of_tls(o) && command_option_text(c, o, NULL, value, sizeof(value)))
            return command_bad(err, c->verb, o->name, "it needs an endpoint tls://HOST:PORT");
    if (tls->key[0] && !tls->cert[0])
        return command_bad(err, c->verb, "--key", "it needs --cert FILE, too");
    if (tls->min == TLS_1_3 && tls->max == TLS_UP_TO_1_2)
        return command_bad(err, c->verb, "--tls-max", "it is below --tls-min");
    return 0;
}

static bool replays(const struct words *messages)
{
    for (const char *kind = words_next(messages, NULL); kind;
         kind = words_next(messages, words_next(messages, kind)))
        if (strcmp(kind, MESSAGE_REPLAY) == 0)
            return true;
    return false;
}

static int parse_connect(size_t n, char *words[], struct command *c, struct err *err)
{
    int r = command_take_options(c, &n, words, err);

    if (c->connect.crlf)
        c->connect.line_end = LINE_END_CRLF;
    c->connect.crlf = false;
    if (r == 0 && c->connect.check && !replays(&c->connect.messages))
        return command_bad(err, VERB_CONNECT, "--check", "there is no --replay to check");
    if (r == 0)
        r = endpoint_parse_words(n, words, &c->endpoint, err);
    return r < 0 ? r : check_tls(c, &c->connect.tls, err);
}

static int parse_serve(size_t n, char *words[], struct command *c, struct err *err)
{
    int r = command_take_options(c, &n, words, err);

    if (r < 0)
        return r;
    if (n == 0)
        return command_bad(err, VERB_SERVE, "", "the service is missing");
    if (!words[0][0] || strlen(words[0]) >= sizeof(c->service) ||
        words[0][strspn(words[0], "abcdefghijklmnopqrstuvwxyz0123456789-")])
        return command_bad(err, VERB_SERVE, words[0], "there is no such service");
    strcpy(c->service, words[0]);
    if (n > 1)
        r = endpoint_parse_words(n - 1, words + 1, &c->endpoint, err);
    return r < 0 ? r : check_tls(c, &c->serve.tls, err);
}

/* An id in front of the other words is the target. */
static void take_target(size_t *n, char ***words, struct command *c)
{
    if (*n && command_parse_number((*words)[0], UINT64_MAX, &c->target_id) == 0) {
        (*words)++;
        (*n)--;
    }
}

static int set_text(struct command *c, const char *text, struct err *err)
{
    if (strlen(text) >= sizeof(c->text))
        return command_bad(err, c->verb, "", "the text is longer than 1023 bytes");
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
        return command_bad(err, c->verb, "", "the text is too long");
    strcpy(raw, text);
    len = text_unescape(raw, &at);
    if (len == (size_t)-1)
        return command_bad(err, c->verb, text + at,
                           "a backslash here begins none of \\r \\n \\t \\0 \\\\ \\xNN");
    if (len == 0)
        return command_bad(err, c->verb, "", "there is nothing to send");
    if (len > sizeof(c->text))
        return command_bad(err, c->verb, "", "the text is longer than 1024 bytes");
    memcpy(c->text, raw, len);
    c->text_len = len;
    return 0;
}

static int parse_target_only(size_t n, char **words, struct command *c, struct err *err);

/* Words joined by single blanks. */
static int join(struct command *c, size_t n, char *const words[], struct err *err)
{
    char joined[COMMAND_LINE_BYTES] = "";
    size_t used = 0;

    for (size_t i = 0; i < n && used < sizeof(joined); i++)
        used += (size_t)snprintf(joined + used, sizeof(joined) - used, "%s%s", i ? " " : "",
                                 words[i]);
    if (used >= sizeof(joined))
        return command_bad(err, c->verb, "", "the text is too long");
    return c->verb == VERB_SEND || c->verb == VERB_REPEAT ? set_escaped(c, joined, err)
                                                          : set_text(c, joined, err);
}

static int parse_send_hex(size_t n, char **words, struct command *c, struct err *err)
{
    struct err why = {0};
    uint8_t bytes[COMMAND_TEXT_BYTES];
    char reason[ERR_TEXT_BYTES];
    size_t len;

    if (n > 1)
        take_target(&n, &words, c);
    if (n != 1)
        return command_bad(err, c->verb, n ? words[n - 1] : "",
                           n ? "hex with blanks needs quotes" : "there is nothing to send");
    if (hex_read(words[0], strlen(words[0]), bytes, sizeof(bytes), &len, &why) < 0) {
        snprintf(reason, sizeof(reason), "%.150s", why.reason);
        return command_bad(err, c->verb, words[0], reason);
    }
    if (len == 0)
        return command_bad(err, c->verb, words[0], "there is nothing to send");
    memcpy(c->text, bytes, len);
    c->text_len = len;
    return 0;
}

static int parse_send_file(size_t n, char **words, struct command *c, struct err *err)
{
    if (n > 1)
        take_target(&n, &words, c);
    return n == 1 && words[0][0]
               ? set_text(c, words[0], err)
               : command_bad(err, c->verb, n ? words[n - 1] : "", "it takes one path");
}

static int parse_repeat(size_t n, char **words, struct command *c, struct err *err)
{
    uint64_t first;

    c->off = n && strcmp(words[n - 1], "off") == 0 && n <= 2;
    if (c->off)
        return parse_target_only(n - 1, words, c, err);
    /* "3 5 7 apples" could mean either: a session in front is more likely. */
    if (n > 3 && command_parse_number(words[1], UINT64_MAX, &first) == 0 &&
        text_seconds(words[2], &first) == 0)
        take_target(&n, &words, c);
    if (n < 3 || command_parse_number(words[0], UINT32_MAX, &c->count) < 0)
        return command_bad(err, c->verb, n ? words[0] : "",
                           "how often, with which pause, which text?");
    if (text_seconds(words[1], &c->interval_ns) < 0)
        return command_bad(err, c->verb, words[1], "this is no number of seconds");
    return join(c, n - 2, words + 2, err);
}

static int parse_close(size_t n, char **words, struct command *c, struct err *err)
{
    if (n == 1 && strncmp(words[0], "tag:", 4) == 0 && command_is_tag(words[0] + 4)) {
        c->all = true;
        return set_text(c, words[0] + 4, err);
    }
    c->all = n == 1 && strcmp(words[0], "all") == 0;
    if (c->all || n == 0)
        return 0;
    if (n > COMMAND_TARGETS)
        return command_bad(err, c->verb, words[COMMAND_TARGETS],
                           "these are more than 32; tag them");
    for (size_t i = 0; i < n; i++)
        if (command_parse_number(words[i], UINT64_MAX, &c->targets[i]) < 0 || !c->targets[i])
            return command_bad(err, c->verb, words[i], "this is no number of one");
    c->n_targets = n;
    c->target_id = c->targets[0];
    return 0;
}

static int parse_tag(size_t n, char **words, struct command *c, struct err *err)
{
    if (n == 0 || n > 2 || command_parse_number(words[0], UINT64_MAX, &c->target_id) < 0 ||
        !c->target_id)
        return command_bad(err, c->verb, n ? words[0] : "", "which session?");
    if (n == 1)
        return 0;
    return command_is_tag(words[1]) ? set_text(c, words[1], err)
                                    : command_bad(err, c->verb, words[1],
                                                  "a tag has up to 23 letters, digits, _ . -");
}

static int parse_save_transcript(size_t n, char **words, struct command *c, struct err *err)
{
    if (n > 1)
        take_target(&n, &words, c);
    while (n == 2 && transcript_formats[c->format] &&
           strcmp(words[1], transcript_formats[c->format]) != 0)
        c->format++;
    if (n == 2 && !transcript_formats[c->format])
        return command_bad(err, c->verb, words[1], "the format is text, json or hex");
    if (n == 0 || n > 2 || !words[0][0])
        return command_bad(err, c->verb, n ? words[n - 1] : "", "it takes one path");
    return set_text(c, words[0], err);
}

static int parse_message(size_t n, char **words, struct command *c, struct err *err)
{
    int r = command_take_options(c, &n, words, err);

    if (r < 0)
        return r;
    take_target(&n, &words, c);
    for (size_t i = 0; i < n; i++)
        if (!words_add(&c->message.parts, words[i]))
            return command_bad(err, c->verb, words[i], "the words are longer than 1024 bytes");
    return command_message_check(c, err);
}

static int parse_target_only(size_t n, char **words, struct command *c, struct err *err)
{
    take_target(&n, &words, c);
    return n ? command_bad(err, c->verb, words[0], "this is no number of one") : 0;
}

static int parse_flood(size_t n, char **words, struct command *c, struct err *err)
{
    uint64_t first = 0;

    c->off = n && strcmp(words[n - 1], "off") == 0;
    if (c->off)
        return parse_target_only(n - 1, words, c, err);
    /* One number is the count; with two the first is the session. */
    if (n > 2 || (n && command_parse_number(words[0], UINT64_MAX, &first) < 0) ||
        (n == 2 && command_parse_number(words[1], UINT64_MAX, &c->count) < 0))
        return command_bad(err, VERB_FLOOD, n ? words[n - 1] : "", "it takes numbers only");
    if (n == 2)
        c->target_id = first;
    else
        c->count = first;
    return 0;
}

static int parse_switch(size_t n, char **words, struct command *c, struct err *err)
{
    const char *last = n ? words[n - 1] : "";

    c->off = strcmp(last, "off") == 0;
    if (!c->off && strcmp(last, "on") != 0)
        return command_bad(err, c->verb, last, "it ends with on or off");
    return parse_target_only(n - 1, words, c, err);
}

/* One word that names an option, or says what it shall be. */
static int parse_option(size_t n, char **words, struct command *c, struct err *err)
{
    int r;

    if (n > 1)
        take_target(&n, &words, c);
    if (n != 1)
        return command_bad(err, c->verb, n ? words[n - 1] : "", "it takes one socket option");
    if (c->verb == VERB_SET)
        r = command_check_assignment(words[0], err);
    else if (strcmp(words[0], COMMAND_ALL_OPTIONS) == 0)
        r = 0;
    else
        r = option_choose(words[0], err) ? 0 : -EINVAL;
    return r < 0 ? r : set_text(c, words[0], err);
}

static int parse_panel(size_t n, char *const words[], struct command *c, struct err *err)
{
    static const char *const panels[] = {"sockets", "sessions", "packets", "ladder",
                                         "journal", "why",      "lessons", "host",
                                         "names",   "stream",   "socket"};

    for (size_t i = 0; n == 1 && i < sizeof(panels) / sizeof(panels[0]); i++)
        if (strcmp(words[0], panels[i]) == 0)
            return set_text(c, words[0], err);
    return command_bad(err, VERB_GOTO, n ? words[0] : "", "there is no such panel");
}

static int parse_why(size_t n, char *words[], struct command *c, struct err *err)
{
    size_t prefix = strlen(COMMAND_BIND_PREFIX);

    if (n == 0)
        return 0;
    c->format = WHY_THE_CONNECT;
    if (n > 1 || strncmp(words[0], COMMAND_BIND_PREFIX, prefix) != 0)
        return endpoint_parse_words(n, words, &c->endpoint, err);
    c->format = WHY_THE_BIND;
    return endpoint_parse(words[0] + prefix, &c->endpoint, err);
}

int command_names_wish(const struct command *command, struct names_wish *ret, struct err *err)
{
    char text[COMMAND_TEXT_BYTES], *words[3], *save = NULL;
    size_t n = 0;

    memcpy(text, command->text, sizeof(text));
    for (char *word = strtok_r(text, " ", &save); word && n < 3;
         word = strtok_r(NULL, " ", &save))
        words[n++] = word;
    return names_wish_parse(n, words, ret, err);
}

/* Kept as it was typed. */
static int parse_resolve(size_t n, char *words[], struct command *c, struct err *err)
{
    struct names_wish wish;
    int r = join(c, n, words, err);

    return r < 0 ? r : command_names_wish(c, &wish, err);
}

static int parse_view(size_t n, char *const words[], struct command *c, struct err *err)
{
    enum socket_view view;

    if (n == 1 && view_parse(words[0], &view))
        return set_text(c, words[0], err);
    return command_bad(err, VERB_VIEW, n ? words[n - 1] : "", "there is no such view");
}

/* The place of a word among names, -1: it is none of them. */
static int name_index(const char *const *names, const char *word)
{
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], word) == 0)
            return i;
    return -1;
}

const char *const save_names[] = {"chart",   "series", "row",    "program",
                                  "packets", "stream", "ladder", NULL};
/* By enum program_language of core/report/program.h. */
static const char *const program_forms[] = {"python", "c", NULL};
static const char *const packets_forms[] = {"all", "tagged", "shown", "flow", NULL};
static const char *const stream_forms[] = {"text", "hex", "raw", "json", "messages", NULL};
static const char *const ladder_forms[] = {"text", "json", "html", NULL};
const char *const *const save_forms[] = {[SAVE_CHART] = NULL,
                                         [SAVE_SERIES] = NULL,
                                         [SAVE_ROW] = NULL,
                                         [SAVE_PROGRAM] = program_forms,
                                         [SAVE_PACKETS] = packets_forms,
                                         [SAVE_STREAM] = stream_forms,
                                         [SAVE_LADDER] = ladder_forms};
const char *const copy_names[] = {"text", "json", "ss", "program", NULL};

int save_form_of(int what, const char *path)
{
    bool told = save_forms[what] && what != SAVE_PACKETS;
    const char *dot = strrchr(path, '.');
    int form = told && dot ? name_index(save_forms[what], dot + 1) : -1;

    return form < 0 ? 0 : form;
}

static int parse_save(size_t n, char **words, struct command *c, struct err *err)
{
    const char *const *forms;

    c->format = n ? name_index(save_names, words[0]) : -1;
    if (c->format < 0)
        return command_bad(err, c->verb, n ? words[0] : "",
                           "chart, series, row, program, packets, stream or ladder?");
    forms = save_forms[c->format];
    if (n < 2 || n > 2U + (forms != NULL) || !words[1][0])
        return command_bad(err, c->verb, n > 2 ? words[n - 1] : "", "it takes one path");
    c->form = n == 3 ? name_index(forms, words[2]) : save_form_of(c->format, words[1]);
    if (c->form < 0)
        return command_bad(err, c->verb, words[2],
                           c->format == SAVE_PACKETS   ? "all, tagged, shown or flow?"
                           : c->format == SAVE_PROGRAM ? "python or c?"
                           : c->format == SAVE_STREAM  ? "text, hex, raw, json or messages?"
                                                       : "text, json or html?");
    return set_text(c, words[1], err);
}

const char *const workspace_names[] = {"save", "load", NULL};

static int parse_workspace(size_t n, char **words, struct command *c, struct err *err)
{
    c->format = n ? name_index(workspace_names, words[0]) : -1;
    if (c->format < 0)
        return command_bad(err, c->verb, n ? words[0] : "", "save or load?");
    if (n != 2 || !words[1][0])
        return command_bad(err, c->verb, n > 2 ? words[2] : "", "it takes one path");
    return set_text(c, words[1], err);
}

static int parse_word(size_t n, char **words, struct command *c, struct err *err)
{
    return n == 1 && words[0][0]
               ? set_text(c, words[0], err)
               : command_bad(err, c->verb, n ? words[n - 1] : "", "it takes one name");
}

static int parse_copy(size_t n, char **words, struct command *c, struct err *err)
{
    c->format = n ? name_index(copy_names, words[0]) : COPY_TEXT;
    if (c->format < 0 || n > 1)
        return command_bad(err, c->verb, words[n - 1], "as text, json, ss or program");
    return 0;
}

/* "TERM", "SIGTERM" or its number; 0: no signal. */
static int signal_of(const char *word)
{
    const char *name = strncmp(word, "SIG", 3) == 0 ? word + 3 : word;
    uint64_t number;

    if (command_parse_number(word, (uint64_t)SIGRTMAX, &number) == 0)
        return (int)number;
    for (int i = 1; i <= SIGRTMAX; i++)
        if (sigabbrev_np(i) && strcmp(sigabbrev_np(i), name) == 0)
            return i;
    return 0;
}

static int parse_signal(size_t n, char **words, struct command *c, struct err *err)
{
    if (n > 1)
        take_target(&n, &words, c);
    c->format = n == 1 ? signal_of(words[0]) : 0;
    if (n != 1 || c->format == 0 || c->target_id > INT32_MAX)
        return command_bad(err, c->verb, n ? words[n - 1] : "",
                           "a signal by its name: TERM, KILL, STOP, CONT, ...");
    return set_text(c, words[0], err);
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
    case VERB_MESSAGE:
        return parse_message(n, words, c, err);
    case VERB_FLOOD:
        return parse_flood(n, words, c, err);
    case VERB_SEND_HEX:
        return parse_send_hex(n, words, c, err);
    case VERB_SEND_FILE:
        return parse_send_file(n, words, c, err);
    case VERB_REPEAT:
        return parse_repeat(n, words, c, err);
    case VERB_BLOCKING:
        return parse_switch(n, words, c, err);
    case VERB_SET:
    case VERB_GET:
        return parse_option(n, words, c, err);
    case VERB_CLOSE:
        return parse_close(n, words, c, err);
    case VERB_TAG:
        return parse_tag(n, words, c, err);
    case VERB_SAVE_TRANSCRIPT:
        return parse_save_transcript(n, words, c, err);
    case VERB_HALF_CLOSE:
    case VERB_STOP:
        return parse_target_only(n, words, c, err);
    case VERB_CAPTURE:
        if (n != 1 || !words[0][0] || strlen(words[0]) > 15)
            return command_bad(err, c->verb, n ? words[n - 1] : "",
                               "it takes one interface name");
        return set_text(c, words[0], err);
    case VERB_GOTO:
        return parse_panel(n, words, c, err);
    case VERB_VIEW:
        return parse_view(n, words, c, err);
    case VERB_LAYOUT:
    case VERB_SPLIT:
        return parse_word(n, words, c, err);
    case VERB_MOUSE:
        return n > 1 ? command_bad(err, c->verb, words[1], "nothing more was expected")
                     : parse_switch(n, words, c, err);
    case VERB_WORKSPACE:
        return parse_workspace(n, words, c, err);
    case VERB_SAVE:
        return parse_save(n, words, c, err);
    case VERB_COPY:
        return parse_copy(n, words, c, err);
    case VERB_WHY:
        return parse_why(n, words, c, err);
    case VERB_RESOLVE:
        return parse_resolve(n, words, c, err);
    case VERB_SIGNAL:
        return parse_signal(n, words, c, err);
    case VERB_FILTER:
    case VERB_PACKETS_FILTER:
    case VERB_CAPTURE_FILTER:
    case VERB_COLUMNS:
    case VERB_EXPLAIN:
    case VERB_LESSON:
    case VERB_THEME:
    case VERB_SETTING:
        return join(c, n, words, err);
    default:
        return n ? command_bad(err, c->verb, words[0], "nothing more was expected") : 0;
    }
}

static int find_verb(const char *word, enum verb *ret, struct err *err)
{
    struct nearest near = {.word = word};

    for (int i = 0; i < VERB_COUNT; i++) {
        if (strcmp(word, verbs[i].name) == 0) {
            *ret = (enum verb)i;
            return 0;
        }
        nearest_try(&near, verbs[i].name);
    }
    err_set(err, -EINVAL, "command", word, "there is no such command");
    if (near.found)
        err_hint(err, "did you mean %s?", near.found);
    else
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
        return command_bad(err, verb, "", "there are too many words");
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
        command_parse_number(number, UINT64_MAX, &c->target_id);
        rest += digits + 1;
    }
    return c->verb == VERB_SEND ? set_escaped(c, rest, err) : set_text(c, rest, err);
}

static bool takes_rest(enum verb verb)
{
    return verb == VERB_SEND || verb == VERB_FILTER || verb == VERB_PACKETS_FILTER ||
           verb == VERB_CAPTURE_FILTER || verb == VERB_COLUMNS || verb == VERB_THEME ||
           verb == VERB_SETTING || verb == VERB_EXPLAIN || verb == VERB_LESSON;
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
    if (takes_rest(verb)) {
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
