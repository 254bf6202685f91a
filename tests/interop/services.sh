#!/bin/bash
# Every service against a peer that knows nothing of ours: Python's sockets, in services.py.
. "$(dirname "$0")/../e2e/lib.sh"

command -v python3 >/dev/null || skip_all "python3 is missing"
run_cases ../interop/services.py "$@"
done_testing
