/* The seccomp filter: a classic BPF program over struct seccomp_data (seccomp(2)). */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probes/seccomp_native.h"
#include "probes/trace_internal.h"

enum how {
    ALWAYS,
    BEHIND_STDERR, /* with a descriptor above 2 */
    SO_ERROR_ONLY, /* getsockopt(SOL_SOCKET, SO_ERROR) */
};

static const struct {
    int nr;
    enum program_call_name call;
    enum how how;
} watched[] = {
    {SYS_socket, DOES_SOCKET, ALWAYS},         {SYS_bind, DOES_BIND, ALWAYS},
    {SYS_connect, DOES_CONNECT, ALWAYS},       {SYS_listen, DOES_LISTEN, ALWAYS},
    {SYS_accept, DOES_ACCEPT, ALWAYS},         {SYS_accept4, DOES_ACCEPT, ALWAYS},
    {SYS_sendto, DOES_SEND, ALWAYS},           {SYS_sendmsg, DOES_SEND, ALWAYS},
    {SYS_sendmmsg, DOES_SEND, ALWAYS},         {SYS_recvfrom, DOES_RECV, ALWAYS},
    {SYS_recvmsg, DOES_RECV, ALWAYS},          {SYS_recvmmsg, DOES_RECV, ALWAYS},
    {SYS_read, DOES_READ, BEHIND_STDERR},      {SYS_readv, DOES_READ, BEHIND_STDERR},
    {SYS_write, DOES_WRITE, BEHIND_STDERR},    {SYS_writev, DOES_WRITE, BEHIND_STDERR},
    {SYS_sendfile, DOES_WRITE, BEHIND_STDERR}, {SYS_getsockopt, DOES_CONNECT, SO_ERROR_ONLY},
};

#define N_WATCHED (sizeof(watched) / sizeof(watched[0]))
/* The longest answer to one number: see add_call(). */
#define CALL_INSTRUCTIONS 7
#define PROGRAM_INSTRUCTIONS (4 + N_WATCHED * CALL_INSTRUCTIONS + 1)

enum program_call_name trace_call_of(uint64_t nr)
{
    for (size_t i = 0; i < N_WATCHED; i++)
        if ((uint64_t)watched[i].nr == nr)
            return watched[i].call;
    return DOES_NONE;
}

struct filter {
    unsigned short n;
    struct sock_filter code[PROGRAM_INSTRUCTIONS];
};

static void add(struct filter *f, struct sock_filter one)
{
    f->code[f->n++] = one;
}

static void load(struct filter *f, uint32_t offset)
{
    add(f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
}

static void answer(struct filter *f, uint32_t what)
{
    add(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what));
}

static uint32_t argument(unsigned i)
{
    return (uint32_t)offsetof(struct seccomp_data, args[i]) + SECCOMP_LOW_HALF;
}

/* The accumulator holds the number before, and again when this was not it: nothing that follows a
 * match comes back. */
static void add_call(struct filter *f, int nr, enum how how)
{
    uint8_t skip = how == ALWAYS ? 1 : how == BEHIND_STDERR ? 4 : 6;

    add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, skip));
    if (how == BEHIND_STDERR) {
        load(f, argument(0));
        add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, STDERR_FILENO, 1, 0));
        answer(f, SECCOMP_RET_ALLOW);
    } else if (how == SO_ERROR_ONLY) {
        load(f, argument(1));
        add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SOL_SOCKET, 0, 2));
        load(f, argument(2));
        add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SO_ERROR, 1, 0));
        answer(f, SECCOMP_RET_ALLOW);
    }
    answer(f, SECCOMP_RET_TRACE);
}

static void make(struct filter *f, enum trace_io io)
{
    load(f, offsetof(struct seccomp_data, arch));
    add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SECCOMP_NATIVE_ARCH, 1, 0));
    answer(f, SECCOMP_RET_ALLOW);
    load(f, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < N_WATCHED; i++) {
        bool is_io = watched[i].how == BEHIND_STDERR;

        if (!is_io || io != TRACE_NO_IO)
            add_call(f, watched[i].nr, is_io && io == TRACE_ALL_IO ? ALWAYS : watched[i].how);
    }
    answer(f, SECCOMP_RET_ALLOW);
}

int trace_filter_install(enum trace_io io)
{
    struct filter f = {0};
    struct sock_fprog program;

    if (!SECCOMP_NATIVE_ARCH)
        return -EOPNOTSUPP;
    make(&f, io);
    program = (struct sock_fprog){.len = f.n, .filter = f.code};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0)
        return 0;
    if (errno != EACCES)
        return -errno;
    /* Without CAP_SYS_ADMIN a filter asks for a promise: set-user-id programs gain nothing.  Under
     * an unprivileged tracer they would not anyway (ptrace(2), execve). */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
        return -errno;
    return 0;
}
