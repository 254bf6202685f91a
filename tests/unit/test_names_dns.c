/* One question to one server, which here is the test itself on loopback. */
#include "probes/names_dns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/clock.h"

#define PATIENCE_MS 10000

struct fixture {
    struct name_report *r;
    struct name_finding *f;
    struct names_exchange x;
    int udp, tcp; /* the server */
    struct addr server;
};

static int open_server(int type, struct addr *server)
{
    struct sockaddr_storage sa;
    socklen_t len = sizeof(sa);
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_true(addr_to_sockaddr(server, &sa, &len));
    if (bind(fd, (struct sockaddr *)&sa, len) < 0) {
        close(fd);
        return -1;
    }
    assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
    *server = addr_from_sockaddr((struct sockaddr *)&sa);
    return fd;
}

static int set_up(void **state)
{
    const uint32_t loopback = htonl(INADDR_LOOPBACK);
    struct fixture *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    f->r = calloc(1, sizeof(*f->r));
    assert_non_null(f->r);
    do { /* until the port of the one is free for the other */
        f->server = addr_make(AF_INET, &loopback, 0);
        f->udp = open_server(SOCK_DGRAM, &f->server);
        f->tcp = open_server(SOCK_STREAM, &f->server);
        if (f->tcp < 0)
            close(f->udp);
    } while (f->tcp < 0);
    assert_int_equal(listen(f->tcp, 1), 0);
    f->f = names_finding(f->r, NAME_DNS);
    f->f->server = f->server;
    f->f->type = DNS_A;
    strcpy(f->f->query, "Web.Example.");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    names_exchange_end(&f->x);
    if (f->udp >= 0)
        close(f->udp);
    close(f->tcp);
    free(f->r);
    free(f);
    return 0;
}

static void begin(struct fixture *f)
{
    assert_true(names_exchange_begin(&f->x, f->f, clock_now_ns()));
}

/* The query as the server got it, made a response of by its flags. */
static size_t hear(struct fixture *f, uint8_t message[512], struct sockaddr_storage *from)
{
    socklen_t len = sizeof(*from);
    ssize_t n = recvfrom(f->udp, message, 512, 0, (struct sockaddr *)from, &len);

    assert_true(n > DNS_HEADER_BYTES);
    message[2] = 0x81;
    message[3] = 0x80;
    return (size_t)n;
}

static void answer(struct fixture *f, const uint8_t *message, size_t len,
                   const struct sockaddr_storage *to)
{
    assert_int_equal(sendto(f->udp, message, len, 0, (const struct sockaddr *)to,
                            sizeof(struct sockaddr_in)),
                     len);
}

static bool step(struct fixture *f)
{
    struct pollfd p = {.fd = f->x.fd, .events = names_exchange_events(&f->x)};

    assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
    return names_exchange_ready(&f->x, f->r, clock_now_ns());
}

static size_t add_records(uint8_t *message, size_t len)
{
    /* web.example CNAME a.example; stray A; a.example A */
    static const uint8_t records[] = "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\4\1a\xc0\x10"
                                     "\1x\xc0\x10\0\1\0\1\0\0\0\x3c\0\4\x0a\0\0\x09"
                                     "\xc0\x29\0\1\0\1\0\0\0\x3c\0\4\x0a\0\0\1";

    message[7] = 3;
    memcpy(message + len, records, sizeof(records) - 1);
    return len + sizeof(records) - 1;
}

static void an_answer_is_taken_along_its_aliases(void **state)
{
    struct fixture *f = *state;
    struct sockaddr_storage from;
    uint8_t message[1024];
    char ip[ADDR_TEXT_BYTES];
    size_t len;

    begin(f);
    assert_string_equal(f->f->query, "Web.Example");
    len = add_records(message, hear(f, message, &from));
    answer(f, message, len, &from);
    assert_true(step(f));
    assert_int_equal(f->f->outcome, NAME_ANSWERED);
    assert_true(f->f->has_elapsed);
    assert_int_equal(f->f->n_answers, 2);
    assert_string_equal(f->r->answers[0].name, "a.Example");
    assert_string_equal(addr_format_ip(&f->r->answers[1].addr, ip), "10.0.0.1");
    assert_int_equal(f->r->answers[1].ttl_s, 60);
}

