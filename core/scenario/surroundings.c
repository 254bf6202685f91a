#include "core/scenario/surroundings.h"

#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

const char *scenario_missing(const struct scenario *s, const struct probes *probes,
                             bool no_capture)
{
    const struct in6_addr loopback = IN6ADDR_LOOPBACK_INIT;
    struct addr at = addr_make(AF_INET6, &loopback, 0);
    struct route_facts home = {0};

    if (s->needs & NEED_ROOT && geteuid() != 0)
        return "it needs root";
    if (s->needs & NEED_CAPTURE && no_capture)
        return "it needs packets, and --no-capture is given";
    if (!(s->needs & NEED_IPV6))
        return NULL;
    probes->home_look(&at, &home);
    /* It is loopback's by definition, so that its absence is no error there. */
    return home.seen ? NULL : "it needs IPv6: ::1 is no address of this host";
}

struct inquiry *scenario_inquiry(const struct run_request *request, const struct model *m,
                                 const struct recorded *recorded, struct err *err)
{
    const struct session_status *s = model_session(m, request->session_id);
    struct inquiry *q = inquiry_new();

    if (request->session_id && (!s || !inquiry_of_session(s, recorded, q))) {
        inquiry_free(q);
        err_set(err, -EOPNOTSUPP, "why", "", "nothing can be asked about this session");
        return NULL;
    }
    if (!request->session_id) {
        q->wish.subject = request->bind ? WHY_BIND : WHY_CONNECT;
        q->wish.endpoint = request->endpoint;
    }
    inquiry_name(q);
    return q;
}
