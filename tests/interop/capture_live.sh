#!/bin/bash
# Live captures against what was sent: counts, filters that change, interfaces that come and go.
. "$(dirname "$0")/../e2e/lib.sh"

command -v python3 >/dev/null || skip_all 'python3 is not installed'
[ "$E2E_NETWORK" = own ] || skip_all 'needs a network of its own: it makes and removes interfaces'
[ -f "$BUILD/libprobes.a" ] || skip_all "$BUILD/libprobes.a is not built"
ip link add probe0 type veth peer name probe1 2>/dev/null || skip_all 'no veth here'
ip link del probe0

export CAPTURE_LIVE=$work/capture_live
# The library may have been built with a sanitizer, which then has to be linked.
for sanitizer in '' -fsanitize=address,undefined -fsanitize=thread; do
    # shellcheck disable=SC2086  # may be no word at all
    ${CC:-cc} -std=c17 -D_GNU_SOURCE -I. $sanitizer -pthread -o "$CAPTURE_LIVE" \
        tests/interop/capture_live.c "$BUILD/libprobes.a" "$BUILD/libcore.a" \
        -lpcap -lmnl -lcjson -lssl -lcrypto 2>"$work/build.log" && break
done
if [ ! -x "$CAPTURE_LIVE" ]; then
    sed 's/^/# /' "$work/build.log"
    echo 'Bail out! the helper does not build'
    exit 1
fi
run_cases ../interop/capture_live.py "$@"
done_testing
