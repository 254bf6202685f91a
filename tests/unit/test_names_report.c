/* A whole report, from files and a server of the test's own.  Only the system's lookup of
 * "localhost" is the host's. */
#include "probes/names.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/clock.h"

#define TIMEOUT_NS (CLOCK_SECOND_NS / 4) /* where the test's server is silent */
#define PATIENCE_NS (5 * CLOCK_SECOND_NS)

struct fixture {
    char folder[64], hosts[80], resolv[80], nsswitch[80], services[80];
    struct names_wish wish;
    struct name_report *r;
    pthread_t thread;
    int fd; /* the server */
};

static void put_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(sin);

    assert_non_null(f);
    strcpy(f->folder, "/tmp/sockeye-names.XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->hosts, sizeof(f->hosts), "%s/hosts", f->folder);
    snprintf(f->resolv, sizeof(f->resolv), "%s/resolv", f->folder);
    snprintf(f->nsswitch, sizeof(f->nsswitch), "%s/nsswitch", f->folder);
    snprintf(f->services, sizeof(f->services), "%s/services", f->folder);
    put_file(f->hosts, "127.0.0.1 localhost vm\n");
    put_file(f->resolv, "nameserver 127.0.0.1\nsearch a.example b.example c.example\n");
    put_file(f->nsswitch, "hosts: files dns\n");
    put_file(f->services, "web 4711/tcp\n");
    f->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(f->fd, (struct sockaddr *)&sin, len), 0);
    assert_int_equal(getsockname(f->fd, (struct sockaddr *)&sin, &len), 0);
    f->wish = (struct names_wish){.name = "localhost",
                                  .has_port = true,
                                  .port = 4711,
                                  .timeout_ns = TIMEOUT_NS,
                                  .hosts_path = f->hosts,
                                  .resolv_path = f->resolv,
                                  .nsswitch_path = f->nsswitch,
                                  .services_path = f->services,
                                  .dns_port = ntohs(sin.sin_port)};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    close(f->fd);
    unlink(f->hosts);
    unlink(f->resolv);
    unlink(f->nsswitch);
    unlink(f->services);
    rmdir(f->folder);
    free(f->r);
    free(f);
    return 0;
}

/* Knows one address, 127.0.0.1 of localhost.b.example; ends with an empty datagram. */
static void *serve(void *arg)
{
    static const uint8_t record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 127, 0, 0, 1};
    struct fixture *f = arg;
    uint8_t message[512 + sizeof(record)];
    struct sockaddr_in from;
    socklen_t len = sizeof(from);
    ssize_t n;

    while ((n = recvfrom(f->fd, message, 512, 0, (struct sockaddr *)&from, &len)) >
           DNS_HEADER_BYTES) {
        struct dns_reader reader;
        struct dns_header h;
        struct dns_question q;
        bool known;

        if (dns_read_header(&reader, message, (size_t)n, &h) < 0 ||
            dns_read_question(&reader, &q) != 1)
            continue;
        known = dns_name_equal(q.name, "localhost.b.example");
        message[2] = 0x81;
        message[3] = known ? 0x80 : 0x80 | DNS_NXDOMAIN;
        if (known && q.type == DNS_A) {
            message[7] = 1;
            memcpy(message + n, record, sizeof(record));
            n += (ssize_t)sizeof(record);
        }
        if (sendto(f->fd, message, (size_t)n, 0, (struct sockaddr *)&from, len) != n)
            break;
    }
    return NULL;
}

static void with_server(struct fixture *f)
{
    struct sockaddr_in sin = {.sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                              .sin_port = htons(f->wish.dns_port)};
    int stop = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    f->wish.timeout_ns = PATIENCE_NS;
    assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);
    assert_int_equal(names_report(&f->wish, &f->r, NULL), 0);
    assert_int_equal(sendto(stop, "", 0, 0, (struct sockaddr *)&sin, sizeof(sin)), 0);
    close(stop);
    pthread_join(f->thread, NULL);
}

static const struct name_finding *asked(const struct name_report *r, const char *query,
                                        uint16_t type)
{
    for (size_t i = 0; i < r->n_findings; i++)
        if (r->findings[i].source == NAME_DNS && r->findings[i].type == type &&
            strcmp(r->findings[i].query, query) == 0)
            return &r->findings[i];
    return NULL;
}

static void suffixes_are_tried_until_one_has_an_address(void **state)
{
    struct fixture *f = *state;
    const struct name_finding *found;

    with_server(f);
    assert_int_equal(asked(f->r, "localhost.a.example", DNS_A)->rcode, DNS_NXDOMAIN);
    assert_int_equal(asked(f->r, "localhost.a.example", DNS_AAAA)->rcode, DNS_NXDOMAIN);
    found = asked(f->r, "localhost.b.example", DNS_A);
    assert_int_equal(found->outcome, NAME_ANSWERED);
    assert_int_equal(found->n_answers, 1);
    assert_string_equal(found->suffix, "b.example");
    assert_null(asked(f->r, "localhost.c.example", DNS_A));
    assert_null(asked(f->r, "localhost", DNS_A));
}

static void the_files_of_the_wish_are_read(void **state)
{
    struct fixture *f = *state;

    with_server(f);
    assert_int_equal(f->r->findings[0].source, NAME_FILE);
    assert_int_equal(f->r->findings[0].line, 1);
    assert_string_equal(f->r->services[0].name, "web");
    assert_string_equal(f->r->nsswitch.text, "files dns");
    assert_int_equal(f->r->resolver.n_suffixes, 3);
}

static void a_numeric_address_is_asked_for_its_names_only(void **state)
{
    struct fixture *f = *state;

    strcpy(f->wish.name, "127.0.0.1");
    with_server(f);
    assert_true(f->r->numeric);
    assert_int_equal(f->r->n_addresses, 1);
    assert_int_equal(f->r->addresses[0].addr.port, 4711);
    assert_non_null(asked(f->r, "1.0.0.127.in-addr.arpa", DNS_PTR));
    assert_null(asked(f->r, "127.0.0.1", DNS_A));
}

static void a_silent_server_costs_no_more_than_the_timeout(void **state)
{
    struct fixture *f = *state;
    uint64_t from_ns = clock_now_ns();
    const struct name_finding *silent;

    assert_int_equal(names_report(&f->wish, &f->r, NULL), 0);
    assert_true(clock_now_ns() - from_ns < TIMEOUT_NS + 2 * CLOCK_SECOND_NS);
    silent = asked(f->r, "localhost.a.example", DNS_A);
    assert_int_equal(silent->outcome, NAME_SILENT);
    assert_false(silent->has_elapsed);
}

static void files_that_are_not_there_are_said_and_no_harm(void **state)
{
    struct fixture *f = *state;

    f->wish.hosts_path = f->wish.resolv_path = f->wish.nsswitch_path = "/no/such";
    assert_int_equal(names_report(&f->wish, &f->r, NULL), 0);
    assert_true(f->r->hosts_error < 0);
    assert_false(f->r->resolver.readable);
    assert_false(f->r->nsswitch.found);
    assert_true(f->r->resolver.default_server);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(suffixes_are_tried_until_one_has_an_address),
        TEST(the_files_of_the_wish_are_read),
        TEST(a_numeric_address_is_asked_for_its_names_only),
        TEST(a_silent_server_costs_no_more_than_the_timeout),
        TEST(files_that_are_not_there_are_said_and_no_harm),
    };

    return cmocka_run_group_tests_name("names_report", tests, NULL, NULL);
}
