"""The console's configuration on terminals of many kinds: what is written to them, byte by byte."""

import os
import re
import subprocess
import sys
import tempfile

from terminal import Terminal, run_cases

SOCKEYE = os.environ["SOCKEYE"]
TABS = r"1 Sockets"

# As ncurses-term has it; base systems come without.
DIRECT = r"""xterm-direct|xterm with direct colours,
	RGB, colors#0x1000000, pairs#0x7FFF, op=\E[39;49m,
	setab=\E[%?%p1%{8}%<%t4%p1%d%e48\:2\:\:%p1%{65536}%/%d\:%p1%{256}%/%{255}%&%d\:%p1%{255}%&%d%;m,
	setaf=\E[%?%p1%{8}%<%t3%p1%d%e38\:2\:\:%p1%{65536}%/%d\:%p1%{256}%/%{255}%&%d\:%p1%{255}%&%d%;m,
	initc@, use=xterm-256color,
"""


def environment(term, **changes):
    result = dict(os.environ, TERM=term, **changes)
    result.pop("NO_COLOR", None)
    result.pop("COLORTERM", None)
    result.update(changes)
    return result


def shown(term, *arguments, **changes):
    """Every SGR sequence that a console writes until it has drawn everything."""
    with Terminal([SOCKEYE, *arguments], environment=environment(term, **changes)) as terminal:
        terminal.wait(TABS)
        terminal.type("?")
        terminal.wait("what every key and command does")
        terminal.type("Q")
        assert terminal.wait_end() == 0
        return set(re.findall(rb"\x1b\[([0-9;:]*)m", terminal.output()))


def palette(sequences):
    """The colours of the 256 that were asked for, and whether direct ones were."""
    numbers = {int(n) for s in sequences for n in re.findall(rb"[34]8;5;([0-9]+)", s)}
    return numbers, any(re.search(rb"[34]8[:;]2[:;]", s) for s in sequences)


def few_colours(term):
    sequences = shown(term, "--theme", "light")
    numbers, direct = palette(sequences)
    assert not numbers and not direct, sequences
    assert any(re.search(rb"(^|;)4[0-7](;|$)", s) for s in sequences), sequences
    assert not any(re.search(rb"(^|;)(9|10)[0-7](;|$)", s) for s in sequences), sequences


def many_colours(term):
    numbers, direct = palette(shown(term, "--theme", "light"))
    assert {231, 234, 24} <= numbers and not direct, numbers


def direct_colours(term, colours, **more):
    """terminfo has a description of the same terminal with direct colours."""
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "source")
        with open(source, "w", encoding="ascii") as out:
            out.write(DIRECT)
        subprocess.run(["tic", "-x", "-o", folder, source], check=True, capture_output=True)
        config = os.path.join(folder, "config.json")
        with open(config, "w", encoding="ascii") as out:
            out.write('{"theme": "light", "colours": "%s"}' % colours)
        sequences = shown(term, "--config", config, TERMINFO_DIRS=folder + ":", **more)
    assert any(re.search(rb"38:2::0:95:135", s) for s in sequences), sequences


def falls_back():
    """True colours are asked for where there are none."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as config:
        config.write('{"theme": "light", "colours": "true"}')
        config.flush()
        numbers, direct = palette(shown("xterm-256color", "--config", config.name))
    assert 231 in numbers and not direct


def no_color_is_overruled():
    """no-color.org: a configuration file comes before the variable."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as config:
        config.write('{"colours": "256"}')
        config.flush()
        sequences = shown("xterm-256color", "--config", config.name, NO_COLOR="1")
    assert any(re.search(rb"(^|;)36(;|$)", s) for s in sequences), sequences


def refused(text, expected):
    """Before the terminal is touched: not one byte is written to it."""
    read_end, write_end = os.pipe()
    with tempfile.NamedTemporaryFile("w", suffix=".json") as config:
        config.write(text)
        config.flush()
        with Terminal([SOCKEYE, "--config", config.name],
                      environment=environment("xterm-256color"), stderr=write_end) as terminal:
            os.close(write_end)
            assert terminal.wait_end() == 2
            assert terminal.output() == b"", terminal.output()
        with os.fdopen(read_end, "rb") as pipe:
            said = pipe.read().decode()
    assert said == f"sockeye: {config.name}:{expected}\n", said


def reads_out():
    """A screen reader gets lines, and not one byte that moves a cursor."""
    surroundings = environment("dumb")
    with Terminal([SOCKEYE, "--screen-reader", "--no-capture"], environment=surroundings) as terminal:
        terminal.wait("== sockets")
        terminal.type("5")
        terminal.wait("== journal")
        terminal.type(":view nonsense")
        terminal.wait(":view nonsense")
        terminal.type("\r")
        terminal.wait("trouble: view nonsense: there is no such view")
        assert b"\x1b" not in terminal.output(), terminal.output()
        before = len(terminal.output())
        terminal.type("Q")
        assert terminal.wait_end() == 0
        assert len(terminal.output()) - before < 80


# Device attributes and status, colours, modes, capabilities: each would cost a round trip.
QUESTIONS = rb"\x1b\[[>=?]?[0-9;]*[cn]|\x1b\[(?:1[1-9]|2[01])t|\x1b\][0-9;]*;\?|\x1bP[+$]q|\x1b\[\?[0-9;]*\$p"


def asks_nothing():
    """Over a slow line it is there as soon as it was sent."""
    with Terminal([SOCKEYE], environment=environment("xterm-256color")) as terminal:
        terminal.wait(TABS)
        assert not re.search(QUESTIONS, terminal.output()), terminal.output()
        terminal.type("\x1b")  # an arrow in two parts
        terminal.type("[B")
        terminal.type("?")
        terminal.wait("what every key and command does")
        terminal.type("Q")
        assert terminal.wait_end() == 0


CASES = [
    ("nothing is asked of the terminal", asks_nothing),
    ("a screen reader gets plain lines", reads_out),
    ("the Linux console has eight colours", lambda: few_colours("linux")),
    ("screen has eight colours", lambda: few_colours("screen")),
    ("tmux-256color has 256", lambda: many_colours("tmux-256color")),
    ("xterm-256color has 256", lambda: many_colours("xterm-256color")),
    ("xterm-direct has all", lambda: direct_colours("xterm-direct", "auto")),
    ("true colours find the terminal's other description",
     lambda: direct_colours("xterm-256color", "true")),
    ("COLORTERM does, too",
     lambda: direct_colours("xterm-256color", "auto", COLORTERM="truecolor")),
    ("true colours become the nearest that there are", falls_back),
    ("a file comes before NO_COLOR", no_color_is_overruled),
    ("an action that is none is told with its line",
     lambda: refused('{\n"keys": {\n"opne": ["x"]}}',
                     "3: keys.opne: there is no action 'opne'; did you mean open?")),
    ("a theme that is none is told with its line",
     lambda: refused('{\n"theme": "drak"}',
                     "2: theme: there is no theme 'drak'; "
                     "there are colour-blind, dark, high-contrast, light, mono")),
]

if __name__ == "__main__":
    run_cases([], CASES, sys.argv[1:])
