#include "core/model/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/err.h"
#include "core/base/line.h"
#include "core/model/call_words.h"
#include "core/net/options.h"

/* strace's own. */
static const struct word_style words = {"", "|"};

static void add_data(struct line_out *t, const struct call *call, uint64_t length)
{
    line_add_quoted(t, call->data, call->data_len);
    if (length > call->data_len)
        line_add(t, "...");
}

/* The path stands in the data where that is not what was sent or received. */
static void add_unix(struct line_out *t, const struct call *call)
{
    bool transfer = call->name == CALL_SENDTO || call->name == CALL_RECVFROM ||
                    call->name == CALL_SENDMSG || call->name == CALL_RECVMSG;

    line_add(t, "{sa_family=AF_UNIX");
    if (call->path_len && !transfer) {
        bool abstract = call->data[0] == '@';

        line_add(t, ", sun_path=%s", abstract ? "@" : "");
        line_add_quoted(t, call->data + abstract, call->data_len - (size_t)abstract);
        if (call->path_len > call->data_len)
            line_add(t, "...");
    }
    line_add(t, "}");
}

static void add_addr(struct line_out *t, const struct call *call)
{
    if (call->addr.family == AF_UNIX)
        add_unix(t, call);
    else
        addr_trace(&call->addr, t);
}

static void add_transfer(struct line_out *t, const struct call *call)
{
    bool sent = call->name == CALL_SEND || call->name == CALL_SENDTO;

    line_add(t, "%d, ", call->fd);
    if (sent || call->result >= 0)
        add_data(t, call, sent ? call->length : (uint64_t)call->result);
    else
        line_add(t, "...");
    line_add(t, ", %llu, ", (unsigned long long)call->length);
    call_add_flags(t, &words, call->a);
    if (call->name != CALL_SENDTO && call->name != CALL_RECVFROM)
        return;
    line_add(t, ", ");
    add_addr(t, call);
    line_add(t, sent ? ", %d" : ", [%d]", call->d);
}

static void add_message(struct line_out *t, const struct call *call)
{
    bool sent = call->name == CALL_SENDMSG;

    line_add(t, "%d, ", call->fd);
    if (sent || call->result >= 0) {
        line_add(t, "{msg_name=");
        add_addr(t, call);
        line_add(t, ", msg_namelen=%d, msg_iov=[{iov_base=", call->d);
        add_data(t, call, sent ? call->length : (uint64_t)call->result);
        line_add(t, ", iov_len=%llu}], msg_iovlen=1, msg_controllen=%d}, ",
                 (unsigned long long)call->length, call->b);
    } else {
        line_add(t, "..., ");
    }
    call_add_flags(t, &words, call->a);
}

/* What the table does not have is a number and, when it is as long as one, an int. */
static void add_unknown_value(struct line_out *t, const struct call *call)
{
    int32_t number;

    if (call->length == sizeof(number) && call->data_len == sizeof(number)) {
        memcpy(&number, call->data, sizeof(number));
        line_add(t, "[%d]", number);
    } else {
        add_data(t, call, call->length);
    }
}

static void add_name(struct line_out *t, const char *name, int number)
{
    if (name)
        line_add(t, "%s, ", name);
    else
        line_add(t, "%#x, ", (unsigned)number);
}

static void add_option(struct line_out *t, const struct call *call)
{
    const struct socket_option *o = option_by_number(call->a, call->b);
    const char *level = option_level_name(call->a);
    bool got = call->name == CALL_GETSOCKOPT;

    line_add(t, "%d, ", call->fd);
    add_name(t, level, call->a);
    add_name(t, o ? o->name : NULL, call->b);
    if (got && call->result != 0)
        line_add(t, "...");
    else if (o)
        option_trace(t, o, call->data, call->data_len, call->length);
    else
        add_unknown_value(t, call);
    line_add(t, got ? ", [%llu]" : ", %llu", (unsigned long long)call->length);
}

