#!/bin/bash
# sockeye load beside servers that answer well, badly or not at all: our own, Python's, nginx; and
# beside ab and wrk.  Counts and contents are compared, times are not.
. "$(dirname "$0")/../e2e/lib.sh"

peer=$e2e_root/tests/interop/load_peer.py
result=$work/result

# Starts a peer; its port is in $port.
start_peer() { # KIND BEHAVIOUR...
    : >"$work/listens"
    background python3 -B "$peer" "$@" >"$work/listens" 2>"$work/peer.err"
    until_true 10 grep -q 'listens on' "$work/listens" || return 1
    port=$(sed -n 's/listens on //p' "$work/listens")
}

stop_peer() {
    kill "$background_pid" 2>/dev/null
    wait "$background_pid" 2>/dev/null
}

start_server() { # SERVICE ENDPOINT
    background "$SOCKEYE" serve "$@" >"$work/served" 2>&1
    until_true 10 grep -q 'listen' "$work/served"
}

# Runs a load; its exit status must be the first word, its document is in $result.
load() { # STATUS ARGUMENT...
    local wanted=$1 status=0
    shift
    timeout 60 "$SOCKEYE" load --json --quiet "$@" >"$result" 2>"$work/said" || status=$?
    [ "$status" = "$wanted" ] && return 0
    echo "# load $*: status $status, not $wanted: $(cat "$work/said" "$result")"
    return 1
}

# A Python expression over the document r is true.
holds() { # EXPRESSION
    python3 - "$result" "$1" <<'PYTHON' && return 0
import json, sys
r = json.load(open(sys.argv[1]))
errors = {e["error"]: e["count"] for e in r["errors"]}
first = {e["error"]: e.get("first", "") for e in r["errors"]}
conns, reqs, byte = r["connections"], r["requests"], r["bytes"]
sys.exit(not eval("(" + sys.argv[2] + ")"))
PYTHON
    echo "# not so: $1: $(cat "$result")"
    return 1
}

all_done='reqs["done"] == reqs["begun"] > 0 and reqs["failed"] == 0 and not errors'

# ---- our own servers -----------------------------------------------------------------------

port=$(free_port)
for endpoint in "tcp://127.0.0.1:$port" "udp://127.0.0.1:$port" "tls://127.0.0.1:$port" "unix:$work/echo" \
    "unix-seqpacket:$work/echo-seq" "unix-dgram:$work/echo-dgram"; do
    if ! start_server echo "$endpoint"; then
        skip "echo over ${endpoint%%:*}" "$(cat "$work/served")"
        continue
    fi
    kind=${endpoint%%:*}
    trust=()
    [ "$kind" = tls ] && trust=(--insecure)
    check "$kind: 5,000 messages come back" load 0 "$endpoint" "${trust[@]}" -c 20 -n 5000
    check "$kind: and are counted" holds "$all_done and reqs['done'] == 5000 and
        byte['sent'] == byte['received'] == 5000 * 64"
    check "$kind: percentiles are in their order" holds "0 < r['latency_us']['min'] <=
        r['latency_us']['p50'] <= r['latency_us']['p99'] <= r['latency_us']['max']"
    check "$kind: a time is kept" load 0 "$endpoint" "${trust[@]}" -c 3 -d 0.3 --pipeline 4 -s 1000
    check "$kind: and nothing is left unfinished" holds "$all_done and
        0.3 <= r['elapsed_s'] < 10 and conns['opened'] == 3"
    case $kind in tcp | tls | unix)
        check "$kind: large messages come back" load 0 "$endpoint" "${trust[@]}" -c 5 -n 20 -s 3000000
        check "$kind: whole" holds "$all_done and byte['received'] == 60000000"
        check "$kind: connections are made and closed" load 0 "$endpoint" "${trust[@]}" --as connect -n 500 \
            --reset
        check "$kind: each once" holds "$all_done and conns['opened'] == 500"
        ;;
    esac
    stop_peer
