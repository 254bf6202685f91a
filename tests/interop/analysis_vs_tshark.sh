#!/bin/bash
# The TCP analysis and tshark must find the same in the packets of tests/interop/captures, and
# what differs must be explained in analysis_differences.md.  Prints TAP.
#
# With files (classic pcap, all of one link type, no address in two of them) it reports on
# those instead, and expects nothing.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}

skip() {
    echo "1..0 # SKIP $1"
    exit 0
}

for tool in tshark python3; do
    command -v "$tool" >/dev/null 2>&1 || skip "$tool is not installed"
done
# Another version has other rules: what differs then is no fault of ours.
case $(tshark --version 2>/dev/null) in
*'(Wireshark) 4.0.'*) ;;
*) skip "the rules are those of tshark 4.0" ;;
esac
[ -f "$BUILD/libcore.a" ] || skip "$BUILD/libcore.a is not built"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
helper=$work/analysis_notes
tests/interop/build_helper "$helper" tests/interop/analysis_notes.c "$BUILD/libcore.a" || exit 1

differences=tests/interop/analysis_differences.md
if [ $# -gt 0 ]; then
    differences=''
else
    set -- tests/interop/captures/*.pcap
fi
PYTHONDONTWRITEBYTECODE=1 python3 tests/interop/analysis_vs_tshark.py "$helper" "$differences" "$@"
