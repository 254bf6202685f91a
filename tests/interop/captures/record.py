"""Record how this machine's TCP behaves in trouble: record.py FOLDER [NAME...]; needs root.

Each case has two hosts, network namespaces of their own, and between them a wire: this program,
which carries what comes out of one host's TUN device into the other's, late, twice, in another
order or not at all, as the case says, and writes down what passes one of its ends.  Of each
packet only the headers are kept, as a small snaplen does, so that the files stay small."""
import ctypes
import fcntl
import heapq
import os
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
LINKTYPE_RAW = 101
SNAPLEN = 120
CLIENT, SERVER = 0, 1
DELAY_S = 0.005
CASE_S = 20  # the longest that a case may take
FIN, SYN, RST, ACK = 1, 2, 4, 16
TCP_FASTOPEN_CONNECT = 30
IPPROTO_MPTCP = 262


class Packet:
    """What a rule wants to know of a packet on the wire."""

    def __init__(self, raw, side, number):
        self.side, self.number = side, number  # number: of this side's packets, from 1
        self.header = (raw[0] & 15) * 4 if raw[0] >> 4 == 4 else 40
        self.length = len(raw)
        tcp = raw[self.header:]
        self.is_tcp = (raw[9] if raw[0] >> 4 == 4 else raw[6]) == 6
        if self.is_tcp:
            self.flags = tcp[13]
            self.header += (tcp[12] >> 4) * 4
        else:
            self.flags = 0
        self.payload = max(0, self.length - self.header)


def pass_all(_, __):
    return [DELAY_S]


def dropping(share, side=None):
    """Lose this share of the packets behind the handshake."""
    def rule(p, rng):
        hit = (side is None or p.side == side) and p.number > 3
        return [] if hit and rng.random() < share else [DELAY_S]
    return rule


def dropping_numbers(side, *numbers):
    return lambda p, _: [] if p.side == side and p.number in numbers else [DELAY_S]


def shuffling(share, most_s):
    return lambda p, rng: [DELAY_S + (rng.random() * most_s if rng.random() < share else 0)]


# --- the hosts ---

def read_all(s):
    total = 0
    while True:
        got = s.recv(65536)
        if not got:
            return total
        total += len(got)


class Host:
    """One end, in its own process and network."""

    def __init__(self, case, side):
        self.case, self.side = case, side
        self.port = 8000 + case.index
        self.here, self.there = case.addresses[side], case.addresses[1 - side]
        self.parent, self.child = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.pid = os.fork()
        if self.pid == 0:
            status = 1
            try:
                self.live()
                status = 0
            except OSError as error:
                print("%s: %s: %s" % (case.name, "client server".split()[side], error),
                      file=sys.stderr)
            finally:
                os._exit(status)
        self.child.close()
        _, fds, _, _ = socket.recv_fds(self.parent, 1, 1)
        self.fd = fds[0]

    def live(self):
        signal.alarm(CASE_S)
        if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "unshare")
        tun = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH14x", b"wire", IFF_TUN | IFF_NO_PI))
        bits = "64" if ":" in self.here else "24"
        for words in (["link", "set", "lo", "up"],
                      ["addr", "add", self.here + "/" + bits, "dev", "wire"] +
                      (["nodad"] if bits == "64" else []),
                      ["link", "set", "wire", "up"]):
            subprocess.run(["ip"] + words, check=True)
        for name, value in self.case.sysctls.items():
            with open("/proc/sys/net/ipv4/" + name, "w") as f:
                f.write(value)
        self.listener = self.listen() if self.side == SERVER else None
        socket.send_fds(self.child, [b"r"], [tun])
        self.child.recv(1)
        (self.case.server if self.side == SERVER else self.case.client)(self)

    def socket(self):
        family = socket.AF_INET6 if ":" in self.here else socket.AF_INET
        s = socket.socket(family, socket.SOCK_STREAM, self.case.protocol)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return s

    def listen(self):
        s = self.socket()
        if self.case.rcvbuf:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.case.rcvbuf)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 5)
        s.bind((self.here, self.port))
        s.listen(200)
        return s

    def accept(self):
        return self.listener.accept()[0]

    def connect(self, from_port=0, port=None):
        s = self.socket()
        s.bind((self.here, from_port))
        s.connect((self.there, port or self.port))
        return s


