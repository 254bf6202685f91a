#!/bin/bash
# TLS with a real peer on each side: openssl s_client and s_server, curl, ncat and socat, with
# certificates of every kind.
. "$(dirname "$0")/../e2e/lib.sh"
command -v openssl >/dev/null || skip_all 'openssl is not installed'
cd "$work" || exit 1

listens() {
    [ -n "$(ss -Hltn "sport = :$1")" ]
}

# ---- certificates: a CA of our own, and what it signs ---------------------------------------

cat >ca.cnf <<'END'
[ca]
default_ca = own
[own]
new_certs_dir = .
database = index
serial = serial
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
END
touch index
echo 01 >serial
key() { # NAME
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2>/dev/null
}
root() { # NAME
    key "$1"
    openssl req -x509 -new -key "$1.key" -subj "/CN=$1" -days 2 -out "$1.pem" 2>/dev/null
}
signed() { # NAME SAN FROM TO: by the CA
    key "$1"
    openssl req -new -key "$1.key" -subj "/CN=$1" -addext "subjectAltName=$2" -out "$1.csr" 2>/dev/null
    openssl ca -config ca.cnf -batch -notext -keyfile ca.key -cert ca.pem -startdate "$3" \
        -enddate "$4" -in "$1.csr" -out "$1.pem" 2>/dev/null
}
root ca
signed good DNS:localhost,IP:127.0.0.1 20200101000000Z 20990101000000Z
signed expired DNS:localhost,IP:127.0.0.1 20200101000000Z 20210101000000Z
signed young DNS:localhost,IP:127.0.0.1 20980101000000Z 20990101000000Z
signed elsewhere DNS:a.example 20200101000000Z 20990101000000Z
signed client DNS:client 20200101000000Z 20990101000000Z
root stranger
if [ ! -s good.pem ] || [ ! -s client.pem ]; then
    skip_all 'openssl makes no certificates'
fi

# Serves one certificate with s_server; it sends back what it receives, line by line turned round.
s_server() { # CERTIFICATE OPTION...
    port=$(free_port)
    background openssl s_server -quiet -accept "127.0.0.1:$port" -cert "$1.pem" -key "$1.key" \
        "${@:2}" </dev/null >s_server.out 2>&1
    until_true 5 listens "$port"
}

session() { # OPTION...: against the port; stdin is this one's
    timeout 20 "$SOCKEYE" connect "tls://127.0.0.1:$port" "$@" 2>err
}

says() { # TEXT STATUS OPTION...: it fails with that status and says so
    local status
    session "${@:3}" </dev/null >/dev/null
    status=$?
    [ "$status" = "$2" ] && grep -qF -- "$1" err && return
    echo "# status $status: $(cat err)"
    return 1
}

# ---- our session, their server --------------------------------------------------------------

# s_server -rev answers a line turned round; stdin stays open until the answer is there.
mkfifo in
turned() { # OPTION...
    local pid
    exec 8<>in
    echo olleh >&8
    : >line
    timeout 20 "$SOCKEYE" connect "tls://127.0.0.1:$port" "$@" <in >line 2>err &
    pid=$!
    until_true 10 grep -qx hello line
    local status=$?
    kill "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    exec 8>&-
    return "$status"
}

s_server good -rev
check 'a line comes back from s_server, its certificate trusted by --ca' turned --ca ca.pem
check 'TLS 1.2 as well' turned --ca ca.pem --tls-max 1.2
check 'an unknown issuer is refused and named' \
    says "issuer unknown: no trust anchor for 'CN=ca'" 1
check '--insecure goes on, and says so' turned --insecure
check 'the reason stands beside it' grep -q 'not trusted: issuer unknown' err
check 'another name is expected with --sni' \
    says "the certificate is for 'localhost, 127.0.0.1', not for 'b.example'" 1 --ca ca.pem --sni b.example
