/* The result of a load as text and as JSON: the shape that scripts rely on. */
#include "core/report/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct load_settings settings(enum load_as as)
{
    struct load_settings s = {.as = as, .connections = 3};

    assert_int_equal(endpoint_parse("tcp://127.0.0.1:9", &s.endpoint, NULL), 0);
    return s;
}

static struct load_report report(void)
{
    struct load_report r = {
        .ended = true,
        .elapsed_ns = 2000000000,
        .counts = {.opened = 3,
                   .begun = 1003,
                   .done = 1000,
                   .failed = 2,
                   .sent_bytes = 4000,
                   .received_bytes = 3000},
        .latency = {.count = 1000,
                    .min_ns = 1500,
                    .mean_ns = 2000,
                    .p50_ns = 2500,
                    .p90_ns = 3000,
                    .p99_ns = 4000,
                    .p999_ns = 5000,
                    .max_ns = 1234567},
        .n_errors = 2,
        .errors = {{.stage = LOAD_AT_CONNECT, .code = ECONNREFUSED, .count = 3},
                   {.stage = LOAD_AT_RECEIVE,
                    .fault = LOAD_FAULT_MISMATCH,
                    .count = 2,
                    .first = "byte 7 is \"wrong\""}}};

    return r;
}

static void the_shape_of_json_is_stable(void **state)
{
    struct load_settings s = settings(LOAD_ECHO);
    struct load_report r = report();
    cJSON *o = load_json(&r, &s);
    char *text = cJSON_PrintUnformatted(o);

    (void)state;
    assert_string_equal(
        text,
        "{\"schema\":1,\"endpoint\":\"tcp://127.0.0.1:9\",\"as\":\"echo\",\"elapsed_s\":2,"
        "\"interrupted\":false,"
        "\"connections\":{\"asked\":3,\"opened\":3,\"failed\":0},"
        "\"requests\":{\"begun\":1003,\"done\":1000,\"failed\":2,\"unfinished\":1,"
        "\"unbegun\":0,\"per_second\":500},"
        "\"bytes\":{\"sent\":4000,\"received\":3000,\"sent_per_second\":2000,"
        "\"received_per_second\":1500},"
        "\"latency_us\":{\"min\":1.5,\"mean\":2,\"p50\":2.5,\"p90\":3,\"p99\":4,\"p99.9\":5,"
        "\"max\":1234.567},"
        "\"errors\":[{\"error\":\"ECONNREFUSED\",\"in\":\"connect\",\"count\":3},"
        "{\"error\":\"mismatch\",\"in\":\"receive\",\"count\":2,"
        "\"first\":\"byte 7 is \\\"wrong\\\"\"}]}");
    cJSON_free(text);
    cJSON_Delete(o);
}

static void a_latency_that_nobody_measured_is_null(void **state)
{
    struct load_settings s = settings(LOAD_SEND);
    struct load_report r = {.ended = true};
    cJSON *o = load_json(&r, &s);

    (void)state;
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(o, "latency_us")));
    assert_true(cJSON_IsArray(cJSON_GetObjectItem(o, "errors")));
    cJSON_Delete(o);
}

static void http_tells_its_statuses_and_datagrams_their_losses(void **state)
{
    struct load_settings s = settings(LOAD_HTTP);
    struct load_report r = report();
    cJSON *o;

    (void)state;
    r.counts.status[4] = 7;
    o = load_json(&r, &s);
    assert_int_equal(cJSON_GetObjectItem(cJSON_GetObjectItem(o, "status"), "4xx")->valueint, 7);
    cJSON_Delete(o);
    s = settings(LOAD_ECHO);
    s.endpoint.scheme = ENDPOINT_UDP;
    r.counts.reordered = 5;
    o = load_json(&r, &s);
    assert_int_equal(
        cJSON_GetObjectItem(cJSON_GetObjectItem(o, "datagrams"), "reordered")->valueint, 5);
    cJSON_Delete(o);
}

static void a_person_reads_the_same(void **state)
{
    struct load_settings s = settings(LOAD_ECHO);
    struct load_report r = report();
    char text[LOAD_TEXT_BYTES], line[LOAD_LINE_BYTES];

    (void)state;
    load_text(&r, &s, text);
    assert_non_null(strstr(text, "tcp://127.0.0.1:9 as echo, 2.000 s\n"));
    assert_non_null(strstr(text, "1,000 done, 2 failed, 1 unfinished; 500 a second\n"));
    assert_non_null(strstr(text, "min 0.002, mean 0.002, p50 0.003, p90 0.003, p99 0.004, "
                                 "p99.9 0.005, max 1.235 ms\n"));
    assert_non_null(strstr(text, "3 ECONNREFUSED in connect\n"));
    assert_non_null(strstr(text, "2 mismatch in receive; the first: byte 7 is \"wrong\""));
    load_progress_line(&r, NULL, line);
    assert_non_null(strstr(line, "1,000 done  500/s  2,000 B/s out  1,500 B/s in"));
}

static void the_longest_report_fits(void **state)
{
    struct load_settings s = settings(LOAD_HTTP);
    struct load_report r = {.n_errors = LOAD_ERROR_KINDS,
                            .other_errors = UINT64_MAX,
                            .unbegun = UINT64_MAX,
                            .elapsed_ns = 1,
                            .latency = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
                                        UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    char *text = malloc(LOAD_TEXT_BYTES);

    (void)state;
    memset(&r.counts, 0x7f, sizeof(r.counts));
    for (size_t i = 0; i < LOAD_ERROR_KINDS; i++) {
        r.errors[i] = (struct load_error){.fault = LOAD_FAULT_MALFORMED, .count = UINT64_MAX};
        memset(r.errors[i].first, 'x', sizeof(r.errors[i].first) - 1);
    }
    load_text(&r, &s, text);
    assert_non_null(strstr(text, "of further kinds"));
    free(text);
}

static void any_trouble_is_no_success(void **state)
{
    struct load_report r = {.counts.done = 1};

    (void)state;
    assert_true(load_succeeded(&r));
    r.n_errors = 1;
    assert_false(load_succeeded(&r));
    r = (struct load_report){.counts = {.done = 1, .failed = 1}};
    assert_false(load_succeeded(&r));
    r = (struct load_report){.ended = true};
    assert_false(load_succeeded(&r));
    r = (struct load_report){.counts.done = 1, .err.code = -ENOENT};
    assert_false(load_succeeded(&r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shape_of_json_is_stable),
        cmocka_unit_test(a_latency_that_nobody_measured_is_null),
        cmocka_unit_test(http_tells_its_statuses_and_datagrams_their_losses),
        cmocka_unit_test(a_person_reads_the_same),
        cmocka_unit_test(the_longest_report_fits),
        cmocka_unit_test(any_trouble_is_no_success),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
