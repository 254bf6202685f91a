/* `sockeye why --repeat N --every S`: attempts again and again, each address in each round, and what
 * became of them: the one failure in fifty, and the one bad address of several.
 *
 * The verdict is the rarest failing cause, with the evidence of its first time: what fails each time
 * needs no repeating. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/report/why.h"
#include "ui/cli/why.h"

#define ROUNDS_MAX 1000000
#define CAUSES_KEPT 16 /* different ones; further ones are counted as failures only */
#define NAP_NS (20 * CLOCK_MS_NS)

struct address_count {
    struct addr addr;
    unsigned attempts, failed;
};

struct cause_count {
    struct evidence *e; /* of the first time; owned */
    struct verdict v;
    unsigned n;
    unsigned by_address[EVIDENCE_ATTEMPTS];
};

struct rounds {
    const struct why_job *job;
    unsigned wanted, done, attempts, failed;
    size_t n_addresses;
    struct address_count
        addresses[EVIDENCE_ATTEMPTS]; /* none: each attempt resolves by itself */
    size_t n_causes;
    struct cause_count causes[CAUSES_KEPT];
};

static atomic_bool interrupted;

static void interrupt(int signal)
{
    (void)signal;
    atomic_store(&interrupted, true);
}

/* --- one attempt ------------------------------------------------------------------------------ */

static struct cause_count *count_of(struct rounds *r, const char *cause)
{
    for (size_t i = 0; i < r->n_causes; i++)
        if (strcmp(r->causes[i].v.cause, cause) == 0)
            return &r->causes[i];
    return r->n_causes < CAUSES_KEPT ? &r->causes[r->n_causes++] : NULL;
}

/* Takes the evidence over. */
static void count(struct rounds *r, size_t address, struct evidence *e)
{
    struct cause_count *c;
    struct verdict v;
    bool failed;

    why_judge(e, &v);
    failed = strcmp(v.cause, "healthy") != 0;
    r->attempts++;
    r->failed += failed;
    if (address < r->n_addresses) {
        r->addresses[address].attempts++;
        r->addresses[address].failed += failed;
    }
    c = count_of(r, v.cause);
    if (!c || c->e) {
        evidence_free(e);
    } else {
        c->e = e;
        c->v = v;
    }
    if (c) {
        c->n++;
        c->by_address[address < EVIDENCE_ATTEMPTS ? address : 0]++;
    }
}

/* Each address is asked by itself: connect(2) would stop at the first that answers. */
static int attempt(struct rounds *r, size_t address, struct err *err)
{
    struct why_wish wish = r->job->wish;
    struct evidence *e;
    int result;

    if (r->n_addresses > 1)
        addr_format_ip(&r->addresses[address].addr, wish.endpoint.host);
    result = why_gather(&wish, r->job->probes, &e, err);
    if (result < 0)
        return result;
    why_name_target(r->job, e);
    count(r, address, e);
    return 0;
}

/* A name that leads nowhere is asked again in each round. */
static void resolve(struct rounds *r)
{
    const struct endpoint *to = &r->job->wish.endpoint;
    struct names_wish wish = {.timeout_ns = NAMES_TIMEOUT_NS};
    struct name_report *report = NULL;
    struct addr numeric;

    if (to->scheme >= ENDPOINT_UNIX || endpoint_numeric(to, &numeric))
        return;
    snprintf(wish.name, sizeof(wish.name), "%.*s", (int)sizeof(wish.name) - 1, to->host);
    if (r->job->probes->names_report(&wish, &report, NULL) < 0)
        return;
    for (size_t i = 0; i < report->n_addresses && i < EVIDENCE_ATTEMPTS; i++)
        r->addresses[r->n_addresses++].addr = report->addresses[i].addr;
    free(report);
}

static void sleep_until(uint64_t until_ns)
{
    while (!atomic_load(&interrupted) && clock_now_ns() < until_ns)
        nanosleep(&(struct timespec){.tv_nsec = (long)NAP_NS}, NULL);
}

static int run_rounds(struct rounds *r, uint64_t every_ns, struct err *err)
{
    uint64_t next_ns = clock_now_ns();
    int result = 0;

    for (; r->done < r->wanted && !atomic_load(&interrupted) && !result; r->done++) {
        sleep_until(next_ns);
        next_ns += every_ns;
        result = attempt(r, 0, err);
        for (size_t i = 1; i < r->n_addresses && !result && !atomic_load(&interrupted); i++)
            result = attempt(r, i, err);
    }
    return result;
}

/* --- telling ---------------------------------------------------------------------------------- */

