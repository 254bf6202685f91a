"""What goes wrong around the program: its terminal, its files, its arguments, its machine.

    SOCKEYE=build/sockeye python3 tests/e2e/faulty.py [WORD...]

Prints a line for each case; faulty_test.sh makes TAP of it.
"""

import json
import os
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

from terminal import Skip, Terminal, environment, run_cases, until

SOCKEYE = os.environ["SOCKEYE"]
with open(SOCKEYE, "rb") as program:
    SANITIZED = re.search(rb"__[at]san_init|__ubsan_handle", program.read()) is not None
TABS = "1 Sockets +2 Sessions"
LEAVE = b"\x1b[?1049l"
SUBCOMMANDS = (
    "sockets connect serve message resolve capture ping why doctor run load errors explain "
    "options pack unpack"
).split()


def console(*arguments, **options):
    options.setdefault("environment", environment())
    return Terminal([SOCKEYE, *arguments], **options)


def ours(*arguments, seconds=20, **options):
    """(status, stdout, stderr); a status below 0 is a signal's."""
    options.setdefault("stdin", subprocess.DEVNULL)
    done = subprocess.run([SOCKEYE, *arguments], capture_output=True, timeout=seconds, check=False, **options)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def one_line(said):
    assert said.count("\n") == 1 and said.endswith("\n"), f"not one line: {said[:500]!r}"
    return said


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat", "rb") as stat:
        fields = stat.read().rsplit(b")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])


class Server:
    """A server of ours on a port of its own, or on an endpoint."""

    def __init__(self, *words, endpoint="127.0.0.1:0", **options):
        self.process = subprocess.Popen(
            [SOCKEYE, "serve", *words[:1], endpoint, *words[1:], "--json"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **options,
        )
        first = json.loads(self.process.stdout.readline())
        assert first["event"] == "listening", first
        self.endpoint = first["endpoint"]
        self.port = int(self.endpoint.rsplit(":", 1)[1]) if "//" in self.endpoint else 0

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), 10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.stdout.read()
        assert self.process.wait(10) == 0, self.process.returncode
        self.process.stdout.close()


# ---- signals and time


def serve_and_connect(terminal):
    terminal.wait(TABS)
    terminal.type(":serve echo 127.0.0.1:0\r")
    terminal.wait(r"127\.0\.0\.1:\d+ .*LISTEN.*server 1")
    port = next(int(m[1]) for line in terminal.lines() if (m := re.search(r"127\.0\.0\.1:(\d+) .*LISTEN.*server 1", line)))
    terminal.type(f":connect 127.0.0.1:{port}\r")
    terminal.wait("ESTAB.*session")
    return port


def stopped_and_continued():
    """A minute's worth of ticks must not be made up for, and all of the frame is drawn again."""
    with console("--no-capture") as terminal:
        port = serve_and_connect(terminal)
        terminal.silent_for(0.2, 5)
        terminal.signal(signal.SIGSTOP)
        stat = f"/proc/{terminal.pid}/stat"
        assert until(lambda: open(stat, "rb").read().rsplit(b")", 1)[1].split()[0] == b"T", 5)
        time.sleep(2.5)  # so long it stands still: that is what is tested
        terminal.smear()
        used = processor_seconds(terminal.pid)
        terminal.signal(signal.SIGCONT)
        terminal.wait("q quit")
        assert until(lambda: not terminal.shows("##"), 10), "\n".join(terminal.lines())
        with socket.create_connection(("127.0.0.1", port), 10) as s:
            s.sendall(b"ping")
            assert s.recv(4) == b"ping"
        terminal.silent_for(0.3, 5)
        spent = processor_seconds(terminal.pid) - used
        assert spent < (5 if SANITIZED else 0.7), f"{spent:.2f} s of processor to catch up"


def signal_storm():
    """SIGWINCH, SIGCHLD, SIGCONT and SIGURG as fast as they can be sent, while it works."""
    with console("--no-capture") as terminal:
        port = serve_and_connect(terminal)
        sent, end = 0, time.monotonic() + 1
        while time.monotonic() < end:
            for number in (signal.SIGWINCH, signal.SIGCHLD, signal.SIGCONT, signal.SIGURG):
                terminal.signal(number)
                sent += 1
            if sent % 4000 == 0:
                terminal.set_size(24, 80 + sent % 3)
        with socket.create_connection(("127.0.0.1", port), 10) as s:
            s.sendall(b"ping")
            assert s.recv(4) == b"ping"
        terminal.set_size(24, 80)
        terminal.type("5")
        terminal.wait("calls, 0 overwritten")
        terminal.type("Q")
        assert terminal.wait_end() == 0
        return f"{sent:,} signals"


def signals_in_subcommands():
    """EINTR in every call that waits: the list stays whole."""
    for words in (["sockets", "-a"], ["resolve", "localhost"], ["why", "127.0.0.1:1"]):
        before = ours(*words)[0]
        with subprocess.Popen([SOCKEYE, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as one:
            end = time.monotonic() + 30
            while one.poll() is None:
                for number in (signal.SIGWINCH, signal.SIGCHLD, signal.SIGCONT):
                    one.send_signal(number)
                time.sleep(0.0002)
                assert time.monotonic() < end, f"{words} makes no progress"
            assert one.returncode == before, (words, one.stderr.read())


# ---- standard descriptors


def closed_descriptors():
    """Whichever of them are closed, no socket gets their numbers, and a line says what is missing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        for closed in ("<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"):
            done = subprocess.run(
                ["sh", "-c", f'"$0" connect 127.0.0.1:{port} --no-stdin --idle-timeout 0.2 {closed}; exit $?', SOCKEYE],
                stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False,
            )
            listener.settimeout(0.1)
            try:
                with listener.accept()[0] as peer:
                    peer.settimeout(5)
                    # Nothing that was meant for a person went to the peer.
                    assert peer.recv(1000) == b"", closed
            except TimeoutError:
                assert done.returncode != 0, (closed, done)  # it ended before it connected
            assert done.returncode >= 0, (closed, done)
        for words in (["sockets"], ["errors"], ["sockets", "--json"]):
            done = subprocess.run(["sh", "-c", '"$0" "$@" >&-', SOCKEYE, *words], capture_output=True, check=False)
            assert done.returncode == 1 and b"stdout" in done.stderr, (words, done)


def console_without_descriptors():
    for closed, status in (("<&-", 2), (">&-", 2), ("<&- >&- 2>&-", 2)):
        with Terminal(["sh", "-c", f'"$0" {closed}; exit $?', SOCKEYE], environment=environment()) as terminal:
            assert terminal.wait_end() == status, closed
            assert b"\x1b" not in terminal.output()


def reader_goes_away():
    """A pipe whose reader had enough ends the writer without a word."""
    for words in (["sockets", "-a"], ["sockets", "--json"], ["errors"], ["explain"], ["--help"]):
        read_end, write_end = os.pipe()
        os.close(read_end)
        done = subprocess.run([SOCKEYE, *words], stdout=write_end, stderr=subprocess.PIPE, check=False)
        os.close(write_end)
        assert done.returncode in (-signal.SIGPIPE, 1) and b"pipe" not in done.stderr.lower(), (words, done)


# ---- arguments


def arguments():
    """What no program expects: nothing, too much, what is no text, numbers beyond measure."""
    for subcommand in SUBCOMMANDS:
        for words in ([""], ["", ""], ["--"], [b"\xff\xfe"], [b"--\xff"], ["-" + "9" * 400], ["--" + "x" * 100000]):
            status, _, said = ours(subcommand, *words, seconds=10) if not runs_on(subcommand, words) else (2, "", "")
            assert status in (0, 1, 2, 3), (subcommand, words, status)
            assert len(said) < 3000, (subcommand, len(said))
    for words in (
        ["sockets", "--timeout", "1"],
        ["capture", "-c", "99999999999999999999"],
        ["capture", "-s", "-1"],
        ["capture", "-s", "99999999999"],
        ["ping", "-c", "99999999999", "127.0.0.1"],
        ["ping", "-s", "99999999999", "127.0.0.1"],
        ["ping", "-i", "-1", "127.0.0.1"],
        ["connect", "127.0.0.1:99999999999"],
        ["connect", "127.0.0.1:65536"],
        ["connect", "127.0.0.1:1", "--timeout", "1e400"],
        ["connect", "127.0.0.1:1", "--timeout", "99999999999999999999999"],
        ["load", "127.0.0.1:1", "-c", "99999999999999999999"],
        ["load", "127.0.0.1:1", "-c", "0"],
        ["serve", "echo", "127.0.0.1:99999"],
        ["why", "--pid", "99999999999"],
        ["why", "--pid", "-1"],
        ["unpack", "9" * 30 + "B"],
    ):
        status, _, said = ours(*words)
        assert status in (2, 1) and one_line(said), (words, status, said)
    for words in ([""], ["--"], [b"\xff"], ["-" * 1000]):
        status, out, said = ours(*words)
        assert status == 2 and one_line(said) and not out, (words, status, said)


def runs_on(subcommand, words):
    """What takes no words, or has a default for an empty one, would capture or look for ever."""
    return subcommand in ("capture", "doctor", "sockets") and words in ([""], ["", ""], ["--"])


def a_hundred_thousand_arguments():
    for subcommand in SUBCOMMANDS:
        if subcommand in ("errors", "explain", "options"):
            continue  # each word is a question of its own
        status, _, said = ours(subcommand, *["x"] * 100000)
        assert status == 2 and len(said) < 2000, (subcommand, status, said[:500])
    status, _, said = ours(*["x"] * 100000)
    assert status == 2 and one_line(said), said[:500]


# ---- the configuration


def own_configuration(make, **changes):
    """(screen came, what was said) with a home whose configuration make() makes."""
    with tempfile.TemporaryDirectory() as home:
        folder = os.path.join(home, ".config", "sockeye")
        os.makedirs(folder)
        make(os.path.join(folder, "config.json"))
        names = {"HOME": home, "XDG_CONFIG_HOME": os.path.join(home, ".config"), **changes}
        read_end, write_end = os.pipe()
        with console("--no-capture", environment=environment(**names), stderr=write_end) as terminal:
            os.close(write_end)
            came = until(lambda: terminal.ended() or terminal.shows(TABS), 10) and not terminal.ended()
            if came:
                terminal.type("Q")
            status = terminal.wait_end()
            wrote = terminal.output()
        with os.fdopen(read_end, "rb") as pipe:
            said = pipe.read().decode()
        if came:
            assert status == 0 and not said, (status, said)
        else:  # before the terminal was touched
            assert status == 2 and wrote == b"" and one_line(said), (status, wrote[:100], said)
            assert "config.json" in said, said
        return came, said


def written(data, mode=0o600):
    def make(path):
        with open(path, "wb") as out:
            out.write(data)
        os.chmod(path, mode)

    return make


def huge(path):
    with open(path, "wb") as out:
        out.write(b"{")
        out.truncate(100 << 20)


def configurations():
    assert own_configuration(lambda path: None)[0]
    assert own_configuration(written(b"{}"))[0]
    for make, why in (
        (written(b""), ": it is no JSON from line 1 on$"),
        (written(bytes(range(256)) * 100), ": it is no JSON from line 2 on$"),
        (written(b"\x7fELF" + b"\0" * 1000), ": it is no JSON from line 1 on$"),
        (written(b'{\n "theme": "dark",\n'), ": it is no JSON from line 3 on$"),
        (huge, r": the file is longer than is read here.*\(EFBIG\)$"),
        (written(b"[" * 100000), r": the file is longer than is read here.*\(EFBIG\)$"),
        (written(b"[" * 10000), ": it is no JSON from line 1 on$"),
        (written(b'{\n "asci": 1}'), ":2: asci: there is no such setting; did you mean ascii\\?$"),
        (written(b'{\n\n "theme": 7}'), ":3: theme: a string is due, this is a number$"),
        (written(b'{"ascii": "maybe",\n "theme": []}'), ":1: ascii: true or false is due"),
        (written(b"[]"), ":1: an object is due, this is an array$"),
        (os.mkdir, r": .*\(EISDIR\)$"),
        (os.mkfifo, ": it is no JSON from line 1 on$"),
        (lambda path: os.symlink(path, path), r": .*\(ELOOP\)$"),
    ):
        came, said = own_configuration(make)
        assert not came and re.search("config.json" + why, said.strip()), (why, said)
    # What others may write is read all the same when it is a file: it holds nothing that is run.
    assert own_configuration(written(b'{"theme": "dark"}', 0o666))[0]
    assert own_configuration(written(b"{}"), HOME=None, XDG_CONFIG_HOME=None, XDG_STATE_HOME=None)[0]


NOBODY = 65534


def of_another():
    """A file of somebody else's: read where that is permitted, else it is said that it was not."""
    if os.geteuid() != 0:
        raise Skip("needs root: the file is to be another's")
    with tempfile.TemporaryDirectory() as home:
        os.chmod(home, 0o755)
        os.mkdir(os.path.join(home, "sockeye"))
        path = os.path.join(home, "sockeye", "config.json")
        for mode in (0o644, 0o600):
            written(b'{"theme": "mono"}', mode)(path)
            os.chown(path, NOBODY, NOBODY)
            # The sandbox has given away root's right to read what it may not.
            with console("--sandbox=on", "--no-capture", columns=240,
                         environment=environment(XDG_CONFIG_HOME=home)) as terminal:
                unread = mode == 0o600
                terminal.wait("config.json may not be read: settings" if unread else r"\d sockets", 10)
                assert terminal.shows("may not be read") == unread, terminal.lines()
                assert (b"\x1b[36m" in terminal.output()) == unread, "colours, but the theme has none"


# ---- a description of the terminal that somebody else wrote


def foreign_terminfo():
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "x"))
        path = os.path.join(folder, "x", "xterm-256color")
        for data in (
            b"", b"\x1a\x01", b"\x1a\x01" + b"\xff" * 4000, os.urandom(4000), b"\0" * 70000,
            struct.pack("<6H", 0o432, 1, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF) + b"x" * 4000,
        ):
            with open(path, "wb") as out:
                out.write(data)
            # newterm(3X) that fails leaks.
            leaks = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
            surroundings = environment(TERMINFO=folder, TERMINFO_DIRS=folder, HOME=folder, ASAN_OPTIONS=leaks)
            with console("--no-capture", environment=surroundings) as terminal:
                until(lambda: terminal.ended() or terminal.shows(TABS), 10)
                if not terminal.ended():
                    terminal.type("Q")
                assert terminal.wait_end() in (0, 2), terminal.status


# ---- what strangers send to a path


def descriptors_from_strangers():
    """253 descriptors beside a byte: none stays open with us."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "s")
        with Server("echo", endpoint=f"unix:{path}") as server:
            held = lambda: len(os.listdir(f"/proc/{server.process.pid}/fd"))
            with socket.socket(socket.AF_UNIX) as s:
                s.connect(path)
                s.settimeout(10)
                s.sendall(b"first")
                assert s.recv(5) == b"first"
                before = held()
                for _ in range(3):
                    socket.send_fds(s, [b"x"], [0] * 253)
                    assert s.recv(1) == b"x"
                assert held() == before, f"{held() - before} descriptors stay"


def longest_path():
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        room = 107 - len(folder) - 1
        with Server("echo", endpoint=f"unix:{folder}/{'p' * room}") as server:
            status, out, said = ours("connect", server.endpoint, "--send", "hello", "--no-stdin", "--idle-timeout", "0.3")
            assert out == "hello", (status, out, said)
        status, _, said = ours("serve", "echo", f"unix:{folder}/{'p' * (room + 1)}")
        assert status == 2 and one_line(said) and re.search("107|108|long", said), said


def datagrams_of_every_size():
    """None, one byte, the largest; to a port where nobody listens it is refused."""
    with Server("echo", endpoint="udp://127.0.0.1:0") as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(10)
        for size in (0, 1, 65507):
            s.sendto(b"d" * size, ("127.0.0.1", server.port))
            assert s.recv(70000) == b"d" * size
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    status, _, said = ours("connect", f"udp://127.0.0.1:{port}", "--send", "x", "--no-stdin", "--idle-timeout", "2")
    assert status == 1 and "ECONNREFUSED" in said, (status, said)


# ---- files that are saved


def killed_while_saving():
    """SIGKILL at any moment of a save: the file is the old or the new one, whole."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "table.json")
        assert ours("sockets", "-a", "--save", path)[0] == 0
        whole = partly = 0
        begin = time.monotonic()
        ours("sockets", "-a", "--save", path)
        usual = time.monotonic() - begin
        for turn in range(40):
            one = subprocess.Popen([SOCKEYE, "sockets", "-a", "--save", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                one.wait(usual * turn / 30)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()
                partly += 1
            with open(path, encoding="utf-8") as saved:
                assert json.load(saved)["sockets"] is not None
            whole += 1
        left = [name for name in os.listdir(folder) if name != "table.json"]
        assert all("table.json" in name for name in left), left
        return f"{partly} of {whole} were killed, {len(left)} temporary files are left"


# ---- two of them, and a namespace of their own


def two_at_once():
    with console("--no-capture") as one, console("--no-capture") as other:
        first, second = serve_and_connect(one), serve_and_connect(other)
        assert first != second
        one.type("Q")
        assert one.wait_end() == 0
        with socket.create_connection(("127.0.0.1", second), 10) as s:
            s.sendall(b"ping")
            assert s.recv(4) == b"ping"
        other.type("Q")
        assert other.wait_end() == 0


def in_a_namespace_of_processes():
    """Sockets of processes outside have no owner that could be seen; nothing is made up."""
    enter = ["unshare", "--pid", "--fork", "--mount-proc"]
    if subprocess.run([*enter, "true"], capture_output=True, check=False).returncode:
        raise Skip("no PID namespace can be made here")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        done = subprocess.run(
            [*enter, SOCKEYE, "sockets", "-ltp", "--json", f"sport = :{port}"], capture_output=True, check=False, timeout=20
        )
        row = json.loads(done.stdout)["sockets"][0]
        assert not row["owners"], row
        with Terminal([*enter, SOCKEYE, "--no-capture"], environment=environment()) as terminal:
            terminal.wait(TABS)
            terminal.type("Q")
            assert terminal.wait_end() == 0


# ---- memory


def little_memory():
    """A capture file larger than the memory that there is: it is read to its end."""
    limit = 200 << 20
    packets, length = 40000, 1400
    frame = b"\0" * 12 + b"\x08\x00" + b"\x45" + b"\0" * (length - 15)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "many.pcap")
        with open(path, "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            record = struct.pack("<IIII", 1, 0, length, length) + frame
            for _ in range(packets * 5 // 1000):
                out.write(record * 1000)
        if SANITIZED:
            raise Skip("a sanitizer needs an address space without a limit")
        assert os.path.getsize(path) > limit
        done = subprocess.run(
            [SOCKEYE, "capture", "-r", path, "-q", "--no-hex"], capture_output=True, check=False, timeout=60,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
        )
        assert done.returncode == 0, (done.returncode, done.stderr[:500])
        assert done.stdout.count(b"\n") == packets * 5


def limited(megabytes):
    return lambda: resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))


def too_little_memory():
    """Wherever it ends: a line that says so, and the shell has its terminal."""
    if SANITIZED:
        raise Skip("a sanitizer needs an address space without a limit")
    ends = set()
    for megabytes in (20, 40, 64, 96, 128, 160):
        with console("--no-capture", before_exec=limited(megabytes)) as terminal:
            until(lambda: terminal.ended() or terminal.shows(TABS), 10)
            if terminal.ended():
                status = terminal.wait_end()
                assert status in (1, 2, 127), (megabytes, status)
                told = until(lambda: re.search(rb"memory", terminal.output()), 5)
                assert told or status == 127, (megabytes, status, terminal.output()[-300:])
                entered = terminal.output().count(b"\x1b[?1049h")
                assert terminal.output().count(LEAVE) == entered, "the alternate screen was not left"
                ends.add(status)
            else:
                terminal.type("Q")
                assert terminal.wait_end() == 0
    return f"ended with {sorted(ends)}"


def more_packets_than_memory():
    """The store is a ring: the oldest packets go, and what is kept is told beside what was seen."""
    if SANITIZED:
        raise Skip("a sanitizer needs an address space without a limit")
    with console(rows=30, columns=140, before_exec=limited(600)) as terminal, socket.socket(
        socket.AF_INET, socket.SOCK_DGRAM
    ) as s:
        terminal.wait(TABS)
        terminal.wait("lo: [0-9,]+ packets|no capture")
        if terminal.shows("no capture"):
            raise Skip("capturing is not permitted")
        terminal.type("3")

        def seen_and_kept():
            for line in terminal.lines():
                if m := re.search(r"lo: ([0-9,]+) seen . ([0-9,]+) kept", line):
                    return [int(n.replace(",", "")) for n in m.groups()]
            return 0, 0

        def forgets():
            for _ in range(10000):
                s.sendto(b"x" * 1400, ("127.0.0.1", 9))
            seen, kept = seen_and_kept()
            return kept and seen > kept + 10000

        assert until(forgets, 20), seen_and_kept()
        used = resident_kib(terminal.pid)
        assert used < 500 * 1024, f"{used} KiB"
        terminal.type("Q")
        assert terminal.wait_end() == 0
        return f"{seen_and_kept()} seen and kept, {used // 1024} MiB"


# ---- pings


def pings():
    """The largest come back, more are refused; those to nowhere are all counted, soon."""
    status, out, said = ours("ping", "-c", "3", "-i", "0.001", "-s", "65507", "127.0.0.1")
    if status == 3:
        raise Skip(said.strip())
    assert status == 0 and "3 sent, 3 received" in out and out.count("65515 bytes") == 3, out
    for words in (["-s", "65508"], ["-i", "0"], ["-c", "-1"]):
        status, _, said = ours("ping", *words, "127.0.0.1")
        assert status == 2 and one_line(said), said
    if os.environ.get("E2E_NETWORK") != "own":
        return
    for words in ("link add p0 type veth peer name p1", "address add 10.97.0.1/24 dev p0", "link set p0 up", "link set p1 up"):
        if subprocess.run(["ip", *words.split()], capture_output=True, check=False).returncode:
            return
    begin = time.monotonic()
    status, out, _ = ours("ping", "-c", "500", "-i", "0.001", "-W", "0.5", "10.97.0.77")
    assert status == 1 and "500 sent, 0 received" in out, out[-300:]
    assert time.monotonic() - begin < (20 if SANITIZED else 5)


# ---- capture files and filters


def packet():
    udp = b"\0\x35\x9c\x40\0\x08\0\0"
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28, 1, 0, 64, 17, 0, b"\x0a\0\0\1", b"\x0a\0\0\2")
    return b"\0" * 12 + b"\x08\0" + ip + udp


def pcap(path, times, snaplen=65535, magic=0xA1B2C3D4, behind=b""):
    frame = packet()
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", magic, 2, 4, 0, 0, snaplen, 1))
        for seconds, fraction in times:
            out.write(struct.pack("<IIII", seconds & 0xFFFFFFFF, fraction, len(frame), len(frame)) + frame)
        out.write(behind)


def odd_capture_files():
    """Snapshot lengths, times and lengths that cannot be: what can be read is, the rest is named."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "odd.pcap")
        for snaplen in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF):
            pcap(path, [(1, 0)], snaplen)
            status, out, said = ours("capture", "-r", path, "--no-hex")
            assert (status == 0 and not said or status == 1 and one_line(said)), (snaplen, status, said)
            assert out.count("\n") == 1, (snaplen, status, out, said)
        for magic in (0xA1B2C3D4, 0xA1B23C4D):
            pcap(path, [(1000, 0), (999, 5), (31537000, 0), (1, 5000000), (-1, 999999), (0, 0)], magic=magic)
            for form in ([], ["-ttt"], ["-tttt"], ["-ttttt"], ["--json"]):
                status, out, said = ours("capture", "-r", path, "--no-hex", *form)
                assert status == 0 and out.count("\n") == 6, (form, status, out, said)
        for length in (0x7FFFFFFF, 0xFFFFFFFF):
            pcap(path, [(1, 0)], behind=struct.pack("<IIII", 2, 0, length, length) + b"x" * 100)
            status, out, said = ours("capture", "-r", path, "--no-hex")
            assert status == 1 and out.count("\n") == 1 and "byte 82" in said and one_line(said), said
        pcap(path, [(1, 0)] * 1000)
        os.truncate(path, 10 << 30)
        status, out, _ = ours("capture", "-r", path, "--no-hex", "-c", "1000")
        assert status == 0 and out.count("\n") == 1000


def odd_capture_filters():
    """Each is taken or refused in a line, without asking for a name on the way."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "one.pcap")
        pcap(path, [(1, 0)])
        many = " or ".join(f"port {n}" for n in range(1, 501))
        for text, statuses in (
            ("", (0,)),
            (many, (0, 2)),
            ("udp", (0,)),
            ("port 53 or " * 6000 + "port 53", (0, 2)),
            ("(" * 60000, (2,)),
            ("port", (2,)),
            ("port 99999999999", (2,)),
            ("ether[1000000000:4] = 1", (0, 2)),
            ("tcp[tcp[tcp[0]]] = 1", (0, 2)),
            ("\x1b[31m", (2,)),
            ("host " + "a" * 70000, (1, 2)),
        ):
            begin = time.monotonic()
            status, out, said = ours("capture", "-r", path, "--no-hex", text)
            assert status in statuses, (text[:60], status, said[:300])
            assert status == 0 or one_line(said) and len(said) < 1500, (text[:60], said)
            assert out.count("\n") == (status == 0 and not text.startswith(("ether", "tcp[", "port 1 "))), (text[:60], out)
            assert time.monotonic() - begin < 10 or SANITIZED


# ---- a host under attack


def syn_flood():
    """Half-open connections from nowhere: they are counted, and keys are answered."""
    if os.environ.get("E2E_NETWORK") != "own":
        raise Skip("needs a network of its own")
    try:
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    except PermissionError:
        raise Skip("raw sockets are not permitted") from None
    # Who is asked for the addresses behind this interface does not answer: no reset ends a handshake.
    for words in ("link add v0 type veth peer name v1", "address add 10.99.0.1/16 dev v0", "link set v0 up", "link set v1 up"):
        if subprocess.run(["ip", *words.split()], capture_output=True, check=False).returncode:
            raise Skip("no veth can be made here")
    with raw, socket.create_server(("10.99.0.1", 0), backlog=512) as listener, console("--no-capture") as terminal:
        port = listener.getsockname()[1]
        terminal.wait(TABS)
        stop = threading.Event()
        sent = [0]

        def flood():
            while not stop.is_set():
                n = sent[0] = sent[0] + 1
                source = socket.inet_aton(f"10.99.{1 + n % 250}.{1 + n // 250 % 250}")
                raw.sendto(syn(source, 1024 + n % 60000, port), ("10.99.0.1", 0))
                if n % 200 == 0:
                    time.sleep(0.005)

        flooder = threading.Thread(target=flood)
        flooder.start()
        try:
            terminal.type(f"&sport = :{port}\r")
            terminal.wait("SYN_RECV")
            slowest = 0
            for key in "5151":
                begin = time.monotonic()
                terminal.type(key)
                terminal.wait("calls, 0 overwritten" if key == "5" else "Recv-Q", 10)
                slowest = max(slowest, time.monotonic() - begin)
            status, out, _ = ours("sockets", "-tan", "--json", "state syn-recv")
            half_open = len(json.loads(out)["sockets"])
            assert status == 0 and half_open > 50, (status, half_open)
            return f"{sent[0]:,} SYNs, {half_open} half open, {slowest * 1000:.0f} ms a key"
        finally:
            stop.set()
            flooder.join()


def many_interfaces():
    """A thousand of them, and names as long and as odd as the kernel takes."""
    if os.environ.get("E2E_NETWORK") != "own":
        raise Skip("needs a network of its own")
    odd, long = "e\x1b[31mz", "abcdefghijklmno"
    batch = "".join(f"link add i{n} type veth peer name j{n}\n" for n in range(400))
    made = subprocess.run(["ip", "-batch", "-"], input=batch.encode(), capture_output=True, check=False)
    if made.returncode:
        raise Skip("no veth can be made here")
    subprocess.run(["ip", "link", "add", odd, "type", "veth", "peer", "name", long], check=True)
    for name in (odd, long):
        subprocess.run(["ip", "link", "set", name, "up"], check=True)
    for name in (odd, long, "any"):
        with subprocess.Popen([SOCKEYE, "capture", "-i", name, "-c", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as one:
            said = one.stderr.readline().decode()
            assert said == f"capturing on {name}\n".replace("\x1b", "\\x1b"), said
            one.send_signal(signal.SIGINT)
            assert one.wait(10) == 0
    for name in ("a b", long + "p", "x" * 64, "x" * 5000, ""):
        status, _, said = ours("capture", "-i", name)
        assert status in (2, 3) and one_line(said), (name, status, said)
    with console("--no-capture") as terminal:
        terminal.wait(TABS)
        terminal.type("8")
        terminal.silent_for(0.2, 3)
        terminal.type("1:connect [fe80::1%" + long + "]:1\r")
        terminal.wait("session")
        terminal.type("Q")
        assert terminal.wait_end() == 0


def syn(source, sport, dport):
    target = socket.inet_aton("10.99.0.1")
    tcp = struct.pack(">HHIIBBHHH", sport, dport, 1, 0, 0x50, 2, 1000, 0, 0)
    summed = source + target + struct.pack(">BBH", 0, 6, len(tcp)) + tcp
    total = sum(struct.unpack(f">{len(summed) // 2}H", summed))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    tcp = tcp[:16] + struct.pack(">H", ~total & 0xFFFF) + tcp[18:]
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40, 1, 0, 64, 6, 0, source, target) + tcp


ALONE = [
    ("a storm of signals changes nothing", signal_storm),
    ("half-open connections without end leave the keys", syn_flood),
    ("a capture file larger than the memory is read to its end", little_memory),
    ("too little memory ends in a line, the terminal restored", too_little_memory),
    ("more packets than there is memory leave the newest", more_packets_than_memory),
    ("interfaces without number and with odd names", many_interfaces),
]
TOGETHER = [
    ("who was stopped goes on without making up for it", stopped_and_continued),
    ("signals interrupt no subcommand", signals_in_subcommands),
    ("closed standard descriptors are nobody's socket", closed_descriptors),
    ("the console without standard descriptors ends with 2", console_without_descriptors),
    ("a reader that goes away is no error to be told", reader_goes_away),
    ("arguments that nobody expects end in a line", arguments),
    ("a hundred thousand arguments end in a line", a_hundred_thousand_arguments),
    ("a configuration that is none is named in a line", configurations),
    ("a configuration of another is read, or it is said that it may not be", of_another),
    ("a foreign description of the terminal does no harm", foreign_terminfo),
    ("descriptors that strangers send are closed", descriptors_from_strangers),
    ("the longest path is served, a longer one refused", longest_path),
    ("datagrams of every size come back", datagrams_of_every_size),
    ("capture files that cannot be are read as far as they can", odd_capture_files),
    ("capture filters are taken or refused in a line", odd_capture_filters),
    ("a save that is killed leaves a whole file", killed_while_saving),
    ("pings to nowhere and of the largest size are counted", pings),
    ("two consoles do not know each other", two_at_once),
    ("in a namespace of processes no owner is made up", in_a_namespace_of_processes),
]

if __name__ == "__main__":
    run_cases(ALONE, TOGETHER, sys.argv[1:])
