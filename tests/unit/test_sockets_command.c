/* `sockeye sockets` over probes that are made up: what it asks of them, what it says of what they
 * could not see, and with which status it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/model/host.h"
#include "probes/counters.h"
#include "tests/unit/owned.h"
#include "ui/cli/cli.h"

/* The parts that the next listing gives, and what it was asked. */
static struct {
    struct snapshot *parts;
    size_t n_parts;
    struct err err;
    uint32_t kinds, states, families, detail_parts;
    bool every_owner;
    char netns[64];
    size_t taken;
} list;

static int sockets_list(const struct wish *w,
                        bool (*part)(void *ctx, const struct snapshot *part), void *ctx,
                        struct err *err)
{
    list.kinds = w->kinds;
    list.states = w->states;
    list.families = w->families;
    list.detail_parts = w->parts;
    list.every_owner = w->every_owner;
    memcpy(list.netns, w->netns, sizeof(list.netns));
    list.taken = 0;
    for (size_t i = 0; i < list.n_parts && part(ctx, &list.parts[i]); i++)
        list.taken++;
    *err = list.err;
    return list.err.code;
}

static void grant_command(char *buf, size_t size)
{
    snprintf(buf, size, "grant it");
}

static int destroyed[2], n_destroyed; /* what becomes of the next ones: 0 or negative errno */

static int socket_destroy(const struct row *row, const struct netns *where, struct err *err)
{
    int rc = destroyed[n_destroyed++ % 2];

    (void)row;
    (void)where;
    return rc ? err_set(err, rc, "SOCK_DESTROY", "", "%s", "") : 0;
}

static struct host_reading *host_look(void)
{
    struct host_reading *r = mem_new(1, sizeof(*r));

    r->at_ns = 1;
    counters_add(&r->counters, 7, "Tcp.CurrEstab");
    return r;
}

static const struct probes made_up = {.sockets_list = sockets_list,
                                      .host_look = host_look,
                                      .socket_destroy = socket_destroy,
                                      .grant_command = grant_command};

static char said[2][8192]; /* on stdout, on stderr */

/* Runs it with stdout and stderr in files, which are then read. */
static int run(const char *words)
{
    static const int fds[2] = {STDOUT_FILENO, STDERR_FILENO};
    char copy[512], *argv[32] = {"sockets"}, *rest = NULL;
    int argc = 1, status, saved[2], files[2];

    snprintf(copy, sizeof(copy), "%s", words);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    fflush(stdout);
    for (int i = 0; i < 2; i++) {
        saved[i] = dup(fds[i]);
        files[i] = memfd_create("said", MFD_CLOEXEC);
        assert_true(saved[i] >= 0 && files[i] >= 0);
        dup2(files[i], fds[i]);
    }
    status = sockets_subcommand.run(&sockets_subcommand, &made_up, argc, argv);
    fflush(stdout);
    for (int i = 0; i < 2; i++) {
        ssize_t n = pread(files[i], said[i], sizeof(said[i]) - 1, 0);

        dup2(saved[i], fds[i]);
        close(saved[i]);
        close(files[i]);
        assert_true(n >= 0);
        said[i][n] = '\0';
    }
    return status;
}

static struct row rows[] = {
    {.kind = KIND_TCP, .state = STATE_LISTEN, .rqueue = 1, .wqueue = 128, .inode = 7},
    {.kind = KIND_UDP, .state = STATE_CLOSE, .rqueue = 100, .wqueue = 5, .inode = 8},
};

static int setup(void **state)
{
    static struct snapshot parts[2];

    (void)state;
    parts[0] = (struct snapshot){.rows = &rows[0], .n_rows = 1};
    parts[1] = (struct snapshot){.rows = &rows[1], .n_rows = 1};
    memset(&list, 0, sizeof(list));
    list.parts = parts;
    list.n_parts = 2;
    return 0;
}

#define BIT(state) (UINT32_C(1) << (state))

