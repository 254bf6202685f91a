"""A lab: hosts of its own in which a fault can be made for real.

Everything lives in namespaces without a name (network, processes, mounts) that end with the lab's
first process, however that ends; nothing is to be cleaned up by hand.

    here ---- router ---- there      10.N.1.1  10.N.1.2 | 10.N.2.2  10.N.2.1, fd00:N:1::1 ...

A place says where the other end is: "loopback" (on this host), "hosts" (in another network
namespace, whose processes can be seen) or "far" (as on another machine: nothing of it can be seen).
Who asks lives in "here".
"""
import collections
import contextlib
import ctypes
import fcntl
import json
import os
import pickle
import re
import select
import signal
import socket
import struct
import subprocess
import time

NEWNS, NEWUTS, NEWIPC, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x20000000, 0x40000000
MS_REC_PRIVATE, PDEATHSIG, NOBODY = 0x4000 | 0x40000, 1, 65534
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454ca, 1, 0x1000
WORK, TRACING = '/run/lab', '/run/tracing'
PATIENCE_S = 25
libc = ctypes.CDLL(None, use_errno=True)


class Unavailable(Exception):
    """What the lab needs is not to be had here; the reason is its text."""


def checked(result, what):
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, '%s: %s' % (what, os.strerror(code)))


def unshare(flags):
    checked(libc.unshare(flags), 'unshare')


def setns(fd, kind):
    checked(libc.setns(fd, kind), 'setns')


def mount(source, target, kind, flags=0, data=None):
    encode = lambda text: text.encode() if text is not None else None
    checked(libc.mount(encode(source), encode(target), encode(kind), flags, encode(data)),
            'mount ' + target)


def mount_tracing():
    """Where the kernel has none, there is nothing to be seen in it."""
    os.makedirs(TRACING + '/instances', exist_ok=True)
    with contextlib.suppress(OSError):
        mount('none', TRACING, 'tracefs')


def die_with_parent():
    libc.prctl(PDEATHSIG, signal.SIGKILL)


