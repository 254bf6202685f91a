#!/bin/bash
# `sockeye why` and `sockeye doctor`: what they take, what they print, and how they end.
. "$(dirname "$0")/lib.sh"

# One run: output in $work/out and $work/err, the exit status in $status.
sockeye() { # WORD...
    "$SOCKEYE" "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
}

# One clear line on stderr, nothing on stdout, and status 2.
is_usage_error() { # REGEX
    [ "$status" = 2 ] && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" = 1 ] &&
        grep -Eq "$1" "$work/err"
}

json() { # EXPRESSION of d, the document
    python3 -c 'import json,sys
d = json.load(open(sys.argv[1]))
assert '"$1" "$work/out"
}

# Python's words for what DESIGN says of `why --json`.
has_the_shape() {
    python3 - "$work/out" <<'END'
import json, sys

d = json.load(open(sys.argv[1]))
assert d["schema"] == 1 and isinstance(d["target"], str)
assert set(d["outcome"]) >= {"call", "error", "elapsed_ms"}
v = d["verdict"]
assert set(v) >= {"cause", "confidence", "summary", "fix"}
assert v["confidence"] in ("certain", "likely", "possible") and isinstance(v["fix"], list)
for e in d["evidence"]:
    assert set(e) >= {"source", "at_ms", "fact"} and e["at_ms"] >= 0
for a in d["alternatives"]:
    assert set(a) >= {"cause", "confidence", "ruled_out_by"}
    assert a["confidence"] in ("certain", "likely", "possible"), a
for u in d["unseen"]:
    assert set(u) >= {"source", "because", "grant"}
END
}

# ---- wrong input -----------------------------------------------------------------------------

sockeye why
check 'why without a target is a usage error' is_usage_error .
sockeye why 127.0.0.1:99999
check 'so is a port that there is not' is_usage_error 99999
sockeye why bind:
check 'an empty address to bind' is_usage_error .
sockeye why --socket nonsense
check 'a socket that is none' is_usage_error nonsense
sockeye why --socket tcp://localhost:80
check 'a socket by name' is_usage_error numeric
sockeye why --pid -3
check 'a process that there cannot be' is_usage_error 'no process id'
sockeye why --pid 1 127.0.0.1:80
check 'a target beside a process' is_usage_error 'too many'
sockeye why --timeout soon 127.0.0.1:80
check 'a time that is none' is_usage_error soon
sockeye why --nosuch 127.0.0.1:80
check 'an option that there is not' is_usage_error nosuch
sockeye why --pid 4194305
check 'a process that is not there ends with 1' test "$status" = 1 -a "$(wc -l <"$work/err")" = 1
sockeye why --repeat 0 127.0.0.1:80
check 'no rounds at all' is_usage_error 'number of rounds'
sockeye why --every 1 127.0.0.1:80
check 'a pause without repetition' is_usage_error 'goes with --repeat'
while read -r expected words; do
    # shellcheck disable=SC2086 # they are several
    sockeye why $words
    check "what has no say is said: why $words" is_usage_error "'$expected'"
done <<'END'
--send --send x --socket tcp://127.0.0.1:80
--send-size --send-size 5 --pid 1
--send --send x bind:127.0.0.1:80
--timeout --timeout 3 --file x
--timeout --timeout 3 bind:127.0.0.1:80
--wait --wait 2 bind:127.0.0.1:80
--wait --wait 2 --file x
--no-reuseaddr --no-reuseaddr 127.0.0.1:80
--no-reuseaddr --no-reuseaddr --pid 1
--netns --netns nowhere --file x
--all --all 127.0.0.1:80
--repeat --repeat 2 --socket tcp://127.0.0.1:80
--report --report x --repeat 2 127.0.0.1:80
--bundle --bundle x --file y
--report --report x --pid 1
--report --report x -- true
--file --file x --socket tcp://127.0.0.1:80
same --report same --bundle same 127.0.0.1:80
END
sockeye doctor tcp
check 'doctor takes no words' is_usage_error 'too many'
sockeye doctor --wait 0
check 'and waits for longer than nothing' is_usage_error 'seconds'
for name in why doctor; do
    sockeye $name --help
    check "$name --help ends with 0" test "$status" = 0
done

# ---- an attempt ------------------------------------------------------------------------------

