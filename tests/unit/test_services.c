/* The services: their answers by themselves, and servers of the engine with plain sockets as their
 * clients. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/net/net.h"
#include "core/services/letters.h"
#include "core/services/service.h"
#include "tests/unit/engine.h"

/* ---- answers -------------------------------------------------------------------------- */

struct served {
    struct service_setup setup;
    void *instance;
    uint8_t out[NET_SCRATCH_BYTES];
};

/* Options as name, value, ..., NULL. */
static int start(struct served *s, struct err *err, const char *name, ...)
{
    const char *option;
    va_list args;

    memset(&s->setup, 0, sizeof(s->setup));
    s->instance = NULL;
    s->setup.service = service_find(name);
    assert_non_null(s->setup.service);
    va_start(args, name);
    while ((option = va_arg(args, const char *)) != NULL) {
        const struct service_option *o = service_option_find(s->setup.service, option);

        assert_non_null(o);
        s->setup.values[o - s->setup.service->options] = va_arg(args, const char *);
    }
    va_end(args);
    return s->setup.service->start(&s->setup, &s->instance, err);
}

static void stop(struct served *s)
{
    s->setup.service->stop(s->instance);
}

static size_t ask(struct served *s, const void *question, size_t len, size_t size)
{
    ssize_t n = s->setup.service->answer(s->instance, question, len, s->out, size);

    assert_true(n >= 0 && (size_t)n <= size);
    return (size_t)n;
}

static void assert_answer(struct served *s, const char *question, const char *answer)
{
    size_t n = ask(s, question, strlen(question), sizeof(s->out));

    assert_int_equal(n, strlen(answer));
    assert_memory_equal(s->out, answer, n);
}

static void capitals_are_those_of_unicode_and_end_at_a_character(void **state)
{
    static const uint8_t small[] = "\xc9\x90\xff\xc3\xa9z";
    uint8_t out[16];

    (void)state;
    assert_int_equal(letters_upper(small, 6, out, sizeof(out)), 7);
    assert_memory_equal(out, "\xe2\xb1\xaf\xff\xc3\x89Z", 7);
    for (size_t size = 0; size < 3; size++)
        assert_int_equal(letters_upper(small, 6, out, size), 0);
    assert_int_equal(letters_upper(small, 6, out, 5), 4);
}

static void reverse_turns_characters_round_and_keeps_the_line_end(void **state)
{
    struct served s;

    (void)state;
    assert_int_equal(start(&s, NULL, "reverse", NULL), 0);
    assert_answer(&s, "abc", "cba");
    assert_answer(&s, "a\xc3\xa9\xf0\x9f\x98\x80\r\n",
                  "\xf0\x9f\x98\x80\xc3\xa9"
                  "a\r\n");
    assert_answer(&s, "\xff\xc3", "\xc3\xff");
    assert_answer(&s, "\r\n", "\r\n");
    assert_answer(&s, "", "");
    stop(&s);
}

static void clock_takes_its_words_in_any_case(void **state)
{
    struct served s;

    (void)state;
    assert_int_equal(start(&s, NULL, "clock", "utc", "", "line-end", "crlf", NULL), 0);
    assert_int_equal(ask(&s, "dAtE", 4, sizeof(s.out)), 12);
    assert_int_equal(ask(&s, "TIME\n", 5, sizeof(s.out)), 9);
    assert_int_equal(ask(&s, "Date and Time", 13, sizeof(s.out)), 21);
    assert_int_equal(s.out[10], ' ');
    assert_int_equal(ask(&s, "DATEANDTIME\r\n", 13, sizeof(s.out)), 21);
    assert_answer(&s, "Dates", "UNKNOWN OPTION: DATES\r\n");
    assert_answer(&s, "\xc3\xa4\n", "UNKNOWN OPTION: \xc3\x84\n");
    assert_answer(&s, "", "UNKNOWN OPTION: \r\n");
    /* The end of a question, in a chunk of its own. */
    assert_answer(&s, "\r\n", "\r\n");
    assert_answer(&s, "\n", "\n");
    stop(&s);
}

static void lookup_finds_keys_in_any_case(void **state)
{
    struct served s;

    (void)state;
    assert_int_equal(start(&s, NULL, "lookup", NULL), 0);
    assert_answer(&s, "JOHN", "C45");
    assert_answer(&s, "Denise\n", "C44\n");
    assert_answer(&s, "\r\n", "\r\n");
    assert_answer(&s, "phoebe\r\n", "D52\r\n");
    assert_answer(&s, "ADAM", "B23");
    assert_answer(&s, "Eve", "NOT FOUND: Eve");
    assert_answer(&s, "", "NOT FOUND: ");
    stop(&s);
}

static int start_lookup(const char *json, struct err *err)
{
    char path[] = "/tmp/sockeye-lookup.XXXXXX";
    int fd = mkstemp(path), r;
    struct served s;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, json, strlen(json)), (ssize_t)strlen(json));
    r = start(&s, err, "lookup", "file", path, NULL);
    if (r == 0)
        stop(&s);
    close(fd);
    unlink(path);
    return r;
}

