#!/bin/bash
# Names in the console: a hosts file of our own, a DNS server that never answers, attempts that lose
# and win; keys are answered meanwhile.
. "$(dirname "$0")/lib.sh"
[ "$E2E_NETWORK" = own ] || skip_all 'a name server needs a network of its own'
# A private /etc/hosts, resolv.conf and nsswitch.conf.
unshare --mount true 2>/dev/null || skip_all 'needs a mount namespace of its own'

cat >"$work/hosts" <<'HOSTS'
127.0.0.1 localhost
::1 web.test
127.0.0.1 web.test
HOSTS
printf 'nameserver 127.0.0.1\noptions timeout:30 attempts:1\n' >"$work/resolv.conf"
echo 'hosts: files dns' >"$work/nsswitch.conf"
cat >"$work/inside" <<'INSIDE'
#!/bin/bash
for file in hosts resolv.conf nsswitch.conf; do
    mount --bind "$work/$file" "/etc/$file" || exit 9
done
exec "$@"
INSIDE
chmod +x "$work/inside"
export work
unshare --mount "$work/inside" true 2>/dev/null || skip_all 'may not mount over files of /etc'

# It takes every question and says nothing.
cat >"$work/silent.py" <<'PYTHON'
import signal, socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
print("ready", flush=True)
signal.pause()
PYTHON
background python3 "$work/silent.py" >"$work/ready"
until_true 10 grep -q ready "$work/ready"

start unshare --mount "$work/inside" "$SOCKEYE" --no-capture
wait_for 'Sockets'
keys 9
expect 'an empty screen says what to do' ':resolve NAME:PORT asks'

command_line 'resolve slow.test:80'
expect 'it is being asked' 'slow\.test:80 .*being asked; Esc gives it up'
# The server hangs: every key is answered all the same.
before=$(now_ms)
keys 8
wait_for '── host'
keys 9
wait_for '── names'
check 'keys are answered while a server is silent' test $(($(now_ms) - before)) -lt 2000
keys Escape
expect 'Esc gives it up' 'slow\.test:80 +given up'

command_line 'resolve web.test:80'
expect 'the hosts file has two addresses' 'web\.test:80 +2 addresses after' 10
expect 'IPv6 first, and why' '1  ::1 +.*web\.test; from ::1; rule 6: higher precedence'
expect 'then IPv4' '2  127\.0\.0\.1 +.*web\.test; from 127\.0\.0\.1'
expect 'the file, and its lines' '/etc/hosts +█+ .*line 2 ::1, line 3'
expect 'the silent server' 'DNS 127\.0\.0\.1 A +█+ +no answer within'
keys /
type_text '2  127'
keys Enter Enter
expect 'Enter on an address fills in :connect' '^:connect tcp://127\.0\.0\.1:80'
keys C-u Escape Escape

# IPv6 is refused, IPv4 wins.
port=$(free_port)
command_line "serve echo 127.0.0.1:$port"
command_line "connect web.test:$port"
expect 'the lookup of a session is there, too' "web\.test:$port +session 2: 127\.0\.0\.1:$port after"
expect 'the attempt that lost' "connect \[::1\]:$port +█+ +ECONNREFUSED: took"
expect 'the one that won' "connect 127\.0\.0\.1:$port +█+ +won: took"

# The key for names: of the other end of what is selected.
keys 1
wait_for 'Recv-Q'
keys D
expect 'D asks for the names of the other end' "^ [0-9:]+ 127\.0\.0\.1:[0-9]+ +1 address"
expect 'and shows what it is called' '1  127\.0\.0\.1 +.*web\.test; from'

command_line 'resolve no-such-name.test bad-port'
expect 'a mistake is named' "port 'bad-port' is neither a number"
COLUMNS_WANTED=80 start env LC_ALL=C LANG=C NO_COLOR=1 unshare --mount "$work/inside" "$SOCKEYE" --no-capture
wait_for 'Sockets'
command_line "connect web.test:$port"
keys 9
expect 'in ASCII, too' "connect 127\.0\.0\.1:$port +#+ +ECONNREFUSED"
stop_terminal
done_testing
