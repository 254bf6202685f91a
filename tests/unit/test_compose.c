/* Messages out of words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/message/compose.h"
#include "core/model/command.h"
#include "tests/unit/messages.h"

/* The header and the content of what a line makes, as text. */
static char *text_of(const char *line, size_t *ret_content_at)
{
    struct command c;
    struct err err = {0};
    uint8_t *bytes = NULL;
    size_t len = 0, header;
    char *text;

    if (command_parse(line, &c, &err) < 0 || command_message(&c, &bytes, &len, &err) < 0)
        fail_msg("%s: %s: %s", line, err.input, err.reason);
    header = (size_t)bytes[0] << 8 | bytes[1];
    assert_true(2 + header <= len);
    text = mem_copy(bytes + 2, len - 2);
    *ret_content_at = header;
    free(bytes);
    return text;
}

static void expect(const char *line, const char *in_header, const char *content)
{
    size_t at;
    char *text = text_of(line, &at);

    assert_string_equal(text + at, content);
    text[at] = '\0';
    if (!strstr(text, in_header))
        fail_msg("%s is not in %s", in_header, text);
    free(text);
}

static void words_make_what_the_protocol_s_programs_send(void **state)
{
    const struct recorded *r = &recorded[0];
    struct command c;
    uint8_t *bytes;
    size_t len;

    (void)state;
    if (strcmp(message_byteorder(), "little") != 0)
        skip();
    assert_int_equal(command_parse("message 3 action=search value=morpheus", &c, NULL), 0);
    assert_int_equal(c.target_id, 3);
    assert_int_equal(command_message(&c, &bytes, &len, NULL), 0);
    assert_int_equal(len, r->len);
    assert_memory_equal(bytes, r->bytes, len);
    free(bytes);
}

static void content_is_strings_json_bytes_or_a_text_as_it_stands(void **state)
{
    (void)state;
    expect("message a=1 b:=1 'c=two words'", "\"content-type\": \"text/json\"",
           "{\"a\": \"1\", \"b\": 1, \"c\": \"two words\"}");
    expect("message", "\"content-length\": 2}", "{}");
    expect("message --binary a=x b=y", "\"content-encoding\": \"binary\"", "xy");
    expect("message --raw-json '{\"no JSON'", "\"content-length\": 9}", "{\"no JSON");
    expect("message v=\xc3\xbc --encoding latin-1", "\"content-encoding\": \"latin-1\"",
           "{\"v\": \"\xfc\"}");
}

static void fields_are_sent_as_given_or_left_out(void **state)
{
    size_t at;
    char *text;

    (void)state;
    expect("message v=1 --header content-length=3", "\"content-length\": 3}", "{\"v\": \"1\"}");
    expect("message --header content-length=x --header=a=b=c", "\"x\", \"a\": \"b=c\"}", "{}");
    text = text_of("message --header content-length --header byteorder", &at);
    assert_string_equal(text,
                        "{\"content-type\": \"text/json\", \"content-encoding\": \"utf-8\"}{}");
    free(text);
}

static void what_makes_no_message_names_the_word(void **state)
{
    static const struct {
        const char *line, *word;
        bool parses;
    } cases[] = {
        {"message word", "word", false},
        {"message 2 =x", "=x", false},
        {"message a=1 --raw-json x", "--raw-json", false},
        {"message --binary --encoding utf-8", "--encoding", false},
        {"message --header =x", "=x", false},
        {"message --header", "--header", false},
        {"message --frob", "--frob", false},
        {"message a:=x", "a:=x", true},
        {"message a=1 --encoding nothing", "nothing", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct err err = {0};
        char text[4 * ERR_TEXT_BYTES];
        struct command c;
        uint8_t *bytes;
        size_t len;
        int r = command_parse(cases[i].line, &c, &err);

        assert_int_equal(r, cases[i].parses ? 0 : -EINVAL);
        if (r == 0)
            assert_true(command_message(&c, &bytes, &len, &err) < 0);
        err_format(&err, text, sizeof(text));
        if (!strstr(text, cases[i].word))
            fail_msg("%s: %s", cases[i].line, text);
    }
}

static void words_are_bounded(void **state)
{
    char line[2 * WORDS_BYTES] = "message a=";
    struct err err = {0};
    struct command c;

    (void)state;
    memset(line + strlen(line), 'x', WORDS_BYTES);
    assert_int_equal(command_parse(line, &c, &err), -EINVAL);
    assert_non_null(strstr(err.reason, "1024 bytes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_make_what_the_protocol_s_programs_send),
        cmocka_unit_test(content_is_strings_json_bytes_or_a_text_as_it_stands),
        cmocka_unit_test(fields_are_sent_as_given_or_left_out),
        cmocka_unit_test(what_makes_no_message_names_the_word),
        cmocka_unit_test(words_are_bounded),
    };

    return cmocka_run_group_tests_name("compose", tests, NULL, NULL);
}
