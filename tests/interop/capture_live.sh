#!/bin/bash
# Live captures against what was sent: counts, filters that change, interfaces that come and go.
. "$(dirname "$0")/../e2e/lib.sh"

command -v python3 >/dev/null || skip_all 'python3 is not installed'
[ "$E2E_NETWORK" = own ] || skip_all 'needs a network of its own: it makes and removes interfaces'
[ -f "$BUILD/libprobes.a" ] || skip_all "$BUILD/libprobes.a is not built"
ip link add probe0 type veth peer name probe1 2>/dev/null || skip_all 'no veth here'
ip link del probe0

export CAPTURE_LIVE=$work/capture_live
"$e2e_root/tests/interop/build_helper" "$CAPTURE_LIVE" tests/interop/capture_live.c \
    "$BUILD/libprobes.a" "$BUILD/libcore.a" -lpcap -lmnl -lcjson -lssl -lcrypto || exit 1
run_cases ../interop/capture_live.py "$@"
done_testing
