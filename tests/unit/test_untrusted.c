/* What strangers wrote, through each way out of the program: nothing that steers a terminal, hides
 * or forges a row comes out as it went in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mark.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/message/json_print.h"
#include "core/message/json_write.h"
#include "core/model/series.h"
#include "core/report/changes.h"
#include "core/report/chart_svg.h"
#include "core/report/markup.h"
#include "core/report/names.h"
#include "core/report/packet_out.h"
#include "core/report/row_copy.h"
#include "core/report/rows.h"
#include "core/report/transcript.h"
#include "core/report/why_html.h"
#include "core/report/why_record.h"
#include "tests/unit/owned.h"
#include "ui/cli/say.h"
#include "ui/console/log_file.h"
#include "ui/console/surface.h"

#define MARKS 5000
#define FOREIGN_BYTES (2 * MARKS + 64)

/* --- what strangers write -------------------------------------------------------------------- */

static const uint32_t hidden_codes[] = {
    0x7f,   0xad,   0x34f,  0x61c,  0x115f, 0x180e, 0x200b, 0x200c,  0x200d,  0x200e,  0x200f,
    0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2060,  0x2066,  0x2067,  0x2068,
    0x2069, 0x3164, 0xe000, 0xfdd0, 0xfeff, 0xfff9, 0xffff, 0xe0001, 0xe0041, 0xe007f, 0x10ffff,
};

static const char *const wrong_bytes[] = {
    "\x80",
    "\xbf",
    "\x9b",
    "\x9d",
    "\xc0\x9b",
    "\xc1\xbf",
    "\xe0\x80\x9b",
    "\xf0\x80\x80\x9b",
    "\xed\xa0\x80",
    "\xed\xbf\xbf",
    "\xf4\x90\x80\x80",
    "\xf8\x88\x80\x80\x80",
    "\xfc\x84\x80\x80\x80\x80",
    "\xfe",
    "\xff",
    "\xc3",
    "\xe2\x82",
    "\xf0\x9f\x98",
    "\xc3(",
    "\xe2(\xa1",
};

static const char *const sequences[] = {
    "\x1b]0;title\x07",
    "\x1b[31m",
    "\x1b[2J\x1b[H",
    "\x1b]52;c;cm0gLXJm\x07",
    "\x1b]8;;http://x/\x1b\\",
    "\x1bP$q\"p\x1b\\",
    "\x1b[21t",
    "\033c",
    "\x9b"
    "31m",
    "\xc2\x9b"
    "31m",
    "\x1b[?1049h",
    "\r\n",
    "\rforged",
    "\nforged row",
    "\t",
    "%n%s%s%n%100000d",
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "&lt;&#x1b;",
    "]]>",
    "--></style>",
    "javascript:alert(1)",
    "=cmd|' /C calc'!A0",
    "a\\x1bb",
};

struct exit_ctx {
    const char *foreign;
    char *out;
    size_t len;
    FILE *file; /* writes to out */
};

typedef void exit_fn(struct exit_ctx *x);

static void each_foreign(void (*one)(exit_fn *, const char *), exit_fn *way)
{
    static char text[FOREIGN_BYTES];
    char code[4];

    for (uint32_t c = 1; c < 0xa0; c++) {
        if (c >= 0x20 && c < 0x7f)
            continue;
        snprintf(text, sizeof(text), "ab%.*scd", (int)text_utf8_encode(c, code), code);
        one(way, text);
    }
    for (size_t i = 0; i < sizeof(hidden_codes) / sizeof(hidden_codes[0]); i++) {
        snprintf(text, sizeof(text), "ab%.*scd", (int)text_utf8_encode(hidden_codes[i], code),
                 code);
        one(way, text);
    }
    for (size_t i = 0; i < sizeof(wrong_bytes) / sizeof(wrong_bytes[0]); i++) {
        snprintf(text, sizeof(text), "ab%scd", wrong_bytes[i]);
        one(way, text);
    }
    for (size_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++) {
        snprintf(text, sizeof(text), "ab%scd", sequences[i]);
        one(way, text);
    }
    strcpy(text, "ab");
    for (size_t i = 0; i < MARKS; i++)
        strcpy(text + 2 + 2 * i, "\xcc\x81");
    strcpy(text + 2 + 2 * MARKS, "cd");
    one(way, text);
}

