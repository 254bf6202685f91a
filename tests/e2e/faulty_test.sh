#!/bin/bash
# What goes wrong around the program does it no harm; faulty.py has the cases.
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || skip_all "python3 is missing"
run_cases faulty.py "$@"
done_testing
