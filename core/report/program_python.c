/* A session as a program in Python 3, standard library only. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "core/base/mem.h"
#include "core/model/call_words.h"
#include "core/net/options.h"
#include "core/report/journal_python.h"
#include "core/report/program.h"

static const char helpers[] =
    "import errno\n"
    "import os\n"
    "import select\n"
    "import socket\n"
    "import sys\n"
    "\n"
    "WAIT_S = 10         # for the peer's bytes, or for room to send\n"
    "CLIENT_WAIT_S = 60  # for somebody to connect\n"
    "calls = different = 0\n"
    "\n"
    "\n"
    "def finish():\n"
    "    print(f\"{calls} calls, \" + (f\"{different} of them other than then\" if different\n"
    "                               else \"each gave what it gave then\"))\n"
    "    sys.exit(1 if different else 0)\n"
    "\n"
    "\n"
    "def tell(call, then, now):\n"
    "    global calls, different\n"
    "    calls += 1\n"
    "    different += then != now\n"
    "    print(f\"same    {call}: {now}\" if then == now else\n"
    "          f\"DIFFERS {call}: {now}; then {then}\", flush=True)\n"
    "\n"
    "\n"
    "def name_of(error):\n"
    "    return errno.errorcode.get(error.errno, str(error))\n"
    "\n"
    "\n"
    "def wait(sock, events, seconds=WAIT_S):\n"
    "    poll = select.poll()\n"
    "    poll.register(sock, events)\n"
    "    if not poll.poll(seconds * 1000):\n"
    "        tell(\"poll\", \"something\", f\"nothing for {seconds} s\")\n"
    "        finish()\n"
    "\n"
    "\n"
    "def make(call, then, function):\n"
    "    result, now = None, \"done\"\n"
    "    try:\n"
    "        result = function()\n"
    "    except OSError as error:\n"
    "        now = name_of(error)\n"
    "    tell(call, then, now)\n"
    "    if now != then and call in (\"socket\", \"bind\", \"listen\"):\n"
    "        finish()\n"
    "    return result\n"
    "\n"
    "\n"
    "def connect(sock, then, address):\n"
    "    \"\"\"Begins; whether it is done at once is a matter of the moment.\"\"\"\n"
    "    now = \"done\"\n"
    "    try:\n"
    "        sock.connect(address)\n"
    "    except OSError as error:\n"
    "        now = name_of(error)\n"
    "    begun = (\"done\", \"EINPROGRESS\")\n"
    "    tell(f\"connect {address}\", then, then if then in begun and now in begun else now)\n"
    "\n"
    "\n"
    "def error_of(sock, then):\n"
    "    wait(sock, select.POLLOUT)\n"
    "    error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)\n"
    "    tell(\"SO_ERROR\", then, errno.errorcode.get(error, \"none\"))\n"
    "\n"
    "\n"
    "def send(sock, then, data, flags=0, to=None):\n"
    "    sent, now = 0, None\n"
    "    while now is None:\n"
    "        wait(sock, select.POLLOUT)\n"
    "        try:\n"
    "            sent += sock.send(data[sent:], flags) if to is None else \\\n"
    "                sock.sendto(data[sent:], flags, to)\n"
    "            if sent >= len(data):\n"
    "                now = f\"{sent} bytes\"\n"
    "        except BlockingIOError:\n"
    "            pass\n"
    "        except OSError as error:\n"
    "            now = name_of(error)\n"
    "    tell(\"send\", then, now)\n"
    "\n"
    "\n"
    "def receive(sock, then, expected=b\"\", length=0, flags=0):\n"
    "    \"\"\"As many bytes as came then, in however many pieces; returns who sent "
    "them.\"\"\"\n"
    "    got, sender, now = b\"\", None, None\n"
    "    while now is None:\n"
    "        wait(sock, select.POLLIN)\n"
    "        try:\n"
    "            size = 65536 if BOUNDARIES else max(1, length - len(got))\n"
    "            part, sender = sock.recvfrom(size, flags)\n"
    "        except BlockingIOError:\n"
    "            continue\n"
    "        except OSError as error:\n"
    "            now = name_of(error)\n"
    "            break\n"
    "        got += part\n"
    "        if BOUNDARIES or not part or len(got) >= length:\n"
    "            same = got[:len(expected)] == expected\n"
    "            now = f\"{len(got)} bytes\" if same else f\"{len(got)} other bytes, "
    "{got[:60]}\"\n"
    "    tell(\"receive\", then, now)\n"
    "    return sender\n"
    "\n"
    "\n"
    "def accept(sock):\n"
    "    print(f\"waiting for a client at {sock.getsockname()}\", flush=True)\n"
    "    wait(sock, select.POLLIN, CLIENT_WAIT_S)\n"
    "    made = make(\"accept\", \"done\", sock.accept)\n"
    "    if made is None:\n"
    "        finish()\n"
    "    made[0].setblocking(False)\n"
    "    return made[0]\n";

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

static void put_header(struct writing *w)
{
    fputs("#!/usr/bin/env python3\n", w->out);
    line_add(&w->line, "# ");
    code_add_comment(&w->line, w->p->title);
    line_add(&w->line, ": the socket calls that were made for it, once more.");
    put_line(w);
    program_put_remarks(w->out, w->p, "#");
}

static bool has_option(const struct call *call)
{
    return call->name == CALL_SETSOCKOPT || call->name == CALL_GETSOCKOPT;
}

/* Python's own module lacks many of them. */
static void put_constants(struct writing *w)
{
    for (size_t i = 0; i < w->p->n; i++) {
        const struct call *call = &w->p->steps[i].call;
        const struct socket_option *o = option_by_number(call->a, call->b);
        const char *level = option_level_name(call->a);

        if (!program_new_option(w->p, i))
            continue;
        if (level)
            fprintf(w->out, "%s = %d\n", level, call->a);
        if (o)
            fprintf(w->out, "%s = %d\n", o->name, call->b);
    }
    fprintf(w->out, "BOUNDARIES = %s\n", w->p->boundaries ? "True" : "False");
    if (w->p->n_peers)
        fprintf(w->out, "peers = [None] * %zu\n", w->p->n_peers);
    fputc('\n', w->out);
}

