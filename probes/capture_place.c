#include "probes/capture_place.h"

#include <ctype.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/wire/packet.h"

#define WORDS_MAX 1024
/* A name in a filter is looked up each time that it is tried: a slow resolver costs the place. */
#define SEARCH_NS (300 * CLOCK_MS_NS)

struct word {
    size_t at, len;
};

struct search {
    const char *filter;
    pcap_t *handle;
    char *attempt; /* what is being tried */
    size_t room;
    uint64_t end_ns;
    size_t n_words;
    struct word words[WORDS_MAX];
};

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || strchr("_.:-/\\", c);
}

static bool doubles(char c, char next)
{
    return (c == next && strchr("&|=<>", c)) || (next == '=' && strchr("<>!=", c));
}

/* Names and numbers are words as they stand; of the rest each sign is one. */
static void find_words(struct search *s)
{
    const char *f = s->filter;
    size_t at = 0;

    for (;;) {
        struct word *w = &s->words[s->n_words];
        size_t len = 1;

        while (f[at] && isspace((unsigned char)f[at]))
            at++;
        if (!f[at] || s->n_words == WORDS_MAX)
            return;
        if (in_word(f[at]))
            while (f[at + len] && in_word(f[at + len]))
                len++;
        else if (f[at + 1] && doubles(f[at], f[at + 1]))
            len = 2;
        *w = (struct word){.at = at, .len = len};
        s->n_words++;
        at += len;
    }
}

enum verdict { COMPILES, MEANS_NOTHING, NO_SYNTAX };

/* MEANS_NOTHING: the grammar allows it, and something else is wrong. */
static enum verdict try(struct search *s)
{
    struct bpf_program program;

    if (pcap_compile(s->handle, &program, s->attempt, 0, PCAP_NETMASK_UNKNOWN) < 0)
        return strstr(pcap_geterr(s->handle), "syntax error") ? NO_SYNTAX : MEANS_NOTHING;
    pcap_freecode(&program);
    return COMPILES;
}

/* How an expression may go on after any of its words, so that it is whole: one for each kind of
 * thing that the grammar may be waiting for. */
static const char *const tails[] = {
    "",
    "1",
    "ip",
    "port 1",
    "host 1.2.3.4",
    "dst host 1.2.3.4",
    "1.2.3.4",
    "= 0",
    "1 = 0",
    "0 = 0",
    "] = 0",
    "0] = 0",
    "00:00:00:00:00:00",
    "1-2",
    "proto 1",
    "lo",
    "mgt",
    "beacon",
    "pass",
    "match",
    "nods",
    "broadcast",
    "reset",
    ") = 0",
};
#define N_TAILS (sizeof(tails) / sizeof(tails[0]))

/* Can the first n words be the beginning of an expression? */
static bool begins(struct search *s, size_t n)
{
    size_t len = n ? s->words[n - 1].at + s->words[n - 1].len : 0;
    size_t open = 0;

    for (size_t i = 0; i < n; i++) {
        open += s->filter[s->words[i].at] == '(';
        open -= open && s->filter[s->words[i].at] == ')';
    }
    for (size_t i = 0; i < N_TAILS && clock_now_ns() < s->end_ns; i++) {
        size_t closed = tails[i][0] == ')';
        int used = snprintf(s->attempt, s->room, "%.*s %s ", (int)len, s->filter, tails[i]);

        if (closed > open)
            continue;
        memset(s->attempt + used, ')', open - closed);
        s->attempt[(size_t)used + open - closed] = '\0';
        if (try(s) != NO_SYNTAX)
            return true;
    }
    return false;
}

static void tell(struct err *err, const struct search *s, size_t at, const char *what)
{
    err_set(err, -EINVAL, "capture filter", s->filter, "character %zu: %s", at + 1, what);
    if (err)
        err->place = at + 1;
}

/* The word that libpcap quotes, when the filter has it but once. */
static bool find_quoted(const struct search *s, const char *pcap_text, size_t *ret_at)
{
    const char *begin = strpbrk(pcap_text, "'\""), *end, *found;
    char quoted[ERR_TEXT_BYTES];

    if (!begin || !(end = strchr(begin + 1, *begin)) || end == begin + 1)
        return false;
    snprintf(quoted, sizeof(quoted), "%.*s", (int)(end - begin - 1), begin + 1);
    found = strstr(s->filter, quoted);
    if (!found || strstr(found + 1, quoted))
        return false;
    *ret_at = (size_t)(found - s->filter);
    return true;
}

