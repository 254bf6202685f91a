#!/bin/bash
# The subcommands serve and connect in a script: bytes, exit statuses, words on stderr.
. "$(dirname "$0")/lib.sh"
port=$(free_port) closed=$(free_port)

listening() {
    not port_is_free "$1"
}

status_of() { # COMMAND...: output in $work/out and $work/err
    "$@" >"$work/out" 2>"$work/err" </dev/null
    echo $?
}

background "$SOCKEYE" serve echo "127.0.0.1:$port" </dev/null >"$work/served" 2>&1
server=$background_pid
check 'serve listens with stdin at its end' until_true 10 listening "$port"
check 'it says where' grep -q "127.0.0.1:$port" "$work/served"
check 'only on loopback' test -z "$(ss -Hltn "sport = :$port" | grep -v '127\.0\.0\.1:')"

printf 'Hello, world\n' | "$SOCKEYE" connect "127.0.0.1:$port" >"$work/out" 2>"$work/err"
check 'connect ends with 0 when the peer closes' test "${PIPESTATUS[1]}" = 0
check 'received bytes and nothing else are on stdout' \
    cmp -s "$work/out" - <<<'Hello, world'

head -c 3000000 /dev/urandom >"$work/random"
"$SOCKEYE" connect 127.0.0.1 "$port" <"$work/random" >"$work/back" 2>"$work/err"
check 'three megabytes of anything come back unchanged' cmp -s "$work/random" "$work/back"

check 'a refused connection ends with 1' test "$(status_of "$SOCKEYE" connect "127.0.0.1:$closed")" = 1
check 'and is named' grep -q ECONNREFUSED "$work/err"
check 'stdout stays empty' not test -s "$work/out"
check 'a malformed endpoint ends with 2' test "$(status_of "$SOCKEYE" connect '127.0.0.1:nope')" = 2
check 'and the part that is wrong is named' grep -q nope "$work/err"
check 'an unknown subcommand ends with 2' test "$(status_of "$SOCKEYE" frobnicate)" = 2
check 'an unknown service ends with 2' test "$(status_of "$SOCKEYE" serve nosuch)" = 2
check 'an unknown option ends with 2' test "$(status_of "$SOCKEYE" connect --nosuch "127.0.0.1:$port")" = 2
check 'help ends with 0' test "$(status_of "$SOCKEYE" --help)" = 0
check 'and lists the subcommands' grep -q capture "$work/out"
for name in sockets connect serve message resolve capture ping load explain errors options pack unpack; do
    check "$name --help ends with 0" test "$(status_of "$SOCKEYE" "$name" --help)" = 0
done
check 'a taken port ends with 1' \
    test "$(status_of "$SOCKEYE" serve echo "127.0.0.1:$port")" = 1
check 'and its holder is named' grep -Eq "EADDRINUSE.*$server|$server.*EADDRINUSE" "$work/err"

kill -TERM "$server"
wait "$server"
check 'SIGTERM ends a server with 0' test $? = 0
check 'and closes its port' port_is_free "$port"

background "$SOCKEYE" serve --json echo "127.0.0.1:$closed" </dev/null >"$work/served" 2>&1
until_true 10 listening "$closed"
printf x | "$SOCKEYE" connect --json "127.0.0.1:$closed" >"$work/out" 2>"$work/err"
kill -INT "$background_pid"
wait "$background_pid"
check 'SIGINT ends a server with 0' test $? = 0
check 'every line of connect --json is an object' \
    python3 -c 'import json,sys; assert all(isinstance(json.loads(l), dict) for l in open(sys.argv[1]))' "$work/out"
check 'so is every line of serve --json' \
    python3 -c 'import json,sys; assert all(isinstance(json.loads(l), dict) for l in open(sys.argv[1]))' "$work/served"
check 'there are some' test -s "$work/out" -a -s "$work/served"

