/* core/model/command_format.c - a command as text; parsing it gives the same command. */
#include "core/model/command_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/hex.h"
#include "core/services/service.h"

/* Bytes as send's escapes. */
static void format_text(const struct command *c, char *out, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < c->text_len && used + 5 < size; i++) {
        uint8_t b = (uint8_t)c->text[i];
        bool like_a_target = i == 0 && b >= '0' && b <= '9' && !c->target_id;

        if ((c->verb == VERB_SEND || c->verb == VERB_REPEAT) &&
            (b < 0x20 || b == 0x7f || b == '\\' || like_a_target))
            used += (size_t)snprintf(out + used, size - used, "\\x%02x", b);
        else
            out[used++] = (char)b;
    }
    out[used] = '\0';
}

/* A word so that split() gives it back: in quotes where it needs them, and each run of it in
 * those that it does not hold. */
static const char *quoted(const char *word, char *out, size_t size)
{
    size_t used = 0;

    if (word[0] && !strpbrk(word, " \t\"'"))
        return word;
    do {
        bool single = strcspn(word, "'") > strcspn(word, "\"");
        size_t len = strcspn(word, single ? "'" : "\"");
        char quote = single ? '\'' : '"';

        used +=
            (size_t)snprintf(out + used, size - used, "%c%.*s%c", quote, (int)len, word, quote);
        word += len;
    } while (*word && used < size);
    return out;
}

/* Words that split() parts here and a blank joins to the same again. */
static bool stays_as_words(const char *text)
{
    size_t len = strlen(text);

    return len && text[0] != ' ' && text[len - 1] != ' ' && !strstr(text, "  ") &&
           !strpbrk(text, "\t\"'");
}

static bool is_default(const struct command *c, const struct verb_option *o, size_t bytes)
{
    struct command d = command_default(c->verb);

    return memcmp((const char *)c + o->at, (const char *)&d + o->at, bytes) == 0;
}

const char *command_option_text(const struct command *c, const struct verb_option *o,
                                const char *after, char *buf, size_t size)
{
    const void *at = (const char *)c + o->at;

    switch (o->kind) {
    case TAKES_NOTHING:
        return *(const bool *)at && !after ? "" : NULL;
    case TAKES_SECONDS:
    case TAKES_FACTOR:
        if (after || is_default(c, o, sizeof(uint64_t)))
            return NULL;
        snprintf(buf, size, "%llu.%09llu",
                 (unsigned long long)(*(const uint64_t *)at / 1000000000),
                 (unsigned long long)(*(const uint64_t *)at % 1000000000));
        return buf;
    case TAKES_NUMBER:
        if (after || is_default(c, o, sizeof(uint64_t)))
            return NULL;
        snprintf(buf, size, "%llu", (unsigned long long)*(const uint64_t *)at);
        return buf;
    case TAKES_NAME:
        return after || is_default(c, o, sizeof(int)) ? NULL : o->names[*(const int *)at];
    case TAKES_TEXT:
    case TAKES_TAG:
    case TAKES_ESCAPED:
        return after || !*(const char *)at ? NULL : at;
    case TAKES_LIST:
        return words_next(at, after);
    case TAKES_MESSAGE:
        return NULL; /* their order is among all of them */
    case TAKES_ADDRESS:
        if (after || !((const struct source *)at)->given || size < ENDPOINT_TEXT_BYTES)
            return NULL;
        return endpoint_format(at, buf);
    }
    return NULL;
}

/* A buffer that text is added to, as far as it goes. */
struct line {
    char *buf;
    size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *l, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(l->buf + l->used, l->size - l->used, format, args);
    va_end(args);
    if (n > 0)
        l->used = l->used + (size_t)n < l->size ? l->used + (size_t)n : l->size - 1;
}

static void add_word(struct line *l, const char *word)
{
    char quotes[6 * WORDS_BYTES];

    add(l, " %s", quoted(word, quotes, sizeof(quotes)));
}

static void add_options(struct line *l, const struct command *c)
{
    char value[ENDPOINT_TEXT_BYTES];

    for (const struct verb_option *o = verbs[c->verb].options; o && o->name; o++)
        for (const char *v = NULL;
             (v = command_option_text(c, o, v, value, sizeof(value))) != NULL;) {
            add(l, " %s", o->name);
            if (o->kind == TAKES_NOTHING)
                break;
            add_word(l, v);
            if (o->kind != TAKES_LIST)
                break;
        }
}

static void add_messages(struct line *l, const struct command *c)
{
    const struct words *w = &c->connect.messages;

    for (const char *kind = words_next(w, NULL); kind;) {
        const char *value = words_next(w, kind);

        add(l, " %s", kind);
        add_word(l, value);
        kind = words_next(w, value);
    }
}

