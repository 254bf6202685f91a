#!/usr/bin/env python3
"""Every screen of a replayed recording, at three sizes, with colours and without, in UTF-8 and in
ASCII, must be drawn as in tests/e2e/golden/.

  golden.py            compare; prints what run_cases of lib.sh reads
  golden.py --update   write the files anew: look at what git diff says of them

A file holds all screens of one size and kind.  In those with colours a change of style is written
as ‹style›: bold, 7 (reverse) and so on, ECMA-48's parameters, and f and b before the colours.
"""

import difflib
import gzip
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "golden")
RECORDING = os.path.join(GOLDEN, "session.recording.gz")
SOCKEYE = os.environ["SOCKEYE"]
SIZES = ((80, 24), (120, 40), (200, 60))
KINDS = {
    "colour": {"LC_ALL": "C.UTF-8"},
    "ascii-mono": {"LC_ALL": "C", "NO_COLOR": "1"},
}
# Keys that lead from the sockets to a screen, or show something over it.
SCREENS = (
    ("sockets", ""),
    ("sessions", "2"),
    ("packets", "3"),
    ("stream", "3 f"),
    ("ladder", "4"),
    ("journal", "5"),
    ("journal as Python", "5 v"),
    ("why", "6"),
    ("lessons", "7"),
    ("host", "8"),
    ("names", "9"),
    ("explanation", "K"),
    ("settings", "S"),
    ("palette", "C-p"),
    ("help", "?"),
)
SETTLED_S, DEADLINE_S = 0.4, 15


class Style:
    """How characters look, from the parameters of SGR."""

    def __init__(self):
        self.attributes, self.colours = set(), {}

    def take(self, parameters):
        numbers = [int(n or 0) for n in parameters.replace(":", ";").split(";")]
        while numbers:
            n = numbers.pop(0)
            if n == 0:
                self.__init__()
            elif n in (38, 48):
                size = 2 if numbers[0] == 5 else 4
                self.colours["f" if n == 38 else "b"] = numbers[:size]
                del numbers[:size]
            elif n in (39, 49):
                self.colours.pop("f" if n == 39 else "b", None)
            elif n < 10:
                self.attributes.add(n)
            elif n < 30:
                self.attributes -= {1, 2} if n == 22 else {n - 20}
            else:
                self.colours["f" if n % 100 < 40 or n // 10 == 9 else "b"] = [n]

    def text(self, character):
        """What is to be seen of it: a blank shows nothing but its ground."""
        shown = sorted(str(n) for n in self.attributes if character != " " or n in (4, 7))
        shown += [name + ".".join(map(str, self.colours[name])) for name in sorted(self.colours)
                  if character != " " or name == "b" or 7 in self.attributes]
        return ";".join(shown)


def styled_lines(text):
    """A screen with escape sequences as lines in which ‹style› stands where it changes."""
    style, lines = Style(), []
    for line in text.splitlines():
        written, last = [], ""
        for escape, character in re.findall("\x1b\\[([0-9;:]*)m|(.)", line):
            if not character:
                style.take(escape)
                continue
            now = style.text(character)
            if now != last and (now or character != " "):
                written.append(f"‹{now}›")
                last = now
            written.append(character)
        lines.append("".join(written).rstrip())
    return lines


class Tmux:
    """A tmux server of our own with one window in which a recording is replayed."""

    def __init__(self, folder, columns, rows, environment):
        recording = os.path.join(folder, "session")
        with gzip.open(RECORDING) as packed, open(recording, "wb") as out:
            out.write(packed.read())
        self.socket = os.path.join(folder, f"{columns}x{rows}")
        self.run("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows),
                 "env", f"HOME={folder}", "TERM=tmux-256color", "COLORTERM=", "TZ=UTC",
                 *(f"{name}={value}" for name, value in environment.items()),
                 SOCKEYE, "--no-config", "--replay", recording, "--speed", "0")

    def run(self, *words):
        return subprocess.run(["tmux", "-S", self.socket, *words], capture_output=True,
                              text=True, check=True).stdout

    def keys(self, *names):
        self.run("send-keys", *names)

    def screen(self, styled):
        text = self.run("capture-pane", "-p", "-N", *(["-e"] if styled else []))
        lines = styled_lines(text) if styled else [line.rstrip() for line in text.splitlines()]
        return "".join(line + "\n" for line in lines)

    def settled(self, styled):
        """What it shows once that has stood still."""
        shown, since = None, time.monotonic()
        while time.monotonic() - since < SETTLED_S:
            now = self.screen(styled)
            if now != shown:
                shown, since = now, time.monotonic()
            time.sleep(0.05)
        return shown

    def wait(self, styled, wanted):
        """Until it shows what is wanted; what it showed last."""
        end = time.monotonic() + DEADLINE_S
        while (shown := self.screen(styled)) != wanted and time.monotonic() < end:
            time.sleep(0.03)
        return shown

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], check=False)


def path_of(kind, columns, rows):
    return os.path.join(GOLDEN, f"{kind}-{columns}x{rows}.txt")


def read(path):
    if not os.path.exists(path):
        return {}
    parts = re.split(r"^==== (.*)\n", open(path, encoding="utf-8").read(), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def frames(kind, columns, rows, wanted):
    """Every screen: wanted as it was kept, {} of nothing."""
    styled = kind == "colour"
    shown = {}
    with tempfile.TemporaryDirectory() as folder:
        tmux = Tmux(folder, columns, rows, KINDS[kind])
        try:
            end = time.monotonic() + DEADLINE_S
            while "100 %, ended" not in tmux.screen(False) and time.monotonic() < end:
                time.sleep(0.05)
            tmux.keys("1")
            for name, keys in SCREENS:
                if keys:
                    tmux.keys(*keys.split())
                shown[name] = (tmux.wait(styled, wanted[name]) if name in wanted
                               else tmux.settled(styled))
                # Back to the list of sockets, whatever was shown.
                tmux.keys("Escape")
                tmux.keys("1")
                if name == "journal as Python":
                    tmux.keys("5", "v", "v", "1")
        finally:
            tmux.close()
    return shown


def compare(job):
    kind, columns, rows = job
    wanted = read(path_of(*job))
    shown = frames(*job, wanted)
    lines = []
    for name, _ in SCREENS:
        title = f"{name}, {columns}x{rows}, {kind}"
        if wanted.get(name) == shown[name]:
            lines.append(f"ok {title}")
            continue
        lines.append(f"not ok {title}")
        lines += [f"# {line}" for line in difflib.unified_diff(
            wanted.get(name, "").splitlines(), shown[name].splitlines(), "wanted", "shown",
            lineterm="", n=0)]
    return lines


def update(job):
    with open(path_of(*job), "w", encoding="utf-8") as out:
        for name, text in frames(*job, {}).items():
            out.write(f"==== {name}\n{text}")
    return []


jobs = [(kind, *size) for kind in KINDS for size in SIZES]
with ThreadPoolExecutor(3) as pool:
    for lines in pool.map(update if sys.argv[1:] == ["--update"] else compare, jobs):
        print("\n".join(lines), flush=True) if lines else None
