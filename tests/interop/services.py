"""Cases of services.sh: what `sockeye serve` answers, byte for byte, to Python's sockets."""

import json
import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "e2e"))
from terminal import run_cases, until  # noqa: E402

SOCKEYE = os.environ["SOCKEYE"]
PATIENCE = 20


class Server:
    """A server of ours on a port of the kernel's choice."""

    def __init__(self, service, *options, at="127.0.0.1:0", environment=None, run_by=()):
        command = [*run_by, SOCKEYE, "serve", service, at, *options, "--json"]
        self.said = []
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})}
        )
        listening = json.loads(self.process.stdout.readline())
        self.endpoint = listening["endpoint"]
        self.port = int(self.endpoint.rpartition(":")[2]) if "://" in self.endpoint else 0
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.said.append(json.loads(line))

    def connect(self, port=None):
        s = socket.create_connection(("127.0.0.1", port or self.port), PATIENCE)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s

    def errors(self):
        return [line.get("error") for line in self.said if "error" in line]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(PATIENCE) == 0, "the server ended with an error"


def receive(s, n):
    got = b""
    while len(got) < n:
        piece = s.recv(n - len(got))
        if not piece:
            break
        got += piece
    return got


def receive_all(s):
    got = b""
    while piece := s.recv(65536):
        got += piece
    return got


def asked(server, *pieces):
    """What comes back to each piece before the next is sent, then what comes behind our FIN."""
    with server.connect() as s:
        answers = []
        for piece, length in pieces:
            s.sendall(piece)
            answers.append(receive(s, length))
        s.shutdown(socket.SHUT_WR)
        return answers + [receive_all(s)]


def said(server):
    """What a service says by itself."""
    with server.connect() as s:
        return receive_all(s)


def datagram(server, question):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(PATIENCE)
        s.connect(("127.0.0.1", server.port))
        s.send(question)
        return s.recv(65536)


def equal(got, wanted):
    assert got == wanted, f"{got!r} instead of {wanted!r}"


def refused(*words):
    """What is said on stderr of options that are wrong."""
    r = subprocess.run(
        [SOCKEYE, "serve", *words], capture_output=True, text=True, timeout=PATIENCE
    )
    assert r.returncode in (1, 2, 3), r
    assert r.stderr.count("\n") == 1, r.stderr
    return r.stderr


# ---- texts -------------------------------------------------------------------------------


def greetings():
    for service, text in [
        ("hello", b"Hello Client!"),
        ("thanks", b"Thank you for connecting"),
    ]:
        with Server(service) as server:
            equal(said(server), text)
        with Server(service, at="udp://127.0.0.1:0") as server:
            equal(datagram(server, b"?"), text)
    with Server("hello", "--text", r"\xe9a\t", "--line-end", "crlf") as server:
        equal(said(server), b"\xe9a\t\r\n")


def greeting_survives_what_the_client_says_first():
    with Server("hello") as server:
        for _ in range(20):
            with server.connect() as s:
                s.sendall(b"x" * 100000)
                equal(receive_all(s), b"Hello Client!")


def a_silent_client_is_closed_too():
    with Server("hello") as server, server.connect() as s:
        receive_all(s)
        closed = lambda: any(line.get("state") == "closed" for line in server.said)
        assert until(closed, PATIENCE), server.said


def greet_then_read():
    with Server("greet-then-read") as server, server.connect() as s:
        text = b"Hello, client! Welcome to the server."
        equal(receive(s, len(text)), text)
        s.settimeout(0.2)
        try:
            assert not s.recv(1), "it said more"
            assert False, "it closed before it had read"
        except TimeoutError:
            pass
        s.settimeout(PATIENCE)
        s.sendall(b"hi")
        equal(s.recv(1), b"")


