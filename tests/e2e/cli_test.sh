#!/bin/bash
# The subcommands serve and connect in a script: bytes, exit statuses, words on stderr.
. "$(dirname "$0")/lib.sh"
port=$(free_port) closed=$(free_port)

listening() {
    not port_is_free "$1"
}

status_of() { # COMMAND...: output in $work/out and $work/err
    "$@" >"$work/out" 2>"$work/err" </dev/null
    echo $?
}

background "$SOCKEYE" serve echo "127.0.0.1:$port" </dev/null >"$work/served" 2>&1
server=$background_pid
check 'serve listens with stdin at its end' until_true 10 listening "$port"
check 'it says where' grep -q "127.0.0.1:$port" "$work/served"
check 'only on loopback' test -z "$(ss -Hltn "sport = :$port" | grep -v '127\.0\.0\.1:')"

printf 'Hello, world\n' | "$SOCKEYE" connect "127.0.0.1:$port" >"$work/out" 2>"$work/err"
check 'connect ends with 0 when the peer closes' test "${PIPESTATUS[1]}" = 0
check 'received bytes and nothing else are on stdout' \
    cmp -s "$work/out" - <<<'Hello, world'

head -c 3000000 /dev/urandom >"$work/random"
"$SOCKEYE" connect 127.0.0.1 "$port" <"$work/random" >"$work/back" 2>"$work/err"
check 'three megabytes of anything come back unchanged' cmp -s "$work/random" "$work/back"

check 'a refused connection ends with 1' test "$(status_of "$SOCKEYE" connect "127.0.0.1:$closed")" = 1
check 'and is named' grep -q ECONNREFUSED "$work/err"
check 'stdout stays empty' not test -s "$work/out"
check 'a malformed endpoint ends with 2' test "$(status_of "$SOCKEYE" connect '127.0.0.1:nope')" = 2
check 'and the part that is wrong is named' grep -q nope "$work/err"
check 'an unknown subcommand ends with 2' test "$(status_of "$SOCKEYE" frobnicate)" = 2
check 'an unknown service ends with 2' test "$(status_of "$SOCKEYE" serve nosuch)" = 2
check 'an unknown option ends with 2' test "$(status_of "$SOCKEYE" connect --nosuch "127.0.0.1:$port")" = 2
check 'help ends with 0' test "$(status_of "$SOCKEYE" --help)" = 0
check 'and lists the subcommands' grep -q capture "$work/out"
for name in sockets connect serve capture; do
    check "$name --help ends with 0" test "$(status_of "$SOCKEYE" "$name" --help)" = 0
done
check 'a taken port ends with 1' \
    test "$(status_of "$SOCKEYE" serve echo "127.0.0.1:$port")" = 1
check 'and its holder is named' grep -Eq "EADDRINUSE.*$server|$server.*EADDRINUSE" "$work/err"

kill -TERM "$server"
wait "$server"
check 'SIGTERM ends a server with 0' test $? = 0
check 'and closes its port' port_is_free "$port"

background "$SOCKEYE" serve --json echo "127.0.0.1:$closed" </dev/null >"$work/served" 2>&1
until_true 10 listening "$closed"
printf x | "$SOCKEYE" connect --json "127.0.0.1:$closed" >"$work/out" 2>"$work/err"
kill -INT "$background_pid"
wait "$background_pid"
check 'SIGINT ends a server with 0' test $? = 0
check 'every line of connect --json is an object' \
    python3 -c 'import json,sys; assert all(isinstance(json.loads(l), dict) for l in open(sys.argv[1]))' "$work/out"
check 'so is every line of serve --json' \
    python3 -c 'import json,sys; assert all(isinstance(json.loads(l), dict) for l in open(sys.argv[1]))' "$work/served"
check 'there are some' test -s "$work/out" -a -s "$work/served"
done_testing
