/* Gathering evidence on a host that is made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "core/model/kernel_event.h"
#include "core/why/gather.h"
#include "core/why/gather_internal.h"

static void limits(struct limit_facts *ret)
{
    *ret = (struct limit_facts){0};
}

static bool interface_to(const struct route_question *question, char ret_name[16])
{
    (void)question;
    strcpy(ret_name, "lo");
    return true;
}

static size_t interfaces_to(const struct route_question *question,
                            char ret_names[ROUTE_INTERFACES][16])
{
    (void)question;
    strcpy(ret_names[0], "lo");
    return 1;
}

static struct kernel_events *no_events(struct ring *events, bool drops)
{
    (void)events, (void)drops;
    return NULL;
}

static const struct kernel_events_status *no_status(const struct kernel_events *k)
{
    static const struct kernel_events_status none;

    (void)k;
    return &none;
}

static void nothing(struct kernel_events *k)
{
    (void)k;
}

static void no_capture(struct capture *c)
{
    assert_null(c);
}

static int firewall(const struct firewall_question *question, struct firewall_facts *ret,
                    struct err *err)
{
    (void)question, (void)ret, (void)err;
    return 0;
}

static int counters(struct counters *ret, struct err *err)
{
    (void)ret, (void)err;
    return 0;
}

/* Whatever else of the host is asked for ends the test. */
static const struct probes host = {
    .limits_read = limits,
    .interface_to = interface_to,
    .interfaces_to = interfaces_to,
    .events_open = no_events,
    .events_status = no_status,
    .events_read = nothing,
    .events_close = nothing,
    .capture_stop = no_capture,
    .firewall_look = firewall,
    .counters_read = counters,
};

static void given_up_before_anything_was_tried(void **state)
{
    static const atomic_bool stop = true;
    struct why_wish wish = {.subject = WHY_CONNECT, .no_capture = true, .stop = &stop};
    struct evidence *e = NULL;

    (void)state;
    assert_int_equal(endpoint_parse("tcp://127.0.0.1:9", &wish.endpoint, NULL), 0);
    assert_int_equal(why_gather(&wish, &host, &e, NULL), 0);
    assert_int_equal(e->n_attempts, 0);
    evidence_free(e);
}

static int no_sockets(const struct wish *wish,
                      bool (*part)(void *ctx, const struct snapshot *part), void *ctx,
                      struct err *err)
{
    (void)wish;
    (void)part;
    (void)ctx;
    return err_set(err, -ETIMEDOUT, "sock_diag", "", "it does not answer");
}

static void what_cannot_be_looked_at_again_is_not_gone(void **state)
{
    const struct probes busy = {.sockets_list = no_sockets};
    struct gathering g = {.probes = &busy, .e = evidence_new()};
    struct sighting *s = evidence_sighting(g.e);

    (void)state;
    s->role = ROLE_OURS;
    s->row.state = STATE_ESTABLISHED;
    gather_rows_again(&g, IPPROTO_TCP, 80);
    assert_false(s->later);
    assert_true(evidence_is_unseen(g.e, "sock_diag"));
    evidence_free(g.e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_looked_at_again_is_not_gone),
        cmocka_unit_test(given_up_before_anything_was_tried),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
