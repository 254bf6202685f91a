"""Bytes that would steer a terminal, from every side that others can write to.

    SOCKEYE=build/sockeye python3 tests/e2e/hostile.py

A peer sends them, a process has them in its name.  None may reach the terminal as it is, and
each must be seen in escaped form.  Prints a line for each case; hostile_test.sh makes TAP of it.
"""

import ctypes
import json
import os
import re
import socket
import subprocess
import sys
import threading

from terminal import SEQUENCE, Skip, Terminal, run_cases, until

SOCKEYE = os.environ["SOCKEYE"]
PR_SET_NAME = 15

# In words: a title, a colour, a mouse mode, a report of the cursor, a DCS, a reset, C1 controls
# as one byte and in UTF-8, bidirectional overrides, what has no width, line separators,
# overlong and cut UTF-8, a surrogate, all the C0 controls and DEL.
PAYLOAD = (
    b"begin\x1b]0;title\x07 \x1b[31mred \x1b[?1000h\x1b[6n\x1bPq\x1b\\\x1bc "
    b"\x9b31m\x9d0;title\x9c \xc2\x9b31m\xc2\x85\xc2\x80 "
    + "\u202eoverride\u202c\u2066isolate\u2069\u200b\u200e\u061c\ufeff\u2028\u2029 ".encode()
    + b"\xc0\x9b\xe0\x80\x9b\xf0\x9f\xed\xa0\x80\xff\xfe "
    + bytes(range(0x00, 0x09))
    + b"\x0b\x0c"
    + bytes(range(0x0E, 0x20))
    + b"\x7fend\n"
)
NAME = b"n\x1b[5n\x07\x9b\xc2\x9bz"
FORBIDDEN_CODES = (
    set(range(0x00, 0x20)) - set(b"\x1b\b\t\n\r")
    | set(range(0x7F, 0xA0))
    | {0x061C, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029, 0xFEFF}
    | set(range(0x202A, 0x202F))
    | set(range(0x2066, 0x206A))
)
# The sequences that ncurses itself has for xterm, and ours for pastes and the mouse.
OURS = re.compile(
    rb"\x1b(?:\[[0-9;]*[ABCDGHJKLMPSTXbdmrh@]|\[4l|\[\?(?:1|7|12|25|1002|1006|1049|2004|12;25)[hl]"
    rb"|\[2[23];0;0t|[=>M78H]|\(B)"
)


def environment():
    return dict(os.environ, TERM="xterm-256color")


def assert_harmless(output):
    for match in re.finditer(rb"\x1b", output):
        sequence = SEQUENCE.match(output, match.start())
        shown = output[match.start() : match.start() + 20]
        assert sequence and OURS.fullmatch(sequence[0]), f"a sequence came through: {shown!r}"
    text = output.decode()  # strictly: what is no UTF-8 came through, too
    found = {code for code in map(ord, text) if code in FORBIDDEN_CODES}
    assert not found, f"came through: {', '.join(f'U+{code:04X}' for code in sorted(found))}"


