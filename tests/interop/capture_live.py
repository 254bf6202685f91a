"""Cases of capture_live.sh: what a capture has of datagrams that were sent, each with a number.

Each case sends as many as it then finds in the store: none lost, none twice."""

import contextlib
import ctypes
import json
import os
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from terminal import run_cases, until

PATIENCE = 10
DISCARD = 9
BYTES = 200
UDP_HEADERS = 14 + 20 + 8


CLONE_NEWNET = 0x40000000


def apart(case):
    """In a network of its own, so that cases can run beside each other."""
    def run():
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNET) < 0:
            raise OSError(ctypes.get_errno(), "unshare")
        ip("link", "set", "lo", "up")
        return case()

    return run


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def equal(found, wanted):
    """The function comes to give what is wanted."""
    last = []

    def same():
        last[:] = [found()]
        return last[0] == wanted

    assert until(same, PATIENCE), f"{last[0]} instead of {wanted}"


class Live:
    """capture_live, with its questions as functions."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [os.environ["CAPTURE_LIVE"], *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        if not problem[0] and self.process.returncode:
            raise AssertionError(f"it ended with {self.process.returncode}")

    def ask(self, question):
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def status(self, interface=None):
        status = self.ask("status")
        return status.get(interface, {"state": None}) if interface else status

    def set_filter(self, text):
        """False when it did not take it, as it may while another one waits."""
        return self.ask("filter " + text)["code"] == 0

    def packets(self):
        return self.ask("packets")

    def await_state(self, interface, state):
        equal(lambda: self.status(interface)["state"], state)

    def add(self, interface):
        assert self.ask("add " + interface)
        self.await_state(interface, "running")

    def await_numbers(self, count):
        """Until so many different ones are there; none may be there twice or missing."""
        until(lambda: self.packets()["numbers"] >= count, PATIENCE)
        found = self.packets()
        wanted = {"packets": count, "lost": 0, "numbers": count, "again": 0}
        assert found == wanted, f"{found} instead of {wanted}: {self.status()}"


class Sender:
    """Numbered datagrams to nobody: what is sent to an address that nobody has is seen all the
    same.  Without a socket behind the port there would be an ICMP error for each."""

    def __init__(self, address="127.0.0.1"):
        self.sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        if address == "127.0.0.1":
            self.sink.bind((address, 0))
            self.port = self.sink.getsockname()[1]
        else:
            self.port = DISCARD
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect((address, self.port))
        self.next = 0

    def send(self, count, size=BYTES):
        for number in range(self.next, self.next + count):
            self.socket.send(bytes(size - 8) + struct.pack(">Q", number))
        self.next += count


@contextlib.contextmanager
def veth(name="probe0", peer="probe1", address="10.9.0.1"):
    """A pair; what goes to the other end of its network needs no ARP."""
    make_veth(name, peer, address)
    try:
        yield
    finally:
        subprocess.run(["ip", "link", "del", name], stderr=subprocess.DEVNULL)


def make_veth(name, peer, address):
    with open("/proc/sys/net/ipv6/conf/default/disable_ipv6", "w") as off:
        off.write("1")
    ip("link", "add", name, "type", "veth", "peer", "name", peer)
    ip("link", "set", peer, "up")
    raise_veth(name, address)


def raise_veth(name, address):
    ip("link", "set", name, "up")
    ip("address", "replace", address + "/24", "dev", name)
    neighbour = address.rsplit(".", 1)[0] + ".2"
    ip("neighbour", "replace", neighbour, "lladdr", "02:00:00:00:00:01", "dev", name)


def loopback_is_seen_once():
    with Live() as live:
        live.add("lo")
        Sender().send(5000)
        live.await_numbers(5000)
        equal(lambda: live.status("lo")["packets"], 5000)
        assert live.status("lo")["dropped"] == 0


def loopback_is_seen_once_by_any():
    with Live() as live:
        live.add("any")
        Sender().send(5000)
        live.await_numbers(5000)
        assert live.status("any")["link"] == 276


def a_renamed_loopback_is_seen_once():
    ip("link", "set", "lo", "down")
    ip("link", "set", "lo", "name", "loop")
    ip("link", "set", "loop", "up")
    for interface in "loop", "any":
        with Live() as live:
            live.add(interface)
            Sender().send(500)
            live.await_numbers(500)


@contextlib.contextmanager
def sending_elsewhere(sender, count):
    """Another process sends while the block runs, and comes to its end."""
    pid = os.fork()
    if pid == 0:
        sender.send(count)
        os._exit(0)
    try:
        yield
    finally:
        os.waitpid(pid, 0)


def filtered(interface, first, second):
    """A filter changes a hundred times while packets come that both let through."""
    def case():
        sender = Sender()
        names = {"port": sender.port, "other": sender.port ^ 1}
        with Live(first % names) as live:
            live.add(interface)
            with sending_elsewhere(sender, 40000):
                for i in range(100):
                    text = (second, first)[i % 2] % names
                    assert until(lambda text=text: live.set_filter(text), PATIENCE)
            equal(lambda: live.status()["filter"], first % names)
            live.await_numbers(40000)

    return case


def a_filter_keeps_out_from_its_first_packet():
    sender, other = Sender(), Sender()
    with Live(f"udp port {sender.port}") as live:
        live.add("lo")
        other.next = 60000
        other.send(100)
        sender.send(100)
        live.await_numbers(100)
        live.ask(f"filter udp port {other.port}")
        equal(lambda: live.status()["filter"], f"udp port {other.port}")
        sender.send(100)
        other.send(100)
        live.await_numbers(200)


def what_came_before_the_filter_is_kept_out():
    """Other packets flow all the time that the capture begins."""
    sender = Sender()
    for _ in range(5):
        with Live("udp port 1") as live:
            live.ask("add any")
            live.ask("add lo")
            while live.status("lo")["state"] != "running":
                sender.send(100)
                sender.next = 0
            sender.send(1000)
            sender.next = 0
            found = live.packets()["packets"]
            assert found == 0, f"{found} packets"


def a_wrong_filter_changes_nothing():
    sender = Sender()
    with Live(f"udp port {sender.port}") as live:
        live.add("lo")
        equal(lambda: live.ask("filter udp prot 5"), {"code": -22, "place": 5})
        equal(lambda: live.ask("filter udp and host"), {"code": -22, "place": 13})
        equal(lambda: live.ask("filter port nosuch"), {"code": -22, "place": 6})
        sender.send(100)
        live.await_numbers(100)
        equal(lambda: live.status()["filter"], f"udp port {sender.port}")


def a_filter_holds_for_all_interfaces_or_for_none():
    """libpcap finds no VLANs in what it has of "any"; it does on Ethernet."""
    sender = Sender()
    with Live(f"udp port {sender.port}") as live:
        live.add("lo")
        assert live.set_filter("vlan")
        equal(lambda: live.status()["filter"], "vlan")
        sender.send(10)
        assert live.set_filter(f"udp port {sender.port}")
        equal(lambda: live.status()["filter"], f"udp port {sender.port}")
        assert live.ask("add any")
        live.await_state("any", "running")
        equal(lambda: live.ask("filter vlan")["code"], -22)
        sender.next = 0
        sender.send(10)
        equal(lambda: live.packets()["packets"], 20)
        assert live.status()["filter"] == f"udp port {sender.port}"


def down_is_a_state():
    with veth(), Live() as live:
        live.add("probe0")
        sender = Sender("10.9.0.2")
        sender.send(100)
        live.await_numbers(100)
        ip("link", "set", "probe0", "down")
        live.await_state("probe0", "down")
        raise_veth("probe0", "10.9.0.1")
        live.await_state("probe0", "running")
        sender.send(100)
        live.await_numbers(200)


def one_that_is_down_is_waited_for():
    with veth(), Live("udp") as live:
        ip("link", "set", "probe0", "down")
        assert live.ask("add probe0")
        live.await_state("probe0", "down")
        raise_veth("probe0", "10.9.0.1")
        live.await_state("probe0", "running")
        Sender("10.9.0.2").send(100)
        live.await_numbers(100)


def inbound_is_all_of_loopback():
    for interface in "lo", "any":
        with Live("inbound and udp") as live:
            live.add(interface)
            Sender().send(5000)
            live.await_numbers(5000)


def removal_is_a_state():
    with Live("udp") as live:
        with veth():
            live.add("probe0")
            live.add("lo")
            sender = Sender("10.9.0.2")
            sender.send(100)
            live.await_numbers(100)
        live.await_state("probe0", "down")
        assert live.status("probe0")["error"] == -19
        with veth():
            live.await_state("probe0", "running")
            sender.send(100)
            live.await_numbers(200)
            equal(lambda: live.status("probe0")["packets"], 200)
            assert live.status("lo")["state"] == "running"


def several_interfaces():
    with veth(), veth("probe2", "probe3", "10.9.1.1"), Live("udp") as live:
        for interface in "lo", "probe0", "probe2":
            live.add(interface)
        for at, address in enumerate(("127.0.0.1", "10.9.0.2", "10.9.1.2")):
            sender = Sender(address)
            sender.next = 100 * at
            sender.send(100)
        live.await_numbers(300)
        for interface in "lo", "probe0", "probe2":
            equal(lambda i=interface: live.status(i)["packets"], 100)


def promiscuity(name):
    said = subprocess.run(
        ["ip", "-json", "-details", "link", "show", name], stdout=subprocess.PIPE, check=True
    )
    return json.loads(said.stdout)[0]["promiscuity"]


def promiscuous_is_asked_for():
    with veth():
        for options, wanted in ((), 0), (("-p",), 1):
            with Live(*options) as live:
                live.add("probe0")
                assert promiscuity("probe0") == wanted
                assert live.status("probe0")["promiscuous"] == wanted
                assert wanted or not live.status("probe0")["has_interface_dropped"]
        assert promiscuity("probe0") == 0


def what_the_snapshot_length_cuts_is_counted():
    with Live("-s", "100") as live:
        live.add("lo")
        sender = Sender()
        sender.send(50)
        sender.send(70, 100 - UDP_HEADERS)
        sender.send(30, 101 - UDP_HEADERS)
        equal(lambda: live.status("lo")["packets"], 150)
        equal(lambda: live.status("lo")["cut"], 80)


def a_reader_that_is_waited_for_sees_all_that_is_not_counted():
    """More than the kernel's ring holds comes before anything is read."""
    sent, held = 80000, 30000
    with Live("-w", "udp") as live:
        live.add("lo")
        Sender().send(sent)

        def all_told():
            found = live.packets()
            assert found["lost"] == 0, found
            return found["packets"] + live.status("lo")["dropped"] == sent

        assert until(all_told, PATIENCE), (live.packets(), live.status("lo"))
        found = live.packets()["packets"]
        assert held < found < sent, found


