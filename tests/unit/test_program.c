/* Which calls of the journal become a program, and how they are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/report/journal_c.h"
#include "core/report/journal_python.h"
#include "core/report/program.h"

#define SESSION 2
#define SERVER 1

static struct call made(uint64_t id, enum call_name name, int fd, int64_t result, int error)
{
    return (struct call){.name = (uint8_t)name,
                         .session_id = id,
                         .fd = fd,
                         .result = result,
                         .error = error,
                         .a = name == CALL_SOCKET ? AF_INET : 0,
                         .b = name == CALL_SOCKET ? SOCK_STREAM : 0,
                         .d = 16,
                         .addr = addr_make(AF_INET, "\x7f\0\0\1", 80)};
}

static void put(struct ring *journal, struct call call)
{
    ring_put(journal, &call, NULL, 0);
}

static void put_bytes(struct ring *journal, struct call call, const char *bytes, size_t len)
{
    call.data_len = (uint8_t)(len < CALL_DATA_BYTES ? len : CALL_DATA_BYTES);
    memcpy(call.data, bytes, call.data_len);
    call.length = call.name == CALL_RECV ? 65536 : len;
    ring_put(journal, &call, bytes, len > CALL_DATA_BYTES ? len : 0);
}

static int set_up(void **state)
{
    *state = journal_new();
    journal_keep_data(*state, CALL_KEPT_BYTES);
    return 0;
}

static int tear_down(void **state)
{
    ring_free(*state);
    return 0;
}

static struct session_status a_session(uint64_t server_id)
{
    struct session_status s = {.id = SESSION, .server_id = server_id};

    endpoint_parse("127.0.0.1:80", &s.endpoint, NULL);
    s.peer = addr_make(AF_INET, "\x7f\0\0\1", 80);
    return s;
}

/* The program behind its helpers; the caller's. */
static char *written(const struct program *p, enum program_language language)
{
    char *text = NULL, *body;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    program_write(out, p, language);
    fclose(out);
    body = strdup(strstr(text, language == PROGRAM_C ? "int main" : "\n# 0.000000"));
    free(text);
    return body;
}

static void assert_names(const struct program *p, const char *expected)
{
    char text[512] = "";

    for (size_t i = 0; i < p->n; i++) {
        strcat(text, i ? " " : "");
        strcat(text, call_name((enum call_name)p->steps[i].call.name));
    }
    assert_string_equal(text, expected);
}

static void every_call_is_a_statement(void **state)
{
    static const uint8_t bytes[] = "a\"\\\n?\xff";
    struct call call = made(SESSION, CALL_CONNECT, 5, -1, ECONNREFUSED);
    struct call_code code = {&call, bytes, sizeof(bytes) - 1, "s5", "socket."};
    char text[600];
    struct line_out l = line_in(text, sizeof(text));

    (void)state;
    call_python(&l, &code);
    assert_string_equal(text,
                        "s5.connect((\"127.0.0.1\", 80))  # ConnectionRefusedError: [Errno "
                        "111] Connection refused");
    l = line_in(text, sizeof(text));
    call_c(&l, &code);
    assert_string_equal(
        text, "connect(s5, (struct sockaddr *)&(struct sockaddr_in){.sin_family = "
              "AF_INET, .sin_port = htons(80), .sin_addr = {htonl(0x7f000001)}}, "
              "sizeof(struct sockaddr_in)); /* -1 ECONNREFUSED: Connection refused */");
    call = made(SESSION, CALL_SEND, 5, 6, 0);
    call.length = 100;
    call.a = MSG_NOSIGNAL;
    l = line_in(text, sizeof(text));
    call_python(&l, &code);
    assert_string_equal(
        text, "s5.send(b\"a\\\"\\\\\\n?\\xff\" + bytes(94), socket.MSG_NOSIGNAL)  # 6");
    l = line_in(text, sizeof(text));
    call_c(&l, &code);
    assert_string_equal(
        text, "send(s5, \"a\\\"\\\\\\n\\077\\377\" /* and 94 bytes that were not kept "
              "*/, 100, MSG_NOSIGNAL); /* 6 */");
}

