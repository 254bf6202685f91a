"""Stalled: a connection is there, and its bytes do not move."""
import json
import os
import socket
import time

from lab import Unavailable, connection, until
from rows_refused import nft_rule
from rows_silence import begin, drain
from table import Ask, row

def pair(lab, client_options=(), server_options=(), server=None, client=None):
    """A connection: its end here, its end there, and their processes."""
    server, client = server or lab.process('there'), client or lab.process('here')
    listener = server.listen(options=server_options)
    s = client.connect(listener.getsockname(), client_options)
    taken = listener.accept()[0]
    return s, taken, client, server


def about(s, *more, meanwhile=None):
    return Ask('--socket', connection(s.getsockname(), s.getpeername()), *more,
               meanwhile=meanwhile)


def fill(_, s):
    """Send until nothing more is taken for a while; then wait with the rest, as a program does."""
    s.settimeout(0.3)
    try:
        while True:
            s.send(b'x' * 65536)
    except TimeoutError:
        s.settimeout(None)


def pour(process, s):
    """Send without end."""
    process.tell('begun')
    while True:
        s.sendall(b'x' * 65536)


# --- the reader ------------------------------------------------------------------------------------

@row('peer-not-reading', 'stalled')
def the_peer_never_reads(lab):
    s, _, client, _ = pair(lab)
    client.do(fill, s)
    yield about(s)


@row('peer-not-reading', 'stalled')
def the_peer_is_stopped(lab):
    s, _, client, server = pair(lab)
    client.do(fill, s)
    server.stop()
    yield about(s)


@row('peer-not-reading', 'stalled')
def the_sender_blocks_in_send(lab):
    s, _, client, _ = pair(lab)
    begin(client, pour, s)
    asleep = []

    def blocks():
        asleep.append(client.state() == 'S')
        return len(asleep) > 60 and all(asleep[-60:])

    until(blocks, what='blocking')
    yield about(s)


@row('peer-not-reading', 'stalled', 'loopback hosts')
def never_accepted_by_the_peer(lab):
    server, client = lab.process('there'), lab.process('here')
    listener = server.listen()
    s = client.connect(listener.getsockname())
    client.do(fill, s)
    yield about(s)


def read_all(_, s):
    s.settimeout(0.2)
    try:
        while s.recv(1 << 20):
            pass
    except TimeoutError:
        pass


@row('peer-not-reading', 'stalled', 'hosts far',
     expect={'hosts': ('peer-vanished', 'unknown', 'network-loss'),
             'far': ('peer-not-reading', 'peer-vanished')}, vaguer=['peer-not-reading'])
def it_has_read_and_its_window_does_not_arrive(lab):
    s, taken, client, server = pair(lab)
    client.do(fill, s)
    lab.nft('router', 'table inet lab { chain c { type filter hook forward priority 0; '
            'tcp sport %d drop; } }' % s.getpeername()[1])
    server.do(read_all, taken)
    yield about(s)


def sip(process, s):
    """A reader that is far too slow."""
    process.tell('begun')
    while s.recv(1):
        time.sleep(1)


@row('peer-not-reading', 'stalled', 'hosts far')
def the_peer_reads_far_too_slowly(lab):
    s, taken, client, server = pair(lab)
    client.do(fill, s)
    begin(server, sip, taken)
    yield about(s)


@row('app-not-reading', 'stalled')
def our_program_never_reads(lab):
    s, taken, client, server = pair(lab)
    server.do(fill, taken)
    yield about(s)


@row('app-not-reading', 'stalled')
def our_program_reads_from_something_else(lab):
    s, taken, client, server = pair(lab)
    other, _ = client.do(socket_pair)
    server.do(fill, taken)
    other.begin('recv', 1)
    yield about(s)


def socket_pair(_):
    return socket.socketpair()


@row('process-stopped', 'stalled', vaguer=['app-not-reading'])
def our_program_is_stopped(lab):
    s, taken, client, server = pair(lab)
    server.do(fill, taken)
    names = about(s)
    client.stop()
    yield names


@row('process-stopped', 'stalled', 'hosts', vaguer=['app-not-reading'])
def stopped_with_little_to_read(lab):
    s, taken, client, _ = pair(lab)
    taken.send(b'hello')
    names = about(s)
    client.stop()
    yield names


# --- the way -----------------------------------------------------------------------------------------

# What is lost is counted out, not drawn by lot: then it is lost while it is watched.  An odd number
# takes from both directions where they take turns.
EVERY_SEVENTH = 'numgen inc mod 7 0 drop;'


CGROUPS = ('/sys/fs/cgroup/unified', '/sys/fs/cgroup')


