"""Compare `sockeye capture --json` with tshark, packet by packet.

capture_cli.py SOCKEYE FILE...: the files one after the other, as one capture, but the one called
cut.pcap alone: it has the same datagrams as others, and parts of both would be put together.
Prints TAP.
"""
import json
import subprocess
import sys
import tempfile

FIELDS = (
    "frame.number frame.time_epoch frame.len frame.cap_len ip.src ip.dst ipv6.src ipv6.dst "
    "tcp.srcport tcp.dstport tcp.flags tcp.seq_raw tcp.ack_raw tcp.window_size_value tcp.len "
    "udp.srcport udp.dstport udp.length icmp.type icmp.code icmpv6.type icmpv6.code "
    "ip.proto ip.flags.mf ip.frag_offset"
).split()
FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE")


def seconds(text):
    """Digits, without those that only fill up."""
    return text.rstrip("0").rstrip(".")


def flags_of(text):
    bits = int(text, 16)
    return ",".join(name for i, name in enumerate(FLAGS) if bits >> i & 1)


def theirs(path):
    command = ["tshark", "-n", "-r", path, "-o", "tcp.analyze_sequence_numbers:FALSE", "-T", "fields", "-E", "separator=|"]
    for field in FIELDS:
        command += ["-e", field]
    told = subprocess.run(command, capture_output=True, check=True, text=True)
    return [dict(zip(FIELDS, line.split("|"))) for line in told.stdout.splitlines()]


def ours(sockeye, path):
    told = subprocess.run([sockeye, "capture", "--json", "-r", path], capture_output=True, check=True)
    return [json.loads(line) for line in told.stdout.splitlines()]


def expected(t):
    """What of tshark's must be the same here; where it names several layers nothing is said."""
    e = {"n": t["frame.number"], "time": seconds(t["frame.time_epoch"]), "len": t["frame.len"], "caplen": t["frame.cap_len"]}
    for name, fields in {
        "src": ["ip.src", "ipv6.src"],
        "dst": ["ip.dst", "ipv6.dst"],
        "sport": ["tcp.srcport", "udp.srcport"],
        "dport": ["tcp.dstport", "udp.dstport"],
        "seq": ["tcp.seq_raw"],
        "ack": ["tcp.ack_raw"],
        "window": ["tcp.window_size_value"],
        "type": ["icmp.type", "icmpv6.type"],
        "code": ["icmp.code", "icmpv6.code"],
    }.items():
        values = [t[f] for f in fields if t[f]]
        if len(values) == 1 and "," not in values[0]:
            e[name] = values[0]
    if t["tcp.flags"] and "," not in t["tcp.flags"]:
        e["flags"] = flags_of(t["tcp.flags"])
    # The first part of a datagram that was cut: the header tells of the whole, the packet of itself.
    if t["tcp.len"] and "," not in t["tcp.len"]:
        e["payload_len"] = t["tcp.len"]
    elif t["udp.length"].isdigit() and (t["frame.len"] == t["frame.cap_len"] or int(t["udp.length"]) < int(t["frame.len"])):
        e["payload_len"] = str(int(t["udp.length"]) - 8)
    # Of a tunnel's packet tshark does not look into the first part, nor into parts that were cut.
    part = t["ip.flags.mf"] == "1" or t["ip.frag_offset"] not in ("", "0")
    part_of_tunnel = part and t["ip.proto"] in ("4", "41", "47")
    if part_of_tunnel or any("," in t[f] for f in FIELDS):  # a packet in a packet
        for name in ("src", "dst", "sport", "dport", "seq", "ack", "window", "flags", "payload_len", "type", "code"):
            e.pop(name, None)
    return e


def differences(t, o):
    for name, value in expected(t).items():
        got = o.get(name)
        if got is None and o.get("truncated_in") and t["frame.len"] != t["frame.cap_len"]:
            continue  # of a header that was cut nothing is guessed
        got = seconds(got) if name == "time" and got is not None else got
        if str(got) != value:
            yield f"{name}: tshark {value}, here {got}"


def compare(sockeye, paths):
    """How many packets and values, and what differs."""
    with tempfile.NamedTemporaryFile(suffix=".pcapng") as merged:
        subprocess.run(["mergecap", "-a", "-w", merged.name, *paths], check=True, capture_output=True)
        a, b = theirs(merged.name), ours(sockeye, merged.name)
    wrong = [] if len(a) == len(b) else [f"tshark has {len(a)} packets, here are {len(b)}"]
    for t, o in zip(a, b):
        wrong += [f"packet {t['frame.number']}, {text}" for text in differences(t, o)]
    return len(a), sum(len(expected(t)) for t in a), wrong


def main():
    sockeye, paths = sys.argv[1], sys.argv[2:]
    cut = [path for path in paths if path.endswith("/cut.pcap")]
    groups = [("whole packets", [path for path in paths if path not in cut]), ("packets that were cut", cut)]
    failed = False
    for number, (name, files) in enumerate(groups, 1):
        packets, values, wrong = compare(sockeye, files)
        print(f"# {packets} packets of {len(files)} files, {values} values")
        for text in wrong[:20]:
            print("#", text)
        good = packets > 0 and not wrong
        print("ok" if good else "not ok", number, f"- {name}: addresses, ports, flags, numbers, lengths, times are tshark's")
        failed = failed or not good
    print(f"1..{len(groups)}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
