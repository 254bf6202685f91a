"""Programs that go wrong with sockets: why_program.py WHAT [PORT]."""

import errno
import os
import select
import socket
import struct
import subprocess
import sys
import threading
import time


listeners = []  # they stay open to the end


def pair():
    """A connected pair of TCP sockets: ours, the server's side."""
    listener = socket.create_server(("127.0.0.1", 0))
    ours = socket.create_connection(listener.getsockname())
    theirs, _ = listener.accept()
    listeners.append(listener)
    return ours, theirs


def reset(sock):
    """Close with a reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def refused(port):
    with socket.socket() as s:
        try:
            s.connect(("127.0.0.1", port))
        except ConnectionRefusedError:
            print("refused")


def bind_in_use(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError as e:
            print(errno.errorcode[e.errno])


def bind_twice(_):
    """Who holds the port is the program itself, which ends at once."""
    with socket.create_server(("127.0.0.1", 0)) as first, socket.socket() as s:
        try:
            s.bind(first.getsockname())
        except OSError as e:
            print(errno.errorcode[e.errno])


def recv_reset(_):
    ours, theirs = pair()
    reset(theirs)
    try:
        ours.recv(10)
    except ConnectionResetError:
        print("reset")


def read_reset(_):
    ours, theirs = pair()
    reset(theirs)
    try:
        os.read(ours.fileno(), 10)
    except ConnectionResetError:
        print("reset")


def broken_pipe(_):
    ours, theirs = pair()
    ours.shutdown(socket.SHUT_WR)
    try:
        ours.send(b"x")
    except BrokenPipeError:
        print("broken pipe")
    theirs.close()


def stdout_pipe(_):
    """write() on descriptor 1, which is a socket later on only."""
    ours, _ = pair()
    ours.shutdown(socket.SHUT_WR)
    os.dup2(ours.fileno(), 1)
    try:
        os.write(1, b"x")
    except BrokenPipeError:
        print("broken pipe", file=sys.stderr)


def peer_stops_reading(_):
    ours, _ = pair()
    ours.settimeout(None)
    threading.Timer(20, lambda: os._exit(0)).start()
    while True:
        ours.send(b"x" * 65536)


def poll_stopped(_):
    """Non-blocking, waiting in poll() for a peer that does not read."""
    ours, _theirs = pair()
    ours.setblocking(False)
    try:
        while True:
            ours.send(b"x" * 65536)
    except BlockingIOError:
        pass
    p = select.poll()
    p.register(ours, select.POLLOUT)
    p.poll(20000)


def idle(_):
    """A server that waits for work is well."""
    ours, theirs = pair()
    with socket.create_server(("127.0.0.1", 0)) as s:
        p = select.epoll()
        for sock in (s, ours, theirs):
            p.register(sock, select.EPOLLIN)
        p.poll(1.6)
    ours.sendall(b"x")
    theirs.recv(1)


def threads_and_forks(port):
    def many():
        for _ in range(20):
            with socket.socket() as s:
                s.connect_ex(("127.0.0.1", port))

    workers = [threading.Thread(target=many) for _ in range(5)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    child = os.fork()
    if child == 0:
        many()
        os._exit(0)
    os.waitpid(child, 0)
    subprocess.run([sys.executable, __file__, "refused", str(port)], check=True,
                   stdout=subprocess.DEVNULL)


def many(port):
    to = ("127.0.0.1", port)
    for _ in range(10000):
        s = socket.socket()
        s.connect_ex(to)
        s.close()


def silence(_):
    """Nobody accepts: the queue is full after the first ones."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    kept = []
    for _ in range(8):
        s = socket.socket()
        s.setblocking(False)
        s.connect_ex(listener.getsockname())
        kept.append(s)
    time.sleep(1.8)


def no_descriptors(_):
    import resource

    with socket.create_server(("127.0.0.1", 0)) as s:
        waiting = socket.create_connection(s.getsockname())
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        limit = max(map(int, os.listdir("/proc/self/fd")))
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
        while True:
            try:
                os.dup(0)
            except OSError:
                break
        try:
            s.accept()
        except OSError as e:
            print(errno.errorcode[e.errno])
        waiting.close()


def unix_missing(_):
    s = socket.socket(socket.AF_UNIX)
    try:
        s.connect("/nowhere/at/all")
    except FileNotFoundError:
        print("missing")


def udp_refused(port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(("127.0.0.1", port))
    s.send(b"x")
    try:
        s.recv(1)
    except ConnectionRefusedError:
        print("refused")


def calls(_):
    """100,000 calls that have nothing to do with sockets."""
    began = time.process_time()
    for _ in range(100000):
        os.getppid()
    print(time.process_time() - began)


def files(_):
    with open("/dev/zero", "rb", buffering=0) as f:
        began = time.process_time()
        for _ in range(100000):
            f.read(1)
    print(time.process_time() - began)


def killed(port):
    refused(port)
    os.kill(os.getpid(), 9)


def survive(port):
    """Goes on when the one that watches is gone."""
    sys.stdin.read()
    s = socket.socket()
    print(errno.errorcode[s.connect_ex(("127.0.0.1", port))], flush=True)


globals()[sys.argv[1]](int(sys.argv[2]) if len(sys.argv) > 2 else 0)
