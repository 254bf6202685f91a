#!/bin/bash
# What `sockeye connect` sends in each of its ways, byte by byte, as peers in Python receive it;
# datagrams, many connections at once, transcripts and their replay.
. "$(dirname "$0")/../e2e/lib.sh"
peers=$e2e_root/tests/interop/sending.py

peer() { # KIND [ARGUMENT]: starts it; its port is in $port
    : >"$work/port"
    background python3 -B "$peers" "$@" >"$work/port" </dev/null
    until_true 10 test -s "$work/port"
    read -r port <"$work/port"
}

connect() {
    timeout 20 "$SOCKEYE" connect "$@"
}

arrives() { # NAME EXPECTED-AS-PRINTF OPTION...: stdin of the test goes to connect
    local name=$1 expected=$2
    shift 2
    rm -f "$work/sunk"
    peer sink "$work/sunk"
    connect "127.0.0.1:$port" "$@" >"$work/out" 2>"$work/err"
    until_true 5 test -e "$work/sunk"
    # shellcheck disable=SC2059
    printf "$expected" >"$work/expected"
    if cmp -s "$work/expected" "$work/sunk"; then
        ok "$name"
    else
        not_ok "$name"
        od -c "$work/sunk" | sed 's/^/# /'
        sed 's/^/# /' "$work/err"
    fi
}

gives() { # NAME STATUS REGEX OPTION...: exit status, and a line of stdout or stderr
    local name=$1 status=$2 regex=$3 got
    shift 3
    connect "$@" >"$work/out" 2>"$work/err"
    got=$?
    if [ "$got" = "$status" ] && cat "$work/out" "$work/err" | grep -aEq -- "$regex"; then
        ok "$name"
    else
        not_ok "$name"
        echo "# status $got"
        sed 's/^/# /' "$work/out" "$work/err"
    fi
}

# ---- what is sent ----------------------------------------------------------------------------

arrives 'escapes are sent as bytes' 'a\0b\r\n\\\t\377' --send 'a\x00b\r\n\\\t\xff' </dev/null
arrives 'hex is sent however it is written' 'Hello!' --hex '48 65' --hex '0x6c,0x6c' \
    --hex '\x6f21' </dev/null
printf 'one\ntwo\n' >"$work/file"
arrives 'texts, hex, files and stdin come in order' '1one\ntwo\nA2<in>' --send 1 \
    --file "$work/file" --hex 41 --send 2 < <(printf '<in>')
arrives 'line ends of texts and stdin are translated, of files they are not' \
    'a\r\nb\r\none\ntwo\nc\r\n' --crlf --send 'a\nb\r\n' --file "$work/file" < <(printf 'c\n')
arrives 'to LF' 'a\nb\nc\rd' --line-end lf < <(printf 'a\r\nb\nc\rd')
arrives 'to CR' 'a\rb\r' --line-end cr < <(printf 'a\r\nb\n')
arrives 'messages are repeated' 'x\001x\001x\001' --send x --hex 01 --repeat 3 --interval 0.01 \
    </dev/null
mkfifo "$work/fifo"
background sh -c "printf 'through a FIFO' >'$work/fifo'"
arrives 'a FIFO is read until its writer ends' 'through a FIFO' --file "$work/fifo" --no-stdin

# stdin that never ends
exec 8<>"$work/fifo"
arrives '--no-stdin ends while stdin is open' 'x' --send x --no-stdin <&8
peer early
gives "the peer's close ends the session while stdin is open" 0 '^bye$' "127.0.0.1:$port" <&8
peer early 1
gives 'also while something is still to be repeated' 0 '^bye$' "127.0.0.1:$port" --send x \
    --repeat 3 --interval 100 <&8

head -c 3000000 /dev/urandom >"$work/bytes"
peer echo
connect "127.0.0.1:$port" --file "$work/bytes" --no-stdin >"$work/back" 2>"$work/err"
check 'a long file comes back whole' cmp -s "$work/bytes" "$work/back"
echo_port=$port
peer stuck
connect "127.0.0.1:$port" --no-stdin --file "$work/bytes" --idle-timeout 0.2 -v \
    >"$work/out" 2>"$work/err"
port=$echo_port
# shellcheck disable=SC2016  # awk's fields, not the shell's
check 'a partial send is visible' awk '/^send\(/ {
        asked = $0; sub(/, MSG_[A-Z]*\) = .*/, "", asked); sub(/.*, /, "", asked)
        took = $0; sub(/.*\) = /, "", took); sub(/ .*/, "", took)
        if (took + 0 > 0 && took + 0 < asked + 0) found = 1 }
    END { exit !found }' "$work/err"
connect "127.0.0.1:$port" --no-stdin --file "$work/bytes" -v >"$work/out" 2>"$work/err"
check 'and so are shutdown and the steps' \
    sh -c "grep -q '^shutdown(.*SHUT_WR) = 0' '$work/err' && grep -q '^seconds: resolved 0\..* connected 0\..* first_byte 0\.' '$work/err'"
