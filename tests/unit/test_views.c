/* Rows grouped for a view, and what folds leave of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/views.h"
#include "core/model/views_fold.h"
#include "tests/unit/owned.h"

#define ROWS_MAX 32

/* --- snapshots -------------------------------------------------------------------------- */

static struct snapshot *nothing(void)
{
    struct snapshot *s = mem_new(1, sizeof(*s));

    s->rows = mem_new(ROWS_MAX, sizeof(*s->rows));
    return s;
}

static struct addr end(const char *text, uint16_t port)
{
    struct in6_addr v6;
    struct in_addr v4;

    if (inet_pton(AF_INET, text, &v4) == 1)
        return addr_make(AF_INET, &v4, port);
    assert_int_equal(inet_pton(AF_INET6, text, &v6), 1);
    return addr_make(AF_INET6, &v6, port);
}

/* Row number n has inode 100 + n and cookie 1 + n. */
static struct row *add(struct snapshot *s, uint8_t state, const char *local, uint16_t port,
                       const char *peer, uint16_t peer_port)
{
    struct row *row = &s->rows[s->n_rows];

    assert_true(s->n_rows < ROWS_MAX);
    *row = (struct row){.cookie = s->n_rows + 1,
                        .inode = (uint32_t)s->n_rows + 100,
                        .kind = KIND_TCP,
                        .state = state,
                        .local = end(local, port),
                        .peer = end(peer, peer_port)};
    s->n_rows++;
    return row;
}

static struct row *listen_at(struct snapshot *s, const char *local, uint16_t port)
{
    return add(s, STATE_LISTEN, local, port, strchr(local, ':') ? "::" : "0.0.0.0", 0);
}

static struct row *connected(struct snapshot *s, const char *local, uint16_t port,
                             const char *peer, uint16_t peer_port)
{
    return add(s, STATE_ESTABLISHED, local, port, peer, peer_port);
}

static struct row *unix_socket(struct snapshot *s, uint8_t kind, uint8_t state, uint32_t inode,
                               uint32_t peer, const char *name)
{
    struct row *row = &s->rows[s->n_rows++];

    *row = (struct row){.cookie = s->n_rows, .inode = inode, .kind = kind, .state = state};
    row->local.family = row->peer.family = AF_UNIX;
    row->local.number[0] = inode;
    row->peer.number[0] = peer;
    row->name = name ? texts_add(&s->names, name, strlen(name)) : 0;
    return row;
}

/* --- what is expected ------------------------------------------------------------------- */

/* Lines as "h" for a group's own, "." for a row in it, each with its row. */
static void expect_lines(const struct view *v, const char *shape, const uint32_t rows[])
{
    assert_int_equal(v->n_lines, strlen(shape));
    for (size_t i = 0; i < v->n_lines; i++) {
        assert_int_equal(v->lines[i].head, shape[i] == 'h');
        assert_int_equal(v->lines[i].row, rows[i]);
        assert_true(v->lines[i].group < v->n_groups);
    }
}

static void done(struct snapshot *s, struct view *v)
{
    assert_null(s->view);
    s->view = v;
    snapshot_free(s);
}

#define NO VIEW_NO_ROW

/* --- the tree --------------------------------------------------------------------------- */

static void the_list_needs_no_lines(void **state)
{
    struct snapshot *s = nothing();

    (void)state;
    listen_at(s, "127.0.0.1", 80);
    assert_null(view_make(s, VIEW_LIST));
    done(s, NULL);
}

