#!/bin/bash
# Packets of the session that is followed: the handshake, the bytes, and what was not captured.
. "$(dirname "$0")/lib.sh"
COLUMNS_WANTED=120 ROWS_WANTED=40
port=$(free_port)

start "$SOCKEYE"
expect 'what is captured is said on top' 'lo: ([0-9,]+ packets, [0-9,]+ dropped|no capture)'
if screen_has 'no capture'; then
    expect 'without the right to capture it says what is needed' 'CAP_NET_RAW|EPERM'
    skip 'the packets of a session' 'capturing is not permitted here'
    done_testing
fi
command_line "serve echo 127.0.0.1:$port"
wait_for LISTEN
command_line "connect 127.0.0.1:$port"
expect 'the SYN is shown, sent by us' '→ SYN win [0-9]+ mss'
expect 'its answer is shown' '← SYN ACK win'
command_line 'send Hello, world'
expect 'the bytes of the payload are shown' '48 65 6c 6c 6f 2c 20 77 +Hello, w'
keys 3
expect 'the packets panel has the fields' 'Source Address: 127\.0\.0\.1'
expect 'and a line for each packet' 'PSH ACK len 12'
keys Tab
expect 'in the bytes, those under the cursor are read in both orders' 'BE +u16 18533 .*u32 1214606444'
expect 'as a character' 'UTF-8 H U\+0048'
keys Right
expect 'and follow it' 'LE +u16 27749 '
resize 80 24
keys z
expect 'on 24 rows, too' 'BE +u16 25964 '
expect 'below the fields' '^ +Data: 12 bytes'
keys z
resize 120 40

# --- among all packets: findings, marks, filters, and back to the socket
keys Escape Escape 3
expect 'the meter is always there' '[0-9]+ seen · [0-9]+ kept · 0 cut · dropped'
keys g Space m a
expect 'a mark is confirmed' 'packet [0-9]+ is marked a'
keys Down Space
expect 'tagged packets have a star' '^\* +[0-9]+ +[0-9.]+ ← '
keys '='
expect 'two packets are compared' 'packets [0-9]+ and [0-9]+: [0-9]+ of [0-9]+ fields differ'
expect 'what differs is marked' '^ !   Sequence Number'
keys q '&'
type_text 'flags syn andd'
keys Enter
expect 'a filter that is wrong says where' "'andd'"
keys Escape
command_line 'packets-filter flags syn'
expect 'the filter is shown' 'packets of this row \[filter: flags syn\]'
wait_gone 'PSH ACK len 12 win'
ok 'and hides the others'
keys Escape
command_line 'capture-filter tcp porrt 1'
expect 'a capture filter is compiled before anything stops' 'porrt'
keys Escape
command_line "capture-filter tcp port $port"
expect 'a capture filter is shown' "\[capture: tcp port $port\]"
command_line 'send again and again'
expect 'capturing goes on' 'PSH ACK len 15'
keys /
type_text '0x48656c6c6f2c'
keys Enter
expect 'bytes are found in an earlier packet' 'bytes of packet 3 '

# --- into files
command_line "save packets $work/all.pcapng"
expect 'packets are saved' 'all\.pcapng: [0-9]+ packets'
command_line "save packets $work/two.pcap tagged"
expect 'also only the tagged ones' 'two\.pcap: 2 packets'
command_line "save packets /dev/full"
expect 'a file that cannot be written is a message' '/dev/full'
check 'a pcapng file begins with its section' test "$(head -c4 "$work/all.pcapng" | od -An -tx1 | tr -d ' ')" = 0a0d0d0a
if command -v tshark >/dev/null 2>&1; then
    comment=$(tshark -r "$work/all.pcapng" -T fields -e frame.comment 2>/dev/null | head -1)
    check 'each packet names its sessions for others' grep -q 'session [0-9]*, tcp://127.0.0.1' <<<"$comment"
    check 'and no more than two were tagged' test "$(tshark -r "$work/two.pcap" 2>/dev/null | wc -l)" = 2
else
    skip 'each packet names its sessions for others' 'tshark is not installed'
    skip 'and no more than two were tagged' 'tshark is not installed'
fi
command_line "save ladder $work/ladder.html html"
expect 'the ladder is saved' 'ladder\.html: [0-9]+ steps'
keys f
expect 'the stream is followed' 'again and again'
command_line "save stream $work/stream.raw raw"
expect 'the stream is saved' 'stream\.raw: all [0-9]+ bytes'
check 'with its bytes' grep -q 'again and again' "$work/stream.raw"
keys q 4
expect 'the ladder has both ends' "127\.0\.0\.1:$port"
keys 3 s
expect 'a packet leads to its socket' '^>?tcp .*ESTABLISHED'
keys Q
exit_status >/dev/null

no_rights=(setpriv --bounding-set=-all --inh-caps=-all --ambient-caps=-all)
if "${no_rights[@]}" true 2>/dev/null; then
    start "${no_rights[@]}" "$SOCKEYE"
    expect 'without the right to capture it says what is needed' 'no capture: needs CAP_NET_RAW'
    expect 'the table is there all the same' 'Recv-Q'
    keys Q
    check 'and quits with 0' test "$(exit_status)" = 0
else
    skip 'without the right to capture it says what is needed' 'rights cannot be dropped here'
fi

start "$SOCKEYE" --no-capture
expect 'without capturing it says so' 'not capturing'
keys Q
check 'it quits with 0' test "$(exit_status)" = 0
done_testing
