/* Servers, their models, limits and ends: the engine on loopback, plain sockets as its clients. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/addr.h"
#include "core/services/service.h"
#include "tests/unit/engine.h"

static const char *const models[] = {"", "--model threads", "--model iterative", "--workers 3"};
#define N_MODELS (sizeof(models) / sizeof(models[0]))

/* ---- clients -------------------------------------------------------------------------- */

static int tcp_socket(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {.tv_sec = PATIENCE_NS / CLOCK_SECOND_NS};

    if (fd < 0)
        abort();
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    return fd;
}

static struct sockname name_of(const struct fixture *f, uint64_t server)
{
    struct addr a;

    assert_true(endpoint_numeric(&f->servers[server].endpoint, &a));
    return sockname_from_addr(&a);
}

static int client_of(const struct sockname *at)
{
    int fd = tcp_socket();

    if (connect(fd, (const struct sockaddr *)&at->sa, at->len) < 0)
        abort();
    return fd;
}

static int client(const struct fixture *f, uint64_t server)
{
    struct sockname at = name_of(f, server);

    return client_of(&at);
}

/* Until the end of file, or until that many bytes are there. */
static size_t receive(int fd, void *bytes, size_t size)
{
    size_t got = 0;
    ssize_t n;

    while (got < size && (n = recv(fd, (char *)bytes + got, size - got, 0)) > 0)
        got += (size_t)n;
    return got;
}

static void echoes(int fd, const char *text)
{
    char got[64];

    assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
    assert_int_equal(receive(fd, got, strlen(text)), strlen(text));
    assert_memory_equal(got, text, strlen(text));
}

/* The connection ends, by FIN or RST, instead of staying silent. */
static bool ends(int fd)
{
    char byte[512];
    ssize_t n;

    while ((n = recv(fd, byte, sizeof(byte), 0)) > 0)
        continue;
    return n == 0 || errno == ECONNRESET;
}

static void reset(int fd)
{
    struct linger now = {.l_onoff = 1};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(fd);
}

static uint64_t serve_with(struct fixture *f, const char *service, const char *options)
{
    char line[200];

    snprintf(line, sizeof(line), "serve %s 127.0.0.1:0 %s", service, options);
    return serve(f, line);
}

/* Until nothing of it is left. */
static void stop(struct fixture *f, uint64_t server)
{
    char line[32];

    snprintf(line, sizeof(line), "stop %llu", (unsigned long long)server);
    assert_int_equal(say(f, line).err.code, 0);
    AWAIT(f, !f->servers[server].listening);
    /* It is released once it is told, before the next command. */
    assert_int_equal(say(f, line).err.code, -EINVAL);
}

/* ---- models --------------------------------------------------------------------------- */

#define CLIENTS 40
#define EACH_BYTES 5000

static void each_model_echoes_to_many_at_once(void **state)
{
    struct fixture *f = *state;
    static uint8_t out[EACH_BYTES], in[EACH_BYTES + 1];
    int fds[CLIENTS];

    for (size_t m = 0; m < N_MODELS; m++) {
        uint64_t server = serve_with(f, "echo", models[m]);
        const struct server_status *status = &f->servers[server];

        for (int i = 0; i < CLIENTS; i++) {
            fds[i] = client(f, server);
            memset(out, i, sizeof(out));
            assert_int_equal(send(fds[i], out, sizeof(out), 0), sizeof(out));
            shutdown(fds[i], SHUT_WR);
        }
        for (int i = 0; i < CLIENTS; i++) {
            memset(out, i, sizeof(out));
            assert_int_equal(receive(fds[i], in, sizeof(in)), sizeof(out));
            assert_memory_equal(in, out, sizeof(out));
            close(fds[i]);
        }
        AWAIT(f, status->accepted == CLIENTS && status->open_sessions == 0);
        assert_int_equal(status->received_bytes, CLIENTS * EACH_BYTES);
        assert_int_equal(status->sent_bytes, CLIENTS * EACH_BYTES);
        assert_int_equal(status->accept_errors, 0);
    }
}

