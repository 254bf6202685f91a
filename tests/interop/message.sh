#!/bin/bash
# The framed protocol beside programs in Python: our client against their server, in its proper
# form and in wrong ones.
. "$(dirname "$0")/../e2e/lib.sh"
peer=$e2e_root/tests/interop/message_peer.py

listens() {
    [ -n "$(ss -Hltn "sport = :$1")" ]
}

# Sets $port to that of a server that answers as told.
serve() { # HOW [HOST]
    port=$(free_port)
    background python3 -B "$peer" server "${2:-127.0.0.1}" "$port" "$1" >"$work/served" 2>&1
    until_true 10 listens "$port"
}

# The exit status; output in $work/out and $work/err.
message() { # WORD...
    timeout 20 "$SOCKEYE" message "$@" >"$work/out" 2>"$work/err" </dev/null
    echo $?
}

says() { # NAME OUTPUT WORD...: prints just that and ends with 0
    local name=$1 output=$2
    shift 2
    if [ "$(message "$@")" = 0 ] && printf '%s' "$output" | cmp -s - "$work/out"; then
        ok "$name"
    else
        sed 's/^/# /' "$work/out" "$work/err"
        not_ok "$name"
    fi
}

fails() { # NAME REGEX WORD...: ends with 1 and says why on stderr, nothing on stdout
    local name=$1 regex=$2
    shift 2
    if [ "$(message "$@")" = 1 ] && grep -Eq "$regex" "$work/err" && [ ! -s "$work/out" ]; then
        ok "$name"
    else
        sed 's/^/# /' "$work/out" "$work/err"
        not_ok "$name"
    fi
}

usage() { # NAME REGEX WORD...
    local name=$1 regex=$2
    shift 2
    check "$name" test "$(message "$@")" = 2
    check 'and is named' grep -Eq "$regex" "$work/err"
}

# What their client makes of the server on a port.
their_client() { # PORT ACTION VALUE EXPECTED
    timeout 20 python3 -B "$peer" client 127.0.0.1 "$1" "$2" "$3" 2>&1 | cmp -s - <(printf '%s\n' "$4" closed)
}

understood() { # WHOSE PORT: the server there does what the protocol's programs expect
    check "$1 server answers a search" their_client "$2" search morpheus \
        'text/json Follow the white rabbit. 🐰'
    check "$1 server has no match" their_client "$2" search x "text/json No match for 'x'."
    check "$1 server takes bytes" their_client "$2" binary ☃ \
        "binary/custom-server-binary-type b'First 10 bytes of request: binary\\xe2\\x98\\x83'"
}

line=$'\n'
serve ''
understood 'their own' "$port"
says 'a search is answered' "{\"result\":\"Follow the white rabbit. 🐰\"}$line" \
    127.0.0.1 "$port" action=search value=morpheus
says 'an endpoint is one word' "{\"result\":\"In the caves beneath the Misty Mountains. 💍\"}$line" \
    "tcp://127.0.0.1:$port" action=search value=ring
says 'what is not ASCII goes there and back' "{\"result\":\"🐾 Playing ball! 🏐\"}$line" \
    "127.0.0.1:$port" action=search value=🐶
LC_ALL=C says 'whatever the locale' "{\"result\":\"No match for '☃'.\"}$line" \
    "127.0.0.1:$port" action=search value=☃
says 'an action that there is not' "{\"result\":\"Error: invalid action 'double'.\"}$line" \
    "127.0.0.1:$port" action=double value=2
says 'values may have any JSON' "{\"result\":\"No match for '2.5'.\"}$line" \
    "127.0.0.1:$port" action=search value:=2.50
says 'a number without := is a string' "{\"result\":\"No match for '5'.\"}$line" \
    "127.0.0.1:$port" action=search value=5
check 'which the server saw' grep -q "'value': '5'" "$work/served"
says 'plain bytes' $'First 10 bytes of request: binary\xe2\x98\x83b' \
    "127.0.0.1:$port" --binary action=binary value=☃binary
