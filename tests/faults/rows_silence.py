"""Silence: nobody answers, or something on the way says why."""
import ctypes
import os
import socket
import struct
import time

from lab import Unavailable, connection, libc, until
from rows_refused import nft_rule
from table import Ask, row

DROPPED = {'far': ('no-reply', 'firewall-drop')}
SILENT = ('no-reply',)


def swallowed(lab, rule, hook='input', host='there', priority='filter'):
    """A server behind a rule that swallows what is sent to it."""
    port = lab.process('there').listen().getsockname()[1]
    nft_rule(lab, host, hook, rule % port, priority)
    return Ask(lab.endpoint(port))


@row('firewall-drop', 'silence', expect=DROPPED, vaguer=SILENT)
def nft_drop(lab):
    yield swallowed(lab, 'tcp dport %d counter drop;')


@row('firewall-drop', 'silence', 'loopback', vaguer=SILENT)
def nft_drop_without_counter(lab):
    yield swallowed(lab, 'tcp dport %d drop;')


@row('firewall-drop', 'silence', 'loopback', vaguer=SILENT)
def policy_drop(lab):
    port = lab.process('here').listen().getsockname()[1]
    lab.nft('here', 'table inet lab { chain c { type filter hook input priority 0; policy drop; '
            'ct state established,related accept; meta l4proto { icmp, ipv6-icmp } accept; '
            'tcp dport 22 accept; } }')
    yield Ask(lab.endpoint(port))


@row('firewall-drop', 'silence', 'loopback hosts far', vaguer=SILENT)
def nft_drop_on_the_way_out(lab):
    yield swallowed(lab, 'tcp dport %d counter drop;', 'output', 'here')


@row('firewall-drop', 'silence', 'loopback', vaguer=SILENT)
def nft_drop_in_prerouting(lab):
    yield swallowed(lab, 'tcp dport %d counter drop;', 'prerouting', 'here', 'raw')


@row('firewall-drop', 'silence', 'loopback', vaguer=SILENT)
def the_answer_is_dropped(lab):
    yield swallowed(lab, 'tcp sport %d tcp flags & (syn | ack) == syn | ack counter drop;')


@row('firewall-drop', 'silence', 'hosts far', expect={'far': 'firewall-drop'}, vaguer=SILENT)
def the_answer_is_dropped_as_it_comes_in(lab):
    yield swallowed(lab, 'tcp sport %d counter drop;', 'input', 'here')


@row('firewall-drop', 'silence', 'hosts', vaguer=SILENT,
     expect={'hosts': ('firewall-drop', 'no-reply')})
def router_drops(lab):
    yield swallowed(lab, 'tcp dport %d counter drop;', 'forward', 'router')


@row('firewall-drop', 'silence', 'loopback', vaguer=SILENT)
def nft_drop_at_the_interface(lab):
    port = lab.process('here').listen().getsockname()[1]
    lab.nft('here', 'table netdev lab { chain c { type filter hook ingress device "lo" '
            'priority 0; tcp dport %d counter drop; } }' % port)
    yield Ask(lab.endpoint(port))


@row('firewall-drop', 'silence', expect=DROPPED, vaguer=SILENT)
def iptables_drops(lab):
    port = lab.process('there').listen().getsockname()[1]
    lab.run('there', 'iptables' if lab.family == 4 else 'ip6tables', '-A', 'INPUT', '-p', 'tcp',
            '-m', 'multiport', '--dports', '1,%d' % port, '-j', 'DROP')
    yield Ask(lab.endpoint(port))


@row('firewall-drop', 'silence', 'loopback', vaguer=SILENT)
def iptables_legacy_drops(lab):
    port = lab.process('there').listen().getsockname()[1]
    lab.run('there', 'iptables-legacy' if lab.family == 4 else 'ip6tables-legacy', '-A', 'INPUT',
            '-p', 'tcp', '--dport', str(port), '-j', 'DROP')
    yield Ask(lab.endpoint(port))


@row('firewall-drop', 'silence', 'loopback', vaguer=SILENT)
def datagrams_are_dropped(lab):
    port = lab.process('here').listen(kind=socket.SOCK_DGRAM).getsockname()[1]
    nft_rule(lab, 'here', 'input', 'udp dport %d counter drop;' % port)
    yield Ask(lab.endpoint(port, 'udp'))


