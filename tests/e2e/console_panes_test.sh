#!/bin/bash
# The mouse, layouts, workspaces, and how much is written: all of it in panes.py.
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || skip_all "python3 is missing"
run_cases panes.py "$@"
done_testing
