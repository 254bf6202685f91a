/* The sums of recorded pings, and how a person and a script are told. */
#include "core/model/ping.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/report/ping.h"

#define MS UINT64_C(1000000)

static const struct addr far = {.family = AF_INET, .ip = {10, 0, 0, 9}},
                         router = {.family = AF_INET, .ip = {10, 0, 0, 1}};

static struct ping_event sent(uint64_t sequence)
{
    return (struct ping_event){.kind = PING_SENT, .sequence = sequence, .bytes = 64};
}

static struct ping_event reply(uint64_t sequence, uint64_t rtt_ns)
{
    return (struct ping_event){.kind = PING_REPLY,
                               .sequence = sequence,
                               .decides = true,
                               .bytes = 64,
                               .from = far,
                               .has_rtt = true,
                               .rtt_ns = rtt_ns,
                               .has_ttl = true,
                               .ttl = 63};
}

static struct ping_event timeout(uint64_t sequence)
{
    return (struct ping_event){
        .kind = PING_TIMEOUT, .sequence = sequence, .decides = true, .bytes = 64};
}

static struct ping_event error(uint64_t sequence, uint8_t type, uint8_t code)
{
    return (struct ping_event){.kind = PING_ICMP,
                               .sequence = sequence,
                               .decides = true,
                               .bytes = 64,
                               .from = router,
                               .type = type,
                               .code = code};
}

static void add(struct ping_stats *s, struct ping_event e)
{
    ping_stats_add(s, &e);
}

static void rtt_is_summed_as_iputils_does(void **state)
{
    static const uint64_t ms[] = {2, 4, 4, 4, 5, 5, 7, 9};
    struct ping_stats s = {0};
    struct ping_rtt rtt;

    (void)state;
    assert_false(ping_stats_rtt(&s, &rtt));
    for (size_t i = 0; i < 8; i++) {
        add(&s, sent(i + 1));
        add(&s, reply(i + 1, ms[i] * MS));
    }
    assert_true(ping_stats_rtt(&s, &rtt));
    assert_int_equal(rtt.min_ns, 2 * MS);
    assert_int_equal(rtt.avg_ns, 5 * MS);
    assert_int_equal(rtt.max_ns, 9 * MS);
    assert_int_equal(rtt.mdev_ns, 2 * MS);
}

static void nearly_equal_times_have_a_small_mdev(void **state)
{
    struct ping_stats s = {0};
    struct ping_rtt rtt;

    (void)state;
    add(&s, reply(1, 1000 * MS));
    add(&s, reply(2, 1000 * MS + 1));
    add(&s, reply(3, 1000 * MS + 1));
    assert_true(ping_stats_rtt(&s, &rtt));
    assert_int_equal(rtt.mdev_ns, 0);
    for (unsigned i = 0; i < 100000; i++)
        add(&s, reply(4, 30000 * MS));
    assert_true(ping_stats_rtt(&s, &rtt));
    assert_in_range(rtt.mdev_ns, 158 * MS, 160 * MS); /* 29 s * sqrt(3 / 100003) */
}

static void what_is_under_way_is_not_lost(void **state)
{
    struct ping_stats s = {0};
    double loss;

    (void)state;
    add(&s, sent(1));
    assert_false(ping_stats_loss_percent(&s, &loss));
    add(&s, reply(1, MS));
    add(&s, sent(2));
    add(&s, timeout(2));
    add(&s, sent(3));
    assert_true(ping_stats_loss_percent(&s, &loss));
    assert_true(loss > 49.9 && loss < 50.1);
    assert_int_equal(ping_stats_lost(&s), 1);
    assert_int_equal(s.sent - s.decided, 1);
}

static void a_late_reply_is_no_loss_and_a_duplicate_no_gain(void **state)
{
    struct ping_stats s = {0};
    struct ping_event e = reply(1, 1500 * MS);

    (void)state;
    add(&s, sent(1));
    add(&s, timeout(1));
    assert_int_equal(ping_stats_lost(&s), 1);
    e.decides = false;
    e.late = true;
    add(&s, e);
    assert_int_equal(ping_stats_lost(&s), 0);
    e.duplicate = true;
    add(&s, e);
    assert_int_equal(s.received, 1);
    assert_int_equal(s.duplicates, 1);
    assert_int_equal(s.late, 1);
    assert_int_equal(s.n_rtt, 2);
}