@row('firewall-drop', 'silence', 'loopback', vaguer=SILENT)
def iptables_raw_drops(lab):
    port = lab.process('there').listen().getsockname()[1]
    lab.run('there', 'iptables' if lab.family == 4 else 'ip6tables', '-t', 'raw', '-A',
            'PREROUTING', '-i', 'lo', '-p', 'tcp', '--dport', str(port), '-j', 'DROP')
    yield Ask(lab.endpoint(port))


@row('firewall-drop', 'silence', 'hosts far', vaguer=SILENT)
def nothing_may_leave(lab):
    port = lab.process('there').listen().getsockname()[1]
    lab.nft('here', 'table inet lab { chain c { type filter hook output priority 0; policy drop; '
            'oifname "lo" accept; meta l4proto { icmp, ipv6-icmp } accept; udp dport 53 accept; '
            '} }')
    yield Ask(lab.endpoint(port))


@row('firewall-drop', 'silence', 'hosts far', vaguer=SILENT)
def a_set_of_addresses_is_dropped(lab):
    port = lab.process('there').listen().getsockname()[1]
    lab.nft('here', '''table inet lab {
        set bad { type ipv%d_addr; flags interval; elements = { %s/%d } }
        chain c { type filter hook output priority 0; ip%s daddr @bad counter drop; } }''' % (
            lab.family, lab.net(2, 0), 24 if lab.family == 4 else 64,
            '' if lab.family == 4 else '6'))
    yield Ask(lab.endpoint(port))


def wait_for_words(process, listener):
    process.tell('begun')
    while True:
        process.last = listener.accept()[0]


@row('firewall-drop', 'silence', 'hosts far', vaguer=SILENT + ('peer-vanished',))
def only_what_is_said_is_dropped(lab):
    """The handshake comes through."""
    server = lab.process('there')
    listener = server.listen()
    port = listener.getsockname()[1]
    begin(server, wait_for_words, listener)
    nft_rule(lab, 'here', 'output', 'tcp dport %d tcp flags & psh == psh counter drop;' % port)
    yield Ask(lab.endpoint(port), '--send', 'hello')


@row('firewall-drop', 'silence', 'hosts far', vaguer=SILENT)
def a_user_may_not_ask(lab):
    """It is not known of the rule whether it fits; the neighbour is not even asked for."""
    yield swallowed(lab, 'meta skuid 0-65535 tcp dport %d drop;', 'output', 'here')


@row('firewall-drop', 'silence', 'hosts far', families='4', vaguer=SILENT)
def encrypted_without_a_key(lab):
    port = lab.process('there').listen().getsockname()[1]
    lab.run('here', 'ip', 'xfrm', 'policy', 'add', 'dir', 'out', 'dst', lab.address(), 'tmpl',
            'proto', 'esp', 'mode', 'transport')
    yield Ask(lab.endpoint(port))


@row('firewall-drop', 'silence', 'hosts far', families='4', vaguer=SILENT + ('unknown',))
def the_answer_is_not_encrypted(lab):
    """What comes is captured before the policy drops it."""
    port = lab.process('there').listen().getsockname()[1]
    lab.run('here', 'ip', 'xfrm', 'policy', 'add', 'dir', 'in', 'src', lab.address(), 'action',
            'block')
    yield Ask(lab.endpoint(port))


@row('firewall-drop', 'silence', 'hosts far', families='4', vaguer=SILENT)
def the_answer_comes_by_another_interface(lab):
    """Strict reverse path filtering here."""
    port = lab.process('there').listen().getsockname()[1]
    lab.link('here', 'eth1', 'router', 'r-two', 5)
    lab.ip('router', 'route add %s/32 via %s' % (lab.net4(1, 1), lab.net4(5, 1)))
    lab.sysctl('here', 'ipv4.conf.all.rp_filter', 1)
    yield Ask(lab.endpoint(port))


# --- a program in the kernel: bpf(2) -------------------------------------------------------------