def until(condition, seconds=10, what='it'):
    """Wait for a state, never for a time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError('%s did not come about' % what)
        time.sleep(0.005)


class Channel:
    """Pickled messages over a pair of sockets."""

    def __init__(self, sock):
        self.sock = sock

    def put(self, value):
        raw = pickle.dumps(value)
        self.sock.sendall(struct.pack('!I', len(raw)) + raw)

    def get(self):
        size, = struct.unpack('!I', self.exactly(4))
        return pickle.loads(self.exactly(size))

    def exactly(self, size):
        raw = b''
        while len(raw) < size:
            more = self.sock.recv(size - len(raw))
            if not more:
                raise EOFError('the other process has ended')
            raw += more
        return raw


class Remote:
    """A socket that another process has: its methods are called there."""

    def __init__(self, process, number):
        self.process, self.number, self.names = process, number, {}

    def name(self, which):
        """Asked once: later its process may be busy."""
        if which not in self.names:
            self.names[which] = self.process.ask(('socket', self.number, which, ()))
        return self.names[which]

    def getsockname(self):
        return self.name('getsockname')

    def getpeername(self):
        return self.name('getpeername')

    def __getattr__(self, name):
        return lambda *args: self.process.ask(('socket', self.number, name, args))

    def __reduce__(self):
        return (Remote, (None, self.number))

    def begin(self, name, *args):
        """Call it and do not wait for its end: the process blocks in it."""
        self.process.channel.put(('socket', self.number, name, args))


class Process:
    """A process on one of the lab's hosts that does what it is told."""

    def __init__(self, lab, host):
        ours, theirs = socket.socketpair()
        with lab.inside(host), lab.processes_of(host):
            self.pid = os.fork()
            if self.pid == 0: # it stays there
                die_with_parent()
                ours.close()
                try:
                    self.serve(Channel(theirs))
                finally:
                    os._exit(1)
        theirs.close()
        ours.settimeout(PATIENCE_S)
        self.channel, self.lab, self.host = Channel(ours), lab, host
        lab.processes.append(self) # forgotten ones would end

    # --- in the process itself ---

    def serve(self, channel):
        self.sockets, self.channel = {}, channel
        while True:
            try:
                request = channel.get()
            except (EOFError, OSError):
                os._exit(0)
            except BaseException as error:  # pylint: disable=broad-except
                os.write(2, ('%r\n' % error).encode())
                os._exit(1)
            try:
                channel.put((True, self.hide(self.obey(*request))))
            except BaseException as error:  # pylint: disable=broad-except
                channel.put((False, '%s: %s' % (type(error).__name__, error)))

    def obey(self, kind, what, name, args):
        args = [self.sockets[a.number] if isinstance(a, Remote) else a for a in args]
        if kind == 'socket':
            return getattr(self.sockets[what], name)(*args)
        if kind == 'new':
            return socket.socket(*args)
        return name(self, *args)

    def hide(self, value):
        if isinstance(value, socket.socket):
            number = len(self.sockets)
            self.sockets[number] = value
            return ('a socket', number)
        if isinstance(value, tuple):
            return tuple(self.hide(v) for v in value)
        return value

    def tell(self, value):
        """From a function that runs here to who started it with run()."""
        self.channel.put((True, value))

    # --- from the lab ---

    def ask(self, request):
        self.channel.put(request)
        return self.answer()

    def answer(self):
        good, value = self.channel.get()
        if not good:
            raise OSError('on %s: %s' % (self.host, value))
        return self.show(value)

    def show(self, value):
        if isinstance(value, tuple) and len(value) == 2 and value[0] == 'a socket':
            return Remote(self, value[1])
        if isinstance(value, tuple):
            return tuple(self.show(v) for v in value)
        return value

    def new_socket(self, *args):
        return self.ask(('new', None, None, args))

    def do(self, function, *args):
        """Run a function of a module there, with this process before its arguments."""
        return self.ask(('run', None, function, args))

    def run(self, function, *args):
        """The same, not waiting for its end; answer() takes what it tells."""
        self.channel.put(('run', None, function, args))

    def listen(self, at=None, backlog=16, kind=socket.SOCK_STREAM, options=()):
        at = at or (self.lab.address(self.host), 0)
        family = socket.AF_INET6 if ':' in at[0] else socket.AF_INET
        s = self.new_socket(family, kind)
        for option in options:
            s.setsockopt(*option)
        if kind == socket.SOCK_STREAM:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(at)
        if kind == socket.SOCK_STREAM:
            s.listen(backlog)
        s.getsockname()
        return s

    def connect(self, to, options=()):
        s = self.new_socket(socket.AF_INET6 if ':' in to[0] else socket.AF_INET, socket.SOCK_STREAM)
        for option in options:
            s.setsockopt(*option)
        s.connect(to[:2])
        s.getsockname(), s.getpeername()
        return s

    def stop(self):
        os.kill(self.pid, signal.SIGSTOP)
        until(lambda: self.state() == 'T', what='the stop')

    def state(self):
        with open('/proc/%d/stat' % self.pid, encoding='utf-8') as stat:
            return stat.read().rpartition(')')[2].split()[0]

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)



def shuttle(tuns, delay_s):
    """Carry packets between two TUN devices, each after its time."""
    waiting = collections.deque()
    while True:
        left = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        for ready in select.select(tuns, [], [], left)[0]:
            to = tuns[1 - tuns.index(ready)]
            waiting.append((time.monotonic() + delay_s, to, os.read(ready, 65536)))
        while waiting and waiting[0][0] <= time.monotonic():
            os.write(*waiting.popleft()[1:])


