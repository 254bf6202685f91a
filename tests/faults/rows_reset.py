"""Resets: a connection was there, and something tore it down."""
import socket
import struct
import time

from rows_closing import CLOSE_WAIT, when
from rows_refused import nft_rule
from rows_stall import about, begin, pair
from table import Ask, row

ABORT = (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
SOMEHOW = ('reset-abort', 'reset-unread-data', 'reset-no-socket', 'reset-by-middle')


def accept_each(process, listener, with_each):
    process.tell('begun')
    while True:
        with_each(listener.accept()[0])


def server_that(lab, with_each):
    server = lab.process('there')
    listener = server.listen()
    begin(server, accept_each, listener, with_each)
    return listener.getsockname()[1]


def close_unread(s):
    s.recv(1, socket.MSG_PEEK)
    s.close()


@row('reset-unread-data', 'reset', vaguer=SOMEHOW)
def closes_before_it_has_read(lab):
    yield Ask(lab.endpoint(server_that(lab, close_unread)), '--send', 'hello')


@row('reset-unread-data', 'reset', vaguer=SOMEHOW)
def dies_before_it_has_read(lab):
    s, _, _, server = pair(lab)
    s.send(b'hello')
    yield about(s, meanwhile=server.kill)


def abort(s):
    s.setsockopt(*ABORT)
    s.close()


def abort_after_reading(s):
    s.recv(100)
    abort(s)


@row('reset-abort', 'reset', vaguer=SOMEHOW)
def linger_of_no_seconds(lab):
    yield Ask(lab.endpoint(server_that(lab, abort)))


@row('reset-abort', 'reset', vaguer=SOMEHOW)
def linger_of_no_seconds_after_reading(lab):
    yield Ask(lab.endpoint(server_that(lab, abort_after_reading)), '--send', 'hello')


@row('reset-abort', 'reset', vaguer=SOMEHOW)
def a_watched_connection_is_aborted(lab):
    s, taken, _, server = pair(lab)
    taken.setsockopt(*ABORT)
    yield about(s, meanwhile=taken.close)


def forget(lab, server):
    """The other end vanishes without a word, as when its host restarts."""
    nft_rule(lab, 'there', 'output', 'tcp flags & (fin | rst) != 0 drop;')
    server.kill()
    lab.run('there', 'ss', '-K', '-t', 'state', 'all', 'exclude', 'listening')
    lab.run('there', 'nft', 'flush', 'ruleset')


@row('reset-no-socket', 'reset', 'hosts far', vaguer=SOMEHOW)
def the_peer_has_restarted(lab):
    s, _, client, server = pair(lab)
    forget(lab, server)
    yield about(s, meanwhile=lambda: s.send(b'are you there?'))


@row('reset-listener-closed', 'reset', vaguer=SOMEHOW)
def the_listener_closes_over_who_waits(lab):
    server = lab.process('there')
    listener = server.listen()
    begin(server, close_when_somebody_waits, listener)
    yield Ask(lab.endpoint(listener.getsockname()[1]), '--send', 'hello')


def close_when_somebody_waits(process, listener):
    import select  # pylint: disable=import-outside-toplevel
    process.tell('begun')
    select.select([listener], [], [])
    time.sleep(0.05)
    listener.close()


@row('reset-listener-closed', 'reset', vaguer=SOMEHOW)
def the_listener_ends_while_it_is_watched(lab):
    server, client = lab.process('there'), lab.process('here')
    listener = server.listen()
    s = client.connect(listener.getsockname())
    yield about(s, meanwhile=listener.close)


@row('reset-destroyed', 'reset', vaguer=SOMEHOW)
def an_administrator_ends_it(lab):
    s, _, _, _ = pair(lab)
    yield about(s, meanwhile=lambda: lab.run('here', 'ss', '-K', '-t', 'sport', '=',
                                             ':%d' % s.getsockname()[1]))


@row('reset-by-middle', 'reset', 'far', vaguer=SOMEHOW)
def the_router_resets_what_is_said(lab):
    port = server_that(lab, wait_for_the_end)
    nft_rule(lab, 'router', 'forward', 'tcp dport %d ct state established tcp flags & psh == psh '
             'reject with tcp reset;' % port)
    yield Ask(lab.endpoint(port), '--send', 'forbidden word')


@row('reset-by-middle', 'reset', 'far', vaguer=SOMEHOW)
def the_server_s_filter_resets_what_is_said(lab):
    """With the peer's own TTL, and as its kernel would."""
    port = server_that(lab, wait_for_the_end)
    nft_rule(lab, 'there', 'input', 'tcp dport %d ct state established tcp flags & psh == psh '
             'reject with tcp reset;' % port)
    yield Ask(lab.endpoint(port), '--send', 'forbidden word')


def wait_for_the_end(s):
    while s.recv(100):
        pass


@row('reset-by-middle', 'reset', 'hosts far', vaguer=SOMEHOW)
def a_box_injects_a_reset(lab):
    port = server_that(lab, wait_for_the_end)
    box = lab.process('router')
    begin(box, inject, port, lab.family)
    yield Ask(lab.endpoint(port), '--send', 'forbidden word')


def inject(process, port, family):
    """Answers the first segment with payload to the port by a reset in the peer's name."""
    from rows_silence import checksum  # pylint: disable=import-outside-toplevel
    ethernet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    ethernet.bind(('r-here', 0))
    process.tell('begun')
    while True:
        frame = ethernet.recv(65536)
        head = 14 + (20 if family == 4 else 40)
        if len(frame) < head + 20 or struct.unpack('!H', frame[head + 2:head + 4])[0] != port:
            continue
        size = (struct.unpack('!H', frame[16:18])[0] - 20 if family == 4
                else struct.unpack('!H', frame[18:20])[0])
        offset = (frame[head + 12] >> 4) * 4
        if size - offset <= 0:
            continue
        ack = struct.unpack('!I', frame[head + 8:head + 12])[0]
        ports = frame[head + 2:head + 4] + frame[head:head + 2]
        tcp = ports + struct.pack('!IIBBHHH', ack, 0, 5 << 4, 4, 0, 0, 0)
        old = slice(26, 34) if family == 4 else slice(22, 54)
        half = 4 if family == 4 else 16
        ends = frame[old][half:] + frame[old][:half]
        tail = struct.pack('!HH' if family == 4 else '!II', *((6, 20) if family == 4 else (20, 6)))
        tcp = tcp[:16] + struct.pack('!H', checksum(ends + tail + tcp)) + tcp[18:]
        if family == 4:
            ip = struct.pack('!BBHHHBBH', 0x45, 0, 40, 1, 0, 37, 6, 0) + ends
            ip = ip[:10] + struct.pack('!H', checksum(ip)) + ip[12:]
        else:
            ip = struct.pack('!IHBB', 6 << 28, 20, 6, 37) + ends
        ethernet.send(frame[6:12] + frame[:6] + frame[12:14] + ip + tcp)
        return


KEEPALIVE = ((socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
             (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1),
             (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1),
             (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 1))


def cut_off(lab):
    lab.ip('there', 'addr flush dev eth0', '-6 addr flush dev eth0')


@row('keepalive-timeout', 'reset', 'hosts far')
def nobody_answers_keep_alives(lab):
    s, _, _, _ = pair(lab, KEEPALIVE)
    cut_off(lab)
    yield about(s, '--wait', '3')


@row('user-timeout', 'reset', 'hosts far')
def nobody_acknowledges_in_time(lab):
    s, _, _, _ = pair(lab, ((socket.IPPROTO_TCP, 18, 1000),))
    cut_off(lab)
    yield about(s, '--wait', '3', meanwhile=lambda: s.send(b'hello'))


@row('reset-by-middle', 'reset', 'hosts far', vaguer=SOMEHOW + ('unknown',))
def a_rule_of_this_host_answers_what_is_said(lab):
    s, _, _, _ = pair(lab)
    nft_rule(lab, 'here', 'output', 'tcp dport %d tcp flags psh reject with tcp reset;' %
             s.getpeername()[1])
    yield about(s, meanwhile=lambda: s.send(b'hello'))


WRITES_TWICE = '''import socket, sys, time
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.recv(1)
s.send(b'one')
time.sleep(0.2)
try:
    s.send(b'two')
except BrokenPipeError:
    pass
'''


@row('broken-pipe', 'reset')
def a_program_writes_to_who_is_gone(lab):
    port = server_that(lab, socket.socket.close)
    yield Ask('--', 'python3', '-c', WRITES_TWICE, lab.address(), str(port))


@row('broken-pipe', 'reset')
def a_watched_program_writes_to_who_is_gone(lab):
    s, taken, client, _ = pair(lab)
    taken.close()
    when(s, CLOSE_WAIT)
    yield about(s, meanwhile=lambda: client.run(write_twice, s))


def write_twice(_, s):
    s.send(b'one')
    time.sleep(0.2)
    s.send(b'two')
