/* Bytes that say they are records of a recording: each is refused, or the model takes it. */
#include <stdint.h>
#include <stdlib.h>

#include "core/model/kernel_event.h"
#include "core/model/model.h"
#include "core/model/record_shapes.h"
#include "core/model/recording.h"
#include "core/report/names.h"
#include "core/report/why.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What panels ask of every row. */
static void look_at(const struct model *m, const struct snapshot *s)
{
    char end[ROW_END_BYTES], owner[MODEL_OWNER_BYTES];

    for (size_t i = 0; i < s->n_rows; i++) {
        row_local(s, &s->rows[i], end);
        row_peer(s, &s->rows[i], end);
        model_owner(m, &s->rows[i], owner);
        row_detail(s, &s->rows[i]);
    }
}

static void take_snapshot(struct model *m, struct cursor *c, struct record_rows *rows)
{
    struct snapshot *s = record_get_snapshot(c, rows);

    if (!s)
        return;
    model_take_snapshot(m, s);
    look_at(m, s);
}

static void take_answer(struct model *m, struct cursor *c)
{
    struct inquiry *q = record_get_answer(c);
    cJSON *document;

    if (c->short_read) {
        inquiry_free(q);
        return;
    }
    if (q->e) {
        document = why_json(q->e, &q->v);
        cJSON_Delete(document);
    }
    model_take_why(m, q);
}

static void take_call(struct cursor *c)
{
    struct call call = {0};
    char text[CALL_TEXT_BYTES];

    record_get_shape(c, &record_call, &call);
    if (!c->short_read)
        call_format(&call, text, sizeof(text));
}

static void take_lookup(struct cursor *c)
{
    struct lookup l;

    record_get_lookup(c, &l);
    if (l.report)
        cJSON_Delete(names_json(l.report));
    free(l.report);
}

static void take(struct model *m, uint8_t kind, struct cursor *c, struct record_rows *rows)
{
    struct event event = {0};
    struct kernel_event kernel = {0};
    struct capture_status *meter;

    switch (kind) {
    case RECORD_EVENT:
        record_get_event(c, &event);
        if (!c->short_read)
            model_apply(m, &event);
        break;
    case RECORD_CALL:
        take_call(c);
        break;
    case RECORD_KERNEL:
        record_get_shape(c, &record_kernel_event, &kernel);
        break;
    case RECORD_SNAPSHOT:
        take_snapshot(m, c, rows);
        break;
    case RECORD_METER:
        meter = record_get_meter(c);
        if (c->short_read)
            free(meter);
        else
            model_take_capture(m, meter);
        break;
    case RECORD_ANSWER:
        take_answer(m, c);
        break;
    case RECORD_LOOKUP:
        take_lookup(c);
        break;
    default:
        break;
    }
}

/* Kind, two bytes of length, the fields; and so on. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ring *rings[3];
    struct cursor all = cursor_over(data, size);
    struct record_rows rows = {0};
    struct model m;

    for (int i = 0; i < 3 && !rings[i]; i++)
        rings[i] = i ? transcript_new() : journal_new();
    model_init(&m, rings[0], rings[1], rings[2]);
    while (cursor_left(&all)) {
        uint8_t kind = cursor_u8(&all);
        size_t len = cursor_be16(&all);
        const uint8_t *bytes = cursor_take(&all, len);
        struct cursor c;

        if (!bytes)
            break;
        c = cursor_over(bytes, len);
        take(&m, kind, &c, &rows);
    }
    record_rows_done(&rows);
    model_done(&m);
    return 0;
}
