#!/bin/bash
# Panels, help, completion, filter and sorting by keys.
. "$(dirname "$0")/lib.sh"
COLUMNS_WANTED=120 ROWS_WANTED=40
port=$(free_port) other=$(free_port)

background nc -lk 127.0.0.1 "$other"
until_true 10 not port_is_free "$other"
start "$SOCKEYE" --no-capture
wait_for Recv-Q
command_line "serve echo 127.0.0.1:$port"
expect 'both listeners are in the table' "127\.0\.0\.1:$other .*LISTEN"

keys '&'
type_text "sport = :$port"
keys Enter
expect 'a filter is shown' "\[filter sport = :$port\]"
check 'rows that do not match go' wait_gone "127\.0\.0\.1:$other "
expect 'rows that match stay' "127\.0\.0\.1:$port .*LISTEN"
keys '&'
type_text ' and sport ='
keys Enter
expect 'a wrong filter is explained' 'filter.*sport'
keys Escape
command_line 'filter'
expect 'without an expression every row is back' "127\.0\.0\.1:$other .*LISTEN"

keys '?'
expect '? explains the keys' 'what every key and command does'
keys q
wait_for Recv-Q
keys 3
expect '3 shows the packets' 'No\. +Time'
keys 5
expect '5 shows the journal' 'listen\('
keys /
type_text 'bind('
keys Enter
expect 'a search finds its call' 'bind\('
keys 1

keys :
type_text 'ser'
keys Tab
expect 'Tab completes a command' '^:serve'
type_text 'never-r'
keys Tab
expect 'Tab completes a service' '^:serve never-recv'
keys Escape
wait_gone '^:serve'
keys o
expect 'o begins to connect' '^:connect'
keys Escape
check 'Escape leaves it' wait_gone '^:connect'
keys L
expect 'L begins to serve' '^:serve'
keys Escape
wait_gone '^:serve'

keys p
expect 'p pauses the display' '\[paused\]'
keys p
check 'and goes on' wait_gone '\[paused\]'
keys z
expect 'z zooms a pane' '\[zoomed\]'
keys z
check 'and back' wait_gone '\[zoomed\]'
keys Q
check 'it quits with 0' test "$(exit_status)" = 0
done_testing
