#!/bin/bash
# The subcommand serve: its ends, its words, and what it refuses.  Cases in serve.py.
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || skip_all "python3 is missing"
run_cases serve.py "$@"
done_testing
