/* DNS messages: what is asked can be read, and what is read is bounded. */
#include "core/wire/dns.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A response under construction. */
struct message {
    uint8_t bytes[1024];
    size_t len;
};

static void put(struct message *m, const void *bytes, size_t len)
{
    memcpy(m->bytes + m->len, bytes, len);
    m->len += len;
}

#define PUT(m, literal) put((m), (literal), sizeof(literal) - 1)

/* www.example.com A? with so many answers claimed; the name is at offset 12. */
static struct message response(uint8_t answers)
{
    struct message m = {.len = 0};

    PUT(&m, "\x12\x34\x81\x83\0\1\0");
    put(&m, &answers, 1);
    PUT(&m, "\0\0\0\0\3www\7example\3com\0\0\1\0\1");
    return m;
}

static int open_message(struct dns_reader *r, const struct message *m)
{
    struct dns_header h;

    return dns_read_header(r, m->bytes, m->len, &h);
}

static void a_query_reads_back(void **state)
{
    uint8_t query[DNS_QUERY_BYTES];
    struct dns_reader r;
    struct dns_header h;
    struct dns_question q;
    size_t len;

    (void)state;
    assert_int_equal(dns_encode_query(0xbeef, "www.Example.com.", DNS_AAAA, query, &len), 0);
    assert_int_equal(dns_read_header(&r, query, len, &h), 0);
    assert_int_equal(h.id, 0xbeef);
    assert_true(h.recursion_desired && !h.response);
    assert_int_equal(dns_read_question(&r, &q), 1);
    assert_string_equal(q.name, "www.Example.com");
    assert_int_equal(q.type, DNS_AAAA);
    assert_int_equal(q.class, DNS_CLASS_IN);
    assert_int_equal(dns_read_question(&r, &q), 0);
}

