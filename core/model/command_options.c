/* core/model/command_options.c - options among the words of a command, and their values. */
#include "core/model/command_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/hex.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/services/service.h"

int command_bad(struct err *err, enum verb verb, const char *input, const char *reason)
{
    char usage[128];

    err_set(err, -EINVAL, verbs[verb].name, input, "%s", reason);
    snprintf(usage, sizeof(usage), "%s %s", verbs[verb].name, verbs[verb].usage);
    err_hint(err, "usage: %s", usage);
    return -EINVAL;
}

int command_parse_number(const char *word, uint64_t max, uint64_t *ret)
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

static bool parse_bare_ipv6(const char *value, struct endpoint *ret)
{
    char bracketed[ENDPOINT_TEXT_BYTES];

    snprintf(bracketed, sizeof(bracketed), "[%.200s]:0", value);
    return endpoint_parse(bracketed, ret, NULL) == 0;
}

static bool set_source(struct source *at, const char *value)
{
    char with_port[ENDPOINT_TEXT_BYTES];
    struct endpoint e;
    struct addr numeric;

    if (strlen(value) > sizeof(with_port) - 3)
        return false;
    snprintf(with_port, sizeof(with_port), "%s:0", value);
    /* "::1" has colons, but no port and no brackets either. */
    if (endpoint_parse(value, &e, NULL) < 0 && endpoint_parse(with_port, &e, NULL) < 0 &&
        !parse_bare_ipv6(value, &e))
        return false;
    if (e.path[0] || !endpoint_numeric(&e, &numeric))
        return false;
    at->endpoint = e;
    at->given = true;
    return true;
}

static bool escapes_are_fine(const char *text)
{
    char *raw = mem_copy(text, strlen(text));
    size_t at;
    bool fine = text_unescape(raw, &at) != (size_t)-1;

    free(raw);
    return fine;
}

static bool hex_is_fine(const char *text, struct err *err)
{
    size_t len = strlen(text), n;
    uint8_t *bytes = mem_new(len + 1, 1);
    bool fine = hex_read(text, len, bytes, len, &n, err) == 0;

    free(bytes);
    return fine;
}

bool command_is_tag(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && len <= COMMAND_TAG_BYTES &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "_.-")] == '\0';
}

static bool add_message(struct words *messages, const char *kind, const char *value)
{
    struct words more = *messages;

    if ((strcmp(kind, MESSAGE_TEXT) == 0 && !escapes_are_fine(value)) ||
        (strcmp(kind, MESSAGE_HEX) == 0 && !hex_is_fine(value, NULL)) ||
        ((strcmp(kind, MESSAGE_FILE) == 0 || strcmp(kind, MESSAGE_REPLAY) == 0) && !value[0]))
        return false;
    if (!words_add(&more, kind) || !words_add(&more, value))
        return false;
    *messages = more;
    return true;
}

/* Put what a word says where the option wants it; false when it says nothing of that kind. */
static bool set_option(struct command *c, const struct verb_option *o, const char *value)
{
    void *at = (char *)c + o->at;
    uint64_t n = 0;

    switch (o->kind) {
    case TAKES_NOTHING:
        *(bool *)at = true;
        return true;
    case TAKES_SECONDS:
        return text_seconds(value, at) == 0 && *(uint64_t *)at > 0;
    case TAKES_FACTOR:
        return text_seconds(value, at) == 0;
    case TAKES_NUMBER:
        if (command_parse_number(value, o->max, &n) < 0 || n < o->min)
            return false;
        *(uint64_t *)at = n;
        return true;
    case TAKES_NAME:
        for (int i = 0; o->names[i]; i++)
            if (strcmp(o->names[i], value) == 0) {
                *(int *)at = i;
                return true;
            }
        return false;
    case TAKES_TEXT:
        if (!value[0] || strlen(value) > o->max)
            return false;
        strcpy(at, value);
        return true;
    case TAKES_LIST:
        return value[0] && words_add(at, value);
    case TAKES_MESSAGE:
        return add_message(at, o->name, value);
    case TAKES_TAG:
        if (!command_is_tag(value))
            return false;
        strcpy(at, value);
        return true;
    case TAKES_ESCAPED:
        if (!value[0] || strlen(value) > o->max || !escapes_are_fine(value))
            return false;
        strcpy(at, value);
        return true;
    case TAKES_ADDRESS:
        return set_source(at, value);
    }
    return false;
}

#define ESCAPES "a backslash begins none of \\r \\n \\t \\0 \\\\ \\xNN"

/* What is wrong with a text or message. */
static const char *wrong_text(const struct verb_option *o, const char *value, struct err *hex)
{
    bool text = o->kind == TAKES_ESCAPED || strcmp(o->name, MESSAGE_TEXT) == 0;

    if (text && !escapes_are_fine(value))
        return ESCAPES;
    if (!value[0] && strcmp(o->name, MESSAGE_HEX) != 0)
        return "it is empty";
    if (strcmp(o->name, MESSAGE_HEX) == 0 && !hex_is_fine(value, hex))
        return hex->reason;
    return o->kind == TAKES_ESCAPED
               ? "the text is longer than 1,023 bytes"
               : "the messages are longer than 4,095 bytes together; --file takes more";
}

