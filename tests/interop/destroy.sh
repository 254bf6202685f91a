#!/bin/bash
# Closing what a filter matches, beside ss -K on a pair like it: the same ends, the same errors.
. "$(dirname "$0")/../e2e/lib.sh"
[ "$(id -u)" = 0 ] || skip_all 'SOCK_DESTROY needs CAP_NET_ADMIN'
[ "$E2E_NETWORK" = own ] || skip_all 'there is no network of its own'
command -v ss >/dev/null || skip_all 'ss is not installed'

# Three connections to each of two ports; one line for what each end met.
cat >"$work/pairs.py" <<'E'
import os, signal, socket, sys, threading

ports = [int(port) for port in sys.argv[1:]]
ends = []
for port in ports:
    listener = socket.create_server(("127.0.0.1", port))
    for i in range(3):
        client = socket.create_connection(("127.0.0.1", port))
        ends.append((f"{port} client {i}", client))
        ends.append((f"{port} server {i}", listener.accept()[0]))
    ends.append((f"{port} listener", listener))


def read(name, end):
    try:
        if name.endswith("listener"):
            end.accept()
        else:
            end.recv(1)
    except OSError as error:
        os.write(1, f"{name} {error.errno}\n".encode())  # in one piece, beside other threads


threads = [threading.Thread(target=read, args=end, daemon=True) for end in ends]
for thread in threads:
    thread.start()
print("ready", flush=True)
signal.pause()
E
ours=$(free_port) theirs=$(free_port)
background python3 "$work/pairs.py" "$ours" "$theirs" >"$work/ends.txt"
until_true 10 grep -q ready "$work/ends.txt"

said_of() { # PORT
    sed -n "s/^$1 //p" "$work/ends.txt" | sort
}

says() { # PORT COUNT
    [ "$(said_of "$1" | wc -l)" = "$2" ]
}

"$SOCKEYE" sockets -t --kill dport = ":$ours" </dev/null >"$work/asked.txt" 2>&1
check 'without a terminal it is not done: 2' test $? = 2
check 'but says what it needs' grep -q -- 'needs --yes' "$work/asked.txt"
"$SOCKEYE" sockets -t --kill --yes 2>"$work/asked.txt"
check 'without a filter neither' grep -q 'needs a FILTER' "$work/asked.txt"
check 'nothing was closed by that' says "$ours" 0

"$SOCKEYE" sockets -t --kill --yes dport = ":$ours" >"$work/killed.txt"
check 'it ends with 0' test $? = 0
check 'a line for each' test "$(grep -c '^closed   127\.0\.0\.1:' "$work/killed.txt")" = 3
ss -K -tn dport = ":$theirs" >/dev/null
check 'both ends of ours heard of it' until_true 5 says "$ours" 6
check "both ends of ss's heard of it" until_true 5 says "$theirs" 6
check 'of the same errors' test "$(said_of "$ours")" = "$(said_of "$theirs")"

"$SOCKEYE" sockets -tl --kill --yes sport = ":$ours" >/dev/null
check 'a listener can be closed, too' until_true 5 says "$ours" 7
check 'nothing matches any more' test -z "$("$SOCKEYE" sockets -ta --kill --yes sport = ":$ours" 2>/dev/null)"

status=0
setpriv --reuid 65534 --clear-groups "$SOCKEYE" sockets -tl --kill --yes sport = ":$theirs" \
    >"$work/refused.txt" 2>&1 || status=$?
check 'nobody may not: 3' test "$status" = 3
check 'and is told why' grep -q 'refused .*CAP_NET_ADMIN' "$work/refused.txt"
check 'the listener is still there' test -n "$(ss -Hltn sport = ":$theirs")"

# On a terminal it asks.
start "$SOCKEYE" sockets -tl --kill sport = ":$theirs"
expect 'it shows what would be closed' "LISTEN +127\.0\.0\.1:$theirs"
expect 'and asks' 'close this 1 socket\? y/N'
keys Enter
check 'Enter is a no: 1' test "$(exit_status)" = 1
check 'the listener is there even then' test -n "$(ss -Hltn sport = ":$theirs")"
start "$SOCKEYE" sockets -tl --kill sport = ":$theirs"
wait_for 'y/N'
keys y Enter
expect 'yes closes it' 'closed +127\.0\.0\.1'
check 'and ends with 0' test "$(exit_status)" = 0
done_testing
