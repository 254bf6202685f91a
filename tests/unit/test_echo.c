/* Echo requests as they are written, replies and quoted requests as they are read. */
#include "core/wire/echo.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/wire/icmp_names.h"

#define ID 0x1234
#define PAYLOAD 20
#define REQUEST_BYTES (ECHO_HEADER_BYTES + PAYLOAD)

static const struct echo_mark mark = {.owner = UINT64_C(0x0102030405060708), .sequence = 65537};

/* An IPv4 header without options in front of what follows. */
static size_t put_ipv4(uint8_t *at, const uint8_t destination[4])
{
    memset(at, 0, 20);
    at[0] = 0x45;
    at[8] = 64;
    at[9] = 1; /* ICMP */
    memcpy(at + 16, destination, 4);
    return 20;
}

static void fix_checksum(uint8_t *message, size_t len)
{
    uint32_t sum = 0;

    message[2] = message[3] = 0;
    for (size_t i = 0; i < len; i++)
        sum += i % 2 ? message[i] : (uint32_t)message[i] << 8;
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    message[2] = (uint8_t)(~sum >> 8);
    message[3] = (uint8_t)~sum;
}

/* A whole packet: IPv4, an ICMP error, and the request that it quotes up to quoted_bytes. */
static size_t put_error(uint8_t *packet, uint8_t type, uint8_t code, uint16_t mtu,
                        size_t quoted_bytes)
{
    static const uint8_t us[4] = {10, 0, 0, 1}, far[4] = {10, 0, 0, 9};
    uint8_t request[REQUEST_BYTES], *message;
    size_t used = put_ipv4(packet, us);

    message = packet + used;
    memset(message, 0, 8);
    message[0] = type;
    message[1] = code;
    message[6] = (uint8_t)(mtu >> 8);
    message[7] = (uint8_t)mtu;
    used = 8 + put_ipv4(message + 8, far);
    echo_write(false, ID, &mark, PAYLOAD, request);
    memcpy(message + used, request, quoted_bytes);
    fix_checksum(message, used + quoted_bytes);
    return 20 + used + quoted_bytes;
}

static void a_reply_has_what_the_request_had(void **state)
{
    uint8_t message[REQUEST_BYTES];
    struct echo_message m;

    (void)state;
    for (int v6 = 0; v6 < 2; v6++) {
        echo_write(v6, ID, &mark, PAYLOAD, message);
        assert_int_equal(message[0], v6 ? 128 : 8);
        message[0] = v6 ? 129 : 0;
        assert_int_equal(echo_read(v6, false, message, sizeof(message), &m), 0);
        assert_int_equal(m.kind, ECHO_REPLY);
        assert_int_equal(m.id, ID);
        assert_int_equal(m.sequence, 1); /* 65537 in 16 bits */
        assert_int_equal(m.bytes, REQUEST_BYTES);
        assert_true(m.has_mark);
        assert_true(m.mark.owner == mark.owner && m.mark.sequence == mark.sequence);
    }
}

static void a_short_payload_has_no_mark(void **state)
{
    uint8_t message[ECHO_HEADER_BYTES + ECHO_MARK_BYTES - 1];
    struct echo_message m;

    (void)state;
    echo_write(true, ID, &mark, ECHO_MARK_BYTES - 1, message);
    message[0] = 129;
    assert_int_equal(echo_read(true, false, message, sizeof(message), &m), 0);
    assert_false(m.has_mark);
    assert_int_equal(m.sequence, 1);
}

static void a_request_of_ipv4_has_its_checksum(void **state)
{
    uint8_t message[REQUEST_BYTES], fixed[REQUEST_BYTES];

    (void)state;
    echo_write(false, ID, &mark, PAYLOAD, message);
    memcpy(fixed, message, sizeof(fixed));
    fix_checksum(fixed, sizeof(fixed));
    assert_memory_equal(message, fixed, sizeof(fixed));
}

static void an_error_tells_which_request_it_is_about(void **state)
{
    static const uint8_t far[4] = {10, 0, 0, 9};
    uint8_t packet[128];
    struct echo_message m;
    /* Eight bytes of the request are all that RFC 792 promises. */
    size_t len = put_error(packet, 3, 13, 0, 8);

    (void)state;
    assert_int_equal(echo_read(false, true, packet, len, &m), 0);
    assert_int_equal(m.kind, ECHO_ERROR);
    assert_int_equal(m.type, 3);
    assert_int_equal(m.code, 13);
    assert_int_equal(m.id, ID);
    assert_int_equal(m.sequence, 1);
    assert_memory_equal(m.destination.ip, far, 4);
    assert_false(m.has_mtu);
    assert_int_equal(echo_read(false, true, packet, len - 1, &m), -EBADMSG);
}

