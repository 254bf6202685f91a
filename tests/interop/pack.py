"""Random formats and values through struct and through sockeye pack and unpack.

usage: SOCKEYE=PROGRAM pack.py pack|unpack|errors [SEED [CASES]]

Prints what differs; the exit status is 1 if anything does.  The seed is fixed, so that a
failure comes again; another one tries other cases.
"""

import json
import math
import os
import random
import struct
import subprocess
import sys

SOCKEYE = os.environ["SOCKEYE"]
INTEGERS = "bBhHiIlLqQnNP"
REALS = "efd"
MOST = {"e": 65504.0, "f": 3.4028234663852886e38, "d": sys.float_info.max}
WIDE = 4  # items of a format


def run(arguments, given=b""):
    r = subprocess.run([SOCKEYE] + arguments, input=given, capture_output=True, timeout=60)
    return r.returncode, r.stdout, r.stderr.decode(errors="replace")


def an_integer(rng, code):
    bits = 8 * struct.calcsize(code)
    least = -(2 ** (bits - 1)) if code in "bhilqnP" else 0
    most = 2 ** (bits if code == "P" else bits - (least < 0)) - 1
    n = rng.choice([least, most, rng.randrange(least, most + 1), rng.randrange(0, 100)])
    if rng.random() < 0.1:
        n = rng.choice([least - 1, most + 1, -(2**63), 2**32, 2**64])
    return n, rng.choice([str, hex, oct, bin])(n)


def a_real(rng, code):
    x = rng.choice(
        [
            0.0, -0.0, math.inf, -math.inf, math.nan, 1e-300, 5e-324, 65519.99, 65520.0, 1e39,
            MOST[code], -MOST[code], rng.uniform(-1, 1), rng.gauss(0, 1e4),
            2.0 ** rng.randrange(-30, 20) * rng.randrange(1, 5000),
        ]
    )  # fmt: skip
    return x, repr(x)


def a_text(rng, code, count):
    n = 1 if code == "c" and rng.random() < 0.9 else rng.randrange(0, count + 4)
    raw = bytes(rng.choice(b"abc\\0x\n\r\t \x00\x1b\xff\xc3\xa9'\"") for _ in range(n))
    if rng.random() < 0.3 and raw:
        return raw, "0x" + raw.hex()
    escapes = {0x5C: "\\\\", 0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t"}
    word = "".join(
        chr(b) if 0x20 <= b < 0x7F and b != 0x5C else escapes.get(b, "\\x%02x" % b) for b in raw
    )
    return raw, "\\x30" + word[1:] if word.startswith("0x") else word


def a_value(rng, code, count):
    if code == "?":
        truth = rng.random() < 0.5
        return truth, rng.choice([["0", "false"], ["1", "true"]][truth])
    if code in INTEGERS:
        return an_integer(rng, code)
    if code in REALS:
        return a_real(rng, code)
    return a_text(rng, code, count)


def a_format(rng):
    order = rng.choice(["", "@", "=", "<", ">", "!"])
    codes = "xcbB?hHiIlLqQefdsp" + ("nNP" if order in ("", "@") else "")
    text, slots = order, []
    for _ in range(rng.randrange(1, WIDE + 1)):
        code = rng.choice(codes)
        # struct 3.11 writes a length byte for 0p, which has no byte for one.
        count = rng.choice([None, None, 1, 2, 3] + ([] if code == "p" else [0]))
        if code in "sp" and rng.random() < 0.1:
            count = rng.choice([255, 256, 257, 300])
        text += rng.choice(["", "", " ", "\t"]) + ("" if count is None else str(count)) + code
        n = 1 if count is None else count
        slots += [(code, n)] * (1 if code in "sp" else 0 if code == "x" else n)
    return text + rng.choice(["", "", "0l", "0d", "2x"] if order in ("", "@") else [""]), slots


def cases(seed, n):
    rng = random.Random(seed)
    for _ in range(n):
        text, slots = a_format(rng)
        values = [a_value(rng, *slot) for slot in slots]
        yield text, slots, [v for v, _ in values], [w for _, w in values]


def packed(text, values):
    """The bytes, or None where struct refuses."""
    try:
        return struct.pack(text, *values)
    except (struct.error, OverflowError):
        return None


def compare_pack(seed, n):
    for text, _, values, words in cases(seed, n):
        expected = packed(text, values)
        status, out, err = run(["pack", "--", text] + words)
        what = f"pack {text!r} {words}"
        if expected is None:
            if status != 2 or out or not err:
                yield f"{what}: struct refuses; {status} {out!r} {err}"
        elif status != 0 or out != expected.hex().encode() + b"\n":
            yield f"{what}: {expected.hex()}, not {out!r} {err}"


def same(code, value, given):
    """True when a value of --json is that of struct."""
    if code in "csp":
        return given["hex"] == value.hex()
    if code in REALS:
        if not math.isfinite(value):
            return given["value"] == repr(value)
        return repr(float(given["value"])) == repr(value)
    return given["value"] == value and isinstance(given["value"], type(value))


def compare_unpack(seed, n):
    rng = random.Random(seed)
    for text, slots, _, _ in cases(seed, n):
        size = struct.calcsize(text)
        raw = bytes(rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)]) for _ in range(size))
        values = struct.unpack(text, raw)
        status, out, err = run(["unpack", "--json", text], raw)
        what = f"unpack {text!r} {raw.hex()}"
        if status != 0:
            yield f"{what}: {status} {err}"
            continue
        given = json.loads(out)
        if given["size"] != size or given["bytes"] != raw.hex():
            yield f"{what}: size or bytes differ: {out!r}"
        if len(given["values"]) != len(values) or not all(
            same(slot[0], v, g) for slot, v, g in zip(slots, values, given["values"])
        ):
            yield f"{what}: {values}, not {given['values']}"
        # What is printed as lines is packed to the same bytes, but for padding and NaN.
        status, lines, err = run(["unpack", text], raw)
        words = lines.decode().split("\n")[:-1]
        again = run(["pack", "--raw", "--", text] + words)[1]
        if len(again) != size or repr(struct.unpack(text, again)) != repr(values):
            yield f"{what}: {words} make {again.hex()} {err}"


def compare_errors(seed, n):
    rng = random.Random(seed)
    # Counts past its own limit are sockeye's business alone.
    for _ in range(n):
        text = "".join(rng.choice("@=<>!  xcbBhHlnP?esp0123z") for _ in range(rng.randrange(1, 6)))
        try:
            size = struct.calcsize(text)
        except struct.error:
            size = None
        expected = 2 if size is None else 0 if size == 0 else 1
        if "0p" not in text and run(["unpack", text])[0] != expected:
            yield f"unpack {text!r} of no bytes does not end with {expected}"
    for text, slots, values, words in cases(seed, n // 4):
        if values and run(["pack", "--", text] + words[1:])[0] != 2:
            yield f"pack {text!r} takes a value too few"
        if run(["pack", "--", text] + words + ["1"])[0] != 2:
            yield f"pack {text!r} takes a value too many"
        if run(["unpack", text], b"\0" * (struct.calcsize(text) + 1))[0] != 1:
            yield f"unpack {text!r} takes a byte too many"


def main():
    compare = {"pack": compare_pack, "unpack": compare_unpack, "errors": compare_errors}
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    n = int(sys.argv[3]) if len(sys.argv) > 3 else 150
    differences = list(compare[sys.argv[1]](seed, n))
    print(f"seed {seed}, {n} cases, {len(differences)} differ")
    for line in differences[:20]:
        print(line)
    return 1 if differences else 0


sys.exit(main())
