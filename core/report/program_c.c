/* A session as a program in C, for Linux and its C library. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/mem.h"
#include "core/model/call_words.h"
#include "core/net/options.h"
#include "core/report/journal_c.h"
#include "core/report/program.h"

static const char beginning[] = "#define _GNU_SOURCE\n"
                                "#include <arpa/inet.h>\n"
                                "#include <errno.h>\n"
                                "#include <fcntl.h>\n"
                                "#include <netinet/in.h>\n"
                                "#include <netinet/tcp.h>\n"
                                "#include <netinet/udp.h>\n"
                                "#include <poll.h>\n"
                                "#include <stdio.h>\n"
                                "#include <stdlib.h>\n"
                                "#include <string.h>\n"
                                "#include <sys/socket.h>\n"
                                "#include <sys/un.h>\n"
                                "#include <unistd.h>\n"
                                "\n";

/* A program has the functions that it calls and no others: unused ones are warned of. */
enum need {
    NEED_ALWAYS = 0,
    NEED_CHECK = 1 << 0,
    NEED_CONNECT = 1 << 1,
    NEED_ERROR = 1 << 2,
    NEED_SEND = 1 << 3,
    NEED_RECEIVE = 1 << 4,
    NEED_ACCEPT = 1 << 5,
};

#define NEED_WAIT (NEED_ERROR | NEED_SEND | NEED_RECEIVE | NEED_ACCEPT)

