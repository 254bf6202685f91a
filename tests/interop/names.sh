#!/bin/bash
# sockeye resolve beside getaddrinfo of Python and getent, with hosts files and DNS servers of the
# test's own: in a network and a mount namespace, where /etc is a copy.
if [ -z "${NAMES_MOUNTS:-}" ] && unshare --mount true 2>/dev/null; then
    NAMES_MOUNTS=own exec unshare --mount bash "$0" "$@"
fi
. "$(dirname "$0")/../e2e/lib.sh"
{ [ "${NAMES_MOUNTS:-}" = own ] && [ "$E2E_NETWORK" = own ]; } ||
    skip_all 'no mount and network namespace can be had'
cp -a /etc "$work/etc" 2>/dev/null
mount --bind "$work/etc" /etc 2>/dev/null || skip_all 'may not mount'
unset LOCALDOMAIN RES_OPTIONS
here=$(dirname "$0")

put() { # NAME: a file of /etc from stdin; it may have been a link
    rm -f "/etc/$1"
    cat >"/etc/$1"
}

put hosts <<'HOSTS'
127.0.0.1 localhost
::1 localhost ip6-localhost
# 10.9.9.9 dual
10.0.0.7 dual Dual.example
2001:db8::7 dual
127.0.0.9 dual
fd00::1 many
10.0.0.4 many
::1 many
127.0.0.1 many
10.0.0.44 both.example
HOSTS
put nsswitch.conf <<<'hosts: files dns'
put services <<<$'# services\nhttp 80/tcp www\nhttp 80/udp'

server() { # ADDRESS MODE
    background python3 -B "$here/names_server.py" "$1" "$2" >"$work/server-$1"
    until_true 10 grep -q ready "$work/server-$1" || skip_all 'no DNS server can be started'
}
server 127.0.0.1 good
server 127.0.0.2 silent
server 127.0.0.4 other

resolve() { # ARGUMENTS...: status in $status, time in $ms
    local from
    from=$(now_ms)
    "$SOCKEYE" resolve "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    ms=$(($(now_ms) - from))
}

json() { # EXPRESSION of d, the document in $work/out
    python3 - "$work/out" "$1" <<'PYTHON'
import json, sys
d = json.load(open(sys.argv[1]))
ips = [a["address"] for a in d["addresses"]]
dns = [s for s in d["sources"] if s["kind"] == "dns"]
warnings = [w["id"] for w in d["warnings"]]
if not eval(sys.argv[2]):
    print("#", sys.argv[2], "\n#", json.dumps(d)[:3000])
    sys.exit(1)
PYTHON
}

