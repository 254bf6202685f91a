#include "core/report/ladder_call.h"

#include <inttypes.h>
#include <sys/socket.h>

#include "core/base/err.h"
#include "core/base/line.h"

static void add_arguments(struct line_out *l, const struct call *call)
{
    static const char *const hows[] = {
        [SHUT_RD] = "SHUT_RD", [SHUT_WR] = "SHUT_WR", [SHUT_RDWR] = "SHUT_RDWR"};
    char address[ADDR_TEXT_BYTES];

    switch (call->name) {
    case CALL_SEND:
    case CALL_RECV:
    case CALL_SENDTO:
    case CALL_RECVFROM:
    case CALL_SENDMSG:
    case CALL_RECVMSG:
        line_add(l, "%" PRIu64, call->length);
        break;
    case CALL_BIND:
    case CALL_CONNECT:
        line_add(l, "%s", addr_format(&call->addr, address));
        break;
    case CALL_LISTEN:
        line_add(l, "%d", call->a);
        break;
    case CALL_SHUTDOWN:
        if (call->a >= SHUT_RD && call->a <= SHUT_RDWR)
            line_add(l, "%s", hows[call->a]);
        else
            line_add(l, "%d", call->a);
        break;
    default:
        break;
    }
}

static bool is_drawn(uint8_t name)
{
    return name < CALL_NAMES && name != CALL_SOCKET && name != CALL_FCNTL &&
           name != CALL_SETSOCKOPT && name != CALL_GETSOCKOPT && name != CALL_GETSOCKNAME;
}

bool ladder_call_text(const struct call *call, char buf[LADDER_TEXT_BYTES])
{
    struct line_out l = line_in(buf, LADDER_TEXT_BYTES);

    if (!is_drawn(call->name))
        return false;
    line_add(&l, "%s(", call_name((enum call_name)call->name));
    add_arguments(&l, call);
    line_add(&l, ") = %" PRId64, call->result);
    if (call->error)
        line_add(&l, " %s", err_name(call->error));
    return true;
}