/* --- what may come out -------------------------------------------------------------------------- */

static void assert_harmless(const char *out, size_t len, const char *foreign)
{
    unsigned marks = 0;

    for (size_t at = 0; at < len;) {
        uint32_t code = 0;
        size_t n = text_utf8_decode(out + at, len - at, &code);

        if (!n)
            fail_msg("no UTF-8 at byte %zu of: %s", at, foreign);
        marks = mark_joins(code) ? marks + 1 : 0;
        if (marks > TEXT_MARKS_MAX)
            fail_msg("more than %d marks on one character", TEXT_MARKS_MAX);
        if (code != '\n' && code != '\r' && !text_printable(code))
            fail_msg("U+%04X came out of: %s", (unsigned)code, foreign);
        at += n;
    }
}

/* But for those that go on with a row, behind two blanks. */
static size_t rows_of(const struct exit_ctx *x)
{
    size_t n = 0;

    for (size_t i = 0; i < x->len; i++)
        n += x->out[i] == '\n' && strncmp(x->out + i + 1, "  ", 2) != 0;
    return n;
}

static struct exit_ctx out_of(exit_fn *way, const char *foreign)
{
    struct exit_ctx x = {.foreign = foreign};

    x.file = open_memstream(&x.out, &x.len);
    assert_non_null(x.file);
    way(&x);
    fclose(x.file);
    assert_harmless(x.out, x.len, foreign);
    return x;
}

/* As long as the other. */
static const char *tame_text(const char *foreign)
{
    static char text[FOREIGN_BYTES];

    memset(text, 'a', sizeof(text));
    text[strlen(foreign)] = '\0';
    return text;
}

/* As many rows as of a text without harm, and no line end that is not ours. */
static void expect_rows(exit_fn *way, const char *foreign)
{
    struct exit_ctx tame = out_of(way, tame_text(foreign)), x = out_of(way, foreign);

    assert_int_equal(rows_of(&x), rows_of(&tame));
    for (size_t i = 0; i < x.len; i++)
        if (x.out[i] == '\r' && (i + 1 == x.len || x.out[i + 1] != '\n'))
            fail_msg("a carriage return came out of: %s", foreign);
    free(tame.out);
    free(x.out);
}

/* A page or a picture does nothing, whatever is in it. */
static void expect_passive(exit_fn *way, const char *foreign)
{
    struct exit_ctx tame = out_of(way, "abcd"), x = out_of(way, foreign);
    static const char *const active[] = {"<script", "<img",           "<iframe", "<object",
                                         "<link",   "<base",          "<embed",  "<form",
                                         "<use",    "href=",          "src=",    "url(",
                                         "@import", "<foreignObject", " on"};
    size_t begun = 0, begun_tame = 0;

    for (size_t i = 0; i < sizeof(active) / sizeof(active[0]); i++) {
        const char *found = strcasestr(x.out, active[i]);

        /* Words in a text are words; what is active stands in an element. */
        for (; found && active[i][0] != '<'; found = strcasestr(found + 1, active[i])) {
            const char *open = found;

            while (open > x.out && *open != '<' && *open != '>')
                open--;
            if (*open == '<')
                break;
        }
        if (found)
            fail_msg("%s came out of: %s", active[i], foreign);
    }
    for (const char *c = x.out; *c; c++)
        begun += *c == '<';
    for (const char *c = tame.out; *c; c++)
        begun_tame += *c == '<';
    assert_int_equal(begun, begun_tame);
    free(tame.out);
    free(x.out);
}

/* --- the ways out ------------------------------------------------------------------------------- */

static void by_screen(struct exit_ctx *x)
{
    struct surface *s = surface_new(1, 80, false);

    area_text(area_whole(s), 0, 0, STYLE_NORMAL, x->foreign);
    fprintf(x->file, "%s\n", surface_row(s, 0));
    surface_free(s);
}