static void letters_mean_what_they_mean_in_ss(void **state)
{
    (void)state;
    assert_int_equal(run(""), EXIT_DONE);
    assert_int_equal(list.kinds, KINDS_ALL);
    assert_false(list.states & (BIT(STATE_LISTEN) | BIT(STATE_CLOSE) | BIT(STATE_TIME_WAIT)));
    assert_true(list.states & BIT(STATE_ESTABLISHED) && list.states & BIT(STATE_SYN_SENT));
    run("-l");
    assert_int_equal(list.states, BIT(STATE_LISTEN) | BIT(STATE_CLOSE));
    run("-tan");
    assert_int_equal(list.kinds, KIND_BIT(KIND_TCP));
    assert_true(list.states & BIT(STATE_TIME_WAIT));
    assert_false(list.states & BIT(STATE_BOUND_INACTIVE));
    assert_int_equal(list.detail_parts, 0);
    assert_false(list.every_owner);
    run("-B");
    assert_int_equal(list.states, BIT(STATE_BOUND_INACTIVE));
    run("-aB");
    assert_true(list.states & BIT(STATE_BOUND_INACTIVE) && list.states & BIT(STATE_LISTEN));
    run("-0");
    assert_int_equal(list.kinds, KINDS_PACKET);
    assert_int_equal(list.states, BIT(STATE_CLOSE));
    run("-0t");
    assert_true(list.states & BIT(STATE_CLOSE) && list.states & BIT(STATE_ESTABLISHED));
    assert_false(list.states & BIT(STATE_LISTEN));
    run("-ux4");
    assert_int_equal(list.kinds, KIND_BIT(KIND_UDP) | KINDS_UNIX);
    assert_int_equal(list.families, WISH_IPV4);
    run("-f netlink");
    assert_int_equal(list.kinds, KIND_BIT(KIND_NETLINK));
    run("-6");
    assert_int_equal(list.kinds, KINDS_INET);
    assert_int_equal(list.families, WISH_IPV6);
    run("-N blue");
    assert_string_equal(list.netns, "blue");
    run("-al");
    assert_int_equal(list.states, BIT(STATE_LISTEN) | BIT(STATE_CLOSE));
    run("-la");
    assert_true(list.states & BIT(STATE_ESTABLISHED));
    run("-al -N -a");
    assert_string_equal(list.netns, "-a");
    assert_int_equal(list.states, BIT(STATE_LISTEN) | BIT(STATE_CLOSE));
    run("-la --net -l");
    assert_true(list.states & BIT(STATE_ESTABLISHED));
}

/* States that a filter names are asked for instead of those of the letters; bound-inactive ones
 * only by their name, as -a leaves them out. */
static void a_filter_says_which_states(void **state)
{
    (void)state;
    run("-t state all");
    assert_true(list.states & BIT(STATE_LISTEN) && list.states & BIT(STATE_TIME_WAIT));
    assert_false(list.states & BIT(STATE_BOUND_INACTIVE));
    run("-ta exclude established");
    assert_true(list.states & BIT(STATE_LISTEN));
    assert_false(list.states & (BIT(STATE_ESTABLISHED) | BIT(STATE_BOUND_INACTIVE)));
    run("state big");
    assert_false(list.states & BIT(STATE_BOUND_INACTIVE));
    run("state bound-inactive state listening");
    assert_int_equal(list.states, BIT(STATE_BOUND_INACTIVE) | BIT(STATE_LISTEN));
    run("-B state bound-inactive");
    assert_int_equal(list.states, BIT(STATE_BOUND_INACTIVE));
    run("state listening or sport = :22");
    assert_true(list.states & BIT(STATE_LISTEN));
    run("sport = :22");
    assert_false(list.states & BIT(STATE_LISTEN));
}

/* What would be left out without a word is a mistake of the command line. */
static void options_that_exclude_each_other_are_refused(void **state)
{
    static const char *const wrong[] = {
        "--json --csv",       "--watch --csv",  "--watch --save x",
        "--watch --diff x",   "--watch -s",     "--watch --by pid",
        "--save x --summary", "--diff x --csv", "--diff x --by state",
        "--summary --by pid", "--save x --csv", "--watch -K --yes pid 1",
        "-K --yes -s pid 1",  "--netns=",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (run(wrong[i]) != EXIT_USAGE)
            fail_msg("%s", wrong[i]);
        assert_string_equal(said[0], "");
    }
}

/* Details and owners cost: only what a column needs is asked for. */
static void only_what_is_shown_is_asked_for(void **state)
{
    (void)state;
    run("-m");
    assert_int_equal(list.detail_parts, DETAIL_MEMINFO);
    run("--columns rtt,congestion");
    assert_int_equal(list.detail_parts, DETAIL_INFO | DETAIL_CONGESTION);
    assert_false(list.every_owner);
    run("--columns local,comm");
    assert_true(list.every_owner);
    assert_int_equal(list.detail_parts, 0);
    run("rtt > 1ms");
    assert_int_equal(list.detail_parts, DETAIL_INFO);
    run("comm nginx");
    assert_true(list.every_owner);
}

