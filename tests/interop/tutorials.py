"""Cases of tutorials.sh.  The servers here are small and plain, as one writes them first: blocking,
one recv(2) for one message."""

import contextlib
import os
import random
import re
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

from services import PATIENCE, SOCKEYE, Server, equal, receive, receive_all
from terminal import Skip, run_cases, until

PATTERN = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


# ---- their servers -----------------------------------------------------------------------


@contextlib.contextmanager
def their_server(talk, kind=socket.SOCK_STREAM):
    """One client at a time, in a thread: talk(connection), or answer(datagram) of SOCK_DGRAM."""
    with socket.socket(socket.AF_INET, kind) as listener:
        listener.bind(("127.0.0.1", 0))
        ended = threading.Event()

        def datagrams():
            while True:
                data, address = listener.recvfrom(65536)
                if ended.is_set():
                    return
                listener.sendto(talk(data), address)

        def connections():
            while True:
                connection, _ = listener.accept()
                with connection:
                    if ended.is_set():
                        return
                    talk(connection)

        if kind == socket.SOCK_STREAM:
            listener.listen(5)
        thread = threading.Thread(target=connections if kind == socket.SOCK_STREAM else datagrams)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            ended.set()
            with socket.socket(socket.AF_INET, kind) as last:
                last.connect(listener.getsockname())
                last.send(b"")
                thread.join()


def echoing(connection):
    while data := connection.recv(1024):
        connection.sendall(data)


def answering(answer):
    def talk(connection):
        while data := connection.recv(1024):
            connection.sendall(answer(data))

    return talk


def saying(text):
    return lambda connection: connection.sendall(text)


BOOK = {"JOHN": "C45", "DENISE": "C44", "PHOEBE": "D52", "ADAM": "B23"}


def address_of(name):
    name = name.decode()
    return BOOK.get(name.upper(), "NOT FOUND: " + name).encode()


def time_of(question):
    formats = {
        "DATE": "%Y-%m-%d",
        "TIME": "%H:%M:%S",
        "DATE AND TIME": "%Y-%m-%d %H:%M:%S",
        "DATEANDTIME": "%Y-%m-%d %H:%M:%S",
    }
    asked = question.decode().upper()
    if asked not in formats:
        return b"UNKNOWN OPTION: " + asked.encode()
    return time.strftime(formats[asked]).encode()


def turned_round(text):
    return text.decode()[::-1].encode()


# ---- our client --------------------------------------------------------------------------


def ours(*words, said=b"", status=0):
    """What our client puts out."""
    r = subprocess.run(
        [SOCKEYE, "connect", *words], input=said, capture_output=True, timeout=PATIENCE
    )
    assert r.returncode == status, (words, r)
    return r.stdout


def at(port, said, *options):
    return ours("127.0.0.1", str(port), *options, said=said)


