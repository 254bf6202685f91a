/* ui/cli/why_program.h - `sockeye why -- PROGRAM ARG...`. */
#ifndef SOCKEYE_CLI_WHY_PROGRAM_H
#define SOCKEYE_CLI_WHY_PROGRAM_H

#include "ui/cli/cli.h"

/* Whether a program follows: there is a "--". */
bool why_program_wanted(int argc, char **argv);
int why_program_run(const struct subcommand *self, const struct probes *probes, int argc,
                    char **argv);

#endif