static void a_name_that_no_message_holds_is_refused(void **state)
{
    uint8_t query[DNS_QUERY_BYTES];
    char label[66], name[300];
    size_t len = 77;
    const char *wrong[] = {"", "..", "a..b", ".a", "a\\", "a\\2", "a\\256", label, name};

    (void)state;
    memset(label, 'x', 64);
    label[64] = '\0';
    memset(name, 'y', sizeof(name));
    for (size_t i = 0; i < sizeof(name); i += 50)
        name[i] = i ? '.' : 'y';
    name[254] = '\0';
    for (size_t i = 1; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(dns_encode_query(1, wrong[i], DNS_A, query, &len), -EINVAL);
    assert_int_equal(len, 77);
    label[63] = name[253] = '\0';
    assert_int_equal(dns_encode_query(1, label, DNS_A, query, &len), 0);
    assert_int_equal(dns_encode_query(1, name, DNS_A, query, &len), 0);
    assert_int_equal(len, DNS_QUERY_BYTES);
}

static void addresses_and_aliases_are_read_through_compression(void **state)
{
    struct message m = response(3);
    struct dns_reader r;
    struct dns_record record;

    (void)state;
    PUT(&m, "\xc0\x0c\0\5\0\1\0\0\1\x2c\0\6\3web\xc0\x10");
    PUT(&m, "\xc0\x2d\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1");
    PUT(&m, "\xc0\x2d\0\x1c\0\1\xff\xff\xff\xff\0\x10\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1");
    assert_int_equal(open_message(&r, &m), 0);
    assert_int_equal(dns_read_record(&r, &record), 1);
    assert_int_equal(record.type, DNS_CNAME);
    assert_int_equal(record.ttl_s, 300);
    assert_string_equal(record.target, "web.example.com");
    assert_int_equal(dns_read_record(&r, &record), 1);
    assert_string_equal(record.name, "web.example.com");
    assert_memory_equal(record.ip, "\xc0\0\2\1", 4);
    assert_int_equal(dns_read_record(&r, &record), 1);
    assert_int_equal(record.type, DNS_AAAA);
    assert_int_equal(record.ttl_s, 0);
    assert_int_equal(record.ip[15], 1);
    assert_int_equal(dns_read_record(&r, &record), 0);
}

static void start_of_authority_tells_its_minimum(void **state)
{
    struct message m = response(1);
    struct dns_reader r;
    struct dns_record record;

    (void)state;
    PUT(&m, "\xc0\x10\0\6\0\1\0\0\0\1\0\x1e\2ns\xc0\x10\2me\xc0\x10");
    PUT(&m, "\0\0\0\7\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\x3c");
    assert_int_equal(open_message(&r, &m), 0);
    assert_int_equal(dns_read_record(&r, &record), 1);
    assert_string_equal(record.target, "ns.example.com");
    assert_int_equal(record.serial, 7);
    assert_int_equal(record.minimum_s, 60);
}

static void a_pointer_that_leads_in_circles_is_refused(void **state)
{
    struct message self = response(1), forth = response(1), back = response(1);
    struct dns_reader r;
    struct dns_record record;

    (void)state;
    PUT(&self, "\xc0\x21\0\1\0\1\0\0\0\1\0\4\1\2\3\4");
    PUT(&forth, "\xc0\x24\0\1\0\1\0\0\0\1\0\4\1\2\3\4");
    PUT(&back, "\1a\xc0\x21\0\1\0\1\0\0\0\1\0\4\1\2\3\4");
    assert_int_equal(open_message(&r, &self), 0);
    assert_int_equal(dns_read_record(&r, &record), -EBADMSG);
    assert_int_equal(open_message(&r, &forth), 0);
    assert_int_equal(dns_read_record(&r, &record), -EBADMSG);
    assert_int_equal(open_message(&r, &back), 0);
    assert_int_equal(dns_read_record(&r, &record), -EBADMSG);
}

static void data_that_does_not_fill_its_length_is_refused(void **state)
{
    struct message longer = response(1), shorter = response(1), cut = response(1);
    struct dns_reader r;
    struct dns_record record;

    (void)state;
    PUT(&longer, "\xc0\x0c\0\1\0\1\0\0\0\1\0\5\1\2\3\4\5");
    PUT(&shorter, "\xc0\x0c\0\x1c\0\1\0\0\0\1\0\4\1\2\3\4");
    PUT(&cut, "\xc0\x0c\0\5\0\1\0\0\0\1\0\1\xc0\x0c");
    assert_int_equal(open_message(&r, &longer), 0);
    assert_int_equal(dns_read_record(&r, &record), -EBADMSG);
    assert_int_equal(open_message(&r, &shorter), 0);
    assert_int_equal(dns_read_record(&r, &record), -EBADMSG);
    assert_int_equal(open_message(&r, &cut), 0);
    assert_int_equal(dns_read_record(&r, &record), -EBADMSG);
}

static void a_record_that_is_cut_anywhere_is_refused(void **state)
{
    struct message whole = response(1);
    struct dns_reader r;
    struct dns_record record;
    size_t before = whole.len;

    (void)state;
    PUT(&whole, "\xc0\x0c\0\x0f\0\1\0\0\1\x2c\0\4\0\1\xc0\x0c"); /* a type without form here */
    for (size_t len = before; len < whole.len; len++) {
        struct message m = whole;

        m.len = len;
        assert_int_equal(open_message(&r, &m), 0);
        assert_int_equal(dns_read_record(&r, &record), -EBADMSG);
    }
    assert_int_equal(open_message(&r, &whole), 0);
    assert_int_equal(dns_read_record(&r, &record), 1);
}

static void more_answers_than_there_are_is_an_error(void **state)
{
    struct message m = response(200);
    struct dns_reader r;
    struct dns_record record;

    (void)state;
    PUT(&m, "\xc0\x0c\0\1\0\1\0\0\0\1\0\4\1\2\3\4");
    assert_int_equal(open_message(&r, &m), 0);
    assert_int_equal(dns_read_record(&r, &record), 1);
    assert_int_equal(dns_read_record(&r, &record), -EBADMSG);
}

static void bytes_of_a_name_are_escaped(void **state)
{
    struct message m = {.len = 0};
    uint8_t query[DNS_QUERY_BYTES];
    struct dns_reader r;
    struct dns_header h;
    struct dns_question q, again;
    size_t len;

    (void)state;
    PUT(&m, "\0\0\0\0\0\1\0\0\0\0\0\0\6\x1b[.\\\xff \1a\0\0\1\0\1");
    assert_int_equal(dns_read_header(&r, m.bytes, m.len, &h), 0);
    assert_int_equal(dns_read_question(&r, &q), 1);
    assert_string_equal(q.name, "\\027[\\.\\\\\\255\\032.a");
    assert_int_equal(dns_encode_query(0, q.name, DNS_A, query, &len), 0);
    assert_int_equal(dns_read_header(&r, query, len, &h), 0);
    assert_int_equal(dns_read_question(&r, &again), 1);
    assert_string_equal(again.name, q.name);
}

static void a_name_of_more_than_255_octets_is_refused(void **state)
{
    struct message m = response(0);
    struct dns_reader r;
    struct dns_question q;

    (void)state;
    m.bytes[5] = 2;
    for (int i = 0; i < 5; i++) {
        PUT(&m, "\x32");
        memset(m.bytes + m.len, 'z', 50);
        m.len += 50;
    }
    PUT(&m, "\0\0\1\0\1");
    assert_int_equal(open_message(&r, &m), 0);
    assert_int_equal(dns_read_question(&r, &q), 1);
    assert_int_equal(dns_read_question(&r, &q), -EBADMSG);
}

static void the_names_of_an_address_are_asked_for_backwards(void **state)
{
    const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x21};
    char buf[DNS_REVERSE_BYTES];

    (void)state;
    assert_string_equal(dns_reverse_name((const uint8_t *)"\x7f\0\0\1", 4, buf),
                        "1.0.0.127.in-addr.arpa");
    assert_string_equal(
        dns_reverse_name(v6, 16, buf),
        "1.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

static void codes_have_names(void **state)
{
    char buf[DNS_TYPE_BYTES];

    (void)state;
    assert_string_equal(dns_rcode_name(DNS_NXDOMAIN), "NXDOMAIN");
    assert_string_equal(dns_rcode_words(DNS_NXDOMAIN), "no such name");
    assert_null(dns_rcode_name(15));
    assert_string_equal(dns_type_name(DNS_AAAA, buf), "AAAA");
    assert_string_equal(dns_type_name(65535, buf), "TYPE65535");
    assert_true(dns_name_equal("WWW.example.com.", "www.Example.com"));
    assert_false(dns_name_equal("www.example.com", "ww.example.com"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_query_reads_back),
        cmocka_unit_test(a_name_that_no_message_holds_is_refused),
        cmocka_unit_test(addresses_and_aliases_are_read_through_compression),
        cmocka_unit_test(start_of_authority_tells_its_minimum),
        cmocka_unit_test(a_pointer_that_leads_in_circles_is_refused),
        cmocka_unit_test(data_that_does_not_fill_its_length_is_refused),
        cmocka_unit_test(a_record_that_is_cut_anywhere_is_refused),
        cmocka_unit_test(more_answers_than_there_are_is_an_error),
        cmocka_unit_test(bytes_of_a_name_are_escaped),
        cmocka_unit_test(a_name_of_more_than_255_octets_is_refused),
        cmocka_unit_test(the_names_of_an_address_are_asked_for_backwards),
        cmocka_unit_test(codes_have_names),
    };

    return cmocka_run_group_tests_name("dns", tests, NULL, NULL);
}
