"""Datagrams."""
import socket
import time

from lab import connection
from rows_stall import begin
from table import Ask, row


def flood(process, s, to):
    process.tell('begun')
    while True:
        for _ in range(50):
            s.sendto(b'x' * 500, to)
        time.sleep(0.01)


@row('receive-overflow', 'udp')
def our_program_does_not_read_its_datagrams(lab):
    s = lab.process('here').listen((lab.address('here'), 0), kind=socket.SOCK_DGRAM)
    name = s.getsockname()
    sender = lab.process('there')
    begin(sender, flood, sender.new_socket(lab.af, socket.SOCK_DGRAM), name[:2])
    yield Ask('--socket', lab.endpoint(name[1], 'udp', name[0]))


def read_slowly(process, s):
    process.tell('begun')
    while True:
        s.recv(1000)
        time.sleep(0.02)


@row('receive-overflow', 'udp')
def our_program_reads_too_slowly(lab):
    reader = lab.process('here')
    s = reader.listen((lab.address('here'), 0), kind=socket.SOCK_DGRAM,
                      options=((socket.SOL_SOCKET, socket.SO_RCVBUF, 8192),))
    name = s.getsockname()
    begin(reader, read_slowly, s)
    sender = lab.process('there')
    begin(sender, flood, sender.new_socket(lab.af, socket.SOCK_DGRAM), name[:2])
    yield Ask('--socket', lab.endpoint(name[1], 'udp', name[0]))


@row('receive-overflow', 'udp', 'loopback')
def the_server_does_not_read_its_datagrams(lab):
    s = lab.process('there').listen(kind=socket.SOCK_DGRAM,
                                    options=((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),))
    name = s.getsockname()
    sender = lab.process('here')
    begin(sender, flood, sender.new_socket(lab.af, socket.SOCK_DGRAM), name[:2])
    yield Ask(lab.endpoint(name[1], 'udp'))


@row('message-too-long', 'udp')
def longer_than_a_datagram_can_be(lab):
    s = lab.process('there').listen(kind=socket.SOCK_DGRAM)
    yield Ask(lab.endpoint(s.getsockname()[1], 'udp'), '--send', 'x' * 65530)


def directed(lab):
    return '127.255.255.255' if lab.place == 'loopback' else '10.%d.1.255' % lab.number


@row('message-too-long', 'udp', 'hosts far', vaguer=['no-reply', 'healthy', 'unknown'])
def longer_than_the_way_takes(lab):
    """The router says so, and the kernel knows better the next time."""
    s = lab.process('there').listen(kind=socket.SOCK_DGRAM)
    lab.ip('router', 'link set r-there mtu 1300')
    yield Ask(lab.endpoint(s.getsockname()[1], 'udp'), '--send-size', '1400')


@row('broadcast-not-permitted', 'udp', families='4')
def to_every_host_of_the_network(lab):
    yield Ask(lab.endpoint(9, 'udp', directed(lab)))


@row('broadcast-not-permitted', 'udp', 'hosts', families='4')
def to_every_host(lab):
    yield Ask('udp://255.255.255.255:9')


@row('no-listener', 'udp', 'hosts far', vaguer=['healthy'])
def its_datagrams_are_refused(lab):
    s = lab.process('here').new_socket(lab.af, socket.SOCK_DGRAM)
    s.connect((lab.address(), lab.free_port(kind=socket.SOCK_DGRAM)))
    yield Ask('--socket', connection(s.getsockname(), s.getpeername(), 'udp'),
              meanwhile=lambda: s.send(b'x'))


def answer_from(process, s, other):
    process.tell('begun')
    while True:
        data, sender = s.recvfrom(1000)
        other.sendto(data, sender)


@row('reply-other-address', 'udp', 'hosts', vaguer=['no-reply', 'healthy', 'unknown'])
def the_server_answers_from_another_port(lab):
    server = lab.process('there')
    s = server.listen(kind=socket.SOCK_DGRAM)
    begin(server, answer_from, s, server.listen(kind=socket.SOCK_DGRAM))
    yield Ask(lab.endpoint(s.getsockname()[1], 'udp'), '--send', 'hello')


GROUP = {4: '239.77.1.9', 6: 'ff15::77'}


@row('multicast-no-member', 'udp', 'hosts far', vaguer=['no-reply', 'healthy'])
def nobody_has_joined_the_group(lab):
    lab.ip('here', 'route add 239.0.0.0/8 dev eth0', '-6 route replace multicast ff15::/16 dev '
           'eth0 table local')
    yield Ask(lab.endpoint(5000, 'udp', GROUP[lab.family]))


@row('multicast-no-member', 'udp', 'loopback', vaguer=['no-reply', 'healthy'])
def bound_and_not_joined(lab):
    lab.ip('here', 'route add 239.0.0.0/8 dev lo', '-6 route replace multicast ff15::/16 dev '
           'lo table local')
    s = lab.process('here').listen((lab.any(), 5000), kind=socket.SOCK_DGRAM,
                                   options=((0, 49, 0) if lab.family == 4 else (41, 29, 0),))
    yield Ask(lab.endpoint(s.getsockname()[1], 'udp', GROUP[lab.family]))