def held_open(words, said):
    """What comes back while stdin stays open: ncat -e ends at our FIN, whatever it still owes."""
    p = subprocess.Popen(
        [SOCKEYE, "connect", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    p.stdin.write(said)
    p.stdin.flush()
    got = p.stdout.read(len(said))
    p.stdin.close()
    p.stdout.close()
    equal(p.wait(PATIENCE), 0)
    return got


def datagram(port, said):
    return ours("--idle-timeout", "0.5", f"udp://127.0.0.1:{port}", said=said)


def our_client_is_echoed():
    with their_server(echoing) as port:
        for text in (b"Hello, world", b"", "grüße 😀".encode(), random.randbytes(300000)):
            equal(at(port, text), text)


def our_clients_have_many_connections():
    """Against a server with a selector; its messages and ours are those of two clients at once."""
    selector = selectors.DefaultSelector()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ, None)
    finished = []

    def serve():
        while len(finished) < 5:
            for key, events in selector.select(PATIENCE):
                if key.data is None:
                    connection, _ = listener.accept()
                    connection.setblocking(False)
                    both = selectors.EVENT_READ | selectors.EVENT_WRITE
                    selector.register(connection, both, bytearray())
                    continue
                if events & selectors.EVENT_READ:
                    if data := key.fileobj.recv(1024):
                        key.data.extend(data)
                    else:
                        selector.unregister(key.fileobj)
                        key.fileobj.close()
                        finished.append(True)
                        continue
                if events & selectors.EVENT_WRITE and key.data:
                    sent = key.fileobj.send(key.data)
                    del key.data[:sent]

    # It closes at our FIN whatever it still owes: we say it only when all is back.
    thread = threading.Thread(target=serve)
    thread.start()
    said = b"Message 1 from client.Message 2 from client."
    clients = [
        subprocess.Popen(
            [SOCKEYE, "connect", "127.0.0.1", str(listener.getsockname()[1])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(5)
    ]
    for client in clients:
        client.stdin.write(said)
        client.stdin.flush()
    for client in clients:
        equal(client.stdout.read(len(said)), said)
    for client in clients:
        client.stdin.close()
        equal(client.wait(PATIENCE), 0)
        client.stdout.close()
    thread.join()
    listener.close()


def our_client_asks_their_servers():
    with their_server(answering(address_of)) as port:
        for name, place in [(b"john", b"C45"), (b"Denise", b"C44"), (b"Eve", b"NOT FOUND: Eve")]:
            equal(at(port, name), place)
    with their_server(answering(time_of)) as port:
        assert re.fullmatch(PATTERN, at(port, b"Date and Time"))
        assert re.fullmatch(PATTERN, at(port, b"DateAndTime"))
        equal(at(port, b"year"), b"UNKNOWN OPTION: YEAR")
    with their_server(answering(turned_round)) as port:
        equal(at(port, "grüße 😀".encode()), "😀 eßürg".encode())


def our_client_is_greeted():
    for text in (b"Hello Client!", b"Thank you for connecting"):
        with their_server(saying(text)) as port:
            equal(at(port, b""), text)

    def greet_then_read(connection):
        connection.sendall(b"Hello, client! Welcome to the server.")
        heard.append(connection.recv(1024))

    heard = []
    with their_server(greet_then_read) as port:
        equal(at(port, b"Hello, server!"), b"Hello, client! Welcome to the server.")
    equal(heard[0], b"Hello, server!")


def our_datagrams_are_answered():
    for answer, said, back in [
        (bytes, b"Hello, UDP", b"Hello, UDP"),
        (bytes.upper, b"hello", b"HELLO"),
        (address_of, b"pHoEbE", b"D52"),
    ]:
        with their_server(answer, socket.SOCK_DGRAM) as port:
            equal(datagram(port, said), back)


# ---- our servers -------------------------------------------------------------------------


def their_client_has_many_connections():
    messages = [b"Message 1 from client.", b"Message 2 from client."]
    for options in ([], ["--model", "threads"], ["--workers", "2"]):
        with Server("echo", *options) as server:
            selector = selectors.DefaultSelector()
            for _ in range(5):
                s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                s.setblocking(False)
                s.connect_ex(("127.0.0.1", server.port))
                both = selectors.EVENT_READ | selectors.EVENT_WRITE
                selector.register(s, both, {"left": list(messages), "got": b""})
            finished = []
            while len(finished) < 5:
                for key, events in selector.select(PATIENCE):
                    if events & selectors.EVENT_READ:
                        key.data["got"] += key.fileobj.recv(1024)
                        if len(key.data["got"]) == sum(map(len, messages)):
                            finished.append(key.data["got"])
                            selector.unregister(key.fileobj)
                            key.fileobj.close()
                            continue
                    if events & selectors.EVENT_WRITE and key.data["left"]:
                        key.fileobj.send(key.data["left"].pop(0))
            equal(finished, [b"".join(messages)] * 5)


def their_datagrams_are_answered():
    for service, said, back in [
        ("echo", b"Hello, UDP", b"Hello, UDP"),
        ("upper", b"hello", b"HELLO"),
        ("lookup", b"pHoEbE", b"D52"),
        ("reverse", "grüße 😀".encode(), "😀 eßürg".encode()),
    ]:
        with Server(service, at="udp://127.0.0.1:0") as server:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.settimeout(PATIENCE)
                s.sendto(said, ("127.0.0.1", server.port))
                answer, sender = s.recvfrom(65536)
                equal((answer, sender), (back, ("127.0.0.1", server.port)))


def ours_meets_ours():
    with Server("clock") as server:
        assert re.fullmatch(PATTERN, at(server.port, b"DATE and time"))
    with Server("reverse") as server:
        equal(at(server.port, "grüße 😀".encode()), "😀 eßürg".encode())
    with Server("greet-then-read") as server:
        equal(at(server.port, b"x"), b"Hello, client! Welcome to the server.")


# ---- nc, ncat, socat ---------------------------------------------------------------------


def run(command, said):
    r = subprocess.run(command, input=said, capture_output=True, timeout=PATIENCE)
    return r.stdout


def echoed_while_open(command, text):
    """ncat -u may end at the end of its stdin before it has the answer."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
        p.stdin.write(text)
        p.stdin.flush()
        equal((command[0], p.stdout.read(len(text))), (command[0], text))
        p.kill()


def their_programs_are_echoed():
    text = b"Hello, world\n"
    with Server("echo") as server, Server("echo", at="udp://127.0.0.1:0") as datagrams:
        tcp, udp = str(server.port), str(datagrams.port)
        for command in (
            ["nc", "-N", "127.0.0.1", tcp],
            ["ncat", "127.0.0.1", tcp],
            ["socat", "-t5", "-", f"TCP:127.0.0.1:{tcp}"],
            ["nc", "-u", "-w", "1", "127.0.0.1", udp],
            ["socat", "-t0.5", "-", f"UDP:127.0.0.1:{udp}"],
        ):
            equal((command[0], run(command, text)), (command[0], text))
        echoed_while_open(["ncat", "-u", "127.0.0.1", udp], text)


def their_programs_are_echoed_over_paths():
    text = b"Hello, world\n"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "s")
        with Server("echo", at=f"unix:{path}"):
            for command in (
                ["nc", "-N", "-U", path],
                ["ncat", "-U", path],
                ["socat", "-t5", "-", f"UNIX-CONNECT:{path}"],
            ):
                equal(run(command, text), text)
        with Server("echo", at=f"unix-seqpacket:{path}"):
            equal(run(["socat", "-t0.5", "-", f"UNIX-CONNECT:{path},type=5"], text), text)
        with Server("echo", at=f"unix-dgram:{path}"):
            mine = f"UNIX-SENDTO:{path},bind={path}.mine"
            equal(run(["socat", "-t0.5", "-", mine], text), text)
        assert not os.path.exists(path), "the file is left"
    with Server("echo", at="unix:@sockeye-tutorials"):
        equal(run(["socat", "-t5", "-", "ABSTRACT-CONNECT:sockeye-tutorials"], text), text)


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def program(command):
    p = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        yield p
    finally:
        p.kill()
        p.wait()
        p.stdout.close()


def listens(port, flag):
    return until(
        lambda: subprocess.run(
            ["ss", f"-H{flag}ln", f"sport = :{port}"], capture_output=True
        ).stdout,
        PATIENCE,
    )


def our_client_is_echoed_by_their_programs():
    text = b"Hello, world\n"
    for command in (["ncat", "-lk", "-e", "/bin/cat", "127.0.0.1", "PORT"],
                    ["socat", "TCP-LISTEN:PORT,bind=127.0.0.1,fork", "PIPE"]):
        port = free_port()
        with program([word.replace("PORT", str(port)) for word in command]):
            assert listens(port, "t")
            equal(held_open(["127.0.0.1", str(port)], text), text)
    for command in (["ncat", "-lu", "-e", "/bin/cat", "127.0.0.1", "PORT"],
                    ["socat", "UDP-LISTEN:PORT,bind=127.0.0.1,fork", "PIPE"]):
        port = free_port(socket.SOCK_DGRAM)
        with program([word.replace("PORT", str(port)) for word in command]):
            assert listens(port, "u")
            equal(datagram(port, text), text)


def our_client_is_heard_by_their_programs():
    text = b"Hello, world\n"
    port, datagrams = free_port(), free_port(socket.SOCK_DGRAM)
    with program(["nc", "-l", "127.0.0.1", str(port)]) as p:
        assert listens(port, "t")
        at(port, text)
        equal(p.stdout.read(), text)
    with program(["nc", "-lu", "127.0.0.1", str(datagrams)]) as p:
        assert listens(datagrams, "u")
        ours("--idle-timeout", "0.2", f"udp://127.0.0.1:{datagrams}", said=text)
        equal(p.stdout.read(len(text)), text)


def our_client_finds_their_paths():
    text = b"Hello, world\n"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "s")
        there = lambda: os.path.exists(path)
        for command in (["ncat", "-lkU", "-e", "/bin/cat", path],
                        ["socat", f"UNIX-LISTEN:{path},fork", "PIPE"],
                        ["socat", f"UNIX-LISTEN:{path},fork,type=5", "PIPE"]):
            scheme = "unix-seqpacket" if "type=5" in command[1] else "unix"
            with program(command):
                assert until(there, PATIENCE)
                # A path exists before its socket listens.
                retry = ("--retries", "50", "--retry-delay", "0.05", "--idle-timeout", "0.5")
                got = held_open([*retry, f"{scheme}:{path}"], text)
                equal((command[0], got), (command[0], text))
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
        with program(["nc", "-lU", path]) as p:
            assert until(there, PATIENCE)
            ours("--retries", "50", "--retry-delay", "0.05", f"unix:{path}", said=text)
            equal(p.stdout.read(), text)


def needing(names, case):
    """Says what is missing instead of failing."""
    missing = [name for name in names if not shutil.which(name)]
    if not missing:
        return case

    def skipped():
        raise Skip(f"{' and '.join(missing)} missing")

    return skipped


PROGRAMS = ("nc", "ncat", "socat", "ss")
CASES = [
    ("our client is echoed", our_client_is_echoed),
    ("our clients have many connections to a selector", our_clients_have_many_connections),
    ("our client asks the address book, the clock and the mirror", our_client_asks_their_servers),
    ("our client is greeted", our_client_is_greeted),
    ("our datagrams are answered", our_datagrams_are_answered),
    ("their client has many connections by a selector", their_client_has_many_connections),
    ("their datagrams are answered", their_datagrams_are_answered),
    ("our clients meet our servers", ours_meets_ours),
    ("nc, ncat and socat are echoed", needing(PROGRAMS, their_programs_are_echoed)),
    ("and over paths", needing(PROGRAMS, their_programs_are_echoed_over_paths)),
    ("our client is echoed by ncat and socat", needing(PROGRAMS, our_client_is_echoed_by_their_programs)),
    ("our client is heard by nc", needing(("nc", "ss"), our_client_is_heard_by_their_programs)),
    ("our client finds the paths of nc, ncat and socat", needing(PROGRAMS, our_client_finds_their_paths)),
]

if __name__ == "__main__":
    run_cases([], CASES, sys.argv[1:])