static void iterative_serves_the_second_when_the_first_has_gone(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve_with(f, "echo", "--model iterative");
    int first = client(f, server), second = client(f, server);
    char got[8];

    assert_int_equal(send(second, "second", 6, 0), 6);
    for (int i = 0; i < 3; i++)
        echoes(first, "first");
    assert_int_equal(recv(second, got, sizeof(got), MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
    AWAIT(f, f->servers[server].open_sessions == 1);
    assert_int_equal(f->servers[server].accepted, 1);
    close(first);
    assert_int_equal(receive(second, got, 6), 6);
    assert_memory_equal(got, "second", 6);
    close(second);
    AWAIT(f, f->servers[server].accepted == 2 && f->servers[server].open_sessions == 0);
}

static void at_its_limit_a_server_goes_on_when_one_leaves(void **state)
{
    struct fixture *f = *state;
    const char *const limited[] = {"--max-connections 2", "--max-connections 2 --model threads",
                                   "--max-connections 2 --workers 3"};
    char got[8];

    for (size_t m = 0; m < 3; m++) {
        uint64_t server = serve_with(f, "echo", limited[m]);
        int first = client(f, server), second, third;

        echoes(first, "first");
        second = client(f, server);
        echoes(second, "second");
        third = client(f, server);
        assert_int_equal(send(third, "third", 5, 0), 5);
        echoes(second, "again");
        assert_int_equal(recv(third, got, sizeof(got), MSG_DONTWAIT), -1);
        close(first);
        assert_int_equal(receive(third, got, 5), 5);
        close(second);
        close(third);
        AWAIT(f, f->servers[server].accepted == 3 && f->servers[server].open_sessions == 0);
    }
}

struct crowd {
    struct sockname at;
    unsigned each, limit;
    atomic_uint inside, served, too_many;
};

/* A client that has had its echo is inside until it closes. */
static void *come_and_go(void *arg)
{
    struct crowd *c = arg;
    char byte;

    for (unsigned i = 0; i < c->each; i++) {
        int fd = client_of(&c->at);

        if (send(fd, "x", 1, MSG_NOSIGNAL) == 1 && recv(fd, &byte, 1, 0) == 1)
            atomic_fetch_add(&c->served, 1);
        if (atomic_fetch_add(&c->inside, 1) >= c->limit)
            atomic_fetch_add(&c->too_many, 1);
        if (send(fd, "y", 1, MSG_NOSIGNAL) != 1 || recv(fd, &byte, 1, 0) != 1)
            atomic_fetch_add(&c->too_many, 1);
        atomic_fetch_sub(&c->inside, 1);
        if (i % 3)
            close(fd);
        else
            reset(fd);
    }
    return NULL;
}

static void no_wake_up_is_lost_at_the_limit(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *options;
        unsigned limit;
    } cases[] = {{"--max-connections 4 --model threads", 4},
                 {"--max-connections 1 --model threads", 1},
                 {"--max-connections 2 --workers 4", 2},
                 {"--model iterative", 1}};
    const unsigned each = getenv("UNIT_SAMPLE") ? 5 : 50, all = 10 * each;
    static struct crowd c; /* when it fails they still use it */
    pthread_t threads[10];

    for (size_t m = 0; m < 4; m++) {
        uint64_t server = serve_with(f, "echo", cases[m].options);

        c = (struct crowd){.at = name_of(f, server), .each = each, .limit = cases[m].limit};

        for (int i = 0; i < 10; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, &c), 0);
        AWAIT(f, atomic_load(&c.served) == all);
        for (int i = 0; i < 10; i++)
            pthread_join(threads[i], NULL);
        assert_int_equal(atomic_load(&c.too_many), 0);
        AWAIT(f, f->servers[server].accepted == all && f->servers[server].open_sessions == 0);
        assert_int_equal(f->servers[server].received_bytes, 2 * all);
    }
}

static void every_worker_gets_connections(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve_with(f, "echo", "--workers 4");
    const struct ring *ring = engine_journal(f->engine);
    int listeners[4], n = 0, fds[100];
    struct call call;

    for (int i = 0; i < 100; i++) {
        fds[i] = client(f, server);
        echoes(fds[i], "x");
    }
    AWAIT(f, f->servers[server].open_sessions == 100);
    assert_int_equal(f->servers[server].accepted, 100);
    for (int i = 0; i < 100; i++)
        close(fds[i]);
    AWAIT(f, f->servers[server].open_sessions == 0);
    for (uint64_t i = ring_tail(ring); i < ring_head(ring); i++) {
        int k = 0;

        if (!ring_get(ring, i, &call, NULL, 0, NULL) || call.name != CALL_ACCEPT4 || call.error)
            continue;
        while (k < n && listeners[k] != call.fd)
            k++;
        assert_true(k < 4);
        if (k == n)
            listeners[n++] = call.fd;
    }
    assert_int_equal(n, 4);
}