static void sockets_stand_below_their_processes(void **state)
{
    const uint32_t rows[] = {NO, 1, NO, 0, 2};
    struct snapshot *s = nothing();
    struct view *v;

    (void)state;
    listen_at(s, "127.0.0.1", 80)->wqueue = 128;
    connected(s, "127.0.0.1", 4000, "127.0.0.1", 80)->wqueue = 7;
    connected(s, "127.0.0.1", 80, "127.0.0.1", 4000)->rqueue = 5;
    an_owner(&s->owned, 100, OWNER_KNOWN);
    a_holder(&s->owned, 20, 3, "zeta");
    an_owner(&s->owned, 101, OWNER_KNOWN);
    a_holder(&s->owned, 30, 3, "alpha");
    an_owner(&s->owned, 102, OWNER_KNOWN);
    s->owned.holders = mem_resize(s->owned.holders, 3, sizeof(*s->owned.holders));
    s->owned.holders[2] = (struct holder){.process = 0, .fd = 4};
    s->owned.n_holders = 3;
    s->owned.owners[2].n = 1;
    v = view_make(s, VIEW_TREE);
    expect_lines(v, "h.h..", rows);
    assert_int_equal(v->groups[0].kind, GROUP_PROCESS);
    assert_string_equal(s->owned.processes[v->groups[0].process].comm, "alpha");
    assert_int_equal(v->groups[0].wqueue_bytes, 7);
    assert_int_equal(v->groups[1].n, 2);
    assert_int_equal(v->groups[1].rqueue_bytes, 5);
    /* The limit of an accept queue is no byte that waits. */
    assert_int_equal(v->groups[1].wqueue_bytes, 0);
    done(s, v);
}

static void shared_socket_stands_below_every_holder_once(void **state)
{
    const uint32_t rows[] = {NO, 0, NO, 0};
    struct snapshot *s = nothing();
    struct view *v;

    (void)state;
    listen_at(s, "127.0.0.1", 80);
    an_owner(&s->owned, 100, OWNER_KNOWN);
    a_holder(&s->owned, 20, 3, "worker");
    a_holder(&s->owned, 21, 3, "worker");
    /* A second descriptor of the same process is no second holder. */
    s->owned.holders = mem_resize(s->owned.holders, 3, sizeof(*s->owned.holders));
    s->owned.holders[2] = (struct holder){.process = 1, .fd = 9};
    s->owned.n_holders = s->owned.owners[0].n = 3;
    v = view_make(s, VIEW_TREE);
    expect_lines(v, "h.h.", rows);
    assert_int_equal(v->groups[0].n, 1);
    assert_int_equal(v->groups[1].n, 1);
    assert_true(v->groups[0].key != v->groups[1].key);
    done(s, v);
}

static void rows_without_a_process_say_why(void **state)
{
    const uint32_t rows[] = {NO, 1, NO, 0, 3, NO, 2};
    struct snapshot *s = nothing();
    struct view *v;

    (void)state;
    add(s, STATE_TIME_WAIT, "127.0.0.1", 80, "127.0.0.1", 4000)->inode = 0;
    connected(s, "127.0.0.1", 81, "127.0.0.1", 4001);
    connected(s, "127.0.0.1", 82, "127.0.0.1", 4002);
    connected(s, "127.0.0.1", 83, "127.0.0.1", 4003);
    an_owner(&s->owned, 101, OWNER_NOT_PERMITTED);
    an_owner(&s->owned, 103, OWNER_NONE);
    v = view_make(s, VIEW_TREE);
    expect_lines(v, "h.h..h.", rows);
    assert_int_equal(v->groups[0].kind, GROUP_NOT_PERMITTED);
    assert_int_equal(v->groups[1].kind, GROUP_NO_PROCESS);
    assert_int_equal(v->groups[2].kind, GROUP_NOT_ASKED);
    done(s, v);
}

static void netlink_of_the_kernel_has_no_process(void **state)
{
    struct snapshot *s = nothing();
    struct view *v;

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        struct row *row = add(s, STATE_CLOSE, "0.0.0.0", 0, "0.0.0.0", 0);

        row->kind = KIND_NETLINK;
        row->local = row->peer = (struct addr){.family = AF_NETLINK};
        row->local.number[1] = i ? 4242 : 0;
        an_owner(&s->owned, row->inode, OWNER_NOT_PERMITTED);
    }
    v = view_make(s, VIEW_TREE);
    assert_int_equal(v->n_groups, 2);
    assert_int_equal(v->groups[0].kind, GROUP_NOT_PERMITTED);
    assert_int_equal(v->groups[1].kind, GROUP_NO_PROCESS);
    assert_int_equal(v->lines[v->groups[1].line + 1].row, 0);
    done(s, v);
}

