/* How sessions are opened: several addresses, retries, the near end, the time it may take.
 *
 * Names are looked up by a getaddrinfo() of our own, so that a name has as many addresses as a test
 * needs.  They are all on the loopback interface: one that listens, one that refuses, one whose
 * accept queue is full, which does not answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/net/attempts.h"
#include "tests/unit/engine.h"

/* ---- names ---------------------------------------------------------------------------- */

#define NAME_ADDRESSES 4

/* What ends with ".test" has these; "silent.test" only while it is not silent. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t let_go;
    bool silent;
    size_t n;
    struct sockaddr_in addresses[NAME_ADDRESSES];
    unsigned asked;
} names = {.lock = PTHREAD_MUTEX_INITIALIZER, .let_go = PTHREAD_COND_INITIALIZER};

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **ret)
{
    struct addrinfo *list = NULL;

    (void)service;
    (void)hints;
    pthread_mutex_lock(&names.lock);
    names.asked++;
    while (names.silent && strcmp(node, "silent.test") == 0)
        pthread_cond_wait(&names.let_go, &names.lock);
    for (size_t i = names.n; strstr(node, ".test") && i-- > 0;) {
        struct addrinfo *one = calloc(1, sizeof(*one) + sizeof(names.addresses[i]));

        memcpy(one + 1, &names.addresses[i], sizeof(names.addresses[i]));
        one->ai_family = AF_INET;
        one->ai_addr = (struct sockaddr *)(one + 1);
        one->ai_addrlen = sizeof(names.addresses[i]);
        one->ai_next = list;
        list = one;
    }
    pthread_mutex_unlock(&names.lock);
    *ret = list;
    return list ? 0 : EAI_NONAME;
}

void freeaddrinfo(struct addrinfo *list)
{
    while (list) {
        struct addrinfo *next = list->ai_next;

        free(list);
        list = next;
    }
}

static void names_have(size_t n, const char *const ips[])
{
    pthread_mutex_lock(&names.lock);
    names.n = n;
    for (size_t i = 0; i < n; i++) {
        names.addresses[i] = (struct sockaddr_in){.sin_family = AF_INET};
        assert_int_equal(inet_pton(AF_INET, ips[i], &names.addresses[i].sin_addr), 1);
    }
    pthread_mutex_unlock(&names.lock);
}

static void set_silent(bool silent)
{
    pthread_mutex_lock(&names.lock);
    names.silent = silent;
    pthread_cond_broadcast(&names.let_go);
    pthread_mutex_unlock(&names.lock);
}

/* ---- peers ---------------------------------------------------------------------------- */

static int listen_at(const char *ip, uint16_t port, int backlog)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

    inet_pton(AF_INET, ip, &sa.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    assert_int_equal(listen(fd, backlog), 0);
    return fd;
}

static uint16_t port_of(int fd)
{
    struct sockaddr_in sa;
    socklen_t len = sizeof(sa);

    assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
    return ntohs(sa.sin_port);
}

/* A listener whose accept queue is full: SYNs are dropped (listen(2)). */
struct silent {
    int listener, fillers[2];
};

static struct silent silent_at(const char *ip, uint16_t port)
{
    struct silent s = {.listener = listen_at(ip, port, 0)};
    struct sockaddr_in sa;
    socklen_t len = sizeof(sa);

    getsockname(s.listener, (struct sockaddr *)&sa, &len);
    for (size_t i = 0; i < 2; i++) {
        s.fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        connect(s.fillers[i], (struct sockaddr *)&sa, len);
    }
    return s;
}

static void close_silent(struct silent s)
{
    for (size_t i = 0; i < 2; i++)
        close(s.fillers[i]);
    close(s.listener);
}

