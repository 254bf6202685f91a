/* ui/main.c - where everything meets: the command line, the console, the probes of this Linux.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/net/engine.h"
#include "probes/probes.h"
#include "ui/cli/cli.h"
#include "ui/cli/tables.h"
#include "ui/console/console.h"
#include "ui/console/term_curses.h"

#define ADDRESS(name) &name##_subcommand,
static const struct subcommand *const subcommands[] = {SUBCOMMANDS(ADDRESS)};

#define SPEED_MAX 1000

#define N_SUBCOMMANDS (sizeof(subcommands) / sizeof(subcommands[0]))

static const struct program_option program_options[] = {
    {"--demo", NULL, "begin with a server and a session that talk"},
    {"--no-capture", NULL, "do not capture packets"},
    {"--record", "FILE", "keep all that the console hears, keys too, to be seen again"},
    {"--replay", "FILE", "show what was recorded; asks and changes nothing"},
    {"--speed", "X", "of --replay: 2 is twice as fast, 0 without pauses; default 1"},
    {"--help", NULL, "print this"},
    {"--version", NULL, "print the version"},
    {0},
};

static int help(void)
{
    puts("sockeye " SOCKEYE_VERSION ": do something with a socket, watch what the kernel, the\n"
         "wire and the peer make of it.\n\n"
         "usage: sockeye [OPTION...]       the console\n"
         "       sockeye SUBCOMMAND ...    one thing, for scripts\n");
    for (size_t i = 0; i < N_SUBCOMMANDS; i++)
        printf("  %-8s %s\n", subcommands[i]->name, subcommands[i]->summary);
    putchar('\n');
    for (const struct program_option *o = program_options; o->name; o++) {
        char left[32];

        snprintf(left, sizeof(left), "%s %s", o->name, o->takes ? o->takes : "");
        printf("  %-16s %s\n", left, o->help);
    }
    puts("\nsockeye SUBCOMMAND --help tells more.");
    return EXIT_DONE;
}

static int usage_error(const char *word, const char *reason)
{
    char clean[120];

    text_clean(word, strlen(word), clean, sizeof(clean));
    fprintf(stderr, "sockeye: '%s' %s; see sockeye --help\n", clean, reason);
    return EXIT_USAGE;
}

/* A replay needs no engine: nothing is done in it. */
static int run(struct console_setup *setup)
{
    struct err err = {0};
    char line[ERR_TEXT_BYTES * 4];
    int r = setup->replay ? 0 : engine_start(&setup->engine);

    if (r < 0) {
        fprintf(stderr, "sockeye: start: %s\n", strerror(-r));
        return EXIT_FAILED;
    }
    if (setup->engine)
        engine_watch_traffic(setup->engine);
    mem_on_exhausted(term_emergency);
    r = console_run(setup, &err);
    engine_stop(setup->engine);
    if (r >= 0)
        return r;
    err_format(&err, line, sizeof(line));
    fprintf(stderr, "sockeye: %s\n", line);
    return EXIT_USAGE;
}

/* "2", "0.5": thousandths; false when it is no such number. */
static bool read_speed(const char *text, uint64_t *ret)
{
    char *end;
    double speed = strtod(text, &end);

    if (end == text || *end || !(speed >= 0) || speed > SPEED_MAX ||
        (speed > 0 && speed < 1.0 / REPLAY_SPEED))
        return false;
    *ret = (uint64_t)(speed * REPLAY_SPEED);
    return true;
}

/* The option that a word gives and its value, "--speed 2" or "--speed=2".  Returns how many words
 * it took, 0 when it is none, -1 when its value is missing. */
static int take_option(int left, char **words, const struct program_option **ret,
                       const char **ret_value)
{
    size_t len = strcspn(words[0], "=");

    for (const struct program_option *o = program_options; o->name; o++) {
        if (strlen(o->name) != len || strncmp(o->name, words[0], len) != 0)
            continue;
        *ret = o;
        *ret_value = words[0][len] ? words[0] + len + 1 : left > 1 ? words[1] : NULL;
        if (!o->takes)
            return words[0][len] ? 0 : 1;
        return !*ret_value ? -1 : words[0][len] ? 1 : 2;
    }
    return 0;
}

static bool is_option(const struct program_option *o, const char *name)
{
    return strcmp(o->name, name) == 0;
}

/* Returns -1, or what to end with. */
static int read_option(const struct program_option *o, const char *value,
                       struct console_setup *setup)
{
    if (is_option(o, "--help"))
        return help();
    if (is_option(o, "--version")) {
        puts("sockeye " SOCKEYE_VERSION);
        return EXIT_DONE;
    }
    if (is_option(o, "--demo"))
        setup->demo = true;
    else if (is_option(o, "--no-capture"))
        setup->no_capture = true;
    else if (is_option(o, "--record"))
        setup->record = value;
    else if (is_option(o, "--replay"))
        setup->replay = value;
    else if (is_option(o, "--speed") && !read_speed(value, &setup->speed))
        return usage_error(value, "is no speed: 2 is twice as fast, 0 without pauses");
    return -1;
}

static int run_console(int argc, char **argv)
{
    struct console_setup setup = {.probes = &linux_probes, .speed = REPLAY_SPEED};
    const struct program_option *o;
    const char *value;

    for (int i = 1, taken, status; i < argc; i += taken) {
        if (strcmp(argv[i], "-h") == 0)
            return help();
        /* For share/build/reference, not for people: in no help. */
        if (strcmp(argv[i], "--dump-tables") == 0)
            return tables_print(program_options, subcommands, N_SUBCOMMANDS, &linux_probes);
        taken = take_option(argc - i, argv + i, &o, &value);
        if (taken < 0)
            return usage_error(argv[i], "needs a value");
        if (taken == 0)
            return usage_error(argv[i],
                               argv[i][0] == '-' ? "is no option" : "is no subcommand");
        status = read_option(o, value, &setup);
        if (status >= 0)
            return status;
    }
    if (setup.record && setup.replay)
        return usage_error("--record", "does not go with --replay");
    return run(&setup);
}

/* A socket must never become descriptor 0, 1 or 2, where other code would write to it.  Who was
 * given no stdout still cannot write to it, and is told so. */
static bool standard_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR) != fd)
            return false;
    return true;
}

/* A server's connections are as many as the administrator allows, not as a shell begins with. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    if (!standard_descriptors())
        return EXIT_FAILED;
    setlocale(LC_ALL, "");
    /* A file as large as it may become is an error to be told, like a full disk. */
    signal(SIGXFSZ, SIG_IGN);
    /* A program that `why` runs is to find the limit as it was. */
    if (argc < 2 || strcmp(argv[1], "why") != 0)
        raise_descriptor_limit();
    for (size_t i = 0; argc > 1 && i < N_SUBCOMMANDS; i++)
        if (strcmp(argv[1], subcommands[i]->name) == 0)
            return subcommands[i]->run(subcommands[i], &linux_probes, argc - 1, argv + 1);
    return run_console(argc, argv);
}
