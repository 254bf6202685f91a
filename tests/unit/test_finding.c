#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/wire/finding.h"

static void every_id_leads_back_to_its_finding(void **state)
{
    (void)state;
    for (enum finding f = 0; f < FINDING_COUNT; f++) {
        assert_non_null(finding_infos[f].words);
        assert_int_equal(finding_by_id(finding_infos[f].id), f);
    }
    assert_int_equal(FINDING_COUNT, 15);
}

static void another_word_is_no_finding(void **state)
{
    (void)state;
    assert_int_equal(finding_by_id("zero"), FINDING_COUNT);
    assert_int_equal(finding_by_id(""), FINDING_COUNT);
}

static void the_worst_of_several_counts(void **state)
{
    (void)state;
    assert_int_equal(findings_severity(FINDING_BIT(FINDING_WINDOW_UPDATE)), SEVERITY_CHAT);
    assert_int_equal(
        findings_severity(FINDING_BIT(FINDING_WINDOW_UPDATE) | FINDING_BIT(FINDING_KEEP_ALIVE)),
        SEVERITY_NOTE);
    assert_int_equal(findings_severity(FINDING_BIT(FINDING_ZERO_WINDOW) |
                                       FINDING_BIT(FINDING_ZERO_WINDOW_PROBE_ACK)),
                     SEVERITY_WARN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_id_leads_back_to_its_finding),
        cmocka_unit_test(another_word_is_no_finding),
        cmocka_unit_test(the_worst_of_several_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
