#!/bin/bash
# The way of the selected socket through the states of TCP, while it goes it.
. "$(dirname "$0")/lib.sh"
COLUMNS_WANTED=100 ROWS_WANTED=40
port=$(free_port)

cat >"$work/pair.py" <<'E'
import signal, socket, sys

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
client = socket.create_connection(listener.getsockname())
server, _ = listener.accept()
signal.signal(signal.SIGUSR1, lambda *_: client.shutdown(socket.SHUT_WR))
signal.signal(signal.SIGUSR2, lambda *_: server.close())
print("ready", flush=True)
while True:
    signal.pause()
E
background python3 "$work/pair.py" "$port" >"$work/pair.txt"
pair=$background_pid
until_true 10 grep -q ready "$work/pair.txt"

start "$SOCKEYE" --no-capture
wait_for Recv-Q
command_line "filter dport = :$port"
wait_for "1 of [0-9,]+ sockets"
keys Enter z v v
expect 'it begins where it was found' 'way +ESTABLISHED >'
expect 'the other states are there' ' CLOSE_WAIT'
kill -USR1 "$pair"
expect 'a half-close leads to FIN_WAIT2' '\[FIN_WAIT2 [0-9.]+ '
expect 'what it means is said' 'peer may still send and has not closed yet'
expect 'the state before has its time' 'ESTABLISHED >[0-9.]+ m?s +'
# As tracefs can be had wherever it is mounted or not.
mkdir "$work/tracing"
if unshare -m sh -c "mount -t tracefs none '$work/tracing' && ls '$work/tracing/instances'" \
    >/dev/null 2>&1; then
    expect 'the kernel told of the state between two looks' 'FIN_WAIT1 [0-9.]+ .s → FIN_WAIT2'
else
    skip 'the kernel told of the state between two looks' 'needs root and tracefs'
fi
kill -USR2 "$pair"
expect 'the close of the peer to TIME_WAIT' '\[TIME_WAIT [0-9.]+ '
keys Q
check 'it quits with 0' test "$(exit_status)" = 0
done_testing
