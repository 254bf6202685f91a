"""A terminal that a test holds in its hand: a pty(7) with a program on it.

For what tmux cannot do: not reading what the program writes, stopping it, hanging up, looking
at the raw bytes.  A thread reads them all the time, unless it is told not to, keeps them, and
draws them on a screen, as far as the sequences of TERM=xterm-256color go.

Every wait has a deadline, nothing waits for a fixed time.
"""

import fcntl
import multiprocessing
import os
import re
import select
import signal
import struct
import termios
import threading
import time

SEQUENCE = re.compile(
    rb"\x1b(?:\[(?P<parameters>[0-?]*)[ -/]*(?P<final>[@-~])|[()*+][0-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-Z\\^-~])"
)


def until(condition, seconds, pause=0.01):
    """Poll until the condition holds; what it gave last."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result or time.monotonic() > end:
            return result
        time.sleep(pause)


class Screen:
    """What the bytes look like: ECMA-48 as xterm understands it, without its colours."""

    def __init__(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.top, self.bottom = 0, rows - 1
        self.wrap = False  # the last column was written, the next character goes below
        self.last = " "
        self.rest = b""

    def resize(self, rows, columns):
        kept = [line[:columns] + [" "] * (columns - len(line)) for line in self.cells[:rows]]
        self.cells = kept + [[" "] * columns for _ in range(rows - len(kept))]
        self.rows, self.columns = rows, columns
        self.top, self.bottom = 0, rows - 1
        self.move(self.row, self.column)

    def lines(self):
        return ["".join(line).rstrip() for line in self.cells]

    def move(self, row, column):
        self.row = max(0, min(row, self.rows - 1))
        self.column = max(0, min(column, self.columns - 1))
        self.wrap = False

    def scroll(self, top, count):
        """Lines from top to the region's end go up; down when count is negative."""
        for _ in range(min(abs(count), self.bottom - top + 1)):
            gone, place = (top, self.bottom) if count > 0 else (self.bottom, top)
            del self.cells[gone]
            self.cells.insert(place, [" "] * self.columns)

    def down(self):
        if self.row == self.bottom:
            self.scroll(self.top, 1)
        else:
            self.move(self.row + 1, self.column)

    def put(self, character):
        if self.wrap:
            self.column = 0
            self.wrap = False
            self.down()
        self.cells[self.row][self.column] = self.last = character
        if self.column == self.columns - 1:
            self.wrap = True
        else:
            self.column += 1

    def erase(self, row, first, behind):
        for column in range(first, min(behind, self.columns)):
            self.cells[row][column] = " "

    def erase_display(self, what):
        first = 0 if what else self.row + 1
        behind = self.row if what == 1 else self.rows
        for row in range(first, behind):
            self.erase(row, 0, self.columns)
        if what != 2:
            self.erase_line(what)

    def erase_line(self, what):
        self.erase(
            self.row, 0 if what else self.column, self.column + 1 if what == 1 else self.columns
        )

    def control(self, parameters, final):
        private = parameters[:1] in (b"?", b">", b"<", b"=")
        numbers = [int(n) if n.isdigit() else 0 for n in parameters.lstrip(b"?><=").split(b";")]
        first = numbers[0]
        n = first or 1
        line = self.cells[self.row]
        if private:
            if final == b"h" and 1049 in numbers:
                self.erase_display(2)
        elif final in b"Hf":
            self.move(n - 1, (numbers[1] if len(numbers) > 1 else 1) - 1 if numbers[1:] else 0)
        elif final in b"ABCD":
            down, right = {b"A": (-n, 0), b"B": (n, 0), b"C": (0, n), b"D": (0, -n)}[final]
            self.move(self.row + down, self.column + right)
        elif final in b"G`":
            self.move(self.row, n - 1)
        elif final == b"d":
            self.move(n - 1, self.column)
        elif final == b"J":
            self.erase_display(first)
        elif final == b"K":
            self.erase_line(first)
        elif final == b"X":
            self.erase(self.row, self.column, self.column + n)
        elif final == b"@":
            line[self.column : self.column] = [" "] * n
            del line[self.columns :]
        elif final == b"P":
            del line[self.column : self.column + n]
            line.extend([" "] * (self.columns - len(line)))
        elif final in b"LM":
            self.scroll(self.row, n if final == b"M" else -n)
        elif final in b"ST":
            self.scroll(self.top, n if final == b"S" else -n)
        elif final == b"r":
            self.top = n - 1
            self.bottom = (numbers[1] if len(numbers) > 1 else self.rows) - 1
            self.move(0, 0)
        elif final == b"b":
            for _ in range(n):
                self.put(self.last)
        elif final == b"Z":
            self.move(self.row, max(0, self.column - 1) // 8 * 8)

    def feed(self, data):
        data = self.rest + data
        at = 0
        while at < len(data):
            byte = data[at]
            if byte == 0x1B:
                match = SEQUENCE.match(data, at)
                if not match:
                    if len(data) - at < 64:
                        break  # the rest of it comes later
                    at += 1
                    continue
                if match["final"]:
                    self.control(match["parameters"], match["final"])
                elif match[0] == b"\x1bM":
                    if self.row == self.top:
                        self.scroll(self.top, -1)
                    else:
                        self.move(self.row - 1, self.column)
                at = match.end()
            elif byte < 0x20:
                if byte == 0x0D:
                    self.move(self.row, 0)
                elif byte == 0x0A:
                    self.down()
                elif byte == 0x08:
                    self.move(self.row, self.column - 1)
                elif byte == 0x09:
                    self.move(self.row, (self.column // 8 + 1) * 8)
                at += 1
            else:
                size = 1 if byte < 0xC0 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
                if at + size > len(data):
                    break
                self.put(data[at : at + size].decode("utf-8", "replace")[0])
                at += size
        self.rest = data[at:]


def login(slave):
    """Make the terminal the calling process's own."""
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for descriptor in (0, 1, 2):
        os.dup2(slave, descriptor)


def environment(**changes):
    """The surroundings of a program in a terminal; None takes a variable away."""
    result = dict(os.environ, TERM="xterm-256color")
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = value
    return result


class Terminal:
    """A program on a pty.  `stderr` is a descriptor for it instead of the terminal."""

    def __init__(
        self, command, rows=24, columns=80, environment=None, stderr=None, before_exec=None
    ):
        self.master, self.slave = os.openpty()
        os.set_inheritable(self.slave, True)
        self.raw = bytearray()
        self.screen = Screen(rows, columns)
        self.lock, self.waiting = threading.Lock(), threading.Lock()
        self.reading = threading.Event()
        self.reading.set()
        self.status = self.usage = None
        self.set_size(rows, columns)
        self.modes = termios.tcgetattr(self.slave)
        self.pid = os.fork()
        if self.pid == 0:
            self.become(command, environment, stderr, before_exec)
        os.set_blocking(self.master, False)
        self.closing_read, self.closing = os.pipe()
        self.reader = threading.Thread(target=self.read_on, daemon=True)
        self.reader.start()

    def become(self, command, environment, stderr, before_exec):
        try:
            login(self.slave)
            if stderr is not None:
                os.dup2(stderr, 2)
            if before_exec:
                before_exec()
            os.closerange(3, 256)
            os.execvpe(command[0], command, environment or os.environ)
        except BaseException as error:  # the child must never come back
            os.write(2, f"{command[0]}: {error}\n".encode())
            os._exit(127)

    def read_on(self):
        while True:
            watched = [self.closing_read] + ([self.master] if self.reading.is_set() else [])
            ready = select.select(watched, [], [], 0.02)[0]
            if self.closing_read in ready:
                return
            if self.master not in ready:
                continue
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            with self.lock:
                self.raw += data
                self.screen.feed(data)

    # ---- what it shows

    def lines(self):
        with self.lock:
            return self.screen.lines()

    def shows(self, pattern):
        return any(re.search(pattern, line) for line in self.lines())

    def wait(self, pattern, seconds=10):
        """Until a line of the screen matches; with the screen in the error when none does."""
        if not until(lambda: self.shows(pattern), seconds):
            shown = "\n".join(f"|{line}" for line in self.lines()).rstrip("|\n")
            raise AssertionError(f"waited {seconds} s for: {pattern}; the screen:\n{shown}")

    def wait_gone(self, pattern, seconds=10):
        assert until(lambda: not self.shows(pattern), seconds), f"still there: {pattern}"

    def output(self):
        with self.lock:
            return bytes(self.raw)

    def silent_for(self, seconds, limit):
        """Until nothing was written for so long; False when that did not come to be."""
        state = {"length": -1, "since": 0.0}

        def silent():
            length, now = len(self.raw), time.monotonic()
            if length != state["length"]:
                state.update(length=length, since=now)
            return now - state["since"] >= seconds

        return until(silent, limit)

    # ---- what it does

    def type(self, text):
        """As fast as the program takes it; a program that ended takes all."""
        data = text.encode() if isinstance(text, str) else text
        end = time.monotonic() + 20
        while data and not self.ended():
            if select.select([], [self.master], [], 0.1)[1]:
                data = data[os.write(self.master, data[:4096]) :]
            assert time.monotonic() < end, "the program does not read its keys"

    def set_size(self, rows, columns):
        """0 by 0 is a terminal that does not say what it has: what it shows stays."""
        if rows and columns:
            with self.lock:
                self.screen.resize(rows, columns)
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def smear(self):
        """Whatever is not drawn anew is seen."""
        with self.lock:
            self.screen.cells = [["#"] * self.screen.columns for _ in range(self.screen.rows)]

    def full(self):
        """True when the program can write no more."""
        return not select.select([], [self.slave], [], 0)[1]

    def nothing_waits(self):
        """True when all that was written has been read."""
        return not select.select([self.master], [], [], 0)[0]

    def stop_reading(self):
        self.reading.clear()

    def read_again(self):
        self.reading.set()

    def hang_up(self):
        """The terminal is gone, as when its window was closed."""
        os.write(self.closing, b"x")
        self.reader.join()
        os.close(self.slave)
        os.close(self.master)
        self.master = self.slave = None

    # ---- its program

    def signal(self, number):
        os.kill(self.pid, number)

    def ended(self):
        with self.waiting:
            if self.status is None:
                pid, status, usage = os.wait4(self.pid, os.WNOHANG)
                if pid:
                    self.status, self.usage = status, usage
        return self.status is not None

    def wait_end(self, seconds=10):
        """How it ended: 128 + the signal, as a shell says it, when one ended it."""
        assert until(self.ended, seconds, 0.002), f"the program still runs after {seconds} s"
        if os.WIFSIGNALED(self.status):
            return 128 + os.WTERMSIG(self.status)
        return os.WEXITSTATUS(self.status)

    def close(self):
        if not self.ended():
            self.signal(signal.SIGKILL)
            self.wait_end()
        if self.master is not None:
            self.hang_up()
        os.close(self.closing)
        os.close(self.closing_read)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def first_frame_ms(command, environment, last_word):
    """From exec to the frame's last word at the terminal."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    begin, seen = time.monotonic(), b""
    pid = os.fork()
    if pid == 0:
        login(slave)
        os.execvpe(command[0], command, environment)
    try:
        while last_word not in seen:
            if not select.select([master], [], [], 20)[0]:
                raise AssertionError(f"no first frame: {seen[:500]!r}")
            seen += os.read(master, 65536)
        return (time.monotonic() - begin) * 1000
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(master)
        os.close(slave)


chosen = []  # what the processes that run cases were forked with


class Skip(Exception):
    """Why a case cannot run here."""


def run_case(name, case):
    """Its lines, for run_cases of lib.sh."""
    begin = time.monotonic()
    try:
        notes = case()
        took = time.monotonic() - begin
        return f"ok {name}\n# {took:.1f} s" + (f"; {notes}" if notes else "")
    except Skip as reason:
        return f"skip {name} # {reason}"
    except Exception as error:  # whatever it was, the next case can run
        text = str(error) if isinstance(error, AssertionError) and str(error) else repr(error)
        trace = error.__traceback__
        while trace.tb_next and trace.tb_next.tb_frame.f_code.co_filename != __file__:
            trace = trace.tb_next
        return f"not ok {name}\n# line {trace.tb_lineno}: " + text.replace("\n", "\n# ")


def run_chosen(index):
    return run_case(*chosen[index])


def run_cases(alone, together, words):
    """Cases are (name, function); of those that have one of the words in their name, the ones
    that measure run alone first, the others, which mostly wait, a few at a time."""
    global chosen

    def wanted(cases):
        return [c for c in cases if not words or any(word in c[0] for word in words)]

    for case in wanted(alone):
        print(run_case(*case), flush=True)
    chosen = wanted(together)
    with multiprocessing.get_context("fork").Pool(4) as pool:
        for lines in pool.imap(run_chosen, range(len(chosen))):
            print(lines, flush=True)
