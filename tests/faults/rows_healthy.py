"""Look-alikes: nothing is wrong, though it may seem so."""
import socket
import time

from rows_closing import CLOSE_WAIT, when
from rows_datagram import GROUP
from rows_local import REUSE, connected
from rows_names import HOSTS, resolver
from rows_protocol import certify, plain_server, tls_server, trusting
from rows_refused import nft_rule
from rows_reset import KEEPALIVE, wait_for_the_end
from rows_stall import about, answer_six, begin, drain, http_server, pair, pour
from rows_unix import server as unix_server
from table import Ask, row


def healthy(places='loopback hosts far', families='4 6', **more):
    return row('healthy', 'healthy', places, families, **more)


REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'


@healthy()
def accepts_and_waits(lab):
    yield Ask(lab.endpoint(plain_server(lab, wait_for_the_end)))


@healthy()
def listens_and_has_not_accepted_yet(lab):
    yield Ask(lab.endpoint(lab.process('there').listen().getsockname()[1]))


@healthy()
def closes_at_once(lab):
    yield Ask(lab.endpoint(plain_server(lab, socket.socket.close)))


def greet_and_close(s):
    s.sendall(b'It is noon.\r\n')
    s.close()


@healthy()
def tells_the_time_and_closes(lab):
    yield Ask(lab.endpoint(plain_server(lab, greet_and_close)))


@healthy()
def answers_a_request(lab):
    yield Ask(lab.endpoint(http_server(lab)), '--send', REQUEST)


def think(s):
    s.recv(1000)
    time.sleep(0.6)
    s.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')


@healthy()
def thinks_before_it_answers(lab):
    yield Ask(lab.endpoint(plain_server(lab, think)), '--send', REQUEST)


@healthy('hosts far')
def far_away(lab):
    lab.slow_link(0.08)
    yield Ask(lab.endpoint(http_server(lab)), '--send', REQUEST)


@healthy('loopback', '4')
def takes_both_families(lab):
    port = lab.process('here').listen(('::', 0)).getsockname()[1]
    yield Ask(lab.endpoint(port))


@healthy('loopback')
def a_queue_with_some_room(lab):
    server, client = lab.process('there'), lab.process('here')
    listener = server.listen(backlog=8)
    for _ in range(5):
        client.connect(listener.getsockname())
    yield Ask(lab.endpoint(listener.getsockname()[1]))


@healthy('loopback hosts')
def a_firewall_that_drops_others(lab):
    port = lab.process('there').listen().getsockname()[1]
    other = lab.process('there').listen().getsockname()[1]
    nft_rule(lab, 'there', 'input', 'tcp dport %d counter drop; tcp dport 1-1000 reject;' % other)
    busy = lab.process('here').new_socket(lab.af, socket.SOCK_STREAM)
    busy.setblocking(False)
    try:
        busy.connect((lab.address(), other)) # repeats while the other is asked
    except OSError:
        pass
    yield Ask(lab.endpoint(port))


@healthy('loopback hosts')
def a_firewall_that_drops_by_default(lab):
    port = lab.process('there').listen().getsockname()[1]
    lab.nft('there', 'table inet lab { chain c { type filter hook input priority 0; policy drop; '
            'ct state established,related accept; meta l4proto { icmp, ipv6-icmp } accept; '
            'tcp dport %d accept; } }' % port)
    yield Ask(lab.endpoint(port))


@healthy('loopback', '4')
def the_second_address_answers(lab):
    port = lab.process('here').listen(('127.0.0.1', 0)).getsockname()[1]
    lab.etc(hosts=HOSTS, nsswitch_conf='hosts: files\n')
    yield Ask('tcp://localhost:%d' % port)


@healthy()
def a_name_that_dns_knows(lab):
    port = lab.process('there').listen().getsockname()[1]
    resolver(lab, {'web.lab': [lab.address()]})
    yield Ask('tcp://web.lab:%d' % port)


@healthy()
def tls_with_a_good_certificate(lab):
    yield trusting(lab, tls_server(lab, certify(lab)))


@healthy('loopback far', '4')
def who_asked_before_was_killed(lab):
    """What it left is taken away by the next one."""
    port = lab.process('there').listen().getsockname()[1]
    killed = lab.begin_why(['--wait', '20', lab.endpoint(port)])
    lab.until_watching(killed)
    killed.kill()
    killed.communicate()
    yield Ask(lab.endpoint(port))


# --- connections that are there --------------------------------------------------------------------

@healthy()
def idle(lab):
    s, taken, _, _ = pair(lab)
    taken.begin('recv', 100)
    yield about(s)


@healthy()
def idle_seen_from_the_server(lab):
    server, client = lab.process('here'), lab.process('there')
    listener = server.listen((lab.address('here'), 0))
    client.connect(listener.getsockname())
    taken = listener.accept()[0]
    asked = about(taken)
    taken.begin('recv', 100)
    yield asked


@healthy()
def idle_with_keep_alives(lab):
    s, _, _, _ = pair(lab, KEEPALIVE[:3])
    yield about(s)


@healthy()
def sends_as_fast_as_it_can(lab):
    s, taken, client, server = pair(lab)
    asked = about(s)
    begin(server, drain, taken)
    begin(client, pour, s)
    yield asked


@healthy()
def receives_as_fast_as_it_can(lab):
    s, taken, client, server = pair(lab)
    asked = about(s)
    begin(client, drain, s)
    begin(server, pour, taken)
    yield asked