static void counts_are_told_while_nothing_else_happens(void **state)
{
    struct fixture *f = *state;

    for (size_t m = 0; m < N_MODELS; m++) {
        uint64_t server = serve_with(f, "echo", models[m]);
        const struct server_status *status = &f->servers[server];
        int fd = client(f, server);

        AWAIT(f, status->open_sessions == 1);
        echoes(fd, "hello");
        AWAIT(f, status->received_bytes == 5 && status->sent_bytes == 5);
        echoes(fd, "again");
        AWAIT(f, status->received_bytes == 10 && status->sent_bytes == 10);
        close(fd);
        AWAIT(f, status->open_sessions == 0);
    }
}

static void commands_reach_the_sessions_of_other_threads(void **state)
{
    struct fixture *f = *state;
    const char *const in_threads[] = {"--model threads", "--workers 2"};
    char line[64], got[8];

    for (size_t m = 0; m < 2; m++) {
        uint64_t server = serve_with(f, "discard", in_threads[m]), id;
        int fd = client(f, server);

        AWAIT(f, accepted_by(f, server));
        id = accepted_by(f, server);
        snprintf(line, sizeof(line), "send %llu hello", (unsigned long long)id);
        assert_int_equal(say(f, line).err.code, 0);
        assert_int_equal(receive(fd, got, 5), 5);
        snprintf(line, sizeof(line), "get %llu SO_TYPE", (unsigned long long)id);
        assert_int_equal(say(f, line).err.code, 0);
        snprintf(line, sizeof(line), "close %llu", (unsigned long long)id);
        assert_int_equal(say(f, line).err.code, 0);
        assert_int_equal(recv(fd, got, 1, 0), 0);
        AWAIT(f, f->sessions[id].state == SESSION_CLOSED);
        close(fd);
        AWAIT(f, f->servers[server].open_sessions == 0);
    }
    assert_int_equal(say(f, "close 250").err.code, -EINVAL);
    assert_int_equal(say(f, "stop 250").err.code, -EINVAL);
}

/* Its open sessions, up to three of them; how many they are. */
static size_t sessions_of(const struct fixture *f, uint64_t server, uint64_t ids[3])
{
    size_t n = 0;

    for (size_t i = 0; n < 3 && i < STATUSES; i++)
        if (f->sessions[i].server_id == server && f->sessions[i].state == SESSION_OPEN)
            ids[n++] = f->sessions[i].id;
    return n;
}

static void several_sessions_of_other_threads_are_closed_at_once(void **state)
{
    struct fixture *f = *state;
    const char *const in_threads[] = {"--model threads", "--workers 2"};
    char line[96];

    for (size_t m = 0; m < 2; m++) {
        uint64_t server = serve_with(f, "discard", in_threads[m]), ids[3];
        int fds[3];

        for (int i = 0; i < 3; i++)
            fds[i] = client(f, server);
        AWAIT(f, sessions_of(f, server, ids) == 3);
        snprintf(line, sizeof(line), "close %llu 250 %llu %llu", (unsigned long long)ids[0],
                 (unsigned long long)ids[2], (unsigned long long)ids[0]);
        assert_string_equal(say(f, line).text, "2 sessions closed");
        AWAIT(f, f->sessions[ids[0]].state == SESSION_CLOSED &&
                     f->sessions[ids[2]].state == SESSION_CLOSED);
        assert_int_equal(f->sessions[ids[1]].state, SESSION_OPEN);
        snprintf(line, sizeof(line), "tag %llu mine", (unsigned long long)ids[1]);
        assert_int_equal(say(f, line).err.code, 0);
        assert_int_equal(say(f, "close tag:yours").err.code, -EINVAL);
        assert_int_equal(say(f, "close all").err.code, -EINVAL);
        assert_string_equal(say(f, "close tag:mine").text, "1 session closed");
        AWAIT(f, f->servers[server].open_sessions == 0);
        for (int i = 0; i < 3; i++) {
            assert_true(ends(fds[i]));
            close(fds[i]);
        }
        stop(f, server);
    }
}

static void options_of_a_server_with_workers_are_refused_with_the_reason(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve_with(f, "discard", "--workers 2");
    const char *const said[][2] = {{"get", "SO_RCVBUF"}, {"set", "SO_RCVBUF=5000"}};
    char line[64];

    for (size_t i = 0; i < 2; i++) {
        struct reply r;

        snprintf(line, sizeof(line), "%s %llu %s", said[i][0], (unsigned long long)server,
                 said[i][1]);
        r = say(f, line);
        assert_int_equal(r.err.code, -EOPNOTSUPP);
        assert_non_null(strstr(r.err.reason, "worker"));
        assert_non_null(strstr(r.err.hint, "--option"));
    }
}

