/* ui/cli/connect.c - `sockeye connect`: a session on stdin and stdout.
 *
 * The engine owns the socket; its bytes come through one end of a socketpair(2), so that a
 * stdout that does not take them stops the reading from the network and nothing is dropped.
 * Every word of ours goes to stderr. */
#include "ui/cli/connect.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

void connect_finish(struct pump *p, int status)
{
    p->done = true;
    p->status = p->status ? p->status : status;
}

/* What is between us and the session, or stdin, gave nothing more: what was lost must be told. */
static void broken(struct pump *p, const char *operation)
{
    struct err err;

    err_set(&err, -errno, operation, "", "%s", "");
    connect_finish(p, cli_fail(p->self, EXIT_FAILED, &err));
}

/* What could not be written ends it. */
static void put(struct pump *p, int r)
{
    if (r < 0)
        connect_finish(p, cli_put_status(p->self, r));
}

/* ---- what comes ----------------------------------------------------------------------- */

static void no_more_comes(struct pump *p)
{
    put(p, connect_write_end(p));
    /* The peer sends no more.  What stdin still has is not waited for. */
    p->peer_ended = p->stdin_ended = true;
    shutdown(p->pair, SHUT_WR);
}

static void take_unit(struct pump *p, const struct unit_head *head, char *bytes, size_t len)
{
    struct passage passage = {
        .at_ns = head->at_ns, .length = head->length, .direction = head->direction};
    struct err err;

    if (p->transcript && transcript_put(p->transcript, &passage, bytes, len, &err) < 0)
        connect_finish(p, cli_fail(p->self, EXIT_FAILED, &err));
    if (head->direction != DIRECTION_RECEIVED)
        return;
    put(p, connect_write_unit(p, head, bytes, len));
    if (!p->done && p->expect && expect_take(p->expect, (uint8_t *)bytes, len, &err) < 0)
        connect_finish(p, cli_fail(p->self, EXIT_FAILED, &err));
}

static void receive(struct pump *p)
{
    static char bytes[CONNECT_HELD_BYTES + ATTACH_UNIT_BYTES];
    struct unit_head head;
    struct iovec parts[] = {{&head, sizeof(head)},
                            {bytes + CONNECT_HELD_BYTES, ATTACH_UNIT_BYTES}};
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t n = recvmsg(p->pair, &m, 0);

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n < 0 && errno != ECONNRESET)
        broken(p, "recvmsg");
    else if (n < (ssize_t)sizeof(head))
        no_more_comes(p);
    else
        take_unit(p, &head, bytes + CONNECT_HELD_BYTES, (size_t)n - sizeof(head));
}

/* ---- what goes ------------------------------------------------------------------------ */

static void send_unsent(struct pump *p)
{
    struct unit_head head = {.direction = DIRECTION_SENT};
    struct iovec parts[] = {{&head, sizeof(head)}, {p->unsent, p->unsent_len}};
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};

    if (sendmsg(p->pair, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
        if (errno == EAGAIN || errno == EINTR)
            return;
        /* A session that has ended tells why itself. */
        if (errno != EPIPE && errno != ECONNRESET)
            broken(p, "sendmsg");
    }
    p->has_unsent = false;
    if (p->stdin_ended && p->half_close)
        shutdown(p->pair, SHUT_WR);
}

static void unsent(struct pump *p, size_t len)
{
    p->unsent_len = len;
    p->has_unsent = len > 0;
    if (len > 0)
        send_unsent(p);
}

static void end_stdin(struct pump *p)
{
    p->stdin_ended = true;
    unsent(p, line_end_finish(&p->line_end, p->unsent));
    if (!p->has_unsent && p->half_close)
        shutdown(p->pair, SHUT_WR);
}

/* One read is one datagram; translated it still fits a unit. */
static void read_stdin(struct pump *p)
{
    static char bytes[ATTACH_UNIT_BYTES];
    size_t most = p->line_end.to != LINE_END_KEEP ? (sizeof(bytes) - 2) / 2 : sizeof(bytes);
    ssize_t n;

    if (p->datagrams && most > FEED_FILE_UNIT_BYTES)
        most = FEED_FILE_UNIT_BYTES;
    n = read(STDIN_FILENO, bytes, most);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n < 0)
        broken(p, "read stdin");
    if (n <= 0)
        end_stdin(p);
    else
        unsent(p, line_end_translate(&p->line_end, bytes, (size_t)n, p->unsent));
}

/* ---- the session ---------------------------------------------------------------------- */

static bool session_over(const struct pump *p)
{
    return p->last.state == SESSION_CLOSED || p->last.state == SESSION_FAILED;
}

/* What the peer sent before the session ended is still to be written. */
static void drain(struct pump *p)
{
    p->done = false;
    while (!p->peer_ended && !p->done) {
        struct pollfd fd = {.fd = p->pair, .events = POLLIN};

        int n = poll(&fd, 1, 1000);

        if (n == 0)
            break;
        if (n > 0)
            receive(p);
    }
    p->done = true;
}