static void kinds_are_named_where_there_are_several(void **state)
{
    (void)state;
    assert_int_equal(run("-a"), EXIT_DONE);
    assert_string_equal(said[0], "Netid  State   Recv-Q  Send-Q  Local Address:Port  "
                                 "Peer Address:Port\n"
                                 "tcp    LISTEN       1     128  ?                   ?\n"
                                 "udp    CLOSE      100       5  ?                   ?\n");
    assert_int_equal(run("-taH --columns state,recvq"), EXIT_DONE);
    assert_string_equal(said[0], "LISTEN    1\nCLOSE   100\n");
    assert_string_equal(said[1], "");
}

static void what_is_missing_is_said_a_line_each(void **state)
{
    (void)state;
    list.parts[0].interrupted = true;
    list.parts[0].malformed = 2;
    list.parts[1].malformed = 3;
    list.parts[1].from_procfs = KIND_BIT(KIND_RAW) | KIND_BIT(KIND_ICMP);
    assert_int_equal(run("-a"), EXIT_DONE);
    assert_non_null(strstr(said[1], "a row may be missing or twice\n"));
    assert_non_null(strstr(said[1], "5 messages of the kernel were too short"));
    assert_non_null(strstr(said[1], "does not tell raw; /proc/net does"));
    assert_int_equal(list.taken, 2);
    run("-aw --icmp");
    assert_non_null(strstr(said[1], "does not tell raw, icmp; /proc/net does"));
}

static void a_kind_that_was_asked_for_and_cannot_be_had_is_3(void **state)
{
    (void)state;
    list.parts[0].unavailable = KIND_BIT(KIND_SCTP) | KIND_BIT(KIND_DCCP);
    assert_int_equal(run("-a"), EXIT_DONE);
    assert_string_equal(said[1], "");
    assert_int_equal(run("-aS"), EXIT_UNAVAILABLE);
    assert_non_null(strstr(said[1], "this kernel cannot list sctp\n"));
}

static void an_error_keeps_the_rows_and_gives_its_status(void **state)
{
    (void)state;
    err_set(&list.parts[1].err, -EPERM, "sock_diag", "", "%s", "");
    assert_int_equal(run("-ta"), EXIT_UNAVAILABLE);
    assert_non_null(strstr(said[0], "LISTEN"));
    assert_non_null(strstr(said[1], "EPERM"));
    list.parts[1].err.code = 0;
    err_set(&list.err, -ENOBUFS, "sock_diag", "", "%s", "");
    assert_int_equal(run("-ta --json"), EXIT_FAILED);
    assert_string_equal(said[0] + strlen(said[0]) - 3, "]}\n");
}

/* Even root may not look at a process that has more rights: no reason to fail it. */
static void a_namespace_that_root_may_not_see_is_said(void **state)
{
    int status = geteuid() ? EXIT_UNAVAILABLE : EXIT_DONE;

    (void)state;
    list.parts[1].unseen_processes = 1;
    err_set(&list.parts[1].err, -EACCES, "netns", "", "%s", "of 1 process");
    assert_int_equal(run("-ta --netns all"), status);
    assert_non_null(strstr(said[1], "of 1 process"));
    list.parts[1].unseen_processes = 0;
    assert_int_equal(run("-ta --netns all"), EXIT_UNAVAILABLE);
}

static void owners_that_may_not_be_seen_are_counted(void **state)
{
    (void)state;
    an_owner(&list.parts[0].owned, 7, OWNER_NOT_PERMITTED);
    assert_int_equal(run("-ap"), EXIT_DONE);
    assert_non_null(strstr(said[1], "the owners of 1 sockets may not be seen"));
    assert_non_null(strstr(said[0], "? (not permitted)"));
    assert_int_equal(run("-aH --csv --columns state,pid,owners"), EXIT_DONE);
    assert_string_equal(said[0], "LISTEN,?,?\r\nCLOSE,?,?\r\n");
    ownership_done(&list.parts[0].owned);
}

static void mistakes_of_the_command_line_are_2(void **state)
{
    static const char *const wrong[] = {
        "--columns nonsense", "--columns ,", "--sort nonsense", "--by nonsense",
        "-f nonsense",        "--nonsense",  "sport = ",        "--by pid --sort inode"};

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(run(wrong[i]), EXIT_USAGE);
        assert_string_equal(said[0], "");
        assert_true(strlen(said[1]) > 20);
    }
}

static int kill_two(int first, int second)
{
    destroyed[0] = first;
    destroyed[1] = second;
    n_destroyed = 0;
    return run("-K --yes -a state all");
}

