#!/bin/bash
# Filters beside those of ss(8): the same expressions choose the same sockets.
. "$(dirname "$0")/../e2e/lib.sh"

command -v ss >/dev/null || skip_all 'ss is not installed'
command -v python3 >/dev/null || skip_all 'python3 is not installed'
[ "$E2E_NETWORK" = own ] || skip_all 'needs a network of its own: the host has other sockets'

# Ports are given, so that the expressions can name them: the network is ours.
cat >"$work/sockets.py" <<'PYTHON'
import socket
import sys

keep = []


def listener(family, host, port):
    s = socket.socket(family)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((host, port))
    s.listen(5)
    keep.append(s)
    return s


def pair(server, host=None, port=0):
    client = socket.socket(server.family)
    if host:
        client.bind((host, port))
    name = server.getsockname()[:2]
    client.connect(("127.0.0.1" if name[0] == "0.0.0.0" else name[0], name[1]))
    accepted, _ = server.accept()
    keep.extend([client, accepted])
    return client, accepted


v4 = listener(socket.AF_INET, "127.0.0.1", 8080)
v6 = listener(socket.AF_INET6, "::1", 8081)
every4 = listener(socket.AF_INET, "0.0.0.0", 80)
every6 = listener(socket.AF_INET6, "::", 443)
outside = listener(socket.AF_INET, "127.5.6.7", 2049)
high = listener(socket.AF_INET, "127.0.0.1", 45000)
pair(v4)
pair(v4, "127.1.2.3", 1500)
pair(v6)
pair(every4)
pair(outside, "127.5.6.8")
pair(high)
mapped = socket.socket()
mapped.connect(("127.0.0.1", 443))
keep.extend([mapped, every6.accept()[0]])
half, _ = pair(v4)
half.shutdown(socket.SHUT_WR)
first, second = pair(v6)
first.close()
second.close()
device = socket.socket()
try:
    device.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
    device.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 0x1234)
except PermissionError:
    pass
device.bind(("127.0.0.1", 7777))
device.listen(1)
keep.append(device)
for kind, name in ((socket.SOCK_STREAM, "/listens"), (socket.SOCK_DGRAM, "/Datagrams")):
    unix = socket.socket(socket.AF_UNIX, kind)
    unix.bind(sys.argv[1] + name)
    keep.append(unix)
keep[-2].listen(3)
abstract = socket.socket(socket.AF_UNIX)
abstract.bind("\0sockeye filter")
abstract.listen(1)
client = socket.socket(socket.AF_UNIX)
client.connect("\0sockeye filter")
chosen = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
chosen.bind("")  # the kernel gives a name
keep.extend([abstract, client, abstract.accept()[0], chosen, *socket.socketpair()])
routes = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
routes.bind((424242, 0))
keep.append(routes)
for protocol, kind in ((0x806, socket.SOCK_DGRAM), (0x800, socket.SOCK_RAW), (0, socket.SOCK_RAW)):
    try:
        packets = socket.socket(socket.AF_PACKET, kind)
    except PermissionError:
        break
    if protocol:
        packets.bind(("lo", protocol))
    keep.append(packets)
print("ready", flush=True)
sys.stdin.read()
PYTHON
mkfifo "$work/hold"
exec 4<>"$work/hold"
background python3 "$work/sockets.py" "$work" <&4 >"$work/ready"
until_true 20 grep -q ready "$work/ready"

# ss leaves the state out where all have the same.
ends() { # LETTER
    case $1 in
    t) awk '{ print $(NF - 1), $NF }' ;;
    x) awk '{ print $(NF - 3), $(NF - 2), $(NF - 1), $NF }' ;;
    *) awk '{ print $(NF - 1) }' ;;
    esac | sort
}

by_ss() { # LETTER EXPRESSION; with -n it has numbers for the kinds of packets
    # shellcheck disable=SC2086  # the expression is words
    ss "-${1}aH$([ "$1" = 0 ] || echo n)" $2 2>"$work/ss-said" | ends "$1"
}

by_us() {
    # shellcheck disable=SC2086
    "$SOCKEYE" sockets "-${1}anH" $2 2>"$work/we-said" | ends "$1"
}

same_rows() {
    by_ss "$1" "$2" >"$work/theirs"
    by_us "$1" "$2" >"$work/ours"
    cmp -s "$work/theirs" "$work/ours"
}