def times():
    london = {"TZ": "UTC"}
    words = rb"(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, [A-Z][a-z]+ \d{1,2}, \d{4} \d\d:\d\d:\d\d-"
    for at, ask in [("127.0.0.1:0", said), ("udp://127.0.0.1:0", lambda s: datagram(s, b""))]:
        with Server("daytime", at=at, environment=london) as server:
            answer = ask(server)
            assert re.fullmatch(words + b"UTC", answer), answer
        with Server("time-of-day", at=at, environment=london) as server:
            answer = ask(server).decode()
            now = time.time()
            near = [time.strftime("%H:%M:%S", time.gmtime(now - back)) for back in range(5)]
            assert answer in near, answer
    with Server("daytime", environment={"TZ": "XYZ-5", "LC_ALL": "C.UTF-8"}) as server:
        answer = said(server)
        assert re.fullmatch(words + b"XYZ", answer), answer


def quotes():
    quotes = json.load(open(os.path.join(os.path.dirname(__file__), "../../share/quotes.json")))
    with Server("qotd") as server:
        first, second = said(server).decode(), said(server).decode()
        assert first in quotes and second in quotes and first != second
    with Server("qotd", at="udp://127.0.0.1:0") as server:
        assert datagram(server, b"").decode() in quotes
    assert all(len(quote.encode()) < 512 for quote in quotes)


def clock():
    date, day = rb"\d{4}-\d\d-\d\d", rb"\d\d:\d\d:\d\d"
    with Server("clock") as server:
        for question, wanted in [
            (b"Date", date),
            (b"tIME", day),
            (b"Date and Time", date + b" " + day),
            (b"DATEANDTIME\r\n", date + b" " + day + b"\r\n"),
            (b"date\n", date + b"\n"),
        ]:
            with server.connect() as s:
                s.sendall(question)
                answer = s.recv(100)
                assert re.fullmatch(wanted, answer), (question, answer)
        equal(asked(server, (b"Datum", 21))[0], b"UNKNOWN OPTION: DATUM")
        equal(asked(server, ("größe\n".encode(), 24))[0], "UNKNOWN OPTION: GRÖßE\n".encode())
    with Server("clock", at="udp://127.0.0.1:0", environment={"TZ": "XYZ-5"}) as server:
        answer = datagram(server, b"Date and Time")
        now = time.time() + 5 * 3600
        near = [time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now - b)) for b in range(5)]
        assert answer.decode() in near, (answer, near)


def acknowledged():
    with Server("ack") as server:
        equal(asked(server, (b"hello", 3), (b"more\r\n", 5), (b"\n", 4)), [b"ACK", b"ACK\r\n", b"ACK\n", b""])
    with Server("ack", "--text", "ok", "--line-end", "lf", at="udp://127.0.0.1:0") as server:
        equal(datagram(server, b"x"), b"ok\n")
        equal(datagram(server, b"x\r\n"), b"ok\r\n")


def address_book():
    with Server("lookup") as server:
        for key, value in [("JOHN", "C45"), ("denise", "C44"), ("Phoebe\r\n", "D52\r\n"), ("aDAM\n", "B23\n")]:
            equal(asked(server, (key.encode(), len(value)))[0], value.encode())
        equal(asked(server, (b"Eve\n", 15))[0], b"NOT FOUND: Eve\n")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as book:
        json.dump({"ä": "ö" * 3, "b": ""}, book)
        book.flush()
        with Server("lookup", "--file", book.name, at="udp://127.0.0.1:0") as server:
            equal(datagram(server, "Ä".encode()).decode(), "ööö")
            equal(datagram(server, b"B"), b"")
            equal(datagram(server, b"c"), b"NOT FOUND: c")


# ---- chunks ------------------------------------------------------------------------------


def reversed_by_character():
    with Server("reverse") as server:
        answers = asked(server, (b"abc\r\n", 5), ("aß😀".encode(), 7), (b"\xffa\n", 3))
        equal(answers, [b"cba\r\n", "😀ßa".encode(), b"a\xff\n", b""])
    with Server("reverse", at="udp://127.0.0.1:0") as server:
        equal(datagram(server, "für\n".encode()), "rüf\n".encode())


def capitals():
    with Server("upper") as server:
        equal(asked(server, (b"hello\n", 6), ("äΩω ǆ".encode(), 9))[:2], [b"HELLO\n", "ÄΩΩ Ǆ".encode()])
    with Server("upper", at="udp://127.0.0.1:0") as server:
        equal(datagram(server, "é".encode()), "É".encode())


