/* Whose socket a packet came from, and whose it went to. */
#include "tests/unit/screen.h"

#include <netinet/in.h>

#include "core/model/packet_join.h"

enum { CLIENT = 51826, SERVER = 65432 };

struct fixture {
    struct screen screen; /* only its model is used */
    struct joined_packet joined;
    struct packet_join *join;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof(*f));

    screen_open(&f->screen, &packets_panel, 8, 80);
    f->join = packet_join_new();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    packet_join_free(f->join);
    screen_close(&f->screen);
    free(f);
    return 0;
}

/* A packet so many seconds after the start, from the client to the server. */
static const struct joined_packet *join_at(struct fixture *f, const char *from, const char *to,
                                           uint64_t seconds)
{
    const struct model *m = &f->screen.m;
    const struct join_sources sources = {.sessions = m->sessions,
                                         .n_sessions = m->n_sessions,
                                         .servers = m->servers,
                                         .n_servers = m->n_servers,
                                         .snapshot = m->snapshot,
                                         .gone = &m->gone,
                                         .changes = m->status_changes,
                                         .start_ns = m->start_ns,
                                         .start_wall_ns = m->start_wall_ns};
    const struct flow flow = {an_addr(from, CLIENT), an_addr(to, SERVER), IPPROTO_TCP};

    packet_join(f->join, &sources, &flow, SCREEN_NOON_NS + seconds * CLOCK_SECOND_NS,
                &f->joined);
    return &f->joined;
}

static const struct joined_packet *join_packet(struct fixture *f, uint64_t seconds)
{
    return join_at(f, "127.0.0.1", "127.0.0.1", seconds);
}

static void take_rows(struct fixture *f, const struct row *rows, size_t n)
{
    model_take_snapshot(&f->screen.m, a_snapshot(rows, n));
}

/* Somebody's socket that was seen to end. */
static void take_gone(struct fixture *f, uint64_t cookie, uint64_t seconds, const char *owner)
{
    struct snapshot *s = a_snapshot(NULL, 0);
    struct change change = {.kind = CHANGE_GONE,
                            .at_ns = SCREEN_START_NS + seconds * CLOCK_SECOND_NS,
                            .row = a_row(cookie, STATE_ESTABLISHED, CLIENT, SERVER)};

    snprintf(change.owner, sizeof(change.owner), "%s", owner);
    snapshot_change(s, &change);
    model_take_snapshot(&f->screen.m, s);
}

static void a_session_of_ours_is_certain(void **state)
{
    struct fixture *f = *state;
    struct session_status s = a_session(2, SESSION_OPEN, 13);
    struct row row = a_row(13, STATE_ESTABLISHED, CLIENT, SERVER);
    const struct joined_end *from;

    apply_session_status(&f->screen, &s);
    take_rows(f, &row, 1);
    from = &join_packet(f, 9)->ends[0];
    assert_int_equal(from->kind, JOIN_SESSION);
    assert_false(from->owner.guess);
    assert_string_equal(from->owner.session, "session 2");
    assert_string_equal(from->owner.socket, "tcp://127.0.0.1:51826-127.0.0.1:65432");
    assert_true(from->has_row);
    assert_int_equal(from->row.cookie, 13);
    assert_int_equal(f->joined.ends[1].kind, JOIN_NONE);
}

static void a_packet_from_before_the_session_is_not_its(void **state)
{
    struct fixture *f = *state;
    struct session_status s = a_session(2, SESSION_CLOSED, 13);

    s.changed_ns = SCREEN_START_NS + 10 * CLOCK_SECOND_NS;
    apply_session_status(&f->screen, &s);
    assert_int_equal(join_packet(f, 7)->ends[0].kind, JOIN_NONE);
    assert_int_equal(join_packet(f, 9)->ends[0].kind, JOIN_SESSION);
    assert_int_equal(join_packet(f, 60)->ends[0].kind, JOIN_SESSION);
    assert_int_equal(join_packet(f, 71)->ends[0].kind, JOIN_NONE);
}

static void of_two_sessions_the_later_one_has_the_packet(void **state)
{
    struct fixture *f = *state;
    struct session_status first = a_session(2, SESSION_CLOSED, 13);
    struct session_status second = a_session(3, SESSION_OPEN, 14);

    first.changed_ns = SCREEN_START_NS + 9 * CLOCK_SECOND_NS;
    second.opened_ns = SCREEN_START_NS + 20 * CLOCK_SECOND_NS;
    apply_session_status(&f->screen, &first);
    apply_session_status(&f->screen, &second);
    assert_int_equal(join_packet(f, 19)->ends[0].session_id, 2);
    assert_int_equal(join_packet(f, 21)->ends[0].session_id, 3);
}

