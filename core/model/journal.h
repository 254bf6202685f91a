/* core/model/journal.h - the socket calls that were made and what they returned.
 *
 * Each call is one compact record in a ring; text exists only for the lines somebody
 * looks at.  The engine writes, any thread reads by number.  Left out is only what we ask to know
 * a socket again: getsockopt(SO_COOKIE). */
#ifndef SOCKEYE_MODEL_JOURNAL_H
#define SOCKEYE_MODEL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/addr.h"
#include "core/base/ring.h"

enum call_name {
    CALL_SOCKET,   /* a: domain, b: type, c: protocol */
    CALL_BIND,     /* addr, or data: the path; d: length of the address */
    CALL_LISTEN,   /* a: backlog */
    CALL_CONNECT,  /* likewise */
    CALL_ACCEPT4,  /* likewise, the peer's; a: flags */
    CALL_SEND,     /* data; a: flags, length: bytes asked */
    CALL_RECV,     /* data; a: flags, length: buffer size */
    CALL_SENDTO,   /* as send, and addr; d: its length */
    CALL_RECVFROM, /* as recv, and addr; d: its length */
    CALL_SENDMSG,  /* as sendto, with one part; b: length of the control data */
    CALL_RECVMSG,  /* as recvfrom, likewise */
    CALL_SHUTDOWN, /* a: how */
    CALL_CLOSE,
    CALL_FCNTL,       /* F_SETFL; a: flags */
    CALL_SETSOCKOPT,  /* a: level, b: option, data: the value, length: of the value */
    CALL_GETSOCKOPT,  /* the same of the value it gave; on failure no data */
    CALL_GETSOCKNAME, /* as bind */
    CALL_NAMES        /* how many there are */
};

/* How many bytes of the data a record keeps, as strace -s does. */
#define CALL_DATA_BYTES 32
/* And how many can stand beside it where there are more and they are kept: journal_keep_data(). */
#define CALL_KEPT_BYTES (64U << 10)

struct call {
    uint64_t start_ns; /* monotonic; where calls follow each other, the end of the one before */
    uint64_t duration_ns;
    uint64_t session_id; /* or server's; 0: neither */
    int64_t result;      /* what the call returned; -1 on failure */
    uint64_t length;     /* send and recv: bytes asked for; options: bytes of the value */
    int32_t fd;
    int32_t error; /* errno on failure, else 0 */
    int32_t a, b, c, d;
    struct addr addr;
    uint8_t name;     /* enum call_name */
    uint8_t data_len; /* valid bytes of data */
    uint8_t
        path_len; /* of an AF_UNIX address; data holds its beginning, an abstract one's with '@' */
    uint8_t data[CALL_DATA_BYTES];
};

/* errno that the call returned, or that it found: getsockopt(SO_ERROR) tells of a failed
 * connect(); 0: neither. */
int call_failure(const struct call *call);

/* Room for one rendered call. */
#define CALL_TEXT_BYTES 480

/* strace's form: send(5, "Hello", 5, MSG_NOSIGNAL) = 5 <0.000021>.  Only printable bytes
 * come out.  Returns the length. */
size_t call_format(const struct call *call, char *buf, size_t size);

const char *call_name(enum call_name name);
/* "Connection refused"; "?" for a number that nobody knows.  A constant. */
const char *call_error_text(int error);

/* The journal's ring: records of struct call.  Beside those with more data than a record holds
 * stand the first of them, also the end of a path, once somebody has asked for that; the oldest
 * of those bytes go first, and leave their records. */
#define JOURNAL_CALLS 32768
#define JOURNAL_BYTES (4U << 20)
struct ring *journal_new(void);
void journal_keep_data(struct ring *journal, size_t most); /* at most CALL_KEPT_BYTES */

/* A call with the first `size` of the data that are there of it, size at least CALL_DATA_BYTES.
 * False: overwritten. */
bool journal_read(const struct ring *journal, uint64_t number, struct call *ret, uint8_t *buf,
                  size_t size, size_t *ret_len);

/* The newest call of a session, or server, that failed with that errno: `call` is how it is named in
 * words ("connect", "recv"), which stands for every way to do it.  False: none is kept. */
bool journal_find_failure(const struct ring *journal, uint64_t session_id, const char *call,
                          int error, uint64_t *ret_number);

#endif
