#!/bin/bash
# The forms over a session: its options, read again and set; a framed message, field by field.
. "$(dirname "$0")/lib.sh"
port=$(free_port)

start "$SOCKEYE" --no-capture
wait_for 'Recv-Q'
keys c
expect 'without a session there is no form to fill in' 'no session of ours is open to send .*: o opens one'
keys o
expect 'and its keys are keys' '^:connect'
keys Escape Escape
wait_for 'Recv-Q'
command_line "serve message 127.0.0.1:$port"
wait_for 'LISTEN'
keys O
expect 'O shows the options of a server, too' 'SO_ACCEPTCONN +on .* -'
keys Escape
command_line "connect 127.0.0.1:$port"
wait_for '^>.*ESTABLISHED'

keys O
expect 'and of a session' 'of session 2'
expect 'with its own values' 'SO_ACCEPTCONN +off'
keys '&'
type_text nodelay
expect 'typing filters them' '1 of the [0-9]+ of session 2'
keys Enter Enter
expect 'Enter begins the command that sets one' '^:set 2 TCP_NODELAY=on'
keys Enter
expect 'the new value is read back' 'TCP_NODELAY +on +yes'
keys Escape '&'
type_text rcvbuf
keys Enter Enter
wait_for '^:set 2 SO_RCVBUF='
keys C-w
type_text 'SO_RCVBUF=50000'
keys Enter
expect 'the difference is explained' 'asked 50000, the kernel made it 100000 bytes \(it doubles'
expect 'and is in the table' 'SO_RCVBUF +100,000 +bytes'
keys Escape Escape
wait_for 'Recv-Q'

keys c
type_text 'action=search value=ring'
expect 'the command is shown' '^:message 2 action=search value=ring'
expect 'and the bytes' '0000  00 67 7b 22 62'
keys Enter
expect 'Enter sends it' 'bytes to session 2'
keys Escape
expect 'the answer comes' 'received 1[0-9]+ .*|← +1[0-9]+'
expect 'and Escape leads back' 'Recv-Q'
done_testing
