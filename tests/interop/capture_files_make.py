"""Capture files for capture_files.sh: of every kind of pcap, and one that is large."""
import random
import struct
import sys

random.seed(4242)
folder = sys.argv[1]


def packet(n, size):
    ip = struct.pack(">BBHHHBBHII", 0x45, 0, size - 14, n & 0xFFFF, 0, 64, 17, 0, 0x7F000001, 0x7F000002)
    udp = struct.pack(">HHHH", 4242, 4243, size - 34, 0)
    return bytes(12) + b"\x08\0" + ip + udp + random.randbytes(size - 42)


def pcap(name, magic, order, packets, size=None):
    with open(f"{folder}/{name}.pcap", "wb") as out:
        out.write(struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, 1))
        for n in range(packets):
            body = packet(n, size or random.randrange(60, 300))
            fraction = random.randrange(10**9 if magic == 0xA1B23C4D else 10**6)
            out.write(struct.pack(order + "IIII", 1700000000 + n, fraction, len(body), len(body) + n % 3))
            if magic == 0xA1B2CD34:
                out.write(struct.pack(order + "IHBB", 3, 0x0800, 4, 0))
            out.write(body)


for kind, magic in (("us", 0xA1B2C3D4), ("ns", 0xA1B23C4D), ("modified", 0xA1B2CD34)):
    for end, order in (("le", "<"), ("be", ">")):
        pcap(f"{kind}_{end}", magic, order, 40)
        pcap(f"{kind}_{end}_none", magic, order, 0)
pcap("large", 0xA1B2C3D4, "<", 3600, 1000)
