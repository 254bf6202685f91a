"""Two causes at once: both are told, and the one that bites first is the verdict."""
from rows_refused import nft_rule
from rows_silence import fill as fill_queue
from rows_stall import about, fill, pair
from table import Ask, row


@row('process-stopped', 'several', also='app-not-reading', vaguer=['app-not-reading'])
def stopped_over_a_full_queue(lab):
    s, taken, client, server = pair(lab)
    server.do(fill, taken)
    asked = about(s)
    client.stop()
    yield asked


@row('firewall-drop', 'several', 'loopback', also='accept-queue-full')
def dropped_before_a_full_queue(lab):
    server = lab.process('there')
    asked = fill_queue(lab, server.listen(backlog=1), 2)
    nft_rule(lab, 'here', 'input', 'tcp dport %s tcp flags & (syn | ack) == syn counter drop;' %
             asked.args[0].rpartition(':')[2])
    yield asked


@row('firewall-reject', 'several', 'loopback', also='no-listener')
def rejected_where_nobody_listens(lab):
    port = lab.free_port()
    nft_rule(lab, 'here', 'input', 'tcp dport %d counter reject;' % port)
    yield Ask(lab.endpoint(port))


@row('app-not-reading', 'several', also='close-wait-leak',
     expect=('app-not-reading', 'close-wait-leak'))
def not_read_and_the_peer_has_closed(lab):
    s, taken, _, _ = pair(lab)
    taken.send(b'the last words')
    taken.close()
    yield about(s)


@row('peer-not-reading', 'several', 'hosts far', also='app-not-reading',
     expect=('peer-not-reading', 'app-not-reading'))
def neither_side_reads(lab):
    s, taken, client, server = pair(lab)
    client.do(fill, s)
    server.do(fill, taken)
    yield about(s)
