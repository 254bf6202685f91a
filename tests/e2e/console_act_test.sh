#!/bin/bash
# The selected row: its details in four views, saved, copied, closed, its process signalled.
. "$(dirname "$0")/lib.sh"
COLUMNS_WANTED=100 ROWS_WANTED=40
port=$(free_port)

# Says what becomes of its connection, and of itself.
cat >"$work/pair.py" <<'E'
import os, signal, socket, sys, threading

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
client = socket.create_connection(listener.getsockname())
server, _ = listener.accept()


def read(name, end):
    try:
        end.recv(1)
    except OSError as error:
        os.write(1, f"{name} {error.errno}\n".encode())  # in one piece, beside the other thread


signal.signal(signal.SIGUSR1, lambda *_: print("signalled", flush=True))
for name, end in (("client", client), ("server", server)):
    threading.Thread(target=read, args=(name, end), daemon=True).start()
print("ready", flush=True)
while True:
    signal.pause()
E
background python3 "$work/pair.py" "$port" >"$work/pair.txt"
pair=$background_pid
until_true 10 grep -q ready "$work/pair.txt"

start "$SOCKEYE" --no-capture
in_tmux set-option -s set-clipboard on
wait_for Recv-Q
command_line "filter dport = :$port"
wait_for "1 of [0-9,]+ sockets"
keys Enter
expect 'Enter looks at the details' 'queues of 127.0.0.1:'
expect 'whose owner is known' "python3 \($pair\)"
keys z
keys v
expect 'v shows the charts' 'charts of 127.0.0.1:'
expect 'the rtt over time' 'rtt  [0-9.]+ ms now'
keys v
expect 'v shows the states' '\[ESTABLISHED >'
expect 'and what the state means' 'both sides may send'
keys v
expect 'v shows what took how long' 'ESTABLISHED .* so far'
keys F5
expect 'F5 comes back to the facts' 'queues of'

# ---- out of the console
wait_for 'curves over'
command_line "save chart $work/a.svg"
expect 'charts are saved' 'a\.svg: all [0-9]+ looks'
check 'as XML' python3 -c "
import sys, xml.dom.minidom
svg = xml.dom.minidom.parse('$work/a.svg').documentElement
sys.exit(svg.tagName != 'svg' or not svg.getElementsByTagName('polyline')
         or svg.getElementsByTagName('script') or not svg.getElementsByTagName('rect'))"
command_line "save chart $work/a.svg"
expect 'over a file that is there it asks' 'overwrite .*a\.svg, [0-9,]+ bytes\? \(y/n\)'
keys n
command_line "save series $work/a.csv"
wait_for 'a\.csv: all'
check 'figures are saved as CSV' python3 -c "
import csv, sys
rows = list(csv.DictReader(open('$work/a.csv', newline='')))
sys.exit(len(rows) < 2 or float(rows[1]['time_s']) <= float(rows[0]['time_s'])
         or not any(int(row['rtt_us'] or 0) for row in rows))"
command_line "save row $work/a.json"
wait_for 'a\.json: all'
check 'the row is saved as JSON' python3 -c "
import json, sys
row = json.load(open('$work/a.json'))
sys.exit(row['peer_port'] != $port or row['owners'][0]['pid'] != $pair)"
ln -s "$work/elsewhere" "$work/link"
command_line "save row $work/link"
expect 'a symbolic link is not followed' 'ELOOP'
check 'so nothing is written there' not test -e "$work/elsewhere"
command_line 'copy ss'
expect 'the ss command is copied' "ss -tanempoi src 127.0.0.1:[0-9]+ dst"
check 'to the clipboard of the terminal' until_true 5 \
    eval 'in_tmux show-buffer 2>/dev/null | grep -q "^ss -tanempoi src"'
keys y
check 'y copies the row as text' until_true 5 \
    eval 'in_tmux show-buffer 2>/dev/null | grep -Eq "^peer +127.0.0.1:'"$port"'$"'
in_tmux show-buffer >"$work/clipboard.txt"

# ---- signals
command_line 'signal USR1'
expect 'a signal is asked about' "send SIGUSR1 to python3 \($pair\)\? \(y/n\)"
keys x
keys Enter
check 'another key is no answer' not grep -q signalled "$work/pair.txt"
keys n
check 'n leaves it' wait_gone '\(y/n\)'
command_line "signal 1 USR1"
expect 'a process that does not hold it is refused' 'process 1 does not hold this socket'
command_line 'signal USR1'
wait_for '\(y/n\)'
keys y
check 'y sends it' until_true 5 grep -q signalled "$work/pair.txt"

# ---- the menu
keys F9
expect 'F9 opens the menu' 'close this socket, whoever holds it'
expect 'with the signals' "ask python3 \($pair\) to end"
keys X
keys Escape
check 'Escape leaves it' wait_gone 'close this socket, whoever'
keys '!'
wait_for 'close this socket, whoever'
keys G
keys Enter
if [ "$(id -u)" = 0 ]; then
    expect 'closing is asked about' 'close 127.0.0.1:.* for its holders\? \(y/n\)'
    check 'and nothing is closed yet' not grep -q client "$work/pair.txt"
    keys Escape
    wait_gone '\(y/n\)'
    command_line destroy
    wait_for '\(y/n\)'
    keys y
    expect 'y closes it' 'is closed: its holder gets ECONNABORTED'
    check 'the holder reads ECONNABORTED' until_true 5 grep -q 'client 103' "$work/pair.txt"
    check 'the peer ECONNRESET' until_true 5 grep -q 'server 104' "$work/pair.txt"
    wait_for 'is gone; it was ESTABLISHED'
    command_line destroy
    expect 'what is gone cannot be closed again' 'the selected socket is gone'
else
    skip 'y closes it' 'needs CAP_NET_ADMIN'
fi
keys Q
check 'it quits with 0' test "$(exit_status)" = 0
done_testing
