/* Completion of command lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/model/command.h"
#include "ui/console/complete.h"

static int setup(void **state)
{
    static struct model m;

    model_init(&m, NULL, NULL, NULL);
    *state = &m;
    return 0;
}

static int teardown(void **state)
{
    model_done(*state);
    return 0;
}

static void add_session(struct model *m, uint64_t id, enum session_state session_state)
{
    struct event e = {.kind = EVENT_SESSION};

    e.session.id = id;
    e.session.state = session_state;
    endpoint_parse("127.0.0.1:80", &e.session.endpoint, NULL);
    model_apply(m, &e);
}

static void add_server(struct model *m, uint64_t id, const char *endpoint)
{
    struct event e = {.kind = EVENT_SERVER};

    e.server.id = id;
    e.server.listening = true;
    strcpy(e.server.service, "echo");
    endpoint_parse(endpoint, &e.server.endpoint, NULL);
    model_apply(m, &e);
}

/* The candidates of a line, parted by blanks. */
static const char *candidates(const struct model *m, const char *line)
{
    static char text[2048];
    struct completion c;

    complete_line(line, strlen(line), m, &c);
    text[0] = '\0';
    for (size_t i = 0; i < c.n; i++) {
        strcat(text, i ? " " : "");
        strcat(text, c.candidates[i].text);
    }
    return text;
}

static void first_word_is_a_verb(void **state)
{
    assert_string_equal(candidates(*state, "se"), "serve send send-hex send-file set setting");
    assert_string_equal(candidates(*state, "  conn"), "connect");
    assert_string_equal(candidates(*state, "xyz"), "");
    assert_string_equal(candidates(*state, "xyz "), "");
}

static void serve_takes_a_service(void **state)
{
    assert_string_equal(candidates(*state, "serve e"), "echo");
    assert_string_equal(candidates(*state, "serve never-r"), "never-recv");
}

static void sessions_that_ended_are_not_offered(void **state)
{
    add_session(*state, 1, SESSION_OPEN);
    add_session(*state, 2, SESSION_CLOSED);
    add_session(*state, 3, SESSION_CONNECTING);
    assert_string_equal(candidates(*state, "close "), "3 1");
    assert_string_equal(candidates(*state, "send 1"), "1");
}

static void servers_are_offered_by_number_and_by_endpoint(void **state)
{
    add_server(*state, 4, "127.0.0.1:65432");
    assert_string_equal(candidates(*state, "stop "), "4");
    assert_string_equal(candidates(*state, "connect "), "tcp://127.0.0.1:65432 tcp://");
}

static void host_and_port_do_without_a_scheme(void **state)
{
    add_server(*state, 4, "127.0.0.1:65432");
    assert_string_equal(candidates(*state, "connect 127"), "127.0.0.1:65432");
    assert_string_equal(candidates(*state, "connect tcp://127"), "tcp://127.0.0.1:65432");
}

static void why_takes_what_can_be_reached_or_bound(void **state)
{
    assert_string_equal(candidates(*state, "wh"), "why");
    assert_string_equal(candidates(*state, "why b"), "bind:");
    assert_string_equal(candidates(*state, "goto w"), "why");
    assert_non_null(strstr(candidates(*state, "why t"), "tcp://"));
}

static void taken_addresses_are_not_offered_to_serve(void **state)
{
    add_server(*state, 4, "127.0.0.1:65432");
    assert_string_equal(candidates(*state, "serve echo t"), "tcp://");
    assert_string_equal(candidates(*state, "serve echo 127"), "");
}

static void options_are_offered_once_and_where_they_belong(void **state)
{
    assert_string_equal(candidates(*state, "connect --ti"), "--timeout");
    assert_string_equal(candidates(*state, "connect host:80 --tim"), "--timeout");
    assert_string_equal(candidates(*state, "connect --timeout "), "");
    assert_string_equal(candidates(*state, "connect --timeout 5 t"), "tcp://");
    assert_string_equal(candidates(*state, "connect --timeout=5 t"), "tcp://");
    assert_string_equal(candidates(*state, "connect --timeout 5 host:80 --ti"), "");
    assert_string_equal(candidates(*state, "connect --unconnected t"), "tcp://");
    assert_string_equal(candidates(*state, "connect --option a=1 --opt"), "--option");
    assert_string_equal(candidates(*state, "connect --option TCP_NOD"), "TCP_NODELAY");
    assert_string_equal(candidates(*state, "serve echo --back"), "--backlog");
    assert_string_equal(candidates(*state, "serve --model i"), "iterative");
    assert_string_equal(candidates(*state, "serve hello --te"), "--text");
    assert_string_equal(candidates(*state, "serve echo --te"), "");
    assert_string_equal(candidates(*state, "close --"), "");
}

static void message_has_options_and_header_fields(void **state)
{
    struct completion c;
    char text[COMPLETE_TEXT_BYTES + 1];

    add_session(*state, 3, SESSION_OPEN);
    assert_string_equal(candidates(*state, "message "), "3");
    assert_string_equal(candidates(*state, "message 3 action=x --"),
                        "--header --raw-json --encoding --binary");
    assert_string_equal(candidates(*state, "message --binary --header x=1 --"),
                        "--header --raw-json --encoding");
    assert_string_equal(candidates(*state, "message --header content-"),
                        "content-type= content-encoding= content-length=");
    complete_line("message --header b", 18, *state, &c);
    complete_common(&c, text, sizeof(text));
    assert_string_equal(text, "byteorder=");
}

