"""serve http beside Python's http.client and raw sockets; http.sh calls it."""

import contextlib
import hashlib
import http.client
import os
import re
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from terminal import run_cases, until

SOCKEYE = os.environ["SOCKEYE"]
HOST = b"Host: a\r\n"
SECONDS = 10
# What a server may grow by while it serves; sanitizers keep books of their own.
GROWTH_BYTES = 10_000_000
# What is freed is free at once, or AddressSanitizer's store of it would be measured.
ENVIRONMENT = {
    **os.environ,
    "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1",
}


class Server:
    """serve http, on TCP unless an endpoint is given."""

    def __init__(self, *options, endpoint="127.0.0.1:0", descriptors=None):
        def limit():
            if descriptors:
                resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

        # pylint: disable-next=subprocess-popen-preexec-fn,consider-using-with
        self.process = subprocess.Popen(
            [SOCKEYE, "serve", "http", endpoint, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            preexec_fn=limit,
            env=ENVIRONMENT,
        )
        said = self.process.stdout.readline()
        found = re.match(r"http listens on \w+://?(.*?)(?::(\d+))?\n", said)
        assert found, said
        self.port = int(found[2] or 0)
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(SECONDS)
        assert status == 0, f"it ended with status {status}"

    def connect(self, receive_bytes=None):
        s = socket.socket()
        s.settimeout(SECONDS)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_bytes:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        s.connect(("127.0.0.1", self.port))
        return s

    def client(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return 1024 * int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])


def read_all(s):
    said = b""
    while chunk := s.recv(1 << 16):
        said += chunk
    return said


def ask(server, request):
    """Everything that is said to these bytes, up to the end of the connection."""
    with server.connect() as s:
        s.sendall(request)
        s.shutdown(socket.SHUT_WR)
        return read_all(s)


def read_answer(stream, method="GET"):
    """One answer: its status, its fields by their names in small letters, its body."""
    status = int(stream.readline().split()[1])
    fields = {}
    while (line := stream.readline()) != b"\r\n":
        assert line, "the answer is cut off"
        name, _, value = line.decode("latin-1").partition(":")
        assert name.lower() not in fields, f"{name} stands there twice"
        fields[name.lower()] = value.strip()
    none = method == "HEAD" or status == 304
    return status, fields, b"" if none else stream.read(int(fields["content-length"]))


