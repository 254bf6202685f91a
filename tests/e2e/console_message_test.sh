#!/bin/bash
# Framed messages in the console: one is sent, both are shown in their parts, linked to their bytes,
# and sent anew with a wrong field.
. "$(dirname "$0")/lib.sh"
COLUMNS_WANTED=80 ROWS_WANTED=24
port=$(free_port)

start "$SOCKEYE" --no-capture
expect 'the table of sockets is there' 'Proto +Recv-Q'
command_line "serve message 127.0.0.1:$port"
expect 'the server listens' "^>tcp .*:$port .*LISTEN"
command_line "connect 127.0.0.1:$port"
expect 'a session is open' '^>tcp .*ESTABLISHED'
keys 2 Tab v z
expect 'without messages the view says how to send one' 'no message yet: `:message'
command_line 'message action=search value=morpheus'
expect 'the request is a message' '→ +146  text/json  search morpheus'
expect 'so is the answer' '← +148  text/json  Follow the white rabbit\. 🐰'

keys Right
expect 'Right unfolds it' '^-.* Follow the white rabbit\. 🐰'
expect 'into the length' '^ +length +0\.\.1 +the header has 103 bytes'
expect 'the header with each field' '^ +content-encoding +55\.\.81 +"utf-8"'
expect 'and the content' '^ +content +105\.\.147 +\{"result":"Follow the white rabbit\. 🐰"'
keys G
expect 'the part of the cursor is named with its bytes' 'content 105\.\.147 of 148 bytes'
expect 'which are shown' '^ 0069  7b 22 72 65 73 75 6c 74 '
resize 160 48
expect 'a larger screen has more bytes a row' '^ 0069  7b 22 72 65 .*\{"result": "Follow the white ra'
expect 'the emoji has two cells' 'rabbit\. 🐰"\}$'
resize 80 24
keys Left g

# The session has ended from its other side; another one takes what is sent anew.
command_line "connect 127.0.0.1:$port"
expect 'another session is followed' 'session 4  open'
command_line 'message action=search value=x --header content-length=7'
expect 'what the wrong length leaves is the fault' "→ +27  byte 2: ':' begins no JSON header"
expect 'the server tells what is wrong' '← .*text/json  Error: byte 111'

command_line "connect 127.0.0.1:$port"
expect 'a third session is followed' 'session 6  open'
command_line 'message a=1 --header connection=keep-alive'
expect 'the connection is kept' 'Error: the request has no action'
keys g
expect 'the cursor is on the request' 'message of 1[0-9]+ bytes'
keys Enter
expect 'Enter begins the command that sends it anew' "raw-json '.\"a\": \"1\".'"
keys C-a
expect 'with the session and each field' '^:message 6 --header byteorder=little --header content-type='
keys C-e
type_text ' --header content-length=3'
keys Enter
expect 'it is sent once more, with a field changed' '→ .*text/json  byte 135: the JSON ends too early'
keys Q
check 'Q quits' test "$(exit_status)" = 0
done_testing
