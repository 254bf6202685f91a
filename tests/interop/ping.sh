#!/bin/bash
# Pings through a router against ping of iputils, with every kind of refusal that a firewall has,
# with losses, a narrow link and a black hole.
#
#   this network 10.77.1.1 -- 10.77.1.2 router 10.77.2.1 -- 10.77.2.2 far      (and fd77:1::, fd77:2::)
. "$(dirname "$0")/../e2e/lib.sh"

router=sockeye-ping-router-$$ far=sockeye-ping-far-$$
remove_networks() {
    ip netns del "$router" 2>/dev/null
    ip netns del "$far" 2>/dev/null
}
trap 'remove_networks; cleanup' EXIT

if [ "$E2E_NETWORK" != own ] || ! ip netns add "$router" 2>/dev/null; then
    skip_all 'networks of its own are not permitted here'
fi
ip netns add "$far"
on_router() { ip netns exec "$router" "$@"; }
on_far() { ip netns exec "$far" "$@"; }

link() { # NAMESPACE DEVICE V4 V6
    ip -n "$1" link set "$2" up
    ip -n "$1" addr add "$3/24" dev "$2"
    ip -n "$1" addr add "$4/64" dev "$2" nodad
}
build_networks() {
    ip link add near type veth peer name near netns "$router" &&
        ip -n "$router" link add far type veth peer name far netns "$far" || return
    ip link set near up
    ip addr add 10.77.1.1/24 dev near
    ip addr add fd77:1::1/64 dev near nodad
    link "$router" near 10.77.1.2 fd77:1::2
    link "$router" far 10.77.2.1 fd77:2::1
    link "$far" far 10.77.2.2 fd77:2::2
    on_router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.icmp_ratelimit=0 \
        net.ipv6.icmp.ratelimit=0
    on_far sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
    ip -n "$far" link set lo up
    ip -n "$far" route add default via 10.77.2.1
    ip -n "$far" -6 route add default via fd77:2::1
    ip route add 10.77.2.0/24 via 10.77.1.2 && ip -6 route add fd77:2::/64 via fd77:1::2
}
build_networks 2>"$work/build" || skip_all "veth cannot be made here: $(head -1 "$work/build")"

status=0
run() { # ARGUMENTS...: output in $work/out and $work/err
    "$SOCKEYE" ping "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
}
said() {
    grep -Eq -- "$1" "$work/out" && return
    sed 's/^/# |/' "$work/out" "$work/err"
    return 1
}
ends_with() {
    [ "$status" = "$1" ] && return
    echo "# ended with $status"
    sed 's/^/# |/' "$work/out" "$work/err"
    return 1
}
datagrams() { sysctl -qw net.ipv4.ping_group_range="0 2147483647"; }
raw_only() { sysctl -qw net.ipv4.ping_group_range="1 0"; }

# ---- beside ping -----------------------------------------------------------------------------

ttl_of() {
    sed -nE 's/.*(ttl|hop limit)[= ]([0-9]+).*/\2/p' "$1" | sort -u
}
beside_ping() { # ADDRESS
    run "$1" -c 3 -i 0.01
    check "$1 answers" ends_with 0
    check "$1: no loss, as ping says" said '3 sent, 3 received, 0% lost'
    if ping -n -c 3 -i 0.01 "$1" >"$work/theirs" 2>&1; then
        check "$1: the same ttl as ping has" test "$(ttl_of "$work/out")" = "$(ttl_of "$work/theirs")"
        check "$1: as many bytes" test "$(grep -c '^64 bytes from' "$work/out" "$work/theirs" | cut -d: -f2 | sort -u)" = 3
    else
        skip "$1: the same ttl as ping has" 'no ping of iputils, or not permitted'
    fi
}
# The neighbours get to know each other.
until_true 10 "$SOCKEYE" ping -c1 -W 0.2 10.77.2.2 >/dev/null
until_true 10 "$SOCKEYE" ping -c1 -W 0.2 fd77:2::2 >/dev/null
for socket in raw datagram; do
    if [ $socket = raw ]; then raw_only; else datagrams; fi
    for address in 127.0.0.1 ::1 10.77.2.2 fd77:2::2; do
        beside_ping $address
        check "by a $socket socket" said "by a $socket socket"
    done
done
run 10.77.2.2 -c 2 -i 0.01 -s 8000
check 'fragments are put together' said '^8008 bytes from 10.77.2.2'
run 10.77.2.2 -c 1 -s 8000 --df
check 'unless they are forbidden' said 'not sent: .*EMSGSIZE.*MTU is 1500'
check 'and nothing came back' ends_with 1
run 10.77.2.2 -c 1 --source 10.77.1.1
check 'from a source of its own' ends_with 0
run 10.77.2.2 -c 1 --source 10.77.9.9
check 'but not from any' grep -q EADDRNOTAVAIL "$work/err"

