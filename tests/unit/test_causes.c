/* The catalogue of causes: complete, said in the same way for each, and hard to break. */
#include "core/why/causes.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/why/rules.h"

/* What a verdict must be able to name, whether or not a rule for it is written already. */
static const char *const promised[] = {
    "healthy",
    "no-listener",
    "listener-other-address",
    "listener-other-family",
    "listener-other-namespace",
    "firewall-reject",
    "nat-no-backend",
    "firewall-drop",
    "no-reply",
    "accept-queue-full",
    "syn-queue-full",
    "host-unreachable",
    "network-unreachable",
    "route-blocked",
    "interface-down",
    "path-mtu-blackhole",
    "ephemeral-ports-exhausted",
    "address-not-local",
    "privileged-port",
    "too-many-open-files",
    "permission-denied",
    "port-in-use-listener",
    "port-in-use-time-wait",
    "port-in-use-bound",
    "port-in-use-connection",
    "port-in-use-closing",
    "peer-not-reading",
    "app-not-reading",
    "process-stopped",
    "network-loss",
    "peer-vanished",
    "send-buffer-limited",
    "receive-window-small",
    "congestion-limited",
    "nagle-delayed-ack",
    "request-incomplete",
    "close-wait-leak",
    "half-closed",
    "fin-wait-orphan",
    "time-wait-normal",
    "time-wait-many",
    "reset-unread-data",
    "reset-abort",
    "reset-no-socket",
    "reset-listener-closed",
    "reset-destroyed",
    "reset-by-middle",
    "keepalive-timeout",
    "user-timeout",
    "broken-pipe",
    "receive-overflow",
    "message-too-long",
    "broadcast-not-permitted",
    "multicast-no-member",
    "reply-other-address",
    "unix-missing",
    "unix-stale",
    "unix-permission",
    "unix-queue-full",
    "unix-wrong-type",
    "name-not-found",
    "resolver-unreachable",
    "hosts-overrides-dns",
    "localhost-not-loopback",
    "tls-to-plain",
    "plain-to-tls",
    "tls-certificate",
    "tls-version",
    "frame-header-invalid",
    "frame-byteorder",
    "frame-truncated",
    "http-bad-request",
    "unknown",
};

#define N_PROMISED (sizeof(promised) / sizeof(promised[0]))

static int load(void **state)
{
    struct err err = {0};
    char text[600];

    (void)state;
    if (causes_load(&err) == 0)
        return 0;
    err_format(&err, text, sizeof(text));
    print_error("%s\n", text);
    return -1;
}

#define GROUP(name) rules_##name,
static const struct rule *const groups[] = {RULE_GROUPS(GROUP)};

static void every_cause_that_a_rule_gives_is_explained(void **state)
{
    (void)state;
    for (size_t group = 0; group < sizeof(groups) / sizeof(groups[0]); group++)
        for (const struct rule *rule = groups[group]; rule->cause; rule++)
            if (!cause_by_id(rule->cause))
                fail_msg("%s is not in share/causes.json", rule->cause);
}

static bool is_promised(const char *id)
{
    for (size_t i = 0; i < N_PROMISED; i++)
        if (strcmp(promised[i], id) == 0)
            return true;
    return false;
}

static bool has_rule(const char *id)
{
    for (size_t group = 0; group < sizeof(groups) / sizeof(groups[0]); group++)
        for (const struct rule *rule = groups[group]; rule->cause; rule++)
            if (strcmp(rule->cause, id) == 0)
                return true;
    return false;
}

static void every_cause_that_is_explained_can_be_met(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_PROMISED; i++)
        if (!cause_by_id(promised[i]))
            fail_msg("%s is not in share/causes.json", promised[i]);
    for (size_t i = 0; i < cause_count(); i++)
        if (!is_promised(cause_at(i)->id) && !has_rule(cause_at(i)->id))
            fail_msg("no rule gives %s", cause_at(i)->id);
}

static size_t sentences(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += (text[0] == '.') && (text[1] == ' ' || !text[1]);
    return n;
}

