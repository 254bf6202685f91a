#!/bin/bash
# A receiver that stops reading, and reads again: the whole story in one ladder.
. "$(dirname "$0")/../e2e/lib.sh"

for program in tcpdump python3; do
    command -v "$program" >/dev/null || skip_all "$program is not installed"
done
[ "$E2E_NETWORK" = own ] || skip_all 'needs a network of its own: other traffic moves the timers'
tcpdump -i lo -d >/dev/null 2>&1 || skip_all 'capturing is not permitted here'

export LADDER_WORK=$work
run_cases ../interop/ladder_stall.py "$@"
done_testing
