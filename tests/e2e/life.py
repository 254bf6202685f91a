"""The console's life on a terminal: how it begins, is disturbed, and ends.

    SOCKEYE=build/sockeye python3 tests/e2e/life.py [WORD...]

Prints a line for each case (of those that have a word in their name); life_test.sh makes TAP
of it.
"""

import ctypes
import os
import platform
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import termios
import threading
import time

import terminal
from terminal import Skip, Terminal, first_frame_ms, run_cases, until

SOCKEYE = os.environ["SOCKEYE"]
with open(SOCKEYE, "rb") as program:
    SANITIZED = re.search(rb"__[at]san_init|__ubsan_handle", program.read()) is not None
# A sanitizer makes everything slower; another test may have the processor for a while.
SOON = 10 if SANITIZED else 2
TABS = "1 Sockets +2 Sessions"
LEAVE = b"\x1b[?1049l"
SHOW_CURSOR = b"\x1b[?25h"


def environment(**changes):
    """The sanitizers' own handlers would take the place of the ones that are tested."""
    for sanitizer in ("ASAN", "UBSAN", "TSAN"):
        name = sanitizer + "_OPTIONS"
        changes[name] = os.environ.get(name, "") + ":handle_segv=0:handle_abort=0"
    return terminal.environment(**changes)


def console(*arguments, **options):
    options.setdefault("environment", environment())
    return Terminal([SOCKEYE, *arguments], **options)


def no_core():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def command(terminal, text):
    terminal.type(":" + text + "\r")


def serve_echo(terminal):
    """An echo server of the console; its port."""
    command(terminal, "serve echo 127.0.0.1:0")
    terminal.wait(r"127\.0\.0\.1:\d+ .*LISTEN.*server 1")
    for line in terminal.lines():
        match = re.search(r"127\.0\.0\.1:(\d+) .*LISTEN.*server 1", line)
        if match:
            return int(match[1])
    raise AssertionError("the server's row has no port")


