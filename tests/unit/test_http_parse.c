/* Every request of the list is read whole, cut at every place, and byte by byte: the outcome is
 * always the one that stands beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/mem.h"
#include "core/services/http_parse.h"

#define OUTCOME_BYTES 400

/* A request that arrives in parts. */
struct arrival {
    struct http_head head;
    struct http_body body;
    bool has_head;
    size_t body_at;
    enum http_reading reading;
};

/* The first len bytes have come, in memory of just that size. */
static void arrive(struct arrival *a, const char *bytes, size_t len)
{
    uint8_t *here = malloc(len ? len : 1);
    size_t used;

    assert_non_null(here);
    memcpy(here, bytes, len);
    if (a->reading == HTTP_MORE && !a->has_head) {
        a->reading = http_head_read(&a->head, here, len);
        if (a->reading == HTTP_WHOLE) {
            a->has_head = true;
            a->body_at = a->head.at;
            a->reading = http_body_begin(&a->body, &a->head);
        }
    }
    if (a->reading == HTTP_MORE && a->has_head) {
        a->reading = http_body_read(&a->body, here + a->body_at, len - a->body_at, &used);
        a->body_at += used;
    }
    free(here);
}

static const char *outcome(const struct arrival *a, const char *bytes, char *buf)
{
    static const char *const methods[] = {"unknown", "GET", "HEAD", "other"};
    const struct http_head *h = &a->head;

    if (a->reading == HTTP_MORE)
        snprintf(buf, OUTCOME_BYTES, "more");
    else if (a->reading == HTTP_WRONG)
        snprintf(buf, OUTCOME_BYTES, "%d", a->has_head ? a->body.status : h->status);
    else
        snprintf(buf, OUTCOME_BYTES, "%s %.*s%s%.*s 1.%d%s%s%s, %zu bytes", methods[h->method],
                 (int)h->path.len, bytes + h->path.at, h->query.len ? " ? " : "",
                 (int)h->query.len, bytes + h->query.at, h->minor,
                 h->keep_alive ? " keep-alive" : "", h->expects_continue ? " continue" : "",
                 h->expects_other ? " expects" : "", a->body_at);
    return buf;
}

static void check_len(const char *bytes, size_t len, const char *expected, size_t step)
{
    char whole[OUTCOME_BYTES], parts[OUTCOME_BYTES];
    struct arrival a = {0};

    arrive(&a, bytes, len);
    if (strcmp(outcome(&a, bytes, whole), expected) != 0)
        fail_msg("%.60s: %s instead of %s", bytes, whole, expected);
    for (size_t cut = 0; cut <= len; cut += step) {
        struct arrival two = {0};

        arrive(&two, bytes, cut);
        arrive(&two, bytes, len);
        if (strcmp(outcome(&two, bytes, parts), expected) != 0)
            fail_msg("%.60s, cut at %zu: %s instead of %s", bytes, cut, parts, expected);
    }
    a = (struct arrival){0};
    for (size_t n = 0; n <= len; n += step)
        arrive(&a, bytes, n);
    arrive(&a, bytes, len);
    if (strcmp(outcome(&a, bytes, parts), expected) != 0)
        fail_msg("%.60s, byte by byte: %s instead of %s", bytes, parts, expected);
}

static void check(const char *bytes, const char *expected)
{
    check_len(bytes, strlen(bytes), expected, 1);
}

#define H "Host: a\r\n"

static void a_request_is_the_same_however_it_is_cut(void **state)
{
    (void)state;
    check("GET / HTTP/1.1\r\n" H "\r\n", "GET / 1.1 keep-alive, 27 bytes");
    check("GET /a/b?c=d&e HTTP/1.1\r\n" H "\r\nGET",
          "GET /a/b ? c=d&e 1.1 keep-alive, 36 bytes");
    check("HEAD /x HTTP/1.0\r\n\r\n", "HEAD /x 1.0, 20 bytes");
    check("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET / 1.0 keep-alive, 42 bytes");
    check("GET / HTTP/1.1\r\n" H "Connection: x,\t close ,,\r\n\r\n", "GET / 1.1, 53 bytes");
    check("GET / HTTP/1.1\nHost:a\n\n", "GET / 1.1 keep-alive, 23 bytes");
    check("\r\n\r\nGET / HTTP/1.9\r\n" H "\r\n", "GET / 1.1 keep-alive, 31 bytes");
    check("get / HTTP/1.1\r\n" H "\r\n", "unknown  1.1 keep-alive, 27 bytes");
    check("OPTIONS * HTTP/1.1\r\n" H "\r\n", "other  1.1 keep-alive, 31 bytes");
    check("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", "other  1.1 keep-alive, 39 bytes");
    check("GET / HTTP/1.1\r\n" H, "more");
    check("", "more");
}

