#!/bin/bash
# A few of the moments of tests/soak/kills.py: what stays when the program is killed.
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || skip_all "python3 is missing"
[ "$(id -u)" = 0 ] || skip_all "the load needs root to capture"
for program in tcpdump tshark nft; do
    command -v "$program" >/dev/null || skip_all "$program is missing"
done
run_cases ../soak/kills_sample.py "$@"
done_testing