/* "done", "6 bytes", or the error: a string of Python. */
static void add_then(struct line_out *l, const struct program_step *step)
{
    const struct call *call = &step->call;

    if (call->error)
        line_add(l, "\"%s\"", err_name(call->error));
    else if (call_sends(call) || call_receives(call))
        line_add(l, "\"%llu bytes\"", (unsigned long long)program_step_length(step));
    else
        line_add(l, "\"done\"");
}

static void add_transfer(struct line_out *l, const struct program_step *step,
                         const struct call_code *c)
{
    static const struct word_style words = {"socket.", " | "};
    struct call part = step->call;
    struct call_code of_part = *c;

    /* What the kernel took of it, not what it was asked to take. */
    part.length = program_step_length(step);
    of_part.call = &part;
    if (call_receives(&part) && step->peer >= 0)
        line_add(l, "peers[%d] = ", step->peer);
    line_add(l, "%s(%s, ", call_sends(&part) ? "send" : "receive", c->socket);
    add_then(l, step);
    if (call_sends(&part)) {
        line_add(l, ", ");
        python_add_payload(l, &of_part);
    } else if (!part.error) {
        line_add(l, ", b");
        code_add_bytes(l, false, c->bytes, c->len);
        line_add(l, ", %llu", (unsigned long long)part.length);
    }
    line_add(l, ", flags=");
    call_add_flags(l, &words, part.a & ~MSG_TRUNC);
    if (call_sends(&part) && step->peer >= 0)
        line_add(l, ", to=peers[%d]", step->peer);
    else if (call_sends(&part) && part.name != CALL_SEND) {
        line_add(l, ", to=");
        python_add_address(l, c);
    }
    line_add(l, ")");
}

static void add_made(struct line_out *l, const struct program_step *step,
                     const struct call_code *c)
{
    const struct socket_option *o = option_by_number(step->call.a, step->call.b);

    if (step->call.name == CALL_SOCKET && step->socket >= 0)
        line_add(l, "s%d = ", step->socket);
    line_add(l, "make(\"%s%s%s\", ", call_name((enum call_name)step->call.name),
             has_option(&step->call) && o ? " " : "",
             has_option(&step->call) && o ? o->name : "");
    add_then(l, step);
    line_add(l, ", lambda: ");
    python_add_call(l, c);
    line_add(l, ")");
}

static void add_error(struct line_out *l, const struct program_step *step,
                      const struct call_code *c)
{
    int error = 0;

    code_int_value(&step->call, &error);
    line_add(l, "error_of(%s, \"%s\")", c->socket, error ? err_name(error) : "none");
}

static void put_step(struct writing *w, const struct program_step *step)
{
    char name[16];
    struct call_code c = {&step->call, step->bytes, step->len, name, ""};
    const struct call *call = &step->call;
    struct line_out *l = &w->line;

    snprintf(name, sizeof(name), "s%d", step->socket);
    line_add(l, "# ");
    program_add_comment(l, w->p, step);
    put_line(w);
    if (call_sends(call) || call_receives(call)) {
        add_transfer(l, step, &c);
    } else if (call->name == CALL_CONNECT) {
        line_add(l, "connect(%s, ", name);
        add_then(l, step);
        line_add(l, ", ");
        python_add_address(l, &c);
        line_add(l, ")");
    } else if (call->name == CALL_ACCEPT4 && step->made >= 0) {
        line_add(l, "s%d = accept(%s)", step->made, name);
    } else if (program_asks_error(call) && !call->error) {
        add_error(l, step, &c);
    } else {
        add_made(l, step, &c);
    }
    put_line(w);
}

void program_python(FILE *out, const struct program *p)
{
    struct writing w = {.out = out, .p = p};
    char *room = mem_new(1, JOURNAL_CODE_BYTES);

    w.line = line_in(room, JOURNAL_CODE_BYTES);
    put_header(&w);
    fputs(helpers, out);
    fputs("\n\n", out);
    put_constants(&w);
    for (size_t i = 0; i < p->n; i++)
        put_step(&w, &p->steps[i]);
    for (size_t i = p->n_sockets; i-- > 0;)
        if (p->open[i])
            fprintf(out, "s%zu.close()  # it was still open\n", i);
    if (p->file < p->n) {
        const struct program_step *step = &p->steps[p->file];
        const struct call_code c = {&step->call, step->bytes, step->len, "", ""};

        line_add(&w.line, "os.unlink(");
        python_add_address(&w.line, &c);
        line_add(&w.line, ")");
        put_line(&w);
    }
    fputs("finish()\n", out);
    free(room);
}
