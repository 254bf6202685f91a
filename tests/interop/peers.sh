#!/bin/bash
# A real peer on each side: nc, socat and Python against our echo server, our session against
# theirs, over IPv4 and IPv6.
. "$(dirname "$0")/../e2e/lib.sh"

head -c 2000000 /dev/urandom >"$work/bytes"

comes_back() { # COMMAND...: it gets the bytes on stdin and must give the same on stdout
    timeout 20 "$@" <"$work/bytes" >"$work/back" 2>"$work/err" && cmp -s "$work/bytes" "$work/back"
}

listens() {
    [ -n "$(ss -Hltn "sport = :$1")" ]
}

# sendall and recv at once: an echo of more than the buffers hold must not lock up.
cat >"$work/peer.py" <<'EOF'
import socket, sys, threading
data = sys.stdin.buffer.read()
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
def send():
    s.sendall(data)
    s.shutdown(socket.SHUT_WR)
threading.Thread(target=send).start()
while chunk := s.recv(65536):
    sys.stdout.buffer.write(chunk)
EOF

for host in 127.0.0.1 ::1; do
    port=$(free_port)
    bracketed=$host listener=TCP4-LISTEN
    [ $host = ::1 ] && bracketed="[$host]" listener=TCP6-LISTEN
    background "$SOCKEYE" serve echo "$bracketed:$port" >"$work/served" 2>&1
    if ! until_true 5 listens "$port"; then
        skip "$host" "nothing can listen there: $(cat "$work/served")"
        continue
    fi
    check "$host: nc gets its bytes back" comes_back nc -N "$host" "$port"
    check "$host: socat does" comes_back socat -t10 - "TCP:$bracketed:$port"
    check "$host: Python does" comes_back python3 "$work/peer.py" "$host" "$port"

    port=$(free_port)
    background socat "$listener:$port,fork,reuseaddr,bind=$bracketed" PIPE
    until_true 5 listens "$port"
    check "$host: our session gets its bytes back from socat" \
        comes_back "$SOCKEYE" connect "$bracketed:$port"

    port=$(free_port)
    background sh -c "exec nc -N -l $host $port <'$work/bytes' >'$work/received'"
    until_true 5 listens "$port"
    # nc stops sending once the other side has sent FIN.
    check "$host: our session takes what nc sends" sh -c \
        "'$SOCKEYE' connect --no-half-close $host $port </dev/null | cmp -s - '$work/bytes'"
done

# The peer's close is noticed while stdin is open.
port=$(free_port)
background socat "TCP-LISTEN:$port,reuseaddr,bind=127.0.0.1" "SYSTEM:echo bye"
until_true 5 listens "$port"
mkfifo "$work/open"
exec 9<>"$work/open"
check 'our session ends with its peer while stdin is open' \
    sh -c "timeout 10 '$SOCKEYE' connect 127.0.0.1:$port <&9 >'$work/out'"
check 'and has what the peer said' grep -qx bye "$work/out"
done_testing
