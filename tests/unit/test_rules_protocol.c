/* Verdicts on what is said over a connection: TLS, HTTP, framed messages, groups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "core/why/verdict.h"

struct fixture {
    struct evidence *e;
    struct attempt *a;
    struct verdict v;
};

static int set_up(void **state)
{
    static struct fixture f;
    uint8_t ip[4] = {192, 0, 2, 1};

    f = (struct fixture){.e = evidence_new()};
    f.e->subject = WHY_CONNECT;
    f.a = evidence_attempt(f.e);
    f.a->call = "connect";
    f.a->to = addr_make(AF_INET, ip, 8443);
    ip[3] = 9;
    f.a->from = addr_make(AF_INET, ip, 50000);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    evidence_free(((struct fixture *)*state)->e);
    return 0;
}

static struct attempt *tls(struct fixture *f)
{
    f->e->endpoint.scheme = ENDPOINT_TLS;
    f->a->call = "handshake";
    f->a->error = -EPROTO;
    f->a->tls.tried = true;
    f->a->tls.sent_bytes = 289;
    return f->a;
}

/* What was sent, all of it, and what came; NULL: nothing. */
static struct attempt *said(struct fixture *f, const char *sent, const void *came, size_t len)
{
    struct frame_look look;

    request_look(sent, strlen(sent), &f->a->request);
    f->a->sent_bytes = strlen(sent);
    f->a->listened = true;
    f->a->received_bytes = f->a->peek_len = len;
    if (!len)
        return f->a;
    memcpy(f->a->peek, came, len);
    frame_look_init(&look);
    frame_look_feed(&look, came, len);
    frame_look_facts(&look, &f->a->frame_came);
    frame_look_done(&look);
    return f->a;
}

static void sent_message(struct fixture *f, const void *bytes, size_t len)
{
    struct frame_look look;

    f->a->sent_bytes = len;
    f->a->listened = true;
    frame_look_init(&look);
    frame_look_feed(&look, bytes, len);
    frame_look_facts(&look, &f->a->frame_sent);
    frame_look_done(&look);
}

static struct sighting *peer_with(struct fixture *f, uint32_t rqueue, char state)
{
    struct sighting *s = evidence_sighting(f->e);

    s->role = ROLE_PEER;
    s->row.state = STATE_ESTABLISHED;
    s->row.inode = 4242;
    s->row.rqueue = rqueue;
    s->process = (struct process_facts){.pid = 812, .has_state = true, .state = state};
    return s;
}

static void judged(struct fixture *f, const char *cause, enum confidence confidence)
{
    why_judge(f->e, &f->v);
    assert_string_equal(f->v.cause, cause);
    assert_int_equal(f->v.confidence, confidence);
}

static void heard(const struct fixture *f, const char *words)
{
    if (!strstr(f->v.summary, words))
        fail_msg("'%s' is not in: %s", words, f->v.summary);
}

/* ---- we speak TLS ------------------------------------------------------------------------ */

static void a_strange_first_byte_is_certainly_no_tls(void **state)
{
    struct fixture *f = *state;
    struct attempt *a = tls(f);

    a->tls.look = TLS_LOOK_STRANGER;
    a->tls.received_bytes = a->peek_len = 9;
    memcpy(a->peek, "220 mail\x1b", 9);
    judged(f, "tls-to-plain", CONFIDENCE_CERTAIN);
    heard(f, "begins with '220 mail\\x1b'");
    assert_int_equal(f->v.n_fixes, 2);
}

static void silence_is_read_from_the_peers_queue(void **state)
{
    struct fixture *f = *state;
    struct attempt *a = tls(f);
    struct sighting *peer;

    a->error = -ETIME;
    a->tls.silent = true;
    judged(f, "unknown", CONFIDENCE_POSSIBLE);
    a->wire.largest_acked_bytes = 289;
    judged(f, "tls-to-plain", CONFIDENCE_POSSIBLE);
    peer = peer_with(f, 0, 'S');
    judged(f, "tls-to-plain", CONFIDENCE_LIKELY);
    peer->row.rqueue = 289;
    judged(f, "peer-not-reading", CONFIDENCE_CERTAIN);
    heard(f, "289 bytes wait");
    peer->process.state = 'T';
    judged(f, "peer-not-reading", CONFIDENCE_CERTAIN);
    heard(f, "it is stopped");
}

static void who_closes_before_it_has_read_says_nothing_about_tls(void **state)
{
    struct fixture *f = *state;
    struct attempt *a = tls(f);

    a->tls.closed = true;
    a->wire.seen = true;
    judged(f, "tls-to-plain", CONFIDENCE_LIKELY);
    a->wire.rst_in = 1;
    judged(f, "unknown", CONFIDENCE_POSSIBLE);
}

