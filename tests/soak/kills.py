"""kill -9 at random moments under load: what stays behind?

    tests/soak/run kills [--moments N] [--seed N] [--load WORD]

Each moment begins a load in a folder of its own, kills the program between its first act and its last,
and then looks for what must not be there: a file that is not whole, a name that nobody gave, a socket
file, a tracefs instance, a firewall rule, an interface, a namespace, a process.  Whatever the program
leaves to be done by others is waited for a short time."""

import argparse
import contextlib
import ctypes
import multiprocessing
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
from kept import faults
from terminal import Terminal, until

SOCKEYE = os.environ["SOCKEYE"]
INSTANCES = "/sys/kernel/tracing/instances"
PR_SET_CHILD_SUBREAPER = 36
END_SECONDS = 5  # of a program that is told to end
HELPERS = 0.2  # of the moments its helper is killed instead
AFTER_SECONDS = 2  # for whoever cleans up behind a process that was killed
START_SECONDS = 20
TABS = "1 Sockets +2 Sessions"
WIDE = {"rows": 40, "columns": 140}


class Load:
    """A program at work in a folder.  `saves`: the names that it was told to write, as
    kept.faults() takes them; begin() returns when the work has begun, and how long it lasts at least."""

    saves = {}

    def __init__(self, folder, rng):
        self.folder, self.rng = folder, rng
        self.stack = []

    def path(self, name):
        return os.path.join(self.folder, name)

    def environment(self):
        home = self.path("home")
        os.makedirs(home, exist_ok=True)
        return dict(
            os.environ,
            TERM="xterm-256color",
            HOME=home,
            TMPDIR=self.folder,
            XDG_CONFIG_HOME=home,
            XDG_DATA_HOME=home,
            XDG_STATE_HOME=home,
            XDG_CACHE_HOME=home,
            XDG_RUNTIME_DIR=home,
        )

    def spawn(self, *arguments, **options):
        # pylint: disable-next=consider-using-with
        process = subprocess.Popen(
            [SOCKEYE, *arguments],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=options.pop("stdout", subprocess.DEVNULL),
            stderr=options.pop("stderr", subprocess.DEVNULL),
            **options,
        )
        self.stack.append(process)
        return process

    def serve(self, service, *options, endpoint="127.0.0.1:0"):
        """A server beside the load, and where it listens."""
        server = self.spawn("serve", service, endpoint, *options, stdout=subprocess.PIPE)
        line = server.stdout.readline().decode()
        return server, re.search(r"((?:unix:\S+)|[\d.]+:\d+)$", line.strip())[1]

    def begin(self):
        raise NotImplementedError

    def victim(self):
        return self.stack[-1].pid

    def kill(self, how=signal.SIGKILL):
        os.kill(self.victim(), how)

    def end(self):
        """Of what is beside the load."""
        for process in self.stack:
            if process.poll() is None:
                process.terminate()
            process.wait()
            if process.stdout:
                process.stdout.close()

    def judge(self):
        return []


