/* The conversation with NETLINK_SOCK_DIAG, with a kernel that says what this test wants: sendmsg()
 * and recvmsg() are this file's own, and so is what it counts of sockets. */
#include "probes/diag.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/mem.h"
#include "probes/intake.h"
#include "probes/protocols.h"

#define DATAGRAMS 16

/* What recvmsg() gives next: an errno, or bytes. */
struct datagram {
    int error;
    int flags;       /* of struct msghdr */
    uint32_t sender; /* 0: the kernel */
    bool not_for_us; /* another sequence number */
    uint8_t bytes[512];
    size_t len;
};

static struct {
    struct datagram datagrams[DATAGRAMS];
    size_t n, at, n_asked;
    uint8_t question[512];
    size_t question_len;
    uint32_t sequence, port;
    uint16_t type; /* of the question, and of the sockets that answer it */
} kernel;

static uint32_t empty_kinds;
const uint32_t protocols_counted = KIND_BIT(KIND_RAW);

uint32_t protocols_empty(void)
{
    return empty_kinds;
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
    struct sockaddr_nl name;
    socklen_t len = sizeof(name);
    struct nlmsghdr header;

    (void)flags;
    kernel.question_len = 0;
    for (size_t i = 0; i < m->msg_iovlen; i++) {
        memcpy(kernel.question + kernel.question_len, m->msg_iov[i].iov_base,
               m->msg_iov[i].iov_len);
        kernel.question_len += m->msg_iov[i].iov_len;
    }
    memcpy(&header, kernel.question, sizeof(header));
    kernel.sequence = header.nlmsg_seq;
    kernel.type = header.nlmsg_type;
    if (getsockname(fd, (struct sockaddr *)&name, &len) == 0)
        kernel.port = name.nl_pid;
    kernel.n_asked++;
    return (ssize_t)kernel.question_len;
}

/* Each message is addressed to who asked. */
static void address_messages(uint8_t *bytes, size_t len, bool not_for_us)
{
    for (size_t at = 0; at + sizeof(struct nlmsghdr) <= len;) {
        struct nlmsghdr header;

        memcpy(&header, bytes + at, sizeof(header));
        header.nlmsg_seq = kernel.sequence + not_for_us;
        header.nlmsg_pid = kernel.port;
        if (header.nlmsg_type == SOCK_DIAG_BY_FAMILY)
            header.nlmsg_type = kernel.type;
        memcpy(bytes + at, &header, sizeof(header));
        at += NLMSG_ALIGN(header.nlmsg_len);
    }
}

ssize_t recvmsg(int fd, struct msghdr *m, int flags)
{
    struct sockaddr_nl from = {.nl_family = AF_NETLINK};
    struct datagram *d = &kernel.datagrams[kernel.at];

    (void)fd;
    (void)flags;
    if (kernel.at == kernel.n) {
        errno = EAGAIN;
        return -1;
    }
    kernel.at++;
    if (d->error) {
        errno = d->error;
        return -1;
    }
    from.nl_pid = d->sender;
    memcpy(m->msg_name, &from, sizeof(from));
    m->msg_namelen = sizeof(from);
    m->msg_flags = d->flags;
    address_messages(d->bytes, d->len, d->not_for_us);
    memcpy(m->msg_iov->iov_base, d->bytes, d->len);
    return (ssize_t)d->len;
}

static struct datagram *answers(void)
{
    assert_true(kernel.n < DATAGRAMS);
    return &kernel.datagrams[kernel.n++];
}

static void says(struct datagram *d, uint16_t type, uint16_t flags, const void *body,
                 size_t len)
{
    const struct nlmsghdr header = {.nlmsg_len = (uint32_t)(sizeof(header) + len),
                                    .nlmsg_type = type,
                                    .nlmsg_flags = (uint16_t)(NLM_F_MULTI | flags)};

    memcpy(d->bytes + d->len, &header, sizeof(header));
    if (len)
        memcpy(d->bytes + d->len + sizeof(header), body, len);
    d->len += NLMSG_ALIGN(header.nlmsg_len);
}

static void says_done(int code)
{
    says(answers(), NLMSG_DONE, 0, &code, sizeof(code));
}

