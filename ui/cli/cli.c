#include "ui/cli/cli.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/message/json_print.h"
#include "core/net/proxy.h"
#include "ui/cli/say.h"

int cli_fail(const struct subcommand *self, int status, const struct err *err)
{
    char line[ERR_TEXT_BYTES * 4];
    struct err said = *err;

    /* A word of the command line is wrong, and which command it is stands there already. */
    if (err->code == -EINVAL && strcmp(err->operation, self->name) == 0)
        said.operation[0] = '\0';
    err_format(&said, line, sizeof(line));
    say_line("sockeye %s: %s", self->name, line);
    return (int)status;
}

int cli_usage_error(const struct subcommand *self, const char *word, const char *reason)
{
    char clean[120]; /* as much as needs to be repeated */

    text_clean(word, strlen(word), clean, sizeof(clean));
    say_line("sockeye %s: '%s' %s; see sockeye %s --help", self->name, clean, reason,
             self->name);
    return EXIT_USAGE;
}

int cli_confine(const struct probes *probes, const char *netns, struct err *err)
{
    int r = !netns     ? 0
            : netns[0] ? probes->netns_enter(netns, err)
                       : err_set(err, -EINVAL, "--netns", "", "it names no network namespace");

    return r < 0 || !probes->confine ? r : probes->confine(err);
}

int cli_status_of(int code)
{
    switch (-code) {
    case EPERM:
    case EACCES:
    case EPROTONOSUPPORT:
    case EOPNOTSUPP:
    case ENOSYS:
    case ENODEV:
        return EXIT_UNAVAILABLE;
    case EINVAL:
        return EXIT_USAGE;
    default:
        return EXIT_FAILED;
    }
}

int cli_check_proxy(const struct subcommand *self, const struct command *connect)
{
    const struct connect_settings *settings = &connect->connect;
    struct proxy proxy;
    struct err err = {0};
    int r = proxy_choose(&connect->endpoint, settings->proxy, settings->no_proxy, &proxy, &err);

    return r < 0 ? cli_fail(self, cli_status_of(r), &err) : EXIT_DONE;
}

static int help(const struct subcommand *self)
{
    printf("usage: sockeye %s %s\n%s\n\n%s", self->name, self->arguments, self->summary,
           self->help);
    for (const struct verb_option *o = self->verb ? self->verb->options : NULL; o && o->name;
         o++) {
        char left[48];

        snprintf(left, sizeof(left), "%s %s", o->name, o->takes ? o->takes : "");
        printf("  %-26s %s\n", left, o->help);
    }
    if (self->more_help)
        self->more_help();
    return cli_put_status(self, fflush(stdout) == EOF ? -errno : 0);
}

/* What it really takes, for ui/cli/tables.c. */
static int dump_options(const struct subcommand *self, const struct cli_option *options)
{
    for (; options->name; options++)
        printf("cli-option\t%s\t%s\t%s\n", self->name, options->name,
               options->flag ? "" : "VALUE");
    return EXIT_DONE;
}

static const struct cli_option *find_option(const struct cli_option *options, const char *name,
                                            size_t len)
{
    for (; options->name; options++)
        if (strlen(options->name) == len && strncmp(options->name, name, len) == 0)
            return options;
    return NULL;
}

/* "-tan": every letter must be a flag. */
static bool take_letters(const struct cli_option *options, const char *word)
{
    for (int pass = 0; pass < 2; pass++)
        for (const char *c = word + 1; *c; c++) {
            char name[3] = {'-', *c, '\0'};
            const struct cli_option *o = find_option(options, name, 2);

            if (!o || !o->flag)
                return false;
            if (pass)
                *o->flag = true;
        }
    return true;
}

/* Returns how many of the words it took: 1 or 2; 0 when it is no option of ours, -1 when its
 * value is missing. */
static int take_option(const struct cli_option *options, int left, char **words)
{
    const char *equals = strchr(words[0], '=');
    size_t len = equals ? (size_t)(equals - words[0]) : strlen(words[0]);
    const struct cli_option *o = find_option(options, words[0], len);

    if (!o && words[0][1] != '-') {
        /* "-c3" */
        o = find_option(options, words[0], 2);
        if (!o || o->flag)
            return take_letters(options, words[0]) ? 1 : 0;
        *o->value = words[0] + 2;
        return 1;
    }
    if (!o)
        return 0;
    if (o->flag) {
        *o->flag = true;
        return equals ? 0 : 1;
    }
    if (equals) {
        *o->value = equals + 1;
        return 1;
    }
    if (left < 2)
        return -1;
    *o->value = words[1];
    return 2;
}

/* "-1", "-.5": a value below zero. */
static bool is_number(const char *word)
{
    return isdigit((unsigned char)word[1 + (word[1] == '.')]);
}

