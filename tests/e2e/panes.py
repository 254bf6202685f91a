"""What a person makes of the screen: the mouse, layouts that are remembered, workspaces; and how
little is written for what changes.

    SOCKEYE=build/sockeye python3 tests/e2e/panes.py [WORD...]

Prints a line for each case (of those that have a word in their name); console_panes_test.sh makes
TAP of it.
"""

import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile

from terminal import Terminal, run_cases, until

SOCKEYE = os.environ["SOCKEYE"]
TABS = "1 ?Sockets"
MOUSE_ON = b"\x1b[?1002h\x1b[?1006h"
MOUSE_OFF = b"\x1b[?1006l\x1b[?1002l"


def console(home, *arguments, rows=24, columns=80):
    environment = dict(
        os.environ,
        TERM="xterm-256color",
        HOME=home,
        XDG_STATE_HOME=home + "/state",
        XDG_CONFIG_HOME=home + "/config",
    )
    # The sanitizer's own handler would take the place of the one that is tested.
    environment["ASAN_OPTIONS"] = environment.get("ASAN_OPTIONS", "") + ":handle_segv=0"
    terminal = Terminal(
        [SOCKEYE, "--no-capture", *arguments],
        environment=environment,
        rows=rows,
        columns=columns,
    )
    terminal.wait(TABS)
    return terminal


def with_home(case):
    def run():
        with tempfile.TemporaryDirectory() as home:
            return case(home)

    return run


def command(terminal, text):
    terminal.type(":" + text + "\r")


def wait_said(terminal, pattern):
    """A sentence may take more than one line."""

    def said():
        return re.search(pattern, " ".join(line.strip() for line in terminal.lines()))

    assert until(said, 10), f"waited for: {pattern}; the screen:\n" + "\n".join(terminal.lines())


def press(terminal, row, column, button=0):
    terminal.type(f"\x1b[<{button};{column + 1};{row + 1}M")


def release(terminal, row, column):
    terminal.type(f"\x1b[<0;{column + 1};{row + 1}m")


def click(terminal, row, column):
    press(terminal, row, column)
    release(terminal, row, column)


def row_of(terminal, pattern):
    for number, line in enumerate(terminal.lines()):
        if re.search(pattern, line):
            return number
    raise AssertionError(f"no line has {pattern}")


# ---- the mouse


@with_home
def mouse_modes(home):
    with console(home) as terminal:
        assert until(lambda: MOUSE_ON in terminal.output(), 10), "the mouse is not asked for"
        command(terminal, "mouse off")
        assert until(lambda: MOUSE_OFF in terminal.output(), 10), "it is not left to the terminal"
        command(terminal, "mouse on")
        assert until(lambda: terminal.output().count(MOUSE_ON) == 2, 10)
        terminal.type("Q")
        terminal.wait_end()
        assert terminal.output().rfind(MOUSE_OFF) > terminal.output().rfind(MOUSE_ON)


@with_home
def mouse_after_a_crash(home):
    with console(home) as terminal:
        terminal.signal(signal.SIGSEGV)
        terminal.wait_end()
        assert until(lambda: terminal.output().rfind(MOUSE_OFF) >
                     terminal.output().rfind(MOUSE_ON), 10), "it stays on"


@with_home
def clicks(home):
    with console(home) as terminal:
        line = terminal.lines()[1]
        click(terminal, 1, line.index("Journal") + 1)
        terminal.wait("calls, 0 overwritten")
        click(terminal, 1, line.index("Sockets"))
        terminal.wait("Recv-Q")
        header = row_of(terminal, "Recv-Q +Send-Q")
        click(terminal, header, terminal.lines()[header].index("Local"))
        terminal.wait("Local\\^")
        click(terminal, header, terminal.lines()[header].index("Local"))
        terminal.wait("Localv")
        terminal.wait("F1 help")
        click(terminal, 23, terminal.lines()[23].index("help"))
        terminal.wait("help: / searches")
        # Half a report, a wrong one, one from far outside: nothing happens, nothing is typed.
        terminal.type("\x1b[<0;5")
        terminal.type(";500M\x1b[<9;9M\x1b[<0;0;0M\x1b[<35;9;9M\x1b[M !!")
        terminal.type("q")
        terminal.wait("Recv-Q")


