"""Compare `sockeye sockets` with ss(8), field by field: ss_fields.py SOCKEYE KIND-LETTERS.

Both look once; where they differ they look again, for some figures move.  What differs in the
last look is printed and the exit status is 1; sockeye's own where it has no list."""
import json
import re
import subprocess
import sys
import time

STATES = {"ESTAB": "ESTABLISHED", "UNCONN": "CLOSE", "SYN-SENT": "SYN_SENT", "SYN-RECV": "SYN_RECV",
          "FIN-WAIT-1": "FIN_WAIT1", "FIN-WAIT-2": "FIN_WAIT2", "TIME-WAIT": "TIME_WAIT",
          "CLOSE-WAIT": "CLOSE_WAIT", "LAST-ACK": "LAST_ACK", "LISTEN": "LISTEN",
          "CLOSING": "CLOSING"}

SKMEM = {"r": "rmem_alloc", "rb": "rcvbuf", "t": "wmem_alloc", "tb": "sndbuf", "f": "fwd_alloc",
         "w": "wmem_queued", "o": "optmem", "bl": "backlog", "d": "drops"}

# ss's word, our column, what a unit of ss is in ours.
PLAIN = [("mss", "snd_mss", 1), ("pmtu", "pmtu", 1), ("rcvmss", "rcv_mss", 1),
         ("advmss", "advmss", 1), ("cwnd", "snd_cwnd", 1), ("ssthresh", "snd_ssthresh", 1),
         ("bytes_sent", "bytes_sent", 1), ("bytes_retrans", "bytes_retrans", 1),
         ("bytes_acked", "bytes_acked", 1), ("bytes_received", "bytes_received", 1),
         ("segs_out", "segs_out", 1), ("segs_in", "segs_in", 1),
         ("data_segs_out", "data_segs_out", 1), ("data_segs_in", "data_segs_in", 1),
         ("delivered", "delivered", 1), ("rcv_space", "rcv_space", 1),
         ("rcv_ssthresh", "rcv_ssthresh", 1), ("unacked", "unacked", 1), ("lost", "lost", 1),
         ("notsent", "notsent_bytes", 1), ("snd_wnd", "snd_wnd", 1), ("backoff", "backoff", 1),
         ("rto", "rto", 1000), ("ato", "ato", 1000), ("minrtt", "min_rtt", 1000),
         ("rcv_rtt", "rcv_rtt", 1000), ("reordering", "reordering", 1),
         ("dsack_dups", "dsack_dups", 1), ("reord_seen", "reord_seen", 1),
         ("rcv_ooopack", "rcv_ooopack", 1)]

COLUMNS = ["netid", "accept_used", "options", "congestion", "snd_wscale", "rcv_wscale", "rtt", "rttvar", "retrans",
           "total_retrans", "pacing_rate", "delivery_rate", "send", "app_limited", "v6only",
           "rwnd_share", "sndbuf_share"]
COLUMNS += list(SKMEM.values()) + [ours for _, ours, _ in PLAIN]


def by_ss(letters):
    said = subprocess.run(["ss", "-HOnaempio" + letters], capture_output=True, text=True, check=True)
    return [line.split() for line in said.stdout.splitlines() if line.strip()]


def by_us(sockeye, letters):
    command = [sockeye, "sockets", "-ap" + letters, "--json", "--columns", ",".join(COLUMNS)]
    said = subprocess.run(command, capture_output=True, text=True)
    if said.returncode:
        print("#", said.stderr.strip())
        sys.exit(said.returncode)
    return json.loads(said.stdout)["sockets"]


def taken_apart(words, letters):
    """The fields of a line of ss."""
    f = {"rest": words}
    if letters in ("x", "0"):
        f["netid"], words = words[0], words[1:]
    if words[0] in STATES:
        f["state"], words = STATES[words[0]], words[1:]
    f["recvq"], f["sendq"] = int(words[0]), int(words[1])
    if letters == "x":
        f["local"], f["peer"] = " ".join(words[2:4]), " ".join(words[4:6])
        f["key"] = int(words[3])
        words = words[6:]
    else:
        f["local"], f["peer"] = words[2], words[3]
        words = words[4:]
    f["flags"] = set()
    for i, word in enumerate(words):
        name, colon, value = word.partition(":")
        if word == "sack" or word == "ts" or word == "ecn":
            f["flags"].add(word)
        elif word in ("cubic", "reno", "bbr", "dctcp", "vegas"):
            f["congestion"] = word
        elif word == "app_limited":
            f["app_limited"] = True
        elif word in ("send", "pacing_rate", "delivery_rate"):
            f[word] = words[i + 1]
        elif colon and name not in f:
            f[name] = value
    if letters == "w":
        f["key"] = f["local"]  # there may be nothing but /proc/net/raw
    elif letters != "x":
        f["key"] = int(f["sk"], 16)
    return f


class Differences:
    def __init__(self):
        self.found = []
        self.compared = 0

    def expect(self, what, theirs, ours, row):
        self.compared += 1
        if theirs != ours:
            self.found.append(f"{what}: ss {theirs!r}, sockeye {ours!r}: {' '.join(row['rest'])}")


