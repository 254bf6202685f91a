#include "ui/console/complete.h"

#include <ctype.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/message/message.h"
#include "core/model/command.h"
#include "core/model/config.h"
#include "core/net/options.h"
#include "core/report/explanation.h"
#include "core/scenario/lesson.h"
#include "core/services/service.h"
#include "ui/console/action.h"
#include "ui/console/layout.h"
#include "ui/console/theme.h"

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
    enum verb found[VERB_COUNT];
    size_t n = command_complete_verb(prefix, found, VERB_COUNT);

    for (size_t i = 0; i < n; i++)
        add(c, prefix, verbs[found[i]].name, verbs[found[i]].usage);
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

static void add_servers(struct completion *c, const char *prefix, const struct model *m)
{
    for (size_t i = 0; i < m->n_servers; i++) {
        const struct server_status *s = &m->servers[i];
        char id[24];

        snprintf(id, sizeof(id), "%llu", (unsigned long long)s->id);
        if (s->listening)
            add(c, prefix, id, s->service);
    }
}

/* Where our servers listen; without its scheme for whoever has begun to type it so. */
static void add_endpoints(struct completion *c, const char *prefix, const struct model *m)
{
    for (size_t i = 0; i < m->n_servers; i++) {
        const struct server_status *s = &m->servers[i];
        char endpoint[ENDPOINT_TEXT_BYTES];

        if (!s->listening)
            continue;
        endpoint_format(&s->endpoint, endpoint);
        add(c, prefix, endpoint, s->service);
        if (prefix[0] && s->endpoint.scheme == ENDPOINT_TCP)
            add(c, prefix, endpoint + strlen("tcp://"), s->service);
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

/* As the filter reads them: the kernel's names in ss's spelling, then ss's groups. */
static void add_states(struct completion *c, const char *prefix)
{
    static const char *const groups[] = {"all",    "connected", "synchronized",
                                         "bucket", "big",       NULL};

    for (int state = STATE_ESTABLISHED; state < STATE_COUNT; state++) {
        char name[32];

        snprintf(name, sizeof(name), "%s", state_name((enum socket_state)state));
        for (char *at = name; *at; at++)
            *at = *at == '_' ? '-' : (char)tolower((unsigned char)*at);
        add(c, prefix, name, "");
    }
    add_words(c, prefix, groups);
}

static void add_findings(struct completion *c, const char *prefix)
{
    for (int i = 0; i < FINDING_COUNT; i++)
        add(c, prefix, finding_infos[i].id, finding_infos[i].words);
}

/* Those of several words as a whole. */
static void add_explained(struct completion *c, const char *prefix)
{
    const char *name, *note;

    explanation_load(NULL);
    for (size_t i = 0; (name = explanation_name(i, &note)); i++)
        add(c, prefix, name, note);
}

static void add_themes(struct completion *c, const char *prefix)
{
    char(*names)[THEME_NAME_BYTES] = mem_new(THEME_NAMES_MAX, sizeof(*names));
    size_t n = theme_names(names);
    struct theme t;

    for (size_t i = 0; i < n; i++)
        add(c, prefix, names[i], theme_load(names[i], &t, NULL) < 0 ? "" : t.description);
    free(names);
}

static void add_lessons(struct completion *c, const char *prefix, const struct model *m)
{
    static const char *const words[] = {"next", "look", "leave", NULL};

    for (size_t i = 0; m->lessons && i < m->lessons->n; i++)
        add(c, prefix, m->lessons->list[i].name, m->lessons->list[i].title);
    add_words(c, prefix, words);
}

static void add_key_settings(struct completion *c, const char *prefix)
{
    char name[CONFIG_ACTION_BYTES + 8];

    for (int a = ACTION_NONE + 1; a < ACTION_COUNT; a++) {
        snprintf(name, sizeof(name), "keys.%s", actions[a].name);
        add(c, prefix, name, actions[a].help);
    }
}

static void add_argument(struct completion *c, const char *prefix, enum argument kind,
                         const struct model *m)
{
    static const char *const panels[] = {"sockets", "sessions", "packets", "ladder",
                                         "journal", "why",      "lessons", "host",
                                         "names",   "stream",   "socket",  NULL};
    static const char *const packets[] = {
        "port",    "sport", "dport",   "host", "src",      "dst", "proto", "flags", "len",
        "payload", "rtt",   "finding", "pid",  "contains", "and", "or",    "not",   NULL};
    static const char *const words[] = {"state", "exclude", "sport", "dport", "src",
                                        "dst",   "and",     "or",    "not",   NULL};
    static const char *const switches[] = {"on", "off", NULL};
    static const char *const signals[] = {"TERM", "KILL", "INT",  "HUP", "STOP",
                                          "CONT", "USR1", "USR2", NULL};

    switch (kind) {
    case ARG_SAVE:
        add_words(c, prefix, save_names);
        break;
    case ARG_COPY:
        add_words(c, prefix, copy_names);
        break;
    case ARG_WHY:
        add_endpoints(c, prefix, m);
        add(c, prefix, "tcp://", "");
        add(c, prefix, COMMAND_BIND_PREFIX, "");
        break;
    case ARG_EXPLAIN:
        add_explained(c, prefix);
        break;
    case ARG_SIGNAL:
        add_words(c, prefix, signals);
        break;
    case ARG_ENDPOINT:
        add_endpoints(c, prefix, m);
        add(c, prefix, "tcp://", "");
        break;
    case ARG_SERVICE:
        add_services(c, prefix);
        break;
    case ARG_OPTION:
        for (size_t i = 0; option_at(i); i++)
            add(c, prefix, option_at(i)->name, option_at(i)->summary);
        break;
    case ARG_SESSION:
        add_sessions(c, prefix, m);
        break;
    case ARG_SERVER:
        add_servers(c, prefix, m);
        break;
    case ARG_INTERFACE:
        add_interfaces(c, prefix);
        break;
    case ARG_EXPRESSION:
        add_words(c, prefix, words);
        break;
    case ARG_PACKETS_EXPRESSION:
        add_words(c, prefix, packets);
        break;
    case ARG_PANEL:
        add_words(c, prefix, panels);
        break;
    case ARG_VIEW:
        for (int i = 0; i < VIEW_COUNT; i++)
            add(c, prefix, view_name((enum socket_view)i), view_title((enum socket_view)i));
        break;
    case ARG_COLUMN:
        for (size_t i = 0; i < column_count(); i++)
            add(c, prefix, column_at(i)->name, column_at(i)->meaning);
        add(c, prefix, "owner", "Who holds it: a session or server of ours, or a process.");
        break;
    case ARG_LAYOUT:
        for (int i = 0; i < LAYOUT_COUNT; i++)
            add(c, prefix, layout_preset_name((enum layout_preset)i),
                layout_preset_help((enum layout_preset)i));
        break;
    case ARG_PANE:
        for (int i = 0; i < PANE_COUNT; i++)
            add(c, prefix, layout_pane_name((enum pane_id)i), "");
        break;
    case ARG_LESSON:
        add_lessons(c, prefix, m);
        break;
    case ARG_SWITCH:
        add_words(c, prefix, switches);
        break;
    case ARG_THEME:
        add_themes(c, prefix);
        break;
    case ARG_SETTING:
        for (int i = 0; i < SETTING_COUNT; i++)
            add(c, prefix, setting_infos[i].name, setting_infos[i].help);
        add(c, prefix, "write", "into the configuration file");
        add_key_settings(c, prefix);
        break;
    case ARG_WORKSPACE:
        add_words(c, prefix, workspace_names);
        break;
    case ARG_VERB:
        add_verbs(c, prefix);
        break;
    case ARG_NONE:
    case ARG_SETTING_VALUE:
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

/* An option of a verb, or of the service that the line names. */
struct option {
    char name[48]; /* "--timeout" */
    bool takes_value;
    bool repeatable;
    const char *note;
    const struct verb_option *of_verb; /* NULL: it is a service's */
};

/* The words in front of the one that is completed. */
struct before {
    int verb;         /* -1: none, or no verb */
    size_t words;     /* the verb among them; without options and their values */
    const char *last; /* the last of them, last_len bytes */
    size_t last_len;
    const struct service *service; /* of serve; NULL: none yet */
    bool value;                    /* an option waits for its value: */
    struct option open;
    uint64_t given; /* options, by number */
};

/* The options by number: the verb's, then the service's.  False behind the last. */
static bool option_at_number(const struct before *b, size_t number, struct option *ret)
{
    const struct verb_option *o = b->verb >= 0 ? verbs[b->verb].options : NULL;
    const struct service_option *own = b->service ? b->service->options : NULL;

    *ret = (struct option){0};
    for (; o && o->name; o++)
        if (number-- == 0) {
            snprintf(ret->name, sizeof(ret->name), "%s", o->name);
            ret->takes_value = o->takes;
            ret->repeatable = o->kind == TAKES_LIST;
            ret->note = o->help;
            ret->of_verb = o;
            return true;
        }
    for (; own && own->name; own++)
        if (number-- == 0) {
            snprintf(ret->name, sizeof(ret->name), "--%s", own->name);
            ret->takes_value = own->value;
            ret->note = own->help;
            return true;
        }
    return false;
}

static bool take_option(struct before *b, const char *word, size_t len)
{
    struct option o;

    for (size_t i = 0; option_at_number(b, i, &o); i++) {
        size_t name_len = strlen(o.name);

        if (len < name_len || memcmp(word, o.name, name_len) != 0 ||
            (len > name_len && word[name_len] != '='))
            continue;
        if (!o.repeatable && i < 64)
            b->given |= UINT64_C(1) << i;
        b->value = o.takes_value && len == name_len;
        b->open = o;
        return true;
    }
    return false;
}

static void take_word(struct before *b, const char *word, size_t len)
{
    char name[COMPLETE_TEXT_BYTES];

    b->last = word;
    b->last_len = len;
    if (!b->words)
        b->verb = verb_of(word, len);
    if (b->value) {
        b->value = false;
        return;
    }
    if (take_option(b, word, len))
        return;
    if (b->words == 1 && b->verb == VERB_SERVE && len < sizeof(name)) {
        memcpy(name, word, len);
        name[len] = '\0';
        b->service = service_find(name);
    }
    b->words++;
}

/* Returns where the word begins that the cursor is in. */
static size_t read_before(const char *line, size_t cursor, struct before *b)
{
    size_t start = 0;

    *b = (struct before){.verb = -1};
    for (size_t i = 0; i < cursor; i++)
        if (line[i] == ' ') {
            if (start < i)
                take_word(b, line + start, i - start);
            start = i + 1;
        }
    return start;
}

static bool last_is(const struct before *b, const char *word)
{
    return b->last_len == strlen(word) && !memcmp(b->last, word, b->last_len);
}

static void add_options(struct completion *c, const char *prefix, const struct before *b)
{
    struct option o;

    for (size_t i = 0; option_at_number(b, i, &o); i++)
        if (i >= 64 || !(b->given >> i & 1))
            add(c, prefix, o.name, o.note);
}

/* The header fields that every message has. */
static void add_fields(struct completion *c, const char *prefix)
{
    for (size_t i = 0; i < MESSAGE_FIELDS; i++) {
        char field[32];

        snprintf(field, sizeof(field), "%s=", message_field_names[i]);
        add(c, prefix, field, "");
    }
}

/* What an option takes, where that is one of a few words. */
static void add_values(struct completion *c, const char *prefix, const struct option *o,
                       const struct model *m)
{
    if (!o->of_verb)
        return;
    if (o->of_verb->kind == TAKES_NAME)
        for (size_t i = 0; o->of_verb->names[i]; i++)
            add(c, prefix, o->of_verb->names[i], "");
    else if (strcmp(o->name, "--option") == 0)
        add_argument(c, prefix, ARG_OPTION, m);
    else if (strcmp(o->name, "--header") == 0)
        add_fields(c, prefix);
}

static void add_setting_values(struct completion *c, const char *prefix, const struct before *b)
{
    static const char *const switches[] = {"on", "off", NULL};

    if (last_is(b, setting_infos[SETTING_THEME].name))
        add_themes(c, prefix);
    for (int i = 0; i < SETTING_COUNT; i++)
        if (last_is(b, setting_infos[i].name) && setting_infos[i].kind == SETTING_SWITCH)
            add_words(c, prefix, switches);
        else if (last_is(b, setting_infos[i].name) && setting_infos[i].kind == SETTING_CHOICE)
            add_words(c, prefix, setting_infos[i].choices);
}

static void add_next(struct completion *c, const char *prefix, const struct before *b,
                     const struct model *m)
{
    enum argument kind = b->words == 1   ? verbs[b->verb].first
                         : b->words == 2 ? verbs[b->verb].second
                                         : ARG_NONE;

    if (verbs[b->verb].first == ARG_EXPRESSION ||
        verbs[b->verb].first == ARG_PACKETS_EXPRESSION || verbs[b->verb].first == ARG_COLUMN)
        kind = verbs[b->verb].first;
    if (kind == ARG_SETTING_VALUE)
        add_setting_values(c, prefix, b);
    else if (kind == ARG_PACKETS_EXPRESSION && last_is(b, "finding"))
        add_findings(c, prefix);
    else if (kind == ARG_EXPRESSION && (last_is(b, "state") || last_is(b, "exclude")))
        add_states(c, prefix);
    else if (b->verb == VERB_SERVE && kind == ARG_ENDPOINT)
        add(c, prefix, "tcp://", ""); /* where we listen already is taken */
    else
        add_argument(c, prefix, kind, m);
    /* What must be there comes first. */
    if (b->words > 1 || prefix[0] == '-')
        add_options(c, prefix, b);
}

void complete_line(const char *line, size_t cursor, const struct model *m,
                   struct completion *ret)
{
    char prefix[COMPLETE_TEXT_BYTES];
    struct before b;
    size_t start = read_before(line, cursor, &b);

    /* Names of columns may be parted by commas, too. */
    for (size_t i = start; b.verb == VERB_COLUMNS && i < cursor; i++)
        start = line[i] == ',' ? i + 1 : start;
    *ret = (struct completion){.start = start};
    if (cursor - start >= sizeof(prefix))
        return;
    memcpy(prefix, line + start, cursor - start);
    prefix[cursor - start] = '\0';
    if (!b.words)
        add_verbs(ret, prefix);
    else if (b.value)
        add_values(ret, prefix, &b.open, m);
    else if (b.verb >= 0)
        add_next(ret, prefix, &b, m);
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
    /* Behind a scheme and a field's name the word goes on. */
    if (c->n == 1 && len && buf[len - 1] != '/' && buf[len - 1] != '=' && buf[len - 1] != ':')
        buf[len++] = ' ';
    buf[len] = '\0';
    return len;
}