static void says_socket(uint16_t port, uint16_t flags)
{
    struct inet_diag_msg m = {.idiag_family = AF_INET,
                              .idiag_state = STATE_LISTEN,
                              .id = {.idiag_sport = htons(port), .idiag_cookie = {port}}};

    says(answers(), SOCK_DIAG_BY_FAMILY, flags, &m, sizeof(m));
}

struct fixture {
    struct diag *diag;
    struct diag_question question;
    struct diag_outcome outcome;
    size_t n_messages;
    int result; /* of message() */
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof(*f));

    memset(&kernel, 0, sizeof(kernel));
    f->question = (struct diag_question){.body_bytes = 8, .dump = true};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    diag_close(f->diag);
    free(f);
    return 0;
}

static int take_message(void *ctx, const struct nlmsghdr *message)
{
    struct fixture *f = ctx;

    assert_int_equal(message->nlmsg_type, SOCK_DIAG_BY_FAMILY);
    f->n_messages++;
    return f->result;
}

static int ask(struct fixture *f)
{
    if (!f->diag && diag_open(-1, &f->diag, NULL) < 0) {
        print_message("skipped: no netlink here\n");
        skip();
    }
    f->n_messages = 0;
    f->outcome = (struct diag_outcome){0};
    return diag_ask(f->diag, &f->question, take_message, f, &f->outcome);
}

static void answer_is_read_to_its_end(void **state)
{
    struct fixture *f = *state;
    struct datagram *d = answers();

    says(d, SOCK_DIAG_BY_FAMILY, 0, "four", 4);
    says(d, SOCK_DIAG_BY_FAMILY, 0, "four", 4);
    says_socket(80, 0);
    says(answers(), NLMSG_NOOP, 0, NULL, 0);
    says_done(0);
    assert_int_equal(ask(f), 0);
    assert_int_equal(f->n_messages, 3);
    assert_int_equal(kernel.at, 4);
    assert_false(f->outcome.interrupted);
    assert_int_equal(f->outcome.malformed, 0);
}

static void exact_question_has_one_answer(void **state)
{
    struct fixture *f = *state;
    const int none = -ENOENT;

    f->question.dump = false;
    says_socket(80, 0);
    assert_int_equal(ask(f), 0);
    assert_int_equal(f->n_messages, 1);
    says(answers(), NLMSG_ERROR, 0, &none, sizeof(none));
    assert_int_equal(ask(f), -ENOENT);
    assert_int_equal(f->n_messages, 0);
}

static void failure_inside_the_end_is_one(void **state)
{
    struct fixture *f = *state;

    says_socket(80, 0);
    says_done(-ENOMEM);
    assert_int_equal(ask(f), -ENOMEM);
    assert_int_equal(f->n_messages, 1);
    /* Old kernels end without a number; one above 0 is none. */
    says(answers(), NLMSG_DONE, 0, NULL, 0);
    assert_int_equal(ask(f), 0);
    says_done(7);
    assert_int_equal(ask(f), -EBADMSG);
    says(answers(), NLMSG_ERROR, 0, "ab", 2);
    assert_int_equal(ask(f), -EBADMSG);
}

static void interruption_is_told(void **state)
{
    struct fixture *f = *state;

    says_socket(80, NLM_F_DUMP_INTR);
    says_done(0);
    assert_int_equal(ask(f), 0);
    assert_true(f->outcome.interrupted);
}

static void what_the_socket_says_is_an_error(void **state)
{
    static const struct {
        int error, expected;
    } cases[] = {{ENOBUFS, -ENOBUFS}, {EAGAIN, -ETIMEDOUT}, {EBADF, -EBADF}};
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        kernel.n = kernel.at = 0;
        memset(kernel.datagrams, 0, sizeof(kernel.datagrams));
        says_socket(80, 0);
        answers()->error = EINTR;
        answers()->error = cases[i].error;
        assert_int_equal(ask(f), cases[i].expected);
        assert_int_equal(f->n_messages, 1);
    }
}

static void cut_datagrams_and_overruns_are_errors(void **state)
{
    struct fixture *f = *state;

    says_socket(80, 0);
    kernel.datagrams[0].flags = MSG_TRUNC;
    assert_int_equal(ask(f), -EMSGSIZE);
    assert_int_equal(f->n_messages, 0);
    says(answers(), NLMSG_OVERRUN, 0, NULL, 0);
    assert_int_equal(ask(f), -ENOBUFS);
}

