#include "probes/capture.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/queue.h"
#include "core/base/thread.h"
#include "probes/capture_change.h"
#include "probes/capture_tap.h"

/* The meter moves at most this often while packets flow. */
#define METER_NS (100 * CLOCK_MS_NS)
/* After that long without a packet there is no delay to show. */
#define FADE_NS CLOCK_SECOND_NS
/* How often an interface that is down is looked at. */
#define LOOK_NS (100 * CLOCK_MS_NS)

#define NAME_BYTES sizeof(((struct capture_interface *)0)->name)

/* How often a reader that lags is looked at. */
#define WAIT_MS 1

/* Asked for by capture_add(), or by capture_filter(). */
struct order {
    char name[NAME_BYTES];
    bool too_long;         /* no interface has such a name */
    struct change *change; /* owned; NULL: it is about an interface */
};

/* The store for a reader that is waited for, in two halves: the second time that one is begun,
 * what it held must have been read. */
struct half {
    uint64_t begin; /* number of its first packet */
    size_t bytes;   /* of data since */
};
#define HALF_PACKETS (PACKET_QUEUE_PACKETS / 2 - TAP_DRAIN_PACKETS)
#define HALF_BYTES (PACKET_QUEUE_BYTES / 2 - TAP_DRAIN_BYTES - PACKET_BYTES_MAX)

struct capture {
    pthread_t thread;
    int start_error; /* negative errno: there is no thread, and why */
    bool ended;      /* there is none any more */
    int stop_fd;
    struct queue *orders;
    struct mailbox *meter;
    struct bell *news;
    struct ring *packets;
    struct capture_settings settings;
    char *filter; /* in force; the thread's */
    /* LINKTYPE_ values of what is open, for a filter to be tried with; + 1, 0: none. */
    _Atomic uint32_t link_types[CAPTURE_INTERFACES];
    /* The caller's side: names that were given a slot. */
    size_t n_names;
    char names[CAPTURE_INTERFACES][NAME_BYTES];
    /* The thread's side. */
    struct half half;
    struct capture_status status;
    struct tap taps[CAPTURE_INTERFACES]; /* of status.interfaces */
    uint64_t published_ns, looked_ns;
    bool behind; /* the meter is older than the counters */
    bool fading; /* it shows a delay, which is over a second later */
};

static void publish(struct capture *c)
{
    struct capture_status *letter = mem_new(1, sizeof(*letter));

    c->fading = false;
    for (size_t i = 0; i < c->status.n_interfaces; i++) {
        struct capture_interface *status = &c->status.interfaces[i];

        tap_meter(&c->taps[i], status);
        c->fading |= status->delay_ns != 0;
        if (status->state == CAPTURE_RUNNING)
            c->link_types[i] = status->link_type + 1U;
    }
    *letter = c->status;
    free(mailbox_put(c->meter, letter));
    c->published_ns = clock_now_ns();
    c->behind = false;
    bell_ring(c->news);
}

static size_t slot_of(struct capture *c, const char *name)
{
    size_t i = 0;

    while (i < c->status.n_interfaces && strcmp(c->status.interfaces[i].name, name) != 0)
        i++;
    return i;
}

static bool has_room(struct capture *c)
{
    uint64_t head;

    if (!c->settings.reader)
        return true;
    head = ring_head(c->packets);
    if (head - c->half.begin < HALF_PACKETS && c->half.bytes < HALF_BYTES)
        return true;
    if (atomic_load_explicit(c->settings.reader, memory_order_acquire) < c->half.begin)
        return false;
    c->half = (struct half){.begin = head};
    return true;
}

/* Opening maps the ring, which takes milliseconds: the meter says so first. */
static void take_order(struct capture *c, const struct order *order)
{
    size_t slot = slot_of(c, order->name);
    struct capture_interface *status = &c->status.interfaces[slot];

    if (slot < c->status.n_interfaces && status->state != CAPTURE_FAILED)
        return;
    if (slot == c->status.n_interfaces) {
        c->status.n_interfaces++;
        memcpy(status->name, order->name, sizeof(status->name));
        c->taps[slot].number = (uint16_t)slot;
        c->taps[slot].packets = c->packets;
    }
    status->state = CAPTURE_OPENING;
    status->err = (struct err){0};
    publish(c);
    if (order->too_long) {
        status->state = CAPTURE_FAILED;
        err_set(&status->err, -ENODEV, "capture", status->name,
                "the name goes on: no interface has more than 15 bytes");
    } else if (c->start_error) {
        status->state = CAPTURE_FAILED;
        err_set(&status->err, c->start_error, "capture", status->name,
                "its thread could not be started");
    } else {
        tap_open(&c->taps[slot], status, &c->settings);
    }
    publish(c);
}

