#!/bin/bash
# An idle console writes nothing but the clock, and takes next to no processor time.
. "$(dirname "$0")/lib.sh"
COLUMNS_WANTED=120 ROWS_WANTED=40
quiet_ms=3000 patience_s=30

# Nothing may have been written for a while; the clock's minute can begin the while anew.
quiet_for_a_while() {
    local size
    size=$(stat -c %s "$work/written")
    if [ "$size" != "$last_size" ]; then
        last_size=$size last_change=$(now_ms)
    fi
    [ $(($(now_ms) - last_change)) -ge "$quiet_ms" ]
}

# User and system time of the program or of one of its threads so far, in ms (proc_pid_stat(5)).
used_ms() { # FOLDER
    awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print int(($12 + $13) * 1000 / hz) }' "$1/stat"
}

start "$SOCKEYE"
wait_for 'Recv-Q'
wait_for 'lo: ([0-9,]+ packets|no capture)'
# The sockets of a host change; those of a port that nobody has do not.
command_line 'filter sport = :1'
wait_for '\[filter sport = :1\]'
pid=$(in_tmux display-message -p '#{pane_pid}')
: >"$work/written"
in_tmux pipe-pane -O "cat >>'$work/written'"
last_size=0 last_change=$(now_ms)
all=/proc/$pid face=/proc/$pid/task/$pid
all_before=$(used_ms "$all") face_before=$(used_ms "$face") begun=$(now_ms)
if [ "$E2E_NETWORK" = own ]; then
    check 'an idle console writes nothing' until_true "$patience_s" quiet_for_a_while
    used=$(($(used_ms "$all") - all_before)) drew=$(($(used_ms "$face") - face_before))
    took=$(($(now_ms) - begun))
    echo "# $used ms of processor time in $took ms, $drew to draw; $last_size bytes written"
    check 'and takes less than a fiftieth of a processor to draw' test $((drew * 50)) -lt "$took"
    # Looks cost what the kernel takes for them, and its events come from every namespace.
    check 'and less than a fifth to look' test $((used * 5)) -lt "$took"
else
    skip 'an idle console writes nothing' 'needs a network of its own: others use this one'
fi
keys Q
check 'it quits with 0' test "$(exit_status)" = 0
done_testing