# A stdout that nobody reads must not keep a signal away.
gone() {
    ! kill -0 "$1" 2>/dev/null
}
mkfifo "$work/unread"
exec 7<>"$work/unread"
port=$(free_port)
background "$SOCKEYE" serve echo "127.0.0.1:$port" >"$work/unread"
server=$background_pid
until_true 10 listening "$port"
python3 - "$port" <<'PYTHON'
import socket, struct, sys
for _ in range(3000):
    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    s.sendall(b"x")
    s.recv(1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()
PYTHON
kill -TERM "$server"
check 'SIGTERM ends a server whose words nobody reads' until_true 5 gone "$server"
port=$(free_port)
background socat -u OPEN:/dev/zero "TCP-LISTEN:$port,bind=127.0.0.1" 2>"$work/socat"
until_true 10 listening "$port"
background "$SOCKEYE" connect "127.0.0.1:$port" >"$work/unread"
session=$background_pid
filled() {
    [ -n "$(ss -Htn "dport = :$port" | awk '$2 > 10000')" ]
}
check 'what nobody takes stays in the Recv-Q' until_true 10 filled
kill -TERM "$session"
check 'SIGTERM ends a session whose bytes nobody takes' until_true 5 gone "$session"
exec 7>&-

check 'a full disk ends sockets with 1' sh -c "'$SOCKEYE' sockets -a >/dev/full 2>'$work/err'; test \$? = 1"
check 'and is named' grep -q ENOSPC "$work/err"
check 'it ends help with 1, too' sh -c "'$SOCKEYE' sockets --help >/dev/full 2>'$work/err'; test \$? = 1"
check 'as a closed stdout does' sh -c "'$SOCKEYE' sockets --help >&- 2>'$work/err'; test \$? = 1"
port=$(free_port)
background "$SOCKEYE" serve echo "127.0.0.1:$port" >/dev/full 2>"$work/mute"
server=$background_pid
until_true 10 listening "$port"
check 'a server goes on when its words cannot be written' \
    test "$(printf x | "$SOCKEYE" connect "127.0.0.1:$port")" = x
kill -TERM "$server"
wait "$server"
check 'and ends with 1' test $? = 1
check 'having said so once' test "$(grep -c ENOSPC "$work/mute")" = 1
check 'without descriptors it ends in words' \
    sh -c "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; ulimit -n 6; timeout -k 1 10 '$SOCKEYE' serve echo 127.0.0.1:0; test \$? = 1" \
    2>"$work/err"
check 'that say so' grep -q 'no file descriptor' "$work/err"
check 'a zone that is no interface is named' \
    sh -c "'$SOCKEYE' connect '[fe80::1%nosuch]:80' 2>&1 </dev/null | grep -q 'nosuch.*no interface'"
check 'an unknown name is called by its own error' \
    sh -c "'$SOCKEYE' connect no-such-name.invalid:80 2>&1 </dev/null | grep -Eq 'no-such-name.invalid.*EAI_'"

port=$(free_port)
background "$SOCKEYE" serve echo "127.0.0.1:$port" >/dev/null
until_true 10 listening "$port"
if setpriv --reuid 65534 --regid 65534 --clear-groups "$SOCKEYE" sockets -lp \
    >"$work/out" 2>"$work/err" </dev/null; then
    check 'owners that may not be seen are said' grep -q 'may not be seen; sudo setcap' "$work/err"
    check 'and are not shown as none' grep -q 'not permitted' "$work/out"
else
    skip 'owners that may not be seen are said' 'another user cannot run it here'
fi

# Nobody but us is this user: what others run as "nobody" would not be hidden.
hide='mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid 61234 --regid 61234 --clear-groups "$@"'
hidden() {
    unshare -m sh -c "$hide" sh "$@"
}
if hidden true 2>/dev/null; then
    hidden "$SOCKEYE" sockets --netns all -t >"$work/out" 2>"$work/err"
    check 'processes that /proc hides may have namespaces: 3' test $? = 3
    check 'which is said' grep -q 'that /proc does not show' "$work/err"
    hidden "$SOCKEYE" sockets -lp "sport = :$port" >"$work/out" 2>"$work/err"
    check 'owners that /proc hides are not permitted' grep -q "127.0.0.1:$port .*not permitted" "$work/out"
    check 'and said to be hidden' grep -q 'may not be seen; sudo setcap' "$work/err"
    hidden "$SOCKEYE" sockets -lp --json "sport = :$port" >"$work/out" 2>"$work/err"
    check 'in JSON, too, they are none but unknown' grep -q '"owners":null' "$work/out"
    hidden "$SOCKEYE" why "bind:127.0.0.1:$port" >"$work/out"
    check 'who is asked why names no other holder' grep -q 'a process that may not be seen listens' "$work/out"
    hidden "$SOCKEYE" why --pid "$background_pid" 2>"$work/err" >&2
    check 'a process that /proc hides is not said to be none' grep -q "hides process $background_pid" "$work/err"
    COLUMNS_WANTED=120 start unshare -m sh -c "$hide" sh "$SOCKEYE" --no-capture --no-config
    expect 'the console says of each owner that it is not permitted' "127.0.0.1:$port .*not permitted"
else
    skip 'processes that /proc hides may have namespaces: 3' 'needs root'
fi

# The holder is the one whose address is in the way, not just any with that port.
port=$(free_port)
background socat "TCP-LISTEN:$port,bind=127.0.0.2" -
other=$background_pid
background socat "TCP-LISTEN:$port,bind=127.0.0.9" -
holder=$background_pid
both_listen() {
    [ "$(ss -Hltn "sport = :$port" | wc -l)" = 2 ]
}
until_true 10 both_listen
"$SOCKEYE" serve echo "127.0.0.9:$port" 2>"$work/err"
check 'the holder of a port is named by its address' grep -q "($holder) holds 127.0.0.9:$port" "$work/err"
check 'and nobody else is' not grep -q "$other" "$work/err"
done_testing
