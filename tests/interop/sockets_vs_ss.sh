#!/bin/bash
# The list of sockets against ss: the same rows with the same queues, addresses, states, timers.
. "$(dirname "$0")/../e2e/lib.sh"

cat >"$work/zoo.py" <<'EOF'
# Sockets in many states, held until stdin ends; prints "ready" once they are there.
import socket, sys
held = []
def listener(family, host, backlog):
    s = socket.socket(family)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((host, 0)); s.listen(backlog); held.append(s)
    return s
def pair(l):
    c = socket.socket(l.family); c.connect(l.getsockname()); p, _ = l.accept()
    held.extend([c, p])
    return c, p
for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"), (socket.AF_INET6, "::")):
    try:
        l = listener(family, host, 7)
    except OSError:
        continue
    c, p = pair(l)                                    # ESTABLISHED
    c, p = pair(l); c.sendall(b"x" * 1000)            # bytes in Recv-Q
    c, p = pair(l); c.setblocking(False)              # both queues full, persist timer
    try:
        while True: c.send(b"y" * 65536)
    except BlockingIOError: pass
    c, p = pair(l); c.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    c, p = pair(l); c.shutdown(socket.SHUT_WR)        # FIN_WAIT2 and CLOSE_WAIT
    c, p = pair(l); c.close(); p.close()              # TIME_WAIT
    full = listener(family, host, 2)                  # connections nobody accepted
    for _ in range(2):
        c = socket.socket(family); c.connect(full.getsockname()); held.append(c)
v4 = socket.socket(); v4.connect(("127.0.0.1", l.getsockname()[1])) if family == socket.AF_INET6 else None
held.append(v4)                                       # an IPv4-mapped pair
only = socket.socket(socket.AF_INET6); only.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
only.bind(("::", 0)); only.listen(1); held.append(only)
print("ready", flush=True)
sys.stdin.read()
EOF
mkfifo "$work/hold"
exec 8<>"$work/hold"
python3 "$work/zoo.py" <"$work/hold" >"$work/ready" 2>"$work/err" &
children+=($!)
until_true 20 grep -q ready "$work/ready" || skip_all "the sockets could not be made: $(cat "$work/err")"

# One line a socket in a common form: state recvq sendq local peer.
of_ss() {
    ss -Htan | sed -E 's/^ESTAB /ESTABLISHED /; s/^FIN-WAIT-/FIN_WAIT/; s/^(TIME|CLOSE|SYN|LAST)-/\1_/' |
        awk '{print $1, $2, $3, $4, $5}' | sort
}
of_sockeye() {
    "$SOCKEYE" sockets -aH | awk '{print $1, $2, $3, $4, $5}' | sort
}
same_rows() {
    of_ss >"$work/ss"
    of_sockeye >"$work/ours"
    cmp -s "$work/ss" "$work/ours"
}
check 'the same rows with the same queues and addresses' until_true 5 same_rows
diff "$work/ss" "$work/ours" | sed 's/^/# /'
check 'there were many' test "$(wc -l <"$work/ours")" -gt 15
for state in LISTEN ESTABLISHED FIN_WAIT2 CLOSE_WAIT TIME_WAIT; do
    check "$state among them" grep -q "^$state " "$work/ours"
done

timers_of_ss() {
    ss -Htano | sed -nE 's/.*timer:\(([a-z]+),.*/\1/p' | sort | uniq -c
}
timers_of_sockeye() {
    "$SOCKEYE" sockets -ao --json | python3 -c '
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
    "$SOCKEYE" sockets -ap --json | python3 -c '
import json, sys
for s in json.load(sys.stdin)["sockets"]:
    for o in s["owners"] or []: print(o["pid"], o["fd"])' | sort
}
check 'the same owners' test "$(owners_of_ss)" = "$(owners_of_sockeye)"

cookies_of_ss() {
    ss -Htane | sed -nE 's/.* ino:([0-9]+) sk:([0-9a-f]+).*/\1 \2/p' | sort
}
cookies_of_sockeye() {
    "$SOCKEYE" sockets -a --json | python3 -c '
import json, sys
for s in json.load(sys.stdin)["sockets"]:
    print(s["inode"], "%x" % s["cookie"])' | sort
}
check 'the same inodes and cookies' test "$(cookies_of_ss)" = "$(cookies_of_sockeye)"

for expression in 'state established' 'state time-wait' 'state listening state close-wait' \
    'sport gt :1024 and dst 127.0.0.1' 'not dst 127.0.0.0/8' 'src [::1]'; do
    # shellcheck disable=SC2086  # ss takes the words of an expression one by one
    check "as many rows for: $expression" \
        test "$(ss -Htan $expression | wc -l)" = "$("$SOCKEYE" sockets -aH "$expression" | wc -l)"
done

check 'connected ones without -a' test "$(ss -Htn | wc -l)" = "$("$SOCKEYE" sockets -H | wc -l)"
check 'listeners with -l' test "$(ss -Htln | wc -l)" = "$("$SOCKEYE" sockets -Hl | wc -l)"
for family in 4 6; do
    check "with -$family" test "$(ss -Htan -$family | wc -l)" = "$("$SOCKEYE" sockets -aH -$family | wc -l)"
done
done_testing
