"""Compare what the TCP analysis says of each packet with tshark.

analysis_vs_tshark.py HELPER DIFFERENCES.md FILE.pcap...: prints TAP; HELPER is analysis_notes.
Without a table (an empty name) nothing is expected, only reported."""
import collections
import os
import re
import struct
import subprocess
import sys
import tempfile

AGREEMENT = 0.99
FILES_WANTED = 20
SHOWN = 30  # lines of what differs
GLOBAL_HEADER, RECORD_HEADER = 24, 16
# Our word for a finding, and tshark's.
FINDINGS = {
    "retransmission": "retransmission", "fast-retransmission": "fast_retransmission",
    "spurious-retransmission": "spurious_retransmission", "out-of-order": "out_of_order",
    "duplicate-ack": "duplicate_ack", "lost-segment": "lost_segment",
    "ack-unseen": "ack_lost_segment", "window-full": "window_full",
    "zero-window": "zero_window", "zero-window-probe": "zero_window_probe",
    "zero-window-probe-ack": "zero_window_probe_ack", "keep-alive": "keep_alive",
    "keep-alive-ack": "keep_alive_ack", "window-update": "window_update",
    "port-reused": "reused_ports"}
BYTES = "tcp.analysis.bytes_in_flight"
FACTS = ["tcp.seq", "tcp.ack", "tcp.window_size", "tcp.window_size_scalefactor",
         BYTES, "tcp.analysis.acks_frame", "tcp.analysis.ack_rtt",
         "tcp.analysis.duplicate_ack_num", "tcp.analysis.initial_rtt", "tcp.flags"]
FIELDS = ["tcp.stream"] + ["tcp.analysis." + f for f in FINDINGS.values()] + FACTS


def merge(paths, out):
    """One file of all; the number of the first packet of each.  Their addresses differ."""
    starts, number, kind = [], 1, None
    for path in paths:
        with open(path, "rb") as f:
            data = f.read()
        magic, link = struct.unpack("=I", data[:4])[0], data[20:24]
        kind = kind or (magic, link)
        assert kind == (magic, link), path + " is of another format"
        out.write(data[:GLOBAL_HEADER] if number == 1 else b"")
        out.write(data[GLOBAL_HEADER:])
        starts.append(number)
        at = GLOBAL_HEADER
        while at < len(data):
            at += RECORD_HEADER + struct.unpack("=I", data[at + 8:at + 12])[0]
            number += 1
    out.flush()
    return starts


def tshark(path, *options, fields):
    command = ["tshark", "-n", "-r", path, *options, "-T", "fields", "-E", "separator=|",
               "-E", "occurrence=f", "-o", "tcp.desegment_tcp_streams:FALSE"]
    for field in fields:
        command += ["-e", field]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                            text=True)


def nanoseconds(text):
    return str(round(float(text) * 1e9)) if text else ""


def theirs(line):
    t = dict(zip(FIELDS, line.rstrip("\n").split("|")))
    found = {ours for ours, name in FINDINGS.items() if t["tcp.analysis." + name]}
    if found & {"fast-retransmission", "spurious-retransmission"}:
        found.discard("retransmission")  # tshark calls them both
    acks = int(t["tcp.flags"] or "0", 16) & 16
    return {"stream": t["tcp.stream"], "findings": found, "seq": t["tcp.seq"],
            "ack": t["tcp.ack"] if acks else "0",
            "window": t["tcp.window_size"] if t["tcp.window_size_scalefactor"] != "-1" else "",
            "in-flight": "" if t[BYTES] == "0" else t[BYTES],
            "rtt": (t["tcp.analysis.acks_frame"], nanoseconds(t["tcp.analysis.ack_rtt"])),
            "repeats": t["tcp.analysis.duplicate_ack_num"],
            "handshake": nanoseconds(t["tcp.analysis.initial_rtt"])}


def ours(line):
    p = line.rstrip("\n").split("|")
    return {"stream": p[1], "findings": set(p[2].split(",")) - {""}, "seq": p[3], "ack": p[4],
            "window": p[5], "in-flight": p[6], "rtt": (p[7], p[8]), "repeats": p[9]}


def table(path):
    """What is known to differ: {(file, packet, fact)}; packet 0 stands for any of the file."""
    known = set()
    with open(path, encoding="utf-8") as f:
        for line in f:
            cells = [c.strip() for c in line.strip().strip("|").split("|")]
            name = re.fullmatch(r"`([\w-]+)`", cells[0])
            if name:
                for number in re.findall(r"\d+", cells[1].replace("any", "0")):
                    known.add((name[1], int(number), cells[2]))
    return known


