/* The interface traffic leaves by, as far as every host has the same answer. */
#include "probes/route.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct addr addr_of(const char *ip)
{
    struct addr a = {.family = strchr(ip, ':') ? AF_INET6 : AF_INET, .port = 9};

    assert_int_equal(inet_pton(a.family, ip, a.ip), 1);
    return a;
}

/* False in a namespace whose loopback interface is down, or without IPv6. */
static bool reachable(const struct addr *a)
{
    struct sockaddr_storage name;
    socklen_t len;
    int fd = socket(a->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && addr_to_sockaddr(a, &name, &len) &&
              connect(fd, (struct sockaddr *)&name, len) == 0;

    if (fd >= 0)
        close(fd);
    return ok;
}

static void leaves_by_loopback(const char *ip)
{
    struct addr a = addr_of(ip);
    char name[16] = "";

    if (!reachable(&a)) {
        print_message("skipped: %s cannot be reached here\n", ip);
        skip();
    }
    assert_true(interface_to(&(struct route_question){.to = a}, name));
    assert_string_equal(name, "lo");
}

static void ipv4_loopback_is_lo(void **state)
{
    (void)state;
    leaves_by_loopback("127.0.0.1");
}

static void ipv6_loopback_is_lo(void **state)
{
    (void)state;
    leaves_by_loopback("::1");
}

static void mapped_address_goes_the_way_of_ipv4(void **state)
{
    (void)state;
    leaves_by_loopback("::ffff:127.0.0.1");
}

static void zone_names_its_interface(void **state)
{
    struct addr a = addr_of("fe80::1");
    char name[16] = "";

    (void)state;
    a.scope = 1; /* loopback has this number on every Linux */
    assert_true(interface_to(&(struct route_question){.to = a}, name));
    assert_string_equal(name, "lo");
}

static void unknown_way_leaves_the_name_alone(void **state)
{
    struct addr nowhere = {.family = AF_UNSPEC}, gone = addr_of("fe80::1");
    char name[16] = "untouched";

    (void)state;
    gone.scope = 0x7ffffff0;
    assert_false(interface_to(&(struct route_question){.to = nowhere}, name));
    assert_false(interface_to(&(struct route_question){.to = gone}, name));
    assert_string_equal(name, "untouched");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ipv4_loopback_is_lo),
        cmocka_unit_test(ipv6_loopback_is_lo),
        cmocka_unit_test(mapped_address_goes_the_way_of_ipv4),
        cmocka_unit_test(zone_names_its_interface),
        cmocka_unit_test(unknown_way_leaves_the_name_alone),
    };

    return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