def burst(process, s):
    process.tell('begun')
    while True:
        s.sendall(b'x' * 100000)
        time.sleep(0.3)


@healthy()
def sends_in_bursts(lab):
    s, taken, client, server = pair(lab)
    asked = about(s)
    begin(server, drain, taken)
    begin(client, burst, s)
    yield asked


@healthy()
def receives_in_bursts(lab):
    s, taken, client, server = pair(lab)
    asked = about(s)
    begin(client, drain, s)
    begin(server, burst, taken)
    yield asked


def ask_in_one_piece(process, s):
    process.tell('begun')
    while True:
        s.send(b'GET it')
        if not s.recv(100):
            return


@healthy()
def request_and_answer(lab):
    s, taken, client, server = pair(lab)
    asked = about(s)
    begin(server, answer_six, taken)
    begin(client, ask_in_one_piece, s)
    yield asked


@healthy('hosts far')
def request_and_answer_far_away(lab):
    lab.slow_link(0.06)
    s, taken, client, server = pair(lab)
    asked = about(s)
    begin(server, answer_six, taken)
    begin(client, ask_in_one_piece, s)
    yield asked


def trickle(process, s):
    process.tell('begun')
    while True:
        s.sendall(b'tick')
        time.sleep(0.25)


@healthy('hosts far')
def a_slow_program_far_away(lab):
    lab.slow_link(0.06)
    s, taken, client, server = pair(lab)
    asked = about(s)
    begin(server, drain, taken)
    begin(client, trickle, s)
    yield asked


def work_a_while(process, s):
    """Reads, then thinks, then reads: never long."""
    process.tell('begun')
    while s.recv(1 << 20):
        end = time.monotonic() + 0.05
        while time.monotonic() < end:
            pass


@healthy('loopback hosts')
def a_busy_reader(lab):
    s, taken, client, server = pair(lab)
    asked = about(s)
    begin(client, work_a_while, s)
    begin(server, trickle, taken)
    yield asked


@healthy()
def answers_after_the_peer_has_said_all(lab):
    """A half-closed connection is CLOSE_WAIT on the side that still answers."""
    s, taken, client, server = pair(lab)
    asked = about(s)
    taken.shutdown(socket.SHUT_WR)
    when(s, CLOSE_WAIT)
    begin(server, drain, taken)
    begin(client, trickle, s)
    yield asked


@healthy('loopback')
def a_listener_with_nothing_to_do(lab):
    s = lab.process('here').listen()
    yield Ask('--socket', lab.endpoint(s.getsockname()[1]))


@healthy('loopback')
def a_datagram_socket_with_nothing_to_do(lab):
    s = lab.process('here').listen(kind=socket.SOCK_DGRAM)
    yield Ask('--socket', lab.endpoint(s.getsockname()[1], 'udp'))


# --- bind, datagrams, paths ----------------------------------------------------------------------------

@healthy('loopback')
def a_free_port(lab):
    yield Ask('bind:' + lab.endpoint(lab.free_port()))
    yield Ask('bind:' + lab.endpoint(lab.free_port(kind=socket.SOCK_DGRAM), 'udp'))


@healthy('loopback')
def time_wait_and_reuseaddr(lab):
    s, other = connected(lab, REUSE)
    port = s.getsockname()[1]
    s.close()
    other.close()
    yield Ask('bind:' + lab.endpoint(port))


@healthy('loopback')
def the_port_in_another_namespace(lab):
    lab.host('container')
    port = lab.process('container').listen((lab.any(), 0)).getsockname()[1]
    yield Ask('bind:' + lab.endpoint(port))


@healthy('loopback', '4')
def the_port_on_another_address(lab):
    port = lab.process('here').listen(('127.0.0.2', 0)).getsockname()[1]
    yield Ask('bind:tcp://127.0.0.1:%d' % port)


def echo_datagrams(process, s):
    process.tell('begun')
    while True:
        some, who = s.recvfrom(2000)
        s.sendto(b'answer' + some, who)


@healthy()
def a_datagram_is_answered(lab):
    server = lab.process('there')
    s = server.listen(kind=socket.SOCK_DGRAM)
    begin(server, echo_datagrams, s)
    yield Ask(lab.endpoint(s.getsockname()[1], 'udp'), '--send', 'hello')


@healthy('loopback hosts', vaguer=['no-reply'])
def a_datagram_is_taken(lab):
    s = lab.process('there').listen(kind=socket.SOCK_DGRAM)
    yield Ask(lab.endpoint(s.getsockname()[1], 'udp'))


@healthy('loopback', '4')
def paths_and_names(lab):
    unix_server(lab, 'unix', lab.path('stream'))
    unix_server(lab, 'unix-dgram', lab.path('datagram'))
    unix_server(lab, 'unix-seqpacket', '@lab-sequence')
    yield Ask('unix:' + lab.path('stream'))
    yield Ask('unix-dgram:' + lab.path('datagram'))
    yield Ask('unix-seqpacket:@lab-sequence')


@healthy('loopback', '4')
def a_group_with_a_member(lab):
    lab.ip('here', 'route add 239.0.0.0/8 dev lo', 'link set lo multicast on')
    server = lab.process('here')
    s = server.listen(('0.0.0.0', 5000), kind=socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                 socket.inet_aton(GROUP[4]) + socket.inet_aton('127.0.0.1'))
    begin(server, echo_datagrams, s)
    yield Ask(lab.endpoint(5000, 'udp', GROUP[4]), '--send', 'hello')