def echo(port, text=b"ping\n"):
    """One round trip."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(text)
        received = b""
        while len(received) < len(text):
            received += connection.recv(65536)
        return received


def assert_restored(terminal):
    until(lambda: LEAVE in terminal.output(), 5)  # its last bytes are still to be read
    terminal.silent_for(0.05, 5)
    output = terminal.output()
    assert LEAVE in output, "the alternate screen was not left"
    assert output.rfind(SHOW_CURSOR) > output.rfind(b"\x1b[?25l"), "the cursor stays hidden"
    assert output.rfind(b"\x1b[?2004l") > output.rfind(b"\x1b[?2004h"), "pastes stay bracketed"
    assert termios.tcgetattr(terminal.slave) == terminal.modes, "the terminal's modes stay"


# ---- signals


def ends_by(number):
    with console() as terminal:
        terminal.wait(TABS)
        begin = time.monotonic()
        terminal.signal(number)
        status = terminal.wait_end()
        took = time.monotonic() - begin
        assert status == 128 + number, f"status {status}"
        assert took < SOON, f"took {took:.2f} s"
        assert_restored(terminal)
        return f"{took * 1000:.0f} ms"


def interrupted_while_busy():
    """With a name lookup that never ends, a flood and sessions of others."""
    with console() as terminal:
        terminal.wait(TABS)
        port = serve_echo(terminal)
        command(terminal, "serve never-recv 127.0.0.1:0")
        terminal.wait("LISTEN.*server 2")
        command(terminal, f"connect 127.0.0.1:{port}")
        terminal.wait("ESTAB.*session")
        command(terminal, "flood")
        command(terminal, "connect a-name-that-nobody-knows.invalid:1")
        assert echo(port) == b"ping\n"
        begin = time.monotonic()
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_end() == 128 + signal.SIGTERM
        took = time.monotonic() - begin
        assert took < SOON, f"took {took:.2f} s"
        return f"{took * 1000:.0f} ms"


def dies_of(number):
    with console(before_exec=no_core) as terminal:
        terminal.wait(TABS)
        terminal.signal(number)
        terminal.wait_end()
        assert os.WIFSIGNALED(terminal.status), f"ended by itself: {terminal.status:#x}"
        assert os.WTERMSIG(terminal.status) == number
        assert_restored(terminal)


def threads(pid):
    names = {}
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/comm", encoding="utf-8") as name:
            names[name.read().strip()] = int(task)
    return names


def crash_in_any_thread():
    tgkill = {"x86_64": 234, "aarch64": 131}.get(platform.machine())
    if not tgkill:
        raise Skip("tgkill(2) has another number here")
    with console() as terminal:
        terminal.wait(TABS)
        assert until(lambda: "observer" in threads(terminal.pid), 10)
        names = [name for name in threads(terminal.pid) if name in ("engine", "observer")]
    assert len(names) == 2, f"threads: {names}"
    for name in names:
        with console(before_exec=no_core) as terminal:
            terminal.wait(TABS)
            assert until(lambda: name in threads(terminal.pid), 10)
            ctypes.CDLL(None).syscall(
                tgkill, terminal.pid, threads(terminal.pid)[name], int(signal.SIGSEGV)
            )
            terminal.wait_end()
            assert os.WIFSIGNALED(terminal.status) and os.WTERMSIG(terminal.status) == 11
            assert_restored(terminal)


def killed():
    with console() as terminal:
        terminal.wait(TABS)
        terminal.signal(signal.SIGKILL)
        terminal.wait_end()
        until(lambda: termios.tcgetattr(terminal.slave) == terminal.modes, 5)
        assert_restored(terminal)


def unmoved():
    with console() as terminal:
        terminal.wait(TABS)
        for number in (signal.SIGALRM, signal.SIGCHLD, signal.SIGURG, signal.SIGWINCH) * 50:
            terminal.signal(number)
        terminal.type("5")
        terminal.wait("no socket call yet")


def hung_up(before_exec=None):
    with console(before_exec=before_exec) as terminal:
        terminal.wait(TABS)
        port = serve_echo(terminal)
        begin = time.monotonic()
        terminal.hang_up()
        status = terminal.wait_end()
        took = time.monotonic() - begin
        assert status == 128 + signal.SIGHUP, f"status {status}"
        assert took < SOON, f"took {took:.2f} s"
        assert not listens(port)
        return f"{took * 1000:.0f} ms, {terminal.usage.ru_utime + terminal.usage.ru_stime:.2f} s of processor"


def told_to_both_ends():
    """Who has a session with us, and who is connected to a server of ours, is told: FIN, no reset."""
    with socket.create_server(("127.0.0.1", 0)) as listener, console() as terminal:
        terminal.wait(TABS)
        port = serve_echo(terminal)
        command(terminal, f"connect 127.0.0.1:{listener.getsockname()[1]}")
        listener.settimeout(10)
        peer, _ = listener.accept()
        client = socket.create_connection(("127.0.0.1", port), 10)
        with peer, client:
            peer.settimeout(10)
            client.sendall(b"ping\n")
            assert client.recv(5) == b"ping\n"
            terminal.hang_up()
            assert terminal.wait_end() == 128 + signal.SIGHUP
            assert peer.recv(1) == b"", "the peer of a session was not told"
            assert client.recv(1) == b"", "the client of a server was not told"


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 10).close()
        return True
    except ConnectionRefusedError:
        return False


# ---- a terminal that takes nothing


def rate(connection, seconds=0.25):
    """Round trips a second."""
    n, begin = 0, time.monotonic()
    while time.monotonic() < begin + seconds:
        connection.sendall(b"0123456789abcdef")
        left = 16
        while left:
            left -= len(connection.recv(left))
        n += 1
    return n / (time.monotonic() - begin)


def compare(terminal, port, stop, go_on):
    """Rates with the terminal read and with it stopped, one right after the other."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.settimeout(10)
        read = rate(connection)
        stop(terminal)
        stopped = rate(connection)
    with socket.create_connection(("127.0.0.1", port), 10) as late:
        late_port = late.getsockname()[1]
        assert not terminal.shows(f":{late_port} ")
        go_on(terminal)
        terminal.wait(f":{late_port} .*ESTAB")
    return read, stopped