def the_delay_is_told_and_fades():
    with Live() as live:
        live.add("lo")
        assert live.status("lo")["delay_ns"] == 0
        Sender().send(1)
        equal(lambda: live.status("lo")["packets"], 1)
        delay = live.status("lo")["delay_ns"]
        assert 0 < delay < 1e9, delay
        equal(lambda: live.status("lo")["delay_ns"], 0)


def no_such_interface():
    with Live() as live:
        assert live.ask("add probe9")
        live.await_state("probe9", "failed")
        assert live.status("probe9")["error"] == -19


CASES = [
    ("loopback is seen once", loopback_is_seen_once),
    ("loopback is seen once by any", loopback_is_seen_once_by_any),
    ("a renamed loopback is seen once", a_renamed_loopback_is_seen_once),
    ("a changing filter loses nothing that both let through",
     filtered("lo", "udp port %(port)d", "udp and not port %(other)d")),
    ("nor does one on any", filtered("any", "udp port %(port)d", "udp and not port %(other)d")),
    ("nor one that the kernel cannot run",
     filtered("any", "udp and link[12] != 77", "udp port %(port)d")),
    ("a filter keeps out from its first packet", a_filter_keeps_out_from_its_first_packet),
    ("what came before the filter is kept out", what_came_before_the_filter_is_kept_out),
    ("a wrong filter is told with its place and changes nothing", a_wrong_filter_changes_nothing),
    ("a filter holds for all interfaces or for none", a_filter_holds_for_all_interfaces_or_for_none),
    ("an interface that goes down is captured again when it is up", down_is_a_state),
    ("one that is down is waited for", one_that_is_down_is_waited_for),
    ("inbound is all of loopback", inbound_is_all_of_loopback),
    ("one that was removed is captured again when it is made", removal_is_a_state),
    ("several interfaces at once", several_interfaces),
    ("promiscuous only when it was asked for", promiscuous_is_asked_for),
    ("what the snapshot length cuts is counted", what_the_snapshot_length_cuts_is_counted),
    ("a reader that is waited for sees all that is not counted",
     a_reader_that_is_waited_for_sees_all_that_is_not_counted),
    ("the delay is told and fades", the_delay_is_told_and_fades),
    ("an interface that does not exist is an error", no_such_interface),
]

if __name__ == "__main__":
    run_cases([], [(name, apart(case)) for name, case in CASES], sys.argv[1:])
