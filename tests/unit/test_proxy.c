/* Which proxy, and what is said to it: every answer in every way it may be parted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/model/journal.h"
#include "core/net/proxy.h"
#include "core/net/session_internal.h"

/* ---- URLs ----------------------------------------------------------------------------- */

static void an_url_names_kind_place_and_credentials(void **state)
{
    static const struct {
        const char *url, *text, *user, *password; /* user NULL: no credentials */
    } cases[] = {
        {"socks5://127.0.0.1:1080", "socks5://127.0.0.1:1080", NULL, NULL},
        {"socks5h://proxy", "socks5://proxy:1080", NULL, NULL},
        {"SOCKS5://proxy/", "socks5://proxy:1080", NULL, NULL},
        {"http://proxy", "http://proxy:80", NULL, NULL},
        {"HTTP://proxy:3128/path?query#part", "http://proxy:3128", NULL, NULL},
        {"http://proxy:3128/a@b:1", "http://proxy:3128", NULL, NULL},
        {"http://proxy?a@b", "http://proxy:80", NULL, NULL},
        {"socks5://[::1]", "socks5://[::1]:1080", NULL, NULL},
        {"socks5://[fe80::1%eth0]:9", "socks5://[fe80::1%eth0]:9", NULL, NULL},
        {"socks5://user:secret@proxy:1", "socks5://proxy:1", "user", "secret"},
        {"socks5://user@proxy:1", "socks5://proxy:1", "user", ""},
        {"socks5://user:@proxy:1", "socks5://proxy:1", "user", ""},
        {"socks5://:secret@proxy:1", "socks5://proxy:1", "", "secret"},
        {"http://a%40b:c%3Ad%2f%25@proxy:1", "http://proxy:1", "a@b", "c:d/%"},
        {"http://us:er:x@proxy:1", "http://proxy:1", "us", "er:x"},
        {"http://a@b:c@proxy:1", "http://proxy:1", "a@b", "c"},
        /* As curl(1) reads it. */
        {"proxy:3128", "http://proxy:3128", NULL, NULL},
        {"proxy", "http://proxy:80", NULL, NULL},
        {"me:it@proxy:3128/", "http://proxy:3128", "me", "it"},
    };
    char text[ENDPOINT_TEXT_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct proxy p;
        struct err err = {0};

        if (proxy_parse(cases[i].url, &p, &err) < 0)
            fail_msg("%s: %s", cases[i].url, err.reason);
        assert_string_equal(proxy_format(&p, text), cases[i].text);
        assert_int_equal(p.has_credentials, cases[i].user != NULL);
        assert_string_equal(p.user, cases[i].user ? cases[i].user : "");
        assert_string_equal(p.password, cases[i].password ? cases[i].password : "");
        assert_string_equal(p.variable, "");
    }
}

static void a_bad_url_is_refused_and_its_password_not_repeated(void **state)
{
    static const struct {
        const char *url, *reason;
    } cases[] = {
        {"", "is empty"},
        {"ftp://user:secret@proxy", "socks5:// or http://"},
        {"https://proxy:443", "socks5:// or http://"},
        {"socks4://user:secret@proxy:1", "socks5:// or http://"},
        {"socks5://", "host"},
        {"socks5://user:secret@", "host"},
        {"socks5://:1080", "host"},
        {"socks5://*:1080", "host"},
        {"socks5://proxy:", "port"},
        {"socks5://user:secret@proxy:99999", "99999"},
        {"socks5://user:secret@[::1", "bracket"},
        {"socks5://user:secret@::1:1080", "bracket"},
        {"socks5://%:secret@proxy", "%XX"},
        {"socks5://user:secret%4@proxy", "%XX"},
        {"socks5://user:secret%+1@proxy", "%XX"},
        {"socks5://user:secret% 1@proxy", "%XX"},
        {"socks5://user:secret%0x@proxy", "%XX"},
        {"socks5://user:secret%00@proxy", "%XX"},
    };
    char line[ERR_TEXT_BYTES * 4];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct proxy p = {.kind = PROXY_HTTP};
        struct err err = {0};

        if (proxy_parse(cases[i].url, &p, &err) != -EINVAL)
            fail_msg("'%s' was taken", cases[i].url);
        assert_int_equal(p.kind, PROXY_HTTP);
        err_format(&err, line, sizeof(line));
        if (!strstr(err.reason, cases[i].reason))
            fail_msg("'%s': %s", cases[i].url, line);
        assert_null(strstr(line, "secret"));
    }
}

