"""Local: this host says no before anything is sent; bind(2) and its neighbours."""
import ctypes
import resource
import socket
import struct

from lab import libc, until
from table import Ask, row

REUSE = (socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)


# --- no port, no descriptor, no permission --------------------------------------------------------

def taken_ports(lab, n):
    """All local ports in connections to one server; its port."""
    lab.sysctl('here', 'ipv4.ip_local_port_range', '40000 %d' % (40000 + n - 1))
    listener = lab.process('there').listen((lab.any(), 8080), backlog=2 * n)
    client = lab.process('here')
    for _ in range(n):
        client.connect((lab.address(), 8080))
    return listener


@row('ephemeral-ports-exhausted', 'local')
def every_port_is_connected(lab):
    taken_ports(lab, 10)
    yield Ask(lab.endpoint(8080))


@row('ephemeral-ports-exhausted', 'local', 'loopback', families='4')
def every_port_is_in_time_wait(lab):
    lab.sysctl('here', 'ipv4.tcp_tw_reuse', 0)
    lab.sysctl('here', 'ipv4.ip_local_port_range', '40000 40009')
    server, client = lab.process('there'), lab.process('here')
    listener = server.listen((lab.any(), 8080))
    for _ in range(10):
        s = client.connect((lab.address(), 8080))
        taken = listener.accept()[0]
        s.close()
        taken.close()
    yield Ask(lab.endpoint(8080))


@row('ephemeral-ports-exhausted', 'bind', 'loopback')
def every_port_is_bound(lab):
    lab.sysctl('here', 'ipv4.ip_local_port_range', '40000 40003')
    server = lab.process('here')
    for port in range(40000, 40004):
        server.listen((lab.any(), port))
    yield Ask('bind:' + lab.endpoint(0))


@row('ephemeral-ports-exhausted', 'bind', 'loopback hosts')
def every_port_is_reserved(lab):
    listener = lab.process('there').listen((lab.any(), 8080))
    lab.sysctl('here', 'ipv4.ip_local_port_range', '40000 40009')
    lab.sysctl('here', 'ipv4.ip_local_reserved_ports', '39000,40000-40004,40005-45000')
    yield Ask(lab.endpoint(listener.getsockname()[1]))
    yield Ask('bind:' + lab.endpoint(0, address=lab.address('here')))


@row('address-not-local', 'bind', 'loopback hosts')
def bind_to_a_foreign_address(lab):
    yield Ask('bind:' + lab.endpoint(8080, address='192.0.2.1' if lab.family == 4
                                     else '2001:db8::1'))


@row('address-not-local', 'bind', 'hosts far')
def bind_to_the_other_host(lab):
    yield Ask('bind:' + lab.endpoint(8080, 'udp'))


@row('address-not-local', 'local', 'hosts far', families='6', vaguer=['no-reply', 'unknown'])
def only_the_link_s_own_address_is_left(lab):
    """The other one is somebody else's, too (RFC 4862, 5.4.5): routers send nothing back to it."""
    port = lab.process('there').listen().getsockname()[1]
    for key in ('conf.eth0.accept_dad', 'conf.all.accept_dad', 'conf.eth0.dad_transmits'):
        lab.sysctl('here', 'ipv6.' + key, 1)
    lab.ip('router', '-6 addr add %s/64 dev r-here nodad' % lab.net6(1, 7))
    lab.ip('here', '-6 addr del %s/64 dev eth0' % lab.net6(1, 1),
           '-6 addr add %s/64 dev eth0' % lab.net6(1, 7))
    until(lambda: 'dadfailed' in lab.run('here', 'ip', '-6', 'addr', 'show', 'dev', 'eth0'),
          what='the failure')
    yield Ask(lab.endpoint(port))


