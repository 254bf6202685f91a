/* What a recording keeps comes back; what is cut, damaged or foreign is told. */
#include "core/model/recording.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/mem.h"
#include "core/model/changes.h"
#include "core/model/journal.h"
#include "core/model/kernel_event.h"
#include "core/model/record_shapes.h"
#include "core/model/transcript.h"
#include "core/model/views.h"
#include "tests/unit/owned.h"

/* Of their structs on a 64-bit machine. */
enum {
    SESSION_PADDING = 19,
    SERVER_PADDING = 19,
    CALL_PADDING = 5,
    PACKET_PADDING = 4,
    PASSAGE_PADDING = 7,
    KERNEL_PADDING = 4,
    ROW_PADDING = 8
};

#define PATH "recording-of-a-test"

struct fixture {
    char folder[64], path[128];
};

static int setup(void **state)
{
    struct fixture *f = mem_new(1, sizeof(*f));

    strcpy(f->folder, "/tmp/sockeye-recording.XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof(f->path), "%s/%s", f->folder, PATH);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    unlink(f->path);
    rmdir(f->folder);
    free(f);
    return 0;
}

static const struct recording_head head = {.start_ns = 1000,
                                           .start_wall_ns = 2000,
                                           .version = "1.2.3",
                                           .host = "here",
                                           .pid = 42,
                                           .demo = true};

static struct recorder *recorder_at(const char *path, uint64_t bytes_max)
{
    struct recorder *r;
    struct err err = {0};

    assert_int_equal(recorder_open(path, &head, bytes_max, &r, &err), 0);
    return r;
}

static struct recording *reader_at(const char *path)
{
    struct recording *r;
    struct err err = {0};

    assert_int_equal(recording_open(path, &r, &err), 0);
    return r;
}

static void put_key(struct recorder *r, uint64_t at_ns, uint32_t key)
{
    struct record_bytes fields = {0};

    record_put_u32(&fields, key);
    recorder_put(r, RECORD_KEY, at_ns, &fields);
}

static uint64_t size_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return (uint64_t)st.st_size;
}

/* --- structs ------------------------------------------------------------------------------ */

static struct addr address(const char *ip, uint16_t port)
{
    uint8_t bytes[16];
    int family = strchr(ip, ':') ? AF_INET6 : AF_INET;

    assert_int_equal(inet_pton(family, ip, bytes), 1);
    return addr_make(family, bytes, port);
}

static void an_event_comes_back_as_it_was(void **state)
{
    struct event event = {.kind = EVENT_SESSION, .at_ns = 77}, back = {0};
    struct session_status *s = &event.session;
    struct record_bytes bytes = {0};
    struct cursor c;

    (void)state;
    s->id = 3;
    s->state = SESSION_FAILED;
    s->local = address("fe80::1", 4000);
    s->local.scope = 2;
    s->peer = address("10.0.0.1", 80);
    endpoint_parse("tls://example.org:443", &s->endpoint, NULL);
    strcpy(s->tls.version, "TLSv1.3");
    err_set(&s->err, -ECONNREFUSED, "connect", "x", "%s", "");
    record_put_event(&bytes, &event);
    c = cursor_over(bytes.bytes, bytes.len);
    record_get_event(&c, &back);
    assert_false(c.short_read);
    assert_int_equal(cursor_left(&c), 0);
    assert_memory_equal(&back, &event, sizeof(event));
    record_bytes_done(&bytes);
}

static void a_value_that_no_field_can_have_spoils_the_whole(void **state)
{
    struct event event = {.kind = EVENT_SESSION}, back = {0};
    struct record_bytes bytes = {0};
    struct cursor c;

    (void)state;
    event.session.state = SESSION_FAILED;
    record_put_event(&bytes, &event);
    /* kind, time, id, server, an empty tag, ordinal, then the state's last byte */
    bytes.bytes[1 + 8 + 8 + 8 + 2 + 8 + 3]++;
    c = cursor_over(bytes.bytes, bytes.len);
    record_get_event(&c, &back);
    assert_true(c.short_read);
    record_bytes_done(&bytes);
}

/* What a shape does not keep must be padding, or known to be kept otherwise.  A new member changes
 * the difference: put it into core/model/record_shapes.c, then its padding here. */
