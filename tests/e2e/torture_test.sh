#!/bin/bash
# A sample of what tests/torture/run does to all of them: calls of the program that fail.
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || skip_all "python3 is missing"
[ -e "$BUILD/torture/libfail.so" ] || skip_all "torture/libfail.so is not built"

# One of each sort, the same in each run, so that what fails was broken by the last change.
sample() { # SCENARIO
    "$e2e_root/tests/torture/run" --shallow "$1" --seed 1 errors connect serve message sockets \
        sockets-save capture-pcap connect-saves
}
check 'a call that fails is told, and nothing is lost' sample 64
done_testing
