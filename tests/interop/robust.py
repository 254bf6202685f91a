"""Cases of robust.sh: what a server's other clients notice of ill-behaved ones, and what is left of
them.  Rates are compared with the server's own before, generously: the clients need the processors,
too."""

import contextlib
import os
import re
import resource
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time

from message_peer import ANSWERS, read_message, search
from services import PATIENCE, SOCKEYE, Server, cpu_seconds, equal, receive, receive_all, resident_kib
from terminal import Skip, run_cases, until

MODELS = [(), ("--model", "threads"), ("--workers", "2")]
with open(SOCKEYE, "rb") as program:
    SANITIZED = re.search(rb"__[at]san_init", program.read()) is not None
KEPT, KEPT_IN_FLOOD = 0.3, 0.1  # of the rate, in the best of the windows; a flood takes processors, too
FLOOR = 100  # exchanges in a window that show it goes on, however busy the machine is
WINDOWS, WINDOW_SECONDS = 3, 0.15
GROWTH_KIB, THREAD_KIB = 40000, 150

_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def descriptors(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def threads(server):
    return len(os.listdir(f"/proc/{server.process.pid}/task"))


def echo(s, text=b"x" * 64):
    s.sendall(text)
    equal(receive(s, len(text)), text)


def rate(exchange):
    """Exchanges in the best of some short times."""
    best = 0
    for _ in range(WINDOWS):
        end, n = time.monotonic() + WINDOW_SECONDS, 0
        while time.monotonic() < end:
            exchange()
            n += 1
        best = max(best, n)
    return best


def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


def keeps_on(exchange, before, kept):
    """So much of the rate is kept; other programs may take the processors for a while."""
    least, rates = min(before * kept, FLOOR), []

    def enough():
        rates.append(rate(exchange))
        return rates[-1] >= least

    assert until(enough, 0 if SANITIZED else PATIENCE) or SANITIZED, f"{rates} exchanges instead of {before}"


def under(server, exchange, attack, kept=KEPT):
    """Run an attack: a generator that attacks up to its yield and has ended behind it."""
    before = rate(exchange)
    held, ran, memory = descriptors(server), threads(server), resident_kib(server.process)
    with contextlib.contextmanager(attack)(server):
        keeps_on(exchange, before, kept)
        grown = resident_kib(server.process) - memory
        bound = GROWTH_KIB + THREAD_KIB * (threads(server) - ran)
        assert SANITIZED or grown < bound, f"{grown} KiB more"
    assert until(lambda: descriptors(server) <= held, PATIENCE), "descriptors are left"
    assert until(lambda: threads(server) <= ran, PATIENCE), "threads are left"
    keeps_on(exchange, before, KEPT)


# ---- attacks -----------------------------------------------------------------------------


@contextlib.contextmanager
def beside(step):
    """Repeats a step in a thread, once at least."""
    stop = threading.Event()

    def repeat():
        while True:
            step()
            if stop.is_set():
                return

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def resets(server):
    def step():
        for _ in range(20):
            reset(server.connect())
        time.sleep(0.005)

    with beside(step):
        yield


def connects(server):
    def step():
        crowd = [server.connect() for _ in range(50)]
        for s in crowd:
            s.close()

    with contextlib.ExitStack() as stack, beside(step):
        for _ in range(500):
            stack.enter_context(server.connect())
        yield


def slow(server):
    """300 that say a byte of a request now and then."""
    request = search("morpheus")
    crowd = [server.connect() for _ in range(300)]
    said = [0]

    def step():
        at = said[0] % (len(request) - 1)
        said[0] += 1
        for s in crowd:
            s.sendall(request[at : at + 1])
        time.sleep(0.05)

    with beside(step):
        yield
    for s in crowd:
        s.close()


def mutes(server):
    """50 that send all that is taken and read nothing."""
    crowd = [server.connect() for _ in range(50)]
    bytes_ = b"x" * 65536
    for s in crowd:
        s.settimeout(0.01)
        with contextlib.suppress(TimeoutError):
            for _ in range(1000):
                s.sendall(bytes_)
    yield
    for s in crowd:
        reset(s)


def crowd_that(say, n=50):
    """Each says the same without end, and begins anew when it was refused."""

    def attack(server):
        def step():
            for _ in range(n):
                with server.connect() as s, contextlib.suppress(OSError):
                    s.settimeout(0.02)
                    s.sendall(say)
                time.sleep(0.001)  # Python runs one thread at a time

        with beside(step):
            yield

    return attack


HUGE = 1 << 20
HUGE_HEADS = [
    ("a field of 1 MiB", b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * HUGE),
    ("100,000 fields", b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 100000),
]
HUGE_MESSAGES = [
    ("headers of 65,535 bytes", struct.pack(">H", 65535) + b"{" + b" " * 65534),
]

ATTACKS = [
    ("resets", resets, KEPT_IN_FLOOD),
    ("connects", connects, KEPT_IN_FLOOD),
    ("300 slow clients", slow, KEPT),
    ("50 who never read", mutes, KEPT),
]


def against_echo(attack, kept, options):
    def case():
        with Server("echo", *options) as server, server.connect() as s:
            under(server, lambda: echo(s), attack, kept)

    return case


def pipelined(server):
    """Requests one behind the other, as fast as they are taken, without an answer being read."""
    requests = search("ring", connection="keep-alive") * 200
    crowd = [server.connect() for _ in range(5)]

    def step():
        for s in crowd:
            with contextlib.suppress(TimeoutError):
                s.settimeout(0.01)
                s.sendall(requests)

    with beside(step):
        yield
    for s in crowd:
        reset(s)


def against_message(attack, kept, options):
    def case():
        with Server("message", "--keep", *options) as server, server.connect() as s:

            def exchange():
                s.sendall(search("ring"))
                equal(read_message(s)[1]["result"], ANSWERS["ring"])

            under(server, exchange, attack, kept)

    return case


def against_http(say):
    def case():
        with Server("http") as server, server.connect() as s:

            def exchange():
                s.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                head = b""
                while b"\r\n\r\n" not in head:
                    head += s.recv(65536)
                length = int(re.search(rb"Content-Length: (\d+)", head)[1])
                receive(s, length - len(head.partition(b"\r\n\r\n")[2]))

            under(server, exchange, crowd_that(say), KEPT_IN_FLOOD)

    return case


def against_huge_messages(say):
    def case():
        with Server("message", "--keep") as server, server.connect() as s:

            def exchange():
                s.sendall(search("ring"))
                equal(read_message(s)[1]["result"], ANSWERS["ring"])

            under(server, exchange, crowd_that(say), KEPT_IN_FLOOD)

    return case


# ---- SYN ---------------------------------------------------------------------------------

CLIENTS = "10.99.0.0/16"  # they never answer: what is said to them is dropped
SYN_COOKIES = "/proc/sys/net/ipv4/tcp_syncookies"


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def syn(number, port):
    source, target = bytes([10, 99, number >> 8 & 255, number & 255]), bytes([127, 0, 0, 1])
    tcp = struct.pack("!HHIIBBHHH", 1024 + number % 60000, port, number, 0, 0x50, 2, 65535, 0, 0)
    pseudo = source + target + struct.pack("!BBH", 0, 6, len(tcp))
    tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 0, 0, 64, 6, 0, source, target) + tcp


