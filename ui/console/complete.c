#include "ui/console/complete.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/model/command.h"
#include "core/services/service.h"

#define VERB_BYTES 32

static void add(struct completion *c, const char *prefix, const char *text, const char *note)
{
    struct candidate *new;

    if (strncmp(text, prefix, strlen(prefix)) != 0)
        return;
    for (size_t i = 0; i < c->n; i++)
        if (!strcmp(c->candidates[i].text, text))
            return;
    if (c->n == COMPLETE_CANDIDATES || strlen(text) >= sizeof(new->text)) {
        c->more = true;
        return;
    }
    new = &c->candidates[c->n++];
    snprintf(new->text, sizeof(new->text), "%s", text);
    snprintf(new->note, sizeof(new->note), "%.*s", (int)sizeof(new->note) - 1, note);
}

static void add_verbs(struct completion *c, const char *prefix)
{
    for (int v = 0; v < VERB_COUNT; v++)
        add(c, prefix, verbs[v].name, verbs[v].usage);
}

static void add_services(struct completion *c, const char *prefix)
{
    for (size_t i = 0; service_at(i); i++)
        add(c, prefix, service_at(i)->name, service_at(i)->summary);
}

/* The newest first; only those that can still be told something. */
static void add_sessions(struct completion *c, const char *prefix, const struct model *m)
{
    for (size_t i = m->n_sessions; i > 0; i--) {
        const struct session_status *s = &m->sessions[i - 1];
        char id[24], endpoint[ENDPOINT_TEXT_BYTES];

        if (s->state == SESSION_CLOSED || s->state == SESSION_FAILED)
            continue;
        snprintf(id, sizeof(id), "%llu", (unsigned long long)s->id);
        add(c, prefix, id, endpoint_format(&s->endpoint, endpoint));
    }
}

static void add_servers(struct completion *c, const char *prefix, const struct model *m,
                        bool endpoints)
{
    for (size_t i = 0; i < m->n_servers; i++) {
        const struct server_status *s = &m->servers[i];
        char id[24], endpoint[ENDPOINT_TEXT_BYTES];

        if (!s->listening)
            continue;
        snprintf(id, sizeof(id), "%llu", (unsigned long long)s->id);
        endpoint_format(&s->endpoint, endpoint);
        if (endpoints)
            add(c, prefix, endpoint, s->service);
        else
            add(c, prefix, id, s->service);
    }
}

static void add_interfaces(struct completion *c, const char *prefix)
{
    struct if_nameindex *names = if_nameindex();

    for (size_t i = 0; names && names[i].if_index; i++) {
        char clean[4 * IF_NAMESIZE];

        text_clean(names[i].if_name, strlen(names[i].if_name), clean, sizeof(clean));
        add(c, prefix, clean, "");
    }
    if (names)
        if_freenameindex(names);
}

static void add_words(struct completion *c, const char *prefix, const char *const words[])
{
    for (; *words; words++)
        add(c, prefix, *words, "");
}

static void add_argument(struct completion *c, const char *prefix, enum argument kind,
                         const struct model *m)
{
    static const char *const panels[] = {"sockets", "sessions", "packets", "journal", NULL};
    static const char *const words[] = {"state", "exclude", "sport", "dport", "src",
                                        "dst",   "and",     "or",    "not",   NULL};

    switch (kind) {
    case ARG_ENDPOINT:
        add_servers(c, prefix, m, true);
        add(c, prefix, "tcp://", "");
        break;
    case ARG_SERVICE:
        add_services(c, prefix);
        break;
    case ARG_SESSION:
        add_sessions(c, prefix, m);
        break;
    case ARG_SERVER:
        add_servers(c, prefix, m, false);
        break;
    case ARG_INTERFACE:
        add_interfaces(c, prefix);
        break;
    case ARG_EXPRESSION:
        add_words(c, prefix, words);
        break;
    case ARG_PANEL:
        add_words(c, prefix, panels);
        break;
    case ARG_VERB:
        add_verbs(c, prefix);
        break;
    case ARG_NONE:
    case ARG_TEXT:
        break;
    }
}

/* The verb of the line; -1 when it is none. */
static int verb_of(const char *line, size_t len)
{
    for (int v = 0; v < VERB_COUNT; v++)
        if (strlen(verbs[v].name) == len && !memcmp(verbs[v].name, line, len))
            return v;
    return -1;
}

void complete_line(const char *line, size_t cursor, const struct model *m,
                   struct completion *ret)
{
    size_t words = 0, start = 0, first, first_len;
    char prefix[COMPLETE_TEXT_BYTES];
    int verb;

    *ret = (struct completion){0};
    for (size_t i = 0; i < cursor; i++)
        if (line[i] == ' ') {
            words += start < i;
            start = i + 1;
        }
    ret->start = start;
    if (cursor - start >= sizeof(prefix))
        return;
    memcpy(prefix, line + start, cursor - start);
    prefix[cursor - start] = '\0';
    if (!words) {
        add_verbs(ret, prefix);
        return;
    }
    first = strspn(line, " ");
    first_len = strcspn(line + first, " ");
    verb = verb_of(line + first, first_len);
    if (verb < 0)
        return;
    if (words == 1 || verbs[verb].first == ARG_EXPRESSION)
        add_argument(ret, prefix, verbs[verb].first, m);
    else if (words == 2)
        add_argument(ret, prefix, verbs[verb].second, m);
}

size_t complete_common(const struct completion *c, char *buf, size_t size)
{
    size_t len;

    if (!c->n || c->more || size < COMPLETE_TEXT_BYTES + 1)
        return 0;
    len = strlen(c->candidates[0].text);
    for (size_t i = 1; i < c->n; i++)
        for (size_t at = 0; at < len; at++)
            if (c->candidates[i].text[at] != c->candidates[0].text[at])
                len = at;
    memcpy(buf, c->candidates[0].text, len);
    /* Behind a scheme the word goes on. */
    if (c->n == 1 && len && buf[len - 1] != '/')
        buf[len++] = ' ';
    buf[len] = '\0';
    return len;
}
