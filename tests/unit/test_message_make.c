/* Messages made: the encoder with fields by hand, content in its encodings, the service's answers,
 * a message as lines of text; and the JSON below them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/mem.h"
#include "core/message/answer.h"
#include "core/message/content.h"
#include "core/message/decoder.h"
#include "core/message/describe.h"
#include "core/message/encoder.h"

static struct message *decoded(const uint8_t *bytes, size_t len)
{
    struct message_fault fault = {0};
    struct message *m = NULL;
    struct decoder d;
    size_t used;

    decoder_init(&d, NULL);
    if (decoder_feed(&d, bytes, len, &used, &m, &fault) != 1)
        fail_msg("%s", fault.err.reason);
    assert_int_equal(used, len);
    decoder_done(&d);
    return m;
}

static uint8_t *encoded(const char *content, const char *type, const char *encoding,
                        const struct header_edit *edits, size_t n_edits, size_t *ret_len)
{
    const struct message_draft draft = {content,  strlen(content), type,
                                        encoding, edits,           n_edits};
    struct err err = {0};
    uint8_t *bytes;

    if (message_encode(&draft, &bytes, ret_len, &err) < 0)
        fail_msg("%s", err.reason);
    return bytes;
}

/* ---- the encoder ------------------------------------------------------------------------- */

static void assert_header(const struct header_edit *edits, size_t n, const char *expected)
{
    size_t len;
    uint8_t *bytes = encoded("{}", "text/json", "utf-8", edits, n, &len);

    assert_int_equal(bytes[0] << 8 | bytes[1], strlen(expected));
    assert_int_equal(len, 2 + strlen(expected) + 2);
    assert_memory_equal(bytes + 2, expected, strlen(expected));
    assert_memory_equal(bytes + len - 2, "{}", 2);
    free(bytes);
}

static void without_edits_it_writes_what_python_does(void **state)
{
    char expected[200];

    (void)state;
    snprintf(expected, sizeof(expected),
             "{\"byteorder\": \"%s\", \"content-type\": \"text/json\", "
             "\"content-encoding\": \"utf-8\", \"content-length\": 2}",
             message_byteorder());
    assert_header(NULL, 0, expected);
}

static void any_field_can_be_wrong(void **state)
{
    static const struct header_edit edits[] = {{"byteorder", "middle"},
                                               {"content-type", "5"},
                                               {"content-encoding", "\"7\""},
                                               {"content-length", "-1"},
                                               {"content-length", "1e1"}};
    static const struct header_edit others[] = {{"byteorder", "null"},
                                                {"content-type", "true"},
                                                {"content-encoding", " 1"},
                                                {"content-length", "99999999999999999999"}};

    (void)state;
    assert_header(edits, 5,
                  "{\"byteorder\": \"middle\", \"content-type\": 5, "
                  "\"content-encoding\": \"7\", \"content-length\": 1e1}");
    assert_header(others, 4,
                  "{\"byteorder\": null, \"content-type\": true, "
                  "\"content-encoding\": \" 1\", \"content-length\": 99999999999999999999}");
}

static void fields_are_left_out_and_added(void **state)
{
    static const struct header_edit edits[] = {{"content-length", NULL},
                                               {"x", "1"},
                                               {"connection", "keep-alive"},
                                               {"x", "[\"b\"]"},
                                               {"byteorder", "big"}};

    (void)state;
    assert_header(edits, 5,
                  "{\"byteorder\": \"big\", \"content-type\": \"text/json\", "
                  "\"content-encoding\": \"utf-8\", \"connection\": \"keep-alive\", "
                  "\"x\": \"[\\\"b\\\"]\"}");
}

static void a_header_that_does_not_fit_its_length_is_refused(void **state)
{
    char *value = mem_new(70000, 1);
    struct header_edit edit = {"x", value};
    struct message_draft draft = {"", 0, "a", "b", &edit, 1};
    struct err err = {0};
    uint8_t *bytes;
    size_t len;

    (void)state;
    memset(value, 'y', 69999);
    assert_int_equal(message_encode(&draft, &bytes, &len, &err), -EMSGSIZE);
    assert_non_null(strstr(err.reason, "at most 65535"));
    edit.value = "\xc3(";
    assert_int_equal(message_encode(&draft, &bytes, &len, &err), -EILSEQ);
    free(value);
}

/* ---- content ----------------------------------------------------------------------------- */