static void errors_are_counted_by_type_code_and_teller(void **state)
{
    struct ping_stats s = {0};
    struct ping_event other = error(3, 3, 13);

    (void)state;
    add(&s, error(1, 3, 13));
    add(&s, error(2, 3, 13));
    other.from = far;
    add(&s, other);
    add(&s, error(4, 11, 0));
    assert_int_equal(s.icmp_errors, 4);
    assert_int_equal(s.n_errors, 3);
    assert_int_equal(s.errors[0].count, 2);
    assert_int_equal(ping_stats_lost(&s), 4);
    for (unsigned i = 0; i < 2 * PING_ERROR_KINDS; i++)
        add(&s, error(5, 12, (uint8_t)i));
    assert_int_equal(s.n_errors, PING_ERROR_KINDS);
    assert_int_equal(s.icmp_errors, 4 + 2 * PING_ERROR_KINDS);
}

static void what_was_not_sent_is_neither_sent_nor_lost(void **state)
{
    struct ping_stats s = {0};
    double loss;

    (void)state;
    add(&s, (struct ping_event){.kind = PING_UNSENT, .sequence = 1, .error = -ENETUNREACH});
    assert_int_equal(s.sent, 0);
    assert_int_equal(s.unsent, 1);
    assert_false(ping_stats_loss_percent(&s, &loss));
}

/* ---- told ------------------------------------------------------------------------------ */

static const struct ping_settings settings = {.to = {.family = AF_INET, .ip = {10, 0, 0, 9}},
                                              .timeout_ns = 1000 * MS};

static void expect_line(struct ping_event e, const struct ping_report *report,
                        const char *wanted)
{
    char line[PING_LINE_BYTES];

    assert_true(ping_line(&e, report, line));
    assert_string_equal(line, wanted);
}

static void each_event_has_its_line(void **state)
{
    struct ping_report report = {.host = "far", .settings = &settings};
    struct ping_event e = reply(7, 31234);
    char line[PING_LINE_BYTES];

    (void)state;
    expect_line(e, &report, "64 bytes from 10.0.0.9: seq 7, ttl 63, 0.031 ms");
    e.duplicate = e.late = e.reordered = true;
    expect_line(e, &report,
                "64 bytes from 10.0.0.9: seq 7, ttl 63, 0.031 ms, duplicate, out of order");
    e = error(2, 3, 4);
    e.has_mtu = true;
    e.mtu = 1400;
    expect_line(e, &report,
                "seq 2: destination unreachable: fragmentation needed, next-hop MTU 1400, says "
                "10.0.0.1");
    expect_line(timeout(3), &report, "seq 3: no answer within 1.0 s");
    expect_line((struct ping_event){.kind = PING_UNSENT, .sequence = 4, .error = -ENETUNREACH},
                &report, "seq 4: not sent: Network is unreachable (ENETUNREACH)");
    e = sent(5);
    assert_false(ping_line(&e, &report, line));
}

static void the_sums_name_only_what_there_was(void **state)
{
    struct ping_report report = {.host = "far\033[2J", .settings = &settings};
    struct ping_stats s = {0};
    char text[PING_SUMMARY_BYTES];

    (void)state;
    ping_summary(&s, &report, text);
    assert_string_equal(text, "far\\x1b[2J: 0 sent, 0 received");
    for (uint64_t i = 1; i <= 3; i++)
        add(&s, sent(i));
    add(&s, reply(1, MS));
    add(&s, reply(2, 3 * MS));
    add(&s, error(3, 3, 10));
    ping_summary(&s, &report, text);
    assert_string_equal(
        text, "far\\x1b[2J: 3 sent, 2 received, 33.3% lost, 1 ICMP errors\n"
              "rtt min/avg/max/mdev 1.000/2.000/3.000/1.000 ms\n"
              "1 x destination unreachable: host administratively prohibited, says 10.0.0.1");
}

static void every_line_fits(void **state)
{
    struct icmp_advice *advice = NULL;
    struct ping_report report = {.host = "far", .settings = &settings};
    char line[PING_LINE_BYTES];

    (void)state;
    assert_int_equal(icmp_advice_load(&advice, NULL), 0);
    report.advice = advice;
    for (unsigned n = 0; n < 65536; n++) {
        struct ping_event e = error(UINT64_MAX, (uint8_t)(n >> 8), (uint8_t)n);

        e.has_mtu = e.from_self = true;
        e.mtu = UINT32_MAX;
        assert_true(ping_line(&e, &report, line));
        assert_true(strlen(line) < sizeof(line) - 1);
    }
    icmp_advice_free(advice);
}