static void last_owner_of_a_socket_is_not_its_owner(void **state)
{
    struct snapshot *s = nothing();
    struct view *v;

    (void)state;
    connected(s, "127.0.0.1", 81, "127.0.0.1", 4001);
    an_owner(&s->owned, 100, OWNER_KNOWN)->past = true;
    a_holder(&s->owned, 20, 3, "gone");
    v = view_make(s, VIEW_TREE);
    assert_int_equal(v->n_groups, 1);
    assert_int_equal(v->groups[0].kind, GROUP_NO_PROCESS);
    done(s, v);
}

static void gone_rows_are_shown_but_not_counted(void **state)
{
    struct snapshot *s = nothing();
    struct view *v;

    (void)state;
    connected(s, "127.0.0.1", 81, "127.0.0.1", 4001)->rqueue = 9;
    s->rows[0].change = CHANGE_GONE;
    connected(s, "127.0.0.1", 82, "127.0.0.1", 4001)->rqueue = 1;
    v = view_make(s, VIEW_TREE);
    assert_int_equal(v->n_lines, 3);
    assert_int_equal(v->groups[0].n, 1);
    assert_int_equal(v->groups[0].rqueue_bytes, 1);
    done(s, v);
}

/* --- listeners -------------------------------------------------------------------------- */

static void listeners_have_what_they_accepted_below(void **state)
{
    const uint32_t rows[] = {0, 2, 3, 1};
    struct snapshot *s = nothing();
    struct view *v;

    (void)state;
    listen_at(s, "127.0.0.1", 80);
    listen_at(s, "127.0.0.1", 81);
    connected(s, "127.0.0.1", 80, "127.0.0.1", 4000);
    connected(s, "127.0.0.1", 80, "127.0.0.1", 4001)->inode = 0;
    connected(s, "127.0.0.1", 4000, "127.0.0.1", 80);
    v = view_make(s, VIEW_LISTENERS);
    expect_lines(v, "h..h", rows);
    assert_int_equal(v->groups[0].n, 2);
    assert_int_equal(v->groups[0].waiting, 1);
    assert_int_equal(v->groups[1].n, 0);
    assert_int_equal(v->groups[1].row, 1);
    done(s, v);
}

static void closed_connection_does_not_wait_for_accept(void **state)
{
    struct row row = {.kind = KIND_TCP, .state = STATE_FIN_WAIT2};

    (void)state;
    assert_false(row_not_accepted(&row));
    row.state = STATE_TIME_WAIT;
    assert_false(row_not_accepted(&row));
    row.state = STATE_CLOSE_WAIT;
    assert_true(row_not_accepted(&row));
    row.inode = 1;
    assert_false(row_not_accepted(&row));
    row = (struct row){.kind = KIND_UDP, .state = STATE_ESTABLISHED};
    assert_false(row_not_accepted(&row));
}

static void best_fitting_listener_gets_the_connection(void **state)
{
    const uint32_t rows[] = {0, 5, 1, 3, 2, 4};
    struct snapshot *s = nothing();
    struct view *v;

    (void)state;
    listen_at(s, "::", 80);
    listen_at(s, "0.0.0.0", 80);
    listen_at(s, "127.0.0.1", 80);
    connected(s, "10.0.0.1", 80, "10.0.0.2", 4000);
    connected(s, "::ffff:127.0.0.1", 80, "::ffff:127.0.0.1", 4000);
    connected(s, "::1", 80, "::1", 4000);
    v = view_make(s, VIEW_LISTENERS);
    expect_lines(v, "h.h.h.", rows);
    done(s, v);
}

static void v6only_listener_takes_no_ipv4(void **state)
{
    struct snapshot *s = nothing();
    struct view *v;

    (void)state;
    listen_at(s, "::", 80);
    connected(s, "::ffff:127.0.0.1", 80, "::ffff:127.0.0.1", 4000);
    v = view_make(s, VIEW_LISTENERS);
    assert_int_equal(v->n_lines, 2);
    view_free(v);
    s->rows[0].v6only = true;
    v = view_make(s, VIEW_LISTENERS);
    assert_int_equal(v->n_lines, 1);
    done(s, v);
}

