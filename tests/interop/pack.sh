#!/bin/bash
# pack and unpack must agree with Python's struct: in bytes, in values, in what is an error.
. "$(dirname "$0")/../e2e/lib.sh"

command -v python3 >/dev/null || skip_all 'python3 is not installed'
cases() {
    SOCKEYE=$SOCKEYE python3 -B "$e2e_root/tests/interop/pack.py" "$@" >"$work/out" 2>&1
    local status=$?
    sed 's/^/# /' "$work/out"
    return "$status"
}

check 'formats and values at random pack to the same bytes' cases pack
check 'the same formats unpack to the same values' cases unpack
check 'what struct refuses is refused' cases errors
done_testing
