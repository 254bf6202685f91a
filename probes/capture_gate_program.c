/* The kernel's version of a filter program: linux/filter.h, packet(7). */
#include <linux/if_packet.h>
#include <string.h>

#include "probes/capture_gate.h"

/* LINKTYPE_LINUX_SLL2's header, which libpcap puts before what the kernel has. */
#define COOKED_BYTES 20

/* Where the kernel has the fields of that header. */
static const struct {
    uint32_t at, ancillary;
} fields[] = {
    {0, SKF_AD_PROTOCOL},
    {4, SKF_AD_IFINDEX},
    {8, SKF_AD_HATYPE},
    {10, SKF_AD_PKTTYPE},
};
#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

static uint32_t ancillary(uint32_t which)
{
    return (uint32_t)SKF_AD_OFF + which;
}

/* False for a field that the kernel has nowhere. */
static bool move_load(struct sock_filter *load)
{
    if (load->k >= (uint32_t)SKF_AD_OFF)
        return true;
    if (load->k >= COOKED_BYTES) {
        load->k -= COOKED_BYTES;
        return true;
    }
    for (size_t i = 0; i < N_FIELDS && BPF_MODE(load->code) == BPF_ABS; i++) {
        if (fields[i].at == load->k) {
            load->k = ancillary(fields[i].ancillary);
            return true;
        }
    }
    return false;
}

static bool loads_packet(const struct sock_filter *f)
{
    if (BPF_CLASS(f->code) != BPF_LD && BPF_CLASS(f->code) != BPF_LDX)
        return false;
    return BPF_MODE(f->code) == BPF_ABS || BPF_MODE(f->code) == BPF_IND ||
           BPF_MODE(f->code) == BPF_MSH;
}

/* Turn away what goes out by loopback. */
static size_t add_prefix(const struct gate_link *link, struct sock_filter *ret)
{
    const struct sock_filter prefix[GATE_PREFIX] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ancillary(SKF_AD_IFINDEX)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, link->loopback, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ancillary(SKF_AD_PKTTYPE)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    size_t skip = link->any ? 0 : 2;

    if (!link->loopback)
        return 0;
    memcpy(ret, prefix + skip, (GATE_PREFIX - skip) * sizeof(*ret));
    return GATE_PREFIX - skip;
}

size_t gate_translate(const struct bpf_program *from, const struct gate_link *link,
                      struct sock_filter *ret)
{
    size_t n = add_prefix(link, ret);

    for (unsigned i = 0; i < from->bf_len; i++) {
        const struct bpf_insn *f = &from->bf_insns[i];

        ret[n] = (struct sock_filter){f->code, f->jt, f->jf, f->k};
        if (link->cooked && loads_packet(&ret[n]) && !move_load(&ret[n]))
            return 0;
        n++;
    }
    return n;
}
