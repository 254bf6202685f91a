#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "core/model/command.h"

static struct command parsed(const char *line)
{
    struct command c;
    struct err err = {0};
    char text[ERR_TEXT_BYTES * 4];

    if (command_parse(line, &c, &err) < 0) {
        err_format(&err, text, sizeof(text));
        fail_msg("%s: %s", line, text);
    }
    return c;
}

static void every_verb_survives_its_own_text(void **state)
{
    static const char *const lines[] = {
        "connect 127.0.0.1:65432",
        "connect tcp://[::1]:80 --timeout 2.5",
        "connect localhost 80",
        "connect a:1 --send 'two words\\n' --hex '48 65' --send \"it's\" --file /a/b --send ''",
        "connect a:1 --line-end crlf --repeat 0 --interval 0.5 --expect a\\x00 --linger 2",
        "connect a:1 --connections 50 --crlf",
        "connect a:1 --replay 't x.json' --speed 0 --check --repeat 2 --interval 1",
        "serve echo",
        "serve never-recv 127.0.0.1:0 --backlog 5",
        "send Hello, world",
        "send 3 Hello\\r\\n\\x00\\\\",
        "send 3",
        "why",
        "why 127.0.0.1 80",
        "why tls://[::1]:443",
        "why bind:tcp://127.0.0.1:80",
        "why 'bind:unix:/a path'",
        "message",
        "message 3 action=search \"value=two words\" n:=1",
        "message --raw-json '{\"a\": 1}' --header content-length=3 --header byteorder",
        "message --binary \"x=it's\" --header='x=\"1\"'",
        "message \"a='\"'\"'\"'\" 'b=\"' \"c=' \"",
        "message --header x -- -x=1 y=2",
        "message x=1 --encoding=latin-1",
        "flood",
        "flood 1000",
        "flood 2 1000",
        "flood off",
        "send-hex 48:65",
        "send-hex 3 '48 65'",
        "send-file 'a path'",
        "send-file 3 /a/path",
        "repeat 3 0.5 two words",
        "repeat 3 5 7",
        "repeat 2 0 0 hello\\n",
        "repeat off",
        "repeat 4 off",
        "close all",
        "close 3 5 7",
        "close tag:web-1",
        "tag 3 web",
        "tag 3",
        "save-transcript '/tmp/a b' json",
        "save-transcript 3 /tmp/x",
        "save-transcript 3",
        "flood 2 off",
        "blocking on",
        "blocking 3 off",
        "set SO_RCVBUF=65536",
        "set 2 TCP_NODELAY",
        "get 2 SO_RCVBUF",
        "connect udp://239.1.1.1:5 --join 239.1.1.1%lo --broadcast --multicast-ttl 2",
        ("connect h:1 --option SO_RCVBUF=4096 --option TCP_NODELAY --source 127.0.0.1 "
         "--retries 2"),
        "connect h:1 --proxy socks5://u:p@h:1080 --idle-timeout 2.5 --blocking",
        "serve hello 127.0.0.1:0 --text \"a 'b' c\" --line-end crlf --model threads",
        "serve message --keep --workers 2 --allow 10.0.0.0/8 --allow ::1 --deny 10.1.0.0/16",
        "half-close",
        "half-close 4",
        "close 18446744073709551615",
        "stop 1",
        "capture lo",
        "filter state established and sport = :80",
        "filter",
        "goto packets",
        "view listeners",
        "save chart '/tmp/a b.svg'",
        "save series /tmp/x.csv",
        "save row x",
        "save program /tmp/x.py",
        "save program /tmp/x.c",
        "save program /tmp/x c",
        "save packets /tmp/x.pcap",
        "save packets '/tmp/a b' flow",
        "save stream /tmp/x raw",
        "save ladder /tmp/x html",
        "save ladder /tmp/x.json",
        "save ladder /tmp/x.json text",
        "save stream /tmp/x.bin",
        "packets-filter port 80 and finding zero-window",
        "packets-filter",
        "capture-filter tcp port 80",
        "goto stream",
        "goto socket",
        "copy",
        "copy json",
        "copy ss",
        "destroy",
        "signal TERM",
        "signal 812 SIGKILL",
        "signal 9",
        "columns local,recvq owner",
        "columns",
        "help",
        "quit",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct command a = parsed(lines[i]), b;
        char text[4096], again[4096];

        command_format(&a, text, sizeof(text));
        b = parsed(text);
        command_format(&b, again, sizeof(again));
        assert_string_equal(text, again);
        assert_int_equal(a.verb, b.verb);
        assert_int_equal(a.target_id, b.target_id);
        assert_int_equal(a.count, b.count);
        assert_int_equal(a.connect.timeout_ns, b.connect.timeout_ns);
        assert_int_equal(a.text_len, b.text_len);
        assert_memory_equal(a.text, b.text, a.text_len);
    }
}