check 'with the option that says for whom it is' grep -qF -- '--sni NAME' err
check 'and found' turned --ca ca.pem --sni localhost

s_server expired -rev
check 'an expired certificate is refused with its date' \
    says "the certificate of 'CN=expired' expired on 2021-01-01 00:00:00 UTC: certificate expired; it needs another" 1 --ca ca.pem
s_server young -rev
check 'one not yet valid, too' \
    says "is not valid before 2098-01-01 00:00:00 UTC" 1 --ca ca.pem
s_server elsewhere -rev
check 'an address is not a name' \
    says "the certificate is for 'a.example', not for '127.0.0.1'" 1 --ca ca.pem
s_server stranger -rev
check 'one signed by itself is called so' says "is signed by itself" 1
check 'and trusted as its own anchor, but for its name' says "not for '127.0.0.1'" 1 --ca stranger.pem

s_server good -rev -tls1_3 -alpn h2,http/1.1
check 'ALPN, version and issuer are told in JSON' sh -c \
    "timeout 5 '$SOCKEYE' connect tls://127.0.0.1:$port --ca ca.pem --alpn http/1.1 --json </dev/null |
     grep -q '\"tls\":{\"version\":\"TLSv1.3\",.*\"alpn\":\"http/1.1\",.*\"issuer\":\"CN=ca\".*\"trusted\":true'"
check 'no version in common' says "the alert 'protocol version' (70)" 1 --ca ca.pem --tls-max 1.2
s_server good -rev -Verify 1 -verify_return_error -CAfile ca.pem
check 'a demanded certificate that is missing is an alert by name' \
    says "the peer sent the alert 'certificate required' (116)" 1 --ca ca.pem --no-half-close
check 'and one that is there is shown' turned --ca ca.pem --cert client.pem --key client.key

# Big transfers against HTTP's simplest server: s_server -WWW serves files of the folder.
head -c 20000000 /dev/urandom >big
port=$(free_port)
background openssl s_server -quiet -accept "127.0.0.1:$port" -cert good.pem -key good.key -WWW \
    >/dev/null 2>&1
until_true 5 listens "$port"
fetch() {
    printf 'GET /big HTTP/1.0\r\n\r\n' | session --ca ca.pem --no-half-close >answer
    tail -c 20000000 answer | cmp -s - big
}
check '20 MB come from s_server' fetch

port=$(free_port)
exec 8<>in
background openssl s_server -quiet -naccept 1 -accept "127.0.0.1:$port" -cert good.pem \
    -key good.key <in >got 2>/dev/null
until_true 5 listens "$port"
check '20 MB go to it' session --ca ca.pem <big
check 'and arrive' until_true 5 cmp -s big got
exec 8>&-

if command -v ncat >/dev/null; then
    s_server good -rev
    proxy=$(free_port)
    background ncat -lk --proxy-type http 127.0.0.1 "$proxy" 2>/dev/null
    until_true 5 listens "$proxy"
    check 'a line comes back through a proxy' turned --ca ca.pem --proxy "http://127.0.0.1:$proxy"
else
    skip 'a line comes back through a proxy' 'ncat is not installed'
fi

port=$(free_port)
background socat "TCP-LISTEN:$port,reuseaddr,fork,bind=127.0.0.1" "SYSTEM:echo SSH-2.0-none; cat >/dev/null"
until_true 5 listens "$port"
check 'a peer without TLS is quoted' says "does not speak TLS: it begins with 'SSH-2.0-none" 1
check 'and nobody is an ordinary refusal' sh -c \
    "'$SOCKEYE' connect tls://127.0.0.1:1 2>&1 | grep -q ECONNREFUSED"

# ---- our server, their clients --------------------------------------------------------------

serve_tls() { # OPTION...
    port=$(free_port)
    background "$SOCKEYE" serve echo "tls://127.0.0.1:$port" "$@" >served 2>served.err
    until_true 5 listens "$port"
}
head -c 3000000 big >bytes
echo bye >bye