static void others_do_not_answer(void **state)
{
    struct fixture *f = *state;

    says_socket(80, 0);
    kernel.datagrams[0].sender = 4242;
    says_socket(81, 0);
    kernel.datagrams[1].not_for_us = true;
    says_socket(82, 0);
    says_done(0);
    assert_int_equal(ask(f), 0);
    assert_int_equal(f->n_messages, 1);
}

static void malformed_messages_are_counted(void **state)
{
    struct fixture *f = *state;

    f->result = -EBADMSG;
    says_socket(80, 0);
    says_socket(81, 0);
    kernel.datagrams[1].len -= 5; /* its length no longer fits */
    says_done(0);
    assert_int_equal(ask(f), 0);
    assert_int_equal(f->n_messages, 1);
    assert_int_equal(f->outcome.malformed, 2);
    assert_false(f->outcome.interrupted);
}

/* A socket of its own for each question would stand in the very table that is asked for. */
static void an_end_that_is_near_keeps_the_socket(void **state)
{
    struct fixture *f = *state;
    uint32_t port;

    f->result = -ECANCELED;
    says_socket(80, 0);
    says_socket(81, 0);
    says_done(0);
    assert_int_equal(ask(f), -ECANCELED);
    assert_int_equal(f->n_messages, 1);
    assert_int_equal(kernel.at, 3);
    port = kernel.port;
    f->question.dump = false;
    says_socket(80, 0);
    assert_int_equal(ask(f), -ECANCELED);
    assert_int_equal(kernel.port, port);
    f->result = 0;
    says_socket(80, 0);
    assert_int_equal(ask(f), 0);
    assert_int_equal(kernel.port, port);
}

static void an_end_that_is_far_is_not_waited_for(void **state)
{
    struct fixture *f = *state;
    uint32_t port;

    f->result = -ECANCELED;
    for (uint16_t i = 0; i < 12; i++)
        says_socket(i, 0);
    assert_int_equal(ask(f), -ECANCELED);
    assert_in_range(kernel.at, 1, 8);
    port = kernel.port;
    kernel.at = kernel.n;
    says_done(0);
    assert_int_equal(ask(f), 0);
    assert_int_not_equal(kernel.port, port);
}

