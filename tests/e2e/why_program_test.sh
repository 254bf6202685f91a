#!/bin/bash
# `sockeye why -- PROGRAM`: what it says of a program's failing and stalling socket calls, and that the
# program notices nothing.
. "$(dirname "$0")/lib.sh"
programs=$(dirname "$0")/why_program.py
port=$(free_port)
taken=$(free_port)
jobs=()

"$SOCKEYE" why -- true 2>"$work/err"
if [ $? = 3 ] && grep -q 'may not be watched' "$work/err"; then
    skip_all "programs may not be traced here: $(cat "$work/err")"
fi
background "$SOCKEYE" serve echo "127.0.0.1:$taken" </dev/null >"$work/served" 2>&1
until_true 10 not port_is_free "$taken"

begin() { # NAME COMMAND...: under sockeye, beside the others
    local name=$1
    shift
    [ "$(jobs -rp | wc -l)" -lt 6 ] || wait -n
    {
        timeout 30 "$SOCKEYE" why --json --output "$work/$name.json" -- "$@" \
            </dev/null >"$work/$name.out" 2>"$work/$name.err"
        echo $? >"$work/$name.status"
    } &
    jobs+=($!)
}

program() { # WHAT [PORT]
    begin "$1" python3 "$programs" "$@"
}