static uint64_t dial(struct fixture *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static uint64_t dial(struct fixture *f, const char *format, ...)
{
    char line[1000] = "connect ";
    struct reply r;
    va_list args;

    va_start(args, format);
    vsnprintf(line + strlen(line), sizeof(line) - strlen(line), format, args);
    va_end(args);
    r = say(f, line);
    assert_int_equal(r.err.code, 0);
    AWAIT(f, f->sessions[r.id % STATUSES].id == r.id);
    return r.id;
}

/* Milliseconds until the session is open, or has failed. */
static uint64_t settled_ms(struct fixture *f, uint64_t id)
{
    AWAIT(f, f->sessions[id].state >= SESSION_OPEN);
    return (f->sessions[id].changed_ns - f->sessions[id].opened_ns) / CLOCK_MS_NS;
}

struct places {
    size_t n;
    char texts[16][ADDR_TEXT_BYTES];
};

static void note_place(const struct call *call, void *owner)
{
    struct places *p = owner;

    if (p->n < 16)
        addr_format_ip(&call->addr, p->texts[p->n++]);
}

/* Where connect(2) went, in order. */
static struct places places_tried(const struct fixture *f)
{
    struct places p = {0};

    calls_made(f, CALL_CONNECT, note_place, &p);
    return p;
}

/* ---- several addresses ---------------------------------------------------------------- */

static void a_refused_address_is_followed_by_the_next_at_once(void **state)
{
    struct fixture *f = *state;
    int listener = listen_at("127.0.0.4", 0, 5);
    uint64_t id;
    struct places p;

    names_have(3, (const char *const[]){"127.0.0.2", "127.0.0.3", "127.0.0.4"});
    id = dial(f, "many.test:%u", port_of(listener));
    assert_in_range(settled_ms(f, id), 0, 200);
    assert_int_equal(f->sessions[id].state, SESSION_OPEN);
    p = places_tried(f);
    assert_int_equal(p.n, 3);
    assert_string_equal(p.texts[0], "127.0.0.2");
    assert_string_equal(p.texts[1], "127.0.0.3");
    assert_string_equal(p.texts[2], "127.0.0.4");
    assert_int_equal(f->sessions[id].peer.ip[3], 4);
    close(listener);
}

static void a_silent_address_gets_company_and_loses(void **state)
{
    struct fixture *f = *state;
    size_t before = open_descriptors();
    int listener = listen_at("127.0.0.3", 0, 5);
    struct silent silent = silent_at("127.0.0.2", port_of(listener));
    uint64_t id;
    struct places p;

    names_have(3, (const char *const[]){"127.0.0.2", "127.0.0.3", "127.0.0.4"});
    id = dial(f, "many.test:%u", port_of(listener));
    /* RFC 8305, 5: 250 ms; the third is not needed. */
    assert_in_range(settled_ms(f, id), 250, 8000);
    assert_int_equal(f->sessions[id].state, SESSION_OPEN);
    assert_int_equal(f->sessions[id].peer.ip[3], 3);
    assert_int_equal(f->sessions[id].local.ip[0], 127);
    p = places_tried(f);
    assert_int_equal(p.n, 2);
    assert_string_equal(p.texts[0], "127.0.0.2");
    assert_string_equal(p.texts[1], "127.0.0.3");
    /* The loser's socket is closed, the winner's is the only one left. */
    assert_int_equal(calls_made(f, CALL_CLOSE, NULL, NULL), 1);
    say(f, "close");
    AWAIT(f, f->sessions[id].state == SESSION_CLOSED);
    close_silent(silent);
    close(listener);
    AWAIT(f, open_descriptors() <= before);
}

static void a_refusal_does_not_wait_for_the_silent_one(void **state)
{
    struct fixture *f = *state;
    int listener = listen_at("127.0.0.4", 0, 5);
    struct silent silent = silent_at("127.0.0.2", port_of(listener));
    uint64_t id;

    names_have(3, (const char *const[]){"127.0.0.2", "127.0.0.3", "127.0.0.4"});
    id = dial(f, "many.test:%u", port_of(listener));
    assert_in_range(settled_ms(f, id), 250, 480);
    assert_int_equal(f->sessions[id].peer.ip[3], 4);
    assert_true(was_noted(f, id, "127.0.0.3"));
    close_silent(silent);
    close(listener);
}

static void when_all_refuse_the_last_is_told(void **state)
{
    struct fixture *f = *state;
    int free_port = listen_at("127.0.0.9", 0, 5);
    uint64_t id;

    names_have(3, (const char *const[]){"127.0.0.2", "127.0.0.3", "127.0.0.4"});
    id = dial(f, "many.test:%u", port_of(free_port));
    settled_ms(f, id);
    assert_int_equal(f->sessions[id].state, SESSION_FAILED);
    assert_int_equal(f->sessions[id].err.code, -ECONNREFUSED);
    assert_string_equal(f->sessions[id].err.operation, "connect");
    assert_non_null(strstr(f->sessions[id].err.input, "127.0.0.4:"));
    assert_int_equal(f->sessions[id].peer.ip[3], 4);
    assert_int_equal(calls_made(f, CALL_CLOSE, NULL, NULL), 3);
    close(free_port);
}

static void who_is_closed_while_several_try_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    size_t before = open_descriptors();
    struct silent first = silent_at("127.0.0.2", 0);
    struct silent second = silent_at("127.0.0.3", port_of(first.listener));
    uint64_t id;

    names_have(2, (const char *const[]){"127.0.0.2", "127.0.0.3"});
    id = dial(f, "many.test:%u", port_of(first.listener));
    AWAIT(f, calls_made(f, CALL_CONNECT, NULL, NULL) == 2);
    say(f, "close");
    AWAIT(f, f->sessions[id].state == SESSION_CLOSED);
    close_silent(first);
    close_silent(second);
    AWAIT(f, open_descriptors() <= before);
}

