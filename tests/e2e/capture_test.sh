#!/bin/bash
# `sockeye capture`: every option, what files become, and what is said of wrong input.
# shellcheck disable=SC2016  # sh -c expands what is in single quotes
. "$(dirname "$0")/lib.sh"
files=$e2e_root/tests/interop/captures
plain=$files/plain.pcap stalled=$files/never-read.pcap

capture() {
    "$SOCKEYE" capture "$@" 2>"$work/err"
}
# prints NAME REGEX OPTION...: one of the lines matches.
prints() {
    local name=$1 regex=$2
    shift 2
    check "$name" sh -c 'regex=$1; shift; "$@" 2>&1 | grep -Eq -- "$regex"' sh "$regex" \
        "$SOCKEYE" capture "$@"
}
lines() {
    "$SOCKEYE" capture "$@" 2>/dev/null | wc -l
}
# wrong NAME STATUS REGEX OPTION...: that status, and one line that matches.
wrong() {
    local name=$1 status=$2 regex=$3 got
    shift 3
    capture "$@" >"$work/out" </dev/null
    got=$?
    check "$name" test "$got $(wc -l <"$work/err") $(wc -c <"$work/out")" = "$status 1 0"
    check "$name, in one clear line" grep -Eq -- "$regex" "$work/err"
}

packets=$(lines -n -r "$plain")
check 'a line a packet' test "$packets" -gt 100

# ---- lines ----
line='TCP 10\.9\.1\.1:[0-9]+ -> 10\.9\.1\.2:8001 SYN win 64240 mss 1460 ws 10 seq [0-9]+$'
prints 'a packet has its time, ends and flags' "^14:33:52\.272228 $line" -n -c 1 -r "$plain"
prints '-t leaves the time out' "^$line" -t -c 1 -r "$plain"
prints '-tt counts since 1970' "^1795271632\.272228 $line" -tt -c 1 -r "$plain"
prints '-ttt counts from line to line' '^ 00:00:00\.022552 ' -ttt -c 2 -r "$plain"
prints '-tttt has the date' "^2026-11-21 14:33:52\.272228 $line" -tttt -c 1 -r "$plain"
prints '-ttttt counts from the first' '^ 00:00:00\.024' -ttttt -c 4 -r "$plain"
prints 'letters may stand apart' "^1795271632\.272228 " -t -c1 -t -nr "$plain"
prints '-q says less' ':8001 len 0$' -q -c 1 -r "$plain"
prints '-# numbers' "^2 14:" -n -# -c 2 -r "$plain"
prints '-e shows the length of the frame' 'length 60: TCP' -e -c 1 -r "$plain"
prints '-v shows fields' '^ +Window: 64240|^ +Window.*64240' -v -c 1 -r "$plain"
prints 'findings stand behind the line' '\[window-full\]$' -n -r "$stalled"
prints 'bytes follow by default' '^    0000  45 00 00 3c' -c 1 -r "$plain"
check '--no-hex leaves them out' test "$(lines --no-hex -r "$plain")" = "$packets"
check 'so does a letter of tcpdump' test "$(lines -t -r "$plain")" = "$packets"
prints '-x shows them as tcpdump does' '^	0x0000:  4500 003c bd13' -x -c 1 -r "$plain"
prints '-X with characters' '^	0x0000:  4500 003c bd13 4000 4006 6794 0a09 0101  E\.\.<' -X -c 1 -r "$plain"
prints '-A as text' '^E\.\.<' -A -c 1 -r "$plain"
check '-c ends' test "$(lines -n -c 7 -r "$plain")" = 7
prints '-s cuts' 'cut short' -n -s 30 -c 1 -r "$plain"

# ---- filters ----
check 'FILTER is pcap-filter' test "$(lines -n -r "$plain" tcp 'port 8001 and' 'tcp[tcpflags] & tcp-syn != 0')" = 2
check '-Y picks by what is known' test "$(lines -n -r "$plain" -Y 'flags syn')" = 2
check '--display is the same' test "$(lines -n -r "$plain" --display 'flags = syn,ack')" = 1
prints 'numbers count hidden packets' '"n":3,' --json -r "$plain" -Y 'flags = ack and seq > 0 and payload 0' -c 1