static void keep_filter(struct capture *c, const char *filter)
{
    free(c->filter);
    c->filter = mem_copy(filter, strlen(filter));
    c->settings.filter = c->filter;
    snprintf(c->status.filter, sizeof(c->status.filter), "%s", filter);
}

/* All of them change, or none. */
static void take_change(struct capture *c, struct change *change)
{
    struct bpf_program programs[CAPTURE_INTERFACES] = {0};
    const char *filter = change_filter(change);
    bool compiled = true;

    for (size_t i = 0; i < c->status.n_interfaces; i++)
        if (c->taps[i].handle && change_program(change, c->taps[i].handle, &programs[i],
                                                &c->status.interfaces[i].err) < 0)
            compiled = false;
    for (size_t i = 0; compiled && i < c->status.n_interfaces; i++)
        if (c->taps[i].handle)
            tap_filter(&c->taps[i], &c->status.interfaces[i], &programs[i], filter);
    for (size_t i = 0; i < c->status.n_interfaces; i++)
        pcap_freecode(&programs[i]);
    if (compiled)
        keep_filter(c, filter);
    change_free(change);
    publish(c);
}

/* Only what runs is watched: an error that stays can then not make the loop spin. */
static size_t watch(struct capture *c, struct pollfd fds[CAPTURE_INTERFACES])
{
    bool room = has_room(c);

    for (size_t i = 0; i < c->status.n_interfaces; i++) {
        bool running = room && c->status.interfaces[i].state == CAPTURE_RUNNING;

        fds[i] = (struct pollfd){.fd = running ? pcap_get_selectable_fd(c->taps[i].handle) : -1,
                                 .events = POLLIN};
    }
    return c->status.n_interfaces;
}

static bool any_down(const struct capture *c)
{
    for (size_t i = 0; i < c->status.n_interfaces; i++)
        if (c->status.interfaces[i].state == CAPTURE_DOWN)
            return true;
    return false;
}

static uint64_t until_ns(uint64_t begin_ns, uint64_t span_ns)
{
    uint64_t age_ns = clock_now_ns() - begin_ns;

    return age_ns >= span_ns ? 0 : span_ns - age_ns;
}

static int patience_ms(struct capture *c)
{
    uint64_t ns = UINT64_MAX;

    if (!has_room(c))
        return WAIT_MS;

    if (c->behind)
        ns = until_ns(c->published_ns, METER_NS);
    else if (c->fading)
        ns = until_ns(c->published_ns, FADE_NS);
    if (any_down(c) && ns > until_ns(c->looked_ns, LOOK_NS))
        ns = until_ns(c->looked_ns, LOOK_NS);
    return ns == UINT64_MAX ? -1 : (int)((ns + CLOCK_MS_NS - 1) / CLOCK_MS_NS);
}

/* Let one interface have its turn; true when its state changed. */
static bool serve(struct capture *c, size_t i, bool ready, bool look)
{
    struct capture_interface *status = &c->status.interfaces[i];
    enum capture_state before = status->state;
    uint64_t packets = status->packets;

    if (!has_room(c))
        return false;
    if (before == CAPTURE_DOWN && look)
        c->half.bytes += tap_look(&c->taps[i], status, &c->settings);
    else if (before == CAPTURE_RUNNING && ready)
        c->half.bytes += tap_drain(&c->taps[i], status);
    if (status->packets != packets) {
        c->behind = true;
        bell_ring(c->news);
    }
    return status->state != before;
}

static bool serve_all(struct capture *c, const struct pollfd *fds, size_t n)
{
    bool look = until_ns(c->looked_ns, LOOK_NS) == 0, changed = false;

    if (look)
        c->looked_ns = clock_now_ns();
    for (size_t i = 0; i < n; i++)
        changed |= serve(c, i, fds[i].revents != 0, look);
    return changed;
}

static bool must_publish(const struct capture *c)
{
    return (c->behind && until_ns(c->published_ns, METER_NS) == 0) ||
           (c->fading && until_ns(c->published_ns, FADE_NS) == 0);
}

