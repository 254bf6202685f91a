/* ui/cli/cli.h - the subcommands: one thing each, for scripts.
 *
 * They post commands and read events like the console does.  Exit statuses: 0 done, 1 the thing
 * asked about failed, 2 usage, 3 not permitted or not available here. */
#ifndef SOCKEYE_CLI_CLI_H
#define SOCKEYE_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "core/base/err.h"
#include "core/base/queue.h"
#include "core/model/command.h"
#include "core/model/event.h"
#include "core/model/probing.h"
#include "core/net/engine.h"

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_UNAVAILABLE = 3 };

struct subcommand {
    const char *name, *arguments, *summary;
    const char *help;             /* the lines below the usage line */
    const struct verb_info *verb; /* its options are taken too, as they stand; NULL: none */
    void (*more_help)(void);      /* NULL: that is all */
    int (*run)(const struct subcommand *self, const struct probes *probes, int argc,
               char **argv);
    bool confines; /* it begins the sandbox itself, by cli_confine() */
};

/* One line a subcommand, in the order of help: the file NAME.c defines NAME_subcommand. */
#define SUBCOMMANDS(X)                                                                         \
    X(sockets)                                                                                 \
    X(connect)                                                                                 \
    X(serve)                                                                                   \
    X(message)                                                                                 \
    X(resolve)                                                                                 \
    X(capture)                                                                                 \
    X(why)                                                                                     \
    X(doctor)                                                                                  \
    X(run)                                                                                     \
    X(ping)                                                                                    \
    X(load)                                                                                    \
    X(explain)                                                                                 \
    X(errors)                                                                                  \
    X(options)                                                                                 \
    X(pack)                                                                                    \
    X(unpack)

#define DECLARE_SUBCOMMAND(name) extern const struct subcommand name##_subcommand;
SUBCOMMANDS(DECLARE_SUBCOMMAND)

/* An option of a subcommand, for cli_options(). */
struct cli_option {
    const char *name; /* "--json" or "-i" */
    bool *flag;       /* set when given; NULL: it takes a value */
    const char **value;
};

/* In the place of any option: print the table of them for ui/cli/tables.c. */
#define CLI_DUMP_OPTIONS "--dump-options"

/* Take the options out of argv (from 1 on) wherever they stand before "--"; the words that are
 * none stay, also a negative number that is no option, and so do the options of its verb, for
 * command_parse_words().  Letters may be joined as in ss -tan, and with their value as in -c3.
 * --help is handled here.  Returns the number of words left, or -1 with *ret_status set: end with it. */
int cli_options(const struct subcommand *self, const struct cli_option *options, int argc,
                char **argv, int *ret_status);

/* Go into a network namespace (NULL: stay), then begin the sandbox: 0 or negative errno with err. */
int cli_confine(const struct probes *probes, const char *netns, struct err *err);

/* One line on stderr: "sockeye connect: ...".  Returns status. */
int cli_fail(const struct subcommand *self, int status, const struct err *err);
int cli_usage_error(const struct subcommand *self, const char *word, const char *reason);

/* The status for an errno: 3 for what is not permitted or not here, else 1. */
int cli_status_of(int code);

/* Whether the proxy of a connect command, maybe the environment's, makes sense: an exit status, and
 * what is wrong said. */
int cli_check_proxy(const struct subcommand *self, const struct command *connect);

/* Write to stdout without being held by one that nobody reads: 0, -EINTR when a signal waits in
 * `signals` (-1: none is watched), else the negative errno of write(2). */
int cli_put(int signals, const char *bytes, size_t len);
/* The same from *done on, which counts what went out; until_ns: as clock_now_ns(), then it ends
 * with -ETIMEDOUT; 0: it never does. */
int cli_put_until(int signals, uint64_t until_ns, const char *bytes, size_t len, size_t *done);
/* One line, whatever the text holds: it passes text_clean(). */
int cli_put_line(int signals, const char *text);
/* The same for each line of a text whose line feeds are ours. */
int cli_put_lines(int signals, const char *text);
/* One object as one line; takes the object over. */
int cli_put_json(int signals, cJSON *object);
/* What to end with after cli_put() gave r: 0 and -EINTR are EXIT_DONE, the rest is said. */
int cli_put_status(const struct subcommand *self, int r);

/* Who holds the other end of an AF_UNIX session, as "credentials"; nothing while that is unknown. */
void cli_add_credentials(cJSON *o, const struct peer_credentials *peer);

/* A signalfd of SIGINT, SIGTERM and, unless it is ignored, SIGHUP, which are blocked from here on;
 * negative errno, and then they are not. */
int cli_signals(void);

/* Says that they cannot be watched; the exit status. */
int cli_fail_signals(const struct subcommand *self, int code);

/* Wait for the reply to a command, dropping other events; then *ret holds it. */
void cli_await_reply(struct engine *e, uint64_t command_id, struct reply *ret);

#endif
