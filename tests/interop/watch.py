"""Do things to sockets and compare with what `sockets --watch --json` says of them.

watch.py SOCKEYE_COMMAND...: run in a network of its own.  Prints TAP lines without numbers, as
lib.sh's run_cases() takes them: "ok NAME" or "not ok NAME"."""
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

PATIENCE_S = 10
BY_EVENTS = "sockeye sockets: watching by the kernel's events"


class Watch:
    def __init__(self, command):
        self.process = subprocess.Popen(
            command + ["sockets", "--watch", "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.how = self.process.stderr.readline()
        self.by_events = self.how.startswith(BY_EVENTS)
        self.lines = []
        self.news = threading.Condition()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            with self.news:
                self.lines.append(json.loads(line))
                self.news.notify()

    def of(self, port):
        return [l for l in self.lines if l["local"].endswith(":%d" % port)
                and not l["peer"].endswith(":*")]

    def steps(self, port):
        return [(l["change"], l["old_state"], l["state"]) for l in self.of(port)]

    def until(self, port, change, state=None):
        """The newest line of it; None when it does not come."""
        deadline = time.monotonic() + PATIENCE_S
        with self.news:
            while True:
                for l in self.of(port):
                    if l["change"] == change and l["state"] == state:
                        return l
                if not self.news.wait(deadline - time.monotonic()):
                    return None

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        rest = self.process.stderr.read()
        return self.process.wait(), rest


def check(name, passed, *shown):
    print(("ok " if passed else "not ok ") + name, flush=True)
    if not passed:
        for each in shown:
            print("# " + repr(each), flush=True)


def pair(server):
    client = socket.create_connection(server.getsockname())
    accepted, _ = server.accept()
    return client, accepted, client.getsockname()[1]


def half_close_and_close(w, server):
    client, accepted, port = pair(server)
    first = w.until(port, "new", "ESTABLISHED")
    check("an opened connection is NEW", first is not None, w.lines)
    accepted.shutdown(socket.SHUT_WR)
    line = w.until(port, "state", "CLOSE_WAIT")
    check("a half-closed one is in CLOSE_WAIT", line is not None
          and line["old_state"] == "ESTABLISHED", w.steps(port))
    client.close()
    line = w.until(port, "gone")
    check("a closed one is GONE", line is not None, w.steps(port))
    if w.by_events:
        check("each of its steps is told", w.steps(port) == [
            ("new", None, "ESTABLISHED"), ("state", "ESTABLISHED", "CLOSE_WAIT"),
            ("state", "CLOSE_WAIT", "LAST_ACK"), ("gone", "LAST_ACK", None)], w.steps(port))
        check("by the kernel", all(l["by"] == "event" for l in w.of(port)), w.of(port))
    accepted.close()


def reset(w, server):
    client, accepted, port = pair(server)
    w.until(port, "new", "ESTABLISHED")
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    line = w.until(port, "gone")
    check("a reset connection goes from ESTABLISHED", line is not None
          and line["old_state"] == "ESTABLISHED", w.steps(port))
    accepted.close()


HOLDER = """
import socket, sys, time
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
print(s.getsockname()[1], flush=True)
time.sleep(1000)
"""


def killed_holder(w, server):
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(server.getsockname()[1])],
                              stdout=subprocess.PIPE, text=True)
    accepted, _ = server.accept()
    port = int(holder.stdout.readline())
    accepted.sendall(b"x" * 4900)
    w.until(port, "new", "ESTABLISHED")
    # Its owner is looked up with the next look at everything: the next change shows it.
    accepted.shutdown(socket.SHUT_WR)
    w.until(port, "state", "CLOSE_WAIT")
    time.sleep(1.5)  # more than a look's interval: this is about time, not about a state
    holder.kill()
    holder.wait()
    line = w.until(port, "gone")
    check("what a killed process held is GONE", line is not None, w.steps(port))
    if line:
        check("with what it did not read", line["unread_bytes"] == 4900, line)
        if os.environ.get("OWNERS") == "hidden":
            check("and no name that may not be seen", line["owner"] is None, line)
        else:
            check("and its name", ("(%d)" % holder.pid) in (line["owner"] or ""), line)
    accepted.close()


def listener(w):
    s = socket.create_server(("127.0.0.1", 0))
    port = s.getsockname()[1]
    deadline = time.monotonic() + PATIENCE_S

    def seen(change):
        return any(l["local"].endswith(":%d" % port) and l["change"] == change
                   and "LISTEN" in (l["state"], l["old_state"]) for l in w.lines)
    while not seen("new") and time.monotonic() < deadline:
        time.sleep(.01)
    s.close()
    while not seen("gone") and time.monotonic() < deadline:
        time.sleep(.01)
    check("a listener comes and goes", seen("new") and seen("gone"), w.lines)


def storm(w, server):
    """Faster than looks are: each is told once as new and once as gone, or is counted."""
    before = len(w.lines)
    n, ports = 300, set()
    for _ in range(n):
        client, accepted, port = pair(server)
        ports.add(str(port))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        accepted.close()
    deadline = time.monotonic() + PATIENCE_S

    def told():
        return sum(l["change"] == "gone" and
                   any(l[end].rpartition(":")[2] in ports for end in ("local", "peer"))
                   for l in w.lines[before:])
    while told() < 2 * n and time.monotonic() < deadline:
        time.sleep(.01)
    check("no short connection is missed", told() == 2 * n, told())


def main():
    w = Watch(sys.argv[1:])
    check("it says how it watches", w.how.startswith("sockeye sockets: watching by "), w.how)
    print("# " + w.how.strip(), flush=True)
    server = socket.create_server(("127.0.0.1", 0), backlog=128)
    half_close_and_close(w, server)
    reset(w, server)
    killed_holder(w, server)
    listener(w)
    storm(w, server)
    status, rest = w.stop()
    check("it ends with status 0", status == 0, status)
    check("nothing was unseen or lost", rest == "", rest)


main()
