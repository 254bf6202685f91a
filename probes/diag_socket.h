/* probes/diag_socket.h - one message of sock_diag made into one socket, a file each family.
 *
 * Pure: they see nothing but the message.  A short attribute is unknown, never 0. */
#ifndef SOCKEYE_PROBES_DIAG_SOCKET_H
#define SOCKEYE_PROBES_DIAG_SOCKET_H

#include "core/model/snapshot.h"
#include "probes/diag.h"

/* What is asked of one table of the kernel. */
struct diag_want {
    uint32_t kinds;  /* KIND_BITs: one of KINDS_INET, or those of one other family */
    int family;      /* of KINDS_INET: AF_INET, AF_INET6; of TCP also AF_UNSPEC: both */
    uint32_t states; /* 1 << enum socket_state */
    uint32_t parts;  /* enum detail_part */
    /* Of KINDS_INET, borrowed: struct inet_diag_bc_op, what the kernel may leave out by itself.
     * A kernel that does not take it sends all. */
    const void *program;
    size_t program_bytes; /* 0: none */
};

/* Room for 108 bytes of which each becomes \xNN. */
#define DIAG_NAME_BYTES 448

/* Used again and again: a parser sets row, name_len and detail.known, and of the detail no more
 * than `known` tells. */
struct diag_socket {
    struct row row; /* its name and detail are places in no snapshot: 0 */
    struct socket_detail detail;
    size_t name_len;
    char name[DIAG_NAME_BYTES]; /* AF_UNIX: cleaned; none: name_len is 0 */
};

/* 0, or -EBADMSG: too short to believe; then *ret means nothing. */
typedef int diag_parse(const struct nlmsghdr *message, const struct diag_want *want,
                       struct diag_socket *ret);
/* The question for all that is wanted. */
typedef void diag_dump_question(const struct diag_want *want, struct diag_question *ret);

diag_parse inet_diag_parse, unix_diag_parse, packet_diag_parse, netlink_diag_parse,
    vsock_diag_parse;
diag_dump_question inet_diag_question, unix_diag_question, packet_diag_question,
    netlink_diag_question, vsock_diag_question;

/* The rest of a message behind a structure of `size` bytes, which is copied; false: shorter. */
bool diag_body(const struct nlmsghdr *message, void *body, size_t size, const uint8_t **ret_at,
               size_t *ret_left);
/* What the structure itself says of a socket. */
struct inet_diag_msg;
void inet_diag_row(const struct inet_diag_msg *m, enum socket_kind kind, struct row *ret);
/* A number of four bytes; false: shorter. */
bool diag_u32(const struct diag_attribute *a, uint32_t *ret);
/* SK_MEMINFO_VARS of linux/sock_diag.h, as every family sends them. */
void diag_take_meminfo(struct socket_detail *detail, const struct diag_attribute *a);
/* SOCK_STREAM, _DGRAM or _SEQPACKET as `first` or one of the two kinds behind it; KIND_COUNT:
 * none of them. */
enum socket_kind diag_kind(enum socket_kind first, uint8_t type);
uint64_t diag_cookie(const uint32_t halves[2]);

#endif