static void an_mtu_of_zero_is_unknown(void **state)
{
    uint8_t packet[128];
    struct echo_message m;
    size_t len = put_error(packet, 3, 4, 1400, 8);

    (void)state;
    assert_int_equal(echo_read(false, true, packet, len, &m), 0);
    assert_true(m.has_mtu);
    assert_int_equal(m.mtu, 1400);
    len = put_error(packet, 3, 4, 0, 8);
    assert_int_equal(echo_read(false, true, packet, len, &m), 0);
    assert_false(m.has_mtu);
}

static void a_wrong_checksum_is_no_message(void **state)
{
    uint8_t packet[128];
    struct echo_message m;
    size_t len = put_error(packet, 3, 1, 0, 8);

    (void)state;
    packet[len - 1] ^= 1;
    assert_int_equal(echo_read(false, true, packet, len, &m), -EBADMSG);
}

static void other_messages_are_not_ours(void **state)
{
    uint8_t packet[128], request[REQUEST_BYTES];
    struct echo_message m;
    uint16_t id, sequence;
    size_t len = put_error(packet, 3, 3, 0, 8);

    (void)state;
    packet[20 + 8 + 9] = 17; /* quoted UDP */
    fix_checksum(packet + 20, len - 20);
    assert_int_equal(echo_read(false, true, packet, len, &m), -ENOMSG);
    echo_write(false, ID, &mark, PAYLOAD, request);
    assert_int_equal(echo_read(false, false, request, sizeof(request), &m), -ENOMSG);
    assert_int_equal(echo_read_request(false, request, sizeof(request), &id, &sequence), 0);
    assert_int_equal(id, ID);
    assert_int_equal(echo_read_request(true, request, sizeof(request), &id, &sequence),
                     -ENOMSG);
    assert_int_equal(echo_read_request(false, request, 7, &id, &sequence), -EBADMSG);
}

static void advice_does_not_end_the_wait(void **state)
{
    (void)state;
    assert_false(echo_error_ends(false, 5));
    assert_false(echo_error_ends(false, 4));
    assert_true(echo_error_ends(false, 3));
    assert_true(echo_error_ends(true, 4));
    assert_true(echo_error_too_big(true, 2, 0));
    assert_false(echo_error_too_big(false, 3, 1));
}

static void types_and_codes_have_words(void **state)
{
    static const struct {
        bool v6;
        uint8_t type, code;
        const char *words;
    } cases[] = {
        {false, 3, 3, "destination unreachable: port unreachable"},
        {false, 3, 13, "destination unreachable: communication administratively prohibited"},
        {false, 0, 0, "echo reply"},
        {false, 40, 1, "security failure: authentication failed"},
        {false, 3, 99, "destination unreachable code 99"},
        {false, 99, 3, "type 99 code 3"},
        {true, 1, 1, "destination unreachable: administratively prohibited"},
        {true, 2, 0, "packet too big"},
        {true, 138, 255, "router renumbering: sequence number reset"},
        {true, 99, 0, "type 99 code 0"},
    };
    char text[ICMP_TEXT_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(icmp_describe(cases[i].v6, cases[i].type, cases[i].code, text),
                            cases[i].words);
    for (unsigned n = 0; n < 2 * 65536; n++) {
        icmp_describe(n >> 16, (uint8_t)(n >> 8), (uint8_t)n, text);
        assert_true(text[0] && strlen(text) < sizeof(text) - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply_has_what_the_request_had),
        cmocka_unit_test(a_short_payload_has_no_mark),
        cmocka_unit_test(a_request_of_ipv4_has_its_checksum),
        cmocka_unit_test(an_error_tells_which_request_it_is_about),
        cmocka_unit_test(an_mtu_of_zero_is_unknown),
        cmocka_unit_test(a_wrong_checksum_is_no_message),
        cmocka_unit_test(other_messages_are_not_ours),
        cmocka_unit_test(advice_does_not_end_the_wait),
        cmocka_unit_test(types_and_codes_have_words),
    };

    return cmocka_run_group_tests_name("echo", tests, NULL, NULL);
}
