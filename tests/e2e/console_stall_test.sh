#!/bin/bash
# A peer that never reads: queues grow, the persist timer runs, and no key has to wait.
. "$(dirname "$0")/lib.sh"
COLUMNS_WANTED=120 ROWS_WANTED=40
port=$(free_port)

start "$SOCKEYE" --no-capture
wait_for Recv-Q
command_line "serve never-recv 127.0.0.1:$port"
expect 'the server is there' '^>tcp .*LISTEN .*never-recv'
command_line "connect 127.0.0.1:$port"
expect 'the session is there' '^>tcp .*ESTABLISHED .*session 2'
command_line 'flood'
expect 'the Send-Q grows beyond a megabyte' \
    "^>tcp +0 .*[0-9],[0-9]{3},[0-9]{3} +127\.0\.0\.1:[0-9]+ +127\.0\.0\.1:$port" 20
expect "the peer's Recv-Q fills" "^.tcp +[^ ]*[0-9]{2,3},[0-9]{3} .* 127\.0\.0\.1:$port +127"
expect 'the persist timer runs' '^>tcp .*ESTABLISHED +persist [0-9]' 20

begun=$(now_ms)
keys 5
wait_for 'send\('
keys 1
wait_for '^>tcp'
took=$(($(now_ms) - begun))
echo "# two panels in $took ms"
check 'keys are answered meanwhile' test "$took" -lt 2000

keys X
wait_for '\(y/n\)'
keys y
expect 'a stalled session can be closed' 'session 2 +closed'
keys Q
check 'it quits with 0' test "$(exit_status)" = 0
done_testing