BPF, PROG_LOAD, LINK_CREATE = 321, 5, 28
XDP_PROGRAM, XDP_ATTACH, XDP_SKB_MODE, XDP_DROP = 6, 37, 2, 1
CLS_PROGRAM, TCX_INGRESS, TC_ACT_SHOT = 3, 46, 2


def bpf(command, raw):
    buffer = ctypes.create_string_buffer(raw.ljust(160, b'\0'), 160)
    result = libc.syscall(BPF, command, buffer, 160)
    if result < 0:
        raise Unavailable('bpf: ' + os.strerror(ctypes.get_errno()))
    return result


def attach(device, kind, hook, returned, flags=0):
    """A program that returns this for every packet."""
    code = ctypes.create_string_buffer(struct.pack('=BBhi', 0xb7, 0, 0, returned) +
                                       struct.pack('=BBhi', 0x95, 0, 0, 0))
    licence = ctypes.create_string_buffer(b'GPL')
    program = bpf(PROG_LOAD, struct.pack('=IIQQ', kind, 2, ctypes.addressof(code),
                                         ctypes.addressof(licence)))
    bpf(LINK_CREATE, struct.pack('=IIII', program, socket.if_nametoindex(device), hook, flags))


@row('firewall-drop', 'silence', 'loopback', expect=('firewall-drop', 'no-reply'), vaguer=SILENT)
def xdp_drops_everything(lab):
    port = lab.process('here').listen().getsockname()[1]
    attach('lo', XDP_PROGRAM, XDP_ATTACH, XDP_DROP, XDP_SKB_MODE)
    yield Ask(lab.endpoint(port))


@row('firewall-drop', 'silence', 'loopback', expect=('firewall-drop', 'no-reply'), vaguer=SILENT)
def tc_drops_everything(lab):
    port = lab.process('here').listen().getsockname()[1]
    attach('lo', CLS_PROGRAM, TCX_INGRESS, TC_ACT_SHOT)
    yield Ask(lab.endpoint(port))


# --- nobody answers -------------------------------------------------------------------------------

@row('no-reply', 'silence', 'hosts far')
def no_way_back(lab):
    port = lab.process('there').listen().getsockname()[1]
    lab.ip('there', 'route add blackhole %s/32' % lab.net4(1, 1),
           '-6 route add blackhole %s/128' % lab.net6(1, 1))
    yield Ask(lab.endpoint(port))


def knock(process, to):
    """Datagrams that a rule drops, all the time."""
    process.tell('begun')
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    while True:
        s.sendto(b'x', to)
        time.sleep(0.002)


@row('no-reply', 'silence', 'far')
def others_are_dropped_meanwhile(lab):
    """A firewall of another host that shares the kernel drops what has nothing to do with it."""
    lab.host('elsewhere')
    lab.nft('elsewhere', 'table inet lab { chain c { type filter hook input priority 0; '
            'udp dport 9 drop; } }')
    begin(lab.process('elsewhere'), knock, ('127.0.0.1', 9))
    lab.ip('router', 'route add blackhole %s/32' % lab.net4(2, 1),
           '-6 route add blackhole %s/128' % lab.net6(2, 1))
    yield Ask(lab.endpoint(80))


@row('no-reply', 'silence', 'far')
def swallowed_by_the_router(lab):
    lab.ip('router', 'route add blackhole %s/32' % lab.net4(2, 1),
           '-6 route add blackhole %s/128' % lab.net6(2, 1))
    yield Ask(lab.endpoint(80))


# The kernel is this one's: that some rule dropped something at that moment may be seen.
@row('no-reply', 'silence', 'far', expect=('no-reply', 'firewall-drop'))
def datagram_without_an_echo(lab):
    nft_rule(lab, 'there', 'input', 'udp dport 9 drop;')
    yield Ask(lab.endpoint(9, 'udp'))


@row('no-reply', 'silence', 'hosts far')
def its_pieces_are_dropped(lab):
    s = lab.process('there').listen(kind=socket.SOCK_DGRAM)
    lab.nft('router', 'table inet lab { chain c { type filter hook forward priority -500; '
            'ip frag-off & 0x3fff != 0 drop; exthdr frag exists drop; } }')
    yield Ask(lab.endpoint(s.getsockname()[1], 'udp'), '--send-size', '4000')