def get(server, path, method="GET", **fields):
    connection = server.client()
    connection.request(method, path, headers={k.replace("_", "-"): v for k, v in fields.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers, body


@contextlib.contextmanager
def tree():
    """A directory to serve, beside something that must stay secret."""
    with tempfile.TemporaryDirectory() as top:
        served = os.path.join(top, "served")
        os.makedirs(os.path.join(served, "sub", "deep"))
        for name, text in {
            "secret": "secret",
            "served/a.txt": "within",
            "served/empty": "",
            "served/sub/index.html": "<p>index",
            "served/sub/deep/b c%.css": "deep",
        }.items():
            with open(os.path.join(top, name), "w", encoding="utf-8") as f:
                f.write(text)
        os.symlink("../secret", os.path.join(served, "outer"))
        os.symlink("/etc/passwd", os.path.join(served, "absolute"))
        os.symlink("..", os.path.join(served, "up"))
        os.symlink("sub/deep", os.path.join(served, "inner"))
        os.mkfifo(os.path.join(served, "fifo"))
        yield served


def write_big(folder, size):
    path = os.path.join(folder, "big")
    block = os.urandom(1 << 20)
    with open(path, "wb") as f:
        for i in range(0, size, len(block)):
            f.write(struct.pack("<Q", i) + block[8 : min(len(block), size - i)])
    return path


# ---- requests ------------------------------------------------------------------------------


def first_page():
    with Server() as server:
        for path in ("/", "/?a=b", "/./", "//"):
            status, fields, body = get(server, path)
            assert status == 200
            assert fields["Content-Type"] == "text/plain; charset=utf-8"
            assert re.fullmatch(
                rb"Welcome to sockeye\. It is \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\n", body
            ), body
            assert re.fullmatch(
                r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", fields["Date"]
            )
            assert re.match(r"sockeye/\d", fields["Server"])
        assert get(server, "/index.html")[0] == 404
        assert get(server, "/", "HEAD")[2] == b""
    with Server("--text", r"a\x00b\n") as server:
        assert get(server, "/")[2] == b"a\0b\n"


STATUSES = [
    (400, b"GET /\r\n\r\n"),
    (400, b"GET / HTTP/1.1\r\n\r\n"),
    (400, b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n"),
    (400, b"GET / HTTP/1.1\r\nHost : a\r\n\r\n"),
    (400, b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\n c\r\n\r\n"),
    (400, b"GET / HTTP/1.1\r\n" + HOST + b"A: \0\r\n\r\n"),
    (400, b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: a\r\n\r\n"),
    (400, b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
    (400, b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
    (400, b"GET / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nx\r\n"),
    (400, b"GET /%zz HTTP/1.1\r\n" + HOST + b"\r\n"),
    (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n"),
    (400, b"GET / HTTP/1.1\r\n" + HOST),
    (404, b"GET /a HTTP/1.1\r\n" + HOST + b"\r\n"),
    (405, b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n\r\nabc"),
    (405, b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n"),
    (405, b"DELETE / HTTP/1.1\r\n" + HOST + b"\r\n"),
    (405, b"CONNECT a:1 HTTP/1.1\r\n" + HOST + b"\r\n"),
    (413, b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 9999999999\r\n\r\n"),
    (413, b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n"),
    (414, b"GET /" + b"a" * 8200 + b" HTTP/1.1\r\n" + HOST + b"\r\n"),
    (414, b"GET /" + b"a" * 200000),
    (417, b"GET / HTTP/1.1\r\n" + HOST + b"Expect: tea\r\n\r\n"),
    (431, b"GET / HTTP/1.1\r\n" + HOST + b"A: " + b"a" * 33000 + b"\r\n\r\n"),
    (431, b"GET / HTTP/1.1\r\n" + HOST + b"A: a\r\n" * 101 + b"\r\n"),
    (501, b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n"),
    (501, b"get / HTTP/1.1\r\n" + HOST + b"\r\n"),
    (501, b"GET / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    (505, b"GET / HTTP/2.0\r\n\r\n"),
    (200, b"GET / HTTP/1.1\r\nHost:\r\n\r\n"),
    (200, b"GET http://a/ HTTP/1.1\r\n" + HOST + b"\r\n"),
    (200, b"\r\nGET / HTTP/1.0\n\n"),
    (200, b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n\r\nabc"),
]


def statuses():
    with Server() as server:
        for expected, request in STATUSES:
            said = ask(server, request)
            assert said.startswith(b"HTTP/1.1 %d " % expected), (expected, request[:80], said)
            assert len(re.findall(rb"HTTP/1\.1 \d", said)) == 1, (request[:80], said)
            if expected == 405:
                assert b"\r\nAllow: GET, HEAD\r\n" in said
        assert ask(server, b"") == b""


def cut_anywhere():
    request = b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\n\r\nab"
    request += b"HEAD /x HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    with Server("--text", "page") as server:
        whole = re.sub(rb"Date: [^\r]*", b"", ask(server, request))
        assert whole.startswith(b"HTTP/1.1 200 ") and b"pageHTTP/1.1 404 " in whole
        assert whole.endswith(b"\r\n\r\n")
        for step in (1, 7, 31):
            with server.connect() as s:
                for at in range(0, len(request), step):
                    s.sendall(request[at : at + step])
                assert re.sub(rb"Date: [^\r]*", b"", read_all(s)) == whole, step


def kept_alive():
    with Server() as server:
        connection = server.client()
        for path in ("/", "/none", "/"):
            connection.request("GET", path)
            local = connection.sock.getsockname()
            answer = connection.getresponse()
            answer.read()
            assert connection.sock.getsockname() == local
        connection.close()
        one = b"GET / HTTP/1.0\r\n\r\n"
        kept = b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"
        last = b"GET / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
        assert ask(server, one + one).count(b"HTTP/1.1 200") == 1
        assert ask(server, last + one).count(b"HTTP/1.1 200") == 1
        said = ask(server, kept + kept + last)
        assert said.count(b"HTTP/1.1 200") == 3
        assert said.count(b"Connection: keep-alive") == 2 and said.count(b"Connection: close") == 1


def continue_is_said():
    head = b"%s / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    with Server() as server, server.connect() as s, s.makefile("rb") as stream:
        s.sendall(head % b"GET")
        assert stream.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert stream.readline() == b"\r\n"
        s.sendall(b"abc")
        assert read_answer(stream)[0] == 200
        s.sendall(head % b"POST")
        status, fields, _ = read_answer(stream)
        assert status == 405 and fields["connection"] == "close"
        assert stream.read() == b""


def a_refusal_survives():
    """The peer goes on sending: its kernel must not throw the answer away."""
    with Server() as server:
        for _ in range(20):
            with server.connect() as s:
                s.sendall(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 8000000\r\n\r\n")
                for _ in range(8):
                    s.sendall(bytes(1000000))
                s.shutdown(socket.SHUT_WR)
                assert read_all(s).startswith(b"HTTP/1.1 413 ")


# ---- files ---------------------------------------------------------------------------------


def files_are_served():
    with tree() as served, Server("--directory", served) as server:
        status, fields, body = get(server, "/a.txt")
        assert (status, body) == (200, b"within")
        assert fields["Content-Type"] == "text/plain; charset=utf-8"
        assert get(server, "/empty")[2] == b""
        assert get(server, "/sub/")[2] == b"<p>index"
        assert get(server, "/sub/deep/b%20c%25.css")[2] == b"deep"
        assert get(server, "/inner/b%20c%25.css")[2] == b"deep"
        status, fields, _ = get(server, "/sub?x=1")
        assert (status, fields["Location"]) == (301, "/sub/?x=1")
        status, fields, _ = get(server, "//sub")
        assert (status, fields["Location"]) == (301, "/sub/")
        assert get(server, "/inner/")[0] == 403
        assert get(server, "/a.txt/")[0] == 404
        assert get(server, "/none")[0] == 404
        assert get(server, "/fifo")[0] == 403
        assert get(server, "/")[2].startswith(b"Welcome")
        for path in ("/a.txt", "/empty", "/sub/", "/none", "/sub", "/", "/fifo", "/%zz"):
            whole, head = get(server, path), get(server, path, "HEAD")
            assert whole[0] == head[0]
            said = ask(server, f"HEAD {path} HTTP/1.0\r\n\r\n".encode())
            assert said.endswith(b"\r\n\r\n"), path
            assert whole[1]["Content-Length"] == head[1]["Content-Length"], path
    with tree() as served, Server("--directory", served, "--list") as server:
        assert b"\nsub/\n" in get(server, "/")[2]


ESCAPES = [
    b"/../secret",
    b"/sub/../../secret",
    b"/%2e%2e/secret",
    b"/.%2E/secret",
    b"/..%2fsecret",
    b"/..%5csecret",
    b"/..\\secret",
    b"/%252e%252e/secret",
    b"//../secret",
    b"/./../secret",
    b"/sub/deep/../../../secret",
    b"/outer",
    b"/absolute",
    b"/up/secret",
    b"/up/served/../../secret",
    b"/a.txt%00/../../secret",
    b"/%c0%ae%c0%ae/secret",
    b"http://a/../secret",
    b"/proc/self/root/etc/passwd",
    b"//etc/passwd",
]


def nothing_escapes():
    with tree() as served, Server("--directory", served) as server:
        for path in ESCAPES:
            said = ask(server, b"GET " + path + b" HTTP/1.0\r\n\r\n")
            assert re.match(rb"HTTP/1\.1 40[034] ", said), (path, said)
            assert not said.endswith(b"secret") and b"root:" not in said, path


def a_big_file_arrives():
    with tree() as served:
        path = write_big(served, 30_000_001)
        with open(path, "rb") as f:
            expected = hashlib.sha256(f.read()).digest()
        with Server("--directory", served) as server:
            before = server.resident_bytes()
            with server.connect(4096) as s, s.makefile("rb") as stream:
                s.sendall(b"GET /big HTTP/1.1\r\n" + HOST + b"\r\n")
                s.sendall(b"GET /a.txt HTTP/1.1\r\n" + HOST + b"\r\n")
                status, _, body = read_answer(stream)
                assert status == 200 and hashlib.sha256(body).digest() == expected
                assert read_answer(stream)[2] == b"within"
            assert server.resident_bytes() - before < GROWTH_BYTES


def parts_of_a_file():
    with tree() as served, Server("--directory", served) as server:
        _, fields, _ = get(server, "/a.txt")
        date = fields["Last-Modified"]
        status, fields, body = get(server, "/a.txt", Range="bytes=1-3")
        assert (status, body, fields["Content-Range"]) == (206, b"ith", "bytes 1-3/6")
        assert get(server, "/a.txt", Range="bytes=-2")[2] == b"in"
        assert get(server, "/a.txt", Range="bytes=0-1,3-4")[::2] == (200, b"within")
        assert get(server, "/a.txt", Range="bytes=1-3", If_Range=date)[0] == 206
        assert get(server, "/a.txt", Range="bytes=1-3", If_Range='"tag"')[0] == 200
        status, fields, _ = get(server, "/a.txt", Range="bytes=6-")
        assert (status, fields["Content-Range"]) == (416, "bytes */6")
        assert get(server, "/a.txt", If_Modified_Since=date)[::2] == (304, b"")
        old = "Sun, 06 Nov 1994 08:49:37 GMT"
        assert get(server, "/a.txt", If_Modified_Since=old)[0] == 200
        assert get(server, "/a.txt", If_Modified_Since=date, If_None_Match='"a"')[0] == 200


def a_file_that_shrinks():
    with tree() as served:
        path = write_big(served, 30_000_000)
        with Server("--directory", served) as server, server.connect(4096) as s:
            s.sendall(b"GET /big HTTP/1.1\r\n" + HOST + b"\r\n")
            assert s.recv(1000).startswith(b"HTTP/1.1 200 ")
            os.truncate(path, 100)
            assert len(read_all(s)) < 29_000_000


# ---- many, slow, rude ----------------------------------------------------------------------


def pipelined():
    names = [f"file{i}" for i in range(7)]
    with tree() as served:
        for i, name in enumerate(names):
            with open(os.path.join(served, name), "w", encoding="utf-8") as f:
                f.write(name * 10 ** (i % 5))
        count = 700
        asked = b"".join(
            b"GET /" + names[i % 7].encode() + b" HTTP/1.1\r\n" + HOST + b"\r\n" for i in range(count)
        )
        with Server("--directory", served) as server:
            before = server.resident_bytes()
            with server.connect(4096) as s, s.makefile("rb") as stream:
                sender = threading.Thread(target=s.sendall, args=(asked,))
                sender.start()
                for i in range(count):
                    name = names[i % 7]
                    body = (name * 10 ** (i % 7 % 5)).encode()
                    assert read_answer(stream)[2] == body, i
                sender.join()
            assert server.resident_bytes() - before < GROWTH_BYTES


def nobody_reads():
    """Requests without end, and nobody who takes the answers: memory stays as it is."""
    with tree() as served:
        write_big(served, 5_000_000)
        with Server("--directory", served) as server, server.connect(4096) as s:
            before = server.resident_bytes()
            s.settimeout(0.3)
            with contextlib.suppress(TimeoutError):
                for _ in range(100):
                    s.sendall((b"GET /big HTTP/1.1\r\n" + HOST + b"\r\n") * 10000)
            assert server.resident_bytes() - before < GROWTH_BYTES
            assert get(server, "/a.txt")[2] == b"within"


def asks_without_end():
    """As before, but the answers are taken: requests wait in the kernel, not in the server."""
    with tree() as served:
        write_big(served, 5_000_000)
        with Server("--directory", served) as server, server.connect() as s:
            before = server.resident_bytes()
            most = 0
            asked = (b"GET /big HTTP/1.1\r\n" + HOST + b"\r\n") * 3000
            s.setblocking(False)
            for _ in range(4000):
                with contextlib.suppress(BlockingIOError):
                    s.send(asked)
                with contextlib.suppress(BlockingIOError):
                    s.recv(1 << 18)
                most = max(most, server.resident_bytes())
            assert most - before < GROWTH_BYTES, most - before


def rate(server, requests):
    """Requests a second on one connection."""
    begin = time.monotonic()
    with server.connect() as s, s.makefile("rb") as stream:
        for _ in range(requests):
            s.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
            assert read_answer(stream)[0] == 200
    return requests / (time.monotonic() - begin)


def slow_clients():
    """200 that never come to the end of their head; somebody else notices nothing."""
    with Server("--header-timeout", "1.5") as server, contextlib.ExitStack() as stack:
        alone = rate(server, 300)
        slow = [stack.enter_context(server.connect()) for _ in range(200)]
        stop = threading.Event()

        def dribble():
            while not stop.wait(0.02):
                for s in slow:
                    with contextlib.suppress(OSError):
                        s.send(b"G")

        for s in slow:
            s.sendall(b"GET / HTTP/1.1\r\nA: ")
        dribbler = threading.Thread(target=dribble)
        dribbler.start()
        beside = rate(server, 300)
        for s in slow:
            answer = s.recv(1 << 16)
            assert answer.startswith(b"HTTP/1.1 408 ") and b"Connection: close" in answer, answer
        stop.set()
        dribbler.join()
        # Python's own thread takes most of it.
        assert beside > alone / 20, (alone, beside)


def idle_clients():
    with Server("--keep-alive", "0.3", "--header-timeout", "0.6") as server:
        with server.connect() as s, s.makefile("rb") as stream:
            s.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
            assert read_answer(stream)[0] == 200
            assert stream.read() == b""
        with server.connect() as s:
            assert s.recv(100) == b""
    with Server("--keep-alive", "0") as server:
        assert ask(server, b"GET / HTTP/1.1\r\n" + HOST + b"\r\n").count(b"Connection: close") == 1


def no_descriptors_left():
    """Whoever has a connection keeps it, whoever waits gets one when there is room."""
    with Server(descriptors=40) as server, contextlib.ExitStack() as stack:
        first = stack.enter_context(server.connect())
        first.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        assert first.recv(1000)
        crowd = [stack.enter_context(server.connect()) for _ in range(60)]
        for s in crowd:
            s.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        served = until(lambda: len(select.select(crowd, [], [], 0.1)[0]) > 10, SECONDS)
        assert served, "nobody was served"
        assert len(select.select(crowd, [], [], 0)[0]) < 60, "there were descriptors for all"
        for _ in range(300):
            first.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
            assert first.recv(1000)
        for s in crowd:
            assert s.recv(1000).startswith(b"HTTP/1.1 200 ")
            s.close()


def reset(server, request):
    s = server.connect()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.sendall(request)
    s.close()


def resets():
    with tree() as served:
        write_big(served, 3_000_000)
        with Server("--directory", served) as server:
            with server.connect() as s, s.makefile("rb") as stream:
                for i in range(600):
                    asked = [b"", b"GET /big HTTP/1.0\r\n\r\n", b"GET / HT", b"GARBAGE\r\n"][i % 4]
                    reset(server, asked)
                    if i % 3 == 0:
                        s.sendall(b"GET /a.txt HTTP/1.1\r\n" + HOST + b"\r\n")
                        assert read_answer(stream)[2] == b"within"
            descriptors = f"/proc/{server.process.pid}/fd"
            assert until(lambda: len(os.listdir(descriptors)) < 30, SECONDS), "descriptors are left"


def on_several_threads():
    for model in (["--workers", "2"], ["--model", "threads"], ["--model", "iterative"]):
        with tree() as served, Server("--directory", served, *model) as server:
            for _ in range(10):
                assert get(server, "/a.txt")[2] == b"within", model


def on_a_path():
    with tree() as served:
        path = os.path.join(served, "socket")
        with Server("--directory", served, endpoint=f"unix:{path}"):
            with socket.socket(socket.AF_UNIX) as s, s.makefile("rb") as stream:
                s.settimeout(SECONDS)
                s.connect(path)
                s.sendall(b"GET /a.txt HTTP/1.1\r\n" + HOST + b"\r\n")
                assert read_answer(stream)[2] == b"within"


ALONE = [
    ("200 slow clients hold nobody up, and are told 408", slow_clients),
]

TOGETHER = [
    ("the first page is a welcome with the time, or a text", first_page),
    ("each fault has the status that belongs to it", statuses),
    ("however a request is cut, the answer is the same", cut_anywhere),
    ("a connection is kept as HTTP/1.0 and 1.1 say", kept_alive),
    ("100 Continue is said, unless there is nothing to go on with", continue_is_said),
    ("a refusal survives what its peer goes on to send", a_refusal_survives),
    ("files, directories and their types", files_are_served),
    ("no path leads out of the directory", nothing_escapes),
    ("a big file arrives unharmed at a slow reader", a_big_file_arrives),
    ("ranges and dates", parts_of_a_file),
    ("a file that shrinks ends the connection", a_file_that_shrinks),
    ("pipelined answers keep the order of the requests", pipelined),
    ("who asks without reading costs no memory", nobody_reads),
    ("who asks faster than it is answered costs none, either", asks_without_end),
    ("idle connections end without a word", idle_clients),
    ("without descriptors who is there is served on", no_descriptors_left),
    ("a flood of resets harms nobody else", resets),
    ("each model of a server serves it", on_several_threads),
    ("it serves on a path, too", on_a_path),
]

if __name__ == "__main__":
    run_cases(ALONE, TOGETHER, sys.argv[1:])
