#!/bin/bash
# A session of the console is recorded and replayed elsewhere: the same screen, nothing touched.
. "$(dirname "$0")/lib.sh"

port=$(free_port) closed=$(free_port)
file=$work/session.rec

# Without the line of the clock and that of the tabs, which say that it is one or the other.
below_tabs() {
    screen | sed 1,2d
}

console_with() { # OPTION...
    start "$SOCKEYE" "$@"
}

console_with --record "$file"
expect 'it says that it records' '\[recording\]'
command_line "serve echo 127.0.0.1:$port"
wait_for "127.0.0.1:$port .*LISTEN"
command_line "connect 127.0.0.1:$port"
wait_for "ESTAB.*session"
keys i
type_text 'Hello, recording'
keys Enter Escape
wait_for 'received 17'
command_line "save-transcript 2 $work/said.txt"
wait_for 'said.txt: all'
rm -f "$work/said.txt"
command_line "connect 127.0.0.1:$closed"
wait_for 'no-listener|127.0.0.1:'"$closed"'.*ECONNREFUSED'
wait_for 'why .* no-listener' 15
keys 6
wait_for 'Evidence'
command_line 'resolve localhost:80'
wait_for 'getaddrinfo.*what connect is given' 15
keys 5
wait_for 'connect\('
keys 1 g j
resize 90 26
wait_for '^ F1 help .*quit'
keys p
wait_for '\[paused\]|paused'
wait_for '\[recording\].*\[paused\]|\[paused\]'
below_tabs >"$work/last"
at_rest() { # what was on its way is there
    below_tabs >"$work/again"
    cmp -s "$work/last" "$work/again" || { mv "$work/again" "$work/last"; return 1; }
}
until_true 5 at_rest
keys Q
check 'the recorded console ends as ever' test "$(exit_status)" = 0
check 'the recording is for its owner alone' test "$(stat -c %a "$file")" = 600

# ---- elsewhere: no network, no rights, the server is gone ----
elsewhere=''
if [ "$E2E_NETWORK" = own ] && unshare --net true 2>/dev/null; then elsewhere='unshare --net'; fi
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null &&
    setpriv --reuid=65534 test -x "$SOCKEYE" 2>/dev/null; then
    # shellcheck disable=SC2016  # for the shell that runs it
    elsewhere+=' setpriv --reuid=65534 --regid=65534 --clear-groups env -i HOME=/ TERM=$TERM LC_ALL=$LC_ALL'
    chown nobody "$file"
fi
COLUMNS_WANTED=100 ROWS_WANTED=30
# By its descriptor: the way to it is not for everybody.
start sh -c "exec $elsewhere \"\$0\" --replay /proc/self/fd/9 --speed 0 9<\"\$1\"" "$SOCKEYE" "$file"
expect 'it is replayed to its end' 'replay .*ended' 20
same_screen() {
    # The terminal is larger: its frame has the size that it had.
    below_tabs | sed -e 's/ *$//' -e '25,$d' >"$work/replayed"
    sed -e 's/ *$//' "$work/last" >"$work/recorded"
    cmp -s "$work/recorded" "$work/replayed" || {
        diff "$work/recorded" "$work/replayed" | sed 's/^/# /'
        return 1
    }
}
check 'the last screen is the one that was' same_screen
check 'what was saved then is not saved again' test ! -e "$work/said.txt"
check 'nothing listens in it' test -z "$(ss -Hltn "sport = :$port")"
keys 6
expect 'who looks on can look around' 'Evidence'
keys 9
expect 'names that were asked about are there with who said what' '/etc/hosts.*line [0-9]+ 127'
command_line "connect 127.0.0.1:$closed"
expect 'but does nothing' 'this is a replay: nothing is done'
keys 1 :
type_text "why 127.0.0.1:$closed"
keys Enter
expect 'and asks nothing' 'this is a replay: nothing is done'
keys q
keys q
check 'and leaves it by q' test "$(exit_status)" = 0

# ---- held and stepped ----
COLUMNS_WANTED=80 ROWS_WANTED=24
[ "$(id -u)" != 0 ] || chown 0 "$file" # in its sandbox root may open its own files only
start "$SOCKEYE" --replay "$file" --speed 0.2
expect 'at its own pace it says where it is' 'replay x0.2 0:0[0-9], [0-9]+ %'
keys p
expect 'p holds it' 'held.*|\[Right steps\]'
below_tabs >"$work/before"
for _ in 1 2 3 4 5 6 7 8; do keys Right; done
moved() {
    [ "$(below_tabs)" != "$(cat "$work/before")" ]
}
check 'Right goes on by a key press' until_true 10 moved
check 'and holds again' screen_has 'held'
keys Q
check 'Q ends it' test "$(exit_status)" = 0

# ---- what is not as it should be ----
size=$(stat -c %s "$file")
head -c $((size * 6 / 10)) "$file" >"$work/cut.rec"
start "$SOCKEYE" --replay "$work/cut.rec" --speed 0
expect 'one that was cut is replayed as far as it goes, and that is said' 'was cut here' 20
keys Q
exit_status >/dev/null
{ head -c $((size / 2)) "$file"; head -c 4000 /dev/urandom; } >"$work/bad.rec"
start "$SOCKEYE" --replay "$work/bad.rec" --speed 0
expect 'one that is damaged, too' 'damaged here|was cut here' 20
keys Q
exit_status >/dev/null

# A crash loses nothing that was on the screen.
start "$SOCKEYE" --no-capture --record "$work/crash.rec"
command_line "serve echo 127.0.0.1:$port"
wait_for "127.0.0.1:$port .*LISTEN"
in_file() {
    grep -aq 'serve' "$work/crash.rec" && [ "$(stat -c %s "$work/crash.rec")" -gt 1000 ]
}
until_true 10 in_file
kill -KILL "$(in_tmux display-message -p '#{pane_pid}')"
exit_status >/dev/null
start "$SOCKEYE" --replay "$work/crash.rec" --speed 0
expect 'what a console recorded that was killed is there' "127.0.0.1:$port .*LISTEN"
keys Q
exit_status >/dev/null

refused() { # REGEX ARGUMENT...: one line on stderr, status 2
    local regex=$1 status
    shift
    "$SOCKEYE" "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    if [ "$status" != 2 ] || [ "$(wc -l <"$work/err")" != 1 ] || ! grep -Eq -- "$regex" "$work/err"; then
        echo "# status $status: $(cat "$work/err")"
        return 1
    fi
}
check 'what is no recording is refused' refused 'is no recording' --replay "$0"
check 'a file that is not there, too' refused 'nowhere.*ENOENT' --replay "$work/nowhere"
check 'where none can be written that is said' refused 'no-folder.*ENOENT' --record "$work/no-folder/x"
check 'no device is written into' refused 'no regular file' --record /dev/full
check 'one or the other' refused 'does not go with' --record x --replay y
check 'a speed is a number' refused "'fast' is no speed" --replay "$file" --speed fast
check 'an option has its value' refused "'--record' needs a value" --record
done_testing