def syns(server):
    """As fast as one processor can, from 65,536 addresses."""
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        packets = [syn(number * 13 % 65536, server.port) for number in range(8192)]
        at = [0]

        def step():
            for packet in packets[at[0] : at[0] + 256]:
                raw.sendto(packet, ("127.0.0.1", 0))
            at[0] = (at[0] + 256) % len(packets)

        with beside(step):
            yield


def half_open(server):
    """As the list of sockets has it."""
    listed = subprocess.run(
        [SOCKEYE, "sockets", "-tanH", "state", "syn-recv", "and", "sport", "=", f":{server.port}"],
        capture_output=True, text=True, timeout=PATIENCE, check=True,
    )
    return listed.stdout.count("SYN_RECV")


def against_syns(cookies):
    """With cookies whoever comes meanwhile is served; without them the queue is full, and who was
    there is."""

    def case():
        subprocess.run(["ip", "route", "replace", "local", CLIENTS, "dev", "lo"], check=True)
        rule = f"add table inet syns; add chain inet syns out {{ type filter hook output priority 0; }}; " \
            f"add rule inet syns out ip daddr {CLIENTS} drop"
        subprocess.run(["nft", rule], check=True)
        with open(SYN_COOKIES, "w", encoding="ascii") as file:
            file.write(f"{cookies:d}")
        try:
            with Server("echo", "--backlog", "256") as server, server.connect() as s:

                def attack(server):
                    with contextlib.contextmanager(syns)(server):
                        assert until(lambda: half_open(server) > 100, PATIENCE), "none is half open"
                        if cookies:
                            with server.connect() as late:
                                echo(late)
                        yield

                under(server, lambda: echo(s), attack, KEPT_IN_FLOOD)
        finally:
            subprocess.run(["nft", "delete", "table", "inet", "syns"], check=True)

    return case