static void a_target_is_a_path_or_a_uri(void **state)
{
    (void)state;
    check("GET http://a HTTP/1.1\r\n" H "\r\n", "GET  1.1 keep-alive, 34 bytes");
    check("GET HTTP://a:80/b?c HTTP/1.1\r\n" H "\r\n", "GET /b ? c 1.1 keep-alive, 41 bytes");
    check("GET https://[::1]:1/ HTTP/1.1\r\n" H "\r\n", "GET / 1.1 keep-alive, 42 bytes");
    check("GET http://a?b HTTP/1.1\r\n" H "\r\n", "GET  ? b 1.1 keep-alive, 36 bytes");
    check("GET /\xc3\xa4 HTTP/1.1\r\n" H "\r\n", "GET /\xc3\xa4 1.1 keep-alive, 29 bytes");
    check("GET http:/// HTTP/1.1\r\n" H "\r\n", "400");
    check("GET http://u@a/ HTTP/1.1\r\n" H "\r\n", "400");
    check("GET ftp://a/ HTTP/1.1\r\n" H "\r\n", "400");
    check("GET * HTTP/1.1\r\n" H "\r\n", "400");
    check("GET a HTTP/1.1\r\n" H "\r\n", "400");
    check("GET /#a HTTP/1.1\r\n" H "\r\n", "400");
    check("GET /\x7f HTTP/1.1\r\n" H "\r\n", "400");
}

static void a_broken_request_line_is_refused(void **state)
{
    (void)state;
    check("GET /\r\n", "400");
    check("GET\r\n", "400");
    check(" / HTTP/1.1\r\n", "400");
    check("GET  / HTTP/1.1\r\n", "400");
    check("GET / HTTP/1.1 \r\n", "400");
    check("GET / a HTTP/1.1\r\n", "400");
    check("GET /\tHTTP/1.1\r\n", "400");
    check("GET / http/1.1\r\n", "400");
    check("GET / HTTP/1.10\r\n", "400");
    check("GET / HTTP/1\r\n", "400");
    check("G@T / HTTP/1.1\r\n", "400");
    check("GET /\r/ HTTP/1.1\r\n", "400");
    check("GET / HTTP/1.1\r\r\n", "400");
    check("\x16\x03\x01\x02\n", "400");
    check("\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n", "400");
    check("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505");
    check("GET / HTTP/0.9\r\n", "505");
    check("GET / HTTP/3.0\r\n", "505");
}