@with_home
def border(home):
    with console(home) as terminal:
        terminal.type("3")
        terminal.wait_gone("Recv-Q")
        terminal.wait("^── bytes")
        row = row_of(terminal, "^── bytes")
        press(terminal, row, 10)
        for step in range(1, 5):
            terminal.type(f"\x1b[<32;11;{row + 1 + step}M")
        release(terminal, row + 4, 10)
        assert until(lambda: terminal.lines()[row + 4].startswith("── bytes"), 10)
        terminal.type("u")
        terminal.wait("undone, now: other sizes of panes")
        assert until(lambda: terminal.lines()[row].startswith("── bytes"), 10)


# ---- layouts


@with_home
def remembered(home):
    file = home + "/state/sockeye/layout.json"
    with console(home) as terminal:
        terminal.type("Q")
        terminal.wait_end()
    assert not os.path.exists(file), "nothing was changed, but something is remembered"
    with console(home) as terminal:
        terminal.type("|")
        terminal.wait("layout list:")
        terminal.type("Q")
        terminal.wait_end()
    assert os.stat(file).st_mode & 0o777 == 0o600
    with console(home) as terminal:
        terminal.wait("\\[layout list\\]")
        command(terminal, "layout usual")
        terminal.wait("layout usual:")
        terminal.type("Q")
        terminal.wait_end()
    assert json.load(open(file)) == {"schema": 1, "layout": {}}


@with_home
def damaged(home):
    file = home + "/state/sockeye/layout.json"
    os.makedirs(os.path.dirname(file))
    for text, notice in (
        ('{"schema": 1,\n"layout": {"sockets": {"preset": "sideways"}}}', "sideways"),
        ('{"schema": 7}', "version 7"),
        ('{"schema"', "no JSON"),
    ):
        with open(file, "w") as out:
            out.write(text)
        with console(home) as terminal:
            for words in ("panes stand as usual", notice, "layout\\.json\\.bad"):
                wait_said(terminal, words)
            terminal.type("Q")
            assert terminal.wait_end() == 0
        assert open(file + ".bad").read() == text
        assert not os.path.exists(file)


@with_home
def storm(home):
    """Many sizes in every layout; in the end the screen is as a fresh one of that size."""
    numbers = random.Random(7)
    with console(home, rows=40, columns=150) as terminal:
        command(terminal, "filter sport = :1")
        terminal.wait("\\[filter sport = :1\\]")
        terminal.wait("no row matches")
        for layout in ("usual", "beside", "wire", "stacked", "talk"):
            command(terminal, "layout " + layout)
            command(terminal, "split journal" if layout != "wire" else "unsplit")
            for _ in range(25):
                terminal.set_size(numbers.randint(1, 60), numbers.randint(1, 200))
                if numbers.random() < 0.3:
                    terminal.type(numbers.choice(["+", "-", "{", "}", "z", "\t", "2", "1"]))
        terminal.set_size(30, 130)
        terminal.type("1")
        terminal.wait(TABS)
        assert terminal.silent_for(0.3, 10)
        shown = terminal.lines()
        terminal.smear()
        terminal.type("\x0c")
        assert until(lambda: terminal.lines()[1:] == shown[1:], 10), "\n".join(
            f"|{a}\n+{b}" for a, b in zip(shown, terminal.lines()) if a != b
        )


# ---- workspaces


