#!/bin/bash
# A lesson by keys, from its list to its end and once more; another is left in the middle, and
# nothing stays open.
. "$(dirname "$0")/lib.sh"

# Press Enter, which reads on, until the screen shows it: each time once the page has turned.
page() {
    screen | tail -n 11
}
another_page() {
    [ "$(page)" != "$1" ]
}
read_on_to() {
    local before end=$(($(now_ms) + 20000))
    until screen | grep -qE "$1"; do
        [ "$(now_ms)" -lt "$end" ] || return
        before=$(page)
        keys Enter
        until_true 5 another_page "$before"
    done
}

start "$SOCKEYE"
wait_for '1 Sockets'
keys 7
expect 'the lessons are listed' 'TIME_WAIT, who closes first'
keys / && type_text 'time_wait' && keys Enter Enter
expect 'a lesson shows what it is about' 'This server says hello and closes'
expect 'and the command of its step' ':serve hello tcp://127\.0\.0\.1:0'
keys Enter
expect 'the table shows what was done, beside it' 'tcp .*127\.0\.0\.1:[0-9]+ .*LISTEN +server 1'
expect 'what was expected was seen' 'ok server server: listening true'
read_on_to ':connect tcp'
keys Enter
wait_for 'CLOSE_WAIT +session'
wait_for 'ok row'
read_on_to 'One of the two'
keys Enter
expect 'Enter alone is no answer' 'choose an answer first'
keys Down Down Enter
expect 'the answer is checked by what was seen' 'Right: The server.s: it closed first'
expect 'the row is there' 'TIME_WAIT +server 1'
read_on_to 'What will bind'
keys Down Enter
expect 'another answer is corrected' 'Seen, though: EADDRINUSE|Right: EADDRINUSE'
read_on_to 'once more: With SO_REUSEADDR'
expect 'what it opened is closed' '· 0 ours'
keys Down Down Enter
expect 'it is done' 'lessons: 1 of '
check 'and stays so' grep -q time-wait "$XDG_STATE_HOME/sockeye/lessons.json"

command_line 'lesson echo'
expect 'another one begins' 'The echo server sends back'
keys Enter
wait_for 'ok server'
wait_for '· 1 ours'
keys q
expect 'leaving asks' 'leave this lesson'
keys y
expect 'and leads back to the list' 'lessons: 1 of '
expect 'nothing is left open' '· 0 ours'
keys Q
check 'the console ends well' test "$(exit_status)" = 0

echo '{"schema":1,"done":[1' >"$XDG_STATE_HOME/sockeye/lessons.json"
start "$SOCKEYE" --no-capture
wait_for '1 Sockets'
keys 7
expect 'a damaged file is said, and put aside' 'lessons.json.bad now'
keys Escape
command_line 'lesson handshake'
expect 'what a lesson needs and is missing is said' 'needs packets'
keys Q
done_testing
