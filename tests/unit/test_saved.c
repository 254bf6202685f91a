/* The socket table in a file, and what is different from it. */
#include "core/report/saved.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/mem.h"
#include "tests/unit/owned.h"

#define HEAD "{\"schema\": 1, \"format\": \"sockeye sockets\", "

static struct saved of_rows(const struct row *rows, size_t n, const char *boot)
{
    struct snapshot s = {.n_rows = n, .rows = mem_new(n + 1, sizeof(*rows))};
    struct saved saved = {0};

    memcpy(s.rows, rows, n * sizeof(*rows));
    an_owner(&s.owned, 4242, OWNER_KNOWN);
    a_holder(&s.owned, 812, 3, "ng\033inx");
    a_holder(&s.owned, 813, 3, "nginx");
    snprintf(saved.boot, sizeof(saved.boot), "%s", boot);
    saved_add(&saved, &s);
    free(s.rows);
    ownership_done(&s.owned);
    return saved;
}

static struct row row(uint64_t cookie, uint16_t port, int state)
{
    return (struct row){.cookie = cookie,
                        .local = addr_make(AF_INET, "\x7f\0\0\1", port),
                        .peer = addr_make(AF_INET, "\x7f\0\0\2", 80),
                        .inode = 4242,
                        .kind = KIND_TCP,
                        .state = (uint8_t)state};
}

struct seen {
    char text[512];
    const struct saved *then, *now;
};

static void see(void *ctx, enum difference what, const struct saved_row *then,
                const struct saved_row *now)
{
    static const char *const words[] = {"new", "gone", "state", "queues"};
    struct seen *seen = ctx;
    const struct saved *s = now ? seen->now : seen->then;
    size_t len = strlen(seen->text);

    assert_true(!then == (what == DIFFERENCE_NEW));
    assert_true(!now == (what == DIFFERENCE_GONE));
    snprintf(seen->text + len, sizeof(seen->text) - len, "%s %s; ", words[what],
             texts_at(&s->texts, now ? now->local : then->local));
}

static void assert_differences(struct saved *then, struct saved *now, const char *expected)
{
    struct seen seen = {.then = then, .now = now};

    saved_compare(then, now, see, &seen);
    assert_string_equal(seen.text, expected);
    saved_done(then);
    saved_done(now);
}

static void what_is_written_is_read_alike(void **state)
{
    struct row rows[] = {row(UINT64_MAX, 1000, STATE_ESTABLISHED), row(0, 1001, STATE_LISTEN)};
    struct saved saved, back;
    struct json_writer out = {0};

    (void)state;
    rows[0].rqueue = 4900;
    rows[0].wqueue = QUEUE_UNKNOWN;
    saved = of_rows(rows, 2, "boot");
    saved.wall_ns = 1795261228214675419;
    saved_write(&saved, &out);
    assert_non_null(strstr(out.bytes, "\"recvq\": 4900, \"sendq\": null,"));
    assert_int_equal(saved_parse(out.bytes, out.len, &back, NULL), 0);
    assert_string_equal(back.boot, "boot");
    assert_int_equal(back.wall_ns, saved.wall_ns);
    assert_int_equal(back.n_rows, 2);
    assert_int_equal(back.rows[0].cookie, UINT64_MAX);
    assert_int_equal(back.rows[0].recvq, 4900);
    assert_int_equal(back.rows[0].sendq, QUEUE_UNKNOWN);
    assert_string_equal(texts_at(&back.texts, back.rows[0].state), "ESTABLISHED");
    assert_string_equal(texts_at(&back.texts, back.rows[0].owner),
                        "ng\\x1binx (812) and 1 more");
    free(out.bytes);
    assert_differences(&saved, &back, "");
}

static void rows_are_known_by_their_cookies_in_the_same_boot(void **state)
{
    const struct row then[] = {row(1, 1000, STATE_ESTABLISHED), row(2, 1001, STATE_ESTABLISHED),
                               row(3, 1002, STATE_ESTABLISHED)};
    struct row now[] = {row(1, 1000, STATE_CLOSE_WAIT), row(2, 1001, STATE_ESTABLISHED),
                        row(4, 1002, STATE_ESTABLISHED)};
    struct saved a, b;

    (void)state;
    now[1].rqueue = 7;
    a = of_rows(then, 3, "x");
    b = of_rows(now, 3, "x");
    assert_differences(&a, &b,
                       "state 127.0.0.1:1000; queues 127.0.0.1:1001; gone 127.0.0.1:1002; "
                       "new 127.0.0.1:1002; ");
    a = of_rows(then, 3, "x");
    b = of_rows(now, 3, "y");
    assert_differences(&a, &b, "state 127.0.0.1:1000; queues 127.0.0.1:1001; ");
}

