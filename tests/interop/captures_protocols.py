#!/usr/bin/env python3
"""captures_protocols.py DIR: one capture file a protocol, made by hand, each byte on purpose.

Writes DIR/NAME.pcap for each name below.  Checksums are right, lengths are right where nothing
else is said, and the same call always makes the same bytes.  Standard library only.
"""
import json
import socket
import struct
import sys

ETHERNET, NULL, RAW, LOOP, SLL, IPV4, IPV6, SLL2 = 1, 0, 101, 108, 113, 228, 229, 276
FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32


def ip_bytes(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ethernet(payload, kind=0x0800, source=1, destination=2):
    return bytes([2, 0, 0, 0, 0, destination, 2, 0, 0, 0, 0, source]) + struct.pack("!H", kind) + payload


def ethernet_of(packet):
    return ethernet(packet, 0x86DD if packet[0] >> 4 == 6 else 0x0800)


def vlan(tag, kind, payload):
    return struct.pack("!HH", tag, kind) + payload


def ipv4(protocol, payload, source="10.0.0.1", destination="10.0.0.2", ident=7, fragment=0, ttl=64,
         options=b""):
    head = struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, 0, 20 + len(options) + len(payload), ident,
                       fragment, ttl, protocol, 0) + ip_bytes(source) + ip_bytes(destination) + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def ipv6(protocol, payload, source="fd77::1", destination="fd77::2", hops=64):
    return struct.pack("!IHBB", 0x60000000, len(payload), protocol, hops) + ip_bytes(source) + \
        ip_bytes(destination) + payload


def with_sum(data, at, protocol, source, destination):
    pseudo = ip_bytes(source) + ip_bytes(destination) + struct.pack("!II", len(data), protocol)
    value = checksum(pseudo + data)
    if not value and protocol == 17:
        value = 0xFFFF
    return data[:at] + struct.pack("!H", value) + data[at + 2:]


def ip(protocol, payload, source="10.0.0.1", destination="10.0.0.2", **more):
    return (ipv6 if ":" in source else ipv4)(protocol, payload, source, destination, **more)


def udp(payload, sport=40000, dport=9999, source="10.0.0.1", destination="10.0.0.2", **more):
    data = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload
    return ip(17, with_sum(data, 6, 17, source, destination), source, destination, **more)