/* The rarest that failed; without a failure the one that there is. */
static const struct cause_count *rarest(const struct rounds *r)
{
    const struct cause_count *best = NULL;

    for (size_t i = 0; i < r->n_causes; i++) {
        const struct cause_count *c = &r->causes[i];

        if (strcmp(c->v.cause, "healthy") != 0 && (!best || c->n < best->n))
            best = c;
    }
    return best ? best : &r->causes[0];
}

/* How often at each of the addresses, in their order. */
static void add_by_address(cJSON *item, const struct rounds *r, const struct cause_count *c)
{
    cJSON *list = cJSON_AddArrayToObject(item, "by_address");

    for (size_t i = 0; i < r->n_addresses; i++)
        cJSON_AddItemToArray(list, cJSON_CreateNumber(c->by_address[i]));
}

static cJSON *rounds_json(const struct rounds *r)
{
    cJSON *o = cJSON_CreateObject(), *list;
    char text[ADDR_TEXT_BYTES];

    cJSON_AddNumberToObject(o, "rounds", r->done);
    cJSON_AddNumberToObject(o, "attempts", r->attempts);
    cJSON_AddNumberToObject(o, "failed", r->failed);
    list = cJSON_AddArrayToObject(o, "causes");
    for (size_t i = 0; i < r->n_causes; i++) {
        cJSON *item = cJSON_CreateObject();

        cJSON_AddStringToObject(item, "cause", r->causes[i].v.cause);
        cJSON_AddNumberToObject(item, "count", r->causes[i].n);
        add_by_address(item, r, &r->causes[i]);
        cJSON_AddItemToArray(list, item);
    }
    list = cJSON_AddArrayToObject(o, "addresses");
    for (size_t i = 0; i < r->n_addresses; i++) {
        cJSON *item = cJSON_CreateObject();

        cJSON_AddStringToObject(item, "address", addr_format_ip(&r->addresses[i].addr, text));
        cJSON_AddNumberToObject(item, "attempts", r->addresses[i].attempts);
        cJSON_AddNumberToObject(item, "failed", r->addresses[i].failed);
        cJSON_AddItemToArray(list, item);
    }
    return o;
}

static int put_counts(const struct rounds *r)
{
    char line[256], text[ADDR_TEXT_BYTES];
    int result;

    snprintf(line, sizeof(line), "%u of %u attempts failed, in %u rounds.", r->failed,
             r->attempts, r->done);
    result = cli_put_line(-1, line);
    for (size_t i = 0; i < r->n_causes && !result; i++) {
        snprintf(line, sizeof(line), "  %6u x %s", r->causes[i].n, r->causes[i].v.cause);
        result = cli_put_line(-1, line);
    }
    for (size_t i = 0; r->n_addresses > 1 && i < r->n_addresses && !result; i++) {
        snprintf(line, sizeof(line), "  %s: %u of %u failed",
                 addr_format_ip(&r->addresses[i].addr, text), r->addresses[i].failed,
                 r->addresses[i].attempts);
        result = cli_put_line(-1, line);
    }
    return result;
}

static int tell(const struct rounds *r)
{
    const struct cause_count *c = rarest(r);
    cJSON *document;
    int result, status;

    if (r->job->json) {
        document = why_json(c->e, &c->v);
        cJSON_AddItemToObject(document, "repeated", rounds_json(r));
        status = cli_put_status(r->job->self, cli_put_json(-1, document));
    } else {
        result = put_counts(r);
        status = result ? cli_put_status(r->job->self, result) : why_tell(r->job, c->e, &c->v);
        if (status == EXIT_FAILED)
            return status;
    }
    return status == EXIT_DONE && r->failed ? EXIT_FAILED : status;
}

int why_repeat(const struct why_job *job)
{
    struct rounds r = {.job = job};
    const char *every = job->every ? job->every : "1";
    struct err err = {0};
    uint64_t every_ns = 0;
    char *end;
    long n = strtol(job->repeat, &end, 10);
    int status;

    if (*end || end == job->repeat || n < 1 || n > ROUNDS_MAX)
        return cli_usage_error(job->self, job->repeat, "is no number of rounds");
    if (text_seconds(every, &every_ns) < 0)
        return cli_usage_error(job->self, every, "is no number of seconds");
    r.wanted = (unsigned)n;
    resolve(&r);
    signal(SIGINT, interrupt);
    signal(SIGTERM, interrupt);
    if (run_rounds(&r, every_ns, &err) < 0 && !r.n_causes)
        status = cli_fail(job->self, cli_status_of(err.code), &err);
    else
        status = r.n_causes ? tell(&r) : EXIT_FAILED;
    for (size_t i = 0; i < r.n_causes; i++)
        evidence_free(r.causes[i].e);
    return status;
}