/* What came before the end stands before it. */
static void read_events(struct pump *p)
{
    struct event ev;

    while (!p->done && queue_pop(engine_events(p->engine), &ev)) {
        enum session_state before = p->last.state;

        if (ev.kind != EVENT_SESSION || ev.session.id != p->session_id)
            continue;
        p->last = ev.session;
        if (ev.session.state == before)
            continue;
        if (session_over(p))
            drain(p);
        connect_say_state(p, &ev.session);
    }
}

static void read_news(struct pump *p)
{
    bell_arm(engine_news(p->engine));
    put(p, connect_say_calls(p));
}

static void run(struct pump *p)
{
    while (!p->done) {
        struct pollfd fds[] = {
            {.fd = p->signals, .events = POLLIN},
            {.fd = queue_fd(engine_events(p->engine)), .events = POLLIN},
            {.fd = p->peer_ended ? -1 : p->pair,
             .events = (short)(POLLIN | (p->has_unsent ? POLLOUT : 0))},
            {.fd = p->stdin_ended || p->has_unsent ? -1 : STDIN_FILENO, .events = POLLIN},
            {.fd = p->verbose ? engine_news(p->engine)->fd : -1, .events = POLLIN},
        };

        if (poll(fds, sizeof(fds) / sizeof(fds[0]), -1) < 0)
            continue;
        if (fds[0].revents)
            return;
        if (fds[4].revents)
            read_news(p);
        /* What the session became stands before what came then. */
        read_events(p);
        if (!p->done && fds[2].revents & (POLLIN | POLLHUP | POLLERR))
            receive(p);
        if (!p->done && p->has_unsent && (fds[2].revents & POLLOUT))
            send_unsent(p);
        if (!p->done && fds[3].revents)
            read_stdin(p);
    }
}

/* It has come to its end: did all come that was to come? */
static void conclude(struct pump *p)
{
    struct err err;

    if (p->verbose)
        put(p, connect_say_calls(p));
    if (p->verbose)
        put(p, connect_say_phases(p));
    if (p->expect && p->status == 0 && expect_end(p->expect, &err) < 0)
        connect_finish(p, cli_fail(p->self, EXIT_FAILED, &err));
    if (p->program && connect_write_program(p) != EXIT_DONE && p->status == 0)
        connect_finish(p, EXIT_FAILED);
}

static int start(struct pump *p, struct command *command)
{
    struct err err = {0};
    struct reply reply;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
        err_set(&err, -errno, "socketpair", "", "%s", "");
        return cli_fail(p->self, EXIT_FAILED, &err);
    }
    if (engine_start(&p->engine, &err) < 0)
        return cli_fail(p->self, EXIT_FAILED, &err);
    if (p->program)
        engine_keep_data(p->engine, CALL_KEPT_BYTES);
    p->pair = pair[0];
    command->attach_fd = pair[1];
    command->tell_sent = p->transcript != NULL;
    cli_await_reply(p->engine, engine_post(p->engine, command), &reply);
    if (reply.err.code)
        return cli_fail(p->self, cli_status_of(reply.err.code), &reply.err);
    p->session_id = p->last.id = reply.id;
    p->last.endpoint = command->endpoint;
    return 0;
}

static int one_session(struct pump *p, struct command *command)
{
    struct err err;
    int status;

    p->datagrams = command->endpoint.scheme == ENDPOINT_UDP ||
                   command->endpoint.scheme == ENDPOINT_UNIX_DGRAM ||
                   command->endpoint.scheme == ENDPOINT_UNIX_SEQPACKET;
    p->unconnected = command->connect.unconnected;
    p->line_end.to = (enum line_end)command->connect.line_end;
    p->sanitize = isatty(STDOUT_FILENO);
    p->signals = cli_signals();
    status = start(p, command);
    if (status == 0) {
        if (p->stdin_ended)
            end_stdin(p);
        run(p);
        conclude(p);
        status = p->status;
    }
    engine_stop(p->engine);
    expect_free(p->expect);
    if (transcript_close(p->transcript, &err) < 0)
        status = cli_fail(p->self, EXIT_FAILED, &err);
    close(p->pair);
    close(p->signals);
    return status;
}

/* "-" among the arguments: stdin, too.  Returns how many words are left. */
static int take_dash(int n, char **argv, bool *ret_given)
{
    int kept = 1;

    for (int i = 1; i <= n; i++) {
        if (strcmp(argv[i], "-") == 0)
            *ret_given = true;
        else
            argv[kept++] = argv[i];
    }
    return kept - 1;
}

/* That nothing can be written to is known before anything comes. */
static int check_stdout(const struct pump *p)
{
    int flags = fcntl(STDOUT_FILENO, F_GETFL);

    return flags >= 0 && (flags & O_ACCMODE) == O_RDONLY ? cli_put_status(p->self, -EBADF)
                                                         : EXIT_DONE;
}

