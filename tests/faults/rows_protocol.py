"""Protocol: it is connected, and the two do not understand each other."""
import ssl
import struct
import subprocess

from lab import Unavailable
from rows_reset import accept_each, wait_for_the_end
from rows_stall import begin, http_server
from table import Ask, row

YESTERYEAR = ('-startdate', '20200101000000Z', '-enddate', '20210101000000Z')
CA_SECTION = '''[ca]
default_ca = lab
[lab]
database = %(folder)s/index
new_certs_dir = %(folder)s
serial = %(folder)s/serial
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
'''


def openssl(*words):
    try:
        subprocess.run(('openssl', *words), check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise Unavailable('openssl is not installed') from error
    except subprocess.CalledProcessError as error:
        raise OSError('openssl %s: %s' % (words[0], error.stderr)) from error


def request(lab, name, subject, *more):
    openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
            '-keyout', lab.path(name + '.key'), '-out', lab.path(name + '.pem'), '-subj',
            '/CN=' + subject, *more)


def authority(lab):
    request(lab, 'ca', 'A lab', '-x509', '-days', '2')
    for name, text in (('index', ''), ('serial', '01\n'),
                       ('config', CA_SECTION % {'folder': lab.path('')})):
        with open(lab.path(name), 'w', encoding='utf-8') as file:
            file.write(text)


def certify(lab, address=None, dates=('-days', '2')):
    """A certificate for the address, signed by the lab's authority."""
    authority(lab)
    request(lab, 'server', 'server', '-addext',
            'subjectAltName=IP:' + (address or lab.address()))
    openssl('ca', '-batch', '-notext', '-config', lab.path('config'), '-cert', lab.path('ca.pem'),
            '-keyfile', lab.path('ca.key'), '-in', lab.path('server.pem'), '-out',
            lab.path('signed.pem'), *dates)
    return 'signed.pem'


def trusting(lab, port, *args, scheme='tls'):
    return Ask(lab.endpoint(port, scheme), *args,
               environment={'SSL_CERT_FILE': lab.path('ca.pem')})