class Comparison:
    PACKET_FACTS = ["findings", "seq", "ack", "window", "in-flight", "rtt", "repeats"]

    def __init__(self, paths, starts):
        self.names = [os.path.splitext(os.path.basename(p))[0] for p in paths]
        self.starts, self.packets, self.same = starts, 0, 0
        self.differing, self.streams, self.shown = [], {}, []
        self.both, self.only = collections.Counter(), {True: collections.Counter(),
                                                       False: collections.Counter()}

    def place(self, number):
        i = max(i for i, start in enumerate(self.starts) if start <= number)
        return self.names[i], number - self.starts[i] + 1

    def differs(self, number, fact, a, b):
        where = self.place(number)
        self.differing.append(where + (fact,))
        self.shown.append("%s, packet %d, %s: tshark %s, here %s" % (where + (fact, a, b)))

    def packet(self, number, a, b):
        if not a["stream"] and not b["stream"]:
            return
        self.packets += 1
        self.same += a["findings"] == b["findings"]
        self.both.update(a["findings"] & b["findings"])
        self.only[True].update(a["findings"] - b["findings"])
        self.only[False].update(b["findings"] - a["findings"])
        for fact in self.PACKET_FACTS:
            if a[fact] != b[fact]:
                shown = [sorted(x[fact]) if fact == "findings" else x[fact] for x in (a, b)]
                self.differs(number, fact, *shown)
        if self.streams.setdefault(a["stream"], (b["stream"], number))[0] != b["stream"]:
            self.differs(number, "conversation", a["stream"], b["stream"])

    def conversations(self, handshakes, completeness, conversations):
        for stream, (number, at) in self.streams.items():
            complete, rtt = conversations[number]
            for fact, a, b in (("handshake", handshakes.get(stream, ""), rtt),
                               ("completeness", completeness[stream], complete)):
                if a != b and (fact != "handshake" or a):
                    self.differs(at, fact, a, b)

    def report(self):
        for f in FINDINGS:
            print("# %-24s %6d both %4d only tshark %4d only here" %
                  (f, self.both[f], self.only[True][f], self.only[False][f]))


def compare(helper, paths):
    with tempfile.NamedTemporaryFile(suffix=".pcap") as merged:
        c = Comparison(paths, merge(paths, merged))
        passes = [tshark(merged.name, fields=FIELDS),
                  # Only its second pass knows how complete a conversation was.
                  tshark(merged.name, "-2", fields=["tcp.stream", "tcp.completeness"])]
        notes = subprocess.run([helper, merged.name], stdout=subprocess.PIPE, text=True,
                               check=True).stdout.splitlines()
        first, second = [p.communicate()[0].splitlines() for p in passes]
    packets = [n for n in notes if not n.startswith("conversation|")]
    kept = {p[1]: (p[2], p[3]) for p in (n.split("|") for n in notes)
            if p[0] == "conversation"}
    assert len(first) == len(packets) == len(second), "packets were lost on the way"
    handshakes = {}
    for number, (a, b) in enumerate(zip(map(theirs, first), map(ours, packets)), 1):
        if a["handshake"]:
            handshakes[a["stream"]] = a["handshake"]
        c.packet(number, a, b)
    c.conversations(handshakes, dict(line.split("|") for line in second), kept)
    return c


def probes_by_the_kernels_word(helper, path):
    """What becomes of the keep-alives of a socket whose timer says persist, and of the answers:
    (packets before, packets after) as lists of sets."""
    def findings(*options):
        lines = subprocess.run([helper, *options, path], stdout=subprocess.PIPE, text=True,
                               check=True).stdout.splitlines()
        return [ours(n)["findings"] for n in lines if not n.startswith("conversation|")]
    return findings(), findings("-p")


def named_as_probes(before, after):
    """The same packets, but for probes and their answers; and there are some."""
    changes = [(b - a, a - b) for b, a in zip(before, after) if b != a]
    probe = ({"keep-alive"}, {"zero-window-probe"})
    answer = (set(), {"zero-window-probe-ack"})
    return (changes.count(probe) >= 3 and changes.count(answer) >= 2 and
            all(c in (probe, answer) for c in changes) and
            not any("keep-alive" in a for a in after))


def check(number, passed, name, details=()):
    print("%sok %d - %s" % ("" if passed else "not ", number, name))
    for line in [] if passed else list(details)[:SHOWN]:
        print("#   " + line)
    return passed


def main():
    helper, differences, paths = sys.argv[1], sys.argv[2], sorted(sys.argv[3:])
    c = compare(helper, paths)
    c.report()
    share = c.same / max(1, c.packets)
    said = "%d of %d packets in %d files have the same findings: %.3f %%" % (
        c.same, c.packets, len(paths), 100 * share)
    if not differences:
        print("\n".join(c.shown[:SHOWN] + ["%d facts differ" % len(c.shown), said]))
        return 0
    known = table(differences)
    never_read = next(p for p in paths if os.path.basename(p) == "never-read.pcap")
    unexplained = {d for d in c.differing if d not in known and (d[0], 0, d[2]) not in known}
    seen = {d for (name, number, fact) in c.differing
            for d in ((name, number, fact), (name, 0, fact))}
    gone = sorted(known - seen)
    wanting = [f for f in FINDINGS if not c.both[f]]
    results = [
        check(1, len(paths) >= FILES_WANTED and share >= AGREEMENT, said, c.shown),
        check(2, not wanting, "every finding is there", wanting),
        check(3, not unexplained, "what differs is explained",
              [s for d, s in zip(c.differing, c.shown) if d in unexplained]),
        check(4, not gone, "what is explained still differs", map(str, gone)),
        check(5, named_as_probes(*probes_by_the_kernels_word(helper, never_read)),
              "Linux's zero-length probes are named as such on the kernel's word")]
    print("1..5")
    return not all(results)


if __name__ == "__main__":
    sys.exit(main())
