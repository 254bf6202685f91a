/* What bytes are that were said: requests, framed messages, lines of /proc/net/igmp. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/why/frame_look.h"
#include "core/why/request_look.h"
#include "probes/groups.h"
#include "probes/process_maps.h"

static struct request_facts request(const char *text)
{
    struct request_facts f;

    request_look(text, strlen(text), &f);
    return f;
}

static void a_request_is_whole_open_wrong_or_none(void **state)
{
    (void)state;
    assert_int_equal(request("").state, REQUEST_NONE);
    assert_int_equal(request("hello\r\n").state, REQUEST_NONE);
    assert_int_equal(request("GET").state, REQUEST_NONE);
    assert_int_equal(request("GET / HTTP/1.0\r\n\r\n").state, REQUEST_WHOLE);
    assert_int_equal(request("GET / HTTP/1.0\r\n").state, REQUEST_OPEN);
    assert_int_equal(request("GET / HTTP/9.9\r\n\r\n").state, REQUEST_WRONG);
    assert_int_equal(request("GET / HTTP/1.1\r\n\r\n").state, REQUEST_WRONG);
    assert_int_equal(request("NAME / HTTP/1.0\r\n\r\n").state, REQUEST_WHOLE);
}

static void a_body_is_counted(void **state)
{
    (void)state;
    assert_int_equal(request("PUT / HTTP/1.0\r\nContent-Length: 3\r\n\r\nab").state,
                     REQUEST_OPEN);
    assert_string_equal(request("PUT / HTTP/1.0\r\nContent-Length: 3\r\n\r\nab").why,
                        "2 of the 3 bytes of its body are there");
    assert_int_equal(request("PUT / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc").state,
                     REQUEST_WHOLE);
    /* More than a server of ours would read is still only not there. */
    assert_int_equal(request("PUT / HTTP/1.0\r\nContent-Length: 99999999\r\n\r\n").state,
                     REQUEST_OPEN);
    assert_int_equal(
        request("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            .state,
        REQUEST_OPEN);
    assert_int_equal(request("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "3\r\nabc\r\n0\r\n\r\n")
                         .state,
                     REQUEST_WHOLE);
}

/* The bytes, cut behind each of them. */
static struct frame_facts frame(const void *bytes, size_t len)
{
    struct frame_facts whole, parts;
    struct frame_look look;

    frame_look_init(&look);
    frame_look_feed(&look, bytes, len);
    frame_look_facts(&look, &whole);
    frame_look_done(&look);
    frame_look_init(&look);
    for (size_t i = 0; i < len; i++)
        frame_look_feed(&look, (const char *)bytes + i, 1);
    frame_look_facts(&look, &parts);
    frame_look_done(&look);
    assert_memory_equal(&whole, &parts, sizeof(whole));
    return whole;
}

#define FIELDS                                                                                 \
    "\"byteorder\":\"big\",\"content-type\":\"x\",\"content-encoding\":\"binary\","            \
    "\"content-length\":"
#define WHOLE "\x00\x55{" FIELDS "2}ab"

static void a_message_is_whole_cut_swapped_or_broken(void **state)
{
    static const char whole[] = WHOLE, two[] = WHOLE WHOLE, swapped[] = "\x55\x00{" FIELDS "2}";

    (void)state;
    assert_int_equal(frame(whole, sizeof(whole) - 1).state, FRAME_WHOLE);
    assert_int_equal(frame(two, sizeof(two) - 1).state, FRAME_WHOLE);
    assert_int_equal(frame(two, sizeof(two) - 2).state, FRAME_CUT);
    assert_int_equal(frame(whole, sizeof(whole) - 2).state, FRAME_CUT);
    assert_string_equal(frame(whole, sizeof(whole) - 2).why,
                        "1 of 2 bytes of the content came");
    assert_int_equal(frame(whole, 40).state, FRAME_CUT);
    assert_true(frame(whole, 40).named);
    assert_int_equal(frame(swapped, sizeof(swapped) - 1).state, FRAME_SWAPPED);
    assert_int_equal(frame("\x00\x12{\"byteorder\": 1  }", 20).state, FRAME_BAD);
}

static void what_is_not_plainly_a_message_is_none(void **state)
{
    static const char two[] = WHOLE "GET / HTTP/1.0\r\n\r\n";
    struct frame_facts text = frame("\x00\x05hello", 7);

    (void)state;
    assert_int_equal(frame("", 0).state, FRAME_NONE);
    assert_int_equal(frame("\x00", 1).state, FRAME_NONE);
    assert_int_equal(frame("\x00\x55{", 3).state, FRAME_NONE);
    assert_int_equal(frame("GET / HTTP/1.0\r\n\r\n", 18).state, FRAME_NONE);
    assert_int_equal(frame("{\"byteorder\":\"big\"}", 19).state, FRAME_NONE);
    assert_int_equal(frame("\x00\x05\x01\x02\x03\x04\x05", 7).state, FRAME_NONE);
    assert_int_equal(text.state, FRAME_BAD);
    assert_false(text.named);
    assert_int_equal(frame("\x00\x06hello", 7).state, FRAME_NONE);
    /* Messages, and something else behind them. */
    assert_int_equal(frame(two, sizeof(two) - 1).state, FRAME_NONE);
}

static void members_are_counted_by_interface(void **state)
{
    uint8_t v4[4] = {239, 77, 1, 9}, v6[16] = {0xff, 0x15, [15] = 0x77};
    struct addr four = addr_make(AF_INET, v4, 0), six = addr_make(AF_INET6, v6, 0);
    char device[GROUPS_DEVICE_BYTES] = "", line[80];
    uint32_t raw;

    (void)state;
    memcpy(&raw, v4, 4);
    assert_int_equal(groups_parse("2\teth0      :     2      V3\n", &four, device), 0);
    assert_string_equal(device, "eth0");
    snprintf(line, sizeof(line), "\t\t\t\t%08X     3 0:00000000\t\t0\n", raw);
    assert_int_equal(groups_parse(line, &four, device), 3);
    assert_int_equal(groups_parse("\t\t\t\t010000E0     1 0:00000000\t\t0\n", &four, device),
                     0);
    assert_int_equal(groups_parse("3\tvery-long-name0:     2      V3\n", &four, device), 0);
    assert_string_equal(device, "very-long-name0");
    assert_int_equal(groups_parse("Idx\tDevice    : Count Querier\tGroup", &four, device), 0);
    assert_int_equal(groups_parse("1    lo              ff150000000000000000000000000077     2 "
                                  "00000004 0\n",
                                  &six, device),
                     2);
    assert_string_equal(device, "lo");
    assert_int_equal(groups_parse("1    lo              ff020000000000000000000000000001     1 "
                                  "0000000C 0\n",
                                  &six, device),
                     0);
}

static void a_library_that_is_loaded_is_found(void **state)
{
    static const char *const words[] = {"libno-such.", "libcmocka", NULL};
    static const char *const none[] = {"libno-such.", NULL};
    char name[PROCESS_LIBRARY_BYTES] = "";

    (void)state;
    assert_true(process_maps(getpid(), words, name));
    assert_memory_equal(name, "libcmocka", 9);
    assert_false(process_maps(getpid(), none, name));
    assert_false(process_maps(0x7fffffff, words, name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_whole_open_wrong_or_none),
        cmocka_unit_test(a_body_is_counted),
        cmocka_unit_test(a_message_is_whole_cut_swapped_or_broken),
        cmocka_unit_test(what_is_not_plainly_a_message_is_none),
        cmocka_unit_test(members_are_counted_by_interface),
        cmocka_unit_test(a_library_that_is_loaded_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
