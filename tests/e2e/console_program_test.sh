#!/bin/bash
# Sessions of the console as programs: each is run against a real peer, and says what it found.
. "$(dirname "$0")/lib.sh"
tcp=$(free_port) upper=$(free_port) udp=$(free_port) nobody=$(free_port)
COLUMNS_WANTED=140

# Each in both languages; a program's answer is its exit status and its last line.
save_programs() { # NAME
    command_line "save program $work/$1.py"
    wait_for "$1\\.py: .* calls"
    command_line "save program $work/$1.c"
    wait_for "$1\\.c: .* calls"
    gcc -Wall -Wextra -Werror -o "$work/$1" "$work/$1.c" >"$work/$1.gcc" 2>&1
    check "$1: the program in C compiles without a warning" test ! -s "$work/$1.gcc"
}

listens() { # PORT
    [ -n "$(ss -Hltn "sport = :$1")" ]
}

run_python() {
    timeout 20 python3 "$work/$1.py" >"$work/$1.out" 2>&1
}

run_c() {
    timeout 20 "$work/$1" >"$work/$1.out" 2>&1
}

same_as_then() {
    local language
    for language in python c; do
        if run_$language "$1" && grep -q 'each gave what it gave then' "$work/$1.out"; then
            ok "$1: in $language it gives the same again"
        else
            not_ok "$1: in $language it gives the same again"
            sed 's/^/# /' "$work/$1.out"
        fi
    done
}

command -v gcc >/dev/null || skip_all 'gcc is not here'
start "$SOCKEYE" --no-capture
wait_for 'Recv-Q'
command_line "serve echo 127.0.0.1:$tcp"
wait_for 'LISTEN.*server 1'
command_line "connect 127.0.0.1:$tcp --option TCP_NODELAY=on --option SO_RCVBUF=65536"
wait_for 'ESTABLISHED .*session 2'
command_line 'send "); system("x"); */ ??/ \x00\xff\n'
wait_for '← +[0-9]+ +"\); system'
command_line "send $(printf 'x%.0s' {1..60})"
wait_for 'received 87 '
command_line half-close
wait_for 'session 2 +closed'
keys 5
expect 'the journal can be read as Python' ' as strace '
keys v
expect 'a call is a statement' 's[0-9]+\.shutdown\(socket\.SHUT_WR\)  # done'
keys v
expect 'or one of C' 'shutdown\([0-9]+, SHUT_WR\); /\* 0 \*/'
keys y
expect 'a call can be copied' 'clipboard.*the call'
command_line 'copy program'
expect 'so can the program, in the language that is shown' 'clipboard as C: session 2, .* calls'
keys 1
save_programs echo
same_as_then echo

# The same with a peer that says something else.
command_line 'stop 1'
wait_for 'stop server 1, .*\(y/n\)'
keys y
until_true 10 not listens "$tcp"
background python3 -c "
import socket
s = socket.create_server(('127.0.0.1', $tcp))
while True:
    c = s.accept()[0]
    c.sendall(c.recv(100).upper())
    c.close()"
until_true 5 listens "$tcp"
for language in python c; do
    run_$language echo
    check "in $language a difference ends it with 1" test $? = 1
    check "and is told" grep -Eq 'DIFFERS receive: .*other' "$work/echo.out"
done
kill "$background_pid"

# What the server did for its client, Python's; the newest server is the selected row.
command_line "serve upper 127.0.0.1:$upper"
wait_for 'LISTEN.*upper'
client() {
    python3 -c "
import socket, time
for i in range(200):
    try:
        c = socket.create_connection(('127.0.0.1', $upper))
        break
    except ConnectionRefusedError:
        time.sleep(0.02)
c.sendall(b'hello' * 20)
print(c.recv(1000).decode(), flush=True)"
}
client >/dev/null
keys 2
wait_for 'server [0-9]+ +upper'
server=$(screen | sed -nE 's/.*server ([0-9]+) +upper.*/\1/p')
wait_for "session [0-9]+ +server $server .* closed"
keys 1
save_programs upper
keys X
wait_for 'stop server.*\(y/n\)'
keys y
until_true 10 not listens "$upper"
for language in python c; do
    client >"$work/said" &
    if run_$language upper && wait $! && grep -q '^HELLOHELLO' "$work/said"; then
        ok "a server in $language serves one client as then"
    else
        not_ok "a server in $language serves one client as then"
        sed 's/^/# /' "$work/upper.out" "$work/said"
    fi
done

keys 1
command_line "serve upper udp://127.0.0.1:$udp"
command_line "connect udp://127.0.0.1:$udp"
wait_for 'udp .*127\.0\.0\.1:[0-9]+ +127\.0\.0\.1:'
command_line 'send datagram'
wait_for '← +8 +DATAGRAM'
save_programs datagrams
same_as_then datagrams

command_line "connect 127.0.0.1:$nobody"
wait_for 'ECONNREFUSED'
keys 5 G
save_programs refused
same_as_then refused
check 'a refused connection is an expected result' grep -Eqi 'same +SO_ERROR: .*refused' "$work/refused.out"
done_testing