static void listener_of_another_namespace_or_device_is_another(void **state)
{
    struct snapshot *s = nothing();
    struct view *v;

    (void)state;
    listen_at(s, "0.0.0.0", 80)->netns = 1;
    listen_at(s, "0.0.0.0", 80)->interface = 2;
    connected(s, "10.0.0.1", 80, "10.0.0.2", 4000);
    v = view_make(s, VIEW_LISTENERS);
    assert_int_equal(v->n_lines, 2);
    done(s, v);
}

static void unix_listeners_are_found_by_name(void **state)
{
    const uint32_t rows[] = {0, 2, 1};
    struct snapshot *s = nothing();
    struct view *v;

    (void)state;
    unix_socket(s, KIND_UNIX_STREAM, STATE_LISTEN, 500, 0, "/run/a.sock")->rqueue = 3;
    unix_socket(s, KIND_UNIX_STREAM, STATE_LISTEN, 501, 0, "@b");
    unix_socket(s, KIND_UNIX_STREAM, STATE_ESTABLISHED, 502, 503, "/run/a.sock");
    unix_socket(s, KIND_UNIX_STREAM, STATE_ESTABLISHED, 503, 502, NULL);
    v = view_make(s, VIEW_LISTENERS);
    expect_lines(v, "h.h", rows);
    /* What waits there has no row. */
    assert_int_equal(v->groups[0].n, 4);
    assert_int_equal(v->groups[0].waiting, 3);
    done(s, v);
}

/* --- ends ------------------------------------------------------------------------------- */

static void expect_pairs(const struct view *v, size_t n, const uint32_t pairs[][2])
{
    assert_int_equal(v->n_lines, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(v->lines[i].row, pairs[i][0]);
        assert_int_equal(v->lines[i].other, pairs[i][1]);
        assert_false(v->lines[i].head);
    }
}

static void both_ends_share_a_line(void **state)
{
    const uint32_t pairs[][2] = {{1, 2}, {3, NO}};
    struct snapshot *s = nothing();
    struct view *v;

    (void)state;
    listen_at(s, "127.0.0.1", 80);
    connected(s, "127.0.0.1", 80, "127.0.0.1", 4000);
    connected(s, "127.0.0.1", 4000, "127.0.0.1", 80);
    connected(s, "10.0.0.1", 4000, "10.0.0.2", 80);
    add(s, STATE_CLOSE, "0.0.0.0", 53, "0.0.0.0", 0)->kind = KIND_UDP;
    v = view_make(s, VIEW_ENDS);
    expect_pairs(v, 2, pairs);
    done(s, v);
}

static void mapped_address_is_the_same_end(void **state)
{
    const uint32_t pairs[][2] = {{0, 1}};
    struct snapshot *s = nothing();
    struct view *v;

    (void)state;
    connected(s, "::ffff:127.0.0.1", 80, "::ffff:127.0.0.1", 4000);
    connected(s, "127.0.0.1", 4000, "127.0.0.1", 80);
    v = view_make(s, VIEW_ENDS);
    expect_pairs(v, 1, pairs);
    done(s, v);
}

static void ends_meet_in_one_namespace_and_protocol_only(void **state)
{
    const uint32_t pairs[][2] = {{0, NO}, {1, 3}, {2, NO}};
    struct snapshot *s = nothing();
    struct view *v;

    (void)state;
    connected(s, "127.0.0.1", 80, "127.0.0.1", 4000);
    connected(s, "127.0.0.1", 4000, "127.0.0.1", 80)->netns = 1;
    connected(s, "127.0.0.1", 4000, "127.0.0.1", 80)->kind = KIND_UDP;
    connected(s, "127.0.0.1", 80, "127.0.0.1", 4000)->netns = 1;
    v = view_make(s, VIEW_ENDS);
    expect_pairs(v, 3, pairs);
    done(s, v);
}

static void socket_connected_to_itself_has_one_end(void **state)
{
    const uint32_t pairs[][2] = {{0, NO}};
    struct snapshot *s = nothing();
    struct view *v;

    (void)state;
    connected(s, "127.0.0.1", 80, "127.0.0.1", 80);
    v = view_make(s, VIEW_ENDS);
    expect_pairs(v, 1, pairs);
    done(s, v);
}