static void alerts_tell_version_certificate_and_the_rest(void **state)
{
    struct fixture *f = *state;
    struct attempt *a = tls(f);

    a->tls.look = TLS_LOOK_RECORD;
    a->tls.received_bytes = 7;
    a->tls.has_alert_in = true;
    a->tls.alert_in = 70;
    judged(f, "tls-version", CONFIDENCE_CERTAIN);
    a->tls.alert_in = 40;
    judged(f, "tls-handshake-failed", CONFIDENCE_CERTAIN);
    a->tls.wants_ours = true;
    judged(f, "tls-certificate", CONFIDENCE_CERTAIN);
    heard(f, "wants a certificate of ours");
    a->tls.alert_in = 112;
    judged(f, "tls-handshake-failed", CONFIDENCE_CERTAIN);
    a->tls.has_alert_in = false;
    a->tls.has_alert_out = true;
    a->tls.alert_out = 70;
    judged(f, "tls-version", CONFIDENCE_CERTAIN);
    a->tls.alert_out = 48;
    a->tls.fault = TLS_FAULT_EXPIRED;
    strcpy(a->tls.why, "the certificate of 'CN=x' expired");
    judged(f, "tls-certificate", CONFIDENCE_CERTAIN);
    heard(f, "192.0.2.1:8443 is refused: the certificate of 'CN=x' expired.");
}

static void a_finished_handshake_is_healthy_until_the_peer_objects(void **state)
{
    struct fixture *f = *state;
    struct attempt *a = tls(f);

    a->error = 0;
    a->call = "connect";
    a->tls.done = true;
    a->tls.look = TLS_LOOK_RECORD;
    judged(f, "healthy", CONFIDENCE_LIKELY);
    a->tls.has_alert_in = true;
    a->tls.alert_in = 116;
    a->recv_error = -EPROTO;
    judged(f, "tls-certificate", CONFIDENCE_CERTAIN);
}

/* ---- we speak plain text ----------------------------------------------------------------- */

static void an_alert_in_answer_to_plain_text_is_certain(void **state)
{
    struct fixture *f = *state;
    struct attempt *a = said(f, "hello\n", "\x15\x03\x01\x00\x02\x02\x46", 7);

    judged(f, "plain-to-tls", CONFIDENCE_CERTAIN);
    heard(f, "the alert 'protocol version'");
    a->sent_tls = true;
    judged(f, "healthy", CONFIDENCE_LIKELY);
}

static void a_server_may_say_itself_that_it_wants_tls(void **state)
{
    static const char page[] =
        "HTTP/1.1 400 Bad Request\r\n\r\n<title>400 The plain HTTP request "
        "was sent to HTTPS port</title>";
    struct fixture *f = *state;

    said(f, "GET / HTTP/1.0\r\n\r\n", page, sizeof(page) - 1);
    judged(f, "plain-to-tls", CONFIDENCE_CERTAIN);
}

static void five_bytes_read_by_a_program_with_openssl_are_the_head_of_a_record(void **state)
{
    struct fixture *f = *state;
    struct attempt *a = said(f, "GET / HTTP/1.0\r\n\r\n", NULL, 0);
    struct kernel_event *gone = &f->e->events[f->e->n_events++];

    a->recv_error = -ECONNRESET;
    *gone = (struct kernel_event){
        .kind = KERNEL_DESTROYED, .local = a->to, .peer = a->from, .unread_bytes = 13};
    judged(f, "plain-to-tls", CONFIDENCE_LIKELY);
    a->library_seen = true;
    judged(f, "plain-to-tls", CONFIDENCE_POSSIBLE);
    strcpy(a->tls_library, "libssl.so.3");
    judged(f, "plain-to-tls", CONFIDENCE_CERTAIN);
    gone->unread_bytes = 12;
    judged(f, "plain-to-tls", CONFIDENCE_POSSIBLE);
}

static void a_status_that_blames_the_request_is_told_with_what_is_wrong(void **state)
{
    static const char bad[] = "HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n";
    static const char page[] = "<html><title>400 Bad Request</title></html>";
    struct fixture *f = *state;

    said(f, "GET / HTTP/1.1\r\n\r\n", bad, sizeof(bad) - 1);
    judged(f, "http-bad-request", CONFIDENCE_CERTAIN);
    heard(f, "\"HTTP/1.1 400 Bad Request\"; HTTP/1.1 needs a Host");
    said(f, "garbage\r\n", bad, sizeof(bad) - 1);
    judged(f, "http-bad-request", CONFIDENCE_CERTAIN);
    heard(f, "what was sent is no HTTP request");
    said(f, "garbage\r\n", page, sizeof(page) - 1);
    judged(f, "http-bad-request", CONFIDENCE_LIKELY);
    said(f, "GET /no HTTP/1.0\r\n\r\n", "HTTP/1.1 404 Not Found\r\n\r\n", 26);
    judged(f, "healthy", CONFIDENCE_LIKELY);
}