same_order() { # NAME
    local ours
    ours=$("$SOCKEYE" resolve --json "$1" | python3 -c '
import json, sys
print(" ".join(a["address"] for a in json.load(sys.stdin)["addresses"]))')
    python3 - "$1" "$ours" <<'PYTHON' || return 1
import socket, sys
theirs = socket.getaddrinfo(sys.argv[1], None, socket.AF_UNSPEC, socket.SOCK_STREAM)
theirs = " ".join(a[4][0] for a in theirs)
if theirs != sys.argv[2]:
    print(f"# {theirs} is not {sys.argv[2]}")
    sys.exit(1)
PYTHON
    # getent prints the lines of each socket type; STREAM is ours.
    [ "$(getent ahosts "$1" | awk '$2 == "STREAM" { printf "%s%s", sep, $1; sep = " " }')" = "$ours" ]
}

put resolv.conf <<<$'nameserver 127.0.0.1\nsearch corp.example'
for name in localhost dual many web.example alias.example big.example host ::1 127.0.0.1; do
    check "$name has the order of getaddrinfo and getent" same_order "$name"
done

resolve --json dual:80
check 'a line of the hosts file is named' \
    json '[a["sources"][0]["line"] for a in d["addresses"] if a["address"] == "10.0.0.7"] == [4]'
check 'and the services of the port' json '[(s["name"], s["line"]) for s in d["services"]] == [("http", 2), ("http", 3)]'
check 'two addresses of a family in it are warned of' json '"hosts-several-addresses" in warnings'
check 'all is well' test "$status" = 0

resolve web.example:80
check 'the first line is the first address, its family and its server' \
    sh -c "head -n 1 '$work/out' | grep -Eq '^10\.0\.0\.[12] +IPv4  DNS 127.0.0.1:53, [0-9]+ (us|ms)' ||
           head -n 1 '$work/out' | grep -Eq '^2001:db8::1 +IPv6  DNS 127.0.0.1:53, [0-9]+ (us|ms)'"
resolve --json alias.example
check 'the canonical name is told' json 'd["canonical"] == "web.example"'
check 'and the alias' json 'any(a.get("name") == "web.example" for s in dns for a in s["answers"])'
check 'with how long it took and is valid' json 'all(s["ms"] > 0 and s["answers"][0]["ttl_s"] == 60 for s in dns if s["type"] == "A")'
check 'names of addresses are looked up' \
    json '[r["name"] for a in d["addresses"] if a["address"] == "10.0.0.1" for r in a["reverse"]] == ["web.example"]'
resolve web.example
check 'no control byte of a name comes through' not grep -q $'\033' "$work/out"
check 'but is shown' grep -qF 'a\027[2J.example' "$work/out"

resolve --json big.example
check 'a cut answer is taken over TCP' json 'any(s["tcp"] and len(s["answers"]) == 60 for s in dns) and len(ips) == 60'
resolve --json wrong.example
check 'answers to other questions are not taken' json 'dns[0]["outcome"] == "answered" and ips == ["10.0.0.5"]'
resolve --timeout 1 --json garbled.example
check 'an answer that cannot be read is said' json 'any(s["outcome"] == "unreadable" for s in dns)'
resolve --json host
check 'a search suffix is warned of' json '"search-suffix-used" in warnings and d["addresses"][0]["sources"][0]["suffix"] == "corp.example"'
resolve --json web.example
check 'a name that needs none is not' json 'd["warnings"] == []'

resolve --json bücher.example
if grep -q EAI_IDN_ENCODE "$work/out"; then
    skip 'a name that is not ASCII is found in its IDN form' 'the C library finds no libidn2'
else
    check 'a name that is not ASCII is found in its IDN form' \
        json 'ips == ["10.0.0.8"] and d["canonical"] == "xn--bcher-kva.example" and warnings == ["idn-encoded"]'
fi
resolve no-such.example
check 'no such name ends with 1' test "$status" = 1
check 'in words with the reason' grep -Eq 'no-such.example.*EAI_NONAME.*127.0.0.1:53: NXDOMAIN: no such name' "$work/err"
resolve --json no-such.example
check 'and in JSON' json 'd["lookup"]["error"] == "EAI_NONAME" and dns[0]["rcode"] == "NXDOMAIN" and ips == []'
resolve --timeout 2 fail.example
check 'a server that fails is named' grep -Eq 'EAI_AGAIN.*SERVFAIL' "$work/err"

resolve --json both.example
check 'hosts file and DNS that disagree are warned of' json '"sources-disagree" in warnings'
sed -i 's/^127.0.0.1 localhost/10.0.0.8 localhost/' /etc/hosts
resolve --json localhost
check 'localhost that is not loopback is warned of' json '"localhost-not-loopback" in warnings'
sed -i 's/^10.0.0.8 localhost/127.0.0.1 localhost/' /etc/hosts

put resolv.conf <<<$'nameserver 127.0.0.1\nnameserver 127.0.0.4'
resolve --json web.example
check 'servers that disagree are warned of' json 'warnings == ["servers-disagree"]'

put resolv.conf <<<$'nameserver 127.0.0.2\nnameserver 127.0.0.1'
resolve --timeout 1 --json localhost
check 'a silent server does not stall' test "$ms" -lt 4000
check 'nor take what others know' json 'sorted(ips) == ["127.0.0.1", "::1"]'
check 'it is called silent' json 'any(s["server"] == "127.0.0.2:53" and s["outcome"] == "no answer" and s["ms"] is None for s in dns)'
resolve --timeout 1 web.example
check 'a lookup that waits for it ends in time, with 1' test "$ms" -lt 4000 -a "$status" = 1
check 'saying how long it may take' grep -q 'no answer within 1 s: ETIMEDOUT; /etc/resolv.conf lets it wait up to 20 s' "$work/err"
check 'and what the other server knows' grep -q '10.0.0.1, valid for 60 s' "$work/out"

put resolv.conf <<<$'nameserver 127.0.0.3\nnameserver 2001:db8::53\noptions timeout:1'
resolve --timeout 10 --json no-such.example
check 'a port where nobody listens is known at once' test "$ms" -lt 5000
check 'and so is a server without a way to it' \
    json '{s["server"]: s["text"] for s in dns}["127.0.0.3:53"].find("ECONNREFUSED") > 0 and {s["server"]: s["outcome"] for s in dns}["[2001:db8::53]:53"] == "failed"'

put nsswitch.conf <<<'hosts: files myhostname dns'
resolve --timeout 1 --json localhost
check 'another module is not looked into' json '[s["outcome"] for s in d["sources"] if s["kind"] == "module"] == ["not looked into"]'
rm /etc/hosts /etc/resolv.conf /etc/nsswitch.conf
resolve --timeout 1 --json 127.0.0.1
check 'without any file a numeric address is still one' json 'ips == ["127.0.0.1"]'

for words in '' '[::1' 'localhost:99999' 'a b c' '--timeout=x localhost' '--timeout=0 localhost' 'unix:/tmp/x'; do
    # shellcheck disable=SC2086  # words
    resolve $words
    check "'$words' ends with 2 and one line" \
        test "$status" = 2 -a "$(wc -l <"$work/err")" = 1 -a ! -s "$work/out"
done
done_testing