class Console(Load):
    """Everything at once: servers, one of them on a path, sessions, a flood, capture, kernel events,
    and files written one after the other."""

    saves = {
        "a.pcapng": "whole", "b.pcap": "whole", "stream.txt": "whole", "ladder.html": "whole",
        "row.json": "whole", "series.csv": "whole", "chart.svg": "whole", "session.py": "whole",
        "session.c": "whole", "talk.jsonl": "whole", "place.json": "whole",
        "sockeye": None, "home": None, "history": None, "state.json": None, "workspace.json": None,
    }
    COMMANDS = [
        "save packets a.pcapng", "save packets b.pcap", "save stream stream.txt text",
        "save ladder ladder.html html", "save row row.json", "save series series.csv",
        "save chart chart.svg", "save program session.py", "save program session.c",
        "save-transcript talk.jsonl json", "workspace save place.json",
        "connect 127.0.0.1:{port}", "connect unix:{folder}/server", "close 2",
        "serve echo unix:{folder}/another", "stop 3", "serve discard unix:{folder}/third",
    ]

    def command(self, text):
        self.terminal.type(":" + text + "\r")

    def begin(self):
        os.chdir(self.folder)
        self.terminal = Terminal([SOCKEYE], environment=self.environment(), **WIDE)
        self.terminal.wait(TABS, START_SECONDS)
        self.command("serve echo 127.0.0.1:0")
        self.terminal.wait(r"127\.0\.0\.1:\d+ .*LISTEN.*server 1", START_SECONDS)
        shown = "\n".join(self.terminal.lines())
        port = re.search(r"127\.0\.0\.1:(\d+) .*LISTEN.*server 1", shown)[1]
        self.command(f"serve echo unix:{self.folder}/server")
        self.command(f"connect 127.0.0.1:{port}")
        self.terminal.wait("ESTAB.*session", START_SECONDS)
        self.command("flood 30000000")
        self.stop = threading.Event()
        self.typist = threading.Thread(target=self.type_on, args=(port,))
        self.typist.start()
        return 2.5

    def type_on(self, port):
        while not self.stop.is_set():
            for text in self.rng.sample(self.COMMANDS, len(self.COMMANDS)):
                if self.stop.wait(0.03):
                    return
                try:
                    self.command(text.format(port=port, folder=self.folder))
                    self.terminal.type("\x1b")
                except (OSError, AssertionError):
                    return  # it was killed between two keys

    def victim(self):
        return self.terminal.pid

    def kill(self, how=signal.SIGKILL):
        super().kill(how)
        self.terminal.wait_end()
        self.stop.set()
        self.typist.join()

    def judge(self):
        """Whoever took the terminal's modes must have given them back; what was drawn as well."""
        output = self.terminal.output
        until(lambda: b"\x1b[?1049l" in output(), AFTER_SECONDS)
        if b"\x1b[?1049l" not in output():
            yield "the terminal: the alternate screen was not left"
        if output().rfind(b"\x1b[?25h") < output().rfind(b"\x1b[?25l"):
            yield "the terminal: the cursor stays hidden"
        if termios.tcgetattr(self.terminal.slave) != self.terminal.modes:
            yield "the terminal: its modes stay"

    def end(self):
        self.stop.set()
        self.typist.join()
        self.terminal.close()
        super().end()


