#!/bin/bash
# Sessions against peers that know nothing of ours: proxies, groups, paths, options; what cannot be
# seen from the other end is read in the console.
. "$(dirname "$0")/../e2e/lib.sh"

command -v python3 >/dev/null || skip_all 'python3 is not installed'
# The loopback interface has no route for groups of IPv6 by itself.
[ "$E2E_NETWORK" != own ] || ip -6 route add multicast ff00::/8 dev lo table local 2>/dev/null
run_cases ../interop/connecting.py "$@"
[ $# = 0 ] || done_testing

COLUMNS_WANTED=120 ROWS_WANTED=40
port=$(free_port)
unset all_proxy ALL_PROXY
start "$SOCKEYE" --no-capture
expect 'the console is there' 'Proto +Recv-Q +Send-Q +Local'
command_line "serve never-recv 127.0.0.1:$port"
expect 'it serves' "127\.0\.0\.1:$port .*LISTEN"
command_line "connect 127.0.0.1:$port --option SO_SNDBUF=65536"
expect 'what the kernel made of an option given before connecting is told' \
    'it 131072 bytes \(it doubles the value'
command_line 'set SO_RCVBUF=65536'
expect 'and of one that is set later' 'SO_RCVBUF.*65,?536.*131,?072'
command_line 'get SO_RCVBUF'
expect 'reading it back shows the same' 'SO_RCVBUF = 131,?072'
check 'ss sees it, too' grep -q 'rb131072,.*tb131072,' <<<"$(ss -Hmtn "dport = :$port")"
command_line 'blocking on'
expect 'a call that waits shows it, with its time' 'recv.*waits? .*[0-9.]+ m?s|waiting.*recv.*[0-9]'
command_line 'get SO_TYPE'
expect 'and holds nothing up' 'SO_TYPE = stream'
command_line 'blocking off'
expect 'it is over' 'blocks no more'

background python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
while True:
    s.accept()[0].recv(100)' "$work/path"
until_true 5 test -S "$work/path"
command_line "connect unix:$work/path"
expect 'the other end of a path is known' \
    "the peer is process $background_pid, uid $(id -u), gid $(id -g)"
done_testing
