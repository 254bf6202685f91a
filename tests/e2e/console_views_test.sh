#!/bin/bash
# The views of the sockets, with real ones: keys, command, folding, sizes, keys that mean nothing.
. "$(dirname "$0")/lib.sh"
[ "$E2E_NETWORK" = own ] || skip_all 'the views need a network namespace of their own'
port=$(free_port) other=$(free_port)

# A listener with an accepted client and one that waits; 5,000 bytes that nobody reads.
cat >"$work/sockets.py" <<'PYTHON'
import signal, socket, sys

port, other = map(int, sys.argv[1:3])
listener = socket.create_server(("127.0.0.1", port), backlog=5)
empty = socket.create_server(("127.0.0.1", other), backlog=3)
clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(2)]
accepted, _ = listener.accept()
clients[0].send(b"x" * 5000)
print("ready", flush=True)
signal.pause()
PYTHON
background python3 "$work/sockets.py" "$port" "$other" >"$work/ready"
until_true 10 grep -q ready "$work/ready"

start "$SOCKEYE" --no-capture
expect 'the list comes first' "127\.0\.0\.1:$port +\* +LISTEN"
keys z
wait_for '\[zoomed\]'
expect 'it has a title' 'list: every socket, a line each'

keys v
expect 'v shows the next view' '── tree: processes'
expect 'a process is a line with its sums' '\[-\] +5,000 +0 +python3 \([0-9]+\).*: [0-9]+ sockets'
expect 'its sockets stand below' "^ +tcp +- +.*1/5 +127\.0\.0\.1:$port "
keys G
expect 'a socket without a process has a group of its own' 'no process: '
keys g h
expect 'h folds a group' '\[\+\]'
check 'its sockets go' wait_gone "1/5 +127\.0\.0\.1:$port "
keys l
expect 'l unfolds it' "1/5 +127\.0\.0\.1:$port "
keys Enter
expect 'Enter folds it, too' '\[\+\]'
keys Space
check 'Space unfolds it' wait_gone '\[\+\]'

keys F5
expect 'F5 shows the listeners' 'listeners: accept queues'
expect 'with their clients counted' "1/5 +127\.0\.0\.1:$port +2 clients, 1 waits"
expect 'and below' "127\.0\.0\.1:$port +127[^ ]*:[0-9]+ +ESTABLISHED"
expect 'one of them is not accepted yet' 'ESTABLISHED waiting'
expect 'a listener without clients is there' "0/3 +127\.0\.0\.1:$other +0 clients"

# tmux connects for each key that it is told, which shows.
command_line "filter sport = :$port or dport = :$port"
wait_for '\[filter'
keys v
expect 'both ends share a line' "127\.0\.0\.1:$port +5,000 .*<-> +>?127\.0\.0\.1:[0-9]+ "
keys g Right
expect 'Right chooses the other end' '<->>'
keys Left
check 'Left goes back' wait_gone '<->>'
command_line filter
wait_gone '\[filter'

keys v
expect 'states are summed' 'tcp +LISTEN .* 2 +0 +0'
keys /
type_text 'listen'
keys Enter
keys Enter
expect 'Enter on a state shows its sockets' '\[filter state LISTEN\]'
expect 'as a list' 'list: every socket'
check 'and no others' wait_gone 'ESTABLISHED'
keys Escape Escape
check 'the filter goes' wait_gone '\[filter'

keys V
expect 'V fills in the command' '^:view'
type_text 'proc'
keys Tab
expect 'Tab completes a view' '^:view processes'
keys Enter
expect 'processes are summed' '^ python3 \([0-9]+\).* +5,000 +0'
keys '>'
expect 'sums are sorted by what waits in them' 'Recv-Qv'
keys g Enter
expect 'Enter on a process shows its sockets' '\[view tree\]'
command_line 'view nonsense'
expect 'a view that is none is refused' 'there is no such view'
command_line 'view list'
wait_gone '\[view'
command_line 'columns local,sendq,owner'
expect 'columns are chosen' '^ Local +Send-Q +Owner'
command_line 'columns local,nonsense'
expect 'a column that is none is refused' 'there is no such column'
command_line 'columns'
expect 'without a name the usual ones are back' 'Proto +Recv-Q'

# What is gone stays, with who held it; looks at the selected socket leave none of their own.
command_line 'view gone'
expect 'an empty history says what would be there' 'no socket went since|Gone at'
command_line 'view list'
# tmux comes and goes with each key.
command_line "filter sport = :$other"
wait_for ' 1 of [0-9]+ sockets'
keys g
wait_for "127\.0\.0\.1:$other +\* +LISTEN +python3"
kill "$background_pid"
check 'a socket that went leaves the list' wait_gone "127\.0\.0\.1:$other .*LISTEN"
command_line 'view gone'
expect 'it is in the history' "127\.0\.0\.1:$other .*LISTEN .*python3"
keys '<'
expect 'which has its order' 'the newest first$'
keys g Enter
expect 'Enter tells of it' 'is gone; it was'
keys Escape
command_line 'view list'
command_line 'filter'

# Keys that mean nothing in a view do no harm; neither do sizes.
for view in tree listeners ends states processes gone list; do
    command_line "view $view"
    keys h l h l Space Space Escape j k G g C-d C-u n N I '<' '>' '=' '!' ']' 0
    wait_for ':'
    keys Escape
    for size in '20 6' '40 10' '160 48' '120 30' '80 24'; do
        # shellcheck disable=SC2086
        resize $size
    done
    if [ "$view" != list ]; then
        expect "keys and sizes leave $view" "\[view $view\]"
    fi
done
keys Q
check 'it quits with 0' test "$(exit_status)" = 0
done_testing
