/* core/model/program_call.h - what a program that is being watched did with its sockets.
 *
 * Made by probes/trace_program.h, read by core/why/gather_program.h.  Plain values that travel
 * between processes: no pointers. */
#ifndef SOCKEYE_MODEL_PROGRAM_CALL_H
#define SOCKEYE_MODEL_PROGRAM_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/addr.h"

/* Distinct failures that are told; further ones are only counted. */
#define PROGRAM_DISTINCT_MAX 64

struct program_settings {
    uint64_t stall_ns; /* a call that waits for so long is told */
    /* read() and write() do not stop the program, so that its work with files runs at full speed;
     * those of sockets are seen only when they raise SIGPIPE. */
    bool no_io;
};

enum program_news {
    PROGRAM_BEGAN,     /* the program is running; pid */
    PROGRAM_FAILED,    /* a call failed in a way it has not before */
    PROGRAM_STALLED,   /* a call has been waiting for the whole threshold */
    PROGRAM_GAVE_UP,   /* it ended, or closed the socket, while its connect() still waited */
    PROGRAM_WENT_ON,   /* the one with that id has got its answer: error, elapsed_ns */
    PROGRAM_COUNT,     /* in the end: how often the failure `id` was there */
    PROGRAM_LEFT_OUT,  /* in the end: failures beyond PROGRAM_DISTINCT_MAX, in count */
    PROGRAM_NOT_BEGUN, /* exec failed: error */
    PROGRAM_UNSEEN,    /* it cannot be watched: error of the call in `call` */
    PROGRAM_ENDED,     /* wait_status */
};

enum program_call_name {
    DOES_NONE,
    DOES_SOCKET,
    DOES_BIND,
    DOES_CONNECT,
    DOES_LISTEN,
    DOES_ACCEPT,
    DOES_SEND,
    DOES_RECV,
    DOES_READ,
    DOES_WRITE,
    DOES_POLL, /* poll, select, epoll_wait */
    DOES_PTRACE,
    DOES_SECCOMP,
    DOES_FORK,
    DOES_NAMES
};

#define PROGRAM_PATH_BYTES 110
#define PROGRAM_COMM_BYTES 64

struct program_call {
    uint8_t news;              /* enum program_news */
    uint8_t call;              /* enum program_call_name */
    bool held;                 /* its thread waits until program_release(id) */
    bool non_blocking_connect; /* the error is that of a connect() which gave EINPROGRESS */
    bool other_netns;          /* the program is in another network namespace than we are */
    bool is_32_bit;            /* UNSEEN: a program of an ABI that is not watched */
    uint32_t id;
    int32_t pid, tid, fd;
    int32_t error; /* negative errno; 0: it waits */
    int32_t wait_status;
    uint32_t domain, type, protocol; /* of the socket, as socket(2) was asked; 0: not known */
    uint64_t inode;                  /* of the socket; 0: not known */
    struct addr local;               /* as bind() was asked, AF_UNSPEC: not known */
    struct addr own;                 /* its address by now, as far as it has one */
    uint32_t mark, device;           /* SO_MARK, SO_BINDTODEVICE; 0: none, or not known */
    struct addr peer; /* as the call, or connect() before it, named it; or accept() told */
    uint64_t bytes;   /* that it wanted to send; 0: not known */
    uint64_t began_ns, elapsed_ns; /* clock_now_ns(); of the call */
    uint64_t connect_began_ns,
        connect_ended_ns; /* when the socket was connected; 0: not known */
    uint64_t count;
    char path
        [PROGRAM_PATH_BYTES]; /* AF_UNIX: "/PATH" or "@NAME", as the program sees it; cleaned */
    char comm[PROGRAM_COMM_BYTES]; /* cleaned */
};

/* "connect"; "?" for a number that is none. */
const char *program_call_name(unsigned call);

#endif
