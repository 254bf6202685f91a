#!/bin/bash
# The error reference beside Python's: names, numbers and sentences of errno, socket and libc.
. "$(dirname "$0")/../e2e/lib.sh"

command -v python3 >/dev/null || skip_all 'python3 is not installed'

"$SOCKEYE" errors --json >"$work/errors"
check 'the document is written' test -s "$work/errors"

compare() { # CODE...: Python that looks at `entries`; what it prints are differences
    local told
    told=$(python3 - "$work/errors" <<PYTHON 2>&1
import ctypes, errno, json, os, socket, sys
entries = json.load(open(sys.argv[1]))
errnos = [e for e in entries if e["kind"] == "errno"]
codes = [e for e in entries if e["kind"] == "eai"]
libc = ctypes.CDLL(None)
libc.gai_strerror.restype = ctypes.c_char_p
$1
PYTHON
    )
    [ -z "$told" ] || {
        echo "# ${told//$'\n'/$'\n'# }"
        return 1
    }
}

check 'errno has every name and alias, with that number' compare '
for e in errnos:
    for name in [e["name"]] + e["aliases"]:
        # What Python does not know it cannot gainsay.
        if getattr(errno, name, e["number"]) != e["number"]:
            print(name, e["number"], getattr(errno, name))'
check 'and has nearly all of them' compare '
missing = [e["name"] for e in errnos if not hasattr(errno, e["name"])]
if set(missing) - {"ENOKEY", "EKEYEXPIRED", "EKEYREJECTED", "EHWPOISON"}:
    print(missing)'
check 'os.strerror says the same' compare '
for e in errnos:
    if os.strerror(e["number"]) != e["sentence"]:
        print(e["name"], e["sentence"], os.strerror(e["number"]))'
check 'every errno of Python is there' compare '
names = {name for e in errnos for name in [e["name"], *e["aliases"]]}
for name in errno.errorcode.values():
    if name not in names:
        print(name)'
check 'socket has every EAI_ code, with that number' compare '
mine = {e["name"]: e["number"] for e in codes}
for name in dir(socket):
    # EAI_MAX and the like are counts of other systems.
    if name.startswith("EAI_") and mine.get(name) != getattr(socket, name):
        print(name, mine.get(name), getattr(socket, name))'
check 'gai_strerror() says the same' compare '
for e in codes:
    if libc.gai_strerror(e["number"]).decode() != e["sentence"]:
        print(e["name"], e["sentence"], libc.gai_strerror(e["number"]))'
check 'and has no code that is missing' compare '
unknown = libc.gai_strerror(-9999)
known = [n for n in range(-200, 0) if libc.gai_strerror(n) != unknown]
print(*set(known) - {e["number"] for e in codes}, sep="\n", end="")'

# What a failing call of a neighbour says is found as it stands.
port=$(free_port)
said=$(python3 -c 'import socket,sys
try: socket.create_connection(("127.0.0.1", int(sys.argv[1])))
except OSError as e: print(e.strerror)' "$port")
check "the sentence of Python's exception is found" \
    test "$("$SOCKEYE" errors "$said" | head -n 1)" = "ECONNREFUSED (111): $said"
done_testing