done

start_server discard "tcp://127.0.0.1:$port"
check 'send: bytes go out' load 0 "127.0.0.1:$port" --as send -c 2 -d 0.3
check 'and none come back' holds "not errors and byte['sent'] > 65536 and
    byte['received'] == 0 and byte['unacknowledged'] <= byte['sent'] and
    r['latency_us'] is None"
check 'send at a rate' load 0 "127.0.0.1:$port" --as send -c 2 -r 100 -n 20 -s 5000
check 'sends what was asked for' holds "byte['sent'] == 100000 and r['elapsed_s'] > 0.15"
stop_peer
start_server chargen "tcp://127.0.0.1:$port"
check 'receive: bytes come in' load 0 "127.0.0.1:$port" --as receive -c 2 -n 10
check 'as many as were asked for' holds "not errors and byte['received'] >= 655360 and
    byte['sent'] == 0"
stop_peer
start_server message "tcp://127.0.0.1:$port"
check 'message: searches are answered' load 0 "127.0.0.1:$port" --as message -c 10 -n 1000
check 'on few connections' holds "$all_done and conns['opened'] == 10"
check 'message: with a connection for each' load 0 "127.0.0.1:$port" --as message -c 10 \
    -n 300 --no-keep-alive
check 'there are as many connections as messages' holds "$all_done and conns['opened'] == 300"
stop_peer

# ---- what is wrong is found ----------------------------------------------------------------

start_peer tcp corrupt 1000
check 'a changed byte is found' load 1 "127.0.0.1:$port" -c 1 -n 100 -s 64
check 'and named' holds "errors.keys() == {'mismatch'} and
    first['mismatch'].startswith('byte 40 of message 16 ')"
stop_peer
start_peer udp corrupt 40
check 'in a datagram, too' load 1 "udp://127.0.0.1:$port" -c 2 -n 10
check 'in each of them' holds "errors['mismatch'] == 10 and reqs['failed'] == 10"
stop_peer
start_peer udp corrupt 2
check 'also in its number' load 1 "udp://127.0.0.1:$port" -c 1 -n 5
check 'which fails the request' holds "errors == {'mismatch': 5} and reqs['failed'] == 5"
stop_peer
start_peer tcp close 640
check 'a peer that closes early is found' load 1 "127.0.0.1:$port" -c 2 -n 40 -s 100
check 'each time' holds "errors.keys() == {'short'} and reqs['done'] + reqs['failed'] == 40
    and reqs['done'] >= 30 and conns['opened'] > 2"
stop_peer
start_peer tcp reset 640
check 'so is one that resets' load 1 "127.0.0.1:$port" -c 2 -n 40 -s 100
check 'by its errno' holds "'ECONNRESET' in errors"
stop_peer
start_peer tcp silent
check 'silence is a timeout' load 1 "127.0.0.1:$port" -c 3 -n 3 --timeout 0.2
check 'for each request' holds "errors == {'timeout': 3} and reqs['failed'] == 3"
stop_peer
check 'a refused port ends the load' load 1 "127.0.0.1:$port" -c 7
check 'by errno, once a connection' holds "errors == {'ECONNREFUSED': 7} and
    conns == {'asked': 7, 'opened': 0, 'failed': 7} and r['elapsed_s'] < 5"
check 'a path that is not there' load 1 "unix:$work/none" -c 2
check 'has its errno' holds "errors == {'ENOENT': 2}"
check 'a refused datagram' load 1 "udp://127.0.0.1:$port" -c 2
check 'has its errno, too' holds "errors == {'ECONNREFUSED': 2}"

if openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key.pem" -out "$work/cert.pem" \
    -subj /CN=load.example -addext subjectAltName=DNS:load.example,IP:127.0.0.1 -days 2 \
    2>"$work/openssl.err"; then
    start_server echo "tls://127.0.0.1:$port" --cert "$work/cert.pem" --key "$work/key.pem"
    check 'tls: a certificate that is trusted' load 0 "tls://127.0.0.1:$port" -c 2 -n 10 \
        --ca "$work/cert.pem"
    check 'tls: by the name that was asked for' load 0 "tls://127.0.0.1:$port" -c 2 -n 10 \
        --ca "$work/cert.pem" --sni load.example
    check 'tls: not by another one' load 1 "tls://127.0.0.1:$port" -c 2 -n 10 \
        --ca "$work/cert.pem" --sni other.example
    check 'tls: which is said' holds "conns['failed'] == 2 and
        first['EPROTO'] == 'hostname mismatch'"
    check 'tls: one that nobody trusts' load 1 "tls://127.0.0.1:$port" -c 2 -n 10
    check 'tls: is a failed handshake' holds "r['errors'][0]['in'] == 'handshake' and
        'self-signed' in first['EPROTO'] and reqs['begun'] == 0"
    stop_peer
    background sh -c "cd '$work' && exec openssl s_server -quiet -WWW -accept 127.0.0.1:$port \
        -cert cert.pem -key key.pem" >"$work/s_server" 2>&1
    until_true 10 sh -c "ss -Hltn 'sport = :$port' | grep -q ." || not_ok 's_server listens'
    check "tls: files of OpenSSL's server" load 0 "tls://127.0.0.1:$port" --ca "$work/cert.pem" \
        --as http -c 2 -n 10 --path /cert.pem
    check 'tls: are whole' holds "$all_done and reqs['done'] == 10"
    stop_peer
else
    skip 'tls: certificates' "$(tail -1 "$work/openssl.err")"
fi
start_peer tcp raw 'no TLS'
check 'tls: a peer that speaks none' load 1 "tls://127.0.0.1:$port" -c 1
check 'tls: fails the handshake' holds "r['errors'][0]['in'] == 'handshake'"
stop_peer

start_peer udp lose 4
check 'lost datagrams' load 1 "udp://127.0.0.1:$port" -c 1 -n 20 --pipeline 4 --timeout 0.2
check 'are counted' holds "r['datagrams'] == {'lost': 5, 'late': 0, 'duplicated': 0,
    'reordered': 0} and errors == {'lost': 5} and reqs['done'] == 15"
stop_peer
start_peer udp double
check 'datagrams that come twice' load 0 "udp://127.0.0.1:$port" -c 1 -n 20 --pipeline 2
check 'are counted once more' holds "r['datagrams']['duplicated'] >= 18 and
    r['datagrams']['lost'] == 0 and reqs['done'] == 20"
stop_peer
start_peer udp swap
check 'datagrams in another order' load 0 "udp://127.0.0.1:$port" -c 1 -n 20 --pipeline 2
check 'are all answered, and counted' holds "r['datagrams']['reordered'] == 10 and
    reqs['done'] == 20 and $all_done"
stop_peer

# A name with two addresses, in a mount namespace of its own: nobody listens at the one that
# RFC 6724 tries first, the one most like our own.
printf '127.0.0.2 two.example\n127.0.0.1 two.example\n' >"$work/hosts"
# shellcheck disable=SC2016
with_hosts() {
    unshare --mount sh -c 'mount --bind "$0" /etc/hosts && exec "$@"' "$work/hosts" "$@"
}
if with_hosts true 2>/dev/null && [ "$(with_hosts getent ahosts two.example |
    grep -c STREAM)" = 2 ]; then
    start_server echo "tcp://127.0.0.2:$port"
    load_by_name() {
        with_hosts "$SOCKEYE" load --json --quiet "two.example:$port" -c 4 -n 40 >"$result"
    }
    check 'a name whose first address refuses' load_by_name
    check 'is reached at its next one' holds "$all_done and conns['failed'] == 0"
    stop_peer
else
    skip 'a name whose first address refuses' 'no name can be given two addresses here'