int cli_options(const struct subcommand *self, const struct cli_option *options, int argc,
                char **argv, int *ret_status)
{
    int kept = 1;

    for (int i = 1; i < argc;) {
        int taken;

        if (strcmp(argv[i], "--") == 0) {
            for (i += self->verb ? 0 : 1; i < argc; i++)
                argv[kept++] = argv[i];
            break;
        }
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            *ret_status = help(self);
            return -1;
        }
        if (strcmp(argv[i], CLI_DUMP_OPTIONS) == 0) {
            *ret_status = dump_options(self, options);
            return -1;
        }
        if (argv[i][0] != '-' || !argv[i][1]) {
            argv[kept++] = argv[i++];
            continue;
        }
        taken = take_option(options, argc - i, argv + i);
        if (taken == 0 && (self->verb || is_number(argv[i]))) {
            argv[kept++] = argv[i++];
            continue;
        }
        if (taken <= 0) {
            *ret_status =
                cli_usage_error(self, argv[i], taken ? "needs a value" : "is no option of it");
            return -1;
        }
        i += taken;
    }
    return kept - 1;
}

/* A pipe with POLLOUT takes this much without waiting (pipe(7)); a file takes anything. */
static size_t piece_bytes(size_t len)
{
    struct stat st;

    if (fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode))
        return len;
    return len < PIPE_BUF ? len : PIPE_BUF;
}

/* poll() waits so long. */
static int left_ms(uint64_t until_ns)
{
    uint64_t now_ns = clock_now_ns();

    if (!until_ns)
        return -1;
    return until_ns > now_ns ? (int)((until_ns - now_ns) / CLOCK_MS_NS) + 1 : 0;
}

int cli_put_until(int signals, uint64_t until_ns, const char *bytes, size_t len, size_t *done)
{
    while (*done < len) {
        struct pollfd fds[] = {{.fd = STDOUT_FILENO, .events = POLLOUT},
                               {.fd = signals, .events = POLLIN}};
        size_t left = len - *done;
        int ready = poll(fds, 2, left_ms(until_ns));
        ssize_t n;

        if (ready < 0 && errno != EINTR)
            return -errno;
        if (ready == 0)
            return -ETIMEDOUT;
        if (fds[1].revents)
            return -EINTR;
        /* Without a signal to watch for it may as well wait. */
        n = write(STDOUT_FILENO, bytes + *done, signals < 0 ? left : piece_bytes(left));
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return -errno;
        if (n > 0)
            *done += (size_t)n;
    }
    return 0;
}

int cli_put(int signals, const char *bytes, size_t len)
{
    size_t done = 0;

    return cli_put_until(signals, 0, bytes, len, &done);
}

static int put_with_line_feed(int signals, char *text)
{
    size_t len = strlen(text);

    text[len] = '\n';
    return cli_put(signals, text, len + 1);
}

int cli_put_line(int signals, const char *text)
{
    size_t len = strlen(text), size = TEXT_CLEAN_BYTES(len);
    char *line = mem_new(size, 1);
    int r;

    text_clean(text, len, line, size);
    r = put_with_line_feed(signals, line);
    free(line);
    return r;
}

int cli_put_lines(int signals, const char *text)
{
    int r = 0;

    while (*text && r == 0) {
        size_t n = strcspn(text, "\n");
        char *line = mem_copy(text, n + 1);

        line[n] = '\0';
        r = cli_put_line(signals, line);
        free(line);
        text += n + (text[n] == '\n');
    }
    return r;
}

int cli_put_json(int signals, cJSON *object)
{
    char *text = json_print(object, false);
    int r = text ? put_with_line_feed(signals, text) : -ENOMEM;

    free(text);
    cJSON_Delete(object);
    return r;
}

int cli_put_status(const struct subcommand *self, int r)
{
    struct err err;

    if (r == 0 || r == -EINTR)
        return EXIT_DONE;
    err_set(&err, r, "write", "stdout", "%s", "");
    return cli_fail(self, EXIT_FAILED, &err);
}

void cli_add_credentials(cJSON *o, const struct peer_credentials *peer)
{
    cJSON *c;

    if (!peer->known)
        return;
    c = cJSON_AddObjectToObject(o, "credentials");
    cJSON_AddNumberToObject(c, "pid", peer->pid);
    cJSON_AddNumberToObject(c, "uid", peer->uid);
    cJSON_AddNumberToObject(c, "gid", peer->gid);
}

int cli_signals(void)
{
    struct sigaction hang_up;
    sigset_t set;
    int fd;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    /* As nohup(1) has it: it is to go on.  Blocked it would be heard all the same. */
    if (sigaction(SIGHUP, NULL, &hang_up) == 0 && hang_up.sa_handler != SIG_IGN)
        sigaddset(&set, SIGHUP);
    fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return -errno;
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return fd;
}

int cli_fail_signals(const struct subcommand *self, int code)
{
    struct err err;

    err_set(&err, code, "watch signals", "", "%s", "");
    return cli_fail(self, EXIT_FAILED, &err);
}

void cli_await_reply(struct engine *e, uint64_t command_id, struct reply *ret)
{
    struct queue *events = engine_events(e);
    struct event ev;

    for (;;) {
        struct pollfd p = {.fd = queue_fd(events), .events = POLLIN};

        while (queue_pop(events, &ev))
            if (ev.kind == EVENT_REPLY && ev.reply.command_id == command_id) {
                *ret = ev.reply;
                return;
            }
        poll(&p, 1, -1);
    }
}
