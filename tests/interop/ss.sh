#!/bin/bash
# The socket table beside that of ss(8): same rows, states, queues, addresses, timers, owners.
. "$(dirname "$0")/../e2e/lib.sh"

command -v ss >/dev/null || skip_all 'ss is not installed'
command -v python3 >/dev/null || skip_all 'python3 is not installed'
[ "$E2E_NETWORK" = own ] || skip_all 'needs a network of its own: the host has other sockets'

# Sockets in as many states as can be had without waiting.
cat >"$work/sockets.py" <<'PYTHON'
import socket
import sys

keep = []


def listener(family, host, backlog):
    s = socket.socket(family)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((host, 0))
    s.listen(backlog)
    keep.append(s)
    return s


def pair(server):
    client = socket.socket(server.family)
    client.connect(server.getsockname()[:2])
    accepted, _ = server.accept()
    keep.extend([client, accepted])
    return client, accepted


v4, v6 = listener(socket.AF_INET, "127.0.0.1", 7), listener(socket.AF_INET6, "::1", 5)
listener(socket.AF_INET, "0.0.0.0", 3)
listener(socket.AF_INET6, "::", 4)
pair(v4)
pair(v6)
full, _ = pair(v4)  # data that nobody reads: Recv-Q there, nothing in Send-Q here
full.sendall(b"x" * 1000)
stalled, _ = pair(v6)  # both queues full, persist timer
stalled.setblocking(False)
try:
    while True:
        stalled.send(b"y" * 65536)
except BlockingIOError:
    pass
alive, _ = pair(v4)  # keepalive timer
alive.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
half, _ = pair(v4)  # FIN_WAIT2 and CLOSE_WAIT
half.shutdown(socket.SHUT_WR)
first, second = pair(v6)  # TIME_WAIT
first.close()
second.close()
waiting = socket.socket()  # in the accept queue of its listener
waiting.connect(v4.getsockname())
keep.append(waiting)
dual = socket.socket()  # IPv4 through a dual-stack listener
dual.connect(("127.0.0.1", keep[3].getsockname()[1]))
keep.extend([dual, keep[3].accept()[0]])
print("ready", flush=True)
sys.stdin.read()
PYTHON
mkfifo "$work/hold"
exec 4<>"$work/hold"
background python3 "$work/sockets.py" <&4 >"$work/ready"
until_true 20 grep -q ready "$work/ready"

by_ss() { # OPTIONS FILTER
    # shellcheck disable=SC2086  # the filter is words
    ss -Htn $1 $2 2>"$work/ss-said" | awk '{ print $1, $2, $3, $4, $5 }' | sort
}

by_us() { # OPTIONS FILTER
    # shellcheck disable=SC2086
    "$SOCKEYE" sockets -Htn $1 $2 2>"$work/we-said" | awk '{ print $1, $2, $3, $4, $5 }' |
        sed -e 's/^ESTABLISHED/ESTAB/; s/^CLOSE_WAIT/CLOSE-WAIT/; s/^TIME_WAIT/TIME-WAIT/' \
            -e 's/^FIN_WAIT\([12]\)/FIN-WAIT-\1/' | sort
}

same_rows() { # OPTIONS FILTER
    by_ss "$1" "$2" >"$work/theirs"
    by_us "$1" "$2" >"$work/ours"
    cmp -s "$work/theirs" "$work/ours"
}

compare() { # NAME OPTIONS FILTER
    if until_true 5 same_rows "$2" "$3" && [ -s "$work/ours" ]; then
        ok "$1: $(wc -l <"$work/ours") rows"
    else
        { head -n 3 "$work/ss-said" "$work/we-said"; diff -u "$work/theirs" "$work/ours"; } |
            sed 's/^/# /'
        not_ok "$1"
    fi
}

compare 'all rows' -a ''
compare 'listeners' -l ''
compare 'connected ones' '' ''
compare 'IPv6 only' '-a -6' ''
compare 'IPv4 only' '-a -4' ''
compare 'a group of states' -a 'state synchronized'
compare 'two states' -a 'state close-wait state fin-wait-2'
compare 'all but a state' -a 'exclude listening'
compare 'a network' -a 'src 127.0.0.0/8'
compare 'an address' -a 'dst [::1]'
port=$(by_ss -l '' | awk '$3 == 7 { sub(/.*:/, "", $4); print $4 }')
compare 'a port of either end' -a "( sport = :$port or dport = :$port )"
compare 'no such port' -a "not ( sport = :$port or dport = :$port )"
compare 'ports by size' -a 'sport > :1024 and dport > :1024'

timers_of_ss() {
    ss -Htano | sed -nE 's/.*timer:\(([a-z]+),.*/\1/p' | sort | uniq -c
}
timers_of_sockeye() {
    "$SOCKEYE" sockets -tao --json | python3 -c '
import json, sys
for s in json.load(sys.stdin)["sockets"]:
    if s["timer"]: print(s["timer"]["name"])' | sort | uniq -c
}
same_timers() { # one may fire between the two looks
    [ "$(timers_of_ss)" = "$(timers_of_sockeye)" ]
}
check 'the same timers' until_true 5 same_timers

owners_of_ss() {
    ss -Htanp | sed -nE 's/.*pid=([0-9]+),fd=([0-9]+).*/\1 \2/p' | sort
}
owners_of_sockeye() {
    "$SOCKEYE" sockets -tap --json | python3 -c '
import json, sys
for s in json.load(sys.stdin)["sockets"]:
    for o in s["owners"] or []: print(o["pid"], o["fd"])' | sort
}
check 'the same owners' test "$(owners_of_ss)" = "$(owners_of_sockeye)"

cookies_of_ss() {
    ss -Htane | sed -nE 's/.* ino:([0-9]+) sk:([0-9a-f]+).*/\1 \2/p' | sort
}
cookies_of_sockeye() {
    "$SOCKEYE" sockets -ta --json | python3 -c '
import json, sys
for s in json.load(sys.stdin)["sockets"]:
    print(s["inode"], "%x" % s["cookie"])' | sort
}
check 'the same inodes and cookies' test "$(cookies_of_ss)" = "$(cookies_of_sockeye)"
done_testing
