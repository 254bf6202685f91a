#!/usr/bin/env python3
"""decode_vs_tshark.py HELPER DIFFERENCES FILE.pcap...: compares the decoder's answers with tshark's.

HELPER is decode_fields.c built.  DIFFERENCES lists what may differ and why: FILE PACKET KEY WHY, parted
by tabs; PACKET may be *.  Prints TAP: a test a file, one for datagrams put together from fragments, and
one that every listed difference is still there.  Two runs of tshark over all files at once.
"""
import collections
import itertools
import os
import subprocess
import sys
import tempfile

FIELDS = """frame.number frame.protocols ip.src ip.dst ipv6.src ipv6.dst tcp.srcport tcp.dstport udp.srcport
udp.dstport sctp.srcport sctp.dstport tcp.seq_raw tcp.ack_raw tcp.flags tcp.window_size_value tcp.len tcp.hdr_len
tcp.options.mss_val tcp.options.wscale.shift tcp.options.timestamp.tsval tcp.options.timestamp.tsecr
tcp.options.sack_le tcp.options.sack_re tcp.option_kind icmp.type icmp.code icmpv6.type icmpv6.code ip.ttl ipv6.hlim
ip.frag_offset udp.length vlan.id ieee8021ad.id mpls.label gre.key gre.proto vxlan.vni pppoe.code ppp.protocol
arp.opcode dns.qry.name dns.qry.type dns.flags.rcode dns.resp.name dns.a dns.aaaa dns.cname
tls.handshake.extensions_server_name tls.handshake.type tls.handshake.ciphersuite
tls.handshake.extensions.supported_version tls.handshake.extensions_alpn_str tls.record.content_type tls.record.opaque_type tls.record.version
tls.alert_message.desc http.request.method http.request.uri http.response.code sctp.chunk_type sctp.data_tsn_raw
dhcp.option.dhcp dhcp.ip.your ntp.flags.mode ntp.stratum
ip.fragment ipv6.fragment ip.reassembled.length ipv6.reassembled.length""".split()
OPTIONS = ["-o", "tcp.relative_sequence_numbers:FALSE", "-o", "tcp.analyze_sequence_numbers:FALSE", "-o", "tcp.desegment_tcp_streams:FALSE",
           "-o", "tls.desegment_ssl_records:FALSE", "-o", "tls.desegment_ssl_application_data:FALSE",
           "-o", "http.desegment_headers:FALSE", "-o", "http.desegment_body:FALSE"]
SEPARATOR = "\x1f"


class Packet(dict):
    """Of tshark: field name to a list of all its values; of ours: key to a list."""

    def last(self, key):
        return self[key][-1] if self.get(key) else ""


def ask_tshark(path, defragment):
    command = ["tshark", "-n", "-r", path, *OPTIONS, "-o", f"ip.defragment:{defragment}", "-o",
               f"ipv6.defragment:{defragment}", "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a",
               "-E", f"aggregator={SEPARATOR}"]
    for name in FIELDS:
        command += ["-e", name]
    out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    for line in out.decode(errors="replace").split("\n"):
        if line:
            values = line.split("\t")
            yield Packet({n: v.split(SEPARATOR) for n, v in zip(FIELDS, values) if v})


def ask_of_all(paths, defragment):
    with tempfile.TemporaryDirectory() as work:
        merged = work + "/all.pcapng"
        subprocess.run(["mergecap", "-a", "-w", merged, *paths], check=True)
        return list(ask_tshark(merged, defragment))


def ask_us(helper, paths):
    out = subprocess.run([helper, *paths], stdout=subprocess.PIPE, check=True).stdout
    whole, datagrams = [], []
    for line in out.decode().split("\n"):
        if not line:
            continue
        path, number, *pairs = line.split("\t")
        packet = Packet(path=[path], number=[number])
        for pair in pairs:
            key, value = pair.split("=", 1)
            if key == "field":
                where, value = value.split(":", 2)[0::2]
                name, value = value.split("=", 1)
                key = f"{where}:{name}"
            packet.setdefault(key, []).append(value)
        (datagrams if "reassembled" in packet else whole).append(packet)
    return whole, datagrams


def layers_of(t):
    """tshark's layers up to an ICMP message: what that quotes is not the packet itself."""
    layers = t.last("frame.protocols").split(":")
    for i, layer in enumerate(layers):
        if layer in ("icmp", "icmpv6"):
            return layers[:i + 1]
    return layers


def number(text):
    return str(int(text, 0)) if text else ""


def head(text):
    return text.split(" ")[0].split(",")[0] if text else ""


