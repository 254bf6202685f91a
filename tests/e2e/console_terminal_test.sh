#!/bin/bash
# The terminal: any size, resizing, signals, suspending, and back as it was.
. "$(dirname "$0")/lib.sh"

# A shell below it, so that what is left behind can be seen.
start env PS1='prompt> ' sh
wait_for 'prompt>'
type_text "stty -a >before; echo kept; '$SOCKEYE' --no-capture"
keys Enter
expect 'at 80x24 the table is there' 'Recv-Q +Send-Q'
expect 'at 80x24 the footer is there' 'F1 help'
check 'the shell is out of sight' not screen_has '^kept'

for size in '120 40' '200 60' '40 10' '20 5' '8 2' '1 1' '80 24'; do
    read -r columns rows <<<"$size"
    resize "$columns" "$rows"
    keys j k Tab
done
expect 'after every size it draws at 80x24 again' 'Recv-Q +Send-Q'
expect 'with its footer' 'F1 help'

keys C-z
expect 'C-z gives the terminal back' 'Stopped|prompt>'
wait_for 'prompt>'
check 'the shell is as it was' screen_has '^kept'
type_text 'fg'
keys Enter
expect 'fg draws the console again' 'F1 help'

keys q
check 'q ends it where nothing is open' wait_gone 'F1 help'
type_text 'echo status $?'
keys Enter
# The prompt may come only behind what was typed already.
expect 'with status 0' '(^|> )status 0'
check 'the shell is as it was, again' screen_has '^kept'
type_text 'stty -a >after; cmp before after && echo same'
keys Enter
expect 'the terminal has the settings it had' '^same'

type_text "'$SOCKEYE' --no-capture & pid=\$!; fg; echo status \$?"
keys Enter
expect 'it starts again' 'F1 help'
# The program is the shell's newest child.
shell=$(in_tmux display-message -p '#{pane_pid}')
until_true 10 pgrep -P "$shell" -f "$SOCKEYE" >/dev/null
kill -TERM "$(pgrep -P "$shell" -f "$SOCKEYE")"
expect 'SIGTERM ends it with 143' '^status 143'
check 'and leaves the shell visible' screen_has '^kept'
type_text 'stty -a >after; cmp before after && echo again'
keys Enter
expect 'and the settings as they were' '^again'
stop_terminal

start "$SOCKEYE" --no-capture
wait_for 'F1 help'
pid=$(in_tmux display-message -p '#{pane_pid}')
stop_terminal
check 'it ends when its terminal is gone' until_true 10 not kill -0 "$pid" 2>/dev/null

"$SOCKEYE" --no-capture </dev/null >"$work/out" 2>"$work/err"
status=$?
check 'without a terminal it fails' test "$status" -ne 0
check 'and says why' grep -qi terminal "$work/err"
check 'and writes no escape to stdout' not grep -q $'\033' "$work/out"
done_testing