# ---- JSON ----
check 'JSON is an object a line, with all that was promised' python3 - "$SOCKEYE" "$plain" <<'PYTHON'
import json, subprocess, sys
told = subprocess.run([sys.argv[1], "capture", "--json", "-r", sys.argv[2]], capture_output=True, check=True)
lines = [json.loads(line) for line in told.stdout.splitlines()]
assert [p["n"] for p in lines] == list(range(1, len(lines) + 1))
first = lines[0]
assert first["time"] == "1795271632.272228043" or first["time"].startswith("1795271632.272228"), first
assert (first["len"], first["proto"], first["src"], first["dst"], first["dport"]) == (60, "TCP", "10.9.1.1", "10.9.1.2", 8001)
assert first["caplen"] == 60 and first["flags"] == "SYN" and first["window"] == 64240 and first["ack"] == 0
assert lines[1]["flags"] == "SYN,ACK" and lines[1]["ack"] == first["seq"] + 1
assert any(p["payload_len"] == 1448 and p["caplen"] < p["len"] for p in lines)
assert all(p["findings"] == [] for p in lines[:3])
PYTHON
prints '--fields adds them' '"fields":\[\{"name":"' --json --fields -c 1 -r "$plain"
prints '-x adds the bytes' '"hex":"4500003cbd13' --json -x -c 1 -r "$plain"

# ---- files ----
capture -r "$plain" -w "$work/same.pcap"
check 'a file is copied byte for byte' cmp "$plain" "$work/same.pcap"
capture -r "$plain" -w - >"$work/stdout.pcap"
check 'also to stdout' cmp "$plain" "$work/stdout.pcap"
check 'and from stdin' test "$("$SOCKEYE" capture -n -r - <"$plain" | wc -l)" = "$packets"
capture -r "$plain" -w "$work/ng.pcapng"
capture -r "$work/ng.pcapng" -w "$work/again.pcapng"
check 'pcapng too' cmp "$work/ng.pcapng" "$work/again.pcapng"
check 'which holds all packets' test "$(lines -n -r "$work/ng.pcapng")" = "$packets"
capture -r "$plain" --format pcapng -w - >"$work/asked.pcapng"
check '--format says which' cmp "$work/ng.pcapng" "$work/asked.pcapng"
capture -r "$plain" -w "$work/picked.pcap" -Y 'flags syn'
check 'what the display filter picks is written' test "$(lines -n -r "$work/picked.pcap")" = 2
capture -r "$plain" -C 4k -w "$work/part"
check '-C goes on in a next file' test -s "$work/part1"
capture -r "$plain" -C 4k -W 2 -w "$work/ring"
check '-W keeps so many' test "$(find "$work" -name 'ring*' | wc -l)" = 2
check '--print shows what is written' test "$(lines -n --print -r "$plain" -w "$work/x.pcap")" = "$packets"
cp "$plain" "$work/kept.pcap"
wrong 'a wrong filter leaves the file alone' 2 'character 5' -r "$stalled" -w "$work/kept.pcap" 'tcp prot 80'
check 'it is as it was' cmp "$plain" "$work/kept.pcap"
wrong 'a full disk is said' 1 'ENOSPC' -r "$plain" -w /dev/full
wrong 'a file is not written over itself' 1 'being read' -r "$work/kept.pcap" -w "$work/kept.pcap"
head -c 1000 "$plain" >"$work/cut.pcap"
capture --json -r "$work/cut.pcap" >"$work/out"
check 'a truncated file ends with 1' test $? = 1
check 'gives what it has' test "$(wc -l <"$work/out")" -gt 5
check 'and one line that says where' test "$(grep -c 'cut short' "$work/err") $(wc -l <"$work/err")" = '1 1'


# A pipe that does not end.
mkfifo "$work/pipe"
exec 7<>"$work/pipe"
cat "$plain" >&7
background "$SOCKEYE" capture -n -r "$work/pipe" --print -w "$work/piped.pcap" >"$work/out" 2>"$work/err"
pid=$background_pid
all_printed() {
    [ "$(wc -l <"$work/out")" = "$packets" ]
}
until_true 5 all_printed
kill -INT "$pid"
wait "$pid"
check 'SIGINT ends the reading of a pipe with 0' test $? = 0
exec 7>&-
check 'and what was written is whole' cmp "$plain" "$work/piped.pcap"
check 'and it is said' grep -q "^interrupted after $packets packets" "$work/err"

