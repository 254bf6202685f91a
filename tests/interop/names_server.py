"""A DNS server for tests: names_server.py ADDRESS good|other|silent, on port 53 of ADDRESS.

Answers by UDP and TCP from the table below; what kind of trouble a name makes is its first
label.  Prints "ready" once it listens."""
import selectors
import socket
import struct
import sys

address, mode = sys.argv[1:]
A, CNAME, PTR, AAAA = 1, 5, 12, 28
NOERROR, SERVFAIL, NXDOMAIN = 0, 2, 3


def labels(name):
    return b"".join(bytes([len(l)]) + l for l in name.split(b".") if l) + b"\0"


def ip(text):
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    return (AAAA if ":" in text else A, socket.inet_pton(family, text))


web = "10.0.0.99" if mode == "other" else "10.0.0.1"
zone = {
    b"web.example": [ip(web), ip("10.0.0.2"), ip("2001:db8::1")],
    b"alias.example": [(CNAME, labels(b"web.example"))],
    b"big.example": [ip(f"10.1.0.{n}") for n in range(1, 61)],
    b"wrong.example": [ip("10.0.0.5")],
    b"garbled.example": [ip("10.0.0.6")],
    b"xn--bcher-kva.example": [ip("10.0.0.8")],
    b"host.corp.example": [ip("10.0.0.3")],
    b"both.example": [ip("10.0.0.4")],
    b"1.0.0.10.in-addr.arpa": [(PTR, labels(b"web.example"))],
    b"2.0.0.10.in-addr.arpa": [(PTR, b"\x05a\x1b[2J\x07example\x00")],
}


def records(name, kind):
    for found_kind, data in zone.get(name, []):
        if found_kind in (kind, CNAME):
            yield name, found_kind, data
        if found_kind == CNAME and kind != CNAME:
            yield from records(b"web.example", kind)


def reply(query, tcp):
    """The datagrams to send back."""
    name, at = [], 12
    while query[at]:
        name.append(query[at + 1:at + 1 + query[at]])
        at += 1 + query[at]
    name = b".".join(name).lower()
    kind = struct.unpack(">H", query[at + 1:at + 3])[0]
    trouble = name.split(b".")[0]
    if mode == "silent" or trouble == b"silent":
        return []
    answers = list(records(name, kind))
    rcode = NOERROR if name in zone else SERVFAIL if trouble == b"fail" else NXDOMAIN
    cut = trouble == b"big" and not tcp and answers
    body = b"" if cut else b"".join(
        labels(n) + struct.pack(">HHIH", k, 1, 60, len(d)) + d for n, k, d in answers)
    flags = 0x8180 | rcode | (0x200 if cut else 0)
    count = 0 if cut else len(answers)
    message = query[:2] + struct.pack(">HHHHH", flags, 1, count, 0, 0) + query[12:at + 5] + body
    if trouble == b"wrong":
        other = bytes([message[0] ^ 1]) + message[1:]
        return [other, message]
    if trouble == b"garbled":
        return [message[:-3]] if answers else [message]
    return [message]


selector = selectors.DefaultSelector()
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind((address, 53))
tcp = socket.socket()
tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
tcp.bind((address, 53))
tcp.listen()
selector.register(udp, selectors.EVENT_READ)
selector.register(tcp, selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in selector.select():
        if key.fileobj is udp:
            query, peer = udp.recvfrom(4096)
            for message in reply(query, False):
                udp.sendto(message, peer)
            continue
        peer, _ = tcp.accept()
        peer.settimeout(5)
        # A client may ask for both families over one connection.
        while length := peer.recv(2, socket.MSG_WAITALL):
            query = peer.recv(struct.unpack(">H", length)[0], socket.MSG_WAITALL)
            for message in reply(query, True):
                peer.sendall(struct.pack(">H", len(message)) + message)
        peer.close()