# --- what clients and servers do ---

def upload(size, chunk=20000, gap_s=0.0):
    def client(host):
        s = host.connect()
        for at in range(0, size, chunk):
            s.sendall(b"x" * min(chunk, size - at))
            time.sleep(gap_s)
        s.shutdown(socket.SHUT_WR)
        read_all(s)
    return client


def sink(host):
    s = host.accept()
    read_all(s)


def slow_reader(pause_s, piece):
    def server(host):
        s = host.accept()
        while True:
            time.sleep(pause_s)
            if not s.recv(piece):
                return
    return server


def never_reads_then_does(pause_s):
    def server(host):
        s = host.accept()
        time.sleep(pause_s)
        read_all(s)
    return server


def closes_unread(host):
    s = host.accept()
    time.sleep(0.15)
    s.close()


def sends_then_closes(size):
    def server(host):
        s = host.accept()
        read_all(s)
        s.sendall(b"y" * size)
        s.close()
    return server


def echo(host):
    s = host.accept()
    while True:
        got = s.recv(4096)
        if not got:
            return
        s.sendall(got)


def ping_pong(rounds, gap_s=0.0):
    def client(host):
        s = host.connect()
        for i in range(rounds):
            s.sendall(b"z" * (100 + 50 * i))
            s.recv(65536)
            time.sleep(gap_s)
        s.close()
    return client


def idle_with_keep_alive(seconds):
    def client(host):
        s = host.connect()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL):
            s.setsockopt(socket.IPPROTO_TCP, option, 1)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
        s.sendall(b"hello")
        time.sleep(seconds)
        s.close()
    return client


def reuses_port(times):
    def client(host):
        for _ in range(times):
            s = host.connect(from_port=45000)
            s.sendall(b"once")
            time.sleep(0.05)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.close()
    return client


def accepts(times):
    def server(host):
        kept = [host.accept() for _ in range(times)]
        time.sleep(0.2)
        del kept
    return server


def is_refused(times):
    def client(host):
        for _ in range(times):
            try:
                host.connect(from_port=45000, port=9)
            except ConnectionRefusedError:
                time.sleep(0.01)
    return client


def nothing(_):
    time.sleep(0.3)


def writes_after_reset(host):
    s = host.connect()
    s.sendall(b"a" * 100)
    time.sleep(0.3)
    for _ in range(3):
        try:
            s.sendall(b"b" * 100)
        except OSError:
            return
        time.sleep(0.05)


def many(count):
    def client(host):
        open_ones = [host.connect() for _ in range(count)]
        for i, s in enumerate(open_ones):
            s.sendall(b"m" * (i + 1))
        for s in open_ones:
            s.close()
    return client


def accepts_many(count):
    def server(host):
        open_ones = [host.accept() for _ in range(count)]
        for s in open_ones:
            read_all(s)
            s.close()
    return server


def fast_open(host):
    for _ in range(3):
        s = host.socket()
        s.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)
        s.connect((host.there, host.port))
        s.sendall(b"f" * 300)
        s.recv(1000)
        s.close()
        time.sleep(0.02)


def answers(times):
    def server(host):
        for _ in range(times):
            s = host.accept()
            s.sendall(s.recv(1000))
            s.close()
    return server


def closes_at_once(host):
    s = host.connect() if host.side == CLIENT else host.accept()
    time.sleep(0.1 - (time.time() % 0.1))  # both clocks are one
    s.shutdown(socket.SHUT_WR)
    read_all(s)


def opens_at_once(host):
    s = host.socket()
    if host.listener:
        host.listener.close()
    s.bind((host.here, host.port))
    time.sleep(0.2 - (time.time() % 0.2))
    s.connect((host.there, host.port))
    s.sendall(b"both")
    time.sleep(0.1)
    s.close()


def urgent(host):
    s = host.connect()
    s.sendall(b"plain")
    s.send(b"!", socket.MSG_OOB)
    s.sendall(b"plain")
    s.close()


