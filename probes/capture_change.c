#include "probes/capture_change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/wire/packet.h"
#include "probes/capture_filter.h"
#include "probes/capture_tap.h"

struct change {
    char *filter;
    size_t n;
    struct {
        uint16_t link_type;
        struct bpf_program program;
    } compiled[CAPTURE_INTERFACES];
};

/* The kernel tells tags aside, which libpcap knows only of a live handle. */
static bool needs_handle(const char *filter)
{
    return strstr(filter, "vlan") != NULL;
}

static int compile(struct change *c, uint16_t link_type, int snaplen, struct err *err)
{
    pcap_t *handle = pcap_open_dead(tap_dlt(link_type), snaplen);
    int rc;

    if (!handle)
        return err_set(err, -ENOMEM, "capture filter", c->filter, "libpcap has no memory");
    rc = capture_filter_compile(handle, c->filter, &c->compiled[c->n].program, err);
    if (rc == 0)
        c->compiled[c->n++].link_type = link_type;
    pcap_close(handle);
    return rc;
}

static bool has(const struct change *c, uint16_t link_type, size_t *ret_at)
{
    for (size_t i = 0; i < c->n; i++) {
        if (c->compiled[i].link_type == link_type) {
            *ret_at = i;
            return true;
        }
    }
    return false;
}

int change_new(const char *filter, int snaplen, const uint16_t *link_types, size_t n,
               struct change **ret, struct err *err)
{
    struct change *c;
    size_t at;
    int rc = 0;

    if (strlen(filter) >= CAPTURE_FILTER_BYTES)
        return err_set(err, -E2BIG, "capture filter", filter, "it is longer than %d bytes",
                       CAPTURE_FILTER_BYTES - 1);
    c = mem_new(1, sizeof(*c));
    c->filter = mem_copy(filter, strlen(filter));
    if (snaplen <= 0)
        snaplen = (int)PACKET_BYTES_MAX;
    if (n == 0)
        rc = compile(c, DLT_EN10MB, snaplen, err);
    for (size_t i = 0; rc == 0 && i < n && i < CAPTURE_INTERFACES; i++)
        if (!has(c, link_types[i], &at))
            rc = compile(c, link_types[i], snaplen, err);
    if (rc == 0)
        *ret = c;
    else
        change_free(c);
    return rc;
}

void change_free(struct change *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n; i++)
        pcap_freecode(&c->compiled[i].program);
    free(c->filter);
    free(c);
}

const char *change_filter(const struct change *c)
{
    return c->filter;
}

int change_program(const struct change *c, pcap_t *handle, struct bpf_program *ret,
                   struct err *err)
{
    const struct bpf_program *program;
    size_t at;

    if (needs_handle(c->filter) || !has(c, tap_link_type(handle), &at))
        return capture_filter_compile(handle, c->filter, ret, err);
    program = &c->compiled[at].program;
    ret->bf_len = program->bf_len;
    ret->bf_insns = mem_copy(program->bf_insns, program->bf_len * sizeof(*program->bf_insns));
    return 0;
}
