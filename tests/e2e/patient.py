"""A process whose sockets are as its arguments say; prints a line for each, then "ready", and ends
with its standard input.

stalled  a connection whose reader does not read: sender and reader
leak     a connection that the peer has closed, and this process has not
full     a listener that accepts nothing, with one more connection than may wait
idle     a connection on which nothing happens
half     a half-closed connection, whose other end still answers
slow     a reader that takes a little, again and again, from a sender that always has more
"""
import select
import socket
import sys
import threading

held = []


def pair():
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    server = listener.accept()[0]
    listener.close()
    held.extend((client, server))
    return client, server


def name(of):
    return "tcp://%s:%d-%s:%d" % (of.getsockname() + of.getpeername())


def fill(client):
    client.setblocking(False)
    while select.select([], [client], [], 0.3)[1]:
        try:
            client.send(b"x" * 65536)
        except BlockingIOError:
            pass


def stalled():
    client, server = pair()
    fill(client)
    print("sender", name(client))
    print("reader", name(server))


def leak():
    client, server = pair()
    left = name(server)
    client.close()
    print("leak", left)


def full():
    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    client = socket.create_connection(listener.getsockname())
    held.extend((listener, client))
    print("full tcp://%s:%d" % listener.getsockname())


def idle():
    print("idle", name(pair()[0]))


def half():
    client, server = pair()
    client.shutdown(socket.SHUT_WR)

    def answer():
        while True:
            server.send(b"x")
            client.recv(1)
            threading.Event().wait(0.02)

    threading.Thread(target=answer, daemon=True).start()
    print("half", name(client))


def slow():
    client, server = pair()

    def send():
        while True:
            client.sendall(b"x" * 65536)

    def receive():
        pause = threading.Event()
        while True:
            server.recv(65536)
            pause.wait(0.02)

    for work in (send, receive):
        threading.Thread(target=work, daemon=True).start()
    print("slow", name(server))


for word in sys.argv[1:]:
    globals()[word]()
print("ready", flush=True)
sys.stdin.read()
