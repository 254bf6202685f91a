/* What is told of a verdict: as text, as JSON, as a page, and the archive that it is kept in. */
#include "core/report/why.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/report/doctor.h"
#include "core/report/tar.h"
#include "core/report/why_html.h"
#include "core/report/why_record.h"
#include "core/why/badness.h"

struct text {
    char bytes[65536];
    size_t used;
    int stop_after; /* lines; 0: never */
};

static int put_line(void *ctx, const char *line)
{
    struct text *t = ctx;

    t->used += (size_t)snprintf(t->bytes + t->used, sizeof(t->bytes) - t->used, "%s\n", line);
    return t->stop_after && --t->stop_after == 0 ? -EPIPE : 0;
}

static int put_piece(void *ctx, const char *bytes, size_t len)
{
    struct text *t = ctx;

    assert_true(t->used + len < sizeof(t->bytes));
    memcpy(t->bytes + t->used, bytes, len);
    t->used += len;
    return 0;
}

static struct evidence *refused(void)
{
    struct evidence *e = evidence_new();
    struct attempt *a = evidence_attempt(e);
    uint8_t ip[4] = {127, 0, 0, 1};

    snprintf(e->target, sizeof(e->target), "tcp://<b>&'\"host:80");
    e->subject = WHY_CONNECT;
    e->endpoint.port = 80;
    a->call = "connect";
    a->error = -ECONNREFUSED;
    a->elapsed_ns = 210000;
    a->to = addr_make(AF_INET, ip, 80);
    a->from = addr_make(AF_INET, ip, 40000);
    evidence_say(e, "connect", e->began_ns + CLOCK_MS_NS, "<script>alert(1)</script> \x1b[2J");
    evidence_unseen(e, "capture", "sudo sockeye", "needs root");
    return e;
}

static struct verdict verdict_of_refused(void)
{
    struct verdict v = {.cause = "no-listener",
                        .confidence = CONFIDENCE_CERTAIN,
                        .n_fixes = 1,
                        .n_alternatives = 1};

    snprintf(v.summary, sizeof(v.summary), "Nobody listens <there>.");
    snprintf(v.fixes[0], sizeof(v.fixes[0]), "Start & look.");
    v.alternatives[0].cause = "firewall-reject";
    snprintf(v.alternatives[0].ruled_out_by, VERDICT_TEXT_BYTES, "no rule was hit");
    return v;
}

