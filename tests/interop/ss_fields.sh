#!/bin/bash
# `sockeye sockets` beside ss(8) on a busy set of sockets, field by field: the same rows, states,
# queues, addresses, timers, owners, inodes, cookies, memory and figures of TCP.
. "$(dirname "$0")/../e2e/lib.sh"

command -v ss >/dev/null || skip_all 'ss is not installed'
command -v python3 >/dev/null || skip_all 'python3 is not installed'
[ "$E2E_NETWORK" = own ] || skip_all 'needs a network of its own: the host has other sockets'

here=$(dirname "$0")
mkdir "$work/unix"
mkfifo "$work/hold"
exec 4<>"$work/hold"
background python3 "$here/ss_busy.py" "$work/unix" <&4 >"$work/ready"
until_true 20 grep -q ready "$work/ready"

same() { # NAME LETTERS
    if python3 "$here/ss_fields.py" "$SOCKEYE" "$2" >"$work/said" 2>&1; then
        ok "$1: $(tail -n 1 "$work/said" | sed 's/^# //')"
    else
        sed 's/^[^#]/# &/' "$work/said"
        not_ok "$1"
    fi
}
same 'TCP' t
same 'UDP' u
same 'raw sockets' w
same 'Unix sockets' x
same 'packet sockets' 0
done_testing
