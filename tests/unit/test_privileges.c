/* The rights of a process, read and told; the words for a file that the sandbox forbids. */
#include "core/model/privileges.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/confine.h"

#define STATUS(caps, seccomp)                                                                  \
    "Name:\tCapPrm:\t1\nUmask:\t0022\nPid:\t4242\nPPid:\t1\nUid:\t1000\t1000\t1000\t1000\n"    \
    "CapInh:\t0000000000000000\nCapPrm:\t" caps "\nCapBnd:\t0000000000000000\n"                \
    "NoNewPrivs:\t1\n" seccomp

static void status_is_read(void **state)
{
    struct process_rights r = {0};

    (void)state;
    assert_true(process_rights_parse(STATUS("0000000000003000", "Seccomp:\t2\n"), &r));
    assert_true(r.known && r.no_new_privileges && r.seccomp);
    assert_int_equal(r.pid, 4242);
    assert_int_equal(r.uid, 1000);
    assert_int_equal(r.capabilities, 0x3000);
    assert_true(process_rights_parse(STATUS("0000000000000000", ""), &r));
    assert_false(r.seccomp); /* a kernel without it */
    assert_false(process_rights_parse("", &r));
    assert_false(process_rights_parse("Name:\tx\nPid:\t1\n", &r));
}

static void capabilities_have_names(void **state)
{
    char text[PRIVILEGES_TEXT_BYTES], small[8];

    (void)state;
    assert_string_equal(capabilities_text(0, text, sizeof(text)), "no capability");
    assert_string_equal(capabilities_text(0x3000, text, sizeof(text)),
                        "cap_net_admin, cap_net_raw");
    assert_string_equal(capabilities_text(UINT64_MAX, text, sizeof(text)), "all capabilities");
    assert_string_equal(capabilities_text(UINT64_C(1) << 63, text, sizeof(text)), "cap_63");
    assert_int_equal(strlen(capabilities_text(0x3000, small, sizeof(small))), 7);
}

static void it_is_told_in_lines(void **state)
{
    struct privileges p = {.sandbox = true, .landlock = 7, .state = HELPER_RUNS};
    struct privileges_line lines[PRIVILEGES_LINES];
    char text[PRIVILEGES_TEXT_BYTES];

    (void)state;
    assert_int_equal(privileges_lines(&p, lines), 0);
    p.self = (struct process_rights){.known = true, .uid = 1000, .seccomp = true};
    p.helper = (struct process_rights){.known = true, .pid = 42, .capabilities = 0x2000};
    assert_string_equal(privileges_text(&p, text),
                        "sandbox: uid 1000, no capability, seccomp, Landlock 7; "
                        "helper 42 holds cap_net_raw");
    p.helper.known = false; /* what it holds is not known, which is not nothing */
    assert_int_equal(privileges_lines(&p, lines), 2);
    assert_null(strstr(lines[1].text, "capability"));
    p.state = HELPER_ENDED;
    p.landlock = 0;
    p.n_lacks = 1;
    err_set(&p.lacks[0], -ENOSYS, "sandbox", "Landlock", "not here");
    assert_int_equal(privileges_lines(&p, lines), 3);
    assert_true(lines[1].bad && lines[2].bad);
    assert_non_null(strstr(lines[0].text, "no Landlock"));
    assert_non_null(strstr(lines[1].text, "has ended"));
    assert_non_null(strstr(lines[2].text, "not here"));
    p.self.capabilities = 1;
    privileges_lines(&p, lines);
    assert_true(lines[0].bad);
}

/* In the end, for there is no way back. */
static void a_forbidden_file_is_told(void **state)
{
    char folder[] = "/tmp/sockeye-confine.XXXXXX", inside[64];
    struct err err = {0};

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(inside, sizeof(inside), "%s/new", folder);
    err_set(&err, -EACCES, "open", "/etc/passwd", "%s", "");
    assert_string_equal(err.hint, ""); /* there is no sandbox */
    confine_allow(folder);
    confine_begin(false);
    err_set(&err, -EACCES, "open", "/etc/passwd", "%s", "");
    assert_non_null(strstr(err.hint, "--allow"));
    err_set(&err, -EACCES, "listen", "unix:/etc/passwd", "%s", "");
    assert_non_null(strstr(err.hint, "--allow"));
    err_set(&err, -EACCES, "open", inside, "%s", "");
    assert_string_equal(err.hint, "");
    err_set(&err, -ENOENT, "open", "/etc/passwd", "%s", "");
    assert_string_equal(err.hint, "");
    err_set(&err, -EACCES, "bind", "tcp://127.0.0.1:80", "%s", "");
    assert_string_equal(err.hint, "");
    err_set(&err, -EACCES, "open", "", "%s", "");
    assert_string_equal(err.hint, "");
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_is_read),
        cmocka_unit_test(capabilities_have_names),
        cmocka_unit_test(it_is_told_in_lines),
        cmocka_unit_test(a_forbidden_file_is_told),
    };

    return cmocka_run_group_tests_name("privileges", tests, NULL, NULL);
}
