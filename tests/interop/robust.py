"""Cases of robust.sh: what a server's other clients notice of ill-behaved ones, and what is left of
them.  Rates are compared with the server's own before, generously: the clients need the processors,
too."""

import contextlib
import os
import re
import resource
import socket
import struct
import sys
import threading
import time

from message_peer import ANSWERS, read_message, search
from services import PATIENCE, SOCKEYE, Server, equal, receive, receive_all, resident_kib
from terminal import run_cases, until

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
            for _ in range(100):
                echo(s)
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
