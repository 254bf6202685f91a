#!/bin/bash
# Captures against tcpdump: the same packets on lo at the same time, and each reads the other's
# files.
. "$(dirname "$0")/../e2e/lib.sh"
port=$(free_port)

listens() {
    [ -n "$(ss -Hltn "sport = :$port")" ]
}

background "$SOCKEYE" capture -i lo -w "$work/ours.pcap" tcp port "$port" 2>"$work/said"
ours=$background_pid
until_true 10 grep -q 'capturing on lo' "$work/said" || {
    grep -Eq 'CAP_NET_RAW|not permitted' "$work/said" && skip_all 'capturing is not permitted here'
}
# Room enough that tcpdump drops nothing of its own.
background tcpdump -q -n -i lo -U -B 65536 -w "$work/theirs.pcap" tcp port "$port" 2>"$work/tcpdump"
theirs=$background_pid
check 'both capture' until_true 10 grep -q 'listening on lo' "$work/tcpdump"

background "$SOCKEYE" serve echo "127.0.0.1:$port" >"$work/served"
until_true 10 listens
head -c 300000 /dev/urandom >"$work/bytes"
"$SOCKEYE" connect "127.0.0.1:$port" <"$work/bytes" >/dev/null

fins() { # both directions closed and acknowledged: nothing more comes
    [ "$(tcpdump -nr "$1" 'tcp[tcpflags] & tcp-fin != 0' 2>/dev/null | wc -l)" -ge 2 ]
}
settled() {
    kill -0 "$theirs" 2>/dev/null && fins "$work/theirs.pcap" && [ -z "$(ss -Htn "sport = :$port or dport = :$port")" ]
}
until_true 10 settled
kill -INT "$theirs"
wait "$theirs" 2>/dev/null
kill -INT "$ours"
wait "$ours"
check 'capture ends with 0 on SIGINT' test $? = 0
check 'our file has both ends of the connection' fins "$work/ours.pcap"

text() {
    tcpdump -tt -nr "$1" 2>/dev/null | sed -E 's/^[0-9.]+ //'
}
# Two captures may see the packets of two processors in another order, and tcpdump may be
# stopped before the kernel has given it the very last one.
missing() {
    comm -13 <(text "$work/ours.pcap" | sort) <(text "$work/theirs.pcap" | sort)
}
check 'nothing that tcpdump saw is missing' test -z "$(missing)"
check 'tcpdump saw the whole connection' fins "$work/theirs.pcap"
check 'there were some' test "$(text "$work/ours.pcap" | wc -l)" -gt 8
check 'we read as many from tcpdump'\''s file' \
    test "$("$SOCKEYE" capture -r "$work/theirs.pcap" --no-hex | wc -l)" = "$(text "$work/theirs.pcap" | wc -l)"
check 'as many from our own' \
    test "$("$SOCKEYE" capture -r "$work/ours.pcap" --no-hex | wc -l)" = "$(text "$work/ours.pcap" | wc -l)"
check 'a filter picks as many' \
    test "$("$SOCKEYE" capture -r "$work/ours.pcap" --no-hex 'tcp[tcpflags] & tcp-syn != 0' | wc -l)" = 2

lengths_of_ours() {
    "$SOCKEYE" capture -r "$work/ours.pcap" --json | python3 -c '
import json, sys
for line in sys.stdin: print(json.loads(line)["caplen"])'
}
lengths_of_theirs() {
    tcpdump -e -nr "$work/ours.pcap" 2>/dev/null | sed -nE 's/.*, length ([0-9]+): .*/\1/p'
}
check 'frames are as long' test "$(lengths_of_ours)" = "$(lengths_of_theirs)"

check 'a full disk is said' sh -c "'$SOCKEYE' capture -r '$work/ours.pcap' -w /dev/full 2>'$work/err'; test \$? = 1"
check 'by its name' grep -q ENOSPC "$work/err"
check 'a missing interface is said' sh -c "'$SOCKEYE' capture -i nosuch0 2>'$work/err'; test \$? = 3"
check 'with its name' grep -q nosuch0 "$work/err"
check 'a wrong filter is said' sh -c "'$SOCKEYE' capture -i lo 'tcp prot 80' 2>'$work/err'; test \$? = 2"
check 'with the filter' grep -q 'tcp prot 80' "$work/err"
done_testing