static void closing_ends_with_3_where_it_is_not_permitted(void **state)
{
    (void)state;
    assert_int_equal(kill_two(0, 0), EXIT_DONE);
    assert_int_equal(n_destroyed, 2);
    assert_int_equal(kill_two(-EPERM, -EPERM), EXIT_UNAVAILABLE);
    assert_int_equal(kill_two(-EPERM, 0), EXIT_UNAVAILABLE);
    assert_int_equal(kill_two(-EPERM, -ENOENT), EXIT_FAILED);
    assert_int_equal(kill_two(-ENOENT, -EOPNOTSUPP), EXIT_FAILED);
    assert_int_equal(n_destroyed, 2);
}

static void groups_are_summed(void **state)
{
    (void)state;
    an_owner(&list.parts[0].owned, 7, OWNER_KNOWN);
    a_holder(&list.parts[0].owned, 812, 3, "a \"web\" server");
    list.parts[0].owned.processes[0].fds = 20;
    a_holder(&list.parts[0].owned, 813, 3, "worker");
    assert_int_equal(run("-a --by pid --csv"), EXIT_DONE);
    assert_string_equal(said[0],
                        "pid,sockets,listeners,recvq,sendq,delivery_rate,fds,fd_limit,comm\r\n"
                        "812,1,1,0,0,0,20,?,\"a \"\"web\"\" server\"\r\n"
                        "813,1,1,0,0,0,?,?,\"worker\"\r\n"
                        "?,1,0,100,5,0,,,\"\"\r\n");
    assert_int_equal(run("-a --by state --json"), EXIT_DONE);
    assert_string_equal(said[0],
                        "{\"schema\":1,\"by\":\"state\",\"groups\":["
                        "{\"state\":\"CLOSE\",\"sockets\":1,\"listeners\":0,\"recvq\":100,"
                        "\"sendq\":5,\"delivery_rate\":0},"
                        "{\"state\":\"LISTEN\",\"sockets\":1,\"listeners\":1,\"recvq\":0,"
                        "\"sendq\":0,\"delivery_rate\":0}]}\n");
    ownership_done(&list.parts[0].owned);
}

static void kinds_are_summed(void **state)
{
    (void)state;
    assert_int_equal(run("-tu -s --json"), EXIT_DONE);
    assert_string_equal(
        said[0], "{\"schema\":1,\"total\":2,\"kinds\":["
                 "{\"netid\":\"tcp\",\"proto\":\"tcp\",\"total\":1,\"ipv4\":0,\"ipv6\":0,"
                 "\"states\":{\"LISTEN\":1}},"
                 "{\"netid\":\"udp\",\"proto\":\"udp\",\"total\":1,\"ipv4\":0,\"ipv6\":0,"
                 "\"states\":{\"CLOSE\":1}}]}\n");
    assert_true(list.states & BIT(STATE_LISTEN));
    run("-s --json");
    assert_non_null(strstr(said[0], "\"figures\":[{\"name\":\"tcp_established\",\"value\":7,"));
    run("-s");
    assert_non_null(strstr(said[0], "\nestablished                     7\n"));
    run("-s --csv");
    assert_string_equal(said[0], "netid,state,sockets\r\ntcp,LISTEN,1\r\nudp,CLOSE,1\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(letters_mean_what_they_mean_in_ss, setup),
        cmocka_unit_test_setup(a_filter_says_which_states, setup),
        cmocka_unit_test_setup(options_that_exclude_each_other_are_refused, setup),
        cmocka_unit_test_setup(only_what_is_shown_is_asked_for, setup),
        cmocka_unit_test_setup(kinds_are_named_where_there_are_several, setup),
        cmocka_unit_test_setup(what_is_missing_is_said_a_line_each, setup),
        cmocka_unit_test_setup(a_kind_that_was_asked_for_and_cannot_be_had_is_3, setup),
        cmocka_unit_test_setup(an_error_keeps_the_rows_and_gives_its_status, setup),
        cmocka_unit_test_setup(a_namespace_that_root_may_not_see_is_said, setup),
        cmocka_unit_test_setup(owners_that_may_not_be_seen_are_counted, setup),
        cmocka_unit_test_setup(mistakes_of_the_command_line_are_2, setup),
        cmocka_unit_test_setup(closing_ends_with_3_where_it_is_not_permitted, setup),
        cmocka_unit_test_setup(groups_are_summed, setup),
        cmocka_unit_test_setup(kinds_are_summed, setup),
    };

    return cmocka_run_group_tests_name("sockets_command", tests, NULL, NULL);
}