@row('process-stopped', 'stalled', 'loopback hosts', vaguer=['app-not-reading'])
def our_program_is_frozen(lab):
    """As a container that is paused: cgroup-v2.rst, cgroup.freeze."""
    s, taken, client, _ = pair(lab)
    taken.send(b'x' * 3000)
    root = next((r for r in CGROUPS if os.path.exists(r + '/cgroup.procs')), None)
    folder = '%s/lab-%d-%d' % (root, os.stat('/proc/self/ns/pid').st_ino, lab.number)
    try:
        os.mkdir(folder)
        write(folder + '/cgroup.procs', client.pid)
        write(folder + '/cgroup.freeze', 1)
    except OSError as error:
        raise Unavailable('no control groups of version 2: %s' % error) from error
    until(lambda: 'frozen 1' in read(folder + '/cgroup.events'), what='the frost')
    yield about(s)
    client.kill()
    until(lambda: 'populated 0' in read(folder + '/cgroup.events'), what='its end')
    os.rmdir(folder)


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def write(path, value):
    with open(path, 'w', encoding='utf-8') as file:
        file.write(str(value))


@row('network-loss', 'stalled', 'hosts far')
def one_packet_in_seven_is_lost(lab):
    s, taken, client, server = pair(lab)
    lab.nft('router', 'table inet lab { chain c { type filter hook forward priority 0; %s } }' %
            EVERY_SEVENTH)
    begin(server, drain, taken)
    begin(client, pour, s)
    yield about(s)


@row('network-loss', 'stalled', 'hosts far')
def two_packets_in_five_are_lost(lab):
    s, taken, client, server = pair(lab)
    begin(server, drain, taken)
    begin(client, pour, s)
    for every, packet in ('5', '0'), ('4', '1'): # the second counts what the first leaves
        lab.run('router', 'iptables' if lab.family == 4 else 'ip6tables', '-A', 'FORWARD', '-m',
                'statistic', '--mode', 'nth', '--every', every, '--packet', packet, '-j', 'DROP')
    yield about(s)


@row('network-loss', 'stalled', 'loopback', expect=('network-loss', 'firewall-drop'))
def lost_on_this_very_host(lab):
    s, taken, client, server = pair(lab)
    lab.nft('here', 'table inet lab { chain c { type filter hook input priority 0; '
            'tcp dport %d %s } }' % (s.getpeername()[1], EVERY_SEVENTH))
    begin(server, drain, taken)
    begin(client, pour, s)
    yield about(s)


def timeouts(s, n):
    """Wait until the data was sent again so many times."""
    def backed_off():
        # Retransmissions, and the doublings of their timer: what cannot leave this host counts as
        # none, and ICMP takes doublings back.
        told = s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
        return max(told[2], told[4]) >= n
    until(backed_off, what='a retransmission')


@row('peer-vanished', 'stalled', 'hosts far')
def the_peers_host_is_gone(lab):
    s, _, _, _ = pair(lab)
    lab.ip('there', 'addr flush dev eth0', '-6 addr flush dev eth0')
    s.send(b'x' * 500)
    timeouts(s, 2)
    yield about(s)


@row('peer-vanished', 'stalled', 'far')
def the_router_forgot_the_way(lab):
    s, _, _, _ = pair(lab)
    lab.ip('router', 'route add blackhole %s/32' % lab.net4(2, 1),
           '-6 route add blackhole %s/128' % lab.net6(2, 1))
    s.send(b'x' * 500)
    timeouts(s, 2)
    yield about(s)


def wait_with_it(process, listener):
    process.tell('begun')
    process.taken = listener.accept()[0]
    time.sleep(60)


@row('peer-vanished', 'stalled', 'hosts far', expect=('peer-vanished', 'network-loss'),
     vaguer=['healthy', 'no-reply'])
def what_is_said_is_dropped_there(lab):
    """The handshake comes through."""
    server = lab.process('there')
    listener = server.listen()
    begin(server, wait_with_it, listener)
    nft_rule(lab, 'there', 'input', 'tcp flags & psh == psh drop;')
    yield Ask(lab.endpoint(listener.getsockname()[1]), '--send', 'hello')


@row('interface-down', 'stalled', 'hosts far')
def cable_pulled_while_sending(lab):
    s, taken, client, server = pair(lab)
    begin(server, drain, taken)
    begin(client, pour, s)
    lab.ip('router', 'link set r-here down')
    yield about(s)


@row('network-unreachable', 'stalled', 'hosts far')
def the_route_is_taken_away_while_it_sends(lab):
    s, _, _, _ = pair(lab)
    lab.ip('here', 'route del default', '-6 route del default')
    s.send(b'x' * 500)
    timeouts(s, 2)
    yield about(s)


@row('route-blocked', 'stalled', 'hosts far')
def the_way_is_blocked_while_it_sends(lab):
    s, _, _, _ = pair(lab)
    lab.ip('here', 'rule add to %s ipproto tcp prohibit' % lab.net4(2, 1),
           '-6 rule add to %s ipproto tcp prohibit' % lab.net6(2, 1))
    s.send(b'x' * 500)
    timeouts(s, 2)
    yield about(s)