static void no_row_is_the_end_of_two_connections(void **state)
{
    const uint32_t pairs[][2] = {{0, 1}, {2, NO}};
    struct snapshot *s = nothing();
    struct view *v;

    (void)state;
    connected(s, "127.0.0.1", 80, "127.0.0.1", 4000);
    connected(s, "127.0.0.1", 4000, "127.0.0.1", 80);
    add(s, STATE_TIME_WAIT, "127.0.0.1", 4000, "127.0.0.1", 80);
    v = view_make(s, VIEW_ENDS);
    expect_pairs(v, 2, pairs);
    done(s, v);
}

static void unix_pairs_are_found_by_inode(void **state)
{
    const uint32_t pairs[][2] = {{0, 2}, {3, 5}, {4, 5}, {6, NO}};
    struct snapshot *s = nothing();
    struct view *v;

    (void)state;
    unix_socket(s, KIND_UNIX_STREAM, STATE_ESTABLISHED, 500, 502, NULL);
    unix_socket(s, KIND_UNIX_STREAM, STATE_LISTEN, 501, 0, "@x");
    unix_socket(s, KIND_UNIX_STREAM, STATE_ESTABLISHED, 502, 500, "@x");
    /* Two that send to one which answers nobody. */
    unix_socket(s, KIND_UNIX_DGRAM, STATE_ESTABLISHED, 503, 505, NULL);
    unix_socket(s, KIND_UNIX_DGRAM, STATE_ESTABLISHED, 504, 505, NULL);
    unix_socket(s, KIND_UNIX_DGRAM, STATE_ESTABLISHED, 505, 0, "/dev/log");
    /* Its peer is in another namespace, or waits to be accepted. */
    unix_socket(s, KIND_UNIX_STREAM, STATE_ESTABLISHED, 506, 0, NULL);
    v = view_make(s, VIEW_ENDS);
    expect_pairs(v, 4, pairs);
    done(s, v);
}

/* --- sums ------------------------------------------------------------------------------- */

static void states_are_counted_by_kind(void **state)
{
    struct snapshot *s = nothing();
    struct view *v;

    (void)state;
    connected(s, "127.0.0.1", 80, "127.0.0.1", 4000)->rqueue = 5;
    connected(s, "127.0.0.1", 81, "127.0.0.1", 4000)->rqueue = 6;
    connected(s, "127.0.0.1", 82, "127.0.0.1", 4000)->rqueue = QUEUE_UNKNOWN;
    connected(s, "127.0.0.1", 53, "127.0.0.1", 4000)->kind = KIND_UDP;
    listen_at(s, "127.0.0.1", 80);
    v = view_make(s, VIEW_STATES);
    assert_int_equal(v->n_lines, 3);
    assert_int_equal(v->n_groups, 3);
    assert_int_equal(v->groups[0].state, STATE_ESTABLISHED);
    assert_int_equal(v->groups[0].n, 3);
    assert_int_equal(v->groups[0].rqueue_bytes, 11);
    assert_int_equal(v->groups[1].state, STATE_LISTEN);
    assert_int_equal(v->groups[2].socket_kind, KIND_UDP);
    done(s, v);
}

static void processes_with_most_sockets_come_first(void **state)
{
    struct snapshot *s = nothing();
    struct view *v;

    (void)state;
    for (uint16_t i = 0; i < 5; i++)
        connected(s, "127.0.0.1", (uint16_t)(80 + i), "127.0.0.1", 4000);
    an_owner(&s->owned, 100, OWNER_KNOWN);
    a_holder(&s->owned, 20, 3, "alpha");
    an_owner(&s->owned, 101, OWNER_KNOWN);
    a_holder(&s->owned, 21, 3, "zeta");
    s->owned.owners = mem_resize(s->owned.owners, 3, sizeof(*s->owned.owners));
    s->owned.owners[2] = s->owned.owners[1];
    s->owned.owners[2].inode = 102;
    s->owned.n_owners = 3;
    v = view_make(s, VIEW_PROCESSES);
    assert_int_equal(v->n_lines, 3);
    assert_string_equal(s->owned.processes[v->groups[0].process].comm, "zeta");
    assert_int_equal(v->groups[0].n, 2);
    /* What has no process comes last, however much it is. */
    assert_int_equal(v->groups[2].kind, GROUP_NOT_ASKED);
    assert_int_equal(v->groups[2].n, 2);
    done(s, v);
}

