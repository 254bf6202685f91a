"""The tour of README.md: each command is run, and must say what stands there.

    SOCKEYE=build/sockeye python3 tests/e2e/tour.py [--write]

Behind the line "<!-- tour -->" the blocks between ``` are a terminal: "$ COMMAND", then what it
says.  Numbers may be others, as they are from run to run; with --write the blocks get what was
said just now.  Run it in a network of its own: it listens on ports with fixed numbers.
"""

import os
import re
import subprocess
import sys
import tempfile
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
README = os.path.join(ROOT, "README.md")
END = "--- end of what it says ---"


def comparable(text):
    """Numbers, and how far they push what stands behind them, differ from run to run."""
    return [re.sub(r"\d[\d,.]*", "N", " ".join(line.split())) for line in text.rstrip("\n").split("\n")]


def rows(port):
    """State, Send-Q and Recv-Q of the TCP sockets with this port (proc(5), /proc/net/tcp)."""
    with open("/proc/net/tcp", encoding="ascii") as file:
        for line in file.readlines()[1:]:
            words = line.split()
            if words[1].endswith(f":{port:04X}"):
                yield int(words[3], 16), *(int(n, 16) for n in words[4].split(":"))


def wait_for_what_was_started(command):
    """A server listens; a sender's bytes have filled the receiver's queue, and no more come."""
    match = re.search(r":(\d+)", command)
    port = int(match[1]) if match else 65432
    before, until = None, time.monotonic() + 20
    while time.monotonic() < until:
        now = sorted(rows(port))
        if "serve" in command and any(state == 10 for state, _, _ in now):
            return
        if "connect" in command and now == before and any(unread for state, _, unread in now if state == 1):
            return
        before = now
        time.sleep(0.1)
    raise TimeoutError(command)


class Shell:
    """One bash for all commands, as a person has it."""

    def __init__(self, home):
        path = os.path.dirname(os.path.abspath(os.environ["SOCKEYE"])) + ":" + os.environ["PATH"]
        environment = dict(os.environ, PATH=path, HOME=home, COLUMNS="100", LC_ALL="C.UTF-8")
        self.process = subprocess.Popen(
            ["bash"], cwd=home, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )

    def run(self, command):
        self.process.stdin.write(f"{command}\necho; echo '{END}'\n")
        self.process.stdin.flush()
        said = []
        for line in self.process.stdout:
            if line.rstrip("\n") == END:
                break
            said.append(line)
        if command.rstrip().endswith("&"):
            wait_for_what_was_started(command)
        return "".join(said).strip("\n") + "\n"

    def close(self):
        self.process.stdin.write("kill $(jobs -p) 2>/dev/null\n")
        self.process.stdin.close()
        self.process.stdout.read()
        self.process.wait()


def blocks(lines):
    """Of each block of the tour the first line and the one behind the last."""
    start, inside = lines.index("<!-- tour -->"), None
    for i in range(start, len(lines)):
        if lines[i].startswith("## "):
            return
        if lines[i] == "```" or lines[i] == "```console":
            if inside is None:
                inside = i + 1
            else:
                yield inside, i
                inside = None


def steps(block):
    """Commands with what stands behind each."""
    command, said = None, []
    for line in block:
        if line.startswith("$ "):
            if command is not None:
                yield command, "\n".join(said).strip("\n") + "\n"
            command, said = line[2:], []
        else:
            said.append(line)
    if command is not None:
        yield command, "\n".join(said).strip("\n") + "\n"


def main():
    with open(README, encoding="utf-8") as file:
        lines = file.read().split("\n")
    failed, count, moved = 0, 0, 0
    with tempfile.TemporaryDirectory() as home:
        shell = Shell(home)
        for begin, end in list(blocks(lines)):
            now = []
            for command, said in steps(lines[begin + moved : end + moved]):
                got = shell.run(command)
                now += ["$ " + command] + ([] if got == "\n" else got.rstrip("\n").split("\n"))
                count += 1
                if comparable(got) == comparable(said):
                    print(f"ok {command}")
                    continue
                failed += 1
                print(f"not ok {command}")
                for name, text in (("it stands there", said), ("it says", got)):
                    print(f"# {name}:")
                    for line in text.rstrip("\n").split("\n"):
                        print(f"#   {line}")
            if "--write" in sys.argv:
                lines[begin + moved : end + moved] = now
                moved += len(now) - (end - begin)
        shell.close()
    if "--write" in sys.argv:
        with open(README, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))
        return 0
    if not count:
        print("not ok README.md has a tour")
    return failed != 0 or not count


sys.exit(main())
