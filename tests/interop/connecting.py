"""Cases of connecting.sh: `sockeye connect` through proxies, to names with several addresses, to
groups and everybody, and to paths, with Python's sockets at the other end."""

import base64
import ipaddress
import json
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "e2e"))
from terminal import Skip, run_cases, until  # noqa: E402

SOCKEYE = os.environ["SOCKEYE"]
PATIENCE = 8
PROXY_VARIABLES = ("all_proxy", "https_proxy", "http_proxy", "no_proxy")


def clean_environment(**more):
    env = {k: v for k, v in os.environ.items() if k.lower() not in PROXY_VARIABLES}
    return {**env, **more}


def connect(*words, said=b"", environment=None, run_by=()):
    """What `sockeye connect` ends with."""
    return subprocess.run(
        [*run_by, SOCKEYE, "connect", *words],
        input=said,
        capture_output=True,
        timeout=PATIENCE,
        env=clean_environment(**(environment or {})),
    )


def equal(got, wanted):
    assert got == wanted, f"{got!r} instead of {wanted!r}"


class Peer:
    """A listening socket whose connections are each handled in a thread."""

    family = socket.AF_INET
    host = "127.0.0.1"

    def __init__(self, host=None):
        self.host = host or self.host
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self.listener = socket.create_server((self.host, 0), family=family)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(s,), daemon=True).start()

    def serve(self, s):
        try:
            with s:
                self.handle(s)
        except OSError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


class Echo(Peer):
    def handle(self, s):
        while piece := s.recv(65536):
            s.sendall(piece)


class Greeter(Peer):
    """Speaks first: its words come directly behind the proxy's."""

    def handle(self, s):
        s.sendall(b"welcome\n")


def exactly(s, n):
    got = b""
    while len(got) < n:
        piece = s.recv(n - len(got))
        if not piece:
            raise OSError("closed")
        got += piece
    return got


def relay(a, b):
    def copy(source, sink):
        try:
            while piece := source.recv(65536):
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    other = threading.Thread(target=copy, args=(b, a))
    other.start()
    copy(a, b)
    other.join()
    b.close()


class Socks(Peer):
    """RFC 1928 and 1929, with names of its own."""

    def __init__(self, login=None, refuse=0, names=None, host=None):
        self.login, self.refuse, self.names = login, refuse, names or {}
        self.asked = []
        super().__init__(host)

    def handle(self, s):
        version, n = exactly(s, 2)
        assert version == 5
        methods = exactly(s, n)
        wanted = 2 if self.login else 0
        if wanted not in methods:
            s.sendall(b"\x05\xff")
            return
        s.sendall(bytes([5, wanted]))
        if self.login:
            assert exactly(s, 1) == b"\x01"
            user = exactly(s, exactly(s, 1)[0]).decode()
            password = exactly(s, exactly(s, 1)[0]).decode()
            s.sendall(b"\x01" + (b"\x00" if (user, password) == self.login else b"\x01"))
            if (user, password) != self.login:
                return
        version, command, _, kind = exactly(s, 4)
        assert (version, command) == (5, 1)
        if kind == 3:
            host = exactly(s, exactly(s, 1)[0]).decode()
        else:
            host = str(ipaddress.ip_address(exactly(s, 4 if kind == 1 else 16)))
        port = struct.unpack("!H", exactly(s, 2))[0]
        self.asked.append((host, port))
        if self.refuse:
            s.sendall(bytes([5, self.refuse, 0, 1]) + bytes(6))
            return
        far = socket.create_connection((self.names.get(host, host), port))
        s.sendall(b"\x05\x00\x00\x01" + bytes(6))
        relay(s, far)