static void take(struct capture *c, const struct order *order)
{
    if (order->change)
        take_change(c, order->change);
    else
        take_order(c, order);
}

static void *run(void *arg)
{
    struct capture *c = arg;
    struct pollfd fds[2 + CAPTURE_INTERFACES] = {{.fd = c->stop_fd, .events = POLLIN},
                                                 {.fd = queue_fd(c->orders), .events = POLLIN}};
    struct order order;

    while (!fds[0].revents) {
        size_t n = watch(c, fds + 2);
        bool changed;

        if (poll(fds, 2 + n, patience_ms(c)) < 0)
            continue;
        changed = serve_all(c, fds + 2, n);
        while (!fds[0].revents && queue_pop(c->orders, &order))
            take(c, &order);
        if (changed || must_publish(c))
            publish(c);
    }
    return NULL;
}

struct capture *capture_start(const struct capture_settings *settings, struct ring *packets,
                              struct bell *news)
{
    const char *filter = settings->filter ? settings->filter : "";
    struct capture *c = mem_new(1, sizeof(*c));

    c->orders = queue_new(2 * CAPTURE_INTERFACES, sizeof(struct order));
    c->meter = mailbox_new();
    c->news = news;
    c->packets = packets;
    c->settings = *settings;
    keep_filter(c, filter);
    c->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    c->start_error = c->stop_fd < 0 ? -errno : thread_start(&c->thread, "capture", run, c);
    return c;
}

bool capture_add(struct capture *c, const char *interface)
{
    struct order order = {.too_long = strlen(interface) >= NAME_BYTES};
    size_t i = 0;

    snprintf(order.name, sizeof(order.name), "%.*s", (int)NAME_BYTES - 1, interface);
    while (i < c->n_names && strcmp(c->names[i], order.name) != 0)
        i++;
    if (i == CAPTURE_INTERFACES)
        return false;
    if (c->start_error)
        take_order(c, &order);
    else if (!queue_push(c->orders, &order))
        return false;
    if (i == c->n_names)
        memcpy(c->names[c->n_names++], order.name, NAME_BYTES);
    return true;
}

int capture_filter(struct capture *c, const char *filter, struct err *err)
{
    uint16_t link_types[CAPTURE_INTERFACES];
    struct order order = {0};
    size_t n = 0;
    int rc;

    if (!filter)
        filter = "";
    for (size_t i = 0; i < CAPTURE_INTERFACES; i++) {
        uint32_t link_type = c->link_types[i];

        if (link_type)
            link_types[n++] = (uint16_t)(link_type - 1);
    }
    rc = change_new(filter, c->settings.snaplen, link_types, n, &order.change, err);
    if (rc < 0)
        return rc;
    if (c->start_error) {
        take_change(c, order.change);
    } else if (!queue_push(c->orders, &order)) {
        change_free(order.change);
        return err_set(err, -EAGAIN, "capture filter", filter, "another one is being set");
    }
    return 0;
}

struct mailbox *capture_meter(struct capture *c)
{
    return c->meter;
}

static void *close_tap(void *arg)
{
    tap_close(arg);
    return NULL;
}

/* The kernel takes some 25 ms to let go of a packet socket (it waits for its readers): all
 * of them at once, so that leaving stays quick. */
static void close_taps(struct capture *c)
{
    pthread_t closers[CAPTURE_INTERFACES];
    bool started[CAPTURE_INTERFACES] = {false};

    for (size_t i = 0; i < c->status.n_interfaces; i++) {
        if (c->taps[i].handle)
            started[i] = thread_start(&closers[i], "capture", close_tap, &c->taps[i]) == 0;
        if (!started[i])
            tap_close(&c->taps[i]);
    }
    for (size_t i = 0; i < c->status.n_interfaces; i++)
        if (started[i])
            pthread_join(closers[i], NULL);
}

static void join(struct capture *c)
{
    if (c->start_error || c->ended)
        return;
    eventfd_write(c->stop_fd, 1);
    pthread_join(c->thread, NULL);
    c->ended = true;
}

void capture_end(struct capture *c)
{
    join(c);
    publish(c);
}

void capture_stop(struct capture *c)
{
    struct order order;

    if (!c)
        return;
    join(c);
    close_taps(c);
    if (c->stop_fd >= 0)
        close(c->stop_fd);
    while (queue_pop(c->orders, &order))
        change_free(order.change);
    queue_free(c->orders);
    free(mailbox_free(c->meter));
    free(c->filter);
    free(c);
}
