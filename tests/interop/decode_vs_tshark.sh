#!/bin/bash
# The decoder and tshark must tell the same of every packet: addresses, ports, numbers, flags, lengths, options,
# labels, names.  Of capture files made by hand for each protocol, and of real traffic captured on the
# loopback of a network namespace of its own, as Ethernet and in each cooked form.  Prints TAP.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}

skip() {
    echo "1..0 # SKIP $1"
    exit 0
}

for tool in tshark mergecap tcpdump socat openssl curl ip ss unshare python3; do
    command -v "$tool" >/dev/null 2>&1 || skip "$tool is not installed"
done
if unshare -n true 2>/dev/null; then
    enter='unshare -n'
elif unshare -n --map-current-user --keep-caps true 2>/dev/null; then # not as root: tcpdump would drop it
    enter='unshare -n --map-current-user --keep-caps'
else
    skip "no network namespace may be made here"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
helper=$work/decode_fields
[ -f "$BUILD/libcore.a" ] || skip "$BUILD/libcore.a is not built"
tests/interop/build_helper "$helper" tests/interop/decode_fields.c "$BUILD/libcore.a" -lcjson ||
    exit 1

mkdir "$work/files"
python3 tests/interop/captures_protocols.py "$work/files" || exit 1
# shellcheck disable=SC2086  # words on purpose
if ! $enter bash tests/interop/captures_traffic "$work/files" >"$work/out" 2>&1; then
    sed 's/^/# /' "$work/out"
    echo "Bail out! the traffic could not be captured"
    exit 1
fi
python3 tests/interop/decode_vs_tshark.py "$helper" tests/interop/decode_differences.tsv "$work"/files/*.pcap
