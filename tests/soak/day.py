"""What a day brings, in minutes: a million connections, a clock that is set, a machine that sleeps.

    tests/soak/run day [--minutes N] [--connections N]

The console, with its capture, its list of sockets, the kernel's events and a server of its own, and
beside it a server, a watch and a capture of the command line.  The connections go through both servers,
and past all of them.  Meanwhile the wall clock jumps by an hour and by a year, to and fro (a preloaded
shim: the machine's own is not touched), and each program is stopped for a while, as by a suspended
machine.  After a warm-up nobody's memory may grow by more than a few percent nor its descriptors by
any, no time on the screen may be negative, and the console must answer its keys."""

import argparse
import mmap
import os
import random
import re
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

from kills import SOCKEYE, START_SECONDS, TABS
from terminal import Terminal, until

HERE = os.path.dirname(os.path.abspath(__file__))
WARM = 0.5  # of the time; until then rings and tables fill
GROWTH, GROWTH_KIB = 0.05, 1024  # whichever is more
FEW_MINUTES = 3  # a shorter run may not have filled everything: it shows and does not judge
KEY_MS, KEY_SECONDS = 16, 0.2
HOUR, YEAR = 3600, 365 * 86400
NEGATIVE = re.compile(r"(^|[ (])-\d[\d,.]* ?(ns|us|ms|s|min|h|d)\b")


class Clock:
    """The wall clock of the programs that are given its environment."""

    def __init__(self, folder):
        self.shim = os.path.join(folder, "clock_shim.so")
        source = os.path.join(HERE, "clock_shim.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", self.shim, source, "-ldl"], check=True)
        self.path = os.path.join(folder, "clock")
        with open(self.path, "wb") as file:
            file.write(bytes(8))
        with open(self.path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 8)
        self.jumps = 0

    def environment(self):
        return dict(os.environ, LD_PRELOAD=self.shim, CLOCK_SHIM=self.path, TERM="xterm-256color")

    def set(self, seconds):
        self.map[:] = struct.pack("q", seconds)
        self.jumps += 1


