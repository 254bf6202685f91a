#include "core/report/journal_c.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/err.h"
#include "core/model/call_words.h"

static const struct word_style words = {"", " | "};

static void add_in(struct line_out *l, const struct addr *a)
{
    line_add(l,
             "(struct sockaddr *)&(struct sockaddr_in){.sin_family = AF_INET, "
             ".sin_port = htons(%u), .sin_addr = {htonl(0x%02x%02x%02x%02x)}}, "
             "sizeof(struct sockaddr_in)",
             a->port, a->ip[0], a->ip[1], a->ip[2], a->ip[3]);
}

static void add_in6(struct line_out *l, const struct addr *a)
{
    line_add(l,
             "(struct sockaddr *)&(struct sockaddr_in6){.sin6_family = AF_INET6, "
             ".sin6_port = htons(%u), .sin6_addr = {{{",
             a->port);
    for (size_t i = 0; i < sizeof(a->ip); i++)
        line_add(l, "%s0x%02x", i ? ", " : "", a->ip[i]);
    line_add(l, "}}}");
    if (a->scope)
        line_add(l, ", .sin6_scope_id = %u", a->scope);
    line_add(l, "}, sizeof(struct sockaddr_in6)");
}

static void add_un(struct line_out *l, const struct call_code *c)
{
    line_add(l, "(struct sockaddr *)&(struct sockaddr_un){.sun_family = AF_UNIX");
    if (call_names_path(c->call) && call_path_is_abstract(c)) {
        line_add(l, ", .sun_path = \"\\000\" ");
        code_add_bytes(l, true, c->bytes + 1, c->len - 1);
    } else if (call_names_path(c->call)) {
        line_add(l, ", .sun_path = ");
        code_add_bytes(l, true, c->bytes, c->len);
    }
    line_add(l, "}, %d", c->call->d);
}

void c_add_address(struct line_out *l, const struct call_code *c)
{
    const struct addr *a = &c->call->addr;

    if (a->family == AF_INET)
        add_in(l, a);
    else if (a->family == AF_INET6)
        add_in6(l, a);
    else if (a->family == AF_UNIX)
        add_un(l, c);
    else
        line_add(l, "NULL, 0");
}

static void add_value(struct line_out *l, const struct call_code *c)
{
    int value;

    if (code_int_value(c->call, &value)) {
        line_add(l, "&(int){%d}, sizeof(int)", value);
        return;
    }
    code_add_bytes(l, true, c->bytes, c->len);
    line_add(l, ", %zu", c->len);
}

static void add_transfer(struct line_out *l, const struct call_code *c)
{
    const struct call *call = c->call;
    bool sends = call_sends(call), named = call->name != CALL_SEND && call->name != CALL_RECV;

    line_add(l, "%s, ", c->socket);
    if (sends)
        code_add_bytes(l, true, c->bytes, c->len);
    else
        line_add(l, "buffer");
    if (sends && call->length > c->len)
        line_add(l, " /* and %llu bytes that were not kept */",
                 (unsigned long long)(call->length - c->len));
    line_add(l, ", %llu, ", (unsigned long long)call->length);
    call_add_flags(l, &words, call->a);
    if (named && sends) {
        line_add(l, ", ");
        c_add_address(l, c);
    } else if (named) {
        line_add(l, ", (struct sockaddr *)&from, &(socklen_t){sizeof(from)}");
    }
}

/* A message of one part, which is what we send and receive, is what the simpler call takes. */
static const char *name_of(const struct call *call)
{
    return call->name == CALL_SENDMSG   ? "sendto"
           : call->name == CALL_RECVMSG ? "recvfrom"
                                        : call_name((enum call_name)call->name);
}

static void add_arguments(struct line_out *l, const struct call_code *c)
{
    const struct call *call = c->call;

    switch ((enum call_name)call->name) {
    case CALL_SOCKET:
        call_add_word(l, &words, WORDS_DOMAIN, call->a);
        line_add(l, ", ");
        call_add_type(l, &words, call->b);
        line_add(l, ", ");
        call_add_word(l, &words, WORDS_PROTOCOL, call->c);
        break;
    case CALL_BIND:
    case CALL_CONNECT:
        line_add(l, "%s, ", c->socket);
        c_add_address(l, c);
        break;
    case CALL_LISTEN:
        line_add(l, "%s, %d", c->socket, call->a);
        break;
    case CALL_ACCEPT4:
        line_add(l, "%s, (struct sockaddr *)&peer, &(socklen_t){sizeof(peer)}, ", c->socket);
        call_add_type_flags(l, &words, call->a);
        break;
    case CALL_SHUTDOWN:
        line_add(l, "%s, ", c->socket);
        call_add_word(l, &words, WORDS_HOW, call->a);
        break;
    case CALL_FCNTL:
        line_add(l, "%s, F_SETFL, O_RDWR%s", c->socket,
                 call->a & SOCK_NONBLOCK ? " | O_NONBLOCK" : "");
        break;
    case CALL_SETSOCKOPT:
    case CALL_GETSOCKOPT:
        line_add(l, "%s, ", c->socket);
        code_add_option(l, c->constant, call);
        line_add(l, ", ");
        if (call->name == CALL_SETSOCKOPT)
            add_value(l, c);
        else
            line_add(l, "&value, &(socklen_t){sizeof(value)}");
        break;
    case CALL_GETSOCKNAME:
        line_add(l, "%s, (struct sockaddr *)&name, &(socklen_t){sizeof(name)}", c->socket);
        break;
    case CALL_CLOSE:
    case CALL_NAMES:
        line_add(l, "%s", c->socket);
        break;
    default:
        add_transfer(l, c);
        break;
    }
}

void c_add_call(struct line_out *l, const struct call_code *c)
{
    line_add(l, "%s(", name_of(c->call));
    add_arguments(l, c);
    line_add(l, ")");
}

/* What it gave beside its result, in words; strace's, which escape what is not printable. */
static void add_given(struct line_out *l, const struct call_code *c)
{
    const struct call *call = c->call;
    char given[CALL_KEPT_BYTES / 16], name[ADDR_TEXT_BYTES];
    struct line_out text = line_in(given, sizeof(given));
    int value;

    if (call_receives(call))
        line_add_quoted(&text, c->bytes, c->len < 64 ? c->len : 64);
    else if (call->name == CALL_GETSOCKOPT && code_int_value(call, &value))
        line_add(&text, "[%d]", value);
    else if (call->name == CALL_GETSOCKOPT)
        line_add_quoted(&text, c->bytes, c->len);
    else if (call->name == CALL_ACCEPT4 || call->name == CALL_GETSOCKNAME)
        line_add(&text, "%s", addr_format(&call->addr, name));
    if (!text.used)
        return;
    line_add(l, ": ");
    code_add_comment(l, given);
    if (call_receives(call) && call_bytes(call) > 64)
        line_add(l, "...");
}

void call_c(struct line_out *l, const struct call_code *c)
{
    const struct call *call = c->call;

    c_add_call(l, c);
    if (call->error) {
        line_add(l, "; /* -1 %s: %s */", err_name(call->error), call_error_text(call->error));
        return;
    }
    line_add(l, "; /* %lld", (long long)call->result);
    add_given(l, c);
    line_add(l, " */");
}
