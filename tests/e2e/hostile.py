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
import ssl
import struct
import subprocess
import sys
import tempfile
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


# ---- words, names and files

# What no program of ours may repeat as it is; no NUL, for it stands in arguments and names.
WORD = b"w\x1b]0;PWN\x07\x1b[31m\x9b\xc2\x9b31m\xe2\x80\xae\xe2\x80\x8b\nforged %n%s\tz"
SUBCOMMANDS = (
    "sockets connect serve message resolve capture ping why doctor run load errors explain "
    "options pack unpack"
).split()


def plain(output):
    """Nothing but text and line feeds."""
    text = output.decode()
    found = {code for code in map(ord, text) if code in FORBIDDEN_CODES or code in (8, 9, 13, 0x1B)}
    assert not found - {0x0D} and "\r" not in text.replace("\r\n", ""), f"came through: {found}: {text!r}"
    assert not re.search(r"^forged", text, re.M), f"a line was forged: {text!r}"
    return text


def ours(*arguments, **options):
    """What the program says, all of it checked; (status, stdout, stderr)."""
    done = subprocess.run(
        [SOCKEYE, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=20, **options
    )
    return done.returncode, plain(done.stdout), plain(done.stderr)


def arguments_are_named():
    lines = 0
    for subcommand in SUBCOMMANDS:
        for words in ([WORD], [b"--" + WORD], ["--json", WORD]):
            status, _, said = ours(subcommand, *words)
            assert status in (0, 1, 2), (subcommand, words, status, said)
            lines += "PWN" in said
    for words in ([WORD], [b"--" + WORD], ["--config", WORD], ["--workspace", WORD], ["--replay", WORD]):
        status, _, said = ours(*words)
        assert status == 2 and "PWN" in said and said.count("\n") == 1, (words, status, said)
        lines += 1
    return f"{lines} lines name it"


def files_are_named():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(os.fsencode(folder), WORD)
        with open(path, "wb"):
            pass
        for words in (
            ["run", path],
            ["capture", "-r", path],
            ["sockets", "--diff", path],
            ["why", "--file", path],
            ["connect", "tls://127.0.0.1:1", "--ca", path],
            ["serve", "file-source", "--file", path + b"x"],
            ["connect", b"unix:" + path],
            ["serve", "echo", b"unix:" + path + b"/x"],
        ):
            status, _, said = ours(*words)
            assert status in (1, 2) and "PWN" in said, (words, status, said)


def environment_is_named():
    for name in ("ALL_PROXY", "all_proxy"):
        told = dict(os.environb, **{})
        told[os.fsencode(name)] = b"http://" + WORD + b":1"
        status, _, said = ours("connect", "10.9.9.9:1", env=told)
        assert status == 2 and "PWN" in said and name in said, said
    # newterm(3X) that fails leaks.
    leaks = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    surroundings = dict(os.environ, TERM="\x1b[31mz", ASAN_OPTIONS=leaks)
    with Terminal([SOCKEYE], environment=surroundings) as t:
        assert t.wait_end() == 2
        t.wait(r"\\x1b\[31mz")
        plain(t.output())


def paths_and_abstract_names():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(os.fsencode(folder), WORD)
        with socket.socket(socket.AF_UNIX) as one, socket.socket(socket.AF_UNIX) as other:
            one.bind(path)
            one.listen()
            other.bind(b"\0" + WORD + b"\0more")
            other.listen()
            shown = escaped(WORD)
            for form in ([], ["--csv"], ["--json"]):
                status, said, _ = ours("sockets", "-xa", *form)
                assert status == 0
                assert said.replace("\\\\", "\\").count(shown) == 2, (form, said)
                if not form:
                    assert sum(shown in line for line in said.split("\n")) == 2, said
            command = [SOCKEYE, "--no-capture"]
            with Terminal(command, rows=40, columns=200, environment=environment()) as t:
                t.wait("1 Sockets")
                t.type("&unix state listening\r")
                t.wait(re.escape("w\\x1b]0;PWN\\x07"))
                t.type("\t")
                t.silent_for(0.1, 2)
                assert_harmless(t.output())


def very_long_command_line():
    """Two megabytes of arguments, and in them what steers a terminal."""
    script = "import socket, sys; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); sys.stdin.read()"
    filler = b"x" * 100000
    with subprocess.Popen(
        [sys.executable, "-c", script, WORD, *[filler] * 18], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        port = int(holder.stdout.readline())
        for form in ([], ["--csv"], ["--json"]):
            status, said, _ = ours("sockets", "-ltp", "--columns", "command,comm", *form, f"sport = :{port}")
            assert status == 0 and "import socket" in said and len(said) < 20000, said[:2000]
        with Terminal([SOCKEYE, "--no-capture"], rows=40, columns=200, environment=environment()) as t:
            t.wait("1 Sockets")
            t.type(f"&sport = :{port}\r")
            t.wait(rf":{port} .*LISTEN")
            t.type("\r")
            t.silent_for(0.1, 2)
            assert_harmless(t.output())
        holder.stdin.close()


def certificate_names():
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = os.path.join(folder, "key"), os.path.join(folder, "cert")
        subject = b"/CN=" + WORD.replace(b"\x9b\xc2", b"\xc2").replace(b"/", b"")
        made = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-utf8", "-days", "2", "-keyout", key,
             "-out", certificate, "-subj", subject], capture_output=True, check=False,
        )
        if made.returncode:
            raise Skip("openssl makes no such certificate")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def serve():
                for _ in range(3):
                    try:
                        connection = listener.accept()[0]
                        context.wrap_socket(connection, server_side=True).close()
                    except (OSError, ssl.SSLError):
                        pass

            threading.Thread(target=serve, daemon=True).start()
            endpoint = f"tls://127.0.0.1:{listener.getsockname()[1]}"
            status, _, said = ours("connect", endpoint)
            assert status == 1 and said, said
            status, said, _ = ours("connect", endpoint, "--insecure", "--json")
            assert "PWN" in said, said
            status, _, said = ours("connect", endpoint, "--insecure", "-v")
            assert status in (0, 1), said  # the server may close before all is read: a reset