static void several_silent_ones_end_together_in_time(void **state)
{
    struct fixture *f = *state;
    size_t before = open_descriptors();
    struct silent first = silent_at("127.0.0.2", 0);
    struct silent second = silent_at("127.0.0.3", port_of(first.listener));
    uint64_t id;

    names_have(2, (const char *const[]){"127.0.0.2", "127.0.0.3"});
    id = dial(f, "--timeout 0.4 many.test:%u", port_of(first.listener));
    assert_in_range(settled_ms(f, id), 400, 8000);
    assert_int_equal(f->sessions[id].err.code, -ETIMEDOUT);
    assert_string_equal(f->sessions[id].err.operation, "connect");
    assert_non_null(strstr(f->sessions[id].err.reason, "400 ms"));
    close_silent(first);
    close_silent(second);
    AWAIT(f, open_descriptors() <= before);
}

/* ---- again and again ------------------------------------------------------------------ */

static void a_failed_try_is_repeated_so_often(void **state)
{
    struct fixture *f = *state;
    int free_port = listen_at("127.0.0.9", 0, 5);
    uint64_t id = dial(f, "--retries 3 --retry-delay 0.05 127.0.0.2:%u", port_of(free_port));

    assert_in_range(settled_ms(f, id), 150, 8000);
    assert_int_equal(f->sessions[id].state, SESSION_FAILED);
    assert_int_equal(f->sessions[id].err.code, -ECONNREFUSED);
    assert_int_equal(places_tried(f).n, 4);
    assert_true(was_noted(f, id, "trying again in 50 ms"));
    close(free_port);
}

static void between_two_tries_is_a_second(void **state)
{
    struct fixture *f = *state;
    int free_port = listen_at("127.0.0.9", 0, 5);
    uint64_t id = dial(f, "--retries 1 127.0.0.2:%u", port_of(free_port));

    assert_in_range(settled_ms(f, id), 1000, 9000);
    close(free_port);
}

static void a_later_try_succeeds_and_what_was_said_is_sent(void **state)
{
    struct fixture *f = *state;
    int reserved = listen_at("127.0.0.2", 0, 5), listener, peer;
    uint16_t port = port_of(reserved);
    uint64_t id;
    char got[8];

    close(reserved);
    id = dial(f, "--retries 1000 --retry-delay 0.02 127.0.0.2:%u", port);
    assert_int_equal(say(f, "send early").err.code, 0);
    AWAIT(f, calls_made(f, CALL_CONNECT, NULL, NULL) >= 2);
    listener = listen_at("127.0.0.2", port, 5);
    AWAIT(f, f->sessions[id].state == SESSION_OPEN);
    peer = accept(listener, NULL, NULL);
    assert_int_equal(recv(peer, got, sizeof(got), MSG_WAITALL & 0), 5);
    assert_memory_equal(got, "early", 5);
    /* The phases are those of the try that succeeded. */
    assert_true(f->sessions[id].phases.begun <= f->sessions[id].phases.resolved);
    assert_true(f->sessions[id].phases.resolved <= f->sessions[id].phases.connected);
    assert_true(f->sessions[id].phases.begun > f->sessions[id].opened_ns);
    close(peer);
    close(listener);
}