static void common_errors_have_a_sentence(void **state)
{
    struct icmp_advice *advice = NULL;

    (void)state;
    assert_null(icmp_advice_of(NULL, false, 3, 3));
    assert_int_equal(icmp_advice_load(&advice, NULL), 0);
    assert_string_equal(icmp_advice_of(advice, false, 3, 3),
                        "the host answered that nobody listens there");
    assert_non_null(icmp_advice_of(advice, true, 1, 1));
    assert_null(icmp_advice_of(advice, true, 3, 99));
    icmp_advice_free(advice);
}

static void expect_json(cJSON *o, const char *wanted)
{
    char *text = cJSON_PrintUnformatted(o);

    assert_string_equal(text, wanted);
    cJSON_free(text);
    cJSON_Delete(o);
}

static void objects_hold_null_for_what_is_unknown(void **state)
{
    struct ping_report report = {.host = "far", .settings = &settings};
    struct ping_stats s = {0};
    struct ping_event e = reply(1, MS);

    (void)state;
    e.has_ttl = e.has_rtt = false;
    expect_json(ping_event_json(&e, &report),
                "{\"event\":\"reply\",\"sequence\":1,\"bytes\":64,\"packet_bytes\":84,"
                "\"from\":\"10.0.0.9\",\"ttl\":null,\"rtt_ms\":null,\"duplicate\":false,"
                "\"late\":false,\"reordered\":false}");
    e = (struct ping_event){.kind = PING_MTU, .path_mtu = {.limit = PATH_MTU_UNKNOWN}};
    expect_json(ping_event_json(&e, &report),
                "{\"event\":\"mtu\",\"mtu_bytes\":null,\"limit\":\"unknown\"}");
    expect_json(ping_summary_json(&s, &report),
                "{\"event\":\"summary\",\"schema\":1,\"host\":\"far\",\"address\":\"10.0.0.9\","
                "\"sent\":0,\"received\":0,\"lost\":0,\"loss_percent\":null,\"under_way\":0,"
                "\"duplicates\":0,\"late\":0,\"reordered\":0,\"timeouts\":0,\"unsent\":0,"
                "\"icmp_errors\":0,\"rtt_ms\":null,\"errors\":[]}");
    e.kind = PING_ENDED;
    assert_null(ping_event_json(&e, &report));
}

/* --- a search of the path MTU ------------------------------------------------------------ */

static const struct ping_settings searching = {
    .to = {.family = AF_INET, .ip = {10, 0, 0, 9}}, .timeout_ns = 1000 * MS, .path_mtu = true};

static void a_search_tells_of_packets_by_their_size(void **state)
{
    struct ping_report report = {.host = "far", .settings = &searching};
    struct ping_event e = error(2, 3, 4);

    (void)state;
    expect_line(reply(1, MS), &report,
                "packet of 84 bytes: passed to 10.0.0.9 and back, ttl 63, 1.000 ms");
    e.has_mtu = true;
    e.mtu = 1400;
    expect_line(e, &report,
                "packet of 84 bytes: destination unreachable: fragmentation needed, next-hop "
                "MTU 1400, says 10.0.0.1");
    e = (struct ping_event){
        .kind = PING_UNSENT, .bytes = 9000, .error = -EMSGSIZE, .has_mtu = true, .mtu = 1500};
    expect_line(
        e, &report,
        "packet of 9020 bytes: not sent: Message too long (EMSGSIZE), the link's MTU is "
        "1500");
}

static void the_end_of_a_search_says_what_limits(void **state)
{
    static const struct {
        struct path_mtu_result result;
        const char *line, *json;
    } ends[] = {
        {{.limit = PATH_MTU_LINK, .bytes = 1500},
         "path MTU 1500 bytes, the most that leaves this host: no link on the way carries less",
         "{\"event\":\"mtu\",\"mtu_bytes\":1500,\"limit\":\"link\"}"},
        {{.limit = PATH_MTU_TOLD,
          .bytes = 1400,
          .teller = {.family = AF_INET, .ip = {10, 0, 0, 1}}},
         "path MTU 1400 bytes, told by 10.0.0.1",
         "{\"event\":\"mtu\",\"mtu_bytes\":1400,\"limit\":\"told\",\"from\":\"10.0.0.1\"}"},
        {{.limit = PATH_MTU_BLACK_HOLE, .bytes = 1280},
         "path MTU 1280 bytes, found by trying: larger packets vanish and nobody says so (a "
         "black hole: something drops the ICMP errors)",
         "{\"event\":\"mtu\",\"mtu_bytes\":1280,\"limit\":\"black-hole\"}"},
        {{.limit = PATH_MTU_UNKNOWN},
         "path MTU unknown: 10.0.0.9 answered at no size",
         "{\"event\":\"mtu\",\"mtu_bytes\":null,\"limit\":\"unknown\"}"},
    };
    struct ping_report report = {.host = "far", .settings = &searching};

    (void)state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct ping_event e = {.kind = PING_MTU, .path_mtu = ends[i].result};

        expect_line(e, &report, ends[i].line);
        expect_json(ping_event_json(&e, &report), ends[i].json);
    }
}