check 'have their type' grep -q 'binary/custom-client-binary-type' "$work/served"
says 'JSON as it stands' "{\"result\":\"In the caves beneath the Misty Mountains. 💍\"}$line" \
    "127.0.0.1:$port" --raw-json '{ "value":"ring","action" : "search" }'
for encoding in utf-16 latin-1 utf_16_le utf-32; do
    says "$encoding is sent as Python reads it" "{\"result\":\"No match for 'ä'.\"}$line" \
        "127.0.0.1:$port" --encoding "$encoding" action=search value=ä
    check 'under its name' grep -q "\"content-encoding\": \"$encoding\"" "$work/served"
done
printf '{"action":"search","value":"ring"}' >"$work/file"
says 'a file' "{\"result\":\"In the caves beneath the Misty Mountains. 💍\"}$line" \
    "127.0.0.1:$port" --file "$work/file"
check 'stdin' sh -c "printf abc | '$SOCKEYE' message 127.0.0.1:$port --binary --file - | grep -q 'request: abc\$'"
message "127.0.0.1:$port" action=search value=x --header x-a=1 --header 'x-b="1"' --header x-c=y >/dev/null
check 'fields of the header by hand' grep -q '"x-a": 1, "x-b": "1", "x-c": "y"' "$work/served"
message "127.0.0.1:$port" a=b --header content-encoding >/dev/null
check 'a field left out is missed' \
    until_true 5 grep -q "Missing required header 'content-encoding'" "$work/served"
fails 'and no answer comes' 'closed without an answer|ECONNRESET' "127.0.0.1:$port" a=b --header content-encoding
fails 'too long a length waits for an answer' 'no answer within 300 ms' \
    "127.0.0.1:$port" a=b --header content-length=500 --timeout 0.3
message "127.0.0.1:$port" action=search value=ring --json >/dev/null
check 'a document has the parts with their bytes' python3 - "$work/out" <<'EOF'
import json, struct, sys
d = json.load(open(sys.argv[1], encoding="utf-8"))
assert d["error"] is None
for m in d["request"], d["response"]:
    header, content = bytes.fromhex(m["header"]["hex"]), bytes.fromhex(m["content"]["hex"])
    assert bytes.fromhex(m["length"]["hex"]) == struct.pack(">H", len(header))
    assert (m["header"]["at"], m["header"]["bytes"]) == (2, len(header))
    assert (m["content"]["at"], m["content"]["bytes"]) == (2 + len(header), len(content))
    assert json.loads(header) == m["header"]["json"] and json.loads(content) == m["content"]["json"]
    assert m["header"]["json"]["content-length"] == len(content)
assert d["response"]["content"]["json"] == {"result": "In the caves beneath the Misty Mountains. 💍"}
EOF
usage 'a word that is no pair ends with 2' "'stray'" "127.0.0.1:$port" a=b stray
usage 'so does JSON that is none' 'byte 4 of the value' "127.0.0.1:$port" 'a:=[1,2}'
usage 'an encoding that nobody knows' 'klingon' "127.0.0.1:$port" a=b --encoding klingon
usage 'a character that the encoding lacks' 'ascii' "127.0.0.1:$port" a=☃ --encoding ascii
usage 'a header without a name' 'no name' "127.0.0.1:$port" a=b --header =x
fails 'a file that is not there ends with 1' 'nosuch.*ENOENT' "127.0.0.1:$port" --file "$work/nosuch"
fails 'a refused connection' ECONNREFUSED "127.0.0.1:$(free_port)" a=b

for encoding in utf-16 latin-1 cp1252 utf_16_be; do
    serve "encoding=$encoding"
    says "an answer in $encoding is read" "{\"result\":\"No match for 'ä'.\"}$line" \
        "127.0.0.1:$port" action=search value=ä
done
serve slow
says 'an answer may come byte by byte' "{\"result\":\"🐾 Playing ball! 🏐\"}$line" \
    "127.0.0.1:$port" action=search value=🐶