static void expect_order(const struct snapshot *s, const struct view *v, enum sums_order by,
                         bool descending, const uint32_t expected[3])
{
    uint32_t order[3];

    view_order_sums(s, v, by, descending, order);
    assert_memory_equal(order, expected, sizeof(order));
}

static void sums_are_ordered_by_what_is_wanted(void **state)
{
    struct snapshot *s = nothing();
    struct view *v;

    (void)state;
    connected(s, "127.0.0.1", 80, "127.0.0.1", 4000)->rqueue = 5;
    connected(s, "127.0.0.1", 81, "127.0.0.1", 4000)->state = STATE_CLOSE_WAIT;
    connected(s, "127.0.0.1", 82, "127.0.0.1", 4000)->state = STATE_CLOSE_WAIT;
    listen_at(s, "127.0.0.1", 80);
    v = view_make(s, VIEW_STATES);
    assert_int_equal(v->n_lines, 3); /* ESTABLISHED, CLOSE_WAIT, LISTEN */
    expect_order(s, v, SUMS_USUAL, false, (const uint32_t[]){0, 1, 2});
    expect_order(s, v, SUMS_NAME, true, (const uint32_t[]){2, 1, 0});
    expect_order(s, v, SUMS_COUNT, true, (const uint32_t[]){1, 0, 2}); /* alike: as before */
    expect_order(s, v, SUMS_RECVQ, false, (const uint32_t[]){1, 2, 0});
    expect_order(s, v, SUMS_SENDQ, true, (const uint32_t[]){0, 1, 2});
    done(s, v);
}

static void empty_snapshot_has_no_lines_in_any_view(void **state)
{
    struct snapshot *s = nothing();

    (void)state;
    for (int i = VIEW_LIST + 1; i < VIEW_COUNT; i++) {
        struct view *v = view_make(s, (enum socket_view)i);

        if (!view_has_lines((enum socket_view)i)) {
            assert_null(v);
            continue;
        }
        assert_int_equal(v->n_lines, 0);
        assert_int_equal(v->which, i);
        view_free(v);
    }
    done(s, NULL);
}

static void views_are_found_by_name(void **state)
{
    enum socket_view view;

    (void)state;
    for (int i = 0; i < VIEW_COUNT; i++) {
        assert_true(view_parse(view_name((enum socket_view)i), &view));
        assert_int_equal(view, i);
    }
    assert_false(view_parse("", &view));
    assert_false(view_parse("trees", &view));
}

/* --- folds ------------------------------------------------------------------------------ */

/* Three groups: lines 0 1 2, 3, 4 5 6 7. */
static struct view *three_groups(void)
{
    static const uint32_t sizes[] = {2, 0, 3};
    struct view *v = mem_new(1, sizeof(*v));

    v->n_groups = 3;
    v->groups = mem_new(3, sizeof(*v->groups));
    for (uint32_t i = 0; i < 3; i++) {
        v->groups[i] = (struct view_group){
            .key = 30 - 10 * i, .line = (uint32_t)v->n_lines, .n_lines = sizes[i]};
        v->n_lines += 1 + sizes[i];
    }
    return v;
}

static void folded_group_leaves_its_own_line(void **state)
{
    struct view *v = three_groups();
    struct folds f = {0};

    (void)state;
    folds_apply(&f, v, 0);
    assert_int_equal(f.shown, 8);
    assert_int_equal(folds_line(&f, 7), 7);
    assert_true(folds_set(&f, 30, true));
    assert_true(folds_set(&f, 20, true)); /* there is nothing below it */
    folds_apply(&f, v, 0);
    assert_int_equal(f.shown, 6);
    assert_int_equal(folds_line(&f, 0), 0);
    for (size_t i = 1; i < 6; i++)
        assert_int_equal(folds_line(&f, i), i + 2);
    assert_true(folds_set(&f, 10, true));
    folds_apply(&f, v, 0);
    assert_int_equal(f.shown, 3);
    assert_int_equal(folds_line(&f, 1), 3);
    assert_int_equal(folds_line(&f, 2), 4);
    assert_true(folds_set(&f, 30, false));
    assert_false(folds_has(&f, 30));
    folds_apply(&f, v, 0);
    assert_int_equal(f.shown, 5);
    assert_int_equal(folds_line(&f, 2), 2);
    assert_int_equal(folds_line(&f, 4), 4);
    view_free(v);
}

