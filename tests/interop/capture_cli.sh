#!/bin/bash
# `sockeye capture` beside tshark and tcpdump on every capture file that is here or made here: the
# same numbers in JSON as tshark, the same bytes in a dump as tcpdump.  Prints TAP.
. "$(dirname "$0")/../e2e/lib.sh"
cd "$e2e_root" || exit 1
for tool in tshark mergecap tcpdump python3; do
    command -v "$tool" >/dev/null || skip_all "$tool is not installed"
done
mkdir "$work/files"
python3 tests/interop/captures_protocols.py "$work/files" || exit 1
python3 tests/interop/capture_cli.py "$SOCKEYE" tests/interop/captures/*.pcap "$work/files"/*.pcap >"$work/json"
sed -n 's/^#/#/p' "$work/json"
check 'JSON says of whole packets what tshark says' grep -q '^ok 1' "$work/json"
check 'and of those that were cut' grep -q '^ok 2' "$work/json"

# tcpdump knows more link layers by another length; these are the usual ones.
for file in tests/interop/captures/{plain,many}.pcap "$work"/files/{arp,ipv6_link,null,raw,sll,sll2,vlan}.pcap; do
    for letter in -x -XX; do
        "$SOCKEYE" capture "$letter" -r "$file" 2>/dev/null | grep '^	0x' >"$work/ours"
        tcpdump "$letter" -nr "$file" 2>/dev/null | grep '^	0x' >"$work/theirs"
        cmp -s "$work/ours" "$work/theirs" || echo "$letter $file"
    done
done >"$work/differ"
sed 's/^/# /' "$work/differ"
check 'dumps are those of tcpdump, to the character' test ! -s "$work/differ"
for letters in -t -tt -ttt -tttt -ttttt; do
    times() {
        sed -nE 's/^( ?[-0-9:. ]*)(TCP|IP) .*/\1/p'
    }
    "$SOCKEYE" capture "$letters" -r tests/interop/captures/many.pcap | times >"$work/ours"
    tcpdump "$letters" -nr tests/interop/captures/many.pcap 2>/dev/null | times >"$work/theirs"
    cmp -s "$work/ours" "$work/theirs" && test -s "$work/ours" || echo "$letters"
done >"$work/differ"
sed 's/^/# /' "$work/differ"
check 'and so are the times' test ! -s "$work/differ"
done_testing