static void by_ascii_screen(struct exit_ctx *x)
{
    struct surface *s = surface_new(1, 80, true);
    const char *row;

    area_text(area_whole(s), 0, 0, STYLE_NORMAL, x->foreign);
    row = surface_row(s, 0);
    for (const char *c = row; *c; c++)
        assert_in_range(*c, ' ', '~');
    fprintf(x->file, "%s\n", row);
    surface_free(s);
}

static int put_to_file(void *ctx, const char *bytes, size_t len)
{
    fwrite(bytes, 1, len, ctx);
    return 0;
}

/* A row whose every text is foreign, also those that probes would have cleaned. */
static void put_rows(struct exit_ctx *x, enum rows_form form)
{
    struct rows_shape shape = {.form = form, .owners = true};
    struct snapshot s = {0};
    struct row rows[2] = {{.kind = KIND_TCP, .state = STATE_ESTABLISHED, .inode = 77},
                          {.kind = KIND_UNIX_STREAM, .state = STATE_LISTEN, .inode = 77}};
    struct netns ns = {0};
    struct process *p;
    struct rows_writer *w;

    for (size_t i = 0; i < column_count(); i++)
        rows_shape_add(&shape, column_at(i));
    snprintf(ns.name, sizeof(ns.name), "%s", x->foreign);
    s.rows = rows;
    s.n_rows = 2;
    s.netns = &ns;
    s.n_netns = 1;
    rows[1].name = texts_add(&s.names, x->foreign, strnlen(x->foreign, 200));
    an_owner(&s.owned, 77, OWNER_KNOWN);
    p = a_holder(&s.owned, 812, 5, x->foreign);
    p->command = texts_add(&s.owned.texts, x->foreign, strnlen(x->foreign, 200));
    p->container = texts_add(&s.owned.texts, x->foreign, strnlen(x->foreign, 60));
    w = rows_writer_new(&shape, put_to_file, x->file);
    assert_int_equal(rows_writer_put(w, &s), 0);
    assert_int_equal(rows_writer_end(w), 0);
    rows_writer_free(w);
    ownership_done(&s.owned);
    texts_done(&s.names);
}

static void by_table(struct exit_ctx *x)
{
    put_rows(x, ROWS_TEXT);
}

static void by_csv(struct exit_ctx *x)
{
    put_rows(x, ROWS_CSV);
}

static void by_json_table(struct exit_ctx *x)
{
    put_rows(x, ROWS_JSON);
}

static void by_json(struct exit_ctx *x)
{
    cJSON *o = cJSON_CreateObject(), *read;
    char *text;

    cJSON_AddStringToObject(o, x->foreign, x->foreign);
    text = json_print(o, false);
    fprintf(x->file, "%s\n", text);
    read = cJSON_Parse(text);
    assert_non_null(read); /* it is still JSON */
    cJSON_Delete(read);
    free(text);
    cJSON_Delete(o);
}

static void by_json_writer(struct exit_ctx *x)
{
    struct json_writer w = {0};

    json_write_string(&w, x->foreign, strnlen(x->foreign, 200), true);
    fprintf(x->file, "%.*s\n", (int)w.len, w.bytes);
    free(w.bytes);
}

static void by_packet_line(struct exit_ctx *x)
{
    struct packet_out o = {0};

    put_clean(&o, x->foreign);
    put_char(&o, ' ');
    put_json_string(&o, x->foreign);
    fprintf(x->file, "%.*s\n", (int)o.used, o.text);
    packet_out_done(&o);
}

static void by_error(struct exit_ctx *x)
{
    char line[ERR_TEXT_BYTES * 4];
    struct err err;

    err_set(&err, -ENOENT, x->foreign, x->foreign, "%s", x->foreign);
    err_hint(&err, "%s", x->foreign);
    err_format(&err, line, sizeof(line));
    fprintf(x->file, "%s\n", line);
}

/* What a function writes to a descriptor. */
static void copy_from(FILE *from, FILE *to)
{
    char piece[4096];
    size_t n;

    rewind(from);
    while ((n = fread(piece, 1, sizeof(piece), from)))
        fwrite(piece, 1, n, to);
    fclose(from);
}

