/* ui/main.c - where everything meets: the command line, the console, the probes of this Linux.
 */
#include <cjson/cJSON.h>
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
#include "core/base/privileged.h"
#include "core/base/text.h"
#include "core/net/engine.h"
#include "probes/grant.h"
#include "probes/guard/sandbox.h"
#include "probes/probes.h"
#include "ui/cli/cli.h"
#include "ui/cli/say.h"
#include "ui/cli/tables.h"
#include "ui/console/configure.h"
#include "ui/console/console.h"
#include "ui/console/term_emergency.h"

/* Of the bytes of a call, in the console's journal: more would slow floods down. */
#define KEPT_BYTES (16U << 10)

#define ADDRESS(name) &name##_subcommand,
static const struct subcommand *const subcommands[] = {SUBCOMMANDS(ADDRESS)};

#define SPEED_MAX 1000

#define N_SUBCOMMANDS (sizeof(subcommands) / sizeof(subcommands[0]))

static const struct program_option program_options[] = {
    {"--demo", NULL, "begin with a server and a session that talk"},
    {"--no-capture", NULL, "do not capture packets"},
    {"--theme", "NAME", "dark, light, high-contrast, colour-blind, mono, or one of your own"},
    {"--ascii", NULL, "draw in ASCII"},
    {"--screen-reader", NULL, "plain lines on change instead of a screen"},
    {"--log", "FILE", "write down what happens, for a bug report"},
    {"--workspace", "FILE", "open the servers, sessions and the view of :workspace save"},
    {"--config", "FILE", "read settings and keys from FILE: sockeye-config(5)"},
    {"--no-config", NULL, "start as if there were no configuration"},
    {"--record", "FILE", "keep all that the console hears, keys too, to be seen again"},
    {"--replay", "FILE", "show what was recorded; asks and changes nothing"},
    {"--speed", "X", "of --replay: 2 is twice as fast, 0 without pauses; default 1"},
    {"--sandbox", "MODE", "on; strict: all of it, or no start; off: rights stay as they are"},
    {"--allow", "PATH", "let the sandbox open this file or folder, too"},
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
    say_line("sockeye: '%s' %s; see sockeye --help", word, reason);
    return EXIT_USAGE;
}

static int say(const struct err *err)
{
    char line[ERR_TEXT_BYTES * 4];

    err_format(err, line, sizeof(line));
    say_line("sockeye: %s", line);
    return EXIT_USAGE;
}

/* A replay needs no engine: nothing is done in it. */
static int run(struct console_setup *setup, const struct configure_wish *wish)
{
    static struct config config;
    static struct theme theme;
    struct err err = {0};
    int r;

    setup->config = &config;
    setup->theme = &theme;
    if (configure(wish, &config, &theme, &err) < 0 ||
        (setup->workspace && console_check_workspace(setup->workspace, &err) < 0))
        return say(&err);
    setup->no_capture = !config_on(&config, SETTING_CAPTURE);
    if (!setup->replay && engine_start(&setup->engine, &err) < 0) {
        say(&err);
        return EXIT_FAILED;
    }
    if (setup->engine) {
        engine_watch_traffic(setup->engine);
        engine_keep_data(setup->engine, KEPT_BYTES);
    }
    mem_on_exhausted(term_emergency);
    /* libpcap's lexer calls exit(3) where it finds no memory. */
    atexit(term_emergency);
    r = console_run(setup, &err);
    engine_stop(setup->engine);
    return r >= 0 ? r : say(&err);
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

/* The value of an option that takes one, "--speed 2" or "--speed=2".  Returns how many words that
 * were; 0: it is another option, -1: its value is missing. */
static int take_value(const char *name, char **words, const char **ret)
{
    size_t len = strlen(name);

    if (strncmp(words[0], name, len) != 0 || (words[0][len] && words[0][len] != '='))
        return 0;
    *ret = words[0][len] ? words[0] + len + 1 : words[1];
    return !*ret ? -1 : words[0][len] ? 1 : 2;
}

/* Those that have nothing to do with the configuration; as take_value(). */
static int take_option(struct console_setup *setup, const char **speed, char **words)
{
    const struct {
        const char *name, **value;
    } options[] = {{"--workspace", &setup->workspace},
                   {"--record", &setup->record},
                   {"--replay", &setup->replay},
                   {"--speed", speed}};
    int taken = 0;

    if (strcmp(words[0], "--demo") == 0) {
        setup->demo = true;
        return 1;
    }
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]) && !taken; i++)
        taken = take_value(options[i].name, words, options[i].value);
    return taken;
}