def stopped_terminal(stop, go_on):
    with console(rows=50, columns=160) as terminal:
        terminal.wait(TABS)
        port = serve_echo(terminal)
        terminal.type(f"&port {port}\r")
        pairs, ratio = [], 0
        while len(pairs) < 5 or (ratio < 0.7 and len(pairs) < 20):  # others use the processors
            pairs.append(compare(terminal, port, stop, go_on))
            ratio = statistics.median(stopped / read for read, stopped in pairs)
        notes = (
            f"{statistics.median(read for read, _ in pairs):,.0f} round trips a second with the "
            f"terminal read, {statistics.median(stopped for _, stopped in pairs):,.0f} with it "
            f"stopped: {ratio:.2f} of {len(pairs)} pairs"
        )
        assert ratio >= 0.7, notes
        stop(terminal)
        begin = time.monotonic()
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_end() == 128 + signal.SIGTERM
        took = time.monotonic() - begin
        assert took < SOON, f"took {took:.2f} s to end while stopped"
        return notes


def stop_reading(terminal):
    terminal.stop_reading()
    for _ in range(200):  # each draws everything anew
        if terminal.full():
            return
        terminal.type("\x0c")
        until(terminal.full, 0.1)
    raise AssertionError("the pty takes everything")


def press_stop(terminal):
    terminal.type("\x13")
    assert until(terminal.full, 5), "C-s stops nothing"


# ---- sizes


def storm():
    with console("--no-capture") as terminal:
        terminal.wait(TABS)
        terminal.type("&port 1\r")
        sizes = [(1, 1), (5, 2), (0, 0), (500, 1000), (24, 80)]
        for i in range(200):
            terminal.set_size(*sizes[i % len(sizes)])
            if i % 20 == 0:  # some come while it draws, some after
                terminal.silent_for(0.03, 1)
        for rows, columns in ((60, 200), (24, 80)):
            terminal.set_size(rows, columns)
            assert drawn_right(terminal, rows), "\n".join(terminal.lines())


def away_and_back():
    """The size is what it was when the console hears of it, but the terminal cut what was shown."""
    with console("--no-capture") as terminal:
        terminal.wait(TABS)
        terminal.silent_for(0.2, 5)
        with terminal.lock:
            terminal.screen.resize(5, 2)
            terminal.screen.resize(24, 80)
        terminal.signal(signal.SIGWINCH)
        terminal.wait(TABS)
        terminal.wait("q quit")


def drawn_right(terminal, rows):
    """The frame is whole, and drawing it anew changes nothing but its first line's figures."""

    def whole():
        lines = terminal.lines()
        return (
            len(lines) == rows
            and re.match(r" sockeye ", lines[0])
            and re.match(r" ?1 ?Sockets", lines[1])
            and lines[-1].endswith("q quit")
            and lines
        )

    def same():
        before = until(whole, 20)
        if not before:
            return False
        terminal.smear()
        terminal.type("\x0c")
        until(lambda: not terminal.shows("##"), 20)
        return before[1:] == (until(whole, 20) or [])[1:]

    return until(same, 20)


def begins_at_1x1():
    with console("--no-capture", rows=1, columns=1) as terminal:
        terminal.silent_for(0.2, 10)
        assert not terminal.ended()
        terminal.set_size(24, 80)
        terminal.wait(TABS)
        assert drawn_right(terminal, 24), "\n".join(terminal.lines())


# ---- terminals that are none, or poor