gives 'calls are objects with --json' 0 '^\{"event":"call","text":"connect\(.*EINPROGRESS' \
    "127.0.0.1:$port" --send x --no-stdin -v --json
gives 'and the steps are one' 0 '^\{"event":"phases","resolved_s":[0-9].*"first_byte_s":[0-9]' \
    "127.0.0.1:$port" --send x --no-stdin -v --json

# ---- what is expected ------------------------------------------------------------------------

gives 'what is expected comes back' 0 '^abc$' "127.0.0.1:$port" --send 'abc\n' --expect 'abc\n' \
    --no-stdin
gives 'a difference is named by its offset' 1 'offset 2: 63 instead of 58' "127.0.0.1:$port" \
    --send abc --expect abX --no-stdin
gives 'an early end too' 1 'ends at offset 3' "127.0.0.1:$port" --send abc --expect abcd --no-stdin

for word in '--send a\q' '--hex 4x' '--hex 123' '--line-end dos' '--expect a\x4' \
    '--connections 0' '--check' '--speed fast' '--transcript-format xml'; do
    # shellcheck disable=SC2086
    gives "$word is refused" 2 "$(printf %s "${word%% *}" | sed 's/^--//')|xml" "127.0.0.1:$port" $word
done
gives 'a file that is not there is named' 1 'open /nowhere/at/all: No such file' \
    "127.0.0.1:$port" --file /nowhere/at/all
gives 'a folder is no file' 1 'EISDIR' "127.0.0.1:$port" --file /usr

# ---- datagrams -------------------------------------------------------------------------------

peer udp
printf x | connect "udp://127.0.0.1:$port" >"$work/out" 2>"$work/err"
check 'a datagram session ends when nothing comes any more' test "$?" = 0
check 'and wrote what came' sh -c "printf x | cmp -s - '$work/out'"
printf '' | connect --json "udp://127.0.0.1:$port" --send '' --send abc --hex 00 --send 'sizes?' \
    --linger 0.5 >"$work/out" 2>"$work/err"
check 'empty datagrams arrive and come back' \
    grep -q '"event":"received","bytes":0,"text":"","hex":"","from":"127.0.0.1:'"$port" "$work/out"
check 'each message is one datagram' grep -q '"text":"sizes 1 0 3 1"' "$work/out"
head -c 40000 /dev/zero >"$work/zeros"
connect --json "udp://127.0.0.1:$port" --send 'sizes?' --linger 0.5 <"$work/zeros" \
    >"$work/out" 2>"$work/err"
connect --json "udp://127.0.0.1:$port" --send 'sizes?' --linger 0.3 --no-stdin >"$work/out" 2>"$work/err"
check 'a read of 16 KiB is one' grep -q ' 16384 16384 7232"' "$work/out"
connect --json "udp://127.0.0.1:$port" --send 0123456789abcde --receive-bytes 10 --linger 0.3 \
    --no-stdin >"$work/out" 2>"$work/err"
check 'what was cut off is flagged' grep -q '"bytes":10,.*"truncated":true,"length":15' "$work/out"
connect "udp://127.0.0.1:$port" --send 0123456789abcde --receive-bytes 10 --linger 0.3 \
    --no-stdin >"$work/out" 2>"$work/err"
check 'and said without --json' grep -q 'truncated: the datagram had 15 bytes, .* 10$' "$work/err"
check 'with nothing but the bytes on stdout' sh -c "printf 0123456789 | cmp -s - '$work/out'"
peer other
connect --unconnected "udp://127.0.0.1:$port" --send hi --linger 0.5 --no-stdin \
    >"$work/out" 2>"$work/err"
second=$(sed -n 2p "$work/port")
check 'an unconnected session shows who sent' \
    grep -q "^from 127.0.0.1:$second: a datagram of 14 bytes" "$work/err"
check 'and what' grep -qx 'from elsewhere' "$work/out"
gives 'a closed port is refused' 1 ECONNREFUSED "udp://127.0.0.1:$(free_port)" --send x --no-stdin

# ---- many at once ----------------------------------------------------------------------------

peer echo 50
gives 'fifty connections at once get their messages back' 0 \
    '^50 connections: 50 ok, 0 failed; 2,200 bytes sent, 2,200 received, [0-9.]+ s$' \
    "127.0.0.1:$port" --connections 50
gives 'each is told with -v' 0 '^connection 3: .* ok; 4 bytes sent, 4 received' \
    "127.0.0.1:$port" --connections 3 --send abc --send d -v
check 'without it only the sum' test "$(connect "127.0.0.1:$port" --connections 3 | wc -l)" = 1
connect "127.0.0.1:$port" --connections 5 --file "$work/bytes" --json >"$work/out" 2>"$work/err"
check 'each is an object' test "$(grep -c '"event":"connection","connection":[1-5],"ok":true' "$work/out")" = 5
check 'and so is the sum' \
    grep -q '"event":"summary","connections":5,"ok":5,"failed":0,"sent_bytes":15000000,"received_bytes":15000000' "$work/out"