/* Behind "--" where one of them looks like an option. */
static void add_parts(struct line *l, const struct command *c)
{
    const struct words *parts = &c->message.parts;
    bool dash = false;

    for (const char *w = NULL; (w = words_next(parts, w)) != NULL;)
        dash = dash || w[0] == '-';
    if (dash)
        add(l, " --");
    for (const char *w = NULL; (w = words_next(parts, w)) != NULL;)
        add_word(l, w);
}

static void add_service_options(struct line *l, const struct command *c)
{
    const struct service *service = service_find(c->service);
    const char *name = words_next(&c->serve.service, NULL);

    while (service && name) {
        const char *value = words_next(&c->serve.service, name);

        add(l, " --%s", name);
        if (service_option_find(service, name)->value)
            add_word(l, value);
        name = words_next(&c->serve.service, value);
    }
}

static void add_why(struct line *l, const struct command *c)
{
    char plain[ENDPOINT_TEXT_BYTES], word[ENDPOINT_TEXT_BYTES + 8];

    if (c->format == WHY_THE_SELECTED)
        return;
    snprintf(word, sizeof(word), "%s%s", c->format == WHY_THE_BIND ? COMMAND_BIND_PREFIX : "",
             endpoint_format(&c->endpoint, plain));
    add_word(l, word);
}

/* What stands behind the options, and is more than a text. */
static void add_arguments(struct line *l, const struct command *c, const char *text)
{
    char hex[2 * COMMAND_TEXT_BYTES + 1];

    switch (c->verb) {
    case VERB_WHY:
        add_why(l, c);
        break;
    case VERB_BLOCKING:
    case VERB_MOUSE:
        add(l, c->off ? " off" : " on");
        break;
    case VERB_FLOOD:
        if (c->off)
            add(l, " off");
        else
            add(l, " %llu", (unsigned long long)c->count);
        break;
    case VERB_REPEAT:
        if (c->off) {
            add(l, " off");
            break;
        }
        add(l, " %llu %llu.%09llu", (unsigned long long)c->count,
            (unsigned long long)(c->interval_ns / CLOCK_SECOND_NS),
            (unsigned long long)(c->interval_ns % CLOCK_SECOND_NS));
        add_word(l, text);
        break;
    case VERB_SEND_HEX:
        add(l, " %s", hex_write(c->text, c->text_len, hex));
        break;
    case VERB_CLOSE:
        if (c->all)
            add(l, text[0] ? " tag:%s" : " all", text);
        for (size_t i = 1; i < c->n_targets; i++)
            add(l, " %llu", (unsigned long long)c->targets[i]);
        break;
    case VERB_RESOLVE:
        if (stays_as_words(text))
            add(l, " %s", text);
        else
            add_word(l, text);
        break;
    case VERB_SEND_FILE:
    case VERB_LAYOUT:
    case VERB_SPLIT:
    case VERB_CAPTURE:
    case VERB_SET:
    case VERB_GET:
        add_word(l, text);
        break;
    case VERB_SAVE:
        add(l, " %s", save_names[c->format]);
        add_word(l, text);
        if (c->form != save_form_of(c->format, c->text))
            add(l, " %s", save_forms[c->format][c->form]);
        break;
    case VERB_WORKSPACE:
        add(l, " %s", workspace_names[c->format]);
        add_word(l, text);
        break;
    case VERB_COPY:
        add(l, " %s", copy_names[c->format]);
        break;
    case VERB_SAVE_TRANSCRIPT:
        add_word(l, text);
        if (c->format)
            add(l, " %s", transcript_formats[c->format]);
        break;
    default:
        if (text[0])
            add(l, " %s", text);
        break;
    }
}

size_t command_format(const struct command *c, char *buf, size_t size)
{
    char plain[ENDPOINT_TEXT_BYTES], text[4 * COMMAND_TEXT_BYTES];
    struct line l = {.buf = buf, .size = size};

    add(&l, "%s", verbs[c->verb].name);
    if (c->target_id)
        add(&l, " %llu", (unsigned long long)c->target_id);
    format_text(c, text, sizeof(text));
    if (c->verb == VERB_SERVE)
        add(&l, " %s", c->service);
    if (c->verb == VERB_CONNECT || c->verb == VERB_SERVE)
        add_word(&l, endpoint_format(&c->endpoint, plain));
    add_options(&l, c);
    if (c->verb == VERB_CONNECT)
        add_messages(&l, c);
    add_parts(&l, c);
    if (c->verb == VERB_SERVE)
        add_service_options(&l, c);
    add_arguments(&l, c, text);
    return l.used;
}
