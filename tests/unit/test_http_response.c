/* HTTP responses: where they end and what they hold, at every split; what is refused. */
#include "core/wire/http_response.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct outcome {
    int n, result; /* whole responses; what the last call gave */
    size_t used;
    uint16_t status;
    bool closes;
    uint64_t body_bytes, body_hash;
};

/* FNV-1a, from its definition. */
static uint64_t hash_of(const char *text)
{
    uint64_t h = UINT64_C(14695981039346656037);

    for (; *text; text++)
        h = (h ^ (uint8_t)*text) * UINT64_C(1099511628211);
    return h;
}

static void feed(struct http_response *r, const char *bytes, size_t len, struct outcome *o)
{
    while (len) {
        size_t used;

        o->result = http_response_feed(r, (const uint8_t *)bytes, len, &used);
        o->used += used;
        bytes += used;
        len -= used;
        if (o->result < 0)
            return;
        if (o->result == 1) {
            o->n++;
            o->status = r->status;
            o->closes = r->closes;
            o->body_bytes = r->body_bytes;
            o->body_hash = r->body_hash;
        }
    }
}

static struct outcome whole(const char *text)
{
    struct http_response r = {0};
    struct outcome o = {0};

    feed(&r, text, strlen(text), &o);
    return o;
}

/* In two pieces, cut at every place, and byte by byte: the same. */
static struct outcome everyhow(const char *text)
{
    size_t len = strlen(text);
    struct outcome once = whole(text);
    struct http_response r = {0};
    struct outcome o = {0};

    for (size_t i = 0; i < len && o.result >= 0; i++)
        feed(&r, text + i, 1, &o);
    assert_memory_equal(&o, &once, sizeof(o));
    for (size_t cut = 0; cut <= len; cut++) {
        memset(&r, 0, sizeof(r));
        memset(&o, 0, sizeof(o));
        feed(&r, text, cut, &o);
        if (o.result >= 0)
            feed(&r, text + cut, len - cut, &o);
        assert_int_equal(o.n, once.n);
        assert_int_equal(o.used, once.used);
        assert_true(o.body_hash == once.body_hash);
        assert_true((o.result < 0) == (once.result < 0));
    }
    return once;
}

#define HEAD "HTTP/1.1 200 OK\r\n"

static void a_length_says_where_a_body_ends(void **state)
{
    struct outcome o =
        everyhow(HEAD "content-LENGTH: \t5 \r\nX: y\r\n\r\nhelloHTTP/1.1 404 \r\n"
                      "Content-Length: 3\r\n\r\nabcHTTP/1.1 20");

    (void)state;
    assert_int_equal(o.n, 2);
    assert_int_equal(o.result, 0);
    assert_int_equal(o.status, 404);
    assert_int_equal(o.body_bytes, 3);
    assert_true(o.body_hash == hash_of("abc"));
    assert_false(o.closes);
}

static void chunks_are_put_together(void **state)
{
    struct outcome o =
        everyhow(HEAD "Transfer-Encoding: chunked\r\nContent-Length: 99\r\n\r\n"
                      "5\r\nhello\r\n0006;name=value\r\n world\r\n0\r\nTrailer: x\r\n\r\n");

    (void)state;
    assert_int_equal(o.n, 1);
    assert_int_equal(o.body_bytes, 11);
    assert_true(o.body_hash == hash_of("hello world"));
}

static void without_a_length_the_end_of_the_connection_ends_the_body(void **state)
{
    struct http_response r = {0};
    struct outcome o = {0};

    (void)state;
    feed(&r, HEAD "\r\nall of it", 28, &o);
    assert_int_equal(o.n, 0);
    assert_int_equal(http_response_finish(&r), 1);
    assert_int_equal(r.body_bytes, 9);
    assert_true(r.body_hash == hash_of("all of it"));
    assert_int_equal(http_response_finish(&r), 0);
}

