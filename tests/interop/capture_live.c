/* Captures as the faces do, through struct probes, and answers questions about it: one line of JSON
 * for each line of stdin.
 *
 *     capture_live [-p] [-s SNAPLEN] [-w] [FILTER]      -w: the capture waits for "packets"
 *     add INTERFACE       begin there
 *     filter EXPRESSION   change it
 *     status              the newest meter
 *     packets             what is in the store: how many, and the numbers that datagrams end with,
 *                         in 8 bytes: how many different ones, how often one came again */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/model/probing.h"
#include "probes/probes.h"

#define NUMBERS 65536

struct live {
    struct capture *capture;
    struct capture_status *status;
    struct ring *store;
    _Atomic uint64_t reader;
    uint64_t next, lost, packets, numbers, again;
    bool seen[NUMBERS];
};

static const char *const states[] = {"opening", "running", "down", "failed"};

static void answer_status(struct live *l)
{
    struct capture_status *newest = mailbox_take(linux_probes.capture_meter(l->capture));

    if (newest) {
        free(l->status);
        l->status = newest;
    }
    printf("{\"filter\": \"%s\"", l->status ? l->status->filter : "");
    for (size_t i = 0; l->status && i < l->status->n_interfaces; i++) {
        const struct capture_interface *s = &l->status->interfaces[i];

        printf(", \"%s\": {\"state\": \"%s\", \"link\": %u, \"promiscuous\": %d, \"packets\": "
               "%llu,"
               " \"cut\": %llu, \"dropped\": %llu, \"has_interface_dropped\": %d,"
               " \"delay_ns\": %llu, \"error\": %d}",
               s->name, states[s->state], s->link_type, s->promiscuous,
               (unsigned long long)s->packets, (unsigned long long)s->cut,
               (unsigned long long)s->dropped, s->has_interface_dropped,
               (unsigned long long)s->delay_ns, s->err.code);
    }
    puts("}");
}

static void see(struct live *l, const uint8_t *bytes, size_t len)
{
    uint64_t number = 0;

    l->packets++;
    for (size_t i = len < 8 ? len : len - 8; i < len; i++)
        number = number << 8 | bytes[i];
    if (number >= NUMBERS)
        return;
    l->again += l->seen[number];
    l->numbers += !l->seen[number];
    l->seen[number] = true;
}

static void answer_packets(struct live *l)
{
    static uint8_t bytes[PACKET_BYTES_MAX];
    struct packet packet;
    size_t len;

    while (l->next < ring_head(l->store)) {
        if (ring_get(l->store, l->next, &packet, bytes, sizeof(bytes), &len)) {
            see(l, bytes, len);
            l->next++;
        } else {
            l->lost += ring_tail(l->store) - l->next;
            l->next = ring_tail(l->store);
        }
    }
    l->reader = l->next;
    printf("{\"packets\": %llu, \"lost\": %llu, \"numbers\": %llu, \"again\": %llu}\n",
           (unsigned long long)l->packets, (unsigned long long)l->lost,
           (unsigned long long)l->numbers, (unsigned long long)l->again);
}

static void answer_filter(struct live *l, const char *filter)
{
    struct err err = {0};
    int code = linux_probes.capture_filter(l->capture, filter, &err);

    printf("{\"code\": %d, \"place\": %zu}\n", code, err.place);
}

static void answer(struct live *l, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    if (strncmp(line, "add ", 4) == 0)
        printf("%s\n", linux_probes.capture_add(l->capture, line + 4) ? "true" : "false");
    else if (strncmp(line, "filter ", 7) == 0)
        answer_filter(l, line + 7);
    else if (strcmp(line, "status") == 0)
        answer_status(l);
    else
        answer_packets(l);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static struct live l;
    struct capture_settings settings = {0};
    struct bell news;
    char line[1024];
    int option;

    while ((option = getopt(argc, argv, "ps:w")) != -1) {
        if (option == 'p')
            settings.promiscuous = true;
        else if (option == 's')
            settings.snaplen = atoi(optarg);
        else if (option == 'w')
            settings.reader = &l.reader;
    }
    settings.filter = optind < argc ? argv[optind] : NULL;
    bell_init(&news);
    l.store = settings.reader ? packet_queue_new() : packet_store_new();
    l.capture = linux_probes.capture_start(&settings, l.store, &news);
    while (fgets(line, sizeof(line), stdin))
        answer(&l, line);
    linux_probes.capture_stop(l.capture);
    free(l.status);
    ring_free(l.store);
    bell_done(&news);
    return 0;
}