def block(kind, body):
    body += b"\0" * (-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def option(code, value):
    return struct.pack("<HH", code, len(value)) + value + b"\0" * (-len(value) % 4)


def capture_files_of_others():
    """Names of interfaces and comments in them, and packets that quote the word."""
    udp = struct.pack(">HHHH", 53, 40000, 8 + len(WORD), 0) + WORD
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, b"\x0a\0\0\1", b"\x0a\0\0\2")
    http = b"HTTP/1.1 200 " + WORD.replace(b"\n", b"") + b"\r\nServer: " + WORD.replace(b"\n", b"") + b"\r\n\r\n"
    tcp = struct.pack(">HHIIBBHHH", 80, 40000, 1, 1, 0x50, 0x18, 100, 0, 0) + http
    ip_of_tcp = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 2, 0, 64, 6, 0, b"\x0a\0\0\1", b"\x0a\0\0\2")
    whole = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + option(1, WORD) + option(4, WORD) + option(0, b""))
    whole += block(1, struct.pack("<HHI", 101, 0, 0) + option(2, WORD[:15]) + option(3, WORD) + option(0, b""))
    for packet in (ip + udp, ip_of_tcp + tcp):
        body = struct.pack("<IIIII", 0, 1, 1, len(packet), len(packet)) + packet + b"\0" * (-len(packet) % 4)
        whole += block(6, body + option(1, WORD) + option(0, b""))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "foreign.pcapng")
        with open(path, "wb") as out:
            out.write(whole)
        for words in ([], ["--json"], ["--fields"], ["--json", "--fields"], ["--findings"], ["-ve"],
                      ["--ladder"], ["--ladder", "--as", "json"], ["--ladder", "--as", "html"],
                      ["--stream", "--as", "json"], ["--stream", "--as", "hex"]):
            status, said, complaint = ours("capture", "-r", path, *words)
            assert status == 0, (words, status, complaint)
            if words in ([], ["--json"]):
                assert "PWN" in said, (words, said)
        for words in (["--json"], []):
            assert ours("why", "--file", path, "--all", *words)[0] in (0, 1)


def directory_listing():
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(os.fsencode(folder), WORD), "wb"):
            pass
        with subprocess.Popen(
            [SOCKEYE, "serve", "http", "127.0.0.1:0", "--json", "--directory", folder, "--list"], stdout=subprocess.PIPE
        ) as server:
            said = json.loads(server.stdout.readline())
            port = int(str(said.get("endpoint", said)).rsplit(":", 1)[1].strip("'}/"))
            with socket.create_connection(("127.0.0.1", port), 10) as s:
                s.sendall(b"GET / HTTP/1.0\r\n\r\n")
                received = b""
                while piece := s.recv(65536):
                    received += piece
            server.terminate()
            head, body = received.split(b"\r\n\r\n", 1)
            assert b"text/html" not in head.lower(), head
            assert "PWN" in plain(body), received


CASES = [
    ("the transcript escapes what a peer sends", console_shows_them),
    ("packets and bytes escape what a peer sends", packets_show_them),
    ("the table escapes the name of a process", table_shows_them),
    ("sockets -ap escapes the name of a process", sockets_list_shows_them),
    ("connect to a terminal escapes what a peer sends", connect_shows_them),
    ("serve escapes the name of who has the port", taken_port_shows_them),
    ("each subcommand names a wrong word escaped, in one line", arguments_are_named),
    ("names of files are escaped", files_are_named),
    ("the environment is quoted escaped", environment_is_named),
    ("paths and abstract names are escaped in table, CSV and JSON", paths_and_abstract_names),
    ("a command line of 2 MB is cut and escaped", very_long_command_line),
    ("names in a certificate are escaped", certificate_names),
    ("names, comments and texts in a capture file are escaped", capture_files_of_others),
    ("names in a directory are escaped", directory_listing),
]

if __name__ == "__main__":
    run_cases([], CASES, sys.argv[1:])