static void add_arguments(struct line_out *t, const struct call *call)
{
    switch ((enum call_name)call->name) {
    case CALL_SOCKET:
        call_add_word(t, &words, WORDS_DOMAIN, call->a);
        line_add(t, ", ");
        call_add_type(t, &words, call->b);
        line_add(t, ", ");
        call_add_word(t, &words, WORDS_PROTOCOL, call->c);
        break;
    case CALL_BIND:
    case CALL_CONNECT:
        line_add(t, "%d, ", call->fd);
        add_addr(t, call);
        line_add(t, ", %d", call->d);
        break;
    case CALL_LISTEN:
        line_add(t, "%d, %d", call->fd, call->a);
        break;
    case CALL_ACCEPT4:
        line_add(t, "%d, ", call->fd);
        add_addr(t, call);
        line_add(t, ", ");
        call_add_type_flags(t, &words, call->a);
        break;
    case CALL_SEND:
    case CALL_RECV:
    case CALL_SENDTO:
    case CALL_RECVFROM:
        add_transfer(t, call);
        break;
    case CALL_SENDMSG:
    case CALL_RECVMSG:
        add_message(t, call);
        break;
    case CALL_SHUTDOWN:
        line_add(t, "%d, ", call->fd);
        call_add_word(t, &words, WORDS_HOW, call->a);
        break;
    case CALL_CLOSE:
        line_add(t, "%d", call->fd);
        break;
    case CALL_FCNTL:
        line_add(t, "%d, F_SETFL, O_RDWR%s", call->fd,
                 call->a & O_NONBLOCK ? "|O_NONBLOCK" : "");
        break;
    case CALL_SETSOCKOPT:
    case CALL_GETSOCKOPT:
        add_option(t, call);
        break;
    case CALL_GETSOCKNAME:
        line_add(t, "%d, ", call->fd);
        add_addr(t, call);
        break;
    case CALL_NAMES:
        break;
    }
}

const char *call_name(enum call_name name)
{
    static const char *const names[CALL_NAMES] = {[CALL_SOCKET] = "socket",
                                                  [CALL_BIND] = "bind",
                                                  [CALL_LISTEN] = "listen",
                                                  [CALL_CONNECT] = "connect",
                                                  [CALL_ACCEPT4] = "accept4",
                                                  [CALL_SEND] = "send",
                                                  [CALL_RECV] = "recv",
                                                  [CALL_SENDTO] = "sendto",
                                                  [CALL_RECVFROM] = "recvfrom",
                                                  [CALL_SENDMSG] = "sendmsg",
                                                  [CALL_RECVMSG] = "recvmsg",
                                                  [CALL_SHUTDOWN] = "shutdown",
                                                  [CALL_CLOSE] = "close",
                                                  [CALL_FCNTL] = "fcntl",
                                                  [CALL_SETSOCKOPT] = "setsockopt",
                                                  [CALL_GETSOCKOPT] = "getsockopt",
                                                  [CALL_GETSOCKNAME] = "getsockname"};

    return (unsigned)name < CALL_NAMES ? names[name] : "?";
}

const char *call_error_text(int error)
{
    const char *text = strerrordesc_np(error);

    return text ? text : "?";
}

size_t call_format(const struct call *call, char *buf, size_t size)
{
    struct line_out t = line_in(buf, size);

    line_add(&t, "%s(", call_name((enum call_name)call->name));
    add_arguments(&t, call);
    if (call->error)
        line_add(&t, ") = -1 %s (%s)", err_name(call->error), call_error_text(call->error));
    else
        line_add(&t, ") = %lld", (long long)call->result);
    line_add(&t, " <%llu.%06llu>", (unsigned long long)(call->duration_ns / 1000000000),
             (unsigned long long)(call->duration_ns / 1000 % 1000000));
    return t.used;
}

struct ring *journal_new(void)
{
    return ring_new_loose(JOURNAL_CALLS, sizeof(struct call), JOURNAL_BYTES);
}

void journal_keep_data(struct ring *journal, size_t most)
{
    ring_keep_data(journal, most < CALL_KEPT_BYTES ? most : CALL_KEPT_BYTES);
}

bool journal_read(const struct ring *journal, uint64_t number, struct call *ret, uint8_t *buf,
                  size_t size, size_t *ret_len)
{
    size_t len;

    if (!ring_get(journal, number, ret, buf, size, &len))
        return false;
    if (len <= ret->data_len) {
        len = ret->data_len;
        memcpy(buf, ret->data, len);
    }
    *ret_len = len < size ? len : size;
    return true;
}

int call_failure(const struct call *call)
{
    bool asked = call->name == CALL_GETSOCKOPT && call->a == SOL_SOCKET &&
                 call->b == SO_ERROR && call->data_len == sizeof(int);
    int found = 0;

    if (asked)
        memcpy(&found, call->data, sizeof(found));
    return call->error ? call->error : found;
}

/* "recv" is recv, recvfrom and recvmsg; a connect() that takes its time fails in getsockopt(). */
static bool is_way_to(enum call_name name, const char *call)
{
    return strncmp(call_name(name), call, strlen(call)) == 0 ||
           (name == CALL_GETSOCKOPT && strcmp(call, call_name(CALL_CONNECT)) == 0);
}

bool journal_find_failure(const struct ring *journal, uint64_t session_id, const char *call,
                          int error, uint64_t *ret_number)
{
    struct call c;

    for (uint64_t n = ring_head(journal); n > 0 && ring_get(journal, n - 1, &c, NULL, 0, NULL);
         n--)
        if (c.session_id == session_id && call_failure(&c) == error &&
            is_way_to(c.name, call)) {
            *ret_number = n - 1;
            return true;
        }
    return false;
}
