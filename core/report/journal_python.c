#include "core/report/journal_python.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "core/model/call_words.h"

/* Some options are told only to who has more room than they take. */
#define OPTION_ROOM 512

static const struct word_style words = {"socket.", " | "};

/* The subclasses of OSError (PEP 3151). */
const char *python_exception(int error)
{
    switch (error) {
    case EAGAIN:
    case EALREADY:
    case EINPROGRESS:
        return "BlockingIOError";
    case EPIPE:
    case ESHUTDOWN:
        return "BrokenPipeError";
    case ECONNABORTED:
        return "ConnectionAbortedError";
    case ECONNREFUSED:
        return "ConnectionRefusedError";
    case ECONNRESET:
        return "ConnectionResetError";
    case EEXIST:
        return "FileExistsError";
    case ENOENT:
        return "FileNotFoundError";
    case EINTR:
        return "InterruptedError";
    case EACCES:
    case EPERM:
        return "PermissionError";
    case ETIMEDOUT:
        return "TimeoutError";
    default:
        return "OSError";
    }
}

static void add_bytes(struct line_out *l, const void *bytes, size_t len)
{
    line_add(l, "b");
    code_add_bytes(l, false, bytes, len);
}

void python_add_payload(struct line_out *l, const struct call_code *c)
{
    uint64_t length = call_bytes(c->call);

    add_bytes(l, c->bytes, c->len);
    if (length > c->len)
        line_add(l, " + bytes(%llu)", (unsigned long long)(length - c->len));
}

static void add_path(struct line_out *l, const struct call_code *c)
{
    if (!call_names_path(c->call)) {
        line_add(l, "b\"\"");
        return;
    }
    if (!call_path_is_abstract(c)) {
        add_bytes(l, c->bytes, c->len);
        return;
    }
    line_add(l, "b\"\\0\" + ");
    add_bytes(l, c->bytes + 1, c->len - 1);
}

void python_add_address(struct line_out *l, const struct call_code *c)
{
    struct addr a = c->call->addr;
    char ip[ADDR_TEXT_BYTES];

    if (a.family == AF_UNIX) {
        add_path(l, c);
        return;
    }
    if (a.family != AF_INET && a.family != AF_INET6) {
        line_add(l, "None");
        return;
    }
    a.scope = 0;
    line_add(l, "(\"%s\", %u", addr_format_ip(&a, ip), a.port);
    if (c->call->addr.scope)
        line_add(l, ", 0, %u", c->call->addr.scope);
    line_add(l, ")");
}

static void add_value(struct line_out *l, const struct call_code *c)
{
    int value;

    if (code_int_value(c->call, &value))
        line_add(l, "%d", value);
    else
        add_bytes(l, c->bytes, c->len);
}

static void add_transfer(struct line_out *l, const struct call_code *c)
{
    const struct call *call = c->call;
    bool sends = call_sends(call);

    line_add(l, "%s(", call_name((enum call_name)call->name));
    if (call->name == CALL_SENDMSG) {
        line_add(l, "[");
        python_add_payload(l, c);
        line_add(l, "], [], ");
    } else if (sends) {
        python_add_payload(l, c);
        line_add(l, ", ");
    } else {
        line_add(l, "%llu, ", (unsigned long long)call->length);
        if (call->name == CALL_RECVMSG)
            line_add(l, "64, ");
    }
    call_add_flags(l, &words, call->a);
    if (sends && call->name != CALL_SEND) {
        line_add(l, ", ");
        python_add_address(l, c);
    }
    line_add(l, ")");
}

static void add_socket(struct line_out *l, const struct call *call)
{
    line_add(l, "socket.socket(");
    call_add_word(l, &words, WORDS_DOMAIN, call->a);
    line_add(l, ", ");
    call_add_type(l, &words, call->b);
    line_add(l, ", ");
    call_add_word(l, &words, WORDS_PROTOCOL, call->c);
    line_add(l, ")");
}

void python_add_call(struct line_out *l, const struct call_code *c)
{
    const struct call *call = c->call;

    if (call->name == CALL_SOCKET) {
        add_socket(l, call);
        return;
    }
    line_add(l, "%s.", c->socket);
    switch ((enum call_name)call->name) {
    case CALL_ACCEPT4:
        line_add(l, "accept()");
        break;
    case CALL_LISTEN:
        line_add(l, "listen(%d)", call->a);
        break;
    case CALL_SHUTDOWN:
        line_add(l, "shutdown(");
        call_add_word(l, &words, WORDS_HOW, call->a);
        line_add(l, ")");
        break;
    case CALL_FCNTL:
        line_add(l, "setblocking(%s)", call->a & SOCK_NONBLOCK ? "False" : "True");
        break;
    case CALL_BIND:
    case CALL_CONNECT:
        line_add(l, "%s(", call_name((enum call_name)call->name));
        python_add_address(l, c);
        line_add(l, ")");
        break;
    case CALL_SETSOCKOPT:
    case CALL_GETSOCKOPT:
        line_add(l, "%s(", call_name((enum call_name)call->name));
        code_add_option(l, c->constant, call);
        if (call->name == CALL_SETSOCKOPT) {
            line_add(l, ", ");
            add_value(l, c);
        } else if (call->length != sizeof(int)) {
            line_add(l, ", %d", OPTION_ROOM);
        }
        line_add(l, ")");
        break;
    default:
        if (call_sends(call) || call_receives(call))
            add_transfer(l, c);
        else
            line_add(l, "%s()", call_name((enum call_name)call->name));
        break;
    }
}

/* What a call gave that did not fail. */
static void add_result(struct line_out *l, const struct call_code *c)
{
    const struct call *call = c->call;

    if (call_receives(call)) {
        add_bytes(l, c->bytes, c->len);
        if (call_bytes(call) > c->len)
            line_add(l, "..., %llu bytes", (unsigned long long)call_bytes(call));
    } else if (call_sends(call) || call->name == CALL_SOCKET) {
        line_add(l, "%lld", (long long)call->result);
    } else if (call->name == CALL_ACCEPT4) {
        line_add(l, "s%lld, ", (long long)call->result);
        python_add_address(l, c);
    } else if (call->name == CALL_GETSOCKNAME) {
        python_add_address(l, c);
    } else if (call->name == CALL_GETSOCKOPT) {
        add_value(l, c);
    } else {
        line_add(l, "done");
    }
}

void call_python(struct line_out *l, const struct call_code *c)
{
    const struct call *call = c->call;

    if (call->name == CALL_SOCKET && !call->error)
        line_add(l, "s%lld = ", (long long)call->result);
    python_add_call(l, c);
    line_add(l, "  # ");
    if (call->error)
        line_add(l, "%s: [Errno %d] %s", python_exception(call->error), call->error,
                 call_error_text(call->error));
    else
        add_result(l, c);
}