def bits(text):
    return float(re.sub("bps$", "", text))


def near(a, b):
    """ss rounds what it prints to three digits or so."""
    return abs(a - b) <= 0.01 * max(abs(a), abs(b)) + 0.001


def compare_info(d, s, o):
    if o["state"] == "LISTEN":  # what ss shows as unacked is the accept queue
        d.expect("accept queue", int(s.get("unacked", 0)), o["accept_used"], s)
    for word, column, unit in PLAIN:
        ours = o[column]
        if word == "unacked" and o["state"] == "LISTEN":
            continue
        if word not in s:
            # What ss leaves out is 0, not set or not there.
            if word not in ("delivered", "rcv_space", "rcv_ssthresh", "reordering", "rto"):
                d.expect(word, 0, ours or 0, s)
            continue
        theirs = float(s[word]) * unit
        # ss prints milliseconds with three digits after the point, or a whole number of them.
        same = ours is not None and (near(theirs, ours) if unit > 1 else theirs == ours)
        d.expect(word, theirs, theirs if same else ours, s)
    if "rtt" in s:
        rtt, var = (float(x) * 1000 for x in s["rtt"].split("/"))
        d.expect("rtt", True, near(rtt, o["rtt"] or 0) and near(var, o["rttvar"] or 0), s)
    if "wscale" in s:
        d.expect("wscale", s["wscale"], f"{o['snd_wscale']},{o['rcv_wscale']}", s)
    now, total = (s.get("retrans") or "0/0").split("/")
    d.expect("retrans", (int(now), int(total)), (o["retrans"] or 0, o["total_retrans"] or 0), s)
    d.expect("options", s["flags"], set((o["options"] or "").split()) & {"sack", "ts", "ecn"}, s)
    d.expect("app_limited", s.get("app_limited", False), o["app_limited"] or False, s)
    for word in ("rwnd_limited", "sndbuf_limited"):
        share = re.search(r"\(([0-9.]+)%\)", s.get(word, ""))
        ours = o[word.replace("limited", "share")]
        d.expect(word, int(float(share.group(1))) if share else 0, ours or 0, s)
    for rate in ("send", "pacing_rate", "delivery_rate"):
        if rate in s:
            d.expect(rate, True, o[rate] is not None and near(bits(s[rate]), 8 * o[rate]), s)
        elif rate != "pacing_rate":
            d.expect(rate, 0, o[rate] or 0, s)


def compare_row(d, s, o, letters):
    for name in ("netid", "state", "local", "peer"):
        if name in s:
            d.expect(name, s[name], o[name], s)
    for queue in ("recvq", "sendq"):  # what the kernel does not tell ss prints as 0
        d.expect(queue, s[queue], o[queue] or 0, s)
    if "sk" in s:
        d.expect("cookie", int(s["sk"], 16), o["cookie"], s)
    if "ino" in s and letters != "x":
        d.expect("inode", int(s["ino"]), o["inode"], s)
    if o["inode"] and letters in ("t", "u"):
        d.expect("uid", int(s.get("uid", 0)), o["uid"], s)
    timer = s.get("timer", "(,").strip("()").split(",")[0] or None
    d.expect("timer", timer, o["timer"] and o["timer"]["name"], s)
    if "skmem" in s:
        for word in s["skmem"].strip("()").split(","):
            letter, figure = re.match("([a-z]+)([0-9]+)", word).groups()
            d.expect("skmem " + letter, int(figure), o[SKMEM[letter]], s)
    if "v6only" in s:
        d.expect("v6only", s["v6only"] == "1", o["v6only"], s)
    held = set(re.findall(r"pid=(\d+),fd=(\d+)", s.get("users", "")))
    d.expect("owners", held, {(str(h["pid"]), str(h["fd"])) for h in o["owners"] or []}, s)
    if letters == "t":
        d.expect("congestion", s.get("congestion"), o["congestion"], s)
        compare_info(d, s, o)


def key_of(o, letters):
    return {"x": o["inode"], "w": o["local"]}.get(letters, o["cookie"])


def look(sockeye, letters):
    d = Differences()
    # ss has sockets of its own while it looks.
    theirs = [taken_apart(words, letters) for words in by_ss(letters)]
    ours = {key_of(o, letters): o for o in by_us(sockeye, letters)}
    theirs = {s["key"]: s for s in theirs}
    for key, s in theirs.items():
        if key in ours:
            compare_row(d, s, ours[key], letters)
        else:
            d.found.append(f"only ss has {' '.join(s['rest'])}")
    for key, o in ours.items():
        if key not in theirs:
            d.found.append(f"only sockeye has {o['state']} {o['local']} {o['peer']}")
    return d, len(theirs)


sockeye, letters = sys.argv[1:3]
for _ in range(8):
    differences, n_rows = look(sockeye, letters)
    if not differences.found:
        break
    time.sleep(0.3)
for line in differences.found[:10]:
    print("#", line)
print(f"# {n_rows} rows, {differences.compared} fields, {len(differences.found)} differ")
sys.exit(1 if differences.found or not n_rows else 0)
