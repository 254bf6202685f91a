"""Make up packets that no well-behaved TCP would send: craft.py FOLDER, or craft.py FOLDER
FIRST LAST PACKETS for as many files of random ones as wanted (each from its number, always the
same).

Random talk between a few hosts with every trouble there is and numbers that wrap; and what
tells tshark from us: numbers that are 0."""
import os
import random
import struct
import sys

from record import ACK, CLIENT, FIN, RST, SERVER, SYN, write

PSH = 8
START_NS = 1_700_000_000 * 10**9
WORD = 0xFFFFFFFF
STEPS_NS = [1000, 5000, 50000, 50000, 10**6, 2500000, 3500000, 25 * 10**6, 300 * 10**6]
STAGES = "syn", "syn ack", "ack", "open"


def headers(ends, ports, seq, ack, flags, window, options, length):
    options += b"\1" * (-len(options) % 4)
    tcp = struct.pack("!HHIIBBHHH", ports[0], ports[1], seq & WORD, ack & WORD,
                      (5 + len(options) // 4) << 4, flags, window & 0xFFFF, 0, 0) + options
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp) + length, 0, 0x4000, 64, 6, 0,
                       bytes(ends[0]), bytes(ends[1])) + tcp


class Tape:
    """Packets with their times, as record.write() takes them."""

    def __init__(self):
        self.now, self.records = START_NS, []

    def add(self, raw, length):
        self.records.append((self.now, raw, len(raw) + length))


