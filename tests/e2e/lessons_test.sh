#!/bin/bash
# Every lesson that comes with sockeye, unattended and side by side: each step and question holds.
. "$(dirname "$0")/lib.sh"

# Two of them connect to a port that nobody has any more, which another's server must not be given.
alone=("$e2e_root"/share/lessons/{refused,timeouts}.json)
together=()
for file in "$e2e_root"/share/lessons/*.json; do
    [[ " ${alone[*]} " == *" $file "* ]] || together+=("$file")
done

"$SOCKEYE" run --json --patience 5 "${together[@]}" >"$work/out" 2>"$work/err" </dev/null
status=$?
check 'they end as they should' test "$status" = 0 -o "$status" = 3
"$SOCKEYE" run --json --patience 5 "${alone[@]}" >"$work/out2" 2>>"$work/err" </dev/null
status=$?
check 'those that are by themselves, too' test "$status" = 0 -o "$status" = 3
check 'nothing is said beside the documents' test ! -s "$work/err"
# NAME, outcome, what is to be said.
python3 - "$work/out" "$work/out2" >"$work/lessons" <<'END'
import json, sys

for s in sum((json.load(open(name))["scenarios"] for name in sys.argv[1:]), []):
    why = [run.get("remark", "") for run in s["runs"]]
    for run in s["runs"]:
        for step in run["steps"]:
            if "reason" in step:
                why.append(step["name"] + ": " + step["reason"])
    print(s["name"], s["outcome"], " ".join(filter(None, why)), sep="\t")
END
while IFS=$'\t' read -r name outcome why; do
    case $outcome in
    held) ok "$name" ;;
    unavailable) skip "$name" "$why" ;;
    *)
        not_ok "$name"
        echo "# $why"
        ;;
    esac
done <"$work/lessons"
files=("$e2e_root"/share/lessons/*.json)
check 'all of them are there' test "$(wc -l <"$work/lessons")" = "${#files[@]}"

# In a network without a capture and without privileges all but those that need packets hold, too.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null &&
    setpriv --reuid 65534 --clear-groups --bounding-set -all test -x "$SOCKEYE"; then
    setpriv --reuid 65534 --clear-groups --bounding-set -all \
        "$SOCKEYE" run --patience 5 "${together[@]}" >"$work/out" 2>"$work/err" </dev/null
    check 'without privileges none fails' not grep -q '^not ok' "$work/out"
    grep -A 20 '^not ok' "$work/out" | sed 's/^/# /'
    check 'and what packets would tell is left out, which is said' grep -q '^# left out: packets' "$work/out"
else
    skip 'without privileges none fails' 'needs root and setpriv'
fi
done_testing