static void a_session_is_its_calls_without_the_waiting(void **state)
{
    struct session_status session = a_session(0);
    struct ring *journal = *state;
    struct program p;
    char *text;

    put(journal, made(9, CALL_SOCKET, -1, 4, 0));
    put(journal, made(SESSION, CALL_SOCKET, -1, 5, 0));
    put(journal, made(SESSION, CALL_CONNECT, 5, -1, EINPROGRESS));
    put(journal, made(9, CALL_CLOSE, 4, 0, 0));
    put_bytes(journal, made(SESSION, CALL_SEND, 5, 2, 0), "hello", 5);
    put(journal, made(SESSION, CALL_RECV, 5, -1, EAGAIN));
    put_bytes(journal, made(SESSION, CALL_RECV, 5, 2, 0), "he", 2);
    assert_int_equal(program_make(journal, &session, NULL, &p, NULL), 0);
    assert_names(&p, "socket connect send recv");
    assert_int_equal(p.waits, 1);
    assert_int_equal(p.unkept_bytes, 0);
    text = written(&p, PROGRAM_PYTHON);
    assert_non_null(strstr(text, "\nconnect(s0, \"EINPROGRESS\", (\"127.0.0.1\", 80))\n"));
    assert_non_null(strstr(text, "\nsend(s0, \"2 bytes\", b\"he\", flags=0)\n"));
    assert_non_null(strstr(text, "\nreceive(s0, \"2 bytes\", b\"he\", 2, flags=0)\n"));
    assert_non_null(strstr(text, "\ns0.close()  # it was still open\nfinish()\n"));
    free(text);
    text = written(&p, PROGRAM_C);
    assert_non_null(strstr(text, "    send_all(s0, 0, \"he\", 2, 2, 0, NULL, 0);\n"));
    assert_non_null(strstr(text, "    close(s0); /* it was still open */\n    finish();\n}\n"));
    free(text);
    program_done(&p);
}

static void long_data_are_there_while_they_are_kept(void **state)
{
    struct session_status session = a_session(0);
    struct ring *journal = *state;
    char bytes[5000];
    struct program p;

    memset(bytes, 'x', sizeof(bytes));
    put(journal, made(SESSION, CALL_SOCKET, -1, 5, 0));
    put_bytes(journal, made(SESSION, CALL_SEND, 5, sizeof(bytes), 0), bytes, sizeof(bytes));
    assert_int_equal(program_make(journal, &session, NULL, &p, NULL), 0);
    assert_int_equal(p.steps[1].len, sizeof(bytes));
    assert_int_equal(p.unkept_bytes, 0);
    program_done(&p);
    /* Others' bytes take their place, the calls stay. */
    for (int i = 0; i < 1000; i++)
        put_bytes(journal, made(9, CALL_SEND, 4, sizeof(bytes), 0), bytes, sizeof(bytes));
    assert_int_equal(program_make(journal, &session, NULL, &p, NULL), 0);
    assert_int_equal(p.steps[1].len, CALL_DATA_BYTES);
    assert_int_equal(p.unkept_bytes, sizeof(bytes) - CALL_DATA_BYTES);
    program_done(&p);
}

static void an_accepted_session_comes_with_its_listener(void **state)
{
    struct session_status session = a_session(SERVER);
    struct ring *journal = *state;
    struct program p;
    char *text;

    /* A port that was taken, then the one that listens; somebody else comes and goes. */
    put(journal, made(SERVER, CALL_SOCKET, -1, 4, 0));
    put(journal, made(SERVER, CALL_BIND, 4, -1, EADDRINUSE));
    put(journal, made(SERVER, CALL_CLOSE, 4, 0, 0));
    put(journal, made(SERVER, CALL_SOCKET, -1, 4, 0));
    put(journal, made(SERVER, CALL_BIND, 4, 0, 0));
    put(journal, made(SERVER, CALL_LISTEN, 4, 0, 0));
    put(journal, made(SERVER, CALL_ACCEPT4, 4, 6, 0));
    put(journal, made(SERVER, CALL_ACCEPT4, 4, -1, EAGAIN));
    put_bytes(journal, made(7, CALL_RECV, 6, 1, 0), "o", 1);
    put(journal, made(7, CALL_CLOSE, 6, 0, 0));
    put(journal, made(SERVER, CALL_ACCEPT4, 4, 6, 0));
    put_bytes(journal, made(SESSION, CALL_RECV, 6, 1, 0), "x", 1);
    put(journal, made(SESSION, CALL_CLOSE, 6, 0, 0));
    assert_int_equal(program_make(journal, &session, NULL, &p, NULL), 0);
    assert_names(&p, "socket bind listen accept4 recv close");
    text = written(&p, PROGRAM_PYTHON);
    assert_non_null(strstr(text, "\ns1 = accept(s0)\n"));
    assert_non_null(strstr(text, "\nreceive(s1, \"1 bytes\", b\"x\", 1, flags=0)\n"));
    assert_non_null(strstr(text, "\ns0.close()  # it was still open\n"));
    free(text);
    program_done(&p);
}

