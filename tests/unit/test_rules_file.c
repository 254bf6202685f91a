/* A recording: what the packets of one conversation say alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/evidences.h"

#define SECOND_NS UINT64_C(1000000000)

/* Seen from 10.0.0.1, which asked 10.0.0.2. */
static struct wire_facts *recorded(struct evidence **ret)
{
    struct evidence *e = *ret = evidence_new();

    e->subject = WHY_FILE;
    e->endpoint.scheme = ENDPOINT_TCP;
    e->file_local = an_addr("10.0.0.1", 40000);
    e->file_peer = an_addr("10.0.0.2", 80);
    e->file_end_ns = 10 * SECOND_NS;
    e->wire.seen = true;
    return &e->wire;
}

/* A connection over which both sides spoke. */
static struct wire_facts *talked(struct evidence **ret)
{
    struct wire_facts *w = recorded(ret);

    w->syn_out = w->syn_ack_in = 1;
    w->packets_out = w->packets_in = 10;
    w->last_out_ns = w->last_in_ns = SECOND_NS;
    return w;
}

static void told(struct wire_facts *w, const char *from, uint8_t type, uint8_t code)
{
    struct icmp_sighting *m = &w->icmp[w->n_icmp++];

    m->from = an_addr(from, 0);
    m->family = m->from.family;
    m->type = type;
    m->code = code;
}

