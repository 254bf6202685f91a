#include "core/scenario/run_why.h"

struct inquiry *scenario_run_inquiry(const struct run_request *request, const struct model *m,
                                     const struct recorded *recorded, bool no_capture)
{
    const struct session_status *s = model_session(m, request->session_id);
    struct inquiry *q = inquiry_new();

    if (request->session_id && (!s || !inquiry_of_session(s, recorded, q))) {
        inquiry_free(q);
        return NULL;
    }
    if (!request->session_id) {
        q->wish.subject = request->bind ? WHY_BIND : WHY_CONNECT;
        q->wish.endpoint = request->endpoint;
    }
    q->wish.no_capture = no_capture;
    inquiry_name(q);
    return q;
}
