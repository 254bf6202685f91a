"""Cases of serve_test.sh: how `sockeye serve` begins and ends, what it says and what it refuses."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from terminal import Skip, run_cases, until

SOCKEYE = os.environ["SOCKEYE"]
PATIENCE = 20
with open(SOCKEYE, "rb") as program:
    SANITIZED = re.search(rb"__[at]san_init", program.read()) is not None
SOON = 10 if SANITIZED else 1
MODELS = [[], ["--model", "threads"], ["--model", "iterative"], ["--workers", "3"]]


def start(*words, stdout=subprocess.PIPE, **more):
    return subprocess.Popen(
        [SOCKEYE, "serve", *words], stdin=subprocess.DEVNULL, stdout=stdout, text=True, **more
    )


def ended(server, how, seconds=PATIENCE):
    """Its exit status, and what it still said."""
    server.send_signal(how)
    begun = time.monotonic()
    rest, _ = server.communicate(timeout=PATIENCE)
    assert time.monotonic() - begun < seconds, "it took its time"
    return server.returncode, rest


def port_of(line):
    return int(re.search(r":(\d+)\D*$", line)[1])


# ---- ends --------------------------------------------------------------------------------


def ends_under_load(options, how):
    def case():
        server = start("echo", "127.0.0.1:0", *options)
        port = port_of(server.stdout.readline())
        stop = threading.Event()

        def load():
            while not stop.is_set():
                try:
                    with socket.create_connection(("127.0.0.1", port), PATIENCE) as s:
                        s.settimeout(1)
                        for _ in range(20):
                            s.sendall(b"x" * 10000)
                            s.recv(10000)
                except OSError:
                    pass

        loads = [threading.Thread(target=load) for _ in range(4)]
        for thread in loads:
            thread.start()
        with socket.create_connection(("127.0.0.1", port)) as s:
            s.setblocking(False)
            until(lambda: server.stdout.readline(), PATIENCE)
            status, _ = ended(server, how, SOON)
        stop.set()
        for thread in loads:
            thread.join()
        assert status == 0, status

    return case


def ends_while_nobody_reads_what_it_says():
    for options in MODELS:
        server = start("echo", "127.0.0.1:0", "--json", *options)
        port = port_of(json.loads(server.stdout.readline())["endpoint"])
        # Far more than a pipe holds.
        for _ in range(1000):
            with socket.create_connection(("127.0.0.1", port), PATIENCE) as s:
                s.sendall(b"x")
                assert s.recv(1) == b"x"
        server.send_signal(signal.SIGTERM)
        assert server.wait(PATIENCE) == 0
        server.stdout.close()


def goes_on_without_stdout():
    server = start("echo", "127.0.0.1:0", stderr=subprocess.PIPE)
    port = port_of(server.stdout.readline())
    server.stdout.close()
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as s:
            s.sendall(b"x")
            assert s.recv(1) == b"x"
    said = server.stderr.readline()
    assert "EPIPE" in said, said
    server.send_signal(signal.SIGTERM)
    assert server.wait(PATIENCE) == 1
    assert server.stderr.read() == ""
    server.stderr.close()


# ---- words -------------------------------------------------------------------------------


def a_hang_up_ends_it_orderly():
    """Its file of a socket would stay."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "server")
        server = start("echo", f"unix:{path}")
        server.stdout.readline()
        assert ended(server, signal.SIGHUP, SOON)[0] == 0
        assert not os.path.exists(path)


def nohup_lets_it_go_on():
    ignore = lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
    server = start("echo", "127.0.0.1:0", preexec_fn=ignore)
    port = port_of(server.stdout.readline())
    server.send_signal(signal.SIGHUP)
    for _ in range(3):  # a signal that is heard ends it at once
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as s:
            s.sendall(b"ping")
            assert s.recv(4) == b"ping"
    assert ended(server, signal.SIGTERM, SOON)[0] == 0


def every_session_is_told_and_the_sum_at_the_end():
    for options in MODELS:
        server = start("echo", "127.0.0.1:0", "--json", *options)
        said = [json.loads(server.stdout.readline())]
        assert said[0]["event"] == "listening" and said[0]["service"] == "echo", said
        port = port_of(said[0]["endpoint"])
        assert port > 0
        n = 1 if "iterative" in options else 60
        reader = threading.Thread(
            target=lambda: said.extend(json.loads(line) for line in server.stdout)
        )
        reader.start()
        crowd = [socket.create_connection(("127.0.0.1", port), PATIENCE) for _ in range(n)]
        opened = lambda: {line["id"] for line in list(said) if line.get("state") == "open"}
        assert until(lambda: len(opened()) == n, PATIENCE), (options, len(opened()))
        for s in crowd:
            s.sendall(b"hello")
            assert s.recv(5) == b"hello"
            s.close()
        closed = lambda: {line["id"] for line in list(said) if line.get("state") == "closed"}
        assert until(lambda: closed() == opened(), PATIENCE), options
        server.send_signal(signal.SIGINT)
        assert server.wait(PATIENCE) == 0
        reader.join()
        server.stdout.close()
        assert said[-1] == {
            "event": "stopped",
            "accepted": n,
            "accept_errors": 0,
            "denied": 0,
            "datagrams": 0,
            "untold_sessions": 0,
            "lost_datagrams": 0,
            "received_bytes": 5 * n,
            "sent_bytes": 5 * n,
        }, (options, said[-1])