static void credentials_have_their_bounds(void **state)
{
    char url[COMMAND_PROXY_BYTES + 20], user[PROXY_CREDENTIAL_BYTES + 2];
    struct proxy p;
    struct err err = {0};

    (void)state;
    memset(user, 'u', sizeof(user));
    user[PROXY_CREDENTIAL_BYTES] = '\0';
    snprintf(url, sizeof(url), "http://%s:p@h:1", user);
    assert_int_equal(proxy_parse(url, &p, &err), 0);
    assert_string_equal(p.user, user);
    snprintf(url, sizeof(url), "http://%su:p@h:1", user);
    assert_int_equal(proxy_parse(url, &p, &err), -EINVAL);
    assert_non_null(strstr(err.reason, "255"));
    snprintf(url, sizeof(url), "http://h:p%su@h:1", user);
    assert_int_equal(proxy_parse(url, &p, &err), -EINVAL);
    memset(url, 'h', sizeof(url));
    url[COMMAND_PROXY_BYTES + 1] = '\0';
    assert_int_equal(proxy_parse(url, &p, &err), -EINVAL);
    memcpy(url, "http://", 7);
    assert_int_equal(proxy_parse(url, &p, &err), -EINVAL);
    url[COMMAND_PROXY_BYTES] = '\0';
    assert_int_equal(proxy_parse(url, &p, &err), -EINVAL);
}

/* ---- the environment ------------------------------------------------------------------ */

