#!/bin/bash
# The host's figures: made for real in a namespace of its own, and the same as ss, nstat and /proc
# say.
. "$(dirname "$0")/lib.sh"
[ "$E2E_NETWORK" = own ] || skip_all 'the figures of a shared network are anybody'\''s'

# A full accept queue with clients that were turned away, connections in TIME_WAIT, datagrams that
# nobody reads.
cat >"$work/host.py" <<'PYTHON'
import signal, socket, time

full = socket.create_server(("127.0.0.1", 0), backlog=0)
kept = [socket.create_connection(full.getsockname())]
turned_away = []
for _ in range(3):
    client = socket.socket()
    client.setblocking(False)
    client.connect_ex(full.getsockname())
    turned_away.append(client)
def overflows():
    lines = [l.split() for l in open("/proc/net/netstat") if l.startswith("TcpExt:")]
    return int(dict(zip(*lines))["ListenOverflows"])
while overflows() < 3:
    time.sleep(0.01)
for client in turned_away:  # no SYN is sent again
    client.close()

server = socket.create_server(("127.0.0.1", 0))
for _ in range(5):
    client = socket.create_connection(server.getsockname())
    accepted, _ = server.accept()
    client.close()
    accepted.close()

deaf = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
deaf.bind(("127.0.0.1", 0))
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    for _ in range(20):
        sender.sendto(b"x" * 1000, deaf.getsockname())
print(full.getsockname()[1], flush=True)
signal.pause()
PYTHON
background python3 "$work/host.py" >"$work/ready"
until_true 10 test -s "$work/ready"
full=$(cat "$work/ready")

if command -v ss >/dev/null && command -v nstat >/dev/null; then
    cat >"$work/agrees.py" <<'PYTHON'
import json, re, subprocess, sys

out = lambda *command: subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout
ours = json.loads(out(sys.argv[1], "sockets", "-s", "--json"))
figures = {f["name"]: f for f in ours["figures"]}
nstat = {l.split()[0]: int(l.split()[1]) for l in out("nstat", "-asz").splitlines()[1:]}
for name, theirs in {"listen_overflows": "TcpExtListenOverflows", "listen_drops": "TcpExtListenDrops",
                     "udp_in_errors": "UdpInErrors", "udp_receive_overflows": "UdpRcvbufErrors",
                     "tcp_segments_out": "TcpOutSegs", "tcp_segments_in": "TcpInSegs",
                     "tcp_resets_sent": "TcpOutRsts", "tcp_connections_reset": "TcpEstabResets",
                     "tcp_attempts_failed": "TcpAttemptFails"}.items():
    assert figures[name]["all"] == nstat[theirs], (figures[name], theirs, nstat[theirs])
assert figures["listen_overflows"]["all"] >= 3 and figures["udp_in_errors"]["all"] > 0, figures
assert figures["tcp_retransmitted"]["all"] == 0 or nstat["TcpRetransSegs"], figures
summary = out("ss", "-s")
waiting = int(re.search(r"timewait (\d+)", summary)[1])
assert figures["tcp_time_wait"]["value"] == waiting == 5, (figures["tcp_time_wait"], summary)
limit = int(open("/proc/sys/net/ipv4/tcp_max_tw_buckets").read())
low, high = map(int, open("/proc/sys/net/ipv4/ip_local_port_range").read().split())
assert figures["tcp_time_wait"]["limit"] == limit, figures["tcp_time_wait"]
assert figures["tcp_local_ports"]["limit"] == high - low + 1, figures["tcp_local_ports"]
tcp, = [k for k in ours["kinds"] if k["netid"] == "tcp"]
listed = out("ss", "-tan").splitlines()[1:]
assert tcp["total"] == len(listed), (tcp, listed)
assert tcp["states"]["LISTEN"] == sum(l.startswith("LISTEN") for l in listed)
PYTHON
    check 'figures are those of ss -s, nstat and /proc' python3 "$work/agrees.py" "$SOCKEYE"
else
    skip 'figures are those of ss -s, nstat and /proc' 'needs ss and nstat'
fi

start "$SOCKEYE" --no-capture
wait_for 'LISTEN'
keys 8
expect 'what is counted, with its sum' ' listen overflows +0 /s +[0-9]+ in all '
expect 'sockets by state' '[0-9]+ tcp: .*5 TIME_WAIT'
expect 'its limit' ' TIME_WAIT +5 +of [0-9,]+ .*usual'
expect 'what the kernel does not say is ?, with the reason' ' orphans +[0-9]+ +of \? .* \?$'
keys /
type_text 'orphans'
keys Enter
expect 'there it is' 'only the initial network'
keys /
type_text ":$full"
keys Enter
expect 'a full accept queue is bad' " 127\.0\.0\.1:$full +1/0 .* bad"
keys Enter
expect 'it leads to the listener and its clients' '\[view listeners\]'
expect 'and to it alone' "filter sport = :$full"
keys 8 g
keys /
type_text 'time_wait'
keys Enter Enter
expect 'TIME_WAIT leads to those sockets' '\[filter state time-wait\]'
expect 'all of them' ' 5 sockets'
# The filter leaves rows out; the host counts them.
keys 8
expect 'whatever the filter, all are counted' '[0-9]+ LISTEN'

# Turned away while one looks.
python3 - "$full" <<'PYTHON'
import socket, sys
client = socket.socket()
client.setblocking(False)
client.connect_ex(("127.0.0.1", int(sys.argv[1])))
import time
time.sleep(0.05)
PYTHON
expect 'an overflow is seen when it happens' '── host: listen overflows bad; listen drops bad'

resize 120 40
expect 'at 120x40 everything fits' '^ *UDP overflows .* usual'
resize 40 12
expect 'a small terminal has the figures' 'TIME_WAIT +5 +of'
keys q q y
check 'it ends' test "$(exit_status)" = 0
COLUMNS_WANTED=80 start env LC_ALL=C LANG=C NO_COLOR=1 "$SOCKEYE" --no-capture
wait_for 'LISTEN'
keys 8
expect 'in ASCII, too' ' TIME_WAIT +5 +of [0-9,]+ '
stop_terminal
done_testing
