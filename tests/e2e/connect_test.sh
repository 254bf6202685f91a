#!/bin/bash
# How `sockeye connect` ends, and what it refuses before it connects: statuses and words on stderr.
. "$(dirname "$0")/lib.sh"
port=$(free_port)

listening() {
    not port_is_free "$1"
}

ends() { # NAME STATUS REGEX COMMAND...: exit status, and a line of stderr; '': it may say anything
    local name=$1 status=$2 regex=$3 got
    shift 3
    timeout 20 "$@" >"$work/out" 2>"$work/err"
    got=$?
    if [ "$got" = "$status" ] && { [ -z "$regex" ] || grep -Eq -- "$regex" "$work/err"; }; then
        ok "$name"
    else
        not_ok "$name"
        echo "# status $got"
        sed 's/^/# /' "$work/err"
    fi
}

background "$SOCKEYE" serve discard "127.0.0.1:$port" </dev/null >"$work/served" 2>&1
until_true 10 listening "$port"

ends '--linger without a half-close to begin at is refused' 2 "'--linger'.*--no-half-close" \
    "$SOCKEYE" connect "127.0.0.1:$port" --no-half-close --linger 1 </dev/null

ends 'a multicast that is neither on nor off is a usage error' 2 'it takes on or off' \
    "$SOCKEYE" connect "udp://127.0.0.1:$port" --multicast-loop maybe </dev/null
ends 'so is a group that is none' 2 'it takes a group such as' \
    "$SOCKEYE" connect "udp://127.0.0.1:$port" --join maybe </dev/null

ends 'who is closed for being idle is told so, with 0' 0 'nothing came or went for 200 ms' \
    "$SOCKEYE" connect "127.0.0.1:$port" --no-half-close --idle-timeout 0.2 </dev/null
ends 'with --json it is a member' 0 '' \
    "$SOCKEYE" connect --json "127.0.0.1:$port" --no-half-close --idle-timeout 0.2 </dev/null
check 'of the last state' \
    sh -c "tail -n 1 '$work/out' | grep -q '\"state\":\"closed\".*\"idle_ms\":200'"
check 'and its words are not on stderr' not test -s "$work/err"
background "$SOCKEYE" serve echo "udp://127.0.0.1:$port" </dev/null >"$work/datagrams" 2>&1
until_true 10 test -s "$work/datagrams"
ends 'who lingered as it should says nothing' 0 '' \
    "$SOCKEYE" connect "udp://127.0.0.1:$port" --send x --linger 0.1 --no-stdin
check 'but what came' test "$(cat "$work/out" "$work/err")" = x

# Who connects to it is sent something at once.
background python3 -c '
import socket
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
while True:
    c = s.accept()[0]
    c.sendall(b"x")
    c.close()' >"$work/hasty"
until_true 10 test -s "$work/hasty"
in_order() {
    local run
    for run in {1..20}; do
        "$SOCKEYE" connect --json "127.0.0.1:$(cat "$work/hasty")" --no-stdin >"$work/told" 2>&1
        tr -d '\n' <"$work/told" | grep -q '"open".*"received","bytes":1.*"closed"' || {
            echo "# run $run:" && cat "$work/told"
            return 1
        }
    done
}
check 'with --json what came stands between opened and closed' in_order

ends 'a session is written as a program' 0 '' \
    "$SOCKEYE" connect "127.0.0.1:$port" --send hello --no-stdin --program "$work/again.py"
ends 'which gives the same again' 0 '' python3 "$work/again.py"
check 'and says so' grep -q 'same    send: 5 bytes' "$work/out"
ends 'what cannot be written is told' 1 'no-such' \
    "$SOCKEYE" connect "127.0.0.1:$port" --no-stdin --program "$work/no-such/again.c"
ends 'of a session that made no call there is none, which is said' 1 \
    "again.c is not written: nothing was called" \
    "$SOCKEYE" connect no-such-host.invalid:80 --no-stdin --program "$work/again.c"
# The signal is there before the session is.
cat >"$work/asked.py" <<'EOF'
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
os.kill(os.getpid(), signal.SIGTERM)
os.execv(sys.argv[1], sys.argv[1:])
EOF
asked_at_once() {
    local run
    for run in {1..5}; do
        python3 "$work/asked.py" "$SOCKEYE" connect "127.0.0.1:$port" --no-stdin \
            --transcript "$work/talk.json" --program "$work/at-once.py" 2>"$work/err" || {
            echo "# run $run:" && cat "$work/err"
            return 1
        }
    done
}
check 'asked to end before it has begun is no failure' asked_at_once
ends 'of several sessions there is no program' 2 "'--program'.*one session" \
    "$SOCKEYE" connect --connections 2 "127.0.0.1:$port" --program "$work/again.c"

ends 'without a stdout nothing is connected' 1 'stdout: .*EBADF' \
    sh -c "'$SOCKEYE' connect '127.0.0.1:$port' </dev/null >&-"

for url in gopher://x 'http://[::'; do
    for words in "connect tcp://127.0.0.1:$port" "connect --connections 2 127.0.0.1:$port" \
        "message 127.0.0.1:$port a=b"; do
        # shellcheck disable=SC2086  # they are words
        ends "a proxy in ALL_PROXY that makes no sense is a usage error: $url, ${words%% *}" 2 \
            "environment's ALL_PROXY" env ALL_PROXY="$url" "$SOCKEYE" $words </dev/null
    done
done
ends 'so is one of another variable' 2 "environment's https_proxy" \
    env https_proxy=gopher://x "$SOCKEYE" connect "tls://127.0.0.1:$port" </dev/null
for at in "udp://127.0.0.1:$port" "unix-dgram:$work/no-such"; do
    ends "a framed message over datagrams is a usage error: ${at%%:*}" 2 'need a stream' \
        "$SOCKEYE" message "$at" a=b
done
done_testing
