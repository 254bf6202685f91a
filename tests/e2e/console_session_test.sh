#!/bin/bash
# A first session in the console: serve, connect, type, watch, half-close, close, quit.
. "$(dirname "$0")/lib.sh"
COLUMNS_WANTED=120 ROWS_WANTED=40
port=$(free_port)

start "$SOCKEYE" --no-capture
expect 'the table of sockets is there' 'Proto +Recv-Q +Send-Q +Local +Peer +State'
expect 'the panels have tabs' '1 Sockets +2 Sessions +3 Packets +4 Ladder +5 Journal'
expect 'the footer names keys' 'F1 help .*: command'

command_line "serve echo 127.0.0.1:$port"
expect 'the new server is the selected row' "^>tcp .* 127\.0\.0\.1:$port +\* +LISTEN .*server 1 echo"
command_line "connect 127.0.0.1:$port"
expect 'the new session is the selected row' \
    "^>tcp .* 127\.0\.0\.1:[0-9]+ +127\.0\.0\.1:$port +ESTABLISHED .*session 2"
expect 'the other end belongs to the server' \
    "^ tcp .* 127\.0\.0\.1:$port +127\.0\.0\.1:[0-9]+ +ESTABLISHED .*server 1 echo"
expect 'what the kernel knows of it is shown' 'least rtt +[0-9.]+ ms'
check 'no row has an owner of 0' not screen_has 'session 0'

keys i
expect 'typing says where it goes' 'session 2>'
type_text 'Hello, world'
keys Enter
expect 'what was sent is in the transcript' '→ +13 +Hello, world'
expect 'what came back is in the transcript' '← +13 +Hello, world'
keys Escape
expect 'Escape leaves typing' 'F1 help'

keys 5
expect 'the journal has the call that connected' "connect\(.*$port.*\) = "
expect 'the journal has what was sent' 'send\(.*"Hello, world\\n", 13.*\) = 13 <'
keys 2
expect 'the sessions panel lists the server' "server 1 .*echo|1 +echo .*$port"
expect 'with the bytes that its sessions moved' 'server 1 +echo .*listening +13 +13 '
keys 1

command_line 'send \x00\x41\r\n'
expect 'escapes are sent as bytes' '→ +4 +\\x00A\\r\\n'
keys Tab
keys x
expect 'the dump of the transcript has an inspector' 'byte 0 +u8 0 +UTF-8 \\x00 U\+0000'
keys Right
expect 'that follows the cursor' 'byte 1 +u8 65 +UTF-8 A U\+0041 '
keys x
keys BTab

keys H
expect 'the half-close is seen by the echo, which closes too' 'session 2 +closed'
command_line "connect 127.0.0.1:$port"
expect 'another session follows' '^>tcp .*ESTABLISHED .*session 4'
keys X
expect 'closing asks' 'close session 4.*\(y/n\)'
keys y
expect 'a yes closes it' 'session 4 +closed'

keys q
expect 'quitting with a server asks' 'quit and close .*1 server\?.*\(y/n\)'
keys n
expect 'a no stays' 'F1 help'
keys Q
check 'Q quits without a question' test "$(exit_status)" = 0
check 'nothing listens afterwards' port_is_free "$port"
done_testing