static void no_member_is_forgotten(void **state)
{
    (void)state;
    assert_int_equal(sizeof(struct session_status) - record_shape_bytes(&record_session),
                     SESSION_PADDING);
    assert_int_equal(sizeof(struct server_status) - record_shape_bytes(&record_server),
                     SERVER_PADDING);
    assert_int_equal(sizeof(struct call) - record_shape_bytes(&record_call), CALL_PADDING);
    assert_int_equal(sizeof(struct packet) - record_shape_bytes(&record_packet),
                     PACKET_PADDING);
    assert_int_equal(sizeof(struct passage) - record_shape_bytes(&record_passage),
                     PASSAGE_PADDING);
    assert_int_equal(sizeof(struct kernel_event) - record_shape_bytes(&record_kernel_event),
                     KERNEL_PADDING);
    /* Its name and its detail are told behind it. */
    assert_int_equal(sizeof(struct row) - record_shape_bytes(&record_row), ROW_PADDING);
}

static struct snapshot *a_snapshot(size_t n_rows)
{
    struct snapshot *s = mem_new(1, sizeof(*s));
    struct socket_detail detail = {.known = DETAIL_INFO | DETAIL_CONGESTION, .info_bytes = 100};
    struct change change = {.kind = CHANGE_GONE, .at_ns = 5};

    s->at_ns = 9;
    s->rows = mem_new(n_rows + 1, sizeof(*s->rows));
    s->netns = mem_new(1, sizeof(*s->netns));
    s->n_netns = 1;
    for (size_t i = 0; i < n_rows; i++) {
        s->rows[i] = (struct row){.cookie = i + 1,
                                  .inode = (uint32_t)i + 1,
                                  .local = address("127.0.0.1", (uint16_t)(i + 1)),
                                  .state = STATE_LISTEN};
        s->rows[i].name = texts_add(&s->names, "a name", 6);
        an_owner(&s->owned, (uint32_t)i + 1, OWNER_KNOWN);
        a_holder(&s->owned, (int32_t)i + 100, 3, "holder")->command =
            texts_add(&s->owned.texts, "/bin/holder -x", 14);
    }
    memset(detail.info, 7, 100);
    strcpy(detail.congestion, "cubic");
    if (n_rows)
        snapshot_attach(s, &s->rows[0], &detail);
    s->n_rows = s->n_total = n_rows;
    strcpy(change.owner, "curl (1)");
    snapshot_change(s, &change);
    s->events = mem_new(1, sizeof(*s->events));
    s->events->on[KERNEL_SEND_RESET] = true;
    s->view = view_make(s, VIEW_TREE);
    return s;
}

static struct snapshot *there_and_back(const struct snapshot *s, struct record_rows *written,
                                       struct record_rows *read, size_t *ret_len)
{
    struct record_bytes bytes = {0};
    struct snapshot *back;
    struct cursor c;

    record_put_snapshot(&bytes, s, written);
    c = cursor_over(bytes.bytes, bytes.len);
    back = record_get_snapshot(&c, read);
    assert_non_null(back);
    assert_int_equal(cursor_left(&c), 0);
    *ret_len = bytes.len;
    record_bytes_done(&bytes);
    return back;
}

static void assert_same_rows(const struct snapshot *a, const struct snapshot *b)
{
    assert_int_equal(a->n_rows, b->n_rows);
    for (size_t i = 0; i < a->n_rows; i++) {
        assert_int_equal(a->rows[i].cookie, b->rows[i].cookie);
        assert_true(addr_equal(&a->rows[i].local, &b->rows[i].local));
        assert_string_equal(texts_at(&a->names, a->rows[i].name),
                            texts_at(&b->names, b->rows[i].name));
    }
}

static void a_snapshot_comes_back_with_all_that_belongs_to_it(void **state)
{
    struct snapshot *s = a_snapshot(5), *back;
    struct record_rows written = {0}, read = {0};
    const struct owner *o;
    size_t len;

    (void)state;
    back = there_and_back(s, &written, &read, &len);
    assert_same_rows(s, back);
    assert_memory_equal(row_detail(back, &back->rows[0])->info,
                        row_detail(s, &s->rows[0])->info, 100);
    assert_string_equal(row_detail(back, &back->rows[0])->congestion, "cubic");
    assert_null(row_detail(back, &back->rows[1]));
    o = snapshot_owner(back, 3);
    assert_non_null(o);
    assert_int_equal(owner_process(&back->owned, o, 0)->pid, 102);
    assert_string_equal(
        texts_at(&back->owned.texts, owner_process(&back->owned, o, 0)->command),
        "/bin/holder -x");
    assert_int_equal(back->n_changes, 1);
    assert_string_equal(back->changes[0].owner, "curl (1)");
    assert_true(back->events->on[KERNEL_SEND_RESET]);
    assert_int_equal(back->view->n_lines, s->view->n_lines);
    snapshot_free(s);
    snapshot_free(back);
    record_rows_done(&written);
    record_rows_done(&read);
}

