#include "core/model/program_call.h"

const char *program_call_name(unsigned call)
{
    static const char *const names[DOES_NAMES] = {
        [DOES_NONE] = "?",          [DOES_SOCKET] = "socket", [DOES_BIND] = "bind",
        [DOES_CONNECT] = "connect", [DOES_LISTEN] = "listen", [DOES_ACCEPT] = "accept",
        [DOES_SEND] = "send",       [DOES_RECV] = "recv",     [DOES_READ] = "read",
        [DOES_WRITE] = "write",     [DOES_POLL] = "poll",     [DOES_PTRACE] = "ptrace",
        [DOES_SECCOMP] = "seccomp", [DOES_FORK] = "fork",
    };

    return call < DOES_NAMES ? names[call] : "?";
}