def serve_tls(process, listener, certificate, key, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if version:
        context.set_ciphers('ALL:@SECLEVEL=0')
        context.minimum_version = context.maximum_version = version
    process.tell('begun')
    while True:
        s = listener.accept()[0]
        s.settimeout(5)
        try:
            with context.wrap_socket(s, server_side=True) as tls:
                while tls.recv(1000):
                    tls.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
        except OSError:
            pass
        s.close()


def tls_server(lab, certificate, version=None):
    server = lab.process('there')
    listener = server.listen()
    begin(server, serve_tls, listener, lab.path(certificate), lab.path('server.key'), version)
    return listener.getsockname()[1]


@row('tls-certificate', 'protocol')
def expired(lab):
    yield trusting(lab, tls_server(lab, certify(lab, dates=YESTERYEAR)))


@row('tls-certificate', 'protocol')
def of_another_name(lab):
    yield trusting(lab, tls_server(lab, certify(lab, address='192.0.2.80')))


@row('tls-certificate', 'protocol')
def of_an_issuer_that_nobody_knows(lab):
    yield Ask(lab.endpoint(tls_server(lab, certify(lab)), 'tls'))


@row('tls-certificate', 'protocol')
def signed_by_itself(lab):
    request(lab, 'server', 'server', '-x509', '-days', '2', '-addext',
            'subjectAltName=IP:' + lab.address())
    yield Ask(lab.endpoint(tls_server(lab, 'server.pem'), 'tls'))


@row('tls-version', 'protocol')
def a_server_of_old_times(lab):
    yield trusting(lab, tls_server(lab, certify(lab), ssl.TLSVersion.TLSv1_1))


def plain_server(lab, with_each):
    server = lab.process('there')
    listener = server.listen()
    begin(server, accept_each, listener, with_each)
    return listener.getsockname()[1]


def greet(s):
    s.sendall(b'SSH-2.0-OpenSSH_9.2\r\n')
    wait_for_the_end(s)


def echo(s):
    while True:
        some = s.recv(1000)
        if not some:
            return
        s.sendall(some)


def complain(s):
    s.recv(1000)
    s.sendall(b'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
    s.close()


@row('tls-to-plain', 'protocol')
def the_peer_greets_in_plain_words(lab):
    yield Ask(lab.endpoint(plain_server(lab, greet), 'tls'))


@row('tls-to-plain', 'protocol')
def the_peer_speaks_http(lab):
    yield Ask(lab.endpoint(plain_server(lab, complain), 'tls'))


@row('tls-to-plain', 'protocol')
def the_peer_echoes_what_it_gets(lab):
    yield Ask(lab.endpoint(plain_server(lab, echo), 'tls'))


# A server that closes over what it could not read tells nobody that it speaks TLS.
UNTOLD = {place: ('plain-to-tls', 'reset-unread-data') for place in ('hosts', 'far')}


def alert(s):
    s.recv(1000)
    s.sendall(b'\x15\x03\x03\x00\x02\x02\x46') # fatal: protocol_version, RFC 8446, 6
    s.close()


@row('plain-to-tls', 'protocol')
def the_peer_answers_with_an_alert(lab):
    yield Ask(lab.endpoint(plain_server(lab, alert)), '--send', 'EHLO here\r\n')


@row('plain-to-tls', 'protocol', expect=UNTOLD)
def plain_http_to_tls(lab):
    yield trusting(lab, tls_server(lab, certify(lab)), '--send',
                   'GET / HTTP/1.1\r\nHost: a\r\n\r\n', scheme='tcp')


@row('plain-to-tls', 'protocol', expect=UNTOLD)
def plain_words_to_tls(lab):
    yield trusting(lab, tls_server(lab, certify(lab)), '--send', 'hello there, how are you?\n',
                   scheme='tcp')


@row('http-bad-request', 'protocol')
def a_request_without_host(lab):
    yield Ask(lab.endpoint(http_server(lab)), '--send', 'GET / HTTP/1.1\r\n\r\n')


@row('http-bad-request', 'protocol')
def no_request_at_all(lab):
    yield Ask(lab.endpoint(http_server(lab)), '--send', 'hello\r\n\r\n')


# --- framed messages: a length, a JSON header, the content ----------------------------------------

HEADER = (b'{"byteorder": "little", "content-type": "text/json", "content-encoding": "utf-8", '
          b'"content-length": %d}')


def framed(lab, raw):
    """Asked of a server that says this and closes."""
    server = lab.process('there')
    listener = server.listen()
    begin(server, say_to_each, listener, raw)
    return Ask(lab.endpoint(listener.getsockname()[1]), '--wait', '1')


def say_to_each(process, listener, raw):
    process.tell('begun')
    while True:
        s = listener.accept()[0]
        s.sendall(raw)
        s.close()


def greet_with_settings(s):
    """What a server of HTTP/2 says first: RFC 9113, 3.4."""
    s.recv(1000)
    s.sendall(b'\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0d')
    s.close()


def greet_as_ssh(s):
    s.sendall(b'SSH-2.0-OpenSSH_9.2\r\n')
    while s.recv(1000):
        pass


@row('http-bad-request', 'protocol')
def the_server_speaks_another_protocol(lab):
    for greet in (greet_with_settings, greet_as_ssh):
        yield Ask(lab.endpoint(plain_server(lab, greet)), '--send',
                  'GET / HTTP/1.1\r\nHost: a\r\n\r\n')


@row('frame-header-invalid', 'protocol')
def a_header_that_is_no_json(lab):
    header = HEADER % 2
    yield framed(lab, struct.pack('>H', len(header)) + header.replace(b'}', b']') + b'{}')


@row('frame-byteorder', 'protocol')
def a_length_in_the_hosts_own_order(lab):
    header = HEADER % 2
    yield framed(lab, struct.pack('<H', len(header)) + header + b'{}')


@row('frame-truncated', 'protocol')
def closed_in_the_middle_of_the_content(lab):
    header = HEADER % 200
    yield framed(lab, struct.pack('>H', len(header)) + header + b'{"result": ')


# --- HTTP ----------------------------------------------------------------------------------------

HALF_A_PAGE = b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf a page'
HALF_A_CHUNK = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nhalf a chunk'


def answer_half(s):
    s.recv(1000)
    s.sendall(HALF_A_PAGE)
    s.close()


def answer_half_a_chunk(s):
    s.recv(1000)
    s.sendall(HALF_A_CHUNK)
    s.close()


@row('frame-truncated', 'protocol')
def a_page_that_is_cut(lab):
    for answer in answer_half, answer_half_a_chunk:
        yield Ask(lab.endpoint(plain_server(lab, answer)), '--send',
                  'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