static void rows_that_are_as_before_take_next_to_nothing(void **state)
{
    struct snapshot *first = a_snapshot(1000), *second = a_snapshot(1000), *back;
    struct record_rows written = {0}, read = {0};
    size_t whole, again;

    (void)state;
    /* Where the second's first row has details the first's must, too. */
    snapshot_free(there_and_back(first, &written, &read, &whole));
    second->rows[500].rqueue = 1;
    /* A row that comes and one that goes shift the others. */
    memmove(&second->rows[10], &second->rows[11], 989 * sizeof(*second->rows));
    second->rows[999] = (struct row){.cookie = 5000, .state = STATE_LISTEN};
    back = there_and_back(second, &written, &read, &again);
    assert_same_rows(second, back);
    assert_int_equal(back->rows[499].rqueue, 1);
    /* Owners are written each time. */
    assert_true(again + 1000 * 40 < whole);
    snapshot_free(first);
    snapshot_free(second);
    snapshot_free(back);
    record_rows_done(&written);
    record_rows_done(&read);
}

static void an_answer_comes_back_with_what_is_shown_of_it(void **state)
{
    struct inquiry *q = inquiry_new(), *back;
    struct record_bytes bytes = {0};
    struct cursor c;

    (void)state;
    strcpy(q->target, "tcp://127.0.0.1:1");
    q->by_itself = true;
    q->e = evidence_new();
    evidence_say(q->e, "capture", q->e->began_ns + 5, "sent SYN")->cookie = 42;
    evidence_unseen(q->e, "kernel events", "setcap", "needs root");
    evidence_attempt(q->e)->call = "connect";
    q->v.cause = "no-listener";
    q->v.confidence = CONFIDENCE_CERTAIN;
    q->v.n_fixes = 1;
    strcpy(q->v.fixes[0], "Start the server.");
    record_put_answer(&bytes, q);
    c = cursor_over(bytes.bytes, bytes.len);
    back = record_get_answer(&c);
    assert_false(c.short_read);
    assert_int_equal(cursor_left(&c), 0);
    assert_true(back->by_itself);
    assert_string_equal(back->v.cause, "no-listener");
    assert_string_equal(back->v.fixes[0], "Start the server.");
    assert_string_equal(back->e->lines[0].text, "sent SYN");
    assert_string_equal(back->e->lines[0].source, "capture");
    assert_int_equal(back->e->lines[0].cookie, 42);
    assert_string_equal(back->e->unseen[0].grant, "setcap");
    assert_string_equal(back->e->attempts[0].call, "connect");
    inquiry_free(q);
    inquiry_free(back);
    record_bytes_done(&bytes);
}

static void a_lookup_comes_back_with_its_report(void **state)
{
    struct lookup l = {.id = 3, .state = LOOKUP_DONE, .asked_ns = 5, .target = "web.test:80"},
                  back;
    struct name_report *r = mem_new(1, sizeof(*r));
    struct record_bytes bytes = {0};
    struct name_finding *f;
    struct cursor c;

    (void)state;
    l.wish = (struct names_wish){.name = "web.test", .has_port = true, .port = 80};
    l.report = r;
    strcpy(r->name, "web.test");
    r->n_addresses = 1;
    r->addresses[0].addr = address("10.0.0.1", 80);
    r->addresses[0].n_sources = 1;
    r->addresses[0].n_reverse = 1;
    strcpy(r->addresses[0].reverse[0].name, "host.test");
    r->resolver.n_suffixes = 1;
    strcpy(r->resolver.suffixes[0], "test");
    f = names_finding(r, NAME_DNS);
    strcpy(f->query, "web.test");
    names_answer(r, f)->addr = address("10.0.0.1", 0);
    r->n_warnings = 1;
    strcpy(r->warnings[0].text, "a warning");
    record_put_lookup(&bytes, &l);
    c = cursor_over(bytes.bytes, bytes.len);
    record_get_lookup(&c, &back);
    assert_false(c.short_read);
    assert_int_equal(cursor_left(&c), 0);
    assert_string_equal(back.target, "web.test:80");
    assert_int_equal(back.wish.port, 80);
    assert_memory_equal(back.report, r, sizeof(*r));
    free(back.report);
    record_bytes_done(&bytes);
    free(r);
}