def counts_denied_and_datagrams():
    server = start("echo", "udp://127.0.0.1:0", "--json", "--deny", "127.0.0.2")
    port = port_of(json.loads(server.stdout.readline())["endpoint"])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.2", 0))
        s.sendto(b"denied", ("127.0.0.1", port))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(PATIENCE)
        s.sendto(b"abc", ("127.0.0.1", port))
        assert s.recv(10) == b"abc"
    status, rest = ended(server, signal.SIGINT)
    last = json.loads(rest.splitlines()[-1])
    wanted = {"denied": 1, "datagrams": 1, "received_bytes": 3, "sent_bytes": 3, "accepted": 0}
    assert status == 0 and wanted.items() <= last.items(), last


def refusal(*words, status):
    r = subprocess.run(
        [SOCKEYE, "serve", *words], capture_output=True, text=True, timeout=PATIENCE
    )
    assert r.returncode == status, (words, r)
    assert r.stderr.count("\n") == 1 and not r.stdout, (words, r)
    return r.stderr


def a_taken_port_names_its_holder():
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        me = f"({os.getpid()})"
        for endpoint in (f"127.0.0.1:{port}", f"*:{port}", f"tcp://127.0.0.1:{port}"):
            text = refusal("echo", endpoint, status=1)
            assert "EADDRINUSE" in text and me in text, text
            assert me in refusal("echo", endpoint, "--workers", "2", status=1)
        try:
            address = socket.getaddrinfo("localhost", port, socket.AF_INET)[0][4][0]
        except OSError:
            return
        if address == "127.0.0.1":
            text = refusal("echo", f"localhost:{port}", status=1)
            assert "EADDRINUSE" in text and me in text, text


