/* Every option of a socket of the engine's, read at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/net/option_values.h"
#include "tests/unit/engine.h"

static const struct option_value_now *find(const struct option_values *v, const char *name)
{
    for (size_t i = 0; i < v->n; i++)
        if (strcmp(v->list[i].option->name, name) == 0)
            return &v->list[i];
    return NULL;
}

static void those_that_fit_are_read_and_no_more(void **state)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct option_values *v;

    (void)state;
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)), 0);
    v = option_values_read(7, fd);
    assert_int_equal(v->id, 7);
    assert_int_equal(v->domain, AF_INET);
    assert_int_equal(v->type, SOCK_STREAM);
    assert_string_equal(find(v, "SO_KEEPALIVE")->text, "on");
    assert_non_null(find(v, "TCP_NODELAY"));
    assert_null(find(v, "UDP_CORK"));
    assert_null(find(v, "IPV6_V6ONLY"));
    assert_true(find(v, "SO_ATTACH_BPF")->unread);
    free(v);
    close(fd);
}

static void a_pending_error_stays(void **state)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0), error = 0;
    struct sockaddr_in taken = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int holder = socket(AF_INET, SOCK_DGRAM, 0);
    socklen_t len = sizeof(taken);
    struct pollfd p = {.fd = fd};

    (void)state;
    /* A port that nobody has any more: the answer is an ICMP error. */
    assert_int_equal(bind(holder, (struct sockaddr *)&taken, sizeof(taken)), 0);
    assert_int_equal(getsockname(holder, (struct sockaddr *)&taken, &len), 0);
    close(holder);
    assert_int_equal(connect(fd, (struct sockaddr *)&taken, sizeof(taken)), 0);
    assert_int_equal(send(fd, "x", 1, 0), 1);
    assert_int_equal(poll(&p, 1, 10000), 1);
    free(option_values_read(1, fd));
    len = sizeof(error);
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len), 0);
    assert_int_equal(error, ECONNREFUSED);
    close(fd);
}

static struct option_values *asked(struct fixture *f, uint64_t id)
{
    struct command c = command_default(VERB_GET);

    c.target_id = id;
    strcpy(c.text, COMMAND_ALL_OPTIONS);
    command(f, &c);
    assert_int_equal(f->reply.err.code, 0);
    return mailbox_take(engine_options(f->engine));
}

static void servers_and_sessions_are_asked_alike(void **state)
{
    struct fixture *f = *state;
    struct command c = command_default(VERB_SERVE);
    struct option_values *v;
    uint64_t server, calls;

    strcpy(c.service, "echo");
    endpoint_parse("127.0.0.1:0", &c.endpoint, NULL);
    server = command(f, &c).id;
    AWAIT(f, f->servers[server].listening);
    calls = ring_head(engine_journal(f->engine));
    v = asked(f, server);
    assert_non_null(v);
    assert_string_equal(find(v, "SO_ACCEPTCONN")->text, "on");
    /* Nobody called anything: somebody looked. */
    assert_int_equal(ring_head(engine_journal(f->engine)), calls);
    free(v);
    c = command_default(VERB_CONNECT);
    c.endpoint = f->servers[server].endpoint;
    c.target_id = command(f, &c).id;
    AWAIT(f, f->sessions[c.target_id].state == SESSION_OPEN);
    v = asked(f, c.target_id);
    assert_int_equal(v->id, c.target_id);
    assert_string_equal(find(v, "SO_ACCEPTCONN")->text, "off");
    free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_that_fit_are_read_and_no_more),
        cmocka_unit_test(a_pending_error_stays),
        cmocka_unit_test_setup_teardown(servers_and_sessions_are_asked_alike, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
