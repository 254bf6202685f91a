"""Records of figures.py, on stdin, as a page: a table for each bench, and what it was measured on.

    benchmarks.py FOLDER <records >benchmarks.md      FOLDER: where the sources are"""

import json
import os
import platform
import re
import subprocess
import sys
import time

from figures import text

# In the order of the page: what a bench is about.
BENCHES = {
    "first_frame_bench": "The console begins",
    "rest_bench": "The console at rest, 1,000 sockets",
    "console_bench": "The console on a host with many sockets",
    "console_packets_bench": "The console while 100,000 packets a second come in",
    "sockets_bench": "Listing sockets",
    "change_bench": "What changes, as soon as it does",
    "capture_bench": "Capturing on loopback, two senders flat out",
    "capture_file_bench": "Reading a capture file",
    "why_bench": "How long a verdict takes",
    "echo_bench": "serve echo, its journal on, 64-byte round trips",
    "instructions_bench": "serve echo, instructions in user space",
    "idle_bench": "serve echo, memory of idle connections",
    "http_bench": "serve http, keep-alive",
    "message_bench": "serve message, a connection for each request",
    "load_bench": "sockeye load at a minimal echo server",
}
VERSIONS = (
    ("gcc", ["gcc", "--version"], r"[\d.]+$"),
    ("iproute2", ["ss", "-V"], r"iproute2-([\d.]+)"),
    ("tcpdump", ["tcpdump", "--version"], r"tcpdump version ([\d.]+)"),
    ("libpcap", ["tcpdump", "--version"], r"libpcap version ([\d.]+)"),
    ("tshark", ["tshark", "--version"], r"([\d.]+)"),
    ("nginx", ["nginx", "-v"], r"nginx/([\d.]+)"),
    ("wrk", ["wrk", "-v"], r"wrk (\S+)"),
    ("ab", ["ab", "-V"], r"Version ([\d.]+)"),
    ("valgrind", ["valgrind", "--version"], r"([\d.]+)"),
    ("ncurses", ["tput", "-V"], r"([\d.]+)"),
    ("Python", [sys.executable, "--version"], r"([\d.]+)"),
)
INTRODUCTION = """# Benchmarks

Written by `make bench`, not by hand.  Each figure is the median of its runs; those beside it were
measured in turns with it, within the same run, and the ratio is the median of the ratios within a
turn, with the half of them that lies in the middle.  So a machine that is busy or slow moves both.
The *limit* is a minimal program in C that does nothing but what must be done: one that only receives
the kernel's answer, only echoes, only counts packets.  A figure that needs no other, such as a time that
a person waits, stands alone.  `CPU` is processor time, user and system.

[tests/README.md](../../tests/README.md) says what each bench does.
"""


def first_line(path, pattern):
    try:
        with open(path, encoding="utf-8") as file:
            found = re.search(pattern, file.read(), re.MULTILINE)
    except OSError:
        return None
    return found[1] if found else None


def version(argv, pattern):
    path = os.environ["PATH"] + ":/usr/sbin"
    try:
        done = subprocess.run(
            argv, capture_output=True, text=True, check=False, env=dict(os.environ, PATH=path)
        )
    except OSError:
        return None
    found = re.search(pattern, (done.stdout + done.stderr), re.MULTILINE)
    return found[found.re.groups and 1] if found else None


def surroundings(folder):
    """(name, what) of whatever the figures depend on."""
    commit = version(["git", "-C", folder, "describe", "--always", "--dirty"], r"\S+")
    with open(os.path.join(folder, "share", "VERSION"), encoding="utf-8") as file:
        ours = file.read().strip()
    yield "sockeye", ours + (f" ({commit})" if commit else "")
    yield "date", time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    model = first_line("/proc/cpuinfo", r"^model name\s*: (.*)$") or platform.machine()
    memory = int(first_line("/proc/meminfo", r"^MemTotal: +(\d+)") or 0) >> 20
    yield "machine", f"{len(os.sched_getaffinity(0))} x {model}, {memory} GiB"
    yield "kernel", platform.release()
    yield "system", first_line("/etc/os-release", r'^PRETTY_NAME="(.*)"$') or "?"
    loads = os.environ.get("BENCH_LOAD", "?").split()
    yield "load average", f"{loads[0]} when it began, {os.getloadavg()[0]:.2f} in the end"
    versions = [(name, version(argv, pattern)) for name, argv, pattern in VERSIONS]
    yield "beside", ", ".join(f"{name} {said}" for name, said in versions if said)


def wanted(record):
    want = record["wanted"]
    if not want:
        return ""
    of = "" if want["of"] == "figure" else f"ratio to {record['other']['name']} "
    return f"{of}{want['word']} {text(want['bound'])}: {'met' if want['met'] else '**missed**'}"


def beside(other):
    if not other:
        return ["", "", ""]
    spread = f" ({text(other['low'])} to {text(other['high'])})" if "low" in other else ""
    return [other["name"], text(other["figure"]), text(other["ratio"]) + spread]


def rows(records):
    """One for each figure and each that it stands beside; a limit joins the row of a peer."""
    lines = []
    for record in records:
        key = (record["title"], record["unit"])
        other = record["other"]
        is_limit = bool(other and other["limit"])
        role = "limit" if is_limit else "peer"
        place = next(
            (line for line in lines if line["key"] == key and not (other and line[role])), None
        )
        if not place:
            place = {"key": key, "peer": None, "limit": None, "records": []}
            lines.append(place)
        if other:
            place[role] = other
        place["records"].append(record)
    order = [line["key"] for line in lines]
    for line in sorted(lines, key=lambda line: order.index(line["key"])):
        record = line["records"][0]
        said = "; ".join(dict.fromkeys(filter(None, (wanted(each) for each in line["records"]))))
        yield [
            *line["key"], text(record["ours"]), *beside(line["peer"]), *beside(line["limit"]),
            str(record["runs"]), said,
        ]


def table(records):
    heads = ["", "unit", "sockeye", "beside", "its", "ratio", "limit", "its", "ratio", "runs", "asked for"]
    lines = list(rows([r for r in records if "skipped" not in r]))
    used = [any(line[i] for line in lines) for i in range(len(heads))]
    for line in [heads, ["---"] * len(heads), *lines]:
        yield "| " + " | ".join(cell for cell, use in zip(line, used) if use) + " |"
    for record in records:
        if "skipped" in record:
            yield f"\nNot measured: {record['title']}, for {record['skipped']}."


def main():
    records = [json.loads(line) for line in sys.stdin]
    print(INTRODUCTION)
    print("| | |\n| --- | --- |")
    for name, what in surroundings(sys.argv[1]):
        print(f"| {name} | {what} |")
    known = list(BENCHES)
    named = sorted({r["bench"] for r in records}, key=lambda b: known.index(b) if b in known else len(known))
    for bench in named:
        print(f"\n## {BENCHES.get(bench, bench)}\n")
        print("\n".join(table([r for r in records if r["bench"] == bench])))
    met = [r["wanted"]["met"] for r in records if r.get("wanted")]
    print(f"\n{sum(met)} of {len(met)} that were asked for are met.")


main()
