"""Sends numbered datagrams as fast as it can, or looks whether files hold them in their order.

    capture_rotation.py send PORT COUNT
    capture_rotation.py look FILE...      prints how many there are, and the last
"""
import socket
import struct
import sys

HEADERS = 14 + 20 + 8
PADDING = bytes(400)


def send(port, count):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for n in range(count):
            s.sendto(struct.pack(">Q", n) + PADDING, ("127.0.0.1", port))


def numbers(path):
    with open(path, "rb") as file:
        data = file.read()
    magic, link_type = struct.unpack_from("<I16xI", data)
    assert (magic, link_type) == (0xA1B23C4D, 1), f"{path}: no pcap file of Ethernet"
    at = 24
    while at < len(data):
        captured = struct.unpack_from("<8xI", data, at)[0]
        at += 16
        assert at + captured <= len(data), f"{path}: cut short"
        yield struct.unpack_from(">Q", data, at + HEADERS)[0]
        at += captured


def look(paths):
    last, count = -1, 0
    for path in paths:
        for n in numbers(path):
            assert n > last, f"{path}: {n} follows {last}"
            last, count = n, count + 1
    print(count, last)


if sys.argv[1] == "send":
    send(int(sys.argv[2]), int(sys.argv[3]))
else:
    look(sys.argv[2:])