@row('no-reply', 'silence', 'far')
def the_neighbour_has_another_link_address(lab):
    lab.run('here', 'ip', 'neigh', 'replace', lab.net(1, 2), 'lladdr', '02:00:00:00:00:99', 'dev',
            'eth0')
    yield Ask(lab.endpoint(80))


@row('no-reply', 'silence', 'hosts far', families='4')
def the_peer_trusts_no_other_way(lab):
    """Reverse path filtering: it takes nothing from where it would not send to."""
    port = lab.process('there').listen().getsockname()[1]
    lab.sysctl('there', 'ipv4.conf.all.rp_filter', 1)
    lab.ip('there', 'route add 10.%d.1.0/24 dev lo' % lab.number)
    yield Ask(lab.endpoint(port))


@row('no-reply', 'silence', 'far')
def a_connect_of_another_program_hangs(lab):
    lab.ip('router', 'route add blackhole %s/32' % lab.net4(2, 1),
           '-6 route add blackhole %s/128' % lab.net6(2, 1))
    s = lab.process('here').new_socket(lab.af, socket.SOCK_STREAM)
    s.setblocking(False)
    try:
        s.connect((lab.address(), 80))
    except OSError:
        pass
    yield Ask('--socket', connection(s.getsockname(), (lab.address(), 80)))


@row('reply-other-address', 'silence', 'hosts far', vaguer=SILENT)
def the_answer_has_another_sender(lab):
    """A translation on the way back that has none on the way there."""
    port = lab.process('there').listen().getsockname()[1]
    family = '' if lab.family == 4 else '6'
    for change in ('ip%s saddr set %s' % (family, lab.net(2, 77)), 'tcp sport set 4444'):
        lab.nft('router', 'table ip%s lab { chain c { type filter hook forward priority -300; '
                'tcp sport %d %s; } }' % (family, port, change))
        yield Ask(lab.endpoint(port))
        lab.nft('router', 'delete table ip%s lab' % family)


@row('no-reply', 'silence', 'hosts far', families='4')
def our_own_address_is_translated(lab):
    """What leaves has another sender, to whom no way leads back."""
    port = lab.process('there').listen().getsockname()[1]
    lab.nft('here', 'table ip lab { chain c { type nat hook postrouting priority 100; '
            'tcp dport %d snat to 10.88.88.88; } }' % port)
    yield Ask(lab.endpoint(port))


TCP_MD5SIG = 14


def sign(_, listener, peer):
    """tcp(7): struct tcp_md5sig."""
    address = struct.pack('=HH4s', socket.AF_INET, 0, socket.inet_aton(peer)) if '.' in peer \
        else struct.pack('=HHI16sI', socket.AF_INET6, 0, 0, socket.inet_pton(socket.AF_INET6, peer), 0)
    listener.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG, address.ljust(128, b'\0') +
                        struct.pack('=BBHi80s', 0, 0, 3, 0, b'key'))


@row('no-reply', 'silence')
def a_signature_is_wanted_there(lab):
    server = lab.process('there')
    listener = server.listen()
    server.do(sign, listener, lab.address('here'))
    yield Ask(lab.endpoint(listener.getsockname()[1]))


# --- queues of the listener -------------------------------------------------------------------------

QUEUE = {'hosts': ('accept-queue-full', 'no-reply'), 'far': 'no-reply'}


def begin(process, function, *args):
    process.run(function, *args)
    process.answer()


def fill(lab, listener, n):
    """Connections that wait until the queue has one more than it may."""
    client = lab.process('here')
    for _ in range(n):
        client.connect(listener.getsockname())
    return Ask(lab.endpoint(listener.getsockname()[1]))


@row('accept-queue-full', 'silence', expect=QUEUE, vaguer=SILENT)
def never_accepts(lab):
    server = lab.process('there')
    yield fill(lab, server.listen(backlog=2), 3)


@row('accept-queue-full', 'silence', expect=QUEUE, vaguer=SILENT)
def backlog_of_none(lab):
    server = lab.process('there')
    yield fill(lab, server.listen(backlog=0), 1)


