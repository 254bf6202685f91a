#!/usr/bin/env python3
"""A server of framed messages as Python's tutorials on selectors build it: one object a
connection, reading until the request is there, then waiting for the socket to be writable, one
answer, close.  What message_bench and idle_bench compare with.

A frame is two bytes, big-endian: the length of the JSON header; the header with byteorder,
content-type, content-encoding and content-length; the content."""

import io
import json
import selectors
import socket
import struct
import sys

ANSWERS = {"morpheus": "Follow the white rabbit. \U0001f430"}
REQUIRED = ("byteorder", "content-length", "content-type", "content-encoding")


def from_json(data, encoding):
    with io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="") as text:
        return json.load(text)


def to_json(value, encoding):
    return json.dumps(value, ensure_ascii=False).encode(encoding)


class Message:
    """One request and its answer."""

    def __init__(self, selector, sock):
        self.selector = selector
        self.sock = sock
        self.received = b""
        self.to_send = b""
        self.header_length = None
        self.header = None
        self.request = None

    def process_events(self, events):
        try:
            if events & selectors.EVENT_READ:
                self.read()
            if events & selectors.EVENT_WRITE:
                self.write()
        except (OSError, ValueError, KeyError):
            self.close()

    def read(self):
        data = self.sock.recv(4096)
        if not data:
            raise ConnectionError("the peer closed")
        self.received += data
        if self.header_length is None:
            self.take_length()
        if self.header_length is not None and self.header is None:
            self.take_header()
        if self.header is not None and self.request is None:
            self.take_request()

    def take_length(self):
        if len(self.received) >= 2:
            (self.header_length,) = struct.unpack(">H", self.received[:2])
            self.received = self.received[2:]

    def take_header(self):
        n = self.header_length
        if len(self.received) >= n:
            self.header = from_json(self.received[:n], "utf-8")
            self.received = self.received[n:]
            for name in REQUIRED:
                if name not in self.header:
                    raise ValueError(f"the header has no {name}")

    def take_request(self):
        n = self.header["content-length"]
        if len(self.received) >= n:
            data = self.received[:n]
            self.received = self.received[n:]
            self.request = from_json(data, self.header["content-encoding"])
            self.selector.modify(self.sock, selectors.EVENT_WRITE, self)

    def write(self):
        if not self.to_send:
            self.make_answer()
        sent = self.sock.send(self.to_send)
        self.to_send = self.to_send[sent:]
        if not self.to_send:
            self.close()

    def make_answer(self):
        if self.request["action"] != "search":
            raise ValueError("unknown action")
        answer = ANSWERS.get(self.request["value"], "no match")
        content = to_json({"result": answer}, "utf-8")
        header = {
            "byteorder": sys.byteorder,
            "content-type": "text/json",
            "content-encoding": "utf-8",
            "content-length": len(content),
        }
        head = to_json(header, "utf-8")
        self.to_send = struct.pack(">H", len(head)) + head + content

    def close(self):
        self.selector.unregister(self.sock)
        self.sock.close()


def accept(selector, listener):
    try:
        sock, _ = listener.accept()
    except BlockingIOError:
        return
    sock.setblocking(False)
    selector.register(sock, selectors.EVENT_READ, Message(selector, sock))


def main():
    selector = selectors.DefaultSelector()
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        listener.setblocking(False)
        selector.register(listener, selectors.EVENT_READ, None)
        print(f"listens on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
        while True:
            for key, events in selector.select():
                if key.data is None:
                    accept(selector, listener)
                else:
                    key.data.process_events(events)


main()
