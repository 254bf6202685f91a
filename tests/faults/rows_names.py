"""Names: what they stand for, and who says so."""
import os
import socket
import struct

from lab import Unavailable
from rows_stall import begin
from table import Ask, row

NSSWITCH = 'passwd: files\nhosts: files dns\n'
HOSTS = '127.0.0.1 localhost\n::1 localhost\n'
A, AAAA = 1, 28


def dns(process, s, zone):
    """A tiny name server: addresses by name; every other name does not exist."""
    process.tell('begun')
    while True:
        query, who = s.recvfrom(512)
        at, name = 12, []
        while query[at]:
            name.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        kind, = struct.unpack('!H', query[at + 1:at + 3])
        addresses = zone.get('.'.join(name))
        answers = b''
        for address in addresses or ():
            family = socket.AF_INET6 if ':' in address else socket.AF_INET
            if kind == (AAAA if ':' in address else A):
                raw = socket.inet_pton(family, address)
                answers += struct.pack('!HHHIH', 0xc00c, kind, 1, 60, len(raw)) + raw
        count = answers.count(struct.pack('!HHH', 0xc00c, kind, 1))
        head = query[:2] + struct.pack('!HHHHH', 0x8180 if addresses is not None else 0x8183, 1,
                                       count, 0, 0)
        s.sendto(head + query[12:at + 5] + answers, who)


def resolver(lab, zone=None, hosts=HOSTS, server=None):
    """The files that decide over names; a name server with the zone unless there is another."""
    if server is None:
        server = lab.address()
        process = lab.process('there')
        begin(process, dns, process.listen((server, 53), kind=socket.SOCK_DGRAM), zone or {})
    lab.etc(hosts=hosts, nsswitch_conf=NSSWITCH,
            resolv_conf='nameserver %s\noptions timeout:1 attempts:1\n' % server)


@row('name-not-found', 'names')
def no_server_knows_it(lab):
    resolver(lab, {'web.lab': ['192.0.2.1']})
    yield Ask('tcp://wbe.lab:80')


@row('name-not-found', 'names')
def it_has_no_address(lab):
    resolver(lab, {'mail.lab': []})
    yield Ask('tcp://mail.lab:25')


@row('resolver-unreachable', 'names')
def nobody_serves_names_there(lab):
    resolver(lab, server=lab.address())
    yield Ask('tcp://web.lab:80')


@row('resolver-unreachable', 'names', 'hosts far')
def the_name_server_is_silent(lab):
    lab.nft('there', 'table inet lab { chain c { type filter hook input priority 0; '
            'udp dport 53 drop; } }')
    resolver(lab, server=lab.address())
    yield Ask('tcp://web.lab:80')


def say_too_long(process, s):
    """TC, and nobody at the port of TCP: RFC 1035, 4.1.1."""
    process.tell('begun')
    while True:
        query, who = s.recvfrom(512)
        s.sendto(query[:2] + struct.pack('!HHHHH', 0x8380, 1, 0, 0, 0) + query[12:], who)


@row('resolver-unreachable', 'names')
def its_answer_is_too_long(lab):
    process = lab.process('there')
    begin(process, say_too_long, process.listen((lab.address(), 53), kind=socket.SOCK_DGRAM))
    resolver(lab, server=lab.address())
    yield Ask('tcp://web.lab:80')


@row('resolver-unreachable', 'names', 'loopback')
def no_way_to_the_name_server(lab):
    resolver(lab, server='192.0.2.53' if lab.family == 4 else '2001:db8::53')
    yield Ask('tcp://web.lab:80')


@row('hosts-overrides-dns', 'names')
def an_old_line_in_hosts(lab):
    port = lab.process('there').listen().getsockname()[1]
    old = '127.0.0.9' if lab.family == 4 else '::1'
    if lab.place == 'loopback' and lab.family == 6:
        lab.ip('here', '-6 addr add fd00:99::9/128 dev lo nodad')
        old = 'fd00:99::9'
    resolver(lab, {'web.lab': [lab.address()]}, HOSTS + old + ' web.lab\n')
    yield Ask('tcp://web.lab:%d' % port)


@row('localhost-not-loopback', 'names', 'loopback hosts')
def localhost_is_another_address(lab):
    port = lab.process('here').listen(('127.0.0.1' if lab.family == 4 else '::1', 0)
                                      ).getsockname()[1]
    resolver(lab, {}, '%s localhost\n' % ('192.0.2.9' if lab.family == 4 else '2001:db8::9'))
    yield Ask('tcp://localhost:%d' % port)


@row('name-not-found', 'names', 'loopback', '4')
def asked_from_a_namespace_with_its_own_files(lab):
    """/etc/netns/NAME holds what ip netns exec would show."""
    if lab.unprivileged:
        raise Unavailable('only root enters another namespace')
    lab.host('container')
    lab.name('container', 'web')
    lab.etc(hosts=HOSTS + '127.0.0.1 web.lab\n', nsswitch_conf=NSSWITCH)
    os.makedirs('/etc/netns/web')
    for name, text in (('hosts', HOSTS), ('resolv.conf', 'nameserver 127.0.0.1\n')):
        with open('/etc/netns/web/' + name, 'w', encoding='utf-8') as file:
            file.write(text)
    process = lab.process('container')
    begin(process, dns, process.listen(('127.0.0.1', 53), kind=socket.SOCK_DGRAM), {})
    yield Ask('--netns', 'web', 'tcp://web.lab:80')
