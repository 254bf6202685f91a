#!/usr/bin/env python3
"""The framed protocol as other programs speak it; standard library only.

  message_peer.py client HOST PORT ACTION VALUE     one request; prints what was answered
  message_peer.py stream HOST PORT                  what a server must stand: long, kept, cut requests
  message_peer.py server HOST PORT [HOW]            answers one request a connection, then closes

The server prints a line for each request.  HOW changes its answers: slow (a byte at a time),
encoding=NAME, keep (leaves the connection open), cut (closes in the middle of the content), swapped
(writes the length little-endian), bad-json, bad-utf8, silent (never answers), reset, refuse (closes
without an answer), header=JSON (sends this header whatever it says), nested (a deep answer).
"""
import json
import socket
import struct
import sys

ANSWERS = {
    "morpheus": "Follow the white rabbit. \U0001f430",
    "ring": "In the caves beneath the Misty Mountains. \U0001f48d",
    "\U0001f436": "\U0001f43e Playing ball! \U0001f3d0",
}
REQUIRED = ("byteorder", "content-length", "content-type", "content-encoding")


def json_encode(obj, encoding):
    return json.dumps(obj, ensure_ascii=False).encode(encoding)


def make_message(content, content_type, encoding, **more):
    header = {
        "byteorder": sys.byteorder,
        "content-type": content_type,
        "content-encoding": encoding,
        "content-length": len(content),
    }
    header.update(more)
    header = json_encode(header, "utf-8")
    return struct.pack(">H", len(header)) + header + content


def receive_exactly(sock, n):
    data = b""
    while len(data) < n:
        got = sock.recv(min(4096, n - len(data)))
        if not got:
            raise RuntimeError("Peer closed.")
        data += got
    return data


def read_message(sock):
    (header_length,) = struct.unpack(">H", receive_exactly(sock, 2))
    header = json.loads(receive_exactly(sock, header_length).decode("utf-8"))
    for field in REQUIRED:
        if field not in header:
            raise ValueError(f"Missing required header '{field}'.")
    content = receive_exactly(sock, header["content-length"])
    if header["content-type"] == "text/json":
        return header, json.loads(content.decode(header["content-encoding"]))
    return header, content


def make_request(action, value):
    if action == "search":
        content = json_encode({"action": action, "value": value}, "utf-8")
        return make_message(content, "text/json", "utf-8")
    content = bytes(action + value, encoding="utf-8")
    return make_message(content, "binary/custom-client-binary-type", "binary")


def make_answer(header, request, encoding="utf-8"):
    if header["content-type"] != "text/json":
        content = b"First 10 bytes of request: " + request[:10]
        return make_message(content, "binary/custom-server-binary-type", "binary")
    if request.get("action") == "search":
        query = request.get("value")
        result = ANSWERS.get(query) or f"No match for '{query}'."
    else:
        result = f"Error: invalid action '{request.get('action')}'."
    return make_message(json_encode({"result": result}, encoding), "text/json", encoding)


def reply(sock, how):
    header, request = read_message(sock)
    print("request", json.dumps(header), ascii(request), flush=True)
    name, _, value = how.partition("=")
    answer = make_answer(header, request, value if name == "encoding" else "utf-8")
    if name == "cut":
        answer = answer[:-7]
    elif name == "swapped":
        answer = answer[1::-1] + answer[2:]
    elif name == "bad-json":
        answer = make_message(b'{"result": }', "text/json", "utf-8")
    elif name == "bad-utf8":
        answer = make_message(b'{"result": "\xff"}', "text/json", "utf-8")
    elif name == "nested":
        answer = make_message(b"[" * 500 + b"]" * 500, "text/json", "utf-8")
    elif name == "header":
        answer = struct.pack(">H", len(value.encode())) + value.encode() + b"content"
    if name == "slow":
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(len(answer)):
            sock.sendall(answer[i : i + 1])
    elif name == "reset":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.sendall(answer[:50])
    elif name not in ("silent", "refuse"):
        sock.sendall(answer)
    if name in ("keep", "silent"):
        sock.recv(1)


def serve(host, port, how=""):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, int(port)))
        listener.listen()
        while True:
            sock, _ = listener.accept()
            with sock:
                try:
                    reply(sock, how)
                except (RuntimeError, TypeError, ValueError, LookupError, OSError) as e:
                    print("error", type(e).__name__, e, flush=True)


def client(host, port, action, value):
    with socket.create_connection((host, int(port)), 20) as sock:
        sock.sendall(make_request(action, value))
        header, content = read_message(sock)
        print(header["content-type"], content if isinstance(content, bytes) else content["result"])
        print("closed" if sock.recv(1) == b"" else "open")


def search(value, **more):
    content = json_encode({"action": "search", "value": value}, "utf-8")
    return make_message(content, "text/json", "utf-8", **more)


def stream(host, port):
    """Fails with what is not as it shall be."""
    address = (host, int(port))
    long = "x" * 1_000_000
    keep = {"connection": "keep-alive"}
    with socket.create_connection(address, 20) as sock:
        sock.sendall(search(long, **keep) + search("ring", **keep) + search("morpheus"))
        assert read_message(sock)[1]["result"] == f"No match for '{long}'."
        assert read_message(sock)[1]["result"] == ANSWERS["ring"]
        assert read_message(sock)[1]["result"] == ANSWERS["morpheus"]
        assert sock.recv(1) == b""
    with socket.create_connection(address, 20) as sock:
        for byte in search("ring"):
            sock.sendall(bytes([byte]))
        assert read_message(sock)[1]["result"] == ANSWERS["ring"]
    for broken in (b"\xff\xff{", search("x")[:-1], b"\0\0", b"\0\2{}"):
        with socket.create_connection(address, 20) as sock:
            sock.sendall(broken)
            sock.shutdown(socket.SHUT_WR)
            try:
                assert sock.recv(1) == b""
            except ConnectionResetError:
                pass
    with socket.create_connection(address, 20) as sock:
        sock.sendall(search("ring"))
        assert read_message(sock)[1]["result"] == ANSWERS["ring"]


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    {"client": client, "server": serve, "stream": stream}[sys.argv[1]](*sys.argv[2:])
