/* The explanations: complete, short, and hard to break.  Every field of a packet is held by
 * fuzz_decode, every errno by test_errors, every cause by test_causes. */
#include "tests/unit/screen.h"

#include <unistd.h>

#include "core/model/column.h"
#include "core/model/errors.h"
#include "core/report/explanation.h"
#include "core/wire/dns.h"
#include "core/wire/finding.h"
#include "core/wire/tls_names.h"
#include "ui/console/facts.h"

static int load(void **state)
{
    struct err err = {0};
    char text[600];

    (void)state;
    if (explanation_load(&err) == 0)
        return 0;
    err_format(&err, text, sizeof(text));
    print_error("%s\n", text);
    return -1;
}

static const struct topic *need(enum topic_kind kind, const char *in, const char *name)
{
    const struct topic *t = topic_find(kind, in, name);

    if (!t)
        fail_msg("no %s \"%s\" of %s in share/explain.json", topic_kind_name(kind), name,
                 in ? in : "anything");
    return t;
}

static void explain(enum topic_kind kind, const char *in, const char *name, const char *value,
                    struct explanation *ret)
{
    static struct subjects s;

    s.n = 0;
    if (!explanation_of(subjects_add(&s, kind, in, name, value), ret))
        fail_msg("%s \"%s\" is not explained", topic_kind_name(kind), name);
}

static const char *line_of(const struct explanation *e, const char *label)
{
    for (size_t i = 0; i < e->n; i++)
        if (strcmp(e->lines[i].label, label) == 0)
            return e->lines[i].text;
    return "";
}

/* ---- complete ---- */

static void every_column_says_what_is_normal(void **state)
{
    struct explanation e;

    (void)state;
    for (size_t i = 0; i < column_count(); i++) {
        const struct column *c = column_at(i);

        need(TOPIC_COLUMN, NULL, c->name);
        explain(TOPIC_COLUMN, NULL, c->name, NULL, &e);
        assert_string_equal(line_of(&e, "is"), c->meaning);
        assert_true(line_of(&e, "normal")[0] && line_of(&e, "see")[0]);
    }
}

static void every_column_that_is_explained_is_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < topic_count(); i++)
        if (topic_at(i)->kind == TOPIC_COLUMN && !column_find(topic_at(i)->name))
            fail_msg("there is no column %s", topic_at(i)->name);
}

static void every_state_and_timer_is_explained(void **state)
{
    struct explanation e;

    (void)state;
    for (int s = STATE_ESTABLISHED; s < STATE_COUNT; s++) {
        explain(TOPIC_STATE, NULL, state_name((enum socket_state)s), NULL, &e);
        assert_int_equal(e.n, 4);
        explain(TOPIC_COLUMN, NULL, "state", state_name((enum socket_state)s), &e);
        assert_true(line_of(&e, state_name((enum socket_state)s))[0]);
    }
    for (int t = TIMER_ON; t <= TIMER_PERSIST; t++)
        need(TOPIC_VALUE, "timer", timer_name((enum socket_timer)t));
}

/* Keys are named by what they do, in what to try and nowhere else. */
static void keys_are_named_by_what_they_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < topic_count(); i++) {
        const struct topic *t = topic_at(i);
        char text[TOPIC_TEXT_BYTES + 64];

        if ((t->means && strchr(t->means, '{')) || strchr(t->normal, '{') ||
            (t->trouble && strchr(t->trouble, '{')))
            fail_msg("%s has a key where none is put in", t->name);
        if (!t->tries)
            continue;
        if (strstr(t->tries, "e asks why") || strncmp(t->tries, "v ", 2) == 0)
            fail_msg("%s: '%s' has a key that may be another", t->name, t->tries);
        if (strchr(action_text(t->tries, text, sizeof(text)), '{'))
            fail_msg("%s: '%s' names no action", t->name, t->tries);
    }
}

static void every_flag_of_a_segment_is_explained(void **state)
{
    static const char *const flags[] = {"FIN", "SYN", "RST", "PSH", "ACK",
                                        "URG", "ECE", "CWR", "AE",  "Reserved"};
    struct explanation e;

    (void)state;
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        need(TOPIC_VALUE, "tcp-flag", flags[i]);
    explain(TOPIC_FIELD, "Transmission Control Protocol", "Flags", "0x012 (SYN, ACK)", &e);
    assert_true(line_of(&e, "SYN")[0] && line_of(&e, "ACK")[0]);
    assert_string_equal(line_of(&e, "FIN"), "");
}