static void an_end_in_the_middle_is_found(void **state)
{
    static const char text[] = HEAD "Content-Length: 3\r\n\r\nabc";

    (void)state;
    for (size_t cut = 0; cut < sizeof(text); cut++) {
        struct http_response r = {0};
        struct outcome o = {0};
        bool between = cut == 0 || cut == sizeof(text) - 1;

        feed(&r, text, cut, &o);
        assert_int_equal(http_response_finish(&r), between ? 0 : -EPROTO);
    }
}

static void some_have_no_body(void **state)
{
    struct outcome o = everyhow("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n"
                                "Content-Length: 7\r\n\r\nHTTP/1.1 304 Not Modified\n\n" HEAD
                                "Content-Length: 0\r\n\r\n");

    (void)state;
    assert_int_equal(o.n, 3);
    assert_int_equal(o.status, 200);
}

static void who_closes_is_known(void **state)
{
    (void)state;
    assert_true(everyhow(HEAD "Connection: foo, Close\r\nContent-Length: 0\r\n\r\n").closes);
    assert_false(everyhow(HEAD "Connection: closed\r\nContent-Length: 0\r\n\r\n").closes);
    assert_true(everyhow("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").closes);
    assert_false(everyhow("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n"
                          "Content-Length: 0\r\n\r\n")
                     .closes);
}

static void a_long_header_matters_only_where_it_is_read(void **state)
{
    char text[2 * RESPONSE_LINE_BYTES + 200], filler[RESPONSE_LINE_BYTES + 50];

    (void)state;
    memset(filler, 'x', sizeof(filler));
    snprintf(text, sizeof(text), HEAD "Cookie: %.*s\r\nContent-Length: 2\r\n\r\nok",
             (int)sizeof(filler), filler);
    assert_int_equal(everyhow(text).n, 1);
    memset(filler, ' ', sizeof(filler));
    snprintf(text, sizeof(text), HEAD "Content-Length: %.*s2\r\n\r\nok", (int)sizeof(filler),
             filler);
    assert_int_equal(everyhow(text).result, -EBADMSG);
}

static void what_is_no_http_is_refused(void **state)
{
    static const char *const wrong[] = {
        "SSH-2.0-OpenSSH_9.0\r\n",
        "HTTP/2.0 200 OK\r\n",
        "HTTP/1.1 2000 OK\r\n",
        "HTTP/1.1 20x OK\r\n",
        "\r\n",
        HEAD "Content-Length: -1\r\n",
        HEAD "Content-Length: 18446744073709551616\r\n",
        HEAD "Content-Length: 1\r\nContent-Length: 2\r\n",
        HEAD "Content-Length:\r\n",
        HEAD "Transfer-Encoding: gzip\r\n",
        HEAD "Transfer-Encoding: chunked\r\n\r\n\r\n",
        HEAD "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n",
        HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(everyhow(wrong[i]).result, -EBADMSG);
}

static void headers_without_end_are_refused(void **state)
{
    struct http_response r = {0};
    struct outcome o = {0};

    (void)state;
    feed(&r, HEAD, strlen(HEAD), &o);
    for (int i = 0; i < 10000 && o.result == 0; i++)
        feed(&r, "Filler: x\r\n", 11, &o);
    assert_int_equal(o.result, -EBADMSG);
    assert_true(o.used <= RESPONSE_HEADER_MAX + 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_length_says_where_a_body_ends),
        cmocka_unit_test(chunks_are_put_together),
        cmocka_unit_test(without_a_length_the_end_of_the_connection_ends_the_body),
        cmocka_unit_test(an_end_in_the_middle_is_found),
        cmocka_unit_test(some_have_no_body),
        cmocka_unit_test(who_closes_is_known),
        cmocka_unit_test(a_long_header_matters_only_where_it_is_read),
        cmocka_unit_test(what_is_no_http_is_refused),
        cmocka_unit_test(headers_without_end_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
