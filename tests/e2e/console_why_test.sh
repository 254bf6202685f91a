#!/bin/bash
# Why, in the console: a refused session explains itself, a stalled one, too; what is asked leads
# to the rows and packets that it rests on, and can be done again elsewhere.
. "$(dirname "$0")/lib.sh"
port=$(free_port) other=$(free_port)

start "$SOCKEYE"
wait_for 'lo: [0-9]|no capture'
captures=no
screen_has 'lo: [0-9]+ packets' && captures=yes

# ---- refused: it explains itself ---------------------------------------------------------

command_line "connect 127.0.0.1:$port"
expect 'a refused session explains itself' "── why ── no-listener, [a-z]+: Nobody listens on 127.0.0.1:$port"
check 'below the session that failed' screen_has 'ECONNREFUSED'
keys 6
expect 'the verdict is on a screen of its own' "6 Why"
expect 'with what it rests on' 'connect +→ to 127.0.0.1:'
keys /
type_text 'to 127.0.0.1'
keys Enter Enter
expect 'what failed leads to the call that told it' '── ECONNREFUSED'
check 'in the journal' screen_has '5 Journal'
keys 6
keys '!'
expect 'trying again is offered' "connect to tcp://127.0.0.1:$port again"
keys Escape 1

# ---- another address: the fix is offered and done ----------------------------------------

command_line "serve never-recv 127.0.0.2:$other"
expect 'a server on another address' "127.0.0.2:$other .*LISTEN"
command_line "why tcp://127.0.0.1:$other"
expect 'is found' 'listener-other-address, certain'
keys '!'
expect 'and offered' "connect to tcp://127.0.0.2:$other instead"
keys Down Down Enter
expect 'after a question' "connect to tcp://127.0.0.2:$other instead\? \(y/n\)"
keys y
keys 1
expect 'it is connected' "127.0.0.2:$other +ESTABLISHED"

# ---- a peer that does not read -----------------------------------------------------------

# While it comes to stand still: what a verdict rests on leads to its packet.
command_line flood
if [ "$captures" = yes ]; then
    command_line "why tcp://127.0.0.1:$port"
    wait_for "── why tcp://127.0.0.1:$port ──"
    keys /
    type_text 'came RST'
    keys Enter
    expect 'the packet is known' 'capture +→ came RST'
    keys Enter
    wait_for 'bytes of packet'
    number=$(screen | sed -nE "s/^[ >]*([0-9]+) .*:$port > .* RST ACK .*/\1/p" | tail -1)
    expect 'and evidence leads to it' "bytes of packet ${number:-none} "
else
    skip 'and evidence leads to its packet' 'nothing can be captured here'
fi
keys 1
expect 'a stalled session explains itself' '── why ── peer-not-reading, [a-z]+: '
keys 6
expect 'and its verdict is there to be read' '^ peer-not-reading, '
keys e
expect 'while it is asked that is said' 'asking why tcp://.*C-c gives it up'
keys C-c
expect 'and it can be given up' 'given up: why tcp://'
check 'then the answer from before is there again' screen_has '^ peer-not-reading, '
keys /
type_text 'the other end: tcp'
keys Enter
wait_for '→ the other end'
keys Enter
expect 'its evidence leads to the row of the other end' '>tcp .*127.0.0.2:'"$other"' +127.0.0.1'
keys Q
check 'it quits with 0' test "$(exit_status)" = 0
done_testing
