#!/bin/bash
# What goes wrong in the console is said in words, with the errno, and nothing else happens.
. "$(dirname "$0")/lib.sh"
COLUMNS_WANTED=120 ROWS_WANTED=40
port=$(free_port) taken=$(free_port)

start "$SOCKEYE" --no-capture
wait_for Recv-Q

command_line "connect 127.0.0.1:$port"
expect 'a refused session names the errno' ECONNREFUSED
expect 'the failed session stays in the table' "^[> !]tcp .*127\.0\.0\.1:$port .*session 1"
keys 5
expect 'the journal has the call that failed' "(connect|getsockopt)\(.*ECONNREFUSED"
keys 1

command_line 'frobnicate 1'
expect 'an unknown command is named' "frobnicate"
command_line 'connect 127.0.0.1:notaport'
expect 'a wrong port is named' 'notaport'
command_line 'serve nosuch'
expect 'an unknown service is named, and where those are listed' 'nosuch.*F1'
command_line 'goto nowhere'
expect 'an unknown panel is named' 'nowhere'
command_line "send nobody is there"
expect 'sending without a session is an error' 'session'

background nc -lk 127.0.0.1 "$taken"
until_true 10 not port_is_free "$taken"
command_line "serve echo 127.0.0.1:$taken"
expect 'a taken port moves to the next free one' "^>tcp .* 127\.0\.0\.1:$((taken + 1)) .*LISTEN .*echo|127\.0\.0\.1:$taken is taken"
keys Q
check 'and the console still quits with 0' test "$(exit_status)" = 0
done_testing
