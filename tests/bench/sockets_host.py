"""A host with many sockets: a network namespace of our own, and what listing them costs."""

import os
import resource
import subprocess
import sys
import time

from figures import skipped
from side_by_side import BUILD, Skipped, main

PER_PAIR = 15000  # connections, of many_sockets.c
NETNS = "SOCKEYE_BENCH_NETNS"


def cost_of(argv):
    """Seconds of processor time, and of the wall clock."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(argv, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        time.monotonic() - began,
    )


class Sockets:
    """Half of them connect, half were accepted."""

    def __init__(self, n):
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(
            [os.path.join(BUILD, "bench", "many_sockets"), str(n // 2)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(-(-n // 2 // PER_PAIR)):
            if self.process.stdout.readline() != "ready\n":
                raise Skipped(f"{n} sockets could not be made")

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def in_namespace(bench, title):
    if os.environ.get(NETNS):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        main(bench, title)
    elif os.geteuid() != 0:
        skipped(title, "needs root for a network namespace of its own")
    else:
        os.execvpe("unshare", ["unshare", "-n", *sys.argv], dict(os.environ, **{NETNS: "1"}))