static void icmp_errors_name_the_cause(void **state)
{
    static const struct {
        const char *from;
        uint8_t type, code;
        const char *cause;
        enum confidence sure;
    } errors[] = {
        {"10.0.0.254", 3, 9, "firewall-reject", CONFIDENCE_CERTAIN},
        {"10.0.0.254", 3, 10, "firewall-reject", CONFIDENCE_CERTAIN},
        /* A route of type prohibit says so, too; not of the host itself. */
        {"10.0.0.254", 3, 13, "firewall-reject", CONFIDENCE_LIKELY},
        {"10.0.0.2", 3, 13, "firewall-reject", CONFIDENCE_CERTAIN},
        {"fe80::1", 1, 1, "firewall-reject", CONFIDENCE_LIKELY},
        {"fe80::1", 1, 5, "firewall-reject", CONFIDENCE_CERTAIN},
        {"fe80::1", 1, 6, "firewall-reject", CONFIDENCE_LIKELY},
        {"10.0.0.254", 3, 0, "host-unreachable", CONFIDENCE_CERTAIN},
        {"10.0.0.254", 3, 1, "host-unreachable", CONFIDENCE_CERTAIN},
        {"fe80::1", 1, 0, "host-unreachable", CONFIDENCE_CERTAIN},
        {"fe80::1", 1, 3, "host-unreachable", CONFIDENCE_CERTAIN},
        /* A closed port of TCP answers with a reset, a host does not call itself unreachable. */
        {"10.0.0.2", 3, 3, "firewall-reject", CONFIDENCE_CERTAIN},
        {"fe80::2", 1, 4, "firewall-reject", CONFIDENCE_CERTAIN},
        {"10.0.0.2", 3, 1, "firewall-reject", CONFIDENCE_LIKELY},
        {"10.0.0.2", 3, 2, "firewall-reject", CONFIDENCE_LIKELY},
        {"10.0.0.254", 11, 0, "host-unreachable", CONFIDENCE_POSSIBLE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        struct evidence *e;
        struct wire_facts *w = recorded(&e);

        w->syn_out = w->packets_out = 1;
        told(w, errors[i].from, errors[i].type, errors[i].code);
        judged(e, errors[i].cause, errors[i].sure);
    }
}

static void an_answer_that_is_never_acknowledged_is_dropped(void **state)
{
    struct evidence *e;
    struct wire_facts *w = recorded(&e);

    (void)state;
    w->syn_out = w->packets_out = 3;
    w->syn_ack_in = w->packets_in = 4;
    w->retransmissions_out = 2;
    judged(e, "firewall-drop", CONFIDENCE_LIKELY);
}

static void a_reset_to_the_syn_is_nobody_listening(void **state)
{
    struct evidence *e;
    struct wire_facts *w = recorded(&e);

    (void)state;
    w->syn_out = w->packets_out = w->rst_in = w->packets_in = 1;
    judged(e, "no-listener", CONFIDENCE_LIKELY);
}

static void one_syn_at_the_end_of_a_recording_says_little(void **state)
{
    struct evidence *e;
    struct wire_facts *w = recorded(&e);

    (void)state;
    w->syn_out = w->packets_out = 1;
    judged(e, "no-reply", CONFIDENCE_POSSIBLE);
    w = recorded(&e);
    w->syn_out = w->packets_out = 4;
    judged(e, "no-reply", CONFIDENCE_LIKELY);
    w = recorded(&e);
    w->syn_out = w->packets_out = 4;
    w->incomplete = true;
    judged(e, "no-reply", CONFIDENCE_POSSIBLE);
}

static void a_window_that_stays_closed_is_a_peer_that_does_not_read(void **state)
{
    struct evidence *e;
    struct wire_facts *w = talked(&e);

    (void)state;
    w->zero_window_in = 1;
    w->window_in_closed = true;
    judged(e, "peer-not-reading", CONFIDENCE_LIKELY);
    w = talked(&e);
    w->zero_window_in = 1;
    w->probes_out = 3;
    w->window_in_closed = true;
    judged(e, "peer-not-reading", CONFIDENCE_CERTAIN);
    /* It opened again. */
    w = talked(&e);
    w->zero_window_in = 3;
    judged(e, "healthy", CONFIDENCE_POSSIBLE);
}

static void data_sent_again_in_vain_is_a_peer_that_has_gone(void **state)
{
    struct evidence *e;
    struct wire_facts *w = talked(&e);

    (void)state;
    w->retransmissions_out = 3;
    w->last_out_ns = w->last_in_ns + 5 * SECOND_NS;
    judged(e, "peer-vanished", CONFIDENCE_LIKELY);
}

static void many_segments_sent_again_are_loss(void **state)
{
    struct evidence *e;
    struct wire_facts *w = talked(&e);

    (void)state;
    w->packets_out = 1000;
    w->retransmissions_out = 20;
    judged(e, "network-loss", CONFIDENCE_LIKELY);
    /* A few are the lot of every long way. */
    w = talked(&e);
    w->packets_out = 1000;
    w->retransmissions_out = 3;
    judged(e, "healthy", CONFIDENCE_POSSIBLE);
}

static void a_reset_with_another_ttl_came_from_the_middle(void **state)
{
    struct evidence *e;
    struct wire_facts *w = talked(&e);

    (void)state;
    w->rst_in = 1;
    w->has_rst_in_ttl = w->has_reply_ttl = true;
    w->rst_in_ttl = 250;
    w->reply_ttl = 60;
    judged(e, "reset-by-middle", CONFIDENCE_LIKELY);
}

static void a_reset_of_the_peer_itself_may_be_an_abort(void **state)
{
    struct evidence *e;
    struct wire_facts *w = talked(&e);

    (void)state;
    w->rst_in = 1;
    w->has_rst_in_ttl = w->has_reply_ttl = true;
    w->rst_in_ttl = w->reply_ttl = 60;
    judged(e, "reset-abort", CONFIDENCE_POSSIBLE);
    /* After its FIN it answers more data so. */
    w = talked(&e);
    w->rst_in = w->fin_in = 1;
    judged(e, "unknown", CONFIDENCE_POSSIBLE);
}

static void datagrams_that_nobody_answers_are_nothing_unusual(void **state)
{
    struct evidence *e;
    struct wire_facts *w = recorded(&e);

    (void)state;
    e->endpoint.scheme = ENDPOINT_UDP;
    w->packets_out = 3;
    judged(e, "unknown", CONFIDENCE_POSSIBLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(icmp_errors_name_the_cause),
        cmocka_unit_test(an_answer_that_is_never_acknowledged_is_dropped),
        cmocka_unit_test(a_reset_to_the_syn_is_nobody_listening),
        cmocka_unit_test(one_syn_at_the_end_of_a_recording_says_little),
        cmocka_unit_test(a_window_that_stays_closed_is_a_peer_that_does_not_read),
        cmocka_unit_test(data_sent_again_in_vain_is_a_peer_that_has_gone),
        cmocka_unit_test(many_segments_sent_again_are_loss),
        cmocka_unit_test(a_reset_with_another_ttl_came_from_the_middle),
        cmocka_unit_test(a_reset_of_the_peer_itself_may_be_an_abort),
        cmocka_unit_test(datagrams_that_nobody_answers_are_nothing_unusual),
    };

    return cmocka_run_group_tests_name("rules_file", tests, NULL, NULL);
}
