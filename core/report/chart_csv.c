#include "core/report/chart_csv.h"

#include <inttypes.h>

#include "core/base/clock.h"

void chart_csv(FILE *out, const struct series *s)
{
    uint64_t offset_ns = clock_to_wall_ns(0);

    fputs("time_s", out);
    for (int id = 0; id < SERIES_COUNT; id++)
        fprintf(out, ",%s", series_info((enum series_id)id)->name);
    fputs("\r\n", out);
    for (size_t i = 0; i < s->n; i++) {
        uint64_t wall_ns = series_at_ns(s, i) + offset_ns, value;

        fprintf(out, "%" PRIu64 ".%06" PRIu64, wall_ns / CLOCK_SECOND_NS,
                wall_ns % CLOCK_SECOND_NS / 1000);
        for (int id = 0; id < SERIES_COUNT; id++) {
            if (series_value(s, i, (enum series_id)id, &value))
                fprintf(out, ",%" PRIu64, value);
            else
                fputc(',', out);
        }
        fputs("\r\n", out);
    }
}
