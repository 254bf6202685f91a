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
    python3 "$here/ss_fields.py" "$SOCKEYE" "$2" >"$work/said" 2>&1
    case $? in
    0) ok "$1: $(tail -n 1 "$work/said" | sed 's/^# //')" ;;
    3) skip "$1" "$(head -n 1 "$work/said" | sed 's/^# //')" ;;
    *)
        sed 's/^[^#]/# &/' "$work/said"
        not_ok "$1"
        ;;
    esac
}
same 'TCP' t
same 'UDP' u
same 'raw sockets' w
same 'Unix sockets' x
same 'packet sockets' 0

# How many of which kind and state each combination of letters shows.  Netlink sockets come and
# go with those who look.
counts_of() { # COMMAND...
    "$@" 2>/dev/null | awk '$1 != "nl" { print $1, $2 }' |
        sed -e 's/ESTABLISHED/ESTAB/; s/CLOSE_WAIT/CLOSE-WAIT/; s/TIME_WAIT/TIME-WAIT/' \
            -e 's/FIN_WAIT\([12]\)/FIN-WAIT-\1/; s/SYN_SENT/SYN-SENT/; s/CLOSE$/UNCONN/' |
        sort | uniq -c
}
same_counts() { # LETTERS
    # shellcheck disable=SC2086  # none is no argument
    counts_of ss -Hn $1 >"$work/theirs"
    # shellcheck disable=SC2086
    counts_of "$SOCKEYE" sockets -Hn $1 >"$work/ours"
    cmp -s "$work/theirs" "$work/ours" && [ -s "$work/ours" ]
}
for letters in '' -a -l -4 -6 -x -tu -ux -4x -xl -al -la '-a -f inet6' '-l --family unix'; do
    check "ss and sockets show the same with '$letters'" until_true 5 same_counts "$letters"
done
done_testing
