#!/usr/bin/env python3
"""Records the messages of messages.h: more than 50, made by Python's json, struct and codecs.

    tests/unit/messages.py > tests/unit/messages.h
"""
import json
import struct

SEARCH = {"action": "search", "value": "morpheus"}
EMOJI = {"action": "search", "value": "\U0001f436"}
UMLAUT = {"action": "such", "value": "gr\u00fc\u00dfe, \u00e9t\u00e9"}
records = []


def add(name, content, kind="text/json", encoding="utf-8", order="little", more=None, header=None):
    text = None
    if not isinstance(content, bytes):
        text, content = content, json.dumps(content, ensure_ascii=False).encode(encoding)
    elif kind == "text/json":
        text = json.loads(content.decode(encoding))
    if header is None:
        fields = {"byteorder": order, "content-type": kind, "content-encoding": encoding,
                  "content-length": len(content), **(more or {})}
        header = json.dumps(fields, ensure_ascii=False)
    header = header.replace("LENGTH", str(len(content))).encode()
    if kind == "text/json":
        text = json.dumps(text, ensure_ascii=False, separators=(",", ":"))
    records.append((name, struct.pack(">H", len(header)) + header + content,
                    kind, encoding, len(header), text))


# What the clients and servers of the protocol say.
add("search morpheus", SEARCH)
add("search ring", {"action": "search", "value": "ring"})
add("search dog", EMOJI)
add("search nothing", {"action": "search", "value": ""})
add("invalid action", {"action": "double", "value": "2"})
add("answer rabbit", {"result": "Follow the white rabbit. \U0001f430"})
add("answer ring", {"result": "In the caves beneath the Misty Mountains. \U0001f48d"})
add("answer ball", {"result": "\U0001f43e Playing ball! \U0001f3d0"})
add("answer no match", {"result": "No match for 'x'."})
add("answer error", {"result": "Error: invalid action 'double'."}, order="big")
CLIENT, SERVER = "binary/custom-client-binary-type", "binary/custom-server-binary-type"
add("binary request", "binary\u2603".encode(), CLIENT, "binary")
add("binary answer", b"First 10 bytes of request: binary\xe2\x98\x83", SERVER, "binary")
add("binary empty", b"", CLIENT, "binary")
add("binary zeros", bytes(40), CLIENT, "binary", order="big")
add("binary all bytes", bytes(range(256)), "application/octet-stream", "binary")
add("binary like a message", struct.pack(">H", 50) + b'{"byteorder": "little"', "x", "binary")
add("binary 3000", bytes(i * 7 & 255 for i in range(3000)), SERVER, "binary")
# Encodings.
for encoding in ("utf-16", "utf-16-le", "utf_16_be", "utf-32", "utf-32-be", "utf-7", "gb18030"):
    add("dog in " + encoding, EMOJI, encoding=encoding)
for encoding in ("latin-1", "iso8859-15", "cp1252", "iso-8859-9", "utf8", "UTF-8", "utf-16"):
    add("umlauts in " + encoding, UMLAUT, encoding=encoding)
add("koi8", {"action": "\u043f\u043e\u0438\u0441\u043a"}, encoding="koi8-r")
add("shift_jis", {"action": "\u691c\u7d22"}, encoding="shift_jis")
add("euc-jp", {"action": "\u691c\u7d22"}, encoding="euc-jp")
add("ascii", SEARCH, encoding="ascii", order="big")
# Any JSON may be content.
add("a string", "\u2603")
add("a number", b"12345678901234567890123")
add("true", True)
add("null", None)
add("an array", [1, -2.5, [], {}, [[]], "x"])
add("a nested object", {"a": {"b": [{"c": None}, False]}})
add("an empty object", {})
add("escapes", b'{"a": "\\u2603\\ud83d\\udc30\\n\\u0001\\"\\\\\\/"}')
add("blanks", b' \r\n{ "a"\t:1 , "b" : [ 1 , 2 ] } \n')
add("a long text", {"text": "snow\u2603 " * 300})
# Headers.
add("fields added", SEARCH, more={"connection": "keep-alive", "x-trace": 17, "list": [1, {"y": None}]})
add("fields in another order", SEARCH, header='{"content-length": LENGTH, "content-encoding": "utf-8",'
    ' "x": -1.5e3, "content-type": "text/json", "byteorder": "big"}')
add("compact header", SEARCH, header='{"byteorder":"big","content-type":"text/json",'
    '"content-encoding":"utf-8","content-length":LENGTH}')
add("header with blanks", SEARCH, header=' \n{\n"byteorder"\t: "big",\r\n"content-type": "text/json" ,'
    '"content-encoding":"utf-8","content-length":\nLENGTH }  ')
add("escaped names and values", SEARCH, header='{"byte\\u006frder":"b\\u0069g","content-type":'
    '"text\\/json","content-encoding":"utf-8","content-length":LENGTH}')
add("a name that is not ASCII", SEARCH, more={"sch\u00f6n \U0001f436": "\u2603"})
add("header of 256 bytes", SEARCH, more={"pad": "x" * 142})
add("header of 3,000 bytes", EMOJI, more={"pad": "\u2603" * 960})
assert len(records) >= 50


def quoted(text):
    """A C literal: hex escapes would run into digits, octal ones do not."""
    return '"' + "".join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\?' else f"\\{b:03o}"
                         for b in text) + '"'


def lines(data):
    return "\n     ".join(quoted(data[i : i + 24]) for i in range(0, len(data), 24)) or '""'


print("/* Recorded by messages.py; not to be changed by hand. */\n/* clang-format off */")
print("static const struct recorded {\n    const char *name, *bytes;\n    size_t len, header_len;")
print("    const char *type, *encoding, *text; /* text: compact JSON; NULL: binary */")
print("} recorded[] = {")
for name, data, kind, encoding, header_length, text in records:
    print(f'    {{"{name}",\n     {lines(data)},\n     {len(data)}, {header_length}, "{kind}", "{encoding}",')
    print(f"     {lines(text.encode()) if text is not None else 'NULL'}}},")
print("};\n/* clang-format on */")