static void values_are_understood(void **state)
{
    struct command c = parsed("serve echo");

    (void)state;
    assert_string_equal(c.endpoint.host, "127.0.0.1");
    assert_int_equal(c.endpoint.port, 65432);
    assert_int_equal(c.serve.backlog, COMMAND_BACKLOG);
    c = parsed("connect --timeout=0.5 ::1 80");
    assert_int_equal(c.connect.timeout_ns, 500000000);
    assert_string_equal(c.endpoint.host, "::1");
    c = parsed("send 3 4 apples");
    assert_int_equal(c.target_id, 3);
    assert_memory_equal(c.text, "4 apples", 8);
    c = parsed("send  two blanks  ");
    assert_int_equal(c.text_len, strlen(" two blanks  "));
    c = parsed("send a\\x00b");
    assert_int_equal(c.text_len, 3);
    assert_memory_equal(c.text, "a\0b", 3);
    c = parsed("send-hex 3 0x48,0x65");
    assert_int_equal(c.target_id, 3);
    assert_memory_equal(c.text, "He", 2);
    c = parsed("repeat 2 3 0.5 7 apples");
    assert_int_equal(c.target_id, 2);
    assert_int_equal(c.count, 3);
    assert_int_equal(c.interval_ns, 500000000);
    assert_memory_equal(c.text, "7 apples", 8);
    c = parsed("repeat 3 0.5 7 apples");
    assert_int_equal(c.target_id, 0);
    assert_int_equal(c.count, 3);
    c = parsed("close 3 5 7");
    assert_int_equal(c.n_targets, 3);
    assert_int_equal(c.targets[2], 7);
    c = parsed("save ladder /tmp/a.b/x.html");
    assert_int_equal(c.form, 2);
    c = parsed("save stream /tmp/a.hex/x");
    assert_int_equal(c.form, 0);
    c = parsed("  goto   'packets' ");
    assert_string_equal(c.text, "packets");
}

