#!/usr/bin/env python3
"""Bytes that are known, sent both ways at once, and what a capture made of them.

stream_peers.py send FOLDER       N connections on loopback, one after the other; what each side
                                  sent is FOLDER/N.1 and FOLDER/N.2
stream_peers.py tshark FOLDER     tshark's follow,tcp,raw on stdin: is it what was sent?
stream_peers.py chunks FOLDER N   chunks as JSON on stdin: is each byte what was sent at its place,
                                  and are the others told as missing?
"""
import json
import random
import socket
import sys
import threading

CONNECTIONS = 3
BYTES = 250_000


def content(number, side):
    return random.Random(number * 2 + side).randbytes(BYTES + 777 * side)


def talk(connection, sent):
    """Send all of it while all that the other side sends is read."""
    sender = threading.Thread(target=lambda: (connection.sendall(sent), connection.shutdown(socket.SHUT_WR)))
    sender.start()
    received = 0
    while got := connection.recv(65536):
        received += len(got)
    sender.join()
    connection.close()
    return received


def send(folder):
    for number in range(CONNECTIONS):
        listener = socket.create_server(("127.0.0.1", 0))
        first, second = content(number, 1), content(number, 2)
        for side, sent in ((1, first), (2, second)):
            with open(f"{folder}/{number}.{side}", "wb") as out:
                out.write(sent)
        client = socket.create_connection(listener.getsockname())
        served, _ = listener.accept()
        server = threading.Thread(target=talk, args=(served, second))
        server.start()
        received = talk(client, first)
        server.join()
        listener.close()
        if received != len(second):
            sys.exit(f"{received} bytes came of {len(second)}")


def sent_by(folder, number):
    sides = []
    for side in (1, 2):
        with open(f"{folder}/{number}.{side}", "rb") as file:
            sides.append(file.read())
    return sides


def check_tshark(folder):
    """Lines of hex; those of the second side begin with a tab.  A file has several streams."""
    streams, current = {}, None
    for line in sys.stdin:
        if line.startswith("Filter: tcp.stream eq "):
            current = streams.setdefault(int(line.split()[-1]), ([], []))
        elif line.startswith(("Node", "Follow", "=")) or current is None:
            continue
        else:
            current[line.startswith("\t")].append(bytes.fromhex(line.strip()))
    for number in range(CONNECTIONS):
        for side, sent in enumerate(sent_by(folder, number)):
            got = b"".join(streams[number][side])
            if got != sent:
                sys.exit(f"{number}: {len(got)} bytes of side {side + 1}, sent were {len(sent)}")


def check_chunks(folder, number):
    sent, at, missing = sent_by(folder, number), {"first": 0, "second": 0}, 0
    for line in sys.stdin:
        chunk = json.loads(line)
        side, offset, length = chunk["from"], chunk["offset"], chunk["length"]
        if offset != at[side]:
            sys.exit(f"{side}: a chunk at {offset}, where {at[side]} was next")
        at[side] += length
        if chunk["kind"] == "gap":
            missing += length
        elif bytes.fromhex(chunk["hex"]) != sent[side == "second"][offset:at[side]]:
            sys.exit(f"{side}: other bytes at {offset}")
        elif chunk.get("disputed"):
            sys.exit(f"{side}: disputed at {offset}, but nobody sent anything else")
    # A FIN that is missing with its segment's bytes cannot be told from one more of them.
    if any(end - len(side) not in (0, 1) for end, side in zip(at.values(), sent)):
        sys.exit(f"ends at {at}, sent were {len(sent[0])} and {len(sent[1])}")
    if not missing:
        sys.exit("nothing is missing, although packets are")


if sys.argv[1] == "send":
    send(sys.argv[2])
elif sys.argv[1] == "tshark":
    check_tshark(sys.argv[2])
else:
    check_chunks(sys.argv[2], int(sys.argv[3]))