# ---- as a whole ----
prints '--findings groups them' '^    warn  [0-9]+ x window-full: packets 5, ' --findings -r "$stalled"
prints 'with the course of the connection' 'complete, with data; handshake 16 ms; closed first by 10\.9\.2\.1:' --findings -r "$stalled"
check 'also as JSON' sh -c '"$1" capture --findings --json -r "$2" | python3 -c "
import json, sys
c = json.load(sys.stdin)[\"conversations\"][0]
assert c[\"findings\"][0][\"id\"] == \"window-full\" and c[\"completeness_bits\"] == 31, c"' sh "$SOCKEYE" "$stalled"
prints '--ladder has a column for each end' '10\.9\.2\.1:[0-9]+ +10\.9\.2\.2:8002' --ladder -r "$stalled"
prints 'as a page' '<svg' --ladder --as html -r "$stalled"
prints 'as JSON, with the first packet called 1' '"packet":1,"conversation":0,"protocol":"TCP","bytes":0,"flags":"SYN"' --ladder --json -r "$stalled"
python3 - "$work/talk.pcap" <<'PYTHON'
import struct, sys
def packet(sport, dport, seq, ack, flags, data):
    tcp = struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 0x50, flags, 512, 0, 0) + data
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0, bytes([10, 0, 0, 1 if sport == 40000 else 2]),
                       bytes([10, 0, 0, 2 if sport == 40000 else 1])) + tcp
packets = [packet(40000, 80, 1, 0, 2, b""), packet(80, 40000, 1, 2, 18, b""), packet(40000, 80, 2, 2, 24, b"GET / HTTP/1.0\r\n\r\n"),
           packet(80, 40000, 2, 20, 24, b"HTTP/1.0 200 OK\r\n\r\nhello\x1b[31m")]