static void the_host_stands_there_once(void **state)
{
    (void)state;
    check("GET / HTTP/1.1\r\n\r\n", "400");
    check("GET / HTTP/1.1\r\n" H H "\r\n", "400");
    check("GET / HTTP/1.0\r\n" H H "\r\n", "400");
    check("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "400");
    check("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "400");
    check("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", "400");
    check("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "400");
    check("GET / HTTP/1.1\r\nHost: []\r\n\r\n", "400");
    check("GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", "400");
    check("GET / HTTP/1.1\r\nhOST:[::1]:80 \r\n\r\n", "GET / 1.1 keep-alive, 34 bytes");
    check("GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / 1.1 keep-alive, 25 bytes");
}

static void a_broken_field_is_refused(void **state)
{
    (void)state;
    check("GET / HTTP/1.1\r\n" H "A : b\r\n\r\n", "400");
    check("GET / HTTP/1.1\r\n" H "A: b\r\n c\r\n\r\n", "400");
    check("GET / HTTP/1.1\r\n A: b\r\n" H "\r\n", "400");
    check("GET / HTTP/1.1\r\n" H "A\r\n\r\n", "400");
    check("GET / HTTP/1.1\r\n" H ": b\r\n\r\n", "400");
    check("GET / HTTP/1.1\r\n" H "A(: b\r\n\r\n", "400");
    check("GET / HTTP/1.1\r\n" H "A: b\rc\r\n\r\n", "400");
    check("GET / HTTP/1.1\r\n" H "A: \x01\r\n\r\n", "400");
    check_len("GET / HTTP/1.1\r\n" H "A: \0\r\n\r\n", 33, "400", 1);
    check("GET / HTTP/1.1\r\n" H "A:\r\nB:\tb c\xe4 \r\n\r\n",
          "GET / 1.1 keep-alive, 41 bytes");
}

static void a_body_is_found_to_its_end(void **state)
{
    (void)state;
    check("GET / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nabcdeGET",
          "GET / 1.1 keep-alive, 51 bytes");
    check("GET / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nabcd", "more");
    check("POST / HTTP/1.1\r\n" H "Transfer-Encoding: Chunked\r\n\r\n"
          "3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n00\r\n\r\nGET",
          "other  1.1 keep-alive, 91 bytes");
    check("GET / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"
          "1 ;a\r\nx\r\n0\r\nTrailer: yes\r\nB: c\r\n\r\n",
          "GET / 1.1 keep-alive, 89 bytes");
    check("GET / HTTP/1.1\r\n" H "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx",
          "GET / 1.1 keep-alive continue, 69 bytes");
    check("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", "GET / 1.0, 40 bytes");
    check("GET / HTTP/1.1\r\n" H "Expect: tea\r\n\r\n",
          "GET / 1.1 keep-alive expects, 40 bytes");
}

static void framing_that_can_be_read_in_two_ways_is_refused(void **state)
{
    static const char *const fields[] = {
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: -5\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: 5 5\r\n",
        "Content-Length:\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: chunked, gzip\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding:\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked;q=1\r\n",
    };
    char request[300];

    (void)state;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        snprintf(request, sizeof(request), "GET / HTTP/1.1\r\n" H "%s\r\n0\r\n\r\n", fields[i]);
        check(request, "400");
    }
    check("GET / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n", "501");
    check("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400");
}

static void a_broken_chunk_is_refused(void **state)
{
    static const struct {
        const char *body, *expected;
    } bodies[] = {
        {"\r\n", "400"},
        {"x\r\n", "400"},
        {"-1\r\n", "400"},
        {"0x1\r\n", "400"},
        {"1\nx\r\n", "400"},
        {"1\r\nxy\r\n", "400"},
        {"1\r\nx\n", "400"},
        {"1 2\r\n", "400"},
        {"1;\x01\r\n", "400"},
        {"0\r\n a: b\r\n\r\n", "400"},
        {"0\r\na\nb\r\n", "400"},
        {"100001\r\n", "413"},
        {"ffffffffffffffffff\r\n", "413"},
    };
    char request[300];

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        snprintf(request, sizeof(request),
                 "GET / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n%s", bodies[i].body);
        check(request, bodies[i].expected);
    }
}

/* A request with n times `c` between two texts. */
static void check_filled(const char *front, char c, size_t n, const char *back,
                         const char *expected)
{
    size_t front_len = strlen(front), back_len = strlen(back);
    char *request = mem_new(front_len + n + back_len + 1, 1);

    memcpy(request, front, front_len);
    memset(request + front_len, c, n);
    memcpy(request + front_len + n, back, back_len);
    check_len(request, front_len + n + back_len, expected, 997);
    free(request);
}

static void what_is_too_long_is_refused(void **state)
{
    char fields[102 * 5 + 1] = "", request[1000];

    (void)state;
    check_filled("GET /", 'a', HTTP_LINE_BYTES - 16, " HTTP/1.1\r\n\r\n", "400"); /* no Host */
    check_filled("GET /", 'a', HTTP_LINE_BYTES - 15, " HTTP/1.1\r\n\r\n", "414");
    check_filled("GET /", 'a', 100000, "", "414");
    check_filled("", 'A', 100000, "", "501");
    check_filled("", ' ', 100000, "", "400");
    check_filled("", '\xff', 100000, "", "400");
    check_filled("GET / HTTP/1.0\r\nA: ", 'a', HTTP_FIELDS_BYTES - 7, "\r\n\r\n",
                 "GET / 1.0, 32784 bytes");
    check_filled("GET / HTTP/1.0\r\nA: ", 'a', HTTP_FIELDS_BYTES - 6, "\r\n\r\n", "431");
    check_filled("GET / HTTP/1.0\r\nA: ", 'a', 100000, "", "431");
    for (int i = 0; i < 101; i++)
        strcat(fields, "a: \r\n");
    snprintf(request, sizeof(request), "GET / HTTP/1.0\r\n%s\r\n", fields);
    check(request, "431");
    snprintf(request, sizeof(request), "GET / HTTP/1.0\r\n%s\r\n", fields + 5);
    check(request, "GET / 1.0, 518 bytes");
    check("GET / HTTP/1.0\r\nContent-Length: 1048577\r\n\r\n", "413");
    check("GET / HTTP/1.0\r\nContent-Length: 99999999999999999999999\r\n\r\n", "413");
    check_filled("GET / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n1;", 'a', 20000, "",
                 "431");
    check_filled("GET / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n", 'a', 20000,
                 "", "431");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_the_same_however_it_is_cut),
        cmocka_unit_test(a_target_is_a_path_or_a_uri),
        cmocka_unit_test(a_broken_request_line_is_refused),
        cmocka_unit_test(the_host_stands_there_once),
        cmocka_unit_test(a_broken_field_is_refused),
        cmocka_unit_test(a_body_is_found_to_its_end),
        cmocka_unit_test(framing_that_can_be_read_in_two_ways_is_refused),
        cmocka_unit_test(a_broken_chunk_is_refused),
        cmocka_unit_test(what_is_too_long_is_refused),
    };

    return cmocka_run_group_tests_name("http_parse", tests, NULL, NULL);
}
