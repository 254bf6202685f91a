#!/bin/bash
# The exchanges that tutorials on sockets show, in both directions, against programs that know
# nothing of ours: Python's sockets in tutorials.py, nc, ncat and socat.
. "$(dirname "$0")/../e2e/lib.sh"

command -v python3 >/dev/null || skip_all "python3 is missing"
run_cases ../interop/tutorials.py "$@"
done_testing
