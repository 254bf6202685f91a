#!/bin/bash
# Files that follow each other while more packets come than one holds: none is lost between two,
# and each is whole.
. "$(dirname "$0")/../e2e/lib.sh"
port=$(free_port)
helper=$e2e_root/tests/interop/capture_rotation.py
datagrams=12000

run() { # NAME OPTION...: a capture of all datagrams
    local name=$1
    shift
    background "$SOCKEYE" capture -i lo -w "$work/$name" -C 1 "$@" udp dst port "$port" 2>"$work/$name.said"
    until_true 10 grep -q 'capturing on lo' "$work/$name.said" || {
        grep -Eq 'CAP_NET_RAW|not permitted' "$work/$name.said" && skip_all 'capturing is not permitted here'
    }
    python3 -B "$helper" send "$port" "$datagrams"
    kill -INT "$background_pid"
    wait "$background_pid"
}
files() { # NAME: in the order they were written
    find "$work" -name "$1[0-9]*" -o -name "$1" | sort -V
}
written() { # NAME: as the capture says
    sed -nE 's/^([0-9]+) packets written.*/\1/p' "$work/$1.said"
}
lost() { # NAME: dropped by the kernel, or too late for us
    sed -nE 's/.*[ ,]([0-9]+) dropped by the kernel.*[ ,]([0-9]+) overwritten.*/\1 \2/p' "$work/$1.said" |
        { read -r kernel late && echo $((kernel + late)); }
}

run all
check 'a capture under load ends with 0' test $? = 0
mapfile -t parts < <(files all)
read -r count _ < <(python3 -B "$helper" look "${parts[@]}")
check 'its files hold the packets in their order' test -n "$count"
check 'as many as it says' test "$count" = "$(written all)"
check 'and what is missing it says, too' test "$((${count:-0} + $(lost all)))" = "$datagrams"
check 'there are several files' test "${#parts[@]}" -ge 3
big() {
    [ "$(wc -c <"$1")" -gt 1000000 ] && [ "$(wc -c <"$1")" -lt 1001000 ]
}
check 'of the size that was asked for' big "${parts[1]}"

run ring -W 3
check 'a ring under load ends with 0' test $? = 0
mapfile -t parts < <(files ring)
check 'keeps so many files' test "${#parts[*]}" = 3
highest=0
for part in "${parts[@]}"; do
    read -r count last < <(python3 -B "$helper" look "$part")
    check "${part##*/} is whole" test -n "$count"
    [ "${last:-0}" -le "$highest" ] || highest=$last
done
check 'and has the newest packets' test "$highest" = $((datagrams - 1)) -o "$(lost ring)" != 0
done_testing