peer corrupt
gives 'a byte that changed fails its connection' 1 \
    'connection 2: .*offset 3: 23 instead of 73' "127.0.0.1:$port" --connections 2
check 'and the sum says so' grep -q '^2 connections: 0 ok, 2 failed' "$work/out"
peer early
gives 'a peer that closes early is named' 1 'connection 1: ' "127.0.0.1:$port" --connections 1
gives 'and so is a refusal' 1 'connection 2: connect 127.0.0.1:[0-9]*: .*ECONNREFUSED' \
    "127.0.0.1:$(free_port)" --connections 2

# ---- transcripts -----------------------------------------------------------------------------

peer echo
for format in text json hex; do
    printf 'in\n' | connect "127.0.0.1:$port" --send 'hello\r\n' --hex ff00 --repeat 2 \
        --interval 0.05 --transcript "$work/session.$format" --transcript-format $format \
        >"$work/out" 2>"$work/err"
done
check 'a text transcript has time, direction and bytes' \
    grep -Eq '^[0-9:]{8}\.[0-9]{6} > 7 bytes$' "$work/session.text"
check 'and what they were' grep -Fqx '  hello\r' "$work/session.text"
check 'a hex transcript is a dump' grep -Eq '^0000  (68 65 6c 6c 6f|ff 00)' "$work/session.hex"
check 'a JSON transcript has every byte in order' python3 -c '
import json, sys
passages = [json.loads(line) for line in open(sys.argv[1])]
for direction in ("sent", "received"):
    data = b"".join(bytes.fromhex(p["hex"]) for p in passages if p["direction"] == direction)
    assert data == b"hello\r\n\xff\0" * 2 + b"in\n", data
times = [p["at_s"] for p in passages]
assert times == sorted(times) and times[0] == 0 and times[-1] >= 0.05
' "$work/session.json"
connect "127.0.0.1:$port" --file "$work/bytes" --no-stdin --transcript "$work/long.json" \
    --transcript-format json >"$work/out" 2>"$work/err"
check 'a long session loses nothing in it' python3 -c '
import json, sys
want = open(sys.argv[2], "rb").read()
passages = [json.loads(line) for line in open(sys.argv[1])]
for direction in ("sent", "received"):
    data = b"".join(bytes.fromhex(p["hex"]) for p in passages if p["direction"] == direction)
    assert data == want
' "$work/long.json" "$work/bytes"
connect "127.0.0.1:$port" --no-stdin --replay "$work/long.json" --speed 0 --check >"$work/back"
check 'it comes back whole in a replay without pauses' cmp -s "$work/bytes" "$work/back"
gives 'a replay has its pauses' 0 '"at_s"|hello' "127.0.0.1:$port" --no-stdin --check \
    --replay "$work/session.json" --transcript "$work/again.json" --transcript-format json
check 'at the same times' python3 -c '
import json, sys
first, again = ([p["at_s"] for p in map(json.loads, open(f)) if p["direction"] == "sent"]
                for f in sys.argv[1:])
assert len(first) == len(again) and again[-1] >= 0.9 * first[-1], (first, again)
' "$work/session.json" "$work/again.json"
sed '/received/s/68656c6c6f/68656c6c70/' "$work/session.json" >"$work/other.json"
gives 'a replay that gets another answer says where' 1 'offset 4: 6f instead of 70' \
    "127.0.0.1:$port" --no-stdin --check --speed 0 --replay "$work/other.json"
echo '{"at_s":1' >>"$work/other.json"
gives 'a broken transcript is named with its line' 1 \
    "other.json, line $(wc -l <"$work/other.json"): this is no JSON" \
    "127.0.0.1:$port" --replay "$work/other.json"
gives 'a transcript that cannot be written is named before anything is sent' 1 \
    'write /nowhere/at/all: No such file' "127.0.0.1:$port" --transcript /nowhere/at/all
if command -v text2pcap >/dev/null; then
    text2pcap -q -D -t %H:%M:%S.%f -T 1,2 "$work/session.hex" "$work/session.pcap" 2>/dev/null
    check 'text2pcap takes the hex dump' python3 -c '
import struct, sys
data, at, total = open(sys.argv[1], "rb").read(), 24, b""
if data[:4] != b"\x0a\x0d\x0d\x0a":
    sys.exit(1)
sys.exit(b"hello\r\n" not in data)
' "$work/session.pcap"
else
    skip 'text2pcap takes the hex dump' 'there is no text2pcap'
fi
# ---- a peer that sends no more and reads on --------------------------------------------------

head -c 12000000 /dev/urandom >"$work/long"
rm -f "$work/sunk"
peer listener "$work/sunk"
check 'with a peer that closed its side a file is sent' \
    connect "127.0.0.1:$port" --file "$work/long" </dev/null
until_true 10 test -e "$work/sunk"
check 'to its last byte' cmp -s "$work/long" "$work/sunk"
done_testing