static void an_answer_to_another_question_is_not_looked_at(void **state)
{
    struct fixture *f = *state;
    struct sockaddr_storage from;
    uint8_t message[512];
    size_t len;

    begin(f);
    len = hear(f, message, &from);
    message[0] ^= 1;
    answer(f, message, len, &from);
    assert_false(step(f));
    message[0] ^= 1;
    message[DNS_HEADER_BYTES + 1] ^= 1;
    answer(f, message, len, &from);
    assert_false(step(f));
    answer(f, message, 5, &from);
    assert_false(step(f));
    message[DNS_HEADER_BYTES + 1] ^= 1;
    message[3] = 0x80 | DNS_NXDOMAIN;
    answer(f, message, len, &from);
    assert_true(step(f));
    assert_int_equal(f->f->outcome, NAME_ANSWERED);
    assert_int_equal(f->f->rcode, DNS_NXDOMAIN);
}

static void an_answer_that_cannot_be_read_is_said(void **state)
{
    struct fixture *f = *state;
    struct sockaddr_storage from;
    uint8_t message[512];
    size_t len;

    begin(f);
    len = hear(f, message, &from);
    message[7] = 9;
    answer(f, message, len, &from);
    assert_true(step(f));
    assert_int_equal(f->f->outcome, NAME_GARBLED);
}

static void a_cut_answer_is_asked_for_again_over_tcp(void **state)
{
    struct fixture *f = *state;
    struct sockaddr_storage from;
    uint8_t message[1024], length[2];
    size_t len;
    int peer;

    begin(f);
    len = hear(f, message, &from);
    message[2] |= 2;
    answer(f, message, len, &from);
    assert_false(step(f));
    assert_true(f->x.tcp);
    peer = accept(f->tcp, NULL, NULL);
    assert_true(peer >= 0);
    assert_false(step(f)); /* it sends */
    assert_int_equal(recv(peer, message, 512, 0), 2 + len);
    memmove(message, message + 2, len);
    message[2] = 0x81;
    len = add_records(message, len);
    length[0] = (uint8_t)(len >> 8);
    length[1] = (uint8_t)len;
    /* Piece by piece, as a stream may come. */
    assert_int_equal(send(peer, length, 2, 0), 2);
    assert_false(step(f));
    assert_int_equal(send(peer, message, 20, 0), 20);
    assert_false(step(f));
    assert_int_equal(send(peer, message + 20, len - 20, 0), len - 20);
    assert_true(step(f));
    close(peer);
    assert_int_equal(f->f->outcome, NAME_ANSWERED);
    assert_true(f->f->tcp);
    assert_int_equal(f->f->n_answers, 2);
}

static void a_port_where_nobody_listens_refuses(void **state)
{
    struct fixture *f = *state;

    close(f->udp);
    f->udp = -1;
    begin(f);
    assert_true(step(f));
    assert_int_equal(f->f->outcome, NAME_FAILED);
    assert_int_equal(f->f->error, -ECONNREFUSED);
}

static void a_question_is_sent_again_after_a_second(void **state)
{
    struct fixture *f = *state;
    struct sockaddr_storage from;
    uint8_t message[512];

    begin(f);
    hear(f, message, &from);
    assert_false(names_exchange_resend(&f->x, f->x.started_ns + CLOCK_SECOND_NS / 2));
    assert_int_equal(recv(f->udp, message, sizeof(message), MSG_DONTWAIT), -1);
    assert_false(names_exchange_resend(&f->x, f->x.started_ns + CLOCK_SECOND_NS));
    hear(f, message, &from);
}

static void a_name_no_message_holds_is_not_asked(void **state)
{
    struct fixture *f = *state;

    strcpy(f->f->query, "a..b");
    assert_false(names_exchange_begin(&f->x, f->f, clock_now_ns()));
    assert_int_equal(f->f->outcome, NAME_NOT_ASKED);
    assert_false(f->x.active);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_answer_is_taken_along_its_aliases),
        TEST(an_answer_to_another_question_is_not_looked_at),
        TEST(an_answer_that_cannot_be_read_is_said),
        TEST(a_cut_answer_is_asked_for_again_over_tcp),
        TEST(a_port_where_nobody_listens_refuses),
        TEST(a_question_is_sent_again_after_a_second),
        TEST(a_name_no_message_holds_is_not_asked),
    };

    return cmocka_run_group_tests_name("names_dns", tests, NULL, NULL);
}
