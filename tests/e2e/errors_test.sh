#!/bin/bash
# The error reference: the subcommand, and the same text in the console.
. "$(dirname "$0")/lib.sh"

errors() { # WORD...: output in $work/out and $work/err, the exit status in $status
    "$SOCKEYE" errors "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
}

# Whether the entry of this name, alone, is there in full.
is_whole() { # NAME
    [ "$status" = 0 ] && grep -q "^$1 (" "$work/out" && grep -q '^  means' "$work/out" &&
        grep -q '^  often' "$work/out" && grep -q '^  try' "$work/out" &&
        grep -q '^  manual' "$work/out" && [ "$(grep -c '^[A-Z]' "$work/out")" = 1 ]
}

entry_of() { # NAME KEY: as the file has it
    python3 -c 'import json,sys
e = [e for e in json.load(open(sys.argv[1])) if e["name"] == sys.argv[2]][0][sys.argv[3]]
print(e if isinstance(e, str) else e[0])' "$e2e_root/share/errors.json" "$1" "$2"
}

errors
check 'without a name all are listed, one line each' test "$status" = 0 -a \
    "$(wc -l <"$work/out")" = "$(grep -c '"name":' "$e2e_root/share/errors.json")"
check 'with name, number and meaning' \
    grep -Eq "^ECONNREFUSED +111  $(entry_of ECONNREFUSED meaning | cut -c 1-40)" "$work/out"
for word in ECONNREFUSED econnrefused 111 -111 'Connection refused' 'connection refus'; do
    errors "$word"
    check "'$word' is found" is_whole ECONNREFUSED
done
errors EWOULDBLOCK
check 'so is an alias' is_whole EAGAIN
errors -- -3 EAI_FAIL
check 'and a code of the resolver' grep -q '^EAI_AGAIN (-3)' "$work/out"
check 'several names may be given' grep -q '^EAI_FAIL (-4)' "$work/out"
errors 'connection'
check 'a part of several sentences lists them' \
    test "$status" = 0 -a "$(grep -c '^ECONN[A-Z]* ' "$work/out")" = 3
errors ECONREFUSED EPIPE
check 'an unknown name ends with 1' test "$status" = 1
check 'it is named, in one line, with what is near' \
    test "$(grep -c "ECONREFUSED.*ECONNREFUSED" "$work/err")" = 1 -a "$(wc -l <"$work/err")" = 1
check 'and what is known is told' grep -q '^EPIPE (32)' "$work/out"
errors 4242
check 'an unknown number ends with 1' test "$status" = 1
errors $'\e[2J'
check 'no control byte comes through' not grep -q $'\e' "$work/err"
errors no-listener
check 'a cause is explained' test "$status" = 0 -a "$(grep -c '^no-listener (refused): ' "$work/out")" = 1
check 'with what tells it from its neighbours' grep -q '^  apart  Told from ' "$work/out"
errors --causes
check 'all causes are listed, one line each' test "$status" = 0 -a \
    "$(wc -l <"$work/out")" = "$(grep -c '"id":' "$e2e_root/share/causes.json")"
errors --json --causes
check 'and as they are in the file' python3 -c 'import json,sys
a, b = (json.load(open(p)) for p in sys.argv[1:])
assert all(e.pop("kind") == "cause" for e in a)
assert a == b' "$work/out" "$e2e_root/share/causes.json"
errors --nosuch
check 'an unknown option ends with 2' test "$status" = 2
errors --help
check 'help ends with 0' test "$status" = 0
errors --json
check 'the document is an array of all entries, as in the file' python3 -c 'import json,sys
a, b = (json.load(open(p)) for p in sys.argv[1:])
keys = ("name", "number", "kind", "calls", "meaning", "causes", "try", "man")
assert [[e[k] for k in keys] for e in a] == [[e[k] for k in keys] for e in b]' \
    "$work/out" "$e2e_root/share/errors.json"
errors --json EAGAIN 32
check 'or of those asked for' python3 -c 'import json,sys
assert [e["name"] for e in json.load(open(sys.argv[1]))] == ["EAGAIN", "EPIPE"]' "$work/out"
check 'a full disk ends with 1' \
    sh -c "'$SOCKEYE' errors >/dev/full 2>'$work/err'; test \$? = 1"

# The list is cut at the edge of a terminal, and only there.
COLUMNS_WANTED=60 ROWS_WANTED=200
start sh -c "'$SOCKEYE' errors"
wait_for '^EAI_IDN_ENCODE'
check 'in a terminal a long meaning is cut, visibly' screen_has '^ECONNREFUSED +111 .{38}>$'
# "Pane is dead" is what tmux says in the end.
check 'so that every error has one line' not screen_has '^[^EP]'

# Without the file: a copy of the program that has no data folder beside it.
cp "$SOCKEYE" "$work/alone"
if [ "$(cd "$work" && ./alone errors EPIPE 2>/dev/null)" ]; then
    skip 'without the reference the subcommand ends with 3' 'it is installed on this host'
    skip 'without the reference the console works' 'it is installed on this host'
else
    "$work/alone" errors EPIPE 2>"$work/err"
    check 'without the reference the subcommand ends with 3' test $? = 3
    check 'and the file is named' grep -q errors.json "$work/err"
    COLUMNS_WANTED=100 ROWS_WANTED=30
    start "$work/alone" --no-capture
    expect 'without the reference the console says so' 'errors are not explained'
    command_line "connect 127.0.0.1:$(free_port)"
    expect 'and works' 'ECONNREFUSED'
    wait_gone 'errors are not explained'
    keys Q
    check 'to its end' test "$(exit_status)" = 0
fi

# The console: notice, session, journal.
COLUMNS_WANTED=120 ROWS_WANTED=40
start "$SOCKEYE" --no-capture
wait_for Recv-Q
command_line "connect 127.0.0.1:$(free_port)"
expect 'the notice says what to try' "ECONNREFUSED.*try: $(entry_of ECONNREFUSED try)"
keys 2
expect 'the session of the focus says what it means' \
    "means .*$(entry_of ECONNREFUSED meaning | cut -c 1-40)"
expect 'and what often causes it' "often .*$(entry_of ECONNREFUSED causes | cut -c 1-40)"
keys 5
wait_for 'ECONNREFUSED'
keys /
type_text ECONNREFUSED
keys Enter
expect 'the selected call of the journal is explained' 'ECONNREFUSED: Connection refused'
expect 'by the same text' "means .*$(entry_of ECONNREFUSED meaning | cut -c 1-40)"
keys g
wait_gone 'ECONNREFUSED: Connection refused'
check 'another call is not' screen_lacks 'means '
keys Q
exit_status >/dev/null
done_testing