static void every_finding_and_call_is_explained(void **state)
{
    (void)state;
    for (int f = 0; f < FINDING_COUNT; f++)
        need(TOPIC_FINDING, NULL, finding_infos[f].id);
    for (int c = 0; c < CALL_NAMES; c++)
        need(TOPIC_CALL, NULL, call_name((enum call_name)c));
}

/* The words before the colon are the alert's name. */
static void every_alert_and_reply_code_is_explained(void **state)
{
    struct explanation e;
    char value[96];

    (void)state;
    for (unsigned i = 0; i < 256; i++) {
        const char *words = tls_alert_words((uint8_t)i), *rcode = dns_rcode_name((uint8_t)i);

        if (words) {
            snprintf(value, sizeof(value), "%u (%s)", i, words);
            explain(TOPIC_FIELD, "Transport Layer Security", "Description", value, &e);
            if (strcmp(e.lines[1].label, "normal") == 0)
                fail_msg("alert \"%s\" is not explained", words);
        }
        if (rcode)
            need(TOPIC_VALUE, "dns-rcode", rcode);
    }
}

static void every_session_state_is_explained(void **state)
{
    (void)state;
    for (int s = SESSION_RESOLVING; s <= SESSION_FAILED; s++)
        need(TOPIC_VALUE, "session-state", session_state_name((enum session_state)s));
}

static void expect_explained_facts(struct facts *f, size_t least)
{
    struct explanation e;

    assert_true(f->n >= least && f->n < FACTS_MAX);
    for (size_t i = 0; i < f->n; i++)
        explain(TOPIC_FACT, NULL, f->list[i].label, f->list[i].value, &e);
    f->n = 0;
}

static void every_fact_is_explained(void **state)
{
    struct session_status s = {.tls = {.version = "TLSv1.3", .trust = TLS_TRUSTED},
                               .phases = {.connected = 1, .secured = 2}};
    struct row row = {.state = STATE_ESTABLISHED, .kind = KIND_TCP, .timer = TIMER_ON};
    struct socket_portrait p = {.row = row};
    struct screen screen;
    struct facts f = {0};

    (void)state;
    screen_open(&screen, &journal_panel, 10, 80);
    p.detail.known = DETAIL_EVERYTHING;
    p.detail.info_bytes = 280;
    facts_of_row(&f, &screen.m, &row);
    facts_of_session(&f, &s);
    facts_of_portrait(&f, NULL);
    facts_add(&f, "curves over", STYLE_DIM, "%s", "1 s");
    expect_explained_facts(&f, 12);
    facts_of_portrait(&f, &p);
    expect_explained_facts(&f, 30);
    p.detail.known = 0;
    facts_of_portrait(&f, &p);
    expect_explained_facts(&f, 20);
    screen_close(&screen);
}

static void an_icmp_message_is_said_as_it_is(void **state)
{
    static struct subjects subjects;
    struct explanation e;
    struct subject *s =
        subjects_add(&subjects, TOPIC_FIELD, "Internet Control Message Protocol", "Code", "3");

    (void)state;
    s->icmp.known = true;
    s->icmp.type = s->icmp.code = 3;
    assert_true(explanation_of(s, &e));
    assert_string_equal(line_of(&e, "here"), "the host answered that nobody listens there");
}

/* ---- by a word ---- */

static void a_word_finds_all_that_has_the_name(void **state)
{
    static struct subjects s;

    (void)state;
    assert_int_equal(explanation_find("econnrefused", &s), 1);
    assert_int_equal(s.list[0].kind, TOPIC_ERROR);
    assert_int_equal(explanation_find("time-wait", &s), 1);
    assert_string_equal(s.list[0].name, "TIME_WAIT");
    assert_int_equal(explanation_find("cwnd", &s), 1);
    assert_string_equal(s.list[0].name, "snd_cwnd");
    assert_true(explanation_find("checksum", &s) > 3);
    assert_int_equal(explanation_find("no-listener", &s), 1);
    assert_int_equal(s.list[0].kind, TOPIC_CAUSE);
    assert_true(explanation_find("retrans", &s) > 0);
    assert_int_equal(explanation_find("xyzzy", &s), 0);
    assert_int_equal(explanation_find("", &s), 0);
}

