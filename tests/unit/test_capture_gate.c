/* What the kernel is told to let into a capture. */
#include "probes/capture_gate.h"

#include <linux/if_packet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PLACES (GATE_PREFIX + 8)

/* What linux/filter.h has as a negative number. */
static uint32_t kernels(int which)
{
    return (uint32_t)(SKF_AD_OFF + which);
}

static size_t translate(const struct gate_link *link, struct bpf_insn *insns, unsigned n,
                        struct sock_filter ret[PLACES])
{
    const struct bpf_program program = {.bf_len = n, .bf_insns = insns};

    memset(ret, 0, PLACES * sizeof(*ret));
    return gate_translate(&program, link, ret);
}

static struct bpf_insn load(unsigned short code, uint32_t at)
{
    return (struct bpf_insn){.code = (unsigned short)(BPF_LD | code), .k = at};
}

static void an_ethernet_program_stays_as_it_is(void **state)
{
    struct bpf_insn insns[] = {load(BPF_H | BPF_ABS, 12),
                               {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0x800},
                               {BPF_RET | BPF_K, 0, 0, 65535},
                               {BPF_RET | BPF_K, 0, 0, 0}};
    struct sock_filter got[PLACES];

    (void)state;
    assert_int_equal(translate(&(struct gate_link){0}, insns, 4, got), 4);
    assert_memory_equal(got, insns, sizeof(insns));
}

static void loopback_turns_its_outgoing_copies_away_first(void **state)
{
    struct bpf_insn all = {BPF_RET | BPF_K, 0, 0, 65535};
    struct sock_filter got[PLACES];

    (void)state;
    assert_int_equal(translate(&(struct gate_link){.loopback = 1}, &all, 1, got), 4);
    assert_int_equal(got[0].k, kernels(SKF_AD_PKTTYPE));
    assert_int_equal(got[1].k, PACKET_OUTGOING);
    /* Not an outgoing one: past the one that says no. */
    assert_int_equal(got[1].jt, 0);
    assert_int_equal(got[1].jf, 1);
    assert_int_equal(got[2].k, 0);
    assert_int_equal(got[3].k, 65535);
}

static void any_turns_away_only_those_of_loopback(void **state)
{
    struct bpf_insn all = {BPF_RET | BPF_K, 0, 0, 65535};
    struct sock_filter got[PLACES];
    const struct gate_link link = {.cooked = true, .any = true, .loopback = 7};

    (void)state;
    assert_int_equal(translate(&link, &all, 1, got), 6);
    assert_int_equal(got[0].k, kernels(SKF_AD_IFINDEX));
    assert_int_equal(got[1].k, 7);
    /* Of another interface: past all of it. */
    assert_int_equal(got[1].jf, 3);
    assert_int_equal(got[5].k, 65535);
}

static void a_cooked_header_is_asked_of_the_kernel(void **state)
{
    struct bpf_insn insns[] = {
        load(BPF_H | BPF_ABS, 0),  load(BPF_W | BPF_ABS, 4),  load(BPF_H | BPF_ABS, 8),
        load(BPF_B | BPF_ABS, 10), load(BPF_W | BPF_ABS, 32), load(BPF_H | BPF_IND, 22),
    };
    const uint32_t wanted[] = {kernels(SKF_AD_PROTOCOL),
                               kernels(SKF_AD_IFINDEX),
                               kernels(SKF_AD_HATYPE),
                               kernels(SKF_AD_PKTTYPE),
                               12,
                               2};
    struct sock_filter got[PLACES];

    (void)state;
    assert_int_equal(translate(&(struct gate_link){.cooked = true}, insns, 6, got), 6);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(got[i].k, wanted[i]);
}

static void the_header_length_of_ip_is_read_where_ip_begins(void **state)
{
    struct bpf_insn insn = {.code = BPF_LDX | BPF_B | BPF_MSH, .k = 20};
    struct sock_filter got[PLACES];

    (void)state;
    assert_int_equal(translate(&(struct gate_link){.cooked = true}, &insn, 1, got), 1);
    assert_int_equal(got[0].k, 0);
}

static void what_the_kernel_has_already_is_left_alone(void **state)
{
    struct bpf_insn insn = load(BPF_W | BPF_ABS, kernels(SKF_AD_VLAN_TAG));
    struct sock_filter got[PLACES];

    (void)state;
    assert_int_equal(translate(&(struct gate_link){.cooked = true}, &insn, 1, got), 1);
    assert_int_equal(got[0].k, insn.k);
}

static void an_address_in_a_cooked_header_is_not_for_the_kernel(void **state)
{
    struct bpf_insn address = load(BPF_B | BPF_ABS, 12);
    struct bpf_insn computed = load(BPF_H | BPF_IND, 0);
    struct sock_filter got[PLACES];

    (void)state;
    assert_int_equal(translate(&(struct gate_link){.cooked = true}, &address, 1, got), 0);
    assert_int_equal(translate(&(struct gate_link){.cooked = true}, &computed, 1, got), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ethernet_program_stays_as_it_is),
        cmocka_unit_test(loopback_turns_its_outgoing_copies_away_first),
        cmocka_unit_test(any_turns_away_only_those_of_loopback),
        cmocka_unit_test(a_cooked_header_is_asked_of_the_kernel),
        cmocka_unit_test(the_header_length_of_ip_is_read_where_ip_begins),
        cmocka_unit_test(what_the_kernel_has_already_is_left_alone),
        cmocka_unit_test(an_address_in_a_cooked_header_is_not_for_the_kernel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
