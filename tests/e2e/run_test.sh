#!/bin/bash
# `sockeye run`: what it takes, what it prints, and how it ends; the scenarios that come along.
. "$(dirname "$0")/lib.sh"

sockeye() { # WORD...
    "$SOCKEYE" "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
}

# One clear line on stderr, nothing on stdout, and status 2.
is_refused() { # REGEX
    [ "$status" = 2 ] && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" = 1 ] &&
        grep -Eq "$1" "$work/err"
}

ends() { # STATUS REGEX: of a line of stdout
    if [ "$status" != "$1" ] || ! grep -Eq "$2" "$work/out"; then
        sed 's/^/# /' "$work/out" "$work/err"
        return 1
    fi
}

json() { # EXPRESSION of d, the document
    python3 -c 'import json,sys
d = json.load(open(sys.argv[1]))
assert '"$1" "$work/out" || {
        sed 's/^/# /' "$work/out" "$work/err"
        return 1
    }
}

scenario() { # NAME STEPS
    printf '{"schema": 1, "title": "%s",\n "variables": {"port": "1"},\n "steps": [%s]}\n' "$1" "$2" \
        >"$work/$1.json"
}

# ---- wrong input ----
sockeye run
check 'without a scenario it is a usage error' is_refused "'FILE' is missing"
sockeye run no-such-thing
check 'so is one that there is not' is_refused 'no-such-thing'
sockeye run --set port tcp-answers
check 'a variable without a value' is_refused 'NAME=VALUE'
sockeye run --set prot=5 tcp-answers
check 'a variable that it does not have' is_refused "'prot' is no variable"
sockeye run --patience 0 tcp-loopback
check 'no patience at all' is_refused 'from 1 to 100'
sockeye run --json --tap tcp-loopback
check 'two forms at once' is_refused 'together'
scenario wrong '
  {"name": "one", "do": "serve echo tcp://127.0.0.1:0", "as": "web",
   "expect": [{"server": "web", "listning": true}]}'
sockeye run tcp-loopback "$work/wrong.json"
check 'a field that there is not: file, line, step, field' is_refused \
    'wrong.json:5: step 1 \(one\), expect 1: "listning" is no field'

# ---- what holds, and what does not ----
# shellcheck disable=SC2016  # references of the scenario, not of the shell
scenario holds '{"name": "listen", "do": "serve echo tcp://127.0.0.1:0", "as": "web",
    "expect": [{"rows": "${web.row}", "count": 1}]},
  {"name": "talk", "do": ["connect tcp://127.0.0.1:${web.port}", "send ${c} hello"], "as": "c",
    "expect": [{"session": "c", "text": "hello"}], "measure": {"ms": "c.open_ms"}}'
# shellcheck disable=SC2016
scenario fails '{"name": "listen", "do": "serve echo tcp://127.0.0.1:0", "as": "web",
    "expect": [{"rows": "${web.row}", "count": 2}], "within": 1}, {"name": "next"}'
sockeye run --patience 5 "$work/holds.json"
check 'a point for each step' ends 0 '^ok 2 - holds: talk$'
check 'the plan is at its end' ends 0 '^1\.\.2$'
check 'what was measured is told' ends 0 '^# ms = [0-9.]+$'
sockeye run "$work/fails.json" "$work/holds.json"
check 'a step that fails' ends 1 '^not ok 1 - fails: listen$'
check 'says what was expected and what is seen, with the row' ends 1 \
    'message: "expected rows .*count 2; seen: 1: tcp LISTEN recvq 0 sendq [0-9]+ 127\.0\.0\.1:'
check 'and where' ends 1 'at: ".*fails.json:[0-9]+"'
check 'what comes behind it is not done' ends 1 '^ok 2 - fails: next # SKIP'
check 'others are, nevertheless' ends 1 '^ok 4 - holds: talk$'
sockeye run --json "$work/fails.json"
check 'the same as a document' json 'd["held"] is False and d["scenarios"][0]["outcome"] == "failed"'
check 'with what was looked at' json \
    'd["scenarios"][0]["runs"][0]["steps"][0]["checks"][0]["holds"] is False'
if command -v prove >/dev/null; then
    proves() {
        prove -Q --exec "$SOCKEYE run" "$1" >"$work/proved" 2>&1
    }
    check 'prove reads it' proves "$work/holds.json"
    check 'and sees what fails' not proves "$work/fails.json"
else
    skip 'prove reads it' 'prove is not installed'
fi
sockeye run --list
check 'what comes along is listed' ends 0 '^tls-certificate +A TLS certificate'

