#include "core/wire/finding.h"

#include <string.h>

#define FINDING_INFO(name, id_, severity_, words_)                                             \
    [FINDING_##name] = {.id = (id_), .words = (words_), .severity = (severity_)},

const struct finding_info finding_infos[FINDING_COUNT] = {FINDINGS(FINDING_INFO)};

enum finding finding_by_id(const char *id)
{
    for (enum finding f = 0; f < FINDING_COUNT; f++)
        if (strcmp(finding_infos[f].id, id) == 0)
            return f;
    return FINDING_COUNT;
}

enum finding_severity findings_severity(uint32_t bits)
{
    enum finding_severity worst = SEVERITY_CHAT;

    for (enum finding f = 0; f < FINDING_COUNT; f++)
        if (bits & FINDING_BIT(f) && finding_infos[f].severity > worst)
            worst = finding_infos[f].severity;
    return worst;
}
