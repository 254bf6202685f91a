#!/bin/bash
# sockeye load in a terminal: the progress is one line that is written again, the result follows.
. "$(dirname "$0")/lib.sh"
port=$(free_port)
background "$SOCKEYE" serve echo "127.0.0.1:$port" >"$work/served" 2>&1
until_true 10 grep -q listen "$work/served"
COLUMNS_WANTED=60 start bash -c "'$SOCKEYE' load 127.0.0.1:$port -c 3; echo status \$?; read -r"
expect 'the progress is shown' '^ +1 s  3 open  [0-9,]+ done'
expect 'and then another one' '^ +2 s  3 open  [0-9,]+ done'
check 'in one line, which is cut at the edge' [ "$(screen | grep -c .)" = 1 ]
keys C-c
expect 'C-c ends it with the result' '^tcp://127.0.0.1:[0-9]+ as echo, .* s, interrupted'
expect 'which has percentiles' '^latency +min [0-9.]+, mean [0-9.]+, p50'
check 'in place of the progress' screen_lacks '3 open '
done_testing
