#include "probes/names_files.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The C library's own limits (resolv.h: RES_MAXNDOTS, RES_MAXRETRANS, RES_MAXRETRY). */
#define NDOTS_MAX 15
#define TIMEOUT_MAX_S 30
#define ATTEMPTS_MAX 5
#define WORD_BYTES 256

/* A piece of the text; nothing is copied but the words that are looked at. */
struct span {
    const char *at, *end;
};

struct lines {
    struct span rest;
    unsigned number;
};

static struct lines lines_of(const char *text, size_t len)
{
    return (struct lines){.rest = {text, text + len}};
}

/* The next line, up to a comment that begins with one of these characters. */
static bool next_line(struct lines *l, const char *comment, struct span *ret)
{
    const char *end, *at = l->rest.at;

    if (at >= l->rest.end)
        return false;
    end = memchr(at, '\n', (size_t)(l->rest.end - at));
    if (!end)
        end = l->rest.end;
    l->rest.at = end + 1;
    l->number++;
    *ret = (struct span){at, at};
    while (ret->end < end && (!*ret->end || !strchr(comment, *ret->end)))
        ret->end++;
    return true;
}

/* A NUL counts as one, so that no word is empty. */
static bool blank(char c)
{
    return c == '\0' || c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* A word that is too long is not there for us. */
static bool next_word(struct span *line, char ret[WORD_BYTES])
{
    for (;;) {
        const char *from;
        size_t len;

        while (line->at < line->end && blank(*line->at))
            line->at++;
        if (line->at >= line->end)
            return false;
        for (from = line->at; line->at < line->end && !blank(*line->at);)
            line->at++;
        len = (size_t)(line->at - from);
        if (len >= WORD_BYTES)
            continue;
        memcpy(ret, from, len);
        ret[len] = '\0';
        return true;
    }
}

static bool parse_ip(const char *text, uint16_t port, struct addr *ret)
{
    struct in6_addr in6;
    struct in_addr in;

    if (inet_pton(AF_INET, text, &in) == 1)
        *ret = addr_make(AF_INET, &in, port);
    else if (inet_pton(AF_INET6, text, &in6) == 1)
        *ret = addr_make(AF_INET6, &in6, port);
    else
        return false;
    return true;
}

/* ---- hosts ------------------------------------------------------------------------------- */

static bool names_it(struct span names, const char *name)
{
    char word[WORD_BYTES];

    while (next_word(&names, word))
        if (strcasecmp(word, name) == 0)
            return true;
    return false;
}

static void add_line(struct name_report *r, const struct addr *a, unsigned line,
                     const char *name, bool reverse)
{
    struct name_finding *f = names_finding(r, NAME_FILE);
    struct name_answer *answer = f ? names_answer(r, f) : NULL;

    if (!f)
        return;
    f->reverse = reverse;
    f->about = *a;
    f->line = line;
    if (!answer)
        return;
    answer->type = a->family == AF_INET ? DNS_A : DNS_AAAA;
    answer->addr = *a;
    snprintf(answer->name, sizeof(answer->name), "%s", name);
}

void names_read_hosts(const char *text, size_t len, struct name_report *r)
{
    struct lines l = lines_of(text, len);
    struct span line;

    while (next_line(&l, "#", &line)) {
        char word[WORD_BYTES];
        struct span names;
        struct addr a;

        if (!next_word(&line, word) || !parse_ip(word, 0, &a))
            continue;
        names = line;
        if (next_word(&line, word) && names_it(names, r->name))
            add_line(r, &a, l.number, word, false);
    }
}

static bool has_line(const struct name_report *r, unsigned line)
{
    for (size_t i = 0; i < r->n_findings; i++)
        if (r->findings[i].source == NAME_FILE && r->findings[i].line == line)
            return true;
    return false;
}

void names_read_hosts_of(const char *text, size_t len, const struct addr *a,
                         struct name_report *r)
{
    struct lines l = lines_of(text, len);
    struct span line;

    while (next_line(&l, "#", &line)) {
        char word[WORD_BYTES];
        struct addr of_line;

        if (next_word(&line, word) && parse_ip(word, 0, &of_line) &&
            addr_same_ip(&of_line, a) && next_word(&line, word) && !has_line(r, l.number))
            add_line(r, a, l.number, word, true);
    }
}

/* ---- resolv.conf ------------------------------------------------------------------------- */

/* "fe80::1%eth0" too.  The C library wants the address right behind the word. */
static bool parse_server(char *word, uint16_t port, struct addr *ret)
{
    char *zone = strchr(word, '%');

    if (zone)
        *zone++ = '\0';
    if (!parse_ip(word, port, ret))
        return false;
    if (zone && ret->family == AF_INET6) {
        ret->scope = if_nametoindex(zone);
        if (!ret->scope)
            ret->scope = (uint32_t)strtoul(zone, NULL, 10);
    }
    return true;
}

static void add_server(struct name_resolver *r, const struct addr *server)
{
    if (r->n_servers == NAMES_SERVERS)
        r->servers_left_out++;
    else
        r->servers[r->n_servers++] = *server;
}

/* The last list counts. */
static void set_suffixes(struct name_resolver *r, struct span words)
{
    char word[WORD_BYTES];

    r->n_suffixes = r->suffixes_left_out = 0;
    while (next_word(&words, word)) {
        size_t len = strlen(word);

        while (len && word[len - 1] == '.')
            word[--len] = '\0';
        if (!len)
            continue; /* the root: the name as it is */
        if (r->n_suffixes == NAMES_SUFFIXES)
            r->suffixes_left_out++;
        else
            memcpy(r->suffixes[r->n_suffixes++], word, len + 1);
    }
}

static void set_number(const char *word, const char *key, unsigned min, unsigned max,
                       unsigned *ret)
{
    size_t len = strlen(key);
    unsigned long n;

    if (strncmp(word, key, len) != 0)
        return;
    n = strtoul(word + len, NULL, 10);
    *ret = n < min ? min : n > max ? max : (unsigned)n;
}

static void set_options(struct name_resolver *r, struct span words)
{
    char word[WORD_BYTES];

    while (next_word(&words, word)) {
        set_number(word, "ndots:", 0, NDOTS_MAX, &r->ndots);
        set_number(word, "timeout:", 1, TIMEOUT_MAX_S, &r->timeout_s);
        set_number(word, "attempts:", 1, ATTEMPTS_MAX, &r->attempts);
    }
}

static struct span span_of(const char *text)
{
    return (struct span){text, text + strlen(text)};
}

static void read_resolv_line(struct name_resolver *r, struct span line, uint16_t port)
{
    char key[WORD_BYTES], word[WORD_BYTES];
    struct addr server;

    /* A key stands at the beginning of its line or is none. */
    if (line.at >= line.end || blank(*line.at) || !next_word(&line, key))
        return;
    if (strcmp(key, "nameserver") == 0 && next_word(&line, word) &&
        parse_server(word, port, &server))
        add_server(r, &server);
    else if (strcmp(key, "search") == 0 || strcmp(key, "domain") == 0)
        set_suffixes(r, line);
    else if (strcmp(key, "options") == 0)
        set_options(r, line);
}

void names_read_resolv(const char *text, size_t len, uint16_t port, const char *hostname,
                       const char *local_domain, const char *options, struct name_resolver *ret)
{
    struct name_resolver r = {
        .readable = ret->readable, .ndots = 1, .timeout_s = 5, .attempts = 2};
    struct lines l = lines_of(text, len);
    const char *domain = strchr(hostname, '.');
    const uint32_t loopback = htonl(INADDR_LOOPBACK);
    struct span line;

    if (domain)
        set_suffixes(&r, span_of(domain + 1));
    while (next_line(&l, "", &line))
        if (line.at < line.end && *line.at != '#' && *line.at != ';')
            read_resolv_line(&r, line, port);
    if (local_domain)
        set_suffixes(&r, span_of(local_domain));
    if (options)
        set_options(&r, span_of(options));
    if (!r.n_servers) {
        struct addr here = addr_make(AF_INET, &loopback, port);

        add_server(&r, &here);
        r.default_server = true;
    }
    *ret = r;
}

static bool join_names(const char *name, const char *suffix, char ret[2 * NAMES_TEXT_BYTES])
{
    snprintf(ret, 2 * NAMES_TEXT_BYTES, "%s%s%s", name, suffix[0] ? "." : "", suffix);
    return true;
}

bool names_candidate(const struct name_resolver *resolver, const char *name, size_t i,
                     char ret[2 * NAMES_TEXT_BYTES], const char **ret_suffix)
{
    size_t dots = 0, n = resolver->n_suffixes;
    bool absolute, itself_first;

    for (const char *c = name; *c; c++)
        dots += *c == '.';
    absolute = name[0] && name[strlen(name) - 1] == '.';
    itself_first = absolute || dots >= resolver->ndots;
    if (i > (absolute ? 0 : n))
        return false;
    if (i == (itself_first ? 0 : n)) {
        *ret_suffix = "";
        return join_names(name, "", ret);
    }
    *ret_suffix = resolver->suffixes[itself_first ? i - 1 : i];
    return join_names(name, *ret_suffix, ret);
}

/* ---- nsswitch.conf ------------------------------------------------------------------------ */

static void add_module(struct name_report *r, const char *name)
{
    struct name_finding *f;

    if (strcmp(name, "files") == 0) {
        r->nsswitch.files = true;
        return;
    }
    if (strcmp(name, "dns") == 0 || strcmp(name, "resolve") == 0) {
        r->nsswitch.dns_first |= !r->nsswitch.files;
        r->nsswitch.dns = true;
    }
    if (strcmp(name, "dns") == 0)
        return;
    f = names_finding(r, NAME_MODULE);
    if (f)
        snprintf(f->module, sizeof(f->module), "%.*s", (int)sizeof(f->module) - 1, name);
}

/* What stands in brackets, with blanks or without, is an action. */
static void read_modules(struct name_report *r, struct span words)
{
    char word[WORD_BYTES];
    bool action = false;

    while (next_word(&words, word)) {
        if (word[0] == '[')
            action = true;
        if (!action)
            add_module(r, word);
        if (word[strlen(word) - 1] == ']')
            action = false;
    }
}

static void trim(struct span *s)
{
    while (s->at < s->end && blank(*s->at))
        s->at++;
    while (s->end > s->at && blank(s->end[-1]))
        s->end--;
}

void names_read_switch(const char *text, size_t len, struct name_report *r)
{
    static const char key[] = "hosts:";
    struct lines l = lines_of(text, len);
    struct span line;

    while (next_line(&l, "#", &line)) {
        trim(&line);
        if ((size_t)(line.end - line.at) < sizeof(key) - 1 ||
            strncmp(line.at, key, sizeof(key) - 1) != 0)
            continue;
        line.at += sizeof(key) - 1;
        trim(&line);
        r->nsswitch.found = true;
        r->nsswitch.line = l.number;
        snprintf(r->nsswitch.text, sizeof(r->nsswitch.text), "%.*s", (int)(line.end - line.at),
                 line.at);
        read_modules(r, line);
        return;
    }
    snprintf(r->nsswitch.text, sizeof(r->nsswitch.text), "files dns");
    r->nsswitch.files = r->nsswitch.dns = true;
}

/* ---- services ----------------------------------------------------------------------------- */

static void add_service(struct name_report *r, const char *name, const char *protocol,
                        unsigned line)
{
    struct name_service *s;

    if (r->n_services == NAMES_SERVICES) {
        r->services_left_out++;
        return;
    }
    s = &r->services[r->n_services++];
    s->line = line;
    snprintf(s->name, sizeof(s->name), "%.*s", (int)sizeof(s->name) - 1, name);
    snprintf(s->protocol, sizeof(s->protocol), "%.*s", (int)sizeof(s->protocol) - 1, protocol);
}

void names_read_services(const char *text, size_t len, struct name_report *r)
{
    struct lines l = lines_of(text, len);
    struct span line;

    while (r->has_port && next_line(&l, "#", &line)) {
        char name[WORD_BYTES], port[WORD_BYTES], *slash;

        if (!next_word(&line, name) || !next_word(&line, port))
            continue;
        slash = strchr(port, '/');
        if (slash && strtoul(port, &slash, 10) == r->port && *slash == '/')
            add_service(r, name, slash + 1, l.number);
    }
}
