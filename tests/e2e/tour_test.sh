#!/bin/bash
# The tour of README.md, run.
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || skip_all 'python3 is not installed'
[ "$E2E_NETWORK" = own ] || skip_all 'needs a network of its own: its ports have fixed numbers'
[ "$(id -u)" = 0 ] || skip_all 'needs root: it tells what only root is told'
run_cases tour.py

# What it shows is there.
while IFS= read -r picture; do
    check "the picture $picture is there" test -s "$e2e_root/$picture"
done < <(sed -n 's/^!\[.*\](\(.*\))$/\1/p' "$e2e_root/README.md")
done_testing