# found NAME STATUS OUTPUT EXPRESSION: the expression over the document d, its verdict v and its
# calls c is true; what the program said itself came through. Calls aside (libc asks nscd for the
# user's home where HOME is unset) are the host's and not the program's.
found() {
    local said
    said=$(python3 -c '
import json, sys
d = json.load(open(sys.argv[1]))
v, c = d["verdict"], [call for call in d["calls"] if not call["aside"]]
print("yes" if eval(sys.argv[2]) else json.dumps([v, c]))
' "$work/$1.json" "$4" 2>&1)
    if [ "$(cat "$work/$1.status")" = "$2" ] && [ "$(cat "$work/$1.out")" = "$3" ] &&
        [ "$said" = yes ]; then
        ok "$1: $4"
    else
        not_ok "$1: $4"
        echo "# status $(cat "$work/$1.status"), output $(head -c 200 "$work/$1.out"), $said"
        sed 's/^/# /' "$work/$1.err"
    fi
}

stalls() { # WHAT: a program that would wait for long, ended once it is explained
    "$SOCKEYE" why --json --output "$work/$1.json" -- python3 "$programs" "$1" \
        </dev/null >"$work/$1.out" 2>"$work/$1.err" &
    local pid=$!
    until_true 15 grep -q '^sockeye why: ' "$work/$1.err"
    kill -TERM "$pid"
    wait "$pid"
    echo $? >"$work/$1.status"
}

for what in peer_stops_reading poll_stopped; do
    stalls "$what" &
    jobs+=($!)
done
for what in idle silence recv_reset read_reset broken_pipe \
    bind_twice no_descriptors unix_missing; do
    program "$what"
done
for what in refused threads_and_forks many udp_refused killed; do
    program "$what" "$port"
done
program bind_in_use "$taken"
program stdout_pipe
begin curl curl -s "http://127.0.0.1:$port/"
command -v nc >/dev/null && begin nc nc -z 127.0.0.1 "$port"
wait "${jobs[@]}"

found refused 1 refused 'v["cause"] == "no-listener" and v["confidence"] == "certain"'
found refused 1 refused 'd["outcome"]["call"] == "connect" and d["outcome"]["error"] == "ECONNREFUSED"'
found curl 1 '' 'v["cause"] == "no-listener" and d["program"]["status"] == 7'
[ -e "$work/nc.json" ] && found nc 1 '' 'v["cause"] == "no-listener" and d["program"]["status"] == 1'
found bind_in_use 1 EADDRINUSE 'v["cause"] == "port-in-use-listener" and "sockeye" in v["summary"]'
found bind_twice 1 EADDRINUSE 'v["cause"] == "port-in-use-listener" and "python3" in v["summary"]'
found recv_reset 1 reset 'c[0]["call"] == "recv" and c[0]["error"] == "ECONNRESET" and len(c) == 1'
found read_reset 1 reset 'c[0]["call"] == "read" and c[0]["error"] == "ECONNRESET" and len(c) == 1'
found broken_pipe 1 'broken pipe' 'c[0]["call"] == "send" and c[0]["error"] == "EPIPE" and len(c) == 1'
found stdout_pipe 1 '' 'c[0]["call"] == "write" and c[0]["error"] == "EPIPE" and len(c) == 1'
found peer_stops_reading 1 '' 'v["cause"] == "peer-not-reading" and c[0]["stalled"]'
found poll_stopped 1 '' 'v["cause"] == "peer-not-reading" and c[0]["call"] == "poll"'
found idle 0 '' 'v["cause"] == "healthy"'
found silence 1 '' 'v["cause"] == "accept-queue-full" and c[0]["stalled"]'
found no_descriptors 1 EMFILE 'v["cause"] == "too-many-open-files" and c[0]["call"] == "accept"'
found unix_missing 1 missing 'v["cause"] == "unix-missing"'
found udp_refused 1 refused 'v["cause"] == "no-listener" and c[0]["call"] == "recv"'
found threads_and_forks 1 '' 'len(c) == 1 and c[0]["count"] == 121'
found many 1 '' 'len(c) == 1 and c[0]["count"] == 10000'
found killed 1 refused 'd["program"]["signal"] == 9 and d["program"]["status"] is None'
if [ "$(id -u)" = 0 ]; then
    found recv_reset 1 reset 'v["cause"] == "reset-abort"'
fi

# ---- the program notices nothing --------------------------------------------------------------

head -c 300000 /dev/urandom >"$work/bytes"
"$SOCKEYE" why -- cat <"$work/bytes" >"$work/copied" 2>"$work/err"
check 'a program without a failure: 0' test $? = 0
check 'and it is said of the program' grep -qx cat "$work/err"
check 'its bytes come through as they are' cmp "$work/bytes" "$work/copied"
"$SOCKEYE" why -- python3 "$programs" refused "$port" >"$work/out" 2>"$work/err"
check 'stdout is the program'"'"'s alone' test "$(cat "$work/out")" = refused
check 'each failure is a line of stderr as it happens' \
    grep -q "^sockeye why: connect tcp://127.0.0.1:$port: no-listener: Nobody listens" "$work/err"
check 'how the program ended is said' grep -q 'python3 ([0-9]*) ended with status 0' "$work/err"
# shellcheck disable=SC2016  # for the shell that is watched
limit=$("$SOCKEYE" why -- sh -c 'ulimit -Sn; trap' 2>/dev/null)
check 'limits and signals are as they were' test "$limit" = "$(sh -c 'ulimit -Sn; trap')"

"$SOCKEYE" why -- /nowhere/at/all >"$work/out" 2>"$work/err"
check 'a program that is not there: 1' test $? = 1
check 'and in words' grep -q 'sockeye why: run /nowhere/at/all: No such file' "$work/err"
"$SOCKEYE" why -- 2>"$work/err"
check 'no program: 2' test $? = 2
timeout 20 "$SOCKEYE" why -- "$SOCKEYE" why -- touch "$work/begun" 2>"$work/err"
check 'who is traced already is not begun' \
    sh -c "grep -q 'may not be watched' '$work/err' && test ! -e '$work/begun'"
check 'with status 3' grep -q 'ended with status 3' "$work/err"

# ---- the end of who watches ---------------------------------------------------------------------

mkfifo "$work/go"
"$SOCKEYE" why -- python3 "$programs" survive "$port" <"$work/go" >"$work/out" 2>"$work/err" &
watcher=$!
exec 3>"$work/go"
children_of() {
    cat "/proc/$1/task/$1/children" 2>/dev/null
}
runs() { # COMMAND: the watcher's tracer runs it
    for tracer in $(children_of "$watcher"); do
        [ "$(cat "/proc/$tracer/comm" 2>/dev/null)" = sockeye-trace ] || continue
        for watched in $(children_of "$tracer"); do
            [ "$(cat "/proc/$watched/comm" 2>/dev/null)" = "$1" ] && return
        done
    done
    return 1
}
until_true 10 runs python3
kill -KILL "$watcher"
wait "$watcher" 2>/dev/null
exec 3>&-
until_true 10 test -s "$work/out"
check 'a program whose watcher was killed goes on, and its calls are made' \
    test "$(cat "$work/out")" = ECONNREFUSED
until_true 10 not kill -0 "$tracer" 2>/dev/null
check 'and nothing is left of the tracer' not kill -0 "$tracer" 2>/dev/null

"$SOCKEYE" why -- sleep 60 2>"$work/err" &
watcher=$!
until_true 10 runs sleep
kill -TERM "$watcher"
wait "$watcher"
check 'a signal for us is for the program' grep -q 'was ended by signal 15' "$work/err"

"$SOCKEYE" why -- sleep 60 2>"$work/err" &
watcher=$!
until_true 10 runs sleep
kill -KILL "$tracer"
until_true 10 not kill -0 "$watched" 2>/dev/null
check 'without its tracer no call of a program would work: it is ended' \
    not kill -0 "$watched" 2>/dev/null
wait "$watcher"
check 'and who watched ends, too, and does not call it healthy' test $? != 0

# ---- its speed ------------------------------------------------------------------------------------

least() { # COMMAND...: the lesser of two figures
    for _ in 1 2; do "$@" 2>/dev/null; done | sort -n | head -n 1
}
as_fast() { # NAME OPTION WHAT
    local plain watched
    plain=$(least python3 "$programs" "$3")
    # shellcheck disable=SC2086  # it may be none
    watched=$(least "$SOCKEYE" why $2 -- python3 "$programs" "$3")
    check "$1 ($plain s, $watched s)" awk "BEGIN { exit !($watched < $plain * 1.5 + 0.02) }"
}
as_fast "100,000 calls that are no socket's are not slowed down" '' calls
as_fast 'with --no-io neither are those of files' --no-io files
done_testing