static void who_asked_is_answered_wherever_it_is(void **state)
{
    struct server_status server = {.id = SERVER};
    struct call from = made(SERVER, CALL_RECVFROM, 4, 1, 0);
    struct call to = made(SERVER, CALL_SENDTO, 4, 1, 0);
    struct ring *journal = *state;
    struct program p;
    char *text;

    endpoint_parse("udp://127.0.0.1:53", &server.endpoint, NULL);
    put(journal, made(SERVER, CALL_SOCKET, -1, 4, 0));
    put_bytes(journal, from, "q", 1);
    from.addr.port = 81;
    put_bytes(journal, from, "r", 1);
    put_bytes(journal, to, "Q", 1);
    assert_int_equal(program_make(journal, NULL, &server, &p, NULL), 0);
    assert_int_equal(p.n_peers, 2);
    text = written(&p, PROGRAM_PYTHON);
    assert_non_null(
        strstr(text, "\npeers[1] = receive(s0, \"1 bytes\", b\"r\", 1, flags=0)\n"));
    assert_non_null(strstr(text, "\nsend(s0, \"1 bytes\", b\"Q\", flags=0, to=peers[0])\n"));
    free(text);
    program_done(&p);
}

static void what_is_sent_comes_before_its_answer(void **state)
{
    struct session_status session = a_session(0);
    struct call out = made(SESSION, CALL_SEND, 5, 1, 0), in = made(SESSION, CALL_RECV, 5, 1, 0);
    struct ring *journal = *state;
    struct program p;

    /* Both wait in threads of their own: recv(2) began first and returned first. */
    in.start_ns = 100;
    in.duration_ns = 400;
    out.start_ns = 200;
    out.duration_ns = 500;
    put(journal, made(SESSION, CALL_SOCKET, -1, 5, 0));
    put_bytes(journal, in, "A", 1);
    put_bytes(journal, out, "q", 1);
    assert_int_equal(program_make(journal, &session, NULL, &p, NULL), 0);
    assert_names(&p, "socket send recv");
    program_done(&p);
}

static void what_cannot_be_repeated_says_so(void **state)
{
    struct session_status session = a_session(0);
    struct ring *journal = *state;
    struct err err = {0};
    struct program p;

    assert_int_equal(program_make(journal, &session, NULL, &p, &err), -ENODATA);
    assert_string_equal(err.input, "session 2");
    assert_string_equal(err.reason, "it has made no call");
    put(journal, made(SESSION, CALL_CLOSE, 5, 0, 0));
    assert_int_equal(program_make(journal, &session, NULL, &p, &err), -ENOENT);
    assert_string_equal(err.input, "session 2");
    assert_string_equal(err.reason, "its first calls are not in the journal any more");
    put(journal, made(SESSION, CALL_SOCKET, -1, 5, 0));
    session.endpoint.scheme = ENDPOINT_TLS;
    assert_int_equal(program_make(journal, &session, NULL, &p, &err), -EOPNOTSUPP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_call_is_a_statement, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_session_is_its_calls_without_the_waiting, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(long_data_are_there_while_they_are_kept, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_accepted_session_comes_with_its_listener, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(who_asked_is_answered_wherever_it_is, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_sent_comes_before_its_answer, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_repeated_says_so, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
