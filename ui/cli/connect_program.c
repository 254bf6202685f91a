/* connect --program: the session as a program that repeats it. */
#include <errno.h>

#include "core/base/regular.h"
#include "core/report/program.h"
#include "ui/cli/cli.h"
#include "ui/cli/connect.h"
#include "ui/cli/say.h"

struct written {
    const struct program *program;
    enum program_language language;
};

static void put(FILE *out, const void *ctx)
{
    const struct written *w = ctx;

    program_write(out, w->program, w->language);
}

int connect_write_program(const struct pump *p)
{
    struct program program;
    struct written w = {&program,
                        (enum program_language)save_form_of(SAVE_PROGRAM, p->program)};
    struct err err = {0};
    int r;

    r = program_make(engine_journal(p->engine), &p->last, NULL, &program, &err);
    /* It ended before it began, and why is told already, or asked for by a signal. */
    if (r == -ENODATA) {
        say_line("sockeye connect: %s is not written: nothing was called", p->program);
        return EXIT_DONE;
    }
    if (r < 0)
        return cli_fail(p->self, EXIT_FAILED, &err);
    if (program.cut || program.unkept_bytes)
        say_line("sockeye connect: %s: %s", p->program,
                 program.cut ? "only the first calls are in it"
                             : "some bytes that were sent were not kept: zeros stand for them");
    r = regular_write(p->program, put, &w, &err);
    program_done(&program);
    return r < 0 ? cli_fail(p->self, EXIT_FAILED, &err) : EXIT_DONE;
}
