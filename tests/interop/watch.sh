#!/bin/bash
# sockets --watch beside what was really done to the sockets: by the kernel's events, and
# without the rights to have them; what it leaves behind in the kernel.  --save and --diff.
. "$(dirname "$0")/../e2e/lib.sh"

command -v python3 >/dev/null || skip_all 'python3 is not installed'
[ "$E2E_NETWORK" = own ] || skip_all 'needs a network of its own: the host has other sockets'
here=$(cd "$(dirname "$0")" && pwd)

# The folders of tracefs, wherever it is mounted or not.
mkdir "$work/tracing"
instances() {
    unshare -m sh -c "mount -t tracefs none '$work/tracing' && ls '$work/tracing/instances'" \
        2>/dev/null
}
has_instance() { # PID
    instances | grep -q "^sockeye-$1\(\.ns[0-9]*\)\?\(\.[0-9]*\)\?$"
}
watch_case() { # NAME COMMAND...
    local name=$1 line
    shift
    while IFS= read -r line; do
        case $line in
        'ok '*) ok "$name: ${line#ok }" ;;
        'not ok '*) not_ok "$name: ${line#not ok }" ;;
        *) echo "$line" ;;
        esac
    done < <(python3 "$here/watch.py" "$@" 2>&1)
}
says() { # FILE TEXT
    grep -q "$2" "$1"
}

if instances >/dev/null; then
    watch_case 'by events' "$SOCKEYE"

    watches() { # COMMAND...: in the background, until it says so; its pid is in $pid
        : >"$work/said"
        "$@" sockets --watch >/dev/null 2>"$work/said" &
        pid=$!
        children+=("$pid")
        until_true 20 says "$work/said" "by the kernel's events"
    }
    watches "$SOCKEYE"
    check 'it has an instance of its own' has_instance "$pid"
    kill -TERM "$pid"
    wait "$pid"
    check 'it ends at SIGTERM' test $? = 0
    check 'and the instance goes' not has_instance "$pid"

    watches "$SOCKEYE"
    kill -KILL "$pid"
    wait "$pid" 2>/dev/null
    check 'it goes with one that was killed' until_true 5 not has_instance "$pid"

    # Any that starts elsewhere meanwhile may be the next one.
    watches env SOCKEYE_SANDBOX=off "$SOCKEYE"
    kill -KILL "$pid"
    wait "$pid" 2>/dev/null
    killed=$pid
    watches "$SOCKEYE"
    check 'the next one removes what was left without a helper' not has_instance "$killed"
    kill -INT "$pid"
    wait "$pid"
else
    skip 'by events' 'needs root and tracefs'
fi

if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all
        --bounding-set=-all)
    cp "$SOCKEYE" "$work/sockeye"
    chmod 755 "$work" "$work/sockeye"
    OWNERS=hidden watch_case 'as nobody' "${nobody[@]}" "$work/sockeye"
    watch_case 'without tracefs' unshare -m sh -c \
        'umount -l /sys/kernel/tracing /sys/kernel/debug 2>/dev/null
         exec setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin "$@"' sh "$SOCKEYE"
else
    skip 'as nobody' 'needs root and setpriv'
fi

# ---- letters ----

"$SOCKEYE" sockets --watch -u >"$work/changes" 2>"$work/said" &
pid=$!
children+=("$pid")
until_true 20 says "$work/said" 'watching by'
background python3 -c "
import socket, sys
with socket.create_server(('127.0.0.1', 0)) as s:
    socket.create_connection(s.getsockname()).close()
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.bind(('127.0.0.1', 0))
sys.stdin.read()" < <(exec tail -f /dev/null)
check 'with -u what UDP does is told' until_true 20 says "$work/changes" ' NEW  *udp '
check 'and nothing else' not says "$work/changes" ' tcp '
kill -INT "$pid"
wait "$pid"

# ---- another namespace ----

timeout 20 "$SOCKEYE" sockets --watch -t -N no-such-namespace >/dev/null 2>"$work/said"
check 'a namespace that is not there is none to watch' test $? = 1
if [ "$(id -u)" = 0 ]; then
    background unshare -n sh -c 'ip link set lo up && exec sleep 1000'
    other=$!
    until_true 20 grep -q sleep "/proc/$other/comm"
    "$SOCKEYE" sockets --watch -t -N "$other" >"$work/changes" 2>"$work/said" &
    pid=$!
    children+=("$pid")
    until_true 20 says "$work/said" 'watching by'
    talk="import socket
with socket.create_server(('127.0.0.1', PORT)) as s:
    socket.create_connection(s.getsockname()).close()"
    python3 -c "${talk/PORT/60001}"
    background nsenter -n -t "$other" python3 -c "${talk/PORT/60002}
    input()" < <(exec tail -f /dev/null)
    check 'what happens in it is told' until_true 20 says "$work/changes" '127.0.0.1:60002'
    check 'and what happens here is not' not says "$work/changes" '127.0.0.1:60001'
    kill -INT "$pid"
    wait "$pid"
fi

# ---- what is kept ----

"$SOCKEYE" sockets -ta --save "$work/table"
check 'the same table has no differences' test -z "$("$SOCKEYE" sockets -ta --diff "$work/table")"
"$SOCKEYE" sockets -ta --diff "$work/table" 2>"$work/said"
check 'and nothing is said' test ! -s "$work/said"
"$SOCKEYE" sockets -tua --diff "$work/table" >/dev/null 2>"$work/said"
check 'that it was kept with other letters is' says "$work/said" 'with other letters'
port=$(free_port)
background python3 -c "
import socket, sys
s = socket.create_server(('127.0.0.1', $port)); sys.stdin.read()" < <(exec tail -f /dev/null)
different() {
    "$SOCKEYE" sockets -ta --diff "$work/table" >"$work/diff"
    grep -q "^NEW .*LISTEN .*127.0.0.1:$port" "$work/diff"
}
check 'a new listener is different' until_true 20 different
check 'as JSON too' python3 -c "
import json, subprocess
d = json.loads(subprocess.check_output(['$SOCKEYE', 'sockets', '-ta', '--json', '--diff',
                                        '$work/table']))
assert d['schema'] == 1
assert [c['local'] for c in d['changes']] == ['127.0.0.1:$port'], d
assert d['changes'][0]['change'] == 'new' and d['changes'][0]['then'] is None"
echo precious >"$work/precious"
ln -s precious "$work/link"
"$SOCKEYE" sockets -ta --save "$work/link"
check 'a symbolic link is not followed' test "$(cat "$work/precious")" = precious
beside=("$work"/link.*)
check 'nor replaced' test -L "$work/link"
ln -s /dev/full "$work/device"
"$SOCKEYE" sockets -ta --save "$work/device" 2>"$work/said"
check 'what is no file is not replaced' test $? = 1
check 'and this is said' grep -q 'other than a file' "$work/said"
check 'it is still there' test -c "$work/device"
check 'nothing is left beside' not test -e "${beside[0]}"
"$SOCKEYE" sockets --diff "$work/precious" >"$work/out" 2>"$work/said"
check 'a foreign file is refused' test $? = 1
check 'with one line' test "$(wc -l <"$work/said")" = 1
"$SOCKEYE" sockets --diff "$work/nothing" 2>"$work/said"
check 'a missing file too' grep -q 'nothing: No such file' "$work/said"
"$SOCKEYE" sockets --save "$work/nowhere/x" 2>"$work/said"
check 'what cannot be written is said' grep -q 'ENOENT' "$work/said"
done_testing
