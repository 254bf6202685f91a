#include "core/model/names.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"

#define OPERATION "resolve"

/* ---- the question ------------------------------------------------------------------------ */

/* "example.org", "[::1]", "::1", "fe80::1%eth0", "tcp://example.org": no port. */
static bool without_port(const char *word)
{
    const char *scheme = strstr(word, "://");
    const char *host = scheme ? scheme + 3 : word;
    const char *colon = strchr(host, ':');

    if (host[0] == '[')
        return host[strlen(host) - 1] == ']';
    return !colon || (!scheme && strchr(colon + 1, ':'));
}

static int wish_of(const struct endpoint *e, bool has_port, struct names_wish *ret,
                   struct err *err)
{
    struct names_wish w = {
        .has_port = has_port, .port = e->port, .timeout_ns = NAMES_TIMEOUT_NS};
    int n;

    if (e->scheme >= ENDPOINT_UNIX)
        return err_set(err, -EINVAL, OPERATION, e->path,
                       "a unix socket has a path, no name to look up");
    if (!e->host[0])
        return err_set(err, -EINVAL, OPERATION, "", "the name is missing: NAME or NAME:PORT");
    n = snprintf(w.name, sizeof(w.name), "%s%s%s", e->host, e->zone[0] ? "%" : "", e->zone);
    if (n < 0 || (size_t)n >= sizeof(w.name))
        return err_set(err, -EINVAL, OPERATION, e->host, "the name is too long");
    *ret = w;
    return 0;
}

int names_wish_parse(size_t n, char *const words[], struct names_wish *ret, struct err *err)
{
    char no_port[] = "0", joined[ENDPOINT_TEXT_BYTES + 64];
    char *two[] = {NULL, no_port};
    struct endpoint e;
    bool has_port = n != 1 || !without_port(words[0]);
    int r;

    if (n == 0 || !words[0][0])
        return err_set(err, -EINVAL, OPERATION, "", "the name is missing: NAME or NAME:PORT");
    two[0] = words[0];
    if (has_port) {
        r = endpoint_parse_words(n, words, &e, err);
    } else if (strstr(words[0], "://")) {
        snprintf(joined, sizeof(joined), "%.*s:0", (int)sizeof(joined) - 3, words[0]);
        r = endpoint_parse(joined, &e, err);
    } else {
        r = endpoint_parse_words(2, two, &e, err);
    }
    return r < 0 ? r : wish_of(&e, has_port, ret, err);
}

/* ---- filling ----------------------------------------------------------------------------- */

struct name_finding *names_finding(struct name_report *r, enum name_source source)
{
    struct name_finding *f;

    if (r->n_findings == NAMES_FINDINGS) {
        r->findings_left_out++;
        return NULL;
    }
    f = &r->findings[r->n_findings++];
    *f = (struct name_finding){.source = source};
    return f;
}

struct name_answer *names_answer(struct name_report *r, struct name_finding *f)
{
    if (r->n_answers == NAMES_ANSWERS) {
        f->answers_left_out++;
        return NULL;
    }
    if (f->n_answers == 0)
        f->first_answer = r->n_answers;
    f->n_answers++;
    return &r->answers[r->n_answers++];
}

/* ---- words ------------------------------------------------------------------------------- */

const char *names_warning_id(enum name_warning id)
{
    static const char *const ids[] = {
        [WARNING_LOCALHOST] = "localhost-not-loopback",
        [WARNING_DISAGREE] = "sources-disagree",
        [WARNING_SERVERS] = "servers-disagree",
        [WARNING_SUFFIX] = "search-suffix-used",
        [WARNING_SEVERAL_LINES] = "hosts-several-addresses",
        [WARNING_IDN] = "idn-encoded",
    };

    return ids[id];
}

const char *names_eai_symbol(int eai)
{
    static const struct {
        int eai;
        const char *symbol;
    } symbols[] = {
        {EAI_NONAME, "EAI_NONAME"},         {EAI_NODATA, "EAI_NODATA"},
        {EAI_AGAIN, "EAI_AGAIN"},           {EAI_FAIL, "EAI_FAIL"},
        {EAI_MEMORY, "EAI_MEMORY"},         {EAI_FAMILY, "EAI_FAMILY"},
        {EAI_ADDRFAMILY, "EAI_ADDRFAMILY"}, {EAI_SYSTEM, "EAI_SYSTEM"},
        {EAI_BADFLAGS, "EAI_BADFLAGS"},     {EAI_SERVICE, "EAI_SERVICE"},
        {EAI_SOCKTYPE, "EAI_SOCKTYPE"},     {EAI_OVERFLOW, "EAI_OVERFLOW"},
        {EAI_IDN_ENCODE, "EAI_IDN_ENCODE"},
    };

    for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
        if (symbols[i].eai == eai)
            return symbols[i].symbol;
    return "EAI unknown";
}

const char *names_seconds(uint64_t ns, char buf[NAMES_SECONDS_BYTES])
{
    snprintf(buf, NAMES_SECONDS_BYTES, "%.4g s", (double)ns / 1e9);
    return buf;
}

unsigned names_patience_s(const struct name_resolver *resolver)
{
    return resolver->timeout_s * resolver->attempts * (unsigned)resolver->n_servers;
}

static void answered_words(const struct name_finding *f, char buf[NAMES_WORDS_BYTES])
{
    const char *name = dns_rcode_name(f->rcode), *words = dns_rcode_words(f->rcode);

    if (!name)
        snprintf(buf, NAMES_WORDS_BYTES, "response code %u", f->rcode);
    else if (f->rcode != DNS_NOERROR)
        snprintf(buf, NAMES_WORDS_BYTES, "%s: %s", name, words);
    else if (f->n_answers + f->answers_left_out == 0)
        snprintf(buf, NAMES_WORDS_BYTES, "no record of this type");
    else
        snprintf(buf, NAMES_WORDS_BYTES, "%s", name);
}

const char *names_outcome_words(const struct name_report *r, const struct name_finding *f,
                                char buf[NAMES_WORDS_BYTES])
{
    const char *where = f->tcp ? "an answer too long for a datagram, and by TCP " : "";
    char seconds[NAMES_SECONDS_BYTES];

    buf[0] = '\0';
    if (f->source == NAME_MODULE)
        snprintf(buf, NAMES_WORDS_BYTES, "not looked into");
    else if (f->source == NAME_FILE)
        return buf;
    else if (f->outcome == NAME_SILENT)
        snprintf(buf, NAMES_WORDS_BYTES, "%sno answer within %s", where,
                 names_seconds(r->timeout_ns, seconds));
    else if (f->outcome == NAME_GARBLED)
        snprintf(buf, NAMES_WORDS_BYTES, "an answer that cannot be read");
    else if (f->outcome == NAME_NOT_ASKED)
        snprintf(buf, NAMES_WORDS_BYTES, "not asked: %s",
                 r->idn ? "only the system knows the IDN form of this name"
                        : "no DNS message can hold this name");
    else if (f->outcome == NAME_FAILED && f->error == -ECONNREFUSED)
        snprintf(buf, NAMES_WORDS_BYTES, "%sno server listens there (ECONNREFUSED)", where);
    else if (f->outcome == NAME_FAILED)
        snprintf(buf, NAMES_WORDS_BYTES, "%s%s (%s)", where, strerrordesc_np(-f->error),
                 err_name(f->error));
    else
        answered_words(f, buf);
    return buf;
}