# s_client ends with its stdin, or never: head takes what is due, and the rest is ended.
s_client_echoes() {
    rm -f back
    timeout 20 openssl s_client -quiet -CAfile ca.pem -verify_return_error "$@" \
        -connect "127.0.0.1:$port" <bytes 2>s_client.err >back &
    local pid=$!
    until_true 15 cmp -s bytes back
    local status=$?
    kill "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    return "$status"
}
serve_tls --cert good.pem --key good.key --alpn h2,http/1.1
check 's_client trusts our certificate and gets its 3 MB back' s_client_echoes
check 'with TLS 1.2, too' s_client_echoes -tls1_2
comes_back() { # COMMAND...
    timeout 20 "$@" <bytes >back 2>err && cmp -s bytes back
}
check 'our session does, with FIN behind it' comes_back "$SOCKEYE" connect "tls://127.0.0.1:$port" --ca ca.pem
if command -v socat >/dev/null; then
    check 'socat does' comes_back socat -t10 - "OPENSSL:127.0.0.1:$port,cafile=ca.pem"
else
    skip 'socat does' 'it is not installed'
fi
if command -v ncat >/dev/null; then
    check 'ncat gets a line back' sh -c \
        "timeout 10 ncat --ssl-verify --ssl-trustfile ca.pem localhost $port <bye | cmp -s - bye"
else
    skip 'ncat gets a line back' 'it is not installed'
fi
if command -v curl >/dev/null; then
    timeout 10 curl -sv --http1.1 --http0.9 --max-time 2 --cacert ca.pem "https://127.0.0.1:$port/" >curl.out 2>curl.err
    check 'curl verifies our certificate' grep -q 'SSL certificate verify ok' curl.err
    check 'and finds its protocol' grep -q 'ALPN.* http/1.1' curl.err
else
    skip 'curl verifies our certificate' 'it is not installed'
fi
check 'a client without TLS is told from others' sh -c \
    "echo plain | timeout 5 socat -t2 - TCP:127.0.0.1:$port >/dev/null; exec true"
check 'and quoted' until_true 5 grep -q "does not speak TLS: it begins with 'plain" served

serve_tls --cert good.pem --key good.key --client-ca ca.pem
check 'a client without certificate is refused' sh -c \
    "! echo x | timeout 10 '$SOCKEYE' connect tls://127.0.0.1:$port --ca ca.pem 2>client.err"
check 'and says why' grep -q "certificate required" client.err
check 'one with a certificate is served' comes_back "$SOCKEYE" connect "tls://127.0.0.1:$port" \
    --ca ca.pem --cert client.pem --key client.key

serve_tls
fingerprint=$(timeout 5 openssl s_client -connect "127.0.0.1:$port" </dev/null 2>/dev/null |
    openssl x509 -noout -fingerprint -sha256 | cut -d= -f2)
check 'the fingerprint of a made certificate is said' grep -q "fingerprint ${fingerprint:-none}" served.err
check 'and the line before it is as ever' grep -qx "echo listens on tls://127.0.0.1:$port" served

refused() { # TEXT OPTION...
    timeout 5 "$SOCKEYE" serve echo tls://127.0.0.1:0 "${@:2}" >/dev/null 2>err && return 1
    grep -qF -- "$1" err && return
    echo "# $(cat err)"
    return 1
}
check 'a missing file is named' refused 'nowhere.pem: No such file' --cert nowhere.pem
check 'a file without PEM is named' refused 'bye: it holds no certificate in PEM' --cert bye
check "another certificate's key is told" refused 'it is not the key of the certificate' \
    --cert good.pem --key client.key
openssl pkey -in good.key -aes128 -passout pass:x -out locked.key 2>/dev/null
check 'a key with a passphrase is told, nobody is asked' refused 'its key has a passphrase' \
    --cert good.pem --key locked.key
done_testing
