"""Writes a pcap recording of made-up conversations: recording.py FILE WORD...

refused   a SYN, and a reset        silent   a SYN three times
stalled   data, then a window of 0  healthy  a request and its answer, closed in order
lossy     some data sent again      blocked  a SYN, and an ICMP message that it is prohibited
"""
import struct
import sys

SYN, ACK, FIN, RST, PSH = 2, 16, 1, 4, 8
packets = []
clock = [1700000000.0]


def ip(source, target, protocol, payload):
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0,
                       bytes(source), bytes(target)) + payload


def put(packet, seconds=0.001):
    clock[0] += seconds
    packets.append((clock[0], packet))


class Talk:
    def __init__(self, port):
        self.ends = [((10, 0, 0, 1), 40000), ((10, 0, 0, 2), port)]
        self.seq = [100, 900]

    def packet(self, side, flags, data=b"", window=500, back=0):
        (a, ap), (b, bp) = self.ends[side], self.ends[1 - side]
        ack = self.seq[1 - side] if flags & ACK else 0
        return ip(a, b, 6, struct.pack("!HHIIBBHHH", ap, bp, self.seq[side] - back, ack, 0x50,
                                       flags, window, 0, 0) + data)

    def say(self, side, flags, data=b"", seconds=0.001, window=500):
        put(self.packet(side, flags, data, window), seconds)
        self.seq[side] += len(data) + bool(flags & (SYN | FIN))

    def again(self, side, data, seconds):
        put(self.packet(side, ACK | PSH, data, back=len(data)), seconds)

    def open(self):
        self.say(0, SYN)
        self.say(1, SYN | ACK)
        self.say(0, ACK)
        return self


def refused():
    t = Talk(81)
    t.say(0, SYN)
    put(t.packet(1, RST | ACK))


def silent():
    t = Talk(82)
    for seconds in (0.001, 1, 2):
        put(t.packet(0, SYN), seconds)


def stalled():
    t = Talk(83).open()
    for _ in range(4):
        t.say(0, ACK | PSH, b"x" * 100)
    t.say(1, ACK, window=0)
    for seconds in (0.2, 0.4, 0.8):
        put(t.packet(0, ACK, back=1), seconds)
        t.say(1, ACK, window=0)


def healthy():
    t = Talk(80).open()
    t.say(0, ACK | PSH, b"request")
    t.say(1, ACK | PSH, b"answer")
    t.say(0, ACK | FIN)
    t.say(1, ACK | FIN)
    t.say(0, ACK)


def lossy():
    t = Talk(84).open()
    for _ in range(5):
        t.say(0, ACK | PSH, b"x" * 100)
        t.again(0, b"x" * 100, 0.3)
        t.say(1, ACK)


def blocked():
    t = Talk(85)
    syn = t.packet(0, SYN)
    put(syn)
    put(ip((10, 0, 0, 9), (10, 0, 0, 1), 1, struct.pack("!BBHI", 3, 13, 0, 0) + syn[:28]))


for word in sys.argv[2:]:
    globals()[word]()
with open(sys.argv[1], "wb") as out:
    out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
    for at, packet in packets:
        out.write(struct.pack("<IIII", int(at), int(at % 1 * 1e6), len(packet), len(packet)))
        out.write(packet)