static int forget_environment(void **state)
{
    static const char *const names[] = {"all_proxy",   "ALL_PROXY", "https_proxy",
                                        "HTTPS_PROXY", "no_proxy",  "NO_PROXY"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unsetenv(names[i]);
    return 0;
}

/* The proxy for an endpoint as text and where it comes from: "socks5://h:1 all_proxy". */
static const char *chosen(const char *endpoint, const char *url, bool direct)
{
    static char text[ENDPOINT_TEXT_BYTES + 20];
    struct endpoint e;
    struct proxy p;
    struct err err = {0};
    int r;

    assert_int_equal(endpoint_parse(endpoint, &e, NULL), 0);
    r = proxy_choose(&e, url, direct, &p, &err);
    if (r < 0)
        return err_name(r);
    if (p.kind == PROXY_NONE)
        return "";
    proxy_format(&p, text);
    snprintf(text + strlen(text), 20, " %s", p.variable);
    return text;
}

static void the_environment_is_asked_when_nobody_says_else(void **state)
{
    (void)state;
    assert_string_equal(chosen("tcp://far:1", "", false), "");
    setenv("ALL_PROXY", "socks5://upper:1", 1);
    assert_string_equal(chosen("tcp://far:1", "", false), "socks5://upper:1 ALL_PROXY");
    assert_string_equal(chosen("tls://far:1", "", false), "socks5://upper:1 ALL_PROXY");
    setenv("all_proxy", "socks5://lower:1", 1);
    assert_string_equal(chosen("tcp://far:1", "", false), "socks5://lower:1 all_proxy");
    setenv("all_proxy", "", 1);
    assert_string_equal(chosen("tcp://far:1", "", false), "socks5://upper:1 ALL_PROXY");
    setenv("HTTPS_PROXY", "http://secure:1", 1);
    assert_string_equal(chosen("tls://far:1", "", false), "http://secure:1 HTTPS_PROXY");
    assert_string_equal(chosen("tcp://far:1", "", false), "socks5://upper:1 ALL_PROXY");
    setenv("https_proxy", "http://lower:1", 1);
    assert_string_equal(chosen("tls://far:1", "", false), "http://lower:1 https_proxy");
    /* What was asked for is stronger, and so is that none was. */
    assert_string_equal(chosen("tcp://far:1", "http://asked:1", false), "http://asked:1 ");
    assert_string_equal(chosen("tcp://far:1", "", true), "");
    /* These cannot go through one. */
    assert_string_equal(chosen("udp://far:1", "", false), "");
    assert_string_equal(chosen("unix:/path", "", false), "");
    assert_string_equal(chosen("udp://far:1", "http://asked:1", false), "EOPNOTSUPP");
    assert_string_equal(chosen("unix:/path", "http://asked:1", false), "EOPNOTSUPP");
    /* This host itself has no name that a proxy could look up. */
    assert_string_equal(chosen("tcp://*:1", "", false), "");
    assert_string_equal(chosen("tcp://*:1", "http://asked:1", false), "EINVAL");
}

static void a_bad_variable_is_named_and_never_ignored(void **state)
{
    struct endpoint e;
    struct proxy p;
    struct err err = {0};

    (void)state;
    setenv("ALL_PROXY", "gopher://user:secret@upper:1", 1);
    assert_int_equal(endpoint_parse("tcp://far:1", &e, NULL), 0);
    assert_int_equal(proxy_choose(&e, "", false, &p, &err), -EINVAL);
    assert_non_null(strstr(err.hint, "ALL_PROXY"));
    assert_null(strstr(err.input, "secret"));
}

static void no_proxy_lists_exceptions(void **state)
{
    static const struct {
        const char *list, *endpoint;
        bool directly;
    } cases[] = {
        {"*", "tcp://far:1", true},
        {"far", "tcp://far:1", true},
        {"FAR", "tcp://far:1", true},
        {"far", "tcp://FAR:1", true},
        {"fa", "tcp://far:1", false},
        {"ar", "tcp://far:1", false},
        {"near,far", "tcp://far:1", true},
        {"near, far ,else", "tcp://far:1", true},
        {"near far", "tcp://far:1", true},
        {",,", "tcp://far:1", false},
        {".", "tcp://far:1", false},
        {"example.org", "tcp://www.example.org:1", true},
        {".example.org", "tcp://www.example.org:1", true},
        {".example.org", "tcp://example.org:1", true},
        {"*.example.org", "tcp://www.example.org:1", true},
        {"example.org", "tcp://myexample.org:1", false},
        {"www.example.org", "tcp://example.org:1", false},
        {"127.0.0.1", "tcp://127.0.0.1:1", true},
        {"0.0.1", "tcp://127.0.0.1:1", false},
        {"10.0.0.0/8", "tcp://10.1.2.3:1", true},
        {"10.0.0.0/8", "tcp://11.1.2.3:1", false},
        {"10.0.0.0/8", "tcp://ten.example:1", false},
        {"::1", "tcp://[::1]:1", true},
        {"[::1]", "tcp://[0:0::1]:1", true},
        {"fd00::/8", "tcp://[fd12::1]:1", true},
        {"fd00::/8", "tcp://[fe80::1]:1", false},
    };

    (void)state;
    setenv("all_proxy", "http://p:1", 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        setenv("NO_PROXY", cases[i].list, 1);
        if (!*chosen(cases[i].endpoint, "", false) != cases[i].directly)
            fail_msg("NO_PROXY='%s' and %s", cases[i].list, cases[i].endpoint);
        /* It does not speak of what was asked for. */
        assert_string_not_equal(chosen(cases[i].endpoint, "http://p:1", false), "");
    }
    setenv("no_proxy", "other", 1);
    assert_string_not_equal(chosen("tcp://far:1", "", false), "");
}

/* ---- the dialogue --------------------------------------------------------------------- */

/* A session that is connected to us. */
struct talk {
    struct net net;
    struct session session;
    int peer;
    void *state;
    struct err err;
};

static void begin(struct talk *t, const char *url, const char *to)
{
    struct proxy proxy;
    struct endpoint far;
    int pair[2];

    memset(t, 0, sizeof(*t));
    assert_int_equal(proxy_parse(url, &proxy, NULL), 0);
    assert_int_equal(endpoint_parse(to, &far, NULL), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair),
                     0);
    t->net.journal = journal_new();
    t->session.net = &t->net;
    t->session.watch.fd = pair[0];
    t->peer = pair[1];
    t->state = proxy_state_new(&proxy, &far);
}

static void end(struct talk *t)
{
    proxy_negotiation.drop(t->state);
    close(t->session.watch.fd);
    if (t->peer >= 0)
        close(t->peer);
    free(t->session.extras);
    ring_free(t->net.journal);
}

static int step(struct talk *t)
{
    uint32_t events = 0;
    int r = proxy_negotiation.step(&t->session, t->state, &events, &t->err);

    if (r == -EAGAIN)
        assert_int_equal(events, EPOLLIN);
    return r;
}

#define BYTES(literal) literal, sizeof(literal) - 1

