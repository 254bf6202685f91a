#include "core/report/names.h"

#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"

#define LINE_BYTES 4096
#define SOURCE_BYTES 256

struct out {
    int (*line)(void *ctx, const char *text);
    void *ctx;
    int r; /* what line() returned; nothing is said any more once it is not 0 */
};

/* One line; what it carries from outside is cleaned here. */
__attribute__((format(printf, 2, 3))) static void say(struct out *o, const char *format, ...)
{
    char raw[LINE_BYTES], clean[LINE_BYTES * 2];
    va_list args;

    if (o->r)
        return;
    va_start(args, format);
    vsnprintf(raw, sizeof(raw), format, args);
    va_end(args);
    text_clean(raw, strlen(raw), clean, sizeof(clean));
    o->r = o->line(o->ctx, clean);
}

static const struct name_answer *answer_of(const struct name_report *r,
                                           const struct name_finding *f, size_t i)
{
    return &r->answers[f->first_answer + i];
}

/* "/etc/hosts:3", "DNS 127.0.0.53:53, 1.2 ms". */
static const char *source_text(const struct name_report *r, const struct name_finding *f,
                               char buf[SOURCE_BYTES])
{
    char server[ADDR_TEXT_BYTES], duration[TEXT_DURATION_BYTES];

    if (f->source == NAME_FILE)
        snprintf(buf, SOURCE_BYTES, "%s:%u", r->hosts_path, f->line);
    else
        snprintf(buf, SOURCE_BYTES, "DNS %s, %s", addr_format(&f->server, server),
                 text_duration(f->elapsed_ns, duration));
    return buf;
}

static const char *address_source(const struct name_report *r, const struct name_address *a,
                                  char buf[SOURCE_BYTES])
{
    char more[48] = "", source[SOURCE_BYTES];
    size_t others = a->n_sources + a->sources_left_out;

    if (r->numeric)
        return "the address itself";
    if (!a->n_sources)
        return "a source that was not looked into";
    if (others > 1)
        snprintf(more, sizeof(more), "; %zu more say so", others - 1);
    snprintf(buf, SOURCE_BYTES, "%.200s%s", source_text(r, &r->findings[a->sources[0]], source),
             more);
    return buf;
}

static const char *family_text(const struct addr *a)
{
    return a->family == AF_INET6 ? "IPv6" : "IPv4";
}

static int address_width(const struct name_report *r)
{
    char ip[ADDR_TEXT_BYTES];
    size_t widest = 0;

    for (size_t i = 0; i < r->n_addresses; i++) {
        size_t len = strlen(addr_format_ip(&r->addresses[i].addr, ip));

        widest = len > widest ? len : widest;
    }
    return (int)widest;
}

static void say_addresses(struct out *o, const struct name_report *r)
{
    char ip[ADDR_TEXT_BYTES], source[SOURCE_BYTES];

    for (size_t i = 0; i < r->n_addresses; i++) {
        const struct name_address *a = &r->addresses[i];

        say(o, "%-*s  %s  %s", address_width(r), addr_format_ip(&a->addr, ip),
            family_text(&a->addr), address_source(r, a, source));
    }
    if (r->addresses_left_out)
        say(o, "and %zu more addresses", r->addresses_left_out);
    if (r->n_addresses)
        say(o, "%s", "");
}

static void say_port(struct out *o, const struct name_report *r)
{
    char list[SOURCE_BYTES * 4] = "";
    size_t used = 0;

    if (!r->has_port)
        return;
    for (size_t i = 0; i < r->n_services; i++) {
        const struct name_service *s = &r->services[i];
        int n = snprintf(list + used, sizeof(list) - used, "%s%s/%s (%s:%u)", i ? ", " : "",
                         s->name, s->protocol, r->services_path, s->line);

        if (n < 0 || (size_t)n >= sizeof(list) - used)
            break;
        used += (size_t)n;
    }
    if (r->services_left_out)
        say(o, "port:       %u, %s and %zu more", r->port, list, r->services_left_out);
    else
        say(o, "port:       %u, %s", r->port,
            r->n_services       ? list
            : r->services_error ? "what service has it is not known"
                                : "no service has it");
    if (r->services_error)
        say(o, "  %s  cannot be read: %s", r->services_path,
            strerrordesc_np(-r->services_error));
}

static void say_facts(struct out *o, const struct name_report *r)
{
    char duration[TEXT_DURATION_BYTES], nsswitch[SOURCE_BYTES];

    say(o, "name:       %s", r->name);
    if (r->canonical[0])
        say(o, "canonical:  %s", r->canonical);
    say_port(o, r);
    say(o, "own name:   %s%s%s", r->hostname, r->fqdn[0] ? ", in full " : "", r->fqdn);
    if (r->nsswitch.found)
        snprintf(nsswitch, sizeof(nsswitch), "%s:%u", r->nsswitch_path, r->nsswitch.line);
    else
        snprintf(nsswitch, sizeof(nsswitch), "the C library's rule");
    say(o, "order:      %s (%s)", r->nsswitch.text, nsswitch);
    if (r->answered)
        say(o, "lookup:     %s, %s", r->eai ? names_eai_symbol(r->eai) : "answered",
            text_duration(r->lookup_ns, duration));
    else
        say(o, "lookup:     no answer within %s", names_seconds(r->timeout_ns, duration));
}

