/* A scenario's file: it is refused with a place and a reason, or its texts can be filled and told. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/model/journal.h"
#include "core/model/transcript.h"
#include "core/scenario/run.h"
#include "core/wire/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void tell_all(const struct scenario_run *r, const struct expectations *list)
{
    char text[RUN_REASON_BYTES];

    for (size_t i = 0; i < list->n; i++)
        if (scenario_run_expected(r, &list->list[i], text, sizeof(text)) >= sizeof(text))
            abort();
}

static void fill_all(const struct scenario_run *r, const struct scenario_texts *texts)
{
    char text[SCENARIO_TEXT_BYTES];

    for (size_t i = 0; i < texts->n; i++)
        if (scenario_run_text(r, texts->list[i], text, sizeof(text)) >= sizeof(text))
            abort();
}

/* As far as it gets when nothing answers. */
static void carry_out(struct scenario_run *r)
{
    struct run_request request;

    for (uint64_t now_ns = 1; now_ns < 5; now_ns++) {
        scenario_run_go(r, now_ns);
        scenario_run_answer(r, 0, now_ns);
        while (scenario_run_request(r, &request))
            if (request.kind == REQUEST_COMMAND)
                scenario_run_posted(r, 1, now_ns);
        scenario_run_reply(r, &(struct reply){.command_id = 1, .id = now_ns}, now_ns);
        scenario_run_look(r, now_ns + UINT64_C(200000000000));
    }
    scenario_run_stop(r, 10);
}

static void use(const struct scenario *s)
{
    static struct model m;
    static struct ring *journal, *transcript, *packets;
    struct run_settings settings = {.no_capture = true};
    struct scenario_run *r;

    if (!journal) {
        journal = journal_new();
        transcript = transcript_new();
        packets = packet_store_new();
        model_init(&m, journal, transcript, packets);
    }
    r = scenario_run_new(s, &m, &settings);
    for (size_t i = 0; i < s->n_steps; i++) {
        fill_all(r, &s->steps[i].prose);
        fill_all(r, &s->steps[i].commands);
        tell_all(r, &s->steps[i].expect);
        tell_all(r, &s->steps[i].never);
        tell_all(r, &s->steps[i].throughout);
    }
    carry_out(r);
    scenario_run_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scenario *s = NULL;
    struct err err = {0};

    if (scenario_parse((const char *)data, size, "f.json", &s, &err) < 0) {
        if (err.code >= 0 || !err.reason[0] || strncmp(err.input, "f.json:", 7) != 0)
            abort();
        return 0;
    }
    use(s);
    scenario_free(s);
    return 0;
}