static const struct dialogue {
    const char *url, *to;
    const char *asked; /* all that the proxy hears */
    size_t asked_len;
    const char *answer; /* all that it says */
    size_t answer_len;
    int result;
    const char *reason;
} dialogues[] = {
    {"socks5://p:1", "tcp://far.example:258", BYTES("\5\1\0\5\1\0\3\13far.example\1\2"),
     BYTES("\5\0\5\0\0\1\12\0\0\1\1\2"), 0, ""},
    {"socks5://p:1", "tcp://far.example:258", BYTES("\5\1\0\5\1\0\3\13far.example\1\2"),
     BYTES("\5\0\5\0\0\4\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\1\2"), 0, ""},
    {"socks5://p:1", "tcp://far.example:258", BYTES("\5\1\0\5\1\0\3\13far.example\1\2"),
     BYTES("\5\0\5\0\0\3\4name\1\2"), 0, ""},
    {"socks5://p:1", "tcp://far.example:258", BYTES("\5\1\0\5\1\0\3\13far.example\1\2"),
     BYTES("\5\0\5\0\0\3\0\1\2"), 0, ""},
    {"socks5://p:1", "tcp://10.0.0.1:80", BYTES("\5\1\0\5\1\0\1\12\0\0\1\0\120"),
     BYTES("\5\0\5\0\0\1\12\0\0\1\1\2"), 0, ""},
    {"socks5://p:1", "tls://[::1]:80",
     BYTES("\5\1\0\5\1\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\120"),
     BYTES("\5\0\5\0\0\1\12\0\0\1\1\2"), 0, ""},
    /* The proxy may do without the credentials. */
    {"socks5://us:secret@p:1", "tcp://10.0.0.1:80", BYTES("\5\2\0\2\5\1\0\1\12\0\0\1\0\120"),
     BYTES("\5\0\5\0\0\1\12\0\0\1\1\2"), 0, ""},
    {"socks5://us:secret@p:1", "tcp://10.0.0.1:80",
     BYTES("\5\2\0\2\1\2us\6secret\5\1\0\1\12\0\0\1\0\120"),
     BYTES("\5\2\1\0\5\0\0\1\12\0\0\1\1\2"), 0, ""},
    {"socks5://us:secret@p:1", "tcp://10.0.0.1:80", BYTES("\5\2\0\2\1\2us\6secret"),
     BYTES("\5\2\1\1"), -EACCES, "does not accept the user and password"},
    {"socks5://us:secret@p:1", "tcp://10.0.0.1:80", BYTES("\5\2\0\2"), BYTES("\5\xff"), -EACCES,
     "neither user and password nor none"},
    {"socks5://p:1", "tcp://10.0.0.1:80", BYTES("\5\1\0"), BYTES("\5\xff"), -EACCES,
     "wants a user and a password"},
    /* It chooses what was not offered: a password, or GSSAPI. */
    {"socks5://p:1", "tcp://10.0.0.1:80", BYTES("\5\1\0"), BYTES("\5\2"), -EPROTO,
     "not offered"},
    {"socks5://us:secret@p:1", "tcp://10.0.0.1:80", BYTES("\5\2\0\2"), BYTES("\5\1"), -EPROTO,
     "not offered"},
    {"socks5://p:1", "tcp://10.0.0.1:80", BYTES("\5\1\0"), BYTES("\4\0"), -EPROTO,
     "does not speak SOCKS5"},
    {"socks5://p:1", "tcp://10.0.0.1:80", BYTES("\5\1\0"), BYTES("HT"), -EPROTO,
     "does not speak SOCKS5"},
    {"socks5://p:1", "tcp://10.0.0.1:80", BYTES("\5\1\0\5\1\0\1\12\0\0\1\0\120"),
     BYTES("\5\0\4\0\0\1\0"), -EPROTO, "does not speak SOCKS5"},
    {"socks5://p:1", "tcp://10.0.0.1:80", BYTES("\5\1\0\5\1\0\1\12\0\0\1\0\120"),
     BYTES("\5\0\5\0\0\2\0"), -EPROTO, "address"},
    {"http://p:1", "tcp://far.example:258",
     BYTES("CONNECT far.example:258 HTTP/1.1\r\nHost: far.example:258\r\n"
           "User-Agent: sockeye/" SOCKEYE_VERSION "\r\n\r\n"),
     BYTES("HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n"), 0, ""},
    {"http://us:secret@p:1", "tls://[::1]:80",
     BYTES("CONNECT [::1]:80 HTTP/1.1\r\nHost: [::1]:80\r\n"
           "Proxy-Authorization: Basic dXM6c2VjcmV0\r\n"
           "User-Agent: sockeye/" SOCKEYE_VERSION "\r\n\r\n"),
     BYTES("HTTP/1.0 200\r\n\r\n"), 0, ""},
    /* A line may end with LF alone (RFC 9112, 2.2). */
    {"http://p:1", "tcp://a:1",
     BYTES("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nUser-Agent: sockeye/" SOCKEYE_VERSION
           "\r\n\r\n"),
     BYTES("HTTP/1.0 200 OK\nVia: x\n\n"), 0, ""},
    /* What goes before the answer (RFC 9110, 15.2). */
    {"http://p:1", "tcp://a:1",
     BYTES("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nUser-Agent: sockeye/" SOCKEYE_VERSION
           "\r\n\r\n"),
     BYTES("HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"), 0, ""},
    {"http://p:1", "tcp://a:1",
     BYTES("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nUser-Agent: sockeye/" SOCKEYE_VERSION
           "\r\n\r\n"),
     BYTES("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 4\r\n\r\n"), -EACCES,
     "it answered 407 Proxy Authentication Required"},
    {"http://p:1", "tcp://a:1",
     BYTES("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nUser-Agent: sockeye/" SOCKEYE_VERSION
           "\r\n\r\n"),
     BYTES("HTTP/1.1 503 Service \033[31m Unavailable\r\n\r\n"), -ECONNREFUSED,
     "it answered 503 Service \\x1b[31m"},
    {"http://p:1", "tcp://a:1",
     BYTES("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nUser-Agent: sockeye/" SOCKEYE_VERSION
           "\r\n\r\n"),
     BYTES("SSH-2.0-OpenSSH\r\n\r\n"), -EPROTO, "does not speak HTTP: SSH-2.0-OpenSSH"},
    {"http://p:1", "tcp://a:1",
     BYTES("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nUser-Agent: sockeye/" SOCKEYE_VERSION
           "\r\n\r\n"),
     BYTES("\r\n\r\n"), -EPROTO, "does not speak HTTP"},
};