def refuses(changes, expected):
    read_end, write_end = os.pipe()
    surroundings = environment(**changes)
    surroundings["ASAN_OPTIONS"] += ":detect_leaks=0"  # newterm(3X) that fails leaks
    with console(environment=surroundings, stderr=write_end) as terminal:
        os.close(write_end)
        status = terminal.wait_end()
        output = terminal.output()
    with os.fdopen(read_end, "rb") as pipe:
        said = pipe.read().decode()
    check_refusal(status, output, said, expected)


def check_refusal(status, output, said, expected):
    assert status == 2, f"status {status}: {said}"
    assert output == b"", f"wrote {output[:200]!r}"
    assert said.count("\n") == 1 and said.endswith("\n"), f"not one line: {said!r}"
    assert "\x1b" not in said and re.search(expected, said), said


def no_terminal():
    expected = "needs a terminal on stdin and stdout"
    for redirection in (" </dev/null", " | cat"):
        read_end, write_end = os.pipe()
        shell = ["sh", "-c", f"$SOCKEYE{redirection}; echo status $? >&2"]
        if redirection == " | cat":
            shell[2] = "{ $SOCKEYE; echo status $? >&2; } | cat"
        with Terminal(shell, environment=environment(), stderr=write_end) as terminal:
            os.close(write_end)
            terminal.wait_end()
            output = terminal.output()
        with os.fdopen(read_end, "rb") as pipe:
            said = pipe.read().decode()
        match = re.search(r"status (\d+)\n", said)
        assert match, said
        check_refusal(int(match[1]), output, said.replace(match[0], ""), expected)


def visit_everything(terminal):
    """Every screen, with a session, bytes beyond ASCII and a failure on them."""
    terminal.wait("1 Sockets")
    command(terminal, f"connect 127.0.0.1:{serve_echo(terminal)}")
    terminal.wait("ESTAB.*session")
    terminal.type("igrüße ☃ 漢字\r\x1d")
    until(lambda: terminal.silent_for(0.1, 2), 2)
    command(terminal, "connect 127.0.0.1:1")
    terminal.wait("refused")
    for keys in ("2", "3", "5", "?", "1", "x", "z", "\t", "\t", "\t", "z"):
        terminal.type(keys)
        terminal.silent_for(0.05, 1)


def c_locale(changes):
    with console(environment=environment(**changes)) as terminal:
        visit_everything(terminal)
        assert not re.search(rb"[\x80-\xff]", terminal.output()), "bytes beyond ASCII"
        assert not re.search(rb"[\x0e\x0f]|\x1b\(0", terminal.output()), "another character set"


def sgr_parameters(output):
    for match in re.finditer(rb"\x1b\[([0-9;:]*)m", output):
        yield from (int(n or 0) for n in re.split(b"[;:]", match[1]))


def no_color():
    with console(environment=environment(NO_COLOR="1")) as terminal:
        visit_everything(terminal)
        terminal.type("Q")
        terminal.wait_end()
        found = {n for n in sgr_parameters(terminal.output()) if 30 <= n < 50 or n >= 90}
        assert not found, f"SGR {sorted(found)}"
    with console() as terminal:  # the same sees the colours that are there otherwise
        terminal.wait(TABS)
        assert any(30 <= n < 50 for n in sgr_parameters(terminal.output()))


def monochrome(name):
    if subprocess.run(["infocmp", name], capture_output=True, check=False).returncode:
        raise Skip(f"terminfo has no {name}")
    with console(environment=environment(TERM=name)) as terminal:
        visit_everything(terminal)
        found = {n for n in sgr_parameters(terminal.output()) if 30 <= n < 50 or n >= 90}
        assert not found, f"SGR {sorted(found)}"
        terminal.type("Q")
        assert terminal.wait_end() == 0


# ---- rest


