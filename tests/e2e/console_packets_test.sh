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