static void a_book_that_is_none_is_refused_with_what_is_wrong(void **state)
{
    struct err err;

    (void)state;
    assert_int_equal(start_lookup("{\"a\": \"b\", \"c\": \"d\"}", &err), 0);
    assert_int_equal(start_lookup("[]", &err), -EINVAL);
    assert_non_null(strstr(err.reason, "object"));
    assert_int_equal(start_lookup("{\"a\": \"b\"", &err), -EINVAL);
    assert_non_null(strstr(err.reason, "no JSON"));
    assert_int_equal(start_lookup("{\"a\": \"b\", \"A\": \"d\"}", &err), -EINVAL);
    assert_non_null(strstr(err.reason, "twice"));
    assert_int_equal(start_lookup("{\"key\": 7}", &err), -EINVAL);
    assert_non_null(strstr(err.reason, "key"));
}

static void no_line_end_is_added_unless_told(void **state)
{
    struct served s;

    (void)state;
    assert_int_equal(start(&s, NULL, "hello", NULL), 0);
    assert_answer(&s, "x\n", "Hello Client!");
    stop(&s);
    assert_int_equal(start(&s, NULL, "thanks", "line-end", "lf", NULL), 0);
    assert_answer(&s, "x", "Thank you for connecting\n");
    stop(&s);
    assert_int_equal(start(&s, NULL, "ack", "text", "a\\tb", "line-end", "crlf", NULL), 0);
    assert_answer(&s, "x", "a\tb\r\n");
    assert_answer(&s, "x\n", "a\tb\n");
    stop(&s);
}

static void garbage_with_a_seed_is_the_same_each_time(void **state)
{
    struct served s;
    uint8_t first[100];

    (void)state;
    assert_int_equal(start(&s, NULL, "garbage", "seed", "1", "bytes", "100", NULL), 0);
    assert_int_equal(ask(&s, "", 0, sizeof(s.out)), 100);
    memcpy(first, s.out, sizeof(first));
    ask(&s, "", 0, sizeof(s.out));
    assert_memory_equal(first, s.out, sizeof(first));
    stop(&s);
    assert_int_equal(start(&s, NULL, "garbage", "bytes", "100", NULL), 0);
    ask(&s, "", 0, sizeof(s.out));
    assert_memory_not_equal(first, s.out, sizeof(first));
    stop(&s);
}

static void every_service_starts_or_says_what_it_needs(void **state)
{
    const struct service *service;

    (void)state;
    for (size_t i = 0; (service = service_at(i)) != NULL; i++) {
        struct served s;
        struct err err = {0};

        assert_true(strlen(service->name) < sizeof(((struct command *)NULL)->service));
        assert_ptr_equal(service_find(service->name), service);
        if (!service->start)
            continue;
        if (start(&s, &err, service->name, NULL) == 0)
            stop(&s);
        else
            assert_non_null(strstr(err.reason, "--"));
    }
}

/* ---- servers -------------------------------------------------------------------------- */

static unsigned port(const struct fixture *f, uint64_t server)
{
    return f->servers[server].endpoint.port;
}

static int client(const struct fixture *f, uint64_t server)
{
    struct addr a = addr_make(AF_INET, "\x7f\0\0\1", (uint16_t)port(f, server));
    struct sockname n = sockname_from_addr(&a);
    struct timeval patience = {.tv_sec = 10};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    assert_int_equal(connect(fd, (struct sockaddr *)&n.sa, n.len), 0);
    return fd;
}

