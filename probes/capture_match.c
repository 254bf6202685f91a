#include "probes/capture_match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "probes/capture_filter.h"
#include "probes/capture_tap.h"

void capture_match_done(struct capture_match *m)
{
    for (size_t i = 0; i < m->n; i++)
        pcap_freecode(&m->programs[i].code);
    free(m->programs);
    *m = (struct capture_match){0};
}

static const struct capture_program *find(const struct capture_match *m, uint16_t link_type)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->programs[i].link_type == link_type)
            return &m->programs[i];
    return NULL;
}

int capture_match_add(struct capture_match *m, uint16_t link_type, pcap_t *handle,
                      struct err *err)
{
    struct capture_program program = {.link_type = link_type};
    pcap_t *own = NULL;
    int r;

    if (!m->filter || !*m->filter || find(m, link_type))
        return 0;
    if (!handle) {
        own = pcap_open_dead(tap_dlt(link_type), PACKET_BYTES_MAX);
        if (!own)
            return err_set(err, -ENOMEM, "capture filter", m->filter, "%s", "");
    }
    r = capture_filter_compile(handle ? handle : own, m->filter, &program.code, err);
    if (r == 0) {
        m->programs = mem_resize(m->programs, m->n + 1, sizeof(*m->programs));
        m->programs[m->n++] = program;
    }
    if (own)
        pcap_close(own);
    return r;
}

bool capture_match_packet(const struct capture_match *m, const struct packet *p,
                          const uint8_t *bytes)
{
    const struct capture_program *program = find(m, p->link_type);
    const struct pcap_pkthdr header = {.caplen = p->captured, .len = p->length};

    return !program || pcap_offline_filter(&program->code, &header, bytes) != 0;
}