def idle(setup):
    if subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode:
        raise Skip("needs a network namespace of its own: root")
    with Terminal(
        ["unshare", "-n", "sh", "-c", setup + 'exec "$SOCKEYE"'], environment=environment()
    ) as terminal:
        terminal.wait(TABS)
        # What it has to say at first leaves by itself.
        assert terminal.silent_for(2, 20), "it never comes to rest"
        for _ in range(2):  # the clock may tick once
            before = len(terminal.output())
            minute = time.time() // 60
            until(lambda: len(terminal.output()) != before, 3)
            written = terminal.output()[before:]
            if minute == time.time() // 60:
                break
        assert not written, f"wrote {written[:200]!r}"


def first_frame():
    figures = [first_frame_ms([SOCKEYE], environment(), b"quit") for _ in range(9)]
    median = statistics.median(figures)
    assert median < (5000 if SANITIZED else 500), f"{median:.0f} ms"
    return f"first frame after {median:.1f} ms (median of 9; {min(figures):.1f} to {max(figures):.1f})"


# ---- pastes


def name_of(pid):
    with open(f"/proc/{pid}/comm", encoding="utf-8") as name:
        return name.read().strip()


def children(pid):
    """But the one that has its privileges, and the one that does what is left to do."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as found:
        beside = ("sockeye-will", "sockeye-helper")
        return [child for child in found.read().split() if name_of(child) not in beside]


PASTE = (
    "Q\r:quit\ry\rq\r:serve echo 127.0.0.1:0\r:connect 127.0.0.1:9\r"
    "the quick brown fox jumps over the lazy dog; X y z p H\r"
)
PASTE = (PASTE * (65536 // len(PASTE) + 1))[:65536]


def still_answers(terminal):
    """Nothing was done, and a key does what it says."""
    assert not terminal.ended(), "it ended"
    assert not terminal.shows(r"server \d"), "a server was started"
    terminal.type("5")
    terminal.wait("no socket call yet")
    terminal.type("1")
    terminal.wait_gone("no socket call yet")
    assert "paused" not in "".join(terminal.lines())


def bracketed(text):
    return "\x1b[200~" + text + "\x1b[201~"


def paste_into_nothing(text):
    with console("--no-capture") as terminal:
        terminal.wait(TABS)
        terminal.type(text)
        terminal.wait("left out")
        assert terminal.silent_for(0.5, 20)
        still_answers(terminal)


def paste_into_command():
    with console("--no-capture") as terminal:
        terminal.wait(TABS)
        terminal.type(":")
        terminal.type(bracketed(PASTE))
        terminal.silent_for(0.5, 20)
        terminal.type("\x1b")
        terminal.silent_for(0.1, 20)
        still_answers(terminal)


LONG_LINES = "".join(f"line {n:05d} of what was pasted: Q q y\r" for n in range(1700))
SHORT_LINES = "".join(f"{n % 10}\r" for n in range(8000))  # more than the engine lets wait


def paste_into_session(text, wrap):
    """Every byte arrives, in order, once."""
    received = bytearray()
    listener = socket.create_server(("127.0.0.1", 0))

    def take():
        connection = listener.accept()[0]
        with connection:
            while data := connection.recv(65536):
                received.extend(data)

    taker = threading.Thread(target=take, daemon=True)
    taker.start()
    with console("--no-capture") as terminal:
        terminal.wait(TABS)
        command(terminal, f"connect 127.0.0.1:{listener.getsockname()[1]}")
        terminal.wait("session 1 +open")
        terminal.type("i")
        terminal.wait("session 1>")
        terminal.type(wrap(text))
        wanted = text.replace("\r", "\n").encode()
        until(lambda: len(received) >= len(wanted), 20)
        assert bytes(received) == wanted, f"{len(received)} of {len(wanted)} bytes"
        assert terminal.silent_for(0.5, 20)  # only then it is known that no more comes
        terminal.type("\x1d")
        terminal.wait_gone("session 1>")
        terminal.type("5")
        terminal.wait("send\\(")
    listener.close()


def paste_without_end():
    """A terminal that lost the end of a paste must not have lost its keys for ever."""
    with console("--no-capture") as terminal:
        terminal.wait(TABS)
        terminal.type("\x1b[200~:quit\r")
        terminal.wait("left out")

        def answers():
            terminal.type("5")  # while the paste goes on, each makes it longer
            return until(lambda: terminal.shows("no socket call yet"), 4)

        assert until(answers, 20), "no key is heard any more"


# ---- a display that stands still


def still(lines):
    """What does not move while the display is paused: the status line and the capture's meter do."""
    return [line for line in lines[2:] if " seen · " not in line]


