"""Refused: somebody says no at once."""
import socket

from table import Ask, row


def nft_rule(lab, host, hook, rule, priority='filter'):
    lab.nft(host, 'table inet lab { chain c { type filter hook %s priority %s; %s } }' %
            (hook, priority, rule))


@row('no-listener', 'refused')
def nobody_ever_listened(lab):
    yield Ask(lab.endpoint(lab.free_port()))


@row('no-listener', 'refused')
def server_died(lab):
    server = lab.process('there')
    port = server.listen().getsockname()[1]
    server.kill()
    yield Ask(lab.endpoint(port))


@row('no-listener', 'refused')
def bound_and_never_listened(lab):
    server = lab.process('there')
    s = server.new_socket(lab.af, socket.SOCK_STREAM)
    s.bind((lab.address(), 0))
    yield Ask(lab.endpoint(s.getsockname()[1]))


@row('no-listener', 'refused')
def datagram_to_nobody(lab):
    yield Ask(lab.endpoint(lab.free_port(kind=socket.SOCK_DGRAM), 'udp'))


@row('no-listener', 'refused')
def its_socket_is_connected_to_somebody_else(lab):
    s = lab.process('there').listen(kind=socket.SOCK_DGRAM)
    port = s.getsockname()[1]
    s.connect((lab.address(), 9))
    yield Ask(lab.endpoint(port, 'udp'))


@row('no-listener', 'refused')
def tcp_asked_udp_served(lab):
    s = lab.process('there').listen(kind=socket.SOCK_DGRAM)
    yield Ask(lab.endpoint(s.getsockname()[1]))


@row('no-listener', 'refused', 'loopback')
def dead_under_a_firewall_that_lets_it_through(lab):
    nft_rule(lab, 'here', 'input', 'tcp dport 1-100 counter drop; counter accept;')
    yield Ask(lab.endpoint(lab.free_port()))


# --- somebody listens, but not there -----------------------------------------------------------

def other_address(lab):
    if lab.family == 4:
        return '127.0.0.2'
    lab.ip('here', '-6 addr add fd00:99::2/128 dev lo nodad')
    return 'fd00:99::2'


@row('listener-other-address', 'refused', 'loopback')
def on_another_loopback_address(lab):
    s = lab.process('here').listen((other_address(lab), 0))
    yield Ask(lab.endpoint(s.getsockname()[1]))


@row('listener-other-address', 'refused', 'hosts')
def on_loopback_only(lab):
    s = lab.process('here').listen(('127.0.0.1' if lab.family == 4 else '::1', 0))
    yield Ask(lab.endpoint(s.getsockname()[1], address=lab.address('here')))


@row('listener-other-address', 'refused', 'hosts')
def on_the_interface_only(lab):
    s = lab.process('here').listen((lab.address('here'), 0))
    yield Ask(lab.endpoint(s.getsockname()[1],
                           address='127.0.0.1' if lab.family == 4 else '::1'))


@row('listener-other-address', 'refused', 'hosts far',
     expect={'hosts': ('listener-other-address', 'no-listener'), 'far': 'no-listener'})
def there_on_loopback_only(lab):
    s = lab.process('there').listen(('127.0.0.1' if lab.family == 4 else '::1', 0))
    yield Ask(lab.endpoint(s.getsockname()[1]))


@row('listener-other-address', 'refused', 'hosts', vaguer=['no-listener'])
def there_on_another_device(lab):
    s = lab.process('there').listen((lab.any(), 0), options=(
        (socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'lo\0'),))
    yield Ask(lab.endpoint(s.getsockname()[1]))


@row('listener-other-address', 'refused', 'loopback')
def datagrams_on_another_address(lab):
    s = lab.process('here').listen((other_address(lab), 0), kind=socket.SOCK_DGRAM)
    yield Ask(lab.endpoint(s.getsockname()[1], 'udp'))


V6ONLY = (socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)


@row('listener-other-family', 'refused', 'loopback hosts')
def every_address_of_the_other_family(lab):
    other = ('::', 0) if lab.family == 4 else ('0.0.0.0', 0)
    s = lab.process('here').listen(other, options=(V6ONLY,) if lab.family == 4 else ())
    yield Ask(lab.endpoint(s.getsockname()[1], address=lab.address('here')))


@row('listener-other-family', 'refused', 'loopback')
def loopback_of_the_other_family(lab):
    s = lab.process('here').listen(('::1' if lab.family == 4 else '127.0.0.1', 0))
    yield Ask(lab.endpoint(s.getsockname()[1]))


@row('listener-other-namespace', 'refused', 'loopback', vaguer=['no-listener'])
def in_a_container(lab):
    lab.host('container')
    lab.name('container', 'web')
    s = lab.process('container').listen()
    yield Ask(lab.endpoint(s.getsockname()[1]))


@row('listener-other-namespace', 'refused', 'loopback', vaguer=['no-listener'])
def in_a_namespace_without_a_name(lab):
    lab.host('container')
    s = lab.process('container').listen((lab.any(), 0))
    yield Ask(lab.endpoint(s.getsockname()[1]))