class Talk:
    def __init__(self, rng, tape, network, again=None):
        self.rng, self.tape = rng, tape
        self.ports = again.ports if again else [rng.randint(1024, 60000),
                                                rng.choice([81, 9999])]
        self.ends = again.ends if again else [[10, network, 0, rng.randint(1, 250)],
                                              [10, network, 1, 1]]
        self.isn = [rng.choice([rng.getrandbits(32), WORD - rng.randint(0, 3000),
                                rng.randint(1, 5)]) for _ in "cs"]
        self.scale = [rng.choice([None, 0, 2, 7, 7, 15]), rng.choice([None, 0, 3, 7, 7])]
        self.window = [rng.choice([1000, 65535, 0, 512]), rng.choice([1000, 65535, 300])]
        self.stage = rng.choice(["syn"] * 4 + ["open"])
        self.next = [n + (self.stage == "open") for n in self.isn]
        self.acked = [None, None]
        self.sent = [[], []]

    def say(self, who, seq, ack, flags, length=0, options=b""):
        self.tape.now += self.rng.choice(STEPS_NS) + self.rng.randint(0, 900)
        order = (0, 1) if who == CLIENT else (1, 0)
        self.tape.add(headers([self.ends[i] for i in order], [self.ports[i] for i in order],
                              seq, ack, flags, self.window[who], options, length), length)

    def offers(self, who):
        scale = self.scale[who]
        return b"\2\4\5\xb4" + (b"" if scale is None else bytes([3, 3, scale]))

    def ack_of(self, who):
        return self.next[1 - who] if self.acked[who] is None else self.acked[who]

    def step(self):
        if self.stage == "open":
            self.speak(self.rng.randrange(2), self.rng.random())
        else:
            self.shake()

    def shake(self):
        chance = self.rng.random()
        if self.stage == "syn":
            length = 5 if chance < 0.07 else 0
            self.say(CLIENT, self.isn[0], 0, SYN, length, self.offers(CLIENT))
            self.next[0] = self.isn[0] + 1 + length
        elif self.stage == "syn ack":
            if chance < 0.05:
                self.say(SERVER, 0, self.next[0], RST | ACK)
                return
            self.say(SERVER, self.isn[1], self.next[0], SYN | ACK, 0, self.offers(SERVER))
            self.next[1] = self.isn[1] + 1
        else:
            self.say(CLIENT, self.next[0], self.next[1], ACK)
        if chance < 0.88:
            self.stage = STAGES[STAGES.index(self.stage) + 1]

    def speak(self, who, chance):
        share = 0.0
        for weight, act in self.ACTS:
            share += weight
            if chance < share:
                act(self, who)
                return

    def data(self, who):
        rng = self.rng
        length = rng.choice([1, 1, 2, 10, 100, 500, 1000, 1448])
        if rng.random() < 0.25:
            length = self.room(who) or length
        flags = rng.choice([ACK, ACK | PSH]) | (FIN if rng.random() < 0.03 else 0)
        if rng.random() < 0.05:
            self.next[who] += rng.choice([1, 10, 1448])
        self.say(who, self.next[who], self.ack_of(who), flags, length)
        self.sent[who].append((self.next[who], length))
        self.next[who] += length + (flags & FIN)

    def room(self, who):
        """What fills the peer's window to the last byte, where that is a segment."""
        peer = 1 - who
        if self.acked[peer] is None:
            return 0
        scale = min(self.scale[peer] or 0, 14) if None not in self.scale else 0
        room = (self.acked[peer] + (self.window[peer] << scale) - self.next[who]) & WORD
        return room if room < 3000 else 0

    def acknowledge(self, who):
        rng, peer = self.rng, 1 - who
        options = b""
        if rng.random() < 0.7:
            self.acked[who] = self.next[peer]
        elif self.sent[peer]:
            seq, length = rng.choice(self.sent[peer][-6:])
            self.acked[who] = seq + rng.choice([length, 0, length // 2])
        if rng.random() < 0.15 and self.sent[peer]:
            blocks = rng.choices(self.sent[peer][-6:], k=rng.randint(1, 3))
            options = bytes([1, 1, 5, 2 + 8 * len(blocks)])
            for seq, length in blocks:
                options += struct.pack("!II", seq & WORD, (seq + length) & WORD)
        self.say(who, self.next[who], self.ack_of(who), ACK, 0, options)

    def repeat(self, who):
        for _ in range(self.rng.randint(1, 4)):
            self.say(who, self.next[who], self.ack_of(who), ACK)
        self.acked[who] = self.ack_of(who)

    def change_window(self, who):
        self.window[who] = self.rng.choice([0, 0, self.window[who], 500, 1000, 65535])
        self.say(who, self.next[who], self.ack_of(who), ACK)

    def send_again(self, who):
        rng = self.rng
        if not self.sent[who]:
            return
        seq, length = rng.choice(self.sent[who][-5:])
        if rng.random() < 0.3 and self.acked[1 - who] is not None:
            seq = self.acked[1 - who]
        if rng.random() < 0.2:
            length = max(1, length + rng.choice([1, 100, -1]))
        self.say(who, seq, self.ack_of(who), ACK | PSH | (FIN if rng.random() < 0.05 else 0),
                 length)
        if (seq + length - self.next[who]) & WORD < 1 << 31:
            self.next[who] = seq + length

    def keep_alive(self, who):
        self.say(who, self.next[who] - 1, self.ack_of(who), ACK, self.rng.choice([0, 0, 1]))
        if self.rng.random() < 0.7:
            self.say(1 - who, self.next[1 - who], self.next[who], ACK)
            self.acked[1 - who] = self.next[who]

    def probe(self, who):
        self.say(who, self.next[who], self.ack_of(who), ACK, 1)
        if self.rng.random() < 0.7:
            self.say(1 - who, self.next[1 - who], self.ack_of(1 - who), ACK)

    def acknowledge_unseen(self, who):
        self.acked[who] = self.next[1 - who] + self.rng.choice([1, 1448])
        self.say(who, self.next[who], self.acked[who], ACK)
        if self.rng.random() < 0.5:
            self.next[1 - who] = self.acked[who]

    def finish(self, who):
        self.say(who, self.next[who], self.ack_of(who), FIN | ACK)
        self.next[who] += 1
        if self.rng.random() < 0.3:
            self.say(who, self.next[who] - 1, self.ack_of(who), FIN | ACK)

    def reset(self, who):
        if self.rng.random() < 0.5:
            self.say(who, self.next[who], 0, RST)
        else:
            self.say(who, self.next[who], self.ack_of(who), RST | ACK)

    def greet_again(self, _):
        if self.rng.random() < 0.5:
            self.say(CLIENT, self.isn[0], 0, SYN, 0, self.offers(CLIENT))
        else:
            self.say(SERVER, self.isn[1], self.isn[0] + 1, SYN | ACK, 0, self.offers(SERVER))

    ACTS = [(0.30, data), (0.25, acknowledge), (0.10, repeat), (0.07, change_window),
            (0.10, send_again), (0.06, keep_alive), (0.05, probe), (0.02, acknowledge_unseen),
            (0.02, finish), (0.01, reset), (0.02, greet_again)]


def random_talks(number, packets):
    rng, tape = random.Random(number), Tape()
    network = 20 + number % 200
    talks = [Talk(rng, tape, network) for _ in range(4)]
    while len(tape.records) < packets:
        i = rng.choice([0, 0, 0, 1, 2, 3])
        chance = rng.random()
        if chance < 0.01:
            talks[i] = Talk(rng, tape, network)
        elif chance < 0.015:
            talks[i] = Talk(rng, tape, network, again=talks[i])
        talks[i].step()
    return tape.records


def zeros():
    """Where 0 is a number like any other: the sequence wraps to exactly 0."""
    tape = Tape()
    talk = Talk(random.Random(0), tape, 18)
    talk.isn, talk.window, talk.scale = [WORD - 100, WORD - 50], [1000, 1000], [None, None]
    talk.say(CLIENT, talk.isn[0], 0, SYN)
    talk.say(SERVER, talk.isn[1], talk.isn[0] + 1, SYN | ACK)
    talk.say(CLIENT, talk.isn[0] + 1, talk.isn[1] + 1, ACK)
    talk.say(CLIENT, talk.isn[0] + 1, talk.isn[1] + 1, ACK, 100)
    talk.say(CLIENT, 50, talk.isn[1] + 1, ACK, 100)  # behind a gap; its next was 0
    talk.say(SERVER, talk.isn[1] + 1, 0, ACK)
    talk.say(CLIENT, talk.isn[0] + 1, talk.isn[1] + 1, ACK, 50)  # acknowledged; the ACK was 0
    return tape.records


def main():
    folder = sys.argv[1]
    first, last, packets = map(int, sys.argv[2:5]) if len(sys.argv) > 2 else (1, 4, 300)
    for number in range(first, last + 1):
        write(os.path.join(folder, "crafted-%d.pcap" % number), random_talks(number, packets))
    if len(sys.argv) == 2:
        write(os.path.join(folder, "crafted-zeros.pcap"), zeros())


if __name__ == "__main__":
    main()
