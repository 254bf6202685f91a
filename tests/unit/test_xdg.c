/* Where a person's files are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/xdg.h"

static void variables_come_before_the_home(void **state)
{
    char buf[PATH_MAX];
    (void)state;

    setenv("HOME", "/h", 1);
    setenv("XDG_STATE_HOME", "/s", 1);
    assert_string_equal(xdg_path(XDG_STATE, "x", buf), "/s/sockeye/x");
    setenv("XDG_STATE_HOME", "s", 1); /* no absolute path */
    assert_string_equal(xdg_path(XDG_STATE, "x", buf), "/h/.local/state/sockeye/x");
    unsetenv("XDG_STATE_HOME");
    unsetenv("HOME");
    assert_null(xdg_path(XDG_STATE, "x", buf));
}

/* As sudo -E leaves it. */
static void root_remembers_in_its_own_home(void **state)
{
    char folder[] = "/tmp/xdg.XXXXXX", buf[PATH_MAX], own[PATH_MAX];
    const struct passwd *root = getpwuid(0);
    (void)state;

    if (geteuid() != 0 || !root)
        skip();
    snprintf(own, sizeof(own), "%s/.local/state/sockeye/x", root->pw_dir);
    assert_non_null(mkdtemp(folder));
    setenv("HOME", folder, 1);
    unsetenv("XDG_STATE_HOME");
    assert_non_null(strstr(xdg_path(XDG_STATE, "x", buf), folder));
    assert_int_equal(chown(folder, 1000, 1000), 0);
    assert_string_equal(xdg_path(XDG_STATE, "x", buf), own);
    setenv("XDG_STATE_HOME", folder, 1);
    assert_string_equal(xdg_path(XDG_STATE, "x", buf), own);
    /* What is set is read where it was said to be. */
    assert_non_null(strstr(xdg_path(XDG_CONFIG, "x", buf), folder));
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variables_come_before_the_home),
        cmocka_unit_test(root_remembers_in_its_own_home),
    };

    return cmocka_run_group_tests_name("xdg", tests, NULL, NULL);
}
