#!/bin/bash
# Every screen as it was: golden.py.
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || skip_all "python3 is missing"
command -v tmux >/dev/null || skip_all "tmux is missing"
run_cases golden.py "$@"
done_testing