# --- a rule that answers -----------------------------------------------------------------------

REJECTED = ('no-listener', 'listener-other-address', 'no-reply')


def refusing(lab, rule, hook='input', host='there'):
    """A server behind a rule that refuses it."""
    s = lab.process('there').listen()
    port = s.getsockname()[1]
    nft_rule(lab, host, hook, rule % port)
    return Ask(lab.endpoint(port))


@row('firewall-reject', 'refused', 'loopback hosts far', vaguer=REJECTED)
def nft_reject(lab):
    yield refusing(lab, 'tcp dport %d counter reject;')


@row('firewall-reject', 'refused', 'loopback hosts', vaguer=REJECTED)
def nft_reject_with_reset(lab):
    yield refusing(lab, 'tcp dport %d counter reject with tcp reset;')


@row('firewall-reject', 'refused', 'loopback', vaguer=REJECTED)
def nft_reject_without_counter(lab):
    yield refusing(lab, 'tcp dport %d reject with tcp reset;')


@row('firewall-reject', 'refused', 'loopback hosts far', vaguer=REJECTED)
def nft_reject_on_the_way_out(lab):
    yield refusing(lab, 'tcp dport %d counter reject;', 'output', 'here')


@row('firewall-reject', 'refused', 'loopback hosts far', vaguer=REJECTED)
def admin_prohibited(lab):
    yield refusing(lab, 'tcp dport %d counter reject with icmpx type admin-prohibited;')


# What a host that has lost its network, or one without TCP, would say.
STRANGE = {4: ('net-unreachable', 'host-unreachable', 'prot-unreachable'),
           6: ('no-route', 'addr-unreachable', 'reject-route')}


@row('firewall-reject', 'refused', vaguer=REJECTED + ('host-unreachable',))
def a_rule_that_speaks_like_a_router(lab):
    lab.sysctl('there', 'ipv6.icmp.ratelimit', 0) # one answer after the other
    for word in STRANGE[lab.family]:
        yield refusing(lab, 'tcp dport %%d reject with icmp%s type %s;' % (
            '' if lab.family == 4 else 'v6', word))


@row('firewall-reject', 'refused', vaguer=REJECTED)
def a_user_is_rejected(lab):
    """Nothing leaves this host, and it is not known of the rule whether it fits."""
    yield refusing(lab, 'meta skuid 0-65535 tcp dport %d reject with tcp reset;', 'output', 'here')


@row('firewall-reject', 'refused', 'hosts far', vaguer=REJECTED)
def router_rejects(lab):
    yield refusing(lab, 'tcp dport %d counter reject;', 'forward', 'router')


@row('firewall-reject', 'refused', 'loopback hosts far', vaguer=REJECTED)
def iptables_rejects(lab):
    s = lab.process('there').listen()
    port = s.getsockname()[1]
    lab.run('there', 'iptables' if lab.family == 4 else 'ip6tables', '-A', 'INPUT', '-p', 'tcp',
            '--dport', str(port), '-j', 'REJECT')
    yield Ask(lab.endpoint(port))


@row('firewall-reject', 'refused', 'loopback', vaguer=REJECTED)
def iptables_legacy_rejects(lab):
    port = lab.free_port()
    lab.run('there', 'iptables-legacy' if lab.family == 4 else 'ip6tables-legacy', '-A', 'INPUT',
            '-p', 'tcp', '--dport', str(port), '-j', 'REJECT', '--reject-with', 'tcp-reset')
    yield Ask(lab.endpoint(port))


@row('firewall-reject', 'refused', 'loopback', vaguer=REJECTED)
def a_set_of_ports_is_rejected(lab):
    port = lab.free_port()
    lab.nft('here', '''table inet lab {
        set closed { type inet_service; flags interval; elements = { 22, %d-%d } }
        chain inner { counter reject; }
        chain c { type filter hook input priority 0; tcp dport @closed jump inner; } }'''
            % (port, port + 1))
    yield Ask(lab.endpoint(port))


@row('nat-no-backend', 'refused', 'loopback', vaguer=['no-listener'])
def redirected_to_a_closed_port(lab):
    port, closed = lab.free_port(), lab.free_port()
    lab.nft('here', 'table ip%s lab { chain c { type nat hook output priority -100; '
            'tcp dport %d counter redirect to :%d; } }' %
            ('' if lab.family == 4 else '6', port, closed))
    yield Ask(lab.endpoint(port))


@row('nat-no-backend', 'refused', 'hosts far', vaguer=['no-listener'],
     expect={'hosts': ('nat-no-backend', 'no-listener'), 'far': 'no-listener'})
def published_by_the_router_to_nobody(lab):
    closed = lab.free_port()
    target = '%s' if lab.family == 4 else '[%s]'
    lab.nft('router', 'table ip%s lab { chain c { type nat hook prerouting priority -100; '
            'tcp dport 8080 dnat to %s:%d; } }' %
            ('' if lab.family == 4 else '6', target % lab.address(), closed))
    yield Ask(lab.endpoint(8080, address=lab.net(1, 2)))
