#!/bin/bash
# Ways of sending in the console, sessions tagged and closed together, transcripts saved.
. "$(dirname "$0")/lib.sh"
COLUMNS_WANTED=120 ROWS_WANTED=40
port=$(free_port)
echo 'from a file' >"$work/file"

start "$SOCKEYE" --no-capture
expect 'the console is there' 'F1 help'
command_line "serve echo 127.0.0.1:$port"
expect 'a server listens' "^>tcp .* 127\.0\.0\.1:$port +\* +LISTEN"
command_line "connect --send first 127.0.0.1:$port"
expect 'what connect is given to send is sent' '→ +5 +first'
command_line 'send-hex 0x41,0x42'
expect 'hex is sent as bytes' '→ +2 +AB'
command_line "send-file $work/file"
expect 'a file is sent' '→ +12 +from a file'
command_line 'repeat 2 0.01 once more'
expect 'a text is repeated' '← +9 +once more'
command_line "send-file $work/nothing"
expect 'a file that is not there is named' 'open .*/nothing: '
keys w
expect 'w asks where to save the transcript' ':save-transcript 2'
type_text "$work/saved json"
keys Enter
expect 'and says what was saved' 'all [0-9]+ passages of session 2'
timeout 10 "$SOCKEYE" connect "127.0.0.1:$port" --replay "$work/saved" --speed 0 --check \
    --no-stdin >"$work/out"
check 'it can be replayed' test "$?" = 0

command_line "connect 127.0.0.1:$port"
command_line "connect --connections 5 127.0.0.1:$port"
expect 'many connections are summed up' '5 connections: 5 ok, 0 failed; 220 bytes sent, 220 received'
command_line "connect --tag web 127.0.0.1:$port"
keys 2
expect 'the list shows the tag' 'session [0-9]+ +tag:web .*open'
keys g j j Space
expect 'Space takes it away' 'session [0-9]+ +opened .*open'
keys g j j Space
expect 'and gives one' 'session [0-9]+ +tag:tagged .*open'
keys g j j X
expect 'closing asks for all that have it' 'close the session tagged tagged\?.*\(y/n\)'
keys y
expect 'a yes closes them' 'session [0-9]+ +tag:tagged .*closed'
command_line 'close all'
expect 'close all asks' 'close [0-9]+ sessions? that we opened\? \(y/n\)'
keys y
expect 'close all closes what else we opened' '2 sessions closed'
keys Q
check 'Q leaves' test "$(exit_status)" = 0
done_testing
