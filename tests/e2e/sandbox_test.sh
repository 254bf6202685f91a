#!/bin/bash
# The sandbox with a debugger's eye: what the program may no longer do, what works all the same, and
# what is said where it ends.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || skip_all 'needs root'
[ "$E2E_NETWORK" = own ] || skip_all 'there is no network of its own'
unset SOCKEYE_SANDBOX
cd "$work" || exit 1
port=$(free_port)

field() { # PID FIELD
    sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}
helper_of() { # PID
    pgrep -P "$1" sockeye-helper
}
has_helper() { # PID
    helper_of "$1" >/dev/null
}
# Every thread of a process: the set in a field, each once.
all_threads() { # PID FIELD
    cat /proc/"$1"/task/*/status | sed -n "s/^$2:[[:space:]]*//p" | sort -u
}
confined() { # PID
    local name
    for name in CapInh CapPrm CapEff CapBnd CapAmb; do
        [ "$(all_threads "$1" "$name")" = 0000000000000000 ] || return 1
    done
    [ "$(all_threads "$1" NoNewPrivs)" = 1 ] && [ "$(all_threads "$1" Seccomp)" = 2 ]
}
# More capabilities than the eight of probes/guard/helper.h, in any of its sets?
bounded() { # PID
    local name
    for name in CapPrm CapEff CapBnd; do
        [ $((0x$(field "$1" "$name") & ~0x283426)) = 0 ] || return 1
    done
    [ "$(field "$1" CapInh)" = 0000000000000000 ] && [ "$(field "$1" NoNewPrivs)" = 1 ]
}
gone() { # PID
    [ ! -e "/proc/$1/status" ] || [ "$(field "$1" State)" = 'Z (zombie)' ]
}
mkdir "$work/tracing"
instances() {
    unshare -m sh -c "mount -t tracefs none '$work/tracing' && ls '$work/tracing/instances'" \
        2>/dev/null
}
has_instance() { # PID
    instances | grep -q "^sockeye-$1\>"
}

# ---- the console ----
COLUMNS_WANTED=100 ROWS_WANTED=30
start "$SOCKEYE"
wait_for 'Proto'
console=$(in_tmux display-message -p '#{pane_pid}')
until_true 10 has_helper "$console"
helper=$(helper_of "$console")
check 'the console, every thread of it, has no capability left' confined "$console"
check 'its helper has no more than it uses' bounded "$helper"
check 'and no terminal' test "$(ps -o tty= -p "$helper" | tr -d ' ')" = '?'
command_line privileges
expect 'the screen says so' "no capability, seccomp, .*helper $helper"
command_line "serve echo tcp://127.0.0.1:80"
expect 'a port below 1024 can be bound' '127.0.0.1:80 .*LISTEN'
command_line "save chart /usr/lib/sockeye-must-not.svg"
expect 'a file elsewhere is refused with a reason' 'sandbox forbids it'
check 'and is not made' test ! -e /usr/lib/sockeye-must-not.svg
background python3 -c "import socket, signal, sys
s = socket.create_server(('127.0.0.1', $port))
signal.pause()"
expect 'the owner of a foreign socket is told' "127.0.0.1:$port .*python3 \($background_pid\)"
python3 -c "import socket; socket.create_connection(('127.0.0.1', $port))"
expect 'packets are captured' 'lo: [1-9][0-9,]* packets, '
if instances >/dev/null; then
    until_true 10 has_instance "$console"
    check 'kernel events have an instance of their own' has_instance "$console"
fi
# What it opened goes on without the helper; what comes later is refused.
kill -KILL "$helper"
expect 'the end of the helper is told' 'the privileged helper has ended'
keys 8 G
expect 'and stays told' 'helper +has ended'
python3 -c "import socket; socket.create_connection(('127.0.0.1', $port))"
command_line "serve echo tcp://127.0.0.1:81"
expect 'what is asked of it later is refused' '[Pp]ermission denied|helper has ended|EPIPE|Broken pipe'
stop_terminal
until_true 5 gone "$console"
if instances >/dev/null; then
    check 'the instance that a killed helper has made goes with the program' \
        until_true 5 not has_instance "$console"
fi

start "$SOCKEYE"
wait_for 'Proto'
console=$(in_tmux display-message -p '#{pane_pid}')
until_true 10 has_helper "$console"
helper=$(helper_of "$console")
instances >/dev/null && until_true 10 has_instance "$console"
kill -KILL "$console"
check 'a killed console takes its helper along' until_true 5 gone "$helper"
check 'and its instance of tracefs' until_true 5 not has_instance "$console"
stop_terminal

# ---- subcommands ----
"$SOCKEYE" serve echo tcp://127.0.0.1:0 >out 2>err &
server=$!
children+=("$server")
until_true 10 grep -q 'listens on' out err
check 'a server has no capability' confined "$server"
check 'its helper, no more than it uses' bounded "$(helper_of "$server")"
kill -TERM "$server"
wait "$server"
check 'it ends by SIGTERM' test $? = 0