class HttpProxy(Peer):
    """RFC 9110, 9.3.6."""

    def __init__(self, login=None, names=None):
        self.login, self.names = login, names or {}
        self.asked = []
        super().__init__()

    def handle(self, s):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += exactly(s, 1)
        lines = head.decode().split("\r\n")
        method, authority, version = lines[0].split(" ")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
        assert (method, version, fields["host"]) == ("CONNECT", "HTTP/1.1", authority), head
        self.asked.append(authority)
        if self.login:
            basic = base64.b64encode(":".join(self.login).encode()).decode()
            if fields.get("proxy-authorization") != "basic " + basic.lower():
                s.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
                return
        host, _, port = authority.rpartition(":")
        host = host.strip("[]")
        far = socket.create_connection((self.names.get(host, host), int(port)))
        # The far end's first words in the same segment as the answer.
        first = b""
        if select.select([far], [], [], 0.2)[0]:
            first = far.recv(100)
        s.sendall(b"HTTP/1.1 200 Connection established\r\nX: y\r\n\r\n" + first)
        relay(s, far)


# ---- proxies -----------------------------------------------------------------------------


def through_socks():
    with Echo() as echo, Socks() as proxy:
        r = connect(f"127.0.0.1:{echo.port}", "--proxy", f"socks5://127.0.0.1:{proxy.port}", said=b"hello")
        equal((r.returncode, r.stdout), (0, b"hello"))
        equal(r.stderr, f"through the proxy socks5://127.0.0.1:{proxy.port}\n".encode())
        equal(proxy.asked, [("127.0.0.1", echo.port)])


def through_socks_by_name():
    with Greeter() as far, Socks(names={"far.invalid": "127.0.0.1"}) as proxy:
        r = connect(f"far.invalid:{far.port}", "--proxy", f"socks5h://127.0.0.1:{proxy.port}")
        equal((r.returncode, r.stdout), (0, b"welcome\n"))
        equal(proxy.asked, [("far.invalid", far.port)])


def through_socks_to_ipv6():
    try:
        echo, proxy = Echo("::1"), Socks(host="::1")
    except OSError as e:
        raise Skip(f"no IPv6 here: {e}")
    with echo, proxy:
        r = connect(f"[::1]:{echo.port}", "--proxy", f"socks5://[::1]:{proxy.port}", said=b"six")
        equal((r.returncode, r.stdout), (0, b"six"))
        equal(proxy.asked, [("::1", echo.port)])


def socks_with_a_password():
    with Echo() as echo, Socks(login=("me", "s3cret:/@")) as proxy:
        url = f"socks5://me:%s@127.0.0.1:{proxy.port}"
        r = connect(f"127.0.0.1:{echo.port}", "--proxy", url % "s3cret:%2F%40", said=b"x")
        equal((r.returncode, r.stdout), (0, b"x"))
        assert b"s3cret" not in r.stderr, r.stderr
        r = connect(f"127.0.0.1:{echo.port}", "--proxy", url % "wrong")
        equal(r.returncode, 3)
        assert b"does not accept the user and password" in r.stderr and b"wrong" not in r.stderr, r.stderr
        r = connect(f"127.0.0.1:{echo.port}", "--proxy", f"socks5://127.0.0.1:{proxy.port}")
        equal(r.returncode, 3)
        assert b"wants a user and a password" in r.stderr, r.stderr


def socks_that_refuses():
    for code, status, words in ((5, 1, b"ECONNREFUSED"), (4, 1, b"EHOSTUNREACH"), (2, 3, b"EACCES"), (99, 1, b"99")):
        with Socks(refuse=code) as proxy:
            r = connect("far.invalid:1", "--proxy", f"socks5://127.0.0.1:{proxy.port}")
            equal(r.returncode, status)
            assert words in r.stderr, r.stderr
            equal(r.stderr.count(b"\n"), 2)


def through_http():
    with Greeter() as far, HttpProxy(names={"far.invalid": "127.0.0.1"}) as proxy:
        r = connect(f"far.invalid:{far.port}", "--proxy", f"http://127.0.0.1:{proxy.port}")
        equal((r.returncode, r.stdout), (0, b"welcome\n"))
        equal(proxy.asked, [f"far.invalid:{far.port}"])