fi
check 'a name that nobody knows' load 1 no-such-name.invalid:80
check 'is said' grep -q 'no-such-name.invalid' "$work/said"

# ---- the rate ------------------------------------------------------------------------------

# 100 requests a second for half a second; the first one stalls the server for 0.4 s.  Most of
# the others were due meanwhile, and waited for what was left of it.
start_peer tcp stall 0.4
check 'a rate is kept' load 0 "127.0.0.1:$port" -c 2 -n 50 -r 100
check 'and a stall is charged to all who would have waited' holds "$all_done and
    reqs['done'] == 50 and r['latency_us']['p50'] > 20000 and
    r['latency_us']['max'] >= 390000 and r['elapsed_s'] > 0.45"
stop_peer
start_peer tcp stall 0.4
check 'without a rate' load 0 "127.0.0.1:$port" -c 2 -n 50
check 'only those who were there have waited' holds "$all_done and
    r['latency_us']['p50'] < 200000 and r['latency_us']['max'] >= 390000"
check 'connections are opened one after the other' load 0 "127.0.0.1:$port" -c 5 -d 0.5 \
    --ramp 0.3
check 'all of them' holds "conns['opened'] == 5 and $all_done"
stop_peer

# ---- HTTP ----------------------------------------------------------------------------------

start_peer tcp body same
check 'http: equal bodies are right' load 0 "127.0.0.1:$port" --as http -c 4 -n 200
check 'http: and are counted' holds "$all_done and r['status']['2xx'] == 200 and
    conns['opened'] == 4"
check 'http: a pipeline' load 0 "127.0.0.1:$port" --as http -c 2 -n 200 --pipeline 8
check 'http: is answered' holds "$all_done and reqs['done'] == 200"
stop_peer
start_peer tcp body one two
check 'http: another body is found' load 1 "127.0.0.1:$port" --as http -c 1 -n 10 --same-body
check 'http: every time' holds "errors == {'mismatch': 5} and reqs['done'] == 5"
check 'http: unless that is right' load 0 "127.0.0.1:$port" --as http -c 1 -n 10
stop_peer
start_peer tcp short
check 'http: a cut body is found' load 1 "127.0.0.1:$port" --as http -c 1 -n 1
check 'http: as short' holds "errors == {'short': 1}"
stop_peer
start_peer tcp raw 'SSH-2.0-x\r\n'
check 'http: what is no HTTP is found' load 1 "127.0.0.1:$port" --as http -c 1 -n 1
check 'http: as malformed' holds "errors == {'malformed': 1}"
check 'message: what is no message, too' load 1 "127.0.0.1:$port" --as message -c 1 -n 1
check 'message: as malformed' holds "errors == {'malformed': 1}"
stop_peer

mkdir "$work/www"
head -c 5000 /dev/urandom >"$work/www/file"
port=$(free_port)
background python3 -m http.server --bind 127.0.0.1 --directory "$work/www" "$port" \
    >"$work/http" 2>&1
until_true 10 sh -c "ss -Hltn 'sport = :$port' | grep -q ." || not_ok 'http.server listens'
check "http: Python's server, which closes each time" load 0 "127.0.0.1:$port" --as http \
    -c 2 -n 40 --path /file
check 'http: has whole files' holds "$all_done and byte['received'] > 40 * 5000"
check 'http: a page that is not there' load 1 "127.0.0.1:$port" --as http -c 1 -n 3 \
    --path /none
check 'http: is a failure by its status' holds "errors == {'status': 3} and
    r['status']['4xx'] == 3 and first['status'] == 'status 404'"
stop_peer

if command -v nginx >/dev/null; then
    cat >"$work/nginx.conf" <<CONF
daemon off; master_process off; pid $work/nginx.pid; error_log $work/nginx.log;
events { worker_connections 1000; }
http { access_log off; keepalive_requests 100;
    client_body_temp_path $work/n1; proxy_temp_path $work/n2; fastcgi_temp_path $work/n3;
    uwsgi_temp_path $work/n4; scgi_temp_path $work/n5;
    server { listen 127.0.0.1:$port; root $work/www; } }
