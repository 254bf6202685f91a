#!/bin/bash
# The page on threats names tests that there are, and every fuzz target.
. "$(dirname "$0")/lib.sh"

page=$e2e_root/share/doc/threat-model.md
# shellcheck disable=SC2016  # backticks of the page
names=$(grep -oE '`(unit|e2e|interop)/[a-z_0-9*]+`' "$page" | tr -d '`' | sort -u)
missing=''
for name in $names; do
    # shellcheck disable=SC2086  # a name may stand for several
    ls "$e2e_root"/tests/$name.* >/dev/null 2>&1 || missing+=" $name"
done
check 'it names tests' test -n "$names"
check "each of them is there, but for:$missing" test -z "$missing"

missing=''
for target in "$e2e_root"/tests/fuzz/fuzz_*.c; do
    target=${target##*/fuzz_}
    grep -q "\`${target%.c}\`" "$page" || missing+=" ${target%.c}"
done
check "it names every fuzz target, but for:$missing" test -z "$missing"
done_testing