static void who_is_closed_between_two_tries_stays_closed(void **state)
{
    struct fixture *f = *state;
    int free_port = listen_at("127.0.0.9", 0, 5);
    uint64_t id = dial(f, "--retries 5 --retry-delay 60 127.0.0.2:%u", port_of(free_port));

    AWAIT(f, was_noted(f, id, "trying again"));
    assert_int_equal(say(f, "blocking on").err.code, -ENOTCONN);
    assert_int_equal(say(f, "get SO_RCVBUF").err.code, -ENOTCONN);
    say(f, "close");
    AWAIT(f, f->sessions[id].state == SESSION_CLOSED);
    assert_int_equal(places_tried(f).n, 1);
    close(free_port);
}

static void a_proxy_that_cannot_be_used_is_never_gone_without(void **state)
{
    struct fixture *f = *state;
    int listener = listen_at("127.0.0.2", 0, 5);
    uint64_t id;

    setenv("all_proxy", "gopher://x", 1);
    id = dial(f, "--retries 3 --retry-delay 0.01 127.0.0.2:%u", port_of(listener));
    settled_ms(f, id);
    unsetenv("all_proxy");
    assert_int_equal(f->sessions[id].state, SESSION_FAILED);
    assert_int_equal(f->sessions[id].err.code, -EINVAL);
    assert_int_equal(places_tried(f).n, 0);
    close(listener);
}

/* ---- the near end --------------------------------------------------------------------- */

static void the_peer_sees_the_source_that_was_asked_for(void **state)
{
    struct fixture *f = *state;
    int listener = listen_at("127.0.0.2", 0, 5), reserved = listen_at("127.0.0.7", 0, 5), peer;
    uint16_t port = port_of(reserved);
    struct sockaddr_in sa;
    socklen_t len = sizeof(sa);
    uint64_t id;

    close(reserved);
    id = dial(f, "--source 127.0.0.7:%u 127.0.0.2:%u", port, port_of(listener));
    settled_ms(f, id);
    assert_int_equal(f->sessions[id].state, SESSION_OPEN);
    peer = accept(listener, (struct sockaddr *)&sa, &len);
    assert_int_equal(ntohl(sa.sin_addr.s_addr), 0x7f000007);
    assert_int_equal(ntohs(sa.sin_port), port);
    assert_int_equal(f->sessions[id].local.port, port);
    close(peer);
    /* Only an address, only a port. */
    settled_ms(f, dial(f, "--source 127.0.0.8 127.0.0.2:%u", port_of(listener)));
    peer = accept(listener, (struct sockaddr *)&sa, &len);
    assert_int_equal(ntohl(sa.sin_addr.s_addr), 0x7f000008);
    close(peer);
    close(listener);
}

static void only_a_port_will_do_for_either_family(void **state)
{
    struct fixture *f = *state;
    int reserved = listen_at("127.0.0.7", 0, 5), listener = listen_at("127.0.0.2", 0, 5), peer;
    uint16_t port = port_of(reserved);
    struct sockaddr_in sa;
    socklen_t len = sizeof(sa);

    close(reserved);
    settled_ms(f, dial(f, "--source :%u 127.0.0.2:%u", port, port_of(listener)));
    peer = accept(listener, (struct sockaddr *)&sa, &len);
    assert_int_equal(ntohs(sa.sin_port), port);
    close(peer);
    close(listener);
}

static void a_source_of_the_other_family_is_named(void **state)
{
    struct fixture *f = *state;
    int listener = listen_at("127.0.0.2", 0, 5);
    uint64_t id = dial(f, "--source [::1] 127.0.0.2:%u", port_of(listener));

    settled_ms(f, id);
    assert_int_equal(f->sessions[id].state, SESSION_FAILED);
    assert_int_equal(f->sessions[id].err.code, -EAFNOSUPPORT);
    assert_non_null(strstr(f->sessions[id].err.input, "::1"));
    assert_non_null(strstr(f->sessions[id].err.reason, "IPv6"));
    close(listener);
}