static void an_explanation_has_two_or_three_sentences(void **state)
{
    (void)state;
    for (size_t i = 0; i < cause_count(); i++) {
        const struct cause *c = cause_at(i);
        size_t n = sentences(c->explanation);

        if (n < 2 || n > 4 || c->explanation[strlen(c->explanation) - 1] != '.')
            fail_msg("%s: %zu sentences", c->id, n);
    }
}

/* Names a neighbour, or says what all neighbours have in common. */
static void each_is_told_from_its_neighbours(void **state)
{
    (void)state;
    for (size_t i = 0; i < cause_count(); i++) {
        const char *apart = cause_at(i)->apart;

        if (strncmp(apart, "Told from ", strlen("Told from ")) != 0 ||
            apart[strlen(apart) - 1] != '.')
            fail_msg("%s: %s", cause_at(i)->id, apart);
    }
}

static void each_says_where_it_is_documented(void **state)
{
    (void)state;
    for (size_t i = 0; i < cause_count(); i++)
        if (!strchr(cause_at(i)->see, '(') && !strstr(cause_at(i)->see, "RFC "))
            fail_msg("%s: %s", cause_at(i)->id, cause_at(i)->see);
}

static void a_cause_is_found_by_its_id_in_any_case(void **state)
{
    (void)state;
    assert_ptr_equal(cause_by_id("No-Listener"), cause_by_id("no-listener"));
    assert_null(cause_by_id("no-listene"));
    assert_null(cause_by_id(""));
    assert_null(cause_at(cause_count()));
    assert_string_equal(cause_title("no-listener"), "nobody listens there");
    assert_string_equal(cause_title("nothing-known"), "");
}

#define ENTRY(id, title, fixes)                                                                \
    "{\"id\":\"" id "\",\"group\":\"g\",\"title\":\"" title                                    \
    "\",\"explanation\":\"e\",\"apart\":\"a\",\"fixes\":" fixes ",\"see\":\"s\"}"

static void what_is_malformed_is_refused_and_the_old_catalogue_stays(void **state)
{
    static const struct {
        const char *bytes, *said;
    } wrong[] = {
        {"", "no JSON"},
        {"[]", "no array of causes"},
        {"{}", "no array of causes"},
        {"[1]", "\"id\" is missing"},
        {"[" ENTRY("x", "t", "[\"f\"]") "] x", "no JSON"},
        {"[" ENTRY("x", "t\\u001b", "[\"f\"]") "]", "\"title\" is empty, too long or not"},
        {"[" ENTRY("x", "t", "[]") "]", "\"fixes\" is missing"},
        {"[" ENTRY("x", "t", "[7]") "]", "\"fixes\" is missing or no string"},
        {"[" ENTRY("x", "t", "[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]") "]",
         "\"fixes\" has too many"},
        {"[" ENTRY("x", "t", "[\"f\"]") "," ENTRY("X", "t", "[\"f\"]") "]",
         "cause 2 (X): \"id\" is that of another entry"},
    };
    size_t before = cause_count();

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char path[] = "/tmp/sockeye-causes-XXXXXX", text[600];
        struct err err = {0};
        int fd = mkstemp(path);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, wrong[i].bytes, strlen(wrong[i].bytes)),
                         strlen(wrong[i].bytes));
        close(fd);
        assert_int_equal(causes_load_from(path, &err), -EINVAL);
        unlink(path);
        err_format(&err, text, sizeof(text));
        if (!strstr(text, wrong[i].said))
            fail_msg("%s: %s", wrong[i].bytes, text);
        assert_int_equal(cause_count(), before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cause_that_a_rule_gives_is_explained),
        cmocka_unit_test(every_cause_that_is_explained_can_be_met),
        cmocka_unit_test(an_explanation_has_two_or_three_sentences),
        cmocka_unit_test(each_is_told_from_its_neighbours),
        cmocka_unit_test(each_says_where_it_is_documented),
        cmocka_unit_test(a_cause_is_found_by_its_id_in_any_case),
        cmocka_unit_test(what_is_malformed_is_refused_and_the_old_catalogue_stays),
    };

    return cmocka_run_group_tests(tests, load, NULL);
}