class Lab:
    """One fault's hosts; made in the first process of the lab's namespaces."""

    def __init__(self, place, family, number, unprivileged=False):
        self.place, self.family, self.number = place, family, number
        self.unprivileged = unprivileged
        self.hosts, self.processes, self.environment = {}, [], {}
        self.own_pids = os.open('/proc/self/ns/pid', os.O_RDONLY | os.O_CLOEXEC)
        self.asking_pids = None
        self.nets = {'here': (1, 1), 'there': (2, 1)}
        for folder in ('/run/netns', WORK, WORK + '/tmp'):
            os.makedirs(folder)
        os.chmod(WORK + '/tmp', 0o1777)
        mount_tracing()
        self.hosts['here'] = os.open('/proc/self/ns/net', os.O_RDONLY | os.O_CLOEXEC)
        self.ip('here', 'link set lo up')
        if place == 'far':
            self.hide()
        self.foreign = self.instances() # of an older lab, whose namespaces' numbers are ours now
        if place != 'loopback':
            self.wire()

    # --- hosts ---

    def hide(self):
        """Those who ask see no process but their own."""
        unshare(NEWPID)
        first = os.fork()
        if first == 0:
            die_with_parent()
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            while True:
                signal.pause()
        self.asking_pids = os.open('/proc/self/ns/pid_for_children', os.O_RDONLY | os.O_CLOEXEC)
        setns(self.own_pids, NEWPID)

    @contextlib.contextmanager
    def processes_of(self, host):
        """What is forked meanwhile belongs to that machine."""
        if host != 'here' or self.asking_pids is None:
            yield
            return
        setns(self.asking_pids, NEWPID)
        try:
            yield
        finally:
            setns(self.own_pids, NEWPID)

    @contextlib.contextmanager
    def inside(self, host):
        """Sockets and programs that are made meanwhile are on that host."""
        if host == 'there' and self.place == 'loopback':
            host = 'here'
        setns(self.hosts[host], NEWNET)
        try:
            yield
        finally:
            setns(self.hosts['here'], NEWNET)

    def host(self, name):
        unshare(NEWNET)
        self.hosts[name] = os.open('/proc/self/ns/net', os.O_RDONLY | os.O_CLOEXEC)
        setns(self.hosts['here'], NEWNET)
        self.ip(name, 'link set lo up')

    def name(self, host, name):
        """As ip netns add would have."""
        open('/run/netns/' + name, 'w', encoding='utf-8').close()
        mount('/proc/self/fd/%d' % self.hosts[host], '/run/netns/' + name, None, 0x1000)

    def wire(self):
        for name in ('router', 'there'):
            self.host(name)
        for host in ('router', 'there', 'here'):
            self.sysctl(host, 'ipv6.conf.all.accept_dad', 0)
            self.sysctl(host, 'ipv6.conf.default.accept_dad', 0)
            self.sysctl(host, 'ipv6.conf.default.router_solicitations', 0)
        for key in ('ipv4.ip_forward', 'ipv6.conf.all.forwarding'):
            self.sysctl('router', key, 1)
        self.link('here', 'eth0', 'router', 'r-here', 1)
        self.link('there', 'eth0', 'router', 'r-there', 2)
        for host, net in (('here', 1), ('there', 2)):
            self.ip(host, 'route add default via ' + self.net4(net, 2),
                    '-6 route add default via ' + self.net6(net, 2))

    def link(self, one, one_name, other, other_name, net):
        self.ip(one, 'link add %s type veth peer name %s netns /proc/%d/fd/%d' %
                (one_name, other_name, os.getpid(), self.hosts[other]))
        for host, device, end in ((one, one_name, 1), (other, other_name, 2)):
            self.ip(host, 'addr add %s/24 dev %s' % (self.net4(net, end), device),
                    '-6 addr add %s/64 dev %s nodad' % (self.net6(net, end), device),
                    'link set %s up' % device)

    def slow_link(self, delay_s):
        """A second way between the two, that takes so long; it becomes the address of both."""
        tuns = []
        for host, end in (('here', 1), ('there', 2)):
            with self.inside(host):
                tuns.append(os.open('/dev/net/tun', os.O_RDWR | os.O_CLOEXEC))
                fcntl.ioctl(tuns[-1], TUNSETIFF, struct.pack('16sH', b'tun0', IFF_TUN | IFF_NO_PI))
            self.ip(host, 'addr add %s/24 dev tun0' % self.net4(9, end),
                    '-6 addr add %s/64 dev tun0 nodad' % self.net6(9, end), 'link set tun0 up')
        self.nets = {'here': (9, 1), 'there': (9, 2)}
        if os.fork() == 0:
            die_with_parent()
            shuttle(tuns, delay_s)

    def net4(self, net, end):
        return '10.%d.%d.%d' % (self.number, net, end)

    def net6(self, net, end):
        return 'fd00:%x:%d::%d' % (self.number, net, end)

    def net(self, net, end):
        return self.net4(net, end) if self.family == 4 else self.net6(net, end)

    def etc(self, **files):
        """An /etc of the lab's own, with these contents: hosts='...', resolv_conf='...'."""
        if not os.path.isdir('/run/etc'):
            os.makedirs('/run/etc/upper')
            os.makedirs('/run/etc/work')
            try:
                mount('overlay', '/etc', 'overlay', 0,
                      'lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work')
            except OSError as error:
                raise Unavailable('overlayfs: %s' % error) from error
        for name, text in files.items():
            path = '/etc/' + name.replace('_', '.')
            if os.path.islink(path): # to what only the host has
                os.unlink(path)
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text)

    # --- programs on them ---

    def run(self, host, *command, feed=None):
        with self.inside(host):
            done = subprocess.run(command, input=feed, text=True, capture_output=True,
                                  timeout=PATIENCE_S, check=False)
        if done.returncode:
            raise OSError('%s: %s' % (' '.join(command), done.stderr.strip()))
        return done.stdout

    def ip(self, host, *lines):
        for flag in ('-4', '-6'):
            batch = [line.removeprefix('-6 ') for line in lines
                     if line.startswith('-6 ') == (flag == '-6')]
            if batch:
                self.run(host, 'ip', flag, '-batch', '-', feed='\n'.join(batch) + '\n')

    def nft(self, host, rules):
        # A block's end stands on a line of its own.
        self.run(host, 'nft', '-f', '-', feed=re.sub(r'(?<=[;}]) +(?=\})', '\n', rules) + '\n')

    def sysctl(self, host, key, value):
        """Below net."""
        with self.inside(host):
            with open('/proc/sys/net/' + key.replace('.', '/'), 'w', encoding='utf-8') as file:
                file.write(str(value))

    def process(self, host):
        return Process(self, host)

    # --- addresses ---

    def address(self, host='there'):
        if self.place == 'loopback':
            return '127.0.0.1' if self.family == 4 else '::1'
        return self.net(*self.nets[host])

    def any(self):
        return '0.0.0.0' if self.family == 4 else '::'

    def free_port(self, host='there', kind=socket.SOCK_STREAM):
        with self.inside(host):
            s = socket.socket(self.af, kind)
            s.bind((self.any(), 0))
            port = s.getsockname()[1]
            s.close()
        return port

    @property
    def af(self):
        return socket.AF_INET if self.family == 4 else socket.AF_INET6

    def endpoint(self, port, scheme='tcp', address=None):
        return '%s://%s' % (scheme, ends((address or self.address(), port)))

    def path(self, name):
        return os.path.join(WORK, name)

    # --- asking ---

    def become_who_asks(self):
        if self.asking_pids is not None:
            unshare(NEWNS)
            mount('proc', '/proc', 'proc')
        if self.unprivileged:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        die_with_parent()

    def watching(self):
        """Whether who was asked has begun to look: it captures and is told of events, where it may."""
        if self.unprivileged:
            return True
        return len(self.lines('/proc/net/packet')) > 1 and any(
            self.tells(name) for name in self.instances())

    def tells(self, instance):
        try:
            with open('%s/instances/%s/events/tcp/tcp_send_reset/enable' % (TRACING, instance),
                      encoding='utf-8') as enable:
                return enable.read(1) == '1'
        except OSError:
            return False

    def begin_why(self, args, limits=None):
        """`sockeye why --json ARGS`, running."""
        def prepare():
            self.become_who_asks()
            if limits:
                limits()
        environment = dict(os.environ, TMPDIR=WORK + '/tmp', HOME=WORK + '/tmp',
                           **self.environment)
        with self.processes_of('here'):
            return subprocess.Popen([os.environ['SOCKEYE'], 'why', '--json', *args], text=True,
                                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, env=environment,
                                    preexec_fn=prepare)

    def until_watching(self, asking):
        with contextlib.suppress(TimeoutError): # it may lack what it would watch with
            until(lambda: asking.poll() is not None or self.watching(), 2)

    def why(self, args, meanwhile=None, limits=None):
        """Returns exit status, output, errors and seconds of `sockeye why --json ARGS`."""
        begun = time.monotonic()
        asking = self.begin_why(args, limits)
        if meanwhile:
            self.until_watching(asking)
            time.sleep(0.15) # captures that have begun become ready
            meanwhile()
        try:
            out, err = asking.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            asking.kill()
            out, err = asking.communicate()
            err += 'no verdict within %d s' % PATIENCE_S
        if '--' in args: # stdout is the program's, what is told comes last on stderr
            err, _, out = err.rstrip('\n').rpartition('\n')
        return asking.returncode, out, err, time.monotonic() - begun

    def left_behind(self):
        """What the program left: captures, files, instances of tracefs."""
        left = ['a capture: ' + line.strip() for line in self.lines('/proc/net/packet')[1:]]
        left += ['a file: ' + name for name in os.listdir(WORK + '/tmp')]
        return left + ['an instance: ' + name for name in self.instances()
                       if name not in self.foreign]

    def instances(self):
        """Those of this lab in tracefs; to look into another's would keep it from being removed."""
        mine = {str(os.fstat(fd).st_ino) for fd in (self.own_pids, self.asking_pids)
                if fd is not None}
        return [name for name in os.listdir(TRACING + '/instances')
                if name.partition('.ns')[2].partition('.')[0] in mine]

    @staticmethod
    def lines(path):
        with open(path, encoding='utf-8') as file:
            return file.readlines()


