/* /proc/net/snmp and netstat: a line of names, then a line of values, each with the group in front
 * ("TcpExt: SyncookiesSent ..."); snmp6: a name and a value a line.  proc(5), SNMP counters of
 * Documentation/networking/snmp_counter.rst. */
#include "probes/counters.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/share.h"

#define FILE_BYTES (256U << 10)

static void add(struct counters *c, const char *group, size_t group_len, const char *name,
                size_t name_len, uint64_t value)
{
    struct counter *to;
    int n;

    if (c->n == COUNTERS_MAX)
        return;
    to = &c->list[c->n];
    n = snprintf(to->name, sizeof(to->name), "%.*s%s%.*s", (int)group_len, group,
                 group_len ? "." : "", (int)name_len, name);
    if (n < 0 || (size_t)n >= sizeof(to->name))
        return;
    to->value = value;
    c->n++;
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
            add(to, text, group, name, word(name), strtoull(value, NULL, 10));
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
            add(to, "", 0, text, word(text), strtoull(value, NULL, 10));
        if (!end)
            return;
        text = end + 1;
    }
}

static int read_file(const char *path, void (*parse)(const char *text, struct counters *to),
                     struct counters *to, struct err *err)
{
    char *text;
    size_t len;
    int r = share_read_path(path, FILE_BYTES, &text, &len, err);

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
    r = read_file("/proc/thread-self/net/snmp", counters_parse_pairs, c, err);
    if (r == 0)
        r = read_file("/proc/thread-self/net/netstat", counters_parse_pairs, c, err);
    /* Without IPv6 in the kernel there is none. */
    if (r == 0 && read_file("/proc/thread-self/net/snmp6", counters_parse_list, c, NULL) < 0)
        r = 0;
    c->seen = r == 0;
    return r;
}