port=$(free_port)
sockeye why "127.0.0.1:$port"
check 'a refusal ends with 1' test "$status" = 1
check 'with the target, the cause and its title' \
    grep -q "^no-listener (nobody listens there), certain: .*127.0.0.1:$port" "$work/out"
check 'and a fix' grep -q '^  fix: ' "$work/out"
sockeye why --json "127.0.0.1:$port"
check 'its document has the shape that scripts rely on' has_the_shape
check 'the outcome names the call and the errno' \
    json '(d["outcome"]["call"], d["outcome"]["error"]) == ("connect", "ECONNREFUSED")'
check 'the verdict is that of the text' \
    json '(d["verdict"]["cause"], d["target"]) == ("no-listener", "tcp://127.0.0.1:'"$port"'")'
check 'it is one line' test "$(wc -l <"$work/out")" = 1
sockeye why --json --repeat 2 --every 0 "127.0.0.1:$port"
check 'repeated attempts are counted' json 'd["repeated"]["attempts"] == 2 and d["repeated"]["causes"][0]["count"] == 2'
check 'and end with 1 when one failed' test "$status" = 1
background "$SOCKEYE" serve echo "127.0.0.1:$(free_port)" </dev/null >"$work/served" 2>&1
until_true 10 grep -q listens "$work/served"
sockeye why --json bind:127.0.0.1:0
check 'any port is free, whatever listens on others' \
    sh -c "test $status = 0 && ! grep -q 'a listener on the port' '$work/out'"
sockeye why --json "bind:127.0.0.1:$port"
check 'what can be bound is healthy and ends with 0' test "$status" = 0
check 'in the same shape' has_the_shape

# ---- what is kept of it ----------------------------------------------------------------------

background "$SOCKEYE" serve echo "tcp://127.0.0.1:$port" >/dev/null 2>&1
answering=$background_pid
until_true 10 sh -c "ss -tln | grep -q '127.0.0.1:$port '"
sockeye why --send Geheimnis --report "$work/page.html" --bundle "$work/bundle.tar" \
    "127.0.0.1:$port"
check 'a page is written' grep -q '</html>' "$work/page.html"
check 'it holds no script and needs nothing from elsewhere' \
    not grep -Eqi '<script|src=|href=|url\(' "$work/page.html"
check 'an archive is written' test "$(tar tf "$work/bundle.tar" | sort | tr '\n' ' ')" = \
    'packets.pcapng report.html rows.json why.json '
check 'nothing else is left behind' test "$(find "$work" -maxdepth 1 -name 'bundle*' | wc -l)" = 1
mkdir "$work/unpacked"
tar xf "$work/bundle.tar" -C "$work/unpacked"
check 'its documents can be read' python3 -c 'import json,sys
assert json.load(open(sys.argv[1]))["schema"] == 1
assert any(r["state"] == "LISTEN" for r in json.load(open(sys.argv[2])))' \
    "$work/unpacked/why.json" "$work/unpacked/rows.json"
cp "$work/unpacked/why.json" "$work/out"
if json 'any(u["source"] == "capture" for u in d["unseen"])' 2>/dev/null; then
    skip 'the packets are beside it' 'capturing is not permitted here'
else
    check 'the packets are beside it' grep -q Geheimnis "$work/page.pcapng"
    sockeye capture -r "$work/unpacked/packets.pcapng"
    check 'those of the archive can be read' test "$(grep -c ' TCP ' "$work/out")" -ge 3
fi
check 'without their payload' not grep -rq Geheimnis "$work/unpacked"
kill "$answering"
sockeye why --report "$work/none/page.html" "127.0.0.1:$port"
check 'a page that cannot be written is said before anything is tried' \
    test "$status" = 1 -a ! -s "$work/out" -a "$(wc -l <"$work/err")" = 1
sockeye why --bundle "$work/out" "127.0.0.1:$port"
check 'neither can a bundle into what is no folder' \
    test "$status" = 1 -a ! -s "$work/out" -a "$(wc -l <"$work/err")" = 1
sockeye why --payload "127.0.0.1:$port"
check '--payload alone is a usage error' is_usage_error 'goes with --bundle'

# ---- a recording -----------------------------------------------------------------------------

