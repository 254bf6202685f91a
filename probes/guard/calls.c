/* A list of what is forbidden, and not of what is allowed: libc and its resolver change which calls
 * they make from release to release, but never begin to trace others or to mount. */
#include "probes/guard/calls.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probes/seccomp_native.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif

#define X32_BIT 0x40000000U
#define NAMESPACES                                                                             \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |             \
     CLONE_NEWPID | CLONE_NEWNET)

static const struct {
    int nr;
    enum calls_who upto; /* CALLS_PROGRAM: the helper may */
} forbidden[] = {
    /* Other processes.  The leak checker of a sanitized build traces its own threads in the end. */
#ifndef SANITIZED
    {SYS_ptrace, CALLS_HELPER},
#endif
    {SYS_process_vm_readv, CALLS_HELPER},
    {SYS_process_vm_writev, CALLS_HELPER},
    {SYS_pidfd_getfd, CALLS_HELPER},
    {SYS_kcmp, CALLS_HELPER},
    {SYS_perf_event_open, CALLS_HELPER},
    {SYS_execve, CALLS_PROGRAM},
    {SYS_execveat, CALLS_PROGRAM},
    /* Other views of the machine. */
    {SYS_setns, CALLS_PROGRAM},
    {SYS_unshare, CALLS_HELPER},
    {SYS_chroot, CALLS_HELPER},
    {SYS_pivot_root, CALLS_HELPER},
    {SYS_mount, CALLS_HELPER},
    {SYS_umount2, CALLS_HELPER},
    {SYS_open_by_handle_at, CALLS_HELPER},
#ifdef SYS_fsopen
    {SYS_fsopen, CALLS_PROGRAM},
    {SYS_fsmount, CALLS_PROGRAM},
    {SYS_move_mount, CALLS_HELPER},
    {SYS_open_tree, CALLS_HELPER},
#endif
    /* The kernel. */
    {SYS_bpf, CALLS_HELPER},
    {SYS_init_module, CALLS_HELPER},
    {SYS_finit_module, CALLS_HELPER},
    {SYS_delete_module, CALLS_HELPER},
    {SYS_kexec_load, CALLS_HELPER},
    {SYS_reboot, CALLS_HELPER},
    {SYS_swapon, CALLS_HELPER},
    {SYS_swapoff, CALLS_HELPER},
    {SYS_syslog, CALLS_HELPER},
    {SYS_acct, CALLS_HELPER},
    {SYS_quotactl, CALLS_HELPER},
    {SYS_settimeofday, CALLS_HELPER},
    {SYS_clock_settime, CALLS_HELPER},
    {SYS_sethostname, CALLS_HELPER},
    {SYS_setdomainname, CALLS_HELPER},
    {SYS_userfaultfd, CALLS_HELPER},
    {SYS_keyctl, CALLS_HELPER},
    {SYS_add_key, CALLS_HELPER},
    {SYS_request_key, CALLS_HELPER},
    {SYS_io_uring_setup, CALLS_HELPER},
#if defined(__x86_64__)
    {SYS_iopl, CALLS_HELPER},
    {SYS_ioperm, CALLS_HELPER},
    {SYS_modify_ldt, CALLS_HELPER},
    {SYS_kexec_file_load, CALLS_HELPER},
#endif
};

#define N_FORBIDDEN (sizeof(forbidden) / sizeof(forbidden[0]))
/* Beside the list: the processor, and the calls that are looked at more closely. */
#define CODE_MAX (2 * N_FORBIDDEN + 32)

struct code {
    struct sock_filter at[CODE_MAX];
    unsigned short n;
};

static void put(struct code *c, uint16_t op, uint32_t k, uint8_t yes, uint8_t no)
{
    c->at[c->n++] = (struct sock_filter){.code = op, .jt = yes, .jf = no, .k = k};
}

static void load(struct code *c, size_t offset)
{
    put(c, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void answer(struct code *c, uint32_t action)
{
    put(c, BPF_RET | BPF_K, action, 0, 0);
}

#define REFUSE(error) (SECCOMP_RET_ERRNO | (error))

/* The number is loaded: refuse this call. */
static void refuse(struct code *c, int nr, uint32_t error)
{
    put(c, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, 1);
    answer(c, REFUSE(error));
}

/* A terminal takes characters as if they had been typed: who could put them there would run what he
 * likes in the shell behind us. */
static void refuse_typing(struct code *c)
{
    put(c, BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 5);
    load(c, offsetof(struct seccomp_data, args[1]) + SECCOMP_LOW_HALF);
    put(c, BPF_JMP | BPF_JEQ | BPF_K, TIOCSTI, 1, 0);
    put(c, BPF_JMP | BPF_JEQ | BPF_K, TIOCLINUX, 0, 1);
    answer(c, REFUSE(EPERM));
    answer(c, SECCOMP_RET_ALLOW);
}

/* Threads and processes, but no namespaces.  The flags of clone3(2) stand in memory, where they cannot
 * be looked at: libc takes clone(2) where there is no other. */
static void refuse_namespaces(struct code *c)
{
    put(c, BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4);
    load(c, offsetof(struct seccomp_data, args[0]) + SECCOMP_LOW_HALF);
    put(c, BPF_JMP | BPF_JSET | BPF_K, NAMESPACES, 0, 1);
    answer(c, REFUSE(EPERM));
    answer(c, SECCOMP_RET_ALLOW);
#ifdef SYS_clone3
    refuse(c, SYS_clone3, ENOSYS);
#endif
}

static void make(struct code *c, enum calls_who who)
{
    load(c, offsetof(struct seccomp_data, arch));
    put(c, BPF_JMP | BPF_JEQ | BPF_K, SECCOMP_NATIVE_ARCH, 1, 0);
    answer(c, REFUSE(EPERM));
    load(c, offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
    put(c, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
    answer(c, REFUSE(ENOSYS));
#endif
    for (size_t i = 0; i < N_FORBIDDEN; i++)
        if (who <= forbidden[i].upto)
            refuse(c, forbidden[i].nr, EPERM);
    refuse_namespaces(c);
    refuse_typing(c);
    answer(c, SECCOMP_RET_ALLOW);
}

int calls_forbid(enum calls_who who)
{
    struct code c = {.n = 0};
    struct sock_fprog program;

    if (!SECCOMP_NATIVE_ARCH)
        return -EOPNOTSUPP;
    make(&c, who);
    program = (struct sock_fprog){.len = c.n, .filter = c.at};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0 ? -errno : 0;
}