def http_with_a_password():
    with Echo() as echo, HttpProxy(login=("me", "s3cret")) as proxy:
        r = connect(f"127.0.0.1:{echo.port}", "--proxy", f"http://me:s3cret@127.0.0.1:{proxy.port}", said=b"x")
        equal((r.returncode, r.stdout), (0, b"x"))
        r = connect(f"127.0.0.1:{echo.port}", "--proxy", f"http://127.0.0.1:{proxy.port}")
        equal(r.returncode, 3)
        assert b"407 Proxy Authentication Required" in r.stderr, r.stderr


def through_ncat():
    if not shutil.which("ncat"):
        raise Skip("ncat is not installed")
    with Greeter() as far:
        for kind, scheme in (("http", "http"), ("socks5", "socks5")):
            with socket.create_server(("127.0.0.1", 0)) as s:
                port = s.getsockname()[1]
            process = subprocess.Popen(
                ["ncat", "-lk", "--proxy-type", kind, "127.0.0.1", str(port)], stderr=subprocess.PIPE, text=True
            )
            try:
                until(lambda: listens(port) or process.poll() is not None, PATIENCE)
                r = connect(f"127.0.0.1:{far.port}", "--proxy", f"{scheme}://127.0.0.1:{port}", "--no-half-close")
                if b"unknown" in r.stderr or process.poll() is not None:
                    continue  # Older ones speak only HTTP.
                equal((r.returncode, r.stdout), (0, b"welcome\n"))
            finally:
                process.kill()
                process.wait()


def listens(port):
    return subprocess.run(["ss", "-Hltn", f"sport = :{port}"], capture_output=True).stdout


def the_environment_says():
    with Echo() as echo, Socks() as socks, HttpProxy() as http:
        endpoint = f"127.0.0.1:{echo.port}"
        upper, lower = f"socks5://127.0.0.1:{socks.port}", f"http://127.0.0.1:{http.port}"
        cases = [
            ({"ALL_PROXY": upper}, [], f"through the proxy {upper}, as the environment says in ALL_PROXY\n"),
            ({"all_proxy": lower}, [], f"through the proxy {lower}, as the environment says in all_proxy\n"),
            (
                {"all_proxy": lower, "ALL_PROXY": upper},
                [],
                f"through the proxy {lower}, as the environment says in all_proxy\n",
            ),
            ({"all_proxy": lower}, ["--proxy", upper], f"through the proxy {upper}\n"),
            ({"all_proxy": lower, "NO_PROXY": "127.0.0.0/8"}, [], ""),
            ({"all_proxy": lower, "no_proxy": "other, 127.0.0.1"}, [], ""),
            ({"all_proxy": lower}, ["--no-proxy"], ""),
            ({"ALL_PROXY": "socks4://me:s3cret@x"}, ["--no-proxy"], ""),
        ]
        for environment, words, said in cases:
            r = connect(endpoint, *words, said=b"x", environment=environment)
            equal((r.returncode, r.stdout, r.stderr.decode()), (0, b"x", said))
        r = connect(endpoint, environment={"ALL_PROXY": "socks4://me:s3cret@x"})
        equal((r.returncode, r.stdout), (2, b""))
        assert b"ALL_PROXY" in r.stderr and b"s3cret" not in r.stderr, r.stderr
        r = connect(endpoint, "--json", said=b"x", environment={"ALL_PROXY": upper})
        assert any(json.loads(line).get("proxy") == upper for line in r.stdout.splitlines()), r.stdout


def proxies_in_trouble():
    with Peer() as silent:
        silent.handle = lambda s: s.recv(1000) and s.recv(1)
        r = connect("far:1", "--proxy", f"http://127.0.0.1:{silent.port}", "--timeout", "0.3")
        equal(r.returncode, 1)
        assert b"sockeye connect: proxy 127.0.0.1" in r.stderr and b"no answer within 300 ms" in r.stderr, r.stderr
    with Peer() as hasty:
        hasty.handle = lambda s: s.sendall(b"SSH-2.0-\x1b[31mx\r\n\r\n")
        r = connect("far:1", "--proxy", f"http://127.0.0.1:{hasty.port}")
        equal(r.returncode, 1)
        assert b"does not speak HTTP" in r.stderr and b"\x1b" not in r.stderr, r.stderr
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
    r = connect("far:1", "--proxy", f"http://127.0.0.1:{port}")
    equal(r.returncode, 1)
    assert b"ECONNREFUSED" in r.stderr, r.stderr