static const struct {
    unsigned need; /* any of these */
    const char *text;
} helpers[] = {
    {NEED_WAIT, "#define WAIT_S 10 /* for the peer's bytes, or for room to send */\n"},
    {NEED_ACCEPT, "#define CLIENT_WAIT_S 60 /* for somebody to connect */\n"},
    {NEED_ALWAYS,
     "\n"
     "static int calls, different;\n"
     "\n"
     "static void finish(void)\n"
     "{\n"
     "    if (different)\n"
     "        printf(\"%d calls, %d of them other than then\\n\", calls, different);\n"
     "    else\n"
     "        printf(\"%d calls, each gave what it gave then\\n\", calls);\n"
     "    exit(different ? 1 : 0);\n"
     "}\n"
     "\n"
     "static void tell(const char *call, int same, const char *now, const char *then)\n"
     "{\n"
     "    calls++;\n"
     "    different += !same;\n"
     "    if (same)\n"
     "        printf(\"same    %s: %s\\n\", call, now);\n"
     "    else\n"
     "        printf(\"DIFFERS %s: %s; then %s\\n\", call, now, then);\n"
     "    fflush(stdout);\n"
     "}\n"
     "\n"
     "static const char *outcome(int error)\n"
     "{\n"
     "    return error ? strerror(error) : \"done\";\n"
     "}\n"
     "\n"},
    {NEED_CHECK,
     "static int check(const char *call, int then, int result)\n"
     "{\n"
     "    int now = result < 0 ? errno : 0;\n"
     "\n"
     "    tell(call, now == then, outcome(now), outcome(then));\n"
     "    if (now != then && (!strcmp(call, \"socket\") || !strcmp(call, \"bind\") ||\n"
     "                        !strcmp(call, \"listen\")))\n"
     "        finish();\n"
     "    return result;\n"
     "}\n"
     "\n"},
    {NEED_CONNECT,
     "/* Begins; whether it is done at once is a matter of the moment. */\n"
     "static void connected(int then, int result)\n"
     "{\n"
     "    int now = result < 0 ? errno : 0;\n"
     "    int begun = (!now || now == EINPROGRESS) && (!then || then == EINPROGRESS);\n"
     "\n"
     "    tell(\"connect\", begun || now == then, outcome(now), outcome(then));\n"
     "}\n"
     "\n"},
    {NEED_WAIT, "static void wait_for(int fd, short events, int seconds)\n"
                "{\n"
                "    struct pollfd p = {.fd = fd, .events = events};\n"
                "\n"
                "    if (poll(&p, 1, seconds * 1000) > 0)\n"
                "        return;\n"
                "    tell(\"poll\", 0, \"nothing came in time\", \"something\");\n"
                "    finish();\n"
                "}\n"
                "\n"},
    {NEED_ERROR, "static void error_of(int fd, int then)\n"
                 "{\n"
                 "    int now = 0;\n"
                 "    socklen_t len = sizeof(now);\n"
                 "\n"
                 "    wait_for(fd, POLLOUT, WAIT_S);\n"
                 "    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &now, &len) < 0)\n"
                 "        now = errno;\n"
                 "    tell(\"SO_ERROR\", now == then, outcome(now), outcome(then));\n"
                 "}\n"
                 "\n"},
    {NEED_SEND | NEED_RECEIVE,
     "static void tell_bytes(const char *call, int then, size_t len, int now, size_t moved,\n"
     "                       int other)\n"
     "{\n"
     "    char a[64], b[64];\n"
     "\n"
     "    snprintf(a, sizeof(a), \"%zu %sbytes\", moved, other ? \"other \" : \"\");\n"
     "    snprintf(b, sizeof(b), \"%zu bytes\", len);\n"
     "    tell(call, now == then && !other && (now || moved == len), now ? strerror(now) : a,\n"
     "         then ? strerror(then) : b);\n"
     "}\n"
     "\n"},
    {NEED_SEND,
     "/* The first `kept` of len bytes; zeros stand for the others. */\n"
     "static void send_all(int fd, int then, const void *bytes, size_t kept, size_t len,\n"
     "                     int flags, const struct sockaddr *to, socklen_t to_len)\n"
     "{\n"
     "    char *all = calloc(1, len + 1);\n"
     "    size_t sent = 0;\n"
     "    int now = 0;\n"
     "    ssize_t n;\n"
     "\n"
     "    if (!all)\n"
     "        abort();\n"
     "    memcpy(all, bytes, kept);\n"
     "    do {\n"
     "        wait_for(fd, POLLOUT, WAIT_S);\n"
     "        n = sendto(fd, all + sent, len - sent, flags, to, to_len);\n"
     "        if (n >= 0)\n"
     "            sent += (size_t)n;\n"
     "        else if (errno != EAGAIN && errno != EINTR)\n"
     "            now = errno;\n"
     "    } while (!now && (n < 0 || sent < len));\n"
     "    free(all);\n"
     "    tell_bytes(\"send\", then, len, now, sent, 0);\n"
     "}\n"
     "\n"},
    {NEED_RECEIVE, "/* As many bytes as came then, in however many pieces. */\n"
                   "static void receive(int fd, int then, const void *bytes, size_t kept, "
                   "size_t len, int flags,\n"
                   "                    struct sockaddr_storage *from, socklen_t *from_len)\n"
                   "{\n"
                   "    size_t room = BOUNDARIES || len < 1 ? 65536 : len, got = 0;\n"
                   "    char *all = malloc(room);\n"
                   "    int now = 0;\n"
                   "    ssize_t n;\n"
                   "\n"
                   "    if (!all)\n"
                   "        abort();\n"
                   "    do {\n"
                   "        wait_for(fd, POLLIN, WAIT_S);\n"
                   "        *from_len = sizeof(*from);\n"
                   "        n = recvfrom(fd, all + got, room - got, flags, (struct sockaddr "
                   "*)from, from_len);\n"
                   "        if (n > 0)\n"
                   "            got += (size_t)n;\n"
                   "        else if (n < 0 && errno != EAGAIN && errno != EINTR)\n"
                   "            now = errno;\n"
                   "    } while (!now && (n < 0 || (n > 0 && got < len && !BOUNDARIES)));\n"
                   "    tell_bytes(\"receive\", then, len, now, got,\n"
                   "               memcmp(all, bytes, kept < got ? kept : got) != 0);\n"
                   "    free(all);\n"
                   "}\n"
                   "\n"},
    {NEED_ACCEPT,
     "static int accept_one(int fd, int flags)\n"
     "{\n"
     "    struct sockaddr_storage at;\n"
     "    socklen_t len = sizeof(at);\n"
     "    int made;\n"
     "\n"
     "    if (getsockname(fd, (struct sockaddr *)&at, &len) == 0 &&\n"
     "        (at.ss_family == AF_INET || at.ss_family == AF_INET6))\n"
     "        printf(\"waiting for a client at port %d\\n\",\n"
     "               ntohs(((struct sockaddr_in *)&at)->sin_port));\n"
     "    fflush(stdout);\n"
     "    wait_for(fd, POLLIN, CLIENT_WAIT_S);\n"
     "    made = accept4(fd, NULL, NULL, flags);\n"
     "    tell(\"accept4\", made >= 0, made < 0 ? strerror(errno) : \"done\", \"done\");\n"
     "    if (made < 0)\n"
     "        finish();\n"
     "    return made;\n"
     "}\n"
     "\n"},
};