#define DIALOGUES (sizeof(dialogues) / sizeof(dialogues[0]))

/* What it was asked, and how it ended. */
static void check_end(struct talk *t, const struct dialogue *d, int r, size_t split)
{
    char got[2048];
    ssize_t n;

    if (r != d->result)
        fail_msg("dialogue %zu, parted at %zu: %s %s", (size_t)(d - dialogues), split,
                 err_name(r), t->err.reason);
    if (!strstr(t->err.reason, d->reason))
        fail_msg("dialogue %zu: %s", (size_t)(d - dialogues), t->err.reason);
    n = recv(t->peer, got, sizeof(got), 0);
    assert_int_equal(n, d->asked_len);
    assert_memory_equal(got, d->asked, d->asked_len);
    if (r < 0)
        return;
    /* What the far end says directly behind the answer is the session's. */
    assert_int_equal(recv(t->session.watch.fd, got, sizeof(got), 0), 4);
    assert_memory_equal(got, "TAIL", 4);
    assert_true(t->session.extras->phases.proxied > 0);
}

static void every_answer_is_understood_however_it_is_parted(void **state)
{
    (void)state;
    for (const struct dialogue *d = dialogues; d < dialogues + DIALOGUES; d++)
        for (size_t split = 0; split < d->answer_len; split++) {
            struct talk t;

            begin(&t, d->url, d->to);
            send(t.peer, d->answer, split, 0);
            assert_int_equal(step(&t), -EAGAIN);
            send(t.peer, d->answer + split, d->answer_len - split, 0);
            send(t.peer, "TAIL", 4, 0);
            check_end(&t, d, step(&t), split);
            end(&t);
        }
}

static void one_byte_at_a_time_is_enough(void **state)
{
    (void)state;
    for (const struct dialogue *d = dialogues; d < dialogues + DIALOGUES; d++) {
        struct talk t;
        int r = -EAGAIN;

        begin(&t, d->url, d->to);
        for (size_t i = 0; i < d->answer_len; i++) {
            assert_int_equal(r, -EAGAIN);
            send(t.peer, d->answer + i, 1, 0);
            if (i == d->answer_len - 1)
                send(t.peer, "TAIL", 4, 0);
            r = step(&t);
        }
        check_end(&t, d, r, 1);
        end(&t);
    }
}