static void text_goes_into_an_encoding_and_back(void **state)
{
    static const char text[] = "{\"a\":\"gr\xc3\xbc\xc3\x9f\"}";
    static const char *const names[] = {"utf-8",   "utf-16",  "utf_16_le",  "utf-16-be",
                                        "latin-1", "latin_1", "iso8859_15", "cp1252",
                                        "UTF-7",   "utf-32"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct header_edit none = {"content-encoding", names[i]};
        struct message_draft draft = {NULL, 0, "text/json", names[i], &none, 0};
        struct message *m;
        char *bytes, *back;
        uint8_t *whole;
        size_t len;

        assert_int_equal(content_encode(names[i], text, strlen(text), &bytes, &len, NULL), 0);
        draft.content = bytes;
        draft.content_len = len;
        assert_int_equal(message_encode(&draft, &whole, &len, NULL), 0);
        m = decoded(whole, len);
        assert_int_equal(content_text(m, &message_limits, &back, &len, NULL), 0);
        assert_string_equal(back, text);
        free(back);
        free(bytes);
        free(whole);
        message_free(m);
    }
}

static void assert_bad_content(const char *content, size_t len, const char *encoding, int code,
                               size_t at, const char *said)
{
    const struct message_draft draft = {content, len, "text/json", encoding, NULL, 0};
    struct message_fault fault = {0};
    struct message *m;
    uint8_t *bytes;
    size_t n;
    char *text;

    assert_int_equal(message_encode(&draft, &bytes, &n, NULL), 0);
    m = decoded(bytes, n);
    assert_int_equal(content_text(m, &message_limits, &text, &n, &fault), code);
    if (!strstr(fault.err.reason, said))
        fail_msg("%s", fault.err.reason);
    at += code == -EINVAL ? m->values[MESSAGE_CONTENT_ENCODING].at : m->content.at;
    assert_int_equal(fault.at, at);
    message_free(m);
    free(bytes);
}

static void what_is_wrong_in_content_is_told_with_its_byte(void **state)
{
    static const char utf16[] = "\xff\xfe{\0\"\0\xe4\0\"\0x\0}\0";
    char deep[200];

    (void)state;
    memset(deep, '[', sizeof(deep));
    assert_bad_content("{\"a\":\"\xff\"}", 9, "utf-8", -EILSEQ, 6, "0xff is no utf-8");
    assert_bad_content("{\"a\":\"\xf0\x9f", 8, "utf-8", -EILSEQ, 6, "or is cut");
    assert_bad_content("{\"a\":\xc3\xa4}", 8, "utf-8", -EBADMSG, 5,
                       "0xc3 where a value is due");
    assert_bad_content(utf16, sizeof(utf16) - 1, "utf-16", -EBADMSG, 10,
                       "'x' where ':' is due");
    assert_bad_content("a\0", 2, "utf-16-le", -EBADMSG, 0, "'a' where a value");
    assert_bad_content("{\"a\":1", 6, "utf-8", -EBADMSG, 6, "ends too early");
    assert_bad_content("", 0, "utf-8", -EBADMSG, 0, "ends too early");
    assert_bad_content("\"\xe4\" \xe4", 5, "latin-1", -EBADMSG, 4, "where the end is due");
    assert_bad_content(deep, sizeof(deep), "utf-8", -E2BIG, 64, "more than 64 deep");
    assert_bad_content("{}", 2, "no-such", -EINVAL, 0, "no encoding is called 'no-such'");
    assert_bad_content("{}", 2, "utf-8//IGNORE", -EINVAL, 0, "no encoding");
    assert_bad_content("{}", 2, "", -EINVAL, 0, "no encoding");
}

static char *restyled(const char *text, enum json_style style, bool printable)
{
    struct json_writer w = {0};
    struct json_reader r;

    json_reader_init(&r, text, strlen(text), JSON_NESTING_LIMIT);
    assert_int_equal(json_rewrite(&w, &r, style, printable), 0);
    json_write(&w, "", 1);
    return w.bytes;
}