set -f # the expressions have stars
compare_all() { # LETTER, expressions from stdin
    local expression
    while IFS= read -r expression; do
        if until_true 5 same_rows "$1" "$expression" && ! [ -s "$work/ss-said" ]; then
            ok "-$1 $expression: $(wc -l <"$work/ours") rows"
        else
            { head -n 3 "$work/ss-said" "$work/we-said"; diff -u "$work/theirs" "$work/ours"; } |
                sed 's/^/# /'
            not_ok "-$1 $expression"
        fi
    done
}

compare_all t <<'EXPRESSIONS'
state established
state connected
state synchronized
state bucket
state big
state listening state time-wait
state fin-wait-2 state close-wait
exclude listening
exclude listening exclude time-wait
state all exclude established
state closed
sport = :8080
sport = 8080
sport == :8080
sport eq :8080
sport :8080
dport = :8080
dport 8080
sport != :8080
sport ne :8080
sport neq :8080
sport > :8080
sport gt :8080
sport < :8080
sport lt 8080
sport >= :8080
sport geq :8080
sport <= :8080
sport leq :8080
dport le 8080
dport ge :8080
sport = :http
sport = http
sport = *
src 127.0.0.1
src = 127.0.0.1
dst 127.0.0.0/8
dst 127.5.6.0/24
src 127.0.0.1:8080
dst 127.0.0.1:http
src :8080
src *:8080
src *
src [::1]
dst [::1]:8081
src [::1]:8081
dst [::/0]
dst [::ffff:127.0.0.1]
dst 0.0.0.0/0
src 0.0.0.0
src 127.0.0.0/30
src inet:127.0.0.1
src inet6:[::1]
src inet:*
dst inet6:*
dev = lo
dev != lo
dev = 1
autobound
( sport = :8080 or dport = :8080 )
( sport = :8080 | dport = :8080 )
( sport = :8080 || dport = :8080 )
not sport = :8080
! sport = :8080
not ( sport = :8080 or dport = :8080 )
sport = :8080 and dst 127.0.0.1
sport = :8080 & dst 127.0.0.1
sport = :8080 && dst 127.0.0.1
sport = :8080 dst 127.0.0.1
sport = :8080 dst 127.1.2.3 dport = :1500
( sport > :1024 and sport < :9000 ) or ( dst [::1] and not dport = :8081 )
not ( ( src 127.0.0.1 or src [::1] ) and not ( sport >= :1024 and sport <= :9000 ) )
not not sport = :8080
state established ( sport = :8080 or dport = :8080 )
state listening src 127.0.0.0/8
state listening not src 127.0.0.0/8
exclude listening src 127.5.6.7
EXPRESSIONS

# The kernel says marks only to who may set them.
if [ -n "$(ss -tanH 'fwmark = 0x1234')" ]; then
    compare_all t <<'EXPRESSIONS'
fwmark = 0x1234
fwmark = 4660
fwmark = 0x34/0xff
fwmark = 0x35/0xff
fwmark != 0x1234
EXPRESSIONS
else
    skip 'marks' 'not permitted to set them'
fi

compare_all x <<EXPRESSIONS
src unix:$work/*
src = unix:$work/listens
src unix:$work/datagrams
src unix:@*
src unix:@SOCKEYE*
src unix:
src unix:*
src unix:$work/listens or src unix:@*
not src unix:$work/*
autobound
not autobound
state listening src unix:$work/*
EXPRESSIONS

if [ -n "$(ss -0anH)" ]; then
    compare_all 0 <<'EXPRESSIONS'
src link:*
src link:arp
src link:ip:lo
src link:*:lo
not src link:*:lo
dev lo
dev != lo
EXPRESSIONS
else
    skip 'packet sockets' 'not permitted to have them'
fi

same_netlink() { # EXPRESSION
    # shellcheck disable=SC2086
    ss -anH -f netlink $1 | awk '{ print $(NF - 1) }' | sort >"$work/theirs"
    # shellcheck disable=SC2086
    "$SOCKEYE" sockets -anH -f netlink $1 | awk '{ print $(NF - 1) }' | sort >"$work/ours"
    [ -s "$work/theirs" ] && [ "$(wc -l <"$work/theirs")" = "$(wc -l <"$work/ours")" ]
}
for expression in 'src netlink:rtnl' 'src netlink:rtnl:424242' 'src netlink:genl' \
    'src netlink:rtnl:kernel' 'sport = netlink:424242'; do
    check "netlink $expression" until_true 5 same_netlink "$expression"
done
done_testing