def in_parentheses(text):
    return number(text[text.rindex("(") + 1:text.rindex(")")]) if "(" in text else text


def innermost(t, layers, field4, field6):
    places = [layer for layer in layers if layer in ("ip", "ipv6")]
    if not places:
        return ""
    kind = places[-1]
    values = t.get(field4 if kind == "ip" else field6, [])
    index = places.count(kind) - 1
    return values[index] if index < len(values) else ""


def transport_of(layers):
    after = []
    for layer in layers:
        after = [] if layer in ("ip", "ipv6") else after + [layer]
    return next((layer for layer in after if layer in ("tcp", "udp", "sctp")), None)


def theirs_of(t):
    layers = layers_of(t)
    transport = transport_of(layers)
    index = layers.count(transport) - 1 if transport else 0
    quoted = layers[-1] in ("icmp", "icmpv6")

    def of(field, when):
        values = t.get(field, [])
        return values[index] if when and index < len(values) else ""

    def all_of(field, convert=str):
        return [] if quoted else [convert(v) for v in t.get(field, []) if v]
    tcp = transport == "tcp"
    kind = "icmp" if layers[-1] == "icmp" else "icmpv6"
    out = {
        "source": innermost(t, layers, "ip.src", "ipv6.src"),
        "destination": innermost(t, layers, "ip.dst", "ipv6.dst"),
        "ttl": innermost(t, layers, "ip.ttl", "ipv6.hlim"),
        "sport": of(f"{transport}.srcport", transport), "dport": of(f"{transport}.dstport", transport),
        "seq": of("tcp.seq_raw", tcp), "ack": of("tcp.ack_raw", tcp), "flags": of("tcp.flags", tcp),
        "window": of("tcp.window_size_value", tcp), "payload": of("tcp.len", tcp), "header": of("tcp.hdr_len", tcp),
        "mss": of("tcp.options.mss_val", tcp), "wscale": of("tcp.options.wscale.shift", tcp),
        "tsval": of("tcp.options.timestamp.tsval", tcp), "tsecr": of("tcp.options.timestamp.tsecr", tcp),
        "sack": [f"{a}-{b}" for a, b in zip(all_of("tcp.options.sack_le"), all_of("tcp.options.sack_re"))],
        "udp length": of("udp.length", transport == "udp"),
        "icmp": f"{t[kind + '.type'][0]}/{t.get(kind + '.code', ['-'])[0]}" if quoted and kind + ".type" in t else "",
        "vlan": sorted(number(v) for v in t.get("vlan.id", []) + t.get("ieee8021ad.id", [])),
        "mpls": t.get("mpls.label", []), "gre key": [number(v) for v in t.get("gre.key", [])],
        "gre": [number(v) for v in t.get("gre.proto", [])],
        "vni": [number(v) for v in t.get("vxlan.vni", [])],
        "pppoe": [number(v) for v in t.get("pppoe.code", [])], "ppp": [number(v) for v in t.get("ppp.protocol", [])],
        "arp": [number(v) for v in t.get("arp.opcode", [])],
        "dns query": all_of("dns.qry.name"), "dns type": all_of("dns.qry.type", number),
        "dns rcode": all_of("dns.flags.rcode", number), "dns record": sorted(all_of("dns.resp.name")),
        "dns data": sorted(all_of("dns.a") + all_of("dns.aaaa") + all_of("dns.cname")),
        "tls sni": all_of("tls.handshake.extensions_server_name"), "tls handshake": all_of("tls.handshake.type", number),
        "tls cipher": all_of("tls.handshake.ciphersuite", number),
        "tls versions": all_of("tls.handshake.extensions.supported_version", number),
        "tls alpn": all_of("tls.handshake.extensions_alpn_str"),
        "tls record": sorted(all_of("tls.record.content_type", number) + all_of("tls.record.opaque_type", number)), "tls version": all_of("tls.record.version", number),
        "tls alert": all_of("tls.alert_message.desc", number),
        "http method": all_of("http.request.method"), "http uri": all_of("http.request.uri"),
        "http status": all_of("http.response.code"),
        "sctp chunks": all_of("sctp.chunk_type", number), "sctp tsn": all_of("sctp.data_tsn_raw", number),
        "dhcp type": all_of("dhcp.option.dhcp", number), "dhcp yours": all_of("dhcp.ip.your"),
        "ntp mode": all_of("ntp.flags.mode", number), "ntp stratum": all_of("ntp.stratum", number),
    }
    return out


def hexadecimal(values):
    return [number(v) for v in values if v.startswith("0x")]


