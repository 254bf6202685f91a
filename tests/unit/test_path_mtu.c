/* The search for the path MTU, against paths that are played here. */
#include "core/model/path_mtu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A way with one narrow link, and what its router says of it. */
struct path {
    uint32_t mtu;
    enum { SAYS, SAYS_NO_SIZE, SILENT } router;
    uint32_t claims; /* with SAYS; 0: the truth */
};

static const struct addr router = {.family = AF_INET, .ip = {10, 0, 0, 1}};

/* Returns the probes it took. */
static unsigned search(struct path_mtu_search *s, const struct path *path)
{
    uint32_t size;
    unsigned probes = 0;

    while (path_mtu_next(s, &size)) {
        assert_true(size >= s->floor && size <= s->ceiling);
        assert_true(++probes < 100);
        if (size <= path->mtu)
            path_mtu_passed(s);
        else if (path->router == SILENT)
            path_mtu_silent(s);
        else
            path_mtu_told(s,
                          path->router == SAYS_NO_SIZE ? 0
                          : path->claims               ? path->claims
                                                       : path->mtu,
                          &router);
    }
    return probes;
}

static void a_wide_path_takes_one_probe(void **state)
{
    struct path_mtu_search s;

    (void)state;
    path_mtu_begin(&s, false, 1500);
    assert_int_equal(search(&s, &(struct path){.mtu = 1500}), 1);
    assert_int_equal(path_mtu_result(&s).bytes, 1500);
    assert_int_equal(path_mtu_result(&s).limit, PATH_MTU_LINK);
}

static void a_router_that_tells_takes_two(void **state)
{
    struct path_mtu_search s;
    struct path_mtu_result result;

    (void)state;
    path_mtu_begin(&s, false, 9000);
    assert_int_equal(search(&s, &(struct path){.mtu = 1400}), 2);
    result = path_mtu_result(&s);
    assert_int_equal(result.bytes, 1400);
    assert_int_equal(result.limit, PATH_MTU_TOLD);
    assert_true(addr_same_ip(&result.teller, &router));
}

static void every_mtu_is_found_in_a_black_hole(void **state)
{
    (void)state;
    for (int v6 = 0; v6 < 2; v6++)
        for (uint32_t mtu = v6 ? 1280 : 68; mtu < 1500; mtu++) {
            struct path_mtu_search s;

            path_mtu_begin(&s, v6, 1500);
            /* 11 halvings, each up to three times. */
            assert_true(search(&s, &(struct path){.mtu = mtu, .router = SILENT}) <= 40);
            assert_int_equal(path_mtu_result(&s).bytes, mtu);
            assert_int_equal(path_mtu_result(&s).limit, PATH_MTU_BLACK_HOLE);
        }
}

static void an_old_router_that_names_no_size_is_believed_without(void **state)
{
    struct path_mtu_search s;

    (void)state;
    path_mtu_begin(&s, false, 1500);
    search(&s, &(struct path){.mtu = 1006, .router = SAYS_NO_SIZE});
    assert_int_equal(path_mtu_result(&s).bytes, 1006);
    assert_int_equal(path_mtu_result(&s).limit, PATH_MTU_TOLD);
}

static void a_router_that_lies_does_not_hinder(void **state)
{
    static const uint32_t lies[] = {1, 67, 1450, 1500, 9000, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        struct path_mtu_search s;

        path_mtu_begin(&s, false, 1500);
        search(&s, &(struct path){.mtu = 1400, .claims = lies[i]});
        assert_int_equal(path_mtu_result(&s).bytes, 1400);
    }
}

static void a_silent_host_is_unknown_and_no_black_hole(void **state)
{
    struct path_mtu_search s;

    (void)state;
    path_mtu_begin(&s, false, 1500);
    assert_int_equal(search(&s, &(struct path){.mtu = 0, .router = SILENT}),
                     2 * PATH_MTU_TRIES);
    assert_int_equal(path_mtu_result(&s).limit, PATH_MTU_UNKNOWN);
}

static void this_hosts_own_limit_is_the_link(void **state)
{
    struct path_mtu_search s;
    uint32_t size;

    (void)state;
    path_mtu_begin(&s, false, 0);
    assert_true(path_mtu_next(&s, &size));
    assert_int_equal(size, 65535);
    path_mtu_refused(&s, 1500);
    assert_int_equal(search(&s, &(struct path){.mtu = 1500}), 1);
    assert_int_equal(path_mtu_result(&s).limit, PATH_MTU_LINK);
    assert_int_equal(path_mtu_result(&s).bytes, 1500);
}

static void loopback_ends_where_the_length_field_does(void **state)
{
    struct path_mtu_search s;
    uint32_t size;

    (void)state;
    path_mtu_begin(&s, false, 65536);
    assert_true(path_mtu_next(&s, &size));
    assert_int_equal(size, 65535);
    path_mtu_begin(&s, true, 65536);
    assert_true(path_mtu_next(&s, &size));
    assert_int_equal(size, 65536);
}

static void one_loss_is_no_black_hole(void **state)
{
    struct path_mtu_search s;

    (void)state;
    path_mtu_begin(&s, false, 1500);
    path_mtu_silent(&s);
    path_mtu_silent(&s);
    path_mtu_passed(&s);
    assert_int_equal(path_mtu_result(&s).bytes, 1500);
    assert_int_equal(path_mtu_result(&s).limit, PATH_MTU_LINK);
}

static void another_error_ends_the_search(void **state)
{
    struct path_mtu_search s;
    uint32_t size;

    (void)state;
    path_mtu_begin(&s, true, 1500);
    path_mtu_hopeless(&s);
    assert_false(path_mtu_next(&s, &size));
    assert_int_equal(path_mtu_result(&s).limit, PATH_MTU_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wide_path_takes_one_probe),
        cmocka_unit_test(a_router_that_tells_takes_two),
        cmocka_unit_test(every_mtu_is_found_in_a_black_hole),
        cmocka_unit_test(an_old_router_that_names_no_size_is_believed_without),
        cmocka_unit_test(a_router_that_lies_does_not_hinder),
        cmocka_unit_test(a_silent_host_is_unknown_and_no_black_hole),
        cmocka_unit_test(this_hosts_own_limit_is_the_link),
        cmocka_unit_test(loopback_ends_where_the_length_field_does),
        cmocka_unit_test(one_loss_is_no_black_hole),
        cmocka_unit_test(another_error_ends_the_search),
    };

    return cmocka_run_group_tests_name("path_mtu", tests, NULL, NULL);
}