static void an_error_is_told_to_scripts_with_its_meaning(void **state)
{
    struct ping_report report = {.host = "far", .settings = &settings};
    struct icmp_advice *advice = NULL;
    struct ping_event e = error(7, 3, 3);

    (void)state;
    assert_int_equal(icmp_advice_load(&advice, NULL), 0);
    report.advice = advice;
    e.from_self = true;
    expect_json(ping_event_json(&e, &report),
                "{\"event\":\"error\",\"sequence\":7,\"bytes\":64,\"packet_bytes\":84,"
                "\"from\":\"10.0.0.1\",\"type\":3,\"code\":3,"
                "\"words\":\"destination unreachable: port unreachable\","
                "\"means\":\"the host answered that nobody listens there\","
                "\"from_this_host\":true}");
    e = (struct ping_event){.kind = PING_UNSENT,
                            .sequence = 8,
                            .bytes = 64,
                            .error = -EMSGSIZE,
                            .has_mtu = true,
                            .mtu = 68};
    expect_json(ping_event_json(&e, &report),
                "{\"event\":\"unsent\",\"sequence\":8,\"bytes\":64,\"packet_bytes\":84,"
                "\"error\":\"EMSGSIZE\",\"mtu\":68}");
    icmp_advice_free(advice);
}

static void the_sums_are_told_to_scripts(void **state)
{
    struct ping_report report = {.host = "far", .settings = &settings};
    struct ping_stats s = {0};

    (void)state;
    for (uint64_t i = 1; i <= 4; i++)
        add(&s, sent(i));
    add(&s, reply(1, MS));
    add(&s, reply(2, 3 * MS));
    add(&s, error(3, 3, 1));
    expect_json(ping_summary_json(&s, &report),
                "{\"event\":\"summary\",\"schema\":1,\"host\":\"far\",\"address\":\"10.0.0.9\","
                "\"sent\":4,\"received\":2,\"lost\":1,\"loss_percent\":33.333333333333336,"
                "\"under_way\":1,\"duplicates\":0,\"late\":0,\"reordered\":0,\"timeouts\":0,"
                "\"unsent\":0,\"icmp_errors\":1,"
                "\"rtt_ms\":{\"min\":1,\"avg\":2,\"max\":3,\"mdev\":1},"
                "\"errors\":[{\"type\":3,\"code\":1,"
                "\"words\":\"destination unreachable: host unreachable\","
                "\"from\":\"10.0.0.1\",\"count\":1}]}");
}

static void ipv6_has_hop_limits_and_longer_packets(void **state)
{
    struct ping_settings six = searching;
    struct ping_report report = {.host = "far", .settings = &six};
    struct ping_event e = reply(1, MS);

    (void)state;
    six.to = e.from = (struct addr){.family = AF_INET6, .ip = {[15] = 1}};
    e.duplicate = e.reordered = true;
    expect_line(
        e, &report,
        "packet of 104 bytes: passed to ::1 and back, hop limit 63, 1.000 ms, duplicate, "
        "out of order");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rtt_is_summed_as_iputils_does),
        cmocka_unit_test(nearly_equal_times_have_a_small_mdev),
        cmocka_unit_test(what_is_under_way_is_not_lost),
        cmocka_unit_test(a_late_reply_is_no_loss_and_a_duplicate_no_gain),
        cmocka_unit_test(errors_are_counted_by_type_code_and_teller),
        cmocka_unit_test(what_was_not_sent_is_neither_sent_nor_lost),
        cmocka_unit_test(each_event_has_its_line),
        cmocka_unit_test(the_sums_name_only_what_there_was),
        cmocka_unit_test(every_line_fits),
        cmocka_unit_test(common_errors_have_a_sentence),
        cmocka_unit_test(objects_hold_null_for_what_is_unknown),
        cmocka_unit_test(a_search_tells_of_packets_by_their_size),
        cmocka_unit_test(the_end_of_a_search_says_what_limits),
        cmocka_unit_test(an_error_is_told_to_scripts_with_its_meaning),
        cmocka_unit_test(the_sums_are_told_to_scripts),
        cmocka_unit_test(ipv6_has_hop_limits_and_longer_packets),
    };

    return cmocka_run_group_tests_name("ping", tests, NULL, NULL);
}