# ---- needs ----
printf '{"schema": 1, "title": "t", "needs": "capture", "steps": [{"name": "look"}]}' >"$work/needs.json"
sockeye run --no-capture "$work/needs.json"
check 'what it needs and cannot have is told, with a status of its own' ends 3 '^ok 1 - needs: look # SKIP'
check 'and a reason' ends 3 '^# needs: it needs packets'

if [ "$E2E_NETWORK" = own ] && unshare -n true 2>/dev/null; then
    # shellcheck disable=SC2016
    unshare -n sh -c 'ip link set lo up; sysctl -qw net.ipv6.conf.lo.disable_ipv6=1; exec "$0" run refused' \
        "$SOCKEYE" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    check 'without ::1 what needs IPv6 is left out' ends 3 '^# refused: it needs IPv6'
else
    skip 'without ::1 what needs IPv6 is left out' 'no network namespace can be made'
fi

# ---- interrupted ----
scenario waits '{"name": "listen", "do": "serve echo tcp://127.0.0.1:0", "as": "web"},
  {"name": "for ever", "within": 100, "expect": [{"server": "web", "accepted": 5}]}'
"$SOCKEYE" run "$work/waits.json" >"$work/out" 2>"$work/err" </dev/null &
pid=$!
listens() {
    ss -Hltnp 2>/dev/null | grep -q "pid=$pid,"
}
if command -v ss >/dev/null && until_true 5 listens; then
    kill -INT "$pid"
    wait "$pid"
    status=$?
    check 'SIGINT ends it, and the rest is left out' ends 1 '^ok 2 - waits: for ever # SKIP it was interrupted'
else
    kill "$pid"
    skip 'SIGINT ends it' 'ss does not show its server'
fi

# ---- the scenarios that come along ----
port_of() { # FILE: of the server that said so there
    sed -n 's/.*"endpoint":"[a-z]*:\/\/[^"]*:\([0-9]*\)".*/\1/p' "$1" | head -n 1
}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
serves() { # FILE WORD...
    local file=$1
    shift
    exec "$SOCKEYE" serve --json http "$@" >"$file"
}
background serves "$work/http" tcp://127.0.0.1:0
background serves "$work/https" tls://127.0.0.1:0 --cert "$work/cert.pem" --key "$work/key.pem"
until_true 5 grep -q endpoint "$work/http"
until_true 5 grep -q endpoint "$work/https"
http=$(port_of "$work/http") https=$(port_of "$work/https")
sockeye run --patience 3 --set port="$http" tcp-answers http-answers
check 'a TCP service answers, and an HTTP service does' ends 0 '^ok 4 - http-answers: answer'
sockeye run --set port="$http" --set status=404 http-answers
check 'not with another status' ends 1 'seen: text .*HTTP/1\.1 200'
sockeye run --set port="$https" --set options=--ca="$work/cert.pem" tls-certificate
check 'a certificate is good' ends 0 '^# days_left = (29|30)'
sockeye run --set port="$https" --set options=--ca="$work/cert.pem" --set days=60 tls-certificate
check 'but not for long' ends 1 'expected session client: tls_days_left >= 60; seen: tls_days_left (29|30)'
sockeye run --set port="$https" tls-certificate
check 'nor for whoever does not trust it' ends 1 'tls_trusted false'
sockeye run --set port="$https" --set scheme=tls --set options=--insecure http-answers
check 'HTTP over TLS answers, too' ends 0 '^ok 2 - http-answers: answer'
sockeye run --set port="$(free_port)" port-shut
check 'a port is shut' ends 0 '^# error = ECONNREFUSED'
sockeye run --set port="$http" port-shut
check 'and one is not' ends 1 '^not ok 1'

# ---- the schema ----
fits_the_schema() { # FILE...
    python3 - "$e2e_root/share/scenario.schema.json" "$@" <<'END'
import json, sys
import jsonschema

schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
for name in sys.argv[2:]:
    try:
        jsonschema.validate(json.load(open(name)), schema)
    except jsonschema.ValidationError as e:
        print("# %s: %s" % (name, e.message))
        sys.exit(1)
END
}
if python3 -c 'import jsonschema' 2>/dev/null; then
    check 'every file that comes along fits the schema' fits_the_schema \
        "$e2e_root"/share/lessons/*.json "$e2e_root"/share/scenarios/*.json
    check 'one with a field that there is not does not' not fits_the_schema "$work/wrong.json"
else
    skip 'every file that comes along fits the schema' 'the jsonschema module of Python is not there'
fi
done_testing
