#!/bin/bash
# A peer that sends escape sequences reaches neither the terminal nor its title.
. "$(dirname "$0")/lib.sh"
COLUMNS_WANTED=240 ROWS_WANTED=50 # so that no line is wrapped
port=$(free_port)

printf '\033]0;stolen\007\033[2J\033[31mred\033[0m\033[5;5H\x9b2J\xe2\x80\xae\xff\nplain\n' >"$work/evil"
# The input stays open, so that the session does, too.
mkfifo "$work/input"
exec 3<>"$work/input"
background nc -l 127.0.0.1 "$port" <&3
cat "$work/evil" >&3
until_true 10 not port_is_free "$port"

start "$SOCKEYE" --no-capture
wait_for Recv-Q
title=$(in_tmux display-message -p '#{pane_title}')
command_line "connect 127.0.0.1:$port"
expect 'escape bytes are shown in letters' '\\x1b\]0;stolen\\x07\\x1b\[2J'
expect 'so are lone C1 bytes and direction marks' '\\x9b2J\\u\{202e\}\\xff'
expect 'text is shown as text' '^ +plain\\n'
expect 'the screen was not cleared' '1 Sockets +2 Sessions'
check 'the title is unchanged' test "$(in_tmux display-message -p '#{pane_title}')" = "$title"
keys C-l
expect 'drawing anew shows the same' '\\x1b\]0;stolen'
keys Q
check 'it quits with 0' test "$(exit_status)" = 0
done_testing