static void twins_without_a_cookie_are_counted(void **state)
{
    const struct row rows[] = {row(0, 1000, STATE_LISTEN), row(0, 1000, STATE_LISTEN),
                               row(0, 1000, STATE_LISTEN)};
    struct saved a = of_rows(rows, 3, ""), b = of_rows(rows, 2, "");

    (void)state;
    assert_differences(&a, &b, "gone 127.0.0.1:1000; ");
}

static void what_is_no_saved_table_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "root:x:0:0",
        "[]",
        "{}",
        "{\"sockets\": []}",
        "{\"format\": \"sockeye sockets\"}",
        "{\"format\": \"other\", \"sockets\": []}",
        "{\"schema\": 2, \"format\": \"sockeye sockets\", \"sockets\": []}",
        HEAD "\"sockets\": {}}",
        HEAD "\"sockets\": [1]}",
        HEAD "\"sockets\": []} x",
        HEAD "\"sockets\": [{\"proto\": \"tcp\"}]}",
        HEAD "\"sockets\": [{\"proto\": 7}]}",
        HEAD "\"sockets\": [{\"recvq\": -1}]}",
        HEAD "\"sockets\": [{\"recvq\": 1e3}]}",
        HEAD "\"sockets\": [{\"cookie\": 99999999999999999999}]}",
        HEAD "\"a\": [[[[[[[[[[1]]]]]]]]]], \"sockets\": []}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct saved saved;
        struct err err = {0};

        assert_int_equal(saved_parse(texts[i], strlen(texts[i]), &saved, &err), -EBADMSG);
        assert_int_equal(err.code, -EBADMSG);
        assert_non_null(strstr(err.reason, "not what sockets --save writes"));
    }
}

static void a_text_that_is_too_long_is_refused(void **state)
{
    char *text = mem_new(8192, 1);
    struct saved saved;

    (void)state;
    strcpy(text, HEAD "\"sockets\": [{\"proto\": \"");
    memset(text + strlen(text), 'x', 4000);
    strcat(text, "\"}]}");
    assert_int_equal(saved_parse(text, strlen(text), &saved, NULL), -EBADMSG);
    free(text);
}

static void what_is_not_ours_in_it_does_not_matter(void **state)
{
    static const char text[] = HEAD "\"more\": {\"a\": [1, {\"b\": null}]}, \"sockets\": "
                                    "[{\"proto\": \"tcp\", \"x\": [{}], \"state\": \"LISTEN\", "
                                    "\"local\": \"a\\u0007\", \"peer\": \"b\"}]}";
    struct saved saved;

    (void)state;
    assert_int_equal(saved_parse(text, sizeof(text) - 1, &saved, NULL), 0);
    assert_string_equal(texts_at(&saved.texts, saved.rows[0].local), "a\\x07");
    assert_string_equal(texts_at(&saved.texts, saved.rows[0].owner), "");
    saved_done(&saved);
}

static void what_could_not_be_read_again_is_not_kept(void **state)
{
    struct saved saved = {.n_rows = SAVED_ROWS_MAX};

    (void)state;
    assert_null(saved_new_row(&saved));
    assert_null(saved_new_row(&saved));
    assert_int_equal(saved.n_rows, SAVED_ROWS_MAX);
    assert_int_equal(saved.n_beyond, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_alike),
        cmocka_unit_test(rows_are_known_by_their_cookies_in_the_same_boot),
        cmocka_unit_test(twins_without_a_cookie_are_counted),
        cmocka_unit_test(what_is_no_saved_table_is_refused),
        cmocka_unit_test(a_text_that_is_too_long_is_refused),
        cmocka_unit_test(what_is_not_ours_in_it_does_not_matter),
        cmocka_unit_test(what_could_not_be_read_again_is_not_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