static void filter_takes_states_behind_state(void **state)
{
    assert_string_equal(candidates(*state, "filter state es"), "established");
    assert_string_equal(candidates(*state, "filter state c"),
                        "close close-wait closing connected");
    assert_string_equal(candidates(*state, "filter sport = :80 and exclude time"), "time-wait");
    assert_string_equal(candidates(*state, "filter state established an"), "and");
}

/* Whatever is offered, the filter has to take. */
static void every_state_that_is_offered_is_one(void **state)
{
    struct completion c;

    complete_line("filter state ", 13, *state, &c);
    assert_true(c.n > STATE_COUNT - 1);
    for (size_t i = 0; i < c.n; i++) {
        struct err err = {0};
        char line[128];

        snprintf(line, sizeof(line), "state %s", c.candidates[i].text);
        assert_int_equal(model_set_filter(*state, line, &err), 0);
    }
}

static void goto_takes_a_panel_and_filter_words(void **state)
{
    assert_string_equal(candidates(*state, "goto s"), "sockets sessions stream socket");
    assert_string_equal(candidates(*state, "filter state established and sp"), "sport");
    assert_string_equal(candidates(*state, "goto sockets s"), "");
    assert_string_equal(candidates(*state, "packets-filter port 80 and fi"), "finding");
    assert_string_equal(candidates(*state, "packets-filter finding zero-window-p"),
                        "zero-window-probe zero-window-probe-ack");
}

static void views_and_columns_have_names(void **state)
{
    assert_string_equal(candidates(*state, "view l"), "list listeners");
    assert_string_equal(candidates(*state, "view list l"), "");
    assert_string_equal(candidates(*state, "columns recvq"), "recvq");
    assert_string_equal(candidates(*state, "columns local recvq own"), "owners owner");
    assert_string_equal(candidates(*state, "columns local,peer,recvq"), "recvq");
    assert_string_equal(candidates(*state, "view l,l"), "");
}

static void settings_and_their_values_are_offered(void **state)
{
    setenv("XDG_CONFIG_HOME", "/no/such/folder", 1);
    assert_string_equal(candidates(*state, "theme "),
                        "colour-blind dark high-contrast light mono");
    assert_string_equal(candidates(*state, "setting a"), "ascii");
    assert_string_equal(candidates(*state, "setting ascii "), "on off");
    assert_string_equal(candidates(*state, "setting colours "), "auto true 256 16 none");
    assert_string_equal(candidates(*state, "setting theme l"), "light");
    assert_string_equal(candidates(*state, "setting history "), "");
}

static void interfaces_come_from_the_system(void **state)
{
    assert_string_equal(candidates(*state, "capture lo"), "lo");
}

static void word_in_the_middle_is_completed(void **state)
{
    struct completion c;

    complete_line("ser echo", 3, *state, &c);
    assert_int_equal(c.start, 0);
    assert_int_equal(c.n, 1);
    complete_line("serve ec", 8, *state, &c);
    assert_int_equal(c.start, 6);
}

static void common_begin_is_typed(void **state)
{
    struct completion c;
    char text[COMPLETE_TEXT_BYTES + 1];

    complete_line("s", 1, *state, &c);
    assert_int_equal(complete_common(&c, text, sizeof(text)), 1);
    complete_line("conn", 4, *state, &c);
    assert_int_equal(complete_common(&c, text, sizeof(text)), 8);
    assert_string_equal(text, "connect ");
    complete_line("connect t", 9, *state, &c);
    complete_common(&c, text, sizeof(text));
    assert_string_equal(text, "tcp://");
    complete_line("zzz", 3, *state, &c);
    assert_int_equal(complete_common(&c, text, sizeof(text)), 0);
}

static void too_many_candidates_are_said(void **state)
{
    struct completion c;

    for (uint64_t id = 1; id < 100; id++)
        add_session(*state, id, SESSION_OPEN);
    complete_line("close ", 6, *state, &c);
    assert_int_equal(c.n, COMPLETE_CANDIDATES);
    assert_true(c.more);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(first_word_is_a_verb),
        TEST(serve_takes_a_service),
        TEST(sessions_that_ended_are_not_offered),
        TEST(servers_are_offered_by_number_and_by_endpoint),
        TEST(host_and_port_do_without_a_scheme),
        TEST(why_takes_what_can_be_reached_or_bound),
        TEST(taken_addresses_are_not_offered_to_serve),
        TEST(options_are_offered_once_and_where_they_belong),
        TEST(message_has_options_and_header_fields),
        TEST(filter_takes_states_behind_state),
        TEST(every_state_that_is_offered_is_one),
        TEST(goto_takes_a_panel_and_filter_words),
        TEST(views_and_columns_have_names),
        TEST(settings_and_their_values_are_offered),
        TEST(interfaces_come_from_the_system),
        TEST(word_in_the_middle_is_completed),
        TEST(common_begin_is_typed),
        TEST(too_many_candidates_are_said),
    };

    return cmocka_run_group_tests_name("complete", tests, NULL, NULL);
}