static void the_document_has_every_field_and_the_errno_by_name(void **state)
{
    struct evidence *e = refused();
    struct verdict v = verdict_of_refused();
    cJSON *d = why_json(e, &v);
    char *text = cJSON_PrintUnformatted(d);
    const char *const wanted[] = {
        "{\"schema\":1,\"target\":",
        "\"outcome\":{\"call\":\"connect\",\"error\":\"ECONNREFUSED\",\"undecided\":false,"
        "\"elapsed_ms\":0.21}",
        "\"verdict\":{\"cause\":\"no-listener\",\"confidence\":\"certain\",\"summary\":",
        "\"evidence\":[{\"source\":\"connect\",\"at_ms\":1,\"fact\":",
        "\"alternatives\":[{\"cause\":\"firewall-reject\",\"confidence\":\"possible\","
        "\"ruled_out_by\":\"no rule was hit\"}]",
        "\"unseen\":[{\"source\":\"capture\",\"because\":\"needs root\","
        "\"grant\":\"sudo sockeye\"}]",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        if (!strstr(text, wanted[i]))
            fail_msg("%s is not in %s", wanted[i], text);
    assert_null(strchr(text, '\x1b'));
    cJSON_free(text);
    cJSON_Delete(d);
    evidence_free(e);
}

static void the_text_ends_where_its_reader_does(void **state)
{
    struct text *t = mem_new(1, sizeof(*t));
    struct evidence *e = refused();
    struct verdict v = verdict_of_refused();

    (void)state;
    t->stop_after = 2;
    assert_int_equal(why_text(e, &v, put_line, t), -EPIPE);
    assert_string_equal(t->bytes, "tcp://<b>&'\"host:80\n"
                                  "no-listener, certain: Nobody listens <there>.\n");
    evidence_free(e);
    free(t);
}

static void a_page_holds_no_script_and_escapes_what_is_foreign(void **state)
{
    struct text *t = mem_new(1, sizeof(*t));
    struct evidence *e = refused();
    struct verdict v = verdict_of_refused();
    struct why_record *record = why_record_new();
    struct ladder *l = why_record_ladder(record, e);

    (void)state;
    assert_int_equal(why_html(e, &v, l, "w<1>.pcapng", put_piece, t), 0);
    assert_null(strstr(t->bytes, "<script"));
    assert_null(strstr(t->bytes, "<b>&'"));
    assert_null(strchr(t->bytes, '\x1b'));
    assert_non_null(strstr(t->bytes, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert_non_null(strstr(t->bytes, "<b>no-listener</b>"));
    assert_non_null(strstr(t->bytes, "<li>Start &amp; look.</li>"));
    assert_non_null(strstr(t->bytes, "tcpdump -nr w&lt;1&gt;.pcapng\n"));
    assert_non_null(strstr(t->bytes, "connect(127.0.0.1:80) = -1 ECONNREFUSED"));
    assert_non_null(strstr(t->bytes, "Content-Security-Policy"));
    assert_string_equal(t->bytes + t->used - strlen("</html>\n"), "</html>\n");
    ladder_free(l);
    why_record_free(record);
    evidence_free(e);
    free(t);
}

static int count_bytes(void *ctx, const struct packet_facts *p)
{
    size_t *captured = ctx;

    captured[0]++;
    captured[1] += p->captured;
    assert_int_equal(p->captured, p->packet->captured);
    return 0;
}

/* LINKTYPE_RAW: an IPv4 header, a TCP header, four bytes of payload. */
static void add_segment(struct why_record *r, uint16_t port)
{
    uint8_t bytes[44] = {0x45,
                         0,
                         0,
                         44,
                         0,
                         1,
                         0,
                         0,
                         64,
                         6,
                         0,
                         0,
                         127,
                         0,
                         0,
                         1,
                         127,
                         0,
                         0,
                         1,
                         0x9c,
                         0x40,
                         (uint8_t)(port >> 8),
                         (uint8_t)port};
    struct packet packet = {.length = 44, .captured = 44, .link_type = 101};
    struct packet_facts facts = {.packet = &packet, .bytes = bytes, .captured = 44};

    bytes[32] = 0x50;
    bytes[33] = 0x18;
    memcpy(bytes + 40, "word", 4);
    why_record_add(r, &facts);
}

static void only_packets_in_question_are_kept_and_payload_only_when_asked_for(void **state)
{
    struct evidence *e = refused();
    struct why_record *r = why_record_new();
    size_t whole[2] = {0}, headers[2] = {0};

    (void)state;
    add_segment(r, 80);
    add_segment(r, 81);
    assert_int_equal(why_record_each(r, e, true, count_bytes, whole), 0);
    assert_int_equal(why_record_each(r, e, false, count_bytes, headers), 0);
    assert_int_equal(whole[0], 1);
    assert_int_equal(whole[1], 44);
    assert_int_equal(headers[0], 1);
    assert_int_equal(headers[1], 40);
    why_record_free(r);
    evidence_free(e);
}

static void a_full_record_counts_what_it_leaves_out(void **state)
{
    struct why_record *r = why_record_new();

    (void)state;
    for (size_t i = 0; i < WHY_RECORD_PACKETS + 3; i++)
        add_segment(r, 80);
    assert_int_equal(why_record_left_out(r), 3);
    why_record_free(r);
}

static void an_archive_header_is_what_tar_reads(void **state)
{
    uint8_t h[TAR_BLOCK_BYTES];
    char name[TAR_NAME_BYTES + 2];
    unsigned sum = 0;

    (void)state;
    assert_int_equal(tar_header("why.json", 1000, 0, h), 0);
    assert_string_equal((char *)h, "why.json");
    assert_string_equal((char *)h + 124, "00000001750");
    assert_memory_equal(h + 257,
                        "ustar\0"
                        "00",
                        8);
    for (size_t i = 0; i < sizeof(h); i++)
        sum += i >= 148 && i < 156 ? ' ' : h[i];
    assert_int_equal(strtoul((char *)h + 148, NULL, 8), sum);
    memset(name, 'x', sizeof(name));
    name[TAR_NAME_BYTES + 1] = '\0';
    assert_int_equal(tar_header(name, 0, 0, h), -ENAMETOOLONG);
    assert_int_equal(tar_header("x", 1ULL << 40, 0, h), -EFBIG);
}

static void the_worst_of_a_checkup_is_the_verdict(void **state)
{
    static char summary[] = "It does not accept.", other[] = "It does not close.";
    struct ailment list[] = {{.socket = "tcp://127.0.0.1:1",
                              .cause = "accept-queue-full",
                              .confidence = CONFIDENCE_CERTAIN,
                              .summary = summary},
                             {.socket = "tcp://127.0.0.1:2",
                              .cause = "close-wait-leak",
                              .confidence = CONFIDENCE_LIKELY,
                              .summary = other}};
    struct checkup c = {.n_checked = 7, .n = 2, .list = list, .e = evidence_new()};
    struct verdict v;

    (void)state;
    checkup_verdict(&c, &v);
    assert_string_equal(v.cause, "accept-queue-full");
    assert_string_equal(v.summary, "tcp://127.0.0.1:1: It does not accept.");
    assert_int_equal(v.n_alternatives, 1);
    assert_string_equal(v.alternatives[0].cause, "close-wait-leak");
    c.n = 0;
    checkup_verdict(&c, &v);
    assert_string_equal(v.cause, "healthy");
    evidence_unseen(c.e, "descriptors", NULL, "not permitted");
    checkup_verdict(&c, &v);
    assert_string_equal(v.cause, "unknown");
    evidence_free(c.e);
}

static void a_cause_that_keeps_everybody_out_is_worse_than_one_that_slows(void **state)
{
    (void)state;
    assert_true(cause_badness("accept-queue-full") > cause_badness("peer-vanished"));
    assert_true(cause_badness("peer-vanished") > cause_badness("network-loss"));
    assert_true(cause_badness("network-loss") > cause_badness("close-wait-leak"));
    assert_true(cause_badness("fin-wait-orphan") > cause_badness("healthy"));
    assert_true(cause_badness("no-listener") > BADNESS_SLOWED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_document_has_every_field_and_the_errno_by_name),
        cmocka_unit_test(the_text_ends_where_its_reader_does),
        cmocka_unit_test(a_page_holds_no_script_and_escapes_what_is_foreign),
        cmocka_unit_test(only_packets_in_question_are_kept_and_payload_only_when_asked_for),
        cmocka_unit_test(a_full_record_counts_what_it_leaves_out),
        cmocka_unit_test(an_archive_header_is_what_tar_reads),
        cmocka_unit_test(the_worst_of_a_checkup_is_the_verdict),
        cmocka_unit_test(a_cause_that_keeps_everybody_out_is_worse_than_one_that_slows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