static void mistakes_name_the_word(void **state)
{
    static const struct {
        const char *line, *word;
    } cases[] = {
        {"", "empty"},
        {"   ", "empty"},
        {"conect a:1", "conect"},
        {"connect", "missing"},
        {"connect 127.0.0.1", "port"},
        {"connect a:1 --timeout", "timeout"},
        {"connect a:1 --timeout -1", "-1"},
        {"connect a:1 --timeout nan", "nan"},
        {"connect a:1 --frob", "--frob"},
        {"connect a:1 --send b\\q", "backslash"},
        {"connect a:1 --hex 4x", "character"},
        {"connect a:1 --hex 123", "odd number"},
        {"connect a:1 --file ''", "empty"},
        {"connect a:1 --expect ''", "empty"},
        {"connect a:1 --line-end dos", "keep, crlf, lf, cr"},
        {"connect a:1 --connections 0", "from 1"},
        {"connect a:1 --check", "--replay"},
        {"connect a:1 --tag 'a b'", "letters"},
        {"send-hex 48 65 66", "quotes"},
        {"send-hex 4x", "4x"},
        {"send-hex ''", "nothing to send"},
        {"send-file", "one path"},
        {"repeat", "how often"},
        {"repeat x 1 a", "x"},
        {"repeat 1 x a", "seconds"},
        {"close tag:", "tag:"},
        {"close 3 x", "x"},
        {"tag", "which session"},
        {"tag 3 a/b", "a/b"},
        {"save-transcript", "one path"},
        {"save", "chart, series, row"},
        {"save picture /tmp/x", "chart, series, row"},
        {"save packets", "one path"},
        {"save packets /tmp/x some", "all, tagged, shown or flow"},
        {"save packets /tmp/x all y", "one path"},
        {"save stream /tmp/x all", "text, hex, raw"},
        {"save ladder /tmp/x raw", "text, json or html"},
        {"save program /tmp/x perl", "python or c"},
        {"save chart", "one path"},
        {"save chart /tmp/a b", "one path"},
        {"copy xml", "text, json, ss or program"},
        {"copy text json", "text, json, ss or program"},
        {"signal", "by its name"},
        {"signal 812", "by its name"},
        {"signal term", "by its name"},
        {"signal 4294967296 TERM", "by its name"},
        {"destroy 3", "nothing more"},
        {"save-transcript a xml", "text, json or hex"},
        {"connect a:1 --speed -1", "number such as"},
        {"serve", "missing"},
        {"serve a-service-name-that-is-far-too-long", "no such service"},
        {"serve echo --backlog x", "backlog"},
        {"send", "nothing to send"},
        {"send bad \\q escape", "\\q"},
        {"send cut \\x4", "\\x4"},
        {"flood x", "numbers"},
        {"close x", "x"},
        {"capture", "interface"},
        {"capture averyveryverylongname", "interface"},
        {"goto nowhere", "nowhere"},
        {"view nowhere", "nowhere"},
        {"view list tree", "tree"},
        {"connect 'a:1", "quote"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct command c;
        struct err err = {0};
        char text[ERR_TEXT_BYTES * 4];

        assert_int_equal(command_parse(cases[i].line, &c, &err), -EINVAL);
        err_format(&err, text, sizeof(text));
        if (!strstr(text, cases[i].word))
            fail_msg("'%s' gave '%s'", cases[i].line, text);
    }
}

static void long_lines_are_refused(void **state)
{
    static char line[8192], *words[100];
    struct command c;

    (void)state;
    memset(line, 'a', sizeof(line) - 1);
    memcpy(line, "send ", 5);
    assert_int_equal(command_parse(line, &c, NULL), -EINVAL);
    line[5 + COMMAND_TEXT_BYTES] = '\0';
    assert_int_equal(command_parse(line, &c, NULL), 0);
    assert_int_equal(c.text_len, COMMAND_TEXT_BYTES);
    line[5 + COMMAND_TEXT_BYTES] = 'a';
    line[5 + COMMAND_TEXT_BYTES + 1] = '\0';
    assert_int_equal(command_parse(line, &c, NULL), -EINVAL);
    for (size_t i = 0; i < 100; i++)
        words[i] = "serve";
    assert_int_equal(command_parse_words(100, words, &c, NULL), -EINVAL);
}

static void prefixes_complete(void **state)
{
    enum verb found[VERB_COUNT];

    (void)state;
    assert_int_equal(command_complete_verb("", found, VERB_COUNT), VERB_COUNT);
    assert_int_equal(command_complete_verb("con", found, VERB_COUNT), 1);
    assert_int_equal(found[0], VERB_CONNECT);
    assert_int_equal(command_complete_verb("zz", found, VERB_COUNT), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_verb_survives_its_own_text),
        cmocka_unit_test(values_are_understood),
        cmocka_unit_test(mistakes_name_the_word),
        cmocka_unit_test(long_lines_are_refused),
        cmocka_unit_test(prefixes_complete),
    };

    return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