def ends(name):
    """'10.0.0.1:80', '[::1]:80' of a socket's name."""
    return ('[%s]:%d' if ':' in name[0] else '%s:%d') % name[:2]


def connection(local, peer, scheme='tcp'):
    """What --socket takes."""
    return '%s://%s-%s' % (scheme, ends(local), ends(peer))


def in_namespaces(work):
    """Fork a process that is the first of namespaces of its own, and ends with this one; work() is
    done in it, and what it yields is yielded here."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid:
        theirs.close()
        return pid, Channel(ours)
    die_with_parent()
    ours.close()
    try:
        unshare(NEWNS | NEWUTS | NEWIPC | NEWPID | NEWNET)
        first = os.fork()
        if first:
            theirs.close()
            os.waitpid(first, 0)
            os._exit(0)
        die_with_parent()
        mount('none', '/', None, MS_REC_PRIVATE)
        mount('proc', '/proc', 'proc')
        mount('lab', '/run', 'tmpfs')
        for value in work():
            Channel(theirs).put(value)
    except BaseException as error:  # pylint: disable=broad-except
        Channel(theirs).put(error if isinstance(error, Unavailable)
                            else RuntimeError('%s: %s' % (type(error).__name__, error)))
    os._exit(0)


def document(text):
    try:
        return json.loads(text)
    except ValueError:
        return None
