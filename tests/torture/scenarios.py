"""What the program is doing while its calls fail.

PORT in a word is that of the scenario's peer, CAPTURES the folder of the recordings of interop/.
"""

import atexit
import contextlib
import functools
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

import torture
from terminal import Terminal, until

OLD = b"what was saved before\n"
CAPTURES = os.path.join(torture.ROOT, "tests", "interop", "captures")


class Scenario:
    """A subcommand with pipes for its input and output.

    saves are files it writes in place of older ones: each is whole, old or new, in the end.
    streams are written piece by piece and may end early, where that is said.
    """

    peer = None
    status = 0
    seconds = 10
    input = b""
    saves = ()
    saves_json = False
    streams = ()
    root = False
    varies = rb"^$(?!\n)"  # lines that may be others, more or fewer
    given = {}  # files that are there, by name

    def __init__(self, name, *words, **more):
        self.name, self.words = name, words
        for key, value in more.items():
            setattr(self, key, value)

    def missing(self):
        """Why it cannot run here."""
        if self.root and os.environ.get("E2E_NETWORK") != "own":
            return "needs root"
        return None

    def prepare(self, folder):
        for name in self.saves:
            with open(os.path.join(folder, name), "wb") as file:
                file.write(OLD)
        for name, content in self.given.items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)

    def command(self, peer):
        port = str(peer.port) if peer else ""
        words = (w.replace("PORT", port).replace("CAPTURES", CAPTURES) for w in self.words)
        return [*torture.wrapper, torture.PROGRAM, *words]

    def start(self, run, folder, peer, environment):
        process = subprocess.Popen(
            self.command(peer),
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        torture.finish(run, process, self.seconds, self.input)

    def shape(self, out):
        """The output without what is another in each run."""
        kept = [line for line in out.splitlines(True) if not re.search(self.varies, line)]
        numbers = re.sub(rb"[0-9][0-9,.]*( [KMG]i?B)?", b"0", b"".join(kept))
        return re.sub(rb"  +", b"  ", numbers)  # they are as wide as it takes

    def same(self, out, before):
        """Does it tell what it told when nothing failed?"""
        return self.shape(out) == self.shape(before)

    def forgives(self, run):
        """Nothing else could be done."""
        return False

    def whole(self, now, before, told):
        """A saved file: what is missing in it was told."""
        return self.same(now, before) or (told and self.saves_json and is_json(now))

    def judge(self, run, base):
        found = []
        if "--json" in self.words and not torture.told(run, base) and not is_json(run.out):
            found.append("what it prints is no JSON")
        for name in sorted(set(run.files) - set(base.files)):
            found.append(f"{name} is left behind")
        for name in self.saves:
            now = run.files.get(name)
            if now is None:
                found.append(f"{name} was there before and is gone")
            elif now != OLD and not self.whole(now, base.files[name], torture.told(run, base)):
                found.append(f"{name} is neither the old one nor the new one")
            elif now == OLD and not torture.told(run, base):
                found.append(f"{name} was not saved, and no word why")
        for name in self.streams:
            found += whole_pcap(name, run.files.get(name, b""))
            short = len(run.files.get(name, b"")) < len(base.files[name])
            if short and not torture.told(run, base):
                found.append(f"{name} is shorter, and no word why")
        return found


def whole_pcap(name, content):
    """Whatever else it is, it ends behind a packet (or a block)."""
    if not content:
        return []
    at, head = 24, content[:4]
    if head == b"\n\r\r\n":
        at = 0
        while at + 12 <= len(content):
            at += max(12, struct.unpack_from("<I", content, at + 4)[0])
    else:
        while at + 16 <= len(content):
            at += 16 + struct.unpack_from("<I", content, at + 8)[0]
    return [] if at == len(content) else [f"{name} ends within a packet"]


def is_json(out):
    """One document, or one a line."""
    try:
        json.loads(out or b"0")
    except ValueError:
        try:
            return all(json.loads(line) is not None for line in out.splitlines())
        except ValueError:
            return False
    return True


class Echoed(Scenario):
    """Every byte comes back, or it is said that not."""

    def judge(self, run, base):
        found = super().judge(run, base)
        if run.status == 0 and run.out != base.out:
            found.append("bytes are lost with status 0")
        return found


class Served(Scenario):
    """A server, asked twice by a client and then told to end."""

    varies = rb"session|sessions"

    request, answer = b"hello\n", b"hello\n"

    def start(self, run, folder, peer, environment):
        with open(folder + "/../out", "w+b") as out, open(folder + "/../err", "w+b") as err:
            process = subprocess.Popen(
                self.command(peer),
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )
            read = lambda file: os.pread(file.fileno(), 1 << 20, 0)
            port = until(
                lambda: re.search(rb"127\.0\.0\.1:(\d+)", read(out) + read(err))
                or process.poll() is not None,
                self.seconds * torture.slower,
            )
            run.notes["answers"] = []
            if port and port is not True:
                for _ in range(2):
                    run.notes["answers"].append(self.ask(int(port[1]), process))
            self.wait_for_silence(out, process)
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            torture.finish(run, process, self.seconds)
            run.out, run.err = read(out), read(err)

    def wait_for_silence(self, out, process):
        """What became of the clients is told, if it is."""
        sizes = []

        def silent():
            sizes.append(os.fstat(out.fileno()).st_size)
            return process.poll() is not None or len(set(sizes[-5:])) == 1 and len(sizes) > 5

        until(silent, 3, 0.03)

    def ask(self, port, process):
        """What came back, however little; a client that waits for a dead server waits no longer."""
        got = b""
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=0.2) as client:
                client.sendall(self.request)
                client.shutdown(socket.SHUT_WR)
                end = time.monotonic() + 3
                while process.poll() is None and time.monotonic() < end:
                    try:
                        data = client.recv(65536)
                    except TimeoutError:
                        continue
                    if not data:
                        break
                    got += data
        except OSError:
            pass
        return got

    def judge(self, run, base):
        found = super().judge(run, base)
        expected = [self.shape(answer) for answer in base.notes["answers"]]
        got = [self.shape(answer) for answer in run.notes["answers"]]
        if run.status == 0 and got != expected and not torture.told(run, base):
            found.append(f"a client was not answered, and no word why: {run.notes['answers']}")
        return found


