/* The log for bug reports: clean lines, within bounds, without what is nobody's business. */
#include "tests/unit/consoles.h"

#include <sys/stat.h>
#include <unistd.h>

static char path[] = "/tmp/sockeye-log.XXXXXX";

static char *read_log(size_t *ret_len)
{
    FILE *in = fopen(path, "r");
    char *text = mem_new(LOG_FILE_BYTES + 1, 1);

    assert_non_null(in);
    *ret_len = fread(text, 1, LOG_FILE_BYTES, in);
    fclose(in);
    return text;
}

static int make_path(void **state)
{
    int fd;

    (void)state;
    strcpy(path + strlen(path) - 6, "XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    unlink(path);
    return 0;
}

static void lines_are_clean_and_of_nobody_else(void **state)
{
    struct log_file *l = NULL;
    struct stat st;
    size_t len;
    char *text;

    make_path(state);
    assert_int_equal(log_open(path, &l, NULL), 0);
    log_line(l, "notice", "%s", "a\x1b[31m\nb\xff");
    log_close(l);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    text = read_log(&len);
    assert_non_null(strstr(text, " notice a\\x1b[31m\\nb\\xff\n"));
    assert_ptr_equal(strchr(text, '\n'), text + len - 1);
    free(text);
    unlink(path);
}

static void it_is_bounded_and_counts_what_is_left_out(void **state)
{
    struct log_file *l = NULL;
    char long_text[1500], *text;
    struct stat st;
    size_t len;

    make_path(state);
    assert_int_equal(log_open(path, &l, NULL), 0);
    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    for (int i = 0; i < 6000; i++)
        log_line(l, "notice", "%s", long_text);
    assert_true(log_lost(l) > 0);
    log_close(l);
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_size <= LOG_FILE_BYTES && st.st_size > LOG_FILE_BYTES - 4096);
    text = read_log(&len);
    assert_non_null(strstr(text + len - 100, " lines were left out\n"));
    free(text);
    unlink(path);
}

static void what_is_no_file_is_refused(void **state)
{
    struct log_file *l = NULL;
    struct err err = {0};

    (void)state;
    assert_true(log_open("/dev/null", &l, &err) < 0);
    assert_true(log_open("/no/such/folder/log", &l, &err) < 0);
    assert_null(l);
    log_line(NULL, "x", "%s", "nothing");
    log_close(NULL);
    assert_int_equal(log_lost(NULL), 0);
}

static void what_was_asked_is_told_without_what_was_sent(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    char *text;
    size_t len;

    make_path(state);
    *state = f;
    config_set(&f->config, SETTING_LOG, path, FROM_OPTION, NULL);
    assert_int_equal(console_log_open(&f->c, &err), 0);
    console_line(&f->c, "send 1 my-secret-bytes");
    console_line(&f->c, "connect 127.0.0.1:1 --proxy socks5://me:pass-word@127.0.0.1:2");
    console_line(&f->c, "filter port http://u:pass-word@h");
    console_line(&f->c, "view tree");
    tell_session(f, 7, SESSION_OPEN, 0);
    tell_session(f, 7, SESSION_OPEN, 0);
    tell_session(f, 7, SESSION_FAILED, -EPIPE);
    console_log_frame(&f->c);
    console_key(&f->c, KEYS_ESCAPE);
    type(f, "5");
    console_log_frame(&f->c);
    console_log_close(&f->c);
    text = read_log(&len);
    assert_non_null(strstr(text, " begin sockeye "));
    assert_non_null(strstr(text, " command view tree"));
    assert_non_null(strstr(text, " command connect tcp://127.0.0.1:1"));
    assert_non_null(strstr(text, " action journal\n"));
    assert_non_null(strstr(text, " screen journal\n"));
    assert_non_null(strstr(text, " trouble "));
    assert_non_null(strstr(text, " end status 0\n"));
    assert_non_null(strstr(text, " session 7 is "));
    assert_non_null(strstr(text, "EPIPE"));
    assert_null(strstr(text, "my-secret"));
    assert_null(strstr(text, "pass-word"));
    free(text);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_clean_and_of_nobody_else),
        cmocka_unit_test(it_is_bounded_and_counts_what_is_left_out),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test_setup_teardown(what_was_asked_is_told_without_what_was_sent, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests_name("log_file", tests, NULL, NULL);
}
