"""AF_UNIX: everything is on this host, and of no family of addresses."""
import os
import socket

from table import Ask, row

KINDS = {'unix': socket.SOCK_STREAM, 'unix-dgram': socket.SOCK_DGRAM,
         'unix-seqpacket': socket.SOCK_SEQPACKET}


def on_unix(cause, **more):
    return row(cause, 'unix', 'loopback', '4', **more)


def server(lab, scheme, path, backlog=5):
    process = lab.process('here')
    s = process.new_socket(socket.AF_UNIX, KINDS[scheme])
    s.bind(path.replace('@', '\0') if path.startswith('@') else path)
    if not path.startswith('@'):
        os.chmod(path, 0o777) # for whoever asks
    if scheme != 'unix-dgram' and backlog is not None:
        s.listen(backlog)
    return process, s


@on_unix('unix-missing')
def no_such_path(lab):
    yield Ask('unix:' + lab.path('none'))
    yield Ask('unix:' + lab.path('no/folder/either'))
    yield Ask('unix-dgram:' + lab.path('none'))


@on_unix('unix-missing')
def the_way_leads_over_a_file(lab):
    with open(lab.path('file'), 'w', encoding='utf-8'):
        yield Ask('unix:' + lab.path('file/socket'))
    os.symlink(lab.path('round'), lab.path('round'))
    yield Ask('unix:' + lab.path('round'))


@on_unix('unix-missing')
def no_such_abstract_name(lab):
    yield Ask('unix:@lab-nobody')
    yield Ask('unix-seqpacket:@lab-nobody')


@on_unix('unix-missing')
def the_name_is_of_another_namespace(lab):
    lab.host('container')
    s = lab.process('container').new_socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.bind('\0lab-elsewhere')
    s.listen(1)
    yield Ask('unix:@lab-elsewhere')


@on_unix('unix-queue-full')
def datagrams_that_nobody_takes(lab):
    """Nothing has to be sent to find that there is no room."""
    server(lab, 'unix-dgram', lab.path('full'))
    client = lab.process('here').new_socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    client.setblocking(False)
    try:
        while True:
            client.sendto(b'x', lab.path('full'))
    except OSError:
        pass
    yield Ask('unix-dgram:' + lab.path('full'))


@on_unix('unix-stale')
def left_over_after_a_crash(lab):
    for scheme in KINDS:
        process, _ = server(lab, scheme, lab.path(scheme))
        process.kill()
        yield Ask(scheme + ':' + lab.path(scheme))


@on_unix('unix-stale')
def bind_over_what_is_left(lab):
    process, _ = server(lab, 'unix', lab.path('old'))
    process.kill()
    yield Ask('bind:unix:' + lab.path('old'))


@on_unix('unix-permission', unprivileged=True)
def the_socket_is_somebody_elses(lab):
    server(lab, 'unix', lab.path('private'))
    os.chmod(lab.path('private'), 0o600)
    yield Ask('unix:' + lab.path('private'))


@on_unix('unix-permission', unprivileged=True)
def a_folder_above_it_is_closed(lab):
    os.mkdir(lab.path('closed'), 0o700)
    server(lab, 'unix', lab.path('closed/socket'))
    os.chmod(lab.path('closed/socket'), 0o666)
    yield Ask('unix:' + lab.path('closed/socket'))


@on_unix('unix-queue-full')
def nobody_accepts(lab):
    server(lab, 'unix', lab.path('busy'), backlog=0)
    client = lab.process('here').new_socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.connect(lab.path('busy'))
    yield Ask('unix:' + lab.path('busy'))


@on_unix('unix-queue-full')
def a_stopped_process_does_not_accept(lab):
    process, _ = server(lab, 'unix-seqpacket', '@lab-stopped', backlog=0)
    process.stop()
    client = lab.process('here').new_socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client.connect('\0lab-stopped')
    yield Ask('unix-seqpacket:@lab-stopped')


@on_unix('unix-queue-full')
def nobody_takes_the_datagrams(lab):
    server(lab, 'unix-dgram', lab.path('datagrams'))
    lab.process('here').do(fill_datagrams, lab.path('datagrams'))
    yield Ask('unix-dgram:' + lab.path('datagrams'), '--send', 'one more')


def fill_datagrams(process, path):
    process.s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    process.s.setblocking(False)
    try:
        while True:
            process.s.sendto(b'x', path)
    except BlockingIOError:
        pass


@on_unix('unix-wrong-type')
def another_type_of_socket(lab):
    server(lab, 'unix-dgram', lab.path('log'))
    yield Ask('unix:' + lab.path('log'))
    server(lab, 'unix', lab.path('stream'))
    yield Ask('unix-dgram:' + lab.path('stream'))
    yield Ask('unix-seqpacket:' + lab.path('stream'))


@on_unix('unix-wrong-type')
def no_socket_at_all(lab):
    with open(lab.path('file'), 'w', encoding='utf-8'):
        os.chmod(lab.path('file'), 0o777)
    yield Ask('unix:' + lab.path('file'))


@on_unix('unix-wrong-type')
def a_folder(lab):
    os.mkdir(lab.path('folder'))
    os.chmod(lab.path('folder'), 0o777)
    yield Ask('unix:' + lab.path('folder'))


@on_unix('unix-stale')
def by_way_of_a_link(lab):
    process, _ = server(lab, 'unix', lab.path('real'))
    os.symlink(lab.path('real'), lab.path('link'))
    yield Ask('unix:' + lab.path('link'), expect='healthy')
    process.kill()
    yield Ask('unix:' + lab.path('link'))


@on_unix('no-listener')
def bound_and_not_listening(lab):
    server(lab, 'unix', lab.path('bound'), backlog=None)
    yield Ask('unix:' + lab.path('bound'))


@on_unix('port-in-use-listener')
def the_path_is_taken(lab):
    server(lab, 'unix', lab.path('taken'))
    yield Ask('bind:unix:' + lab.path('taken'))