def traffic(stop, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        while not stop.is_set():
            for _ in range(100):
                try:
                    s.sendto(b"x" * 700, ("127.0.0.1", port))
                except OSError:
                    pass
            time.sleep(0.002)


class Flooded(Load):
    """A load with packets on loopback."""

    def begin(self):
        self.stop = threading.Event()
        self.sender = threading.Thread(target=traffic, args=(self.stop, 9), daemon=True)
        self.sender.start()
        return self.begin_work()

    def end(self):
        self.stop.set()
        self.sender.join()
        super().end()


class Capture(Flooded):
    """A capture that goes on: its file grows record by record."""

    saves = {"live.pcap": "growing", "live.pcapng": "growing"}

    def begin_work(self):
        name = self.rng.choice(sorted(self.saves))
        self.spawn("capture", "-i", "lo", "-w", name, "udp port 9")
        until(lambda: os.path.exists(self.path(name)) and os.path.getsize(self.path(name)), START_SECONDS)
        return 1.0


class Conversion(Flooded):
    """From one recording into another."""

    saves = {"in.pcapng": None, "out.pcap": "whole", "out.pcapng": "whole"}

    def begin_work(self):
        self.spawn("capture", "-i", "lo", "-c", "40000", "-w", "in.pcapng", "udp port 9").wait()
        out = self.rng.choice(["out.pcap", "out.pcapng"])
        self.spawn("capture", "-r", "in.pcapng", "-w", out)
        return 0.15


class Sockets(Load):
    """A table of the host's sockets into a file."""

    saves = {"table.json": "whole"}

    def begin(self):
        self.spawn("sockets", "-a", "--save", "table.json").wait()
        self.spawn("sockets", "-a", "--save", "table.json")
        return 0.03


class Watch(Load):
    """What opens and closes, by the kernel's events."""

    def begin(self):
        _, at = self.serve("echo")
        self.spawn("load", "--as", "connect", "-c", "4", "-d", "30", "--quiet", at)
        self.spawn("sockets", "--watch", "-t")
        return 0.6


class Why(Load):
    """A page, its packets, and a bundle."""

    saves = {
        "why.html": "whole", "why.pcapng": "whole", "bundle.tar": "whole", "bundle": None,
        "packets.pcapng": "whole", "why.json": "whole", "rows.json": "whole", "report.html": "whole",
    }

    def begin(self):
        what = self.rng.choice(["--report=why.html", "--bundle=bundle.tar", "--bundle=bundle"])
        self.spawn("why", *what.split("="), "127.0.0.1:1")
        return 0.25


class WhyProgram(Load):
    """A program of somebody else's that is watched."""

    saves = {"told.txt": None}

    def begin(self):
        _, at = self.serve("echo")
        host, port = at.split(":")
        script = (
            "import socket,sys\nfor i in range(400):\n"
            f" s=socket.create_connection(('{host}',{port}));s.sendall(b'x');s.recv(1);s.close()"
        )
        self.spawn("why", "--output", "told.txt", "--", sys.executable, "-c", script)
        return 0.6


class Serve(Load):
    """A server on a path, with clients."""

    def begin(self):
        server, at = self.serve("echo", endpoint=f"unix:{self.folder}/server")
        self.spawn("load", "-c", "8", "-d", "30", "--quiet", at)
        self.stack.append(self.stack.pop(0))
        return 0.5


class Sink(Load):
    """What clients send, into a file of its own for each."""

    saves = {"into": "anything"}

    def begin(self):
        os.mkdir(self.path("into"))
        server, at = self.serve("file-sink", "--directory", "into")
        self.spawn("load", "--as", "send", "-c", "4", "-d", "30", "--quiet", at)
        self.stack.append(self.stack.pop(0))
        return 0.4


class Connect(Load):
    """A session that is written down, and a program that repeats it."""

    saves = {"talk.jsonl": "growing", "again.py": "whole"}

    def begin(self):
        _, at = self.serve("chargen")
        self.spawn(
            "connect", at, "--no-stdin", "--transcript", "talk.jsonl", "--transcript-format", "json",
            "--program", "again.py",
        )
        return 0.5


LOADS = [Console, Capture, Conversion, Sockets, Watch, Why, WhyProgram, Serve, Sink, Connect]
OFTEN = [Console] * 4 + [Capture, Conversion, Sockets, Watch, Why, Why, WhyProgram, Serve, Sink, Connect]


# ---- what is the host's ------------------------------------------------------------------------


def instances(pid):
    """Of tracefs, that this process made."""
    try:
        return [name for name in os.listdir(INSTANCES) if re.match(rf"sockeye-{pid}(\D|$)", name)]
    except OSError:
        return []


def host():
    """What the network namespace holds, in words that can be compared."""
    said = []
    for argv in (["nft", "list", "ruleset"], ["ip", "-o", "link"], ["ip", "netns"], ["ip", "rule"]):
        if shutil.which(argv[0]):
            said.append(subprocess.run(argv, capture_output=True, text=True, check=False).stdout)
    return said


def orphans():
    """Processes that a killed one has left, which are this one's now."""
    gone = True
    while gone:
        try:
            gone = os.waitpid(-1, os.WNOHANG)[0]
        except ChildProcessError:
            return []
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as children:
        pids = children.read().split()
    names = []
    for pid in pids:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as line:
            names.append(line.read().replace("\0", " ").strip()[:60])
    return names


def left_behind(load, pid, before):
    """Waits for whoever cleans up, then says what it has left."""

    def found():
        try:
            wrong = list(faults(load.folder, {"home": None, **load.saves}))
        except FileNotFoundError:
            return ["something is going just now"]
        return wrong + [f"the tracefs instance {name} stays" for name in instances(pid)]

    clean = until(lambda: not found(), AFTER_SECONDS, 0.05)
    return [] if clean else found() + ([] if host() == before else ["the host's network is another"])


def children(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split()]
    return []


def name_of(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/comm", encoding="ascii") as comm:
        return comm.read().strip()
    return ""


def helper_of(pid):
    return next((child for child in children(pid) if name_of(child) == "sockeye-helper"), None)


def kill_helper(load, pid, helper, rng):
    """It goes on without its helper, and ends when it is told to, as it should."""
    os.kill(helper, signal.SIGKILL)
    over = lambda: name_of(pid) != "sockeye" or state_of(pid) == "Z"
    before = over()
    time.sleep(rng.uniform(0, 0.5))
    load.kill(signal.SIGTERM)
    if not before and not until(over, END_SECONDS, 0.02):
        load.kill()
        return ["it does not end without its helper"]
    return []


def state_of(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0]
    return "Z"


# ---- a moment ----------------------------------------------------------------------------------


def moment(seed, number, kinds):
    """One kill; (kind, seconds after its beginning, what stays)."""
    rng = random.Random(f"{seed}/{number}")
    kind = rng.choice(kinds)
    folder = tempfile.mkdtemp(prefix="moment.")
    load = kind(folder, rng)
    before, what = host(), kind.__name__
    try:
        at = rng.uniform(0, load.begin())
        time.sleep(at)
        pid = load.victim()
        helper = helper_of(pid) if rng.random() < HELPERS else None
        wrong = kill_helper(load, pid, helper, rng) if helper else []
        if helper:
            what += "'s helper"
        else:
            load.kill()
        wrong += left_behind(load, pid, before) + list(load.judge())
    finally:
        load.end()
    if not until(lambda: not orphans(), AFTER_SECONDS, 0.05):
        wrong += [f"the process stays: {name}" for name in orphans()]
    for name in instances(pid):
        with contextlib.suppress(OSError):  # another moment's program has just removed it
            os.rmdir(os.path.join(INSTANCES, name))
    shutil.rmtree(folder)
    return what, at, wrong


def apart(arguments):
    """In a process of its own, whose orphans are its own."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    try:
        return moment(*arguments)
    except Exception as error:  # of the harness or of a load that never began
        said = "".join(traceback.format_exception(error)[-3:])
        return "?", 0.0, [f"{arguments[1]} could not be made: {said}"]


def moments(seed, count, words=(), jobs=2):
    """(number, kind, at, what stays) of each, as they come to be."""
    kinds = [kind for kind in OFTEN if not words or any(w in kind.__name__.lower() for w in words)]
    arguments = [(seed, number, kinds) for number in range(count)]
    context = multiprocessing.get_context("fork")
    with context.Pool(jobs, maxtasksperchild=1) as pool:
        for number, result in enumerate(pool.imap(apart, arguments)):
            yield (number, *result)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--moments", type=int, default=200)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--seed", default=str(int(time.time())))
    parser.add_argument("--load", action="append", default=[])
    options = parser.parse_args()
    begin, bad, kinds = time.monotonic(), 0, {}
    for number, kind, at, wrong in moments(options.seed, options.moments, options.load):
        kinds[kind] = kinds.get(kind, 0) + 1
        bad += bool(wrong)
        for line in wrong:
            print(f"kills: moment {number}, {kind} after {at:.3f} s: {line}", flush=True)
    each = ", ".join(f"{name} {n}" for name, n in sorted(kinds.items()))
    print(
        f"kills: {options.moments} moments ({each}), {bad} left something behind;"
        f" seed {options.seed}, {time.monotonic() - begin:.0f} s"
    )
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
