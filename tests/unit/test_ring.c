/* The ring keeps the newest, says what it lost, and never gives a torn record. */
#include "core/base/ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

static void put_text(struct ring *r, uint32_t record, const char *text)
{
    ring_put(r, &record, text, strlen(text));
}

static void assert_text(const struct ring *r, uint64_t number, uint32_t record,
                        const char *text)
{
    uint32_t got = 0;
    char data[64] = "";
    size_t len = 0;

    assert_true(ring_get(r, number, &got, data, sizeof(data), &len));
    assert_int_equal(got, record);
    assert_int_equal(len, strlen(text));
    assert_memory_equal(data, text, len);
}

static bool there(const struct ring *r, uint64_t number)
{
    uint32_t record;

    return ring_get(r, number, &record, NULL, 0, NULL);
}

static void an_empty_ring_has_no_record(void **state)
{
    struct ring *r = ring_new(4, sizeof(uint32_t), 64);

    (void)state;
    assert_int_equal(ring_head(r), 0);
    assert_int_equal(ring_tail(r), 0);
    assert_false(there(r, 0));
    assert_false(there(r, UINT64_MAX));
    ring_free(r);
    ring_free(NULL);
}

static void records_come_back_with_their_bytes(void **state)
{
    struct ring *r = ring_new(4, sizeof(uint32_t), 64);

    (void)state;
    put_text(r, 10, "");
    put_text(r, 11, "seven..");
    put_text(r, 12, "eight...");
    put_text(r, 13, "nine.....");
    assert_int_equal(ring_head(r), 4);
    assert_int_equal(ring_tail(r), 0);
    assert_text(r, 0, 10, "");
    assert_text(r, 1, 11, "seven..");
    assert_text(r, 2, 12, "eight...");
    assert_text(r, 3, 13, "nine.....");
    assert_false(there(r, 4));
    ring_free(r);
}

static void the_oldest_record_makes_room(void **state)
{
    struct ring *r = ring_new(4, sizeof(uint32_t), 0);

    (void)state;
    for (uint32_t i = 0; i < 11; i++)
        ring_put(r, &i, NULL, 0);
    assert_int_equal(ring_head(r), 11);
    assert_int_equal(ring_tail(r), 7);
    for (uint64_t i = 0; i < 7; i++)
        assert_false(there(r, i));
    for (uint32_t i = 7; i < 11; i++) {
        uint32_t got;

        assert_true(ring_get(r, i, &got, NULL, 0, NULL));
        assert_int_equal(got, i);
    }
    ring_free(r);
}

static void long_data_pushes_out_as_many_records_as_it_needs(void **state)
{
    struct ring *r = ring_new(16, sizeof(uint32_t), 64);

    (void)state;
    for (uint32_t i = 0; i < 4; i++)
        put_text(r, i, "16 bytes of data");
    assert_int_equal(ring_tail(r), 0);
    put_text(r, 4,
             "only these bytes"
             "!");
    assert_int_equal(ring_tail(r), 2);
    assert_false(there(r, 1));
    assert_text(r, 2, 2, "16 bytes of data");
    assert_text(r, 4, 4, "only these bytes!");
    ring_free(r);
}

static void data_wraps_round_the_end_of_its_area(void **state)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    struct ring *r = ring_new(8, sizeof(uint32_t), 64);

    (void)state;
    for (uint32_t i = 0; i < 100; i++) {
        char text[27] = "";

        memcpy(text, letters, i % 27);
        put_text(r, i, text);
        assert_text(r, i, i, text);
        assert_true(ring_head(r) - ring_tail(r) >= 1);
    }
    ring_free(r);
}

static void data_longer_than_the_area_is_cut_to_it(void **state)
{
    struct ring *r = ring_new(4, sizeof(uint32_t), 16);
    char big[40], got[40];
    uint32_t record = 5;
    size_t len;

    (void)state;
    memset(big, 'b', sizeof(big));
    memset(got, 0, sizeof(got));
    ring_put(r, &record, big, sizeof(big));
    assert_true(ring_get(r, 0, &record, got, sizeof(got), &len));
    assert_int_equal(len, 16);
    assert_memory_equal(got, big, 16);
    assert_int_equal(got[16], 0);
    ring_free(r);
}

static void a_small_buffer_gets_a_part_and_the_whole_length(void **state)
{
    struct ring *r = ring_new(4, sizeof(uint32_t), 64);
    char got[6] = "xxxxx";
    uint32_t record;
    size_t len;

    (void)state;
    put_text(r, 1, "a longer text");
    assert_true(ring_get(r, 0, &record, got, 3, &len));
    assert_int_equal(len, 13);
    assert_memory_equal(got, "a lxx", 5);
    ring_free(r);
}

static void records_of_odd_sizes_are_not_mixed_up(void **state)
{
    struct ring *r = ring_new(2, 13, 0);
    char out[14] = "", first[] = "thirteen byte", second[] = "another one..";

    (void)state;
    ring_put(r, first, NULL, 0);
    ring_put(r, second, NULL, 0);
    assert_true(ring_get(r, 0, out, NULL, 0, NULL));
    assert_string_equal(out, first);
    assert_true(ring_get(r, 1, out, NULL, 0, NULL));
    assert_string_equal(out, second);
    ring_free(r);
}