static void by_stderr(struct exit_ctx *x)
{
    FILE *caught = tmpfile();
    int before = dup(STDERR_FILENO);

    assert_non_null(caught);
    dup2(fileno(caught), STDERR_FILENO);
    say_line("sockeye: %s", x->foreign);
    dup2(before, STDERR_FILENO);
    close(before);
    copy_from(caught, x->file);
}

static void by_log(struct exit_ctx *x)
{
    char path[] = "/tmp/sockeye-untrusted.XXXXXX";
    int fd = mkstemp(path);
    struct log_file *l = NULL;

    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(log_open(path, &l, NULL), 0);
    log_line(l, "notice", "%s", x->foreign);
    log_close(l);
    copy_from(fopen(path, "r"), x->file);
    unlink(path);
}

/* In two parts, cut at each byte of its beginning: each is a passage. */
static void put_transcript(struct exit_ctx *x, enum transcript_format format)
{
    size_t len = strnlen(x->foreign, 40);
    char path[] = "/tmp/sockeye-untrusted.XXXXXX";
    int fd = mkstemp(path);
    struct transcript_file *f = NULL;

    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(transcript_create(path, format, &f, NULL), 0);
    for (size_t cut = 0; cut <= len; cut++) {
        struct passage p = {.direction = DIRECTION_RECEIVED, .length = cut};

        assert_int_equal(transcript_put(f, &p, x->foreign, cut, NULL), 0);
        p.length = len - cut;
        assert_int_equal(transcript_put(f, &p, x->foreign + cut, len - cut, NULL), 0);
        p.direction = DIRECTION_NOTE;
        assert_int_equal(transcript_put(f, &p, x->foreign, len, NULL), 0);
    }
    assert_int_equal(transcript_close(f, NULL), 0);
    copy_from(fopen(path, "r"), x->file);
    unlink(path);
}

static void by_transcript(struct exit_ctx *x)
{
    put_transcript(x, TRANSCRIPT_TEXT);
}

static void by_hex_transcript(struct exit_ctx *x)
{
    put_transcript(x, TRANSCRIPT_HEX);
}

static void by_json_transcript(struct exit_ctx *x)
{
    put_transcript(x, TRANSCRIPT_JSON);
}

static void by_changes(struct exit_ctx *x)
{
    struct change c = {.kind = CHANGE_NEW, .at_ns = CLOCK_SECOND_NS};
    struct json_writer w = {0};

    snprintf(c.local, sizeof(c.local), "%s", x->foreign);
    snprintf(c.peer, sizeof(c.peer), "%s", x->foreign);
    snprintf(c.owner, sizeof(c.owner), "%s", x->foreign);
    change_put_text(&w, &c);
    change_put_json(&w, &c);
    fwrite(w.bytes, 1, w.len, x->file);
    free(w.bytes);
}

static int put_line(void *ctx, const char *line)
{
    fprintf(ctx, "%s\n", line);
    return 0;
}

static void by_names(struct exit_ctx *x)
{
    struct name_report *r = mem_new(1, sizeof(*r));
    struct name_finding *f;
    cJSON *document;
    char *text;

    snprintf(r->name, sizeof(r->name), "%s", x->foreign);
    snprintf(r->canonical, sizeof(r->canonical), "%s", x->foreign);
    snprintf(r->hostname, sizeof(r->hostname), "%s", x->foreign);
    snprintf(r->hosts_path, sizeof(r->hosts_path), "%s", x->foreign);
    f = names_finding(r, NAME_FILE);
    snprintf(f->query, sizeof(f->query), "%s", x->foreign);
    snprintf(names_answer(r, f)->name, DNS_NAME_BYTES, "%s", x->foreign);
    names_judge(r);
    assert_int_equal(names_text(r, put_line, x->file), 0);
    document = names_json(r);
    text = json_print(document, false);
    fprintf(x->file, "%s\n", text);
    free(text);
    cJSON_Delete(document);
    free(r);
}