struct writing {
    FILE *out;
    const struct program *p;
    struct line_out line;
};

static void put_line(struct writing *w)
{
    fprintf(w->out, "%s\n", w->line.buf);
    w->line = line_in(w->line.buf, w->line.size);
}

static enum need need_of(const struct program_step *step)
{
    const struct call *call = &step->call;

    return call_sends(call)                                ? NEED_SEND
           : call_receives(call)                           ? NEED_RECEIVE
           : call->name == CALL_CONNECT                    ? NEED_CONNECT
           : call->name == CALL_ACCEPT4 && step->made >= 0 ? NEED_ACCEPT
           : program_asks_error(call) && !call->error      ? NEED_ERROR
                                                           : NEED_CHECK;
}

static unsigned needs_of(const struct program *p)
{
    unsigned needs = 0;

    for (size_t i = 0; i < p->n; i++)
        needs |= need_of(&p->steps[i]);
    return needs;
}

static void put_header(struct writing *w)
{
    line_add(&w->line, "/* ");
    code_add_comment(&w->line, w->p->title);
    line_add(&w->line, ": the socket calls that were made for it, once more.");
    put_line(w);
    program_put_remarks(w->out, w->p, " *");
    fputs(" */\n", w->out);
}

static void put_constant(FILE *out, const char *name, int value)
{
    fprintf(out, "#ifndef %s\n#define %s %d\n#endif\n", name, name, value);
}

/* A C library that is older than the kernel lacks some. */
static void put_constants(struct writing *w)
{
    for (size_t i = 0; i < w->p->n; i++) {
        const struct call *call = &w->p->steps[i].call;
        const struct socket_option *o = option_by_number(call->a, call->b);
        const char *level = option_level_name(call->a);

        if (!program_new_option(w->p, i))
            continue;
        if (level)
            put_constant(w->out, level, call->a);
        if (o)
            put_constant(w->out, o->name, call->b);
    }
}

static void put_helpers(struct writing *w)
{
    unsigned needs = needs_of(w->p);

    fputs(beginning, w->out);
    put_constants(w);
    if (needs & NEED_RECEIVE)
        fprintf(w->out, "#define BOUNDARIES %d /* 1: of datagrams, 0: of a stream */\n",
                w->p->boundaries);
    for (size_t i = 0; i < sizeof(helpers) / sizeof(helpers[0]); i++)
        if (!helpers[i].need || needs & helpers[i].need)
            fputs(helpers[i].text, w->out);
}

/* An errno by its name; 0 where there was none. */
static void add_then(struct line_out *l, int error)
{
    const char *name = err_name(error);

    if (error && strncmp(name, "errno", 5) != 0)
        line_add(l, "%s", name);
    else
        line_add(l, "%d", error);
}

static void add_transfer(struct line_out *l, const struct program_step *step,
                         const struct call_code *c)
{
    static const struct word_style words = {"", " | "};
    const struct call *call = &step->call;
    bool sends = call_sends(call);

    line_add(l, "%s(%s, ", sends ? "send_all" : "receive", c->socket);
    add_then(l, call->error);
    line_add(l, ", ");
    code_add_bytes(l, true, c->bytes, c->len);
    line_add(l, ", %zu, %llu, ", c->len, (unsigned long long)program_step_length(step));
    call_add_flags(l, &words, call->a & ~MSG_TRUNC);
    line_add(l, ", ");
    if (step->peer >= 0 || !sends)
        line_add(l,
                 sends ? "(struct sockaddr *)&peers[%d], peer_lens[%d]"
                       : "&peers[%d], &peer_lens[%d]",
                 step->peer < 0 ? 0 : step->peer, step->peer < 0 ? 0 : step->peer);
    else if (call->name == CALL_SEND)
        line_add(l, "NULL, 0");
    else
        c_add_address(l, c);
    line_add(l, ")");
}