class Why(Scenario):
    """The cause is the same, or it is said that it is not known; never another one."""

    status = 1

    def same(self, out, before):
        cause = lambda text: re.search(rb'"cause":"([a-z-]+)"|^([a-z-]+) \(|^([a-z-]+), ', text, re.M)
        if not out.strip() or not cause(out):
            return False
        return cause(out)[0].split()[0] == cause(before)[0].split()[0] or b"unknown" in cause(out)[0]


class WhyProgram(Why):
    """What is said of a program goes into a file, for the program has the standard streams."""

    def missing(self):
        return "valgrind has no seccomp(2)" if torture.wrapper else super().missing()

    def start(self, run, folder, peer, environment):
        super().start(run, folder, peer, environment)
        with contextlib.suppress(FileNotFoundError), open(folder + "/told", "rb") as told:
            run.out = told.read()


class OwnServer:
    """Another sockeye, whose calls do not fail."""

    def __init__(self, *words):
        self.process = subprocess.Popen(
            [torture.PROGRAM, "serve", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.port = int(re.search(rb":(\d+)\n", self.process.stdout.readline())[1])
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def end(self):
        self.process.terminate()
        self.process.wait()

    def close(self):
        pass  # the next one asks it, too


@functools.cache
def own_server(*words):
    server = OwnServer(*words)
    atexit.register(server.end)
    return server


class Talkers:
    """Datagrams on loopback, all the time."""

    def __init__(self):
        self.ended = threading.Event()
        self.near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.near.bind(("127.0.0.1", 0))
        self.port = self.near.getsockname()[1]
        self.thread = threading.Thread(target=self.talk, daemon=True)
        self.thread.start()

    def talk(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
            while not self.ended.wait(0.01):
                far.sendto(b"a datagram", ("127.0.0.1", self.port))

    def close(self):
        self.ended.set()
        self.thread.join()
        self.near.close()


class Shut:
    """A port where nobody listens."""

    def __init__(self):
        self.taken = socket.socket()
        self.taken.bind(("127.0.0.1", 0))
        self.port = self.taken.getsockname()[1]

    def close(self):
        self.taken.close()


class Watched(Scenario):
    """Told to end once it has said that it watches, and written of a connection."""

    def start(self, run, folder, peer, environment):
        with open(folder + "/../out", "w+b") as out, open(folder + "/../err", "w+b") as err:
            process = subprocess.Popen(
                self.command(peer),
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )
            grown = lambda file: os.fstat(file.fileno()).st_size or process.poll() is not None
            until(lambda: grown(err), 1.5)
            with socket.create_connection(("127.0.0.1", peer.port)):
                until(lambda: grown(out), 1.5)
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            torture.finish(run, process, self.seconds)
            run.out, run.err = (os.pread(file.fileno(), 1 << 20, 0) for file in (out, err))

    def same(self, out, before):
        return True


class Console(Scenario):
    """The console on a terminal, and keys; what it does not come to show is not waited for long."""

    keys = ()
    seconds = 15
    modes = b"\x1b[?1049h", b"\x1b[?1049l"

    def start(self, run, folder, peer, environment):
        path = folder + "/../err"
        with open(path, "w+b") as err:
            terminal = Terminal(
                self.command(peer), environment=environment, stderr=err.fileno(),
                before_exec=lambda: os.chdir(folder),
            )
            with terminal:
                self.press(terminal, peer)
                run.hung = not until(terminal.ended, self.seconds * torture.slower, 0.01)
                until(lambda: terminal.nothing_waits() and terminal.silent_for(0.05, 0.5), 5)
                run.notes["raw"] = terminal.output()
                run.notes["modes"] = run.hung or self.same_modes(terminal)
                run.status = -9 if run.hung else terminal.wait_end()
            run.status = 128 - run.status if run.status > 128 else run.status
            err.seek(0)
            run.err = err.read()
        run.out = b""

    def forgives(self, run):
        """A terminal that takes or gives no more has hung up; and then nothing can be given back."""
        if not run.hit or run.hit[1] not in ("read", "__read_chk", "write") or run.hung:
            return False
        places = torture.places(run.hit)
        if run.status == -signal.SIGHUP:
            return "term_flush" in places or "term_read" in places
        return run.strike.kind in ("ever", "full") and "term_suspend" in places and run.status == 0

    def same_modes(self, terminal):
        import termios

        return termios.tcgetattr(terminal.slave) == terminal.modes

    def given_back(self, terminal):
        """C-c would be the shell's then; it only has to end."""
        raw = terminal.output()
        return raw.rfind(self.modes[1]) > raw.rfind(self.modes[0])

    def press(self, terminal, peer):
        until(lambda: terminal.ended() or self.modes[0] in terminal.output(), self.seconds)
        for text, shown in self.keys:
            if shown and not until(lambda: terminal.ended() or terminal.shows(shown), 2):
                pass  # what failed may well be what would have shown it
            if terminal.ended():
                return
            if text:
                terminal.type(text.replace("PORT", str(peer.port if peer else "")))
        for text in ("Q", "\x1b", "\x03", "Q", "q", "y"):
            if until(terminal.ended, 0.3, 0.01) or self.given_back(terminal):
                return
            terminal.type(text)

    def judge(self, run, base):
        found = super().judge(run, base)
        raw = run.notes["raw"]
        entered, left = (raw.rfind(mode) for mode in self.modes)
        if entered >= 0 and left < entered:
            found.append("the screen is not given back")
        if not run.notes["modes"] and (run.hit or ["", ""])[1] != "tcsetattr":
            found.append("the terminal's modes are not given back")
        return found


def command(text):
    return (":" + text + "\r", None)


TRANSCRIPT = b"""{"schema": 1}\n"""

# Not whoever had that port before, and is in TIME_WAIT.
LISTENER = ["state", "listening", "and", "sport", "=", ":PORT"]

SCENARIOS = [
    Scenario("errors", "errors", "ECONNREFUSED"),
    Echoed("connect", "connect", "127.0.0.1:PORT", peer=torture.EchoServer,
           input=b"hello\n" * 100),
    Scenario("resolve", "resolve", "--timeout", "1", "localhost:80",
             varies=rb"DNS |silent|lookup:|order:|own name"),
    Scenario("resolve-json", "resolve", "--json", "--timeout", "1", "localhost:80",
             varies=rb""),
    Served("serve", "serve", "echo", "127.0.0.1:0"),
    Served("serve-json", "serve", "echo", "--json", "127.0.0.1:0"),
    Served("serve-http", "serve", "http", "127.0.0.1:0", request=b"GET / HTTP/1.0\r\n\r\n"),
    Served("serve-workers", "serve", "echo", "--workers", "2", "127.0.0.1:0"),
    Served("serve-threads", "serve", "echo", "--model", "threads", "127.0.0.1:0"),
    Scenario("message", "message", "127.0.0.1:PORT", "action=search", "value=needle",
             peer=lambda: own_server("message", "127.0.0.1:0")),
    Scenario("message-json", "message", "--json", "127.0.0.1:PORT", "action=search",
             "value=needle", peer=lambda: own_server("message", "127.0.0.1:0")),
    Scenario("sockets", "sockets", "-tan", *LISTENER, peer=torture.EchoServer),
    Scenario("sockets-json", "sockets", "--json", "-a", "-i", "-m", "-o", *LISTENER,
             peer=torture.EchoServer),
    Scenario("sockets-owners", "sockets", "-tap", "-e", *LISTENER, peer=torture.EchoServer),
    Scenario("sockets-save", "sockets", "-tan", "--save", "table", *LISTENER,
             peer=torture.EchoServer, saves=["table"], saves_json=True, varies=rb'"boot"'),
    Scenario("sockets-by", "sockets", "-ta", "--by", "state", *LISTENER,
             peer=torture.EchoServer),
    Watched("sockets-watch", "sockets", "-ta", "--watch", "sport = :PORT or dport = :PORT",
            peer=torture.EchoServer),
    Scenario("capture-file", "capture", "-r", "CAPTURES/plain.pcap"),
    Scenario("capture-json", "capture", "-r", "CAPTURES/closed-at-once.pcap", "--json"),
    Scenario("capture-pcap", "capture", "-r", "CAPTURES/plain.pcap", "-w", "new.pcap",
             streams=["new.pcap"]),
    Scenario("capture-pcapng", "capture", "-r", "CAPTURES/plain.pcap", "-w", "new.pcapng",
             streams=["new.pcapng"]),
    Scenario("capture-findings", "capture", "-r", "CAPTURES/loss-both.pcap", "--findings"),
    Scenario("capture-stream", "capture", "-r", "CAPTURES/plain.pcap", "--stream"),
    Scenario("capture-ladder", "capture", "-r", "CAPTURES/closed-at-once.pcap", "--ladder"),
    Scenario("capture-live", "capture", "-i", "lo", "-c", "3", "-n", "udp port PORT", peer=Talkers,
             root=True),
    Scenario("capture-live-save", "capture", "-i", "lo", "-c", "3", "-w", "live.pcap",
             "udp port PORT", peer=Talkers, root=True, streams=["live.pcap"]),
    Why("why", "why", "127.0.0.1:PORT", peer=Shut),
    Why("why-json", "why", "--json", "127.0.0.1:PORT", peer=Shut),
    Why("why-healthy", "why", "--wait", "0.1", "127.0.0.1:PORT", peer=torture.EchoServer,
        status=0),
    Why("why-file", "why", "--file", "CAPTURES/never-read.pcap", status=0),
    Why("why-report", "why", "--report", "page.html", "127.0.0.1:PORT", peer=Shut),
    WhyProgram("why-program", "why", "--output", "told", "--", "bash", "-c",
               "exec 3<>/dev/tcp/127.0.0.1/PORT", peer=Shut, root=True),
    Scenario("run", "run", "--no-capture", "tcp-loopback"),
    Scenario("run-lesson", "run", "--no-again", "echo"),
    Scenario("ping", "ping", "-c", "1", "127.0.0.1", root=True),
    Scenario("load", "load", "-c", "3", "-n", "10", "127.0.0.1:PORT", peer=torture.EchoServer),
    Scenario("doctor", "doctor", "--wait", "0.1"),
    Scenario("pack", "pack", "--json", "!HH4s", "1", "0x2a", "a\\r\\n"),
    Scenario("explain", "explain", "TIME-WAIT"),
    Echoed("connect-tls", "connect", "--insecure", "tls://127.0.0.1:PORT", input=b"hello\n",
           peer=lambda: own_server("echo", "--handshake-timeout", "120", "tls://127.0.0.1:0")),
    Served("serve-tls", "serve", "echo", "tls://127.0.0.1:0"),
    Scenario("connect-json", "connect", "--json", "127.0.0.1:PORT", peer=torture.EchoServer,
             input=b"hello\n", varies=rb'"event":"session"'),
    Echoed("connect-saves", "connect", "--transcript", "talk.json", "--transcript-format", "json",
           "--program", "again.py", "127.0.0.1:PORT", peer=torture.EchoServer, input=b"hello\n"),
    Echoed("connect-file", "connect", "--file", "bytes", "127.0.0.1:PORT",
           peer=torture.EchoServer, given={"bytes": b"0123456789" * 20000}),
    Echoed("connect-blocking", "connect", "--blocking", "127.0.0.1:PORT",
           peer=torture.EchoServer, input=b"hello\n"),
    Echoed("connect-udp", "connect", "udp://127.0.0.1:PORT", input=b"hello\n",
           peer=lambda: own_server("echo", "udp://127.0.0.1:0")),
    Console("console", "--no-config", "--no-capture", peer=torture.EchoServer,
            keys=[command("connect 127.0.0.1:PORT"), ("i", "ESTAB"), ("hello\r", None),
                  ("\x1d", "hello"), ("2", None), ("3", None), ("5", None), ("?", "connect"),
                  ("q", "Keys|F1"), ("8", None), ("q", None), ("q", "Recv-Q"), ("y", "y/n")]),
    Console("console-saves", "--no-config", "--no-capture", "--record", "recorded",
            peer=torture.EchoServer,
            keys=[command("connect 127.0.0.1:PORT"), ("i", "ESTAB"), ("hello\r", None),
                  ("\x1d", "hello"), command("save-transcript talk.json json"),
                  command("workspace save place.json"), command("save program again.py"),
                  ("S", "again.py"), ("Q", "theme")]),
    Console("console-capture", "--no-config", root=True, peer=Talkers,
            keys=[("3", "Recv-Q"), ("\r", "UDP"), ("\x1b", None),
                  command("save packets packets.pcapng"), ("4", "packets.pcapng"), ("9", None),
                  ("Q", "Recv-Q|Names")]),
]