static void a_port_in_use_is_named(void **state)
{
    struct fixture *f = *state;
    int listener = listen_at("127.0.0.2", 0, 5), taken = listen_at("127.0.0.7", 0, 5);
    char wanted[40];
    uint64_t id =
        dial(f, "--source 127.0.0.7:%u 127.0.0.2:%u", port_of(taken), port_of(listener));

    settled_ms(f, id);
    assert_int_equal(f->sessions[id].err.code, -EADDRINUSE);
    assert_string_equal(f->sessions[id].err.operation, "bind");
    snprintf(wanted, sizeof(wanted), "127.0.0.7:%u", port_of(taken));
    assert_string_equal(f->sessions[id].err.input, wanted);
    close(taken);
    close(listener);
}

/* ---- time ----------------------------------------------------------------------------- */

static void a_name_that_is_never_answered_times_out(void **state)
{
    struct fixture *f = *state;
    uint64_t id;

    set_silent(true);
    id = dial(f, "--timeout 0.1 silent.test:80");
    assert_in_range(settled_ms(f, id), 100, 8000);
    assert_int_equal(f->sessions[id].err.code, -ETIMEDOUT);
    assert_string_equal(f->sessions[id].err.operation, "resolve");
    assert_non_null(strstr(f->sessions[id].err.input, "silent.test"));
    /* It is the proxy's name that is looked up, not the far end's. */
    id = dial(f, "--timeout 0.1 --proxy socks5://silent.test:1 far.test:80");
    settled_ms(f, id);
    assert_string_equal(f->sessions[id].err.operation, "resolve");
    assert_non_null(strstr(f->sessions[id].err.input, "silent.test"));
    set_silent(false);
}

static void a_later_try_names_what_it_waits_for(void **state)
{
    struct fixture *f = *state;
    int free_port = listen_at("127.0.0.9", 0, 5);
    uint64_t id;

    names_have(1, (const char *const[]){"127.0.0.2"});
    id = dial(f, "--timeout 0.2 --retries 1 --retry-delay 0.2 silent.test:%u",
              port_of(free_port));
    /* The name is answered once, and then no more. */
    AWAIT(f, was_noted(f, id, "trying again"));
    set_silent(true);
    settled_ms(f, id);
    assert_int_equal(f->sessions[id].err.code, -ETIMEDOUT);
    assert_string_equal(f->sessions[id].err.operation, "resolve");
    assert_non_null(strstr(f->sessions[id].err.input, "silent.test"));
    assert_int_equal(f->sessions[id].phases.resolved, 0);
    set_silent(false);
    close(free_port);
}

static void a_proxy_that_never_answers_is_named(void **state)
{
    struct fixture *f = *state;
    size_t before = open_descriptors();
    int listener = listen_at("127.0.0.2", 0, 5);
    uint64_t id;

    for (int i = 0; i < 2; i++) {
        id = dial(f, "--timeout 0.1 --proxy %s://127.0.0.2:%u far.test:80",
                  i ? "http" : "socks5", port_of(listener));
        assert_in_range(settled_ms(f, id), 100, 8000);
        assert_int_equal(f->sessions[id].err.code, -ETIMEDOUT);
        assert_string_equal(f->sessions[id].err.operation, "proxy");
        assert_non_null(strstr(f->sessions[id].err.input, "127.0.0.2"));
    }
    close(listener);
    AWAIT(f, open_descriptors() <= before);
}

static void a_proxy_that_refuses_is_tried_again(void **state)
{
    struct fixture *f = *state;
    int listener = listen_at("127.0.0.2", 0, 5), peer;
    uint64_t id = dial(f, "--retries 1 --retry-delay 0.02 --proxy socks5://127.0.0.2:%u far:80",
                       port_of(listener));
    char got[64];

    peer = accept(listener, NULL, NULL);
    assert_int_equal(recv(peer, got, 3, MSG_WAITALL), 3);
    send(peer, "\5\xff", 2, 0);
    assert_int_equal(recv(peer, got, 1, 0), 0);
    close(peer);
    peer = accept(listener, NULL, NULL);
    assert_int_equal(recv(peer, got, 3, MSG_WAITALL), 3);
    send(peer, "\5\0\5\0\0\1\0\0\0\0\0\0first", 17, 0);
    AWAIT(f, f->sessions[id].received_bytes == 5);
    assert_int_equal(f->sessions[id].state, SESSION_OPEN);
    assert_true(f->sessions[id].phases.connected <= f->sessions[id].phases.proxied);
    close(peer);
    close(listener);
}

