"""Peers for sending.sh, each on 127.0.0.1 and a port of its own, which it prints first.

sink [FILE]      one connection: what comes until EOF goes to FILE
echo [N]         selectors: many connections, everything comes back; with N only once N are open
corrupt          the same, with the fourth byte of each connection changed
stuck            takes one connection and never reads; its buffer is small
early [N]        takes one connection and N bytes, says "bye" and closes
udp              datagrams come back as they are, then one that tells their sizes: "sizes 0 3"
other            answers a datagram from another port
"""
import selectors
import signal
import socket
import sys


def listen():
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", 0))
    s.listen(128)
    print(s.getsockname()[1], flush=True)
    return s


def stuck():
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    s.bind(("127.0.0.1", 0))
    s.listen()
    print(s.getsockname()[1], flush=True)
    peer, _ = s.accept()
    while True:
        peer.recv(1, socket.MSG_PEEK)
        signal.pause()


def datagrams():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    print(s.getsockname()[1], flush=True)
    return s


def sink(path):
    with listen() as server, open(path + ".part", "wb") as out:
        peer, _ = server.accept()
        while chunk := peer.recv(65536):
            out.write(chunk)
    import os
    os.rename(path + ".part", path)


def listener(path):
    """Says at once that it sends no more, and reads on."""
    with listen() as server, open(path + ".part", "wb") as out:
        peer, _ = server.accept()
        peer.shutdown(socket.SHUT_WR)
        while chunk := peer.recv(65536):
            out.write(chunk)
    import os
    os.rename(path + ".part", path)


def echo(change=None, together="1"):
    server = listen()
    server.setblocking(False)
    selector = selectors.DefaultSelector()
    selector.register(server, selectors.EVENT_READ)
    owed, seen = {}, {}
    waiting = int(together)
    while True:
        for key, _ in selector.select():
            if key.fileobj is server:
                peer, _ = server.accept()
                peer.setblocking(False)
                owed[peer], seen[peer] = b"", 0
                waiting -= 1
                selector.register(peer, selectors.EVENT_READ)
                continue
            peer = key.fileobj
            try:
                data = peer.recv(65536)
            except BlockingIOError:
                continue
            except ConnectionResetError:
                data = b""
            if not data:
                selector.unregister(peer)
                peer.close()
                del owed[peer]
                continue
            if change and seen[peer] <= 3 < seen[peer] + len(data):
                at = 3 - seen[peer]
                data = data[:at] + change + data[at + 1:]
            seen[peer] += len(data)
            owed[peer] += data
        if waiting > 0:
            continue
        for peer, data in owed.items():
            while data:
                try:
                    data = data[peer.send(data):]
                except BlockingIOError:
                    selector.select(0.01)
                except (ConnectionResetError, BrokenPipeError):
                    data = b""
            owed[peer] = data


def early(first="0"):
    with listen() as server:
        peer, _ = server.accept()
        peer.recv(int(first))
        peer.sendall(b"bye\n")
        peer.close()


def udp():
    s = datagrams()
    sizes = []
    while True:
        data, peer = s.recvfrom(65536)
        if data == b"sizes?":
            s.sendto(b"sizes " + b" ".join(b"%d" % n for n in sizes), peer)
            continue
        sizes.append(len(data))
        s.sendto(data, peer)


def other():
    s = datagrams()
    second = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    second.bind(("127.0.0.1", 0))
    print(second.getsockname()[1], flush=True)
    _, peer = s.recvfrom(65536)
    second.sendto(b"from elsewhere", peer)


PEERS = {"sink": sink, "listener": listener, "echo": lambda n="1": echo(None, n), "corrupt": lambda: echo(b"#"),
         "early": early, "stuck": stuck, "udp": udp, "other": other}

if __name__ == "__main__":
    PEERS[sys.argv[1]](*sys.argv[2:])