static int run_console(int argc, char **argv)
{
    struct console_setup setup = {.probes = &linux_probes, .speed = REPLAY_SPEED};
    struct configure_wish wish = {0};
    const char *speed = NULL;
    struct err err = {0};

    for (int i = 1, taken; i < argc; i += taken) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return help();
        if (strcmp(argv[i], "--version") == 0) {
            puts("sockeye " SOCKEYE_VERSION);
            return EXIT_DONE;
        }
        /* For share/build/reference, not for people: in no help. */
        if (strcmp(argv[i], "--dump-tables") == 0)
            return tables_print(program_options, subcommands, N_SUBCOMMANDS, &linux_probes);
        taken = take_option(&setup, &speed, argv + i);
        if (taken < 0)
            return usage_error(argv[i], "needs a value");
        if (!taken)
            taken = configure_option(&wish, argv[i], argv[i + 1], &err);
        if (taken < 0)
            return say(&err);
        if (!taken)
            return usage_error(argv[i],
                               argv[i][0] == '-' ? "is no option" : "is no subcommand");
    }
    if (speed && !read_speed(speed, &setup.speed))
        return usage_error(speed, "is no speed: 2 is twice as fast, 0 without pauses");
    if (setup.record && setup.replay)
        return usage_error("--record", "does not go with --replay");
    return run(&setup, &wish);
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

/* A tree without the part that found no memory would be a document that tells less than was. */
static void *json_memory(size_t bytes)
{
    return mem_new(1, bytes);
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

static const struct subcommand *find_subcommand(const char *name)
{
    for (size_t i = 0; name && i < N_SUBCOMMANDS; i++)
        if (strcmp(name, subcommands[i]->name) == 0)
            return subcommands[i];
    return NULL;
}

/* Take --sandbox and --allow out of the words of the console, and of those in front of a subcommand;
 * what --allow names is allowed because the command line names it.  Returns how many words are left;
 * -1: one lacks its value, which was said. */
static int take_sandbox(int argc, char **argv, const char **mode)
{
    const char *path;
    bool ours = true;
    int kept = 1;

    for (int i = 1, taken; i < argc; i += taken) {
        ours = ours && !(kept == 1 && find_subcommand(argv[i]));
        taken = ours ? take_value("--sandbox", argv + i, mode) : 0;
        if (ours && !taken)
            taken = take_value("--allow", argv + i, &path);
        if (taken < 0) {
            usage_error(argv[i], "needs a value");
            return -1;
        }
        if (!taken) {
            argv[kept++] = argv[i];
            taken = 1;
        }
    }
    argv[kept] = NULL;
    return kept;
}

static const struct privileged_calls by_grant = {grant_bind, grant_setsockopt};

/* Before anything is read that others wrote: the environment's locale and terminal, a configuration,
 * a packet.  Returns an exit status; EXIT_DONE: go on. */
static int begin(int *argc, char **argv, const struct subcommand **ret)
{
    const char *word = getenv("SOCKEYE_SANDBOX");
    char **words = mem_new((size_t)*argc + 1, sizeof(*words));
    enum sandbox_mode mode = SANDBOX_ON;
    struct err err = {0};

    if (sandbox_is_set_id())
        return usage_error(argv[0],
                           "must not be set-user-id or set-group-id: take the bit away "
                           "(chmod ug-s), and give it capabilities (setcap) instead");
    memcpy(words, argv, (size_t)*argc * sizeof(*words));
    *argc = take_sandbox(*argc, argv, &word);
    if (*argc < 0)
        return EXIT_USAGE;
    if (word && !sandbox_mode_parse(word, &mode))
        return usage_error(word, "is no mode of the sandbox: on, off or strict");
    *ret = find_subcommand(argv[1]);
    privileged_by(&by_grant);
    sandbox_prepare(mode, words, !*ret); /* the words are kept as long as the program runs */
    if (*ret && (*ret)->confines)
        return EXIT_DONE;
    if (sandbox_enter(&err) < 0) {
        say(&err);
        return EXIT_UNAVAILABLE;
    }
    return EXIT_DONE;
}

int main(int argc, char **argv)
{
    const struct subcommand *subcommand = NULL;
    int r;

    if (!standard_descriptors())
        return EXIT_FAILED;
    cJSON_InitHooks(&(cJSON_Hooks){json_memory, free});
    r = begin(&argc, argv, &subcommand);
    if (r != EXIT_DONE)
        return r;
    setlocale(LC_ALL, "");
    /* A file as large as it may become is an error to be told, like a full disk. */
    signal(SIGXFSZ, SIG_IGN);
    /* A program that `why` runs is to find the limit as it was. */
    if (!subcommand || strcmp(subcommand->name, "why") != 0)
        raise_descriptor_limit();
    r = subcommand ? subcommand->run(subcommand, &linux_probes, argc - 1, argv + 1)
                   : run_console(argc, argv);
    sandbox_leave();
    return r;
}
