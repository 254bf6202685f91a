/* proc_pid_net(5): sockstat, dev; Documentation/networking/ip-sysctl.rst. */
#include "probes/host_look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/share.h"
#include "core/base/text.h"
#include "probes/counters.h"

#define FILE_BYTES (1U << 20)
/* Of a sysctl: tcp_mem has three numbers. */
#define NUMBERS 3
/* Fields of an interface in /proc/net/dev: eight received, then eight sent. */
enum { RX_DROP = 3, TX_DROP = 11, FIELDS = 16 };

static char *read_text(const char *path)
{
    char *text = NULL;
    size_t len;

    return share_read_path(path, FILE_BYTES, &text, &len, NULL) < 0 ? NULL : text;
}

/* --- interfaces --------------------------------------------------------------------------- */

/* Behind the name; false when the line ends too early. */
static bool read_fields(const char *at, uint64_t fields[FIELDS])
{
    for (size_t i = 0; i < FIELDS; i++) {
        char *end;

        fields[i] = strtoull(at, &end, 10);
        /* A number of the next line would not be this interface's. */
        if (end == at || memchr(at, '\n', (size_t)(end - at)))
            return false;
        at = end;
    }
    return true;
}

void host_parse_devices(const char *text, struct host_reading *to)
{
    uint64_t fields[FIELDS], received = 0, sent = 0;
    bool any = false;

    for (const char *next; *text; text = next) {
        size_t line = strcspn(text, "\n"), name;
        const char *colon = memchr(text, ':', line);

        next = text + line + (text[line] == '\n');
        if (!colon || !read_fields(colon + 1, fields))
            continue;
        any = true;
        received += fields[RX_DROP];
        sent += fields[TX_DROP];
        text += strspn(text, " ");
        name = (size_t)(colon - text);
        if (fields[RX_DROP] + fields[TX_DROP] <= to->dropper_drops)
            continue;
        to->dropper_drops = fields[RX_DROP] + fields[TX_DROP];
        text_clean(text, name, to->dropper, sizeof(to->dropper));
    }
    if (!any)
        return;
    counters_add(&to->counters, received, "dev.rx_drop");
    counters_add(&to->counters, sent, "dev.tx_drop");
}

/* --- limits ------------------------------------------------------------------------------- */

static void read_sysctl(struct host_reading *r, const char *name)
{
    char path[96], *text, *at, *end;

    snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s", name);
    text = at = read_text(path);
    for (unsigned i = 0; at && i < NUMBERS; i++) {
        uint64_t value = strtoull(at, &end, 10);

        if (end == at)
            break;
        counters_add(&r->counters, value, "sysctl.%s.%u", name, i);
        at = end;
    }
    free(text);
}

struct host_reading *host_look(void)
{
    static const char *const sysctls[] = {"tcp_max_tw_buckets", "tcp_max_orphans", "tcp_mem",
                                          "udp_mem", "ip_local_port_range"};
    struct host_reading *r = mem_new(1, sizeof(*r));
    char *text;

    r->at_ns = clock_now_ns();
    r->page_bytes = (uint32_t)sysconf(_SC_PAGESIZE);
    counters_read(&r->counters, &r->err);
    text = read_text("/proc/thread-self/net/sockstat");
    counters_parse_words(text ? text : "", "sockstat", &r->counters);
    free(text);
    text = read_text("/proc/thread-self/net/dev");
    host_parse_devices(text ? text : "", r);
    free(text);
    for (size_t i = 0; i < sizeof(sysctls) / sizeof(sysctls[0]); i++)
        read_sysctl(r, sysctls[i]);
    return r;
}