static void a_command_for_a_session_that_just_ends_is_answered(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve_with(f, "discard", "--model threads");
    char line[64];

    for (int i = 0; i < 10; i++) {
        size_t posted = 0, before = f->n_replies;
        struct command c;
        uint64_t id;
        int fd = client(f, server);

        memset(f->sessions, 0, sizeof(f->sessions));
        AWAIT(f, accepted_by(f, server));
        id = accepted_by(f, server);
        snprintf(line, sizeof(line), "send %llu x", (unsigned long long)id);
        assert_int_equal(command_parse(line, &c, NULL), 0);
        reset(fd);
        /* Some find the session, some its end, some nothing any more. */
        while (f->sessions[id % STATUSES].state < SESSION_CLOSED) {
            for (int k = 0; k < 20; k++)
                posted += engine_post(f->engine, &c) > 0;
            pump(f);
        }
        AWAIT(f, f->n_replies == before + posted);
    }
}

/* Post it until nobody takes it any more, or so often; returns how often that was. */
static size_t post_until_refused(struct fixture *f, const struct command *c, size_t most)
{
    uint64_t give_up = clock_now_ns() + CLOCK_SECOND_NS / 2;
    size_t n = 0;

    while (n < most && clock_now_ns() < give_up) {
        if (!engine_post(f->engine, c)) {
            usleep(1000);
            continue;
        }
        give_up = clock_now_ns() + CLOCK_SECOND_NS / 2;
        if (++n % 10 == 0) /* no faster than they are carried out */
            usleep(500);
    }
    return n;
}

static void a_face_that_reads_no_replies_of_other_threads_is_refused_commands(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve_with(f, "discard", "--workers 1");
    int fd = client(f, server);
    size_t before, posted;
    struct command c;
    char line[64];

    AWAIT(f, accepted_by(f, server));
    snprintf(line, sizeof(line), "get %llu SO_TYPE",
             (unsigned long long)accepted_by(f, server));
    assert_int_equal(command_parse(line, &c, NULL), 0);
    before = f->n_replies;
    posted = post_until_refused(f, &c, 5000);
    assert_in_range(posted, 1000, 4999);
    AWAIT(f, f->n_replies == before + posted);
    assert_int_equal(say(f, line).err.code, 0);
    /* It can be stopped then, too. */
    post_until_refused(f, &c, 5000);
    close(fd);
}

/* ---- ends ----------------------------------------------------------------------------- */

static void stopping_ends_every_session_and_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    static char bytes[100000];
    int fds[20];

    for (size_t m = 0; m < N_MODELS; m++) {
        size_t before = open_descriptors(), threads = running_threads();
        uint64_t server = serve_with(f, m % 2 ? "echo" : "never-recv", models[m]);

        for (int i = 0; i < 20; i++) {
            fds[i] = client(f, server);
            send(fds[i], bytes, sizeof(bytes), MSG_DONTWAIT);
        }
        AWAIT(f, f->servers[server].accepted >= 1);
        stop(f, server);
        assert_int_equal(f->servers[server].open_sessions, 0);
        for (int i = 0; i < 20; i++) {
            assert_true(ends(fds[i]));
            close(fds[i]);
        }
        assert_int_equal(open_descriptors(), before);
        assert_int_equal(running_threads(), threads);
    }
}

static void a_stop_is_heard_over_many_commands(void **state)
{
    struct fixture *f = *state;
    char line[64];

    for (int round = 0; round < 30; round++) {
        uint64_t server = serve_with(f, "discard", "--workers 1");
        int fd = client(f, server);
        struct command c;

        memset(f->sessions, 0, sizeof(f->sessions));
        AWAIT(f, accepted_by(f, server));
        snprintf(line, sizeof(line), "send %llu x", (unsigned long long)accepted_by(f, server));
        assert_int_equal(command_parse(line, &c, NULL), 0);
        for (int i = 0; i < 200; i++)
            engine_post(f->engine, &c);
        assert_int_equal(command_parse("stop", &c, NULL), 0);
        while (!engine_post(f->engine, &c))
            pump(f);
        AWAIT(f, f->servers[server].id && !f->servers[server].listening);
        close(fd);
    }
}

