"""What the benches share: servers and their load on processors of their own, rounds by turns, and
figures as medians with the ratio of two contestants.

The machine may be busy with other things, so no figure stands alone: the contestants take turns
within one run, and what counts is the median of the ratios within a turn.  Processor time is the
scheduler's, in nanoseconds, of all threads and children."""

import atexit
import json
import os
import re
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import figures
from figures import skipped, tell

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
BUILD = os.environ.get("BUILD", os.path.join(ROOT, "build"))
SOCKEYE = os.environ.get("SOCKEYE", os.path.join(BUILD, "sockeye"))
HERE = os.path.join(ROOT, "tests", "bench")

CPUS = sorted(os.sched_getaffinity(0))
SERVER_CPU, CLIENT_CPU = CPUS[0], CPUS[-1]
START_SECONDS = 30

work = tempfile.mkdtemp(prefix="sockeye-bench.")
os.chmod(work, 0o755)  # a server that drops its rights still reads its page
atexit.register(shutil.rmtree, work, ignore_errors=True)


class Skipped(Exception):
    """This contestant, or the whole bench, cannot run here."""


def need_program(name, package):
    """The program's path; what Debian keeps for root alone is found, too."""
    path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
    if not path:
        raise Skipped(f"{package} is not installed")
    return path


def raise_descriptors(wanted):
    """For this process and what it starts from now on."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), max(hard, wanted)))
    except (ValueError, OSError):
        raise Skipped(f"{wanted} descriptors are not allowed here, only {hard}") from None


def start(argv, cpu, niceness=0, **options):
    def place():
        os.sched_setaffinity(0, {cpu})
        os.nice(niceness)

    # pylint: disable-next=subprocess-popen-preexec-fn,consider-using-with
    return subprocess.Popen(argv, preexec_fn=place, **options)


def children(pid):
    """The processes that it made and that still run."""
    pids = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as listed:
            pids += [int(child) for child in listed.read().split()]
    return pids


def cpu_s(pid):
    """Processor time of a program with its helper."""
    return sum(time.clock_gettime(cpu_clock(one)) for one in [pid, *children(pid)])


def cpu_clock(pid):
    """The clock of another process's processor time: clock_getcpuclockid(3), which Python lacks."""
    return (~pid << 3) | 2


class Server:
    """A process that says "... 127.0.0.1:PORT" first, or is told its port."""

    def __init__(self, name, argv, port=None):
        self.name = name
        self.said = os.path.join(work, f"{name}.{id(self)}")
        with open(self.said, "wb") as said:
            self.process = start(
                argv, SERVER_CPU, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT
            )
        atexit.register(self.stop)
        self.pid = self.process.pid
        self.port = port or self.await_port()

    def await_port(self):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            status = self.process.poll()
            with open(self.said, encoding="utf-8") as said:
                text = said.read()
            if "no such service" in text:
                raise Skipped("no such service")
            found = re.match(r".*127\.0\.0\.1:(\d+)\n", text)
            if found:
                return int(found[1])
            if status is not None:
                raise Skipped(f"{self.name} ended with status {status}: {text.strip()}")
            time.sleep(0.01)
        raise Skipped(f"{self.name} does not say its port")

    def pids(self):
        with open(f"/proc/{self.pid}/task/{self.pid}/children", encoding="ascii") as children:
            return [self.pid] + [int(pid) for pid in children.read().split()]

    def cpu_ns(self):
        return sum(time.clock_gettime_ns(cpu_clock(pid)) for pid in self.pids())

    def private_bytes(self):
        """Memory of its own that it has written to."""
        with open(f"/proc/{self.pid}/smaps_rollup", encoding="ascii") as rollup:
            return 1024 * int(re.search(r"Private_Dirty: +(\d+)", rollup.read())[1])

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()


def sockeye(service):
    return Server("sockeye", [SOCKEYE, "serve", service, "127.0.0.1:0"])


def minimal(program):
    return Server("minimal C", [os.path.join(BUILD, "bench", program)])


def selectors_message():
    return Server("Python selectors", [sys.executable, os.path.join(HERE, "selectors_message.py")])


class Load:
    """Client programs of ours beside a server: orders on stdin, figures as JSON on stdout."""

    def __init__(self, server, program, *arguments, placed=((CLIENT_CPU, 0),)):
        argv = [os.path.join(BUILD, "bench", program), str(server.port), *map(str, arguments)]
        self.server = server
        self.clients = [
            start(argv, cpu, niceness, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for cpu, niceness in placed
        ]
        atexit.register(self.stop)
        for client in self.clients:
            if client.stdout.readline() != "ready\n":
                raise RuntimeError(f"{program} against {server.name} did not get ready")

    def round(self, order):
        """Trips and bytes a second, and the server's nanoseconds a trip."""
        before = self.server.cpu_ns()
        for client in self.clients:
            client.stdin.write(order + "\n")
            client.stdin.flush()
        results = []
        for client in self.clients:
            line = client.stdout.readline()
            if not line:
                raise RuntimeError(f"the load on {self.server.name} ended with {client.wait()}")
            results.append(json.loads(line))
        used_ns = self.server.cpu_ns() - before
        seconds = max(result["seconds"] for result in results)
        trips = sum(result["trips"] for result in results)
        return {
            "rate": trips / seconds,
            "bytes": sum(result.get("bytes", 0) for result in results) / seconds,
            "cpu_ns": used_ns / trips,
        }

    def stop(self):
        for client in self.clients:
            client.stdin.close()
            client.wait()
        self.clients = []


def by_turns(rounds, contestants):
    """Call each of {name: function} that many times (fewer in a quick run), by turns and each time in
    the other order, after one round that is not counted; {name: list of what they returned}."""
    rounds = figures.rounds(rounds)
    results = {name: [] for name in contestants}
    for i in range(rounds + 1):
        names = list(contestants) if i % 2 else list(contestants)[::-1]
        for name in names:
            result = contestants[name]()
            if i > 0:
                results[name].append(result)
    return results


def compare(title, unit, scale, ours, theirs, at_least=None, at_most=None, faster=False):
    """Tell two medians, and the median of the ratios within a turn with the half in the middle of
    these ratios: how steady it was.  ours and theirs: (name, list of figures), those of one turn
    at the same place.  faster: the ratio is how many times theirs is ours."""
    pairs = list(zip(ours[1], theirs[1]))
    ratios = [b / a if faster else a / b for a, b in pairs]
    low, ratio, high = statistics.quantiles(ratios, n=4)
    other = {
        "name": theirs[0],
        "figure": statistics.median(theirs[1]) / scale,
        "ratio": ratio,
        "low": low,
        "high": high,
    }
    figure = statistics.median(ours[1]) / scale
    tell(title, unit, figure, len(pairs), other, at_least=at_least, at_most=at_most, name=ours[0])


def pick(results, name, figure):
    return name, [result[figure] for result in results[name]]


def main(bench, title):
    """Run a bench; say so where it cannot run, or not in peace."""
    load = os.getloadavg()[0]
    if load > 2 * len(CPUS):
        print(f"{title:30} load {load:.1f} on {len(CPUS)} processors: trust CPU, not rates")
    try:
        bench()
    except Skipped as reason:
        skipped(title, reason)
