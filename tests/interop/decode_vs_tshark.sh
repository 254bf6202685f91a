#!/bin/bash
# The decoder and tshark must tell the same of real packets: addresses, ports, sequence and
# acknowledgment numbers, flags, window, length, options.  The packets are captured on the
# loopback of a network namespace of its own, once as Ethernet and once in each cooked form.
# Prints TAP.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}

skip() {
    echo "1..0 # SKIP $1"
    exit 0
}

for tool in tshark tcpdump socat ip ss unshare; do
    command -v "$tool" >/dev/null 2>&1 || skip "$tool is not installed"
done
if unshare -n true 2>/dev/null; then
    enter='unshare -n'
elif unshare -n --map-current-user --keep-caps true 2>/dev/null; then # not as root: tcpdump would drop it
    enter='unshare -n --map-current-user --keep-caps'
else
    skip "no network namespace may be made here"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
helper=$work/decode_fields
[ -f "$BUILD/libcore.a" ] || skip "$BUILD/libcore.a is not built"
# The library may have been built with a sanitizer, which then has to be linked.
for sanitizer in '' -fsanitize=address,undefined -fsanitize=thread; do
    # shellcheck disable=SC2086  # may be no word at all
    ${CC:-cc} -std=c17 -D_GNU_SOURCE -I. $sanitizer -o "$helper" \
        tests/interop/decode_fields.c "$BUILD/libcore.a" 2>"$work/build.log" && break
done
if [ ! -x "$helper" ]; then
    sed 's/^/# /' "$work/build.log"
    echo "Bail out! the helper does not build"
    exit 1
fi

# Inside the namespace: capture, send, stop.  Each wait polls for what it waits for.
cat >"$work/traffic" <<'INNER'
#!/bin/bash
work=$1 name=$2; shift 2
trap 'kill $(jobs -p) 2>/dev/null' EXIT
until_true() {
    for ((n = 0; n < 200; n++)); do "$@" && return 0; read -rt 0.05 <> <(:); done
    echo "timed out: $*" >&2; return 1
}
ip link set lo up mtu 1500 # so that long datagrams become fragments
tcpdump -n -s 0 -B 8192 -U "$@" -w "$work/$name.pcap" 2>"$work/$name.log" &
dump=$!
until_true grep -q 'listening on' "$work/$name.log" || exit 1
if command -v ping >/dev/null; then
    ping -c 1 -q 127.0.0.1
    ping -6 -c 1 -q ::1
    ping -c 1 -q -s 8000 127.0.0.1
fi
listening() { ss -Hltn "sport = :$1" | grep -q .; }
for family in 4 6; do
    host=127.0.0.1; [ $family = 6 ] && host='[::1]'
    socat -u "TCP$family-LISTEN:6543$family,reuseaddr" "OPEN:$work/received,creat,trunc" &
    server=$!
    until_true listening "6543$family" || exit 1
    head -c 300000 /dev/zero | socat -u - "TCP$family:$host:6543$family"
    wait $server
    echo refused | socat -u - "TCP$family:$host:9" 2>/dev/null
    # One is answered by an ICMP error; the other one comes in fragments.
    echo hello | socat -u - "UDP$family:$host:9" 2>/dev/null
    head -c 4000 /dev/zero | socat -u -b 4000 - "UDP$family:$host:9" 2>/dev/null
done
kill -INT $dump
wait $dump
exit 0
INNER

tshark_fields() {
    tshark -n -r "$1" -o tcp.relative_sequence_numbers:FALSE -o ip.defragment:FALSE \
        -o ipv6.defragment:FALSE -o tcp.desegment_tcp_streams:FALSE \
        -T fields -E separator='|' -E occurrence=f \
        -e frame.number -e ip.src -e ipv6.src -e ip.dst -e ipv6.dst -e tcp.srcport \
        -e tcp.dstport -e udp.srcport -e udp.dstport -e tcp.seq_raw -e tcp.ack_raw \
        -e tcp.flags -e tcp.window_size_value -e tcp.len -e tcp.options.mss_val \
        -e tcp.options.wscale.shift -e tcp.options.timestamp.tsval -e udp.length \
        -e icmp.type -e icmpv6.type 2>/dev/null |
        awk -F'|' -v OFS='|' '{
            # What an ICMP error quotes is not the packet itself.
            if ($19 != "" || $20 != "") for (i = 6; i <= 18; i++) $i = ""
            print $1, $2 $3, $4 $5, $6 $8, $7 $9, $10, $11, $12, $13, $14, $15, $16, $17, $18
        }'
}

echo "1..3"
status=0 test=0
for form in "ethernet -i lo" "cooked-v1 -i any -y LINUX_SLL" "cooked-v2 -i any -y LINUX_SLL2"; do
    test=$((test + 1))
    # shellcheck disable=SC2086  # words on purpose
    set -- $form
    name=$1
    shift
    if ! $enter bash "$work/traffic" "$work" "$name" "$@" >"$work/out" 2>&1; then
        echo "not ok $test - $name: the traffic could not be captured"
        sed 's/^/# /' "$work/out" "$work/$name.log"
        status=1
        continue
    fi
    "$helper" "$work/$name.pcap" >"$work/ours"
    tshark_fields "$work/$name.pcap" >"$work/theirs"
    packets=$(wc -l <"$work/theirs")
    if [ "$packets" -lt 50 ]; then
        echo "not ok $test - $name: only $packets packets to compare"
        status=1
    elif diff "$work/theirs" "$work/ours" >"$work/diff"; then
        echo "ok $test - $name: $packets packets are the same in tshark"
    else
        echo "not ok $test - $name: tshark (<) and the decoder (>) differ"
        head -n 20 "$work/diff" | sed 's/^/# /'
        status=1
    fi
done
exit $status