# ---- errors in words -------------------------------------------------------------------------

refusal() { # COMMAND ADDRESS KIND WORDS
    # Only echo requests: neighbours must still find each other.
    local type=(-p icmp --icmp-type echo-request)
    [ "$1" = iptables ] || type=(-p icmpv6 --icmpv6-type echo-request)
    on_far "$1" -A INPUT "${type[@]}" -j REJECT --reject-with "$3" || return
    run "$2" -c 2 -i 0.01
    on_far "$1" -F INPUT
    check "$socket, $3" said "seq 2: destination unreachable: $4, says $2: "
    check "$3 is counted" said "^2 x destination unreachable: $4, says $2"
    check "$3 ends with 1" ends_with 1
}
if on_far iptables -A INPUT -p icmp -j REJECT 2>"$work/iptables" && on_far iptables -F INPUT; then
    for socket in raw datagram; do
        if [ $socket = raw ]; then raw_only; else datagrams; fi
        refusal iptables 10.77.2.2 icmp-net-unreachable 'network unreachable'
        refusal iptables 10.77.2.2 icmp-host-unreachable 'host unreachable'
        refusal iptables 10.77.2.2 icmp-proto-unreachable 'protocol unreachable'
        refusal iptables 10.77.2.2 icmp-net-prohibited 'network administratively prohibited'
        refusal iptables 10.77.2.2 icmp-host-prohibited 'host administratively prohibited'
        refusal iptables 10.77.2.2 icmp-admin-prohibited 'communication administratively prohibited'
        refusal ip6tables fd77:2::2 icmp6-no-route 'no route to destination'
        refusal ip6tables fd77:2::2 icmp6-adm-prohibited 'administratively prohibited'
        refusal ip6tables fd77:2::2 icmp6-addr-unreachable 'address unreachable'
    done
    on_far iptables -A INPUT -p icmp -m statistic --mode nth --every 3 --packet 0 -j DROP
    run 10.77.2.2 -c 6 -i 0.01 -W 0.2
    check 'every third one is lost' said '6 sent, 4 received, 33\.3% lost'
    check 'and named' said 'seq 1: no answer within 200 ms'
    check 'one reply is enough for 0' ends_with 0
    on_far iptables -F INPUT
    firewall=yes
else
    skip 'refusals' "iptables: $(head -1 "$work/iptables")"
    firewall=no
fi

for socket in raw datagram; do
    if [ $socket = raw ]; then raw_only; else datagrams; fi
    run 10.77.2.2 -c 1 -t 1
    check "$socket, a ttl that is used up" \
        said 'seq 1: time exceeded: time to live exceeded in transit, says 10.77.1.2: '
    run fd77:2::2 -c 1 -t 1
    check "$socket, a hop limit that is used up" \
        said 'seq 1: time exceeded: hop limit exceeded in transit, says fd77:1::2: '
    # The kernel asks three times; a second each would be long.
    sysctl -qw net.ipv4.neigh.near.retrans_time_ms=30 net.ipv6.neigh.near.retrans_time_ms=30
    ip neigh flush dev near nud failed
    run 10.77.1.99 -c 1 -W 5
    check "$socket, a neighbour that is not there" \
        said 'seq 1: destination unreachable: host unreachable, says this host, 10.77.1.1: .*nobody answered'
    run fd77:1::99 -c 1 -W 5
    check "$socket, nor in IPv6" \
        said 'seq 1: destination unreachable: address unreachable, says this host, fd77:1::1: .*nobody answered'
    run 10.99.0.1 -c 1
    check "$socket, no route at all" grep -q ENETUNREACH "$work/err"
    check 'ends with 1' ends_with 1
done

# ---- path MTU --------------------------------------------------------------------------------

mtu() { # NAME REGEX
    for address in 10.77.2.2 fd77:2::2; do
        run $address --mtu -W 0.1
        check "$socket, $1, $address" said "$2"
        check 'is found' ends_with 0
    done
}
for socket in raw datagram; do
    if [ $socket = raw ]; then raw_only; else datagrams; fi
    mtu 'a path as wide as the link' '^path MTU 1500 bytes, the most that leaves'
    ip -n "$router" link set far mtu 1400
    ip -n "$far" link set far mtu 1400
    mtu 'a narrow link in the middle' '^path MTU 1400 bytes, told by (10\.77\.1\.2|fd77:1::2)$'
    check 'in two steps' test "$(grep -c '^packet of' "$work/out")" = 2
    if [ "$firewall" = yes ]; then
        on_router iptables -A OUTPUT -p icmp --icmp-type fragmentation-needed -j DROP
        on_router ip6tables -A OUTPUT -p icmpv6 --icmpv6-type packet-too-big -j DROP
        mtu 'a black hole' '^path MTU 1400 bytes, found by trying'
        on_router iptables -F OUTPUT
        on_router ip6tables -F OUTPUT
        on_far iptables -A INPUT -j DROP
        run 10.77.2.2 --mtu -W 0.05
        check 'a silent host is no black hole' said '^path MTU unknown: 10.77.2.2 answered at no size'
        check 'and ends with 1' ends_with 1
        on_far iptables -F INPUT
    fi
    ip link set near mtu 1300
    mtu 'a narrow link of its own' '^path MTU 1300 bytes, the most that leaves'
    ip link set near mtu 1500
    ip -n "$router" link set far mtu 1500
    ip -n "$far" link set far mtu 1500