def without_root(names):
    return ["<Root>" if n == "." else n for n in names]


def ours_of(p):
    def field(name, convert=head, depth=None):
        keys = [f"{depth}:{name}"] if depth is not None else [f"{i}:{name}" for i in range(4)]
        return [convert(v) for key in keys for v in p.get(key, [])]
    tcp = "seq" in p
    icmp = "icmp" in p
    is_dns = bool(p.get("0:Domain Name System"))
    data = [v.split(" ") for n in ("Answer", "Authority", "Additional") for v in p.get(f"1:{n}", [])]
    tls = bool(p.get("0:Transport Layer Security"))
    out = {key: p.last(key) for key in ("source", "destination", "sport", "dport", "seq", "ack", "flags", "window",
                                        "header", "mss", "wscale", "tsval", "tsecr", "icmp", "ttl")}
    out |= {
        # Of a part of a segment tshark gives no length.
        "payload": p.last("payload") if tcp and "fragment" not in p else "", "sack": p.get("sack", []),
        "udp length": p["0:User Datagram Protocol"] and udp_length(p) if p.get("0:User Datagram Protocol") and not tcp and not icmp and "sport" in p else "",
        "vlan": sorted(field("ID", number)), "mpls": field("MPLS Label"), "gre key": field("Key", number),
        "gre": field("Protocol Type"), "vni": field("VXLAN Network Identifier (VNI)"),
        "pppoe": hexadecimal(field("Code")) if p.get("0:PPP-over-Ethernet") else [],
        "ppp": hexadecimal(field("Protocol")) if p.get("0:Point-to-Point Protocol") else [],
        "arp": field("Opcode"),
        "dns query": without_root(v.split(" ", 1)[1] for v in p.get("1:Query", [])),
        "dns type": [in_parentheses(v) for v in p.get("2:Type", [])][:len(p.get("1:Query", []))] if is_dns else [],
        "dns rcode": field("Reply code"), "dns record": sorted(without_root(v[0] for v in data if v[1] != "SRV")),
        "dns data": sorted(v[2] for v in data if v[1] in ("A", "AAAA", "CNAME")),
        "tls sni": p.get("3:Server Name", []),
        "tls handshake": [in_parentheses(v.split(",")[0]) for v in p.get("1:Handshake Protocol", [])],
        "tls cipher": [in_parentheses(v) for v in p.get("3:Cipher Suite", []) + p.get("2:Cipher Suite", [])],
        "tls versions": p.get("3:Supported Version", []), "tls alpn": p.get("3:ALPN Next Protocol", []),
        "tls record": sorted(field("Content Type")),
        "tls version": [], "tls alert": field("Description") if tls else [],
        "http method": p.get("1:Request Method", []), "http uri": p.get("1:Request URI", []),
        "http status": p.get("1:Status Code", []),
        "sctp chunks": [in_parentheses(v.split(",")[0]) for v in p.get("1:Chunk", [])],
        "sctp tsn": p.get("2:Transmission sequence number", []),
        "dhcp type": field("DHCP Message Type"), "dhcp yours": p.get("1:Your (client) IP address", []),
        "ntp mode": field("Mode"), "ntp stratum": field("Peer Clock Stratum"),
    }
    out["gre"] = [number(v) for v in out["gre"]]
    if tls:
        out["tls version"] = [in_parentheses(v) for v in p.get("2:Version", [])]
    return out


def udp_length(p):
    return p.last("1:Length")


VERSIONS = {"TLS 1.3": "772", "TLS 1.2": "771", "TLS 1.1": "770", "TLS 1.0": "769"}


def same(key, ours, theirs):
    if key == "flags":
        return number(ours) == number(theirs)
    if key == "tls versions":
        return [VERSIONS.get(v, v) for v in ours] == theirs
    if key == "tls version": # ours has those of the Hellos among them
        return set(theirs) <= set(ours)
    if key == "vlan":
        return ours == theirs
    return ours == theirs


def only_cut(p, key, ours, theirs):
    """tshark shows the first fields of a header that is cut; here a header is whole or unknown, and what holds is
    the last whole one."""
    if key in ("source", "destination", "ttl") and p.last("truncated").startswith("Internet Protocol"):
        return True
    return "truncated" in p and (not ours or not theirs or (isinstance(ours, list) and ours == theirs[:len(ours)]))


def compare(p, t):
    ours, theirs = ours_of(p), theirs_of(t)
    return [(key, ours[key], theirs[key]) for key in theirs
            if not same(key, ours[key], theirs[key]) and not only_cut(p, key, ours[key], theirs[key])]


