"""Every signal but SIGKILL, at random moments and by the thousand.

    tests/soak/run storm [--moments N] [--seed N]

A load of kills.py is put under a storm of signals that mean nothing or little: SIGWINCH 10,000 times a
second, SIGCHLD, SIGALRM, SIGCONT, and it is stopped and goes on.  It must go on, too.  Then one comes
that ends it.  It must end soon, say by its status which signal it was, give the terminal back and leave
nothing behind, by itself: what kills.py accepts from whoever cleans up is not waited for here."""

import argparse
import ctypes
import multiprocessing
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback

from kept import faults
from kills import START_SECONDS, Capture, Connect, Console, Serve, Watch, host, instances, orphans
from terminal import until

WINCH_EACH_SECOND = 10000
HARMLESS = (signal.SIGCHLD, signal.SIGCONT, signal.SIGURG)
ENDS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# To a subcommand these mean what they mean to any program.
CONSOLES_HARMLESS = (*HARMLESS, signal.SIGALRM)
CONSOLES_ENDS = (*ENDS, signal.SIGQUIT)
END_SECONDS = 5
LOADS = [Console, Console, Capture, Serve, Watch, Connect]
PR_SET_CHILD_SUBREAPER = 36


def storm(pid, rng, seconds, harmless):
    """How many signals were sent.  It is stopped a few times, each for a moment."""
    sent, begin = 0, time.monotonic()
    stops = sorted(rng.uniform(0, seconds) for _ in range(3))
    while (now := time.monotonic() - begin) < seconds:
        while sent < now * WINCH_EACH_SECOND:
            os.kill(pid, signal.SIGWINCH)
            sent += 1
            if rng.random() < 0.05:
                os.kill(pid, rng.choice(harmless))
        if stops and now > stops[0]:
            stops.pop(0)
            os.kill(pid, signal.SIGSTOP)
            time.sleep(rng.uniform(0, 0.05))
            os.kill(pid, signal.SIGCONT)
        time.sleep(0.0005)
    return sent


def accepted(number, kind):
    """A subcommand that is asked to end does, and that is no failure."""
    return (128 + number,) if kind is Console else (0,)


def status_of(load):
    if isinstance(load, Console):
        return load.terminal.wait_end(END_SECONDS)
    status = load.stack[-1].wait(END_SECONDS)
    return 128 - status if status < 0 else status


def moment(seed, number, load):
    """One storm and its end; (what, signals, what was wrong)."""
    rng = random.Random(f"{seed}/{number}")
    kind = rng.choice([kind for kind in LOADS if load in kind.__name__.lower()])
    end = rng.choice(CONSOLES_ENDS if kind is Console else ENDS)
    harmless = CONSOLES_HARMLESS if kind is Console else HARMLESS
    folder = tempfile.mkdtemp(prefix="storm.")
    load, wrong = kind(folder, rng), []
    before = host()
    try:
        lasts = load.begin()
        pid = load.victim()
        assert until(lambda: hears(pid), START_SECONDS), "it does not begin"
        sent = storm(pid, rng, rng.uniform(0.1, max(0.3, lasts)), harmless)
        if not alive(pid):
            wrong.append("it did not outlive the storm")
        else:
            os.kill(pid, end)
        status = status_of(load)
        if status not in accepted(end, kind):
            wrong.append(f"status {status} after {end.name}")
        wrong += faults(folder, {"home": None, **whole(load)})
        wrong += [f"the tracefs instance {name} stays" for name in instances(pid)]
        wrong += load.judge()
        if host() != before:
            wrong.append("the host's network is another")
    finally:
        load.end()
    if not until(lambda: not orphans(), END_SECONDS, 0.05):
        wrong += [f"the process stays: {name}" for name in orphans()]
    shutil.rmtree(folder)
    return f"{kind.__name__}, {end.name}", sent, wrong


def whole(load):
    """Who ends by a signal that can be heard finishes what grows as well."""
    return {name: value and "whole" for name, value in load.saves.items()}


def hears(pid):
    """Once it takes signals by a descriptor they are blocked."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        blocked = int(re.search(r"SigBlk:\s*(\w+)", status.read())[1], 16)
    return blocked >> (signal.SIGTERM - 1) & 1


def alive(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"


def apart(arguments):
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    try:
        return moment(*arguments)
    except Exception as error:  # of the harness, a load that never began, or one that never ended
        return "?", 0, ["".join(traceback.format_exception(error)[-3:])]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--moments", type=int, default=80)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--seed", default=str(int(time.time())))
    parser.add_argument("--load", default="")
    options = parser.parse_args()
    begin, bad, signals = time.monotonic(), 0, 0
    with multiprocessing.get_context("fork").Pool(2, maxtasksperchild=1) as pool:
        arguments = [(options.seed, number, options.load) for number in range(options.moments)]
        for number, (what, sent, wrong) in enumerate(pool.imap(apart, arguments)):
            bad, signals = bad + bool(wrong), signals + sent
            for line in wrong:
                print(f"storm: moment {number}, {what}: {line}", flush=True)
    print(
        f"storm: {options.moments} storms of {signals:,} signals, {bad} with something wrong;"
        f" seed {options.seed}, {time.monotonic() - begin:.0f} s"
    )
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