def tcp(payload=b"", sport=40000, dport=7777, flags=ACK, seq=1000, ack=2000, window=512, options=b"",
        source="10.0.0.1", destination="10.0.0.2", **more):
    if not flags & ACK:
        ack = 0
    data = struct.pack("!HHIIHHHH", sport, dport, seq, ack, (5 + len(options) // 4) << 12 | flags, window,
                       0, 0) + options + payload
    return ip(6, with_sum(data, 16, 6, source, destination), source, destination, **more)


def icmp(kind, code, word=0, body=b"", source="10.0.0.2", destination="10.0.0.1"):
    data = struct.pack("!BBHI", kind, code, 0, word) + body
    return ipv4(1, data[:2] + struct.pack("!H", checksum(data)) + data[4:], source, destination)


def icmpv6(kind, code, word=0, body=b"", source="fd77::2", destination="fd77::1", hops=255):
    data = struct.pack("!BBHI", kind, code, 0, word) + body
    return ipv6(58, with_sum(data, 2, 58, source, destination), source, destination, hops)


V6 = {"source": "fd77::1", "destination": "fd77::2"}
INNER4 = {"source": "192.168.1.1", "destination": "192.168.1.2"}
INNER6 = {"source": "fd88::1", "destination": "fd88::2"}


# ---- what is below and beside IP -----------------------------------------------------------------

def arp(operation, sender, target):
    return struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + bytes([2, 0, 0, 0, 0, 1]) + ip_bytes(sender) + \
        bytes([2, 0, 0, 0, 0, 2] if operation == 2 else 6) + ip_bytes(target)


def case_arp():
    yield ethernet(arp(1, "10.0.0.1", "10.0.0.2"), 0x0806)
    yield ethernet(arp(2, "10.0.0.1", "10.0.0.2"), 0x0806)
    yield ethernet(arp(1, "10.0.0.1", "10.0.0.1") + bytes(18), 0x0806)


def case_vlan():
    for tag in (1, 100, 0x2FFF, 0xF064):
        yield ethernet(vlan(tag, 0x0800, tcp(b"behind a tag", sport=41000 + (tag & 0xFFF))), 0x8100)
    yield ethernet(vlan(7, 0x86DD, udp(b"behind a tag", **V6)), 0x8100)


def case_qinq():
    yield ethernet(vlan(10, 0x8100, vlan(20, 0x0800, tcp(b"two tags", sport=41101))), 0x88A8)
    yield ethernet(vlan(10, 0x8100, vlan(20, 0x86DD, udp(b"two tags", **V6))), 0x88A8)
    yield ethernet(vlan(1, 0x8100, vlan(2, 0x8100, vlan(3, 0x0806, arp(1, "10.0.0.1", "10.0.0.2")))), 0x8100)


def mpls(labels, payload):
    out = b""
    for i, label in enumerate(labels):
        out += struct.pack("!I", label << 12 | (i & 7) << 9 | (i == len(labels) - 1) << 8 | 60 + i)
    return out + payload


def case_mpls():
    yield ethernet(mpls([16], tcp(b"one label", sport=41201)), 0x8847)
    yield ethernet(mpls([1000, 1048575, 17], udp(b"three labels", **INNER4)), 0x8847)
    yield ethernet(mpls([30, 2], tcp(b"explicit null", sport=41203, **V6)), 0x8847)
    yield ethernet(mpls([31], udp(b"version 6", **V6)), 0x8848)
    yield ethernet(ipv4(137, mpls([44], udp(b"over IP", **INNER4))))


def pppoe(code, session, payload, kind=0x8864):
    return ethernet(struct.pack("!BBHH", 0x11, code, session, len(payload)) + payload, kind)


def case_pppoe():
    tags = struct.pack("!HHHH", 0x0101, 0, 0x0103, 4) + b"abcd"
    yield pppoe(9, 0, tags, 0x8863)
    yield pppoe(7, 0, tags + struct.pack("!HH", 0x0102, 6) + b"ac-one", 0x8863)
    yield pppoe(0x19, 0, tags, 0x8863)
    yield pppoe(0x65, 4660, tags, 0x8863)
    yield pppoe(0, 4660, b"\xc0\x21" + struct.pack("!BBHBBH", 1, 1, 8, 1, 4, 1492))
    yield pppoe(0, 4660, b"\xc0\x21" + struct.pack("!BBHI", 9, 2, 8, 0x01020304))
    yield pppoe(0, 4660, b"\x80\x21" + struct.pack("!BBHBB", 1, 1, 10, 3, 6) + ip_bytes("10.1.1.1"))
    yield pppoe(0, 4660, b"\0\x21" + tcp(b"over PPPoE", sport=41301))
    yield pppoe(0, 4660, b"\0\x57" + udp(b"over PPPoE", **V6))
    yield pppoe(0xA7, 4660, b"", 0x8863)


# ---- tunnels -------------------------------------------------------------------------------------

def gre(kind, payload, key=None, seq=None, summed=False):
    flags = summed << 15 | (key is not None) << 13 | (seq is not None) << 12
    out = struct.pack("!HH", flags, kind) + (bytes(4) if summed else b"")
    out += struct.pack("!I", key) if key is not None else b""
    out += struct.pack("!I", seq) if seq is not None else b""
    out += payload
    return out[:4] + struct.pack("!H", checksum(out)) + out[6:] if summed else out


def case_gre():
    inner, inner6 = tcp(b"in GRE", sport=41401, **INNER4), udp(b"in GRE", **INNER6)
    yield ethernet(ipv4(47, gre(0x0800, inner)))
    yield ethernet(ipv4(47, gre(0x0800, inner, key=0xDEADBEEF)))
    yield ethernet(ipv4(47, gre(0x0800, inner, key=5, seq=9)))
    yield ethernet(ipv4(47, gre(0x0800, inner, summed=True)))
    yield ethernet(ipv4(47, gre(0x86DD, inner6, key=1, seq=2, summed=True)))
    yield ethernet(ipv6(47, gre(0x0800, inner)), 0x86DD)
    yield ethernet(ipv4(47, gre(0x6558, ethernet(inner))))
    yield ethernet(ipv4(47, gre(0x6558, ethernet(inner6, 0x86DD), key=0x123400)))
    yield ethernet(ipv4(47, struct.pack("!HHHHI", 0x3001, 0x880B, 2 + len(inner), 77, 4) + b"\0\x21" + inner))


def vxlan(vni, frame, **more):
    return udp(struct.pack("!II", 0x08000000, vni << 8) + frame, 45678, 4789, **more)


def case_vxlan():
    yield ethernet(vxlan(42, ethernet(tcp(b"in VXLAN", sport=41501, **INNER4))))
    yield ethernet(vxlan(0xFFFFFF, ethernet(udp(b"in VXLAN", **INNER6), 0x86DD)))
    yield ethernet(vxlan(43, ethernet(tcp(b"in VXLAN", sport=41503, **INNER4)), **V6), 0x86DD)
    yield ethernet(vxlan(44, ethernet(arp(1, "192.168.1.1", "192.168.1.2"), 0x0806)))
    yield ethernet(vxlan(45, ethernet(vlan(9, 0x0800, udp(b"tagged", **INNER4)), 0x8100)))


def case_ip_in_ip():
    yield ethernet(ipv4(4, tcp(b"4in4", sport=41601, **INNER4)))
    yield ethernet(ipv4(41, tcp(b"6in4", sport=41602, **INNER6)))
    yield ethernet(ipv6(4, tcp(b"4in6", sport=41603, **INNER4)), 0x86DD)
    yield ethernet(ipv6(41, tcp(b"6in6", sport=41604, **INNER6)), 0x86DD)
    yield ethernet(ipv4(4, icmp(8, 0, 0x00010002, b"ping in a tunnel")))


def case_nested():
    inner = tcp(b"GET / HTTP/1.1\r\nHost: deep\r\n\r\n", sport=41701, flags=PSH | ACK, **INNER4)
    yield ethernet(vlan(5, 0x8847, mpls([100, 200], ipv4(47, gre(0x86DD, ipv6(41, inner6_of(inner)))))), 0x8100)
    yield ethernet(ipv4(47, gre(0x6558, ethernet(vxlan(7, ethernet(ipv4(4, inner)), **INNER4)), key=3)))
    yield pppoe(0, 1, b"\0\x21" + ipv4(41, ipv6(47, gre(0x0800, vxlan(8, ethernet(inner))))))
    yield ethernet(vxlan(9, ethernet(vlan(1, 0x8100, vlan(2, 0x0800, icmp(3, 3, 0, inner[:28]))), 0x88A8)))


def inner6_of(packet):
    return ipv6(4, packet, **INNER6)


# ---- links ---------------------------------------------------------------------------------------

def packets():
    return [tcp(b"", sport=41801, flags=SYN, options=b"\2\4\5\xb4\1\3\3\7\4\2\1\1"),
            tcp(b"hello", sport=41801, flags=PSH | ACK),
            udp(b"hello"),
            icmp(8, 0, 0x00010001, b"abcdefgh"),
            tcp(b"hello", sport=41801, flags=PSH | ACK, **V6),
            udp(b"hello", **V6)]


def case_sll():
    for i, p in enumerate(packets()):
        yield struct.pack("!HHH8sH", i % 5, 1, 6, bytes([2, 0, 0, 0, 0, 1, 0, 0]), 0x86DD if p[0] >> 4 == 6 else 0x0800) + p
    yield struct.pack("!HHH8sH", 0, 772, 6, bytes(8), 0x0806) + arp(1, "10.0.0.1", "10.0.0.2")


def case_sll2():
    for i, p in enumerate(packets()):
        yield struct.pack("!HHIHBB8s", 0x86DD if p[0] >> 4 == 6 else 0x0800, 0, 3, 1, i % 5, 6,
                          bytes([2, 0, 0, 0, 0, 1, 0, 0])) + p


def case_raw():
    yield from packets()


def case_ipv4_link():
    yield from (p for p in packets() if p[0] >> 4 == 4)


def case_ipv6_link():
    yield from (p for p in packets() if p[0] >> 4 == 6)


def case_null():
    for p in packets():
        family = 30 if p[0] >> 4 == 6 else 2
        yield struct.pack("<I", family) + p
        yield struct.pack(">I", family) + p


def case_loop():
    for p in packets():
        yield struct.pack("!I", 24 if p[0] >> 4 == 6 else 2) + p


# ---- IP ------------------------------------------------------------------------------------------

def fragments_of(packet, size, ident):
    """The parts of an IPv4 or IPv6 packet, `size` bytes of payload each, in order."""
    if packet[0] >> 4 == 4:
        body = packet[20:]
        source, destination = (socket.inet_ntoa(packet[i:i + 4]) for i in (12, 16))
    else:
        body = packet[40:]
        source, destination = (socket.inet_ntop(socket.AF_INET6, packet[i:i + 16]) for i in (8, 24))
    for at in range(0, len(body), size):
        more = at + size < len(body)
        piece = body[at:at + size]
        if packet[0] >> 4 == 4:
            yield ipv4(packet[9], piece, source, destination, ident, more << 13 | at // 8)
        else:
            yield ipv6(44, struct.pack("!BBHI", packet[6], 0, at | more, ident) + piece, source, destination)


LONG = bytes(i * 7 & 0xFF for i in range(5000))


def case_fragments():
    for i, p in enumerate((udp(LONG), icmp(8, 0, 0x00010001, LONG), tcp(LONG, sport=41901))):
        for part in fragments_of(p, 1480, 100 + i):
            yield ethernet(part)


def case_fragments_v6():
    for i, p in enumerate((udp(LONG, **V6), tcp(LONG, sport=41902, **V6))):
        for part in fragments_of(p, 1448, 200 + i):
            yield ethernet_of(part)


def case_fragments_disordered():
    parts = [list(fragments_of(udp(LONG, sport=42000 + i), 1000, 300 + i)) for i in range(3)]
    parts.append(list(fragments_of(udp(LONG, sport=42010, **V6), 1000, 0x10000)))
    for i in (3, 0, 4, 1, 5, 2):
        for one in parts:
            if i < len(one):
                yield ethernet_of(one[i])


def case_fragments_repeated():
    parts = list(fragments_of(udp(LONG, sport=42100), 1480, 400))
    for i in (0, 0, 1, 2, 1, 3):
        yield ethernet(parts[i])


def case_fragments_in_tunnel():
    for part in fragments_of(ipv4(4, udp(LONG, **INNER4)), 1480, 500):
        yield ethernet(part)


def case_ipv6_extensions():
    def header(after, body):
        return bytes([after, (len(body) + 2) // 8 - 1]) + body
    data = with_sum(struct.pack("!HHHH", 1, 2, 12, 0) + b"abcd", 6, 17, "fd77::1", "fd77::2")
    pad6 = bytes([1, 4, 0, 0, 0, 0])
    yield ethernet(ipv6(0, header(17, pad6) + data), 0x86DD)
    yield ethernet(ipv6(0, header(60, bytes([5, 2, 0, 0, 1, 0])) + header(17, pad6) + data), 0x86DD)
    yield ethernet(ipv6(43, header(17, bytes(6)) + data), 0x86DD)
    yield ethernet(ipv6(44, struct.pack("!BBHI", 17, 0, 0, 9) + data), 0x86DD)
    yield ethernet(ipv6(51, bytes([17, 4, 0, 0]) + struct.pack("!II", 1, 2) + bytes(12) + data), 0x86DD)
    yield ethernet(ipv6(59, b""), 0x86DD)


def case_ipv4_options():
    yield ethernet(tcp(b"options", sport=42201, options=b"\1" * 4))
    yield ethernet(ipv4(17, udp(b"router alert")[20:], options=b"\x94\4\0\0"))
    yield ethernet(ipv4(17, udp(b"record route")[20:], options=b"\7\7\4\0\0\0\0\0"))


# ---- TCP, SCTP, ICMP -----------------------------------------------------------------------------

def padded(options):
    return options + b"\1" * (-len(options) % 4)


def case_tcp_options():
    stamps = b"\1\1\x08\x0a" + struct.pack("!II", 123456, 654321)
    sack = b"".join(struct.pack("!II", 5000 + 1000 * i, 5500 + 1000 * i) for i in range(4))
    syn = [b"\2\4\5\xb4", b"\2\4\xff\xd7\4\2" + stamps[2:] + b"\1\3\3\7", b"\3\3\x0e\1",
           b"\x22\2", b"\x22\x0a" + bytes(8), b"\xfe\4\xf9\x89", b"\xfe\x0c\xf9\x89" + bytes(8),
           b"\x1e\x0c\0\1" + bytes(8), b"\x1e\x0c\x10\1" + bytes(8), b"\x1c\4\x80\x05", b"\x1c\4\0\x1e"]
    ack = [stamps, b"\1\1\5\x0a" + sack[:8], b"\1\1\5\x12" + sack[:16], stamps + b"\1\1\5\x1a" + sack[:24],
           b"\1\1\5\x22" + sack, b"\x13\x12" + bytes(range(16)), b"\x1d\x10\5\6" + bytes(12),
           b"\x1e\x08\x20\1" + bytes(4), b"\x1e\x08\x30\1" + ip_bytes("10.0.0.9"), b"\x1e\4\x40\1",
           b"\x1e\3\x51", b"\x1e\x0c\x60\0" + bytes(8), b"\x1e\x0c\x70\0" + bytes(8), b"\x1e\4\x80\1",
           b"\0\0\0\0", b"\1\1\1\1", b"\x4d\6abcd", b"\xfd\6\x12\x34ab"]
    for i, options in enumerate(syn):
        yield ethernet(tcp(b"", sport=43000 + i, flags=SYN, options=padded(options)))
    for i, options in enumerate(ack):
        yield ethernet(tcp(b"data", sport=43100 + i, flags=PSH | ACK, options=padded(options)))


def case_tcp_flags():
    for flags in (SYN, SYN | ACK, ACK, PSH | ACK, FIN | ACK, RST, RST | ACK, URG | ACK, SYN | 0xC0, ACK | 0x100, 0, 0x1FF):
        yield ethernet(tcp(b"" if flags & SYN else b"xyz", sport=43200 + flags, flags=flags))
        yield ethernet_of(tcp(b"" if flags & SYN else b"xyz", sport=43200 + flags, flags=flags, **V6))


def case_tcp_session():
    there, back = {"sport": 43300, "dport": 7777}, {"sport": 7777, "dport": 43300, "source": "10.0.0.2", "destination": "10.0.0.1"}
    yield ethernet(tcp(flags=SYN, seq=100, options=b"\2\4\5\xb4", **there))
    yield ethernet(tcp(flags=SYN | ACK, seq=500, ack=101, options=b"\2\4\5\xb4", **back))
    yield ethernet(tcp(flags=ACK, seq=101, ack=501, **there))
    for i in range(20):
        yield ethernet(tcp(bytes([65 + i]) * 100, flags=PSH | ACK, seq=101 + 100 * i, ack=501, **there))
        yield ethernet(tcp(flags=ACK, seq=501, ack=201 + 100 * i, **back))
    yield ethernet(tcp(flags=FIN | ACK, seq=2101, ack=501, **there))
    yield ethernet(tcp(flags=FIN | ACK, seq=501, ack=2102, **back))
    yield ethernet(tcp(flags=ACK, seq=2102, ack=502, **there))


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return ~crc & 0xFFFFFFFF


def sctp(*chunks, sport=44000, dport=44001, source="10.0.0.1", destination="10.0.0.2"):
    data = struct.pack("!HHII", sport, dport, 0x11223344, 0)
    for kind, flags, body in chunks:
        data += struct.pack("!BBH", kind, flags, 4 + len(body)) + body + bytes(-len(body) % 4)
    data = data[:8] + struct.pack("<I", crc32c(data)) + data[12:]
    return ip(132, data, source, destination)


def sctp_data(tsn, text, stream=0):
    return 0, 3, struct.pack("!IHHI", tsn, stream, 0, 0) + text


def case_sctp():
    init = struct.pack("!IIHHI", 1, 65536, 10, 10, 1000)
    yield ethernet(sctp((1, 0, init)))
    yield ethernet(sctp((2, 0, init + struct.pack("!HH", 7, 8) + b"cook")))
    yield ethernet(sctp((10, 0, b"cookie!!"), sctp_data(1000, b"hello")))
    yield ethernet(sctp((11, 0, b""), (3, 0, struct.pack("!IIHH", 1000, 65536, 0, 0))))
    yield ethernet(sctp(sctp_data(1001, b"one"), sctp_data(1002, b"three"), sctp_data(1003, b"four", 2)))
    yield ethernet(sctp((4, 0, struct.pack("!HH", 1, 8) + b"beat")))
    yield ethernet(sctp((7, 0, struct.pack("!I", 1003))))
    yield ethernet(sctp((8, 0, b"")))
    yield ethernet(sctp((14, 0, b"")))
    yield ethernet(sctp((6, 0, struct.pack("!HH", 12, 4))))
    yield ethernet_of(sctp(sctp_data(5, b"over 6"), **V6))


def case_icmp():
    asked, tcp_asked = udp(b"anyone?"), tcp(b"", flags=SYN, sport=45001, seq=777)
    yield ethernet(icmp(8, 0, 0x12340001, b"abcdefgh" * 7))
    yield ethernet(icmp(0, 0, 0x12340001, b"abcdefgh" * 7))
    for code in (0, 1, 2, 3, 9, 10, 13):
        yield ethernet(icmp(3, code, 0, asked[:28]))
    yield ethernet(icmp(3, 4, 1400, tcp_asked[:28]))
    yield ethernet(icmp(5, 1, struct.unpack("!I", ip_bytes("10.0.0.254"))[0], asked[:28]))
    yield ethernet(icmp(11, 0, 0, tcp_asked))
    yield ethernet(icmp(11, 1, 0, asked))
    yield ethernet(icmp(12, 0, 0x14000000, asked[:28]))
    yield ethernet(icmp(13, 0, 0x00050001, bytes(12)))
    yield ethernet(icmp(3, 3, 0, ipv4(132, sctp(sctp_data(1, b"x"))[20:])[:28]))
    yield ethernet(icmp(3, 3, 0, ipv4(1, icmp(8, 0, 0x00070008)[20:])[:28]))


def case_icmpv6():
    asked = udp(b"anyone?", **V6)
    target = ip_bytes("fe80::9")
    yield ethernet_of(icmpv6(128, 0, 0x12340001, b"abcdefgh"))
    yield ethernet_of(icmpv6(129, 0, 0x12340001, b"abcdefgh"))
    for code in (0, 1, 3, 4):
        yield ethernet_of(icmpv6(1, code, 0, asked))
    yield ethernet_of(icmpv6(2, 0, 1280, asked))
    yield ethernet_of(icmpv6(3, 0, 0, asked))
    yield ethernet_of(icmpv6(4, 1, 6, asked))
    yield ethernet_of(icmpv6(133, 0, 0, bytes([1, 1, 2, 0, 0, 0, 0, 1])))
    yield ethernet_of(icmpv6(134, 0, 0x40000708, struct.pack("!II", 0, 0) + bytes([3, 4, 64, 0xC0]) +
                             struct.pack("!III", 7200, 1800, 0) + ip_bytes("fd99::")))
    yield ethernet_of(icmpv6(135, 0, 0, target + bytes([1, 1, 2, 0, 0, 0, 0, 1])))
    yield ethernet_of(icmpv6(136, 0, 0x60000000, target + bytes([2, 1, 2, 0, 0, 0, 0, 2])))


# ---- applications --------------------------------------------------------------------------------

def dns_name(name):
    out = b""
    for label in name.split("."):
        out += bytes([len(label)]) + label.encode() if label else b""
    return out + b"\0"


def dns(ident, name, kind=1, answers=(), rcode=0, flags=None):
    flags = flags if flags is not None else 0x8180 | rcode if answers or rcode else 0x0100
    out = struct.pack("!HHHHHH", ident, flags, 1, len(answers), 0, 0) + dns_name(name) + struct.pack("!HH", kind, 1)
    for kind, data in answers:
        out += struct.pack("!HHHIH", 0xC00C, kind, 1, 300, len(data)) + data
    return out


DNS_MESSAGES = [
    dns(1, "example.com"), dns(1, "example.com", 1, [(1, ip_bytes("93.184.216.34"))]),
    dns(2, "example.com", 28), dns(2, "example.com", 28, [(28, ip_bytes("2001:db8::1"))]),
    dns(3, "www.example.org"), dns(3, "www.example.org", 1, [(5, dns_name("edge.example.net"))]),
    dns(4, "no.such.name.test"), dns(4, "no.such.name.test", 1, (), 3),
    dns(5, "example.com", 15, [(15, b"\0\x0a" + dns_name("mail.example.com"))]),
    dns(6, "example.com", 16, [(16, b"\x0bv=spf1 -all")]),
    dns(7, "_http._tcp.example.com", 33, [(33, struct.pack("!HHH", 1, 2, 80) + dns_name("web.example.com"))]),
    dns(8, "example.com", 6, [(6, dns_name("ns.example.com") + dns_name("me.example.com") + struct.pack("!IIIII", 7, 1, 2, 3, 4))]),
    dns(9, "4.3.2.1.in-addr.arpa", 12, [(12, dns_name("host.example.com"))]),
    dns(10, "refused.test", 1, (), 5), dns(11, "", 2),
]


def there_or_back(message):
    return message[2] & 0x80


def case_dns():
    for m in DNS_MESSAGES:
        sport, dport = (53, 46000) if there_or_back(m) else (46000, 53)
        yield ethernet(udp(m, sport, dport))
        yield ethernet_of(udp(m, sport, dport, **V6))


def case_dns_odd_port():
    for m in DNS_MESSAGES:
        sport, dport = (5300, 46001) if there_or_back(m) else (46001, 5300)
        yield ethernet(udp(m, sport, dport))


def case_dns_tcp():
    for i, m in enumerate(DNS_MESSAGES):
        sport, dport = (53, 46100 + i) if there_or_back(m) else (46100 + i, 53)
        yield ethernet(tcp(struct.pack("!H", len(m)) + m, sport, dport, PSH | ACK))
    both = b"".join(struct.pack("!H", len(m)) + m for m in (DNS_MESSAGES[0], DNS_MESSAGES[2]))
    yield ethernet(tcp(both, 46199, 53, PSH | ACK))


def case_mdns():
    multicast = {"source": "10.0.0.1", "destination": "224.0.0.251"}
    yield ethernet(udp(dns(0, "printer.local", 255, flags=0), 5353, 5353, **multicast))
    answer = struct.pack("!HHHHHH", 0, 0x8400, 0, 1, 0, 0) + dns_name("printer.local") + \
        struct.pack("!HHIH", 1, 0x8001, 120, 4) + ip_bytes("10.0.0.9")
    yield ethernet(udp(answer, 5353, 5353, **multicast))


HTTP_MESSAGES = [
    (1, b"GET / HTTP/1.1\r\nHost: example.com\r\nUser-Agent: test\r\n\r\n"),
    (0, b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"),
    (1, b"HEAD /a?b=c HTTP/1.0\r\n\r\n"), (0, b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
    (1, b"POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na=b"),
    (0, b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\r\n"),
    (1, b"PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"), (0, b"HTTP/1.1 500 Oh No\r\n\r\n"),
    (1, b"DELETE /x HTTP/1.1\r\nHost: x\r\n\r\n"), (0, b"HTTP/1.1 204 No Content\r\n\r\n"),
    (1, b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"),
]


def http_on(port, client):
    for request, m in HTTP_MESSAGES:
        sport, dport = (client, port) if request else (port, client)
        ends = {} if request else {"source": "10.0.0.2", "destination": "10.0.0.1"}
        yield ethernet(tcp(m, sport, dport, PSH | ACK, **ends))


def case_http():
    yield from http_on(80, 47000)
    yield from http_on(8080, 47001)


def case_http_odd_port():
    yield from http_on(12345, 47002)


def extension(kind, body):
    return struct.pack("!HH", kind, len(body)) + body


def block(body, size=2):
    return len(body).to_bytes(size, "big") + body


def record(kind, body, version=0x0303):
    return struct.pack("!BHH", kind, version, len(body)) + body


def client_hello(name=b"www.example.com", protocols=(b"h2", b"http/1.1"), versions=(0x0304, 0x0303)):
    extensions = extension(0, block(b"\0" + block(name)))
    if protocols:
        extensions += extension(16, block(b"".join(block(p, 1) for p in protocols)))
    if versions:
        extensions += extension(43, block(b"".join(struct.pack("!H", v) for v in versions), 1))
    extensions += extension(10, block(b"\0\x1d\0\x17")) + extension(0x0A0A, b"")
    body = struct.pack("!H", 0x0303) + bytes(range(32)) + block(bytes(32), 1) + \
        block(struct.pack("!HHHH", 0x1301, 0x1302, 0xC02F, 0x00FF)) + b"\1\0" + block(extensions)
    return record(22, b"\1" + block(body, 3), 0x0301)


def server_hello(cipher=0x1301, version=0x0304, random=bytes(range(32))):
    extensions = extension(43, struct.pack("!H", version)) if version == 0x0304 else extension(16, block(block(b"h2", 1)))
    body = struct.pack("!H", 0x0303) + random + block(bytes(32), 1) + struct.pack("!HB", cipher, 0) + block(extensions)
    return record(22, b"\2" + block(body, 3))


RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


def tls_on(port, client):
    back = {"sport": port, "dport": client, "source": "10.0.0.2", "destination": "10.0.0.1"}
    yield ethernet(tcp(client_hello(), client, port, PSH | ACK, seq=1))
    yield ethernet(tcp(server_hello() + record(20, b"\1") + record(23, bytes(90)), flags=PSH | ACK, seq=1, **back))
    yield ethernet(tcp(record(20, b"\1") + record(23, bytes(53)), client, port, PSH | ACK, seq=500))
    yield ethernet(tcp(record(23, bytes(500)), flags=PSH | ACK, seq=500, **back))
    yield ethernet(tcp(record(23, bytes(100)) + record(23, bytes(50)), client, port, PSH | ACK, seq=900))
    client += 1
    back["dport"] = client
    yield ethernet(tcp(client_hello(b"old.example.org", (), ()), client, port, PSH | ACK, seq=1))
    certificate = b"\x0b" + block(block(block(bytes(300), 3), 3), 3)
    yield ethernet(tcp(server_hello(0xC02F, 0x0303) + record(22, certificate + b"\x0e\0\0\0"), flags=PSH | ACK, seq=1, **back))
    yield ethernet(tcp(record(21, b"\2\x28"), flags=PSH | ACK, seq=900, **back))
    client += 1
    back["dport"] = client
    yield ethernet(tcp(client_hello(b"retry.example.org"), client, port, PSH | ACK, seq=1))
    yield ethernet(tcp(server_hello(0x1302, 0x0304, RETRY), flags=PSH | ACK, seq=1, **back))
    yield ethernet(tcp(record(21, b"\2\x30"), client, port, PSH | ACK, seq=700))


def case_tls():
    yield from tls_on(443, 48000)


def case_tls_odd_port():
    yield from tls_on(14433, 48100)


def case_dhcp():
    def message(op, kind, options=b"", yours="0.0.0.0"):
        fixed = struct.pack("!BBBBIHH4s4s4s4s16s64s128s", op, 1, 6, 0, 0xABCD1234, 0, 0x8000, bytes(4), ip_bytes(yours),
                            bytes(4), bytes(4), bytes([2, 0, 0, 0, 0, 1]) + bytes(10), b"", b"")
        return fixed + bytes([99, 130, 83, 99, 53, 1, kind]) + options + b"\xff"
    everyone = {"source": "0.0.0.0", "destination": "255.255.255.255"}
    server = {"source": "10.0.0.254", "destination": "255.255.255.255"}
    lease = bytes([54, 4]) + ip_bytes("10.0.0.254") + bytes([51, 4, 0, 0, 0x0E, 0x10, 1, 4, 255, 255, 255, 0, 3, 4]) + \
        ip_bytes("10.0.0.254") + bytes([6, 8]) + ip_bytes("10.0.0.53") + ip_bytes("10.0.0.54")
    yield ethernet(udp(message(1, 1, b"\x0c\5host1\x37\3\1\3\6"), 68, 67, **everyone))
    yield ethernet(udp(message(2, 2, lease, "10.0.0.77"), 67, 68, **server))
    yield ethernet(udp(message(1, 3, bytes([50, 4]) + ip_bytes("10.0.0.77")), 68, 67, **everyone))
    yield ethernet(udp(message(2, 5, lease, "10.0.0.77"), 67, 68, **server))
    yield ethernet(udp(message(2, 6, b"\x38\4full"), 67, 68, **server))
    yield ethernet(udp(message(1, 7), 68, 67, **everyone))


def case_ntp():
    def message(first, stratum, reference, transmit):
        return struct.pack("!BBbbII4sQQQQ", first, stratum, 6, -20, 0x100, 0x200, reference, 0, 0, 0, transmit)
    now = 3900000000 << 32 | 1 << 31
    yield ethernet(udp(message(0x23, 0, bytes(4), now), 49000, 123))
    yield ethernet(udp(message(0x24, 2, ip_bytes("192.0.2.1"), now), 123, 49000))
    yield ethernet(udp(message(0x1C, 1, b"GPS\0", now), 123, 49000))
    yield ethernet_of(udp(message(0xE3, 0, bytes(4), now), 123, 123, **V6))


def framed(content, kind="text/json", encoding="utf-8"):
    header = json.dumps({"byteorder": "little", "content-type": kind, "content-encoding": encoding,
                         "content-length": len(content)}).encode()
    return struct.pack("!H", len(header)) + header + content


def case_message():
    ask, answer = framed(b'{"action":"search","value":"ring"}'), framed(b'{"result":"one"}')
    yield ethernet(tcp(ask, 50000, 65432, PSH | ACK))
    yield ethernet(tcp(answer, 65432, 50000, PSH | ACK))
    yield ethernet(tcp(framed(bytes(range(64)), "binary/custom-client-binary-type", "binary") + ask, 50001, 65432, PSH | ACK))
    yield ethernet(tcp(answer[:-4], 65432, 50001, PSH | ACK))


def case_no_false_names():
    """Bytes that look a little like something, and are nothing."""
    texts = [b"GETTING there\r\n", b"GET ready for it\r\n", b"HTTP is a protocol", b"HTTP/1.1", b"\x16\x03", b"\x16\x03\x01\xff\xff\0",
             b"\x17\x03\x03\0\0", b"\0\x10{not json at all", bytes(64), b"\xff" * 64, b"SSH-2.0-OpenSSH_9.2\r\n"]
    for i, text in enumerate(texts):
        yield ethernet(tcp(text, 51000 + i, 51999, PSH | ACK))
        yield ethernet(udp(text, 51000 + i, 51999))


CASES = {name[5:]: f for name, f in list(globals().items()) if name.startswith("case_")}
LINKS = {"sll": SLL, "sll2": SLL2, "raw": RAW, "ipv4_link": IPV4, "ipv6_link": IPV6, "null": NULL, "loop": LOOP}


def write(path, link, frames, snaplen=262144):
    """frames: bytes, or (bytes, captured): the capture then kept only the first of them."""
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, snaplen, link))
        for i, frame in enumerate(frames):
            frame, captured = frame if isinstance(frame, tuple) else (frame, min(len(frame), snaplen))
            at = 1_700_000_000_000_000_000 + i * 1_000_000
            out.write(struct.pack("<IIII", at // 10**9, at % 10**9, captured, len(frame)) + frame[:captured])


def case_cut():
    """Everything again, each packet cut at another place."""
    for name, make in CASES.items():
        if name not in LINKS and name != "cut":
            for i, frame in enumerate(make()):
                yield frame, min(len(frame), 14 + (len(name) * 31 + i * 37) % 120)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: captures_protocols.py DIR")
    for name, make in {**CASES, "cut": case_cut}.items():
        write(f"{sys.argv[1]}/{name}.pcap", LINKS.get(name, ETHERNET), make())


if __name__ == "__main__":
    main()