static void by_copy_of_a_row(struct exit_ctx *x)
{
    struct snapshot s = {0};
    struct netns ns = {0};
    struct row row = {.kind = KIND_UNIX_STREAM, .state = STATE_LISTEN, .inode = 77};
    struct row_copy copy = {.snapshot = &s, .row = &row};

    snprintf(ns.name, sizeof(ns.name), "%s", x->foreign);
    s.netns = &ns;
    s.n_netns = 1;
    row.name = texts_add(&s.names, x->foreign, strnlen(x->foreign, 200));
    an_owner(&s.owned, 77, OWNER_KNOWN);
    a_holder(&s.owned, 812, 5, x->foreign);
    row_copy_text(x->file, &copy);
    row_copy_json(x->file, &copy);
    row_copy_ss(x->file, &copy);
    ownership_done(&s.owned);
    texts_done(&s.names);
}

static void by_markup(struct exit_ctx *x)
{
    char *text = markup_text(x->foreign);

    assert_null(strpbrk(text, "\"'<>")); /* neither an element nor an attribute ends */
    fprintf(x->file, "<p>%s</p>\n", text);
    free(text);
}

static void by_picture(struct exit_ctx *x)
{
    struct series s = {0};
    struct chart_times times = {.title = x->foreign};

    times.spans.n = 1;
    times.spans.list[0] = (struct span){.label = "dns", .until_ns = CLOCK_SECOND_NS};
    chart_svg(x->file, &s, &times, 1, x->foreign);
}

static void by_page(struct exit_ctx *x)
{
    struct evidence *e = evidence_new();
    struct ladder *l = ladder_new(4);
    struct verdict v = {.cause = "no-listener", .n_fixes = 1, .n_alternatives = 1};
    struct sighting *s = evidence_sighting(e);

    snprintf(e->target, sizeof(e->target), "%s", x->foreign);
    evidence_say(e, "connect", e->began_ns, "%s", x->foreign);
    evidence_unseen(e, "capture", "sudo", "%s", x->foreign);
    snprintf(v.summary, sizeof(v.summary), "%s", x->foreign);
    snprintf(v.fixes[0], sizeof(v.fixes[0]), "%s", x->foreign);
    v.alternatives[0].cause = "firewall-reject";
    snprintf(v.alternatives[0].ruled_out_by, VERDICT_TEXT_BYTES, "%s", x->foreign);
    snprintf(s->path, sizeof(s->path), "%s", x->foreign);
    snprintf(s->netns, sizeof(s->netns), "%s", x->foreign);
    assert_int_equal(why_html(e, &v, l, x->foreign, put_to_file, x->file), 0);
    ladder_free(l);
    evidence_free(e);
}

/* --- tests ----------------------------------------------------------------------------------- */

static void every_character_is_shown_or_told(void **state)
{
    char in[4], out[16];

    (void)state;
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        size_t n = text_utf8_encode(code, in), len;

        if (!n)
            continue;
        len = text_clean(in, n, out, sizeof(out));
        assert_true(len > 0 && len < TEXT_CLEAN_BYTES(n));
        if (text_printable(code)) {
            assert_int_equal(len, n);
            assert_memory_equal(out, in, n);
        } else {
            for (size_t i = 0; i < len; i++)
                assert_in_range(out[i], ' ', '~');
        }
    }
}

static void what_hides_or_steers_is_not_printable(void **state)
{
    (void)state;
    for (uint32_t code = 0; code < 0xa0; code++)
        assert_int_equal(text_printable(code), code >= 0x20 && code < 0x7f);
    for (size_t i = 0; i < sizeof(hidden_codes) / sizeof(hidden_codes[0]); i++)
        assert_false(text_printable(hidden_codes[i]));
    for (uint32_t code = 0xe0000; code < 0xe1000; code++)
        assert_false(text_printable(code));
}