class Peer:
    """Sends the payload to whoever connects, and keeps the connection."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.kept = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            connection.sendall(PAYLOAD)
            self.kept.append(connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        for connection in self.kept:
            connection.close()


class Named:
    """A process with the name, which listens."""

    def __enter__(self):
        read_end, write_end = os.pipe()
        leash, self.leash = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.leash)
            listener = socket.create_server(("127.0.0.1", 0))
            if ctypes.CDLL(None).prctl(PR_SET_NAME, NAME, 0, 0, 0):
                os._exit(1)
            os.write(write_end, str(listener.getsockname()[1]).encode())
            os.read(leash, 1)
            os._exit(0)
        os.close(write_end)
        os.close(leash)
        told = os.read(read_end, 16)
        os.close(read_end)
        self.port = int(told)
        return self

    def __exit__(self, *_):
        os.close(self.leash)
        os.waitpid(self.pid, 0)


def escaped(data):
    """As the program writes it: the escapes of its transcript and its names."""
    names = {0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t"}
    out = ""
    for character in data.decode("utf-8", "surrogateescape"):
        code = ord(character)
        if 0xDC80 <= code <= 0xDCFF:
            out += f"\\x{code - 0xDC00:02x}"
        elif code in names:
            out += names[code]
        elif code in FORBIDDEN_CODES or code == 0x1B or code == 0x08:
            out += f"\\x{code:02x}" if code < 0x80 else f"\\u{{{code:x}}}"
        else:
            out += character
    return out


def joined(terminal, begin):
    """The lines from the one that holds `begin` on, without what stands left of it."""
    lines = terminal.lines()
    for row, line in enumerate(lines):
        at = line.find(begin)
        if at >= 0:
            return "".join(other[at:] for other in lines[row : row + 12])
    return ""


def console_shows_them():
    with Peer() as peer, Terminal([SOCKEYE], rows=60, columns=200, environment=environment()) as t:
        t.wait("1 Sockets")
        t.type(f":connect 127.0.0.1:{peer.port}\r")
        t.wait(r"begin\\x1b\]0;title\\x07")
        for keys in ("2", "x", "x", "3", "5", "1", "z", "z"):
            t.type(keys)
            t.silent_for(0.1, 2)
        t.type("2")
        t.wait(r"begin\\x1b\]0;title\\x07")
        wanted = escaped(PAYLOAD).replace(" ", "")
        shown = until(lambda: wanted in joined(t, "begin\\x1b").replace(" ", ""), 5)
        assert shown, f"\nwanted {wanted}\n" + "\n".join(t.lines())
        assert_harmless(t.output())


def packets_show_them():
    with Peer() as peer, Terminal([SOCKEYE], rows=60, columns=200, environment=environment()) as t:
        t.wait("1 Sockets")
        t.wait("lo: [0-9,]+ packets|no capture")
        if t.shows("no capture"):
            raise Skip("capturing is not permitted")
        t.type(f":connect 127.0.0.1:{peer.port}\r")
        t.wait(r"begin\\x1b")
        t.type("3")
        t.wait(r"62 65 67 69 6e 1b 5d 30|6265 6769 6e1b 5d30")
        t.type("G")
        t.silent_for(0.1, 2)
        assert_harmless(t.output())


def table_shows_them():
    with Named() as named, Terminal([SOCKEYE], rows=60, columns=200, environment=environment()) as t:
        t.wait("1 Sockets")
        t.type(f"&sport = :{named.port}\r")
        t.wait(rf":{named.port} .*LISTEN .*" + re.escape(f"{escaped(NAME)} ({named.pid})"))
        t.type("\t\t")
        t.silent_for(0.1, 2)
        assert_harmless(t.output())


def sockets_list_shows_them():
    with Named() as named:
        command = [SOCKEYE, "sockets", "-ap", f"sport = :{named.port}"]
        with Terminal(command, rows=24, columns=200, environment=environment()) as t:
            t.wait(re.escape(escaped(NAME)))
            assert t.wait_end() == 0
            assert_harmless(t.output())
        told = subprocess.run([*command, "--json"], capture_output=True, check=True).stdout
        assert not re.search(rb"[^\x20-\x7e\n]", told), told
        owner = json.loads(told)["sockets"][0]["owners"][0]
        assert owner["comm"].replace("\\\\", "\\") == escaped(NAME), owner
        assert owner["pid"] == named.pid


def connect_shows_them():
    with Peer() as peer:
        command = [SOCKEYE, "connect", f"127.0.0.1:{peer.port}"]
        with Terminal(command, rows=24, columns=200, environment=environment()) as t:
            t.wait(r"begin\\x1b\]0;title\\x07")
            t.wait(r"end$")
            assert_harmless(t.output())
            assert b"\x1b" not in t.output()


def taken_port_shows_them():
    with Named() as named:
        command = [SOCKEYE, "serve", "echo", f"127.0.0.1:{named.port}"]
        with Terminal(command, rows=24, columns=200, environment=environment()) as t:
            assert t.wait_end() == 1
            t.wait(re.escape(escaped(NAME)), 2)
            assert_harmless(t.output())


CASES = [
    ("the transcript escapes what a peer sends", console_shows_them),
    ("packets and bytes escape what a peer sends", packets_show_them),
    ("the table escapes the name of a process", table_shows_them),
    ("sockets -ap escapes the name of a process", sockets_list_shows_them),
    ("connect to a terminal escapes what a peer sends", connect_shows_them),
    ("serve escapes the name of who has the port", taken_port_shows_them),
]

if __name__ == "__main__":
    run_cases([], CASES, sys.argv[1:])