static void an_accepted_session_is_its_servers(void **state)
{
    struct fixture *f = *state;
    struct session_status s = a_session(3, SESSION_OPEN, 14);
    struct server_status server = a_server(1, 11);

    s.server_id = 1;
    s.local = an_addr("127.0.0.1", SERVER);
    s.peer = an_addr("127.0.0.1", CLIENT);
    apply_server_status(&f->screen, &server);
    apply_session_status(&f->screen, &s);
    assert_string_equal(join_packet(f, 9)->ends[1].owner.session, "server 1 never-recv");
    assert_false(f->joined.ends[1].owner.guess);
}

static void a_row_with_the_same_addresses_is_a_guess(void **state)
{
    struct fixture *f = *state;
    struct row rows[2] = {a_row(21, STATE_ESTABLISHED, SERVER, CLIENT),
                          a_row(22, STATE_ESTABLISHED, CLIENT, 9999)};

    take_rows(f, rows, 2);
    assert_int_equal(join_packet(f, 1)->ends[1].kind, JOIN_ROW);
    assert_true(f->joined.ends[1].owner.guess);
    assert_int_equal(f->joined.ends[1].row.cookie, 21);
    assert_null(f->joined.ends[1].owner.session);
    assert_null(f->joined.ends[1].owner.process);
    assert_int_equal(f->joined.ends[0].kind, JOIN_NONE);
}

static void a_listener_has_what_no_connection_has(void **state)
{
    struct fixture *f = *state;
    struct row row = a_row(11, STATE_LISTEN, SERVER, 0);

    row.local = an_addr("0.0.0.0", SERVER);
    take_rows(f, &row, 1);
    assert_int_equal(join_packet(f, 1)->ends[1].kind, JOIN_LISTENER);
    assert_string_equal(f->joined.ends[1].owner.socket, "tcp://127.0.0.1:65432");
    assert_int_equal(f->joined.ends[0].kind, JOIN_NONE);
}

static void a_socket_that_is_no_more_is_still_known(void **state)
{
    struct fixture *f = *state;
    struct row row = a_row(33, STATE_ESTABLISHED, CLIENT, SERVER);

    take_gone(f, 31, 10, "curl (90)");
    assert_int_equal(join_packet(f, 5)->ends[0].kind, JOIN_GONE);
    assert_string_equal(f->joined.ends[0].owner.process, "curl (90)");
    /* Its last packets come after its end. */
    assert_int_equal(join_packet(f, 11)->ends[0].kind, JOIN_GONE);
    assert_int_equal(join_packet(f, 100)->ends[0].kind, JOIN_NONE);
    /* Of two each has what came before its end. */
    take_gone(f, 32, 20, "curl (91)");
    assert_string_equal(join_packet(f, 5)->ends[0].owner.process, "curl (90)");
    assert_string_equal(join_packet(f, 15)->ends[0].owner.process, "curl (91)");
    /* And one that lives now has what came after all of them. */
    take_rows(f, &row, 1);
    assert_int_equal(join_packet(f, 15)->ends[0].kind, JOIN_GONE);
    assert_int_equal(join_packet(f, 25)->ends[0].kind, JOIN_ROW);
}

static void a_mapped_address_is_the_one_on_the_wire(void **state)
{
    struct fixture *f = *state;
    struct row row = a_row(21, STATE_ESTABLISHED, SERVER, CLIENT);

    row.local = an_addr("::ffff:127.0.0.1", SERVER);
    row.peer = an_addr("::ffff:127.0.0.1", CLIENT);
    take_rows(f, &row, 1);
    assert_int_equal(join_packet(f, 1)->ends[1].kind, JOIN_ROW);
    assert_int_equal(join_at(f, "127.0.0.2", "127.0.0.1", 1)->ends[1].kind, JOIN_NONE);
}

static void sockets_of_other_namespaces_do_not_count(void **state)
{
    struct fixture *f = *state;
    struct row row = a_row(21, STATE_ESTABLISHED, SERVER, CLIENT);
    struct snapshot *s = a_snapshot(&row, 1);

    s->n_netns = 1;
    s->netns = mem_new(1, sizeof(*s->netns));
    snprintf(s->netns[0].name, sizeof(s->netns[0].name), "blue");
    model_take_snapshot(&f->screen.m, s);
    assert_int_equal(join_packet(f, 1)->ends[1].kind, JOIN_NONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_session_of_ours_is_certain),
        TEST(a_packet_from_before_the_session_is_not_its),
        TEST(of_two_sessions_the_later_one_has_the_packet),
        TEST(an_accepted_session_is_its_servers),
        TEST(a_row_with_the_same_addresses_is_a_guess),
        TEST(a_listener_has_what_no_connection_has),
        TEST(a_socket_that_is_no_more_is_still_known),
        TEST(a_mapped_address_is_the_one_on_the_wire),
        TEST(sockets_of_other_namespaces_do_not_count),
    };

    return cmocka_run_group_tests_name("packet join", tests, NULL, NULL);
}