static void threads_end_also_while_no_face_reads(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve_with(f, "echo", "--model threads");
    size_t before = running_threads();
    uint64_t give_up;
    char byte;

    /* More than the event queue holds. */
    for (int i = 0; i < 2000; i++) {
        int fd = client(f, server);

        assert_int_equal(send(fd, "x", 1, 0), 1);
        assert_int_equal(recv(fd, &byte, 1, 0), 1);
        reset(fd);
    }
    for (give_up = clock_now_ns() + PATIENCE_NS; clock_now_ns() < give_up; usleep(1000))
        if (running_threads() <= before + NET_BRIEF_SESSIONS)
            break;
    assert_in_range(running_threads(), before, before + NET_BRIEF_SESSIONS);
    AWAIT(f, f->servers[server].accepted == 2000 && f->servers[server].open_sessions == 0);
}

/* ---- no descriptors left -------------------------------------------------------------- */

static struct rlimit descriptors;

/* From here on no more than `left` descriptors can be made. */
static void leave_descriptors(int left)
{
    struct rlimit few;
    int fd = dup(0); /* the lowest that is free: there is no gap below */

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &descriptors), 0);
    close(fd);
    few = descriptors;
    few.rlim_cur = (rlim_t)(fd + left);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
}

static void descriptors_run_out_and_come_back(void **state)
{
    struct fixture *f = *state;
    size_t before = open_descriptors();
    struct sockname at;

    /* Valgrind accepts first, and closes what it then has no descriptor for. */
    if (getenv("UNIT_SAMPLE"))
        skip();
    for (size_t m = 0; m < N_MODELS; m++) {
        const bool iterative = strstr(models[m], "iterative") != NULL;
        const struct server_status *status;
        int old = tcp_socket(), fresh = tcp_socket();
        uint64_t server;

        /* The last server has closed its own. */
        AWAIT(f, open_descriptors() <= before + 2);
        server = serve_with(f, "echo", models[m]);
        status = &f->servers[server];
        at = name_of(f, server);
        assert_int_equal(connect(old, (struct sockaddr *)&at.sa, at.len), 0);
        echoes(old, "before");
        if (iterative) { /* it asks for the next one only when this has gone */
            reset(old);
            AWAIT(f, status->open_sessions == 0);
        }
        leave_descriptors(0);
        assert_int_equal(connect(fresh, (struct sockaddr *)&at.sa, at.len), 0);
        AWAIT(f, status->accept_errors > 0);
        assert_true(journal_has(f, CALL_ACCEPT4, EMFILE));
        if (!iterative)
            echoes(old, "meanwhile");
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &descriptors), 0);
        echoes(fresh, "afterwards");
        if (!iterative)
            close(old);
        close(fresh);
        stop(f, server);
    }
}

static void a_thread_without_descriptors_costs_its_connection_only(void **state)
{
    struct fixture *f = *state;
    size_t before = open_descriptors();

    /* The connection has one, its thread would need one or two more. */
    for (int left = 1; left <= 2; left++) {
        /* The last server has closed its own. */
        AWAIT(f, open_descriptors() <= before);
        uint64_t server = serve_with(f, "echo", "--model threads");
        struct sockname at = name_of(f, server);
        int old = client(f, server), fresh = tcp_socket(), later;

        echoes(old, "before");
        leave_descriptors(left);
        assert_int_equal(connect(fresh, (struct sockaddr *)&at.sa, at.len), 0);
        assert_true(ends(fresh));
        echoes(old, "meanwhile");
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &descriptors), 0);
        AWAIT(f, f->servers[server].accept_errors > 0);
        later = client(f, server);
        echoes(later, "afterwards");
        close(old);
        close(fresh);
        close(later);
        stop(f, server);
    }
}

/* ---- who may, and for how long -------------------------------------------------------- */

static int from_second_address(int type)
{
    struct addr a = addr_make(AF_INET, "\x7f\0\0\2", 0);
    struct sockname n = sockname_from_addr(&a);
    struct timeval patience = {.tv_sec = PATIENCE_NS / CLOCK_SECOND_NS};
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    assert_int_equal(bind(fd, (struct sockaddr *)&n.sa, n.len), 0);
    return fd;
}