def a_character_waits_for_its_rest():
    smile = "😀".encode()
    with Server("reverse") as server, server.connect() as s:
        s.sendall(b"ab" + smile[:1])
        equal(receive(s, 2), b"ba")
        s.sendall(smile[1:3])
        s.settimeout(0.2)
        try:
            assert False, s.recv(1)
        except TimeoutError:
            pass
        s.settimeout(PATIENCE)
        s.sendall(smile[3:] + b"c\n")
        equal(receive(s, 6), b"c" + smile + b"\n")
        s.sendall(smile[:2])
        s.shutdown(socket.SHUT_WR)
        equal(receive_all(s), bytes(reversed(smile[:2])))


def a_large_text_comes_back_whole():
    # Each letter grows from two bytes to three.
    text = "ɐ" * 500000
    with Server("upper") as server, server.connect() as s:
        sender = threading.Thread(target=lambda: (s.sendall(text.encode()), s.shutdown(socket.SHUT_WR)))
        sender.start()
        got = receive_all(s)
        sender.join()
        assert got == text.upper().encode(), (len(got), len(text.upper().encode()))


def unix_sockets_are_served_alike():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "socket")
        for scheme, kind in [("unix", socket.SOCK_STREAM), ("unix-seqpacket", socket.SOCK_SEQPACKET)]:
            with Server("upper", at=f"{scheme}:{path}"):
                with socket.socket(socket.AF_UNIX, kind) as s:
                    s.settimeout(PATIENCE)
                    s.connect(path)
                    s.send(b"abc")
                    equal(s.recv(100), b"ABC")
            with Server("chargen", at=f"{scheme}:{path}"):
                with socket.socket(socket.AF_UNIX, kind) as s:
                    s.settimeout(PATIENCE)
                    s.connect(path)
                    got = b""
                    while len(got) < 1000000:
                        got += s.recv(1 << 16)
                    assert got == pattern(len(got))
        with Server("hello", at=f"unix-dgram:{path}"):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
                s.bind(path + ".client")
                s.connect(path)
                s.settimeout(PATIENCE)
                s.send(b"")
                equal(s.recv(100), b"Hello Client!")


# ---- streams -----------------------------------------------------------------------------