@row('address-not-local', 'bind', 'hosts', families='6')
def an_address_that_is_still_being_checked(lab):
    """Duplicate address detection: RFC 4862, 5.4."""
    for key, value in (('all.accept_dad', 1), ('eth0.accept_dad', 1), ('eth0.dad_transmits', 30)):
        lab.sysctl('here', 'ipv6.conf.' + key, value)
    lab.ip('here', '-6 addr add %s/64 dev eth0' % lab.net6(1, 77))
    yield Ask('bind:' + lab.endpoint(8080, address=lab.net6(1, 77)))


@row('privileged-port', 'bind', 'loopback', unprivileged=True)
def port_below_1024(lab):
    yield Ask('bind:' + lab.endpoint(80))


@row('privileged-port', 'bind', 'loopback', unprivileged=True)
def port_below_what_was_set(lab):
    lab.sysctl('here', 'ipv4.ip_unprivileged_port_start', 9000)
    yield Ask('bind:' + lab.endpoint(8080, 'udp'))


@row('too-many-open-files', 'local', 'loopback')
def our_own_descriptors(lab):
    port = lab.process('here').listen().getsockname()[1]
    yield Ask(lab.endpoint(port),
              limits=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (10, 10)))


SECCOMP_ERRNO, SECCOMP_ALLOW, CONNECT = 0x00050000, 0x7fff0000, 42


def forbid_connect():
    """A seccomp filter, as a sandbox has: connect(2) of internet addresses gives EPERM."""
    program = b''.join(struct.pack('=HBBI', *line) for line in (
        (0x20, 0, 0, 0), (0x15, 0, 1, CONNECT), (0x06, 0, 0, SECCOMP_ERRNO | 1),
        (0x06, 0, 0, SECCOMP_ALLOW)))
    buffer = ctypes.create_string_buffer(program)
    header = ctypes.create_string_buffer(struct.pack('=HxxxxxxQ', 4, ctypes.addressof(buffer)))
    libc.prctl(38, 1, 0, 0, 0)
    if libc.prctl(22, 2, header):
        raise OSError(ctypes.get_errno(), 'seccomp')


@row('permission-denied', 'local', 'loopback hosts')
def a_sandbox_forbids_connect(lab):
    port = lab.process('there').listen().getsockname()[1]
    yield Ask(lab.endpoint(port), limits=forbid_connect)


# --- the port is in use ------------------------------------------------------------------------------

@row('port-in-use-listener', 'bind', 'loopback hosts')
def somebody_listens(lab):
    s = lab.process('here').listen((lab.address('here'), 0))
    yield Ask('bind:' + lab.endpoint(s.getsockname()[1], address=lab.address('here')))


@row('port-in-use-listener', 'bind', 'loopback')
def somebody_listens_on_every_address(lab):
    s = lab.process('here').listen((lab.any(), 0))
    yield Ask('bind:' + lab.endpoint(s.getsockname()[1]))


@row('port-in-use-listener', 'bind', 'loopback')
def every_address_is_asked_for(lab):
    s = lab.process('here').listen()
    yield Ask('bind:' + lab.endpoint(s.getsockname()[1], address=lab.any()))


@row('port-in-use-listener', 'bind', 'loopback', families='4')
def both_families_are_taken(lab):
    s = lab.process('here').listen(('::', 0))
    yield Ask('bind:' + lab.endpoint(s.getsockname()[1]))


