#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/wire/packet_compare.h"
#include "tests/unit/frames.h"

static struct dissection a, b;
static struct compared_field fields[COMPARED_FIELDS];

static void look_at(const struct frame *f, struct dissection *ret)
{
    decode(f->bytes, f->len, f->len, 1, DECODE_INFO | DECODE_FIELDS, ret);
}

static size_t compare(struct frame first, struct frame second)
{
    look_at(&first, &a);
    look_at(&second, &b);
    return packet_compare(&a, &b, fields);
}

static const struct compared_field *named(size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        const struct field *f = fields[i].first ? fields[i].first : fields[i].second;

        if (strcmp(f->name, name) == 0)
            return &fields[i];
    }
    fail_msg("no field is called %s", name);
    return NULL;
}

/* Each field of both, in the order in which it stands. */
static void expect_all_once(size_t n)
{
    size_t first = 0, second = 0;

    for (size_t i = 0; i < n; i++) {
        if (fields[i].first)
            assert_ptr_equal(fields[i].first, &a.fields[first++]);
        if (fields[i].second)
            assert_ptr_equal(fields[i].second, &b.fields[second++]);
    }
    assert_int_equal(first, a.n_fields);
    assert_int_equal(second, b.n_fields);
}

static void a_packet_is_the_same_as_itself(void **state)
{
    size_t n = compare(frame_tcp(TCP_FLAG_ACK, 1, 2, "x"), frame_tcp(TCP_FLAG_ACK, 1, 2, "x"));

    (void)state;
    assert_int_equal(n, a.n_fields);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(fields[i].how, COMPARED_SAME);
    expect_all_once(n);
}

static void what_differs_stands_side_by_side(void **state)
{
    size_t n = compare(frame_tcp(TCP_FLAG_ACK, 1, 2, "x"), frame_tcp(TCP_FLAG_ACK, 9, 2, "x"));
    const struct compared_field *seq = named(n, "Sequence Number");

    (void)state;
    assert_int_equal(seq->how, COMPARED_DIFFERS);
    assert_string_equal(field_value(&a, seq->first), "1");
    assert_string_equal(field_value(&b, seq->second), "9");
    assert_int_equal(named(n, "Acknowledgment Number")->how, COMPARED_SAME);
    expect_all_once(n);
}

static void what_only_one_has_stands_alone(void **state)
{
    size_t n = compare(frame_tcp(TCP_FLAG_SYN, 1, 0, ""), frame_udp("x"));
    bool only_first = false, only_second = false;

    (void)state;
    for (size_t i = 0; i < n; i++) {
        only_first = only_first || fields[i].how == COMPARED_ONLY_FIRST;
        only_second = only_second || fields[i].how == COMPARED_ONLY_SECOND;
        assert_int_equal(fields[i].how == COMPARED_ONLY_FIRST, !fields[i].second);
        assert_int_equal(fields[i].how == COMPARED_ONLY_SECOND, !fields[i].first);
    }
    assert_true(only_first && only_second);
    assert_int_equal(named(n, "Sequence Number")->how, COMPARED_ONLY_FIRST);
    expect_all_once(n);
    /* A port of TCP is none of UDP. */
    assert_int_equal(named(n, "Source Port")->how, COMPARED_ONLY_FIRST);
}

static void a_packet_without_fields_has_nothing_in_common(void **state)
{
    struct frame nothing = {0};
    size_t n = compare(frame_tcp(TCP_FLAG_ACK, 1, 2, "x"), nothing);

    (void)state;
    assert_true(n >= a.n_fields);
    expect_all_once(n);
}

static void the_fullest_dissections_fit(void **state)
{
    size_t n;

    (void)state;
    memset(&a, 0, sizeof(a));
    for (size_t i = 0; i < DISSECTION_FIELDS; i++)
        a.fields[i] = (struct field){.name = "A", .depth = (uint8_t)(i % 256)};
    a.n_fields = DISSECTION_FIELDS;
    b = a;
    for (size_t i = 0; i < DISSECTION_FIELDS; i++)
        b.fields[i].name = "B";
    n = packet_compare(&a, &b, fields);
    assert_int_equal(n, COMPARED_FIELDS);
    expect_all_once(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packet_is_the_same_as_itself),
        cmocka_unit_test(what_differs_stands_side_by_side),
        cmocka_unit_test(what_only_one_has_stands_alone),
        cmocka_unit_test(a_packet_without_fields_has_nothing_in_common),
        cmocka_unit_test(the_fullest_dissections_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