# ---- several addresses -------------------------------------------------------------------

IN_A_NETWORK = r"""
ip link set lo up && mount --bind "$1" /etc/hosts || exit 77
if ip link add far type dummy || ip link add far type veth peer name beyond; then
    { ip link set beyond up 2>/dev/null; ip link set far up; } &&
        ip addr add 2001:db8::2/64 dev far nodad || exit 77
else
    ip addr add 2001:db8::1/128 dev lo nodad && ip6tables -A INPUT -d 2001:db8::1 -j DROP || exit 77
fi
shift
exec "$@"
"""


def a_black_hole_is_left_for_ipv4():
    if os.geteuid() or not shutil.which("unshare"):
        raise Skip("it takes root and unshare")
    with tempfile.NamedTemporaryFile("w") as hosts, tempfile.NamedTemporaryFile("w") as script:
        hosts.write("2001:db8::1 far.test\n127.0.0.2 far.test\n127.0.0.1 localhost\n")
        hosts.flush()
        # Server and session in one namespace, whose neighbour 2001:db8::1 never answers.
        script.write(
            'exec 3< <("$1" serve echo 127.0.0.2:0 --json)\n'
            "server=$!\n"
            "read -r line <&3\n"
            "port=${line##*127.0.0.2:} port=${port%%[^0-9]*}\n"
            "start=${EPOCHREALTIME/./}\n"
            'printf hello | "$1" connect "far.test:$port" --json\n'
            "echo $((${EPOCHREALTIME/./} - start))\n"
            "kill $server\n"
        )
        script.flush()
        r = subprocess.run(
            ["unshare", "-mn", "sh", "-c", IN_A_NETWORK, "sh", hosts.name, "bash", script.name, SOCKEYE],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            env=clean_environment(),
        )
    if r.returncode == 77:
        raise Skip(f"no such network: {r.stderr.strip()}")
    *lines, microseconds = r.stdout.splitlines()
    events = [json.loads(line) for line in lines]
    assert any(e.get("text") == "hello" for e in events), r.stdout + r.stderr
    assert 250_000 <= int(microseconds) < 2_000_000, microseconds
    tried = [e["peer"] for e in events if e.get("event") == "session" and e["state"] == "connecting"]
    assert any(e.get("state") == "open" and e["peer"].startswith("127.0.0.2:") for e in events), r.stdout
    assert all(p.startswith(("[2001:db8::1]:", "127.0.0.2:")) for p in tried), tried


# ---- datagrams to many -------------------------------------------------------------------


class Connected:
    """A `sockeye connect` that goes on, to talk with."""

    def __init__(self, *words):
        self.process = subprocess.Popen(
            [SOCKEYE, "connect", *words, "--json"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=clean_environment(),
        )
        self.events = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def session(self, state="open"):
        return until(
            lambda: next((e for e in self.events if e.get("event") == "session" and e["state"] == state), None),
            PATIENCE,
        )

    def received(self):
        return "".join(e["text"] for e in self.events if e.get("event") == "received")

    def say(self, text):
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(PATIENCE)


def group_socket(group, interface="lo"):
    """A Python member of a group, on a port of its own."""
    index = socket.if_nametoindex(interface)
    if ":" in group:
        s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        s.bind(("::", 0))
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(socket.AF_INET6, group) + struct.pack("I", index))
    else:
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("0.0.0.0", 0))
        s.setsockopt(
            socket.IPPROTO_IP,
            socket.IP_ADD_MEMBERSHIP,
            socket.inet_aton(group) + socket.inet_aton("127.0.0.1") + struct.pack("i", index),
        )
    s.settimeout(PATIENCE)
    return s