@row('port-in-use-listener', 'bind', 'loopback')
def several_listen_with_reuseport(lab):
    share = (socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s = lab.process('here').listen(options=(share,))
    lab.process('here').listen((lab.address(), s.getsockname()[1]), options=(share,))
    yield Ask('bind:' + lab.endpoint(s.getsockname()[1]))


@row('port-in-use-bound', 'bind', 'loopback')
def bound_without_listening(lab):
    s = lab.process('here').new_socket(lab.af, socket.SOCK_STREAM)
    s.bind((lab.address(), 0))
    yield Ask('bind:' + lab.endpoint(s.getsockname()[1]))


@row('port-in-use-bound', 'bind', 'loopback')
def bound_by_a_datagram_socket(lab):
    s = lab.process('here').listen(kind=socket.SOCK_DGRAM)
    yield Ask('bind:' + lab.endpoint(s.getsockname()[1], 'udp'))


@row('port-in-use-bound', 'bind', 'loopback')
def bound_to_every_address(lab):
    s = lab.process('here').new_socket(lab.af, socket.SOCK_STREAM)
    s.bind((lab.any(), 0))
    yield Ask('bind:' + lab.endpoint(s.getsockname()[1]))


def connected(lab, *options):
    """A connection whose end here has a port of its own, and both of its processes."""
    server, client = lab.process('there'), lab.process('here')
    listener = server.listen()
    s = client.connect(listener.getsockname(), options)
    return s, listener.accept()[0]


@row('port-in-use-connection', 'bind')
def the_port_of_a_client(lab):
    s, _ = connected(lab)
    yield Ask('bind:' + lab.endpoint(s.getsockname()[1], address=lab.address('here')),
              '--no-reuseaddr')


@row('port-in-use-connection', 'bind', 'loopback')
def a_server_without_reuseaddr_that_has_stopped_to_listen(lab):
    server, client = lab.process('here'), lab.process('here')
    listener = server.new_socket(lab.af, socket.SOCK_STREAM)
    listener.bind((lab.address(), 0))
    listener.listen(1)
    port = listener.getsockname()[1]
    client.connect((lab.address(), port))
    listener.accept()
    listener.close()
    yield Ask('bind:' + lab.endpoint(port))


@row('port-in-use-closing', 'bind')
def a_client_that_waits_for_the_peers_end(lab):
    s, _ = connected(lab)
    port = s.getsockname()[1]
    s.close()
    yield Ask('bind:' + lab.endpoint(port, address=lab.address('here')), '--no-reuseaddr')


@row('port-in-use-closing', 'bind', 'loopback')
def a_half_closed_client(lab):
    s, _ = connected(lab)
    s.shutdown(socket.SHUT_WR)
    yield Ask('bind:' + lab.endpoint(s.getsockname()[1]), '--no-reuseaddr')


@row('port-in-use-time-wait', 'bind')
def a_client_that_closed_first(lab):
    s, other = connected(lab)
    port = s.getsockname()[1]
    s.close()
    other.close()
    yield Ask('bind:' + lab.endpoint(port, address=lab.address('here')), '--no-reuseaddr')


@row('port-in-use-time-wait', 'bind', 'loopback')
def a_server_that_closed_first(lab):
    server, client = lab.process('here'), lab.process('here')
    listener = server.listen()
    port = listener.getsockname()[1]
    s = client.connect((lab.address(), port))
    taken = listener.accept()[0]
    taken.close()
    s.close()
    server.kill()
    yield Ask('bind:' + lab.endpoint(port, address=lab.any()), '--no-reuseaddr')


@row('port-in-use-time-wait', 'bind', 'loopback', families='4')
def of_a_server_for_both_families(lab):
    """Its connection's addresses are IPv6 that stand for IPv4."""
    server, client = lab.process('here'), lab.process('here')
    listener = server.listen(('::', 0))
    port = listener.getsockname()[1]
    s = client.connect(('127.0.0.1', port))
    taken = listener.accept()[0]
    taken.close()
    s.close()
    server.kill()
    yield Ask('bind:' + lab.endpoint(port), '--no-reuseaddr')


@row('port-in-use-bound', 'bind', 'loopback', families='4')
def bound_for_both_families(lab):
    s = lab.process('here').new_socket(socket.AF_INET6, socket.SOCK_STREAM)
    s.bind(('::', 0))
    yield Ask('bind:' + lab.endpoint(s.getsockname()[1]))


@row('port-in-use-listener', 'bind', 'loopback')
def two_hold_it_in_different_ways(lab):
    """A listener, and a connection in TIME_WAIT: the listener bites first."""
    server, client = lab.process('here'), lab.process('here')
    listener = server.listen()
    port = listener.getsockname()[1]
    s = client.connect((lab.address(), port))
    taken = listener.accept()[0]
    taken.close()
    s.close()
    yield Ask('bind:' + lab.endpoint(port), '--no-reuseaddr')