# --- rules that a share does not say ---

def spike(at, delay_s):
    """All is late for a while: what was on the way is sent again for nothing."""
    def rule(p, _):
        return [delay_s if p.side == CLIENT and at <= p.number < at + 12 else DELAY_S]
    return rule


def twice(p, _):
    return [DELAY_S, DELAY_S + 0.002] if p.number % 7 == 0 else [DELAY_S]


def vanishing(p, _):
    return [] if p.side == SERVER and p.number > 2 else [DELAY_S]


def acks_lost(p, rng):
    return [] if p.side == SERVER and p.number > 3 and rng.random() < 0.8 else [DELAY_S]


def first_fin_lost(seen):
    def rule(p, _):
        if p.flags & FIN and p.side not in seen:
            seen.add(p.side)
            return []
        return [DELAY_S]
    return rule


class Case:
    count = 0

    def __init__(self, name, client, server, rule=pass_all, at=CLIENT, blind=None, rcvbuf=0,
                 ipv6=False, protocol=0, **sysctls):
        self.index = Case.count = Case.count + 1
        self.name, self.client, self.server, self.rule = name, client, server, rule
        self.at, self.rcvbuf, self.sysctls = at, rcvbuf, sysctls
        self.protocol = protocol
        self.blind = blind or (lambda p, rng: False)
        form = "fd09:%d::%d" if ipv6 else "10.9.%d.%d"
        self.addresses = [form % (self.index, n) for n in (CLIENT + 1, SERVER + 1)]

    def run(self):
        """The packets that were seen, as (ns, captured, length)."""
        hosts = [Host(self, side) for side in (CLIENT, SERVER)]
        for h in hosts:
            h.parent.send(b"g")
        records = Wire(self, hosts).carry()
        for h in hosts:
            os.waitpid(h.pid, 0)
            os.close(h.fd)
        return records


class Wire:
    def __init__(self, case, hosts):
        self.case, self.hosts = case, hosts
        self.rng = random.Random(case.name)
        self.counts, self.order = [0, 0], 0
        self.late, self.records = [], []

    def note(self, raw, p):
        if not p.is_tcp or self.case.blind(p, self.rng):
            return
        self.records.append((time.time_ns(), raw[:min(p.header, SNAPLEN)], len(raw)))

    def take(self, side):
        raw = os.read(self.hosts[side].fd, 65536)
        if raw[0] >> 4 == 6 and raw[6] != 6:
            return  # neighbours, multicast
        self.counts[side] += 1
        p = Packet(raw, side, self.counts[side])
        if side == self.case.at:
            self.note(raw, p)
        for delay in self.case.rule(p, self.rng):
            self.order += 1
            heapq.heappush(self.late, (time.monotonic() + delay, self.order, raw, p))

    def give(self):
        _, _, raw, p = heapq.heappop(self.late)
        if p.side != self.case.at:
            self.note(raw, p)
        os.write(self.hosts[1 - p.side].fd, raw)

    def carry(self):
        poll = select.poll()
        for side in (CLIENT, SERVER):
            poll.register(self.hosts[side].fd, select.POLLIN)
        sides = {h.fd: h.side for h in self.hosts}
        end = None
        while end is None or time.monotonic() < end or self.late:
            if end is None and not any(alive(h.pid) for h in self.hosts):
                end = time.monotonic() + 0.7  # what the kernel still says
            wait = self.late[0][0] - time.monotonic() if self.late else 0.05
            for fd, _ in poll.poll(max(0, wait * 1000)):
                self.take(sides[fd])
            while self.late and self.late[0][0] <= time.monotonic():
                self.give()
        return self.records


def alive(pid):
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