def delivers(member, group):
    """Whether the loopback interface carries this group at all."""
    index = socket.if_nametoindex("lo")
    with socket.socket(member.family, socket.SOCK_DGRAM) as s:
        if ":" in group:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        else:
            s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        s.sendto(b"x", (group, member.getsockname()[1]))
    return select.select([member], [], [], 0.5)[0] and member.recv(1)


def to_a_group_of_ipv6():
    talk_to_a_group("ff12::77", "[ff12::77%lo]", "--multicast-interface", "lo")


def to_a_group():
    talk_to_a_group("239.77.1.2", "239.77.1.2", "--multicast-interface", "lo", "--multicast-ttl", "3")


def talk_to_a_group(group, host, *words):
    try:
        member = group_socket(group)
        if not delivers(member, group):
            raise Skip("loopback carries no groups of this kind")
    except OSError as e:
        raise Skip(f"{group} cannot be joined: {e}")
    with member, Connected(f"udp://{host}:{member.getsockname()[1]}", *words) as c:
        assert c.session(), (c.events, c.process.poll())
        # It is known from the beginning where the answers go.
        assert not c.session()["local"].endswith(":*"), c.events
        c.say(b"to all")
        said, sender = member.recvfrom(100)
        equal(said, b"to all")
        # The answer comes from elsewhere than what was sent to.
        member.sendto(b"from one", sender)
        assert until(lambda: c.received() == "from one", PATIENCE), c.events