def compare_fragments(ours, theirs, files, allowed):
    """Each datagram that tshark puts together, in which packet, of which ones, and how long it is."""
    def of(t):
        parts = t.get("ip.fragment") or t.get("ipv6.fragment")
        return parts and (tuple(sorted({int(v) for v in parts})), int((t.get("ip.reassembled.length") or t.get("ipv6.reassembled.length"))[0]))
    wanted = {}
    for (path, n, first), t in zip(files, theirs):
        found = of(t)
        if found and found[0] and max(found[0]) - first == n:
            wanted[path, n] = (tuple(v - first for v in found[0]), found[1])
    got = {}
    for p in ours:
        got[p.last("path"), int(p.last("number"))] = (
            tuple(sorted({int(v) for v in p.last("reassembled").split(",")})), int(p.last("length")))
    lines = []
    for k in sorted(got.keys() | wanted.keys()):
        entry = os.path.basename(k[0])[:-5], str(k[1]), "parts"
        if got.get(k) == wanted.get(k):
            continue
        if entry in allowed:
            allowed[entry] += 1
        else:
            lines.append(f"{' '.join(entry)}: ours {got.get(k)}, tshark's {wanted.get(k)}")
    return len(wanted), lines


def fragment_files(paths, datagrams):
    """Those in which datagrams were put together; tshark does it only where nothing is cut."""
    with_some = {p.last("path") for p in datagrams}
    return [p for p in paths if p in with_some and not p.endswith("cut.pcap")]


def group_of(path):
    """Files with the same connections must not be in one run: tshark would take one for the other's going on."""
    name = os.path.basename(path)
    return name if name.startswith("live") or name == "cut.pcap" else ""


def main():
    helper, table, *paths = sys.argv[1:]
    allowed = {}
    with open(table) as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                name, packet, key, _ = line.rstrip("\n").split("\t")
                allowed[name, packet, key] = 0
    theirs, paths = [], sorted(paths, key=group_of)
    for _, group in itertools.groupby(paths, group_of):
        theirs += ask_of_all(list(group), "FALSE")
    ours, datagrams = ask_us(helper, paths)
    assert len(ours) == len(theirs), f"{len(ours)} packets here, {len(theirs)} in tshark"
    bad = collections.defaultdict(list)
    explained = collections.Counter()
    files, counts = [], collections.Counter()
    for p, t in zip(ours, theirs):
        path, n = p.last("path"), int(p.last("number"))
        name = os.path.basename(path)[:-5]
        files.append((path, n))
        counts[path] += 1
        for key, a, b in compare(p, t):
            for entry in ((name, str(n), key), (name, "*", key), ("*", "*", key)):
                if entry in allowed:
                    allowed[entry] += 1
                    explained[path] += 1
                    break
            else:
                bad[path].append(f"packet {n}, {key}: ours {a}, tshark's {b}")
    print(f"1..{len(paths) + 2}")
    status = 0
    for i, path in enumerate(paths, 1):
        name = os.path.basename(path)[:-5]
        note = f", {explained[path]} values differ as explained" if explained[path] else ""
        if counts[path] < (100 if name.startswith("live") else 1):
            bad[path].append("no packets")
        print(f"{'not ok' if bad[path] else 'ok'} {i} - {name}: {counts[path]} packets as tshark reads them{note}")
        for line in bad[path][:8]:
            print(f"# {line}")
        status |= bool(bad[path])
    chosen = fragment_files(paths, datagrams)
    before = {path: sum(counts[p] for p in chosen[:i]) for i, path in enumerate(chosen)}
    rows = [(path, n, before[path]) for path, n in files if path in chosen]
    expected, lines = compare_fragments([p for p in datagrams if p.last("path") in chosen],
                                        ask_of_all(chosen, "TRUE") if chosen else [], rows, allowed)
    good = not lines and expected
    print(f"{'ok' if good else 'not ok'} {len(paths) + 1} - {expected} datagrams are put together from the same parts")
    print("".join(f"# {line}\n" for line in lines[:10]), end="")
    gone = [entry for entry, times in allowed.items() if not times and any(entry[0] in ("*", os.path.basename(p)[:-5]) for p in paths)]
    print(f"{'not ok' if gone else 'ok'} {len(paths) + 2} - every difference that the table explains is there")
    print("".join(f"# no longer: {' '.join(entry)}\n" for entry in gone), end="")
    return int(bool(status or not good or gone))


if __name__ == "__main__":
    sys.exit(main())
