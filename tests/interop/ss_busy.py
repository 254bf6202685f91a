"""A busy set of sockets in mixed states, for ss_fields.sh: prints "ready", then holds them until its
standard input ends.  Nothing it makes leaves the loopback device."""
import os
import socket
import sys

keep = []


def listener(family, host, backlog):
    s = socket.socket(family)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((host, 0))
    s.listen(backlog)
    keep.append(s)
    return s


def pair(server):
    client = socket.socket(server.family)
    client.connect(server.getsockname()[:2])
    accepted, _ = server.accept()
    keep.extend([client, accepted])
    return client, accepted


def tcp(family, host):
    server = listener(family, host, 64)
    for i in range(1, 61):
        client, accepted = pair(server)
        client.sendall(b"q" * (100 * i))
        accepted.recv(100 * i + 1)
        if i % 3 == 0:
            accepted.sendall(b"a" * 2000)
        if i % 5 == 0:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if i % 7 == 0:
            client.shutdown(socket.SHUT_WR)  # FIN_WAIT2 and CLOSE_WAIT
    for _ in range(20):  # TIME_WAIT
        client, accepted = pair(server)
        client.close()
        accepted.close()
    for _ in range(5):  # not accepted yet
        client = socket.socket(family)
        client.connect(server.getsockname()[:2])
        keep.append(client)
    stalled, _ = pair(server)  # a peer that does not read
    stalled.setblocking(False)
    try:
        while True:
            stalled.send(b"y" * 65536)
    except BlockingIOError:
        pass
    full = listener(family, host, 1)  # the SYNs of those that do not fit are dropped
    for _ in range(6):
        client = socket.socket(family)
        client.setblocking(False)
        client.connect_ex(full.getsockname()[:2])
        keep.append(client)


def datagrams():
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        server = socket.socket(family, socket.SOCK_DGRAM)
        server.bind((host, 0))
        keep.append(server)
        for i in range(20):
            client = socket.socket(family, socket.SOCK_DGRAM)
            client.connect(server.getsockname()[:2])
            client.send(b"z" * i)
            keep.append(client)
    anywhere = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    anywhere.bind(("::", 0))
    keep.append(anywhere)


def local(folder):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        for _ in range(10):
            a, b = socket.socketpair(socket.AF_UNIX, kind)
            a.send(b"unread")
            keep.extend([a, b])
        keep.append(socket.socket(socket.AF_UNIX, kind))
    for name in (os.path.join(folder, "listener"), "\0abstract-of-the-test"):
        server = socket.socket(socket.AF_UNIX)
        server.bind(name)
        server.listen(8)
        client = socket.socket(socket.AF_UNIX)
        client.connect(name)
        keep.extend([server, client])
    dgram = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    dgram.bind(os.path.join(folder, "log"))
    keep.append(dgram)


def privileged():
    keep.append(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))
    keep[-1].bind((0, 1))
    try:
        keep.append(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88B5)))
        keep.append(socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x88B5)))
        keep.append(socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))
        keep.append(socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6))
    except PermissionError:
        pass


tcp(socket.AF_INET, "127.0.0.1")
tcp(socket.AF_INET6, "::1")
listener(socket.AF_INET6, "::", 4)
datagrams()
local(sys.argv[1])
privileged()
print("ready", flush=True)
sys.stdin.read()