def a_server_in_a_group():
    server = subprocess.Popen(
        [SOCKEYE, "serve", "echo", "udp://0.0.0.0:0", "--join", "239.77.1.3%lo", "--json"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        port = int(json.loads(server.stdout.readline())["endpoint"].rpartition(":")[2])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(PATIENCE)
            s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
            s.sendto(b"anybody?", ("239.77.1.3", port))
            equal(s.recv(100), b"anybody?")
        with Connected(f"udp://239.77.1.3:{port}", "--multicast-interface", "lo") as c:
            assert c.session(), c.events
            c.say(b"and us")
            assert until(lambda: c.received() == "and us", PATIENCE), c.events
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(PATIENCE)


def a_session_in_a_group():
    """Whoever joins hears what others send to the group's port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        # Two sessions share the port.
        words = (f"udp://239.77.1.4:{port + 1 if port < 65535 else port - 1}", "--join", "239.77.1.4%lo")
        with Connected(*words) as one, Connected(*words) as two:
            for c in (one, two):
                assert c.session(), (c.events, c.process.stderr.peek())
            s.sendto(b"news", ("239.77.1.4", int(words[0].rpartition(":")[2])))
            for c in (one, two):
                assert until(lambda: c.received() == "news", PATIENCE), c.events


def to_everybody():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(PATIENCE)
        s.bind(("0.0.0.0", 0))
        endpoint = f"udp://127.255.255.255:{s.getsockname()[1]}"
        r = connect(endpoint)
        equal(r.returncode, 3)
        assert b"EACCES" in r.stderr and b"--broadcast" in r.stderr, r.stderr
        equal(r.stderr.count(b"\n"), 1)
        with Connected(endpoint, "--broadcast") as c:
            assert c.session(), c.events
            c.say(b"to all")
            said, sender = s.recvfrom(100)
            equal(said, b"to all")
            s.sendto(b"from one", sender)
            assert until(lambda: c.received() == "from one", PATIENCE), c.events


# ---- paths -------------------------------------------------------------------------------


def paths_of_every_kind():
    with tempfile.TemporaryDirectory() as folder:
        for scheme, kind in (
            ("unix", socket.SOCK_STREAM),
            ("unix-seqpacket", socket.SOCK_SEQPACKET),
            ("unix-dgram", socket.SOCK_DGRAM),
        ):
            for place, name in (
                (f"{folder}/{scheme}", f"{folder}/{scheme}"),
                (f"\0sockeye-{os.getpid()}-{scheme}", f"@sockeye-{os.getpid()}-{scheme}"),
            ):
                with socket.socket(socket.AF_UNIX, kind) as s:
                    s.settimeout(PATIENCE)
                    s.bind(place)
                    if kind != socket.SOCK_DGRAM:
                        s.listen(1)
                    with Connected(f"{scheme}:{name}") as c:
                        assert c.session(), (scheme, c.events)
                        talk_on_a_path(s, c, kind)


def talk_on_a_path(s, c, kind):
    c.say(b"there")
    if kind == socket.SOCK_DGRAM:
        said, sender = s.recvfrom(100)
        assert sender, "it has no name to answer to"
        s.sendto(b"and back", sender)
    else:
        s, _ = s.accept()
        s.settimeout(PATIENCE)
        said = s.recv(100)
        credentials = struct.unpack("3i", s.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        equal(credentials[1:], (os.getuid(), os.getgid()))
        s.sendall(b"and back")
    equal(said, b"there")
    assert until(lambda: c.received() == "and back", PATIENCE), c.events
    if kind != socket.SOCK_DGRAM:
        s.close()


def paths_with_socat():
    if not shutil.which("socat"):
        raise Skip("socat is not installed")
    for scheme, address in (("unix", "ABSTRACT-LISTEN:{}"), ("unix-seqpacket", "ABSTRACT-LISTEN:{},type=5")):
        name = f"sockeye-socat-{os.getpid()}-{scheme}"
        process = subprocess.Popen(["socat", address.format(name), "PIPE"])
        try:
            until(lambda: "@" + name in open("/proc/net/unix").read(), PATIENCE)
            r = connect(f"{scheme}:@{name}", said=b"socat")
            equal((r.returncode, r.stdout), (0, b"socat"))
        finally:
            process.kill()
            process.wait()


# ---- options -----------------------------------------------------------------------------


def options_before_connecting():
    with Echo() as echo:
        with Connected(
            f"127.0.0.1:{echo.port}", "--option", "SO_RCVBUF=65536", "--option", "IP_TOS=16", "--source", "127.0.0.9"
        ) as c:
            assert c.session(), c.events
            local = c.session()["local"]
            assert local.startswith("127.0.0.9:"), local
            shown = subprocess.run(
                ["ss", "-Hmtn", f"sport = :{local.rpartition(':')[2]}"], capture_output=True, text=True
            ).stdout
            assert re.search(r"\brb131072\b", shown), shown
    r = connect("127.0.0.1:1", "--option", "SO_NOSUCH=1")
    equal(r.returncode, 2)
    assert b"SO_NOSUCH" in r.stderr, r.stderr
    r = connect("127.0.0.1:1", "--option", "SO_RCVBUF=much")
    equal(r.returncode, 2)


CASES = [
    ("bytes go through SOCKS5, and it is said", through_socks),
    ("SOCKS5 looks the name up", through_socks_by_name),
    ("SOCKS5 takes an IPv6 address", through_socks_to_ipv6),
    ("SOCKS5 has user and password, which stay unseen", socks_with_a_password),
    ("SOCKS5 says why it refuses", socks_that_refuses),
    ("bytes behind an HTTP proxy's answer are not lost", through_http),
    ("an HTTP proxy has user and password", http_with_a_password),
    ("ncat's proxies carry bytes", through_ncat),
    ("the environment is read, named and overruled", the_environment_says),
    ("a proxy in trouble is named", proxies_in_trouble),
    ("an address that never answers is left for the next", a_black_hole_is_left_for_ipv4),
    ("a group hears us and answers", to_a_group),
    ("so does one of IPv6", to_a_group_of_ipv6),
    ("a server in a group answers", a_server_in_a_group),
    ("sessions in a group share its port", a_session_in_a_group),
    ("a broadcast takes its option", to_everybody),
    ("paths and abstract names of every kind", paths_of_every_kind),
    ("paths with socat", paths_with_socat),
    ("options and the source are set before connecting", options_before_connecting),
]

if __name__ == "__main__":
    run_cases([], CASES, sys.argv[1:])