static void what_is_not_known_says_so(void **state)
{
    static struct subjects s;
    struct explanation e;

    (void)state;
    assert_false(explanation_of(subjects_add(&s, TOPIC_FIELD, "X", "Y", "Z"), &e));
    assert_string_equal(e.lines[0].text, "Nothing is written about it.");
}

static void a_full_list_of_subjects_stays_as_it_is(void **state)
{
    static struct subjects s;

    (void)state;
    for (int i = 0; i < SUBJECTS_MAX + 3; i++)
        subjects_add(&s, TOPIC_FIELD, NULL, "Window", NULL);
    assert_int_equal(s.n, SUBJECTS_MAX);
}

/* ---- the file ---- */

static void what_is_wrong_in_the_file_is_named(void **state)
{
    static const struct {
        const char *text, *wrong;
    } files[] = {
        {"{}", "no array"},
        {"[]", "no array"},
        {"[{}", "no JSON"},
        {"[{\"name\": \"A\"}]", "\"kind\" is missing"},
        {"[{\"kind\": \"field\"}]", "\"name\" is missing"},
        {"[{\"kind\": \"field\", \"name\": \"A\", \"normal\": \"x\"}]", "\"see\" is missing"},
        {"[{\"kind\": \"field\", \"name\": \"A\", \"normal\": \"x\", \"see\": \"x\"}]",
         "\"means\" is missing"},
        {"[{\"kind\": \"column\", \"name\": \"A\", \"means\": \"x\", \"normal\": \"x\", "
         "\"see\": \"x\"}]",
         "\"means\" stands in the table"},
        {"[{\"kind\": \"field\", \"name\": \"A\\u001b\", \"normal\": \"x\"}]", "not printable"},
        {"[{\"kind\": \"column\", \"name\": \"rtt\", \"normal\": \"x\", \"see\": \"x\"},"
         "{\"kind\": \"column\", \"name\": \"rtt\", \"normal\": \"x\", \"see\": \"x\"}]",
         "entry 2 (rtt): \"name\" is that of another"},
        {"[{\"kind\": \"column\", \"name\": \"A\", \"normal\": \"x\", \"see\": \"x\"}]",
         "entry 1 (A): \"name\" is no column"},
    };
    size_t n = topic_count();

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[] = "/tmp/test_explanation.XXXXXX", text[600];
        int fd = mkstemp(path);
        struct err err = {0};

        assert_true(fd >= 0);
        assert_int_equal(write(fd, files[i].text, strlen(files[i].text)),
                         strlen(files[i].text));
        close(fd);
        assert_int_equal(topics_load_from(path, &err), -EINVAL);
        err_format(&err, text, sizeof(text));
        if (!strstr(text, files[i].wrong))
            fail_msg("\"%s\" does not say \"%s\"", text, files[i].wrong);
        unlink(path);
    }
    assert_int_equal(topic_count(), n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_column_says_what_is_normal),
        cmocka_unit_test(every_column_that_is_explained_is_there),
        cmocka_unit_test(every_state_and_timer_is_explained),
        cmocka_unit_test(keys_are_named_by_what_they_do),
        cmocka_unit_test(every_flag_of_a_segment_is_explained),
        cmocka_unit_test(every_finding_and_call_is_explained),
        cmocka_unit_test(every_alert_and_reply_code_is_explained),
        cmocka_unit_test(every_session_state_is_explained),
        cmocka_unit_test(every_fact_is_explained),
        cmocka_unit_test(an_icmp_message_is_said_as_it_is),
        cmocka_unit_test(a_word_finds_all_that_has_the_name),
        cmocka_unit_test(what_is_not_known_says_so),
        cmocka_unit_test(a_full_list_of_subjects_stays_as_it_is),
        cmocka_unit_test(what_is_wrong_in_the_file_is_named),
    };

    return cmocka_run_group_tests_name("explanation", tests, load, NULL);
}