/* One writer runs round a tiny ring as fast as it can; the readers check that what they were
 * given belongs together: every word of the record and every byte of the data is derived
 * from the record's number. */
#define RECORD_WORDS 5
#define DATA_MAX 96
#define WRITES 60000
#define READERS 2

struct race {
    struct ring *ring;
    atomic_bool over;
    atomic_uint whole, torn;
};

static size_t data_len_of(uint64_t number)
{
    return (size_t)(number * 7 % DATA_MAX);
}

static void fill(uint64_t number, uint64_t record[RECORD_WORDS], uint8_t data[DATA_MAX])
{
    for (size_t i = 0; i < RECORD_WORDS; i++)
        record[i] = number * 31 + i;
    memset(data, (int)(number & 0xff), data_len_of(number));
}

static void *write_all(void *arg)
{
    struct race *race = arg;

    for (uint64_t n = 0; n < WRITES; n++) {
        uint64_t record[RECORD_WORDS];
        uint8_t data[DATA_MAX];

        fill(n, record, data);
        ring_put(race->ring, record, data, data_len_of(n));
        if (n % 64 == 0)
            sched_yield(); /* so that readers also meet records at rest */
    }
    atomic_store(&race->over, true);
    return NULL;
}

static bool belongs_together(uint64_t number, const uint64_t record[RECORD_WORDS],
                             const uint8_t *data, size_t len)
{
    uint64_t expected[RECORD_WORDS];
    uint8_t bytes[DATA_MAX];

    fill(number, expected, bytes);
    return len == data_len_of(number) && memcmp(record, expected, sizeof(expected)) == 0 &&
           memcmp(data, bytes, len) == 0;
}

static void *read_all(void *arg)
{
    struct race *race = arg;
    uint64_t next = 0;

    while (!atomic_load(&race->over) || next < ring_head(race->ring)) {
        uint64_t record[RECORD_WORDS];
        uint8_t data[DATA_MAX];
        size_t len = 0;

        if (next < ring_tail(race->ring))
            next = ring_tail(race->ring);
        if (next >= ring_head(race->ring))
            continue;
        if (ring_get(race->ring, next, record, data, sizeof(data), &len))
            atomic_fetch_add(
                belongs_together(next, record, data, len) ? &race->whole : &race->torn, 1);
        next++;
    }
    return NULL;
}

static void a_reader_never_sees_a_torn_record(void **state)
{
    struct race race = {.ring = ring_new(4, RECORD_WORDS * sizeof(uint64_t), 256)};
    pthread_t writer, readers[READERS];

    (void)state;
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_all, &race), 0);
    assert_int_equal(pthread_create(&writer, NULL, write_all, &race), 0);
    pthread_join(writer, NULL);
    for (size_t i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    assert_int_equal(atomic_load(&race.torn), 0);
    assert_true(atomic_load(&race.whole) > 0);
    assert_int_equal(ring_head(race.ring), WRITES);
    ring_free(race.ring);
}

static void loose_data_go_without_their_records(void **state)
{
    struct ring *r = ring_new_loose(8, sizeof(uint32_t), 32);
    uint32_t record;
    char data[32];
    size_t len;

    (void)state;
    put_text(r, 9, "nobody asked for it");
    assert_true(ring_get(r, 0, &record, data, sizeof(data), &len));
    assert_int_equal(len, 0);
    ring_keep_data(r, 16);
    put_text(r, 10, "sixteen of more...");
    assert_text(r, 1, 10, "sixteen of more.");
    put_text(r, 11, "sixteen bytes...");
    assert_text(r, 1, 10, "sixteen of more.");
    put_text(r, 12, "8 bytes.");
    assert_true(ring_get(r, 1, &record, data, sizeof(data), &len));
    assert_int_equal(record, 10);
    assert_int_equal(len, 0);
    assert_text(r, 2, 11, "sixteen bytes...");
    assert_text(r, 3, 12, "8 bytes.");
    assert_int_equal(ring_tail(r), 0);
    ring_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loose_data_go_without_their_records),
        cmocka_unit_test(an_empty_ring_has_no_record),
        cmocka_unit_test(records_come_back_with_their_bytes),
        cmocka_unit_test(the_oldest_record_makes_room),
        cmocka_unit_test(long_data_pushes_out_as_many_records_as_it_needs),
        cmocka_unit_test(data_wraps_round_the_end_of_its_area),
        cmocka_unit_test(data_longer_than_the_area_is_cut_to_it),
        cmocka_unit_test(a_small_buffer_gets_a_part_and_the_whole_length),
        cmocka_unit_test(records_of_odd_sizes_are_not_mixed_up),
        cmocka_unit_test(a_reader_never_sees_a_torn_record),
    };

    return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