static void an_open_request_is_incomplete_once_the_peer_has_read_it(void **state)
{
    struct fixture *f = *state;
    struct attempt *a = said(f, "GET / HTTP/1.1\r\nHost: a\r\n", NULL, 0);
    struct sighting *peer;

    judged(f, "request-incomplete", CONFIDENCE_LIKELY);
    peer = peer_with(f, 0, 'S');
    judged(f, "request-incomplete", CONFIDENCE_CERTAIN);
    heard(f, "the empty line that ends its head is missing");
    peer->row.rqueue = 25;
    judged(f, "healthy", CONFIDENCE_LIKELY);
    peer->row.rqueue = 0;
    a->listened = false;
    judged(f, "healthy", CONFIDENCE_LIKELY);
    said(f, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", NULL, 0);
    judged(f, "healthy", CONFIDENCE_LIKELY);
    said(f, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc", NULL, 0);
    judged(f, "request-incomplete", CONFIDENCE_CERTAIN);
    heard(f, "3 of the 10 bytes of its body");
}

/* ---- framed messages --------------------------------------------------------------------- */

#define HEADER                                                                                 \
    "{\"byteorder\":\"little\",\"content-type\":\"text/json\",\"content-encoding\":\"utf-8\"," \
    "\"content-length\":2}"

static size_t message(char *to, const char *header, const char *content, bool swapped)
{
    size_t len = strlen(header), rest = strlen(content);

    to[swapped] = (char)(len >> 8);
    to[!swapped] = (char)len;
    memcpy(to + 2, header, len);
    memcpy(to + 2 + len, content, rest);
    return 2 + len + rest;
}

static void an_answer_is_judged_by_itself(void **state)
{
    struct fixture *f = *state;
    char bytes[256];
    struct attempt *a = said(f, "x", bytes, message(bytes, HEADER, "{}", false));

    judged(f, "healthy", CONFIDENCE_LIKELY);
    said(f, "x", bytes, message(bytes, HEADER, "{}", true));
    judged(f, "frame-byteorder", CONFIDENCE_CERTAIN);
    heard(f, "The answer of 192.0.2.1:8443 has its length in little-endian order");
    said(f, "x", bytes, message(bytes, "{\"byteorder\":\"none\"}", "", false));
    judged(f, "frame-header-invalid", CONFIDENCE_CERTAIN);
    said(f, "x", bytes, message(bytes, HEADER, "{", false));
    judged(f, "frame-truncated", CONFIDENCE_LIKELY);
    a->peer_closed = true;
    judged(f, "frame-truncated", CONFIDENCE_CERTAIN);
    heard(f, "1 of 2 bytes of the content came, then the peer closed");
}

static void our_message_matters_only_when_nobody_answers_it(void **state)
{
    struct fixture *f = *state;
    char bytes[256];

    sent_message(f, bytes, message(bytes, HEADER, "{}", true));
    judged(f, "frame-byteorder", CONFIDENCE_CERTAIN);
    f->a->received_bytes = 5;
    judged(f, "healthy", CONFIDENCE_LIKELY);
    f->a->received_bytes = 0;
    sent_message(f, bytes, message(bytes, HEADER, "{", false));
    judged(f, "frame-truncated", CONFIDENCE_CERTAIN);
    peer_with(f, 100, 'S');
    judged(f, "healthy", CONFIDENCE_LIKELY);
}

static void bytes_that_are_not_plainly_a_message_are_none(void **state)
{
    struct fixture *f = *state;
    /* DNS over TCP has the same two bytes before it (RFC 1035, 4.2.2). */
    static const char query[] = "\0\x1d\x12\x34\1\0\0\1\0\0\0\0\0\0\7example\3com\0\0\1\0\1";
    char bytes[64];

    f->a->peer_closed = true;
    sent_message(f, query, sizeof(query) - 1);
    judged(f, "healthy", CONFIDENCE_LIKELY);
    sent_message(f, "{\"a\":1}", 7);
    judged(f, "healthy", CONFIDENCE_LIKELY);
    /* An object of another protocol is none of this one's, if nobody objects. */
    sent_message(f, bytes, message(bytes, "{\"a\":1}", "", false));
    judged(f, "frame-header-invalid", CONFIDENCE_LIKELY);
    f->a->peer_closed = false;
    judged(f, "healthy", CONFIDENCE_LIKELY);
}

/* ---- datagrams --------------------------------------------------------------------------- */

static void a_group_without_members_is_told_from_one_that_has_some(void **state)
{
    struct fixture *f = *state;
    uint8_t group[4] = {239, 77, 1, 9};
    struct group_facts *g = &f->e->surroundings.group;

    f->e->endpoint.scheme = ENDPOINT_UDP;
    f->a->to = addr_make(AF_INET, group, 5000);
    g->seen = true;
    judged(f, "multicast-no-member", CONFIDENCE_LIKELY);
    f->a->route.loopback = true;
    judged(f, "multicast-no-member", CONFIDENCE_CERTAIN);
    g->members_elsewhere = 1;
    strcpy(g->elsewhere, "eth1");
    strcpy(f->a->route.interface, "lo");
    judged(f, "multicast-no-member", CONFIDENCE_CERTAIN);
    heard(f, "joined on eth1, and the datagram leaves by lo");
    g->members = 1;
    why_judge(f->e, &f->v);
    assert_string_not_equal(f->v.cause, "multicast-no-member");
}

static void an_answer_from_another_address_is_told(void **state)
{
    struct fixture *f = *state;

    f->e->endpoint.scheme = ENDPOINT_UDP;
    f->a->wire.stranger = addr_make(AF_INET, "\x0a\0\0\3", 69);
    judged(f, "reply-other-address", CONFIDENCE_CERTAIN);
    heard(f, "The answer comes from 10.0.0.3:69");
    f->a->received_bytes = 1;
    why_judge(f->e, &f->v);
    assert_string_not_equal(f->v.cause, "reply-other-address");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void a_page_that_is_cut_is_told(void **state)
{
    struct fixture *f = *state;

    said(f, "GET / HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\n", 17);
    f->a->peer_closed = f->a->answer_cut = true;
    f->a->answer_length = 100;
    f->a->answer_body_bytes = 2;
    why_judge(f->e, &f->v);
    assert_string_equal(f->v.cause, "frame-truncated");
    assert_int_equal(f->v.confidence, CONFIDENCE_CERTAIN);
}

static void what_is_no_http_is_no_page_that_is_cut(void **state)
{
    struct fixture *f = *state;
    const char settings[] = "\0\0\x12\4\0\0\0\0\0\0\3\0\0\0d";

    said(f, "GET / HTTP/1.0\r\n\r\n", settings, sizeof(settings) - 1);
    f->a->peer_closed = f->a->answer_cut = true;
    why_judge(f->e, &f->v);
    assert_string_equal(f->v.cause, "http-bad-request");
    assert_non_null(strstr(f->v.summary, "HTTP/2"));

    said(f, "GET / HTTP/1.0\r\n\r\n", "SSH-2.0-x\r\n", 11);
    f->a->peer_closed = f->a->answer_cut = false;
    why_judge(f->e, &f->v);
    assert_string_equal(f->v.cause, "http-bad-request");
    assert_non_null(strstr(f->v.summary, "\"SSH-2.0-x\""));
}

static void what_is_not_plainly_another_protocol_is_an_answer(void **state)
{
    struct fixture *f = *state;

    said(f, "GET / HTTP/1.0\r\n\r\n", "hello\n", 6);
    why_judge(f->e, &f->v);
    assert_string_equal(f->v.cause, "healthy");
    said(f, "GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\r\n\r\n", 18);
    why_judge(f->e, &f->v);
    assert_string_equal(f->v.cause, "healthy");
    said(f, "GET / HTTP/1.0\r\n\r\n", "GET / H", 7);
    why_judge(f->e, &f->v);
    assert_string_equal(f->v.cause, "healthy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_page_that_is_cut_is_told),
        TEST(what_is_no_http_is_no_page_that_is_cut),
        TEST(what_is_not_plainly_another_protocol_is_an_answer),
        TEST(a_strange_first_byte_is_certainly_no_tls),
        TEST(silence_is_read_from_the_peers_queue),
        TEST(who_closes_before_it_has_read_says_nothing_about_tls),
        TEST(alerts_tell_version_certificate_and_the_rest),
        TEST(a_finished_handshake_is_healthy_until_the_peer_objects),
        TEST(an_alert_in_answer_to_plain_text_is_certain),
        TEST(a_server_may_say_itself_that_it_wants_tls),
        TEST(five_bytes_read_by_a_program_with_openssl_are_the_head_of_a_record),
        TEST(a_status_that_blames_the_request_is_told_with_what_is_wrong),
        TEST(an_open_request_is_incomplete_once_the_peer_has_read_it),
        TEST(an_answer_is_judged_by_itself),
        TEST(our_message_matters_only_when_nobody_answers_it),
        TEST(bytes_that_are_not_plainly_a_message_are_none),
        TEST(an_answer_from_another_address_is_told),
        TEST(a_group_without_members_is_told_from_one_that_has_some),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