static void json_keeps_its_meaning_in_every_style(void **state)
{
    static const char text[] =
        " {\"a\" :[1.50, -2e+07,{ }, [] ],\n\"b\\u0041\":\"\\ud83d\\udc30"
        "\\u0007\\/\\u202e\", \"c\":null}";
    static const struct {
        enum json_style style;
        bool printable;
        const char *expected;
    } styles[] = {
        {JSON_COMPACT, false,
         "{\"a\":[1.50,-2e+07,{},[]],\"bA\":\"\xf0\x9f\x90\xb0\\u0007/"
         "\xe2\x80\xae\",\"c\":null}"},
        {JSON_SPACED, true,
         "{\"a\": [1.50, -2e+07, {}, []], \"bA\": \"\xf0\x9f\x90\xb0\\u0007/\\u202e\", \"c\": "
         "null}"},
        {JSON_PRETTY, false,
         "{\n  \"a\": [\n    1.50,\n    -2e+07,\n    {},\n    []\n  ],\n  \"bA\": "
         "\"\xf0\x9f\x90\xb0\\u0007/\xe2\x80\xae\",\n  \"c\": null\n}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++) {
        char *written = restyled(text, styles[i].style, styles[i].printable);

        assert_string_equal(written, styles[i].expected);
        free(written);
    }
}

/* ---- answers ----------------------------------------------------------------------------- */

static cJSON *dictionary(void)
{
    struct err err = {0};
    cJSON *d;

    if (answer_dictionary(&d, &err) < 0)
        fail_msg("%s", err.reason);
    return d;
}

static void assert_answer(const char *request, const char *expected)
{
    /* The bytes that an answer names shall not depend on this machine. */
    static const struct header_edit order = {"byteorder", "big"};
    cJSON *entries = dictionary();
    size_t len;
    uint8_t *bytes = encoded(request, "text/json", "utf-8", &order, 1, &len), *reply;
    struct message *m = decoded(bytes, len), *answer;

    answer_make(m, entries, &message_limits, &reply, &len);
    answer = decoded(reply, len);
    assert_string_equal(answer->content_type, "text/json");
    assert_string_equal(answer->content_encoding, "utf-8");
    assert_int_equal(answer->content.len, strlen(expected));
    assert_memory_equal(answer->bytes + answer->content.at, expected, strlen(expected));
    message_free(m);
    message_free(answer);
    free(bytes);
    free(reply);
    cJSON_Delete(entries);
}

static void the_service_answers_what_it_knows(void **state)
{
    (void)state;
    assert_answer("{\"action\":\"search\",\"value\":\"morpheus\"}",
                  "{\"result\": \"Follow the white rabbit. \xf0\x9f\x90\xb0\"}");
    assert_answer(
        "{\"action\":\"search\",\"value\":\"ring\"}",
        "{\"result\": \"In the caves beneath the Misty Mountains. \xf0\x9f\x92\x8d\"}");
    assert_answer("{\"value\":\"\\ud83d\\udc36\",\"action\":\"search\"}",
                  "{\"result\": \"\xf0\x9f\x90\xbe Playing ball! \xf0\x9f\x8f\x90\"}");
    assert_answer("{\"action\":\"search\",\"value\":\"x\\\"\\n\"}",
                  "{\"result\": \"No match for 'x\\\"\\n'.\"}");
    assert_answer("{\"action\":\"search\",\"value\":\"ring\\u0000\"}",
                  "{\"result\": \"No match for 'ring\\u0000'.\"}");
    assert_answer("{\"action\":\"search\",\"value\":[1, 2.50]}",
                  "{\"result\": \"No match for '[1, 2.50]'.\"}");
    assert_answer("{\"action\":\"double\",\"value\":\"2\"}",
                  "{\"result\": \"Error: invalid action 'double'.\"}");
    assert_answer("{\"action\":7}", "{\"result\": \"Error: invalid action '7'.\"}");
    assert_answer("{\"action\":\"a\",\"action\":\"search\",\"value\":\"y\"}",
                  "{\"result\": \"No match for 'y'.\"}");
}

static void a_request_without_sense_is_told_so(void **state)
{
    (void)state;
    assert_answer("{}", "{\"result\": \"Error: the request has no action.\"}");
    assert_answer("{\"action\":\"search\"}",
                  "{\"result\": \"Error: the request has no value.\"}");
    assert_answer("[1]", "{\"result\": \"Error: the content is no JSON object.\"}");
    assert_answer("{\"action\":",
                  "{\"result\": \"Error: byte 112: the JSON ends too early in the content.\"}");
    assert_answer("\xff", "{\"result\": \"Error: byte 101: 0xff is no utf-8, or is cut.\"}");
}

static void binary_is_answered_with_its_first_ten_bytes(void **state)
{
    static const struct {
        const char *request, *expected;
    } cases[] = {
        {"binary\xe2\x98\x83 and more", "First 10 bytes of request: binary\xe2\x98\x83 "},
        {"abc", "First 10 bytes of request: abc"},
        {"", "First 10 bytes of request: "}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        size_t len;
        uint8_t *bytes = encoded(cases[i].request, "anything", "at all", NULL, 0, &len), *reply;
        struct message *m = decoded(bytes, len), *answer;

        answer_make(m, NULL, &message_limits, &reply, &len);
        answer = decoded(reply, len);
        assert_string_equal(answer->content_type, "binary/custom-server-binary-type");
        assert_string_equal(answer->content_encoding, "binary");
        assert_int_equal(answer->content.len, strlen(cases[i].expected));
        assert_memory_equal(answer->bytes + answer->content.at, cases[i].expected,
                            answer->content.len);
        message_free(m);
        message_free(answer);
        free(bytes);
        free(reply);
    }
}

static void the_connection_is_kept_on_request_only(void **state)
{
    static const struct {
        const char *value;
        bool kept;
    } cases[] = {{"keep-alive", true}, {"close", false}, {"true", false}, {NULL, false}};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct header_edit edit = {"connection", cases[i].value};
        size_t len;
        uint8_t *bytes = encoded("{}", "text/json", "utf-8", &edit, 1, &len);
        struct message *m = decoded(bytes, len);

        assert_int_equal(answer_keeps_connection(m), cases[i].kept);
        message_free(m);
        free(bytes);
    }
}