static const char *no_name_text(const struct name_report *r, const struct name_address *a,
                                char buf[SOURCE_BYTES])
{
    char seconds[NAMES_SECONDS_BYTES];

    if (a->reverse_state == REVERSE_NOT_ASKED)
        return "not looked up";
    if (a->reverse_state == REVERSE_NONE)
        return "no name";
    if (a->reverse_state == REVERSE_ERROR)
        snprintf(buf, SOURCE_BYTES, "%s: %s", names_eai_symbol(a->reverse_error),
                 gai_strerror(a->reverse_error));
    else
        snprintf(buf, SOURCE_BYTES, "no answer within %s",
                 names_seconds(r->timeout_ns, seconds));
    return buf;
}

static void say_reverse(struct out *o, const struct name_report *r)
{
    char ip[ADDR_TEXT_BYTES], source[SOURCE_BYTES], text[SOURCE_BYTES];

    say(o, "%s", "names of the addresses:");
    for (size_t i = 0; i < r->n_addresses; i++) {
        const struct name_address *a = &r->addresses[i];

        addr_format_ip(&a->addr, ip);
        for (size_t j = 0; j < a->n_reverse; j++) {
            const struct name_reverse *n = &a->reverse[j];

            say(o, "  %-*s  %s (%s%s%s)", address_width(r), ip, n->name,
                n->has_source ? source_text(r, &r->findings[n->source], source) : "",
                n->has_source && n->system ? "; " : "", n->system ? "programs see this" : "");
        }
        if (a->reverse_left_out)
            say(o, "  %-*s  and %zu more", address_width(r), ip, a->reverse_left_out);
        if (a->reverse_state != REVERSE_NAMED)
            say(o, "  %-*s  %s%s", address_width(r), ip, a->n_reverse ? "programs see: " : "",
                no_name_text(r, a, text));
    }
}

static void say_answers(struct out *o, const struct name_report *r,
                        const struct name_finding *f)
{
    char ip[ADDR_TEXT_BYTES], type[DNS_TYPE_BYTES];

    for (size_t i = 0; i < f->n_answers; i++) {
        const struct name_answer *a = answer_of(r, f, i);

        say(o, "    %s %s, valid for %u s", dns_type_name(a->type, type),
            a->addr.family == AF_UNSPEC ? a->name : addr_format_ip(&a->addr, ip), a->ttl_s);
    }
    if (f->answers_left_out)
        say(o, "    and %zu more", f->answers_left_out);
}

static void say_question(struct out *o, const struct name_report *r,
                         const struct name_finding *f)
{
    char server[ADDR_TEXT_BYTES], type[DNS_TYPE_BYTES], words[NAMES_WORDS_BYTES];
    char duration[TEXT_DURATION_BYTES], note[NAMES_TEXT_BYTES + 32] = "";

    if (f->suffix[0])
        snprintf(note, sizeof(note), " (suffix %s)", f->suffix);
    say(o, "  DNS %s  %s %s%s: %s%s%s%s", addr_format(&f->server, server),
        dns_type_name(f->type, type), f->query, note, names_outcome_words(r, f, words),
        f->has_elapsed ? ", " : "",
        f->has_elapsed ? text_duration(f->elapsed_ns, duration) : "", f->tcp ? ", TCP" : "");
    say_answers(o, r, f);
}

static void say_findings(struct out *o, const struct name_report *r)
{
    char ip[ADDR_TEXT_BYTES];

    say(o, "%s", "sources:");
    if (r->hosts_error)
        say(o, "  %s  cannot be read: %s", r->hosts_path, strerrordesc_np(-r->hosts_error));
    for (size_t i = 0; i < r->n_findings; i++) {
        const struct name_finding *f = &r->findings[i];

        if (f->source == NAME_DNS)
            say_question(o, r, f);
        else if (f->source == NAME_MODULE)
            say(o, "  module %s  not looked into", f->module);
        else
            say(o, "  %s:%u  %s %s", r->hosts_path, f->line, addr_format_ip(&f->about, ip),
                f->n_answers ? answer_of(r, f, 0)->name : "");
    }
    if (r->findings_left_out)
        say(o, "  and %zu more", r->findings_left_out);
    if (r->resolver.servers_left_out)
        say(o, "  %zu more servers in %s, which the C library never asks",
            r->resolver.servers_left_out, r->resolv_path);
    if (r->resolver.suffixes_left_out)
        say(o, "  %zu more suffixes in %s, which were not tried", r->resolver.suffixes_left_out,
            r->resolv_path);
}

int names_text(const struct name_report *r, int (*line)(void *ctx, const char *text), void *ctx)
{
    struct out o = {.line = line, .ctx = ctx};

    say_addresses(&o, r);
    say_facts(&o, r);
    say(&o, "%s", "");
    if (r->n_addresses) {
        say_reverse(&o, r);
        say(&o, "%s", "");
    }
    say_findings(&o, r);
    if (r->n_warnings)
        say(&o, "%s", "");
    for (size_t i = 0; i < r->n_warnings; i++)
        say(&o, "warning: %s", r->warnings[i].text);
    return o.r;
}