@row('accept-queue-full', 'silence', expect=QUEUE, vaguer=SILENT)
def stopped_before_it_accepts(lab):
    server = lab.process('there')
    listener = server.listen((lab.any(), 0), backlog=1)
    port = listener.getsockname()[1]
    client = lab.process('here')
    for _ in range(2):
        client.connect((lab.address(), port))
    server.stop()
    yield Ask(lab.endpoint(port))


@row('accept-queue-full', 'silence', expect=QUEUE, vaguer=SILENT)
def a_limit_of_the_host(lab):
    """listen() asked for more than net.core.somaxconn allows."""
    lab.sysctl('there', 'core.somaxconn', 1)
    yield fill(lab, lab.process('there').listen(backlog=128), 2)


@row('accept-queue-full', 'silence', 'loopback')
def seen_at_the_listener(lab):
    asked = fill(lab, lab.process('here').listen(backlog=1), 2)
    more = lab.process('here').new_socket(lab.af, socket.SOCK_STREAM)
    more.setblocking(False)
    try:
        more.connect((lab.address(), int(asked.args[0].rpartition(':')[2])))
    except OSError:
        pass
    yield Ask('--socket', asked.args[0])


def keep_accepting(process, listener):
    process.tell('begun')
    while True:
        process.last = listener.accept()


def knock_once(process, to):
    """Connects unless nobody answers soon."""
    s = socket.socket(socket.AF_INET6 if ':' in to[0] else socket.AF_INET)
    s.settimeout(0.1)
    process.knocked = getattr(process, 'knocked', []) + [s]
    try:
        s.connect(to)
    except TimeoutError:
        pass


@row('accept-queue-full', 'silence', 'loopback', expect=('accept-queue-full', 'healthy'),
     vaguer=SILENT)
def one_of_two_that_share_the_port(lab):
    """Which of them gets it is chance."""
    share = (socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    other = lab.process('here').listen(backlog=0, options=(share,))
    name = other.getsockname()[:2]
    process, client = lab.process('here'), lab.process('here')
    begin(process, keep_accepting, process.listen(name, options=(share,)))
    for _ in range(8):
        client.do(knock_once, name)
    yield Ask(lab.endpoint(name[1]))
    yield Ask(lab.endpoint(name[1]))


def spin(_):
    while True:
        time.sleep(0.0005)


@row('accept-queue-full', 'silence', expect=QUEUE, vaguer=SILENT)
def busy_with_something_else(lab):
    server = lab.process('there')
    ask = fill(lab, server.listen(backlog=1), 2)
    server.run(spin)
    yield ask


def exhaust(process):
    """Open files up to the limit."""
    import resource  # pylint: disable=import-outside-toplevel
    resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
    process.files = []
    try:
        while True:
            process.files.append(os.dup(0))
    except OSError:
        return len(process.files)


@row('too-many-open-files', 'silence', expect={'hosts': ('too-many-open-files', 'no-reply',
                                                         'accept-queue-full'),
                                               'far': 'no-reply'},
     vaguer=SILENT + ('accept-queue-full',))
def the_server_has_no_descriptor_left(lab):
    server = lab.process('there')
    listener = server.listen(backlog=1)
    server.do(exhaust)
    yield fill(lab, listener, 2)


def half_open(lab, host, target, port, n):
    """SYN from addresses that nobody has: the answers go nowhere."""
    with lab.inside(host):
        raw = socket.socket(lab.af, socket.SOCK_RAW, socket.IPPROTO_RAW)
    for i in range(n):
        syn = struct.pack('!HHIIBBHHH', 1000 + i, port, i, 0, 5 << 4, 2, 1000, 0, 0)
        source = socket.inet_pton(lab.af, '10.%d.200.1' % lab.number if lab.family == 4
                                  else 'fd00:%x:200::1' % lab.number)
        to = socket.inet_pton(lab.af, target)
        pseudo = source + to + struct.pack('!HH' if lab.family == 4 else '!II', *(
            (6, len(syn)) if lab.family == 4 else (len(syn), 6)))
        syn = syn[:16] + struct.pack('!H', checksum(pseudo + syn)) + syn[18:]
        if lab.family == 4:
            head = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(syn), 0, 0, 64, 6, 0, source, to)
        else:
            head = struct.pack('!IHBB16s16s', 6 << 28, len(syn), 6, 64, source, to)
        raw.sendto(head + syn, (target, 0))