/* ---- lines ------------------------------------------------------------------------------- */

static void a_message_is_shown_as_parts_with_their_bytes(void **state)
{
    static const struct header_edit edits[] = {{"byteorder", "big"}, {"x", "\x1b[31m"}};
    static struct describe_line lines[DESCRIBE_LINES_MAX];
    static const char *const expected[] = {
        "length             0..1         the header has 119 bytes",
        "header             2..120       {\"byteorder\": \"big\", \"content-type\": "
        "\"text/json\", \"content-encoding\": \"utf-8\", \"content-length\": 13, \"x\": "
        "\"\\u001b[31m\"}",
        "  byteorder        3..20        \"big\"",
        "  content-type     23..49       \"text/json\"",
        "  content-encoding 52..78       \"utf-8\"",
        "  content-length   81..100      13",
        "  x                103..119     \"\\u001b[31m\"",
        "content            121..133     {\"a\":\"\xf0\x9f\x90\xb6\"}"};
    char text[DESCRIBE_FORMAT_BYTES];
    size_t len, n;
    uint8_t *bytes =
        encoded("{\"a\": \"\xf0\x9f\x90\xb6\"}", "text/json", "utf-8", edits, 2, &len);
    struct message *m = decoded(bytes, len);

    (void)state;
    n = describe_message(m, &message_limits, lines);
    assert_int_equal(n, sizeof(expected) / sizeof(expected[0]));
    for (size_t i = 0; i < n; i++) {
        describe_format(&lines[i], text);
        assert_string_equal(text, expected[i]);
    }
    message_free(m);
    free(bytes);
}

static void what_is_wrong_or_long_is_shown_so(void **state)
{
    static struct describe_line lines[DESCRIBE_LINES_MAX];
    struct header_edit edits[100];
    char keys[100][8];
    size_t len, n;
    uint8_t *bytes;
    struct message *m;

    (void)state;
    for (size_t i = 0; i < 100; i++) {
        snprintf(keys[i], sizeof(keys[i]), "k%zu", i);
        edits[i] = (struct header_edit){keys[i], "\x7f\xc2\x9b"};
    }
    bytes = encoded("{\"a\"", "text/json", "utf-8", edits, 100, &len);
    m = decoded(bytes, len);
    n = describe_message(m, &message_limits, lines);
    assert_int_equal(n, DESCRIBE_LINES_MAX);
    assert_string_equal(lines[n - 2].text, "44 more");
    assert_true(lines[n - 1].is_wrong);
    assert_non_null(strstr(lines[n - 1].text, "ends too early"));
    assert_string_equal(lines[1].text + strlen(lines[1].text) - 3, "...");
    assert_non_null(strstr(lines[6].text, "\\x7f\\u{9b}"));
    message_free(m);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_edits_it_writes_what_python_does),
        cmocka_unit_test(any_field_can_be_wrong),
        cmocka_unit_test(fields_are_left_out_and_added),
        cmocka_unit_test(a_header_that_does_not_fit_its_length_is_refused),
        cmocka_unit_test(text_goes_into_an_encoding_and_back),
        cmocka_unit_test(what_is_wrong_in_content_is_told_with_its_byte),
        cmocka_unit_test(json_keeps_its_meaning_in_every_style),
        cmocka_unit_test(the_service_answers_what_it_knows),
        cmocka_unit_test(a_request_without_sense_is_told_so),
        cmocka_unit_test(binary_is_answered_with_its_first_ten_bytes),
        cmocka_unit_test(the_connection_is_kept_on_request_only),
        cmocka_unit_test(a_message_is_shown_as_parts_with_their_bytes),
        cmocka_unit_test(what_is_wrong_or_long_is_shown_so),
    };

    return cmocka_run_group_tests_name("message_make", tests, NULL, NULL);
}