with open(sys.argv[1], "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
    for i, p in enumerate(packets):
        f.write(struct.pack("<IIII", 1700000000, i, len(p), len(p)) + p)
PYTHON
prints '--stream puts the bytes in order' '^GET / HTTP/1\.0' --stream -r "$work/talk.pcap"
prints 'nothing of it can reach the terminal' 'hello\\x1b\[31m' --stream 0 -r "$work/talk.pcap"
prints '-x as a dump' '47 45 54 20 2f 20 48 54' --stream -x -r "$work/talk.pcap"
prints 'as JSON, too' '"conversation": *0' --stream=0 --json -r "$work/talk.pcap"
check 'and as it was' sh -c '"$1" capture --stream 0 --as raw -r "$2" | grep -c "$(printf "hello\\033")" >/dev/null' sh "$SOCKEYE" "$work/talk.pcap"
wrong 'a conversation that is not there' 1 'no such conversation' --stream 7 -r "$work/talk.pcap"

# ---- wrong input ----
wrong 'an unknown letter' 2 "'-zz' is no option" -zz
wrong 'an unknown option' 2 "'--nosuch' is no option" --nosuch
wrong 'a missing value' 2 "'-c' needs a value" -r "$plain" -c
wrong 'no number of packets' 2 "'0' is no number of packets" -c 0
wrong 'no snaplen' 2 "'-5' is no number of bytes" -s -5
wrong 'no size' 2 "'x' is no size" -C x -w "$work/x"
wrong 'a size of no file' 2 "of no file" -C 5
wrong 'files of no size' 2 "-C says" -W 5 -w "$work/x"
wrong 'no format' 2 "'cap' is no format" --format cap -w "$work/x"
wrong 'no form' 2 "'svg' is no form of a ladder" --ladder --as svg -r "$plain"
wrong 'a form of nothing' 2 'of nothing' --as text -r "$plain"
wrong 'an interface and a file' 2 "'lo' is an interface" -i lo -r "$plain"
wrong 'stdout twice' 2 'no stdout' -w - --print -r "$plain"
wrong 'a wrong display filter' 2 "character 5: 'prot' is none" -r "$plain" -Y 'tcp prot 80'
wrong 'a missing file' 1 'nosuch.*ENOENT' -r "$work/nosuch"
wrong 'a missing file of which the whole was asked' 1 'nosuch.*ENOENT' --findings -r "$work/nosuch"
wrong 'or its streams' 1 'nosuch.*ENOENT' --stream -r "$work/nosuch"
wrong 'no capture file' 1 'no pcap or pcapng' -r "$e2e_root/Makefile"
wrong 'too many interfaces' 2 'too many' -i 1 -i 2 -i 3 -i 4 -i 5 -i 6 -i 7 -i 8 -i 9

# ---- live ----
running() {
    [ "$(grep -c '^capturing on ' "$1")" = "$2" ]
}
second=lo
ip link add sockeye0 type veth peer name sockeye1 2>/dev/null && second=sockeye0
background "$SOCKEYE" capture -i lo -w "$work/live.pcapng" 2>"$work/live"
pid=$background_pid
until_true 5 running "$work/live" 1 || {
    grep -Eq 'CAP_NET_RAW|not permitted' "$work/live" && {
        skip 'capturing live' 'it is not permitted here'
        done_testing
    }
}
wrong 'an interface that is not there' 3 'nosuch0.*ENODEV' -i nosuch0
wrong 'a wrong filter points at the place' 2 "character 5: 'prot'" -i lo 'tcp prot 80'
port=$(free_port)
background "$SOCKEYE" serve echo "127.0.0.1:$port" >"$work/served"
until_true 5 grep -q . "$work/served"
echo hello | "$SOCKEYE" connect "127.0.0.1:$port" >/dev/null
kill -USR1 "$pid"
check 'SIGUSR1 asks how it is going' until_true 5 grep -q 'packets written of [0-9]* seen, 0 cut, 0 dropped' "$work/live"
kill -INT "$pid"
wait "$pid"
check 'SIGINT ends it with 0' test $? = 0
check 'and the sums' test "$(grep -c 'packets written of' "$work/live")" = 2
prints 'the file has the connection and its interface' "lo TCP 127\.0\.0\.1:[0-9]+ -> 127\.0\.0\.1:$port SYN" -n -r "$work/live.pcapng"

# Packets that the kernel has already when the end is wanted, more than are taken at once.
background "$SOCKEYE" capture -i lo --json -v udp port "$port" >"$work/late" 2>"$work/late.err"
pid=$background_pid
until_true 5 running "$work/late.err" 1
kill -STOP "$pid"
python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(18000):
    s.sendto(b'late', ('127.0.0.1', $port))"
kill -INT "$pid"
kill -CONT "$pid"
wait "$pid"
check 'what came before SIGINT is still taken' test "$(wc -l <"$work/late")" = 18000

background "$SOCKEYE" capture -i lo -w /dev/full tcp port "$port" 2>"$work/full"
pid=$background_pid
until_true 5 running "$work/full" 1
echo hello | "$SOCKEYE" connect "127.0.0.1:$port" >/dev/null
check 'a full disk is said while capturing' until_true 5 grep -q ENOSPC "$work/full"
check 'which goes on' kill -0 "$pid"
kill -INT "$pid"
wait "$pid"
check 'and ends with 1' test $? = 1

if [ "$second" = lo ]; then
    skip 'several interfaces are captured together' 'no second interface can be made'
else
    ip link set sockeye0 up
    ip link set sockeye1 up
    ip addr add 10.77.0.1/24 dev sockeye0
    background "$SOCKEYE" capture -n -i lo -i sockeye0 --promiscuous -s 200 -l 'arp or tcp' >"$work/two" 2>"$work/two.err"
    pid=$background_pid
    until_true 5 running "$work/two.err" 2
    echo hello | "$SOCKEYE" connect "127.0.0.1:$port" >/dev/null
    "$SOCKEYE" connect --timeout 1 10.77.0.2:80 >/dev/null 2>&1 </dev/null &
    children+=($!)
    both() {
        grep -q ' lo TCP ' "$work/two" && grep -q ' sockeye0 ARP ' "$work/two"
    }
    check 'several interfaces are captured together, lines come at once' until_true 5 both
    kill -TERM "$pid"
    wait "$pid"
    check 'SIGTERM ends them' test $? = 0
    background "$SOCKEYE" capture -n -i sockeye0 >/dev/null 2>"$work/gone"
    pid=$background_pid
    until_true 5 running "$work/gone" 1
    ip link del sockeye0
    check 'an interface that goes is said' until_true 5 grep -q 'sockeye0: the interface was removed' "$work/gone"
    check 'and waited for' kill -0 "$pid"
    kill -INT "$pid"
    wait "$pid"
    check 'and has not failed' test $? = 0
fi
background "$SOCKEYE" capture -i lo -c 2 --json tcp port "$port" >"$work/counted" 2>"$work/counted.err"
pid=$background_pid
until_true 5 running "$work/counted.err" 1
echo hello | "$SOCKEYE" connect "127.0.0.1:$port" >/dev/null
wait "$pid"
check '-c ends a live capture' test $? = 0
check 'after so many' test "$(wc -l <"$work/counted")" = 2

# ---- the manual ----
page=$e2e_root/share/man/sockeye-capture.1
for option in $("$SOCKEYE" capture --help | grep -Eo '(^|[ ,])-(-[a-z-]+|[a-zA-Z#])' | tr -d ' ,' | sort -u); do
    grep -Fq -- "$(printf '%s' "$option" | sed 's/-/\\-/g')" "$page" || echo "# $option is not in $page"
done >"$work/missing"
cat "$work/missing"
check 'every option is in the manual page' test ! -s "$work/missing"
done_testing