record() { # FILE WORD...
    python3 "$e2e_root/tests/e2e/recording.py" "$work/$1" "${@:2}"
}
record all.pcap healthy refused silent stalled lossy blocked
sockeye why --json --all --file "$work/all.pcap"
check 'a recording tells a refusal, silence, a window of 0, loss and a firewall, a line each' \
    python3 -c 'import json,sys
found = {}
for line in open(sys.argv[1]):
    d = json.loads(line)
    assert d["schema"] == 1 and d["unseen"]
    found[d["target"][-2:]] = d["verdict"]["cause"]
assert found == {"81": "no-listener", "82": "no-reply", "83": "peer-not-reading",
                 "84": "network-loss", "85": "firewall-reject"}, found' "$work/out"
check 'and ends with 1' test "$status" = 1
sockeye why --json --file "$work/all.pcap"
check 'without --all the worst is told, in the shape of an attempt' has_the_shape
record healthy.pcap healthy
sockeye why --file "$work/healthy.pcap"
check 'what went well ends with 0' test "$status" = 0
sockeye why --file "$work/nothing"
check 'a recording that is not there ends with 1' test "$status" = 1 -a "$(wc -l <"$work/err")" = 1
head -c -10 "$work/all.pcap" >"$work/cut.pcap"
sockeye why --json --file "$work/cut.pcap"
check 'of one that is cut short what is there is judged' \
    json 'd["unseen"][-1]["source"] == "rest of the file"'
echo nonsense >"$work/nonsense"
sockeye why --file "$work/nonsense"
check 'what is no recording is said' test "$status" -ge 1 -a "$(wc -l <"$work/err")" = 1
sockeye why --file - </dev/null
check 'one that cannot be read twice is a usage error' is_usage_error twice

# ---- sockets that are there ------------------------------------------------------------------

mkfifo "$work/hold"
exec 5<>"$work/hold"
python3 "$e2e_root/tests/e2e/patient.py" stalled leak full idle half slow \
    <"$work/hold" >"$work/patient" 5>&- &
patient=$!
children+=("$patient")
until_true 20 grep -q ready "$work/patient"
of() { # WORD: the socket that the patient calls so
    sed -n "s/^$1 //p" "$work/patient"
}

sockeye doctor --json --wait 0.5
check 'doctor ends with 1 when it lists anything' test "$status" = 1
cp "$work/out" "$work/doctor"
check 'its document has the shape that scripts rely on' json \
    'd["schema"] == 1 and d["checked"] > 5 and isinstance(d["unseen"], list) and all(set(u) >=
     {"socket", "kind", "state", "owner", "cause", "confidence", "summary", "fix"}
     for u in d["unhealthy"])'
finds() { # WORD CAUSE
    json "[u['cause'] for u in d['unhealthy'] if u['socket'] == '$(of "$1")'] == ['$2']"
}
check 'it finds a full accept queue' finds full accept-queue-full
check 'a peer that does not read' finds sender peer-not-reading
check 'the program that does not read' finds reader app-not-reading
check 'a socket that is not closed' finds leak close-wait-leak
check 'the worst stands first' json 'd["unhealthy"][0]["cause"] == "accept-queue-full"'
check 'what is idle, half closed or slow is not listed' json \
    'not {u["socket"] for u in d["unhealthy"]} & set("'"$(of idle) $(of half) $(of slow)"'".split())'
check 'the owner is named' json "'(%d)' % $patient in d['unhealthy'][0]['owner']"

sockeye why --json --wait 0.5 --pid "$patient"
check 'of a process the worst socket is the verdict' \
    json 'd["verdict"]["cause"] == "accept-queue-full" and d["target"] == "pid '"$patient"'"'
check 'in the shape of an attempt' has_the_shape
check 'the others are alternatives' json \
    '{a["cause"] for a in d["alternatives"]} >= {"peer-not-reading", "close-wait-leak"}'
check 'and all of its sockets are evidence' json \
    'all(any(s in e["fact"] for e in d["evidence"]) for s in
     "'"$(of idle) $(of half) $(of slow)"'".split())'
exec 5>&-
wait "$patient"
sockeye doctor --wait 0.1
check 'when it is gone nothing is wrong, and doctor ends with 0' \
    test "$status" = 0 -a "$(grep -c . "$work/out")" = 1
done_testing
