#include "core/report/journal_code.h"

#include <string.h>
#include <sys/socket.h>

#include "core/net/options.h"

bool call_sends(const struct call *call)
{
    return call->name == CALL_SEND || call->name == CALL_SENDTO || call->name == CALL_SENDMSG;
}

bool call_receives(const struct call *call)
{
    return call->name == CALL_RECV || call->name == CALL_RECVFROM || call->name == CALL_RECVMSG;
}

uint64_t call_bytes(const struct call *call)
{
    return call_sends(call) ? call->length : call->result > 0 ? (uint64_t)call->result : 0;
}

bool call_names_path(const struct call *call)
{
    return call->addr.family == AF_UNIX && call->path_len && !call_sends(call) &&
           !call_receives(call);
}

/* The record has '@' for its NUL, the bytes beside it are as they were. */
bool call_path_is_abstract(const struct call_code *c)
{
    return c->len && (c->bytes[0] == '@' || c->bytes[0] == '\0');
}

void code_add_bytes(struct line_out *l, bool c_language, const void *bytes, size_t len)
{
    static const char names[] = "\n\r\t\"\\", letters[] = "nrt\"\\";
    const uint8_t *p = bytes;
    char text[64];
    size_t used = 0;

    line_add(l, "\"");
    for (size_t i = 0; i < len; i++) {
        const char *at = p[i] ? strchr(names, p[i]) : NULL;
        struct line_out one = line_in(text + used, sizeof(text) - used);

        if (at)
            line_add(&one, "\\%c", letters[at - names]);
        else if (p[i] >= 0x20 && p[i] < 0x7f &&
                 !(c_language && p[i] == '?')) /* "??/" is a backslash to C */
            line_add(&one, "%c", p[i]);
        else
            line_add(&one, c_language ? "\\%03o" : "\\x%02x", p[i]);
        used += one.used;
        if (used + 8 > sizeof(text) || i + 1 == len) {
            line_add(l, "%s", text);
            used = 0;
        }
    }
    line_add(l, "\"");
}

void code_add_comment(struct line_out *l, const char *text)
{
    char before = ' ';

    for (; *text; text++) {
        char c = *text >= 0x20 && *text < 0x7f ? *text : '?';

        /* Neither "*" and "/" side by side, nor a trigraph. */
        if ((before == '*' && c == '/') || (before == '/' && c == '*') ||
            (before == '?' && c == '?'))
            line_add(l, " ");
        line_add(l, "%c", c);
        before = c;
    }
}

void code_add_option(struct line_out *l, const char *prefix, const struct call *call)
{
    const struct socket_option *o = option_by_number(call->a, call->b);
    const char *level = option_level_name(call->a);

    if (level)
        line_add(l, "%s%s, ", prefix, level);
    else
        line_add(l, "%d, ", call->a);
    if (o)
        line_add(l, "%s%s", prefix, o->name);
    else
        line_add(l, "%d", call->b);
}

bool code_int_value(const struct call *call, int *ret)
{
    if (call->length != sizeof(int) || call->data_len != sizeof(int))
        return false;
    memcpy(ret, call->data, sizeof(*ret));
    return true;
}