def a_taken_datagram_port_names_no_stream():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        with subprocess.Popen(
            [sys.executable, "-c", "import socket, sys; "
             f"s = socket.create_server(('127.0.0.1', {port})); print(flush=True); sys.stdin.read()"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        ) as other:
            other.stdout.readline()
            text = refusal("echo", f"udp://127.0.0.1:{port}", status=1)
            other.stdin.close()
        assert "EADDRINUSE" in text and f"({other.pid})" not in text, text


def wrong_values_are_refused_in_one_line():
    for words, named in [
        (["--backlog", "-1"], "-1"),
        (["--backlog", "many"], "many"),
        (["--backlog", "2147483648"], "2147483648"),
        (["--model", "forks"], "forks"),
        (["--model"], "--model"),
        (["--workers", "0"], "0"),
        (["--workers", "257"], "257"),
        (["--workers", "two"], "two"),
        (["--workers", "2", "--model", "threads"], "--workers"),
        (["--workers", "2", "--model", "iterative"], "--workers"),
        (["--max-connections", "0"], "0"),
        (["--max-connections", "4294967296"], "4294967296"),
        (["--max-connections", "1.5"], "1.5"),
        (["--allow", "10.0.0.0/33"], "10.0.0.0/33"),
        (["--allow", "10.0.0/8"], "10.0.0/8"),
        (["--allow", "fd00::/129"], "fd00::/129"),
        (["--allow", "localhost"], "localhost"),
        (["--deny", "10.0.0.0/"], "10.0.0.0/"),
        (["--deny", "/8"], "/8"),
        (["--deny", "10.0.0.0/8x"], "10.0.0.0/8x"),
        (["--deny", ""], "--deny"),
        (["--idle-timeout", "0"], "0"),
        (["--idle-timeout", "-1"], "-1"),
        (["--idle-timeout", "soon"], "soon"),
        (["--idle-timeout"], "--idle-timeout"),
        (["--option", "SO_NOSUCH=1"], "SO_NOSUCH"),
        (["--option", "SO_RCVBUF=much"], "much"),
        (["--option", "SO_RCVBUF"], "SO_RCVBUF"),
        (["--join", "10.0.0.1"], "10.0.0.1"),
        (["--multicast-ttl", "256"], "256"),
        (["--multicast-ttl", "ten"], "ten"),
        (["--multicast-loop", "maybe"], "maybe"),
        (["--multicast-interface", "x" * 16], "x" * 16),
        (["--nosuch"], "--nosuch"),
        (["--text", "hello"], "--text"),
        (["--keep"], "--keep"),
        (["--broadcast=yes"], "--broadcast=yes"),
        (["a", "b", "c"], "a"),
    ]:
        datagrams = words[0] in ("--join",) or words[0].startswith("--multicast")
        endpoint = "udp://127.0.0.1:0" if datagrams else "127.0.0.1:0"
        text = refusal("echo", endpoint, *words, status=2)
        assert named in text, (words, text)
    nowhere = ("--multicast-interface", "nosuch0")
    assert "nosuch0" in refusal("echo", "udp://127.0.0.1:0", *nowhere, status=3)
    for words, named in [
        (["echo", "127.0.0.1:99999"], "99999"),
        (["echo", "127.0.0.1:nosuchport"], "nosuchport"),
        (["echo", "ftp://127.0.0.1:1"], "ftp"),
        (["nosuch"], "nosuch"),
        ([], "serve"),
        (["echo", "udp://127.0.0.1:0", "--model", "threads"], "--model"),
        (["relay", "127.0.0.1:0", "--workers", "2"], "relay"),
        (["relay", "127.0.0.1:0", "--model", "threads"], "relay"),
        (["never-accept", "127.0.0.1:0", "--model", "threads"], "never-accept"),
        (["message", "127.0.0.1:0", "--keep", "--file"], "--file"),
        (["echo", "unix:/tmp/sockeye-nobody", "--workers", "2"], "--workers"),
    ]:
        text = refusal(*words, status=2)
        assert named in text, (words, text)


# ---- who can reach it ---------------------------------------------------------------------

NEEDS = {
    "balance": ["--backend", "127.0.0.1:1"],
    "proxy": ["--backend", "127.0.0.1:1"],
    "file-source": ["--file", __file__],
    "file-sink": ["--directory", tempfile.gettempdir()],
}


def services():
    said = subprocess.run([SOCKEYE, "serve", "--help"], capture_output=True, text=True, check=True)
    return re.findall(r"^  ([a-z][a-z-]*) ", said.stdout.split("\nServices:\n")[1], re.M)


def listens_at(pid):
    """Local addresses of its listening and unconnected sockets, as ss has them."""
    lines = subprocess.run(["ss", "-Hltunp"], capture_output=True, text=True, check=True).stdout
    return [line.split()[4] for line in lines.splitlines() if f"pid={pid}," in line]


def only_loopback_by_itself():
    if os.environ.get("E2E_NETWORK") != "own":
        raise Skip("the default port may be another's: needs a network of its own")
    names = services()
    assert len(names) > 30, names
    for name in names:
        server = start(name, *NEEDS.get(name, []), stderr=subprocess.STDOUT)
        line = server.stdout.readline()
        found = listens_at(server.pid)
        status, rest = ended(server, signal.SIGTERM)
        assert found == ["127.0.0.1:65432"] and status == 0, (name, found, status, line + rest)
    return f"{len(names)} services"


def further_only_when_named():
    for words, expected in [
        (["127.0.0.1:0"], "127.0.0.1"),
        (["udp://127.0.0.1:0"], "127.0.0.1"),
        (["[::1]:0"], "[::1]"),
        (["*:0"], "*"),
        (["udp://*:0"], "*"),
        (["0.0.0.0:0"], "0.0.0.0"),
    ]:
        server = start("echo", *words)
        line = server.stdout.readline()
        found = [address.rpartition(":")[0] for address in listens_at(server.pid)]
        ended(server, signal.SIGTERM)
        assert found == [expected], (words, found, line)


CASES = [
    (f"{how.name} ends it under load{' with ' if options else ''}{' '.join(options)}",
     ends_under_load(options, how))
    for options in MODELS
    for how in (signal.SIGTERM, signal.SIGINT)
] + [
    ("it ends while nobody reads what it says", ends_while_nobody_reads_what_it_says),
    ("it goes on without stdout", goes_on_without_stdout),
    ("a hang-up ends it orderly", a_hang_up_ends_it_orderly),
    ("under nohup it goes on", nohup_lets_it_go_on),
    ("every session is told, and the sum at the end", every_session_is_told_and_the_sum_at_the_end),
    ("what was denied and datagrams are counted", counts_denied_and_datagrams),
    ("a taken port names its holder", a_taken_port_names_its_holder),
    ("a taken datagram port names no stream", a_taken_datagram_port_names_no_stream),
    ("a server that no address is named for is on loopback", only_loopback_by_itself),
    ("a server goes beyond loopback only when that is named", further_only_when_named),
    ("wrong values are refused in one line", wrong_values_are_refused_in_one_line),
]

if __name__ == "__main__":
    run_cases([], CASES, sys.argv[1:])