(ulimit -n 24 && exec "$SOCKEYE" serve echo tcp://127.0.0.1:0) >out 2>err &
server=$!
children+=("$server")
until_true 10 grep -q 'listens on' out err
helper=$(helper_of "$server")
kill -KILL "$server"
check 'with few descriptors, too, a helper ends with its program' until_true 5 gone "$helper"

with() { # SANDBOX WORD...
    local sandbox=$1
    shift
    "$SOCKEYE" --sandbox="$sandbox" "$@" 2>&1
}
# The kernel tells the mark of a socket only to who may set it.
background python3 -c "import socket, signal
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, 36, 4711)
s.bind(('127.0.0.1', 0)); s.listen()
print('ready', flush=True)
signal.pause()" >ready
until_true 10 grep -q ready ready
same() { # WORD...
    with on "$@" >inside
    with off "$@" >outside
    cmp -s inside outside || {
        diff inside outside | sed 's/^/# /'
        return 1
    }
}
check 'sockets with owners are what they are without a sandbox' same sockets -tanp
check 'with all that the kernel tells' same sockets -tulane
check 'and their marks' sh -c "'$SOCKEYE' sockets -tl --columns mark | grep -q '^4711'"
check 'a socket of another is closed' \
    sh -c "'$SOCKEYE' sockets -tl --kill --yes sport = ':$port' | grep -q '^closed .*:$port'"
check 'ping works' with on ping -c 1 127.0.0.1
if command -v ip >/dev/null && ip netns add "sockeye-$$" 2>/dev/null; then
    ip netns exec "sockeye-$$" ip link set lo up
    ip netns exec "sockeye-$$" python3 -c "import socket, signal
s = socket.create_server(('127.0.0.1', 4242)); print('ready', flush=True); signal.pause()" >ready2 &
    children+=("$!")
    until_true 10 grep -q ready ready2
    check 'rows of other namespaces are there' \
        sh -c "'$SOCKEYE' sockets --netns 'sockeye-$$' -tln | grep -q :4242"
    check 'why enters one first' sh -c "'$SOCKEYE' why --netns 'sockeye-$$' tcp://127.0.0.1:4242 >/dev/null"
    kill "${children[-1]}"
    ip netns delete "sockeye-$$"
else
    skip 'rows of other namespaces are there' 'ip netns is not to be had'
    skip 'why enters one first' 'ip netns is not to be had'
fi
if command -v nft >/dev/null && nft add table inet sockeye 2>/dev/null; then
    nft add chain inet sockeye in '{ type filter hook input priority 0; }'
    nft add rule inet sockeye in tcp dport 4243 counter reject with tcp reset
    check 'the rules of a firewall are read' \
        sh -c "'$SOCKEYE' why tcp://127.0.0.1:4243 | grep -q firewall"
    nft delete table inet sockeye
else
    skip 'the rules of a firewall are read' 'nft is not to be had'
fi

# ---- the caller of sudo ----
his=$(mktemp -d /tmp/sockeye-caller.XXXXXX) # the way to $work is not for everybody
chown 65534:65534 "$his"
cd "$his" || exit 1
env SUDO_UID=65534 SUDO_GID=65534 HOME=/root "$SOCKEYE" serve echo "unix:$his/socket" >"$work/out" 2>&1 &
server=$!
children+=("$server")
until_true 10 test -S "$his/socket"
check 'under sudo it is its caller' test "$(field "$server" Uid)" = $'65534\t65534\t65534\t65534'
check 'and so are its groups' test "$(field "$server" Gid)" = $'65534\t65534\t65534\t65534'
check 'without a capability' confined "$server"
check 'what it makes belongs to him' test "$(stat -c %u "$his/socket")" = 65534
kill "$server"
wait "$server"
env SUDO_UID=65534 SUDO_GID=65534 timeout 20 "$SOCKEYE" capture -i lo -c 1 -w "$his/his.pcap" >"$work/out" 2>&1 &
capture=$!
until_true 10 grep -q capturing "$work/out"
python3 -c "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))"
wait "$capture"
check 'packets are captured for him' test "$(stat -c %u "$his/his.pcap")" = 65534
cd "$work" || exit 1
rm -rf "$his"

# ---- what is refused ----
check '--sandbox=strict starts where all is there' sh -c "'$SOCKEYE' --sandbox=strict errors ENOENT >/dev/null"
# As on a kernel without Landlock: its first call, number 444 everywhere, is ENOSYS.
cat >without_landlock.py <<'PYTHON'
import ctypes, os, struct, sys

LOAD, EQUAL, RETURN, ALLOW, ERRNO = 0x20, 0x15, 0x06, 0x7fff0000, 0x50000
code = b"".join(struct.pack("HBBI", *line) for line in (
    (LOAD, 0, 0, 0), (EQUAL, 0, 1, 444), (RETURN, 0, 0, ERRNO | 38), (RETURN, 0, 0, ALLOW)))
kept = ctypes.create_string_buffer(code)
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", 4, ctypes.addressof(kept)))
if ctypes.CDLL(None).prctl(22, 2, program, 0, 0):
    sys.exit("no filter")
os.execv(sys.argv[1], sys.argv[1:])
PYTHON
check 'a kernel without Landlock is done without' \
    sh -c "python3 without_landlock.py '$SOCKEYE' errors ENOENT >/dev/null"
python3 without_landlock.py "$SOCKEYE" --sandbox=strict errors ENOENT >out 2>err
check '--sandbox=strict does not start there' test $? = 3
check 'and says what is missing' grep -q Landlock err
check 'a mode is one of three' test "$(with maybe errors ENOENT >/dev/null; echo $?)" = 2
cp "$SOCKEYE" set-id && chown 65534 set-id && chmod u+s set-id
check 'a set-user-id program refuses to start' test "$(./set-id errors ENOENT 2>&1 | grep -c 'set-user-id')" = 1
check '--sandbox=off leaves rights as they are' sh -c "'$SOCKEYE' --sandbox=off serve echo tcp://127.0.0.1:0 >off.out 2>&1 & pid=\$!
    until grep -q 'listens on' off.out; do sleep 0.03; done
    grep -q '^Seccomp:.0' /proc/\$pid/status; ok=\$?; kill \$pid; exit \$ok"
done_testing