CONF
    background nginx -c "$work/nginx.conf" 2>"$work/nginx.err"
    until_true 10 sh -c "ss -Hltn 'sport = :$port' | grep -q ." || not_ok 'nginx listens'
    check 'nginx: files' load 0 "127.0.0.1:$port" --as http -c 20 -n 5000 --path /file
    check 'nginx: on connections that it closes now and then' holds "$all_done and
        reqs['done'] == 5000 and conns['opened'] >= 50"
    check 'nginx: a pipeline that it closes in the middle' load 0 "127.0.0.1:$port" --as http \
        -c 5 -n 3000 --path /file --pipeline 16
    check 'nginx: what was left is asked again' holds "$all_done and reqs['done'] == 3000"
    load 0 "127.0.0.1:$port" --as http -c 10 -d 1 --path /file
    ours=$(python3 -c "import json; print(json.load(open('$result'))['requests']['per_second'])")
    for other in ab wrk; do
        case $other in
        ab) theirs=$(ab -q -k -c 10 -n 20000 "http://127.0.0.1:$port/file" 2>/dev/null |
            sed -n 's/^Requests per second: *\([0-9.]*\).*/\1/p') ;;
        wrk) theirs=$(wrk -t1 -c10 -d1 "http://127.0.0.1:$port/file" 2>/dev/null |
            sed -n 's/^Requests\/sec: *//p') ;;
        esac
        if [ -z "$theirs" ]; then
            skip "nginx: the rate is of the order of what $other finds" "no $other"
        else
            check "nginx: the rate is of the order of what $other finds" python3 -c \
                "import sys; sys.exit(not 0.1 < $ours / $theirs < 10)"
        fi
    done
    stop_peer
else
    skip 'nginx' 'it is not installed'
fi

# ---- the program ---------------------------------------------------------------------------

start_peer tcp silent
"$SOCKEYE" load "127.0.0.1:$port" -c 2 --json --progress >"$result" 2>"$work/said" &
pid=$!
until_true 10 grep -q '2 open' "$work/said"
kill -INT $pid
wait $pid
check 'SIGINT ends it with the result' holds "r['interrupted'] and reqs['unfinished'] == 2 and
    not errors"
check 'the progress is on stderr, by lines' grep -Eq '^ +1 s  2 open  0 done  0/s  ' "$work/said"
stop_peer

status_of() { # STATUS ARGUMENT...
    load "$@" && [ "$(wc -l <"$work/said")" = 1 ] && [ ! -s "$result" ]
}
check 'a word that is no kind is a usage error' status_of 2 127.0.0.1:1 --as nonsense
check 'so is a rate of nothing' status_of 2 127.0.0.1:1 -r 0
check 'and an endpoint that is none' status_of 2 127.0.0.1:99999
check 'and HTTP over datagrams' status_of 2 udp://127.0.0.1:1 --as http
check 'and a path with a line feed' status_of 2 127.0.0.1:1 --as http --path $'/\r\nX: y'
few_descriptors() { (ulimit -n 100 && status_of 3 127.0.0.1:1 -c 200 && grep -q 'ulimit' "$work/said"); }
check 'more connections than descriptors are refused' few_descriptors

# With two local ports the third connection finds none.
if [ "$E2E_NETWORK" = own ] &&
    { echo 40000 40001 >/proc/sys/net/ipv4/ip_local_port_range; } 2>/dev/null; then
    start_peer tcp echo
    check 'local ports that run out' load 1 "127.0.0.1:$port" -c 5 -d 0.3
    check 'are told by errno' holds "'EADDRNOTAVAIL' in errors and conns['opened'] >= 1"
    stop_peer
else
    skip 'local ports that run out' 'the range of local ports cannot be changed here'
fi
done_testing
