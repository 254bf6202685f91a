#!/bin/bash
# Streams put together from captures of a network that loses and so reorders segments: their bytes
# are those that were sent and those that tshark finds.  Where packets are missing in the capture, or
# cut by its snaplen, the bytes that are left stand at their places and the others are told.
# Prints TAP.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}

skip() {
    echo "1..0 # SKIP $1"
    exit 0
}

for tool in tshark tcpdump ip iptables python3 unshare; do
    command -v "$tool" >/dev/null 2>&1 || skip "$tool is not installed"
done
unshare -n true 2>/dev/null || skip "no network namespace may be made here"
unshare -n iptables -A INPUT -m statistic --mode nth --every 2 --packet 0 -j ACCEPT 2>/dev/null ||
    skip "iptables cannot lose packets here"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
helper=$work/stream_chunks
[ -f "$BUILD/libcore.a" ] || skip "$BUILD/libcore.a is not built"
tests/interop/build_helper "$helper" tests/interop/stream_chunks.c "$BUILD/libcore.a" -lcjson ||
    exit 1

# Inside the namespace.  What is lost on its way out is not seen by the capture until it is sent
# again, behind others; what is lost on its way in is seen twice.
cat >"$work/traffic" <<'INNER'
#!/bin/bash
work=$1
trap 'kill $(jobs -p) 2>/dev/null' EXIT
until_true() {
    for ((n = 0; n < 200; n++)); do "$@" && return 0; read -rt 0.05 <> <(:); done
    echo "timed out: $*" >&2; return 1
}
ip link set lo up mtu 1500 gso_max_segs 1
# What is lost at the end of a flight is sent again at once, not after 200 ms.
ip route replace local 127.0.0.0/8 dev lo table local rto_min 5ms
ip route replace local 127.0.0.1 dev lo table local rto_min 5ms
for chain in OUTPUT INPUT; do
    iptables -A $chain -p tcp -m length --length 500:65535 -m statistic --mode nth \
        --every $([ $chain = OUTPUT ] && echo 23 || echo 37) --packet 9 -j DROP || exit 1
done
tcpdump -n -i lo -s 0 -B 8192 -U -w "$work/whole.pcap" 2>"$work/whole.log" &
whole=$!
tcpdump -n -i lo -s 700 -B 8192 -U -w "$work/cut.pcap" 2>"$work/cut.log" &
cut=$!
until_true grep -q 'listening on' "$work/whole.log" || exit 1
until_true grep -q 'listening on' "$work/cut.log" || exit 1
python3 tests/interop/stream_peers.py send "$work" || exit 1
# The captures are done when they have seen what came last.
printf 'this is the end' >/dev/udp/127.0.0.1/9
until_true grep -q 'this is the end' "$work/whole.pcap" || exit 1
until_true grep -q 'this is the end' "$work/cut.pcap" || exit 1
kill -INT $whole $cut
wait $whole $cut
exit 0
INNER
if ! unshare -n bash "$work/traffic" "$work" >"$work/out" 2>&1; then
    echo "Bail out! the traffic could not be captured"
    sed 's/^/# /' "$work/out"
    exit 1
fi

results=0 status=0
verdict() { # NAME, and the exit status of what was tried
    results=$((results + 1))
    if [ "$2" = 0 ]; then
        echo "ok $results - $1"
    else
        echo "not ok $results - $1"
        sed 's/^/# /' "$work/said"
        status=1
    fi
}

peers=tests/interop/stream_peers.py
tshark -n -r "$work/whole.pcap" -Y tcp.analysis.out_of_order -T fields -e frame.number \
    -z follow,tcp,raw,0 -z follow,tcp,raw,1 -z follow,tcp,raw,2 >"$work/tshark" 2>/dev/null
[ "$(sed '/^=/,$d' "$work/tshark" | wc -l)" -ge 5 ] 2>"$work/said"
verdict "segments came out of order" $?
python3 $peers tshark "$work" <"$work/tshark" >"$work/said" 2>&1
verdict "tshark finds what was sent" $?
for number in 0 1 2; do
    for side in 1 2; do
        "$helper" "$work/whole.pcap" $number raw $side >"$work/ours.$side"
        cmp "$work/ours.$side" "$work/$number.$side" >"$work/said" 2>&1
        verdict "connection $number: the bytes of side $side are those that were sent" $?
    done
    "$helper" "$work/whole.pcap" $number json 0 17 |
        python3 $peers chunks "$work" $number >"$work/said" 2>&1
    verdict "connection $number: with packets missing in the capture the rest is at its place" $?
    "$helper" "$work/cut.pcap" $number json 0 |
        python3 $peers chunks "$work" $number >"$work/said" 2>&1
    verdict "connection $number: cut by snaplen, too" $?
done
echo "1..$results"
exit $status