/* Cut anywhere, and where an address points at a finding that is not there. */
static void a_lookup_that_cannot_be_believed_is_none(void **state)
{
    struct lookup l = {.state = LOOKUP_DONE}, back;
    struct record_bytes bytes = {0};
    struct cursor c;

    (void)state;
    l.report = mem_new(1, sizeof(*l.report));
    l.report->n_addresses = 1;
    l.report->addresses[0].n_sources = 1;
    record_put_lookup(&bytes, &l);
    for (size_t len = 0; len <= bytes.len; len++) {
        c = cursor_over(bytes.bytes, len);
        record_get_lookup(&c, &back);
        assert_true(c.short_read);
        assert_null(back.report);
    }
    free(l.report);
    record_bytes_done(&bytes);
}

/* --- files -------------------------------------------------------------------------------- */

static void what_is_recorded_is_read_in_its_order(void **state)
{
    struct fixture *f = *state;
    struct recorder *w = recorder_at(f->path, RECORDING_BYTES_MAX);
    struct snapshot *s = a_snapshot(3), *back;
    struct record_rows rows = {0};
    struct recorder_status status;
    struct recording *r;
    struct record record;
    struct stat st;

    put_key(w, 1001, 'a');
    recorder_put_snapshot(w, 1002, s);
    snapshot_free(s); /* the recorder shares it */
    put_key(w, 1003, 'b');
    status = recorder_close(w, 1004);
    assert_int_equal(status.error, 0);
    assert_int_equal(status.dropped, 0);
    assert_int_equal(status.bytes, size_of(f->path));
    stat(f->path, &st);
    assert_int_equal(st.st_mode & 0777, 0600);

    r = reader_at(f->path);
    assert_string_equal(recording_head(r)->host, "here");
    assert_string_equal(recording_head(r)->version, "1.2.3");
    assert_true(recording_head(r)->demo);
    assert_int_equal(recording_head(r)->pid, 42);
    assert_int_equal(recording_next(r, &record), 1);
    assert_int_equal(record.kind, RECORD_KEY);
    assert_int_equal(record.at_ns, 1001);
    assert_int_equal(cursor_be32(&record.fields), 'a');
    assert_int_equal(recording_next(r, &record), 1);
    assert_int_equal(record.kind, RECORD_SNAPSHOT);
    back = record_get_snapshot(&record.fields, &rows);
    assert_int_equal(back->n_rows, 3);
    assert_int_equal(recording_next(r, &record), 1);
    assert_int_equal(cursor_be32(&record.fields), 'b');
    assert_int_equal(recording_next(r, &record), 1);
    assert_int_equal(record.kind, RECORD_END);
    assert_int_equal(recording_next(r, &record), 0);
    snapshot_free(back);
    record_rows_done(&rows);
    recording_close(r);
}

static void a_recording_that_was_cut_is_read_as_far_as_it_goes(void **state)
{
    struct fixture *f = *state;
    struct recorder *w = recorder_at(f->path, RECORDING_BYTES_MAX);
    uint64_t whole, before = 0;
    struct recording *r;
    struct record record;

    for (uint32_t i = 0; i < 10; i++)
        put_key(w, 1001 + i, i);
    recorder_close(w, 2000);
    whole = size_of(f->path);
    for (uint64_t cut = whole - 1; cut > whole - 100; cut--) {
        uint64_t n = 0;
        int code;

        assert_int_equal(truncate(f->path, (off_t)cut), 0);
        r = reader_at(f->path);
        while ((code = recording_next(r, &record)) == 1)
            n++;
        assert_int_equal(code, -ENODATA);
        assert_true(n <= 10 && (!before || n <= before));
        before = n;
        recording_close(r);
    }
}

