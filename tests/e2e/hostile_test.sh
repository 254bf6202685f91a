#!/bin/bash
# Bytes that would steer the terminal never reach it; hostile.py has the cases.
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || skip_all "python3 is missing"
run_cases hostile.py "$@"
done_testing