static void question_carries_protocol_and_program(void **state)
{
    struct fixture *f = *state;
    const uint8_t program[6] = {1, 2, 3, 4, 5, 6};
    struct nlmsghdr header;
    struct nlattr attribute;
    uint32_t protocol;

    memset(f->question.body, 0xab, 8);
    f->question.protocol = IPPROTO_MPTCP;
    f->question.program = program;
    f->question.program_bytes = sizeof(program);
    says_done(0);
    assert_int_equal(ask(f), 0);
    memcpy(&header, kernel.question, sizeof(header));
    assert_int_equal(header.nlmsg_len, 16 + 8 + 8 + 12);
    assert_int_equal(header.nlmsg_len, kernel.question_len);
    assert_int_equal(header.nlmsg_type, SOCK_DIAG_BY_FAMILY);
    assert_int_equal(header.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
    assert_int_equal(kernel.question[16], 0xab);
    memcpy(&attribute, kernel.question + 24, sizeof(attribute));
    memcpy(&protocol, kernel.question + 28, sizeof(protocol));
    assert_int_equal(attribute.nla_type, INET_DIAG_REQ_PROTOCOL);
    assert_int_equal(attribute.nla_len, 8);
    assert_int_equal(protocol, IPPROTO_MPTCP);
    memcpy(&attribute, kernel.question + 32, sizeof(attribute));
    assert_int_equal(attribute.nla_type, INET_DIAG_REQ_BYTECODE);
    assert_int_equal(attribute.nla_len, 10);
    assert_memory_equal(kernel.question + 36, program, 6);
    f->question.program_bytes = UINT16_MAX;
    assert_int_equal(ask(f), -EMSGSIZE);
}

/* The answers of both families of TCP. */
static struct snapshot *look(struct intake *in, const struct intake_order *order)
{
    struct snapshot *s = mem_new(1, sizeof(*s));

    intake_run(in, order, s);
    return s;
}

static const struct wish tcp = {.kinds = KIND_BIT(KIND_TCP), .families = WISH_IPV4};

static void interrupted_dump_is_repeated_once(void **state)
{
    const struct intake_order order = {.wish = &tcp};
    struct intake *in = intake_new();
    struct snapshot *s;

    (void)state;
    says_socket(80, NLM_F_DUMP_INTR);
    says_socket(81, 0);
    says_done(0);
    says_socket(80, 0);
    says_done(0);
    s = look(in, &order);
    assert_int_equal(kernel.n_asked, 2);
    assert_int_equal(s->n_rows, 1);
    assert_int_equal(s->n_total, 1);
    assert_int_equal(s->n_states[STATE_LISTEN], 1);
    assert_false(s->interrupted);
    assert_int_equal(s->err.code, 0);
    snapshot_free(s);
    says_socket(80, NLM_F_DUMP_INTR);
    says_done(0);
    says_socket(80, NLM_F_DUMP_INTR);
    says_socket(81, 0);
    says_done(0);
    s = look(in, &order);
    assert_int_equal(kernel.n_asked, 4);
    assert_int_equal(s->n_rows, 2);
    assert_true(s->interrupted);
    snapshot_free(s);
    intake_free(in);
}

static void lost_answer_is_asked_for_again(void **state)
{
    const struct intake_order order = {.wish = &tcp};
    struct intake *in = intake_new();
    struct snapshot *s;

    (void)state;
    says_socket(80, 0);
    answers()->error = ENOBUFS;
    says_socket(80, 0);
    answers()->error = ENOBUFS;
    s = look(in, &order);
    assert_int_equal(s->n_rows, 1);
    assert_int_equal(s->err.code, -ENOBUFS);
    assert_string_equal(s->err.input, "tcp IPv4");
    snapshot_free(s);
    intake_free(in);
}

static bool hand_over(void *ctx)
{
    struct {
        struct intake *in;
        struct snapshot *s;
    } *listing = ctx;

    intake_empty(listing->in, listing->s);
    return true;
}

/* What was handed over cannot be taken back: its rows must not come twice. */
static void interrupted_dump_is_not_repeated_behind_a_part(void **state)
{
    struct {
        struct intake *in;
        struct snapshot *s;
    } listing = {intake_new(), mem_new(1, sizeof(struct snapshot))};
    const struct intake_order order = {
        .wish = &tcp, .part_rows = 1, .part = hand_over, .ctx = &listing};

    (void)state;
    says_socket(80, NLM_F_DUMP_INTR);
    says_done(0);
    assert_true(intake_run(listing.in, &order, listing.s));
    assert_int_equal(kernel.n_asked, 1);
    assert_int_equal(listing.s->n_total, 1);
    assert_true(listing.s->interrupted);
    snapshot_free(listing.s);
    intake_free(listing.in);
}

/* It is asked /proc/net then, and the kernel not again with every look. */
static void missing_kind_is_told_by_procfs(void **state)
{
    const struct wish udp = {.kinds = KIND_BIT(KIND_UDP) | KINDS_VSOCK};
    const struct intake_order order = {.wish = &udp};
    struct intake *in = intake_new();

    (void)state;
    says_done(-ENOENT);
    says_done(-ENOENT);
    says_done(-ENOENT);
    for (int i = 0; i < 2; i++) {
        struct snapshot *s = look(in, &order);

        assert_int_equal(kernel.n_asked, 3);
        assert_int_equal(s->from_procfs, KIND_BIT(KIND_UDP));
        assert_int_equal(s->unavailable, KINDS_VSOCK);
        assert_int_equal(s->err.code, 0);
        snapshot_free(s);
    }
    intake_free(in);
}

static void kind_without_sockets_is_not_asked_for(void **state)
{
    const struct wish two = {.kinds = KIND_BIT(KIND_RAW) | KIND_BIT(KIND_TCP),
                             .families = WISH_IPV4};
    const struct intake_order order = {.wish = &two};
    struct intake *in = intake_new();
    struct snapshot *s;

    (void)state;
    empty_kinds = KIND_BIT(KIND_RAW);
    says_socket(80, 0);
    says_done(0);
    s = look(in, &order);
    empty_kinds = 0;
    assert_int_equal(kernel.n_asked, 1);
    assert_int_equal(s->n_rows, 1);
    assert_int_equal(s->unavailable, 0);
    snapshot_free(s);
    intake_free(in);
}

/* An old kernel does not know each code of it, and not everybody may ask for marks. */
static void refused_program_is_left_out(void **state)
{
    static const int codes[] = {-EINVAL, -EPERM};
    struct wish ports = tcp;
    const struct intake_order order = {.wish = &ports, .narrow = true};

    (void)state;
    assert_int_equal(filter_parse("sport = :80", &ports.filter, NULL), 0);
    for (size_t i = 0; i < 2; i++) {
        struct intake *in = intake_new();
        struct snapshot *s;
        size_t with_program;

        memset(&kernel, 0, sizeof(kernel));
        says_socket(80, 0);
        says_done(0);
        snapshot_free(look(in, &order));
        with_program = kernel.question_len;
        says_done(codes[i]);
        says_socket(80, 0);
        says_done(0);
        s = look(in, &order);
        assert_int_equal(kernel.n_asked, 3);
        assert_true(kernel.question_len < with_program);
        assert_int_equal(s->n_rows, 1);
        assert_int_equal(s->unavailable, 0);
        assert_int_equal(s->err.code, 0);
        snapshot_free(s);
        intake_free(in);
    }
    filter_free(ports.filter);
}

/* One family that fails leaves the other. */
static void other_family_stays(void **state)
{
    const struct wish both = {.kinds = KIND_BIT(KIND_UDP)};
    const struct intake_order order = {.wish = &both};
    struct intake *in = intake_new();
    struct snapshot *s;

    (void)state;
    says_socket(80, 0);
    says_done(0);
    says_done(-ENOMEM);
    s = look(in, &order);
    assert_int_equal(s->n_rows, 1);
    assert_int_equal(s->err.code, -ENOMEM);
    assert_string_equal(s->err.input, "udp IPv6");
    assert_int_equal(s->unavailable, 0);
    snapshot_free(s);
    intake_free(in);
}

/* In one walk; by a kernel that has no such question, for each. */
static void tcp_of_both_families_is_asked_for_at_once(void **state)
{
    const struct wish both = {.kinds = KIND_BIT(KIND_TCP)};
    const struct intake_order order = {.wish = &both};
    struct intake *in = intake_new();
    struct snapshot *s;

    (void)state;
    says_socket(80, 0);
    says_done(0);
    s = look(in, &order);
    assert_int_equal(kernel.n_asked, 1);
    assert_int_equal(kernel.type, TCPDIAG_GETSOCK);
    assert_int_equal(s->n_rows, 1);
    snapshot_free(s);
    says_done(-ENOENT);
    says_socket(80, 0);
    says_done(0);
    says_socket(81, 0);
    says_done(0);
    s = look(in, &order);
    assert_int_equal(kernel.n_asked, 4);
    assert_int_equal(kernel.type, SOCK_DIAG_BY_FAMILY);
    assert_int_equal(s->n_rows, 2);
    assert_int_equal(s->unavailable, 0);
    assert_int_equal(s->err.code, 0);
    snapshot_free(s);
    intake_free(in);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answer_is_read_to_its_end),
        TEST(exact_question_has_one_answer),
        TEST(failure_inside_the_end_is_one),
        TEST(interruption_is_told),
        TEST(what_the_socket_says_is_an_error),
        TEST(cut_datagrams_and_overruns_are_errors),
        TEST(others_do_not_answer),
        TEST(malformed_messages_are_counted),
        TEST(an_end_that_is_near_keeps_the_socket),
        TEST(an_end_that_is_far_is_not_waited_for),
        TEST(question_carries_protocol_and_program),
        TEST(interrupted_dump_is_repeated_once),
        TEST(lost_answer_is_asked_for_again),
        TEST(interrupted_dump_is_not_repeated_behind_a_part),
        TEST(missing_kind_is_told_by_procfs),
        TEST(kind_without_sockets_is_not_asked_for),
        TEST(refused_program_is_left_out),
        TEST(other_family_stays),
        TEST(tcp_of_both_families_is_asked_for_at_once),
    };

    return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