def checksum(raw):
    raw += b'\0' * (len(raw) % 2)
    total = sum(struct.unpack('!%dH' % (len(raw) // 2), raw))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def half_open_at(lab, host, sender):
    """A listener on the host whose half-open connections are as many as there may be."""
    target = lab.address(host)
    lab.sysctl(host, 'ipv4.tcp_syncookies', 0)
    lab.sysctl(host, 'ipv4.tcp_max_syn_backlog', 4)
    port = lab.process(host).listen(backlog=4).getsockname()[1]
    lab.ip('router', 'route add blackhole 10.%d.200.0/24' % lab.number,
           '-6 route add blackhole fd00:%x:200::/64' % lab.number)
    half_open(lab, sender, target, port, 32)
    return Ask(lab.endpoint(port, address=target))


@row('syn-queue-full', 'silence', 'hosts far', vaguer=SILENT,
     expect={'hosts': ('syn-queue-full', 'no-reply'), 'far': 'no-reply'})
def half_open_connections_there(lab):
    yield half_open_at(lab, 'there', 'router')


@row('syn-queue-full', 'silence', 'hosts', vaguer=SILENT)
def half_open_connections_here(lab):
    yield half_open_at(lab, 'here', 'router')


# --- the way -----------------------------------------------------------------------------------------

@row('host-unreachable', 'silence', 'hosts far')
def nobody_has_that_address(lab):
    yield Ask(lab.endpoint(80, address=lab.net(1, 77)))


@row('host-unreachable', 'silence', 'hosts far')
def the_gateway_is_off(lab):
    lab.ip('here', 'route replace default via ' + lab.net4(1, 66),
           '-6 route replace default via ' + lab.net6(1, 66))
    yield Ask(lab.endpoint(80))


@row('host-unreachable', 'silence', 'hosts far')
def a_neighbour_that_failed_before(lab):
    with lab.inside('here'):
        s = socket.socket(lab.af, socket.SOCK_DGRAM)
        s.sendto(b'x', (lab.net(1, 78), 9))
    until(lambda: 'FAILED' in lab.run('here', 'ip', 'neigh', 'show', lab.net(1, 78)),
          what='the neighbour\'s failure')
    yield Ask(lab.endpoint(80, address=lab.net(1, 78)))


@row('host-unreachable', 'silence', 'hosts far')
def the_router_says_so(lab):
    lab.ip('router', 'route add unreachable %s/32' % lab.net4(2, 1),
           '-6 route add unreachable %s/128' % lab.net6(2, 1))
    yield Ask(lab.endpoint(80))


def nobodys_way(lab):
    """The router and the other host send it to each other."""
    lab.ip('router', 'route add 10.77.0.0/16 via ' + lab.net4(2, 1),
           '-6 route add fd77::/16 via ' + lab.net6(2, 1))
    for key in ('ipv4.ip_forward', 'ipv6.conf.all.forwarding'):
        lab.sysctl('there', key, 1)
    return '10.77.0.1' if lab.family == 4 else 'fd77::1'


@row('host-unreachable', 'silence', 'hosts far', vaguer=SILENT + ('unknown',))
def the_way_goes_round_in_a_circle(lab):
    nowhere = nobodys_way(lab)
    yield Ask(lab.endpoint(80, address=nowhere))
    yield Ask(lab.endpoint(80, 'udp', address=nowhere))


@row('host-unreachable', 'silence', 'hosts far', vaguer=SILENT)
def nobody_has_the_datagrams_address(lab):
    yield Ask(lab.endpoint(80, 'udp', address=lab.net(1, 77)))


ELSEWHERE = {4: '203.0.113.7', 6: '2001:db8:7::7'}


def two_ways(lab, gateways):
    """The load is shared by connection."""
    six = '-6 ' if lab.family == 6 else ''
    lab.ip('here', six + 'route del default', six + 'route add default' +
           ''.join(' nexthop via ' + gateway for gateway in gateways))
    lab.sysctl('here', 'ipv%d.fib_multipath_hash_policy' % lab.family, 1)
    return lab.process('there').listen().getsockname()[1]


@row('host-unreachable', 'silence', 'hosts far', expect=('host-unreachable', 'healthy'))
def one_of_two_gateways_is_off(lab):
    """Each connection goes by one of them."""
    port = two_ways(lab, (lab.net(1, 2), lab.net(1, 9)))
    yield Ask(lab.endpoint(port), '--repeat', '4', '--every', '0.01')


# The kernel is this one's: that some rule dropped something at that moment may be seen.
@row('no-reply', 'silence', 'hosts far', expect=('no-reply', 'firewall-drop'))
def its_answer_is_dropped_on_either_of_two_ways(lab):
    lab.link('here', 'eth1', 'router', 'r-two', 5)
    port = two_ways(lab, (lab.net(1, 2), lab.net(5, 2)))
    nft_rule(lab, 'router', 'forward', 'tcp sport %d drop;' % port)
    for _ in range(2):
        yield Ask(lab.endpoint(port))


@row('network-unreachable', 'silence', 'loopback', families='6')
def a_link_local_address_without_its_interface(_):
    yield Ask('tcp://[fe80::1]:80')


@row('network-unreachable', 'silence', 'loopback', families='6')
def the_protocol_is_switched_off(lab):
    lab.sysctl('here', 'ipv6.conf.all.disable_ipv6', 1)
    yield Ask('tcp://[fd00:77::1]:80')


@row('network-unreachable', 'silence', 'loopback')
def no_network_at_all(lab):
    yield Ask(lab.endpoint(80, address=ELSEWHERE[lab.family]))


@row('network-unreachable', 'silence', 'hosts')
def no_default_route(lab):
    lab.ip('here', 'route del default', '-6 route del default')
    yield Ask(lab.endpoint(80, address=ELSEWHERE[lab.family]))


@row('network-unreachable', 'silence', 'hosts far',
     expect=('network-unreachable', 'host-unreachable'))
def the_router_has_no_route(lab):
    yield Ask(lab.endpoint(80, address=ELSEWHERE[lab.family]))


def blocked(lab, kind):
    lab.ip('here', 'route add %s %s/32' % (kind, lab.net4(2, 1)),
           '-6 route add %s %s/128' % (kind, lab.net6(2, 1)))
    return Ask(lab.endpoint(80))


@row('route-blocked', 'silence', 'hosts far')
def route_of_type_blackhole(lab):
    yield blocked(lab, 'blackhole')


@row('route-blocked', 'silence', 'hosts far')
def route_of_type_prohibit(lab):
    yield blocked(lab, 'prohibit')


@row('route-blocked', 'silence', 'hosts far')
def route_of_type_unreachable(lab):
    yield blocked(lab, 'unreachable')


@row('route-blocked', 'silence', 'hosts far')
def rule_of_type_prohibit(lab):
    lab.ip('here', 'rule add to %s prohibit' % lab.net4(2, 1),
           '-6 rule add to %s prohibit' % lab.net6(2, 1))
    yield Ask(lab.endpoint(80))


@row('route-blocked', 'silence', 'hosts far')
def rule_of_type_unreachable(lab):
    """Its errno is that of a table without a route."""
    lab.ip('here', 'rule add to %s/31 ipproto tcp dport 70-90 unreachable' % lab.net4(2, 0),
           '-6 rule add to %s/127 ipproto tcp dport 70-90 unreachable' % lab.net6(2, 0))
    yield Ask(lab.endpoint(80))
    yield Ask(lab.endpoint(80, 'udp'), expect='no-listener')


@row('route-blocked', 'silence', 'hosts far')
def rule_of_type_blackhole_for_a_port(lab):
    lab.ip('here', 'rule add ipproto tcp dport 80 blackhole',
           '-6 rule add ipproto tcp dport 80 blackhole')
    yield Ask(lab.endpoint(80))
    yield Ask(lab.endpoint(81), expect='no-listener')


@row('interface-down', 'silence', 'hosts far')
def cable_pulled(lab):
    lab.ip('router', 'link set r-here down')
    yield Ask(lab.endpoint(80))


@row('interface-down', 'silence', 'hosts far')
def cable_pulled_before_a_datagram(lab):
    lab.ip('router', 'link set r-here down')
    yield Ask(lab.endpoint(80, 'udp'))


@row('interface-down', 'silence', 'hosts far', expect=('interface-down', 'network-unreachable'))
def switched_off(lab):
    lab.ip('here', 'link set eth0 down')
    yield Ask(lab.endpoint(80, address=lab.net(1, 2)))


# As it is in a fresh network namespace.
@row('interface-down', 'silence', 'loopback')
def loopback_is_switched_off(lab):
    lab.ip('here', 'link set lo down')
    yield Ask(lab.endpoint(80))


def swallow(_, listener):
    """Take a connection and everything that it sends."""
    taken = listener.accept()[0]
    while taken.recv(1 << 20):
        pass


def narrow_and_mute(lab):
    """The router's second link is narrow, and nobody hears of it."""
    lab.ip('router', 'link set r-there mtu 1300')
    lab.ip('there', 'link set eth0 mtu 1300')
    # What there announces as its segment size would tell of it, too.
    lab.ip('there', 'route replace default via %s advmss 1440' % lab.net4(2, 2),
           '-6 route replace default via %s advmss 1440' % lab.net6(2, 2))
    lab.nft('router', 'table inet lab { chain c { type filter hook output priority 0; '
            'icmp type destination-unreachable counter drop; '
            'icmpv6 type packet-too-big counter drop; } }')


# Of a peer that never says anything it cannot be told from far whether it is still there.
@row('path-mtu-blackhole', 'stalled', 'hosts far',
     expect={'far': ('path-mtu-blackhole', 'peer-vanished')}, vaguer=['peer-vanished'])
def large_packets_vanish(lab):
    narrow_and_mute(lab)
    server, client = lab.process('there'), lab.process('here')
    listener = server.listen()
    server.run(swallow, listener)
    s = client.connect(listener.getsockname())
    s.send(b'a short one comes through')
    until(lambda: s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)[24:28] == bytes(4),
          what='its acknowledgement')
    s.send(b'x' * 30000)

    yield Ask('--socket', connection(s.getsockname(), s.getpeername()))


def drain(process, s):
    """Read without end."""
    process.tell('begun')
    while s.recv(1 << 20):
        pass


def swallow_and_tick(process, listener):
    process.tell('begun')
    taken = listener.accept()[0]
    taken.setblocking(False)
    while True:
        try:
            taken.send(b'tick')
            taken.recv(1 << 20)
        except BlockingIOError:
            pass
        time.sleep(0.1)


@row('path-mtu-blackhole', 'stalled', 'hosts far')
def large_packets_vanish_and_the_peer_still_talks(lab):
    narrow_and_mute(lab)
    server, client = lab.process('there'), lab.process('here')
    listener = server.listen()
    begin(server, swallow_and_tick, listener)
    s = client.connect(listener.getsockname())
    s.send(b'x' * 30000)
    begin(client, drain, s)
    yield Ask('--socket', connection(s.getsockname(), s.getpeername()))


def answer_at_length(process, listener):
    process.tell('begun')
    while True:
        taken = listener.accept()[0]
        taken.recv(1000)
        taken.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n' + b'x' * 90000)


# From far there is nothing to be seen but a server that thinks.
@row('path-mtu-blackhole', 'silence', 'hosts', vaguer=['healthy'])
def large_answers_vanish(lab):
    lab.ip('router', 'link set r-here mtu 1300')
    lab.nft('router', 'table inet lab { chain c { type filter hook output priority 0; '
            'icmp type destination-unreachable counter drop; '
            'icmpv6 type packet-too-big counter drop; } }')
    server = lab.process('there')
    listener = server.listen()
    begin(server, answer_at_length, listener)
    yield Ask(lab.endpoint(listener.getsockname()[1]), '--send', 'GET / HTTP/1.0\r\n\r\n')


@row('path-mtu-blackhole', 'silence', 'hosts far')
def large_messages_vanish(lab):
    narrow_and_mute(lab)
    server = lab.process('there')
    listener = server.listen()
    server.run(swallow, listener)
    yield Ask(lab.endpoint(listener.getsockname()[1]), '--send-size', '30000', '--wait', '1.2')
