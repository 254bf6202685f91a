/* tests/unit/answers.h - an answer to the question why, made up. */
#ifndef SOCKEYE_TESTS_ANSWERS_H
#define SOCKEYE_TESTS_ANSWERS_H

#include "tests/unit/screen.h"

#include <errno.h>

#include "core/why/inquiry.h"

enum { ANSWER_COOKIE = 77 };
/* Of its packet, since the model's start. */
#define ANSWER_PACKET_NS (200 * CLOCK_MS_NS)

static inline struct evidence *some_evidence(void)
{
    struct evidence *e = evidence_new();
    struct evidence_line *line;

    e->began_wall_ns = SCREEN_NOON_NS + ANSWER_PACKET_NS - 200000;
    line = evidence_say(e, "connect", e->began_ns + 100000,
                        "to 127.0.0.1:65432: Connection refused");
    evidence_failed(line, -ECONNREFUSED);
    line = evidence_say(e, "capture", e->began_ns + 200000, "came RST ACK, 0 bytes, window 0");
    line->has_packet = true;
    line->packet = 5;
    line = evidence_say(e, "sock_diag", e->began_ns + 1250000,
                        "on the same port: tcp ESTABLISHED 127.0.0.1:51826 -> 127.0.0.1:65432, "
                        "Recv-Q 0, Send-Q 0, held by python3 (812)");
    line->cookie = ANSWER_COOKIE;
    evidence_unseen(e, "kernel events", "sudo sockeye why", "needs root");
    return e;
}

/* Nobody listens on tcp://127.0.0.1:65432. */
static inline struct inquiry *an_answer(void)
{
    struct inquiry *q = inquiry_new();
    struct verdict *v = &q->v;

    q->wish.subject = WHY_CONNECT;
    assert_int_equal(endpoint_parse("tcp://127.0.0.1:65432", &q->wish.endpoint, NULL), 0);
    inquiry_name(q);
    q->e = some_evidence();
    v->cause = "no-listener";
    v->confidence = CONFIDENCE_CERTAIN;
    snprintf(v->summary, sizeof(v->summary), "%s",
             "Nobody listens on 127.0.0.1:65432: no process of this host has a socket for it.");
    v->n_fixes = 1;
    snprintf(v->fixes[0], sizeof(v->fixes[0]), "%s", "Start the server.");
    v->n_alternatives = 2;
    v->alternatives[0] = (struct alternative){.cause = "firewall-reject",
                                              .confidence = CONFIDENCE_POSSIBLE,
                                              .summary = "A rule may answer."};
    v->alternatives[1] =
        (struct alternative){.cause = "listener-other-address",
                             .ruled_out_by = "no other address has a listener on this port"};
    return q;
}

#endif
