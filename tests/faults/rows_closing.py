"""Closing: a connection that is ending, or should be."""
import socket

from lab import until
from rows_stall import about, fill, pair
from table import row


def state(s):
    """As include/net/tcp_states.h numbers it."""
    return s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)[0]


ESTABLISHED, FIN_WAIT2, CLOSE_WAIT = 1, 5, 8


def when(s, wanted):
    until(lambda: state(s) == wanted, what='the state')


@row('close-wait-leak', 'closing')
def the_peer_closed_and_nobody_noticed(lab):
    s, taken, _, _ = pair(lab)
    taken.close()
    when(s, CLOSE_WAIT)
    yield about(s)


@row('close-wait-leak', 'closing', 'hosts far')
def the_peer_died_and_nobody_noticed(lab):
    s, _, _, server = pair(lab)
    server.kill()
    when(s, CLOSE_WAIT)
    yield about(s)


@row('close-wait-leak', 'closing')
def a_server_forgets_its_client(lab):
    server, client = lab.process('here'), lab.process('there')
    listener = server.listen((lab.address('here'), 0))
    s = client.connect(listener.getsockname())
    taken = listener.accept()[0]
    s.send(b'bye')
    s.close()
    taken.recv(100)
    when(taken, CLOSE_WAIT)
    yield about(taken)


@row('half-closed', 'closing')
def our_side_is_shut_down(lab):
    s, _, _, _ = pair(lab)
    s.shutdown(socket.SHUT_WR)
    when(s, FIN_WAIT2)
    yield about(s)


@row('half-closed', 'closing')
def our_side_is_shut_down_and_reads(lab):
    s, taken, _, _ = pair(lab)
    s.send(b'request')
    s.shutdown(socket.SHUT_WR)
    taken.recv(100)
    when(s, FIN_WAIT2)
    s.begin('recv', 100)
    yield about(s)


@row('fin-wait-orphan', 'closing')
def closed_and_the_peer_does_not(lab):
    s, _, _, _ = pair(lab)
    asked = about(s)
    s.close()
    yield asked


@row('fin-wait-orphan', 'closing')
def our_program_died_with_bytes_to_send(lab):
    s, _, client, _ = pair(lab)
    client.do(fill, s)
    asked = about(s)
    client.kill()
    yield asked


@row('time-wait-normal', 'closing')
def we_closed_first(lab):
    s, taken, _, _ = pair(lab)
    asked = about(s)
    s.close()
    taken.close()
    yield asked


@row('time-wait-normal', 'closing', 'loopback')
def a_server_closed_first(lab):
    s, taken, _, _ = pair(lab)
    asked = about(taken)
    taken.close()
    s.close()
    yield asked


@row('time-wait-many', 'closing')
def a_third_of_all_ports(lab):
    lab.sysctl('here', 'ipv4.ip_local_port_range', '40000 40059')
    server, client = lab.process('there'), lab.process('here')
    listener = server.listen((lab.any(), 8080))
    lab.sysctl('here', 'ipv4.tcp_tw_reuse', 0)
    for _ in range(25):
        s = client.connect((lab.address(), 8080))
        asked = about(s)
        taken = listener.accept()[0]
        s.close()
        taken.close()
    yield asked


@row('time-wait-many', 'closing')
def of_a_server_that_closes_first(lab):
    lab.sysctl('here', 'ipv4.ip_local_port_range', '40000 40059')
    server, client = lab.process('here'), lab.process('there')
    listener = server.listen((lab.address('here'), 8080))
    for port in range(30000, 30025): # one that is taken again would end its TIME_WAIT
        s = client.new_socket(lab.af, socket.SOCK_STREAM)
        s.bind((lab.address(), port))
        s.connect(listener.getsockname()[:2])
        taken = listener.accept()[0]
        asked = about(taken)
        taken.close()
        s.close()
    yield asked
