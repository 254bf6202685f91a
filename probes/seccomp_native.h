/* probes/seccomp_native.h - what a filter of seccomp(2) has to know of this machine. */
#ifndef SOCKEYE_PROBES_SECCOMP_NATIVE_H
#define SOCKEYE_PROBES_SECCOMP_NATIVE_H

#include <linux/audit.h>

/* struct seccomp_data.arch of our own calls; 0: not known here. */
#if defined(__x86_64__)
#define SECCOMP_NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define SECCOMP_NATIVE_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define SECCOMP_NATIVE_ARCH AUDIT_ARCH_RISCV64
#else
#define SECCOMP_NATIVE_ARCH 0
#endif

/* Where in a 64-bit argument the half stands that has an int. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define SECCOMP_LOW_HALF 0
#else
#define SECCOMP_LOW_HALF 4
#endif

#endif
