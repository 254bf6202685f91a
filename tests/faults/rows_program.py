"""A program of the user's: `sockeye why -- PROGRAM`."""
from lab import Unavailable
from rows_refused import nft_rule
from table import Ask, row

# Connects as it is told, and does not say how that went.
CLIENT = '''import socket, sys
host, port, wait, source, mark = sys.argv[1:]
s = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET)
s.settimeout(float(wait))
if source:
    s.bind((source, 0))
if int(mark):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, int(mark))
try:
    s.connect((host, int(port)))
except OSError:
    pass
'''


def client(lab, port, wait=3, source='', mark=0):
    return Ask('--', 'python3', '-c', CLIENT, lab.address(), str(port), str(wait), source,
               str(mark))


def rule_of_routing(lab, rule):
    lab.ip('here', ('-6 ' if lab.family == 6 else '') + 'rule add ' + rule)
    return lab.process('there').listen().getsockname()[1]


@row('route-blocked', 'program', 'hosts far')
def its_mark_may_not_leave(lab):
    if lab.unprivileged:
        raise Unavailable('SO_MARK needs CAP_NET_ADMIN')
    yield client(lab, rule_of_routing(lab, 'fwmark 7 prohibit'), mark=7)


@row('route-blocked', 'program', 'hosts far')
def its_address_may_not_leave(lab):
    port = rule_of_routing(lab, 'from %s prohibit' % lab.address('here'))
    yield client(lab, port, source=lab.address('here'))


@row('healthy', 'program', 'hosts far')
def another_mark_may_not_leave(lab):
    yield client(lab, rule_of_routing(lab, 'fwmark 7 prohibit'))


@row('no-reply', 'program', 'hosts far')
def it_gives_up_before_long(lab):
    lab.ip('router', 'route add blackhole %s/32' % lab.net4(2, 1),
           '-6 route add blackhole %s/128' % lab.net6(2, 1))
    yield client(lab, 80, wait=0.6)


@row('firewall-reject', 'program', 'loopback hosts', vaguer=['no-listener', 'host-unreachable'])
def a_rule_here_answers_it(lab):
    port = lab.process('there').listen().getsockname()[1]
    nft_rule(lab, 'here', 'output',
             'tcp dport %d counter reject with icmpx admin-prohibited;' % port)
    yield client(lab, port)


RAW = '''import os, socket
os.setuid(65534)
try:
    socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)
except OSError:
    pass
'''


@row('permission-denied', 'program', 'loopback', '4')
def a_raw_socket_needs_a_right(_):
    yield Ask('--', 'python3', '-c', RAW)