class Watched:
    """A process whose memory and descriptors are looked at."""

    def __init__(self, name, pid):
        self.name, self.pid, self.samples = name, pid, []

    def look(self):
        with open(f"/proc/{self.pid}/smaps_rollup", encoding="ascii") as rollup:
            kib = int(re.search(r"Private_Dirty: +(\d+)", rollup.read())[1])
        self.samples.append((kib, len(os.listdir(f"/proc/{self.pid}/fd"))))

    def told(self, judged):
        """How it was after the warm-up and in the end, and what is wrong with that."""
        warm = self.samples[int(len(self.samples) * WARM):]
        third = max(1, len(warm) // 3)
        kib = [max(k for k, _ in part) for part in (warm[:third], warm[-third:])]
        # The least: connections come and go.
        fds = [min(f for _, f in part) for part in (warm[:third], warm[-third:])]
        print(
            f"day: {self.name:10} {kib[0]:,} KiB private after the warm-up, {kib[1]:,} in the end"
            f" ({(kib[1] - kib[0]) / kib[0]:+.1%}); descriptors {fds[0]}, {fds[1]}"
        )
        if judged and kib[1] - kib[0] > max(GROWTH_KIB, kib[0] * GROWTH):
            yield f"{self.name} has grown from {kib[0]:,} to {kib[1]:,} KiB"
        if judged and fds[1] > fds[0]:
            yield f"{self.name} has {fds[1]} descriptors instead of {fds[0]}"


class Day:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.rng = random.Random(options.seed)
        self.clock = Clock(folder)
        self.keys, self.wrong, self.stops, self.opened, self.failed = [], [], 0, 0, 0
        self.over, self.stopped = threading.Event(), False
        self.rate = options.connections / (options.minutes * 60)
        self.processes = []

    def spawn(self, *arguments, **options):
        # pylint: disable-next=consider-using-with
        process = subprocess.Popen(
            [SOCKEYE, *arguments], env=self.clock.environment(), stdin=subprocess.DEVNULL, text=True,
            **{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **options},
        )
        self.processes.append(process)
        return process

    def begin(self):
        os.environ.update(HOME=self.folder, XDG_STATE_HOME=self.folder, XDG_CONFIG_HOME=self.folder)
        self.terminal = Terminal([SOCKEYE], rows=48, columns=160, environment=self.clock.environment())
        self.terminal.wait(TABS, START_SECONDS)
        self.terminal.type(":serve echo 127.0.0.1:7007\r")
        self.terminal.wait(r"127\.0\.0\.1:7007 .*LISTEN.*server 1", START_SECONDS)
        server = self.spawn("serve", "echo", "127.0.0.1:7008", stdout=subprocess.PIPE)
        server.stdout.readline()
        watch = self.spawn("sockets", "--watch", "-t")
        capture = self.spawn("capture", "-i", "lo", "-w", "/dev/null")
        self.watched = [
            Watched("console", self.terminal.pid),
            Watched("serve", server.pid),
            Watched("watch", watch.pid),
            Watched("capture", capture.pid),
        ]

    def churn(self, port, share):
        """Connections that are reset, for each closed one would keep its port for a minute."""
        while not self.over.is_set():
            load = self.spawn(
                "load", "--json", "--quiet", "--reset", "--as", "connect", "-c", "20", "-d", "10",
                "-r", str(max(1, int(self.rate * share))), f"127.0.0.1:{port}", stdout=subprocess.PIPE,
            )
            said = load.communicate()[0]
            self.processes.remove(load)
            self.opened += int(re.search(r'"opened":(\d+)', said)[1])
            self.failed += int(re.search(r'"failed":(\d+)', said)[1])

    def trouble(self):
        """The clock jumps, and who sleeps wakes up."""
        while not self.over.wait(self.options.minutes * 60 / 40):
            self.clock.set(self.rng.choice((HOUR, -HOUR, YEAR, -YEAR, 0)))
            if self.rng.random() < 0.4:
                pid = self.rng.choice(self.watched).pid
                self.stopped = True
                os.kill(pid, signal.SIGSTOP)
                self.over.wait(self.rng.uniform(0.2, 2))
                os.kill(pid, signal.SIGCONT)
                self.stops += 1
                self.stopped = False

    def press(self):
        """A key whose answer can be told from news, and its time; None: the console was stopped."""
        stops, began = self.stops, time.monotonic()
        self.terminal.type(":xyzzy")
        shown = until(lambda: self.terminal.shows("xyzzy"), 10, 0.0005)
        took = (time.monotonic() - began) * 1e3
        self.terminal.type("\x1b")
        until(lambda: not self.terminal.shows("xyzzy"), 10, 0.0005)
        if self.stops != stops or self.stopped:
            return None
        if not shown:
            screen = "\n".join(self.terminal.lines())
            self.wrong.append(f"a key was not answered within 10 s:\n{screen}")
        return took

    def look(self):
        for watched in self.watched:
            watched.look()
        for line in self.terminal.lines():
            if NEGATIVE.search(line):
                self.wrong.append(f"a negative time: {line.strip()}")

    def live(self):
        threads = [
            threading.Thread(target=self.churn, args=(7007, 0.5)),
            threading.Thread(target=self.churn, args=(7008, 0.6)),
            threading.Thread(target=self.trouble),
        ]
        for thread in threads:
            thread.start()
        end, looked = time.monotonic() + self.options.minutes * 60, 0
        screens = iter("1234568" * 10000)
        while time.monotonic() < end and not self.terminal.ended():
            took = self.press()
            if took is not None:
                self.keys.append(took)
            if time.monotonic() - looked > 2:
                looked = time.monotonic()
                self.look()
                self.terminal.type(next(screens))
            time.sleep(KEY_SECONDS)
        self.over.set()
        for thread in threads:
            thread.join()

    def finish(self):
        for watched in self.watched:
            os.kill(watched.pid, signal.SIGCONT)
        if self.terminal.ended():
            self.wrong.append(f"the console ended: {self.terminal.wait_end()}")
        for process in self.processes:
            process.terminate()
            if process.wait(20) != 0:
                self.wrong.append(f"{process.args[1]} ended with {process.returncode}")
        self.terminal.close()

    def tell(self):
        judged = self.options.minutes >= FEW_MINUTES
        for watched in self.watched:
            self.wrong += watched.told(judged)
        keys = sorted(self.keys)
        print(
            f"day: {self.opened:,} connections, {self.failed:,} failed, in {self.options.minutes:g} minutes;"
            f" {self.clock.jumps} jumps of the clock, {self.stops} suspensions"
        )
        print(
            f"day: {len(keys)} keys, median {keys[len(keys) // 2]:.1f} ms, 99 %"
            f" {keys[int(len(keys) * 0.99)]:.1f} ms, at most {keys[-1]:.1f} ms (wanted: 99 % within {KEY_MS} ms"
            f" on a machine that does nothing else)"
        )
        for line in dict.fromkeys(self.wrong):
            print(f"day: {line}")
        print(f"day: {len(self.wrong)} things wrong{'' if judged else '; too short to judge memory'}")
        return bool(self.wrong)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--connections", type=int, default=1000000)
    parser.add_argument("--moments", type=int)
    parser.add_argument("--seed", default="day")
    with tempfile.TemporaryDirectory() as folder:
        day = Day(parser.parse_args(), folder)
        day.begin()
        try:
            day.live()
        finally:
            day.over.set()
            day.finish()
        return day.tell()


if __name__ == "__main__":
    sys.exit(main())