@with_home
def workspace(home):
    file = home + "/w.json"
    with console(home) as terminal:
        command(terminal, "serve echo 127.0.0.1:0")
        terminal.wait("LISTEN.*server 1")
        port = re.search(r"127\.0\.0\.1:(\d+) .*LISTEN.*server 1", "\n".join(terminal.lines()))[1]
        command(terminal, f"connect 127.0.0.1:{port} --tag mine")
        terminal.wait("ESTAB.*session 2")
        command(terminal, f"filter sport = :{port}")
        command(terminal, "layout talk")
        terminal.wait("layout talk:")
        command(terminal, "view states")
        terminal.wait("Sockets +Recv-Q")
        terminal.type(">")
        terminal.wait("Sockets.? +Recv-Q +Send-Q")
        command(terminal, "goto packets")
        command(terminal, "split packets-2")
        terminal.type("\t\t")
        command(terminal, "packets-filter flags syn")
        terminal.wait("flags syn")
        command(terminal, "workspace save " + file)
        wait_said(terminal, "w.json: 1 server, 1 session and the view")
        terminal.type("Q")
        terminal.wait_end()
    saved = json.load(open(file))
    assert saved["servers"] == [f"serve echo tcp://127.0.0.1:{port}"], saved
    assert saved["sessions"] == [f"connect tcp://127.0.0.1:{port} --tag mine"], saved
    assert saved["filters"]["packets-2"] == "flags syn", saved
    assert (saved["view"]["sums"], saved["view"]["sums_descending"]) == ("count", True), saved
    with console(home, "--workspace", file) as terminal:
        wait_said(terminal, "w.json: 1 server and 1 session opened")
        terminal.wait("packets of this row.*filter: flags syn")
        command(terminal, "goto sockets")
        command(terminal, "view list")
        terminal.wait(f"\\[filter sport = :{port}\\]")
        terminal.wait("LISTEN.*server 1")
        # Once more: the port is taken now, and that is said; the session can be opened.
        command(terminal, "workspace load " + file)
        wait_said(terminal, "0 servers and 1 session opened; 1 failed: serve echo")
        # What is no workspace is not overwritten.
        with open(home + "/notes", "w") as out:
            out.write("mine")
        command(terminal, f"workspace save {home}/notes")
        wait_said(terminal, "is there and no workspace")
        terminal.type("Q")
        terminal.wait_end()
    assert open(home + "/notes").read() == "mine"


@with_home
def wrong_workspace(home):
    file = home + "/w.json"
    with open(file, "w") as out:
        out.write('{"schema": 1,\n"servers": [\n"serve"]}')
    run = subprocess.run(
        [SOCKEYE, "--workspace", file], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert run.returncode == 2
    assert "w.json:3: servers[0]: " in run.stderr, run.stderr
    assert run.stdout == ""


# ---- what is written

# A row of the screen with its colours; everything on it.
ROW, FRAME = 400, 24 * 80 * 4


@with_home
def little_is_written(home):
    figures = []

    def written(terminal, what, most, act):
        assert terminal.silent_for(0.4, 20), "it never comes to rest"
        before = len(terminal.output())
        act()
        assert until(lambda: len(terminal.output()) > before, 10), f"{what}: nothing"
        terminal.silent_for(0.2, 10)
        n = len(terminal.output()) - before
        figures.append(f"{what} {n}")
        assert n <= most, f"{what}: {n} bytes, more than {most}"

    with console(home) as terminal:
        command(terminal, "serve echo 127.0.0.1:0")
        terminal.wait("LISTEN.*server 1")
        port = re.search(r"127\.0\.0\.1:(\d+) .*LISTEN.*server 1", "\n".join(terminal.lines()))[1]
        command(terminal, f"connect 127.0.0.1:{port}")
        terminal.wait("ESTAB.*session 2")
        command(terminal, f"filter sport = :{port}")
        terminal.wait("\\[filter")
        terminal.type("5")  # the journal: its rows stand still
        terminal.wait("connect\\(")
        written(terminal, "a character that is typed", 120, lambda: terminal.type(":"))
        written(terminal, "one more", 60, lambda: terminal.type("x"))
        terminal.type("\x1b")
        written(terminal, "the cursor one up", 3 * ROW, lambda: terminal.type("k"))
        written(terminal, "another screen", FRAME, lambda: terminal.type("2"))
        written(terminal, "all of it anew", FRAME, lambda: terminal.type("\x0c"))
        written(terminal, "a wheel", FRAME, lambda: terminal.type("\x1b[<65;9;9M"))
        assert terminal.silent_for(0.4, 20)
    return "bytes: " + ", ".join(figures)


CASES = [
    ("the mouse is asked for, left to the terminal and given back", mouse_modes),
    ("a crash gives the mouse back", mouse_after_a_crash),
    ("tabs, columns and the footer are clicked, noise is not", clicks),
    ("a border is dragged, and undone in one step", border),
    ("a layout is remembered, and that there is none", remembered),
    ("a damaged or newer layout is kept aside", damaged),
    ("a storm of sizes in every layout leaves a right frame", storm),
    ("a workspace comes back as it was", workspace),
    ("a wrong workspace is refused before the screen is taken", wrong_workspace),
]

if __name__ == "__main__":
    run_cases([("what changes is written, and little else", little_is_written)], CASES, sys.argv[1:])