static void put(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static void assert_got(int fd, const char *text)
{
    char got[256];

    assert_int_equal(recv(fd, got, strlen(text), MSG_WAITALL), (ssize_t)strlen(text));
    assert_memory_equal(got, text, strlen(text));
}

static void assert_end(int fd)
{
    char byte;

    assert_int_equal(recv(fd, &byte, 1, 0), 0);
    close(fd);
}

static void assert_reset(int fd)
{
    char byte;

    assert_int_equal(recv(fd, &byte, 1, 0), -1);
    assert_int_equal(errno, ECONNRESET);
    close(fd);
}

static void a_character_that_is_cut_waits_until_fin(void **state)
{
    struct fixture *f = *state;
    int fd = client(f, serve(f, "serve reverse 127.0.0.1:0"));

    put(fd, "ab\xf0");
    assert_got(fd, "ba");
    put(fd, "\x9f\x98\x80!\n");
    assert_got(fd, "!\xf0\x9f\x98\x80\n");
    put(fd, "x\xe2\x82");
    assert_got(fd, "x");
    shutdown(fd, SHUT_WR);
    assert_got(fd, "\x82\xe2");
    assert_end(fd);
}

static void a_connection_that_is_never_accepted_is_not_counted(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve never-accept 127.0.0.1:0");
    int fd = client(f, server);

    /* A turn of the loop that could have accepted has passed. */
    serve(f, "serve echo 127.0.0.1:0");
    assert_int_equal(f->servers[server].accepted, 0);
    assert_int_equal(f->servers[server].accept_errors, 0);
    close(fd);
}

static void a_dialled_session_is_its_servers_but_not_accepted(void **state)
{
    struct fixture *f = *state;
    uint64_t backend = serve(f, "serve echo 127.0.0.1:0"), server;
    char line[100];
    int fd;

    snprintf(line, sizeof(line), "serve proxy 127.0.0.1:0 --backend 127.0.0.1:%u",
             port(f, backend));
    server = serve(f, line);
    fd = client(f, server);
    put(fd, "through");
    assert_got(fd, "through");
    AWAIT(f, f->servers[backend].open_sessions == 1);
    assert_int_equal(f->servers[server].accepted, 1);
    AWAIT(f, f->servers[server].open_sessions == 1);
    /* Whoever says "send" does not mean it. */
    assert_int_equal(say(f, "send x").err.code, -EINVAL);
    shutdown(fd, SHUT_WR);
    assert_end(fd);
    AWAIT(f, f->servers[server].open_sessions == 0);
    AWAIT(f, f->servers[backend].open_sessions == 0);
    assert_int_equal(f->servers[server].sent_bytes, 7);
}

static void stopping_a_proxy_ends_both_sides(void **state)
{
    struct fixture *f = *state;
    uint64_t backend = serve(f, "serve echo 127.0.0.1:0"), server;
    char line[100];
    int fd[8];

    snprintf(line, sizeof(line),
             "serve proxy 127.0.0.1:0 --latency 0.05 --backend 127.0.0.1:%u", port(f, backend));
    server = serve(f, line);
    for (int i = 0; i < 8; i++)
        fd[i] = client(f, server);
    for (int i = 0; i < 8; i++)
        put(fd[i], "x");
    assert_got(fd[7], "x");
    put(fd[7], "still on its way");
    snprintf(line, sizeof(line), "stop %llu", (unsigned long long)server);
    assert_int_equal(say(f, line).err.code, 0);
    AWAIT(f, f->servers[backend].open_sessions == 0);
    for (int i = 0; i < 8; i++)
        close(fd[i]);
}

static void a_backends_reset_comes_through(void **state)
{
    struct fixture *f = *state;
    uint64_t backend = serve(f, "serve reset 127.0.0.1:0");
    char line[100];
    int fd;

    snprintf(line, sizeof(line), "serve balance 127.0.0.1:0 --backend 127.0.0.1:%u",
             port(f, backend));
    fd = client(f, serve(f, line));
    put(fd, "x");
    assert_reset(fd);
}

static void a_chat_goes_on_when_members_come_and_go(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve relay 127.0.0.1:0 --announce");
    int a = client(f, server), b;

    AWAIT(f, f->servers[server].open_sessions == 1);
    b = client(f, server);
    assert_got(a, "* 127.0.0.1:");
    put(b, "half");
    shutdown(b, SHUT_WR);
    AWAIT(f, f->servers[server].open_sessions == 1);
    assert_end(b);
    put(a, "nobody hears\n");
    b = client(f, server);
    AWAIT(f, f->servers[server].open_sessions == 2);
    put(a, "line\n");
    assert_got(b, "line\n");
    close(a);
    assert_got(b, "* 127.0.0.1:");
    close(b);
}

static void a_reader_that_stops_stops_chargen(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve chargen 127.0.0.1:0"), sent = 0;
    int fd = client(f, server);

    assert_got(fd, " !\"#$%&'()*+,-./0123456789:;<=>?@"
                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefg\r\n!\"#");
    AWAIT(f, f->servers[server].sent_bytes > 0);
    /* The buffers are full when it has told nothing new for a few ticks. */
    for (int quiet = 0; quiet < 20; quiet++, pump(f)) {
        if (sent != f->servers[server].sent_bytes)
            quiet = 0;
        sent = f->servers[server].sent_bytes;
    }
    assert_true(sent > 0);
    close(fd);
    AWAIT(f, f->servers[server].open_sessions == 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capitals_are_those_of_unicode_and_end_at_a_character),
        cmocka_unit_test(reverse_turns_characters_round_and_keeps_the_line_end),
        cmocka_unit_test(clock_takes_its_words_in_any_case),
        cmocka_unit_test(lookup_finds_keys_in_any_case),
        cmocka_unit_test(a_book_that_is_none_is_refused_with_what_is_wrong),
        cmocka_unit_test(no_line_end_is_added_unless_told),
        cmocka_unit_test(garbage_with_a_seed_is_the_same_each_time),
        cmocka_unit_test(every_service_starts_or_says_what_it_needs),
        TEST(a_character_that_is_cut_waits_until_fin),
        TEST(a_connection_that_is_never_accepted_is_not_counted),
        TEST(a_dialled_session_is_its_servers_but_not_accepted),
        TEST(stopping_a_proxy_ends_both_sides),
        TEST(a_backends_reset_comes_through),
        TEST(a_chat_goes_on_when_members_come_and_go),
        TEST(a_reader_that_stops_stops_chargen),
    };

    return cmocka_run_group_tests_name("services", tests, NULL, NULL);
}
