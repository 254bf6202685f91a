#!/bin/bash
# Servers under ill-behaved clients, many at once: cases in robust.py.
. "$(dirname "$0")/../e2e/lib.sh"

command -v python3 >/dev/null || skip_all "python3 is missing"
command -v prlimit >/dev/null || skip_all "prlimit (util-linux) is missing"
run_cases ../interop/robust.py "$@"
done_testing
