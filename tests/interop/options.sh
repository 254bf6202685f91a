#!/bin/bash
# The numbers of the socket options beside those of Python's socket module and of the kernel's headers,
# the pages beside the man pages.
. "$(dirname "$0")/../e2e/lib.sh"

command -v python3 >/dev/null || skip_all 'python3 is not installed'

"$SOCKEYE" options --json >"$work/options.json" || skip_all 'sockeye options does not run'

cat >"$work/compare.py" <<'PYTHON'
import gzip
import json
import re
import socket
import sys

# Not for TCP, UDP or Unix sockets, or no options at all: limits, values, ancillary data that Linux has
# no option for.
OTHERS = re.compile(
    r"SO_J1939_|SO_VM_SOCKETS_|UDPLITE_|IP_DEFAULT_|IP_MAX_MEMBERSHIPS$|IP_PMTUDISC_|IPV6_RTHDR_TYPE_0$"
    r"|IPV6_HOPLIMIT$|IPV6_NEXTHOP$|IPV6_USE_MIN_MTU$|TCP_COOKIE_|TCP_REPAIR_O"
)
LEVELS = {
    "SO": socket.SOL_SOCKET,
    "IP": socket.SOL_IP,
    "IPV6": socket.IPPROTO_IPV6,
    "TCP": socket.IPPROTO_TCP,
    "UDP": socket.IPPROTO_UDP,
}


def table():
    with open(sys.argv[2], encoding="ascii") as f:
        document = json.load(f)
    assert document["schema"] == 1
    return document["options"]


def numbers():
    known = {}
    for o in table():
        for name in (o["name"], o.get("alias")):
            known[name] = (o["level_number"], o["number"])
    checked = 0
    for name in dir(socket):
        prefix = name.split("_")[0]
        if prefix not in LEVELS or OTHERS.match(name):
            continue
        ours = known.get(name)
        theirs = (LEVELS[prefix], getattr(socket, name))
        if ours != theirs:
            sys.exit(f"{name}: {ours} here, {theirs} in Python")
        checked += 1
    if checked < 50:
        sys.exit(f"only {checked} names to compare")


def page_text(page, section):
    try:
        with gzip.open(f"/usr/share/man/man{section}/{page}.{section}.gz", "rt") as f:
            text = f.read()
    except OSError:
        return None
    lines = [line for line in text.split("\n") if not line.startswith('.\\"')]
    return "\n".join(lines).replace("\\-", "-").replace("\\&", "")


# Described since later editions of the pages than some distributions carry.
YOUNG = {"IP_LOCAL_PORT_RANGE", "UDP_GRO", "UDP_SEGMENT"}


def pages():
    for o in table():
        m = re.fullmatch(r"([\w-]+)\((\d)\)", o["man"])
        text = page_text(*m.groups()) if m else None
        names = "|".join(filter(None, (o["name"], o.get("alias"))))
        if text and o["name"] not in YOUNG and not re.search(rf"\b({names})\b", text):
            sys.exit(f"{o['man']} does not have {o['name']}")


{"numbers": numbers, "pages": pages}[sys.argv[1]]()
PYTHON

status_of() {
    "$@" >"$work/out" 2>"$work/err" </dev/null
    echo $?
}

check 'a hundred options and more are listed' \
    python3 -c 'import json,sys; assert len(json.load(open(sys.argv[1]))["options"]) >= 100' "$work/options.json"
check 'their numbers are those that Python has' \
    python3 "$work/compare.py" numbers "$work/options.json"
if [ -e /usr/share/man/man7/socket.7.gz ]; then
    check 'the man pages named have them' python3 "$work/compare.py" pages "$work/options.json"
else
    skip 'the man pages named have them' 'no man pages are installed'
fi

if command -v cc >/dev/null; then
    python3 - "$work/options.json" >"$work/numbers.c" <<'PYTHON'
import json
import sys

print("#include <netinet/in.h>\n#include <sys/socket.h>\n#include <linux/in.h>\n#include <linux/in6.h>\n"
      "#include <linux/tcp.h>\n#include <linux/udp.h>\n#include <linux/netfilter_ipv4.h>\n"
      "#include <linux/netfilter_ipv6/ip6_tables.h>")
for o in json.load(open(sys.argv[1]))["options"]:
    print(f"#ifdef {o['name']}\n_Static_assert({o['name']} == {o['number']}, \"{o['name']}\");\n#endif")
PYTHON
    check 'and those of the headers' cc -std=c11 -D_GNU_SOURCE -fsyntax-only "$work/numbers.c"
else
    skip 'and those of the headers' 'no C compiler is installed'
fi

check 'one option is told in full' test "$(status_of "$SOCKEYE" options rcvbuf)" = 0
check 'with its level and its page' grep -q 'SOL_SOCKET (1), option 8' "$work/out"
check 'its unit' grep -q 'in bytes' "$work/out"
check 'an unknown option ends with 1' test "$(status_of "$SOCKEYE" options SO_NOSUCH)" = 1
check 'and is named' grep -q SO_NOSUCH "$work/err"
check 'a name that several have ends with 1' test "$(status_of "$SOCKEYE" options cork)" = 1
check 'and both are named' grep -q 'TCP_CORK or UDP_CORK' "$work/err"
done_testing
