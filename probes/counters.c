/* /proc/net/snmp and netstat: a line of names, then a line of values, each with the group in front
 * ("TcpExt: SyncookiesSent ..."); snmp6: a name and a value a line.  proc(5), SNMP counters of
 * Documentation/networking/snmp_counter.rst. */
#include "probes/counters.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/share.h"
#include "probes/grant.h"

#define FILE_BYTES (256U << 10)

void counters_add(struct counters *to, uint64_t value, const char *name, ...)
{
    struct counter *one;
    va_list args;
    int n;

    if (to->n == COUNTERS_MAX)
        return;
    one = &to->list[to->n];
    va_start(args, name);
    n = vsnprintf(one->name, sizeof(one->name), name, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof(one->name))
        return;
    one->value = value;
    to->n++;
}

static size_t word(const char *at)
{
    return strcspn(at, " \t\n");
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

void counters_parse_pairs(const char *text, struct counters *to)
{
    while (*text) {
        const char *end = strchr(text, '\n');
        const char *values = end ? end + 1 : "";
        size_t group = strcspn(text, ":\n"), values_group = strcspn(values, ":\n");
        const char *name, *value;

        if (!end || text[group] != ':' || values[values_group] != ':')
            return;
        name = skip_blanks(text + group + 1);
        value = skip_blanks(values + values_group + 1);
        while (word(name) && word(value)) {
            counters_add(to, strtoull(value, NULL, 10), "%.*s.%.*s", (int)group, text,
                         (int)word(name), name);
            name = skip_blanks(name + word(name));
            value = skip_blanks(value + word(value));
        }
        end = strchr(values, '\n');
        text = end ? end + 1 : "";
    }
}

void counters_parse_list(const char *text, struct counters *to)
{
    while (*text) {
        const char *end = strchr(text, '\n'), *value = skip_blanks(text + word(text));

        if (word(text) && word(value))
            counters_add(to, strtoull(value, NULL, 10), "%.*s", (int)word(text), text);
        if (!end)
            return;
        text = end + 1;
    }
}

void counters_parse_words(const char *text, const char *group, struct counters *to)
{
    while (*text) {
        size_t title = strcspn(text, ":\n");
        const char *name = text + title;

        name = skip_blanks(*name == ':' ? name + 1 : name);
        while (word(name)) {
            const char *value = skip_blanks(name + word(name));

            if (word(value))
                counters_add(to, strtoull(value, NULL, 10), "%s.%.*s.%.*s", group, (int)title,
                             text, (int)word(name), name);
            name = skip_blanks(value + word(value));
        }
        text = strchr(name, '\n');
        if (!text)
            return;
        text++;
    }
}

static int read_file(const char *name, void (*parse)(const char *text, struct counters *to),
                     struct counters *to, struct err *err)
{
    char *text;
    size_t len;
    int fd, r = grant_net_file(name, &fd);

    if (r < 0)
        return err_set(err, r, "read", name, "%s", "");
    r = share_read_fd(fd, name, FILE_BYTES, &text, &len, err);
    if (r < 0)
        return r;
    parse(text, to);
    free(text);
    return 0;
}

int counters_read(struct counters *ret, struct err *err)
{
    struct counters *c = ret;
    int r;

    c->n = 0;
    r = read_file("snmp", counters_parse_pairs, c, err);
    if (r == 0)
        r = read_file("netstat", counters_parse_pairs, c, err);
    /* Without IPv6 in the kernel there is none. */
    if (r == 0 && read_file("snmp6", counters_parse_list, c, NULL) < 0)
        r = 0;
    c->seen = r == 0;
    return r;
}