static int wrong_value(const struct verb_option *o, enum verb verb, const char *value,
                       struct err *err)
{
    char reason[ERR_TEXT_BYTES], names[100] = "";
    struct err hex = {0};
    size_t used = 0;

    if (o->kind == TAKES_MESSAGE || o->kind == TAKES_ESCAPED) {
        snprintf(reason, sizeof(reason), "%s: %.120s", o->name, wrong_text(o, value, &hex));
        return command_bad(err, verb, value, reason);
    }

    for (size_t i = 0; o->kind == TAKES_NAME && o->names[i]; i++)
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "",
                                 o->names[i]);
    if (o->kind == TAKES_SECONDS)
        snprintf(reason, sizeof(reason), "%s takes seconds above 0, such as 2.5", o->name);
    else if (o->kind == TAKES_FACTOR)
        snprintf(reason, sizeof(reason), "%s takes a number such as 2 or 0.5", o->name);
    else if (o->kind == TAKES_NUMBER)
        snprintf(reason, sizeof(reason), "%s takes a number from %llu to %llu", o->name,
                 (unsigned long long)o->min, (unsigned long long)o->max);
    else if (o->kind == TAKES_NAME)
        snprintf(reason, sizeof(reason), "%s is one of %s", o->name, names);
    else if (o->kind == TAKES_TAG)
        snprintf(reason, sizeof(reason), "%s takes up to 23 letters, digits, _ . -", o->name);
    else if (o->kind == TAKES_ADDRESS)
        snprintf(reason, sizeof(reason), "%s takes a numeric address, with or without a port",
                 o->name);
    else
        snprintf(reason, sizeof(reason), "%s takes %s", o->name, o->takes);
    return command_bad(err, verb, value, reason);
}

static int take_value(struct command *c, const struct verb_option *o, const char *value,
                      struct err *err)
{
    int r = o->check ? o->check(value, err) : 0;

    if (r < 0)
        return r;
    return set_option(c, o, value) ? 0 : wrong_value(o, c->verb, value, err);
}

/* An option's value: behind the '=' of its word, else the next word, which is *ret_used then.
 * NULL: it is missing, or there is one where none may be. */
static const char *value_of(bool takes, size_t left, char *const words[], size_t *ret_used)
{
    const char *equals = strchr(words[0], '=');

    *ret_used = 1;
    if (!takes)
        return equals ? NULL : "";
    if (equals)
        return equals + 1;
    *ret_used = 2;
    return left > 1 ? words[1] : NULL;
}

static int add_service_option(struct command *c, const struct service_option *o,
                              const char *value, struct err *err)
{
    if (!words_add(&c->serve.service, o->name) || !words_add(&c->serve.service, value))
        return command_bad(err, c->verb, o->name, "the options of the service are too long");
    return 0;
}

/* One option at words[0]; its words are counted in *ret_used. */
static int take_option(struct command *c, const struct service *service, size_t left,
                       char *const words[], size_t *ret_used, struct err *err)
{
    size_t len = strcspn(words[0], "=");
    const struct verb_option *o = verbs[c->verb].options;
    const struct service_option *own = service ? service->options : NULL;
    const char *value;

    while (o && o->name && (strlen(o->name) != len || strncmp(o->name, words[0], len) != 0))
        o++;
    while (own && own->name &&
           (strlen(own->name) + 2 != len || strncmp(own->name, words[0] + 2, len - 2) != 0))
        own++;
    if ((!o || !o->name) && (!own || !own->name))
        return command_bad(err, c->verb, words[0], "there is no such option");
    value = value_of(o && o->name ? o->takes : own->value, left, words, ret_used);
    if (!value)
        return command_bad(err, c->verb, words[0],
                           *ret_used == 2 ? "it needs a value" : "it takes no value");
    return o && o->name ? take_value(c, o, value, err) : add_service_option(c, own, value, err);
}

/* The service a serve command names: its options are known only then. */
static const struct service *service_named(size_t n, char *const words[])
{
    const struct service *found = NULL;

    for (size_t i = 0; i < n && !found; i++)
        found = service_find(words[i]);
    return found;
}

/* Take every option out of the words; "--" ends them.  What is left are the arguments. */
int command_take_options(struct command *c, size_t *n, char *words[], struct err *err)
{
    const struct service *service = c->verb == VERB_SERVE ? service_named(*n, words) : NULL;
    size_t kept = 0, used;

    for (size_t i = 0; i < *n; i += used) {
        int r;

        used = 1;
        if (strcmp(words[i], "--") == 0) {
            while (++i < *n)
                words[kept++] = words[i];
            break;
        }
        if (words[i][0] != '-' || !words[i][1]) {
            words[kept++] = words[i];
            continue;
        }
        r = take_option(c, service, *n - i, words + i, &used, err);
        if (r < 0)
            return r;
    }
    *n = kept;
    return 0;
}