def paused():
    stop = threading.Event()
    sent = [0]
    listener = socket.create_server(("127.0.0.1", 0))

    def talk():
        with listener.accept()[0] as connection:
            while not stop.wait(0.02):
                connection.sendall(f"line {sent[0] + 1}\n".encode())
                sent[0] += 1

    talker = threading.Thread(target=talk, daemon=True)
    talker.start()
    with listener, console(rows=40) as terminal:
        terminal.wait(TABS)
        command(terminal, f"connect 127.0.0.1:{listener.getsockname()[1]}")
        terminal.wait("line 5")
        terminal.type("p")
        terminal.wait("paused")
        before, heard = terminal.lines(), sent[0]
        assert until(lambda: sent[0] > heard + 40, 20)
        terminal.type("zz")  # no key may bring news either
        terminal.wait("paused")
        terminal.silent_for(0.2, 5)
        assert still(terminal.lines()) == still(before), "\n".join([*before, *terminal.lines()])
        terminal.type("5")
        terminal.wait("calls, 0 overwritten")
        journal = terminal.lines()
        heard = sent[0]
        assert until(lambda: sent[0] > heard + 20, 20)
        terminal.silent_for(0.2, 5)
        assert terminal.lines()[1:] == journal[1:], "the journal went on"
        stop.set()
        talker.join()
        terminal.type("1p")
        terminal.wait(f"line {sent[0]}")


# ---- leaving


def leaves():
    with console() as terminal:
        terminal.wait(TABS)
        port = serve_echo(terminal)
        command(terminal, f"connect 127.0.0.1:{port}")
        terminal.wait("ESTAB.*session")
        terminal.type("q")
        terminal.wait(r"quit and close \d sessions? and 1 server\? \(y/n\)")
        terminal.type("n")
        terminal.wait_gone("quit and close")
        assert echo(port) == b"ping\n"
        terminal.type("q")
        terminal.wait("quit and close")
        assert not children(terminal.pid)
        terminal.type("y")
        assert terminal.wait_end() == 0
        assert_restored(terminal)
        assert not listens(port), "the server still listens"
        assert "ESTAB" not in connections(port)


