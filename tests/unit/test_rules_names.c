/* Verdicts on names: who was asked, what they said, and whether the address worked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/why/verdict.h"

struct fixture {
    struct evidence *e;
    struct name_report *r;
    struct verdict v;
};

static int set_up(void **state)
{
    static struct fixture f;

    f = (struct fixture){.e = evidence_new(), .r = mem_new(1, sizeof(*f.r))};
    f.e->subject = WHY_CONNECT;
    f.e->names = f.r;
    strcpy(f.r->name, "a.example");
    strcpy(f.r->hosts_path, "/etc/hosts");
    strcpy(f.r->resolv_path, "/etc/resolv.conf");
    strcpy(f.r->nsswitch_path, "/etc/nsswitch.conf");
    f.r->answered = true;
    f.r->timeout_ns = NAMES_TIMEOUT_NS;
    f.r->nsswitch = (struct name_switch){.files = true, .dns = true};
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    evidence_free(((struct fixture *)*state)->e);
    return 0;
}

static struct addr ip(uint8_t last)
{
    uint8_t bytes[4] = {192, 0, 2, last};

    return addr_make(AF_INET, bytes, 0);
}

static struct name_finding *found(struct fixture *f, enum name_source source, uint8_t last)
{
    struct name_finding *to = names_finding(f->r, source);
    struct name_answer *a;

    to->outcome = NAME_ANSWERED;
    to->line = 3;
    to->server = ip(53);
    to->server.port = 53;
    if (!last)
        return to;
    a = names_answer(f->r, to);
    a->type = DNS_A;
    a->addr = ip(last);
    return to;
}

static void tried(struct fixture *f, uint8_t last, int error)
{
    struct attempt *a = evidence_attempt(f->e);

    f->r->addresses[f->r->n_addresses++].addr = ip(last);
    a->call = "connect";
    a->to = ip(last);
    a->to.port = 80;
    a->error = error;
}

static void judged(struct fixture *f, const char *cause, enum confidence confidence)
{
    why_judge(f->e, &f->v);
    assert_string_equal(f->v.cause, cause);
    assert_int_equal(f->v.confidence, confidence);
}

/* ---- tests ------------------------------------------------------------------------------- */

static void a_name_that_nobody_knows_is_not_found(void **state)
{
    struct fixture *f = *state;

    f->r->eai = EAI_NONAME;
    found(f, NAME_DNS, 0)->rcode = DNS_NXDOMAIN;
    judged(f, "name-not-found", CONFIDENCE_CERTAIN);
    f->r->nsswitch = (struct name_switch){.found = true, .files = true, .text = "files"};
    judged(f, "name-not-found", CONFIDENCE_CERTAIN);
    assert_non_null(strstr(f->v.summary, "/etc/nsswitch.conf asks no name server"));
}

static void a_lookup_that_failed_by_itself_says_nothing_of_the_name(void **state)
{
    struct fixture *f = *state;

    f->r->eai = EAI_MEMORY;
    judged(f, "unknown", CONFIDENCE_POSSIBLE);
}

static void servers_that_are_mute_and_those_that_fail_are_told_apart(void **state)
{
    struct fixture *f = *state;
    struct name_finding *server = found(f, NAME_DNS, 0);

    f->r->eai = EAI_AGAIN;
    server->outcome = NAME_SILENT;
    judged(f, "resolver-unreachable", CONFIDENCE_CERTAIN);
    assert_non_null(strstr(f->v.summary, "192.0.2.53:53, no answer within 3 s"));
    server->outcome = NAME_ANSWERED;
    server->rcode = DNS_SERVFAIL;
    judged(f, "resolver-unreachable", CONFIDENCE_LIKELY);
    assert_non_null(strstr(f->v.summary, "SERVFAIL"));
    server->rcode = DNS_NXDOMAIN;
    judged(f, "unknown", CONFIDENCE_POSSIBLE);
    f->r->answered = false;
    f->r->eai = 0;
    server->outcome = NAME_FAILED;
    server->error = -ECONNREFUSED;
    judged(f, "resolver-unreachable", CONFIDENCE_CERTAIN);
}

static void the_hosts_file_is_blamed_for_an_address_of_its_own_that_fails(void **state)
{
    struct fixture *f = *state;

    found(f, NAME_FILE, 1);
    found(f, NAME_DNS, 2);
    tried(f, 1, -ECONNREFUSED);
    judged(f, "hosts-overrides-dns", CONFIDENCE_CERTAIN);
    assert_string_equal(f->v.summary, "/etc/hosts, line 3, says that a.example is 192.0.2.1, "
                                      "which cannot be reached; DNS (192.0.2.53:53) says "
                                      "192.0.2.2.");
    f->r->nsswitch.dns_first = true;
    why_judge(f->e, &f->v);
    assert_string_not_equal(f->v.cause, "hosts-overrides-dns");
}

static void the_hosts_file_is_not_blamed_for_what_dns_says_too(void **state)
{
    struct fixture *f = *state;

    found(f, NAME_FILE, 1);
    found(f, NAME_DNS, 2);
    found(f, NAME_DNS, 1);
    tried(f, 1, -ECONNREFUSED);
    why_judge(f->e, &f->v);
    assert_string_not_equal(f->v.cause, "hosts-overrides-dns");
}

static void nor_for_an_address_that_works(void **state)
{
    struct fixture *f = *state;

    found(f, NAME_FILE, 1);
    found(f, NAME_DNS, 2);
    tried(f, 1, 0);
    judged(f, "healthy", CONFIDENCE_LIKELY);
    /* What comes behind the connection is no matter of names. */
    f->e->attempts[0].recv_error = -ECONNRESET;
    judged(f, "unknown", CONFIDENCE_POSSIBLE);
}

static void localhost_elsewhere_matters_when_nobody_is_there(void **state)
{
    struct fixture *f = *state;

    strcpy(f->r->name, "localhost");
    found(f, NAME_FILE, 1);
    tried(f, 1, -ECONNREFUSED);
    names_judge(f->r);
    judged(f, "localhost-not-loopback", CONFIDENCE_CERTAIN);
    f->e->attempts[0].error = 0;
    judged(f, "healthy", CONFIDENCE_LIKELY);
}

static void one_address_of_several_that_answers_is_enough(void **state)
{
    struct fixture *f = *state;

    found(f, NAME_DNS, 1);
    tried(f, 1, -ECONNREFUSED);
    tried(f, 2, 0);
    judged(f, "healthy", CONFIDENCE_LIKELY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_name_that_nobody_knows_is_not_found),
        TEST(a_lookup_that_failed_by_itself_says_nothing_of_the_name),
        TEST(servers_that_are_mute_and_those_that_fail_are_told_apart),
        TEST(the_hosts_file_is_blamed_for_an_address_of_its_own_that_fails),
        TEST(the_hosts_file_is_not_blamed_for_what_dns_says_too),
        TEST(nor_for_an_address_that_works),
        TEST(localhost_elsewhere_matters_when_nobody_is_there),
        TEST(one_address_of_several_that_answers_is_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