static void who_closes_early_is_told_of(void **state)
{
    (void)state;
    for (const struct dialogue *d = dialogues; d < dialogues + DIALOGUES; d++)
        for (size_t n = 0; n < d->answer_len; n++) {
            struct talk t;

            begin(&t, d->url, d->to);
            send(t.peer, d->answer, n, 0);
            shutdown(t.peer, SHUT_WR);
            assert_int_equal(step(&t), -ECONNRESET);
            assert_non_null(strstr(t.err.reason, "closed the connection instead"));
            assert_string_equal(t.err.operation, "proxy");
            assert_null(strstr(t.err.input, "secret"));
            end(&t);
        }
}

static void each_code_of_socks_has_its_errno(void **state)
{
    static const int codes[] = {0,           EIO,          EACCES,
                                ENETUNREACH, EHOSTUNREACH, ECONNREFUSED,
                                ETIMEDOUT,   EOPNOTSUPP,   EAFNOSUPPORT};

    (void)state;
    for (int code = 1; code < 256; code++) {
        char answer[] = {5, 0, 5, (char)code, 0, 1, 0, 0, 0, 0, 0, 0};
        struct talk t;

        begin(&t, "socks5://p:1", "tcp://a:1");
        send(t.peer, answer, sizeof(answer), 0);
        assert_int_equal(step(&t), code < 9 ? -codes[code] : -EPROTO);
        assert_int_equal(t.err.code, code < 9 ? -codes[code] : -EPROTO);
        assert_true(t.err.reason[0]);
        end(&t);
    }
}

static void a_header_without_end_is_refused(void **state)
{
    static const char line[] = "X-Filler: 0123456789012345678901234567890123456789\r\n";
    size_t sent = 0;
    struct talk t;
    int r = -EAGAIN;

    (void)state;
    begin(&t, "http://p:1", "tcp://a:1");
    send(t.peer, BYTES("HTTP/1.1 200 OK\r\n"), 0);
    while (r == -EAGAIN && sent < 100000) {
        assert_int_equal(send(t.peer, BYTES(line), 0), sizeof(line) - 1);
        sent += sizeof(line) - 1;
        r = step(&t);
    }
    assert_int_equal(r, -EMSGSIZE);
    assert_non_null(strstr(t.err.reason, "8,192"));
    assert_in_range(sent, 8000, 9000);
    end(&t);
}

static void a_long_name_is_asked_for_whole(void **state)
{
    char name[ENDPOINT_HOST_BYTES], to[ENDPOINT_TEXT_BYTES + 16];
    unsigned char got[600];
    struct talk t;

    (void)state;
    memset(name, 'n', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    snprintf(to, sizeof(to), "tcp://%s:1", name);
    begin(&t, "socks5://p:1", to);
    send(t.peer, "\5", 1, 0);
    assert_int_equal(step(&t), -EAGAIN);
    send(t.peer, "\0", 1, 0);
    assert_int_equal(step(&t), -EAGAIN);
    assert_int_equal(recv(t.peer, got, sizeof(got), 0), 3 + 4 + 1 + 255 + 2);
    assert_int_equal(got[7], 255);
    assert_memory_equal(got + 8, name, 255);
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_url_names_kind_place_and_credentials),
        cmocka_unit_test(a_bad_url_is_refused_and_its_password_not_repeated),
        cmocka_unit_test(credentials_have_their_bounds),
        cmocka_unit_test_setup(the_environment_is_asked_when_nobody_says_else,
                               forget_environment),
        cmocka_unit_test_setup(a_bad_variable_is_named_and_never_ignored, forget_environment),
        cmocka_unit_test_setup(no_proxy_lists_exceptions, forget_environment),
        cmocka_unit_test(every_answer_is_understood_however_it_is_parted),
        cmocka_unit_test(one_byte_at_a_time_is_enough),
        cmocka_unit_test(who_closes_early_is_told_of),
        cmocka_unit_test(each_code_of_socks_has_its_errno),
        cmocka_unit_test(a_header_without_end_is_refused),
        cmocka_unit_test(a_long_name_is_asked_for_whole),
    };

    return cmocka_run_group_tests_name("proxy", tests, NULL, NULL);
}