BIG = 150000
CASES = [
    Case("plain", upload(BIG), sends_then_closes(30000)),
    Case("never-read", upload(40000), never_reads_then_does(2.2), rcvbuf=4096),
    Case("never-read-seen-there", upload(30000), never_reads_then_does(1.0), rcvbuf=4096,
         at=SERVER),
    Case("closes-unread", upload(40000), closes_unread, rcvbuf=4096),
    Case("slow-reader", upload(12000), slow_reader(0.03, 600), rcvbuf=2048),
    Case("loss-here", upload(BIG), sink, dropping(0.08, CLIENT)),
    Case("loss-there", upload(BIG), sink, dropping(0.08, CLIENT), at=SERVER),
    Case("loss-both", upload(40000), sends_then_closes(40000), dropping(0.06)),
    Case("loss-no-sack", upload(BIG), sink, dropping(0.06, CLIENT), tcp_sack="0"),
    Case("loss-no-timestamps", upload(BIG), sink, dropping(0.06), tcp_timestamps="0"),
    Case("loss-ipv6", upload(BIG), sink, dropping(0.06, CLIENT), ipv6=True),
    Case("no-window-scale", upload(90000), slow_reader(0.005, 8000), rcvbuf=8192,
         tcp_window_scaling="0"),
    Case("acks-lost", upload(30000, 1000, 0.005), sink, acks_lost),
    Case("reordered-here", upload(BIG), sink, shuffling(0.2, 0.02)),
    Case("reordered-there", upload(BIG), sink, shuffling(0.2, 0.02), at=SERVER),
    Case("duplicated", upload(BIG), sink, twice, at=SERVER),
    Case("late-spike", upload(BIG, 4000, 0.004), sink, spike(12, 0.5)),
    Case("tail-lost", ping_pong(6), echo, dropping_numbers(CLIENT, 4, 7, 9)),
    Case("syn-lost", ping_pong(2), echo, dropping_numbers(CLIENT, 1)),
    Case("syn-ack-lost", ping_pong(2), echo, dropping_numbers(SERVER, 1), at=SERVER),
    Case("fin-lost", upload(2000), sink, first_fin_lost(set())),
    Case("keep-alive", idle_with_keep_alive(3.3), echo),
    Case("keep-alive-unanswered", idle_with_keep_alive(5), sink, vanishing),
    Case("port-reused", reuses_port(3), accepts(3)),
    Case("refused", is_refused(4), nothing),
    Case("half-closed", upload(3000), sends_then_closes(30000)),
    Case("writes-after-reset", writes_after_reset, closes_unread),
    Case("many", many(50), accepts_many(50), dropping(0.02)),
    Case("fast-open", fast_open, answers(3), tcp_fastopen="3"),
    Case("closed-at-once", closes_at_once, closes_at_once),
    Case("opened-at-once", opens_at_once, opens_at_once),
    Case("multipath", upload(BIG), sends_then_closes(20000), dropping(0.05),
         protocol=IPPROTO_MPTCP),
    Case("urgent", urgent, sink),
    Case("mid-stream", upload(BIG), sink, dropping(0.05, CLIENT),
         blind=lambda p, rng: p.number < 6),
    Case("one-direction", upload(BIG), sink, dropping(0.05, CLIENT),
         blind=lambda p, rng: p.side == CLIENT),
    Case("capture-drops", upload(BIG), sends_then_closes(20000),
         blind=lambda p, rng: p.number > 3 and rng.random() < 0.1),
    Case("bursts-and-loss", ping_pong(25, 0.01), echo, dropping(0.1)),
]


def write(path, records):
    with open(path, "wb") as f:
        f.write(struct.pack("=IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, SNAPLEN, LINKTYPE_RAW))
        for ns, raw, length in records:
            f.write(struct.pack("=IIII", ns // 10**9, ns % 10**9, len(raw), length) + raw)


def main():
    folder, wanted = sys.argv[1], sys.argv[2:]
    cases = [c for c in CASES if not wanted or c.name in wanted]
    running = []
    for case in cases:  # side by side: most of the time is waiting
        pid = os.fork()
        if pid == 0:
            records = case.run()
            write(os.path.join(folder, case.name + ".pcap"), records)
            print("%-24s %4d packets" % (case.name, len(records)), flush=True)
            os._exit(0)
        running.append(pid)
    return any([os.waitpid(pid, 0)[1] for pid in running])


if __name__ == "__main__":
    sys.exit(main())
