#!/bin/bash
# The console as a job of a shell: suspended, in the background, ended there; and the sizes of
# a window.
# shellcheck disable=SC2016  # what is typed is for the other shell to expand
. "$(dirname "$0")/lib.sh"

command -v tmux >/dev/null || skip_all "tmux is missing"

shell_line() { # TEXT
    type_text "$1"
    keys Enter
}

# What stands below the first line, without figures of the host: each call of tmux has a socket.
below_first() {
    screen | tail -n +2 | sed 's/[0-9,]* are hidden/some are hidden/'
}

# bash may take the job for stopped still: until it is gone.
end_it='clear; job=$(jobs -p); kill %1; while kill -0 $job 2>/dev/null; do :; done; wait $job; echo ended with $?'

# ---- a job --------------------------------------------------------------------------------

export SOCKEYE
start bash --norc --noprofile -i
wait_for '[$#] *$'
shell_line 'stty -a >before; "$SOCKEYE" --no-capture'
expect 'a shell starts it' '1 ?Sockets +2'
keys C-z
expect 'C-z gives the terminal to the shell' 'Stopped +"\$SOCKEYE"'
check 'the frame is gone' screen_lacks '1 Sockets'
shell_line 'stty -a >after; cmp before after && echo as it was'
expect 'the modes are as they were' '^as it was'
shell_line fg
expect 'fg brings the frame back' '1 ?Sockets +2'
expect 'all of it' 'F1 help.* q quit'
keys 5
expect 'and the keys' 'no socket call yet'

keys C-z
wait_for Stopped
shell_line 'clear; bg; until jobs >listed; grep Stopped listed; do :; done'
expect 'bg does not take the terminal' '^\[1\]\+ +Stopped'
check 'nothing is drawn in the background' screen_lacks '5 Journal'
shell_line 'stty -a >after; cmp before after && echo as it was'
expect 'the modes stay the shell'"'"'s' '^as it was'
shell_line fg
expect 'fg brings the frame back after bg' 'no socket call yet'

keys C-z
wait_for Stopped
shell_line "$end_it"
expect 'SIGTERM ends it while it is suspended' '^ended with 143'
shell_line 'stty -a >after; cmp before after && echo as it was'
expect 'the modes are as they were after that' '^as it was'
check 'nothing was drawn' screen_lacks '5 Journal'

job_of_shell() {
    local shell
    shell=$(in_tmux display-message -p '#{pane_pid}')
    read -r -d ' ' job <"/proc/$shell/task/$shell/children"
}

# The shell sets the modes as well; what stands on the screen is for us.
shell_line 'clear; "$SOCKEYE" --no-capture'
wait_for '1 ?Sockets +2'
job_of_shell
kill -KILL "$job"
# The shell may have been quicker with its prompt, which then stood on the screen that is gone.
wait_gone 'F1 help'
keys Enter
expect 'SIGKILL leaves a shell on its own screen' '^Killed|^\[|[$#] *$'
wait_gone '1 ?Sockets +2'
shell_line 'stty -a >after; cmp before after && echo as it was'
expect 'the modes are as they were after SIGKILL' '^as it was'
check 'nothing of the frame is left' screen_lacks '1 ?Sockets +2'

shell_line 'clear; "$SOCKEYE" --no-capture'
wait_for '1 ?Sockets +2'
keys C-z
wait_for Stopped
job_of_shell
shell_line 'clear; echo this stays'
wait_for '^this stays'
shell_line "kill -KILL %1; while kill -0 $job 2>/dev/null; do :; done; echo and is gone"
expect 'killed while it is suspended' '^and is gone'
check 'what the shell wrote meanwhile stays' screen_has '^this stays'

shell_line '"$SOCKEYE" --no-capture &'
shell_line 'clear; until jobs >listed; grep Stopped listed; do :; done'
expect 'started in the background it waits' '^\[1\]\+ +Stopped'
shell_line "$end_it"
expect 'SIGTERM ends it there' '^ended with 143'

shell_line 'clear; "$SOCKEYE" --no-capture'
wait_for '1 Sockets'
in_tmux send-keys 5
wait_for 'no socket call yet'
job=$(pgrep -P "$(in_tmux display-message -p '#{pane_pid}')" -x sockeye)
kill -STOP "$job"
expect 'SIGSTOP gives the keys to the shell' 'Stopped'
shell_line fg
wait_gone 'Stopped'
expect 'fg takes them back' 'no socket call yet'
keys q q
wait_gone 'F1 help'
shell_line 'echo and $?'
expect 'q ends it with 0' '^and 0'
stop_terminal

# ---- sizes --------------------------------------------------------------------------------

# The footer's end is the window's last corner.
fills() { # COLUMNS ROWS
    local last
    last=$(screen | sed -n "$2p")
    [[ $last == *'q quit' ]] && ((${#last} >= $1 - 1))
}

# Drawing it anew changes nothing: what is shown is what the console means.
whole() { # COLUMNS ROWS
    local before
    resize "$1" "$2"
    # The terminal may tell the console of its size a moment after it has taken it.
    until_true 10 fills "$1" "$2" && wait_for '1 ?Sockets +2.*filter port 1' || return 1
    # A key is answered after the sizes that came before it.
    type_text ':'
    wait_for '^:' && keys Escape && wait_for 'q quit$' || return 1
    before=$(below_first)
    keys C-l 5 1 C-l
    until_true 10 frame_is "$before" && return 0
    diff <(echo "$before") <(below_first) | sed 's/^/# /'
    return 1
}

frame_is() {
    [ "$(below_first)" = "$1" ]
}

COLUMNS_WANTED=1 ROWS_WANTED=1
start "$SOCKEYE" --no-capture
resize 80 24
expect 'a window of one cell grows' '1 ?Sockets +2'
keys '&'
type_text 'port 1'
keys Enter
sizes=()
for _ in {1..50}; do
    sizes+=(resize-window -x 1 -y 1 ';' resize-window -x 2 -y 5 ';')
    sizes+=(resize-window -x 1000 -y 500 ';' resize-window -x 80 -y 24 ';')
done
in_tmux "${sizes[@]}" list-sessions >"$work/listed"
check '200 changes of the size leave 80x24 right' whole 80 24
check 'and 200x60' whole 200 60
check 'and 80x10' whole 80 10
keys Q
check 'it ends with 0' [ "$(exit_status)" = 0 ]

done_testing