static void between_two_tries_nothing_of_the_last_is_shown(void **state)
{
    struct fixture *f = *state;
    int listener = listen_at("127.0.0.2", 0, 5), peer;
    uint64_t id = dial(f, "--retries 1 --retry-delay 60 --proxy socks5://127.0.0.2:%u far:80",
                       port_of(listener));
    const struct session_status *s = &f->sessions[id];

    peer = accept(listener, NULL, NULL);
    AWAIT(f, s->state == SESSION_NEGOTIATING && s->cookie);
    assert_int_equal(s->peer.family, AF_INET);
    send(peer, "\5\xff", 2, 0);
    AWAIT(f, was_noted(f, id, "trying again"));
    AWAIT(f, s->state == SESSION_RESOLVING);
    assert_int_equal(s->peer.family, AF_UNSPEC);
    assert_int_equal(s->local.family, AF_UNSPEC);
    assert_int_equal(s->cookie, 0);
    assert_int_equal(s->phases.connected, 0);
    close(peer);
    close(listener);
}

static void an_idle_session_is_closed_and_a_busy_one_is_not(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo 127.0.0.1:0"), id;
    uint64_t begun;

    id = dial(f, "--idle-timeout 0.3 127.0.0.1:%u", f->servers[server].endpoint.port);
    settled_ms(f, id);
    begun = clock_now_ns();
    while (clock_now_ns() < begun + 600 * CLOCK_MS_NS) {
        pump(f);
        assert_int_equal(f->sessions[id].state, SESSION_OPEN);
        say(f, "send x");
    }
    AWAIT(f, f->sessions[id].state == SESSION_CLOSED);
    assert_true(clock_now_ns() - begun >= 900 * CLOCK_MS_NS);
    assert_true(was_noted(f, id, "nothing came or went for 300 ms"));
}

/* ---- datagrams and paths -------------------------------------------------------------- */

static void an_empty_datagram_waits_like_any_other(void **state)
{
    struct fixture *f = *state;
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    int peer = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct command empty = command_default(VERB_SEND);
    socklen_t len =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
                    (size_t)snprintf(sa.sun_path + 1, 60, "sockeye-dial-%d", getpid()));
    int sent = 0, got = 0, empties = 0;
    uint64_t id;
    char bytes[16];

    assert_int_equal(bind(peer, (struct sockaddr *)&sa, len), 0);
    id = dial(f, "unix-dgram:@sockeye-dial-%d", getpid());
    settled_ms(f, id);
    /* Until the peer's queue is full. */
    while (f->sessions[id].queued_bytes == 0 && sent < 5000) {
        assert_int_equal(say(f, "send x").err.code, 0);
        sent++;
        pump(f);
    }
    command(f, &empty);
    say(f, "send last");
    while (got < sent + 2) {
        ssize_t n = recv(peer, bytes, sizeof(bytes), 0);

        assert_true(n >= 0);
        empties += n == 0;
        got++;
        if (n == 4)
            break;
    }
    assert_int_equal(got, sent + 2);
    assert_int_equal(empties, 1);
    close(peer);
}

static void an_unconnected_session_knows_its_port_and_shows_the_sender(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo udp://127.0.0.1:0"), id;

    id = dial(f, "--unconnected udp://127.0.0.1:%u", f->servers[server].endpoint.port);
    settled_ms(f, id);
    assert_int_equal(f->sessions[id].state, SESSION_OPEN);
    assert_int_not_equal(f->sessions[id].local.port, 0);
    say(f, "send hello");
    AWAIT(f, f->sessions[id].received_bytes == 5);
    assert_true(was_noted(f, id, "from 127.0.0.1:"));
    assert_int_equal(places_tried(f).n, 0);
}