def connections(port):
    if not shutil.which("ss"):
        return ""
    listed = subprocess.run(
        ["ss", "-Htn", f"sport = :{port} or dport = :{port}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return listed.stdout


def leaves_at_once():
    with console() as terminal:
        terminal.wait(TABS)
        terminal.type("q")
        assert terminal.wait_end() == 0
        assert_restored(terminal)


# ---- without privileges


def unprivileged():
    """As nobody, on a terminal that belongs to somebody else, as after su(1)."""
    become = []
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            raise Skip("setpriv is missing")
        become = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--"]
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        program = shutil.copy(SOCKEYE, folder)
        with Terminal(
            [*become, program], environment=environment(HOME="/nonexistent"), rows=40, columns=140
        ) as terminal:
            terminal.wait(TABS)
            terminal.wait("CAP_NET_RAW")
            terminal.type("3")
            terminal.wait("CAP_NET_RAW")
            terminal.wait("setcap cap_net_raw")
            terminal.type("1")
            port = serve_echo(terminal)
            command(terminal, f"connect 127.0.0.1:{port}")
            terminal.wait("ESTAB.*session")
            terminal.type("ihello\r")
            terminal.wait("← +6 +hello")
            terminal.type("\x1dQ")
            assert terminal.wait_end() == 0
            assert_restored(terminal)


def ignore_hang_up():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


MEASURED = [
    ("the first frame comes at once", first_frame),
    (
        "a terminal that nobody reads slows no socket",
        lambda: stopped_terminal(stop_reading, Terminal.read_again),
    ),
    (
        "a terminal stopped by C-s slows no socket",
        lambda: stopped_terminal(press_stop, lambda terminal: terminal.type("\x11")),
    ),
]
CASES = [
    ("SIGTERM ends it soon, the terminal restored", lambda: ends_by(signal.SIGTERM)),
    ("SIGHUP ends it soon, the terminal restored", lambda: ends_by(signal.SIGHUP)),
    ("SIGINT ends it soon, the terminal restored", lambda: ends_by(signal.SIGINT)),
    ("SIGQUIT ends it soon, the terminal restored", lambda: ends_by(signal.SIGQUIT)),
    ("after SIGKILL the terminal is restored, too", killed),
    ("signals that mean nothing leave it alone", unmoved),
    ("SIGTERM ends it soon in the middle of work", interrupted_while_busy),
    ("SIGSEGV restores the terminal and ends it", lambda: dies_of(signal.SIGSEGV)),
    ("SIGABRT restores the terminal and ends it", lambda: dies_of(signal.SIGABRT)),
    ("SIGSYS and SIGXCPU restore the terminal and end it", lambda: [dies_of(n) for n in (signal.SIGSYS, signal.SIGXCPU)] and None),
    ("a crash in any thread restores the terminal", crash_in_any_thread),
    ("a hang-up ends it soon", hung_up),
    ("a hang-up is told to both ends of what is open", told_to_both_ends),
    ("a hang-up ends it soon when SIGHUP is ignored", lambda: hung_up(ignore_hang_up)),
    ("200 changes of the size leave a right frame", storm),
    ("a size that went and came back between two looks leaves a right frame", away_and_back),
    ("it begins in one cell and grows", begins_at_1x1),
    ("TERM=dumb is refused in a line", lambda: refuses({"TERM": "dumb"}, "dumb")),
    ("no TERM is refused in a line", lambda: refuses({"TERM": None}, "TERM is not set")),
    ("an unknown TERM is refused in a line", lambda: refuses({"TERM": "no-such"}, "no-such")),
    ("no terminal is refused in a line", no_terminal),
    ("LC_ALL=C gets ASCII only", lambda: c_locale({"LC_ALL": "C"})),
    ("LANG=C gets ASCII only", lambda: c_locale({"LC_ALL": None, "LANG": "C"})),
    ("NO_COLOR gets no colours", no_color),
    ("xterm-mono has no colours", lambda: monochrome("xterm-mono")),
    ("vt100 has no colours", lambda: monochrome("vt100")),
    ("at rest it writes nothing", lambda: idle("")),
    ("at rest it writes nothing with lo up", lambda: idle("ip link set lo up; ")),
    ("a bracketed paste does nothing", lambda: paste_into_nothing(bracketed(PASTE))),
    ("a paste without brackets does nothing", lambda: paste_into_nothing(PASTE)),
    ("a paste into the command line runs nothing", paste_into_command),
    ("a bracketed paste is sent whole", lambda: paste_into_session(LONG_LINES, bracketed)),
    ("a paste without brackets is sent whole", lambda: paste_into_session(LONG_LINES, str)),
    ("a paste of many lines is sent whole", lambda: paste_into_session(SHORT_LINES, bracketed)),
    ("a paste that never ends leaves the keys", paste_without_end),
    ("p makes every pane stand still", paused),
    ("q asks when sessions are open, y leaves nothing behind", leaves),
    ("q leaves at once when nothing is open", leaves_at_once),
    ("it works without privileges", unprivileged),
]

if __name__ == "__main__":
    run_cases(MEASURED, CASES, sys.argv[1:])
