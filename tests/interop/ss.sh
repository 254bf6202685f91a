#!/bin/bash
# The socket table beside that of ss(8): same rows, states, queues and addresses.
. "$(dirname "$0")/../e2e/lib.sh"

command -v ss >/dev/null || skip_all 'ss is not installed'
command -v python3 >/dev/null || skip_all 'python3 is not installed'
[ "${E2E_NETWORK:-}" = own ] || skip_all 'needs a network of its own: the host has other sockets'

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
    "$SOCKEYE" sockets -Hn $1 $2 2>"$work/we-said" | awk '{ print $1, $2, $3, $4, $5 }' |
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

"$SOCKEYE" sockets -a -p >"$work/owned"
check 'the owner is named' grep -q python3 "$work/owned"
done_testing