@row('address-not-local', 'stalled', 'hosts far', families='4')
def its_address_is_taken_away(lab):
    s, _, _, _ = pair(lab)
    lab.ip('here', 'addr flush dev eth0', 'addr add %s/24 dev eth0' % lab.net4(1, 9),
           'route add default via ' + lab.net4(1, 2))
    s.send(b'x' * 500)
    timeouts(s, 2)
    yield about(s)


@row('firewall-drop', 'stalled', 'hosts far', vaguer=['app-not-reading', 'healthy'])
def a_rule_takes_its_acknowledgements(lab):
    s, taken, _, _ = pair(lab)
    nft_rule(lab, 'here', 'output', 'tcp sport %d counter drop;' % s.getsockname()[1])
    taken.send(b'x' * 3000)
    timeouts(taken, 2)
    yield about(s)


@row('firewall-drop', 'stalled', vaguer=['healthy', 'app-not-reading', 'network-loss'])
def a_rule_takes_what_comes(lab):
    """It has no counter."""
    s, taken, _, _ = pair(lab)
    nft_rule(lab, 'here', 'input', 'tcp dport %d drop;' % s.getsockname()[1])
    taken.send(b'x' * 1000)
    s.begin('recv', 100)
    yield about(s)


@row('congestion-limited', 'stalled', 'hosts far')
def a_narrow_link(lab):
    lab.run('router', 'tc', 'qdisc', 'add', 'dev', 'r-there', 'root', 'tbf', 'rate', '2mbit',
            'burst', '3000', 'limit', '500000')
    s, taken, client, server = pair(lab)
    begin(server, drain, taken)
    begin(client, pour, s)
    until(lambda: queued_bytes(lab) > 20000, what='a queue')
    yield about(s)


@row('congestion-limited', 'stalled', 'hosts far')
def a_narrow_link_of_our_own(lab):
    """What its queue drops is not captured any more."""
    lab.run('here', 'tc', 'qdisc', 'add', 'dev', 'eth0', 'root', 'tbf', 'rate', '1mbit', 'burst',
            '32kbit', 'latency', '400ms')
    s, taken, client, server = pair(lab)
    begin(server, drain, taken)
    begin(client, pour, s)
    until(lambda: queued_bytes(lab, 'here', 'eth0') > 20000, what='a queue')
    yield about(s)


def queued_bytes(lab, host='router', device='r-there'):
    told = lab.run(host, 'tc', '-j', '-s', 'qdisc', 'show', 'dev', device, 'root')
    return json.loads(told)[0]['backlog']


# --- buffers ---------------------------------------------------------------------------------------------

SMALL = (socket.SOL_SOCKET, socket.SO_SNDBUF, 4096), (socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)


@row('send-buffer-limited', 'stalled', 'hosts far')
def a_small_send_buffer_on_a_long_way(lab):
    lab.slow_link(0.05)
    s, taken, client, server = pair(lab, client_options=SMALL[:1])
    begin(server, drain, taken)
    begin(client, pour, s)
    yield about(s)


@row('receive-window-small', 'stalled', 'hosts far')
def a_small_window_on_a_long_way(lab):
    lab.slow_link(0.05)
    s, taken, client, server = pair(lab, server_options=SMALL[1:])
    begin(server, drain, taken)
    begin(client, pour, s)
    yield about(s)


# --- the programs' manners ----------------------------------------------------------------------------------

def ask_in_two_pieces(process, s):
    """Write, write, read: the second piece waits for the first one's acknowledgement."""
    process.tell('begun')
    while True:
        s.send(b'GET')
        s.send(b' it')
        while len(s.recv(100)) < 1:
            return


def answer_six(process, s):
    process.tell('begun')
    while True:
        got = b''
        while len(got) < 6:
            more = s.recv(6 - len(got))
            if not more:
                return
            got += more
        s.send(b'y')


@row('nagle-delayed-ack', 'stalled')
def write_write_read(lab):
    s, taken, client, server = pair(lab)
    begin(server, answer_six, taken)
    begin(client, ask_in_two_pieces, s)
    yield about(s)


def serve_http(process, listener):
    """Answers as soon as a head is whole."""
    process.tell('begun')
    while True:
        s = listener.accept()[0]
        head = b''
        while b'\r\n\r\n' not in head:
            more = s.recv(4096)
            if not more:
                break
            head += more
        else:
            good = head.startswith((b'GET /', b'HEAD /')) and b'\r\nHost:' in head
            s.sendall(b'HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' %
                      (b'200 OK' if good else b'400 Bad Request'))
        s.close()


def http_server(lab):
    server = lab.process('there')
    listener = server.listen()
    begin(server, serve_http, listener)
    return listener.getsockname()[1]


@row('request-incomplete', 'stalled')
def a_request_without_its_empty_line(lab):
    yield Ask(lab.endpoint(http_server(lab)), '--send', 'GET / HTTP/1.1\r\nHost: there\r\n')


@row('request-incomplete', 'stalled', 'loopback')
def a_body_that_does_not_come(lab):
    yield Ask(lab.endpoint(http_server(lab)), '--send',
              'GET / HTTP/1.1\r\nHost: there\r\nContent-Length: 10\r\n')
