#include "probes/capture_gate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/wire/packet.h"

/* A processor that runs the old program while the new one is set gives its packet a time just
 * after that. */
#define OVERLAP_NS UINT64_C(50000)
/* Much longer than a packet waits in the kernel's ring. */
#define FORGET_NS CLOCK_SECOND_NS

static int attach(pcap_t *handle, const struct sock_filter *filter, size_t n)
{
    /* The kernel only reads it. */
    struct sock_fprog program = {.len = (unsigned short)n,
                                 .filter = (struct sock_filter *)(uintptr_t)filter};

    if (n == 0 || n > BPF_MAXINSNS)
        return -E2BIG;
    if (setsockopt(pcap_fileno(handle), SOL_SOCKET, SO_ATTACH_FILTER, &program,
                   sizeof(program)) < 0)
        return -errno;
    return 0;
}

/* Everything, without loopback's doubles. */
static int attach_open(pcap_t *handle, const struct gate_link *link)
{
    struct bpf_insn all = {.code = BPF_RET | BPF_K, .k = PACKET_BYTES_MAX};
    const struct bpf_program everything = {.bf_len = 1, .bf_insns = &all};
    struct sock_filter filter[GATE_PREFIX + 1];

    return attach(handle, filter, gate_translate(&everything, link, filter));
}

/* Does it ask what only the kernel knows of a packet, as the tag of a VLAN? */
static bool needs_kernel(const struct bpf_program *program)
{
    for (unsigned i = 0; i < program->bf_len; i++) {
        const struct bpf_insn *f = &program->bf_insns[i];

        if (BPF_CLASS(f->code) == BPF_LD && BPF_MODE(f->code) == BPF_ABS &&
            f->k >= (uint32_t)SKF_AD_OFF)
            return true;
    }
    return false;
}

static void set_program(struct gate *g, const struct bpf_insn *insns, unsigned n,
                        uint64_t until_wall_ns)
{
    struct bpf_insn *copy = mem_copy(insns, n * sizeof(*insns));

    gate_done(g);
    g->program = (struct bpf_program){.bf_len = n, .bf_insns = copy};
    g->until_wall_ns = until_wall_ns;
    g->set_ns = clock_now_ns();
}

/* In the kernel where that is possible, else in user space: *ret_kernel. */
static int set(struct gate *g, pcap_t *handle, const struct gate_link *link,
               const struct bpf_program *program, const char *filter, bool *ret_kernel,
               struct err *err)
{
    struct sock_filter *translated =
        mem_new(GATE_PREFIX + program->bf_len, sizeof(*translated));
    int rc = attach(handle, translated, gate_translate(program, link, translated));

    free(translated);
    if (rc == 0) {
        *ret_kernel = true;
        return 0;
    }
    if (needs_kernel(program))
        return err_set(err, -EOPNOTSUPP, "capture filter", filter,
                       "the kernel cannot run it, and nobody else knows what it asks for");
    rc = attach_open(handle, link);
    if (rc < 0)
        return err_set(err, rc, "capture filter", filter, "the kernel refuses any");
    set_program(g, program->bf_insns, program->bf_len, UINT64_MAX);
    *ret_kernel = false;
    return 0;
}

int gate_open(struct gate *g, pcap_t *handle, const struct gate_link *link,
              const struct bpf_program *program, const char *filter, struct err *err)
{
    const struct bpf_insn nothing = {.code = BPF_RET | BPF_K};
    bool kernel = false;
    int rc = set(g, handle, link, program, filter, &kernel, err);

    if (rc == 0 && kernel && filter && *filter)
        set_program(g, &nothing, 1, clock_wall_ns() + OVERLAP_NS);
    return rc;
}

int gate_change(struct gate *g, pcap_t *handle, const struct gate_link *link,
                const struct bpf_program *program, const char *filter, struct err *err)
{
    bool kernel = false;
    int rc = set(g, handle, link, program, filter, &kernel, err);

    /* What came in unfiltered until now still waits for the program of its time. */
    if (rc == 0 && kernel && g->until_wall_ns == UINT64_MAX) {
        g->until_wall_ns = clock_wall_ns();
        g->set_ns = clock_now_ns();
    }
    return rc;
}

void gate_age(struct gate *g)
{
    if (g->program.bf_len && g->until_wall_ns != UINT64_MAX &&
        clock_now_ns() - g->set_ns > FORGET_NS)
        gate_done(g);
}

void gate_done(struct gate *g)
{
    free(g->program.bf_insns);
    *g = (struct gate){0};
}
