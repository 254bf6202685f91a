#!/bin/bash
# K explains what is under the cursor, :explain by a name; a screen says what it shows.
. "$(dirname "$0")/lib.sh"
port=$(free_port)

start "$SOCKEYE" --no-capture
wait_for Recv-Q
command_line "serve never-recv 127.0.0.1:$port"
expect 'the server is in the table' "127.0.0.1:$port .*LISTEN"
keys K
expect 'K explains the state of the row' 'State \(column state\)'
expect 'what it is here' 'LISTEN +It waits for connections|LISTEN: It waits'
keys j
expect 'the next cell' 'Timer \(column timer\)'
keys 5
expect 'another key goes on, and the screen says what it shows' \
    'Every socket call of ours as strace writes it'
keys G
expect 'until the next key' 'F1 help'
keys K
expect 'a call is explained' '(listen|getsockname|fcntl|setsockopt|socket|bind) \(call\)'
keys Escape
command_line 'explain ECONNREFUSED'
expect 'an errno by its name' 'ECONNREFUSED \(111\): Connection refused'
keys Escape
type_text ':explain zero-w'
keys Tab
expect 'names are completed' ':explain zero-window'
keys Enter
expect 'a finding by its name' 'zero-window.*\((finding|value)'
keys q
command_line stop
expect 'stop asks' "stop server 1, tcp://127.0.0.1:$port, and close what it accepted\\? \\(y/n\\)"
keys y
expect 'then it stops' 'server 1 stopped|stopped'

# ---- without the console
"$SOCKEYE" explain cwnd >"$work/cwnd.txt"
check 'a column by the word of ss' grep -q '^cwnd (column snd_cwnd), segments$' "$work/cwnd.txt"
check 'says what is normal' grep -q '^  normal  10 at the start' "$work/cwnd.txt"
"$SOCKEYE" explain --json RST >"$work/rst.json"
check 'as JSON' python3 -c "
import json, sys
sys.exit(json.load(open('$work/rst.json'))[0]['kind'] != 'value')"
"$SOCKEYE" explain xyzzy 2>"$work/unknown.txt"
check 'what is not known is 1' test $? = 1
check 'and named' grep -q "nothing is called 'xyzzy'" "$work/unknown.txt"
done_testing