def pattern(n):
    lines = (bytes(32 + (line + i) % 95 for i in range(72)) + b"\r\n" for line in range(95))
    one = b"".join(lines)
    return (one * (n // len(one) + 1))[:n]


def resident_kib(process):
    with open(f"/proc/{process.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])


def characters_without_end():
    n = 3000000
    with Server("chargen") as server, server.connect() as s:
        s.sendall(b"dropped")
        s.shutdown(socket.SHUT_WR)
        assert receive(s, n) == pattern(n)
    with Server("chargen", at="udp://127.0.0.1:0") as server:
        answers = {datagram(server, b"") for _ in range(20)}
        assert all(answer == pattern(len(answer)) and len(answer) <= 512 for answer in answers)
        assert len(answers) > 3


def cpu_seconds(process):
    with open(f"/proc/{process.pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def a_slow_reader_costs_neither_memory_nor_time():
    with Server("chargen") as server, server.connect() as s:
        receive(s, 100000)
        # Until all buffers are full: then its counter rests.
        before = -1.0
        while (now := cpu_seconds(server.process)) != before:
            before = now
            time.sleep(0.3)
        memory, begun = resident_kib(server.process), cpu_seconds(server.process)
        for _ in range(50):
            receive(s, 1000)
            time.sleep(0.01)
        assert cpu_seconds(server.process) - begun < 0.2, "it spins"
        assert resident_kib(server.process) - memory < 2000, "it grows"


def dropped():
    for service in ("discard", "silent"):
        with Server(service) as server, server.connect() as s:
            s.sendall(b"x" * 1000000)
            s.shutdown(socket.SHUT_WR)
            if service == "discard":
                equal(receive_all(s), b"")
            else:
                s.settimeout(0.3)
                try:
                    assert False, s.recv(1)
                except TimeoutError:
                    pass


def a_file_is_sent():
    content = random.randbytes(3000001)
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        with Server("file-source", "--file", file.name) as server:
            assert said(server) == content
            # FIN of ours in front of it changes nothing.
            assert asked(server) == [content]
        os.truncate(file.name, 0)
        with Server("file-source", "--file", file.name) as server:
            equal(said(server), b"")


def files_are_written():
    content = random.randbytes(2000003)
    with tempfile.TemporaryDirectory() as folder:
        with Server("file-sink", "--directory", folder) as server:
            for part in (content, b""):
                equal(asked(server, (part, 0)), [b"", b""])
        files = [open(os.path.join(folder, name), "rb").read() for name in os.listdir(folder)]
        assert sorted(map(len, files)) == [0, len(content)] and content in files
        one = os.path.join(folder, "one")
        with Server("file-sink", "--file", one, "--max-bytes", "10") as server:
            asked(server, (b"12345", 0))
            asked(server, (b"67890", 0))
            try:
                asked(server, (b"x", 0))
            except ConnectionResetError:
                pass
            assert until(lambda: "EFBIG" in server.errors(), PATIENCE)
        equal(open(one, "rb").read(), b"1234567890")


def a_full_disk_ends_the_session():
    with tempfile.TemporaryDirectory() as folder:
        one = os.path.join(folder, "one")
        # With the signal ignored write(2) fails instead.
        small = ("bash", "-c", 'trap "" XFSZ; ulimit -f 1; exec "$0" "$@"')
        with Server("file-sink", "--file", one, run_by=small) as server, server.connect() as s:
            try:
                s.sendall(b"x" * 100000)
            except (ConnectionResetError, BrokenPipeError):
                pass
            assert until(lambda: "EFBIG" in server.errors(), PATIENCE), server.said


# ---- connections together ----------------------------------------------------------------


def a_chat():
    with Server("relay") as server:
        with server.connect() as a, server.connect() as b, server.connect() as c:
            # A line tells that all three are there.
            for s, other in ((a, b), (b, c), (c, a)):
                s.sendall(b"?\n")
            for s in (a, b, c):
                equal(receive(s, 4), b"?\n?\n")
            a.sendall(b"one\ntw")
            equal(receive(b, 4), b"one\n")
            a.sendall(b"o\nthree")
            equal(receive(b, 4), b"two\n")
            a.shutdown(socket.SHUT_WR)
            equal(receive(b, 5), b"three")
            equal(receive(c, 13), b"one\ntwo\nthree")
            equal(receive_all(a), b"")
            # Longer than any line: it comes in pieces, whole.
            line = b"y" * 100000 + b"\n"
            b.sendall(line)
            equal(receive(c, len(line)), line)


def arrivals_are_announced():
    with Server("relay", "--announce") as server, server.connect() as a:
        until(lambda: server.said, PATIENCE)
        with server.connect() as b:
            joined = b"* 127.0.0.1:%d (session " % b.getsockname()[1]
            assert receive(a, len(joined)) == joined
            assert re.match(rb"\d+\) joined\n", a.recv(100))
        assert a.recv(100).endswith(b" left\n")


def who_does_not_read_is_put_out():
    with Server("relay") as server, server.connect() as mute, server.connect() as talker, server.connect() as listener:
        assert until(lambda: len(server.said) == 3, PATIENCE)
        got = 0
        line = b"z" * 999 + b"\n"
        # The listener reads along: only the mute one is full.
        while "ENOBUFS" not in server.errors():
            for _ in range(64):
                talker.sendall(line * 16)
                got += len(receive(listener, len(line) * 16))
            assert got < 1 << 28, "nobody was put out"
        talker.sendall(b"still here\n")
        equal(receive(listener, 11), b"still here\n")
        mute.close()


def passed_on_in_turn():
    with Server("ack", "--text", "1") as one, Server("ack", "--text", "2") as two:
        backends = f"127.0.0.1:{one.port},127.0.0.1:{two.port}"
        with Server("balance", "--backend", backends) as server:
            equal([asked(server, (b"x", 1))[0] for _ in range(6)], [b"1", b"2"] * 3)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def a_backend_that_is_down_is_left_out_until_it_is_back():
    nobody = free_port()
    with Server("ack", "--text", "1") as one:
        backends = f"127.0.0.1:{nobody},127.0.0.1:{one.port}"
        with Server("balance", "--backend", backends, "--retry", "0.3") as server:
            equal([asked(server, (b"x", 1))[0] for _ in range(4)], [b"1"] * 4)
            with Server("ack", "--text", "2", at=f"127.0.0.1:{nobody}"):
                assert until(lambda: asked(server, (b"x", 1))[0] == b"2", PATIENCE)
    with Server("balance", "--backend", f"127.0.0.1:{free_port()},127.0.0.1:{free_port()}") as server:
        with server.connect() as s:
            equal(receive_all(s), b"")
        assert until(lambda: "EHOSTUNREACH" in server.errors(), PATIENCE), server.said


def proxied(server_options, case, service="echo"):
    with Server(service) as backend:
        with Server("proxy", "--backend", f"127.0.0.1:{backend.port}", *server_options) as server:
            return case(server)


def a_proxy_is_not_seen():
    content = random.randbytes(5000000)

    def case(server):
        with server.connect() as s:
            sender = threading.Thread(target=lambda: (s.sendall(content), s.shutdown(socket.SHUT_WR)))
            sender.start()
            got = receive_all(s)
            sender.join()
            assert got == content, len(got)
        return True

    assert proxied([], case)
    assert proxied(["--latency", "0.01"], case)


def latency_and_rate():
    def late(server):
        with server.connect() as s:
            begun = time.monotonic()
            s.sendall(b"ping")
            equal(receive(s, 4), b"ping")
            return time.monotonic() - begun

    took = proxied(["--latency", "0.2"], late)
    assert 0.4 <= took < 2, took

    def slow(server):
        begun = time.monotonic()
        equal(asked(server, (b"x" * 50000, 50000))[0], b"x" * 50000)
        return time.monotonic() - begun

    took = proxied(["--rate", "100000"], slow)
    assert 0.45 <= took < 3, took


def a_proxy_cuts():
    assert proxied(["--cut-after", "5"], lambda s: asked(s, (b"x" * 20, 5))) == [b"xxxxx", b""]

    def at_client(server):
        return len(said(server))

    assert proxied(["--cut-after", "100000"], at_client, "chargen") == 100000


def a_proxy_resets():
    def case(server):
        got = 0
        try:
            s = server.connect()
        except ConnectionResetError:  # so soon that connect(2) tells it
            return case(server)
        with s:
            try:
                while piece := s.recv(65536):
                    got += len(piece)
            except ConnectionResetError:
                return got
        assert False, "FIN came"

    assert proxied(["--reset-after", "1000"], case, "chargen") == 1000
    # A backend's RST comes through.
    with Server("reset") as backend, Server("proxy", "--backend", f"127.0.0.1:{backend.port}") as server:
        with server.connect() as s:
            s.sendall(b"x")
            try:
                assert False, s.recv(1)
            except ConnectionResetError:
                pass


def a_reset_does_not_wait_for_who_never_reads():
    with Server("never-recv") as backend:
        with Server("proxy", "--backend", f"127.0.0.1:{backend.port}") as server:
            with server.connect() as s:
                s.settimeout(0.5)
                try:
                    while True:
                        s.sendall(b"x" * 100000)
                except TimeoutError:
                    pass
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            ended = lambda: sum(line.get("state") in ("closed", "failed") for line in server.said)
            assert until(lambda: ended() == 2, PATIENCE), server.said


def a_proxy_damages():
    sent = bytes(1000)
    got = proxied(["--corrupt-every", "10"], lambda s: asked(s, (sent, 1000)))[0]
    equal([i for i in range(1000) if got[i] != sent[i]], list(range(9, 1000, 10)))


def a_proxy_without_backend():
    with Server("proxy", "--backend", f"127.0.0.1:{free_port()}") as server, server.connect() as s:
        equal(receive_all(s), b"")
        assert until(lambda: "ECONNREFUSED" in server.errors(), PATIENCE)


def back_pressure_goes_through():
    with Server("chargen") as backend:
        with Server("proxy", "--backend", f"127.0.0.1:{backend.port}") as server:
            with server.connect() as s:
                receive(s, 1000)
                # All buffers on the way fill up, then nothing moves.
                before = -1.0
                while (now := cpu_seconds(server.process)) != before:
                    before = now
                    time.sleep(0.3)
                assert resident_kib(server.process) < 100000
                n = 2000000
                assert receive(s, n) == pattern(n + 1000)[1000:]


# ---- the ill-behaved ---------------------------------------------------------------------


def never_accepts():
    with Server("never-accept", "--backlog", "0") as server:
        first = server.connect()
        row = subprocess.run(
            ["ss", "-Hltn", f"sport = :{server.port}"], capture_output=True, text=True
        ).stdout.split()
        first.settimeout(0.2)
        try:
            assert False, first.recv(1)
        except TimeoutError:
            pass
        first.close()
        equal(row[1], "1")


def reads_slowly():
    with Server("slow-recv", "--bytes", "3", "--interval", "0.01") as server, server.connect() as s:
        s.sendall(b"x" * 30)
        begun = time.monotonic()
        s.shutdown(socket.SHUT_WR)
        equal(receive_all(s), b"")
        assert time.monotonic() - begun >= 0.09


def trickles():
    with Server("trickle", "--text", "abcde", "--interval", "0.05") as server, server.connect() as s:
        s.settimeout(PATIENCE)
        begun = time.monotonic()
        pieces = []
        while piece := s.recv(100):
            pieces.append(piece)
        equal(b"".join(pieces), b"abcde")
        assert time.monotonic() - begun >= 0.15 and len(pieces) > 1, pieces
        equal(asked(server), [b"abcde"])


def was_reset(server, said):
    """The connection, at the latest behind what we say, ends in RST."""
    try:
        with server.connect() as s:
            s.sendall(said)
            receive_all(s)
            return False
    except (ConnectionResetError, BrokenPipeError):
        return True


def resets():
    for options in (["reset"], ["reset", "--at", "accept"], ["close-unread", "--after", "0.05"]):
        with Server(*options) as server:
            assert was_reset(server, b"x"), options
    # At once means before anything is said.
    with Server("reset", "--at", "accept") as server:
        assert was_reset(server, b"")


def closes_half():
    with Server("half-close", "--text", "bye") as server, server.connect() as s:
        equal(receive_all(s), b"bye")
        s.sendall(b"x" * 100000)
        took = lambda: any(line.get("received_bytes") == 100001 for line in server.said)
        s.sendall(b"y")
        s.close()
        assert until(took, PATIENCE), server.said


def truncates():
    with Server("truncate") as server:
        got = said(server)
        length = struct.unpack(">H", got[:2])[0]
        assert 0 < len(got) - 2 < length, got
    with Server("truncate", "--text", "abcdef") as server:
        equal(said(server), b"\x00\x06abc")


def sends_garbage():
    with Server("garbage") as server:
        one, two = said(server), said(server)
        assert len(one) == len(two) == 1024 and one != two
    with Server("garbage", "--bytes", "50000", "--seed", "7") as server:
        one, two = said(server), said(server)
        assert len(one) == 50000 and one == two
    with Server("garbage", at="udp://127.0.0.1:0") as server:
        equal(len(datagram(server, b"")), 1024)


# ---- options -----------------------------------------------------------------------------


def wrong_options_are_refused_with_their_name():
    for words, named in [
        (["hello", "--text", r"\q"], "--text"),
        (["ack", "--line-end", "cr"], "--line-end"),
        (["lookup", "--file", "/no/such"], "/no/such"),
        (["lookup", "--file", "/etc/passwd"], "/etc/passwd"),
        (["qotd", "--file", "/dev/null"], "/dev/null"),
        (["file-source"], "--file"),
        (["file-source", "--file", "/dev/zero"], "/dev/zero"),
        (["file-sink"], "--directory"),
        (["file-sink", "--file", "/dev/full"], "/dev/full"),
        (["file-sink", "--directory", "/no/such"], "/no/such"),
        (["balance"], "--backend"),
        (["balance", "--backend", "127.0.0.1:1,x"], "x"),
        (["proxy"], "--backend"),
        (["proxy", "--backend", "udp://127.0.0.1:1"], "udp://127.0.0.1:1"),
        (["proxy", "--backend", "127.0.0.1:1", "--rate", "0"], "--rate"),
        (["slow-recv", "--bytes", "0"], "--bytes"),
        (["trickle", "--interval", "soon"], "--interval"),
        (["reset", "--at", "noon"], "--at"),
        (["garbage", "--bytes", "65508"], "--bytes"),
    ]:
        text = refused(*words, "127.0.0.1:0")
        assert named in text, (words, text)
    for service in ("relay", "trickle", "never-accept", "proxy"):
        assert "datagram" in refused(service, "udp://127.0.0.1:0")
    with tempfile.TemporaryDirectory() as folder:
        link = os.path.join(folder, "link")
        os.symlink(os.path.join(folder, "target"), link)
        assert "ELOOP" in refused("file-sink", "--file", link, "127.0.0.1:0")


def a_page_lists_every_service():
    text = subprocess.run([SOCKEYE, "serve", "--help"], capture_output=True, text=True).stdout
    for service in (
        "echo discard chargen daytime time-of-day qotd hello thanks greet-then-read upper reverse "
        "ack clock lookup relay balance proxy file-source file-sink never-recv never-accept "
        "slow-recv trickle reset close-unread half-close truncate garbage silent"
    ).split():
        assert re.search(rf"^  {service} +\S", text, re.M), service


CASES = [
    ("hello and thanks say their texts, over datagrams too", greetings),
    ("a greeting survives what the client says first", greeting_survives_what_the_client_says_first),
    ("a client that does not close is closed", a_silent_client_is_closed_too),
    ("greet-then-read reads before it closes", greet_then_read),
    ("daytime and time-of-day tell local time", times),
    ("quotes come from share/, one after the other", quotes),
    ("clock answers dates and times", clock),
    ("ack answers each chunk", acknowledged),
    ("lookup knows its address book and any other", address_book),
    ("reverse turns characters round, not bytes", reversed_by_character),
    ("upper knows the letters of Unicode", capitals),
    ("a character that is cut waits for its rest", a_character_waits_for_its_rest),
    ("a large text that grows comes back whole", a_large_text_comes_back_whole),
    ("unix sockets are served alike", unix_sockets_are_served_alike),
    ("chargen sends the pattern of RFC 864", characters_without_end),
    ("discard and silent answer nothing", dropped),
    ("file-source sends a file whole", a_file_is_sent),
    ("file-sink writes files, up to its bound", files_are_written),
    ("a full disk ends the session with its reason", a_full_disk_ends_the_session),
    ("relay passes lines to all others", a_chat),
    ("relay announces when asked", arrivals_are_announced),
    ("relay puts out who does not read", who_does_not_read_is_put_out),
    ("balance goes round", passed_on_in_turn),
    ("balance leaves out what is down", a_backend_that_is_down_is_left_out_until_it_is_back),
    ("a plain proxy changes nothing", a_proxy_is_not_seen),
    ("a proxy adds latency and keeps a rate", latency_and_rate),
    ("a proxy cuts after so many bytes", a_proxy_cuts),
    ("a proxy resets after so many bytes, and passes RST on", a_proxy_resets),
    ("a proxy's reset does not wait for who never reads", a_reset_does_not_wait_for_who_never_reads),
    ("a proxy damages one byte of so many", a_proxy_damages),
    ("a proxy without its backend says so", a_proxy_without_backend),
    ("never-accept leaves connections in the backlog", never_accepts),
    ("slow-recv takes its time", reads_slowly),
    ("trickle sends bytes one by one", trickles),
    ("reset and close-unread end in RST", resets),
    ("half-close goes on reading", closes_half),
    ("truncate sends less than it announces", truncates),
    ("garbage is random, or the same with a seed", sends_garbage),
    ("wrong options are refused with their name", wrong_options_are_refused_with_their_name),
    ("the help lists every service", a_page_lists_every_service),
]
MEASURING = [
    ("a slow reader costs chargen neither memory nor time", a_slow_reader_costs_neither_memory_nor_time),
    ("a proxy passes back-pressure on", back_pressure_goes_through),
]

if __name__ == "__main__":
    run_cases(MEASURING, CASES, sys.argv[1:])