static void a_broadcast_without_leave_names_the_option(void **state)
{
    struct fixture *f = *state;
    uint64_t id = dial(f, "udp://127.255.255.255:9");

    settled_ms(f, id);
    assert_int_equal(f->sessions[id].state, SESSION_FAILED);
    assert_int_equal(f->sessions[id].err.code, -EACCES);
    assert_non_null(strstr(f->sessions[id].err.hint, "--broadcast"));
    id = dial(f, "--unconnected udp://127.255.255.255:9");
    settled_ms(f, id);
    assert_int_equal(f->sessions[id].state, SESSION_OPEN);
    say(f, "send x");
    AWAIT(f, was_noted(f, id, "--broadcast"));
    /* It was about one datagram. */
    assert_int_equal(f->sessions[id].state, SESSION_OPEN);
    assert_int_equal(say(f, "set SO_BROADCAST=on").err.code, 0);
    say(f, "send x");
    AWAIT(f, f->sessions[id].sent_bytes == 1);
}

static void a_group_can_be_left_again(void **state)
{
    struct fixture *f = *state;
    uint64_t id = dial(f, "--join 239.1.2.3%%lo --source :0 udp://127.0.0.1:9");

    settled_ms(f, id);
    assert_int_equal(f->sessions[id].state, SESSION_OPEN);
    assert_int_equal(say(f, "set IP_DROP_MEMBERSHIP=239.1.2.3%lo").err.code, 0);
    /* It is a member no more. */
    assert_int_equal(say(f, "set IP_DROP_MEMBERSHIP=239.1.2.3%lo").err.code, -EADDRNOTAVAIL);
    assert_int_equal(say(f, "set IP_ADD_MEMBERSHIP=239.1.2.3%lo").err.code, 0);
    assert_int_equal(say(f, "set IP_ADD_MEMBERSHIP=239.1.2.3%lo").err.code, -EADDRINUSE);
}

static void a_full_accept_queue_of_a_path_is_named(void **state)
{
    struct fixture *f = *state;
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t len =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
                    (size_t)snprintf(sa.sun_path + 1, 60, "sockeye-full-%d", getpid()));
    uint64_t id = 0;

    assert_int_equal(bind(listener, (struct sockaddr *)&sa, len), 0);
    assert_int_equal(listen(listener, 0), 0);
    for (int i = 0; i < 4; i++) {
        id = dial(f, "unix:@sockeye-full-%d", getpid());
        settled_ms(f, id);
    }
    assert_int_equal(f->sessions[id].err.code, -EAGAIN);
    assert_non_null(strstr(f->sessions[id].err.reason, "accept queue"));
    close(listener);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_refused_address_is_followed_by_the_next_at_once),
        TEST(a_silent_address_gets_company_and_loses),
        TEST(a_refusal_does_not_wait_for_the_silent_one),
        TEST(when_all_refuse_the_last_is_told),
        TEST(who_is_closed_while_several_try_leaves_nothing),
        TEST(several_silent_ones_end_together_in_time),
        TEST(a_failed_try_is_repeated_so_often),
        TEST(between_two_tries_is_a_second),
        TEST(a_later_try_succeeds_and_what_was_said_is_sent),
        TEST(who_is_closed_between_two_tries_stays_closed),
        TEST(a_proxy_that_cannot_be_used_is_never_gone_without),
        TEST(the_peer_sees_the_source_that_was_asked_for),
        TEST(only_a_port_will_do_for_either_family),
        TEST(a_source_of_the_other_family_is_named),
        TEST(a_port_in_use_is_named),
        TEST(a_name_that_is_never_answered_times_out),
        TEST(a_later_try_names_what_it_waits_for),
        TEST(a_proxy_that_never_answers_is_named),
        TEST(a_proxy_that_refuses_is_tried_again),
        TEST(between_two_tries_nothing_of_the_last_is_shown),
        TEST(an_idle_session_is_closed_and_a_busy_one_is_not),
        TEST(an_empty_datagram_waits_like_any_other),
        TEST(an_unconnected_session_knows_its_port_and_shows_the_sender),
        TEST(a_broadcast_without_leave_names_the_option),
        TEST(a_group_can_be_left_again),
        TEST(a_full_accept_queue_of_a_path_is_named),
    };

    return cmocka_run_group_tests_name("dial", tests, NULL, NULL);
}