static void damage_is_told(void **state)
{
    struct fixture *f = *state;
    struct recorder *w = recorder_at(f->path, RECORDING_BYTES_MAX);
    struct recording *r;
    struct record record;
    int fd;

    put_key(w, 5000, 'a');
    put_key(w, 4000, 'b'); /* time does not go back */
    recorder_close(w, 6000);
    r = reader_at(f->path);
    assert_int_equal(recording_next(r, &record), 1);
    assert_int_equal(recording_next(r, &record), -EBADMSG);
    recording_close(r);
    /* A length that no bytes back asks for no memory. */
    fd = open(f->path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "\x03\xff\xff\xff", 4, (off_t)size_of(f->path) - 3 * 13 - 16),
                     4);
    close(fd);
    r = reader_at(f->path);
    assert_int_equal(recording_next(r, &record), -ENODATA);
    recording_close(r);
}

static void what_is_no_recording_is_refused(void **state)
{
    struct fixture *f = *state;
    struct recording *r;
    struct err err = {0};
    int fd = open(f->path, O_WRONLY | O_CREAT, 0600);

    assert_int_equal(write(fd, "#!/bin/sh\n", 10), 10);
    assert_int_equal(recording_open(f->path, &r, &err), -EINVAL);
    assert_non_null(strstr(err.reason, "no recording"));
    assert_string_equal(err.input, f->path);
    /* Of a program that keeps other fields. */
    assert_int_equal(pwrite(fd, "sockeye recording 1\n\0\0\0\0\0\0059.9.9", 31, 0), 31);
    assert_int_equal(recording_open(f->path, &r, &err), -EINVAL);
    assert_non_null(strstr(err.reason, "9.9.9"));
    assert_int_equal(recording_open(f->folder, &r, &err), -EINVAL);
    assert_int_equal(recording_open("/no/such/file", &r, &err), -ENOENT);
    close(fd);
}

static void what_does_not_fit_is_counted(void **state)
{
    struct fixture *f = *state;
    struct recorder *w = recorder_at(f->path, 300);
    struct recorder_status status;
    struct recording *r;
    struct record record;
    uint64_t n = 0;

    for (uint32_t i = 0; i < 100; i++)
        put_key(w, 1001 + i, i);
    status = recorder_close(w, 2000);
    assert_true(status.dropped > 80 && status.dropped < 100);
    r = reader_at(f->path);
    while (recording_next(r, &record) == 1 && record.kind == RECORD_KEY)
        n++;
    assert_int_equal(n + status.dropped, 100);
    assert_int_equal(record.kind, RECORD_END);
    assert_int_equal(record_get_u64(&record.fields), status.dropped);
    recording_close(r);
}

static void what_goes_meanwhile_is_told(void **state)
{
    struct fixture *f = *state;
    struct recorder *r = recorder_at(f->path, 1 << 20);
    struct stat st;

    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(recorder_close(r, 2).error, -ENOENT);
    r = recorder_at(f->path, 1 << 20);
    assert_int_equal(truncate(f->path, 5), 0);
    assert_int_equal(recorder_close(r, 2).error, -ENODATA);
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_size, 5);
}

static void what_is_no_regular_file_is_not_written_into(void **state)
{
    struct recorder *w;
    struct err err = {0};

    (void)state;
    /* No regular file is written into. */
    assert_int_equal(recorder_open("/dev/full", &head, RECORDING_BYTES_MAX, &w, &err), -EINVAL);
    assert_string_equal(err.input, "/dev/full");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_comes_back_as_it_was),
        cmocka_unit_test(a_value_that_no_field_can_have_spoils_the_whole),
        cmocka_unit_test(no_member_is_forgotten),
        cmocka_unit_test(a_snapshot_comes_back_with_all_that_belongs_to_it),
        cmocka_unit_test(rows_that_are_as_before_take_next_to_nothing),
        cmocka_unit_test(an_answer_comes_back_with_what_is_shown_of_it),
        cmocka_unit_test(a_lookup_comes_back_with_its_report),
        cmocka_unit_test(a_lookup_that_cannot_be_believed_is_none),
        cmocka_unit_test_setup_teardown(what_is_recorded_is_read_in_its_order, setup, teardown),
        cmocka_unit_test_setup_teardown(a_recording_that_was_cut_is_read_as_far_as_it_goes,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(damage_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_recording_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(what_does_not_fit_is_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(what_goes_meanwhile_is_told, setup, teardown),
        cmocka_unit_test(what_is_no_regular_file_is_not_written_into),
    };

    return cmocka_run_group_tests_name("recording", tests, NULL, NULL);
}