serve keep
says 'a server may keep the connection' "{\"result\":\"🐾 Playing ball! 🏐\"}$line" \
    "127.0.0.1:$port" action=search value=🐶
serve cut
fails 'a close in the middle is told' 'closed after 53 of 60 bytes of the content' \
    "127.0.0.1:$port" action=search value=ring
check 'what had come is in the document' sh -c \
    "'$SOCKEYE' message 127.0.0.1:$port action=search value=ring --json 2>/dev/null | grep -q 'Misty Mou'"
serve refuse
fails 'a close without an answer is told' 'closed without an answer' "127.0.0.1:$port" a=b
serve reset
fails 'a reset is told' 'ECONNRESET' "127.0.0.1:$port" a=b
serve silent
fails 'silence is told' 'no answer within 300 ms' "127.0.0.1:$port" a=b --timeout 0.3
background "$SOCKEYE" message "127.0.0.1:$port" a=b --json >"$work/out" 2>"$work/err"
second_request() {
    [ "$(grep -c request "$work/served")" = 2 ]
}
until_true 5 second_request
kill -TERM "$background_pid"
wait "$background_pid"
check 'a signal ends the waiting with 1' test $? = 1
check 'and is named' grep -q 'signal came before the answer' "$work/err"
serve swapped
fails 'a swapped length is told at once' 'byte 0: .*byte-swapped' "127.0.0.1:$port" a=b --timeout 15
# The server's byteorder, little or big, has its share in these bytes.
serve bad-json
fails 'bad JSON is told with its byte' "byte 11[36]: bad JSON: '}'" "127.0.0.1:$port" a=b
serve bad-utf8
fails 'bad UTF-8 is told with its byte' 'byte 11[47]: 0xff is no utf-8' "127.0.0.1:$port" a=b
serve nested
fails 'deep nesting is told' 'nested more than 64 deep' "127.0.0.1:$port" a=b
wrong_header() { # NAME REGEX HEADER
    serve "header=$3"
    fails "$1" "$2" "127.0.0.1:$port" a=b
}
fields='"byteorder":"big","content-type":"text/json","content-encoding":"utf-8"'
wrong_header 'a missing field is told' 'no content-length' "{$fields}"
wrong_header 'a negative length' 'byte 92: content-length is -7, negative' "{$fields,\"content-length\":-7}"
wrong_header 'a fractional length' 'is 1.5, not a whole number' "{$fields,\"content-length\":1.5}"
wrong_header 'a huge length' 'limit is 16,777,216' "{$fields,\"content-length\":9999999999}"
wrong_header 'a length that is text' 'not a number' "{$fields,\"content-length\":\"7\"}"

serve '' ::1
if until_true 1 listens "$port"; then
    says 'IPv6' "{\"result\":\"🐾 Playing ball! 🏐\"}$line" "[::1]:$port" action=search value=🐶
else
    skip IPv6 'nothing can listen there'
fi

port=$(free_port)
background "$SOCKEYE" serve message "127.0.0.1:$port" >"$work/served"
until_true 10 listens "$port"
understood 'our' "$port"
says 'our client and our server' "{\"result\":\"🐾 Playing ball! 🏐\"}$line" \
    "127.0.0.1:$port" action=search value=🐶
check 'long, kept, cut and broken requests' timeout 20 python3 -B "$peer" stream 127.0.0.1 "$port"

# In a terminal: text is sanitized, bytes become a hex dump.
serve ''
start sh -c "'$SOCKEYE' message 127.0.0.1:$port action=search value=\$(printf '\\302\\233x'); cat"
expect 'control characters of an answer never reach a terminal' "No match for '.u009bx'"
start sh -c "'$SOCKEYE' message 127.0.0.1:$port --binary a=abc; cat"
expect 'bytes become a hex dump' '^0000  46 69 72 73 74 20 31 30  20 62 .*First 10'
done_testing