def needs_network(case):
    def checked():
        if os.environ.get("E2E_NETWORK") != "own" or os.geteuid():
            raise Skip("needs root and a network of its own")
        if not shutil.which("nft"):
            raise Skip("nft is missing")
        case()

    return checked


# ---- descriptors -------------------------------------------------------------------------


def errors_of_accepting(server):
    return [line["error"] for line in server.said if line["event"] == "accept"]


def answers(server, tries):
    tries.append(server)
    try:
        with server.connect() as s:
            echo(s)
    except ConnectionError:
        return False
    return True


def out_of_descriptors(options):
    def case():
        few = ("prlimit", "--nofile=64:64")
        with Server("echo", *options, run_by=few) as server, server.connect() as s:
            echo(s)
            crowd = [server.connect() for _ in range(100)]
            assert until(lambda: errors_of_accepting(server) == ["EMFILE"], PATIENCE), server.said
            # Whoever waits to be accepted is no reason to try without end.
            begun = cpu_seconds(server.process)
            for _ in range(50):
                echo(s)
                time.sleep(0.01)
            assert cpu_seconds(server.process) - begun < 0.2, "it spins"
            for other in crowd:
                other.close()
            # Until those have gone there are no descriptors: whoever comes then is refused.
            tries = []
            assert until(lambda: answers(server, tries), PATIENCE)
        # What was waiting is accepted, or refused where its thread had no descriptors.
        assert until(lambda: server.said[-1]["event"] == "stopped", PATIENCE), server.said[-1]
        last = server.said[-1]
        assert last["accept_errors"] > 0 and 2 < last["accepted"] <= 101 + len(tries), last

    return case


def slow_clients_are_put_out_by_the_idle_timeout():
    with Server("message", "--idle-timeout", "0.3") as server:
        crowd = [server.connect() for _ in range(100)]
        for s in crowd:
            s.sendall(b"\0")
        for s in crowd:
            equal(receive_all(s), b"")
            s.close()


ALONE = [
    (f"others keep their rate under {name}{' with ' if options else ''}{' '.join(options)}",
     against_echo(attack, kept, options))
    for options in MODELS
    for name, attack, kept in ATTACKS
] + [
    (f"message keeps its rate under slow clients{' with ' if options else ''}{' '.join(options)}",
     against_message(slow, KEPT, options))
    for options in MODELS
] + [
    ("others keep a rate under pipelined messages", against_message(pipelined, KEPT_IN_FLOOD, ())),
] + [
    (f"http keeps its rate under {name}", against_http(say)) for name, say in HUGE_HEADS
] + [
    (f"message keeps its rate under {name}", against_huge_messages(say)) for name, say in HUGE_MESSAGES
] + [
    (f"a flood of SYN with{'' if cookies else 'out'} cookies", needs_network(against_syns(cookies)))
    for cookies in (True, False)
]
TOGETHER = [
    (f"without descriptors a server goes on{' with ' if options else ''}{' '.join(options)}",
     out_of_descriptors(options))
    for options in MODELS
] + [
    ("the idle timeout ends slow clients", slow_clients_are_put_out_by_the_idle_timeout),
]

if __name__ == "__main__":
    run_cases(ALONE, TOGETHER, sys.argv[1:])