static void add_check(struct line_out *l, const struct program_step *step,
                      const struct call_code *c)
{
    const struct call *call = &step->call;

    if (call->name == CALL_SOCKET && step->socket >= 0)
        line_add(l, "s%d = ", step->socket);
    line_add(l, "check(\"%s\", ", call_name((enum call_name)call->name));
    add_then(l, call->error);
    line_add(l, ", ");
    c_add_call(l, c);
    line_add(l, ")");
}

static void add_error(struct line_out *l, const struct program_step *step,
                      const struct call_code *c)
{
    int error = 0;

    code_int_value(&step->call, &error);
    line_add(l, "error_of(%s, ", c->socket);
    add_then(l, error);
    line_add(l, ")");
}

static void put_step(struct writing *w, const struct program_step *step)
{
    static const struct word_style words = {"", " | "};
    char name[16];
    struct call_code c = {&step->call, step->bytes, step->len, name, ""};
    struct line_out *l = &w->line;

    snprintf(name, sizeof(name), "s%d", step->socket);
    line_add(l, "    /* ");
    program_add_comment(l, w->p, step);
    line_add(l, " */");
    put_line(w);
    line_add(l, "    ");
    switch (need_of(step)) {
    case NEED_SEND:
    case NEED_RECEIVE:
        add_transfer(l, step, &c);
        break;
    case NEED_CONNECT:
        line_add(l, "connected(");
        add_then(l, step->call.error);
        line_add(l, ", ");
        c_add_call(l, &c);
        line_add(l, ")");
        break;
    case NEED_ACCEPT:
        line_add(l, "s%d = accept_one(%s, ", step->made, name);
        call_add_type_flags(l, &words, step->call.a);
        line_add(l, ")");
        break;
    case NEED_ERROR:
        add_error(l, step, &c);
        break;
    default:
        add_check(l, step, &c);
        break;
    }
    line_add(l, ";");
    put_line(w);
}

static bool asks(const struct program *p, enum call_name name)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->steps[i].call.name == name &&
            !(program_asks_error(&p->steps[i].call) && !p->steps[i].call.error))
            return true;
    return false;
}

static void put_variables(struct writing *w)
{
    const struct program *p = w->p;
    size_t peers = p->n_peers ? p->n_peers : 1;

    for (size_t i = 0; i < p->n_sockets; i++)
        fprintf(w->out, "    int s%zu = -1;\n", i);
    if (needs_of(p) & NEED_RECEIVE)
        fprintf(w->out,
                "    struct sockaddr_storage peers[%zu];\n    socklen_t peer_lens[%zu];\n",
                peers, peers);
    if (asks(p, CALL_GETSOCKOPT))
        fputs("    char value[512];\n", w->out);
    if (asks(p, CALL_GETSOCKNAME))
        fputs("    struct sockaddr_storage name;\n", w->out);
    fputc('\n', w->out);
}

static void put_end(struct writing *w)
{
    const struct program *p = w->p;

    for (size_t i = p->n_sockets; i-- > 0;)
        if (p->open[i])
            fprintf(w->out, "    close(s%zu); /* it was still open */\n", i);
    if (p->file < p->n) {
        line_add(&w->line, "    unlink(");
        code_add_bytes(&w->line, true, p->steps[p->file].bytes, p->steps[p->file].len);
        line_add(&w->line, ");");
        put_line(w);
    }
    fputs("    finish();\n}\n", w->out);
}

void program_c(FILE *out, const struct program *p)
{
    struct writing w = {.out = out, .p = p};
    char *room = mem_new(1, JOURNAL_CODE_BYTES);

    w.line = line_in(room, JOURNAL_CODE_BYTES);
    put_header(&w);
    put_helpers(&w);
    fputs("int main(void)\n{\n", out);
    put_variables(&w);
    for (size_t i = 0; i < p->n; i++)
        put_step(&w, &p->steps[i]);
    put_end(&w);
    free(room);
}
