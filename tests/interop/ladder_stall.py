"""Cases of ladder_stall.sh.

One real stall is recorded, then read back in every form: the window closes, is found full, the
sender asks ever more seldom, and the data goes on when the receiver reads."""

import html.parser
import json
import os
import re
import select
import socket
import subprocess
import sys
import xml.etree.ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from terminal import run_cases, until

PATIENCE = 10
PROBES = 3
BACKOFF = 4  # offset of tcpi_backoff in struct tcp_info (linux/tcp.h)
PIECE = 1400
END = b"that is all"
FILE = os.path.join(os.environ["LADDER_WORK"], "stall.pcap")


def fill(sender):
    """Send until neither side has room; how many bytes that were."""
    sent = 0
    try:
        while True:
            sent += sender.send(bytes(PIECE))
    except BlockingIOError:
        return sent


def drain(receiver, wanted):
    while wanted > 0:
        assert select.select([receiver], [], [], PATIENCE)[0], "the data does not go on"
        wanted -= len(receiver.recv(65536))


def stall():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    sender = socket.socket()
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)
    sender.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sender.connect(listener.getsockname())
    receiver, _ = listener.accept()
    sender.setblocking(False)
    sent = fill(sender)

    def asked():
        return sender.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[BACKOFF] >= PROBES

    assert until(asked, PATIENCE), "the sender does not ask"
    drain(receiver, sent)
    sender.close()
    assert receiver.recv(1) == b""
    receiver.close()
    listener.close()


def holds(path, wanted):
    with open(path, "rb") as file:
        return wanted in file.read()


def record():
    """The stall between the two packets that begin and end the file."""
    mark = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    mark.bind(("127.0.0.1", 0))
    capture = subprocess.Popen(
        ["tcpdump", "-q", "-i", "lo", "-U", "--immediate-mode", "-s", "128", "-w", FILE,
         f"tcp or port {mark.getsockname()[1]}"],
        stderr=subprocess.PIPE, text=True,
    )
    try:
        while "listening" not in capture.stderr.readline():
            assert capture.poll() is None, "tcpdump does not capture"
        stall()
        mark.sendto(END, mark.getsockname())
        assert until(lambda: holds(FILE, END), PATIENCE), "the capture has no end"
    finally:
        capture.terminate()
        capture.wait()
        capture.stderr.close()
        mark.close()


def ladder(*words):
    if not os.path.exists(FILE):
        record()
    done = subprocess.run(
        [os.environ["SOCKEYE"], "capture", "-r", FILE, "--ladder", *words, "tcp"],
        capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def steps():
    return json.loads(ladder("--as", "json"))


def index(found, wanted, begin=0):
    for i in range(begin, len(found)):
        if wanted(found[i]):
            return i
    raise AssertionError(f"no such step from {begin} on: " +
                         "; ".join(step["label"] for step in found))


def has(*findings):
    return lambda step: any(f in step.get("findings", []) for f in findings)


def is_probe(step):
    return has("zero-window-probe", "keep-alive")(step)


def the_story_is_told_in_order():
    found = steps()
    receiver = found[0]["to"]
    full = index(found, has("window-full"))
    zero = index(found, has("zero-window"), full)
    probe = index(found, is_probe, zero)
    update = index(found, has("window-update"), probe)
    index(found, lambda s: s["kind"] == "packet" and s["bytes"] and s["to"] == receiver, update)
    index(found, lambda s: "FIN" in s.get("flags", ""), update)


def the_window_shrinks_to_nothing():
    found = steps()
    receiver = found[0]["to"]
    windows = []
    for step in found[:index(found, has("zero-window")) + 1]:
        # Of data that was answered in one fold the window is its receiver's.
        if step["kind"] == "packet" and (step["from"] == receiver or step.get("answers")):
            windows += [step["window"], step.get("last_window", step["window"])]
    assert windows[-1] == 0 and windows[0] > 4000, windows
    assert windows == sorted(windows, reverse=True), windows
    assert len(set(windows)) >= 3, windows


def gaps_between_probes_grow():
    found = steps()
    zero = index(found, has("zero-window"))
    times = [float(step["time"]) for step in found if is_probe(step)]
    assert len(times) >= PROBES, times
    times.insert(0, float(found[zero]["time"]))
    gaps = [b - a for a, b in zip(times, times[1:])]
    assert 0.15 < gaps[0] < 0.4, gaps
    for shorter, longer in zip(gaps, gaps[1:]):
        assert 1.5 < longer / shorter < 2.6, gaps


def text_shows_it_to_a_person():
    text = ladder("--as", "text")
    for wanted in (r"──SYN win .*─→│", r" ! │──PSH ACK len 1,400 .*\[window full\]",
                   r" ! │←─ACK win 0 \[zero window.*──│", r"\[window update\]",
                   r"\(ESTABLISHED\)", r"as seen on the wire"):
        assert re.search(wanted, text), f"{wanted} is not in\n{text}"
    for line in text.splitlines():
        assert line.isprintable(), line


class Page(html.parser.HTMLParser):
    """What a browser would make of it: nothing that runs, nothing from elsewhere."""

    ACTIVE = {"script", "iframe", "object", "embed", "link", "img", "a", "form", "base",
              "foreignobject", "use", "image", "animate", "set"}

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], set()

    def handle_starttag(self, tag, attrs):
        assert tag not in self.ACTIVE, tag
        for name, value in attrs:
            assert not name.startswith("on") and "href" not in name and name != "src", name
            assert "url(" not in (value or "") and "javascript" not in (value or ""), value
        self.seen.add(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag


def page_is_whole_and_does_nothing():
    text = ladder("--as", "html")
    page = Page()
    page.feed(text)
    page.close()
    assert not page.open and {"html", "style", "svg", "path", "text"} <= page.seen
    assert "@import" not in text and "url(" not in text
    drawings = re.findall(r"<svg .*?</svg>", text, re.S)
    assert len(drawings) == 2
    arrows = 0
    for drawing in drawings:
        root = xml.etree.ElementTree.fromstring(drawing)
        arrows += sum(node.get("class") == "h" for node in root.iter())
    assert arrows == sum(step["kind"] == "packet" for step in steps())
    assert '<g class="warn"><title>packet' in text and "[zero window]" in text


CASES = [
    ("the story is told in order", the_story_is_told_in_order),
    ("the window shrinks to nothing", the_window_shrinks_to_nothing),
    ("the gaps between probes grow", gaps_between_probes_grow),
    ("the text shows it to a person", text_shows_it_to_a_person),
    ("the page is whole and does nothing", page_is_whole_and_does_nothing),
]

if __name__ == "__main__":
    run_cases(CASES, [], sys.argv[1:])