static void who_is_denied_is_counted_and_not_served(void **state)
{
    struct fixture *f = *state;
    const char *const lists[] = {"--deny 127.0.0.1", "--allow 127.0.0.2/31 --deny 127.0.0.1",
                                 "--allow ::ffff:127.0.0.2/128",
                                 "--deny ::ffff:127.0.0.0/127 --allow 127.0.0.0/8"};

    for (size_t i = 0; i < 4 * N_MODELS; i++) {
        char options[128];
        uint64_t server;
        struct sockname at;
        int denied, permitted;

        snprintf(options, sizeof(options), "%s %s", lists[i / N_MODELS], models[i % N_MODELS]);
        server = serve_with(f, "echo", options);
        at = name_of(f, server);
        denied = client(f, server);
        assert_true(ends(denied));
        permitted = from_second_address(SOCK_STREAM);
        assert_int_equal(connect(permitted, (struct sockaddr *)&at.sa, at.len), 0);
        echoes(permitted, "permitted");
        AWAIT(f, f->servers[server].denied == 1 && f->servers[server].accepted == 1);
        close(denied);
        close(permitted);
    }
}

static void datagrams_are_answered_unless_denied(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve upper udp://127.0.0.1:0 --deny 127.0.0.1");
    const struct server_status *status = &f->servers[server];
    struct sockname at = name_of(f, server);
    int denied = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int permitted = from_second_address(SOCK_DGRAM);
    char got[16];

    assert_int_equal(sendto(denied, "x", 1, 0, (struct sockaddr *)&at.sa, at.len), 1);
    AWAIT(f, status->denied == 1);
    assert_int_equal(sendto(permitted, "abc", 3, 0, (struct sockaddr *)&at.sa, at.len), 3);
    assert_int_equal(recv(permitted, got, sizeof(got), 0), 3);
    assert_memory_equal(got, "ABC", 3);
    assert_int_equal(sendto(permitted, "", 0, 0, (struct sockaddr *)&at.sa, at.len), 0);
    assert_int_equal(recv(permitted, got, sizeof(got), 0), 0);
    AWAIT(f, status->datagrams == 2);
    assert_int_equal(recv(denied, got, sizeof(got), MSG_DONTWAIT), -1);
    assert_int_equal(status->received_bytes, 3);
    assert_int_equal(status->sent_bytes, 3);
    close(denied);
    close(permitted);
}

/* A connected socket takes datagrams of the address only that it is connected to. */
static void asks_and_is_answered(uint16_t port, const char *ip)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct timeval patience = {.tv_sec = 5};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    char got[16];

    inet_pton(AF_INET, ip, &to.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    assert_int_equal(send(fd, "abc", 3, 0), 3);
    assert_int_equal(recv(fd, got, sizeof(got), 0), 3);
    assert_memory_equal(got, "ABC", 3);
    assert_int_equal(send(fd, "", 0, 0), 0);
    assert_int_equal(recv(fd, got, sizeof(got), 0), 0);
    close(fd);
}

static void datagrams_are_answered_from_the_address_that_was_asked(void **state)
{
    struct fixture *f = *state;
    const char *const everywhere[] = {"0.0.0.0", "*"};
    char line[64];

    for (size_t i = 0; i < 2; i++) {
        uint64_t server;

        snprintf(line, sizeof(line), "serve upper udp://%s:0", everywhere[i]);
        server = serve(f, line);
        asks_and_is_answered(f->servers[server].endpoint.port, "127.0.0.3");
        asks_and_is_answered(f->servers[server].endpoint.port, "127.0.0.1");
        AWAIT(f, f->servers[server].datagrams == 4);
        assert_int_equal(f->servers[server].lost_datagrams, 0);
        stop(f, server);
    }
}

static void the_largest_datagram_is_echoed_whole(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo udp://127.0.0.1:0");
    struct sockname at = name_of(f, server);
    static uint8_t out[65507], in[65536];
    int fd = from_second_address(SOCK_DGRAM);

    memset(out, 'y', sizeof(out));
    assert_int_equal(sendto(fd, out, sizeof(out), 0, (struct sockaddr *)&at.sa, at.len),
                     sizeof(out));
    assert_int_equal(recv(fd, in, sizeof(in), 0), sizeof(out));
    assert_memory_equal(in, out, sizeof(out));
    close(fd);
}