static void hidden_line_is_at_the_place_of_its_group(void **state)
{
    struct view *v = three_groups();
    struct folds f = {0};

    (void)state;
    folds_set(&f, 30, true);
    folds_set(&f, 10, true);
    folds_apply(&f, v, 0);
    assert_int_equal(folds_place(&f, 0), 0);
    assert_int_equal(folds_place(&f, 2), 0);
    assert_int_equal(folds_place(&f, 3), 1);
    assert_int_equal(folds_place(&f, 4), 2);
    assert_int_equal(folds_place(&f, 7), 2);
    for (size_t place = 0; place < f.shown; place++)
        assert_int_equal(folds_place(&f, folds_line(&f, place)), place);
    view_free(v);
}

static void folds_are_bounded_and_forget_groups_that_are_gone(void **state)
{
    struct view *v = three_groups();
    struct folds f = {0};

    (void)state;
    for (uint64_t key = 1000; key < 1000 + FOLDS_MAX - 1; key++)
        assert_true(folds_set(&f, key, true));
    assert_true(folds_set(&f, 30, true));
    assert_false(folds_set(&f, 10, true));
    assert_true(folds_set(&f, 30, true));
    folds_apply(&f, v, 0);
    assert_int_equal(f.n, 1);
    assert_true(folds_has(&f, 30));
    assert_true(folds_set(&f, 10, true));
    view_free(v);
}

static void list_folds_nothing(void **state)
{
    struct folds f = {0};

    (void)state;
    folds_set(&f, 30, true);
    folds_apply(&f, NULL, 12);
    assert_int_equal(f.shown, 12);
    assert_int_equal(folds_line(&f, 11), 11);
    assert_int_equal(folds_place(&f, 11), 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_needs_no_lines),
        cmocka_unit_test(sockets_stand_below_their_processes),
        cmocka_unit_test(shared_socket_stands_below_every_holder_once),
        cmocka_unit_test(rows_without_a_process_say_why),
        cmocka_unit_test(netlink_of_the_kernel_has_no_process),
        cmocka_unit_test(last_owner_of_a_socket_is_not_its_owner),
        cmocka_unit_test(gone_rows_are_shown_but_not_counted),
        cmocka_unit_test(listeners_have_what_they_accepted_below),
        cmocka_unit_test(closed_connection_does_not_wait_for_accept),
        cmocka_unit_test(best_fitting_listener_gets_the_connection),
        cmocka_unit_test(v6only_listener_takes_no_ipv4),
        cmocka_unit_test(listener_of_another_namespace_or_device_is_another),
        cmocka_unit_test(unix_listeners_are_found_by_name),
        cmocka_unit_test(both_ends_share_a_line),
        cmocka_unit_test(mapped_address_is_the_same_end),
        cmocka_unit_test(ends_meet_in_one_namespace_and_protocol_only),
        cmocka_unit_test(socket_connected_to_itself_has_one_end),
        cmocka_unit_test(no_row_is_the_end_of_two_connections),
        cmocka_unit_test(unix_pairs_are_found_by_inode),
        cmocka_unit_test(states_are_counted_by_kind),
        cmocka_unit_test(processes_with_most_sockets_come_first),
        cmocka_unit_test(sums_are_ordered_by_what_is_wanted),
        cmocka_unit_test(empty_snapshot_has_no_lines_in_any_view),
        cmocka_unit_test(views_are_found_by_name),
        cmocka_unit_test(folded_group_leaves_its_own_line),
        cmocka_unit_test(hidden_line_is_at_the_place_of_its_group),
        cmocka_unit_test(folds_are_bounded_and_forget_groups_that_are_gone),
        cmocka_unit_test(list_folds_nothing),
    };

    return cmocka_run_group_tests_name("views", tests, NULL, NULL);
}
