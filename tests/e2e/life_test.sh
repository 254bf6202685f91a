#!/bin/bash
# The console's life on a terminal: signals, hang-ups, sizes, poor terminals, pastes, the end.
# What needs more than tmux is in life.py.
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || skip_all "python3 is missing"
run_cases life.py "$@"
done_testing