/* What must be right before anything is connected.  Returns an exit status. */
static int prepare(struct pump *p, const struct connect_settings *settings, const char *path,
                   const char *format)
{
    const struct words *w = &settings->messages;
    int as = TRANSCRIPT_TEXT;
    struct err err;

    for (const char *kind = words_next(w, NULL); kind;
         kind = words_next(w, words_next(w, kind)))
        if (strcmp(kind, MESSAGE_REPLAY) == 0 &&
            transcript_check(words_next(w, kind), &err) < 0)
            return cli_fail(p->self, EXIT_FAILED, &err);
    while (format && transcript_formats[as] && strcmp(format, transcript_formats[as]) != 0)
        as++;
    if (!transcript_formats[as])
        return cli_usage_error(p->self, format, "is none of text, json and hex");
    if (path && settings->connections)
        return cli_usage_error(p->self, "--transcript", "is of one session, not of several");
    if (p->program && settings->connections)
        return cli_usage_error(p->self, "--program", "is of one session, not of several");
    if (settings->connections)
        return EXIT_DONE;
    if ((path &&
         transcript_create(path, (enum transcript_format)as, &p->transcript, &err) < 0) ||
        expect_of_settings(settings, &p->expect, &err) < 0)
        return cli_fail(p->self, EXIT_FAILED, &err);
    return EXIT_DONE;
}

static int connect_run(const struct subcommand *self, const struct probes *probes, int argc,
                       char **argv)
{
    static struct pump p;
    const char *path = NULL, *format = NULL;
    bool no_half_close = false, no_stdin = false, wants_stdin = false;
    const struct cli_option options[] = {
        {"--json", &p.json, NULL},       {"--no-half-close", &no_half_close, NULL},
        {"--no-stdin", &no_stdin, NULL}, {"--stdin", &wants_stdin, NULL},
        {"--verbose", &p.verbose, NULL}, {"-v", &p.verbose, NULL},
        {"--transcript", NULL, &path},   {"--transcript-format", NULL, &format},
        {"--program", NULL, &p.program}, {NULL, NULL, NULL}};
    struct command command;
    struct err err = {0};
    int status = 0;
    int n = cli_options(self, options, argc, argv, &status);

    (void)probes;
    p.self = self;
    if (n < 0)
        return status;
    n = take_dash(n, argv, &wants_stdin);
    if (command_parse_words((size_t)n + 1, argv, &command, &err) < 0)
        return cli_fail(self, EXIT_USAGE, &err);
    if (no_half_close && command.connect.linger_ns)
        return cli_usage_error(self, "--linger",
                               "begins at the half-close, which --no-half-close leaves out: "
                               "--idle-timeout needs none");
    status = check_stdout(&p);
    if (status == EXIT_DONE)
        status = cli_check_proxy(self, &command);
    if (status == EXIT_DONE)
        status = prepare(&p, &command.connect, path, format);
    if (status != EXIT_DONE)
        return status;
    if (command.connect.connections)
        return connect_many(self, &command, p.json, p.verbose);
    p.half_close = !no_half_close;
    /* With something else to send, nobody waits for a person to type. */
    p.stdin_ended =
        no_stdin || (!wants_stdin && command.connect.messages.used && isatty(STDIN_FILENO));
    return one_session(&p, &command);
}

static void more_help(void)
{
    puts("\nWhat --send, --hex and --file give is sent first, then what stdin has; a terminal "
         "is\n"
         "read only with --stdin or - when one of them is given.  Of a pipe one read of 16 KiB "
         "at\n"
         "most is a datagram, of a terminal a line.\n"
         "Received bytes go to stdout unchanged; to a terminal they go sanitized.\n"
         "The session ends when the peer closes it, a signal comes or --idle-timeout is over, "
         "which\n"
         "is said, with 0.  Where what came back is not what was expected it ends with 1.\n"
         "--connections reads no stdin; with nothing to send it sends \"Message 1 from "
         "client.\"\n"
         "and \"Message 2 from client.\".  What became of all of them is said on stdout.");
}

const struct subcommand connect_subcommand = {
    .name = "connect",
    .arguments = "ENDPOINT [-] [--OPTION ...]",
    .summary = "A session on stdin and stdout.",
    .help =
        "  ENDPOINT                   tcp://HOST:PORT, HOST:PORT or HOST PORT; IPv6 as "
        "[::1]:80;\n"
        "                             tls://, udp://, unix:/PATH, unix-dgram:, "
        "unix-seqpacket:\n"
        "  --json                     one object a line for every event, received bytes too\n"
        "  -v, --verbose              the socket calls as they are made, as strace writes "
        "them,\n"
        "                             and when each step was reached\n"
        "  --no-half-close            the end of stdin sends no FIN\n"
        "  --no-stdin                 as if stdin were empty\n"
        "  --transcript PATH          write what is sent and received, and when\n"
        "  --transcript-format FORM   text (default), json (for --replay) or hex\n"
        "  --program PATH             write a program that repeats the session and says what "
        "differs:\n"
        "                             PATH.c in C, else in Python\n"
        "  --stdin, -                 read stdin, whatever else is to be sent\n",
    .verb = &verbs[VERB_CONNECT],
    .more_help = more_help,
    .run = connect_run,
};