static void marks_are_piled_up_no_higher_than_languages_need(void **state)
{
    char in[64] = "a", out[TEXT_CLEAN_BYTES(sizeof(in))];

    (void)state;
    for (int i = 0; i < TEXT_MARKS_MAX; i++)
        strcat(in, "\xcc\x81");
    assert_true(text_is_printable(in));
    strcat(in, "\xcc\x82z");
    assert_false(text_is_printable(in));
    text_clean(in, strlen(in), out, sizeof(out));
    assert_non_null(strstr(out, "\\u{302}z"));
    /* Those of any script, and of Hangul, count. */
    assert_true(mark_joins(0x300) && mark_joins(0x5b0) && mark_joins(0xe47) &&
                mark_joins(0x1d167) && mark_joins(0x11ff) && mark_joins(0xfe0f));
    assert_false(mark_joins('a') || mark_joins(0xe9) || mark_joins(0x3042) ||
                 mark_joins(0x1f600));
}

static void what_is_clean_stays_as_it_is(void **state)
{
    static const char *const texts[] = {
        "",
        "plain",
        "a\\x1b",
        "caf\xc3\xa9",
        "\xe6\x97\xa5\xe6\x9c\xac",
        "\xf0\x9f\x98\x80",
        "\xd8\xb9\xd8\xb1",
        "e\xcc\x81",
    };
    char out[64];

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_true(text_is_printable(texts[i]));
        text_clean(texts[i], strlen(texts[i]), out, sizeof(out));
        assert_string_equal(out, texts[i]);
    }
}

#define ROWS_TEST(way)                                                                         \
    static void nothing_raw_leaves_##way(void **state)                                         \
    {                                                                                          \
        (void)state;                                                                           \
        each_foreign(expect_rows, way);                                                        \
    }
#define PAGE_TEST(way)                                                                         \
    static void nothing_active_leaves_##way(void **state)                                      \
    {                                                                                          \
        (void)state;                                                                           \
        each_foreign(expect_passive, way);                                                     \
    }

ROWS_TEST(by_screen)
ROWS_TEST(by_ascii_screen)
ROWS_TEST(by_table)
ROWS_TEST(by_csv)
ROWS_TEST(by_json_table)
ROWS_TEST(by_json)
ROWS_TEST(by_json_writer)
ROWS_TEST(by_packet_line)
ROWS_TEST(by_error)
ROWS_TEST(by_stderr)
ROWS_TEST(by_log)
ROWS_TEST(by_transcript)
ROWS_TEST(by_hex_transcript)
ROWS_TEST(by_json_transcript)
ROWS_TEST(by_changes)
ROWS_TEST(by_names)
ROWS_TEST(by_copy_of_a_row)
PAGE_TEST(by_markup)
PAGE_TEST(by_picture)
PAGE_TEST(by_page)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_is_shown_or_told),
        cmocka_unit_test(what_hides_or_steers_is_not_printable),
        cmocka_unit_test(marks_are_piled_up_no_higher_than_languages_need),
        cmocka_unit_test(what_is_clean_stays_as_it_is),
        cmocka_unit_test(nothing_raw_leaves_by_screen),
        cmocka_unit_test(nothing_raw_leaves_by_ascii_screen),
        cmocka_unit_test(nothing_raw_leaves_by_table),
        cmocka_unit_test(nothing_raw_leaves_by_csv),
        cmocka_unit_test(nothing_raw_leaves_by_json_table),
        cmocka_unit_test(nothing_raw_leaves_by_json),
        cmocka_unit_test(nothing_raw_leaves_by_json_writer),
        cmocka_unit_test(nothing_raw_leaves_by_packet_line),
        cmocka_unit_test(nothing_raw_leaves_by_error),
        cmocka_unit_test(nothing_raw_leaves_by_stderr),
        cmocka_unit_test(nothing_raw_leaves_by_log),
        cmocka_unit_test(nothing_raw_leaves_by_transcript),
        cmocka_unit_test(nothing_raw_leaves_by_hex_transcript),
        cmocka_unit_test(nothing_raw_leaves_by_json_transcript),
        cmocka_unit_test(nothing_raw_leaves_by_changes),
        cmocka_unit_test(nothing_raw_leaves_by_names),
        cmocka_unit_test(nothing_raw_leaves_by_copy_of_a_row),
        cmocka_unit_test(nothing_active_leaves_by_markup),
        cmocka_unit_test(nothing_active_leaves_by_picture),
        cmocka_unit_test(nothing_active_leaves_by_page),
    };

    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests_name("untrusted", tests, NULL, NULL);
}