/* AF_UNIX has longer ones than IP. */
static void a_datagram_that_was_cut_is_lost_and_not_answered(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo unix-dgram:@sockeye-test-cut");
    static const char name[] = "\0sockeye-test-cut", mine[] = "\0sockeye-test-me";
    struct sockaddr_un at = {.sun_family = AF_UNIX}, from = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    static char bytes[100000];

    memcpy(at.sun_path, name, sizeof(name) - 1);
    memcpy(from.sun_path, mine, sizeof(mine) - 1);
    assert_int_equal(bind(fd, (struct sockaddr *)&from,
                          offsetof(struct sockaddr_un, sun_path) + sizeof(mine) - 1),
                     0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at,
                             offsetof(struct sockaddr_un, sun_path) + sizeof(name) - 1),
                     0);
    assert_int_equal(send(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
    assert_int_equal(send(fd, "whole", 5, 0), 5);
    assert_int_equal(recv(fd, bytes, sizeof(bytes), 0), 5);
    AWAIT(f, f->servers[server].datagrams == 2 && f->servers[server].lost_datagrams == 1);
    assert_int_equal(f->servers[server].received_bytes, 5);
    close(fd);
}

static void who_is_idle_is_closed_and_who_is_not_stays(void **state)
{
    struct fixture *f = *state;

    for (size_t m = 0; m < N_MODELS; m++) {
        char options[64];
        uint64_t server, begun;
        int busy, idle;

        snprintf(options, sizeof(options), "--idle-timeout 0.5 %s", models[m]);
        server = serve_with(f, "echo", options);
        begun = clock_now_ns();
        idle = client(f, server);
        assert_true(ends(idle));
        assert_true(clock_now_ns() - begun >= CLOCK_SECOND_NS / 2);
        busy = client(f, server);
        for (int i = 0; i < 10; i++) {
            echoes(busy, "x");
            usleep(60000);
        }
        close(busy);
        close(idle);
    }
}

/* ---- paths ---------------------------------------------------------------------------- */

static char *path_in(char *folder, char line[200], const char *scheme, const char *service)
{
    static char path[100];

    snprintf(path, sizeof(path), "%s/socket", folder);
    snprintf(line, 200, "serve %s %s:%s", service, scheme, path);
    return path;
}

static bool exists(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

static void a_server_takes_its_socket_file_along(void **state)
{
    struct fixture *f = *state;
    const char *const schemes[] = {"unix", "unix-seqpacket", "unix-dgram"};
    char folder[] = "/tmp/sockeye-test.XXXXXX", line[200];

    assert_non_null(mkdtemp(folder));
    for (int i = 0; i < 3; i++) {
        char *path = path_in(folder, line, schemes[i], "echo");
        uint64_t server = serve(f, line);

        assert_true(exists(path));
        stop(f, server);
        assert_false(exists(path));
    }
    assert_int_equal(rmdir(folder), 0);
}

static void a_file_that_is_there_stays_and_is_named(void **state)
{
    struct fixture *f = *state;
    char folder[] = "/tmp/sockeye-test.XXXXXX", line[200], *path;
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    struct reply r;
    int fd;

    assert_non_null(mkdtemp(folder));
    path = path_in(folder, line, "unix", "echo");
    close(open(path, O_CREAT | O_WRONLY, 0600));
    r = say(f, line);
    assert_int_equal(r.err.code, -EADDRINUSE);
    assert_non_null(strstr(r.err.hint, "no socket"));
    assert_true(exists(path));
    unlink(path);
    /* What a server leaves that was killed. */
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    strcpy(name.sun_path, path);
    assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    close(fd);
    r = say(f, line);
    assert_int_equal(r.err.code, -EADDRINUSE);
    assert_string_equal(r.err.input, path);
    assert_non_null(strstr(r.err.hint, "rm '"));
    assert_true(exists(path));
    unlink(path);
    rmdir(folder);
}

static void who_listens_at_a_path_is_not_disturbed(void **state)
{
    struct fixture *f = *state;
    char folder[] = "/tmp/sockeye-test.XXXXXX", line[200], *path;
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct reply r;

    assert_non_null(mkdtemp(folder));
    path = path_in(folder, line, "unix", "echo");
    strcpy(name.sun_path, path);
    assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    assert_int_equal(listen(fd, 1), 0);
    r = say(f, line);
    assert_int_equal(r.err.code, -EADDRINUSE);
    assert_non_null(strstr(r.err.hint, "ss -xlp"));
    /* Nobody has connected. */
    assert_int_equal(accept(fd, NULL, NULL), -1);
    assert_int_equal(errno, EAGAIN);
    close(fd);
    unlink(path);
    rmdir(folder);
}

static void a_file_that_replaced_the_socket_stays(void **state)
{
    struct fixture *f = *state;
    char folder[] = "/tmp/sockeye-test.XXXXXX", line[200], *path;
    uint64_t server, other;

    assert_non_null(mkdtemp(folder));
    path = path_in(folder, line, "unix", "echo");
    server = serve(f, line);
    unlink(path);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    stop(f, server);
    assert_true(exists(path));
    unlink(path);
    /* Another server's socket neither. */
    server = serve(f, line);
    unlink(path);
    other = serve(f, line);
    stop(f, server);
    assert_true(exists(path));
    stop(f, other);
    assert_false(exists(path));
    rmdir(folder);
}

/* ---- services ------------------------------------------------------------------------- */

static void who_shares_a_loop_refuses_threads_in_one_line(void **state)
{
    struct fixture *f = *state;
    char line[200];
    struct reply r;
    int n = 0;

    for (size_t i = 0; service_at(i); i++) {
        if (!service_at(i)->one_loop)
            continue;
        n++;
        for (size_t m = 1; m < N_MODELS; m += 2) {
            snprintf(line, sizeof(line), "serve %s 127.0.0.1:0 %s", service_at(i)->name,
                     models[m]);
            r = say(f, line);
            assert_int_equal(r.err.code, -EINVAL);
            assert_string_equal(r.err.input, service_at(i)->name);
            assert_non_null(strstr(r.err.reason, "one thread"));
        }
    }
    assert_true(n > 0);
}

static void a_request_whose_client_has_reset_does_no_harm(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve_with(f, "message", "--model iterative");
    static const char header[] = "{\"byteorder\": \"little\", \"content-type\": \"text/json\", "
                                 "\"content-encoding\": \"utf-8\", \"content-length\": 37}";
    static const char content[] = "{\"action\": \"search\", \"value\":\"ring\"}\n";
    char request[512] = {0, (char)(sizeof(header) - 1)};
    int first = client(f, server), second = client(f, server), third;
    size_t len = 2;

    memcpy(request + len, header, sizeof(header) - 1);
    len += sizeof(header) - 1;
    memcpy(request + len, content, sizeof(content) - 1);
    len += sizeof(content) - 1;
    assert_int_equal(send(second, request, len, 0), len);
    reset(second);
    close(first);
    /* The kernel gives the request first and refuses the answer then. */
    third = client(f, server);
    assert_int_equal(send(third, request, len, 0), len);
    assert_true(receive(third, request, sizeof(request)) > 2);
    close(third);
    AWAIT(f, f->servers[server].accepted == 3 && f->servers[server].open_sessions == 0);
    assert_true(f->servers[server].messages >= 2); /* the third's request and its answer */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_model_echoes_to_many_at_once),
        TEST(iterative_serves_the_second_when_the_first_has_gone),
        TEST(at_its_limit_a_server_goes_on_when_one_leaves),
        TEST(no_wake_up_is_lost_at_the_limit),
        TEST(every_worker_gets_connections),
        TEST(counts_are_told_while_nothing_else_happens),
        TEST(commands_reach_the_sessions_of_other_threads),
        TEST(several_sessions_of_other_threads_are_closed_at_once),
        TEST(options_of_a_server_with_workers_are_refused_with_the_reason),
        TEST(a_command_for_a_session_that_just_ends_is_answered),
        TEST(a_face_that_reads_no_replies_of_other_threads_is_refused_commands),
        TEST(stopping_ends_every_session_and_leaves_nothing),
        TEST(a_stop_is_heard_over_many_commands),
        TEST(threads_end_also_while_no_face_reads),
        TEST(descriptors_run_out_and_come_back),
        TEST(a_thread_without_descriptors_costs_its_connection_only),
        TEST(who_is_denied_is_counted_and_not_served),
        TEST(datagrams_are_answered_unless_denied),
        TEST(datagrams_are_answered_from_the_address_that_was_asked),
        TEST(the_largest_datagram_is_echoed_whole),
        TEST(a_datagram_that_was_cut_is_lost_and_not_answered),
        TEST(who_is_idle_is_closed_and_who_is_not_stays),
        TEST(a_server_takes_its_socket_file_along),
        TEST(a_file_that_is_there_stays_and_is_named),
        TEST(who_listens_at_a_path_is_not_disturbed),
        TEST(a_file_that_replaced_the_socket_stays),
        TEST(who_shares_a_loop_refuses_threads_in_one_line),
        TEST(a_request_whose_client_has_reset_does_no_harm),
    };

    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
