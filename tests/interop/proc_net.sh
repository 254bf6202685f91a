#!/bin/bash
# What the reader of /proc/net says, beside what ss(8) says of the same sockets: from
# NETLINK_SOCK_DIAG where the kernel has it.
. "$(dirname "$0")/../e2e/lib.sh"

command -v ss >/dev/null || skip_all 'ss is not installed'
command -v python3 >/dev/null || skip_all 'python3 is not installed'
[ "$E2E_NETWORK" = own ] || skip_all 'needs a network of its own: the host has other sockets'
[ -f "$BUILD/libprobes.a" ] || skip_all "$BUILD/libprobes.a is not built"

rows=$work/proc_net_rows
"$e2e_root/tests/interop/build_helper" "$rows" tests/interop/proc_net_rows.c \
    "$BUILD/libprobes.a" "$BUILD/libcore.a" -lmnl || exit 1

sysctl -qw net.ipv4.ping_group_range='0 2147483647' 2>/dev/null
cat >"$work/sockets.py" <<'PYTHON'
import socket
import sys

keep = []


def add(family, kind, protocol=0, name=None, peer=None):
    try:
        s = socket.socket(family, kind, protocol)
    except OSError as problem:
        print("none", family, kind, protocol, problem, flush=True)
        return None
    if name:
        s.bind(name)
    if peer:
        s.connect(peer)
    keep.append(s)
    return s


INET, INET6, UNIX, PACKET = socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_PACKET
server = add(INET, socket.SOCK_STREAM, 0, ("127.0.0.1", 0))
server.listen(5)
client = add(INET, socket.SOCK_STREAM, 0, None, server.getsockname())
keep.append(server.accept()[0])
client.send(b"x" * 100)
waiting = add(INET, socket.SOCK_STREAM, 0, None, server.getsockname())
six = add(INET6, socket.SOCK_STREAM, 0, ("::1", 0))
six.listen(3)
gone = add(INET6, socket.SOCK_STREAM, 0, None, six.getsockname())
other = six.accept()[0]
gone.close()
other.close()
udp = add(INET, socket.SOCK_DGRAM, 0, ("127.0.0.1", 0))
add(INET, socket.SOCK_DGRAM, 0, None, udp.getsockname()).send(b"unread")
add(INET6, socket.SOCK_DGRAM, 0, ("::1", 0))
add(INET, socket.SOCK_DGRAM, 136, ("127.0.0.1", 0))
add(INET, socket.SOCK_RAW, 1, None, ("127.0.0.1", 0))
add(INET, socket.SOCK_RAW, 255)
add(INET6, socket.SOCK_RAW, 58, ("::1", 0))
add(INET, socket.SOCK_DGRAM, 1, ("127.0.0.1", 77))
add(INET6, socket.SOCK_DGRAM, 58, ("::1", 77))
add(INET, socket.SOCK_DGRAM, 1, ("127.0.0.1", 78))
add(PACKET, socket.SOCK_RAW, 3)
arp = add(PACKET, socket.SOCK_DGRAM, socket.htons(0x800))
if arp:
    arp.bind(("lo", 0x806))
names = add(UNIX, socket.SOCK_STREAM, 0, "\0a b(x)")
names.listen(3)
add(UNIX, socket.SOCK_STREAM, 0, None, "\0a b(x)")
keep.append(names.accept()[0])
add(UNIX, socket.SOCK_STREAM, 0, None, "\0a b(x)")  # not accepted
add(UNIX, socket.SOCK_DGRAM, 0, sys.argv[1] + "/datagrams")
add(UNIX, socket.SOCK_SEQPACKET, 0, sys.argv[1] + "/packets")
add(socket.AF_NETLINK, socket.SOCK_RAW, 0, (0, 0))
add(socket.AF_NETLINK, socket.SOCK_RAW, 16)
print("ready", flush=True)
sys.stdin.read()
PYTHON
mkfifo "$work/hold"
exec 4<>"$work/hold"
background python3 "$work/sockets.py" "$work" <&4 >"$work/ready"
until_true 20 grep -q ready "$work/ready"
grep -v ready "$work/ready" | sed 's/^/# /'

# The states in ss's words; a listener's limit is not in /proc.
in_words_of_ss() {
    sed -E 's/^ESTABLISHED/ESTAB/; s/^CLOSE_WAIT/CLOSE-WAIT/; s/^TIME_WAIT/TIME-WAIT/; s/^CLOSE /UNCONN /' |
        sort
}

of_ip() { # LETTER
    ss -Han "$1" | awk '{ print $1, $2, $1 == "LISTEN" ? 0 : $3, $4, $5 }' | sort
}

# ss takes these from /proc too, and then each IPv6 socket for one that takes IPv4.
of_raw() {
    of_ip -w | sed -E 's/(\[.*) \*:\*$/\1 [::]:*/'
}

of_packet() { # KIND
    ss -H0ane | awk -v kind="$1" '$1 == kind' | sed -E 's/.* ino:([0-9]+).*/\1/' | sort
}

# All but those of sock_diag, by which ss asks.
of_netlink() {
    ss -Hane -f netlink | awk '$4 !~ /^4:/ { print $4, $2 }' | sort
}

netlink() {
    "$rows" nl | grep -v '^4:'
}

of_unix() { # KIND
    ss -Hxan | awk -v kind="$1" '$1 == kind' |
        sed -E 's/^[^ ]+ +([^ ]+) +[0-9]+ +[0-9]+ +(.*[^ ]) +([0-9]+) +\* +[0-9]+ *$/\1 \2 \3/' | sort
}

same() { # WORDS... -- WORDS...
    local theirs=()
    while [ "$1" != -- ]; do theirs+=("$1"); shift; done
    shift
    "${theirs[@]}" >"$work/theirs"
    "$@" 2>"$work/said" | in_words_of_ss >"$work/ours"
    cmp -s "$work/theirs" "$work/ours"
}

compare() { # NAME WORDS... -- WORDS...
    local name=$1
    shift
    if until_true 5 same "$@" && [ -s "$work/ours" ] && ! [ -s "$work/said" ]; then
        ok "$name: $(wc -l <"$work/ours") rows"
    else
        { cat "$work/said"; diff -u "$work/theirs" "$work/ours"; } | sed 's/^/# /'
        not_ok "$name"
    fi
}

compare 'TCP' of_ip -t -- "$rows" tcp
compare 'UDP' of_ip -u -- "$rows" udp
compare 'raw' of_raw -- "$rows" raw
for kind in u_str u_dgr u_seq; do
    compare "UNIX: $kind" of_unix "$kind" -- "$rows" "$kind"
done

compare 'packet, raw' of_packet p_raw -- "$rows" p_raw
compare 'packet, cooked' of_packet p_dgr -- "$rows" p_dgr
compare 'netlink' of_netlink -- netlink

# ss does not list these; the kernel lists some of one family among the other's.
pings() { # FAMILY
    "$rows" icmp "$1" | cut -d' ' -f 4 | sort | paste -sd' '
}
if grep -q '^none 2 2 1 ' "$work/ready"; then
    skip 'ping sockets' 'not permitted'
else
    check 'ping sockets of IPv4' test "$(pings 4)" = '127.0.0.1:77 127.0.0.1:78'
    check 'ping sockets of IPv6' test "$(pings 6)" = '[::1]:77'
fi
done_testing
