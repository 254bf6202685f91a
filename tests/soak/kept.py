"""Whether what is left in a folder after a process was killed is whole.

Each kind of file is read by a program that is not ours, where there is one; a name that no command was
given is something half-written."""

import csv
import json
import os
import stat
import subprocess
import tarfile
import xml.etree.ElementTree


def run(argv):
    """What it said on stderr; an error where it failed."""
    done = subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    said = done.stderr.decode(errors="replace")
    if done.returncode:
        raise ValueError(f"{argv[0]}: {said.strip().splitlines()[-1:]}")
    return said


def pcap(path):
    run(["tcpdump", "-nqr", path])


def pcapng(path):
    run(["tshark", "-nr", path, "-T", "fields", "-e", "frame.number"])


def json_document(path):
    with open(path, encoding="utf-8") as file:
        json.load(file)


def json_lines(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if text and not text.endswith("\n"):
        raise ValueError("its last line is cut")
    for line in text.splitlines():
        json.loads(line)


def growing_lines(path):
    """All but the last, which may be cut."""
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file.read().split("\n")[:-1]:
            json.loads(line)


def growing_capture(path):
    """As of tcpdump itself: all but the last record, which may be cut."""
    done = subprocess.run(
        ["tcpdump", "-nqr", path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
    )
    said = done.stderr.decode(errors="replace")
    if done.returncode and "truncated" not in said:
        raise ValueError(f"tcpdump: {said.strip().splitlines()[-1:]}")


def text_lines(path):
    with open(path, "rb") as file:
        text = file.read()
    if not text.endswith(b"\n"):
        raise ValueError("its last line is cut, or it is empty")


def page(path):
    with open(path, encoding="utf-8") as file:
        if not file.read().rstrip().endswith("</html>"):
            raise ValueError("the page has no end")


def picture(path):
    xml.etree.ElementTree.parse(path)


def table(path):
    text_lines(path)
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    if len({len(row) for row in rows}) != 1:
        raise ValueError("its rows have several lengths")


def program(path):
    text_lines(path)
    if path.endswith(".py"):
        with open(path, encoding="utf-8") as file:
            compile(file.read(), path, "exec")
    else:
        run(["cc", "-fsyntax-only", path])


def archive(path):
    with tarfile.open(path) as tar:
        for member in tar.getmembers():
            tar.extractfile(member).read()
    with open(path, "rb") as file:
        file.seek(-1024, os.SEEK_END)
        if file.read().strip(b"\0"):
            raise ValueError("the archive has no end")


# What is written for as long as a program runs ends where it was killed.
GROWING = {".pcap": growing_capture, ".pcapng": growing_capture, ".jsonl": growing_lines}
READERS = {
    ".pcap": pcap,
    ".pcapng": pcapng,
    ".json": json_document,
    ".jsonl": json_lines,
    ".txt": text_lines,
    ".html": page,
    ".svg": picture,
    ".csv": table,
    ".py": program,
    ".c": program,
    ".tar": archive,
}


def faults(folder, may_be_there):
    """What is wrong with a folder and what is below it, a line each.  may_be_there: each name,
    and whether it must be "whole", is "growing", or None; of a folder
    with "anything" nothing is looked at."""
    for where, folders, names in os.walk(folder):
        yield from (f"the folder {name} stays" for name in folders if name not in may_be_there)
        folders[:] = [name for name in folders if may_be_there.get(name) != "anything"]
        for name in names:
            path = os.path.join(where, name)
            shown = os.path.relpath(path, folder)
            if not os.path.lexists(path):
                continue  # it has gone just now
            if stat.S_ISSOCK(os.lstat(path).st_mode):
                yield f"the socket file {shown} stays"
            elif name not in may_be_there:
                yield f"{shown} stays"
            elif may_be_there[name]:
                try:
                    readers = READERS if may_be_there[name] == "whole" else GROWING
                    readers[os.path.splitext(name)[1]](path)
                except Exception as error:  # whatever its reader makes of it
                    yield f"{shown}, {os.path.getsize(path)} bytes, is not whole: {error}"