/* What is often meant; where it makes the whole expression right it is worth saying. */
static const char *const often[] = {
    "port", "host",    "portrange", "net",       "src",       "dst",   "proto", "and",
    "or",   "not",     "tcp",       "udp",       "icmp",      "icmp6", "ip",    "ip6",
    "arp",  "vlan",    "ether",     "broadcast", "multicast", "len",   "less",  "greater",
    "sctp", "inbound", "outbound",  "tcp-syn",   "tcp-ack"};
#define N_OFTEN (sizeof(often) / sizeof(often[0]))

/* Letters to change, add, leave out or exchange with their neighbour: optimal string alignment. */
static unsigned distance(const char *a, size_t a_len, const char *b)
{
    enum { LONGEST = 16 };
    unsigned d[LONGEST + 1][LONGEST + 1] = {{0}};
    size_t b_len = strlen(b);

    if (a_len > LONGEST || b_len > LONGEST)
        return LONGEST;
    for (size_t i = 0; i <= a_len; i++) {
        for (size_t j = 0; j <= b_len; j++) {
            bool same = i && j && tolower((unsigned char)a[i - 1]) == b[j - 1];
            unsigned least = i && j ? d[i - 1][j - 1] + !same : (unsigned)(i + j);

            if (i && d[i - 1][j] + 1 < least)
                least = d[i - 1][j] + 1;
            if (j && d[i][j - 1] + 1 < least)
                least = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                d[i - 2][j - 2] + 1 < least)
                least = d[i - 2][j - 2] + 1;
            d[i][j] = least;
        }
    }
    return d[a_len][b_len];
}

static void hint_word(struct search *s, const struct word *w, struct err *err)
{
    unsigned best = w->len > 3 ? 3 : 2; /* less than this is alike */

    for (size_t i = 0; i < N_OFTEN; i++) {
        unsigned far = distance(s->filter + w->at, w->len, often[i]);

        if (far >= best)
            continue;
        snprintf(s->attempt, s->room, "%.*s%s%s", (int)w->at, s->filter, often[i],
                 s->filter + w->at + w->len);
        if (try(s) == COMPILES) {
            best = far;
            err_hint(err, "did you mean '%s'?", often[i]);
        }
    }
}

static bool explain_syntax(struct search *s, struct err *err)
{
    char what[ERR_TEXT_BYTES], clean[ERR_TEXT_BYTES / 2];
    size_t n = s->n_words;

    while (n && !begins(s, n))
        n--;
    if (clock_now_ns() >= s->end_ns)
        return false;
    if (n == s->n_words) {
        tell(err, s, strlen(s->filter), "it ends where something is missing");
        return true;
    }
    text_clean(s->filter + s->words[n].at, s->words[n].len, clean, sizeof(clean));
    snprintf(what, sizeof(what), "'%s' is not expected", clean);
    tell(err, s, s->words[n].at, what);
    hint_word(s, &s->words[n], err);
    return true;
}

void capture_place_explain(int dlt, const char *filter, const char *pcap_text, struct err *err)
{
    struct search *s = mem_new(1, sizeof(*s));
    char clean[ERR_TEXT_BYTES];
    size_t at;

    text_clean(pcap_text, strlen(pcap_text), clean, sizeof(clean));
    s->filter = filter;
    s->handle = pcap_open_dead(dlt, (int)PACKET_BYTES_MAX);
    s->room = 2 * strlen(filter) + ERR_TEXT_BYTES;
    s->attempt = mem_new(s->room, 1);
    s->end_ns = clock_now_ns() + SEARCH_NS;
    find_words(s);
    if (find_quoted(s, pcap_text, &at))
        tell(err, s, at, clean);
    else if (!s->handle || !strstr(pcap_text, "syntax error") || !explain_syntax(s, err))
        err_set(err, -EINVAL, "capture filter", filter, "%s", clean);
    if (s->handle)
        pcap_close(s->handle);
    free(s->attempt);
    free(s);
}
