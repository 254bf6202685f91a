"""Servers that answer a load well or badly.

    load_peer.py tcp|udp|unix:PATH BEHAVIOUR

Prints "listens on PORT" and serves until it is ended.  BEHAVIOUR:

    echo             what came
    corrupt N        the same with the N-th byte of each connection (datagram) changed
    close N          N bytes of the echo, then FIN
    reset N          N bytes of the echo, then RST
    silent           nothing
    lose N           every N-th datagram gets no answer
    double           every datagram is answered twice
    swap             the answers of every two datagrams in the other order
    stall S          the first message of all waits S seconds, and everything behind it
    body TEXT...     HTTP: these bodies in turn, one for each request
    short            HTTP: a body that ends before its Content-Length
    raw TEXT         this text (with escapes), whatever comes, then FIN
"""
import asyncio
import socket
import struct
import sys
import time


def how(name):
    return BEHAVIOUR == name


def reset(writer):
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def corrupted(data, before):
    at = int(ARGUMENTS[0]) - before
    if 0 <= at < len(data):
        data = data[:at] + bytes([data[at] ^ 0x20]) + data[at + 1:]
    return data


class State:
    bodies = 0
    stalled = False
    datagrams = 0
    held = None


async def answer_http(reader, writer):
    while True:
        try:
            await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return
        if how("short"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfew")
            await writer.drain()
            return
        body = ARGUMENTS[State.bodies % len(ARGUMENTS)].encode()
        State.bodies += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()


async def answer_bytes(reader, writer):
    seen = 0
    while data := await reader.read(65536):
        if how("stall") and not State.stalled:
            State.stalled = True
            # It blocks: whoever else waits, waits as long.
            time.sleep(float(ARGUMENTS[0]))
        if how("silent"):
            continue
        if how("raw"):
            writer.write(ARGUMENTS[0].encode().decode("unicode_escape").encode("latin-1"))
            await writer.drain()
            return
        if how("corrupt"):
            data = corrupted(data, seen)
        if BEHAVIOUR in ("close", "reset") and seen + len(data) >= int(ARGUMENTS[0]):
            writer.write(data[:int(ARGUMENTS[0]) - seen])
            await writer.drain()
            return reset(writer) if how("reset") else None
        seen += len(data)
        writer.write(data)
        await writer.drain()


async def serve_connection(reader, writer):
    try:
        if BEHAVIOUR in ("body", "short"):
            await answer_http(reader, writer)
        else:
            await answer_bytes(reader, writer)
    except ConnectionError:
        pass
    finally:
        writer.close()


def serve_datagrams():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    print("listens on", sock.getsockname()[1], flush=True)
    while True:
        data, peer = sock.recvfrom(65536)
        State.datagrams += 1
        if how("lose") and State.datagrams % int(ARGUMENTS[0]) == 0:
            continue
        if how("silent"):
            continue
        if how("corrupt"):
            data = corrupted(data, 0)
        if how("swap"):
            if State.held is None:
                State.held = data, peer
                continue
            sock.sendto(data, peer)
            sock.sendto(*State.held)
            State.held = None
            continue
        sock.sendto(data, peer)
        if how("double"):
            sock.sendto(data, peer)


async def serve_streams():
    if KIND.startswith("unix:"):
        server = await asyncio.start_unix_server(serve_connection, KIND[5:])
        print("listens on", KIND, flush=True)
    else:
        server = await asyncio.start_server(serve_connection, "127.0.0.1", 0, backlog=1000)
        print("listens on", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


KIND, BEHAVIOUR, *ARGUMENTS = sys.argv[1:]
if KIND == "udp":
    serve_datagrams()
else:
    asyncio.run(serve_streams())