done

# ---- a peer that answers as it likes -----------------------------------------------------------

cat >"$work/peer.py" <<'PYTHON'
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
open("ready", "w").close()
held = None
def send(rest, to):
    packet = b"\0\0\0\0" + rest
    total = sum(struct.unpack("!%dH" % (len(packet) // 2), packet))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    s.sendto(packet[:2] + struct.pack("!H", 0xffff - total) + packet[4:], (to, 0))
while True:
    packet, (to, _) = s.recvfrom(65536)
    message = packet[(packet[0] & 15) * 4:]
    if message[0] != 8:
        continue
    rest, sequence = message[4:], struct.unpack("!H", message[6:8])[0]
    if sequence == 1:
        send(rest, to)
        send(rest, to)
    elif sequence == 2:
        send(rest[:4] + b"foreign!" + rest[12:], to)   # another's mark
        send(struct.pack("!H", 999) + rest[2:], to)    # never sent
        send(rest, to)
    elif sequence == 3:
        held = rest
    else:
        send(rest, to)
        if held:
            send(held, to)
        held = None
PYTHON
on_far sysctl -qw net.ipv4.icmp_echo_ignore_all=1
background ip netns exec "$far" sh -c "cd '$work' && exec python3 peer.py"
until_true 10 test -e "$work/ready"
for socket in raw datagram; do
    if [ $socket = raw ]; then raw_only; else datagrams; fi
    run 10.77.2.2 -c 5 -i 0.05 -W 5
    check "$socket, duplicates are told" said 'seq 1, ttl 63, .*, duplicate$'
    check 'only the own reply counts' test "$(grep -c 'seq 2,' "$work/out")" = 1
    check 'who comes out of order is told' said 'seq 3, ttl 63, .* ms, out of order'
    check 'and nothing is lost' said '5 sent, 5 received, 0% lost, 1 duplicates, 1 out of order'
    run 10.77.2.2 -c 5 -i 0.4 -W 0.2
    check "$socket, what comes late is told" said 'seq 3, .*after it was given up'
    check 'and counts as received' said '5 sent, 5 received, 0% lost, 1 duplicates, 1 late, 1 out of order'
done

# ---- who may -----------------------------------------------------------------------------------

as_nobody() {
    setpriv --reuid 65534 --regid 65534 --clear-groups "$SOCKEYE" ping "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
}
raw_only
if setpriv --reuid 65534 --regid 65534 --clear-groups "$SOCKEYE" --version >/dev/null 2>&1; then
    as_nobody -c1 127.0.0.1
    check 'without a group and capability it ends with 3' ends_with 3
    check 'and names the sysctl' grep -q "sysctl -w net.ipv4.ping_group_range='0 2147483647'" "$work/err"
    check 'and the capability' grep -Eq 'setcap cap_net_raw=eip|run it as root' "$work/err"
    datagrams
    for address in 127.0.0.1 ::1 fd77:2::2; do
        as_nobody -c1 $address
        check "with a group anyone may ping $address" ends_with 0
        check 'by a datagram socket' said 'by a datagram socket'
    done
else
    skip 'an ordinary user' 'another user cannot run it here'
fi

# ---- its end -----------------------------------------------------------------------------------

background "$SOCKEYE" ping -c0 -i 0.01 127.0.0.1 >"$work/endless"
until_true 10 grep -q 'seq 5,' "$work/endless"
kill -INT "$background_pid"
wait "$background_pid"
check 'SIGINT ends with 0 where there were replies' test $? = 0
check 'and prints the sums' grep -Eq '^127.0.0.1: [0-9]+ sent, [0-9]+ received, 0% lost' "$work/endless"
run --json -c 2 -i 0.01 10.77.1.2
check 'every line of --json is an object, the summary the last' python3 -c '
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
assert [line["event"] for line in lines] == ["reply", "reply", "summary"]
assert lines[-1]["received"] == 2 and lines[-1]["loss_percent"] == 0
assert lines[0]["ttl"] == 64 and lines[0]["rtt_ms"] > 0' "$work/out"
run --json --mtu 10.77.2.2
check 'so it is with --mtu' grep -q '"event":"mtu","mtu_bytes":1500,"limit":"link"' "$work/out"
done_testing
